//! `ci/conformance`: CPython's own test modules under pyrs, counted method by method.
//!
//! The modules are not ours and not in this repository: the folder that holds them is named on the command line
//! (on Debian: the `test` folder of the package `libpython3.14-testsuite`). Each module runs in a process of
//! its own, `pyrs -m unittest -v test.MODULE`, with a time limit and an empty working folder. Next to the tests lie
//! stand-ins of ours for the C modules that some of them import (`ci/conformance.d`). What is known of
//! a failure goes by hand into `ci/conformance-reasons.txt`; the table in `docs/conformance.md` is written here.

mod count;
mod parse;
mod table;

use crate::house;
use crate::interpreter::Interpreter;
use crate::process::{self, End};
use parse::Tally;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{fs, io, os, thread};

const USAGE: &str = "\
usage: ci/conformance DIR [module...] [options]
  DIR               CPython's `test` folder (with test/support in it)
  --with COMMAND    the interpreter (default: pyrs, built with the release profile)
  --profile P       cargo profile for the pyrs that is built
  --limit SECONDS   time limit of a module (default 180)
  --jobs N          modules at a time (default: the number of CPUs)
  --out FILE        where the table goes (default: docs/conformance.md, for pyrs only)
  --logs DIR        where each module's output goes (default: target/conformance)
  --static          print what is counted from the sources, run nothing";

/// The modules whose results the project answers for.
#[rustfmt::skip] // One line per theme reads better than one name per line.
const MODULES: &[&str] = &[
    "test_grammar", "test_builtin",
    "test_int", "test_long", "test_float", "test_complex", "test_bool", "test_str", "test_bytes",
    "test_list", "test_tuple", "test_dict", "test_set", "test_range", "test_slice", "test_iter",
    "test_generators", "test_genexps", "test_listcomps", "test_coroutines", "test_asyncgen",
    "test_class", "test_descr", "test_super", "test_metaclass", "test_property",
    "test_exceptions", "test_except_star", "test_exception_group", "test_raise", "test_with",
    "test_scope", "test_keywordonlyarg", "test_positional_only_arg", "test_extcall",
    "test_unpack", "test_unpack_ex", "test_patma", "test_fstring", "test_format",
    "test_named_expressions", "test_decorators", "test_type_params", "test_dictviews",
    "test_enumerate", "test_compare", "test_richcmp", "test_binop", "test_augassign",
    "test_math", "test_itertools", "test_functools", "test_collections", "test_operator",
    "test_struct", "test_weakref", "test_gc", "test_dataclasses", "test_enum",
    "test_contextlib", "test_copy",
];

#[derive(Debug)]
struct Options {
    tests: PathBuf,
    modules: Vec<String>,
    command: Option<String>,
    profile: String,
    limit: Duration,
    jobs: usize,
    out: Option<PathBuf>,
    logs: Option<PathBuf>,
    only_count: bool,
}

/// Entry of `ci/conformance`. Failing tests are the result, not an error of the run.
pub fn main(args: &[String]) -> Result<bool, String> {
    let Some(o) = parse_args(args)? else { return Ok(true) };
    if !o.tests.join("support").is_dir() {
        return Err(format!("{}: no folder `support` in it\n{USAGE}", o.tests.display()));
    }
    if o.only_count {
        for module in &o.modules {
            say!("{module} {}", count::methods(&o.tests, module));
        }
        return Ok(true);
    }
    let root = house::root();
    let interpreter = match &o.command {
        Some(command) => Interpreter::parse("python", command)?,
        None => {
            let binary = house::build_pyrs(&root, &o.profile)?;
            Interpreter::parse("pyrs", &format!("'{}'", binary.display()))?
        }
    };
    let results = run_all(&o, &interpreter, &root).map_err(|e| e.to_string())?;
    let out = o.out.or_else(|| o.command.is_none().then(|| root.join("docs/conformance.md")));
    let reasons = fs::read_to_string(root.join("ci/conformance-reasons.txt")).unwrap_or_default();
    say!("{}", table::summary(&results));
    if let Some(path) = out {
        let old = fs::read_to_string(&path).unwrap_or_default();
        let text = table::markdown(&old, &results, &table::read_reasons(&reasons), MODULES);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        say!("written: {}", path.display());
    }
    Ok(true)
}

fn parse_args(args: &[String]) -> Result<Option<Options>, String> {
    let mut plain = Vec::new();
    let mut o = Options {
        tests: PathBuf::new(),
        modules: Vec::new(),
        command: None,
        profile: "release".to_string(),
        limit: Duration::from_secs(180),
        jobs: thread::available_parallelism().map_or(2, |n| n.get()),
        out: None,
        logs: None,
        only_count: false,
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().ok_or(format!("{arg} needs a value\n{USAGE}"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{arg} {text}?"));
        match arg.as_str() {
            "--with" => o.command = Some(value()?),
            "--profile" => o.profile = value()?,
            "--limit" => o.limit = Duration::from_secs(number(value()?)?),
            "--jobs" => o.jobs = number(value()?)?.max(1) as usize,
            "--out" => o.out = Some(PathBuf::from(value()?)),
            "--logs" => o.logs = Some(PathBuf::from(value()?)),
            "--static" => o.only_count = true,
            "--help" | "-h" => {
                say!("{USAGE}");
                return Ok(None);
            }
            other if other.starts_with('-') => return Err(format!("unknown {other}\n{USAGE}")),
            other => plain.push(other.to_string()),
        }
    }
    if plain.is_empty() {
        return Err(USAGE.to_string());
    }
    o.tests = PathBuf::from(plain.remove(0));
    o.modules =
        if plain.is_empty() { MODULES.iter().map(|m| m.to_string()).collect() } else { plain };
    Ok(Some(o))
}

/// Runs the modules, several at a time, and prints each result as it comes.
fn run_all(
    o: &Options,
    interpreter: &Interpreter,
    root: &Path,
) -> io::Result<Vec<(String, Tally)>> {
    // Another interpreter has C modules of its own, or is to be measured without.
    let stand_ins = root.join("ci/conformance.d");
    let stand_ins = (o.command.is_none() && stand_ins.is_dir()).then_some(&*stand_ins);
    let stage = Stage::new(interpreter, &o.tests, stand_ins)?;
    let logs = o.logs.clone().unwrap_or_else(|| root.join("target/conformance"));
    fs::create_dir_all(&logs)?;
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..o.jobs {
            scope.spawn(|| {
                while let Some(module) = o.modules.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let tally = match run_module(o, interpreter, &stage, &logs, module) {
                        Ok(tally) => tally,
                        Err(e) => Tally::lost(count::methods(&o.tests, module), &e.to_string()),
                    };
                    say!("{}", table::line(module, &tally));
                    let mut results = results.lock().expect("no thread panics while filing");
                    results.push((module.clone(), tally));
                }
            });
        }
    });
    let mut results = results.into_inner().expect("no thread panics while filing");
    let place = |name: &String| o.modules.iter().position(|m| m == name);
    results.sort_by_key(|(name, _)| place(name));
    Ok(results)
}

/// A folder as the interpreter sees it, with a link `test` to CPython's tests and, for pyrs, the stand-ins of
/// `ci/conformance.d`, so that the tests are importable while the interpreter keeps its own library. Removed at
/// the end.
#[derive(Debug)]
struct Stage {
    outside: PathBuf,
    inside: PathBuf,
}

impl Stage {
    fn new(interpreter: &Interpreter, tests: &Path, stand_ins: Option<&Path>) -> io::Result<Stage> {
        let view = interpreter.view(tests, "conformance")?;
        let inside = std::env::temp_dir().join(format!("pyrs-stage-{}", std::process::id()));
        let outside = interpreter.outside(&inside);
        fs::create_dir_all(&outside)?;
        os::unix::fs::symlink(view, outside.join("test"))?;
        for entry in stand_ins.map(fs::read_dir).transpose()?.into_iter().flatten() {
            let path = entry?.path();
            if let Some(name) = path.file_name().filter(|_| path.extension() == Some("py".as_ref()))
            {
                fs::copy(&path, outside.join(name))?;
            }
        }
        Ok(Stage { outside, inside })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // A leftover in the temporary folder harms nobody.
        drop(fs::remove_dir_all(&self.outside));
    }
}

fn run_module(
    o: &Options,
    interpreter: &Interpreter,
    stage: &Stage,
    logs: &Path,
    module: &str,
) -> io::Result<Tally> {
    let work = format!("work-{module}");
    fs::create_dir_all(stage.outside.join(&work))?;
    let mut command = interpreter.command(Some(&stage.inside.join(&work)));
    command.args(["-m", "unittest", "-v", &format!("test.{module}")]);
    command.env("PYTHONPATH", &stage.inside);
    command.envs([("LC_ALL", "C.UTF-8"), ("NO_COLOR", "1"), ("TERM", "dumb"), ("COLUMNS", "80")]);
    command.envs([("PYTHONDONTWRITEBYTECODE", "1"), ("TMPDIR", "/tmp")]);
    let outcome = process::run(&mut command, b"", Some(o.limit))?;
    let text = String::from_utf8_lossy(&outcome.stderr);
    fs::write(logs.join(format!("{module}.log")), text.as_bytes())?;
    let ended = match outcome.end {
        End::Exit(_) => None,
        End::Signal(signal) => Some(format!("killed by signal {signal}")),
        End::TimedOut => Some(format!("over {} s", o.limit.as_secs())),
    };
    let classes = count::classes(&o.tests, module);
    Ok(parse::tally(&text, ended, &classes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let parse =
            |line: &str| parse_args(&line.split_whitespace().map(String::from).collect::<Vec<_>>());
        let o = parse("/tests test_int --limit 5 --with python3").expect("good").expect("a run");
        assert_eq!((o.modules.len(), o.limit.as_secs()), (1, 5));
        assert_eq!(parse("/tests").expect("good").expect("a run").modules.len(), MODULES.len());
        for bad in ["", "/tests --limit x", "/tests --nonsense"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn modules_are_listed_once() {
        let mut names = MODULES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), MODULES.len());
    }

    #[test]
    fn a_module_that_dies_loses_the_rest() {
        // The shell plays the interpreter: it reports one test and then is killed.
        let dir = std::env::temp_dir().join(format!("pyrs-ci-conf-{}", std::process::id()));
        fs::create_dir_all(dir.join("support")).expect("created");
        let source = "import unittest\nclass A(unittest.TestCase):\n    def test_a(self): pass\n    \
                      def test_b(self): pass\n    def test_c(self): pass\n";
        fs::write(dir.join("test_x.py"), source).expect("written");
        let script = "echo 'test_a (test.test_x.A.test_a) ... ok' >&2; kill -SEGV $$";
        fs::write(dir.join("play.sh"), script).expect("written");
        let args = [dir.to_str().expect("text"), "test_x", "--logs", dir.to_str().expect("text")];
        let args: Vec<String> = args.iter().map(|a| a.to_string()).collect();
        let o = parse_args(&args).expect("good").expect("a run");
        let command = format!("sh {}", dir.join("play.sh").display());
        let interpreter = Interpreter::parse("sh", &command).expect("parses");
        let results = run_all(&o, &interpreter, &dir).expect("runs");
        let tally = &results[0].1;
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 2, 0));
        assert_eq!(tally.trouble.as_deref(), Some("killed by signal 11"));
        fs::remove_dir_all(dir).expect("removed");
    }
}
