//! `staticmethod` and `classmethod`

use super::shared::{CALL, GET, SELF, bound_to};
use crate::functions::iterators::{fresh, receiver};
use crate::object::class_methods::with_named;
use pyrs_core::object::{ClassMethod, NativeDef, StaticMethod};
use pyrs_core::{GetSetDef, Res, Value, Vm};

const INIT: &str = "(self, function, /)";

static STATIC: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", static_new, ""),
    NativeDef::method("__init__", INIT, static_init, ""),
    NativeDef::method("__get__", GET, static_get, "The function itself."),
    NativeDef::method("__call__", CALL, static_call, "Calls the function."),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
];

static CLASS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", class_new, ""),
    NativeDef::method("__init__", INIT, class_init, ""),
    NativeDef::method("__get__", GET, class_get, "The function bound to the class."),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef { name: "__func__", get: wrapped, set: Some(read_only), doc: "" },
    GetSetDef { name: "__wrapped__", get: wrapped, set: Some(read_only), doc: "" },
    GetSetDef::read_only("__isabstractmethod__", is_abstract, ""),
    GetSetDef {
        name: "__dict__",
        get: crate::object::methods::dict_get,
        set: Some(crate::object::methods::dict_replace),
        doc: "",
    },
    GetSetDef { name: "__annotations__", get: annotations, set: Some(set_annotations), doc: "" },
    GetSetDef { name: "__annotate__", get: annotate, set: Some(set_annotate), doc: "" },
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes();
    vm.extend_class(c.static_method, STATIC, GETSET)?;
    vm.extend_class(c.class_method, CLASS, GETSET)
}

/// The function in a static or class method.
fn wrapped(vm: &Vm, v: Value) -> Res {
    let f = match vm.cast::<StaticMethod>(v) {
        Some(s) => s.function.get(),
        None => receiver::<ClassMethod>(vm, v)?.function.get(),
    };
    Ok(if f.is_unbound() { Value::NONE } else { f })
}

fn read_only(vm: &Vm, _v: Value, _new: Option<Value>) -> Res<()> {
    Err(vm.raise_text(vm.exc().attribute_error, "readonly attribute"))
}

fn generic(vm: &Vm, args: &[Value]) -> Res {
    vm.generic_alias(args[0], args[1])
}

/// Copies what identifies the function, as `functools.wraps` does.
fn copy_attributes(vm: &Vm, from: Value, to: Value) -> Res<()> {
    let n = vm.names();
    let Some(d) = vm.instance_dict(to)? else { return Ok(()) };
    for name in [n.module, n.name, n.qualname, n.doc] {
        if let Some(v) = vm.get_attr_opt(from, name)? {
            vm.dict_set_str(d, name, v)?;
        }
    }
    Ok(())
}

fn static_new(vm: &Vm, args: &[Value]) -> Res {
    Ok(fresh::<StaticMethod>(vm, args[0])?.value())
}

fn static_init(vm: &Vm, args: &[Value]) -> Res {
    let s = receiver::<StaticMethod>(vm, args[0])?;
    if !s.function.is_unbound() {
        vm.descriptor_changed();
    }
    s.function.set(&vm.heap, s, args[1]);
    copy_attributes(vm, args[1], args[0])?;
    Ok(Value::NONE)
}

fn class_new(vm: &Vm, args: &[Value]) -> Res {
    Ok(fresh::<ClassMethod>(vm, args[0])?.value())
}

fn class_init(vm: &Vm, args: &[Value]) -> Res {
    let c = receiver::<ClassMethod>(vm, args[0])?;
    if !c.function.is_unbound() {
        vm.descriptor_changed();
    }
    c.function.set(&vm.heap, c, args[1]);
    copy_attributes(vm, args[1], args[0])?;
    Ok(Value::NONE)
}

/// The function, which `__init__` must have set.
fn function(vm: &Vm, v: Value, what: &str) -> Res {
    match wrapped(vm, v)? {
        f if f.is_none() => Err(vm.runtime_error(format!("uninitialized {what} object"))),
        f => Ok(f),
    }
}

fn static_get(vm: &Vm, args: &[Value]) -> Res {
    function(vm, args[0], "staticmethod")
}

fn static_call(vm: &Vm, args: &[Value]) -> Res {
    let f = function(vm, args[0], "staticmethod")?;
    with_named(vm, args[1], args[2], |all, names| vm.call_kw(f, all, names))
}

fn class_get(vm: &Vm, args: &[Value]) -> Res {
    let f = function(vm, args[0], "classmethod")?;
    let (_, owner) = bound_to(vm, args)?;
    vm.bind_any(f, owner)
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let inner = vm.repr(wrapped(vm, args[0])?)?;
    let kind =
        if vm.cast::<StaticMethod>(args[0]).is_some() { "staticmethod" } else { "classmethod" };
    let mut b = pyrs_text::StrBuilder::from(format!("<{kind}(").as_str());
    b.push_points(inner.points());
    b.push_str(")>");
    Ok(vm.new_str_builder(&b)?.value())
}

fn is_abstract(vm: &Vm, v: Value) -> Res {
    super::claims_abstract(vm, wrapped(vm, v)?).map(Value::bool)
}

// ---- annotations: kept in the wrapper's dict once asked for
fn forwarded(vm: &Vm, v: Value, name: Value) -> Res {
    let Some(key) = vm.as_str(name) else { return Ok(Value::NONE) };
    let Some(d) = vm.instance_dict(v)? else { return Ok(Value::NONE) };
    if let Some(kept) = vm.dict_get_str(d, key) {
        return Ok(kept);
    }
    let found = vm.get_attr(wrapped(vm, v)?, key)?;
    vm.dict_set_str(d, key, found)?;
    Ok(found)
}

fn set_forwarded(vm: &Vm, v: Value, name: Value, new: Option<Value>) -> Res<()> {
    let (Some(key), Some(d)) = (vm.as_str(name), vm.instance_dict(v)?) else { return Ok(()) };
    match new {
        Some(new) => vm.dict_set_str(d, key, new),
        None => match vm.dict_remove(d, name)? {
            Some(_) => Ok(()),
            None => Err(vm.no_attribute(v, key)),
        },
    }
}

fn annotations(vm: &Vm, v: Value) -> Res {
    forwarded(vm, v, vm.names().annotations.value())
}

fn set_annotations(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    set_forwarded(vm, v, vm.names().annotations.value(), new)
}

fn annotate(vm: &Vm, v: Value) -> Res {
    forwarded(vm, v, vm.names().annotate.value())
}

fn set_annotate(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    set_forwarded(vm, v, vm.names().annotate.value(), new)
}
