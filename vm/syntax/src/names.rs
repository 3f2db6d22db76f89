//! Interned identifiers of one parse: every distinct name once, found by number.
//!
//! Invariant: a [`Symbol`] handed out by [`Names::intern`] stays valid for the life of the table
//! and equal names have equal symbols.

use crate::ast::Symbol;
use std::collections::HashMap;
use std::rc::Rc;

/// The table of identifiers of one parse.
#[derive(Clone, Debug, Default)]
pub struct Names {
    texts: Vec<Rc<str>>,
    by_text: HashMap<Rc<str>, Symbol>,
}

impl Names {
    /// The symbol of `text`, new or known.
    pub fn intern(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.by_text.get(text) {
            return *symbol;
        }
        let symbol = Symbol(u32::try_from(self.texts.len()).expect("source is below 4 GiB"));
        let shared: Rc<str> = Rc::from(text);
        self.texts.push(Rc::clone(&shared));
        self.by_text.insert(shared, symbol);
        symbol
    }

    /// The symbol of `text`, if the source mentions that name.
    pub fn find(&self, text: &str) -> Option<Symbol> {
        self.by_text.get(text).copied()
    }

    /// The text of a symbol of this table; the empty string for a foreign symbol.
    pub fn text(&self, symbol: Symbol) -> &str {
        self.texts.get(symbol.0 as usize).map_or("", |text| text)
    }

    /// How many names there are; symbols are `0..len`.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether the source had no names at all.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// All names in order of symbol number.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(|text| &**text)
    }
}

impl std::ops::Index<Symbol> for Names {
    type Output = str;

    fn index(&self, symbol: Symbol) -> &str {
        self.text(symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_share_a_symbol() {
        let mut names = Names::default();
        let a = names.intern("a");
        let b = names.intern("b");
        assert_ne!(a, b);
        assert_eq!(names.intern("a"), a);
        assert_eq!(&names[b], "b");
        assert_eq!(names.find("c"), None);
        assert_eq!(names.len(), 2);
    }
}
