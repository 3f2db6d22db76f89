//! Built-in types: functions, methods, code, cells, descriptors, modules, and the singletons' types.

use pyrs_core::object::{ClassMethod, core_shape};
use pyrs_core::{Header, Res, Slot, Value, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(_vm: &Vm) -> Res<()> {
    Ok(())
}

/// `classmethod(function)`, without copying attributes.
pub(crate) fn new_class_method(vm: &Vm, function: Value) -> Res {
    let header = Header::new(core_shape::CLASS_METHOD, 0);
    let (function, dict) = (Slot::new(function), Slot::new(Value::UNBOUND));
    Ok(vm.alloc(ClassMethod { header, function, dict })?.value())
}
