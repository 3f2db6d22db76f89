//! What Python programs see of the built-in types, and the `builtins` module.
//!
//! The core crate owns layouts and protocols; here stand the methods, constructors, reprs and error messages.
//! Each room installs itself with tables of [`pyrs_core::NativeDef`] and [`pyrs_core::GetSetDef`].

mod bytes;
pub mod codecs;
mod exception;
pub mod frame;
mod function;
mod functions;
mod generator;
mod mapping;
mod number;
mod object;
mod sequence;
mod set;
mod string;
mod support;
mod tree;
mod typing;
mod weakref;

pub use functions::enter::reduce as reduce_enter;
pub use functions::source::{Request, compile_text, raise_syntax_error};
pub use number::real_of;
use pyrs_core::{Res, Vm};
pub use support::{text_error, warn};

pub use weakref::run_finalisers;

/// Completes a fresh machine: types first, functions last.
pub fn install(vm: &Vm) -> Res<()> {
    object::install(vm)?;
    number::install(vm)?;
    string::install(vm)?;
    bytes::install(vm)?;
    sequence::install(vm)?;
    mapping::install(vm)?;
    set::install(vm)?;
    frame::install(vm)?;
    function::install(vm)?;
    exception::install(vm)?;
    generator::install(vm)?;
    functions::install(vm)?;
    tree::install(vm)?;
    typing::install(vm)?;
    weakref::install(vm)?;
    Ok(())
}
