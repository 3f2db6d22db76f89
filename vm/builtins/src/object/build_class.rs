//! `__build_class__`: the class statement. Finds the metaclass, prepares the namespace, runs the body, calls the
//! metaclass.

use super::class_new::winning_metaclass;
use pyrs_core::object::{CellObject, Class, Dict, Function, NativeDef, Tuple, core_shape};
use pyrs_core::{Gc, Res, Special, Value, Vm};

pub(crate) const FUNCTIONS: &[NativeDef] = &[NativeDef::function(
    "__build_class__",
    "(*args, **kwds)",
    build_class,
    "__build_class__(func, name, /, *bases, [metaclass], **kwds) -> class\n\nWhat the class statement calls.",
)];

/// Replaces bases that are no classes by what their `__mro_entries__` gives (PEP 560).
pub(crate) fn resolve_bases(vm: &Vm, bases: Gc<Tuple>) -> Res<Gc<Tuple>> {
    if bases.items().iter().all(|&b| vm.as_class(b).is_some()) {
        return Ok(bases);
    }
    let resolved = vm.new_list()?;
    let mut changed = false;
    for &b in bases.items() {
        let hook = match vm.as_class(b) {
            Some(_) => None,
            None => vm.get_attr_opt(b, vm.names().mro_entries)?,
        };
        match hook {
            None => vm.list_append(resolved, b)?,
            Some(f) => {
                let entries = vm.call(f, &[bases.value()])?;
                if vm.as_tuple(entries).is_none() {
                    return Err(vm.type_error("__mro_entries__ must return a tuple"));
                }
                vm.list_extend(resolved, entries)?;
                changed = true;
            }
        }
    }
    if changed { vm.new_tuple(resolved.items()) } else { Ok(bases) }
}

/// The metaclass to call, and whether it is a class at all.
fn metaclass(vm: &Vm, given: Option<Value>, bases: Gc<Tuple>) -> Res<(Value, bool)> {
    let meta = match given {
        Some(m) => m,
        None if bases.is_empty() => vm.classes().type_.value(),
        None => vm.class_of(bases.get(0)).value(),
    };
    match vm.as_class(meta) {
        Some(m) => Ok((winning_metaclass(vm, m, bases)?.value(), true)),
        None => Ok((meta, false)),
    }
}

/// The namespace for the body: what `__prepare__` gives, or a dict.
fn prepare(vm: &Vm, meta: Value, is_class: bool, name: Value, bases: Value, kwds: Gc<Dict>) -> Res {
    let own =
        vm.as_class(meta).map(|m| vm.class_of(m.value()) == vm.classes().type_).unwrap_or(false);
    if own
        && let Some(m) = vm.as_class(meta)
        && vm.lookup(m, vm.names().prepare) == vm.lookup(vm.classes().type_, vm.names().prepare)
    {
        return Ok(vm.new_dict()?.value());
    }
    let Some(f) = vm.get_attr_opt(meta, vm.names().prepare)? else {
        return Ok(vm.new_dict()?.value());
    };
    let namespace = vm.call_dict(f, &[name, bases], Some(kwds))?;
    if vm.special(vm.class_of(namespace), Special::GetItem).is_none() {
        let who = match vm.as_class(meta) {
            Some(m) if is_class => vm.class_name(m),
            _ => "<metaclass>".to_owned(),
        };
        return Err(vm.type_error(format!(
            "{who}.__prepare__() must return a mapping, not {}",
            vm.type_name(namespace)
        )));
    }
    Ok(namespace)
}

fn build_class(vm: &Vm, args: &[Value]) -> Res {
    let (Some(given), Some(kwds)) = (vm.as_tuple(args[0]), vm.as_dict(args[1])) else {
        return Err(vm.system_error("__build_class__ was called with damaged arguments"));
    };
    if given.len() < 2 {
        return Err(vm.type_error("__build_class__: not enough arguments"));
    }
    let Some(body) = vm.exact::<Function>(given.get(0), core_shape::FUNCTION) else {
        return Err(vm.type_error("__build_class__: func must be a function"));
    };
    let name = given.get(1);
    if vm.as_str(name).is_none() {
        return Err(vm.type_error("__build_class__: name is not a string"));
    }
    let original = vm.new_tuple(&given.items()[2..])?;
    let bases = resolve_bases(vm, original)?;
    let given_meta = vm.dict_remove(kwds, vm.names().metaclass.value())?;
    let (meta, is_class) = metaclass(vm, given_meta, bases)?;
    let namespace = prepare(vm, meta, is_class, name, bases.value(), kwds)?;
    let cell = vm.run_class_body(body, namespace)?;
    if bases != original {
        vm.set_item(namespace, vm.names().orig_bases.value(), original.value())?;
    }
    let class = vm.call_dict(meta, &[name, bases.value(), namespace], Some(kwds))?;
    if let (Some(c), Some(cell)) =
        (vm.as_class(class), vm.exact::<CellObject>(cell, core_shape::CELL))
    {
        check_cell(vm, c, cell, name)?;
    }
    Ok(class)
}

/// The `__class__` cell of the methods must hold the new class.
fn check_cell(vm: &Vm, class: Gc<Class>, cell: Gc<CellObject>, name: Value) -> Res<()> {
    let held = cell.content.get();
    if held == class.value() {
        return Ok(());
    }
    let (name, class) = (vm.repr(name)?.to_lossy(), vm.repr(class.value())?.to_lossy());
    if held.is_unbound() {
        return Err(vm.runtime_error(format!(
            "__class__ not set defining {name} as {class}. Was __classcell__ propagated to type.__new__?"
        )));
    }
    let held = vm.repr(held)?.to_lossy();
    Err(vm.type_error(format!("__class__ set to {held} defining {name} as {class}")))
}
