//! Functions of one, two or three floats.

use super::{domain_error, range_error, real};
use pyrs_core::object::Str;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::{bigint, float_repr};

/// Functions of the C library that Rust's standard library lacks or computes differently.
mod c {
    unsafe extern "C" {
        pub safe fn asinh(x: f64) -> f64;
        pub safe fn acosh(x: f64) -> f64;
        pub safe fn atanh(x: f64) -> f64;
        pub safe fn erf(x: f64) -> f64;
        pub safe fn erfc(x: f64) -> f64;
        pub safe fn remainder(x: f64, y: f64) -> f64;
        pub safe fn ldexp(x: f64, n: core::ffi::c_int) -> f64;
        pub safe fn nextafter(x: f64, y: f64) -> f64;
    }
}
pub(crate) fn asinh(x: f64) -> f64 {
    c::asinh(x)
}
pub(crate) fn acosh(x: f64) -> f64 {
    c::acosh(x)
}
pub(crate) fn atanh(x: f64) -> f64 {
    c::atanh(x)
}
pub(super) fn erf(x: f64) -> f64 {
    c::erf(x)
}
pub(super) fn erfc(x: f64) -> f64 {
    c::erfc(x)
}
/// `x * 2**n`, rounded once.
pub(crate) fn scale(x: f64, n: i32) -> f64 {
    c::ldexp(x, n)
}
/// Mantissa in `[0.5, 1)` and exponent of a finite `x`; zero, infinities and NaN have exponent 0.
pub(crate) fn frexp(x: f64) -> (f64, i32) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let bits = x.to_bits();
    if bits >> 52 & 0x7ff == 0 {
        let (m, e) = frexp(x * 2f64.powi(64));
        return (m, e - 64);
    }
    let exponent = (bits >> 52 & 0x7ff) as i32 - 1022;
    (f64::from_bits(bits & !(0x7ff << 52) | 1022 << 52), exponent)
}

pub(super) fn unary(vm: &Vm, v: Value, f: fn(f64) -> f64, overflow: bool, message: &str) -> Res {
    let x = real(vm, v)?;
    let r = f(x);
    if r.is_finite() {
        return vm.float(r);
    }
    if r.is_infinite() && x.is_finite() && overflow {
        return Err(range_error(vm));
    }
    if (r.is_nan() && !x.is_nan()) || (r.is_infinite() && x.is_finite()) {
        return Err(domain_error_at(vm, message, x));
    }
    vm.float(r)
}
/// A domain error that shows the argument.
#[cold]
pub(super) fn domain_error_at(vm: &Vm, message: &str, x: f64) -> pyrs_core::Raised {
    match message {
        "" => domain_error(vm),
        m => vm.value_error(m.replace("{}", &float_repr::repr(x))),
    }
}
fn pair(vm: &Vm, a: &[Value]) -> Res<(f64, f64)> {
    Ok((real(vm, a[0])?, real(vm, a[1])?))
}
/// A result of two arguments, neither of which can overflow.
fn binary(vm: &Vm, x: f64, y: f64, r: f64) -> Res {
    if r.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain_error(vm));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(range_error(vm));
    }
    vm.float(r)
}
pub(super) fn atan2(vm: &Vm, a: &[Value]) -> Res {
    let (y, x) = pair(vm, a)?;
    vm.float(y.atan2(x))
}
pub(super) fn copysign(vm: &Vm, a: &[Value]) -> Res {
    let (x, y) = pair(vm, a)?;
    vm.float(x.copysign(y))
}
pub(super) fn remainder(vm: &Vm, a: &[Value]) -> Res {
    let (x, y) = pair(vm, a)?;
    binary(vm, x, y, c::remainder(x, y))
}
pub(super) fn fmod(vm: &Vm, a: &[Value]) -> Res {
    let (x, y) = pair(vm, a)?;
    binary(vm, x, y, x % y)
}
pub(super) fn pow(vm: &Vm, a: &[Value]) -> Res {
    let (x, y) = pair(vm, a)?;
    // C99 defines these for every exponent and base, NaN included.
    let r = if x == 1.0 || y == 0.0 { 1.0 } else { x.powf(y) };
    if r.is_finite() || !x.is_finite() || !y.is_finite() {
        return vm.float(r);
    }
    if r.is_nan() || x == 0.0 { Err(domain_error(vm)) } else { Err(range_error(vm)) }
}
pub(super) fn fma(vm: &Vm, a: &[Value]) -> Res {
    let (x, y, z) = (real(vm, a[0])?, real(vm, a[1])?, real(vm, a[2])?);
    let r = x.mul_add(y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.overflow_error("overflow in fma"));
    }
    vm.float(r)
}
pub(super) fn py_frexp(vm: &Vm, a: &[Value]) -> Res {
    let (m, e) = frexp(real(vm, a[0])?);
    vm.tuple(&[vm.float(m)?, Value::small_int(e as isize)])
}
pub(super) fn ldexp(vm: &Vm, a: &[Value]) -> Res {
    let x = real(vm, a[0])?;
    let Some(n) = vm.as_int(a[1]) else {
        return Err(vm.type_error("Expected an int as second argument to ldexp."));
    };
    if x == 0.0 || !x.is_finite() {
        return vm.float(x);
    }
    let negative = vm.int_ref(&n).is_negative();
    let r = match vm.int_ref(&n).to_i64().and_then(|n| i32::try_from(n).ok()) {
        Some(n) => scale(x, n),
        None if negative => 0f64.copysign(x),
        None => return Err(range_error(vm)),
    };
    if r.is_infinite() { Err(range_error(vm)) } else { vm.float(r) }
}
pub(super) fn modf(vm: &Vm, a: &[Value]) -> Res {
    let x = real(vm, a[0])?;
    let (fraction, whole) = match x {
        _ if x.is_infinite() => (0f64.copysign(x), x),
        _ if x.is_nan() => (x, x),
        _ => ((x - x.trunc()).copysign(x), x.trunc()),
    };
    vm.tuple(&[vm.float(fraction)?, vm.float(whole)?])
}

/// A logarithm of an int (of any size) or a float.
fn logarithm(vm: &Vm, v: Value, f: fn(f64) -> f64) -> Res<f64> {
    if let Some(n) = vm.exact_float(v).map_or_else(|| vm.as_int(v), |_| None) {
        if n.as_int() == Some(0) || vm.int_ref(&n).is_negative() {
            return Err(vm.value_error("expected a positive input"));
        }
        if let Some(n) = n.as_int() {
            return Ok(f(n as f64));
        }
        return vm.int_ref(&n).with_big(|b| match (bigint::to_float(b), bigint::frexp(b)) {
            (Some(x), _) => Ok(f(x)),
            (None, Some((m, e))) => Ok(f(m) + f(2.0) * e as f64),
            (None, None) => Err(vm.value_error("expected a positive input")),
        });
    }
    let x = real(vm, v)?;
    if x > 0.0 || x.is_nan() {
        return Ok(f(x));
    }
    Err(domain_error_at(vm, "expected a positive input, got {}", x))
}
pub(super) fn log_of(vm: &Vm, v: Value, f: fn(f64) -> f64) -> Res {
    let x = logarithm(vm, v, f)?;
    vm.float(x)
}
pub(super) fn log(vm: &Vm, a: &[Value]) -> Res {
    let x = logarithm(vm, a[0], f64::ln)?;
    if a[1].is_unbound() {
        return vm.float(x);
    }
    let base = logarithm(vm, a[1], f64::ln)?;
    if base == 0.0 { Err(vm.zero_division_error("division by zero")) } else { vm.float(x / base) }
}

/// A whole float as an int.
fn whole(vm: &Vm, x: f64) -> Res {
    const EXACT: f64 = 9e15;
    if x.abs() < EXACT {
        return vm.int(x as i64);
    }
    match bigint::from_float(x) {
        Some(n) => vm.int_from_big(&n),
        None if x.is_nan() => Err(vm.value_error("cannot convert float NaN to integer")),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}
fn rounded(vm: &Vm, v: Value, name: Gc<Str>, f: fn(f64) -> f64) -> Res {
    if let Some(x) = vm.exact_float(v) {
        return whole(vm, f(x));
    }
    if v.is_int() {
        return Ok(v);
    }
    if let Some(method) = vm.lookup(vm.class_of(v), name) {
        return vm.call_bound(method, v, &[]);
    }
    whole(vm, f(real(vm, v)?))
}
pub(super) fn ceil(vm: &Vm, a: &[Value]) -> Res {
    rounded(vm, a[0], vm.names().ceil, f64::ceil)
}
pub(super) fn floor(vm: &Vm, a: &[Value]) -> Res {
    rounded(vm, a[0], vm.names().floor, f64::floor)
}
pub(super) fn trunc(vm: &Vm, a: &[Value]) -> Res {
    if let Some(x) = vm.exact_float(a[0]) {
        return whole(vm, x.trunc());
    }
    match vm.lookup(vm.class_of(a[0]), vm.names().trunc) {
        Some(method) => vm.call_bound(method, a[0], &[]),
        None => {
            Err(vm
                .type_error(format!("type {} doesn't define __trunc__ method", vm.type_name(a[0]))))
        }
    }
}

pub(super) fn isclose(vm: &Vm, a: &[Value]) -> Res {
    let (x, y) = pair(vm, a)?;
    let (relative, absolute) = pair(vm, &a[2..])?;
    if relative < 0.0 || absolute < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if x == y || x.is_infinite() || y.is_infinite() {
        return Ok(Value::bool(x == y));
    }
    let d = (y - x).abs();
    Ok(Value::bool(d <= (relative * y).abs() || d <= (relative * x).abs() || d <= absolute))
}
pub(super) fn ulp(x: f64) -> f64 {
    let x = x.abs();
    if !x.is_finite() {
        return x;
    }
    let next = x.next_up();
    if next.is_infinite() { x - x.next_down() } else { next - x }
}
pub(super) fn nextafter(vm: &Vm, a: &[Value]) -> Res {
    let (x, y) = pair(vm, a)?;
    if a[2].is_none() {
        return vm.float(c::nextafter(x, y));
    }
    let n = vm.index(a[2])?;
    if vm.int_ref(&n).is_negative() {
        return Err(vm.value_error("steps must be a non-negative integer"));
    }
    let steps = vm.int_ref(&n).to_i64().map_or(u64::MAX, |n| n as u64);
    vm.float(steps_after(x, y, steps))
}
/// The float `steps` floats from `x` towards `y`, never past it. Floats of one sign are ordered as their bits.
fn steps_after(x: f64, y: f64, steps: u64) -> f64 {
    const SIGN: u64 = 1 << 63;
    if steps == 0 || x.is_nan() {
        return x;
    }
    if y.is_nan() || x == y {
        return y;
    }
    let (bx, by) = (x.to_bits(), y.to_bits());
    let (ax, ay) = (bx & !SIGN, by & !SIGN);
    if (bx ^ by) & SIGN != 0 {
        return match () {
            _ if ax + ay <= steps => y,
            _ if ax < steps => f64::from_bits((by & SIGN) | (steps - ax)),
            _ => f64::from_bits(bx - steps),
        };
    }
    if ax.abs_diff(ay) < steps {
        return y;
    }
    f64::from_bits(if ax > ay { bx - steps } else { bx + steps })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frexp_and_scale_are_inverse() {
        for x in [1.0, -0.75, 5e-324, f64::MAX, f64::MIN_POSITIVE / 8.0, 3.5e300] {
            let (m, e) = frexp(x);
            assert!((0.5..1.0).contains(&m.abs()), "{x:?}");
            assert_eq!(scale(m, e), x);
        }
    }

    #[test]
    fn steps_cross_zero_and_stop_at_the_target() {
        assert_eq!(steps_after(1.0, 2.0, 1), 1.0f64.next_up());
        assert_eq!(steps_after(0.0, -1.0, 2), -1e-323);
        assert_eq!(steps_after(5e-324, -1.0, 3), -1e-323);
        assert_eq!(steps_after(1.0, 2.0, u64::MAX), 2.0);
        assert_eq!(steps_after(-1.0, 1.0, u64::MAX), 1.0);
    }
}
