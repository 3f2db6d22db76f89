//! Address space from the operating system: reserved once, committed as it is needed, handed back page-wise.
//!
//! Guarantees: a reservation never moves; committed memory that was never written reads as zero; a refusal by
//! the system (address space, commit charge, resource limits) is an [`OutOfMemory`], never an abort.
//! Words: *reserve* = claim addresses without permission to touch them; *commit* = make a prefix of a
//! reservation readable and writable; *discard* = give the pages' memory back, keeping the addresses (their
//! contents are undefined afterwards: some emulators ignore the request).

use crate::OutOfMemory;
use core::marker::PhantomData;

/// A range of addresses of which a prefix is committed.
pub(crate) struct Reservation {
    map: usize,
    map_len: usize,
    base: usize,
    len: usize,
    committed: usize,
    page: usize,
}

impl Reservation {
    /// Claims `len` bytes aligned to `align` (a power of two).
    pub(crate) fn reserve(len: usize, align: usize) -> Option<Reservation> {
        let page = page_size();
        let align = align.max(page);
        let len = len.checked_add(page - 1)? & !(page - 1);
        let map_len = len.checked_add(align)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new anonymous mapping at an address of the kernel's choice touches no existing memory.
        let p =
            unsafe { libc::mmap(core::ptr::null_mut(), map_len, libc::PROT_NONE, flags, -1, 0) };
        if p == libc::MAP_FAILED {
            return None;
        }
        let map = p as usize;
        let base = (map + align - 1) & !(align - 1);
        Some(Reservation { map, map_len, base, len, committed: 0, page })
    }
    pub(crate) fn base(&self) -> usize {
        self.base
    }
    pub(crate) fn len(&self) -> usize {
        self.len
    }
    pub(crate) fn committed(&self) -> usize {
        self.committed
    }
    /// Makes at least the first `bytes` bytes usable.
    pub(crate) fn commit(&mut self, bytes: usize) -> Result<(), OutOfMemory> {
        if bytes <= self.committed {
            return Ok(());
        }
        if bytes > self.len {
            return Err(OutOfMemory);
        }
        let upto = (bytes + self.page - 1) & !(self.page - 1);
        let upto = upto.min(self.len);
        let from = (self.base + self.committed) & !(self.page - 1);
        let rights = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the range lies inside this reservation, which nobody else uses.
        let r = unsafe { libc::mprotect(from as *mut _, self.base + upto - from, rights) };
        if r != 0 {
            return Err(OutOfMemory);
        }
        self.committed = upto;
        Ok(())
    }
    /// Gives the memory behind `[offset, offset+len)` back, as far as it covers whole pages.
    pub(crate) fn discard(&self, offset: usize, len: usize) -> usize {
        let from = (self.base + offset + self.page - 1) & !(self.page - 1);
        let to = (self.base + offset + len) & !(self.page - 1);
        if from >= to || offset + len > self.committed {
            return 0;
        }
        // SAFETY: whole pages inside the committed part; the caller says that nothing there is needed.
        unsafe { libc::madvise(from as *mut _, to - from, libc::MADV_DONTNEED) };
        to - from
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        // SAFETY: exactly the mapping made by `reserve`; the owner is going away.
        unsafe { libc::munmap(self.map as *mut _, self.map_len) };
    }
}

fn page_size() -> usize {
    // SAFETY: a query without arguments in memory.
    let n = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    if n > 0 { n as usize } else { 4096 }
}

/// The soft limit on address space, if one is set.
pub(crate) fn address_space_limit() -> Option<usize> {
    let mut r = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `r` is a valid place for the answer.
    if unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut r) } != 0 || r.rlim_cur == libc::RLIM_INFINITY
    {
        return None;
    }
    usize::try_from(r.rlim_cur).ok()
}

/// A side table: an array of plain numbers, zero until written, that grows by committing.
pub(crate) struct Table<T: Copy> {
    memory: Reservation,
    entries: PhantomData<T>,
}

impl<T: Copy> Table<T> {
    pub(crate) fn reserve(entries: usize) -> Option<Table<T>> {
        let memory = Reservation::reserve(entries.checked_mul(size_of::<T>())?, 4096)?;
        Some(Table { memory, entries: PhantomData })
    }
    pub(crate) fn commit(&mut self, entries: usize) -> Result<(), OutOfMemory> {
        self.memory.commit(entries * size_of::<T>())
    }
    fn at(&self, i: usize) -> *mut T {
        debug_assert!((i + 1) * size_of::<T>() <= self.memory.committed());
        (self.memory.base() + i * size_of::<T>()) as *mut T
    }
    #[inline(always)]
    pub(crate) fn get(&self, i: usize) -> T {
        // SAFETY: entries are committed before the block or page they describe is handed out, and callers
        // index only by addresses inside handed-out memory; any bit pattern is a valid number.
        unsafe { *self.at(i) }
    }
    #[inline(always)]
    pub(crate) fn set(&mut self, i: usize, v: T) {
        // SAFETY: as for `get`; `&mut self` excludes other users.
        unsafe { *self.at(i) = v }
    }
    #[inline(always)]
    pub(crate) fn slice(&self, from: usize, len: usize) -> &[T] {
        debug_assert!((from + len) * size_of::<T>() <= self.memory.committed());
        // SAFETY: the range is committed (see `get`) and borrowed from the table.
        unsafe { core::slice::from_raw_parts(self.at_unchecked(from), len) }
    }
    #[inline(always)]
    pub(crate) fn slice_mut(&mut self, from: usize, len: usize) -> &mut [T] {
        debug_assert!((from + len) * size_of::<T>() <= self.memory.committed());
        // SAFETY: the range is committed (see `get`) and mutably borrowed from the table.
        unsafe { core::slice::from_raw_parts_mut(self.at_unchecked(from), len) }
    }
    fn at_unchecked(&self, i: usize) -> *mut T {
        (self.memory.base() + i * size_of::<T>()) as *mut T
    }
}
