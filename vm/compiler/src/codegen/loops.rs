//! `for` and `async for`.

use super::Compiler;
use crate::error::Result;
use crate::unit::{BlockKind, Reg};
use pyrs_bytecode::Op;
use pyrs_syntax::ast::*;

impl<'a> Compiler<'a> {
    pub(crate) fn for_(&mut self, f: &'a For) -> Result<()> {
        let state = self.unit.temps(3);
        self.at(f.iter.span, |c| c.loop_over(state, &f.iter))?;
        let (top, again, done) = (self.unit.label(), self.unit.label(), self.unit.label());
        let saved_span = std::mem::replace(&mut self.unit.span, f.iter.span);
        self.unit.jump(again);
        self.unit.bind(top);
        let slot = self.store_register(&f.target);
        let item = match slot {
            Some(slot) => slot,
            None => self.unit.temp(),
        };
        self.unit.mark_written(item);
        self.unit.expr_base = self.unit.next;
        if slot.is_none() {
            self.assign(&f.target, item)?;
            // The item is not needed any longer.
            self.unit.next = item;
        } else {
            self.note_bound(item);
        }
        self.unit.span = saved_span;
        self.push_block(BlockKind::Loop { again, done });
        self.stmts(&f.body)?;
        self.unit.blocks.pop();
        self.unit.bind(again);
        self.unit.span = f.iter.span;
        self.unit.branch(Op::ForLoop, state, item, 0, top);
        self.unit.span = saved_span;
        self.unit.next = state;
        self.stmts(&f.orelse)?;
        self.unit.bind(done);
        Ok(())
    }

    /// Prepares the loop state for an iterable; a constant list or set is iterated as a tuple or frozenset.
    pub(crate) fn loop_over(&mut self, state: Reg, iter: &'a Expr) -> Result<()> {
        let mark = self.unit.next;
        let iterable = match self.constant_container(iter) {
            Some(value) => {
                let t = self.unit.temp();
                self.unit.load_const(t, value);
                t
            }
            None => match &iter.kind {
                // Nobody sees the list.
                ExprKind::List { elts, .. } if !elts.is_empty() => {
                    let t = self.unit.temp();
                    self.tuple(elts, t)?;
                    t
                }
                _ => self.expr(iter)?,
            },
        };
        self.unit.emit(Op::ForPrep, state, iterable, 0);
        self.unit.next = mark;
        for i in 0..3 {
            self.unit.mark_written(state + i);
        }
        Ok(())
    }

    pub(crate) fn async_for(&mut self, s: &Stmt, f: &'a For) -> Result<()> {
        self.check_async(s.span, "'async for' outside async function")?;
        let iterator = self.unit.temp();
        self.at(f.iter.span, |c| {
            let r = c.expr(&f.iter)?;
            c.unit.emit(Op::GetAIter, iterator, r, 0);
            Ok(())
        })?;
        self.unit.next = iterator + 1;
        let (again, done, ended, past) =
            (self.unit.label(), self.unit.label(), self.unit.label(), self.unit.label());
        let item = self.unit.temp();
        self.unit.expr_base = self.unit.next;
        self.unit.bind(again);
        self.at(f.iter.span, |c| {
            c.next_async_item(iterator, item, ended);
            Ok(())
        })?;
        self.assign(&f.target, item)?;
        self.unit.next = item + 1;
        self.push_block(BlockKind::Loop { again, done });
        self.stmts(&f.body)?;
        self.unit.blocks.pop();
        self.unit.jump(again);
        self.unit.bind(ended);
        self.at(f.iter.span, |c| {
            c.unit.emit(Op::EndAsyncFor, item, 0, 0);
            Ok(())
        })?;
        self.unit.bind(past);
        self.unit.next = iterator;
        self.stmts(&f.orelse)?;
        self.unit.bind(done);
        Ok(())
    }

    /// item = await the next item of `iterator`; an exception goes to `ended` in the same register.
    pub(crate) fn next_async_item(&mut self, iterator: Reg, item: Reg, ended: crate::unit::Label) {
        self.unit.protect(ended, item);
        let mark = self.unit.next;
        let awaitable = self.unit.temp();
        self.unit.emit(Op::GetANext, awaitable, iterator, 0);
        self.unit.emit(Op::GetAwaitable, awaitable, awaitable, 3);
        let t = self.unit.temp();
        self.unit.emit(Op::LoadNone, t, 0, 0);
        self.unit.emit(Op::YieldFrom, awaitable, t, 0);
        self.unit.unprotect();
        self.unit.mov(item, t);
        self.unit.next = mark;
        self.unit.mark_written(item);
    }

    /// dst = await r[source]; `kind` is that of `GetAwaitable`.
    pub(crate) fn await_in(&mut self, source: Reg, kind: u32, dst: Reg) {
        let mark = self.unit.next;
        let awaitable = self.unit.temp();
        self.unit.emit(Op::GetAwaitable, awaitable, source, kind);
        let t = if self.unit.is_temp(dst) { dst } else { self.unit.temp() };
        self.unit.emit(Op::LoadNone, t, 0, 0);
        self.unit.emit(Op::YieldFrom, awaitable, t, 0);
        self.unit.mov(dst, t);
        self.unit.next = mark;
    }

    pub(crate) fn yield_(&mut self, value: Option<&'a Expr>, dst: Reg) -> Result<()> {
        self.check_yield("yield")?;
        let r = match value {
            Some(value) => self.expr(value)?,
            None => {
                let t = self.unit.temp();
                self.unit.emit(Op::LoadNone, t, 0, 0);
                t
            }
        };
        self.unit.emit(Op::Yield, dst, r, 0);
        Ok(())
    }

    pub(crate) fn yield_from(&mut self, e: &Expr, value: &'a Expr, dst: Reg) -> Result<()> {
        self.check_yield("yield from")?;
        if self.scope().is_async_def {
            return self.error(e.span, "'yield from' inside async function");
        }
        let iterator = self.unit.temp();
        let r = self.expr(value)?;
        self.unit.emit(Op::GetYieldFromIter, iterator, r, 0);
        self.unit.next = iterator + 1;
        let t = if self.unit.is_temp(dst) { dst } else { self.unit.temp() };
        self.unit.emit(Op::LoadNone, t, 0, 0);
        self.unit.emit(Op::YieldFrom, iterator, t, 0);
        self.unit.mov(dst, t);
        Ok(())
    }

    fn check_yield(&self, what: &str) -> Result<()> {
        if !self.scope().is_function_like() {
            return self.error(self.unit.span, format!("'{what}' outside function"));
        }
        Ok(())
    }
}
