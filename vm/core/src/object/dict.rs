//! `dict` objects: the table with three words a row.

use super::Str;
use super::table::{Owner, Table};
use crate::error::{Raised, Res};
use crate::vm::Vm;
use pyrs_heap::{Gc, Header, Value};

#[repr(C)]
pub struct Dict {
    pub header: Header,
    pub table: Table,
}
crate::native_object!(Dict, "dict", slots = 2);

/// Words a row.
pub const DICT_ROW: usize = 3;
pub(crate) const DICT_VALUE: usize = 2;
use DICT_VALUE as VALUE;

impl Dict {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.table.len()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
    /// Key and value of row `row`, if it is live; rows count from 0 to `rows()`.
    #[inline(always)]
    pub fn row(&self, row: usize) -> Option<(Value, Value)> {
        let k = self.table.word::<DICT_ROW>(row, 0);
        if k.is_unbound() { None } else { Some((k, self.table.word::<DICT_ROW>(row, VALUE))) }
    }
    /// The hash of a live row's key.
    pub fn row_hash(&self, row: usize) -> isize {
        (self.table.word::<DICT_ROW>(row, 1).bits() as isize) >> 1
    }
    #[inline(always)]
    pub fn value_at(&self, row: usize) -> Value {
        self.table.word::<DICT_ROW>(row, VALUE)
    }
    pub fn rows(&self) -> usize {
        self.table.rows()
    }
    /// The next live row at or after `row`.
    #[inline]
    pub fn next_row(&self, row: usize) -> Option<usize> {
        self.table.next_row::<DICT_ROW>(row)
    }
    #[inline(always)]
    pub fn keys_version(&self) -> u32 {
        self.table.keys_version.get()
    }
}

#[inline(always)]
fn owner(d: Gc<Dict>) -> Owner<DICT_ROW> {
    Owner(d.erase())
}

impl Vm {
    /// `hash(key)`; the TypeError of an unhashable key says what it was wanted for.
    #[inline]
    pub fn hash_key(&self, key: Value, wanted: &str) -> Res<isize> {
        self.hash(key).map_err(|r| self.unhashable_key(r, key, wanted))
    }
    #[cold]
    fn unhashable_key(&self, r: Raised, key: Value, wanted: &str) -> Raised {
        let e = self.take_exception(r);
        if self.class_of(e.value()) != self.exc().type_error {
            return self.raise_again(e);
        }
        match self.str_of(e.value()) {
            Ok(text) => self.type_error(format!(
                "cannot use '{}' as a {wanted} ({})",
                self.full_name(self.class_of(key)),
                text.to_lossy()
            )),
            Err(r) => r,
        }
    }
    pub fn new_dict(&self) -> Res<Gc<Dict>> {
        self.alloc(Dict { header: Header::new(super::core_shape::DICT, 0), table: Table::new() })
    }
    /// The row of an interned or exact string key; never runs Python.
    #[inline]
    pub fn dict_find_str(&self, d: Gc<Dict>, key: Gc<Str>) -> Option<usize> {
        owner(d).find_str(self, key)
    }
    #[inline]
    pub fn dict_get_str(&self, d: Gc<Dict>, key: Gc<Str>) -> Option<Value> {
        owner(d).find_str(self, key).map(|row| d.value_at(row))
    }
    pub fn dict_set_str(&self, d: Gc<Dict>, key: Gc<Str>, v: Value) -> Res<()> {
        self.dict_set_hashed(d, key.value(), self.hash_str(key), v)
    }
    /// Replaces the value of a live row.
    #[inline]
    pub fn dict_set_row(&self, d: Gc<Dict>, row: usize, v: Value) {
        if let Some(a) = self.array_of(d.table.entries.get()) {
            a.slot(row * DICT_ROW + VALUE).set(&self.heap, a, v);
        }
    }
    /// The row of a key, as far as words decide it; never runs Python, never allocates.
    #[inline(always)]
    pub(crate) fn dict_glance(
        &self,
        d: Gc<Dict>,
        key: Value,
        hash: isize,
    ) -> Option<Option<usize>> {
        owner(d).glance(key, hash)
    }
    /// Looks a key up; hashes it, may run Python.
    #[inline]
    pub fn dict_get(&self, d: Gc<Dict>, key: Value) -> Res<Option<Value>> {
        Ok(self.dict_find(d, key)?.map(|row| d.value_at(row)))
    }
    #[inline]
    pub fn dict_find(&self, d: Gc<Dict>, key: Value) -> Res<Option<usize>> {
        let hash = self.hash_key(key, "dict key")?;
        owner(d).find(self, key, hash)
    }
    #[inline]
    pub fn dict_find_hashed(&self, d: Gc<Dict>, key: Value, hash: isize) -> Res<Option<usize>> {
        owner(d).find(self, key, hash)
    }
    #[inline]
    pub fn dict_set(&self, d: Gc<Dict>, key: Value, v: Value) -> Res<()> {
        let hash = self.hash_key(key, "dict key")?;
        self.dict_set_hashed(d, key, hash, v)
    }
    pub fn dict_set_hashed(&self, d: Gc<Dict>, key: Value, hash: isize, v: Value) -> Res<()> {
        let (row, _) = owner(d).find_or_insert(self, key, hash)?;
        self.dict_set_row(d, row, v);
        Ok(())
    }
    /// Adds a key known to be absent.
    pub fn dict_insert_new(&self, d: Gc<Dict>, key: Value, hash: isize, v: Value) -> Res<()> {
        let row = owner(d).insert_new(self, key, hash)?;
        self.dict_set_row(d, row, v);
        Ok(())
    }
    /// Removes a key and gives its value.
    pub fn dict_remove(&self, d: Gc<Dict>, key: Value) -> Res<Option<Value>> {
        Ok(self.dict_find(d, key)?.map(|row| self.dict_remove_row(d, row)))
    }
    /// Removes a live row and gives its value.
    pub fn dict_remove_row(&self, d: Gc<Dict>, row: usize) -> Value {
        let v = d.value_at(row);
        owner(d).delete_row(self, row);
        v
    }
    pub fn dict_clear(&self, d: Gc<Dict>) {
        owner(d).clear(self);
    }
    pub fn dict_copy(&self, d: Gc<Dict>) -> Res<Gc<Dict>> {
        let new = self.new_dict()?;
        owner(new).copy_from(self, owner(d))?;
        Ok(new)
    }
    /// Adds all items of `from`; existing keys are overwritten.
    pub fn dict_merge(&self, d: Gc<Dict>, from: Gc<Dict>) -> Res<()> {
        if d == from {
            return Ok(());
        }
        if d.is_empty() {
            return owner(d).copy_from(self, owner(from));
        }
        let mut row = 0;
        while let Some(r) = from.next_row(row) {
            if let Some((k, v)) = from.row(r) {
                self.dict_set_hashed(d, k, from.row_hash(r), v)?;
            }
            row = r + 1;
        }
        Ok(())
    }
    /// The last live row (for `popitem`).
    pub fn dict_last_row(&self, d: Gc<Dict>) -> Option<usize> {
        d.table.previous_row::<DICT_ROW>(d.rows())
    }
    /// The keys version, given one now if it had none; 0 when versions have run out.
    pub fn dict_version(&self, d: Gc<Dict>) -> u32 {
        if d.table.keys_version.get() == 0 {
            d.table.keys_version.set(self.next_keys_version());
        }
        d.table.keys_version.get()
    }
}
