//! Instructions that the interpreter leaves to residuals, written down in full where a trace gains by it: calls whose
//! arguments must be bound, construction of instances, special methods and properties in Python, tuples, unpacking.
//!
//! Each expansion first narrows what decides the instruction's meaning (shapes, versions of classes, identity of
//! functions), then runs it for real, then writes its effects. One that does not know the case gives the domain back,
//! and the residual is called; guards emitted until then do no harm.

use super::domain::{Rec, V};
use super::layout as fields;
use super::recorder::{Abort, FrameInfo, Rep};
use crate::interp::residual as slow;
use crate::interp::{Continuation, Dom, Promoted, S, WINDOW};
use crate::object::*;
use pyrs_bytecode::{Insn, Op as Code, flags};
use pyrs_heap::{Gc, Value};
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Ty};

/// Most parameters of a call that is bound in the trace.
const MAX_ARGUMENTS: usize = 24;

/// What a frame that an instruction pushed has still to do when it returns.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Continued {
    pub k: Continuation,
    /// Behind the first word of the instruction.
    pub origin: *const u32,
}

/// Where a parameter comes from.
#[derive(Clone, Copy)]
enum Source {
    Argument(usize),
    Default(Value),
    /// The arguments from here on, as a tuple.
    Rest(usize),
}

pub(super) type Answer<'r, 'j> = Result<S, Rec<'r, 'j>>;

impl<'r, 'j> Rec<'r, 'j> {
    /// The state after the instruction, or the domain back.
    pub(super) fn expand(mut self, i: Insn) -> Answer<'r, 'j> {
        let Some(op) = Code::from_byte(i.op_byte()) else { return Err(self) };
        match op {
            Code::Call => self.expand_call(i, i.b(), false, None, slow::call),
            Code::CallMethod => self.expand_call(i, i.b(), true, None, slow::call_method),
            Code::CallKw | Code::CallMethodKw => {
                let names = self.vm.as_tuple(self.s.code().constant(self.s.extra() as usize));
                if op == Code::CallKw {
                    self.expand_call(i, i.b(), false, names, slow::call_kw)
                } else {
                    self.expand_call(i, i.b(), true, names, slow::call_method_kw)
                }
            }
            Code::GetAttr => self.expand_property(i),
            Code::BuildTuple => self.expand_tuple(i),
            Code::UnbindRange => self.expand_unbind(i),
            Code::MakeGenerator => self.expand_make_generator(i),
            Code::Yield => self.expand_yield(i),
            Code::GetIter => self.expand_get_iter(i),
            Code::ForLoop => {
                let g = self.reg(i.a());
                match self.resume(i, g, Continuation::ForYield, slow::for_loop) {
                    Err(rec) => rec.callback_for_loop(i),
                    done => done,
                }
            }
            Code::UnpackSequence => self.expand_unpack(i),
            Code::CopyFree => self.expand_copy_free(i),
            Code::GetItem => self.expand_typed_get(i),
            Code::SetItem => self.expand_typed_set(i),
            Code::ForPrep => self.expand_for_prep(i),
            Code::LoadSuperMethod => self.expand_super_method(i),
            Code::Pow | Code::InplacePow => match self.power(i) {
                Some(s) => Ok(s),
                None => self.expand_operator(i),
            },
            op if slow::is_operator(op) => self.expand_operator(i),
            _ => Err(self),
        }
    }

    // ---- narrowing
    /// Leaves unless a value's class, and what the class answers, are what they are now.
    pub(super) fn guard_type(&mut self, v: V) -> bool {
        let Some(_) = self.vm.object(v.v).filter(|_| super::numbers::exact_float(v.v).is_none())
        else {
            return match v.rep {
                Rep::Tagged(_) if v.v.is_int() => self.int(v).is_some(),
                Rep::Tagged(_) if super::numbers::exact_float(v.v).is_some() => {
                    self.flt(v).is_some()
                }
                Rep::Tagged(_) => self.is(v, v.v),
                _ => true,
            };
        };
        let Some(o) = self.obj(v) else { return false };
        let shape = o.o.shape();
        self.r.guard_shape(o.r, shape);
        let class = self.vm.shape(shape).class;
        self.guard_version(class);
        true
    }
    /// Leaves unless the class has the version that it has now.
    fn guard_version(&mut self, class: Gc<Class>) {
        let version = class.version.get();
        self.class_is(class.value(), version);
    }
    /// The truth of a value, decided by guards; `None` if that takes a call.
    pub(super) fn truth_of(&mut self, v: V) -> Option<bool> {
        for (w, truth) in [(Value::TRUE, true), (Value::FALSE, false), (Value::NONE, false)] {
            if v.v == w {
                self.is(v, w);
                return Some(truth);
            }
        }
        let n = self.int(v)?;
        let zero = self.small(0);
        let b = self.compare_int(3, n, zero);
        Some(self.branch(b))
    }

    // ---- frames
    /// Writes down the frame of `f` at register `window + WINDOW`, with its parameters.
    pub(super) fn write_frame(
        &mut self,
        top: usize,
        f: V,
        parameters: &[Rep],
        return_pc: *const u32,
        continued: Option<(Continued, Rep)>,
    ) {
        // SAFETY: the caller has seen that it is a function.
        let code = unsafe { Gc::<Function>::from_value(f.v) }.code();
        let caller = self.r.frame().offset;
        let offset = caller + top;
        self.r.forget_from(match continued {
            Some(_) => caller + self.s.above(),
            None => offset - WINDOW,
        });
        self.r.write(offset - WINDOW, f.rep);
        if let Some((c, aux)) = continued {
            let origin = Value::from_bits(c.origin as usize | 1);
            self.r.write(offset - WINDOW - 1, aux);
            self.r.write(offset - WINDOW - 2, Rep::Const(origin));
        }
        for (n, &rep) in parameters.iter().enumerate() {
            self.r.write(offset + n, rep);
        }
        let continued = continued.map(|c| c.0);
        let frame = FrameInfo { offset, return_pc, caller, code, flushed: false, continued };
        self.r.frames.push(frame);
        self.r.frames_changed();
        self.r.effect();
    }
    /// Whether a frame of `f` fits at register `top`; leaves unless it does.
    pub(super) fn frame_fits(&mut self, top: usize, f: Gc<Function>) -> bool {
        let words = top + f.code().register_count.get() as usize + MAX_ARGUMENTS;
        let depth = self.vm.stack.depth() + self.vm.native_depth.get() + 1;
        if !self.vm.stack.has_room(self.s.base, words) || depth >= self.vm.recursion_limit.get() {
            return false;
        }
        let end = self.r.frame().offset + words;
        self.guard_room(end);
        true
    }
    /// Calls a Python function with `args`, to be continued as told; `real` pushes the frame.
    pub(super) fn enter_continued(
        mut self,
        f: Value,
        args: &[V],
        k: Continuation,
        aux: V,
        real: impl FnOnce(&crate::Vm, S) -> Option<S>,
    ) -> Answer<'r, 'j> {
        let Some(function) = self.vm.exact::<Function>(f, core_shape::FUNCTION) else {
            return Err(self);
        };
        let top = self.s.top_window() + WINDOW;
        if function.exact.get() as usize != args.len() || !self.frame_fits(top, function) {
            return Err(self);
        }
        let fv = V { v: f, rep: Rep::Const(f) };
        let fr = self.r.constant(f);
        self.guard_code(fr, function, args.len());
        let Some(out) = real(self.vm, self.s) else { return Err(self) };
        if out.pc != function.code().words.get().cast() || out.base <= self.s.base {
            // An exception.
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        let parameters: Vec<Rep> = args.iter().map(|a| a.rep).collect();
        let origin = self.s.pc;
        let continued = Some((Continued { k, origin }, aux.rep));
        self.write_frame(top, fv, &parameters, k.address(), continued);
        Ok(out)
    }

    // ---- calls
    fn expand_call(
        mut self,
        i: Insn,
        count: usize,
        method: bool,
        names: Option<Gc<Tuple>>,
        f: crate::interp::Residual,
    ) -> Answer<'r, 'j> {
        let w = i.a();
        let mut callee = self.reg(w);
        let mut args: Vec<V> = Vec::with_capacity(count + 2);
        if method {
            let receiver = self.reg(w + WINDOW);
            if self.bound(receiver) {
                args.push(receiver);
            }
            args.extend((0..count).map(|n| self.reg(w + WINDOW + 1 + n)));
        } else {
            args.extend((0..count).map(|n| self.reg(w + WINDOW + n)));
        }
        let Some(mut o) = self.obj(callee) else { return Err(self) };
        if o.o.shape() == core_shape::BOUND_METHOD {
            // SAFETY: the shape is that of bound methods.
            let m: Gc<BoundMethod> = unsafe { o.o.cast() };
            self.r.guard_shape(o.r, core_shape::BOUND_METHOD);
            let function = self.r.load(fields::METHOD_FUNCTION, o.r);
            let receiver = self.r.load(fields::METHOD_RECEIVER, o.r);
            args.insert(0, V { v: m.receiver.get(), rep: Rep::Tagged(receiver) });
            callee = V { v: m.function.get(), rep: Rep::Tagged(function) };
            let Some(inner) = self.obj(callee) else { return Err(self) };
            o = inner;
        }
        match o.o.shape() {
            core_shape::FUNCTION => self.call_function(i, callee, o.r, &args, names, f),
            core_shape::CLASS => match self.enter_prelude(i, callee, &args, names, f) {
                Err(rec) => rec.construct(i, callee, &args, names, f),
                done => done,
            },
            core_shape::BOUND_NATIVE => {
                let Some((function, receiver)) = self.unbound(callee) else { return Err(self) };
                args.insert(0, receiver);
                let callee = self.value(function);
                self.enter_prelude(i, callee, &args, names, f)
            }
            core_shape::NATIVE_FUNCTION
                if callee.v == self.vm.next_function.get()
                    && names.is_none()
                    && args.len() == 1 =>
            {
                self.is(callee, callee.v);
                self.resume(i, args[0], Continuation::NextYield, f)
            }
            _ => self.enter_prelude(i, callee, &args, names, f),
        }
    }
    /// A call of a Python function whose arguments must be bound.
    fn call_function(
        mut self,
        i: Insn,
        callee: V,
        r: Ref,
        args: &[V],
        names: Option<Gc<Tuple>>,
        f: crate::interp::Residual,
    ) -> Answer<'r, 'j> {
        let Some(function) = self.vm.exact::<Function>(callee.v, core_shape::FUNCTION) else {
            return Err(self);
        };
        let Some(plan) = self.binding(function, args.len(), names) else { return Err(self) };
        let top = i.a() + WINDOW;
        if !self.frame_fits(top, function) {
            return Err(self);
        }
        self.guard_function(r, function);
        let parameters: Vec<Rep> = plan.iter().map(|&p| self.parameter(p, args)).collect();
        let words = Code::from_byte(i.op_byte()).map_or(0, |op| op.words() as isize - 1);
        let out = f(self.vm, self.s, i);
        if out.pc != function.code().words.get().cast() || out.base <= self.s.base {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        let return_pc = self.s.skip(words).pc;
        self.write_frame(top, callee, &parameters, return_pc, None);
        Ok(out)
    }
    /// Leaves unless it is a function of the same code with the same defaults.
    fn guard_function(&mut self, r: Ref, f: Gc<Function>) {
        if self.watch(r, f) {
            return;
        }
        self.r.guard_shape(r, core_shape::FUNCTION);
        let slots = [
            (fields::FUNCTION_CODE, f.code().value()),
            (fields::FUNCTION_DEFAULTS, f.defaults.get()),
            (fields::FUNCTION_KWDEFAULTS, f.kwdefaults.get()),
        ];
        for (field, now) in slots {
            let held = self.r.load(field, r);
            let now = self.r.constant(now);
            self.r.guard(Cc::Eq, held, now);
        }
    }
    /// Where each parameter of `f` comes from in a call with `count` arguments, the last of them named.
    fn binding(
        &self,
        f: Gc<Function>,
        count: usize,
        names: Option<Gc<Tuple>>,
    ) -> Option<Vec<Source>> {
        let code = f.code();
        if !code.is_ready() || count > MAX_ARGUMENTS {
            return None;
        }
        let data = code.data();
        if data.flags & flags::VARKEYWORDS != 0 {
            return None;
        }
        let (npos, nkw) = (data.arg_count as usize, data.kwonly_count as usize);
        let named = names.map_or(0, |t| t.len());
        let plain = count - named;
        let star = data.flags & flags::VARARGS != 0;
        if plain > npos && !star || npos + nkw > MAX_ARGUMENTS {
            return None;
        }
        let mut out: Vec<Option<Source>> = vec![None; npos + nkw];
        (0..plain.min(npos)).for_each(|n| out[n] = Some(Source::Argument(n)));
        let locals = self.vm.as_tuple(code.local_names.get())?;
        for (k, &key) in names.iter().flat_map(|t| t.items()).enumerate() {
            let at = (data.posonly_count as usize..npos + nkw).find(|&n| locals.get(n) == key)?;
            if out[at].replace(Source::Argument(plain + k)).is_some() {
                return None;
            }
        }
        let defaults = self.vm.as_tuple(f.defaults.get());
        let have = defaults.map_or(0, |d| d.len()).min(npos);
        for n in 0..npos {
            if out[n].is_none() {
                let d = defaults.filter(|_| n + have >= npos)?;
                out[n] = Some(Source::Default(d.get(d.len() + n - npos)));
            }
        }
        let keyword = self.vm.as_dict(f.kwdefaults.get());
        for n in npos..npos + nkw {
            if out[n].is_none() {
                // The dict may change in place: not for traces.
                keyword?;
                return None;
            }
        }
        let mut out: Vec<Source> = out.into_iter().collect::<Option<_>>()?;
        if star {
            out.push(Source::Rest(plain.min(npos)));
            if named > 0 {
                return None;
            }
        }
        Some(out)
    }
    fn parameter(&mut self, p: Source, args: &[V]) -> Rep {
        match p {
            Source::Argument(n) => args[n].rep,
            Source::Default(v) => Rep::Const(v),
            Source::Rest(n) => {
                let rest = args.get(n..).unwrap_or(&[]);
                let empty = self.vm.empty_tuple.get();
                if rest.is_empty() && empty.is_object() {
                    return Rep::Const(empty);
                }
                Rep::Tagged(self.new_tuple(rest))
            }
        }
    }

    // ---- construction
    /// `Class(...)` with a Python `__init__` and object's `__new__`.
    fn construct(
        mut self,
        i: Insn,
        callee: V,
        args: &[V],
        names: Option<Gc<Tuple>>,
        f: crate::interp::Residual,
    ) -> Answer<'r, 'j> {
        let vm = self.vm;
        let Some(class) = vm.exact::<Class>(callee.v, core_shape::CLASS) else { return Err(self) };
        let Some(init) = slow::constructor(vm, class) else { return Err(self) };
        let Some(plan) = self.binding(init, args.len() + 1, names) else { return Err(self) };
        if class.has(class_flag::FINALISER) {
            return Err(self);
        }
        let top = self.s.top_window() + WINDOW;
        if !self.frame_fits(top, init) {
            return Err(self);
        }
        self.is(callee, callee.v);
        self.guard_version(class);
        let fr = self.r.constant(init.value());
        self.guard_function(fr, init);
        let shape = vm.shape(class.root_shape.get());
        let Some(number) = self.r.tables.borrow_mut().instance(shape) else { return Err(self) };
        let made = self.r.b.emit(Op::New, Ty::R, number, [Ref::NONE; 3]);
        let meta = self.r.word(shape.id.0 as isize);
        self.r.b.store(fields::META, made, meta);
        let out = f(vm, self.s, i);
        if out.pc != init.code().words.get().cast() || out.base <= self.s.base {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        let instance = V { v: out.get(crate::interp::AUX), rep: Rep::Tagged(made) };
        let mut all = vec![instance];
        all.extend_from_slice(args);
        let parameters: Vec<Rep> = plan.iter().map(|&p| self.parameter(p, &all)).collect();
        let k = Continuation::Init;
        let continued = Some((Continued { k, origin: self.s.pc }, instance.rep));
        let fv = V { v: init.value(), rep: Rep::Const(init.value()) };
        self.write_frame(top, fv, &parameters, k.address(), continued);
        Ok(out)
    }

    // ---- special methods
    fn expand_property(mut self, i: Insn) -> Answer<'r, 'j> {
        let Promoted(site) = self.site();
        let (kind, shape, getter) = (site.kind.get(), site.shape.get(), site.value.get());
        let (owner, version) = (site.owner.get(), site.version.get());
        let v = self.reg(i.b());
        if kind != SiteKind::Property {
            return Err(self);
        }
        let Some(o) = self.obj(v) else { return Err(self) };
        if !self.shape_is(o, shape) || !self.class_is(owner, version) {
            return Err(self);
        }
        let none = V { v: Value::NONE, rep: Rep::Const(Value::NONE) };
        let k = Continuation::Store;
        self.enter_continued(getter, &[v], k, none, |vm, s| {
            slow::enter(vm, s, getter, &[v.v], k, Value::NONE)
        })
    }
    /// An item of an array of C numbers: its storage, the index, the field. Leaves unless it is in range.
    fn typed_item(&mut self, array: V, key: V) -> Option<(Ref, Ref, u16)> {
        let typed = self.r.tables.borrow().typed?;
        if self.vm.object(array.v)?.shape() != typed.shape {
            return None;
        }
        let n = self.int(key)?;
        let o = self.obj(array)?;
        self.shape_is(o, typed.shape);
        // SAFETY: the array is as it was described.
        let (code, len) = unsafe {
            let fields = &self.r.tables.borrow().schema.fields;
            let p = o.o.as_ptr().cast::<u8>();
            let at = |f: u16| p.add(fields[f as usize].offset as usize);
            (*at(typed.code), *at(typed.length).cast::<usize>())
        };
        let field = fields::raw_items(code)?;
        let held = self.r.load(typed.code, o.r);
        let now = self.r.word(code as isize);
        self.r.guard(Cc::Eq, held, now);
        let length = self.r.load(typed.length, o.r);
        let at = self.index(n, length, len)?;
        let storage = self.r.load(typed.storage, o.r);
        Some((storage, at, field))
    }
    fn expand_typed_get(mut self, i: Insn) -> Answer<'r, 'j> {
        let (array, key) = (self.reg(i.b()), self.reg(i.c()));
        let Some((storage, at, field)) = self.typed_item(array, key) else {
            return self.expand_special_item(i, crate::Special::GetItem);
        };
        let r = self.r.load_at(field, storage, at);
        let rep = if field == fields::RAW_F64 { Rep::Float(r) } else { Rep::Int(r) };
        self.finish_value(i, rep, slow::get_item)
    }
    fn expand_typed_set(mut self, i: Insn) -> Answer<'r, 'j> {
        let (array, key, new) = (self.reg(i.a()), self.reg(i.b()), self.reg(i.c()));
        let Some((storage, at, field)) = self.typed_item(array, key) else {
            return self.expand_special_item(i, crate::Special::SetItem);
        };
        let stored = if field == fields::RAW_F64 {
            match self.int(new) {
                Some(_) if new.v.as_int().is_some_and(|n| (n.unsigned_abs() as u64) < 1 << 50) => {
                    let n = self.r.narrow_int(new.rep, new.v);
                    n.map(|n| self.r.exact_int_float(n))
                }
                _ => self.r.narrow_float(new.rep, new.v),
            }
        } else {
            self.typed_int(field, new)
        };
        let Some(stored) = stored else { return Err(self) };
        let out = slow::set_item(self.vm, self.s, i);
        if out.base != self.s.base || out.pc != self.s.pc {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        self.r.b.emit(Op::StoreX, Ty::V, field, [storage, at, stored]);
        self.r.effect();
        Ok(out)
    }
    /// An int that the items of a field can hold; leaves otherwise.
    fn typed_int(&mut self, field: u16, new: V) -> Option<Ref> {
        let n = self.r.narrow_int(new.rep, new.v)?;
        let (op, bits) = match field {
            fields::RAW_I8 => (Op::SExt, 8),
            fields::RAW_U8 => (Op::ZExt, 8),
            fields::RAW_I16 => (Op::SExt, 16),
            fields::RAW_U16 => (Op::ZExt, 16),
            fields::RAW_I32 if usize::BITS == 64 => (Op::SExt, 32),
            fields::RAW_U32 => (Op::ZExt, 32),
            _ => return Some(n),
        };
        let now = new.v.as_int()? as i64;
        let kept = match (op, bits) {
            (Op::SExt, b) => now << (64 - b) >> (64 - b) == now,
            (_, b) => now >= 0 && now >> b == 0,
        };
        if !kept {
            return None;
        }
        let same = self.r.b.emit(op, Ty::W, bits, [n, Ref::NONE, Ref::NONE]);
        self.r.guard(Cc::Eq, same, n);
        Some(n)
    }
    /// `v[key]` and `v[key] = new` by a method in Python.
    fn expand_special_item(mut self, i: Insn, special: crate::Special) -> Answer<'r, 'j> {
        let get = special == crate::Special::GetItem;
        let args = if get {
            vec![self.reg(i.b()), self.reg(i.c())]
        } else {
            vec![self.reg(i.a()), self.reg(i.b()), self.reg(i.c())]
        };
        let vm = self.vm;
        let Some(o) = vm.object(args[0].v) else { return Err(self) };
        let class = vm.shape(o.shape()).class;
        let Some(f) = vm.special(class, special) else { return Err(self) };
        if vm.exact::<Function>(f, core_shape::FUNCTION).is_none() || !self.guard_type(args[0]) {
            return Err(self);
        }
        let k = if get { Continuation::Store } else { Continuation::Discard };
        let none = V { v: Value::NONE, rep: Rep::Const(Value::NONE) };
        let values: Vec<Value> = args.iter().map(|a| a.v).collect();
        self.enter_continued(f, &args, k, none, |vm, s| {
            slow::enter(vm, s, f, &values, k, Value::NONE)
        })
    }
    /// An operator, comparison or `in` by a method in Python.
    fn expand_operator(mut self, i: Insn) -> Answer<'r, 'j> {
        let Some((a, b)) = slow::operands_of(self.s, i) else { return Err(self) };
        let operand = |rec: &mut Self, o: slow::Operand| match o {
            slow::Operand::Register(n) => rec.reg(n),
            slow::Operand::Small(n) => rec.value(Value::small_int(n as isize)),
        };
        let (a, b) = (operand(&mut self, a), operand(&mut self, b));
        let Some(plan) = slow::plan(self.vm, self.s, i) else { return Err(self) };
        if !self.guard_type(a) || !self.guard_type(b) {
            return Err(self);
        }
        let args = if plan.swapped { [b, a] } else { [a, b] };
        let aux = V { v: plan.stage, rep: Rep::Const(plan.stage) };
        let (f, k) = (plan.function, Continuation::Operator);
        self.enter_continued(f, &args, k, aux, |vm, s| {
            slow::enter(vm, s, f, &[args[0].v, args[1].v], k, plan.stage)
        })
    }
    /// The frame that an instruction pushed returns `v`: the instruction's remaining work, or false if it takes the
    /// general way.
    pub(super) fn continued(&mut self, c: Continued, caller: usize, v: V) -> bool {
        // SAFETY: the origin follows the first word of the instruction.
        let i = Insn(unsafe { *c.origin.sub(1) });
        let Some(op) = Code::from_byte(i.op_byte()) else { return false };
        let write = |rec: &mut Self, n: usize, rep: Rep| rec.r.write(caller + n, rep);
        match c.k {
            Continuation::Store => {
                self.drop_frame();
                write(self, i.a(), v.rep);
            }
            Continuation::Discard => self.drop_frame(),
            Continuation::Init => {
                if !self.is(v, Value::NONE) {
                    return false;
                }
                // The instance, kept below the frame's header.
                let at = self.r.frame().offset - WINDOW - 1;
                let aux = self.r.read(at);
                self.drop_frame();
                write(self, i.a(), aux);
            }
            Continuation::ForItem => {
                self.drop_frame();
                write(self, i.b(), v.rep);
                self.r.pc = c.origin;
            }
            Continuation::ForTest => {
                let Some(truth) = self.truth_of(v) else { return false };
                let item = self.r.read(self.r.frame().offset - WINDOW - 1);
                self.drop_frame();
                if truth {
                    write(self, i.b(), item);
                }
                self.r.pc = c.origin;
            }
            Continuation::Operator => {
                if self.is(v, Value::NOT_IMPLEMENTED) {
                    return false;
                }
                let stored = !slow::wants_truth(op);
                if stored {
                    self.drop_frame();
                    write(self, i.a(), v.rep);
                    return true;
                }
                let Some(truth) = self.truth_of(v) else { return false };
                self.drop_frame();
                if matches!(op, Code::In | Code::NotIn) {
                    let answer = Value::bool(truth == (op == Code::In));
                    write(self, i.a(), Rep::Const(answer));
                }
            }
            _ => return false,
        }
        true
    }
    pub(super) fn drop_frame(&mut self) {
        if let Some(frame) = self.r.frames.pop() {
            self.r.forget_from(frame.offset - WINDOW - 4);
        }
        self.r.frames_changed();
    }

    // ---- tuples, closures, loops
    fn new_tuple(&mut self, items: &[V]) -> Ref {
        let values: Vec<Ref> = items.iter().map(|v| self.r.boxed(v.rep, v.v)).collect();
        let shape = self.r.tables.borrow_mut().tuple(items.len());
        let made = self.r.b.emit(Op::New, Ty::R, shape, [Ref::NONE; 3]);
        for (n, &v) in values.iter().enumerate() {
            let field = self.r.tables.borrow_mut().tuple_item(n);
            self.r.b.store(field, made, v);
        }
        made
    }
    fn expand_tuple(mut self, i: Insn) -> Answer<'r, 'j> {
        let n = i.c();
        if n == 0 || n > fields::MAX_TUPLE {
            return Err(self);
        }
        let items: Vec<V> = (0..n).map(|k| self.reg(i.b() + k)).collect();
        let made = self.new_tuple(&items);
        self.finish_value(i, Rep::Tagged(made), slow::build_tuple)
    }
    /// Runs the instruction for real; its result in the trace is `rep`.
    /// A method that follows a class in the MRO of the receiver.
    fn expand_super_method(mut self, i: Insn) -> Answer<'r, 'j> {
        let (name, owner, receiver) = (self.reg(i.b()), self.reg(i.b() + 1), self.reg(i.b() + 2));
        let Some(f) = slow::super_function(self.vm, self.s, i) else { return Err(self) };
        if !self.guard_type(receiver) {
            return Err(self);
        }
        self.is(name, name.v);
        self.is(owner, owner.v);
        let f = self.value(f);
        let at = self.r.frame().offset + i.a();
        let out = slow::load_super_method(self.vm, self.s, i);
        if out.base != self.s.base || out.pc != self.s.skip(1).pc {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        self.r.write(at, f.rep);
        self.r.write(at + WINDOW, receiver.rep);
        self.r.effect();
        Ok(out)
    }
    fn finish_value(self, i: Insn, rep: Rep, f: crate::interp::Residual) -> Answer<'r, 'j> {
        let at = self.r.frame().offset + i.a();
        let out = f(self.vm, self.s, i);
        if out.base != self.s.base || out.pc != self.s.pc {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        self.r.write(at, rep);
        self.r.effect();
        Ok(out)
    }
    fn expand_unpack(mut self, i: Insn) -> Answer<'r, 'j> {
        let (v, n) = (self.reg(i.b()), i.c());
        let Some(o) = self.obj(v) else { return Err(self) };
        let wanted = self.r.word(n as isize);
        let items: Vec<Rep> = if let Some(t) = self.vm.exact::<Tuple>(v.v, core_shape::TUPLE)
            && t.len() == n
            && n <= fields::MAX_TUPLE
        {
            self.shape_is(o, core_shape::TUPLE);
            let len = self.r.load(fields::FIXED_LENGTH, o.r);
            self.r.guard(Cc::Eq, len, wanted);
            (0..n)
                .map(|k| {
                    let field = self.r.tables.borrow_mut().tuple_item(k);
                    Rep::Tagged(self.r.load(field, o.r))
                })
                .collect()
        } else if let Some(l) = self.vm.exact::<List>(v.v, core_shape::LIST)
            && l.len() == n
            && n <= fields::MAX_TUPLE
        {
            self.shape_is(o, core_shape::LIST);
            let len = self.r.load(fields::LIST_LENGTH, o.r);
            self.r.guard(Cc::Eq, len, wanted);
            let storage = self.r.load(fields::LIST_STORAGE, o.r);
            (0..n)
                .map(|k| {
                    let at = self.r.word(k as isize);
                    Rep::Tagged(self.r.load_at(fields::LIST_ITEM, storage, at))
                })
                .collect()
        } else {
            return Err(self);
        };
        let base = self.r.frame().offset + i.a();
        let out = slow::unpack_sequence(self.vm, self.s, i);
        for (k, rep) in items.into_iter().enumerate() {
            self.r.write(base + k, rep);
        }
        self.r.effect();
        Ok(out)
    }
    fn expand_copy_free(mut self, i: Insn) -> Answer<'r, 'j> {
        let n = i.b();
        if n > fields::MAX_TUPLE {
            return Err(self);
        }
        let f = self.function();
        let closure = self.r.load(fields::FUNCTION_CLOSURE, f);
        let cells: Vec<Ref> = (0..n)
            .map(|k| {
                let field = self.r.tables.borrow_mut().tuple_item(k);
                self.r.load(field, closure)
            })
            .collect();
        let base = self.r.frame().offset + i.a();
        let out = slow::copy_free(self.vm, self.s, i);
        if out.pc != self.s.pc {
            self.r.abort(Abort::TooDeep);
            return Ok(out);
        }
        for (k, r) in cells.into_iter().enumerate() {
            self.r.write(base + k, Rep::Tagged(r));
        }
        self.r.effect();
        Ok(out)
    }
    fn expand_unbind(self, i: Insn) -> Answer<'r, 'j> {
        let from = self.r.frame().offset + i.a();
        let out = slow::unbind_range(self.vm, self.s, i);
        (from..from + i.b()).for_each(|at| self.r.write(at, Rep::Const(Value::UNBOUND)));
        self.r.effect();
        Ok(out)
    }
    /// A generator is its own iterator.
    fn expand_get_iter(mut self, i: Insn) -> Answer<'r, 'j> {
        let v = self.reg(i.b());
        if self.vm.exact::<Generator>(v.v, core_shape::GENERATOR).is_none() {
            return Err(self);
        }
        let Some(o) = self.obj(v) else { return Err(self) };
        self.shape_is(o, core_shape::GENERATOR);
        self.finish_value(i, v.rep, slow::get_iter)
    }
    /// The start of a loop over a generator, a list, a tuple or a range of small ints.
    fn expand_for_prep(mut self, i: Insn) -> Answer<'r, 'j> {
        let v = self.reg(i.b());
        let Some(o) = self.obj(v) else { return Err(self) };
        let shape = o.o.shape();
        let out_of = |rec: Self, state: [Rep; 3]| {
            let base = rec.r.frame().offset + i.a();
            let out = slow::for_prep(rec.vm, rec.s, i);
            for (k, rep) in state.into_iter().enumerate() {
                rec.r.write(base + k, rep);
            }
            rec.r.effect();
            Ok(out)
        };
        match shape {
            core_shape::LIST | core_shape::TUPLE => {
                self.shape_is(o, shape);
                let zero = Rep::Const(Value::small_int(0));
                // The third register is not used.
                let third = self.reg(i.a() + 2).rep;
                out_of(self, [v.rep, zero, third])
            }
            core_shape::GENERATOR => {
                self.shape_is(o, shape);
                let third = self.reg(i.a() + 2).rep;
                out_of(self, [v.rep, Rep::Const(Value::UNBOUND), third])
            }
            core_shape::RANGE if slow::small_range(self.vm, v.v).is_some() => {
                self.shape_is(o, shape);
                // SAFETY: the shape is that of ranges.
                let range: Gc<Range> = unsafe { o.o.cast() };
                let parts = [
                    (fields::RANGE_START, range.start.get()),
                    (fields::RANGE_STOP, range.stop.get()),
                    (fields::RANGE_STEP, range.step.get()),
                ];
                let mut ints = [Ref::NONE; 3];
                for (k, (field, now)) in parts.into_iter().enumerate() {
                    let held = V { v: now, rep: Rep::Tagged(self.r.load(field, o.r)) };
                    let Some(n) = self.r.narrow_int(held.rep, held.v) else { return Err(self) };
                    ints[k] = n;
                }
                // Numbers that do not fit a word end the loop's trace where they come up.
                let [start, stop, step] = ints.map(Rep::Int);
                out_of(self, [stop, start, step])
            }
            _ => Err(self),
        }
    }
}
