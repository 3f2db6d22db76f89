//! What the rooms of this crate share: text errors as exceptions, checks of `__new__`, warnings.

use pyrs_core::object::{Class, Str};
use pyrs_core::{Gc, Raised, Res, Value, Vm};
use pyrs_text::error::{ErrorKind, TextError};

/// Raises what a pure text function asks for.
#[cold]
pub fn text_error(vm: &Vm, e: TextError) -> Raised {
    let x = vm.exc();
    let class = match e.kind {
        ErrorKind::Value => x.value_error,
        ErrorKind::Type => x.type_error,
        ErrorKind::Overflow => x.overflow_error,
        ErrorKind::ZeroDivision => x.zero_division_error,
        ErrorKind::Memory => return vm.memory_error(),
        ErrorKind::Interrupted => return vm.interrupt_raised(),
    };
    match vm.new_str_builder(&e.message) {
        Ok(m) => vm.raise_with(class, &[m.value()]),
        Err(r) => r,
    }
}

/// The class given to `base.__new__`, which must be a subclass of `base`.
pub(crate) fn class_argument(vm: &Vm, v: Value, base: Gc<Class>) -> Res<Gc<Class>> {
    if v == base.value() {
        return Ok(base);
    }
    let name = vm.class_name(base);
    let Some(c) = vm.as_class(v) else {
        return Err(vm.type_error(format!(
            "{name}.__new__(X): X is not a type object ({})",
            vm.type_name(v)
        )));
    };
    if !vm.is_subclass_exact(c, base) {
        let c = vm.class_name(c);
        return Err(vm.type_error(format!("{name}.__new__({c}): {c} is not a subtype of {name}")));
    }
    let k = vm.classes();
    if c == k.bool_ && base == k.int {
        return Err(vm.type_error("int.__new__(bool) is not safe, use bool.__new__()"));
    }
    Ok(c)
}

/// The exact value itself for the base class, an instance around it for a subclass.
pub(crate) fn instance_of(vm: &Vm, class: Gc<Class>, base: Gc<Class>, exact: Value) -> Res {
    if class == base { Ok(exact) } else { vm.new_wrapped(class, exact) }
}

/// Sets a core class's `__doc__`.
pub(crate) fn set_doc(vm: &Vm, class: Gc<Class>, doc: &str) -> Res<()> {
    vm.class_set(class, vm.names().doc, Some(vm.str(doc)?)).map(drop)
}

/// `warnings.warn(message, category)`.
pub fn warn(vm: &Vm, category: Gc<Class>, message: &str) -> Res<()> {
    vm.warn(category, message)
}

/// TypeError: `function() argument must be expected, not type`.
#[cold]
pub(crate) fn bad_argument(vm: &Vm, function: &str, expected: &str, v: Value) -> Raised {
    let given = if v.is_none() { "None".to_owned() } else { vm.type_name(v) };
    vm.type_error(format!("{function}() argument must be {expected}, not {given}"))
}

/// As `bad_argument`, for one of several arguments (counted from 1, or named).
#[cold]
pub(crate) fn bad_argument_at(
    vm: &Vm,
    function: &str,
    which: &str,
    expected: &str,
    v: Value,
) -> Raised {
    let given = if v.is_none() { "None".to_owned() } else { vm.type_name(v) };
    vm.type_error(format!("{function}() argument {which} must be {expected}, not {given}"))
}

/// The name of an encoding or error handler: a str without NUL that UTF-8 can encode. `which` is how messages
/// call the argument; with `by_type` they show None by its type's name.
pub(crate) fn codec_name(
    vm: &Vm,
    function: &str,
    which: &str,
    v: Value,
    by_type: bool,
) -> Res<Gc<Str>> {
    let Some(s) = vm.as_str(v) else {
        if by_type && v.is_none() {
            return Err(
                vm.type_error(format!("{function}() argument {which} must be str, not NoneType"))
            );
        }
        return Err(bad_argument_at(vm, function, which, "str", v));
    };
    if !s.is_ascii() {
        crate::codecs::encode_text(vm, s.value(), vm.names().utf8, vm.names().strict)?;
    }
    if s.points().position(0).is_some() {
        return Err(vm.value_error("embedded null character"));
    }
    Ok(s)
}

/// An argument as a number of items: clamped like C's `Py_ssize_t` conversions, OverflowError outside.
pub(crate) fn ssize(vm: &Vm, v: Value) -> Res<isize> {
    vm.index_isize(v, Some(vm.exc().overflow_error))
}

/// UnicodeEncodeError for the surrogates `from..to` of a string.
#[cold]
pub(crate) fn surrogates(vm: &Vm, s: Gc<Str>, from: usize, to: usize) -> Res<Raised> {
    let args = [
        vm.str("utf-8")?,
        s.value(),
        vm.int_usize(from)?,
        vm.int_usize(to)?,
        vm.str("surrogates not allowed")?,
    ];
    Ok(vm.raise_with(vm.exc().unicode_encode_error, &args))
}
/// UnicodeEncodeError for strings that UTF-8 cannot express.
pub(crate) fn check_utf8(vm: &Vm, s: Gc<Str>) -> Res<()> {
    match s.points().find(|c| (0xd800..0xe000).contains(&c)) {
        None => Ok(()),
        Some(at) => {
            let points = s.points();
            let more = points.iter().skip(at).take_while(|c| (0xd800..0xe000).contains(c)).count();
            Err(surrogates(vm, s, at, at + more)?)
        }
    }
}
