//! The object header: 8 bytes on every CPU, in front of every heap object.
//!
//! ```text
//! meta:  bits 0-23 shape id | bits 24-31 flags        len: length, or small payload of the type
//! ```
//! The shape id names a row of the heap's shape table, which says how the collector reads the object (its
//! layout) and, for the VM, its class and attribute slots. Both words are `Cell`s: the collector and the
//! write barrier change them behind the compiler's back.

use core::cell::Cell;

/// Index into the heap's shape table.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
#[repr(transparent)]
pub struct ShapeId(pub u32);

impl ShapeId {
    pub const MAX: u32 = (1 << 24) - 1;
}

/// Header flags, as bits of the top byte of `meta`.
pub mod flag {
    /// The object is old and not in the remembered log: a store into it must take the barrier's slow path.
    pub const UNLOGGED: u32 = 1 << 24;
    /// The object must not move (identity taken, address used as a hash or in machine code, buffer exported).
    pub const PINNED: u32 = 1 << 25;
    /// Something must run when the object dies (`__del__`, or native resources to drop).
    pub const FINALISER: u32 = 1 << 26;
    /// A weak reference points to the object.
    pub const WEAKLY_REFERENCED: u32 = 1 << 27;
    /// Four bits whose meaning is the type's own.
    pub const OWN_0: u32 = 1 << 28;
    pub const OWN_1: u32 = 1 << 29;
    pub const OWN_2: u32 = 1 << 30;
    pub const OWN_3: u32 = 1 << 31;
}

/// First 8 bytes of every heap object.
#[repr(C, align(8))]
pub struct Header {
    meta: Cell<u32>,
    len: Cell<u32>,
}

impl Header {
    #[inline(always)]
    pub const fn new(shape: ShapeId, len: u32) -> Header {
        Header { meta: Cell::new(shape.0), len: Cell::new(len) }
    }
    #[inline(always)]
    pub const fn with_flags(shape: ShapeId, flags: u32, len: u32) -> Header {
        Header { meta: Cell::new(shape.0 | flags), len: Cell::new(len) }
    }
    #[inline(always)]
    pub fn shape(&self) -> ShapeId {
        ShapeId(self.meta.get() & ShapeId::MAX)
    }
    /// Changes the shape; the layout of the new shape must describe the object as it is.
    #[inline(always)]
    pub fn set_shape(&self, shape: ShapeId) {
        self.meta.set((self.meta.get() & !ShapeId::MAX) | shape.0);
    }
    #[inline(always)]
    pub fn len(&self) -> u32 {
        self.len.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }
    /// Changes the length word. For layouts sized by it, only the collector's owner of the memory may shrink it.
    #[inline(always)]
    pub fn set_len(&self, len: u32) {
        self.len.set(len);
    }
    #[inline(always)]
    pub fn has(&self, flags: u32) -> bool {
        self.meta.get() & flags != 0
    }
    #[inline(always)]
    pub fn set_flags(&self, flags: u32) {
        self.meta.set(self.meta.get() | flags);
    }
    #[inline(always)]
    pub fn clear_flags(&self, flags: u32) {
        self.meta.set(self.meta.get() & !flags);
    }
    #[inline(always)]
    pub fn meta(&self) -> u32 {
        self.meta.get()
    }
}
