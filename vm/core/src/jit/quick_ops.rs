//! Opcodes without residuals: what the hot opcodes leave over and built-in types do at once, by quick calls and by
//! loads of known fields.
//!
//! [`Rec::quick`] is asked before any residual is recorded. It gives the state after the instruction, which it has
//! done, or nothing: then nothing has happened but that guards may have been emitted, which does no harm.

use super::answers as quick;
use super::domain::{Cond, How, Rec, V};
use super::layout as fields;
use super::quick::{Does, EXHAUSTED, MOST};
use super::recorder::Rep;
use crate::interp::{Dom, S, Tx};
use crate::names::Special;
use crate::object::*;
use pyrs_bytecode::{Insn, Op as Code};
use pyrs_heap::Value;
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Ty};

fn number_of(i: Insn, first: Code) -> usize {
    (i.op_byte() - first as u8) as usize
}

impl Rec<'_, '_> {
    /// Does an instruction by quick means, if there are any.
    pub(super) fn quick(&mut self, i: Insn) -> Option<S> {
        use Code::*;
        if self.r.status != super::recorder::Status::Going {
            return None;
        }
        match Code::from_byte(i.op_byte())? {
            op if (Add as u8..=Xor as u8).contains(&(op as u8)) => {
                let (x, y) = (self.reg(i.b()), self.reg(i.c()));
                let op = number_of(i, Add);
                let v = match self.direct_binary(op, x, y) {
                    Some(v) => v,
                    None => self.ask(Does::Looks, quick::BINARY[op], &[x, y])?,
                };
                self.store(i, v, 0)
            }
            op if (InplaceAdd as u8..=InplaceXor as u8).contains(&(op as u8)) => {
                let (x, y) = (self.reg(i.b()), self.reg(i.c()));
                let v = self.in_place(number_of(i, InplaceAdd), x, y)?;
                self.store(i, v, 0)
            }
            op if (AddImm as u8..=AndImm as u8).contains(&(op as u8)) => {
                const OPERATORS: [usize; 8] = [0, 1, 2, 5, 6, 8, 9, 10];
                let (x, y) = (self.reg(i.b()), self.value(Value::small_int(i.signed_c() as isize)));
                let f = quick::BINARY[OPERATORS[number_of(i, AddImm)]];
                let v = self.ask(Does::Looks, f, &[x, y])?;
                self.store(i, v, 0)
            }
            InplaceAddImm | InplaceSubImm => {
                let (x, y) = (self.reg(i.b()), self.value(Value::small_int(i.signed_c() as isize)));
                let v = self.in_place(number_of(i, InplaceAddImm), x, y)?;
                self.store(i, v, 0)
            }
            Lt | Le | Eq | Ne | Gt | Ge => {
                let (x, y) = (self.reg(i.b()), self.reg(i.c()));
                let v = self.comparison(number_of(i, Lt), x, y)?;
                self.store(i, v, 0)
            }
            JumpLt | JumpLe | JumpEq | JumpNe | JumpGt | JumpGe => {
                let (x, y) = (self.reg(i.a()), self.reg(i.b()));
                let b = self.compared(number_of(i, JumpLt), x, y)?;
                Some(self.jump_if(b == (i.c() != 0)))
            }
            JumpLtImm | JumpLeImm | JumpEqImm | JumpNeImm | JumpGtImm | JumpGeImm => {
                let (x, y) = (self.reg(i.a()), self.value(Value::small_int(i.signed_b() as isize)));
                let b =
                    self.ask_condition(quick::COMPARE_BOOL[number_of(i, JumpLtImm)], &[x, y])?;
                Some(self.jump_if(b == (i.c() != 0)))
            }
            Is | IsNot => {
                let (x, y) = (self.reg(i.b()), self.reg(i.c()));
                let b = self.same_object(x, y)?;
                let op = Code::from_byte(i.op_byte())?;
                let v = if op == Is { self.boxb(b) } else { self.box_not(b) };
                self.store(i, v, 0)
            }
            JumpIs => {
                let (x, y) = (self.reg(i.a()), self.reg(i.b()));
                let b = self.same_object(x, y)?;
                let b = self.branch(b);
                Some(self.jump_if(b == (i.c() != 0)))
            }
            op @ (In | NotIn) => {
                let (item, container) = (self.reg(i.b()), self.reg(i.c()));
                let b = self.membership(container, item)?;
                let v = self.value(Value::bool(b == (op == In)));
                self.store(i, v, 0)
            }
            JumpIn => {
                let (item, container) = (self.reg(i.a()), self.reg(i.b()));
                let b = self.membership(container, item)?;
                Some(self.jump_if(b == (i.c() != 0)))
            }
            op @ (Negative | Positive | Invert) => {
                let x = self.reg(i.b());
                let f = match op {
                    Negative => quick::negative,
                    Positive => quick::positive,
                    _ => quick::invert,
                };
                let v = self.ask(Does::Looks, f, &[x])?;
                self.store(i, v, 0)
            }
            op @ (Not | ToBool) => {
                let x = self.reg(i.b());
                let b = self.truth_of_any(x)?;
                let v = self.value(Value::bool(b == (op == ToBool)));
                self.store(i, v, 0)
            }
            op @ (JumpIfTrue | JumpIfFalse) => {
                let x = self.reg(i.a());
                let b = self.truth_of_any(x)?;
                let words = if b == (op == JumpIfTrue) { i.i16() as isize } else { 0 };
                Some(self.s.skip(words))
            }
            _ => self.quick_items(i).or_else(|| self.quick_rest(i)),
        }
    }
    /// Items, slices and loops.
    fn quick_items(&mut self, i: Insn) -> Option<S> {
        use Code::*;
        match Code::from_byte(i.op_byte())? {
            GetItem => {
                let (x, key) = (self.reg(i.b()), self.reg(i.c()));
                if let Some(v) = self.direct_item(x, key) {
                    return self.store(i, v, 0);
                }
                let v = match self.vm.object(x.v).map(|o| o.shape()) {
                    Some(s) if quick::is_container(s) => {
                        self.ask(Does::Looks, quick::get_item, &[x, key])?
                    }
                    Some(s) if s == core_shape::CLASS => return None,
                    _ => self.ask(Does::Any, quick::get_item_native, &[x, key])?,
                };
                self.store(i, v, 0)
            }
            SetItem => {
                let (x, key, new) = (self.reg(i.a()), self.reg(i.b()), self.reg(i.c()));
                if self.set_dict_item(x, key, new).is_some() {
                    return self.done(0);
                }
                match self.vm.object(x.v).map(|o| o.shape()) {
                    Some(core_shape::DICT) => {
                        self.ask(Does::Table, quick::set_item_dict, &[x, key, new])?
                    }
                    Some(core_shape::LIST) => self.set_parts(x, key, new)?,
                    Some(core_shape::TUPLE) | None => return None,
                    Some(core_shape::BYTEARRAY) => {
                        self.ask(Does::Other, quick::set_item_native, &[x, key, new])?
                    }
                    _ => self.ask(Does::Any, quick::set_item_native, &[x, key, new])?,
                };
                self.done(0)
            }
            DeleteItem => {
                let (x, key) = (self.reg(i.a()), self.reg(i.b()));
                match self.vm.object(x.v).map(|o| o.shape())? {
                    core_shape::DICT => {
                        self.ask(Does::Table, quick::delete_item_dict, &[x, key])?
                    }
                    core_shape::LIST => self.ask(Does::List, quick::delete_item_list, &[x, key])?,
                    _ => return None,
                };
                self.done(0)
            }
            GetSlice => {
                let parts = [self.reg(i.b()), self.reg(i.c()), self.reg(i.c() + 1)];
                let v = self.ask(Does::Looks, quick::get_slice, &parts)?;
                self.store(i, v, 0)
            }
            SetSlice => {
                let parts =
                    [self.reg(i.a()), self.reg(i.b()), self.reg(i.b() + 1), self.reg(i.c())];
                self.ask(Does::List, quick::set_slice, &parts)?;
                self.done(0)
            }
            BuildSlice => self.build_slice(i),
            GetIter => {
                let x = self.reg(i.b());
                let v = match self.direct_iter(x) {
                    Some(v) => v,
                    None => self.ask(Does::Looks, quick::get_iter, &[x])?,
                };
                self.store(i, v, 0)
            }
            ForPrep => self.for_prep(i),
            ForPrepIter => {
                let (it, unbound) = (self.reg(i.b()), self.value(Value::UNBOUND));
                self.set(i.a(), it);
                self.set(i.a() + 1, unbound);
                Some(self.s)
            }
            ForLoop => self.next_item(i),
            _ => None,
        }
    }
    /// Building, closures, calls.
    fn quick_rest(&mut self, i: Insn) -> Option<S> {
        use Code::*;
        match Code::from_byte(i.op_byte())? {
            BuildTuple => {
                let items = self.some_registers(i.b(), i.c())?;
                let v = self.ask(Does::Looks, quick::tuple, &items)?;
                self.store(i, v, 0)
            }
            BuildList => self.build_list(i),
            BuildSet => {
                let items = self.some_registers(i.b(), i.c())?;
                let v = self.ask(Does::Looks, quick::set, &items)?;
                self.store(i, v, 0)
            }
            BuildMap => self.build_map(i),
            BuildString => {
                let parts = self.some_registers(i.b(), i.c())?;
                let v = self.ask(Does::Looks, quick::string, &parts)?;
                self.store(i, v, 0)
            }
            FormatValue => {
                let x = self.reg(i.b());
                let f = match i.c() {
                    0 => quick::format,
                    1 => quick::str_of,
                    2 => quick::repr,
                    _ => quick::ascii,
                };
                let v = self.ask(Does::Looks, f, &[x])?;
                self.store(i, v, 0)
            }
            FormatWithSpec => {
                let (x, spec) = (self.reg(i.b()), self.reg(i.c()));
                let v = self.ask(Does::Looks, quick::format_with_spec, &[x, spec])?;
                self.store(i, v, 0)
            }
            ListAppend => {
                let (list, v) = (self.reg(i.a()), self.reg(i.b()));
                self.ask(Does::List, quick::list_append, &[list, v])?;
                self.done(0)
            }
            ListExtend => {
                let (list, v) = (self.reg(i.a()), self.reg(i.b()));
                self.ask(Does::List, quick::list_extend, &[list, v])?;
                self.done(0)
            }
            ListToTuple => {
                let list = self.reg(i.b());
                let v = self.ask(Does::Looks, quick::list_to_tuple, &[list])?;
                self.store(i, v, 0)
            }
            SetAdd => {
                let (set, v) = (self.reg(i.a()), self.reg(i.b()));
                self.ask(Does::Table, quick::set_add, &[set, v])?;
                self.done(0)
            }
            MapAdd => {
                let (d, key, v) = (self.reg(i.a()), self.reg(i.b()), self.reg(i.c()));
                self.ask(Does::Table, quick::set_item_dict, &[d, key, v])?;
                self.done(0)
            }
            MakeCell => {
                let content = self.reg(i.a());
                let v = self.ask(Does::Looks, quick::cell, &[content])?;
                self.store(i, v, 0)
            }
            LoadFree => {
                let cell = self.closure_cell(i.u16())?;
                self.store(i, cell, 0)
            }
            MakeFunction => {
                let running = self.s.function().value();
                let f = self.function();
                let code = self.constant(i.u16());
                let f = V { v: running, rep: Rep::Tagged(f) };
                let v = self.ask(Does::Looks, quick::function, &[f, code])?;
                self.store(i, v, 0)
            }
            SetFunctionAttr => {
                let (f, v) = (self.reg(i.a()), self.reg(i.b()));
                let part = quick::SET_FUNCTION_ATTR[i.c().min(4)];
                self.ask(Does::Function, part, &[f, v])?;
                self.done(0)
            }
            UnbindRange => {
                for n in i.a()..i.a() + i.b() {
                    let unbound = self.value(Value::UNBOUND);
                    self.set(n, unbound);
                }
                Some(self.s)
            }
            GetAttr | LoadMethod | SetAttr => self.quick_attribute(i),
            Call => self.quick_call(i, false),
            CallMethod => self.quick_call(i, true),
            _ => None,
        }
    }

    // ---- ends of instructions
    pub(super) fn store(&mut self, i: Insn, v: V, words: isize) -> Option<S> {
        self.set(i.a(), v);
        Some(self.s.skip(words))
    }
    fn done(&mut self, words: isize) -> Option<S> {
        self.r.effect();
        Some(self.s.skip(words))
    }
    /// Of two-word conditional jumps.
    fn jump_if(&mut self, taken: bool) -> S {
        let distance = self.extra() as i32 as isize + 1;
        self.s.skip(if taken { distance } else { 1 })
    }
    pub(super) fn some_registers(&mut self, from: usize, n: usize) -> Option<Vec<V>> {
        if n > MOST {
            return None;
        }
        Some((from..from + n).map(|k| self.reg(k)).collect())
    }

    // ---- operators
    fn in_place(&mut self, op: usize, x: V, y: V) -> Option<V> {
        match self.vm.object(x.v).map(|o| o.shape()) {
            Some(core_shape::LIST) => self.ask(Does::List, quick::IN_PLACE_LIST[op], &[x, y]),
            Some(core_shape::SET | core_shape::DICT) => {
                self.ask(Does::Table, quick::IN_PLACE_TABLE[op], &[x, y])
            }
            _ => self.ask(Does::Looks, quick::IN_PLACE[op], &[x, y]),
        }
    }
    /// Whether two objects are the same one: decided by their words if one of them is no number.
    fn same_object(&mut self, x: V, y: V) -> Option<Cond> {
        let plain = |v: V| {
            let o = self.vm.object(v.v)?;
            (!matches!(o.shape(), core_shape::INT | core_shape::FLOAT)).then_some(o.shape())
        };
        let constant = |v: V| matches!(v.rep, Rep::Const(_));
        let (p, q) = (plain(x), plain(y));
        if !(p.is_some() && constant(x) || q.is_some() && constant(y)) {
            let (v, shape) = match (p, q) {
                (Some(s), _) => (x, s),
                (None, Some(s)) => (y, s),
                (None, None) => return None,
            };
            let o = self.obj(v)?;
            self.shape_is(o, shape);
        }
        let (a, b) = (self.tagged(x), self.tagged(y));
        Some(Cond { now: x.v == y.v, how: How::Int(Cc::Eq, a, b) })
    }

    // ---- truth
    pub(super) fn truth_of_any(&mut self, x: V) -> Option<bool> {
        if let Some(n) = self.int(x) {
            let zero = self.small(0);
            let b = self.compare_int(3, n, zero);
            return Some(self.branch(b));
        }
        if let Some(n) = self.flt(x) {
            let zero = self.float(0.0);
            let b = self.compare_float(3, n, zero);
            return Some(self.branch(b));
        }
        let shape = self.vm.object(x.v).map(|o| o.shape());
        let field = shape.and_then(length_field);
        if let (Some(shape), Some(field)) = (shape, field) {
            let o = self.obj(x)?;
            self.shape_is(o, shape);
            let n = self.r.load(field, o.r);
            let zero = self.r.word(0);
            let now = self.vm.truth(x.v).ok()?;
            self.r.guard(if now { Cc::Ne } else { Cc::Eq }, n, zero);
            return Some(now);
        }
        if let Some(shape) = shape {
            let class = self.vm.class_of(x.v);
            let silent = |s| self.vm.special(class, s).is_none();
            if class.has(class_flag::MUTABLE)
                && shape.0 as usize >= core_shape::COUNT
                && silent(Special::Bool)
                && silent(Special::Len)
            {
                let version = class.version.get();
                let o = self.obj(x)?;
                self.shape_is(o, shape);
                self.class_is(class.value(), version);
                return Some(true);
            }
        }
        self.ask_condition(quick::truth, &[x])
    }
    /// `len(x)` of built-in types that know it.
    pub(super) fn length_of(&mut self, x: V) -> Option<V> {
        let shape = self.vm.object(x.v)?.shape();
        let field = length_field(shape)?;
        let n = self.vm.len(x.v).ok()?;
        let o = self.obj(x)?;
        self.shape_is(o, shape);
        let r = self.r.load(field, o.r);
        let n = self.run().small(n as isize);
        Some(self.boxi(super::domain::Int { n, r }))
    }

    // ---- loops
    /// The start of a loop over anything but a list, a tuple or a range.
    fn for_prep(&mut self, i: Insn) -> Option<S> {
        let x = self.reg(i.b());
        let shape = self.vm.object(x.v)?.shape();
        if matches!(shape, core_shape::LIST | core_shape::TUPLE | core_shape::RANGE) {
            return None;
        }
        let it = match self.direct_iter(x) {
            Some(it) => it,
            None => self.ask(Does::Looks, quick::get_iter, &[x])?,
        };
        let unbound = self.value(Value::UNBOUND);
        self.set(i.a(), it);
        self.set(i.a() + 1, unbound);
        Some(self.s)
    }
    /// The end of a loop over a built-in iterator.
    fn next_item(&mut self, i: Insn) -> Option<S> {
        let it = self.reg(i.a());
        if self.is(it, Value::NONE) {
            return self.done(1);
        }
        let shape = self.vm.object(it.v)?.shape();
        if let Some(s) = self.plain_for_loop(i) {
            return Some(s);
        }
        if !self.is_quick_iterator(it.v) {
            return None;
        }
        let o = self.obj(it)?;
        self.shape_is(o, shape);
        // From here on there is no way back: the item is taken.
        let got = self.ask(Does::Other, quick::next, &[V { v: it.v, rep: Rep::Tagged(o.r) }])?;
        let Rep::Tagged(r) = got.rep else { return None };
        let (body, end) = (self.s.skip(self.extra() as i32 as isize + 1), self.s.skip(1));
        let (pc, at) = (self.r.pc, self.offset(i.b()));
        let before = self.r.registers.get(at).copied().flatten();
        let exhausted = self.r.constant(EXHAUSTED);
        if got.v == EXHAUSTED {
            // Otherwise the item goes to its register and the loop goes on.
            self.r.write(at, Rep::Tagged(r));
            self.leave_at(body, |d| d.r.guard(Cc::Eq, r, exhausted));
            self.r.registers[at] = before;
            self.r.pc = pc;
            return self.done(1);
        }
        self.leave_at(end, |d| d.r.guard(Cc::Ne, r, exhausted));
        self.r.pc = pc;
        self.set(i.b(), got);
        Some(body)
    }
    /// Emits guards that lead to `s` when they fail.
    fn leave_at(&mut self, s: S, f: impl FnOnce(&mut Self)) {
        self.r.pc = s.pc;
        self.r.snapshot = None;
        self.r.outcome = true;
        f(self);
        self.r.outcome = false;
        self.r.snapshot = None;
    }
    /// Iterators whose steps run no Python code, or do nothing before they refuse to.
    fn is_quick_iterator(&self, v: Value) -> bool {
        if quick::is_plain_iterator(self.vm, v) {
            return true;
        }
        let class = self.vm.class_of(v);
        let Some(next) = self.vm.special(class, Special::Next) else { return false };
        let Some(f) = self.vm.exact::<NativeFunction>(next, core_shape::NATIVE_METHOD) else {
            return false;
        };
        class.value() == f.owner.get()
            && !class.has(class_flag::MUTABLE)
            && class.has(class_flag::QUICK_NEXT)
    }

    // ---- building
    fn build_list(&mut self, i: Insn) -> Option<S> {
        let n = i.c();
        if n <= MOST {
            let items = self.some_registers(i.b(), n)?;
            let v = self.ask(Does::Looks, quick::list, &items)?;
            return self.store(i, v, 0);
        }
        // Made full of Nones, then filled.
        let items: Vec<V> = (i.b()..i.b() + n).map(|k| self.reg(k)).collect();
        let boxed: Vec<Ref> = items.iter().map(|v| self.tagged(*v)).collect();
        let length = self.value(Value::small_int(n as isize));
        let list = self.ask(Does::Looks, quick::list_of_length, &[length])?;
        let Rep::Tagged(r) = list.rep else { return None };
        let storage = self.r.load(fields::LIST_STORAGE, r);
        let l = self.vm.exact::<List>(list.v, core_shape::LIST)?;
        for (k, v) in boxed.into_iter().enumerate() {
            let at = self.r.word(k as isize);
            self.r.b.emit(Op::StoreX, Ty::V, fields::LIST_ITEM, [storage, at, v]);
            l.set(self.vm, k, items[k].v);
        }
        self.store(i, list, 0)
    }
    fn build_map(&mut self, i: Insn) -> Option<S> {
        let n = 2 * i.c();
        if n <= MOST {
            let items = self.some_registers(i.b(), n)?;
            let v = self.ask(Does::Looks, quick::dict, &items)?;
            return self.store(i, v, 0);
        }
        None
    }
    /// A cell of the running function's closure.
    fn closure_cell(&mut self, n: usize) -> Option<V> {
        let closure = self.s.function().closure.get();
        let t = self.vm.exact::<Tuple>(closure, core_shape::TUPLE)?;
        if n >= t.len().min(fields::MAX_TUPLE) {
            return None;
        }
        let f = self.function();
        let rep = Rep::Tagged(self.r.load(fields::FUNCTION_CLOSURE, f));
        let o = self.obj(V { v: closure, rep })?;
        self.shape_is(o, core_shape::TUPLE);
        let len = self.r.load(fields::FIXED_LENGTH, o.r);
        let needed = self.r.word(n as isize);
        self.r.guard(Cc::Ugt, len, needed);
        let field = self.r.tables.borrow_mut().tuple_item(n);
        let rep = Rep::Tagged(self.r.load(field, o.r));
        Some(V { v: t.get(n), rep })
    }
}

/// Where objects of a shape have their length.
fn length_field(shape: pyrs_heap::ShapeId) -> Option<u16> {
    use core_shape::*;
    match shape {
        LIST => Some(fields::LIST_LENGTH),
        TUPLE | BYTES | STR | STR_BUFFERED => Some(fields::FIXED_LENGTH),
        DICT | SET | FROZENSET => Some(fields::TABLE_USED),
        _ => None,
    }
}
