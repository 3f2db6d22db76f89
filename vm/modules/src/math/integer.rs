//! Functions of whole numbers of any size.

use pyrs_core::{Res, Value, Vm};
use pyrs_text::bigint::{self, BigInt};

/// Calls `f` with two exact ints as big numbers and gives its result as an int.
fn with_two(
    vm: &Vm,
    x: Value,
    y: Value,
    f: impl FnOnce(bigint::BigRef<'_>, bigint::BigRef<'_>) -> BigInt,
) -> Res {
    let r = vm.int_ref(&x).with_big(|a| vm.int_ref(&y).with_big(|b| f(a, b)));
    vm.int_from_big(&r)
}
fn magnitude(vm: &Vm, v: Value) -> Res {
    match v.as_int() {
        Some(n) => vm.int((n as i64).abs()),
        None => {
            let r = vm.int_ref(&v).with_big(|a| a.abs().to_owned());
            vm.int_from_big(&r)
        }
    }
}
fn small_gcd(mut x: u64, mut y: u64) -> u64 {
    while y != 0 {
        (x, y) = (y, x % y);
    }
    x
}
fn gcd_two(vm: &Vm, x: Value, y: Value) -> Res {
    match (x.as_int(), y.as_int()) {
        (Some(a), Some(b)) => {
            vm.int_from_u64(small_gcd(a.unsigned_abs() as u64, b.unsigned_abs() as u64))
        }
        _ => with_two(vm, x, y, |a, b| bigint::gcd(a, b)),
    }
}
pub(super) fn gcd(vm: &Vm, a: &[Value]) -> Res {
    let numbers = vm.to_tuple(a[0])?;
    let mut r = Value::small_int(0);
    for &v in numbers.items() {
        let n = vm.index(v)?;
        r = gcd_two(vm, r, n)?;
    }
    Ok(r)
}
pub(super) fn lcm(vm: &Vm, a: &[Value]) -> Res {
    let numbers = vm.to_tuple(a[0])?;
    let mut r = Value::small_int(1);
    for &v in numbers.items() {
        let n = vm.index(v)?;
        r = with_two(vm, r, n, |a, b| bigint::lcm(a, b))?;
    }
    magnitude(vm, r)
}
pub(super) fn isqrt(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index(a[0])?;
    match vm.int_ref(&n).with_big(|n| bigint::isqrt(n)) {
        Some(r) => vm.int_from_big(&r),
        None => Err(vm.value_error("isqrt() argument must be nonnegative")),
    }
}

/// `n * (n - 1) * ... ` over the factors `n - from` to `n - (to - 1)`, by halves.
fn falling(vm: &Vm, n: &BigInt, from: u64, to: u64) -> Res<BigInt> {
    const LEAF: u64 = 16;
    if to - from > LEAF {
        if vm.interrupted() {
            vm.run_pending()?;
        }
        let middle = from + (to - from) / 2;
        let (a, b) = (falling(vm, n, from, middle)?, falling(vm, n, middle, to)?);
        return Ok(bigint::mul(a.as_ref(), b.as_ref()));
    }
    let mut product = BigInt::from_i64(1);
    match n.to_i64() {
        Some(n) => {
            let mut word = 1u64;
            for i in from..to {
                let factor = (n as u64).wrapping_sub(i);
                word = match word.checked_mul(factor) {
                    Some(w) => w,
                    None => {
                        product = bigint::mul(product.as_ref(), BigInt::from_u64(word).as_ref());
                        factor
                    }
                };
            }
            Ok(bigint::mul(product.as_ref(), BigInt::from_u64(word).as_ref()))
        }
        None => {
            for i in from..to {
                let factor = bigint::sub(n.as_ref(), BigInt::from_u64(i).as_ref());
                product = bigint::mul(product.as_ref(), factor.as_ref());
            }
            Ok(product)
        }
    }
}
fn owned(vm: &Vm, v: Value) -> BigInt {
    vm.int_ref(&v).with_big(|n| n.to_owned())
}
/// `n!` without its powers of two would be faster to multiply; halves of equal size are enough here.
fn factorial_of(vm: &Vm, n: u64) -> Res<BigInt> {
    falling(vm, &BigInt::from_u64(n), 0, n)
}
pub(super) fn factorial(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index(a[0])?;
    if vm.int_ref(&n).is_negative() {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    let Some(n) = vm.int_ref(&n).to_i64().and_then(|n| isize::try_from(n).ok()) else {
        return Err(vm.overflow_error(format!(
            "factorial() argument should not exceed {}",
            core::ffi::c_long::MAX
        )));
    };
    vm.int_from_big(&factorial_of(vm, n as u64)?)
}
/// Arguments of `comb` and `perm`: both at least zero.
fn counts(vm: &Vm, n: Value, k: Value) -> Res<(BigInt, BigInt)> {
    let n = vm.index(n)?;
    let k = vm.index(k)?;
    for (v, name) in [(n, "n"), (k, "k")] {
        if vm.int_ref(&v).is_negative() {
            return Err(vm.value_error(format!("{name} must be a non-negative integer")));
        }
    }
    Ok((owned(vm, n), owned(vm, k)))
}
pub(super) fn perm(vm: &Vm, a: &[Value]) -> Res {
    if a[1].is_none() {
        return factorial(vm, a);
    }
    let (n, k) = counts(vm, a[0], a[1])?;
    if bigint::cmp(n.as_ref(), k.as_ref()).is_lt() {
        return Ok(Value::small_int(0));
    }
    let Some(k) = k.to_i64() else {
        return Err(vm.overflow_error(format!("k must not exceed {}", i64::MAX)));
    };
    vm.int_from_big(&falling(vm, &n, 0, k as u64)?)
}
pub(super) fn comb(vm: &Vm, a: &[Value]) -> Res {
    let (n, k) = counts(vm, a[0], a[1])?;
    if bigint::cmp(n.as_ref(), k.as_ref()).is_lt() {
        return Ok(Value::small_int(0));
    }
    let rest = bigint::sub(n.as_ref(), k.as_ref());
    let k = if bigint::cmp(rest.as_ref(), k.as_ref()).is_lt() { rest } else { k };
    let Some(k) = k.to_i64() else {
        return Err(vm.overflow_error(format!("min(n - k, k) must not exceed {}", i64::MAX)));
    };
    let above = falling(vm, &n, 0, k as u64)?;
    let below = factorial_of(vm, k as u64)?;
    match bigint::div_floor(above.as_ref(), below.as_ref()) {
        Some(r) => vm.int_from_big(&r),
        None => Ok(Value::small_int(0)),
    }
}
