//! The block space: 32 KiB blocks of 128-byte lines, and the side tables that describe them.
//!
//! Words: a *line* byte is 0 when the line is free, an epoch (1 or 2) when an object found live (or promoted)
//! in that epoch touches it. A *hole* is a run of free lines. The *live* bitmap has one bit per 8 bytes, set at the start of every old object; the *mark*
//! bitmap is the next live bitmap while a marking cycle runs.
//!
//! Invariants: B1 no object crosses a block boundary; B2 every line touched by an old object has a byte that
//! is not 0; B3 a block of kind `NURSERY` has no live bits; B4 memory of a block beyond `extent` was never
//! touched and is zero.

use crate::OutOfMemory;
use crate::arena::{Reservation, Table};

pub(crate) const BLOCK_SHIFT: usize = 15;
pub(crate) const BLOCK: usize = 1 << BLOCK_SHIFT;
pub(crate) const LINE_SHIFT: usize = 7;
pub(crate) const LINE: usize = 1 << LINE_SHIFT;
pub(crate) const LINES: usize = BLOCK / LINE;
/// Blocks kept committed but unused, for the time after a refusal.
const SPARE: usize = 32;
const WORD_BITS: usize = usize::BITS as usize;

/// What a block is used for (one byte per block: the young test of the barrier and the minor collection).
pub(crate) mod kind {
    pub(crate) const FREE: u8 = 0;
    /// Every object in the block is young.
    pub(crate) const NURSERY: u8 = 1;
    /// Young objects in the holes between a few old ones.
    pub(crate) const MIXED: u8 = 2;
    /// Every object in the block is old.
    pub(crate) const OLD: u8 = 3;
}

pub(crate) struct Blocks {
    arena: Reservation,
    pub(crate) base: usize,
    /// Bytes from `base` that have ever been part of a block in use.
    pub(crate) extent: usize,
    pub(crate) live: Table<usize>,
    pub(crate) mark: Table<usize>,
    pub(crate) lines: Table<u8>,
    pub(crate) kinds: Table<u8>,
    /// Upper bound of the longest hole of each block, in lines (255 = 255 or more).
    pub(crate) longest: Vec<u8>,
    free: Vec<u32>,
    pub(crate) in_use: usize,
    ready: usize,
}

impl Blocks {
    /// Reserves up to `bytes`, halving on refusal.
    pub(crate) fn reserve(mut bytes: usize) -> Option<Blocks> {
        while bytes >= 1 << 20 {
            bytes &= !(BLOCK - 1);
            if let Some(b) = Blocks::try_reserve(bytes) {
                return Some(b);
            }
            bytes /= 2;
        }
        None
    }
    fn try_reserve(bytes: usize) -> Option<Blocks> {
        let arena = Reservation::reserve(bytes, BLOCK)?;
        let base = arena.base();
        Some(Blocks {
            arena,
            base,
            extent: 0,
            live: Table::reserve(bytes / 8 / WORD_BITS)?,
            mark: Table::reserve(bytes / 8 / WORD_BITS)?,
            lines: Table::reserve(bytes / LINE)?,
            kinds: Table::reserve(bytes / BLOCK)?,
            longest: Vec::new(),
            free: Vec::new(),
            in_use: 0,
            ready: 0,
        })
    }
    /// Number of blocks that have ever been in use.
    pub(crate) fn count(&self) -> usize {
        self.extent >> BLOCK_SHIFT
    }
    fn grow(&mut self, spare: usize) -> Result<(), OutOfMemory> {
        let max = self.arena.len() >> BLOCK_SHIFT;
        let need = self.count() + 1 + spare;
        if need > max {
            return Err(OutOfMemory);
        }
        let wish = (need + 64 + self.count() / 8).min(max);
        self.commit(wish).or_else(|_| self.commit(need))
    }
    fn commit(&mut self, blocks: usize) -> Result<(), OutOfMemory> {
        self.live.commit(blocks * BLOCK / 8 / WORD_BITS)?;
        self.mark.commit(blocks * BLOCK / 8 / WORD_BITS)?;
        self.lines.commit(blocks * LINES)?;
        self.kinds.commit(blocks)?;
        self.arena.commit(blocks * BLOCK)?;
        self.ready = blocks;
        Ok(())
    }
    /// A block for use, and whether its memory is known to be zero. Of the spare blocks one half is for `slack` 1, the
    /// other for 2.
    pub(crate) fn take(&mut self, slack: u8) -> Option<(usize, bool)> {
        let taken = if let Some(b) = self.free.pop() {
            (b as usize, false)
        } else {
            let spare = SPARE.min((self.arena.len() >> BLOCK_SHIFT) / 8);
            let spare = spare - spare * slack as usize / 2;
            if self.count() + 1 + spare > self.ready && self.grow(spare).is_err() {
                return None;
            }
            let b = self.count();
            self.extent += BLOCK;
            self.longest.push(255);
            (b, true)
        };
        self.in_use += 1;
        debug_assert!(self.lines.slice(taken.0 * LINES, LINES).iter().all(|&l| l == 0));
        Some(taken)
    }
    /// Returns a block without any object. Its line bytes must be 0 already.
    pub(crate) fn release(&mut self, block: usize) {
        debug_assert!(self.lines.slice(block * LINES, LINES).iter().all(|&l| l == 0));
        self.kinds.set(block, kind::FREE);
        self.longest[block] = 255;
        self.free.push(block as u32);
        self.in_use -= 1;
    }
    /// Hands the memory of free blocks beyond `keep` back to the system; low addresses are reused first.
    pub(crate) fn trim(&mut self, keep: usize) -> usize {
        self.free.sort_unstable_by(|a, b| b.cmp(a));
        if self.free.len() <= keep {
            return 0;
        }
        let surplus = self.free.len() - keep;
        let (mut given, mut i) = (0, 0);
        while i < surplus {
            let mut j = i + 1;
            while j < surplus && self.free[j] + 1 == self.free[j - 1] {
                j += 1;
            }
            given += self.arena.discard(self.free[j - 1] as usize * BLOCK, (j - i) * BLOCK);
            i = j;
        }
        given
    }
    #[inline(always)]
    pub(crate) fn offset(&self, address: usize) -> usize {
        address.wrapping_sub(self.base)
    }
    #[inline(always)]
    pub(crate) fn contains(&self, address: usize) -> bool {
        self.offset(address) < self.extent
    }
    #[inline(always)]
    pub(crate) fn block_of(&self, address: usize) -> usize {
        self.offset(address) >> BLOCK_SHIFT
    }
    #[inline(always)]
    pub(crate) fn address(&self, block: usize) -> usize {
        self.base + (block << BLOCK_SHIFT)
    }
    #[inline(always)]
    pub(crate) fn kind_at(&self, address: usize) -> u8 {
        self.kinds.get(self.block_of(address))
    }

    // ---- lines
    /// Writes `value` into the bytes of all lines that `[address, address+size)` touches.
    #[inline]
    pub(crate) fn set_lines(&mut self, address: usize, size: usize, value: u8) {
        let off = self.offset(address);
        let (first, last) = (off >> LINE_SHIFT, (off + size - 1) >> LINE_SHIFT);
        self.lines.set(first, value);
        if last > first {
            self.lines.slice_mut(first + 1, last - first).fill(value);
        }
    }
    /// The first hole of at least `need` lines in `block` at or after line `from`: `[start, end)` in lines.
    pub(crate) fn hole(&self, block: usize, from: usize, need: usize) -> Option<(usize, usize)> {
        let lines = self.lines.slice(block * LINES, LINES);
        let mut at = from;
        while at + need <= LINES {
            let start = at + lines[at..].iter().position(|&l| l == 0)?;
            let len = lines[start..].iter().position(|&l| l != 0).unwrap_or(LINES - start);
            if len >= need {
                return Some((start, start + len));
            }
            at = start + len;
        }
        None
    }
    /// Counts free lines and notes the longest hole of `block`.
    pub(crate) fn survey(&mut self, block: usize) -> usize {
        const ONES: u64 = u64::MAX / 255;
        let lines = self.lines.slice(block * LINES, LINES);
        let (mut free, mut run, mut longest) = (0usize, 0usize, 0usize);
        // Eight lines at a time: most groups are all free or all used.
        for group in lines.as_chunks::<8>().0 {
            let word = u64::from_ne_bytes(*group);
            if word == 0 {
                free += 8;
                run += 8;
            } else if word.wrapping_sub(ONES) & !word & (ONES << 7) == 0 {
                longest = longest.max(run);
                run = 0;
            } else {
                for &l in group {
                    let hole = usize::from(l == 0);
                    free += hole;
                    longest = longest.max(run);
                    run = (run + 1) * hole;
                }
            }
        }
        longest = longest.max(run);
        self.longest[block] = longest.min(255) as u8;
        free
    }

    // ---- bitmaps
    #[inline(always)]
    pub(crate) fn is_live(&self, address: usize) -> bool {
        get_bit(&self.live, self.offset(address))
    }
    #[inline(always)]
    pub(crate) fn set_live(&mut self, address: usize) {
        let off = self.offset(address);
        set_bit(&mut self.live, off);
    }
    #[inline(always)]
    pub(crate) fn is_marked(&self, address: usize) -> bool {
        get_bit(&self.mark, self.offset(address))
    }
    /// Sets the mark bit; true if it was clear.
    #[inline(always)]
    pub(crate) fn set_marked(&mut self, address: usize) -> bool {
        let off = self.offset(address);
        set_bit(&mut self.mark, off)
    }
    /// The nearest old object that starts at or before `address` in the same block.
    pub(crate) fn start_before(&self, address: usize) -> Option<usize> {
        let bit = self.offset(address) >> 3;
        let first = (self.block_of(address) << BLOCK_SHIFT >> 3) / WORD_BITS;
        let mut word = bit / WORD_BITS;
        let mut bits = self.live.get(word) & (usize::MAX >> (WORD_BITS - 1 - bit % WORD_BITS));
        loop {
            if bits != 0 {
                let top = WORD_BITS - 1 - bits.leading_zeros() as usize;
                return Some(self.base + ((word * WORD_BITS + top) << 3));
            }
            if word == first {
                return None;
            }
            word -= 1;
            bits = self.live.get(word);
        }
    }
    /// Calls `f` with the address of every old object of `block`.
    pub(crate) fn each_live(&self, block: usize, f: &mut dyn FnMut(usize)) {
        let words = BLOCK / 8 / WORD_BITS;
        for w in 0..words {
            let mut bits = self.live.get(block * words + w);
            while bits != 0 {
                let i = bits.trailing_zeros() as usize;
                bits &= bits - 1;
                f(self.address(block) + ((w * WORD_BITS + i) << 3));
            }
        }
    }
    /// Old objects that the running cycle has not marked.
    pub(crate) fn count_unmarked(&self) -> usize {
        let words = self.extent / 8 / WORD_BITS;
        let (live, mark) = (self.live.slice(0, words), self.mark.slice(0, words));
        live.iter().zip(mark).map(|(l, m)| (l & !m).count_ones() as usize).sum()
    }
    /// End of a cycle: what is marked is what lives.
    pub(crate) fn swap_bitmaps(&mut self) {
        core::mem::swap(&mut self.live, &mut self.mark);
        let words = self.extent / 8 / WORD_BITS;
        self.mark.slice_mut(0, words).fill(0);
    }
}

#[inline(always)]
fn get_bit(t: &Table<usize>, off: usize) -> bool {
    let bit = off >> 3;
    t.get(bit / WORD_BITS) >> (bit % WORD_BITS) & 1 != 0
}

#[inline(always)]
fn set_bit(t: &mut Table<usize>, off: usize) -> bool {
    let bit = off >> 3;
    let (i, m) = (bit / WORD_BITS, 1usize << (bit % WORD_BITS));
    let old = t.get(i);
    t.set(i, old | m);
    old & m == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks() -> Blocks {
        Blocks::reserve(4 << 20).expect("address space")
    }

    #[test]
    fn starts_are_found_across_bitmap_words_but_not_across_blocks() {
        let mut b = blocks();
        let (first, second) = (b.take(2).expect("memory").0, b.take(2).expect("memory").0);
        let (a, c) = (b.address(first), b.address(second));
        b.set_live(a);
        b.set_live(a + 1032);
        assert_eq!(b.start_before(a + 7), Some(a));
        assert_eq!(b.start_before(a + 1031), Some(a));
        assert_eq!(b.start_before(a + 1032), Some(a + 1032));
        assert_eq!(b.start_before(a + BLOCK - 1), Some(a + 1032));
        assert_eq!(b.start_before(c + 500), None);
        assert!(b.is_live(a) && !b.is_live(a + 8));
        let mut all = Vec::new();
        b.each_live(first, &mut |p| all.push(p));
        assert_eq!(all, [a, a + 1032]);
    }

    #[test]
    fn holes_are_first_fit_and_surveys_exact() {
        let mut b = blocks();
        let n = b.take(2).expect("memory").0;
        let base = b.address(n);
        b.set_lines(base + 100, 60, 1); // lines 0 and 1
        b.set_lines(base + 5 * LINE, LINE, 1);
        b.set_lines(base + 200 * LINE, 56 * LINE, 2);
        assert_eq!(b.hole(n, 0, 1), Some((2, 5)));
        assert_eq!(b.hole(n, 0, 4), Some((6, 200)));
        assert_eq!(b.hole(n, 3, 2), Some((3, 5)));
        assert_eq!(b.hole(n, 0, 195), None);
        assert_eq!(b.survey(n), 3 + 194);
        assert_eq!(b.longest[n], 194);
    }

    #[test]
    fn an_empty_reservation_refuses_and_spare_blocks_come_last() {
        let mut b = Blocks::reserve(1 << 20).expect("address space");
        let mut n = 0;
        while b.take(0).is_some() {
            n += 1;
        }
        assert_eq!(n, 28);
        while b.take(2).is_some() {
            n += 1;
        }
        assert_eq!(n, 32);
        b.release(7);
        assert_eq!(b.take(0), Some((7, false)));
    }
}
