//! Instances of Python classes: attribute slots behind a fixed part.

use pyrs_heap::{Gc, Header, Slot, Value};

/// A plain instance: attribute slots directly behind the header.
#[repr(C)]
pub struct Instance {
    pub header: Header,
}
crate::native_object!(Instance, "object", slots = 0);

/// An instance of a subclass of a variable-sized type: the exact base value, then attribute slots.
#[repr(C)]
pub struct Wrapped {
    pub header: Header,
    pub inner: Slot,
}
crate::native_object!(Wrapped, "wrapped", slots = 1);

/// The word of any object at `word` words from its start, as a slot.
///
/// # Safety
/// The object is that long, and the word is a reference slot.
#[inline(always)]
pub unsafe fn slot_at<'a>(object: Gc<Header>, word: usize) -> &'a Slot {
    // SAFETY: the caller's promise.
    unsafe { &*object.as_ptr().cast::<Slot>().add(word) }
}

/// Reads such a word.
///
/// # Safety
/// As `slot_at`.
#[inline(always)]
pub unsafe fn word_at(object: Gc<Header>, word: usize) -> Value {
    // SAFETY: the caller's promise.
    unsafe { slot_at(object, word) }.get()
}
