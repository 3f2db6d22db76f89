//! Functions: `def`, `lambda`, defaults, closures, decorators.

use super::Compiler;
use super::call::name_const;
use super::stmt::{clean_doc, split_docstring};
use crate::error::Result;
use crate::scope::{Kind, Role, ScopeId};
use crate::unit::{Reg, Unit, Var};
use pyrs_bytecode::{CodeData, Const, Intrinsic2, Op, flags};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

/// Attributes of a function to be made, each in a register.
#[derive(Clone, Copy, Default)]
pub(crate) struct FunctionParts {
    pub(crate) defaults: Option<Reg>,
    pub(crate) kwdefaults: Option<Reg>,
    pub(crate) annotate: Option<Reg>,
    pub(crate) annotations: Option<Reg>,
}

impl<'a> Compiler<'a> {
    pub(crate) fn scope_of<T>(&self, node: &T, role: Role, span: Span) -> Result<ScopeId> {
        match self.scopes.of(node, role) {
            Some(id) => Ok(id),
            None => self.error(span, "internal error: block without a symbol table"),
        }
    }

    /// Evaluates decorators, each at the beginning of its call window; the decorated object is to be put
    /// into the register this gives.
    pub(crate) fn decorators(&mut self, list: &'a [Expr]) -> Result<Reg> {
        for decorator in list {
            self.expr_temp(decorator)?;
            self.unit.temps(3);
        }
        Ok(self.unit.temp())
    }

    /// Calls the decorators for the object in `r`; gives the register of the result.
    pub(crate) fn apply_decorators(&mut self, list: &'a [Expr], mut r: Reg) -> Reg {
        let saved = self.unit.span;
        for decorator in list.iter().rev() {
            self.unit.span = decorator.span;
            r -= 4;
            self.unit.emit(Op::Call, r, 1, 0);
        }
        self.unit.span = saved;
        self.unit.next = r + 1;
        r
    }

    pub(crate) fn function_def(
        &mut self,
        s: &'a Stmt,
        f: &'a FunctionDef,
        is_async: bool,
    ) -> Result<()> {
        let first_line = self.line(f.decorator_list.first().map_or(s.span, |d| d.span));
        let r = self.decorators(&f.decorator_list)?;
        let defaults = self.default_values(&f.args)?;
        if f.type_params.is_empty() {
            let mut parts = defaults;
            self.annotation_parts(s, f, &mut parts)?;
            self.function_object(s, f, is_async, first_line, r, parts)?;
        } else {
            self.generic_function(s, f, is_async, first_line, r, defaults)?;
        }
        let r = self.apply_decorators(&f.decorator_list, r);
        self.store_name(f.name, r);
        Ok(())
    }

    /// The body's code and the function object in `r`.
    fn function_object(
        &mut self,
        s: &'a Stmt,
        f: &'a FunctionDef,
        is_async: bool,
        first_line: u32,
        r: Reg,
        parts: FunctionParts,
    ) -> Result<()> {
        let (code, unit) = self.function_code(s, f, is_async, first_line)?;
        self.make_function(r, code, &unit, parts);
        Ok(())
    }

    /// A generic function is made by a function of its type parameters (PEP 695), which gets the defaults.
    fn generic_function(
        &mut self,
        s: &'a Stmt,
        f: &'a FunctionDef,
        is_async: bool,
        first_line: u32,
        r: Reg,
        defaults: FunctionParts,
    ) -> Result<()> {
        let id = self.scope_of(f, Role::Params, s.span)?;
        let name = self.scopes.get(id).name;
        self.enter(id, name, first_line);
        self.unit.span = s.span;
        let count =
            u32::from(defaults.defaults.is_some()) + u32::from(defaults.kwdefaults.is_some());
        self.unit.positional = count;
        let params = self.type_params(&f.type_params)?;
        let mut parts = FunctionParts::default();
        if defaults.defaults.is_some() {
            parts.defaults = Some(self.loaded(self.known.dot_defaults));
        }
        if defaults.kwdefaults.is_some() {
            parts.kwdefaults = Some(self.loaded(self.known.dot_kwdefaults));
        }
        self.annotation_parts(s, f, &mut parts)?;
        let run = self.unit.temps(2);
        self.function_object(s, f, is_async, first_line, run, parts)?;
        self.unit.mov(run + 1, params);
        self.unit.emit(Op::Intrinsic2, run, run, Intrinsic2::SetFunctionTypeParams as u32);
        self.unit.emit(Op::Return, run, 0, 0);
        let (code, unit) = self.leave(0)?;
        self.call_scope(r, code, &unit, &[defaults.defaults, defaults.kwdefaults]);
        Ok(())
    }

    /// Makes and calls at once the function of a scope of type parameters; the result is in `r`.
    pub(crate) fn call_scope(
        &mut self,
        r: Reg,
        code: CodeData,
        unit: &Unit<'a>,
        args: &[Option<Reg>],
    ) {
        let mark = self.unit.next;
        let w = self.unit.temp();
        self.make_function(w, code, unit, FunctionParts::default());
        self.unit.temps(3);
        let mut count = 0;
        for arg in args.iter().flatten() {
            let a = self.unit.temp();
            self.unit.mov(a, *arg);
            count += 1;
        }
        self.unit.emit(Op::Call, w, count, 0);
        self.unit.mov(r, w);
        self.unit.next = mark;
    }

    /// A mangled name's value in a new temporary.
    pub(crate) fn loaded(&mut self, symbol: Symbol) -> Reg {
        let t = self.unit.temp();
        self.load_mangled(symbol, t);
        t
    }

    fn function_code(
        &mut self,
        s: &'a Stmt,
        f: &'a FunctionDef,
        is_async: bool,
        first_line: u32,
    ) -> Result<(CodeData, Unit<'a>)> {
        let id = self.scope_of(f, Role::Body, s.span)?;
        let in_class = self.scope().kind == Kind::Class;
        self.enter(id, f.name, first_line);
        self.set_parameters(&f.args, s.span)?;
        let (mut code_flags, body) = match split_docstring(&f.body) {
            Some((doc, rest)) if self.optimize < 2 => {
                let doc = clean_doc(doc);
                self.unit.constant(doc);
                (flags::HAS_DOCSTRING, rest)
            }
            Some((_, rest)) => (0, rest),
            None => (0, &f.body[..]),
        };
        if in_class {
            code_flags |= flags::METHOD;
        }
        let scope = self.scope();
        let generator = scope.generator;
        code_flags |= match (is_async, generator) {
            (true, true) => flags::ASYNC_GENERATOR,
            (true, false) => flags::COROUTINE,
            (false, true) => flags::GENERATOR,
            (false, false) => 0,
        };
        if is_async || generator {
            self.unit.span = s.span;
            self.unit.emit(Op::MakeGenerator, 0, 0, 0);
        }
        self.stmts(body)?;
        self.unit.emit(Op::ReturnNone, 0, 0, 0);
        code_flags |= star_flags(&f.args);
        self.leave(code_flags)
    }

    fn set_parameters(&mut self, args: &Arguments, span: Span) -> Result<()> {
        /// Callers fill registers that instructions name with 16 bits.
        const MOST: usize = u16::MAX as usize - 2;
        if args.posonlyargs.len() + args.args.len() + args.kwonlyargs.len() > MOST {
            return self.error(span, format!("too many parameters (at most {MOST})"));
        }
        self.unit.positional = (args.posonlyargs.len() + args.args.len()) as u32;
        self.unit.positional_only = args.posonlyargs.len() as u32;
        self.unit.keyword_only = args.kwonlyargs.len() as u32;
        Ok(())
    }

    pub(crate) fn lambda(
        &mut self,
        e: &'a Expr,
        args: &'a Arguments,
        body: &'a Expr,
        dst: Reg,
    ) -> Result<()> {
        let parts = self.default_values(args)?;
        let id = self.scope_of(e, Role::Body, e.span)?;
        let line = self.line(e.span);
        self.enter(id, self.known.lambda, line);
        self.set_parameters(args, e.span)?;
        self.unit.span = e.span;
        let scope = self.scope();
        let (generator, coroutine) = (scope.generator, scope.coroutine);
        let mut code_flags = star_flags(args);
        if generator {
            code_flags |= if coroutine { flags::ASYNC_GENERATOR } else { flags::GENERATOR };
            self.unit.emit(Op::MakeGenerator, 0, 0, 0);
        }
        let r = self.expr(body)?;
        self.unit.span = body.span;
        self.unit.emit(Op::Return, r, 0, 0);
        let (code, unit) = self.leave(code_flags)?;
        let t = if self.unit.is_temp(dst) { dst } else { self.unit.temp() };
        self.make_function(t, code, &unit, parts);
        self.unit.mov(dst, t);
        Ok(())
    }

    /// Evaluates the defaults into a tuple and a dict.
    fn default_values(&mut self, args: &'a Arguments) -> Result<FunctionParts> {
        let mut parts = FunctionParts::default();
        if !args.defaults.is_empty() {
            let r = self.unit.temp();
            match self.folder().all(&args.defaults) {
                Some(items) => self.unit.load_const(r, Const::Tuple(items)),
                None => {
                    self.tuple(&args.defaults, r)?;
                    self.unit.next = r + 1;
                }
            }
            parts.defaults = Some(r);
        }
        if args.kw_defaults.iter().any(Option::is_some) {
            let r = self.unit.temp();
            self.unit.emit(Op::BuildMap, r, self.unit.next, 0);
            for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
                let Some(default) = default else { continue };
                let mark = self.unit.next;
                let symbol = self.mangle(arg.arg);
                let k = self.unit.temp();
                self.unit.load_const(k, name_const(&self.names, symbol));
                let v = self.expr(default)?;
                self.unit.emit(Op::MapAdd, r, k, v);
                self.unit.next = mark;
            }
            parts.kwdefaults = Some(r);
        }
        Ok(parts)
    }

    /// r = function of `code`, whose unit was `unit`, with its closure.
    pub(crate) fn make_function(
        &mut self,
        r: Reg,
        code: CodeData,
        unit: &Unit<'a>,
        parts: FunctionParts,
    ) {
        let mark = self.unit.next;
        let closure = self.closure(unit);
        let k = self.unit.constant(Const::Code(code.into()));
        match u16::try_from(k) {
            Ok(k) => self.unit.emit16(Op::MakeFunction, r, k),
            Err(_) => self.unit.emit_extra(Op::MakeFunctionFar, r, 0, 0, k),
        }
        let attributes = [
            (parts.defaults, 0),
            (parts.kwdefaults, 1),
            (closure, 2),
            (parts.annotate, 3),
            (parts.annotations, 4),
        ];
        for (value, kind) in attributes {
            if let Some(value) = value {
                self.unit.emit(Op::SetFunctionAttr, r, value, kind);
            }
        }
        self.unit.next = mark;
    }

    /// The tuple of cells that `unit` captures, in a new temporary.
    fn closure(&mut self, unit: &Unit<'a>) -> Option<Reg> {
        let free = &unit.free;
        if free.is_empty() {
            return None;
        }
        let tuple = self.unit.temp();
        let chunk = free.len() <= 30;
        if chunk {
            let run = self.unit.next;
            for symbol in free {
                let t = self.unit.temp();
                self.cell_into(*symbol, t);
            }
            self.unit.emit(Op::BuildTuple, tuple, run, free.len() as u32);
        } else {
            self.unit.emit(Op::BuildList, tuple, self.unit.next, 0);
            for symbol in free {
                let t = self.unit.temp();
                self.cell_into(*symbol, t);
                self.unit.emit(Op::ListAppend, tuple, t, 0);
                self.unit.next = t;
            }
            self.unit.emit(Op::ListToTuple, tuple, tuple, 0);
        }
        self.unit.next = tuple + 1;
        Some(tuple)
    }

    /// t = the cell of `symbol` itself
    pub(crate) fn cell_into(&mut self, symbol: Symbol, t: Reg) {
        let overlay =
            self.unit.overlays.iter().rev().find_map(|(_, vars)| vars.get(&symbol).copied());
        let var: Option<Var> = match overlay {
            Some((var, true)) => Some(var),
            _ => self.unit.vars.get(&symbol).copied(),
        };
        match var {
            Some(var) => {
                let mark = self.unit.next;
                let cell = self.cell(var);
                self.unit.mov(t, cell);
                self.unit.next = mark;
            }
            None => {
                // The analysis promises a cell for every captured name.
                debug_assert!(false, "no cell for {}", self.names.text(symbol));
                self.unit.emit(Op::Unbind, t, 0, 0);
                self.unit.emit(Op::MakeCell, t, 0, 0);
            }
        }
    }
}

fn star_flags(args: &Arguments) -> u32 {
    let mut code_flags = 0;
    if args.vararg.is_some() {
        code_flags |= flags::VARARGS;
    }
    if args.kwarg.is_some() {
        code_flags |= flags::VARKEYWORDS;
    }
    code_flags
}
