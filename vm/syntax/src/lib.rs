//! The parser seam: Python source text in, our own [`ast`] or a [`SyntaxError`] with CPython
//! 3.14's class, message and place out. No other crate of the project knows a parser.
//!
//! Accepts the grammar of Python 3.14. Everything that can be refused by looking at the syntax
//! alone is refused here (targets, parameters, patterns, star positions, literals); what needs
//! scopes (`return` outside a function, `nonlocal` rules, ...) is the compiler's to refuse.

#![forbid(unsafe_code)]

mod adapter;
pub mod ast;
mod checks;
mod decode;
mod diagnose;
pub mod dump;
mod error;
mod lines;
mod literals;
mod names;
mod parse;

pub use ast::Span;
pub use decode::{declared_encoding, decode_source};
pub use error::{ErrorClass, SyntaxError, SyntaxWarning};
pub use lines::{LineIndex, Place};
pub use names::Names;
pub use parse::parse;

/// What kind of text is parsed: the `mode` argument of `compile()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A whole file (`"exec"`).
    Exec,
    /// One expression (`"eval"`).
    Eval,
    /// One interactive statement (`"single"`).
    Single,
    /// A signature type comment (`"func_type"`).
    FuncType,
}

/// Switches of a parse: the flags of `compile()` that concern syntax.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: report the beginning of something valid as
    /// [`ErrorClass::IncompleteInput`].
    pub allow_incomplete_input: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`: in mode `single`, an open block does not end at the end of text.
    pub dont_imply_dedent: bool,
    /// `from __future__ import barry_as_FLUFL`: `<>` instead of `!=`.
    pub barry_as_flufl: bool,
    /// `PyCF_ONLY_AST`: the tree is wanted, not code. What only CPython's compiler refuses
    /// (repeated parameters, misplaced stars, `__debug__ = 1`, ...) is then accepted.
    pub only_tree: bool,
}

/// A successful parse.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree.
    pub module: ast::Mod,
    /// The identifiers that the tree's symbols stand for.
    pub names: Names,
    /// What to warn about, in source order.
    pub warnings: Vec<SyntaxWarning>,
    /// The text that spans refer to: the source with `\r\n` and `\r` folded to `\n`.
    pub source: Box<str>,
    /// Lines and columns of `source`.
    pub lines: LineIndex,
}

/// What parsing would refuse although it is no matter of grammar: repeated parameters, misplaced stars and the
/// like. For trees that no parser made.
///
/// # Errors
/// The first mistake, in CPython's words.
pub fn check_tree(parsed: &Parsed) -> Result<(), SyntaxError> {
    checks::check(&parsed.module, &parsed.names).map_err(|problem| {
        let (start, end) =
            (parsed.lines.place(problem.span.start), parsed.lines.place(problem.span.end));
        SyntaxError {
            line: start.line,
            column: start.column + 1,
            end: Some((end.line, end.column as i32 + 1)),
            ..SyntaxError::bare(ErrorClass::Syntax, problem.message)
        }
    })
}
