//! `cmath`: functions of complex numbers.

mod functions;

use functions as f;
use pyrs_core::{NativeDef, Raised, Res, Value, Vm};
use pyrs_text::complex::{Complex, MathError, magnitude, quotient};

macro_rules! functions {
    ($($name:literal, $f:expr, $doc:literal;)*) => {
        static FUNCTIONS: &[NativeDef] = &[
            $(NativeDef::function($name, "(z, /)", |vm, a| {
                let z = argument(vm, a[0])?;
                answer(vm, $f(z))
            }, $doc),)*
        ];
    };
}
functions! {
    "acos", |z| Ok(f::acos(z)), "Return the arc cosine of z.";
    "acosh", |z| Ok(f::acosh(z)), "Return the inverse hyperbolic cosine of z.";
    "asin", f::asin, "Return the arc sine of z.";
    "asinh", |z| Ok(f::asinh(z)), "Return the inverse hyperbolic sine of z.";
    "atan", f::atan, "Return the arc tangent of z.";
    "atanh", f::atanh, "Return the inverse hyperbolic tangent of z.";
    "cos", f::cos, "Return the cosine of z.";
    "cosh", f::cosh, "Return the hyperbolic cosine of z.";
    "exp", f::exp, "Return the exponential value e**z.";
    "log10", f::log10, "Return the base-10 logarithm of z.";
    "sin", f::sin, "Return the sine of z.";
    "sinh", f::sinh, "Return the hyperbolic sine of z.";
    "sqrt", |z| Ok(f::sqrt(z)), "Return the square root of z.";
    "tan", f::tan, "Return the tangent of z.";
    "tanh", f::tanh, "Return the hyperbolic tangent of z.";
}
static OTHERS: &[NativeDef] = &[
    NativeDef::function(
        "log",
        "(z, base=<unrepresentable>, /)",
        log,
        "log(z[, base]) -> the logarithm of z to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of z.",
    ),
    NativeDef::function(
        "phase",
        "(z, /)",
        |vm, a| {
            let (x, y) = argument(vm, a[0])?;
            vm.float(y.atan2(x))
        },
        "Return argument, also known as the phase angle, of a complex.",
    ),
    NativeDef::function(
        "polar",
        "(z, /)",
        polar,
        "Convert a complex from rectangular coordinates to polar coordinates.\n\nr is the distance from 0 and phi the phase angle.",
    ),
    NativeDef::function(
        "rect",
        "(r, phi, /)",
        rect,
        "Convert from polar coordinates to rectangular coordinates.",
    ),
    NativeDef::function(
        "isfinite",
        "(z, /)",
        |vm, a| {
            let (x, y) = argument(vm, a[0])?;
            Ok(Value::bool(x.is_finite() && y.is_finite()))
        },
        "Return True if both the real and imaginary parts of z are finite, else False.",
    ),
    NativeDef::function(
        "isnan",
        "(z, /)",
        |vm, a| {
            let (x, y) = argument(vm, a[0])?;
            Ok(Value::bool(x.is_nan() || y.is_nan()))
        },
        "Checks if the real or imaginary part of z not a number (NaN).",
    ),
    NativeDef::function(
        "isinf",
        "(z, /)",
        |vm, a| {
            let (x, y) = argument(vm, a[0])?;
            Ok(Value::bool(x.is_infinite() || y.is_infinite()))
        },
        "Checks if the real or imaginary part of z is infinite.",
    ),
    NativeDef::function(
        "isclose",
        "(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        isclose,
        "Determine whether two complex numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "This module provides access to mathematical functions for complex\nnumbers.";
    let m = vm.new_native_module("cmath", doc, FUNCTIONS)?;
    vm.add_functions(m, OTHERS)?;
    for (name, x) in [
        ("pi", core::f64::consts::PI),
        ("e", core::f64::consts::E),
        ("tau", core::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        vm.module_set(m, name, vm.float(x)?)?;
    }
    vm.module_set(m, "infj", vm.complex(0.0, f64::INFINITY)?)?;
    vm.module_set(m, "nanj", vm.complex(0.0, f64::NAN)?)?;
    Ok(m.value())
}

fn argument(vm: &Vm, v: Value) -> Res<Complex> {
    if let Some(z) = vm.as_complex(v) {
        return Ok(z);
    }
    if vm.lookup(vm.class_of(v), vm.names().complex).is_some() {
        let z = vm.call(vm.classes().complex.value(), &[v])?;
        return vm.as_complex(z).ok_or_else(|| vm.type_error("a complex number is required"));
    }
    Ok((pyrs_builtins::real_of(vm, v)?, 0.0))
}
#[cold]
fn error(vm: &Vm, e: MathError) -> Raised {
    match e {
        MathError::Domain => vm.value_error("math domain error"),
        MathError::Range => vm.overflow_error("math range error"),
    }
}
fn answer(vm: &Vm, r: Result<Complex, MathError>) -> Res {
    match r {
        Ok((x, y)) => vm.complex(x, y),
        Err(e) => Err(error(vm, e)),
    }
}
fn log(vm: &Vm, a: &[Value]) -> Res {
    let z = argument(vm, a[0])?;
    if a[1].is_unbound() {
        return answer(vm, f::log(z));
    }
    let base = argument(vm, a[1])?;
    answer(vm, f::log(z).and_then(|top| quotient(top, f::log(base)?)))
}
fn polar(vm: &Vm, a: &[Value]) -> Res {
    let z = argument(vm, a[0])?;
    let size = magnitude(z).map_err(|e| error(vm, e))?;
    vm.tuple(&[vm.float(size)?, vm.float(z.1.atan2(z.0))?])
}
fn rect(vm: &Vm, a: &[Value]) -> Res {
    let (r, phi) = (pyrs_builtins::real_of(vm, a[0])?, pyrs_builtins::real_of(vm, a[1])?);
    answer(vm, f::rect(r, phi))
}
fn isclose(vm: &Vm, a: &[Value]) -> Res {
    let (x, y) = (argument(vm, a[0])?, argument(vm, a[1])?);
    let relative = pyrs_builtins::real_of(vm, a[2])?;
    let absolute = pyrs_builtins::real_of(vm, a[3])?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if x == y {
        return Ok(Value::TRUE);
    }
    if [x.0, x.1, y.0, y.1].iter().any(|p| p.is_infinite()) {
        return Ok(Value::FALSE);
    }
    let size = |z: Complex| z.0.hypot(z.1);
    let d = size((x.0 - y.0, x.1 - y.1));
    Ok(Value::bool(d <= relative * size(y) || d <= relative * size(x) || d <= absolute))
}
