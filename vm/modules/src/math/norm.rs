//! Sums, products and distances: exact or nearly so, by error-free transformations.
//!
//! Source: Shewchuk 1997 (`fsum`), Ogita, Rump and Oishi 2005 (`sumprod`), Dekker 1971 (products by halves; here by
//! fused multiply-add).

use super::float::{frexp, scale};
use super::real;
use pyrs_core::object::Tuple;
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Gc, Res, Value, Vm};

/// `a + b` and its rounding error, for `|a| >= |b|`.
fn fast_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    (x, (a - x) + b)
}
/// `a + b` and its rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let x = a + b;
    let z = x - a;
    (x, (a - (x - z)) + (b - z))
}
/// `a * b` and its rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let z = a * b;
    (z, a.mul_add(b, -z))
}

pub(super) fn fsum(vm: &Vm, a: &[Value]) -> Res {
    let mut partials: Vec<f64> = Vec::new();
    let (mut special, mut infinities) = (0.0, 0.0);
    vm.iterate(a[0], |v| {
        let given = real(vm, v)?;
        let (mut x, mut kept) = (given, 0);
        for j in 0..partials.len() {
            let y = partials[j];
            let (hi, lo) = if x.abs() < y.abs() { fast_sum(y, x) } else { fast_sum(x, y) };
            if lo != 0.0 {
                partials[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        partials.truncate(kept);
        if x == 0.0 {
            return Ok(());
        }
        if x.is_finite() {
            partials.push(x);
            return Ok(());
        }
        if given.is_finite() {
            return Err(vm.overflow_error("intermediate overflow in fsum"));
        }
        if given.is_infinite() {
            infinities += given;
        }
        special += given;
        partials.clear();
        Ok(())
    })?;
    if special != 0.0 {
        if infinities.is_nan() {
            return Err(vm.value_error("-inf + inf in fsum"));
        }
        return vm.float(special);
    }
    vm.float(round_partials(&mut partials))
}
/// The sum of non-overlapping partials of growing magnitude, rounded once (half to even across partials).
fn round_partials(p: &mut Vec<f64>) -> f64 {
    let Some(mut hi) = p.pop() else { return 0.0 };
    let mut lo = 0.0;
    while let Some(y) = p.pop() {
        (hi, lo) = fast_sum(hi, y);
        if lo != 0.0 {
            break;
        }
    }
    if let Some(&next) = p.last()
        && ((lo < 0.0 && next < 0.0) || (lo > 0.0 && next > 0.0))
    {
        let y = lo * 2.0;
        let x = hi + y;
        if y == x - hi {
            hi = x;
        }
    }
    hi
}

/// The Euclidean norm of magnitudes, at most `max`, to within one unit in the last place.
fn norm(v: &mut [f64]) -> f64 {
    let max = v.iter().fold(0.0f64, |m, &x| if x > m { x } else { m });
    if max.is_infinite() {
        return max;
    }
    if v.iter().any(|x| x.is_nan()) {
        return f64::NAN;
    }
    if max == 0.0 || v.len() <= 1 {
        return max;
    }
    let (_, exponent) = frexp(max);
    if exponent < -1023 {
        v.iter_mut().for_each(|x| *x /= f64::MIN_POSITIVE);
        return f64::MIN_POSITIVE * norm(v);
    }
    let unit = scale(1.0, -exponent);
    let (mut sum, mut low1, mut low2) = (1.0, 0.0, 0.0);
    for &x in v.iter() {
        let x = x * unit;
        let (hi, lo) = two_product(x, x);
        let (s, e) = fast_sum(sum, hi);
        sum = s;
        low1 += lo;
        low2 += e;
    }
    let h = (sum - 1.0 + (low1 + low2)).sqrt();
    let (hi, lo) = two_product(-h, h);
    let (s, e) = fast_sum(sum, hi);
    let rest = s - 1.0 + ((low1 + lo) + (low2 + e));
    (h + rest / (2.0 * h)) / unit
}
pub(super) fn hypot(vm: &Vm, a: &[Value]) -> Res {
    let coordinates = vm.to_tuple(a[0])?;
    let mut v = Vec::with_capacity(coordinates.len());
    for &c in coordinates.items() {
        v.push(real(vm, c)?.abs());
    }
    vm.float(norm(&mut v))
}
pub(super) fn dist(vm: &Vm, a: &[Value]) -> Res {
    let tuple = |v: Value| -> Res<Gc<Tuple>> {
        match vm.as_tuple(v) {
            Some(t) => Ok(t),
            None => vm.to_tuple(v),
        }
    };
    let (p, q) = (tuple(a[0])?, tuple(a[1])?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    let mut v = Vec::with_capacity(p.len());
    for (&x, &y) in p.items().iter().zip(q.items()) {
        v.push((real(vm, x)? - real(vm, y)?).abs());
    }
    vm.float(norm(&mut v))
}

pub(super) fn prod(vm: &Vm, a: &[Value]) -> Res {
    let mut product = a[1];
    vm.iterate(a[0], |v| {
        product = vm.binary(BinaryOp::Mul, product, v)?;
        Ok(())
    })?;
    Ok(product)
}

/// A sum of products of floats in three parts.
#[derive(Default)]
struct Triple {
    hi: f64,
    lo: f64,
    tiny: f64,
}
impl Triple {
    /// `x * y` added; `None` if that is not finite.
    fn add_product(&self, x: f64, y: f64) -> Option<Triple> {
        let (product, product_error) = two_product(x, y);
        let (hi, hi_error) = two_sum(self.hi, product);
        let (r1, e1) = two_sum(self.lo, product_error);
        let (r2, e2) = two_sum(r1, hi_error);
        hi.is_finite().then_some(Triple { hi, lo: r2, tiny: self.tiny + e1 + e2 })
    }
    fn to_float(&self) -> f64 {
        self.hi + two_sum(self.lo, self.tiny).0
    }
}
/// The operands as floats if one is an exact float and the other a float or an int.
fn float_pair(vm: &Vm, p: Value, q: Value) -> Option<(f64, f64)> {
    let other = |v: Value| match vm.exact_float(v) {
        Some(x) => Some(x),
        None if vm.object(v).is_none() => vm.as_int(v).and_then(|n| n.as_int()).map(|n| n as f64),
        None => None,
    };
    if vm.exact_float(p).is_none() && vm.exact_float(q).is_none() {
        return None;
    }
    Some((other(p)?, other(q)?))
}
/// The product of two exact ints that fits a word.
fn int_product(vm: &Vm, p: Value, q: Value) -> Option<i64> {
    let int = |v: Value| {
        let exact = vm.class_of(v) == vm.classes().int;
        if exact { vm.int_ref(&v).to_i64() } else { None }
    };
    int(p)?.checked_mul(int(q)?)
}
pub(super) fn sumprod(vm: &Vm, a: &[Value]) -> Res {
    let (ps, qs) = (vm.get_iter(a[0])?, vm.get_iter(a[1])?);
    let mut total = Value::small_int(0);
    let mut floats: Option<Triple> = None;
    // CPython's three ways: ints while there is nothing else, then floats in extended precision while there is
    // nothing else, then whatever the operators give. There is no way back.
    let (mut ints_only, mut floats_only) = (true, true);
    loop {
        let (p, q) = (vm.next(ps)?, vm.next(qs)?);
        let pair = match (p, q) {
            (Some(p), Some(q)) => Some((p, q)),
            (None, None) => None,
            _ => return Err(vm.value_error("Inputs are not the same length")),
        };
        if ints_only && pair.is_some() {
            let product = pair.and_then(|(p, q)| int_product(vm, p, q));
            let sum = product.and_then(|n| vm.int_ref(&total).to_i64()?.checked_add(n));
            match sum {
                Some(n) => {
                    total = vm.int(n)?;
                    continue;
                }
                None => ints_only = false,
            }
        }
        if floats_only
            && let Some((p, q)) = pair
            && let Some((x, y)) = float_pair(vm, p, q)
            && let Some(t) = floats.as_ref().unwrap_or(&Triple::default()).add_product(x, y)
        {
            floats = Some(t);
            continue;
        }
        if let Some(t) = floats.take() {
            total = vm.binary(BinaryOp::Add, total, vm.float(t.to_float())?)?;
        }
        floats_only = false;
        let Some((p, q)) = pair else { return Ok(total) };
        let product = vm.binary(BinaryOp::Mul, p, q)?;
        total = vm.binary(BinaryOp::Add, total, product)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn norms_of_tiny_and_huge_vectors() {
        assert_eq!(norm(&mut [3.0, 4.0]), 5.0);
        assert_eq!(norm(&mut [3e-320, 4e-320]), 5e-320);
        assert_eq!(norm(&mut [3e300, 4e300]), 5e300);
        assert!(norm(&mut [f64::NAN, 1.0]).is_nan());
        assert_eq!(norm(&mut [f64::NAN, f64::INFINITY]), f64::INFINITY);
    }

    #[test]
    fn partials_round_half_to_even_across_words() {
        assert_eq!(round_partials(&mut vec![1e-16, 1.0]), 1.0);
        assert_eq!(round_partials(&mut vec![]), 0.0);
    }
}
