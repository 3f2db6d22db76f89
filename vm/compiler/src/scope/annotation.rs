//! First pass over annotations (PEP 649), type parameters (PEP 695, 696) and type aliases.

use super::build::Builder;
use super::{Kind, Role, ScopeId, def};
use crate::error::Result;
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

impl Builder<'_, '_> {
    pub(super) fn ann_assign(
        &mut self,
        span: Span,
        target: &Expr,
        annotation: &Expr,
        value: Option<&Expr>,
        simple: bool,
    ) -> Result<()> {
        self.cur_mut().annotations_used = true;
        if let ExprKind::Name { id, .. } = &target.kind {
            let flags = self.lookup(*id);
            if flags & (def::GLOBAL | def::NONLOCAL) != 0 && self.stack.len() > 1 && simple {
                let what = if flags & def::GLOBAL != 0 { "global" } else { "nonlocal" };
                let text = self.names.text(*id);
                return Err(self.error(span, format!("annotated name '{text}' can't be {what}")));
            }
            if simple {
                self.add(*id, def::ANNOT | def::LOCAL, target.span)?;
            } else if value.is_some() {
                self.add(*id, def::LOCAL, target.span)?;
            }
        } else {
            self.expr(target)?;
        }
        self.annotation(annotation)?;
        value.map_or(Ok(()), |value| self.expr(value))
    }

    /// An annotation of a variable.
    fn annotation(&mut self, annotation: &Expr) -> Result<()> {
        let (current, span) = (self.current_id(), annotation.span);
        let scope = self.cur();
        let unevaluated = scope.kind == Kind::Function;
        let in_class = scope.kind == Kind::Class;
        let conditional = (in_class && scope.in_conditional) || scope.kind == Kind::Module;
        if conditional && !scope.conditional_annotations {
            self.cur_mut().conditional_annotations = true;
            self.add(self.known.conditional, def::USE, span)?;
        }
        match self.cur().annotation_block {
            Some(block) => self.stack.push(block),
            None => {
                // The statement's own node may have other blocks; the annotation's address is free.
                let name = self.known.annotate;
                self.enter(name, Kind::Annotation, annotation, Role::Annotation, span);
                let block = self.current_id();
                self.scopes.get_mut(current).annotation_block = Some(block);
                if in_class && !self.future_annotations {
                    self.cur_mut().can_see_class = true;
                    self.add(self.known.classdict, def::USE, span)?;
                }
            }
        }
        if conditional && in_class {
            // `__annotate__` asks which of them have been reached.
            self.add(self.known.conditional, def::USE, span)?;
        }
        self.cur_mut().unevaluated = unevaluated;
        self.expr(annotation)?;
        self.cur_mut().unevaluated = false;
        self.exit();
        Ok(())
    }

    /// The block of a function's `__annotate__`.
    pub(super) fn function_annotations(
        &mut self,
        f: &FunctionDef,
        id: ScopeId,
        span: Span,
    ) -> Result<()> {
        let outer = self.cur();
        let in_class = outer.can_see_class || outer.kind == Kind::Class;
        self.enter(self.known.annotate, Kind::Annotation, f, Role::Annotation, span);
        let block = self.current_id();
        self.scopes.get_mut(id).annotation_block = Some(block);
        let args = &f.args;
        let all = args.posonlyargs.iter().chain(&args.args).chain(args.vararg.as_deref());
        let all = all.chain(args.kwarg.as_deref()).chain(&args.kwonlyargs);
        let used = f.returns.is_some() || all.clone().any(|arg| arg.annotation.is_some());
        // Without annotations the class needs no cell for its namespace.
        if in_class && used && !self.future_annotations {
            self.cur_mut().can_see_class = true;
            self.add(self.known.classdict, def::USE, span)?;
        }
        for arg in all {
            if let Some(annotation) = &arg.annotation {
                self.cur_mut().annotations_used = true;
                self.expr(annotation)?;
            }
        }
        if let Some(returns) = &f.returns {
            self.cur_mut().annotations_used = true;
            self.expr(returns)?;
        }
        self.exit();
        Ok(())
    }

    /// Enters the block of `[T, ...]` of `node`.
    pub(super) fn enter_type_params<T>(
        &mut self,
        node: &T,
        name: Symbol,
        defaults: bool,
        kwdefaults: bool,
        class: bool,
        span: Span,
    ) -> Result<()> {
        let in_class = self.cur().kind == Kind::Class;
        let text = format!("<generic parameters of {}>", self.names.text(name));
        let block_name = self.names.intern(&text);
        self.enter(block_name, Kind::TypeParams, node, Role::Params, span);
        if in_class {
            self.cur_mut().can_see_class = true;
            self.add(self.known.classdict, def::USE, span)?;
        }
        if class {
            for symbol in [self.known.dot_type_params, self.known.dot_generic_base] {
                self.add(symbol, def::LOCAL, span)?;
                self.add(symbol, def::USE, span)?;
            }
        }
        if defaults {
            self.add(self.known.dot_defaults, def::PARAM, span)?;
        }
        if kwdefaults {
            self.add(self.known.dot_kwdefaults, def::PARAM, span)?;
        }
        Ok(())
    }

    pub(super) fn type_params(&mut self, params: &[TypeParam]) -> Result<()> {
        for param in params {
            let name = param.kind.name();
            if name == self.known.classdict {
                let message = "reserved name '__classdict__' cannot be used for type parameter";
                return Err(self.error(param.span, message));
            }
            if let Some(only) = &mut self.mangled {
                only.push(name);
            }
            self.add(name, def::TYPE_PARAM | def::LOCAL, param.span)?;
            let (default, info) = match &param.kind {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    if let Some(bound) = bound {
                        let tuple = matches!(bound.kind, ExprKind::Tuple { .. });
                        let info = if tuple { "a TypeVar constraint" } else { "a TypeVar bound" };
                        self.type_variable(param, Role::Bound, name, bound, info)?;
                    }
                    (default_value, "a TypeVar default")
                }
                TypeParamKind::ParamSpec { default_value, .. } => {
                    (default_value, "a ParamSpec default")
                }
                TypeParamKind::TypeVarTuple { default_value, .. } => {
                    (default_value, "a TypeVarTuple default")
                }
            };
            if let Some(default) = default {
                self.type_variable(param, Role::Default, name, default, info)?;
            }
        }
        Ok(())
    }

    fn type_variable(
        &mut self,
        param: &TypeParam,
        role: Role,
        name: Symbol,
        value: &Expr,
        info: &'static str,
    ) -> Result<()> {
        let sees_class = self.cur().can_see_class;
        self.enter(name, Kind::TypeVariable, param, role, value.span);
        let scope = self.cur_mut();
        scope.can_see_class = sees_class;
        scope.info = info;
        if sees_class {
            self.add(self.known.classdict, def::USE, value.span)?;
        }
        self.expr(value)?;
        self.exit();
        Ok(())
    }

    pub(super) fn type_alias(
        &mut self,
        s: &Stmt,
        name: &Expr,
        params: &[TypeParam],
        value: &Expr,
    ) -> Result<()> {
        self.expr(name)?;
        let ExprKind::Name { id, .. } = &name.kind else { return Ok(()) };
        let in_class = self.cur().kind == Kind::Class;
        if !params.is_empty() {
            self.enter_type_params(s, *id, false, false, false, s.span)?;
            self.type_params(params)?;
        }
        self.enter(*id, Kind::TypeAlias, s, Role::Body, s.span);
        if in_class {
            self.cur_mut().can_see_class = true;
            self.add(self.known.classdict, def::USE, value.span)?;
        }
        self.expr(value)?;
        self.exit();
        if !params.is_empty() {
            self.exit();
        }
        Ok(())
    }
}
