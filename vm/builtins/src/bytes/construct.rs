//! `bytes.__new__`, and the reading of constructor arguments that `bytearray` shares.

use super::convert::{by_bytes_method, collect};
use crate::codecs;
use crate::support::{class_argument, codec_name, instance_of};
use pyrs_core::object::{NativeDef, core_shape};
use pyrs_core::{Res, Special, Value, Vm};

/// What constructor arguments say.
pub(super) enum Source {
    Empty,
    /// that many zeros
    Count(usize),
    Data(Vec<u8>),
    /// an exact bytes object, taken as it is
    Bytes(Value),
}

/// Reads `(source, encoding, errors)`. `kind` is "bytes" or "bytearray".
pub(super) fn source(vm: &Vm, a: &[Value], kind: &str) -> Res<Source> {
    let (x, encoding, errors) = (a[0], a[1], a[2]);
    let name = |which: &str, v: Value| codec_name(vm, kind, which, v, false);
    if !encoding.is_unbound() || !errors.is_unbound() {
        let e = if encoding.is_unbound() { None } else { Some(name("'encoding'", encoding)?) };
        let handler = match errors.is_unbound() {
            true => vm.names().strict,
            false => name("'errors'", errors)?,
        };
        if x.is_unbound() || vm.as_str(x).is_none() {
            return Err(vm.type_error(match e {
                Some(_) => "encoding without a string argument",
                None => "errors without a string argument",
            }));
        }
        let Some(e) = e else {
            return Err(vm.type_error("string argument without an encoding"));
        };
        return Ok(Source::Bytes(codecs::encode_text(vm, x, e, handler)?));
    }
    if x.is_unbound() {
        return Ok(Source::Empty);
    }
    let exact = vm.object(x).is_some_and(|o| o.shape() == core_shape::BYTES);
    if exact {
        return Ok(Source::Bytes(x));
    }
    if kind == "bytes"
        && let Some(r) = by_bytes_method(vm, x)?
    {
        return Ok(Source::Bytes(r));
    }
    if vm.as_str(x).is_some() {
        return Err(vm.type_error("string argument without an encoding"));
    }
    if vm.as_int(x).is_some() || vm.special(vm.class_of(x), Special::Index).is_some() {
        let n = vm.index_isize(x, None);
        match n {
            Ok(n) => {
                return match usize::try_from(n) {
                    Ok(n) => Ok(Source::Count(n)),
                    Err(_) => Err(vm.value_error("negative count")),
                };
            }
            Err(r) if vm.pending_is(r, vm.exc().type_error) => {
                // `__index__` is of no use: it may still be a buffer or an iterable.
                vm.take_exception(r);
            }
            Err(r) => return Err(crate::string::repeat_error(vm, r)),
        }
    }
    Ok(Source::Data(collect(vm, x, kind)?))
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().bytes;
    let class = class_argument(vm, a[0], base)?;
    let v = match source(vm, &a[1..], "bytes")? {
        Source::Empty => vm.bytes(&[])?,
        Source::Count(n) => vm.new_bytes_blank(n)?.value(),
        Source::Data(d) => vm.bytes(&d)?,
        // A subclass instance that `__bytes__` gave stays what it is for `bytes()` itself.
        Source::Bytes(v) if class == base => return Ok(v),
        Source::Bytes(v) => vm.as_bytes(v).map_or(v, |b| b.value()),
    };
    instance_of(vm, class, base, v)
}

pub(super) static METHODS: &[NativeDef] = &[NativeDef::static_method(
    "__new__",
    "(cls, source=<unrepresentable>, encoding=<unrepresentable>, errors=<unrepresentable>)",
    new,
    "Create and return a new object.  See help(type) for accurate signature.",
)];
