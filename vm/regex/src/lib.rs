//! The matching engine behind `_sre`: runs the code lists of CPython 3.14's `re._compiler`.
//!
//! [`Program::new`] validates a code list (format version [`MAGIC`]) completely and decodes it into
//! an instruction graph; [`Matcher::run`] matches it against a [`Text`] of 1, 2 or 4 bytes a code
//! point. The results, group marks and `lastindex` included, are those of CPython. What is not
//! here: Python objects, templates, the pattern compiler.
//!
//! Guarantees: no list of code words and no text makes the engine panic or read outside; there is
//! no native recursion, depth is bounded by memory only; a match can be interrupted.
//!
//! From the code words to a match: `parse` (words to `tree`), `emit` (tree to `program`, with the
//! first sets of `first`), `search` (where to try), `exec` (one try), `state` (the public face).
#![forbid(unsafe_code)]

mod branch;
pub mod chars;
#[rustfmt::skip]
mod chars_table;
mod class;
mod emit;
mod exec;
mod first;
mod opcodes;
mod parse;
mod program;
mod search;
mod state;
mod text;
mod tree;

pub use chars::Locale;
pub use opcodes::{
    CODESIZE, FLAG_IGNORECASE, FLAG_LOCALE, FLAG_UNICODE, MAGIC, MAXGROUPS, MAXREPEAT,
};
pub use parse::BadCode;
pub use program::Program;
pub use state::{MatchError, Matcher, Mode, Request, Walk};
pub use text::Text;
