//! Counted loops: overflow checks of sums that the number of rounds bounds.
//!
//! A *counter* is a phi that grows by a constant step in each round, in a loop with a guard that
//! keeps it below a limit that the loop does not change; counters that run down are the mirror
//! image, with all signs changed. A *sum* is a phi whose back edge is a
//! checked addition to it (or subtraction from it) of a term. If the counter starts at
//! [`START`] or above and the limit is at most [`LIMIT`], the number of rounds is bounded; if
//! also the sum starts within [`SUM`] of zero and the term's range is small enough, no round can
//! overflow, so the check in the loop is dropped. What is assumed of start, limit and sum is
//! tested once, by guards in the peeled round with the snapshot of the checked operation: to
//! leave there and do the operation elsewhere is right whether it overflows or not (see
//! [`crate::op`]). Assumptions that are known to hold cost nothing.
//!
//! The analysis reads the trace before optimisation, with the ranges of [`super::facts`]. Only for
//! words of 64 bits: with 32 the limits would be within the reach of ordinary programs.
//!
//! The idea is that of limit checks in loop predication, as in HotSpot's server compiler.

use super::facts::{Fact, Facts};
use crate::op::Op;
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Cc, Ty, Word};

/// Assumed smallest first value of the counter.
pub const START: i64 = -(1 << 30);
/// Assumed largest limit of the counter.
pub const LIMIT: i64 = (1 << 31) - 1;
/// Assumed largest distance of a sum from zero when the loop starts.
pub const SUM: i64 = 1 << 60;
/// Largest step of a counter.
const STEP: i64 = 1 << 16;

/// Which checks the loop can do without, and what has to be assumed for it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The counter's phi.
    pub counter: Ref,
    /// The phi that holds the counter of the round before, if there is one: what a loop over a range gives its body.
    pub last: Ref,
    /// What it stays below (or at), or above if it runs down.
    pub limit: Ref,
    /// It runs down.
    pub down: bool,
    /// Index of each checked operation that needs no check in the loop, with the phi of its sum.
    pub sums: Vec<(usize, Ref)>,
}

impl Plan {
    /// What is assumed of limit and counter: a condition and its right side.
    pub fn assumptions(&self) -> Vec<(Ref, Cc, i64)> {
        let mut out = match self.down {
            false => vec![(self.limit, Cc::Le, LIMIT), (self.counter, Cc::Ge, START)],
            true => vec![(self.limit, Cc::Ge, -LIMIT), (self.counter, Cc::Le, -START)],
        };
        if self.last != Ref::NONE {
            let range = self.range();
            out.extend([(self.last, Cc::Ge, range.lo), (self.last, Cc::Le, range.hi)]);
        }
        out
    }
    /// What the counter is in all rounds if the assumptions hold.
    pub fn range(&self) -> Fact {
        match self.down {
            false => Fact::range(START, LIMIT + STEP),
            true => Fact::range(-LIMIT - STEP, -START),
        }
    }

    /// The sum whose checked operation is instruction `i`.
    pub fn sum(&self, i: usize) -> Option<Ref> {
        self.sums.iter().find(|s| s.0 == i).map(|s| s.1)
    }
}

/// Finds what can be done for the loop at `at`, whose body starts at `body` and whose back edge
/// is instruction `end`.
pub fn plan(t: &Trace, schema: &Schema, at: usize, body: usize, end: usize) -> Plan {
    let mut out = analysed(t, schema, [at, body, end], false);
    if out.sums.is_empty() {
        // To assume more is to leave more often.
        out = analysed(t, schema, [at, body, end], true);
    }
    out
}
fn analysed(t: &Trace, schema: &Schema, [at, body, end]: [usize; 3], delayed: bool) -> Plan {
    let none = Ref::NONE;
    let mut plan = Plan { counter: none, last: none, limit: none, down: false, sums: Vec::new() };
    if t.target.word != Word::W64 {
        return plan;
    }
    let candidates: Vec<(usize, Ref, Ref)> = (at + 1..body).filter_map(|p| sum(t, p)).collect();
    let l = Loop { t, at, body, end };
    let Some((counter, step, limit)) = (at + 1..body).find_map(|p| l.counter(p)) else {
        return plan;
    };
    // The counter's own check falls to the loop's guard.
    if candidates.iter().all(|c| c.1 == counter) {
        return plan;
    }
    (plan.counter, plan.limit, plan.down) = (counter, limit, step < 0);
    let is_last = |p: &usize| delayed && t.insts[*p].b == counter && t.insts[*p].ty == Ty::W;
    plan.last = (at + 1..body).find(is_last).map_or(none, Ref::inst);
    let mut facts = Facts::new(t.target.word);
    let last = candidates.iter().map(|c| c.0).max().unwrap_or(0);
    // What may be in the sum besides its start: rounds that were begun, the last one included.
    let rounds = (LIMIT as i128 - START as i128) / step.abs() as i128 + 2;
    for i in 0..=last {
        // What guards further down say does not hold here yet, so each term is looked at when
        // its turn comes.
        if let Some(&(_, phi, term)) = candidates.iter().find(|c| c.0 == i && c.1 != counter) {
            let f = facts.get(t, term);
            let far = (f.lo as i128).abs().max((f.hi as i128).abs());
            if rounds * far + (SUM as i128) < i64::MAX as i128 {
                plan.sums.push((i, phi));
            }
        }
        facts.define(t, schema, i);
        if Ref::inst(i) == counter || Ref::inst(i) == plan.last {
            facts.assume(i, plan.range());
        }
    }
    plan
}

/// The checked operation that makes phi `p` a sum, the phi, the term.
fn sum(t: &Trace, p: usize) -> Option<(usize, Ref, Ref)> {
    let (phi, back) = (Ref::inst(p), t.insts[p].b.as_inst()?);
    let inst = &t.insts[back];
    let term = match inst.op {
        Op::AddOv | Op::SubOv if inst.a == phi => inst.b,
        Op::AddOv if inst.b == phi => inst.a,
        _ => return None,
    };
    (term != phi && back > p).then_some((back, phi, term))
}

struct Loop<'a> {
    t: &'a Trace,
    at: usize,
    body: usize,
    end: usize,
}

impl Loop<'_> {
    /// If phi `p` is a counter: itself, its step and its limit.
    fn counter(&self, p: usize) -> Option<(Ref, i64, Ref)> {
        let t = self.t;
        let (phi, back) = (Ref::inst(p), t.insts[p].b.as_inst()?);
        let inst = &t.insts[back];
        let step = match inst.op {
            Op::Add | Op::AddOv if inst.a == phi => t.const_word(inst.b)?,
            Op::Add | Op::AddOv if inst.b == phi => t.const_word(inst.a)?,
            Op::Sub | Op::SubOv if inst.a == phi => t.const_word(inst.b)?.wrapping_neg(),
            _ => return None,
        };
        if t.insts[p].ty != Ty::W || !(1..=STEP).contains(&step.saturating_abs()) || back <= p {
            return None;
        }
        let ends = if step < 0 { [Cc::Gt, Cc::Ge] } else { [Cc::Lt, Cc::Le] };
        let body = &t.insts[self.body..self.end];
        let limit = body.iter().find_map(|i| self.limit(phi, ends, i))?;
        Some((phi, step, limit))
    }

    /// What `inst` compares the phi with, if it is a guard with one of these conditions.
    fn limit(&self, phi: Ref, ends: [Cc; 2], inst: &Inst) -> Option<Ref> {
        let condition = |of: &Inst| {
            let cmp = self.t.insts[of.a.as_inst()?];
            (cmp.op == Op::Cmp).then_some((Cc::from_bits(cmp.aux), cmp.a, cmp.b))
        };
        let (cc, a, b) = match inst.op {
            Op::Guard => (Cc::from_bits(inst.aux), inst.a, inst.b),
            Op::GuardTrue => condition(inst)?,
            Op::GuardFalse => condition(inst).map(|(cc, a, b)| (cc.negate(), a, b))?,
            _ => return None,
        };
        let (cc, limit) = match (a == phi, b == phi) {
            (true, false) => (cc, b),
            (false, true) => (cc.swap(), a),
            _ => return None,
        };
        (ends.contains(&cc) && self.fixed(limit)).then_some(limit)
    }

    /// Whether the loop does not change a value.
    fn fixed(&self, r: Ref) -> bool {
        match r.as_inst() {
            Some(i) => i < self.at || (i < self.body && self.t.insts[i].b == r),
            None => r.as_const().is_some(),
        }
    }
}
