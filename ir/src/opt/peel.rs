//! Drives a trace through the emit chain. A loop is emitted twice: first with the phis replaced
//! by their entry values (the peeled iteration, which tests and loads whatever does not change),
//! then as the loop proper, where all that was proven or loaded before and does not vary is
//! found again and vanishes.

use super::Optimizer;
use super::counted::{self, Plan};
use crate::op::{Op, flag};
use crate::schema::Effect;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Cc, Ty};

/// Emits a whole trace.
pub fn run(o: &mut Optimizer<'_>, trace: &Trace) {
    let map = vec![Ref::NONE; trace.insts.len()];
    let virtuals = vec![None; trace.virtuals.len()];
    let mut d = Driver { o, trace, map, virtuals, plan: None, proper: false };
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
    /// What is known about the loop's sums.
    plan: Option<Plan>,
    /// The loop proper is being emitted, no longer the peeled round.
    proper: bool,
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
        let start = self.o.out.slots.len();
        let trace = self.trace;
        for &(k, r) in trace.snap_slots(s) {
            let r = self.get(r);
            self.o.slot(k, r);
        }
        self.o.finish_snapshot(trace.snaps[s].pc, start)
    }

    fn range(&mut self, from: usize, to: usize) {
        for i in from..to {
            let inst = self.trace.insts[i];
            self.map[i] = match self.plan.as_ref().and_then(|p| p.sum(i)) {
                Some(sum) => self.sum(&inst, sum),
                None => self.inst(&inst),
            };
        }
    }

    /// A checked operation that needs no check in the loop, see [`counted`]. The peeled round
    /// keeps it and tests before what was assumed.
    fn sum(&mut self, inst: &Inst, sum: Ref) -> Ref {
        if self.proper {
            let (a, b) = (self.get(inst.a), self.get(inst.b));
            let op = if inst.op == Op::AddOv { Op::Add } else { Op::Sub };
            return self.o.emit(op, Ty::W, 0, [a, b, Ref::NONE]);
        }
        let Some(plan) = &self.plan else { return self.inst(inst) };
        let [limit, counter] = plan.assumptions();
        let wanted = [limit, counter, (sum, Cc::Le, counted::SUM), (sum, Cc::Ge, -counted::SUM)];
        for (value, cc, bound) in wanted {
            let value = self.get(value);
            let bound = self.o.out.word(bound);
            let snap = inst.snap().map_or(Ref::NONE, |s| Ref(self.snapshot(s)));
            self.o.emit(Op::Guard, Ty::V, cc as u16, [value, bound, snap]);
        }
        self.inst(inst)
    }

    fn inst(&mut self, inst: &Inst) -> Ref {
        if inst.op.is(flag::LIST) {
            let trace = self.trace;
            let list = trace.list(inst, self.o.schema);
            let args: Vec<Ref> = list.iter().map(|&r| self.get(r)).collect();
            return self.o.emit_list(inst.op, inst.ty, inst.aux, &args);
        }
        let mut args = [Ref::NONE; 3];
        for (k, arg) in args.iter_mut().enumerate().take(inst.op.arity()) {
            *arg = self.get(inst.arg(k));
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
            if self.o.passes.counted {
                let plan = counted::plan(trace, self.o.schema, at, body, end);
                self.plan = (!plan.sums.is_empty()).then_some(plan);
            }
            for (&i, &e) in phis.iter().zip(&entry) {
                self.map[i] = e;
            }
            self.range(body, end);
            self.proper = true;
            for (e, &i) in entry.iter_mut().zip(&phis) {
                *e = self.get(trace.insts[i].b);
            }
        }
        self.force_used(at, end);
        let looped = Looped { phis, entry, body, end };
        // Objects that are carried around the loop may stay virtual if each round makes one of
        // the same shape; whether it does is known only afterwards.
        if self.o.passes.peel && looped.entry.iter().any(|&e| self.o.carriable(e)) {
            let (saved, map) = (self.o.clone(), self.map.clone());
            if self.proper(&looped, true) {
                return;
            }
            *self.o = saved;
            self.map = map;
        }
        self.proper(&looped, false);
    }

    /// Emits the loop proper. With `virtuals`, phis of virtual objects become phis of their
    /// fields; false if that turned out to be wrong.
    fn proper(&mut self, l: &Looped, virtuals: bool) -> bool {
        let trace = self.trace;
        let carried: Vec<bool> = l
            .entry
            .iter()
            .map(|&e| {
                let once = l.entry.iter().filter(|x| **x == e).count() == 1;
                virtuals && once && self.o.carriable(e)
            })
            .collect();
        let mut entry = l.entry.clone();
        for (e, &keep) in entry.iter_mut().zip(&carried) {
            if !keep {
                *e = self.o.force(*e);
            }
        }
        let cells = self.forget_written(l.body, l.end);
        self.o.heap.observed();
        self.o.append(Inst::new(Op::Loop, Ty::V, 0));
        let mut open: Vec<Open> = Vec::new();
        for (k, (&i, &e)) in l.phis.iter().zip(&entry).enumerate() {
            // A phi that never changes is no phi.
            if trace.insts[i].b == Ref::inst(i) {
                self.map[i] = e;
            } else if carried[k] {
                let fields = self.o.carried_fields(e);
                let phis: Vec<(u16, Ref)> = fields.iter().map(|&(f, v)| (f, self.phi(v))).collect();
                self.map[i] = self.o.carried_object(e, &phis);
                open.push(Open::Object { i, shape: self.o.shape_of(e), phis });
            } else {
                self.map[i] = self.phi(e);
                open.push(Open::Value { i, phi: self.map[i] });
            }
        }
        let cells: Vec<(u16, Ref, Ref, Ref)> = cells
            .into_iter()
            .map(|(f, base, index, v)| {
                let phi = self.phi(v);
                self.o.heap.set(self.o.schema, f, base, index, phi);
                (f, base, index, phi)
            })
            .collect();
        self.range(l.body, l.end);
        let backs: Vec<Ref> = open.iter().map(|o| self.get(trace.insts[o.index()].b)).collect();
        for (o, &back) in open.iter().zip(&backs) {
            match o {
                Open::Value { phi, .. } => {
                    let back = self.o.force(back);
                    self.close(*phi, back);
                }
                Open::Object { shape, phis, .. } => {
                    let once = backs.iter().filter(|x| **x == back).count() == 1;
                    if !once || !self.o.carriable(back) || self.o.shape_of(back) != *shape {
                        return false;
                    }
                    let fields = self.o.carried_fields(back);
                    for (&(_, phi), (_, v)) in phis.iter().zip(fields) {
                        self.close(phi, v);
                    }
                }
            }
        }
        // What the next round may take from the cells; a load if the body lost sight of it.
        for (f, base, index, phi) in cells {
            let ty = self.o.schema.fields[f as usize].ty;
            let op = if index == Ref::NONE { Op::Load } else { Op::LoadX };
            let now = self.o.emit(op, ty, f, [base, index, Ref::NONE]);
            self.close(phi, now);
        }
        // An object that was to stay virtual must not have become real later.
        let late = open.iter().zip(&backs).any(|(o, &back)| match o {
            Open::Object { .. } => !self.o.carriable(back),
            Open::Value { .. } => false,
        });
        if late {
            return false;
        }
        self.inst(&trace.insts[l.end]);
        true
    }

    /// A phi whose back edge is set by [`Driver::close`].
    fn phi(&mut self, entry: Ref) -> Ref {
        let ty = self.o.ty(entry);
        self.o.append(Inst { a: entry, b: entry, ..Inst::new(Op::Phi, ty, 0) })
    }

    fn close(&mut self, phi: Ref, back: Ref) {
        if let Some(p) = phi.as_inst() {
            self.o.out.insts[p].b = back;
        }
    }

    /// Objects from before the loop that its body touches or hands to the next round become
    /// real: the body may change them in each round.
    fn force_used(&mut self, at: usize, end: usize) {
        let mut used = Vec::new();
        for i in at + 1..end {
            let inst = self.trace.insts[i];
            match inst.op {
                Op::Phi => used.push(inst.b),
                _ => self.trace.operands(&inst, self.o.schema, |r| used.push(r)),
            }
            for r in used.drain(..) {
                if r.as_inst().is_some_and(|d| d < at) {
                    let r = self.get(r);
                    self.o.force(r);
                }
            }
        }
    }

    /// The cache must not keep what the body writes. Gives the written cells whose contents are
    /// known here: the loop may carry them in registers.
    fn forget_written(&mut self, body: usize, end: usize) -> Vec<(u16, Ref, Ref, Ref)> {
        let mut classes = Vec::new();
        let mut loaded = Vec::new();
        let mut called: Vec<u16> = Vec::new();
        for inst in &self.trace.insts[body..end] {
            let class = |f: u16| self.o.schema.fields[f as usize].class;
            match inst.op {
                Op::Store | Op::StoreX => classes.push(class(inst.aux)),
                Op::Load | Op::LoadX => loaded.push(class(inst.aux)),
                Op::Call => {
                    let sig = &self.o.schema.sigs[inst.aux as usize];
                    match sig.effect {
                        Effect::Any => {
                            self.o.heap.forget_all(self.o.schema);
                            return Vec::new();
                        }
                        // Not carried in registers either: the call writes the memory.
                        Effect::Writes => called.extend(&sig.writes),
                        Effect::Pure | Effect::Reads | Effect::Collects => {}
                    }
                }
                _ => {}
            }
        }
        let mut cells = Vec::new();
        self.o.heap.forget_classes(&called);
        if self.o.passes.peel {
            let both: Vec<u16> = classes.iter().copied().filter(|c| loaded.contains(c)).collect();
            cells = self.o.heap.carried(self.o.schema, &both);
            cells.truncate(MAX_CELLS);
        }
        self.o.heap.forget_classes(&classes);
        cells
    }
}

/// Largest number of cells that a loop carries in registers.
const MAX_CELLS: usize = 6;

/// A loop about to be emitted.
struct Looped {
    /// Phis of the input trace.
    phis: Vec<usize>,
    /// Their values on entry.
    entry: Vec<Ref>,
    /// First instruction of the body.
    body: usize,
    /// The back edge.
    end: usize,
}

/// A phi of the input trace whose back edge is still open.
enum Open {
    /// One value.
    Value { i: usize, phi: Ref },
    /// A virtual object: phis of its fields.
    Object { i: usize, shape: u16, phis: Vec<(u16, Ref)> },
}

impl Open {
    fn index(&self) -> usize {
        match self {
            Open::Value { i, .. } | Open::Object { i, .. } => *i,
        }
    }
}
