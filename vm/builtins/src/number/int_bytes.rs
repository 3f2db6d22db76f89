//! `int.to_bytes` and `int.from_bytes`.

use super::int::{byte_order, from_big_in, to_bytes};
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::bigint;

fn from_bytes(vm: &Vm, a: &[Value]) -> Res {
    let order = byte_order(vm, a[2], "from_bytes")?;
    let signed = vm.truth(a[3])?;
    let bytes = crate::bytes::bytes_of_object(vm, a[1])?;
    let n = bigint::from_bytes(bytes.data(), order, signed);
    from_big_in(vm, a[0], &n)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "to_bytes",
        "(self, /, length=1, byteorder='big', *, signed=False)",
        to_bytes,
        "Return an array of bytes representing an integer.",
    ),
    NativeDef::class_method(
        "from_bytes",
        "(cls, /, bytes, byteorder='big', *, signed=False)",
        from_bytes,
        "Return the integer represented by the given array of bytes.",
    ),
];
