//! `%`-formatting of `str` and `bytes`: the parser of format strings and the layout of the values.
//!
//! [`Parser`] yields literal pieces and conversions one after another, because errors later in the
//! format must not appear before the values of earlier conversions were fetched and converted.
//! The caller fetches values and converts objects; [`format_int`], [`format_float`] and
//! [`format_text`] then write them. `%%` comes out as a literal piece.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::bigint::{IntRef, Poll};
use crate::error::{ErrorKind, TextError};
use crate::float_repr::{DoubleFlags, write_double};
use crate::format_spec::reserve;
use crate::int_text::{self, DecimalError};
use crate::points::{CodePoints, StrBuilder};

/// A width or precision as the format gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Not given.
    None,
    /// Given as digits.
    Value(usize),
    /// `*`: the next argument, an int ("* wants int" otherwise, `TypeError`).
    Star,
}

/// The flags between `%` and the width.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// `-`: pad on the right.
    pub left: bool,
    /// `+`: always a sign.
    pub sign: bool,
    /// A blank where a plus would be.
    pub blank: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: pad numbers with zeros after the sign.
    pub zero: bool,
}

/// One conversion, `%(key)flags width.precision letter`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversion {
    /// Where in the format the mapping key is, without its parentheses.
    pub key: Option<Range<usize>>,
    /// The flags.
    pub flags: Flags,
    /// The least width.
    pub width: Amount,
    /// The precision.
    pub precision: Amount,
    /// The conversion character, a code point; any at all, see [`unsupported`].
    pub letter: u32,
    /// The index of the conversion character in the format.
    pub index: usize,
}

/// A piece of a format string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text to be copied: a range of the format.
    Literal(Range<usize>),
    /// A value to be converted.
    Conversion(Conversion),
}

/// A broken conversion. Before `error` is raised the caller looks up `key` (if any) and takes
/// `stars` arguments for `*`, either of which may raise something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The mapping key that comes first.
    pub key: Option<Range<usize>>,
    /// How many `*` come before the error.
    pub stars: u8,
    /// What to raise then.
    pub error: TextError,
}

/// Splits a format string; see the file's comment.
#[derive(Clone, Debug)]
pub struct Parser<'a> {
    format: CodePoints<'a>,
    at: usize,
    bytes: bool,
}

impl<'a> Parser<'a> {
    /// A parser of `str` formats, or of `bytes` formats (a few messages differ).
    pub fn new(format: CodePoints<'a>, bytes: bool) -> Parser<'a> {
        Parser { format, at: 0, bytes }
    }

    /// The next piece; `None` at the end.
    pub fn next_piece(&mut self) -> Option<Result<Piece, Failure>> {
        let start = self.at;
        if start >= self.format.len() {
            return None;
        }
        let percent = self.format.from(start).position(u32::from(b'%'));
        let end = percent.map_or(self.format.len(), |n| start + n);
        if end > start {
            self.at = end;
            return Some(Ok(Piece::Literal(start..end)));
        }
        if self.format.get(start + 1) == Some(u32::from(b'%')) {
            self.at = start + 2;
            return Some(Ok(Piece::Literal(start + 1..start + 2)));
        }
        self.at = start + 1;
        let mut conversion = Conversion {
            key: None,
            flags: Flags::default(),
            width: Amount::None,
            precision: Amount::None,
            letter: 0,
            index: 0,
        };
        Some(match self.conversion(&mut conversion) {
            Ok(()) => Ok(Piece::Conversion(conversion)),
            Err(message) => {
                let star = |a| u8::from(a == Amount::Star);
                Err(Failure {
                    key: conversion.key,
                    stars: star(conversion.width) + star(conversion.precision),
                    error: TextError::value(message),
                })
            }
        })
    }

    /// The character here, an ASCII one; 0 for any other and at the end.
    fn peek(&self) -> u8 {
        self.format.get(self.at).and_then(|p| u8::try_from(p).ok()).unwrap_or(0)
    }

    /// Parses what follows a `%`; on error, what was parsed up to it stays in `out`.
    fn conversion(&mut self, out: &mut Conversion) -> Result<(), &'static str> {
        if self.peek() == b'(' {
            out.key = Some(self.key()?);
        }
        loop {
            match self.peek() {
                b'-' => out.flags.left = true,
                b'+' => out.flags.sign = true,
                b' ' => out.flags.blank = true,
                b'#' => out.flags.alternate = true,
                b'0' => out.flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        out.width = self.amount(isize::MAX as usize).ok_or("width too big")?;
        if self.peek() == b'.' {
            self.at += 1;
            let too_big = if self.bytes { "prec too big" } else { "precision too big" };
            out.precision = match self.amount(i32::MAX as usize).ok_or(too_big)? {
                Amount::None => Amount::Value(0),
                given => given,
            };
        }
        if matches!(self.peek(), b'h' | b'l' | b'L') {
            self.at += 1;
        }
        out.letter = self.format.get(self.at).ok_or("incomplete format")?;
        out.index = self.at;
        self.at += 1;
        Ok(())
    }

    /// A mapping key, in balanced parentheses.
    fn key(&mut self) -> Result<Range<usize>, &'static str> {
        let start = self.at + 1;
        let mut depth = 0usize;
        for (offset, point) in self.format.from(self.at).iter().enumerate() {
            depth += usize::from(point == u32::from(b'('));
            depth -= usize::from(point == u32::from(b')'));
            if depth == 0 {
                let end = self.at + offset;
                self.at = end + 1;
                return Ok(start..end);
            }
        }
        Err("incomplete format key")
    }

    /// `*`, digits or nothing; `None` if the number is above `limit`.
    fn amount(&mut self, limit: usize) -> Option<Amount> {
        if self.peek() == b'*' {
            self.at += 1;
            return Some(Amount::Star);
        }
        let mut value = None;
        while self.peek().is_ascii_digit() {
            let digit = usize::from(self.peek() - b'0');
            value = Some(value.unwrap_or(0usize).checked_mul(10)?.checked_add(digit)?);
            value.filter(|&v| v <= limit)?;
            self.at += 1;
        }
        Some(value.map_or(Amount::None, Amount::Value))
    }
}

/// What to raise for a conversion character that is none.
pub fn unsupported(letter: u32, index: usize, bytes: bool) -> TextError {
    let shown = match u8::try_from(letter) {
        Ok(byte @ 31..=126) => char::from(byte),
        // CPython passes a negative `char` on.
        _ if bytes && letter > 0x7F => {
            return TextError::overflow("character argument not in range(0x110000)");
        }
        Ok(byte) if bytes => char::from(byte),
        _ => '?',
    };
    TextError::value(format!(
        "unsupported format character '{shown}' (0x{letter:x}) at index {index}"
    ))
}

/// Flags, width and precision with the `*` filled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The flags.
    pub flags: Flags,
    /// The least width; 0 if not given.
    pub width: usize,
    /// The precision.
    pub precision: Option<usize>,
}

impl Layout {
    /// The layout of `conversion`; `width` and `precision` are the arguments for its `*`, already
    /// converted to a C `ssize_t` and `int`.
    pub fn new(conversion: &Conversion, width: Option<isize>, precision: Option<i32>) -> Layout {
        let mut flags = conversion.flags;
        let width = match (conversion.width, width) {
            (Amount::Value(width), _) => width,
            (Amount::Star, Some(width)) => {
                flags.left |= width < 0;
                width.unsigned_abs()
            }
            _ => 0,
        };
        let precision = match (conversion.precision, precision) {
            (Amount::Value(precision), _) => Some(precision),
            (Amount::Star, Some(precision)) => Some(usize::try_from(precision).unwrap_or(0)),
            _ => None,
        };
        Layout { flags, width, precision }
    }
}

/// Writes a text, cut to the precision and padded: the conversions `s`, `r`, `a`, `b`.
pub fn format_text(
    out: &mut StrBuilder,
    text: CodePoints<'_>,
    layout: &Layout,
) -> Result<(), TextError> {
    let text = text.slice(0, layout.precision.unwrap_or(usize::MAX));
    format_char(out, text, layout)
}

/// Writes the one character in `text`, padded (the precision does not matter): the conversion `c`.
pub fn format_char(
    out: &mut StrBuilder,
    text: CodePoints<'_>,
    layout: &Layout,
) -> Result<(), TextError> {
    let missing = layout.width.saturating_sub(text.len());
    reserve(out, 0, missing)?;
    let (left, right) = if layout.flags.left { (0, missing) } else { (missing, 0) };
    out.push_repeat(u32::from(b' '), left);
    out.push_points(text);
    out.push_repeat(u32::from(b' '), right);
    Ok(())
}

/// Writes `sign prefix digits`, padded.
fn push_number(
    out: &mut StrBuilder,
    negative: bool,
    prefix: &[u8],
    digits: &[u8],
    layout: &Layout,
) -> Result<(), TextError> {
    let flags = layout.flags;
    let sign: &[u8] = match flags {
        _ if negative => b"-",
        Flags { sign: true, .. } => b"+",
        Flags { blank: true, .. } => b" ",
        _ => b"",
    };
    let missing = layout.width.saturating_sub(sign.len() + prefix.len() + digits.len());
    reserve(out, 0, missing.saturating_add(digits.len()))?;
    let (before, inner, after) = match flags {
        Flags { left: true, .. } => (0, 0, missing),
        Flags { zero: true, .. } => (0, missing, 0),
        _ => (missing, 0, 0),
    };
    out.push_repeat(u32::from(b' '), before);
    out.push_latin1(sign);
    out.push_latin1(prefix);
    out.push_repeat(u32::from(b'0'), inner);
    out.push_latin1(digits);
    out.push_repeat(u32::from(b' '), after);
    Ok(())
}

/// Writes an integer: the conversions `d`, `i`, `u`, `o`, `x` and `X`. `max_digits` is
/// `sys.get_int_max_str_digits()`.
pub fn format_int(
    out: &mut StrBuilder,
    value: IntRef<'_>,
    letter: u8,
    layout: &Layout,
    max_digits: usize,
    poll: Poll<'_>,
) -> Result<(), TextError> {
    let precision = layout.precision.unwrap_or(0);
    if precision > i32::MAX as usize - 3 {
        return Err(TextError::overflow("precision too large"));
    }
    let (base, prefix): (u32, &[u8]) = match letter {
        b'o' => (8, b"0o"),
        b'x' => (16, b"0x"),
        b'X' => (16, b"0X"),
        _ => (10, b""),
    };
    let mut digits = Vec::with_capacity(24);
    if base == 10 {
        int_text::write_decimal(&mut digits, value, max_digits, poll).map_err(|e| match e {
            DecimalError::TooManyDigits => {
                TextError::value(int_text::print_limit_message(max_digits))
            }
            DecimalError::Interrupted => TextError::new(ErrorKind::Interrupted, ""),
        })?;
        if value.is_negative() {
            digits.remove(0);
        }
    } else {
        int_text::write_magnitude(&mut digits, value, base);
    }
    if letter == b'X' {
        digits.make_ascii_uppercase();
    }
    if digits.len() < precision {
        let missing = precision - digits.len();
        if digits.try_reserve(missing).is_err() {
            return Err(TextError::new(ErrorKind::Memory, ""));
        }
        digits.splice(0..0, std::iter::repeat_n(b'0', missing));
    }
    let prefix = if layout.flags.alternate { prefix } else { b"" };
    push_number(out, value.is_negative(), prefix, &digits, layout)
}

/// Writes a float: the conversions `e`, `E`, `f`, `F`, `g` and `G`.
pub fn format_float(
    out: &mut StrBuilder,
    x: f64,
    letter: u8,
    layout: &Layout,
) -> Result<(), TextError> {
    let precision = layout.precision.unwrap_or(6);
    let mut text = Vec::new();
    if precision > 1 << 16 && text.try_reserve(precision + 400).is_err() {
        return Err(TextError::new(ErrorKind::Memory, ""));
    }
    let flags = DoubleFlags { alternate: layout.flags.alternate, ..DoubleFlags::default() };
    write_double(&mut text, x, letter, precision, flags);
    match text.strip_prefix(b"-") {
        Some(digits) => push_number(out, true, b"", digits, layout),
        None => push_number(out, false, b"", &text, layout),
    }
}
