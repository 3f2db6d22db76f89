//! How traces begin and end: the head of a loop, its closing, links to other traces, bridges.
//!
//! A loop carries the registers of its frame that may be read later: named ones and what is live at its head. Each
//! becomes a phi, unboxed if it holds a number when recording begins. When the loop comes round, registers that it
//! never wrote cease to be carried: memory has them.
//!
//! A trace that meets the head of another loop links to it: what the other's contract names is handed over in registers,
//! the rest goes to memory, and the other trace begins as if the interpreter had entered it.

use super::contract::{Contract, Form, Handed};
use super::exits::{Exit, Held};
use super::layout as fields;
use super::recorder::{
    Abort, Carried, ExitState, Recorder, Register, Rep, Start, Status, key, value_at,
};
use crate::interp::S;
use pyrs_heap::Value;
use pyrs_ir::op::Op;
use pyrs_ir::trace::{Inst, Ref};
use pyrs_ir::types::{Cc, Ty};

/// Most registers that a loop carries.
const MAX_CARRIED: usize = 120;

impl Recorder<'_> {
    /// The start of a loop's trace: what it carries is loaded, the loop opened.
    pub(super) fn open_loop(&mut self, general: &[usize]) {
        self.base_ref = self.b.input(Ty::P, 0);
        let code = self.frame().code;
        let live = self.liveness(code);
        let word = self.head.word_in(code).unwrap_or(0);
        let named = code.data().locals.len();
        let count = code.register_count.get() as usize;
        let is_live = |n: usize| live.as_ref().is_none_or(|l| l.is_live(word, n as u32));
        let wanted: Vec<usize> =
            (0..count).filter(|&n| n < named || is_live(n)).take(MAX_CARRIED).collect();
        for offset in wanted {
            if general.contains(&offset) && !is_live(offset) {
                // Read by nobody but those who look at frames: kept in memory.
                continue;
            }
            let v = value_at(self.base, offset);
            let form = if general.contains(&offset) { Form::Tagged } else { Form::of(v) };
            let input = self.b.input(form.ty(), self.carried.len() as u16 + 1);
            self.carried.push(Carried { offset, form, input, rep: form.rep(input) });
        }
        self.b.open_loop();
        for k in 0..self.carried.len() {
            let c = self.carried[k];
            let rep = c.form.rep(self.b.phi(c.form.ty(), c.input));
            self.carried[k].rep = rep;
            self.put(c.offset, Register { rep, dirty: true });
        }
        self.touched.clear();
        self.written.clear();
        self.at(self.head.pc);
        self.poll();
    }
    /// The start of a function's trace, or of one where a call returns to. A function's parameters are handed over.
    pub(super) fn open_point(&mut self, general: &[usize]) {
        self.base_ref = self.b.input(Ty::P, 0);
        let code = self.frame().code;
        if self.head.word_in(code) == Some(0) {
            let live = self.liveness(code);
            let parameters = (code.parameter_count.get() as usize).min(MAX_CARRIED);
            let read = |n: &usize| live.as_ref().is_none_or(|l| l.is_live(0, *n as u32));
            for offset in (0..parameters).filter(read) {
                let v = value_at(self.base, offset);
                let form = if general.contains(&offset) { Form::Tagged } else { Form::of(v) };
                let input = self.b.input(form.ty(), self.carried.len() as u16 + 1);
                let rep = form.rep(input);
                self.carried.push(Carried { offset, form, input, rep });
                self.put(offset, Register { rep, dirty: true });
            }
        }
        self.at(self.head.pc);
        self.poll();
    }
    /// Goes on with itself: the function has called itself.
    pub(super) fn link_to_itself(&mut self, s: S) {
        let contract = self.contract();
        if super::contract::fits(&contract, s.base) {
            self.link_by(super::compile::OWN, &contract);
        } else {
            self.leave_at_head();
        }
    }
    /// Leaves when something waits for a safepoint.
    fn poll(&mut self) {
        let word = self.load(fields::POLL, Ref::CTX);
        let zero = self.word(0);
        self.guard(Cc::Eq, word, zero);
        if let Some(state) = self.states.last_mut() {
            state.poll = true;
        }
        // The guards that follow have another meaning.
        self.snapshot = None;
    }

    /// The loop has come round. Gives the registers that must be carried boxed if it cannot be closed.
    pub(super) fn close_loop(&mut self) -> Result<(), Vec<usize>> {
        self.at(self.head.pc);
        let mut unstable = Vec::new();
        let mut backs = Vec::new();
        for k in 0..self.carried.len() {
            let c = self.carried[k];
            if !self.was_written(c.offset) {
                continue;
            }
            let rep = match self.known(c.offset) {
                Some(rep) => rep,
                // Changed in memory by a residual.
                None => self.read(c.offset),
            };
            let v = value_at(self.base, c.offset);
            let general = self.general.contains(&c.offset);
            match self.converted(c.form, rep, v, general) {
                Some(back) => backs.push((k, back)),
                None => unstable.push(c.offset),
            }
        }
        if !unstable.is_empty() {
            return Err(unstable);
        }
        self.flush_uncarried(&backs);
        for (k, back) in backs {
            self.close(self.carried[k].rep, back);
        }
        self.flush_depth();
        self.b.jump();
        self.drop_unwritten();
        self.status = Status::Done;
        Ok(())
    }
    fn was_written(&self, offset: usize) -> bool {
        self.written.get(offset).copied().unwrap_or(false)
    }
    /// The value of a register in the form that the phi has.
    fn converted(&mut self, form: Form, rep: Rep, v: Value, general: bool) -> Option<Ref> {
        let number = matches!(rep, Rep::Int(_) | Rep::Float(_));
        if form == Form::Tagged && number && !general {
            // Better unboxed, which the next attempt will find.
            return None;
        }
        self.in_form(form, rep, v)
    }
    fn close(&mut self, phi: Rep, back: Ref) {
        if let Rep::Int(p) | Rep::Float(p) | Rep::Tagged(p) = phi {
            self.b.close_phi(p, back);
        }
    }
    /// Registers that the loop wrote and does not carry, but for what is dead and without a name.
    fn flush_uncarried(&mut self, backs: &[(usize, Ref)]) {
        let wanted = self.wanted(self.pc);
        for offset in 0..self.registers.len() {
            let Some(r) = self.registers[offset] else { continue };
            let carried = backs.iter().any(|(k, _)| self.carried[*k].offset == offset);
            if r.dirty && !carried && wanted(offset) && self.was_written(offset) {
                self.flush_register(offset, r.rep);
            }
        }
    }
    /// Takes out of the trace what concerns registers that the loop never wrote.
    fn drop_unwritten(&mut self) {
        let unwritten: Vec<Carried> =
            self.carried.iter().copied().filter(|c| !self.was_written(c.offset)).collect();
        // Registers whose phi was not closed are in memory.
        let in_memory = |offset: usize| unwritten.iter().any(|c| c.offset == offset);
        for &(offset, at) in &self.flushes {
            if in_memory(offset) {
                self.b.trace.insts[at] = Inst::new(Op::Nop, Ty::V, 0);
            }
        }
        let t = &mut self.b.trace;
        let mut slots = Vec::with_capacity(t.slots.len());
        for s in &mut t.snaps {
            let from = slots.len();
            let old = &t.slots[s.start as usize..(s.start + s.len) as usize];
            slots.extend(old.iter().filter(|x| x.0 == key::BASE || !in_memory(key::parts(x.0).0)));
            (s.start, s.len) = (from as u32, (slots.len() - from) as u32);
        }
        t.slots = slots;
        for c in &unwritten {
            let read = self.touched.get(c.offset).copied().unwrap_or(false);
            let (Rep::Int(p) | Rep::Float(p) | Rep::Tagged(p)) = c.rep else { continue };
            // The optimiser sees that it never changes: what depends on it alone leaves the loop.
            let same = if read { p } else { self.nothing(c.form) };
            self.b.close_phi(p, same);
            if !read && let Some(at) = p.as_inst() {
                self.b.trace.insts[at].a = same;
            }
        }
    }
    /// What the trace is handed.
    pub(super) fn contract(&self) -> Contract {
        let closed = self.b.trace.insts.last().is_some_and(|i| i.op == Op::Jump);
        let handed = |c: &Carried| {
            // A trace that goes on elsewhere has them all in its snapshots.
            let in_memory = closed && !self.was_written(c.offset);
            let read = self.touched.get(c.offset).copied().unwrap_or(false);
            Handed { offset: c.offset, form: c.form, used: !in_memory || read, in_memory }
        };
        self.carried.iter().map(handed).collect()
    }

    /// Goes on in another trace, which begins at the state at hand and whose contract fits.
    pub(super) fn link(&mut self, trace: usize) {
        let contract = self.vm.jit.contract(trace);
        self.link_by(trace, &contract);
    }
    fn link_by(&mut self, trace: usize, contract: &[Handed]) {
        let top = self.frame().offset;
        let base = self.at_offset(top as isize);
        let mut args = vec![base];
        for h in contract.iter() {
            args.push(match h.used {
                true => match self.handed(top + h.offset, h.form) {
                    Some(r) => r,
                    None => return self.abort(Abort::Unstable),
                },
                false => self.nothing(h.form),
            });
        }
        self.flush_but(|at| {
            at.checked_sub(top)
                .is_some_and(|n| contract.iter().any(|h| h.offset == n && h.used && !h.in_memory))
        });
        if self.moved || top != 0 {
            self.b.store(fields::CONTEXT_BASE, Ref::CTX, base);
        }
        self.targets.push(trace);
        self.b.link(0, &args);
        self.finished_elsewhere();
    }
    fn handed(&mut self, offset: usize, form: Form) -> Option<Ref> {
        let rep = self.read(offset);
        let v = value_at(self.base, offset);
        self.in_form(form, rep, v)
    }
    /// Leaves for the interpreter: the head of a loop has no trace that the state at hand fits.
    pub(super) fn leave_at_head(&mut self) {
        self.unfit = true;
        let snap = self.snap();
        self.unfit = false;
        self.b.exit(snap.0);
        self.finished_elsewhere();
    }
    fn finished_elsewhere(&mut self) {
        self.status = Status::Done;
        if self.start == Start::Loop {
            self.straighten();
        }
    }
    /// The trace opened a loop that it does not close: phis become what they are at first.
    fn straighten(&mut self) {
        let t = &mut self.b.trace;
        let mut map: Vec<Ref> = (0..t.insts.len()).map(Ref::inst).collect();
        for (at, inst) in t.insts.iter_mut().enumerate() {
            if matches!(inst.op, Op::Phi | Op::Loop) {
                map[at] = inst.a;
                *inst = Inst::new(Op::Nop, Ty::V, 0);
            }
        }
        let now = |r: Ref| r.as_inst().map_or(r, |i| map[i]);
        for inst in &mut t.insts {
            for k in 0..inst.op.arity() {
                inst.set_arg(k, now(inst.arg(k)));
            }
        }
        t.args.iter_mut().for_each(|r| *r = now(*r));
        t.slots.iter_mut().for_each(|s| s.1 = now(s.1));
        t.vfields.iter_mut().for_each(|f| f.1 = now(f.1));
    }

    /// The start of a bridge: the state of an exit.
    pub(super) fn open_bridge(&mut self, exit: &Exit, number: u32, now: S) {
        debug_assert_eq!(self.start, Start::Exit(number));
        let mut inputs: Vec<Option<Ref>> = vec![None; exit.inputs.len()];
        for (k, &(_, ty)) in exit.inputs.iter().enumerate() {
            inputs[k] = Some(self.b.input(ty, k as u16));
        }
        let made = self.rebuild(exit, &inputs);
        let value = |r: &Held, rec: &mut Self| match *r {
            Held::Input(k) => inputs[k as usize].unwrap_or(Ref::NONE),
            Held::Const(ty, bits) => rec.b.trace.constant(ty, bits),
            Held::Virtual(k) => made[k as usize],
        };
        for (k, held) in &exit.slots {
            let r = value(held, self);
            if *k == key::BASE {
                self.base_ref = r;
                continue;
            }
            let (offset, kind) = key::parts(*k);
            let rep = match kind {
                key::INT => Rep::Int(r),
                key::FLOAT => Rep::Float(r),
                key::BOOL => Rep::Bool(r),
                _ => match held {
                    Held::Const(_, bits) => Rep::Const(Value::from_bits(*bits as usize)),
                    _ => Rep::Tagged(r),
                },
            };
            self.put(offset, Register { rep, dirty: true });
        }
        self.frames = exit.state.frames.to_vec();
        self.depth_known = self.frames.len() as isize - 1 - exit.state.depth;
        self.moved = exit.state.moved;
        if exit.state.returned {
            match (now.base as usize).checked_sub(self.base as usize) {
                Some(bytes) => self.open_returned(exit, now, bytes / size_of::<Value>()),
                // The trace's own frame is gone.
                None => self.abort(Abort::TooDeep),
            }
        }
        self.frames_changed();
        self.at(now.pc);
    }
    /// A bridge from where a residual came back to an unexpected place.
    fn open_returned(&mut self, exit: &Exit, now: S, offset: usize) {
        self.depth_known = self.frames.len() as isize - 1;
        self.pc = core::ptr::null();
        let returned = self.load(fields::RETURNED_PC, Ref::CTX);
        let wanted = self.address(now.pc);
        let frames = self.shared_frames();
        let state = ExitState::returned(frames, self.moved);
        let base_ref = self.base_ref;
        let snap = self.add_snapshot(state, &[(key::BASE, base_ref)]);
        // It is still the same instruction that comes back elsewhere: its bridges are counted together.
        if let Some(place) = self.places.last_mut() {
            *place = exit.place;
        }
        self.b.guard(Cc::Eq, returned, wanted, snap);
        let base = self.load(fields::RETURNED_BASE, Ref::CTX);
        let wanted = self.at_offset(offset as isize);
        self.b.guard(Cc::Eq, base, wanted, snap);
        while self.frames.len() > 1 && self.frame().offset > offset {
            self.frames.pop();
        }
        let top = self.frame().offset;
        if offset > top {
            let new = super::recorder::frame_info(self.base, now);
            if new.caller != top {
                return self.abort(Abort::TooDeep);
            }
            self.frames.push(new);
        } else if offset != top || self.frame().code != now.code() {
            return self.abort(Abort::TooDeep);
        }
        self.depth_known = self.frames.len() as isize - 1;
    }
    /// Makes the virtual objects of an exit; those that go no further stay virtual in the bridge, too.
    fn rebuild(&mut self, exit: &Exit, inputs: &[Option<Ref>]) -> Vec<Ref> {
        let new = |rec: &mut Self, shape: u16| rec.b.emit(Op::New, Ty::R, shape, [Ref::NONE; 3]);
        let made: Vec<Ref> = exit.virtuals.iter().map(|v| new(self, v.shape)).collect();
        for (v, &object) in exit.virtuals.iter().zip(&made) {
            for (field, held) in &v.fields {
                let r = match *held {
                    Held::Input(k) => inputs[k as usize].unwrap_or(Ref::NONE),
                    Held::Const(ty, bits) => self.b.trace.constant(ty, bits),
                    Held::Virtual(k) => made[k as usize],
                };
                self.b.store(*field, object, r);
            }
        }
        made
    }
}
