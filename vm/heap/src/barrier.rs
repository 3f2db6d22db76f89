//! The slow path of the write barrier, for stores into old objects.
//!
//! Two jobs with one test (`flag::UNLOGGED`): remember where old objects may point to young ones, and keep
//! the marking snapshot (grey what a field held before it is overwritten). An object with few slots is logged
//! once between two minor collections; of an object with more than [`SLOTS`] slots only the slots are logged,
//! and only if the new value is young.

use crate::collector::Collector;
use crate::gc::Slot;
use crate::header::{Header, flag};
use crate::shapes::value;

const SLOTS: usize = 16;

impl Collector {
    /// Before a store of `new` (`None`: unknown) into `slot` of `owner`. True asks for a collection soon.
    pub(crate) fn log_store(
        &mut self,
        owner: &Header,
        slot: &Slot,
        new: Option<crate::Value>,
    ) -> bool {
        if self.shapes().slot_count(owner) <= SLOTS {
            self.log_object(owner);
            return false;
        }
        if self.marker.active() {
            self.grey_checked(slot.get());
        }
        let young = new.is_none_or(|v| v.is_object() && self.is_young(v.bits()));
        let at = core::ptr::from_ref(slot) as usize;
        if !young || self.slot_log.last() == Some(&at) {
            return false;
        }
        self.statistics.slots_logged += 1;
        self.slot_log.push(at);
        if self.slot_log.len() < self.slot_log_limit {
            return false;
        }
        // Many stores without an allocation: keep the log no longer than the set of slots.
        self.slot_log.sort_unstable();
        self.slot_log.dedup();
        self.slot_log_limit = (self.slot_log.len() * 2).max(1 << 16);
        true
    }
    /// Before any change of the fields of an old object that is not logged.
    pub(crate) fn log_object(&mut self, owner: &Header) {
        owner.clear_flags(flag::UNLOGGED);
        let p = core::ptr::from_ref(owner) as usize;
        self.statistics.objects_logged += 1;
        self.object_log.push(p);
        if self.marker.active() {
            self.shapes().each_slot(p, false, |s| self.grey_checked(s.get()));
        }
    }
    /// Greys what `v` points to, unless it is young (young objects are born marked when they get old).
    pub(crate) fn grey_checked(&mut self, v: crate::Value) {
        if v.is_object() && !self.is_young(v.bits()) {
            self.grey(v.bits());
        }
    }
    /// Takes `v` out of any doubt before it is given to the mutator by a weak route.
    pub(crate) fn keep_read(&mut self, address: usize) {
        if self.marker.active() {
            self.grey_checked(value(address));
        }
    }
}
