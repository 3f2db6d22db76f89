//! `_abc`: what `abc.ABCMeta` needs, natively.
//!
//! Classes live as long as the machine, so registries and caches may name them strongly: dicts from a class's
//! identity to the class. A counter goes up with every registration; negative answers older than it are void.

use crate::class_support::each_item;
use core::cell::Cell;
use pyrs_core::object::{Class, ClassSpec, Dict, class_flag, core_shape};
use pyrs_core::{Gc, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

/// The `_abc_impl` of an abstract base class.
#[repr(C)]
struct Data {
    header: Header,
    registry: Slot,
    cache: Slot,
    negative: Slot,
    /// Value of the counter when `negative` was last emptied.
    version: Cell<usize>,
}
native_object!(Data, "_abc_data", slots = 3);

static DATA: ClassSpec = ClassSpec {
    name: "_abc._abc_data",
    layout: <Data as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "Internal state held by ABC machinery.",
    methods: &[],
    getset: &[],
    fields: &[],
};
static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "get_cache_token",
        "()",
        |vm, _| vm.int_usize(counter(vm)),
        "Returns the current ABC cache token.\n\nThe token is an opaque object (supporting equality testing) identifying the\ncurrent version of the ABC cache for virtual subclasses. The token changes\nwith every call to register() on any ABC.",
    ),
    NativeDef::function(
        "_abc_init",
        "(self, /)",
        abc_init,
        "Internal ABC helper for class set-up. Should be never used outside abc module.",
    ),
    NativeDef::function(
        "_abc_register",
        "(self, subclass, /)",
        register,
        "Internal ABC helper for subclass registration. Should be never used outside abc module.",
    ),
    NativeDef::function(
        "_abc_instancecheck",
        "(self, instance, /)",
        instance_check,
        "Internal ABC helper for instance checks. Should be never used outside abc module.",
    ),
    NativeDef::function(
        "_abc_subclasscheck",
        "(self, subclass, /)",
        subclass_check,
        "Internal ABC helper for subclass checks. Should be never used outside abc module.",
    ),
    NativeDef::function(
        "_get_dump",
        "(self, /)",
        dump,
        "Internal ABC helper for cache and registry debugging.",
    ),
    NativeDef::function(
        "_reset_registry",
        "(self, /)",
        |vm, a| {
            reset(vm, &data(vm, a[0])?.registry);
            Ok(Value::NONE)
        },
        "Internal ABC helper to reset registry of a given class.",
    ),
    NativeDef::function(
        "_reset_caches",
        "(self, /)",
        |vm, a| {
            let d = data(vm, a[0])?;
            reset(vm, &d.cache);
            reset(vm, &d.negative);
            Ok(Value::NONE)
        },
        "Internal ABC helper to reset both caches of a given class.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_abc",
        "Module contains faster C implementation of abc.ABCMeta",
        FUNCTIONS,
    )?;
    vm.define_class(&DATA, None)?;
    vm.set_hook("abc_counter", Value::small_int(0));
    Ok(m.value())
}

fn counter(vm: &Vm) -> usize {
    vm.hook("abc_counter").and_then(|v| v.as_int()).unwrap_or(0) as usize
}
fn data(vm: &Vm, class: Value) -> Res<Gc<Data>> {
    let v = vm.get_attr(class, vm.intern("_abc_impl"))?;
    vm.cast(v).ok_or_else(|| vm.type_error("_abc_impl is set to a wrong type"))
}
fn reset(vm: &Vm, s: &Slot) {
    if let Some(d) = vm.as_dict(s.get()) {
        vm.dict_clear(d);
    }
}
fn has(vm: &Vm, s: &Slot, class: Value) -> Res<bool> {
    let Some(d) = vm.as_dict(s.get()) else { return Ok(false) };
    let id = vm.id(class)?;
    Ok(vm.dict_find(d, id)?.is_some())
}
fn add(vm: &Vm, owner: Gc<Data>, s: &Slot, class: Value) -> Res<()> {
    let d = match vm.as_dict(s.get()) {
        Some(d) => d,
        None => {
            let d = vm.new_dict()?;
            s.set(&vm.heap, owner, d.value());
            d
        }
    };
    vm.dict_set(d, vm.id(class)?, class)
}
fn is_abstract(vm: &Vm, v: Value) -> Res<bool> {
    match vm.get_attr_opt(v, vm.names().isabstractmethod)? {
        Some(flag) => vm.truth(flag),
        None => Ok(false),
    }
}
fn abc_init(vm: &Vm, a: &[Value]) -> Res {
    let Some(class) = vm.as_class(a[0]) else { return Err(vm.type_error("a class is required")) };
    let names = abstract_names(vm, class)?;
    vm.set_attr(a[0], vm.names().abc_abstractmethods, names)?;
    let shape = vm.native_class::<Data>().root_shape.get();
    let unset = || Slot::new(Value::UNBOUND);
    let d = vm.alloc(Data {
        header: Header::new(shape, 0),
        registry: unset(),
        cache: unset(),
        negative: unset(),
        version: Cell::new(counter(vm)),
    })?;
    vm.set_attr(a[0], vm.intern("_abc_impl"), d.value())?;
    pattern_flags(vm, class)?;
    Ok(Value::NONE)
}
/// The frozenset of names that are still abstract.
fn abstract_names(vm: &Vm, class: Gc<Class>) -> Res {
    let found = vm.new_set(core_shape::FROZENSET)?;
    let own: Gc<Dict> = vm.dict_copy(vm.class_dict(class))?;
    each_item(own, |name, v, _| {
        if is_abstract(vm, v)? {
            vm.set_add(found, name)?;
        }
        Ok(())
    })?;
    let bases = vm.to_tuple(class.bases.get())?;
    for &base in bases.items() {
        let Some(inherited) = vm.get_attr_opt(base, vm.names().abc_abstractmethods)? else {
            continue;
        };
        let it = vm.get_iter(inherited)?;
        while let Some(name) = vm.next(it)? {
            let Some(s) = vm.as_str(name) else { continue };
            if let Some(v) = vm.get_attr_opt(class.value(), vm.intern_str(s))?
                && is_abstract(vm, v)?
            {
                vm.set_add(found, name)?;
            }
        }
    }
    Ok(found.value())
}
/// `__abc_tpflags__` (sequence 32, mapping 64) says which patterns instances match; it is used up.
fn pattern_flags(vm: &Vm, class: Gc<Class>) -> Res<()> {
    let name = vm.intern("__abc_tpflags__");
    let Some(v) = vm.dict_get_str(vm.class_dict(class), name) else { return Ok(()) };
    let bits = vm.int_i64(v)?;
    let mut flags = 0;
    if bits & 32 != 0 {
        flags |= class_flag::SEQUENCE;
    }
    if bits & 64 != 0 {
        flags |= class_flag::MAPPING;
    }
    if flags == class_flag::SEQUENCE | class_flag::MAPPING {
        let text = "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING";
        return Err(vm.type_error(text));
    }
    class.flags.set(class.flags.get() | flags);
    vm.class_set(class, name, None).map(drop)
}
/// Gives a class and its subclasses a pattern flag, unless they have one.
fn spread_flag(vm: &Vm, class: Gc<Class>, flag: u32) {
    let both = class_flag::SEQUENCE | class_flag::MAPPING;
    if class.flags.get() & both == flag {
        return;
    }
    class.flags.set(class.flags.get() & !both | flag);
    if let Some(subs) = vm.as_list(class.subclasses.get()) {
        for &s in subs.items() {
            if let Some(c) = vm.as_class(s) {
                spread_flag(vm, c, flag);
            }
        }
    }
}
fn register(vm: &Vm, a: &[Value]) -> Res {
    let (this, sub) = (a[0], a[1]);
    let Some(sub_class) = vm.as_class(sub) else {
        return Err(vm.type_error("Can only register classes"));
    };
    if vm.is_subclass(sub, this)? {
        return Ok(sub);
    }
    if vm.is_subclass(this, sub)? {
        return Err(vm.runtime_error("Refusing to create an inheritance cycle"));
    }
    let d = data(vm, this)?;
    add(vm, d, &d.registry, sub)?;
    vm.set_hook("abc_counter", Value::small_int(counter(vm) as isize + 1));
    if let Some(c) = vm.as_class(this) {
        let flag = c.flags.get() & (class_flag::SEQUENCE | class_flag::MAPPING);
        if flag != 0 {
            spread_flag(vm, sub_class, flag);
        }
    }
    Ok(sub)
}
fn instance_check(vm: &Vm, a: &[Value]) -> Res {
    let d = data(vm, a[0])?;
    let sub = vm.get_attr(a[1], vm.names().class)?;
    if has(vm, &d.cache, sub)? {
        return Ok(Value::TRUE);
    }
    let own = vm.class_of(a[1]).value();
    if own == sub {
        if d.version.get() == counter(vm) && has(vm, &d.negative, sub)? {
            return Ok(Value::FALSE);
        }
        return vm.call_method(a[0], "__subclasscheck__", &[sub]);
    }
    let r = vm.call_method(a[0], "__subclasscheck__", &[sub])?;
    if vm.truth(r)? { Ok(r) } else { vm.call_method(a[0], "__subclasscheck__", &[own]) }
}
fn subclass_check(vm: &Vm, a: &[Value]) -> Res {
    let (this, sub) = (a[0], a[1]);
    let Some(sub_class) = vm.as_class(sub) else {
        return Err(vm.type_error("issubclass() arg 1 must be a class"));
    };
    let d = data(vm, this)?;
    if has(vm, &d.cache, sub)? {
        return Ok(Value::TRUE);
    }
    if d.version.get() < counter(vm) {
        reset(vm, &d.negative);
        d.version.set(counter(vm));
    } else if has(vm, &d.negative, sub)? {
        return Ok(Value::FALSE);
    }
    let hooked = vm.call_method_str(this, vm.names().subclasshook, &[sub])?;
    match hooked.as_bool() {
        Some(true) => {
            add(vm, d, &d.cache, sub)?;
            return Ok(Value::TRUE);
        }
        Some(false) => {
            add(vm, d, &d.negative, sub)?;
            return Ok(Value::FALSE);
        }
        None if hooked == Value::NOT_IMPLEMENTED => {}
        None => {
            let text = "__subclasshook__ must return either False, True, or NotImplemented";
            return Err(vm.raise_text(vm.exc().assertion_error, text));
        }
    }
    let yes = vm.mro(sub_class).items().contains(&this)
        || in_registry(vm, d, sub)?
        || under_subclass(vm, this, sub)?;
    add(vm, d, if yes { &d.cache } else { &d.negative }, sub)?;
    Ok(Value::bool(yes))
}
fn in_registry(vm: &Vm, d: Gc<Data>, sub: Value) -> Res<bool> {
    let Some(registry) = vm.as_dict(d.registry.get()) else { return Ok(false) };
    if has(vm, &d.registry, sub)? {
        return Ok(true);
    }
    // Checks run Python code, which may register more: go over a copy.
    let copy = vm.dict_copy(registry)?;
    let mut found = false;
    each_item(copy, |_, class, _| {
        found = found || vm.is_subclass(sub, class)?;
        Ok(())
    })?;
    Ok(found)
}
fn under_subclass(vm: &Vm, this: Value, sub: Value) -> Res<bool> {
    let list = vm.call_method(this, "__subclasses__", &[])?;
    let Some(list) = vm.as_list(list) else {
        return Err(vm.type_error("__subclasses__() must return a list"));
    };
    let mut i = 0;
    while let Some(c) = list.get(i) {
        if vm.is_subclass(sub, c)? {
            return Ok(true);
        }
        i += 1;
    }
    Ok(false)
}
fn dump(vm: &Vm, a: &[Value]) -> Res {
    let d = data(vm, a[0])?;
    let set = |s: &Slot| -> Res {
        let out = vm.new_set(core_shape::SET)?;
        if let Some(d) = vm.as_dict(s.get()) {
            each_item(d, |_, class, _| vm.set_add(out, class).map(drop))?;
        }
        Ok(out.value())
    };
    let version = vm.int_usize(d.version.get())?;
    vm.tuple(&[set(&d.registry)?, set(&d.cache)?, set(&d.negative)?, version])
}
