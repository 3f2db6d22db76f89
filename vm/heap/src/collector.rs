//! The collector's state, and what its phases share: young test, fate of an object, root visits.
//!
//! All state of the heap except the two bump words lies in one [`Collector`]; its methods are spread over the
//! files by idea (`minor`, `mark`, `sweep`, `barrier`, `weak`, `finalise`, `stack`, `verify`). Callbacks of
//! the VM (trace functions, root sources, weak tables, drops) run while it is borrowed: they must not call
//! the heap, except through what they are handed.

use crate::blocks::{BLOCK, Blocks, kind};
use crate::config::HeapConfig;
use crate::finalise::Finalisers;
use crate::gc::Slot;
use crate::heap::{RootSource, Roots};
use crate::large::{Large, State};
use crate::mark::Marker;
use crate::nursery::Nursery;
use crate::old::OldSpace;
use crate::shapes::{FORWARDED, Shapes, header};
use crate::stack::Stacks;
use crate::statistics::Statistics;
use crate::value_vec::{Queue, RootList};
use crate::weak::WeakTable;
use core::ptr::NonNull;
use std::rc::Rc;

/// Memory that may be used beyond the limit after a refusal, and by promotion.
pub(crate) const SLACK: usize = 1 << 20;

pub(crate) struct Collector {
    pub(crate) config: HeapConfig,
    pub(crate) blocks: Blocks,
    pub(crate) large: Large,
    shapes: NonNull<Shapes>,
    pub(crate) nursery: Nursery,
    pub(crate) old: OldSpace,
    pub(crate) roots: Rc<RootList>,
    pub(crate) sources: Vec<*const dyn RootSource>,
    pub(crate) stacks: Stacks,
    /// Promoted objects whose fields the running minor collection has still to visit.
    pub(crate) scan: Vec<usize>,
    pub(crate) object_log: Vec<usize>,
    pub(crate) slot_log: Vec<usize>,
    pub(crate) slot_log_limit: usize,
    pub(crate) candidates: Vec<usize>,
    pub(crate) found: Vec<usize>,
    pub(crate) marker: Marker,
    /// Value of line bytes of objects that were live at the last sweep.
    pub(crate) epoch: u8,
    pub(crate) weak_pending: Vec<usize>,
    pub(crate) weak_marked: Vec<usize>,
    pub(crate) tables: Vec<(usize, WeakTable)>,
    pub(crate) next_table: usize,
    pub(crate) finalisers: Finalisers,
    pub(crate) cleared: Queue,
    pub(crate) statistics: Statistics,
    pub(crate) random: u64,
    pub(crate) collecting: bool,
    pub(crate) no_gc: usize,
    /// The next end of a cycle counts what it finds dead.
    pub(crate) count_next_sweep: bool,
    pub(crate) stress_count: u32,
    /// A refusal happened: the reserve is open until memory is free again.
    pub(crate) exhausted: bool,
    /// Whoever allocates cannot do without: see [`crate::Heap::insist`].
    pub(crate) insisted: bool,
    /// A mode is on in which not every object moves.
    pub(crate) odd_moves: bool,
    pub(crate) promoted_since_cycle: usize,
    pub(crate) promoted_since_slice: usize,
    pub(crate) live_bytes: usize,
    pub(crate) blocks_after_cycle: usize,
    /// Blocks that were in use before the cycles of late; falls slowly.
    pub(crate) demand: usize,
    pub(crate) external: usize,
    pub(crate) external_after_cycle: usize,
}

impl Collector {
    pub(crate) fn new(config: HeapConfig) -> Option<Collector> {
        let mut reserve = config.reserve.max(1 << 20);
        if let Some(limit) = crate::arena::address_space_limit() {
            reserve = reserve.min(limit / 4);
        }
        let odd_moves = !config.moving || config.random_pin != 0;
        Some(Collector {
            blocks: Blocks::reserve(reserve)?,
            large: Large::reserve(reserve)?,
            config,
            shapes: NonNull::from(Box::leak(Box::<Shapes>::default())),
            nursery: Nursery::default(),
            old: OldSpace::default(),
            roots: RootList::new(),
            sources: Vec::new(),
            stacks: Stacks::default(),
            scan: Vec::new(),
            object_log: Vec::new(),
            slot_log: Vec::new(),
            slot_log_limit: 1 << 16,
            candidates: Vec::new(),
            found: Vec::new(),
            marker: Marker::default(),
            epoch: 1,
            weak_pending: Vec::new(),
            weak_marked: Vec::new(),
            tables: Vec::new(),
            next_table: 0,
            finalisers: Finalisers::default(),
            cleared: Queue::default(),
            statistics: Statistics::default(),
            random: 0x9e37_79b9_7f4a_7c15,
            collecting: false,
            no_gc: 0,
            count_next_sweep: false,
            stress_count: 0,
            exhausted: false,
            insisted: false,
            odd_moves,
            promoted_since_cycle: 0,
            promoted_since_slice: 0,
            live_bytes: 0,
            blocks_after_cycle: 0,
            demand: 0,
            external: 0,
            external_after_cycle: 0,
        })
    }
    /// The shape table. It lies outside the collector and does not change while the collector works, so it
    /// can be read while other parts are written.
    #[inline(always)]
    pub(crate) fn shapes<'a>(&self) -> &'a Shapes {
        // SAFETY: owned by this collector until it is dropped; written only by `shapes_mut`, outside of
        // collections, and no reference from here outlives a collection.
        unsafe { self.shapes.as_ref() }
    }
    pub(crate) fn shapes_mut(&mut self) -> &mut Shapes {
        // SAFETY: see `shapes`; the caller is the VM, outside of collections.
        unsafe { self.shapes.as_mut() }
    }
    pub(crate) fn bytes_in_use(&self) -> usize {
        self.blocks.in_use * BLOCK + self.large.bytes
    }
    /// Bytes of blocks that may be in use: what the limit leaves beside large objects.
    pub(crate) fn block_room(&self, slack: u8) -> usize {
        let room = self.config.limit.saturating_sub(self.large.bytes);
        room.saturating_add(slack as usize * SLACK)
    }
    /// How many reserves are open.
    pub(crate) fn slack(&self) -> u8 {
        if self.insisted { 2 } else { u8::from(self.exhausted) }
    }
    #[inline]
    pub(crate) fn is_young(&self, address: usize) -> bool {
        if self.blocks.contains(address) {
            match self.blocks.kind_at(address) {
                kind::NURSERY => true,
                kind::MIXED => !self.blocks.is_live(address),
                _ => false,
            }
        } else {
            self.large.find(address).is_some_and(|r| self.large.records[r].state == State::Young)
        }
    }
    /// An old object begins at `address`.
    pub(crate) fn is_old_object(&self, address: usize) -> bool {
        if self.blocks.contains(address) {
            return self.blocks.is_live(address);
        }
        self.large.find(address).is_some_and(|r| {
            self.large.records[r].state == State::Old && self.large.address(r) == address
        })
    }
    /// During a minor collection: where the object is now, or `None` if it is young and not reached (yet).
    pub(crate) fn fate(&self, address: usize) -> Option<usize> {
        if self.blocks.contains(address) {
            if matches!(self.blocks.kind_at(address), kind::OLD | kind::FREE) {
                return Some(address);
            }
            let h = header(address);
            if h.shape() == FORWARDED {
                return Some(self.forwarded(address));
            }
            self.blocks.is_live(address).then_some(address)
        } else {
            let young = self
                .large
                .find(address)
                .is_some_and(|r| self.large.records[r].state == State::Young);
            (!young).then_some(address)
        }
    }
    #[inline(always)]
    pub(crate) fn forwarded(&self, address: usize) -> usize {
        self.blocks.base + header(address).len() as usize * 8
    }
    /// Visits all precise roots.
    pub(crate) fn each_root(&mut self, young_only: bool, f: &mut dyn FnMut(&mut Collector, &Slot)) {
        let roots = self.roots.clone();
        roots.visit(young_only, &mut |s| f(self, s));
        let sources = core::mem::take(&mut self.sources);
        for &source in &sources {
            let mut precise = |s: &Slot| f(self, s);
            let mut roots = Roots {
                precise: &mut precise,
                conservative: &mut |_, _, _| {},
                young_only,
                exact: true,
            };
            // SAFETY: `add_root_source`'s contract: the source lives until it is removed.
            unsafe { &*source }.roots(&mut roots);
        }
        self.sources = sources;
    }
    /// Gathers the words of conservative ranges of root sources.
    pub(crate) fn gather_sources(&mut self) {
        let sources = core::mem::take(&mut self.sources);
        for &source in &sources {
            // SAFETY: `add_root_source`'s contract: the source lives until it is removed.
            let source = unsafe { &*source };
            if source.has_conservative() {
                let mut conservative = |from, to, ends| self.gather(from, to, ends);
                let mut roots = Roots {
                    precise: &mut |_| {},
                    conservative: &mut conservative,
                    young_only: true,
                    exact: false,
                };
                source.roots(&mut roots);
            }
        }
        self.sources = sources;
    }
    /// A pseudo-random number (xorshift), for the stress modes.
    pub(crate) fn random(&mut self) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        // SAFETY: made by `Box::leak` in `new`; no reference to it is left.
        drop(unsafe { Box::from_raw(self.shapes.as_ptr()) });
    }
}
