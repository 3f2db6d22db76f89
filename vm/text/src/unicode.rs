//! Character properties, numeric values and case mappings: what the methods of `str` ask.
//!
//! Unicode 16.0.0, as CPython 3.14 (`unicode_tables.rs` says where the data come from). Functions
//! on single code points come first, functions on whole strings in `unicode/strings.rs`.

mod names;
mod strings;
#[cfg(test)]
mod tests;

pub use names::{computed_character, computed_name};
pub use strings::{
    Lines, capitalize, casefold, is_alnum_str, is_alpha_str, is_decimal_str, is_digit_str,
    is_identifier, is_lower_str, is_numeric_str, is_printable_str, is_space_str, is_title_str,
    is_upper_str, lower, split_lines, split_words, swapcase, title, to_ascii_number,
    trim_whitespace, upper,
};

use crate::unicode_tables as tables;

/// The version of the character data, `unicodedata.unidata_version`.
pub const UNICODE_VERSION: &str = "16.0.0";

/// The property bits of `point` (0 above U+10FFFF).
#[inline]
fn record(point: u32) -> u16 {
    let Some(&page) = tables::PAGES.get((point >> tables::SHIFT) as usize) else { return 0 };
    let low = point & ((1 << tables::SHIFT) - 1);
    let index = (usize::from(page) << tables::SHIFT) | low as usize;
    tables::BLOCKS.get(index).map_or(0, |&r| tables::RECORDS[usize::from(r)])
}

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident = $bits:expr;)*) => {
        $($(#[$doc])*
        #[inline]
        pub fn $name(point: u32) -> bool {
            record(point) & ($bits) != 0
        })*
    };
}

predicates! {
    /// `str.isalpha`: general category L*.
    is_alpha = tables::ALPHA;
    /// `str.isdecimal`: a digit of a positional decimal system.
    is_decimal = tables::DECIMAL;
    /// `str.isdigit`: a decimal, or a digit in a special form such as a superscript.
    is_digit = tables::DIGIT;
    /// `str.isnumeric`: anything with a numeric value.
    is_numeric = tables::NUMERIC;
    /// `str.isalnum`: a letter or anything with a numeric value.
    is_alnum = tables::ALPHA | tables::DECIMAL | tables::DIGIT | tables::NUMERIC;
    /// Whether `str.splitlines` breaks here.
    is_linebreak = tables::LINEBREAK;
    /// Property Uppercase.
    is_upper = tables::UPPER;
    /// Property Lowercase.
    is_lower = tables::LOWER;
    /// Category Lt.
    is_title = tables::TITLE;
    /// `str.isprintable`: not of the categories C*, Z*, except the space.
    is_printable = tables::PRINTABLE;
    /// May start an identifier (XID_Start or an underscore).
    is_xid_start = tables::XID_START;
    /// May continue an identifier (XID_Continue).
    is_xid_continue = tables::XID_CONTINUE;
    /// Property Cased.
    is_cased = tables::CASED;
    /// Property Case_Ignorable.
    is_case_ignorable = tables::CASE_IGNORABLE;
}

/// `str.isspace`: bidirectional type WS, B or S, or category Zs.
#[inline]
pub fn is_space(point: u32) -> bool {
    if point < 0x80 {
        return matches!(point, 9..=13 | 28..=32);
    }
    record(point) & tables::SPACE != 0
}

/// The value 0..=9 of a decimal digit (`unicodedata.decimal`).
#[inline]
pub fn decimal_value(point: u32) -> Option<u8> {
    if point < 0x80 {
        let value = point.wrapping_sub(u32::from(b'0'));
        return (value < 10).then_some(value as u8);
    }
    if !is_decimal(point) {
        return None;
    }
    let after = tables::DECIMAL_ZEROS.partition_point(|&zero| zero <= point);
    let zero = tables::DECIMAL_ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(point - zero).ok().filter(|&v| v < 10)
}

/// The value of a digit in any form (`unicodedata.digit`).
pub fn digit_value(point: u32) -> Option<u8> {
    if !is_digit(point) {
        return None;
    }
    decimal_value(point).or_else(|| {
        let after = tables::DIGIT_RUNS.partition_point(|run| run.0 <= point);
        let &(first, last, value) = tables::DIGIT_RUNS.get(after.checked_sub(1)?)?;
        (point <= last).then_some(value + (point - first) as u8)
    })
}

/// The numeric value (`unicodedata.numeric`).
pub fn numeric_value(point: u32) -> Option<f64> {
    if !is_numeric(point) {
        return None;
    }
    if let Some(value) = digit_value(point) {
        return Some(f64::from(value));
    }
    if let Ok(at) = tables::NUMERIC_FRACTIONS.binary_search_by_key(&point, |f| f.0) {
        let (_, above, below) = tables::NUMERIC_FRACTIONS[at];
        return Some(f64::from(above) / f64::from(below));
    }
    let after = tables::NUMERIC_RUNS.partition_point(|run| run.0 <= point);
    let &(first, last, value) = tables::NUMERIC_RUNS.get(after.checked_sub(1)?)?;
    (point <= last).then_some((value + i64::from(point - first)) as f64)
}

/// The one to three code points that a case mapping gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapped {
    points: [u32; 3],
    len: u8,
}

impl Mapped {
    #[inline]
    fn one(point: u32) -> Mapped {
        Mapped { points: [point, 0, 0], len: 1 }
    }

    /// The code points.
    #[inline]
    pub fn as_slice(&self) -> &[u32] {
        &self.points[..usize::from(self.len)]
    }
}

type Run = (u32, u32, u32, i32);
type Full = (u32, [u32; 3]);

/// Looks `point` up in a table of runs and a list of longer mappings.
fn find(point: u32, runs: &[Run], full: &[Full]) -> Option<Mapped> {
    let after = runs.partition_point(|run| run.0 <= point);
    if let Some(&(first, last, stride, delta)) = after.checked_sub(1).and_then(|i| runs.get(i))
        && point <= last
        && (point - first).is_multiple_of(stride)
    {
        return Some(Mapped::one(point.wrapping_add_signed(delta)));
    }
    let at = full.binary_search_by_key(&point, |f| f.0).ok()?;
    let points = full[at].1;
    Some(Mapped { points, len: if points[2] == 0 { 2 } else { 3 } })
}

#[inline]
fn is_mapped(point: u32) -> bool {
    record(point) & tables::MAPPED != 0
}

/// The full lower-case mapping of one code point (without the rule of the final sigma).
#[inline]
pub fn to_lower(point: u32) -> Mapped {
    if !is_mapped(point) {
        return Mapped::one(point);
    }
    find(point, &tables::LOWER_MAP, &tables::LOWER_FULL).unwrap_or(Mapped::one(point))
}

/// The full upper-case mapping of one code point.
#[inline]
pub fn to_upper(point: u32) -> Mapped {
    if !is_mapped(point) {
        return Mapped::one(point);
    }
    find(point, &tables::UPPER_MAP, &tables::UPPER_FULL).unwrap_or(Mapped::one(point))
}

/// The full title-case mapping of one code point.
pub fn to_title(point: u32) -> Mapped {
    if !is_mapped(point) {
        return Mapped::one(point);
    }
    // The tables list only what differs from the upper-case mapping.
    find(point, &tables::TITLE_MAP, &tables::TITLE_FULL).unwrap_or_else(|| to_upper(point))
}

/// The full case folding of one code point.
pub fn to_folded(point: u32) -> Mapped {
    if !is_mapped(point) {
        return Mapped::one(point);
    }
    // The tables list only what differs from the lower-case mapping.
    find(point, &tables::FOLD_MAP, &tables::FOLD_FULL).unwrap_or_else(|| to_lower(point))
}
