//! Every file of the standard library and every language test compiles, and its code verifies.

use std::path::{Path, PathBuf};

/// Where cargo keeps the sources of the library, if they are on this machine.
fn library() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))?;
    let sources = std::fs::read_dir(home.join("registry/src")).ok()?;
    sources.flatten().map(|e| e.path().join("rustpython-pylib-0.6.0/Lib")).find(|p| p.is_dir())
}

fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, out);
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
}

/// Files that are wrong on purpose.
fn is_bad(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains("/bad") || text.ends_with("/broken.py") || text.contains("lib2to3/tests")
}

#[test]
fn the_standard_library_compiles_and_verifies() {
    let mut files = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/lang"), &mut files);
    assert!(files.len() > 40, "only {} language tests", files.len());
    if let Some(root) = library() {
        walk(&root, &mut files);
        assert!(files.len() > 300, "only {} files", files.len());
    }
    let mut failures = Vec::new();
    let mut size = 0;
    for path in &files {
        if is_bad(path) {
            continue;
        }
        let Ok(bytes) = std::fs::read(path) else { continue };
        let Ok(source) = pyrs_syntax::decode_source(&bytes) else { continue };
        let options = pyrs_syntax::Options::default();
        let parsed = match pyrs_syntax::parse(&source, pyrs_syntax::Mode::Exec, &options) {
            Ok(parsed) => parsed,
            Err(error) => {
                failures.push(format!("{}: {error}", path.display()));
                continue;
            }
        };
        let options = pyrs_compiler::Options::default();
        match pyrs_compiler::compile(&parsed, &path.to_string_lossy(), &options) {
            Ok(compiled) => {
                if let Err(what) = pyrs_bytecode::verify(&compiled.code) {
                    failures.push(format!("{}: {what}", path.display()));
                }
                let bytes = pyrs_bytecode::pyc::write(&compiled.code).unwrap_or_default();
                if pyrs_bytecode::pyc::read(&bytes).as_ref() != Ok(&compiled.code) {
                    failures.push(format!("{}: pyc round trip", path.display()));
                }
                size += bytes.len();
            }
            Err(error) => failures.push(format!("{}: {error}", path.display())),
        }
    }
    println!("{} files, {size} bytes of pyc", files.len());
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
