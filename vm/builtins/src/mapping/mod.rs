//! Built-in types: `dict`, its views and iterators.

mod dict;
mod iterators;
mod update;
mod views;

pub(crate) use update::put_pair;

use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    dict::install(vm)?;
    views::install(vm)?;
    iterators::install(vm)
}
