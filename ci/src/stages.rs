//! `ci/test`: the stages of a test run, natively or for a foreign CPU.
//!
//! A stage prints its name, what fails, and its time. All stages run even when one fails; the last line counts
//! single tests where a stage has them and the stage itself otherwise.

use crate::cross::{self, Cross};
use crate::expected::Expected;
use crate::house;
use crate::interpreter::Interpreter;
use crate::lang::{self, Tally};
use crate::matrix::{self, Order};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const USAGE: &str = "\
usage: ci/test [options] [filter...]
  --target T        build and run for a foreign CPU (triple or short name, see --list)
  --cpu MODEL       emulated model: oldest (default), newest, or a name that qemu knows; native runs without
                    emulation where this machine can
  --portable        with --target: unit tests of the crates that depend on the CPU most, not of all
  --machine-code    with --target: only the crates that write and run machine code, with 20,000 random traces
  --only STAGE      run one stage; filters select language tests or unit tests by name
  --quick           skip clippy, few cases per property
  --profile P       cargo profile of the pyrs that runs the language tests (default: dev)
  --jobs N          language tests at a time (default: the number of CPUs)
  --bless-with CMD  write the expected output of the language tests with this CPython 3.14
  --list            stages and CPUs
environment: PYRS (interpreter command for the language tests), PYRS_CROSS (rustup or debian),
  PYRS_TARGET_DIR (build folder for foreign CPUs)";

/// The stages, in order, with what they prove.
const STAGES: &[(&str, &str)] = &[
    ("fmt", "sources are formatted"),
    ("clippy", "no denied lint in the workspace"),
    ("layers", "who may import whom; house rules; scripts"),
    ("unit", "unit and property tests"),
    ("lang", "Python programs print what CPython prints"),
    (
        "fuzz",
        "kept random programs under the collector's stress modes; damaged sources and .pyc files",
    ),
];

#[derive(Debug)]
struct Options {
    target: Option<&'static matrix::Target>,
    cpu: String,
    portable: bool,
    machine_code: bool,
    only: Option<String>,
    quick: bool,
    profile: String,
    jobs: usize,
    bless: Option<String>,
    filters: Vec<String>,
}

/// Entry of `ci/test`; the result is whether everything passed.
pub fn main(args: &[String]) -> Result<bool, String> {
    let Some(options) = parse(args)? else { return Ok(true) };
    let root = house::root();
    if let Some(command) = &options.bless {
        let interpreter = Interpreter::parse("blessing", command)?;
        let tally = language(&root, &options, interpreter, Expected::default(), true)?;
        say!("{} blessed, {} failed", tally.passed, tally.failed);
        return Ok(tally.failed == 0);
    }
    let start = Instant::now();
    let _held = match options.target {
        Some(_) => cross::hold_cache(&root).map_err(|e| format!("the build folder: {e}"))?,
        None => None,
    };
    let cross = match options.target {
        Some(target) => Some(cross::prepare(target, &options.cpu)?),
        None => None,
    };
    let run = Run { root, options, cross };
    let mut total = Tally::default();
    for (stage, _) in STAGES {
        if !run.wants(stage) {
            continue;
        }
        let begin = Instant::now();
        say!("== {stage}{}", run.suffix());
        let tally = run.stage(stage).unwrap_or_else(|why| {
            say!("{why}");
            Tally { passed: 0, failed: 1 }
        });
        say!(
            "== {stage}: {} passed, {} failed, {:.1} s",
            tally.passed,
            tally.failed,
            begin.elapsed().as_secs_f64()
        );
        total.passed += tally.passed;
        total.failed += tally.failed;
    }
    say!("total time {:.1} s", start.elapsed().as_secs_f64());
    say!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}

/// `None` when the arguments only ask for information.
fn parse(args: &[String]) -> Result<Option<Options>, String> {
    let cpus = std::thread::available_parallelism().map_or(2, |n| n.get());
    let mut o = Options {
        target: None,
        cpu: "oldest".to_string(),
        portable: false,
        machine_code: false,
        only: None,
        quick: false,
        profile: "dev".to_string(),
        jobs: cpus,
        bless: None,
        filters: Vec::new(),
    };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let mut value = || args.next().cloned().ok_or(format!("{arg} needs a value\n{USAGE}"));
        match arg.as_str() {
            "--target" => {
                let name = value()?;
                let target = matrix::find(&name);
                o.target = Some(target.ok_or(format!("unknown CPU {name}; see ci/test --list"))?);
            }
            "--cpu" => o.cpu = value()?,
            "--portable" => o.portable = true,
            "--machine-code" => {
                o.machine_code = true;
                o.only = Some("unit".to_string());
            }
            "--only" => {
                let name = value()?;
                if !STAGES.iter().any(|(stage, _)| *stage == name) {
                    return Err(format!("unknown stage {name}; see ci/test --list"));
                }
                o.only = Some(name);
            }
            "--quick" => o.quick = true,
            "--profile" => o.profile = value()?,
            "--jobs" => o.jobs = value()?.parse().map_err(|_| "--jobs needs a number")?,
            "--bless-with" => o.bless = Some(value()?),
            "--list" => {
                list();
                return Ok(None);
            }
            "--help" | "-h" => {
                say!("{USAGE}");
                return Ok(None);
            }
            other if other.starts_with('-') => return Err(format!("unknown {other}\n{USAGE}")),
            filter => o.filters.push(filter.to_string()),
        }
    }
    if o.machine_code && !o.target.is_some_and(|t| t.back_end) {
        return Err("--machine-code wants --target with a CPU that has a back end".to_string());
    }
    Ok(Some(o))
}

fn list() {
    say!("stages (--only):");
    for (name, what) in STAGES {
        say!("  {name:8} {what}");
    }
    say!("CPUs (--target):");
    for t in matrix::TARGETS {
        let order = if t.order == Order::Big { "big" } else { "little" };
        say!(
            "  {:8} {:32} {}-bit {order}-endian, qemu {} .. {}",
            t.short,
            t.triple,
            t.word,
            t.oldest,
            t.newest
        );
    }
}

/// A test run in progress.
struct Run {
    root: PathBuf,
    options: Options,
    cross: Option<Cross>,
}

impl Run {
    fn wants(&self, stage: &str) -> bool {
        if let Some(only) = &self.options.only {
            return only == stage;
        }
        let about_sources = ["fmt", "clippy", "layers"].contains(&stage);
        !(about_sources && self.cross.is_some() || stage == "clippy" && self.options.quick)
    }

    fn suffix(&self) -> String {
        match &self.cross {
            Some(c) => format!(" on {} ({})", c.target.short, c.runner.join(" ")),
            None => String::new(),
        }
    }

    fn stage(&self, stage: &str) -> Result<Tally, String> {
        match stage {
            "fmt" => self.plain(&["fmt", "--all", "--check", "--", "-l"]),
            "clippy" => self.plain(&[
                "clippy",
                "-q",
                "--workspace",
                "--all-targets",
                "--",
                // The workspace's denied lints fail; other remarks are printed.
                // The width of what libc and the machine call an integer differs between CPUs.
                "-A",
                "clippy::unnecessary_cast",
                "-A",
                "clippy::useless_conversion",
            ]),
            "layers" => self.rules(),
            "unit" => self.unit(),
            "lang" => self.lang(),
            "fuzz" => crate::fuzz::kept(&self.root, self.pyrs()?),
            other => Err(format!("no stage {other}")),
        }
    }

    /// A cargo call in the checkout with the settings of the target.
    fn cargo(&self, args: &[&str]) -> Command {
        let mut command = house::cargo(&self.root, args);
        if let Some(cross) = &self.cross {
            command.args(&cross.cargo_args).envs(cross.env.iter().map(|(k, v)| (k, v)));
            command.env("CARGO_TARGET_DIR", cross::cache_dir());
        }
        command
    }

    /// A stage that is one cargo call.
    fn plain(&self, args: &[&str]) -> Result<Tally, String> {
        let status = self.cargo(args).status().map_err(|e| format!("cargo: {e}"))?;
        Ok(one(status.success()))
    }

    fn rules(&self) -> Result<Tally, String> {
        let mut tally = Tally::default();
        for rules in [house::layers, house::tidy, house::scripts] {
            let bad = rules(&self.root).map_err(|e| e.to_string())?;
            bad.iter().for_each(|b| say!("{b}"));
            let t = one(bad.is_empty());
            tally.passed += t.passed;
            tally.failed += t.failed;
        }
        Ok(tally)
    }

    fn unit(&self) -> Result<Tally, String> {
        let mut args = vec!["test", "-q", "--no-fail-fast"];
        let mut cases = self.options.quick.then_some(16);
        match &self.cross {
            None => args.push("--workspace"),
            Some(cross) => {
                // Emulation is 10 to 30 times slower; the native run has the many cases.
                cases = cases.or(Some(48));
                args.extend(["--lib", "--bins", "--tests"]);
                let machine_code = matrix::MACHINE_CODE.iter().copied();
                if self.options.machine_code {
                    args.extend(machine_code.flat_map(|p| ["-p", p]));
                } else if self.options.portable {
                    args.extend(matrix::PORTABLE.iter().flat_map(|p| ["-p", p]));
                    args.extend(
                        machine_code.filter(|_| cross.target.back_end).flat_map(|p| ["-p", p]),
                    );
                } else {
                    args.extend(["--workspace", "--exclude", "pyrs-ci"]);
                    let without = machine_code.filter(|_| !cross.target.back_end);
                    args.extend(without.flat_map(|p| ["--exclude", p]));
                }
            }
        }
        let mut command = self.cargo(&args);
        if self.options.only.is_some() {
            command.args(&self.options.filters);
        }
        // proptest's own variable, and the one of the IR's generators, which make smaller cases.
        let traces = match self.options.machine_code && !self.options.quick {
            true => Some(matrix::MACHINE_CODE_CASES),
            false => cases.map(|c| c * 20),
        };
        for (variable, number) in [("PROPTEST_CASES", cases), ("PYRS_CASES", traces)] {
            if let (Some(number), Err(_)) = (number, std::env::var(variable)) {
                command.env(variable, number.to_string());
            }
        }
        counted(command)
    }

    fn lang(&self) -> Result<Tally, String> {
        let tests = self.root.join("tests/lang");
        let target = self.cross.as_ref().map(|c| c.target.short);
        let mut expected = Expected::read(&tests, target).map_err(|e| e.to_string())?;
        let interpreter = match std::env::var("PYRS") {
            Ok(command) => {
                // The list is of the failures of pyrs; another interpreter has its own.
                expected = Expected::default();
                Interpreter::parse("PYRS", &command)?
            }
            Err(_) => {
                let profile = self.options.profile.as_str();
                let args = ["build", "-q", "-p", "pyrs", "--bin", "pyrs", "--profile", profile];
                let status = self.cargo(&args).status().map_err(|e| format!("cargo: {e}"))?;
                if !status.success() {
                    return Err("pyrs does not build".to_string());
                }
                let binary = self.binary();
                let command = format!("'{}'", binary.display());
                Interpreter::parse("pyrs", &command)?
            }
        };
        let interpreter = self.emulated(interpreter);
        language(&self.root, &self.options, interpreter, expected, false)
    }

    /// The pyrs of this run, built before; `PYRS` names another.
    fn pyrs(&self) -> Result<Interpreter, String> {
        if let Ok(command) = std::env::var("PYRS") {
            return Interpreter::parse("PYRS", &command);
        }
        let args =
            ["build", "-q", "-p", "pyrs", "--bin", "pyrs", "--profile", &self.options.profile];
        match self.cargo(&args).status() {
            Ok(status) if status.success() => {}
            Ok(_) => return Err("pyrs does not build".to_string()),
            Err(e) => return Err(format!("cargo: {e}")),
        }
        let built = Interpreter::parse("pyrs", &format!("'{}'", self.binary().display()))?;
        Ok(self.emulated(built))
    }

    /// The interpreter behind the emulator of the target, if there is one.
    fn emulated(&self, interpreter: Interpreter) -> Interpreter {
        let Some(cross) = &self.cross else { return interpreter };
        let interpreter = interpreter.prefixed(&cross.runner);
        // qemu's user mode keeps 24 bytes for every page of address space, at every start.
        match cross.target.word {
            64 => interpreter.with_env("PYRS_GC_RESERVE", "1g"),
            _ => interpreter,
        }
    }

    /// Where cargo puts the binary.
    fn binary(&self) -> PathBuf {
        let target = match &self.cross {
            Some(cross) => cross::cache_dir().join(cross.target.triple),
            None => house::target_dir(&self.root),
        };
        house::binary(&target, &self.options.profile)
    }
}

fn language(
    root: &Path,
    options: &Options,
    interpreter: Interpreter,
    expected: Expected,
    bless: bool,
) -> Result<Tally, String> {
    let slow = options.target.is_some() || options.profile == "dev";
    let lang = lang::Options {
        root: root.join("tests/lang"),
        interpreter,
        filters: options.filters.clone(),
        jobs: options.jobs,
        limit: Duration::from_secs(if slow { 120 } else { 30 }),
        bless,
        expected,
    };
    lang::run(&lang).map_err(|e| e.to_string())
}

fn one(good: bool) -> Tally {
    Tally { passed: usize::from(good), failed: usize::from(!good) }
}

/// Runs `cargo test`, passes on what matters and adds up its `test result` lines.
fn counted(mut command: Command) -> Result<Tally, String> {
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(|e| format!("cargo test: {e}"))?;
    let mut tally = Tally::default();
    if let Some(pipe) = child.stdout.take() {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let (text, counts) = read_line(&line);
            tally.passed += counts.passed;
            tally.failed += counts.failed;
            if let Some(text) = text {
                say!("{text}");
            }
        }
    }
    let status = child.wait().map_err(|e| format!("cargo test: {e}"))?;
    if !status.success() && tally.failed == 0 {
        // A build error, or a test program that died without a result line.
        tally.failed = 1;
    }
    Ok(tally)
}

/// What to show of a line of `cargo test -q`, and what it counts. Ignored tests are failures.
fn read_line(line: &str) -> (Option<&str>, Tally) {
    let Some(result) = line.strip_prefix("test result: ") else {
        // Dots and `12/34` are the progress of `cargo test -q`.
        let progress = |c: char| c == '.' || c == '/' || c == ' ' || c.is_ascii_digit();
        let noise = line.starts_with("running ") || line.chars().all(progress);
        return (if noise { None } else { Some(line) }, Tally::default());
    };
    let count = |word: &str| {
        let part = result.split("; ").find(|p| p.trim_end().ends_with(word));
        let number = part.and_then(|p| p.split_whitespace().rev().nth(1));
        number.and_then(|n| n.parse().ok()).unwrap_or(0usize)
    };
    let tally = Tally { passed: count("passed"), failed: count("failed") + count("ignored") };
    ((tally.failed > 0).then_some(line), tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted() {
        let line =
            "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out";
        assert_eq!(read_line(line), (Some(line), Tally { passed: 12, failed: 3 }));
        let good = "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; finished in 0.1s";
        assert_eq!(read_line(good), (None, Tally { passed: 5, failed: 0 }));
        assert_eq!(read_line("...."), (None, Tally::default()));
        assert_eq!(read_line("error: x"), (Some("error: x"), Tally::default()));
    }

    #[test]
    fn arguments() {
        let parse =
            |line: &str| parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>());
        let o = parse("--target s390x --quick --only lang gen").expect("good").expect("a run");
        assert_eq!(o.target.expect("given").short, "s390x");
        assert_eq!((o.only.as_deref(), o.quick, o.filters.len()), (Some("lang"), true, 1));
        let o = parse("--target i686 --machine-code").expect("good").expect("a run");
        assert_eq!((o.only.as_deref(), o.machine_code), (Some("unit"), true));
        for bad in [
            "--target vax",
            "--machine-code",
            "--machine-code --target s390x",
            "--only nap",
            "--cpu",
            "--frobnicate",
            "--jobs x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse("--list").expect("good").is_none());
    }
}
