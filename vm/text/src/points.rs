//! Strings as this crate sees them: [`CodePoints`] borrows, [`StrBuilder`] builds.
//!
//! A string holds code points 0..=0x10FFFF (surrogates allowed) at a fixed width of 1, 2 or 4
//! bytes each, as PEP 393 lays it out; one byte means Latin-1, not UTF-8. A `StrBuilder` starts
//! narrow and widens when it must, so what it holds is always at the smallest possible width
//! if only whole code points were pushed. `CodePoints` need not be at its smallest width: a
//! slice of a wide string may hold only ASCII.

use std::fmt;

/// One storage unit of a string: `u8`, `u16` or `u32`.
pub trait Unit: Copy + Eq + Ord + fmt::Debug + 'static {
    /// The code point.
    fn point(self) -> u32;

    /// The unit for `point`, or `None` where it does not fit.
    fn from_point(point: u32) -> Option<Self>;
}

impl Unit for u8 {
    #[inline]
    fn point(self) -> u32 {
        u32::from(self)
    }

    #[inline]
    fn from_point(point: u32) -> Option<u8> {
        u8::try_from(point).ok()
    }
}

impl Unit for u16 {
    #[inline]
    fn point(self) -> u32 {
        u32::from(self)
    }

    #[inline]
    fn from_point(point: u32) -> Option<u16> {
        u16::try_from(point).ok()
    }
}

impl Unit for u32 {
    #[inline]
    fn point(self) -> u32 {
        self
    }

    #[inline]
    fn from_point(point: u32) -> Option<u32> {
        Some(point)
    }
}

/// A borrowed string at one of the three widths.
#[derive(Clone, Copy, Debug)]
pub enum CodePoints<'a> {
    /// Latin-1: one byte is one code point.
    One(&'a [u8]),
    /// Code points up to U+FFFF, surrogates standing for themselves.
    Two(&'a [u16]),
    /// Any code points.
    Four(&'a [u32]),
}

/// Runs `$body` with `$units` bound to the slice inside `$points`, whatever its width.
#[macro_export]
macro_rules! with_units {
    ($points:expr, $units:ident => $body:expr) => {
        match $points {
            $crate::points::CodePoints::One($units) => $body,
            $crate::points::CodePoints::Two($units) => $body,
            $crate::points::CodePoints::Four($units) => $body,
        }
    };
}

impl<'a> CodePoints<'a> {
    /// The string whose text is `text`, if that is ASCII.
    pub fn from_ascii(text: &'a str) -> Option<CodePoints<'a>> {
        text.is_ascii().then_some(CodePoints::One(text.as_bytes()))
    }

    /// Number of code points.
    #[inline]
    pub fn len(self) -> usize {
        with_units!(self, s => s.len())
    }

    /// Whether there is no code point.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Bytes per code point: 1, 2 or 4.
    #[inline]
    pub fn width(self) -> usize {
        match self {
            CodePoints::One(_) => 1,
            CodePoints::Two(_) => 2,
            CodePoints::Four(_) => 4,
        }
    }

    /// The code point at `index`, or `None` past the end.
    #[inline]
    pub fn get(self, index: usize) -> Option<u32> {
        with_units!(self, s => s.get(index).map(|&u| u.point()))
    }

    /// The code points `start..end`; bounds past the end are cut to it.
    #[inline]
    pub fn slice(self, start: usize, end: usize) -> CodePoints<'a> {
        let end = end.min(self.len());
        let start = start.min(end);
        match self {
            CodePoints::One(s) => CodePoints::One(&s[start..end]),
            CodePoints::Two(s) => CodePoints::Two(&s[start..end]),
            CodePoints::Four(s) => CodePoints::Four(&s[start..end]),
        }
    }

    /// The code points from `start` on.
    #[inline]
    pub fn from(self, start: usize) -> CodePoints<'a> {
        self.slice(start, self.len())
    }

    /// The code points one after another.
    #[inline]
    pub fn iter(self) -> Iter<'a> {
        Iter { points: self, front: 0, back: self.len() }
    }

    /// The largest code point (0 for the empty string).
    pub fn max_point(self) -> u32 {
        // An OR keeps the width class and vectorises; the exact maximum is only needed by width.
        with_units!(self, s => s.iter().map(|&u| u.point()).max().unwrap_or(0))
    }

    /// Whether every code point is below 128.
    #[inline]
    pub fn is_ascii(self) -> bool {
        match self {
            CodePoints::One(s) => s.is_ascii(),
            CodePoints::Two(s) => s.iter().all(|&u| u < 0x80),
            CodePoints::Four(s) => s.iter().all(|&u| u < 0x80),
        }
    }

    /// The bytes, if all are ASCII and the string is narrow.
    pub fn as_ascii(self) -> Option<&'a [u8]> {
        match self {
            CodePoints::One(s) if s.is_ascii() => Some(s),
            _ => None,
        }
    }

    /// Index of the first occurrence of `point`.
    pub fn position(self, point: u32) -> Option<usize> {
        match self {
            CodePoints::One(s) => memchr::memchr(u8::try_from(point).ok()?, s),
            CodePoints::Two(s) => {
                let unit = u16::try_from(point).ok()?;
                s.iter().position(|&u| u == unit)
            }
            CodePoints::Four(s) => s.iter().position(|&u| u == point),
        }
    }

    /// Index of the first code point that passes `test`.
    #[inline]
    pub fn find(self, test: impl Fn(u32) -> bool) -> Option<usize> {
        with_units!(self, s => s.iter().position(|&u| test(u.point())))
    }

    /// Index of the last code point that passes `test`.
    #[inline]
    pub fn rfind(self, test: impl Fn(u32) -> bool) -> Option<usize> {
        with_units!(self, s => s.iter().rposition(|&u| test(u.point())))
    }

    /// Whether every code point passes `test`.
    #[inline]
    pub fn all(self, test: impl Fn(u32) -> bool) -> bool {
        with_units!(self, s => s.iter().all(|&u| test(u.point())))
    }

    /// Whether both hold the same code points; the widths may differ.
    pub fn same(self, other: CodePoints<'_>) -> bool {
        match (self, other) {
            (CodePoints::One(a), CodePoints::One(b)) => a == b,
            (CodePoints::Two(a), CodePoints::Two(b)) => a == b,
            (CodePoints::Four(a), CodePoints::Four(b)) => a == b,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }

    /// Whether the code points are those of `text`.
    pub fn is_text(self, text: &str) -> bool {
        self.iter().eq(text.chars().map(u32::from))
    }

    /// As a Rust string, with lone surrogates replaced by U+FFFD: for messages and tests.
    pub fn to_string_lossy(self) -> String {
        self.iter().map(|p| char::from_u32(p).unwrap_or('\u{FFFD}')).collect()
    }
}

/// Iterator over the code points of a [`CodePoints`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    points: CodePoints<'a>,
    front: usize,
    back: usize,
}

impl Iterator for Iter<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        let point = self.points.get(self.front);
        self.front += 1;
        point
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.back - self.front;
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<u32> {
        if self.front >= self.back {
            return None;
        }
        self.back -= 1;
        self.points.get(self.back)
    }
}

impl ExactSizeIterator for Iter<'_> {}

/// A string under construction, at the smallest width that holds it.
#[derive(Clone, Debug)]
pub enum StrBuilder {
    /// Every code point so far is below 256.
    Narrow(Vec<u8>),
    /// Every code point so far is below 65536, at least one above 255.
    Ucs2(Vec<u16>),
    /// At least one code point is above 65535.
    Ucs4(Vec<u32>),
}

impl Default for StrBuilder {
    fn default() -> StrBuilder {
        StrBuilder::new()
    }
}

impl From<&str> for StrBuilder {
    fn from(text: &str) -> StrBuilder {
        let mut out = StrBuilder::with_capacity(text.len());
        out.push_str(text);
        out
    }
}

impl FromIterator<u32> for StrBuilder {
    fn from_iter<I: IntoIterator<Item = u32>>(points: I) -> StrBuilder {
        let mut out = StrBuilder::new();
        out.extend(points);
        out
    }
}

impl Extend<u32> for StrBuilder {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, points: I) {
        for point in points {
            self.push(point);
        }
    }
}

impl PartialEq for StrBuilder {
    fn eq(&self, other: &StrBuilder) -> bool {
        self.as_points().same(other.as_points())
    }
}

impl Eq for StrBuilder {}

impl fmt::Display for StrBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_points().to_string_lossy())
    }
}

impl StrBuilder {
    /// The empty string.
    #[inline]
    pub fn new() -> StrBuilder {
        StrBuilder::Narrow(Vec::new())
    }

    /// The empty string with room for `capacity` narrow code points.
    #[inline]
    pub fn with_capacity(capacity: usize) -> StrBuilder {
        StrBuilder::Narrow(Vec::with_capacity(capacity))
    }

    /// A copy of `points`, at the smallest width.
    pub fn from_points(points: CodePoints<'_>) -> StrBuilder {
        let mut out = StrBuilder::new();
        out.push_points(points);
        out
    }

    /// What has been built so far.
    #[inline]
    pub fn as_points(&self) -> CodePoints<'_> {
        match self {
            StrBuilder::Narrow(s) => CodePoints::One(s),
            StrBuilder::Ucs2(s) => CodePoints::Two(s),
            StrBuilder::Ucs4(s) => CodePoints::Four(s),
        }
    }

    /// Number of code points.
    #[inline]
    pub fn len(&self) -> usize {
        self.as_points().len()
    }

    /// Whether there is no code point.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends one code point.
    #[inline]
    pub fn push(&mut self, point: u32) {
        match self {
            StrBuilder::Narrow(s) if point < 0x100 => s.push(point as u8),
            StrBuilder::Ucs2(s) if point < 0x1_0000 => s.push(point as u16),
            StrBuilder::Ucs4(s) => s.push(point),
            _ => {
                self.widen(point);
                self.push(point);
            }
        }
    }

    /// Appends `count` times the same code point.
    pub fn push_repeat(&mut self, point: u32, count: usize) {
        if count == 0 {
            return;
        }
        self.widen(point);
        match self {
            StrBuilder::Narrow(s) => s.resize(s.len() + count, point as u8),
            StrBuilder::Ucs2(s) => s.resize(s.len() + count, point as u16),
            StrBuilder::Ucs4(s) => s.resize(s.len() + count, point),
        }
    }

    /// Appends Latin-1 bytes (so also ASCII).
    #[inline]
    pub fn push_latin1(&mut self, bytes: &[u8]) {
        match self {
            StrBuilder::Narrow(s) => s.extend_from_slice(bytes),
            StrBuilder::Ucs2(s) => s.extend(bytes.iter().map(|&b| u16::from(b))),
            StrBuilder::Ucs4(s) => s.extend(bytes.iter().map(|&b| u32::from(b))),
        }
    }

    /// Appends the characters of a Rust string.
    pub fn push_str(&mut self, text: &str) {
        if text.is_ascii() {
            self.push_latin1(text.as_bytes());
        } else {
            self.extend(text.chars().map(u32::from));
        }
    }

    /// Appends a piece of another string.
    pub fn push_points(&mut self, points: CodePoints<'_>) {
        match (&mut *self, points) {
            (_, CodePoints::One(units)) => self.push_latin1(units),
            (StrBuilder::Ucs2(s), CodePoints::Two(units)) => s.extend_from_slice(units),
            (StrBuilder::Ucs4(s), CodePoints::Four(units)) => s.extend_from_slice(units),
            (StrBuilder::Ucs4(s), CodePoints::Two(units)) => {
                s.extend(units.iter().map(|&u| u32::from(u)));
            }
            _ => {
                self.widen(points.max_point());
                self.extend_fitting(points);
            }
        }
    }

    /// Appends `points`, all of which fit the present width.
    fn extend_fitting(&mut self, points: CodePoints<'_>) {
        match self {
            StrBuilder::Narrow(s) => s.extend(points.iter().map(|p| p as u8)),
            StrBuilder::Ucs2(s) => s.extend(points.iter().map(|p| p as u16)),
            StrBuilder::Ucs4(s) => s.extend(points.iter()),
        }
    }

    /// Makes the width large enough for `point`.
    fn widen(&mut self, point: u32) {
        let wider = match self {
            StrBuilder::Narrow(s) if point >= 0x1_0000 => {
                StrBuilder::Ucs4(s.iter().map(|&u| u32::from(u)).collect())
            }
            StrBuilder::Narrow(s) if point >= 0x100 => {
                StrBuilder::Ucs2(s.iter().map(|&u| u16::from(u)).collect())
            }
            StrBuilder::Ucs2(s) if point >= 0x1_0000 => {
                StrBuilder::Ucs4(s.iter().map(|&u| u32::from(u)).collect())
            }
            _ => return,
        };
        *self = wider;
    }

    /// Makes room for `count` more code points no larger than `point`; false if there is no
    /// memory.
    pub fn try_reserve(&mut self, point: u32, count: usize) -> bool {
        self.widen(point);
        let reserved = match self {
            StrBuilder::Narrow(s) => s.try_reserve(count),
            StrBuilder::Ucs2(s) => s.try_reserve(count),
            StrBuilder::Ucs4(s) => s.try_reserve(count),
        };
        reserved.is_ok()
    }

    /// Keeps only the first `len` code points. The width may then be larger than needed.
    pub fn truncate(&mut self, len: usize) {
        match self {
            StrBuilder::Narrow(s) => s.truncate(len),
            StrBuilder::Ucs2(s) => s.truncate(len),
            StrBuilder::Ucs4(s) => s.truncate(len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn point() -> impl Strategy<Value = u32> {
        prop_oneof![0u32..0x80, 0u32..0x100, 0u32..0x1_0000, 0u32..0x11_0000]
    }

    proptest! {
        #[test]
        fn builder_is_minimal_and_faithful(points in proptest::collection::vec(point(), 0..40)) {
            let built: StrBuilder = points.iter().copied().collect();
            prop_assert_eq!(built.as_points().iter().collect::<Vec<_>>(), points.clone());
            let width = match points.iter().max() {
                Some(&m) if m >= 0x1_0000 => 4,
                Some(&m) if m >= 0x100 => 2,
                _ => 1,
            };
            prop_assert_eq!(built.as_points().width(), width);
            let copy = StrBuilder::from_points(CodePoints::Four(&points));
            prop_assert_eq!(copy.as_points().width(), width);
            prop_assert!(copy == built);
            let mut twice = built.clone();
            twice.push_points(CodePoints::Four(&points));
            prop_assert_eq!(twice.len(), 2 * points.len());
        }
    }

    #[test]
    fn repeat_widens_only_when_something_is_pushed() {
        let mut s = StrBuilder::from("ab");
        s.push_repeat(0x1F600, 0);
        assert_eq!(s.as_points().width(), 1);
        s.push_repeat(0x1F600, 2);
        assert_eq!(s.to_string(), "ab\u{1F600}\u{1F600}");
    }
}
