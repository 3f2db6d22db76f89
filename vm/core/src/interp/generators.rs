//! Generators at work: making, resuming, suspending, delegating, throwing.
//!
//! A resumed generator's frame stands in the top window of its resumer, with two words below its header: the
//! generator object and the exception its resumer handles. Its return pc names a pair of words: the first is
//! taken when it yields, the second when it returns.

use super::frame::{
    AUX, Continuation, FUNCTION, GENERATOR, HALT, HANDLED, ORIGIN, S, SPECIAL, WINDOW,
};
use crate::error::Res;
use crate::object::*;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_bytecode::{Insn, flags};
use pyrs_heap::{Gc, Header, Slot, Value};

/// What a resumption led to.
#[derive(Copy, Clone, Debug)]
pub enum GeneratorStep {
    Yield(Value),
    Return(Value),
}

pub(crate) fn code_flags(g: Gc<Generator>) -> u32 {
    // SAFETY: the slot holds the generator's function.
    unsafe { Gc::<Function>::from_value(g.function.get()) }.code().flags.get()
}
fn function_of(g: Gc<Generator>) -> Gc<Function> {
    // SAFETY: the slot holds the generator's function.
    unsafe { Gc::from_value(g.function.get()) }
}
/// The generator whose frame `s` is.
pub(crate) fn generator_of(s: S) -> Gc<Generator> {
    debug_assert!(s.is_special());
    // SAFETY: special frames keep their generator below the header.
    unsafe { Gc::from_value(s.get(GENERATOR)) }
}
/// The exception that the resumer of generator frame `s` handles.
pub(crate) fn resumer_handled(s: S) -> Value {
    if s.is_special() { s.get(HANDLED) } else { Value::NONE }
}

/// The generator object for the function just entered; `s` stands behind MakeGenerator.
pub(crate) fn make(vm: &Vm, s: S) -> Res {
    let f = s.function();
    let n = s.above();
    let registers = vm.new_array(n)?;
    for (i, slot) in registers.slots().iter().enumerate() {
        slot.set_unbarriered(s.reg(i));
    }
    vm.written_in_bulk(registers);
    let fl = s.code().data().flags;
    let (kind, shape) = if fl & flags::COROUTINE != 0 {
        (GeneratorKind::Coroutine, core_shape::COROUTINE)
    } else if fl & flags::ASYNC_GENERATOR != 0 {
        (GeneratorKind::AsyncGenerator, core_shape::ASYNC_GENERATOR)
    } else {
        (GeneratorKind::Generator, core_shape::GENERATOR)
    };
    let g = vm.alloc(Generator {
        header: Header::new(shape, 0),
        function: Slot::new(f.value()),
        registers: Slot::new(registers.value()),
        name: Slot::new(f.name.get()),
        qualname: Slot::new(f.qualname.get()),
        handled: Slot::new(Value::NONE),
        extra: Slot::new(Value::UNBOUND),
        resume_word: Cell::new(s.word() + 1),
        state: Cell::new(GeneratorState::Created),
        kind: Cell::new(kind),
        flags: Cell::new(0),
    })?;
    // Only a frame with handlers has anything to clean up when it is dropped half-way; coroutines warn.
    if kind == GeneratorKind::Coroutine || !s.code().data().handlers.is_empty() {
        vm.heap.register_finaliser(g.erase());
    }
    if kind == GeneratorKind::Coroutine && vm.origin_depth.get() > 0 {
        let origin = origin(vm, s)?;
        g.extra.set(&vm.heap, g, origin);
    }
    Ok(g.value())
}
/// `cr_origin`: file, line and function of the frames that lead to the making of the coroutine of frame `s`.
#[cold]
fn origin(vm: &Vm, s: S) -> Res {
    let entries = vm.new_list()?;
    let mut at = vm.caller_of(s);
    while let Some(f) = at
        && entries.len() < vm.origin_depth.get()
    {
        let code = f.code();
        let line = vm.int(i64::from(code.data().position(f.word()).line))?;
        vm.list_append(entries, vm.tuple(&[code.filename.get(), line, code.name.get()])?)?;
        at = vm.caller_of(f);
    }
    vm.tuple(entries.items())
}
/// Returns from a frame that is not a generator's.
pub(crate) fn leave_plain(vm: &Vm, s: S, v: Value) -> S {
    vm.stack.set_depth(vm.stack.depth() - 1);
    s.set(FUNCTION, v);
    S { pc: s.return_pc(), base: s.caller_base() }
}

/// Puts the generator's frame at `base` and gives its state. `sent` goes to the register the suspended
/// instruction names. The caller has checked room and that the generator may run.
fn place(
    vm: &Vm,
    g: Gc<Generator>,
    base: *mut Value,
    caller: *mut Value,
    return_pc: *const u32,
    sent: Value,
) -> S {
    let f = function_of(g);
    let s = S::new_frame(base, f, return_pc, caller, SPECIAL);
    if let Some(saved) = vm.array_of(g.registers.get()) {
        let slots = saved.slots();
        // SAFETY: the caller has seen to room for the frame; slots are plain words, and nothing collects here.
        unsafe { core::ptr::copy_nonoverlapping(slots.as_ptr().cast(), base, slots.len()) };
    }
    s.set(GENERATOR, g.value());
    s.set(HANDLED, vm.handled.get());
    if !g.handled.get().is_none() {
        vm.handled.set(g.handled.get());
    }
    let s = s.at_word(g.resume_word.get());
    if g.state.get() == GeneratorState::Suspended {
        // Suspended after Yield (destination a) or at YieldFrom (value register b).
        // SAFETY: the resume word of a suspended generator follows or is such an instruction.
        let at = Insn(unsafe { *s.pc });
        if delegating(g) {
            s.put(at.b(), sent);
            g.flags.set(g.flags.get() | UNTOUCHED);
        } else {
            // SAFETY: the word before is the Yield.
            let before = Insn(unsafe { *s.pc.sub(1) });
            s.put(before.a(), sent);
        }
    }
    g.state.set(GeneratorState::Running);
    vm.stack.set_depth(vm.stack.depth() + 1);
    s
}
/// Word of the instruction at which a generator that does not run stands: the Yield, not what follows it.
pub(crate) fn suspended_word(g: Gc<Generator>) -> u32 {
    let word = g.resume_word.get();
    let behind = g.state.get() == GeneratorState::Suspended && !delegating(g);
    word.saturating_sub(u32::from(behind))
}
/// The generator is suspended at a YieldFrom.
fn delegating(g: Gc<Generator>) -> bool {
    g.state.get() == GeneratorState::Suspended && g.flags.get() & AT_DELEGATION != 0
}
/// The registers of the generator of special frame `s` are still wanted as they were saved: it was resumed at a
/// delegation, or an exception is being thrown into what it delegates to.
pub(crate) fn is_delegating(s: S) -> bool {
    generator_of(s).flags.get() & AT_DELEGATION != 0
}
/// Generator flag: the suspended instruction is the YieldFrom at the resume word.
pub(crate) const AT_DELEGATION: u8 = 1 << 7;
/// Generator flag: resumed at a YieldFrom, which has not run yet: the registers are as they were saved.
const UNTOUCHED: u8 = 1 << 5;

/// Generator flag: resumed only to pass a value on; its frame has no registers yet, see [`fill`].
pub(crate) const HOLLOW: u8 = 1 << 4;

/// The frame is that of a generator which was resumed only to pass a value on.
pub(crate) fn is_hollow(s: S) -> bool {
    generator_of(s).flags.get() & HOLLOW != 0
}
/// Gives a frame the registers that it was not given when its generator was resumed. To be called before anything but
/// the frame's header is looked at, unless the frame has run since.
#[inline(always)]
pub(crate) fn fill(vm: &Vm, s: S) {
    if s.is_special() && generator_of(s).flags.get() & HOLLOW != 0 {
        fill_now(vm, s);
    }
}
/// The delegation of frame `s` has ended: the frame itself goes on.
#[inline(always)]
pub(crate) fn end_delegation(vm: &Vm, s: S) {
    fill(vm, s);
    if s.is_special() {
        set_delegate(vm, generator_of(s), Value::UNBOUND);
    }
}
/// Notes the generator to which `g`, if it is a plain one, delegates.
#[inline(always)]
fn set_delegate(vm: &Vm, g: Gc<Generator>, to: Value) {
    if g.kind.get() == GeneratorKind::Generator && g.extra.get() != to {
        g.extra.set(&vm.heap, g, to);
    }
}
#[inline(never)]
fn fill_now(vm: &Vm, s: S) {
    let g = generator_of(s);
    g.flags.set(g.flags.get() & !HOLLOW);
    if let Some(saved) = vm.array_of(g.registers.get()) {
        let slots = saved.slots();
        // SAFETY: the frame has as many registers as were saved; slots are plain words.
        unsafe { core::ptr::copy_nonoverlapping(slots.as_ptr().cast(), s.base, slots.len()) };
    }
}

/// Generator flag: the frame handles an exception of its own (which may be the one its resumer handles).
const HANDLES: u8 = 1 << 6;

/// Notes whether generator frame `s` handles an exception of its own; gives what was noted before.
pub(crate) fn set_handles(s: S, on: bool) -> bool {
    let flags = &generator_of(s).flags;
    let before = flags.get();
    flags.set(if on { before | HANDLES } else { before & !HANDLES });
    before & HANDLES != 0
}

/// Suspends the generator frame `s` with a yielded value. `again`: the instruction is repeated on resumption.
pub(crate) fn suspend(vm: &Vm, s: S, v: Value, again: bool) -> S {
    let g = generator_of(s);
    fill(vm, s);
    if let Some(saved) = vm.array_of(g.registers.get()) {
        vm.heap.barrier_all(saved.erase());
        let slots = saved.slots();
        // SAFETY: the frame has as many registers as were saved; the words are references, logged above.
        unsafe {
            let to = slots.as_ptr().cast::<Value>().cast_mut();
            core::ptr::copy_nonoverlapping(s.base.cast_const(), to, slots.len());
        }
    }
    suspend_saved(vm, s, g, v, again)
}
/// The frame `s` repeats its delegation: the generator it delegates to has yielded `v`. `untouched`: nothing but
/// that has happened since it was resumed.
pub(crate) fn suspend_delegation(vm: &Vm, s: S, v: Value, untouched: bool) -> S {
    if untouched { suspend_saved(vm, s, generator_of(s), v, true) } else { suspend(vm, s, v, true) }
}
/// As long as the state is that of another untouched delegation, suspends that, too.
pub(crate) fn suspend_chain(vm: &Vm, s: S) -> S {
    let mut s = suspend_hollow(vm, s);
    while s.pc == Continuation::SendYield.address() {
        let window = (s.top_window() + WINDOW) as isize;
        if s.get(window + AUX) != Value::TRUE {
            break;
        }
        let result = s.get(window + FUNCTION);
        let pc = (s.get(window + ORIGIN).bits() & !1) as *const u32;
        let origin = S { pc, base: s.base };
        s = suspend_saved(vm, origin, generator_of(origin), result, true);
    }
    s
}
/// As long as the state is that of a delegation whose frame is hollow, suspends that: all is as it was but the state.
fn suspend_hollow(vm: &Vm, mut s: S) -> S {
    let stub = Continuation::SendYield.address();
    if s.pc != stub || generator_of(s).flags.get() & HOLLOW == 0 {
        return s;
    }
    let result = s.get((s.top_window() + WINDOW) as isize + FUNCTION);
    // None of them handles an exception of its own.
    vm.handled.set(s.get(HANDLED));
    let mut left = 0;
    loop {
        let g = generator_of(s);
        let flags = g.flags.get();
        if flags & HOLLOW == 0 {
            break;
        }
        g.flags.set(flags & !HOLLOW);
        g.state.set(GeneratorState::Suspended);
        left += 1;
        let next = S { pc: s.return_pc(), base: s.caller_base() };
        s.set(FUNCTION, result);
        s = next;
        if s.pc != stub {
            break;
        }
    }
    vm.stack.set_depth(vm.stack.depth() - left);
    s
}
fn suspend_saved(vm: &Vm, s: S, g: Gc<Generator>, v: Value, again: bool) -> S {
    let inherited = s.get(HANDLED);
    let own = vm.handled.get();
    let own = if g.flags.get() & HANDLES != 0 { own } else { Value::NONE };
    g.handled.set(&vm.heap, g, own);
    vm.handled.set(inherited);
    g.resume_word.set(if again { s.word() } else { s.word() + 1 });
    g.flags.set(g.flags.get() & !(AT_DELEGATION | HOLLOW) | if again { AT_DELEGATION } else { 0 });
    g.state.set(GeneratorState::Suspended);
    leave_plain(vm, s, v)
}
/// A generator frame returns `v`.
#[inline(never)]
pub(crate) fn finish(vm: &Vm, s: S, v: Value) -> S {
    retire(vm, s);
    let next = leave_plain(vm, s, v);
    next.skip(1)
}
/// Marks the generator of frame `s` finished and restores its resumer's handled exception.
pub(crate) fn retire(vm: &Vm, s: S) {
    let g = generator_of(s);
    vm.handled.set(s.get(HANDLED));
    g.state.set(GeneratorState::Finished);
    g.registers.set(&vm.heap, g, Value::UNBOUND);
    g.handled.set(&vm.heap, g, Value::NONE);
    set_delegate(vm, g, Value::UNBOUND);
    vm.heap.forget_finaliser(g.erase());
}

/// The loop end over a generator: resume it in this loop.
pub(crate) fn resume_for_loop(vm: &Vm, s: S, g: Gc<Generator>) -> S {
    match vm.may_resume(g) {
        Ok(true) => resume_inside(vm, s, g, Value::NONE, Continuation::ForYield, Value::NONE),
        Ok(false) => s.skip(1),
        Err(r) => vm.unwind(s, r, true),
    }
}
/// The loop end over a `map` or `filter` whose arguments `g` gives.
pub(crate) fn resume_for_argument(vm: &Vm, s: S, g: Gc<Generator>) -> S {
    match vm.may_resume(g) {
        Ok(true) => resume_inside(vm, s, g, Value::NONE, Continuation::ArgumentYield, Value::NONE),
        Ok(false) => s.skip(1),
        Err(r) => vm.unwind(s, r, true),
    }
}
/// `next(g)` by the call instruction at `s`: resumes in this loop a generator that can run.
pub(crate) fn resume_for_next(vm: &Vm, s: S, g: Gc<Generator>) -> Option<S> {
    let can = matches!(g.state.get(), GeneratorState::Created | GeneratorState::Suspended);
    can.then(|| resume_inside(vm, s, g, Value::NONE, Continuation::NextYield, Value::NONE))
}
/// Resumes `g` for the instruction at `s`. A generator that only delegates to another suspended one is passed
/// through without running its YieldFrom again, however long the chain.
fn resume_inside(
    vm: &Vm,
    mut s: S,
    mut g: Gc<Generator>,
    sent: Value,
    mut k: Continuation,
    mut aux: Value,
) -> S {
    let handled = vm.handled.get();
    while let Some(inner) = passes_on(vm, g) {
        let f = function_of(g);
        // SAFETY: there is slack above every frame for a window.
        let base = unsafe { s.base.add(s.top_window() + WINDOW) };
        if let Err(r) = vm.check_room(base, f) {
            vm.publish(s);
            return vm.unwind(s, r, true);
        }
        let callee = S::new_frame(base, f, k.address(), s.base, SPECIAL);
        callee.set(GENERATOR, g.value());
        callee.set(HANDLED, handled);
        callee.set(ORIGIN, Value::from_bits(s.pc as usize | 1));
        callee.set(AUX, aux);
        g.flags.set(g.flags.get() | HOLLOW);
        g.state.set(GeneratorState::Running);
        vm.stack.set_depth(vm.stack.depth() + 1);
        let at = callee.skip(g.resume_word.get() as isize + 1);
        (s, g, k, aux) = (at, inner, Continuation::SendYield, Value::TRUE);
    }
    vm.publish(s);
    // SAFETY: as above.
    let base = unsafe { s.base.add(s.top_window() + WINDOW) };
    if let Err(r) = vm.check_room(base, function_of(g)) {
        return vm.unwind(s, r, true);
    }
    let callee = place(vm, g, base, s.base, k.address(), sent);
    callee.set(ORIGIN, Value::from_bits(s.pc as usize | 1));
    callee.set(AUX, aux);
    callee
}
/// The suspended generator to which a suspended one delegates, if it does nothing else when it is resumed. (Of a long
/// chain these loads are what takes time: therefore generators know what they delegate to.)
#[inline(always)]
fn passes_on(vm: &Vm, g: Gc<Generator>) -> Option<Gc<Generator>> {
    if !delegating(g) || !g.handled.get().is_none() {
        return None;
    }
    let inner = vm.exact::<Generator>(g.extra.get(), core_shape::GENERATOR)?;
    (inner.state.get() == GeneratorState::Suspended).then_some(inner)
}
/// YieldFrom: sends `sent` to the iterator `it`.
pub(crate) fn delegate(vm: &Vm, s: S, it: Value, sent: Value, i: Insn) -> S {
    let own = generator_of(s);
    let untouched = Value::bool(own.flags.get() & UNTOUCHED != 0);
    own.flags.set(own.flags.get() & !UNTOUCHED);
    let generator =
        vm.cast::<Generator>(it).filter(|g| g.kind.get() != GeneratorKind::AsyncGenerator);
    let known = generator.filter(|g| g.header.shape() == core_shape::GENERATOR);
    set_delegate(vm, own, known.map_or(Value::UNBOUND, Gc::value));
    if let Some(g) = generator {
        return match vm.may_resume(g) {
            Ok(true) => {
                if g.state.get() == GeneratorState::Created && !sent.is_none() {
                    let r = vm.just_started(g);
                    return vm.unwind(s, r, true);
                }
                resume_inside(vm, s, g, sent, Continuation::SendYield, untouched)
            }
            Ok(false) => {
                s.put(i.b(), Value::NONE);
                s
            }
            Err(r) => vm.unwind(s, r, true),
        };
    }
    let step = if sent.is_none() { vm.next_step(it) } else { vm.send_step(it, sent) };
    match step {
        Ok(GeneratorStep::Yield(v)) => suspend(vm, s, v, true),
        Ok(GeneratorStep::Return(v)) => {
            s.put(i.b(), v);
            s
        }
        Err(r) => vm.unwind(s, r, true),
    }
}

impl Vm {
    fn just_started(&self, g: Gc<Generator>) -> crate::error::Raised {
        let what = kind_name(g);
        self.type_error(format!("can't send non-None value to a just-started {what}"))
    }
    /// Whether a resumption enters the generator: false when it is finished; running ones raise.
    fn may_resume(&self, g: Gc<Generator>) -> Res<bool> {
        match g.state.get() {
            GeneratorState::Running => {
                Err(self.value_error(format!("{} already executing", kind_name(g))))
            }
            GeneratorState::Finished if g.kind.get() == GeneratorKind::Coroutine => {
                Err(self.runtime_error("cannot reuse already awaited coroutine"))
            }
            GeneratorState::Finished => Ok(false),
            _ => Ok(true),
        }
    }
    /// The iterator a suspended generator delegates to (`gi_yieldfrom`, `cr_await`).
    pub fn generator_delegate(&self, g: Gc<Generator>) -> Option<Value> {
        if !delegating(g) {
            return None;
        }
        let word = function_of(g).code().words_at(g.resume_word.get());
        Some(self.array_of(g.registers.get())?.get(Insn(word).a()))
    }
    /// Resumes from native code.
    pub fn generator_send(&self, g: Gc<Generator>, sent: Value) -> Res<GeneratorStep> {
        if !self.may_resume(g)? {
            return Ok(GeneratorStep::Return(Value::NONE));
        }
        if g.state.get() == GeneratorState::Created && !sent.is_none() {
            return Err(self.just_started(g));
        }
        self.resume_native(g, sent, None)
    }
    /// Raises `e` at the point where the generator is suspended.
    pub fn generator_throw(&self, g: Gc<Generator>, e: Gc<Exception>) -> Res<GeneratorStep> {
        match g.state.get() {
            GeneratorState::Running => {
                return Err(self.value_error(format!("{} already executing", kind_name(g))));
            }
            GeneratorState::Finished if g.kind.get() == GeneratorKind::Coroutine => {
                return Err(self.runtime_error("cannot reuse already awaited coroutine"));
            }
            GeneratorState::Finished => return Err(self.raise_again(e)),
            _ => {}
        }
        if let Some(inner) = self.generator_delegate(g) {
            return self.throw_into_delegate(g, inner, e);
        }
        self.resume_native(g, Value::NONE, Some(e))
    }
    fn throw_into_delegate(
        &self,
        g: Gc<Generator>,
        inner: Value,
        e: Gc<Exception>,
    ) -> Res<GeneratorStep> {
        let closing = self.is_instance_exact(e.value(), self.exc().generator_exit);
        let (outer_base, outer_pc) = (self.stack.base.get(), self.stack.pc.get());
        self.show_delegating_frame(g)?;
        g.state.set(GeneratorState::Running);
        let step = if closing {
            self.close_iterator(inner).map(|()| None)
        } else if let Some(inner) = self.cast::<Generator>(inner) {
            self.generator_throw(inner, e).map(Some)
        } else {
            match self.get_attr_opt(inner, self.names().throw) {
                Ok(Some(throw)) => {
                    let r = self.call(throw, &[e.value()]);
                    self.step_of(r).map(Some)
                }
                Ok(None) => Ok(None),
                Err(r) => Err(r),
            }
        };
        g.state.set(GeneratorState::Suspended);
        self.stack.base.set(outer_base);
        self.stack.pc.set(outer_pc);
        self.stack.set_depth(self.stack.depth() - 1);
        match step {
            // No way to throw into it: the exception is raised here.
            Ok(None) => self.resume_native(g, Value::NONE, Some(e)),
            Ok(Some(GeneratorStep::Yield(v))) => Ok(GeneratorStep::Yield(v)),
            Ok(Some(GeneratorStep::Return(v))) => {
                // The delegate finished: go on behind the YieldFrom with its value.
                self.finish_delegation(g, v);
                self.resume_native_here(g)
            }
            Err(r) => {
                let e = self.take_exception(r);
                self.resume_native(g, Value::NONE, Some(e))
            }
        }
    }
    /// Puts the frame of a generator that delegates on the stack, so that the code thrown into sees its caller.
    /// Nothing runs there; the generator's own registers stay in its array.
    fn show_delegating_frame(&self, g: Gc<Generator>) -> Res<()> {
        let (base, caller) = self.native_window();
        let f = function_of(g);
        self.check_room(base, f)?;
        let s = S::new_frame(base, f, HALT.as_ptr(), caller, SPECIAL);
        if let Some(saved) = self.array_of(g.registers.get()) {
            for (i, slot) in saved.slots().iter().enumerate() {
                s.put(i, slot.get());
            }
        }
        s.set(GENERATOR, g.value());
        s.set(HANDLED, self.handled.get());
        self.publish_native_origin(s);
        self.publish(s.at_word(g.resume_word.get() + 1));
        self.stack.set_depth(self.stack.depth() + 1);
        Ok(())
    }
    /// Stores the value of a finished delegation and moves on behind its instruction.
    fn finish_delegation(&self, g: Gc<Generator>, v: Value) {
        let word = g.resume_word.get();
        let insn = Insn(function_of(g).code().words_at(word));
        if let Some(a) = self.array_of(g.registers.get()) {
            a.slot(insn.b()).set(&self.heap, a, v);
        }
        g.resume_word.set(word + 1);
        g.flags.set(g.flags.get() & !AT_DELEGATION);
        set_delegate(self, g, Value::UNBOUND);
    }
    /// Calls `close()` of an iterator that has one.
    pub fn close_iterator(&self, it: Value) -> Res<()> {
        if let Some(g) = self.cast::<Generator>(it) {
            return self.generator_close(g);
        }
        match self.get_attr_opt(it, self.names().close)? {
            Some(close) => self.call(close, &[]).map(drop),
            None => Ok(()),
        }
    }
    /// `close()`: raises GeneratorExit at the point of suspension and expects the generator to end.
    pub fn generator_close(&self, g: Gc<Generator>) -> Res<()> {
        self.generator_close_value(g).map(drop)
    }
    /// As `generator_close`, giving the value the generator returned on its way out.
    pub fn generator_close_value(&self, g: Gc<Generator>) -> Res {
        match g.state.get() {
            GeneratorState::Created => {
                g.state.set(GeneratorState::Finished);
                g.registers.set(&self.heap, g, Value::UNBOUND);
                return Ok(Value::NONE);
            }
            GeneratorState::Finished => return Ok(Value::NONE),
            _ => {}
        }
        let exit = self.new_exception(self.exc().generator_exit, &[])?;
        let step = self.generator_throw(g, exit);
        super::wipe_native_stack();
        match step {
            Ok(GeneratorStep::Yield(_)) => {
                Err(self.runtime_error(format!("{} ignored GeneratorExit", kind_name(g))))
            }
            Ok(GeneratorStep::Return(v)) => Ok(v),
            Err(r) if self.pending_is(r, self.exc().generator_exit) => {
                self.take_exception(r);
                Ok(Value::NONE)
            }
            Err(r) => Err(r),
        }
    }
    /// A result of `__next__`, `send` or `throw` as a step: StopIteration is a return.
    pub fn step_of(&self, r: Res) -> Res<GeneratorStep> {
        match r {
            Ok(v) if v.is_unbound() => Ok(GeneratorStep::Return(Value::NONE)),
            Ok(v) => Ok(GeneratorStep::Yield(v)),
            Err(r) if self.pending_is(r, self.exc().stop_iteration) => {
                let e = self.take_exception(r);
                let v = self.exception_field(e, 0);
                Ok(GeneratorStep::Return(if v.is_unbound() { Value::NONE } else { v }))
            }
            Err(r) => Err(r),
        }
    }
    /// `next(it)` keeping StopIteration's value.
    pub fn next_step(&self, it: Value) -> Res<GeneratorStep> {
        if let Some(g) = self.cast::<Generator>(it)
            && g.kind.get() != GeneratorKind::AsyncGenerator
        {
            return self.generator_send(g, Value::NONE);
        }
        match self.special(self.class_of(it), crate::names::Special::Next) {
            Some(f) if !f.is_none() => {
                let r = self.call_bound(f, it, &[]);
                self.step_of(r)
            }
            _ => {
                Err(self.type_error(format!("'{}' object is not an iterator", self.type_name(it))))
            }
        }
    }
    /// `it.send(v)` keeping StopIteration's value.
    pub fn send_step(&self, it: Value, v: Value) -> Res<GeneratorStep> {
        if let Some(g) = self.cast::<Generator>(it)
            && g.kind.get() != GeneratorKind::AsyncGenerator
        {
            return self.generator_send(g, v);
        }
        let r = self.call_method_str(it, self.names().send, &[v]);
        self.step_of(r)
    }
    /// `next(generator)` for loops in native code.
    pub fn generator_next(&self, g: Gc<Generator>) -> Res<Option<Value>> {
        Ok(match self.generator_send(g, Value::NONE)? {
            GeneratorStep::Yield(v) => Some(v),
            GeneratorStep::Return(_) => None,
        })
    }
    fn resume_native_here(&self, g: Gc<Generator>) -> Res<GeneratorStep> {
        // Nothing is sent: the word before the resume point is not a Yield.
        g.state.set(GeneratorState::Created);
        self.resume_native(g, Value::NONE, None)
    }
    fn resume_native(
        &self,
        g: Gc<Generator>,
        sent: Value,
        thrown: Option<Gc<Exception>>,
    ) -> Res<GeneratorStep> {
        self.may_run_python()?;
        let (base, caller) = self.native_window();
        self.check_room(base, function_of(g))?;
        if thrown.is_some() && g.state.get() == GeneratorState::Suspended && delegating(g) {
            // The exception is raised at the YieldFrom itself.
            g.resume_word.set(g.resume_word.get() + 1);
            g.flags.set(g.flags.get() & !AT_DELEGATION);
            set_delegate(self, g, Value::UNBOUND);
            g.state.set(GeneratorState::Created);
        }
        let s = place(self, g, base, caller, HALT.as_ptr(), sent);
        let s = match thrown {
            Some(e) => {
                self.publish_native_origin(s);
                self.publish(s);
                self.link_thrown(e);
                let r = self.raise_again(e);
                self.unwind(s, r, true)
            }
            None => s,
        };
        let (kind, value) = self.run_nested(s, base)?;
        Ok(if kind == 1 { GeneratorStep::Return(value) } else { GeneratorStep::Yield(value) })
    }
}

fn kind_name(g: Gc<Generator>) -> &'static str {
    match g.kind.get() {
        GeneratorKind::Generator => "generator",
        GeneratorKind::Coroutine => "coroutine",
        GeneratorKind::AsyncGenerator => "async generator",
    }
}
