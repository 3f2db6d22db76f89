//! Complex arithmetic as CPython computes it: products and quotients with the recoveries of C11 Annex G,
//! powers by squaring for small whole exponents and by polar coordinates otherwise.

/// Real and imaginary part.
pub type Complex = (f64, f64);

/// Why there is no result.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum MathError {
    /// ZeroDivisionError
    Domain,
    /// OverflowError
    Range,
}

/// 1 or 0 with the sign of `x`, for infinite and finite parts.
fn boxed(x: f64) -> f64 {
    (if x.is_infinite() { 1.0f64 } else { 0.0 }).copysign(x)
}
fn nan_to_zero(x: &mut f64) {
    if x.is_nan() {
        *x = 0.0f64.copysign(*x);
    }
}

/// `a * b`
pub fn product((mut a, mut b): Complex, (mut c, mut d): Complex) -> Complex {
    let (ac, bd, ad, bc) = (a * c, b * d, a * d, b * c);
    let (re, im) = (ac - bd, ad + bc);
    if !(re.is_nan() && im.is_nan()) {
        return (re, im);
    }
    let mut again = false;
    if a.is_infinite() || b.is_infinite() {
        (a, b) = (boxed(a), boxed(b));
        nan_to_zero(&mut c);
        nan_to_zero(&mut d);
        again = true;
    }
    if c.is_infinite() || d.is_infinite() {
        (c, d) = (boxed(c), boxed(d));
        nan_to_zero(&mut a);
        nan_to_zero(&mut b);
        again = true;
    }
    if !again && [ac, bd, ad, bc].iter().any(|x| x.is_infinite()) {
        for x in [&mut a, &mut b, &mut c, &mut d] {
            nan_to_zero(x);
        }
        again = true;
    }
    if again {
        (f64::INFINITY * (a * c - b * d), f64::INFINITY * (a * d + b * c))
    } else {
        (re, im)
    }
}

/// `a / b`
pub fn quotient(a: Complex, b: Complex) -> Result<Complex, MathError> {
    let (wide, high) = (b.0.abs(), b.1.abs());
    let r = if wide >= high {
        if wide == 0.0 {
            return Err(MathError::Domain);
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        ((a.0 + a.1 * ratio) / denominator, (a.1 - a.0 * ratio) / denominator)
    } else if high >= wide {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        ((a.0 * ratio + a.1) / denominator, (a.1 * ratio - a.0) / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if !(r.0.is_nan() && r.1.is_nan()) {
        return Ok(r);
    }
    let finite = |z: Complex| z.0.is_finite() && z.1.is_finite();
    let infinite = |z: Complex| z.0.is_infinite() || z.1.is_infinite();
    if infinite(a) && finite(b) {
        let (x, y) = (boxed(a.0), boxed(a.1));
        return Ok((f64::INFINITY * (x * b.0 + y * b.1), f64::INFINITY * (y * b.0 - x * b.1)));
    }
    if infinite(b) && finite(a) {
        let (x, y) = (boxed(b.0), boxed(b.1));
        return Ok((0.0 * (a.0 * x + a.1 * y), 0.0 * (a.1 * x - a.0 * y)));
    }
    Ok(r)
}

/// A real number divided by a complex one: no invented imaginary zero takes part.
pub fn real_quotient(a: f64, b: Complex) -> Result<Complex, MathError> {
    let (wide, high) = (b.0.abs(), b.1.abs());
    let r = if wide >= high {
        if wide == 0.0 {
            return Err(MathError::Domain);
        }
        let ratio = b.1 / b.0;
        let denominator = b.0 + b.1 * ratio;
        (a / denominator, (-a * ratio) / denominator)
    } else if high >= wide {
        let ratio = b.0 / b.1;
        let denominator = b.0 * ratio + b.1;
        ((a * ratio) / denominator, (-a) / denominator)
    } else {
        (f64::NAN, f64::NAN)
    };
    if r.0.is_nan() && r.1.is_nan() && a.is_finite() && (b.0.is_infinite() || b.1.is_infinite()) {
        let (x, y) = (boxed(b.0), boxed(b.1));
        return Ok((0.0 * (a * x), 0.0 * (-a * y)));
    }
    Ok(r)
}

/// `|z|`, OverflowError when finite parts give infinity.
pub fn magnitude(z: Complex) -> Result<f64, MathError> {
    if z.0.is_infinite() || z.1.is_infinite() {
        return Ok(f64::INFINITY);
    }
    if z.0.is_nan() || z.1.is_nan() {
        return Ok(f64::NAN);
    }
    let r = z.0.hypot(z.1);
    if r.is_finite() { Ok(r) } else { Err(MathError::Range) }
}

/// `z ** n` by repeated squaring, `0 <= n <= 100`.
fn power_natural(z: Complex, n: u32) -> Complex {
    let (mut r, mut square, mut mask) = ((1.0, 0.0), z, 1u32);
    while mask <= n {
        if n & mask != 0 {
            r = product(r, square);
        }
        mask <<= 1;
        square = product(square, square);
    }
    r
}

/// `a ** b`
pub fn power(a: Complex, b: Complex) -> Result<Complex, MathError> {
    let r = if b.1 == 0.0 && b.0 == b.0.floor() && b.0.abs() <= 100.0 {
        let natural = power_natural(a, b.0.abs() as u32);
        if b.0 > 0.0 { natural } else { quotient((1.0, 0.0), natural)? }
    } else if b == (0.0, 0.0) {
        (1.0, 0.0)
    } else if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return Err(MathError::Domain);
        }
        (0.0, 0.0)
    } else {
        let size = a.0.hypot(a.1);
        let mut length = size.powf(b.0);
        let angle = a.1.atan2(a.0);
        let mut phase = angle * b.0;
        if b.1 != 0.0 {
            length *= (-angle * b.1).exp();
            phase += b.1 * size.ln();
        }
        if phase.is_infinite() {
            // The C library's sine of infinity is a domain error.
            return Err(MathError::Domain);
        }
        (length * phase.cos(), length * phase.sin())
    };
    if r.0.is_infinite() || r.1.is_infinite() { Err(MathError::Range) } else { Ok(r) }
}
