//! Searching, counting, replacing and splitting, over strings of any width (and bytes).
//!
//! Text of one byte a code point is searched by `memchr`'s `memmem`; wider text by a scan for the
//! first unit, and for long patterns by the two-way algorithm of Crochemore and Perrin (1991), so
//! that no search takes more than linear time. The two operands may differ in width.

#[cfg(test)]
mod tests;
mod two_way;

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use memchr::memmem;

use crate::points::{CodePoints, StrBuilder, Unit};
use crate::with_units;

/// `pattern` in units of `T`, or `None` where some code point does not fit: then no text of this
/// width contains it.
fn as_units<T: Unit>(pattern: CodePoints<'_>) -> Option<Vec<T>> {
    with_units!(pattern, s => s.iter().map(|&u| T::from_point(u.point())).collect())
}

/// `pattern` as Latin-1 bytes, if it is.
fn as_bytes(pattern: CodePoints<'_>) -> Option<Cow<'_, [u8]>> {
    match pattern {
        CodePoints::One(bytes) => Some(Cow::Borrowed(bytes)),
        wide => as_units(wide).map(Cow::Owned),
    }
}

/// Index of the first occurrence of `pattern` in `text`.
pub fn find(text: CodePoints<'_>, pattern: CodePoints<'_>) -> Option<usize> {
    match text {
        _ if pattern.len() > text.len() => None,
        _ if pattern.len() == 1 => text.position(pattern.get(0)?),
        CodePoints::One(units) => memmem::find(units, &as_bytes(pattern)?),
        CodePoints::Two(units) => two_way::find(units, &as_units(pattern)?),
        CodePoints::Four(units) => two_way::find(units, &as_units(pattern)?),
    }
}

/// Index of the last occurrence of `pattern` in `text`.
pub fn rfind(text: CodePoints<'_>, pattern: CodePoints<'_>) -> Option<usize> {
    match text {
        _ if pattern.len() > text.len() => None,
        CodePoints::One(units) => memmem::rfind(units, &as_bytes(pattern)?),
        CodePoints::Two(units) => two_way::rfind(units, &as_units(pattern)?),
        CodePoints::Four(units) => two_way::rfind(units, &as_units(pattern)?),
    }
}

/// In shorter texts, preparing the pattern costs more than it saves.
const PREPARED_FROM: usize = 64;

/// A pattern prepared for many searches from left to right.
enum Finder<'p> {
    Bytes(Box<memmem::Finder<'p>>),
    /// The width of the text, or the length of the pattern, calls for the plain functions.
    Plain(CodePoints<'p>),
}

/// Non-overlapping occurrences from left to right; the pattern must not be empty.
pub struct Occurrences<'t, 'p> {
    text: CodePoints<'t>,
    finder: Finder<'p>,
    length: usize,
    at: usize,
}

/// The indices of the non-overlapping occurrences of `pattern`, from left to right. An empty
/// pattern is found nowhere: callers treat it on their own.
pub fn occurrences<'t, 'p>(text: CodePoints<'t>, pattern: CodePoints<'p>) -> Occurrences<'t, 'p> {
    let finder = match (text, pattern) {
        (CodePoints::One(units), CodePoints::One(bytes))
            if bytes.len() > 1 && units.len() > PREPARED_FROM =>
        {
            Finder::Bytes(Box::new(memmem::Finder::new(bytes)))
        }
        _ => Finder::Plain(pattern),
    };
    Occurrences { text, finder, length: pattern.len(), at: 0 }
}

impl Iterator for Occurrences<'_, '_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.length == 0 {
            return None;
        }
        let rest = self.text.from(self.at);
        let offset = match (&self.finder, rest) {
            (Finder::Bytes(finder), CodePoints::One(bytes)) => finder.find(bytes)?,
            (Finder::Plain(pattern), _) => find(rest, *pattern)?,
            (Finder::Bytes(_), _) => return None,
        };
        let index = self.at + offset;
        self.at = index + self.length;
        Some(index)
    }
}

/// `text.count(pattern)`: an empty pattern counts the gaps.
pub fn count(text: CodePoints<'_>, pattern: CodePoints<'_>) -> usize {
    if pattern.is_empty() {
        return text.len() + 1;
    }
    if let (CodePoints::One(units), 1, Some(Ok(byte))) =
        (text, pattern.len(), pattern.get(0).map(u8::try_from))
    {
        return memchr::memchr_iter(byte, units).count();
    }
    occurrences(text, pattern).count()
}

/// `text.replace(old, new, max)`; `None` if nothing is replaced, so that the caller can return
/// the same string. `max` is `usize::MAX` for "all".
pub fn replace(
    text: CodePoints<'_>,
    old: CodePoints<'_>,
    new: CodePoints<'_>,
    max: usize,
) -> Option<StrBuilder> {
    if max == 0 {
        return None;
    }
    if old.is_empty() {
        return interleave(text, new, max);
    }
    let mut found = occurrences(text, old).take(max).peekable();
    found.peek()?;
    let mut out = StrBuilder::with_capacity(text.len());
    let mut at = 0;
    for index in found {
        out.push_points(text.slice(at, index));
        out.push_points(new);
        at = index + old.len();
    }
    out.push_points(text.from(at));
    Some(out)
}

/// Puts `new` before each code point and at the end, `max` times at most.
fn interleave(text: CodePoints<'_>, new: CodePoints<'_>, max: usize) -> Option<StrBuilder> {
    if new.is_empty() {
        return None;
    }
    let mut out = StrBuilder::with_capacity(text.len());
    let inner = text.len().min(max);
    for index in 0..inner {
        out.push_points(new);
        out.push_points(text.slice(index, index + 1));
    }
    out.push_points(text.from(inner));
    if max > text.len() {
        out.push_points(new);
    }
    Some(out)
}

/// `text.split(separator, max)` for a separator that is not empty: the range of each piece.
/// `max` is `usize::MAX` for "all".
pub fn split<'a>(
    text: CodePoints<'a>,
    separator: CodePoints<'a>,
    max: usize,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut found = occurrences(text, separator).take(max);
    let mut at = Some(0);
    std::iter::from_fn(move || {
        let start = at?;
        match found.next() {
            Some(index) => {
                at = Some(index + separator.len());
                Some(start..index)
            }
            None => {
                at = None;
                Some(start..text.len())
            }
        }
    })
}

/// `text.rsplit(separator, max)` for a separator that is not empty: the range of each piece, from
/// the last to the first.
pub fn rsplit<'a>(
    text: CodePoints<'a>,
    separator: CodePoints<'a>,
    max: usize,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let mut end = Some(text.len());
    let mut left = max;
    std::iter::from_fn(move || {
        let stop = end?;
        let found = match left {
            0 => None,
            _ if separator.is_empty() => None,
            _ => rfind(text.slice(0, stop), separator),
        };
        end = found;
        left = left.saturating_sub(1);
        Some(found.map_or(0, |index| index + separator.len())..stop)
    })
}

/// Whether `text` starts with `prefix`.
pub fn starts_with(text: CodePoints<'_>, prefix: CodePoints<'_>) -> bool {
    prefix.len() <= text.len() && text.slice(0, prefix.len()).same(prefix)
}

/// Whether `text` ends with `suffix`.
pub fn ends_with(text: CodePoints<'_>, suffix: CodePoints<'_>) -> bool {
    suffix.len() <= text.len() && text.from(text.len() - suffix.len()).same(suffix)
}

/// Orders two strings by code points.
pub fn compare(a: CodePoints<'_>, b: CodePoints<'_>) -> Ordering {
    match (a, b) {
        (CodePoints::One(a), CodePoints::One(b)) => a.cmp(b),
        (CodePoints::Two(a), CodePoints::Two(b)) => a.cmp(b),
        (CodePoints::Four(a), CodePoints::Four(b)) => a.cmp(b),
        _ => a.iter().cmp(b.iter()),
    }
}
