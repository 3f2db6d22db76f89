//! First sets: what may stand next in the text when the rest of a pattern is still to succeed.
//!
//! A [`First`] is a set of *symbols*: characters, and the end of the text. It may be larger than
//! the truth, never smaller; the full set means "nothing is known". Everything the engine prunes
//! (branches, loop exits, backing off, search candidates) follows from these sets: a way whose first
//! set lacks the next symbol cannot succeed, so leaving it out changes no result.
//! A [`Gate`] is a first set in the form the matcher tests.

use crate::chars::Locale;
use crate::class::{Class, Single, Wide};
use crate::opcodes::category;

/// Wide lists longer than this are taken for "all".
const WIDE_LIMIT: usize = 8;

/// The part of a first set above code point 255.
#[derive(Clone, PartialEq)]
pub(crate) enum WideFirst {
    /// Any of these literals and classes (of the program's table); empty means none.
    Some(Vec<WideItem>),
    All,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum WideItem {
    Lit(u32),
    Class(u32),
}

/// A set of symbols that may come next.
#[derive(Clone, PartialEq)]
pub(crate) struct First {
    latin: [u64; 4],
    wide: WideFirst,
    /// The end of the text is among them.
    eof: bool,
}

impl First {
    /// No symbol: success is impossible.
    pub(crate) fn none() -> First {
        First { latin: [0; 4], wide: WideFirst::Some(Vec::new()), eof: false }
    }

    /// Every symbol.
    pub(crate) fn full() -> First {
        First { latin: [u64::MAX; 4], wide: WideFirst::All, eof: true }
    }

    /// The end of the text, and a newline if wanted.
    pub(crate) fn end(newline: bool) -> First {
        let mut first = First::none();
        first.eof = true;
        if newline {
            first.set(0x0A);
        }
        first
    }

    /// What one single-character instruction accepts.
    pub(crate) fn of(single: Single, classes: &[Class]) -> First {
        let mut first = First::full();
        first.eof = false;
        match single {
            Single::AnyAll => {}
            Single::Any => first.clear(0x0A),
            Single::NotLit(ch) => first.clear(ch),
            Single::Lit(ch) => {
                first = First::none();
                if ch < 256 {
                    first.set(ch);
                } else {
                    first.wide = WideFirst::Some(vec![WideItem::Lit(ch)]);
                }
            }
            Single::Class(id) => {
                let class = &classes[id as usize];
                first = First::none();
                for (&yes, ch) in class.latin.iter().zip(0u32..) {
                    if yes {
                        first.set(ch);
                    }
                }
                first.wide = match &class.wide {
                    Wide::None => WideFirst::Some(Vec::new()),
                    Wide::All => WideFirst::All,
                    Wide::Few(list) if list.len() <= WIDE_LIMIT => {
                        WideFirst::Some(list.iter().map(|&ch| WideItem::Lit(ch)).collect())
                    }
                    _ => WideFirst::Some(vec![WideItem::Class(id)]),
                };
            }
        }
        first
    }

    fn set(&mut self, ch: u32) {
        self.latin[(ch >> 6 & 3) as usize] |= 1 << (ch & 63);
    }

    fn clear(&mut self, ch: u32) {
        if ch < 256 {
            self.latin[(ch >> 6) as usize] &= !(1 << (ch & 63));
        }
    }

    /// Whether nothing is known.
    pub(crate) fn is_full(&self) -> bool {
        self.eof && self.latin == [u64::MAX; 4] && self.wide == WideFirst::All
    }

    /// Whether the end of the text is in the set.
    pub(crate) fn has_eof(&self) -> bool {
        self.eof
    }

    /// All members, when they are characters and known one by one, `limit` at most.
    pub(crate) fn few(&self, limit: usize) -> Option<Vec<u32>> {
        let WideFirst::Some(wide) = &self.wide else { return None };
        let literal = |item: &WideItem| match item {
            WideItem::Lit(ch) => Some(*ch),
            WideItem::Class(_) => None,
        };
        let latin = (0..256).filter(|&ch| self.has_latin(ch)).map(Some);
        let all: Option<Vec<u32>> = latin.chain(wide.iter().map(literal)).collect();
        all.filter(|all| !self.eof && all.len() <= limit)
    }

    /// Whether a code point below 256 is in the set.
    pub(crate) fn has_latin(&self, ch: u32) -> bool {
        self.latin[(ch >> 6 & 3) as usize] >> (ch & 63) & 1 != 0
    }

    /// Adds all symbols of `other`.
    pub(crate) fn join(&mut self, other: &First) {
        for (mine, theirs) in self.latin.iter_mut().zip(other.latin) {
            *mine |= theirs;
        }
        self.eof |= other.eof;
        match (&mut self.wide, &other.wide) {
            (WideFirst::All, _) => {}
            (wide, WideFirst::All) => *wide = WideFirst::All,
            (WideFirst::Some(mine), WideFirst::Some(theirs)) => {
                for item in theirs {
                    if !mine.contains(item) {
                        mine.push(*item);
                    }
                }
                if mine.len() > WIDE_LIMIT {
                    self.wide = WideFirst::All;
                }
            }
        }
    }

    /// Whether the two sets have no symbol in common (false when that is not certain).
    pub(crate) fn disjoint(&self, other: &First, classes: &[Class], locale: &Locale) -> bool {
        if self.latin.iter().zip(other.latin).any(|(a, b)| a & b != 0) || (self.eof && other.eof) {
            return false;
        }
        let (a, b) = match (&self.wide, &other.wide) {
            (WideFirst::Some(list), WideFirst::All) | (WideFirst::All, WideFirst::Some(list)) => {
                return list.is_empty();
            }
            (WideFirst::All, WideFirst::All) => return false,
            (WideFirst::Some(a), WideFirst::Some(b)) => (a, b),
        };
        a.iter().all(|x| b.iter().all(|y| apart(*x, *y, classes, locale)))
    }

    /// Whether a wide character is in the set.
    pub(crate) fn has_wide(&self, ch: u32, classes: &[Class], locale: &Locale) -> bool {
        match &self.wide {
            WideFirst::All => true,
            WideFirst::Some(list) => list.iter().any(|item| match *item {
                WideItem::Lit(lit) => lit == ch,
                WideItem::Class(id) => classes[id as usize].accepts_wide(ch, locale),
            }),
        }
    }
}

/// Whether two wide items certainly have no character in common.
fn apart(a: WideItem, b: WideItem, classes: &[Class], locale: &Locale) -> bool {
    match (a, b) {
        (WideItem::Lit(x), WideItem::Lit(y)) => x != y,
        (WideItem::Lit(x), WideItem::Class(id)) | (WideItem::Class(id), WideItem::Lit(x)) => {
            !classes[id as usize].accepts_wide(x, locale)
        }
        (WideItem::Class(x), WideItem::Class(y)) => {
            match (&classes[x as usize].wide, &classes[y as usize].wide) {
                (Wide::Category(x), Wide::Category(y)) => categories_apart(*x, *y),
                _ => false,
            }
        }
    }
}

/// Unicode categories of which no character can be a member of both.
fn categories_apart(a: u32, b: u32) -> bool {
    use category::{UNI_DIGIT, UNI_SPACE, UNI_WORD};
    const NOT: u32 = 1;
    let (a, b) = (a.min(b), a.max(b));
    // An even code and the odd one after it are complements; digits are word characters.
    a ^ NOT == b
        || matches!(
            (a, b),
            (UNI_DIGIT, UNI_SPACE) | (UNI_SPACE, UNI_WORD) | (UNI_DIGIT, 15 /* \W */)
        )
}

/// A first set, ready for testing a place in the text.
#[derive(Clone)]
pub(crate) struct Gate {
    pub(crate) latin: [bool; 256],
    first: First,
}

impl Gate {
    pub(crate) fn new(first: &First) -> Gate {
        let mut latin = [false; 256];
        for (slot, ch) in latin.iter_mut().zip(0u32..) {
            *slot = first.has_latin(ch);
        }
        Gate { latin, first: first.clone() }
    }

    /// Whether the end of the text passes.
    pub(crate) fn eof(&self) -> bool {
        self.first.eof
    }

    /// Whether a code point above 255 passes.
    pub(crate) fn wide(&self, ch: u32, classes: &[Class], locale: &Locale) -> bool {
        self.first.has_wide(ch, classes, locale)
    }
}
