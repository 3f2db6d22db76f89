//! The deque object: a ring buffer with amortised constant work at both ends and constant-time indexing.
//!
//! Item `i` lies in slot `(head + i) & mask` of the storage array, whose capacity is a power of two. Slots outside
//! are UNBOUND. `version` counts changes, so that iterators and searches notice them.

use core::cell::Cell;
use pyrs_core::object::Array;
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};

#[repr(C)]
pub(super) struct Deque {
    header: Header,
    /// An `Array`, or UNBOUND while never grown.
    storage: Slot,
    head: Cell<usize>,
    length: Cell<usize>,
    /// 0 without a limit, else `maxlen + 1`.
    limit: Cell<usize>,
    pub(super) version: Cell<usize>,
}
native_object!(Deque, "deque", slots = 1);

const FIRST_CAPACITY: usize = 8;

impl Deque {
    pub(super) fn len(&self) -> usize {
        self.length.get()
    }
    pub(super) fn max_len(&self) -> Option<usize> {
        self.limit.get().checked_sub(1)
    }
    pub(super) fn set_max_len(&self, n: Option<usize>) {
        self.limit.set(n.map_or(0, |n| n.saturating_add(1)));
    }
    fn array(&self) -> Option<Gc<Array>> {
        let v = self.storage.get();
        // SAFETY: storage is UNBOUND or an Array.
        if v.is_unbound() { None } else { Some(unsafe { Gc::from_value(v) }) }
    }
    fn place(&self, a: Gc<Array>, i: usize) -> usize {
        self.head.get().wrapping_add(i) & (a.capacity() - 1)
    }
    /// The item at `i`, if `i` is below the length.
    pub(super) fn get(&self, i: usize) -> Option<Value> {
        let a = self.array()?;
        if i < self.len() { Some(a.get(self.place(a, i))) } else { None }
    }
    /// Replaces the item at `i`, which is below the length.
    pub(super) fn set(&self, vm: &Vm, i: usize, v: Value) {
        if let Some(a) = self.array() {
            a.slot(self.place(a, i)).set(&vm.heap, a, v);
        }
    }
    pub(super) fn changed(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }
    /// The storage with room for one more item.
    fn room(this: Gc<Deque>, vm: &Vm) -> Res<Gc<Array>> {
        let old = this.array();
        if let Some(a) = old
            && this.len() < a.capacity()
        {
            return Ok(a);
        }
        let capacity = old.map_or(FIRST_CAPACITY, |a| a.capacity() * 2);
        let new = vm.new_array(capacity)?;
        for i in 0..this.len() {
            new.slot(i).set_unbarriered(this.get(i).unwrap_or(Value::UNBOUND));
        }
        vm.written_in_bulk(new);
        this.storage.set(&vm.heap, this, new.value());
        this.head.set(0);
        Ok(new)
    }
    /// Adds at the right end; with a limit the leftmost item leaves.
    pub(super) fn push_back(this: Gc<Deque>, vm: &Vm, v: Value) -> Res<()> {
        if this.max_len() == Some(0) {
            return Ok(());
        }
        if this.max_len() == Some(this.len()) {
            this.pop_front(vm);
        }
        let a = Deque::room(this, vm)?;
        let n = this.len();
        a.slot(this.place(a, n)).set(&vm.heap, a, v);
        this.length.set(n + 1);
        this.changed();
        Ok(())
    }
    /// Adds at the left end; with a limit the rightmost item leaves.
    pub(super) fn push_front(this: Gc<Deque>, vm: &Vm, v: Value) -> Res<()> {
        if this.max_len() == Some(0) {
            return Ok(());
        }
        if this.max_len() == Some(this.len()) {
            this.pop_back(vm);
        }
        let a = Deque::room(this, vm)?;
        let head = this.head.get().wrapping_sub(1) & (a.capacity() - 1);
        this.head.set(head);
        a.slot(head).set(&vm.heap, a, v);
        this.length.set(this.len() + 1);
        this.changed();
        Ok(())
    }
    pub(super) fn pop_back(&self, vm: &Vm) -> Option<Value> {
        let last = self.len().checked_sub(1)?;
        let v = self.get(last)?;
        self.set(vm, last, Value::UNBOUND);
        self.length.set(last);
        self.changed();
        Some(v)
    }
    pub(super) fn pop_front(&self, vm: &Vm) -> Option<Value> {
        let v = self.get(0)?;
        self.set(vm, 0, Value::UNBOUND);
        let a = self.array()?;
        self.head.set(self.place(a, 1));
        self.length.set(self.len() - 1);
        self.changed();
        Some(v)
    }
    pub(super) fn clear(this: Gc<Deque>, vm: &Vm) {
        this.storage.set(&vm.heap, this, Value::UNBOUND);
        this.head.set(0);
        this.length.set(0);
        this.changed();
    }
    /// Moves items `n` places to the right (to the left if negative), round the ends.
    pub(super) fn rotate(&self, vm: &Vm, n: isize) {
        let len = self.len();
        let Some(a) = self.array() else { return };
        if len < 2 {
            return;
        }
        let right = n.rem_euclid(len as isize) as usize;
        if right == 0 {
            return;
        }
        if len == a.capacity() {
            self.head.set(self.head.get().wrapping_sub(right) & (a.capacity() - 1));
        } else if right <= len / 2 {
            for _ in 0..right {
                let v = self.get(len - 1).unwrap_or(Value::UNBOUND);
                self.set(vm, len - 1, Value::UNBOUND);
                self.head.set(self.head.get().wrapping_sub(1) & (a.capacity() - 1));
                self.set(vm, 0, v);
            }
        } else {
            for _ in 0..len - right {
                let v = self.get(0).unwrap_or(Value::UNBOUND);
                self.set(vm, 0, Value::UNBOUND);
                self.head.set(self.place(a, 1));
                self.set(vm, len - 1, v);
            }
        }
        self.changed();
    }
    /// Inserts before item `i` (at most the length); the limit has been checked.
    pub(super) fn insert(this: Gc<Deque>, vm: &Vm, i: usize, v: Value) -> Res<()> {
        let n = this.len();
        if i <= n / 2 {
            Deque::push_front(this, vm, v)?;
            for k in 0..i {
                let next = this.get(k + 1).unwrap_or(Value::UNBOUND);
                this.set(vm, k, next);
            }
        } else {
            Deque::push_back(this, vm, v)?;
            for k in (i + 1..=n).rev() {
                let before = this.get(k - 1).unwrap_or(Value::UNBOUND);
                this.set(vm, k, before);
            }
        }
        this.set(vm, i, v);
        Ok(())
    }
    /// Removes item `i`, which is below the length.
    pub(super) fn remove(&self, vm: &Vm, i: usize) {
        let n = self.len();
        if i < n / 2 {
            for k in (0..i).rev() {
                self.set(vm, k + 1, self.get(k).unwrap_or(Value::UNBOUND));
            }
            self.pop_front(vm);
        } else {
            for k in i + 1..n {
                self.set(vm, k - 1, self.get(k).unwrap_or(Value::UNBOUND));
            }
            self.pop_back(vm);
        }
    }
    /// Adds all items of an iterable at the right end.
    pub(super) fn extend(this: Gc<Deque>, vm: &Vm, iterable: Value) -> Res<()> {
        if iterable == this.value() {
            let copy = Deque::to_list(this, vm)?;
            return Deque::extend(this, vm, copy);
        }
        let it = vm.get_iter(iterable)?;
        while let Some(v) = vm.next(it)? {
            Deque::push_back(this, vm, v)?;
        }
        Ok(())
    }
    pub(super) fn to_list(this: Gc<Deque>, vm: &Vm) -> Res {
        let list = vm.new_list_with_capacity(this.len())?;
        for i in 0..this.len() {
            vm.list_append(list, this.get(i).unwrap_or(Value::NONE))?;
        }
        Ok(list.value())
    }
    pub(super) fn storage_bytes(&self) -> usize {
        self.array().map_or(0, |a| 8 + a.capacity() * size_of::<Slot>())
    }
}
