//! First pass: the table of blocks under construction, and how a name's use is entered.
//!
//! The walk itself is in `stmt`, `expr` and `annotation`. The order of visits is CPython's, because the first
//! error found is the one that is reported.

use super::{CompKind, Kind, Role, Scope, ScopeId, Scopes, address, analyze, def, observes_frame};
use crate::error::{Result, error_at};
use crate::names::{Known, NameTable};
use hashbrown::HashMap;
use pyrs_syntax::ast::{Mod, Symbol};
use pyrs_syntax::{Parsed, Span};

/// State of the first pass.
pub(super) struct Builder<'a, 'n> {
    pub(super) parsed: &'a Parsed,
    pub(super) names: &'n mut NameTable<'a>,
    pub(super) known: Known,
    pub(super) scopes: Scopes,
    /// Blocks being visited, outermost first.
    pub(super) stack: Vec<ScopeId>,
    /// The class whose private names are mangled.
    pub(super) private: Option<Symbol>,
    /// The only names to mangle, in the scope of a generic class's type parameters.
    pub(super) mangled: Option<Vec<Symbol>>,
    pub(super) future_annotations: bool,
    pub(super) top_level_await: bool,
}

/// Builds and analyses the blocks of a program.
pub(crate) fn build<'a>(
    parsed: &'a Parsed,
    names: &mut NameTable<'a>,
    known: Known,
    future_annotations: bool,
    top_level_await: bool,
) -> Result<Scopes> {
    let scopes = Scopes { list: Vec::new(), by_node: HashMap::new() };
    let mut builder = Builder {
        parsed,
        names,
        known,
        scopes,
        stack: Vec::new(),
        private: None,
        mangled: None,
        future_annotations,
        top_level_await,
    };
    let whole = Span::new(0, parsed.source.len() as u32);
    builder.enter(known.top, Kind::Module, &parsed.module, Role::Body, whole);
    match &parsed.module {
        Mod::Module { body } | Mod::Interactive { body } => builder.stmts(body)?,
        Mod::Expression { body } => builder.expr(body)?,
        Mod::FunctionType { .. } => {
            return Err(error_at(parsed, whole, "a function type cannot be compiled"));
        }
    }
    builder.exit();
    let mut scopes = builder.scopes;
    analyze::analyze(parsed, names, known, &mut scopes)?;
    Ok(scopes)
}

impl Builder<'_, '_> {
    pub(super) fn error(
        &self,
        span: Span,
        message: impl Into<String>,
    ) -> Box<pyrs_syntax::SyntaxError> {
        error_at(self.parsed, span, message)
    }

    pub(super) fn current_id(&self) -> ScopeId {
        self.stack.last().copied().unwrap_or(ScopeId(0))
    }

    pub(super) fn cur(&self) -> &Scope {
        self.scopes.get(self.current_id())
    }

    pub(super) fn cur_mut(&mut self) -> &mut Scope {
        let id = self.current_id();
        self.scopes.get_mut(id)
    }

    /// Makes a block and enters it.
    pub(super) fn enter<T>(&mut self, name: Symbol, kind: Kind, node: &T, role: Role, span: Span) {
        let id = self.make(name, kind, node, role, span);
        self.stack.push(id);
    }

    /// Makes a block below the current one.
    pub(super) fn make<T>(
        &mut self,
        name: Symbol,
        kind: Kind,
        node: &T,
        role: Role,
        span: Span,
    ) -> ScopeId {
        let id = ScopeId(self.scopes.list.len() as u32);
        let parent = self.stack.last().copied();
        // Also functions inside of an iterable must not assign.
        let comp_iter_expr = parent.map_or(0, |p| self.scopes.get(p).comp_iter_expr);
        let nested = parent.is_some_and(|p| {
            let outer = self.scopes.get(p);
            outer.nested || outer.is_function_like()
        });
        self.scopes.list.push(Scope {
            kind,
            name,
            parent,
            span,
            symbols: Vec::new(),
            index: HashMap::new(),
            params: Vec::new(),
            children: Vec::new(),
            comp: CompKind::No,
            is_async_def: false,
            nested,
            generator: false,
            coroutine: false,
            can_see_class: false,
            needs_class_closure: false,
            needs_classdict: false,
            conditional_annotations: false,
            annotations_used: false,
            annotation_block: None,
            inlined: false,
            inlined_comps: Vec::new(),
            observes_frame: false,
            has_walrus: false,
            comp_iter_target: false,
            comp_iter_expr,
            in_conditional: false,
            unevaluated: false,
            info: "",
            directives: Vec::new(),
        });
        if let Some(parent) = parent {
            self.scopes.get_mut(parent).children.push(id);
        }
        self.scopes.by_node.insert((address(node), role), id);
        if matches!(kind, Kind::Annotation | Kind::TypeAlias | Kind::TypeVariable) {
            let format = self.known.dot_format;
            let scope = self.scopes.get_mut(id);
            scope.entry(format).flags |= def::PARAM | def::USE;
            scope.params.push(format);
        }
        id
    }

    pub(super) fn exit(&mut self) {
        self.stack.pop();
    }

    pub(super) fn mangle(&mut self, symbol: Symbol) -> Symbol {
        self.names.mangle_in(self.private, self.mangled.as_deref(), symbol)
    }

    /// How `symbol` has been used in the current block so far.
    pub(super) fn lookup(&mut self, symbol: Symbol) -> u32 {
        let mangled = self.mangle(symbol);
        self.cur().flags(mangled)
    }

    /// Notes a use of `symbol` in the current block.
    pub(super) fn add(&mut self, symbol: Symbol, flag: u32, span: Span) -> Result<()> {
        self.add_to(self.current_id(), symbol, flag, span)
    }

    pub(super) fn add_to(
        &mut self,
        id: ScopeId,
        symbol: Symbol,
        flag: u32,
        span: Span,
    ) -> Result<()> {
        if flag & (def::LOCAL | def::PARAM | def::GLOBAL | def::NONLOCAL) != 0
            && symbol == self.known.debug
        {
            return Err(self.error(span, "cannot assign to __debug__"));
        }
        let mangled = self.mangle(symbol);
        if observes_frame(&self.known, symbol) {
            self.mark_observer(id);
        }
        let scope = self.scopes.get_mut(id);
        let iter_target = scope.comp_iter_target;
        let info = scope.entry(mangled);
        let old = info.flags;
        let mut new = old | flag;
        if flag & old & def::PARAM != 0 {
            let text = self.names.text(symbol);
            let message = format!("duplicate parameter '{text}' in function definition");
            return Err(self.error(span, message));
        }
        if flag & old & def::TYPE_PARAM != 0 {
            let text = self.names.text(symbol);
            return Err(self.error(span, format!("duplicate type parameter '{text}'")));
        }
        if iter_target {
            if new & (def::GLOBAL | def::NONLOCAL) != 0 {
                let text = self.names.text(symbol);
                let message = format!(
                    "comprehension inner loop cannot rebind assignment expression target '{text}'"
                );
                return Err(self.error(span, message));
            }
            new |= def::COMP_ITER;
        }
        info.flags = new;
        if flag & def::PARAM != 0 {
            scope.params.push(mangled);
        } else if flag & def::GLOBAL != 0 {
            self.scopes.get_mut(ScopeId(0)).entry(mangled).flags |= flag;
        }
        Ok(())
    }

    /// The block, and those whose frame it may share, must show their variables.
    pub(super) fn mark_observer(&mut self, id: ScopeId) {
        let mut id = Some(id);
        while let Some(i) = id {
            let scope = self.scopes.get_mut(i);
            scope.observes_frame = true;
            // The variables of a comprehension may be those of the enclosing block.
            id = if scope.comp != CompKind::No { scope.parent } else { None };
        }
    }

    /// Remembers where `global x` or `nonlocal x` stood, for errors of the second pass.
    pub(super) fn directive(&mut self, symbol: Symbol, span: Span) {
        let mangled = self.mangle(symbol);
        self.cur_mut().directives.push((mangled, span));
    }

    /// Errors for `what` inside annotation scopes.
    pub(super) fn refuse_in_annotation(&self, what: &str, span: Span) -> Result<()> {
        let scope = self.cur();
        let message = match scope.kind {
            Kind::Annotation => format!("{what} cannot be used within an annotation"),
            Kind::TypeVariable => format!("{what} cannot be used within {}", scope.info),
            Kind::TypeAlias => format!("{what} cannot be used within a type alias"),
            Kind::TypeParams => format!("{what} cannot be used within the definition of a generic"),
            _ => return Ok(()),
        };
        Err(self.error(span, message))
    }
}
