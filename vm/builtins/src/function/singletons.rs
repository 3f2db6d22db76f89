//! The classes of None, NotImplemented and Ellipsis.

use super::shared::SELF;
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};

const NEW: &str = "(cls, /, *args, **kwargs)";

static NONE: &[NativeDef] = &[
    NativeDef::static_method("__new__", NEW, none_new, ""),
    NativeDef::method("__bool__", SELF, |_, _| Ok(Value::FALSE), "False"),
    NativeDef::method("__repr__", SELF, |vm, _| vm.str("None"), "repr(self)"),
    NativeDef::method("__hash__", SELF, none_hash, "hash(self)"),
];

static NOT_IMPLEMENTED: &[NativeDef] = &[
    NativeDef::static_method("__new__", NEW, not_implemented_new, ""),
    NativeDef::method("__bool__", SELF, not_implemented_bool, ""),
    NativeDef::method("__repr__", SELF, |vm, _| vm.str("NotImplemented"), "repr(self)"),
    NativeDef::method("__reduce__", SELF, |vm, _| vm.str("NotImplemented"), ""),
];

static ELLIPSIS: &[NativeDef] = &[
    NativeDef::static_method("__new__", NEW, ellipsis_new, ""),
    NativeDef::method("__repr__", SELF, |vm, _| vm.str("Ellipsis"), "repr(self)"),
    NativeDef::method("__reduce__", SELF, |vm, _| vm.str("Ellipsis"), ""),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes();
    vm.extend_class(c.none, NONE, &[])?;
    vm.extend_class(c.not_implemented, NOT_IMPLEMENTED, &[])?;
    vm.extend_class(c.ellipsis, ELLIPSIS, &[])
}

/// The one instance, for a call without arguments.
fn only(vm: &Vm, args: &[Value], v: Value) -> Res {
    let some = vm.as_tuple(args[1]).is_some_and(|t| !t.is_empty())
        || crate::functions::given(vm, args[2]).is_some();
    if some {
        return Err(vm.type_error(format!("{} takes no arguments", vm.type_name(v))));
    }
    Ok(v)
}

fn none_new(vm: &Vm, args: &[Value]) -> Res {
    only(vm, args, Value::NONE)
}

fn none_hash(vm: &Vm, args: &[Value]) -> Res {
    vm.int(vm.hash(args[0])? as i64)
}

fn not_implemented_new(vm: &Vm, args: &[Value]) -> Res {
    only(vm, args, Value::NOT_IMPLEMENTED)
}

fn not_implemented_bool(vm: &Vm, _args: &[Value]) -> Res {
    Err(vm.type_error("NotImplemented should not be used in a boolean context"))
}

fn ellipsis_new(vm: &Vm, args: &[Value]) -> Res {
    only(vm, args, Value::ELLIPSIS)
}
