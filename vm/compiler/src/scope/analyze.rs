//! Second pass: decides for every name of every block where it lives.
//!
//! The algorithm is CPython's (symtable.c, `analyze_block`): names bound in a block are local; names found in
//! the set of an enclosing function's bindings are free; all others are global. A free name turns the binding
//! block's entry into a cell. Comprehensions that are inlined hand their uses to the enclosing block, so that a
//! variable which only an inlined comprehension uses needs no cell; their own variables stay in their own table.

use super::{CompKind, Kind, Place, ScopeId, Scopes, def};
use crate::error::{Result, error_at};
use crate::names::{Known, NameTable};
use hashbrown::HashSet;
use pyrs_syntax::Parsed;
use pyrs_syntax::ast::Symbol;

type Set = HashSet<Symbol>;

struct Analyzer<'a, 'b> {
    parsed: &'a Parsed,
    names: &'b NameTable<'a>,
    known: Known,
    scopes: &'b mut Scopes,
}

/// What a block learns from the blocks around it.
#[derive(Clone)]
struct Outer {
    /// Names bound in enclosing functions; none at module level.
    bound: Option<Set>,
    global: Set,
    type_params: Set,
    /// The class whose names an annotation scope sees first.
    class: Option<ScopeId>,
}

/// Fills in every `place`.
pub(super) fn analyze<'a>(
    parsed: &'a Parsed,
    names: &NameTable<'a>,
    known: Known,
    scopes: &mut Scopes,
) -> Result<()> {
    let mut analyzer = Analyzer { parsed, names, known, scopes };
    let mut outer = Outer { bound: None, global: Set::new(), type_params: Set::new(), class: None };
    let mut free = Set::new();
    analyzer.block(ScopeId(0), &mut outer, &mut free)
}

impl Analyzer<'_, '_> {
    fn block(&mut self, id: ScopeId, outer: &mut Outer, free: &mut Set) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || {
            self.block_inner(id, outer, free)
        })
    }

    fn block_inner(&mut self, id: ScopeId, outer: &mut Outer, free: &mut Set) -> Result<()> {
        let kind = self.scopes.get(id).kind;
        let mut local = Set::new();
        let mut new_bound = Set::new();
        let mut new_global = Set::new();
        if kind == Kind::Class {
            new_global.extend(&outer.global);
            new_bound.extend(outer.bound.iter().flatten());
        }
        for i in 0..self.scopes.get(id).symbols.len() {
            self.name(id, i, outer, &mut local, free)?;
        }
        if kind == Kind::Class {
            new_bound.extend([self.known.class_, self.known.classdict, self.known.conditional]);
        } else {
            if kind != Kind::Module {
                new_bound.extend(&local);
            }
            new_bound.extend(outer.bound.iter().flatten());
            new_global.extend(&outer.global);
        }
        let mut new_free = Set::new();
        let mut inlined_cells = Set::new();
        let children = std::mem::take(&mut self.scopes.get_mut(id).children);
        let mut spliced = Vec::with_capacity(children.len());
        for child in children {
            let can_see_class = self.scopes.get(child).can_see_class;
            let class = match can_see_class {
                true if kind == Kind::Class => Some(id),
                true => outer.class,
                false => None,
            };
            let mut inner = Outer {
                bound: Some(new_bound.clone()),
                global: new_global.clone(),
                type_params: outer.type_params.clone(),
                class,
            };
            let mut child_free = Set::new();
            self.block(child, &mut inner, &mut child_free)?;
            if self.inlines(id, child) && !(kind == Kind::Class && self.needs_class(&child_free)) {
                self.scopes.get_mut(child).inlined = true;
                self.scopes.get_mut(id).inlined_comps.push(child);
                self.inline(id, child, &mut child_free, &mut inlined_cells);
                spliced.extend(self.scopes.get(child).children.iter().copied());
            } else {
                spliced.push(child);
            }
            new_free.extend(child_free);
        }
        self.scopes.get_mut(id).children = spliced;
        if self.scopes.get(id).is_function_like() {
            self.cells(id, &mut new_free, &inlined_cells);
        } else if kind == Kind::Class {
            self.drop_class_free(id, &mut new_free);
        }
        self.pass_on(id, outer, &new_free);
        free.extend(new_free);
        Ok(())
    }

    /// PEP 709, minus blocks of modules and classes whose comprehensions look at their own frame.
    fn inlines(&self, id: ScopeId, child: ScopeId) -> bool {
        let (outer, comp) = (self.scopes.get(id), self.scopes.get(child));
        if matches!(comp.comp, CompKind::No | CompKind::Generator) || outer.can_see_class {
            return false;
        }
        let in_function = outer.is_function_like();
        in_function || !comp.observes_frame
    }

    /// Whether the names include a cell that class code provides only to functions.
    fn needs_class(&self, free: &Set) -> bool {
        let k = self.known;
        [k.class_, k.classdict, k.conditional].iter().any(|s| free.contains(s))
    }

    fn name(
        &mut self,
        id: ScopeId,
        index: usize,
        outer: &mut Outer,
        local: &mut Set,
        free: &mut Set,
    ) -> Result<()> {
        let info = self.scopes.get(id).symbols[index];
        let (symbol, flags) = (info.symbol, info.flags);
        let place = if flags & def::GLOBAL != 0 {
            if flags & def::NONLOCAL != 0 {
                return Err(self.directive_error(id, symbol, "name '", "' is nonlocal and global"));
            }
            outer.global.insert(symbol);
            if let Some(bound) = &mut outer.bound {
                bound.remove(&symbol);
            }
            Place::GlobalExplicit
        } else if flags & def::NONLOCAL != 0 {
            let Some(bound) = &outer.bound else {
                let span = self.directive_span(id, symbol);
                let message = "nonlocal declaration not allowed at module level";
                return Err(error_at(self.parsed, span, message));
            };
            if !bound.contains(&symbol) {
                return Err(self.directive_error(
                    id,
                    symbol,
                    "no binding for nonlocal '",
                    "' found",
                ));
            }
            if outer.type_params.contains(&symbol) {
                let before = "nonlocal binding not allowed for type parameter '";
                return Err(self.directive_error(id, symbol, before, "'"));
            }
            free.insert(symbol);
            Place::Free
        } else if flags & def::BOUND != 0 {
            local.insert(symbol);
            outer.global.remove(&symbol);
            if flags & def::TYPE_PARAM != 0 {
                outer.type_params.insert(symbol);
            } else {
                outer.type_params.remove(&symbol);
            }
            Place::Local
        } else {
            self.outer_place(symbol, outer, free)
        };
        self.scopes.get_mut(id).symbols[index].place = place;
        Ok(())
    }

    /// The place of a name that its block only reads.
    fn outer_place(&self, symbol: Symbol, outer: &Outer, free: &mut Set) -> Place {
        if let Some(class) = outer.class {
            // Bound by the class and by a function around it: the class namespace is asked first and the
            // function is passed over, as in the class body itself.
            let flags = self.scopes.get(class).flags(symbol);
            if flags & def::GLOBAL != 0 {
                return Place::GlobalExplicit;
            }
            if flags & def::BOUND != 0 && flags & def::NONLOCAL == 0 {
                return Place::GlobalImplicit;
            }
        }
        if outer.bound.as_ref().is_some_and(|bound| bound.contains(&symbol)) {
            free.insert(symbol);
            return Place::Free;
        }
        Place::GlobalImplicit
    }

    fn directive_span(&self, id: ScopeId, symbol: Symbol) -> pyrs_syntax::Span {
        let scope = self.scopes.get(id);
        scope.directives.iter().find(|(s, _)| *s == symbol).map_or(scope.span, |(_, span)| *span)
    }

    fn directive_error(
        &self,
        id: ScopeId,
        symbol: Symbol,
        before: &str,
        after: &str,
    ) -> Box<pyrs_syntax::SyntaxError> {
        let span = self.directive_span(id, symbol);
        error_at(self.parsed, span, format!("{before}{}{after}", self.names.text(symbol)))
    }

    /// Hands the uses of an inlined comprehension to the enclosing block.
    fn inline(&mut self, id: ScopeId, comp: ScopeId, comp_free: &mut Set, inlined_cells: &mut Set) {
        let in_class = self.scopes.get(id).kind == Kind::Class;
        let walrus = self.scopes.get(comp).has_walrus;
        self.scopes.get_mut(id).has_walrus |= walrus;
        for i in 0..self.scopes.get(comp).symbols.len() {
            let info = self.scopes.get(comp).symbols[i];
            let symbol = info.symbol;
            if matches!(info.place, Place::Local | Place::Cell) {
                continue;
            }
            match self.scopes.get(id).get(symbol).copied() {
                None => {
                    let place = info.place;
                    let entry = self.scopes.get_mut(id).entry(symbol);
                    entry.flags = info.flags & !(def::NONLOCAL | def::LOCAL);
                    entry.place = place;
                }
                Some(existing) => {
                    let captured = self.free_in_child(comp, symbol);
                    if existing.flags & def::BOUND != 0 && !in_class {
                        if captured {
                            inlined_cells.insert(symbol);
                        } else {
                            comp_free.remove(&symbol);
                        }
                    }
                }
            }
        }
    }

    fn free_in_child(&self, comp: ScopeId, symbol: Symbol) -> bool {
        self.scopes
            .get(comp)
            .children
            .iter()
            .any(|&child| self.scopes.get(child).place(symbol) == Place::Free)
    }

    /// Local names that an inner block captures become cells.
    fn cells(&mut self, id: ScopeId, free: &mut Set, inlined_cells: &Set) {
        for info in &mut self.scopes.get_mut(id).symbols {
            if info.place == Place::Local
                && (free.contains(&info.symbol) || inlined_cells.contains(&info.symbol))
            {
                info.place = Place::Cell;
                free.remove(&info.symbol);
            }
        }
    }

    /// Class code provides these cells itself.
    fn drop_class_free(&mut self, id: ScopeId, free: &mut Set) {
        let k = self.known;
        let scope = self.scopes.get_mut(id);
        scope.needs_class_closure |= free.remove(&k.class_);
        scope.needs_classdict |= free.remove(&k.classdict);
        scope.conditional_annotations |= free.remove(&k.conditional);
    }

    /// Enters names that only inner blocks use, so that the closure reaches them.
    fn pass_on(&mut self, id: ScopeId, outer: &Outer, free: &Set) {
        let scope = self.scopes.get_mut(id);
        let class_like = scope.kind == Kind::Class || scope.can_see_class;
        // In order of name: hash order must not reach the code.
        let mut list: Vec<Symbol> = free.iter().copied().collect();
        list.sort_unstable();
        for symbol in list {
            if scope.get(symbol).is_some() {
                if class_like {
                    scope.entry(symbol).flags |= def::FREE_CLASS;
                }
                continue;
            }
            if outer.bound.as_ref().is_some_and(|bound| !bound.contains(&symbol)) {
                continue;
            }
            scope.entry(symbol).place = Place::Free;
        }
    }
}
