//! The heap's front: allocation, shapes, the write barrier, roots and collection requests.
//!
//! Allocation is a load, an add, a compare and a store on two words at the start of [`Heap`]; everything else
//! is the collector's. All methods take `&self`. Callbacks that run inside a collection (trace and drop
//! functions, root sources, weak tables) must not call the heap.

use crate::collector::Collector;
use crate::config::{HeapConfig, LogFormat};
use crate::cpu::with_registers_on_stack;
use crate::gc::{Gc, HeapObject, Slot};
use crate::header::flag;
use crate::layout::{Layout, LayoutId, Visitor};
use crate::shapes::{FILLER, header, round8};
use crate::statistics::{Statistics, thread_time};
use crate::value_vec::ValueVec;
use crate::{Header, Liveness, ShapeId, Value};
use core::cell::{Cell, UnsafeCell};
use core::marker::PhantomData;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering};

/// The operating system (or the configured limit) refused memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// What a [`RootSource`] reports to.
pub struct Roots<'a> {
    pub(crate) precise: &'a mut dyn FnMut(&Slot),
    pub(crate) conservative: &'a mut dyn FnMut(*const usize, *const usize),
    pub(crate) young_only: bool,
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
    /// Words `[from, to)` that may or may not be references; what they point to is kept and not moved.
    ///
    /// # Safety
    /// The range is readable and word-aligned.
    pub unsafe fn conservative(&mut self, from: *const usize, to: *const usize) {
        (self.conservative)(from, to)
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
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Request {
    Minor,
    Full,
}

/// A garbage-collected heap. All methods take `&self`: native code re-enters freely.
#[repr(C)]
pub struct Heap {
    next: Cell<usize>,
    end: Cell<usize>,
    poll: AtomicU32,
    marking: Cell<bool>,
    collector: UnsafeCell<Collector>,
}

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
            collector: UnsafeCell::new(Collector::new(config)?),
        }))
    }
    #[allow(
        clippy::mut_from_ref,
        reason = "one thread at a time, and no re-entry: see the SAFETY comment"
    )]
    #[inline(always)]
    fn collector(&self) -> &mut Collector {
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
            None => false,
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
    /// Lets compiled code and `alloc_raw` use the collector's main run again.
    fn publish_run(&self) {
        let c = self.collector();
        let run = c.nursery.main;
        self.next.set(run.next);
        let over = c.nursery.used.saturating_add(c.nursery.charged) >= c.config.budget
            && c.nursery.charged > 0;
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
    #[inline(always)]
    pub fn barrier_store(&self, owner: Gc<Header>, slot: &Slot, new: Value) {
        if owner.has(flag::UNLOGGED) {
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

    // ---- roots
    /// # Safety
    /// `source` outlives the heap or is removed before it dies.
    pub unsafe fn add_root_source(&self, source: *const dyn RootSource) {
        self.collector().sources.push(source);
    }
    /// Takes a source out again (by its address).
    pub fn remove_root_source(&self, source: *const dyn RootSource) {
        self.collector().sources.retain(|s| !core::ptr::addr_eq(*s, source));
    }
    /// Never move this object from now on (its address has been seen).
    pub fn pin(&self, v: Value) {
        if let Some(h) = v.object() {
            // SAFETY: a pointer word points to a live header.
            unsafe { h.as_ref() }.set_flags(flag::PINNED);
        }
    }
    /// An empty [`ValueVec`] registered with this heap.
    pub fn value_vec(&self) -> ValueVec {
        ValueVec::with_list(self.collector().roots.clone())
    }
    /// Registers the calling thread's native stack. Outside of such a scope no collection happens. From now on, words between its stack pointer and `base`
    /// keep objects alive and in place. `base` is the address of a local in the *caller* of the VM's entry.
    /// Nested calls are counted. The guard must be dropped by the same thread, innermost first.
    ///
    /// # Safety
    /// `base` is a word-aligned address in a frame of the calling thread that outlives the guard.
    pub unsafe fn enter_stack(&self, base: *const usize) -> StackGuard<'_> {
        let record = self.collector().stacks.enter(base as usize);
        StackGuard { heap: self, record, thread_bound: PhantomData }
    }
    /// Runs `f` with the calling thread's native stack registered (see `enter_stack`). No captured variable
    /// of `f` may be a heap reference: they lie above the base.
    #[inline(never)]
    pub fn with_stack<R>(&self, f: impl FnOnce() -> R) -> R {
        #[inline(never)]
        fn run<R, F: FnOnce() -> R>(f: F) -> R {
            let r = f();
            core::hint::black_box(&raw const r);
            r
        }
        let base = 0usize;
        // SAFETY: the local lives in this frame, below which `f` runs, until the guard is gone.
        let _guard = unsafe { self.enter_stack(core::hint::black_box(&raw const base)) };
        run(f)
    }
    /// Runs `f`, in which this thread gives up the interpreter lock and takes it again. Meanwhile other
    /// threads may collect: this thread's registers are spilled and its stack pointer is published.
    pub fn blocking<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Resume<'a>(&'a Heap, Option<usize>);
        impl Drop for Resume<'_> {
            fn drop(&mut self) {
                self.0.collector().stacks.resume(self.1);
            }
        }
        with_registers_on_stack(|sp| {
            let record = self.collector().stacks.publish(sp as usize);
            let _resume = Resume(self, record);
            f()
        })
    }

    // ---- collection
    pub fn collect_minor(&self) {
        self.collect_from_outside(Request::Minor);
    }
    /// A complete collection, finished when the call returns: everything that was unreachable when it began
    /// is gone (finalisable objects are queued instead). Gives the number of objects found dead.
    pub fn collect_full(&self) -> usize {
        let before = self.collector().statistics.objects_died;
        self.collect_from_outside(Request::Full);
        (self.collector().statistics.objects_died - before) as usize
    }
    fn collect_from_outside(&self, request: Request) {
        let c = self.collector();
        if !c.may_collect() {
            return;
        }
        c.nursery.main.next = self.next.get();
        self.collect(request);
        self.publish_run();
    }
    /// Collects; the main run's `next` is up to date, and is published by the caller afterwards.
    fn collect(&self, request: Request) {
        with_registers_on_stack(|sp| {
            let c = self.collector();
            self.end.set(self.next.get());
            let start = (c.config.log != LogFormat::Off).then(thread_time);
            c.collecting = true;
            match request {
                Request::Minor => c.collect_minor(sp as usize),
                Request::Full => c.collect_full(sp as usize),
            }
            c.collecting = false;
            if let Some(t) = start {
                c.statistics.pauses.add(thread_time().saturating_sub(t));
            }
            self.marking.set(c.marker.active());
            self.update_poll();
        });
    }
    fn update_poll(&self) {
        let c = self.collector();
        if c.finalisers.queue.is_empty() && c.cleared.is_empty() {
            self.poll.fetch_and(!poll::HEAP, Ordering::Relaxed);
        } else {
            self.poll.fetch_or(poll::HEAP, Ordering::Relaxed);
        }
    }
    /// A word that the interpreter looks at between instructions. The heap sets and clears [`poll::HEAP`];
    /// the other bits are the VM's.
    #[inline(always)]
    pub fn poll_word(&self) -> &AtomicU32 {
        &self.poll
    }
    /// Runs `f` without any collection: allocation beyond the budget takes fresh memory or fails.
    pub fn no_gc<R>(&self, f: impl FnOnce() -> R) -> R {
        struct Again<'a>(&'a Heap);
        impl Drop for Again<'_> {
            fn drop(&mut self) {
                self.0.collector().no_gc -= 1;
            }
        }
        self.collector().no_gc += 1;
        let _again = Again(self);
        f()
    }

    // ---- death
    /// The object has a finaliser (`__del__`): when it dies, it is handed out once by `next_finalisable`.
    pub fn register_finaliser(&self, object: Gc<Header>) {
        self.collector().register(object.value().bits(), false);
    }
    /// The object's layout has a `drop` to be called when it dies.
    pub fn register_drop(&self, object: Gc<Header>) {
        self.collector().register(object.value().bits(), true);
    }
    /// The next object whose finaliser must run (it is alive again until then).
    pub fn next_finalisable(&self) -> Option<Value> {
        let v = self.collector().finalisers.queue.pop();
        self.update_poll();
        v
    }
    /// The next weak object whose target died.
    pub fn next_cleared_weak(&self) -> Option<Value> {
        let c = self.collector();
        let v = c.cleared.pop();
        if let Some(v) = v {
            c.keep_read(v.bits());
        }
        self.update_poll();
        v
    }
    /// Reading a weak reference while marking must keep the target alive: call with what was read.
    #[inline]
    pub fn weak_read(&self, target: Value) {
        if self.marking.get() && target.is_object() {
            self.collector().keep_read(target.bits());
        }
    }
    /// A table of values that does not keep them alive. `hook` is called after each minor collection and at
    /// the end of each full cycle and must replace or forget every value by what [`Liveness::resolve`] says.
    /// Values read from such a table must be passed to `weak_read`. Gives a number for `remove_weak_table`.
    pub fn add_weak_table(&self, hook: impl Fn(&Liveness<'_>) + 'static) -> usize {
        let c = self.collector();
        c.next_table += 1;
        c.tables.push((c.next_table, Box::new(hook)));
        c.next_table
    }
    pub fn remove_weak_table(&self, number: usize) {
        self.collector().tables.retain(|(n, _)| *n != number);
    }

    // ---- inspection
    /// Calls `f` with every object (after a minor collection). Dead objects that no cycle has found yet are
    /// among them. `f` must not allocate.
    pub fn for_each_object(&self, mut f: impl FnMut(Value)) {
        self.collect_minor();
        let c = self.collector();
        let mut all = Vec::new();
        c.each_old(&mut |p| all.push(p));
        for p in all {
            c.keep_read(p);
            f(Value::from_bits(p));
        }
    }
    /// Calls `f` with every strong reference of the object, in field order. `f` may allocate.
    pub fn referents(&self, object: Gc<Header>, mut f: impl FnMut(Value)) {
        let p = object.value().bits();
        let mut all = self.value_vec();
        self.collector().shapes().each_slot(p, false, |s| {
            if s.get().is_object() {
                // Without native memory the answer is incomplete.
                let _ = all.push(s.get());
            }
        });
        for i in 0..all.len() {
            f(all[i]);
        }
    }
    /// The object can hold references.
    pub fn is_tracked(&self, v: Value) -> bool {
        let c = self.collector();
        v.object().is_some_and(|p| {
            !matches!(c.shapes().layout(header(p.as_ptr() as usize)), Layout::Bytes { .. })
        })
    }
    /// Bytes that the object occupies in the heap.
    pub fn size_of(&self, object: Gc<Header>) -> usize {
        self.collector().shapes().size_of(&object)
    }
    /// The object may still move.
    pub fn is_young(&self, v: Value) -> bool {
        v.is_object() && self.collector().is_young(v.bits())
    }
    /// A marking cycle is in progress.
    pub fn is_marking(&self) -> bool {
        self.marking.get()
    }
    pub fn config(&self) -> HeapConfig {
        self.collector().config.clone()
    }
    /// Changes the bytes between two minor collections.
    pub fn set_budget(&self, bytes: usize) {
        self.collector().config.budget = bytes.max(1);
    }
    pub fn statistics(&self) -> Statistics {
        let c = self.collector();
        Statistics {
            blocks_in_use: c.blocks.in_use,
            large_bytes: c.large.bytes,
            live_bytes: c.live_bytes + c.promoted_since_cycle,
            external_bytes: c.external,
            bytes_allocated: c
                .statistics
                .bytes_allocated
                .saturating_add(c.nursery.used.saturating_add(c.nursery.charged) as u64),
            ..c.statistics
        }
    }
    /// Prints the summary that `HeapConfig::log` asks for to standard error.
    pub fn log_statistics(&self) {
        match self.collector().config.log {
            LogFormat::Off => {}
            LogFormat::Text => eprint!("{}", self.statistics().to_text()),
            LogFormat::Json => eprintln!("{}", self.statistics().to_json()),
        }
    }
    /// Checks the whole heap (after a minor collection); `Err` says what is wrong.
    pub fn verify(&self) -> Result<(), String> {
        self.collect_minor();
        self.collector().verify()
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.log_statistics();
        self.collector().drop_all();
    }
}

/// Keeps a native stack registered; see [`Heap::enter_stack`].
pub struct StackGuard<'h> {
    heap: &'h Heap,
    record: usize,
    thread_bound: PhantomData<*const ()>,
}

impl Drop for StackGuard<'_> {
    fn drop(&mut self) {
        self.heap.collector().stacks.leave(self.record);
    }
}
