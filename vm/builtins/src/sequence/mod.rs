//! Built-in types: `list`, `tuple`, `range`, `slice` and the plain iterators.
//!
//! What lists and tuples do alike (comparison, repr, counting, index arguments) stands here; a file per type
//! holds the rest. Items are always fetched through a closure that asks for the length again, because a list may
//! change whenever Python code runs.

mod iterators;
mod list;
mod range;
mod slice;
pub(crate) mod sort;
mod tuple;

use pyrs_core::object::{Class, GetSetDef, NativeDef};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, Raised, Res, Value, Vm};
use pyrs_text::StrBuilder;

pub(crate) use iterators::builtin;

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    list::install(vm)?;
    tuple::install(vm)?;
    range::install(vm)?;
    slice::install(vm)?;
    iterators::install(vm)
}

/// `__class_getitem__` of generic built-in classes.
pub(crate) const CLASS_GETITEM: NativeDef = NativeDef::class_method(
    "__class_getitem__",
    "(cls, object, /)",
    |vm, a| vm.generic_alias(a[0], a[1]),
    "See PEP 585",
);

/// The receiver is not of the type the method belongs to: cannot happen through ordinary calls.
#[cold]
pub(crate) fn wrong_receiver(vm: &Vm, v: Value, wanted: &str) -> Raised {
    vm.type_error(format!("expected {wanted}, got {}", vm.type_name(v)))
}

/// Blocks hashing: `__hash__ = None`.
pub(crate) fn unhashable(vm: &Vm, c: Gc<Class>) -> Res<()> {
    vm.class_set(c, vm.intern("__hash__"), Some(Value::NONE)).map(drop)
}

/// A bound of `index(value, start, stop)`: clamped, negative counts from the end.
pub(crate) fn index_bound(vm: &Vm, v: Value, len: usize) -> Res<usize> {
    let n = match v.as_int() {
        Some(n) => n,
        None => {
            let index = vm.special(vm.class_of(v), pyrs_core::Special::Index);
            if vm.as_int(v).is_none() && index.is_none() {
                return Err(
                    vm.type_error("slice indices must be integers or have an __index__ method")
                );
            }
            vm.index_clamped(v)?
        }
    };
    let n = if n < 0 { n.saturating_add(len as isize).max(0) } else { n };
    Ok(n as usize)
}

/// The count of a repetition; TypeError for what is no integer.
pub(crate) fn repeat_count(vm: &Vm, v: Value) -> Res<usize> {
    if let Some(n) = v.as_int() {
        return Ok(n.max(0) as usize);
    }
    if vm.as_int(v).is_none() && vm.special(vm.class_of(v), pyrs_core::Special::Index).is_none() {
        return Err(vm.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            vm.type_name(v)
        )));
    }
    let n = vm.index_isize(v, Some(vm.exc().overflow_error)).map_err(|r| {
        if !vm.pending_is(r, vm.exc().overflow_error) {
            return r;
        }
        vm.take_exception(r);
        vm.overflow_error(format!("cannot fit '{}' into an index-sized integer", vm.type_name(v)))
    })?;
    Ok(n.max(0) as usize)
}

/// Two sequences as functions from index to item; `None` past the end.
pub(crate) type Items<'a> = &'a dyn Fn(usize) -> Option<Value>;

/// Lexicographic comparison as lists and tuples do it. `lens` gives both lengths now.
pub(crate) fn compare_items(
    vm: &Vm,
    op: Comparison,
    a: Items<'_>,
    b: Items<'_>,
    lens: &dyn Fn() -> (usize, usize),
) -> Res {
    let (la, lb) = lens();
    if la != lb && matches!(op, Comparison::Eq | Comparison::Ne) {
        return Ok(Value::bool(op == Comparison::Ne));
    }
    let mut i = 0;
    loop {
        let (Some(x), Some(y)) = (a(i), b(i)) else {
            let (la, lb) = lens();
            return Ok(Value::bool(op.holds(la.cmp(&lb))));
        };
        if !vm.equal(x, y)? {
            // The comparison may have emptied a list: then only the lengths count.
            let (la, lb) = lens();
            if i >= la || i >= lb {
                return Ok(Value::bool(op.holds(la.cmp(&lb))));
            }
            return match op {
                Comparison::Eq => Ok(Value::FALSE),
                Comparison::Ne => Ok(Value::TRUE),
                _ => vm.compare(op, x, y),
            };
        }
        i += 1;
    }
}

/// The six comparison methods of a type from one function generic over the operator.
macro_rules! comparisons {
    ($f:ident) => {{
        const SELF_VALUE: &str = "(self, value, /)";
        [
            NativeDef::method("__lt__", SELF_VALUE, $f::<0>, "Return self<value."),
            NativeDef::method("__le__", SELF_VALUE, $f::<1>, "Return self<=value."),
            NativeDef::method("__eq__", SELF_VALUE, $f::<2>, "Return self==value."),
            NativeDef::method("__ne__", SELF_VALUE, $f::<3>, "Return self!=value."),
            NativeDef::method("__gt__", SELF_VALUE, $f::<4>, "Return self>value."),
            NativeDef::method("__ge__", SELF_VALUE, $f::<5>, "Return self>=value."),
        ]
    }};
}
pub(crate) use comparisons;

/// Appends the reprs of items, separated by commas.
pub(crate) fn repr_items(vm: &Vm, out: &mut StrBuilder, items: Items<'_>) -> Res<()> {
    let mut i = 0;
    while let Some(v) = items(i) {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_points(vm.repr(v)?.points());
        i += 1;
    }
    Ok(())
}

/// How many items equal `v`.
pub(crate) fn count_items(vm: &Vm, items: Items<'_>, v: Value) -> Res {
    let (mut i, mut n) = (0, 0usize);
    while let Some(x) = items(i) {
        n += vm.equal(x, v)? as usize;
        i += 1;
        if i.is_multiple_of(8192) && vm.interrupted() {
            vm.run_pending()?;
        }
    }
    vm.int_usize(n)
}

/// The first index in `start..stop` whose item equals `v`.
pub(crate) fn find_item(
    vm: &Vm,
    items: Items<'_>,
    v: Value,
    start: usize,
    stop: usize,
) -> Res<Option<usize>> {
    let mut i = start;
    while i < stop
        && let Some(x) = items(i)
    {
        if vm.equal(x, v)? {
            return Ok(Some(i));
        }
        i += 1;
        if i.is_multiple_of(8192) && vm.interrupted() {
            vm.run_pending()?;
        }
    }
    Ok(None)
}

/// The setter of attributes that are read-only members in CPython.
pub(crate) fn read_only(vm: &Vm, _: Value, _: Option<Value>) -> Res<()> {
    Err(vm.raise_text(vm.exc().attribute_error, "readonly attribute"))
}
/// A read-only member.
pub(crate) const fn member(name: &'static str, get: fn(&Vm, Value) -> Res) -> GetSetDef {
    GetSetDef { name, get, set: Some(read_only), doc: "" }
}
/// Gives a class its docstring.
pub(crate) fn document(vm: &Vm, c: Gc<Class>, doc: &str) -> Res<()> {
    let doc = vm.str(doc)?;
    vm.class_set(c, vm.names().doc, Some(doc)).map(drop)
}
