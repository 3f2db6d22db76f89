//! Printing and parsing of integers, huge ones in particular.

use super::*;
use proptest::prelude::*;

fn never() -> impl FnMut() -> bool {
    || false
}

fn parse_ok(text: &str, base: u32) -> BigInt {
    match parse(text.as_bytes(), base, 0, &mut never()).unwrap() {
        Int::Small(value) => BigInt::from_i64(value),
        Int::Big(value) => value,
    }
}

proptest! {
    #[test]
    fn small_numbers_round_trip(value in any::<i64>(), base in 2u32..37) {
        let mut out = Vec::new();
        write_i64(&mut out, value);
        prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        let mut out = Vec::new();
        write_magnitude(&mut out, IntRef::Small(value), base);
        let back = parse_ok(std::str::from_utf8(&out).unwrap(), base);
        prop_assert_eq!(back, BigInt::from_u64(value.unsigned_abs()));
    }

    #[test]
    fn big_numbers_round_trip(
        negative in any::<bool>(),
        limbs in proptest::collection::vec(any::<Limb>(), 1..30),
        base in 2u32..37,
    ) {
        let value = BigInt::from_vec(negative, limbs);
        let text = decimal(IntRef::Big(value.as_ref()));
        prop_assert_eq!(&text, &value.as_ref().to_ibig().to_string());
        prop_assert_eq!(&parse_ok(&text, 10), &value);
        let mut out = Vec::new();
        write_magnitude(&mut out, IntRef::Big(value.as_ref()), base);
        let back = parse_ok(std::str::from_utf8(&out).unwrap(), base);
        prop_assert_eq!(back.limbs(), value.limbs());
    }
}

#[test]
fn huge_decimals_are_split() {
    for length in [PIECE_DIGITS - 1, PIECE_DIGITS, PIECE_DIGITS + 1, 3 * PIECE_DIGITS, 130_001] {
        for pattern in ["1", "9", "10", "7000000000000000000000000000000000000001"] {
            let mut text = pattern.repeat(length / pattern.len() + 1);
            text.truncate(length);
            let value = parse_ok(&text, 10);
            assert_eq!(decimal(IntRef::Big(value.as_ref())), text, "{length} {pattern}");
        }
        let power = format!("1{}", "0".repeat(length));
        let value = parse_ok(&power, 10);
        assert_eq!(decimal(IntRef::Big(value.as_ref())), power);
    }
    let text = "3".repeat(100_000);
    let stopped = parse(text.as_bytes(), 10, 0, &mut || true);
    assert_eq!(stopped, Err(ParseIntError::Interrupted));
    let value = parse_ok(&text, 10);
    let stopped = write_decimal(&mut Vec::new(), IntRef::Big(value.as_ref()), 0, &mut || true);
    assert_eq!(stopped, Err(DecimalError::Interrupted));
}

#[test]
fn the_digit_limit() {
    let text = "1".repeat(4301);
    let failed = parse(text.as_bytes(), 10, 4300, &mut never());
    assert_eq!(failed, Err(ParseIntError::TooManyDigits { digits: 4301 }));
    assert_eq!(
        parse_limit_message(4300, 4301),
        "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; \
         use sys.set_int_max_str_digits() to increase the limit"
    );
    assert!(parse(text.as_bytes(), 16, 4300, &mut never()).is_ok());
    assert!(parse(&text.as_bytes()[1..], 10, 4300, &mut never()).is_ok());
    let underscored = format!("{}_1", &text[..4299]);
    assert!(parse(underscored.as_bytes(), 10, 4300, &mut never()).is_ok());
    let number = parse_ok(&text, 10);
    let value = IntRef::Big(number.as_ref());
    let mut out = b"kept".to_vec();
    let failed = write_decimal(&mut out, value, 4300, &mut never());
    assert_eq!(failed, Err(DecimalError::TooManyDigits));
    assert_eq!(out, b"kept");
    assert!(write_decimal(&mut out, value, 4301, &mut never()).is_ok());
    let nines = parse_ok(&"9".repeat(4300), 10);
    let mut out = Vec::new();
    assert!(write_decimal(&mut out, IntRef::Big(nines.as_ref()), 4300, &mut never()).is_ok());
}

#[test]
fn digits_of_any_script() {
    let text = crate::StrBuilder::from("\u{3000}-\u{0663}\u{ff15}_\u{1d7ce} ");
    let got = parse_str(text.as_points(), 10, 0, &mut never());
    assert_eq!(got, Ok(Int::Small(-350)));
    let text = crate::StrBuilder::from("1\u{b2}");
    assert_eq!(parse_str(text.as_points(), 10, 0, &mut never()), Err(ParseIntError::Invalid));
    assert_eq!(parse(b"1", 1, 0, &mut never()), Err(ParseIntError::Base));
    assert_eq!(parse(b"1", 37, 0, &mut never()), Err(ParseIntError::Base));
}
