//! What the operations of a trace refer to by number: fields of objects with their alias
//! classes, shapes of objects, signatures of helper calls. One schema serves many traces.

use crate::types::{Ty, Width};

/// A field of objects, or the elements of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Type of the value read.
    pub ty: Ty,
    /// How the cell lies in memory.
    pub width: Width,
    /// Byte offset of the field, or of element 0.
    pub offset: i32,
    /// Alias class. Accesses of different classes never touch the same memory; accesses of one
    /// class have the same offset and width, so they touch the same memory exactly when the
    /// object (and the index) is the same.
    pub class: u16,
    /// Never changes once it was read in a trace.
    pub immutable: bool,
    /// A store must be announced to the collector.
    pub barrier: bool,
}

/// Layout of a kind of object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shape {
    /// Size in bytes, a multiple of eight.
    pub size: u32,
    /// The two 32-bit halves of the header at offsets 0 and 4.
    pub header: [u32; 2],
    /// Its fields, numbers in [`Schema::fields`].
    pub fields: Vec<u16>,
    /// Array field whose elements fill the rest of the object.
    pub array: Option<u16>,
}

/// What a call may do to memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Effect {
    /// Nothing; the result depends on the arguments only.
    Pure,
    /// Reads any memory.
    Reads,
    /// Reads any memory, may allocate and collect; writes nothing that was there before.
    Collects,
    /// As `Collects`, and writes fields of the alias classes that the signature names.
    Writes,
    /// Reads and writes any memory, may allocate and collect.
    Any,
}

impl Effect {
    /// Name in the text format.
    pub fn name(self) -> &'static str {
        match self {
            Effect::Pure => "pure",
            Effect::Reads => "reads",
            Effect::Collects => "collects",
            Effect::Writes => "writes",
            Effect::Any => "any",
        }
    }

    /// The call may be left out if its result is not used.
    pub fn is_removable(self) -> bool {
        matches!(self, Effect::Pure | Effect::Reads | Effect::Collects)
    }

    /// The collector may run.
    pub fn collects(self) -> bool {
        matches!(self, Effect::Collects | Effect::Writes | Effect::Any)
    }
}

/// Signature of a helper function. Words come first, then doubles; results are words or doubles.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sig {
    /// Number of the function in the context's table.
    pub helper: u16,
    /// Types of the arguments: words (any general type), then doubles.
    pub args: Vec<Ty>,
    /// Type of the result, `V` for none.
    pub ret: Ty,
    /// What it does to memory.
    pub effect: Effect,
    /// Alias classes that [`Effect::Writes`] means, otherwise empty.
    pub writes: Vec<u16>,
}

/// The tables that instructions refer to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Schema {
    /// Fields.
    pub fields: Vec<Field>,
    /// Shapes.
    pub shapes: Vec<Shape>,
    /// Signatures.
    pub sigs: Vec<Sig>,
}

/// Where the context block holds what machine code needs, and how objects are marked. Offsets
/// are bytes from the context pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Next free byte of the allocation area.
    pub alloc_cur: i32,
    /// End of the allocation area.
    pub alloc_lim: i32,
    /// Function called when a trace is left: `(context, exit frame, exit number) -> word`.
    pub on_exit: i32,
    /// Function called when the area is full: `(context, shape) -> object`.
    pub alloc_slow: i32,
    /// Function called by the write barrier: `(context, object)`.
    pub barrier_slow: i32,
    /// Helper number 0; the others follow word by word.
    pub helpers: i32,
    /// Offset in an object of the byte with the barrier's flag.
    pub barrier_byte: i32,
    /// Bit of that byte that is set while stores must be announced.
    pub barrier_mask: u8,
}
