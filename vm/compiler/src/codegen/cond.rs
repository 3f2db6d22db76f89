//! Conditions and comparisons: fused compare-and-branch, short circuits, chains, `is`/`in` special forms.

use super::Compiler;
use super::expr::binary_op;
use crate::error::Result;
use crate::fold::truth;
use crate::unit::{Label, Reg};
use pyrs_bytecode::{Const, Op};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

/// The comparison that gives a value.
fn compare_op(op: CmpOp) -> Op {
    match op {
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}

/// The comparison that jumps, whether it is the negated form, and the variant with a small constant.
fn jump_op(op: CmpOp) -> (Op, bool, Option<Op>) {
    match op {
        CmpOp::Eq => (Op::JumpEq, false, Some(Op::JumpEqImm)),
        CmpOp::NotEq => (Op::JumpNe, false, Some(Op::JumpNeImm)),
        CmpOp::Lt => (Op::JumpLt, false, Some(Op::JumpLtImm)),
        CmpOp::LtE => (Op::JumpLe, false, Some(Op::JumpLeImm)),
        CmpOp::Gt => (Op::JumpGt, false, Some(Op::JumpGtImm)),
        CmpOp::GtE => (Op::JumpGe, false, Some(Op::JumpGeImm)),
        CmpOp::Is => (Op::JumpIs, false, None),
        CmpOp::IsNot => (Op::JumpIs, true, None),
        CmpOp::In => (Op::JumpIn, false, None),
        CmpOp::NotIn => (Op::JumpIn, true, None),
    }
}

/// Type name of a constant, for warnings.
pub(crate) fn type_name(value: &Const) -> &'static str {
    match value {
        Const::None => "NoneType",
        Const::Ellipsis => "ellipsis",
        Const::Bool(_) => "bool",
        Const::Int(_) | Const::BigInt(_) => "int",
        Const::Float(_) => "float",
        Const::Complex(..) => "complex",
        Const::Str(_) | Const::Wide(_) => "str",
        Const::Bytes(_) => "bytes",
        Const::Tuple(_) => "tuple",
        Const::FrozenSet(_) => "frozenset",
        Const::Slice(_) => "slice",
        Const::Code(_) => "code",
    }
}

impl<'a> Compiler<'a> {
    /// Jumps to `label` if the truth of `test` equals `when`, else goes on.
    pub(crate) fn jump_if(&mut self, test: &'a Expr, when: bool, label: Label) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || {
            let saved = std::mem::replace(&mut self.unit.span, test.span);
            let mark = self.unit.next;
            let result = self.jump_if_inner(test, when, label);
            self.unit.next = mark;
            self.unit.span = saved;
            result
        })
    }

    fn jump_if_inner(&mut self, test: &'a Expr, when: bool, label: Label) -> Result<()> {
        if let Some(value) = self.fold(test) {
            if truth(&value) == when {
                self.unit.jump(label);
            }
            return Ok(());
        }
        match &test.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => self.jump_if(operand, !when, label),
            ExprKind::BoolOp { op, values } => {
                let Some((last, first)) = values.split_last() else { return Ok(()) };
                let decides = *op == BoolOp::Or;
                let (early, skip) = if decides == when {
                    (label, None)
                } else {
                    let skip = self.unit.label();
                    (skip, Some(skip))
                };
                for value in first {
                    self.jump_if(value, decides, early)?;
                }
                self.jump_if(last, when, label)?;
                if let Some(skip) = skip {
                    self.unit.bind(skip);
                }
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                let (other, done) = (self.unit.label(), self.unit.label());
                self.jump_if(test, false, other)?;
                self.jump_if(body, when, label)?;
                self.unit.jump(done);
                self.unit.bind(other);
                self.jump_if(orelse, when, label)?;
                self.unit.bind(done);
                Ok(())
            }
            ExprKind::Compare { left, ops, comparators } => {
                self.check_is_warning(test.span, left, ops, comparators);
                self.jump_if_compare(left, ops, comparators, when, label)
            }
            _ => {
                let r = self.expr(test)?;
                let op = if when { Op::JumpIfTrue } else { Op::JumpIfFalse };
                self.unit.branch(op, r, 0, 0, label);
                Ok(())
            }
        }
    }

    fn jump_if_compare(
        &mut self,
        left: &'a Expr,
        ops: &[CmpOp],
        comparators: &'a [Expr],
        when: bool,
        label: Label,
    ) -> Result<()> {
        let Some((last, first)) = comparators.split_last() else { return Ok(()) };
        let rest: Vec<&Expr> = comparators.iter().collect();
        let mut l = self.operand(left, &rest)?;
        let skip = self.unit.label();
        // A chain is false as soon as one of its comparisons is.
        let when_false = if when { skip } else { label };
        let keep = self.chain_register(comparators);
        for (i, (op, right)) in ops.iter().zip(first).enumerate() {
            let later: Vec<&Expr> = comparators[i + 1..].iter().collect();
            let r = self.comparand(*op, right, &later)?;
            self.compare_and_jump(l, *op, Some(right), r, false, when_false);
            l = self.kept(r, keep);
        }
        let op = ops[ops.len() - 1];
        match self.small_int(last) {
            Some(imm) if jump_op(op).2.is_some() => {
                let (_, _, imm_op) = jump_op(op);
                let imm_op = imm_op.unwrap_or(Op::JumpEqImm);
                self.unit.branch(imm_op, l, imm, u32::from(when), label);
            }
            _ if is_none(last) && matches!(op, CmpOp::Is | CmpOp::IsNot) => {
                let none = (op == CmpOp::Is) == when;
                let op = if none { Op::JumpIfNone } else { Op::JumpIfNotNone };
                self.unit.branch(op, l, 0, 0, label);
            }
            _ => {
                let r = self.comparand(op, last, &[])?;
                self.compare_and_jump(l, op, None, r, when, label);
            }
        }
        self.unit.bind(skip);
        Ok(())
    }

    /// The register that all operands of a long chain go through: else each would take another.
    fn chain_register(&mut self, comparators: &[Expr]) -> Option<Reg> {
        (comparators.len() > 16).then(|| self.unit.temp())
    }
    /// The right operand of a link, as the left one of the next.
    fn kept(&mut self, r: Reg, keep: Option<Reg>) -> Reg {
        match keep {
            Some(keep) if self.unit.is_temp(r) => {
                self.unit.mov(keep, r);
                self.unit.next = keep + 1;
                keep
            }
            _ => r,
        }
    }

    fn compare_and_jump(
        &mut self,
        l: Reg,
        op: CmpOp,
        _right: Option<&Expr>,
        r: Reg,
        when: bool,
        label: Label,
    ) {
        let (op, negated, _) = jump_op(op);
        self.unit.branch(op, l, r, u32::from(when != negated), label);
    }

    /// The right side of a comparison; a constant list or set behind `in` becomes a tuple or frozenset.
    fn comparand(&mut self, op: CmpOp, e: &'a Expr, later: &[&Expr]) -> Result<Reg> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let Some(value) = self.constant_container(e)
        {
            let r = self.unit.temp();
            self.at(e.span, |c| {
                c.unit.load_const(r, value);
                Ok(())
            })?;
            return Ok(r);
        }
        self.operand(e, later)
    }

    /// A constant tuple or frozenset for a list or set display of constants that is only looked at.
    pub(crate) fn constant_container(&self, e: &Expr) -> Option<Const> {
        match &e.kind {
            ExprKind::List { elts, .. } => self.folder().all(elts).map(Const::Tuple),
            ExprKind::Set { elts } => {
                let mut items: Vec<Const> = Vec::new();
                for item in self.folder().all(elts)? {
                    if !items.contains(&item) {
                        items.push(item);
                    }
                }
                Some(Const::FrozenSet(items.into()))
            }
            _ => None,
        }
    }

    /// A comparison or chain for its value.
    pub(crate) fn compare(
        &mut self,
        left: &'a Expr,
        ops: &[CmpOp],
        comparators: &'a [Expr],
        dst: Reg,
    ) -> Result<()> {
        self.check_is_warning(self.unit.span, left, ops, comparators);
        let Some((last, first)) = comparators.split_last() else { return Ok(()) };
        let rest: Vec<&Expr> = comparators.iter().collect();
        let mut l = self.operand(left, &rest)?;
        if first.is_empty() {
            let r = self.comparand(ops[0], last, &[])?;
            self.unit.emit(compare_op(ops[0]), dst, l, r);
            return Ok(());
        }
        let t = if self.unit.is_temp(dst) { dst } else { self.unit.temp() };
        let done = self.unit.label();
        let keep = self.chain_register(comparators);
        for (i, (op, right)) in ops.iter().zip(first).enumerate() {
            let later: Vec<&Expr> = comparators[i + 1..].iter().collect();
            let r = self.comparand(*op, right, &later)?;
            self.unit.emit(compare_op(*op), t, l, r);
            self.unit.branch(Op::JumpIfFalse, t, 0, 0, done);
            l = self.kept(r, keep);
        }
        let op = ops[ops.len() - 1];
        let r = self.comparand(op, last, &[])?;
        self.unit.emit(compare_op(op), t, l, r);
        self.unit.bind(done);
        self.unit.mov(dst, t);
        Ok(())
    }

    /// `not a is b` and `not a in b`, which need no negation.
    pub(crate) fn negated_compare(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        if let ExprKind::Compare { left, ops, comparators } = &e.kind
            && let ([op], [right]) = (&ops[..], &comparators[..])
        {
            let negated = match op {
                CmpOp::Is => Some(CmpOp::IsNot),
                CmpOp::IsNot => Some(CmpOp::Is),
                CmpOp::In => Some(CmpOp::NotIn),
                CmpOp::NotIn => Some(CmpOp::In),
                _ => None,
            };
            if let Some(negated) = negated {
                self.check_is_warning(e.span, left, ops, comparators);
                let l = self.operand(left, &[right])?;
                let r = self.comparand(*op, right, &[])?;
                self.unit.emit(compare_op(negated), dst, l, r);
                return Ok(());
            }
        }
        let r = self.expr(e)?;
        self.unit.emit(Op::Not, dst, r, 0);
        Ok(())
    }

    /// `x is 1` and the like.
    fn check_is_warning(&mut self, span: Span, left: &Expr, ops: &[CmpOp], comparators: &[Expr]) {
        let literal = |e: &Expr| match &e.kind {
            ExprKind::Constant {
                value: Constant::None | Constant::True | Constant::False | Constant::Ellipsis,
                ..
            } => None,
            ExprKind::Constant { value, .. } => {
                Some(type_name(&crate::constant::of_literal(value)))
            }
            ExprKind::Tuple { .. } if self.fold(e).is_some() => Some("tuple"),
            _ => None,
        };
        let mut found = Vec::new();
        let mut l = literal(left);
        for (op, right) in ops.iter().zip(comparators) {
            let r = literal(right);
            if let (CmpOp::Is | CmpOp::IsNot, Some(name)) = (op, l.or(r)) {
                found.push(match op {
                    CmpOp::Is => format!("\"is\" with '{name}' literal. Did you mean \"==\"?"),
                    _ => format!("\"is not\" with '{name}' literal. Did you mean \"!=\"?"),
                });
            }
            l = r;
        }
        for message in found {
            self.warn(span, message);
        }
    }

    /// The in-place form of an operator.
    pub(crate) fn inplace_op(op: Operator) -> Op {
        let plain = binary_op(op);
        Op::from_byte(plain as u8 + 13).unwrap_or(plain)
    }
}

pub(crate) fn is_none(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Constant { value: Constant::None, .. })
}
