//! The slow pass that knows why CPython refuses a source, and in which words.
//!
//! Runs only when the fast parser failed or the source is of a kind that it cannot judge (tabs,
//! deep nesting, interactive input). It parses twice, as CPython does: once with the plain
//! grammar, and if that fails with the rules for mistakes. It yields no tree, only the verdict.

mod actions;
mod engine;
mod grammar;
mod lexer;
mod notation;
mod numbers;
mod place;
mod unicode;

use crate::error::{ErrorClass, SyntaxError};
use crate::lines::LineIndex;
use crate::{Mode, Options};
use engine::Engine;
use lexer::{Kind, Lexer};

/// What is asked about.
pub(crate) struct Request<'a> {
    pub(crate) source: &'a str,
    pub(crate) lines: &'a LineIndex,
    pub(crate) mode: Mode,
    pub(crate) options: &'a Options,
}

/// Whether the tokenizer has no complaint: cheap, next to a full verdict.
pub(crate) fn tokens_are_fine(request: &Request<'_>) -> bool {
    let mut lexer = Lexer::new(request);
    loop {
        match lexer.next() {
            Ok(token) if token.kind == Kind::End => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// Where the `<>` operators of a source are.
pub(crate) fn unequal_operators(request: &Request<'_>) -> Vec<usize> {
    places(request, |_, text| text == "<>")
}

/// Where the word `match` begins a statement behind a `;`: there it can only be a name.
pub(crate) fn match_names_behind_semicolons(request: &Request<'_>) -> Vec<usize> {
    places(request, |before, text| before == ";" && text == "match")
}

/// Offsets of the names and operators for which `wanted` holds, given the token before and the
/// token itself.
fn places(request: &Request<'_>, wanted: impl Fn(&str, &str) -> bool) -> Vec<usize> {
    let mut lexer = Lexer::new(request);
    let mut found = Vec::new();
    let mut before = "";
    while let Ok(token) = lexer.next() {
        if token.kind == Kind::End {
            break;
        }
        let text = request.source.get(token.start..token.end).unwrap_or("");
        if matches!(token.kind, Kind::Name | Kind::Op) && wanted(before, text) {
            found.push(token.start);
        }
        before = text;
    }
    found
}

/// CPython's verdict on the source.
pub(crate) fn verdict(request: &Request<'_>) -> Result<(), SyntaxError> {
    // A file's last line gets its newline; other inputs stay as they are.
    if request.mode == Mode::Exec && !request.source.ends_with('\n') && !request.source.is_empty() {
        let source = format!("{}\n", request.source);
        let lines = LineIndex::new(&source);
        return judge(&Request { source: &source, lines: &lines, ..*request });
    }
    judge(request)
}

fn judge(request: &Request<'_>) -> Result<(), SyntaxError> {
    let start = match request.mode {
        Mode::Exec => "file",
        Mode::Eval => "eval",
        Mode::Single => "interactive",
        Mode::FuncType => "func_type",
    };
    let mut engine = Engine::new(request);
    let first = engine.start(start);
    if matches!(first, Ok(Some(_))) {
        return if request.mode == Mode::Single { engine.single_statement() } else { Ok(()) };
    }
    let incomplete = engine.lexer.hit_end && request.options.allow_incomplete_input;
    if incomplete && !matches!(&first, Err(error) if error.class == ErrorClass::Memory) {
        let class = ErrorClass::IncompleteInput;
        return Err(engine.error_incomplete(class, "incomplete input".to_owned()));
    }
    let mut error = match first {
        Err(error) => engine.unless_tokens_are_worse(*error),
        Ok(_) => engine.explain(start),
    };
    error.statement = Some(engine.last_statement);
    Err(error)
}

impl Engine<'_> {
    /// The second pass.
    fn explain(&mut self, start: &str) -> SyntaxError {
        let last = self.tokens.len().saturating_sub(1);
        self.second_pass();
        if let Err(error) = self.start(start) {
            return self.unless_tokens_are_worse(*error);
        }
        match self.tokens.get(last).map(|token| token.kind) {
            Some(Kind::Indent) => {
                self.error_last(ErrorClass::Indentation, "unexpected indent".to_owned())
            }
            Some(Kind::Dedent) => {
                self.error_last(ErrorClass::Indentation, "unexpected unindent".to_owned())
            }
            _ => {
                let error = self.error_over(last, last + 1, "invalid syntax".to_owned());
                self.rest_of_tokens(error)
            }
        }
    }

    /// Errors of the tokenizer win over those of the parser, unless it has finished already.
    fn unless_tokens_are_worse(&mut self, error: SyntaxError) -> SyntaxError {
        let ordinary =
            matches!(error.class, ErrorClass::Syntax | ErrorClass::Indentation | ErrorClass::Tab);
        if self.lexer_failed || self.lexer.hit_end || !ordinary {
            return error;
        }
        self.rest_of_tokens(error)
    }

    /// Reads the rest of the text: a bad token there is the better error, and so is a bracket
    /// left open on a line before the error.
    fn rest_of_tokens(&mut self, error: SyntaxError) -> SyntaxError {
        if self.lexer_failed {
            return error;
        }
        let line = self.tokens.last().map_or(0, |token| self.line_of(*token));
        loop {
            match self.lexer.next() {
                Ok(token) if token.kind == Kind::End => return error,
                Ok(_) => {}
                Err(worse) => {
                    // An error in the expression of an f-string is better than what follows.
                    if self.lexer.in_string() {
                        return error;
                    }
                    if self.lexer.raised {
                        return *worse;
                    }
                    let open = self.lexer.open.last().copied();
                    return match open {
                        Some(open) if line > self.request.lines.line(open.at as u32) => {
                            self.request.never_closed(Some(open))
                        }
                        _ => error,
                    };
                }
            }
        }
    }

    /// In interactive mode nothing but blanks and comments may follow the statement.
    fn single_statement(&mut self) -> Result<(), SyntaxError> {
        let from = self.lexer.offset();
        let rest = self.request.source.get(from..).unwrap_or("");
        let blank = rest.lines().all(|line| {
            let line = line.trim_start_matches([' ', '\t', '\u{c}', '\\']);
            line.is_empty() || line.starts_with('#')
        });
        if blank {
            return Ok(());
        }
        let message = "multiple statements found while compiling a single statement";
        Err(self.error_last(ErrorClass::Syntax, message.to_owned()))
    }
}
