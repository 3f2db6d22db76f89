//! Leaving blocks by `break`, `continue` and `return`: what must run on the way out.

use super::Compiler;
use crate::error::Result;
use crate::unit::{Block, BlockKind};
use pyrs_bytecode::Op;
use pyrs_syntax::Span;

/// Blocks that may be nested in one function.
const MAX_BLOCKS: usize = 21;

impl<'a> Compiler<'a> {
    pub(crate) fn push_block(&mut self, kind: BlockKind<'a>) {
        self.check_depth();
        let region = self.unit.regions.len() as u32;
        self.unit.blocks.push(Block { region, kind });
    }

    /// As `push_block` for a block whose protected range was opened just before.
    pub(crate) fn push_protected_block(&mut self, kind: BlockKind<'a>) {
        self.check_depth();
        let region = self.unit.regions.len() as u32 - 1;
        self.unit.blocks.push(Block { region, kind });
    }

    /// CPython's limit, on which registers rely, too.
    fn check_depth(&mut self) {
        if self.unit.blocks.len() >= MAX_BLOCKS {
            self.unit.too_deep.get_or_insert(self.unit.span);
        }
    }

    /// Emits what leaving all blocks above number `level` takes. The blocks stay for the code that follows;
    /// the protected ranges are interrupted meanwhile.
    pub(crate) fn unwind(&mut self, level: usize) -> Result<()> {
        let saved = self.unit.blocks.clone();
        let mut open = Vec::new();
        let mut result = Ok(());
        while self.unit.blocks.len() > level && result.is_ok() {
            let Some(block) = self.unit.blocks.pop() else { break };
            open.push((block.region, self.unit.suspend(block.region)));
            result = self.leave_block(block.kind);
        }
        self.unit.blocks = saved;
        // The jump itself belongs outside, too.
        self.pending_resume.extend(open);
        result?;
        Ok(())
    }

    fn leave_block(&mut self, kind: BlockKind<'a>) -> Result<()> {
        match kind {
            BlockKind::Loop { .. } | BlockKind::Try | BlockKind::ExceptStar => {}
            BlockKind::Finally { body } => {
                let pending = std::mem::take(&mut self.pending_resume);
                self.quiet += 1;
                self.stmts(body)?;
                self.quiet -= 1;
                self.pending_resume = pending;
            }
            BlockKind::Handler { saved, name } => {
                self.unit.emit(Op::PopExc, saved, 0, 0);
                if let Some(name) = name {
                    self.forget_exception(name);
                }
            }
            BlockKind::With { exit, is_async, span } => {
                self.at(span, |c| {
                    c.exit_call(exit, is_async, None);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }

    /// Takes up the protected ranges that `unwind` interrupted.
    pub(crate) fn resume_regions(&mut self) {
        for (from, open) in std::mem::take(&mut self.pending_resume) {
            self.unit.resume(from, &open);
        }
    }

    /// The innermost loop's block number and labels.
    fn innermost_loop(&self, span: Span) -> Result<Option<usize>> {
        for (i, block) in self.unit.blocks.iter().enumerate().rev() {
            match block.kind {
                BlockKind::Loop { .. } => return Ok(Some(i)),
                BlockKind::ExceptStar => return self.except_star_error(span),
                _ => {}
            }
        }
        Ok(None)
    }

    fn except_star_error<T>(&self, span: Span) -> Result<T> {
        self.error(span, "'break', 'continue' and 'return' cannot appear in an except* block")
    }

    pub(crate) fn refuse_except_star(&self, span: Span) -> Result<()> {
        if self.unit.blocks.iter().any(|b| matches!(b.kind, BlockKind::ExceptStar)) {
            return self.except_star_error(span);
        }
        Ok(())
    }

    pub(crate) fn break_(&mut self, span: Span) -> Result<()> {
        match self.innermost_loop(span)? {
            Some(i) => {
                let BlockKind::Loop { done, .. } = self.unit.blocks[i].kind else { return Ok(()) };
                self.unwind(i + 1)?;
                self.unit.jump(done);
                self.resume_regions();
                Ok(())
            }
            None => self.error(span, "'break' outside loop"),
        }
    }

    pub(crate) fn continue_(&mut self, span: Span) -> Result<()> {
        match self.innermost_loop(span)? {
            Some(i) => {
                let BlockKind::Loop { again, .. } = self.unit.blocks[i].kind else { return Ok(()) };
                self.unwind(i + 1)?;
                self.unit.jump(again);
                self.resume_regions();
                Ok(())
            }
            None => self.error(span, "'continue' not properly in loop"),
        }
    }
}
