//! Damage to source text and to compiled code: what the front-end fuzzer feeds the interpreter.
//!
//! A mutant is made from seed files and a number alone, so the number is all that a report needs.

use super::random::Random;

/// Tokens put in place of others.
const TOKENS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    ";",
    ".",
    "...",
    "->",
    ":=",
    "=",
    "==",
    "!=",
    "<>",
    "!",
    "@",
    "@=",
    "*",
    "**",
    "//",
    "%",
    "<<=",
    ">>",
    "~",
    "\\",
    "`",
    "$",
    "?",
    "'",
    "\"",
    "'''",
    "\"\"\"",
    "#",
    "\n",
    "\n\n",
    "\t",
    "    ",
    " \t",
    "\x0c",
    "\r",
    "\r\n",
    "def",
    "class",
    "lambda",
    "yield",
    "yield from",
    "await",
    "async",
    "async def f():",
    "return",
    "if",
    "elif",
    "else",
    "for",
    "in",
    "while",
    "try:",
    "except",
    "except*",
    "finally:",
    "with",
    "as",
    "match x:",
    "case",
    "type X = ",
    "type",
    "_",
    "import",
    "from . import",
    "from __future__ import annotations",
    "from __future__ import braces",
    "global x",
    "nonlocal x",
    "del",
    "assert",
    "raise",
    "break",
    "continue",
    "pass",
    "not",
    "is",
    "and",
    "or",
    "None",
    "True",
    "__debug__",
    "__class__",
    "super()",
    "0",
    "1_0",
    "1__0",
    "0777",
    "0x",
    "0b2",
    "1e",
    "1e400",
    "1j",
    "1if",
    "0xfor",
    "f'",
    "f\"{",
    "f'{x!r:{y}}'",
    "f'{x=}'",
    "f'{'",
    "t'{x}'",
    "rb'\\'",
    "b'\u{e9}'",
    "u'",
    "'\\x'",
    "'\\N{DIGIT ONE}'",
    "'\\N{'",
    "'\\ud800'",
    "'\\U00110000'",
    "\u{e9}",
    "\u{2028}",
    "\u{feff}",
    "\u{1d7d8}",
    "\u{2118}",
    "x: int = 1",
    "print x",
    "exec 'x'",
    "*a, *b = c",
    "a, b += c",
];
const COOKIES: &[&str] = &[
    "utf-8",
    "latin-1",
    "ascii",
    "utf-16",
    "utf-32-le",
    "cp1252",
    "rot13",
    "hex",
    "utf-8-sig",
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "no-such",
    "utf-7",
    "mbcs",
    "koi8-r",
    "",
    "\u{e9}",
    "utf-8\0",
    "base64",
];
/// What is repeated to nest deeply: before, after.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("{1:", "}"),
    ("lambda: ", ""),
    ("not ", ""),
    ("-", ""),
    ("x if x else ", ""),
    ("f(", ")"),
    ("f'{", "}'"),
    ("f\"{f'{", "}'}\""),
    ("[y for y in ", "]"),
    ("x[", "]"),
    ("*", ""),
    ("x = ", ""),
    ("x.", ""),
    ("x + ", ""),
    ("x ** ", ""),
    ("await ", ""),
    ("yield ", ""),
    ("@f\n", "def f(): 0\n"),
    ("x and ", ""),
    ("x < ", ""),
    ("(yield ", ")"),
    ("x, ", ""),
    ("'' ", ""),
    ("if x:pass\nel", "se:pass\n"),
    ("(x:=", ")"),
    ("~", ""),
    ("async ", ""),
    ("global x;", ""),
    ("del (", ")"),
    ("for x in (", "):0"),
    ("class C[T:(", ")]:0"),
    ("\\\n", ""),
];

/// Mutant number `seed` of some source files.
pub fn source(seed: u64, files: &[Vec<u8>]) -> Vec<u8> {
    let mut r = Random::new(seed);
    let mut text = excerpt(&mut r, files);
    for _ in 0..*r.pick(&[1, 1, 1, 2, 3]) {
        change_source(&mut r, &mut text, files);
        text.truncate(400_000);
    }
    text
}

/// Part number `seed` of the source files, as it is.
pub fn sound(seed: u64, files: &[Vec<u8>]) -> Vec<u8> {
    excerpt(&mut Random::new(seed), files)
}

/// Mostly some lines of a file, shifted so that the first is not indented; sometimes all of it.
fn excerpt(r: &mut Random, files: &[Vec<u8>]) -> Vec<u8> {
    let file = r.pick(files);
    if r.one_in(10) {
        return file.clone();
    }
    let lines: Vec<&[u8]> = file.split_inclusive(|&b| b == b'\n').collect();
    let first = r.below(lines.len().max(1));
    let indent = |line: &[u8]| line.iter().take_while(|&&b| b == b' ').count();
    let by = lines.get(first).map_or(0, |l| indent(l));
    let some = lines.iter().skip(first).take(1 + r.below(40));
    some.take_while(|l| l.len() < 2 || indent(l) >= by)
        .flat_map(|l| &l[by.min(indent(l))..])
        .copied()
        .collect()
}

/// Where tokens begin, more or less.
fn tokens(text: &[u8]) -> Vec<usize> {
    let class = |b: u8| match b {
        b' ' | b'\t' => 0,
        b if b.is_ascii_alphanumeric() || b == b'_' || b >= 0x80 => 1,
        _ => 2,
    };
    (0..text.len())
        .filter(|&i| i == 0 || class(text[i]) != class(text[i - 1]) || class(text[i]) == 2)
        .collect()
}

/// A range of one to three tokens.
fn some_tokens(r: &mut Random, text: &[u8]) -> std::ops::Range<usize> {
    let starts = tokens(text);
    if starts.is_empty() {
        return 0..0;
    }
    let i = r.below(starts.len());
    let end = starts.get(i + 1 + r.below(3)).copied().unwrap_or(text.len());
    starts[i]..end
}

fn insert(text: &mut Vec<u8>, at: usize, bytes: &[u8]) {
    text.splice(at..at, bytes.iter().copied());
}

fn change_source(r: &mut Random, text: &mut Vec<u8>, files: &[Vec<u8>]) {
    let at = some_tokens(r, text);
    let start = at.start;
    match r.below(22) {
        0 | 1 => drop(text.drain(at)),
        2 => {
            let copy = text[at].to_vec();
            let times = if r.one_in(8) { 1000 } else { 1 };
            text.splice(start..start, copy.repeat(times));
        }
        3 => {
            let other = some_tokens(r, text);
            let (a, b) = if other.start < at.start { (other, at) } else { (at, other) };
            if a.end <= b.start {
                let (x, y) = (text[a.clone()].to_vec(), text[b.clone()].to_vec());
                text.splice(b, x);
                text.splice(a, y);
            }
        }
        4..=8 => {
            let token = r.pick(TOKENS).bytes();
            let range = if r.one_in(2) { at } else { start..start };
            text.splice(range, token);
        }
        9 => insert(
            text,
            start,
            r.pick::<&[u8]>(&[
                b"\0",
                b"\xff",
                b"\xc3",
                b"\xed\xa0\x80",
                b"\xf5\x80\x80\x80",
                b"\xc0\x80",
            ]),
        ),
        10 => {
            let cookie = format!("# -*- coding: {} -*-\n", r.pick(COOKIES));
            let line = if r.one_in(3) { "#!x\n" } else { "" };
            text.splice(0..0, line.bytes().chain(cookie.bytes()));
        }
        11 => drop(
            text.splice(
                0..0,
                r.pick::<&[u8]>(&[
                    b"\xef\xbb\xbf",
                    b"\xff\xfe",
                    b"\xef\xbb",
                    b"\xef\xbb\xbf\xef\xbb\xbf",
                ])
                .iter()
                .copied(),
            ),
        ),
        12 | 13 => {
            let (open, close) = r.pick(NESTS);
            let depth = *r.pick(&[3, 20, 90, 110, 199, 201, 400, 1100, 5000, 20_000]);
            let middle = r.pick(&["x", "", "0", "*x", "x for x in y", "\n"]);
            insert(
                text,
                start,
                format!("{}{middle}{}", open.repeat(depth), close.repeat(depth)).as_bytes(),
            );
        }
        14 => {
            let indented = r.pick(&[
                "if x:\n",
                "def f():\n",
                "class C:\n",
                "try:\n",
                "for x in y:\n",
                "with x:\n",
            ]);
            let depth = *r.pick(&[5, 19, 21, 99, 101, 150]);
            let unit = r.pick(&[" ", "\t", "  "]);
            let block: String = (0..depth).map(|n| unit.repeat(n) + indented).collect();
            insert(text, start, block.as_bytes());
        }
        15 => {
            let n = *r.pick(&[100, 4299, 4301, 70_000]);
            let long = match r.below(7) {
                0 => "9".repeat(n),
                1 => format!("0x{}", "f".repeat(n)),
                2 => format!("1e{}", "9".repeat(n)),
                3 => format!("'{}'", "\\x41".repeat(n)),
                4 => "a".repeat(n),
                5 => format!("{}1", " ".repeat(n)),
                _ => format!("0.{}1j", "0".repeat(n)),
            };
            insert(text, start, long.as_bytes());
        }
        16 => text.truncate(start),
        17 => {
            let lines: Vec<usize> =
                (0..text.len()).filter(|&i| text[i] == b'\n').map(|i| i + 1).collect();
            if !lines.is_empty() {
                let at = *r.pick(&lines);
                let blank = r.pick(&[" ", "\t", "        ", "\x0c", " \t ", "\\\n", "\\"]);
                text.splice(at..at, blank.bytes());
            }
        }
        18 if !text.is_empty() => {
            let at = r.below(text.len());
            text[at] ^= 1 << r.below(8);
        }
        19 => {
            let other = excerpt(r, files);
            text.splice(start..start, other);
        }
        20 => {
            const SWAPS: &[(&str, &str)] =
                &[("\n", "\r\n"), ("\n", "\r"), (" ", "\t"), (":", ""), ("\n", ""), ("'", "\"")];
            let (a, b) = r.pick(SWAPS);
            let (a, b) = (a.as_bytes(), b.as_bytes());
            let parts: Vec<Vec<u8>> = text
                .chunk_by(|x, _| *x != a[0])
                .map(|c| c.strip_suffix(a).map_or(c.to_vec(), |c| [c, b].concat()))
                .collect();
            *text = parts.concat();
        }
        _ => {
            // A literal of text breaks off.
            let quote = r.pick(&["'", "\"", "'''", "\"\"\"", "f'''{", "f'{x:{", "rb'", "t'{"]);
            insert(text, start, quote.as_bytes());
        }
    }
}

/// Mutant number `seed` of some `.pyc` files, whose first 16 bytes are the header.
pub fn compiled(seed: u64, files: &[Vec<u8>]) -> Vec<u8> {
    let mut r = Random::new(seed);
    let mut bytes = r.pick(files).clone();
    for _ in 0..1 + r.below(3) {
        let n = bytes.len();
        if n < 20 {
            break;
        }
        // The header is 16 bytes of little interest.
        let at = if r.one_in(40) { r.below(n) } else { 16 + r.below(n - 16) };
        match r.below(10) {
            0..=2 => bytes[at] ^= 1 << r.below(8),
            3 => bytes[at] = r.bits() as u8,
            4 => bytes[at] = *r.pick(&[0, 1, 2, 3, 4, 0x7f, 0x80, 0xff]),
            5 => bytes[at] = bytes[at].wrapping_add(*r.pick(&[1, 255])),
            6 => {
                // One instruction word in place of another, probably.
                let from = 16 + r.below(n - 19);
                let word: Vec<u8> = bytes[from..from + 4].to_vec();
                let to = at.min(n - 4);
                bytes.splice(to..to + 4, word);
            }
            7 if r.one_in(4) => bytes.truncate(at),
            7 | 8 => {
                let len = 1 + r.below(8);
                if r.one_in(2) {
                    bytes.drain(at..(at + len).min(n));
                } else {
                    let copy = bytes[at..(at + len).min(n)].to_vec();
                    bytes.splice(at..at, copy);
                }
            }
            _ => {
                let other = r.pick(files);
                let from = r.below(other.len());
                let len = 1 + r.below(40);
                let piece = other[from..(from + len).min(other.len())].to_vec();
                let end = (at + piece.len()).min(n);
                bytes.splice(at..end, piece);
            }
        }
    }
    bytes
}
