//! `ci/bench compile`: how long the trace compiler needs for one instruction, stage by stage.
//!
//! The work is done by `irtool --bench` in a release build: for each file of traces the least
//! time of 15 rounds for optimising, lowering, allocating and emitting, divided by the number of
//! instructions recorded. Short traces pay the fixed costs of a trace; `docs/traces/steps.ir` has
//! the length of an ordinary one.

use crate::house;
use std::fs;
use std::path::Path;

const USAGE: &str = "\
usage: ci/bench compile [options] [FILE...]
  FILE                traces in the text format (default: docs/traces/*.ir and tests/ir/loops.ir)
  --cpu NAME          x86_64 (default), ia32 or aarch64: code is written for any CPU on any host
  --limit NS          fail if a file needs more nanoseconds an instruction";

/// Entry of the mode; the result is whether all files stay within the limit.
pub fn main(args: &[String]) -> Result<bool, String> {
    let root = house::root();
    let (mut options, mut files) = (vec!["--bench".to_string()], Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--help" | "-h" => {
                say!("{USAGE}");
                return Ok(true);
            }
            "--cpu" | "--limit" => {
                let value = args.next().ok_or(format!("{arg} needs a value\n{USAGE}"))?;
                options.extend([arg.clone(), value.clone()]);
            }
            other if other.starts_with('-') => return Err(format!("unknown {other}\n{USAGE}")),
            file => files.push(file.to_string()),
        }
    }
    if files.is_empty() {
        files = default_files(&root)?;
    }
    let run = ["run", "-q", "--release", "-p", "pyrs-irtool", "--"];
    let mut command = house::cargo(&root, &run);
    let status = command.args(options).args(files).status().map_err(|e| format!("cargo: {e}"))?;
    Ok(status.success())
}

fn default_files(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("docs/traces");
    let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let mut files: Vec<String> = entries
        .filter_map(|e| Some(e.ok()?.path().display().to_string()))
        .filter(|p| p.ends_with(".ir"))
        .collect();
    files.sort();
    files.push(root.join("tests/ir/loops.ir").display().to_string());
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_files_are_there() {
        let files = default_files(&house::root()).expect("readable");
        assert!(files.len() > 3, "{files:?}");
        assert!(files.iter().all(|f| Path::new(f).is_file()), "{files:?}");
        assert!(main(&["--frobnicate".to_string()]).is_err());
        assert!(main(&["--limit".to_string()]).is_err());
    }
}
