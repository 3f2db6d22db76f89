//! First pass over expressions: uses, assignment expressions, comprehensions, `yield` and `await`.

use super::build::Builder;
use super::{CompKind, Kind, Role, def};
use crate::error::Result;
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

impl Builder<'_, '_> {
    pub(super) fn exprs(&mut self, list: &[Expr]) -> Result<()> {
        list.iter().try_for_each(|e| self.expr(e))
    }

    pub(super) fn opt(&mut self, e: &Option<Box<Expr>>) -> Result<()> {
        e.as_ref().map_or(Ok(()), |e| self.expr(e))
    }

    pub(super) fn expr(&mut self, e: &Expr) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || self.expr_inner(e))
    }

    fn expr_inner(&mut self, e: &Expr) -> Result<()> {
        match &e.kind {
            ExprKind::NamedExpr { target, value } => self.walrus(e, target, value),
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.exprs(&args.defaults)?;
                args.kw_defaults.iter().flatten().try_for_each(|d| self.expr(d))?;
                self.enter(self.known.lambda, Kind::Function, e, Role::Body, e.span);
                self.parameters(args)?;
                self.expr(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                keys.iter().flatten().try_for_each(|k| self.expr(k))?;
                self.exprs(values)
            }
            ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
                self.exprs(elts)
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(e, CompKind::List, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(e, CompKind::Set, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(e, CompKind::Dict, generators, key, Some(value))
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(e, CompKind::Generator, generators, elt, None)
            }
            ExprKind::Await { value } => self.await_(e, value),
            ExprKind::Yield { value } => {
                self.refuse_in_annotation("yield expression", e.span)?;
                self.opt(value)?;
                self.yield_(e.span)
            }
            ExprKind::YieldFrom { value } => {
                self.refuse_in_annotation("yield expression", e.span)?;
                self.expr(value)?;
                self.yield_(e.span)
            }
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                keywords.iter().try_for_each(|k| self.expr(&k.value))
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.opt(format_spec)
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => self.exprs(values),
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                if *attr == self.known.debug && *ctx != ExprContext::Load {
                    return Err(self.debug_error(*ctx, e.span));
                }
                if super::observes_frame(&self.known, *attr) {
                    self.mark_observer(self.current_id());
                }
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.opt(lower)?;
                self.opt(upper)?;
                self.opt(step)
            }
            ExprKind::Name { id, ctx } => self.name(*id, *ctx, e.span),
        }
    }

    fn debug_error(&self, ctx: ExprContext, span: Span) -> Box<pyrs_syntax::SyntaxError> {
        match ctx {
            ExprContext::Del => self.error(span, "cannot delete __debug__"),
            _ => self.error(span, "cannot assign to __debug__"),
        }
    }

    fn name(&mut self, id: Symbol, ctx: ExprContext, span: Span) -> Result<()> {
        if id == self.known.debug && ctx != ExprContext::Load {
            return Err(self.debug_error(ctx, span));
        }
        if self.cur().unevaluated {
            return Ok(());
        }
        let load = ctx == ExprContext::Load;
        self.add(id, if load { def::USE } else { def::LOCAL }, span)?;
        if load && id == self.known.super_ && self.cur().is_function_like() {
            self.add(self.known.class_, def::USE, span)?;
        }
        Ok(())
    }

    fn await_(&mut self, e: &Expr, value: &Expr) -> Result<()> {
        self.refuse_in_annotation("await expression", e.span)?;
        let scope = self.cur();
        if !(self.top_level_await && scope.kind == Kind::Module) {
            if !scope.is_function_like() {
                return Err(self.error(e.span, "'await' outside function"));
            }
            if !scope.is_async_def && scope.comp == CompKind::No {
                return Err(self.error(e.span, "'await' outside async function"));
            }
        }
        self.expr(value)?;
        self.cur_mut().coroutine = true;
        Ok(())
    }

    fn yield_(&mut self, span: Span) -> Result<()> {
        let scope = self.cur_mut();
        scope.generator = true;
        let message = match scope.comp {
            CompKind::No => return Ok(()),
            CompKind::List => "'yield' inside list comprehension",
            CompKind::Set => "'yield' inside set comprehension",
            CompKind::Dict => "'yield' inside dict comprehension",
            CompKind::Generator => "'yield' inside generator expression",
        };
        Err(self.error(span, message))
    }

    fn walrus(&mut self, e: &Expr, target: &Expr, value: &Expr) -> Result<()> {
        self.refuse_in_annotation("named expression", e.span)?;
        if self.cur().comp_iter_expr > 0 {
            let message =
                "assignment expression cannot be used in a comprehension iterable expression";
            return Err(self.error(e.span, message));
        }
        self.cur_mut().has_walrus = true;
        if self.cur().comp != CompKind::No {
            self.extend_walrus(target)?;
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// The target of an assignment expression in a comprehension belongs to the enclosing function or module
    /// (PEP 572).
    fn extend_walrus(&mut self, target: &Expr) -> Result<()> {
        let ExprKind::Name { id, .. } = &target.kind else { return Ok(()) };
        let (id, span) = (*id, target.span);
        let mangled = self.mangle(id);
        for i in (0..self.stack.len()).rev() {
            let scope_id = self.stack[i];
            let scope = self.scopes.get_mut(scope_id);
            let flags = scope.flags(mangled);
            if scope.comp != CompKind::No {
                if flags & def::COMP_ITER != 0 && flags & def::LOCAL != 0 {
                    let text = self.names.text(id);
                    let message = format!(
                        "assignment expression cannot rebind comprehension iteration variable '{text}'"
                    );
                    return Err(self.error(span, message));
                }
                continue;
            }
            let message = match scope.kind {
                Kind::Function => {
                    scope.has_walrus = true;
                    let global = flags & def::GLOBAL != 0;
                    self.add(id, if global { def::GLOBAL } else { def::NONLOCAL }, span)?;
                    self.directive(id, span);
                    return self.add_to(scope_id, id, def::LOCAL, span);
                }
                Kind::Module => {
                    self.add(id, def::GLOBAL, span)?;
                    self.directive(id, span);
                    return self.add_to(scope_id, id, def::GLOBAL, span);
                }
                Kind::Class => "cannot be used in a class body",
                Kind::TypeParams => "cannot be used within the definition of a generic",
                Kind::TypeAlias => "cannot be used in a type alias",
                Kind::TypeVariable => "cannot be used in a TypeVar bound",
                Kind::Annotation => "cannot be used within an annotation",
            };
            let message = format!("assignment expression within a comprehension {message}");
            return Err(self.error(span, message));
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        e: &Expr,
        kind: CompKind,
        generators: &[Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Result<()> {
        let Some((first, rest)) = generators.split_first() else { return Ok(()) };
        self.cur_mut().comp_iter_expr += 1;
        self.expr(&first.iter)?;
        self.cur_mut().comp_iter_expr -= 1;
        let name = match kind {
            CompKind::List => self.known.listcomp,
            CompKind::Set => self.known.setcomp,
            CompKind::Dict => self.known.dictcomp,
            _ => self.known.genexpr,
        };
        let unevaluated = self.cur().unevaluated;
        self.enter(name, Kind::Function, e, Role::Body, e.span);
        let scope = self.cur_mut();
        scope.comp = kind;
        scope.unevaluated = unevaluated;
        scope.coroutine = first.is_async;
        self.add(self.known.dot_zero, def::PARAM, e.span)?;
        self.comp_target(&first.target)?;
        self.exprs(&first.ifs)?;
        for generator in rest {
            self.comp_target(&generator.target)?;
            self.cur_mut().comp_iter_expr += 1;
            self.expr(&generator.iter)?;
            self.cur_mut().comp_iter_expr -= 1;
            self.exprs(&generator.ifs)?;
            if generator.is_async {
                self.cur_mut().coroutine = true;
            }
        }
        self.expr(elt)?;
        if let Some(value) = value {
            self.expr(value)?;
        }
        let scope = self.cur_mut();
        scope.generator = kind == CompKind::Generator;
        let is_async = scope.coroutine && kind != CompKind::Generator;
        self.exit();
        if is_async {
            let outer = self.cur();
            let allowed = outer.is_async_def
                || outer.comp != CompKind::No
                || (outer.kind == Kind::Module && self.top_level_await);
            if !allowed {
                let message = "asynchronous comprehension outside of an asynchronous function";
                return Err(self.error(e.span, message));
            }
            self.cur_mut().coroutine = true;
        }
        Ok(())
    }

    fn comp_target(&mut self, target: &Expr) -> Result<()> {
        self.cur_mut().comp_iter_target = true;
        self.expr(target)?;
        self.cur_mut().comp_iter_target = false;
        Ok(())
    }
}
