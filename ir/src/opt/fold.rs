//! Folding: constants are computed, operands are brought into a canonical order, the rules of
//! [`super::rules`] are applied, guards on conditions become guards on comparisons.

use super::Optimizer;
use super::rules::{E, P, RULES};
use crate::eval::arith;
use crate::op::{Op, flag};
use crate::trace::{Inst, Ref};
use crate::types::{Cc, Fcc, Ty};
use std::sync::OnceLock;

/// First and end rule of each operation.
fn span(op: Op) -> (usize, usize) {
    static INDEX: OnceLock<Vec<(usize, usize)>> = OnceLock::new();
    let index = INDEX.get_or_init(|| {
        let of = |op: &Op| {
            let first = RULES.iter().position(|r| r.op == *op).unwrap_or(0);
            let last = RULES.iter().rposition(|r| r.op == *op).map_or(first, |l| l + 1);
            (first, last)
        };
        Op::ALL.iter().map(of).collect()
    });
    index[op as usize]
}

/// What a pattern has bound.
#[derive(Clone, Copy, Default)]
struct Bound {
    x: Option<Ref>,
    y: Option<Ref>,
    c: Option<i64>,
    d: Option<i64>,
}

impl Optimizer<'_> {
    fn bits(&self) -> u32 {
        self.out.target.word.bits()
    }

    /// Simplifies an instruction in place, or finds a value that replaces it.
    pub(super) fn fold(&mut self, inst: &mut Inst) -> Option<Ref> {
        loop {
            if let Some(r) = self.constants(inst) {
                return Some(r);
            }
            self.order(inst);
            if let Some(r) = self.special(inst) {
                return Some(r);
            }
            if self.guards(inst) {
                continue;
            }
            return self.rules(inst);
        }
    }

    /// All operands constant.
    fn constants(&mut self, inst: &Inst) -> Option<Ref> {
        let n = inst.op.arity();
        if n == 0 || inst.op.is(flag::LIST) || inst.op == Op::Phi {
            return None;
        }
        let mut v = [0; 3];
        for (k, v) in v.iter_mut().enumerate().take(n) {
            *v = self.out.const_word(inst.arg(k))? as u64;
        }
        let [a, b, c] = v;
        let done = Some(Ref::NONE);
        let (x, y) = (f64::from_bits(a), f64::from_bits(b));
        match inst.op {
            Op::Guard if Cc::from_bits(inst.aux).holds(a as i64, b as i64) => return done,
            Op::GuardMask if Cc::from_bits(inst.aux).holds((a & b) as i64, 0) => return done,
            Op::FGuard if Fcc::from_bits(inst.aux).holds(x, y) => return done,
            Op::GuardTrue if a != 0 => return done,
            Op::GuardFalse if a == 0 => return done,
            _ => {}
        }
        let r = if inst.op.is(flag::PURE) {
            arith::pure(inst.op, inst.aux, self.bits(), a, b, c)?
        } else {
            arith::checked(inst.op, self.bits(), a, b)?
        };
        Some(self.out.constant(inst.ty, r))
    }

    /// Constants to the right.
    fn order(&mut self, inst: &mut Inst) {
        let left = inst.a.as_const().is_some() && inst.b.as_const().is_none();
        if inst.op == Op::GuardMask && left {
            std::mem::swap(&mut inst.a, &mut inst.b);
        } else if inst.op.is(flag::COMM) {
            if left
                || (inst.a.as_const().is_none() && inst.b.as_const().is_none() && inst.a > inst.b)
            {
                std::mem::swap(&mut inst.a, &mut inst.b);
            }
        } else if left && matches!(inst.op, Op::Guard | Op::Cmp) {
            std::mem::swap(&mut inst.a, &mut inst.b);
            inst.aux = Cc::from_bits(inst.aux).swap() as u16;
        }
    }

    /// What the rule table cannot say: conditions in the extra field, types.
    fn special(&mut self, inst: &Inst) -> Option<Ref> {
        let same = inst.a == inst.b;
        match inst.op {
            Op::Cmp if same => {
                let x = Cc::from_bits(inst.aux).holds(0, 0);
                Some(self.out.constant(Ty::B, x as u64))
            }
            Op::Guard if same && Cc::from_bits(inst.aux).holds(0, 0) => Some(Ref::NONE),
            Op::Select if inst.b == inst.c => Some(inst.b),
            Op::Select => {
                let c = self.out.const_word(inst.a)?;
                Some(if c != 0 { inst.b } else { inst.c })
            }
            Op::Cast => {
                let inner = self.def(inst.a, Op::Cast).map_or(inst.a, |i| i.a);
                if self.ty(inner) == inst.ty {
                    return Some(inner);
                }
                let c = self.out.const_word(inst.a)?;
                Some(self.out.constant(inst.ty, c as u64))
            }
            _ => None,
        }
    }

    /// The instruction that defines a value, if its operation is `op`.
    fn def(&self, r: Ref, op: Op) -> Option<Inst> {
        let i = r.as_inst()?;
        (self.out.insts[i].op == op).then_some(self.out.insts[i])
    }

    /// Guards on conditions; whether something changed.
    fn guards(&self, inst: &mut Inst) -> bool {
        let negate = match inst.op {
            Op::GuardTrue => false,
            Op::GuardFalse => true,
            Op::Guard if self.out.const_word(inst.b) == Some(0) => {
                let cc = Cc::from_bits(inst.aux);
                if let (Some(and), Cc::Eq | Cc::Ne) = (self.def(inst.a, Op::And), cc) {
                    *inst = Inst { op: Op::GuardMask, a: and.a, b: and.b, ..*inst };
                    return true;
                }
                // A condition that was made a word and is compared with zero.
                let Some(cast) = self.def(inst.a, Op::Cast) else { return false };
                if self.ty(cast.a) != Ty::B {
                    return false;
                }
                inst.op = match Cc::from_bits(inst.aux) {
                    Cc::Eq | Cc::Le | Cc::Ule => Op::GuardFalse,
                    Cc::Ne | Cc::Gt | Cc::Ugt => Op::GuardTrue,
                    _ => return false,
                };
                (inst.a, inst.b, inst.aux) = (cast.a, Ref::NONE, 0);
                return true;
            }
            _ => return false,
        };
        if let Some(cmp) = self.def(inst.a, Op::Cmp) {
            let cc = Cc::from_bits(cmp.aux);
            let cc = if negate { cc.negate() } else { cc };
            *inst = Inst { op: Op::Guard, aux: cc as u16, a: cmp.a, b: cmp.b, ..*inst };
            return true;
        }
        if let Some(cmp) = self.def(inst.a, Op::FCmp) {
            let cc = Fcc::from_bits(cmp.aux);
            let cc = if negate { cc.negate() } else { cc };
            *inst = Inst { op: Op::FGuard, aux: cc as u16, a: cmp.a, b: cmp.b, ..*inst };
            return true;
        }
        false
    }

    fn rules(&mut self, inst: &mut Inst) -> Option<Ref> {
        let (first, end) = span(inst.op);
        for rule in &RULES[first..end] {
            if rule.op != inst.op {
                continue;
            }
            let mut bound = Bound::default();
            let args = [inst.a, inst.b, inst.c];
            let hit = rule.args.iter().zip(args).all(|(p, r)| self.matches(p, r, &mut bound));
            let (c, d) = (bound.c.unwrap_or(0), bound.d.unwrap_or(0));
            if hit && (rule.when)(self.bits(), c, d) {
                return self.build(&rule.to, &bound);
            }
        }
        None
    }

    fn matches(&self, p: &P, r: Ref, bound: &mut Bound) -> bool {
        fn bind<T: PartialEq>(slot: &mut Option<T>, v: T) -> bool {
            match slot {
                Some(old) => *old == v,
                None => {
                    *slot = Some(v);
                    true
                }
            }
        }
        match p {
            P::X => bind(&mut bound.x, r),
            P::Y => bind(&mut bound.y, r),
            P::C => self.out.const_word(r).is_some_and(|k| bind(&mut bound.c, k)),
            P::D => self.out.const_word(r).is_some_and(|k| bind(&mut bound.d, k)),
            P::L(k) => self.out.const_word(r) == Some(*k),
            P::O(op, args) => self.def(r, *op).is_some_and(|i| {
                let inner = [i.a, i.b, i.c];
                args.iter().zip(inner).all(|(p, r)| self.matches(p, r, bound))
            }),
        }
    }

    fn build(&mut self, e: &E, bound: &Bound) -> Option<Ref> {
        match e {
            E::X => bound.x,
            E::Y => bound.y,
            E::L(k) => Some(self.out.word(*k)),
            E::F(f) => {
                let k = f(self.bits(), bound.c.unwrap_or(0), bound.d.unwrap_or(0));
                Some(self.out.word(k))
            }
            E::O(op, args) => {
                let mut v = [Ref::NONE; 3];
                for (v, a) in v.iter_mut().zip(*args) {
                    *v = self.build(a, bound)?;
                }
                Some(self.emit(*op, Ty::V, 0, v))
            }
        }
    }
}
