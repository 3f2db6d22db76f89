//! `bytearray`: construction, text, pickling, in-place operators.

use super::construct::{Source, source};
use super::operators::repeated;
use super::{as_bytearray, own};
use crate::string::repeat_error;
use crate::support::class_argument;
use pyrs_core::object::{ByteArray, NativeDef};
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::escape;

/// The receiver.
pub(super) fn array(vm: &Vm, v: Value) -> Res<Gc<ByteArray>> {
    as_bytearray(vm, v).ok_or_else(|| vm.not_bytes_like(v))
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().bytearray;
    let class = class_argument(vm, a[0], base)?;
    if class == base {
        return vm.new_bytearray(&[]).map(Gc::value);
    }
    Ok(vm.new_instance(class)?.value())
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    if !b.is_empty() {
        vm.bytearray_gap(b, 0, b.len(), 0)?;
    }
    match source(vm, &a[1..], "bytearray")? {
        Source::Empty => {}
        Source::Count(n) => {
            if n > u32::MAX as usize {
                return Err(vm.memory_error());
            }
            vm.bytearray_gap(b, 0, b.len(), n)?;
            b.data().iter().for_each(|c| c.set(0));
        }
        Source::Data(d) => vm.bytearray_splice(b, 0, b.len(), &d)?,
        Source::Bytes(v) => {
            if let Some(s) = vm.as_bytes(v) {
                vm.bytearray_splice(b, 0, b.len(), s.data())?;
            }
        }
    }
    Ok(Value::NONE)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let mut text = escape::repr_bytes(own(vm, a[0])?.data());
    if text.starts_with("b\"") {
        // Single quotes are escaped whatever the quotes around.
        text = text.replace('\'', "\\'");
    }
    vm.str(&format!("{}({text})", vm.type_name(a[0])))
}
fn iadd(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    let data = match vm.try_buffer_strided(a[1])? {
        // A copy when the bytes may lie in the array itself.
        Some(other) if other.info.readonly && other.info.is_c_contiguous() && a[1] != a[0] => {
            vm.bytearray_splice(b, b.len(), b.len(), other.data())?;
            return Ok(a[0]);
        }
        Some(other) => other.to_vec(),
        None => {
            return Err(vm.type_error(format!(
                "can't concat {} to {}",
                vm.type_name(a[1]),
                vm.type_name(a[0])
            )));
        }
    };
    vm.bytearray_splice(b, b.len(), b.len(), &data)?;
    Ok(a[0])
}
fn imul(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index_isize(a[1], None).map_err(|r| repeat_error(vm, r))?;
    let b = array(vm, a[0])?;
    let out = repeated(vm, &vm.bytearray_to_vec(b), n)?;
    vm.bytearray_splice(b, 0, b.len(), &out)?;
    Ok(a[0])
}
/// As CPython counts: a head of seven words, and the bytes with a null byte.
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    vm.int_usize(7 * size_of::<usize>() + if b.is_empty() { 0 } else { b.len() + 1 })
}
fn alloc(vm: &Vm, a: &[Value]) -> Res {
    let b = array(vm, a[0])?;
    vm.int_usize(if b.is_empty() { 0 } else { b.len() + 1 })
}
/// `(class, arguments, state)`; text for the protocols that know no bytes.
fn reduced(vm: &Vm, v: Value, protocol: i64) -> Res {
    let data = own(vm, v)?.to_vec();
    let state = vm.call_method(v, "__getstate__", &[])?;
    let args = match data.as_slice() {
        [] => vm.tuple(&[])?,
        _ if protocol < 3 => vm.tuple(&[vm.new_str_latin1(&data)?.value(), vm.str("latin-1")?])?,
        _ => vm.tuple(&[vm.bytes(&data)?])?,
    };
    vm.tuple(&[vm.class_of(v).value(), args, state])
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    reduced(vm, a[0], 2)
}
fn reduce_ex(vm: &Vm, a: &[Value]) -> Res {
    let protocol = vm.int_i64(a[1])?;
    reduced(vm, a[0], protocol)
}
fn release_buffer(_: &Vm, _: &[Value]) -> Res {
    Ok(Value::NONE)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, /, *args, **kwargs)",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    ),
    NativeDef::method(
        "__init__",
        "(self, source=<unrepresentable>, encoding=<unrepresentable>, errors=<unrepresentable>)",
        init,
        "Initialize self.  See help(type(self)) for accurate signature.",
    ),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__str__", "(self, /)", repr, "Return str(self)."),
    NativeDef::method("__iadd__", "(self, value, /)", iadd, "Implement self+=value."),
    NativeDef::method("__imul__", "(self, value, /)", imul, "Implement self*=value."),
    NativeDef::method(
        "__sizeof__",
        "(self, /)",
        sizeof,
        "Returns the size of the bytearray object in memory, in bytes.",
    ),
    NativeDef::method("__alloc__", "(self, /)", alloc, "B.__alloc__() -> int"),
    NativeDef::method("__reduce__", "(self, /)", reduce, "Return state information for pickling."),
    NativeDef::method(
        "__reduce_ex__",
        "(self, proto=0, /)",
        reduce_ex,
        "Return state information for pickling.",
    ),
    NativeDef::method(
        "__release_buffer__",
        "(self, buffer, /)",
        release_buffer,
        "Release the buffer object that exposes the underlying memory of the object.",
    ),
];
