//! `bytes` (data inline) and `bytearray` (data in a growing raw object).

use super::array::Raw;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, Slot};

/// `header.len` bytes follow the hash word. Hash 0: not computed.
#[repr(C)]
pub struct Bytes {
    pub header: Header,
    pub hash: Cell<usize>,
}
crate::native_object!(Bytes, "bytes", slots = 0, wraps = Bytes);

impl Bytes {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.header.len() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.header.len() == 0
    }
    /// The bytes; valid while the object is kept.
    #[inline(always)]
    pub fn data(&self) -> &[u8] {
        let p = (self as *const Bytes).wrapping_add(1).cast::<u8>();
        // SAFETY: `header.len` bytes follow the fixed part.
        unsafe { core::slice::from_raw_parts(p, self.len()) }
    }
    pub(crate) fn size(header: &Header) -> usize {
        size_of::<Bytes>() + header.len() as usize
    }
}

/// A mutable byte sequence: `[start, start + length)` of the storage (deleting at the front is cheap).
#[repr(C)]
pub struct ByteArray {
    pub header: Header,
    /// `Raw`, or UNBOUND while empty and never grown.
    pub storage: Slot,
    pub start: Cell<usize>,
    pub length: Cell<usize>,
    /// Buffer exports alive: while there are any, the size must not change.
    pub exports: Cell<usize>,
}
crate::native_object!(ByteArray, "bytearray", slots = 1);

impl ByteArray {
    #[inline(always)]
    pub fn raw(&self) -> Option<Gc<Raw>> {
        let v = self.storage.get();
        // SAFETY: storage is UNBOUND or a Raw.
        if v.is_unbound() { None } else { Some(unsafe { Gc::from_value(v) }) }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.length.get() == 0
    }
    /// The bytes; valid until anything may change the object.
    #[inline(always)]
    pub fn data(&self) -> &[Cell<u8>] {
        match self.raw() {
            // SAFETY: the range lies within the storage.
            Some(r) => unsafe {
                core::slice::from_raw_parts(r.data().add(self.start.get()).cast(), self.len())
            },
            None => &[],
        }
    }
}
