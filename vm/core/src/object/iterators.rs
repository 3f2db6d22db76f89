//! Iterators every type may need: over a sequence by index, and over a callable until a sentinel.

use core::cell::Cell;
use pyrs_heap::{Header, Slot};

/// Iterates a sequence by index: list, tuple, str, bytes, range, or anything with `__getitem__`.
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
