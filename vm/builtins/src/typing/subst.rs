//! Type parameters of generic aliases: finding them, and putting types in their place (PEPs 585, 612, 646, 696).

use super::tuple_attr;
use pyrs_core::object::{List, Tuple};
use pyrs_core::{Gc, Res, Value, Vm};

fn add_unique(vm: &Vm, found: Gc<List>, v: Value) -> Res<()> {
    if found.items().contains(&v) { Ok(()) } else { vm.list_append(found, v) }
}
/// The type parameters that occur in `args`, each once, in order.
pub(super) fn parameters_of(vm: &Vm, args: &[Value]) -> Res<Gc<Tuple>> {
    let found = vm.new_list()?;
    for &v in args {
        // A bare class may have __parameters__ of its own, as a descriptor.
        if vm.as_class(v).is_some() {
            continue;
        }
        if vm.get_attr_opt(v, vm.intern("__typing_subst__"))?.is_some() {
            add_unique(vm, found, v)?;
            continue;
        }
        let inner = match vm.get_attr_opt(v, vm.names().parameters)? {
            Some(p) => vm.as_tuple(p),
            None => match nested(vm, v)? {
                Some(items) => Some(parameters_of(vm, items.items())?),
                None => None,
            },
        };
        if let Some(inner) = inner {
            for &p in inner.items() {
                add_unique(vm, found, p)?;
            }
        }
    }
    vm.new_tuple(found.items())
}
/// The items of an argument that is a list or tuple itself.
fn nested(vm: &Vm, v: Value) -> Res<Option<Gc<Tuple>>> {
    if let Some(t) = vm.as_tuple(v) {
        return Ok(Some(t));
    }
    match vm.as_list(v) {
        Some(l) => vm.new_tuple(l.items()).map(Some),
        None => Ok(None),
    }
}
/// Arguments with `*tuple[int, str]` replaced by `int, str`.
fn unpack_args(vm: &Vm, item: Value) -> Res {
    let given = match vm.as_tuple(item) {
        Some(t) => t,
        None => vm.new_tuple(&[item])?,
    };
    let out = vm.new_list()?;
    let name = vm.intern("__typing_unpacked_tuple_args__");
    for &v in given.items() {
        let inner = if vm.as_class(v).is_some() { None } else { vm.get_attr_opt(v, name)? };
        match inner.and_then(|t| vm.as_tuple(t)) {
            // `*tuple[int, ...]` stays whole.
            Some(t) if t.items().last() != Some(&Value::ELLIPSIS) => {
                for &x in t.items() {
                    vm.list_append(out, x)?;
                }
            }
            _ => vm.list_append(out, v)?,
        }
    }
    vm.tuple(out.items())
}
/// `alias[item]`: `args` with each of `parameters` replaced.
///
/// # Errors
/// TypeError when there are no parameters, or too many or too few items.
pub(super) fn substitute(
    vm: &Vm,
    alias: Value,
    args: Gc<Tuple>,
    parameters: Gc<Tuple>,
    item: Value,
) -> Res<Gc<Tuple>> {
    if parameters.is_empty() {
        let shown = vm.repr(alias)?.to_lossy();
        return Err(vm.type_error(format!("{shown} is not a generic class")));
    }
    let mut item = unpack_args(vm, item)?;
    let prepare = vm.intern("__typing_prepare_subst__");
    for &p in parameters.items() {
        if let Some(f) = vm.get_attr_opt(p, prepare)?
            && !f.is_none()
        {
            let given = if vm.as_tuple(item).is_some() { item } else { vm.tuple(&[item])? };
            item = vm.call(f, &[alias, given])?;
        }
    }
    let given = match vm.as_tuple(item) {
        Some(t) => t,
        None => vm.new_tuple(&[item])?,
    };
    if given.len() != parameters.len() {
        return Err(vm.type_error(format!(
            "Too {} arguments for {}; actual {}, expected {}",
            if given.len() > parameters.len() { "many" } else { "few" },
            vm.repr(alias)?.to_lossy(),
            given.len(),
            parameters.len()
        )));
    }
    replaced(vm, args, parameters, given)
}
fn position(parameters: Gc<Tuple>, p: Value) -> Option<usize> {
    parameters.items().iter().position(|&x| x == p)
}
fn replaced(vm: &Vm, args: Gc<Tuple>, parameters: Gc<Tuple>, given: Gc<Tuple>) -> Res<Gc<Tuple>> {
    let out = vm.new_list()?;
    for &v in args.items() {
        if vm.as_class(v).is_some() {
            vm.list_append(out, v)?;
            continue;
        }
        if let Some(items) = nested(vm, v)? {
            let inner = replaced(vm, items, parameters, given)?;
            let inner = match vm.as_list(v) {
                Some(_) => vm.list(inner.items())?,
                None => inner.value(),
            };
            vm.list_append(out, inner)?;
            continue;
        }
        let spread = match vm.get_attr_opt(v, vm.intern("__typing_is_unpacked_typevartuple__"))? {
            Some(b) => vm.truth(b)?,
            None => false,
        };
        let new = match vm.get_attr_opt(v, vm.intern("__typing_subst__"))? {
            Some(f) => match position(parameters, v) {
                Some(i) => vm.call(f, &[given.get(i)])?,
                None => v,
            },
            None => inside(vm, v, parameters, given)?,
        };
        if !spread {
            vm.list_append(out, new)?;
            continue;
        }
        let Some(t) = vm.as_tuple(new) else {
            return Err(vm.type_error(format!(
                "expected __typing_subst__ of {} objects to return a tuple, not {}",
                vm.type_name(v),
                vm.type_name(new)
            )));
        };
        for &x in t.items() {
            vm.list_append(out, x)?;
        }
    }
    vm.new_tuple(out.items())
}
/// An argument that is generic itself, subscripted with what its own parameters are replaced by.
fn inside(vm: &Vm, v: Value, parameters: Gc<Tuple>, given: Gc<Tuple>) -> Res {
    let Some(own) = tuple_attr(vm, v, "__parameters__")?.filter(|t| !t.is_empty()) else {
        return Ok(v);
    };
    let items = vm.new_list()?;
    for &p in own.items() {
        let Some(i) = position(parameters, p) else {
            vm.list_append(items, p)?;
            continue;
        };
        let new = given.get(i);
        // A TypeVarTuple (the parameter that can be iterated) stands for many.
        let many = vm.special(vm.class_of(p), pyrs_core::Special::Iter).is_some();
        match vm.as_tuple(new).filter(|_| many) {
            Some(t) => {
                for &x in t.items() {
                    vm.list_append(items, x)?;
                }
            }
            None => vm.list_append(items, new)?,
        }
    }
    let key = vm.tuple(items.items())?;
    vm.get_item(v, key)
}
