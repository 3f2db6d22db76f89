//! `type.__new__`: making classes.
//!
//! Order of events (as in CPython): metaclass, bases, layout, `__slots__`, namespace copy, MRO, special attributes,
//! `__set_name__` of every attribute, `__init_subclass__` of the parent.

use super::mro::{best_base, compute_mro, tell_foreign_classes};
use super::slots::{SlotPlan, add_slot_members, plan_slots};
use pyrs_core::object::{
    CellObject, Class, Dict, GetSet, NativeFunction, Str, Tuple, Wraps, class_flag, core_shape,
};
use pyrs_core::{Gc, GetSetDef, Header, Res, Slot, Special, Value, Vm};

/// The most derived of `meta` and the metaclasses of `bases`.
pub(crate) fn winning_metaclass(vm: &Vm, meta: Gc<Class>, bases: Gc<Tuple>) -> Res<Gc<Class>> {
    let mut winner = meta;
    for &b in bases.items() {
        let candidate = vm.class_of(b);
        if vm.is_subclass_exact(winner, candidate) {
            continue;
        }
        if vm.is_subclass_exact(candidate, winner) {
            winner = candidate;
            continue;
        }
        return Err(vm.type_error(
            "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass \
             of the metaclasses of all its bases",
        ));
    }
    Ok(winner)
}

/// `type.__new__(meta, name, bases, namespace, **kwargs)`
pub(super) fn type_new(vm: &Vm, args: &[Value]) -> Res {
    let Some(meta) = vm.as_class(args[0]) else {
        return Err(vm.type_error("type.__new__(X): X is not a type object"));
    };
    let given = vm.to_tuple(args[1])?;
    let kwargs = vm.as_dict(args[2]);
    let &[name, bases, namespace] = given.items() else {
        return Err(vm.type_error(format!(
            "type.__new__() takes exactly 3 arguments ({} given)",
            given.len()
        )));
    };
    let wrong = |i: usize, what: &str, v: Value| {
        vm.type_error(format!(
            "type.__new__() argument {i} must be {what}, not {}",
            if v.is_none() { "None".into() } else { vm.type_name(v) }
        ))
    };
    let Some(name) = vm.as_str(name) else { return Err(wrong(1, "str", name)) };
    let Some(bases) = vm.as_tuple(bases) else { return Err(wrong(2, "tuple", bases)) };
    let Some(namespace) = vm.as_dict(namespace) else { return Err(wrong(3, "dict", namespace)) };

    let bases = checked_bases(vm, bases)?;
    let winner = winning_metaclass(vm, meta, bases)?;
    if winner != meta
        && let Some(new) = vm.special(winner, Special::New)
        && Some(new) != vm.special(vm.classes().type_, Special::New)
    {
        let bound = vm.descriptor_get(new, Value::UNBOUND, winner)?;
        let all = [winner.value(), given.get(0), given.get(1), given.get(2)];
        return vm.call_dict(bound, &all, kwargs);
    }
    let class = make_class(vm, winner, name, bases, namespace)?;
    set_names(vm, class)?;
    init_subclass(vm, class, kwargs)?;
    Ok(class.value())
}

/// `(object,)` for no bases; objects with `__mro_entries__` are refused with a hint.
fn checked_bases(vm: &Vm, bases: Gc<Tuple>) -> Res<Gc<Tuple>> {
    if bases.is_empty() {
        return vm.new_tuple(&[vm.classes().object.value()]);
    }
    for &b in bases.items() {
        if vm.as_class(b).is_none() && vm.get_attr_opt(b, vm.names().mro_entries)?.is_some() {
            return Err(
                vm.type_error("type() doesn't support MRO entry resolution; use types.new_class()")
            );
        }
    }
    Ok(bases)
}

/// Everything but `__set_name__` and `__init_subclass__`.
fn make_class(
    vm: &Vm,
    meta: Gc<Class>,
    name: Gc<Str>,
    bases: Gc<Tuple>,
    namespace: Gc<Dict>,
) -> Res<Gc<Class>> {
    let base = best_base(vm, bases)?;
    let dict = vm.dict_copy(namespace)?;
    if name.points().position(0).is_some() {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    crate::support::check_utf8(vm, name)?;
    if let Some(doc) = vm.dict_get_str(dict, vm.names().doc).and_then(|d| vm.as_str(d)) {
        crate::support::check_utf8(vm, doc)?;
    }
    if (0..dict.rows()).filter_map(|r| dict.row(r)).any(|(k, _)| vm.as_str(k).is_none()) {
        let text = format!("non-string key in the __dict__ of class {}", name.to_lossy());
        crate::support::warn(vm, vm.exc().runtime_warning, &text)?;
    }
    let plan = plan_slots(vm, name, base, bases, dict)?;
    let flags = class_flag::MUTABLE
        | class_flag::BASE
        | inherited_flags(vm, base, bases)
        | if plan.add_dict { class_flag::HAS_DICT } else { 0 }
        | if plan.add_weakref { class_flag::HAS_WEAKREF } else { 0 };
    let class = vm.bare_class_object(meta, base.layout, flags)?;
    let h = &vm.heap;
    class.name.set(h, class, name.value());
    class.qualname.set(h, class, take_qualname(vm, dict, name)?);
    class.bases.set(h, class, bases.value());
    class.base.set(h, class, base.value());
    class.dict.set(h, class, dict.value());
    class.subclasses.set(h, class, vm.new_list()?.value());
    class.wrapped.set(base.wrapped.get() || base.layout.wraps != Wraps::Nothing);
    class.fixed_slots.set(base.fixed_slots.get() + plan.names.len() as u32);
    class.capacity_hint.set(capacity_hint(vm, base, dict));
    let only_self = vm.new_tuple(&[class.value()])?;
    class.mro.set(h, class, only_self.value());
    special_attributes(vm, class, dict, name)?;
    let mro = compute_mro(vm, class)?;
    class.mro.set(h, class, mro.value());
    tell_foreign_classes(vm, class)?;
    vm.make_root_shape(class)?;
    add_slot_members(vm, class, base, &plan)?;
    add_standard_getsets(vm, class, dict, &plan)?;
    for &b in bases.items() {
        if let Some(subs) = vm.as_class(b).and_then(|b| vm.as_list(b.subclasses.get())) {
            vm.list_append(subs, class.value())?;
        }
    }
    vm.class_changed(class);
    Ok(class)
}

/// Flags that come from the bases; instances keep the dict that a base's instances have.
fn inherited_flags(vm: &Vm, base: Gc<Class>, bases: Gc<Tuple>) -> u32 {
    let own = class_flag::INHERITED | class_flag::HAS_DICT | class_flag::HAS_WEAKREF;
    // HAS_DICT of `type` speaks of classes; instances of a metaclass are classes too.
    let patterns = class_flag::SEQUENCE | class_flag::MAPPING;
    let mut flags = base.flags.get() & own & !patterns;
    for &b in bases.items() {
        if let Some(b) = vm.as_class(b) {
            if flags & patterns == 0 {
                flags |= b.flags.get() & patterns;
            }
            flags |= b.flags.get() & class_flag::FINALISER;
        }
    }
    flags
}

/// Attribute slots to give instances: the names that methods assign through `self`, those of the base included. Larger
/// ones get a few more for what other code adds: instances that are full move their attributes to a dict.
fn capacity_hint(vm: &Vm, base: Gc<Class>, dict: Gc<Dict>) -> u32 {
    let own = vm
        .dict_get_str(dict, vm.names().static_attributes)
        .and_then(|t| vm.as_tuple(t))
        .map_or(0, |t| t.len());
    let own = own as u32;
    (base.capacity_hint.get() + own + own / 4).min(64)
}

/// `__qualname__` of the namespace, which loses it; the name if there is none.
fn take_qualname(vm: &Vm, dict: Gc<Dict>, name: Gc<Str>) -> Res {
    match vm.dict_remove(dict, vm.names().qualname.value())? {
        None => Ok(name.value()),
        Some(q) if vm.as_str(q).is_some() => Ok(q),
        Some(q) => {
            Err(vm.type_error(format!("type __qualname__ must be a str, not {}", vm.type_name(q))))
        }
    }
}

/// `__module__`, implicit static and class methods, `__doc__`, `__hash__`, `__classcell__`.
fn special_attributes(vm: &Vm, class: Gc<Class>, dict: Gc<Dict>, _name: Gc<Str>) -> Res<()> {
    let n = vm.names();
    if vm.dict_get_str(dict, n.module).is_none()
        && let Some(globals) = vm.current_globals()
        && let Some(module) = vm.dict_get_str(globals, n.name)
    {
        vm.dict_set_str(dict, n.module, module)?;
    }
    let function = |name: Gc<Str>| {
        vm.dict_get_str(dict, name)
            .filter(|&f| vm.object(f).is_some_and(|o| o.shape() == core_shape::FUNCTION))
    };
    let new = vm.intern("__new__");
    if let Some(f) = function(new) {
        vm.dict_set_str(dict, new, vm.new_static_method(f)?)?;
    }
    for name in [n.init_subclass, n.class_getitem] {
        if let Some(f) = function(name) {
            vm.dict_set_str(dict, name, crate::function::new_class_method(vm, f)?)?;
        }
    }
    if vm.dict_get_str(dict, n.doc).is_none() {
        vm.dict_set_str(dict, n.doc, Value::NONE)?;
    }
    let (eq, hash) = (vm.intern("__eq__"), vm.intern("__hash__"));
    if vm.dict_get_str(dict, eq).is_some() && vm.dict_get_str(dict, hash).is_none() {
        vm.dict_set_str(dict, hash, Value::NONE)?;
    }
    for (name, content, text) in [
        (n.classcell, class.value(), "__classcell__"),
        (n.classdictcell, dict.value(), "__classdictcell__"),
    ] {
        if let Some(cell) = vm.dict_get_str(dict, name) {
            let Some(cell) = vm.exact::<CellObject>(cell, core_shape::CELL) else {
                let t = vm.repr(vm.class_of(cell).value())?.to_lossy();
                return Err(vm.type_error(format!("{text} must be a nonlocal cell, not {t}")));
            };
            cell.content.set(&vm.heap, cell, content);
            vm.dict_remove(dict, name.value())?;
        }
    }
    Ok(())
}

static DICT_GETSET: GetSetDef = GetSetDef {
    name: "__dict__",
    get: super::methods::dict_get,
    set: Some(super::methods::dict_set),
    doc: "dictionary for instance variables",
};

static WEAKREF_GETSET: GetSetDef = GetSetDef::read_only(
    "__weakref__",
    super::methods::weakref_get,
    "list of weak references to the object",
);

/// `__dict__` and `__weakref__` of a class that is the first to have them.
fn add_standard_getsets(vm: &Vm, class: Gc<Class>, dict: Gc<Dict>, plan: &SlotPlan) -> Res<()> {
    for (wanted, def) in [(plan.add_dict, &DICT_GETSET), (plan.add_weakref, &WEAKREF_GETSET)] {
        if wanted && vm.dict_get_str(dict, vm.intern(def.name)).is_none() {
            let (header, owner) = (Header::new(core_shape::GETSET, 0), Slot::new(class.value()));
            let g = vm.alloc(GetSet { header, owner, def })?;
            vm.dict_set_str(dict, vm.intern(def.name), g.value())?;
        }
    }
    Ok(())
}

/// Calls `__set_name__` of the attributes that have one.
fn set_names(vm: &Vm, class: Gc<Class>) -> Res<()> {
    let names = vm.dict_copy(vm.class_dict(class))?;
    let mut row = 0;
    while let Some(r) = names.next_row(row) {
        row = r + 1;
        let Some((key, v)) = names.row(r) else { continue };
        let Some(f) = vm.lookup(vm.class_of(v), vm.names().set_name) else { continue };
        if let Err(raised) = vm.call_bound(f, v, &[class.value(), key]) {
            let note = format!(
                "Error calling __set_name__ on '{}' instance {} in '{}'",
                vm.type_name(v),
                key_text(vm, key),
                vm.class_name(class)
            );
            let e = vm.take_exception(raised);
            crate::exception::add_note_text(vm, e, &note);
            return Err(vm.raise_again(e));
        }
    }
    Ok(())
}

fn key_text(vm: &Vm, key: Value) -> String {
    let pending = vm.pending.get();
    let text = vm.repr_lossy(key);
    vm.pending.set(pending);
    text
}

/// `super(class, class).__init_subclass__(**kwargs)`
fn init_subclass(vm: &Vm, class: Gc<Class>, kwargs: Option<Gc<Dict>>) -> Res<()> {
    let name = vm.names().init_subclass;
    let found = vm
        .mro(class)
        .items()
        .iter()
        .skip(1)
        .find_map(|&k| vm.as_class(k).and_then(|k| vm.dict_get_str(vm.class_dict(k), name)));
    let Some(f) = found else { return Ok(()) };
    let kwargs = kwargs.filter(|d| !d.is_empty());
    if kwargs.is_none()
        && let Some(n) = vm.exact::<NativeFunction>(f, core_shape::NATIVE_CLASS_METHOD)
        && n.owner.get() == vm.classes().object.value()
    {
        return Ok(());
    }
    let bound = vm.descriptor_get(f, Value::UNBOUND, class)?;
    vm.call_dict(bound, &[], kwargs)?;
    Ok(())
}

/// `type.__init__`: checks its arguments and does nothing.
pub(super) fn type_init(vm: &Vm, args: &[Value]) -> Res {
    let given = vm.to_tuple(args[1])?;
    let named = vm.as_dict(args[2]).is_some_and(|d| !d.is_empty());
    if named && given.len() == 1 {
        return Err(vm.type_error("type.__init__() takes no keyword arguments"));
    }
    if given.len() != 1 && given.len() != 3 {
        return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    Ok(Value::NONE)
}
