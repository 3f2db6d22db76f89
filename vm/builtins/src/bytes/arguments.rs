//! What to look for: a byte or a bytes-like object.

use super::convert::byte_of;
use pyrs_core::protocol::Buffer;
use pyrs_core::{Res, Special, Value, Vm};

/// A byte or some bytes.
pub(super) enum Needle<'vm> {
    Byte([u8; 1]),
    Bytes(Buffer<'vm>),
}

impl Needle<'_> {
    pub fn data(&self) -> &[u8] {
        match self {
            Needle::Byte(b) => b,
            Needle::Bytes(b) => b.data(),
        }
    }
}

pub(super) const BYTE_RANGE: &str = "byte must be in range(0, 256)";

/// An argument of `find`, `count` and their kin.
pub(super) fn needle(vm: &Vm, v: Value) -> Res<Needle<'_>> {
    if let Some(b) = vm.try_buffer(v)? {
        return Ok(Needle::Bytes(b));
    }
    if vm.as_int(v).is_some() || vm.special(vm.class_of(v), Special::Index).is_some() {
        return Ok(Needle::Byte([byte_of(vm, v, BYTE_RANGE)?]));
    }
    Err(vm.type_error(format!(
        "argument should be integer or bytes-like object, not '{}'",
        vm.type_name(v)
    )))
}
