//! Type parameters (PEP 695, 696) and `type` statements.

use super::Compiler;
use super::call::name_const;
use super::function::FunctionParts;
use crate::error::Result;
use crate::scope::Role;
use crate::unit::Reg;
use pyrs_bytecode::{Intrinsic1, Intrinsic2, Op};
use pyrs_syntax::ast::*;

impl<'a> Compiler<'a> {
    /// Makes and binds the type parameters; gives the register of their tuple.
    pub(crate) fn type_params(&mut self, params: &'a [TypeParam]) -> Result<Reg> {
        let tuple = self.unit.temp();
        self.unit.emit(Op::BuildList, tuple, tuple, 0);
        let mut seen_default = false;
        for param in params {
            let mark = self.unit.next;
            let name = param.kind.name();
            let t = self.unit.temp();
            self.unit.span = param.span;
            let default = match &param.kind {
                TypeParamKind::TypeVar { bound, default_value, .. } => {
                    self.type_var(param, name, bound.as_deref(), t)?;
                    default_value
                }
                TypeParamKind::ParamSpec { default_value, .. } => {
                    self.unit.load_const(t, name_const(&self.names, name));
                    self.unit.emit(Op::Intrinsic1, t, t, Intrinsic1::ParamSpec as u32);
                    default_value
                }
                TypeParamKind::TypeVarTuple { default_value, .. } => {
                    self.unit.load_const(t, name_const(&self.names, name));
                    self.unit.emit(Op::Intrinsic1, t, t, Intrinsic1::TypeVarTuple as u32);
                    default_value
                }
            };
            match default {
                Some(default) => {
                    seen_default = true;
                    let run = self.unit.temps(2);
                    self.unit.mov(run, t);
                    self.evaluator(param, Role::Default, name, default, run + 1)?;
                    self.unit.emit(Op::Intrinsic2, t, run, Intrinsic2::SetTypeParamDefault as u32);
                }
                None if seen_default => {
                    let text = self.names.text(name);
                    let message = format!(
                        "non-default type parameter '{text}' follows default type parameter"
                    );
                    return self.error(param.span, message);
                }
                None => {}
            }
            self.store_name(name, t);
            self.unit.emit(Op::ListAppend, tuple, t, 0);
            self.unit.next = mark;
        }
        self.unit.emit(Op::ListToTuple, tuple, tuple, 0);
        Ok(tuple)
    }

    fn type_var(
        &mut self,
        param: &'a TypeParam,
        name: Symbol,
        bound: Option<&'a Expr>,
        t: Reg,
    ) -> Result<()> {
        let Some(bound) = bound else {
            self.unit.load_const(t, name_const(&self.names, name));
            self.unit.emit(Op::Intrinsic1, t, t, Intrinsic1::TypeVar as u32);
            return Ok(());
        };
        let run = self.unit.temps(2);
        self.unit.load_const(run, name_const(&self.names, name));
        self.evaluator(param, Role::Bound, name, bound, run + 1)?;
        let kind = match bound.kind {
            ExprKind::Tuple { .. } => Intrinsic2::TypeVarWithConstraints,
            _ => Intrinsic2::TypeVarWithBound,
        };
        self.unit.emit(Op::Intrinsic2, t, run, kind as u32);
        self.unit.next = run;
        Ok(())
    }

    /// r = function that evaluates `value` when asked (with the default format 1).
    fn evaluator(
        &mut self,
        param: &'a TypeParam,
        role: Role,
        name: Symbol,
        value: &'a Expr,
        r: Reg,
    ) -> Result<()> {
        let id = self.scope_of(param, role, param.span)?;
        debug_assert_eq!(self.scopes.get(id).name, name);
        let defaults = self.format_default();
        let line = self.line(value.span);
        self.begin_annotate(id, line, value.span);
        let v = match &value.kind {
            // `*Ts = *tuple[int, ...]`
            ExprKind::Starred { value, .. } => {
                let t = self.unit.temp();
                let inner = self.expr(value)?;
                self.unit.emit(Op::UnpackSequence, t, inner, 1);
                t
            }
            _ => self.expr(value)?,
        };
        self.unit.emit(Op::Return, v, 0, 0);
        let (code, unit) = self.leave(0)?;
        let parts = FunctionParts { defaults: Some(defaults), ..FunctionParts::default() };
        self.make_function(r, code, &unit, parts);
        Ok(())
    }

    /// The tuple `(1,)`: evaluators may be called without a format, which is then VALUE.
    fn format_default(&mut self) -> Reg {
        let t = self.unit.temp();
        let one = pyrs_bytecode::Const::Int(1);
        self.unit.load_const(t, pyrs_bytecode::Const::Tuple(Box::new([one])));
        t
    }

    pub(crate) fn type_alias(
        &mut self,
        s: &'a Stmt,
        name: &'a Expr,
        params: &'a [TypeParam],
        value: &'a Expr,
    ) -> Result<()> {
        let ExprKind::Name { id, .. } = &name.kind else {
            return self.error(name.span, "cannot assign to expression");
        };
        let result = self.unit.temp();
        if params.is_empty() {
            self.alias_object(s, *id, None, value, result)?;
        } else {
            let scope = self.scope_of(s, Role::Params, s.span)?;
            let scope_name = self.scopes.get(scope).name;
            let line = self.line(s.span);
            self.enter(scope, scope_name, line);
            self.unit.span = s.span;
            let tuple = self.type_params(params)?;
            let r = self.unit.temp();
            self.alias_object(s, *id, Some(tuple), value, r)?;
            self.unit.emit(Op::Return, r, 0, 0);
            let (code, unit) = self.leave(0)?;
            self.call_scope(result, code, &unit, &[]);
        }
        self.store_name(*id, result);
        Ok(())
    }

    fn alias_object(
        &mut self,
        s: &'a Stmt,
        id: Symbol,
        params: Option<Reg>,
        value: &'a Expr,
        r: Reg,
    ) -> Result<()> {
        let mark = self.unit.next;
        let run = self.unit.temps(3);
        self.unit.load_const(run, name_const(&self.names, id));
        match params {
            Some(params) => self.unit.mov(run + 1, params),
            None => self.unit.emit(Op::LoadNone, run + 1, 0, 0),
        }
        let defaults = self.format_default();
        let scope = self.scope_of(s, Role::Body, s.span)?;
        let line = self.line(s.span);
        self.begin_annotate(scope, line, value.span);
        let v = self.expr(value)?;
        self.unit.emit(Op::Return, v, 0, 0);
        let (code, unit) = self.leave(0)?;
        let parts = FunctionParts { defaults: Some(defaults), ..FunctionParts::default() };
        self.make_function(run + 2, code, &unit, parts);
        self.unit.emit(Op::BuildTuple, run, run, 3);
        self.unit.emit(Op::Intrinsic1, r, run, Intrinsic1::TypeAlias as u32);
        self.unit.next = mark;
        Ok(())
    }
}
