//! `tuple` objects: `header.len` items inline.

use core::cell::Cell;
use pyrs_heap::{Header, Slot, Value};

#[repr(C, align(8))]
pub struct Tuple {
    pub header: Header,
    /// 0: not known yet.
    pub hash: Cell<usize>,
}
crate::native_object!(Tuple, "tuple", slots = 0, wraps = Tuple);

impl Tuple {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.header.len() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.header.len() == 0
    }
    /// The items. Valid while the tuple is kept (it lies on the native stack): tuples never change.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        let p = (self as *const Tuple).wrapping_add(1).cast::<Value>();
        // SAFETY: `header.len` words follow the header; `Slot` is a transparent cell of `Value`, and the words of
        // a finished tuple only change when the collector moves what they point to, never under a reader.
        unsafe { core::slice::from_raw_parts(p, self.len()) }
    }
    /// The items with a lifetime of the caller's choice: it must keep the tuple on its stack meanwhile.
    pub(crate) fn as_static_items(&self) -> &'static [Value] {
        let items = self.items();
        // SAFETY: the memory stays valid and unmoved while the tuple is reachable from the native stack.
        unsafe { core::slice::from_raw_parts(items.as_ptr(), items.len()) }
    }
    #[inline(always)]
    pub fn get(&self, i: usize) -> Value {
        self.slot(i).get()
    }
    /// The slot at `i`, which must be below the length.
    #[inline(always)]
    pub fn slot(&self, i: usize) -> &Slot {
        debug_assert!(i < self.len());
        // SAFETY: i < len, the caller's duty.
        unsafe { &*(self as *const Tuple).add(1).cast::<Slot>().add(i) }
    }
}
