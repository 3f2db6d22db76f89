//! Flow analysis of a finished unit: what can run, and which locals are certainly bound where.
//!
//! Guarantee: an instruction that is dropped either cannot run or is a check that cannot fail. A local that a
//! remaining check asks for is unbound from the start of the frame, because frames are not cleared.
//!
//! The analysis is the forward "definitely assigned" problem, solved by sweeps over the code until the states
//! at the labels do not change any more. A handler's state is the meet over its protected range.

use crate::unit::{Ins, Label, NO_LABEL, Reg, Unit};
use pyrs_bytecode::{LocalKind, Op, Role};

/// The result for each instruction, and the slots to unbind at the start.
pub(crate) struct Flow {
    pub(crate) keep: Vec<bool>,
    pub(crate) unbind: Vec<Reg>,
}

/// A set of slots.
type Bits = Vec<u64>;

fn has(bits: &Bits, slot: Reg) -> bool {
    bits.get(slot as usize / 64).is_some_and(|w| w & 1 << (slot % 64) != 0)
}
fn set(bits: &mut Bits, slot: Reg, on: bool) {
    if let Some(w) = bits.get_mut(slot as usize / 64) {
        let bit = 1 << (slot % 64);
        *w = if on { *w | bit } else { *w & !bit };
    }
}

/// Instructions after which nothing falls through.
pub(crate) fn ends(op: Op) -> bool {
    matches!(
        op,
        Op::Jump
            | Op::Return
            | Op::ReturnNone
            | Op::Raise
            | Op::RaiseFrom
            | Op::RaiseCurrent
            | Op::Reraise
    )
}

/// Points jumps at jumps to where they finally lead.
pub(crate) fn thread_jumps(unit: &mut Unit<'_>) {
    let follow = |ins: &[Ins], labels: &[u32], label: Label| {
        let mut label = label;
        for _ in 0..8 {
            match ins.get(labels[label.0 as usize] as usize) {
                Some(next) if next.op == Op::Jump && next.label != label => label = next.label,
                _ => break,
            }
        }
        label
    };
    skip_over_jumps(unit);
    for i in 0..unit.ins.len() {
        // A loop's own end keeps its target: the loop's head is found by it.
        if unit.ins[i].label != NO_LABEL && unit.ins[i].op != Op::ForLoop {
            unit.ins[i].label = follow(&unit.ins, &unit.labels, unit.ins[i].label);
        }
    }
}

/// `if not c jump 1; jump 2; 1:` becomes `if c jump 2; 1:`. What remains of the jump cannot be reached.
fn skip_over_jumps(unit: &mut Unit<'_>) {
    let mut places: Vec<u32> = unit.labels.iter().copied().filter(|p| *p != u32::MAX).collect();
    places.sort_unstable();
    for i in 0..unit.ins.len().saturating_sub(1) {
        let (ins, next) = (unit.ins[i], unit.ins[i + 1]);
        if ins.label == NO_LABEL || next.op != Op::Jump {
            continue;
        }
        let over = unit.labels[ins.label.0 as usize] == i as u32 + 2;
        let entered = places.binary_search(&(i as u32 + 1)).is_ok();
        if !over || entered {
            continue;
        }
        if let Some(opposite) = negated(ins) {
            let around = ins.label;
            unit.ins[i] = Ins { label: next.label, ..opposite };
            // To the next instruction: dropped when distances are known.
            unit.ins[i + 1].label = around;
        }
    }
}

/// The conditional jump that is taken when `ins` is not.
fn negated(ins: Ins) -> Option<Ins> {
    use Op::*;
    let op = match ins.op {
        JumpIfTrue => JumpIfFalse,
        JumpIfFalse => JumpIfTrue,
        JumpIfNone => JumpIfNotNone,
        JumpIfNotNone => JumpIfNone,
        JumpLt | JumpLe | JumpEq | JumpNe | JumpGt | JumpGe | JumpLtImm | JumpLeImm | JumpEqImm
        | JumpNeImm | JumpGtImm | JumpGeImm | JumpIs | JumpIn => {
            return Some(Ins { c: 1 - ins.c.min(1), ..ins });
        }
        _ => return None,
    };
    Some(Ins { op, ..ins })
}

struct Sweep<'u, 'a> {
    unit: &'u Unit<'a>,
    /// Labels in order of place.
    order: Vec<(u32, u32)>,
    states: Vec<Option<Bits>>,
    /// For each instruction, the number of its innermost protected range plus 1.
    cover: Vec<u32>,
    again: bool,
}

impl Sweep<'_, '_> {
    fn merge(&mut self, label: Label, state: &Bits, from: u32) {
        let slot = &mut self.states[label.0 as usize];
        let changed = match slot {
            None => {
                *slot = Some(state.clone());
                true
            }
            Some(old) => {
                let mut changed = false;
                for (o, s) in old.iter_mut().zip(state) {
                    let met = *o & s;
                    changed |= met != *o;
                    *o = met;
                }
                changed
            }
        };
        self.again |= changed && self.unit.labels[label.0 as usize] <= from;
    }

    /// One pass over the code; `visit` sees each instruction that can run with the state before it.
    fn run(&mut self, entry: &Bits, mut visit: impl FnMut(usize, &Bits)) {
        self.again = false;
        let mut current = Some(entry.clone());
        let mut next_label = 0;
        let mut covered_by = 0;
        let mut told = false;
        for i in 0..self.unit.ins.len() {
            while let Some(&(place, label)) = self.order.get(next_label) {
                if place as usize != i {
                    break;
                }
                next_label += 1;
                if let Some(state) = &current {
                    let state = state.clone();
                    self.merge(Label(label), &state, 0);
                }
                current = self.states[label as usize].clone();
                told = false;
            }
            let Some(state) = &mut current else { continue };
            visit(i, state);
            let cover = self.cover[i];
            if cover != covered_by {
                covered_by = cover;
                told = false;
            }
            if cover != 0 && !told {
                let target = self.unit.protected[cover as usize - 1].target;
                let before = state.clone();
                self.merge(target, &before, i as u32);
                told = true;
            }
            let ins = &self.unit.ins[i];
            let Some(state) = &mut current else { continue };
            match ins.op {
                Op::ForLoop => {
                    let mut taken = state.clone();
                    set(&mut taken, ins.b.into(), true);
                    self.merge(ins.label, &taken, i as u32);
                    continue;
                }
                Op::Unbind => {
                    set(state, ins.a.into(), false);
                    told = false;
                }
                Op::CheckBound => set(state, ins.a.into(), true),
                Op::UnpackSequence | Op::UnpackEx => {
                    let count = match ins.op {
                        Op::UnpackSequence => ins.c.into(),
                        _ => (ins.extra & 0xffff) + 1 + (ins.extra >> 16),
                    };
                    let first = Reg::from(ins.a);
                    (first..first + count).for_each(|slot| set(state, slot, true));
                }
                op => {
                    for (role, r) in op.roles().iter().zip([ins.a, ins.b, ins.c]) {
                        if matches!(role, Role::Dest | Role::SourceDest) {
                            set(state, r.into(), true);
                        }
                    }
                }
            }
            let state = state.clone();
            if ins.label != NO_LABEL {
                self.merge(ins.label, &state, i as u32);
            }
            if ends(ins.op) {
                current = None;
            }
        }
    }
}

/// For each instruction, which protected range is the innermost around it.
fn covers(unit: &Unit<'_>) -> Vec<u32> {
    let mut cover = vec![0u32; unit.ins.len()];
    let mut ranges: Vec<usize> = (0..unit.protected.len()).collect();
    ranges.sort_by_key(|&i| unit.protected[i].depth);
    for i in ranges {
        let range = &unit.protected[i];
        cover[range.start as usize..range.end as usize].fill(i as u32 + 1);
    }
    cover
}

/// Analyses a unit. `observes`: running code may look at all variables, so all start unbound.
pub(crate) fn analyze(unit: &Unit<'_>, observes: bool) -> Flow {
    let words = unit.locals.len().div_ceil(64);
    let mut entry: Bits = vec![0; words];
    for slot in 0..unit.parameter_count {
        set(&mut entry, slot, true);
    }
    let mut order: Vec<(u32, u32)> = unit
        .labels
        .iter()
        .enumerate()
        .filter(|(_, place)| **place != u32::MAX)
        .map(|(label, place)| (*place, label as u32))
        .collect();
    order.sort_unstable();
    let states = vec![None; unit.labels.len()];
    let mut sweep = Sweep { unit, order, states, cover: covers(unit), again: true };
    while sweep.again {
        sweep.run(&entry, |_, _| {});
    }
    let mut keep = vec![false; unit.ins.len()];
    let mut asked: Bits = vec![0; words];
    sweep.run(&entry, |i, state| {
        let ins = &unit.ins[i];
        let slot = match ins.op {
            Op::CheckBound => ins.a.into(),
            _ => {
                keep[i] = true;
                return;
            }
        };
        if !has(state, slot) {
            keep[i] = true;
            set(&mut asked, slot, true);
        }
    });
    drop_idle_unbinds(unit, &asked, &mut keep);
    let unbind = (unit.parameter_count..unit.first_temp.min(unit.locals.len() as u32))
        .filter(|&slot| {
            let kind = unit.locals[slot as usize].1;
            kind == LocalKind::Plain && (observes || has(&asked, slot))
        })
        .collect();
    Flow { keep, unbind }
}

/// Variables of comprehensions are unbound when the comprehension begins, if anybody asks.
fn drop_idle_unbinds(unit: &Unit<'_>, asked: &Bits, keep: &mut [bool]) {
    for (i, ins) in unit.ins.iter().enumerate() {
        let slot = Reg::from(ins.a);
        if ins.op != Op::Unbind || slot as usize >= unit.locals.len() || has(asked, slot) {
            continue;
        }
        let makes_cell = unit.ins.get(i + 1).is_some_and(|n| n.op == Op::MakeCell);
        if slot < unit.first_temp
            && unit.locals[slot as usize].1 == LocalKind::Hidden
            && !makes_cell
        {
            keep[i] = false;
        }
    }
}
