//! Scopes: which block each name of a program belongs to.
//!
//! Two passes, as in CPython's symtable: [`build`] walks the tree once, makes a [`Scope`] per block and notes
//! how each name is used there; [`analyze`] then decides for every name of every block whether it is local, a
//! cell, free or global, and which comprehensions are inlined (PEP 709).
//!
//! Words: *block* is a piece of code with its own names (module, class body, function, lambda, generator
//! expression, comprehension, annotation scope of PEP 649/695). *Role* tells which of several blocks that hang
//! off one tree node is meant. Names are mangled before they enter a table.

mod analyze;
mod annotation;
mod build;
mod expr;
mod stmt;

use crate::names::Known;
use hashbrown::HashMap;
use pyrs_syntax::{Span, ast::Symbol};

pub(crate) use build::build;

/// An index into [`Scopes`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) struct ScopeId(pub(crate) u32);

/// What kind of block a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Module,
    Class,
    /// `def`, `lambda`, comprehensions and generator expressions.
    Function,
    /// `__annotate__` of a function, class or module.
    Annotation,
    /// The value of a `type` statement.
    TypeAlias,
    /// `[T, ...]` of a generic class, function or alias.
    TypeParams,
    /// Bound, constraints or default of a type parameter.
    TypeVariable,
}

/// Which comprehension a function block is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum CompKind {
    No,
    List,
    Set,
    Dict,
    Generator,
}

/// Which block of a node: a generic function has four.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub(crate) enum Role {
    Body,
    Params,
    Annotation,
    Bound,
    Default,
}

/// How a name is used in a block; bits of [`SymbolInfo::flags`].
pub(crate) mod def {
    pub const GLOBAL: u32 = 1;
    pub const LOCAL: u32 = 2;
    pub const PARAM: u32 = 4;
    pub const NONLOCAL: u32 = 8;
    pub const USE: u32 = 16;
    pub const FREE_CLASS: u32 = 64;
    pub const IMPORT: u32 = 128;
    pub const ANNOT: u32 = 256;
    pub const COMP_ITER: u32 = 512;
    pub const TYPE_PARAM: u32 = 1024;
    pub const BOUND: u32 = LOCAL | PARAM | IMPORT | TYPE_PARAM;
}

/// Where a name lives, seen from one block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    Unknown,
    Local,
    /// Local, and captured by an inner function.
    Cell,
    /// Captured from an outer function.
    Free,
    GlobalExplicit,
    GlobalImplicit,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct SymbolInfo {
    pub(crate) symbol: Symbol,
    pub(crate) flags: u32,
    pub(crate) place: Place,
}

/// A block.
pub(crate) struct Scope {
    pub(crate) kind: Kind,
    pub(crate) name: Symbol,
    pub(crate) parent: Option<ScopeId>,
    pub(crate) span: Span,
    /// In order of first mention.
    pub(crate) symbols: Vec<SymbolInfo>,
    index: HashMap<Symbol, u32>,
    /// Parameters in order of the code object: positional, keyword-only, `*args`, `**kwargs`.
    pub(crate) params: Vec<Symbol>,
    pub(crate) children: Vec<ScopeId>,
    pub(crate) comp: CompKind,
    pub(crate) is_async_def: bool,
    pub(crate) nested: bool,
    pub(crate) generator: bool,
    pub(crate) coroutine: bool,
    pub(crate) can_see_class: bool,
    pub(crate) needs_class_closure: bool,
    pub(crate) needs_classdict: bool,
    pub(crate) conditional_annotations: bool,
    pub(crate) annotations_used: bool,
    pub(crate) annotation_block: Option<ScopeId>,
    /// A comprehension whose code is part of the enclosing block's.
    pub(crate) inlined: bool,
    /// The comprehensions inlined into this block, directly.
    pub(crate) inlined_comps: Vec<ScopeId>,
    /// Mentions a name through which running code may look at the frame's variables (`locals`, `eval`, ...).
    pub(crate) observes_frame: bool,
    /// Has assignment expressions, in itself or an inlined comprehension.
    pub(crate) has_walrus: bool,
    // State of the first pass.
    comp_iter_target: bool,
    comp_iter_expr: u32,
    in_conditional: bool,
    unevaluated: bool,
    /// What a type-variable scope is, for error texts.
    info: &'static str,
    directives: Vec<(Symbol, Span)>,
}

impl Scope {
    pub(crate) fn get(&self, symbol: Symbol) -> Option<&SymbolInfo> {
        self.index.get(&symbol).map(|&i| &self.symbols[i as usize])
    }

    fn flags(&self, symbol: Symbol) -> u32 {
        self.get(symbol).map_or(0, |info| info.flags)
    }

    fn entry(&mut self, symbol: Symbol) -> &mut SymbolInfo {
        let next = self.symbols.len() as u32;
        let index = *self.index.entry(symbol).or_insert(next);
        if index == next {
            self.symbols.push(SymbolInfo { symbol, flags: 0, place: Place::Unknown });
        }
        &mut self.symbols[index as usize]
    }

    /// Function blocks and annotation scopes: code with registers for names.
    pub(crate) fn is_function_like(&self) -> bool {
        !matches!(self.kind, Kind::Module | Kind::Class)
    }

    pub(crate) fn place(&self, symbol: Symbol) -> Place {
        self.get(symbol).map_or(Place::GlobalImplicit, |info| info.place)
    }

    /// Whether class code or an annotation scope passes `symbol` on from an outer function to an inner one.
    pub(crate) fn is_free_in_class(&self, symbol: Symbol) -> bool {
        self.flags(symbol) & def::FREE_CLASS != 0
    }
}

/// All blocks of a program; number 0 is the module.
pub(crate) struct Scopes {
    pub(crate) list: Vec<Scope>,
    by_node: HashMap<(usize, Role), ScopeId>,
}

impl Scopes {
    pub(crate) fn get(&self, id: ScopeId) -> &Scope {
        &self.list[id.0 as usize]
    }

    fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.list[id.0 as usize]
    }

    /// The block in `role` of `node`, which the first pass must have visited.
    pub(crate) fn of<T>(&self, node: &T, role: Role) -> Option<ScopeId> {
        self.by_node.get(&(address(node), role)).copied()
    }
}

/// Nodes are told apart by address: the tree stays where it is while it is compiled.
fn address<T>(node: &T) -> usize {
    std::ptr::from_ref(node) as usize
}

/// Whether mentioning `symbol` may let running code look at the variables of the frame.
fn observes_frame(known: &Known, symbol: Symbol) -> bool {
    let k = known;
    [k.locals, k.eval, k.exec, k.vars, k.dir, k.getframe, k.currentframe].contains(&symbol)
}
