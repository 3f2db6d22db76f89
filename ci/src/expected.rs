//! The ratchet of the language tests: which tests are known to fail, and why.
//!
//! `tests/lang/expected-failures.txt` has one line per test, `PATH REASON`; `#` begins a comment. Lines hold
//! for every CPU, those below a line `[NAME]` only for the CPU of that short name (see `matrix.rs`). A listed
//! test has to fail: one that passes must leave the list, so the list can only get shorter unnoticed, never
//! longer. The list is about pyrs and is not read when another interpreter is tried with `PYRS`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The name of the list inside the folder of tests.
pub const FILE: &str = "expected-failures.txt";

/// Tests that are expected to fail, with the reasons.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Expected {
    reasons: BTreeMap<PathBuf, String>,
}

impl Expected {
    /// The list of a folder of tests for a CPU (`None`: this machine); empty when there is no file.
    ///
    /// Fails on a line that is malformed, repeated, or names no test.
    pub fn read(root: &Path, target: Option<&str>) -> io::Result<Expected> {
        let path = root.join(FILE);
        if !path.exists() {
            return Ok(Expected::default());
        }
        let expected = Expected::parse(&fs::read_to_string(&path)?, target)
            .map_err(|why| io::Error::other(format!("{}: {why}", path.display())))?;
        match expected.reasons.keys().find(|test| !root.join(test).is_file()) {
            Some(gone) => Err(io::Error::other(format!(
                "{}: {}: there is no such test",
                path.display(),
                gone.display()
            ))),
            None => Ok(expected),
        }
    }

    fn parse(text: &str, target: Option<&str>) -> Result<Expected, String> {
        let mut expected = Expected::default();
        let mut applies = true;
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                applies = target == Some(name);
                continue;
            }
            let Some((test, reason)) = line.split_once(char::is_whitespace) else {
                return Err(format!("line {}: no reason given for {line}", number + 1));
            };
            let old = if applies {
                expected.reasons.insert(PathBuf::from(test), reason.trim().to_string())
            } else {
                None
            };
            if old.is_some() {
                return Err(format!("line {}: {test} is listed twice", number + 1));
            }
        }
        Ok(expected)
    }

    /// Why the test (a path below the folder of tests) is expected to fail, if it is.
    pub fn reason(&self, test: &Path) -> Option<&str> {
        self.reasons.get(test).map(String::as_str)
    }

    /// The verdict on a test, given that of comparing its output: a listed test has to fail.
    pub fn judge(&self, test: &Path, verdict: Result<(), String>) -> Result<(), String> {
        match (self.reason(test), verdict) {
            (Some(reason), Ok(())) => Err(format!(
                "    it passes: remove it from {FILE} (it was there because: {reason})"
            )),
            (Some(_), Err(_)) => Ok(()),
            (None, verdict) => verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# all\na/x.py  no sockets\n\n[armv7]\na/y.py 32 bits\n";

    #[test]
    fn sections_are_for_one_cpu() {
        let native = Expected::parse(LIST, None).expect("good");
        assert_eq!(native.reason(Path::new("a/x.py")), Some("no sockets"));
        assert_eq!(native.reason(Path::new("a/y.py")), None);
        let arm = Expected::parse(LIST, Some("armv7")).expect("good");
        assert_eq!(arm.reason(Path::new("a/x.py")), Some("no sockets"));
        assert_eq!(arm.reason(Path::new("a/y.py")), Some("32 bits"));
    }

    #[test]
    fn bad_lists_are_refused() {
        assert!(Expected::parse("a/x.py\n", None).is_err());
        assert!(Expected::parse("a/x.py one\na/x.py two\n", None).is_err());
        let root = std::env::temp_dir().join(format!("pyrs-ci-{}-expected", std::process::id()));
        fs::create_dir_all(&root).expect("created");
        assert_eq!(Expected::read(&root, None).expect("no list"), Expected::default());
        fs::write(root.join(FILE), "gone.py reason\n").expect("written");
        assert!(Expected::read(&root, None).is_err());
        fs::write(root.join("gone.py"), "").expect("written");
        assert!(Expected::read(&root, None).is_ok());
        fs::remove_dir_all(root).expect("removed");
    }

    #[test]
    fn a_listed_test_has_to_fail() {
        let list = Expected::parse(LIST, None).expect("good");
        let bad = || Err("different".to_string());
        assert!(list.judge(Path::new("a/x.py"), bad()).is_ok());
        assert!(list.judge(Path::new("a/x.py"), Ok(())).is_err());
        assert!(list.judge(Path::new("a/z.py"), bad()).is_err());
        assert!(list.judge(Path::new("a/z.py"), Ok(())).is_ok());
    }
}
