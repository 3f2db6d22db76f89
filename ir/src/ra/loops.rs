//! Allocation around a loop and at the end of a trace.
//!
//! The *contract* of a loop fixes, at the back edge (the first thing the backward walk meets), a
//! place for every phi and a register for the most useful values from before the loop. When the
//! walk reaches the header, one parallel move leads from the contract to the places the body
//! wants; in the common case it is empty. The way into the loop establishes the same contract.

use super::alloc::Alloc;
use super::parmove::Move;
use super::{AInst, Loc, NO_REG, PReg, RegSet};
use crate::op::Op;
use crate::trace::{Inst, Ref};
use crate::types::Class;

#[derive(Default)]
pub(super) struct Contract {
    /// Place of each phi at the header.
    pub phis: Vec<Loc>,
    /// Values from before the loop (constants too) that sit in a register at the header.
    pub regs: Vec<(Ref, PReg)>,
    /// Registers that phis would like; others avoid them.
    pub hinted: RegSet,
    /// The loop contains a call.
    pub calls: bool,
}

impl Contract {
    /// The phi whose cell this is.
    pub fn slot_of_phi(&self, s: u32) -> Option<usize> {
        self.phis.iter().position(|l| *l == Loc::Spill(s))
    }
}

impl Alloc<'_> {
    /// The phis of the loop at `at` with their indexes.
    fn phis(&self, at: usize) -> Vec<(usize, Inst)> {
        let body = self.trace.insts.iter().enumerate().skip(at + 1);
        body.take_while(|x| x.1.op == Op::Phi).map(|(i, x)| (i, *x)).collect()
    }

    /// Values from before the loop that its body uses: operands first, then what only snapshots
    /// use; constants that cost more than an immediate.
    fn invariants(&mut self, at: usize) -> Vec<Ref> {
        let mut out = Vec::new();
        let mut seen = vec![false; at];
        let mut seen_const = vec![false; self.trace.consts.len()];
        let mut add = |r: Ref, out: &mut Vec<Ref>| {
            if let Some(i) = r.as_inst() {
                if i < at && !std::mem::replace(&mut seen[i], true) {
                    out.push(r);
                }
            } else if let Some(x) = self.trace.const_word(r) {
                let c = r.as_const().unwrap_or(0);
                let dear = self.trace.consts[c].ty.class() == Class::Float || x != x as i32 as i64;
                if dear && !std::mem::replace(&mut seen_const[c], true) {
                    out.push(r);
                }
            }
        };
        let mut calls = false;
        for inst in &self.trace.insts[at + 1..] {
            if inst.op == Op::Phi {
                continue;
            }
            calls |= inst.op == Op::Call;
            self.trace.operands(inst, self.schema, |r| add(r, &mut out));
        }
        for inst in &self.trace.insts[at + 1..] {
            if let Some(s) = inst.snap() {
                for &(_, r) in self.trace.snap_slots(s) {
                    if r.as_inst().is_some() {
                        add(r, &mut out);
                    }
                }
            }
        }
        self.contract.calls = calls;
        out
    }

    /// A register for the contract: one that survives calls if the loop has any.
    fn contract_reg(&self, class: Class) -> Option<PReg> {
        let total = self.usable.of_class(class).len();
        let open = self.free.of_class(class).minus(self.busy);
        let reserve = if total > 5 { 2 } else { 1 };
        if open.len() <= reserve {
            return None;
        }
        let kept = open.minus(self.machine.regs().caller_saved);
        let lost = open.and(self.machine.regs().caller_saved);
        let (first, second) = if self.contract.calls { (kept, lost) } else { (lost, kept) };
        first.first().or(second.first())
    }

    /// The back edge.
    pub fn jump(&mut self) {
        let at = self.loop_at;
        let phis = self.phis(at);
        let invariants = self.invariants(at);
        for &(i, phi) in &phis {
            let place = match self.contract_reg(phi.ty.class()) {
                Some(r) => {
                    self.hint[i] = r;
                    self.busy.add(r);
                    self.contract.hinted.add(r);
                    Loc::Reg(r)
                }
                None => Loc::Spill(self.fresh_slot()),
            };
            self.contract.phis.push(place);
        }
        let mut direct = vec![false; phis.len()];
        for (k, &(i, phi)) in phis.iter().enumerate() {
            let Some(b) = phi.b.as_inst() else { continue };
            let own = b > at && (self.trace.insts[b].op != Op::Phi || b == i);
            if !own || self.reg[b] != NO_REG || self.slot[b] != super::alloc::NO_SLOT {
                continue;
            }
            match self.contract.phis[k] {
                Loc::Reg(r) => self.assign(phi.b, r),
                Loc::Spill(s) => self.slot[b] = s,
                _ => continue,
            }
            direct[k] = true;
        }
        for v in invariants {
            if self.reg_of(v) == NO_REG
                && let Some(r) = self.contract_reg(self.class(v))
            {
                self.assign(v, r);
                self.contract.regs.push((v, r));
            }
        }
        self.rev.push(AInst::Jump);
        self.moves.clear();
        for (k, (_, phi)) in phis.iter().enumerate() {
            if !direct[k] {
                self.ensure_place(phi.b);
                let class = phi.ty.class();
                self.moves.push(Move { dst: self.contract.phis[k], src: self.place(phi.b), class });
            }
        }
        self.push_moves();
    }

    /// The header: from the contract to what the body wants, and the way in.
    pub fn loop_head(&mut self, at: usize) {
        let phis = self.phis(at);
        self.moves.clear();
        for (k, &(i, phi)) in phis.iter().enumerate() {
            let (src, class) = (self.contract.phis[k], phi.ty.class());
            let (r, s) = (self.reg[i], self.slot[i]);
            if r != NO_REG {
                self.moves.push(Move { dst: Loc::Reg(r), src, class });
                self.release(r);
            }
            if s != super::alloc::NO_SLOT {
                self.moves.push(Move { dst: Loc::Spill(s), src, class });
            }
        }
        for r in self.usable.minus(self.free).iter() {
            let v = self.held[r as usize];
            let fixed = self.contract.regs.iter().find(|x| x.0 == v).map(|x| Loc::Reg(x.1));
            let src = match (fixed, v.as_inst(), v.as_const()) {
                (Some(l), ..) => l,
                (_, Some(i), _) => Loc::Spill(self.slot_of(i)),
                (_, _, c) => c.map_or(Loc::None, |c| Loc::Const(c as u32)),
            };
            self.moves.push(Move { dst: Loc::Reg(r), src, class: super::class_of(r) });
            self.release(r);
        }
        self.push_moves();
        self.rev.push(AInst::LoopHead);
        self.enter(&phis);
    }

    /// Establishes the contract before the loop.
    fn enter(&mut self, phis: &[(usize, Inst)]) {
        self.loop_at = usize::MAX;
        self.contract.calls = false;
        self.contract.hinted = RegSet::EMPTY;
        for (v, r) in std::mem::take(&mut self.contract.regs) {
            self.assign(v, r);
        }
        let places = self.contract.phis.clone();
        self.arrive(&places, &phis.iter().map(|p| p.1.a).collect::<Vec<_>>());
    }

    /// Brings values to places, all at once, before what was pushed last.
    fn arrive(&mut self, places: &[Loc], values: &[Ref]) {
        for r in places.iter().filter_map(|l| l.reg()) {
            self.busy.add(r);
        }
        for (&place, &v) in places.iter().zip(values) {
            if let (Some(r), Some(i)) = (place.reg(), v.as_inst())
                && self.reg[i] == NO_REG
                && self.free.has(r)
            {
                self.assign(v, r);
            }
        }
        self.moves.clear();
        for (&dst, &v) in places.iter().zip(values) {
            if dst != Loc::None {
                self.ensure_place(v);
                self.moves.push(Move { dst, src: self.place(v), class: self.class(v) });
            }
        }
        self.push_moves();
    }

    /// The end of a trace that continues in another one.
    pub fn link(&mut self, inst: &Inst) {
        self.rev.push(AInst::Link(inst.aux));
        let places = self.options.targets.get(inst.aux as usize).copied().unwrap_or(&[]);
        let values = self.trace.list(inst, self.schema);
        self.arrive(places, values);
    }
}
