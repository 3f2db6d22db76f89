//! Known ranges and known bits of words. They drop overflow checks, guards that cannot
//! fail, and masks that change nothing. Facts about a value hold from where they were learnt to
//! the end of the trace, for values never change.

use super::Optimizer;
use crate::op::Op;
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Cc, Class, Ty, Width, Word};

/// What is known about a word: `lo <= x <= hi` as signed numbers, `x & zeros == 0`,
/// `x & ones == ones`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fact {
    /// Smallest possible value.
    pub lo: i64,
    /// Largest possible value.
    pub hi: i64,
    /// Bits that are zero (of the canonical, sign-extended form).
    pub zeros: i64,
    /// Bits that are one.
    pub ones: i64,
}

impl Fact {
    /// Only the range is known; a range without negative numbers gives zero bits.
    pub fn range(lo: i64, hi: i64) -> Fact {
        let zeros = if lo >= 0 { !ones_up_to(hi) } else { 0 };
        Fact { lo, hi, zeros, ones: 0 }
    }

    /// Only zero bits are known.
    fn bits(word: Word, zeros: i64) -> Fact {
        let possible = !zeros;
        if zeros < 0 {
            Fact { lo: 0, hi: possible, zeros, ones: 0 }
        } else {
            Fact { lo: word.min(), hi: word.max(), zeros, ones: 0 }
        }
    }
}

/// All ones up to the highest one bit.
fn ones_up_to(x: i64) -> i64 {
    if x <= 0 { 0 } else { (u64::MAX >> x.leading_zeros()) as i64 }
}

/// Facts about all values.
#[derive(Clone, Debug)]
pub struct Facts {
    word: Word,
    all: Vec<Fact>,
}

impl Facts {
    /// For an empty trace.
    pub fn new(word: Word) -> Facts {
        Facts { word, all: Vec::new() }
    }

    /// Makes room for `n` instructions.
    pub fn reserve(&mut self, n: usize) {
        self.all.reserve(n);
    }

    fn any(&self) -> Fact {
        Fact { lo: self.word.min(), hi: self.word.max(), zeros: 0, ones: 0 }
    }

    /// What is known about a value.
    pub fn get(&self, t: &Trace, r: Ref) -> Fact {
        if let Some(k) = t.const_word(r) {
            return Fact { lo: k, hi: k, zeros: !k, ones: k };
        }
        r.as_inst().and_then(|i| self.all.get(i)).copied().unwrap_or(self.any())
    }

    /// Takes over what is known from elsewhere about the instruction at `at`.
    pub fn assume(&mut self, at: usize, fact: Fact) {
        self.all[at] = fact;
    }

    /// Records what the instruction at `at` gives.
    pub fn define(&mut self, t: &Trace, schema: &Schema, at: usize) {
        let inst = &t.insts[at];
        let any = self.any();
        self.all.resize(at, any);
        let fact = if inst.ty == Ty::B {
            Fact::range(0, 1)
        } else if inst.ty.class() == Class::Int && inst.ty != Ty::V {
            self.result(t, schema, inst).unwrap_or(any)
        } else {
            any
        };
        self.all.push(fact);
        self.learn(t, inst);
    }

    fn result(&self, t: &Trace, schema: &Schema, inst: &Inst) -> Option<Fact> {
        let (a, b) = (self.get(t, inst.a), self.get(t, inst.b));
        let w = self.word;
        let bits = w.bits() as i64;
        let fits = |lo: i128, hi: i128| {
            (lo >= w.min() as i128 && hi <= w.max() as i128)
                .then(|| Fact::range(lo as i64, hi as i64))
        };
        let clamp = |lo: i128, hi: i128| {
            let (lo, hi) = (lo.max(w.min() as i128), hi.min(w.max() as i128));
            (lo <= hi).then(|| Fact::range(lo as i64, hi as i64))
        };
        let sum = (a.lo as i128 + b.lo as i128, a.hi as i128 + b.hi as i128);
        let difference = (a.lo as i128 - b.hi as i128, a.hi as i128 - b.lo as i128);
        let count = t.const_word(inst.b);
        match inst.op {
            Op::Add => fits(sum.0, sum.1),
            Op::AddOv => clamp(sum.0, sum.1),
            Op::Sub => fits(difference.0, difference.1),
            Op::SubOv => clamp(difference.0, difference.1),
            Op::Mul => products(a, b).and_then(|(lo, hi)| fits(lo, hi)),
            Op::MulOv => products(a, b).and_then(|(lo, hi)| clamp(lo, hi)),
            Op::And => {
                let f = Fact::bits(w, a.zeros | b.zeros);
                // A mask of a number that is not negative does not exceed it.
                let cap = [a, b].iter().filter(|f| f.lo >= 0).map(|f| f.hi).min();
                Some(Fact { hi: cap.map_or(f.hi, |c| c.min(f.hi)), ..f })
            }
            Op::Or => {
                let f = Fact { ones: a.ones | b.ones, ..Fact::bits(w, a.zeros & b.zeros) };
                Some(if a.lo >= 0 && b.lo >= 0 { Fact { lo: a.lo.max(b.lo), ..f } } else { f })
            }
            Op::Xor => Some(Fact::bits(w, a.zeros & b.zeros)),
            Op::Shr => match count {
                Some(k) if k > 0 => Some(Fact::range(0, (w.unsigned(-1) >> k) as i64)),
                _ => (a.lo >= 0).then(|| Fact::range(0, a.hi)),
            },
            Op::Sar => match count {
                Some(k) if k >= 0 && k < bits => Some(Fact::range(a.lo >> k, a.hi >> k)),
                _ => Some(Fact::range(a.lo.min(0), a.hi.max(0))),
            },
            Op::Shl => {
                let k = count.filter(|k| (0..bits).contains(k))?;
                let f = fits((a.lo as i128) << k, (a.hi as i128) << k);
                let zeros = (a.zeros << k) | (1i64 << k).wrapping_sub(1);
                match f {
                    Some(f) => Some(Fact { zeros: f.zeros | (zeros & !i64::MIN), ..f }),
                    None => Some(Fact::bits(w, zeros & (1i64 << k).wrapping_sub(1))),
                }
            }
            Op::MinS => Some(Fact::range(a.lo.min(b.lo), a.hi.min(b.hi))),
            Op::MaxS => Some(Fact::range(a.lo.max(b.lo), a.hi.max(b.hi))),
            Op::Clz | Op::Ctz | Op::Popcnt => Some(Fact::range(0, bits)),
            Op::ZExt => {
                let max = (1i64 << inst.aux) - 1;
                let inside = a.lo >= 0 && a.hi <= max;
                Some(if inside { a } else { Fact::bits(w, a.zeros | !max) })
            }
            Op::SExt => {
                let max = (1i64 << (inst.aux - 1)) - 1;
                let inside = a.lo > -max && a.hi <= max;
                Some(if inside { a } else { Fact::range(-max - 1, max) })
            }
            Op::Rem if b.lo == b.hi && b.lo > 0 => {
                let lo = if a.lo >= 0 { 0 } else { 1 - b.lo };
                Some(Fact::range(lo, b.hi - 1))
            }
            Op::FloorMod if b.lo > 0 => Some(Fact::range(0, b.hi - 1)),
            Op::Cast => Some(a),
            Op::Select => {
                let c = self.get(t, inst.c);
                let (lo, hi) = (b.lo.min(c.lo), b.hi.max(c.hi));
                Some(Fact { lo, hi, zeros: b.zeros & c.zeros, ones: b.ones & c.ones })
            }
            Op::Load | Op::LoadX => match schema.fields[inst.aux as usize].width {
                Width::U8 => Some(Fact::range(0, 255)),
                Width::I8 => Some(Fact::range(-128, 127)),
                Width::U16 => Some(Fact::range(0, 65535)),
                Width::I16 => Some(Fact::range(-32768, 32767)),
                Width::U32 if w == Word::W64 => Some(Fact::range(0, u32::MAX as i64)),
                Width::I32 if w == Word::W64 => Some(Fact::range(i32::MIN as i64, i32::MAX as i64)),
                _ => None,
            },
            _ => None,
        }
    }

    /// What passing a guard tells about its operands.
    fn learn(&mut self, t: &Trace, inst: &Inst) {
        let cc = Cc::from_bits(inst.aux);
        match (inst.op, t.const_word(inst.b)) {
            (Op::Guard, Some(k)) if cc == Cc::Eq => self.learn_masked(t, inst.a, k),
            (Op::Guard, _) => {}
            (Op::GuardMask, Some(mask)) => {
                if cc == Cc::Eq {
                    self.learn_bits(t, inst.a, mask, 0);
                } else if mask.count_ones() == 1 {
                    self.learn_bits(t, inst.a, 0, mask);
                }
                return;
            }
            _ => return,
        }
        let (a, b) = (self.get(t, inst.a), self.get(t, inst.b));
        self.narrow(inst.a, cc, b, a);
        self.narrow(inst.b, cc.swap(), a, b);
    }

    /// `r` is `k`: if it is what a mask left of a word, that tells bits of the word.
    fn learn_masked(&mut self, t: &Trace, r: Ref, k: i64) {
        let Some(i) = r.as_inst().map(|i| t.insts[i]).filter(|i| i.op == Op::And) else { return };
        if let Some(mask) = t.const_word(i.b)
            && k & !mask == 0
        {
            self.learn_bits(t, i.a, mask & !k, k);
        }
    }
    /// Bits of a value, and of what it is another name of.
    pub(super) fn learn_bits(&mut self, t: &Trace, r: Ref, zeros: i64, ones: i64) {
        let mut next = r.as_inst();
        while let Some(i) = next {
            if let Some(f) = self.all.get_mut(i) {
                f.zeros |= zeros;
                f.ones |= ones;
            }
            next = Some(t.insts[i]).filter(|i| i.op == Op::Cast).and_then(|i| i.a.as_inst());
        }
    }

    /// `r cc other` holds; `old` is what was known about `r`.
    fn narrow(&mut self, r: Ref, cc: Cc, other: Fact, old: Fact) {
        let Some(i) = r.as_inst() else { return };
        let (mut lo, mut hi) = (old.lo, old.hi);
        match cc {
            Cc::Eq => (lo, hi) = (lo.max(other.lo), hi.min(other.hi)),
            Cc::Lt => hi = hi.min(other.hi.saturating_sub(1)),
            Cc::Le => hi = hi.min(other.hi),
            Cc::Gt => lo = lo.max(other.lo.saturating_add(1)),
            Cc::Ge => lo = lo.max(other.lo),
            Cc::Ult if other.lo >= 0 => {
                (lo, hi) = (lo.max(0), hi.min(other.hi.saturating_sub(1)));
            }
            Cc::Ule if other.lo >= 0 => (lo, hi) = (lo.max(0), hi.min(other.hi)),
            Cc::Ne if other.lo == other.hi => {
                lo += (lo == other.lo && lo < hi) as i64;
                hi -= (hi == other.lo && lo < hi) as i64;
            }
            _ => {}
        }
        // An empty range means that the guard cannot pass; then nothing matters.
        if lo <= hi {
            let zeros = old.zeros | Fact::range(lo, hi).zeros;
            self.all[i] = Fact { lo, hi, zeros, ones: old.ones };
        }
    }
}

fn products(a: Fact, b: Fact) -> Option<(i128, i128)> {
    let p = |x: i64, y: i64| x as i128 * y as i128;
    let all = [p(a.lo, b.lo), p(a.lo, b.hi), p(a.hi, b.lo), p(a.hi, b.hi)];
    Some((*all.iter().min()?, *all.iter().max()?))
}

/// Decides a comparison from facts, if they suffice.
pub fn decide(cc: Cc, a: Fact, b: Fact) -> Option<bool> {
    let decided = |yes: bool, no: bool| if yes { Some(true) } else { no.then_some(false) };
    let disjoint = a.hi < b.lo || a.lo > b.hi;
    let point = a.lo == a.hi && b.lo == b.hi && a.lo == b.lo;
    // With both ranges on one side of zero, unsigned order is signed order.
    let sides = (a.lo >= 0 || a.hi < 0) && (b.lo >= 0 || b.hi < 0);
    let key = |f: Fact| (f.lo as u64, f.hi as u64);
    let ((alo, ahi), (blo, bhi)) = (key(a), key(b));
    match cc {
        Cc::Eq => decided(point, disjoint),
        Cc::Ne => decided(disjoint, point),
        Cc::Lt => decided(a.hi < b.lo, a.lo >= b.hi),
        Cc::Ge => decided(a.lo >= b.hi, a.hi < b.lo),
        Cc::Gt => decided(a.lo > b.hi, a.hi <= b.lo),
        Cc::Le => decided(a.hi <= b.lo, a.lo > b.hi),
        _ if !sides => None,
        Cc::Ult => decided(ahi < blo, alo >= bhi),
        Cc::Uge => decided(alo >= bhi, ahi < blo),
        Cc::Ugt => decided(alo > bhi, ahi <= blo),
        Cc::Ule => decided(ahi <= blo, alo > bhi),
    }
}

impl Optimizer<'_> {
    /// Uses facts to simplify an instruction, or to replace it by a value.
    pub(super) fn known(&mut self, inst: &mut Inst) -> Option<Ref> {
        if inst.op.info().args.first().is_none_or(|a| *a == crate::op::Arg::F) {
            return None;
        }
        let word = self.out.target.word;
        let (a, b) = (self.facts.get(&self.out, inst.a), self.facts.get(&self.out, inst.b));
        let inside = |lo: i128, hi: i128| lo >= word.min() as i128 && hi <= word.max() as i128;
        match inst.op {
            Op::Guard => match decide(Cc::from_bits(inst.aux), a, b) {
                Some(true) => return Some(Ref::NONE),
                _ => return None,
            },
            Op::GuardMask if Cc::from_bits(inst.aux) == Cc::Ne && a.ones & b.ones != 0 => {
                return Some(Ref::NONE);
            }
            Op::GuardMask => {
                // All bits that the mask tests are known to be zero.
                let none = !(a.zeros | b.zeros) == 0;
                let eq = Cc::from_bits(inst.aux) == Cc::Eq;
                return (none && eq).then_some(Ref::NONE);
            }
            Op::Cmp => {
                let r = decide(Cc::from_bits(inst.aux), a, b)?;
                return Some(self.out.constant(Ty::B, r as u64));
            }
            Op::AddOv if inside(a.lo as i128 + b.lo as i128, a.hi as i128 + b.hi as i128) => {
                (inst.op, inst.c) = (Op::Add, Ref::NONE);
            }
            Op::SubOv if inside(a.lo as i128 - b.hi as i128, a.hi as i128 - b.lo as i128) => {
                (inst.op, inst.c) = (Op::Sub, Ref::NONE);
            }
            Op::MulOv if products(a, b).is_some_and(|(lo, hi)| inside(lo, hi)) => {
                (inst.op, inst.c) = (Op::Mul, Ref::NONE);
            }
            Op::And => {
                // Every bit that may be one is kept by the mask.
                let mask = self.out.const_word(inst.b)?;
                if !a.zeros & !mask == 0 {
                    return Some(inst.a);
                }
                if mask & !(a.zeros | a.ones) == 0 {
                    return Some(self.out.word(a.ones & mask));
                }
            }
            Op::ZExt if a.lo >= 0 && a.hi < 1 << inst.aux => return Some(inst.a),
            Op::SExt if a.lo >= -(1 << (inst.aux - 1)) && a.hi < 1 << (inst.aux - 1) => {
                return Some(inst.a);
            }
            Op::MinS if a.hi <= b.lo => return Some(inst.a),
            Op::MinS if b.hi <= a.lo => return Some(inst.b),
            Op::MaxS if a.lo >= b.hi => return Some(inst.a),
            Op::MaxS if b.lo >= a.hi => return Some(inst.b),
            Op::Sar if a.lo >= 0 && a.hi == 0 => return Some(inst.a),
            Op::Sar => return self.halved(inst),
            _ => return None,
        }
        // A changed operation goes through folding again.
        let changed = matches!(inst.op, Op::Add | Op::Sub | Op::Mul) && self.passes.fold;
        if changed { self.fold(inst) } else { None }
    }

    /// The instruction that computes a value.
    fn definition(&self, r: Ref) -> Option<Inst> {
        r.as_inst().map(|i| self.out.insts[i])
    }

    /// A number that was doubled without overflow, and perhaps made odd, halved again: tagged
    /// numbers are untagged so.
    fn halved(&self, inst: &Inst) -> Option<Ref> {
        if self.out.const_word(inst.b) != Some(1) {
            return None;
        }
        let mut d = self.definition(inst.a)?;
        if d.op == Op::Or && self.out.const_word(d.b) == Some(1) {
            d = self.definition(d.a)?;
        }
        let word = self.out.target.word;
        let fits = |r: Ref| {
            let f = self.facts.get(&self.out, r);
            f.lo >= word.min() / 2 && f.hi <= word.max() / 2
        };
        match d.op {
            Op::AddOv if d.a == d.b => Some(d.a),
            Op::Add if d.a == d.b && fits(d.a) => Some(d.a),
            // Adding a value to itself may have been folded to a shift.
            Op::Shl if self.out.const_word(d.b) == Some(1) && fits(d.a) => Some(d.a),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::arith::pure;

    /// Every fact derived from exact operand facts must hold for all values of small ranges.
    #[test]
    fn results_lie_within_their_facts() {
        let ops = [
            Op::Add,
            Op::Sub,
            Op::Mul,
            Op::And,
            Op::Or,
            Op::Xor,
            Op::MinS,
            Op::MaxS,
            Op::FloorMod,
            Op::Rem,
            Op::Shl,
            Op::Shr,
            Op::Sar,
        ];
        let ranges = [(-3, 5), (0, 7), (2, 2), (-8, -1), (3, 12), (i64::MIN, i64::MIN + 2)];
        let schema = Schema::default();
        for op in ops {
            for (alo, ahi) in ranges {
                for (blo, bhi) in ranges {
                    let mut t = Trace::new(crate::types::Target::LE64);
                    t.insts.push(Inst::new(Op::Input, Ty::W, 0));
                    t.insts.push(Inst::new(Op::Input, Ty::W, 1));
                    let b = if blo == bhi { t.word(blo) } else { Ref::inst(1) };
                    let inst = Inst { a: Ref::inst(0), b, ..Inst::new(op, Ty::W, 0) };
                    t.insts.push(inst);
                    let mut f = Facts::new(Word::W64);
                    f.all = vec![Fact::range(alo, ahi), Fact::range(blo, bhi)];
                    f.define(&t, &schema, 2);
                    let fact = f.all[2];
                    for x in alo..=ahi {
                        for y in blo..=bhi {
                            let Some(r) = pure(op, 0, 64, x as u64, y as u64, 0) else { continue };
                            let r = r as i64;
                            assert!(
                                fact.lo <= r && r <= fact.hi && r & fact.zeros == 0,
                                "{op:?} {x} {y} = {r}, not in {fact:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn decisions_agree_with_comparisons() {
        for cc in Cc::ALL {
            for (alo, ahi) in [(-2, 1), (0, 3), (3, 3), (-4, -3)] {
                for (blo, bhi) in [(-2, 1), (0, 3), (3, 3), (-4, -3)] {
                    let got = decide(cc, Fact::range(alo, ahi), Fact::range(blo, bhi));
                    let mut seen = [false; 2];
                    for x in alo..=ahi {
                        for y in blo..=bhi {
                            seen[cc.holds(x, y) as usize] = true;
                        }
                    }
                    if let Some(g) = got {
                        assert!(!seen[!g as usize], "{cc:?} {alo}..{ahi} {blo}..{bhi}");
                    }
                }
            }
        }
    }
}
