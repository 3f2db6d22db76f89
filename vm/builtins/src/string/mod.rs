//! Built-in type `str`: constructor, methods, operators, and both kinds of formatting.
//!
//! Methods give exact strings also for instances of subclasses, and the receiver itself where nothing changes.
//! The text algorithms are those of `pyrs_text`; here they meet objects, arguments and error messages.

mod arguments;
mod case;
mod construct;
mod format;
mod join;
mod operators;
mod pad;
mod percent;
mod search;
mod split;
#[cfg(test)]
mod tests;
mod translate;

pub(crate) use arguments::{c_int, limit, search_range};
pub(crate) use operators::repeat_error;
pub(crate) use percent::{Target, run};
use pyrs_core::object::Str;
use pyrs_core::{Gc, Res, Value, Vm};

const DOC: &str = "str(object='') -> str\n\
     str(bytes_or_buffer[, encoding[, errors]]) -> str\n\
     \n\
     Create a new string object from the given object: the result of object.__str__() (if\n\
     defined) or repr(object), or the text that the bytes encode.";

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    let class = vm.classes().str_;
    crate::support::set_doc(vm, class, DOC)?;
    for table in [
        construct::METHODS,
        operators::METHODS,
        search::METHODS,
        split::METHODS,
        case::METHODS,
        pad::METHODS,
        translate::METHODS,
        format::METHODS,
        join::METHODS,
    ] {
        vm.extend_class(class, table, &[])?;
    }
    Ok(())
}

/// The receiver's text.
#[inline(always)]
fn text(vm: &Vm, v: Value) -> Gc<Str> {
    vm.as_str(v).unwrap_or(vm.names().empty)
}
