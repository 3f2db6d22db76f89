//! Properties of float text that hold for every float.

use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn round_trips(bits in any::<u64>()) {
        let x = f64::from_bits(bits);
        let text = repr(x);
        let back = parse(text.as_bytes()).unwrap();
        prop_assert!(back == x || (back.is_nan() && x.is_nan()), "{}", text);
        let back = from_hex(to_hex(x).as_bytes()).unwrap();
        prop_assert!(back == x || (back.is_nan() && x.is_nan()));
        if x.is_finite() {
            let (mantissa, exponent) = decompose(x);
            prop_assert!(mantissa == 0 || mantissa & 1 == 1);
            let half = exponent / 2;
            let value = mantissa as f64 * 2f64.powi(half) * 2f64.powi(exponent - half);
            prop_assert_eq!(value, x);
        }
    }

    #[test]
    fn layouts_read_back(bits in any::<u64>(), precision in 17usize..40, kind in 0usize..3) {
        let x = f64::from_bits(bits);
        if x.is_finite() {
            let mut out = Vec::new();
            write_double(&mut out, x, b"eEg"[kind], precision, DoubleFlags::default());
            prop_assert_eq!(parse(&out), Some(x));
        }
    }

    #[test]
    fn parsing_never_fails_badly(text in "[ 0-9a-fA-FxXpPeEjJ_.+()naif-]{0,24}") {
        let _ = parse(text.as_bytes());
        let _ = parse_complex(text.as_bytes());
        let _ = from_hex(text.as_bytes());
    }

    #[test]
    fn rounding_is_idempotent(bits in any::<u64>(), digits in -310i64..330) {
        let x = f64::from_bits(bits);
        if let Ok(once) = round_digits(x, digits) {
            let twice = round_digits(once, digits);
            prop_assert!(twice == Ok(once) || once.is_nan());
        }
    }
}

fn layout(x: f64, kind: u8, precision: usize, flags: DoubleFlags) -> String {
    let mut out = Vec::new();
    write_double(&mut out, x, kind, precision, flags);
    into_string(out)
}

#[test]
fn precision_beyond_the_exact_digits() {
    let flags = DoubleFlags::default();
    let fixed = layout(5e-324, b'f', 1500, flags);
    assert_eq!(fixed.len(), 1502);
    assert_eq!(&fixed[321..331], "0000494065");
    assert!(fixed.ends_with("000000"));
    let scientific = layout(f64::MAX, b'e', 70_000, flags);
    assert_eq!(scientific.len(), 70_000 + 7);
    assert!(scientific.ends_with("00e+308"));
    let general = layout(0.1, b'g', 70_000, flags);
    assert_eq!(general, "0.1000000000000000055511151231257827021181583404541015625");
    let general = layout(0.1, b'g', 2000, DoubleFlags { alternate: true, ..flags });
    assert_eq!(general.len(), 2002);
}

#[test]
fn negative_zero_and_signs() {
    let z = DoubleFlags { no_negative_zero: true, ..DoubleFlags::default() };
    assert_eq!(layout(-0.001, b'f', 2, z), "0.00");
    assert_eq!(layout(-0.001, b'f', 3, z), "-0.001");
    assert_eq!(layout(-0.0, b'r', 0, z), "0");
    assert_eq!(layout(-0.0, b'e', 1, DoubleFlags { sign: true, ..z }), "+0.0e+00");
    let signed = DoubleFlags { sign: true, ..DoubleFlags::default() };
    assert_eq!(layout(f64::NAN, b'F', 2, signed), "+NAN");
    assert_eq!(layout(-f64::NAN, b'f', 2, DoubleFlags::default()), "nan");
}

#[test]
fn round_to_int() {
    let whole = |x| round_half_even(x).map(|v| v.to_i64());
    assert_eq!(whole(2.5), Ok(Some(2)));
    assert_eq!(whole(3.5), Ok(Some(4)));
    assert_eq!(whole(-0.5), Ok(Some(0)));
    assert_eq!(whole(f64::NAN), Err(RoundError::Nan));
    assert_eq!(whole(f64::NEG_INFINITY), Err(RoundError::Infinity));
}
