//! Operators, subscripts, comparison and iteration: what both types share, and what is `bytes`' own.

use super::arguments::BYTE_RANGE;
use super::percent::percent_format;
use super::{make, own, same};
use crate::string::repeat_error;
use pyrs_core::object::{NativeDef, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Res, Special, Value, Vm};
use pyrs_text::CodePoints::One;
use pyrs_text::{escape, strmath};

fn len(vm: &Vm, a: &[Value]) -> Res {
    vm.int_usize(own(vm, a[0])?.len())
}
fn add(vm: &Vm, a: &[Value]) -> Res {
    let own = own(vm, a[0])?;
    let Some(other) = vm.try_buffer_strided(a[1])? else {
        return Err(vm.type_error(format!(
            "can't concat {} to {}",
            vm.type_name(a[1]),
            vm.type_name(a[0])
        )));
    };
    let exact = |v: Value| vm.object(v).is_some_and(|o| o.shape() == core_shape::BYTES);
    if own.is_empty() && exact(a[1]) && vm.as_bytes(a[0]).is_some() {
        return Ok(a[1]);
    }
    if other.is_empty() && exact(a[0]) {
        return Ok(a[0]);
    }
    let total = own.len() + other.len();
    let mut out = Vec::new();
    if total > u32::MAX as usize || out.try_reserve_exact(total).is_err() {
        return Err(vm.memory_error());
    }
    out.extend_from_slice(own.data());
    match other.info.is_c_contiguous() {
        true => out.extend_from_slice(other.data()),
        false => out.extend_from_slice(&other.to_vec()),
    }
    make(vm, a[0], &out)
}
/// `data * n` as a vector.
pub(super) fn repeated(vm: &Vm, data: &[u8], n: isize) -> Res<Vec<u8>> {
    let n = usize::try_from(n).unwrap_or(0);
    let total = match data.len().checked_mul(n) {
        Some(t) if t <= isize::MAX as usize => t,
        _ => return Err(vm.overflow_error("repeated bytes are too long")),
    };
    let mut out = Vec::new();
    if total > u32::MAX as usize || out.try_reserve_exact(total).is_err() {
        return Err(vm.memory_error());
    }
    match data {
        [one] => out.resize(n, *one),
        _ => (0..n).for_each(|_| out.extend_from_slice(data)),
    }
    Ok(out)
}
fn mul(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index_isize(a[1], None).map_err(|r| repeat_error(vm, r))?;
    if n == 1 && vm.as_bytes(a[0]).is_some() {
        return same(vm, a[0]);
    }
    let out = repeated(vm, own(vm, a[0])?.data(), n)?;
    make(vm, a[0], &out)
}
fn modulo(vm: &Vm, a: &[Value]) -> Res {
    percent_format(vm, a[0], a[1])
}
fn rmodulo(vm: &Vm, a: &[Value]) -> Res {
    let (receiver, left) = (vm.as_bytes(a[0]).is_some(), vm.as_bytes(a[1]).is_some());
    if receiver == left && vm.bytes_buffer(a[1]).is_some() {
        return percent_format(vm, a[1], a[0]);
    }
    Ok(Value::NOT_IMPLEMENTED)
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    // Locked from the start: `__index__` and `__buffer__` may be Python code.
    let own = own(vm, a[0])?;
    if vm.as_int(a[1]).is_some() || vm.special(vm.class_of(a[1]), Special::Index).is_some() {
        match vm.index_clamped(a[1]) {
            Ok(n) => {
                return match u8::try_from(n) {
                    Ok(b) => Ok(Value::bool(memchr::memchr(b, own.data()).is_some())),
                    Err(_) => Err(vm.value_error(BYTE_RANGE)),
                };
            }
            // As CPython: whatever was wrong with the index, it may still be a buffer.
            Err(r) => drop(vm.take_exception(r)),
        }
    }
    let sub = vm.buffer(a[1], false)?;
    Ok(Value::bool(strmath::find(One(own.data()), One(sub.data())).is_some()))
}
fn getitem(vm: &Vm, a: &[Value]) -> Res {
    let array = super::as_bytearray(vm, a[0]).is_some();
    if let Some(slice) = vm.as_slice(a[1]) {
        let length = own(vm, a[0])?.len();
        let i = vm.resolve_slice(slice, length)?;
        let own = own(vm, a[0])?;
        if i.count == own.len() && i.step == 1 {
            drop(own);
            return same(vm, a[0]);
        }
        if i.step == 1 {
            let start = i.start.max(0) as usize;
            let part = own.data().get(start..start + i.count).unwrap_or(&[]);
            return make(vm, a[0], part);
        }
        let picked: Vec<u8> = i.positions().filter_map(|p| own.data().get(p).copied()).collect();
        return make(vm, a[0], &picked);
    }
    if vm.as_int(a[1]).is_none() && vm.special(vm.class_of(a[1]), Special::Index).is_none() {
        let kind = if array { "bytearray" } else { "byte" };
        return Err(vm.type_error(format!(
            "{kind} indices must be integers or slices, not {}",
            vm.type_name(a[1])
        )));
    }
    let n = vm.index_isize(a[1], None)?;
    let own = own(vm, a[0])?;
    let i = if n < 0 { n + own.len() as isize } else { n };
    match usize::try_from(i).ok().and_then(|i| own.data().get(i)) {
        Some(&b) => Ok(Value::small_int(isize::from(b))),
        None if array => Err(vm.index_error("bytearray index out of range")),
        None => Err(vm.index_error("index out of range")),
    }
}
/// bytes compare with bytes; bytearrays with anything bytes-like.
fn compare(vm: &Vm, op: Comparison, a: &[Value]) -> Res {
    let other = match (vm.as_bytes(a[0]), vm.as_bytes(a[1])) {
        (Some(_), None) => return Ok(Value::NOT_IMPLEMENTED),
        (Some(x), Some(y)) => {
            let equal = x == y || x.data() == y.data();
            return Ok(Value::bool(match op {
                Comparison::Eq => equal,
                Comparison::Ne => !equal,
                _ => op.holds(x.data().cmp(y.data())),
            }));
        }
        _ => vm.try_buffer_strided(a[1])?,
    };
    let Some(other) = other else { return Ok(Value::NOT_IMPLEMENTED) };
    let own = own(vm, a[0])?;
    let order = match other.info.is_c_contiguous() {
        true => own.data().cmp(other.data()),
        false => own.data().cmp(&other.to_vec()),
    };
    Ok(Value::bool(op.holds(order)))
}
macro_rules! comparisons {
    ($($name:ident, $op:ident;)*) => {$(
        fn $name(vm: &Vm, a: &[Value]) -> Res { compare(vm, Comparison::$op, a) }
    )*};
}
comparisons! { lt, Lt; le, Le; eq, Eq; ne, Ne; gt, Gt; ge, Ge; }

fn iter(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_bytes(a[0]) {
        Some(b) => vm.new_seq_iter_of(core_shape::BYTES_ITER, b.value(), 0, 1),
        None => vm.new_seq_iter_of(core_shape::BYTEARRAY_ITER, a[0], 0, 1),
    }
}
fn buffer(vm: &Vm, a: &[Value]) -> Res {
    vm.index(a[1])?;
    vm.new_memoryview(a[0])
}

/// In both types.
pub(super) static SHARED: &[NativeDef] = &[
    NativeDef::method("__lt__", "(self, value, /)", lt, "Return self<value."),
    NativeDef::method("__le__", "(self, value, /)", le, "Return self<=value."),
    NativeDef::method("__eq__", "(self, value, /)", eq, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", ne, "Return self!=value."),
    NativeDef::method("__gt__", "(self, value, /)", gt, "Return self>value."),
    NativeDef::method("__ge__", "(self, value, /)", ge, "Return self>=value."),
    NativeDef::method("__iter__", "(self, /)", iter, "Implement iter(self)."),
    NativeDef::method("__len__", "(self, /)", len, "Return len(self)."),
    NativeDef::method("__getitem__", "(self, key, /)", getitem, "Return self[key]."),
    NativeDef::method("__add__", "(self, value, /)", add, "Return self+value."),
    NativeDef::method("__mul__", "(self, value, /)", mul, "Return self*value."),
    NativeDef::method("__rmul__", "(self, value, /)", mul, "Return value*self."),
    NativeDef::method("__mod__", "(self, value, /)", modulo, "Return self%value."),
    NativeDef::method("__rmod__", "(self, value, /)", rmodulo, "Return value%self."),
    NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
    NativeDef::method(
        "__buffer__",
        "(self, flags, /)",
        buffer,
        "Return a buffer object that exposes the underlying memory of the object.",
    ),
];

fn hash(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_bytes(a[0]) {
        Some(b) => vm.int(vm.hash(b.value())? as i64),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    vm.str(&escape::repr_bytes(own(vm, a[0])?.data()))
}
fn itself(vm: &Vm, a: &[Value]) -> Res {
    same(vm, a[0])
}
fn getnewargs(vm: &Vm, a: &[Value]) -> Res {
    vm.tuple(&[same(vm, a[0])?])
}
/// As CPython counts: a head of four words, the bytes, and a null byte.
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    vm.int_usize(4 * size_of::<usize>() + 1 + own(vm, a[0])?.len())
}

/// In `bytes` only.
pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__str__", "(self, /)", repr, "Return str(self)."),
    NativeDef::method("__bytes__", "(self, /)", itself, "Convert this value to exact type bytes."),
    NativeDef::method("__getnewargs__", "(self, /)", getnewargs, ""),
    NativeDef::method("__sizeof__", "(self, /)", sizeof, "Size of object in memory, in bytes."),
];
