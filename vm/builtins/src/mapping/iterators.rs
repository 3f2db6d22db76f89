//! The iterators of dicts: over keys, values and items, forward and in reverse.

use crate::sequence::{builtin, wrong_receiver};
use pyrs_core::object::{Dict, NativeDef, TableIter};
use pyrs_core::{Gc, Res, Value, Vm};

const SELF: &str = "(self, /)";

static METHODS: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
    NativeDef::method("__next__", SELF, next, "Implement next(self)."),
    NativeDef::method(
        "__length_hint__",
        SELF,
        length_hint,
        "Private method returning an estimate of len(list(it)).",
    ),
    NativeDef::method("__reduce__", SELF, reduce, "Return state information for pickling."),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let k = vm.classes();
    for c in [
        k.dict_key_iter,
        k.dict_value_iter,
        k.dict_item_iter,
        k.dict_reverse_key_iter,
        k.dict_reverse_value_iter,
        k.dict_reverse_item_iter,
    ] {
        vm.extend_class(c, METHODS, &[])?;
    }
    Ok(())
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<TableIter>> {
    vm.cast(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "dict iterator"))
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.dict_iter_next(this(vm, a)?)?.unwrap_or(Value::UNBOUND))
}
fn length_hint(vm: &Vm, a: &[Value]) -> Res {
    let it = this(vm, a)?;
    let live = vm.cast::<Dict>(it.owner.get()).is_some_and(|d| d.len() as u32 == it.used.get());
    vm.int_usize(if live { it.left.get() as usize } else { 0 })
}
/// `(iter, ([remaining items],))`, without moving the iterator.
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let it = this(vm, a)?;
    let list = vm.new_list()?;
    if let Some(d) = vm.cast::<Dict>(it.owner.get()) {
        let copy_of = vm.new_dict_iter(it.header.shape(), d)?;
        if let Some(copy) = vm.cast::<TableIter>(copy_of) {
            copy.row.set(it.row.get());
            copy.used.set(it.used.get());
            copy.left.set(it.left.get());
            while let Some(v) = vm.dict_iter_next(copy)? {
                vm.list_append(list, v)?;
            }
        }
    }
    let args = vm.tuple(&[list.value()])?;
    vm.tuple(&[builtin(vm, "iter")?, args])
}
