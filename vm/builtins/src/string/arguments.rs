//! Arguments that many methods share: strings, positions, counts.

use crate::support::bad_argument_at;
use pyrs_core::object::Str;
use pyrs_core::{Gc, Res, Special, Value, Vm};

/// Argument number `which` of `function`, which must be a str.
#[inline]
pub(super) fn str_argument(vm: &Vm, function: &str, which: &str, v: Value) -> Res<Gc<Str>> {
    match vm.as_str(v) {
        Some(s) => Ok(s),
        None => Err(bad_argument_at(vm, function, which, "str", v)),
    }
}

/// One slice bound: None is `default`, negative counts from the end.
fn bound(vm: &Vm, v: Value, default: isize, len: isize) -> Res<isize> {
    if v.is_none() {
        return Ok(default);
    }
    if vm.as_int(v).is_none() && vm.special(vm.class_of(v), Special::Index).is_none() {
        return Err(
            vm.type_error("slice indices must be integers or None or have an __index__ method")
        );
    }
    let n = vm.index_clamped(v)?;
    Ok(if n < 0 { n.saturating_add(len).max(0) } else { n })
}

/// `[start, end)` of a search within `len` items; `None` when it is beyond the end, where not even the empty
/// text is found.
pub(crate) fn search_range(
    vm: &Vm,
    start: Value,
    end: Value,
    len: usize,
) -> Res<Option<(usize, usize)>> {
    if start.is_none() && end.is_none() {
        return Ok(Some((0, len)));
    }
    let start = bound(vm, start, 0, len as isize)?;
    let end = bound(vm, end, len as isize, len as isize)?.min(len as isize);
    Ok(if start > end { None } else { Some((start as usize, end as usize)) })
}

/// A count argument where a negative number means "all".
pub(crate) fn limit(vm: &Vm, v: Value) -> Res<usize> {
    if v == Value::small_int(-1) {
        return Ok(usize::MAX);
    }
    let n = crate::support::ssize(vm, v)?;
    Ok(usize::try_from(n).unwrap_or(usize::MAX))
}

/// A C `int`.
pub(crate) fn c_int(vm: &Vm, v: Value) -> Res<i32> {
    let n = vm.index(v)?;
    match vm.int_ref(&n).to_i64().and_then(|n| i32::try_from(n).ok()) {
        Some(n) => Ok(n),
        None => Err(vm.overflow_error("Python int too large to convert to C int")),
    }
}
