//! Substring search over units of any kind: a scan for short work, two-way matching for long.
//!
//! Two-way: the pattern is cut at a critical position; the right part is compared forwards, then
//! the left part backwards, and the period of the pattern says how far to move on. Searching
//! backwards is the same on mirrored sequences.

use crate::points::Unit;

/// A sequence that can be read by index, from either end.
trait Sequence {
    type Item: Copy + Ord;
    fn len(&self) -> usize;
    fn at(&self, index: usize) -> Self::Item;
}

struct Forward<'a, T>(&'a [T]);
struct Backward<'a, T>(&'a [T]);

impl<T: Unit> Sequence for Forward<'_, T> {
    type Item = T;

    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn at(&self, index: usize) -> T {
        self.0[index]
    }
}

impl<T: Unit> Sequence for Backward<'_, T> {
    type Item = T;

    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn at(&self, index: usize) -> T {
        self.0[self.0.len() - 1 - index]
    }
}

/// Below this many steps in the worst case, the plain scan is used.
const SCAN_WORK: usize = 1 << 14;

/// Index of the first occurrence of `pattern`.
pub(super) fn find<T: Unit>(text: &[T], pattern: &[T]) -> Option<usize> {
    let Some((&first, rest)) = pattern.split_first() else { return Some(0) };
    if pattern.len() > text.len() {
        return None;
    }
    if pattern.len().saturating_mul(text.len()) > SCAN_WORK && pattern.len() > 4 {
        return search(&Forward(text), &Forward(pattern));
    }
    let last_start = text.len() - pattern.len();
    let mut at = 0;
    while at <= last_start {
        at += text[at..=last_start].iter().position(|&u| u == first)?;
        if &text[at + 1..at + pattern.len()] == rest {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Index of the last occurrence of `pattern`.
pub(super) fn rfind<T: Unit>(text: &[T], pattern: &[T]) -> Option<usize> {
    let Some((&last, rest)) = pattern.split_last() else { return Some(text.len()) };
    if pattern.len() > text.len() {
        return None;
    }
    if pattern.len().saturating_mul(text.len()) > SCAN_WORK && pattern.len() > 4 {
        let at = search(&Backward(text), &Backward(pattern))?;
        return Some(text.len() - at - pattern.len());
    }
    let mut end = text.len();
    while end >= pattern.len() {
        let at = text[pattern.len() - 1..end].iter().rposition(|&u| u == last)?;
        if &text[at..at + rest.len()] == rest {
            return Some(at);
        }
        end = at + pattern.len() - 1;
    }
    None
}

/// The start of the maximal suffix of `pattern` (under the order, or its reverse) and its period.
fn maximal_suffix<S: Sequence>(pattern: &S, reversed: bool) -> (usize, usize) {
    let (mut start, mut candidate, mut offset, mut period) = (0, 1, 0, 1);
    while candidate + offset < pattern.len() {
        let (a, b) = (pattern.at(candidate + offset), pattern.at(start + offset));
        if a == b {
            if offset + 1 == period {
                candidate += period;
                offset = 0;
            } else {
                offset += 1;
            }
        } else if (a < b) != reversed {
            candidate += offset + 1;
            offset = 0;
            period = candidate - start;
        } else {
            start = candidate;
            candidate = start + 1;
            offset = 0;
            period = 1;
        }
    }
    (start, period)
}

/// The first match of a pattern that is not empty.
fn search<S: Sequence>(text: &S, pattern: &S) -> Option<usize> {
    let len = pattern.len();
    let (a, b) = (maximal_suffix(pattern, false), maximal_suffix(pattern, true));
    let (cut, period) = if a.0 >= b.0 { a } else { b };
    let periodic = cut + period <= len && (0..cut).all(|i| pattern.at(i) == pattern.at(i + period));
    // A pattern without that period can move on by a whole half after a match of its right part.
    let shift = if periodic { period } else { cut.max(len - cut) + 1 };
    // How much of the start is known to match after a shift by the period.
    let (mut at, mut known) = (0, 0);
    while at + len <= text.len() {
        let mut right = cut.max(known);
        while right < len && pattern.at(right) == text.at(at + right) {
            right += 1;
        }
        if right < len {
            at += right - cut + 1;
            known = 0;
            continue;
        }
        let mut left = cut;
        while left > known && pattern.at(left - 1) == text.at(at + left - 1) {
            left -= 1;
        }
        if left <= known {
            return Some(at);
        }
        at += shift;
        known = if periodic { len - period } else { 0 };
    }
    None
}
