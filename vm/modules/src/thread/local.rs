//! `_thread._local`: objects whose attributes each thread has for itself.
//!
//! Attributes live in one dict per thread, in a dict from thread serial number to dict in the object's first slot.

use core::sync::atomic::{AtomicUsize, Ordering};
use pyrs_core::object::{ClassSpec, Dict, Module, Str, class_flag};
use pyrs_core::{Gc, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct Local {
    header: Header,
    /// dict: thread serial number to dict of attributes
    dicts: Slot,
    /// `(args, kwargs)` of the constructor, for other threads' `__init__`
    arguments: Slot,
}
native_object!(Local, "_local", slots = 2);

static SPEC: ClassSpec = ClassSpec {
    name: "_thread._local",
    layout: <Local as Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_WEAKREF,
    doc: "Thread-local data",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method(
            "__getattribute__",
            "(self, name, /)",
            get,
            "Return getattr(self, name).",
        ),
        NativeDef::method(
            "__setattr__",
            "(self, name, value, /)",
            set,
            "Implement setattr(self, name, value).",
        ),
        NativeDef::method(
            "__delattr__",
            "(self, name, /)",
            delete,
            "Implement delattr(self, name).",
        ),
    ],
    getset: &[],
    fields: &[],
};

pub(super) fn classes(vm: &Vm, m: Gc<Module>) -> Res<()> {
    let c = vm.define_class(&SPEC, None)?.value();
    vm.module_set(m, "_local", c)
}
/// A number of the running thread that is never given to another one (idents are).
pub(crate) fn serial() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    thread_local!(static MINE: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    MINE.with(|n| *n)
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let Some(c) = vm.as_class(a[0]) else { return Err(vm.type_error("X is not a type object")) };
    let given = vm.as_tuple(a[1]).is_some_and(|t| !t.is_empty())
        || vm.as_dict(a[2]).is_some_and(|d| !d.is_empty());
    let init = vm.lookup(c, vm.intern("__init__"));
    let plain = init == vm.lookup(vm.classes().object, vm.intern("__init__"));
    if given && plain {
        return Err(vm.type_error("Initialization arguments are not supported"));
    }
    let o = vm.new_instance(c)?.value();
    let Some(l) = vm.cast::<Local>(o) else { return Err(vm.type_error("not a _local type")) };
    let arguments = vm.tuple(&[a[1], a[2]])?;
    l.arguments.set(&vm.heap, l, arguments);
    let dicts = vm.new_dict()?;
    l.dicts.set(&vm.heap, l, dicts.value());
    let mine = vm.new_dict()?;
    vm.dict_set(dicts, vm.int_usize(serial())?, mine.value())?;
    Ok(o)
}
/// The running thread's dict; makes it (and runs `__init__`) at first use.
fn attributes(vm: &Vm, v: Value) -> Res<(Gc<Local>, Gc<Dict>)> {
    let Some(l) = vm.cast::<Local>(v) else { return Err(vm.type_error("a _local is required")) };
    let Some(dicts) = vm.as_dict(l.dicts.get()) else {
        return Err(vm.type_error("a _local is required"));
    };
    let key = vm.int_usize(serial())?;
    if let Some(d) = vm.dict_get(dicts, key)?.and_then(|d| vm.as_dict(d)) {
        return Ok((l, d));
    }
    let d = vm.new_dict()?;
    vm.dict_set(dicts, key, d.value())?;
    let init = vm.lookup(vm.class_of(v), vm.intern("__init__"));
    if init != vm.lookup(vm.classes().object, vm.intern("__init__"))
        && let (Some(f), Some(t)) = (init, vm.as_tuple(l.arguments.get()))
    {
        let bound = vm.bind_method(f, v)?;
        let args = vm.to_tuple(t.get(0))?;
        if let Err(r) = vm.call_dict(bound, args.items(), vm.as_dict(t.get(1))) {
            vm.dict_remove(dicts, key)?;
            return Err(r);
        }
    }
    Ok((l, d))
}
fn name(vm: &Vm, v: Value) -> Res<Gc<Str>> {
    match vm.as_str(v) {
        Some(s) => Ok(vm.intern_str(s)),
        None => {
            Err(vm.type_error(format!("attribute name must be string, not '{}'", vm.type_name(v))))
        }
    }
}
fn get(vm: &Vm, a: &[Value]) -> Res {
    let name = name(vm, a[1])?;
    let (_, d) = attributes(vm, a[0])?;
    if name.is("__dict__") {
        return Ok(d.value());
    }
    // Data descriptors of the class come first.
    if let Some(f) = vm.lookup(vm.class_of(a[0]), name)
        && vm.lookup(vm.class_of(f), vm.intern("__set__")).is_some()
    {
        return vm.generic_get_attr(a[0], name);
    }
    match vm.dict_get_str(d, name) {
        Some(v) => Ok(v),
        None => vm.generic_get_attr(a[0], name),
    }
}
fn set(vm: &Vm, a: &[Value]) -> Res {
    store(vm, a[0], a[1], Some(a[2]))
}
fn delete(vm: &Vm, a: &[Value]) -> Res {
    store(vm, a[0], a[1], None)
}
fn store(vm: &Vm, v: Value, n: Value, new: Option<Value>) -> Res {
    let name = name(vm, n)?;
    let (_, d) = attributes(vm, v)?;
    let class = vm.class_of(v);
    if name.is("__dict__") {
        return Err(vm.raise_text(
            vm.exc().attribute_error,
            &format!("'{}' object attribute '__dict__' is read-only", vm.class_name(class)),
        ));
    }
    if let Some(f) = vm.lookup(class, name)
        && vm.lookup(vm.class_of(f), vm.intern("__set__")).is_some()
    {
        vm.generic_set_attr(v, name, new)?;
        return Ok(Value::NONE);
    }
    match new {
        Some(new) => vm.dict_set_str(d, name, new)?,
        None => {
            if vm.dict_remove(d, name.value())?.is_none() {
                return Err(vm.raise_text(
                    vm.exc().attribute_error,
                    &format!(
                        "'{}' object has no attribute '{}'",
                        vm.class_name(class),
                        name.to_lossy()
                    ),
                ));
            }
        }
    }
    Ok(Value::NONE)
}
