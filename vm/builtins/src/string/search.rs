//! Finding, counting, replacing, prefixes and suffixes, stripping.

use super::arguments::{limit, search_range, str_argument};
use super::text;
use pyrs_core::object::{NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::{CodePoints, strmath, unicode};

/// Position of the first or last occurrence of argument 1 in the range of arguments 2 and 3.
fn position(vm: &Vm, a: &[Value], name: &str, last: bool) -> Res<Option<usize>> {
    let s = text(vm, a[0]);
    let sub = str_argument(vm, name, "1", a[1])?;
    let Some((start, end)) = search_range(vm, a[2], a[3], s.len())? else { return Ok(None) };
    let part = s.points().slice(start, end);
    let found = match last {
        false => strmath::find(part, sub.points()),
        true => strmath::rfind(part, sub.points()),
    };
    Ok(found.map(|i| i + start))
}
fn find_result(vm: &Vm, r: Option<usize>) -> Res {
    match r {
        Some(i) => vm.int_usize(i),
        None => Ok(Value::small_int(-1)),
    }
}
fn index_result(vm: &Vm, r: Option<usize>) -> Res {
    match r {
        Some(i) => vm.int_usize(i),
        None => Err(vm.value_error("substring not found")),
    }
}
fn find(vm: &Vm, a: &[Value]) -> Res {
    find_result(vm, position(vm, a, "find", false)?)
}
fn rfind(vm: &Vm, a: &[Value]) -> Res {
    find_result(vm, position(vm, a, "rfind", true)?)
}
fn index(vm: &Vm, a: &[Value]) -> Res {
    index_result(vm, position(vm, a, "index", false)?)
}
fn rindex(vm: &Vm, a: &[Value]) -> Res {
    index_result(vm, position(vm, a, "rindex", true)?)
}
fn count(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let sub = str_argument(vm, "count", "1", a[1])?;
    match search_range(vm, a[2], a[3], s.len())? {
        Some((start, end)) => {
            vm.int_usize(strmath::count(s.points().slice(start, end), sub.points()))
        }
        None => Ok(Value::small_int(0)),
    }
}
fn replace(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let old = str_argument(vm, "replace", "1", a[1])?;
    let new = str_argument(vm, "replace", "2", a[2])?;
    let max = limit(vm, a[3])?;
    match strmath::replace(s.points(), old.points(), new.points(), max) {
        Some(r) => Ok(vm.new_str_builder(&r)?.value()),
        None => Ok(s.value()),
    }
}

type Test = for<'a, 'b> fn(CodePoints<'a>, CodePoints<'b>) -> bool;
/// `startswith` and `endswith`.
fn affix(vm: &Vm, a: &[Value], name: &str, test: Test) -> Res {
    let s = text(vm, a[0]);
    let range = search_range(vm, a[2], a[3], s.len())?;
    let holds = |sub: Gc<Str>| match range {
        Some((start, end)) => test(s.points().slice(start, end), sub.points()),
        None => false,
    };
    if let Some(sub) = vm.as_str(a[1]) {
        return Ok(Value::bool(holds(sub)));
    }
    let Some(options) = vm.as_tuple(a[1]) else {
        return Err(vm.type_error(format!(
            "{name} first arg must be str or a tuple of str, not {}",
            vm.type_name(a[1])
        )));
    };
    for &option in options.items() {
        let Some(sub) = vm.as_str(option) else {
            return Err(vm.type_error(format!(
                "tuple for {name} must only contain str, not {}",
                vm.type_name(option)
            )));
        };
        if holds(sub) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}
fn startswith(vm: &Vm, a: &[Value]) -> Res {
    affix(vm, a, "startswith", strmath::starts_with)
}
fn endswith(vm: &Vm, a: &[Value]) -> Res {
    affix(vm, a, "endswith", strmath::ends_with)
}
fn removeprefix(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let Some(p) = vm.as_str(a[1]) else {
        return Err(crate::support::bad_argument(vm, "removeprefix", "str", a[1]));
    };
    let from = if strmath::starts_with(s.points(), p.points()) { p.len() } else { 0 };
    vm.str_slice(s, from, s.len()).map(Gc::value)
}
fn removesuffix(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    let Some(p) = vm.as_str(a[1]) else {
        return Err(crate::support::bad_argument(vm, "removesuffix", "str", a[1]));
    };
    let cut = if strmath::ends_with(s.points(), p.points()) { p.len() } else { 0 };
    vm.str_slice(s, 0, s.len() - cut).map(Gc::value)
}

/// `strip` and its kin: whitespace, or any of the given characters.
fn strip_by(vm: &Vm, a: &[Value], name: &str, at_start: bool, at_end: bool) -> Res {
    let s = text(vm, a[0]);
    let p = s.points();
    let range = if a[1].is_none() {
        unicode::trim_whitespace(p, at_start, at_end)
    } else {
        let Some(chars) = vm.as_str(a[1]) else {
            return Err(vm.type_error(format!("{name} arg must be None or str")));
        };
        let chars = chars.points();
        let kept = |c: u32| chars.position(c).is_none();
        let start = if at_start { p.find(kept).unwrap_or(p.len()) } else { 0 };
        let end = match p.from(start).rfind(kept) {
            _ if !at_end => p.len(),
            Some(last) => start + last + 1,
            None => start,
        };
        start..end
    };
    vm.str_slice(s, range.start, range.end).map(Gc::value)
}
fn strip(vm: &Vm, a: &[Value]) -> Res {
    strip_by(vm, a, "strip", true, true)
}
fn lstrip(vm: &Vm, a: &[Value]) -> Res {
    strip_by(vm, a, "lstrip", true, false)
}
fn rstrip(vm: &Vm, a: &[Value]) -> Res {
    strip_by(vm, a, "rstrip", false, true)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "find",
        "(self, sub, start=None, end=None, /)",
        find,
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    NativeDef::method(
        "rfind",
        "(self, sub, start=None, end=None, /)",
        rfind,
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    NativeDef::method(
        "index",
        "(self, sub, start=None, end=None, /)",
        index,
        "Return the lowest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    NativeDef::method(
        "rindex",
        "(self, sub, start=None, end=None, /)",
        rindex,
        "Return the highest index in S where substring sub is found, such that sub is contained within S[start:end].",
    ),
    NativeDef::method(
        "count",
        "(self, sub, start=None, end=None, /)",
        count,
        "Return the number of non-overlapping occurrences of substring sub in string S[start:end].",
    ),
    NativeDef::method(
        "replace",
        "(self, old, new, /, count=-1)",
        replace,
        "Return a copy with all occurrences of substring old replaced by new.",
    ),
    NativeDef::method(
        "startswith",
        "(self, prefix, start=None, end=None, /)",
        startswith,
        "Return True if the string starts with the specified prefix, False otherwise.",
    ),
    NativeDef::method(
        "endswith",
        "(self, suffix, start=None, end=None, /)",
        endswith,
        "Return True if the string ends with the specified suffix, False otherwise.",
    ),
    NativeDef::method(
        "removeprefix",
        "(self, prefix, /)",
        removeprefix,
        "Return a str with the given prefix string removed if present.",
    ),
    NativeDef::method(
        "removesuffix",
        "(self, suffix, /)",
        removesuffix,
        "Return a str with the given suffix string removed if present.",
    ),
    NativeDef::method(
        "strip",
        "(self, chars=None, /)",
        strip,
        "Return a copy of the string with leading and trailing whitespace removed.",
    ),
    NativeDef::method(
        "lstrip",
        "(self, chars=None, /)",
        lstrip,
        "Return a copy of the string with leading whitespace removed.",
    ),
    NativeDef::method(
        "rstrip",
        "(self, chars=None, /)",
        rstrip,
        "Return a copy of the string with trailing whitespace removed.",
    ),
];
