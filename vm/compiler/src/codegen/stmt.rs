//! Statements that have no family of their own, and the dispatch over all of them.

use super::Compiler;
use crate::error::Result;
use crate::fold::truth;
use crate::scope::Kind;
use crate::unit::BlockKind;
use pyrs_bytecode::{Intrinsic1, Op};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

impl<'a> Compiler<'a> {
    pub(crate) fn stmts(&mut self, body: &'a [Stmt]) -> Result<()> {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    pub(crate) fn stmt(&mut self, s: &'a Stmt) -> Result<()> {
        let saved = (self.unit.span, self.unit.next, self.unit.expr_base);
        self.unit.span = s.span;
        self.unit.expr_base = self.unit.next;
        let result =
            stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || self.stmt_inner(s));
        (self.unit.span, self.unit.next, self.unit.expr_base) = saved;
        result
    }

    fn stmt_inner(&mut self, s: &'a Stmt) -> Result<()> {
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function_def(s, f, false),
            StmtKind::AsyncFunctionDef(f) => self.function_def(s, f, true),
            StmtKind::ClassDef(c) => self.class_def(s, c),
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(s, name, type_params, value)
            }
            StmtKind::Return { value } => self.return_(s, value.as_deref()),
            StmtKind::Delete { targets } => targets.iter().try_for_each(|t| self.delete(t)),
            StmtKind::Assign { targets, value } => self.assign_stmt(targets, value),
            StmtKind::AugAssign { target, op, value } => self.aug_assign(target, *op, value),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(s, target, annotation, value.as_deref(), *simple)
            }
            StmtKind::For(f) => self.for_(f),
            StmtKind::AsyncFor(f) => self.async_for(s, f),
            StmtKind::While { test, body, orelse } => self.while_(test, body, orelse),
            StmtKind::If { test, body, orelse } => self.if_(test, body, orelse),
            StmtKind::With(w) => self.with(w, 0, false),
            StmtKind::AsyncWith(w) => {
                self.check_async(s.span, "'async with' outside async function")?;
                self.with(w, 0, true)
            }
            StmtKind::Match { subject, cases } => self.match_(subject, cases),
            StmtKind::Raise { exc, cause } => self.raise(exc.as_deref(), cause.as_deref()),
            StmtKind::Try(t) => self.try_(t, false),
            StmtKind::TryStar(t) => self.try_(t, true),
            StmtKind::Assert { test, msg } => self.assert_(test, msg.as_deref()),
            StmtKind::Import { names } => self.import(names),
            StmtKind::ImportFrom { module, names, level } => {
                self.import_from(s, *module, names, *level)
            }
            StmtKind::Global { .. } | StmtKind::Nonlocal { .. } | StmtKind::Pass => Ok(()),
            StmtKind::Expr { value } => self.expr_stmt(value),
            StmtKind::Break => self.break_(s.span),
            StmtKind::Continue => self.continue_(s.span),
        }
    }

    fn expr_stmt(&mut self, value: &'a Expr) -> Result<()> {
        if self.interactive && self.outer.is_empty() {
            let r = self.expr(value)?;
            let t = self.unit.temp();
            self.unit.emit(Op::Intrinsic1, t, r, Intrinsic1::Print as u32);
            return Ok(());
        }
        if matches!(value.kind, ExprKind::Constant { .. }) {
            return Ok(());
        }
        self.expr(value)?;
        Ok(())
    }

    fn if_(&mut self, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt]) -> Result<()> {
        let (other, done) = (self.unit.label(), self.unit.label());
        self.jump_if(test, false, other)?;
        self.stmts(body)?;
        if orelse.is_empty() {
            self.unit.bind(other);
            self.unit.bind(done);
            return Ok(());
        }
        self.unit.jump(done);
        self.unit.bind(other);
        self.stmts(orelse)?;
        self.unit.bind(done);
        Ok(())
    }

    fn raise(&mut self, exc: Option<&'a Expr>, cause: Option<&'a Expr>) -> Result<()> {
        match (exc, cause) {
            (None, _) => self.unit.emit(Op::RaiseCurrent, 0, 0, 0),
            (Some(exc), None) => {
                let r = self.expr(exc)?;
                self.unit.emit(Op::Raise, r, 0, 0);
            }
            (Some(exc), Some(cause)) => {
                let r = self.operand(exc, &[cause])?;
                let c = self.expr(cause)?;
                self.unit.emit(Op::RaiseFrom, r, c, 0);
            }
        }
        Ok(())
    }

    fn assert_(&mut self, test: &'a Expr, msg: Option<&'a Expr>) -> Result<()> {
        let true_tuple = match &test.kind {
            ExprKind::Tuple { elts, .. } => !elts.is_empty(),
            _ => false,
        };
        if true_tuple {
            let message = "assertion is always true, perhaps remove parentheses?";
            self.warn(self.unit.span, message.into());
        }
        if self.optimize > 0 {
            return Ok(());
        }
        let done = self.unit.label();
        self.jump_if(test, true, done)?;
        let error = self.unit.temp();
        self.unit.emit(Op::LoadCommon, error, 0, 0);
        if let Some(msg) = msg {
            self.unit.temps(3);
            let arg = self.unit.temp();
            self.expr_to(msg, arg)?;
            self.unit.emit(Op::Call, error, 1, 0);
        }
        // The carets of the traceback are below the test.
        self.unit.span = test.span;
        self.unit.emit(Op::Raise, error, 0, 0);
        self.unit.bind(done);
        Ok(())
    }

    fn return_(&mut self, s: &'a Stmt, value: Option<&'a Expr>) -> Result<()> {
        let scope = self.scope();
        if !matches!(scope.kind, Kind::Function) {
            return self.error(s.span, "'return' outside function");
        }
        if value.is_some() && scope.coroutine && scope.generator {
            return self.error(s.span, "'return' with value in async generator");
        }
        self.refuse_except_star(s.span)?;
        let constant = value.map(|v| self.fold(v));
        match (value, constant) {
            (None, _) => {
                self.unwind(0)?;
                self.unit.emit(Op::ReturnNone, 0, 0, 0);
            }
            (Some(v), Some(Some(constant))) => {
                self.check_subscript_warning(v);
                self.unwind(0)?;
                if constant == pyrs_bytecode::Const::None {
                    self.unit.emit(Op::ReturnNone, 0, 0, 0);
                } else {
                    let t = self.unit.temp();
                    self.unit.load_const(t, constant);
                    self.unit.emit(Op::Return, t, 0, 0);
                }
            }
            (Some(v), _) => {
                let runs_code = |b: &BlockKind<'_>| {
                    !matches!(b, BlockKind::Loop { .. } | BlockKind::Try | BlockKind::ExceptStar)
                };
                let copy = self.unit.blocks.iter().any(|b| runs_code(&b.kind));
                let r = if copy { self.expr_temp(v)? } else { self.expr(v)? };
                self.unwind(0)?;
                self.unit.emit(Op::Return, r, 0, 0);
            }
        }
        self.resume_regions();
        Ok(())
    }

    pub(crate) fn check_async(&self, span: Span, message: &str) -> Result<()> {
        let scope = self.scope();
        let module = scope.kind == Kind::Module && self.top_level_await;
        if scope.is_async_def || module {
            return Ok(());
        }
        self.error(span, message)
    }

    /// The docstring statement at the head of `body`, if any: emits `__doc__ = ...` and gives the rest.
    pub(crate) fn docstring(&mut self, body: &'a [Stmt]) -> Result<&'a [Stmt]> {
        let Some((doc, rest)) = split_docstring(body) else { return Ok(body) };
        if self.optimize < 2 {
            let t = self.unit.temp();
            self.unit.span = doc.span;
            self.unit.load_const(t, clean_doc(doc));
            self.store_mangled(self.known.doc, t);
            self.unit.next = t;
        }
        Ok(rest)
    }

    pub(crate) fn while_(
        &mut self,
        test: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
    ) -> Result<()> {
        let (top, again, done) = (self.unit.label(), self.unit.label(), self.unit.label());
        let constant = self.fold(test).map(|c| truth(&c));
        if constant != Some(true) {
            self.at(test.span, |c| {
                c.unit.jump(again);
                Ok(())
            })?;
        }
        self.unit.bind(top);
        self.push_block(BlockKind::Loop { again, done });
        self.stmts(body)?;
        self.unit.blocks.pop();
        self.unit.bind(again);
        if constant != Some(false) {
            self.jump_if(test, true, top)?;
        }
        self.stmts(orelse)?;
        self.unit.bind(done);
        Ok(())
    }
}

/// The string expression that begins `body`, and the statements behind it.
pub(crate) fn split_docstring(body: &[Stmt]) -> Option<(&Expr, &[Stmt])> {
    let (first, rest) = body.split_first()?;
    match &first.kind {
        StmtKind::Expr { value } => match &value.kind {
            ExprKind::Constant { value: Constant::Str(_), .. } => Some((&**value, rest)),
            _ => None,
        },
        _ => None,
    }
}

/// The docstring as the code object carries it: without the indentation common to its lines
/// (`inspect.cleandoc`, but blank lines at both ends stay).
pub(crate) fn clean_doc(doc: &Expr) -> pyrs_bytecode::Const {
    let ExprKind::Constant { value, .. } = &doc.kind else { return pyrs_bytecode::Const::None };
    match value {
        Constant::Str(Text::Utf8(text)) => {
            let points: Vec<u32> = text.chars().map(u32::from).collect();
            let cleaned = clean_points(&points);
            let text: String = cleaned.iter().filter_map(|&p| char::from_u32(p)).collect();
            pyrs_bytecode::Const::Str(text.into())
        }
        Constant::Str(Text::Points(points)) => {
            pyrs_bytecode::Const::Wide(clean_points(points).into())
        }
        _ => pyrs_bytecode::Const::None,
    }
}

fn clean_points(text: &[u32]) -> Vec<u32> {
    const SPACE: u32 = b' ' as u32;
    const TAB: u32 = b'\t' as u32;
    const NEWLINE: u32 = b'\n' as u32;
    let mut expanded = Vec::with_capacity(text.len());
    let mut column = 0;
    for &p in text {
        match p {
            TAB => {
                let fill = 8 - column % 8;
                expanded.extend(std::iter::repeat_n(SPACE, fill));
                column += fill;
            }
            NEWLINE | 13 => {
                expanded.push(p);
                column = 0;
            }
            _ => {
                expanded.push(p);
                column += 1;
            }
        }
    }
    let lines: Vec<&[u32]> = expanded.split(|&p| p == NEWLINE).collect();
    let indent = |line: &[u32]| line.iter().take_while(|&&p| p == SPACE).count();
    let margin =
        lines[1..].iter().filter(|l| indent(l) < l.len()).map(|l| indent(l)).min().unwrap_or(0);
    let mut out = Vec::with_capacity(expanded.len());
    for (i, line) in lines.iter().enumerate() {
        if i == 0 {
            out.extend(&line[indent(line)..]);
        } else {
            out.push(NEWLINE);
            out.extend(&line[margin.min(line.len()).min(indent(line))..]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(text: &str) -> String {
        let points: Vec<u32> = text.chars().map(u32::from).collect();
        clean_points(&points).into_iter().filter_map(char::from_u32).collect()
    }

    #[test]
    fn docstrings_lose_their_common_indentation() {
        assert_eq!(clean("  one\n    two\n      three\n    "), "one\ntwo\n  three\n");
        assert_eq!(clean("one"), "one");
        assert_eq!(clean("\n\tx\n\t  y"), "\nx\n  y");
        assert_eq!(clean("a\n\n   b\n  \n"), "a\n\nb\n\n");
    }
}
