//! Format strings of `struct`, compiled to a list of items with their places.

use core::mem::{align_of, size_of};

/// Items of one format character.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    pub code: u8,
    /// Bytes of one value; for `s` and `p` of the whole string.
    pub size: usize,
    /// How many values follow each other.
    pub count: usize,
    pub offset: usize,
}

/// A compiled format.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Format {
    pub items: Vec<Item>,
    /// Bytes in all.
    pub size: usize,
    /// Values in all.
    pub values: usize,
    pub big_endian: bool,
}

/// Size and alignment of a character in the machine's own layout.
fn native(code: u8) -> Option<(usize, usize)> {
    use core::ffi::{c_int, c_long, c_short};
    fn of<T>() -> Option<(usize, usize)> {
        Some((size_of::<T>(), align_of::<T>()))
    }
    match code {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => Some((1, 1)),
        b'h' | b'H' => of::<c_short>(),
        b'e' => of::<u16>(),
        b'i' | b'I' => of::<c_int>(),
        b'l' | b'L' => of::<c_long>(),
        b'q' | b'Q' => of::<i64>(),
        b'n' | b'N' | b'P' => of::<usize>(),
        b'f' => of::<f32>(),
        b'd' => of::<f64>(),
        b'F' => of::<[f32; 2]>(),
        b'D' => of::<[f64; 2]>(),
        _ => None,
    }
}
/// Size in the standard layout, which has no alignment.
fn standard(code: u8) -> Option<(usize, usize)> {
    let size = match code {
        b'x' | b'b' | b'B' | b'c' | b's' | b'p' | b'?' => 1,
        b'h' | b'H' | b'e' => 2,
        b'i' | b'I' | b'l' | b'L' | b'f' => 4,
        b'q' | b'Q' | b'd' | b'F' => 8,
        b'D' => 16,
        _ => return None,
    };
    Some((size, 1))
}

/// Compiles a format; the error is a message of `struct.error`.
pub(crate) fn compile(text: &[u8]) -> Result<Format, &'static str> {
    const TOO_LONG: &str = "total struct size too long";
    const MAX: usize = isize::MAX as usize;
    let is_big = cfg!(target_endian = "big");
    let (table, big_endian, mut rest): (fn(u8) -> Option<(usize, usize)>, bool, &[u8]) = match text
    {
        [b'@', rest @ ..] => (native, is_big, rest),
        [b'=', rest @ ..] => (standard, is_big, rest),
        [b'<', rest @ ..] => (standard, false, rest),
        [b'>' | b'!', rest @ ..] => (standard, true, rest),
        _ => (native, is_big, text),
    };
    let mut f = Format { items: Vec::new(), size: 0, values: 0, big_endian };
    if text.contains(&0) {
        return Err("embedded null character");
    }
    while let [c, tail @ ..] = rest {
        rest = tail;
        if matches!(c, b' ' | 9..=13) {
            continue;
        }
        let (mut code, mut count) = (*c, 1);
        if code.is_ascii_digit() {
            count = (code - b'0') as usize;
            loop {
                let [c, tail @ ..] = rest else {
                    return Err("repeat count given without format specifier");
                };
                rest = tail;
                code = *c;
                if !code.is_ascii_digit() {
                    break;
                }
                let more =
                    count.checked_mul(10).and_then(|n| n.checked_add((code - b'0') as usize));
                count = more.filter(|&n| n <= MAX).ok_or(TOO_LONG)?;
            }
        }
        let (size, align) = table(code).ok_or("bad char in struct format")?;
        let offset = f.size.checked_next_multiple_of(align).ok_or(TOO_LONG)?;
        let total = size.checked_mul(count).and_then(|n| n.checked_add(offset));
        f.size = total.filter(|&n| n <= MAX).ok_or(TOO_LONG)?;
        match code {
            b'x' => {}
            b's' | b'p' => {
                f.items.push(Item { code, size: count, count: 1, offset });
                f.values = f.values.checked_add(1).ok_or(TOO_LONG)?;
            }
            _ if count > 0 => {
                f.items.push(Item { code, size, count, offset });
                f.values = f.values.checked_add(count).ok_or(TOO_LONG)?;
            }
            _ => {}
        }
    }
    Ok(f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_standard_and_native_formats() {
        for (text, size) in [
            ("=bq", 9),
            ("!D", 16),
            ("<3s2xh", 7),
            (">0q", 0),
            ("@b0i", 4),
            ("bh", 4),
            ("<i 2h", 8),
        ] {
            assert_eq!(compile(text.as_bytes()).map(|f| f.size), Ok(size), "{text}");
        }
    }

    #[test]
    fn bad_formats_say_why() {
        assert_eq!(compile(b"<n").err(), Some("bad char in struct format"));
        assert_eq!(compile(b"12").err(), Some("repeat count given without format specifier"));
        assert_eq!(compile(b"99999999999999999999i").err(), Some("total struct size too long"));
        assert_eq!(compile(b"9223372036854775807i").err(), Some("total struct size too long"));
    }
}
