//! The value word: every Python value is one machine word, `Copy`, and tells its kind by its low bits.
//!
//! ```text
//! ....1   small int   (63 bits; 31 on 32-bit CPUs), arithmetic shift right by one gives the number
//! ...10   inline float (64-bit CPUs only): rotl(bits + FLOAT_OFFSET, 3)
//! ..000   pointer to an 8-aligned heap object; the null word is UNBOUND
//! ..100   immediates: None, False, True, NotImplemented, Ellipsis; on 64-bit CPUs also +0.0
//! ```
//! Inline floats cover |x| from 2^-256 to below 2^256 exactly; +0.0 follows the same formula and lands on
//! one word with tag `100`; every other float is a heap object.
//!
//! Invariants: I1 an int or float has exactly one encoding (so `is` may compare words for inline numbers);
//! I2 a word with tag `000` that is not null points to a live object header.

use crate::header::Header;
use core::ptr::NonNull;

/// One Python value, or [`Value::UNBOUND`].
#[derive(Copy, Clone, PartialEq, Eq)]
#[repr(transparent)]
pub struct Value(usize);

const INT_TAG: usize = 1;
/// The two low bits of inline floats other than zero.
pub const FLOAT_TAG: usize = 2;
const POINTER_MASK: usize = 7;

/// What the encoding of inline floats adds to a double's bits before it rotates them left by three.
#[cfg(target_pointer_width = "64")]
pub const FLOAT_OFFSET: u64 = (1u64 << 63).wrapping_add(257u64 << 52);
/// The inline encoding of +0.0, which has another tag than the others.
#[cfg(target_pointer_width = "64")]
pub const FLOAT_ZERO: usize = FLOAT_OFFSET.rotate_left(3) as usize;

impl Value {
    /// No value: an unassigned local, an absent argument, an empty slot. Never visible to Python code.
    pub const UNBOUND: Value = Value(0);
    pub const NONE: Value = Value(0x04);
    pub const FALSE: Value = Value(0x0c);
    pub const TRUE: Value = Value(0x14);
    pub const NOT_IMPLEMENTED: Value = Value(0x1c);
    pub const ELLIPSIS: Value = Value(0x24);

    /// Largest and smallest small int.
    pub const INT_MAX: isize = isize::MAX >> 1;
    pub const INT_MIN: isize = isize::MIN >> 1;

    #[inline(always)]
    pub const fn from_bits(bits: usize) -> Value {
        Value(bits)
    }
    #[inline(always)]
    pub const fn bits(self) -> usize {
        self.0
    }
    #[inline(always)]
    pub const fn is_unbound(self) -> bool {
        self.0 == 0
    }
    #[inline(always)]
    pub fn is_none(self) -> bool {
        self == Value::NONE
    }
    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value::TRUE } else { Value::FALSE }
    }
    /// `Some` for exactly True and False.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        match self {
            Value::TRUE => Some(true),
            Value::FALSE => Some(false),
            _ => None,
        }
    }

    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & INT_TAG != 0
    }
    /// Both words are small ints (one test).
    #[inline(always)]
    pub const fn both_int(a: Value, b: Value) -> bool {
        a.0 & b.0 & INT_TAG != 0
    }
    /// The number in a small int; meaningless for other words.
    #[inline(always)]
    pub const fn int_unchecked(self) -> isize {
        (self.0 as isize) >> 1
    }
    #[inline(always)]
    pub const fn as_int(self) -> Option<isize> {
        if self.is_int() { Some(self.int_unchecked()) } else { None }
    }
    /// A small int; `None` when `n` needs a heap object.
    #[inline(always)]
    pub const fn try_int(n: i64) -> Option<Value> {
        if n >= Value::INT_MIN as i64 && n <= Value::INT_MAX as i64 {
            Some(Value::small_int(n as isize))
        } else {
            None
        }
    }
    /// A small int; `n` must lie within `INT_MIN..=INT_MAX` (checked in debug builds).
    #[inline(always)]
    pub const fn small_int(n: isize) -> Value {
        debug_assert!(n >= Value::INT_MIN && n <= Value::INT_MAX);
        Value(((n as usize) << 1) | INT_TAG)
    }

    /// The inline encoding of a float, if it has one.
    #[inline(always)]
    pub fn try_float(x: f64) -> Option<Value> {
        #[cfg(target_pointer_width = "64")]
        {
            let word = x.to_bits().wrapping_add(FLOAT_OFFSET).rotate_left(3) as usize;
            if word & 3 == FLOAT_TAG || word == FLOAT_ZERO { Some(Value(word)) } else { None }
        }
        #[cfg(not(target_pointer_width = "64"))]
        {
            let _ = (x, FLOAT_TAG);
            None
        }
    }
    #[inline(always)]
    pub const fn is_inline_float(self) -> bool {
        #[cfg(target_pointer_width = "64")]
        {
            self.0 & 3 == FLOAT_TAG || self.0 == FLOAT_ZERO
        }
        #[cfg(not(target_pointer_width = "64"))]
        {
            false
        }
    }
    /// Decodes an inline float; meaningless for other words.
    #[inline(always)]
    pub fn inline_float_unchecked(self) -> f64 {
        #[cfg(target_pointer_width = "64")]
        {
            f64::from_bits((self.0 as u64).rotate_right(3).wrapping_sub(FLOAT_OFFSET))
        }
        #[cfg(not(target_pointer_width = "64"))]
        {
            f64::NAN
        }
    }
    #[inline(always)]
    pub fn as_inline_float(self) -> Option<f64> {
        if self.is_inline_float() { Some(self.inline_float_unchecked()) } else { None }
    }

    /// Points to a heap object.
    #[inline(always)]
    pub const fn is_object(self) -> bool {
        self.0 & POINTER_MASK == 0 && self.0 != 0
    }
    /// The header of the heap object this word points to.
    #[inline(always)]
    pub fn object(self) -> Option<NonNull<Header>> {
        if self.0 & POINTER_MASK == 0 { NonNull::new(self.0 as *mut Header) } else { None }
    }
    #[inline(always)]
    pub fn from_object(p: NonNull<Header>) -> Value {
        Value(p.as_ptr() as usize)
    }
}

impl core::fmt::Debug for Value {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match *self {
            Value::UNBOUND => f.write_str("<unbound>"),
            Value::NONE => f.write_str("None"),
            Value::FALSE => f.write_str("False"),
            Value::TRUE => f.write_str("True"),
            Value::NOT_IMPLEMENTED => f.write_str("NotImplemented"),
            Value::ELLIPSIS => f.write_str("Ellipsis"),
            v if v.is_int() => write!(f, "{}", v.int_unchecked()),
            v if v.is_inline_float() => write!(f, "{:?}", v.inline_float_unchecked()),
            v => write!(f, "<object {:#x}>", v.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_round_trip_at_the_edges() {
        for n in [0, 1, -1, Value::INT_MAX, Value::INT_MIN] {
            assert_eq!(Value::try_int(n as i64).and_then(Value::as_int), Some(n));
        }
        #[cfg(target_pointer_width = "64")]
        assert_eq!(Value::try_int(i64::MAX), None);
    }

    #[test]
    #[cfg(target_pointer_width = "64")]
    fn floats_in_the_window_round_trip_and_others_are_refused() {
        for x in [0.0, 1.0, -1.5, 1e77, -8.7e-78, 3.25, f64::EPSILON] {
            let v = Value::try_float(x).expect("inside the window");
            assert_eq!(v.as_inline_float().map(f64::to_bits), Some(x.to_bits()));
            assert!(!v.is_int() && !v.is_object());
        }
        for x in [-0.0, f64::INFINITY, f64::NAN, 1e300, 5e-324] {
            assert_eq!(Value::try_float(x), None);
        }
        for v in [Value::NONE, Value::TRUE, Value::FALSE, Value::ELLIPSIS, Value::NOT_IMPLEMENTED] {
            assert!(!v.is_inline_float() && !v.is_object() && !v.is_int());
        }
    }
}
