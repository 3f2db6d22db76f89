//! Built-in types: `int`, `bool`, `float`, `complex`.
//!
//! Arithmetic on exact values is the core's (`Vm::int_binary`, `Vm::float_binary`); the methods here unwrap
//! subclasses, answer NotImplemented to strangers, and hold everything that is not an operator.

mod boolean;
mod complex;
mod float;
mod int;
mod int_bytes;
mod parse;
#[cfg(test)]
mod tests;

pub(crate) use parse::int_of;
pub use parse::real_of;
use pyrs_core::object::Class;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;
use pyrs_text::format_spec::{C_LOCALE, Context, Locale};

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    int::install(vm)?;
    boolean::install(vm)?;
    float::install(vm)?;
    complex::install(vm)
}

/// Runs a formatter with the machine's limits; `spec` must be a str.
fn format_with(
    vm: &Vm,
    v: Value,
    spec: Value,
    write: impl FnOnce(
        &mut StrBuilder,
        pyrs_text::CodePoints<'_>,
        &mut Context<'_>,
    ) -> Result<(), pyrs_text::TextError>,
) -> Res {
    let Some(spec) = vm.as_str(spec) else {
        return Err(crate::support::bad_argument(vm, "__format__", "str", spec));
    };
    // Without a specification it is str(), which bool and subclasses define anew.
    if spec.is_empty() {
        return Ok(vm.str_of(v)?.value());
    }
    let name = vm.type_name(v);
    let mut out = StrBuilder::new();
    let poll = &mut || vm.interrupted();
    let parts = spec.points().iter().next_back().filter(|&c| c == u32::from(b'n'));
    let parts = parts.map(|_| locale_parts());
    let mut context = Context {
        type_name: &name,
        locale: match &parts {
            Some((point, separator, grouping)) => {
                Locale { decimal_point: point, thousands_sep: separator, grouping }
            }
            None => C_LOCALE,
        },
        max_digits: vm.int_max_str_digits.get(),
        poll,
    };
    match write(&mut out, spec.points(), &mut context) {
        Ok(()) => Ok(vm.new_str_builder(&out)?.value()),
        Err(e) => Err(crate::support::text_error(vm, e)),
    }
}

/// Decimal point, separator and group sizes of the C library's present locale, for the type `n`.
fn locale_parts() -> (String, String, Vec<u8>) {
    let text = |p: *const core::ffi::c_char| {
        if p.is_null() {
            return String::new();
        }
        // SAFETY: the fields of `lconv` are NUL-terminated strings that last until the next `setlocale`.
        unsafe { core::ffi::CStr::from_ptr(p) }.to_string_lossy().into_owned()
    };
    // SAFETY: `localeconv` has no preconditions; nobody changes the locale before the fields are copied,
    // because only Python code does, under the interpreter's lock.
    let l = unsafe { libc::localeconv() };
    if l.is_null() {
        return (".".to_owned(), String::new(), Vec::new());
    }
    // SAFETY: not null, so it points to the library's structure.
    let (point, separator, grouping) =
        unsafe { ((*l).decimal_point, (*l).thousands_sep, (*l).grouping) };
    let mut sizes = Vec::new();
    if !grouping.is_null() {
        // SAFETY: as in `text`.
        sizes.extend_from_slice(unsafe { core::ffi::CStr::from_ptr(grouping) }.to_bytes());
    }
    (text(point), text(separator), sizes)
}

/// A result of a class method: for subclasses, what calling the class with it gives.
fn through_class(vm: &Vm, class: Value, base: Gc<Class>, exact: Value) -> Res {
    if class == base.value() { Ok(exact) } else { vm.call(class, &[exact]) }
}
