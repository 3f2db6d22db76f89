//! The hash table under dict and set: insertion-ordered, compact, safe against keys whose `__eq__` changes it.
//!
//! ```text
//! entries: an Array of rows of W words: key | hash (tagged as a small int) | value (dicts only, W = 3)
//! index:   a Raw of 2^n unsigned integers (1, 2 or 4 bytes wide): 0 empty, else row number + 1
//! ```
//! Up to 8 rows there is no index: rows are scanned. A deleted row has an UNBOUND key; its index cell stays and
//! serves as a tombstone until the next rebuild.
//!
//! Invariants: I1 `used` counts live rows, `filled` rows ever written since the last rebuild; I2 `mutations`
//! changes with every insertion, deletion and rebuild, so a search that called Python can see that it must start
//! again; I3 `keys_version` is 0 or unique in the virtual machine to the current sequence of keys: rows of cached
//! keys can be read without a search as long as it stands.

use super::Array;
use super::array::Raw;
use super::string::Str;
use crate::error::Res;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, Slot, Value};

/// The table's fields; they directly follow the header of a Dict or Set.
#[repr(C)]
pub struct Table {
    pub(crate) entries: Slot,
    pub(crate) index: Slot,
    pub(crate) used: Cell<u32>,
    pub(crate) filled: Cell<u32>,
    pub(crate) keys_version: Cell<u32>,
    pub(crate) mutations: Cell<u32>,
}

/// Rows that are scanned without an index.
const SCANNED: usize = 8;

/// The object a table is part of, and its row width.
#[derive(Copy, Clone)]
pub struct Owner<const W: usize>(pub Gc<Header>);

impl Table {
    pub const fn new() -> Table {
        Table {
            entries: Slot::new(Value::UNBOUND),
            index: Slot::new(Value::UNBOUND),
            used: Cell::new(0),
            filled: Cell::new(0),
            keys_version: Cell::new(0),
            mutations: Cell::new(0),
        }
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.used.get() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.used.get() == 0
    }
    #[inline(always)]
    fn array(&self) -> Option<Gc<Array>> {
        let v = self.entries.get();
        // SAFETY: entries is UNBOUND or an Array.
        if v.is_unbound() { None } else { Some(unsafe { Gc::from_value(v) }) }
    }
    #[inline(always)]
    fn raw_index(&self) -> Option<Gc<Raw>> {
        let v = self.index.get();
        // SAFETY: index is UNBOUND or a Raw.
        if v.is_unbound() { None } else { Some(unsafe { Gc::from_value(v) }) }
    }
    /// Rows ever written: the bound for walking by row number.
    #[inline(always)]
    pub fn rows(&self) -> usize {
        self.filled.get() as usize
    }
    /// Word `w` of row `row`; UNBOUND key means deleted.
    #[inline(always)]
    pub fn word<const W: usize>(&self, row: usize, w: usize) -> Value {
        match self.array() {
            Some(a) if row < self.rows() => a.get(row * W + w),
            _ => Value::UNBOUND,
        }
    }
    /// The next live row at or after `row`.
    #[inline]
    pub fn next_row<const W: usize>(&self, mut row: usize) -> Option<usize> {
        while row < self.rows() {
            if !self.word::<W>(row, 0).is_unbound() {
                return Some(row);
            }
            row += 1;
        }
        None
    }
    /// The last live row below `row`.
    pub fn previous_row<const W: usize>(&self, row: usize) -> Option<usize> {
        (0..row.min(self.rows())).rev().find(|&r| !self.word::<W>(r, 0).is_unbound())
    }
    /// Bytes of the storage objects.
    pub fn storage_bytes(&self, vm: &Vm) -> usize {
        let of = |v: Value| vm.object(v).map_or(0, |o| vm.heap.size_of(o));
        of(self.entries.get()) + of(self.index.get())
    }
    fn changed(&self) {
        self.mutations.set(self.mutations.get().wrapping_add(1));
        self.keys_version.set(0);
    }
}

/// Index cells, whose width depends on their number.
#[derive(Copy, Clone)]
struct Index {
    raw: Gc<Raw>,
    mask: usize,
    width_log2: u32,
}

impl Index {
    fn of(raw: Gc<Raw>) -> Index {
        let used = raw.used.get();
        let width_log2 = (used & 3) as u32;
        Index { raw, mask: (raw.capacity() >> width_log2) - 1, width_log2 }
    }
    #[inline(always)]
    fn get(&self, cell: usize) -> usize {
        debug_assert!(cell <= self.mask);
        let p = self.raw.data();
        // SAFETY: cell <= mask, so the cell lies within the raw object; data is word-aligned.
        unsafe {
            match self.width_log2 {
                0 => *p.add(cell) as usize,
                1 => *p.cast::<u16>().add(cell) as usize,
                _ => *p.cast::<u32>().add(cell) as usize,
            }
        }
    }
    #[inline(always)]
    fn set(&self, cell: usize, v: usize) {
        let p = self.raw.data();
        // SAFETY: as in `get`.
        unsafe {
            match self.width_log2 {
                0 => *p.add(cell) = v as u8,
                1 => *p.cast::<u16>().add(cell) = v as u16,
                _ => *p.cast::<u32>().add(cell) = v as u32,
            }
        }
    }
    /// The first free cell on the probe path of `hash`.
    fn free_cell(&self, hash: usize) -> usize {
        let mut probe = Probe::new(hash, self.mask);
        while self.get(probe.cell) != 0 {
            probe.step();
        }
        probe.cell
    }
}

/// The sequence of index cells tried for a hash.
struct Probe {
    cell: usize,
    mask: usize,
    perturb: usize,
}

impl Probe {
    #[inline(always)]
    fn new(hash: usize, mask: usize) -> Probe {
        Probe { cell: hash & mask, mask, perturb: hash }
    }
    #[inline(always)]
    fn step(&mut self) {
        self.perturb >>= 5;
        self.cell =
            (self.cell.wrapping_mul(5).wrapping_add(self.perturb).wrapping_add(1)) & self.mask;
    }
}

/// The hash as stored in a row.
#[inline(always)]
pub fn tag_hash(hash: isize) -> Value {
    Value::from_bits((hash as usize) << 1 | 1)
}
#[inline(always)]
fn untagged(tagged: Value) -> usize {
    tagged.bits() >> 1
}

/// What a comparison of one row's key tells a search.
enum Verdict {
    Same,
    Different,
    Restart,
}

impl<const W: usize> Owner<W> {
    #[inline(always)]
    pub fn table(&self) -> &Table {
        // SAFETY: Dict and Set begin with a header followed by the table.
        unsafe { &*self.0.as_ptr().add(1).cast::<Table>() }
    }

    /// The row of an exact string, without ever running Python: None as well when a key that is not a string
    /// has the same hash (then use `find`).
    #[inline]
    pub fn find_str(&self, vm: &Vm, key: Gc<Str>) -> Option<usize> {
        let t = self.table();
        let a = t.array()?;
        let tagged = tag_hash(vm.hash_str(key));
        let same = |row: usize| {
            let k = a.get(row * W);
            k == key.value()
                || (a.get(row * W + 1) == tagged
                    && vm.exact_str(k).is_some_and(|k| Str::same_text(k, key)))
        };
        match t.raw_index() {
            None => (0..t.rows()).find(|&row| same(row)),
            Some(raw) => {
                let index = Index::of(raw);
                let mut probe = Probe::new(untagged(tagged), index.mask);
                loop {
                    match index.get(probe.cell) {
                        0 => return None,
                        n if same(n - 1) => return Some(n - 1),
                        _ => probe.step(),
                    }
                }
            }
        }
    }

    /// The row of `key`, whose hash is `hash`. May run `__eq__`.
    pub fn find(&self, vm: &Vm, key: Value, hash: isize) -> Res<Option<usize>> {
        let tagged = tag_hash(hash);
        'search: loop {
            let t = self.table();
            let Some(a) = t.array() else { return Ok(None) };
            match t.raw_index() {
                None => {
                    for row in 0..t.rows() {
                        match self.compare(vm, a, row, key, tagged)? {
                            Verdict::Same => return Ok(Some(row)),
                            Verdict::Different => {}
                            Verdict::Restart => continue 'search,
                        }
                    }
                    return Ok(None);
                }
                Some(raw) => {
                    let index = Index::of(raw);
                    let mut probe = Probe::new(untagged(tagged), index.mask);
                    loop {
                        let n = index.get(probe.cell);
                        if n == 0 {
                            return Ok(None);
                        }
                        match self.compare(vm, a, n - 1, key, tagged)? {
                            Verdict::Same => return Ok(Some(n - 1)),
                            Verdict::Different => probe.step(),
                            Verdict::Restart => continue 'search,
                        }
                    }
                }
            }
        }
    }

    #[inline]
    fn compare(
        &self,
        vm: &Vm,
        a: Gc<Array>,
        row: usize,
        key: Value,
        tagged: Value,
    ) -> Res<Verdict> {
        let k = a.get(row * W);
        if k == key {
            return Ok(Verdict::Same);
        }
        if a.get(row * W + 1) != tagged || k.is_unbound() {
            return Ok(Verdict::Different);
        }
        let before = self.table().mutations.get();
        let equal = vm.equal(k, key)?;
        if self.table().mutations.get() != before {
            return Ok(Verdict::Restart);
        }
        Ok(if equal { Verdict::Same } else { Verdict::Different })
    }

    /// Appends a row for a key known to be absent; gives the row.
    pub fn insert_new(&self, vm: &Vm, key: Value, hash: isize) -> Res<usize> {
        let t = self.table();
        let capacity = t.array().map_or(0, |a| a.capacity() / W);
        if t.rows() == capacity {
            self.rebuild(vm, t.len() + 1)?;
        }
        let t = self.table();
        let Some(a) = t.array() else { return Err(vm.memory_error()) };
        let row = t.rows();
        let tagged = tag_hash(hash);
        a.slot(row * W).set(&vm.heap, a, key);
        a.slot(row * W + 1).set_unbarriered(tagged);
        if let Some(raw) = t.raw_index() {
            let index = Index::of(raw);
            index.set(index.free_cell(untagged(tagged)), row + 1);
        }
        t.filled.set(row as u32 + 1);
        t.used.set(t.used.get() + 1);
        t.changed();
        Ok(row)
    }

    /// Marks a live row deleted.
    pub fn delete_row(&self, vm: &Vm, row: usize) {
        let t = self.table();
        if let Some(a) = t.array() {
            for w in 0..W {
                a.slot(row * W + w).set(&vm.heap, a, Value::UNBOUND);
            }
            t.used.set(t.used.get() - 1);
            t.changed();
            if t.used.get() == 0 {
                self.clear(vm);
            }
        }
    }

    pub fn clear(&self, vm: &Vm) {
        let t = self.table();
        t.entries.set(&vm.heap, self.0, Value::UNBOUND);
        t.index.set(&vm.heap, self.0, Value::UNBOUND);
        t.used.set(0);
        t.filled.set(0);
        t.changed();
    }

    /// New storage for at least `needed` live rows, without the deleted ones.
    pub fn rebuild(&self, vm: &Vm, needed: usize) -> Res<()> {
        let rows = match needed {
            0..=4 => 4,
            5..=SCANNED => SCANNED,
            n => (n + (n >> 1)).max(16),
        };
        if rows >= u32::MAX as usize / 2 {
            return Err(vm.memory_error());
        }
        let entries = vm.new_array(rows * W)?;
        let index = if rows > SCANNED { Some(new_index(vm, rows)?) } else { None };
        let t = self.table();
        let mut to = 0;
        if let Some(old) = t.array() {
            for row in 0..t.rows() {
                if old.get(row * W).is_unbound() {
                    continue;
                }
                for w in 0..W {
                    entries.slot(to * W + w).set_unbarriered(old.get(row * W + w));
                }
                to += 1;
            }
        }
        if let Some(index) = index {
            for row in 0..to {
                index.set(index.free_cell(untagged(entries.get(row * W + 1))), row + 1);
            }
        }
        vm.written_in_bulk(entries);
        t.entries.set(&vm.heap, self.0, entries.value());
        t.index.set(&vm.heap, self.0, index.map_or(Value::UNBOUND, |i| i.raw.value()));
        t.filled.set(to as u32);
        t.changed();
        Ok(())
    }

    /// Makes this (empty) table a copy of another of the same width.
    pub fn copy_from(&self, vm: &Vm, from: Owner<W>) -> Res<()> {
        if from.table().is_empty() {
            return Ok(());
        }
        let t = self.table();
        t.entries.set(&vm.heap, self.0, from.table().entries.get());
        t.index.set(&vm.heap, self.0, from.table().index.get());
        t.filled.set(from.table().filled.get());
        t.used.set(from.table().used.get());
        let result = self.rebuild(vm, t.len());
        if result.is_err() {
            self.clear(vm);
        }
        result
    }
}

/// An empty index for `rows` rows: at most two thirds full.
fn new_index(vm: &Vm, rows: usize) -> Res<Index> {
    let cells = (rows + (rows >> 1)).next_power_of_two();
    let width_log2 = match rows {
        0..=0xfe => 0,
        0xff..=0xfffe => 1,
        _ => 2,
    };
    let raw = vm.new_raw(cells << width_log2)?;
    raw.used.set(width_log2);
    Ok(Index::of(raw))
}
