//! The format mini-language: `format(value, spec)` for `str`, `int`, `float` and `complex`.
//!
//! [`Spec::parse`] reads a specification (PEP 3101, 378, 515, 682, and the fraction grouping of
//! Python 3.14) and makes all checks that do not depend on the type; the `format_*` functions check
//! the rest and write the text. All errors carry CPython's messages.

mod numbers;
#[cfg(test)]
mod tests;

pub use numbers::{format_complex, format_float, format_int};

use crate::bigint::Poll;
use crate::error::{ErrorKind, TextError};
use crate::points::{CodePoints, StrBuilder};

/// Where the padding goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// `<`: after the text.
    Left,
    /// `>`: before the text.
    Right,
    /// `^`: on both sides.
    Center,
    /// `=`: between sign and digits.
    AfterSign,
}

/// When a sign is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Not given: only for negative numbers.
    Default,
    /// `-`: only for negative numbers.
    Minus,
    /// `+`: always.
    Plus,
    /// A blank in place of a plus.
    Space,
}

/// Separators between groups of digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// None.
    None,
    /// `,` every three digits.
    Comma,
    /// `_` every three digits, or every four in the bases 2, 8 and 16.
    Underscore,
}

/// A parsed format specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// The padding character.
    pub fill: u32,
    /// Where the padding goes.
    pub align: Align,
    /// When a sign is written.
    pub sign: Sign,
    /// `z`: what rounds to zero has no minus sign.
    pub no_negative_zero: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// The least number of code points.
    pub width: Option<usize>,
    /// Separators in the whole part.
    pub grouping: Grouping,
    /// Digits after the point, significant digits, or longest text.
    pub precision: Option<usize>,
    /// Separators in the fraction.
    pub fraction_grouping: Grouping,
    /// The presentation type, a code point; 0 if there is none and the type has no default.
    pub kind: u32,
}

/// How a locale writes numbers, for the type `n`: fields of C's `struct lconv`.
#[derive(Clone, Copy, Debug)]
pub struct Locale<'a> {
    /// `decimal_point`
    pub decimal_point: &'a str,
    /// `thousands_sep`
    pub thousands_sep: &'a str,
    /// `grouping`: sizes of the groups from the right, the last one repeated; 127 ends grouping.
    pub grouping: &'a [u8],
}

/// The locale "C".
pub const C_LOCALE: Locale<'static> =
    Locale { decimal_point: ".", thousands_sep: "", grouping: &[] };

/// What formatting a number needs to know about the interpreter.
pub struct Context<'a> {
    /// `type(value).__name__`, for error messages.
    pub type_name: &'a str,
    /// The locale for the type `n`.
    pub locale: Locale<'a>,
    /// `sys.get_int_max_str_digits()`; 0 for no limit.
    pub max_digits: usize,
    /// Asked during the conversion of huge integers.
    pub poll: Poll<'a>,
}

fn align_of(point: Option<u32>) -> Option<Align> {
    match char::from_u32(point?)? {
        '<' => Some(Align::Left),
        '>' => Some(Align::Right),
        '^' => Some(Align::Center),
        '=' => Some(Align::AfterSign),
        _ => None,
    }
}

/// A position in a specification.
struct Reader<'a> {
    text: CodePoints<'a>,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u32> {
        self.text.get(self.at)
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(u32::from(wanted));
        self.at += usize::from(found);
        found
    }

    /// A run of decimal digits (of any script); `None` if there is none.
    fn number(&mut self) -> Result<Option<usize>, TextError> {
        let start = self.at;
        let (value, at) = decimal_number(self.text, start)?;
        self.at = at;
        Ok((at > start).then_some(value))
    }

    /// `,` or `_`, but not both in a row.
    fn grouping(&mut self) -> Result<Grouping, TextError> {
        let both = || TextError::value("Cannot specify both ',' and '_'.");
        if self.take(',') {
            if self.peek() == Some(u32::from(b'_')) {
                return Err(both());
            }
            return Ok(Grouping::Comma);
        }
        if self.take('_') {
            if self.peek() == Some(u32::from(b',')) {
                return Err(both());
            }
            return Ok(Grouping::Underscore);
        }
        Ok(Grouping::None)
    }
}

/// The number at `start` (0 without digits) and the index after it.
pub(crate) fn decimal_number(
    text: CodePoints<'_>,
    start: usize,
) -> Result<(usize, usize), TextError> {
    let (mut value, mut at) = (0usize, start);
    while let Some(digit) = text.get(at).and_then(crate::unicode::decimal_value) {
        value = value
            .checked_mul(10)
            .and_then(|v| v.checked_add(usize::from(digit)))
            .filter(|&v| v <= isize::MAX as usize)
            .ok_or_else(|| TextError::value("Too many decimal digits in format string"))?;
        at += 1;
    }
    Ok((value, at))
}

/// `'c'`, or `'\xNN'` for what is not printable ASCII.
fn shown(point: u32) -> String {
    match u8::try_from(point) {
        Ok(byte @ 33..=127) => format!("'{}'", char::from(byte)),
        _ => format!("'\\x{point:x}'"),
    }
}

/// The error for a presentation type that the value's type does not have.
pub fn unknown_kind(kind: u32, type_name: &str) -> TextError {
    let kind = shown(kind);
    TextError::value(format!("Unknown format code {kind} for object of type '{type_name}'"))
}

impl Spec {
    /// Parses `text`. `default_kind` and `default_align` hold where it does not say (`s` and left
    /// for `str`, `d` and right for `int`, 0 and right for `float` and `complex`).
    pub fn parse(
        text: CodePoints<'_>,
        type_name: &str,
        default_kind: u32,
        default_align: Align,
    ) -> Result<Spec, TextError> {
        let mut spec = Spec {
            fill: u32::from(b' '),
            align: default_align,
            sign: Sign::Default,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: Grouping::None,
            precision: None,
            fraction_grouping: Grouping::None,
            kind: default_kind,
        };
        let mut reader = Reader { text, at: 0 };
        let mut fill_given = false;
        let mut align_given = true;
        if let (Some(fill), Some(align)) = (text.get(0), align_of(text.get(1))) {
            (spec.fill, spec.align, reader.at) = (fill, align, 2);
            fill_given = true;
        } else if let Some(align) = align_of(text.get(0)) {
            (spec.align, reader.at) = (align, 1);
        } else {
            align_given = false;
        }
        spec.sign = match reader.peek().and_then(char::from_u32) {
            Some('+') => Sign::Plus,
            Some('-') => Sign::Minus,
            Some(' ') => Sign::Space,
            _ => Sign::Default,
        };
        reader.at += usize::from(spec.sign != Sign::Default);
        spec.no_negative_zero = reader.take('z');
        spec.alternate = reader.take('#');
        if !fill_given && reader.take('0') {
            spec.fill = u32::from(b'0');
            if !align_given && default_align == Align::Right {
                spec.align = Align::AfterSign;
            }
        }
        spec.width = reader.number()?;
        spec.grouping = reader.grouping()?;
        if reader.take('.') {
            spec.precision = reader.number()?;
            spec.fraction_grouping = reader.grouping()?;
            if spec.precision.is_none() && spec.fraction_grouping == Grouping::None {
                return Err(TextError::value("Format specifier missing precision"));
            }
        }
        if text.len() > reader.at + 1 {
            let after = format!("' for object of type '{type_name}'");
            return Err(TextError::value_around("Invalid format specifier '", text, &after));
        }
        spec.kind = reader.peek().unwrap_or(spec.kind);
        spec.check_grouping()?;
        Ok(spec)
    }

    /// Rejects separators where the presentation type has none.
    fn check_grouping(&self) -> Result<(), TextError> {
        let kind = char::from_u32(self.kind).unwrap_or('\u{FFFD}');
        let wrong = match kind {
            'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' | '\0' => Grouping::None,
            'b' | 'o' | 'x' | 'X' if self.grouping == Grouping::Underscore => Grouping::None,
            _ => self.grouping,
        };
        let wrong = match (wrong, kind) {
            (Grouping::None, 'n') => self.fraction_grouping,
            _ => wrong,
        };
        let separator = match wrong {
            Grouping::None => return Ok(()),
            Grouping::Comma => ',',
            Grouping::Underscore => '_',
        };
        Err(TextError::value(format!("Cannot specify '{separator}' with {}.", shown(self.kind))))
    }

    /// The padding on the left and on the right of a text of `len` code points.
    fn padding(&self, len: usize) -> (usize, usize) {
        let missing = self.width.unwrap_or(0).saturating_sub(len);
        match self.align {
            Align::Left | Align::AfterSign => (0, missing),
            Align::Right => (missing, 0),
            Align::Center => (missing / 2, missing - missing / 2),
        }
    }
}

/// Fails with `MemoryError` where no memory can hold `count` more code points like `point`.
pub(crate) fn reserve(out: &mut StrBuilder, point: u32, count: usize) -> Result<(), TextError> {
    if count < 1 << 16 || out.try_reserve(point, count) {
        return Ok(());
    }
    Err(TextError::new(ErrorKind::Memory, ""))
}

/// `format(text, spec)` for a string; appends to `out`. `type_name` is the name of the value's
/// type.
pub fn format_str(
    out: &mut StrBuilder,
    text: CodePoints<'_>,
    spec: CodePoints<'_>,
    type_name: &str,
) -> Result<(), TextError> {
    if spec.is_empty() {
        out.push_points(text);
        return Ok(());
    }
    let spec = Spec::parse(spec, type_name, u32::from(b's'), Align::Left)?;
    if spec.kind != u32::from(b's') {
        return Err(unknown_kind(spec.kind, type_name));
    }
    let refused = match spec.sign {
        Sign::Space => "Space not allowed in string format specifier",
        Sign::Plus | Sign::Minus => "Sign not allowed in string format specifier",
        Sign::Default if spec.no_negative_zero => {
            "Negative zero coercion (z) not allowed in string format specifier"
        }
        Sign::Default if spec.alternate => {
            "Alternate form (#) not allowed in string format specifier"
        }
        Sign::Default if spec.align == Align::AfterSign => {
            "'=' alignment not allowed in string format specifier"
        }
        Sign::Default => "",
    };
    if !refused.is_empty() {
        return Err(TextError::value(refused));
    }
    let text = text.slice(0, spec.precision.unwrap_or(usize::MAX));
    let (left, right) = spec.padding(text.len());
    reserve(out, spec.fill, left.max(right))?;
    out.push_repeat(spec.fill, left);
    out.push_points(text);
    out.push_repeat(spec.fill, right);
    Ok(())
}
