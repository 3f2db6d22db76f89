//! Compile-stage errors: a message and a span of the source become a [`SyntaxError`] with line and columns. The
//! text is left out: CPython takes it from the file, if there is one, when the exception is made.

use pyrs_syntax::{ErrorClass, Parsed, Span, SyntaxError};

/// Shorthand for what every compiling function gives.
pub(crate) type Result<T> = std::result::Result<T, Box<SyntaxError>>;

/// A `SyntaxError` about `span`.
pub(crate) fn error_at(
    parsed: &Parsed,
    span: Span,
    message: impl Into<String>,
) -> Box<SyntaxError> {
    let start = parsed.lines.place(span.start);
    let end = parsed.lines.place(span.end);
    let column = parsed.lines.char_column(&parsed.source, span.start) + 1;
    let end_column = parsed.lines.char_column(&parsed.source, span.end) + 1;
    Box::new(SyntaxError {
        class: ErrorClass::Syntax,
        message: message.into(),
        line: start.line,
        column,
        end: Some((end.line, end_column as i32)),
        text: None,
        statement: None,
    })
}
