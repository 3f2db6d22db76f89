//! Values in native memory that the collector knows: [`ValueVec`] (a growable vector) and [`Root`] (one handle).
//!
//! Both register themselves as precise roots while they live. The bookkeeping lies in front of the elements
//! in the same allocation, as a node of a doubly linked list, so that a vector costs one allocation, may be
//! moved freely, and an empty one costs nothing.
//!
//! Elements that a minor collection has seen, and that were not written since, point to old objects only; the
//! next minor collection skips them. So a large vector that only grows is not scanned again and again.

use crate::gc::{Gc, HeapObject, Slot};
use crate::{OutOfMemory, Value};
use core::cell::Cell;
use core::marker::PhantomData;
use core::ptr::NonNull;
use std::alloc::{Layout, alloc, dealloc, realloc};
use std::rc::Rc;

/// Bookkeeping in front of the elements.
#[repr(C, align(8))]
struct Node {
    prev: Cell<*const Node>,
    next: Cell<*const Node>,
    len: Cell<usize>,
    capacity: Cell<usize>,
    /// Elements below this index hold no young references.
    clean: Cell<usize>,
}

impl Node {
    fn elements(&self) -> *mut Value {
        // SAFETY: elements follow the node in its allocation (for the list's own sentinel none are used).
        unsafe { (self as *const Node).add(1) as *mut Value }
    }
}

/// The list of all registered vectors and handles of a heap.
pub(crate) struct RootList {
    sentinel: Box<Node>,
}

impl RootList {
    pub(crate) fn new() -> Rc<RootList> {
        let sentinel = Box::new(Node {
            prev: Cell::new(core::ptr::null()),
            next: Cell::new(core::ptr::null()),
            len: Cell::new(0),
            capacity: Cell::new(0),
            clean: Cell::new(0),
        });
        let p: *const Node = &*sentinel;
        sentinel.prev.set(p);
        sentinel.next.set(p);
        Rc::new(RootList { sentinel })
    }
    /// Visits all slots; with `young_only` those that may have changed since the last such visit.
    pub(crate) fn visit(&self, young_only: bool, f: &mut dyn FnMut(&Slot)) {
        let end: *const Node = &*self.sentinel;
        let mut at = self.sentinel.next.get();
        while at != end {
            // SAFETY: the list links live nodes: a vector unlinks its node before freeing it.
            let node = unsafe { &*at };
            let from = if young_only { node.clean.get() } else { 0 };
            for i in from..node.len.get() {
                // SAFETY: elements below `len` are initialised; a `Slot` is a transparent cell of a value.
                f(unsafe { &*node.elements().add(i).cast::<Slot>() });
            }
            if young_only {
                node.clean.set(node.len.get());
            }
            at = node.next.get();
        }
    }
    fn link(&self, node: &Node) {
        let head: &Node = &self.sentinel;
        node.prev.set(head);
        node.next.set(head.next.get());
        // SAFETY: list neighbours are live nodes (or the sentinel).
        unsafe { (*head.next.get()).prev.set(node) };
        head.next.set(node);
    }
}

fn unlink(node: &Node) {
    // SAFETY: list neighbours are live nodes (or the sentinel).
    unsafe {
        (*node.prev.get()).next.set(node.next.get());
        (*node.next.get()).prev.set(node.prev.get());
    }
}

fn memory(capacity: usize) -> Option<Layout> {
    let elements = Layout::array::<Value>(capacity).ok()?;
    Some(Layout::new::<Node>().extend(elements).ok()?.0.pad_to_align())
}

/// A growable vector of values outside the heap: native code uses it wherever it would use `Vec<Value>`.
pub struct ValueVec {
    node: *mut Node,
    list: Rc<RootList>,
}

impl ValueVec {
    pub(crate) fn with_list(list: Rc<RootList>) -> ValueVec {
        ValueVec { node: core::ptr::null_mut(), list }
    }
    /// An empty vector that belongs to `heap`.
    pub fn new(heap: &crate::Heap) -> ValueVec {
        heap.value_vec()
    }
    pub fn with_capacity(heap: &crate::Heap, capacity: usize) -> Result<ValueVec, OutOfMemory> {
        let mut v = heap.value_vec();
        v.reserve(capacity)?;
        Ok(v)
    }
    pub fn from_slice(heap: &crate::Heap, values: &[Value]) -> Result<ValueVec, OutOfMemory> {
        let mut v = heap.value_vec();
        v.extend_from_slice(values)?;
        Ok(v)
    }
    /// A new vector of the same heap with the same elements.
    pub fn try_clone(&self) -> Result<ValueVec, OutOfMemory> {
        let mut v = ValueVec::with_list(self.list.clone());
        v.extend_from_slice(self.as_slice())?;
        Ok(v)
    }
    #[inline(always)]
    fn node(&self) -> Option<&Node> {
        // SAFETY: null or the vector's own live node.
        unsafe { self.node.as_ref() }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.node().map_or(0, |n| n.len.get())
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn capacity(&self) -> usize {
        self.node().map_or(0, |n| n.capacity.get())
    }
    /// Room for `extra` more elements.
    pub fn reserve(&mut self, extra: usize) -> Result<(), OutOfMemory> {
        let need = self.len().checked_add(extra).ok_or(OutOfMemory)?;
        if need <= self.capacity() { Ok(()) } else { self.grow(need) }
    }
    #[cold]
    fn grow(&mut self, need: usize) -> Result<(), OutOfMemory> {
        let capacity = need.max(self.capacity().saturating_mul(2)).max(8);
        let new = memory(capacity).ok_or(OutOfMemory)?;
        let old = self.node().map(|n| n.capacity.get());
        // SAFETY: a fresh allocation of non-zero size, or a regrown one that was made with `old`'s layout;
        // the list is told of the new place before anyone can walk it.
        unsafe {
            let node = match old {
                None => alloc(new).cast::<Node>(),
                Some(c) => {
                    let layout = memory(c).ok_or(OutOfMemory)?;
                    unlink(&*self.node);
                    let p = realloc(self.node.cast(), layout, new.size()).cast::<Node>();
                    if p.is_null() {
                        self.list.link(&*self.node);
                    }
                    p
                }
            };
            if node.is_null() {
                return Err(OutOfMemory);
            }
            if old.is_none() {
                node.write(Node {
                    prev: Cell::new(node),
                    next: Cell::new(node),
                    len: Cell::new(0),
                    capacity: Cell::new(0),
                    clean: Cell::new(0),
                });
            }
            (*node).capacity.set(capacity);
            self.list.link(&*node);
            self.node = node;
        }
        Ok(())
    }
    #[inline]
    pub fn push(&mut self, v: Value) -> Result<(), OutOfMemory> {
        let len = self.len();
        if len == self.capacity() {
            self.grow(len + 1)?;
        }
        // SAFETY: the node exists and has room for one more.
        unsafe {
            (*self.node).elements().add(len).write(v);
            (*self.node).len.set(len + 1);
        }
        Ok(())
    }
    pub fn pop(&mut self) -> Option<Value> {
        let v = self.last()?;
        self.truncate(self.len() - 1);
        Some(v)
    }
    pub fn last(&self) -> Option<Value> {
        self.as_slice().last().copied()
    }
    #[inline]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.as_slice().get(i).copied()
    }
    /// Replaces element `i`, which must exist.
    pub fn set(&self, i: usize, v: Value) {
        assert!(i < self.len(), "index {i} beyond the end of a ValueVec of {}", self.len());
        self.dirty(i);
        // SAFETY: an initialised element of this vector's node.
        unsafe { (*self.node).elements().add(i).write(v) };
    }
    pub fn insert(&mut self, i: usize, v: Value) -> Result<(), OutOfMemory> {
        self.push(v)?;
        self.dirty(i);
        self.elements_mut()[i..].rotate_right(1);
        Ok(())
    }
    pub fn remove(&mut self, i: usize) -> Value {
        self.dirty(i);
        self.elements_mut()[i..].rotate_left(1);
        self.pop().unwrap_or(Value::UNBOUND)
    }
    pub fn truncate(&mut self, len: usize) {
        if let Some(n) = self.node()
            && len < n.len.get()
        {
            n.len.set(len);
            n.clean.set(n.clean.get().min(len));
        }
    }
    pub fn clear(&mut self) {
        self.truncate(0);
    }
    pub fn extend_from_slice(&mut self, values: &[Value]) -> Result<(), OutOfMemory> {
        self.reserve(values.len())?;
        for &v in values {
            self.push(v)?;
        }
        Ok(())
    }
    /// Grows with `v` or shrinks to `len` elements.
    pub fn resize(&mut self, len: usize, v: Value) -> Result<(), OutOfMemory> {
        self.truncate(len);
        self.reserve(len - self.len())?;
        while self.len() < len {
            self.push(v)?;
        }
        Ok(())
    }
    /// The elements. A collection updates them in place, so do not hold the slice across one.
    #[inline(always)]
    pub fn as_slice(&self) -> &[Value] {
        match self.node() {
            // SAFETY: `len` initialised elements follow the node.
            Some(n) => unsafe { core::slice::from_raw_parts(n.elements(), n.len.get()) },
            None => &[],
        }
    }
    /// The elements for sorting and swapping; all of them count as written. No collection may happen while
    /// the slice is borrowed (sorts that call back into Python work through `get` and `set`).
    pub fn as_mut_slice(&mut self) -> &mut [Value] {
        self.dirty(0);
        self.elements_mut()
    }
    fn elements_mut(&mut self) -> &mut [Value] {
        match self.node() {
            // SAFETY: `len` initialised elements follow the node, and `&mut self` excludes other users.
            Some(n) => unsafe { core::slice::from_raw_parts_mut(n.elements(), n.len.get()) },
            None => &mut [],
        }
    }
    fn dirty(&self, from: usize) {
        if let Some(n) = self.node() {
            n.clean.set(n.clean.get().min(from));
        }
    }
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value> + DoubleEndedIterator + '_ {
        (0..self.len()).map(|i| self.as_slice()[i])
    }
}

impl core::ops::Index<usize> for ValueVec {
    type Output = Value;
    #[inline(always)]
    fn index(&self, i: usize) -> &Value {
        &self.as_slice()[i]
    }
}

impl Drop for ValueVec {
    fn drop(&mut self) {
        if let Some(n) = self.node()
            && let Some(layout) = memory(n.capacity.get())
        {
            unlink(n);
            // SAFETY: allocated with this layout; unlinked, so nobody else refers to it.
            unsafe { dealloc(self.node.cast(), layout) };
        }
    }
}

impl core::fmt::Debug for ValueVec {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

/// One registered reference: keeps its object alive and follows it when it moves.
pub struct Root<T: HeapObject>(ValueVec, PhantomData<NonNull<T>>);

impl<T: HeapObject> Root<T> {
    pub fn new(heap: &crate::Heap, o: Gc<T>) -> Result<Root<T>, OutOfMemory> {
        Ok(Root(ValueVec::from_slice(heap, &[o.value()])?, PhantomData))
    }
    pub fn get(&self) -> Gc<T> {
        // SAFETY: the only element is always a `Gc<T>`, kept alive by the list.
        unsafe { Gc::from_value(self.0[0]) }
    }
    pub fn set(&mut self, o: Gc<T>) {
        self.0.set(0, o.value());
    }
}

/// A queue of values that the collector fills and the VM empties.
#[derive(Default)]
pub(crate) struct Queue {
    values: std::collections::VecDeque<usize>,
}

impl Queue {
    pub(crate) fn push(&mut self, address: usize) {
        self.values.push_back(address);
    }
    pub(crate) fn pop(&mut self) -> Option<Value> {
        self.values.pop_front().map(Value::from_bits)
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
    pub(crate) fn contains(&self, address: usize) -> bool {
        self.values.contains(&address)
    }
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        self.values.retain(|&a| keep(a));
    }
    /// Addresses of queued objects; they are old, so they never change.
    pub(crate) fn each(&self, mut f: impl FnMut(usize)) {
        self.values.iter().for_each(|&a| f(a));
    }
}
