//! From syntax tree to register bytecode.
//!
//! [`compile`] takes a parsed program through three stages: `scope` decides where every name lives and finds
//! the errors that need scopes; `codegen` walks the tree once more and emits instructions with virtual jump
//! targets; `flow` removes what cannot run and the checks that cannot fail; `assemble` fixes distances and
//! writes words, positions and the exception table. The meaning of each instruction is told by the opcode table
//! of `pyrs-bytecode`.
//!
//! Words: *unit* is a code block under construction; *slot* is the number of a register, from 256 on beyond the
//! reach of operands (*far*); *temporary* is a register above the named ones.

#![forbid(unsafe_code)]

mod assemble;
mod codegen;
mod constant;
mod error;
mod flow;
mod fold;
mod future;
mod names;
mod scope;
mod symbols;
mod unit;
mod unparse;

use pyrs_bytecode::CodeData;
use pyrs_syntax::{Parsed, SyntaxError, SyntaxWarning};

pub use symbols::{Block, SCOPE_OFFSET, symbols};

/// Native stack that must be left when the compiler goes one node deeper, and how much it then adds.
pub(crate) const RED_ZONE: usize = 128 * 1024;
pub(crate) const STACK_PIECE: usize = 2 * 1024 * 1024;

/// Switches of a compilation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Future features of the surrounding code (`co_flags` bits), as `compile(..., flags=)` passes them.
    pub future: u32,
    /// 0, 1 (`-O`: no asserts, `__debug__` false) or 2 (`-OO`: no docstrings either).
    pub optimize: u8,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`.
    pub top_level_await: bool,
}

/// A compiled program.
#[derive(Clone, Debug, PartialEq)]
pub struct Compiled {
    /// The module's code.
    pub code: CodeData,
    /// What to warn about, the parse's warnings excluded.
    pub warnings: Vec<SyntaxWarning>,
    /// Future features in force, the caller's included (for interactive sessions, which inherit them).
    pub future: u32,
}

/// Compiles a parsed program. What is compiled (a file, an expression, an interactive statement) follows from
/// the kind of `parsed.module`.
///
/// # Errors
/// The first compile-stage error, in CPython 3.14's words and place.
pub fn compile(
    parsed: &Parsed,
    filename: &str,
    options: &Options,
) -> Result<Compiled, SyntaxError> {
    codegen::program(parsed, filename, options).map_err(|e| *e)
}
