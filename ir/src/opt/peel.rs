//! Drives a trace through the emit chain. A loop is emitted twice: first with the phis replaced
//! by their entry values (the peeled iteration, which tests and loads whatever does not change),
//! then as the loop proper, where all that was proven or loaded before and does not vary is
//! found again and vanishes.

use super::Optimizer;
use crate::op::{Op, flag};
use crate::schema::Effect;
use crate::trace::{Inst, Ref, Trace};
use crate::types::Ty;

/// Emits a whole trace.
pub fn run(o: &mut Optimizer<'_>, trace: &Trace) {
    let map = vec![Ref::NONE; trace.insts.len()];
    let mut d = Driver { o, trace, map, virtuals: vec![None; trace.virtuals.len()] };
    match trace.loop_at() {
        None => d.range(0, trace.insts.len()),
        Some(at) => d.looped(at),
    }
}

struct Driver<'o, 'a, 't> {
    o: &'o mut Optimizer<'a>,
    trace: &'t Trace,
    /// New value of each instruction.
    map: Vec<Ref>,
    /// Virtual objects of the input trace as values of the optimiser.
    virtuals: Vec<Option<Ref>>,
}

impl Driver<'_, '_, '_> {
    fn get(&mut self, r: Ref) -> Ref {
        if let Some(i) = r.as_inst() {
            return self.map[i];
        }
        if let Some(v) = r.as_virt() {
            return self.input_virtual(v);
        }
        match r.as_const() {
            Some(0) | None => r,
            Some(c) => {
                let k = self.trace.consts[c];
                self.o.out.constant(k.ty, k.bits)
            }
        }
    }

    /// A virtual object of the input becomes a fresh virtual object for each snapshot.
    fn input_virtual(&mut self, v: usize) -> Ref {
        if let Some(r) = self.virtuals[v] {
            return r;
        }
        let r = self.o.input_virtual(self.trace.virtuals[v].shape);
        self.virtuals[v] = Some(r);
        let fields: Vec<(u16, Ref)> = self.trace.virt_fields(v).to_vec();
        for (f, x) in fields {
            let x = self.get(x);
            self.o.set_input_field(r, f, x);
        }
        r
    }

    fn snapshot(&mut self, s: usize) -> u32 {
        self.virtuals.iter_mut().for_each(|v| *v = None);
        let slots: Vec<(u32, Ref)> = self.trace.snap_slots(s).to_vec();
        let slots: Vec<(u32, Ref)> = slots.into_iter().map(|(k, r)| (k, self.get(r))).collect();
        self.o.snapshot(self.trace.snaps[s].pc, &slots)
    }

    fn range(&mut self, from: usize, to: usize) {
        for i in from..to {
            let inst = self.trace.insts[i];
            self.map[i] = self.inst(&inst);
        }
    }

    fn inst(&mut self, inst: &Inst) -> Ref {
        if inst.op.is(flag::LIST) {
            let args: Vec<Ref> = self.trace.list(inst, self.o.schema).to_vec();
            let args: Vec<Ref> = args.into_iter().map(|r| self.get(r)).collect();
            return self.o.emit_list(inst.op, inst.ty, inst.aux, &args);
        }
        let mut args = [Ref::NONE; 3];
        for k in 0..inst.op.arity() {
            args[k] = self.get(inst.arg(k));
        }
        if let Some(s) = inst.snap() {
            args[2] = Ref(self.snapshot(s));
        }
        self.o.emit(inst.op, inst.ty, inst.aux, args)
    }

    fn looped(&mut self, at: usize) {
        let trace = self.trace;
        let end = trace.insts.len() - 1;
        let body = (at + 1..end).find(|&i| trace.insts[i].op != Op::Phi).unwrap_or(end);
        self.range(0, at);
        let phis: Vec<usize> = (at + 1..body).collect();
        // Values on entry to the loop proper.
        let mut entry: Vec<Ref> = phis.iter().map(|&i| trace.insts[i].a).collect();
        for e in &mut entry {
            *e = self.get(*e);
        }
        if self.o.passes.peel {
            for (&i, &e) in phis.iter().zip(&entry) {
                self.map[i] = e;
            }
            self.range(body, end);
            for (e, &i) in entry.iter_mut().zip(&phis) {
                *e = self.get(trace.insts[i].b);
            }
        }
        // A phi that never changes is no phi.
        let varies = |i: usize| trace.insts[i].b != Ref::inst(i);
        self.force_used(at, end);
        for e in &mut entry {
            *e = self.o.force(*e);
        }
        self.forget_written(body, end);
        self.o.heap.observed();
        self.o.append(Inst::new(Op::Loop, Ty::V, 0));
        let mut open = Vec::new();
        for (&i, &e) in phis.iter().zip(&entry) {
            if !varies(i) {
                self.map[i] = e;
                continue;
            }
            let inst = Inst { a: e, b: e, ..Inst::new(Op::Phi, trace.insts[i].ty, 0) };
            self.map[i] = self.o.append(inst);
            open.push(i);
        }
        let new: Vec<Ref> = open.iter().map(|&i| self.map[i]).collect();
        self.range(body, end);
        for (&i, phi) in open.iter().zip(new) {
            let back = self.get(trace.insts[i].b);
            let back = self.o.force(back);
            if let Some(p) = phi.as_inst() {
                self.o.out.insts[p].b = back;
            }
        }
        self.inst(&trace.insts[end]);
    }

    /// Objects from before the loop that its body touches or hands to the next round become
    /// real: the body may change them in each round.
    fn force_used(&mut self, at: usize, end: usize) {
        for i in at + 1..end {
            let inst = self.trace.insts[i];
            let mut used = Vec::new();
            match inst.op {
                Op::Phi => used.push(inst.b),
                _ => self.trace.operands(&inst, self.o.schema, |r| used.push(r)),
            }
            for r in used {
                if r.as_inst().is_some_and(|d| d < at) {
                    let r = self.get(r);
                    self.o.force(r);
                }
            }
        }
    }

    /// The cache must not keep what the body writes.
    fn forget_written(&mut self, body: usize, end: usize) {
        let mut classes = Vec::new();
        for inst in &self.trace.insts[body..end] {
            match inst.op {
                Op::Store | Op::StoreX => {
                    classes.push(self.o.schema.fields[inst.aux as usize].class);
                }
                Op::Call if self.o.schema.sigs[inst.aux as usize].effect == Effect::Any => {
                    return self.o.heap.forget_all(self.o.schema);
                }
                _ => {}
            }
        }
        self.o.heap.forget_classes(&classes);
    }
}
