//! Prints the syntax warnings of each file given: `line message`, after a line with the path.

use pyrs_syntax::{Mode, Options, decode_source, parse};

fn main() {
    for path in std::env::args().skip(1) {
        println!("== {path}");
        let bytes = std::fs::read(&path).unwrap_or_default();
        let parsed = decode_source(&bytes)
            .and_then(|source| parse(&source, Mode::Exec, &Options::default()));
        if let Ok(parsed) = parsed {
            for warning in &parsed.warnings {
                println!("{} {}", parsed.lines.line(warning.span.start), warning.message);
            }
        }
    }
}
