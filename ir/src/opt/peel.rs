//! Drives a trace through the emit chain. A loop is emitted twice: first with the phis replaced
//! by their entry values (the peeled iteration, which tests and loads whatever does not change),
//! then as the loop proper, where all that was proven or loaded before and does not vary is
//! found again and vanishes.

use super::Optimizer;
use super::boxed::Boxed;
use super::counted::{self, Plan};
use crate::op::{Op, flag};
use crate::schema::Effect;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Cc, Ty};

/// Emits a whole trace.
pub fn run(o: &mut Optimizer<'_>, trace: &Trace) {
    let map = vec![Ref::NONE; trace.insts.len()];
    let virtuals = vec![None; trace.virtuals.len()];
    let assumed = Vec::new();
    let mut d = Driver { o, trace, map, virtuals, plan: None, proper: false, assumed };
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
    /// What is assumed of phis: bits that are zero and bits that are one.
    assumed: Vec<(Ref, i64, i64)>,
}

/// The lowest bits of a value word tell what it is: it is assumed that they are the same in each round.
const TAG: i64 = 7;

/// Assumptions with which a loop is emitted. Whether they hold is known only afterwards; then it is done again without.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Assume {
    /// Objects that are carried around the loop may stay virtual: each round makes one of the same shape.
    virtuals: bool,
    /// The known bits of a phi's first value are those of all.
    bits: bool,
    /// A phi whose first value is a boxed number gets boxed numbers of that kind in each round.
    numbers: bool,
}

/// A phi of the loop and what it stands for: a value word, or the number in one.
#[derive(Clone, Copy)]
struct Phi {
    at: Ref,
    /// The value word on entry.
    entry: Ref,
    boxed: Option<Boxed>,
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
        let mut wanted = plan.assumptions();
        wanted.extend([(sum, Cc::Le, counted::SUM), (sum, Cc::Ge, -counted::SUM)]);
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
        let mut assume = Assume {
            virtuals: self.o.passes.peel && looped.entry.iter().any(|&e| self.o.carriable(e)),
            bits: self.o.passes.facts,
            numbers: self.o.passes.facts && self.o.passes.fold,
        };
        while assume.virtuals || assume.bits || assume.numbers {
            let (saved, map) = (self.o.clone(), self.map.clone());
            match self.proper(&looped, assume) {
                Ok(()) => return,
                Err(without) => assume = without,
            }
            *self.o = saved;
            self.map = map;
        }
        let done = self.proper(&looped, assume);
        debug_assert!(done.is_ok());
    }

    /// Emits the loop proper, or tells what to assume in another attempt. Where virtual objects are assumed, phis of
    /// them become phis of their fields.
    fn proper(&mut self, l: &Looped, assume: Assume) -> Result<(), Assume> {
        let virtuals = assume.virtuals;
        let wrong = Err(Assume { virtuals: false, ..assume });
        self.assumed.clear();
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
                let phis: Vec<(u16, Ref)> =
                    fields.iter().map(|&(f, v)| (f, self.phi(v, assume))).collect();
                self.map[i] = self.o.carried_object(e, &phis);
                open.push(Open::Object { i, shape: self.o.shape_of(e), phis });
            } else {
                let phi = self.number_phi(e, assume);
                self.map[i] = phi.at;
                open.push(Open::Value { i, phi });
            }
        }
        let cells: Vec<(u16, Ref, Ref, Phi)> = cells
            .into_iter()
            .map(|(f, base, index, v)| (f, base, index, self.number_phi(v, assume)))
            .collect();
        // Only phis follow the header; now the numbers among them can be boxed.
        for o in &open {
            if let Open::Value { i, phi } = o {
                self.map[*i] = self.in_words(*phi, assume);
            }
        }
        for &(f, base, index, phi) in &cells {
            let word = self.in_words(phi, assume);
            self.o.heap.set(self.o.schema, f, base, index, word);
        }
        self.assume_counters();
        self.range(l.body, l.end);
        let backs: Vec<Ref> = open.iter().map(|o| self.get(trace.insts[o.index()].b)).collect();
        for (o, &back) in open.iter().zip(&backs) {
            match o {
                Open::Value { phi, .. } => {
                    let back = self.o.force(back);
                    self.close_number(*phi, back, assume)?;
                }
                Open::Object { shape, phis, .. } => {
                    let once = backs.iter().filter(|x| **x == back).count() == 1;
                    if !once || !self.o.carriable(back) || self.o.shape_of(back) != *shape {
                        return wrong;
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
            self.close_number(phi, now, assume)?;
        }
        // An object that was to stay virtual must not have become real later.
        let late = open.iter().zip(&backs).any(|(o, &back)| match o {
            Open::Object { .. } => !self.o.carriable(back),
            Open::Value { .. } => false,
        });
        if late {
            return wrong;
        }
        if self.assumed.iter().any(|&(phi, zeros, ones)| !self.bits_hold(phi, zeros, ones)) {
            return Err(Assume { bits: false, ..assume });
        }
        self.inst(&trace.insts[l.end]);
        Ok(())
    }
    /// A phi of a value, or of the number that was boxed to make it.
    fn number_phi(&mut self, entry: Ref, assume: Assume) -> Phi {
        let boxed = if assume.numbers { self.o.boxed(entry) } else { None };
        let at = self.phi(boxed.map_or(entry, |b| b.number), assume);
        if boxed.is_some() {
            self.o.assume_boxable(at);
        }
        Phi { at, entry, boxed }
    }
    /// The value of a phi; numbers are boxed, which is superfluous unless somebody wants the word.
    fn in_words(&mut self, phi: Phi, assume: Assume) -> Ref {
        let Some(b) = phi.boxed else { return phi.at };
        let word = self.o.box_again(phi.at, &b);
        if assume.bits {
            let (zeros, ones) = self.tag(phi.entry);
            self.o.facts.learn_bits(&self.o.out, word, zeros, ones);
        }
        word
    }
    /// Sets the back edge, unless what comes back is no number boxed as the first was.
    fn close_number(&mut self, phi: Phi, back: Ref, assume: Assume) -> Result<(), Assume> {
        let Some(b) = phi.boxed else {
            self.close(phi.at, back);
            return Ok(());
        };
        let Some(n) = self.o.boxed(back).filter(|n| n.alike(&b)) else {
            return Err(Assume { numbers: false, ..assume });
        };
        self.close(phi.at, n.number);
        let ((zeros, ones), (z, o)) = (self.tag(phi.entry), self.tag(back));
        if assume.bits && (z & zeros != zeros || o & ones != ones) {
            return Err(Assume { bits: false, ..assume });
        }
        Ok(())
    }
    /// Known zeros and ones among the lowest bits of a value.
    fn tag(&self, r: Ref) -> (i64, i64) {
        let f = self.o.facts.get(&self.o.out, r);
        (f.zeros & TAG, f.ones & TAG)
    }
    /// What the guards of the peeled round tell of counters.
    fn assume_counters(&mut self) {
        let Some(plan) = self.plan.as_ref().filter(|_| self.o.passes.facts) else { return };
        let range = plan.range();
        for r in [plan.counter, plan.last] {
            if let Some(at) = r.as_inst().and_then(|i| self.map[i].as_inst()) {
                self.o.facts.assume(at, range);
            }
        }
    }
    /// Whether the value from the back edge has the bits that are assumed of a phi.
    fn bits_hold(&self, phi: Ref, zeros: i64, ones: i64) -> bool {
        let back = phi.as_inst().map_or(phi, |p| self.o.out.insts[p].b);
        let fact = self.o.facts.get(&self.o.out, back);
        fact.zeros & zeros == zeros && fact.ones & ones == ones
    }

    /// A phi whose back edge is set by [`Driver::close`].
    fn phi(&mut self, entry: Ref, assume: Assume) -> Ref {
        let ty = self.o.ty(entry);
        let phi = self.o.append(Inst { a: entry, b: entry, ..Inst::new(Op::Phi, ty, 0) });
        if assume.bits && ty == Ty::R {
            let (zeros, ones) = self.tag(entry);
            if zeros | ones != 0 {
                self.o.facts.learn_bits(&self.o.out, phi, zeros, ones);
                self.assumed.push((phi, zeros, ones));
            }
        }
        phi
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
    Value { i: usize, phi: Phi },
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
