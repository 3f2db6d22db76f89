//! Attributes by what the shape cache knows, without the running frame: what compiled code asks where a site sees more
//! kinds of objects than it is compiled for. Nothing here runs Python code, and what is refused has changed nothing.

use super::attributes::{key, search_call, search_read, search_store, value_of};
use crate::object::*;
use crate::runtime::lookup_cache::{Found, Use};
use crate::vm::Vm;
use pyrs_heap::{Gc, Header, ShapeId, Value};

/// An instance and a name, if the instance's shape may decide; classes and modules have caches of other kinds.
fn subject(vm: &Vm, v: Value, name: Value) -> Option<(Gc<Header>, Gc<Str>)> {
    let o = vm.object(v)?;
    if vm.as_class(v).is_some() || vm.cast::<Module>(v).is_some() {
        return None;
    }
    Some((o, vm.exact_str(name)?))
}
fn found(
    vm: &Vm,
    o: Gc<Header>,
    name: Gc<Str>,
    purpose: Use,
    search: impl FnOnce(&'static ShapeInfo) -> Option<Found>,
) -> Option<Found> {
    let shape = vm.shape(o.shape());
    let key = key(shape, name, purpose);
    if let Some(f) = vm.shape_cache.get(key) {
        return Some(f);
    }
    let f = search(shape)?;
    vm.shape_cache.put(key, f);
    Some(f)
}

/// `v.name`, if the shape of `v` decides it.
pub(crate) fn read(vm: &Vm, v: Value, name: Value) -> Option<Value> {
    let (o, name) = subject(vm, v, name)?;
    let f = found(vm, o, name, Use::Read, |shape| search_read(vm, o, shape, name))?;
    value_of(o, f)
}
/// The function that `v.name(...)` calls with `v` as its first argument.
pub(crate) fn method(vm: &Vm, v: Value, name: Value) -> Option<Value> {
    let (o, name) = subject(vm, v, name)?;
    let f = found(vm, o, name, Use::Call, |shape| search_call(vm, o, shape, name))?;
    (f.kind == SiteKind::Method).then_some(f.value)
}
/// `v.name = new`; false if the shape of `v` does not decide how.
pub(crate) fn store(vm: &Vm, v: Value, name: Value, new: Value) -> bool {
    let Some((o, name)) = subject(vm, v, name) else { return false };
    let search = |shape| search_store(vm, shape, name);
    let Some(f) = found(vm, o, name, Use::Store, search) else { return false };
    // SAFETY: the answer was found for the object's shape.
    unsafe { slot_at(o, f.index as usize) }.set(&vm.heap, o, new);
    if f.kind == SiteKind::AddField {
        o.set_shape(ShapeId(f.value.as_int().unwrap_or(0) as u32));
    }
    true
}
