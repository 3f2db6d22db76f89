//! `join`.

use super::{make, own};
use pyrs_core::object::{NativeDef, core_shape};
use pyrs_core::{Res, Special, Value, Vm};

fn join(vm: &Vm, a: &[Value]) -> Res {
    // Locked from the start: making the list may run Python code.
    let sep = own(vm, a[0])?;
    let exact = |v: Value| match vm.object(v).map(|o| o.shape()) {
        Some(core_shape::LIST) => vm.as_list(v),
        _ => None,
    };
    let list = match exact(a[1]) {
        Some(l) => l,
        None => {
            let class = vm.class_of(a[1]);
            let has = |s| vm.special(class, s).is_some_and(|f| !f.is_none());
            if !has(Special::Iter) && !has(Special::GetItem) {
                return Err(vm.type_error("can only join an iterable"));
            }
            vm.to_list(a[1])?
        }
    };
    let bytes = |v: Value| vm.object(v).is_some_and(|o| o.shape() == core_shape::BYTES);
    if let (1, Some(only)) = (list.len(), list.get(0))
        && bytes(only)
        && vm.as_bytes(a[0]).is_some()
    {
        return Ok(only);
    }
    let mut out = Vec::new();
    let count = list.len();
    let mut i = 0;
    while let Some(item) = list.get(i) {
        if i > 0 {
            out.extend_from_slice(sep.data());
        }
        match vm.try_buffer(item)? {
            Some(_) if list.len() != count => {
                return Err(vm.runtime_error("sequence changed size during iteration"));
            }
            Some(b) => {
                if out.len() + b.len() > u32::MAX as usize || out.try_reserve(b.len()).is_err() {
                    return Err(vm.memory_error());
                }
                out.extend_from_slice(b.data());
            }
            None => {
                return Err(vm.type_error(format!(
                    "sequence item {i}: expected a bytes-like object, {} found",
                    vm.type_name(item)
                )));
            }
        }
        i += 1;
    }
    make(vm, a[0], &out)
}

pub(super) static METHODS: &[NativeDef] = &[NativeDef::method(
    "join",
    "(self, iterable_of_bytes, /)",
    join,
    "Concatenate any number of bytes objects.",
)
.with_enter(crate::functions::enter::join)];
