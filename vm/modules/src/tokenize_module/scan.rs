//! Cuts Python source into tokens.
//!
//! Works on code points; positions are (line from 1, column from 0). Nothing is left out: comments and line ends
//! that mean nothing are tokens too. f- and t-strings come in parts; a stack of modes tells whether the scanner is
//! inside literal text, a replacement field or a format specification.

use core::ops::Range;

/// Token kinds by their numbers in the module `token`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    End = 0,
    Name = 1,
    Number = 2,
    String = 3,
    Newline = 4,
    Indent = 5,
    Dedent = 6,
    Op = 55,
    FStart = 59,
    FMiddle = 60,
    FEnd = 61,
    TStart = 62,
    TMiddle = 63,
    TEnd = 64,
    Comment = 65,
    Nl = 66,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// The text, as a range of code points.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) start: (usize, usize),
    pub(super) end: (usize, usize),
    /// The physical lines the token lies in.
    pub(super) line: Range<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ErrorClass {
    Syntax,
    Indentation,
    Tab,
}
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) class: ErrorClass,
    pub(super) message: String,
    /// Line and column, both from 1.
    pub(super) place: (usize, usize),
    pub(super) line: Range<usize>,
}

/// Inside an f- or t-string.
#[derive(Clone, Copy, Debug)]
struct Mode {
    quote: u32,
    triple: bool,
    raw: bool,
    template: bool,
    /// Bracket depth at which the running replacement field began; None in literal text.
    field: Option<usize>,
    /// In a format specification (literal text that a `}` ends).
    spec: bool,
}

pub(super) struct Scanner<'a> {
    text: &'a [u32],
    /// Comments and line ends without meaning are wanted, and errors in numbers are left to others.
    extra: bool,
    at: usize,
    row: usize,
    line_start: usize,
    tokens: Vec<Token>,
    indents: Vec<(usize, usize)>,
    brackets: Vec<(u32, usize)>,
    modes: Vec<Mode>,
}

const NEWLINE: u32 = b'\n' as u32;
const OPERATORS: &[(&str, i64)] = &[
    ("**=", 46),
    ("//=", 48),
    (">>=", 45),
    ("<<=", 44),
    ("...", 52),
    ("!=", 28),
    ("%=", 40),
    ("&=", 41),
    ("**", 35),
    ("*=", 38),
    ("+=", 36),
    ("-=", 37),
    ("->", 51),
    ("//", 47),
    ("/=", 39),
    (":=", 53),
    ("<<", 33),
    ("<=", 29),
    ("==", 27),
    (">=", 30),
    (">>", 34),
    ("@=", 50),
    ("^=", 43),
    ("|=", 42),
    ("<>", 28),
    ("!", 54),
    ("%", 24),
    ("&", 19),
    ("(", 7),
    (")", 8),
    ("*", 16),
    ("+", 14),
    (",", 12),
    ("-", 15),
    (".", 23),
    ("/", 17),
    (":", 11),
    (";", 13),
    ("<", 20),
    ("=", 22),
    (">", 21),
    ("@", 49),
    ("[", 9),
    ("]", 10),
    ("^", 32),
    ("{", 25),
    ("|", 18),
    ("}", 26),
    ("~", 31),
];

/// The number of an operator's own token kind.
pub(super) fn exact_number(text: &[u32]) -> i64 {
    let same = |s: &str| s.bytes().map(u32::from).eq(text.iter().copied());
    OPERATORS.iter().find(|(s, _)| same(s)).map_or(Kind::Op as i64, |&(_, n)| n)
}
fn is_name_start(c: u32) -> bool {
    c >= 128 || c == u32::from(b'_') || u8::try_from(c).is_ok_and(|b| b.is_ascii_alphabetic())
}
fn is_name_part(c: u32) -> bool {
    is_name_start(c) || is_digit(c)
}
fn is_digit(c: u32) -> bool {
    u8::try_from(c).is_ok_and(|b| b.is_ascii_digit())
}
fn is(c: Option<u32>, set: &[u8]) -> bool {
    c.and_then(|c| u8::try_from(c).ok()).is_some_and(|b| set.contains(&b))
}

type Step = Result<(), Box<Failure>>;

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u32], extra: bool) -> Scanner<'a> {
        Scanner {
            text,
            extra,
            at: 0,
            row: 1,
            line_start: 0,
            tokens: Vec::new(),
            indents: vec![(0, 0)],
            brackets: Vec::new(),
            modes: Vec::new(),
        }
    }
    /// All tokens, and what is wrong behind the last one.
    pub(super) fn run(mut self) -> (Vec<Token>, Option<Failure>) {
        let result = self.scan();
        (self.tokens, result.err().map(|b| *b))
    }

    // ---- helpers
    fn peek(&self, n: usize) -> Option<u32> {
        self.text.get(self.at + n).copied()
    }
    fn place(&self) -> (usize, usize) {
        (self.row, self.at - self.line_start)
    }
    fn line_end(&self, from: usize) -> usize {
        self.text[from..]
            .iter()
            .position(|&c| c == NEWLINE)
            .map_or(self.text.len(), |n| from + n + 1)
    }
    fn end_line(&mut self) {
        self.row += 1;
        self.line_start = self.at;
    }
    fn push(&mut self, kind: Kind, from: usize, start: (usize, usize)) {
        let first = from - start.1.min(from);
        let line = first..self.line_end(self.line_start.max(first));
        let token = Token { kind, from, to: self.at, start, end: self.place(), line };
        self.tokens.push(token);
    }
    fn fail<T>(&self, class: ErrorClass, message: impl Into<String>) -> Result<T, Box<Failure>> {
        let (row, column) = self.place();
        self.fail_at(class, message, (row, column + 1), self.line_start)
    }
    fn fail_at<T>(
        &self,
        class: ErrorClass,
        message: impl Into<String>,
        place: (usize, usize),
        line_start: usize,
    ) -> Result<T, Box<Failure>> {
        let line = line_start..self.line_end(line_start.min(self.text.len()));
        Err(Box::new(Failure { class, message: message.into(), place, line }))
    }

    // ---- lines
    fn scan(&mut self) -> Step {
        let mut fresh = true;
        while self.at < self.text.len() {
            let begins = fresh && self.brackets.is_empty() && self.modes.is_empty();
            if begins && self.indentation()? {
                continue;
            }
            fresh = self.token()?;
        }
        self.finish()
    }
    /// The white space a line begins with; true if the line holds no code and has been read whole.
    fn indentation(&mut self) -> Result<bool, Box<Failure>> {
        let from = self.at;
        let (mut column, mut other) = (0, 0);
        loop {
            match self.peek(0).and_then(|c| u8::try_from(c).ok()) {
                Some(b' ') => (column, other) = (column + 1, other + 1),
                Some(b'\t') => (column, other) = ((column / 8 + 1) * 8, other + 1),
                Some(0x0c) => (column, other) = (0, 0),
                Some(b'\\') if is(self.peek(1), b"\n") => {
                    // The indentation of a joined line is that of its first part.
                    break;
                }
                _ => break,
            }
            self.at += 1;
        }
        if self.peek(0).is_none() {
            // White space at the end of the text: a line without an end.
            self.nl();
            return Ok(true);
        }
        if is(self.peek(0), b"#\n") || self.is_crlf() {
            if is(self.peek(0), b"#") {
                self.comment();
            }
            self.nl();
            return Ok(true);
        }
        let last = self.indents.last().copied().unwrap_or((0, 0));
        if column == last.0 {
            if other != last.1 {
                return self
                    .fail(ErrorClass::Tab, "inconsistent use of tabs and spaces in indentation");
            }
        } else if column > last.0 {
            if other <= last.1 {
                return self
                    .fail(ErrorClass::Tab, "inconsistent use of tabs and spaces in indentation");
            }
            self.indents.push((column, other));
            self.push(Kind::Indent, from, (self.row, from - self.line_start));
        } else {
            while self.indents.last().is_some_and(|i| i.0 > column) {
                self.indents.pop();
                let at = self.at;
                if self.indents.last().is_none_or(|i| i.0 >= column) {
                    self.push(Kind::Dedent, at, self.place());
                }
            }
            let last = self.indents.last().copied().unwrap_or((0, 0));
            if last.0 != column {
                let message = "unindent does not match any outer indentation level";
                return self.fail(ErrorClass::Indentation, message);
            }
            if last.1 != other {
                return self
                    .fail(ErrorClass::Tab, "inconsistent use of tabs and spaces in indentation");
            }
        }
        Ok(false)
    }
    fn is_crlf(&self) -> bool {
        is(self.peek(0), b"\r") && is(self.peek(1), b"\n")
    }
    fn comment(&mut self) {
        let (from, start) = (self.at, self.place());
        while self.peek(0).is_some_and(|c| c != NEWLINE) && !self.is_crlf() {
            self.at += 1;
        }
        self.push(Kind::Comment, from, start);
    }
    /// A line end that means nothing.
    fn nl(&mut self) {
        self.line_break(Kind::Nl);
    }
    fn line_break(&mut self, kind: Kind) {
        let (from, start) = (self.at, self.place());
        self.at += if self.is_crlf() { 2 } else { usize::from(self.peek(0).is_some()) };
        self.push(kind, from, start);
        if let Some(t) = self.tokens.last_mut() {
            t.end = (start.0, start.1 + (self.at - from).max(1));
        }
        self.end_line();
    }
    fn finish(&mut self) -> Step {
        if let Some(m) = self.modes.last() {
            let kind = if m.template { "t" } else { "f" };
            let what = if m.triple { "triple-quoted " } else { "" };
            let message =
                format!("unterminated {what}{kind}-string literal (detected at line {})", self.row);
            return self.fail(ErrorClass::Syntax, message);
        }
        if !self.brackets.is_empty() {
            return self.fail_at(
                ErrorClass::Syntax,
                "unexpected EOF in multi-line statement",
                (self.row, 1),
                self.line_start,
            );
        }
        let ended = self
            .tokens
            .last()
            .is_none_or(|t| matches!(t.kind, Kind::Newline | Kind::Nl | Kind::Dedent));
        if !ended {
            let only_comment = self.tokens.last().is_some_and(|t| t.kind == Kind::Comment)
                && self.tokens.iter().rev().nth(1).is_none_or(|t| {
                    matches!(t.kind, Kind::Newline | Kind::Nl | Kind::Dedent | Kind::Indent)
                });
            self.line_break(if only_comment { Kind::Nl } else { Kind::Newline });
        }
        let end = self.text.len();
        let mut last = |kind| {
            let place = (self.row, 0);
            self.tokens.push(Token {
                kind,
                from: end,
                to: end,
                start: place,
                end: place,
                line: end..end,
            });
        };
        for _ in 1..self.indents.len() {
            last(Kind::Dedent);
        }
        last(Kind::End);
        Ok(())
    }

    // ---- tokens
    /// One token; true if a logical line has ended with it.
    fn token(&mut self) -> Result<bool, Box<Failure>> {
        if let Some(m) = self.modes.last().copied()
            && (m.field.is_none() || m.spec)
        {
            self.literal_part(m)?;
            return Ok(false);
        }
        while is(self.peek(0), b" \t\x0c") {
            self.at += 1;
        }
        let Some(c) = self.peek(0) else { return Ok(false) };
        let (from, start) = (self.at, self.place());
        if c == NEWLINE || self.is_crlf() {
            if self.brackets.is_empty() {
                self.line_break(Kind::Newline);
                return Ok(true);
            }
            self.nl();
            return Ok(false);
        }
        if is(Some(c), b"#") {
            self.comment();
        } else if is(Some(c), b"\\") {
            self.continuation()?;
        } else if is_name_start(c) {
            while self.peek(0).is_some_and(is_name_part) {
                self.at += 1;
            }
            if is(self.peek(0), b"'\"") && self.at - from <= 2 && self.prefix(from, start)? {
                return Ok(false);
            }
            self.push(Kind::Name, from, start);
        } else if is_digit(c) || (is(Some(c), b".") && self.peek(1).is_some_and(is_digit)) {
            self.number()?;
            self.push(Kind::Number, from, start);
        } else if is(Some(c), b"'\"") {
            self.string(from, start)?;
        } else {
            self.operator(c, from, start)?;
        }
        Ok(false)
    }
    fn continuation(&mut self) -> Step {
        let skip = if is(self.peek(1), b"\r") && is(self.peek(2), b"\n") { 3 } else { 2 };
        if !is(self.peek(skip - 1), b"\n") {
            self.at += 1;
            if self.peek(0).is_none() {
                return self.fail(ErrorClass::Syntax, "unexpected EOF while parsing");
            }
            return self.fail(
                ErrorClass::Syntax,
                "unexpected character after line continuation character",
            );
        }
        self.at += skip;
        self.end_line();
        if self.peek(0).is_none() {
            return self.fail(ErrorClass::Syntax, "unexpected EOF while parsing");
        }
        Ok(())
    }
    /// A name that may be a string prefix, with a quote behind it; true if it was one.
    fn prefix(&mut self, from: usize, start: (usize, usize)) -> Result<bool, Box<Failure>> {
        let lower: Vec<u8> = self.text[from..self.at]
            .iter()
            .map(|&c| u8::try_from(c).unwrap_or(0).to_ascii_lowercase())
            .collect();
        let formatted = lower.contains(&b'f') || lower.contains(&b't');
        let raw = lower.contains(&b'r');
        match lower.as_slice() {
            b"b" | b"r" | b"u" | b"br" | b"rb" => self.string(from, start)?,
            b"f" | b"t" | b"fr" | b"rf" | b"tr" | b"rt" if formatted => {
                let quote = self.peek(0).unwrap_or(0);
                let triple = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
                self.at += if triple { 3 } else { 1 };
                let template = lower.contains(&b't');
                self.push(if template { Kind::TStart } else { Kind::FStart }, from, start);
                self.modes.push(Mode { quote, triple, raw, template, field: None, spec: false });
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
    /// A string from its quote on.
    fn string(&mut self, from: usize, start: (usize, usize)) -> Step {
        let quote = self.peek(0).unwrap_or(0);
        let triple = self.peek(1) == Some(quote) && self.peek(2) == Some(quote);
        let line_start = self.line_start;
        let size = if triple { 3 } else { 1 };
        self.at += size;
        loop {
            match self.peek(0) {
                None if triple => {
                    let message = format!(
                        "unterminated triple-quoted string literal (detected at line {})",
                        self.row
                    );
                    return self.fail_at(
                        ErrorClass::Syntax,
                        message,
                        (start.0, start.1 + 1),
                        line_start,
                    );
                }
                Some(c) if c == quote => {
                    let closes =
                        !triple || (self.peek(1) == Some(quote) && self.peek(2) == Some(quote));
                    self.at += if closes { size } else { 1 };
                    if closes {
                        break;
                    }
                }
                Some(NEWLINE) if triple => {
                    self.at += 1;
                    self.end_line();
                }
                None | Some(NEWLINE) => {
                    let message =
                        format!("unterminated string literal (detected at line {})", start.0);
                    return self.fail_at(
                        ErrorClass::Syntax,
                        message,
                        (start.0, start.1 + 1),
                        line_start,
                    );
                }
                Some(c) => {
                    self.at += 1;
                    if is(Some(c), b"\\") {
                        self.escaped();
                    }
                }
            }
        }
        self.push(Kind::String, from, start);
        Ok(())
    }
    /// The character behind a backslash, line ends included.
    fn escaped(&mut self) {
        if self.is_crlf() {
            self.at += 1;
        }
        if let Some(c) = self.peek(0) {
            self.at += 1;
            if c == NEWLINE {
                self.end_line();
            }
        }
    }
    fn digits(&mut self, valid: fn(u8) -> bool) {
        let ok = |c: Option<u32>| c.and_then(|c| u8::try_from(c).ok()).is_some_and(valid);
        while ok(self.peek(0)) || (is(self.peek(0), b"_") && ok(self.peek(1))) {
            self.at += 1;
        }
    }
    fn number(&mut self) -> Step {
        let mut kind = "decimal";
        if is(self.peek(0), b"0") && is(self.peek(1), b"xXoObB") {
            let radix = self.peek(1).unwrap_or(0);
            self.at += 2;
            if is(Some(radix), b"xX") {
                kind = "hexadecimal";
                self.digits(|b| b.is_ascii_hexdigit());
            } else if is(Some(radix), b"oO") {
                kind = "octal";
                self.digits(|b| (b'0'..=b'7').contains(&b));
            } else {
                kind = "binary";
                self.digits(|b| b == b'0' || b == b'1');
            }
        } else {
            self.digits(|b| b.is_ascii_digit());
            if is(self.peek(0), b".") {
                self.at += 1;
                self.digits(|b| b.is_ascii_digit());
            }
            let signed = usize::from(is(self.peek(1), b"+-"));
            if is(self.peek(0), b"eE") && self.peek(1 + signed).is_some_and(is_digit) {
                self.at += 1 + signed;
                self.digits(|b| b.is_ascii_digit());
            }
            if is(self.peek(0), b"jJ") {
                kind = "imaginary";
                self.at += 1;
            }
        }
        // A keyword may follow at once (`1if x else y`); another name may not, unless all tokens are asked for.
        let stray = |c: u32| !self.extra || c == u32::from(b'_');
        if self.peek(0).is_some_and(|c| is_name_start(c) && stray(c)) {
            let mut n = 0;
            while self.peek(n).is_some_and(is_name_part) {
                n += 1;
            }
            let word: String =
                self.text[self.at..self.at + n].iter().filter_map(|&c| char::from_u32(c)).collect();
            let keywords = ["and", "else", "for", "if", "in", "is", "not", "or"];
            if !keywords.iter().any(|k| word.starts_with(k)) {
                return self.fail(ErrorClass::Syntax, format!("invalid {kind} literal"));
            }
        }
        Ok(())
    }
    fn operator(&mut self, c: u32, from: usize, start: (usize, usize)) -> Step {
        let depth = self.brackets.len();
        let field = self.modes.last().and_then(|m| m.field);
        let top = field == Some(depth);
        let at_colon = top && is(Some(c), b":");
        let conversion = top && is(Some(c), b"!") && !is(self.peek(1), b"=");
        let found = OPERATORS.iter().find(|(s, _)| {
            s.bytes().map(u32::from).eq(self.text[self.at..].iter().copied().take(s.len()))
        });
        let Some((text, _)) = found else {
            if is(Some(c), b"$?`") {
                // Of no meaning in Python, but tools read sources of other languages with this module.
                self.at += 1;
                self.push(Kind::Op, from, start);
                return Ok(());
            }
            let shown = char::from_u32(c).unwrap_or('\u{fffd}');
            let message = if shown.is_control() {
                format!("invalid non-printable character U+{c:04X}")
            } else {
                format!("invalid character '{shown}' (U+{c:04X})")
            };
            return self.fail(ErrorClass::Syntax, message);
        };
        if is(Some(c), b"!") && text.len() == 1 && field.is_none() {
            // As a token of its own it exists in replacement fields; elsewhere it is an error token.
            self.at += 1;
            self.push(Kind::Op, from, start);
            return Ok(());
        }
        self.at += if at_colon || conversion { 1 } else { text.len() };
        if is(Some(c), b"([{") {
            self.brackets.push((c, self.row));
        } else if is(Some(c), b")]}") {
            self.close(c, start)?;
        }
        self.push(Kind::Op, from, start);
        if let Some(m) = self.modes.last_mut() {
            if at_colon {
                m.spec = true;
            } else if is(Some(c), b"}") && field.is_some_and(|f| self.brackets.len() < f) {
                self.leave_field();
            }
        }
        Ok(())
    }
    fn close(&mut self, c: u32, start: (usize, usize)) -> Step {
        let shown = char::from_u32(c).unwrap_or(' ');
        let wrong = |s: &Self, message: String| {
            s.fail_at(ErrorClass::Syntax, message, (start.0, start.1 + 1), s.line_start)
        };
        let Some((open, row)) = self.brackets.pop() else {
            return wrong(self, format!("unmatched '{shown}'"));
        };
        let pair = [(b'(', b')'), (b'[', b']'), (b'{', b'}')];
        if pair.iter().any(|&(o, e)| u32::from(o) == open && u32::from(e) == c) {
            return Ok(());
        }
        let open = char::from_u32(open).unwrap_or(' ');
        let text = if row == start.0 {
            format!("closing parenthesis '{shown}' does not match opening parenthesis '{open}'")
        } else {
            format!(
                "closing parenthesis '{shown}' does not match opening parenthesis '{open}' on line {row}"
            )
        };
        wrong(self, text)
    }

    // ---- f- and t-strings
    /// Fields nest (a specification may hold fields): one mode per open field, the literal's own below them.
    fn leave_field(&mut self) {
        let nested = self.modes.len() >= 2
            && self.modes[self.modes.len() - 2].spec
            && self.modes.last().is_some_and(|m| m.quote == 0);
        if nested {
            self.modes.pop();
        } else if let Some(m) = self.modes.last_mut() {
            m.field = None;
            m.spec = false;
        }
    }
    /// Literal text up to a field, the end of the specification or the closing quote.
    fn literal_part(&mut self, m: Mode) -> Step {
        let (from, start) = (self.at, self.place());
        let middle = if m.template { Kind::TMiddle } else { Kind::FMiddle };
        let owner = self.modes.iter().rev().find(|m| m.quote != 0).copied().unwrap_or(m);
        loop {
            let Some(c) = self.peek(0) else {
                return Ok(());
            };
            let closes = c == owner.quote
                && (!owner.triple || (self.peek(1) == Some(c) && self.peek(2) == Some(c)));
            if closes {
                if self.at > from {
                    self.push(middle, from, start);
                }
                let (from, start) = (self.at, self.place());
                self.at += if owner.triple { 3 } else { 1 };
                self.push(if owner.template { Kind::TEnd } else { Kind::FEnd }, from, start);
                while self.modes.pop().is_some_and(|m| m.quote == 0) {}
                return Ok(());
            }
            if is(Some(c), b"{") {
                if self.peek(1) == Some(c) && !m.spec {
                    return self.doubled(middle, from, start);
                }
                if self.at > from {
                    self.push(middle, from, start);
                }
                self.open_field(m);
                return Ok(());
            }
            if is(Some(c), b"}") {
                if m.spec {
                    if self.at > from {
                        self.push(middle, from, start);
                    }
                    let (from, start) = (self.at, self.place());
                    self.at += 1;
                    self.close(c, start)?;
                    self.push(Kind::Op, from, start);
                    self.leave_field();
                    return Ok(());
                }
                if self.peek(1) == Some(c) {
                    return self.doubled(middle, from, start);
                }
                let kind = if m.template { "t" } else { "f" };
                return self.fail(
                    ErrorClass::Syntax,
                    format!("{kind}-string: single '}}' is not allowed"),
                );
            }
            self.at += 1;
            if c == NEWLINE {
                if !owner.triple {
                    let kind = if m.template { "t" } else { "f" };
                    let message = format!(
                        "unterminated {kind}-string literal (detected at line {})",
                        self.row
                    );
                    return self.fail_at(
                        ErrorClass::Syntax,
                        message,
                        (start.0, start.1 + 1),
                        self.line_start,
                    );
                }
                self.end_line();
            } else if is(Some(c), b"\\") {
                let named = is(self.peek(0), b"N") && is(self.peek(1), b"{") && !owner.raw;
                if named {
                    while self.peek(0).is_some_and(|c| c != NEWLINE && !is(Some(c), b"}'\"")) {
                        self.at += 1;
                    }
                    self.at += usize::from(is(self.peek(0), b"}"));
                } else if !is(self.peek(0), b"{}") {
                    self.escaped();
                }
            }
        }
    }
    /// Text up to a doubled brace, of which one stays.
    fn doubled(&mut self, middle: Kind, from: usize, start: (usize, usize)) -> Step {
        self.at += 1;
        self.push(middle, from, start);
        self.at += 1;
        Ok(())
    }
    fn open_field(&mut self, m: Mode) {
        let (from, start) = (self.at, self.place());
        self.at += 1;
        self.brackets.push((u32::from(b'{'), self.row));
        self.push(Kind::Op, from, start);
        let depth = self.brackets.len();
        if m.spec {
            self.modes.push(Mode { quote: 0, field: Some(depth), spec: false, ..m });
        } else if let Some(top) = self.modes.last_mut() {
            top.field = Some(depth);
        }
    }
}
