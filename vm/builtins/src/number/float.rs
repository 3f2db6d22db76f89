//! `float`: constructor, operators, methods.

use super::parse::{float_by_methods, float_from_text, int_from_float, real_of};
use super::{format_with, through_class};
use crate::support::{class_argument, instance_of};
use core::cmp::Ordering;
use pyrs_core::object::{GetSetDef, NativeDef};
use pyrs_core::protocol::{BinaryOp, Comparison, float_divmod};
use pyrs_core::{Res, Value, Vm};
use pyrs_text::float_repr::{self, HexError, RoundError};
use pyrs_text::{bigint, format_spec};

const DOC: &str = "Convert a string or number to a floating-point number, if possible.";

pub(super) fn install(vm: &Vm) -> Res<()> {
    crate::support::set_doc(vm, vm.classes().float, DOC)?;
    vm.extend_class(vm.classes().float, METHODS, GETSET)
}

/// The receiver's number.
#[inline(always)]
fn float_self(vm: &Vm, v: Value) -> f64 {
    vm.as_float(v).unwrap_or(0.0)
}
/// A float or int operand as a float; `None` for other objects.
fn operand(vm: &Vm, v: Value) -> Res<Option<f64>> {
    if let Some(x) = vm.as_float(v) {
        return Ok(Some(x));
    }
    match vm.as_int(v) {
        Some(n) => vm.int_to_float(n).map(Some),
        None => Ok(None),
    }
}
fn operate(vm: &Vm, op: BinaryOp, a: Value, b: Value) -> Res {
    match (operand(vm, a)?, operand(vm, b)?) {
        (Some(x), Some(y)) => vm.float_binary(op, x, y).unwrap_or(Ok(Value::NOT_IMPLEMENTED)),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
/// Order of a float and a float or int, exact for ints of any size. The outer `None`: another object.
fn order(vm: &Vm, x: f64, v: Value) -> Option<Option<Ordering>> {
    if let Some(y) = vm.as_float(v) {
        return Some(x.partial_cmp(&y));
    }
    let n = vm.as_int(v)?;
    let r = vm.int_ref(&n).with_big(|n| bigint::compare_float(n, x));
    Some(r.map(Ordering::reverse))
}
fn compare(vm: &Vm, op: Comparison, a: Value, b: Value) -> Res {
    Ok(match order(vm, float_self(vm, a), b) {
        Some(o) => Value::bool(op.holds_partial(o)),
        None => Value::NOT_IMPLEMENTED,
    })
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
}
macro_rules! comparisons {
    ($($name:ident, $op:ident;)*) => {$(
        fn $name(vm: &Vm, a: &[Value]) -> Res { compare(vm, Comparison::$op, a[0], a[1]) }
    )*};
}
comparisons! { lt, Lt; le, Le; eq, Eq; ne, Ne; gt, Gt; ge, Ge; }

fn divmod_of(vm: &Vm, a: Value, b: Value) -> Res {
    let (Some(x), Some(y)) = (operand(vm, a)?, operand(vm, b)?) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if y == 0.0 {
        return Err(vm.zero_division_error("division by zero"));
    }
    let (q, r) = float_divmod(x, y);
    vm.tuple(&[vm.float(q)?, vm.float(r)?])
}
fn divmod(vm: &Vm, a: &[Value]) -> Res {
    divmod_of(vm, a[0], a[1])
}
fn rdivmod(vm: &Vm, a: &[Value]) -> Res {
    divmod_of(vm, a[1], a[0])
}
fn power(vm: &Vm, base: Value, exponent: Value, modulus: Value) -> Res {
    if !modulus.is_none() {
        return Err(
            vm.type_error("pow() 3rd argument not allowed unless all arguments are integers")
        );
    }
    operate(vm, BinaryOp::Pow, base, exponent)
}
fn pow(vm: &Vm, a: &[Value]) -> Res {
    power(vm, a[0], a[1], a[2])
}
fn rpow(vm: &Vm, a: &[Value]) -> Res {
    power(vm, a[1], a[0], a[2])
}
fn neg(vm: &Vm, a: &[Value]) -> Res {
    vm.float(-float_self(vm, a[0]))
}
fn abs(vm: &Vm, a: &[Value]) -> Res {
    vm.float(float_self(vm, a[0]).abs())
}
/// The exact float of a receiver.
fn itself(vm: &Vm, a: &[Value]) -> Res {
    itself_get(vm, a[0])
}
fn itself_get(vm: &Vm, v: Value) -> Res {
    if vm.exact_float(v).is_some() { Ok(v) } else { vm.float(float_self(vm, v)) }
}
fn zero(vm: &Vm, _: Value) -> Res {
    vm.float(0.0)
}
fn bool_of(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(float_self(vm, a[0]) != 0.0))
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let h = pyrs_text::hash::hash_float(float_self(vm, a[0]));
    vm.int(h.unwrap_or_else(|| vm.address_hash(a[0])) as i64)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    vm.str(&float_repr::repr(float_self(vm, a[0])))
}
fn format(vm: &Vm, a: &[Value]) -> Res {
    let x = float_self(vm, a[0]);
    format_with(vm, a[0], a[1], |out, spec, context| {
        format_spec::format_float(out, x, spec, context)
    })
}
fn trunc(vm: &Vm, a: &[Value]) -> Res {
    int_from_float(vm, float_self(vm, a[0]))
}
fn floor(vm: &Vm, a: &[Value]) -> Res {
    int_from_float(vm, float_self(vm, a[0]).floor())
}
fn ceil(vm: &Vm, a: &[Value]) -> Res {
    int_from_float(vm, float_self(vm, a[0]).ceil())
}
fn round(vm: &Vm, a: &[Value]) -> Res {
    let x = float_self(vm, a[0]);
    if a[1].is_none() {
        return int_from_float(vm, x.round_ties_even());
    }
    let digits = vm.index_clamped(a[1])?;
    match float_repr::round_digits(x, digits as i64) {
        Ok(r) => vm.float(r),
        Err(RoundError::TooLarge) => Err(vm.overflow_error("rounded value too large to represent")),
        Err(RoundError::Infinity) => {
            Err(vm.overflow_error("cannot convert float infinity to integer"))
        }
        Err(RoundError::Nan) => Err(vm.value_error("cannot convert float NaN to integer")),
    }
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().float;
    let class = class_argument(vm, a[0], base)?;
    let x = a[1];
    if class == base && vm.exact_float(x).is_some() {
        return Ok(x);
    }
    let number = match vm.exact_str(x) {
        Some(_) => float_from_text(vm, x)?,
        None => match float_by_methods(vm, x)? {
            Some(f) => Some(f),
            None => float_from_text(vm, x)?,
        },
    };
    let Some(f) = number else {
        return Err(vm.type_error(format!(
            "float() argument must be a string or a real number, not '{}'",
            vm.type_name(x)
        )));
    };
    instance_of(vm, class, base, vm.float(f)?)
}
fn from_number(vm: &Vm, a: &[Value]) -> Res {
    let x = vm.float(real_of(vm, a[1])?)?;
    through_class(vm, a[0], vm.classes().float, x)
}
fn fromhex(vm: &Vm, a: &[Value]) -> Res {
    let Some(s) = vm.as_str(a[1]) else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    let text: Vec<u8> = s.points().iter().map(|c| if c < 0x80 { c as u8 } else { b'?' }).collect();
    match float_repr::from_hex(&text) {
        Ok(x) => through_class(vm, a[0], vm.classes().float, vm.float(x)?),
        Err(HexError::Invalid) => Err(vm.value_error("invalid hexadecimal floating-point string")),
        Err(HexError::TooLarge) => {
            Err(vm.overflow_error("hexadecimal value too large to represent as a float"))
        }
    }
}
fn hex(vm: &Vm, a: &[Value]) -> Res {
    vm.str(&float_repr::to_hex(float_self(vm, a[0])))
}
fn as_integer_ratio(vm: &Vm, a: &[Value]) -> Res {
    let x = float_self(vm, a[0]);
    if x.is_nan() {
        return Err(vm.value_error("cannot convert NaN to integer ratio"));
    }
    if x.is_infinite() {
        return Err(vm.overflow_error("cannot convert Infinity to integer ratio"));
    }
    let (mantissa, exponent) = float_repr::decompose(x);
    let shifted = |n: i64, by: u32| -> Res {
        match bigint::shl(bigint::BigInt::from_i64(n).as_ref(), by as usize) {
            Some(n) => vm.int_from_big(&n),
            None => Err(vm.memory_error()),
        }
    };
    let by = exponent.unsigned_abs();
    if exponent >= 0 {
        vm.tuple(&[shifted(mantissa, by)?, Value::small_int(1)])
    } else {
        vm.tuple(&[vm.int(mantissa)?, shifted(1, by)?])
    }
}
fn is_integer(vm: &Vm, a: &[Value]) -> Res {
    let x = float_self(vm, a[0]);
    Ok(Value::bool(x.is_finite() && x.floor() == x))
}
fn getformat(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_str(a[1]) {
        Some(s) if s.is("double") || s.is("float") => vm.str(if cfg!(target_endian = "big") {
            "IEEE, big-endian"
        } else {
            "IEEE, little-endian"
        }),
        Some(_) => Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
        None => Err(crate::support::bad_argument(vm, "__getformat__", "str", a[1])),
    }
}
fn getnewargs(vm: &Vm, a: &[Value]) -> Res {
    vm.tuple(&[itself_get(vm, a[0])?])
}

static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("real", itself_get, "the real part of a complex number"),
    GetSetDef::read_only("imag", zero, "the imaginary part of a complex number"),
];

static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, x=0, /)",
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
    NativeDef::method("__int__", "(self, /)", trunc, "int(self)"),
    NativeDef::method("__float__", "(self, /)", itself, "float(self)"),
    NativeDef::method("__floordiv__", "(self, value, /)", floordiv, "Return self//value."),
    NativeDef::method("__rfloordiv__", "(self, value, /)", rfloordiv, "Return value//self."),
    NativeDef::method("__truediv__", "(self, value, /)", truediv, "Return self/value."),
    NativeDef::method("__rtruediv__", "(self, value, /)", rtruediv, "Return value/self."),
    NativeDef::class_method(
        "from_number",
        "(cls, number, /)",
        from_number,
        "Convert real number to a floating-point number.",
    ),
    NativeDef::method(
        "conjugate",
        "(self, /)",
        itself,
        "Return self, the complex conjugate of any float.",
    ),
    NativeDef::method(
        "__trunc__",
        "(self, /)",
        trunc,
        "Return the Integral closest to x between 0 and x.",
    ),
    NativeDef::method("__floor__", "(self, /)", floor, "Return the floor as an Integral."),
    NativeDef::method("__ceil__", "(self, /)", ceil, "Return the ceiling as an Integral."),
    NativeDef::method(
        "__round__",
        "(self, ndigits=None, /)",
        round,
        "Return the Integral closest to x, rounding half toward even.",
    ),
    NativeDef::method(
        "as_integer_ratio",
        "(self, /)",
        as_integer_ratio,
        "Return a pair of integers, whose ratio is exactly equal to the original float.",
    ),
    NativeDef::class_method(
        "fromhex",
        "(cls, string, /)",
        fromhex,
        "Create a floating-point number from a hexadecimal string.",
    ),
    NativeDef::method(
        "hex",
        "(self, /)",
        hex,
        "Return a hexadecimal representation of a floating-point number.",
    ),
    NativeDef::method(
        "is_integer",
        "(self, /)",
        is_integer,
        "Return True if the float is an integer.",
    ),
    NativeDef::method("__getnewargs__", "(self, /)", getnewargs, ""),
    NativeDef::class_method(
        "__getformat__",
        "(cls, typestr, /)",
        getformat,
        "You probably don't want to use this function.",
    ),
    NativeDef::method(
        "__format__",
        "(self, format_spec, /)",
        format,
        "Formats the float according to format_spec.",
    ),
];
