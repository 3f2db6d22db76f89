//! The domain: what a hot opcode may do with values, as a trait.
//!
//! `ops` is generic over `Dom`. `Run` (here) computes on plain values and costs nothing; a recorder computes and
//! writes down. The only ways from a domain value to a host `bool` or number are the narrowing methods and
//! `branch`, which a recorder turns into guards. Guards and reads need a `Dom`; effects need a `Tx`, which `tx`
//! gives by consuming the `Dom`: so no guard can follow an effect, and every guard may resume at the start of
//! the opcode.

use super::frame::{S, WINDOW};
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Header, ShapeId, Value};

/// A residual: an opcode's general meaning as an ordinary function. It publishes the state itself.
pub(crate) type Residual = fn(&Vm, S, Insn) -> S;

/// Something proven to be the same on every later run of a trace: read-only host data.
#[derive(Copy, Clone)]
pub(crate) struct Promoted<T>(pub(crate) T);

pub(crate) trait Dom: Sized {
    type V: Copy;
    type Int: Copy;
    type F: Copy;
    type Obj: Copy;
    type B: Copy;
    type Out;
    type Tx: Tx<D = Self>;

    // ---- reads
    fn reg(&mut self, n: usize) -> Self::V;
    fn constant(&mut self, k: usize) -> Self::V;
    fn value(&mut self, v: Value) -> Self::V;
    fn small(&mut self, n: isize) -> Self::Int;
    fn float(&mut self, x: f64) -> Self::F;
    /// The inline cache of the instruction (its extra word).
    fn site(&self) -> Promoted<&SiteCache>;
    /// The extra word.
    fn extra(&self) -> u32;
    fn slot(&mut self, o: Self::Obj, word: usize) -> Self::V;
    fn list_item(&mut self, list: Self::Obj, i: Self::Int) -> Option<Self::V>;
    /// The list's storage has room for one more item.
    fn list_room(&mut self, list: Self::Obj) -> bool;
    fn tuple_item(&mut self, tuple: Self::Obj, i: Self::Int) -> Option<Self::V>;
    fn dict_row(&mut self, dict: Promoted<Gc<Dict>>, row: usize) -> Self::V;
    fn cell_content(&mut self, cell: Self::Obj) -> Option<Self::V>;

    // ---- narrowing: a guard for the outcome seen
    fn int(&mut self, v: Self::V) -> Option<Self::Int>;
    fn int2(&mut self, x: Self::V, y: Self::V) -> Option<(Self::Int, Self::Int)>;
    fn flt2(&mut self, x: Self::V, y: Self::V) -> Option<(Self::F, Self::F)>;
    /// Two floats in any form, or a float and an int that a float represents exactly, as floats.
    fn mixed2(&mut self, x: Self::V, y: Self::V) -> Option<(Self::F, Self::F)>;
    /// Any two numbers a float represents exactly.
    fn exact_floats(&mut self, x: Self::Int, y: Self::Int) -> Option<(Self::F, Self::F)>;
    fn flt(&mut self, v: Self::V) -> Option<Self::F>;
    fn obj(&mut self, v: Self::V) -> Option<Self::Obj>;
    fn shape_is(&mut self, o: Self::Obj, s: ShapeId) -> bool;
    /// The class's version is still `version`.
    fn class_is(&mut self, class: Value, version: u32) -> bool;
    /// The globals of the running function are this dict and its keys version still stands.
    fn globals_are(&mut self, version: u32) -> Option<Promoted<Gc<Dict>>>;
    fn builtins_are(&mut self, version: u32) -> Option<Promoted<Gc<Dict>>>;
    fn module_dict(&mut self, o: Self::Obj, version: u32) -> Option<Promoted<Gc<Dict>>>;
    /// The running code's local namespace is its globals: module code.
    fn at_module_level(&mut self) -> bool;
    fn is(&mut self, v: Self::V, w: Value) -> bool;
    fn branch(&mut self, b: Self::B) -> bool;
    fn bound(&mut self, v: Self::V) -> bool;
    /// A Python function whose plain call with `n` arguments needs no binding.
    fn callee(&mut self, v: Self::V, n: usize) -> Option<Promoted<Gc<Function>>>;
    /// A class whose construction is known (`Construct` site kinds do not need it).
    fn room(&mut self, window: usize, f: Promoted<Gc<Function>>) -> bool;

    // ---- pure
    fn add_ovf(&mut self, x: Self::Int, y: Self::Int) -> Option<Self::Int>;
    fn sub_ovf(&mut self, x: Self::Int, y: Self::Int) -> Option<Self::Int>;
    fn mul_ovf(&mut self, x: Self::Int, y: Self::Int) -> Option<Self::Int>;
    /// Floor division and modulo; `None` for a zero divisor or overflow.
    fn floor_div(&mut self, x: Self::Int, y: Self::Int) -> Option<Self::Int>;
    fn floor_mod(&mut self, x: Self::Int, y: Self::Int) -> Option<Self::Int>;
    fn and(&mut self, x: Self::Int, y: Self::Int) -> Self::Int;
    fn or(&mut self, x: Self::Int, y: Self::Int) -> Self::Int;
    fn xor(&mut self, x: Self::Int, y: Self::Int) -> Self::Int;
    /// `None` for a count outside 0..word or lost bits.
    fn shl(&mut self, x: Self::Int, y: Self::Int) -> Option<Self::Int>;
    fn shr(&mut self, x: Self::Int, y: Self::Int) -> Option<Self::Int>;
    fn compare_int(&mut self, op: u8, x: Self::Int, y: Self::Int) -> Self::B;
    fn compare_float(&mut self, op: u8, x: Self::F, y: Self::F) -> Self::B;
    fn same_word(&mut self, x: Self::V, y: Self::V) -> Self::B;
    fn fadd(&mut self, x: Self::F, y: Self::F) -> Self::F;
    fn fsub(&mut self, x: Self::F, y: Self::F) -> Self::F;
    fn fmul(&mut self, x: Self::F, y: Self::F) -> Self::F;
    fn fneg(&mut self, x: Self::F) -> Self::F;
    /// `None` for a zero divisor.
    fn fdiv(&mut self, x: Self::F, y: Self::F) -> Option<Self::F>;
    fn boxi(&mut self, x: Self::Int) -> Self::V;
    /// `None` when the float has no inline form.
    fn boxf(&mut self, x: Self::F) -> Option<Self::V>;
    fn boxb(&mut self, b: Self::B) -> Self::V;
    fn box_not(&mut self, b: Self::B) -> Self::V;

    /// The same number; if it is 1 or -1, a recorder makes the trace one for just this number.
    fn promote(&mut self, x: Self::Int) -> Self::Int;

    fn tx(self) -> Self::Tx;
    fn residual(self, i: Insn, f: Residual) -> Self::Out;
}

/// Effects, then exactly one exit.
pub(crate) trait Tx: Sized {
    type D: Dom;
    fn set(&mut self, n: usize, v: <Self::D as Dom>::V);
    fn set_slot(&mut self, o: <Self::D as Dom>::Obj, word: usize, v: <Self::D as Dom>::V);
    fn set_shape(&mut self, o: <Self::D as Dom>::Obj, s: ShapeId);
    /// `i` is below the list's length (proved by `list_item`).
    fn set_list_item(
        &mut self,
        list: <Self::D as Dom>::Obj,
        i: <Self::D as Dom>::Int,
        v: <Self::D as Dom>::V,
    );
    fn set_cell(&mut self, cell: <Self::D as Dom>::Obj, v: <Self::D as Dom>::V);
    /// Appends to a list with room for one more item (proved by `list_room`).
    fn push_list_item(&mut self, list: <Self::D as Dom>::Obj, v: <Self::D as Dom>::V);
    /// Replaces the value of a live row (proved by a keys version).
    fn set_dict_row(&mut self, dict: Promoted<Gc<Dict>>, row: usize, v: <Self::D as Dom>::V);
    /// Goes on `words` after the first word of the instruction.
    fn next(self, words: isize) -> <Self::D as Dom>::Out;
    /// Jumps; a backward jump is a safepoint and counts.
    fn jump(self, words: isize) -> <Self::D as Dom>::Out;
    /// Pushes the frame of `f` in window `window` and goes to its first instruction.
    fn enter(self, window: usize, f: Promoted<Gc<Function>>, words: isize)
    -> <Self::D as Dom>::Out;
    /// Returns from the running frame.
    fn leave(self, v: <Self::D as Dom>::V) -> <Self::D as Dom>::Out;
}

/// The interpreter's instance: plain values.
pub(crate) struct Run<'v> {
    pub(crate) vm: &'v Vm,
    pub(crate) s: S,
}

/// A small int, still tagged.
#[derive(Copy, Clone)]
pub(crate) struct Tagged(usize);

impl Tagged {
    #[inline(always)]
    pub(crate) fn get(self) -> isize {
        self.0 as isize >> 1
    }
    #[inline(always)]
    fn make(n: isize) -> Option<Tagged> {
        if n << 1 >> 1 == n { Some(Tagged((n as usize) << 1 | 1)) } else { None }
    }
}

/// An int as the float that equals it, if one does for sure.
#[inline(always)]
fn exact_float(n: isize) -> Option<f64> {
    let n = n as i64;
    if n.unsigned_abs() <= 1 << f64::MANTISSA_DIGITS { Some(n as f64) } else { None }
}
#[inline(never)]
fn mixed_floats(vm: &Vm, x: Value, y: Value) -> Option<(f64, f64)> {
    match (x.is_int(), y.is_int()) {
        (true, false) => Some((exact_float(x.int_unchecked())?, vm.exact_float(y)?)),
        (false, true) => Some((vm.exact_float(x)?, exact_float(y.int_unchecked())?)),
        // Floats without an inline form, and zero.
        (false, false) => Some((vm.exact_float(x)?, vm.exact_float(y)?)),
        (true, true) => None,
    }
}

impl<'v> Dom for Run<'v> {
    type V = Value;
    type Int = Tagged;
    type F = f64;
    type Obj = Gc<Header>;
    type B = bool;
    type Out = S;
    type Tx = Self;

    #[inline(always)]
    fn reg(&mut self, n: usize) -> Value {
        self.s.reg(n)
    }
    #[inline(always)]
    fn constant(&mut self, k: usize) -> Value {
        self.s.code().constant(k)
    }
    #[inline(always)]
    fn value(&mut self, v: Value) -> Value {
        v
    }
    #[inline(always)]
    fn small(&mut self, n: isize) -> Tagged {
        Tagged((n as usize) << 1 | 1)
    }
    #[inline(always)]
    fn float(&mut self, x: f64) -> f64 {
        x
    }
    #[inline(always)]
    fn site(&self) -> Promoted<&SiteCache> {
        let site: *const SiteCache = self.s.code().site(self.s.extra() as usize);
        // SAFETY: the running code keeps its caches alive.
        Promoted(unsafe { &*site })
    }
    #[inline(always)]
    fn extra(&self) -> u32 {
        self.s.extra()
    }
    #[inline(always)]
    fn slot(&mut self, o: Gc<Header>, word: usize) -> Value {
        // SAFETY: the caller has checked the shape that the word belongs to.
        unsafe { word_at(o, word) }
    }
    #[inline(always)]
    fn list_item(&mut self, list: Gc<Header>, i: Tagged) -> Option<Value> {
        // SAFETY: the caller has checked the shape.
        let list: Gc<List> = unsafe { list.cast() };
        let n = i.get();
        let n = if n < 0 { n + list.len() as isize } else { n };
        list.get(n as usize)
    }
    #[inline(always)]
    fn list_room(&mut self, list: Gc<Header>) -> bool {
        // SAFETY: the caller has checked the shape.
        let list: Gc<List> = unsafe { list.cast() };
        list.array().is_some_and(|a| list.len() < a.capacity())
    }
    #[inline(always)]
    fn tuple_item(&mut self, tuple: Gc<Header>, i: Tagged) -> Option<Value> {
        // SAFETY: the caller has checked the shape.
        let t: Gc<Tuple> = unsafe { tuple.cast() };
        let n = i.get();
        let n = if n < 0 { n + t.len() as isize } else { n };
        if (n as usize) < t.len() { Some(t.get(n as usize)) } else { None }
    }
    #[inline(always)]
    fn dict_row(&mut self, dict: Promoted<Gc<Dict>>, row: usize) -> Value {
        dict.0.value_at(row)
    }
    #[inline(always)]
    fn cell_content(&mut self, cell: Gc<Header>) -> Option<Value> {
        // SAFETY: cell registers hold cells.
        let v = unsafe { cell.cast::<CellObject>() }.content.get();
        if v.is_unbound() { None } else { Some(v) }
    }
    #[inline(always)]
    fn int(&mut self, v: Value) -> Option<Tagged> {
        if v.is_int() { Some(Tagged(v.bits())) } else { None }
    }
    #[inline(always)]
    fn int2(&mut self, x: Value, y: Value) -> Option<(Tagged, Tagged)> {
        if Value::both_int(x, y) { Some((Tagged(x.bits()), Tagged(y.bits()))) } else { None }
    }
    #[inline(always)]
    fn flt2(&mut self, x: Value, y: Value) -> Option<(f64, f64)> {
        #[cfg(target_pointer_width = "64")]
        {
            if ((x.bits() ^ 2) | (y.bits() ^ 2)) & 3 == 0 {
                Some((x.inline_float_unchecked(), y.inline_float_unchecked()))
            } else {
                None
            }
        }
        #[cfg(not(target_pointer_width = "64"))]
        {
            Some((self.vm.exact_float(x)?, self.vm.exact_float(y)?))
        }
    }
    #[inline(always)]
    fn mixed2(&mut self, x: Value, y: Value) -> Option<(f64, f64)> {
        mixed_floats(self.vm, x, y)
    }
    #[inline(always)]
    fn exact_floats(&mut self, x: Tagged, y: Tagged) -> Option<(f64, f64)> {
        Some((exact_float(x.get())?, exact_float(y.get())?))
    }
    #[inline(always)]
    fn flt(&mut self, v: Value) -> Option<f64> {
        self.vm.exact_float(v)
    }
    #[inline(always)]
    fn obj(&mut self, v: Value) -> Option<Gc<Header>> {
        // SAFETY: pointer words point to live objects.
        v.object().map(|p| unsafe { Gc::from_ptr(p) })
    }
    #[inline(always)]
    fn shape_is(&mut self, o: Gc<Header>, s: ShapeId) -> bool {
        o.shape() == s
    }
    #[inline(always)]
    fn class_is(&mut self, class: Value, version: u32) -> bool {
        // SAFETY: sites keep the class beside its version.
        unsafe { Gc::<Class>::from_value(class) }.version.get() == version
    }
    #[inline(always)]
    fn globals_are(&mut self, version: u32) -> Option<Promoted<Gc<Dict>>> {
        // The same code may run over a dict subclass or, for builtins, over any mapping.
        let d: Gc<Dict> = self.vm.exact(self.s.function().globals.get(), core_shape::DICT)?;
        if d.keys_version() == version { Some(Promoted(d)) } else { None }
    }
    #[inline(always)]
    fn builtins_are(&mut self, version: u32) -> Option<Promoted<Gc<Dict>>> {
        let d: Gc<Dict> = self.vm.exact(self.s.function().builtins.get(), core_shape::DICT)?;
        if d.keys_version() == version { Some(Promoted(d)) } else { None }
    }
    #[inline(always)]
    fn module_dict(&mut self, o: Gc<Header>, version: u32) -> Option<Promoted<Gc<Dict>>> {
        // SAFETY: the caller has checked the module's shape; its dict is a dict.
        let d: Gc<Dict> = unsafe { Gc::from_value(o.cast::<Module>().dict.get()) };
        if d.keys_version() == version { Some(Promoted(d)) } else { None }
    }
    #[inline(always)]
    fn at_module_level(&mut self) -> bool {
        let f = self.s.function();
        f.namespace.get() == f.globals.get()
    }
    #[inline(always)]
    fn is(&mut self, v: Value, w: Value) -> bool {
        v == w
    }
    #[inline(always)]
    fn branch(&mut self, b: bool) -> bool {
        b
    }
    #[inline(always)]
    fn bound(&mut self, v: Value) -> bool {
        !v.is_unbound()
    }
    #[inline(always)]
    fn callee(&mut self, v: Value, n: usize) -> Option<Promoted<Gc<Function>>> {
        let o = self.obj(v)?;
        if o.shape() != core_shape::FUNCTION {
            return None;
        }
        // SAFETY: the shape is that of functions.
        let f: Gc<Function> = unsafe { o.cast() };
        if f.exact.get() as usize == n { Some(Promoted(f)) } else { None }
    }
    #[inline(always)]
    fn room(&mut self, window: usize, f: Promoted<Gc<Function>>) -> bool {
        let code = f.0.code();
        let words = window + WINDOW + code.register_count.get() as usize;
        !self.vm.must_poll()
            && self.vm.stack.has_room(self.s.base, words)
            && self.vm.stack.depth() < self.vm.recursion_limit.get()
    }
    #[inline(always)]
    fn add_ovf(&mut self, x: Tagged, y: Tagged) -> Option<Tagged> {
        (x.0 as isize).checked_add((y.0 - 1) as isize).map(|r| Tagged(r as usize))
    }
    #[inline(always)]
    fn sub_ovf(&mut self, x: Tagged, y: Tagged) -> Option<Tagged> {
        (x.0 as isize).checked_sub((y.0 - 1) as isize).map(|r| Tagged(r as usize))
    }
    #[inline(always)]
    fn mul_ovf(&mut self, x: Tagged, y: Tagged) -> Option<Tagged> {
        ((x.0 - 1) as isize).checked_mul(y.get()).map(|r| Tagged(r as usize | 1))
    }
    #[inline(always)]
    fn floor_div(&mut self, x: Tagged, y: Tagged) -> Option<Tagged> {
        let (x, y) = (x.get(), y.get());
        if y == 0 {
            return None;
        }
        let q = x / y;
        Tagged::make(if x % y != 0 && (x < 0) != (y < 0) { q - 1 } else { q })
    }
    #[inline(always)]
    fn floor_mod(&mut self, x: Tagged, y: Tagged) -> Option<Tagged> {
        let (x, y) = (x.get(), y.get());
        if y == 0 {
            return None;
        }
        let r = x % y;
        Some(self.small(if r != 0 && (r < 0) != (y < 0) { r + y } else { r }))
    }
    #[inline(always)]
    fn and(&mut self, x: Tagged, y: Tagged) -> Tagged {
        Tagged(x.0 & y.0)
    }
    #[inline(always)]
    fn or(&mut self, x: Tagged, y: Tagged) -> Tagged {
        Tagged(x.0 | y.0)
    }
    #[inline(always)]
    fn xor(&mut self, x: Tagged, y: Tagged) -> Tagged {
        Tagged(x.0 ^ y.0 | 1)
    }
    #[inline(always)]
    fn shl(&mut self, x: Tagged, y: Tagged) -> Option<Tagged> {
        let n = y.get();
        if !(0..isize::BITS as isize - 1).contains(&n) {
            return None;
        }
        let x = x.get();
        let r = x << n;
        if r >> n == x { Tagged::make(r) } else { None }
    }
    #[inline(always)]
    fn shr(&mut self, x: Tagged, y: Tagged) -> Option<Tagged> {
        let n = y.get();
        if n < 0 {
            return None;
        }
        Some(self.small(x.get() >> n.min(isize::BITS as isize - 1)))
    }
    #[inline(always)]
    fn compare_int(&mut self, op: u8, x: Tagged, y: Tagged) -> bool {
        let (x, y) = (x.0 as isize, y.0 as isize);
        match op {
            0 => x < y,
            1 => x <= y,
            2 => x == y,
            3 => x != y,
            4 => x > y,
            _ => x >= y,
        }
    }
    #[inline(always)]
    fn compare_float(&mut self, op: u8, x: f64, y: f64) -> bool {
        match op {
            0 => x < y,
            1 => x <= y,
            2 => x == y,
            3 => x != y,
            4 => x > y,
            _ => x >= y,
        }
    }
    #[inline(always)]
    fn same_word(&mut self, x: Value, y: Value) -> bool {
        x == y
    }
    #[inline(always)]
    fn fadd(&mut self, x: f64, y: f64) -> f64 {
        x + y
    }
    #[inline(always)]
    fn fsub(&mut self, x: f64, y: f64) -> f64 {
        x - y
    }
    #[inline(always)]
    fn fmul(&mut self, x: f64, y: f64) -> f64 {
        x * y
    }
    #[inline(always)]
    fn fneg(&mut self, x: f64) -> f64 {
        -x
    }
    #[inline(always)]
    fn fdiv(&mut self, x: f64, y: f64) -> Option<f64> {
        if y == 0.0 { None } else { Some(x / y) }
    }
    #[inline(always)]
    fn boxi(&mut self, x: Tagged) -> Value {
        Value::from_bits(x.0)
    }
    #[inline(always)]
    fn boxf(&mut self, x: f64) -> Option<Value> {
        Value::try_float(x)
    }
    #[inline(always)]
    fn boxb(&mut self, b: bool) -> Value {
        Value::bool(b)
    }
    #[inline(always)]
    fn box_not(&mut self, b: bool) -> Value {
        Value::bool(!b)
    }
    #[inline(always)]
    fn promote(&mut self, x: Tagged) -> Tagged {
        x
    }
    #[inline(always)]
    fn tx(self) -> Self {
        self
    }
    #[inline(always)]
    fn residual(self, i: Insn, f: Residual) -> S {
        f(self.vm, self.s, i)
    }
}

impl<'v> Tx for Run<'v> {
    type D = Run<'v>;
    #[inline(always)]
    fn set(&mut self, n: usize, v: Value) {
        self.s.put(n, v)
    }
    #[inline(always)]
    fn set_slot(&mut self, o: Gc<Header>, word: usize, v: Value) {
        // SAFETY: the caller has checked the shape that the word belongs to.
        unsafe { slot_at(o, word) }.set(&self.vm.heap, o, v)
    }
    #[inline(always)]
    fn set_shape(&mut self, o: Gc<Header>, s: ShapeId) {
        o.set_shape(s)
    }
    #[inline(always)]
    fn set_list_item(&mut self, list: Gc<Header>, i: Tagged, v: Value) {
        // SAFETY: the caller has checked the shape.
        let list: Gc<List> = unsafe { list.cast() };
        let n = i.get();
        let n = if n < 0 { n + list.len() as isize } else { n };
        list.set(self.vm, n as usize, v)
    }
    #[inline(always)]
    fn push_list_item(&mut self, list: Gc<Header>, v: Value) {
        // SAFETY: the caller has checked the shape.
        let list: Gc<List> = unsafe { list.cast() };
        if let Some(a) = list.array() {
            let n = list.len();
            a.slot(n).set(&self.vm.heap, a, v);
            list.length.set(n + 1);
        }
    }
    #[inline(always)]
    fn set_cell(&mut self, cell: Gc<Header>, v: Value) {
        // SAFETY: cell registers hold cells.
        let cell: Gc<CellObject> = unsafe { cell.cast() };
        cell.content.set(&self.vm.heap, cell, v)
    }
    #[inline(always)]
    fn set_dict_row(&mut self, dict: Promoted<Gc<Dict>>, row: usize, v: Value) {
        self.vm.dict_set_row(dict.0, row, v)
    }
    #[inline(always)]
    fn next(self, words: isize) -> S {
        self.s.skip(words)
    }
    #[inline(always)]
    fn jump(self, words: isize) -> S {
        let s = self.s.skip(words);
        if words < 0 { super::residual::arrive(self.vm, s) } else { s }
    }
    #[inline(always)]
    fn enter(self, window: usize, f: Promoted<Gc<Function>>, words: isize) -> S {
        let caller = self.s.skip(words);
        self.vm.stack.set_depth(self.vm.stack.depth() + 1);
        // SAFETY: `room` has checked that the frame fits.
        let base = unsafe { caller.base.add(window + WINDOW) };
        let callee = S::new_frame(base, f.0, caller.pc, caller.base, 0);
        let left = &f.0.code().calls_left;
        left.set(left.get().wrapping_sub(1));
        if left.get() == 0 { crate::jit::called(self.vm, callee) } else { callee }
    }
    #[inline(always)]
    fn leave(self, v: Value) -> S {
        let s = self.s;
        if s.is_special() {
            return super::generators::finish(self.vm, s, v);
        }
        self.vm.stack.set_depth(self.vm.stack.depth() - 1);
        s.set(super::frame::FUNCTION, v);
        S { pc: s.return_pc(), base: s.caller_base() }
    }
}
