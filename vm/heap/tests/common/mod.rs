//! A small object zoo for the tests: arrays, byte strings, weak references.

#![allow(dead_code, reason = "each test file uses its own part of this module")]

use pyrs_heap::{Gc, Header, Heap, HeapConfig, Layout, OutOfMemory, ShapeId, Slot, Value, flag};

pub const WORD: usize = size_of::<usize>();

pub struct Zoo {
    pub heap: Box<Heap>,
    pub array: ShapeId,
    pub bytes: ShapeId,
    pub weak: ShapeId,
}

fn bytes_size(h: &Header) -> usize {
    8 + h.len() as usize
}

/// Small budgets, poison, verification, precise roots only.
pub fn exact() -> HeapConfig {
    HeapConfig {
        budget: 16 << 10,
        reserve: 64 << 20,
        min_cycle: 16 << 10,
        slice: 50,
        poison: true,
        verify: true,
        exact_roots: true,
        ..HeapConfig::default()
    }
}

impl Zoo {
    pub fn new(config: HeapConfig) -> Zoo {
        let heap = Heap::new(config);
        let shape = |l| heap.new_shape(heap.register_layout(l)).expect("few shapes");
        Zoo {
            array: shape(Layout::Slots { size: 8, slots: 0 }),
            bytes: shape(Layout::Bytes { size: bytes_size }),
            weak: shape(Layout::Weak { size: 8 + 2 * WORD, slots: 1 }),
            heap,
        }
    }
    pub fn array(&self, len: usize) -> Value {
        self.try_array(len).expect("memory")
    }
    pub fn try_array(&self, len: usize) -> Result<Value, OutOfMemory> {
        let size = len.checked_mul(WORD).and_then(|n| n.checked_add(8)).ok_or(OutOfMemory)?;
        let n = u32::try_from(len).map_err(|_| OutOfMemory)?;
        self.heap.alloc_raw(size, Header::new(self.array, n)).map(Value::from_object)
    }
    pub fn bytes(&self, len: usize) -> Value {
        let header = Header::new(self.bytes, len as u32);
        Value::from_object(self.heap.alloc_raw(8 + len, header).expect("memory"))
    }
    /// A weak reference to what root vectors keep at the moment of the call: `target` must not move meanwhile.
    pub fn weak(&self, target: impl Fn() -> Value) -> Value {
        let size = 8 + 2 * WORD;
        let p = self.heap.alloc_raw(size, Header::new(self.weak, 0)).expect("memory");
        let v = Value::from_object(p);
        slot(v, 0).set(&self.heap, gc(v), target());
        v
    }
    pub fn get(&self, v: Value, i: usize) -> Value {
        slot(v, i).get()
    }
    pub fn set(&self, v: Value, i: usize, new: Value) {
        slot(v, i).set(&self.heap, gc(v), new);
    }
    pub fn has_finaliser(&self, v: Value) -> bool {
        gc(v).has(flag::FINALISER)
    }
}

pub fn gc(v: Value) -> Gc<Header> {
    assert!(v.is_object());
    // SAFETY: tests hold only references to live objects.
    unsafe { Gc::from_value(v) }
}

pub fn slot<'a>(v: Value, i: usize) -> &'a Slot {
    // SAFETY: word `i` behind the header of a live array or weak object.
    unsafe { &*((v.bits() + 8 + i * WORD) as *const Slot) }
}

pub fn int(n: isize) -> Value {
    Value::small_int(n)
}
