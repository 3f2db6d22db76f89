//! A line diff for people: what was expected (`-`), what came (`+`), with a little context.
//!
//! Longest common subsequence by dynamic programming over the lines between the common head and tail;
//! outputs too large for that are shown as one replaced block.

/// Above this many table cells the middle is shown as one block.
const CELLS_MAX: usize = 4_000_000;
/// Unchanged lines shown around a change.
const CONTEXT: usize = 2;
/// Lines shown at most.
const LINES_MAX: usize = 60;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Same,
    Gone,
    New,
}

/// Describes how `got` differs from `want`; empty when they are equal.
pub fn diff(want: &str, got: &str) -> String {
    if want == got {
        return String::new();
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (lines(want), lines(got));
    let marked = mark(&a, &b);
    let keep = |i: usize| {
        let near = i.saturating_sub(CONTEXT)..(i + CONTEXT + 1).min(marked.len());
        marked[near].iter().any(|(m, _)| *m != Mark::Same)
    };
    let mut out = String::new();
    let (mut shown, mut skipped) = (0, false);
    for (i, (m, line)) in marked.iter().enumerate() {
        if !keep(i) {
            skipped = true;
            continue;
        }
        if shown == LINES_MAX {
            out.push_str("    ... (more)\n");
            break;
        }
        if skipped {
            out.push_str("    ...\n");
            skipped = false;
        }
        let sign = match m {
            Mark::Same => ' ',
            Mark::Gone => '-',
            Mark::New => '+',
        };
        out.push_str(&format!("    {sign} {}\n", shorten(line)));
        shown += 1;
    }
    out
}

/// Lines with their ends made visible when the last one has none.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    match lines.last() {
        Some(&"") => drop(lines.pop()),
        _ => lines.push("\\ (no newline at the end)"),
    }
    lines
}

fn shorten(line: &str) -> String {
    if line.chars().count() <= 160 {
        return line.to_string();
    }
    line.chars().take(157).collect::<String>() + "..."
}

fn mark<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<(Mark, &'a str)> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let most = a.len().min(b.len()) - head;
    let tail = (1..=most).take_while(|&k| a[a.len() - k] == b[b.len() - k]).count();
    let (ma, mb) = (&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut out: Vec<(Mark, &str)> = a[..head].iter().map(|l| (Mark::Same, *l)).collect();
    if (ma.len() + 1) * (mb.len() + 1) > CELLS_MAX {
        out.extend(ma.iter().map(|l| (Mark::Gone, *l)));
        out.extend(mb.iter().map(|l| (Mark::New, *l)));
    } else {
        middle(ma, mb, &mut out);
    }
    out.extend(a[a.len() - tail..].iter().map(|l| (Mark::Same, *l)));
    out
}

/// The classic table: `best[i][j]` is the longest common subsequence of `a[i..]` and `b[j..]`.
fn middle<'a>(a: &[&'a str], b: &[&'a str], out: &mut Vec<(Mark, &'a str)>) {
    let width = b.len() + 1;
    let mut best = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i * width + j] = if a[i] == b[j] {
                best[(i + 1) * width + j + 1] + 1
            } else {
                best[(i + 1) * width + j].max(best[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            out.push((Mark::Same, a[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == b.len()
            || (i < a.len() && best[(i + 1) * width + j] >= best[i * width + j + 1])
        {
            out.push((Mark::Gone, a[i]));
            i += 1;
        } else {
            out.push((Mark::New, b[j]));
            j += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_no_diff() {
        assert_eq!(diff("a\nb\n", "a\nb\n"), "");
    }

    #[test]
    fn shows_the_changed_lines_in_context() {
        let d = diff("1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\n4\nfive\n6\n7\n");
        assert_eq!(d, "    ...\n      3\n      4\n    - 5\n    + five\n      6\n      7\n");
    }

    #[test]
    fn a_missing_newline_is_a_difference() {
        assert!(diff("a\n", "a").contains("no newline"));
    }

    #[test]
    fn insertions_deletions_and_empty_sides() {
        assert_eq!(diff("", "x\n"), "    + x\n");
        assert_eq!(diff("x\n", ""), "    - x\n");
        assert_eq!(diff("a\nc\n", "a\nb\nc\n"), "      a\n    + b\n      c\n");
    }
}
