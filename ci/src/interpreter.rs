//! A Python interpreter named on the command line: how to call it, and how it sees our files.
//!
//! An interpreter is a shell-like command: `VAR=value ... program argument ...`. Many installations can be
//! measured without installing them: a command that begins with `chroot DIR` runs inside the file tree DIR,
//! so the files it needs are copied to `DIR/tmp` first and it is told their names in there.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// A command that runs Python programs.
#[derive(Clone, Debug)]
pub struct Interpreter {
    /// The name used in tables.
    pub name: String,
    env: Vec<(String, String)>,
    argv: Vec<String>,
    /// The tree it runs in, if it is not ours.
    root: Option<PathBuf>,
}

impl Interpreter {
    /// Reads `VAR=value program arguments`. Words are split at blanks; quotes hold words together.
    pub fn parse(name: &str, command: &str) -> Result<Interpreter, String> {
        let mut env = Vec::new();
        let mut argv = split_words(command)?;
        while let Some((key, value)) = argv.first().and_then(|w| assignment(w)) {
            env.push((key, value));
            argv.remove(0);
        }
        let Some(program) = argv.first() else {
            return Err(format!("no program in the command {command:?}"));
        };
        let root = (program == "chroot" && argv.len() > 2).then(|| PathBuf::from(&argv[1]));
        if root.is_none() && program.contains('/') {
            // The working directory changes later on: keep relative names working.
            let path = fs::canonicalize(program).map_err(|e| format!("{program}: {e}"))?;
            argv[0] = path.to_string_lossy().into_owned();
        }
        Ok(Interpreter { name: name.to_string(), env, argv, root })
    }

    /// Reads `name=command`, the form used by `ci/bench`.
    pub fn parse_named(text: &str) -> Result<Interpreter, String> {
        match text.split_once('=') {
            Some((name, command)) if !name.is_empty() => Interpreter::parse(name, command),
            _ => Err(format!("expected name=command, got {text:?}")),
        }
    }

    /// Puts `prefix` (an emulator) in front of the command.
    pub fn prefixed(mut self, prefix: &[String]) -> Interpreter {
        self.argv.splice(0..0, prefix.iter().cloned());
        self
    }

    /// The same interpreter with one more environment variable.
    pub fn with_env(mut self, key: &str, value: &str) -> Interpreter {
        self.env.push((key.to_string(), value.to_string()));
        self
    }

    /// The name under which this interpreter sees the folder `dir`. For an interpreter in another tree the
    /// folder is copied there as `tmp/pyrs-ci-LABEL`, replacing what an earlier run left.
    pub fn view(&self, dir: &Path, label: &str) -> io::Result<PathBuf> {
        let dir = fs::canonicalize(dir)?;
        let Some(root) = &self.root else { return Ok(dir) };
        if let Ok(inside) = dir.strip_prefix(fs::canonicalize(root)?) {
            return Ok(Path::new("/").join(inside));
        }
        let inside = PathBuf::from(format!("/tmp/pyrs-ci-{label}"));
        let outside = self.outside(&inside);
        if outside.exists() {
            fs::remove_dir_all(&outside)?;
        }
        copy_tree(&dir, &outside)?;
        Ok(inside)
    }

    /// Where a path of the interpreter's tree lies in ours.
    pub fn outside(&self, inside: &Path) -> PathBuf {
        match &self.root {
            Some(root) => root.join(inside.strip_prefix("/").unwrap_or(inside)),
            None => inside.to_path_buf(),
        }
    }

    /// A command to which the caller adds arguments. `cwd` is a name as the interpreter sees it.
    pub fn command(&self, cwd: Option<&Path>) -> Command {
        let mut command = Command::new(&self.argv[0]);
        match (&self.root, cwd) {
            (Some(_), Some(cwd)) => {
                // chroot starts at the root of the tree; `env -C` moves on from there.
                command.arg(&self.argv[1]).args(["env", "-C"]).arg(cwd).args(&self.argv[2..]);
            }
            (_, cwd) => {
                command.args(&self.argv[1..]);
                if let Some(cwd) = cwd {
                    command.current_dir(cwd);
                }
            }
        }
        command.envs(self.env.iter().map(|(k, v)| (k, v)));
        command
    }
}

/// `VAR=value` with a name made of letters, digits and underscores.
fn assignment(word: &str) -> Option<(String, String)> {
    let (key, value) = word.split_once('=')?;
    let good = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    good.then(|| (key.to_string(), value.to_string()))
}

/// Splits at blanks; `'...'` and `"..."` keep blanks; there are no escapes.
fn split_words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in text.chars() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    if quote.is_some() { Err(format!("unbalanced quotes in {text:?}")) } else { Ok(words) }
}

/// Copies a folder with everything in it; links are followed.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if fs::metadata(entry.path())?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_variables_and_trees() {
        let i = Interpreter::parse("x", "A_1=b  chroot /some/tree 'my python' -B").expect("parses");
        assert_eq!(i.env, [("A_1".to_string(), "b".to_string())]);
        assert_eq!(i.argv, ["chroot", "/some/tree", "my python", "-B"]);
        assert_eq!(i.root, Some(PathBuf::from("/some/tree")));
        let command = format!("{:?}", i.command(Some(Path::new("/w"))));
        assert!(command.contains(r#""chroot" "/some/tree" "env" "-C" "/w" "my python" "-B""#));
        let plain = Interpreter::parse_named("py=python3 -I").expect("parses");
        assert_eq!((plain.name.as_str(), plain.argv.len(), plain.root), ("py", 2, None));
    }

    #[test]
    fn bad_commands_are_refused() {
        for bad in ["", "   ", "A=1", "'open"] {
            assert!(Interpreter::parse("x", bad).is_err(), "{bad:?}");
        }
        assert!(Interpreter::parse_named("no-command").is_err());
    }
}
