//! Reads Rust sources just well enough for the house rules: files below a folder, and code without its
//! comments and literals.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// A source file as the rules see it.
#[derive(Debug)]
pub struct Source {
    /// Path relative to the root of the checkout, with `/`.
    pub path: String,
    pub text: String,
}

/// All files of the checkout whose name ends in one of `endings`, sorted; build results, hidden folders
/// and the test programs are not part of the house.
pub fn files(root: &Path, endings: &[&str]) -> io::Result<Vec<Source>> {
    let mut paths = Vec::new();
    walk(root, endings, &mut paths)?;
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path)
            .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
        let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        Ok(Source { path, text })
    };
    paths.into_iter().map(read).collect()
}

/// Every file of the checkout that [`files`] can see.
pub fn paths(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    walk(root, &[""], &mut paths)?;
    Ok(paths)
}

fn walk(dir: &Path, endings: &[&str], paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "target" || name.starts_with("target-") {
            continue;
        }
        if path.is_dir() {
            walk(&path, endings, paths)?;
        } else if endings.iter().any(|e| name.ends_with(e)) {
            paths.push(path);
        }
    }
    Ok(())
}

/// The same text with comments and the insides of string and character literals blanked; line breaks stay, so
/// that line numbers hold.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let end = match chars[i] {
            '/' if chars.get(i + 1) == Some(&'/') => line_end(&chars, i),
            '/' if chars.get(i + 1) == Some(&'*') => block_comment_end(&chars, i),
            '"' => string_end(&chars, i + 1),
            'r' | 'b' | 'c' if !word_before(&chars, i) => prefixed_literal_end(&chars, i),
            '\'' => char_end(&chars, i),
            _ => i,
        };
        if end == i {
            out.push(chars[i]);
            i += 1;
        } else {
            out.extend(chars[i..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            i = end;
        }
    }
    out
}

fn line_end(chars: &[char], from: usize) -> usize {
    (from..chars.len()).find(|&i| chars[i] == '\n').unwrap_or(chars.len())
}

/// Block comments nest.
fn block_comment_end(chars: &[char], from: usize) -> usize {
    let (mut depth, mut i) = (0, from);
    while i < chars.len() {
        match (chars[i], chars.get(i + 1)) {
            ('/', Some('*')) => (depth, i) = (depth + 1, i + 2),
            ('*', Some('/')) if depth == 1 => return i + 2,
            ('*', Some('/')) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    chars.len()
}

/// `from` is behind the opening quote.
fn string_end(chars: &[char], from: usize) -> usize {
    let mut i = from;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

fn word_before(chars: &[char], i: usize) -> bool {
    i > 0 && (chars[i - 1].is_alphanumeric() || chars[i - 1] == '_')
}

/// `r"..."`, `r#"..."#`, `b"..."`, `br"..."`, `c"..."`, `b'x'`; returns `from` for anything else.
fn prefixed_literal_end(chars: &[char], from: usize) -> usize {
    let mut i = from;
    let mut raw = false;
    while i < from + 2 && i < chars.len() && "rbc".contains(chars[i]) {
        raw |= chars[i] == 'r';
        i += 1;
    }
    match chars.get(i) {
        Some('"') if !raw => return string_end(chars, i + 1),
        Some('\'') if !raw => return char_end(chars, i),
        Some('"' | '#') if raw => {}
        _ => return from,
    }
    let hashes = chars[i..].iter().take_while(|c| **c == '#').count();
    if chars.get(i + hashes) != Some(&'"') {
        return from;
    }
    let closes = |k: usize| {
        chars[k] == '"' && chars[k + 1..].iter().take_while(|c| **c == '#').count() >= hashes
    };
    (i + hashes + 1..chars.len()).find(|&k| closes(k)).map_or(chars.len(), |k| k + 1 + hashes)
}

/// A character literal, or `from` when the quote begins a lifetime.
fn char_end(chars: &[char], from: usize) -> usize {
    match (chars.get(from + 1), chars.get(from + 2)) {
        (Some('\\'), _) => {
            let quote = (from + 3..chars.len()).find(|&i| chars[i] == '\'');
            quote.map_or(from, |i| i + 1)
        }
        (Some(_), Some('\'')) => from + 3,
        _ => from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_vanish() {
        let cases = [
            ("a // b\nc", "a     \nc"),
            ("a /* x /* y */ z */ b", "a                   b"),
            (r#"f("a\"b", 1)"#, "f(      , 1)"),
            ("r#\"a\"b\"# + x", "         + x"),
            ("'a' 'b: &'c T '\\'' x", "    'b: &'c T      x"),
            ("br\"x\" b'y' car\"z\"", "           car   "),
            ("for r in b", "for r in b"),
        ];
        for (text, want) in cases {
            assert_eq!(code_only(text).trim_end(), want.trim_end(), "{text}");
        }
    }

    #[test]
    fn lines_are_kept() {
        let text = "a\n\"x\ny\"\n/* \n */ z";
        assert_eq!(code_only(text).lines().count(), text.lines().count());
    }
}
