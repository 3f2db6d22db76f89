//! The table of operations: one line decides name, operand types, result, the meaning of the
//! extra field, effects and how folding treats it. Everything else is derived from this table.
//!
//! Where CPUs disagree the IR has one meaning or a precondition that the producer establishes by
//! a mask or a guard: shift counts are below the word size, divisors are not zero and not -1 for
//! the smallest word, accesses are aligned.
//!
//! The snapshot of a checked operation is the state before it: the operation is done again
//! after the exit. So an optimiser may leave through it although nothing overflows, for
//! instance to test once before a loop what makes the check superfluous in each round. The
//! snapshot of a guard is the state after the guard failed and may be used for nothing else.

use crate::types::Ty;

/// What an operand accepts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg {
    /// A word.
    W,
    /// A double.
    F,
    /// A condition.
    B,
    /// An address: `R` or `P`.
    A,
    /// An object: `R`.
    R,
    /// Any value held in a general register, of the same type as the other such operand.
    I,
    /// The type of the result.
    T,
    /// Any type.
    X,
}

/// Type of the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Res {
    /// Always this type.
    Is(Ty),
    /// Written in the instruction.
    Any,
}

/// Meaning of the 16-bit extra field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Aux {
    /// Unused, zero.
    No,
    /// An integer condition.
    Cc,
    /// A float condition.
    Fcc,
    /// Number of an input or of a link target.
    Index,
    /// Bits kept by an extension: 8, 16 or 32.
    Bits,
    /// A field of the schema.
    Field,
    /// A shape of the schema.
    Shape,
    /// A call signature of the schema.
    Sig,
}

/// Effects and structure, a bit set.
pub mod flag {
    /// Result depends on the operands only; may be removed, merged and moved below other code.
    pub const PURE: u16 = 1;
    /// Operands may be exchanged.
    pub const COMM: u16 = 2;
    /// May leave the trace through the snapshot in `c`.
    pub const SNAP: u16 = 4;
    /// Reads memory.
    pub const READ: u16 = 8;
    /// Writes memory.
    pub const WRITE: u16 = 16;
    /// Makes a new object.
    pub const ALLOC: u16 = 32;
    /// Effects are those of its signature.
    pub const CALL: u16 = 64;
    /// Ends the trace.
    pub const END: u16 = 128;
    /// Operands are a list in the argument table.
    pub const LIST: u16 = 256;
    /// Structure of the trace, never removed.
    pub const FIXED: u16 = 512;
    /// Not on 32-bit words (moves 64 bits between the register classes).
    pub const WIDE: u16 = 1024;
}

/// One line of the table.
#[derive(Debug)]
pub struct Info {
    /// Name in the text format.
    pub name: &'static str,
    /// Operands in `a`, `b`, `c`.
    pub args: &'static [Arg],
    /// Result.
    pub res: Res,
    /// Extra field.
    pub aux: Aux,
    /// Bits of [`flag`].
    pub flags: u16,
}

macro_rules! ops {
    ($(
        $(#[$doc:meta])*
        $id:ident $name:literal ($($arg:ident)*) $res:ident $aux:ident [$($fl:ident)*];
    )*) => {
        /// An operation of the IR.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Op { $($(#[$doc])* $id,)* }

        impl Op {
            /// All operations in order of their number.
            pub const ALL: &'static [Op] = &[$(Op::$id,)*];
        }

        static INFO: &[Info] = &[$(Info {
            name: $name,
            args: &[$(Arg::$arg,)*],
            res: ops!(@res $res),
            aux: Aux::$aux,
            flags: 0 $(| flag::$fl)*,
        },)*];
    };
    (@res Any) => { Res::Any };
    (@res $t:ident) => { Res::Is(Ty::$t) };
}

ops! {
    /// Nothing; what removed instructions become.
    Nop "nop" () V No [];
    /// Value number `aux` that the trace starts with.
    Input "input" () Any Index [FIXED];
    /// Header of the loop; the phis follow.
    Loop "loop" () V No [FIXED];
    /// Loop-carried value: `a` on entry, `b` from the back edge.
    Phi "phi" (T T) Any No [FIXED];
    /// Back edge to the loop header.
    Jump "jump" () V No [END FIXED];
    /// Continues at the loop header of trace `aux` with a list of values for its contract.
    Link "link" () V Index [END FIXED LIST];
    /// Leaves the trace.
    Exit "exit" () V No [END FIXED SNAP];

    /// Leaves unless the comparison holds.
    Guard "guard" (I I) V Cc [SNAP];
    /// Leaves unless `a & b` is (`eq`) or is not (`ne`) zero; other conditions are not used.
    GuardMask "guard_mask" (W W) V Cc [SNAP];
    /// Leaves unless the float comparison holds.
    FGuard "fguard" (F F) V Fcc [SNAP];
    /// Leaves unless the condition is true.
    GuardTrue "guard_true" (B) V No [SNAP];
    /// Leaves unless the condition is false.
    GuardFalse "guard_false" (B) V No [SNAP];
    /// Sum; leaves when it does not fit a signed word.
    AddOv "addov" (W W) W No [SNAP COMM];
    /// Difference; leaves when it does not fit.
    SubOv "subov" (W W) W No [SNAP];
    /// Product; leaves when it does not fit.
    MulOv "mulov" (W W) W No [SNAP COMM];
    /// The integer equal to a double; leaves when no word has that value.
    FtoWExact "f2w_exact" (F) W No [SNAP];
    /// A double rounded to zero; leaves unless that is a word other than the smallest.
    FtoWTrunc "f2w_trunc" (F) W No [SNAP];

    /// Wrapping sum.
    Add "add" (W W) W No [PURE COMM];
    /// Wrapping difference.
    Sub "sub" (W W) W No [PURE];
    /// Wrapping product.
    Mul "mul" (W W) W No [PURE COMM];
    /// High word of the signed double-word product.
    MulHiS "mulhis" (W W) W No [PURE COMM];
    /// High word of the unsigned double-word product.
    MulHiU "mulhiu" (W W) W No [PURE COMM];
    /// Quotient rounded to zero.
    Div "div" (W W) W No [PURE];
    /// Remainder with the sign of the dividend.
    Rem "rem" (W W) W No [PURE];
    /// Quotient rounded down.
    FloorDiv "floordiv" (W W) W No [PURE];
    /// Remainder with the sign of the divisor.
    FloorMod "floormod" (W W) W No [PURE];
    /// Bitwise and.
    And "and" (W W) W No [PURE COMM];
    /// Bitwise or.
    Or "or" (W W) W No [PURE COMM];
    /// Bitwise exclusive or.
    Xor "xor" (W W) W No [PURE COMM];
    /// Shift left.
    Shl "shl" (W W) W No [PURE];
    /// Shift right, zeros come in.
    Shr "shr" (W W) W No [PURE];
    /// Shift right, the sign comes in.
    Sar "sar" (W W) W No [PURE];
    /// Rotate left.
    Rotl "rotl" (W W) W No [PURE];
    /// Smaller of two signed words.
    MinS "mins" (W W) W No [PURE COMM];
    /// Larger of two signed words.
    MaxS "maxs" (W W) W No [PURE COMM];
    /// Leading zero bits; the word size for zero.
    Clz "clz" (W) W No [PURE];
    /// Trailing zero bits; the word size for zero.
    Ctz "ctz" (W) W No [PURE];
    /// One bits.
    Popcnt "popcnt" (W) W No [PURE];
    /// Bytes reversed.
    Bswap "bswap" (W) W No [PURE];
    /// Low `aux` bits, sign-extended.
    SExt "sext" (W) W Bits [PURE];
    /// Low `aux` bits, zero-extended.
    ZExt "zext" (W) W Bits [PURE];
    /// Comparison as a condition.
    Cmp "cmp" (I I) B Cc [PURE];
    /// Float comparison as a condition.
    FCmp "fcmp" (F F) B Fcc [PURE];
    /// `b` when the condition holds, else `c`.
    Select "select" (B T T) Any No [PURE];
    /// The same bits under another general type.
    Cast "cast" (I) Any No [PURE];
    /// Pointer plus a number of bytes.
    AddP "addp" (A W) P No [PURE];

    /// Sum.
    FAdd "fadd" (F F) F No [PURE COMM];
    /// Difference.
    FSub "fsub" (F F) F No [PURE];
    /// Product.
    FMul "fmul" (F F) F No [PURE COMM];
    /// Quotient.
    FDiv "fdiv" (F F) F No [PURE];
    /// Sign flipped.
    FNeg "fneg" (F) F No [PURE];
    /// Sign cleared.
    FAbs "fabs" (F) F No [PURE];
    /// Square root.
    FSqrt "fsqrt" (F) F No [PURE];
    /// Rounded down.
    FFloor "ffloor" (F) F No [PURE];
    /// Rounded up.
    FCeil "fceil" (F) F No [PURE];
    /// Rounded to zero.
    FTrunc "ftrunc" (F) F No [PURE];
    /// Rounded to nearest, ties to even.
    FRint "frint" (F) F No [PURE];
    /// Magnitude of `a` with the sign of `b`.
    FCopySign "fcopysign" (F F) F No [PURE];
    /// Word to double, rounded to nearest.
    WtoF "w2f" (W) F No [PURE];
    /// Bits of a double as a word.
    FBits "fbits" (F) W No [PURE WIDE];
    /// Double with the bits of a word.
    BitsF "bitsf" (W) F No [PURE WIDE];

    /// Field `aux` of `a`.
    Load "load" (A) Any Field [READ];
    /// Element `b` of the array field `aux` of `a`.
    LoadX "loadx" (A W) Any Field [READ];
    /// Field `aux` of `a` becomes `b`.
    Store "store" (A X) V Field [WRITE];
    /// Element `b` of the array field `aux` of `a` becomes `c`.
    StoreX "storex" (A W X) V Field [WRITE];
    /// Write barrier: reports `a` to the collector unless that was done before.
    WBar "wbar" (R) V No [WRITE];
    /// A new object of shape `aux`, header written, all other fields zero.
    New "new" () R Shape [ALLOC];
    /// Call of a helper function with signature `aux`.
    Call "call" () Any Sig [CALL LIST];
}

impl Op {
    /// The line of the table.
    #[inline]
    pub fn info(self) -> &'static Info {
        &INFO[self as usize]
    }

    /// Whether one of the [`flag`] bits is set.
    #[inline]
    pub fn is(self, flags: u16) -> bool {
        self.info().flags & flags != 0
    }

    /// Number of operands that are references in `a`, `b`, `c`.
    #[inline]
    pub fn arity(self) -> usize {
        self.info().args.len()
    }

    /// The operation with that name in the text format.
    pub fn parse(name: &str) -> Option<Op> {
        Op::ALL.iter().copied().find(|op| op.info().name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_parse_back() {
        for &op in Op::ALL {
            assert_eq!(Op::parse(op.info().name), Some(op));
        }
    }

    #[test]
    fn snapshot_ops_leave_operand_c_free() {
        for &op in Op::ALL {
            if op.is(flag::SNAP) {
                assert!(op.arity() < 3, "{op:?}");
            }
            assert!(!(op.is(flag::PURE) && op.is(flag::READ | flag::WRITE | flag::CALL)));
        }
    }
}
