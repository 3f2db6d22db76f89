//! The gamma function and its logarithm, by the Lanczos approximation of the Boost libraries (N = 13, g = 6.0246...).

use super::float::domain_error_at;
use super::{PI, range_error, real};
use pyrs_core::{Res, Value, Vm};

const G: f64 = 6.024680040776729583740234375;
const G_MINUS_HALF: f64 = 5.524680040776729583740234375;
const LOG_PI: f64 = 1.144729885849400174143427351353058711647;
/// Coefficients of the rational approximation, lowest power first.
const ABOVE: [f64; 13] = [
    23531376880.410759688572007674451636754734846804940,
    42919803642.649098768957899047001988850926355848959,
    35711959237.355668049440185451547166705960488635843,
    17921034426.037209699919755754458931112671403265390,
    6039542586.3520280050642916443072979210699388420708,
    1439720407.3117216736632230727949123939715485786372,
    248874557.86205415651146038641322942321632125127801,
    31426415.585400194380614231628318205362874684987640,
    2876370.6289353724412254090516208496135991145378768,
    186056.26539522349504029498971604569928220784236328,
    8071.6720023658162106380029022722506138218516325024,
    210.82427775157934587250973392071336271166969580291,
    2.5066282746310002701649081771338373386264310793408,
];
const BELOW: [f64; 13] = [
    0.0,
    39916800.0,
    120543840.0,
    150917976.0,
    105258076.0,
    45995730.0,
    13339535.0,
    2637558.0,
    357423.0,
    32670.0,
    1925.0,
    66.0,
    1.0,
];
const MESSAGE: &str = "expected a noninteger or positive integer, got {}";

fn lanczos_sum(x: f64) -> f64 {
    let (mut above, mut below) = (0.0, 0.0);
    if x < 5.0 {
        for i in (0..13).rev() {
            above = above * x + ABOVE[i];
            below = below * x + BELOW[i];
        }
    } else {
        // In powers of 1/x: x**12 would overflow.
        for i in 0..13 {
            above = above / x + ABOVE[i];
            below = below / x + BELOW[i];
        }
    }
    above / below
}
/// `sin(pi * x)` without the error of multiplying a large `x`.
fn sin_pi(x: f64) -> f64 {
    let y = x.abs() % 2.0;
    let r = match (2.0 * y).round() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    1f64.copysign(x) * r
}
/// Why there is no result.
enum Failure {
    Domain,
    Range,
}

fn gamma_of(x: f64) -> Result<f64, Failure> {
    if !x.is_finite() {
        return if x == f64::NEG_INFINITY { Err(Failure::Domain) } else { Ok(x) };
    }
    if x == 0.0 || (x < 0.0 && x == x.floor()) {
        return Err(Failure::Domain);
    }
    if x == x.floor() && x <= 23.0 {
        return Ok((1..x as u64).map(|n| n as f64).product());
    }
    let size = x.abs();
    if size < 1e-20 {
        let r = 1.0 / x;
        return if r.is_infinite() { Err(Failure::Range) } else { Ok(r) };
    }
    if size > 200.0 {
        return if x < 0.0 { Ok(0.0 / sin_pi(x)) } else { Err(Failure::Range) };
    }
    let y = size + G_MINUS_HALF;
    // The rounding error of y, which the power below would magnify.
    let z = if size > G_MINUS_HALF { (y - size) - G_MINUS_HALF } else { (y - G_MINUS_HALF) - size };
    let z = z * G / y;
    let halves =
        if size < 140.0 { [y.powf(size - 0.5), 1.0] } else { [y.powf(size / 2.0 - 0.25); 2] };
    let r = if x < 0.0 {
        let r = -PI / sin_pi(size) / size * y.exp() / lanczos_sum(size);
        (r - z * r) / halves[0] / halves[1]
    } else {
        let r = lanczos_sum(size) / y.exp();
        (r + z * r) * halves[0] * halves[1]
    };
    if r.is_infinite() { Err(Failure::Range) } else { Ok(r) }
}
fn lgamma_of(x: f64) -> Result<f64, Failure> {
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 { Err(Failure::Domain) } else { Ok(0.0) };
    }
    let size = x.abs();
    if size < 1e-20 {
        return Ok(-size.ln());
    }
    let mut r = lanczos_sum(size).ln() - G;
    r += (size - 0.5) * ((size + G - 0.5).ln() - 1.0);
    if x < 0.0 {
        r = LOG_PI - sin_pi(size).abs().ln() - size.ln() - r;
    }
    if r.is_infinite() { Err(Failure::Range) } else { Ok(r) }
}
fn finish(vm: &Vm, x: f64, r: Result<f64, Failure>) -> Res {
    match r {
        Ok(r) => vm.float(r),
        Err(Failure::Domain) => Err(domain_error_at(vm, MESSAGE, x)),
        Err(Failure::Range) => Err(range_error(vm)),
    }
}
pub(super) fn gamma(vm: &Vm, a: &[Value]) -> Res {
    let x = real(vm, a[0])?;
    finish(vm, x, gamma_of(x))
}
pub(super) fn lgamma(vm: &Vm, a: &[Value]) -> Res {
    let x = real(vm, a[0])?;
    finish(vm, x, lgamma_of(x))
}
