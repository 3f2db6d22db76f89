//! The house rules that a machine can check, each with its reason.
//!
//! 1. Every Rust file opens with `//!`: a reader learns what it guarantees before how.
//! 2. A file has at most 1000 lines, unless its head says `kind: table`, `golden` or `dispatch`.
//! 3. Code has at most 100 columns (tables and golden data excepted): two files fit side by side.
//! 4. Rooms that need no unsafe code forbid it.
//! 5. In vm/core, vm/builtins and vm/modules no struct or enum hides object references from the collector in a `Vec`, `Box`,
//!    map and the like; a type that traces them itself says so with `// TRACED: how` above the field.
//! 6. No notes to self in the source, no ignored tests, no `unwrap()` outside tests.
//! 7. Every page in docs/ can be reached from docs/ARCHITECTURE.md.

use crate::source::{Source, code_only};

const LINES_MAX: usize = 1000;
const COLUMNS_MAX: usize = 100;
/// How far down a file its `kind:` may stand.
const HEAD_LINES: usize = 60;
const SAFE_ROOMS: &[&str] = &[
    "ir/",
    "backends/",
    "vm/syntax/",
    "vm/bytecode/",
    "vm/compiler/",
    "vm/text/",
    "vm/regex/",
    "vm/library/",
];
/// Rooms in which rule 5 holds.
const OBJECT_ROOMS: &[&str] = &["vm/core/src/", "vm/builtins/src/", "vm/modules/src/"];
/// Types that are references into the heap, and containers the collector cannot look into.
const REFERENCES: &[&str] = &["Value", "Gc"];
const CONTAINERS: &[&str] = &[
    "Vec",
    "VecDeque",
    "Box",
    "Rc",
    "Arc",
    "HashMap",
    "HashSet",
    "BTreeMap",
    "BTreeSet",
    "SmallVec",
    "IndexMap",
    "LinkedList",
    "BinaryHeap",
];
const INDEX: &str = "docs/ARCHITECTURE.md";

/// Checks Rust sources; one sentence per violation.
pub fn check_rust(sources: &[Source]) -> Vec<String> {
    let mut bad = Vec::new();
    for source in sources {
        let code = code_only(&source.text);
        head_and_size(source, &code, &mut bad);
        forbidden_words(source, &code, &mut bad);
        if is_safe_crate_root(&source.path) && !code.contains("#![forbid(unsafe_code)]") {
            bad.push(format!(
                "{}: this room has no unsafe code: #![forbid(unsafe_code)]",
                source.path
            ));
        }
        if OBJECT_ROOMS.iter().any(|r| source.path.starts_with(r)) {
            hidden_references(source, &code, &mut bad);
        }
    }
    bad
}

/// Checks that documents are linked from the index, and carry no notes to self.
pub fn check_docs(documents: &[Source]) -> Vec<String> {
    let mut bad = Vec::new();
    let index = documents.iter().find(|d| d.path == INDEX);
    for page in documents.iter().filter(|d| d.path.starts_with("docs/") && d.path != INDEX) {
        let link = page.path.strip_prefix("docs/").expect("filtered by this prefix");
        if !index.is_some_and(|i| i.text.contains(&format!("({link}"))) {
            bad.push(format!("{}: {INDEX} has no link to it: [..]({link})", page.path));
        }
    }
    for page in documents {
        notes_to_self(page, &mut bad);
    }
    bad
}

/// What the head of a file says about its kind.
fn kind(text: &str) -> Option<&str> {
    let head = text.lines().take(HEAD_LINES).take_while(|l| l.starts_with("//!"));
    head.filter_map(|l| l.strip_prefix("//! kind:")).map(str::trim).next()
}

fn head_and_size(source: &Source, code: &str, bad: &mut Vec<String>) {
    let path = &source.path;
    if !source.text.starts_with("//!") {
        bad.push(format!("{path}: does not open with a //! paragraph"));
    }
    let kind = kind(&source.text);
    if let Some(kind) = kind.filter(|k| !["table", "golden", "dispatch"].contains(k)) {
        bad.push(format!("{path}: unknown kind {kind:?}"));
    }
    let lines = source.text.lines().count();
    if kind.is_none() && lines > LINES_MAX {
        bad.push(format!("{path}: {lines} lines; split it ({LINES_MAX} at most)"));
    }
    if matches!(kind, Some("table" | "golden")) {
        return;
    }
    for (number, (line, code)) in source.text.lines().zip(code.lines()).enumerate() {
        let columns = line.chars().count();
        if columns > COLUMNS_MAX && !code.trim().is_empty() && !is_long_literal(line, code) {
            bad.push(format!("{path}:{}: {columns} columns ({COLUMNS_MAX} at most)", number + 1));
        }
    }
}

/// A line made long by a literal, which rustfmt does not break either.
fn is_long_literal(line: &str, code: &str) -> bool {
    let blank = code.chars().filter(|c| *c == ' ').count();
    let own = line.chars().filter(|c| *c == ' ').count();
    blank > own + COLUMNS_MAX / 2
}

/// Where the unit tests at the end of a file begin.
fn tests_from(code: &str) -> usize {
    let mut lines = code.lines().enumerate();
    lines.find(|(_, l)| l.trim() == "#[cfg(test)]").map_or(usize::MAX, |(n, _)| n)
}

fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| ["tests", "tests.rs", "benches", "examples"].contains(&part))
        || path.ends_with("_tests.rs")
}

fn forbidden_words(source: &Source, code: &str, bad: &mut Vec<String>) {
    notes_to_self(source, bad);
    let tests = if is_test_file(&source.path) { 0 } else { tests_from(code) };
    for (number, line) in code.lines().enumerate() {
        let at = || format!("{}:{}", source.path, number + 1);
        if line.trim_start().starts_with("#[ignore") {
            bad.push(format!("{}: ignored test", at()));
        }
        if number < tests && line.contains(".unwrap()") {
            bad.push(format!("{}: unwrap() outside tests; expect(\"why it cannot fail\")", at()));
        }
    }
}

/// The words are put together here so that this file does not contain them.
fn notes_to_self(source: &Source, bad: &mut Vec<String>) {
    let words = [concat!("FIX", "ME"), concat!("TO", "DO"), concat!("XX", "X")];
    for (number, line) in source.text.lines().enumerate() {
        let mut parts = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = parts.find(|p| words.contains(p)) {
            bad.push(format!("{}:{}: {word}: finish it or file it", source.path, number + 1));
        }
    }
}

fn is_safe_crate_root(path: &str) -> bool {
    path.ends_with("/src/lib.rs") && SAFE_ROOMS.iter().any(|r| path.starts_with(r))
}

/// Rule 5: fields of structs and enums whose type holds references inside a container.
fn hidden_references(source: &Source, code: &str, bad: &mut Vec<String>) {
    let original: Vec<&str> = source.text.lines().collect();
    let tests = if is_test_file(&source.path) { 0 } else { tests_from(code) };
    for (number, field) in type_bodies(code) {
        if number >= tests || is_traced(&original, number) {
            continue;
        }
        if let Some(container) = container_of_reference(&field) {
            bad.push(format!(
                "{}:{}: a {container} hides references from the collector; keep them in a heap \
                 object, or say above the field `// TRACED: how`",
                source.path,
                number + 1
            ));
        }
    }
}

/// Whether the field's line or the comment right above it says who traces it.
fn is_traced(lines: &[&str], number: usize) -> bool {
    let says = |line: &str| {
        line.split_once("// TRACED:").is_some_and(|(_, reason)| !reason.trim().is_empty())
    };
    if says(lines[number]) {
        return true;
    }
    let above = lines[..number].iter().rev();
    above.take_while(|l| l.trim_start().starts_with("//")).any(|l| says(l))
}

/// The lines inside `struct` and `enum` definitions, with their numbers.
fn type_bodies(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut depth = 0i32; // Of brackets, inside a definition.
    let mut inside = false;
    for (number, line) in code.lines().enumerate() {
        let mut words = line.split_whitespace().skip_while(|w| w.starts_with("pub"));
        if !inside && !matches!(words.next(), Some("struct" | "enum")) {
            continue;
        }
        inside = true;
        found.push((number, line.to_string()));
        let change = |c| match c {
            '{' | '(' => 1,
            '}' | ')' => -1,
            _ => 0,
        };
        depth += line.chars().map(change).sum::<i32>();
        let closed = line.trim_end().ends_with([';', '}']) || line.contains('}');
        if depth <= 0 && closed {
            (inside, depth) = (false, 0);
        }
    }
    found
}

/// The first container on a line that has a reference type among its arguments.
fn container_of_reference(line: &str) -> Option<&'static str> {
    CONTAINERS.iter().copied().find(|name| {
        line.match_indices(name).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let rest = &line[at + name.len()..];
            let whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
            whole && rest.starts_with('<') && has_reference(argument(rest))
        })
    })
}

/// `<...>` at the beginning of `text`, with the brackets inside balanced.
fn argument(text: &str) -> &str {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

fn has_reference(text: &str) -> bool {
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.any(|w| REFERENCES.contains(&w)) && !text.contains("fn(")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rust(path: &str, text: &str) -> Vec<String> {
        check_rust(&[Source { path: path.to_string(), text: text.to_string() }])
    }

    #[test]
    fn heads_sizes_and_columns() {
        assert!(rust("ci/src/a.rs", "//! Good.\nfn f() {}\n").is_empty());
        assert_eq!(rust("ci/src/a.rs", "fn f() {}\n").len(), 1);
        let long = format!("//! Long.\n{}", "fn f() {}\n".repeat(1000));
        assert_eq!(rust("ci/src/a.rs", &long).len(), 1);
        let table = long.replacen("Long.", "Long.\n//! kind: table", 1);
        assert!(rust("ci/src/a.rs", &table).is_empty());
        assert_eq!(rust("ci/src/a.rs", "//! Odd.\n//! kind: novel\n").len(), 1);
        let wide = format!("//! W.\nfn f() {{ {} }}\n", "g(); ".repeat(30));
        assert_eq!(rust("ci/src/a.rs", &wide).len(), 1);
        let literal = format!("//! W.\nconst A: &str = \"{}\";\n", "x".repeat(120));
        assert!(rust("ci/src/a.rs", &literal).is_empty());
    }

    #[test]
    fn safe_rooms_say_so() {
        assert_eq!(rust("ir/src/lib.rs", "//! IR.\n").len(), 1);
        assert!(rust("ir/src/lib.rs", "//! IR.\n#![forbid(unsafe_code)]\n").is_empty());
        assert!(rust("vm/core/src/lib.rs", "//! Core.\n").is_empty());
    }

    #[test]
    fn words_that_do_not_belong() {
        let note = concat!("// TO", "DO: later");
        assert_eq!(rust("ci/src/a.rs", &format!("//! A.\n{note}\n")).len(), 1);
        assert_eq!(rust("ci/src/a.rs", "//! A.\n#[ignore]\nfn f() {}\n").len(), 1);
        assert_eq!(rust("ci/src/a.rs", "//! A.\nfn f() { x.unwrap() }\n").len(), 1);
        let in_test = "//! A.\n#[cfg(test)]\nmod tests { fn f() { x.unwrap() } }\n";
        assert!(rust("ci/src/a.rs", in_test).is_empty());
        assert!(rust("ci/tests/a.rs", "//! A.\nfn f() { x.unwrap() }\n").is_empty());
    }

    #[test]
    fn references_do_not_hide() {
        let see = |text: &str| rust("vm/core/src/a.rs", &format!("//! A.\n{text}\n")).len();
        assert_eq!(see("struct A {\n    items: Vec<Value>,\n}"), 1);
        assert_eq!(see("pub(crate) struct A(Box<[Value]>);"), 1);
        assert_eq!(
            see(
                "enum A {\n    B(Option<Rc<RefCell<Value>>>),\n    C { d: HashMap<u8, Gc<Str>> },\n}"
            ),
            2
        );
        assert_eq!(see("struct A {\n    // TRACED: by the frame\n    items: Vec<Value>,\n}"), 0);
        assert_eq!(see("struct A {\n    // TRACED:\n    items: Vec<Value>,\n}"), 1);
        assert_eq!(see("struct A {\n    items: Vec<ValueKind>,\n    v: Value,\n}"), 0);
        assert_eq!(see("fn f() {\n    let v: Vec<Value> = g();\n}"), 0);
        assert_eq!(see("struct A;\nfn f() -> Vec<Value> {\n    g()\n}"), 0);
        assert_eq!(see("struct A {\n    f: Box<dyn Fn(u8)>,\n    g: Vec<fn(Value)>,\n}"), 0);
        assert_eq!(rust("vm/heap/src/a.rs", "//! A.\nstruct A(Vec<Value>);\n").len(), 0);
    }

    #[test]
    fn documents_are_linked() {
        let page = |path: &str, text: &str| Source { path: path.into(), text: text.into() };
        let index = page("docs/ARCHITECTURE.md", "[t](testing.md) [d](decisions/1.md#x)");
        let pages = [page("docs/testing.md", ""), page("docs/decisions/1.md", ""), index];
        assert!(check_docs(&pages).is_empty());
        assert_eq!(check_docs(&pages[..2]).len(), 2);
        assert_eq!(check_docs(&[page("README.md", concat!("FIX", "ME"))]).len(), 1);
    }
}
