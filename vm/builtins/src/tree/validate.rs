//! What CPython's compiler demands of a tree that no parser made: contexts, lengths, bodies, names.

use pyrs_core::{Res, Vm};
use pyrs_syntax::Names;
use pyrs_syntax::ast::*;

/// Checks a whole tree.
pub(super) fn module(vm: &Vm, m: &Mod, names: &Names) -> Res<()> {
    let v = Validator { vm, names };
    match m {
        Mod::Module { body } | Mod::Interactive { body } => v.stmts(body),
        Mod::Expression { body } => v.expr(body, ExprContext::Load),
        Mod::FunctionType { argtypes, returns } => {
            v.exprs(argtypes, ExprContext::Load)?;
            v.expr(returns, ExprContext::Load)
        }
    }
}

struct Validator<'a> {
    vm: &'a Vm,
    names: &'a Names,
}

use ExprContext::{Del, Load, Store};

impl Validator<'_> {
    fn error<T>(&self, text: impl AsRef<str>) -> Res<T> {
        Err(self.vm.value_error(text))
    }
    fn stmts(&self, body: &[Stmt]) -> Res<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }
    fn body(&self, body: &[Stmt], owner: &str) -> Res<()> {
        self.filled(body.len(), "body", owner)?;
        self.stmts(body)
    }
    fn filled(&self, n: usize, what: &str, owner: &str) -> Res<()> {
        if n == 0 { self.error(format!("empty {what} on {owner}")) } else { Ok(()) }
    }
    fn exprs(&self, list: &[Expr], ctx: ExprContext) -> Res<()> {
        list.iter().try_for_each(|e| self.expr(e, ctx))
    }
    fn optional(&self, e: &Option<Box<Expr>>) -> Res<()> {
        e.as_ref().map_or(Ok(()), |e| self.expr(e, Load))
    }
    /// Names that are words of the language cannot be identifiers.
    fn name(&self, s: Symbol) -> Res<()> {
        match self.names.text(s) {
            text @ ("None" | "True" | "False") => {
                self.error(format!("identifier field can't represent '{text}' constant"))
            }
            _ => Ok(()),
        }
    }

    fn stmt(&self, s: &Stmt) -> Res<()> {
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function(f, "FunctionDef"),
            StmtKind::AsyncFunctionDef(f) => self.function(f, "AsyncFunctionDef"),
            StmtKind::ClassDef(c) => {
                self.body(&c.body, "ClassDef")?;
                self.type_params(&c.type_params)?;
                self.exprs(&c.bases, Load)?;
                self.keywords(&c.keywords)?;
                self.exprs(&c.decorator_list, Load)
            }
            StmtKind::Return { value } => self.optional(value),
            StmtKind::Delete { targets } => {
                self.filled(targets.len(), "targets", "Delete")?;
                self.exprs(targets, Del)
            }
            StmtKind::Assign { targets, value } => {
                self.filled(targets.len(), "targets", "Assign")?;
                self.exprs(targets, Store)?;
                self.expr(value, Load)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                if !matches!(name.kind, ExprKind::Name { .. }) {
                    return Err(self.vm.type_error("TypeAlias with non-Name name"));
                }
                self.expr(name, Store)?;
                self.type_params(type_params)?;
                self.expr(value, Load)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target, Store)?;
                self.expr(value, Load)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                if *simple && !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(self.vm.type_error("AnnAssign with simple non-Name target"));
                }
                self.expr(target, Store)?;
                self.optional(value)?;
                self.expr(annotation, Load)
            }
            StmtKind::For(f) | StmtKind::AsyncFor(f) => {
                self.expr(&f.target, Store)?;
                self.expr(&f.iter, Load)?;
                let owner = if matches!(s.kind, StmtKind::For(_)) { "For" } else { "AsyncFor" };
                self.body(&f.body, owner)?;
                self.stmts(&f.orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test, Load)?;
                self.body(body, "While")?;
                self.stmts(orelse)
            }
            StmtKind::If { test, body, orelse } => {
                self.expr(test, Load)?;
                self.body(body, "If")?;
                self.stmts(orelse)
            }
            StmtKind::With(w) => self.with(w, "With"),
            StmtKind::AsyncWith(w) => self.with(w, "AsyncWith"),
            StmtKind::Match { subject, cases } => {
                self.expr(subject, Load)?;
                self.filled(cases.len(), "cases", "Match")?;
                for c in cases {
                    self.pattern(&c.pattern, false)?;
                    self.optional(&c.guard)?;
                    self.body(&c.body, "match_case")?;
                }
                Ok(())
            }
            StmtKind::Raise { exc: None, cause: Some(_) } => {
                self.error("Raise with cause but no exception")
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc)?;
                self.optional(cause)
            }
            StmtKind::Try(t) => self.try_(t, "Try"),
            StmtKind::TryStar(t) => self.try_(t, "TryStar"),
            StmtKind::Assert { test, msg } => {
                self.expr(test, Load)?;
                self.optional(msg)
            }
            StmtKind::Import { names } => self.filled(names.len(), "names", "Import"),
            StmtKind::ImportFrom { names, .. } => self.filled(names.len(), "names", "ImportFrom"),
            StmtKind::Global { names } => self.filled(names.len(), "names", "Global"),
            StmtKind::Nonlocal { names } => self.filled(names.len(), "names", "Nonlocal"),
            StmtKind::Expr { value } => self.expr(value, Load),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }
    fn function(&self, f: &FunctionDef, owner: &str) -> Res<()> {
        self.body(&f.body, owner)?;
        self.type_params(&f.type_params)?;
        self.arguments(&f.args)?;
        self.exprs(&f.decorator_list, Load)?;
        self.optional(&f.returns)
    }
    fn with(&self, w: &With, owner: &str) -> Res<()> {
        self.filled(w.items.len(), "items", owner)?;
        for i in &w.items {
            self.expr(&i.context_expr, Load)?;
            if let Some(v) = &i.optional_vars {
                self.expr(v, Store)?;
            }
        }
        self.body(&w.body, owner)
    }
    fn try_(&self, t: &Try, owner: &str) -> Res<()> {
        self.body(&t.body, owner)?;
        if t.handlers.is_empty() && t.finalbody.is_empty() {
            return self.error(format!("{owner} has neither handlers nor finalbody"));
        }
        if t.handlers.is_empty() && !t.orelse.is_empty() {
            return self.error(format!("{owner} has orelse but no except handlers"));
        }
        for h in &t.handlers {
            self.optional(&h.typ)?;
            self.body(&h.body, "ExceptHandler")?;
        }
        self.stmts(&t.orelse)?;
        self.stmts(&t.finalbody)
    }
    fn type_params(&self, params: &[TypeParam]) -> Res<()> {
        for p in params {
            self.name(p.kind.name())?;
            let default = match &p.kind {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    self.optional(bound)?;
                    default_value
                }
                TypeParamKind::ParamSpec { default_value, .. }
                | TypeParamKind::TypeVarTuple { default_value, .. } => default_value,
            };
            self.optional(default)?;
        }
        Ok(())
    }
    fn keywords(&self, keywords: &[Keyword]) -> Res<()> {
        keywords.iter().try_for_each(|k| self.expr(&k.value, Load))
    }
    fn arguments(&self, a: &Arguments) -> Res<()> {
        let starred = a.vararg.iter().chain(a.kwarg.iter()).map(|b| &**b);
        for arg in a.posonlyargs.iter().chain(&a.args).chain(&a.kwonlyargs).chain(starred) {
            self.optional(&arg.annotation)?;
        }
        if a.defaults.len() > a.posonlyargs.len() + a.args.len() {
            return self.error("more positional defaults than args on arguments");
        }
        if a.kw_defaults.len() != a.kwonlyargs.len() {
            return self.error("length of kwonlyargs is not the same as kw_defaults on arguments");
        }
        self.exprs(&a.defaults, Load)?;
        a.kw_defaults.iter().flatten().try_for_each(|e| self.expr(e, Load))
    }

    fn expr(&self, e: &Expr, ctx: ExprContext) -> Res<()> {
        let own = match &e.kind {
            ExprKind::Attribute { ctx, .. }
            | ExprKind::Subscript { ctx, .. }
            | ExprKind::Starred { ctx, .. }
            | ExprKind::Name { ctx, .. }
            | ExprKind::List { ctx, .. }
            | ExprKind::Tuple { ctx, .. } => Some(*ctx),
            _ => None,
        };
        match own {
            None if ctx != Load => {
                return self
                    .error(format!("expression which can't be assigned to in {ctx:?} context"));
            }
            Some(own) if own != ctx => {
                return self.error(format!(
                    "expression must have {ctx:?} context but has {own:?} instead"
                ));
            }
            _ => {}
        }
        self.parts(e, ctx)
    }
    fn parts(&self, e: &Expr, ctx: ExprContext) -> Res<()> {
        match &e.kind {
            ExprKind::BoolOp { values, .. } => {
                if values.len() < 2 {
                    return self.error("BoolOp with less than 2 values");
                }
                self.exprs(values, Load)
            }
            ExprKind::NamedExpr { target, value } => {
                if !matches!(target.kind, ExprKind::Name { .. }) {
                    return Err(self.vm.type_error("NamedExpr target must be a Name"));
                }
                self.expr(target, Store)?;
                self.expr(value, Load)
            }
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left, Load)?;
                self.expr(right, Load)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand, Load),
            ExprKind::Lambda { args, body } => {
                self.arguments(args)?;
                self.expr(body, Load)
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test, Load)?;
                self.expr(body, Load)?;
                self.expr(orelse, Load)
            }
            ExprKind::Dict { keys, values } => {
                if keys.len() != values.len() {
                    return self.error("Dict doesn't have the same number of keys as values");
                }
                keys.iter().flatten().try_for_each(|k| self.expr(k, Load))?;
                self.exprs(values, Load)
            }
            ExprKind::Set { elts } => self.exprs(elts, Load),
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                self.generators(generators)?;
                self.expr(elt, Load)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.generators(generators)?;
                self.expr(key, Load)?;
                self.expr(value, Load)
            }
            ExprKind::Yield { value } => self.optional(value),
            ExprKind::Await { value } | ExprKind::YieldFrom { value } => self.expr(value, Load),
            ExprKind::Compare { left, ops, comparators } => {
                if comparators.is_empty() {
                    return self.error("Compare with no comparators");
                }
                if comparators.len() != ops.len() {
                    return self
                        .error("Compare has a different number of comparators and operands");
                }
                self.exprs(comparators, Load)?;
                self.expr(left, Load)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func, Load)?;
                self.exprs(args, Load)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value, Load)?;
                self.optional(format_spec)
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => {
                self.exprs(values, Load)
            }
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, .. } => self.expr(value, Load),
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(slice, Load)?;
                self.expr(value, Load)
            }
            ExprKind::Starred { value, .. } => self.expr(value, ctx),
            ExprKind::Name { id, .. } => self.name(*id),
            ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => self.exprs(elts, ctx),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
        }
    }
    fn generators(&self, list: &[Comprehension]) -> Res<()> {
        if list.is_empty() {
            return self.error("comprehension with no generators");
        }
        for g in list {
            self.expr(&g.target, Store)?;
            self.expr(&g.iter, Load)?;
            self.exprs(&g.ifs, Load)?;
        }
        Ok(())
    }

    fn patterns(&self, list: &[Pattern], star: bool) -> Res<()> {
        list.iter().try_for_each(|p| self.pattern(p, star))
    }
    fn capture(&self, name: Symbol) -> Res<()> {
        if self.names.text(name) == "_" {
            return self.error("can't capture name '_' in patterns");
        }
        self.name(name)
    }
    /// Values that patterns compare with: literals, signed or complex numbers, dotted names.
    fn pattern_value(&self, e: &Expr) -> Res<()> {
        match &e.kind {
            ExprKind::Constant {
                value: Constant::None | Constant::True | Constant::False | Constant::Ellipsis,
                ..
            } => self.error("unexpected constant inside of a literal pattern"),
            ExprKind::Constant { .. }
            | ExprKind::Attribute { .. }
            | ExprKind::UnaryOp { .. }
            | ExprKind::BinOp { .. }
            | ExprKind::JoinedStr { .. }
            | ExprKind::TemplateStr { .. } => self.expr(e, Load),
            _ => self.error("patterns may only match literals and attribute lookups"),
        }
    }
    fn pattern(&self, p: &Pattern, star: bool) -> Res<()> {
        match &p.kind {
            PatternKind::MatchValue { value } => self.pattern_value(value),
            PatternKind::MatchSingleton {
                value: Constant::None | Constant::True | Constant::False,
            } => Ok(()),
            PatternKind::MatchSingleton { .. } => {
                self.error("MatchSingleton can only contain True, False and None")
            }
            PatternKind::MatchSequence { patterns } => self.patterns(patterns, true),
            PatternKind::MatchMapping { keys, patterns, rest } => {
                if keys.len() != patterns.len() {
                    return self
                        .error("MatchMapping doesn't have the same number of keys as patterns");
                }
                if let Some(rest) = rest {
                    self.capture(*rest)?;
                }
                for k in keys {
                    let constant = matches!(
                        &k.kind,
                        ExprKind::Constant {
                            value: Constant::None | Constant::True | Constant::False,
                            ..
                        }
                    );
                    if !constant {
                        self.pattern_value(k)?;
                    }
                }
                self.patterns(patterns, false)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                if kwd_attrs.len() != kwd_patterns.len() {
                    return self.error(
                        "MatchClass doesn't have the same number of keyword attributes as patterns",
                    );
                }
                self.expr(cls, Load)?;
                if !matches!(cls.kind, ExprKind::Name { .. } | ExprKind::Attribute { .. }) {
                    return self
                        .error("MatchClass cls field can only contain Name or Attribute nodes.");
                }
                self.patterns(patterns, false)?;
                self.patterns(kwd_patterns, false)
            }
            PatternKind::MatchStar { .. } if !star => self.error("can't use MatchStar here"),
            PatternKind::MatchStar { name } => name.map_or(Ok(()), |n| self.capture(n)),
            PatternKind::MatchAs { pattern: Some(_), name: None } => {
                self.error("MatchAs must specify a target name if a pattern is given")
            }
            PatternKind::MatchAs { pattern, name } => {
                if let Some(n) = name {
                    self.capture(*n)?;
                }
                pattern.as_ref().map_or(Ok(()), |p| self.pattern(p, false))
            }
            PatternKind::MatchOr { patterns } => {
                if patterns.len() < 2 {
                    return self.error("MatchOr requires at least 2 patterns");
                }
                self.patterns(patterns, false)
            }
        }
    }
}
