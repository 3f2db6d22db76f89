//! `int`: constructor, operators, methods.

use super::parse::{int_from_text, int_of};
use super::{format_with, through_class};
use crate::support::{class_argument, instance_of, ssize, text_error};
use pyrs_core::object::{GetSetDef, NativeDef};
use pyrs_core::protocol::{BinaryOp, Comparison};
use pyrs_core::{Res, Value, Vm};
use pyrs_text::bigint;
use pyrs_text::{format_spec, int_text};

const DOC: &str = "int([x]) -> integer\n\
     int(x, base=10) -> integer\n\
     \n\
     Convert a number or string to an integer, or return 0 if no arguments\n\
     are given. With a base, x is text in that base; base 0 reads prefixes.";

pub(super) fn install(vm: &Vm) -> Res<()> {
    crate::support::set_doc(vm, vm.classes().int, DOC)?;
    let class = vm.classes().int;
    vm.extend_class(class, METHODS, GETSET)?;
    vm.extend_class(class, super::int_bytes::METHODS, &[])
}

/// The exact int of a receiver (bools and subclasses included).
#[inline(always)]
pub(super) fn int_self(vm: &Vm, v: Value) -> Value {
    vm.as_int(v).unwrap_or(Value::small_int(0))
}

#[inline]
fn operate(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> Res {
    match (vm.as_int(a), vm.as_int(b)) {
        (Some(a), Some(b)) => vm.int_binary(op, a, b).unwrap_or(Ok(Value::NOT_IMPLEMENTED)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
#[inline]
fn compare(vm: &Vm, op: Comparison, a: Value, b: Value) -> Res {
    match (vm.as_int(a), vm.as_int(b)) {
        (Some(a), Some(b)) => Ok(Value::bool(op.holds(vm.int_cmp(a, b)))),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

macro_rules! operators {
    ($($name:ident, $reflected:ident, $op:ident;)*) => {$(
        fn $name(vm: &Vm, a: &[Value]) -> Res { operate(vm, BinaryOp::$op, a[0], a[1]) }
        fn $reflected(vm: &Vm, a: &[Value]) -> Res { operate(vm, BinaryOp::$op, a[1], a[0]) }
    )*};
}
operators! {
    add, radd, Add;
    sub, rsub, Sub;
    mul, rmul, Mul;
    truediv, rtruediv, TrueDiv;
    floordiv, rfloordiv, FloorDiv;
    modulo, rmodulo, Mod;
    lshift, rlshift, LShift;
    rshift, rrshift, RShift;
    and, rand, And;
    or, ror, Or;
    xor, rxor, Xor;
}
macro_rules! comparisons {
    ($($name:ident, $op:ident;)*) => {$(
        fn $name(vm: &Vm, a: &[Value]) -> Res { compare(vm, Comparison::$op, a[0], a[1]) }
    )*};
}
comparisons! { lt, Lt; le, Le; eq, Eq; ne, Ne; gt, Gt; ge, Ge; }

fn divmod(vm: &Vm, a: &[Value]) -> Res {
    divmod_of(vm, a[0], a[1])
}
fn rdivmod(vm: &Vm, a: &[Value]) -> Res {
    divmod_of(vm, a[1], a[0])
}
fn divmod_of(vm: &Vm, a: Value, b: Value) -> Res {
    let (Some(a), Some(b)) = (vm.as_int(a), vm.as_int(b)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (Some(q), Some(r)) =
        (vm.int_binary(BinaryOp::FloorDiv, a, b), vm.int_binary(BinaryOp::Mod, a, b))
    else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    vm.tuple(&[q?, r?])
}
fn pow(vm: &Vm, a: &[Value]) -> Res {
    power(vm, a[0], a[1], a[2])
}
fn rpow(vm: &Vm, a: &[Value]) -> Res {
    power(vm, a[1], a[0], a[2])
}
fn power(vm: &Vm, base: Value, exponent: Value, modulus: Value) -> Res {
    let (Some(x), Some(y)) = (vm.as_int(base), vm.as_int(exponent)) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if modulus.is_none() {
        return vm.int_pow(x, y);
    }
    let Some(m) = vm.as_int(modulus) else { return Ok(Value::NOT_IMPLEMENTED) };
    let poll = &mut || vm.interrupted();
    let (x, y, m) = (vm.int_ref(&x), vm.int_ref(&y), vm.int_ref(&m));
    let r = x.with_big(|x| y.with_big(|y| m.with_big(|m| bigint::pow_mod(x, y, m, poll))));
    match r {
        Ok(n) => vm.int_from_big(&n),
        Err(bigint::ModPowError::ZeroModulus) => {
            Err(vm.value_error("pow() 3rd argument cannot be 0"))
        }
        Err(bigint::ModPowError::NotInvertible) => {
            Err(vm.value_error("base is not invertible for the given modulus"))
        }
        Err(bigint::ModPowError::Interrupted) => Err(vm.interrupt_raised()),
    }
}

fn neg(vm: &Vm, a: &[Value]) -> Res {
    vm.negative(int_self(vm, a[0]))
}
/// `+n`, `int(n)`, `n.__index__()` and the like: the exact int.
fn itself(vm: &Vm, a: &[Value]) -> Res {
    Ok(int_self(vm, a[0]))
}
fn itself_get(vm: &Vm, v: Value) -> Res {
    Ok(int_self(vm, v))
}
fn abs(vm: &Vm, a: &[Value]) -> Res {
    vm.absolute(int_self(vm, a[0]))
}
fn invert(vm: &Vm, a: &[Value]) -> Res {
    vm.invert(int_self(vm, a[0]))
}
fn bool_of(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(int_self(vm, a[0]) != Value::small_int(0)))
}
fn float_of(vm: &Vm, a: &[Value]) -> Res {
    vm.float(vm.int_to_float(int_self(vm, a[0]))?)
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let n = int_self(vm, a[0]);
    vm.int(pyrs_text::hash::hash_int(vm.int_ref(&n)) as i64)
}

/// `str(n)`, within the digit limit.
pub(crate) fn decimal(vm: &Vm, n: Value) -> Res {
    let mut out = Vec::new();
    let limit = vm.int_max_str_digits.get();
    match int_text::write_decimal(&mut out, vm.int_ref(&n), limit, &mut || vm.interrupted()) {
        Ok(()) => Ok(vm.new_str_points(pyrs_text::CodePoints::One(&out))?.value()),
        Err(int_text::DecimalError::TooManyDigits) => {
            Err(vm.value_error(int_text::print_limit_message(limit)))
        }
        Err(int_text::DecimalError::Interrupted) => Err(vm.interrupt_raised()),
    }
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    decimal(vm, int_self(vm, a[0]))
}
fn format(vm: &Vm, a: &[Value]) -> Res {
    let n = int_self(vm, a[0]);
    format_with(vm, a[0], a[1], |out, spec, context| {
        format_spec::format_int(out, vm.int_ref(&n), spec, context)
    })
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    let base_class = vm.classes().int;
    let class = class_argument(vm, a[0], base_class)?;
    let (x, base) = (a[1], a[2]);
    let n = if x.is_unbound() {
        if !base.is_unbound() {
            return Err(vm.type_error("int() missing string argument"));
        }
        Value::small_int(0)
    } else if base.is_unbound() {
        int_of(vm, x)?
    } else {
        let base = vm.index_clamped(base)?;
        if base != 0 && !(2..=36).contains(&base) {
            return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0"));
        }
        match int_from_text(vm, x, base as u32)? {
            Some(n) => n,
            None => {
                return Err(vm.type_error("int() can't convert non-string with explicit base"));
            }
        }
    };
    instance_of(vm, class, base_class, n)
}

fn bit_length(vm: &Vm, a: &[Value]) -> Res {
    let n = int_self(vm, a[0]);
    match n.as_int() {
        Some(n) => vm.int(i64::from(usize::BITS - n.unsigned_abs().leading_zeros())),
        None => vm.int_usize(vm.int_ref(&n).with_big(|n| bigint::bit_length(n.limbs))),
    }
}
fn bit_count(vm: &Vm, a: &[Value]) -> Res {
    let n = int_self(vm, a[0]);
    match n.as_int() {
        Some(n) => vm.int(i64::from(n.unsigned_abs().count_ones())),
        None => vm.int_usize(vm.int_ref(&n).with_big(|n| bigint::bit_count(n.limbs))),
    }
}
fn as_integer_ratio(vm: &Vm, a: &[Value]) -> Res {
    vm.tuple(&[int_self(vm, a[0]), Value::small_int(1)])
}
fn is_integer(_: &Vm, _: &[Value]) -> Res {
    Ok(Value::TRUE)
}
fn round(vm: &Vm, a: &[Value]) -> Res {
    let n = int_self(vm, a[0]);
    if a[1].is_unbound() || a[1].is_none() {
        return Ok(n);
    }
    let digits = vm.index(a[1])?;
    if !vm.int_ref(&digits).is_negative() {
        return Ok(n);
    }
    let places = vm.negative(digits)?;
    let bits = vm.int_ref(&n).with_big(|n| bigint::bit_length(n.limbs));
    // More places than digits: below half of the unit, so zero (and 10**places need not be made).
    match places.as_int() {
        Some(p) if (p as usize) <= bits / 3 + 2 => {
            let unit = vm.int_pow(Value::small_int(10), places)?;
            let r = vm
                .int_ref(&n)
                .with_big(|n| vm.int_ref(&unit).with_big(|u| bigint::round_to_multiple(n, u)));
            match r {
                Some(r) => vm.int_from_big(&r),
                None => Ok(n),
            }
        }
        _ => Ok(Value::small_int(0)),
    }
}
fn getnewargs(vm: &Vm, a: &[Value]) -> Res {
    vm.tuple(&[int_self(vm, a[0])])
}
/// As CPython counts: a header of three words and 4 bytes for each 30 bits.
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let n = int_self(vm, a[0]);
    let bits = vm.int_ref(&n).with_big(|n| bigint::bit_length(n.limbs));
    vm.int_usize(3 * size_of::<usize>() + 4 * bits.div_ceil(30).max(1))
}
fn one(_: &Vm, _: Value) -> Res {
    Ok(Value::small_int(1))
}
fn zero(_: &Vm, _: Value) -> Res {
    Ok(Value::small_int(0))
}

/// `int.to_bytes` and `int.from_bytes` share this reading of `byteorder`.
pub(super) fn byte_order(vm: &Vm, v: Value, function: &str) -> Res<bigint::ByteOrder> {
    match vm.as_str(v) {
        Some(s) if s.is("little") => Ok(bigint::ByteOrder::Little),
        Some(s) if s.is("big") => Ok(bigint::ByteOrder::Big),
        Some(_) => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
        None => Err(crate::support::bad_argument_at(vm, function, "'byteorder'", "str", v)),
    }
}
pub(super) fn to_bytes(vm: &Vm, a: &[Value]) -> Res {
    let n = int_self(vm, a[0]);
    let length = ssize(vm, a[1])?;
    let order = byte_order(vm, a[2], "to_bytes")?;
    let signed = vm.truth(a[3])?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    if length > u32::MAX as usize {
        return Err(vm.memory_error());
    }
    let r = vm.int_ref(&n).with_big(|n| bigint::to_bytes(n, length, order, signed));
    match r {
        Ok(data) => vm.bytes(&data),
        Err(e) => Err(text_error(vm, e)),
    }
}
pub(super) fn from_big_in(vm: &Vm, class: Value, n: &bigint::BigInt) -> Res {
    through_class(vm, class, vm.classes().int, vm.int_from_big(n)?)
}
static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("real", itself_get, "the real part of a complex number"),
    GetSetDef::read_only("imag", zero, "the imaginary part of a complex number"),
    GetSetDef::read_only(
        "numerator",
        itself_get,
        "the numerator of a rational number in lowest terms",
    ),
    GetSetDef::read_only(
        "denominator",
        one,
        "the denominator of a rational number in lowest terms",
    ),
];

static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, x=<unrepresentable>, /, base=<unrepresentable>)",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    ),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
    NativeDef::method("__lt__", "(self, value, /)", lt, "Return self<value."),
    NativeDef::method("__le__", "(self, value, /)", le, "Return self<=value."),
    NativeDef::method("__eq__", "(self, value, /)", eq, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", ne, "Return self!=value."),
    NativeDef::method("__gt__", "(self, value, /)", gt, "Return self>value."),
    NativeDef::method("__ge__", "(self, value, /)", ge, "Return self>=value."),
    NativeDef::method("__add__", "(self, value, /)", add, "Return self+value."),
    NativeDef::method("__radd__", "(self, value, /)", radd, "Return value+self."),
    NativeDef::method("__sub__", "(self, value, /)", sub, "Return self-value."),
    NativeDef::method("__rsub__", "(self, value, /)", rsub, "Return value-self."),
    NativeDef::method("__mul__", "(self, value, /)", mul, "Return self*value."),
    NativeDef::method("__rmul__", "(self, value, /)", rmul, "Return value*self."),
    NativeDef::method("__mod__", "(self, value, /)", modulo, "Return self%value."),
    NativeDef::method("__rmod__", "(self, value, /)", rmodulo, "Return value%self."),
    NativeDef::method("__divmod__", "(self, value, /)", divmod, "Return divmod(self, value)."),
    NativeDef::method("__rdivmod__", "(self, value, /)", rdivmod, "Return divmod(value, self)."),
    NativeDef::method(
        "__pow__",
        "(self, value, mod=None, /)",
        pow,
        "Return pow(self, value, mod).",
    ),
    NativeDef::method(
        "__rpow__",
        "(self, value, mod=None, /)",
        rpow,
        "Return pow(value, self, mod).",
    ),
    NativeDef::method("__neg__", "(self, /)", neg, "-self"),
    NativeDef::method("__pos__", "(self, /)", itself, "+self"),
    NativeDef::method("__abs__", "(self, /)", abs, "abs(self)"),
    NativeDef::method("__bool__", "(self, /)", bool_of, "True if self else False"),
    NativeDef::method("__invert__", "(self, /)", invert, "~self"),
    NativeDef::method("__lshift__", "(self, value, /)", lshift, "Return self<<value."),
    NativeDef::method("__rlshift__", "(self, value, /)", rlshift, "Return value<<self."),
    NativeDef::method("__rshift__", "(self, value, /)", rshift, "Return self>>value."),
    NativeDef::method("__rrshift__", "(self, value, /)", rrshift, "Return value>>self."),
    NativeDef::method("__and__", "(self, value, /)", and, "Return self&value."),
    NativeDef::method("__rand__", "(self, value, /)", rand, "Return value&self."),
    NativeDef::method("__xor__", "(self, value, /)", xor, "Return self^value."),
    NativeDef::method("__rxor__", "(self, value, /)", rxor, "Return value^self."),
    NativeDef::method("__or__", "(self, value, /)", or, "Return self|value."),
    NativeDef::method("__ror__", "(self, value, /)", ror, "Return value|self."),
    NativeDef::method("__int__", "(self, /)", itself, "int(self)"),
    NativeDef::method("__float__", "(self, /)", float_of, "float(self)"),
    NativeDef::method("__floordiv__", "(self, value, /)", floordiv, "Return self//value."),
    NativeDef::method("__rfloordiv__", "(self, value, /)", rfloordiv, "Return value//self."),
    NativeDef::method("__truediv__", "(self, value, /)", truediv, "Return self/value."),
    NativeDef::method("__rtruediv__", "(self, value, /)", rtruediv, "Return value/self."),
    NativeDef::method(
        "__index__",
        "(self, /)",
        itself,
        "Return self converted to an integer, if self is suitable for use as an index into a list.",
    ),
    NativeDef::method(
        "conjugate",
        "(self, /)",
        itself,
        "Returns self, the complex conjugate of any int.",
    ),
    NativeDef::method(
        "bit_length",
        "(self, /)",
        bit_length,
        "Number of bits necessary to represent self in binary.",
    ),
    NativeDef::method(
        "bit_count",
        "(self, /)",
        bit_count,
        "Number of ones in the binary representation of the absolute value of self.",
    ),
    NativeDef::method(
        "as_integer_ratio",
        "(self, /)",
        as_integer_ratio,
        "Return a pair of integers, whose ratio is equal to the original int.",
    ),
    NativeDef::method("__trunc__", "(self, /)", itself, "Truncating an Integral returns itself."),
    NativeDef::method("__floor__", "(self, /)", itself, "Flooring an Integral returns itself."),
    NativeDef::method("__ceil__", "(self, /)", itself, "Ceiling of an Integral returns itself."),
    NativeDef::method(
        "__round__",
        "(self, ndigits=None, /)",
        round,
        "Rounding an Integral returns itself.",
    ),
    NativeDef::method("__getnewargs__", "(self, /)", getnewargs, ""),
    NativeDef::method(
        "__format__",
        "(self, format_spec, /)",
        format,
        "Convert to a string according to format_spec.",
    ),
    NativeDef::method("__sizeof__", "(self, /)", sizeof, "Returns size in memory, in bytes."),
    NativeDef::method(
        "is_integer",
        "(self, /)",
        is_integer,
        "Returns True. Exists for duck type compatibility with float.is_integer.",
    ),
];
