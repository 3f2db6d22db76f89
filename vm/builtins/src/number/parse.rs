//! Numbers from other objects: what `int(x)` and `float(x)` accept.

use crate::support::warn;
use pyrs_core::{Raised, Res, Special, Value, Vm};
use pyrs_text::{bigint, float_repr, int_text, unicode};

/// An `int_text` result as a value; `source` is the object parsed, for the message.
fn parsed(
    vm: &Vm,
    r: Result<int_text::Int, int_text::ParseIntError>,
    base: u32,
    source: Value,
) -> Res {
    use int_text::{Int, ParseIntError as E};
    match r {
        Ok(Int::Small(n)) => vm.int(n),
        Ok(Int::Big(n)) => vm.int_from_big(&n),
        Err(E::Invalid) => Err(invalid_literal(vm, base, source)),
        Err(E::Base) => Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
        Err(E::TooManyDigits { digits }) => {
            Err(vm.value_error(int_text::parse_limit_message(vm.int_max_str_digits.get(), digits)))
        }
        Err(E::Interrupted) => Err(vm.interrupt_raised()),
    }
}
#[cold]
fn invalid_literal(vm: &Vm, base: u32, source: Value) -> Raised {
    let shown = match vm.repr(source) {
        Ok(s) => s,
        Err(r) => return r,
    };
    let before = format!("invalid literal for int() with base {base}: ");
    let mut message = pyrs_text::StrBuilder::from(before.as_str());
    message.push_points(shown.points().slice(0, 200));
    match vm.new_str_builder(&message) {
        Ok(m) => vm.raise_with(vm.exc().value_error, &[m.value()]),
        Err(r) => r,
    }
}
/// `int(text, base)`; `None` if `x` is neither str, bytes nor bytearray.
pub(super) fn int_from_text(vm: &Vm, x: Value, base: u32) -> Res<Option<Value>> {
    let limit = vm.int_max_str_digits.get();
    let poll = &mut || vm.interrupted();
    if let Some(s) = vm.as_str(x) {
        return parsed(vm, int_text::parse_str(s.points(), base, limit, poll), base, x).map(Some);
    }
    let data = match vm.as_bytes(x) {
        Some(b) => b.data().to_vec(),
        None => match vm.cast::<pyrs_core::object::ByteArray>(x) {
            Some(b) => b.data().iter().map(|c| c.get()).collect(),
            None => return Ok(None),
        },
    };
    parsed(vm, int_text::parse(&data, base, limit, poll), base, x).map(Some)
}
/// A float as the int it truncates to.
pub(super) fn int_from_float(vm: &Vm, x: f64) -> Res {
    const LIMIT: f64 = (1i64 << 62) as f64;
    if x.abs() < LIMIT {
        return vm.int(x as i64);
    }
    match bigint::from_float(x) {
        Some(n) => vm.int_from_big(&n),
        None if x.is_nan() => Err(vm.value_error("cannot convert float NaN to integer")),
        None => Err(vm.overflow_error("cannot convert float infinity to integer")),
    }
}
/// `int(x)` as an exact int.
pub(crate) fn int_of(vm: &Vm, x: Value) -> Res {
    if x.is_int() {
        return Ok(x);
    }
    if let Some(x) = vm.exact_float(x) {
        return int_from_float(vm, x);
    }
    if vm.exact_str(x).is_some()
        && let Some(n) = int_from_text(vm, x, 10)?
    {
        return Ok(n);
    }
    if let Some(r) = vm.call_special(x, Special::Int, &[]) {
        return exact_result(vm, r?, "__int__");
    }
    if let Some(r) = vm.call_special(x, Special::Index, &[]) {
        return exact_result(vm, r?, "__index__");
    }
    if let Some(n) = int_from_text(vm, x, 10)? {
        return Ok(n);
    }
    if let Some(buffer) = vm.try_buffer(x)? {
        let data = buffer.to_vec();
        drop(buffer);
        let source = vm.bytes(&data)?;
        let limit = vm.int_max_str_digits.get();
        return parsed(vm, int_text::parse(&data, 10, limit, &mut || vm.interrupted()), 10, source);
    }
    Err(vm.type_error(format!(
        "int() argument must be a string, a bytes-like object or a real number, not '{}'",
        vm.type_name(x)
    )))
}
/// What `__int__` or `__index__` gave, as an exact int; subclasses of int are deprecated.
fn exact_result(vm: &Vm, r: Value, method: &str) -> Res {
    let Some(n) = vm.as_int(r) else {
        return Err(vm.type_error(format!("{method} returned non-int (type {})", vm.type_name(r))));
    };
    if n != r {
        let name = vm.type_name(r);
        let text = format!(
            "{method} returned non-int (type {name}).  The ability to return an instance of a strict \
             subclass of int is deprecated, and may be removed in a future version of Python."
        );
        warn(vm, vm.exc().deprecation_warning, &text)?;
    }
    Ok(n)
}

/// The float in a text; `None` for objects that are no text.
pub(super) fn float_from_text(vm: &Vm, x: Value) -> Res<Option<f64>> {
    let parsed = if let Some(s) = vm.as_str(x) {
        match s.points().as_ascii() {
            Some(t) => float_repr::parse(t),
            None => float_repr::parse(&unicode::to_ascii_number(s.points())),
        }
    } else if let Some(b) = vm.as_bytes(x) {
        float_repr::parse(b.data())
    } else if let Some(b) = vm.try_buffer(x)? {
        float_repr::parse(&b.to_vec())
    } else {
        return Ok(None);
    };
    match parsed {
        Some(x) => Ok(Some(x)),
        None => {
            let shown = vm.repr(x)?;
            let e = pyrs_text::TextError::value_around(
                "could not convert string to float: ",
                shown.points(),
                "",
            );
            Err(crate::support::text_error(vm, e))
        }
    }
}
/// The float that `x` is or converts to by `__float__` or `__index__`; `None` if it does neither.
pub(crate) fn float_by_methods(vm: &Vm, x: Value) -> Res<Option<f64>> {
    if let Some(x) = vm.exact_float(x) {
        return Ok(Some(x));
    }
    if x.is_int() {
        return vm.int_to_float(x).map(Some);
    }
    if let Some(r) = vm.call_special(x, Special::Float, &[]) {
        let r = r?;
        if let Some(f) = vm.exact_float(r) {
            return Ok(Some(f));
        }
        let (class, name) = (vm.type_name(x), vm.type_name(r));
        let Some(f) = vm.as_float(r) else {
            return Err(
                vm.type_error(format!("{class}.__float__ returned non-float (type {name})"))
            );
        };
        let text = format!(
            "{class}.__float__ returned non-float (type {name}).  The ability to return an instance \
             of a strict subclass of float is deprecated, and may be removed in a future version of \
             Python."
        );
        warn(vm, vm.exc().deprecation_warning, &text)?;
        return Ok(Some(f));
    }
    if vm.special(vm.class_of(x), Special::Index).is_some() {
        let n = vm.index(x)?;
        return vm.int_to_float(n).map(Some);
    }
    Ok(None)
}
/// A real number argument as a float ("must be real number, not str").
pub fn real_of(vm: &Vm, x: Value) -> Res<f64> {
    match float_by_methods(vm, x)? {
        Some(x) => Ok(x),
        None => Err(vm.type_error(format!("must be real number, not {}", vm.type_name(x)))),
    }
}
