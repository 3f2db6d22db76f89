//! Large objects (above 16 KiB): whole pages of their own region, never moved.
//!
//! A page table maps every page of the region to the record of the object on it, so an interior pointer is
//! resolved by one load. A young large object is promoted by changing its state. Freed pages are reused
//! first-fit; neighbours coalesce.
//!
//! Invariants: L1 pages from `fresh` on were never handed out and are zero; L2 the page table entry of a page
//! is its record's number plus one, or 0 when the page is free.

use crate::arena::{Reservation, Table};
use std::collections::BTreeMap;

pub(crate) const PAGE: usize = 4096;
/// Objects above this size are large (up to a block, they may also fit the rest of the current nursery run).
pub(crate) const LARGE: usize = 16 << 10;

#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum State {
    Free,
    Young,
    Old,
}

pub(crate) struct Record {
    page: u32,
    pages: u32,
    pub(crate) state: State,
    pub(crate) marked: bool,
}

pub(crate) struct Large {
    arena: Reservation,
    base: usize,
    map: Table<u32>,
    pub(crate) records: Vec<Record>,
    spare_records: Vec<u32>,
    free: BTreeMap<u32, u32>,
    fresh: usize,
    /// Pages were freed since the last `trim`.
    freed: bool,
    pub(crate) bytes: usize,
    pub(crate) young: Vec<u32>,
}

impl Large {
    pub(crate) fn reserve(mut bytes: usize) -> Option<Large> {
        while bytes >= 1 << 20 {
            if let (Some(arena), Some(map)) =
                (Reservation::reserve(bytes, PAGE), Table::reserve(bytes / PAGE))
            {
                return Some(Large {
                    base: arena.base(),
                    arena,
                    map,
                    records: Vec::new(),
                    spare_records: Vec::new(),
                    free: BTreeMap::new(),
                    fresh: 0,
                    freed: false,
                    bytes: 0,
                    young: Vec::new(),
                });
            }
            bytes /= 2;
        }
        None
    }
    pub(crate) fn capacity(&self) -> usize {
        self.arena.len()
    }
    #[inline(always)]
    pub(crate) fn contains(&self, address: usize) -> bool {
        address.wrapping_sub(self.base) < self.fresh * PAGE
    }
    /// The record of the object on the page of `address`.
    #[inline]
    pub(crate) fn find(&self, address: usize) -> Option<usize> {
        if !self.contains(address) {
            return None;
        }
        match self.map.get((address - self.base) / PAGE) {
            0 => None,
            n => Some(n as usize - 1),
        }
    }
    pub(crate) fn address(&self, record: usize) -> usize {
        self.base + self.records[record].page as usize * PAGE
    }
    pub(crate) fn size(&self, record: usize) -> usize {
        self.records[record].pages as usize * PAGE
    }
    /// Zeroed pages for a young object of `size` bytes.
    pub(crate) fn alloc(&mut self, size: usize) -> Option<usize> {
        let pages = size.checked_add(PAGE - 1)? / PAGE;
        let pages32 = u32::try_from(pages).ok()?;
        let hit = self.free.iter().find(|&(_, &len)| len >= pages32).map(|(&s, &l)| (s, l));
        let page = if let Some((start, len)) = hit {
            self.free.remove(&start);
            if len > pages32 {
                self.free.insert(start + pages32, len - pages32);
            }
            self.zero(start as usize, pages);
            start
        } else {
            let start = u32::try_from(self.fresh).ok()?;
            self.extend_fresh(self.fresh.checked_add(pages)?)?;
            start
        };
        let record = Record { page, pages: pages32, state: State::Young, marked: false };
        let id = if let Some(id) = self.spare_records.pop() {
            self.records[id as usize] = record;
            id
        } else {
            self.records.push(record);
            (self.records.len() - 1) as u32
        };
        self.map.slice_mut(page as usize, pages).fill(id + 1);
        self.young.push(id);
        self.bytes += pages * PAGE;
        Some(self.address(id as usize))
    }
    fn extend_fresh(&mut self, upto: usize) -> Option<()> {
        let bytes = upto.checked_mul(PAGE).filter(|&b| b <= self.arena.len())?;
        if bytes > self.arena.committed() {
            let wish = bytes.saturating_add(4 << 20).min(self.arena.len());
            if self.arena.commit(wish).is_err() {
                self.arena.commit(bytes).ok()?;
            }
        }
        self.map.commit(upto).ok()?;
        self.fresh = upto;
        Some(())
    }
    fn zero(&self, page: usize, pages: usize) {
        // SAFETY: free pages below `fresh`: committed, and owned by the caller from now on.
        unsafe {
            core::ptr::write_bytes((self.base + page * PAGE) as *mut u8, 0, pages * PAGE);
        }
    }
    /// Grows an object in place into free or fresh pages behind it. The new pages are zero.
    pub(crate) fn extend(&mut self, record: usize, new_size: usize) -> Option<()> {
        let (page, old) = (self.records[record].page as usize, self.records[record].pages as usize);
        let pages = new_size.checked_add(PAGE - 1)? / PAGE;
        if pages <= old {
            return Some(());
        }
        let (next, extra) = (page + old, pages - old);
        if next == self.fresh {
            self.extend_fresh(next.checked_add(extra)?)?;
        } else {
            let len = *self.free.get(&(next as u32))? as usize;
            if len < extra {
                return None;
            }
            self.free.remove(&(next as u32));
            if len > extra {
                self.free.insert((next + extra) as u32, (len - extra) as u32);
            }
            self.zero(next, extra);
        }
        self.map.slice_mut(next, extra).fill(record as u32 + 1);
        self.records[record].pages = u32::try_from(pages).ok()?;
        self.bytes += extra * PAGE;
        Some(())
    }
    /// Frees the pages of a dead object.
    pub(crate) fn release(&mut self, record: usize, poison: bool) {
        let (mut page, mut pages) = (self.records[record].page, self.records[record].pages);
        self.bytes -= pages as usize * PAGE;
        self.freed = true;
        self.records[record].state = State::Free;
        self.records[record].marked = false;
        self.spare_records.push(record as u32);
        self.map.slice_mut(page as usize, pages as usize).fill(0);
        if poison {
            // SAFETY: the object is dead; its pages belong to nobody until they are zeroed for reuse.
            unsafe {
                let p = (self.base + page as usize * PAGE) as *mut u8;
                core::ptr::write_bytes(p, crate::config::POISON, pages as usize * PAGE);
            }
        } else if pages as usize >= (1 << 20) / PAGE {
            self.arena.discard(page as usize * PAGE, pages as usize * PAGE);
        }
        if let Some(len) = self.free.remove(&(page + pages)) {
            pages += len;
        }
        let before = self.free.range(..page).next_back().map(|(&s, &l)| (s, l));
        if let Some((start, len)) = before
            && start + len == page
        {
            page = start;
            pages += len;
        }
        self.free.insert(page, pages);
    }
    /// Gives the memory of all free pages back to the system.
    pub(crate) fn trim(&mut self) -> usize {
        if !core::mem::take(&mut self.freed) {
            return 0;
        }
        let arena = &self.arena;
        self.free.iter().map(|(&s, &l)| arena.discard(s as usize * PAGE, l as usize * PAGE)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_coalesce_and_interior_addresses_resolve() {
        let mut l = Large::reserve(1 << 20).expect("address space");
        let places: Vec<usize> = (0..6).map(|_| l.alloc(5 * PAGE - 3).expect("memory")).collect();
        for (i, &p) in places.iter().enumerate() {
            assert_eq!(l.find(p + 5 * PAGE - 1), Some(i));
            assert_eq!(l.address(i), p);
        }
        assert_eq!(l.find(places[5] + 5 * PAGE), None);
        for i in [1, 3, 2] {
            l.release(i, true);
        }
        assert_eq!(l.free.len(), 1, "three neighbours are one run");
        assert_eq!(l.find(places[2]), None);
        let p = l.alloc(15 * PAGE).expect("memory");
        assert_eq!(p, places[1]);
        // SAFETY: the pages were just allocated.
        let bytes = unsafe { core::slice::from_raw_parts(p as *const u8, 15 * PAGE) };
        assert!(bytes.iter().all(|&b| b == 0));
        assert_eq!(l.bytes, 30 * PAGE);
    }

    #[test]
    fn growth_takes_free_or_fresh_pages_behind_and_nothing_else() {
        let mut l = Large::reserve(1 << 20).expect("address space");
        for _ in 0..3 {
            l.alloc(2 * PAGE).expect("memory");
        }
        assert_eq!(l.extend(0, 3 * PAGE), None);
        l.release(1, false);
        assert_eq!(l.extend(0, 5 * PAGE), None);
        assert_eq!(l.extend(0, 3 * PAGE), Some(()));
        assert_eq!(l.find(l.base + 2 * PAGE), Some(0));
        assert_eq!(l.extend(2, 100 * PAGE), Some(()));
        assert_eq!(l.extend(2, 1 << 20), None);
        assert_eq!(l.alloc(1 << 21), None);
        assert_eq!(l.alloc(usize::MAX), None);
    }
}
