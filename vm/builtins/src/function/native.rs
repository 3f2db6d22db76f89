//! Native functions and methods: `builtin_function_or_method`, `method_descriptor`, `classmethod_descriptor`.

use super::shared::{
    CALL, GET, SELF, bound_to, call, doc, dotted, is_slot_name, owner_name, text_signature,
};
use pyrs_core::object::{BoundNative, DefKind, NativeDef, NativeFunction, core_shape};
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

static FUNCTION: &[NativeDef] = &[
    NativeDef::method("__call__", CALL, call, "Calls the function."),
    NativeDef::method("__repr__", SELF, function_repr, "repr(self)"),
    NativeDef::method("__eq__", "(self, value, /)", function_eq, "self == value"),
    NativeDef::method("__hash__", SELF, function_hash, "hash(self)"),
    NativeDef::method("__reduce__", SELF, function_reduce, "State for pickle."),
];

static FUNCTION_ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef::read_only("__name__", name, ""),
    GetSetDef::read_only("__qualname__", function_qualname, ""),
    GetSetDef::read_only("__self__", function_self, ""),
    GetSetDef::read_only("__objclass__", bound_owner, ""),
    GetSetDef { name: "__module__", get: module, set: Some(set_module), doc: "" },
    GetSetDef::read_only("__doc__", native_doc, "A function or bound method made natively."),
    GetSetDef::read_only("__text_signature__", signature, ""),
];

static DESCRIPTOR: &[NativeDef] = &[
    NativeDef::method("__get__", GET, descriptor_get, "Binds the method."),
    NativeDef::method("__call__", CALL, call, "Calls the method."),
    NativeDef::method("__repr__", SELF, descriptor_repr, "repr(self)"),
    NativeDef::method("__reduce__", SELF, descriptor_reduce, "State for pickle."),
];

static DESCRIPTOR_ATTRIBUTES: &[GetSetDef] = &[
    GetSetDef::read_only("__name__", name, ""),
    GetSetDef::read_only("__qualname__", descriptor_qualname, ""),
    GetSetDef::read_only("__objclass__", objclass, ""),
    GetSetDef::read_only("__doc__", native_doc, "A method made natively, not yet bound."),
    GetSetDef::read_only("__text_signature__", signature, ""),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes();
    vm.extend_class(c.builtin_function, FUNCTION, FUNCTION_ATTRIBUTES)?;
    vm.extend_class(c.method_descriptor, DESCRIPTOR, DESCRIPTOR_ATTRIBUTES)?;
    vm.extend_class(c.class_method_descriptor, DESCRIPTOR, DESCRIPTOR_ATTRIBUTES)
}

fn bound(vm: &Vm, v: Value) -> Option<Gc<BoundNative>> {
    vm.exact(v, core_shape::BOUND_NATIVE)
}

/// The native function behind any of these objects.
fn native(vm: &Vm, v: Value) -> Res<Gc<NativeFunction>> {
    let f = bound(vm, v).map_or(v, |b| b.function.get());
    vm.cast::<NativeFunction>(f).ok_or_else(|| vm.type_error("a native function is required"))
}

/// `__objclass__`, which only bound special methods have (CPython's method-wrappers).
fn bound_owner(vm: &Vm, v: Value) -> Res {
    let f = native(vm, v)?;
    if bound(vm, v).is_some() && super::shared::is_slot_name(f.def.name) {
        return Ok(f.owner.get());
    }
    Err(vm.no_attribute(v, vm.intern("__objclass__")))
}

fn name(vm: &Vm, v: Value) -> Res {
    Ok(vm.intern(native(vm, v)?.def.name).value())
}

fn native_doc(vm: &Vm, v: Value) -> Res {
    doc(vm, native(vm, v)?)
}

fn signature(vm: &Vm, v: Value) -> Res {
    vm.str(&text_signature(native(vm, v)?))
}

// ---- functions and bound methods
/// What a function is bound to: a receiver, the class of a static method, the module.
fn self_of(vm: &Vm, v: Value) -> Res {
    if let Some(b) = bound(vm, v) {
        return Ok(b.receiver.get());
    }
    let f = native(vm, v)?;
    match f.def.kind {
        DefKind::Static if vm.as_class(f.owner.get()).is_some() => Ok(f.owner.get()),
        DefKind::Function => match vm.as_str(f.module.get()) {
            Some(m) => Ok(vm.loaded_module(&m.to_lossy()).unwrap_or(Value::NONE)),
            None => Ok(Value::NONE),
        },
        _ => Ok(Value::NONE),
    }
}

fn function_self(vm: &Vm, v: Value) -> Res {
    // Static methods know their class, but do not tell.
    let f = native(vm, v)?;
    if f.def.kind == DefKind::Static && f.def.name != "__new__" {
        return Ok(Value::NONE);
    }
    self_of(vm, v)
}

fn function_qualname(vm: &Vm, v: Value) -> Res {
    let f = native(vm, v)?;
    let receiver = bound(vm, v).map(|b| b.receiver.get());
    let owner = match receiver {
        Some(r) if vm.as_class(r).is_some() => r,
        Some(r) => vm.class_of(r).value(),
        None => f.owner.get(),
    };
    vm.str(&dotted(vm, owner, f.def.name))
}

fn module(vm: &Vm, v: Value) -> Res {
    let m = native(vm, v)?.module.get();
    Ok(if m.is_unbound() { Value::NONE } else { m })
}

fn set_module(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = native(vm, v)?;
    f.module.set(&vm.heap, f, new.unwrap_or(Value::NONE));
    Ok(())
}

fn function_repr(vm: &Vm, args: &[Value]) -> Res {
    let f = native(vm, args[0])?;
    let receiver = match f.def.kind {
        DefKind::Static if vm.as_class(f.owner.get()).is_some() => f.owner.get(),
        _ => self_of(vm, args[0])?,
    };
    if receiver.is_none() || vm.cast::<pyrs_core::object::Module>(receiver).is_some() {
        return vm.str(&format!("<built-in function {}>", f.def.name));
    }
    vm.heap.pin(receiver);
    let (t, address) = (vm.type_name(receiver), receiver.bits());
    let kind = match bound(vm, args[0]) {
        Some(_) if is_slot_name(f.def.name) && f.def.kind == DefKind::Method => "method-wrapper",
        _ => "",
    };
    if kind.is_empty() {
        vm.str(&format!("<built-in method {} of {t} object at {address:#x}>", f.def.name))
    } else {
        vm.str(&format!("<{kind} '{}' of {t} object at {address:#x}>", f.def.name))
    }
}

fn function_eq(vm: &Vm, args: &[Value]) -> Res {
    match (bound(vm, args[0]), bound(vm, args[1])) {
        (Some(a), Some(b)) => Ok(Value::bool(
            vm.same(a.receiver.get(), b.receiver.get()) && a.function.get() == b.function.get(),
        )),
        (None, None) if args[0] == args[1] => Ok(Value::TRUE),
        _ if vm.class_of(args[1]) == vm.classes().builtin_function => Ok(Value::FALSE),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn function_hash(vm: &Vm, args: &[Value]) -> Res {
    let h = match bound(vm, args[0]) {
        Some(b) => vm.address_hash(b.receiver.get()) ^ vm.address_hash(b.function.get()),
        None => vm.address_hash(args[0]),
    };
    vm.int(if h == -1 { -2 } else { h } as i64)
}

fn function_reduce(vm: &Vm, args: &[Value]) -> Res {
    let f = native(vm, args[0])?;
    let receiver = self_of(vm, args[0])?;
    let own_name = vm.intern(f.def.name).value();
    if receiver.is_none() || vm.cast::<pyrs_core::object::Module>(receiver).is_some() {
        return Ok(own_name);
    }
    super::reduce_as_attribute(vm, receiver, own_name)
}

// ---- unbound methods
fn objclass(vm: &Vm, v: Value) -> Res {
    Ok(native(vm, v)?.owner.get())
}

fn descriptor_qualname(vm: &Vm, v: Value) -> Res {
    let f = native(vm, v)?;
    vm.str(&dotted(vm, f.owner.get(), f.def.name))
}

fn descriptor_repr(vm: &Vm, args: &[Value]) -> Res {
    let f = native(vm, args[0])?;
    let slot = is_slot_name(f.def.name) && f.def.kind == DefKind::Method;
    let kind = if slot { "slot wrapper" } else { "method" };
    vm.str(&format!("<{kind} '{}' of '{}' objects>", f.def.name, owner_name(vm, f.owner.get())))
}

fn descriptor_reduce(vm: &Vm, args: &[Value]) -> Res {
    let f = native(vm, args[0])?;
    if f.def.kind == DefKind::Class {
        return Err(vm.type_error("cannot pickle 'classmethod_descriptor' object"));
    }
    super::reduce_as_attribute(vm, f.owner.get(), vm.intern(f.def.name).value())
}

fn descriptor_get(vm: &Vm, args: &[Value]) -> Res {
    let (instance, owner) = bound_to(vm, args)?;
    let f = native(vm, args[0])?;
    if f.def.kind == DefKind::Class {
        let Some(class) = vm.as_class(owner) else {
            return Err(vm.type_error(format!(
                "descriptor '{}' for type '{}' needs a type, not a '{}' as arg 2",
                f.def.name,
                owner_name(vm, f.owner.get()),
                vm.type_name(owner)
            )));
        };
        return vm.descriptor_get(args[0], instance, class);
    }
    if instance.is_unbound() {
        return Ok(args[0]);
    }
    vm.check_receiver(f, &[instance])?;
    vm.bind_method(args[0], instance)
}
