//! What the tables from CPython 3.13 cannot show: fraction grouping, locales, limits.

use super::*;
use crate::bigint::{BigInt, IntRef};
use proptest::prelude::*;

fn context<R>(locale: Locale<'_>, run: impl FnOnce(&mut Context<'_>) -> R) -> R {
    let mut poll = || false;
    run(&mut Context { type_name: "float", locale, max_digits: 4300, poll: &mut poll })
}

fn shown(result: Result<(), TextError>, out: &StrBuilder) -> String {
    match result {
        Ok(()) => out.to_string(),
        Err(error) => format!("{:?}: {}", error.kind, error.message),
    }
}

fn float_in(locale: Locale<'_>, x: f64, spec: &str) -> String {
    let (mut out, spec) = (StrBuilder::new(), StrBuilder::from(spec));
    let result = context(locale, |c| format_float(&mut out, x, spec.as_points(), c));
    shown(result, &out)
}

fn float(x: f64, spec: &str) -> String {
    float_in(C_LOCALE, x, spec)
}

fn int_in(locale: Locale<'_>, value: i64, spec: &str) -> String {
    let (mut out, spec) = (StrBuilder::new(), StrBuilder::from(spec));
    let value = IntRef::Small(value);
    let result = context(locale, |c| format_int(&mut out, value, spec.as_points(), c));
    shown(result, &out)
}

#[test]
fn fraction_grouping() {
    assert_eq!(float(123_456.123_456_78, ".,f"), "123456.123,457");
    assert_eq!(float(123_456.123_456_78, ".8_f"), "123456.123_456_78");
    assert_eq!(float(123_456.123_456_78, ",.8_f"), "123,456.123_456_78");
    assert_eq!(float(123_456.123_456_78, "_._f"), "123_456.123_457");
    assert_eq!(float(0.000_123_456_7, ".,"), "0.000,123,456,7");
    assert_eq!(float(1.5e-10, "._e"), "1.500_000e-10");
    assert_eq!(float(1234.5678, "020.6,f"), "000000001234.567,800");
    assert_eq!(float(1234.5678, ">20.6,f"), "        1234.567,800");
    assert_eq!(float(1.5, ".6,_f"), "Value: Cannot specify both ',' and '_'.");
    assert_eq!(float(1.5, ".6_,f"), "Value: Cannot specify both ',' and '_'.");
    assert_eq!(float(1.5, ".6,n"), "Value: Cannot specify ',' with 'n'.");
    assert_eq!(float(1.5, ".f"), "Value: Format specifier missing precision");
    assert_eq!(float(f64::INFINITY, "._f"), "inf");
}

#[test]
fn locales() {
    let german = Locale { decimal_point: ",", thousands_sep: ".", grouping: &[3, 3, 0] };
    assert_eq!(float_in(german, 1_234_567.5, ".10n"), "1.234.567,5");
    assert_eq!(float_in(german, 1234.5, "012.10n"), "00.001.234,5");
    assert_eq!(int_in(german, -1_234_567, "n"), "-1.234.567");
    assert_eq!(int_in(german, -1_234_567, "d"), "-1234567");
    let indian = Locale { decimal_point: ".", thousands_sep: ",", grouping: &[3, 2] };
    assert_eq!(int_in(indian, 123_456_789, "n"), "12,34,56,789");
    assert_eq!(int_in(indian, 789, "010n"), "0,00,00,789");
    let once = Locale { decimal_point: ".", thousands_sep: "\u{2009}", grouping: &[3, 127] };
    assert_eq!(int_in(once, 123_456_789, "n"), "123456\u{2009}789");
    assert_eq!(int_in(once, 12, "n"), "12");
    assert_eq!(float_in(C_LOCALE, 1_234_567.5, ".10n"), "1234567.5");
}

#[test]
fn limits() {
    assert_eq!(int_in(C_LOCALE, 1, &format!("\u{1F600}<{}", isize::MAX)), "Memory: ");
    let too_many = "Value: Too many decimal digits in format string";
    assert_eq!(int_in(C_LOCALE, 1, "99999999999999999999"), too_many);
    assert_eq!(float(1.0, ".99999999999999999999f"), too_many);
    // Above the C int; on 32-bit machines that is above everything.
    let wanted =
        if cfg!(target_pointer_width = "64") { "Value: precision too big" } else { too_many };
    assert_eq!(float(1.0, ".2147483648f"), wanted);
    let big = crate::bigint::shl(BigInt::from_i64(1).as_ref(), 20_000).unwrap();
    let (mut out, spec) = (StrBuilder::new(), StrBuilder::from("d"));
    let value = IntRef::Big(big.as_ref());
    let result = context(C_LOCALE, |c| format_int(&mut out, value, spec.as_points(), c));
    assert!(shown(result, &out).starts_with("Value: Exceeds the limit (4300 digits)"));
    let spec = StrBuilder::from("f");
    let result = context(C_LOCALE, |c| format_int(&mut out, value, spec.as_points(), c));
    assert_eq!(shown(result, &out), "Overflow: int too large to convert to float");
    let spec = StrBuilder::from("c");
    let result = context(C_LOCALE, |c| format_int(&mut out, value, spec.as_points(), c));
    assert_eq!(shown(result, &out), "Overflow: Python int too large to convert to C long");
}

#[test]
fn wide_groups_need_no_memory_of_their_own() {
    let wide = int_in(C_LOCALE, 7, "0100000,");
    // One more than asked for, because a separator cannot come first.
    assert_eq!(wide.len(), 100_001);
    assert!(wide.ends_with("000,007") && wide.starts_with("0,000,"));
}

proptest! {
    #[test]
    fn any_specification_is_taken_or_refused(
        spec in "[<>=^+ z#0,_.dxeEfgGn%scb1-9é-]{0,10}",
        x in any::<f64>(),
        n in any::<i64>(),
    ) {
        float(x, &spec);
        int_in(C_LOCALE, n, &spec);
        let (mut out, spec) = (StrBuilder::new(), StrBuilder::from(spec.as_str()));
        let _ = context(C_LOCALE, |c| format_complex(&mut out, x, x, spec.as_points(), c));
        let _ = format_str(&mut out, spec.as_points(), spec.as_points(), "str");
    }

    #[test]
    fn width_is_kept(n in any::<i64>(), width in 1usize..60, fill in any::<char>()) {
        let spec = format!("{fill}^{width}_");
        let text = int_in(C_LOCALE, n, &spec);
        let digits = text.chars().filter(char::is_ascii_digit).count();
        prop_assert!(text.chars().count() >= width || digits >= width / 2);
    }
}
