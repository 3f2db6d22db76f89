//! What the tests share: source text to code or to an error message.

use pyrs_compiler::{Compiled, Options, compile};
use pyrs_syntax::{Mode, SyntaxError, parse};

/// Parses and compiles.
pub fn build(source: &str, mode: Mode, options: &Options) -> Result<Compiled, SyntaxError> {
    let parsed = parse(source, mode, &pyrs_syntax::Options::default())?;
    compile(&parsed, "test.py", options)
}
