//! One value of a struct: from Python to bytes and back.

use super::format::{Format, Item};
use crate::math::{frexp, scale};
use pyrs_core::{Gc, Raised, Res, Value, Vm, object::Tuple};
use pyrs_text::bigint::{self, ByteOrder, IntRef};

#[cold]
pub(super) fn error(vm: &Vm, message: &str) -> Raised {
    match vm.hook("struct_error").and_then(|c| vm.as_class(c)) {
        Some(class) => vm.raise_text(class, message),
        None => vm.value_error(message),
    }
}
/// The number as an unsigned word, where it fits.
pub(crate) fn to_u64(n: IntRef<'_>) -> Option<u64> {
    match n {
        IntRef::Small(n) => u64::try_from(n).ok(),
        IntRef::Big(n) => {
            let bytes = bigint::to_bytes(n, 8, ByteOrder::Little, false).ok()?;
            Some(bytes.iter().rev().fold(0, |x, &b| x << 8 | b as u64))
        }
    }
}
fn signed(code: u8) -> bool {
    code.is_ascii_lowercase()
}
/// Writes the low bytes of a word.
fn put(out: &mut [u8], word: u64, big: bool) {
    let n = out.len();
    if big {
        out.copy_from_slice(&word.to_be_bytes()[8 - n..]);
    } else {
        out.copy_from_slice(&word.to_le_bytes()[..n]);
    }
}
fn get(data: &[u8], big: bool) -> u64 {
    let join = |x: u64, &b: &u8| x << 8 | b as u64;
    if big { data.iter().fold(0, join) } else { data.iter().rev().fold(0, join) }
}
fn sign_extend(word: u64, bytes: usize) -> i64 {
    let shift = 64 - 8 * bytes as u32;
    (word << shift) as i64 >> shift
}

fn integer(vm: &Vm, v: Value) -> Res {
    match vm.as_int(v) {
        Some(n) => Ok(n),
        None if vm.special(vm.class_of(v), pyrs_core::Special::Index).is_some() => vm.index(v),
        None => Err(error(vm, "required argument is not an integer")),
    }
}
#[cold]
fn out_of_range(vm: &Vm, code: u8, size: usize) -> Raised {
    let bits = 8 * size as u32;
    let (low, high) = match signed(code) {
        true => (-(1i128 << (bits - 1)), (1i128 << (bits - 1)) - 1),
        false => (0, (1i128 << bits) - 1),
    };
    error(vm, &format!("'{}' format requires {low} <= number <= {high}", code as char))
}
fn pack_integer(vm: &Vm, item: &Item, v: Value) -> Res<u64> {
    let n = integer(vm, v)?;
    let n = vm.int_ref(&n);
    let bits = 8 * item.size as u32;
    let word = match (item.code, n.to_i64()) {
        (b'P', Some(n)) if isize::try_from(n).is_ok() => Some(n as u64),
        (b'P', _) => match to_u64(n).and_then(|n| usize::try_from(n).ok()) {
            Some(n) => Some(n as u64),
            None => return Err(vm.overflow_error("int too large to convert to C pointer")),
        },
        (code, Some(n)) if signed(code) => {
            (bits == 64 || n >> (bits - 1) == n >> 63).then_some(n as u64)
        }
        (code, None) if signed(code) => None,
        _ => to_u64(n).filter(|&n| bits == 64 || n >> bits == 0),
    };
    word.ok_or_else(|| out_of_range(vm, item.code, item.size))
}
fn real(vm: &Vm, v: Value) -> Res<f64> {
    if let Some(x) = vm.exact_float(v) {
        return Ok(x);
    }
    // Any failure but an overflow becomes this module's own error.
    match pyrs_builtins::real_of(vm, v) {
        Err(r) if vm.pending_is(r, vm.exc().type_error) => {
            vm.take_exception(r);
            Err(error(vm, "required argument is not a float"))
        }
        other => other,
    }
}
fn complex(vm: &Vm, v: Value) -> Res<(f64, f64)> {
    if let Some(z) = vm.as_complex(v) {
        return Ok(z);
    }
    let not_complex = || error(vm, "required argument is not a complex");
    let found = if vm.lookup(vm.class_of(v), vm.names().complex).is_some() {
        vm.call(vm.classes().complex.value(), &[v]).map(|z| vm.as_complex(z).unwrap_or((0.0, 0.0)))
    } else {
        pyrs_builtins::real_of(vm, v).map(|x| (x, 0.0))
    };
    found.map_err(|r| {
        vm.take_exception(r);
        not_complex()
    })
}
/// The IEEE 754 half closest to `x`, or `None` if it is too large.
pub(crate) fn to_half(x: f64) -> Option<u16> {
    let sign = (x.is_sign_negative() as u16) << 15;
    if x.is_infinite() {
        return Some(sign | 0x7c00);
    }
    if x.is_nan() {
        // The payload's top bits; never none of them, which would mean infinity.
        let payload = (x.to_bits() >> 42 & 0x3ff) as u16;
        return Some(sign | 0x7c00 | if payload == 0 { 0x200 } else { payload });
    }
    if x == 0.0 {
        return Some(sign);
    }
    let (m, e) = frexp(x.abs());
    let (m, e) = (m * 2.0, e - 1);
    if e >= 16 {
        return None;
    }
    let (fraction, mut exponent) = match e {
        _ if e < -25 => (0.0, 0),
        _ if e < -14 => (scale(m, 14 + e), 0),
        _ => (m - 1.0, e + 15),
    };
    let scaled = fraction * 1024.0;
    let mut bits = scaled as u16;
    let rest = scaled - bits as f64;
    if rest > 0.5 || (rest == 0.5 && bits & 1 == 1) {
        bits += 1;
        if bits == 1024 {
            bits = 0;
            exponent += 1;
            if exponent == 31 {
                return None;
            }
        }
    }
    Some(sign | (exponent as u16) << 10 | bits)
}
pub(crate) fn from_half(h: u16) -> f64 {
    let (sign, e, m) = ((h as u64 >> 15) << 63, (h >> 10 & 0x1f) as i32, (h & 0x3ff) as u64);
    if e == 31 {
        return f64::from_bits(sign | 0x7ff << 52 | m << 42);
    }
    let x = match e {
        0 => scale(m as f64, -24),
        _ => scale((m + 1024) as f64, e - 25),
    };
    f64::from_bits(x.to_bits() | sign)
}
fn narrow(vm: &Vm, x: f64) -> Res<f32> {
    let y = x as f32;
    if y.is_infinite() && x.is_finite() {
        return Err(vm.overflow_error("float too large to pack with f format"));
    }
    Ok(y)
}
fn pack_one(vm: &Vm, item: &Item, v: Value, out: &mut [u8], big: bool) -> Res<()> {
    match item.code {
        b'?' => out[0] = vm.truth(v)? as u8,
        b'c' => match vm.as_bytes(v) {
            Some(b) if b.len() == 1 => out[0] = b.data()[0],
            // A bytearray is welcome too.
            _ => match vm.cast::<pyrs_core::object::ByteArray>(v) {
                Some(b) if b.len() == 1 => out[0] = b.data()[0].get(),
                _ => return Err(error(vm, "char format requires a bytes object of length 1")),
            },
        },
        b's' | b'p' => return pack_text(vm, item, v, out),
        b'e' => match to_half(real(vm, v)?) {
            Some(h) => put(out, h as u64, big),
            None => return Err(vm.overflow_error("float too large to pack with e format")),
        },
        b'f' => put(out, narrow(vm, real(vm, v)?)?.to_bits() as u64, big),
        b'd' => put(out, real(vm, v)?.to_bits(), big),
        b'F' => {
            let (re, im) = complex(vm, v)?;
            put(&mut out[..4], (re as f32).to_bits() as u64, big);
            put(&mut out[4..], (im as f32).to_bits() as u64, big);
        }
        b'D' => {
            let (re, im) = complex(vm, v)?;
            put(&mut out[..8], re.to_bits(), big);
            put(&mut out[8..], im.to_bits(), big);
        }
        _ => put(out, pack_integer(vm, item, v)?, big),
    }
    Ok(())
}
/// `s`: the bytes, cut or padded with zeros; `p`: a length byte in front.
fn pack_text(vm: &Vm, item: &Item, v: Value, out: &mut [u8]) -> Res<()> {
    let array;
    let bytes;
    let data: &[u8] = if let Some(b) = vm.as_bytes(v) {
        bytes = b;
        bytes.data()
    } else if vm.cast::<pyrs_core::object::ByteArray>(v).is_some() {
        array = vm.buffer(v, false)?;
        array.data()
    } else {
        return Err(error(
            vm,
            &format!("argument for '{}' must be a bytes object", item.code as char),
        ));
    };
    if item.code == b's' {
        let n = data.len().min(out.len());
        out[..n].copy_from_slice(&data[..n]);
    } else if let Some((length, out)) = out.split_first_mut() {
        let n = data.len().min(out.len());
        out[..n].copy_from_slice(&data[..n]);
        *length = n.min(255) as u8;
    }
    Ok(())
}
/// All values as bytes. Padding is zero.
pub(super) fn pack(vm: &Vm, f: &Format, values: &[Value]) -> Res<Vec<u8>> {
    let mut out = Vec::new();
    if out.try_reserve_exact(f.size).is_err() {
        return Err(vm.memory_error());
    }
    out.resize(f.size, 0);
    let mut values = values.iter();
    for item in &f.items {
        for i in 0..item.count {
            let Some(&v) = values.next() else { break };
            let at = item.offset + i * item.size;
            let place = &mut out[at..at + item.size];
            match pack_one(vm, item, v, place, f.big_endian) {
                Err(r) if vm.as_int(v).is_some() && vm.pending_is(r, vm.exc().overflow_error) => {
                    vm.take_exception(r);
                    return Err(error(vm, "int too large to convert"));
                }
                other => other?,
            }
        }
    }
    Ok(out)
}

fn unpack_one(vm: &Vm, item: &Item, data: &[u8], big: bool) -> Res {
    match item.code {
        b'?' => Ok(Value::bool(data.iter().any(|&b| b != 0))),
        b'c' | b's' => vm.bytes(data),
        b'p' => match data.split_first() {
            Some((&n, text)) => vm.bytes(&text[..(n as usize).min(text.len())]),
            None => vm.bytes(&[]),
        },
        b'e' => vm.float(from_half(get(data, big) as u16)),
        b'f' => vm.float(f32::from_bits(get(data, big) as u32) as f64),
        b'd' => vm.float(f64::from_bits(get(data, big))),
        b'F' => {
            let part = |d: &[u8]| f32::from_bits(get(d, big) as u32) as f64;
            vm.complex(part(&data[..4]), part(&data[4..]))
        }
        b'D' => {
            let part = |d: &[u8]| f64::from_bits(get(d, big));
            vm.complex(part(&data[..8]), part(&data[8..]))
        }
        code if signed(code) => vm.int(sign_extend(get(data, big), data.len())),
        _ => vm.int_from_u64(get(data, big)),
    }
}
/// The values in `data`, which is exactly as long as the format says.
pub(super) fn unpack(vm: &Vm, f: &Format, data: &[u8]) -> Res<Gc<Tuple>> {
    let t = vm.new_tuple_blank(f.values)?;
    let mut place = 0;
    for item in &f.items {
        for i in 0..item.count {
            let at = item.offset + i * item.size;
            let v = unpack_one(vm, item, &data[at..at + item.size], f.big_endian)?;
            t.slot(place).set(&vm.heap, t, v);
            place += 1;
        }
    }
    Ok(t)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_round_to_even_and_back() {
        assert_eq!(to_half(1.0), Some(0x3c00));
        assert_eq!(to_half(65504.0), Some(0x7bff));
        assert_eq!(to_half(65520.0), None);
        assert_eq!(to_half(-0.0), Some(0x8000));
        assert_eq!(to_half(6e-8), Some(1));
        for h in (0..0x7c00u16).step_by(7) {
            assert_eq!(to_half(from_half(h)), Some(h), "{h:#x}");
            assert_eq!(to_half(from_half(h | 0x8000)), Some(h | 0x8000), "{h:#x}");
        }
        assert!(from_half(0x7e01).is_nan());
    }

    #[test]
    fn words_survive_in_both_orders() {
        let mut out = [0; 3];
        put(&mut out, 0x010203, true);
        assert_eq!(out, [1, 2, 3]);
        assert_eq!(get(&out, true), 0x010203);
        assert_eq!(get(&out, false), 0x030201);
        assert_eq!(sign_extend(0xffff, 2), -1);
        assert_eq!(sign_extend(0x7fff, 2), 0x7fff);
    }
}
