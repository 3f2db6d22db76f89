//! The heap's front: shapes, allocation, the write barrier (`control` has the rest).
//!
//! Allocation is a load, an add, a compare and a store on two words at the start of [`Heap`]; everything else
//! is the collector's. All methods take `&self`. Callbacks that run inside a collection (trace and drop
//! functions, root sources, weak tables) must not call the heap.

use crate::collector::Collector;
use crate::config::HeapConfig;
use crate::gc::{Gc, HeapObject, Slot};
use crate::header::flag;
use crate::layout::{Layout, LayoutId, Visitor};
use crate::shapes::{FILLER, round8};
use crate::{Header, ShapeId, Value};
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;
use core::sync::atomic::AtomicU32;

/// The operating system (or the configured limit) refused memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// Whether a word on an object boundary also stands for the object that ends there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Count,
    Ignore,
}

/// What a [`RootSource`] reports to.
pub struct Roots<'a> {
    pub(crate) precise: &'a mut dyn FnMut(&Slot),
    pub(crate) conservative: &'a mut dyn FnMut(*const usize, *const usize, Ends),
    pub(crate) young_only: bool,
    pub(crate) exact: bool,
}

impl Roots<'_> {
    /// A visitor for exact references, which are updated when objects move.
    pub fn visitor(&mut self) -> Visitor<'_> {
        Visitor { visit: self.precise }
    }
    /// True in a minor collection: references that were reported in an earlier minor collection and have not
    /// been written since point to old objects, and may be left out.
    pub fn young_only(&self) -> bool {
        self.young_only
    }
    /// False while only conservative ranges are gathered: exact references may be left out then.
    pub fn exact(&self) -> bool {
        self.exact
    }
    /// Words `[from, to)` that may or may not be references; what they point to is kept and not moved.
    ///
    /// # Safety
    /// The range is readable and word-aligned.
    pub unsafe fn conservative(&mut self, from: *const usize, to: *const usize) {
        (self.conservative)(from, to, Ends::Count)
    }
    /// Like [`Roots::conservative`] for words that are values where they are references at all: none of them points
    /// to where an object ends.
    ///
    /// # Safety
    /// The range is readable and word-aligned.
    pub unsafe fn conservative_values(&mut self, from: *const usize, to: *const usize) {
        (self.conservative)(from, to, Ends::Ignore)
    }
}

/// Something outside the heap that holds references. `roots` must not call the heap.
pub trait RootSource {
    fn roots(&self, roots: &mut Roots<'_>);
    /// False if `roots` never reports conservative ranges: it is then called once a collection, not twice.
    fn has_conservative(&self) -> bool {
        true
    }
}

/// Bits of [`Heap::poll_word`].
pub mod poll {
    /// A finaliser or a cleared weak reference waits.
    pub const HEAP: u32 = 1;
    /// Compiled code, which cannot raise at an allocation, has used the last reserve: a MemoryError is due.
    pub const MEMORY: u32 = 1 << 3;
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    Minor,
    Full,
}

/// A garbage-collected heap. All methods take `&self`: native code re-enters freely.
#[repr(C)]
pub struct Heap {
    pub(crate) next: Cell<usize>,
    pub(crate) end: Cell<usize>,
    pub(crate) poll: AtomicU32,
    pub(crate) marking: Cell<bool>,
    context: [Cell<usize>; CONTEXT_WORDS],
    collector: UnsafeCell<Collector>,
}

/// Words that a JIT keeps beside the allocator's, see [`Heap::context`].
pub const CONTEXT_WORDS: usize = 64;

const MAX_OBJECT: usize = isize::MAX as usize / 2;

impl Heap {
    /// A new heap. Fails (by panic) only when the system refuses even a megabyte of address space.
    pub fn new(config: HeapConfig) -> Box<Heap> {
        Heap::try_new(config).expect("a megabyte of address space for the heap")
    }
    pub fn try_new(config: HeapConfig) -> Option<Box<Heap>> {
        Some(Box::new(Heap {
            next: Cell::new(0),
            end: Cell::new(0),
            poll: AtomicU32::new(0),
            marking: Cell::new(false),
            context: [const { Cell::new(0) }; CONTEXT_WORDS],
            collector: UnsafeCell::new(Collector::new(config)?),
        }))
    }
    #[allow(
        clippy::mut_from_ref,
        reason = "one thread at a time, and no re-entry: see the SAFETY comment"
    )]
    #[inline(always)]
    pub(crate) fn collector(&self) -> &mut Collector {
        // SAFETY: the heap is used by one thread at a time (it is not `Sync`; the VM's interpreter lock hands
        // it over). Methods of this type take the reference for one call into the collector and do not keep
        // it; callbacks that run meanwhile must not call the heap (documented contract).
        unsafe { &mut *self.collector.get() }
    }

    // ---- shapes and layouts
    /// At most 256 layouts can be registered; more is a programming error.
    pub fn register_layout(&self, layout: Layout) -> LayoutId {
        let l = &mut self.collector().shapes_mut().layouts;
        l.push(layout);
        LayoutId(u8::try_from(l.len() - 1).expect("at most 256 layouts"))
    }
    /// A new row in the shape table. Ids are given in order, from 0.
    pub fn new_shape(&self, layout: LayoutId) -> Result<ShapeId, OutOfMemory> {
        let s = &mut self.collector().shapes_mut().shapes;
        if s.len() as u32 >= FILLER.0 {
            return Err(OutOfMemory);
        }
        s.try_reserve(1).map_err(|_| OutOfMemory)?;
        s.push(layout);
        Ok(ShapeId((s.len() - 1) as u32))
    }
    pub fn layout_of(&self, shape: ShapeId) -> LayoutId {
        self.collector().shapes().shapes[shape.0 as usize]
    }

    // ---- allocation
    /// `size` zeroed bytes (rounded up to 8) headed by `header`. May collect. An object whose header carries
    /// `flag::FINALISER` is registered: for its layout's `drop` if there is one, else as a finaliser.
    #[inline]
    pub fn alloc_raw(&self, size: usize, header: Header) -> Result<NonNull<Header>, OutOfMemory> {
        let special = header.has(flag::FINALISER);
        let p = self.bump(size, header)?;
        if special {
            self.register_at_birth(p);
        }
        Ok(p)
    }
    #[inline(always)]
    fn bump(&self, size: usize, header: Header) -> Result<NonNull<Header>, OutOfMemory> {
        debug_assert!(self.size_agrees(size, &header), "{size} bytes for {:#x}", header.meta());
        let p = self.next.get();
        // Run bounds are multiples of 8, so if `size` fits then so does its rounded value, without overflow.
        if size <= self.end.get() - p {
            self.next.set(p + ((size + 7) & !7));
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
    /// Debug builds: the size asked for is the size that the collector will see.
    fn size_agrees(&self, size: usize, header: &Header) -> bool {
        let shapes = self.collector().shapes();
        match shapes.checked_layout(header) {
            Some(Layout::Slots { .. } | Layout::Weak { .. } | Layout::Owned { .. }) => {
                size > MAX_OBJECT || shapes.size_of(header) == round8(size)
            }
            Some(_) => true,
            // Objects made before the first shapes: the machine that boots describes them soon.
            None => true,
        }
    }
    #[cold]
    fn register_at_birth(&self, p: NonNull<Header>) {
        let c = self.collector();
        // SAFETY: just allocated.
        let drop = c.shapes().drop_of(unsafe { p.as_ref() }).is_some();
        c.register(p.as_ptr() as usize, drop);
    }
    #[cold]
    #[inline(never)]
    fn alloc_slow(&self, size: usize, header: Header) -> Result<NonNull<Header>, OutOfMemory> {
        let c = self.collector();
        if size > MAX_OBJECT || c.collecting || !c.could_ever_fit(size) {
            return Err(OutOfMemory);
        }
        let size = round8(size.max(8));
        c.nursery.main.next = self.next.get();
        if c.may_collect() && c.collection_due(size) {
            self.collect(Request::Minor);
        }
        for attempt in 0..3 {
            let c = self.collector();
            if let Some(p) = c.allocate(size) {
                self.publish_run();
                let p = p as *mut Header;
                // SAFETY: fresh zeroed memory of at least `size` bytes.
                unsafe {
                    p.write(header);
                    return Ok(NonNull::new_unchecked(p));
                }
            }
            match attempt {
                _ if !c.may_collect() => break,
                0 => self.collect(Request::Minor),
                1 => self.collect(Request::Full),
                _ => {}
            }
        }
        let c = self.collector();
        c.exhausted = true;
        c.statistics.refusals += 1;
        self.publish_run();
        Err(OutOfMemory)
    }
    /// Runs `f`, whose small allocations may use the last reserve. For code that can neither go without an object nor
    /// raise MemoryError at once; it must see to it that this happens soon.
    pub fn insist<R>(&self, f: impl FnOnce() -> R) -> R {
        let before = core::mem::replace(&mut self.collector().insisted, true);
        let r = f();
        self.collector().insisted = before;
        r
    }
    /// Lets compiled code and `alloc_raw` use the collector's main run again.
    pub(crate) fn publish_run(&self) {
        let c = self.collector();
        let run = c.nursery.main;
        self.next.set(run.next);
        let over =
            c.nursery.used.saturating_add(c.nursery.charged) >= c.budget() && c.nursery.charged > 0;
        let closed = c.config.stress != 0 || (over && c.may_collect());
        self.end.set(if closed { run.next } else { run.end });
    }
    /// An object built by value. `T`'s size must be what the layout of its shape says.
    #[inline]
    pub fn alloc<T: HeapObject>(&self, init: T) -> Result<Gc<T>, OutOfMemory> {
        let special = init.header().has(flag::FINALISER);
        let p =
            self.bump(size_of::<T>(), Header::new(FILLER, (size_of::<T>() as u32).div_ceil(8)))?;
        // SAFETY: fresh memory of the right size; `init` begins with its own header.
        let object = unsafe {
            p.cast::<T>().write(init);
            Gc::from_ptr(p.cast::<T>())
        };
        debug_assert!(self.size_agrees(size_of::<T>(), object.header()), "size and layout differ");
        if special {
            self.register_at_birth(p);
        }
        Ok(object)
    }
    /// Grows the object in place if it is the last allocation and room follows (or, for a large object, if
    /// the pages behind it are free); the new bytes are zero. The caller then sets the new length.
    pub fn try_extend(&self, object: Gc<Header>, old_size: usize, new_size: usize) -> bool {
        if new_size > MAX_OBJECT || new_size < old_size {
            return false;
        }
        let (p, old, new) = (object.value().bits(), round8(old_size), round8(new_size));
        let c = self.collector();
        if p + old == self.next.get() && c.nursery.main.start <= p {
            if new > c.nursery.main.end - p {
                return false;
            }
            let open = self.end.get() != self.next.get();
            self.next.set(p + new);
            if !open || self.end.get() < p + new {
                self.end.set(p + new);
            }
            return true;
        }
        if p + old == c.nursery.medium.next && c.nursery.medium.start <= p {
            if new > c.nursery.medium.end - p {
                return false;
            }
            c.nursery.medium.next = p + new;
            return true;
        }
        match c.large.find(p) {
            Some(r) => c.extend_large(r, p, old, new),
            None => false,
        }
    }
    /// The object will be `new_size` bytes instead of `old_size`; the caller then sets the new length. Must
    /// be called before a layout's size shrinks, so that the run it lies in can still be read.
    pub fn shrink(&self, object: Gc<Header>, old_size: usize, new_size: usize) {
        let (p, old, new) = (object.value().bits(), round8(old_size), round8(new_size.max(8)));
        let c = self.collector();
        if new < old && c.blocks.contains(p) && c.is_young(p) {
            // SAFETY: the tail belongs to the object, which its owner gives up.
            unsafe {
                let tail = (p + new) as *mut Header;
                tail.write(Header::new(FILLER, ((old - new) / 8) as u32));
            }
        }
    }
    /// Tells the collector of memory held outside the heap on behalf of heap objects.
    pub fn charge(&self, bytes: usize) {
        let c = self.collector();
        c.external = c.external.saturating_add(bytes);
        c.nursery.charged = c.nursery.charged.saturating_add(bytes);
        c.nursery.main.next = self.next.get();
        self.publish_run();
    }
    /// Takes a charge back: the outside memory was freed. May be called by drops.
    pub fn uncharge(&self, bytes: usize) {
        let c = self.collector();
        c.external = c.external.saturating_sub(bytes);
    }
    /// The two words of the bump allocator, next free byte and end of the run, for compiled code: an
    /// allocation of `n` bytes (a multiple of 8) is `p = next; if n > end - p { slow } next = p + n`.
    ///
    /// They are words 0 and 1 of the block that compiled code addresses everything by; the 32-bit poll word follows at
    /// byte [`Heap::POLL_AT`], and from byte [`Heap::CONTEXT_AT`] on lie [`CONTEXT_WORDS`] words of the JIT's own.
    #[inline(always)]
    pub fn context(&self) -> (*mut usize, &[Cell<usize>; CONTEXT_WORDS]) {
        (core::ptr::from_ref(self).cast::<usize>().cast_mut(), &self.context)
    }
    /// Byte offset of the poll word in the block.
    pub const POLL_AT: usize = core::mem::offset_of!(Heap, poll);
    /// Byte offset of the JIT's words in the block.
    pub const CONTEXT_AT: usize = core::mem::offset_of!(Heap, context);
    /// The two words as such.
    pub fn bump_words(&self) -> (*const Cell<usize>, *const Cell<usize>) {
        (&raw const self.next, &raw const self.end)
    }

    // ---- barrier
    /// Must precede every store of a reference into `owner` (see also `barrier_store`, which logs less).
    #[inline(always)]
    pub fn barrier(&self, owner: Gc<Header>, slot: &Slot) {
        if owner.has(flag::UNLOGGED) {
            self.barrier_slow(owner, slot, None);
        }
    }
    /// As `barrier`, with the value that is about to be stored.
    ///
    /// A store of a number needs no log while no cycle runs. Small objects are logged all the same, because
    /// then their next stores are free; of long arrays only slots are ever logged, so the test pays there.
    #[inline(always)]
    pub fn barrier_store(&self, owner: Gc<Header>, slot: &Slot, new: Value) {
        // A running cycle wants to see what is overwritten, and numbers hide nothing from it.
        let hides = || self.marking.get() && slot.get().is_object();
        if owner.has(flag::UNLOGGED) && (new.is_object() || owner.len() <= 16 || hides()) {
            self.barrier_slow(owner, slot, Some(new));
        }
    }
    #[cold]
    #[inline(never)]
    fn barrier_slow(&self, owner: Gc<Header>, slot: &Slot, new: Option<Value>) {
        let c = self.collector();
        if c.log_store(&owner, slot, new) {
            // The log is long: let the next allocation collect.
            c.nursery.charged = c.nursery.charged.max(c.config.budget);
            self.charge(0);
        }
    }
    /// Must precede a bulk change of many references of `owner`.
    pub fn barrier_all(&self, owner: Gc<Header>) {
        if owner.has(flag::UNLOGGED) {
            self.collector().log_object(&owner);
        }
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.log_statistics();
        self.collector().drop_all();
    }
}
