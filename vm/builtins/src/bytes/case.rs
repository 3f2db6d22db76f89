//! ASCII case conversion and character class tests.

use super::search::is_space;
use super::{make, own};
use pyrs_core::object::NativeDef;
use pyrs_core::{Res, Value, Vm};

fn convert(vm: &Vm, v: Value, f: impl FnOnce(&mut [u8])) -> Res {
    let mut data = own(vm, v)?.to_vec();
    f(&mut data);
    make(vm, v, &data)
}
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
    convert(vm, a[0], |b| b.make_ascii_lowercase())
}
fn upper(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| b.make_ascii_uppercase())
}
fn title(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| capitalize_words(b, true))
}
fn capitalize(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| capitalize_words(b, false))
}
fn swapcase(vm: &Vm, a: &[Value]) -> Res {
    convert(vm, a[0], |b| b.iter_mut().filter(|b| b.is_ascii_alphabetic()).for_each(|b| *b ^= 0x20))
}
/// Not empty, and all bytes pass.
fn all(vm: &Vm, v: Value, test: impl Fn(u8) -> bool) -> Res {
    let own = own(vm, v)?;
    Ok(Value::bool(!own.is_empty() && own.data().iter().all(|&b| test(b))))
}
fn isalpha(vm: &Vm, a: &[Value]) -> Res {
    all(vm, a[0], |b| b.is_ascii_alphabetic())
}
fn isalnum(vm: &Vm, a: &[Value]) -> Res {
    all(vm, a[0], |b| b.is_ascii_alphanumeric())
}
fn isdigit(vm: &Vm, a: &[Value]) -> Res {
    all(vm, a[0], |b| b.is_ascii_digit())
}
fn isspace(vm: &Vm, a: &[Value]) -> Res {
    all(vm, a[0], is_space)
}
fn isascii(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(own(vm, a[0])?.data().is_ascii()))
}
/// There are letters, and all are of the wanted case.
fn one_case(vm: &Vm, v: Value, lower: bool) -> Res {
    let own = own(vm, v)?;
    let mut letters = own.data().iter().filter(|b| b.is_ascii_alphabetic()).peekable();
    Ok(Value::bool(letters.peek().is_some() && letters.all(|b| b.is_ascii_lowercase() == lower)))
}
fn islower(vm: &Vm, a: &[Value]) -> Res {
    one_case(vm, a[0], true)
}
fn isupper(vm: &Vm, a: &[Value]) -> Res {
    one_case(vm, a[0], false)
}
fn istitle(vm: &Vm, a: &[Value]) -> Res {
    let own = own(vm, a[0])?;
    let (mut inside, mut any) = (false, false);
    for &b in own.data() {
        if (b.is_ascii_uppercase() && inside) || (b.is_ascii_lowercase() && !inside) {
            return Ok(Value::FALSE);
        }
        inside = b.is_ascii_alphabetic();
        any |= inside;
    }
    Ok(Value::bool(any))
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method(
        "lower",
        "(self, /)",
        lower,
        "B.lower() -> copy of B with all ASCII characters converted to lowercase.",
    ),
    NativeDef::method(
        "upper",
        "(self, /)",
        upper,
        "B.upper() -> copy of B with all ASCII characters converted to uppercase.",
    ),
    NativeDef::method(
        "title",
        "(self, /)",
        title,
        "Return a titlecased version of B, i.e. ASCII words start with uppercase characters, all remaining cased characters have lowercase.",
    ),
    NativeDef::method(
        "capitalize",
        "(self, /)",
        capitalize,
        "Return a copy of B with only its first character capitalized (ASCII) and the rest lower-cased.",
    ),
    NativeDef::method(
        "swapcase",
        "(self, /)",
        swapcase,
        "Return a copy of B with uppercase ASCII characters converted to lowercase ASCII and vice versa.",
    ),
    NativeDef::method(
        "isalpha",
        "(self, /)",
        isalpha,
        "Return True if all characters in B are alphabetic and there is at least one character in B, False otherwise.",
    ),
    NativeDef::method(
        "isalnum",
        "(self, /)",
        isalnum,
        "Return True if all characters in B are alphanumeric and there is at least one character in B, False otherwise.",
    ),
    NativeDef::method(
        "isdigit",
        "(self, /)",
        isdigit,
        "Return True if all characters in B are digits and there is at least one character in B, False otherwise.",
    ),
    NativeDef::method(
        "isspace",
        "(self, /)",
        isspace,
        "Return True if all characters in B are whitespace and there is at least one character in B, False otherwise.",
    ),
    NativeDef::method(
        "isascii",
        "(self, /)",
        isascii,
        "Return True if B is empty or all characters in B are ASCII, False otherwise.",
    ),
    NativeDef::method(
        "islower",
        "(self, /)",
        islower,
        "Return True if all cased characters in B are lowercase and there is at least one cased character in B, False otherwise.",
    ),
    NativeDef::method(
        "isupper",
        "(self, /)",
        isupper,
        "Return True if all cased characters in B are uppercase and there is at least one cased character in B, False otherwise.",
    ),
    NativeDef::method(
        "istitle",
        "(self, /)",
        istitle,
        "Return True if B is a titlecased string and there is at least one character in B, False otherwise.",
    ),
];
