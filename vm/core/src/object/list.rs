//! `list` objects: a length and a storage array with room to spare.

use super::Array;
use crate::error::Res;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, Slot, Value};

#[repr(C)]
pub struct List {
    pub header: Header,
    /// An `Array`, or UNBOUND while empty and never grown.
    pub storage: Slot,
    pub length: Cell<usize>,
}
crate::native_object!(List, "list", slots = 1);

impl List {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length.get()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.length.get() == 0
    }
    #[inline(always)]
    pub fn array(&self) -> Option<Gc<Array>> {
        let v = self.storage.get();
        // SAFETY: storage is UNBOUND or an Array.
        if v.is_unbound() { None } else { Some(unsafe { Gc::from_value(v) }) }
    }
    /// The item at `i` if `i` is below the length. Lists change under one's feet: ask again after any call that
    /// may run Python.
    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        if i < self.len() { self.array().map(|a| a.get(i)) } else { None }
    }
    /// The items; valid until anything may change the list.
    #[inline(always)]
    pub fn items(&self) -> &[Value] {
        match self.array() {
            // SAFETY: `length` words of the storage are in use; see `Tuple::items`.
            Some(a) => unsafe {
                core::slice::from_raw_parts(a.slots().as_ptr().cast::<Value>(), self.len())
            },
            None => &[],
        }
    }
    /// Replaces the item at `i`, which must be below the length.
    #[inline(always)]
    pub fn set(&self, vm: &Vm, i: usize, v: Value) {
        debug_assert!(i < self.len());
        if let Some(a) = self.array() {
            a.slot(i).set(&vm.heap, a, v);
        }
    }
}

impl Vm {
    pub fn new_list(&self) -> Res<Gc<List>> {
        self.alloc(List {
            header: Header::new(super::core_shape::LIST, 0),
            storage: Slot::new(Value::UNBOUND),
            length: Cell::new(0),
        })
    }
    /// An empty list with room for `capacity` items.
    pub fn new_list_with_capacity(&self, capacity: usize) -> Res<Gc<List>> {
        let list = self.new_list()?;
        if capacity > 0 {
            let a = self.new_array(capacity)?;
            list.storage.set(&self.heap, list, a.value());
        }
        Ok(list)
    }
    pub fn list_from(&self, items: &[Value]) -> Res<Gc<List>> {
        let list = self.new_list_with_capacity(items.len())?;
        if let Some(a) = list.array() {
            // Plain words: the storage is new, and long enough.
            let (to, from) = (a.slots().as_ptr().cast_mut().cast::<Value>(), items.as_ptr());
            // SAFETY: the storage has room for the items, and is another object than what they are read from.
            unsafe { core::ptr::copy_nonoverlapping(from, to, items.len()) };
            self.written_in_bulk(a);
        }
        list.length.set(items.len());
        Ok(list)
    }
    #[inline]
    pub fn list_append(&self, list: Gc<List>, v: Value) -> Res<()> {
        let n = list.len();
        if let Some(a) = list.array()
            && n < a.capacity()
        {
            a.slot(n).set(&self.heap, a, v);
            list.length.set(n + 1);
            return Ok(());
        }
        self.list_append_slow(list, v)
    }
    #[cold]
    #[inline(never)]
    fn list_append_slow(&self, list: Gc<List>, v: Value) -> Res<()> {
        let n = list.len();
        self.list_reserve(list, n + 1)?;
        self.list_append(list, v)
    }
    /// Makes room for `needed` items in all, growing by an eighth (and some) beyond.
    pub fn list_reserve(&self, list: Gc<List>, needed: usize) -> Res<()> {
        let old = list.array();
        let capacity = old.map_or(0, |a| a.capacity());
        if needed <= capacity {
            return Ok(());
        }
        let wanted = needed.saturating_add(needed >> 3).saturating_add(3) & !3;
        if let Some(a) = old
            && self.extend_array(a, wanted)
        {
            return Ok(());
        }
        let new = self.new_array(wanted)?;
        if let Some(a) = old {
            for (to, from) in new.slots().iter().zip(&a.slots()[..list.len()]) {
                to.set_unbarriered(from.get());
            }
            self.written_in_bulk(new);
        }
        list.storage.set(&self.heap, list, new.value());
        Ok(())
    }
    /// Replaces `[from, to)` by `items`, which must not be the list's own storage.
    pub fn list_splice(&self, list: Gc<List>, from: usize, to: usize, items: &[Value]) -> Res<()> {
        let (n, removed) = (list.len(), to - from);
        debug_assert!(from <= to && to <= n);
        let new_len = n - removed + items.len();
        self.list_reserve(list, new_len)?;
        if let Some(a) = list.array() {
            self.heap.barrier_all(a.erase());
            let s = a.slots();
            if items.len() != removed {
                let words = s.as_ptr().cast_mut();
                // SAFETY: `to <= n`, and the storage has room for `new_len` items; slots may be written through shared
                // references.
                unsafe {
                    core::ptr::copy(words.add(to), words.add(from + items.len()), n - to);
                }
            }
            for slot in s.get(new_len..n).unwrap_or(&[]) {
                slot.set_unbarriered(Value::UNBOUND);
            }
            for (slot, &v) in s[from..].iter().zip(items) {
                slot.set_unbarriered(v);
            }
            list.length.set(new_len);
        }
        Ok(())
    }
    /// Removes all items.
    pub fn list_clear(&self, list: Gc<List>) {
        // Nothing to do; the mark of a list being sorted stays.
        if list.array().is_some_and(|a| a.capacity() == 0) {
            return;
        }
        list.length.set(0);
        list.storage.set(&self.heap, list, Value::UNBOUND);
    }
}
