//! Method resolution orders: C3 linearisation, custom `mro()`, and which base gives instances their layout.

use pyrs_core::object::{Class, NativeFunction, Tuple, class_flag, core_shape};
use pyrs_core::{Gc, Res, Value, Vm};

/// The class nearest to `object` whose instances already have the fixed part that `c`'s have.
pub(crate) fn solid_base(vm: &Vm, c: Gc<Class>) -> Gc<Class> {
    let mut c = c;
    while let Some(b) = vm.as_class(c.base.get()) {
        if !core::ptr::eq(c.layout, b.layout) || c.fixed_slots.get() > b.fixed_slots.get() {
            break;
        }
        c = b;
    }
    c
}

/// Of several bases, the one whose layout the new class extends.
pub(crate) fn best_base(vm: &Vm, bases: Gc<Tuple>) -> Res<Gc<Class>> {
    let mut best: Option<(Gc<Class>, Gc<Class>)> = None;
    for &b in bases.items() {
        let Some(class) = vm.as_class(b) else {
            return Err(vm.type_error("bases must be types"));
        };
        if !class.has(class_flag::BASE) {
            return Err(vm.type_error(format!(
                "type '{}' is not an acceptable base type",
                vm.display_name(class)
            )));
        }
        let solid = solid_base(vm, class);
        best = match best {
            None => Some((class, solid)),
            Some((_, s)) if s == solid || vm.is_subclass_exact(s, solid) => best,
            Some((_, s)) if vm.is_subclass_exact(solid, s) => Some((class, solid)),
            Some(_) => {
                return Err(vm.type_error("multiple bases have instance lay-out conflict"));
            }
        };
    }
    best.map(|(b, _)| b)
        .ok_or_else(|| vm.type_error("a new-style class can't have only classic bases"))
}

/// The C3 linearisation of a class with these bases (Barrett et al., "A monotonic superclass linearization for
/// Dylan", 1996), the class first.
pub(crate) fn linearise(vm: &Vm, class: Gc<Class>, bases: Gc<Tuple>) -> Res<Gc<Tuple>> {
    let items = bases.items();
    for (i, &b) in items.iter().enumerate() {
        if items[..i].contains(&b) {
            let name = vm.as_class(b).map_or_else(String::new, |c| vm.class_name(c));
            return Err(vm.type_error(format!("duplicate base class {name}")));
        }
    }
    let out = vm.new_list()?;
    vm.list_append(out, class.value())?;
    // Sequence k < n is base k's MRO, sequence n the bases themselves; `at` tells how far each is used up.
    let n = items.len();
    let sequence = |k: usize| -> Gc<Tuple> {
        match items.get(k).and_then(|&b| vm.as_class(b)) {
            Some(c) => vm.mro(c),
            None => bases,
        }
    };
    let mut at = vec![0usize; n + 1];
    loop {
        let mut open = false;
        let mut chosen = None;
        for k in 0..=n {
            let s = sequence(k);
            if at[k] >= s.len() {
                continue;
            }
            open = true;
            let candidate = s.get(at[k]);
            let in_tail = (0..=n).any(|j| {
                let t = sequence(j);
                at[j] < t.len() && t.items()[at[j] + 1..].contains(&candidate)
            });
            if !in_tail {
                chosen = Some(candidate);
                break;
            }
        }
        match chosen {
            Some(c) => {
                vm.list_append(out, c)?;
                for (k, i) in at.iter_mut().enumerate() {
                    let s = sequence(k);
                    if *i < s.len() && s.get(*i) == c {
                        *i += 1;
                    }
                }
            }
            None if open => return Err(inconsistent(vm, bases)),
            None => return vm.new_tuple(out.items()),
        }
    }
}

fn inconsistent(vm: &Vm, bases: Gc<Tuple>) -> pyrs_core::Raised {
    let names: Vec<String> = bases
        .items()
        .iter()
        .map(|&b| vm.as_class(b).map_or_else(String::new, |c| vm.class_name(c)))
        .collect();
    vm.type_error(format!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        names.join(", ")
    ))
}

/// The MRO of a class, by its metaclass's `mro()` if that is not `type`'s.
pub(crate) fn compute_mro(vm: &Vm, class: Gc<Class>) -> Res<Gc<Tuple>> {
    let Some(bases) = vm.as_tuple(class.bases.get()) else {
        return Err(vm.type_error("class without bases"));
    };
    let meta = vm.class_of(class.value());
    let custom = if meta == vm.classes().type_ { None } else { vm.lookup(meta, vm.names().mro) };
    let custom = custom.filter(|&f| {
        vm.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD)
            .is_none_or(|n| n.owner.get() != vm.classes().type_.value())
    });
    let Some(f) = custom else { return linearise(vm, class, bases) };
    let result = vm.call_bound(f, class.value(), &[])?;
    let mro = vm.to_tuple(result)?;
    let solid = solid_base(vm, class);
    for &k in mro.items() {
        let Some(k) = vm.as_class(k) else {
            return Err(
                vm.type_error(format!("mro() returned a non-class ('{}')", vm.type_name(k)))
            );
        };
        if !vm.is_subclass_exact(solid, solid_base(vm, k)) {
            return Err(vm.type_error(format!(
                "mro() returned base with unsuitable layout ('{}')",
                vm.class_name(k)
            )));
        }
    }
    Ok(mro)
}

/// Tells the classes that a custom `mro()` put into the MRO of `class`, without being bases or theirs, of it: their
/// changes must reach its caches.
pub(super) fn tell_foreign_classes(vm: &Vm, class: Gc<Class>) -> Res<()> {
    let Some(bases) = vm.as_tuple(class.bases.get()) else { return Ok(()) };
    let mro = vm.mro(class);
    for &k in mro.items() {
        let Some(c) = vm.as_class(k).filter(|&c| c != class) else { continue };
        let inherited = bases
            .items()
            .iter()
            .any(|&b| vm.as_class(b).is_some_and(|b| vm.mro(b).items().contains(&k)));
        if !inherited
            && let Some(subs) = vm.as_list(c.subclasses.get())
            && !subs.items().contains(&class.value())
        {
            vm.list_append(subs, class.value())?;
        }
    }
    Ok(())
}

/// `type.mro(class)` as a list.
pub(super) fn type_mro(vm: &Vm, args: &[Value]) -> Res {
    let class = super::receiver_class(vm, args[0])?;
    let Some(bases) = vm.as_tuple(class.bases.get()) else { return vm.list(&[class.value()]) };
    vm.list(linearise(vm, class, bases)?.items())
}
