//! Where young objects are born: bump runs through free blocks, and through the holes of mixed blocks.
//!
//! A *run* is a stretch of zeroed memory that is filled from its start without gaps, so that it can be walked
//! object by object. The main run's two words live in [`crate::Heap`] for compiled code; a second run takes
//! medium objects that do not fit the rest of the main one. Runs are recorded when they are left.

use crate::blocks::{Blocks, LINE, LINES, kind};

#[derive(Default, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) start: usize,
    pub(crate) next: usize,
    pub(crate) end: usize,
}

impl Run {
    #[inline]
    pub(crate) fn bump(&mut self, size: usize) -> Option<usize> {
        if size > self.end - self.next {
            return None;
        }
        let p = self.next;
        self.next += size;
        Some(p)
    }
}

#[derive(Default)]
pub(crate) struct Nursery {
    pub(crate) main: Run,
    pub(crate) medium: Run,
    /// Filled parts of finished runs.
    pub(crate) runs: Vec<(usize, usize)>,
    /// Blocks that hold young objects.
    pub(crate) blocks: Vec<u32>,
    /// Mixed blocks waiting for use: mostly free, with a few old objects.
    pub(crate) mixed: Vec<u32>,
    mixed_line: usize,
    /// Bytes of run memory taken, and bytes charged, since the last minor collection.
    pub(crate) used: usize,
    pub(crate) charged: usize,
}

impl Nursery {
    /// Records the main and the medium run and forgets them.
    pub(crate) fn close_runs(&mut self) {
        for run in [&mut self.main, &mut self.medium] {
            if run.next > run.start {
                self.runs.push((run.start, run.next));
            }
            *run = Run::default();
        }
    }
    /// A zeroed run of at least `size` bytes; `fresh` supplies whole blocks.
    pub(crate) fn take_run(
        &mut self,
        blocks: &mut Blocks,
        size: usize,
        longest: usize,
        fresh: &mut dyn FnMut(&mut Blocks) -> Option<(usize, bool)>,
    ) -> Option<Run> {
        if size <= LINE
            && let Some((start, end)) = self.mixed_hole(blocks)
        {
            self.used += end - start;
            zero(start, end - start);
            return Some(Run { start, next: start, end });
        }
        let (b, clean) = fresh(blocks)?;
        blocks.kinds.set(b, kind::NURSERY);
        self.blocks.push(b as u32);
        let start = blocks.address(b);
        let len = (LINES * LINE).min(longest.max(size).next_multiple_of(LINE));
        self.used += len;
        if !clean {
            zero(start, len);
        }
        Some(Run { start, next: start, end: start + len })
    }
    fn mixed_hole(&mut self, blocks: &mut Blocks) -> Option<(usize, usize)> {
        while let Some(&b) = self.mixed.last() {
            let b = b as usize;
            if self.mixed_line == 0 {
                self.blocks.push(b as u32);
            }
            if let Some((s, e)) = blocks.hole(b, self.mixed_line, 1) {
                self.mixed_line = e;
                let base = blocks.address(b);
                return Some((base + s * LINE, base + e * LINE));
            }
            self.mixed.pop();
            self.mixed_line = 0;
        }
        None
    }
    /// A mixed block that is partly used up counts as used: called when a minor collection begins.
    pub(crate) fn retire_mixed(&mut self) {
        if self.mixed_line != 0 {
            self.mixed.pop();
            self.mixed_line = 0;
        }
    }
}

fn zero(start: usize, len: usize) {
    // SAFETY: free lines of a committed block that the nursery has just taken.
    unsafe { core::ptr::write_bytes(start as *mut u8, 0, len) }
}
