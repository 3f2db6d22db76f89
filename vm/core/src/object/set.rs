//! `set` and `frozenset` objects: the table with two words a row.

use super::table::{Owner, Table};
use crate::error::Res;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, ShapeId, Value};

#[repr(C)]
pub struct Set {
    pub header: Header,
    pub table: Table,
    /// hash of a frozenset once computed, else 0
    pub hash: Cell<isize>,
}
crate::native_object!(Set, "set", slots = 2);

/// Words a row.
pub const SET_ROW: usize = 2;

impl Set {
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.table.len()
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
    /// The item of row `row` if it is live; rows count from 0 to `rows()`.
    #[inline(always)]
    pub fn row(&self, row: usize) -> Option<Value> {
        let k = self.table.word::<SET_ROW>(row, 0);
        if k.is_unbound() { None } else { Some(k) }
    }
    #[inline(always)]
    pub fn row_hash(&self, row: usize) -> isize {
        (self.table.word::<SET_ROW>(row, 1).bits() as isize) >> 1
    }
    #[inline(always)]
    pub fn rows(&self) -> usize {
        self.table.rows()
    }
    #[inline]
    pub fn next_row(&self, row: usize) -> Option<usize> {
        self.table.next_row::<SET_ROW>(row)
    }
}

#[inline(always)]
fn owner(s: Gc<Set>) -> Owner<SET_ROW> {
    Owner(s.erase())
}

impl Vm {
    /// An empty set of the given exact shape (`core_shape::SET` or `FROZENSET`).
    pub fn new_set(&self, shape: ShapeId) -> Res<Gc<Set>> {
        self.alloc(Set { header: Header::new(shape, 0), table: Table::new(), hash: Cell::new(0) })
    }
    pub fn set_contains(&self, s: Gc<Set>, key: Value) -> Res<bool> {
        let hash = self.hash_key(key, "set element")?;
        Ok(owner(s).find(self, key, hash)?.is_some())
    }
    #[inline]
    pub fn set_find_hashed(&self, s: Gc<Set>, key: Value, hash: isize) -> Res<Option<usize>> {
        owner(s).find(self, key, hash)
    }
    /// The row of an item, as far as words decide it; never runs Python, never allocates.
    #[inline(always)]
    pub(crate) fn set_glance(&self, s: Gc<Set>, key: Value, hash: isize) -> Option<Option<usize>> {
        owner(s).glance(key, hash)
    }
    /// Adds; tells whether the set grew.
    pub fn set_add(&self, s: Gc<Set>, key: Value) -> Res<bool> {
        let hash = self.hash_key(key, "set element")?;
        self.set_add_hashed(s, key, hash)
    }
    pub fn set_add_hashed(&self, s: Gc<Set>, key: Value, hash: isize) -> Res<bool> {
        Ok(owner(s).find_or_insert(self, key, hash)?.1)
    }
    /// Removes; tells whether it was there.
    pub fn set_discard(&self, s: Gc<Set>, key: Value) -> Res<bool> {
        let hash = self.hash_key(key, "set element")?;
        match owner(s).find(self, key, hash)? {
            Some(row) => {
                owner(s).delete_row(self, row);
                Ok(true)
            }
            None => Ok(false),
        }
    }
    pub fn set_remove_row(&self, s: Gc<Set>, row: usize) {
        owner(s).delete_row(self, row);
    }
    /// The last live row (for `pop`).
    pub fn set_last_row(&self, s: Gc<Set>) -> Option<usize> {
        s.table.previous_row::<SET_ROW>(s.rows())
    }
    pub fn set_clear(&self, s: Gc<Set>) {
        owner(s).clear(self);
    }
    /// Adds the items of another set.
    pub fn set_merge(&self, s: Gc<Set>, from: Gc<Set>) -> Res<()> {
        if s == from {
            return Ok(());
        }
        if s.is_empty() {
            return owner(s).copy_from(self, owner(from));
        }
        let mut row = 0;
        while let Some(r) = from.next_row(row) {
            if let Some(k) = from.row(r) {
                self.set_add_hashed(s, k, from.row_hash(r))?;
            }
            row = r + 1;
        }
        Ok(())
    }
    pub fn set_copy(&self, s: Gc<Set>, shape: ShapeId) -> Res<Gc<Set>> {
        let new = self.new_set(shape)?;
        owner(new).copy_from(self, owner(s))?;
        Ok(new)
    }
}
