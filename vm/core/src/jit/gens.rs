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
//! Left to residuals: delegation, what handles exceptions of its own, and generators that must be finalised.

use super::domain::{Rec, V};
use super::expand::{Answer, Continued};
use super::layout as fields;
use super::recorder::{Abort, FrameInfo, Recorder, Rep, value_at};
use crate::interp::residual as slow;
use crate::interp::{Continuation, Dom, GENERATOR, HANDLED, Residual, S, WINDOW, generator_of};
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
        use Continuation::{ArgumentYield, ForYield, NextYield};
        matches!(k, Some(ForYield | NextYield | ArgumentYield))
    }
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
            if f.flushed || !f.is_generator() {
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
    }
}

impl<'r, 'j> Rec<'r, 'j> {
    /// Registers of `code` that are in use, or have a name, when the instruction at `word` is about to run.
    fn in_use(&mut self, code: Gc<Code>, word: u32) -> Option<Vec<usize>> {
        let live = self.r.liveness(code)?;
        let (named, count) = (code.data().locals.len(), code.register_count.get() as usize);
        Some((0..count).filter(|&n| n < named || live.is_live(word, n as u32)).collect())
    }
    /// The instruction at hand resumes `g`, if it is a generator that traces resume.
    pub(super) fn resume(mut self, i: Insn, g: V, k: Continuation, f: Residual) -> Answer<'r, 'j> {
        let vm = self.vm;
        let Some(now) = vm.exact::<Generator>(g.v, core_shape::GENERATOR) else { return Err(self) };
        let state = now.state.get();
        let suspended = state == GeneratorState::Suspended;
        if !suspended && state != GeneratorState::Created
            || now.flags.get() != 0
            || !now.handled.get().is_none()
        {
            return Err(self);
        }
        let function = vm.exact::<Function>(now.function.get(), core_shape::FUNCTION);
        let (Some(function), Some(saved)) = (function, vm.array_of(now.registers.get())) else {
            return Err(self);
        };
        let (code, word) = (function.code(), now.resume_word.get());
        let count = code.register_count.get() as usize;
        let nested = self.r.frames.iter().filter(|f| f.code == code).count();
        if saved.capacity() != count || count > MAX_REGISTERS || nested >= MAX_NESTED {
            return Err(self);
        }
        let Some(wanted) = self.in_use(code, word) else { return Err(self) };
        let top = self.s.top_window() + WINDOW;
        if !self.frame_fits(top, function) {
            return Err(self);
        }
        let Some(o) = self.obj(g) else { return Err(self) };
        self.shape_is(o, core_shape::GENERATOR);
        for n in 1..self.r.frames.len() {
            if self.r.frames[n].is_generator() {
                let other = self.r.generator(n);
                self.r.guard(Cc::Ne, o.r, other);
            }
        }
        for (field, now) in [
            (fields::GENERATOR_STATE, state as isize),
            (fields::GENERATOR_RESUME, word as isize),
            (fields::GENERATOR_FLAGS, 0),
        ] {
            let (held, now) = (self.r.load(field, o.r), self.r.word(now));
            self.r.guard(Cc::Eq, held, now);
        }
        let (held, none) =
            (self.r.load(fields::GENERATOR_HANDLED, o.r), self.r.constant(Value::NONE));
        self.r.guard(Cc::Eq, held, none);
        let fr = self.r.load(fields::GENERATOR_FUNCTION, o.r);
        let (held, wanted_code) =
            (self.r.load(fields::FUNCTION_CODE, fr), self.r.constant(code.value()));
        self.r.guard(Cc::Eq, held, wanted_code);
        let array = self.r.load(fields::GENERATOR_REGISTERS, o.r);
        let handled = self.r.address(vm.handled.as_ptr());
        let handled = self.r.load(fields::HANDLED, handled);
        let mut loaded = Vec::new();
        for n in wanted {
            let field = self.r.tables.borrow_mut().saved(n);
            loaded.push((n, Rep::Tagged(self.r.load(field, array))));
        }
        let words = code.words.get().cast::<u32>();
        // SAFETY: the word of resumption lies within the code.
        let pc = unsafe { words.add(word as usize) };
        // SAFETY: there is room for the frame.
        let base = unsafe { self.s.base.add(top) };
        let inside = vm.stack.inside_trace.replace(true);
        let out = f(vm, self.s, i);
        vm.stack.inside_trace.set(inside);
        if out.pc != pc || out.base != base {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        let fv = V { v: function.value(), rep: Rep::Tagged(fr) };
        let continued = Continued { k, origin: self.s.pc };
        let none = Rep::Const(Value::NONE);
        self.write_frame(top, fv, &[], k.address(), Some((continued, none)));
        let at = self.r.frame().offset;
        self.r.write(at.wrapping_add_signed(GENERATOR), Rep::Tagged(o.r));
        self.r.write(at.wrapping_add_signed(HANDLED), Rep::Tagged(handled));
        for (n, rep) in loaded {
            self.r.write(at + n, rep);
        }
        if suspended {
            // SAFETY: the word before is the Yield, whose value in the generator is None.
            let before = Insn(unsafe { *pc.sub(1) });
            self.r.write(at + before.a(), none);
        }
        Ok(out)
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
        let callee = match c.k {
            Continuation::ArgumentYield => match self.argument_callee(c) {
                Some(callee) => Some(callee),
                None => return Err(self),
            },
            _ => None,
        };
        let first = callee.as_ref().map(|x| x.0.function.code().words.get().cast::<u32>());
        let out = self.real_step(c, first, |vm, s| slow::yield_(vm, s, i));
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
        if let Some(callee) = callee {
            self.enter_applied(c, frame.offset - frame.caller, callee, v.rep);
            return Ok(out);
        }
        let to = if c.k == Continuation::ForYield { by.b() } else { by.a() };
        self.r.write(frame.caller + to, v.rep);
        self.r.effect();
        Ok(out)
    }
    /// The generator's frame that the trace has pushed is left for real, and the instruction that resumed it does the
    /// rest of its work: it goes on in its frame, or in another frame in the generator's place at `first`.
    fn real_step(
        &mut self,
        c: Continued,
        first: Option<*const u32>,
        leave: impl FnOnce(&crate::Vm, S) -> S,
    ) -> Option<S> {
        let vm = self.vm;
        let caller = self.s.caller_base();
        let stub = leave(vm, self.s);
        // SAFETY: the frame returns to a word of a continuation.
        let i = Insn(unsafe { *stub.pc });
        let inside = vm.stack.inside_trace.replace(true);
        let out = slow::continue_(vm, stub.skip(1), i);
        vm.stack.inside_trace.set(inside);
        let _ = c;
        let expected = match first {
            Some(pc) => out.base == self.s.base && out.pc == pc,
            None => out.base == caller,
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
        let Some(c) = by_for.filter(|_| plain && generator_of(self.s).flags.get() == 0) else {
            return self.leave_by_residual();
        };
        let g = self.r.generator(self.r.frames.len() - 1);
        let (held, zero) = (self.r.load(fields::GENERATOR_FLAGS, g), self.r.word(0));
        self.r.guard(Cc::Eq, held, zero);
        let Some(out) =
            self.real_step(c, None, |vm, s| crate::interp::Tx::leave(Self::plain(vm, s), v.v))
        else {
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
