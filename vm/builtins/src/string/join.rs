//! `str.join`.

use super::text;
use pyrs_core::object::{List, NativeDef, Tuple, core_shape};
use pyrs_core::{Gc, Res, Value, Vm};

fn join(vm: &Vm, a: &[Value]) -> Res {
    let sep = text(vm, a[0]);
    let joined = if let Some(l) = vm.exact::<List>(a[1], core_shape::LIST) {
        vm.str_join(sep, l.items())
    } else if let Some(t) = vm.exact::<Tuple>(a[1], core_shape::TUPLE) {
        vm.str_join(sep, t.items())
    } else {
        let class = vm.class_of(a[1]);
        let special = |s| vm.special(class, s).is_some_and(|f| !f.is_none());
        if !special(pyrs_core::Special::Iter) && !special(pyrs_core::Special::GetItem) {
            return Err(vm.type_error("can only join an iterable"));
        }
        let list = vm.to_list(a[1])?;
        vm.str_join(sep, list.items())
    };
    match joined? {
        Ok(s) => Ok(Gc::value(s)),
        Err((i, item)) => Err(vm.type_error(format!(
            "sequence item {i}: expected str instance, {} found",
            vm.type_name(item)
        ))),
    }
}

pub(super) static METHODS: &[NativeDef] =
    &[NativeDef::method("join", "(self, iterable, /)", join, "Concatenate any number of strings.")
        .with_enter(crate::functions::enter::join)];
