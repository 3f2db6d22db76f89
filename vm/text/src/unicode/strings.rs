//! The methods of `str` that go by character properties.

use super::{
    is_alnum, is_alpha, is_case_ignorable, is_cased, is_decimal, is_digit, is_linebreak, is_lower,
    is_numeric, is_printable, is_space, is_title, is_upper, is_xid_continue, is_xid_start,
    to_folded, to_lower, to_title, to_upper,
};
use crate::points::{CodePoints, StrBuilder};
use std::ops::Range;

macro_rules! all_of {
    ($($(#[$doc:meta])* $name:ident = $test:path;)*) => {
        $($(#[$doc])*
        pub fn $name(text: CodePoints<'_>) -> bool {
            if text.is_empty() {
                return false;
            }
            text.all($test)
        })*
    };
}

all_of! {
    /// `str.isalpha()`
    is_alpha_str = is_alpha;
    /// `str.isalnum()`
    is_alnum_str = is_alnum;
    /// `str.isdecimal()`
    is_decimal_str = is_decimal;
    /// `str.isdigit()`
    is_digit_str = is_digit;
    /// `str.isnumeric()`
    is_numeric_str = is_numeric;
    /// `str.isspace()`
    is_space_str = is_space;
}

/// `str.isprintable()`: true for the empty string.
pub fn is_printable_str(text: CodePoints<'_>) -> bool {
    text.all(is_printable)
}

/// `str.isidentifier()`
pub fn is_identifier(text: CodePoints<'_>) -> bool {
    let mut points = text.iter();
    points.next().is_some_and(is_xid_start) && points.all(is_xid_continue)
}

/// `str.islower()`
pub fn is_lower_str(text: CodePoints<'_>) -> bool {
    let mut any = false;
    for point in text.iter() {
        if is_upper(point) || is_title(point) {
            return false;
        }
        any |= is_lower(point);
    }
    any
}

/// `str.isupper()`
pub fn is_upper_str(text: CodePoints<'_>) -> bool {
    let mut any = false;
    for point in text.iter() {
        if is_lower(point) || is_title(point) {
            return false;
        }
        any |= is_upper(point);
    }
    any
}

/// `str.istitle()`
pub fn is_title_str(text: CodePoints<'_>) -> bool {
    let (mut any, mut after_cased) = (false, false);
    for point in text.iter() {
        if is_upper(point) || is_title(point) {
            if after_cased {
                return false;
            }
            (any, after_cased) = (true, true);
        } else if is_lower(point) {
            if !after_cased {
                return false;
            }
            any = true;
        } else {
            after_cased = false;
        }
    }
    any
}

const CAPITAL_SIGMA: u32 = 0x3A3;
const SMALL_SIGMA: u32 = 0x3C3;
const FINAL_SIGMA: u32 = 0x3C2;

/// The lower case of a capital sigma at `index`: final if a cased letter comes before and none
/// after, ignorable characters aside (SpecialCasing.txt, Final_Sigma).
fn lower_sigma(text: CodePoints<'_>, index: usize) -> u32 {
    let cased = |p: Option<u32>| p.is_some_and(is_cased);
    let before = text.slice(0, index).iter().rev().find(|&p| !is_case_ignorable(p));
    let after = text.from(index + 1).iter().find(|&p| !is_case_ignorable(p));
    if cased(before) && !cased(after) { FINAL_SIGMA } else { SMALL_SIGMA }
}

/// Appends the lower case of the code point `point`, which is at `index` of `text`.
fn push_lower(out: &mut StrBuilder, text: CodePoints<'_>, index: usize, point: u32) {
    if point == CAPITAL_SIGMA {
        out.push(lower_sigma(text, index));
    } else {
        out.extend(to_lower(point).as_slice().iter().copied());
    }
}

/// Maps ASCII text byte by byte, other text by `other`.
fn map_case(
    text: CodePoints<'_>,
    ascii: impl Fn(u8) -> u8,
    other: impl Fn(&mut StrBuilder, usize, u32),
) -> StrBuilder {
    if let Some(bytes) = text.as_ascii() {
        return StrBuilder::Narrow(bytes.iter().map(|&b| ascii(b)).collect());
    }
    let mut out = StrBuilder::with_capacity(text.len());
    for (index, point) in text.iter().enumerate() {
        other(&mut out, index, point);
    }
    out
}

/// `str.lower()`
pub fn lower(text: CodePoints<'_>) -> StrBuilder {
    map_case(
        text,
        |b| b.to_ascii_lowercase(),
        |out, index, point| push_lower(out, text, index, point),
    )
}

/// `str.upper()`
pub fn upper(text: CodePoints<'_>) -> StrBuilder {
    map_case(
        text,
        |b| b.to_ascii_uppercase(),
        |out, _, point| out.extend(to_upper(point).as_slice().iter().copied()),
    )
}

/// `str.casefold()`
pub fn casefold(text: CodePoints<'_>) -> StrBuilder {
    map_case(
        text,
        |b| b.to_ascii_lowercase(),
        |out, _, point| out.extend(to_folded(point).as_slice().iter().copied()),
    )
}

/// `str.swapcase()`
pub fn swapcase(text: CodePoints<'_>) -> StrBuilder {
    let swap = |b: u8| if b.is_ascii_alphabetic() { b ^ 0x20 } else { b };
    map_case(text, swap, |out, index, point| {
        if is_upper(point) {
            push_lower(out, text, index, point);
        } else if is_lower(point) {
            out.extend(to_upper(point).as_slice().iter().copied());
        } else {
            out.push(point);
        }
    })
}

/// `str.title()`
pub fn title(text: CodePoints<'_>) -> StrBuilder {
    let mut out = StrBuilder::with_capacity(text.len());
    let mut after_cased = false;
    for (index, point) in text.iter().enumerate() {
        if after_cased {
            push_lower(&mut out, text, index, point);
        } else {
            out.extend(to_title(point).as_slice().iter().copied());
        }
        after_cased = is_cased(point);
    }
    out
}

/// `str.capitalize()`
pub fn capitalize(text: CodePoints<'_>) -> StrBuilder {
    let mut out = StrBuilder::with_capacity(text.len());
    for (index, point) in text.iter().enumerate() {
        if index == 0 {
            out.extend(to_title(point).as_slice().iter().copied());
        } else {
            push_lower(&mut out, text, index, point);
        }
    }
    out
}

/// Prepares a string for `int()`, `float()` and `complex()`: digits of any script become ASCII
/// digits, any whitespace a space. Whatever else is not ASCII becomes a `?`, which no number has.
pub fn to_ascii_number(text: CodePoints<'_>) -> Vec<u8> {
    let ascii = |point: u32| match point {
        0..=0x7E => point as u8,
        _ if is_space(point) => b' ',
        _ => super::decimal_value(point).map_or(b'?', |d| b'0' + d),
    };
    text.iter().map(ascii).collect()
}

/// The lines of a string, as ranges; see [`split_lines`].
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    text: CodePoints<'a>,
    at: usize,
    keep_ends: bool,
}

/// `str.splitlines(keepends)`: the range of each line.
pub fn split_lines(text: CodePoints<'_>, keep_ends: bool) -> Lines<'_> {
    Lines { text, at: 0, keep_ends }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let rest = self.text.from(start);
        if rest.is_empty() {
            return None;
        }
        let Some(length) = rest.find(is_linebreak) else {
            self.at = self.text.len();
            return Some(start..self.at);
        };
        let end = start + length;
        let crlf = self.text.get(end) == Some(0x0D) && self.text.get(end + 1) == Some(0x0A);
        self.at = end + if crlf { 2 } else { 1 };
        Some(start..if self.keep_ends { self.at } else { end })
    }
}

/// `str.split()` without arguments: the ranges of the words between runs of whitespace.
pub fn split_words(text: CodePoints<'_>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text.from(at).find(|p| !is_space(p))?;
        let end = text.from(start).find(is_space).map_or(text.len(), |n| start + n);
        at = end;
        Some(start..end)
    })
}

/// The range that is left when whitespace is cut from the start and/or the end, as `str.strip`,
/// `lstrip` and `rstrip` do.
pub fn trim_whitespace(text: CodePoints<'_>, at_start: bool, at_end: bool) -> Range<usize> {
    let len = text.len();
    let kept = |p: u32| !is_space(p);
    let start = if at_start { text.find(kept).unwrap_or(len) } else { 0 };
    let end = match text.from(start).rfind(kept) {
        _ if !at_end => len,
        Some(last) => start + last + 1,
        None => start,
    };
    start..end
}
