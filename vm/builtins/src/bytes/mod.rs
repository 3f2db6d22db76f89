//! Built-in types: `bytes`, `bytearray`, `memoryview`.

mod convert;

pub(crate) use convert::bytes_of_object;
use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(_vm: &Vm) -> Res<()> {
    Ok(())
}
