//! Built-in types: generators, coroutines and async generators.

mod anext;

pub(crate) use anext::anext_awaitable;

use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    vm.define_class(&anext::SPEC, None)?;
    Ok(())
}
