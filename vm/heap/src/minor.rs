//! Minor collection: every young object that is reached is copied once into a hole of the old space, or
//! promoted in place when it is pinned; the rest of the nursery is free again.
//!
//! Roots: native stacks (what they point to is pinned), precise roots, the object and slot logs. Order:
//! resolve conservative candidates, promote those in place, precise roots, logs, fields of promoted objects;
//! then weak slots, finalisers, weak tables, native drops; then the blocks are given back.
//!
//! Invariants afterwards: M1 nothing is young; M2 logs are empty and every old object has `UNLOGGED` set;
//! M3 if a marking cycle runs, all objects promoted here are marked (born black).

use crate::blocks::{LINE, LINES, kind};
use crate::collector::Collector;
use crate::gc::Slot;
use crate::header::flag;
use crate::large::State;
use crate::layout::Layout;
use crate::shapes::{FORWARDED, header, layout_size, round8};
use crate::{Header, config};

impl Collector {
    /// `sp`: lowest address of the running thread's stack to scan. The runs must be closed.
    pub(crate) fn minor(&mut self, sp: usize) {
        self.statistics.minors += 1;
        let allocated = self.nursery.used.saturating_add(self.nursery.charged) as u64;
        self.statistics.bytes_allocated = self.statistics.bytes_allocated.saturating_add(allocated);
        self.check_runs();
        self.nursery.retire_mixed();
        self.gather_stacks(sp);
        self.gather_sources();
        self.resolve_candidates();
        let found = core::mem::take(&mut self.found);
        for &p in &found {
            if self.fate(p).is_none() {
                self.promote_in_place(p);
            }
        }
        self.found = found;
        self.each_root(true, &mut |c, s| c.young_slot(s));
        self.scan_logs();
        self.drain();
        self.settle_young_weak();
        self.settle_young_finalisers();
        self.drain();
        self.settle_young_weak();
        self.run_tables(true);
        self.settle_young_drops();
        self.release_nursery();
    }

    /// Visits one reference during a minor collection.
    #[inline(always)]
    pub(crate) fn young_slot(&mut self, s: &Slot) {
        let v = s.get();
        if !v.is_object() {
            return;
        }
        let p = v.bits();
        if self.blocks.contains(p) {
            let kind = self.blocks.kind_at(p);
            if kind != kind::NURSERY && kind != kind::MIXED {
                return;
            }
            let to = self.promote_small(p);
            if to != p {
                s.set_unbarriered(crate::shapes::value(to));
            }
        } else if let Some(r) = self.large.find(p)
            && self.large.records[r].state == State::Young
        {
            self.promote_in_place(p);
        }
    }

    /// The new address of an object in a nursery or mixed block, moved if need be.
    #[inline]
    fn promote_small(&mut self, p: usize) -> usize {
        let h = header(p);
        if h.shape() == FORWARDED {
            return self.forwarded(p);
        }
        if self.blocks.is_live(p) {
            return p;
        }
        let layout = self.shapes().layout(h);
        let size = round8(layout_size(layout, h));
        let leaf = matches!(layout, Layout::Bytes { .. });
        if h.has(flag::PINNED) || (self.odd_moves && self.stays()) {
            self.statistics.objects_pinned += 1;
            self.statistics.bytes_pinned += size as u64;
            self.born_old(p, size, leaf);
            return p;
        }
        let Some(to) = self.old.bump(size).or_else(|| self.find_place(size)) else {
            // No memory for a copy: the object stays where it is.
            self.promote_in_place(p);
            return p;
        };
        copy_object(p, to, size);
        let units = ((to - self.blocks.base) >> 3) as u32;
        // SAFETY: the dead original has room for a header.
        unsafe { (p as *mut Header).write(Header::new(FORWARDED, units)) };
        self.statistics.objects_copied += 1;
        self.statistics.bytes_copied += size as u64;
        self.born_old(to, size, leaf);
        to
    }
    /// In the modes that do not move everything: whether this object stays.
    #[cold]
    fn stays(&mut self) -> bool {
        !self.config.moving
            || (self.config.random_pin != 0
                && self.random().is_multiple_of(u64::from(self.config.random_pin)))
    }
    #[cold]
    #[inline(never)]
    fn find_place(&mut self, size: usize) -> Option<usize> {
        let room = self.block_room(1);
        self.old.alloc(&mut self.blocks, size, &mut |b| {
            if (b.in_use + 1) << crate::blocks::BLOCK_SHIFT > room {
                return None;
            }
            b.take(2).map(|(block, _)| block)
        })
    }

    pub(crate) fn promote_in_place(&mut self, p: usize) {
        let h = header(p);
        let size = self.shapes().size_of(h);
        let leaf = matches!(self.shapes().layout(h), Layout::Bytes { .. });
        let Some(r) = self.large.find(p) else {
            self.statistics.objects_pinned += 1;
            self.statistics.bytes_pinned += size as u64;
            return self.born_old(p, size, leaf);
        };
        h.set_flags(flag::UNLOGGED);
        self.large.records[r].state = State::Old;
        self.large.records[r].marked = self.marker.active();
        self.count_promotion(p, size, leaf);
    }

    /// Makes the object at `p`, in a block, an old one and schedules its fields.
    #[inline(always)]
    fn born_old(&mut self, p: usize, size: usize, leaf: bool) {
        header(p).set_flags(flag::UNLOGGED);
        self.blocks.set_live(p);
        let mut line = self.epoch;
        if self.marker.active() {
            self.blocks.set_marked(p);
            line = 3 - line;
        }
        self.blocks.set_lines(p, size, line);
        self.count_promotion(p, size, leaf);
    }
    #[inline(always)]
    fn count_promotion(&mut self, p: usize, size: usize, leaf: bool) {
        self.promoted_since_cycle += size;
        self.promoted_since_slice += size;
        // Matters only while marking; counted always, because the marker starts from 0.
        self.marker.marked_bytes += size;
        if !leaf {
            self.scan.push(p);
        }
    }

    /// Visits the fields of promoted objects until there is nothing new.
    pub(crate) fn drain(&mut self) {
        let shapes = self.shapes();
        while let Some(p) = self.scan.pop() {
            if let Layout::Weak { .. } = shapes.layout(header(p)) {
                // While marking, this is enough: what a weak object of the program's making points to was in
                // the program's hands, so it gets marked in the running cycle.
                self.weak_pending.push(p);
            }
            shapes.each_slot(p, false, |s| self.young_slot(s));
        }
    }

    fn scan_logs(&mut self) {
        let shapes = self.shapes();
        let mut objects = core::mem::take(&mut self.object_log);
        for &p in &objects {
            header(p).set_flags(flag::UNLOGGED);
            if let Layout::Weak { .. } = shapes.layout(header(p)) {
                self.weak_pending.push(p);
            }
            shapes.each_slot(p, false, |s| self.young_slot(s));
        }
        objects.clear();
        self.object_log = objects;
        let mut slots = core::mem::take(&mut self.slot_log);
        for &s in &slots {
            self.young_slot(crate::shapes::slot_at(s));
        }
        slots.clear();
        if slots.capacity() > 1 << 18 {
            slots.shrink_to(1 << 16);
        }
        self.slot_log_limit = 1 << 16;
        self.slot_log = slots;
    }

    /// Gives the nursery's memory back; blocks with pinned objects become mixed or old.
    fn release_nursery(&mut self) {
        if self.config.poison {
            self.poison_runs();
        }
        let mut blocks = core::mem::take(&mut self.nursery.blocks);
        for &b in blocks.iter().rev() {
            let b = b as usize;
            let free = self.blocks.survey(b);
            if free == LINES {
                self.blocks.release(b);
            } else if free * 4 >= LINES * 3 {
                self.blocks.kinds.set(b, kind::MIXED);
                self.nursery.mixed.push(b as u32);
            } else {
                self.blocks.kinds.set(b, kind::OLD);
                self.old.recyclable.push(b as u32);
            }
        }
        blocks.clear();
        self.nursery.blocks = blocks;
        self.nursery.runs.clear();
        self.nursery.used = 0;
        self.nursery.charged = 0;
        for r in core::mem::take(&mut self.large.young) {
            if self.large.records[r as usize].state == State::Young {
                self.large.release(r as usize, self.config.poison);
            }
        }
    }

    /// Overwrites the free lines of all young runs.
    fn poison_runs(&mut self) {
        for &(start, end) in &self.nursery.runs {
            let mut p = start;
            while p < end {
                if self.blocks.lines.get(self.blocks.offset(p) / LINE) == 0 {
                    // SAFETY: a free line of a nursery run: nothing in it is alive.
                    unsafe { core::ptr::write_bytes(p as *mut u8, config::POISON, LINE) };
                }
                p += LINE;
            }
        }
    }
}

/// Copies a whole object, a multiple of 8 bytes; most are a few words, for which a call costs more.
#[inline(always)]
fn copy_object(from: usize, to: usize, size: usize) {
    if size <= 64 {
        for i in (0..size).step_by(8) {
            // SAFETY: both places have `size` bytes, 8-aligned, and do not overlap.
            unsafe { ((to + i) as *mut u64).write(((from + i) as *const u64).read()) };
        }
    } else {
        // SAFETY: as above.
        unsafe { core::ptr::copy_nonoverlapping(from as *const u8, to as *mut u8, size) };
    }
}
