//! `hex` and `fromhex`.

use super::own;
use super::search::is_space;
use pyrs_core::object::NativeDef;
use pyrs_core::{Gc, Res, Value, Vm};

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The separator byte of `hex(sep)`.
fn separator(vm: &Vm, v: Value) -> Res<Option<u8>> {
    if v.is_unbound() {
        return Ok(None);
    }
    if vm.len(v)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    let point = match (vm.as_str(v), vm.as_bytes(v)) {
        (Some(s), _) => s.at(0),
        (_, Some(b)) => u32::from(b.data()[0]),
        _ => return Err(vm.type_error("sep must be str or bytes.")),
    };
    if point > 127 {
        return Err(vm.value_error("sep must be ASCII."));
    }
    Ok(Some(point as u8))
}
/// Hexadecimal text, with a separator every `group` bytes: counted from the right, or from the left if negative.
pub(super) fn to_hex(vm: &Vm, data: &[u8], sep: Value, group: Value) -> Res {
    let group = crate::string::c_int(vm, group)?;
    let sep = separator(vm, sep)?;
    let every = group.unsigned_abs() as usize;
    let mut out = Vec::with_capacity(data.len() * 3);
    for (i, &b) in data.iter().enumerate() {
        if let Some(sep) = sep
            && i > 0
            && every > 0
        {
            let place = if group > 0 { data.len() - i } else { i };
            if place % every == 0 {
                out.push(sep);
            }
        }
        out.push(DIGITS[usize::from(b >> 4)]);
        out.push(DIGITS[usize::from(b & 15)]);
    }
    vm.new_str_latin1(&out).map(Gc::value)
}
fn hex(vm: &Vm, a: &[Value]) -> Res {
    // Locked meanwhile: the separator's `__len__` may be Python code.
    let own = own(vm, a[0])?;
    to_hex(vm, own.data(), a[1], a[2])
}
/// The bytes of a hexadecimal text given as code points; the error is a position, or `None` for an odd number of
/// digits.
fn parse(points: impl ExactSizeIterator<Item = u32>) -> Result<Vec<u8>, Option<usize>> {
    let mut out = Vec::with_capacity(points.len() / 2);
    let mut high = None;
    for (i, p) in points.enumerate() {
        let byte = u8::try_from(p).ok().filter(u8::is_ascii);
        match (byte.and_then(|b| char::from(b).to_digit(16)), high) {
            (Some(d), None) => high = Some(d),
            (Some(d), Some(h)) => {
                out.push((h << 4 | d) as u8);
                high = None;
            }
            (None, None) if byte.is_some_and(is_space) => {}
            (None, _) => return Err(Some(i)),
        }
    }
    if high.is_some() { Err(None) } else { Ok(out) }
}
fn fromhex(vm: &Vm, a: &[Value]) -> Res {
    let parsed = if let Some(s) = vm.as_str(a[1]) {
        // CPython finds fault with the first character beyond ASCII before anything else.
        match s.points().find(|c| c > 127) {
            Some(i) => Err(Some(i)),
            None => parse(s.points().iter()),
        }
    } else if let Some(b) = vm.try_buffer(a[1])? {
        parse(b.data().iter().map(|&b| u32::from(b)))
    } else {
        return Err(vm.type_error(format!(
            "fromhex() argument must be str or bytes-like, not {}",
            vm.type_name(a[1])
        )));
    };
    let data = match parsed {
        Ok(data) => data,
        Err(Some(i)) => {
            return Err(vm.value_error(format!(
                "non-hexadecimal number found in fromhex() arg at position {i}"
            )));
        }
        Err(None) => {
            return Err(
                vm.value_error("fromhex() arg must contain an even number of hexadecimal digits")
            );
        }
    };
    let k = vm.classes();
    if a[0] == k.bytearray.value() {
        return vm.new_bytearray(&data).map(Gc::value);
    }
    let exact = vm.bytes(&data)?;
    if a[0] == k.bytes.value() {
        return Ok(exact);
    }
    vm.call(a[0], &[exact])
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "hex",
        "(self, /, sep=<unrepresentable>, bytes_per_sep=1)",
        hex,
        "Create a string of hexadecimal numbers from a bytes object.",
    ),
    NativeDef::class_method(
        "fromhex",
        "(cls, string, /)",
        fromhex,
        "Create a bytes object from a string of hexadecimal numbers.",
    ),
];
