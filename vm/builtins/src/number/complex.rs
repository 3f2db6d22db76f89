//! `complex`: constructor, operators, methods.

use super::format_with;
use super::parse::float_by_methods;
use crate::support::{class_argument, instance_of, warn};
use pyrs_core::object::{GetSetDef, NativeDef};
use pyrs_core::{Raised, Res, Value, Vm};
use pyrs_text::complex::{self as math, Complex, MathError};
use pyrs_text::{bigint, float_repr, format_spec, unicode};

const DOC: &str = "Create a complex number from a string or numbers.\n\
     \n\
     If a string is given, parse it as a complex number.\n\
     If a single number is given, convert it to a complex number.\n\
     If the 'real' or 'imag' arguments are given, create a complex number\n\
     with the specified real and imaginary components.";

pub(super) fn install(vm: &Vm) -> Res<()> {
    crate::support::set_doc(vm, vm.classes().complex, DOC)?;
    vm.extend_class(vm.classes().complex, METHODS, GETSET)
}

fn complex_self(vm: &Vm, v: Value) -> Complex {
    vm.as_complex(v).unwrap_or((0.0, 0.0))
}
fn make(vm: &Vm, z: Complex) -> Res {
    vm.complex(z.0, z.1)
}

/// An operand: complex, or real (float or int).
#[derive(Copy, Clone)]
enum Operand {
    Complex(Complex),
    Real(f64),
}
impl Operand {
    fn as_complex(self) -> Complex {
        match self {
            Operand::Complex(z) => z,
            Operand::Real(x) => (x, 0.0),
        }
    }
}
fn operand(vm: &Vm, v: Value) -> Res<Option<Operand>> {
    if let Some(z) = vm.as_complex(v) {
        return Ok(Some(Operand::Complex(z)));
    }
    if let Some(x) = vm.as_float(v) {
        return Ok(Some(Operand::Real(x)));
    }
    match vm.as_int(v) {
        Some(n) => Ok(Some(Operand::Real(vm.int_to_float(n)?))),
        None => Ok(None),
    }
}
#[cold]
fn math_error(vm: &Vm, e: MathError, power: bool) -> Raised {
    match (e, power) {
        (MathError::Domain, false) => vm.zero_division_error("division by zero"),
        (MathError::Domain, true) => vm.zero_division_error("zero to a negative or complex power"),
        (MathError::Range, _) => vm.overflow_error("complex exponentiation"),
    }
}
/// `a op b`. A real operand takes part as a real number: no imaginary zero is invented for it.
fn operate(vm: &Vm, op: u8, a: Value, b: Value) -> Res {
    use Operand::{Complex as C, Real as R};
    let (Some(a), Some(b)) = (operand(vm, a)?, operand(vm, b)?) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let r = match (op, a, b) {
        (b'+', C(x), R(y)) | (b'+', R(y), C(x)) => Ok((x.0 + y, x.1)),
        (b'+', ..) => {
            let (x, y) = (a.as_complex(), b.as_complex());
            Ok((x.0 + y.0, x.1 + y.1))
        }
        (b'-', C(x), R(y)) => Ok((x.0 - y, x.1)),
        (b'-', R(x), C(y)) => Ok((x - y.0, -y.1)),
        (b'-', ..) => {
            let (x, y) = (a.as_complex(), b.as_complex());
            Ok((x.0 - y.0, x.1 - y.1))
        }
        (b'*', C(x), R(y)) | (b'*', R(y), C(x)) => Ok((x.0 * y, x.1 * y)),
        (b'*', ..) => Ok(math::product(a.as_complex(), b.as_complex())),
        (b'/', C(_), R(0.0)) => Err(MathError::Domain),
        (b'/', C(x), R(y)) => Ok((x.0 / y, x.1 / y)),
        (b'/', R(x), C(y)) => math::real_quotient(x, y),
        (b'/', ..) => math::quotient(a.as_complex(), b.as_complex()),
        _ => math::power(a.as_complex(), b.as_complex()),
    };
    match r {
        Ok(z) => make(vm, z),
        Err(e) => Err(math_error(vm, e, op == b'p')),
    }
}
macro_rules! operators {
    ($($name:ident, $reflected:ident, $op:literal;)*) => {$(
        fn $name(vm: &Vm, a: &[Value]) -> Res { operate(vm, $op, a[0], a[1]) }
        fn $reflected(vm: &Vm, a: &[Value]) -> Res { operate(vm, $op, a[1], a[0]) }
    )*};
}
operators! { add, radd, b'+'; sub, rsub, b'-'; mul, rmul, b'*'; div, rdiv, b'/'; }

fn pow(vm: &Vm, a: &[Value]) -> Res {
    if !a[2].is_none() {
        return match (operand(vm, a[0])?, operand(vm, a[1])?) {
            (Some(_), Some(_)) => Err(vm.value_error("complex modulo")),
            _ => Ok(Value::NOT_IMPLEMENTED),
        };
    }
    operate(vm, b'p', a[0], a[1])
}
fn rpow(vm: &Vm, a: &[Value]) -> Res {
    pow(vm, &[a[1], a[0], a[2]])
}
/// `Some(equal)` against numbers, `None` against anything else.
fn equals(vm: &Vm, a: Value, b: Value) -> Option<bool> {
    let z = complex_self(vm, a);
    if let Some(w) = vm.as_complex(b) {
        return Some(z == w);
    }
    if let Some(x) = vm.as_float(b) {
        return Some(z == (x, 0.0));
    }
    let n = vm.as_int(b)?;
    let same = vm.int_ref(&n).with_big(|n| bigint::compare_float(n, z.0));
    Some(z.1 == 0.0 && same.is_some_and(|o| o.is_eq()))
}
fn eq(vm: &Vm, a: &[Value]) -> Res {
    Ok(equals(vm, a[0], a[1]).map_or(Value::NOT_IMPLEMENTED, Value::bool))
}
fn ne(vm: &Vm, a: &[Value]) -> Res {
    Ok(equals(vm, a[0], a[1]).map_or(Value::NOT_IMPLEMENTED, |e| Value::bool(!e)))
}
fn unordered(_: &Vm, _: &[Value]) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let z = complex_self(vm, a[0]);
    let part = |x| pyrs_text::hash::hash_float(x).unwrap_or_else(|| vm.address_hash(a[0]));
    vm.int(pyrs_text::hash::hash_complex(part(z.0), part(z.1)) as i64)
}
fn neg(vm: &Vm, a: &[Value]) -> Res {
    let z = complex_self(vm, a[0]);
    make(vm, (-z.0, -z.1))
}
/// The exact complex of a receiver.
fn itself(vm: &Vm, a: &[Value]) -> Res {
    if vm.class_of(a[0]) == vm.classes().complex {
        return Ok(a[0]);
    }
    make(vm, complex_self(vm, a[0]))
}
fn abs(vm: &Vm, a: &[Value]) -> Res {
    match math::magnitude(complex_self(vm, a[0])) {
        Ok(x) => vm.float(x),
        Err(_) => Err(vm.overflow_error("absolute value too large")),
    }
}
fn bool_of(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(complex_self(vm, a[0]) != (0.0, 0.0)))
}
fn conjugate(vm: &Vm, a: &[Value]) -> Res {
    let z = complex_self(vm, a[0]);
    make(vm, (z.0, -z.1))
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let z = complex_self(vm, a[0]);
    vm.str(&float_repr::repr_complex(z.0, z.1))
}
fn format(vm: &Vm, a: &[Value]) -> Res {
    let z = complex_self(vm, a[0]);
    format_with(vm, a[0], a[1], |out, spec, context| {
        format_spec::format_complex(out, z.0, z.1, spec, context)
    })
}
fn getnewargs(vm: &Vm, a: &[Value]) -> Res {
    let z = complex_self(vm, a[0]);
    vm.tuple(&[vm.float(z.0)?, vm.float(z.1)?])
}
fn real(vm: &Vm, v: Value) -> Res {
    vm.float(complex_self(vm, v).0)
}
fn imag(vm: &Vm, v: Value) -> Res {
    vm.float(complex_self(vm, v).1)
}

/// What `v.__complex__()` gives, if the class has it.
fn by_method(vm: &Vm, v: Value) -> Res<Option<Complex>> {
    let Some(f) = vm.lookup(vm.class_of(v), vm.names().complex) else { return Ok(None) };
    let r = vm.call_bound(f, v, &[])?;
    let Some(z) = vm.as_complex(r) else {
        return Err(
            vm.type_error(format!("__complex__ returned non-complex (type {})", vm.type_name(r)))
        );
    };
    if vm.class_of(r) != vm.classes().complex {
        let text = format!(
            "__complex__ returned non-complex (type {}).  The ability to return an instance of a \
             strict subclass of complex is deprecated, and may be removed in a future version of \
             Python.",
            vm.type_name(r)
        );
        warn(vm, vm.exc().deprecation_warning, &text)?;
    }
    Ok(Some(z))
}
fn from_text(vm: &Vm, v: Value) -> Res<Option<Complex>> {
    let Some(s) = vm.as_str(v) else { return Ok(None) };
    let parsed = match s.points().as_ascii() {
        Some(t) => float_repr::parse_complex(t),
        None => float_repr::parse_complex(&unicode::to_ascii_number(s.points())),
    };
    match parsed {
        Some(z) => Ok(Some(z)),
        None if misplaced_underscore(&unicode::to_ascii_number(s.points())) => {
            let shown = vm.repr(v)?;
            let before = "could not convert string to complex: ";
            let e = pyrs_text::TextError::value_around(before, shown.points(), "");
            Err(crate::support::text_error(vm, e))
        }
        None => Err(vm.value_error("complex() arg is a malformed string")),
    }
}
/// An underscore that does not stand between two digits.
fn misplaced_underscore(text: &[u8]) -> bool {
    let digit = |i: usize| text.get(i).is_some_and(u8::is_ascii_digit);
    (0..text.len()).any(|i| text[i] == b'_' && !(i > 0 && digit(i - 1) && digit(i + 1)))
}
/// A number as a complex one: `__complex__`, complex, `__float__`, `__index__`.
pub(crate) fn complex_of(vm: &Vm, v: Value) -> Res<Option<Complex>> {
    if vm.class_of(v) != vm.classes().complex
        && let Some(z) = by_method(vm, v)?
    {
        return Ok(Some(z));
    }
    if let Some(z) = vm.as_complex(v) {
        return Ok(Some(z));
    }
    Ok(float_by_methods(vm, v)?.map(|x| (x, 0.0)))
}
/// One argument of `complex(real, imag)`; complex ones are deprecated there.
fn part(vm: &Vm, v: Value, which: &str, methods: bool) -> Res<Complex> {
    let bad = |vm: &Vm| {
        vm.type_error(format!(
            "complex() argument '{which}' must be a real number, not {}",
            vm.type_name(v)
        ))
    };
    let z = match if methods { by_method(vm, v)? } else { None } {
        Some(z) => Some(z),
        None => vm.as_complex(v),
    };
    if let Some(z) = z {
        let text =
            format!("complex() argument '{which}' must be a real number, not {}", vm.type_name(v));
        warn(vm, vm.exc().deprecation_warning, &text)?;
        return Ok(z);
    }
    match float_by_methods(vm, v)? {
        Some(x) => Ok((x, 0.0)),
        None => Err(bad(vm)),
    }
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().complex;
    let class = class_argument(vm, a[0], base)?;
    let (re, im) = (a[1], a[2]);
    let z = match (re.is_unbound(), im.is_unbound()) {
        (true, true) => (0.0, 0.0),
        (false, true) => {
            if class == base && vm.class_of(re) == base {
                return Ok(re);
            }
            let z = match from_text(vm, re)? {
                Some(z) => Some(z),
                None => complex_of(vm, re)?,
            };
            z.ok_or_else(|| {
                vm.type_error(format!(
                    "complex() argument must be a string or a number, not {}",
                    vm.type_name(re)
                ))
            })?
        }
        (no_real, false) => {
            let x = if no_real { (0.0, 0.0) } else { part(vm, re, "real", true)? };
            let y = part(vm, im, "imag", false)?;
            let complex = |v: Value| vm.as_complex(v).is_some();
            let mut z = (x.0, y.0);
            if complex(im) {
                z.0 -= y.1;
            }
            if !no_real && (x.1 != 0.0 || complex(re)) {
                z.1 += x.1;
            }
            z
        }
    };
    instance_of(vm, class, base, make(vm, z)?)
}
fn from_number(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().complex;
    if a[0] == base.value() && vm.class_of(a[1]) == base {
        return Ok(a[1]);
    }
    match complex_of(vm, a[1])? {
        Some(z) => super::through_class(vm, a[0], base, make(vm, z)?),
        None => Err(vm.type_error(format!("must be real number, not {}", vm.type_name(a[1])))),
    }
}

static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("real", real, "the real part of a complex number"),
    GetSetDef::read_only("imag", imag, "the imaginary part of a complex number"),
];

static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, real=<unrepresentable>, imag=<unrepresentable>)",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    ),
    NativeDef::class_method(
        "from_number",
        "(cls, number, /)",
        from_number,
        "Convert number to a complex floating-point number.",
    ),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
    NativeDef::method("__lt__", "(self, value, /)", unordered, "Return self<value."),
    NativeDef::method("__le__", "(self, value, /)", unordered, "Return self<=value."),
    NativeDef::method("__eq__", "(self, value, /)", eq, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", ne, "Return self!=value."),
    NativeDef::method("__gt__", "(self, value, /)", unordered, "Return self>value."),
    NativeDef::method("__ge__", "(self, value, /)", unordered, "Return self>=value."),
    NativeDef::method("__add__", "(self, value, /)", add, "Return self+value."),
    NativeDef::method("__radd__", "(self, value, /)", radd, "Return value+self."),
    NativeDef::method("__sub__", "(self, value, /)", sub, "Return self-value."),
    NativeDef::method("__rsub__", "(self, value, /)", rsub, "Return value-self."),
    NativeDef::method("__mul__", "(self, value, /)", mul, "Return self*value."),
    NativeDef::method("__rmul__", "(self, value, /)", rmul, "Return value*self."),
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
    NativeDef::method("__truediv__", "(self, value, /)", div, "Return self/value."),
    NativeDef::method("__rtruediv__", "(self, value, /)", rdiv, "Return value/self."),
    NativeDef::method(
        "conjugate",
        "(self, /)",
        conjugate,
        "Return the complex conjugate of its argument.",
    ),
    NativeDef::method(
        "__complex__",
        "(self, /)",
        itself,
        "Convert this value to exact type complex.",
    ),
    NativeDef::method("__getnewargs__", "(self, /)", getnewargs, ""),
    NativeDef::method(
        "__format__",
        "(self, format_spec, /)",
        format,
        "Convert to a string according to format_spec.",
    ),
];
