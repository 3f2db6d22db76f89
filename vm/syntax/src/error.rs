//! What a parse can say besides giving a tree: errors and warnings, as CPython words them.
//!
//! Positions of errors follow the attributes of Python's `SyntaxError`: lines from 1, offsets in
//! characters from 1, the end exclusive; an end of `None` means that CPython shows no range.

use crate::ast::Span;

/// Which exception a failed parse raises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// `SyntaxError`
    Syntax,
    /// `IndentationError`
    Indentation,
    /// `TabError`
    Tab,
    /// `_IncompleteInputError`: the source is the beginning of something valid (only with
    /// [`Options::allow_incomplete_input`](crate::Options)).
    IncompleteInput,
    /// `MemoryError`: nested beyond what CPython's parser takes.
    Memory,
    /// `RecursionError`: nested beyond what CPython's compiler takes.
    Recursion,
    /// `OverflowError`: the source is too large.
    Overflow,
}

/// A failed parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub class: ErrorClass,
    /// The message (`msg`), without place.
    pub message: String,
    /// `lineno`, from 1; 0 when the error has no place.
    pub line: u32,
    /// `offset`, in characters from 1; 0 when the error has no column.
    pub column: u32,
    /// `end_lineno` and `end_offset`; an offset of 0 or -1 means that the end is unknown.
    pub end: Option<(u32, i32)>,
    /// `text`: the line, with its newline where CPython keeps it.
    pub text: Option<Box<str>>,
    /// Line and byte column of the last whole statement before the error (the first two items
    /// of `_metadata`, from which `traceback` guesses misspelt keywords).
    pub statement: Option<(u32, u32)>,
}

impl SyntaxError {
    /// An error without a place, as CPython raises for sources that cannot be read at all.
    pub fn bare(class: ErrorClass, message: impl Into<String>) -> Self {
        Self {
            class,
            message: message.into(),
            line: 0,
            column: 0,
            end: None,
            text: None,
            statement: None,
        }
    }
}

impl std::fmt::Display for SyntaxError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} (line {})", self.message, self.line)
    }
}

impl std::error::Error for SyntaxError {}

/// A `SyntaxWarning` to be issued when the source is compiled (PEP 565 rules decide if shown).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxWarning {
    pub message: String,
    /// What it is about; the warning's line is the line of `span.start`.
    pub span: Span,
}
