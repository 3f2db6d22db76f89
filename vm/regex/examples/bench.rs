//! Times the engine on the cases of `examples/bench.txt`, the best of several runs each.
//!
//! `cargo run --profile fast -p pyrs-regex --example bench [other.txt [name]]`; the optional file
//! holds lines `name, seconds, matches` (tabs between) of another implementation, for the ratio; a name
//! picks the cases that contain it.

use pyrs_regex::{Matcher, Mode, Program, Request, Text, Walk};
use std::collections::HashMap;
use std::time::{Duration, Instant};

fn words(text: &str) -> Vec<u32> {
    let hex = |word: &str| u32::from_str_radix(word, 16).expect("a hexadecimal word");
    let mut code = Vec::new();
    for token in text.split(' ') {
        match token.split_once('x') {
            Some((word, count)) => {
                let count = count.parse().expect("a repeat count");
                code.extend(std::iter::repeat_n(hex(word), count));
            }
            // The star marks bytes in little-endian order, as in the golden files.
            None => match token.strip_prefix('*') {
                Some(bytes) => code.push(u32::from_ne_bytes(hex(bytes).to_le_bytes())),
                None => code.push(hex(token)),
            },
        }
    }
    code
}

fn unescape(text: &str) -> Vec<u32> {
    let mut parts = text.split('\\');
    let mut out: Vec<u32> = parts.next().unwrap_or("").chars().map(u32::from).collect();
    for part in parts {
        let (hex, rest) = part.split_once(';').expect("an escape ends with a semicolon");
        if hex != "e" || text != "\\e;" {
            out.push(u32::from_str_radix(hex, 16).expect("a hexadecimal code point"));
        }
        out.extend(rest.chars().map(u32::from));
    }
    out
}

fn count(program: &Program, mode: &str, text: Text<'_>, matcher: &mut Matcher) -> usize {
    let kind = if mode == "m" { Mode::Match } else { Mode::Search };
    let mut walk = Walk::new(Request::new(kind));
    let mut matches = 0;
    while walk.step(matcher, program, text, &mut || false).expect("memory") {
        matches += 1;
        if mode != "i" {
            break;
        }
    }
    matches
}

fn main() {
    let mut others = HashMap::new();
    let wanted = std::env::args().nth(2).unwrap_or_default();
    if let Some(path) = std::env::args().nth(1) {
        let file = std::fs::read_to_string(path).expect("the other's figures");
        for line in file.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let seconds: f64 = fields[1].parse().expect("seconds");
            others.insert(fields[0].to_string(), (seconds, fields[2].to_string()));
        }
    }
    let mut matcher = Matcher::new();
    for line in include_str!("bench.txt").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(" | ").collect();
        if !fields[0].contains(&wanted) {
            continue;
        }
        let (groups, code) = fields[2].split_once(' ').expect("groups and code");
        let groups = groups.parse().expect("a number of groups");
        let program = Program::new(&words(code), groups, 0).expect("valid code");
        let mut text = unescape(fields[3]).repeat(fields[4].parse().expect("a count"));
        text.extend(unescape(fields[5]));
        let bytes: Option<Vec<u8>> = text.iter().map(|&ch| ch.try_into().ok()).collect();
        let units: Vec<u16> = text.iter().map(|&ch| ch as u16).collect();
        let text = bytes.as_deref().map_or(Text::Ucs2(&units), Text::Latin1);
        let mut best = Duration::MAX;
        let began = Instant::now();
        let mut found = 0;
        for round in 0.. {
            if round >= 5 && began.elapsed() > Duration::from_millis(150) {
                break;
            }
            let start = Instant::now();
            found = count(&program, fields[1], text, &mut matcher);
            best = best.min(start.elapsed());
        }
        let micros = best.as_secs_f64() * 1e6;
        print!("{:24} {micros:10.2} us {found:6} matches", fields[0]);
        if let Some((other, matches)) = others.get(fields[0]) {
            let same = if *matches == found.to_string() { "" } else { "  (other count!)" };
            print!("  other {:10.2} us  ratio {:6.2}{same}", other * 1e6, other * 1e6 / micros);
        }
        println!();
    }
}
