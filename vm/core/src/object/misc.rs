//! Small objects: cells, modules, ranges, slices, tracebacks, weak references.

use core::cell::Cell;
use pyrs_heap::{Header, Slot};

/// A variable shared between a function and its closures; UNBOUND when unassigned.
#[repr(C)]
pub struct CellObject {
    pub header: Header,
    pub content: Slot,
}
crate::native_object!(CellObject, "cell", slots = 1);

#[repr(C)]
pub struct Module {
    pub header: Header,
    /// dict
    pub dict: Slot,
}
crate::native_object!(Module, "module", slots = 1);

/// `range(start, stop, step)`: ints of any size, `length` precomputed.
#[repr(C)]
pub struct Range {
    pub header: Header,
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
    /// number of items, an int
    pub length: Slot,
}
crate::native_object!(Range, "range", slots = 4);

#[repr(C)]
pub struct Slice {
    pub header: Header,
    pub start: Slot,
    pub stop: Slot,
    pub step: Slot,
}
crate::native_object!(Slice, "slice", slots = 3);

/// One entry of a traceback.
#[repr(C)]
pub struct Traceback {
    pub header: Header,
    /// the next inner entry or None
    pub next: Slot,
    /// `Function` that was running
    pub function: Slot,
    /// frame object, once asked for, else UNBOUND
    pub frame: Slot,
    /// word index of the faulting instruction
    pub word: Cell<u32>,
    /// line, or 0 to compute it from `word`
    pub line: Cell<u32>,
}
crate::native_object!(Traceback, "traceback", slots = 3);

/// `weakref.ref` (and proxies, by class). The target slot is weak: UNBOUND once the target is dead.
#[repr(C)]
pub struct WeakRef {
    pub header: Header,
    pub target: Slot,
    /// callable or None
    pub callback: Slot,
    /// hash of the target once asked for, 0 before
    pub hash: Cell<isize>,
}
crate::native_object!(WeakRef, "weakref.ReferenceType", slots = 2);

/// `super(owner, receiver)`.
#[repr(C)]
pub struct Super {
    pub header: Header,
    /// class after which the search starts
    pub owner: Slot,
    /// instance or class, or UNBOUND for an unbound super object
    pub receiver: Slot,
    /// the class whose MRO is searched
    pub receiver_class: Slot,
}
crate::native_object!(Super, "super", slots = 3);
