//! Text encodings: the native codecs, the registry of Python ones, and error handlers.
//!
//! `str.encode`, `bytes.decode` and the `_codecs` module all come here. The codecs themselves are pure functions
//! of `pyrs_text::codec`; [`Errors`] is what they ask when something cannot be coded: a native handler by name, or
//! a Python callable from the registry.

mod errors;
mod native;
mod registry;
#[cfg(test)]
mod tests;

pub use errors::{ERROR_FUNCTIONS, Errors};
pub use native::{Codec, decode_native, encode_native};
pub use registry::{
    decode, encode, lookup, lookup_error, normalize, register, register_error, unregister,
    unregister_error,
};

use pyrs_core::object::Str;
use pyrs_core::protocol::Buffer;
use pyrs_core::{Gc, Res, Value, Vm};

/// `str.encode(encoding, errors)`: bytes.
pub fn encode_text(vm: &Vm, text: Value, encoding: Gc<Str>, errors: Gc<Str>) -> Res {
    let s = vm.as_str(text).unwrap_or(vm.names().empty);
    if vm.dev_mode.get() {
        check_names(vm, Some(encoding), Some(errors))?;
    }
    if let Some(codec) = Codec::from_name(&encoding.to_lossy()) {
        return encode_native(vm, codec, s, errors);
    }
    registry::encode_checked(vm, text, encoding, errors)
}

/// LookupError for unknown codecs and error handlers, asked for in development mode only.
#[cold]
fn check_names(vm: &Vm, encoding: Option<Gc<Str>>, errors: Option<Gc<Str>>) -> Res<()> {
    const HANDLERS: [&str; 5] = ["strict", "ignore", "replace", "surrogateescape", "surrogatepass"];
    if let Some(e) = encoding.filter(|e| Codec::from_name(&e.to_lossy()).is_none()) {
        registry::lookup(vm, e)?;
    }
    if let Some(e) = errors.filter(|e| !HANDLERS.iter().any(|h| e.is(h))) {
        registry::lookup_error(vm, e)?;
    }
    Ok(())
}
/// `bytes.decode(encoding, errors)`: a str. `object` is what `data` belongs to.
pub fn decode_buffer(
    vm: &Vm,
    object: Value,
    data: Buffer<'_>,
    encoding: Option<Gc<Str>>,
    errors: Option<Gc<Str>>,
) -> Res {
    if vm.dev_mode.get() {
        check_names(vm, encoding, errors)?;
    }
    if data.is_empty() {
        return Ok(vm.names().empty.value());
    }
    let errors = errors.unwrap_or(vm.names().strict);
    let codec = match encoding {
        None => Some(Codec::Utf8),
        Some(e) => Codec::from_name(&e.to_lossy()),
    };
    match (codec, encoding) {
        (Some(codec), _) => {
            let bytes = data.data();
            if codec == Codec::Utf8 && bytes.is_ascii() {
                return vm.new_str_latin1(bytes).map(Gc::value);
            }
            // A handler written in Python might change what is being decoded: decode a copy.
            let copy;
            let bytes = if data.info.readonly {
                bytes
            } else {
                copy = bytes.to_vec();
                &copy
            };
            Ok(decode_native(vm, codec, bytes, errors, true)?.0.value())
        }
        (None, Some(e)) => {
            drop(data);
            registry::decode_checked(vm, object, e, errors)
        }
        (None, None) => Ok(vm.names().empty.value()),
    }
}
