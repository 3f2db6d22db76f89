//! Weak proxies: every operation goes to the target, or raises ReferenceError once it is dead.

use super::this;
use crate::sequence::unhashable;
use pyrs_core::object::{ClassSpec, Native, NativeDef, WeakRef, class_flag};
use pyrs_core::protocol::{BinaryOp, Comparison};
use pyrs_core::{Res, Special, Value, Vm};

/// Hook names under which the two classes are kept.
pub(super) const PLAIN: &str = "weakref.ProxyType";
pub(super) const CALLABLE: &str = "weakref.CallableProxyType";

const SELF: &str = "(self, /)";
const OTHER: &str = "(self, value, /)";

static PLAIN_SPEC: ClassSpec = ClassSpec {
    name: PLAIN,
    layout: WeakRef::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: METHODS,
    getset: &[],
    fields: &[],
};
static CALLABLE_SPEC: ClassSpec = ClassSpec {
    name: CALLABLE,
    layout: WeakRef::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: METHODS,
    getset: &[],
    fields: &[],
};

/// Rows of one binary operator: plain, reflected, in place.
macro_rules! operators {
    ($($n:literal $plain:literal $reflected:literal $in_place:literal;)*) => {
        &[$(
            NativeDef::method($plain, OTHER, binary::<$n>, ""),
            NativeDef::method($reflected, OTHER, reflected::<$n>, ""),
            NativeDef::method($in_place, OTHER, in_place::<$n>, ""),
        )*]
    };
}
/// `pow` takes a modulus.
static POWER: &[NativeDef] = &[
    NativeDef::method(
        "__pow__",
        "(self, value, mod=None, /)",
        |vm, a| power(vm, a[0], a[1], a[2]),
        "",
    ),
    NativeDef::method(
        "__rpow__",
        "(self, value, mod=None, /)",
        |vm, a| power(vm, a[1], a[0], a[2]),
        "",
    ),
    NativeDef::method("__ipow__", OTHER, in_place::<7>, ""),
];
fn power(vm: &Vm, x: Value, y: Value, modulus: Value) -> Res {
    let (x, y, modulus) = (unwrap(vm, x)?, unwrap(vm, y)?, unwrap(vm, modulus)?);
    if modulus.is_none() {
        return vm.binary(BinaryOp::ALL[7], x, y);
    }
    vm.call(crate::sequence::builtin(vm, "pow")?, &[x, y, modulus])
}
// ORDER: numbers as in `BinaryOp::ALL`
static OPERATORS: &[NativeDef] = operators! {
    0 "__add__" "__radd__" "__iadd__";
    1 "__sub__" "__rsub__" "__isub__";
    2 "__mul__" "__rmul__" "__imul__";
    3 "__matmul__" "__rmatmul__" "__imatmul__";
    4 "__truediv__" "__rtruediv__" "__itruediv__";
    5 "__floordiv__" "__rfloordiv__" "__ifloordiv__";
    6 "__mod__" "__rmod__" "__imod__";
    8 "__lshift__" "__rlshift__" "__ilshift__";
    9 "__rshift__" "__rrshift__" "__irshift__";
    10 "__and__" "__rand__" "__iand__";
    11 "__or__" "__ror__" "__ior__";
    12 "__xor__" "__rxor__" "__ixor__";
};
static METHODS: &[NativeDef] = &[
    NativeDef::method("__lt__", OTHER, compare::<0>, ""),
    NativeDef::method("__le__", OTHER, compare::<1>, ""),
    NativeDef::method("__eq__", OTHER, compare::<2>, ""),
    NativeDef::method("__ne__", OTHER, compare::<3>, ""),
    NativeDef::method("__gt__", OTHER, compare::<4>, ""),
    NativeDef::method("__ge__", OTHER, compare::<5>, ""),
    NativeDef::method("__neg__", SELF, |vm, a| vm.negative(target(vm, a[0])?), ""),
    NativeDef::method("__pos__", SELF, |vm, a| vm.positive(target(vm, a[0])?), ""),
    NativeDef::method("__invert__", SELF, |vm, a| vm.invert(target(vm, a[0])?), ""),
    NativeDef::method("__abs__", SELF, |vm, a| vm.absolute(target(vm, a[0])?), ""),
    NativeDef::method("__bool__", SELF, |vm, a| Ok(Value::bool(vm.truth(target(vm, a[0])?)?)), ""),
    NativeDef::method(
        "__int__",
        SELF,
        |vm, a| vm.call(vm.classes().int.value(), &[target(vm, a[0])?]),
        "",
    ),
    NativeDef::method(
        "__float__",
        SELF,
        |vm, a| vm.call(vm.classes().float.value(), &[target(vm, a[0])?]),
        "",
    ),
    NativeDef::method("__index__", SELF, |vm, a| vm.index(target(vm, a[0])?), ""),
    NativeDef::method("__divmod__", OTHER, |vm, a| divmod(vm, a[0], a[1]), ""),
    NativeDef::method("__rdivmod__", OTHER, |vm, a| divmod(vm, a[1], a[0]), ""),
    NativeDef::method("__str__", SELF, |vm, a| Ok(vm.str_of(target(vm, a[0])?)?.value()), ""),
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    NativeDef::method(
        "__bytes__",
        SELF,
        |vm, a| vm.call_method(target(vm, a[0])?, "__bytes__", &[]),
        "",
    ),
    NativeDef::method(
        "__reversed__",
        SELF,
        |vm, a| vm.call_method(target(vm, a[0])?, "__reversed__", &[]),
        "",
    ),
    NativeDef::method("__len__", SELF, |vm, a| vm.int_usize(vm.len(target(vm, a[0])?)?), ""),
    NativeDef::method(
        "__contains__",
        "(self, key, /)",
        |vm, a| Ok(Value::bool(vm.contains(target(vm, a[0])?, a[1])?)),
        "",
    ),
    NativeDef::method(
        "__getitem__",
        "(self, key, /)",
        |vm, a| vm.get_item(target(vm, a[0])?, unwrap(vm, a[1])?),
        "",
    ),
    NativeDef::method("__setitem__", "(self, key, value, /)", set_item, ""),
    NativeDef::method("__delitem__", "(self, key, /)", delete_item, ""),
    NativeDef::method("__iter__", SELF, |vm, a| vm.get_iter(target(vm, a[0])?), ""),
    NativeDef::method("__next__", SELF, next, ""),
    NativeDef::method("__getattribute__", "(self, name, /)", get_attribute, ""),
    NativeDef::method("__setattr__", "(self, name, value, /)", set_attribute, ""),
    NativeDef::method("__delattr__", "(self, name, /)", delete_attribute, ""),
];
static CALL: &[NativeDef] =
    &[NativeDef::method("__call__", "(self, /, *args, **kwargs)", call, "")];

pub(super) fn install(vm: &Vm) -> Res<()> {
    for (hook, spec) in [(PLAIN, &PLAIN_SPEC), (CALLABLE, &CALLABLE_SPEC)] {
        let c = vm.define_class(spec, None)?;
        vm.extend_class(c, OPERATORS, &[])?;
        vm.extend_class(c, POWER, &[])?;
        if hook == CALLABLE {
            vm.extend_class(c, CALL, &[])?;
        }
        unhashable(vm, c)?;
        vm.set_hook(hook, c.value());
    }
    Ok(())
}

/// `_weakref.proxy(object, callback=None)`
pub(super) fn new(vm: &Vm, a: &[Value]) -> Res {
    let hook = if vm.is_callable(a[0]) { CALLABLE } else { PLAIN };
    let Some(class) = vm.hook(hook).and_then(|c| vm.as_class(c)) else {
        return Err(vm.system_error("weak proxies are not installed"));
    };
    if a[1].is_none()
        && let Some(w) = vm.shared_weakref(a[0], class)
    {
        return Ok(w.value());
    }
    let made = vm.new_weakref(class, a[0], a[1])?;
    // What making it left on the stack must not keep the target alive.
    pyrs_core::interp::wipe_native_stack();
    Ok(made.value())
}

/// The target of a proxy, or ReferenceError.
fn target(vm: &Vm, proxy: Value) -> Res {
    let t = vm.weakref_target(this(vm, proxy)?);
    if t.is_unbound() {
        return Err(vm.reference_error("weakly-referenced object no longer exists"));
    }
    Ok(t)
}
/// The target of a proxy; anything else as it is.
fn unwrap(vm: &Vm, v: Value) -> Res {
    match vm.cast::<WeakRef>(v) {
        Some(_) if !vm.is_instance_exact(v, vm.classes().weakref) => target(vm, v),
        _ => Ok(v),
    }
}
fn binary<const OP: usize>(vm: &Vm, a: &[Value]) -> Res {
    vm.binary(BinaryOp::ALL[OP], unwrap(vm, a[0])?, unwrap(vm, a[1])?)
}
fn reflected<const OP: usize>(vm: &Vm, a: &[Value]) -> Res {
    vm.binary(BinaryOp::ALL[OP], unwrap(vm, a[1])?, unwrap(vm, a[0])?)
}
fn in_place<const OP: usize>(vm: &Vm, a: &[Value]) -> Res {
    vm.binary_in_place(BinaryOp::ALL[OP], unwrap(vm, a[0])?, unwrap(vm, a[1])?)
}
fn divmod(vm: &Vm, x: Value, y: Value) -> Res {
    let f = crate::sequence::builtin(vm, "divmod")?;
    vm.call(f, &[unwrap(vm, x)?, unwrap(vm, y)?])
}
fn compare<const OP: u8>(vm: &Vm, a: &[Value]) -> Res {
    vm.compare(Comparison::ALL[OP as usize], unwrap(vm, a[0])?, unwrap(vm, a[1])?)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let w = this(vm, a[0])?;
    vm.heap.pin(a[0]);
    let here = a[0].bits();
    let t = vm.weakref_target(w);
    if t.is_unbound() {
        return vm.str(&format!("<weakproxy at {here:#x}; dead>"));
    }
    vm.heap.pin(t);
    vm.str(&format!("<weakproxy at {here:#x}; to '{}' at {:#x}>", vm.type_name(t), t.bits()))
}
fn set_item(vm: &Vm, a: &[Value]) -> Res {
    vm.set_item(target(vm, a[0])?, a[1], a[2])?;
    Ok(Value::NONE)
}
fn delete_item(vm: &Vm, a: &[Value]) -> Res {
    vm.delete_item(target(vm, a[0])?, a[1])?;
    Ok(Value::NONE)
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    let t = target(vm, a[0])?;
    if vm.special(vm.class_of(t), Special::Next).is_none() {
        return Err(vm.type_error(format!(
            "Weakref proxy referenced a non-iterator '{}' object",
            vm.type_name(t)
        )));
    }
    Ok(vm.next(t)?.unwrap_or(Value::UNBOUND))
}
fn attribute_name(vm: &Vm, v: Value) -> Res<pyrs_core::Gc<pyrs_core::object::Str>> {
    vm.as_str(v).ok_or_else(|| {
        vm.type_error(format!("attribute name must be string, not '{}'", vm.type_name(v)))
    })
}
fn get_attribute(vm: &Vm, a: &[Value]) -> Res {
    vm.get_attr(target(vm, a[0])?, attribute_name(vm, a[1])?)
}
fn set_attribute(vm: &Vm, a: &[Value]) -> Res {
    vm.set_attr(target(vm, a[0])?, attribute_name(vm, a[1])?, a[2])?;
    Ok(Value::NONE)
}
fn delete_attribute(vm: &Vm, a: &[Value]) -> Res {
    vm.delete_attr(target(vm, a[0])?, attribute_name(vm, a[1])?)?;
    Ok(Value::NONE)
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let t = target(vm, a[0])?;
    let args = vm.to_tuple(a[1])?;
    vm.call_dict(t, args.items(), vm.as_dict(a[2]))
}
