//! Prints the bytecode of a Python file, or with `-p` the position of each instruction.

use pyrs_bytecode::{CodeData, Const, Insn, Op};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let positions = arguments.next_if(|a| a == "-p").is_some();
    let Some(path) = arguments.next() else {
        eprintln!("usage: dis [-p] FILE");
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
        Ok(compiled) if positions => {
            print_positions(&compiled.code);
            ExitCode::SUCCESS
        }
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

/// Opcode, line, end line, column and end column of every instruction.
fn print_positions(code: &CodeData) {
    for at in pyrs_bytecode::instruction_starts(code).unwrap_or_default() {
        let op = Op::from_byte(Insn(code.words[at]).op_byte()).map_or("?", Op::name);
        let p = code.position(at as u32);
        println!("{op} {} {} {} {}", p.line, p.end_line, p.column, p.end_column);
    }
    for value in &code.consts {
        if let Const::Code(inner) = value {
            print_positions(inner);
        }
    }
}
