//! `__slots__`: which fixed attribute slots, and whether a `__dict__` and weak references, a class adds.

use pyrs_core::object::{Class, Dict, Str, Tuple, Wraps, class_flag};
use pyrs_core::{Gc, Res, Value, Vm};

/// What a class adds to its base's instances.
pub(super) struct SlotPlan {
    /// Mangled names of new fixed slots, sorted; interned, so their addresses are stable.
    // TRACED: by the intern table, which pins them.
    pub names: Vec<Gc<Str>>,
    pub add_dict: bool,
    pub add_weakref: bool,
}

/// Instances of the class vary in size in CPython, which leaves no room for fixed slots.
fn varies_in_size(c: Gc<Class>) -> bool {
    matches!(c.layout.wraps, Wraps::Int | Wraps::Bytes | Wraps::Tuple)
        || c.has(class_flag::TYPE_SUBCLASS)
}

/// `__slots__` of a namespace, resolved.
pub(super) fn plan_slots(
    vm: &Vm,
    class_name: Gc<Str>,
    base: Gc<Class>,
    bases: Gc<Tuple>,
    dict: Gc<Dict>,
) -> Res<SlotPlan> {
    let may_dict = !base.has(class_flag::HAS_DICT) && !vm.layout_has_dict(base.layout);
    let may_weakref = !base.has(class_flag::HAS_WEAKREF) && !varies_in_size(base);
    let Some(slots) = vm.dict_get_str(dict, vm.names().slots) else {
        return Ok(SlotPlan { names: Vec::new(), add_dict: may_dict, add_weakref: may_weakref });
    };
    let given = match vm.as_str(slots) {
        Some(_) => vm.new_tuple(&[slots])?,
        None => vm.to_tuple(slots)?,
    };
    if !given.is_empty() && varies_in_size(base) {
        return Err(vm.type_error(format!(
            "nonempty __slots__ not supported for subtype of '{}'",
            vm.class_name(base)
        )));
    }
    let mut plan = SlotPlan { names: Vec::new(), add_dict: false, add_weakref: false };
    for &v in given.items() {
        let name = slot_name(vm, v)?;
        if name == vm.names().dict {
            if !may_dict || plan.add_dict {
                return Err(vm.type_error("__dict__ slot disallowed: we already got one"));
            }
            plan.add_dict = true;
        } else if name == vm.names().weakref {
            if !may_weakref || plan.add_weakref {
                return Err(vm.type_error("__weakref__ slot disallowed: we already got one"));
            }
            plan.add_weakref = true;
        } else {
            plan.names.push(mangled_slot(vm, class_name, name, dict)?);
        }
    }
    plan.names.sort_by(|a, b| pyrs_core::protocol::compare_text(*a, *b));
    for &b in bases.items() {
        let Some(b) = vm.as_class(b).filter(|&b| b != base) else { continue };
        plan.add_dict |= may_dict && b.has(class_flag::HAS_DICT);
        plan.add_weakref |= may_weakref && b.has(class_flag::HAS_WEAKREF);
    }
    Ok(plan)
}

fn slot_name(vm: &Vm, v: Value) -> Res<Gc<Str>> {
    let Some(s) = vm.as_str(v) else {
        return Err(
            vm.type_error(format!("__slots__ items must be strings, not '{}'", vm.type_name(v)))
        );
    };
    if !pyrs_text::unicode::is_identifier(s.points()) {
        return Err(vm.type_error("__slots__ must be identifiers"));
    }
    Ok(vm.intern_str(s))
}

/// A private name with the class's name in front (language reference, "private name mangling").
pub(crate) fn mangle(vm: &Vm, class_name: Gc<Str>, name: Gc<Str>) -> Gc<Str> {
    let text = name.to_lossy();
    if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
        return name;
    }
    let class = class_name.to_lossy();
    match class.trim_start_matches('_') {
        "" => name,
        class => vm.intern(&format!("_{class}{text}")),
    }
}

fn mangled_slot(vm: &Vm, class_name: Gc<Str>, name: Gc<Str>, dict: Gc<Dict>) -> Res<Gc<Str>> {
    let mangled = mangle(vm, class_name, name);
    let n = vm.names();
    let allowed = [n.qualname, n.classcell, n.classdictcell].contains(&mangled);
    if !allowed && vm.dict_get_str(dict, mangled).is_some() {
        let shown = vm.repr(name.value())?.to_lossy();
        return Err(vm.value_error(format!("{shown} in __slots__ conflicts with class variable")));
    }
    Ok(mangled)
}

/// Puts a member descriptor for every new slot into the class's namespace.
pub(super) fn add_slot_members(
    vm: &Vm,
    class: Gc<Class>,
    base: Gc<Class>,
    plan: &SlotPlan,
) -> Res<()> {
    let first = base.fixed_slots.get();
    for (i, name) in plan.names.iter().enumerate() {
        vm.add_member(class, &name.to_lossy(), first + i as u32, false)?;
    }
    Ok(())
}
