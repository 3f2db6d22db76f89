//! Built-in types: functions, methods, code, cells, descriptors, modules, and the singletons' types.

mod cell;
mod code;
mod descriptors;
mod method;
mod module;
mod native;
mod property;
mod python;
mod shared;
mod singletons;
mod slot_docs;
mod super_object;
mod wrappers;

use pyrs_core::object::{ClassMethod, core_shape};
use pyrs_core::{Header, Res, Slot, Value, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    python::install(vm)?;
    method::install(vm)?;
    native::install(vm)?;
    code::install(vm)?;
    cell::install(vm)?;
    property::install(vm)?;
    wrappers::install(vm)?;
    descriptors::install(vm)?;
    super_object::install(vm)?;
    module::install(vm)?;
    singletons::install(vm)
}

/// `classmethod(function)`, without copying attributes.
pub(crate) fn new_class_method(vm: &Vm, function: Value) -> Res {
    let header = Header::new(core_shape::CLASS_METHOD, 0);
    let (function, dict) = (Slot::new(function), Slot::new(Value::UNBOUND));
    Ok(vm.alloc(ClassMethod { header, function, dict })?.value())
}

/// `(getattr, (v, name))`: how bound things are pickled.
fn reduce_as_attribute(vm: &Vm, v: Value, name: Value) -> Res {
    let getattr = vm
        .as_dict(vm.builtins.get())
        .and_then(|b| vm.dict_get_str(b, vm.intern("getattr")))
        .unwrap_or(Value::NONE);
    vm.tuple(&[getattr, vm.tuple(&[v, name])?])
}

/// Truth of `f.__isabstractmethod__`.
fn claims_abstract(vm: &Vm, f: Value) -> Res<bool> {
    match vm.get_attr_opt(f, vm.names().isabstractmethod)? {
        Some(v) => vm.truth(v),
        None => Ok(false),
    }
}
