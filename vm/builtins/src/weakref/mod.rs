//! `_weakref`: references, proxies, and the safepoint work that follows the death of objects.

mod finalise;
mod proxy;
mod reference;

use crate::sequence::wrong_receiver;
use pyrs_core::object::{NativeDef, WeakRef};
use pyrs_core::{Gc, Res, Value, Vm};

pub(crate) use finalise::finalise_generator;
pub use finalise::run_finalisers;

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    reference::install(vm)?;
    proxy::install(vm)?;
    vm.register_modules(&[("_weakref", module as _)]);
    Ok(())
}

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "getweakrefcount",
        "(object, /)",
        count,
        "Return the number of weak references to 'object'.",
    ),
    NativeDef::function(
        "getweakrefs",
        "(object, /)",
        list,
        "Return a list of all weak reference objects pointing to 'object'.",
    ),
    NativeDef::function(
        "proxy",
        "(object, callback=None, /)",
        proxy::new,
        "Create a proxy object that weakly references 'object'.\n\n'callback', if given, is called with a reference to the\nproxy when 'object' is about to be finalized.",
    ),
    NativeDef::function(
        "_remove_dead_weakref",
        "(dct, key, /)",
        remove_dead,
        "Atomically remove key from dict if it points to a dead weakref.",
    ),
];

/// Builds the module `_weakref`.
fn module(vm: &Vm) -> Res {
    let m = vm.new_native_module("_weakref", "Weak-reference support module.", FUNCTIONS)?;
    let reference = vm.classes().weakref.value();
    vm.module_set(m, "ref", reference)?;
    vm.module_set(m, "ReferenceType", reference)?;
    for (name, hook) in [("ProxyType", proxy::PLAIN), ("CallableProxyType", proxy::CALLABLE)] {
        if let Some(c) = vm.hook(hook) {
            vm.module_set(m, name, c)?;
        }
    }
    Ok(m.value())
}

/// A reference or proxy.
fn this(vm: &Vm, v: Value) -> Res<Gc<WeakRef>> {
    vm.cast(v).ok_or_else(|| wrong_receiver(vm, v, "weakref"))
}

fn count(vm: &Vm, a: &[Value]) -> Res {
    let mut n = 0;
    vm.weakrefs_of(a[0], |_| n += 1);
    vm.int_usize(n)
}
fn list(vm: &Vm, a: &[Value]) -> Res {
    // Collected first: making the list may allocate.
    let l = vm.new_list()?;
    let mut result = Ok(());
    vm.weakrefs_of(a[0], |w| {
        if result.is_ok() {
            result = vm.list_append(l, w.value());
        }
    });
    result?;
    Ok(l.value())
}
fn remove_dead(vm: &Vm, a: &[Value]) -> Res {
    let Some(d) = vm.as_dict(a[0]) else {
        return Err(vm.type_error(format!(
            "_remove_dead_weakref() argument 1 must be dict, not {}",
            vm.type_name(a[0])
        )));
    };
    if let Some(row) = vm.dict_find(d, a[1])? {
        let Some(w) = vm.cast::<WeakRef>(d.value_at(row)) else {
            return Err(vm.type_error("not a weakref"));
        };
        if vm.weakref_target(w).is_unbound() {
            vm.dict_remove_row(d, row);
        }
    }
    Ok(Value::NONE)
}
