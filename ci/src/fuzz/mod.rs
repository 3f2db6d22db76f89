//! `ci/fuzz`: random Python programs, run plainly and in every stress mode of the collector and of the JIT; all runs must
//! print the same. What differs, crashes or hangs is shrunk and kept in `tests/fuzz`.
//!
//! Words: a *setting* is a set of `PYRS_*` variables; a *peer* is another interpreter that must print the same as
//! well. Many programs run in one process, because starting under stress takes longer than a program; a batch that
//! differs is run again one by one.

pub mod front;
pub mod generate;
pub mod grammar;
pub mod loops;
mod mutate;
pub mod random;
mod shrink;

use crate::house;
use crate::interpreter::Interpreter;
use crate::lang::Tally;
use crate::process::{self, End};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

const USAGE: &str = "\
usage: ci/fuzz [options]
  --seed N       first seed (default 1)
  --count N      programs (default 200)
  --only NAMES   settings, separated by commas (and `peer`); default all
  --with PEER    a command whose output must be the same, such as python3.14
  --profile P    cargo profile of pyrs (default: dev)
  --front KIND   damaged front-end input instead of programs: `source`, `tree` (ast) or `compiled` (.pyc)
  --loops        programs of loops, in the modes of the JIT
  --kept         run the programs kept in tests/fuzz instead
  --show N       print the program (or with --front the damaged input) of a seed
environment: PYRS (interpreter command), PYRS_FUZZ_SECONDS (most that a run may take; default 60)";
/// Programs in one process.
const BATCH: u64 = 20;
const LIMIT: Duration = Duration::from_secs(20);
/// What starts a process of several programs.
const RUNNER: &str = "import sys\nfor n in sys.argv[1:]:\n    print('==', n)\n    \
    try:\n        exec(compile(open(n, 'rb').read(), n, 'exec'), {'__name__': 'program'})\n    \
    except BaseException as e:\n        print('ended by', type(e).__name__)\n";

/// The stress modes: a name, and variables without `PYRS_`. The first is plain: without JIT. The modes of the
/// collector have the JIT as it is by default.
pub const SETTINGS: &[(&str, &[(&str, &str)])] = &[
    ("plain", &[("JIT", "0")]),
    ("alloc", &[("GC_STRESS", "alloc")]),
    ("full", &[("GC_STRESS", "61"), ("GC_FULL", "1")]),
    ("run", &[("GC_RUN", "256"), ("GC_STRESS", "17"), ("GC_POISON", "1")]),
    ("pin", &[("GC_RANDOM_PIN", "3"), ("GC_STRESS", "5"), ("GC_POISON", "1")]),
    ("still", &[("GC_MOVE", "0"), ("GC_STRESS", "7")]),
    ("at-once", &[("GC_INCREMENTAL", "0"), ("GC_MIN_CYCLE", "16k"), ("GC_STRESS", "23")]),
    (
        "slices",
        &[("GC_SLICE", "50"), ("GC_MIN_CYCLE", "8k"), ("GC_STRESS", "9"), ("GC_POISON", "1")],
    ),
    ("verify", &[("GC_VERIFY", "1"), ("GC_POISON", "1"), ("GC_STRESS", "311")]),
    ("jit", &[("JIT_THRESHOLD", "1"), ("JIT_BRIDGE", "1")]),
    ("jit-later", &[("JIT_THRESHOLD", "7"), ("JIT_BRIDGE", "3")]),
    ("jit-no-bridges", &[("JIT_THRESHOLD", "2"), ("JIT_BRIDGE", "1000000")]),
    ("jit-forced", &[("JIT_THRESHOLD", "1"), ("JIT_BRIDGE", "1"), ("JIT_FORCE", "1")]),
    ("jit-forced-2", &[("JIT_THRESHOLD", "3"), ("JIT_BRIDGE", "5"), ("JIT_FORCE", "2")]),
    ("jit-arena", &[("JIT_THRESHOLD", "1"), ("JIT_BRIDGE", "2"), ("JIT_ARENA", "24k")]),
    (
        "jit-pin",
        &[
            ("JIT_THRESHOLD", "2"),
            ("JIT_BRIDGE", "2"),
            ("GC_RANDOM_PIN", "3"),
            ("GC_STRESS", "61"),
            ("GC_POISON", "1"),
        ],
    ),
    (
        "jit-run",
        &[
            ("JIT_THRESHOLD", "1"),
            ("JIT_BRIDGE", "1"),
            ("GC_RUN", "1k"),
            ("GC_STRESS", "61"),
            ("GC_POISON", "1"),
        ],
    ),
    (
        "jit-verify",
        &[
            ("JIT_THRESHOLD", "2"),
            ("JIT_BRIDGE", "2"),
            ("GC_VERIFY", "1"),
            ("GC_POISON", "1"),
            ("GC_STRESS", "2003"),
        ],
    ),
];

struct Fuzz {
    pyrs: Interpreter,
    peer: Option<Interpreter>,
    folder: PathBuf,
    /// Names of settings to run; empty = all.
    only: Vec<String>,
    kind: Kind,
}

/// A kind of programs: their generator, and their text.
#[derive(Clone, Copy)]
struct Kind {
    program: fn(u64) -> generate::Program,
    text: fn(&[generate::Node]) -> String,
    prelude: &'static str,
    /// What the names of kept programs begin with.
    name: &'static str,
}
const ANY: Kind = Kind {
    program: generate::program,
    text: generate::text,
    prelude: generate::PRELUDE,
    name: "seed",
};
const LOOPS: Kind =
    Kind { program: loops::program, text: loops::text, prelude: loops::PRELUDE, name: "loop" };

/// What a run shows: how it ended, and its output.
#[derive(Clone, PartialEq, Eq)]
struct Shown {
    end: End,
    out: String,
    err: String,
}

/// Entry of `ci/fuzz`; the result is whether nothing differed.
pub fn main(args: &[String]) -> Result<bool, String> {
    let (mut seed, mut count, mut profile, mut with) = (1u64, 200u64, "dev".to_string(), None);
    let mut looping = false;
    let (mut kept_only, mut only, mut damaged, mut shown) = (false, Vec::new(), None, None);
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().ok_or_else(|| format!("{arg} needs a value"));
        let number = |text: String| text.parse().map_err(|_| format!("{text} is not a number"));
        match arg.as_str() {
            "--seed" => seed = number(value()?)?,
            "--count" => count = number(value()?)?,
            "--profile" => profile = value()?,
            "--with" => with = Some(Interpreter::parse("peer", &value()?)?),
            "--only" => only.extend(value()?.split(',').map(str::to_string)),
            "--front" => {
                damaged = Some(match value()?.as_str() {
                    "source" => front::Kind::Source,
                    "tree" => front::Kind::Tree,
                    "compiled" => front::Kind::Compiled,
                    other => return Err(format!("no input of kind {other}\n{USAGE}")),
                });
            }
            "--loops" => looping = true,
            "--kept" => kept_only = true,
            "--show" => shown = Some(number(value()?)?),
            _ => return Err(USAGE.to_string()),
        }
    }
    if let (Some(seed), None) = (shown, damaged) {
        let kind = if looping { LOOPS } else { ANY };
        say!("{}", (kind.text)(&(kind.program)(seed)));
        return Ok(true);
    }
    let root = house::root();
    let pyrs = match std::env::var("PYRS") {
        Ok(command) => Interpreter::parse("pyrs", &command)?,
        Err(_) => {
            let binary = house::build_pyrs(&root, &profile)?;
            Interpreter::parse("pyrs", &format!("'{}'", binary.display()))?
        }
    };
    if kept_only {
        let tally = kept(&root, pyrs)?;
        say!("{} passed, {} failed", tally.passed, tally.failed);
        return Ok(tally.failed == 0);
    }
    let folder = std::env::temp_dir().join(format!("pyrs-fuzz-{}", std::process::id()));
    if let Some(kind) = damaged {
        let faults = front::Front::new(&root, pyrs, kind, folder.clone()).and_then(|mut front| {
            front.peer = with;
            match shown {
                Some(seed) => front.show(seed).map(|()| 0),
                None => front.run(seed, count, &root),
            }
        });
        drop(fs::remove_dir_all(&folder));
        return Ok(faults.map_err(|e| e.to_string())? == 0);
    }
    if looping && only.is_empty() {
        only = SETTINGS
            .iter()
            .map(|s| s.0)
            .filter(|s| s.starts_with("jit"))
            .map(String::from)
            .collect();
        only.push("peer".to_string());
    }
    let kind = if looping { LOOPS } else { ANY };
    let fuzz = Fuzz { pyrs, peer: with, folder, only, kind };
    let bad = fuzz.run(seed, count, &root.join("tests/fuzz")).map_err(|e| e.to_string())?;
    drop(fs::remove_dir_all(&fuzz.folder));
    say!("{count} programs from seed {seed}, {bad} failed");
    Ok(bad == 0)
}

/// Runs the kept programs under every setting against the expected output beside them, and some damaged input.
pub fn kept(root: &Path, pyrs: Interpreter) -> Result<Tally, String> {
    let folder = root.join("tests/fuzz");
    let fuzz = Fuzz { pyrs, peer: None, folder: folder.clone(), only: Vec::new(), kind: ANY };
    let mut tally = Tally::default();
    let mut names: Vec<PathBuf> = fs::read_dir(&folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "py"))
        .collect();
    names.sort();
    for path in names {
        let want = fs::read_to_string(path.with_extension("out")).unwrap_or_default();
        let mut bad = Vec::new();
        for (setting, variables) in SETTINGS {
            let got = fuzz.one(&fuzz.pyrs, variables, &[&path]).map_err(|e| e.to_string())?;
            if got.end != End::Exit(0) || got.out != want {
                bad.push(*setting);
            }
        }
        if bad.is_empty() {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            say!("FAILED {} under {}", path.display(), bad.join(", "));
        }
    }
    let damaged = front::kept(root, &fuzz.pyrs).map_err(|e| e.to_string())?;
    tally.passed += damaged.passed;
    tally.failed += damaged.failed;
    Ok(tally)
}

/// Most time for a run of programs; a machine that does much else needs more.
fn limit() -> Duration {
    let given = std::env::var("PYRS_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
    given.map_or(LIMIT * 3, Duration::from_secs)
}

impl Fuzz {
    fn run(&self, seed: u64, count: u64, keep: &Path) -> io::Result<usize> {
        fs::create_dir_all(&self.folder)?;
        fs::write(self.folder.join("run_all.py"), RUNNER)?;
        let mut bad = 0;
        for first in (seed..seed + count).step_by(BATCH as usize) {
            let seeds: Vec<u64> = (first..(first + BATCH).min(seed + count)).collect();
            if self.differs(&seeds)?.is_none() {
                continue;
            }
            for s in seeds {
                if let Some(what) = self.differs(&[s])? {
                    bad += 1;
                    say!("seed {s}: {what}");
                    self.shrink(s, &what, keep)?;
                }
            }
        }
        Ok(bad)
    }
    /// The first setting (or the peer) under which the programs of some seeds do not print the same as plainly.
    fn differs(&self, seeds: &[u64]) -> io::Result<Option<String>> {
        for &s in seeds {
            let text = (self.kind.text)(&(self.kind.program)(s));
            fs::write(self.folder.join(format!("p{s}.py")), text)?;
        }
        let names: Vec<PathBuf> = seeds.iter().map(|s| PathBuf::from(format!("p{s}.py"))).collect();
        let found =
            self.compare(&names, |s| self.only.is_empty() || self.only.iter().any(|o| o == s))?;
        for name in &names {
            fs::remove_file(self.folder.join(name))?;
        }
        Ok(found)
    }
    /// Runs programs of the folder under the settings that `wanted` picks (and plainly).
    fn compare(
        &self,
        names: &[PathBuf],
        wanted: impl Fn(&str) -> bool,
    ) -> io::Result<Option<String>> {
        let mut files = vec![Path::new("run_all.py")];
        files.extend(names.iter().map(PathBuf::as_path));
        let plain = self.one(&self.pyrs, SETTINGS[0].1, &files)?;
        let crashed = |s: &Shown| s.end != End::Exit(0) || s.err.contains("panicked at");
        if crashed(&plain) {
            return Ok(Some("plain".to_string()));
        }
        if let Some(peer) = self.peer.as_ref().filter(|_| wanted("peer")) {
            let inside = peer.view(&self.folder, "fuzz")?;
            let mut command = peer.command(Some(&inside));
            let out = process::run(command.args(&files), b"", Some(limit()))?;
            if String::from_utf8_lossy(&out.stdout) != plain.out {
                return Ok(Some("peer".to_string()));
            }
        }
        for (name, variables) in SETTINGS.iter().skip(1).filter(|(name, _)| wanted(name)) {
            let got = self.one(&self.pyrs, variables, &files)?;
            if crashed(&got) || got.out != plain.out {
                return Ok(Some((*name).to_string()));
            }
        }
        Ok(None)
    }
    fn one(
        &self,
        interpreter: &Interpreter,
        variables: &[(&str, &str)],
        files: &[&Path],
    ) -> io::Result<Shown> {
        let mut command = interpreter.command(Some(&self.folder));
        command.args(files).env("PYTHONHASHSEED", "0").env("PYTHONWARNINGS", "ignore");
        command.envs(variables.iter().map(|(k, v)| (format!("PYRS_{k}"), v)));
        let out = process::run(&mut command, b"", Some(limit()))?;
        let text = |b: &[u8]| String::from_utf8_lossy(b).into_owned();
        Ok(Shown { end: out.end, out: text(&out.stdout), err: text(&out.stderr) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_program() {
        for seed in 0..50 {
            let text = generate::text(&generate::program(seed));
            assert_eq!(text, generate::text(&generate::program(seed)));
            assert!(!text.contains("<v") && !text.contains("<A>"), "{text}");
        }
        assert_ne!(generate::program(1), generate::program(2));
    }

    #[test]
    fn shrinking_keeps_what_matters() {
        let small = shrink::shrink(generate::program(3), |p| {
            generate::text(p).matches("DONE.append(1)").count() == 1
        });
        assert_eq!(small.len(), 1);
    }
}
