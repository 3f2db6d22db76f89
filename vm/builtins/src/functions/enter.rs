//! When built-in functions are better run by the prelude: their operands are iterators, or keys, in Python.
//!
//! Each function here looks at the arguments of a call as they come and names the routine of the prelude that does
//! the same (`pyrs_core::runtime::Routine`), or nothing: then the native function runs, and raises what is wrong with
//! the arguments. None of them runs Python code or raises.

use pyrs_core::object::{List, NativeDef, Tuple, core_shape};
use pyrs_core::runtime::{Entry, Routine};
use pyrs_core::{Gc, Res, Value, Vm};

type Names = Option<Gc<Tuple>>;

/// Native functions that the prelude calls.
static NATIVES: &[NativeDef] = &[
    NativeDef::function("iter", "(object, /)", |vm, a| vm.get_iter(a[0]), ""),
    NativeDef::function("len", "(object, /)", |vm, a| vm.int_usize(vm.len(a[0])?), ""),
    NativeDef::function("abs", "(number, /)", |vm, a| vm.absolute(a[0]), ""),
    NativeDef::function("isinstance", "(object, class, /)", is_instance, ""),
    NativeDef::function("int_value", "(number, /)", int_value, ""),
    NativeDef::function("sum_rest", "(iterator, start, /)", super::reduce::sum, ""),
    NativeDef::function("order", "(list, reverse, /)", crate::sequence::sort::order, ""),
    NativeDef::function(
        "order_by",
        "(list, keys, reverse, /)",
        crate::sequence::sort::order_by,
        "",
    ),
    NativeDef::function("take", "(list, /)", crate::sequence::sort::take, ""),
    NativeDef::function("put_back", "(list, taken, mark, /)", crate::sequence::sort::put_back, ""),
    NativeDef::function("put_pair", "(dict, pair, number, /)", crate::mapping::put_pair, ""),
];

fn is_instance(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.as_class(a[1]);
    Ok(Value::bool(class.is_some_and(|c| vm.is_instance_exact(a[0], c))))
}
/// The int in an instance of a subclass, whatever that says of itself.
fn int_value(vm: &Vm, a: &[Value]) -> Res {
    vm.as_int(a[0]).ok_or_else(|| vm.type_error("an int is required"))
}

/// Tells the machine of them.
pub(super) fn install(vm: &Vm) {
    vm.add_prelude_natives(NATIVES);
}

/// The positional arguments, and those named as in `known`; `None` if others are named.
fn split<'a, const N: usize>(
    vm: &Vm,
    args: &'a [Value],
    names: Names,
    known: [&str; N],
) -> Option<(&'a [Value], [Option<Value>; N])> {
    let Some(names) = names else { return Some((args, [None; N])) };
    let (plain, named) = args.split_at(args.len().checked_sub(names.len())?);
    let mut found = [None; N];
    for (&name, &v) in names.items().iter().zip(named) {
        let at = known.iter().position(|k| vm.as_str(name).is_some_and(|n| n.is(k)))?;
        found[at] = Some(v);
    }
    Some((plain, found))
}

/// A function of one iterable.
fn of_one(vm: &Vm, routine: Routine, args: &[Value], names: Names) -> Option<Entry> {
    let &[it] = args else { return None };
    if names.is_some() || !it.is_object() {
        return None;
    }
    Some(Entry::new(routine, vm.python_iterable(it)?, args))
}
pub(super) fn any(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    of_one(vm, Routine::Any, args, names)
}
pub(super) fn all(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    of_one(vm, Routine::All, args, names)
}
pub(super) fn sum(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    let (plain, [named]) = split(vm, args, names, ["start"])?;
    let (it, start) = match (plain, named) {
        (&[it], start) => (it, start.unwrap_or(Value::small_int(0))),
        (&[it, start], None) => (it, start),
        _ => return None,
    };
    let key = vm.python_iterable(it)?;
    let refused = vm.as_str(start).is_some()
        || vm.as_bytes(start).is_some()
        || vm.is_instance_exact(start, vm.classes().bytearray);
    (!refused).then(|| Entry::new(Routine::Sum, key, &[it, start]))
}

/// `min` and `max`: without and with a key.
fn extreme(vm: &Vm, args: &[Value], names: Names, routines: [Routine; 2]) -> Option<Entry> {
    let (plain, [key, default]) = split(vm, args, names, ["key", "default"])?;
    let key = key.filter(|k| !k.is_none());
    let given = Value::bool(default.is_some());
    let otherwise = default.unwrap_or(Value::NONE);
    match (plain, key) {
        (&[it], None) => {
            let code = vm.python_iterable(it)?;
            Some(Entry::new(routines[0], code, &[it, otherwise, given]))
        }
        (&[it], Some(f)) => {
            let code = vm.python_callee(f)?;
            Some(Entry::new(routines[1], code, &[it, f, otherwise, given]))
        }
        (several @ [_, _, ..], Some(f)) if default.is_none() => {
            let code = vm.python_callee(f)?;
            let it = made(vm, vm.tuple(several))?;
            Some(Entry::new(routines[1], code, &[it, f, otherwise, given]))
        }
        _ => None,
    }
}
/// What was made, unless there was no memory for it: the native function will say so.
fn made<T>(vm: &Vm, r: pyrs_core::Res<T>) -> Option<T> {
    match r {
        Ok(v) => Some(v),
        Err(raised) => {
            vm.take_exception(raised);
            None
        }
    }
}
pub(super) fn min(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    extreme(vm, args, names, [Routine::Min, Routine::MinKey])
}
pub(super) fn max(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    extreme(vm, args, names, [Routine::Max, Routine::MaxKey])
}

/// The value of `reverse`, if telling it takes no Python code.
fn direction(reverse: Option<Value>) -> Option<Value> {
    match reverse {
        None => Some(Value::FALSE),
        Some(v) => v.as_bool().map(Value::bool),
    }
}
pub(super) fn sorted(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    let (plain, [key, reverse]) = split(vm, args, names, ["key", "reverse"])?;
    let &[it] = plain else { return None };
    let reverse = direction(reverse)?;
    match key.filter(|k| !k.is_none()) {
        None => {
            let code = vm.python_builtin_iterator(it)?;
            Some(Entry::new(Routine::Sorted, code, &[it, reverse]))
        }
        Some(f) => {
            let code = vm.python_callee(f)?;
            let fits = vm.is_native_iterable(it) || vm.python_builtin_iterator(it).is_some();
            fits.then(|| Entry::new(Routine::SortedKey, code, &[it, f, reverse]))
        }
    }
}
pub(crate) fn sort(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    let (plain, [key, reverse]) = split(vm, args, names, ["key", "reverse"])?;
    let &[list] = plain else { return None };
    vm.exact::<List>(list, core_shape::LIST).filter(|l| !l.is_empty())?;
    let f = key.filter(|k| !k.is_none())?;
    let (code, reverse) = (vm.python_callee(f)?, direction(reverse)?);
    Some(Entry::new(Routine::SortKey, code, &[list, f, reverse]))
}
pub(crate) fn extend(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    let &[list, it] = args else { return None };
    vm.exact::<List>(list, core_shape::LIST).filter(|_| names.is_none())?;
    Some(Entry::new(Routine::Extend, vm.python_builtin_iterator(it)?, args))
}
pub(crate) fn join(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    let &[separator, it] = args else { return None };
    let exact = vm.exact_str(separator).is_some()
        || vm.object(separator).is_some_and(|o| o.shape() == core_shape::BYTES);
    if !exact || names.is_some() {
        return None;
    }
    Some(Entry::new(Routine::Join, vm.python_builtin_iterator(it)?, args))
}
/// `functools.reduce`
pub fn reduce(vm: &Vm, args: &[Value], names: Names) -> Option<Entry> {
    let (plain, [named]) = split(vm, args, names, ["initial"])?;
    let (f, it, start) = match (plain, named) {
        (&[f, it], start) => (f, it, start),
        (&[f, it, start], None) => (f, it, Some(start)),
        _ => return None,
    };
    let inner = vm.python_builtin_iterator(it);
    if inner.is_none() && !vm.is_native_iterable(it) {
        return None;
    }
    let code = vm.python_callee(f).or(inner)?;
    Some(match start {
        None => Entry::new(Routine::Reduce, code, &[f, it]),
        Some(v) => Entry::new(Routine::ReduceFrom, code, &[f, it, v]),
    })
}
