//! Common subexpressions: an instruction equal to an earlier one gives the earlier value. In a
//! linear trace everything earlier dominates. A guard that was passed before need not be tested
//! again, and a checked operation that was passed before has its result.

use crate::op::{Op, flag};
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};

const NONE: u32 = u32::MAX;
const OPS: usize = 128;
/// Instructions looked at before the search is given up; keeps compile time linear.
const MAX_STEPS: usize = 64;

/// Chains of instructions with the same operation, newest first.
#[derive(Clone, Debug)]
pub struct Cse {
    head: [u32; OPS],
    prev: Vec<u32>,
}

impl Default for Cse {
    fn default() -> Cse {
        Cse { head: [NONE; OPS], prev: Vec::new() }
    }
}

impl Cse {
    /// Whether instructions of this kind are merged.
    fn wanted(op: Op) -> bool {
        op.is(flag::PURE) || (op.is(flag::SNAP) && !op.is(flag::END))
    }

    /// Makes room for `n` instructions.
    pub fn reserve(&mut self, n: usize) {
        self.prev.reserve(n);
    }

    /// Notes the instruction at `at`.
    pub fn add(&mut self, at: usize, inst: &Inst) {
        self.prev.resize(at, NONE);
        let head = &mut self.head[inst.op as usize % OPS];
        self.prev.push(*head);
        *head = at as u32;
    }

    /// An earlier equal instruction: its value, or `Ref::NONE` for a guard.
    pub fn find(&self, t: &Trace, inst: &Inst) -> Option<Ref> {
        if !Self::wanted(inst.op) {
            return None;
        }
        let n = inst.op.arity();
        // Nothing before its operands can be equal.
        let limit = (0..n).filter_map(|k| inst.arg(k).as_inst()).max().map_or(0, |m| m as u32);
        let mut at = self.head[inst.op as usize % OPS];
        let mut steps = 0;
        while at != NONE && at >= limit && steps < MAX_STEPS {
            steps += 1;
            let e = &t.insts[at as usize];
            if e.op == inst.op
                && e.aux == inst.aux
                && e.ty == inst.ty
                && (0..n).all(|k| e.arg(k) == inst.arg(k))
            {
                let value = inst.ty != crate::types::Ty::V;
                return Some(if value { Ref::inst(at as usize) } else { Ref::NONE });
            }
            at = self.prev[at as usize];
        }
        None
    }

    /// An earlier call of a pure function with the same arguments.
    pub fn find_call(&self, t: &Trace, schema: &Schema, sig: u16, args: &[Ref]) -> Option<Ref> {
        let mut at = self.head[Op::Call as usize % OPS];
        let mut steps = 0;
        while at != NONE && steps < MAX_STEPS {
            steps += 1;
            let e = &t.insts[at as usize];
            if e.op == Op::Call && e.aux == sig && t.list(e, schema) == args {
                return Some(Ref::inst(at as usize));
            }
            at = self.prev[at as usize];
        }
        None
    }
}
