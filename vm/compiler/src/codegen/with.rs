//! `with` and `async with`.

use super::Compiler;
use crate::error::Result;
use crate::unit::{BlockKind, Reg};
use pyrs_bytecode::Op;
use pyrs_syntax::ast::*;

impl<'a> Compiler<'a> {
    /// The statement from its item number `index` on.
    pub(crate) fn with(&mut self, w: &'a With, index: usize, is_async: bool) -> Result<()> {
        let Some(item) = w.items.get(index) else { return self.stmts(&w.body) };
        let mark = self.unit.next;
        let span = item.context_expr.span;
        let saved_span = std::mem::replace(&mut self.unit.span, span);
        let exit = self.unit.temps(2);
        let (caught, done) = (self.unit.label(), self.unit.label());
        let state = self.unit.temps(2);
        let cleanup = self.unit.temp();
        let body_base = self.unit.next;
        let value = self.enter_call(item, exit, is_async)?;
        self.unit.protect(caught, state);
        self.push_protected_block(BlockKind::With { exit, is_async, span });
        if let Some(target) = &item.optional_vars {
            let base = std::mem::replace(&mut self.unit.expr_base, value + 1);
            self.assign(target, value)?;
            self.unit.expr_base = base;
        }
        self.unit.span = saved_span;
        self.unit.next = body_base;
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || {
            self.with(w, index + 1, is_async)
        })?;
        self.unit.blocks.pop();
        self.unit.unprotect();
        self.unit.span = span;
        self.exit_call(exit, is_async, None);
        self.unit.jump(done);

        self.unit.bind(caught);
        self.unit.emit(Op::PushExc, state, 0, 0);
        let failed = self.unit.label();
        self.unit.protect(failed, cleanup);
        self.exit_call(exit, is_async, Some(state));
        let suppressed = self.unit.label();
        // The result of the call lies where the call began.
        self.unit.branch(Op::JumpIfTrue, self.unit.next, 0, 0, suppressed);
        self.unit.unprotect();
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.emit(Op::Reraise, state, 0, 0);
        self.unit.bind(failed);
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.emit(Op::Reraise, cleanup, 0, 0);
        self.unit.bind(suppressed);
        self.unit.emit(Op::PopExc, state, 0, 0);
        self.unit.bind(done);
        self.unit.span = saved_span;
        self.unit.next = mark;
        Ok(())
    }

    /// Looks up `__exit__` into `exit`, calls `__enter__`; gives the register of its result.
    fn enter_call(&mut self, item: &'a WithItem, exit: Reg, is_async: bool) -> Result<Reg> {
        let async_ = 2 * u32::from(is_async);
        let w = self.unit.next;
        let manager = self.expr(&item.context_expr)?;
        self.unit.next = w;
        self.unit.emit(Op::LoadSpecial, exit, manager, 1 + async_);
        self.unit.temps(5);
        // A special method comes as a pair; a window wants its self further up.
        self.unit.emit(Op::LoadSpecial, w, manager, async_);
        self.unit.mov(w + 4, w + 1);
        self.unit.emit(Op::CallMethod, w, 0, 0);
        self.unit.next = w + 1;
        for r in [exit, exit + 1, w] {
            self.unit.mark_written(r);
        }
        if is_async {
            self.await_in(w, 1, w);
        }
        Ok(w)
    }

    /// Calls the exit pair, with the exception of the handler state `state` or three times None. The result is
    /// in the first free register.
    pub(crate) fn exit_call(&mut self, exit: Reg, is_async: bool, state: Option<Reg>) {
        let w = self.unit.temps(8);
        self.unit.mov(w, exit);
        self.unit.mov(w + 4, exit + 1);
        match state {
            Some(state) => self.unit.emit(Op::ExcInfo, w + 5, state, 0),
            None => {
                for i in 5..8 {
                    self.unit.emit(Op::LoadNone, w + i, 0, 0);
                }
            }
        }
        self.unit.emit(Op::CallMethod, w, 3, 0);
        self.unit.next = w + 1;
        if is_async {
            self.await_in(w, 2, w);
        }
        self.unit.next = w;
    }
}
