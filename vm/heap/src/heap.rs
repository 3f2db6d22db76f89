//! The heap's front: allocation, shapes, the write barrier, roots and collection requests.

use crate::gc::{Gc, HeapObject, Slot};
use crate::layout::{Layout, LayoutId, Visitor};
use crate::{Header, ShapeId, Value};
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;

/// The operating system (or the configured limit) refused memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// Sizes and stress modes; `from_env` reads the `PYRS_GC_*` variables.
#[derive(Clone, Debug, Default)]
pub struct HeapConfig {}

impl HeapConfig {
    pub fn from_env() -> HeapConfig {
        HeapConfig::default()
    }
}

/// What a [`RootSource`] reports to.
pub struct Roots<'a> {
    pub(crate) precise: &'a mut dyn FnMut(&Slot),
    pub(crate) conservative: &'a mut dyn FnMut(*const usize, *const usize),
}

impl Roots<'_> {
    /// A visitor for exact references, which are updated when objects move.
    pub fn visitor(&mut self) -> Visitor<'_> {
        Visitor { visit: self.precise }
    }
    /// Words `[from, to)` that may or may not be references; what they point to is kept and not moved.
    ///
    /// # Safety
    /// The range is readable and word-aligned.
    pub unsafe fn conservative(&mut self, from: *const usize, to: *const usize) {
        (self.conservative)(from, to)
    }
}

/// Something outside the heap that holds references.
pub trait RootSource {
    fn roots(&self, roots: &mut Roots<'_>);
}

/// A garbage-collected heap. All methods take `&self`: native code re-enters freely.
pub struct Heap {
    next: Cell<usize>,
    end: Cell<usize>,
    layouts: RefCell<Vec<Layout>>,
    shapes: RefCell<Vec<LayoutId>>,
    #[allow(dead_code, reason = "the collector replaces this file")]
    sources: RefCell<Vec<*const dyn RootSource>>,
}

impl Heap {
    pub fn new(_config: HeapConfig) -> Box<Heap> {
        Box::new(Heap {
            next: Cell::new(0),
            end: Cell::new(0),
            layouts: RefCell::default(),
            shapes: RefCell::default(),
            sources: RefCell::default(),
        })
    }

    // ---- shapes and layouts
    pub fn register_layout(&self, layout: Layout) -> LayoutId {
        let mut l = self.layouts.borrow_mut();
        l.push(layout);
        LayoutId((l.len() - 1) as u8)
    }
    /// A new row in the shape table. Ids are given in order, from 0.
    pub fn new_shape(&self, layout: LayoutId) -> Result<ShapeId, OutOfMemory> {
        let mut s = self.shapes.borrow_mut();
        if s.len() as u32 > ShapeId::MAX {
            return Err(OutOfMemory);
        }
        s.push(layout);
        Ok(ShapeId((s.len() - 1) as u32))
    }
    pub fn layout_of(&self, shape: ShapeId) -> LayoutId {
        self.shapes.borrow()[shape.0 as usize]
    }

    // ---- allocation
    /// `size` zeroed bytes (rounded up to 8) headed by `header`. May collect.
    #[inline]
    pub fn alloc_raw(&self, size: usize, header: Header) -> Result<NonNull<Header>, OutOfMemory> {
        let size = (size + 7) & !7;
        let p = self.next.get();
        if size <= self.end.get().wrapping_sub(p) {
            self.next.set(p + size);
            let p = p as *mut Header;
            // SAFETY: [p, p+size) lies inside the current free run.
            unsafe {
                p.write(header);
                Ok(NonNull::new_unchecked(p))
            }
        } else {
            self.alloc_slow(size, header)
        }
    }
    #[cold]
    #[inline(never)]
    fn alloc_slow(&self, size: usize, header: Header) -> Result<NonNull<Header>, OutOfMemory> {
        let chunk = (1 << 20).max(size);
        let layout = core::alloc::Layout::from_size_align(chunk, 4096).map_err(|_| OutOfMemory)?;
        // SAFETY: the layout has a non-zero size.
        let p = unsafe { std::alloc::alloc_zeroed(layout) };
        if p.is_null() {
            return Err(OutOfMemory);
        }
        self.next.set(p as usize);
        self.end.set(p as usize + chunk);
        self.alloc_raw(size, header)
    }
    /// An object built by value. `T`'s size must be what the layout of its shape says.
    #[inline]
    pub fn alloc<T: HeapObject>(&self, init: T) -> Result<Gc<T>, OutOfMemory> {
        let p = self.alloc_raw(size_of::<T>(), Header::new(ShapeId(0), 0))?.cast::<T>();
        // SAFETY: fresh memory of the right size; `init` begins with its own header.
        unsafe {
            p.write(init);
            Ok(Gc::from_ptr(p))
        }
    }
    /// Grows the object in place if it is the last allocation and room follows; the new bytes are zero.
    pub fn try_extend(&self, _object: Gc<Header>, _old_size: usize, _new_size: usize) -> bool {
        false
    }
    /// Tells the collector of memory held outside the heap on behalf of heap objects.
    pub fn charge(&self, _bytes: usize) {}

    // ---- barrier
    /// Must precede every store of a reference into `owner`.
    #[inline(always)]
    pub fn barrier(&self, owner: Gc<Header>, slot: &Slot) {
        if owner.has(crate::flag::UNLOGGED) {
            self.barrier_slow(owner, slot);
        }
    }
    #[cold]
    #[inline(never)]
    fn barrier_slow(&self, _owner: Gc<Header>, _slot: &Slot) {}
    /// Must precede a bulk change of many references of `owner`.
    pub fn barrier_all(&self, _owner: Gc<Header>) {}

    // ---- roots
    /// # Safety
    /// `source` outlives the heap or is removed before it dies.
    pub unsafe fn add_root_source(&self, source: *const dyn RootSource) {
        self.sources.borrow_mut().push(source);
    }
    /// Never move this object from now on (its address has been seen).
    pub fn pin(&self, v: Value) {
        if let Some(h) = v.object() {
            // SAFETY: a pointer word points to a live header.
            unsafe { h.as_ref() }.set_flags(crate::flag::PINNED);
        }
    }

    // ---- collection
    pub fn collect_minor(&self) {}
    /// A complete collection, finished when the call returns. Gives the number of objects that died if known.
    pub fn collect_full(&self) -> usize {
        0
    }
    /// The next object whose finaliser must run (it is alive again until then).
    pub fn next_finalisable(&self) -> Option<Value> {
        None
    }
    /// The next weak object whose target died.
    pub fn next_cleared_weak(&self) -> Option<Value> {
        None
    }
    /// Reading a weak reference while marking must keep the target alive: call with what was read.
    #[inline]
    pub fn weak_read(&self, _target: Value) {}
}
