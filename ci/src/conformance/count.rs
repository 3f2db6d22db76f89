//! Counts the test methods of a module from its source, for modules that die before they tell.
//!
//! A class counts when one of its bases, however far up, is a `TestCase`; it has its own test methods and those
//! of its bases. Bases named `module.Class` are looked up in the neighbouring source file. Methods made at run
//! time are not seen, so this is an estimate; it is only used for what never ran.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A class as its source shows it.
#[derive(Clone, Debug, Default)]
struct Class {
    bases: Vec<String>,
    methods: BTreeSet<String>,
}

/// The classes of a module; names of other modules' classes are `module.Class`.
#[derive(Clone, Debug, Default)]
pub(super) struct Classes {
    all: BTreeMap<String, Class>,
    /// Classes of the module itself.
    own: BTreeSet<String>,
}

/// The number of test methods in a module of the folder `tests`.
pub(super) fn methods(tests: &Path, module: &str) -> usize {
    classes(tests, module).total()
}

/// Reads a module (or every file of a package) and the neighbours that its bases are in.
pub(super) fn classes(tests: &Path, module: &str) -> Classes {
    let mut classes = Classes::default();
    for source in sources(tests, module) {
        for (name, class) in read(&source) {
            classes.own.insert(name.clone());
            classes.all.insert(name, class);
        }
    }
    let mut asked = BTreeSet::new();
    while let Some(neighbour) = classes.missing_module(&asked) {
        for source in sources(tests, &neighbour) {
            for (name, mut class) in read(&source) {
                // Bases without a dot are in the neighbour itself, if it has them.
                for base in class.bases.iter_mut().filter(|b| !b.contains('.')) {
                    if base != "TestCase" && base != "object" {
                        *base = format!("{neighbour}.{base}");
                    }
                }
                classes.all.insert(format!("{neighbour}.{name}"), class);
            }
        }
        asked.insert(neighbour);
    }
    classes
}

fn sources(tests: &Path, module: &str) -> Vec<String> {
    let file = tests.join(format!("{module}.py"));
    if let Ok(bytes) = fs::read(file) {
        return vec![String::from_utf8_lossy(&bytes).into_owned()];
    }
    let Ok(entries) = fs::read_dir(tests.join(module)) else { return Vec::new() };
    let files =
        entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|x| x == "py"));
    files
        .filter_map(|p| fs::read(p).ok())
        .map(|b| String::from_utf8_lossy(&b).into_owned())
        .collect()
}

impl Classes {
    #[cfg(test)]
    pub(super) fn from_source(source: &str) -> Classes {
        let all: BTreeMap<String, Class> = read(source).into_iter().collect();
        Classes { own: all.keys().cloned().collect(), all }
    }

    /// Test methods of all test classes of the module.
    pub(super) fn total(&self) -> usize {
        self.own.iter().map(|name| self.own(name)).sum()
    }

    /// Test methods of one class, inherited ones included; 0 unless it is a test class.
    pub(super) fn own(&self, name: &str) -> usize {
        let (mut methods, mut is_test) = (BTreeSet::new(), false);
        self.collect(name, &mut methods, &mut is_test, 0);
        if is_test { methods.len() } else { 0 }
    }

    fn collect(&self, name: &str, methods: &mut BTreeSet<String>, is_test: &mut bool, depth: u32) {
        let Some(class) = self.all.get(name) else { return };
        methods.extend(class.methods.iter().cloned());
        for base in &class.bases {
            *is_test |= base.rsplit('.').next().is_some_and(|b| b.ends_with("TestCase"));
            // A class cannot be its own base; the limit is for sources that are not what they seem.
            if depth < 20 {
                self.collect(base, methods, is_test, depth + 1);
            }
        }
    }

    /// A module that a base comes from and that has not been read.
    fn missing_module(&self, asked: &BTreeSet<String>) -> Option<String> {
        let bases = self.all.values().flat_map(|c| &c.bases);
        let mut modules = bases.filter_map(|b| b.rsplit_once('.')).map(|(m, _)| m.to_string());
        modules.find(|m| m != "unittest" && !m.contains('.') && !asked.contains(m))
    }
}

/// The classes at the top level of a source (also inside `if` and `try`), with their test methods.
fn read(source: &str) -> Vec<(String, Class)> {
    let mut found: Vec<(String, Class)> = Vec::new();
    let mut open: Option<(usize, Option<usize>)> = None; // Indents of the class and of its body.
    let mut top = ""; // The last line at the left margin.
    let source = without_long_strings(source);
    let mut lines = source.lines().peekable();
    while let Some(line) = lines.next() {
        let code = line.trim_start();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let indent = line.len() - code.len();
        if indent == 0 {
            top = code;
        }
        // Classes in functions are not collected, nor those of a file run as a program.
        let hidden = ["def ", "async def ", "if __name__"].iter().any(|h| top.starts_with(h));
        let in_function = indent > 0 && hidden;
        if let Some((class_indent, body)) = &mut open {
            if indent <= *class_indent && !code.starts_with(')') {
                open = None;
            } else if body.is_none() {
                *body = Some(indent);
            }
        }
        match open {
            None if code.starts_with("class ") && indent <= 4 && !in_function => {
                let mut header = code.to_string();
                while !header.trim_end().ends_with(':')
                    && lines.peek().is_some()
                    && !header.contains("):")
                {
                    header += lines.next().unwrap_or_default().trim();
                }
                if let Some(class) = read_header(&header) {
                    found.push(class);
                    open = Some((indent, None));
                }
            }
            Some((_, Some(body))) if indent == body => {
                let method = code.strip_prefix("async ").unwrap_or(code).strip_prefix("def test");
                if let (Some(rest), Some((_, class))) = (method, found.last_mut()) {
                    class.methods.insert(rest.split('(').next().unwrap_or(rest).to_string());
                }
            }
            _ => {}
        }
    }
    found
}

/// The source with the insides of triple-quoted strings removed: they look like code and stand at the margin.
fn without_long_strings(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    loop {
        let starts = ["\"\"\"", "'''"].map(|q| rest.find(q).map(|at| (at, q)));
        let Some((at, quote)) = starts.into_iter().flatten().min() else { break };
        out.push_str(&rest[..at]);
        let inside = &rest[at + 3..];
        rest = inside.find(quote).map_or("", |end| &inside[end + 3..]);
    }
    out + rest
}

/// `class Name(base, base, key=value):`.
fn read_header(header: &str) -> Option<(String, Class)> {
    let rest = header.strip_prefix("class ")?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    let (name, rest) = rest.split_at(end);
    let inside = rest.strip_prefix('(').and_then(|r| r.rsplit_once(')')).map_or("", |(i, _)| i);
    let bases = inside.split(',').map(str::trim).filter(|b| !b.is_empty() && !b.contains('='));
    let class = Class { bases: bases.map(String::from).collect(), methods: BTreeSet::new() };
    Some((name.to_string(), class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_test_classes_are_counted_with_their_bases() {
        let source = "\
class Mixin:
    def test_shared(self):
        def test_inner(): pass
    def helper(self): pass
class A(Mixin, unittest.TestCase):
    def test_a(self): pass
    async def test_b(self): pass
    class Nested:
        def test_not(self): pass
class B(A):
    def test_a(self): pass
class C(
    Mixin,
    TestCase,
):
    x = 1
    def test_c(self): pass
if cond:
    class D(unittest.TestCase):
        def test_d(self): pass
class Plain: pass
def test_function(): pass
def factory():
    class E(unittest.TestCase):
        def test_e(self): pass
class F(unittest.TestCase):
    def test_f(self):
        text = \"\"\"
class G(unittest.TestCase):
    def test_g(self): pass
\"\"\"
    def test_h(self): pass
";
        let classes = Classes::from_source(source);
        assert_eq!((classes.own("Mixin"), classes.own("A"), classes.own("B")), (0, 3, 3));
        assert_eq!((classes.own("C"), classes.own("D"), classes.own("Plain")), (2, 1, 0));
        assert_eq!(classes.own("F"), 2);
        assert_eq!(classes.total(), 11);
    }

    #[test]
    fn bases_in_neighbours_are_read() {
        let dir = std::env::temp_dir().join(format!("pyrs-ci-count-{}", std::process::id()));
        fs::create_dir_all(&dir).expect("created");
        let write = |name: &str, text: &str| fs::write(dir.join(name), text).expect("written");
        write(
            "common.py",
            "class Base(unittest.TestCase):\n    def test_1(self): pass\nclass More(Base):\n    def test_2(self): pass\n",
        );
        write("test_m.py", "class T(common.More):\n    def test_3(self): pass\n");
        assert_eq!(methods(&dir, "test_m"), 3);
        assert_eq!(methods(&dir, "test_absent"), 0);
        fs::remove_dir_all(dir).expect("removed");
    }
}
