//! `math`: functions of real numbers and of integers.
//!
//! `float` holds the functions of one or two floats, `gamma` the gamma functions, `norm` sums and distances,
//! `integer` the functions of whole numbers. Results are those of the C library; errors follow C99 Annex F:
//! a domain error is ValueError, an overflow OverflowError.

mod float;
mod gamma;
mod integer;
mod norm;

use pyrs_core::{NativeDef, Res, Value, Vm};

pub(crate) use float::{acosh, asinh, atanh, frexp, scale};

/// Declares a function of one float that raises as its message says; `overflow`: infinite results of finite
/// arguments are "math range error".
macro_rules! unary {
    ($name:literal, $f:expr, $overflow:literal, $message:literal, $doc:literal) => {
        NativeDef::function(
            $name,
            "(x, /)",
            |vm, a| float::unary(vm, a[0], $f, $overflow, $message),
            $doc,
        )
    };
}
macro_rules! function {
    ($name:literal, $signature:literal, $f:expr, $doc:literal) => {
        NativeDef::function($name, $signature, $f, $doc)
    };
}

static FUNCTIONS: &[NativeDef] = &[
    unary!(
        "acos",
        f64::acos,
        false,
        "expected a number in range from -1 up to 1, got {}",
        "Return the arc cosine (measured in radians) of x.\n\nThe result is between 0 and pi."
    ),
    unary!(
        "acosh",
        acosh,
        false,
        "expected argument value not less than 1, got {}",
        "Return the inverse hyperbolic cosine of x."
    ),
    unary!(
        "asin",
        f64::asin,
        false,
        "expected a number in range from -1 up to 1, got {}",
        "Return the arc sine (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."
    ),
    unary!("asinh", asinh, false, "", "Return the inverse hyperbolic sine of x."),
    unary!(
        "atan",
        f64::atan,
        false,
        "",
        "Return the arc tangent (measured in radians) of x.\n\nThe result is between -pi/2 and pi/2."
    ),
    unary!(
        "atanh",
        atanh,
        false,
        "expected a number between -1 and 1, got {}",
        "Return the inverse hyperbolic tangent of x."
    ),
    unary!("cbrt", f64::cbrt, false, "", "Return the cube root of x."),
    unary!(
        "cos",
        f64::cos,
        false,
        "expected a finite input, got {}",
        "Return the cosine of x (measured in radians)."
    ),
    unary!("cosh", f64::cosh, true, "", "Return the hyperbolic cosine of x."),
    unary!("erf", float::erf, false, "", "Error function at x."),
    unary!("erfc", float::erfc, false, "", "Complementary error function at x."),
    unary!("exp", f64::exp, true, "", "Return e raised to the power of x."),
    unary!("exp2", f64::exp2, true, "", "Return 2 raised to the power of x."),
    unary!(
        "expm1",
        f64::exp_m1,
        true,
        "",
        "Return exp(x)-1.\n\nThis function avoids the loss of precision involved in the direct evaluation of exp(x)-1 for small x."
    ),
    unary!("fabs", f64::abs, false, "", "Return the absolute value of the float x."),
    unary!(
        "log1p",
        f64::ln_1p,
        false,
        "expected argument value > -1, got {}",
        "Return the natural logarithm of 1+x (base e).\n\nThe result is computed in a way which is accurate for x near zero."
    ),
    unary!(
        "sin",
        f64::sin,
        false,
        "expected a finite input, got {}",
        "Return the sine of x (measured in radians)."
    ),
    unary!("sinh", f64::sinh, true, "", "Return the hyperbolic sine of x."),
    unary!(
        "sqrt",
        f64::sqrt,
        false,
        "expected a nonnegative input, got {}",
        "Return the square root of x."
    ),
    unary!(
        "tan",
        f64::tan,
        false,
        "expected a finite input, got {}",
        "Return the tangent of x (measured in radians)."
    ),
    unary!("tanh", f64::tanh, false, "", "Return the hyperbolic tangent of x."),
    function!("gamma", "(x, /)", gamma::gamma, "Gamma function at x."),
    function!(
        "lgamma",
        "(x, /)",
        gamma::lgamma,
        "Natural logarithm of absolute value of Gamma function at x."
    ),
    function!(
        "atan2",
        "(y, x, /)",
        float::atan2,
        "Return the arc tangent (measured in radians) of y/x.\n\nUnlike atan(y/x), the signs of both x and y are considered."
    ),
    function!(
        "copysign",
        "(x, y, /)",
        float::copysign,
        "Return a float with the magnitude (absolute value) of x but the sign of y.\n\nOn platforms that support signed zeros, copysign(1.0, -0.0)\nreturns -1.0.\n"
    ),
    function!(
        "remainder",
        "(x, y, /)",
        float::remainder,
        "Difference between x and the closest integer multiple of y.\n\nReturn x - n*y where n*y is the closest integer multiple of y.\nIn the case where x is exactly halfway between two multiples of\ny, the nearest even value of n is used. The result is always exact."
    ),
    function!(
        "fmod",
        "(x, y, /)",
        float::fmod,
        "Return fmod(x, y), according to platform C.\n\nx % y may differ."
    ),
    function!("pow", "(x, y, /)", float::pow, "Return x**y (x to the power of y)."),
    function!(
        "fma",
        "(x, y, z, /)",
        float::fma,
        "Fused multiply-add operation.\n\nCompute (x * y) + z with a single round."
    ),
    function!(
        "frexp",
        "(x, /)",
        float::py_frexp,
        "Return the mantissa and exponent of x, as pair (m, e).\n\nm is a float and e is an int, such that x = m * 2.**e.\nIf x is 0, m and e are both 0.  Else 0.5 <= abs(m) < 1.0."
    ),
    function!(
        "ldexp",
        "(x, i, /)",
        float::ldexp,
        "Return x * (2**i).\n\nThis is essentially the inverse of frexp()."
    ),
    function!(
        "modf",
        "(x, /)",
        float::modf,
        "Return the fractional and integer parts of x.\n\nBoth results carry the sign of x and are floats."
    ),
    function!(
        "log",
        "(x, base=<unrepresentable>, /)",
        float::log,
        "log(x, [base=math.e])\nReturn the logarithm of x to the given base.\n\nIf the base is not specified, returns the natural logarithm (base e) of x."
    ),
    function!(
        "log2",
        "(x, /)",
        |vm, a| float::log_of(vm, a[0], f64::log2),
        "Return the base 2 logarithm of x."
    ),
    function!(
        "log10",
        "(x, /)",
        |vm, a| float::log_of(vm, a[0], f64::log10),
        "Return the base 10 logarithm of x."
    ),
    function!(
        "ceil",
        "(x, /)",
        float::ceil,
        "Return the ceiling of x as an Integral.\n\nThis is the smallest integer >= x."
    ),
    function!(
        "floor",
        "(x, /)",
        float::floor,
        "Return the floor of x as an Integral.\n\nThis is the largest integer <= x."
    ),
    function!(
        "trunc",
        "(x, /)",
        float::trunc,
        "Truncates the Real x to the nearest Integral toward 0.\n\nUses the __trunc__ magic method."
    ),
    function!(
        "degrees",
        "(x, /)",
        |vm, a| vm.float(real(vm, a[0])? * (180.0 / PI)),
        "Convert angle x from radians to degrees."
    ),
    function!(
        "radians",
        "(x, /)",
        |vm, a| vm.float(real(vm, a[0])? * (PI / 180.0)),
        "Convert angle x from degrees to radians."
    ),
    function!(
        "isfinite",
        "(x, /)",
        |vm, a| Ok(Value::bool(real(vm, a[0])?.is_finite())),
        "Return True if x is neither an infinity nor a NaN, and False otherwise."
    ),
    function!(
        "isinf",
        "(x, /)",
        |vm, a| Ok(Value::bool(real(vm, a[0])?.is_infinite())),
        "Return True if x is a positive or negative infinity, and False otherwise."
    ),
    function!(
        "isnan",
        "(x, /)",
        |vm, a| Ok(Value::bool(real(vm, a[0])?.is_nan())),
        "Return True if x is a NaN (not a number), and False otherwise."
    ),
    function!(
        "isclose",
        "(a, b, *, rel_tol=1e-09, abs_tol=0.0)",
        float::isclose,
        "Determine whether two floating-point numbers are close in value.\n\n  rel_tol\n    maximum difference for being considered \"close\", relative to the\n    magnitude of the input values\n  abs_tol\n    maximum difference for being considered \"close\", regardless of the\n    magnitude of the input values\n\nReturn True if a is close in value to b, and False otherwise.\n\nFor the values to be considered close, the difference between them\nmust be smaller than at least one of the tolerances.\n\n-inf, inf and NaN behave similarly to the IEEE 754 Standard.  That\nis, NaN is not close to anything, even itself.  inf and -inf are\nonly close to themselves."
    ),
    function!(
        "nextafter",
        "(x, y, /, *, steps=None)",
        float::nextafter,
        "Return the floating-point value the given number of steps after x towards y.\n\nIf steps is not specified or is None, it defaults to 1.\n\nRaises a TypeError, if x or y is not a double, or if steps is not an integer.\nRaises ValueError if steps is negative."
    ),
    function!(
        "ulp",
        "(x, /)",
        |vm, a| vm.float(float::ulp(real(vm, a[0])?)),
        "Return the value of the least significant bit of the float x."
    ),
    function!(
        "fsum",
        "(seq, /)",
        norm::fsum,
        "Return an accurate floating-point sum of values in the iterable seq.\n\nAssumes IEEE-754 floating-point arithmetic."
    ),
    function!(
        "hypot",
        "(*coordinates)",
        norm::hypot,
        "Multidimensional Euclidean distance from the origin to a point.\n\nRoughly equivalent to:\n    sqrt(sum(x**2 for x in coordinates))\n\nFor a two dimensional point (x, y), gives the hypotenuse\nusing the Pythagorean theorem:  sqrt(x*x + y*y).\n\nFor example, the hypotenuse of a 3/4/5 right triangle is:\n\n    >>> hypot(3.0, 4.0)\n    5.0\n"
    ),
    function!(
        "dist",
        "(p, q, /)",
        norm::dist,
        "Return the Euclidean distance between two points p and q.\n\nThe points should be specified as sequences (or iterables) of\ncoordinates.  Both inputs must have the same dimension.\n\nRoughly equivalent to:\n    sqrt(sum((px - qx) ** 2.0 for px, qx in zip(p, q)))"
    ),
    function!(
        "prod",
        "(iterable, /, *, start=1)",
        norm::prod,
        "Calculate the product of all the elements in the input iterable.\n\nThe default start value for the product is 1.\n\nWhen the iterable is empty, return the start value.  This function is\nintended specifically for use with numeric values and may reject\nnon-numeric types."
    ),
    function!(
        "sumprod",
        "(p, q, /)",
        norm::sumprod,
        "Return the sum of products of values from two iterables p and q.\n\nRoughly equivalent to:\n\n    sum(itertools.starmap(operator.mul, zip(p, q, strict=True)))\n\nFor float and mixed int/float inputs, the intermediate products\nand sums are computed with extended precision."
    ),
    function!(
        "comb",
        "(n, k, /)",
        integer::comb,
        "Number of ways to choose k items from n items without repetition and without order.\n\nEvaluates to n! / (k! * (n - k)!) when k <= n and evaluates\nto zero when k > n.\n\nAlso called the binomial coefficient because it is equivalent\nto the coefficient of k-th term in polynomial expansion of the\nexpression (1 + x)**n.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative."
    ),
    function!(
        "perm",
        "(n, k=None, /)",
        integer::perm,
        "Number of ways to choose k items from n items without repetition and with order.\n\nEvaluates to n! / (n - k)! when k <= n and evaluates\nto zero when k > n.\n\nIf k is not specified or is None, then k defaults to n\nand the function returns n!.\n\nRaises TypeError if either of the arguments are not integers.\nRaises ValueError if either of the arguments are negative."
    ),
    function!("factorial", "(n, /)", integer::factorial, "Find n!."),
    function!("gcd", "(*integers)", integer::gcd, "Greatest Common Divisor."),
    function!("lcm", "(*integers)", integer::lcm, "Least Common Multiple."),
    function!(
        "isqrt",
        "(n, /)",
        integer::isqrt,
        "Return the integer part of the square root of the input."
    ),
];

const PI: f64 = core::f64::consts::PI;

pub(crate) fn init(vm: &Vm) -> Res {
    let doc =
        "This module provides access to the mathematical functions\ndefined by the C standard.";
    let m = vm.new_native_module("math", doc, FUNCTIONS)?;
    for (name, x) in [
        ("pi", PI),
        ("e", core::f64::consts::E),
        ("tau", core::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        vm.module_set(m, name, vm.float(x)?)?;
    }
    Ok(m.value())
}

/// An argument as a float.
#[inline]
pub(super) fn real(vm: &Vm, v: Value) -> Res<f64> {
    match vm.exact_float(v) {
        Some(x) => Ok(x),
        None => pyrs_builtins::real_of(vm, v),
    }
}
#[cold]
pub(super) fn domain_error(vm: &Vm) -> pyrs_core::Raised {
    vm.value_error("math domain error")
}
#[cold]
pub(super) fn range_error(vm: &Vm) -> pyrs_core::Raised {
    vm.overflow_error("math range error")
}
