//! Descriptors that the attribute protocol knows by sight.

use crate::error::Res;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_heap::{Header, Slot, Value};

/// `property`
#[repr(C)]
pub struct Property {
    pub header: Header,
    pub getter: Slot,
    pub setter: Slot,
    pub deleter: Slot,
    pub doc: Slot,
    pub name: Slot,
    pub doc_from_getter: Cell<bool>,
}
crate::native_object!(Property, "property", slots = 5);

#[repr(C)]
pub struct StaticMethod {
    pub header: Header,
    pub function: Slot,
    /// dict or UNBOUND
    pub dict: Slot,
}
crate::native_object!(StaticMethod, "staticmethod", slots = 2);

#[repr(C)]
pub struct ClassMethod {
    pub header: Header,
    pub function: Slot,
    pub dict: Slot,
}
crate::native_object!(ClassMethod, "classmethod", slots = 2);

/// One row of a table of native attributes.
pub struct GetSetDef {
    pub name: &'static str,
    pub get: fn(&Vm, Value) -> Res,
    /// `None` as the new value deletes.
    pub set: Option<fn(&Vm, Value, Option<Value>) -> Res<()>>,
    pub doc: &'static str,
}

impl GetSetDef {
    pub const fn read_only(
        name: &'static str,
        get: fn(&Vm, Value) -> Res,
        doc: &'static str,
    ) -> GetSetDef {
        GetSetDef { name, get, set: None, doc }
    }
}

/// A native attribute (`getset_descriptor`).
#[repr(C)]
pub struct GetSet {
    pub header: Header,
    pub owner: Slot,
    pub def: &'static GetSetDef,
}
crate::native_object!(GetSet, "getset_descriptor", slots = 1);

/// An attribute kept in a fixed attribute slot (`member_descriptor`): `__slots__` and native fields.
#[repr(C)]
pub struct Member {
    pub header: Header,
    pub owner: Slot,
    pub name: Slot,
    /// Attribute slot, counted from the shape's `slot_base`.
    pub slot: Cell<u32>,
    /// Reading an unset slot gives None (native fields) instead of raising AttributeError (`__slots__`).
    pub none_if_unset: Cell<bool>,
    pub read_only: Cell<bool>,
}
crate::native_object!(Member, "member_descriptor", slots = 2);
