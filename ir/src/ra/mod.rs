//! Register allocation: words shared by the allocator, its checker and the back ends.
//!
//! The allocator ([`alloc`]) walks a trace backwards and produces a list of [`AInst`] in forward
//! order, in which every operand has a place. It knows a CPU only through [`Machine`]: which
//! registers there are, and for each instruction a [`Cons`] that says what each operand may be.
//! Progress is guaranteed with three general and two floating-point registers.

pub mod alloc;
pub mod check;
mod loops;
mod operands;
pub mod parmove;

use crate::schema::{Schema, Sig};
use crate::trace::{Inst, Ref, Trace};
use crate::types::Class;

/// A physical register: 0..32 general, 32..64 floating-point.
pub type PReg = u8;

/// No register.
pub const NO_REG: PReg = 255;

/// Register class of a physical register.
pub fn class_of(r: PReg) -> Class {
    if r < 32 { Class::Int } else { Class::Float }
}

/// A set of physical registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RegSet(pub u64);

impl RegSet {
    /// The empty set.
    pub const EMPTY: RegSet = RegSet(0);

    /// The set of these registers.
    pub const fn of(regs: &[PReg]) -> RegSet {
        let (mut bits, mut i) = (0, 0);
        while i < regs.len() {
            bits |= 1 << regs[i];
            i += 1;
        }
        RegSet(bits)
    }

    /// Whether `r` is in it.
    #[inline]
    pub fn has(self, r: PReg) -> bool {
        self.0 >> r & 1 != 0
    }

    /// Adds `r`.
    #[inline]
    pub fn add(&mut self, r: PReg) {
        self.0 |= 1 << r;
    }

    /// Removes `r`.
    #[inline]
    pub fn remove(&mut self, r: PReg) {
        self.0 &= !(1 << r);
    }

    /// Members of both.
    pub fn and(self, other: RegSet) -> RegSet {
        RegSet(self.0 & other.0)
    }

    /// Members of either.
    pub fn or(self, other: RegSet) -> RegSet {
        RegSet(self.0 | other.0)
    }

    /// Members that are not in the other.
    pub fn minus(self, other: RegSet) -> RegSet {
        RegSet(self.0 & !other.0)
    }

    /// The members of one class.
    #[inline]
    pub fn of_class(self, class: Class) -> RegSet {
        RegSet(match class {
            Class::Int => self.0 & 0xffff_ffff,
            Class::Float => self.0 & !0xffff_ffff,
        })
    }

    /// Lowest member.
    #[inline]
    pub fn first(self) -> Option<PReg> {
        (self.0 != 0).then(|| self.0.trailing_zeros() as PReg)
    }

    /// Number of members.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The members in ascending order.
    pub fn iter(self) -> impl Iterator<Item = PReg> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let r = (bits != 0).then(|| bits.trailing_zeros() as PReg);
            bits &= bits.wrapping_sub(1);
            r
        })
    }
}

/// Where a value is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Loc {
    /// Nowhere.
    None,
    /// In a register.
    Reg(PReg),
    /// In an eight-byte cell of the spill area.
    Spill(u32),
    /// In a word of the outgoing argument area.
    Out(u32),
    /// It is this constant of the trace.
    Const(u32),
}

impl Loc {
    /// The register, if it is one.
    pub fn reg(self) -> Option<PReg> {
        match self {
            Loc::Reg(r) => Some(r),
            _ => None,
        }
    }
}

/// What an operand may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Use {
    /// There is no operand.
    No,
    /// A register.
    Reg,
    /// A register, or a constant the machine accepts for this kind of immediate.
    Imm(u8),
    /// A register or a spill cell.
    Mem,
    /// A register, a spill cell, or an acceptable constant.
    MemImm(u8),
    /// This register.
    Fixed(PReg),
    /// Anything that has a place; the encoder does not read it.
    Any,
}

/// Where the result goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Def {
    /// There is no result.
    No,
    /// A register.
    Reg,
    /// The register of this operand, which is overwritten.
    Same(u8),
    /// This register.
    Fixed(PReg),
}

/// What an instruction asks of the allocator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cons {
    /// Operands.
    pub ins: [Use; 3],
    /// Result.
    pub def: Def,
    /// Scratch registers: general, floating-point.
    pub temps: [u8; 2],
    /// Registers overwritten before all operands are read.
    pub clobbers: RegSet,
    /// The result is written before all operands are read (the one of `Def::Same` excepted).
    pub early: bool,
    /// When the instruction leaves the trace, the machine can compute the tied operand again
    /// from the result, so the exit finds it in that register.
    pub undo: bool,
}

impl Cons {
    /// An instruction with these operands and result.
    pub const fn new(ins: [Use; 3], def: Def) -> Cons {
        Cons { ins, def, temps: [0, 0], clobbers: RegSet::EMPTY, early: false, undo: false }
    }

    /// Adds scratch registers.
    pub const fn temps(mut self, int: u8, float: u8) -> Cons {
        self.temps = [int, float];
        self
    }

    /// Adds overwritten registers.
    pub const fn clobbers(mut self, regs: RegSet) -> Cons {
        self.clobbers = regs;
        self
    }

    /// Marks the tied operand as one that can be computed again.
    pub const fn undo(mut self) -> Cons {
        self.undo = true;
        self
    }

    /// Marks the result as written early.
    pub const fn early(mut self) -> Cons {
        self.early = true;
        self
    }
}

/// The registers of a machine.
#[derive(Clone, Debug)]
pub struct RegFile {
    /// Registers the allocator may use.
    pub allocatable: RegSet,
    /// Of these, those a called function may change.
    pub caller_saved: RegSet,
    /// Register that always holds the context pointer; not allocatable.
    pub ctx: PReg,
    /// Places to break cycles of moves with: for words, for doubles; not allocatable.
    pub scratch: [PReg; 2],
}

/// A CPU as the allocator sees it.
pub trait Machine {
    /// Its registers.
    fn regs(&self) -> &RegFile;
    /// What an instruction asks for. Calls, structure and constants excepted.
    fn cons(&self, trace: &Trace, schema: &Schema, inst: &Inst) -> Cons;
    /// Whether a constant can be an immediate of this kind.
    fn fits(&self, kind: u8, value: i64) -> bool;
    /// Where the arguments of a call go, and where its result comes back.
    fn call(&self, sig: &Sig) -> (Vec<Loc>, PReg);
}

/// An instruction with places.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum AInst {
    /// Instruction `inst` of the trace.
    Op {
        /// Its index.
        inst: u32,
        /// Place of the result.
        out: Loc,
        /// Places of the operands; for a call they are where its convention says.
        ins: [Loc; 3],
        /// Scratch registers: general first.
        tmp: [PReg; 2],
        /// Number of its exit, if it has one.
        exit: u32,
        /// On the way to the exit the result's register gets the tied operand back.
        undo: bool,
    },
    /// Copy of a value.
    Move {
        /// To a register, spill cell or outgoing word.
        dst: Loc,
        /// From a register, spill cell or constant.
        src: Loc,
        /// Of this class.
        class: Class,
    },
    /// Where traces that link to this one arrive.
    Entry,
    /// Target of the back edge.
    LoopHead,
    /// The back edge.
    Jump,
    /// Continue at the entry of trace `0`.
    Link(u16),
}

/// An exit: which instruction leaves, and where the values of its snapshot are then.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitMap {
    /// Index of the instruction.
    pub inst: u32,
    /// Its snapshot.
    pub snap: u32,
    /// First place in [`Allocated::exit_locs`].
    pub start: u32,
    /// Number of places; the values are those of [`Trace::snap_values`].
    pub len: u32,
}

/// A trace with places for all values.
#[derive(Clone, Debug, Default)]
pub struct Allocated {
    /// The code, forwards.
    pub code: Vec<AInst>,
    /// Exits.
    pub exits: Vec<ExitMap>,
    /// Places of the exits' values.
    pub exit_locs: Vec<Loc>,
    /// Places the inputs must be in at the entry, by input number.
    pub entry: Vec<Loc>,
    /// Number of spill cells in use, those of the parent included.
    pub spills: u32,
    /// Places of the phis at the loop head, in order (for the checker and dumps).
    pub contract: Vec<Loc>,
}

impl Allocated {
    /// Places of the values of an exit.
    pub fn exit_locs(&self, exit: usize) -> &[Loc] {
        let e = self.exits[exit];
        &self.exit_locs[e.start as usize..(e.start + e.len) as usize]
    }
}

/// Knobs of an allocation.
#[derive(Clone, Debug, Default)]
pub struct Options<'a> {
    /// Places the inputs come from: of a bridge, those of its parent's exit. Without it, spill
    /// cell i for input i.
    pub inputs: Option<&'a [Loc]>,
    /// Entry places of the traces that links name, by target number.
    pub targets: &'a [&'a [Loc]],
    /// Spill cells below this belong to the parent.
    pub first_spill: u32,
    /// Only these registers may be used (tests use small sets); empty means all.
    pub limit: RegSet,
    /// Seed of random choices among what is allowed, for tests; 0 chooses sensibly.
    pub seed: u64,
}

/// Text of an allocated trace, for dumps and tests.
pub fn dump(trace: &Trace, schema: &Schema, a: &Allocated) -> String {
    use std::fmt::Write;
    let loc = |l: &Loc| match l {
        Loc::None => "-".to_string(),
        Loc::Reg(r) if *r < 32 => format!("r{r}"),
        Loc::Reg(r) => format!("d{}", r - 32),
        Loc::Spill(s) => format!("[{s}]"),
        Loc::Out(s) => format!("out{s}"),
        Loc::Const(c) => crate::print::value(trace, Ref::constant(*c as usize)),
    };
    let mut s = String::new();
    for a in &a.code {
        let _ = match a {
            AInst::Op { inst, out, ins, .. } => {
                let i = *inst as usize;
                let text = crate::print::line(trace, schema, i, &trace.insts[i]);
                let ins: Vec<String> = ins.iter().map(loc).collect();
                writeln!(s, "{text:<60} ; {} <- {}", loc(out), ins.join(" "))
            }
            AInst::Move { dst, src, .. } => writeln!(s, "    {} <- {}", loc(dst), loc(src)),
            other => writeln!(s, "{other:?}"),
        };
    }
    s
}
