//! `getset_descriptor` and `member_descriptor`

use super::shared::{GET, SELF, bound_to, dotted, owner_name};
use pyrs_core::object::{GetSet, Member, NativeDef, core_shape};
use pyrs_core::{GetSetDef, Res, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::method("__get__", GET, get, "The attribute's value."),
    NativeDef::method("__set__", "(self, instance, value, /)", set, "Sets the attribute."),
    NativeDef::method("__delete__", "(self, instance, /)", delete, "Deletes the attribute."),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("__reduce__", SELF, reduce, "State for pickle."),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("__name__", name, ""),
    GetSetDef::read_only("__qualname__", qualname, ""),
    GetSetDef::read_only("__objclass__", objclass, ""),
    GetSetDef::read_only("__doc__", doc, "A native attribute."),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes();
    vm.extend_class(c.getset, METHODS, GETSET)?;
    vm.extend_class(c.member, METHODS, GETSET)
}

/// Name and owner of either kind.
fn identity(vm: &Vm, v: Value) -> (String, Value) {
    if let Some(g) = vm.exact::<GetSet>(v, core_shape::GETSET) {
        return (g.def.name.to_owned(), g.owner.get());
    }
    match vm.exact::<Member>(v, core_shape::MEMBER) {
        Some(m) => {
            let name = vm.as_str(m.name.get()).map_or_else(String::new, |s| s.to_lossy());
            (name, m.owner.get())
        }
        None => (String::new(), Value::NONE),
    }
}

fn check(vm: &Vm, v: Value, instance: Value) -> Res<()> {
    let (name, owner) = identity(vm, v);
    match vm.as_class(owner) {
        Some(c) if !vm.is_instance_exact(instance, c) => Err(vm.type_error(format!(
            "descriptor '{name}' for '{}' objects doesn't apply to a '{}' object",
            vm.class_name(c),
            vm.type_name(instance)
        ))),
        _ => Ok(()),
    }
}

fn get(vm: &Vm, args: &[Value]) -> Res {
    let (instance, _) = bound_to(vm, args)?;
    if instance.is_unbound() {
        return Ok(args[0]);
    }
    check(vm, args[0], instance)?;
    vm.descriptor_get(args[0], instance, vm.class_of(instance))
}

fn set(vm: &Vm, args: &[Value]) -> Res {
    check(vm, args[0], args[1])?;
    vm.descriptor_set(args[0], args[1], Some(args[2]))?;
    Ok(Value::NONE)
}

fn delete(vm: &Vm, args: &[Value]) -> Res {
    check(vm, args[0], args[1])?;
    vm.descriptor_set(args[0], args[1], None)?;
    Ok(Value::NONE)
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let (name, owner) = identity(vm, args[0]);
    let kind = match vm.exact::<Member>(args[0], core_shape::MEMBER) {
        Some(_) => "member",
        None => "attribute",
    };
    vm.str(&format!("<{kind} '{name}' of '{}' objects>", owner_name(vm, owner)))
}

fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let (name, owner) = identity(vm, args[0]);
    super::reduce_as_attribute(vm, owner, vm.str(&name)?)
}

fn name(vm: &Vm, v: Value) -> Res {
    Ok(vm.intern(&identity(vm, v).0).value())
}

fn qualname(vm: &Vm, v: Value) -> Res {
    let (name, owner) = identity(vm, v);
    vm.str(&dotted(vm, owner, &name))
}

fn objclass(vm: &Vm, v: Value) -> Res {
    Ok(identity(vm, v).1)
}

fn doc(vm: &Vm, v: Value) -> Res {
    match vm.exact::<GetSet>(v, core_shape::GETSET) {
        Some(g) if !g.def.doc.is_empty() => vm.str(g.def.doc),
        _ => Ok(Value::NONE),
    }
}
