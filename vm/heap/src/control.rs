//! The heap's front, second part: roots and stacks, collection requests, death, inspection.

use crate::config::{HeapConfig, LogFormat};
use crate::cpu::with_registers_on_stack;
use crate::gc::Gc;
use crate::header::flag;
use crate::heap::{Heap, Request, RootSource, poll};
use crate::layout::Layout;
use crate::shapes::header;
use crate::statistics::{Statistics, thread_time};
use crate::value_vec::ValueVec;
use crate::{Header, Liveness, Value};
use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, Ordering};

impl Heap {
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
        let base = 0usize;
        // SAFETY: the local lives in this frame, below which `f` runs, until the guard is gone.
        let _guard = unsafe { self.enter_stack(core::hint::black_box(&raw const base)) };
        on_this_stack(f)
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

    /// Runs `f` on another native stack: `switch` calls the function it is given once, on a stack of its
    /// choice (for example by `stacker::grow`). Both stacks are scanned meanwhile. As for `with_stack`, no
    /// captured variable of `f` may be a heap reference that nothing else holds. `None` if `switch` did not call.
    pub fn on_other_stack<R>(
        &self,
        f: impl FnOnce() -> R,
        switch: impl FnOnce(&mut dyn FnMut()),
    ) -> Option<R> {
        struct Back<'a>(&'a Heap);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                self.0.collector().stacks.pop_stack();
            }
        }
        with_registers_on_stack(|sp| {
            let (mut f, mut result) = (Some(f), None);
            switch(&mut || {
                let base = 0usize;
                let base = core::hint::black_box(&raw const base) as usize;
                self.collector().stacks.push_stack(sp as usize, base);
                let _back = Back(self);
                if let Some(f) = f.take() {
                    result = Some(on_this_stack(f));
                }
            });
            result
        })
    }

    // ---- collection
    pub fn collect_minor(&self) {
        self.collect_from_outside(Request::Minor);
    }
    /// A complete collection, finished when the call returns: everything that was unreachable when it began
    /// is gone (finalisable objects are queued instead). Gives the number of objects found dead.
    pub fn collect_full(&self) -> usize {
        clear_unused_stack();
        let before = self.collector().statistics.objects_died;
        self.collect_from_outside(Request::Full);
        (self.collector().statistics.objects_died - before) as usize
    }
    /// Like [`Heap::collect_full`], for a caller that knows that frames of the running thread's native stack below
    /// `floor` hold no references that are still needed: what returned calls left in them does not count.
    ///
    /// # Safety
    /// It is as the caller says, the callee-saved registers that outer frames use included.
    pub unsafe fn collect_full_above(&self, floor: usize) -> usize {
        self.collector().stacks.floor = floor;
        let dead = self.collect_full();
        self.collector().stacks.floor = 0;
        dead
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
    pub(crate) fn collect(&self, request: Request) {
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
    /// What the object's finaliser would do is done: it may die quietly. (For objects without a `drop`.)
    pub fn forget_finaliser(&self, object: Gc<Header>) {
        object.clear_flags(flag::FINALISER);
    }
    /// The object is registered for its finaliser, or queued for it. Slow: for inspection.
    pub fn awaits_finaliser(&self, v: Value) -> bool {
        let f = &self.collector().finalisers;
        f.young.contains(&v.bits()) || f.old.contains(&v.bits()) || f.queue.contains(v.bits())
    }
    /// Treats old objects with finalisers as dead: those that `chosen` picks are queued, in the order of their
    /// registration as far as it is known. For the end of a program, when its references count no longer; called
    /// right after a full collection, so that nothing is young.
    pub fn condemn_finalisable(&self, chosen: impl Fn(Value) -> bool) {
        let f = &mut self.collector().finalisers;
        let (queue, old) = (&mut f.queue, &mut f.old);
        old.retain(|&p| {
            let wanted = header(p).has(flag::FINALISER);
            if wanted && chosen(crate::shapes::value(p)) {
                // An object registered twice is queued once.
                header(p).clear_flags(flag::FINALISER);
                queue.push(p);
                return false;
            }
            wanted
        });
        self.update_poll();
    }
    /// How many finalisers have ever been registered.
    pub fn finalisers_registered(&self) -> usize {
        self.collector().finalisers.registered
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

/// Overwrites the part of the native stack that the frames of a collection are about to use: they do not write all
/// of it, and what returned functions left there would count as references.
#[inline(never)]
fn clear_unused_stack() {
    let mut words = [0usize; 4096];
    core::hint::black_box(&mut words);
}

/// Calls `f` in a frame of its own, below the caller's.
#[inline(never)]
fn on_this_stack<R>(f: impl FnOnce() -> R) -> R {
    let r = f();
    core::hint::black_box(&raw const r);
    r
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
