//! From ruff's syntax tree to ours, mending everything in which it differs from CPython's.
//!
//! Decides: spans (starred parameters, sole generator arguments, decorated definitions, blocks
//! that end in `;`, pieces of f-strings), the shape of `elif`, joined literals, literal values.
//! What CPython's grammar refuses although ruff takes it is reported as [`Refused::Suspect`]; the
//! diagnosing pass then finds the words for it.
//!
//! Invariant: the tree that comes out nests at most [`MAX_DEPTH`] deep.

mod expressions;
mod interpolated;
mod patterns;
mod statements;
mod strings;
mod warn;

use crate::ast::{Mod, Span, Symbol};
use crate::error::{ErrorClass, SyntaxWarning};
use crate::names::Names;
use ruff_python_ast as ruff;
use ruff_text_size::TextRange;

/// How deep the tree may nest. CPython gives up between 2,000 (compiler) and 6,000 (parser).
pub(crate) const MAX_DEPTH: u32 = 6000;

/// Why no tree came out.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Something around this offset that CPython refuses: let the diagnosing pass look.
    Suspect,
    /// A literal with a bad value: message and place.
    Literal(String, Span),
    /// Nested beyond [`MAX_DEPTH`]: `Memory` where CPython's parser recurses, else `Recursion`.
    TooDeep(ErrorClass),
}

type Result<T> = std::result::Result<T, Refused>;

/// The state of one conversion.
pub(crate) struct Adapter<'a> {
    source: &'a str,
    pub(crate) names: Names,
    warnings: Vec<SyntaxWarning>,
    /// When CPython gives each warning: the stage, and where in the text it is by then.
    phases: Vec<(warn::Phase, u32)>,
    /// Where the parser is when it decodes the text at hand, if not there.
    read_at: Option<u32>,
    depth: u32,
    /// A name that stands for `match` in ruff's tree.
    pub(crate) match_stand_in: Option<&'static str>,
    /// The expression to be converted next may be a `yield` without parentheses.
    yield_allowed: bool,
    /// How many format specifications of one f-string we are in.
    spec_depth: u32,
    /// How many f-strings and t-strings we are in.
    string_depth: u32,
    /// Whether jumps leave a `finally` block here.
    in_finally: warn::FinallyState,
}

/// ruff's range as our span.
fn span(range: TextRange) -> Span {
    Span::new(range.start().to_u32(), range.end().to_u32())
}

impl<'a> Adapter<'a> {
    pub(crate) fn new(source: &'a str) -> Self {
        Self {
            source,
            names: Names::default(),
            warnings: Vec::new(),
            phases: Vec::new(),
            read_at: None,
            depth: 0,
            match_stand_in: None,
            yield_allowed: false,
            spec_depth: 0,
            string_depth: 0,
            in_finally: warn::FinallyState::default(),
        }
    }

    /// Converts a whole file or expression.
    pub(crate) fn module(&mut self, module: &ruff::Mod) -> Result<Mod> {
        match module {
            ruff::Mod::Module(module) => Ok(Mod::Module { body: self.body(&module.body)? }),
            ruff::Mod::Expression(module) => {
                Ok(Mod::Expression { body: Box::new(self.expr(&module.body)?) })
            }
        }
    }

    /// Runs `convert` one level deeper, on more stack if needed.
    fn deeper<T>(&mut self, convert: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Refused::TooDeep(ErrorClass::Memory));
        }
        let converted = if self.depth.is_multiple_of(16) {
            stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || convert(self))
        } else {
            convert(self)
        };
        self.depth -= 1;
        converted
    }

    fn symbol(&mut self, name: &str) -> Symbol {
        let name = if self.match_stand_in == Some(name) { "match" } else { name };
        self.names.intern(name)
    }

    /// A name that is about to be bound: `__debug__` and the constants cannot be.
    fn bound(&mut self, name: &str) -> Result<Symbol> {
        if matches!(name, "None" | "True" | "False") {
            return Err(Refused::Suspect);
        }
        Ok(self.symbol(name))
    }

    fn text(&self, span: Span) -> &'a str {
        self.source.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Skips blanks, comments, line ends and continuations from `offset`.
    fn skip_trivia(&self, offset: u32, over_lines: bool) -> u32 {
        let bytes = self.source.as_bytes();
        let mut at = offset as usize;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b' ' | b'\t' | 0x0C => at += 1,
                b'\\' if bytes.get(at + 1) == Some(&b'\n') => at += 2,
                b'\n' if over_lines => at += 1,
                b'#' if over_lines => {
                    while bytes.get(at).is_some_and(|byte| *byte != b'\n') {
                        at += 1;
                    }
                }
                _ => break,
            }
        }
        at as u32
    }
}
