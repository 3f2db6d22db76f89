//! Storage objects: arrays of references and blocks of bytes that other objects point to. Never seen by Python.

use pyrs_heap::{Header, Slot, Value};

/// `header.len` reference slots: storage of lists, dicts and sets, saved registers of generators.
#[repr(C)]
pub struct Array {
    pub header: Header,
}
crate::native_object!(Array, "array storage", slots = 0);

impl Array {
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.header.len() as usize
    }
    /// All slots. Valid while the array is kept (it lies on the native stack).
    #[inline(always)]
    pub fn slots(&self) -> &[Slot] {
        let p = (self as *const Array).wrapping_add(1).cast::<Slot>();
        // SAFETY: `header.len` slots follow the header.
        unsafe { core::slice::from_raw_parts(p, self.capacity()) }
    }
    #[inline(always)]
    pub fn get(&self, i: usize) -> Value {
        debug_assert!(i < self.capacity());
        // SAFETY: i < capacity, the caller's duty.
        unsafe { (*(self as *const Array).add(1).cast::<Slot>().add(i)).get() }
    }
    /// The slot at `i`, which must be below the capacity.
    #[inline(always)]
    pub fn slot(&self, i: usize) -> &Slot {
        debug_assert!(i < self.capacity());
        // SAFETY: i < capacity, the caller's duty.
        unsafe { &*(self as *const Array).add(1).cast::<Slot>().add(i) }
    }
}

/// `header.len` bytes: hash indexes, growing string buffers, bytearray storage.
#[repr(C)]
pub struct Raw {
    pub header: Header,
    /// Bytes in use (growing buffers).
    pub used: core::cell::Cell<usize>,
}
crate::native_object!(Raw, "raw storage", slots = 0);

/// Bytes before a raw object's data.
pub const RAW_DATA: usize = size_of::<Raw>();

impl Raw {
    #[inline(always)]
    pub fn data(&self) -> *mut u8 {
        (self as *const Raw).wrapping_add(1) as *mut u8
    }
    #[inline(always)]
    pub fn capacity(&self) -> usize {
        self.header.len() as usize
    }
    pub(crate) fn size(header: &Header) -> usize {
        RAW_DATA + header.len() as usize
    }
}
