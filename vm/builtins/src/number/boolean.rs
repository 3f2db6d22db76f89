//! `bool`.

use crate::support::{class_argument, warn};
use pyrs_core::object::NativeDef;
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Res, Value, Vm};

const DOC: &str = "Returns True when the argument is true, False otherwise.\n\
     The builtins True and False are the only two instances of the class bool.\n\
     The class bool is a subclass of the class int, and cannot be subclassed.";

pub(super) fn install(vm: &Vm) -> Res<()> {
    crate::support::set_doc(vm, vm.classes().bool_, DOC)?;
    vm.extend_class(vm.classes().bool_, METHODS, &[])
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    class_argument(vm, a[0], vm.classes().bool_)?;
    Ok(Value::bool(vm.truth(a[1])?))
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    vm.str(if a[0] == Value::TRUE { "True" } else { "False" })
}
/// Two bools give a bool; anything else is int's business.
fn logic(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> Res {
    if let (Some(x), Some(y)) = (a.as_bool(), b.as_bool()) {
        return Ok(Value::bool(match op {
            BinaryOp::And => x & y,
            BinaryOp::Or => x | y,
            _ => x ^ y,
        }));
    }
    match (vm.as_int(a), vm.as_int(b)) {
        (Some(a), Some(b)) => vm.int_binary(op, a, b).unwrap_or(Ok(Value::NOT_IMPLEMENTED)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
fn and(vm: &Vm, a: &[Value]) -> Res {
    logic(vm, BinaryOp::And, a[0], a[1])
}
fn or(vm: &Vm, a: &[Value]) -> Res {
    logic(vm, BinaryOp::Or, a[0], a[1])
}
fn xor(vm: &Vm, a: &[Value]) -> Res {
    logic(vm, BinaryOp::Xor, a[0], a[1])
}
const INVERSION: &str = "Bitwise inversion '~' on bool is deprecated and will be removed in Python \
     3.16. This returns the bitwise inversion of the underlying int object and is usually not what \
     you expect from negating a bool. Use the 'not' operator for boolean negation or ~int(x) if you \
     really want the bitwise inversion of the underlying int.";
fn invert(vm: &Vm, a: &[Value]) -> Res {
    warn(vm, vm.exc().deprecation_warning, INVERSION)?;
    vm.int(if a[0] == Value::TRUE { -2 } else { -1 })
}

static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, object=False, /)",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    ),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__invert__", "(self, /)", invert, "~self"),
    NativeDef::method("__and__", "(self, value, /)", and, "Return self&value."),
    NativeDef::method("__rand__", "(self, value, /)", and, "Return value&self."),
    NativeDef::method("__xor__", "(self, value, /)", xor, "Return self^value."),
    NativeDef::method("__rxor__", "(self, value, /)", xor, "Return value^self."),
    NativeDef::method("__or__", "(self, value, /)", or, "Return self|value."),
    NativeDef::method("__ror__", "(self, value, /)", or, "Return value|self."),
];
