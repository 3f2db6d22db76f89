//! Type codes of `array`, and single items from and to Python values.

use crate::structs::to_u64;
use core::ffi::{c_int, c_long};
use pyrs_core::{Raised, Res, Value, Vm};

/// One type code.
pub(super) struct Kind {
    pub code: u8,
    pub size: usize,
    /// In the syntax of the struct module.
    pub format: &'static str,
    /// The code of `_array_reconstructor` for this machine's byte order.
    pub machine_format: i64,
}
const BIG: i64 = cfg!(target_endian = "big") as i64;
const fn int_format(size: usize, signed: bool) -> i64 {
    match (size, signed) {
        (1, false) => 0,
        (1, true) => 1,
        (2, false) => 2 + BIG,
        (2, true) => 4 + BIG,
        (4, false) => 6 + BIG,
        (4, true) => 8 + BIG,
        (8, false) => 10 + BIG,
        _ => 12 + BIG,
    }
}
const fn int(code: u8, size: usize, format: &'static str) -> Kind {
    Kind { code, size, format, machine_format: int_format(size, code.is_ascii_lowercase()) }
}
/// ORDER: as `array.typecodes`.
pub(super) static KINDS: [Kind; 14] = [
    int(b'b', 1, "b"),
    int(b'B', 1, "B"),
    Kind { code: b'u', size: 4, format: "w", machine_format: 20 + BIG },
    Kind { code: b'w', size: 4, format: "w", machine_format: 20 + BIG },
    int(b'h', 2, "h"),
    int(b'H', 2, "H"),
    int(b'i', size_of::<c_int>(), "i"),
    int(b'I', size_of::<c_int>(), "I"),
    int(b'l', size_of::<c_long>(), "l"),
    int(b'L', size_of::<c_long>(), "L"),
    int(b'q', 8, "q"),
    int(b'Q', 8, "Q"),
    Kind { code: b'f', size: 4, format: "f", machine_format: 14 + BIG },
    Kind { code: b'd', size: 8, format: "d", machine_format: 16 + BIG },
];
pub(super) fn kind(code: u8) -> Option<&'static Kind> {
    KINDS.iter().find(|k| k.code == code)
}
impl Kind {
    pub fn is_text(&self) -> bool {
        matches!(self.code, b'u' | b'w')
    }
    pub fn is_float(&self) -> bool {
        matches!(self.code, b'f' | b'd')
    }
    pub fn is_integer(&self) -> bool {
        !self.is_text() && !self.is_float()
    }
    pub fn is_signed(&self) -> bool {
        self.code.is_ascii_lowercase()
    }
}

/// Reads the item at `p`.
///
/// # Safety
/// `p` points to `kind.size` readable bytes.
pub(super) unsafe fn read(vm: &Vm, kind: &Kind, p: *const u8) -> Res {
    // SAFETY: the caller's promise; nothing is assumed about alignment.
    unsafe {
        match (kind.code, kind.size) {
            (b'b', _) => Ok(Value::small_int(p.cast::<i8>().read() as isize)),
            (b'B', _) => Ok(Value::small_int(p.read() as isize)),
            (b'h', _) => Ok(Value::small_int(p.cast::<i16>().read_unaligned() as isize)),
            (b'H', _) => Ok(Value::small_int(p.cast::<u16>().read_unaligned() as isize)),
            (b'u' | b'w', _) => character(vm, p.cast::<u32>().read_unaligned()),
            (b'f', _) => vm.float(p.cast::<f32>().read_unaligned() as f64),
            (b'd', _) => vm.float(p.cast::<f64>().read_unaligned()),
            (b'i' | b'l', 4) => vm.int(p.cast::<i32>().read_unaligned() as i64),
            (b'I' | b'L', 4) => vm.int(p.cast::<u32>().read_unaligned() as i64),
            (b'i' | b'l' | b'q', _) => vm.int(p.cast::<i64>().read_unaligned()),
            _ => vm.int_from_u64(p.cast::<u64>().read_unaligned()),
        }
    }
}
fn character(vm: &Vm, c: u32) -> Res {
    if c > 0x10ffff {
        return Err(vm.value_error("chr() arg not in range(0x110000)"));
    }
    Ok(vm.str_of_point(c)?.value())
}

/// The bytes of an item, in the first `kind.size` places.
pub(super) type Bytes = [u8; 8];

fn low(word: u64, size: usize) -> Bytes {
    let mut out = [0; 8];
    match size {
        1 => out[0] = word as u8,
        2 => out[..2].copy_from_slice(&(word as u16).to_ne_bytes()),
        4 => out[..4].copy_from_slice(&(word as u32).to_ne_bytes()),
        _ => out = word.to_ne_bytes(),
    }
    out
}
/// A C integer of `bits` bits, with the names the error messages use.
fn ranged(vm: &Vm, n: i64, low: i64, high: i64, name: &str) -> Res<()> {
    match n {
        _ if n < low => Err(too(vm, name, "less than minimum")),
        _ if n > high => Err(too(vm, name, "greater than maximum")),
        _ => Ok(()),
    }
}
#[cold]
fn too(vm: &Vm, name: &str, what: &str) -> Raised {
    vm.overflow_error(format!("{name} is {what}"))
}
/// Converts a value to an item. May run Python code (`__index__`, `__float__`).
pub(super) fn convert(vm: &Vm, kind: &Kind, v: Value) -> Res<Bytes> {
    match kind.code {
        b'u' | b'w' => return text(vm, v),
        b'f' => return Ok(low(((real(vm, v)? as f32).to_bits()) as u64, 4)),
        b'd' => return Ok(low(real(vm, v)?.to_bits(), 8)),
        b'I' | b'L' => return unsigned(vm, kind, v),
        b'Q' => return long_long(vm, v, false),
        b'q' => return long_long(vm, v, true),
        _ => {}
    }
    let n = vm.int_i64(v)?;
    match kind.code {
        b'b' => {
            ranged(vm, n, i16::MIN as i64, i16::MAX as i64, "signed short integer")?;
            ranged(vm, n, i8::MIN as i64, i8::MAX as i64, "signed char")?;
        }
        b'B' => ranged(vm, n, 0, u8::MAX as i64, "unsigned byte integer")?,
        b'h' => ranged(vm, n, i16::MIN as i64, i16::MAX as i64, "signed short integer")?,
        b'H' => {
            ranged(vm, n, i32::MIN as i64, i32::MAX as i64, "signed integer")?;
            ranged(vm, n, 0, u16::MAX as i64, "unsigned short")?;
        }
        b'i' => ranged(vm, n, i32::MIN as i64, i32::MAX as i64, "signed integer")?,
        _ if c_long::try_from(n).is_err() => {
            return Err(vm.overflow_error("Python int too large to convert to C long"));
        }
        _ => {}
    }
    Ok(low(n as u64, kind.size))
}
fn real(vm: &Vm, v: Value) -> Res<f64> {
    match vm.exact_float(v) {
        Some(x) => Ok(x),
        None => pyrs_builtins::real_of(vm, v),
    }
}
fn unsigned(vm: &Vm, kind: &Kind, v: Value) -> Res<Bytes> {
    let n = vm.index(v)?;
    let n = vm.int_ref(&n);
    if n.is_negative() {
        return Err(vm.overflow_error("can't convert negative value to unsigned int"));
    }
    let fits = |n: u64| core::ffi::c_ulong::try_from(n).is_ok();
    let Some(word) = to_u64(n).filter(|&n| fits(n)) else {
        return Err(vm.overflow_error("Python int too large to convert to C unsigned long"));
    };
    if kind.size == 4 && word >> 32 != 0 {
        return Err(too(vm, "unsigned int", "greater than maximum"));
    }
    Ok(low(word, kind.size))
}
fn long_long(vm: &Vm, v: Value, signed: bool) -> Res<Bytes> {
    let n = vm.index(v)?;
    let n = vm.int_ref(&n);
    let word = if signed { n.to_i64().map(|n| n as u64) } else { to_u64(n) };
    match word {
        Some(word) => Ok(low(word, 8)),
        None if !signed && n.is_negative() => {
            Err(vm.overflow_error("can't convert negative int to unsigned"))
        }
        None => Err(vm.overflow_error("int too big to convert")),
    }
}
fn text(vm: &Vm, v: Value) -> Res<Bytes> {
    match vm.as_str(v) {
        Some(s) if s.len() == 1 => Ok(low(s.at(0) as u64, 4)),
        Some(s) => Err(vm.type_error(format!(
            "array item must be a unicode character, not a string of length {}",
            s.len()
        ))),
        None => Err(vm.type_error(format!(
            "array item must be a unicode character, not {}",
            vm.type_name(v)
        ))),
    }
}
