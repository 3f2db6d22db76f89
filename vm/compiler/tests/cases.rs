//! Source texts and the bytecode they become, from the files in `cases/`.
//!
//! A case is `### name`, the source, a line `---`, and the disassembly. With `PYRS_BLESS=1` the files are rewritten
//! with what the compiler gives now; review the difference before committing it.

mod common;

use pyrs_compiler::Options;
use pyrs_syntax::Mode;
use std::path::Path;

/// The part of the output that a case is about: without the module's own code if it only defines functions.
fn disassembly(source: &str) -> String {
    match common::build(source, Mode::Exec, &Options::default()) {
        Err(error) => format!("{}:{}: {}\n", error.line, error.column, error.message),
        Ok(compiled) => {
            if let Err(what) = pyrs_bytecode::verify(&compiled.code) {
                return format!("does not verify: {what}\n");
            }
            let text = pyrs_bytecode::disassemble(&compiled.code);
            let text = match text.split_once("\n\n") {
                Some((_, inner))
                    if source.starts_with("def ") || source.starts_with("async def ") =>
                {
                    inner
                }
                _ => &text,
            };
            format!("{}\n", text.trim_end())
        }
    }
}

fn check(path: &Path, bless: bool) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a readable file of cases");
    let mut failures = Vec::new();
    let mut out = String::new();
    for case in text.split("### ").skip(1) {
        let (name, rest) = case.split_once('\n').expect("a name and a body");
        let (source, expected) = rest.split_once("\n---\n").unwrap_or((rest.trim_end(), ""));
        let source = format!("{}\n", source.trim_end());
        let found = disassembly(&source);
        if found.trim_end() != expected.trim_end() {
            failures.push(format!("{}: {name}\n{found}", path.display()));
        }
        out.push_str(&format!("### {name}\n{source}---\n{found}\n"));
    }
    if bless {
        std::fs::write(path, out.trim_end().to_owned() + "\n").expect("a writable file of cases");
        return Vec::new();
    }
    failures
}

#[test]
fn sources_become_the_expected_bytecode() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let bless = std::env::var_os("PYRS_BLESS").is_some();
    let mut files = 0;
    let mut failures = Vec::new();
    for entry in std::fs::read_dir(dir).expect("the folder of cases").flatten() {
        files += 1;
        failures.extend(check(&entry.path(), bless));
    }
    assert!(files >= 5);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
