//! Typed pointers into the heap, reference fields, and the guard that keeps an object's address visible.
//!
//! `Gc<T>` is a `Copy` pointer to an object whose type begins with a [`Header`]. `Slot` is a reference field:
//! it can be read freely, and written only through the barrier. `Keep` stops the optimiser from leaving only
//! derived pointers on the stack while native code walks a payload.

use crate::heap::Heap;
use crate::{Header, Value};
use core::cell::Cell;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;

/// A Rust type that describes heap objects.
///
/// # Safety
/// `Self` is `#[repr(C)]`, 8-aligned, begins with a [`Header`], holds references only in [`Slot`]s that the
/// layout registered for its shapes visits, and has no drop glue.
pub unsafe trait HeapObject: Sized {
    fn header(&self) -> &Header {
        // SAFETY: the trait's contract: the type begins with a header.
        unsafe { &*(self as *const Self).cast::<Header>() }
    }
}

// SAFETY: a header alone is the smallest object.
unsafe impl HeapObject for Header {}

/// A pointer to a live heap object of type `T`. Neither `Send` nor `Sync`.
#[repr(transparent)]
pub struct Gc<T: HeapObject>(NonNull<T>, PhantomData<*const T>);

impl<T: HeapObject> Copy for Gc<T> {}
impl<T: HeapObject> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T: HeapObject> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T: HeapObject> Eq for Gc<T> {}

impl<T: HeapObject> Gc<T> {
    /// # Safety
    /// `p` points to a live heap object that is a `T`.
    #[inline(always)]
    pub unsafe fn from_ptr(p: NonNull<T>) -> Gc<T> {
        Gc(p, PhantomData)
    }
    /// # Safety
    /// `v` is a pointer word to a live object that is a `T`.
    #[inline(always)]
    pub unsafe fn from_value(v: Value) -> Gc<T> {
        debug_assert!(v.is_object());
        // SAFETY: a pointer word is never null; the rest is the caller's promise.
        Gc(unsafe { NonNull::new_unchecked(v.bits() as *mut T) }, PhantomData)
    }
    #[inline(always)]
    pub fn value(self) -> Value {
        Value::from_bits(self.0.as_ptr() as usize)
    }
    #[inline(always)]
    pub fn as_ptr(self) -> *mut T {
        self.0.as_ptr()
    }
    #[inline(always)]
    pub fn erase(self) -> Gc<Header> {
        Gc(self.0.cast(), PhantomData)
    }
    /// Views the object as another type that shares its beginning.
    ///
    /// # Safety
    /// The object is a `U` too.
    #[inline(always)]
    pub unsafe fn cast<U: HeapObject>(self) -> Gc<U> {
        Gc(self.0.cast(), PhantomData)
    }
}

impl<T: HeapObject> Deref for Gc<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: a Gc points to a live object (constructor contract), and it lies on the stack while the
        // borrow lasts, so the collector neither frees nor moves the object.
        unsafe { self.0.as_ref() }
    }
}

impl<T: HeapObject> core::fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Gc({:p})", self.0)
    }
}

/// A reference field of a heap object.
#[repr(transparent)]
pub struct Slot(Cell<Value>);

impl Slot {
    /// A field of an object under construction (an object that is not yet in the heap needs no barrier).
    #[inline(always)]
    pub const fn new(v: Value) -> Slot {
        Slot(Cell::new(v))
    }
    #[inline(always)]
    pub fn get(&self) -> Value {
        self.0.get()
    }
    /// Stores `v` in a field of `owner`, telling the collector.
    #[inline(always)]
    pub fn set<T: HeapObject>(&self, heap: &Heap, owner: Gc<T>, v: Value) {
        heap.barrier_store(owner.erase(), self, v);
        self.0.set(v);
    }
    /// Stores without telling the collector: for objects younger than the last safepoint, for immediates
    /// known to be neither pointers nor overwriting one, and for the collector itself.
    #[inline(always)]
    pub fn set_unbarriered(&self, v: Value) {
        self.0.set(v);
    }
    #[inline(always)]
    pub fn is_unbound(&self) -> bool {
        self.0.get().is_unbound()
    }
}

/// While alive, the object's base address stays on the stack or in a register, where the collector finds it.
///
/// LLVM may otherwise keep only a pointer past the end or in front of a payload that a loop walks.
pub struct Keep(usize);

impl Keep {
    #[inline(always)]
    pub fn new<T: HeapObject>(o: Gc<T>) -> Keep {
        Keep(o.value().bits())
    }
    #[inline(always)]
    pub fn value(v: Value) -> Keep {
        Keep(v.bits())
    }
}

impl Drop for Keep {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: an empty statement; it only makes the register's value live up to here.
        unsafe {
            core::arch::asm!("/* {0} */", in(reg) self.0, options(nomem, nostack, preserves_flags));
        }
    }
}
