//! Built-in types: `bytes`, `bytearray`, `memoryview`.
//!
//! Methods that `bytes` and `bytearray` share are written once, over the receiver's buffer; results are of the
//! receiver's kind (`make`). The text algorithms are those of `pyrs_text`: bytes are Latin-1 code points there.

mod arguments;
mod bytearray;
mod bytearray_items;
mod case;
mod construct;
mod convert;
mod hex;
mod join;
mod memory;
mod memory_items;
mod memory_methods;
mod operators;
mod pad;
mod percent;
mod search;
mod split;
#[cfg(test)]
mod tests;
mod translate;

pub(crate) use convert::bytes_of_object;
use pyrs_core::object::ByteArray;
use pyrs_core::protocol::Buffer;
use pyrs_core::{Gc, Raised, Res, Value, Vm};

const BYTES_DOC: &str = "bytes(iterable_of_ints) -> bytes\n\
     bytes(string, encoding[, errors]) -> bytes\n\
     bytes(bytes_or_buffer) -> immutable copy of bytes_or_buffer\n\
     bytes(int) -> bytes object of size given by the parameter initialized with null bytes\n\
     bytes() -> empty bytes object";
const BYTEARRAY_DOC: &str = "bytearray(iterable_of_ints) -> bytearray\n\
     bytearray(string, encoding[, errors]) -> bytearray\n\
     bytearray(bytes_or_buffer) -> mutable copy of bytes_or_buffer\n\
     bytearray(int) -> bytes array of size given by the parameter initialized with null bytes\n\
     bytearray() -> empty bytes array";

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    let k = vm.classes();
    crate::support::set_doc(vm, k.bytes, BYTES_DOC)?;
    crate::support::set_doc(vm, k.bytearray, BYTEARRAY_DOC)?;
    for class in [k.bytes, k.bytearray] {
        for table in [
            search::METHODS,
            split::METHODS,
            case::METHODS,
            pad::METHODS,
            translate::METHODS,
            hex::METHODS,
            join::METHODS,
            operators::SHARED,
        ] {
            vm.extend_class(class, table, &[])?;
        }
    }
    vm.extend_class(k.bytes, construct::METHODS, &[])?;
    vm.extend_class(k.bytes, operators::METHODS, &[])?;
    vm.extend_class(k.bytearray, bytearray::METHODS, &[])?;
    vm.extend_class(k.bytearray, bytearray_items::METHODS, &[])?;
    vm.class_set(k.bytearray, vm.intern("__hash__"), Some(Value::NONE))?;
    memory::install(vm)
}

/// The receiver's memory, guarded.
#[inline]
fn own(vm: &Vm, v: Value) -> Res<Buffer<'_>> {
    vm.bytes_buffer(v).ok_or_else(|| not_bytes(vm, v))
}
#[cold]
fn not_bytes(vm: &Vm, v: Value) -> Raised {
    vm.not_bytes_like(v)
}
fn as_bytearray(vm: &Vm, v: Value) -> Option<Gc<ByteArray>> {
    vm.cast(v)
}
/// Exact bytes or an exact bytearray, as the receiver is.
fn make(vm: &Vm, receiver: Value, data: &[u8]) -> Res {
    match as_bytearray(vm, receiver) {
        Some(_) => vm.new_bytearray(data).map(Gc::value),
        None => vm.bytes(data),
    }
}
/// As `make` for a result equal to the receiver: bytes give themselves.
fn same(vm: &Vm, receiver: Value) -> Res {
    match vm.as_bytes(receiver) {
        Some(b) => Ok(b.value()),
        None => {
            let data = own(vm, receiver)?.to_vec();
            make(vm, receiver, &data)
        }
    }
}
