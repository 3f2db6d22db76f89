//! Built-in types: generators, coroutines and async generators.

mod anext;
mod asynchronous;
mod methods;

pub(crate) use anext::anext_awaitable;

pub(crate) use asynchronous::finalise_awaitable;
use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes();
    vm.extend_class(c.generator, methods::GENERATOR, methods::GENERATOR_ATTRIBUTES)?;
    vm.extend_class(c.coroutine, methods::COROUTINE, methods::COROUTINE_ATTRIBUTES)?;
    vm.extend_class(c.coroutine, &[], methods::COROUTINE_ORIGIN)?;
    vm.extend_class(c.async_generator, asynchronous::METHODS, methods::ASYNC_ATTRIBUTES)?;
    vm.extend_class(c.async_generator, &[], asynchronous::ATTRIBUTES)?;
    for spec in [&anext::SPEC, &methods::WRAPPER, &asynchronous::ASEND, &asynchronous::ATHROW] {
        vm.define_class(spec, None)?;
    }
    Ok(())
}
