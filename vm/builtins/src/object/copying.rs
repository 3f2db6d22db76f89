//! `object.__reduce_ex__` and `__getstate__`: how `copy` and `pickle` take objects apart.
//!
//! Protocol 2 and later is done here (PEP 307); older protocols are `copyreg._reduce_ex`'s.

use super::methods::is_object_method;
use pyrs_core::object::{Class, Dict, Instance, Native, Tuple, class_flag};
use pyrs_core::{Gc, Res, Value, Vm};

pub(super) fn reduce(vm: &Vm, args: &[Value]) -> Res {
    common_reduce(vm, args[0], 0)
}

pub(super) fn reduce_ex(vm: &Vm, args: &[Value]) -> Res {
    let protocol = vm.int_i64(args[1])?;
    let class = vm.class_of(args[0]);
    let own =
        vm.lookup(class, vm.names().reduce).filter(|&f| !is_object_method(vm, f, "__reduce__"));
    match own {
        Some(_) => vm.call_method_str(args[0], vm.names().reduce, &[]),
        None => common_reduce(vm, args[0], protocol),
    }
}

fn common_reduce(vm: &Vm, v: Value, protocol: i64) -> Res {
    if protocol >= 2 {
        return reduce_new(vm, v);
    }
    let copyreg = vm.import_module("copyreg")?;
    vm.call_method(copyreg, "_reduce_ex", &[v, vm.int(protocol)?])
}

/// What `__new__` wants when a copy is made: positional and named arguments, if the object tells.
fn new_arguments(vm: &Vm, v: Value) -> Res<Option<(Gc<Tuple>, Option<Gc<Dict>>)>> {
    let class = vm.class_of(v);
    let wrong = |what: String| Err(vm.type_error(what));
    if let Some(f) = vm.lookup(class, vm.names().getnewargs_ex) {
        let r = vm.call_bound(f, v, &[])?;
        let Some(pair) = vm.as_tuple(r) else {
            return wrong(format!(
                "__getnewargs_ex__ should return a tuple, not '{}'",
                vm.type_name(r)
            ));
        };
        if pair.len() != 2 {
            return Err(vm.value_error(format!(
                "__getnewargs_ex__ should return a tuple of length 2, not {}",
                pair.len()
            )));
        }
        let Some(args) = vm.as_tuple(pair.get(0)) else {
            return wrong(format!(
                "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '{}'",
                vm.type_name(pair.get(0))
            ));
        };
        let Some(kwargs) = vm.as_dict(pair.get(1)) else {
            return wrong(format!(
                "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '{}'",
                vm.type_name(pair.get(1))
            ));
        };
        return Ok(Some((args, Some(kwargs))));
    }
    if let Some(f) = vm.lookup(class, vm.names().getnewargs) {
        let r = vm.call_bound(f, v, &[])?;
        return match vm.as_tuple(r) {
            Some(args) => Ok(Some((args, None))),
            None => {
                wrong(format!("__getnewargs__ should return a tuple, not '{}'", vm.type_name(r)))
            }
        };
    }
    Ok(None)
}

fn cannot_pickle(vm: &Vm, class: Gc<Class>) -> pyrs_core::Raised {
    vm.type_error(format!("cannot pickle '{}' object", vm.display_name(class)))
}

fn reduce_new(vm: &Vm, v: Value) -> Res {
    let class = vm.class_of(v);
    if class.has(class_flag::NO_NEW) {
        return Err(cannot_pickle(vm, class));
    }
    let arguments = new_arguments(vm, v)?;
    let copyreg = vm.import_module("copyreg")?;
    let is_list = vm.as_list(v).is_some();
    let is_dict = vm.as_dict(v).is_some();
    let required = arguments.is_none() && !is_list && !is_dict;
    let (maker, made_with) = match arguments {
        Some((args, Some(kwargs))) if !kwargs.is_empty() => {
            let t = vm.tuple(&[class.value(), args.value(), kwargs.value()])?;
            ("__newobj_ex__", t)
        }
        other => {
            let list = vm.new_list()?;
            vm.list_append(list, class.value())?;
            if let Some((args, _)) = other {
                vm.list_extend(list, args.value())?;
            }
            ("__newobj__", vm.tuple(list.items())?)
        }
    };
    let maker = vm.get_attr(copyreg, vm.intern(maker))?;
    let state = state_of(vm, v, required)?;
    let items = if is_list { vm.get_iter(v)? } else { Value::NONE };
    let pairs = if is_dict {
        let items = vm.call_method_str(v, vm.names().items, &[])?;
        vm.get_iter(items)?
    } else {
        Value::NONE
    };
    vm.tuple(&[maker, made_with, state, items, pairs])
}

fn state_of(vm: &Vm, v: Value, required: bool) -> Res {
    match vm.lookup(vm.class_of(v), vm.names().getstate) {
        Some(f) if is_object_method(vm, f, "__getstate__") => default_state(vm, v, required),
        _ => vm.call_method_str(v, vm.names().getstate, &[]),
    }
}

pub(super) fn getstate(vm: &Vm, args: &[Value]) -> Res {
    default_state(vm, args[0], false)
}

/// The instance's dict, or a pair of that and the values of its slots.
fn default_state(vm: &Vm, v: Value, required: bool) -> Res {
    let class = vm.class_of(v);
    if required && !core::ptr::eq(class.layout, Instance::layout()) {
        return Err(cannot_pickle(vm, class));
    }
    let state = match vm.get_attr_opt(v, vm.names().dict)? {
        Some(d) => match vm.as_dict(d) {
            Some(d) if d.is_empty() => Value::NONE,
            Some(d) => vm.dict_copy(d)?.value(),
            None => d,
        },
        None => Value::NONE,
    };
    let slots = slot_names(vm, class)?;
    let values = vm.new_dict()?;
    if let Some(names) = slots {
        for i in 0..names.len() {
            let Some(name) = names.get(i).and_then(|n| vm.as_str(n)) else { continue };
            if let Some(x) = vm.get_attr_opt(v, name)? {
                vm.dict_set(values, name.value(), x)?;
            }
        }
    }
    if values.is_empty() { Ok(state) } else { vm.tuple(&[state, values.value()]) }
}

/// The names in `__slots__` of a class and its bases, as `copyreg._slotnames` finds and caches them.
fn slot_names(vm: &Vm, class: Gc<Class>) -> Res<Option<Gc<pyrs_core::object::List>>> {
    let cached = vm.dict_get_str(vm.class_dict(class), vm.intern("__slotnames__"));
    if let Some(names) = cached.and_then(|v| vm.as_list(v)) {
        return Ok(Some(names));
    }
    let slots = vm.names().slots;
    let any = vm.mro(class).items().iter().any(|&k| {
        vm.as_class(k).is_some_and(|k| vm.dict_get_str(vm.class_dict(k), slots).is_some())
    });
    if !any {
        return Ok(None);
    }
    let copyreg = vm.import_module("copyreg")?;
    let names = vm.call_method(copyreg, "_slotnames", &[class.value()])?;
    match vm.as_list(names) {
        Some(l) => Ok(Some(l)),
        None if names.is_none() => Ok(None),
        None => Err(vm.type_error("copyreg._slotnames didn't return a list or None")),
    }
}
