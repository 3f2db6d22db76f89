//! Allocation slow paths and collection requests: which memory, and when to collect.

use crate::blocks::{BLOCK, LINE};
use crate::collector::Collector;
use crate::large::{LARGE, PAGE};
use crate::nursery::Run;

/// A medium object goes to the second run if the main one would waste more than this.
const WASTE: usize = 1024;

impl Collector {
    /// False for sizes that no collection can make room for.
    pub(crate) fn could_ever_fit(&self, size: usize) -> bool {
        size <= LARGE || (size <= self.large.capacity() && size <= self.config.limit)
    }
    /// All references can be found now.
    pub(crate) fn may_collect(&self) -> bool {
        self.no_gc == 0 && !self.collecting && (self.config.exact_roots || self.stacks.registered())
    }
    /// Whether a minor collection should precede an allocation of `size` bytes that left the fast path.
    pub(crate) fn collection_due(&mut self, size: usize) -> bool {
        if self.config.stress != 0 {
            self.stress_count += 1;
            if self.stress_count >= self.config.stress {
                self.stress_count = 0;
                return true;
            }
        }
        let run = &self.nursery.main;
        let over = self.nursery.used.saturating_add(self.nursery.charged) >= self.budget();
        over && (self.nursery.charged > 0 || size > run.end - run.next)
    }
    /// Bytes until the next minor collection. The first period is longer: a short program never collects, and
    /// what start-up makes lives on anyhow.
    pub(crate) fn budget(&self) -> usize {
        let periods = 1 + usize::from(self.statistics.minors == 0);
        self.config.budget.saturating_mul(periods)
    }
    /// Zeroed memory for a young object, without collecting.
    pub(crate) fn allocate(&mut self, size: usize) -> Option<usize> {
        if size > LARGE {
            return self.allocate_large(size);
        }
        if let Some(p) = self.nursery.main.bump(size) {
            return Some(p);
        }
        let run = self.nursery.main;
        if size > LINE && run.end - run.next > WASTE {
            if let Some(p) = self.nursery.medium.bump(size) {
                return Some(p);
            }
            let new = self.take_run(size)?;
            let old = core::mem::replace(&mut self.nursery.medium, new);
            self.nursery.runs.extend((old.next > old.start).then_some((old.start, old.next)));
            return self.nursery.medium.bump(size);
        }
        let new = self.take_run(size)?;
        self.nursery.runs.extend((run.next > run.start).then_some((run.start, run.next)));
        self.nursery.main = new;
        self.nursery.main.bump(size)
    }
    fn take_run(&mut self, size: usize) -> Option<Run> {
        let slack = self.slack();
        let room = self.block_room(slack);
        self.nursery.take_run(&mut self.blocks, size, self.config.run, &mut |b| {
            if (b.in_use + 1).saturating_mul(BLOCK) > room { None } else { b.take(slack) }
        })
    }
    fn allocate_large(&mut self, size: usize) -> Option<usize> {
        let pages = size.checked_next_multiple_of(PAGE)?;
        if self.bytes_in_use().checked_add(pages)? > self.config.limit {
            return None;
        }
        let p = self.large.alloc(size)?;
        self.nursery.charged = self.nursery.charged.saturating_add(pages);
        Some(p)
    }
    /// Grows a large object in place from `old` to `new` bytes.
    pub(crate) fn extend_large(&mut self, record: usize, p: usize, old: usize, new: usize) -> bool {
        let had = self.large.size(record);
        let extra = new.saturating_sub(had);
        if self.bytes_in_use().saturating_add(extra) > self.config.limit
            || self.large.extend(record, new).is_none()
        {
            return false;
        }
        // SAFETY: the rest of the object's last page; new pages are zero already.
        unsafe {
            core::ptr::write_bytes((p + old) as *mut u8, 0, had.min(new).saturating_sub(old))
        };
        self.nursery.charged = self.nursery.charged.saturating_add(extra);
        if !self.is_young(p) {
            self.promoted_since_cycle += extra;
        }
        true
    }
    /// A minor collection and the marking work that is due after it.
    pub(crate) fn collect_minor(&mut self, sp: usize) {
        self.nursery.close_runs();
        self.minor(sp);
        self.check("minor collection");
        self.advance();
        self.check("marking");
    }
    /// Finishes the running cycle, then runs a whole one from a fresh snapshot. Counts the dead.
    pub(crate) fn collect_full(&mut self, sp: usize) {
        self.nursery.close_runs();
        let young = self.count_young();
        let survived = self.statistics.objects_copied + self.statistics.objects_pinned;
        self.finalisers.defer = true;
        self.minor(sp);
        self.check("minor collection");
        let survived = self.statistics.objects_copied + self.statistics.objects_pinned - survived;
        self.statistics.objects_died += young.saturating_sub(survived);
        // `found` serves the start of a cycle; it stays valid because nothing moves any more.
        self.finish_counted();
        self.finalisers.defer = false;
        self.start_cycle();
        self.finish_counted();
        self.check("full collection");
    }
    /// Finishes the running cycle, if any, and adds what it found dead to the statistics.
    fn finish_counted(&mut self) {
        if self.marker.active() {
            self.count_next_sweep = true;
            self.finish_cycle();
            self.count_next_sweep = false;
        }
    }
    /// Objects in the nursery's blocks.
    fn count_young(&self) -> u64 {
        let mut n = 0;
        for &(start, end) in &self.nursery.runs {
            let mut p = start;
            while p < end {
                let Some(size) = self.shapes().walk_size(p) else { break };
                n += u64::from(crate::shapes::header(p).shape() != crate::shapes::FILLER);
                p += size;
            }
        }
        n
    }
    /// Calls `f` with every old object.
    pub(crate) fn each_old(&self, f: &mut dyn FnMut(usize)) {
        for b in 0..self.blocks.count() {
            if self.blocks.kinds.get(b) != crate::blocks::kind::FREE {
                self.blocks.each_live(b, f);
            }
        }
        for (r, record) in self.large.records.iter().enumerate() {
            if record.state == crate::large::State::Old {
                f(self.large.address(r));
            }
        }
    }
}
