//! The end of a full cycle: what is not marked is dead.
//!
//! Drops of native resources run first, while dead objects are still readable; then weak tables; then lines
//! whose byte is not of the new epoch are freed, free blocks released, the bitmaps swapped, and the free
//! memory that is not needed soon is handed back to the system. The cost is per block and per large object.

use crate::blocks::{BLOCK, LINE, LINES, kind};
use crate::collector::{Collector, SLACK};
use crate::config::POISON;
use crate::large::State;
use crate::mark::Phase;

impl Collector {
    pub(crate) fn end_cycle(&mut self) {
        self.run_tables(false);
        self.settle_old_drops();
        self.forget_dead_weak();
        self.statistics.cycles += 1;
        self.statistics.objects_marked += self.marker.marked;
        self.marker.phase = Phase::Idle;
        if self.count_next_sweep {
            let large = self.large.records.iter().filter(|r| r.state == State::Old && !r.marked);
            self.statistics.objects_died += (large.count() + self.blocks.count_unmarked()) as u64;
        }
        // What was needed before may be needed again: memory goes back a quarter at a time, unless somebody asked
        // for a collection.
        let fallen = self.demand - self.demand / 4;
        self.demand = if self.count_next_sweep { 0 } else { self.blocks.in_use.max(fallen) };
        self.sweep_large();
        self.blocks.swap_bitmaps();
        self.sweep_blocks();
        self.live_bytes = self.marker.marked_bytes;
        self.promoted_since_cycle = 0;
        self.promoted_since_slice = 0;
        self.blocks_after_cycle = self.blocks.in_use;
        self.external_after_cycle = self.external;
        if self.bytes_in_use().saturating_add(2 * SLACK) < self.config.limit {
            self.exhausted = false;
        }
        let soon = (self.config.budget / BLOCK + self.blocks.in_use / 8) * 2;
        let keep = soon.max(self.demand.saturating_sub(self.blocks.in_use));
        self.statistics.bytes_trimmed += (self.blocks.trim(keep) + self.large.trim()) as u64;
    }

    fn sweep_large(&mut self) {
        for r in 0..self.large.records.len() {
            if self.large.records[r].state == State::Old {
                if !self.large.records[r].marked {
                    self.large.release(r, self.config.poison);
                } else {
                    self.large.records[r].marked = false;
                }
            }
        }
    }

    fn sweep_blocks(&mut self) {
        self.epoch = 3 - self.epoch;
        self.old.reset();
        self.nursery.mixed.clear();
        for b in 0..self.blocks.count() {
            let kind = self.blocks.kinds.get(b);
            if kind == kind::FREE {
                continue;
            }
            if self.config.poison {
                self.poison_dead_lines(b);
            }
            let epoch = self.epoch;
            for line in self.blocks.lines.slice_mut(b * LINES, LINES) {
                *line = if *line == epoch { epoch } else { 0 };
            }
            match self.blocks.survey(b) {
                LINES => self.blocks.release(b),
                0 => self.blocks.kinds.set(b, kind::OLD),
                free if kind == kind::MIXED && free * 4 >= LINES * 3 => {
                    self.nursery.mixed.push(b as u32);
                }
                _ => {
                    self.blocks.kinds.set(b, kind::OLD);
                    self.old.recyclable.push(b as u32);
                }
            }
        }
    }

    /// Overwrites the lines that are about to be freed.
    fn poison_dead_lines(&mut self, block: usize) {
        for i in block * LINES..(block + 1) * LINES {
            let line = self.blocks.lines.get(i);
            if line != self.epoch && line != 0 {
                let p = self.blocks.base + i * LINE;
                // SAFETY: a line of a block in use that no live object touches.
                unsafe { core::ptr::write_bytes(p as *mut u8, POISON, LINE) };
            }
        }
    }
}
