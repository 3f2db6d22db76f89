//! Assigning `instance.__class__` and `class.__bases__`.

use super::mro::{best_base, compute_mro, solid_base, tell_foreign_classes};
use pyrs_core::object::{Class, Member, Module, Native, Tuple, class_flag, core_shape};
use pyrs_core::{Gc, Res, Value, Vm};

/// Instances of both classes look alike: same layout, same slots, dict and weak references in both or neither.
fn same_layout(vm: &Vm, a: Gc<Class>, b: Gc<Class>) -> bool {
    let traits = class_flag::HAS_DICT | class_flag::HAS_WEAKREF;
    if !core::ptr::eq(a.layout, b.layout)
        || a.wrapped.get() != b.wrapped.get()
        || a.fixed_slots.get() != b.fixed_slots.get()
        || a.flags.get() & traits != b.flags.get() & traits
    {
        return false;
    }
    let (sa, sb) = (solid_base(vm, a), solid_base(vm, b));
    sa == sb || slot_names(vm, sa) == slot_names(vm, sb) && sa.base.get() == sb.base.get()
}

/// Names of the slots that the class itself adds: two classes that add the same slots to the same base are
/// compatible.
fn slot_names(vm: &Vm, c: Gc<Class>) -> Vec<String> {
    let dict = vm.class_dict(c);
    let mut names: Vec<String> = (0..dict.rows())
        .filter_map(|row| dict.row(row))
        .filter(|&(_, v)| vm.exact::<Member>(v, core_shape::MEMBER).is_some())
        .filter_map(|(name, _)| vm.as_str(name).map(|s| s.to_lossy()))
        .collect();
    names.sort();
    names
}

/// `instance.__class__ = new`
pub(super) fn class_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let Some(new) = new else { return Err(vm.type_error("can't delete __class__ attribute")) };
    let Some(class) = vm.as_class(new) else {
        return Err(vm.type_error(format!(
            "__class__ must be set to a class, not '{}' object",
            vm.type_name(new)
        )));
    };
    let old = vm.class_of(v);
    let is_module = |c: Gc<Class>| core::ptr::eq(c.layout, Module::layout());
    let mutable = old.has(class_flag::MUTABLE) && class.has(class_flag::MUTABLE);
    if !(mutable || is_module(old) && is_module(class)) {
        return Err(vm.type_error(
            "__class__ assignment only supported for mutable types or ModuleType subclasses",
        ));
    }
    if !(same_layout(vm, old, class) || is_module(old) && is_module(class)) {
        return Err(vm.type_error(format!(
            "__class__ assignment: '{}' object layout differs from '{}'",
            vm.class_name(class),
            vm.class_name(old)
        )));
    }
    match vm.object(v) {
        Some(o) => vm.move_to_class(o, class),
        None => Ok(()),
    }
}

/// `class.__bases__ = new`
pub(super) fn bases_set(vm: &Vm, class: Gc<Class>, new: Value) -> Res<()> {
    let name = vm.class_name(class);
    let Some(bases) = vm.as_tuple(new) else {
        return Err(vm.type_error(format!(
            "can only assign tuple to {name}.__bases__, not {}",
            vm.type_name(new)
        )));
    };
    if bases.is_empty() {
        return Err(
            vm.type_error(format!("can only assign non-empty tuple to {name}.__bases__, not ()"))
        );
    }
    for &b in bases.items() {
        let Some(b) = vm.as_class(b) else {
            return Err(vm.type_error(format!(
                "{name}.__bases__ must be tuple of classes, not '{}'",
                vm.type_name(b)
            )));
        };
        if vm.is_subclass_exact(b, class) || derives(vm, b, class) {
            return Err(vm.type_error("a __bases__ item causes an inheritance cycle"));
        }
    }
    let base = best_base(vm, bases)?;
    let Some(old_base) = vm.as_class(class.base.get()) else {
        return Err(vm.type_error(format!("can't assign {name}.__bases__")));
    };
    if !same_layout(vm, base, old_base) {
        let what = if core::ptr::eq(base.layout, old_base.layout) {
            "object layout"
        } else {
            "deallocator"
        };
        return Err(vm.type_error(format!(
            "__bases__ assignment: '{}' {what} differs from '{}'",
            vm.class_name(base),
            vm.class_name(old_base)
        )));
    }
    replace_bases(vm, class, base, bases)
}

/// `class` is on the chain of first bases of `c`. (While a custom `mro()` runs, MROs may lag behind.)
fn derives(vm: &Vm, c: Gc<Class>, class: Gc<Class>) -> bool {
    let mut at = Some(c);
    while let Some(c) = at {
        if c == class {
            return true;
        }
        at = vm.as_class(c.base.get());
    }
    false
}

fn replace_bases(vm: &Vm, class: Gc<Class>, base: Gc<Class>, bases: Gc<Tuple>) -> Res<()> {
    let (old_bases, old_base) = (class.bases.get(), class.base.get());
    class.bases.set(&vm.heap, class, bases.value());
    class.base.set(&vm.heap, class, base.value());
    let undo = vm.new_list()?;
    if let Err(r) = update_mro(vm, class, undo) {
        for i in (0..undo.len()).rev() {
            if let Some(entry) = undo.get(i).and_then(|p| vm.as_tuple(p))
                && let Some(c) = vm.as_class(entry.get(0))
                && c.mro.get() == entry.get(1)
            {
                c.mro.set(&vm.heap, c, entry.get(2));
            }
        }
        if class.bases.get() == bases.value() {
            class.bases.set(&vm.heap, class, old_bases);
            class.base.set(&vm.heap, class, old_base);
        }
        vm.class_changed(class);
        return Err(r);
    }
    // A custom `mro()` may have replaced the bases meanwhile: then all is done.
    if class.bases.get() != bases.value() {
        return Ok(());
    }
    if let Some(old) = vm.as_tuple(old_bases) {
        for &b in old.items() {
            remove_subclass(vm, b, class)?;
        }
    }
    for &b in bases.items() {
        if let Some(subs) = vm.as_class(b).and_then(|b| vm.as_list(b.subclasses.get())) {
            vm.list_append(subs, class.value())?;
        }
    }
    vm.class_changed(class);
    Ok(())
}

fn remove_subclass(vm: &Vm, base: Value, class: Gc<Class>) -> Res<()> {
    let Some(subs) = vm.as_class(base).and_then(|b| vm.as_list(b.subclasses.get())) else {
        return Ok(());
    };
    match subs.items().iter().position(|&c| c == class.value()) {
        Some(i) => vm.list_splice(subs, i, i + 1, &[]),
        None => Ok(()),
    }
}

/// New MROs for a class and everything below it; `undo` remembers class, new and old MRO. A class whose MRO a
/// custom `mro()` has replaced on the way keeps that one.
fn update_mro(vm: &Vm, class: Gc<Class>, undo: Gc<pyrs_core::object::List>) -> Res<()> {
    vm.may_run_python()?;
    let old = class.mro.get();
    let mro = compute_mro(vm, class)?;
    if class.mro.get() != old {
        return Ok(());
    }
    vm.list_append(undo, vm.tuple(&[class.value(), mro.value(), old])?)?;
    class.mro.set(&vm.heap, class, mro.value());
    tell_foreign_classes(vm, class)?;
    vm.class_changed(class);
    if let Some(subs) = vm.as_list(class.subclasses.get()) {
        let subs = vm.new_tuple(subs.items())?;
        for &k in subs.items() {
            let bases = |k: Gc<Class>| vm.as_tuple(k.bases.get());
            if let Some(k) = vm.as_class(k)
                && bases(k).is_none_or(|b| b.items().contains(&class.value()))
            {
                update_mro(vm, k, undo)?;
            }
        }
    }
    Ok(())
}
