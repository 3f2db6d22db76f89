//! What several native modules share: adding classes to modules, one-line method rows, common checks.

use pyrs_core::object::{Class, ClassSpec, Dict};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

/// `Class[item]` makes a generic alias.
pub(crate) const CLASS_GETITEM: NativeDef = NativeDef::class_method(
    "__class_getitem__",
    "(cls, object, /)",
    |vm, a| vm.generic_alias(a[0], a[1]),
    "See PEP 585",
);
/// `iter(iterator)` is the iterator.
pub(crate) const ITER_SELF: NativeDef =
    NativeDef::method("__iter__", "(self, /)", |_, a| Ok(a[0]), "Implement iter(self).");

/// Defines a class and puts it into the module under the last part of its name.
pub(crate) fn add_class(
    vm: &Vm,
    module: Gc<pyrs_core::object::Module>,
    spec: &'static ClassSpec,
    base: Option<Gc<Class>>,
) -> Res<Gc<Class>> {
    let c = vm.define_class(spec, base)?;
    let name = spec.name.rsplit('.').next().unwrap_or(spec.name);
    vm.module_set(module, name, c.value())?;
    Ok(c)
}
/// The class passed to `__new__`; the core has checked that it descends from the right one.
pub(crate) fn class_of_new(vm: &Vm, v: Value) -> Res<Gc<Class>> {
    vm.as_class(v).ok_or_else(|| vm.type_error("a type is required"))
}
/// Instances of the class have no hash.
pub(crate) fn unhashable(vm: &Vm, c: Gc<Class>) -> Res<()> {
    vm.class_set(c, vm.intern("__hash__"), Some(Value::NONE)).map(drop)
}
/// The object's `__dict__` if it has one with something in it, else None.
pub(crate) fn dict_or_none(vm: &Vm, v: Value) -> Res {
    Ok(vm.instance_dict(v)?.filter(|d| !d.is_empty()).map_or(Value::NONE, |d| d.value()))
}
/// Calls `f` with every item of a dict that nobody else sees or that is read only.
pub(crate) fn each_item(d: Gc<Dict>, mut f: impl FnMut(Value, Value, isize) -> Res<()>) -> Res<()> {
    let mut row = 0;
    while let Some(r) = d.next_row(row) {
        if let Some((k, v)) = d.row(r) {
            f(k, v, d.row_hash(r))?;
        }
        row = r + 1;
    }
    Ok(())
}
