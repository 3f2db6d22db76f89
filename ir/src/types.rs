//! The value types of the IR, comparison conditions, memory widths and the target description.
//!
//! A value is a machine word (`W`), a double (`F`), a word the collector knows (`R`), a raw
//! pointer (`P`) or a condition (`B`, always 0 or 1, held like a word). There are no sub-word
//! values and no double words: width and sign live in loads, stores and extensions only.

/// Type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Ty {
    /// No value.
    V,
    /// Machine word, 32 or 64 bits by target.
    W,
    /// IEEE double.
    F,
    /// Word known to the collector: an object address or a tagged value.
    R,
    /// Raw pointer outside the collected heap, or into the middle of an object.
    P,
    /// Condition, 0 or 1.
    B,
}

/// Kind of register that holds a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Class {
    /// General register.
    Int,
    /// Floating-point register.
    Float,
}

impl Ty {
    /// All types in order of their number.
    pub const ALL: [Ty; 6] = [Ty::V, Ty::W, Ty::F, Ty::R, Ty::P, Ty::B];

    /// Register class of a value of this type; `V` counts as `Int`.
    pub fn class(self) -> Class {
        if self == Ty::F { Class::Float } else { Class::Int }
    }

    /// One-letter name used by the text format.
    pub fn letter(self) -> &'static str {
        ["V", "W", "F", "R", "P", "B"][self as usize]
    }

    /// Inverse of [`Ty::letter`].
    pub fn from_letter(s: &str) -> Option<Ty> {
        Ty::ALL.into_iter().find(|t| t.letter() == s)
    }
}

/// Condition of an integer comparison. Flipping the low bit negates it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the usual mnemonics")]
pub enum Cc {
    Eq,
    Ne,
    Lt,
    Ge,
    Gt,
    Le,
    Ult,
    Uge,
    Ugt,
    Ule,
}

impl Cc {
    /// All conditions in order of their number.
    pub const ALL: [Cc; 10] =
        [Cc::Eq, Cc::Ne, Cc::Lt, Cc::Ge, Cc::Gt, Cc::Le, Cc::Ult, Cc::Uge, Cc::Ugt, Cc::Ule];
    const NAMES: [&'static str; 10] =
        ["eq", "ne", "lt", "ge", "gt", "le", "ult", "uge", "ugt", "ule"];

    /// Condition with number `n` (only the low byte counts).
    pub fn from_bits(n: u16) -> Cc {
        Cc::ALL[(n & 0xff) as usize % 10]
    }

    /// The condition that holds exactly when `self` does not.
    pub fn negate(self) -> Cc {
        Cc::ALL[self as usize ^ 1]
    }

    /// The condition `c` with `a self b == b c a`.
    pub fn swap(self) -> Cc {
        match self {
            Cc::Eq | Cc::Ne => self,
            Cc::Lt => Cc::Gt,
            Cc::Gt => Cc::Lt,
            Cc::Ge => Cc::Le,
            Cc::Le => Cc::Ge,
            Cc::Ult => Cc::Ugt,
            Cc::Ugt => Cc::Ult,
            Cc::Uge => Cc::Ule,
            Cc::Ule => Cc::Uge,
        }
    }

    /// Decides the comparison for two canonical words (sign-extended to 64 bits; sign extension
    /// keeps the unsigned order too).
    pub fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Cc::Eq => a == b,
            Cc::Ne => a != b,
            Cc::Lt => a < b,
            Cc::Ge => a >= b,
            Cc::Gt => a > b,
            Cc::Le => a <= b,
            Cc::Ult => (a as u64) < b as u64,
            Cc::Uge => a as u64 >= b as u64,
            Cc::Ugt => a as u64 > b as u64,
            Cc::Ule => a as u64 <= b as u64,
        }
    }

    /// Name in the text format.
    pub fn name(self) -> &'static str {
        Cc::NAMES[self as usize]
    }

    /// Inverse of [`Cc::name`].
    pub fn parse(s: &str) -> Option<Cc> {
        Cc::NAMES.iter().position(|n| *n == s).map(|i| Cc::ALL[i])
    }
}

/// Condition of a float comparison. Flipping the low bit negates it, NaN included: `Lt` is false
/// and `Nlt` is true when an operand is NaN. Greater-than is less-than with swapped operands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are the usual mnemonics")]
pub enum Fcc {
    Eq,
    Ne,
    Lt,
    Nlt,
    Le,
    Nle,
}

impl Fcc {
    /// All conditions in order of their number.
    pub const ALL: [Fcc; 6] = [Fcc::Eq, Fcc::Ne, Fcc::Lt, Fcc::Nlt, Fcc::Le, Fcc::Nle];
    const NAMES: [&'static str; 6] = ["eq", "ne", "lt", "nlt", "le", "nle"];

    /// Condition with number `n` (only the low byte counts).
    pub fn from_bits(n: u16) -> Fcc {
        Fcc::ALL[(n & 0xff) as usize % 6]
    }

    /// The condition that holds exactly when `self` does not.
    pub fn negate(self) -> Fcc {
        Fcc::ALL[self as usize ^ 1]
    }

    /// Decides the comparison.
    pub fn holds(self, a: f64, b: f64) -> bool {
        let base = match self {
            Fcc::Eq | Fcc::Ne => a == b,
            Fcc::Lt | Fcc::Nlt => a < b,
            Fcc::Le | Fcc::Nle => a <= b,
        };
        base != (self as u8 & 1 == 1)
    }

    /// Name in the text format.
    pub fn name(self) -> &'static str {
        Fcc::NAMES[self as usize]
    }

    /// Inverse of [`Fcc::name`].
    pub fn parse(s: &str) -> Option<Fcc> {
        Fcc::NAMES.iter().position(|n| *n == s).map(|i| Fcc::ALL[i])
    }
}

/// How a memory cell is read and written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Width {
    /// Unsigned byte.
    U8,
    /// Signed byte.
    I8,
    /// Unsigned 16 bits.
    U16,
    /// Signed 16 bits.
    I16,
    /// Unsigned 32 bits (on a 32-bit target the same as `Word`).
    U32,
    /// Signed 32 bits.
    I32,
    /// Machine word.
    Word,
    /// Eight bytes of a double.
    F64,
}

impl Width {
    /// All widths in order of their number.
    pub const ALL: [Width; 8] = [
        Width::U8,
        Width::I8,
        Width::U16,
        Width::I16,
        Width::U32,
        Width::I32,
        Width::Word,
        Width::F64,
    ];
    const NAMES: [&'static str; 8] = ["u8", "i8", "u16", "i16", "u32", "i32", "word", "f64"];

    /// Size of the cell in bytes.
    pub fn bytes(self, word: Word) -> u32 {
        match self {
            Width::U8 | Width::I8 => 1,
            Width::U16 | Width::I16 => 2,
            Width::U32 | Width::I32 => 4,
            Width::Word => word.bytes(),
            Width::F64 => 8,
        }
    }

    /// Name in the text format.
    pub fn name(self) -> &'static str {
        Width::NAMES[self as usize]
    }

    /// Inverse of [`Width::name`].
    pub fn parse(s: &str) -> Option<Width> {
        Width::NAMES.iter().position(|n| *n == s).map(|i| Width::ALL[i])
    }
}

/// Size of the machine word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Word {
    /// 32 bits.
    W32,
    /// 64 bits.
    W64,
}

impl Word {
    /// Bits of the word.
    pub fn bits(self) -> u32 {
        self.bytes() * 8
    }

    /// Bytes of the word.
    pub fn bytes(self) -> u32 {
        if self == Word::W32 { 4 } else { 8 }
    }

    /// Canonical form of a word held in 64 bits: sign-extended from the word's size.
    pub fn norm(self, x: i64) -> i64 {
        if self == Word::W32 { x as i32 as i64 } else { x }
    }

    /// Smallest signed value.
    pub fn min(self) -> i64 {
        if self == Word::W32 { i32::MIN as i64 } else { i64::MIN }
    }

    /// Largest signed value.
    pub fn max(self) -> i64 {
        if self == Word::W32 { i32::MAX as i64 } else { i64::MAX }
    }

    /// The bits of a canonical word as an unsigned number.
    pub fn unsigned(self, x: i64) -> u64 {
        if self == Word::W32 { x as u32 as u64 } else { x as u64 }
    }
}

/// Order of bytes in memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Endian {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// What the meaning of a trace depends on: word size and byte order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Target {
    /// Word size.
    pub word: Word,
    /// Byte order.
    pub endian: Endian,
}

impl Target {
    /// 64 bits, little-endian.
    pub const LE64: Target = Target { word: Word::W64, endian: Endian::Little };
    /// 32 bits, little-endian.
    pub const LE32: Target = Target { word: Word::W32, endian: Endian::Little };
    /// 64 bits, big-endian.
    pub const BE64: Target = Target { word: Word::W64, endian: Endian::Big };
    /// 32 bits, big-endian.
    pub const BE32: Target = Target { word: Word::W32, endian: Endian::Big };
}
