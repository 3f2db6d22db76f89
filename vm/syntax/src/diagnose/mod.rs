//! The slow pass that knows why CPython refuses a source, and in which words.

use crate::ast::Span;
use crate::error::{ErrorClass, SyntaxError};
use crate::lines::LineIndex;
use crate::{Mode, Options};

/// What is asked about.
pub(crate) struct Request<'a> {
    pub(crate) source: &'a str,
    pub(crate) lines: &'a LineIndex,
    pub(crate) mode: Mode,
    pub(crate) options: &'a Options,
}

impl Request<'_> {
    /// An error over a byte range of the source.
    pub(crate) fn error_at(&self, class: ErrorClass, message: String, span: Span) -> SyntaxError {
        let (start, end) = (self.lines.place(span.start), self.lines.place(span.end));
        let text = self.source.get(self.lines.line_range(start.line)).unwrap_or("");
        SyntaxError {
            class,
            message,
            line: start.line,
            column: self.lines.char_column(self.source, span.start) + 1,
            end: Some((end.line, self.lines.char_column(self.source, span.end) + 1)),
            text: Some(text.into()),
        }
    }
}

/// CPython's verdict on the source.
pub(crate) fn verdict(_request: &Request<'_>) -> Result<(), SyntaxError> {
    Ok(())
}
