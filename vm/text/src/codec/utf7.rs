//! UTF-7 (RFC 2152): ASCII text with runs of UTF-16 in base 64 between `+` and `-`.

use super::{CodecError, DecodeErrors, join_surrogates};
use crate::points::{CodePoints, StrBuilder};

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn from_base64(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// The state within a base 64 run.
#[derive(Clone, Copy, Default)]
struct Run {
    /// Whether we are in one.
    open: bool,
    /// Where it started in the input and in the output.
    start: usize,
    out_start: usize,
    bits: u32,
    buffer: u32,
    /// A high surrogate that waits for its second half; 0 for none.
    surrogate: u32,
}

impl Run {
    fn add(&mut self, digit: u32, out: &mut StrBuilder) {
        self.buffer = self.buffer << 6 | digit;
        self.bits += 6;
        if self.bits < 16 {
            return;
        }
        self.bits -= 16;
        let unit = self.buffer >> self.bits;
        self.buffer &= (1 << self.bits) - 1;
        let high = std::mem::take(&mut self.surrogate);
        if high != 0 {
            if (0xDC00..0xE000).contains(&unit) {
                return out.push(join_surrogates(high, unit));
            }
            out.push(high);
        }
        if (0xD800..0xDC00).contains(&unit) {
            self.surrogate = unit;
        } else {
            out.push(unit);
        }
    }

    /// Leaves the run before `byte`; what is wrong with that, if anything.
    fn close(&mut self, byte: u8, out: &mut StrBuilder) -> Option<&'static str> {
        self.open = false;
        if self.bits >= 6 {
            return Some("partial character in shift sequence");
        }
        if self.bits > 0 && self.buffer != 0 {
            return Some("non-zero padding bits in shift sequence");
        }
        let high = std::mem::take(&mut self.surrogate);
        if high != 0 && byte < 0x80 && byte != b'+' {
            out.push(high);
        }
        None
    }
}

/// Decodes UTF-7; returns the text and how many bytes were used.
pub fn decode_utf7<H: DecodeErrors>(
    input: &[u8],
    last: bool,
    errors: &mut H,
) -> Result<(StrBuilder, usize), H::Error> {
    let mut out = StrBuilder::new();
    let mut run = Run::default();
    let mut at = 0;
    loop {
        let reason = match input.get(at) {
            Some(&byte) => step(input, byte, &mut at, &mut run, &mut out),
            None if run.open && last => {
                run.open = false;
                let partial = run.bits >= 6 || (run.bits > 0 && run.buffer != 0);
                at = input.len();
                (partial || run.surrogate != 0).then_some("unterminated shift sequence")
            }
            None => break,
        };
        if let Some(reason) = reason {
            let error = CodecError { range: run.start..at, reason };
            let (text, next) = errors.handle(input, error)?;
            out.push_points(text.as_points());
            at = next;
        }
    }
    if run.open {
        out.truncate(run.out_start);
        let out = StrBuilder::from_points(out.as_points());
        return Ok((out, run.start));
    }
    Ok((out, at.min(input.len())))
}

/// Decodes the byte at `at`; returns what is wrong, with `at` after the fault.
fn step(
    input: &[u8],
    byte: u8,
    at: &mut usize,
    run: &mut Run,
    out: &mut StrBuilder,
) -> Option<&'static str> {
    if run.open {
        if let Some(digit) = from_base64(byte) {
            run.add(digit, out);
            *at += 1;
            return None;
        }
        let reason = run.close(byte, out);
        if reason.is_some() || byte == b'-' {
            *at += 1;
        }
        return reason;
    }
    if byte < 0x80 && byte != b'+' {
        out.push(u32::from(byte));
        *at += 1;
        return None;
    }
    *run = Run { start: *at, out_start: out.len(), ..Run::default() };
    *at += 1;
    if byte != b'+' {
        return Some("unexpected special character");
    }
    match input.get(*at) {
        Some(b'-') => {
            out.push(u32::from(b'+'));
            *at += 1;
        }
        Some(&next) if from_base64(next).is_none() => {
            *at += 1;
            return Some("ill-formed sequence");
        }
        _ => run.open = true,
    }
    None
}

/// Whether a character stands for itself outside of runs.
fn is_direct(point: u32) -> bool {
    match u8::try_from(point) {
        Ok(b'+' | b'\\' | b'~') => false,
        Ok(b'\t' | b'\n' | b'\r' | b' '..=b'}') => true,
        _ => false,
    }
}

/// Encodes in UTF-7, which never fails.
pub fn encode_utf7(text: CodePoints<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let (mut open, mut bits, mut buffer) = (false, 0u32, 0u32);
    for point in text.iter() {
        if is_direct(point) {
            if open {
                if bits > 0 {
                    out.push(BASE64[(buffer << (6 - bits) & 63) as usize]);
                }
                (open, bits, buffer) = (false, 0, 0);
                if from_base64(point as u8).is_some() || point == u32::from(b'-') {
                    out.push(b'-');
                }
            }
            out.push(point as u8);
            continue;
        }
        if !open && point == u32::from(b'+') {
            out.extend_from_slice(b"+-");
            continue;
        }
        if !open {
            out.push(b'+');
            open = true;
        }
        let units = match point.checked_sub(0x1_0000) {
            Some(above) => [Some(0xD800 | above >> 10), Some(0xDC00 | above & 0x3FF)],
            None => [Some(point), None],
        };
        for unit in units.into_iter().flatten() {
            buffer = buffer << 16 | unit;
            bits += 16;
            while bits >= 6 {
                bits -= 6;
                out.push(BASE64[(buffer >> bits & 63) as usize]);
            }
            buffer &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(BASE64[(buffer << (6 - bits) & 63) as usize]);
    }
    if open {
        out.push(b'-');
    }
    out
}
