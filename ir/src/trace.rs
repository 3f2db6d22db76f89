//! The trace: a linear list of 16-byte instructions in SSA form with side tables for constants,
//! call arguments, snapshots and virtual objects.
//!
//! Invariants (checked by [`crate::verify`]): an operand is defined earlier, except the
//! back-edge operand of a phi; at most one `Loop`; phis follow it directly; the last
//! instruction, and only it, ends the trace.

use crate::op::{Op, flag};
use crate::schema::Schema;
use crate::types::{Target, Ty};

/// Reference to a value: an instruction, a constant or a virtual object.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Ref(pub u32);

const CONST_BIT: u32 = 1 << 31;
const VIRT_BITS: u32 = 3 << 30;

impl Ref {
    /// No value.
    pub const NONE: Ref = Ref(u32::MAX);
    /// The context pointer, of type `P`.
    pub const CTX: Ref = Ref(CONST_BIT);

    /// The result of instruction `i`.
    pub fn inst(i: usize) -> Ref {
        Ref(i as u32)
    }

    /// Constant number `i`.
    pub fn constant(i: usize) -> Ref {
        Ref(CONST_BIT | i as u32)
    }

    /// Virtual object number `i`; only snapshots and virtual objects refer to these.
    pub fn virt(i: usize) -> Ref {
        Ref(VIRT_BITS | i as u32)
    }

    /// Index of the instruction, if it is one.
    #[inline]
    pub fn as_inst(self) -> Option<usize> {
        (self.0 & CONST_BIT == 0).then_some(self.0 as usize)
    }

    /// Index of the constant, if it is one (the context included).
    #[inline]
    pub fn as_const(self) -> Option<usize> {
        (self.0 & VIRT_BITS == CONST_BIT).then_some((self.0 & !VIRT_BITS) as usize)
    }

    /// Index of the virtual object, if it is one.
    pub fn as_virt(self) -> Option<usize> {
        (self.0 & VIRT_BITS == VIRT_BITS && self != Ref::NONE)
            .then_some((self.0 & !VIRT_BITS) as usize)
    }
}

/// One instruction, 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Inst {
    /// What it does.
    pub op: Op,
    /// Type of its result.
    pub ty: Ty,
    /// Extra field, see [`crate::op::Aux`].
    pub aux: u16,
    /// First operand; for lists the start in the argument table.
    pub a: Ref,
    /// Second operand; for links the number of arguments.
    pub b: Ref,
    /// Third operand, or the snapshot's number.
    pub c: Ref,
}

impl Inst {
    /// An instruction without operands.
    pub fn new(op: Op, ty: Ty, aux: u16) -> Inst {
        Inst { op, ty, aux, a: Ref::NONE, b: Ref::NONE, c: Ref::NONE }
    }

    /// Operand `i` of `a`, `b`, `c`.
    #[inline]
    pub fn arg(&self, i: usize) -> Ref {
        [self.a, self.b, self.c][i]
    }

    /// Sets operand `i`.
    pub fn set_arg(&mut self, i: usize, r: Ref) {
        match i {
            0 => self.a = r,
            1 => self.b = r,
            _ => self.c = r,
        }
    }

    /// Number of the snapshot, if the operation has one.
    #[inline]
    pub fn snap(&self) -> Option<usize> {
        self.op.is(flag::SNAP).then_some(self.c.0 as usize)
    }
}

/// A constant: canonical word (sign-extended) or the bits of a double.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Const {
    /// Type.
    pub ty: Ty,
    /// Value.
    pub bits: u64,
}

/// State to restore when the trace is left. Slots lie in [`Trace::slots`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Snapshot {
    /// Where to go on; opaque to the IR.
    pub pc: u64,
    /// First slot.
    pub start: u32,
    /// Number of slots.
    pub len: u32,
}

/// An object that exists only in snapshots. Fields lie in [`Trace::vfields`]; those not listed
/// are zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Virtual {
    /// Shape.
    pub shape: u16,
    /// First field.
    pub start: u32,
    /// Number of fields.
    pub len: u32,
}

/// A trace.
#[derive(Clone, Debug)]
pub struct Trace {
    /// Word size and byte order it is meant for.
    pub target: Target,
    /// Instructions.
    pub insts: Vec<Inst>,
    /// Constants; number 0 stands for the context pointer.
    pub consts: Vec<Const>,
    /// Argument lists.
    pub args: Vec<Ref>,
    /// Snapshots.
    pub snaps: Vec<Snapshot>,
    /// Slots of the snapshots: key (opaque to the IR) and value.
    pub slots: Vec<(u32, Ref)>,
    /// Virtual objects.
    pub virtuals: Vec<Virtual>,
    /// Fields of the virtual objects: field number and value.
    pub vfields: Vec<(u16, Ref)>,
    /// Whether write barriers are explicit instructions (after the rewrite pass).
    pub barriers_explicit: bool,
    /// Hash table over `consts`: index + 1, or 0 for an empty cell; a power of two long.
    index: Vec<u32>,
}

impl Trace {
    /// An empty trace.
    pub fn new(target: Target) -> Trace {
        let mut consts = Vec::with_capacity(16);
        consts.push(Const { ty: Ty::P, bits: 0 });
        Trace {
            target,
            insts: Vec::new(),
            consts,
            args: Vec::new(),
            snaps: Vec::new(),
            slots: Vec::new(),
            virtuals: Vec::new(),
            vfields: Vec::new(),
            barriers_explicit: false,
            index: vec![0; 32],
        }
    }

    /// The reference of a constant; equal constants share one.
    pub fn constant(&mut self, ty: Ty, bits: u64) -> Ref {
        let bits = if ty == Ty::F { bits } else { self.target.word.norm(bits as i64) as u64 };
        let wanted = Const { ty, bits };
        if self.consts.len() * 2 > self.index.len() {
            self.index = vec![0; self.index.len() * 2];
            for i in 1..self.consts.len() {
                let at = self.cell(self.consts[i]);
                self.index[at] = i as u32 + 1;
            }
        }
        let at = self.cell(wanted);
        if self.index[at] == 0 {
            self.consts.push(wanted);
            self.index[at] = self.consts.len() as u32;
        }
        Ref::constant(self.index[at] as usize - 1)
    }

    /// Cell of the hash table where a constant is or belongs.
    fn cell(&self, c: Const) -> usize {
        let mask = self.index.len() - 1;
        let hash = (c.bits ^ ((c.ty as u64) << 56)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut at = (hash >> 40) as usize & mask;
        while self.index[at] != 0 && self.consts[self.index[at] as usize - 1] != c {
            at = (at + 1) & mask;
        }
        at
    }

    /// Constant of type `W`.
    pub fn word(&mut self, x: i64) -> Ref {
        self.constant(Ty::W, x as u64)
    }

    /// Constant of type `F`.
    pub fn float(&mut self, x: f64) -> Ref {
        self.constant(Ty::F, x.to_bits())
    }

    /// Type of a value; `None` for a reference to nothing.
    #[inline]
    pub fn ty(&self, r: Ref) -> Option<Ty> {
        if let Some(i) = r.as_inst() {
            self.insts.get(i).map(|x| x.ty)
        } else if let Some(i) = r.as_const() {
            self.consts.get(i).map(|c| c.ty)
        } else {
            r.as_virt().filter(|&i| i < self.virtuals.len()).map(|_| Ty::R)
        }
    }

    /// Index of the loop header.
    pub fn loop_at(&self) -> Option<usize> {
        self.insts.iter().position(|x| x.op == Op::Loop)
    }

    /// The constant's value as a canonical word (or the bits of a double), if `r` is a constant
    /// other than the context.
    #[inline]
    pub fn const_word(&self, r: Ref) -> Option<i64> {
        match r.as_const() {
            Some(0) | None => None,
            Some(i) => Some(self.consts[i].bits as i64),
        }
    }

    /// Slots of a snapshot.
    pub fn snap_slots(&self, s: usize) -> &[(u32, Ref)] {
        let s = self.snaps[s];
        &self.slots[s.start as usize..(s.start + s.len) as usize]
    }

    /// Fields of a virtual object.
    pub fn virt_fields(&self, v: usize) -> &[(u16, Ref)] {
        let v = self.virtuals[v];
        &self.vfields[v.start as usize..(v.start + v.len) as usize]
    }

    /// Argument list of a call or link.
    #[inline]
    pub fn list<'a>(&'a self, inst: &Inst, schema: &Schema) -> &'a [Ref] {
        let n = match inst.op {
            Op::Call => schema.sigs[inst.aux as usize].args.len(),
            Op::Link => inst.b.0 as usize,
            _ => return &[],
        };
        &self.args[inst.a.0 as usize..inst.a.0 as usize + n]
    }

    /// Calls `f` for each operand that is a value: `a`, `b`, `c` as far as they are operands,
    /// or the argument list. Snapshots are not included.
    #[inline]
    pub fn operands(&self, inst: &Inst, schema: &Schema, mut f: impl FnMut(Ref)) {
        if inst.op.is(flag::LIST) {
            self.list(inst, schema).iter().for_each(|&r| f(r));
        } else {
            for i in 0..inst.op.arity() {
                f(inst.arg(i));
            }
        }
    }

    /// Values a snapshot needs from the running trace: each instruction it reaches, through
    /// virtual objects too, once, in order of first appearance. This is the order of the inputs
    /// of a bridge that starts at an exit with this snapshot.
    pub fn snap_values(&self, s: usize) -> Vec<Ref> {
        let mut out = Vec::new();
        let mut seen_virtuals = Vec::new();
        for &(_, r) in self.snap_slots(s) {
            self.reach(r, &mut out, &mut seen_virtuals);
        }
        out
    }

    fn reach(&self, r: Ref, out: &mut Vec<Ref>, seen: &mut Vec<usize>) {
        if r.as_inst().is_some() {
            if !out.contains(&r) {
                out.push(r);
            }
        } else if let Some(v) = r.as_virt()
            && !seen.contains(&v)
        {
            seen.push(v);
            for &(_, r) in self.virt_fields(v) {
                self.reach(r, out, seen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_sixteen_bytes() {
        assert_eq!(std::mem::size_of::<Inst>(), 16);
    }

    #[test]
    fn references_tell_their_kind() {
        assert_eq!(Ref::inst(5).as_inst(), Some(5));
        assert_eq!(Ref::constant(5).as_const(), Some(5));
        assert_eq!(Ref::virt(5).as_virt(), Some(5));
        assert_eq!(Ref::virt(5).as_const(), None);
        assert_eq!(Ref::NONE.as_virt(), None);
        assert_eq!(Ref::NONE.as_inst(), None);
    }
}
