//! Prints the bytecode of a Python file.

use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        eprintln!("usage: dis FILE");
        return ExitCode::FAILURE;
    };
    let source = match std::fs::read(&path) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let source = String::from_utf8_lossy(&source);
    let options = pyrs_syntax::Options::default();
    let parsed = match pyrs_syntax::parse(&source, pyrs_syntax::Mode::Exec, &options) {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    match pyrs_compiler::compile(&parsed, &path, &pyrs_compiler::Options::default()) {
        Ok(compiled) => {
            print!("{}", pyrs_bytecode::disassemble(&compiled.code));
            for warning in compiled.warnings {
                eprintln!("{}: {}", parsed.lines.line(warning.span.start), warning.message);
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}
