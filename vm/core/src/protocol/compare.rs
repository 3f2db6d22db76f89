//! Comparison, equality, hashing and truth.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use core::cmp::Ordering;
use pyrs_heap::{Gc, Header, Value};
use pyrs_text::bigint;
use pyrs_text::hash as hashing;

/// A comparison operator. ORDER: as the opcodes and special methods.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Comparison {
    Lt,
    Le,
    Eq,
    Ne,
    Gt,
    Ge,
}

impl Comparison {
    pub const ALL: [Comparison; 6] = [
        Comparison::Lt,
        Comparison::Le,
        Comparison::Eq,
        Comparison::Ne,
        Comparison::Gt,
        Comparison::Ge,
    ];
    pub fn special(self) -> Special {
        Special::ALL[Special::Lt as usize + self as usize]
    }
    /// The operator with its operands exchanged.
    pub fn swapped(self) -> Comparison {
        use Comparison::*;
        match self {
            Lt => Gt,
            Le => Ge,
            Gt => Lt,
            Ge => Le,
            same => same,
        }
    }
    pub fn symbol(self) -> &'static str {
        ["<", "<=", "==", "!=", ">", ">="][self as usize]
    }
    /// The result for an ordering.
    #[inline(always)]
    pub fn holds(self, o: Ordering) -> bool {
        match self {
            Comparison::Lt => o.is_lt(),
            Comparison::Le => o.is_le(),
            Comparison::Eq => o.is_eq(),
            Comparison::Ne => o.is_ne(),
            Comparison::Gt => o.is_gt(),
            Comparison::Ge => o.is_ge(),
        }
    }
    /// The result for a partial ordering (floats): unordered makes only `!=` true.
    #[inline(always)]
    pub fn holds_partial(self, o: Option<Ordering>) -> bool {
        match o {
            Some(o) => self.holds(o),
            None => self == Comparison::Ne,
        }
    }
}

impl Vm {
    /// Order of two exact ints.
    pub fn int_cmp(&self, a: Value, b: Value) -> Ordering {
        if Value::both_int(a, b) {
            return a.int_unchecked().cmp(&b.int_unchecked());
        }
        self.int_ref(&a).with_big(|x| self.int_ref(&b).with_big(|y| bigint::cmp(x, y)))
    }
    /// Comparison of exact built-in values that needs no dispatch: `None` when it does.
    #[inline]
    pub fn compare_exact(&self, op: Comparison, a: Value, b: Value) -> Option<bool> {
        if Value::both_int(a, b) {
            return Some(op.holds(a.int_unchecked().cmp(&b.int_unchecked())));
        }
        if let (Some(x), Some(y)) = (self.object(a), self.object(b)) {
            return match (x.shape(), y.shape()) {
                (
                    core_shape::STR | core_shape::STR_BUFFERED,
                    core_shape::STR | core_shape::STR_BUFFERED,
                ) => {
                    // SAFETY: both shapes are those of strings.
                    let (x, y): (Gc<Str>, Gc<Str>) = unsafe { (x.cast(), y.cast()) };
                    Some(match op {
                        Comparison::Eq => Str::same_text(x, y),
                        Comparison::Ne => !Str::same_text(x, y),
                        _ => op.holds(compare_text(x, y)),
                    })
                }
                (core_shape::INT | core_shape::FLOAT, core_shape::INT | core_shape::FLOAT) => {
                    self.compare_numbers(op, a, b)
                }
                _ if matches!(op, Comparison::Eq | Comparison::Ne)
                    && self.compares_by_identity(x)
                    && self.compares_by_identity(y) =>
                {
                    Some((a == b) == (op == Comparison::Eq))
                }
                _ => None,
            };
        }
        self.compare_numbers(op, a, b)
    }
    /// The object's class has the comparisons of `object`.
    #[inline]
    pub(crate) fn compares_by_identity(&self, o: Gc<Header>) -> bool {
        let class = self.shape(o.shape()).class;
        let plain = |s: Special| {
            self.special(class, s)
                .and_then(|f| self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD))
                .is_some_and(|n| n.owner.get() == self.classes().object.value())
        };
        class.has(class_flag::MUTABLE) && plain(Special::Eq) && plain(Special::Ne)
    }
    #[inline(never)]
    fn compare_numbers(&self, op: Comparison, a: Value, b: Value) -> Option<bool> {
        if let (Some(x), Some(y)) = (self.exact_float(a), self.exact_float(b)) {
            return Some(op.holds_partial(x.partial_cmp(&y)));
        }
        if let Some(o) = self.mixed_order(a, b) {
            return Some(op.holds_partial(o));
        }
        let big = |v| self.exact::<BigInt>(v, core_shape::INT).is_some();
        if (big(a) && (big(b) || b.is_int())) || (a.is_int() && big(b)) {
            return Some(op.holds(self.int_cmp(a, b)));
        }
        None
    }
    /// Order of a float and an int (or bool) in either place, exactly; `None` for other pairs.
    #[inline]
    fn mixed_order(&self, a: Value, b: Value) -> Option<Option<Ordering>> {
        if let Some(x) = self.exact_float(a) {
            return Some(self.float_int_order(x, self.plain_int(b)?));
        }
        let y = self.exact_float(b)?;
        let n = self.plain_int(a)?;
        Some(self.float_int_order(y, n).map(Ordering::reverse))
    }
    fn float_int_order(&self, x: f64, n: Value) -> Option<Ordering> {
        const EXACT: isize = 1 << (if usize::BITS == 64 { 53 } else { 29 });
        match n.as_int() {
            Some(n) if n.abs() <= EXACT => x.partial_cmp(&(n as f64)),
            _ => {
                let o = self.int_ref(&n).with_big(|n| bigint::compare_float(n, x));
                o.map(Ordering::reverse)
            }
        }
    }
    /// `a op b`: any object.
    pub fn compare(&self, op: Comparison, a: Value, b: Value) -> Res {
        if let Some(r) = self.compare_exact(op, a, b) {
            return Ok(Value::bool(r));
        }
        self.compare_dispatch(op, a, b)
    }
    #[inline(never)]
    fn compare_dispatch(&self, op: Comparison, a: Value, b: Value) -> Res {
        if let (Comparison::Eq | Comparison::Ne, Some((x, y))) = (op, self.plain_tuples(a, b)) {
            return Ok(Value::bool(self.tuples_equal(x, y)? == (op == Comparison::Eq)));
        }
        if let (Some(x), Some(y)) =
            (self.exact::<Tuple>(a, core_shape::TUPLE), self.exact::<Tuple>(b, core_shape::TUPLE))
        {
            return self.order_tuples(op, x, y);
        }
        let (ca, cb) = (self.class_of(a), self.class_of(b));
        let mut tried = false;
        if ca != cb && self.is_subclass_exact(cb, ca) {
            tried = true;
            if let Some(r) = self.try_compare(op.swapped(), cb, b, a)? {
                return Ok(r);
            }
        }
        if let Some(r) = self.try_compare(op, ca, a, b)? {
            return Ok(r);
        }
        if !tried {
            return self.compare_after_left(op, a, b);
        }
        self.compare_by_identity(op, a, b)
    }
    /// The rest of a comparison whose left operand has refused.
    pub(crate) fn compare_after_left(&self, op: Comparison, a: Value, b: Value) -> Res {
        match self.try_compare(op.swapped(), self.class_of(b), b, a)? {
            Some(r) => Ok(r),
            None => self.compare_by_identity(op, a, b),
        }
    }
    fn compare_by_identity(&self, op: Comparison, a: Value, b: Value) -> Res {
        match op {
            Comparison::Eq => Ok(Value::bool(self.same(a, b))),
            Comparison::Ne => Ok(Value::bool(!self.same(a, b))),
            _ => Err(self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                self.type_name(a),
                self.type_name(b)
            ))),
        }
    }
    fn try_compare(
        &self,
        op: Comparison,
        class: Gc<Class>,
        a: Value,
        b: Value,
    ) -> Res<Option<Value>> {
        let Some(f) = self.special(class, op.special()) else { return Ok(None) };
        // object's own comparisons decide nothing but identity, which the caller does.
        if let Some(n) = self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD)
            && n.owner.get() == self.classes().object.value()
            && op != Comparison::Ne
        {
            return Ok(None);
        }
        self.enter_native().map_err(|r| self.recursion_in(r, "in comparison"))?;
        let r = match self.object(f).map(|o| o.shape()) {
            Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD) => {
                self.call_with_self(f, a, &[b])
            }
            // A descriptor that raises AttributeError stands for no comparison.
            _ => match self.descriptor_get(f, a, self.class_of(a)) {
                Ok(bound) => self.call(bound, &[b]),
                Err(r) if self.pending_is(r, self.exc().attribute_error) => {
                    self.take_exception(r);
                    Ok(Value::NOT_IMPLEMENTED)
                }
                Err(r) => Err(r),
            },
        };
        self.leave_native();
        let r = r?;
        Ok(if r == Value::NOT_IMPLEMENTED { None } else { Some(r) })
    }
    /// Two tuples, or two instances of one class that compares as tuples do.
    #[inline]
    fn plain_tuples(&self, a: Value, b: Value) -> Option<(Gc<Tuple>, Gc<Tuple>)> {
        let (x, y) = (self.object(a)?, self.object(b)?);
        if x.shape() != y.shape() {
            return None;
        }
        if x.shape() != core_shape::TUPLE {
            let shape = self.shape(x.shape());
            if !shape.wrapped {
                return None;
            }
            let class = shape.class;
            let own = |s: Special| {
                self.special(class, s)
                    .and_then(|f| self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD))
                    .is_some_and(|n| n.owner.get() == self.classes().tuple.value())
            };
            if !own(Special::Eq) || !own(Special::Ne) {
                return None;
            }
        }
        Some((self.as_tuple(a)?, self.as_tuple(b)?))
    }
    /// Any comparison of exact tuples.
    pub(crate) fn compare_tuples(&self, op: Comparison, x: Gc<Tuple>, y: Gc<Tuple>) -> Res {
        match op {
            Comparison::Eq => Ok(Value::bool(self.tuples_equal(x, y)?)),
            Comparison::Ne => Ok(Value::bool(!self.tuples_equal(x, y)?)),
            _ => self.order_tuples(op, x, y),
        }
    }
    /// `<`, `<=`, `>`, `>=` of tuples: the first items that differ decide, else the lengths.
    fn order_tuples(&self, op: Comparison, x: Gc<Tuple>, y: Gc<Tuple>) -> Res {
        self.enter_native().map_err(|r| self.recursion_in(r, "in comparison"))?;
        let mut result = None;
        for i in 0..x.len().min(y.len()) {
            match self.equal(x.get(i), y.get(i)) {
                Ok(true) => {}
                Ok(false) => result = Some(self.compare(op, x.get(i), y.get(i))),
                Err(r) => result = Some(Err(r)),
            }
            if result.is_some() {
                break;
            }
        }
        self.leave_native();
        result.unwrap_or_else(|| Ok(Value::bool(op.holds(x.len().cmp(&y.len())))))
    }
    pub(crate) fn tuples_equal(&self, x: Gc<Tuple>, y: Gc<Tuple>) -> Res<bool> {
        if x.len() != y.len() {
            return Ok(false);
        }
        self.enter_native().map_err(|r| self.recursion_in(r, "in comparison"))?;
        let mut equal = Ok(true);
        for i in 0..x.len() {
            let (a, b) = (x.get(i), y.get(i));
            if a == b {
                continue;
            }
            equal = match self.plain_tuples(a, b) {
                Some((p, q)) => self.tuples_equal(p, q),
                None => self.compare_bool(Comparison::Eq, a, b),
            };
            if equal != Ok(true) {
                break;
            }
        }
        self.leave_native();
        equal
    }
    /// Completes the text of a RecursionError: "maximum recursion depth exceeded in comparison".
    pub fn recursion_in(&self, r: crate::error::Raised, place: &str) -> crate::error::Raised {
        self.take_exception(r);
        self.recursion_error(format!("maximum recursion depth exceeded {place}"))
    }
    pub fn compare_bool(&self, op: Comparison, a: Value, b: Value) -> Res<bool> {
        match self.compare_exact(op, a, b) {
            Some(r) => Ok(r),
            None => self.truth(self.compare_dispatch(op, a, b)?),
        }
    }
    /// `a is b or a == b`, as containers compare.
    #[inline]
    pub fn equal(&self, a: Value, b: Value) -> Res<bool> {
        if a == b { Ok(true) } else { self.compare_bool(Comparison::Eq, a, b) }
    }
    /// `a is b`: numbers go by value.
    pub fn same(&self, a: Value, b: Value) -> bool {
        if a == b {
            return true;
        }
        let (Some(x), Some(y)) = (self.object(a), self.object(b)) else { return false };
        match (x.shape(), y.shape()) {
            (core_shape::FLOAT, core_shape::FLOAT) => {
                self.exact_float(a).map(f64::to_bits) == self.exact_float(b).map(f64::to_bits)
            }
            (core_shape::INT, core_shape::INT) => self.int_cmp(a, b).is_eq(),
            _ => false,
        }
    }
    /// Truth of any object.
    #[inline]
    pub fn truth(&self, v: Value) -> Res<bool> {
        match v {
            Value::TRUE => Ok(true),
            Value::FALSE | Value::NONE => Ok(false),
            _ if v.is_int() => Ok(v != Value::small_int(0)),
            _ => self.truth_slow(v),
        }
    }
    #[inline(never)]
    fn truth_slow(&self, v: Value) -> Res<bool> {
        if v == Value::NOT_IMPLEMENTED {
            return Err(self.type_error("NotImplemented should not be used in a boolean context"));
        }
        if let Some(x) = self.exact_float(v) {
            return Ok(x != 0.0);
        }
        let Some(o) = self.object(v) else { return Ok(true) };
        match o.shape() {
            core_shape::STR | core_shape::STR_BUFFERED | core_shape::BYTES | core_shape::TUPLE => {
                return Ok(!o.is_empty());
            }
            core_shape::INT => return Ok(true),
            _ => {}
        }
        if let Some(l) = self.exact::<List>(v, core_shape::LIST) {
            return Ok(!l.is_empty());
        }
        if let Some(d) = self.exact::<Dict>(v, core_shape::DICT) {
            return Ok(!d.is_empty());
        }
        let class = self.class_of(v);
        if let Some(f) = self.special(class, Special::Bool) {
            let r = self.call_bound(f, v, &[])?;
            return match r.as_bool() {
                Some(b) => Ok(b),
                None => Err(self.type_error(format!(
                    "__bool__ should return bool, returned {}",
                    self.type_name(r)
                ))),
            };
        }
        if self.special(class, Special::Len).is_some() {
            return Ok(self.len(v)? != 0);
        }
        Ok(true)
    }

    // ---- hashing
    /// Hash of an exact string, cached.
    #[inline]
    pub fn hash_str(&self, s: Gc<Str>) -> isize {
        let cell = s.hash_cell();
        match cell.get() {
            0 => {
                let h = hashing::hash_str(s.points(), self.seed);
                cell.set(h as usize);
                h
            }
            h => h as isize,
        }
    }
    /// `hash(v)`
    #[inline]
    pub fn hash(&self, v: Value) -> Res<isize> {
        if let Some(s) = self.exact_str(v) {
            return Ok(self.hash_str(s));
        }
        if v.is_int() {
            return Ok(hashing::hash_i64(v.int_unchecked() as i64));
        }
        if let Some(t) = self.exact::<Tuple>(v, core_shape::TUPLE)
            && t.hash.get() != 0
        {
            return Ok(t.hash.get() as isize);
        }
        self.hash_slow(v)
    }
    /// The hash of an int, a string, or a tuple that knows it: no more than looking.
    #[inline(always)]
    pub(crate) fn hash_at_hand(&self, v: Value) -> Option<isize> {
        if v.is_int() {
            return Some(hashing::hash_i64(v.int_unchecked() as i64));
        }
        if let Some(s) = self.exact_str(v) {
            return Some(self.hash_str(s));
        }
        let t = self.exact::<Tuple>(v, core_shape::TUPLE)?;
        (t.hash.get() != 0).then_some(t.hash.get() as isize)
    }
    #[inline(never)]
    fn hash_slow(&self, v: Value) -> Res<isize> {
        if let Some(x) = self.exact_float(v) {
            return Ok(hashing::hash_float(x).unwrap_or_else(|| self.address_hash(v)));
        }
        match v {
            Value::TRUE => return Ok(1),
            Value::FALSE => return Ok(0),
            Value::NONE => return Ok(0xfca8_6420u32 as isize),
            _ => {}
        }
        if let Some(t) = self.exact::<Tuple>(v, core_shape::TUPLE) {
            return self.hash_tuple(t);
        }
        if self.exact::<BigInt>(v, core_shape::INT).is_some() {
            return Ok(hashing::hash_int(self.int_ref(&v)));
        }
        if let Some(b) = self.exact::<Bytes>(v, core_shape::BYTES) {
            if b.hash.get() == 0 {
                b.hash.set(hashing::hash_bytes(b.data(), self.seed) as usize);
            }
            return Ok(b.hash.get() as isize);
        }
        let class = self.class_of(v);
        match self.special(class, Special::Hash) {
            Some(f) if !f.is_none() => {
                if let Some(n) = self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD) {
                    let owner = n.owner.get();
                    if owner == self.classes().object.value() {
                        return Ok(self.address_hash(v));
                    }
                    if owner == self.classes().tuple.value()
                        && let Some(t) = self.as_tuple(v)
                    {
                        return self.hash_tuple(t);
                    }
                }
                let r = self.call_bound(f, v, &[])?;
                self.hash_result(r)
            }
            _ => Err(self.type_error(format!("unhashable type: '{}'", self.type_name(v)))),
        }
    }
    /// Hash of an exact tuple, cached once all items have given theirs.
    fn hash_tuple(&self, t: Gc<Tuple>) -> Res<isize> {
        let known = t.hash.get();
        if known != 0 {
            return Ok(known as isize);
        }
        let mut h = hashing::TupleHasher::new();
        for i in 0..t.len() {
            let v = t.get(i);
            // Tuples may be nested deeper than the native stack reaches.
            if self.stack.native_stack_low() && self.as_tuple(v).is_some() {
                let text = "maximum recursion depth exceeded while hashing a tuple";
                return Err(self.recursion_error(text));
            }
            h.add(self.hash(v)?);
        }
        let hash = h.finish();
        t.hash.set(hash as usize);
        Ok(hash)
    }
    /// An int returned by `__hash__` as a hash: big ones are hashed themselves, -1 becomes -2.
    fn hash_result(&self, r: Value) -> Res<isize> {
        let Some(n) = self.as_int(r) else {
            return Err(self.type_error("__hash__ method should return an integer"));
        };
        let h = match self.int_ref(&n).to_i64().and_then(|n| isize::try_from(n).ok()) {
            Some(h) => h,
            None => hashing::hash_int(self.int_ref(&n)),
        };
        Ok(if h == -1 { -2 } else { h })
    }
    /// Hash by identity; pins the object.
    pub fn address_hash(&self, v: Value) -> isize {
        self.heap.pin(v);
        let h = v.bits().rotate_right(4) as isize;
        if h == -1 { -2 } else { h }
    }
    /// `id(v)`: numbers by value, others by address (which is pinned).
    pub fn id(&self, v: Value) -> Res {
        self.heap.pin(v);
        self.int_usize(v.bits())
    }
}

/// Order of two strings by code points.
pub fn compare_text(a: Gc<Str>, b: Gc<Str>) -> Ordering {
    use pyrs_text::CodePoints::One;
    match (a.points(), b.points()) {
        (One(x), One(y)) => x.cmp(y),
        (x, y) => x.iter().cmp(y.iter()),
    }
}
