//! The parts of the public face that golden cases do not reach: locales, results between calls.

use pyrs_regex::{FLAG_LOCALE, Locale, Matcher, Mode, Program, Request, Text};

// Opcodes of the hand-written lists.
const SUCCESS: u32 = 1;
const AT: u32 = 6;
const IN: u32 = 13;
const IN_LOC_IGNORE: u32 = 35;
const LITERAL: u32 = 16;
const LITERAL_LOC_IGNORE: u32 = 36;
const MARK: u32 = 17;
const GROUPREF_LOC_IGNORE: u32 = 34;
const REPEAT_ONE: u32 = 24;
const CATEGORY: u32 = 8;
const MAXREPEAT: u32 = u32::MAX;

/// The letters of Latin-1, as a locale such as de_DE.ISO-8859-1 has them.
fn latin1() -> Locale {
    let mut locale = Locale::c();
    for upper in (0xC0..=0xDEu8).filter(|&byte| byte != 0xD7) {
        locale.lower[usize::from(upper)] = upper + 32;
        locale.upper[usize::from(upper + 32)] = upper;
        locale.alnum[usize::from(upper)] = true;
        locale.alnum[usize::from(upper + 32)] = true;
    }
    locale
}

fn search(code: &[u32], groups: usize, locale: Locale, text: &[u8]) -> Option<(usize, usize)> {
    let program = Program::with_locale(code, groups, FLAG_LOCALE, locale).unwrap();
    let mut matcher = Matcher::new();
    let request = Request::new(Mode::Search);
    let found = matcher.run(&program, Text::Latin1(text), request, &mut || false).unwrap();
    found.then(|| matcher.span())
}

#[test]
fn locale_decides_on_bytes() {
    // É, ignoring case.
    let literal = [LITERAL_LOC_IGNORE, 0xC9, SUCCESS];
    assert_eq!(search(&literal, 0, Locale::c(), b"\xE9"), None);
    assert_eq!(search(&literal, 0, latin1(), b"x\xE9"), Some((1, 2)));
    // [é-ë], ignoring case.
    let set = [IN_LOC_IGNORE, 5, 22, 0xE9, 0xEB, 0, SUCCESS];
    assert_eq!(search(&set, 0, Locale::c(), b"\xC9\xE9"), Some((1, 2)));
    assert_eq!(search(&set, 0, latin1(), b"\xC9\xE9"), Some((0, 1)));
    // \w+\b of the locale.
    let words = [REPEAT_ONE, 9, 1, MAXREPEAT, IN, 4, CATEGORY, 8, 0, SUCCESS, AT, 8, SUCCESS];
    assert_eq!(search(&words, 0, Locale::c(), b"\xE9a_1\xE9"), Some((1, 4)));
    assert_eq!(search(&words, 0, latin1(), b"\xE9a_1\xE9 "), Some((0, 5)));
    // (.)\1 ignoring case.
    let twice = [MARK, 0, 2, MARK, 1, GROUPREF_LOC_IGNORE, 0, SUCCESS];
    assert_eq!(search(&twice, 1, Locale::c(), b"\xC9\xE9"), None);
    assert_eq!(search(&twice, 1, latin1(), b"\xC9\xE9"), Some((0, 2)));
}

#[test]
fn a_matcher_serves_many_programs() {
    let one = Program::new(&[MARK, 0, LITERAL, 97, MARK, 1, SUCCESS], 1, 0).unwrap();
    let none = Program::new(&[LITERAL, 98, SUCCESS], 0, 0).unwrap();
    let mut matcher = Matcher::new();
    let text = Text::Ucs2(&[0x62, 0x61]);
    let request = Request::new(Mode::Search);
    assert_eq!(matcher.run(&one, text, request, &mut || false), Ok(true));
    assert_eq!((matcher.group(0), matcher.group(1)), (Some((1, 2)), Some((1, 2))));
    assert_eq!((matcher.group(2), matcher.last_index()), (None, Some(1)));
    assert_eq!(matcher.run(&none, text, request, &mut || false), Ok(true));
    assert_eq!((matcher.span(), matcher.group(1), matcher.last_index()), ((0, 1), None, None));
    let request = Request { pos: 1, ..request };
    assert_eq!(matcher.run(&none, text, request, &mut || false), Ok(false));
    assert_eq!(matcher.group(usize::MAX), None);
}

#[test]
fn programs_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    let program = Program::new(&[LITERAL, 98, SUCCESS], 0, 0).unwrap();
    shared(&program);
    assert!(format!("{program:?}").contains("Success"));
    assert_eq!((program.groups(), program.flags(), program.min_width()), (0, 0, 1));
}
