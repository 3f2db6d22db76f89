//! `_statistics`: the inverse of the normal distribution's cumulative function.
//!
//! Source: Wichura 1988, algorithm AS 241 (PPND16): rational approximations for the middle and the tails.

use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] =
    &[NativeDef::function("_normal_dist_inv_cdf", "(p, mu, sigma, /)", inverse, "")];

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "Accelerators for the statistics module.\n";
    Ok(vm.new_native_module("_statistics", doc, FUNCTIONS)?.value())
}
/// `above(x) / below(x)`, coefficients from the highest power down.
fn ratio(x: f64, above: [f64; 8], below: [f64; 8]) -> f64 {
    let polynomial = |c: [f64; 8]| c.into_iter().reduce(|sum, c| sum * x + c).unwrap_or(0.0);
    polynomial(above) / polynomial(below)
}
const MIDDLE: ([f64; 8], [f64; 8]) = (
    [
        2.5090809287301226727e+3,
        3.3430575583588128105e+4,
        6.7265770927008700853e+4,
        4.5921953931549871457e+4,
        1.3731693765509461125e+4,
        1.9715909503065514427e+3,
        1.3314166789178437745e+2,
        3.3871328727963666080e+0,
    ],
    [
        5.2264952788528545610e+3,
        2.8729085735721942674e+4,
        3.9307895800092710610e+4,
        2.1213794301586595867e+4,
        5.3941960214247511077e+3,
        6.8718700749205790830e+2,
        4.2313330701600911252e+1,
        1.0,
    ],
);
const NEAR: ([f64; 8], [f64; 8]) = (
    [
        7.74545014278341407640e-4,
        2.27238449892691845833e-2,
        2.41780725177450611770e-1,
        1.27045825245236838258e+0,
        3.64784832476320460504e+0,
        5.76949722146069140550e+0,
        4.63033784615654529590e+0,
        1.42343711074968357734e+0,
    ],
    [
        1.05075007164441684324e-9,
        5.47593808499534494600e-4,
        1.51986665636164571966e-2,
        1.48103976427480074590e-1,
        6.89767334985100004550e-1,
        1.67638483018380384940e+0,
        2.05319162663775882187e+0,
        1.0,
    ],
);
const FAR: ([f64; 8], [f64; 8]) = (
    [
        2.01033439929228813265e-7,
        2.71155556874348757815e-5,
        1.24266094738807843860e-3,
        2.65321895265761230930e-2,
        2.96560571828504891230e-1,
        1.78482653991729133580e+0,
        5.46378491116411436990e+0,
        6.65790464350110377720e+0,
    ],
    [
        2.04426310338993978564e-15,
        1.42151175831644588870e-7,
        1.84631831751005468180e-5,
        7.86869131145613259100e-4,
        1.48753612908506148525e-2,
        1.36929880922735805310e-1,
        5.99832206555887937690e-1,
        1.0,
    ],
);

fn inverse(vm: &Vm, a: &[Value]) -> Res {
    let p = pyrs_builtins::real_of(vm, a[0])?;
    let mu = pyrs_builtins::real_of(vm, a[1])?;
    let sigma = pyrs_builtins::real_of(vm, a[2])?;
    let outside = || vm.value_error("inv_cdf undefined for these parameters");
    if p <= 0.0 || p >= 1.0 || sigma < 0.0 {
        return Err(outside());
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180625 - q * q;
        return vm.float(mu + ratio(r, MIDDLE.0, MIDDLE.1) * q * sigma);
    }
    let r = if q <= 0.0 { p } else { 1.0 - p };
    if r <= 0.0 || r >= 1.0 {
        return Err(outside());
    }
    let r = (-r.ln()).sqrt();
    let x = if r <= 5.0 { ratio(r - 1.6, NEAR.0, NEAR.1) } else { ratio(r - 5.0, FAR.0, FAR.1) };
    vm.float(mu + if q < 0.0 { -x } else { x } * sigma)
}
