//! Class objects: names, bases, method resolution order, namespace, and the caches hung on them.
//!
//! Invariants: I1 classes are pinned and live as long as the virtual machine (shapes name them without being
//! traced); I2 `version` changes whenever an attribute found through the class may have changed, which includes
//! changes to its bases: whoever caches a class attribute compares versions; I3 a slot of `specials` is either
//! UNBOUND (not looked up since the last change), NotImplemented (absent) or what the MRO search gives.

use super::{GetSetDef, NativeDef, NativeLayout};
use crate::names::Special;
use core::cell::Cell;
use pyrs_heap::{Header, ShapeId, Slot};

/// Class flags.
pub mod class_flag {
    /// Made by a class statement or `type()`: attributes may be assigned.
    pub const MUTABLE: u32 = 1;
    /// May be subclassed.
    pub const BASE: u32 = 1 << 1;
    /// `cls()` raises TypeError "cannot create 'X' instances".
    pub const NO_NEW: u32 = 1 << 2;
    /// Instances (or the class's own attributes) accept arbitrary attributes.
    pub const HAS_DICT: u32 = 1 << 3;
    /// Instances can be weakly referenced.
    pub const HAS_WEAKREF: u32 = 1 << 4;
    /// A class pattern's single positional sub-pattern matches the subject itself.
    pub const MATCH_SELF: u32 = 1 << 5;
    /// Matches sequence patterns.
    pub const SEQUENCE: u32 = 1 << 6;
    /// Matches mapping patterns.
    pub const MAPPING: u32 = 1 << 7;
    /// `__abstractmethods__` is not empty.
    pub const ABSTRACT: u32 = 1 << 8;
    /// Instances have a `__del__`.
    pub const FINALISER: u32 = 1 << 9;
    /// Subclass of `type`.
    pub const TYPE_SUBCLASS: u32 = 1 << 10;
    /// Subclass of BaseException.
    pub const EXCEPTION: u32 = 1 << 11;
    /// The class's own `__new__` does nothing but make a blank instance, whatever the arguments.
    pub const BLANK_NEW: u32 = 1 << 12;
    /// The class's own `__next__` does nothing before it refuses to run Python code (see `jit/quick.rs`).
    pub const QUICK_NEXT: u32 = 1 << 13;
    /// Compiled code takes its version for granted: see `Jit::invalidate`.
    pub const WATCHED: u32 = 1 << 14;
    /// Has changed after compiled code relied on it: code tests its version from now on.
    pub const CHANGING: u32 = 1 << 15;
    /// Inherited by subclasses.
    pub const INHERITED: u32 =
        SEQUENCE | MAPPING | MATCH_SELF | TYPE_SUBCLASS | EXCEPTION | FINALISER;
}

/// A class.
#[repr(C)]
pub struct Class {
    pub header: Header,
    /// str
    pub name: Slot,
    /// str
    pub qualname: Slot,
    /// tuple of classes
    pub bases: Slot,
    /// tuple of classes, this one first
    pub mro: Slot,
    /// dict
    pub dict: Slot,
    /// list of direct subclasses (weakly meant; classes are immortal today)
    pub subclasses: Slot,
    /// the base whose layout this class extends, or None for `object`
    pub base: Slot,
    pub specials: [Slot; Special::COUNT],
    pub layout: &'static NativeLayout,
    pub version: Cell<u32>,
    pub flags: Cell<u32>,
    /// Shape of a fresh instance.
    pub root_shape: Cell<ShapeId>,
    /// Attribute slots (fixed ones not counted) to give the next instance.
    pub capacity_hint: Cell<u32>,
    /// Attribute slots of `__slots__` and native fields, inherited ones included.
    pub fixed_slots: Cell<u32>,
    pub wrapped: Cell<bool>,
}
crate::native_object!(Class, "type", slots = 7 + Special::COUNT);

impl Class {
    #[inline(always)]
    pub fn has(&self, flags: u32) -> bool {
        self.flags.get() & flags != 0
    }
}

/// What a native module says to make a class.
pub struct ClassSpec {
    /// Dotted: `"collections.deque"`; without a dot the module is `builtins`.
    pub name: &'static str,
    pub layout: &'static NativeLayout,
    /// `class_flag`s.
    pub flags: u32,
    pub doc: &'static str,
    pub methods: &'static [NativeDef],
    pub getset: &'static [GetSetDef],
    /// Names of native fields: attribute slots readable and writable as members (exceptions use them).
    pub fields: &'static [&'static str],
}
