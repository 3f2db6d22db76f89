//! Makes a failing program small: statements are dropped, and bodies take the place of their statement, as long
//! as the program still fails.

use super::generate::{Node, Program};
use super::{Fuzz, SETTINGS};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Runs of a program at most: under stress each takes a second.
const RUNS: usize = 400;

/// The smallest program found for which `fails` still holds.
pub(super) fn shrink(program: Program, mut fails: impl FnMut(&[Node]) -> bool) -> Program {
    let mut best = program;
    let mut runs = 0;
    // Halves first, single statements last.
    let mut chunk = best.len().div_ceil(2).max(1);
    loop {
        let before = count(&best);
        let mut at = 0;
        while at < count(&best) && runs < RUNS {
            let mut smaller = best.clone();
            remove(&mut smaller, at, chunk, &mut 0);
            runs += 1;
            if smaller != best && fails(&smaller) {
                best = smaller;
            } else {
                at += chunk;
            }
        }
        if runs >= RUNS || (chunk == 1 && count(&best) == before) {
            return best;
        }
        chunk = (chunk / 2).max(1);
    }
}
fn count(nodes: &[Node]) -> usize {
    nodes.iter().map(|n| 1 + count(&n.body)).sum()
}
/// Removes the nodes `at..at + n`, counted in the order of the text.
fn remove(nodes: &mut Vec<Node>, at: usize, n: usize, next: &mut usize) {
    nodes.retain_mut(|node| {
        let own = *next;
        *next += 1;
        let gone = (at..at + n).contains(&own);
        let inside = *next;
        remove(&mut node.body, at, n, next);
        // A statement that goes takes its body with it, which counts all the same.
        *next = (*next).max(inside);
        !gone
    });
}

impl Fuzz {
    /// Shrinks the program of a seed that fails under the setting (or peer) `what`, and keeps it.
    pub(super) fn shrink(&self, seed: u64, what: &str, keep: &Path) -> io::Result<()> {
        let name = PathBuf::from(format!("p{seed}.py"));
        let write = |p: &[Node]| fs::write(self.folder.join(&name), (self.kind.text)(p));
        let fails = |p: &[Node]| {
            let found = write(p).and_then(|()| {
                self.compare(std::slice::from_ref(&name), |setting| setting == what)
            });
            matches!(found, Ok(Some(_)))
        };
        let small = shrink((self.kind.program)(seed), fails);
        fs::create_dir_all(keep)?;
        let file = keep.join(format!("{}{seed}_{what}.py", self.kind.name));
        fs::write(&file, (self.kind.text)(&small))?;
        let known = SETTINGS.iter().find(|(n, _)| *n == what).map_or(&[][..], |(_, v)| v);
        let variables: Vec<String> = known.iter().map(|(k, v)| format!("PYRS_{k}={v}")).collect();
        say!("  kept as {} ({})", file.display(), variables.join(" "));
        let own = (self.kind.text)(&small);
        say!("{}", own.strip_prefix(self.kind.prelude).unwrap_or(&own));
        Ok(())
    }
}
