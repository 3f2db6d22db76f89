//! `ci/fuzz --front`: damaged sources and damaged `.pyc` files. Whatever the interpreter is given, it answers with success
//! or a Python exception of a kind that fits: no panic, no signal, no hang.
//!
//! Words: a *case* is one mutant, made from seed files and a number (`mutate.rs`); the *driver* (`front.py`) runs inside
//! the interpreter and takes a whole batch of cases from one file, telling the number of each before it begins. So
//! the case at fault is known when the process dies, and the rest of the batch goes on in a new one.

use super::{LIMIT, SETTINGS, generate, mutate};
use crate::house;
use crate::interpreter::Interpreter;
use crate::lang::Tally;
use crate::process::{self, End};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

const DRIVER: &str = include_str!("front.py");
/// Cases in one process.
const BATCH: u64 = 250;
/// One case in so many also runs as a program of its own.
const SCRIPTS: u64 = 50;
/// Runs of the driver at most while a case is made smaller, and how long they may take.
const SHRINKING: usize = 400;
const SHRINKING_TIME: Duration = Duration::from_secs(100);
/// Differences from the peer that are shown one by one.
const SHOWN: usize = 40;

/// What is damaged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Source,
    /// Syntax trees (`ast`) of sources that are sound.
    Tree,
    Compiled,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Source => "source",
            Kind::Tree => "tree",
            Kind::Compiled => "compiled",
        }
    }
}

/// A run of the front-end fuzzer.
pub struct Front {
    pub pyrs: Interpreter,
    pub peer: Option<Interpreter>,
    pub folder: PathBuf,
    pub kind: Kind,
    /// Seed files.
    files: Vec<Vec<u8>>,
}

/// How one case ended in a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Answer {
    /// `ok`, the name of an exception, ...
    Said(String),
    /// The process ended in the middle of it.
    Died(String),
}

impl Answer {
    fn fault(&self) -> Option<&str> {
        match self {
            Answer::Died(how) => Some(how),
            Answer::Said(what) if what.starts_with("unexpected") => Some(what),
            Answer::Said(_) => None,
        }
    }
}

impl Front {
    /// Gathers seed files: language tests, kept and random programs, and some of the library if it is on this machine.
    pub fn new(root: &Path, pyrs: Interpreter, kind: Kind, folder: PathBuf) -> io::Result<Front> {
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("front.py"), DRIVER)?;
        let mut front = Front { pyrs, peer: None, folder, kind, files: Vec::new() };
        let mut paths = Vec::new();
        for folder in ["tests/lang", "tests/fuzz"] {
            python_files(&root.join(folder), &mut paths)?;
        }
        if let (Some(library), Kind::Source) = (library(), kind) {
            python_files(&library.join("json"), &mut paths)?;
            python_files(&library.join("asyncio"), &mut paths)?;
            let names = ["typing", "dataclasses", "argparse", "_pydecimal", "ast", "enum"];
            paths.extend(names.iter().map(|n| library.join(format!("{n}.py"))));
        }
        paths.sort();
        let mut files: Vec<Vec<u8>> = paths.iter().filter_map(|p| fs::read(p).ok()).collect();
        files.extend((1..40).map(|seed| generate::text(&generate::program(seed)).into_bytes()));
        front.files = match kind {
            Kind::Source | Kind::Tree => files,
            Kind::Compiled => front.compile(&files)?,
        };
        if front.files.is_empty() {
            return Err(io::Error::other("no seed files"));
        }
        Ok(front)
    }
    /// What pyrs compiles programs to, those left out that touch the system.
    fn compile(&self, files: &[Vec<u8>]) -> io::Result<Vec<Vec<u8>>> {
        let touchy = [
            "import os",
            "subprocess",
            "signal",
            "shutil",
            "tempfile",
            "threading",
            "asyncio",
            "open(",
        ];
        let harmless = |f: &&Vec<u8>| {
            let text = String::from_utf8_lossy(f);
            f.len() < 8000 && !touchy.iter().any(|t| text.contains(t))
        };
        let mut names = Vec::new();
        for (i, file) in files.iter().filter(harmless).enumerate() {
            names.push(format!("seed{i}.py"));
            fs::write(self.folder.join(&names[i]), file)?;
        }
        let mut command = self.pyrs.command(Some(&self.folder));
        command.args(["front.py", "dump"]).args(&names).env("PYTHONWARNINGS", "ignore");
        let out = process::run(&mut command, b"", Some(LIMIT * 5))?;
        if out.end != End::Exit(0) {
            return Err(io::Error::other(format!("the seeds: {}", out.last_error_line())));
        }
        Ok(names.iter().filter_map(|n| fs::read(self.folder.join(format!("{n}c"))).ok()).collect())
    }

    fn case(&self, seed: u64) -> Vec<u8> {
        match self.kind {
            Kind::Source => mutate::source(seed, &self.files),
            Kind::Tree => mutate::sound(seed, &self.files),
            Kind::Compiled => mutate::compiled(seed, &self.files),
        }
    }

    /// Writes a case to the standard output, as it is.
    pub fn show(&self, seed: u64) -> io::Result<()> {
        io::stdout().write_all(&self.case(seed))
    }
    /// Tries the mutants `seed..seed + count`; gives the number of faults.
    pub fn run(&self, seed: u64, count: u64, root: &Path) -> io::Result<usize> {
        let mut faults = 0;
        let mut answers: BTreeMap<String, usize> = BTreeMap::new();
        let mut differences = 0;
        for first in (seed..seed + count).step_by(BATCH as usize) {
            let seeds: Vec<u64> = (first..(first + BATCH).min(seed + count)).collect();
            let cases: Vec<Vec<u8>> = seeds.iter().map(|&s| self.case(s)).collect();
            // Damaged code runs in a stress mode of the collector, each batch in another.
            let setting = match self.kind {
                Kind::Source | Kind::Tree => 0,
                Kind::Compiled => (first / BATCH) as usize % SETTINGS.len(),
            };
            let got = self.batch(&self.pyrs, &cases, setting)?;
            for (i, answer) in got.iter().enumerate() {
                let word = match answer {
                    Answer::Said(what) => what.split(':').next().unwrap_or("").to_string(),
                    Answer::Died(_) => "died".to_string(),
                };
                *answers.entry(word).or_default() += 1;
                if let Some(what) = answer.fault() {
                    faults += 1;
                    say!("{} {}: {what}", self.kind.name(), seeds[i]);
                    self.keep(seeds[i], &cases, i, setting, root)?;
                }
            }
            for (i, case) in
                cases.iter().enumerate().filter(|(i, _)| seeds[*i].is_multiple_of(SCRIPTS))
            {
                if let Some(what) = self.script(case)? {
                    faults += 1;
                    say!("{} {} as a program: {what}", self.kind.name(), seeds[i]);
                    self.keep(seeds[i], &cases, i, setting, root)?;
                }
            }
            if let Some(peer) = &self.peer {
                let theirs = self.batch(peer, &cases, 0)?;
                for (i, (a, b)) in got.iter().zip(&theirs).enumerate().filter(|(_, (a, b))| a != b)
                {
                    differences += 1;
                    if differences <= SHOWN {
                        say!(
                            "  {} {}: pyrs {a:?}, {} {b:?}",
                            self.kind.name(),
                            seeds[i],
                            peer.name
                        );
                    }
                }
            }
        }
        let list: Vec<String> = answers.iter().map(|(what, n)| format!("{n} {what}")).collect();
        say!(
            "{count} cases of {} from {seed}, {faults} faults: {}",
            self.kind.name(),
            list.join(", ")
        );
        if self.peer.is_some() {
            say!("{differences} answers differ from the peer's");
        }
        Ok(faults)
    }

    /// The answers to some cases. After a death the rest goes on in a new process.
    fn batch(
        &self,
        who: &Interpreter,
        cases: &[Vec<u8>],
        setting: usize,
    ) -> io::Result<Vec<Answer>> {
        let bytes: Vec<u8> = cases
            .iter()
            .flat_map(|c| (c.len() as u32).to_le_bytes().into_iter().chain(c.iter().copied()))
            .collect();
        fs::write(self.folder.join("cases"), bytes)?;
        let mut answers: Vec<Answer> = Vec::new();
        while answers.len() < cases.len() {
            let begun = answers.len();
            let (mut said, end) = self.drive(who, begun, cases.len() - begun, setting)?;
            answers.append(&mut said);
            if answers.len() == cases.len() {
                break;
            }
            match end {
                Some(how) => answers.push(Answer::Died(how)),
                // It ended itself, in a case that does not count.
                None => answers.push(Answer::Said("late".to_string())),
            }
        }
        Ok(answers)
    }
    /// One process over the cases from `first` on: the answers before it ended, and how it died if it did.
    fn drive(
        &self,
        who: &Interpreter,
        first: usize,
        count: usize,
        setting: usize,
    ) -> io::Result<(Vec<Answer>, Option<String>)> {
        let inside = who.view(&self.folder, "front")?;
        let mut command = who.command(Some(&inside));
        command.args([
            "front.py",
            self.kind.name(),
            "cases",
            &first.to_string(),
            &count.to_string(),
        ]);
        command.env("PYTHONHASHSEED", "0").env("PYTHONWARNINGS", "ignore");
        if self.kind == Kind::Compiled {
            command.env("PYRS_GC_LIMIT", "700m");
        }
        let (_, variables) = SETTINGS[setting];
        command.envs(variables.iter().map(|(k, v)| (format!("PYRS_{k}"), v)));
        let out = process::run(&mut command, b"", Some(LIMIT + Duration::from_secs(count as u64)))?;
        let text = String::from_utf8_lossy(&out.stdout);
        let said: Vec<Answer> = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .filter_map(|line| line.trim_end().split_once(' '))
            .take_while(|(_, what)| *what != "late")
            .map(|(_, what)| Answer::Said(what.to_string()))
            .collect();
        let errors = String::from_utf8_lossy(&out.stderr);
        let panicked = errors.lines().find(|l| l.contains("panicked at")).map(str::to_string);
        let died = match (out.end, panicked) {
            (_, Some(line)) => Some(line),
            (End::Exit(0 | 3), None) => None,
            (end, None) => Some(format!("{end:?} {}", out.last_error_line())),
        };
        Ok((said, died))
    }
    /// What is wrong with a case that runs as a program: the path from a file, and the report of its errors.
    fn script(&self, case: &[u8]) -> io::Result<Option<String>> {
        let (name, bytes) = match self.kind {
            // Should it compile, it ends at once.
            Kind::Source if case.starts_with(b"\xef") => ("case.py", case.to_vec()),
            Kind::Source => ("case.py", [b"raise SystemExit\n", case].concat()),
            Kind::Tree | Kind::Compiled => return Ok(None),
        };
        fs::write(self.folder.join(name), bytes)?;
        let out = process::run(self.pyrs.command(Some(&self.folder)).arg(name), b"", Some(LIMIT))?;
        let errors = String::from_utf8_lossy(&out.stderr);
        if errors.contains("panicked at") || !matches!(out.end, End::Exit(0 | 1)) {
            return Ok(Some(format!("{:?} {}", out.end, out.last_error_line())));
        }
        Ok(None)
    }

    /// Keeps the case at fault, as small as it gets.
    fn keep(
        &self,
        seed: u64,
        cases: &[Vec<u8>],
        i: usize,
        setting: usize,
        root: &Path,
    ) -> io::Result<()> {
        let fails = |case: &[u8]| -> io::Result<bool> {
            let alone = self.batch(&self.pyrs, &[case.to_vec()], setting)?;
            Ok(alone[0].fault().is_some() || self.script(case)?.is_some())
        };
        let spare = house::target_dir(root).join("fuzz");
        fs::create_dir_all(&spare)?;
        if !fails(&cases[i])? {
            let file = spare.join(format!("{}-{seed}.cases", self.kind.name()));
            fs::copy(self.folder.join("cases"), &file)?;
            say!("  not by itself");
            return Ok(());
        }
        let (file, small) = match self.kind {
            // What is done to a tree depends on the length of its source: nothing to make smaller.
            Kind::Tree => (spare.join(format!("tree-{seed}.py")), cases[i].clone()),
            Kind::Source => {
                let folder = root.join("tests/fuzz/front");
                fs::create_dir_all(&folder)?;
                (folder.join(format!("source-{seed}.py")), shrink(&cases[i], fails)?)
            }
            // Not for the repository: the format changes. What it shows becomes a test of the verifier.
            Kind::Compiled => (spare.join(format!("compiled-{seed}.pyc")), cases[i].clone()),
        };
        fs::write(&file, &small)?;
        say!("  kept as {} ({} bytes, mode {})", file.display(), small.len(), SETTINGS[setting].0);
        Ok(())
    }
}

/// Removes parts of a text, halves first and single bytes last, as long as it still fails.
fn shrink(text: &[u8], mut fails: impl FnMut(&[u8]) -> io::Result<bool>) -> io::Result<Vec<u8>> {
    let mut best = text.to_vec();
    let mut chunk = best.len().div_ceil(2).max(1);
    let mut runs = 0;
    let start = Instant::now();
    let tired = |runs| runs >= SHRINKING || start.elapsed() > SHRINKING_TIME;
    loop {
        let mut at = 0;
        while at < best.len() && !tired(runs) {
            let mut smaller = best.clone();
            smaller.drain(at..(at + chunk).min(best.len()));
            runs += 1;
            if fails(&smaller)? {
                best = smaller;
            } else {
                at += chunk;
            }
        }
        if chunk == 1 || tired(runs) {
            return Ok(best);
        }
        chunk = (chunk / 2).max(1);
    }
}

/// The kept cases, and a short run of each kind: a part of the stage `fuzz`.
pub fn kept(root: &Path, pyrs: &Interpreter) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let base = std::env::temp_dir().join(format!("pyrs-front-{}", std::process::id()));
    for (kind, count) in [(Kind::Source, 500), (Kind::Tree, 500), (Kind::Compiled, 500)] {
        let front = Front::new(root, pyrs.clone(), kind, base.join(kind.name()))?;
        let mut faults = front.run(1, count, root)?;
        let mut paths = Vec::new();
        if kind == Kind::Source {
            python_files(&root.join("tests/fuzz/front"), &mut paths)?;
        }
        for path in &paths {
            let case = fs::read(path)?;
            let answer = front.batch(&front.pyrs, std::slice::from_ref(&case), 0)?;
            let what = answer[0].fault().map(str::to_string);
            if let Some(what) = what.or(front.script(&case)?) {
                say!("FAILED {}: {what}", path.display());
                faults += 1;
            }
        }
        tally.failed += faults;
        tally.passed += count as usize + paths.len() - faults.min(count as usize);
    }
    drop(fs::remove_dir_all(&base));
    Ok(tally)
}

fn python_files(folder: &Path, out: &mut Vec<PathBuf>) -> io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            python_files(&path, out)?;
        } else if path.extension().is_some_and(|e| e == "py") {
            out.push(path);
        }
    }
    out.sort();
    Ok(())
}

/// Where cargo keeps the sources of the library.
fn library() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")))?;
    let sources = fs::read_dir(home.join("registry/src")).ok()?;
    sources.flatten().map(|e| e.path().join("rustpython-pylib-0.6.0/Lib")).find(|p| p.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_one_mutant() {
        let files = vec![b"def f(x):\n    return [x, 'a']\n".to_vec(), vec![7; 100]];
        for seed in 0..500 {
            assert_eq!(mutate::source(seed, &files), mutate::source(seed, &files));
            assert_eq!(mutate::compiled(seed, &files), mutate::compiled(seed, &files));
        }
        assert_ne!(mutate::source(1, &files), mutate::source(2, &files));
    }

    #[test]
    fn shrinking_leaves_what_matters() {
        let text = b"abc def (((( ghi".repeat(10);
        let small = shrink(&text, |t| Ok(t.windows(2).any(|w| w == b"(("))).expect("no errors");
        assert_eq!(small, b"((");
    }
}
