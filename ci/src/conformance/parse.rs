//! Reads the output of `unittest -v` and counts test methods.
//!
//! A test's report begins with `name (module.Class.name)` at the start of a line and lasts to the next one; its
//! verdict ends a line in between, perhaps after a line of its docstring or other output. A subtest that
//! fails prints lines of its own, indented, and the method then has no verdict: it failed.

use super::count::Classes;
use std::collections::BTreeSet;

/// What became of a module's test methods.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
    /// Why the module did not run to its end.
    pub(super) trouble: Option<String>,
}

impl Tally {
    /// A module of which nothing ran.
    pub(super) fn lost(methods: usize, trouble: &str) -> Tally {
        Tally { failed: methods.max(1), trouble: Some(trouble.to_string()), ..Tally::default() }
    }

    /// Share of passed methods in percent; skipped ones do not count.
    pub(super) fn percent(&self) -> f64 {
        let counted = self.passed + self.failed;
        if counted == 0 { 100.0 } else { 100.0 * self.passed as f64 / counted as f64 }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Verdict {
    Passed,
    Failed,
    Skipped,
}

/// Counts the methods in `text`. `ended` says how a process died; `classes` what the sources promise, for
/// the methods that never ran.
pub(super) fn tally(text: &str, ended: Option<String>, classes: &Classes) -> Tally {
    let mut tally = Tally { trouble: ended, ..Tally::default() };
    let mut lost_classes = BTreeSet::new();
    for report in reports(text) {
        if report.name == "setUpClass" || report.name == "setUpModule" {
            if report.verdict() == Verdict::Skipped {
                tally.skipped += classes.own(report.class()).max(1);
            } else if lost_classes.insert(report.path) {
                tally.failed += classes.own(report.class()).max(1);
            }
            continue;
        }
        if report.path.contains("_FailedTest") {
            let why = import_error(text);
            return Tally::lost(classes.total(), &why);
        }
        match report.verdict() {
            Verdict::Passed => tally.passed += 1,
            Verdict::Failed => tally.failed += 1,
            Verdict::Skipped => tally.skipped += 1,
        }
    }
    let seen = tally.passed + tally.failed + tally.skipped;
    let finished = text.lines().any(|l| l.starts_with("Ran ") && l.contains(" test"));
    if !finished {
        tally.failed += classes.total().saturating_sub(seen);
        if tally.passed + tally.failed + tally.skipped == 0 {
            tally.failed = 1;
        }
        let last = || text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("no output");
        tally.trouble.get_or_insert_with(|| shorten(last()));
    }
    tally
}

/// The error behind a module that could not be imported.
fn import_error(text: &str) -> String {
    let error = text.lines().rev().find(|l| {
        let word = l.split([':', ' ']).next().unwrap_or("");
        word.ends_with("Error") || word.ends_with("Exception")
    });
    shorten(&format!("import: {}", error.unwrap_or("failed")))
}

fn shorten(text: &str) -> String {
    text.trim().chars().take(100).collect()
}

/// One test's part of the output.
struct Report<'a> {
    name: &'a str,
    /// What stands in the parentheses.
    path: &'a str,
    lines: Vec<&'a str>,
}

impl Report<'_> {
    fn class(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    fn verdict(&self) -> Verdict {
        let subtest_failed =
            self.lines.iter().skip(1).any(|l| {
                l.starts_with("  ") && (l.ends_with("... FAIL") || l.ends_with("... ERROR"))
            });
        if subtest_failed {
            return Verdict::Failed;
        }
        self.lines.iter().rev().find_map(|l| verdict_of(l)).unwrap_or(Verdict::Failed)
    }
}

/// The verdict at the end of a line. After `... ` comes the verdict itself, unless the test printed something:
/// then it stands on a line of its own, or behind what was printed without a line end.
fn verdict_of(line: &str) -> Option<Verdict> {
    let tail = line.rsplit_once("... ").map_or(line, |(_, tail)| tail);
    if tail.starts_with("skipped ") {
        return Some(Verdict::Skipped);
    }
    for (word, verdict) in [
        ("unexpected success", Verdict::Failed),
        ("expected failure", Verdict::Passed),
        ("FAIL", Verdict::Failed),
        ("ERROR", Verdict::Failed),
        ("ok", Verdict::Passed),
    ] {
        if tail == word || line.ends_with(&format!(" {word}")) {
            return Some(verdict);
        }
    }
    None
}

/// Splits the output; the part from the first `=====` or `-----` line on is not about single tests.
fn reports(text: &str) -> Vec<Report<'_>> {
    let mut found: Vec<Report<'_>> = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        if line.len() >= 70 && (line.chars().all(|c| c == '=') || line.chars().all(|c| c == '-')) {
            break;
        }
        let doctest = lines.peek().is_some_and(|l| l.starts_with("Doctest: "));
        match start_of(line, doctest) {
            Some((name, path)) => found.push(Report { name, path, lines: vec![line] }),
            None => {
                if let Some(report) = found.last_mut() {
                    report.lines.push(line);
                }
            }
        }
    }
    found
}

/// `test_name (package.module.Class.test_name)` at the start of a line; `setUpClass (package.module.Class)`.
/// Doctests have `name (module)` and a line `Doctest: ...` after it.
fn start_of(line: &str, doctest: bool) -> Option<(&str, &str)> {
    if doctest && line.starts_with('/') {
        return Some((line, line)); // A text file of examples.
    }
    let (name, rest) = line.split_once(" (")?;
    let (path, after) = rest.split_once(')')?;
    let word = |s: &str| !s.is_empty() && s.chars().all(|c| c.is_alphanumeric() || c == '_');
    let dotted = path.split('.').all(|part| word(part) || part == "<locals>");
    let good = word(name.rsplit('.').next()?) && dotted && (doctest || path.contains('.'));
    (good && (after.is_empty() || after.starts_with(" ..."))).then_some((name, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: &str = "\n----------------------------------------------------------------------\nRan 1 test in 0.1s\n";

    fn read(text: &str) -> (usize, usize, usize) {
        let t = tally(&(text.to_string() + END), None, &Classes::default());
        (t.passed, t.failed, t.skipped)
    }

    #[test]
    fn plain_verdicts() {
        let text = "test_a (test.m.C.test_a) ... ok\ntest_b (test.m.C.test_b) ... FAIL\n\
                    test_c (test.m.C.test_c) ... ERROR\ntest_d (test.m.C.test_d) ... skipped 'why'\n\
                    test_e (test.m.C.test_e) ... expected failure\n\
                    test_f (test.m.C.test_f) ... unexpected success\n";
        assert_eq!(read(text), (2, 3, 1));
    }

    #[test]
    fn docstrings_and_output_in_between() {
        let text = "test_a (test.m.C.test_a)\nWhat it does. ... ok\n\
                    test_b (test.m.C.test_b) ... something printed\nok\n\
                    test_c (test.m.C.test_c) ... printed without end ok\n\
                    test_d (test.m.C.test_d) ... Traceback (most recent call last):\n  File x\nERROR\n";
        assert_eq!(read(text), (3, 1, 0));
    }

    #[test]
    fn doctests_are_tests() {
        let text = "bin (builtins)\nDoctest: builtins.bin ... ok\nnot (a test)\nx (m)\nDoctest: x ... FAIL\n";
        assert_eq!(read(text), (1, 1, 0));
    }

    #[test]
    fn a_failed_subtest_fails_its_method_once() {
        let text = "test_a (test.m.C.test_a) ... \n  test_a (test.m.C.test_a) (i=1) ... FAIL\n  \
                    test_a (test.m.C.test_a) [x] (i=2) ... ERROR\ntest_b (test.m.C.test_b) ... ok\n";
        assert_eq!(read(text), (1, 1, 0));
        let skipped =
            "test_a (test.m.C.test_a) ... \n  test_a (test.m.C.test_a) (i=1) ... skipped 'x'\nok\n";
        assert_eq!(read(skipped), (1, 0, 0));
    }

    #[test]
    fn what_did_not_run_is_failed() {
        let classes = Classes::from_source(
            "class A(unittest.TestCase):\n    def test_a(self): pass\n    def test_b(self): pass\n",
        );
        let dead = tally("test_a (test.m.A.test_a) ... ", Some("killed".into()), &classes);
        assert_eq!((dead.passed, dead.failed), (0, 2));
        let import = "test_m (unittest.loader._FailedTest.test_m) ... ERROR\n\n\
                      ImportError: no module x\n";
        let lost = tally(import, None, &classes);
        assert_eq!(
            (lost.failed, lost.trouble.as_deref()),
            (2, Some("import: ImportError: no module x"))
        );
        let setup = format!("setUpClass (test.m.A) ... ERROR\n{END}");
        assert_eq!(tally(&setup, None, &classes).failed, 2);
        assert_eq!(tally("Segmentation fault", None, &Classes::default()).failed, 1);
    }

    #[test]
    fn percent_leaves_out_skipped() {
        let t = Tally { passed: 3, failed: 1, skipped: 6, trouble: None };
        assert_eq!(t.percent(), 75.0);
    }
}
