//! Generators in traces: made, resumed by loops and `next()`, suspended by Yield, finished by return.
//!
//! A generator's frame that a trace pushes is one more frame of the trace: resuming loads the registers that are in
//! use where it is suspended, Yield stores them back. What the optimiser knows of those fields spares the loads, and
//! the stores of what has not changed.
//!
//! The generator's state word says "running" only from the moment that the frame's header is in memory (`mark_running`,
//! and `exits`): until then nobody but the trace can see either, and the trace compares generators before it resumes
//! one. All registers of a generator's frame are saved when it is suspended by the interpreter, so a frame that comes
//! to memory has no register that is not a value (`blank`).
//!
//! A generator that only passes on what another one yields gets a frame without registers, as in the interpreter
//! (`hollow`); when its delegation ends, residuals go on.
//!
//! Left to residuals: the start and end of delegations, what handles exceptions of its own, and generators that must be finalised.

use super::domain::{Rec, V};
use super::expand::{Answer, Continued};
use super::layout as fields;
use super::recorder::{Abort, FrameInfo, Recorder, Rep, value_at};
use crate::interp::residual as slow;
use crate::interp::{
    AT_DELEGATION, AUX, Continuation, Dom, GENERATOR, HANDLED, HOLLOW, ORIGIN, Residual, S, WINDOW,
    generator_of, is_stub,
};
use crate::object::*;
use pyrs_bytecode::{Insn, flags};
use pyrs_heap::{Gc, Value};
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Ty};

/// Generators with more registers are left to residuals.
const MAX_REGISTERS: usize = 64;
/// Most frames of one code object that a trace resumes inside of each other.
const MAX_NESTED: usize = 4;

impl FrameInfo {
    /// A generator's frame that the trace pushed.
    pub(super) fn is_generator(&self) -> bool {
        let k = self.continued.map(|c| c.k);
        use Continuation::{ArgumentYield, ForYield, NextYield, SendYield};
        matches!(k, Some(ForYield | NextYield | ArgumentYield | SendYield))
    }
}

/// Whether frame `n` is that of a generator which a trace resumed only to pass a value on: it has no registers.
pub(super) fn is_hollow(frames: &[FrameInfo], n: usize) -> bool {
    let k = frames.get(n + 1).and_then(|f| f.continued).map(|c| c.k);
    frames[n].is_generator() && k == Some(Continuation::SendYield)
}

/// Words between a frame's registers and a window above them.
const GAP: usize = 4;

/// What is known of a generator about to be resumed.
#[derive(Clone, Copy)]
struct Now {
    function: Gc<Function>,
    code: Gc<Code>,
    word: u32,
    state: GeneratorState,
    /// It only passes a value on.
    passes: bool,
}
impl Now {
    /// Where it goes on.
    fn pc(&self) -> *const u32 {
        self.code.words.get().cast::<u32>().wrapping_add(self.word as usize)
    }
}

/// Runs an instruction for real that must not go on in another trace.
fn alone(vm: &crate::Vm, f: impl FnOnce() -> S) -> S {
    let inside = vm.stack.inside_trace.replace(true);
    let out = f();
    vm.stack.inside_trace.set(inside);
    out
}

impl Recorder<'_> {
    /// The generator of a frame of the trace.
    fn generator(&mut self, frame: usize) -> Ref {
        let at = self.frames[frame].offset.wrapping_add_signed(GENERATOR);
        match self.read(at) {
            Rep::Tagged(r) => r,
            Rep::Const(v) => self.constant(v),
            _ => unreachable!("a generator is an object"),
        }
    }
    /// Registers of generators' frames that are about to come to memory, but are not in use.
    pub(super) fn blank(&mut self) {
        for n in 0..self.frames.len() {
            let f = &self.frames[n];
            if f.flushed || !f.is_generator() || is_hollow(&self.frames, n) {
                continue;
            }
            let (from, count) = (f.offset, f.code.register_count.get() as usize);
            for at in from..from + count {
                if !self.registers.get(at).copied().flatten().is_some_and(|r| !r.dirty) {
                    let (field, none) =
                        (self.tables.borrow_mut().register(at), self.constant(Value::UNBOUND));
                    self.b.store(field, self.base_ref, none);
                }
            }
        }
    }
    /// The header of a generator's frame comes to memory.
    pub(super) fn mark_running(&mut self, frame: usize) {
        let g = self.generator(frame);
        let running = self.word(GeneratorState::Running as isize);
        self.b.store(fields::GENERATOR_STATE, g, running);
        if is_hollow(&self.frames, frame) {
            let flags = self.word((AT_DELEGATION | HOLLOW) as isize);
            self.b.store(fields::GENERATOR_FLAGS, g, flags);
        }
    }
}

impl<'r, 'j> Rec<'r, 'j> {
    /// Registers of `code` that are in use, or have a name, when the instruction at `word` is about to run.
    fn in_use(&mut self, code: Gc<Code>, word: u32) -> Option<Vec<usize>> {
        let live = self.r.liveness(code)?;
        let (named, count) = (code.data().locals.len(), code.register_count.get() as usize);
        Some((0..count).filter(|&n| n < named || live.is_live(word, n as u32)).collect())
    }
    /// The generators that resuming `g` resumes: `g`, what it delegates to, and so on. None if one of them is left to
    /// residuals.
    fn chain(&self, g: Value) -> Option<Vec<Now>> {
        let vm = self.vm;
        let mut out: Vec<Now> = Vec::new();
        let mut at = vm.exact::<Generator>(g, core_shape::GENERATOR)?;
        loop {
            let function = vm.exact::<Function>(at.function.get(), core_shape::FUNCTION)?;
            let code = function.code();
            let (state, flags) = (at.state.get(), at.flags.get());
            let passes = state == GeneratorState::Suspended && flags == AT_DELEGATION;
            let may = matches!(state, GeneratorState::Suspended | GeneratorState::Created);
            let frames = self.r.frames.iter().map(|f| f.code);
            let nested = frames.chain(out.iter().map(|n| n.code)).filter(|c| *c == code).count();
            let count = code.register_count.get() as usize;
            if !may
                || !passes && flags != 0
                || !at.handled.get().is_none()
                || nested >= MAX_NESTED
                || count > MAX_REGISTERS
                || vm.array_of(at.registers.get())?.capacity() != count
            {
                return None;
            }
            out.push(Now { function, code, word: at.resume_word.get(), state, passes });
            if !passes {
                return Some(out);
            }
            at = vm.exact::<Generator>(at.extra.get(), core_shape::GENERATOR)?;
        }
    }
    /// Leaves unless a generator stands where it does now. Gives it and its function.
    fn guard_standing(&mut self, g: V, now: &Now) -> Option<(Ref, Ref)> {
        let o = self.obj(g)?;
        self.shape_is(o, core_shape::GENERATOR);
        for n in 1..self.r.frames.len() {
            if self.r.frames[n].is_generator() {
                let other = self.r.generator(n);
                self.r.guard(Cc::Ne, o.r, other);
            }
        }
        let flags = if now.passes { AT_DELEGATION } else { 0 };
        for (field, now) in [
            (fields::GENERATOR_STATE, now.state as isize),
            (fields::GENERATOR_RESUME, now.word as isize),
            (fields::GENERATOR_FLAGS, flags as isize),
        ] {
            let (held, now) = (self.r.load(field, o.r), self.r.word(now));
            self.r.guard(Cc::Eq, held, now);
        }
        let (held, none) =
            (self.r.load(fields::GENERATOR_HANDLED, o.r), self.r.constant(Value::NONE));
        self.r.guard(Cc::Eq, held, none);
        let function = self.r.load(fields::GENERATOR_FUNCTION, o.r);
        let code = self.r.constant(now.code.value());
        let held = self.r.load(fields::FUNCTION_CODE, function);
        self.r.guard(Cc::Eq, held, code);
        Some((o.r, function))
    }
    /// The instruction at hand resumes `g`, if it is a generator that traces resume.
    pub(super) fn resume(mut self, i: Insn, g: V, k: Continuation, f: Residual) -> Answer<'r, 'j> {
        let vm = self.vm;
        let Some(chain) = self.chain(g.v) else { return Err(self) };
        let Some(last) = chain.last().copied() else { return Err(self) };
        let Some(wanted) = self.in_use(last.code, last.word) else { return Err(self) };
        if chain.len() > 1 && k == Continuation::ArgumentYield {
            return Err(self);
        }
        // Where the innermost frame comes to stand.
        let mut top = self.s.top_window() + WINDOW;
        for n in &chain[..chain.len() - 1] {
            top += n.code.register_count.get() as usize + GAP + WINDOW;
        }
        let depth = vm.stack.depth() + vm.native_depth.get() + chain.len();
        if depth >= vm.recursion_limit.get() || !self.frame_fits(top, last.function) {
            return Err(self);
        }
        let mut at = g;
        let mut held: Vec<(Ref, Ref)> = Vec::new();
        for now in &chain {
            let Some(refs) = self.guard_standing(at, now) else { return Err(self) };
            held.push(refs);
            if now.passes
                && let Some(outer) = vm.exact::<Generator>(at.v, core_shape::GENERATOR)
            {
                let inner = self.r.load(fields::GENERATOR_EXTRA, refs.0);
                at = V { v: outer.extra.get(), rep: Rep::Tagged(inner) };
            }
        }
        let inner = held[held.len() - 1].0;
        let array = self.r.load(fields::GENERATOR_REGISTERS, inner);
        let handled = self.r.address(vm.handled.as_ptr());
        let handled = Rep::Tagged(self.r.load(fields::HANDLED, handled));
        let mut loaded = Vec::new();
        for n in wanted {
            let field = self.r.tables.borrow_mut().saved(n);
            loaded.push((n, Rep::Tagged(self.r.load(field, array))));
        }
        let pc = last.pc();
        // SAFETY: there is room for the frames.
        let base = unsafe { self.s.base.add(top) };
        let out = alone(vm, || f(vm, self.s, i));
        if out.pc != pc || out.base != base {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        let (mut k, mut origin, mut aux) = (k, self.s.pc, Value::NONE);
        for (now, refs) in chain.iter().zip(held) {
            self.push_generator(now.code, refs, handled, Continued { k, origin }, aux);
            (k, origin, aux) = (Continuation::SendYield, now.pc().wrapping_add(1), Value::TRUE);
        }
        let at = self.r.frame().offset;
        for (n, rep) in loaded {
            self.r.write(at + n, rep);
        }
        if last.state == GeneratorState::Suspended {
            // SAFETY: the word before is the Yield, whose value in the generator is None.
            let before = Insn(unsafe { *pc.sub(1) });
            self.r.write(at + before.a(), Rep::Const(Value::NONE));
        }
        self.r.effect();
        Ok(out)
    }
    /// A generator's frame in the top window of the one at hand.
    fn push_generator(
        &mut self,
        code: Gc<Code>,
        (g, function): (Ref, Ref),
        handled: Rep,
        continued: Continued,
        aux: Value,
    ) {
        let (caller, above) = {
            let f = self.r.frame();
            (f.offset, f.offset + f.code.register_count.get() as usize)
        };
        let offset = above + GAP + WINDOW;
        self.r.forget_from(above);
        let origin = Rep::Const(Value::from_bits(continued.origin as usize | 1));
        for (at, rep) in [
            (offset - WINDOW, Rep::Tagged(function)),
            (offset.wrapping_add_signed(AUX), Rep::Const(aux)),
            (offset.wrapping_add_signed(ORIGIN), origin),
            (offset.wrapping_add_signed(HANDLED), handled),
            (offset.wrapping_add_signed(GENERATOR), Rep::Tagged(g)),
        ] {
            self.r.write(at, rep);
        }
        let (return_pc, continued) = (continued.k.address(), Some(continued));
        let frame = FrameInfo { offset, return_pc, caller, code, flushed: false, continued };
        self.r.frames.push(frame);
        self.r.frames_changed();
    }
    /// Yield in a frame that the trace has pushed.
    pub(super) fn expand_yield(mut self, i: Insn) -> Answer<'r, 'j> {
        let frame = self.r.frame().clone();
        let Some(c) = frame.continued.filter(|_| frame.is_generator() && self.s.is_special())
        else {
            return Err(self);
        };
        let now = generator_of(self.s);
        let Some(word) = self.s.word_in(frame.code) else { return Err(self) };
        if now.flags.get() != 0 {
            return Err(self);
        }
        let Some(wanted) = self.in_use(frame.code, word) else { return Err(self) };
        let v = self.reg(i.b());
        let g = self.r.generator(self.r.frames.len() - 1);
        let (held, zero) = (self.r.load(fields::GENERATOR_FLAGS, g), self.r.word(0));
        self.r.guard(Cc::Eq, held, zero);
        let mut stores = Vec::new();
        for n in wanted {
            let x = self.reg(n);
            let r = self.tagged(x);
            let field = self.r.tables.borrow_mut().saved(n);
            stores.push((field, r));
        }
        let array = self.r.load(fields::GENERATOR_REGISTERS, g);
        // The frames that pass the value on, and the one that gets it.
        let mut outer = Vec::new();
        let (mut c, mut caller) = (c, frame.caller);
        while c.k == Continuation::SendYield {
            let n = self.r.frames.len() - 2 - outer.len();
            let (passing, f) = (self.r.generator(n), self.r.frames[n].clone());
            outer.push(passing);
            let Some(next) = f.continued else { return Err(self) };
            (c, caller) = (next, f.caller);
        }
        let callee = match c.k {
            Continuation::ArgumentYield => match self.argument_callee(c) {
                Some(callee) => Some(callee),
                None => return Err(self),
            },
            _ => None,
        };
        let first = callee.as_ref().map(|x| x.0.function.code().words.get().cast::<u32>());
        let out = self.real_step(caller, first, |vm, s| slow::yield_(vm, s, i));
        let Some(out) = out else { return Ok(self.s) };
        for (field, r) in stores {
            self.r.b.store(field, array, r);
        }
        let (resume, state) =
            (self.r.word(word as isize), self.r.word(GeneratorState::Suspended as isize));
        self.r.b.store(fields::GENERATOR_RESUME, g, resume);
        self.r.b.store(fields::GENERATOR_STATE, g, state);
        // SAFETY: the origin follows the first word of the instruction.
        let by = Insn(unsafe { *c.origin.sub(1) });
        self.drop_frame();
        let flags = self.r.word(AT_DELEGATION as isize);
        for passing in outer {
            self.r.b.store(fields::GENERATOR_STATE, passing, state);
            self.r.b.store(fields::GENERATOR_FLAGS, passing, flags);
            self.drop_frame();
        }
        if let Some(callee) = callee {
            self.enter_applied(c, frame.offset - frame.caller, callee, v.rep);
            return Ok(out);
        }
        let to = if c.k == Continuation::ForYield { by.b() } else { by.a() };
        self.r.write(caller + to, v.rep);
        self.r.effect();
        Ok(out)
    }
    /// The generator's frame that the trace has pushed is left for real, and the instruction that resumed it does the
    /// rest of its work: it goes on in its frame, or in another frame in the generator's place at `first`.
    fn real_step(
        &mut self,
        caller: usize,
        first: Option<*const u32>,
        leave: impl FnOnce(&crate::Vm, S) -> S,
    ) -> Option<S> {
        let vm = self.vm;
        // SAFETY: offsets are those of frames on the stack.
        let base = unsafe { self.r.base.add(caller) };
        let mut out = leave(vm, self.s);
        while is_stub(out.pc) && out.base >= base {
            // SAFETY: the frame returns to a word of a continuation.
            let i = Insn(unsafe { *out.pc });
            out = alone(vm, || slow::continue_(vm, out.skip(1), i));
        }
        let expected = match first {
            Some(pc) => out.base == self.s.base && out.pc == pc,
            None => out.base == base,
        };
        if expected {
            return Some(out);
        }
        self.s = out;
        self.r.abort(Abort::TooDeep);
        None
    }
    /// Return from a generator's frame.
    pub(super) fn leave_generator(mut self, v: V) -> S {
        let frame = self.r.frame().clone();
        let by_for = frame
            .continued
            .filter(|c| matches!(c.k, Continuation::ForYield | Continuation::ArgumentYield));
        let plain = frame.code.data().handlers.is_empty();
        if by_for.is_none() || !plain || generator_of(self.s).flags.get() != 0 {
            return self.leave_by_residual();
        }
        let g = self.r.generator(self.r.frames.len() - 1);
        let (held, zero) = (self.r.load(fields::GENERATOR_FLAGS, g), self.r.word(0));
        self.r.guard(Cc::Eq, held, zero);
        let Some(out) = self.real_step(frame.caller, None, |vm, s| {
            crate::interp::Tx::leave(Self::plain(vm, s), v.v)
        }) else {
            return self.s;
        };
        let state = self.r.word(GeneratorState::Finished as isize);
        let none = self.r.constant(Value::UNBOUND);
        self.r.b.store(fields::GENERATOR_STATE, g, state);
        self.r.b.store(fields::GENERATOR_REGISTERS, g, none);
        self.drop_frame();
        self.r.effect();
        out
    }
    fn plain(vm: &crate::Vm, s: S) -> crate::interp::Run<'_> {
        crate::interp::Run { vm, s }
    }
    /// The object of a generator function that the trace has entered.
    pub(super) fn expand_make_generator(mut self, i: Insn) -> Answer<'r, 'j> {
        let frame = self.r.frame().clone();
        let data = frame.code.data();
        let kind = data.flags & (flags::COROUTINE | flags::ASYNC_GENERATOR);
        let count = frame.code.register_count.get() as usize;
        let word = self.s.word_in(frame.code);
        let (Some(word), true) = (word, self.r.frames.len() > 1 && !self.s.is_special()) else {
            return Err(self);
        };
        if kind != 0 || !data.handlers.is_empty() || count > MAX_REGISTERS {
            return Err(self);
        }
        let registers: Vec<V> = (0..count).map(|n| self.reg(n)).collect();
        let registers: Vec<Ref> = registers.into_iter().map(|v| self.tagged(v)).collect();
        let f = self.function();
        let name = self.r.load(fields::FUNCTION_NAME, f);
        let qualname = self.r.load(fields::FUNCTION_QUALNAME, f);
        let array = self.r.tables.borrow_mut().saved_registers(count);
        let array = self.r.b.emit(Op::New, Ty::R, array, [Ref::NONE; 3]);
        for (n, r) in registers.into_iter().enumerate() {
            let field = self.r.tables.borrow_mut().saved(n);
            self.r.b.store(field, array, r);
        }
        let shape = self.r.tables.borrow_mut().generator();
        let made = self.r.b.emit(Op::New, Ty::R, shape, [Ref::NONE; 3]);
        let (none, unbound) = (self.r.constant(Value::NONE), self.r.constant(Value::UNBOUND));
        let (resume, zero) = (self.r.word(word as isize), self.r.word(0));
        for (field, r) in [
            (fields::GENERATOR_FUNCTION, f),
            (fields::GENERATOR_REGISTERS, array),
            (fields::GENERATOR_NAME, name),
            (fields::GENERATOR_QUALNAME, qualname),
            (fields::GENERATOR_HANDLED, none),
            (fields::GENERATOR_EXTRA, unbound),
            (fields::GENERATOR_RESUME, resume),
            (fields::GENERATOR_STATE, zero),
            (fields::GENERATOR_KIND, zero),
            (fields::GENERATOR_FLAGS, zero),
        ] {
            self.r.b.store(field, made, r);
        }
        let (offset, base) = (frame.offset, self.r.base);
        let out = slow::make_generator(self.vm, self.s, i);
        let v = V { v: value_at(base, offset - WINDOW), rep: Rep::Tagged(made) };
        if out.base != self.caller_base(&frame) || out.pc != frame.return_pc {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        if let Some(c) = frame.continued
            && self.continued(c, frame.caller, v)
        {
            self.r.effect();
            // SAFETY: the frame returns to a word of a continuation.
            let i = Insn(unsafe { *out.pc });
            return Ok(slow::continue_(self.vm, out.skip(1), i));
        }
        self.leave_to(&frame, v);
        Ok(out)
    }
    fn caller_base(&self, frame: &FrameInfo) -> *mut Value {
        // SAFETY: offsets are those of frames on the stack.
        unsafe { self.r.base.add(frame.caller) }
    }
}
