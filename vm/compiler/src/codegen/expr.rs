//! Expressions: evaluation into registers, operators, displays, attributes, subscripts.

use super::Compiler;
use crate::error::Result;
use crate::fold::{Folder, truth};
use crate::unit::Reg;
use pyrs_bytecode::{Const, Op};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

/// Beyond this register the temporaries of the expression are set aside before going deeper.
pub(crate) const SPILL_FROM: Reg = 220;
/// Calls and displays keep their operands below this register.
pub(crate) const RUN_LIMIT: Reg = 246;
/// Longest display that is built from one run of registers.
pub(crate) const RUN_MAX: usize = 30;

/// The opcode of an operator.
pub(crate) fn binary_op(op: Operator) -> Op {
    match op {
        Operator::Add => Op::Add,
        Operator::Sub => Op::Sub,
        Operator::Mult => Op::Mul,
        Operator::MatMult => Op::MatMul,
        Operator::Div => Op::TrueDiv,
        Operator::Mod => Op::Mod,
        Operator::Pow => Op::Pow,
        Operator::LShift => Op::LShift,
        Operator::RShift => Op::RShift,
        Operator::BitOr => Op::Or,
        Operator::BitXor => Op::Xor,
        Operator::BitAnd => Op::And,
        Operator::FloorDiv => Op::FloorDiv,
    }
}

/// The form with a small constant on the right.
pub(crate) fn imm_op(op: Operator) -> Option<Op> {
    Some(match op {
        Operator::Add => Op::AddImm,
        Operator::Sub => Op::SubImm,
        Operator::Mult => Op::MulImm,
        Operator::FloorDiv => Op::FloorDivImm,
        Operator::Mod => Op::ModImm,
        Operator::LShift => Op::LShiftImm,
        Operator::RShift => Op::RShiftImm,
        Operator::BitAnd => Op::AndImm,
        _ => return None,
    })
}

impl<'a> Compiler<'a> {
    pub(crate) fn folder(&self) -> Folder {
        Folder { debug_name: self.known.debug, optimize: self.optimize }
    }

    /// The value of a constant expression.
    pub(crate) fn fold(&self, e: &Expr) -> Option<Const> {
        match &e.kind {
            ExprKind::Constant { .. }
            | ExprKind::Name { .. }
            | ExprKind::UnaryOp { .. }
            | ExprKind::BinOp { .. }
            | ExprKind::Tuple { .. }
            | ExprKind::Subscript { .. } => self.folder().fold(e),
            _ => None,
        }
    }

    /// An int constant of -128..=127, as the operand byte.
    pub(crate) fn small_int(&self, e: &Expr) -> Option<u32> {
        match self.fold(e)? {
            Const::Int(i) => i8::try_from(i).ok().map(|i| u32::from(i as u8)),
            _ => None,
        }
    }

    /// Evaluates with `span` as the position of the instructions.
    pub(crate) fn at<T>(
        &mut self,
        span: Span,
        f: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let saved = std::mem::replace(&mut self.unit.span, span);
        let result = f(self);
        self.unit.span = saved;
        result
    }

    /// Evaluates into any register: that of a local, or a new temporary.
    pub(crate) fn expr(&mut self, e: &'a Expr) -> Result<Reg> {
        if let ExprKind::Name { id, .. } = &e.kind {
            let saved = std::mem::replace(&mut self.unit.span, e.span);
            let local = self.local_register(*id);
            self.unit.span = saved;
            if let Some(r) = local {
                return Ok(r);
            }
        }
        self.expr_temp(e)
    }

    /// Evaluates into a new temporary.
    pub(crate) fn expr_temp(&mut self, e: &'a Expr) -> Result<Reg> {
        let r = self.unit.temp();
        self.expr_to(e, r)?;
        Ok(r)
    }

    /// Evaluates an operand which is used only after `later` have been evaluated, too.
    pub(crate) fn operand(&mut self, e: &'a Expr, later: &[&Expr]) -> Result<Reg> {
        if let ExprKind::Name { id, .. } = &e.kind
            && self.unit.has_walrus
            && later.iter().any(|l| assigns(l, *id, 0))
        {
            return self.expr_temp(e);
        }
        self.expr(e)
    }

    /// As `operand`, but into `spare` if it is not a local's register.
    fn operand_in(&mut self, e: &'a Expr, later: &[&Expr], spare: Option<Reg>) -> Result<Reg> {
        let Some(spare) = spare else { return self.operand(e, later) };
        if let ExprKind::Name { id, .. } = &e.kind
            && !(self.unit.has_walrus && later.iter().any(|l| assigns(l, *id, 0)))
        {
            let saved = std::mem::replace(&mut self.unit.span, e.span);
            let local = self.local_register(*id);
            self.unit.span = saved;
            if let Some(r) = local {
                return Ok(r);
            }
        }
        self.expr_to(e, spare)?;
        Ok(spare)
    }

    /// `dst` if it may hold an intermediate result.
    pub(crate) fn spare(&self, dst: Reg) -> Option<Reg> {
        self.unit.is_temp(dst).then_some(dst)
    }

    /// Evaluates into `dst`.
    pub(crate) fn expr_to(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        let saved = std::mem::replace(&mut self.unit.span, e.span);
        let mark = self.unit.next;
        let simple = matches!(e.kind, ExprKind::Name { .. } | ExprKind::Constant { .. });
        let result = if simple {
            self.expr_inner(e, dst)
        } else {
            stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || {
                if self.unit.next > SPILL_FROM && self.unit.next > self.unit.expr_base + 8 {
                    self.spilled(e, dst)
                } else {
                    self.expr_inner(e, dst)
                }
            })
        };
        self.unit.next = mark;
        self.unit.span = saved;
        result
    }

    /// Evaluates with the temporaries of the expression set aside in a tuple, so that their registers are free
    /// again.
    fn spilled(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        let (base, top) = (self.unit.expr_base, self.unit.next);
        for r in base..top {
            // Nobody reads these any more, but the tuple must not hold what an earlier frame left.
            if r == dst || !self.unit.is_written(r) {
                self.unit.emit(Op::LoadNone, r, 0, 0);
            }
        }
        let written = self.unit.written;
        let outer_base = std::mem::replace(&mut self.unit.expr_base, base + 1);
        self.unit.emit(Op::BuildTuple, base, base, top - base);
        self.unit.next = base + 1;
        let r = self.unit.temp();
        self.expr_inner(e, r)?;
        // The result travels above the registers that come back.
        self.unit.next = top;
        let result = self.unit.temp();
        self.unit.mov(result, r);
        self.unit.emit(Op::UnpackSequence, base, base, top - base);
        self.unit.mov(dst, result);
        self.unit.next = top;
        self.unit.written = written;
        self.unit.expr_base = outer_base;
        if self.unit.is_temp(dst) {
            self.unit.mark_written(dst);
        }
        Ok(())
    }

    fn expr_inner(&mut self, e: &'a Expr, dst: Reg) -> Result<()> {
        if let Some(value) = self.fold(e) {
            self.check_subscript_warning(e);
            self.unit.load_const(dst, value);
            return Ok(());
        }
        match &e.kind {
            ExprKind::Name { id, .. } => self.load_name(*id, dst),
            ExprKind::Constant { value, .. } => {
                self.unit.load_const(dst, crate::constant::of_literal(value));
                Ok(())
            }
            ExprKind::BoolOp { op, values } => self.bool_op(*op, values, dst),
            ExprKind::NamedExpr { target, value } => {
                self.expr_to(value, dst)?;
                self.assign(target, dst)
            }
            ExprKind::BinOp { left, op, right } => self.binary(left, *op, right, dst),
            ExprKind::UnaryOp { op, operand } => self.unary(*op, operand, dst),
            ExprKind::Lambda { args, body } => self.lambda(e, args, body, dst),
            ExprKind::IfExp { test, body, orelse } => self.if_exp(test, body, orelse, dst),
            ExprKind::Dict { keys, values } => self.dict(keys, values, dst),
            ExprKind::Set { elts } => self.set(elts, dst),
            ExprKind::List { elts, .. } => self.list(elts, dst),
            ExprKind::Tuple { elts, .. } => self.tuple(elts, dst),
            ExprKind::ListComp { .. }
            | ExprKind::SetComp { .. }
            | ExprKind::DictComp { .. }
            | ExprKind::GeneratorExp { .. } => self.comprehension(e, dst),
            ExprKind::Await { value } => {
                let mark = self.unit.next;
                let r = self.expr(value)?;
                self.await_in(r, 0, dst);
                self.unit.next = mark;
                Ok(())
            }
            ExprKind::Yield { value } => self.yield_(value.as_deref(), dst),
            ExprKind::YieldFrom { value } => self.yield_from(e, value, dst),
            ExprKind::Compare { left, ops, comparators } => {
                self.compare(left, ops, comparators, dst)
            }
            ExprKind::Call { func, args, keywords } => self.call(e, func, args, keywords, dst),
            ExprKind::JoinedStr { values } => self.joined_str(values, dst),
            ExprKind::FormattedValue { value, conversion, format_spec } => {
                self.formatted_value(value, *conversion, format_spec.as_deref(), dst)
            }
            ExprKind::TemplateStr { values } => self.template(values, dst),
            ExprKind::Interpolation { .. } => self.template(std::slice::from_ref(e), dst),
            ExprKind::Attribute { value, attr, .. } => self.attribute(e, value, *attr, dst),
            ExprKind::Subscript { value, slice, .. } => self.subscript(e, value, slice, dst),
            ExprKind::Slice { lower, upper, step } => {
                self.slice_object(lower.as_deref(), upper.as_deref(), step.as_deref(), dst)
            }
            ExprKind::Starred { .. } => self.error(e.span, "can't use starred expression here"),
        }
    }

    fn binary(&mut self, left: &'a Expr, op: Operator, right: &'a Expr, dst: Reg) -> Result<()> {
        if op == Operator::Mod && self.percent_format(left, right, dst)? {
            return Ok(());
        }
        let l = self.operand_in(left, &[right], self.spare(dst))?;
        if let (Some(op), Some(imm)) = (imm_op(op), self.small_int(right)) {
            self.unit.emit(op, dst, l, imm);
            return Ok(());
        }
        let r = self.expr(right)?;
        self.unit.emit(binary_op(op), dst, l, r);
        Ok(())
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr, dst: Reg) -> Result<()> {
        if op == UnaryOp::Not && matches!(operand.kind, ExprKind::Compare { .. }) {
            return self.negated_compare(operand, dst);
        }
        let r = self.operand_in(operand, &[], self.spare(dst))?;
        let op = match op {
            UnaryOp::Invert => Op::Invert,
            UnaryOp::Not => Op::Not,
            UnaryOp::UAdd => Op::Positive,
            UnaryOp::USub => Op::Negative,
        };
        self.unit.emit(op, dst, r, 0);
        Ok(())
    }

    /// `a and b`, `a or b`: the value that decided.
    fn bool_op(&mut self, op: BoolOp, values: &'a [Expr], dst: Reg) -> Result<()> {
        let t = if self.unit.is_temp(dst) { dst } else { self.unit.temp() };
        let jump = if op == BoolOp::And { Op::JumpIfFalse } else { Op::JumpIfTrue };
        let done = self.unit.label();
        let Some((last, first)) = values.split_last() else { return Ok(()) };
        for value in first {
            if let Some(constant) = self.fold(value) {
                if truth(&constant) == (op == BoolOp::Or) {
                    self.unit.load_const(t, constant);
                    self.unit.bind(done);
                    self.unit.mov(dst, t);
                    return Ok(());
                }
                continue;
            }
            self.expr_to(value, t)?;
            self.unit.branch(jump, t, 0, 0, done);
        }
        self.expr_to(last, t)?;
        self.unit.bind(done);
        self.unit.mov(dst, t);
        Ok(())
    }

    fn if_exp(&mut self, test: &'a Expr, body: &'a Expr, orelse: &'a Expr, dst: Reg) -> Result<()> {
        let (other, done) = (self.unit.label(), self.unit.label());
        self.jump_if(test, false, other)?;
        let written = self.unit.written;
        self.expr_to(body, dst)?;
        self.unit.jump(done);
        self.unit.bind(other);
        self.unit.written = written;
        self.expr_to(orelse, dst)?;
        self.unit.bind(done);
        Ok(())
    }

    fn attribute(&mut self, e: &Expr, value: &'a Expr, attr: Symbol, dst: Reg) -> Result<()> {
        if let ExprKind::Call { func, args, keywords } = &value.kind
            && let Some(run) = self.super_operands(func, args, keywords)?
        {
            let symbol = self.mangle(attr);
            self.emit_site(Op::GetSuperAttr, dst, run, args.is_empty() as u32, symbol);
            return Ok(());
        }
        let r = self.operand_in(value, &[], self.spare(dst))?;
        let symbol = self.mangle(attr);
        let span = self.attribute_span(e, attr);
        self.at(span, |c| {
            c.emit_site(Op::GetAttr, dst, r, 0, symbol);
            Ok(())
        })
    }

    /// Where an attribute access is reported: the whole expression, or only the name if it stands on another
    /// line than the beginning.
    pub(crate) fn attribute_span(&self, e: &Expr, attr: Symbol) -> Span {
        let lines = &self.parsed.lines;
        if lines.line(e.span.start) == lines.line(e.span.end) {
            return e.span;
        }
        let len = self.names.text(attr).len() as u32;
        Span::new(e.span.end.saturating_sub(len).max(e.span.start), e.span.end)
    }

    fn subscript(&mut self, e: &Expr, value: &'a Expr, slice: &'a Expr, dst: Reg) -> Result<()> {
        self.check_subscript_warning(e);
        let v = self.operand_in(value, &[slice], self.spare(dst))?;
        if let ExprKind::Slice { lower, upper, step: None } = &slice.kind
            && !self.constant_slice(slice)
        {
            let run = self.slice_bounds(lower.as_deref(), upper.as_deref())?;
            self.unit.emit(Op::GetSlice, dst, v, run);
            return Ok(());
        }
        let i = self.expr(slice)?;
        self.unit.emit(Op::GetItem, dst, v, i);
        Ok(())
    }

    /// Whether all parts of a slice are constants, so that the slice itself is one.
    pub(crate) fn constant_slice(&self, _slice: &Expr) -> bool {
        // `GetSlice` with constant bounds is as fast as a constant slice object, and makes no object.
        false
    }

    /// Both bounds of a slice in two registers.
    pub(crate) fn slice_bounds(
        &mut self,
        lower: Option<&'a Expr>,
        upper: Option<&'a Expr>,
    ) -> Result<Reg> {
        let run = self.unit.temps(2);
        for (i, bound) in [lower, upper].into_iter().enumerate() {
            match bound {
                Some(bound) => self.expr_to(bound, run + i as u32)?,
                None => self.unit.emit(Op::LoadNone, run + i as u32, 0, 0),
            }
        }
        Ok(run)
    }

    fn slice_object(
        &mut self,
        lower: Option<&'a Expr>,
        upper: Option<&'a Expr>,
        step: Option<&'a Expr>,
        dst: Reg,
    ) -> Result<()> {
        let part = |c: &Self, e: Option<&Expr>| e.map_or(Some(Const::None), |e| c.fold(e));
        if let (Some(a), Some(b), Some(s)) =
            (part(self, lower), part(self, upper), part(self, step))
        {
            self.unit.load_const(dst, Const::Slice(Box::new([a, b, s])));
            return Ok(());
        }
        let run = self.unit.temps(2 + u32::from(step.is_some()));
        for (i, bound) in [lower, upper].into_iter().enumerate() {
            match bound {
                Some(bound) => self.expr_to(bound, run + i as u32)?,
                None => self.unit.emit(Op::LoadNone, run + i as u32, 0, 0),
            }
        }
        if let Some(step) = step {
            self.expr_to(step, run + 2)?;
        }
        self.unit.emit(Op::BuildSlice, dst, run, 2 + u32::from(step.is_some()));
        Ok(())
    }

    /// Whether `elts` go into one run of registers.
    fn fits_run(&self, elts: &[Expr]) -> bool {
        elts.len() <= RUN_MAX
            && self.unit.next + elts.len() as u32 <= RUN_LIMIT
            && !elts.iter().any(|e| matches!(e.kind, ExprKind::Starred { .. }))
    }

    /// A temporary for something under construction: `dst` if it is one.
    fn accumulator(&mut self, dst: Reg) -> Reg {
        if self.unit.is_temp(dst) { dst } else { self.unit.temp() }
    }

    /// The first register of `elts` if they are locals that lie side by side.
    fn locals_side_by_side(&mut self, elts: &'a [Expr]) -> Option<Reg> {
        let first = self.store_register(elts.first()?)?;
        for (i, e) in elts.iter().enumerate() {
            if self.store_register(e)? != first + i as u32 {
                return None;
            }
        }
        for e in elts {
            if let ExprKind::Name { id, .. } = &e.kind {
                self.unit.span = e.span;
                self.local_register(*id);
            }
        }
        Some(first)
    }

    /// Evaluates `elts` into a run of registers.
    pub(crate) fn run(&mut self, elts: &'a [Expr]) -> Result<Reg> {
        let span = self.unit.span;
        let locals = self.locals_side_by_side(elts);
        self.unit.span = span;
        if let Some(first) = locals {
            return Ok(first);
        }
        let first = self.unit.next;
        for e in elts {
            self.expr_temp(e)?;
        }
        Ok(first)
    }

    pub(crate) fn tuple(&mut self, elts: &'a [Expr], dst: Reg) -> Result<()> {
        if self.fits_run(elts) {
            let run = self.run(elts)?;
            self.unit.emit(Op::BuildTuple, dst, run, elts.len() as u32);
            return Ok(());
        }
        let t = self.accumulator(dst);
        self.list(elts, t)?;
        self.unit.emit(Op::ListToTuple, dst, t, 0);
        Ok(())
    }

    pub(crate) fn list(&mut self, elts: &'a [Expr], dst: Reg) -> Result<()> {
        if elts.len() > 2
            && let Some(items) = self.folder().all(elts)
        {
            let t = self.accumulator(dst);
            self.unit.emit(Op::BuildList, t, self.unit.next, 0);
            let c = self.unit.temp();
            self.unit.load_const(c, Const::Tuple(items));
            self.unit.emit(Op::ListExtend, t, c, 0);
            self.unit.mov(dst, t);
            return Ok(());
        }
        if self.fits_run(elts) {
            let run = self.run(elts)?;
            self.unit.emit(Op::BuildList, dst, run, elts.len() as u32);
            return Ok(());
        }
        let t = self.accumulator(dst);
        self.unit.emit(Op::BuildList, t, self.unit.next, 0);
        self.extend_list(t, elts)?;
        self.unit.mov(dst, t);
        Ok(())
    }

    /// Appends `elts` to the list under construction in `t`.
    pub(crate) fn extend_list(&mut self, t: Reg, elts: &'a [Expr]) -> Result<()> {
        for e in elts {
            let mark = self.unit.next;
            let (op, value) = match &e.kind {
                ExprKind::Starred { value, .. } => (Op::ListExtend, &**value),
                _ => (Op::ListAppend, e),
            };
            let r = self.expr(value)?;
            self.unit.emit(op, t, r, 0);
            self.unit.next = mark;
        }
        Ok(())
    }

    fn set(&mut self, elts: &'a [Expr], dst: Reg) -> Result<()> {
        if self.fits_run(elts) {
            let run = self.run(elts)?;
            self.unit.emit(Op::BuildSet, dst, run, elts.len() as u32);
            return Ok(());
        }
        let t = self.accumulator(dst);
        self.unit.emit(Op::BuildSet, t, self.unit.next, 0);
        for e in elts {
            let mark = self.unit.next;
            let (op, value) = match &e.kind {
                ExprKind::Starred { value, .. } => (Op::SetUpdate, &**value),
                _ => (Op::SetAdd, e),
            };
            let r = self.expr(value)?;
            self.unit.emit(op, t, r, 0);
            self.unit.next = mark;
        }
        self.unit.mov(dst, t);
        Ok(())
    }

    fn dict(&mut self, keys: &'a [Option<Expr>], values: &'a [Expr], dst: Reg) -> Result<()> {
        let count = values.len();
        let fits = count <= RUN_MAX / 2 && self.unit.next + 2 * count as u32 <= RUN_LIMIT;
        if fits && keys.iter().all(Option::is_some) {
            let run = self.unit.next;
            for (key, value) in keys.iter().flatten().zip(values) {
                self.expr_temp(key)?;
                self.expr_temp(value)?;
            }
            self.unit.emit(Op::BuildMap, dst, run, count as u32);
            return Ok(());
        }
        let t = self.accumulator(dst);
        self.unit.emit(Op::BuildMap, t, self.unit.next, 0);
        for (key, value) in keys.iter().zip(values) {
            let mark = self.unit.next;
            match key {
                Some(key) => {
                    let k = self.operand(key, &[value])?;
                    let v = self.expr(value)?;
                    self.unit.emit(Op::MapAdd, t, k, v);
                }
                None => {
                    let v = self.expr(value)?;
                    self.unit.emit(Op::DictUpdate, t, v, 0);
                }
            }
            self.unit.next = mark;
        }
        self.unit.mov(dst, t);
        Ok(())
    }
}

/// Whether evaluating `e` may assign to name `id` of the block it stands in.
fn assigns(e: &Expr, id: Symbol, depth: u32) -> bool {
    if depth > 100 {
        return true;
    }
    let d = depth + 1;
    let any = |list: &[Expr]| list.iter().any(|e| assigns(e, id, d));
    let opt = |e: &Option<Box<Expr>>| e.as_ref().is_some_and(|e| assigns(e, id, d));
    let comp = |generators: &[Comprehension]| {
        generators.iter().any(|g| assigns(&g.iter, id, d) || any(&g.ifs))
    };
    match &e.kind {
        ExprKind::NamedExpr { target, value } => {
            matches!(target.kind, ExprKind::Name { id: t, .. } if t == id) || assigns(value, id, d)
        }
        ExprKind::Name { .. } | ExprKind::Constant { .. } => false,
        ExprKind::BoolOp { values, .. }
        | ExprKind::JoinedStr { values }
        | ExprKind::TemplateStr { values } => any(values),
        ExprKind::BinOp { left, right, .. } => assigns(left, id, d) || assigns(right, id, d),
        ExprKind::UnaryOp { operand, .. } => assigns(operand, id, d),
        ExprKind::Lambda { args, .. } => {
            any(&args.defaults) || args.kw_defaults.iter().flatten().any(|e| assigns(e, id, d))
        }
        ExprKind::IfExp { test, body, orelse } => {
            assigns(test, id, d) || assigns(body, id, d) || assigns(orelse, id, d)
        }
        ExprKind::Dict { keys, values } => {
            keys.iter().flatten().any(|e| assigns(e, id, d)) || any(values)
        }
        ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
            any(elts)
        }
        ExprKind::ListComp { elt, generators }
        | ExprKind::SetComp { elt, generators }
        | ExprKind::GeneratorExp { elt, generators } => assigns(elt, id, d) || comp(generators),
        ExprKind::DictComp { key, value, generators } => {
            assigns(key, id, d) || assigns(value, id, d) || comp(generators)
        }
        ExprKind::Await { value }
        | ExprKind::YieldFrom { value }
        | ExprKind::Starred { value, .. } => assigns(value, id, d),
        ExprKind::Yield { value } => opt(value),
        ExprKind::Compare { left, comparators, .. } => assigns(left, id, d) || any(comparators),
        ExprKind::Call { func, args, keywords } => {
            assigns(func, id, d) || any(args) || keywords.iter().any(|k| assigns(&k.value, id, d))
        }
        ExprKind::FormattedValue { value, format_spec, .. }
        | ExprKind::Interpolation { value, format_spec, .. } => {
            assigns(value, id, d) || opt(format_spec)
        }
        ExprKind::Attribute { value, .. } => assigns(value, id, d),
        ExprKind::Subscript { value, slice, .. } => assigns(value, id, d) || assigns(slice, id, d),
        ExprKind::Slice { lower, upper, step } => opt(lower) || opt(upper) || opt(step),
    }
}
