//! Filling a dict from anything: mappings with `keys()`, iterables of pairs, keyword arguments.

use pyrs_core::names::Special;
use pyrs_core::object::{Dict, List, Tuple, core_shape};
use pyrs_core::{Gc, Res, Value, Vm};

/// The dict's own items may be read directly: an exact dict, or a subclass that iterates as dicts do.
fn plain_dict(vm: &Vm, v: Value) -> Option<Gc<Dict>> {
    if let Some(d) = vm.exact::<Dict>(v, core_shape::DICT) {
        return Some(d);
    }
    let d = vm.as_dict(v)?;
    let (own, base) = (vm.class_of(v), vm.classes().dict);
    let same = |s| vm.special(own, s) == vm.special(base, s);
    let keys = vm.names().keys;
    (same(Special::Iter) && vm.lookup(own, keys) == vm.lookup(base, keys)).then_some(d)
}
/// Adds the items of a dict; RuntimeError when comparing keys changes it meanwhile.
pub(super) fn merge_dict(vm: &Vm, to: Gc<Dict>, from: Gc<Dict>) -> Res<()> {
    if to == from || from.is_empty() {
        return Ok(());
    }
    if to.is_empty() {
        return vm.dict_merge(to, from);
    }
    let used = from.len();
    let mut row = 0;
    while let Some(r) = from.next_row(row) {
        if let Some((k, v)) = from.row(r) {
            vm.dict_set_hashed(to, k, from.row_hash(r), v)?;
        }
        if from.len() != used {
            return Err(vm.runtime_error("dict mutated during update"));
        }
        row = r + 1;
    }
    Ok(())
}
/// `d.update(from)` for a mapping: a dict, or anything with `keys()`.
pub(super) fn merge_mapping(vm: &Vm, d: Gc<Dict>, from: Value) -> Res<()> {
    if let Some(from) = plain_dict(vm, from) {
        return merge_dict(vm, d, from);
    }
    let keys = vm.call_method(from, "keys", &[])?;
    let it = vm.get_iter(keys)?;
    while let Some(k) = vm.next(it)? {
        let v = vm.get_item(from, k)?;
        vm.dict_set(d, k, v)?;
    }
    Ok(())
}
/// `d.update(pairs)` for an iterable of pairs.
pub(super) fn merge_pairs(vm: &Vm, d: Gc<Dict>, pairs: Value) -> Res<()> {
    let it = vm.get_iter(pairs)?;
    let mut i = 0usize;
    while let Some(pair) = vm.next(it)? {
        let (k, v) = split_pair(vm, pair, i)?;
        vm.dict_set(d, k, v)?;
        i += 1;
    }
    Ok(())
}
/// For the prelude: adds the pair that an iterable gave as item number `n`.
pub(crate) fn put_pair(vm: &Vm, args: &[Value]) -> Res {
    let Some(d) = vm.as_dict(args[0]) else { return Err(vm.type_error("a dict is required")) };
    let (k, v) = split_pair(vm, args[1], args[2].as_int().unwrap_or(0) as usize)?;
    vm.dict_set(d, k, v)?;
    Ok(Value::NONE)
}
fn split_pair(vm: &Vm, pair: Value, i: usize) -> Res<(Value, Value)> {
    let bad_length = |n: usize| {
        vm.value_error(format!(
            "dictionary update sequence element #{i} has length {n}; 2 is required"
        ))
    };
    if let Some(t) = vm.exact::<Tuple>(pair, core_shape::TUPLE) {
        return if t.len() == 2 { Ok((t.get(0), t.get(1))) } else { Err(bad_length(t.len())) };
    }
    let l = match vm.exact::<List>(pair, core_shape::LIST) {
        Some(l) => l,
        None => vm.to_list(pair).map_err(|r| {
            if !vm.pending_is(r, vm.exc().type_error) {
                return r;
            }
            let iterable = vm.special(vm.class_of(pair), Special::Iter).is_some()
                || vm.special(vm.class_of(pair), Special::GetItem).is_some();
            let mut e = vm.take_exception(r);
            if !iterable {
                e = vm.take_exception(vm.type_error("object is not iterable"));
            }
            let note =
                format!("Cannot convert dictionary update sequence element #{i} to a sequence");
            crate::exception::add_note_text(vm, e, &note);
            vm.raise(e)
        })?,
    };
    match l.items() {
        &[k, v] => Ok((k, v)),
        items => Err(bad_length(items.len())),
    }
}
/// The positional argument of `dict(x)` and `d.update(x)`: a mapping if it has `keys`, else pairs.
pub(super) fn merge_any(vm: &Vm, d: Gc<Dict>, from: Value) -> Res<()> {
    if vm.exact::<Dict>(from, core_shape::DICT).is_some()
        || vm.get_attr_opt(from, vm.names().keys)?.is_some()
    {
        merge_mapping(vm, d, from)
    } else {
        merge_pairs(vm, d, from)
    }
}
/// Positional (or UNBOUND) and keyword arguments of `dict()` and `update()`.
pub(super) fn merge_arguments(vm: &Vm, d: Gc<Dict>, from: Value, kwargs: Value) -> Res<()> {
    if !from.is_unbound() {
        merge_any(vm, d, from)?;
    }
    match vm.as_dict(kwargs) {
        Some(kw) => merge_dict(vm, d, kw),
        None => Ok(()),
    }
}
