//! Slices in numbers: the three parts of a slice object, and what they select from a sequence of known length.
//!
//! Turning the parts into numbers may run `__index__`, which may change the very sequence that is sliced; so a
//! slice of something mutable is first unpacked, then resolved against the length it has by then.

use super::{Bytes, List, Slice, Tuple, core_shape};
use crate::error::Res;
use crate::names::Special;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

/// A slice resolved against a length: `start`, `step`, and how many items it selects.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Indices {
    pub start: isize,
    pub stop: isize,
    pub step: isize,
    pub count: usize,
}

impl Indices {
    /// The positions selected, in order.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        (0..self.count).map(move |i| (self.start + i as isize * self.step) as usize)
    }
    /// The same positions in ascending order.
    pub fn ascending(self) -> Indices {
        if self.step > 0 || self.count == 0 {
            return Indices { step: self.step.max(1), ..self };
        }
        let lowest = self.start + (self.count as isize - 1) * self.step;
        Indices { start: lowest, stop: self.start + 1, step: -self.step, count: self.count }
    }
}

/// `start:stop:step` as numbers clamped to `isize`; `None` where the slice says None.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct SliceParts {
    pub start: Option<isize>,
    pub stop: Option<isize>,
    /// Never 0, never `isize::MIN`.
    pub step: isize,
}

impl SliceParts {
    /// What is selected from `len` items.
    #[inline(always)]
    pub fn resolve(self, len: usize) -> Indices {
        let (len, step) = (len as isize, self.step);
        let (low, high) = if step > 0 { (0, len) } else { (-1, len - 1) };
        let (first, last) = if step > 0 { (low, high) } else { (high, low) };
        let bound = |n: isize| (if n < 0 { n.saturating_add(len) } else { n }).clamp(low, high);
        let start = self.start.map_or(first, bound);
        let stop = self.stop.map_or(last, bound);
        let count = if step == 1 {
            // The most frequent step needs no division.
            (stop - start).max(0) as usize
        } else if step == -1 {
            (start - stop).max(0) as usize
        } else if step > 0 && start < stop {
            ((stop - start - 1) / step + 1) as usize
        } else if step < 0 && stop < start {
            ((start - stop - 1) / -step + 1) as usize
        } else {
            0
        };
        Indices { start, stop, step, count }
    }
}

/// The parts of `start:stop` when both are small ints or None.
#[inline(always)]
fn plain_parts(start: Value, stop: Value) -> Option<SliceParts> {
    let bound = |v: Value| if v.is_none() { Some(None) } else { v.as_int().map(Some) };
    Some(SliceParts { start: bound(start)?, stop: bound(stop)?, step: 1 })
}

impl Vm {
    fn slice_part(&self, v: Value) -> Res<Option<isize>> {
        if v.is_none() {
            return Ok(None);
        }
        if self.as_int(v).is_none() && self.special(self.class_of(v), Special::Index).is_none() {
            return Err(self
                .type_error("slice indices must be integers or None or have an __index__ method"));
        }
        self.index_clamped(v).map(Some)
    }
    /// The parts of a slice as numbers; may run `__index__`.
    pub fn slice_parts(&self, start: Value, stop: Value, step: Value) -> Res<SliceParts> {
        let step = self.slice_part(step)?.unwrap_or(1).max(-isize::MAX);
        if step == 0 {
            return Err(self.value_error("slice step cannot be zero"));
        }
        let start = self.slice_part(start)?;
        Ok(SliceParts { start, stop: self.slice_part(stop)?, step })
    }
    /// `v[start:stop]` of an exact list, tuple or string whose bounds are small ints or None, without a slice object.
    pub(crate) fn get_slice_exact(&self, v: Value, start: Value, stop: Value) -> Option<Res> {
        let (parts, o) = (plain_parts(start, stop)?, self.object(v)?);
        match o.shape() {
            core_shape::LIST => {
                let l = self.as_list(v)?;
                let ix = parts.resolve(l.len());
                let from = ix.start as usize;
                Some(self.list(&l.items()[from..from + ix.count]))
            }
            core_shape::TUPLE => {
                let t = self.as_tuple(v)?;
                let ix = parts.resolve(t.len());
                if ix.count == t.len() {
                    return Some(Ok(v));
                }
                let from = ix.start as usize;
                Some(self.tuple(&t.items()[from..from + ix.count]))
            }
            core_shape::STR | core_shape::STR_BUFFERED => {
                let s = self.exact_str(v)?;
                let ix = parts.resolve(s.len());
                let from = ix.start as usize;
                Some(self.str_slice(s, from, from + ix.count).map(Gc::value))
            }
            _ => None,
        }
    }
    /// `v[start:stop:step]` of an exact list, tuple, string or bytes object whose parts are small ints or None, without
    /// a slice object.
    pub(crate) fn get_parts_exact(
        &self,
        v: Value,
        start: Value,
        stop: Value,
        step: Value,
    ) -> Option<Res> {
        let by = if step.is_none() { 1 } else { step.as_int()? };
        if by == 1 {
            if let Some(r) = self.get_slice_exact(v, start, stop) {
                return Some(r);
            }
            let b = self.exact::<Bytes>(v, core_shape::BYTES)?;
            let ix = plain_parts(start, stop)?.resolve(b.len());
            if ix.count == b.len() {
                return Some(Ok(v));
            }
            let from = ix.start as usize;
            return Some(self.bytes(&b.data()[from..from + ix.count]));
        }
        let parts = SliceParts { step: by, ..plain_parts(start, stop)? };
        if by == 0 || by == isize::MIN {
            return None;
        }
        match self.object(v)?.shape() {
            core_shape::LIST => {
                let l = self.as_list(v)?;
                let ix = parts.resolve(l.len());
                Some(self.list_of_indices(l, ix).map(Gc::value))
            }
            core_shape::TUPLE => {
                let t = self.as_tuple(v)?;
                let items: Vec<Value> =
                    parts.resolve(t.len()).positions().map(|i| t.get(i)).collect();
                Some(self.tuple(&items))
            }
            _ => None,
        }
    }
    /// A new list of the selected items.
    pub fn list_of_indices(&self, l: Gc<List>, ix: Indices) -> Res<Gc<List>> {
        let new = self.new_list_with_capacity(ix.count)?;
        if let (Some(to), Some(_)) = (new.array(), l.array()) {
            let (slots, items) = (to.slots(), l.items());
            if ix.step == -1 && ix.count > 0 {
                let last = ix.start as usize;
                let from = &items[last + 1 - ix.count..=last];
                for (slot, &v) in slots.iter().zip(from.iter().rev()) {
                    slot.set_unbarriered(v);
                }
            } else {
                for (slot, i) in slots.iter().zip(ix.positions()) {
                    slot.set_unbarriered(items[i]);
                }
            }
            self.written_in_bulk(to);
        }
        new.length.set(ix.count);
        Ok(new)
    }
    /// `v[start:stop] = items` for exact lists, `items` an exact list (another one) or tuple.
    pub(crate) fn set_slice_exact(
        &self,
        v: Value,
        start: Value,
        stop: Value,
        items: Value,
    ) -> Option<Res<()>> {
        let parts = plain_parts(start, stop)?;
        let l = self.exact::<List>(v, core_shape::LIST)?;
        let ix = parts.resolve(l.len());
        let (from, to) = (ix.start as usize, ix.start as usize + ix.count);
        if let Some(t) = self.exact::<Tuple>(items, core_shape::TUPLE) {
            return Some(self.list_splice(l, from, to, t.items()));
        }
        let other = self.exact::<List>(items, core_shape::LIST)?;
        if other == l {
            return None;
        }
        let storage = other.array();
        let r = self.list_splice(l, from, to, other.items());
        // The storage read from stays on the native stack, hence in its place, until here.
        core::hint::black_box(storage);
        Some(r)
    }
    /// As `slice_parts`, of a slice object.
    pub fn unpack_slice(&self, s: Gc<Slice>) -> Res<SliceParts> {
        self.slice_parts(s.start.get(), s.stop.get(), s.step.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the definition: walk from the clamped start.
    fn expected(p: SliceParts, len: isize) -> Vec<isize> {
        let all: Vec<isize> = (0..len).collect();
        let fix = |n: isize| if n < 0 { n + len } else { n };
        let mut out = Vec::new();
        let mut i = match (p.start, p.step > 0) {
            (Some(s), true) => fix(s).max(0),
            (Some(s), false) => fix(s).min(len - 1),
            (None, true) => 0,
            (None, false) => len - 1,
        };
        let stop = p.stop.map(fix);
        while i >= 0 && i < len && stop.is_none_or(|e| if p.step > 0 { i < e } else { i > e }) {
            out.push(all[i as usize]);
            i += p.step;
        }
        out
    }

    #[test]
    fn slices_select_what_the_definition_says() {
        let bounds = || [None].into_iter().chain((-7..8).map(Some));
        for len in 0..6 {
            for start in bounds() {
                for stop in bounds() {
                    for step in [-4, -3, -2, -1, 1, 2, 3, 7] {
                        let p = SliceParts { start, stop, step };
                        let got = p.resolve(len);
                        let positions: Vec<isize> = got.positions().map(|i| i as isize).collect();
                        assert_eq!(positions, expected(p, len as isize), "{p:?} {len}");
                        let mut sorted = positions.clone();
                        sorted.sort_unstable();
                        let up: Vec<isize> =
                            got.ascending().positions().map(|i| i as isize).collect();
                        assert_eq!(up, sorted);
                    }
                }
            }
        }
        let p = SliceParts { start: Some(isize::MIN), stop: Some(isize::MAX), step: -isize::MAX };
        assert_eq!(p.resolve(3).count, 0);
        let p = SliceParts { start: None, stop: None, step: isize::MAX };
        assert_eq!(p.resolve(3).count, 1);
    }
}
