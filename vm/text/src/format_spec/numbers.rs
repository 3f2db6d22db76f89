//! Numbers in the format mini-language.
//!
//! A number is laid out as `padding sign prefix padding whole point fraction rest padding`; `whole`
//! are the digits that separators group from the right, `fraction` those they group from the
//! left, `rest` is an exponent, a percent sign, `inf`/`nan` or a single character.

use super::{Align, C_LOCALE, Context, Grouping, Locale, Sign, Spec, reserve, unknown_kind};
use crate::bigint::IntRef;
use crate::error::{ErrorKind, TextError};
use crate::float_repr::{DoubleFlags, write_double};
use crate::int_text::{self, DecimalError};
use crate::points::{CodePoints, StrBuilder};

/// The parts of a number before grouping and padding.
struct Parts<'a> {
    negative: bool,
    prefix: &'a [u8],
    whole: &'a [u8],
    point: bool,
    fraction: &'a [u8],
    rest: CodePoints<'a>,
}

impl<'a> Parts<'a> {
    /// Takes the text of a float apart.
    fn of_float(text: &'a [u8]) -> Parts<'a> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let digits = |t: &[u8]| t.iter().take_while(|b| b.is_ascii_digit()).count();
        let (whole, text) = text.split_at(digits(text));
        let (point, text) = match text {
            [b'.', rest @ ..] => (true, rest),
            _ => (false, text),
        };
        let (fraction, rest) = if point { text.split_at(digits(text)) } else { text.split_at(0) };
        Parts { negative, prefix: b"", whole, point, fraction, rest: CodePoints::One(rest) }
    }

    /// The sign character, if one is to be written.
    fn sign(&self, spec: &Spec) -> Option<u8> {
        match spec.sign {
            _ if self.negative => Some(b'-'),
            Sign::Plus => Some(b'+'),
            Sign::Space => Some(b' '),
            _ => None,
        }
    }
}

/// Where separators go, counted in digits from the right.
struct Groups<'a> {
    grouping: &'a [u8],
}

impl Groups<'_> {
    /// The size of the group number `index` from the right; `None` for one without end.
    fn size(&self, index: usize) -> Option<usize> {
        // The end of the list repeats the last size; 127 (CHAR_MAX) ends grouping.
        let stop = self.grouping.iter().position(|&g| g == 0 || g == 127);
        let sizes = &self.grouping[..stop.unwrap_or(self.grouping.len())];
        match sizes.get(index) {
            Some(&size) => Some(usize::from(size)),
            None if stop.is_some_and(|at| self.grouping[at] == 127) => None,
            None => sizes.last().map(|&size| usize::from(size)),
        }
    }

    /// How many digits are written when `digits` digits are widened by zeros to `min_width`
    /// characters, separators of `separator` characters included.
    fn digits_written(&self, digits: usize, min_width: usize, separator: usize) -> usize {
        let (mut remaining, mut width, mut written) = (digits, min_width, 0);
        for index in 0.. {
            let wanted = remaining.max(width).max(1);
            let Some(size) = self.size(index) else { return written + wanted };
            let len = size.min(wanted);
            written += len;
            remaining = remaining.saturating_sub(len);
            let missing = width as isize - len as isize;
            if remaining == 0 && missing <= 0 {
                break;
            }
            width = usize::try_from(missing - separator as isize).unwrap_or(0);
        }
        written
    }

    /// Calls `group` with the size of each group of `digits` digits, from the left.
    fn for_each(&self, digits: usize, mut group: impl FnMut(usize)) {
        let mut ends = Vec::new();
        let (mut sum, mut index) = (0, 0);
        // The groups of different sizes, then the number of equal ones.
        while index < self.grouping.len() && sum < digits {
            let Some(size) = self.size(index) else { break };
            ends.push(size.min(digits - sum));
            sum += size;
            index += 1;
        }
        let rest = digits.saturating_sub(sum);
        match self.size(index) {
            Some(size) if rest > 0 => {
                if rest % size > 0 {
                    group(rest % size);
                }
                (0..rest / size).for_each(|_| group(size));
            }
            _ if rest > 0 => group(rest),
            _ => {}
        }
        ends.into_iter().rev().for_each(group);
    }
}

/// The whole part with separators and leading zeros.
fn push_whole(out: &mut StrBuilder, whole: &[u8], min_width: isize, locale: &Locale<'_>) {
    if whole.is_empty() {
        return;
    }
    if locale.grouping.is_empty() {
        let zeros = usize::try_from(min_width).unwrap_or(0).saturating_sub(whole.len());
        out.push_repeat(u32::from(b'0'), zeros);
        out.push_latin1(whole);
        return;
    }
    let groups = Groups { grouping: locale.grouping };
    let separator = locale.thousands_sep.chars().count();
    let min_width = usize::try_from(min_width).unwrap_or(0);
    let written = groups.digits_written(whole.len(), min_width, separator);
    let mut zeros = written.saturating_sub(whole.len());
    let mut at = 0;
    let mut first = true;
    groups.for_each(written, |size| {
        if !std::mem::take(&mut first) {
            out.push_str(locale.thousands_sep);
        }
        let missing = zeros.min(size);
        out.push_repeat(u32::from(b'0'), missing);
        zeros -= missing;
        let end = (at + size - missing).min(whole.len());
        out.push_latin1(&whole[at..end]);
        at = end;
    });
}

/// The fraction with a separator after every third digit.
fn push_fraction(out: &mut StrBuilder, fraction: &[u8], grouping: Grouping) {
    let separator = match grouping {
        Grouping::None => return out.push_latin1(fraction),
        Grouping::Comma => b',',
        Grouping::Underscore => b'_',
    };
    for (index, group) in fraction.chunks(3).enumerate() {
        if index > 0 {
            out.push(u32::from(separator));
        }
        out.push_latin1(group);
    }
}

/// How the whole part of this number is grouped.
fn locale_for<'a>(spec: &Spec, locale: &Locale<'a>) -> Locale<'a> {
    if spec.kind == u32::from(b'n') {
        return *locale;
    }
    let every: &'static [u8] = match u8::try_from(spec.kind) {
        Ok(b'b' | b'o' | b'x' | b'X') => &[4],
        _ => &[3],
    };
    match spec.grouping {
        Grouping::None => C_LOCALE,
        Grouping::Comma => Locale { thousands_sep: ",", grouping: &[3], ..C_LOCALE },
        Grouping::Underscore => Locale { thousands_sep: "_", grouping: every, ..C_LOCALE },
    }
}

/// Writes a number with grouping and padding.
fn push_number(
    out: &mut StrBuilder,
    parts: &Parts<'_>,
    spec: &Spec,
    locale: &Locale<'_>,
) -> Result<(), TextError> {
    let locale = locale_for(spec, locale);
    let sign = parts.sign(spec);
    let mut tail = StrBuilder::new();
    reserve(&mut tail, 0, parts.fraction.len() / 3 * 4 + parts.rest.len())?;
    if parts.point {
        tail.push_str(locale.decimal_point);
    }
    push_fraction(&mut tail, parts.fraction, spec.fraction_grouping);
    tail.push_points(parts.rest);
    let fixed = usize::from(sign.is_some()) + parts.prefix.len() + tail.len();
    let width = spec.width.unwrap_or(0);
    reserve(out, spec.fill, width.max(fixed))?;
    let mut whole = StrBuilder::new();
    let zero_padded = spec.fill == u32::from(b'0') && spec.align == Align::AfterSign;
    let min_width = if zero_padded { width as isize - fixed as isize } else { 0 };
    reserve(&mut whole, 0, usize::try_from(min_width).unwrap_or(0))?;
    push_whole(&mut whole, parts.whole, min_width, &locale);
    let len = fixed + whole.len();
    let (left, right) = match spec.align {
        Align::AfterSign => (0, 0),
        _ => spec.padding(len),
    };
    let inner = if spec.align == Align::AfterSign { width.saturating_sub(len) } else { 0 };
    out.push_repeat(spec.fill, left);
    if let Some(sign) = sign {
        out.push(u32::from(sign));
    }
    out.push_latin1(parts.prefix);
    out.push_repeat(spec.fill, inner);
    out.push_points(whole.as_points());
    out.push_points(tail.as_points());
    out.push_repeat(spec.fill, right);
    Ok(())
}

/// The decimal digits of `value` with their sign, under the digit limit of `context`.
fn write_decimal(
    out: &mut Vec<u8>,
    value: IntRef<'_>,
    context: &mut Context<'_>,
) -> Result<(), TextError> {
    int_text::write_decimal(out, value, context.max_digits, context.poll).map_err(|e| match e {
        DecimalError::TooManyDigits => {
            TextError::value(int_text::print_limit_message(context.max_digits))
        }
        DecimalError::Interrupted => TextError::new(ErrorKind::Interrupted, ""),
    })
}

/// `format(value, spec)` for an integer; appends to `out`.
pub fn format_int(
    out: &mut StrBuilder,
    value: IntRef<'_>,
    spec: CodePoints<'_>,
    context: &mut Context<'_>,
) -> Result<(), TextError> {
    if spec.is_empty() {
        let mut digits = Vec::with_capacity(24);
        write_decimal(&mut digits, value, context)?;
        out.push_latin1(&digits);
        return Ok(());
    }
    let spec = Spec::parse(spec, context.type_name, u32::from(b'd'), Align::Right)?;
    match char::from_u32(spec.kind) {
        Some('b' | 'd' | 'o' | 'x' | 'X' | 'n') => {
            refuse_for_int(&spec)?;
            format_digits(out, value, &spec, context)
        }
        Some('c') => {
            refuse_for_int(&spec)?;
            format_char(out, value, &spec, &context.locale)
        }
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => {
            let x = value.with_big(crate::bigint::to_float);
            let x = x.ok_or_else(|| TextError::overflow("int too large to convert to float"))?;
            float_with(out, x, &spec, &context.locale)
        }
        _ => Err(unknown_kind(spec.kind, context.type_name)),
    }
}

/// Refuses what no integer format has.
fn refuse_for_int(spec: &Spec) -> Result<(), TextError> {
    if spec.precision.is_some() {
        return Err(TextError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(TextError::value(
            "Negative zero coercion (z) not allowed in integer format specifier",
        ));
    }
    Ok(())
}

/// The types `b`, `d`, `n`, `o`, `x` and `X`.
fn format_digits(
    out: &mut StrBuilder,
    value: IntRef<'_>,
    spec: &Spec,
    context: &mut Context<'_>,
) -> Result<(), TextError> {
    let mut digits = Vec::with_capacity(24);
    let (base, prefix): (u32, &[u8]) = match u8::try_from(spec.kind) {
        Ok(b'b') => (2, b"0b"),
        Ok(b'o') => (8, b"0o"),
        Ok(b'x') => (16, b"0x"),
        Ok(b'X') => (16, b"0X"),
        _ => (10, b""),
    };
    if base == 10 {
        write_decimal(&mut digits, value, context)?;
        if value.is_negative() {
            digits.remove(0);
        }
    } else {
        int_text::write_magnitude(&mut digits, value, base);
    }
    if spec.kind == u32::from(b'X') {
        digits.make_ascii_uppercase();
    }
    let parts = Parts {
        negative: value.is_negative(),
        prefix: if spec.alternate { prefix } else { b"" },
        whole: &digits,
        point: false,
        fraction: b"",
        rest: CodePoints::One(b""),
    };
    // Python 3.14 ignores the separator of a fraction that no integer has.
    push_number(out, &parts, spec, &context.locale)
}

/// The type `c`.
fn format_char(
    out: &mut StrBuilder,
    value: IntRef<'_>,
    spec: &Spec,
    locale: &Locale<'_>,
) -> Result<(), TextError> {
    if spec.sign != Sign::Default {
        return Err(TextError::value("Sign not allowed with integer format specifier 'c'"));
    }
    if spec.alternate {
        return Err(TextError::value(
            "Alternate form (#) not allowed with integer format specifier 'c'",
        ));
    }
    let value = value
        .to_i64()
        .and_then(|v| isize::try_from(v).ok())
        .ok_or_else(|| TextError::overflow("Python int too large to convert to C long"))?;
    let point = u32::try_from(value)
        .ok()
        .filter(|&p| p < 0x11_0000)
        .ok_or_else(|| TextError::overflow("%c arg not in range(0x110000)"))?;
    let parts = Parts {
        negative: false,
        prefix: b"",
        whole: b"",
        point: false,
        fraction: b"",
        rest: CodePoints::Four(&[point]),
    };
    push_number(out, &parts, spec, locale)
}

/// `format(x, spec)` for a float; appends to `out`.
pub fn format_float(
    out: &mut StrBuilder,
    x: f64,
    spec: CodePoints<'_>,
    context: &mut Context<'_>,
) -> Result<(), TextError> {
    let spec = Spec::parse(spec, context.type_name, 0, Align::Right)?;
    match char::from_u32(spec.kind) {
        Some('\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n' | '%') => {
            float_with(out, x, &spec, &context.locale)
        }
        _ => Err(unknown_kind(spec.kind, context.type_name)),
    }
}

/// The layout letter and precision for [`write_double`].
fn layout(spec: &Spec, default_kind: u8) -> Result<(u8, usize, DoubleFlags), TextError> {
    if spec.precision.is_some_and(|p| p > i32::MAX as usize) {
        return Err(TextError::value("precision too big"));
    }
    let flags = DoubleFlags {
        alternate: spec.alternate,
        no_negative_zero: spec.no_negative_zero,
        ..DoubleFlags::default()
    };
    let kind = match u8::try_from(spec.kind).unwrap_or(0) {
        0 => default_kind,
        b'n' => b'g',
        b'%' => b'f',
        kind => kind,
    };
    Ok(match spec.precision {
        Some(precision) if kind == b'r' => (b'g', precision, flags),
        precision => (kind, precision.unwrap_or(6), flags),
    })
}

fn float_with(
    out: &mut StrBuilder,
    x: f64,
    spec: &Spec,
    locale: &Locale<'_>,
) -> Result<(), TextError> {
    let (kind, precision, mut flags) = layout(spec, b'r')?;
    flags.add_dot_0 = spec.kind == 0;
    let percent = spec.kind == u32::from(b'%');
    let mut text = Vec::with_capacity(32);
    reserve_digits(&mut text, precision)?;
    write_double(&mut text, if percent { x * 100.0 } else { x }, kind, precision, flags);
    if percent {
        text.push(b'%');
    }
    push_number(out, &Parts::of_float(&text), spec, locale)
}

/// Fails with `MemoryError` where no memory can hold the digits.
fn reserve_digits(text: &mut Vec<u8>, precision: usize) -> Result<(), TextError> {
    if precision < 1 << 16 {
        return Ok(());
    }
    text.try_reserve(precision + 400).map_err(|_| TextError::new(ErrorKind::Memory, ""))
}

/// `format(complex(re, im), spec)`; appends to `out`.
pub fn format_complex(
    out: &mut StrBuilder,
    re: f64,
    im: f64,
    spec: CodePoints<'_>,
    context: &mut Context<'_>,
) -> Result<(), TextError> {
    let spec = Spec::parse(spec, context.type_name, 0, Align::Right)?;
    if !matches!(char::from_u32(spec.kind), Some('\0' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'n')) {
        return Err(unknown_kind(spec.kind, context.type_name));
    }
    let (kind, precision, flags) = layout(&spec, b'r')?;
    if spec.fill == u32::from(b'0') {
        return Err(TextError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(TextError::value(
            "'=' alignment flag is not allowed in complex format specifier",
        ));
    }
    let parentheses = spec.kind == 0 && !(re == 0.0 && re.is_sign_positive());
    let only_imaginary = spec.kind == 0 && !parentheses;
    let mut part = Spec { width: None, align: Align::Left, ..spec };
    let mut text = Vec::with_capacity(64);
    let mut body = StrBuilder::new();
    reserve_digits(&mut text, precision)?;
    if parentheses {
        body.push(u32::from(b'('));
    }
    if !only_imaginary {
        write_double(&mut text, re, kind, precision, flags);
        push_number(&mut body, &Parts::of_float(&text), &part, &context.locale)?;
        part.sign = Sign::Plus;
    }
    text.clear();
    write_double(&mut text, im, kind, precision, flags);
    push_number(&mut body, &Parts::of_float(&text), &part, &context.locale)?;
    body.push_str(if parentheses { "j)" } else { "j" });
    let (left, right) = spec.padding(body.len());
    reserve(out, spec.fill, left.max(right))?;
    out.push_repeat(spec.fill, left);
    out.push_points(body.as_points());
    out.push_repeat(spec.fill, right);
    Ok(())
}
