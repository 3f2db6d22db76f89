//! Names of one compilation: those of the parse, plus the ones the compiler invents.
//!
//! Invariant: equal texts have equal symbols, whether they come from the source or from here. Symbols below
//! the parse's count belong to the parse; later ones to the overlay.

use pyrs_syntax::{Names, ast::Symbol};

/// The parse's names with an overlay of further ones.
pub(crate) struct NameTable<'a> {
    base: &'a Names,
    extra: Names,
}

macro_rules! known {
    ($($field:ident = $text:literal;)*) => {
        /// Names with a meaning to the compiler.
        #[derive(Clone, Copy)]
        pub(crate) struct Known { $(pub(crate) $field: Symbol,)* }

        impl Known {
            pub(crate) fn new(names: &mut NameTable<'_>) -> Self {
                Known { $($field: names.intern($text),)* }
            }
        }
    };
}

known! {
    empty = "";
    top = "top";
    module = "<module>";
    lambda = "<lambda>";
    listcomp = "<listcomp>";
    setcomp = "<setcomp>";
    dictcomp = "<dictcomp>";
    genexpr = "<genexpr>";
    dot_zero = ".0";
    format = "format";
    dot_format = ".format";
    dot_defaults = ".defaults";
    dot_kwdefaults = ".kwdefaults";
    dot_type_params = ".type_params";
    dot_generic_base = ".generic_base";
    class_ = "__class__";
    classdict = "__classdict__";
    classcell = "__classcell__";
    classdictcell = "__classdictcell__";
    conditional = "__conditional_annotations__";
    annotate = "__annotate__";
    annotate_func = "__annotate_func__";
    annotations = "__annotations__";
    super_ = "super";
    debug = "__debug__";
    doc = "__doc__";
    name = "__name__";
    module_attr = "__module__";
    qualname = "__qualname__";
    firstlineno = "__firstlineno__";
    static_attributes = "__static_attributes__";
    type_params = "__type_params__";
    star = "*";
    self_ = "self";
    locals = "locals";
    eval = "eval";
    exec = "exec";
    vars = "vars";
    dir = "dir";
    getframe = "_getframe";
    currentframe = "currentframe";
}

impl<'a> NameTable<'a> {
    pub(crate) fn new(base: &'a Names) -> Self {
        Self { base, extra: Names::default() }
    }

    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        match self.base.find(text) {
            Some(symbol) => symbol,
            None => Symbol(self.extra.intern(text).0 + self.base.len() as u32),
        }
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &str {
        let count = self.base.len() as u32;
        if symbol.0 < count {
            self.base.text(symbol)
        } else {
            self.extra.text(Symbol(symbol.0 - count))
        }
    }

    /// As [`mangle`](Self::mangle), but only for the names in `only`, if there is such a list: in the scope of a
    /// generic class's type parameters, these alone are private.
    pub(crate) fn mangle_in(
        &mut self,
        class: Option<Symbol>,
        only: Option<&[Symbol]>,
        symbol: Symbol,
    ) -> Symbol {
        match only {
            Some(only) if !only.contains(&symbol) => symbol,
            _ => self.mangle(class, symbol),
        }
    }

    /// The private form `_Class__name` of `symbol` inside class `class`, or `symbol` itself
    /// (language reference, "Private name mangling").
    pub(crate) fn mangle(&mut self, class: Option<Symbol>, symbol: Symbol) -> Symbol {
        let Some(class) = class else { return symbol };
        let text = self.text(symbol);
        if !text.starts_with("__") || text.ends_with("__") || text.contains('.') {
            return symbol;
        }
        let stripped = self.text(class).trim_start_matches('_');
        if stripped.is_empty() {
            return symbol;
        }
        let mangled = format!("_{stripped}{text}");
        self.intern(&mangled)
    }
}
