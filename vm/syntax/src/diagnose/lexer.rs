//! A tokenizer that follows CPython's to the column of every error it raises.
//!
//! It runs on demand, one token at a time: which error comes first depends on how far the parser
//! looked. Words: *level* is the bracket depth, a *mode* is one f- or t-string being read (the
//! innermost last), *middle* is literal text inside such a string.

use super::Request;
use crate::Mode;
use crate::error::{ErrorClass, SyntaxError};

/// Kinds of tokens, as the grammar tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    String,
    FStart,
    FMiddle,
    FEnd,
    TStart,
    TMiddle,
    TEnd,
    Newline,
    Indent,
    Dedent,
    End,
    Op,
}

/// A token: its place and the bracket depth behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) level: usize,
    /// For tokens that are not in the text, the line that the tokenizer is on; else 0.
    pub(super) line: u32,
    /// Literal text of a raw f- or t-string.
    pub(super) raw: bool,
}

/// An open bracket: its character and where it is.
#[derive(Clone, Copy)]
pub(super) struct Open {
    pub(super) bracket: u8,
    pub(super) at: usize,
}

/// An f- or t-string being read.
struct StringMode {
    quote: u8,
    /// 1 or 3.
    quotes: usize,
    raw: bool,
    template: bool,
    start: usize,
    /// Reading literal text (or a format specification), not an expression.
    literal: bool,
    in_format_spec: bool,
    /// Brackets opened since the string began, counting the braces of fields.
    depth: i32,
    /// Depth at which the expression being read began, -1 outside.
    expression_depth: i32,
}

/// Most f-strings within each other, most fields within each other, brackets, indents.
const MAX_STRINGS: usize = 150;
const MAX_FIELDS: i32 = 3;
const MAX_LEVEL: usize = 200;
const MAX_INDENT: usize = 100;

/// The tokenizer.
pub(super) struct Lexer<'a> {
    request: &'a Request<'a>,
    bytes: &'a [u8],
    at: usize,
    at_line_start: bool,
    /// Where CPython's buffer begins: the line, or the first of those joined by backslashes.
    buffer: usize,
    indents: Vec<(u32, u32)>,
    /// Indents (positive) or dedents (negative) still to be given out.
    pending: i32,
    pub(super) open: Vec<Open>,
    modes: Vec<StringMode>,
    /// A token has come since the last implied newline.
    started: bool,
    /// The error given was one that the tokenizer words itself.
    pub(super) raised: bool,
    /// The text ended inside something: more input might help.
    pub(super) hit_end: bool,
}

type Lexed<T> = Result<T, Box<SyntaxError>>;

impl<'a> Lexer<'a> {
    pub(super) fn new(request: &'a Request<'a>) -> Self {
        Self {
            request,
            bytes: request.source.as_bytes(),
            at: 0,
            at_line_start: true,
            buffer: 0,
            indents: vec![(0, 0)],
            pending: 0,
            open: Vec::new(),
            modes: Vec::new(),
            started: false,
            raised: false,
            hit_end: false,
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// Whether an f- or t-string is being read.
    pub(super) fn in_string(&self) -> bool {
        !self.modes.is_empty()
    }

    /// Whether the innermost string being read is a t-string.
    pub(super) fn in_template(&self) -> bool {
        self.modes.last().is_some_and(|mode| mode.template)
    }

    /// The line that the tokenizer is on: behind a newline it has not begun the next one.
    pub(super) fn line(&self) -> u32 {
        if self.bytes.is_empty() {
            return 0;
        }
        let behind = self.at > 0 && self.bytes[self.at - 1] == b'\n';
        let pending = behind && (self.at_line_start || self.at_end());
        self.request.lines.line(if pending { self.at - 1 } else { self.at } as u32)
    }

    /// Characters between the start of that line and where the tokenizer stands.
    pub(super) fn column(&self) -> u32 {
        let start = self.request.lines.line_range(self.line().max(1)).start;
        let read = self.bytes.get(start..self.at).unwrap_or_default();
        read.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32
    }

    /// Where the tokenizer stands.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// An error whose column is that of the last character read.
    fn fail(&mut self, message: impl Into<String>) -> Box<SyntaxError> {
        self.raised = true;
        Box::new(self.request.token_error(ErrorClass::Syntax, message.into(), self.at, self.at))
    }

    /// `fail` with the reading position moved to `at` first.
    fn fail_at(&mut self, at: usize, message: impl Into<String>) -> Box<SyntaxError> {
        self.at = at;
        self.fail(message)
    }

    fn token(&self, kind: Kind, start: usize) -> Token {
        let raw = self.modes.last().is_some_and(|mode| mode.raw);
        let invisible = matches!(kind, Kind::Indent | Kind::Dedent | Kind::End);
        let line = if invisible { self.line() } else { 0 };
        Token { kind, start, end: self.at, level: self.open.len(), line, raw }
    }

    /// The next token. After `End` it gives `End` again.
    pub(super) fn next(&mut self) -> Lexed<Token> {
        let token = match self.modes.last() {
            Some(mode) if mode.literal => self.middle()?,
            _ => self.regular()?,
        };
        if token.kind == Kind::End && self.request.mode == Mode::Single && self.started {
            // Interactive input gets a newline at its end, and its blocks are closed.
            self.started = false;
            if !self.request.options.dont_imply_dedent {
                self.pending = 1 - self.indents.len() as i32;
                self.indents.truncate(1);
            }
            return Ok(Token { kind: Kind::Newline, ..token });
        }
        self.started = true;
        Ok(token)
    }

    fn regular(&mut self) -> Lexed<Token> {
        loop {
            let mut blank_line = false;
            if self.at_line_start {
                self.at_line_start = false;
                blank_line = self.indentation()?;
            }
            if self.pending != 0 {
                let kind = if self.pending > 0 { Kind::Indent } else { Kind::Dedent };
                self.pending -= self.pending.signum();
                return Ok(self.token(kind, self.at));
            }
            loop {
                while matches!(self.peek(0), b' ' | b'\t' | 0x0C) && !self.at_end() {
                    self.at += 1;
                }
                if self.peek(0) == b'\\' && !self.at_end() {
                    self.continuation()?;
                    continue;
                }
                break;
            }
            let comment = self.at;
            if self.peek(0) == b'#' {
                while !self.at_end() && self.peek(0) != b'\n' {
                    self.at += 1;
                }
            }
            if self.at_end() {
                return self.end_of_text();
            }
            if self.peek(0) == b'\n' {
                self.at += 1;
                self.buffer = self.at;
                self.at_line_start = true;
                if blank_line || !self.open.is_empty() {
                    continue;
                }
                // The token of a line's end includes the comment before it.
                return Ok(self.token(Kind::Newline, comment));
            }
            let token = self.visible()?;
            // Most tokens need a look at the next character to end.
            let looked = match token.kind {
                Kind::Name | Kind::Number => true,
                Kind::Op => token.end - token.start < 3,
                _ => false,
            };
            self.hit_end |= looked && self.at_end();
            return Ok(token);
        }
    }

    /// The end of the text.
    fn end_of_text(&mut self) -> Lexed<Token> {
        self.hit_end = true;
        if !self.open.is_empty() {
            return Err(self.end_error());
        }
        Ok(self.token(Kind::End, self.at))
    }

    /// Reads the blanks at the start of a line. Tells whether the line is blank.
    fn indentation(&mut self) -> Lexed<bool> {
        let (mut column, mut alternative, mut continued) = (0u32, 0u32, 0u32);
        loop {
            match self.peek(0) {
                b' ' => (column, alternative) = (column + 1, alternative + 1),
                b'\t' => (column, alternative) = ((column / 8 + 1) * 8, alternative + 1),
                0x0C => (column, alternative) = (0, 0),
                b'\\' => {
                    continued = if continued == 0 { column } else { continued };
                    self.continuation()?;
                    self.buffer = self.at;
                    continue;
                }
                _ => break,
            }
            self.at += 1;
        }
        self.hit_end |= self.at_end();
        let blank = matches!(self.peek(0), b'#' | b'\n');
        if blank || !self.open.is_empty() {
            return Ok(blank);
        }
        if continued != 0 {
            (column, alternative) = (continued, continued);
        }
        let (current, current_alternative) = self.top_indent();
        if column == current {
            if alternative != current_alternative {
                return Err(self.tab_error());
            }
        } else if column > current {
            if self.indents.len() >= MAX_INDENT {
                return Err(
                    self.line_error(ErrorClass::Indentation, "too many levels of indentation")
                );
            }
            if alternative <= current_alternative {
                return Err(self.tab_error());
            }
            self.pending += 1;
            self.indents.push((column, alternative));
        } else {
            while self.indents.len() > 1 && column < self.top_indent().0 {
                self.pending -= 1;
                self.indents.pop();
            }
            if column != self.top_indent().0 {
                return Err(self.dedent_error());
            }
            if alternative != self.top_indent().1 {
                return Err(self.tab_error());
            }
        }
        Ok(false)
    }

    fn top_indent(&self) -> (u32, u32) {
        self.indents.last().copied().unwrap_or((0, 0))
    }

    fn line_end(&self) -> usize {
        let rest = &self.bytes[self.at..];
        self.at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())
    }

    fn tab_error(&mut self) -> Box<SyntaxError> {
        self.line_error(ErrorClass::Tab, "inconsistent use of tabs and spaces in indentation")
    }

    /// An error about the whole line.
    fn line_error(&mut self, class: ErrorClass, message: &str) -> Box<SyntaxError> {
        Box::new(self.request.whole_line_error(class, message, self.at))
    }

    fn dedent_error(&mut self) -> Box<SyntaxError> {
        self.at = self.line_end();
        let message = "unindent does not match any outer indentation level";
        Box::new(self.request.dedent_error(message, self.at))
    }

    /// A backslash must be followed by the end of the line, and by another line.
    fn continuation(&mut self) -> Lexed<()> {
        self.at += 1;
        if self.peek(0) != b'\n' {
            let message = "unexpected character after line continuation character";
            self.at += usize::from(!self.at_end());
            return Err(Box::new(self.request.continuation_error(message, self.at, self.buffer)));
        }
        self.at += 1;
        if self.at_end() {
            self.hit_end = true;
            return Err(self.end_error());
        }
        Ok(())
    }

    fn end_error(&self) -> Box<SyntaxError> {
        if !self.open.is_empty() {
            return Box::new(self.request.never_closed(self.open.last().copied()));
        }
        Box::new(self.request.unexpected_end())
    }

    /// A token that starts at a visible character.
    fn visible(&mut self) -> Lexed<Token> {
        let start = self.at;
        let byte = self.peek(0);
        if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 {
            return self.name_or_string();
        }
        if byte.is_ascii_digit() || (byte == b'.' && self.peek(1).is_ascii_digit()) {
            super::numbers::number(self.bytes, &mut self.at).map_err(|problem| {
                self.at = problem.at;
                match problem.range {
                    None => self.fail(problem.message),
                    Some(end) => {
                        self.raised = true;
                        let class = ErrorClass::Syntax;
                        Box::new(self.request.token_error(class, problem.message, start + 1, end))
                    }
                }
            })?;
            // A keyword right behind is read to its end.
            let rest = &self.bytes[self.at..];
            let keywords = ["and", "else", "for", "or", "not"];
            self.hit_end |= keywords.iter().any(|word| word.as_bytes().starts_with(rest));
            return Ok(self.token(Kind::Number, start));
        }
        if matches!(byte, b'"' | b'\'') {
            return self.string(start);
        }
        self.operator()
    }

    fn name_or_string(&mut self) -> Lexed<Token> {
        let start = self.at;
        let (mut b, mut r, mut u, mut f, mut t) = (false, false, false, false, false);
        loop {
            match self.peek(0) | 0x20 {
                b'b' if !b => b = true,
                b'u' if !u => u = true,
                b'r' if !r => r = true,
                b'f' if !f => f = true,
                b't' if !t => t = true,
                _ => break,
            }
            self.at += 1;
            if matches!(self.peek(0), b'"' | b'\'') {
                let pairs = [
                    (u && b, 'u', 'b'),
                    (u && r, 'u', 'r'),
                    (u && f, 'u', 'f'),
                    (u && t, 'u', 't'),
                    (b && f, 'b', 'f'),
                    (b && t, 'b', 't'),
                    (f && t, 'f', 't'),
                ];
                if let Some((_, one, other)) = pairs.into_iter().find(|(both, ..)| *both) {
                    self.raised = true;
                    self.at += 1;
                    let message = format!("'{one}' and '{other}' prefixes are incompatible");
                    let class = ErrorClass::Syntax;
                    let error = self.request.token_error(class, message, start + 1, self.at);
                    return Err(Box::new(error));
                }
                if f || t {
                    return self.begin_string_mode(start, r, t);
                }
                return self.string(start);
            }
        }
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80;
        while !self.at_end() && is_part(self.peek(0)) {
            self.at += 1;
        }
        if !self.bytes[start..self.at].is_ascii() {
            self.verify_identifier(start)?;
        }
        Ok(self.token(Kind::Name, start))
    }

    /// Names follow PEP 3131; the first character that does not fit is reported.
    fn verify_identifier(&mut self, start: usize) -> Lexed<()> {
        let text = self.request.source.get(start..self.at).unwrap_or("");
        let Some((at, character)) = super::unicode::first_not_in_identifier(text) else {
            return Ok(());
        };
        let message = if super::unicode::is_printable(character) {
            format!("invalid character '{character}' (U+{:04X})", u32::from(character))
        } else {
            format!("invalid non-printable character U+{:04X}", u32::from(character))
        };
        Err(self.fail_at(start + at + character.len_utf8(), message))
    }

    fn begin_string_mode(&mut self, start: usize, raw: bool, template: bool) -> Lexed<Token> {
        let quote = self.peek(0);
        let quotes = if self.peek(1) == quote && self.peek(2) == quote { 3 } else { 1 };
        self.at += quotes;
        let kind = if template { Kind::TStart } else { Kind::FStart };
        let token = self.token(kind, start);
        if self.modes.len() + 1 >= MAX_STRINGS {
            return Err(self.fail("too many nested f-strings or t-strings"));
        }
        self.modes.push(StringMode {
            quote,
            quotes,
            raw,
            template,
            start,
            literal: true,
            in_format_spec: false,
            depth: 0,
            expression_depth: -1,
        });
        Ok(token)
    }

    /// A string or bytes literal; `self.at` is on its quote.
    fn string(&mut self, start: usize) -> Lexed<Token> {
        let quote = self.peek(0);
        let triple = self.peek(1) == quote && self.peek(2) == quote;
        let quotes = if triple { 3 } else { 1 };
        self.at += 1;
        if !triple && self.peek(0) == quote {
            self.at += 1;
            return Ok(self.token(Kind::String, start));
        }
        self.at += quotes - 1;
        let (mut run, mut escaped_quote) = (0, false);
        while run < quotes {
            if self.at_end() || (!triple && self.peek(0) == b'\n') {
                return Err(self.unterminated(start, quote, quotes, escaped_quote));
            }
            let byte = self.peek(0);
            self.at += 1;
            if byte == quote {
                run += 1;
                continue;
            }
            run = 0;
            if byte == b'\\' && !self.at_end() {
                escaped_quote |= self.peek(0) == quote;
                self.at += 1;
            }
        }
        Ok(self.token(Kind::String, start))
    }

    fn unterminated(
        &mut self,
        start: usize,
        quote: u8,
        quotes: usize,
        escaped_quote: bool,
    ) -> Box<SyntaxError> {
        // A text that ends in the middle of a line counts its implied newline.
        let ended = self.at_end();
        let line = self.request.lines.line(self.at.min(self.bytes.len()) as u32);
        let extra = ended && self.bytes.last() == Some(&b'\n');
        let line = if extra { line - 1 } else { line };
        self.at = start + 1;
        if let Some(mode) = self.modes.last()
            && mode.quote == quote
            && mode.quotes == quotes
        {
            let prefix = if mode.template { 't' } else { 'f' };
            return self.fail(format!("{prefix}-string: expecting '}}'"));
        }
        self.hit_end |= ended;
        let message = match (quotes, escaped_quote) {
            (3, _) => {
                format!("unterminated triple-quoted string literal (detected at line {line})")
            }
            (_, true) => format!(
                "unterminated string literal (detected at line {line}); perhaps you escaped the \
                 end quote?"
            ),
            _ => format!("unterminated string literal (detected at line {line})"),
        };
        self.fail(message)
    }

    fn operator(&mut self) -> Lexed<Token> {
        let start = self.at;
        let byte = self.peek(0);
        if byte == b':'
            && let Some(mode) = self.modes.last_mut()
            && mode.expression_depth >= 0
            && mode.depth - 1 == mode.expression_depth
        {
            mode.literal = true;
            mode.in_format_spec = true;
            self.at += 1;
            return Ok(self.token(Kind::Op, start));
        }
        let mut length = operator_length(&self.bytes[start..]);
        if self.bytes[start..].starts_with(b"<>") && !self.request.options.barry_as_flufl {
            length = 1;
        }
        if length > 1 {
            self.at += length;
            return Ok(self.token(Kind::Op, start));
        }
        self.at += 1;
        match byte {
            b'(' | b'[' | b'{' => {
                if self.open.len() >= MAX_LEVEL {
                    return Err(self.fail("too many nested parentheses"));
                }
                self.open.push(Open { bracket: byte, at: start });
                if let Some(mode) = self.modes.last_mut() {
                    mode.depth += 1;
                }
            }
            b')' | b']' | b'}' => self.close(byte)?,
            _ => {}
        }
        if !(0x20..0x7F).contains(&byte) {
            return Err(self.fail(format!("invalid non-printable character U+{byte:04X}")));
        }
        Ok(self.token(Kind::Op, start))
    }

    fn close(&mut self, byte: u8) -> Lexed<()> {
        let bracket = char::from(byte);
        let prefix = self.modes.last().map(|mode| if mode.template { 't' } else { 'f' });
        if let (Some(mode), Some(prefix)) = (self.modes.last(), prefix)
            && mode.depth == 0
            && byte == b'}'
        {
            return Err(self.fail(format!("{prefix}-string: single '}}' is not allowed")));
        }
        let Some(open) = self.open.pop() else {
            return Err(self.fail(format!("unmatched '{bracket}'")));
        };
        let matches = matches!((open.bracket, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}'));
        if !matches {
            return Err(self.mismatch(open, bracket, prefix));
        }
        if let Some(mode) = self.modes.last_mut() {
            mode.depth -= 1;
            if mode.depth < 0 {
                let prefix = prefix.unwrap_or('f');
                return Err(self.fail(format!("{prefix}-string: unmatched '{bracket}'")));
            }
            if byte == b'}' && mode.depth == mode.expression_depth {
                mode.expression_depth -= 1;
                mode.literal = true;
                mode.in_format_spec = false;
            }
        }
        Ok(())
    }

    fn mismatch(&mut self, open: Open, bracket: char, prefix: Option<char>) -> Box<SyntaxError> {
        if let (Some(mode), Some(prefix)) = (self.modes.last(), prefix)
            && open.bracket == b'{'
            && mode.depth - 1 == mode.expression_depth
        {
            return self.fail(format!("{prefix}-string: unmatched '{bracket}'"));
        }
        let opening = char::from(open.bracket);
        let lines = self.request.lines;
        let (there, here) = (lines.line(open.at as u32), lines.line(self.at as u32 - 1));
        let place = if there == here { String::new() } else { format!(" on line {there}") };
        self.fail(format!(
            "closing parenthesis '{bracket}' does not match opening parenthesis '{opening}'{place}"
        ))
    }

    /// Literal text of an f- or t-string, its end, or the brace that opens a field.
    fn middle(&mut self) -> Lexed<Token> {
        let start = self.at;
        let Some(mode) = self.modes.last() else { return self.regular() };
        let (quote, quotes, raw, template) = (mode.quote, mode.quotes, mode.raw, mode.template);
        let in_spec = mode.in_format_spec && mode.expression_depth >= 0;
        if self.peek(0) == b'{' && (self.peek(1) != b'{' || in_spec) {
            return self.begin_field();
        }
        if self.bytes[start..].len() >= quotes
            && self.bytes[start..start + quotes].iter().all(|byte| *byte == quote)
        {
            self.at += quotes;
            self.modes.pop();
            return Ok(self.token(if template { Kind::TEnd } else { Kind::FEnd }, start));
        }
        let kind = if template { Kind::TMiddle } else { Kind::FMiddle };
        let (mut run, mut named) = (0, false);
        while run < quotes {
            let byte = self.peek(0);
            if self.at_end() || (quotes == 1 && byte == b'\n') {
                if in_spec && !self.at_end() {
                    let prefix = if template { 't' } else { 'f' };
                    let mut error = self.fail(format!(
                        "{prefix}-string: newlines are not allowed in format specifiers for \
                         single quoted {prefix}-strings"
                    ));
                    // The newline has been read.
                    error.column += 1;
                    error.end = error.end.map(|(line, column)| (line, column + 1));
                    return Err(error);
                }
                return Err(self.unterminated_mode());
            }
            self.at += 1;
            if byte == quote {
                run += 1;
                continue;
            }
            run = 0;
            match byte {
                b'{' if self.peek(0) != b'{' || in_spec => {
                    self.at -= 1;
                    return Ok(self.token(kind, start));
                }
                b'{' => {
                    let mut token = self.token(kind, start);
                    self.at += 1;
                    token.end = self.at;
                    return Ok(token);
                }
                b'}' if named => {
                    return Ok(self.token(kind, start));
                }
                b'}' => {
                    let depth = self.modes.last().map_or(0, |mode| mode.depth);
                    if self.peek(0) == b'}' && !in_spec && depth == 0 {
                        self.at += 1;
                        return Ok(self.token(kind, start));
                    }
                    self.at -= 1;
                    if let Some(mode) = self.modes.last_mut() {
                        mode.literal = false;
                        mode.in_format_spec = false;
                    }
                    return Ok(self.token(kind, start));
                }
                b'\\' if matches!(self.peek(0), b'{' | b'}') => {}
                b'\\' if !raw && self.peek(0) == b'N' => {
                    self.at += 1;
                    if self.peek(0) == b'{' {
                        self.at += 1;
                        named = true;
                    }
                }
                b'\\' if !self.at_end() => self.at += 1,
                _ => {}
            }
        }
        self.at -= quotes;
        Ok(self.token(kind, start))
    }

    fn begin_field(&mut self) -> Lexed<Token> {
        let mut too_deep = None;
        if let Some(mode) = self.modes.last_mut() {
            mode.expression_depth += 1;
            mode.literal = false;
            mode.in_format_spec = false;
            if mode.expression_depth >= MAX_FIELDS {
                too_deep = Some(if mode.template { 't' } else { 'f' });
            }
        }
        if let Some(prefix) = too_deep {
            return Err(self.fail(format!("{prefix}-string: expressions nested too deeply")));
        }
        self.regular()
    }

    fn unterminated_mode(&mut self) -> Box<SyntaxError> {
        let ended = self.at_end();
        let line = self.request.lines.line(self.at.min(self.bytes.len()) as u32);
        let Some(mode) = self.modes.last() else { return self.fail("invalid syntax") };
        self.hit_end |= ended && mode.quotes == 3;
        let extra = ended && self.bytes.last() == Some(&b'\n');
        let line = if extra { line - 1 } else { line };
        let prefix = if mode.template { 't' } else { 'f' };
        let triple = if mode.quotes == 3 { "triple-quoted " } else { "" };
        let message =
            format!("unterminated {triple}{prefix}-string literal (detected at line {line})");
        let start = mode.start + 1;
        self.fail_at(start, message)
    }
}

/// How many bytes the operator at the start of `text` has.
fn operator_length(text: &[u8]) -> usize {
    let at = |index: usize| text.get(index).copied().unwrap_or(0);
    match (at(0), at(1), at(2)) {
        (b'*', b'*', b'=')
        | (b'/', b'/', b'=')
        | (b'<', b'<', b'=')
        | (b'>', b'>', b'=')
        | (b'.', b'.', b'.') => 3,
        (b'*', b'*', _) | (b'/', b'/', _) | (b'<', b'<' | b'>', _) | (b'>', b'>', _) => 2,
        (b'-', b'>', _) => 2,
        (
            b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^'
            | b'@' | b':',
            b'=',
            _,
        ) => 2,
        _ => 1,
    }
}
