//! Weak references: objects of layout `Weak`, and the VM's weak tables.
//!
//! A weak object is noted when a collection reaches it, and looked at when all strong references are known:
//! if its target is dead its weak slot becomes `UNBOUND` and the object is queued for the VM. Weak objects
//! that die themselves are never looked at. Tables get a function that tells the fate of any value; they are
//! asked after finalisers have had their say, because finalisers still use interned strings and caches.

use crate::Value;
use crate::collector::Collector;
use crate::shapes::weak_slot;

pub(crate) type WeakTable = Box<dyn Fn(&Liveness<'_>)>;

/// Tells a weak table what became of its values.
pub struct Liveness<'a> {
    collector: &'a Collector,
    young_only: bool,
}

impl Liveness<'_> {
    /// True after a minor collection: only values that were stored since the last call can have died or moved.
    pub fn young_only(&self) -> bool {
        self.young_only
    }
    /// The value as it is now (its object may have moved), or `None` if its object is dead.
    pub fn resolve(&self, v: Value) -> Option<Value> {
        if !v.is_object() {
            return Some(v);
        }
        if self.young_only {
            self.collector.fate(v.bits()).map(Value::from_bits)
        } else {
            self.collector.is_marked(v.bits()).then_some(v)
        }
    }
}

impl Collector {
    /// Minor collection: updates or clears the weak slots of the weak objects reached so far.
    pub(crate) fn settle_young_weak(&mut self) {
        let mut pending = core::mem::take(&mut self.weak_pending);
        for &w in &pending {
            let slot = weak_slot(w);
            let target = slot.get();
            if !target.is_object() {
                continue;
            }
            match self.fate(target.bits()) {
                Some(to) => slot.set_unbarriered(Value::from_bits(to)),
                None => self.clear_weak(w),
            }
        }
        pending.clear();
        self.weak_pending = pending;
    }
    /// Full cycle: clears the weak slots of marked weak objects whose targets are not marked.
    pub(crate) fn clear_dead_weak(&mut self) {
        let marked = core::mem::take(&mut self.weak_marked);
        for &w in &marked {
            let target = weak_slot(w).get();
            if target.is_object() && !self.is_marked(target.bits()) {
                self.clear_weak(w);
            }
        }
        self.weak_marked = marked;
    }
    /// End of a cycle: weak objects that have died themselves are not handed out. So the queue is no root.
    pub(crate) fn forget_dead_weak(&mut self) {
        let mut queue = core::mem::take(&mut self.cleared);
        queue.retain(|p| self.is_marked(p));
        self.cleared = queue;
    }
    fn clear_weak(&mut self, w: usize) {
        weak_slot(w).set_unbarriered(Value::UNBOUND);
        self.statistics.weak_cleared += 1;
        self.cleared.push(w);
    }
    pub(crate) fn run_tables(&mut self, young_only: bool) {
        let tables = core::mem::take(&mut self.tables);
        let liveness = Liveness { collector: self, young_only };
        for (_, hook) in &tables {
            hook(&liveness);
        }
        self.tables = tables;
    }
}
