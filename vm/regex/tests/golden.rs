//! Runs the golden cases of `tests/golden/*.txt`: code lists with the results of CPython's matcher.
//!
//! A line `P groups words ; pattern` starts a pattern: words are hexadecimal, `WxN` repeats word W
//! N times, `*W` is a word of four bytes in little-endian order (a BIGCHARSET map).
//! A line `mode[@pos[:end]] text = results` is a case. Modes: `s` search, `m` match, `f` fullmatch,
//! `i` all matches of a search walk, `k` all of a match walk. In a text `\hex;` is a code point and
//! `\e;` the empty text. A result is `-` for no match, else the spans of all groups (`.` for none)
//! and `#lastindex`. Every text runs at each width that can hold it.

use pyrs_regex::{Matcher, Mode, Program, Request, Text, Walk};
use std::fmt::Write;

/// Reads the words of a pattern line.
fn words(text: &str) -> Vec<u32> {
    let mut code = Vec::new();
    let hex = |word: &str| u32::from_str_radix(word, 16).unwrap();
    for token in text.split_whitespace() {
        if let Some(bytes) = token.strip_prefix('*') {
            code.push(u32::from_ne_bytes(hex(bytes).to_le_bytes()));
        } else if let Some((word, count)) = token.split_once('x') {
            code.extend(std::iter::repeat_n(hex(word), count.parse().unwrap()));
        } else {
            code.push(hex(token));
        }
    }
    code
}

/// Undoes the escapes of a text.
fn text_of(escaped: &str) -> Vec<u32> {
    let mut text = Vec::new();
    let mut rest = escaped;
    while let Some(first) = rest.chars().next() {
        rest = &rest[1..];
        if first != '\\' {
            text.push(u32::from(first));
            continue;
        }
        let (hex, tail) = rest.split_once(';').unwrap();
        if hex != "e" || escaped != "\\e;" {
            text.push(u32::from_str_radix(hex, 16).unwrap());
        }
        rest = tail;
    }
    text
}

fn result(matcher: &Matcher, program: &Program) -> String {
    let mut out = String::new();
    for group in 0..=program.groups() {
        match matcher.group(group) {
            Some((start, end)) => write!(out, "{start}:{end} ").unwrap(),
            None => out.push_str(". "),
        }
    }
    write!(out, "#{}", matcher.last_index().unwrap_or(0)).unwrap();
    out
}

/// Runs one case at one width.
fn answer(program: &Program, how: &str, text: Text<'_>, matcher: &mut Matcher) -> String {
    let (mode, place) = how.split_at(1);
    let mut request = Request::new(match mode {
        "m" | "k" => Mode::Match,
        "f" => Mode::FullMatch,
        _ => Mode::Search,
    });
    if let Some(place) = place.strip_prefix('@') {
        let (pos, end) = place.split_once(':').unwrap_or((place, "999999"));
        request.pos = pos.parse().unwrap();
        request.end = end.parse().unwrap();
    }
    let mut walk = Walk::new(request);
    let mut results = Vec::new();
    while walk.step(matcher, program, text, &mut || false).unwrap() {
        results.push(result(matcher, program));
        if !matches!(mode, "i" | "k") {
            break;
        }
    }
    if results.is_empty() { "-".to_string() } else { results.join(" | ") }
}

#[test]
fn golden() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden");
    let (mut cases, mut wrong) = (0, Vec::new());
    let mut matcher = Matcher::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let mut current = None;
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if let Some(pattern) = line.strip_prefix("P ") {
                let (code, name) = pattern.split_once("  ; ").unwrap();
                let (groups, code) = code.split_once(' ').unwrap();
                let program = Program::new(&words(code), groups.parse().unwrap(), 0);
                current = Some((program.unwrap_or_else(|bad| panic!("{name}: {bad:?}")), name));
                continue;
            }
            let (program, name) = current.as_ref().unwrap();
            let (case, wanted) = line.split_once(" = ").unwrap();
            let (how, text) = case.split_once(' ').unwrap();
            let wide = text_of(text);
            let medium: Option<Vec<u16>> = wide.iter().map(|&ch| ch.try_into().ok()).collect();
            let narrow: Option<Vec<u8>> = wide.iter().map(|&ch| ch.try_into().ok()).collect();
            let mut check = |text: Text<'_>| {
                cases += 1;
                let got = answer(program, how, text, &mut matcher);
                if got != wanted {
                    wrong.push(format!("{name} {case}: {got}, not {wanted}"));
                }
            };
            check(Text::Ucs4(&wide));
            if let Some(text) = &medium {
                check(Text::Ucs2(text));
            }
            if let Some(text) = &narrow {
                check(Text::Latin1(text));
            }
        }
    }
    println!("{cases} cases");
    assert!(cases > 10_000, "the golden files are gone");
    assert!(
        wrong.is_empty(),
        "{} wrong, such as\n{}",
        wrong.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
}
