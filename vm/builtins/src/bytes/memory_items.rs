//! Items of memoryviews: packing and unpacking native formats, subscripts, `tolist`.

use super::memory::{derive, info, view};
use crate::number::real_of;
use pyrs_core::object::NativeDef;
use pyrs_core::protocol::BufferInfo;
use pyrs_core::{Raised, Res, Special, Value, Vm};

/// The character of a native format, with an optional `@`.
pub(super) fn native_char(format: &str) -> Option<u8> {
    let c = match format.strip_prefix('@').unwrap_or(format).as_bytes() {
        [c] => *c,
        _ => return None,
    };
    size_of_char(c).map(|_| c)
}
/// Bytes of an item of a native format character.
pub(super) fn size_of_char(c: u8) -> Option<usize> {
    Some(match c {
        b'c' | b'b' | b'B' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'f' => 4,
        b'l' | b'L' => size_of::<core::ffi::c_long>(),
        b'q' | b'Q' | b'd' => 8,
        b'n' | b'N' | b'P' => size_of::<usize>(),
        _ => return None,
    })
}
/// The bytes of one item.
fn bytes_at(p: *const u8, n: usize) -> [u8; 8] {
    let mut out = [0; 8];
    // SAFETY: callers pass the address of an item of `n` bytes, at most 8, in a live export.
    unsafe { core::ptr::copy_nonoverlapping(p, out.as_mut_ptr(), n.min(8)) };
    out
}
fn unsigned_at(p: *const u8, n: usize) -> u64 {
    let b = bytes_at(p, n);
    match n {
        1 => u64::from(b[0]),
        2 => u64::from(u16::from_ne_bytes([b[0], b[1]])),
        4 => u64::from(u32::from_ne_bytes([b[0], b[1], b[2], b[3]])),
        _ => u64::from_ne_bytes(b),
    }
}
fn half_to_float(h: u16) -> f64 {
    let sign = if h & 0x8000 != 0 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = (i32::from(h >> 10 & 31), f64::from(h & 0x3ff));
    sign * match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        e => (1.0 + mantissa / 1024.0) * 2f64.powi(e - 15),
    }
}
/// The nearest half-precision float, ties to even; `None` beyond the range.
fn float_to_half(x: f64) -> Option<u16> {
    let sign = if x.is_sign_negative() { 0x8000 } else { 0 };
    if x.is_nan() {
        return Some(sign | 0x7e00);
    }
    if x.is_infinite() {
        return Some(sign | 0x7c00);
    }
    let a = x.abs();
    // Counted in units of the last place: subnormals have the fixed unit 2**-24.
    let exponent = if a < 2f64.powi(-14) { -14 } else { (a.to_bits() >> 52) as i32 - 1023 };
    if exponent > 15 {
        return None;
    }
    let units = (a * 2f64.powi(10 - exponent)).round_ties_even() as u32;
    let bits = if a < 2f64.powi(-14) { units } else { ((exponent + 14) as u32 * 1024) + units };
    if bits >= 0x7c00 { None } else { Some(sign | bits as u16) }
}
/// The value of the item at `p`.
pub(super) fn unpack(vm: &Vm, c: u8, p: *const u8) -> Res {
    let n = size_of_char(c).unwrap_or(1);
    let u = unsigned_at(p, n);
    match c {
        b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' | b'P' => vm.int_from_u64(u),
        b'c' => vm.bytes(&[u as u8]),
        b'?' => Ok(Value::bool(u != 0)),
        b'f' => vm.float(f64::from(f32::from_bits(u as u32))),
        b'd' => vm.float(f64::from_bits(u)),
        b'e' => vm.float(half_to_float(u as u16)),
        _ => {
            let shift = 64 - 8 * n as u32;
            vm.int(((u << shift) as i64) >> shift)
        }
    }
}
#[cold]
fn unsupported(vm: &Vm, format: &str) -> Raised {
    vm.not_implemented_error(format!("memoryview: unsupported format {format}"))
}
/// The value of an item of any format: what memoryview cannot read itself the struct module reads.
pub(super) fn value_at(vm: &Vm, i: &BufferInfo, p: *const u8) -> Res {
    match native_char(&i.format) {
        Some(c) => unpack(vm, c, p),
        None => Err(unsupported(vm, &i.format)),
    }
}
/// The bytes of a value in a native format.
fn pack(vm: &Vm, c: u8, v: Value) -> Res<[u8; 8]> {
    let wrong_type =
        || vm.type_error(format!("memoryview: invalid type for format '{}'", c as char));
    let wrong_value =
        || vm.value_error(format!("memoryview: invalid value for format '{}'", c as char));
    let n = size_of_char(c).unwrap_or(1);
    let mut out = [0; 8];
    match c {
        b'c' => match vm.as_bytes(v).map(|b| b.data().to_vec()).as_deref() {
            Some([b]) => out[0] = *b,
            Some(_) => return Err(wrong_value()),
            None => return Err(wrong_type()),
        },
        b'?' => out[0] = u8::from(vm.truth(v)?),
        b'f' | b'd' | b'e' => {
            let x = match vm.catch(real_of(vm, v), vm.exc().type_error)? {
                Some(x) => x,
                None => return Err(wrong_type()),
            };
            match c {
                b'f' => {
                    let f = x as f32;
                    if f.is_infinite() && x.is_finite() {
                        return Err(wrong_value());
                    }
                    out[..4].copy_from_slice(&f.to_ne_bytes());
                }
                b'd' => out = x.to_ne_bytes(),
                _ => match float_to_half(x) {
                    Some(h) => out[..2].copy_from_slice(&h.to_ne_bytes()),
                    None => return Err(wrong_value()),
                },
            }
        }
        _ => {
            let number = match vm.catch(vm.index(v), vm.exc().type_error)? {
                Some(n) => n,
                None => return Err(wrong_type()),
            };
            let signed = matches!(c, b'b' | b'h' | b'i' | b'l' | b'q' | b'n');
            let bits = 8 * n as u32;
            let big = vm.int_ref(&number).with_big(|b| {
                let order = pyrs_text::bigint::ByteOrder::NATIVE;
                pyrs_text::bigint::to_bytes(b, n, order, signed)
            });
            match big {
                Ok(data) if data.len() * 8 == bits as usize => out[..n].copy_from_slice(&data),
                _ => return Err(wrong_value()),
            }
        }
    }
    Ok(out)
}
/// Stores a value in the item at `p`.
fn store(vm: &Vm, m: Value, p: *mut u8, v: Value) -> Res<()> {
    let i = info(vm, m)?;
    let Some(c) = native_char(&i.format) else { return Err(unsupported(vm, &i.format)) };
    let data = pack(vm, c, v)?;
    // Conversion may have run Python code that released the view.
    let n = info(vm, m)?.itemsize;
    // SAFETY: `p` is an item of the live export.
    unsafe { core::ptr::copy_nonoverlapping(data.as_ptr(), p, n) };
    Ok(())
}

/// The address of the item that the indices select.
fn address(vm: &Vm, i: &BufferInfo, indices: &[isize]) -> Res<*mut u8> {
    let (shape, strides) = (i.full_shape(), i.full_strides());
    let mut p = i.data;
    for (d, &n) in indices.iter().enumerate() {
        let at = if n < 0 { n + shape[d] } else { n };
        if at < 0 || at >= shape[d] {
            return Err(vm.index_error(format!("index out of bounds on dimension {}", d + 1)));
        }
        p = p.wrapping_offset(at * strides[d]);
    }
    Ok(p)
}
fn is_index(vm: &Vm, v: Value) -> bool {
    vm.as_int(v).is_some() || vm.special(vm.class_of(v), Special::Index).is_some()
}
/// What a subscript selects.
enum Selection {
    Item(*mut u8),
    Slice(Value),
    Whole,
}
fn select(vm: &Vm, m: Value, key: Value) -> Res<Selection> {
    let dims = info(vm, m)?.dimensions();
    if dims == 0 {
        let empty = vm.as_tuple(key).is_some_and(|t| t.is_empty());
        return match key {
            _ if empty => Ok(Selection::Item(info(vm, m)?.data)),
            Value::ELLIPSIS => Ok(Selection::Whole),
            _ => Err(vm.type_error("invalid indexing of 0-dim memory")),
        };
    }
    if is_index(vm, key) {
        let n = vm.index_isize(key, None)?;
        if dims > 1 {
            return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented"));
        }
        return Ok(Selection::Item(address(vm, info(vm, m)?, &[n])?));
    }
    if vm.as_slice(key).is_some() {
        return Ok(Selection::Slice(key));
    }
    if let Some(t) = vm.as_tuple(key) {
        if t.items().iter().all(|&v| is_index(vm, v)) {
            if t.len() < dims {
                return Err(vm.not_implemented_error("sub-views are not implemented"));
            }
            if t.len() > dims {
                return Err(vm.type_error(format!(
                    "cannot index {dims}-dimension view with {}-element tuple",
                    t.len()
                )));
            }
            let mut indices = Vec::with_capacity(dims);
            for &v in t.items() {
                indices.push(vm.index_isize(v, None)?);
            }
            return Ok(Selection::Item(address(vm, info(vm, m)?, &indices)?));
        }
        if t.items().iter().all(|&v| vm.as_slice(v).is_some()) {
            return Err(vm.not_implemented_error("multi-dimensional slicing is not implemented"));
        }
    }
    Err(vm.type_error("memoryview: invalid slice key"))
}
/// The description of a slice along the first dimension.
fn sliced(vm: &Vm, m: Value, key: Value) -> Res<BufferInfo> {
    let length = info(vm, m)?.full_shape()[0] as usize;
    let Some(slice) = vm.as_slice(key) else {
        return Err(vm.type_error("memoryview: invalid slice key"));
    };
    let s = vm.resolve_slice(slice, length)?;
    let old = info(vm, m)?;
    let (mut shape, mut strides) = (old.full_shape(), old.full_strides());
    let mut new = old.clone();
    new.data = old.data.wrapping_offset(s.start * strides[0]);
    shape[0] = s.count as isize;
    strides[0] *= s.step;
    new.len = shape.iter().product::<isize>() as usize * old.itemsize;
    (new.shape, new.strides) = (shape, strides);
    Ok(new)
}
fn getitem(vm: &Vm, a: &[Value]) -> Res {
    match select(vm, a[0], a[1])? {
        Selection::Item(p) => value_at(vm, info(vm, a[0])?, p),
        Selection::Slice(key) => {
            // Bounds in Python code may release the view: then a copy of it is sliced.
            let plain = |v: &Value| v.is_none() || v.is_int();
            let simple = vm
                .as_slice(key)
                .is_some_and(|s| [s.start.get(), s.stop.get(), s.step.get()].iter().all(plain));
            let from =
                if simple { a[0] } else { derive(vm, view(vm, a[0])?, info(vm, a[0])?.clone())? };
            let new = sliced(vm, from, key)?;
            derive(vm, view(vm, from)?, new)
        }
        Selection::Whole => Ok(a[0]),
    }
}
fn setitem(vm: &Vm, a: &[Value]) -> Res {
    let (m, key, v) = (a[0], a[1], a[2]);
    if info(vm, m)?.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    let dims = info(vm, m)?.dimensions();
    match select(vm, m, key) {
        Ok(Selection::Item(p)) => store(vm, m, p, v)?,
        Ok(Selection::Whole) => {
            let p = info(vm, m)?.data;
            store(vm, m, p, v)?;
        }
        Ok(Selection::Slice(key)) if dims == 1 => assign_slice(vm, m, key, v)?,
        Ok(Selection::Slice(_)) => {
            return Err(vm.not_implemented_error(
                "memoryview slice assignments are currently restricted to ndim = 1",
            ));
        }
        Err(r) => return Err(r),
    }
    Ok(Value::NONE)
}
fn assign_slice(vm: &Vm, m: Value, key: Value, v: Value) -> Res<()> {
    let source = match vm.try_buffer_strided(v)? {
        Some(b) => b,
        None => return Err(vm.not_bytes_like(v)),
    };
    let to = sliced(vm, m, key)?;
    let same_format = source.info.format.strip_prefix('@').unwrap_or(&source.info.format)
        == to.format.strip_prefix('@').unwrap_or(&to.format);
    if !same_format
        || source.info.itemsize != to.itemsize
        || source.info.full_shape() != to.full_shape()
    {
        return Err(
            vm.value_error("memoryview assignment: lvalue and rvalue have different structures")
        );
    }
    // A copy first: source and destination may overlap.
    let data = source.to_vec();
    let n = to.itemsize;
    let mut chunks = data.chunks_exact(n);
    to.each_item(|p| {
        if let Some(item) = chunks.next() {
            // SAFETY: `p` is an item of the live export, `n` bytes long.
            unsafe { core::ptr::copy_nonoverlapping(item.as_ptr(), p, n) };
        }
    });
    Ok(())
}
fn delitem(vm: &Vm, a: &[Value]) -> Res {
    info(vm, a[0])?;
    Err(vm.type_error("cannot delete memory"))
}
/// Nested lists of the items.
fn nested(vm: &Vm, c: u8, p: *mut u8, shape: &[isize], strides: &[isize]) -> Res {
    let Some((&n, rest)) = shape.split_first() else { return unpack(vm, c, p) };
    let list = vm.new_list()?;
    for i in 0..n {
        let item = nested(vm, c, p.wrapping_offset(i * strides[0]), rest, &strides[1..])?;
        vm.list_append(list, item)?;
    }
    Ok(list.value())
}
fn tolist(vm: &Vm, a: &[Value]) -> Res {
    let i = info(vm, a[0])?;
    match native_char(&i.format) {
        Some(c) => nested(vm, c, i.data, &i.full_shape(), &i.full_strides()),
        None => Err(unsupported(vm, &i.format)),
    }
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method("__getitem__", "(self, key, /)", getitem, "Return self[key]."),
    NativeDef::method("__setitem__", "(self, key, value, /)", setitem, "Set self[key] to value."),
    NativeDef::method("__delitem__", "(self, key, /)", delitem, "Delete self[key]."),
    NativeDef::method(
        "tolist",
        "(self, /)",
        tolist,
        "Return the data in the buffer as a list of elements.",
    ),
];
