//! What native modules share: exception classes of their own, and arguments of common kinds.

use pyrs_core::object::Class;
use pyrs_core::{Gc, Res, Value, Vm};

/// An exception class as a class statement would make it.
pub(crate) fn exception_class(vm: &Vm, module: &str, name: &str, base: Gc<Class>) -> Res {
    let ns = vm.new_dict()?;
    vm.dict_set_str(ns, vm.names().module, vm.intern(module).value())?;
    let bases = vm.tuple(&[base.value()])?;
    vm.call(vm.classes().type_.value(), &[vm.str(name)?, bases, ns.value()])
}
/// As `exception_class`, kept as a hook: a module imported afresh gives the class it gave before, because what its
/// first instance's functions raise must stay what programs catch.
pub(crate) fn hooked_exception(
    vm: &Vm,
    hook: &'static str,
    module: &str,
    name: &str,
    base: Gc<Class>,
) -> Res {
    if let Some(made) = vm.hook(hook) {
        return Ok(made);
    }
    let e = exception_class(vm, module, name, base)?;
    vm.set_hook(hook, e);
    Ok(e)
}
/// Raises an exception of a class made by `exception_class` and kept as a hook.
#[cold]
pub(crate) fn raise_hooked(vm: &Vm, hook: &str, message: &str) -> pyrs_core::Raised {
    match vm.hook(hook).and_then(|c| vm.as_class(c)) {
        Some(class) => vm.raise_text(class, message),
        None => vm.value_error(message),
    }
}
/// A bytes-like argument, or an ASCII-only str: what `binascii` reads.
pub(crate) fn ascii_or_bytes(vm: &Vm, v: Value) -> Res<Vec<u8>> {
    if let Some(s) = vm.as_str(v) {
        return match s.points().as_ascii() {
            Some(b) => Ok(b.to_vec()),
            None => Err(vm.value_error("string argument should contain only ASCII characters")),
        };
    }
    match vm.try_buffer(v)? {
        Some(b) => Ok(b.data().to_vec()),
        None => Err(vm.type_error(format!(
            "argument should be bytes, buffer or ASCII string, not '{}'",
            vm.type_name(v)
        ))),
    }
}
