//! Iterators and dict views: over a sequence by index, over a callable until a sentinel, over a range, over the
//! rows of a dict or set. The shape tells which class an iterator is of; the layouts are shared.

use super::{Dict, Set, core_shape};
use crate::error::Res;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, ShapeId, Slot, Value};

/// Iterates a sequence by index: list, tuple, or anything with `__getitem__`.
/// `sequence` becomes UNBOUND when exhausted.
#[repr(C)]
pub struct SeqIter {
    pub header: Header,
    pub sequence: Slot,
    pub index: Cell<isize>,
    /// +1, or -1 for reversed iteration
    pub step: Cell<isize>,
}
crate::native_object!(SeqIter, "iterator", slots = 1);

/// `iter(callable, sentinel)`; `callable` becomes UNBOUND when exhausted.
#[repr(C)]
pub struct CallIter {
    pub header: Header,
    pub callable: Slot,
    pub sentinel: Slot,
}
crate::native_object!(CallIter, "callable_iterator", slots = 2);

/// `map(function, iterable, ...)`. The first two slots lie as those of [`Filter`].
#[repr(C)]
pub struct Map {
    pub header: Header,
    pub function: Slot,
    /// The iterator of the only iterable, or UNBOUND.
    pub iterator: Slot,
    /// Tuple of the iterators of several iterables, or UNBOUND.
    pub iterators: Slot,
    pub strict: Cell<bool>,
}
crate::native_object!(Map, "map", slots = 3);

/// `filter(function, iterable)`
#[repr(C)]
pub struct Filter {
    pub header: Header,
    /// callable, or None for truth
    pub function: Slot,
    pub iterator: Slot,
}
crate::native_object!(Filter, "filter", slots = 2);

/// Iterates a range whose numbers all fit 64 bits.
#[repr(C)]
pub struct RangeIter {
    pub header: Header,
    pub next: Cell<i64>,
    pub step: Cell<i64>,
    /// Items still to come.
    pub left: Cell<u64>,
}
crate::native_object!(RangeIter, "range_iterator", slots = 0);

/// Iterates a range of ints of any size.
#[repr(C)]
pub struct LongRangeIter {
    pub header: Header,
    pub next: Slot,
    pub step: Slot,
    /// Items still to come, an int.
    pub left: Slot,
}
crate::native_object!(LongRangeIter, "longrange_iterator", slots = 3);

/// `d.keys()`, `d.values()`, `d.items()`, by shape.
#[repr(C)]
pub struct DictView {
    pub header: Header,
    /// A dict or an instance of a subclass.
    pub dict: Slot,
}
crate::native_object!(DictView, "dict view", slots = 1);

/// Iterates the rows of a dict or set, by shape; `owner` becomes UNBOUND when exhausted.
#[repr(C)]
pub struct TableIter {
    pub header: Header,
    pub owner: Slot,
    /// Forward: the row to look at next. Reverse: one more than that.
    pub row: Cell<u32>,
    /// The number of items when the iterator was made, `u32::MAX` once a change was reported.
    pub used: Cell<u32>,
    /// Items still to come.
    pub left: Cell<u32>,
}
crate::native_object!(TableIter, "table iterator", slots = 1);

impl TableIter {
    /// Row by row from the last to the first.
    #[inline(always)]
    fn is_reverse(&self) -> bool {
        let shape = self.header.shape();
        shape == core_shape::DICT_REVERSE_KEY_ITER
            || shape == core_shape::DICT_REVERSE_VALUE_ITER
            || shape == core_shape::DICT_REVERSE_ITEM_ITER
    }
    /// What `self.used` is once a change of the container has been reported.
    pub const CHANGED: u32 = u32::MAX;
}

impl Vm {
    /// An iterator over a dict of one of the six `DICT_..._ITER` shapes. `d` is a dict or subclass instance.
    pub fn new_dict_iter(&self, shape: ShapeId, d: Gc<Dict>) -> Res {
        let header = Header::new(shape, 0);
        let used = d.len() as u32;
        let it = TableIter {
            header,
            owner: Slot::new(d.value()),
            row: Cell::new(0),
            used: Cell::new(used),
            left: Cell::new(used),
        };
        if it.is_reverse() {
            it.row.set(d.rows() as u32);
        }
        Ok(self.alloc(it)?.value())
    }
    pub fn new_set_iter(&self, s: Gc<Set>) -> Res {
        let used = s.len() as u32;
        let it = TableIter {
            header: Header::new(core_shape::SET_ITER, 0),
            owner: Slot::new(s.value()),
            row: Cell::new(0),
            used: Cell::new(used),
            left: Cell::new(used),
        };
        Ok(self.alloc(it)?.value())
    }
    /// The next row of a dict iterator: RuntimeError when the dict has changed size.
    #[inline]
    pub fn dict_iter_row(&self, it: Gc<TableIter>) -> Res<Option<(Gc<Dict>, usize)>> {
        let v = it.owner.get();
        if v.is_unbound() {
            return Ok(None);
        }
        // SAFETY: the owner of a dict iterator is an object with a dict's layout.
        let d: Gc<Dict> = unsafe { Gc::from_value(v) };
        if d.len() as u32 != it.used.get() {
            it.used.set(TableIter::CHANGED);
            return Err(self.runtime_error("dictionary changed size during iteration"));
        }
        let found = if it.is_reverse() {
            // A dict emptied or rebuilt meanwhile has fewer rows than are still to come: the end.
            if it.row.get() as usize > d.rows() {
                it.owner.set(&self.heap, it, Value::UNBOUND);
                return Ok(None);
            }
            d.table.previous_row::<{ super::dict::DICT_ROW }>(it.row.get() as usize)
        } else {
            d.next_row(it.row.get() as usize)
        };
        let Some(row) = found else {
            it.owner.set(&self.heap, it, Value::UNBOUND);
            return Ok(None);
        };
        if it.left.get() == 0 {
            if self.is_quick() {
                // The interpreter says so, and ends the iterator.
                return Err(self.refused());
            }
            it.owner.set(&self.heap, it, Value::UNBOUND);
            return Err(self.runtime_error("dictionary keys changed during iteration"));
        }
        it.row.set(if it.is_reverse() { row } else { row + 1 } as u32);
        it.left.set(it.left.get() - 1);
        Ok(Some((d, row)))
    }
    /// The next key, value or item of a dict iterator.
    #[inline]
    pub fn dict_iter_next(&self, it: Gc<TableIter>) -> Res<Option<Value>> {
        let Some((d, row)) = self.dict_iter_row(it)? else { return Ok(None) };
        let Some((k, v)) = d.row(row) else { return Ok(None) };
        Ok(Some(match it.header.shape() {
            core_shape::DICT_KEY_ITER | core_shape::DICT_REVERSE_KEY_ITER => k,
            core_shape::DICT_VALUE_ITER | core_shape::DICT_REVERSE_VALUE_ITER => v,
            _ => self.tuple(&[k, v])?,
        }))
    }
    /// The next item of a set iterator.
    #[inline]
    pub fn set_iter_next(&self, it: Gc<TableIter>) -> Res<Option<Value>> {
        let v = it.owner.get();
        if v.is_unbound() {
            return Ok(None);
        }
        // SAFETY: the owner of a set iterator is an object with a set's layout.
        let s: Gc<Set> = unsafe { Gc::from_value(v) };
        if s.len() as u32 != it.used.get() {
            it.used.set(TableIter::CHANGED);
            return Err(self.runtime_error("Set changed size during iteration"));
        }
        let Some(row) = s.next_row(it.row.get() as usize) else {
            it.owner.set(&self.heap, it, Value::UNBOUND);
            it.left.set(0);
            return Ok(None);
        };
        it.row.set(row as u32 + 1);
        it.left.set(it.left.get().saturating_sub(1));
        Ok(s.row(row))
    }
    /// The next number of a range iterator.
    #[inline]
    pub fn range_iter_next(&self, it: Gc<RangeIter>) -> Res<Option<Value>> {
        let left = it.left.get();
        if left == 0 {
            return Ok(None);
        }
        let n = it.next.get();
        it.left.set(left - 1);
        it.next.set(n.wrapping_add(it.step.get()));
        self.int(n).map(Some)
    }
}
