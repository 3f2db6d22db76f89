//! Look-aside caches of attribute searches, shared by all sites.
//!
//! The method cache remembers what a class's MRO holds under a name; the shape cache remembers how objects of a
//! shape answer a read, a call or a store, for sites that see more kinds of objects than their own cache holds.
//! An entry counts only while the class's version stands, so no change of a class has to look for entries.
//!
//! Values in the young generation move: a cache knows which entries hold such values and drops them at every
//! collection; all others stay until a full collection starts.

use crate::object::SiteKind;
use core::cell::{Cell, RefCell};
use pyrs_heap::{Value, flag};

const SIZE: usize = 1024;

/// What an entry is about.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    /// Address of a class, or number of a shape.
    pub about: usize,
    /// Address of an interned name, which is even, plus the [`Use`].
    pub name: usize,
    /// The class's version.
    pub version: u32,
}
/// What is done with the attribute.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(crate) enum Use {
    Read = 0,
    Call = 1,
    Store = 2,
}

#[derive(Copy, Clone)]
struct Entry {
    key: Key,
    found: Found,
}
/// What a search has found; the fields mean what they mean in a `SiteCache`.
#[derive(Copy, Clone)]
pub(crate) struct Found {
    pub kind: SiteKind,
    pub index: u16,
    pub value: Value,
}

const EMPTY: Entry = Entry {
    key: Key { about: 0, name: 0, version: 0 },
    found: Found { kind: SiteKind::Empty, index: 0, value: Value::UNBOUND },
};

pub(crate) struct LookupCache {
    entries: Box<[Cell<Entry>; SIZE]>,
    /// Entries whose values may move.
    young: RefCell<Vec<u16>>,
}

impl LookupCache {
    pub(crate) fn new() -> LookupCache {
        LookupCache {
            entries: Box::new([const { Cell::new(EMPTY) }; SIZE]),
            young: RefCell::default(),
        }
    }
    #[inline(always)]
    fn place(key: Key) -> usize {
        (key.about ^ key.about >> 4 ^ key.name >> 3 ^ key.name >> 9 ^ key.name << 6) % SIZE
    }
    #[inline(always)]
    pub(crate) fn get(&self, key: Key) -> Option<Found> {
        let e = self.entries[LookupCache::place(key)].get();
        (e.key == key).then_some(e.found)
    }
    pub(crate) fn put(&self, key: Key, found: Found) {
        let place = LookupCache::place(key);
        // SAFETY: a pointer word points to a live header.
        let old = found.value.object().is_none_or(|h| unsafe { h.as_ref() }.has(flag::UNLOGGED));
        if !old {
            self.young.borrow_mut().push(place as u16);
        }
        self.entries[place].set(Entry { key, found });
    }
    /// To be called at every collection, before anything moves; `all` when it is a full one.
    pub(crate) fn forget(&self, all: bool) {
        let mut young = self.young.borrow_mut();
        for &place in young.iter() {
            self.entries[place as usize].set(EMPTY);
        }
        young.clear();
        if all {
            for e in self.entries.iter() {
                e.set(EMPTY);
            }
        }
    }
}
