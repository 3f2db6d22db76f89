//! Primitive operations of `bytearray`: making one, and replacing a part of it.
//!
//! The bytes are `[start, start + length)` of a `Raw` object: deleting at the front only moves `start`, appending
//! grows the storage by half. Whoever changes the size asks `check_resizable` first, done here.

use super::bytes::ByteArray;
use super::core_shape;
use crate::error::Res;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, Slot, Value};

impl Vm {
    /// An exact bytearray with a copy of `data`.
    pub fn new_bytearray(&self, data: &[u8]) -> Res<Gc<ByteArray>> {
        let b = self.alloc(ByteArray {
            header: Header::new(core_shape::BYTEARRAY, 0),
            storage: Slot::new(Value::UNBOUND),
            start: Cell::new(0),
            length: Cell::new(0),
            exports: Cell::new(0),
        })?;
        if !data.is_empty() {
            self.bytearray_splice(b, 0, 0, data)?;
        }
        Ok(b)
    }
    /// Replaces the bytes `from..to` (within the length) by `new`, which must not lie in `b` itself.
    pub fn bytearray_splice(
        &self,
        b: Gc<ByteArray>,
        from: usize,
        to: usize,
        new: &[u8],
    ) -> Res<()> {
        self.bytearray_gap(b, from, to, new.len())?;
        for (cell, &byte) in b.data()[from..].iter().zip(new) {
            cell.set(byte);
        }
        Ok(())
    }
    /// Replaces `from..to` by `n` bytes of unspecified content.
    pub fn bytearray_gap(&self, b: Gc<ByteArray>, from: usize, to: usize, n: usize) -> Res<()> {
        let len = b.len();
        debug_assert!(from <= to && to <= len);
        if n == to - from {
            return Ok(());
        }
        self.check_resizable(b.value(), b.exports.get())?;
        // The collection that `check_resizable` may run never changes the length.
        let kept = len - (to - from);
        let Some(new_len) = kept.checked_add(n).filter(|&l| l <= u32::MAX as usize) else {
            return Err(self.memory_error());
        };
        if new_len == 0 {
            b.storage.set(&self.heap, b, Value::UNBOUND);
            b.start.set(0);
            b.length.set(0);
            return Ok(());
        }
        let capacity = b.raw().map_or(0, |r| r.capacity());
        // Storage of which little is left in use is given back.
        let wasteful = capacity > 4096 && new_len < capacity / 4;
        if from == 0 && n < to && !wasteful {
            b.start.set(b.start.get() + (to - n));
            b.length.set(new_len);
            return Ok(());
        }
        let start = b.start.get();
        if let Some(raw) = b.raw()
            && start + new_len <= capacity
            && !wasteful
        {
            // SAFETY: source and destination lie within the storage.
            unsafe {
                let p = raw.data().add(start);
                core::ptr::copy(p.add(to), p.add(from + n), len - to);
            }
            b.length.set(new_len);
            return Ok(());
        }
        let room = if len == 0 { new_len } else { new_len + new_len / 2 + 8 };
        let raw = self.new_raw(room.min(u32::MAX as usize))?;
        if let Some(old) = b.raw() {
            // SAFETY: both parts lie within the old storage, and the new one has room for `new_len` bytes.
            unsafe {
                let p = old.data().add(start);
                core::ptr::copy_nonoverlapping(p, raw.data(), from);
                core::ptr::copy_nonoverlapping(p.add(to), raw.data().add(from + n), len - to);
            }
        }
        b.storage.set(&self.heap, b, raw.value());
        b.start.set(0);
        b.length.set(new_len);
        Ok(())
    }
    /// The bytes as a vector: for use across calls that may change the object.
    pub fn bytearray_to_vec(&self, b: Gc<ByteArray>) -> Vec<u8> {
        b.data().iter().map(Cell::get).collect()
    }
}
