//! A compiled code block as plain data: what the compiler produces, `.pyc` files hold and the VM instantiates.

/// A constant. Containers nest; equal constants of one code block are stored once.
#[derive(Clone, PartialEq, Debug)]
pub enum Const {
    None,
    Ellipsis,
    Bool(bool),
    Int(i64),
    /// An int beyond 64 bits: sign and magnitude in lower-case hexadecimal digits, e.g. `-1f00`.
    BigInt(Box<str>),
    /// Compared and stored by bit pattern.
    Float(FloatBits),
    Complex(FloatBits, FloatBits),
    Str(Box<str>),
    /// A string with lone surrogates, as code points.
    Wide(Box<[u32]>),
    Bytes(Box<[u8]>),
    Tuple(Box<[Const]>),
    FrozenSet(Box<[Const]>),
    /// slice(start, stop, step) of constants
    Slice(Box<[Const; 3]>),
    Code(crate::SharedCode),
}

/// An f64 compared by its bits, so that 0.0 and -0.0 are two constants and nan equals itself.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct FloatBits(pub u64);

/// `co_flags`, with CPython's numbers.
pub mod flags {
    pub const OPTIMIZED: u32 = 0x1;
    pub const NEWLOCALS: u32 = 0x2;
    pub const VARARGS: u32 = 0x4;
    pub const VARKEYWORDS: u32 = 0x8;
    pub const NESTED: u32 = 0x10;
    pub const GENERATOR: u32 = 0x20;
    pub const COROUTINE: u32 = 0x80;
    pub const ITERABLE_COROUTINE: u32 = 0x100;
    pub const ASYNC_GENERATOR: u32 = 0x200;
    pub const FUTURE_DIVISION: u32 = 0x20000;
    pub const FUTURE_ABSOLUTE_IMPORT: u32 = 0x40000;
    pub const FUTURE_WITH_STATEMENT: u32 = 0x80000;
    pub const FUTURE_PRINT_FUNCTION: u32 = 0x100000;
    pub const FUTURE_UNICODE_LITERALS: u32 = 0x200000;
    pub const FUTURE_BARRY_AS_BDFL: u32 = 0x400000;
    pub const FUTURE_GENERATOR_STOP: u32 = 0x800000;
    pub const FUTURE_ANNOTATIONS: u32 = 0x1000000;
    pub const HAS_DOCSTRING: u32 = 0x4000000;
    pub const METHOD: u32 = 0x8000000;
}

/// A range of words protected by a handler. The table is ordered innermost first: the first entry that holds
/// the faulting word's index wins.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Handler {
    pub start: u32,
    /// exclusive
    pub end: u32,
    pub target: u32,
    /// Register that receives the exception.
    pub register: u16,
}

/// Source position of an instruction. Lines from 1; columns are UTF-8 byte offsets from 0. Line 0: no position.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Position {
    pub line: u32,
    pub end_line: u32,
    pub column: u32,
    pub end_column: u32,
}

/// What kind of variable a named register is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum LocalKind {
    /// The register holds the value.
    Plain,
    /// The register holds a cell that this code made.
    Cell,
    /// The register holds a cell of an enclosing function.
    Free,
    /// Invented by the compiler (comprehension iterators and the like); not shown to Python.
    Hidden,
}

/// A code block. Registers `0..locals.len()` are named variables: parameters first (positional-only,
/// positional, keyword-only, `*args`, `**kwargs`), then other locals, then free variables. In functions with very many
/// variables the free ones come directly behind the parameters, and those that do not fit are not listed here; a
/// parameter of kind `Hidden` still has its name, but its value moves elsewhere in the set-up code.
#[derive(Clone, PartialEq, Debug)]
pub struct CodeData {
    pub name: Box<str>,
    pub qualname: Box<str>,
    pub filename: Box<str>,
    pub first_line: u32,
    pub flags: u32,
    /// Positional parameters, positional-only ones included.
    pub arg_count: u32,
    pub posonly_count: u32,
    pub kwonly_count: u32,
    /// Names and kinds of the named registers.
    pub locals: Vec<(Box<str>, LocalKind)>,
    /// Registers a frame needs, windows of its calls included (their 4 header words, not the callee's registers).
    pub register_count: u32,
    pub words: Vec<u32>,
    /// Runs of words with one position: `(first word, position)`, ordered by word.
    pub positions: Vec<(u32, Position)>,
    pub handlers: Vec<Handler>,
    pub consts: Vec<Const>,
    pub names: Vec<Box<str>>,
    /// For every site, the index of its name in `names`.
    pub sites: Vec<u32>,
    /// Names assigned through `self.` in a class body's functions (class code only): `__static_attributes__`.
    pub static_attributes: Vec<Box<str>>,
}

impl CodeData {
    /// The position of the instruction that holds `word`.
    pub fn position(&self, word: u32) -> Position {
        match self.positions.partition_point(|&(start, _)| start <= word) {
            0 => Position::default(),
            n => self.positions[n - 1].1,
        }
    }
    /// The handler that catches an exception raised by the instruction at `word`.
    pub fn handler(&self, word: u32) -> Option<&Handler> {
        self.handlers.iter().find(|h| h.start <= word && word < h.end)
    }
    /// All parameters, starred ones included: the registers a caller fills.
    pub fn parameter_count(&self) -> usize {
        let star = (self.flags & flags::VARARGS != 0) as u32;
        let stars = (self.flags & flags::VARKEYWORDS != 0) as u32;
        (self.arg_count + self.kwonly_count + star + stars) as usize
    }
}
