//! Built-in types: exceptions: methods of the exception classes, and traceback objects.

mod base;
mod fields;
mod group;
mod os_error;
mod traceback;
mod unicode_error;

pub(crate) use base::add_note_text;

use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    base::install(vm)?;
    fields::install(vm)?;
    os_error::install(vm)?;
    unicode_error::install(vm)?;
    group::install(vm)?;
    traceback::install(vm)
}
