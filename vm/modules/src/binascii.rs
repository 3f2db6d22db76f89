//! `binascii`: binary data as text (base64, hexadecimal, uuencode, quoted-printable) and checksums.

use crate::support::{ascii_or_bytes, exception_class, raise_hooked};
use pyrs_core::{NativeDef, Raised, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "a2b_base64",
        "(data, /, *, strict_mode=False)",
        a2b_base64,
        "Decode a line of base64 data.\n\n  strict_mode\n    When set to True, bytes that are not in the base64 standard are not allowed.\n    The same applies to excess data after padding (= / ==).",
    ),
    NativeDef::function(
        "b2a_base64",
        "(data, /, *, newline=True)",
        b2a_base64,
        "Base64-code line of data.",
    ),
    NativeDef::function(
        "a2b_hex",
        "(hexstr, /)",
        a2b_hex,
        "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).\nThis function is also available as \"unhexlify()\".",
    ),
    NativeDef::function(
        "unhexlify",
        "(hexstr, /)",
        a2b_hex,
        "Binary data of hexadecimal representation.\n\nhexstr must contain an even number of hex digits (upper or lower case).",
    ),
    NativeDef::function(
        "b2a_hex",
        "(data, sep=<unrepresentable>, bytes_per_sep=1)",
        b2a_hex,
        "Hexadecimal representation of binary data.",
    ),
    NativeDef::function(
        "hexlify",
        "(data, sep=<unrepresentable>, bytes_per_sep=1)",
        b2a_hex,
        "Hexadecimal representation of binary data.",
    ),
    NativeDef::function("a2b_uu", "(data, /)", a2b_uu, "Decode a line of uuencoded data."),
    NativeDef::function("b2a_uu", "(data, /, *, backtick=False)", b2a_uu, "Uuencode line of data."),
    NativeDef::function(
        "a2b_qp",
        "(data, header=False)",
        a2b_qp,
        "Decode a string of qp-encoded data.",
    ),
    NativeDef::function(
        "b2a_qp",
        "(data, quotetabs=False, istext=True, header=False)",
        b2a_qp,
        "Encode a string using quoted-printable encoding.\n\nOn encoding, when istext is set, newlines are not encoded, and white\nspace at end of lines is.  When istext is not set, \\r and \\n (CR/LF)\nare both encoded.  When quotetabs is set, space and tabs are encoded.",
    ),
    NativeDef::function("crc32", "(data, crc=0, /)", crc32, "Compute CRC-32 incrementally."),
    NativeDef::function("crc_hqx", "(data, crc, /)", crc_hqx, "Compute CRC-CCITT incrementally."),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m =
        vm.new_native_module("binascii", "Conversion between binary data and ASCII", FUNCTIONS)?;
    let e = crate::support::hooked_exception(
        vm,
        "binascii_error",
        "binascii",
        "Error",
        vm.exc().value_error,
    )?;
    vm.module_set(m, "Error", e)?;
    let incomplete = exception_class(vm, "binascii", "Incomplete", vm.exc().exception)?;
    vm.module_set(m, "Incomplete", incomplete)?;
    Ok(m.value())
}
#[cold]
fn error(vm: &Vm, message: &str) -> Raised {
    raise_hooked(vm, "binascii_error", message)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Digit values of base64; 255: no digit.
const DIGITS: [u8; 256] = {
    let mut table = [255; 256];
    let mut i = 0;
    while i < 64 {
        table[BASE64[i] as usize] = i as u8;
        i += 1;
    }
    table
};

fn a2b_base64(vm: &Vm, a: &[Value]) -> Res {
    let data = ascii_or_bytes(vm, a[0])?;
    let strict = vm.truth(a[1])?;
    match decode_base64(&data, strict) {
        Ok(out) => vm.bytes(&out),
        Err(message) => Err(error(vm, &message)),
    }
}
/// Decodes base64, skipping foreign characters unless `strict`.
fn decode_base64(data: &[u8], strict: bool) -> Result<Vec<u8>, String> {
    let fail = |m: &str| Err(m.to_owned());
    if strict && data.first() == Some(&b'=') {
        return fail("Leading padding not allowed");
    }
    let mut out = Vec::with_capacity(data.len() / 4 * 3 + 3);
    // `left`: bits of the last digit still to be used; `place`: digits of the current four; `pads`: `=` seen.
    let (mut left, mut place, mut pads, mut padding_started) = (0u8, 0, 0, false);
    for (i, &c) in data.iter().enumerate() {
        if c == b'=' {
            padding_started = true;
            if strict && place == 0 {
                return fail(if i == 0 {
                    "Leading padding not allowed"
                } else {
                    "Excess padding not allowed"
                });
            }
            if strict && place == 1 {
                break;
            }
            pads += 1;
            // Strict decoding ends exactly behind a padded group of four.
            if strict && place >= 2 && place + pads >= 4 && i + 1 < data.len() {
                return fail(match data[i + 1] {
                    b'=' => "Excess padding not allowed",
                    c if DIGITS[c as usize] == 255 => "Only base64 data is allowed",
                    _ => "Excess data after padding",
                });
            }
            continue;
        }
        let digit = DIGITS[c as usize];
        if digit == 255 {
            if strict {
                return fail("Only base64 data is allowed");
            }
            continue;
        }
        if strict && padding_started {
            return fail("Discontinuous padding not allowed");
        }
        pads = 0;
        match place {
            0 => left = digit,
            1 => {
                out.push(left << 2 | digit >> 4);
                left = digit & 0x0f;
            }
            2 => {
                out.push(left << 4 | digit >> 2);
                left = digit & 0x03;
            }
            _ => {
                out.push(left << 6 | digit);
                left = 0;
            }
        }
        place = (place + 1) % 4;
    }
    match place {
        0 => Ok(out),
        1 => Err(format!(
            "Invalid base64-encoded string: number of data characters ({}) cannot be 1 more than a multiple of 4",
            out.len() / 3 * 4 + 1
        )),
        _ if place + pads >= 4 => Ok(out),
        _ => fail("Incorrect padding"),
    }
}
fn b2a_base64(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let newline = vm.truth(a[1])?;
    let mut out = Vec::with_capacity(b.len().div_ceil(3) * 4 + 1);
    for chunk in b.data().chunks(3) {
        let word = chunk.iter().fold(0u32, |w, &b| w << 8 | b as u32) << (8 * (3 - chunk.len()));
        for i in 0..4 {
            let digit = BASE64[(word >> (18 - 6 * i) & 63) as usize];
            out.push(if i > chunk.len() { b'=' } else { digit });
        }
    }
    if newline {
        out.push(b'\n');
    }
    vm.bytes(&out)
}

fn hex_digit(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}
fn a2b_hex(vm: &Vm, a: &[Value]) -> Res {
    let data = ascii_or_bytes(vm, a[0])?;
    if data.len() % 2 != 0 {
        return Err(error(vm, "Odd-length string"));
    }
    let mut out = Vec::with_capacity(data.len() / 2);
    for pair in data.chunks_exact(2) {
        match (hex_digit(pair[0]), hex_digit(pair[1])) {
            (Some(high), Some(low)) => out.push(high << 4 | low),
            _ => return Err(error(vm, "Non-hexadecimal digit found")),
        }
    }
    vm.bytes(&out)
}
/// The separator argument: one ASCII character.
fn separator(vm: &Vm, v: Value) -> Res<Option<u8>> {
    if v.is_unbound() {
        return Ok(None);
    }
    if vm.len(v)? != 1 {
        return Err(vm.value_error("sep must be length 1."));
    }
    if let Some(s) = vm.as_str(v) {
        return match s.at(0) {
            c @ 0..128 => Ok(Some(c as u8)),
            _ => Err(vm.value_error("sep must be ASCII.")),
        };
    }
    match vm.as_bytes(v) {
        Some(b) => Ok(Some(b.data()[0])),
        None => Err(vm.type_error("sep must be str or bytes.")),
    }
}
fn b2a_hex(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let sep = separator(vm, a[1])?;
    let group = i32::try_from(vm.int_i64(a[2])?)
        .map_err(|_| vm.overflow_error("Python int too large to convert to C int"))?;
    let data = b.data();
    let size = group.unsigned_abs() as usize;
    let mut out = Vec::with_capacity(data.len() * 2);
    for (i, &byte) in data.iter().enumerate() {
        // Groups count from the right, or from the left if the number is negative.
        let at = if group > 0 { data.len() - i } else { i };
        if let Some(c) = sep
            && i > 0
            && size > 0
            && at % size == 0
        {
            out.push(c);
        }
        out.push(b"0123456789abcdef"[(byte >> 4) as usize]);
        out.push(b"0123456789abcdef"[(byte & 15) as usize]);
    }
    vm.bytes(&out)
}

fn a2b_uu(vm: &Vm, a: &[Value]) -> Res {
    let data = ascii_or_bytes(vm, a[0])?;
    let Some((&first, rest)) = data.split_first() else {
        return Err(error(vm, "Missing length byte"));
    };
    let length = (first.wrapping_sub(b' ') & 0o77) as usize;
    let mut out = Vec::with_capacity(length);
    let (mut word, mut bits, mut rest) = (0u32, 0, rest.iter());
    while out.len() < length {
        // A line may be short: its trailing spaces were zeros.
        let digit = match rest.next() {
            None | Some(b'\n' | b'\r') => 0,
            Some(&c) if !(b' '..=b' ' + 64).contains(&c) => return Err(error(vm, "Illegal char")),
            Some(&c) => (c - b' ') & 0o77,
        };
        word = word << 6 | digit as u32;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
            word &= (1 << bits) - 1;
        }
    }
    for &c in rest {
        if !matches!(c, b' ' | b'`' | b'\n' | b'\r') {
            return Err(error(vm, "Trailing garbage"));
        }
    }
    vm.bytes(&out)
}
fn b2a_uu(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let zero = if vm.truth(a[1])? { b'`' } else { b' ' };
    if b.len() > 45 {
        return Err(error(vm, "At most 45 bytes at once"));
    }
    let shown = |digit: u32| if digit == 0 { zero } else { digit as u8 + b' ' };
    let mut out = vec![shown(b.len() as u32)];
    for chunk in b.data().chunks(3) {
        let word = chunk.iter().fold(0u32, |w, &b| w << 8 | b as u32) << (8 * (3 - chunk.len()));
        out.extend((0..4).map(|i| shown(word >> (18 - 6 * i) & 63)));
    }
    out.push(b'\n');
    vm.bytes(&out)
}

fn a2b_qp(vm: &Vm, a: &[Value]) -> Res {
    let data = ascii_or_bytes(vm, a[0])?;
    let header = vm.truth(a[1])?;
    let mut out = Vec::with_capacity(data.len());
    let mut i = 0;
    while i < data.len() {
        let c = data[i];
        if c == b'_' && header {
            out.push(b' ');
        } else if c != b'=' {
            out.push(c);
        } else {
            let next = data.get(i + 1).copied();
            let digit = |at: usize| data.get(at).copied().and_then(hex_digit);
            match next {
                None => break,
                Some(b'\n' | b'\r') => {
                    // A soft line break.
                    i += 1;
                    while i < data.len() && data[i] != b'\n' {
                        i += 1;
                    }
                }
                Some(b'=') => {
                    out.push(b'=');
                    i += 1;
                }
                _ => {
                    if let (Some(high), Some(low)) = (digit(i + 1), digit(i + 2)) {
                        out.push(high << 4 | low);
                        i += 2;
                    } else {
                        out.push(b'=');
                    }
                }
            }
        }
        i += 1;
    }
    vm.bytes(&out)
}
fn b2a_qp(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let (tabs, text, header) = (vm.truth(a[1])?, vm.truth(a[2])?, vm.truth(a[3])?);
    vm.bytes(&encode_qp(b.data(), tabs, text, header))
}
/// Quoted-printable text. Lines longer than 76 characters are broken softly, with the line end the data use.
fn encode_qp(data: &[u8], quote_tabs: bool, text: bool, header: bool) -> Vec<u8> {
    const MOST: usize = 76;
    let crlf = data.iter().position(|&c| c == b'\n').is_some_and(|i| i > 0 && data[i - 1] == b'\r');
    let line_end: &[u8] = if crlf { b"\r\n" } else { b"\n" };
    let hex = |out: &mut Vec<u8>, c: u8| {
        out.push(b'=');
        out.push(b"0123456789ABCDEF"[(c >> 4) as usize]);
        out.push(b"0123456789ABCDEF"[(c & 15) as usize]);
    };
    let mut out = Vec::with_capacity(data.len());
    let (mut column, mut i) = (0, 0);
    while i < data.len() {
        let c = data[i];
        let next = data.get(i + 1).copied();
        let quoted = c > 126
            || c == b'='
            || (header && c == b'_')
            || (c == b'.' && column == 0 && matches!(next, None | Some(b'\n' | b'\r' | 0)))
            || (!text && matches!(c, b'\r' | b'\n'))
            || (matches!(c, b'\t' | b' ') && next.is_none())
            || (c < 33 && !matches!(c, b'\r' | b'\n' | b'\t' | b' '))
            || (c < 33 && !matches!(c, b'\r' | b'\n') && (quote_tabs || !quote_blank_free(c)));
        if quoted {
            if column + 3 >= MOST {
                out.push(b'=');
                out.extend_from_slice(line_end);
                column = 0;
            }
            hex(&mut out, c);
            column += 3;
            i += 1;
            continue;
        }
        if text && (c == b'\n' || (c == b'\r' && next == Some(b'\n'))) {
            // White space before the end of a line would be lost on the way.
            if let Some(&last) = out.last()
                && matches!(last, b' ' | b'\t')
            {
                out.pop();
                hex(&mut out, last);
            }
            out.extend_from_slice(line_end);
            column = 0;
            i += if c == b'\r' { 2 } else { 1 };
            continue;
        }
        if next.is_some_and(|n| n != b'\n') && column + 1 >= MOST {
            out.push(b'=');
            out.extend_from_slice(line_end);
            column = 0;
        }
        column += 1;
        out.push(if header && c == b' ' { b'_' } else { c });
        i += 1;
    }
    out
}
/// Blanks may stand for themselves inside a line.
fn quote_blank_free(c: u8) -> bool {
    matches!(c, b' ' | b'\t')
}

/// A checksum argument, cut to 32 bits.
pub(crate) fn checksum_argument(vm: &Vm, v: Value) -> Res<u32> {
    let n = vm.index(v)?;
    let n = vm.int_ref(&n);
    Ok(match n.to_i64() {
        Some(n) => n as u32,
        None => n.with_big(|n| {
            let low = n.limbs.first().map_or(0, |&l| l as u32);
            if n.negative { low.wrapping_neg() } else { low }
        }),
    })
}
fn crc32(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let start = checksum_argument(vm, a[1])?;
    vm.int(crate::zlib::crc32_of(start, b.data()) as i64)
}
fn crc_hqx(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let mut crc = checksum_argument(vm, a[1])? as u16;
    for &byte in b.data() {
        crc ^= (byte as u16) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        }
    }
    vm.int(crc as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_errors_as_worded() {
        let fails =
            |text: &str, strict| decode_base64(text.as_bytes(), strict).err().unwrap_or_default();
        assert_eq!(fails("abc", false), "Incorrect padding");
        assert!(fails("abcde", false).contains("characters (5)"));
        assert_eq!(fails("ab==cd", true), "Excess data after padding");
        assert_eq!(fails("ab===", true), "Excess padding not allowed");
        assert_eq!(fails("abcd=", true), "Excess padding not allowed");
        assert_eq!(fails("ab=c", true), "Discontinuous padding not allowed");
        assert_eq!(decode_base64(b"YW\nJj", false), Ok(b"abc".to_vec()));
        assert_eq!(decode_base64(b"ab==cd", false), Ok(b"i\xb7\x1d".to_vec()));
        assert_eq!(decode_base64(b"YQ==", true), Ok(b"a".to_vec()));
    }

    #[test]
    fn quoted_printable_lines() {
        assert_eq!(encode_qp(b"a=b \n", false, true, false), b"a=3Db=20\n");
        assert_eq!(encode_qp(b"x _", true, false, true), b"x=20=5F");
        assert_eq!(encode_qp(b".\n", false, true, false), b"=2E\n");
    }
}
