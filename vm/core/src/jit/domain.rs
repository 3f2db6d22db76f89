//! The recorder's instance of the domain trait: every method computes and writes down.
//!
//! Narrowing methods emit a guard for the outcome that was seen. Where `None` or `false` leads to the residual, no
//! guard is needed, for a residual is right whatever the values are; where another path follows, both outcomes are
//! guarded (`obj`, `branch`, `is`, `bound`, item lookups).

use super::layout::{self as fields};
use super::recorder::{FrameInfo, Recorder, Rep, Start};
use crate::interp::{Dom, Promoted, Residual, Run, S, Tagged, Tx, WINDOW};
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Header, ShapeId, Value};
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Fcc, Ty};

/// A value: what it is now, and in the trace.
#[derive(Copy, Clone)]
pub(crate) struct V {
    pub v: Value,
    pub rep: Rep,
}
/// A small int now; any word in the trace.
#[derive(Copy, Clone)]
pub(crate) struct Int {
    pub n: Tagged,
    pub r: Ref,
}
#[derive(Copy, Clone)]
pub(crate) struct Flt {
    pub x: f64,
    pub r: Ref,
}
#[derive(Copy, Clone)]
pub(crate) struct Obj {
    pub o: Gc<Header>,
    pub r: Ref,
}
/// A condition that is computed only where it is wanted as a value.
#[derive(Copy, Clone)]
pub(crate) struct Cond {
    pub now: bool,
    pub how: How,
}
impl Cond {
    /// The opposite.
    pub(super) fn negate(self) -> Cond {
        let how = match self.how {
            How::Int(cc, x, y) => How::Int(cc.negate(), x, y),
            How::Float(cc, x, y) => How::Float(cc.negate(), x, y),
            How::Known => How::Known,
        };
        Cond { now: !self.now, how }
    }
}
#[derive(Copy, Clone)]
pub(crate) enum How {
    Int(Cc, Ref, Ref),
    Float(Fcc, Ref, Ref),
    Known,
}

/// The domain of the recorder at one instruction.
pub(crate) struct Rec<'r, 'j> {
    pub vm: &'r Vm,
    pub s: S,
    pub r: &'r mut Recorder<'j>,
}

impl Rec<'_, '_> {
    pub(super) fn run(&self) -> Run<'_> {
        Run { vm: self.vm, s: self.s }
    }
    pub(super) fn offset(&self, n: usize) -> usize {
        self.r.frame().offset + n
    }
    /// The function of the running frame.
    pub(super) fn function(&mut self) -> Ref {
        let at = self.r.frame().offset;
        if at == 0 {
            // Below the base: not a register.
            let base = self.r.base_ref;
            return self.r.load(fields::FRAME_FUNCTION, base);
        }
        match self.r.read(at - WINDOW) {
            Rep::Tagged(r) => r,
            Rep::Const(v) => self.r.constant(v),
            _ => unreachable!("a frame's function is an object"),
        }
    }
    /// Leaves unless a slot of the running function still is what it is now.
    fn guard_function_slot(&mut self, field: u16, now: Value) {
        let f = self.function();
        if f.as_const().is_some() {
            // Globals, builtins and namespace of a function are what they were when it was made.
            return;
        }
        let v = self.r.load(field, f);
        let now = self.r.constant(now);
        self.r.guard(Cc::Eq, v, now);
    }
    fn guard_keys(&mut self, dict: Gc<Dict>, version: u32) {
        let d = self.r.constant(dict.value());
        let v = self.r.load(fields::DICT_KEYS_VERSION, d);
        let version = self.r.word(version as isize);
        self.r.guard(Cc::Eq, v, version);
    }
    pub(super) fn tagged(&mut self, v: V) -> Ref {
        self.r.boxed(v.rep, v.v)
    }
    /// The index of an item, negative ones counted from the end; leaves unless it is in range as it is now.
    pub(super) fn index(&mut self, i: Int, len: Ref, now: usize) -> Option<Ref> {
        let n = i.n.get();
        let mut at = i.r;
        if n < 0 {
            let zero = self.r.word(0);
            self.r.guard(Cc::Lt, at, zero);
            at = self.r.op2(Op::Add, at, len);
        }
        let n = if n < 0 { n + now as isize } else { n };
        let inside = (n as usize) < now;
        self.r.guard(if inside { Cc::Ult } else { Cc::Uge }, at, len);
        inside.then_some(at)
    }
    fn integer(
        &mut self,
        n: Option<Tagged>,
        op: impl FnOnce(&mut Recorder<'_>) -> Ref,
    ) -> Option<Int> {
        let n = n?;
        let r = op(self.r);
        Some(Int { n, r })
    }
    pub(super) fn list_parts(&mut self, list: Obj) -> (Ref, Ref) {
        let len = self.r.load(fields::LIST_LENGTH, list.r);
        let storage = self.r.load(fields::LIST_STORAGE, list.r);
        (len, storage)
    }
    /// Room for one more item in a list that grows in a loop: that it has none is the rare case.
    fn make_room(&mut self, list: Obj) -> bool {
        const LONG: usize = 8;
        // SAFETY: the caller has checked the shape.
        let l: Gc<List> = unsafe { list.o.cast() };
        if self.r.start != Start::Loop || l.len() < LONG {
            return false;
        }
        self.vm.publish(self.s);
        match self.vm.list_reserve(l, l.len() + 1) {
            Ok(()) => true,
            Err(raised) => {
                self.vm.take_exception(raised);
                false
            }
        }
    }
    fn dict_cell(&mut self, dict: Gc<Dict>, row: usize) -> (Ref, Ref) {
        let d = self.r.constant(dict.value());
        let entries = self.r.load(fields::DICT_ENTRIES, d);
        let at = self.r.word((row * DICT_ROW + DICT_VALUE) as isize);
        (entries, at)
    }
    /// A divisor that neither is zero nor makes the quotient overflow.
    fn divisor(&mut self, y: Int) -> Ref {
        for bad in [0, -1] {
            if self.r.b.trace.const_word(y.r).is_none_or(|n| n == bad) {
                let bad = self.r.word(bad as isize);
                self.r.guard(Cc::Ne, y.r, bad);
            }
        }
        y.r
    }
}

const INT_CONDITIONS: [Cc; 6] = [Cc::Lt, Cc::Le, Cc::Eq, Cc::Ne, Cc::Gt, Cc::Ge];

impl<'r, 'j> Dom for Rec<'r, 'j> {
    type V = V;
    type Int = Int;
    type F = Flt;
    type Obj = Obj;
    type B = Cond;
    type Out = S;
    type Tx = Self;

    fn reg(&mut self, n: usize) -> V {
        let at = self.offset(n);
        V { v: self.s.reg(n), rep: self.r.read(at) }
    }
    fn constant(&mut self, k: usize) -> V {
        self.value(self.s.code().constant(k))
    }
    fn value(&mut self, v: Value) -> V {
        // The collector does not see the recorder's notes.
        self.vm.jit.keep(self.vm, v);
        V { v, rep: Rep::Const(v) }
    }
    fn small(&mut self, n: isize) -> Int {
        Int { n: self.run().small(n), r: self.r.word(n) }
    }
    fn float(&mut self, x: f64) -> Flt {
        Flt { x, r: self.r.b.float(x) }
    }
    fn site(&self) -> Promoted<&SiteCache> {
        let site: *const SiteCache = self.s.code().site(self.s.extra() as usize);
        // SAFETY: the running code keeps its caches alive.
        Promoted(unsafe { &*site })
    }
    fn extra(&self) -> u32 {
        self.s.extra()
    }
    fn slot(&mut self, o: Obj, word: usize) -> V {
        let v = self.run().slot(o.o, word);
        let field = self.r.tables.borrow_mut().word(word);
        match field {
            Some(f) => V { v, rep: Rep::Tagged(self.r.load(f, o.r)) },
            None => {
                self.r.abort(super::recorder::Abort::TooDeep);
                V { v, rep: Rep::Const(v) }
            }
        }
    }
    fn list_item(&mut self, list: Obj, i: Int) -> Option<V> {
        // SAFETY: the caller has checked the shape.
        let l: Gc<List> = unsafe { list.o.cast() };
        let (len, storage) = self.list_parts(list);
        let at = self.index(i, len, l.len())?;
        let v = self.run().list_item(list.o, i.n)?;
        Some(V { v, rep: Rep::Tagged(self.r.load_at(fields::LIST_ITEM, storage, at)) })
    }
    fn list_room(&mut self, list: Obj) -> bool {
        if !self.run().list_room(list.o) && !self.make_room(list) {
            return false;
        }
        let (len, storage) = self.list_parts(list);
        // An empty list without storage has no capacity to read.
        let none = self.r.constant(Value::UNBOUND);
        self.r.guard(Cc::Ne, storage, none);
        let capacity = self.r.load(fields::CAPACITY, storage);
        self.r.guard(Cc::Ult, len, capacity);
        true
    }
    fn tuple_item(&mut self, tuple: Obj, i: Int) -> Option<V> {
        // SAFETY: the caller has checked the shape.
        let t: Gc<Tuple> = unsafe { tuple.o.cast() };
        let len = self.r.load(fields::FIXED_LENGTH, tuple.r);
        let at = self.index(i, len, t.len())?;
        let v = self.run().tuple_item(tuple.o, i.n)?;
        if let Some(n) = self.r.b.trace.const_word(at)
            && (n as usize) < fields::MAX_TUPLE
        {
            let field = self.r.tables.borrow_mut().tuple_item(n as usize);
            return Some(V { v, rep: Rep::Tagged(self.r.load(field, tuple.r)) });
        }
        Some(V { v, rep: Rep::Tagged(self.r.load_at(fields::TUPLE_ITEM, tuple.r, at)) })
    }
    fn dict_row(&mut self, dict: Promoted<Gc<Dict>>, row: usize) -> V {
        let v = dict.0.value_at(row);
        let (entries, at) = self.dict_cell(dict.0, row);
        let held = self.r.load_at(fields::DICT_ITEM, entries, at);
        let lasting = self.vm.object(v).is_some_and(|o| {
            matches!(
                o.shape(),
                core_shape::FUNCTION
                    | core_shape::NATIVE_FUNCTION
                    | core_shape::CLASS
                    | core_shape::MODULE
            )
        });
        if !lasting {
            return V { v, rep: Rep::Tagged(held) };
        }
        // What is defined once for a module is a constant.
        let now = self.r.constant(v);
        self.r.guard(Cc::Eq, held, now);
        V { v, rep: Rep::Const(v) }
    }
    fn cell_content(&mut self, cell: Obj) -> Option<V> {
        let v = self.run().cell_content(cell.o)?;
        let r = self.r.load(fields::CELL_CONTENT, cell.r);
        let none = self.r.constant(Value::UNBOUND);
        self.r.guard(Cc::Ne, r, none);
        Some(V { v, rep: Rep::Tagged(r) })
    }

    fn int(&mut self, v: V) -> Option<Int> {
        let n = self.run().int(v.v)?;
        let r = self.r.narrow_int(v.rep, v.v)?;
        Some(Int { n, r })
    }
    fn int2(&mut self, x: V, y: V) -> Option<(Int, Int)> {
        self.run().int2(x.v, y.v)?;
        Some((self.int(x)?, self.int(y)?))
    }
    fn flt2(&mut self, x: V, y: V) -> Option<(Flt, Flt)> {
        super::numbers::exact_float(x.v).zip(super::numbers::exact_float(y.v))?;
        Some((self.flt(x)?, self.flt(y)?))
    }
    fn mixed2(&mut self, x: V, y: V) -> Option<(Flt, Flt)> {
        let (a, b) = self.run().mixed2(x.v, y.v)?;
        let mut one = |v: V, now: f64| -> Option<Flt> {
            if v.v.is_int() {
                let n = self.int(v)?;
                return Some(Flt { x: now, r: self.r.exact_int_float(n.r) });
            }
            self.flt(v)
        };
        Some((one(x, a)?, one(y, b)?))
    }
    fn exact_floats(&mut self, x: Int, y: Int) -> Option<(Flt, Flt)> {
        let (a, b) = self.run().exact_floats(x.n, y.n)?;
        let (p, q) = (self.r.exact_int_float(x.r), self.r.exact_int_float(y.r));
        Some((Flt { x: a, r: p }, Flt { x: b, r: q }))
    }
    fn flt(&mut self, v: V) -> Option<Flt> {
        let x = super::numbers::exact_float(v.v)?;
        let r = self.r.narrow_float(v.rep, v.v)?;
        Some(Flt { x, r })
    }
    fn obj(&mut self, v: V) -> Option<Obj> {
        let o = self.run().obj(v.v);
        match (v.rep, o) {
            (Rep::Const(c), Some(o)) => Some(Obj { o, r: self.r.constant(c) }),
            (Rep::Const(_) | Rep::Bool(_) | Rep::Int(_), _) => None,
            // A float without an inline form is compared by value.
            (Rep::Float(f), Some(o)) => Some(Obj { o, r: self.r.tag_float(f, v.v) }),
            (Rep::Float(f), None) => {
                self.r.tag_float(f, v.v);
                None
            }
            (Rep::Tagged(r), Some(o)) if self.r.is_object(r) => Some(Obj { o, r }),
            (Rep::Tagged(r), Some(o)) => {
                self.r.objects.insert(r);
                let w = self.r.cast(Ty::W, r);
                self.r.guard_mask(Cc::Eq, w, 7);
                Some(Obj { o, r })
            }
            (Rep::Tagged(r), None) => {
                let w = self.r.cast(Ty::W, r);
                self.r.guard_mask(Cc::Ne, w, 7);
                None
            }
        }
    }
    fn shape_is(&mut self, o: Obj, s: ShapeId) -> bool {
        if o.o.shape() != s {
            return false;
        }
        self.r.guard_shape(o.r, s);
        true
    }
    fn class_is(&mut self, class: Value, version: u32) -> bool {
        if !self.run().class_is(class, version) {
            return false;
        }
        if self.watch_class(class) {
            return true;
        }
        let c = self.r.constant(class);
        let v = self.r.load(fields::CLASS_VERSION, c);
        let version = self.r.word(version as isize);
        self.r.guard(Cc::Eq, v, version);
        true
    }
    fn globals_are(&mut self, version: u32) -> Option<Promoted<Gc<Dict>>> {
        let d = self.run().globals_are(version)?;
        self.guard_function_slot(fields::FUNCTION_GLOBALS, d.0.value());
        self.guard_keys(d.0, version);
        Some(d)
    }
    fn builtins_are(&mut self, version: u32) -> Option<Promoted<Gc<Dict>>> {
        let d = self.run().builtins_are(version)?;
        self.guard_function_slot(fields::FUNCTION_BUILTINS, d.0.value());
        self.guard_keys(d.0, version);
        Some(d)
    }
    fn module_dict(&mut self, o: Obj, version: u32) -> Option<Promoted<Gc<Dict>>> {
        let d = self.run().module_dict(o.o, version)?;
        let held = self.r.load(fields::MODULE_DICT, o.r);
        let now = self.r.constant(d.0.value());
        self.r.guard(Cc::Eq, held, now);
        self.guard_keys(d.0, version);
        Some(d)
    }
    fn at_module_level(&mut self) -> bool {
        if !self.run().at_module_level() {
            return false;
        }
        let globals = self.s.function().globals.get();
        self.guard_function_slot(fields::FUNCTION_NAMESPACE, globals);
        self.guard_function_slot(fields::FUNCTION_GLOBALS, globals);
        true
    }
    fn is(&mut self, v: V, w: Value) -> bool {
        let now = v.v == w;
        match v.rep {
            Rep::Const(_) | Rep::Int(_) | Rep::Float(_) => {}
            Rep::Bool(c) => {
                if w == Value::TRUE || w == Value::FALSE {
                    let snap = self.r.snap();
                    let held = v.v == Value::TRUE;
                    let op = if held { Op::GuardTrue } else { Op::GuardFalse };
                    self.r.b.emit(op, Ty::V, 0, [c, Ref::NONE, snap]);
                }
            }
            Rep::Tagged(r) => {
                let w = self.r.constant(w);
                self.r.guard(if now { Cc::Eq } else { Cc::Ne }, r, w);
            }
        }
        now
    }
    fn branch(&mut self, b: Cond) -> bool {
        match b.how {
            How::Int(cc, x, y) => self.r.guard(if b.now { cc } else { cc.negate() }, x, y),
            How::Float(cc, x, y) => self.r.fguard(if b.now { cc } else { cc.negate() }, x, y),
            How::Known => {}
        }
        b.now
    }
    fn bound(&mut self, v: V) -> bool {
        !self.is(v, Value::UNBOUND)
    }
    fn callee(&mut self, v: V, n: usize) -> Option<Promoted<Gc<Function>>> {
        let f = self.run().callee(v.v, n)?;
        let o = self.obj(v)?;
        self.guard_code(o.r, f.0, n);
        Some(f)
    }
    fn room(&mut self, window: usize, f: Promoted<Gc<Function>>) -> bool {
        if !self.run().room(window, f) {
            return false;
        }
        let end = self.offset(window) + WINDOW + f.0.code().register_count.get() as usize;
        self.guard_room(end);
        true
    }

    fn add_ovf(&mut self, x: Int, y: Int) -> Option<Int> {
        let n = self.run().add_ovf(x.n, y.n);
        self.integer(n, |r| r.checked(Op::AddOv, x.r, y.r))
    }
    fn sub_ovf(&mut self, x: Int, y: Int) -> Option<Int> {
        let n = self.run().sub_ovf(x.n, y.n);
        self.integer(n, |r| r.checked(Op::SubOv, x.r, y.r))
    }
    fn mul_ovf(&mut self, x: Int, y: Int) -> Option<Int> {
        let n = self.run().mul_ovf(x.n, y.n);
        self.integer(n, |r| r.checked(Op::MulOv, x.r, y.r))
    }
    fn floor_div(&mut self, x: Int, y: Int) -> Option<Int> {
        let n = self.run().floor_div(x.n, y.n)?;
        if y.n.get() == -1 {
            return None;
        }
        let d = self.divisor(y);
        self.integer(Some(n), |r| r.op2(Op::FloorDiv, x.r, d))
    }
    fn floor_mod(&mut self, x: Int, y: Int) -> Option<Int> {
        let n = self.run().floor_mod(x.n, y.n)?;
        if y.n.get() == -1 {
            return None;
        }
        let d = self.divisor(y);
        self.integer(Some(n), |r| r.op2(Op::FloorMod, x.r, d))
    }
    fn and(&mut self, x: Int, y: Int) -> Int {
        Int { n: self.run().and(x.n, y.n), r: self.r.op2(Op::And, x.r, y.r) }
    }
    fn or(&mut self, x: Int, y: Int) -> Int {
        Int { n: self.run().or(x.n, y.n), r: self.r.op2(Op::Or, x.r, y.r) }
    }
    fn xor(&mut self, x: Int, y: Int) -> Int {
        Int { n: self.run().xor(x.n, y.n), r: self.r.op2(Op::Xor, x.r, y.r) }
    }
    fn shl(&mut self, x: Int, y: Int) -> Option<Int> {
        let n = self.run().shl(x.n, y.n)?;
        let bits = self.r.word(isize::BITS as isize - 1);
        if self.r.b.trace.const_word(y.r).is_none() {
            self.r.guard(Cc::Ult, y.r, bits);
        }
        self.integer(Some(n), |r| {
            let shifted = r.op2(Op::Shl, x.r, y.r);
            let back = r.op2(Op::Sar, shifted, y.r);
            r.guard(Cc::Eq, back, x.r);
            shifted
        })
    }
    fn shr(&mut self, x: Int, y: Int) -> Option<Int> {
        let n = self.run().shr(x.n, y.n)?;
        let last = isize::BITS as isize - 1;
        if self.r.b.trace.const_word(y.r).is_none() {
            let bits = self.r.word(last + 1);
            let small = y.n.get() <= last;
            self.r.guard(if small { Cc::Ult } else { Cc::Ge }, y.r, bits);
        }
        let count = if y.n.get() <= last { y.r } else { self.r.word(last) };
        self.integer(Some(n), |r| r.op2(Op::Sar, x.r, count))
    }
    fn compare_int(&mut self, op: u8, x: Int, y: Int) -> Cond {
        let now = self.run().compare_int(op, x.n, y.n);
        Cond { now, how: How::Int(INT_CONDITIONS[op as usize], x.r, y.r) }
    }
    fn compare_float(&mut self, op: u8, x: Flt, y: Flt) -> Cond {
        let now = self.run().compare_float(op, x.x, y.x);
        let how = match op {
            0 => How::Float(Fcc::Lt, x.r, y.r),
            1 => How::Float(Fcc::Le, x.r, y.r),
            2 => How::Float(Fcc::Eq, x.r, y.r),
            3 => How::Float(Fcc::Ne, x.r, y.r),
            4 => How::Float(Fcc::Lt, y.r, x.r),
            _ => How::Float(Fcc::Le, y.r, x.r),
        };
        Cond { now, how }
    }
    fn same_word(&mut self, x: V, y: V) -> Cond {
        let now = x.v == y.v;
        let how = match (x.rep, y.rep) {
            (Rep::Const(a), Rep::Const(b)) => {
                debug_assert_eq!(a == b, now);
                How::Known
            }
            (Rep::Int(a), Rep::Int(b)) => How::Int(Cc::Eq, a, b),
            _ => {
                let (a, b) = (self.tagged(x), self.tagged(y));
                How::Int(Cc::Eq, a, b)
            }
        };
        Cond { now, how }
    }
    fn fadd(&mut self, x: Flt, y: Flt) -> Flt {
        Flt { x: x.x + y.x, r: self.r.op2(Op::FAdd, x.r, y.r) }
    }
    fn fsub(&mut self, x: Flt, y: Flt) -> Flt {
        Flt { x: x.x - y.x, r: self.r.op2(Op::FSub, x.r, y.r) }
    }
    fn fmul(&mut self, x: Flt, y: Flt) -> Flt {
        Flt { x: x.x * y.x, r: self.r.op2(Op::FMul, x.r, y.r) }
    }
    fn fneg(&mut self, x: Flt) -> Flt {
        Flt { x: -x.x, r: self.r.op1(Op::FNeg, x.r) }
    }
    fn fdiv(&mut self, x: Flt, y: Flt) -> Option<Flt> {
        if y.x == 0.0 {
            return None;
        }
        let zero = self.r.b.float(0.0);
        self.r.fguard(Fcc::Ne, y.r, zero);
        Some(Flt { x: x.x / y.x, r: self.r.op2(Op::FDiv, x.r, y.r) })
    }
    fn boxi(&mut self, x: Int) -> V {
        V { v: self.run().boxi(x.n), rep: Rep::Int(x.r) }
    }
    fn boxf(&mut self, x: Flt) -> Option<V> {
        // Always as a float in the trace; the interpreter's word may need an object.
        let v = match Value::try_float(x.x) {
            Some(v) => v,
            None => {
                self.vm.publish(self.s);
                match self.vm.float(x.x) {
                    Ok(v) => v,
                    Err(raised) => {
                        // The residual tries again, and raises.
                        self.vm.take_exception(raised);
                        return None;
                    }
                }
            }
        };
        Some(V { v, rep: Rep::Float(x.r) })
    }
    fn boxb(&mut self, b: Cond) -> V {
        let v = Value::bool(b.now);
        let rep = match b.how {
            How::Int(cc, x, y) => Rep::Bool(self.r.cmp(cc, x, y)),
            How::Float(cc, x, y) => {
                Rep::Bool(self.r.b.emit(Op::FCmp, Ty::B, cc as u16, [x, y, Ref::NONE]))
            }
            How::Known => Rep::Const(v),
        };
        V { v, rep }
    }
    fn box_not(&mut self, b: Cond) -> V {
        self.boxb(b.negate())
    }
    fn promote(&mut self, x: Int) -> Int {
        if self.r.b.trace.const_word(x.r).is_some() || x.n.get().unsigned_abs() != 1 {
            return x;
        }
        let n = self.r.word(x.n.get());
        self.r.guard(Cc::Eq, x.r, n);
        Int { n: x.n, r: n }
    }

    fn tx(self) -> Self {
        self
    }
    fn residual(self, i: Insn, f: Residual) -> S {
        match self.expand(i) {
            Ok(s) => s,
            Err(mut rec) => match rec.quick(i) {
                Some(s) => s,
                None => rec.r.residual(rec.vm, rec.s, i, f),
            },
        }
    }
}

impl<'r, 'j> Tx for Rec<'r, 'j> {
    type D = Self;
    fn set(&mut self, n: usize, v: V) {
        self.s.put(n, v.v);
        let at = self.offset(n);
        self.r.write(at, v.rep);
        // A register is no effect for guards of this instruction, but snapshots from before do not hold any more.
        self.r.effect();
    }
    fn set_slot(&mut self, o: Obj, word: usize, v: V) {
        let stored = self.tagged(v);
        let field = self.r.tables.borrow_mut().word(word);
        match field {
            Some(f) => self.r.b.store(f, o.r, stored),
            None => self.r.abort(super::recorder::Abort::TooDeep),
        }
        self.r.effect();
        self.run().set_slot(o.o, word, v.v);
    }
    fn set_shape(&mut self, o: Obj, s: ShapeId) {
        let meta = self.r.load(fields::META, o.r);
        let (flags, id) = (self.r.word(!(ShapeId::MAX as isize)), self.r.word(s.0 as isize));
        let kept = self.r.op2(Op::And, meta, flags);
        let new = self.r.op2(Op::Or, kept, id);
        self.r.b.store(fields::META, o.r, new);
        self.r.effect();
        self.run().set_shape(o.o, s);
    }
    fn set_list_item(&mut self, list: Obj, i: Int, v: V) {
        // SAFETY: the caller has checked the shape.
        let l: Gc<List> = unsafe { list.o.cast() };
        let stored = self.tagged(v);
        let (len, storage) = self.list_parts(list);
        if let Some(at) = self.index(i, len, l.len()) {
            self.store_item(
                fields::LIST_ITEM,
                storage,
                at,
                stored,
                v,
                l.get(wrap(i.n.get(), l.len())),
            );
        }
        self.r.effect();
        self.run().set_list_item(list.o, i.n, v.v);
    }
    fn push_list_item(&mut self, list: Obj, v: V) {
        let stored = self.tagged(v);
        let (len, storage) = self.list_parts(list);
        // SAFETY: the caller has checked the shape.
        let l: Gc<List> = unsafe { list.o.cast() };
        let old = l.array().map(|a| a.get(l.len()));
        self.store_item(fields::LIST_ITEM, storage, len, stored, v, old);
        let one = self.r.word(1);
        let longer = self.r.op2(Op::Add, len, one);
        self.r.b.store(fields::LIST_LENGTH, list.r, longer);
        self.r.effect();
        self.run().push_list_item(list.o, v.v);
    }
    fn set_cell(&mut self, cell: Obj, v: V) {
        let stored = self.tagged(v);
        self.r.b.store(fields::CELL_CONTENT, cell.r, stored);
        self.r.effect();
        self.run().set_cell(cell.o, v.v);
    }
    fn set_dict_row(&mut self, dict: Promoted<Gc<Dict>>, row: usize, v: V) {
        let stored = self.tagged(v);
        let (entries, at) = self.dict_cell(dict.0, row);
        self.store_item(fields::DICT_ITEM, entries, at, stored, v, Some(dict.0.value_at(row)));
        self.r.effect();
        self.run().set_dict_row(dict, row, v.v);
    }
    fn next(self, words: isize) -> S {
        self.s.skip(words)
    }
    fn jump(self, words: isize) -> S {
        self.s.skip(words)
    }
    fn enter(self, window: usize, f: Promoted<Gc<Function>>, words: isize) -> S {
        let caller = self.r.frame().offset;
        let offset = caller + window + WINDOW;
        let code = f.0.code();
        let callee = self.run_enter(window, f, words);
        // The rest of the header lies over registers of the caller.
        (offset + 1 - WINDOW..offset).for_each(|r| self.r.forget(r));
        self.r.forget_from(offset + code.parameter_count.get() as usize);
        let return_pc = self.s.skip(words).pc;
        let continued = None;
        let frame = FrameInfo { offset, return_pc, caller, code, flushed: false, continued };
        self.r.frames.push(frame);
        self.r.frames_changed();
        callee
    }
    fn leave(mut self, v: V) -> S {
        if self.r.frames.len() == 1 {
            return self.leave_base(v);
        }
        if self.s.is_special() {
            return self.leave_generator(v);
        }
        let frame = self.r.frame().clone();
        if let Some(c) = frame.continued {
            let done = self.continued(c, frame.caller, v);
            if !done {
                // The continuation finds the frame's header where it was.
                self.r.flush();
                self.leave_to(&frame, v);
                return self.run_leave(v.v);
            }
            self.r.effect();
            let stub = self.run_leave(v.v);
            // SAFETY: the frame returns to a word of a continuation.
            let i = Insn(unsafe { *stub.pc });
            // It must not go on in another trace.
            let inside = self.vm.stack.inside_trace.replace(true);
            let out = crate::interp::residual::continue_(self.vm, stub.skip(1), i);
            self.vm.stack.inside_trace.set(inside);
            return out;
        }
        self.leave_to(&frame, v);
        self.run_leave(v.v)
    }
}

/// An index as `list[i]` means it.
fn wrap(n: isize, len: usize) -> usize {
    if n < 0 { n.wrapping_add(len as isize) as usize } else { n as usize }
}

impl Rec<'_, '_> {
    fn run_enter(&self, window: usize, f: Promoted<Gc<Function>>, words: isize) -> S {
        self.run().enter(window, f, words)
    }
    /// Forgets the frame at hand; its result is where its caller expects it.
    pub(super) fn leave_to(&mut self, frame: &FrameInfo, v: V) {
        self.r.frames.pop();
        self.r.frames_changed();
        self.r.forget_from(frame.offset - WINDOW);
        self.r.write(frame.offset - WINDOW, v.rep);
    }
    fn run_leave(&self, v: Value) -> S {
        self.run().leave(v)
    }
    /// Whether the function is a constant of the trace: then its code and defaults are, too, until somebody assigns
    /// others, which throws the trace away.
    pub(super) fn watch(&mut self, r: Ref, f: Gc<Function>) -> bool {
        let constant = r.as_const().is_some() && self.vm.jit.may_watch();
        if constant {
            f.watched.set(true);
        }
        constant
    }
    /// The same for what a class answers. One that was seen to change is tested instead.
    fn watch_class(&mut self, class: Value) -> bool {
        let Some(c) = self.vm.as_class(class).filter(|_| self.vm.jit.may_watch()) else {
            return false;
        };
        let lasting = !c.has(class_flag::CHANGING);
        if lasting {
            c.flags.set(c.flags.get() | class_flag::WATCHED);
        }
        lasting
    }
    /// Leaves unless a call runs this code, with `n` arguments that need no binding.
    pub(super) fn guard_code(&mut self, r: Ref, f: Gc<Function>, n: usize) {
        if self.watch(r, f) {
            return;
        }
        // Not that it is the same function: those made anew share their code.
        self.r.guard_shape(r, core_shape::FUNCTION);
        let code = self.r.load(fields::FUNCTION_CODE, r);
        let now = self.r.constant(f.code().value());
        self.r.guard(Cc::Eq, code, now);
        let exact = self.r.load(fields::FUNCTION_EXACT, r);
        let n = self.r.word(n as isize);
        self.r.guard(Cc::Eq, exact, n);
    }
    /// Leaves unless there is room for a frame that ends `end` words above the base, and one more may be pushed.
    pub(super) fn guard_room(&mut self, end: usize) {
        let (depth, limit, last) = (
            self.vm.stack.depth_cell(),
            self.vm.recursion_limit.as_ptr().cast_const(),
            self.vm.stack.end_cell(),
        );
        let more = self.r.frames.len() as isize - 1 - self.r.depth_known;
        let p = self.r.address(depth);
        let mut depth = self.r.load(fields::DEPTH, p);
        if more != 0 {
            let more = self.r.word(more);
            depth = self.r.op2(Op::Add, depth, more);
        }
        let p = self.r.address(limit);
        let limit = self.r.load(fields::RECURSION_LIMIT, p);
        self.r.guard(Cc::Ult, depth, limit);
        let p = self.r.address(last);
        let last = self.r.load(fields::STACK_END, p);
        let needed = self.r.word(((end + crate::interp::SLACK) * size_of::<Value>()) as isize);
        let base = self.r.base_ref;
        let top = self.r.op2(Op::AddP, base, needed);
        self.r.guard(Cc::Ult, top, last);
    }
    /// A store into a storage array. Of long arrays the collector wants to know little: if neither the old nor the new
    /// item is an object, nothing.
    pub(super) fn store_item(
        &mut self,
        field: u16,
        array: Ref,
        at: Ref,
        stored: Ref,
        v: V,
        old: Option<Value>,
    ) {
        let number = match v.rep {
            Rep::Int(_) | Rep::Bool(_) => true,
            Rep::Float(_) => v.v.is_inline_float(),
            Rep::Const(c) => !c.is_object(),
            Rep::Tagged(_) => false,
        };
        let Some(old) = old.filter(|o| number && !o.is_object()) else {
            self.r.b.emit(Op::StoreX, Ty::V, field, [array, at, stored]);
            return;
        };
        {
            let was = self.r.load_at(field, array, at);
            if old.is_unbound() {
                let none = self.r.constant(Value::UNBOUND);
                self.r.guard(Cc::Eq, was, none);
            } else {
                let w = self.r.cast(Ty::W, was);
                self.r.guard_mask(Cc::Ne, w, 7);
            }
            let plain = self.r.tables.borrow_mut().unbarriered(field);
            self.r.b.emit(Op::StoreX, Ty::V, plain, [array, at, stored]);
        }
    }
}
