//! Loops that call Python code back, written down in a trace: `for` over `map`, `filter` and iterators with a
//! `__next__` in Python, and calls of built-in functions that the prelude runs instead.
//!
//! The interpreter pushes the frame of the Python code itself (`residual::iterate`, `residual::calls`); here the frame
//! becomes part of the trace, with its arguments as the values they are.
//!
//! Words used. *Facts* of a value: what decides whether and how the prelude takes part (`runtime::prelude`): its shape,
//! and the code of the functions in it.

use super::domain::{Rec, V};
use super::expand::{Answer, Continued};
use super::items::Steps;
use super::layout as fields;
use super::recorder::{Abort, Rep};
use crate::interp::residual::{self as slow, Applied, Stepper};
use crate::interp::{Continuation, Dom, Residual, S, WINDOW};
use crate::object::*;
use crate::runtime::Entry;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};
use pyrs_ir::types::Cc;

/// Functions inside of iterators.
const MAX_DEPTH: usize = 3;

impl<'r, 'j> Rec<'r, 'j> {
    // ---- loops
    /// ForLoop over an iterator that runs Python code.
    pub(super) fn callback_for_loop(mut self, i: Insn) -> Answer<'r, 'j> {
        let it = self.reg(i.a());
        match slow::stepper(self.vm, it.v) {
            Some(Stepper::Next(f)) => {
                if !self.guard_type(it) {
                    return Err(self);
                }
                let none = V { v: Value::NONE, rep: Rep::Const(Value::NONE) };
                let k = Continuation::ForItem;
                self.enter_continued(f.value(), &[it], k, none, |vm, s| {
                    slow::enter(vm, s, f.value(), &[it.v], k, Value::NONE)
                })
            }
            Some(Stepper::Applied(a)) => self.apply(i, it, a),
            None => Err(self),
        }
    }
    /// The function of a `map` or `filter`, and its receiver if it has one; leaves unless it is of the same kind.
    fn applied(&mut self, it: V, a: &Applied) -> Option<(V, Vec<Rep>)> {
        let o = self.obj(it)?;
        self.r.guard_shape(o.r, o.o.shape());
        // SAFETY: both kinds begin with these two slots.
        let m: Gc<Filter> = unsafe { o.o.cast() };
        let held = self.r.load(fields::MAP_FUNCTION, o.r);
        let mut callee = V { v: m.function.get(), rep: Rep::Tagged(held) };
        let mut parameters = Vec::new();
        if a.receiver.is_some() {
            let o = self.obj(callee)?;
            self.r.guard_shape(o.r, core_shape::BOUND_METHOD);
            let function = self.r.load(fields::METHOD_FUNCTION, o.r);
            callee = V { v: a.function.value(), rep: Rep::Tagged(function) };
            parameters.push(Rep::Tagged(self.r.load(fields::METHOD_RECEIVER, o.r)));
        }
        let f = self.obj(callee)?;
        self.guard_code(f.r, a.function, parameters.len() + 1);
        Some((callee, parameters))
    }
    /// The loop over a `map` or `filter` whose next argument the trace takes itself.
    fn apply(mut self, i: Insn, it: V, a: Applied) -> Answer<'r, 'j> {
        let top = self.s.top_window() + WINDOW;
        if !self.frame_fits(top, a.function) {
            return Err(self);
        }
        let Some((callee, mut parameters)) = self.applied(it, &a) else { return Err(self) };
        let Some(o) = self.obj(it) else { return Err(self) };
        let inner = self.r.load(fields::MAP_ITERATOR, o.r);
        let inner = V { v: a.iterator, rep: Rep::Tagged(inner) };
        if self.vm.exact::<Generator>(a.iterator, core_shape::GENERATOR).is_some() {
            return self.resume(i, inner, Continuation::ArgumentYield, slow::for_loop);
        }
        let mut steps = Steps::default();
        let Some(item) = self.item(inner, 0, &mut steps) else { return Err(self) };
        self.guard_different(&steps);
        let out = self.really(|vm, s| slow::for_loop(vm, s, i));
        if out.pc != a.function.code().words.get().cast() || out.base <= self.s.base {
            // Not what was seen a moment ago.
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        parameters.push(item);
        let k = a.continuation();
        let continued = Continued { k, origin: self.s.pc };
        self.step(steps);
        self.write_frame(top, callee, &parameters, k.address(), Some((continued, item)));
        Ok(out)
    }
    /// What a generator's frame, resumed for the argument of a `map` or `filter`, will call when it yields.
    pub(super) fn argument_callee(&mut self, c: Continued) -> Option<(Applied, V, Vec<Rep>)> {
        // SAFETY: the origin follows the first word of the instruction.
        let by = Insn(unsafe { *c.origin.sub(1) });
        let frame = self.r.frame().clone();
        let v = S { pc: c.origin, base: self.s.caller_base() }.reg(by.a());
        let it = V { v, rep: self.r.read(frame.caller + by.a()) };
        let Some(Stepper::Applied(a)) = slow::stepper(self.vm, v) else { return None };
        // The frame of the function will lie where the generator's lies.
        if !self.frame_fits(0, a.function) {
            return None;
        }
        let (callee, parameters) = self.applied(it, &a)?;
        Some((a, callee, parameters))
    }
    /// The generator has yielded `item`, and its frame is gone: the function's takes its place.
    pub(super) fn enter_applied(
        &mut self,
        c: Continued,
        top: usize,
        (a, callee, mut parameters): (Applied, V, Vec<Rep>),
        item: Rep,
    ) {
        parameters.push(item);
        let k = a.continuation();
        let continued = Continued { k, origin: c.origin };
        self.s = S { pc: c.origin, base: self.s.caller_base() };
        self.write_frame(top, callee, &parameters, k.address(), Some((continued, item)));
    }
    /// Does something for real that must not go on in another trace.
    fn really(&mut self, f: impl FnOnce(&crate::Vm, S) -> S) -> S {
        let inside = self.vm.stack.inside_trace.replace(true);
        let out = f(self.vm, self.s);
        self.vm.stack.inside_trace.set(inside);
        out
    }

    // ---- calls
    /// A call that the prelude answers. `args` are the arguments as they come, the last of them named.
    pub(super) fn enter_prelude(
        mut self,
        i: Insn,
        callee: V,
        args: &[V],
        names: Option<Gc<Tuple>>,
        f: Residual,
    ) -> Answer<'r, 'j> {
        let vm = self.vm;
        let values: Vec<Value> = args.iter().map(|a| a.v).collect();
        let Some(entry) = self.entry(callee.v, &values, names) else { return Err(self) };
        let Some(routine) = vm.prelude_function(&entry) else { return Err(self) };
        let Some(parameters) = parameters(&entry, args) else { return Err(self) };
        let top = i.a() + WINDOW;
        if !self.frame_fits(top, routine) || !args.iter().all(|&a| self.guard_facts(a, 0)) {
            return Err(self);
        }
        self.is(callee, callee.v);
        let words =
            pyrs_bytecode::Op::from_byte(i.op_byte()).map_or(0, |op| op.words() as isize - 1);
        let out = self.really(|vm, s| f(vm, s, i));
        if out.pc != routine.code().words.get().cast() || out.base <= self.s.base {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        let return_pc = self.s.skip(words).pc;
        let fv = self.value(routine.value());
        self.write_frame(top, fv, &parameters, return_pc, None);
        Ok(out)
    }
    fn entry(&self, f: Value, args: &[Value], names: Option<Gc<Tuple>>) -> Option<Entry> {
        match self.vm.object(f)?.shape() {
            core_shape::NATIVE_FUNCTION | core_shape::NATIVE_METHOD => {
                // SAFETY: both shapes are native functions.
                let native: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
                native.def.enter?(self.vm, args, names)
            }
            core_shape::CLASS if names.is_none() => {
                self.vm.prelude_construction(self.vm.as_class(f)?, args)
            }
            _ => None,
        }
    }
    /// Leaves unless what the prelude's rules look at is what it is now; false if that cannot be tested.
    fn guard_facts(&mut self, x: V, depth: usize) -> bool {
        let Some(o) = self.vm.object(x.v).filter(|_| super::numbers::exact_float(x.v).is_none())
        else {
            return match x.rep {
                Rep::Tagged(_) if x.v.is_int() => self.int(x).is_some(),
                Rep::Tagged(_) if x.v.is_inline_float() => self.flt(x).is_some(),
                Rep::Tagged(_) | Rep::Bool(_) => self.is(x, x.v),
                _ => true,
            };
        };
        let shape = o.shape();
        if depth > MAX_DEPTH || shape == core_shape::FLOAT {
            return false;
        }
        let Some(held) = self.obj(x) else { return false };
        self.r.guard_shape(held.r, shape);
        let within = |v: Value, rep| V { v, rep: Rep::Tagged(rep) };
        match shape {
            core_shape::FUNCTION => {
                // SAFETY: the shape is that of functions.
                let f: Gc<Function> = unsafe { o.cast() };
                let code = self.r.load(fields::FUNCTION_CODE, held.r);
                let now = self.r.constant(f.code().value());
                self.r.guard(Cc::Eq, code, now);
                let exact = self.r.load(fields::FUNCTION_EXACT, held.r);
                let now = self.r.word(f.exact.get() as isize);
                self.r.guard(Cc::Eq, exact, now);
                true
            }
            core_shape::BOUND_METHOD => {
                // SAFETY: the shape is that of bound methods.
                let m: Gc<BoundMethod> = unsafe { o.cast() };
                let f = self.r.load(fields::METHOD_FUNCTION, held.r);
                self.guard_facts(within(m.function.get(), f), depth + 1)
            }
            core_shape::GENERATOR => {
                // SAFETY: the shape is that of generators.
                let g: Gc<Generator> = unsafe { o.cast() };
                let f = self.r.load(fields::GENERATOR_FUNCTION, held.r);
                self.guard_facts(within(g.function.get(), f), depth + 1)
            }
            core_shape::LIST => {
                // SAFETY: the shape is that of lists.
                let l: Gc<List> = unsafe { o.cast() };
                let (len, zero) = (self.r.load(fields::LIST_LENGTH, held.r), self.r.word(0));
                self.r.guard(if l.is_empty() { Cc::Eq } else { Cc::Ne }, len, zero);
                true
            }
            s if s == self.vm.map_shape.get() || s == self.vm.filter_shape.get() => {
                // SAFETY: both kinds begin with these two slots.
                let m: Gc<Filter> = unsafe { o.cast() };
                let inner = self.r.load(fields::MAP_ITERATOR, held.r);
                self.bound(within(m.iterator.get(), inner));
                let f = self.r.load(fields::MAP_FUNCTION, held.r);
                self.guard_facts(within(m.function.get(), f), depth + 1)
            }
            s => match self.vm.as_class(x.v) {
                Some(class) => {
                    self.is(x, x.v);
                    self.class_is(class.value(), class.version.get())
                }
                None => {
                    let class = self.vm.shape(s).class;
                    !class.has(class_flag::MUTABLE)
                        || self.class_is(class.value(), class.version.get())
                }
            },
        }
    }
}

/// The arguments of a routine as values of the trace: each is an argument of the call, or nothing but a word.
fn parameters(entry: &Entry, args: &[V]) -> Option<Vec<Rep>> {
    let find = |v: Value| {
        let mut same = args.iter().filter(|a| a.v == v);
        match (same.next(), same.next()) {
            (Some(a), None) => Some(a.rep),
            // Two that happen to be the same now.
            (Some(_), Some(_)) => None,
            _ => (!v.is_object()).then_some(Rep::Const(v)),
        }
    };
    entry.args().iter().map(|&v| find(v)).collect()
}
