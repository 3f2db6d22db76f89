//! Compiles the standard library to bytecode and packs it into one file.
//!
//! The Python sources come from a crate of the registry (CPython 3.14's `Lib`, PSF licence); none lie in this
//! repository. For every module the pack holds its bytecode and its source, each deflated on its own so that an
//! import inflates just what it needs; modules that every start-up imports are stored as they are.
//!
//! ```text
//! pack:  count u32 | row * count | names | data          all numbers little-endian
//! row:   name offset u32, length u32 | flags u32 | code offset, stored, full u32 | source offset, stored, full u32
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

/// Folders of the library that a program does not import (a GUI, demos, the installer's wheels).
const LEFT_OUT: &[&str] =
    &["idlelib", "turtledemo", "tkinter", "ensurepip", "test", "__pycache__", "lib2to3"];
/// Modules that every start-up imports: stored uncompressed.
const START_UP: &[&str] = &[
    "_collections_abc",
    "abc",
    "codecs",
    "encodings",
    "encodings.aliases",
    "encodings.utf_8",
    "genericpath",
    "importlib._bootstrap",
    "importlib._bootstrap_external",
    "io",
    "os",
    "posixpath",
    "site",
    "stat",
    "_sitebuiltins",
];
/// What that crate changed for another interpreter and CPython has otherwise: module, its text, CPython's text.
const EDITS: &[(&str, &str, &str)] = &[
    ("site", "return 'RustPython' # X\x58X: RUSTPYTHON; for site-packages", "return 'Python'"),
    (
        "site",
        "    # X\x58X: RUSTPYTHON\n    return f'{userbase}/lib/rustpython{version[0]}",
        "    return f'{userbase}/lib/{implementation_lower}{version[0]}",
    ),
    (
        "sysconfig",
        "return 'RustPython'  # X\x58X: RUSTPYTHON; For site-packages",
        "return 'Python'",
    ),
    // The filters a program starts with name modules by strings; CPython's native code understands them.
    (
        "_py_warnings",
        "(mod is None or mod.match(module)) and",
        "(mod is None or (mod == module if isinstance(mod, str) else mod.match(module))) and",
    ),
];
const PACKAGE: u32 = 1;
const COMPRESSED: u32 = 2;

struct Module {
    name: String,
    flags: u32,
    code: (Vec<u8>, usize),
    source: (Vec<u8>, usize),
}

fn main() {
    let lib = Path::new(rustpython_pylib::LIB_PATH);
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=overlay");
    println!("cargo::rerun-if-changed=prelude");
    let overlay = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"))
        .join("overlay");
    let mut files = Vec::new();
    collect(lib, "", &mut files);
    if overlay.is_dir() {
        let mut ours = Vec::new();
        collect(&overlay, "", &mut ours);
        files.retain(|(name, _, _)| !ours.iter().any(|(o, _, _)| o == name));
        files.extend(ours);
    }
    files.sort();
    let mut modules = Vec::new();
    for (name, path, package) in files {
        match module(&name, &path, package) {
            Ok(m) => modules.push(m),
            Err(e) => println!("cargo::warning={name} is left out of the library: {e}"),
        }
    }
    prelude();
    let out =
        PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it")).join("library.pack");
    std::fs::write(&out, pack(&modules)).expect("the build folder is writable");
}

/// Compiles the functions that stand in for native ones (`pyrs_core::runtime::prelude`): bytecode only.
fn prelude() {
    let folder = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let text = std::fs::read_to_string(folder.join("prelude/prelude.py")).expect("it is there");
    let parsed = pyrs_syntax::parse(&text, pyrs_syntax::Mode::Exec, &Default::default());
    let parsed = parsed.unwrap_or_else(|e| panic!("prelude.py: {}", e.message));
    let compiled = pyrs_compiler::compile(&parsed, "<prelude>", &Default::default());
    let compiled = compiled.unwrap_or_else(|e| panic!("prelude.py: {}", e.message));
    let code = pyrs_bytecode::pyc::write(&compiled.code).expect("it is not deeply nested");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    std::fs::write(out.join("prelude.pyc"), code).expect("the build folder is writable");
}

fn collect(dir: &Path, prefix: &str, out: &mut Vec<(String, PathBuf, bool)>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let Some(stem) = path.file_stem().and_then(|s| s.to_str()).map(str::to_owned) else {
            continue;
        };
        if path.is_dir() {
            if LEFT_OUT.contains(&stem.as_str()) {
                continue;
            }
            collect(&path, &format!("{prefix}{stem}."), out);
        } else if path.extension().is_some_and(|e| e == "py") {
            if stem == "__init__" {
                out.push((prefix.trim_end_matches('.').to_owned(), path, true));
            } else {
                out.push((format!("{prefix}{stem}"), path, false));
            }
        }
    }
}

fn module(name: &str, path: &Path, package: bool) -> Result<Module, String> {
    let mut bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    for (_, old, new) in EDITS.iter().filter(|(n, _, _)| *n == name) {
        let text = String::from_utf8(bytes).map_err(|e| e.to_string())?;
        if !text.contains(old) {
            return Err(format!("an edit of ours does not apply: {old}"));
        }
        bytes = text.replacen(old, new, 1).into_bytes();
    }
    let text = pyrs_syntax::decode_source(&bytes).map_err(|e| e.message.to_string())?;
    let parsed = pyrs_syntax::parse(&text, pyrs_syntax::Mode::Exec, &Default::default())
        .map_err(|e| e.message.to_string())?;
    let filename = format!("<frozen {name}>");
    let compiled = pyrs_compiler::compile(&parsed, &filename, &Default::default())
        .map_err(|e| e.message.to_string())?;
    let code = pyrs_bytecode::pyc::write(&compiled.code).ok_or("too deeply nested")?;
    let raw = START_UP.contains(&name);
    let flags = if package { PACKAGE } else { 0 } | if raw { 0 } else { COMPRESSED };
    let full = code.len();
    let code = (if raw { code } else { deflate(&code) }, full);
    Ok(Module { name: name.to_owned(), flags, code, source: (deflate(&bytes), bytes.len()) })
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    e.write_all(bytes).and_then(|()| e.finish()).expect("writing to memory does not fail")
}

fn pack(modules: &[Module]) -> Vec<u8> {
    let rows_len = 4 + modules.len() * 36;
    let names_len: usize = modules.iter().map(|m| m.name.len()).sum();
    let (mut name_at, mut data_at) = (rows_len, rows_len + names_len);
    let (mut rows, mut names, mut data) = (Vec::new(), Vec::new(), Vec::new());
    rows.extend((modules.len() as u32).to_le_bytes());
    for m in modules {
        let mut put = |n: usize| rows.extend((n as u32).to_le_bytes());
        put(name_at);
        put(m.name.len());
        put(m.flags as usize);
        for (bytes, full) in [&m.code, &m.source] {
            put(data_at);
            put(bytes.len());
            put(*full);
            data_at += bytes.len();
            data.extend_from_slice(bytes);
        }
        name_at += m.name.len();
        names.extend_from_slice(m.name.as_bytes());
    }
    [rows, names, data].concat()
}
