//! Ints and floats in traces: from value words to numbers and back.

use super::domain::{Flt, Rec};
use super::layout::{self as fields};
use super::recorder::{Recorder, Rep};
use crate::interp::{Dom, S, Tx};
use crate::object::{Float, core_shape};
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Header, Value};
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Fcc, Ty};

/// Number of the shape of floats in the schema.
pub(super) const FLOAT_SHAPE: u16 = 0;

impl Recorder<'_> {
    /// The int of a value that is a small int now.
    pub(super) fn narrow_int(&mut self, rep: Rep, v: Value) -> Option<Ref> {
        match rep {
            Rep::Int(w) => Some(w),
            Rep::Const(v) => v.as_int().map(|n| self.word(n)),
            Rep::Tagged(r) if v.is_int() => {
                let w = self.cast(Ty::W, r);
                self.guard_mask(Cc::Ne, w, 1);
                Some(self.untag_int(r))
            }
            _ => None,
        }
    }
    /// The float of a value that is an exact float now. An object that is no number stays one, for what it is found by in
    /// containers is that it is the same object.
    pub(super) fn narrow_float(&mut self, rep: Rep, v: Value) -> Option<Ref> {
        match rep {
            Rep::Float(f) => Some(f),
            Rep::Const(v) => exact_float(v).filter(|x| !x.is_nan()).map(|x| self.b.float(x)),
            Rep::Tagged(r) => match v.as_inline_float() {
                Some(x) => Some(self.inline_float(r, x)),
                None => {
                    exact_float(v).filter(|x| !x.is_nan())?;
                    let w = self.cast(Ty::W, r);
                    self.guard_mask(Cc::Eq, w, 7);
                    self.guard_shape(r, core_shape::FLOAT);
                    let f = self.load(fields::FLOAT_VALUE, r);
                    self.fguard(Fcc::Eq, f, f);
                    Some(f)
                }
            },
            _ => None,
        }
    }
    #[cfg(target_pointer_width = "64")]
    fn inline_float(&mut self, r: Ref, now: f64) -> Ref {
        let w = self.cast(Ty::W, r);
        self.guard_inline(w, Some(now));
        // Rotating right by three is rotating left by the rest.
        let (rest, offset) = (self.word(61), self.word(pyrs_heap::FLOAT_OFFSET as isize));
        let turned = self.op2(Op::Rotl, w, rest);
        let bits = self.op2(Op::Sub, turned, offset);
        self.op1(Op::BitsF, bits)
    }
    /// Leaves unless a word is the inline form of a float, as it is now, or is none. The form of zero has another tag;
    /// it is tested for only at instructions that have met a zero.
    #[cfg(target_pointer_width = "64")]
    fn guard_inline(&mut self, w: Ref, now: Option<f64>) {
        let (zero, tag) = (pyrs_heap::FLOAT_ZERO as isize, pyrs_heap::FLOAT_TAG as isize);
        let (zero, tag, mask) = (self.word(zero), self.word(tag), self.word(3));
        let zeros = &self.vm.jit.zeros;
        if now == Some(0.0) {
            zeros.borrow_mut().insert(self.pc as usize);
        }
        let mut seen = w;
        if now.is_none() || zeros.borrow().contains(&(self.pc as usize)) {
            let is_zero = self.cmp(Cc::Eq, w, zero);
            seen = self.select(Ty::W, is_zero, tag, w);
        }
        let low = self.op2(Op::And, seen, mask);
        self.guard(if now.is_some() { Cc::Eq } else { Cc::Ne }, low, tag);
    }
    /// The value word of a float that is `v` now.
    #[cfg(target_pointer_width = "64")]
    pub(super) fn tag_float(&mut self, f: Ref, v: Value) -> Ref {
        let bits = self.op1(Op::FBits, f);
        let (offset, three) = (self.word(pyrs_heap::FLOAT_OFFSET as isize), self.word(3));
        let sum = self.op2(Op::Add, bits, offset);
        let w = self.op2(Op::Rotl, sum, three);
        self.guard_inline(w, v.as_inline_float());
        if v.is_inline_float() { self.cast(Ty::R, w) } else { self.new_float(f) }
    }
    #[cfg(not(target_pointer_width = "64"))]
    fn inline_float(&mut self, r: Ref, _now: f64) -> Ref {
        unreachable!("no float is inline with 32-bit words: {r:?}")
    }
    #[cfg(not(target_pointer_width = "64"))]
    pub(super) fn tag_float(&mut self, f: Ref, _v: Value) -> Ref {
        self.new_float(f)
    }
    fn new_float(&mut self, f: Ref) -> Ref {
        let o = self.b.emit(Op::New, Ty::R, FLOAT_SHAPE, [Ref::NONE; 3]);
        self.b.store(fields::FLOAT_VALUE, o, f);
        o
    }
    /// The int as the float that equals it; leaves unless there surely is one.
    pub(super) fn exact_int_float(&mut self, w: Ref) -> Ref {
        #[cfg(target_pointer_width = "64")]
        {
            let (half, all) = (self.word(1 << 53), self.word((1 << 54) + 1));
            let shifted = self.op2(Op::Add, w, half);
            self.guard(Cc::Ult, shifted, all);
        }
        self.op1(Op::WtoF, w)
    }
}

impl Rec<'_, '_> {
    /// `x ** y` where one is a float: a call of the C library's function. The case that is an error or complex leaves,
    /// as does a result that is not finite.
    pub(super) fn power(&mut self, i: Insn) -> Option<S> {
        let (x, y) = (self.reg(i.b()), self.reg(i.c()));
        if exact_float(x.v).is_none() && exact_float(y.v).is_none() {
            return None;
        }
        let (x, y) = (self.as_float(x)?, self.as_float(y)?);
        let now = power(x.x, y.x);
        let whole = y.x.floor() == y.x && y.r.as_const().is_some();
        if !now.is_finite() || !(whole || x.x >= 0.0) {
            return None;
        }
        if !whole {
            let zero = self.r.b.float(0.0);
            self.r.fguard(Fcc::Le, zero, x.r);
        }
        let r = self.call_float(power as *const (), &[x.r, y.r]);
        self.guard_finite(r);
        let v = self.boxf(Flt { x: now, r })?;
        self.set(i.a(), v);
        Some(self.s)
    }
    /// Infinity and what is no number are the interpreter's business.
    pub(super) fn guard_finite(&mut self, r: Ref) {
        let zero = self.r.b.float(0.0);
        let difference = self.r.op2(Op::FSub, r, r);
        self.r.fguard(Fcc::Eq, difference, zero);
    }
}
fn power(x: f64, y: f64) -> f64 {
    x.powf(y)
}

/// The number of an exact float object or inline float.
pub(super) fn exact_float(v: Value) -> Option<f64> {
    if let Some(x) = v.as_inline_float() {
        return Some(x);
    }
    let o = v.object()?;
    // SAFETY: pointer words point to live objects; the shape is that of floats.
    let o: Gc<Header> = unsafe { Gc::from_ptr(o) };
    if o.shape() != core_shape::FLOAT {
        return None;
    }
    // SAFETY: as above.
    Some(unsafe { o.cast::<Float>() }.value)
}
