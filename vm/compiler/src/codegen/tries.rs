//! `try`: `except`, `except*`, `else`, `finally`.
//!
//! A `finally` body is emitted once for each way out. A handler has three registers: the exception, the
//! exception that was being handled before, and the one that its own failing brings.

use super::Compiler;
use super::name::Access;
use crate::error::Result;
use crate::unit::{BlockKind, Reg};
use pyrs_bytecode::Op;
use pyrs_syntax::ast::*;

impl<'a> Compiler<'a> {
    pub(crate) fn try_(&mut self, t: &'a Try, star: bool) -> Result<()> {
        if t.finalbody.is_empty() {
            return self.try_except(t, star);
        }
        if self.quiet == 0 {
            self.warn_finally(&t.finalbody, false);
        }
        let mark = self.unit.next;
        let (caught, done) = (self.unit.label(), self.unit.label());
        let state = self.unit.temps(2);
        let cleanup = self.unit.temp();
        self.unit.protect(caught, state);
        self.push_protected_block(BlockKind::Finally { body: &t.finalbody });
        if t.handlers.is_empty() {
            self.stmts(&t.body)?;
            self.stmts(&t.orelse)?;
        } else {
            self.try_except(t, star)?;
        }
        self.unit.blocks.pop();
        self.unit.unprotect();
        // The way out without an exception.
        self.stmts(&t.finalbody)?;
        self.unit.jump(done);
        // The way out with one.
        self.unit.bind(caught);
        let span = std::mem::take(&mut self.unit.span);
        self.unit.emit(Op::PushExc, state, 0, 0);
        let failed = self.unit.label();
        self.unit.protect(failed, cleanup);
        self.push_protected_block(BlockKind::Handler { saved: state, name: None });
        self.quiet += 1;
        self.stmts(&t.finalbody)?;
        self.quiet -= 1;
        self.unit.blocks.pop();
        self.unit.unprotect();
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.emit(Op::Reraise, state, 0, 0);
        self.unit.bind(failed);
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.emit(Op::Reraise, cleanup, 0, 0);
        self.unit.span = span;
        self.unit.bind(done);
        self.unit.next = mark;
        Ok(())
    }

    fn try_except(&mut self, t: &'a Try, star: bool) -> Result<()> {
        let mark = self.unit.next;
        let (caught, done) = (self.unit.label(), self.unit.label());
        let state = self.unit.temps(2);
        let cleanup = self.unit.temp();
        self.unit.protect(caught, state);
        self.push_protected_block(BlockKind::Try);
        self.stmts(&t.body)?;
        self.unit.blocks.pop();
        self.unit.unprotect();
        self.stmts(&t.orelse)?;
        self.unit.jump(done);

        self.unit.bind(caught);
        let span = std::mem::take(&mut self.unit.span);
        self.unit.emit(Op::PushExc, state, 0, 0);
        let failed = self.unit.label();
        self.unit.protect(failed, cleanup);
        self.push_protected_block(BlockKind::Handler { saved: state, name: None });
        if star {
            self.star_handlers(t, state, done)?;
        } else {
            self.handlers(t, state, done)?;
        }
        self.unit.blocks.pop();
        self.unit.unprotect();
        self.unit.bind(failed);
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.emit(Op::Reraise, cleanup, 0, 0);
        self.unit.span = span;
        self.unit.bind(done);
        self.unit.next = mark;
        Ok(())
    }

    fn handlers(&mut self, t: &'a Try, state: Reg, done: crate::unit::Label) -> Result<()> {
        for (i, handler) in t.handlers.iter().enumerate() {
            let next = self.unit.label();
            self.unit.span = handler.span;
            match &handler.typ {
                Some(typ) => {
                    let mark = self.unit.next;
                    self.unit.expr_base = mark;
                    let class = self.expr(typ)?;
                    let t = self.unit.temp();
                    self.at(typ.span, |c| {
                        c.unit.emit(Op::ExcMatch, t, state, class);
                        c.unit.branch(Op::JumpIfFalse, t, 0, 0, next);
                        Ok(())
                    })?;
                    self.unit.next = mark;
                }
                None if i + 1 < t.handlers.len() => {
                    return self.error(handler.span, "default 'except:' must be last");
                }
                None => {}
            }
            match handler.name {
                None => self.stmts(&handler.body)?,
                Some(name) => self.named_handler(handler, name, state)?,
            }
            self.unit.emit(Op::PopExc, state, 0, 0);
            if let Some(name) = handler.name {
                self.forget_exception(name);
            }
            self.unit.jump(done);
            self.unit.bind(next);
        }
        // No clause matched.
        let region = self.unit.regions.len() as u32 - 1;
        let open = self.unit.suspend(region);
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.emit(Op::Reraise, state, 0, 0);
        self.unit.resume(region, &open);
        Ok(())
    }

    /// The body of `except ... as name`: the name goes away however the body is left.
    fn named_handler(
        &mut self,
        handler: &'a ExceptHandler,
        name: Symbol,
        state: Reg,
    ) -> Result<()> {
        self.store_name(name, state);
        let (failed, done) = (self.unit.label(), self.unit.label());
        let error = self.unit.temp();
        // The handler's own block would restore the exception state before the name is deleted.
        let outer = self.unit.blocks.pop();
        self.unit.protect(failed, error);
        self.push_protected_block(BlockKind::Handler { saved: state, name: Some(name) });
        if let (Some(block), Some(outer)) = (self.unit.blocks.last_mut(), &outer) {
            block.region = outer.region;
        }
        self.stmts(&handler.body)?;
        self.unit.blocks.pop();
        self.unit.unprotect();
        self.unit.blocks.extend(outer);
        self.unit.jump(done);
        self.unit.bind(failed);
        self.forget_exception(name);
        self.unit.emit(Op::Reraise, error, 0, 0);
        self.unit.bind(done);
        self.unit.next = error;
        Ok(())
    }

    /// `name = None; del name`
    pub(crate) fn forget_exception(&mut self, name: Symbol) {
        let symbol = self.mangle(name);
        if let Access::Local(var) = self.access(symbol) {
            self.unbind_local(var);
            return;
        }
        let t = self.unit.temp();
        self.unit.emit(Op::LoadNone, t, 0, 0);
        self.store_mangled(symbol, t);
        self.delete_name(name);
        self.unit.next = t;
    }

    /// The clauses of `except*` (PEP 654). `rest` is what no clause has taken yet, `list` collects what the
    /// bodies raised.
    fn star_handlers(&mut self, t: &'a Try, state: Reg, done: crate::unit::Label) -> Result<()> {
        let list = self.unit.temp();
        self.unit.emit(Op::BuildList, list, self.unit.next, 0);
        // Matching part and rest, as `ExcGroupMatch` gives them.
        let parts = self.unit.temps(2);
        let rest = self.unit.temp();
        self.unit.mov(rest, state);
        for handler in &t.handlers {
            self.unit.span = handler.span;
            let Some(typ) = &handler.typ else {
                return self.error(handler.span, "expected one or more exception types");
            };
            let (no_match, failed, next) =
                (self.unit.label(), self.unit.label(), self.unit.label());
            let mark = self.unit.next;
            self.unit.expr_base = mark;
            let class = self.expr(typ)?;
            self.at(typ.span, |c| {
                c.unit.branch(Op::JumpIfNone, rest, 0, 0, no_match);
                c.unit.emit(Op::ExcGroupMatch, parts, rest, class);
                c.unit.mov(rest, parts + 1);
                c.unit.branch(Op::JumpIfNone, parts, 0, 0, no_match);
                Ok(())
            })?;
            self.unit.next = mark;
            // While the body runs, the exception being handled is the matching part.
            let inner = self.unit.temps(2);
            let error = self.unit.temp();
            self.unit.mov(inner, parts);
            self.unit.emit(Op::PushExc, inner, 0, 0);
            if let Some(name) = handler.name {
                self.store_name(name, inner);
            }
            self.unit.protect(failed, error);
            self.push_protected_block(BlockKind::ExceptStar);
            self.stmts(&handler.body)?;
            self.unit.blocks.pop();
            self.unit.unprotect();
            self.unit.emit(Op::PopExc, inner, 0, 0);
            if let Some(name) = handler.name {
                self.forget_exception(name);
            }
            self.unit.jump(next);
            self.unit.bind(failed);
            self.unit.emit(Op::PopExc, inner, 0, 0);
            if let Some(name) = handler.name {
                self.forget_exception(name);
            }
            self.unit.emit(Op::ListAppend, list, error, 0);
            self.unit.bind(no_match);
            self.unit.bind(next);
            self.unit.next = mark;
        }
        let finished = self.unit.label();
        self.unit.branch(Op::JumpIfNone, rest, 0, 0, finished);
        self.unit.emit(Op::ListAppend, list, rest, 0);
        self.unit.bind(finished);
        self.unit.emit(Op::PrepReraiseStar, rest, state, list);
        let region = self.unit.regions.len() as u32 - 1;
        let open = self.unit.suspend(region);
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.branch(Op::JumpIfNone, rest, 0, 0, done);
        self.unit.emit(Op::Reraise, rest, 0, 0);
        self.unit.resume(region, &open);
        self.unit.next = list;
        Ok(())
    }

    /// PEP 765: `return`, `break` and `continue` that leave a `finally` block.
    fn warn_finally(&mut self, body: &[Stmt], in_loop: bool) {
        for s in body {
            let what = match &s.kind {
                StmtKind::Return { .. } => "return",
                StmtKind::Break if !in_loop => "break",
                StmtKind::Continue if !in_loop => "continue",
                _ => {
                    self.warn_finally_inside(s, in_loop);
                    continue;
                }
            };
            self.warn(s.span, format!("'{what}' in a 'finally' block"));
        }
    }

    fn warn_finally_inside(&mut self, s: &Stmt, in_loop: bool) {
        match &s.kind {
            StmtKind::If { body, orelse, .. } => {
                self.warn_finally(body, in_loop);
                self.warn_finally(orelse, in_loop);
            }
            StmtKind::For(f) | StmtKind::AsyncFor(f) => {
                self.warn_finally(&f.body, true);
                self.warn_finally(&f.orelse, in_loop);
            }
            StmtKind::While { body, orelse, .. } => {
                self.warn_finally(body, true);
                self.warn_finally(orelse, in_loop);
            }
            StmtKind::With(w) | StmtKind::AsyncWith(w) => self.warn_finally(&w.body, in_loop),
            StmtKind::Match { cases, .. } => {
                cases.iter().for_each(|case| self.warn_finally(&case.body, in_loop));
            }
            // A nested `finally` is warned about by its own statement.
            StmtKind::Try(t) | StmtKind::TryStar(t) => {
                self.warn_finally(&t.body, in_loop);
                t.handlers.iter().for_each(|h| self.warn_finally(&h.body, in_loop));
                self.warn_finally(&t.orelse, in_loop);
            }
            _ => {}
        }
    }
}
