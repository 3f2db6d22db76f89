//! Conservative roots: the native stacks of all registered threads, and the resolution of candidate words.
//!
//! A *candidate* is a word that may point into an object. A word counts for the object that contains it, and
//! (if it lies on an object boundary) for the object that ends there: loops often keep a past-the-end pointer.
//! Candidates are sorted, so that every young run is walked at most once. Resolution happens before anything
//! is copied, because forwarding headers would make runs unreadable.
//!
//! One thread runs (holds the interpreter lock); its stack is scanned from its stack pointer. Threads that
//! wait have published theirs with their registers spilled below it.

use crate::blocks::kind;
use crate::collector::Collector;
use crate::heap::Ends;
use crate::layout::Layout;
use crate::shapes::header;
use core::cell::Cell;

/// A registered native stack. Scanned: `[sp, base)`.
struct Record {
    base: usize,
    sp: usize,
    thread: usize,
    depth: usize,
    /// Parts of other stacks below this one: `[from, to)` of each stack that was left for a new one.
    left: Vec<(usize, usize)>,
}

/// A native stack is not longer than this: a longer distance means that somebody switched stacks. (A net with
/// holes: a new stack may well be mapped near the old one. `on_other_stack` is the way.)
const LONGEST: usize = if usize::BITS == 64 { 1 << 30 } else { 256 << 20 };

#[derive(Default)]
pub(crate) struct Stacks {
    records: Vec<Option<Record>>,
    /// The record of the thread that holds the interpreter lock.
    current: Option<usize>,
    /// During a collection: the running thread's stack is scanned from here on, if that is above its end.
    pub(crate) floor: usize,
}

/// A number that differs between living threads.
fn thread_number() -> usize {
    thread_local!(static HERE: Cell<u8> = const { Cell::new(0) });
    HERE.with(|h| core::ptr::from_ref(h) as usize)
}

impl Stacks {
    /// The calling thread begins to run with `base` as the end of its stack; nested calls keep the outer one.
    pub(crate) fn enter(&mut self, base: usize) -> usize {
        let thread = thread_number();
        let known =
            self.records.iter().position(|r| r.as_ref().is_some_and(|r| r.thread == thread));
        if let Some(i) = known {
            if let Some(r) = &mut self.records[i] {
                r.depth += 1;
                if r.left.is_empty() {
                    r.base = r.base.max(base);
                }
            }
            self.current = Some(i);
            return i;
        }
        let record = Some(Record { base, sp: base, thread, depth: 1, left: Vec::new() });
        let i = match self.records.iter().position(Option::is_none) {
            Some(i) => {
                self.records[i] = record;
                i
            }
            None => {
                self.records.push(record);
                self.records.len() - 1
            }
        };
        self.current = Some(i);
        i
    }
    /// The running thread has registered its stack, and it is the one it runs on.
    pub(crate) fn registered(&self) -> bool {
        let here = 0u8;
        let here = core::hint::black_box(&raw const here) as usize;
        let record = self.current.and_then(|i| self.records[i].as_ref());
        record.is_some_and(|r| here <= r.base && r.base - here < LONGEST)
    }
    /// The running thread goes on on a new stack that ends at `base`; what it leaves begins at `sp`.
    pub(crate) fn push_stack(&mut self, sp: usize, base: usize) {
        if let Some(r) = self.current.and_then(|i| self.records[i].as_mut()) {
            r.left.push((sp, r.base));
            r.base = base;
        }
    }
    pub(crate) fn pop_stack(&mut self) {
        if let Some(r) = self.current.and_then(|i| self.records[i].as_mut())
            && let Some((_, base)) = r.left.pop()
        {
            r.base = base;
        }
    }
    pub(crate) fn leave(&mut self, i: usize) {
        let Some(r) = &mut self.records[i] else { return };
        r.depth -= 1;
        if r.depth == 0 {
            self.records[i] = None;
            self.current = None;
        }
    }
    /// The running thread is about to wait, with everything it holds above `sp`.
    pub(crate) fn publish(&mut self, sp: usize) -> Option<usize> {
        let i = self.current.take()?;
        if let Some(r) = &mut self.records[i] {
            r.sp = sp;
        }
        Some(i)
    }
    pub(crate) fn resume(&mut self, i: Option<usize>) {
        self.current = i;
    }
    fn ranges(&self, sp: usize) -> Vec<(usize, usize)> {
        let mut out = Vec::with_capacity(self.records.len());
        for (i, r) in self.records.iter().enumerate() {
            if let Some(r) = r {
                let from = match self.current == Some(i) {
                    true if (sp..r.base).contains(&self.floor) => self.floor,
                    true => sp,
                    false => r.sp,
                };
                out.push((from, r.base));
                out.extend_from_slice(&r.left);
            }
        }
        out
    }
}

impl Collector {
    /// Collects all words of the stacks that may be references. `sp`: the running thread's spilled registers.
    pub(crate) fn gather_stacks(&mut self, sp: usize) {
        for (from, to) in self.stacks.ranges(sp) {
            self.gather(from as *const usize, to as *const usize, Ends::Count);
        }
    }
    pub(crate) fn gather(&mut self, from: *const usize, to: *const usize, ends: Ends) {
        let words = (to as usize).saturating_sub(from as usize) / size_of::<usize>();
        self.statistics.words_scanned += words as u64;
        for i in 0..words {
            // SAFETY: the range is a live part of a native stack, or promised readable by a root source.
            let w = unsafe { core::ptr::read_volatile(from.add(i)) };
            // One beyond the end of the space may be a past-the-end pointer.
            if self.blocks.offset(w) <= self.blocks.extent
                || self.large.contains(w)
                || self.large.contains(w.wrapping_sub(1))
            {
                self.candidates.push(w);
                // Of the addresses on an 8-byte boundary the one before stands for the object that ends there.
                match w & 7 {
                    0 if ends == Ends::Ignore => {}
                    0 => self.candidates.push(w.wrapping_sub(1)),
                    7 => self.candidates.push(w - 1),
                    _ => {}
                }
            }
        }
    }
    /// Turns the candidates into starts of objects, in `found`.
    pub(crate) fn resolve_candidates(&mut self) {
        let mut words = core::mem::take(&mut self.candidates);
        words.sort_unstable();
        words.dedup();
        let mut runs = core::mem::take(&mut self.nursery.runs);
        runs.sort_unstable();
        let (mut run, mut at) = (0, 0);
        self.found.clear();
        for &w in &words {
            if self.blocks.contains(w) {
                let kind = self.blocks.kind_at(w);
                if kind == kind::FREE {
                    continue;
                }
                if kind != kind::NURSERY
                    && let Some(s) = self.blocks.start_before(w)
                    && let end = s + self.shapes().size_of(header(s))
                    && end > w
                {
                    if end != w + 1 || self.may_be_held_by_end(s) {
                        self.found.push(s);
                    }
                    continue;
                }
                while run < runs.len() && runs[run].1 <= w {
                    run += 1;
                }
                if run < runs.len() && runs[run].0 <= w {
                    at = at.max(runs[run].0);
                    if let Some(s) = self.walk(&mut at, w) {
                        self.found.push(s);
                    }
                }
            } else if let Some(r) = self.large.find(w) {
                self.found.push(self.large.address(r));
            }
        }
        self.found.dedup();
        words.clear();
        self.candidates = words;
        self.nursery.runs = runs;
    }
    /// Walks objects from `at` until the one that contains `w`, if `w` holds it.
    fn walk(&self, at: &mut usize, w: usize) -> Option<usize> {
        loop {
            let size = self.shapes().walk_size(*at)?;
            if *at + size > w {
                let filler = header(*at).shape() == crate::shapes::FILLER;
                let by_end = *at + size == w + 1;
                return (!filler && (!by_end || self.may_be_held_by_end(*at))).then_some(*at);
            }
            *at += size;
        }
    }
    /// A pointer to its end may be all that is left of an object with a run of items at its end; objects with a
    /// fixed set of fields are held by pointers to themselves. (The end of the newest object is where the next
    /// one is made: such words are common.)
    fn may_be_held_by_end(&self, s: usize) -> bool {
        match self.shapes().layout(header(s)) {
            Layout::Slots { .. } | Layout::Weak { .. } | Layout::Owned { .. } => {
                !header(s).is_empty()
            }
            Layout::Bytes { .. } | Layout::Custom { .. } => true,
        }
    }
}
