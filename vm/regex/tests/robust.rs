//! What must hold for any input: no panic whatever the code words, no native recursion, memory in
//! proportion, interruption. The random code lists are of two kinds: plain noise (nearly always
//! rejected) and golden lists with a few words changed (often accepted, and then run).

use proptest::prelude::*;
use pyrs_regex::{MatchError, Matcher, Mode, Program, Request, Text, Walk};
use std::sync::LazyLock;

// The opcodes that the hand-written code lists below need.
const SUCCESS: u32 = 1;
const AT: u32 = 6;
const BRANCH: u32 = 7;
const ATOMIC_GROUP: u32 = 27;
const IN: u32 = 13;
const JUMP: u32 = 15;
const LITERAL: u32 = 16;
const MARK: u32 = 17;
const MAX_UNTIL: u32 = 18;
const NOT_LITERAL: u32 = 20;
const REPEAT: u32 = 23;
const MAXREPEAT: u32 = u32::MAX;

/// Runs a program in every mode on a few texts, for a limited number of steps.
fn exercise(program: &Program) {
    let wide: Vec<u32> = "aab\n Ж😀1ba-ab".chars().map(u32::from).collect();
    let medium: Vec<u16> = wide.iter().map(|&ch| ch as u16).collect();
    let texts =
        [Text::Latin1(b""), Text::Latin1(b"abac ab1\n"), Text::Ucs2(&medium), Text::Ucs4(&wide)];
    let mut matcher = Matcher::new();
    for text in texts {
        for mode in [Mode::Match, Mode::FullMatch, Mode::Search] {
            let mut polls = 0;
            let mut poll = || {
                polls += 1;
                polls > 2
            };
            let mut walk = Walk::new(Request::new(mode));
            for _ in 0..20 {
                if !matches!(walk.step(&mut matcher, program, text, &mut poll), Ok(true)) {
                    break;
                }
                let (start, end) = matcher.span();
                assert!(start <= end && end <= text.len());
                for group in 0..=program.groups() {
                    if let Some((start, end)) = matcher.group(group) {
                        assert!(start <= end && end <= text.len());
                    }
                }
            }
        }
    }
}

/// The code lists of the golden file, with their group counts.
fn golden_codes() -> Vec<(Vec<u32>, usize)> {
    let hex = |word: &str| u32::from_str_radix(word, 16).unwrap();
    let lists = include_str!("golden/core.txt").lines().filter_map(|line| {
        let (code, _) = line.strip_prefix("P ")?.split_once("  ; ")?;
        let (groups, code) = code.split_once(' ')?;
        let mut words = Vec::new();
        for token in code.split(' ') {
            match token.split_once('x') {
                Some((word, count)) => {
                    words.extend(std::iter::repeat_n(hex(word), count.parse().unwrap()));
                }
                None => words.push(hex(token.trim_start_matches('*'))),
            }
        }
        Some((words, groups.parse().unwrap()))
    });
    lists.collect()
}

/// The same, read once.
static CODES: LazyLock<Vec<(Vec<u32>, usize)>> = LazyLock::new(golden_codes);

/// A word of the kind that code lists are made of.
fn word() -> impl Strategy<Value = u32> {
    prop_oneof![
        6 => 0..44u32,
        2 => 0..8u32,
        1 => 90..130u32,
        1 => Just(MAXREPEAT),
        1 => any::<u32>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn noise_never_panics(code in prop::collection::vec(word(), 0..40), groups in 0..4usize) {
        if let Ok(program) = Program::new(&code, groups, 0) {
            exercise(&program);
        }
    }

    #[test]
    fn mutants_never_panic(
        pick in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), word(), 0..4u8), 1..4),
    ) {
        let codes = &*CODES;
        let (mut code, groups) = codes[pick.index(codes.len())].clone();
        for (place, word, kind) in edits {
            let at = place.index(code.len());
            match kind {
                0 if code.len() > 1 => { code.remove(at); }
                1 => code.insert(at, word),
                _ => code[at] = word,
            }
        }
        if let Ok(program) = Program::new(&code, groups, 0) {
            exercise(&program);
        }
    }
}

/// Whether a program finds something in a Latin-1 text; never interrupted.
fn search(program: &Program, text: &[u8]) -> Option<(usize, usize)> {
    let mut matcher = Matcher::new();
    let request = Request::new(Mode::Search);
    let found = matcher.run(program, Text::Latin1(text), request, &mut || false).unwrap();
    found.then(|| matcher.span())
}

/// `(?:ab|c)*` followed by `tail`: a general loop with a way back at every round.
fn loop_over_branch(tail: &[u32]) -> Program {
    let mut code = vec![REPEAT, 17, 0, MAXREPEAT, BRANCH, 7, LITERAL, 97, LITERAL, 98, JUMP, 7];
    code.extend([5, LITERAL, 99, JUMP, 2, 0, MAX_UNTIL]);
    code.extend(tail);
    code.push(SUCCESS);
    Program::new(&code, 0, 0).unwrap()
}

#[test]
fn a_million_rounds() {
    let text = b"abc".repeat(400_000);
    let program = loop_over_branch(&[]);
    assert_eq!(search(&program, &text), Some((0, text.len())));
    // What follows could start any round, so every round leaves a choice on the stack.
    let program = loop_over_branch(&[LITERAL, 97, LITERAL, 98, LITERAL, 99, AT, 7]);
    assert_eq!(search(&program, &text), Some((0, text.len())));
}

#[test]
fn nesting_is_not_recursion() {
    const DEPTH: usize = 100_000;
    let mut code = Vec::new();
    for level in 0..DEPTH {
        // Each level holds two words of its own and three of every level inside.
        code.extend([ATOMIC_GROUP, (3 * (DEPTH - level) - 1 + 2) as u32]);
    }
    code.extend([LITERAL, 97]);
    code.extend([SUCCESS].repeat(DEPTH + 1));
    let program = Program::new(&code, 0, 0).unwrap();
    assert_eq!(search(&program, b"xxa"), Some((2, 3)));
    assert_eq!(search(&program, b"xx"), None);
}

#[test]
fn exponential_matches_can_be_stopped() {
    // `(?:(?:a|[^b])+)+b` on a text without b: the number of ways doubles with every character.
    let inner = [REPEAT, 9, 1, MAXREPEAT, BRANCH, 5, LITERAL, 97, JUMP, 7];
    let inner = [&inner[..], &[5, NOT_LITERAL, 98, JUMP, 2, 0]].concat();
    let mut code = vec![REPEAT, 0, 1, MAXREPEAT];
    let body_len = inner.len() as u32;
    code.extend(&inner);
    code[5] = body_len - 1;
    code.push(MAX_UNTIL);
    code[1] = code.len() as u32 - 1;
    code.extend([MAX_UNTIL, LITERAL, 98, SUCCESS]);
    let program = Program::new(&code, 0, 0).unwrap();
    let mut polls = 0;
    let mut poll = || {
        polls += 1;
        polls == 3
    };
    let request = Request::new(Mode::Match);
    let text = Text::Latin1(&[b'a'; 64]);
    let answer = Matcher::new().run(&program, text, request, &mut poll);
    assert_eq!((answer, polls), (Err(MatchError::Interrupted), 3));
}

#[test]
fn bad_code_is_rejected() {
    let rejected: &[&[u32]] = &[
        &[],
        &[LITERAL, 97],
        &[LITERAL],
        &[MARK, 2, SUCCESS],
        &[IN, 3, LITERAL, 97, SUCCESS],
        &[REPEAT, 4, 2, 1, MAX_UNTIL, SUCCESS],
        &[JUMP, 1, SUCCESS],
        &[11, 1, SUCCESS],
        &[AT, 12, SUCCESS],
        &[99, SUCCESS],
        &[BRANCH, 0, SUCCESS],
    ];
    for code in rejected {
        assert!(Program::new(code, 1, 0).is_err(), "{code:?}");
    }
    assert!(Program::new(&[MARK, 0, LITERAL, 97, MARK, 1, SUCCESS], 1, 0).is_ok());
}
