//! Language tests: Python programs with the output that CPython 3.14 gives.
//!
//! `tests/lang/CHAPTER/name.py` is a test; beside it lie `name.out` (standard output, required), and where
//! they matter `name.err` (error output; absent = empty), `name.exit` (exit code; absent = 0), `name.args`
//! (command-line arguments) and `name.in` (standard input). Files and folders whose name begins with `_` are
//! helpers of tests. The path of `tests/lang` is cut out of what a program prints, so that tracebacks compare.
//!
//! Tests known to fail are listed with reasons in `expected-failures.txt` (`expected.rs`).
//!
//! Expected files are only ever written by `--bless-with CPYTHON`, never by hand and never by pyrs.

use crate::diff::diff;
use crate::expected::Expected;
use crate::interpreter::Interpreter;
use crate::process::{self, End, Outcome};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, io, thread};

/// What to run and how.
#[derive(Debug)]
pub struct Options {
    /// The folder with the chapters.
    pub root: PathBuf,
    pub interpreter: Interpreter,
    /// Only tests whose path contains one of these; empty = all.
    pub filters: Vec<String>,
    pub jobs: usize,
    /// Time limit of one program.
    pub limit: Duration,
    /// Write the expected files instead of comparing.
    pub bless: bool,
    /// Tests that have to fail.
    pub expected: Expected,
}

/// Counts of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

/// Everything that a program shows to the outside.
#[derive(PartialEq, Eq, Debug, Default)]
struct Shown {
    out: String,
    err: String,
    exit: i32,
}

/// Runs the tests and prints the failed ones.
pub fn run(options: &Options) -> io::Result<Tally> {
    let mut tests = Vec::new();
    find(&options.root, &options.root, &mut tests)?;
    tests.sort();
    tests.retain(|t| {
        let name = t.to_string_lossy();
        options.filters.is_empty() || options.filters.iter().any(|f| name.contains(f.as_str()))
    });
    if tests.is_empty() {
        return Err(io::Error::other(format!("no language test matches {:?}", options.filters)));
    }
    let view = options.interpreter.view(&options.root, "lang")?;
    let (next, tally) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                while let Some(test) = tests.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let verdict = options.expected.judge(test, one(options, &view, test));
                    let mut tally = tally.lock().expect("no thread panics while counting");
                    match verdict {
                        Ok(()) => tally.passed += 1,
                        Err(why) => {
                            tally.failed += 1;
                            say!("FAILED {}\n{}", test.display(), why.trim_end());
                        }
                    }
                }
            });
        }
    });
    Ok(tally.into_inner().expect("no thread panics while counting"))
}

/// Collects the tests below `dir`, relative to `root`.
fn find(root: &Path, dir: &Path, tests: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('_') || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            find(root, &path, tests)?;
        } else if name.ends_with(".py") {
            tests.push(path.strip_prefix(root).expect("found below the root").to_path_buf());
        }
    }
    Ok(())
}

/// Runs one test; the error is what to show.
fn one(options: &Options, view: &Path, test: &Path) -> Result<(), String> {
    let file = options.root.join(test);
    let read = |ext: &str| fs::read(file.with_extension(ext)).unwrap_or_default();
    let inside = view.join(test);
    let mut command = options.interpreter.command(inside.parent());
    command.arg(inside.file_name().unwrap_or_default());
    command.args(String::from_utf8_lossy(&read("args")).split_whitespace());
    // Nothing of the caller's set-up may change what a program prints.
    for (key, _) in std::env::vars_os().filter(|(k, _)| k.to_string_lossy().starts_with("PYTHON")) {
        command.env_remove(key);
    }
    command.envs([("LC_ALL", "C.UTF-8"), ("TZ", "UTC"), ("COLUMNS", "80"), ("NO_COLOR", "1")]);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    // Nobody waits long for what is known to fail.
    let listed = options.expected.reason(test).is_some();
    let limit = if listed { options.limit / 6 } else { options.limit };
    let outcome = process::run(&mut command, &read("in"), Some(limit))
        .map_err(|e| format!("    cannot start: {e}"))?;
    let exit = match outcome.end {
        End::Exit(code) => code,
        End::Signal(signal) => {
            return Err(format!("    killed by signal {signal}\n{}", tail(&outcome)));
        }
        End::TimedOut => {
            return Err(format!("    over {} s\n{}", limit.as_secs(), tail(&outcome)));
        }
    };
    let prefix = format!("{}/", view.display());
    let clean = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&prefix, "");
    let got = Shown { out: clean(&outcome.stdout), err: clean(&outcome.stderr), exit };
    if options.bless {
        return bless(&file, &got).map_err(|e| format!("    {e}"));
    }
    compare(&expected(&file)?, &got)
}

/// The end of what a program printed before it died.
fn tail(outcome: &Outcome) -> String {
    let text = String::from_utf8_lossy(&outcome.stderr);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(8);
    lines[from..].iter().map(|l| format!("    | {l}\n")).collect()
}

fn expected(file: &Path) -> Result<Shown, String> {
    let read = |ext: &str| fs::read_to_string(file.with_extension(ext));
    let out =
        read("out").map_err(|_| "    no .out file beside it (see --bless-with)".to_string())?;
    let exit = match read("exit") {
        Ok(text) => text.trim().parse().map_err(|_| "    .exit is not a number".to_string())?,
        Err(_) => 0,
    };
    Ok(Shown { out, err: read("err").unwrap_or_default(), exit })
}

fn compare(want: &Shown, got: &Shown) -> Result<(), String> {
    if want == got {
        return Ok(());
    }
    let mut why = String::new();
    if want.exit != got.exit {
        why += &format!("    exit code {} instead of {}\n", got.exit, want.exit);
    }
    for (name, want, got) in
        [("output", &want.out, &got.out), ("error output", &want.err, &got.err)]
    {
        if want != got {
            why += &format!("    {name}:\n{}", diff(want, got));
        }
    }
    Err(why)
}

/// Writes what was shown as the expectation; files that would say nothing are removed.
fn bless(file: &Path, got: &Shown) -> io::Result<()> {
    fs::write(file.with_extension("out"), &got.out)?;
    let exit = if got.exit == 0 { String::new() } else { format!("{}\n", got.exit) };
    for (ext, text) in [("err", &got.err), ("exit", &exit)] {
        let path = file.with_extension(ext);
        if !text.is_empty() {
            fs::write(path, text)?;
        } else if path.exists() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of tests for a "Python" that is really the shell.
    fn with_tests(name: &str, files: &[(&str, &str)], check: impl Fn(&mut Options)) {
        let root = std::env::temp_dir().join(format!("pyrs-ci-{}-{name}", std::process::id()));
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("below the root")).expect("created");
            fs::write(path, text).expect("written");
        }
        let interpreter = Interpreter::parse("sh", "sh").expect("parses");
        let limit = Duration::from_secs(20);
        let filters = Vec::new();
        check(&mut Options {
            root: root.clone(),
            interpreter,
            filters,
            jobs: 2,
            limit,
            bless: false,
            expected: Expected::default(),
        });
        fs::remove_dir_all(root).expect("removed");
    }

    #[test]
    fn passes_fails_and_filters() {
        let files = [
            ("a/good.py", "read x; echo $x $1; echo bad >&2; exit 3"),
            ("a/good.in", "in\n"),
            ("a/good.args", "arg"),
            ("a/good.out", "in arg\n"),
            ("a/good.err", "bad\n"),
            ("a/good.exit", "3\n"),
            ("a/wrong.py", "echo 1"),
            ("a/wrong.out", "2\n"),
            ("a/noisy.py", "echo 1; echo 2 >&2"),
            ("a/noisy.out", "1\n"),
            ("a/unblessed.py", "echo 1"),
            ("a/killed.py", "kill -SEGV $$"),
            ("a/killed.out", ""),
            ("a/_helper.py", "exit 1"),
            ("_folder/x.py", "exit 1"),
        ];
        with_tests("verdicts", &files, |options| {
            assert_eq!(run(options).expect("runs"), Tally { passed: 1, failed: 4 });
            let list = "a/good.py it passes\na/wrong.py known\na/killed.py known\n";
            fs::write(options.root.join(crate::expected::FILE), list).expect("written");
            options.expected = Expected::read(&options.root, None).expect("a good list");
            assert_eq!(run(options).expect("runs"), Tally { passed: 2, failed: 3 });
            options.expected = Expected::default();
            options.filters = vec!["a/good".to_string()];
            assert_eq!(run(options).expect("runs"), Tally { passed: 1, failed: 0 });
            options.filters = vec!["nothing".to_string()];
            assert!(run(options).is_err());
        });
    }

    #[test]
    fn a_program_over_the_limit_fails() {
        with_tests("limit", &[("x.py", "sleep 60"), ("x.out", "")], |options| {
            options.limit = Duration::from_millis(50);
            assert_eq!(run(options).expect("runs"), Tally { passed: 0, failed: 1 });
        });
    }

    #[test]
    fn blessing_writes_what_then_passes() {
        let files = [("x.py", "pwd; exit 2"), ("x.err", "stale\n"), ("y.py", "pwd")];
        with_tests("bless", &files, |options| {
            options.bless = true;
            assert_eq!(run(options).expect("runs"), Tally { passed: 2, failed: 0 });
            assert!(!options.root.join("x.err").exists() && !options.root.join("y.exit").exists());
            options.bless = false;
            assert_eq!(run(options).expect("runs"), Tally { passed: 2, failed: 0 });
        });
    }
}
