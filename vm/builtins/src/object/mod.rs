//! Built-in types: `object` and `type`: the methods every object and class has, and making classes.

mod assignment;
pub(crate) mod build_class;
mod class_attributes;
pub(crate) mod class_methods;
mod class_new;
mod copying;
pub(crate) mod mappingproxy;
pub(crate) mod methods;
mod mro;
mod slots;

pub(crate) use class_attributes::call_annotate;

use pyrs_core::object::Class;
use pyrs_core::{Gc, Res, Value, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes();
    vm.extend_class(c.object, methods::METHODS, methods::GETSET)?;
    vm.extend_class(c.type_, class_methods::METHODS, class_attributes::GETSET)?;
    vm.dict_set_str(
        vm.class_dict(c.object),
        vm.names().doc,
        vm.str("The base of all classes; its instances have no attributes of their own.")?,
    )?;
    vm.define_class(&mappingproxy::SPEC, None)?;
    Ok(())
}

/// The receiver of one of `type`'s methods.
pub(crate) fn receiver_class(vm: &Vm, v: Value) -> Res<Gc<Class>> {
    vm.as_class(v).ok_or_else(|| {
        vm.type_error(format!(
            "descriptor requires a 'type' object but received a '{}'",
            vm.type_name(v)
        ))
    })
}
