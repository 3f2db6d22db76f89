//! Built-in types: functions, methods, code, cells, descriptors (`property`, `classmethod`, ...), `super`, modules.

use pyrs_core::{Res, Vm};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(_vm: &Vm) -> Res<()> {
    Ok(())
}
