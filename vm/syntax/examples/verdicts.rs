//! Judges many sources: reads a file of records ended by `\x1e`, each a mode letter (`e`xec,
//! e`v`al, `s`ingle; upper case allows incomplete input, as `compile` flags 0x4200 do) and a
//! source; prints one line per record.

use pyrs_syntax::{ErrorClass, Mode, Options, parse};

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let records = std::fs::read_to_string(path).unwrap_or_default();
    for record in records.split_terminator('\x1e') {
        let Some(letter) = record.chars().next() else { continue };
        let mode = match letter.to_ascii_lowercase() {
            'v' => Mode::Eval,
            's' => Mode::Single,
            'f' => Mode::FuncType,
            _ => Mode::Exec,
        };
        let interactive = letter.is_ascii_uppercase();
        let options = Options {
            allow_incomplete_input: interactive,
            dont_imply_dedent: interactive,
            ..Options::default()
        };
        match parse(&record[1..], mode, &options) {
            Ok(_) => println!("ok"),
            Err(error) => {
                let class = match error.class {
                    ErrorClass::Syntax => "SyntaxError",
                    ErrorClass::Indentation => "IndentationError",
                    ErrorClass::Tab => "TabError",
                    ErrorClass::IncompleteInput => "_IncompleteInputError",
                    ErrorClass::Memory => "MemoryError",
                    ErrorClass::Recursion => "RecursionError",
                    ErrorClass::Overflow => "OverflowError",
                };
                let (end_line, end_column) = error.end.unwrap_or((0, 0));
                println!(
                    "{class}|{}|{}|{}|{end_line}|{end_column}|{:?}",
                    error.message,
                    error.line,
                    error.column,
                    error.text.as_deref().unwrap_or("")
                );
            }
        }
    }
}
