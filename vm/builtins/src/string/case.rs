//! Case conversion and character class tests.

use super::text;
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};
use pyrs_text::{CodePoints, StrBuilder, unicode};

/// Converts: ASCII by `ascii`, the rest by `full`.
fn convert(vm: &Vm, v: Value, ascii: fn(&mut [u8]), full: fn(CodePoints<'_>) -> StrBuilder) -> Res {
    let s = text(vm, v);
    match s.as_ascii() {
        Some(t) => {
            let mut bytes = t.as_bytes().to_vec();
            ascii(&mut bytes);
            Ok(vm.new_str_points(CodePoints::One(&bytes))?.value())
        }
        None => Ok(vm.new_str_builder(&full(s.points()))?.value()),
    }
}
/// Upper or title case for the first letter of each word or of the text.
fn capitalize_words(bytes: &mut [u8], every_word: bool) {
    let mut inside = false;
    for b in bytes {
        if inside {
            b.make_ascii_lowercase();
        } else {
            b.make_ascii_uppercase();
        }
        inside = if every_word { b.is_ascii_alphabetic() } else { true };
    }
}
fn lower(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| b.make_ascii_lowercase(), unicode::lower)
}
fn upper(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| b.make_ascii_uppercase(), unicode::upper)
}
fn casefold(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| b.make_ascii_lowercase(), unicode::casefold)
}
fn title(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| capitalize_words(b, true), unicode::title)
}
fn capitalize(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| capitalize_words(b, false), unicode::capitalize)
}
fn swapcase(vm: &Vm, a: &[Value]) -> Res {
    let swap = |bytes: &mut [u8]| {
        for b in bytes.iter_mut().filter(|b| b.is_ascii_alphabetic()) {
            *b ^= 0x20;
        }
    };
    convert(vm, a[0], swap, unicode::swapcase)
}

macro_rules! tests {
    ($($name:ident, $test:ident;)*) => {$(
        fn $name(vm: &Vm, a: &[Value]) -> Res {
            Ok(Value::bool(unicode::$test(text(vm, a[0]).points())))
        }
    )*};
}
tests! {
    isalpha, is_alpha_str;
    isalnum, is_alnum_str;
    isdecimal, is_decimal_str;
    isdigit, is_digit_str;
    isnumeric, is_numeric_str;
    isspace, is_space_str;
    isprintable, is_printable_str;
    isidentifier, is_identifier;
    islower, is_lower_str;
    isupper, is_upper_str;
    istitle, is_title_str;
}
fn isascii(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(text(vm, a[0]).is_ascii()))
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "lower",
        "(self, /)",
        lower,
        "Return a copy of the string converted to lowercase.",
    ),
    NativeDef::method(
        "upper",
        "(self, /)",
        upper,
        "Return a copy of the string converted to uppercase.",
    ),
    NativeDef::method(
        "casefold",
        "(self, /)",
        casefold,
        "Return a version of the string suitable for caseless comparisons.",
    ),
    NativeDef::method(
        "title",
        "(self, /)",
        title,
        "Return a version of the string where each word is titlecased.",
    ),
    NativeDef::method(
        "capitalize",
        "(self, /)",
        capitalize,
        "Return a capitalized version of the string.",
    ),
    NativeDef::method(
        "swapcase",
        "(self, /)",
        swapcase,
        "Convert uppercase characters to lowercase and lowercase characters to uppercase.",
    ),
    NativeDef::method(
        "isascii",
        "(self, /)",
        isascii,
        "Return True if all characters in the string are ASCII, False otherwise.",
    ),
    NativeDef::method(
        "islower",
        "(self, /)",
        islower,
        "Return True if the string is a lowercase string, False otherwise.",
    ),
    NativeDef::method(
        "isupper",
        "(self, /)",
        isupper,
        "Return True if the string is an uppercase string, False otherwise.",
    ),
    NativeDef::method(
        "istitle",
        "(self, /)",
        istitle,
        "Return True if the string is a title-cased string, False otherwise.",
    ),
    NativeDef::method(
        "isspace",
        "(self, /)",
        isspace,
        "Return True if the string is a whitespace string, False otherwise.",
    ),
    NativeDef::method(
        "isdecimal",
        "(self, /)",
        isdecimal,
        "Return True if the string is a decimal string, False otherwise.",
    ),
    NativeDef::method(
        "isdigit",
        "(self, /)",
        isdigit,
        "Return True if the string is a digit string, False otherwise.",
    ),
    NativeDef::method(
        "isnumeric",
        "(self, /)",
        isnumeric,
        "Return True if the string is a numeric string, False otherwise.",
    ),
    NativeDef::method(
        "isalpha",
        "(self, /)",
        isalpha,
        "Return True if the string is an alphabetic string, False otherwise.",
    ),
    NativeDef::method(
        "isalnum",
        "(self, /)",
        isalnum,
        "Return True if the string is an alpha-numeric string, False otherwise.",
    ),
    NativeDef::method(
        "isidentifier",
        "(self, /)",
        isidentifier,
        "Return True if the string is a valid Python identifier, False otherwise.",
    ),
    NativeDef::method(
        "isprintable",
        "(self, /)",
        isprintable,
        "Return True if all characters in the string are printable, False otherwise.",
    ),
];
