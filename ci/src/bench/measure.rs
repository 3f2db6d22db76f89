//! Runs jobs under interpreters, interleaved, and gathers what they report.

use crate::interpreter::Interpreter;
use crate::process::{self, End, Outcome};
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// One program to measure.
#[derive(Debug)]
pub(super) struct Job {
    name: String,
    /// Folders that the program needs, with the label of their copy in another tree.
    folders: Vec<(PathBuf, String)>,
    /// The folder to start in (an index into `folders`), the script, and its arguments.
    start: Option<(usize, String)>,
    args: Vec<Arg>,
    /// Instructions of CPython 3.14 that one call executes, when the program says so.
    bytecodes: Option<u64>,
}

/// An argument: plain, or a file in one of the job's folders.
#[derive(Debug)]
enum Arg {
    Plain(String),
    File(usize, String),
}

/// What is measured, and how often.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) jobs: Vec<Job>,
    pub(super) runs: usize,
    pub(super) limit: Duration,
    pub(super) budget: f64,
}

/// The figures of one row under one interpreter, one entry per run.
#[derive(Debug, Default, Clone)]
pub(super) struct Figures {
    pub(super) first: Vec<f64>,
    pub(super) steady: Vec<f64>,
    pub(super) calls: Vec<u64>,
    pub(super) peak_kib: Vec<u64>,
    pub(super) checksum: String,
    pub(super) error: Option<String>,
}

/// One line of the table: a program (or one of several in a script) under every interpreter.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) bytecodes: Option<u64>,
    /// Interpreter names with their figures, in the order of the command line.
    pub(super) figures: Vec<(String, Figures)>,
}

impl Job {
    /// A script of our own, started with arguments.
    pub(super) fn script(name: &str, support: &Path, script: &str, args: &[&str]) -> Job {
        let args = args.iter().map(|a| Arg::Plain(a.to_string())).collect();
        Job {
            name: name.to_string(),
            folders: vec![(support.to_path_buf(), "bench".to_string())],
            start: Some((0, script.to_string())),
            args,
            bytecodes: None,
        }
    }

    /// A program measured by the driver.
    pub(super) fn program(name: &str, folder: &Path, file: &str, support: &Path) -> Job {
        let folders = vec![
            (support.to_path_buf(), "bench".to_string()),
            (folder.to_path_buf(), "programs".to_string()),
        ];
        Job {
            name: name.to_string(),
            folders,
            start: Some((0, "driver.py".to_string())),
            args: vec![Arg::File(1, file.to_string())],
            bytecodes: bytecodes(&folder.join(file)),
        }
    }

    /// A program of pyperformance, started in its folder with our `pyperf` on the path.
    pub(super) fn benchmark(
        name: &str,
        own: &Path,
        support: &Path,
        packages: Option<&Path>,
    ) -> Job {
        let mut folders = vec![
            (own.to_path_buf(), format!("bm-{name}")),
            (support.to_path_buf(), "bench".to_string()),
        ];
        folders.extend(packages.map(|p| (p.to_path_buf(), "packages".to_string())));
        Job {
            name: name.to_string(),
            folders,
            start: Some((0, "run_benchmark.py".to_string())),
            args: Vec::new(),
            bytecodes: None,
        }
    }

    /// An empty program.
    pub(super) fn pass() -> Job {
        let args = ["-c", "pass"].map(|a| Arg::Plain(a.to_string())).into();
        Job { name: "-c pass".to_string(), folders: Vec::new(), start: None, args, bytecodes: None }
    }
}

/// The number in a program's line `BYTECODES = N`.
pub(super) fn bytecodes(path: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    text.lines().find_map(|l| l.strip_prefix("BYTECODES = ")?.trim().parse().ok())
}

/// Runs the whole plan; progress goes to the error output.
pub(super) fn run(plan: &Plan, interpreters: &[Interpreter]) -> Result<Vec<Row>, String> {
    let mut rows: Vec<Row> = Vec::new();
    for job in &plan.jobs {
        let mut views = Vec::new();
        for interpreter in interpreters {
            let view = |(dir, label): &(PathBuf, String)| {
                interpreter.view(dir, label).map_err(|e| format!("{}: {e}", dir.display()))
            };
            views.push(job.folders.iter().map(view).collect::<Result<Vec<_>, _>>()?);
        }
        for round in 0..plan.runs {
            for (interpreter, views) in interpreters.iter().zip(&views) {
                if io::stderr().is_terminal() {
                    let (name, round) = (&interpreter.name, round + 1);
                    eprint!("\r{} {round}/{} {name}        ", job.name, plan.runs);
                }
                let outcome = once(plan, job, interpreter, views)?;
                gather(&mut rows, interpreters, &interpreter.name, job, &outcome);
            }
        }
    }
    if io::stderr().is_terminal() {
        eprint!("\r{:60}\r", "");
    }
    Ok(rows)
}

fn once(
    plan: &Plan,
    job: &Job,
    interpreter: &Interpreter,
    views: &[PathBuf],
) -> Result<Outcome, String> {
    let mut command = interpreter.command(job.start.as_ref().map(|(at, _)| views[*at].as_path()));
    if let Some((at, script)) = &job.start {
        command.arg(views[*at].join(script));
    }
    for arg in &job.args {
        match arg {
            Arg::Plain(text) => command.arg(text),
            Arg::File(at, name) => command.arg(views[*at].join(name)),
        };
    }
    let path: Vec<String> = views.iter().map(|v| v.display().to_string()).collect();
    if !path.is_empty() {
        command.env("PYTHONPATH", path.join(":"));
    }
    command.env("BENCH_BUDGET", plan.budget.to_string());
    command.envs([
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONHASHSEED", "0"),
        ("LC_ALL", "C.UTF-8"),
    ]);
    process::run(&mut command, b"", Some(plan.limit).filter(|_| job.start.is_some()))
        .map_err(|e| format!("{}: {e}", interpreter.name))
}

/// Files what one process reported under its row (or rows).
fn gather(
    rows: &mut Vec<Row>,
    interpreters: &[Interpreter],
    interpreter: &str,
    job: &Job,
    outcome: &Outcome,
) {
    let text = String::from_utf8_lossy(&outcome.stdout);
    let mut results: Vec<(&str, f64, f64, u64, &str)> =
        text.lines().filter_map(read_result).collect();
    let failed = match outcome.end {
        End::Exit(0) => None,
        End::Exit(code) => Some(format!("exit code {code}: {}", outcome.last_error_line())),
        End::Signal(signal) => Some(format!("signal {signal}: {}", outcome.last_error_line())),
        End::TimedOut => Some("over the time limit".to_string()),
    };
    if job.start.is_none() {
        let wall = outcome.wall.as_secs_f64();
        results = vec![(job.name.as_str(), wall, wall, 1, "None")];
    }
    if results.is_empty() {
        let figures = entry(rows, interpreters, interpreter, &job.name, None);
        figures.error = Some(failed.unwrap_or_else(|| "no RESULT line".to_string()));
        return;
    }
    for (name, first, steady, calls, checksum) in results {
        let figures = entry(rows, interpreters, interpreter, name, job.bytecodes);
        figures.first.push(first);
        figures.steady.push(steady);
        figures.calls.push(calls);
        figures.peak_kib.push(outcome.peak_kib);
        figures.checksum = checksum.to_string();
        if failed.is_some() {
            figures.error.clone_from(&failed);
        }
    }
}

/// The figures of a row under an interpreter; made on first use.
fn entry<'a>(
    rows: &'a mut Vec<Row>,
    interpreters: &[Interpreter],
    interpreter: &str,
    name: &str,
    bytecodes: Option<u64>,
) -> &'a mut Figures {
    let at = rows.iter().position(|r| r.name == name).unwrap_or_else(|| {
        let figures = interpreters.iter().map(|i| (i.name.clone(), Figures::default())).collect();
        rows.push(Row { name: name.to_string(), bytecodes, figures });
        rows.len() - 1
    });
    let row = &mut rows[at];
    let found = row.figures.iter_mut().find(|(n, _)| n == interpreter);
    &mut found.expect("a row has all interpreters").1
}

/// `RESULT name first steady calls checksum`.
fn read_result(line: &str) -> Option<(&str, f64, f64, u64, &str)> {
    let mut words = line.strip_prefix("RESULT ")?.split_whitespace();
    let name = words.next()?;
    let first = words.next()?.parse().ok()?;
    let steady = words.next()?.parse().ok()?;
    let calls = words.next()?.parse().ok()?;
    Some((name, first, steady, calls, words.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines() {
        assert_eq!(read_result("RESULT a 0.5 0.25 9 (1,2)"), Some(("a", 0.5, 0.25, 9, "(1,2)")));
        for bad in ["RESULT a 0.5 0.25 9", "result a 1 1 1 1", "RESULT a x 0.25 9 1", ""] {
            assert_eq!(read_result(bad), None, "{bad}");
        }
    }

    #[test]
    fn several_rows_from_one_process_and_errors() {
        let interpreters = [Interpreter::parse("a", "sh").expect("parses")];
        let job = Job::script("job", Path::new("."), "x.py", &[]);
        let outcome = |out: &str, end| Outcome {
            end,
            stdout: out.into(),
            stderr: b"trouble\n".to_vec(),
            wall: Duration::from_secs(1),
            peak_kib: 7,
        };
        let mut rows = Vec::new();
        let text = "RESULT x 1 0.5 3 k\nRESULT y 2 1 3 k\n";
        for _ in 0..2 {
            gather(&mut rows, &interpreters, "a", &job, &outcome(text, End::Exit(0)));
        }
        assert_eq!(rows.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(rows[1].figures[0].1.first, [2.0, 2.0]);
        gather(&mut rows, &interpreters, "a", &job, &outcome("", End::Exit(1)));
        let error = rows[2].figures[0].1.error.as_deref();
        assert_eq!((rows[2].name.as_str(), error), ("job", Some("exit code 1: trouble")));
    }
}
