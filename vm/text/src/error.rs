//! The one error type of the formatters and parsers: which Python exception to raise, and its text.
//!
//! Invariant: the message is exactly CPython's; it may hold any code point, lone surrogates included.

use crate::points::{CodePoints, StrBuilder};

/// The Python exception class that a [`TextError`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// `ValueError`
    Value,
    /// `TypeError`
    Type,
    /// `OverflowError`
    Overflow,
    /// `ZeroDivisionError`
    ZeroDivision,
    /// `MemoryError` (no message)
    Memory,
    /// A [`crate::bigint::Poll`] asked to stop; the caller already knows why.
    Interrupted,
}

/// An exception to raise: class and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError {
    /// The exception class.
    pub kind: ErrorKind,
    /// The message, as `str(exception)` shows it.
    pub message: StrBuilder,
}

impl TextError {
    /// An error of class `kind` with `message`.
    pub fn new(kind: ErrorKind, message: impl AsRef<str>) -> TextError {
        TextError { kind, message: StrBuilder::from(message.as_ref()) }
    }

    /// `ValueError(message)`.
    pub fn value(message: impl AsRef<str>) -> TextError {
        TextError::new(ErrorKind::Value, message)
    }

    /// `TypeError(message)`.
    pub fn type_error(message: impl AsRef<str>) -> TextError {
        TextError::new(ErrorKind::Type, message)
    }

    /// `OverflowError(message)`.
    pub fn overflow(message: impl AsRef<str>) -> TextError {
        TextError::new(ErrorKind::Overflow, message)
    }

    /// `ValueError` whose text is `before`, then the code points `middle`, then `after`.
    pub fn value_around(before: &str, middle: CodePoints<'_>, after: &str) -> TextError {
        let mut message = StrBuilder::from(before);
        message.push_points(middle);
        message.push_str(after);
        TextError { kind: ErrorKind::Value, message }
    }
}
