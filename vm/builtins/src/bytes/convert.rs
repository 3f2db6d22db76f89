//! Bytes from other objects: `bytes(x)` for buffers, iterables of ints and `__bytes__`.

use pyrs_core::object::Bytes;
use pyrs_core::{Gc, Res, Value, Vm};

/// An item of an iterable as a byte: "bytes must be in range(0, 256)" or, for bytearray, "byte must...".
pub(super) fn byte_of(vm: &Vm, v: Value, message: &str) -> Res<u8> {
    let n = vm.index(v)?;
    match n.as_int().and_then(|n| u8::try_from(n).ok()) {
        Some(b) => Ok(b),
        None => Err(vm.value_error(message)),
    }
}

/// What a `__bytes__` method gives, if the class has one.
pub(super) fn by_bytes_method(vm: &Vm, v: Value) -> Res<Option<Value>> {
    let Some(f) = vm.lookup(vm.class_of(v), vm.names().bytes) else { return Ok(None) };
    let r = vm.call_bound(f, v, &[])?;
    if vm.as_bytes(r).is_none() {
        return Err(
            vm.type_error(format!("__bytes__ returned non-bytes (type {})", vm.type_name(r)))
        );
    }
    Ok(Some(r))
}

/// The bytes of a buffer or of an iterable of ints; `kind` names the result in "cannot convert".
pub(super) fn collect(vm: &Vm, v: Value, kind: &str) -> Res<Vec<u8>> {
    if let Some(b) = vm.try_buffer_strided(v)? {
        return Ok(b.to_vec());
    }
    const RANGE: &str = "bytes must be in range(0, 256)";
    let range = if kind == "bytearray" { "byte must be in range(0, 256)" } else { RANGE };
    let mut out = Vec::new();
    if vm.as_str(v).is_none() {
        let exact = vm.exact::<pyrs_core::object::List>(v, pyrs_core::object::core_shape::LIST);
        if let Some(list) = exact {
            let mut i = 0;
            while let Some(item) = list.get(i) {
                out.push(byte_of(vm, item, range)?);
                i += 1;
            }
            return Ok(out);
        }
        if let Some(it) = vm.catch(vm.get_iter(v), vm.exc().type_error)? {
            while let Some(item) = vm.next(it)? {
                out.push(byte_of(vm, item, range)?);
            }
            return Ok(out);
        }
    }
    Err(vm.type_error(format!("cannot convert '{}' object to {kind}", vm.type_name(v))))
}

/// `bytes(v)` for arguments that cannot be a count or a text: `int.from_bytes` and its kin.
pub(crate) fn bytes_of_object(vm: &Vm, v: Value) -> Res<Gc<Bytes>> {
    if let Some(b) = vm.exact::<Bytes>(v, pyrs_core::object::core_shape::BYTES) {
        return Ok(b);
    }
    if let Some(r) = by_bytes_method(vm, v)?
        && let Some(b) = vm.as_bytes(r)
    {
        return Ok(b);
    }
    let data = collect(vm, v, "bytes")?;
    vm.new_bytes(&data)
}
