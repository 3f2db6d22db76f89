//! Built-in types: `set` and `frozenset`, and their iterator.
//!
//! The two types share layout and most methods. Results of operators and methods are exact sets or frozensets,
//! also when the receiver is of a subclass, as in CPython.

mod methods;
mod ops;

use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    methods::install(vm)
}
