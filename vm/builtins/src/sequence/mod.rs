//! Built-in types: `list`, `tuple`, `range`, `slice` and the plain iterators.

pub(crate) mod sort;

use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(_vm: &Vm) -> Res<()> {
    Ok(())
}
