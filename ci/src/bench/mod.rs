//! `ci/bench`: the same programs under several interpreters, side by side.
//!
//! Runs are interleaved (A B C A B C), so that a machine that gets slower hurts all alike; figures are medians
//! over the runs. The first interpreter named is the base: a ratio above 1 means faster than it. Only figures
//! of one run may be compared. Programs that give different results under two interpreters fail the run.

mod compile;
mod measure;
mod report;

use crate::house;
use crate::interpreter::Interpreter;
use measure::{Job, Plan};
use report::Style;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const USAGE: &str = "\
usage: ci/bench MODE [options] name=command [name=command ...]
modes:
  kernels             the six programs in ci/kernels
  programs DIR        every .py file in DIR (measured through `run()` if it has one)
  pyperformance DIR   24 rows of pyperformance; DIR is its data-files/benchmarks
  startup             `-c pass`: time and peak memory, median of 30
  memory              growth of the resident set per structure
  allocation          a million objects of each kind, mixes with survivors
  pauses              2.4 million objects alive: longest (first) and median step in CPU time
  recursion           deep recursion and nested generators
  warming             what the trace compiler finds hard: many classes, many functions, exits
  compile [FILE...]   the trace compiler, nanoseconds an instruction; needs no interpreter (compile --help)
options:
  --programs DIR      the same as the mode programs
  --runs N            processes per program and interpreter (default 3; startup 30; memory, recursion 1)
  --budget SECONDS    time for repeated calls in a process (default 2)
  --limit SECONDS     time limit of a process (default 300)
  --only A,B          only these programs
  --packages DIR      put on PYTHONPATH (pyperformance's crypto_pyaes needs the package pyaes)
  --json FILE         write all figures
  --require R         fail if a geometric mean (steady, against the first interpreter) is below R
  --require-row R     fail if a single row is below R
a command may begin with VAR=value, and with `chroot DIR` for an interpreter in another file tree";

/// The programs of pyperformance behind the 24 rows of the interpreter's gate (scimark has five).
const PYPERFORMANCE: &[&str] = &[
    "barnes_hut",
    "chaos",
    "comprehensions",
    "crypto_pyaes",
    "deltablue",
    "fannkuch",
    "float",
    "generators",
    "go",
    "hexiom",
    "mdp",
    "meteor_contest",
    "nbody",
    "nqueens",
    "pyflate",
    "raytrace",
    "richards",
    "richards_super",
    "scimark",
    "spectral_norm",
];
const KERNELS: &[&str] = &["fib", "loops", "mandelbrot", "methods", "sieve", "bubble"];
const MEMORY: &[&str] =
    &["ints", "floats", "instances", "pairs", "str_to_int", "small_dicts", "strings", "generators"];
#[rustfmt::skip] // One line per theme.
const ALLOCATION: &[&str] = &[
    "ring", "floats", "pairs", "slotted", "instances", "lists", "dicts", "strings",
    "mix_20_percent", "mix_5_percent", "mix_1_percent",
];
const RECURSION: &[&str] = &["function_1000000", "constructor_100000", "generators_10000"];
const WARMING: &[&str] =
    &["classes_1", "classes_8", "classes_128", "attributes_128", "functions_1500", "leaving"];

#[derive(Debug, Default)]
struct Options {
    mode: String,
    folder: Option<PathBuf>,
    runs: Option<usize>,
    budget: f64,
    limit: u64,
    only: Vec<String>,
    packages: Option<PathBuf>,
    json: Option<PathBuf>,
    require: Option<f64>,
    require_row: Option<f64>,
    interpreters: Vec<Interpreter>,
}

/// Entry of `ci/bench`; the result is whether every program ran, agreed, and met the requirements.
pub fn main(args: &[String]) -> Result<bool, String> {
    if args.first().is_some_and(|a| a == "compile") {
        return compile::main(&args[1..]);
    }
    let Some(options) = parse(args)? else { return Ok(true) };
    let (jobs, style, default_runs) = jobs(&options)?;
    let plan = Plan {
        jobs,
        runs: options.runs.unwrap_or(default_runs),
        limit: Duration::from_secs(options.limit),
        budget: options.budget,
    };
    let rows = measure::run(&plan, &options.interpreters)?;
    let names: Vec<&str> = options.interpreters.iter().map(|i| i.name.as_str()).collect();
    say!("{}", report::table(&rows, &names, style).trim_end());
    if let Some(path) = &options.json {
        let text = report::json(&rows, &options.mode);
        fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    let mut good = true;
    for complaint in report::complaints(&rows, &names, options.require, options.require_row, style)
    {
        say!("FAILED {complaint}");
        good = false;
    }
    Ok(good)
}

fn parse(args: &[String]) -> Result<Option<Options>, String> {
    let mut o = Options { budget: 2.0, limit: 300, ..Options::default() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().ok_or(format!("{arg} needs a value\n{USAGE}"));
        let number = |text: String| text.parse::<f64>().map_err(|_| format!("{arg} {text}?"));
        match arg.as_str() {
            "--help" | "-h" => {
                say!("{USAGE}");
                return Ok(None);
            }
            "--programs" => {
                let folder = value()?;
                o.mode = if folder == "kernels" { "kernels" } else { "programs" }.to_string();
                o.folder = Some(PathBuf::from(folder));
            }
            "--runs" => o.runs = Some(number(value()?)? as usize),
            "--budget" => o.budget = number(value()?)?,
            "--limit" => o.limit = number(value()?)? as u64,
            "--only" => o.only = value()?.split(',').map(String::from).collect(),
            "--packages" => o.packages = Some(PathBuf::from(value()?)),
            "--json" => o.json = Some(PathBuf::from(value()?)),
            "--require" => o.require = Some(number(value()?)?),
            "--require-row" => o.require_row = Some(number(value()?)?),
            other if other.starts_with('-') => return Err(format!("unknown {other}\n{USAGE}")),
            other if o.mode.is_empty() && !other.contains('=') => {
                o.mode = other.to_string();
                if ["programs", "pyperformance"].contains(&other) {
                    o.folder = Some(PathBuf::from(value()?));
                }
            }
            other => o.interpreters.push(Interpreter::parse_named(other)?),
        }
    }
    if o.interpreters.is_empty() {
        return Err(format!("no interpreter named\n{USAGE}"));
    }
    Ok(Some(o))
}

/// The programs of a mode, how to show their figures, and the usual number of runs.
fn jobs(o: &Options) -> Result<(Vec<Job>, Style, usize), String> {
    let ci = house::root().join("ci");
    let support = ci.join("bench.d");
    let wanted = |name: &str| o.only.is_empty() || o.only.iter().any(|n| n == name);
    let fixed = |names: &[&str], script: &str| -> Vec<Job> {
        let named = names.iter().filter(|n| wanted(n));
        named.map(|n| Job::script(n, &support, script, &[n])).collect()
    };
    let (jobs, style, runs) = match o.mode.as_str() {
        "kernels" => {
            let names = KERNELS.iter().filter(|n| wanted(n));
            let job = |n: &&str| Job::program(n, &ci.join("kernels"), &format!("{n}.py"), &support);
            (names.map(job).collect::<Vec<_>>(), Style::Speed, 3)
        }
        "programs" => (programs(o, &support, &wanted)?, Style::Speed, 3),
        "pyperformance" => (pyperformance(o, &support, &wanted)?, Style::Speed, 3),
        "startup" => (vec![Job::pass()], Style::Startup, 30),
        "memory" => (fixed(MEMORY, "memory.py"), Style::Growth, 1),
        "allocation" => (fixed(ALLOCATION, "allocation.py"), Style::Speed, 1),
        "pauses" => (fixed(&["pauses"], "allocation.py"), Style::Speed, 3),
        "recursion" => (fixed(RECURSION, "recursion.py"), Style::Speed, 1),
        "warming" => (fixed(WARMING, "warming.py"), Style::Speed, 3),
        other => return Err(format!("unknown mode {other:?}\n{USAGE}")),
    };
    if jobs.is_empty() {
        return Err("no program matches".to_string());
    }
    Ok((jobs, style, runs))
}

fn folder(o: &Options) -> Result<&Path, String> {
    let folder = o.folder.as_deref().ok_or(format!("{} needs a folder\n{USAGE}", o.mode))?;
    if folder.is_dir() { Ok(folder) } else { Err(format!("{}: no such folder", folder.display())) }
}

fn programs(
    o: &Options,
    support: &Path,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Job>, String> {
    let folder = folder(o)?;
    let mut names: Vec<String> = fs::read_dir(folder)
        .map_err(|e| format!("{}: {e}", folder.display()))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".py"))
        .collect();
    names.sort();
    let stem = |name: &str| name.trim_end_matches(".py").to_string();
    names.retain(|n| wanted(&stem(n)));
    Ok(names.iter().map(|n| Job::program(&stem(n), folder, n, support)).collect())
}

fn pyperformance(
    o: &Options,
    support: &Path,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<Vec<Job>, String> {
    let folder = folder(o)?;
    let mut jobs = Vec::new();
    for name in PYPERFORMANCE.iter().filter(|n| wanted(n)) {
        let own = folder.join(format!("bm_{name}"));
        if !own.join("run_benchmark.py").is_file() {
            return Err(format!("{}: no run_benchmark.py", own.display()));
        }
        jobs.push(Job::benchmark(name, &own, support, o.packages.as_deref()));
    }
    Ok(jobs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Option<Options>, String> {
        parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn arguments() {
        let o = options("kernels --runs 5 --only fib,sieve a=sh b=sh --require 1.5");
        let o = o.expect("good").expect("a run");
        assert_eq!((o.mode.as_str(), o.runs, o.interpreters.len()), ("kernels", Some(5), 2));
        assert_eq!(o.only, ["fib", "sieve"]);
        assert_eq!(o.require, Some(1.5));
        let o = options("--programs kernels a=sh").expect("good").expect("a run");
        assert_eq!(o.mode, "kernels");
        for bad in ["kernels", "kernels --runs x a=sh", "kernels --what a=sh", "programs"] {
            assert!(options(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_kernel_is_listed_and_counted() {
        let folder = house::root().join("ci/kernels");
        let found = fs::read_dir(&folder).expect("readable").count();
        assert_eq!(found, KERNELS.len());
        for name in KERNELS {
            let path = folder.join(format!("{name}.py"));
            assert!(measure::bytecodes(&path).is_some_and(|n| n > 1_000_000), "{name}");
        }
    }

    #[test]
    fn twenty_programs_make_the_24_rows() {
        assert_eq!(PYPERFORMANCE.len(), 20);
    }
}
