//! Arithmetic: exact ints and floats here, everything else by the special methods and their reflections.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};
use pyrs_text::bigint;

/// A binary operator. ORDER: as the opcodes and special methods.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum BinaryOp {
    Add,
    Sub,
    Mul,
    MatMul,
    TrueDiv,
    FloorDiv,
    Mod,
    Pow,
    LShift,
    RShift,
    And,
    Or,
    Xor,
}

impl BinaryOp {
    pub const ALL: [BinaryOp; 13] = {
        use BinaryOp::*;
        [Add, Sub, Mul, MatMul, TrueDiv, FloorDiv, Mod, Pow, LShift, RShift, And, Or, Xor]
    };
    pub fn special(self) -> Special {
        Special::ALL[self as usize]
    }
    pub fn reflected(self) -> Special {
        Special::ALL[Special::RAdd as usize + self as usize]
    }
    pub fn in_place(self) -> Special {
        Special::ALL[Special::IAdd as usize + self as usize]
    }
    pub fn symbol(self) -> &'static str {
        ["+", "-", "*", "@", "/", "//", "%", "** or pow()", "<<", ">>", "&", "|", "^"]
            [self as usize]
    }
    pub(crate) fn in_place_symbol(self) -> &'static str {
        ["+=", "-=", "*=", "@=", "/=", "//=", "%=", "**=", "<<=", ">>=", "&=", "|=", "^="]
            [self as usize]
    }
}

impl Vm {
    /// `a op b`
    pub fn binary(&self, op: BinaryOp, a: Value, b: Value) -> Res {
        if let Some(r) = self.binary_exact(op, a, b) {
            return r;
        }
        match self.binary_dispatch(op, a, b)? {
            Some(r) => Ok(r),
            None => Err(self.unsupported_operands(op.symbol(), a, b)),
        }
    }
    /// `a op= b`
    pub fn binary_in_place(&self, op: BinaryOp, a: Value, b: Value) -> Res {
        if let Some(r) = self.binary_exact(op, a, b) {
            return r;
        }
        if let Some(r) = self.reflected_before_sequence(op, a, b)? {
            return Ok(r);
        }
        if let Some(r) = self.call_special(a, op.in_place(), &[b]) {
            let r = r?;
            if r != Value::NOT_IMPLEMENTED {
                return Ok(r);
            }
        }
        match self.binary_dispatch(op, a, b)? {
            Some(r) => Ok(r),
            None => Err(self.unsupported_operands(op.in_place_symbol(), a, b)),
        }
    }
    /// `a += b` and `a *= b` where `a` has a built-in sequence's own in-place method and `b` a reflection written in
    /// Python: in CPython the number slots, where the reflection lies, come before those of sequences.
    #[inline]
    fn reflected_before_sequence(&self, op: BinaryOp, a: Value, b: Value) -> Res<Option<Value>> {
        let cb = self.class_of(b);
        if !matches!(op, BinaryOp::Add | BinaryOp::Mul) || !cb.has(class_flag::MUTABLE) {
            return Ok(None);
        }
        let own = self.special(self.class_of(a), op.in_place());
        let native = own.and_then(|f| self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD));
        let owner = native.and_then(|f| self.as_class(f.owner.get()));
        if !owner.is_some_and(|c| self.is_native_sequence(c)) {
            return Ok(None);
        }
        match self.special(cb, op.reflected()) {
            Some(r) if self.exact::<Function>(r, core_shape::FUNCTION).is_some() => {
                let v = self.call_bound(r, b, &[a])?;
                Ok(if v == Value::NOT_IMPLEMENTED { None } else { Some(v) })
            }
            _ => Ok(None),
        }
    }
    #[cold]
    pub fn unsupported_operands(&self, symbol: &str, a: Value, b: Value) -> crate::error::Raised {
        self.type_error(format!(
            "unsupported operand type(s) for {symbol}: '{}' and '{}'",
            self.type_name(a),
            self.type_name(b)
        ))
    }
    /// Exact ints (bools count as ints), floats and strings, without dispatch.
    #[inline]
    pub fn binary_exact(&self, op: BinaryOp, a: Value, b: Value) -> Option<Res> {
        if let (Some(x), Some(y)) = (self.plain_int(a), self.plain_int(b)) {
            // bool & bool, | and ^ stay bool: the special methods of bool see to it.
            let bools = a.as_bool().is_some() && b.as_bool().is_some();
            if bools && matches!(op, BinaryOp::And | BinaryOp::Or | BinaryOp::Xor) {
                return None;
            }
            return self.int_binary(op, x, y);
        }
        match (self.exact_float(a), self.exact_float(b)) {
            (Some(x), Some(y)) => self.float_binary(op, x, y),
            (Some(x), None) => {
                let y = self.plain_int(b)?;
                Some(self.int_to_float(y).and_then(|y| {
                    self.float_binary(op, x, y).unwrap_or(Ok(Value::NOT_IMPLEMENTED))
                }))
                .filter(|r| *r != Ok(Value::NOT_IMPLEMENTED))
            }
            (None, Some(y)) => {
                let x = self.plain_int(a)?;
                Some(self.int_to_float(x).and_then(|x| {
                    self.float_binary(op, x, y).unwrap_or(Ok(Value::NOT_IMPLEMENTED))
                }))
                .filter(|r| *r != Ok(Value::NOT_IMPLEMENTED))
            }
            (None, None) => {
                if op == BinaryOp::Add
                    && let (Some(x), Some(y)) = (self.exact_str(a), self.exact_str(b))
                {
                    return Some(self.str_concat(x, y, true).map(Gc::value));
                }
                None
            }
        }
    }
    /// A small or big int, or a bool as an int; no subclasses.
    #[inline]
    pub(crate) fn plain_int(&self, v: Value) -> Option<Value> {
        if v.is_int() {
            return Some(v);
        }
        if let Some(b) = v.as_bool() {
            return Some(Value::small_int(b as isize));
        }
        self.exact::<BigInt>(v, core_shape::INT).map(Gc::value)
    }
    /// Operator dispatch through special methods; `None` when all say NotImplemented.
    pub fn binary_dispatch(&self, op: BinaryOp, a: Value, b: Value) -> Res<Option<Value>> {
        let (ca, cb) = (self.class_of(a), self.class_of(b));
        let left = self.special(ca, op.special());
        let right = if ca == cb { None } else { self.special(cb, op.reflected()) };
        let mut right_left = right;
        // A subclass on the right goes first if it brings its own reflection; so does anything against the
        // concatenation and repetition of built-in sequences, which CPython tries last.
        if let Some(r) = right {
            let own = self.is_subclass_exact(cb, ca) && self.special(ca, op.reflected()) != Some(r);
            let sequence =
                matches!(op, BinaryOp::Add | BinaryOp::Mul) && self.is_native_sequence(ca);
            if own || (sequence && !self.is_native_sequence(cb)) {
                right_left = None;
                let v = self.call_bound(r, b, &[a])?;
                if v != Value::NOT_IMPLEMENTED {
                    return Ok(Some(v));
                }
            }
        }
        if let Some(l) = left {
            if op == BinaryOp::Mul {
                self.check_repeat(l, b)?;
            }
            let v = self.call_bound(l, a, &[b])?;
            if v != Value::NOT_IMPLEMENTED {
                return Ok(Some(v));
            }
        }
        if let Some(r) = right_left {
            if op == BinaryOp::Mul {
                self.check_repeat(r, a)?;
            }
            let v = self.call_bound(r, b, &[a])?;
            if v != Value::NOT_IMPLEMENTED {
                return Ok(Some(v));
            }
        }
        Ok(None)
    }
    /// The reflected method of the right operand, after the left one's has refused.
    pub(crate) fn binary_reflected(&self, op: BinaryOp, a: Value, b: Value) -> Res<Option<Value>> {
        let (ca, cb) = (self.class_of(a), self.class_of(b));
        if ca == cb {
            return Ok(None);
        }
        let Some(r) = self.special(cb, op.reflected()).filter(|f| !f.is_none()) else {
            return Ok(None);
        };
        if op == BinaryOp::Mul {
            self.check_repeat(r, a)?;
        }
        let v = self.call_bound(r, b, &[a])?;
        Ok(if v == Value::NOT_IMPLEMENTED { None } else { Some(v) })
    }
    /// Repetition of a built-in sequence (`f` is its own `__mul__`) by something that is no index.
    fn check_repeat(&self, f: Value, count: Value) -> Res<()> {
        if self.as_int(count).is_some()
            || self.special(self.class_of(count), Special::Index).is_some()
        {
            return Ok(());
        }
        let Some(n) = self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD) else {
            return Ok(());
        };
        match self.as_class(n.owner.get()) {
            Some(owner) if self.is_native_sequence(owner) => Err(self.type_error(format!(
                "can't multiply sequence by non-int of type '{}'",
                self.type_name(count)
            ))),
            _ => Ok(()),
        }
    }
    fn is_native_sequence(&self, c: Gc<Class>) -> bool {
        let k = self.classes();
        c == k.list || c == k.tuple || c == k.str_ || c == k.bytes || c == k.bytearray
    }

    // ---- exact ints
    /// `x op y` on exact ints; `None` for operators ints do not have.
    pub fn int_binary(&self, op: BinaryOp, x: Value, y: Value) -> Option<Res> {
        if Value::both_int(x, y)
            && let Some(r) =
                self.small_binary(op, x.int_unchecked() as i64, y.int_unchecked() as i64)
        {
            return Some(r);
        }
        Some(match op {
            BinaryOp::MatMul => return None,
            BinaryOp::Pow => return Some(self.int_pow(x, y)),
            BinaryOp::TrueDiv => return Some(self.int_true_divide(x, y)),
            BinaryOp::LShift | BinaryOp::RShift => return Some(self.int_shift(op, x, y)),
            _ => self.big_binary(op, x, y),
        })
    }
    fn small_binary(&self, op: BinaryOp, x: i64, y: i64) -> Option<Res> {
        Some(match op {
            BinaryOp::Add => self.int(x.checked_add(y)?),
            BinaryOp::Sub => self.int(x.checked_sub(y)?),
            BinaryOp::Mul => match x.checked_mul(y) {
                Some(n) => self.int(n),
                None => self.int_from_i128(x as i128 * y as i128),
            },
            BinaryOp::FloorDiv | BinaryOp::Mod if y == 0 => Err(self.division_by_zero()),
            BinaryOp::FloorDiv => self.int(floor_div(x, y)),
            BinaryOp::Mod => self.int(floor_mod(x, y)),
            BinaryOp::And => self.int(x & y),
            BinaryOp::Or => self.int(x | y),
            BinaryOp::Xor => self.int(x ^ y),
            BinaryOp::RShift if y >= 0 => self.int(x >> y.min(63)),
            BinaryOp::LShift if (0..62).contains(&y) => {
                let n = x << y;
                if n >> y != x {
                    return None;
                }
                self.int(n)
            }
            _ => return None,
        })
    }
    #[cold]
    fn division_by_zero(&self) -> crate::error::Raised {
        self.zero_division_error("division by zero")
    }
    fn big_binary(&self, op: BinaryOp, x: Value, y: Value) -> Res {
        let poll = &mut || self.interrupted();
        let result = self.int_ref(&x).with_big(|a| {
            self.int_ref(&y).with_big(|b| match op {
                BinaryOp::Add => Ok(Some(bigint::add(a, b))),
                BinaryOp::Sub => Ok(Some(bigint::sub(a, b))),
                BinaryOp::Mul => bigint::mul_poll(a, b, poll).map(Some),
                BinaryOp::FloorDiv => Ok(bigint::div_floor(a, b)),
                BinaryOp::Mod => Ok(bigint::rem_floor(a, b)),
                BinaryOp::And => Ok(Some(bigint::bitand(a, b))),
                BinaryOp::Or => Ok(Some(bigint::bitor(a, b))),
                _ => Ok(Some(bigint::bitxor(a, b))),
            })
        });
        match result {
            Ok(Some(n)) => self.int_from_big(&n),
            Ok(None) => Err(self.division_by_zero()),
            Err(bigint::Interrupted) => Err(self.interrupt_raised()),
        }
    }
    fn int_shift(&self, op: BinaryOp, x: Value, y: Value) -> Res {
        let negative = self.int_ref(&y).is_negative();
        if negative {
            return Err(self.value_error("negative shift count"));
        }
        let count = self.int_ref(&y).to_i64().and_then(|n| usize::try_from(n).ok());
        if op == BinaryOp::RShift {
            return match count {
                Some(n) => {
                    let r = self.int_ref(&x).with_big(|a| bigint::shr(a, n));
                    self.int_from_big(&r)
                }
                None => self.int(if self.int_ref(&x).is_negative() { -1 } else { 0 }),
            };
        }
        if x == Value::small_int(0) {
            return Ok(x);
        }
        match count.and_then(|n| self.int_ref(&x).with_big(|a| bigint::shl(a, n))) {
            Some(r) => self.int_from_big(&r),
            None => Err(self.overflow_error("too many digits in integer")),
        }
    }
    /// `x ** y` of exact ints: a float for negative exponents.
    pub fn int_pow(&self, x: Value, y: Value) -> Res {
        if self.int_ref(&y).is_negative() {
            let (a, b) = (self.int_to_float(x)?, self.int_to_float(y)?);
            return self.float_pow(a, b);
        }
        if let (Some(x), Some(y)) = (x.as_int(), y.as_int())
            && let Ok(y) = u32::try_from(y)
            && let Some(n) = (x as i64).checked_pow(y)
        {
            return self.int(n);
        }
        let poll = &mut || self.interrupted();
        let r =
            self.int_ref(&x).with_big(|a| self.int_ref(&y).with_big(|b| bigint::pow(a, b, poll)));
        match r {
            Ok(Some(n)) => self.int_from_big(&n),
            Ok(None) => Err(self.memory_error()),
            Err(bigint::Interrupted) => Err(self.interrupt_raised()),
        }
    }
    fn int_true_divide(&self, x: Value, y: Value) -> Res {
        if y == Value::small_int(0) {
            return Err(self.zero_division_error("division by zero"));
        }
        const EXACT: u64 = 1 << 53;
        if let (Some(a), Some(b)) = (self.int_ref(&x).to_i64(), self.int_ref(&y).to_i64())
            && a.unsigned_abs() <= EXACT
            && b.unsigned_abs() <= EXACT
        {
            return self.float(a as f64 / b as f64);
        }
        match self
            .int_ref(&x)
            .with_big(|a| self.int_ref(&y).with_big(|b| bigint::true_divide(a, b)))
        {
            Ok(q) => self.float(q),
            Err(bigint::DivideError::Zero) => Err(self.zero_division_error("division by zero")),
            Err(bigint::DivideError::TooLarge) => {
                Err(self.overflow_error("integer division result too large for a float"))
            }
        }
    }
    /// An exact int as a float, or OverflowError.
    pub fn int_to_float(&self, v: Value) -> Res<f64> {
        if let Some(n) = v.as_int() {
            return Ok(n as f64);
        }
        match self.int_ref(&v).with_big(bigint::to_float) {
            Some(x) => Ok(x),
            None => Err(self.overflow_error("int too large to convert to float")),
        }
    }

    // ---- floats
    /// `x op y`; `None` for operators floats do not have.
    pub fn float_binary(&self, op: BinaryOp, x: f64, y: f64) -> Option<Res> {
        Some(match op {
            BinaryOp::Add => self.float(x + y),
            BinaryOp::Sub => self.float(x - y),
            BinaryOp::Mul => self.float(x * y),
            BinaryOp::TrueDiv | BinaryOp::FloorDiv | BinaryOp::Mod if y == 0.0 => {
                Err(self.zero_division_error("division by zero"))
            }
            BinaryOp::TrueDiv => self.float(x / y),
            BinaryOp::FloorDiv => self.float(float_divmod(x, y).0),
            BinaryOp::Mod => self.float(float_divmod(x, y).1),
            BinaryOp::Pow => self.float_pow(x, y),
            _ => return None,
        })
    }
    /// `x ** y` as CPython defines it: complex for negative bases with fractional exponents.
    pub fn float_pow(&self, x: f64, y: f64) -> Res {
        if x == 0.0 && y < 0.0 && y.is_finite() {
            return Err(self.zero_division_error("zero to a negative power"));
        }
        if x < 0.0 && x.is_finite() && y.is_finite() && y != y.floor() {
            return match pyrs_text::complex::power((x, 0.0), (y, 0.0)) {
                Ok((re, im)) => self.complex(re, im),
                Err(_) => Err(self.overflow_error("complex exponentiation")),
            };
        }
        let r = if x == 1.0 || (x == -1.0 && y.is_infinite()) { 1.0 } else { x.powf(y) };
        if r.is_infinite() && x.is_finite() && y.is_finite() {
            return Err(self.raise_with_errno(
                self.exc().overflow_error,
                34,
                "Numerical result out of range",
            ));
        }
        self.float(r)
    }
    /// `pow(a, b, m)`; `m` None is `a ** b`.
    pub fn power(&self, a: Value, b: Value, m: Value) -> Res {
        if m.is_none() {
            return self.binary(BinaryOp::Pow, a, b);
        }
        let (ca, cb) = (self.class_of(a), self.class_of(b));
        let left = self.special(ca, Special::Pow);
        let right = self.special(cb, Special::RPow).filter(|_| ca != cb);
        let right_first = right.is_some() && self.is_subclass_exact(cb, ca);
        let order = if right_first { [true, false] } else { [false, true] };
        for reflected in order {
            let r = match (reflected, left, right) {
                (false, Some(f), _) => self.call_bound(f, a, &[b, m])?,
                (true, _, Some(f)) => self.call_bound(f, b, &[a, m])?,
                _ => continue,
            };
            if r != Value::NOT_IMPLEMENTED {
                return Ok(r);
            }
        }
        Err(self.type_error(format!(
            "unsupported operand type(s) for ** or pow(): '{}', '{}', '{}'",
            self.type_name(a),
            self.type_name(b),
            self.type_name(m)
        )))
    }
    /// `class(errno, text)`
    pub fn raise_with_errno(
        &self,
        class: Gc<Class>,
        errno: i64,
        text: &str,
    ) -> crate::error::Raised {
        match (self.int(errno), self.str(text)) {
            (Ok(n), Ok(t)) => self.raise_with(class, &[n, t]),
            (Err(r), _) | (_, Err(r)) => r,
        }
    }

    // ---- unary
    pub fn negative(&self, v: Value) -> Res {
        if let Some(n) = self.plain_int(v) {
            if let Some(n) = n.as_int() {
                return self.int(-(n as i64));
            }
            let r = self.int_ref(&n).with_big(|a| a.to_owned().negated());
            return self.int_from_big(&r);
        }
        if let Some(x) = self.exact_float(v) {
            return self.float(-x);
        }
        self.unary(v, Special::Neg, "-")
    }
    pub fn positive(&self, v: Value) -> Res {
        match self.plain_int(v) {
            Some(n) => Ok(n),
            None if self.exact_float(v).is_some() => Ok(v),
            None => self.unary(v, Special::Pos, "+"),
        }
    }
    pub fn invert(&self, v: Value) -> Res {
        if let Some(n) = v.as_int() {
            return self.int(!(n as i64));
        }
        if self.exact::<BigInt>(v, core_shape::INT).is_some() {
            let r = self.int_ref(&v).with_big(bigint::bitnot);
            return self.int_from_big(&r);
        }
        self.unary(v, Special::Invert, "~")
    }
    fn unary(&self, v: Value, s: Special, symbol: &str) -> Res {
        match self.call_special(v, s, &[]) {
            Some(r) => r,
            None => Err(self.type_error(format!(
                "bad operand type for unary {symbol}: '{}'",
                self.type_name(v)
            ))),
        }
    }
    pub fn absolute(&self, v: Value) -> Res {
        if let Some(n) = self.plain_int(v) {
            return if self.int_ref(&n).is_negative() { self.negative(n) } else { Ok(n) };
        }
        if let Some(x) = self.exact_float(v) {
            return self.float(x.abs());
        }
        match self.call_special(v, Special::Abs, &[]) {
            Some(r) => r,
            None => {
                Err(self.type_error(format!("bad operand type for abs(): '{}'", self.type_name(v))))
            }
        }
    }
}

/// Floor division; the divisor is not 0.
#[inline(always)]
pub fn floor_div(x: i64, y: i64) -> i64 {
    let q = x.wrapping_div(y);
    if (x % y != 0) && ((x < 0) != (y < 0)) { q - 1 } else { q }
}
/// Remainder with the divisor's sign; the divisor is not 0.
#[inline(always)]
pub fn floor_mod(x: i64, y: i64) -> i64 {
    let r = x.wrapping_rem(y);
    if r != 0 && ((r < 0) != (y < 0)) { r + y } else { r }
}
/// `divmod` of floats as CPython computes it; `y` is not 0.
pub fn float_divmod(x: f64, y: f64) -> (f64, f64) {
    let mut m = x % y;
    let mut div = (x - m) / y;
    if m != 0.0 {
        if (y < 0.0) != (m < 0.0) {
            m += y;
            div -= 1.0;
        }
    } else {
        m = 0.0f64.copysign(y);
    }
    let floor = if div != 0.0 {
        let f = div.floor();
        if div - f > 0.5 { f + 1.0 } else { f }
    } else {
        0.0f64.copysign(x / y)
    };
    (floor, m)
}
