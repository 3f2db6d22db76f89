//! How the collector reads objects: one [`Layout`] per kind of object, one row per shape in the shape table.
//!
//! Nearly everything is `Slots`: `slots` reference words right after the header, raw words up to `size`
//! bytes, then `header.len` further reference words. Tuples, instances, list storage, dict entries, and
//! fixed structs with attribute slots appended all fit this one picture.

use crate::{Header, Slot, Value};
use core::ptr::NonNull;

/// Index of a registered layout.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct LayoutId(pub u8);

/// What the collector must know of a kind of object.
#[derive(Copy, Clone)]
pub enum Layout {
    /// `slots` reference words after the header, raw data up to `size` bytes (header included, multiple of
    /// the word size and of 8), then `header.len` reference words.
    Slots { size: usize, slots: usize },
    /// No references. `size` gives the total bytes (any number; the heap rounds up to 8).
    Bytes { size: fn(&Header) -> usize },
    /// As `Slots`, but the first reference word is weak: it becomes `UNBOUND` when its target dies, and the
    /// object is then handed to the VM through `Heap::next_cleared_weak`.
    Weak { size: usize, slots: usize },
    /// As `Slots`, plus native memory: `trace` visits references kept there, `drop` releases it when the object
    /// dies. Such objects carry `flag::FINALISER` from birth if there is a `drop`. A change of a reference
    /// in the native memory must be preceded by `Heap::barrier_all`.
    Owned {
        size: usize,
        slots: usize,
        trace: Option<fn(NonNull<Header>, &mut Visitor<'_>)>,
        drop: Option<fn(NonNull<Header>)>,
    },
    /// Anything else. `trace` visits every reference; `drop`, if any, releases native memory when the object
    /// dies: such objects are allocated with `flag::FINALISER` in their header (or given to
    /// `Heap::register_drop`), and `drop` touches nothing in the heap but the object itself.
    Custom {
        size: fn(&Header) -> usize,
        trace: fn(NonNull<Header>, &mut Visitor<'_>),
        drop: Option<fn(NonNull<Header>)>,
    },
}

/// Receives the reference words of an object or of a root; may replace a word by the object's new address.
pub struct Visitor<'a> {
    pub(crate) visit: &'a mut dyn FnMut(&Slot),
}

impl Visitor<'_> {
    #[inline]
    pub fn slot(&mut self, s: &Slot) {
        if s.get().is_object() {
            (self.visit)(s)
        }
    }
    /// A row of references, for example the registers of a frame.
    #[inline]
    pub fn slots(&mut self, slots: &[Slot]) {
        for s in slots {
            self.slot(s);
        }
    }
    /// A reference kept in a `Cell` outside `Slot` (VM structures).
    #[inline]
    pub fn cell(&mut self, c: &core::cell::Cell<Value>) {
        // SAFETY: `Slot` is a transparent wrapper of exactly this cell.
        let slot = unsafe { &*(c as *const core::cell::Cell<Value>).cast::<Slot>() };
        self.slot(slot)
    }
}
