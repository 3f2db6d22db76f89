//! First pass over statements and patterns.

use super::build::Builder;
use super::{Kind, Role, def};
use crate::error::Result;
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

impl Builder<'_, '_> {
    pub(super) fn stmts(&mut self, body: &[Stmt]) -> Result<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    /// Statements that may not run: class annotations in them are conditional.
    fn conditional<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let saved = std::mem::replace(&mut self.cur_mut().in_conditional, true);
        let result = f(self);
        self.cur_mut().in_conditional = saved;
        result
    }

    fn stmt(&mut self, s: &Stmt) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || self.stmt_inner(s))
    }

    fn stmt_inner(&mut self, s: &Stmt) -> Result<()> {
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function(f, false, s.span),
            StmtKind::AsyncFunctionDef(f) => self.function(f, true, s.span),
            StmtKind::ClassDef(c) => self.class(c, s.span),
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(s, name, type_params, value)
            }
            StmtKind::Return { value } => self.opt(value),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(s.span, target, annotation, value.as_deref(), *simple)
            }
            StmtKind::For(f) => {
                self.expr(&f.target)?;
                self.expr(&f.iter)?;
                self.conditional(|b| {
                    b.stmts(&f.body)?;
                    b.stmts(&f.orelse)
                })
            }
            StmtKind::AsyncFor(f) => {
                self.need_coroutine("'async for' outside async function", s.span)?;
                self.expr(&f.target)?;
                self.expr(&f.iter)?;
                self.conditional(|b| {
                    b.stmts(&f.body)?;
                    b.stmts(&f.orelse)
                })
            }
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(|b| {
                    b.stmts(body)?;
                    b.stmts(orelse)
                })
            }
            StmtKind::With(w) => self.with(w),
            StmtKind::AsyncWith(w) => {
                self.need_coroutine("'async with' outside async function", s.span)?;
                self.with(w)
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                self.conditional(|b| {
                    cases.iter().try_for_each(|case| {
                        b.pattern(&case.pattern)?;
                        b.opt(&case.guard)?;
                        b.stmts(&case.body)
                    })
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.opt(exc)?;
                self.opt(cause)
            }
            StmtKind::Try(t) | StmtKind::TryStar(t) => self.try_(t),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.opt(msg)
            }
            StmtKind::Import { names } => names.iter().try_for_each(|a| self.alias(a)),
            StmtKind::ImportFrom { names, .. } => names.iter().try_for_each(|a| self.alias(a)),
            StmtKind::Global { names } => self.global(names, s.span),
            StmtKind::Nonlocal { names } => self.nonlocal(names, s.span),
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    /// `async for` and `async with` make a module a coroutine where top-level await is allowed.
    fn need_coroutine(&mut self, message: &str, span: Span) -> Result<()> {
        if self.cur().kind == Kind::Module && self.top_level_await {
            self.cur_mut().coroutine = true;
            return Ok(());
        }
        if !self.cur().is_async_def {
            return Err(self.error(span, message));
        }
        Ok(())
    }

    fn with(&mut self, w: &With) -> Result<()> {
        self.conditional(|b| {
            for item in &w.items {
                b.expr(&item.context_expr)?;
                b.opt(&item.optional_vars)?;
            }
            b.stmts(&w.body)
        })
    }

    fn try_(&mut self, t: &Try) -> Result<()> {
        self.conditional(|b| {
            b.stmts(&t.body)?;
            for handler in &t.handlers {
                b.opt(&handler.typ)?;
                if let Some(name) = handler.name {
                    b.add(name, def::LOCAL, handler.span)?;
                }
                b.stmts(&handler.body)?;
            }
            b.stmts(&t.orelse)?;
            b.stmts(&t.finalbody)
        })
    }

    fn function(&mut self, f: &FunctionDef, is_async: bool, span: Span) -> Result<()> {
        self.add(f.name, def::LOCAL, span)?;
        self.exprs(&f.args.defaults)?;
        f.args.kw_defaults.iter().flatten().try_for_each(|e| self.expr(e))?;
        self.exprs(&f.decorator_list)?;
        let generic = !f.type_params.is_empty();
        if generic {
            let kw = f.args.kw_defaults.iter().any(Option::is_some);
            self.enter_type_params(f, f.name, !f.args.defaults.is_empty(), kw, false, span)?;
            self.type_params(&f.type_params)?;
        }
        let id = self.make(f.name, Kind::Function, f, Role::Body, span);
        self.function_annotations(f, id, span)?;
        self.stack.push(id);
        self.cur_mut().is_async_def = is_async;
        self.cur_mut().coroutine = is_async;
        self.parameters(&f.args)?;
        self.stmts(&f.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    /// Enters the parameters of the current block, in code object order.
    pub(super) fn parameters(&mut self, args: &Arguments) -> Result<()> {
        for arg in args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs) {
            self.add(arg.arg, def::PARAM, arg.span)?;
        }
        for arg in args.vararg.iter().chain(&args.kwarg) {
            self.add(arg.arg, def::PARAM, arg.span)?;
        }
        Ok(())
    }

    fn class(&mut self, c: &ClassDef, span: Span) -> Result<()> {
        self.add(c.name, def::LOCAL, span)?;
        self.exprs(&c.decorator_list)?;
        let saved = (self.private, self.mangled.clone());
        let generic = !c.type_params.is_empty();
        if generic {
            self.enter_type_params(c, c.name, false, false, true, span)?;
            self.private = Some(c.name);
            self.mangled = Some(Vec::new());
            self.type_params(&c.type_params)?;
        }
        self.exprs(&c.bases)?;
        c.keywords.iter().try_for_each(|k| self.expr(&k.value))?;
        self.enter(c.name, Kind::Class, c, Role::Body, span);
        self.private = Some(c.name);
        let only = self.mangled.take();
        if generic {
            self.add(self.known.type_params, def::LOCAL, span)?;
            self.add(self.known.dot_type_params, def::USE, span)?;
        }
        self.stmts(&c.body)?;
        self.exit();
        self.mangled = only;
        if generic {
            self.exit();
        }
        (self.private, self.mangled) = saved;
        Ok(())
    }

    fn alias(&mut self, alias: &Alias) -> Result<()> {
        let text = self.names.text(alias.name);
        if text == "*" {
            if self.cur().kind != Kind::Module {
                return Err(self.error(alias.span, "import * only allowed at module level"));
            }
            return Ok(());
        }
        let name = match alias.asname {
            Some(name) => name,
            None => {
                let first = text.split('.').next().unwrap_or_default().to_owned();
                self.names.intern(&first)
            }
        };
        self.add(name, def::IMPORT | def::LOCAL, alias.span)
    }

    fn global(&mut self, names: &[Symbol], span: Span) -> Result<()> {
        for &name in names {
            let flags = self.lookup(name);
            let text = self.names.text(name);
            if flags & (def::PARAM | def::LOCAL | def::USE | def::ANNOT) != 0 {
                let message = if flags & def::PARAM != 0 {
                    format!("name '{text}' is parameter and global")
                } else if flags & def::USE != 0 {
                    format!("name '{text}' is used prior to global declaration")
                } else if flags & def::ANNOT != 0 {
                    format!("annotated name '{text}' can't be global")
                } else {
                    format!("name '{text}' is assigned to before global declaration")
                };
                return Err(self.error(span, message));
            }
            self.add(name, def::GLOBAL, span)?;
            self.directive(name, span);
        }
        Ok(())
    }

    fn nonlocal(&mut self, names: &[Symbol], span: Span) -> Result<()> {
        for &name in names {
            let flags = self.lookup(name);
            let text = self.names.text(name);
            if flags & (def::PARAM | def::LOCAL | def::USE | def::ANNOT) != 0 {
                let message = if flags & def::PARAM != 0 {
                    format!("name '{text}' is parameter and nonlocal")
                } else if flags & def::USE != 0 {
                    format!("name '{text}' is used prior to nonlocal declaration")
                } else if flags & def::ANNOT != 0 {
                    format!("annotated name '{text}' can't be nonlocal")
                } else {
                    format!("name '{text}' is assigned to before nonlocal declaration")
                };
                return Err(self.error(span, message));
            }
            self.add(name, def::NONLOCAL, span)?;
            self.directive(name, span);
        }
        Ok(())
    }

    fn pattern(&mut self, p: &Pattern) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || self.pattern_inner(p))
    }

    fn pattern_inner(&mut self, p: &Pattern) -> Result<()> {
        match &p.kind {
            PatternKind::MatchValue { value } => self.expr(value),
            PatternKind::MatchSingleton { .. } => Ok(()),
            PatternKind::MatchSequence { patterns } | PatternKind::MatchOr { patterns } => {
                patterns.iter().try_for_each(|p| self.pattern(p))
            }
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.exprs(keys)?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                self.capture(*rest, p.span)
            }
            PatternKind::MatchClass { cls, patterns, kwd_patterns, .. } => {
                self.expr(cls)?;
                patterns.iter().chain(kwd_patterns).try_for_each(|p| self.pattern(p))
            }
            PatternKind::MatchStar { name } => self.capture(*name, p.span),
            PatternKind::MatchAs { pattern, name } => {
                if let Some(inner) = pattern {
                    self.pattern(inner)?;
                }
                self.capture(*name, p.span)
            }
        }
    }

    fn capture(&mut self, name: Option<Symbol>, span: Span) -> Result<()> {
        match name {
            Some(name) => self.add(name, def::LOCAL, span),
            None => Ok(()),
        }
    }
}
