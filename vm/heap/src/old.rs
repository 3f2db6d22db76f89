//! The promotion allocator: places for young survivors in the holes of old blocks.
//!
//! Objects are bumped through one hole after the other. A medium object (above a line) that does not fit the
//! rest of the current hole searches the recyclable blocks first-fit with a cursor of its own, and gives up
//! after [`SEARCH`] blocks whose longest hole was overrated. The two never meet: what is left of the current
//! hole is too short for an object that just failed to fit there, and a hole never grows between sweeps.

use crate::blocks::{Blocks, LINE, LINES, kind};

const SEARCH: usize = 64;

#[derive(Default)]
pub(crate) struct OldSpace {
    next: usize,
    end: usize,
    medium_next: usize,
    medium_end: usize,
    /// Old blocks with holes, in address order after a sweep.
    pub(crate) recyclable: Vec<u32>,
    small_at: usize,
    small_line: usize,
    medium_at: usize,
    /// All of the first `hopeless_among` recyclable blocks were seen to have no hole of `hopeless` lines.
    hopeless: usize,
    hopeless_among: usize,
}

impl OldSpace {
    /// Room in the current small run.
    #[inline(always)]
    pub(crate) fn bump(&mut self, size: usize) -> Option<usize> {
        if size > self.end - self.next {
            return None;
        }
        let p = self.next;
        self.next += size;
        Some(p)
    }
    /// Room for a promoted object; `fresh` supplies whole blocks. The memory is not zeroed.
    pub(crate) fn alloc(
        &mut self,
        blocks: &mut Blocks,
        size: usize,
        fresh: &mut dyn FnMut(&mut Blocks) -> Option<usize>,
    ) -> Option<usize> {
        if size <= LINE {
            self.alloc_small(blocks, size, fresh)
        } else {
            self.alloc_medium(blocks, size, fresh)
        }
    }
    fn alloc_small(
        &mut self,
        blocks: &mut Blocks,
        size: usize,
        fresh: &mut dyn FnMut(&mut Blocks) -> Option<usize>,
    ) -> Option<usize> {
        while let Some(&b) = self.recyclable.get(self.small_at) {
            let b = b as usize;
            if let Some((s, e)) = blocks.hole(b, self.small_line, 1) {
                self.small_line = e;
                return Some(self.open(blocks, b, s, e, size));
            }
            self.small_at += 1;
            self.small_line = 0;
        }
        let b = fresh(blocks)?;
        blocks.kinds.set(b, kind::OLD);
        Some(self.open(blocks, b, 0, LINES, size))
    }
    fn open(&mut self, blocks: &Blocks, b: usize, s: usize, e: usize, size: usize) -> usize {
        let p = blocks.address(b) + s * LINE;
        self.next = p + size;
        self.end = blocks.address(b) + e * LINE;
        p
    }
    fn alloc_medium(
        &mut self,
        blocks: &mut Blocks,
        size: usize,
        fresh: &mut dyn FnMut(&mut Blocks) -> Option<usize>,
    ) -> Option<usize> {
        let need = size.div_ceil(LINE);
        let (mut tries, mut left) = (SEARCH, self.recyclable.len());
        if need >= self.hopeless && self.hopeless_among == left {
            left = 0;
        }
        while tries > 0 && left > 0 {
            left -= 1;
            if self.medium_at >= self.recyclable.len() {
                self.medium_at = 0;
            }
            let b = self.recyclable[self.medium_at] as usize;
            if need <= blocks.longest[b] as usize {
                if let Some((s, _)) = blocks.hole(b, 0, need) {
                    return Some(blocks.address(b) + s * LINE);
                }
                blocks.longest[b] = (need - 1).min(255) as u8;
                tries -= 1;
            }
            self.medium_at += 1;
        }
        if left == 0 {
            let known = self.hopeless_among == self.recyclable.len();
            self.hopeless = if known { need.min(self.hopeless) } else { need };
            self.hopeless_among = self.recyclable.len();
        }
        if size > self.medium_end - self.medium_next {
            let b = fresh(blocks)?;
            blocks.kinds.set(b, kind::OLD);
            self.medium_next = blocks.address(b);
            self.medium_end = self.medium_next + LINES * LINE;
        }
        let p = self.medium_next;
        self.medium_next += size;
        Some(p)
    }
    /// Forgets all runs and blocks: a sweep is about to rebuild the list.
    pub(crate) fn reset(&mut self) {
        *self =
            OldSpace { recyclable: core::mem::take(&mut self.recyclable), ..OldSpace::default() };
        self.recyclable.clear();
    }
}
