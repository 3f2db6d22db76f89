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
use pyrs_text::format_spec::{C_LOCALE, Context};

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
    let mut context = Context {
        type_name: &name,
        locale: C_LOCALE,
        max_digits: vm.int_max_str_digits.get(),
        poll,
    };
    match write(&mut out, spec.points(), &mut context) {
        Ok(()) => Ok(vm.new_str_builder(&out)?.value()),
        Err(e) => Err(crate::support::text_error(vm, e)),
    }
}

/// A result of a class method: for subclasses, what calling the class with it gives.
fn through_class(vm: &Vm, class: Value, base: Gc<Class>, exact: Value) -> Res {
    if class == base.value() { Ok(exact) } else { vm.call(class, &[exact]) }
}
