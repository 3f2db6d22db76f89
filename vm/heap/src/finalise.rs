//! Objects whose death matters: `__del__` finalisers and native drops.
//!
//! *Finalisers* (registered by `Heap::register_finaliser`): a dead object is kept alive with all it reaches,
//! queued for the VM, and forgotten, so that it dies in a later cycle (PEP 442: once only). Of two dead objects
//! one of which reaches the other, the reaching one is queued first (reverse postorder of a depth-first walk).
//! Registering twice is harmless. *Drops* (`Heap::register_drop`, layouts with a `drop` function): called by the collector itself for an
//! object that is dead for good; it may touch only the object's own native data.

use crate::collector::Collector;
use crate::gc::Slot;
use crate::header::flag;
use crate::shapes::header;
use crate::value_vec::Queue;
use std::collections::HashSet;

#[derive(Default)]
pub(crate) struct Finalisers {
    pub(crate) young: Vec<usize>,
    pub(crate) old: Vec<usize>,
    pub(crate) young_drops: Vec<usize>,
    pub(crate) old_drops: Vec<usize>,
    /// Finalisers (not drops) ever registered.
    pub(crate) registered: usize,
    pub(crate) queue: Queue,
    /// What dies now is only kept alive: the cycle that follows at once queues it, in the right order with
    /// older objects (set by `collect_full`).
    pub(crate) defer: bool,
    /// Full cycle: dead objects with finalisers that the walk has not left yet.
    pending: HashSet<usize>,
    /// Full cycle: the walk's stack; an address with its lowest bit set is to be left.
    walk: Vec<usize>,
    left: Vec<usize>,
}

impl Collector {
    pub(crate) fn register(&mut self, p: usize, drop: bool) {
        header(p).set_flags(flag::FINALISER);
        let young = self.is_young(p);
        let f = &mut self.finalisers;
        f.registered += usize::from(!drop);
        match (young, drop) {
            (true, false) => f.young.push(p),
            (false, false) => f.old.push(p),
            (true, true) => f.young_drops.push(p),
            (false, true) => f.old_drops.push(p),
        }
    }
    fn enqueue(&mut self, p: usize) {
        self.statistics.finalisers_queued += 1;
        self.finalisers.queue.push(p);
    }

    // ---- minor collection
    pub(crate) fn settle_young_finalisers(&mut self) {
        let mut young = core::mem::take(&mut self.finalisers.young);
        let mut dead = Vec::new();
        for &p in &young {
            match self.fate(p) {
                Some(to) => self.finalisers.old.push(to),
                // Without the flag there is nothing left to do (`Heap::forget_finaliser`).
                None if header(p).has(flag::FINALISER) => dead.push(p),
                None => {}
            }
        }
        young.clear();
        self.finalisers.young = young;
        if dead.is_empty() {
            return;
        }
        for p in self.order_young(&dead) {
            let slot = Slot::new(crate::shapes::value(p));
            self.young_slot(&slot);
            if self.finalisers.defer {
                self.finalisers.old.push(slot.get().bits());
            } else {
                self.enqueue(slot.get().bits());
            }
        }
    }
    /// Dead young objects in reference order. Nothing is moved yet.
    fn order_young(&self, dead: &[usize]) -> Vec<usize> {
        let wanted: HashSet<usize> = dead.iter().copied().collect();
        let mut seen = HashSet::new();
        let (mut walk, mut left) = (Vec::new(), Vec::new());
        for &root in dead {
            walk.push(root);
            while let Some(e) = walk.pop() {
                if e & 1 != 0 {
                    left.push(e & !1);
                    continue;
                }
                if self.fate(e).is_some() || !seen.insert(e) {
                    continue;
                }
                if wanted.contains(&e) {
                    walk.push(e | 1);
                }
                self.shapes().each_slot(e, false, |s| {
                    if s.get().is_object() {
                        walk.push(s.get().bits());
                    }
                });
            }
        }
        left.reverse();
        left
    }
    pub(crate) fn settle_young_drops(&mut self) {
        let mut young = core::mem::take(&mut self.finalisers.young_drops);
        young.sort_unstable();
        young.dedup(); // registered at birth and once more
        for &p in &young {
            match self.fate(p) {
                Some(to) => self.finalisers.old_drops.push(to),
                None => self.drop_now(p),
            }
        }
        young.clear();
        self.finalisers.young_drops = young;
    }
    fn drop_now(&mut self, p: usize) {
        self.statistics.drops += 1;
        self.shapes().run_drop(p);
    }

    // ---- full cycle
    /// Strong marking is done: what is registered and not marked is to be finalised.
    pub(crate) fn pick_finalisable(&mut self) {
        let old = core::mem::take(&mut self.finalisers.old);
        let (alive, mut dead): (Vec<usize>, Vec<usize>) =
            old.iter().partition(|&&p| self.is_marked(p));
        dead.retain(|&p| header(p).has(flag::FINALISER));
        let f = &mut self.finalisers;
        f.old = alive;
        f.pending = dead.iter().copied().collect();
        f.walk = dead;
        f.walk.reverse();
        f.left.clear();
    }
    /// Marks up to `count` objects reachable from finalisable ones, depth first. True when done.
    pub(crate) fn trace_finalisable(&mut self, mut count: usize) -> bool {
        while let Some(e) = self.finalisers.walk.pop() {
            if e & 1 != 0 {
                let p = e & !1;
                if self.finalisers.pending.remove(&p) {
                    self.finalisers.left.push(p);
                }
                continue;
            }
            if !self.mark_new(e) {
                continue;
            }
            if self.finalisers.pending.contains(&e) {
                self.finalisers.walk.push(e | 1);
            }
            self.blacken(e, false, &mut |c, s| {
                let v = s.get();
                if v.is_object() && !c.is_marked(v.bits()) {
                    c.finalisers.walk.push(v.bits());
                }
            });
            count -= 1;
            if count == 0 {
                return false;
            }
        }
        true
    }
    /// The walk is over. Objects that were marked by another route meanwhile live on with their finaliser.
    pub(crate) fn queue_finalisable(&mut self) {
        let left = core::mem::take(&mut self.finalisers.left);
        if self.finalisers.defer {
            self.finalisers.old.extend(left);
        } else {
            left.into_iter().rev().for_each(|p| self.enqueue(p));
        }
        let pending = core::mem::take(&mut self.finalisers.pending);
        self.finalisers.old.extend(pending);
    }
    pub(crate) fn settle_old_drops(&mut self) {
        let mut old = core::mem::take(&mut self.finalisers.old_drops);
        old.sort_unstable();
        old.dedup();
        let mut kept = Vec::with_capacity(old.len());
        for p in old {
            if self.is_marked(p) {
                kept.push(p);
            } else {
                self.drop_now(p);
            }
        }
        self.finalisers.old_drops = kept;
    }
    /// The heap goes away: native resources of all objects are released.
    pub(crate) fn drop_all(&mut self) {
        let mut all = core::mem::take(&mut self.finalisers.old_drops);
        all.append(&mut self.finalisers.young_drops);
        all.sort_unstable();
        all.dedup();
        all.into_iter().for_each(|p| self.drop_now(p));
    }
}
