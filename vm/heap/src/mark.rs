//! Full collection by incremental marking of a snapshot (Yuasa; the log of Doligez, Leroy and Gonthier).
//!
//! A cycle starts at the end of a minor collection, when nothing is young and all logs are empty: all roots
//! are greyed at once. Slices after later minors trace grey objects. Everything reachable at the start gets
//! marked, because the first store into an old object greys what it held (see `barrier`), every weak read
//! greys its target, and objects promoted meanwhile are born marked. No stack is scanned twice.
//!
//! Then the phase `Finalising` marks what only dead objects with finalisers reach, in depth-first order.
//! The marker's stack is its own: a minor collection in the middle of a cycle never touches it.

use crate::collector::Collector;
use crate::cpu::prefetch;
use crate::gc::Slot;
use crate::layout::Layout;
use crate::shapes::{header, slot_at};

/// Arrays with more elements than this are traced piece by piece.
const PIECE: usize = 512;
const RING: usize = 8;
const WORD: usize = size_of::<usize>();

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Phase {
    #[default]
    Idle,
    Marking,
    Finalising,
}

#[derive(Default)]
pub(crate) struct Marker {
    pub(crate) phase: Phase,
    pub(crate) stack: Vec<usize>,
    /// Arrays in progress: object and the next element.
    pieces: Vec<(usize, usize)>,
    ring: [usize; RING],
    ring_at: usize,
    pub(crate) marked_bytes: usize,
    /// Objects marked in this cycle.
    pub(crate) marked: u64,
}

impl Marker {
    #[inline(always)]
    pub(crate) fn active(&self) -> bool {
        self.phase != Phase::Idle
    }
    /// The next grey object, by way of a short queue that gives the cache time to load its header.
    #[inline]
    fn pop(&mut self) -> Option<usize> {
        for _ in 0..=RING {
            let new = self.stack.pop().unwrap_or(0);
            if new != 0 {
                prefetch(new);
            }
            let old = core::mem::replace(&mut self.ring[self.ring_at], new);
            self.ring_at = (self.ring_at + 1) % RING;
            if old != 0 {
                return Some(old);
            }
        }
        None
    }
    fn flush_ring(&mut self) {
        for p in &mut self.ring {
            if *p != 0 {
                self.stack.push(*p);
                *p = 0;
            }
        }
    }
}

impl Collector {
    /// Starts a cycle. `found` still holds what the conservative roots of the minor before pointed to.
    pub(crate) fn start_cycle(&mut self) {
        debug_assert!(!self.marker.active());
        self.statistics.cycles_started += 1;
        self.marker.phase = Phase::Marking;
        self.marker.marked_bytes = 0;
        self.marker.marked = 0;
        self.promoted_since_slice = 0;
        self.weak_marked.clear();
        let found = core::mem::take(&mut self.found);
        for &p in &found {
            // A stale word on a stack may have led to an object that the cycle before has freed since.
            if self.is_old_object(p) {
                self.grey(p);
            }
        }
        self.found = found;
        self.each_root(false, &mut |c, s| c.grey_slot(s));
        let queued = core::mem::take(&mut self.finalisers.queue);
        queued.each(|p| self.grey(p));
        self.finalisers.queue = queued;
    }
    #[inline(always)]
    pub(crate) fn grey_slot(&mut self, s: &Slot) {
        let v = s.get();
        if v.is_object() {
            self.grey(v.bits());
        }
    }
    /// Marks an old object and schedules its fields.
    #[inline]
    pub(crate) fn grey(&mut self, p: usize) {
        if self.mark_new(p) {
            self.marker.stack.push(p);
        }
    }
    /// Marks; true if the object was not marked yet.
    #[inline]
    pub(crate) fn mark_new(&mut self, p: usize) -> bool {
        if self.blocks.contains(p) {
            self.blocks.set_marked(p)
        } else if let Some(r) = self.large.find(p) {
            !core::mem::replace(&mut self.large.records[r].marked, true)
        } else {
            false
        }
    }
    pub(crate) fn is_marked(&self, p: usize) -> bool {
        if self.blocks.contains(p) {
            self.blocks.is_marked(p)
        } else {
            self.large.find(p).is_none_or(|r| self.large.records[r].marked)
        }
    }
    /// Traces up to `count` objects (or pieces of arrays). True if nothing grey is left.
    pub(crate) fn mark_some(&mut self, mut count: usize) -> bool {
        while count > 0 {
            if let Some(p) = self.marker.pop() {
                self.blacken(p, true, &mut |c, s| c.grey_slot(s));
            } else if let Some((p, from)) = self.marker.pieces.pop() {
                self.trace_piece(p, from);
            } else {
                return true;
            }
            count -= 1;
        }
        self.marker.flush_ring();
        self.marker.stack.is_empty() && self.marker.pieces.is_empty()
    }
    /// Accounts for a marked object and visits its strong fields, long arrays later if `pieces`.
    #[inline]
    pub(crate) fn blacken(
        &mut self,
        p: usize,
        pieces: bool,
        f: &mut impl FnMut(&mut Collector, &Slot),
    ) {
        let (h, shapes) = (header(p), self.shapes());
        let bytes = shapes.size_of(h);
        if self.blocks.contains(p) {
            self.blocks.set_lines(p, bytes, 3 - self.epoch);
        }
        self.marker.marked_bytes += bytes;
        self.marker.marked += 1;
        match *shapes.layout(h) {
            Layout::Slots { slots, .. } if pieces && h.len() as usize > PIECE => {
                for i in 0..slots {
                    f(self, slot_at(p + 8 + i * WORD));
                }
                self.marker.pieces.push((p, 0));
            }
            Layout::Weak { .. } => {
                self.weak_marked.push(p);
                shapes.each_slot(p, false, |s| f(self, s));
            }
            _ => shapes.each_slot(p, false, |s| f(self, s)),
        }
    }
    fn trace_piece(&mut self, p: usize, from: usize) {
        let (h, shapes) = (header(p), self.shapes());
        let Layout::Slots { size, .. } = *shapes.layout(h) else {
            return shapes.each_slot(p, false, |s| self.grey_slot(s));
        };
        let to = (from + PIECE).min(h.len() as usize);
        if to < h.len() as usize {
            self.marker.pieces.push((p, to));
        }
        for i in from..to {
            self.grey_slot(slot_at(p + size + i * WORD));
        }
    }
    /// After a minor collection: start a cycle if it is time, or do a slice of the running one.
    pub(crate) fn advance(&mut self) {
        if self.config.full_every_minor {
            if !self.marker.active() {
                self.start_cycle();
            }
            return self.finish_cycle();
        }
        if !self.marker.active() {
            if !self.cycle_due() {
                return;
            }
            self.start_cycle();
            if !self.config.incremental {
                return self.finish_cycle();
            }
        }
        // Four bytes traced for each byte promoted, at about 32 bytes an object, within a bounded pause: the
        // objects promoted meanwhile are marked already, so the cycle ends in any case.
        let least = self.config.slice.max(1);
        let work = least + (self.promoted_since_slice / 8).min(4 * least);
        self.promoted_since_slice = 0;
        self.statistics.slices += 1;
        self.step(work);
    }
    /// Does up to `work` objects of the running cycle, and whatever phases end with it.
    fn step(&mut self, work: usize) {
        if !self.mark_some(work) {
            return;
        }
        if self.marker.phase == Phase::Marking {
            self.clear_dead_weak();
            self.pick_finalisable();
            self.marker.phase = Phase::Finalising;
        }
        if self.trace_finalisable(work) && self.mark_some(usize::MAX) {
            self.queue_finalisable();
            self.clear_dead_weak();
            self.end_cycle();
        }
    }
    /// Completes the running cycle at once.
    pub(crate) fn finish_cycle(&mut self) {
        while self.marker.active() {
            self.step(usize::MAX);
        }
    }
    fn cycle_due(&self) -> bool {
        let c = &self.config;
        let blocks = self.blocks.in_use * crate::blocks::BLOCK;
        let after = self.blocks_after_cycle * crate::blocks::BLOCK;
        let small = self.live_bytes.saturating_sub(self.large.bytes) + self.promoted_since_cycle;
        // A fragmented heap gets more cycles: each opens holes for what is promoted next.
        let fragmented = after > self.live_bytes.saturating_sub(self.large.bytes) / 5 * 8;
        let share = if fragmented { self.live_bytes / 5 } else { self.live_bytes / 2 };
        self.promoted_since_cycle >= c.min_cycle.max(share)
            || (blocks > after + after / 8 + c.min_cycle && blocks > small / 5 * 9)
            || (self.bytes_in_use() > c.limit / 10 * 9
                && self.promoted_since_cycle > (c.limit / 32).min(c.min_cycle))
            || self.external
                > self.external_after_cycle + self.external_after_cycle / 2 + c.min_cycle * 4
    }
}
