//! Set algebra on the tables: every loop goes by row number, because comparing items may change the sets.

use pyrs_core::object::{Dict, Set, core_shape};
use pyrs_core::{Gc, Res, ShapeId, Value, Vm};
use pyrs_text::hash::SetHasher;

/// What an operand of a method is: something whose hashes are known, or any iterable.
pub(super) enum Operand {
    Set(Gc<Set>),
    /// An exact dict stands for its keys.
    Dict(Gc<Dict>),
    Iterable(Value),
}

impl Operand {
    pub(super) fn of(vm: &Vm, v: Value) -> Operand {
        if let Some(s) = vm.as_set(v) {
            return Operand::Set(s);
        }
        match vm.exact::<Dict>(v, core_shape::DICT) {
            Some(d) => Operand::Dict(d),
            None => Operand::Iterable(v),
        }
    }
}

/// Calls `f` with every item of the operand and its hash, until `f` says false.
pub(super) fn each(
    vm: &Vm,
    operand: Operand,
    mut f: impl FnMut(Value, isize) -> Res<bool>,
) -> Res<()> {
    match operand {
        Operand::Set(s) => {
            let mut row = 0;
            while let Some(r) = s.next_row(row) {
                if let Some(k) = s.row(r)
                    && !f(k, s.row_hash(r))?
                {
                    break;
                }
                row = r + 1;
            }
        }
        Operand::Dict(d) => {
            let mut row = 0;
            while let Some(r) = d.next_row(row) {
                if let Some((k, _)) = d.row(r)
                    && !f(k, d.row_hash(r))?
                {
                    break;
                }
                row = r + 1;
            }
        }
        Operand::Iterable(v) => {
            let it = vm.get_iter(v)?;
            while let Some(k) = vm.next(it)? {
                if !f(k, vm.hash_key(k, "set element")?)? {
                    break;
                }
            }
        }
    }
    Ok(())
}
pub(super) fn has(vm: &Vm, s: Gc<Set>, k: Value, hash: isize) -> Res<bool> {
    Ok(vm.set_find_hashed(s, k, hash)?.is_some())
}
pub(super) fn discard_hashed(vm: &Vm, s: Gc<Set>, k: Value, hash: isize) -> Res<bool> {
    match vm.set_find_hashed(s, k, hash)? {
        Some(row) => {
            vm.set_remove_row(s, row);
            Ok(true)
        }
        None => Ok(false),
    }
}

/// The exact type of results for a receiver: frozenset for frozensets.
pub(super) fn result_shape(vm: &Vm, v: Value) -> ShapeId {
    if vm.is_instance_exact(v, vm.classes().frozenset) {
        core_shape::FROZENSET
    } else {
        core_shape::SET
    }
}

// ---- in place
pub(super) fn update(vm: &Vm, s: Gc<Set>, operand: Operand) -> Res<()> {
    match operand {
        Operand::Set(from) => vm.set_merge(s, from),
        other => each(vm, other, |k, hash| {
            vm.set_add_hashed(s, k, hash)?;
            Ok(true)
        }),
    }
}
pub(super) fn difference_update(vm: &Vm, s: Gc<Set>, operand: Operand) -> Res<()> {
    if let Operand::Set(other) = operand
        && other == s
    {
        vm.set_clear(s);
        return Ok(());
    }
    each(vm, operand, |k, hash| {
        discard_hashed(vm, s, k, hash)?;
        Ok(true)
    })
}
pub(super) fn symmetric_update(vm: &Vm, s: Gc<Set>, operand: Operand) -> Res<()> {
    let operand = match operand {
        Operand::Set(other) if other == s => {
            vm.set_clear(s);
            return Ok(());
        }
        // An item that comes twice must count once.
        Operand::Iterable(v) => {
            let distinct = vm.new_set(core_shape::SET)?;
            update(vm, distinct, Operand::Iterable(v))?;
            Operand::Set(distinct)
        }
        known => known,
    };
    each(vm, operand, |k, hash| {
        if !discard_hashed(vm, s, k, hash)? {
            vm.set_add_hashed(s, k, hash)?;
        }
        Ok(true)
    })
}
/// Makes `s` hold what `from` holds.
pub(super) fn replace(vm: &Vm, s: Gc<Set>, from: Gc<Set>) -> Res<()> {
    vm.set_clear(s);
    vm.set_merge(s, from)
}

// ---- new sets
pub(super) fn intersection(vm: &Vm, s: Gc<Set>, operand: Operand, shape: ShapeId) -> Res<Gc<Set>> {
    let (walk, other) = match operand {
        Operand::Set(o) if o == s => return vm.set_copy(s, shape),
        Operand::Set(o) if o.len() > s.len() => (Operand::Set(s), o),
        walk => (walk, s),
    };
    let result = vm.new_set(shape)?;
    if let Operand::Iterable(v) = walk {
        // Here alone CPython does not say what an unhashable item was wanted for.
        let it = vm.get_iter(v)?;
        while let Some(k) = vm.next(it)? {
            let hash = vm.hash(k)?;
            if has(vm, other, k, hash)? {
                vm.set_add_hashed(result, k, hash)?;
            }
        }
        return Ok(result);
    }
    each(vm, walk, |k, hash| {
        if has(vm, other, k, hash)? {
            vm.set_add_hashed(result, k, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}
pub(super) fn difference(vm: &Vm, s: Gc<Set>, operand: Operand, shape: ShapeId) -> Res<Gc<Set>> {
    let known = match &operand {
        Operand::Set(o) => Some(o.len()),
        Operand::Dict(d) => Some(d.len()),
        Operand::Iterable(_) => None,
    };
    if known.is_none_or(|n| s.len() / 4 > n) {
        let result = vm.set_copy(s, shape)?;
        difference_update(vm, result, operand)?;
        return Ok(result);
    }
    let result = vm.new_set(shape)?;
    each(vm, Operand::Set(s), |k, hash| {
        let found = match &operand {
            Operand::Set(o) => has(vm, *o, k, hash)?,
            Operand::Dict(d) => vm.dict_find_hashed(*d, k, hash)?.is_some(),
            Operand::Iterable(_) => false,
        };
        if !found {
            vm.set_add_hashed(result, k, hash)?;
        }
        Ok(true)
    })?;
    Ok(result)
}

// ---- tests
/// Every item of `a` is in `b`.
pub(super) fn is_subset(vm: &Vm, a: Gc<Set>, b: Gc<Set>) -> Res<bool> {
    if a.len() > b.len() {
        return Ok(false);
    }
    let mut all = true;
    each(vm, Operand::Set(a), |k, hash| {
        all = has(vm, b, k, hash)?;
        Ok(all)
    })?;
    Ok(all)
}
pub(super) fn same(vm: &Vm, a: Gc<Set>, b: Gc<Set>) -> Res<bool> {
    if a == b {
        return Ok(true);
    }
    if a.len() != b.len() {
        return Ok(false);
    }
    let (x, y) = (a.hash.get(), b.hash.get());
    if x != 0 && y != 0 && x != y {
        return Ok(false);
    }
    is_subset(vm, a, b)
}
pub(super) fn is_disjoint(vm: &Vm, s: Gc<Set>, operand: Operand) -> Res<bool> {
    let (walk, other) = match operand {
        Operand::Set(o) if o.len() > s.len() => (Operand::Set(s), o),
        walk => (walk, s),
    };
    let mut disjoint = true;
    each(vm, walk, |k, hash| {
        disjoint = !has(vm, other, k, hash)?;
        Ok(disjoint)
    })?;
    Ok(disjoint)
}
/// The hash of a frozenset of these items. The table keeps all bits of a hash but the top one, so the items are
/// asked again: `collections.abc.Set._hash` must agree.
pub(super) fn frozen_hash(vm: &Vm, s: Gc<Set>) -> Res<isize> {
    let mut h = SetHasher::new();
    let mut row = 0;
    while let Some(r) = s.next_row(row) {
        if let Some(item) = s.row(r) {
            h.add(vm.hash(item)?);
        }
        row = r + 1;
    }
    Ok(h.finish())
}
