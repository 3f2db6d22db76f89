//! `property`

use super::shared::GET;
use crate::functions::iterators::{fresh, receiver};
use pyrs_core::object::{NativeDef, Property, core_shape};
use pyrs_core::{Gc, GetSetDef, Raised, Res, Slot, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, fget=None, fset=None, fdel=None, doc=None)", init, ""),
    NativeDef::method("__get__", GET, get, "The attribute's value."),
    NativeDef::method("__set__", "(self, instance, value, /)", set, "Sets the attribute."),
    NativeDef::method("__delete__", "(self, instance, /)", delete, "Deletes the attribute."),
    NativeDef::method("getter", "(self, object, /)", getter, "A copy with another getter."),
    NativeDef::method("setter", "(self, object, /)", setter, "A copy with another setter."),
    NativeDef::method("deleter", "(self, object, /)", deleter, "A copy with another deleter."),
    NativeDef::method("__set_name__", "(self, /, *args)", set_name, "Tells the property its name."),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef { name: "fget", get: fget, set: Some(read_only), doc: "" },
    GetSetDef { name: "fset", get: fset, set: Some(read_only), doc: "" },
    GetSetDef { name: "fdel", get: fdel, set: Some(read_only), doc: "" },
    GetSetDef {
        name: "__doc__",
        get: doc,
        set: Some(set_doc),
        doc: "An attribute computed by functions.\n\n  fget\n    gives the value\n  fset\n    sets it\n  fdel\n    deletes it\n  doc\n    documentation, the getter's by default",
    },
    GetSetDef { name: "__name__", get: name, set: Some(set_name_attribute), doc: "" },
    GetSetDef::read_only("__isabstractmethod__", is_abstract, ""),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().property, METHODS, GETSET)
}

fn property(vm: &Vm, v: Value) -> Res<Gc<Property>> {
    receiver::<Property>(vm, v)
}

fn or_none(slot: &Slot) -> Value {
    if slot.is_unbound() { Value::NONE } else { slot.get() }
}

/// A function that was given.
fn given(slot: &Slot) -> Option<Value> {
    Some(slot.get()).filter(|v| !v.is_unbound() && !v.is_none())
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    Ok(fresh::<Property>(vm, args[0])?.value())
}

fn init(vm: &Vm, args: &[Value]) -> Res {
    let p = property(vm, args[0])?;
    let h = &vm.heap;
    if !p.getter.is_unbound() {
        vm.descriptor_changed();
    }
    p.getter.set(h, p, args[1]);
    p.setter.set(h, p, args[2]);
    p.deleter.set(h, p, args[3]);
    p.name.set(h, p, Value::UNBOUND);
    p.doc_from_getter.set(false);
    let mut doc = Some(args[4]).filter(|d| !d.is_none());
    if doc.is_none()
        && let Some(f) = given(&p.getter)
    {
        doc = vm.get_attr_opt(f, vm.names().doc)?.filter(|d| !d.is_none());
        p.doc_from_getter.set(doc.is_some());
    }
    let exact = vm.object(args[0]).is_some_and(|o| o.shape() == core_shape::PROPERTY);
    if exact {
        p.doc.set(h, p, doc.unwrap_or(Value::NONE));
        return Ok(Value::NONE);
    }
    // An instance of a subclass keeps the text where the subclass's own `__doc__` does not hide it.
    let stored = vm.set_attr(args[0], vm.names().doc, doc.unwrap_or(Value::NONE));
    if let Err(r) = stored {
        let harmless = !p.doc_from_getter.get() || doc.is_none();
        if !(harmless && vm.pending_is(r, vm.exc().attribute_error)) {
            return Err(r);
        }
        vm.take_exception(r);
    }
    Ok(Value::NONE)
}

fn missing(vm: &Vm, p: Gc<Property>, instance: Value, what: &str) -> Raised {
    let class = vm.class_of(instance);
    let qualname = vm.as_str(class.qualname.get()).map_or_else(String::new, |s| s.to_lossy());
    let text = match own_name(vm, p) {
        Ok(Some(name)) => match vm.repr(name) {
            Ok(name) => {
                format!("property {} of '{qualname}' object has no {what}", name.to_lossy())
            }
            Err(r) => return r,
        },
        Ok(None) => format!("property of '{qualname}' object has no {what}"),
        Err(r) => return r,
    };
    vm.raise_text(vm.exc().attribute_error, &text)
}

/// The name given by `__set_name__`, or the getter's.
fn own_name(vm: &Vm, p: Gc<Property>) -> Res<Option<Value>> {
    if !p.name.is_unbound() {
        return Ok(Some(p.name.get()));
    }
    match given(&p.getter) {
        Some(f) => vm.get_attr_opt(f, vm.names().name),
        None => Ok(None),
    }
}

fn get(vm: &Vm, args: &[Value]) -> Res {
    if args[1].is_none() {
        return Ok(args[0]);
    }
    let p = property(vm, args[0])?;
    match given(&p.getter) {
        Some(f) => vm.call(f, &[args[1]]),
        None => Err(missing(vm, p, args[1], "getter")),
    }
}

fn set(vm: &Vm, args: &[Value]) -> Res {
    let p = property(vm, args[0])?;
    match given(&p.setter) {
        Some(f) => vm.call(f, &[args[1], args[2]])?,
        None => return Err(missing(vm, p, args[1], "setter")),
    };
    Ok(Value::NONE)
}

fn delete(vm: &Vm, args: &[Value]) -> Res {
    let p = property(vm, args[0])?;
    match given(&p.deleter) {
        Some(f) => vm.call(f, &[args[1]])?,
        None => return Err(missing(vm, p, args[1], "deleter")),
    };
    Ok(Value::NONE)
}

/// A property of the same class with one function replaced.
fn copy(vm: &Vm, v: Value, which: usize, f: Value) -> Res {
    let p = property(vm, v)?;
    let mut parts = [or_none(&p.getter), or_none(&p.setter), or_none(&p.deleter), Value::NONE];
    if !f.is_none() {
        parts[which] = f;
    }
    // A text taken from the getter is taken again from the getter of the copy.
    let from_getter = p.doc_from_getter.get() && !parts[0].is_none();
    parts[3] = if from_getter { Value::NONE } else { vm.get_attr(v, vm.names().doc)? };
    let made = vm.call(vm.class_of(v).value(), &parts)?;
    if let Some(q) = vm.cast::<Property>(made)
        && !p.name.is_unbound()
    {
        q.name.set(&vm.heap, q, p.name.get());
    }
    Ok(made)
}

fn getter(vm: &Vm, args: &[Value]) -> Res {
    copy(vm, args[0], 0, args[1])
}

fn setter(vm: &Vm, args: &[Value]) -> Res {
    copy(vm, args[0], 1, args[1])
}

fn deleter(vm: &Vm, args: &[Value]) -> Res {
    copy(vm, args[0], 2, args[1])
}

fn set_name(vm: &Vm, args: &[Value]) -> Res {
    let p = property(vm, args[0])?;
    let given = vm.to_tuple(args[1])?;
    if given.len() != 2 {
        return Err(vm.type_error(format!(
            "__set_name__() takes 2 positional arguments but {} were given",
            given.len()
        )));
    }
    p.name.set(&vm.heap, p, given.get(1));
    Ok(Value::NONE)
}

// ---- attributes
fn read_only(vm: &Vm, _v: Value, _new: Option<Value>) -> Res<()> {
    Err(vm.raise_text(vm.exc().attribute_error, "readonly attribute"))
}

fn fget(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&property(vm, v)?.getter))
}

fn fset(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&property(vm, v)?.setter))
}

fn fdel(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&property(vm, v)?.deleter))
}

fn doc(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&property(vm, v)?.doc))
}

fn set_doc(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let p = property(vm, v)?;
    p.doc.set(&vm.heap, p, new.unwrap_or(Value::NONE));
    Ok(())
}

fn name(vm: &Vm, v: Value) -> Res {
    match own_name(vm, property(vm, v)?)? {
        Some(n) => Ok(n),
        None => Err(vm.no_attribute(v, vm.names().name)),
    }
}

fn set_name_attribute(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let p = property(vm, v)?;
    p.name.set(&vm.heap, p, new.unwrap_or(Value::UNBOUND));
    Ok(())
}

fn is_abstract(vm: &Vm, v: Value) -> Res {
    let p = property(vm, v)?;
    for slot in [&p.getter, &p.setter, &p.deleter] {
        if let Some(f) = given(slot)
            && super::claims_abstract(vm, f)?
        {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}
