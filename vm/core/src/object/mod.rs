//! Object layouts: the Rust picture of every object the virtual machine itself touches.
//!
//! Each file holds one kind of object: its `#[repr(C)]` struct, how it is made, and the primitive operations
//! that need its layout. What Python programs see of a type (methods, messages) lives elsewhere.
//!
//! Words used. A *native layout* is the fixed part of an object: header, reference slots, raw data. *Attribute
//! slots* follow it (`header.len` of them). Types whose size varies (str, bytes, tuple, int) have no room for
//! attribute slots; an instance of a subclass of such a type is a [`Wrapped`] object: the exact base value in
//! its first slot, attribute slots behind.

pub(crate) mod array;
mod bytearray_ops;
mod bytes;
mod class;
mod code;
mod descriptor;
mod dict;
mod exception;
mod frame;
mod function;
mod generator;
mod instance;
mod iterators;
mod list;
mod misc;
mod native;
pub(crate) mod number;
mod set;
mod shape;
mod slices;
pub(crate) mod string;
mod string_ops;
mod table;
mod tuple;

pub use array::{Array, Raw};
pub use bytes::{ByteArray, Bytes};
pub use class::{Class, ClassSpec, class_flag};
pub use code::{Code, CodeBody, SiteCache, SiteKind};
pub use descriptor::{ClassMethod, GetSet, GetSetDef, Member, Property, StaticMethod};
pub use dict::Dict;
pub(crate) use dict::{DICT_ROW, DICT_VALUE};
pub use exception::Exception;
pub use frame::Frame;
pub use function::{BoundMethod, Function, UNREADY};
pub use generator::{Generator, GeneratorKind, GeneratorState};
pub use instance::{Instance, Wrapped, slot_at, word_at};
pub use iterators::{
    CallIter, DictView, Filter, LongRangeIter, Map, RangeIter, SeqIter, TableIter,
};
pub use list::List;
pub use misc::{CellObject, Module, Range, Slice, Super, Traceback, WeakRef};
pub use native::{
    BoundNative, DefKind, Native, NativeDef, NativeFn, NativeFunction, NativeLayout, Wraps,
};
pub use number::{BigInt, Complex, Float};
pub(crate) use set::SET_ROW;
pub use set::Set;
pub use shape::{AttributeMode, ShapeInfo, core_shape};
pub use slices::{Indices, SliceParts};
pub(crate) use string::INTERNED;
pub use string::{Str, StrKind};
pub use table::Table;
pub use tuple::Tuple;
