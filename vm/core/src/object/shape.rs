//! Shapes: hidden classes that say where an instance keeps each attribute.
//!
//! Every object's header names a shape. A shape belongs to one class, and lists the attribute names its
//! instances hold, in the order they were first assigned; name `i` is attribute slot `fixed + i`. Adding an
//! attribute moves the instance to a child shape, found through the parent's transitions, so instances that are
//! filled alike share shapes, and one compare of the shape id proves where an attribute lies.
//! An instance that does not fit (too many attributes, one deleted out of order, `__dict__` asked for) moves to
//! its class's *dict shape*: its first attribute slot then holds an ordinary dict.
//!
//! Shapes live as long as the virtual machine; so do the classes and interned names they mention.

use super::{Class, NativeLayout, Str};
use core::cell::{Cell, RefCell};
use pyrs_heap::{Gc, ShapeId};

/// Where instances of a shape keep attributes that are not fixed slots.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum AttributeMode {
    /// Nowhere: the class has no `__dict__`.
    None,
    /// In attribute slots, as the shape's names tell.
    Slots,
    /// In a dict held by attribute slot `fixed`.
    Dict,
}

/// One row of the virtual machine's shape table.
pub struct ShapeInfo {
    pub id: ShapeId,
    pub class: Gc<Class>,
    pub layout: &'static NativeLayout,
    /// Instances are `Wrapped`: slot 1 holds the exact base value.
    pub wrapped: bool,
    pub mode: AttributeMode,
    /// Attribute slots of `__slots__` and native fields; they come first.
    pub fixed: u32,
    /// Attribute slots an instance has in all.
    pub capacity: u32,
    /// Words from the object's start to attribute slot 0.
    pub slot_base: u32,
    // TRACED: interned strings are pinned and kept by the machine's intern table.
    pub names: Vec<Gc<Str>>,
    pub parent: Option<ShapeId>,
    // TRACED: as `names`.
    pub transitions: RefCell<Vec<(Gc<Str>, ShapeId)>>,
    /// The class's dict shape for this capacity, made on demand.
    pub dict_shape: Cell<Option<ShapeId>>,
}

impl ShapeInfo {
    /// The attribute slot (counted from `slot_base`) of an interned name.
    #[inline]
    pub fn find(&self, name: Gc<Str>) -> Option<usize> {
        self.names.iter().position(|&n| n == name).map(|i| self.fixed as usize + i)
    }
    /// Word offset from the object's start of an attribute slot.
    #[inline(always)]
    pub fn word(&self, slot: usize) -> usize {
        self.slot_base as usize + slot
    }
}

macro_rules! core_shapes {
    ($($name:ident,)*) => {
        /// Shape ids of exact instances of built-in types: constants, so that a type test is one compare.
        pub mod core_shape {
            use pyrs_heap::ShapeId;
            #[allow(
                non_camel_case_types,
                clippy::upper_case_acronyms,
                reason = "an enum used only to number constants"
            )]
            #[repr(u32)]
            enum Number { $($name,)* COUNT }
            $(pub const $name: ShapeId = ShapeId(Number::$name as u32);)*
            /// How many there are.
            pub const COUNT: usize = Number::COUNT as usize;
            pub const NAMES: [&str; COUNT] = [$(stringify!($name)),*];
        }
    };
}

core_shapes! {
    // ORDER: 0 is never a live object's shape; STR and STR_BUFFERED are neighbours
    INVALID,
    STR, STR_BUFFERED,
    INT, FLOAT, COMPLEX, BYTES, TUPLE,
    LIST, DICT, SET, FROZENSET, BYTEARRAY,
    ARRAY, RAW,
    FUNCTION, NATIVE_FUNCTION, NATIVE_METHOD, NATIVE_CLASS_METHOD, BOUND_METHOD, BOUND_NATIVE,
    CLASS, CODE, CELL, MODULE,
    PROPERTY, STATIC_METHOD, CLASS_METHOD, GETSET, MEMBER,
    RANGE, SLICE, SEQ_ITER, CALL_ITER,
    LIST_ITER, LIST_REVERSE_ITER, TUPLE_ITER, RANGE_ITER, LONG_RANGE_ITER,
    // ORDER: keys, values, items; forward then reverse
    DICT_KEYS, DICT_VALUES, DICT_ITEMS,
    DICT_KEY_ITER, DICT_VALUE_ITER, DICT_ITEM_ITER,
    DICT_REVERSE_KEY_ITER, DICT_REVERSE_VALUE_ITER, DICT_REVERSE_ITEM_ITER,
    SET_ITER,
    STR_ASCII_ITER, STR_ITER, BYTES_ITER, BYTEARRAY_ITER, MEMORY_ITER,
    GENERATOR, COROUTINE, ASYNC_GENERATOR,
    TRACEBACK, WEAKREF,
    OBJECT, SUPER,
}
