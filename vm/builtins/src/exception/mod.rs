//! Built-in types: exceptions: methods of the exception classes, and traceback objects.

mod base;

pub(crate) use base::add_note_text;

use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    base::install(vm)
}
