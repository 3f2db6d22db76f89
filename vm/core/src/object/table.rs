//! The hash table under dict and set: insertion-ordered, compact, safe against keys whose `__eq__` changes it.
//!
//! ```text
//! entries: an Array of rows of W words: key | hash (tagged as a small int) | value (dicts only, W = 3)
//! index:   a Raw of 2^n unsigned integers (1, 2 or 4 bytes wide): 0 empty, else row number + 1
//! ```
//! Up to 8 rows there is no index: rows are scanned. A deleted row has an UNBOUND key; its index cell
//! stays and serves as a tombstone until the next rebuild. The hash word of a deleted row is UNBOUND or a hint, so
//! that taking items from either end one by one is linear: in row 0, that all rows below the hint are deleted; in
//! any other row, that all rows from the hint to this one are.
//!
//! Invariants: I1 `used` counts live rows, `filled` rows ever written since the last rebuild; I2 `mutations`
//! changes with every insertion, deletion and rebuild, so a search that called Python can see that it must start
//! again; I3 `keys_version` is 0 or unique in the virtual machine to the current sequence of keys: rows of cached
//! keys can be read without a search as long as it stands.

use super::array::Raw;
use super::string::Str;
use super::{Array, Tuple, core_shape};
use crate::error::Res;
use crate::protocol::Comparison;
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

impl Default for Table {
    fn default() -> Table {
        Table::new()
    }
}

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
        let (a, rows) = (self.array()?, self.rows());
        if row == 0 && rows > 0 && a.get(0).is_unbound() {
            return first_live::<W>(a, rows);
        }
        while row < rows {
            if !a.get(row * W).is_unbound() {
                return Some(row);
            }
            row += 1;
        }
        None
    }
    /// The last live row below `row`.
    pub fn previous_row<const W: usize>(&self, row: usize) -> Option<usize> {
        let a = self.array()?;
        let start = row.min(self.rows());
        let mut end = start;
        while end > 0 && a.get((end - 1) * W).is_unbound() {
            end = match a.get((end - 1) * W + 1).as_int() {
                Some(hint) if end > 1 => hint as usize,
                _ => end - 1,
            };
        }
        if start > 1 && start - end > 1 {
            a.slot((start - 1) * W + 1).set_unbarriered(Value::small_int(end as isize));
        }
        end.checked_sub(1)
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

/// The first live row of a table whose row 0 is deleted.
#[cold]
fn first_live<const W: usize>(a: Gc<Array>, rows: usize) -> Option<usize> {
    let mut row = a.get(1).as_int().map_or(1, |hint| hint as usize);
    while row < rows && a.get(row * W).is_unbound() {
        row += 1;
    }
    a.slot(1).set_unbarriered(Value::small_int(row as isize));
    (row < rows).then_some(row)
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

/// The result of a search: the key's row, or the index cell that a new row for it goes to.
enum Search {
    Found(usize),
    /// `NO_CELL` in tables without an index.
    Missing(usize),
}
const NO_CELL: usize = usize::MAX;

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
        // The hash words alone decide nearly every comparison: one load a row.
        let same = |row: usize| {
            a.get(row * W + 1) == tagged && {
                let k = a.get(row * W);
                k == key.value() || vm.exact_str(k).is_some_and(|k| Str::same_text(k, key))
            }
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

    /// As `find`, as far as words decide it; never runs Python, never allocates.
    #[inline(always)]
    pub fn glance(&self, key: Value, hash: isize) -> Option<Option<usize>> {
        match self.look(key, tag_hash(hash))? {
            Search::Found(row) => Some(Some(row)),
            Search::Missing(_) => Some(None),
        }
    }
    /// The row of `key`, whose hash is `hash`. May run `__eq__`.
    #[inline]
    pub fn find(&self, vm: &Vm, key: Value, hash: isize) -> Res<Option<usize>> {
        match self.look(key, tag_hash(hash)) {
            Some(Search::Found(row)) => return Ok(Some(row)),
            Some(Search::Missing(_)) => return Ok(None),
            None => {}
        }
        Ok(match self.search(vm, key, hash)? {
            Search::Found(row) => Some(row),
            Search::Missing(_) => None,
        })
    }
    /// The row of `key`, and whether it was added now (a dict's value is then still to be set). May run
    /// `__eq__`, but not between the search and the insertion.
    #[inline]
    pub fn find_or_insert(&self, vm: &Vm, key: Value, hash: isize) -> Res<(usize, bool)> {
        let found = match self.look(key, tag_hash(hash)) {
            Some(found) => found,
            None => self.search(vm, key, hash)?,
        };
        match found {
            Search::Found(row) => Ok((row, false)),
            Search::Missing(cell) => Ok((self.insert_at(vm, key, hash, cell)?, true)),
        }
    }
    /// A search that needs no comparison but of words: nothing if the first key with this hash is another object.
    #[inline(always)]
    fn look(&self, key: Value, tagged: Value) -> Option<Search> {
        let t = self.table();
        let Some(a) = t.array() else { return Some(Search::Missing(NO_CELL)) };
        let found = |row: usize| (a.get(row * W) == key).then_some(Search::Found(row));
        match t.raw_index() {
            None => match (0..t.rows()).find(|&row| a.get(row * W + 1) == tagged) {
                Some(row) => found(row),
                None => Some(Search::Missing(NO_CELL)),
            },
            Some(raw) => {
                let index = Index::of(raw);
                let mut probe = Probe::new(untagged(tagged), index.mask);
                loop {
                    let n = index.get(probe.cell);
                    if n == 0 {
                        return Some(Search::Missing(probe.cell));
                    }
                    if a.get((n - 1) * W + 1) == tagged {
                        return found(n - 1);
                    }
                    probe.step();
                }
            }
        }
    }
    fn search(&self, vm: &Vm, key: Value, hash: isize) -> Res<Search> {
        let tagged = tag_hash(hash);
        'search: loop {
            let t = self.table();
            let Some(a) = t.array() else { return Ok(Search::Missing(NO_CELL)) };
            match t.raw_index() {
                None => {
                    for row in 0..t.rows() {
                        match self.compare(vm, a, row, key, tagged)? {
                            Verdict::Same => return Ok(Search::Found(row)),
                            Verdict::Different => {}
                            Verdict::Restart => continue 'search,
                        }
                    }
                    return Ok(Search::Missing(NO_CELL));
                }
                Some(raw) => {
                    let index = Index::of(raw);
                    let mut probe = Probe::new(untagged(tagged), index.mask);
                    loop {
                        let n = index.get(probe.cell);
                        if n == 0 {
                            return Ok(Search::Missing(probe.cell));
                        }
                        match self.compare(vm, a, n - 1, key, tagged)? {
                            Verdict::Same => return Ok(Search::Found(n - 1)),
                            Verdict::Different => probe.step(),
                            Verdict::Restart => continue 'search,
                        }
                    }
                }
            }
        }
    }

    /// Compares the key of a row whose hash word is the one wanted; the words differ nearly always.
    #[inline(always)]
    fn compare(
        &self,
        vm: &Vm,
        a: Gc<Array>,
        row: usize,
        key: Value,
        tagged: Value,
    ) -> Res<Verdict> {
        if a.get(row * W + 1) != tagged {
            return Ok(Verdict::Different);
        }
        let k = a.get(row * W);
        if k == key {
            return Ok(Verdict::Same);
        }
        self.compare_keys(vm, k, key)
    }
    fn compare_keys(&self, vm: &Vm, k: Value, key: Value) -> Res<Verdict> {
        let verdict = |same| if same { Verdict::Same } else { Verdict::Different };
        let tuples = vm.exact::<Tuple>(k, core_shape::TUPLE).zip(vm.exact(key, core_shape::TUPLE));
        if tuples.is_none() {
            if let Some(same) = vm.compare_exact(Comparison::Eq, k, key) {
                return Ok(verdict(same));
            }
            if k.is_unbound() {
                return Ok(Verdict::Different);
            }
        }
        let before = self.table().mutations.get();
        let equal = match tuples {
            Some((x, y)) => vm.tuples_equal(x, y)?,
            None => vm.equal(k, key)?,
        };
        if self.table().mutations.get() != before {
            return Ok(Verdict::Restart);
        }
        Ok(verdict(equal))
    }

    /// Appends a row for a key known to be absent; gives the row.
    pub fn insert_new(&self, vm: &Vm, key: Value, hash: isize) -> Res<usize> {
        let cell = match self.table().raw_index() {
            Some(raw) => Index::of(raw).free_cell(untagged(tag_hash(hash))),
            None => NO_CELL,
        };
        self.insert_at(vm, key, hash, cell)
    }
    /// As `insert_new`; `cell` is the free index cell on the key's probe path.
    #[inline]
    fn insert_at(&self, vm: &Vm, key: Value, hash: isize, mut cell: usize) -> Res<usize> {
        let t = self.table();
        let capacity = t.array().map_or(0, |a| a.capacity() / W);
        let tagged = tag_hash(hash);
        if t.rows() == capacity {
            self.rebuild(vm, t.len() + 1)?;
            if let Some(raw) = t.raw_index() {
                cell = Index::of(raw).free_cell(untagged(tagged));
            }
        }
        let Some(a) = t.array() else { return Err(vm.memory_error()) };
        let row = t.rows();
        a.slot(row * W).set(&vm.heap, a, key);
        a.slot(row * W + 1).set_unbarriered(tagged);
        if let Some(raw) = t.raw_index() {
            Index::of(raw).set(cell, row + 1);
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
            a.slot(row * W).set(&vm.heap, a, Value::UNBOUND);
            a.slot(row * W + 1).set_unbarriered(Value::UNBOUND);
            for w in 2..W {
                a.slot(row * W + w).set(&vm.heap, a, Value::UNBOUND);
            }
            t.used.set(t.used.get() - 1);
            t.changed();
            // Storage without an index is kept for the next items.
            if t.used.get() == 0 && t.raw_index().is_some() {
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

    /// Makes room for at least `needed` live rows, without the deleted ones.
    #[cold]
    #[inline(never)]
    pub fn rebuild(&self, vm: &Vm, needed: usize) -> Res<()> {
        if let (Some(a), None) = (self.table().array(), self.table().raw_index())
            && needed * 2 <= a.capacity() / W
        {
            self.compact_small(vm, a);
            return Ok(());
        }
        let rows = match needed {
            0..=4 => 4,
            5..=SCANNED => SCANNED,
            n if n < 1 << 15 => (n * 2).max(16),
            n => n + (n >> 1),
        };
        if rows >= u32::MAX as usize / 2 {
            return Err(vm.memory_error());
        }
        let t = self.table();
        let dense = t.len() == t.rows();
        // First the index: rows without room in it must never be.
        let index = if rows > SCANNED { Some(new_index(vm, rows)?) } else { None };
        let grown = t.array().filter(|&a| dense && vm.extend_array(a, rows * W));
        let entries = match grown {
            Some(a) => a,
            None => vm.new_array(rows * W)?,
        };
        let mut to = t.rows();
        if grown.is_none() {
            to = match t.array() {
                Some(old) => copy_rows::<W>(old, t.rows(), entries),
                None => 0,
            };
            vm.written_in_bulk(entries);
        }
        if let Some(index) = index {
            for row in 0..to {
                index.set(index.free_cell(untagged(entries.get(row * W + 1))), row + 1);
            }
        }
        t.entries.set(&vm.heap, self.0, entries.value());
        t.index.set(&vm.heap, self.0, index.map_or(Value::UNBOUND, |i| i.raw.value()));
        t.filled.set(to as u32);
        t.changed();
        Ok(())
    }

    /// Moves the live rows of a table without index to the front of its storage.
    fn compact_small(&self, vm: &Vm, a: Gc<Array>) {
        let t = self.table();
        vm.heap.barrier_all(a.erase());
        let to = copy_rows::<W>(a, t.rows(), a);
        for s in &a.slots()[to * W..] {
            s.set_unbarriered(Value::UNBOUND);
        }
        t.filled.set(to as u32);
        t.changed();
    }

    /// Makes this (empty) table a copy of another of the same width.
    pub fn copy_from(&self, vm: &Vm, from: Owner<W>) -> Res<()> {
        let (t, f) = (self.table(), from.table());
        let Some(old) = f.array().filter(|_| !f.is_empty()) else { return Ok(()) };
        let capacity = old.capacity() / W;
        if f.len() != f.rows() || f.len() < capacity / 2 {
            // Deleted rows or much room: build it anew, without them.
            t.entries.set(&vm.heap, self.0, old.value());
            t.index.set(&vm.heap, self.0, f.index.get());
            t.filled.set(f.filled.get());
            t.used.set(f.used.get());
            // Not to be extended in place: the storage is still the other table's.
            let result = self.compact(vm);
            if result.is_err() {
                self.clear(vm);
            }
            return result;
        }
        let entries = vm.new_array(capacity * W)?;
        let index = match f.raw_index() {
            Some(raw) => {
                let new = vm.new_raw(raw.capacity())?;
                // SAFETY: both hold `capacity` bytes, and they are different objects.
                unsafe { core::ptr::copy_nonoverlapping(raw.data(), new.data(), raw.capacity()) };
                new.used.set(raw.used.get());
                new.value()
            }
            None => Value::UNBOUND,
        };
        let words = f.rows() * W;
        for (to, from) in entries.slots()[..words].iter().zip(&old.slots()[..words]) {
            to.set_unbarriered(from.get());
        }
        vm.written_in_bulk(entries);
        t.entries.set(&vm.heap, self.0, entries.value());
        t.index.set(&vm.heap, self.0, index);
        t.filled.set(f.filled.get());
        t.used.set(f.used.get());
        t.changed();
        Ok(())
    }
    /// New storage for just the live rows.
    fn compact(&self, vm: &Vm) -> Res<()> {
        let t = self.table();
        let Some(old) = t.array() else { return Ok(()) };
        let rows = match t.len() {
            0..=4 => 4,
            5..=SCANNED => SCANNED,
            n => n + (n >> 2),
        };
        let entries = vm.new_array(rows * W)?;
        let index = if rows > SCANNED { Some(new_index(vm, rows)?) } else { None };
        let to = copy_rows::<W>(old, t.rows(), entries);
        vm.written_in_bulk(entries);
        if let Some(index) = index {
            for row in 0..to {
                index.set(index.free_cell(untagged(entries.get(row * W + 1))), row + 1);
            }
        }
        t.entries.set(&vm.heap, self.0, entries.value());
        t.index.set(&vm.heap, self.0, index.map_or(Value::UNBOUND, |i| i.raw.value()));
        t.filled.set(to as u32);
        t.changed();
        Ok(())
    }
}

/// Copies the live ones of `rows` rows to the front of other storage, or of the same; tells how many.
fn copy_rows<const W: usize>(old: Gc<Array>, rows: usize, fresh: Gc<Array>) -> usize {
    let mut to = 0;
    for row in 0..rows {
        if old.get(row * W).is_unbound() {
            continue;
        }
        for w in 0..W {
            fresh.slot(to * W + w).set_unbarriered(old.get(row * W + w));
        }
        to += 1;
    }
    to
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
