//! `method`: a function bound to its first argument. Unknown attributes are the function's.

use super::shared::{CALL, GET, SELF, call};
use crate::functions::attribute_name;
use pyrs_core::object::{BoundMethod, NativeDef, core_shape};
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, function, instance, /)", new, ""),
    NativeDef::method("__get__", GET, itself, "A method stays bound."),
    NativeDef::method("__call__", CALL, call, "Calls the method."),
    NativeDef::method("__getattribute__", "(self, name, /)", getattribute, "self.name"),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("__eq__", "(self, value, /)", eq, "self == value"),
    NativeDef::method("__hash__", SELF, hash, "hash(self)"),
    NativeDef::method("__reduce__", SELF, reduce, "State for pickle."),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("__func__", function, "the function"),
    GetSetDef::read_only("__self__", instance, "what it is bound to"),
    GetSetDef::read_only("__doc__", doc, "A callable bound to its first argument."),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().method, METHODS, GETSET)
}

fn method(vm: &Vm, v: Value) -> Res<Gc<BoundMethod>> {
    vm.exact::<BoundMethod>(v, core_shape::BOUND_METHOD)
        .ok_or_else(|| vm.type_error("a method object is required"))
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    if !vm.is_callable(args[1]) {
        return Err(vm.type_error("first argument must be callable"));
    }
    if args[2].is_none() {
        return Err(vm.type_error("instance must not be None"));
    }
    vm.bind_any(args[1], args[2])
}

fn itself(_vm: &Vm, args: &[Value]) -> Res {
    Ok(args[0])
}

fn getattribute(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    match vm.lookup(vm.class_of(args[0]), name) {
        Some(_) => vm.generic_get_attr(args[0], name),
        None => vm.get_attr(method(vm, args[0])?.function.get(), name),
    }
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let m = method(vm, args[0])?;
    let n = vm.names();
    let mut name = vm.get_attr_opt(m.function.get(), n.qualname)?;
    if name.is_none_or(|v| vm.as_str(v).is_none()) {
        name = vm.get_attr_opt(m.function.get(), n.name)?;
    }
    let name = name.and_then(|v| vm.as_str(v)).map_or_else(|| "?".to_owned(), |s| s.to_lossy());
    let receiver = vm.repr(m.receiver.get())?;
    let mut b = pyrs_text::StrBuilder::from(format!("<bound method {name} of ").as_str());
    b.push_points(receiver.points());
    b.push_str(">");
    Ok(vm.new_str_builder(&b)?.value())
}

fn eq(vm: &Vm, args: &[Value]) -> Res {
    let a = method(vm, args[0])?;
    let Some(b) = vm.exact::<BoundMethod>(args[1], core_shape::BOUND_METHOD) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let same = vm.same(a.receiver.get(), b.receiver.get())
        && vm.equal(a.function.get(), b.function.get())?;
    Ok(Value::bool(same))
}

fn hash(vm: &Vm, args: &[Value]) -> Res {
    let m = method(vm, args[0])?;
    let h = vm.address_hash(m.receiver.get()) ^ vm.hash(m.function.get())?;
    vm.int(if h == -1 { -2 } else { h } as i64)
}

fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let m = method(vm, args[0])?;
    let name = vm.get_attr(m.function.get(), vm.names().name)?;
    super::reduce_as_attribute(vm, m.receiver.get(), name)
}

fn function(vm: &Vm, v: Value) -> Res {
    Ok(method(vm, v)?.function.get())
}

fn instance(vm: &Vm, v: Value) -> Res {
    Ok(method(vm, v)?.receiver.get())
}

fn doc(vm: &Vm, v: Value) -> Res {
    let f = method(vm, v)?.function.get();
    Ok(vm.get_attr_opt(f, vm.names().doc)?.unwrap_or(Value::NONE))
}
