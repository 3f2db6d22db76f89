//! Assignment, augmented assignment, unpacking and deletion.

use super::Compiler;
use super::expr::{RUN_LIMIT, RUN_MAX, binary_op};
use crate::error::Result;
use crate::unit::Reg;
use pyrs_bytecode::Op;
use pyrs_syntax::ast::*;

impl<'a> Compiler<'a> {
    pub(crate) fn assign_stmt(&mut self, targets: &'a [Expr], value: &'a Expr) -> Result<()> {
        if let [target] = targets {
            if let Some(slot) = self.store_register(target) {
                self.expr_to(value, slot)?;
                self.note_bound(slot);
                return Ok(());
            }
            if let (Some(to), Some(from)) = (elements(target), elements(value))
                && to.len() == from.len()
                && to.len() <= RUN_MAX
                && self.unit.next + 2 * (to.len() as u32) < RUN_LIMIT
                && !to.iter().chain(from).any(|e| matches!(e.kind, ExprKind::Starred { .. }))
            {
                return self.parallel_assign(to, from);
            }
        }
        let later: Vec<&Expr> = targets.iter().collect();
        let names = targets.iter().all(|t| matches!(t.kind, ExprKind::Name { .. }));
        let r = match targets {
            [_] => self.operand(value, &later)?,
            // Assigning a variable to itself changes nothing.
            _ if names => self.expr(value)?,
            // A target may assign to the variable that the value comes from.
            _ => self.expr_temp(value)?,
        };
        for target in targets {
            let mark = self.unit.next;
            self.assign(target, r)?;
            self.unit.next = mark;
        }
        Ok(())
    }

    /// `a, b = x, y` without making the tuple: all values first, then the targets from left to right.
    fn parallel_assign(&mut self, to: &'a [Expr], from: &'a [Expr]) -> Result<()> {
        let slots: Vec<Option<Reg>> = to.iter().map(|t| self.store_register(t)).collect();
        let mut values = Vec::with_capacity(from.len());
        for (i, value) in from.iter().enumerate() {
            let later: Vec<&Expr> = from[i + 1..].iter().chain(to).collect();
            let local = match &value.kind {
                ExprKind::Name { .. } => self.store_register(value),
                _ => None,
            };
            // The last value may go to the first target at once if nothing else is between.
            let clobbered = local.is_some_and(|r| slots[..i].contains(&Some(r)));
            values.push(if clobbered {
                self.expr_temp(value)?
            } else {
                self.operand(value, &later)?
            });
        }
        for (target, value) in to.iter().zip(values) {
            let mark = self.unit.next;
            self.assign(target, value)?;
            self.unit.next = mark;
        }
        Ok(())
    }

    /// Assigns the value in `src` to a target.
    pub(crate) fn assign(&mut self, target: &'a Expr, src: Reg) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || {
            let saved = std::mem::replace(&mut self.unit.span, target.span);
            let result = self.assign_inner(target, src);
            self.unit.span = saved;
            result
        })
    }

    fn assign_inner(&mut self, target: &'a Expr, src: Reg) -> Result<()> {
        match &target.kind {
            ExprKind::Name { id, .. } => self.store_name(*id, src),
            ExprKind::Attribute { value, attr, .. } => {
                self.note_static_attribute(value, *attr);
                let object = self.expr(value)?;
                let symbol = self.mangle(*attr);
                let span = self.attribute_span(target, *attr);
                self.at(span, |c| {
                    c.emit_site(Op::SetAttr, object, src, 0, symbol);
                    Ok(())
                })?;
            }
            ExprKind::Subscript { value, slice, .. } => {
                let object = self.operand(value, &[slice])?;
                if let ExprKind::Slice { lower, upper, step: None } = &slice.kind {
                    let run = self.slice_bounds(lower.as_deref(), upper.as_deref())?;
                    self.unit.emit(Op::SetSlice, object, run, src);
                } else {
                    let index = self.expr(slice)?;
                    self.unit.emit(Op::SetItem, object, index, src);
                }
            }
            ExprKind::Tuple { elts, .. } | ExprKind::List { elts, .. } => self.unpack(elts, src)?,
            ExprKind::Starred { .. } => {
                return self
                    .error(target.span, "starred assignment target must be in a list or tuple");
            }
            _ => return self.error(target.span, "cannot assign to expression"),
        }
        Ok(())
    }

    /// Unpacks `src` into targets.
    fn unpack(&mut self, elts: &'a [Expr], src: Reg) -> Result<()> {
        let starred = |e: &Expr| matches!(e.kind, ExprKind::Starred { .. });
        let star = elts.iter().position(starred);
        if let Some(star) = star {
            if elts[star + 1..].iter().any(starred) {
                let span = self.unit.span;
                return self.error(span, "multiple starred expressions in assignment");
            }
            let after = elts.len() - star - 1;
            if star >= 256 || after >= 1 << 15 {
                let span = self.unit.span;
                return self.error(span, "too many expressions in star-unpacking assignment");
            }
        }
        let count = elts.len() as u32;
        if self.unit.next + count > RUN_LIMIT {
            return self.unpack_many(elts, star, src);
        }
        let locals = self.slots_side_by_side(elts);
        let run = match locals {
            Some(first) => first,
            None => self.unit.temps(count),
        };
        match star {
            None => self.unit.emit(Op::UnpackSequence, run, src, count),
            Some(star) => {
                let after = count - star as u32 - 1;
                self.unit.emit_extra(Op::UnpackEx, run, src, 0, star as u32 | after << 16);
            }
        }
        if locals.is_some() {
            (run..run + count).for_each(|slot| self.note_bound(slot));
            return Ok(());
        }
        for i in 0..count {
            self.unit.mark_written(run + i);
        }
        for (i, e) in elts.iter().enumerate() {
            let mark = self.unit.next;
            self.assign(unstar(e), run + i as u32)?;
            self.unit.next = mark;
        }
        Ok(())
    }

    /// The first register of targets that are plain locals side by side: they are written at once.
    fn slots_side_by_side(&mut self, elts: &[Expr]) -> Option<Reg> {
        let first = self.store_register(unstar(elts.first()?))?;
        for (i, e) in elts.iter().enumerate() {
            if self.store_register(unstar(e))? != first + i as u32 {
                return None;
            }
        }
        Some(first)
    }

    /// Unpacking into more targets than there are registers: piece by piece through a list.
    fn unpack_many(&mut self, elts: &'a [Expr], star: Option<usize>, src: Reg) -> Result<()> {
        // The count is checked by the instruction itself, which leaves the items in a list.
        let list = self.unit.temp();
        let word = match star {
            None => elts.len() as u32,
            Some(star) => 1 << 31 | ((elts.len() - star - 1) as u32) << 16 | star as u32,
        };
        self.unit.emit_extra(Op::UnpackList, list, src, 0, word);
        for (i, e) in elts.iter().enumerate() {
            let mark = self.unit.next;
            let item = self.unit.temp();
            self.unit.load_const(item, pyrs_bytecode::Const::Int(i as i64));
            self.unit.emit(Op::GetItem, item, list, item);
            self.assign(unstar(e), item)?;
            self.unit.next = mark;
        }
        Ok(())
    }

    /// `self.x = ...` in a method: `x` goes to the class's `__static_attributes__`.
    fn note_static_attribute(&mut self, value: &Expr, attr: Symbol) {
        let ExprKind::Name { id, .. } = &value.kind else { return };
        if *id != self.known.self_ {
            return;
        }
        let Self { scopes, outer, .. } = self;
        let class =
            outer.iter_mut().rev().find(|u| scopes.get(u.scope).kind == crate::scope::Kind::Class);
        if let Some(class) = class
            && !class.static_attributes.contains(&attr)
        {
            class.static_attributes.push(attr);
        }
    }

    pub(crate) fn aug_assign(
        &mut self,
        target: &'a Expr,
        op: Operator,
        value: &'a Expr,
    ) -> Result<()> {
        let statement = self.unit.span;
        match &target.kind {
            ExprKind::Name { id, .. } => {
                let local = self.at(target.span, |c| Ok(c.local_register(*id)))?;
                if let Some(slot) = local
                    && self.store_register(target) == Some(slot)
                {
                    // `x += (x := 1)` adds to the old value.
                    let left = if self.unit.has_walrus { self.expr_temp(target)? } else { slot };
                    self.aug_op(op, slot, left, value)?;
                    self.note_bound(slot);
                    return Ok(());
                }
                let t = self.unit.temp();
                self.at(target.span, |c| c.load_name(*id, t))?;
                self.aug_op(op, t, t, value)?;
                self.at(target.span, |c| {
                    c.store_name(*id, t);
                    Ok(())
                })
            }
            ExprKind::Attribute { value: object, attr, .. } => {
                self.note_static_attribute(object, *attr);
                let o = self.operand(object, &[value])?;
                let t = self.unit.temp();
                let symbol = self.mangle(*attr);
                let span = self.attribute_span(target, *attr);
                self.unit.span = span;
                self.emit_site(Op::GetAttr, t, o, 0, symbol);
                self.unit.span = statement;
                self.aug_op(op, t, t, value)?;
                self.unit.span = span;
                self.emit_site(Op::SetAttr, o, t, 0, symbol);
                self.unit.span = statement;
                Ok(())
            }
            ExprKind::Subscript { value: object, slice, .. } => {
                let o = self.operand(object, &[slice, value])?;
                let bounds = match &slice.kind {
                    ExprKind::Slice { lower, upper, step: None } => {
                        Some(self.slice_bounds(lower.as_deref(), upper.as_deref())?)
                    }
                    _ => None,
                };
                let i = match bounds {
                    Some(run) => run,
                    None => self.operand(slice, &[value])?,
                };
                let t = self.unit.temp();
                let get = if bounds.is_some() { Op::GetSlice } else { Op::GetItem };
                let set = if bounds.is_some() { Op::SetSlice } else { Op::SetItem };
                self.unit.span = target.span;
                self.unit.emit(get, t, o, i);
                self.unit.span = statement;
                self.aug_op(op, t, t, value)?;
                self.unit.span = target.span;
                self.unit.emit(set, o, i, t);
                self.unit.span = statement;
                Ok(())
            }
            _ => self.error(target.span, "illegal target for augmented assignment"),
        }
    }

    /// dst = left op= value
    fn aug_op(&mut self, op: Operator, dst: Reg, left: Reg, value: &'a Expr) -> Result<()> {
        let imm_op = match op {
            Operator::Add => Some(Op::InplaceAddImm),
            Operator::Sub => Some(Op::InplaceSubImm),
            _ => None,
        };
        if let (Some(op), Some(imm)) = (imm_op, self.small_int(value)) {
            self.unit.emit(op, dst, left, imm);
            return Ok(());
        }
        debug_assert!((binary_op(op) as u8) < Op::InplaceAdd as u8);
        let r = self.expr(value)?;
        self.unit.emit(Self::inplace_op(op), dst, left, r);
        Ok(())
    }

    pub(crate) fn delete(&mut self, target: &'a Expr) -> Result<()> {
        self.at(target.span, |c| c.delete_inner(target))
    }

    fn delete_inner(&mut self, target: &'a Expr) -> Result<()> {
        let mark = self.unit.next;
        match &target.kind {
            ExprKind::Name { id, .. } => self.delete_name(*id),
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.expr(value)?;
                let symbol = self.mangle(*attr);
                let span = self.attribute_span(target, *attr);
                self.at(span, |c| {
                    c.emit_site(Op::DeleteAttr, object, 0, 0, symbol);
                    Ok(())
                })?;
            }
            ExprKind::Subscript { value, slice, .. } => {
                let object = self.operand(value, &[slice])?;
                let index = self.expr(slice)?;
                self.unit.emit(Op::DeleteItem, object, index, 0);
            }
            ExprKind::Tuple { elts, .. } | ExprKind::List { elts, .. } => {
                for e in elts {
                    stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || self.delete(e))?;
                }
            }
            _ => return self.error(target.span, "cannot delete expression"),
        }
        self.unit.next = mark;
        Ok(())
    }
}

/// The elements of a tuple or list display.
fn elements(e: &Expr) -> Option<&[Expr]> {
    match &e.kind {
        ExprKind::Tuple { elts, .. } | ExprKind::List { elts, .. } => Some(elts),
        _ => None,
    }
}

fn unstar(e: &Expr) -> &Expr {
    match &e.kind {
        ExprKind::Starred { value, .. } => value,
        _ => e,
    }
}
