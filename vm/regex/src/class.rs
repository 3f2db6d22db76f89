//! Character classes: what a single-character instruction accepts, in a form that is fast to test.
//!
//! A [`Class`] answers for code points below 256 from a table and for the rest (*wide* ones) by
//! none, all, or a small program in the manner of `_sre`'s charsets: items are tried in order, each
//! may accept; NEGATE turns the meaning of the rest around. Case-insensitive classes fold the
//! character before the items see it ([`Fold`]).
//! [`Single`] is one single-character instruction; the commonest need no class at all.

use crate::chars::{self, Locale};
use crate::opcodes::category;
use std::sync::Arc;

/// How a character is folded before a comparison.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fold {
    /// Compared as it is.
    None,
    /// Lower-cased, ASCII letters only.
    Ascii,
    /// Lower-cased by Unicode.
    Unicode,
    /// Both its lower and its upper case in the locale are tried.
    Locale,
    /// As `Locale`, and the character itself is tried too (literals, not sets).
    LocaleLiteral,
}

/// One word group of a charset.
#[derive(Clone, PartialEq)]
pub(crate) enum Item {
    Negate,
    Literal(u32),
    Range(u32, u32),
    /// Accepts when the (already lower-cased) character or its upper case lies in the range.
    RangeUniIgnore(u32, u32),
    Category(u32),
    /// 256 bits; wide characters are not in it.
    Bitmap(Arc<[u32; 8]>),
    /// 65536 bits: the block of each page, and the blocks.
    Big(Arc<[u8; 256]>, Arc<[[u32; 8]]>),
}

impl Item {
    fn accepts(&self, ch: u32, locale: &Locale) -> bool {
        let bit = |words: &[u32; 8]| words[(ch >> 5 & 7) as usize] >> (ch & 31) & 1 != 0;
        match self {
            Item::Negate => false,
            Item::Literal(c) => ch == *c,
            Item::Range(low, high) => (*low..=*high).contains(&ch),
            Item::RangeUniIgnore(low, high) => {
                let range = *low..=*high;
                range.contains(&ch) || range.contains(&chars::upper_unicode(ch))
            }
            Item::Category(code) => chars::in_category(*code, ch, locale),
            Item::Bitmap(words) => ch < 256 && bit(words),
            Item::Big(pages, blocks) => {
                ch < 0x10000 && blocks.get(usize::from(pages[(ch >> 8) as usize])).is_some_and(bit)
            }
        }
    }

    /// What the item says about all wide characters alike, if it does.
    fn on_wide(&self) -> Option<bool> {
        match self {
            Item::Negate => None,
            Item::Literal(c) => (*c < 256).then_some(false),
            Item::Range(low, high) if *high < 256 || low > high => Some(false),
            Item::Range(low, high) => (*low <= 256 && *high >= 0x10FFFF).then_some(true),
            Item::RangeUniIgnore(..) | Item::Big(..) => None,
            Item::Category(code) if *code < category::UNI_DIGIT => Some(code & 1 == 1),
            Item::Category(_) => None,
            Item::Bitmap(_) => Some(false),
        }
    }
}

/// What a class says about code points above 255.
#[derive(Clone, PartialEq)]
pub(crate) enum Wide {
    None,
    All,
    /// One Unicode category: the commonest case, without a program.
    Category(u32),
    /// From the first to the last.
    Range(u32, u32),
    /// Just these.
    Few(Vec<u32>),
    Program {
        fold: Fold,
        items: Vec<Item>,
        complement: bool,
    },
}

/// A set of characters, ready for matching.
#[derive(Clone, PartialEq)]
pub(crate) struct Class {
    pub(crate) latin: [bool; 256],
    pub(crate) wide: Wide,
}

/// Runs a charset on one (already folded) character.
fn accepts(items: &[Item], ch: u32, locale: &Locale) -> bool {
    let mut meaning = true;
    for item in items {
        if matches!(item, Item::Negate) {
            meaning = !meaning;
        } else if item.accepts(ch, locale) {
            return meaning;
        }
    }
    !meaning
}

/// Runs a charset on one character as it stands in the text.
fn accepts_folded(fold: Fold, items: &[Item], ch: u32, locale: &Locale) -> bool {
    match fold {
        Fold::None => accepts(items, ch, locale),
        Fold::Ascii => accepts(items, chars::lower_ascii(ch), locale),
        Fold::Unicode => accepts(items, chars::lower_unicode(ch), locale),
        Fold::Locale => {
            let (low, up) = (locale.lower(ch), locale.upper(ch));
            accepts(items, low, locale) || (up != low && accepts(items, up, locale))
        }
        Fold::LocaleLiteral => {
            accepts(items, ch, locale)
                || accepts(items, locale.lower(ch), locale)
                || accepts(items, locale.upper(ch), locale)
        }
    }
}

impl Class {
    /// Compiles a charset. `complement` turns the whole around (the NOT_ forms of literals).
    pub(crate) fn new(fold: Fold, items: Vec<Item>, complement: bool, locale: &Locale) -> Class {
        let mut latin = [false; 256];
        for (ch, slot) in (0u32..).zip(latin.iter_mut()) {
            *slot = accepts_folded(fold, &items, ch, locale) != complement;
        }
        Class { latin, wide: Wide::of(fold, items, complement) }
    }

    /// The class that accepts nothing.
    pub(crate) fn empty() -> Class {
        Class { latin: [false; 256], wide: Wide::None }
    }

    /// Whether a code point above 255 belongs to the class.
    pub(crate) fn accepts_wide(&self, ch: u32, locale: &Locale) -> bool {
        match &self.wide {
            Wide::None => false,
            Wide::All => true,
            Wide::Category(category::UNI_WORD) => chars::is_word_unicode(ch),
            Wide::Category(code) => chars::in_category(*code, ch, locale),
            Wide::Range(low, high) => (*low..=*high).contains(&ch),
            Wide::Few(list) => list.contains(&ch),
            Wide::Program { fold, items, complement } => {
                accepts_folded(*fold, items, ch, locale) != *complement
            }
        }
    }

    /// Whether any code point belongs to the class.
    pub(crate) fn accepts(&self, ch: u32, locale: &Locale) -> bool {
        match self.latin.get(ch as usize) {
            Some(&yes) => yes,
            None => self.accepts_wide(ch, locale),
        }
    }
}

impl Wide {
    /// The wide ones of a list.
    fn few(mut list: Vec<u32>) -> Wide {
        list.retain(|&ch| ch > 255);
        if list.is_empty() { Wide::None } else { Wide::Few(list) }
    }

    /// Settles what can be settled for all wide characters at once.
    fn of(fold: Fold, items: Vec<Item>, complement: bool) -> Wide {
        if fold == Fold::Unicode {
            return match literals(&items) {
                Some(list) if !complement => {
                    // Nothing is lowered to a character that is not lower itself.
                    let own = list.into_iter().filter(|&ch| chars::lower_unicode(ch) == ch);
                    Wide::few(own.flat_map(chars::lowered_to).collect())
                }
                _ => Wide::Program { fold, items, complement },
            };
        }
        // Other folds leave wide characters alone.
        let constant = |yes: bool| if yes { Wide::All } else { Wide::None };
        let mut meaning = true;
        let mut open = Vec::new();
        for item in items {
            if matches!(item, Item::Negate) {
                meaning = !meaning;
                open.push(item);
                continue;
            }
            match item.on_wide() {
                Some(false) => {}
                Some(true) if open.iter().all(|i| matches!(i, Item::Negate)) => {
                    return constant(meaning != complement);
                }
                _ => open.push(item),
            }
        }
        if open.iter().all(|i| matches!(i, Item::Negate)) {
            return constant(meaning == complement);
        }
        if let (Some(list), false) = (literals(&open), complement) {
            return Wide::few(list);
        }
        if let ([Item::Range(low, high)], false) = (open.as_slice(), complement) {
            return Wide::Range(*low, *high);
        }
        let negated = complement != matches!(open[0], Item::Negate);
        match open.as_slice() {
            [Item::Category(code)] | [Item::Negate, Item::Category(code)] => {
                Wide::Category(code ^ u32::from(negated))
            }
            _ => Wide::Program { fold: Fold::None, items: open, complement },
        }
    }
}

/// The characters of a charset that has nothing but literals.
fn literals(items: &[Item]) -> Option<Vec<u32>> {
    let literal = |item: &Item| match item {
        Item::Literal(ch) => Some(*ch),
        _ => None,
    };
    items.iter().map(literal).collect()
}

/// A single-character instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Single {
    /// Anything but a newline.
    Any,
    /// Anything.
    AnyAll,
    Lit(u32),
    NotLit(u32),
    /// A class of the program's table.
    Class(u32),
}

/// The classes of a program, each once.
#[derive(Default)]
pub(crate) struct Classes {
    pub(crate) list: Vec<Class>,
}

impl Classes {
    /// The cheapest instruction for a class; a new class joins the table.
    pub(crate) fn single(&mut self, class: Class) -> Single {
        let members = class.latin.iter().filter(|&&yes| yes).count();
        let found = |wanted: bool| class.latin.iter().zip(0u32..).find(|p| *p.0 == wanted);
        match (members, &class.wide) {
            (0, Wide::Few(list)) if list.len() == 1 => return Single::Lit(list[0]),
            (256, Wide::All) => return Single::AnyAll,
            (255, Wide::All) => match found(false) {
                Some((_, 0x0A)) => return Single::Any,
                Some((_, ch)) => return Single::NotLit(ch),
                None => {}
            },
            (1, Wide::None) => {
                if let Some((_, ch)) = found(true) {
                    return Single::Lit(ch);
                }
            }
            _ => {}
        }
        let at = self.list.iter().position(|known| *known == class).unwrap_or_else(|| {
            self.list.push(class);
            self.list.len() - 1
        });
        Single::Class(at as u32)
    }
}
