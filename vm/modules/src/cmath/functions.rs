//! Complex elementary functions with the special values of C99 Annex G.
//!
//! Source for the formulas: Kahan 1987, "Branch cuts for complex elementary functions". Large arguments are scaled so
//! that nothing overflows before the result does. `special_*` answer for arguments that are not finite.

use crate::math::{asinh as real_asinh, scale};
use core::f64::consts::{E, FRAC_PI_2, FRAC_PI_4, LN_2, LN_10, PI};
use pyrs_text::complex::{Complex, MathError};

type Answer = Result<Complex, MathError>;

const INF: f64 = f64::INFINITY;
const MINUS_INF: f64 = f64::NEG_INFINITY;
const NAN: f64 = f64::NAN;
/// Above this, sums of two might overflow.
const LARGE: f64 = f64::MAX / 4.0;
/// Square root of `LARGE`.
const SQRT_LARGE: f64 = 6.703903964971298e153;
/// Logarithm of `LARGE`.
const LOG_LARGE: f64 = 708.3964185322641;
/// Square root of the smallest normal float.
const SQRT_MIN: f64 = 1.4916681462400413e-154;
const SCALE_UP: i32 = 53;
const SCALE_DOWN: i32 = -27;

fn finite((re, im): Complex) -> bool {
    re.is_finite() && im.is_finite()
}
/// Gives `r` for arguments in the upper half plane, its conjugate for those in the lower one.
fn mirror(im: f64, r: Complex) -> Complex {
    if im.is_sign_negative() && !im.is_nan() { (r.0, -r.1) } else { r }
}
fn log_hypot(re: f64, im: f64) -> f64 {
    (re / 2.0).hypot(im / 2.0).ln() + 2.0 * LN_2
}
fn is_large((re, im): Complex) -> bool {
    re.abs() > LARGE || im.abs() > LARGE
}

pub(super) fn sqrt(z: Complex) -> Complex {
    let (re, im) = z;
    if !finite(z) {
        return match () {
            _ if im.is_infinite() => (INF, im),
            _ if re == INF => (INF, if im.is_nan() { im } else { 0f64.copysign(im) }),
            _ if re == -INF && im.is_nan() => (NAN, INF),
            _ if re == -INF => (0.0, INF.copysign(im)),
            _ => (NAN, NAN),
        };
    }
    if re == 0.0 && im == 0.0 {
        return (0.0, im);
    }
    let (ax, ay) = (re.abs(), im.abs());
    let s = if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        let ax = scale(ax, SCALE_UP);
        scale((ax + ax.hypot(scale(ay, SCALE_UP))).sqrt(), SCALE_DOWN)
    } else {
        let ax = ax / 8.0;
        2.0 * (ax + ax.hypot(ay / 8.0)).sqrt()
    };
    let d = ay / (2.0 * s);
    if re >= 0.0 { (s, d.copysign(im)) } else { (d, s.copysign(im)) }
}

fn special_acos((re, im): Complex) -> Complex {
    let upper = match (re, im.abs()) {
        (_, y) if y.is_nan() => match re {
            _ if re.is_infinite() => return (NAN, INF),
            0.0 => return (FRAC_PI_2, NAN),
            _ => return (NAN, NAN),
        },
        (x, INF) if x.is_nan() => (NAN, -INF),
        (x, _) if x.is_nan() => return (NAN, NAN),
        (MINUS_INF, INF) => (3.0 * FRAC_PI_4, -INF),
        (MINUS_INF, _) => (PI, -INF),
        (INF, INF) => (FRAC_PI_4, -INF),
        (INF, _) => (0.0, -INF),
        _ => (FRAC_PI_2, -INF),
    };
    mirror(im, upper)
}
pub(super) fn acos(z: Complex) -> Complex {
    let (re, im) = z;
    if !finite(z) {
        return special_acos(z);
    }
    if is_large(z) {
        let l = log_hypot(re, im);
        let im_part = if re < 0.0 { -l.copysign(im) } else { l.copysign(-im) };
        return (im.abs().atan2(re), im_part);
    }
    let (s1, s2) = (sqrt((1.0 - re, -im)), sqrt((1.0 + re, im)));
    (2.0 * s1.0.atan2(s2.0), real_asinh(s2.0 * s1.1 - s2.1 * s1.0))
}
/// `acosh` and `log` agree outside the finite numbers, but for NaN beside zero.
fn special_log((re, im): Complex) -> Complex {
    let upper = match (re, im.abs()) {
        (_, y) if y.is_nan() => return (if re.is_infinite() { INF } else { NAN }, NAN),
        (x, INF) if x.is_nan() => return (INF, NAN),
        (x, _) if x.is_nan() => return (NAN, NAN),
        (MINUS_INF, INF) => (INF, 3.0 * FRAC_PI_4),
        (MINUS_INF, _) => (INF, PI),
        (INF, INF) => (INF, FRAC_PI_4),
        (INF, _) => (INF, 0.0),
        _ => (INF, FRAC_PI_2),
    };
    mirror(im, upper)
}
pub(super) fn acosh(z: Complex) -> Complex {
    let (re, im) = z;
    if !finite(z) {
        return if re == 0.0 && im.is_nan() { (NAN, FRAC_PI_2) } else { special_log(z) };
    }
    if is_large(z) {
        return (log_hypot(re, im), im.atan2(re));
    }
    let (s1, s2) = (sqrt((re - 1.0, im)), sqrt((re + 1.0, im)));
    (real_asinh(s1.0 * s2.0 + s1.1 * s2.1), 2.0 * s1.1.atan2(s2.0))
}
fn special_asinh((re, im): Complex) -> Complex {
    let (x, y) = match (re.abs(), im.abs()) {
        (x, y) if x.is_nan() => match y {
            0.0 => return (NAN, im),
            INF => return (INF, NAN),
            _ => return (NAN, NAN),
        },
        (INF, y) if y.is_nan() => (INF, NAN),
        (_, y) if y.is_nan() => return (NAN, NAN),
        (INF, INF) => (INF, FRAC_PI_4),
        (INF, _) => (INF, 0.0),
        _ => (INF, FRAC_PI_2),
    };
    (x.copysign(re), if y.is_nan() { y } else { y.copysign(im) })
}
pub(super) fn asinh(z: Complex) -> Complex {
    let (re, im) = z;
    if !finite(z) {
        return special_asinh(z);
    }
    if is_large(z) {
        let l = log_hypot(re, im);
        let re_part = if im.is_sign_positive() { l.copysign(re) } else { -l.copysign(-re) };
        return (re_part, im.atan2(re.abs()));
    }
    let (s1, s2) = (sqrt((1.0 + im, -re)), sqrt((1.0 - im, re)));
    (real_asinh(s1.0 * s2.1 - s2.0 * s1.1), im.atan2(s1.0 * s2.0 - s1.1 * s2.1))
}
fn special_atanh((re, im): Complex) -> Complex {
    match (re.abs(), im.abs()) {
        (x, INF) if x.is_nan() => (0.0, FRAC_PI_2.copysign(im)),
        (x, _) if x.is_nan() => (NAN, NAN),
        (INF | 0.0, y) if y.is_nan() => (0f64.copysign(re), NAN),
        (_, y) if y.is_nan() => (NAN, NAN),
        _ => (0f64.copysign(re), FRAC_PI_2.copysign(im)),
    }
}
pub(super) fn atanh(z: Complex) -> Answer {
    let (re, im) = z;
    if !finite(z) {
        return Ok(special_atanh(z));
    }
    if re.is_sign_negative() {
        let (x, y) = atanh((-re, -im))?;
        return Ok((-x, -y));
    }
    let ay = im.abs();
    if re > SQRT_LARGE || ay > SQRT_LARGE {
        let h = (re / 2.0).hypot(im / 2.0);
        return Ok((re / 4.0 / h / h, -FRAC_PI_2.copysign(-im)));
    }
    if re == 1.0 && ay < SQRT_MIN {
        if ay == 0.0 {
            return Err(MathError::Domain);
        }
        let x = -(ay.sqrt() / ay.hypot(2.0).sqrt()).ln();
        return Ok((x, (2f64.atan2(-ay) / 2.0).copysign(im)));
    }
    let gap = 1.0 - re;
    let x = (4.0 * re / (gap * gap + ay * ay)).ln_1p() / 4.0;
    Ok((x, -(-2.0 * im).atan2(gap * (1.0 + re) - ay * ay) / 2.0))
}
/// `-i f(i z)`
fn turned(z: Complex, f: impl Fn(Complex) -> Answer) -> Answer {
    let (x, y) = f((-z.1, z.0))?;
    Ok((y, -x))
}
pub(super) fn asin(z: Complex) -> Answer {
    turned(z, |z| Ok(asinh(z)))
}
pub(super) fn atan(z: Complex) -> Answer {
    turned(z, atanh)
}
pub(super) fn sin(z: Complex) -> Answer {
    turned(z, sinh)
}
pub(super) fn tan(z: Complex) -> Answer {
    turned(z, tanh)
}
pub(super) fn cos(z: Complex) -> Answer {
    cosh((-z.1, z.0))
}

/// Whether an imaginary part of infinity is outside the domain; NaN results of NaN arguments are fine.
fn domain_checked(re: f64, im: f64, r: Complex) -> Answer {
    if im.is_infinite() && !re.is_nan() { Err(MathError::Domain) } else { Ok(r) }
}
fn range_checked(r: Complex) -> Answer {
    if r.0.is_infinite() || r.1.is_infinite() { Err(MathError::Range) } else { Ok(r) }
}
/// Infinite `re`, finite `im` that is not zero: the signs of `size * (cos, sin)`.
fn directed(size: f64, im: f64) -> Complex {
    (size.copysign(im.cos()), size.copysign(im.sin()))
}
pub(super) fn cosh(z: Complex) -> Answer {
    let (re, im) = z;
    if finite(z) {
        let part = if re.abs() > LOG_LARGE {
            let less = re - 1f64.copysign(re);
            (im.cos() * less.cosh() * E, im.sin() * less.sinh() * E)
        } else {
            (im.cos() * re.cosh(), im.sin() * re.sinh())
        };
        return range_checked(part);
    }
    let r = match () {
        _ if re.is_infinite() && im.is_finite() && im != 0.0 => {
            let (x, y) = directed(INF, im);
            (x, if re > 0.0 { y } else { -y })
        }
        _ if re.is_infinite() && im == 0.0 => (INF, if re > 0.0 { im } else { -im }),
        _ if re.is_infinite() => (INF, NAN),
        _ if re == 0.0 => (NAN, 0.0),
        _ if re.is_nan() && im == 0.0 => (NAN, 0.0),
        _ => (NAN, NAN),
    };
    domain_checked(re, im, r)
}
pub(super) fn sinh(z: Complex) -> Answer {
    let (re, im) = z;
    if finite(z) {
        let part = if re.abs() > LOG_LARGE {
            let less = re - 1f64.copysign(re);
            (im.cos() * less.sinh() * E, im.sin() * less.cosh() * E)
        } else {
            (im.cos() * re.sinh(), im.sin() * re.cosh())
        };
        return range_checked(part);
    }
    let r = match () {
        _ if re.is_infinite() && im.is_finite() && im != 0.0 => {
            let (x, y) = directed(INF, im);
            (if re > 0.0 { x } else { -x }, y)
        }
        _ if im == 0.0 => (re, im),
        _ if re.is_infinite() => (INF, NAN),
        _ if re == 0.0 => (0.0, NAN),
        _ => (NAN, NAN),
    };
    domain_checked(re, im, r)
}
pub(super) fn tanh(z: Complex) -> Answer {
    let (re, im) = z;
    if finite(z) {
        if re.abs() > LOG_LARGE {
            let y = 4.0 * im.sin() * im.cos() * (-2.0 * re.abs()).exp();
            return Ok((1f64.copysign(re), y));
        }
        let (tx, ty, cx) = (re.tanh(), im.tan(), 1.0 / re.cosh());
        let product = tx * ty;
        let below = 1.0 + product * product;
        return Ok((tx * (1.0 + ty * ty) / below, ((ty / below) * cx) * cx));
    }
    if im.is_infinite() && re.is_finite() {
        return Err(MathError::Domain);
    }
    Ok(match () {
        _ if re.is_infinite() && im.is_finite() && im != 0.0 => {
            (1f64.copysign(re), 0f64.copysign(2.0 * im.sin() * im.cos()))
        }
        _ if re.is_infinite() => (1f64.copysign(re), if im == 0.0 { im } else { 0.0 }),
        _ if re == 0.0 => (re, NAN),
        _ if im == 0.0 => (NAN, im),
        _ => (NAN, NAN),
    })
}
pub(super) fn exp(z: Complex) -> Answer {
    let (re, im) = z;
    if finite(z) {
        let part = if re > LOG_LARGE {
            let l = (re - 1.0).exp();
            (l * im.cos() * E, l * im.sin() * E)
        } else {
            let l = re.exp();
            (l * im.cos(), l * im.sin())
        };
        return range_checked(part);
    }
    if im.is_infinite() && (re.is_finite() || re == INF) {
        return Err(MathError::Domain);
    }
    Ok(match () {
        _ if re.is_infinite() && im.is_finite() && im != 0.0 => {
            directed(if re > 0.0 { INF } else { 0.0 }, im)
        }
        _ if im == 0.0 => (if re == -INF { 0.0 } else { re }, im),
        _ if re == -INF => (0.0, 0.0),
        _ if re == INF => (INF, NAN),
        _ => (NAN, NAN),
    })
}
pub(super) fn log(z: Complex) -> Answer {
    let (re, im) = z;
    if !finite(z) {
        return Ok(special_log(z));
    }
    let (ax, ay) = (re.abs(), im.abs());
    let size = if ax > LARGE || ay > LARGE {
        (ax / 2.0).hypot(ay / 2.0).ln() + LN_2
    } else if ax < f64::MIN_POSITIVE && ay < f64::MIN_POSITIVE {
        if ax == 0.0 && ay == 0.0 {
            return Err(MathError::Domain);
        }
        scale(ax, SCALE_UP).hypot(scale(ay, SCALE_UP)).ln() - SCALE_UP as f64 * LN_2
    } else {
        let h = ax.hypot(ay);
        if (0.71..=1.73).contains(&h) {
            let (more, less) = (ax.max(ay), ax.min(ay));
            ((more - 1.0) * (more + 1.0) + less * less).ln_1p() / 2.0
        } else {
            h.ln()
        }
    };
    Ok((size, im.atan2(re)))
}
pub(super) fn log10(z: Complex) -> Answer {
    let (x, y) = log(z)?;
    Ok((x / LN_10, y / LN_10))
}
/// The complex number of size `r` and angle `phi`.
pub(super) fn rect(r: f64, phi: f64) -> Answer {
    if r.is_finite() && phi.is_finite() {
        return Ok(if phi == 0.0 { (r, r * phi) } else { (r * phi.cos(), r * phi.sin()) });
    }
    if r != 0.0 && !r.is_nan() && phi.is_infinite() {
        return Err(MathError::Domain);
    }
    Ok(match () {
        _ if r.is_infinite() && phi.is_finite() && phi != 0.0 => {
            let (x, y) = directed(INF, phi);
            if r > 0.0 { (x, y) } else { (-x, -y) }
        }
        _ if r.is_infinite() && phi == 0.0 => (r, if r > 0.0 { phi } else { -phi }),
        _ if r.is_infinite() => (INF, NAN),
        _ if r == 0.0 => (0.0, 0.0),
        _ if r.is_nan() && phi == 0.0 => (NAN, 0.0),
        _ => (NAN, NAN),
    })
}
