//! Where errors are shown: CPython's arithmetic of lines, columns and quoted lines.
//!
//! Columns of errors count characters from 1. Tokens that stand for nothing visible (indents,
//! the end) have no column of their own: they show where the tokenizer stands, or 0.

use super::Request;
use super::engine::Engine;
use super::lexer::{Kind, Open, Token};
use crate::ast::Span;
use crate::error::{ErrorClass, SyntaxError};

impl Request<'_> {
    /// An error over a byte range of the source.
    pub(crate) fn error_at(&self, class: ErrorClass, message: String, span: Span) -> SyntaxError {
        let (start, end) = (self.lines.place(span.start), self.lines.place(span.end));
        SyntaxError {
            class,
            message,
            line: start.line,
            column: self.column(span.start as usize) + 1,
            end: Some((end.line, self.column(span.end as usize) as i32 + 1)),
            text: Some(self.line_text(start.line, true)),
            statement: None,
        }
    }

    /// Characters of the line before `offset`.
    fn column(&self, offset: usize) -> u32 {
        self.lines.char_column(self.source, offset as u32)
    }

    /// The line, with or without its newline (which files always have).
    fn line_text(&self, line: u32, newline: bool) -> Box<str> {
        let text = self.source.get(self.lines.line_range(line)).unwrap_or("");
        let bare = text.strip_suffix('\n').unwrap_or(text);
        if newline && (text.len() > bare.len() || self.mode == crate::Mode::Exec) {
            return format!("{bare}\n").into();
        }
        bare.into()
    }

    /// The line that the tokenizer is on when it stands at `offset`: behind a newline it has not
    /// begun the next one.
    pub(super) fn reading_line(&self, offset: usize) -> u32 {
        if self.source.is_empty() {
            return 0;
        }
        let bytes = self.source.as_bytes();
        let behind_newline = offset > 0 && bytes.get(offset - 1) == Some(&b'\n');
        self.lines.line(if behind_newline { offset - 1 } else { offset } as u32)
    }

    /// Bytes between the start of the reading line and `offset`.
    fn reading_column(&self, offset: usize) -> u32 {
        let line = self.reading_line(offset).max(1);
        (offset - self.lines.line_range(line).start.min(offset)) as u32
    }

    /// An error of the tokenizer; `from` and `to` count the last character read.
    pub(super) fn token_error(
        &self,
        class: ErrorClass,
        message: String,
        from: usize,
        to: usize,
    ) -> SyntaxError {
        let line = self.lines.line(from as u32);
        SyntaxError {
            class,
            message,
            line,
            column: self.column(from),
            end: Some((line, self.column(to) as i32)),
            text: Some(self.line_text(line, false)),
            statement: None,
        }
    }

    fn open_ended(
        &self,
        class: ErrorClass,
        message: &str,
        line: u32,
        column: u32,
        end_column: i32,
        newline: bool,
    ) -> SyntaxError {
        SyntaxError {
            class,
            message: message.to_owned(),
            line,
            column,
            end: Some((line, end_column)),
            text: Some(self.line_text(line, newline)),
            statement: None,
        }
    }

    /// About the line that the tokenizer is on.
    pub(super) fn whole_line_error(
        &self,
        class: ErrorClass,
        message: &str,
        offset: usize,
    ) -> SyntaxError {
        self.open_ended(class, message, self.lines.line(offset as u32), 1, 0, true)
    }

    /// About the line of `offset`, without any column.
    pub(super) fn whole_line_raise(&self, message: String, offset: usize) -> SyntaxError {
        let line = self.lines.line(offset as u32);
        self.open_ended(ErrorClass::Syntax, &message, line, 0, 0, true)
    }

    /// An unindent that fits nowhere; `offset` is the end of its line.
    pub(super) fn dedent_error(&self, message: &str, offset: usize) -> SyntaxError {
        let line = self.lines.line(offset as u32);
        let newline = self.source.as_bytes().get(offset) == Some(&b'\n');
        let column = self.column(offset) + u32::from(newline);
        self.open_ended(ErrorClass::Indentation, message, line, column, -1, true)
    }

    /// A backslash that is not at the end of its line; `offset` is behind the next character.
    ///
    /// CPython counts the column from `buffer`, where its buffer begins (the first of the lines
    /// joined by backslashes), but no further than the line is long.
    pub(super) fn continuation_error(
        &self,
        message: &str,
        offset: usize,
        buffer: usize,
    ) -> SyntaxError {
        let offset = offset.min(self.source.len());
        let line = self.lines.line(offset as u32);
        let text = self.line_text(line, true);
        let bytes = self.source.as_bytes().get(buffer..offset).unwrap_or_default();
        let read = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let column = read.min(text.chars().count() + 1) as u32;
        self.open_ended(ErrorClass::Syntax, message, line, column, 0, true)
    }

    /// The text ended behind a backslash.
    pub(super) fn unexpected_end(&self) -> SyntaxError {
        let end = self.source.len();
        let line = self.reading_line(end);
        let column = self.reading_column(end);
        let message = "unexpected EOF while parsing";
        self.open_ended(ErrorClass::Syntax, message, line, column, -1, true)
    }

    /// A bracket without its partner.
    pub(super) fn never_closed(&self, open: Option<Open>) -> SyntaxError {
        let Some(open) = open else { return self.unexpected_end() };
        let place = self.lines.place(open.at as u32);
        let message = format!("'{}' was never closed", char::from(open.bracket));
        let column = self.column(open.at) + 1;
        let newline = self.reading_line(self.source.len()) <= place.line;
        self.open_ended(ErrorClass::Syntax, &message, place.line, column, 0, newline)
    }

    /// From `from` on, without an end.
    pub(super) fn raise_open_end(&self, message: String, from: usize, to: usize) -> SyntaxError {
        let line = self.lines.line(from as u32);
        let mut error =
            self.open_ended(ErrorClass::Syntax, &message, line, self.column(from) + 1, 0, false);
        error.end = Some((self.lines.line(to as u32), 0));
        error
    }
}

/// Whether a token has a column of its own.
fn is_visible(token: Token) -> bool {
    token.line == 0 && !matches!(token.kind, Kind::Indent | Kind::Dedent | Kind::End)
}

impl Engine<'_> {
    pub(super) fn line_of(&self, token: Token) -> u32 {
        if is_visible(token) { self.request.lines.line(token.start as u32) } else { token.line }
    }

    /// Text of `line` as CPython quotes it: with the newline only while the tokenizer is there.
    fn quoted(&self, line: u32) -> Box<str> {
        self.request.line_text(line, self.lexer.line() <= line)
    }

    /// Line and column of the end of a token, for display.
    fn end_place(&self, token: Token) -> (u32, i32) {
        if token.kind == Kind::Newline {
            let newline = token.end.saturating_sub(1).max(token.start);
            let line = self.request.lines.line(newline as u32);
            return (line, self.request.column(newline) as i32 + 2);
        }
        let line = self.request.lines.line(token.end as u32);
        (line, self.request.column(token.end) as i32 + 1)
    }

    /// `end_place` as it is shown with the text of `line`: CPython counts the characters of an
    /// end column on the line quoted, even if the end is on another line.
    fn end_on_line(&self, token: Token, line: u32) -> (u32, i32) {
        let (end_line, column) = self.end_place(token);
        if end_line == line {
            return (end_line, column);
        }
        let text = self.quoted(line);
        let bytes = self.request.lines.place(token.end as u32).column as usize + 1;
        let within = text.char_indices().take_while(|(at, _)| *at < bytes).count();
        let beyond = usize::from(bytes > text.len());
        (end_line, (within + beyond) as i32)
    }

    /// The last token of a range that has a column.
    pub(super) fn last_visible(&self, start: usize, end: usize) -> Token {
        let tokens = &self.tokens[start..end.max(start + 1).min(self.tokens.len())];
        let visible = tokens.iter().rev().find(|token| {
            !matches!(token.kind, Kind::Indent | Kind::Dedent | Kind::End | Kind::Newline)
        });
        visible.copied().unwrap_or(self.tokens[start])
    }

    /// Over the tokens `start..end`.
    pub(super) fn error_over(&self, start: usize, end: usize, message: String) -> SyntaxError {
        if self.tokens.is_empty() {
            return SyntaxError::bare(ErrorClass::Syntax, message);
        }
        let first = self.tokens[start.min(self.tokens.len() - 1)];
        let line = self.line_of(first);
        let (column, end) = if is_visible(first) {
            let last = self.last_visible(start, end);
            (self.request.column(first.start) + 1, self.end_on_line(last, line))
        } else {
            (0, (line, 0))
        };
        SyntaxError {
            class: ErrorClass::Syntax,
            message,
            line,
            column,
            end: Some(end),
            text: Some(self.quoted(line)),
            statement: None,
        }
    }

    /// From the start of one node to the end of another.
    pub(super) fn error_nodes(
        &self,
        first: Option<u32>,
        last: Option<u32>,
        message: String,
    ) -> SyntaxError {
        let start = first.map_or(0, |id| self.node(id).start);
        let end = last.map_or(start + 1, |id| self.node(id).end);
        self.error_over(start, end, message)
    }

    /// From the start of a node to where the tokenizer stands.
    pub(super) fn error_from(&self, first: Option<u32>, message: String) -> SyntaxError {
        let mut error = self.error_nodes(first, first, message);
        error.end = Some((self.lexer.line(), self.lexer.column() as i32));
        error
    }

    /// At the last token read.
    pub(super) fn error_last(&self, class: ErrorClass, message: String) -> SyntaxError {
        let Some(last) = self.tokens.last().copied() else {
            return self.request.open_ended(class, &message, 0, 0, 0, false);
        };
        self.error_token(class, message, last)
    }

    /// Where reading stopped: at the last token, or in the one that could not be finished.
    pub(super) fn error_incomplete(&self, class: ErrorClass, message: String) -> SyntaxError {
        if !self.lexer_failed {
            return self.error_last(class, message);
        }
        let (line, column) = (self.lexer.line(), self.lexer.column());
        self.request.open_ended(class, &message, line, column, -1, true)
    }

    /// At the next token to match.
    pub(super) fn error_next(&self, message: String) -> SyntaxError {
        let next = self.tokens.get(self.mark).or(self.tokens.last()).copied();
        match next {
            Some(next) => self.error_token(ErrorClass::Syntax, message, next),
            None => SyntaxError::bare(ErrorClass::Syntax, message),
        }
    }

    fn error_token(&self, class: ErrorClass, message: String, token: Token) -> SyntaxError {
        let line = self.line_of(token);
        let (column, end) = if is_visible(token) {
            (self.request.column(token.start) + 1, self.end_on_line(token, line))
        } else {
            (self.lexer.column(), (line, -1))
        };
        SyntaxError {
            class,
            message,
            line,
            column,
            end: Some(end),
            text: Some(self.quoted(line)),
            statement: None,
        }
    }
}
