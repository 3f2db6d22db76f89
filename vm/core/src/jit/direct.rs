//! Operators, items, membership and construction of built-in containers, resolved while a trace is recorded.
//!
//! What an operator does to objects of built-in classes is the native function of a special method. The dispatch that
//! finds it is done once: the trace guards the shapes that decide, and makes a quick call of that very function.
//! Slices are objects that need not exist: what is sliced takes their parts. A few operations are so short that they
//! are written down in full.
//!
//! Each function gives nothing where it does not know the case; guards emitted until then do no harm.

use super::answers as quick;
use super::domain::{Cond, Int, Rec, V};
use super::layout as fields;
use super::quick::Does;
use super::recorder::{Rep, Start};
use crate::interp::{Dom, S};
use crate::names::Special;
use crate::object::*;
use crate::protocol::{BinaryOp, Comparison};
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Ty};

/// A set, as far as operators between sets are concerned.
fn is_set(shape: Option<pyrs_heap::ShapeId>) -> bool {
    matches!(shape, Some(core_shape::SET | core_shape::FROZENSET))
}

/// A dict that is looked at while recording.
struct OwnDict(Value);
impl OwnDict {
    /// Whether it has the key now; nothing if that takes Python code.
    fn holds(&self, rec: &Rec<'_, '_>, key: V) -> Option<bool> {
        rec.try_now(quick::has_key, &[self.0, key.v])?.as_bool()
    }
}

impl Rec<'_, '_> {
    fn shape_of(&self, v: V) -> Option<pyrs_heap::ShapeId> {
        self.vm.object(v.v).map(|o| o.shape())
    }
    /// The shape of an object at an instruction that has not met too many kinds of them.
    fn own_shape(&self, v: V) -> Option<pyrs_heap::ShapeId> {
        self.shape_of(v).filter(|_| !self.vm.jit.is_generic(self.r.pc))
    }
    /// The native function behind a special method with `n` parameters that a built-in class, or a class derived from
    /// it, has; leaves unless the value still is of the class.
    fn own_special(&mut self, x: V, s: Special, n: usize) -> Option<NativeFn> {
        let vm = self.vm;
        self.shape_of(x)?;
        let class = vm.class_of(x.v);
        let f = vm.exact::<NativeFunction>(vm.special(class, s)?, core_shape::NATIVE_METHOD)?;
        vm.signature(f);
        if f.exact.get() as usize != n || !vm.is_own_method(f, class) {
            return None;
        }
        self.guard_shape_of(x)?;
        if class.has(class_flag::MUTABLE) {
            self.class_is(class.value(), class.version.get());
        }
        Some(f.def.function)
    }

    // ---- operators
    /// An operator, by number, of two containers of one class, or of a sequence and a count.
    pub(super) fn direct_binary(&mut self, op: usize, x: V, y: V) -> Option<V> {
        let op = BinaryOp::ALL[op];
        let (p, q) = (self.own_shape(x)?, self.shape_of(y));
        use core_shape::{BYTES, FROZENSET, LIST, SET, STR, TUPLE};
        let known = match p {
            LIST | TUPLE | BYTES => {
                op == BinaryOp::Add && q == Some(p) || op == BinaryOp::Mul && y.v.is_int()
            }
            STR => op == BinaryOp::Mul && y.v.is_int(),
            SET | FROZENSET => is_set(q),
            _ => false,
        };
        if !known {
            return None;
        }
        let f = self.own_special(x, op.special(), 2)?;
        self.own_class(y)?;
        let v = self.ask(Does::Looks, f, &[x, y])?;
        // Of these classes none refuses here.
        (v.v != Value::NOT_IMPLEMENTED).then_some(v)
    }
    /// A comparison of two containers of one class, as the native function that gives True or False.
    fn direct_compare(&mut self, op: usize, x: V, y: V) -> Option<NativeFn> {
        let (p, q) = (self.own_shape(x)?, self.shape_of(y)?);
        match p {
            core_shape::TUPLE if p == q => {
                self.guard_shape_of(x)?;
                self.guard_shape_of(y)?;
                Some(quick::COMPARE_TUPLES[op])
            }
            core_shape::SET | core_shape::FROZENSET if is_set(Some(q)) => {
                let f = self.own_special(x, Comparison::ALL[op].special(), 2)?;
                self.guard_shape_of(y)?;
                Some(f)
            }
            _ => None,
        }
    }
    /// `==` and `!=` of objects whose classes have the comparison of `object`.
    fn compare_identity(&mut self, op: usize, x: V, y: V) -> Option<Cond> {
        let op = Comparison::ALL[op];
        if !matches!(op, Comparison::Eq | Comparison::Ne) {
            return None;
        }
        for v in [x, y] {
            self.own_shape(v)?;
            let o = self.vm.object(v.v)?;
            if !self.vm.compares_by_identity(o) {
                return None;
            }
        }
        for v in [x, y] {
            self.guard_shape_of(v)?;
            let class = self.vm.class_of(v.v);
            self.class_is(class.value(), class.version.get());
        }
        let same = self.same_word(x, y);
        Some(if op == Comparison::Eq { same } else { same.negate() })
    }
    /// `==` and `!=` of a string and a constant one, as far as identity, lengths or first characters decide.
    fn compare_constant(&mut self, op: usize, x: V, y: V) -> Option<bool> {
        let op = Comparison::ALL[op];
        let (x, y) = if matches!(x.rep, Rep::Const(_)) { (y, x) } else { (x, y) };
        let (Rep::Const(c), Comparison::Eq | Comparison::Ne) = (y.rep, op) else { return None };
        let (s, c) = (self.vm.exact_str(x.v)?, self.vm.exact_str(c)?);
        let shape = self.own_shape(x)?;
        if x.v == y.v {
            self.is(x, y.v);
            return Some(op == Comparison::Eq);
        }
        if s.len() == c.len() && (c.len() != 1 || shape != core_shape::STR || !c.is_ascii()) {
            return None;
        }
        let o = self.obj(x)?;
        self.shape_is(o, shape);
        let (len, wanted) = (self.r.load(fields::FIXED_LENGTH, o.r), self.r.word(c.len() as isize));
        if s.len() != c.len() {
            self.r.guard(Cc::Ne, len, wanted);
            return Some(op == Comparison::Ne);
        }
        // Of wider characters it is part of one: that it differs says the same.
        let first = |s: Gc<Str>| {
            // SAFETY: the strings have one character, whose first byte this is.
            unsafe { *s.data() }
        };
        if first(s) == first(c) {
            return None;
        }
        self.r.guard(Cc::Eq, len, wanted);
        let zero = self.r.word(0);
        let byte = self.r.load_at(fields::STR_BYTE, o.r, zero);
        let other = self.r.word(first(c) as isize);
        self.r.guard(Cc::Ne, byte, other);
        Some(op == Comparison::Ne)
    }
    /// A comparison as a value.
    pub(super) fn comparison(&mut self, op: usize, x: V, y: V) -> Option<V> {
        if let Some(b) = self.compare_constant(op, x, y) {
            return Some(self.value(Value::bool(b)));
        }
        if let Some(c) = self.compare_identity(op, x, y) {
            return Some(self.boxb(c));
        }
        let f = self.direct_compare(op, x, y).unwrap_or(quick::COMPARE[op]);
        self.ask(Does::Looks, f, &[x, y])
    }
    /// A comparison that decides a jump.
    pub(super) fn compared(&mut self, op: usize, x: V, y: V) -> Option<bool> {
        if let Some(b) = self.compare_constant(op, x, y) {
            return Some(b);
        }
        if let Some(c) = self.compare_identity(op, x, y) {
            return Some(self.branch(c));
        }
        let f = self.direct_compare(op, x, y).unwrap_or(quick::COMPARE_BOOL[op]);
        self.ask_condition(f, &[x, y])
    }

    // ---- items
    /// `slice(a, b, c)` as an object that need not exist.
    pub(super) fn build_slice(&mut self, i: Insn) -> Option<S> {
        let step = match i.c() {
            3 => self.reg(i.b() + 2),
            _ => self.value(Value::NONE),
        };
        let parts = [self.reg(i.b()), self.reg(i.b() + 1), step];
        let boxed = parts.map(|v| self.tagged(v));
        self.vm.publish(self.s);
        let v = match self.vm.new_slice(parts[0].v, parts[1].v, parts[2].v) {
            Ok(v) => v,
            Err(r) => {
                self.vm.take_exception(r);
                return None;
            }
        };
        let shape = self.r.tables.borrow_mut().slice();
        let r = self.r.b.emit(Op::New, Ty::R, shape, [Ref::NONE; 3]);
        let slots = [fields::SLICE_START, fields::SLICE_STOP, fields::SLICE_STEP];
        for (field, word) in slots.into_iter().zip(boxed) {
            self.r.b.store(field, r, word);
        }
        self.store(i, V { v, rep: Rep::Tagged(r) }, 0)
    }
    /// The parts of a slice object; leaves unless it is one.
    fn parts_of(&mut self, slice: V) -> Option<[V; 3]> {
        let s = self.vm.as_slice(slice.v)?;
        let o = self.obj(slice)?;
        self.shape_is(o, core_shape::SLICE);
        let slots = [
            (fields::SLICE_START, s.start.get()),
            (fields::SLICE_STOP, s.stop.get()),
            (fields::SLICE_STEP, s.step.get()),
        ];
        Some(slots.map(|(field, v)| V { v, rep: Rep::Tagged(self.r.load(field, o.r)) }))
    }
    /// `x[key]` of built-in containers and of classes derived from them.
    pub(super) fn direct_item(&mut self, x: V, key: V) -> Option<V> {
        let shape = self.own_shape(x)?;
        if self.shape_of(key) == Some(core_shape::SLICE) {
            use core_shape::{BYTES, LIST, STR, STR_BUFFERED, TUPLE};
            if !matches!(shape, LIST | TUPLE | STR | STR_BUFFERED | BYTES) {
                return None;
            }
            let [start, stop, step] = self.parts_of(key)?;
            return self.ask(Does::Looks, quick::get_parts, &[x, start, stop, step]);
        }
        if shape == core_shape::BYTES && key.v.is_int() {
            return self.byte(x, key);
        }
        if shape == core_shape::STR && key.v.is_int() {
            return self.character(x, key);
        }
        if let Some(here) = self.own_dict(x, Special::GetItem, 2) {
            if here.holds(self, key)? {
                return self.ask(Does::Looks, quick::dict_item, &[x, key]);
            }
            // Otherwise what follows would be made for keys that are missing, and done for all.
            self.ask_condition(quick::has_key, &[x, key])?;
        }
        if quick::is_container(shape) || shape == core_shape::CLASS {
            return None;
        }
        let f = self.own_special(x, Special::GetItem, 2)?;
        let list = self.vm.as_list(x.v).is_some();
        if list && let Some(n) = self.int(key) {
            let o = self.obj(x)?;
            return self.list_item(o, n);
        }
        self.ask(if list { Does::Looks } else { Does::Any }, f, &[x, key])
    }
    /// `bytes[i]`
    fn byte(&mut self, x: V, key: V) -> Option<V> {
        let bytes: Gc<Bytes> = self.vm.exact(x.v, core_shape::BYTES)?;
        let o = self.obj(x)?;
        self.shape_is(o, core_shape::BYTES);
        let i = self.int(key)?;
        let len = self.r.load(fields::FIXED_LENGTH, o.r);
        let at = self.index(i, len, bytes.len())?;
        let n = i.n.get();
        let n = if n < 0 { n + bytes.len() as isize } else { n };
        let byte = *bytes.data().get(n as usize)?;
        let r = self.r.load_at(fields::BYTES_ITEM, o.r, at);
        let n = self.run().small(byte as isize);
        Some(self.boxi(Int { n, r }))
    }
    /// A dict, or an object of a class derived from it, whose special method is that of dicts; leaves unless it is.
    fn own_dict(&mut self, x: V, s: Special, n: usize) -> Option<OwnDict> {
        let vm = self.vm;
        vm.as_dict(x.v)?;
        let f = vm.special(vm.class_of(x.v), s)?;
        let f = vm.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD)?;
        if f.owner.get() != vm.classes().dict.value() {
            return None;
        }
        self.own_special(x, s, n)?;
        Some(OwnDict(x.v))
    }
    /// `x[key] = v` of dicts.
    pub(super) fn set_dict_item(&mut self, x: V, key: V, v: V) -> Option<V> {
        self.own_dict(x, Special::SetItem, 3)?;
        self.ask(Does::Table, quick::set_own_item, &[x, key, v])
    }
    /// `str[i]` of a string of one byte a character.
    fn character(&mut self, x: V, key: V) -> Option<V> {
        let s = self.vm.exact::<Str>(x.v, core_shape::STR)?;
        if s.kind() > StrKind::Latin1 {
            return None;
        }
        let o = self.obj(x)?;
        self.shape_is(o, core_shape::STR);
        let i = self.int(key)?;
        // Latin1 is the wider of the two kinds: the bit above is clear.
        let meta = self.r.load(fields::META, o.r);
        self.r.guard_mask(Cc::Eq, meta, 2 << Str::KIND_SHIFT);
        let len = self.r.load(fields::FIXED_LENGTH, o.r);
        let at = self.index(i, len, s.len())?;
        let n = i.n.get();
        let n = if n < 0 { n + s.len() as isize } else { n };
        let v = self.vm.str_of_point(s.at(n as usize)).ok()?.value();
        let rep = self.character_at(o.r, at);
        Some(V { v, rep })
    }
    /// The string of the character at a place, which is there, of a string of one byte a character.
    pub(super) fn character_at(&mut self, s: Ref, at: Ref) -> Rep {
        let code = self.r.load_at(fields::STR_BYTE, s, at);
        let table = self.vm.latin1.borrow().as_ptr();
        let table = self.r.address(table);
        let c = self.r.load_at(fields::LATIN1, table, code);
        self.r.objects.insert(c);
        Rep::Tagged(c)
    }
    /// `x[key] = items` of a list and a slice.
    pub(super) fn set_parts(&mut self, x: V, key: V, items: V) -> Option<V> {
        if self.shape_of(x) != Some(core_shape::LIST) {
            return None;
        }
        let [start, stop, step] = self.parts_of(key)?;
        self.ask(Does::List, quick::set_parts, &[x, start, stop, step, items])
    }
    /// `list.pop()`
    pub(super) fn pop_last(&mut self, f: Value, list: V) -> Option<V> {
        let l = self.vm.as_list(list.v)?;
        let (now, a) = (l.len(), l.array()?);
        // Beyond that storage is given back.
        const KEPT: usize = 64;
        if now == 0 || now * 4 + KEPT < a.capacity() {
            return None;
        }
        let o = self.obj(list)?;
        let (len, storage) = self.list_parts(o);
        let (zero, one) = (self.r.word(0), self.r.word(1));
        self.r.guard(Cc::Ne, len, zero);
        let (two, kept) = (self.r.word(2), self.r.word(KEPT as isize));
        let most = self.r.op2(Op::Shl, len, two);
        let most = self.r.op2(Op::Add, most, kept);
        let capacity = self.r.load(fields::CAPACITY, storage);
        self.r.guard(Cc::Uge, most, capacity);
        let last = self.r.op2(Op::Sub, len, one);
        let item = self.r.load_at(fields::LIST_ITEM, storage, last);
        let unbound = self.value(Value::UNBOUND);
        let none = self.r.constant(Value::UNBOUND);
        self.store_item(fields::LIST_ITEM, storage, last, none, unbound, l.get(now - 1));
        self.r.b.store(fields::LIST_LENGTH, o.r, last);
        // SAFETY: the caller has a native function.
        let f: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
        self.vm.publish(self.s);
        match self.vm.call_native(f, &[list.v], None) {
            Ok(v) => Some(V { v, rep: Rep::Tagged(item) }),
            Err(r) => {
                self.vm.take_exception(r);
                self.r.abort(super::recorder::Abort::TooDeep);
                None
            }
        }
    }

    // ---- membership
    /// `item in container`
    pub(super) fn membership(&mut self, container: V, item: V) -> Option<bool> {
        if let Some(b) = self.fixed_membership(container, item) {
            return Some(b);
        }
        if let Some(b) = self.among_ints(container, item) {
            return Some(b);
        }
        let f: NativeFn = match self.shape_of(container) {
            Some(core_shape::DICT) => quick::in_dict,
            Some(core_shape::SET | core_shape::FROZENSET) => quick::in_set,
            Some(core_shape::LIST | core_shape::TUPLE) if item.v.is_int() => quick::in_sequence,
            _ => return self.ask_condition(quick::contains, &[container, item]),
        };
        self.guard_shape_of(container)?;
        self.ask_condition(f, &[container, item])
    }
    /// Membership of a small int in a constant tuple of some.
    fn among_ints(&mut self, container: V, item: V) -> Option<bool> {
        const MOST: usize = 6;
        let Rep::Const(c) = container.rep else { return None };
        let t = self.vm.exact::<Tuple>(c, core_shape::TUPLE)?;
        if t.len() > MOST || !item.v.is_int() || !t.items().iter().all(|v| v.is_int()) {
            return None;
        }
        let n = self.int(item)?;
        for v in t.items() {
            let v = self.small(v.as_int()?);
            let same = self.compare_int(Comparison::Eq as u8, n, v);
            if self.branch(same) {
                return Some(true);
            }
        }
        Some(false)
    }
    /// Membership of a constant in a set or dict that a module names: known as long as no key comes or goes.
    fn fixed_membership(&mut self, container: V, item: V) -> Option<bool> {
        let vm = self.vm;
        let Rep::Const(item) = item.rep else { return None };
        // Neither hash nor equality of these may change.
        let plain = item.is_int()
            || vm.exact_str(item).is_some()
            || vm.as_class(item).is_some() && vm.class_of(item) == vm.classes().type_;
        if !plain || !self.is_global(container.rep) {
            return None;
        }
        let version = match self.shape_of(container)? {
            core_shape::FROZENSET => 0,
            core_shape::DICT | core_shape::SET => {
                // SAFETY: dicts and sets begin alike.
                let d: Gc<Dict> = unsafe { self.vm.object(container.v)?.cast() };
                let (had, version) = (d.keys_version(), vm.dict_version(d));
                let t = &d.table;
                let only_grown = t.mutations.get() <= t.used.get() + 1;
                // The guard may be what has failed: then keys come and go here.
                if version == 0 || had == 0 && !only_grown && self.r.start != Start::Loop {
                    return None;
                }
                version
            }
            _ => return None,
        };
        let answer = self.try_now(quick::contains, &[container.v, item])?.as_bool()?;
        self.is(container, container.v);
        if version != 0 {
            let d = self.r.constant(container.v);
            let held = self.r.load(fields::DICT_KEYS_VERSION, d);
            let version = self.r.word(version as isize);
            self.r.guard(Cc::Eq, held, version);
        }
        Some(answer)
    }
    /// A constant, or read from a row of a dict that is one: a global variable.
    fn is_global(&self, rep: Rep) -> bool {
        let insts = &self.r.b.trace.insts;
        let inst = |r: Ref| r.as_inst().map(|i| insts[i]);
        match rep {
            Rep::Const(_) => true,
            Rep::Tagged(r) => {
                let row = inst(r).filter(|i| i.op == Op::LoadX && i.aux == fields::DICT_ITEM);
                let entries = row.and_then(|i| inst(i.a));
                entries.is_some_and(|i| {
                    i.op == Op::Load && i.aux == fields::DICT_ENTRIES && i.a.as_inst().is_none()
                })
            }
            _ => false,
        }
    }

    /// `iter(x)` of a built-in container, or of one derived from it.
    pub(super) fn direct_iter(&mut self, x: V) -> Option<V> {
        let known = self.shape_of(x).is_some_and(quick::is_container);
        if !known && self.vm.as_list(x.v).is_none() && self.vm.as_dict(x.v).is_none() {
            return None;
        }
        let f = self.own_special(x, Special::Iter, 1)?;
        self.ask(Does::Looks, f, &[x])
    }

    // ---- construction
    /// `Class()` of a class derived from a built-in one, without methods of its own for that.
    pub(super) fn blank_instance(&mut self, class: Value, args: &[V]) -> Option<V> {
        let vm = self.vm;
        let c = vm.exact::<Class>(class, core_shape::CLASS)?;
        if !args.is_empty() || c.has(class_flag::FINALISER | class_flag::NO_NEW) {
            return None;
        }
        if c.has(class_flag::ABSTRACT) || vm.class_of(class) != vm.classes().type_ {
            return None;
        }
        let (new, init) = (vm.special(c, Special::New)?, vm.special(c, Special::Init)?);
        let init = vm.exact::<NativeFunction>(init, core_shape::NATIVE_METHOD)?.owner.get();
        let k = vm.classes();
        let plain = [k.object, k.list, k.dict].iter().any(|b| b.value() == init);
        let of_object = vm
            .exact::<NativeFunction>(new, core_shape::NATIVE_FUNCTION)
            .is_some_and(|f| f.owner.get() == k.object.value());
        if !plain || !of_object && !vm.is_blank_new(new) {
            return None;
        }
        self.class_is(class, c.version.get());
        let class = self.value(class);
        self.ask(Does::Looks, quick::blank_instance, &[class])
    }
}
