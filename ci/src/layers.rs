//! Who may import whom: one table, checked against manifests and sources.
//!
//! A crate may depend on the crates of ours in its row, and on outside crates as its row says. Sources are
//! scanned too: naming a crate that the row lacks is a violation even where cargo would not notice it.
//! Development dependencies follow the same rows, except that tests may use any outside crate.
//! Parsers are the exception to everything: one crate knows them (`PARSERS`), tests or not.

use crate::source::{Source, code_only};

/// Which crates from outside a layer may use.
#[derive(Clone, Copy, Debug)]
enum Outside {
    Any,
    Only(&'static [&'static str]),
}

/// One row of the table.
#[derive(Debug)]
struct Layer {
    /// The crate's folder; a final `/` stands for every folder below.
    folder: &'static str,
    /// Crates of ours that it may use.
    ours: &'static [&'static str],
    /// Crates of ours that its build script may use as well.
    build: &'static [&'static str],
    outside: Outside,
    /// The rule in words, printed with a violation.
    rule: &'static str,
}

const NONE: &[&str] = &[];
const FRONT: &[&str] = &["pyrs-syntax", "pyrs-bytecode", "pyrs-compiler"];
const JIT: &[&str] = &["pyrs-ir", "pyrs-codemem"];

#[rustfmt::skip]
const LAYERS: &[Layer] = &[
    Layer { folder: "ir", ours: NONE, build: NONE, outside: Outside::Only(NONE),
        rule: "the IR knows neither Python nor silicon" },
    Layer { folder: "backends/", ours: &["pyrs-ir"], build: NONE, outside: Outside::Only(NONE),
        rule: "a back end turns lists into bytes and runs nothing" },
    Layer { folder: "vm/codemem", ours: &["pyrs-ir"], build: NONE,
        outside: Outside::Only(&["libc", "memmap2"]),
        rule: "code memory holds bytes and flips pages" },
    Layer { folder: "vm/heap", ours: NONE, build: NONE, outside: Outside::Only(&["libc"]),
        rule: "the collector knows shapes, not meanings" },
    Layer { folder: "vm/syntax", ours: &["pyrs-text"], build: NONE, outside: Outside::Any,
        rule: "the parser has never met an object" },
    Layer { folder: "vm/bytecode", ours: NONE, build: NONE, outside: Outside::Any,
        rule: "bytecode is a table" },
    Layer { folder: "vm/compiler", ours: &["pyrs-syntax", "pyrs-bytecode"], build: NONE,
        outside: Outside::Any,
        rule: "the compiler produces data, not behaviour" },
    Layer { folder: "vm/text", ours: NONE, build: NONE, outside: Outside::Any,
        rule: "text is numbers and characters, no objects" },
    Layer { folder: "vm/regex", ours: NONE, build: NONE, outside: Outside::Any,
        rule: "the matcher sees code points, not strings of the heap" },
    Layer { folder: "vm/core", build: NONE, outside: Outside::Any,
        ours: &["pyrs-heap", "pyrs-bytecode", "pyrs-compiler", "pyrs-syntax", "pyrs-text", "pyrs-ir",
            "pyrs-codemem"],
        rule: "the core stands on heap, front end and text, and on the JIT's rooms" },
    Layer { folder: "vm/builtins", build: NONE, outside: Outside::Any,
        ours: &["pyrs-core", "pyrs-heap", "pyrs-bytecode", "pyrs-compiler", "pyrs-syntax", "pyrs-text"],
        rule: "built-in types use the core and what is below it, and not the JIT" },
    Layer { folder: "vm/modules", build: NONE, outside: Outside::Any,
        ours: &["pyrs-core", "pyrs-heap", "pyrs-bytecode", "pyrs-compiler", "pyrs-syntax", "pyrs-text",
            "pyrs-regex", "pyrs-builtins", "pyrs-library"],
        rule: "modules use the core, the built-in types, the library's data and what is below, not the JIT" },
    Layer { folder: "vm/library", ours: NONE, build: FRONT, outside: Outside::Any,
        rule: "the library is data made at build time" },
    Layer { folder: "ci/jitrig", build: NONE, outside: Outside::Only(NONE),
        ours: &["pyrs-ir", "pyrs-codemem", "pyrs-x86-64", "pyrs-aarch64", "pyrs-arm32", "pyrs-ppc64",
            "pyrs-s390x"],
        rule: "the test rig of machine code sees the IR, back ends and code memory" },
    Layer { folder: "ci/irtool", build: NONE,
        outside: Outside::Only(&["iced-x86", "yaxpeax-arm", "yaxpeax-arch"]),
        ours: &["pyrs-ir", "pyrs-x86-64", "pyrs-aarch64", "pyrs-arm32", "pyrs-ppc64", "pyrs-s390x",
            "pyrs-jitrig"],
        rule: "the trace viewer sees what the rig sees, and disassemblers" },
    Layer { folder: "ci", ours: NONE, build: NONE, outside: Outside::Only(&["libc"]),
        rule: "the checks do not depend on what they check" },
];

/// The crates that read Python source, and the one folder that may name them.
const PARSERS: &[&str] =
    &["ruff_python_parser", "ruff_python_ast", "ruff_text_size", "rustpython-parser"];
const PARSER_FOLDER: &str = "vm/syntax";

/// A dependency as a manifest declares it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Normal,
    Build,
    Dev,
}

/// Checks manifests (`Cargo.toml`) and sources (`.rs`); the result is one sentence per violation.
pub fn check(manifests: &[Source], sources: &[Source]) -> Vec<String> {
    let mut bad = Vec::new();
    let ours: Vec<String> = manifests.iter().filter_map(|m| package_name(&m.text)).collect();
    for manifest in manifests {
        let Some(folder) = manifest.path.strip_suffix("/Cargo.toml") else {
            continue; // The root package is the front door: it may use everything.
        };
        let Some(layer) = layer_of(folder) else {
            bad.push(format!("{}: this crate has no row in ci/src/layers.rs", manifest.path));
            continue;
        };
        for (kind, name) in dependencies(&manifest.text) {
            if let Some(why) = forbidden(layer, folder, kind, &name, ours.contains(&name)) {
                bad.push(format!("{}: {name}: {why}", manifest.path));
            }
        }
    }
    let folders: Vec<&str> =
        manifests.iter().filter_map(|m| m.path.strip_suffix("/Cargo.toml")).collect();
    for source in sources {
        check_source(source, &folders, &ours, &mut bad);
    }
    bad
}

fn layer_of(folder: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|l| match l.folder.strip_suffix('/') {
        Some(parent) => folder.rsplit_once('/').is_some_and(|(p, _)| p == parent),
        None => folder == l.folder,
    })
}

/// Why a layer may not depend on `name`, if it may not.
fn forbidden(
    layer: &Layer,
    folder: &str,
    kind: Kind,
    name: &str,
    ours: bool,
) -> Option<&'static str> {
    if PARSERS.contains(&name) && folder != PARSER_FOLDER {
        return Some("only vm/syntax may import a parser");
    }
    let good = if ours {
        let jit = layer.folder == "vm/core" && (JIT.contains(&name) || is_back_end(name));
        layer.ours.contains(&name) || (kind == Kind::Build && layer.build.contains(&name)) || jit
    } else {
        match layer.outside {
            Outside::Any => true,
            Outside::Only(names) => kind == Kind::Dev || names.contains(&name),
        }
    };
    (!good).then_some(layer.rule)
}

fn is_back_end(name: &str) -> bool {
    ["pyrs-x86-64", "pyrs-aarch64", "pyrs-arm32", "pyrs-ppc64", "pyrs-s390x"].contains(&name)
}

/// Looks for crates of ours and parsers named in code.
fn check_source(source: &Source, folders: &[&str], ours: &[String], bad: &mut Vec<String>) {
    let Some((folder, rest)) = crate_folder(folders, &source.path) else { return };
    let Some(layer) = layer_of(folder) else { return };
    let kind = match rest {
        "build.rs" => Kind::Build,
        rest if rest.starts_with("build/") => Kind::Build,
        rest if rest.starts_with("src/") => Kind::Normal,
        _ => Kind::Dev,
    };
    let named = |name: &str| (name.replace('-', "_"), name.to_string());
    let words: Vec<(String, String)> =
        ours.iter().map(|n| named(n)).chain(PARSERS.iter().map(|n| named(n))).collect();
    for (number, line) in code_only(&source.text).lines().enumerate() {
        for word in line.split(|c: char| !c.is_alphanumeric() && c != '_') {
            let Some((_, name)) = words.iter().find(|(w, _)| w == word) else { continue };
            let own = folder_name(ours, name, folder);
            if own {
                continue; // Tests of a crate name the crate itself.
            }
            if let Some(why) = forbidden(layer, folder, kind, name, ours.contains(name)) {
                bad.push(format!("{}:{}: {name}: {why}", source.path, number + 1));
            }
        }
    }
}

/// Whether `name` is the crate in `folder` (by the rule of the house: `pyrs-` and the folder's last part).
fn folder_name(ours: &[String], name: &str, folder: &str) -> bool {
    let last = folder.rsplit('/').next().unwrap_or(folder).replace('_', "-");
    ours.iter().any(|o| o == name) && name == format!("pyrs-{last}")
}

/// Splits `vm/core/src/x.rs` into the crate's folder (the deepest one with a manifest) and the path inside.
fn crate_folder<'a>(folders: &[&'a str], path: &'a str) -> Option<(&'a str, &'a str)> {
    let inside = |folder: &&'a str| {
        let rest = path.strip_prefix(*folder)?.strip_prefix('/')?;
        Some((*folder, rest))
    };
    folders.iter().filter_map(inside).max_by_key(|(folder, _)| folder.len())
}

fn package_name(manifest: &str) -> Option<String> {
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[package]";
        } else if let Some(rest) = line.strip_prefix("name").filter(|_| inside) {
            return Some(rest.trim_start_matches([' ', '=']).trim_matches('"').to_string());
        }
    }
    None
}

/// The dependencies in a manifest: `name = ...`, `name.workspace = true` or `[dependencies.name]`.
fn dependencies(manifest: &str) -> Vec<(Kind, String)> {
    let mut found = Vec::new();
    let mut kind = None;
    for line in manifest.lines().map(|l| l.split('#').next().unwrap_or("").trim()) {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            // A section for some systems only: [target.'cfg(...)'.dependencies].
            let header = header.rsplit_once("'.").map_or(header, |(_, tail)| tail);
            let (section, name) = match header.split_once('.') {
                Some((section, name)) => (section, Some(name)),
                None => (header, None),
            };
            kind = match section {
                "dependencies" => Some(Kind::Normal),
                "build-dependencies" => Some(Kind::Build),
                "dev-dependencies" => Some(Kind::Dev),
                _ => None,
            };
            if let (Some(k), Some(name)) = (kind, name) {
                found.push((k, name.trim_matches('"').to_string()));
                kind = None;
            }
        } else if let (Some(kind), Some((name, _))) = (kind, line.split_once('=')) {
            let name = name.trim().split('.').next().unwrap_or("").trim_matches('"');
            found.push((kind, name.to_string()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Source {
        Source { path: path.to_string(), text: text.to_string() }
    }

    fn manifests() -> Vec<Source> {
        let names = ["ir", "vm/heap", "vm/core", "vm/syntax", "backends/x86_64"];
        let crate_of = |n: &str| n.rsplit('/').next().expect("a name").replace('_', "-");
        names
            .iter()
            .map(|n| {
                let text = format!("[package]\nname = \"pyrs-{}\"\n", crate_of(n));
                file(&format!("{n}/Cargo.toml"), &text)
            })
            .collect()
    }

    fn with_dependency(path: &str, text: &str) -> Vec<String> {
        let mut all = manifests();
        let found = all.iter_mut().find(|m| m.path == path).expect("listed");
        found.text.push_str(text);
        check(&all, &[])
    }

    #[test]
    fn dependencies_follow_the_rows() {
        assert!(with_dependency("ir/Cargo.toml", "").is_empty());
        let good =
            "[dependencies]\npyrs-ir.workspace = true\n[dev-dependencies]\niced-x86 = \"1\"\n";
        assert!(with_dependency("backends/x86_64/Cargo.toml", good).is_empty());
        let bad = [
            ("ir/Cargo.toml", "[dependencies]\nlibc.workspace = true\n"),
            ("ir/Cargo.toml", "[dev-dependencies.pyrs-heap]\npath = \"x\"\n"),
            ("vm/heap/Cargo.toml", "[dependencies]\npyrs-ir = { path = \"../../ir\" }\n"),
            ("vm/core/Cargo.toml", "[dependencies]\nruff_python_ast.workspace = true\n"),
            ("vm/core/Cargo.toml", "[dev-dependencies]\nrustpython-parser = \"1\"\n"),
            ("vm/heap/Cargo.toml", "[target.'cfg(unix)'.dependencies]\nmemchr = \"2\"\n"),
        ];
        for (path, text) in bad {
            assert_eq!(with_dependency(path, text).len(), 1, "{path}: {text}");
        }
    }

    #[test]
    fn a_crate_without_a_row_is_a_violation() {
        let mut all = manifests();
        all.push(file("vm/attic/Cargo.toml", "[package]\nname = \"pyrs-attic\"\n"));
        assert_eq!(check(&all, &[]).len(), 1);
    }

    #[test]
    fn sources_are_read_as_code() {
        let see = |path: &str, text: &str| check(&manifests(), &[file(path, text)]).len();
        assert_eq!(see("vm/heap/src/a.rs", "use pyrs_ir::Op;"), 1);
        assert_eq!(see("vm/heap/src/a.rs", "// pyrs_ir\nlet s = \"pyrs_ir\";"), 0);
        assert_eq!(see("vm/heap/tests/a.rs", "use pyrs_heap::Heap;"), 0);
        assert_eq!(see("backends/x86_64/src/a.rs", "use pyrs_ir::Op;"), 0);
        assert_eq!(see("vm/core/src/a.rs", "use pyrs_x86_64 as x;"), 0);
        assert_eq!(see("vm/core/src/a.rs", "fn f() { ruff_python_ast::parse() }"), 1);
        assert_eq!(see("vm/syntax/src/a.rs", "fn f() { ruff_python_ast::parse() }"), 0);
    }
}
