//! `match`: patterns as chains of tests that jump to the next case when one fails.
//!
//! Captured values stay in temporaries until the whole pattern has matched; then the names are bound, before the
//! guard (PEP 634).

use super::Compiler;
use crate::error::Result;
use crate::unit::{Label, Reg};
use pyrs_bytecode::{Const, Op};
use pyrs_syntax::Span;
use pyrs_syntax::ast::*;

/// Names captured so far, each in its temporary; without one when the name is bound already.
type Captures = Vec<(Symbol, Option<Reg>)>;

/// Patterns with more names than this bind them at once: there are not registers enough to wait. (PEP 634 leaves
/// open whether a pattern that fails later has bound names.)
const MANY_CAPTURES: u32 = 50;

impl<'a> Compiler<'a> {
    pub(crate) fn match_(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Result<()> {
        let done = self.unit.label();
        let value = self.expr_temp(subject)?;
        let base = std::mem::replace(&mut self.unit.expr_base, self.unit.next);
        for (i, case) in cases.iter().enumerate() {
            let mark = self.unit.next;
            let last = i + 1 == cases.len();
            if !last && case.guard.is_none() {
                self.refuse_irrefutable(&case.pattern)?;
            }
            let fail = self.unit.label();
            let mut captures = Vec::new();
            self.early_binding = count_captures(&case.pattern) > MANY_CAPTURES;
            self.pattern(&case.pattern, value, fail, &mut captures)?;
            self.unit.span = case.pattern.span;
            for (name, r) in captures {
                if let Some(r) = r {
                    self.store_name(name, r);
                }
            }
            self.unit.next = mark;
            if let Some(guard) = &case.guard {
                self.jump_if(guard, false, fail)?;
            }
            self.stmts(&case.body)?;
            if !last {
                self.unit.jump(done);
            }
            self.unit.bind(fail);
            self.unit.next = mark;
        }
        self.unit.bind(done);
        self.unit.expr_base = base;
        Ok(())
    }

    /// Refuses a pattern that always matches where another may follow.
    fn refuse_irrefutable(&self, pattern: &Pattern) -> Result<()> {
        match &pattern.kind {
            PatternKind::MatchAs { pattern: None, name: None } => {
                self.error(pattern.span, "wildcard makes remaining patterns unreachable")
            }
            PatternKind::MatchAs { pattern: None, name: Some(name) } => {
                let text = self.names.text(*name);
                let message = format!("name capture '{text}' makes remaining patterns unreachable");
                self.error(pattern.span, message)
            }
            PatternKind::MatchAs { pattern: Some(inner), .. } => self.refuse_irrefutable(inner),
            PatternKind::MatchOr { patterns } => match patterns.last() {
                Some(last) => self.refuse_irrefutable(last),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn pattern(
        &mut self,
        pattern: &'a Pattern,
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        stacker::maybe_grow(crate::RED_ZONE, crate::STACK_PIECE, || {
            let saved = std::mem::replace(&mut self.unit.span, pattern.span);
            let result = self.pattern_inner(pattern, subject, fail, captures);
            self.unit.span = saved;
            result
        })
    }

    fn pattern_inner(
        &mut self,
        pattern: &'a Pattern,
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        match &pattern.kind {
            PatternKind::MatchValue { value } => {
                let mark = self.unit.next;
                match self.small_int(value) {
                    Some(imm) => self.unit.branch(Op::JumpEqImm, subject, imm, 0, fail),
                    None => {
                        let r = self.expr(value)?;
                        self.unit.branch(Op::JumpEq, subject, r, 0, fail);
                    }
                }
                self.unit.next = mark;
                Ok(())
            }
            PatternKind::MatchSingleton { value } => {
                if *value == Constant::None {
                    self.unit.branch(Op::JumpIfNotNone, subject, 0, 0, fail);
                    return Ok(());
                }
                let t = self.unit.temp();
                self.unit.load_const(t, crate::constant::of_literal(value));
                self.unit.branch(Op::JumpIs, subject, t, 0, fail);
                self.unit.next = t;
                Ok(())
            }
            PatternKind::MatchSequence { patterns } => {
                self.sequence_pattern(pattern.span, patterns, subject, fail, captures)
            }
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.mapping_pattern(pattern.span, keys, patterns, *rest, subject, fail, captures)
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => self
                .class_pattern(
                    pattern,
                    cls,
                    patterns,
                    kwd_attrs,
                    kwd_patterns,
                    subject,
                    fail,
                    captures,
                ),
            PatternKind::MatchStar { name } => self.capture(*name, pattern.span, subject, captures),
            PatternKind::MatchAs { pattern: inner, name } => {
                if let Some(inner) = inner {
                    self.pattern(inner, subject, fail, captures)?;
                }
                self.capture(*name, pattern.span, subject, captures)
            }
            PatternKind::MatchOr { patterns } => {
                self.or_pattern(pattern.span, patterns, subject, fail, captures)
            }
        }
    }

    fn capture(
        &mut self,
        name: Option<Symbol>,
        span: Span,
        subject: Reg,
        captures: &mut Captures,
    ) -> Result<()> {
        let Some(name) = name else { return Ok(()) };
        if name == self.known.debug {
            return self.error(span, "cannot assign to __debug__");
        }
        if captures.iter().any(|(n, _)| *n == name) {
            let text = self.names.text(name);
            return self.error(span, format!("multiple assignments to name '{text}' in pattern"));
        }
        if self.early_binding {
            self.store_name(name, subject);
            captures.push((name, None));
        } else {
            captures.push((name, Some(subject)));
        }
        Ok(())
    }

    fn sequence_pattern(
        &mut self,
        span: Span,
        patterns: &'a [Pattern],
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        let is_star = |p: &Pattern| matches!(p.kind, PatternKind::MatchStar { .. });
        let is_wild = |p: &Pattern| match &p.kind {
            PatternKind::MatchAs { pattern: None, name: None } => true,
            PatternKind::MatchStar { name } => name.is_none(),
            _ => false,
        };
        let star = patterns.iter().position(is_star);
        if let Some(star) = star
            && let Some(second) = patterns[star + 1..].iter().find(|p| is_star(p))
        {
            return self.error(second.span, "multiple starred expressions in sequence pattern");
        }
        let t = self.unit.temp();
        self.unit.emit(Op::MatchSequence, t, subject, 0);
        self.unit.branch(Op::JumpIfFalse, t, 0, 0, fail);
        let length = patterns.len() - usize::from(star.is_some());
        if star.is_none() || length > 0 {
            self.unit.emit(Op::GetLen, t, subject, 0);
            self.length_test(t, length, star.is_some(), fail);
        }
        self.unit.next = t;
        if patterns.iter().all(is_wild) {
            return Ok(());
        }
        let star_is_wild = star.is_some_and(|i| is_wild(&patterns[i]));
        let count = patterns.len() as u32;
        let many = self.unit.next + count > super::expr::RUN_LIMIT - 20;
        if star_is_wild || (star.is_none() && many) {
            return self.items_by_index(patterns, star, subject, fail, captures);
        }
        if let (Some(star), true) = (star, many) {
            let list = self.unit.temp();
            let word = 1 << 31 | ((patterns.len() - star - 1) as u32) << 16 | star as u32;
            self.unit.emit_extra(Op::UnpackList, list, subject, 0, word);
            return self.items_by_index(patterns, None, list, fail, captures);
        }
        self.unit.span = span;
        let run = self.unit.temps(count);
        match star {
            None => self.unit.emit(Op::UnpackSequence, run, subject, count),
            Some(star) => {
                let after = count - star as u32 - 1;
                self.unit.emit_extra(Op::UnpackEx, run, subject, 0, star as u32 | after << 16);
            }
        }
        for i in 0..count {
            self.unit.mark_written(run + i);
        }
        for (i, p) in patterns.iter().enumerate() {
            self.pattern(p, run + i as u32, fail, captures)?;
        }
        Ok(())
    }

    /// Jumps to `fail` unless the length in `t` is `length` (or at least that).
    fn length_test(&mut self, t: Reg, length: usize, at_least: bool, fail: Label) {
        let (imm_op, op) =
            if at_least { (Op::JumpLtImm, Op::JumpLt) } else { (Op::JumpNeImm, Op::JumpNe) };
        match i8::try_from(length) {
            Ok(imm) => self.unit.branch(imm_op, t, u32::from(imm as u8), 1, fail),
            Err(_) => {
                let n = self.unit.temp();
                self.unit.load_const(n, Const::Int(length as i64));
                self.unit.branch(op, t, n, 1, fail);
            }
        }
    }

    /// Items by subscript, for patterns whose star captures nothing.
    fn items_by_index(
        &mut self,
        patterns: &'a [Pattern],
        star: Option<usize>,
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        self.items_from(0, patterns, star, subject, fail, captures)
    }

    /// The same for the items from number `first` on.
    fn items_from(
        &mut self,
        first: usize,
        patterns: &'a [Pattern],
        star: Option<usize>,
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        for (i, p) in patterns.iter().enumerate() {
            let wild = matches!(p.kind, PatternKind::MatchAs { pattern: None, name: None });
            if wild || star == Some(i) {
                continue;
            }
            let item = self.unit.temp();
            if star.is_some_and(|s| i > s) {
                let back = patterns.len() - i;
                self.unit.emit(Op::GetLen, item, subject, 0);
                if back < 128 {
                    self.unit.emit(Op::SubImm, item, item, back as u32);
                } else {
                    let t = self.unit.temp();
                    self.unit.load_const(t, Const::Int(back as i64));
                    self.unit.emit(Op::Sub, item, item, t);
                    self.unit.next = t;
                }
            } else {
                self.unit.load_const(item, Const::Int((first + i) as i64));
            }
            self.unit.emit(Op::GetItem, item, subject, item);
            let before = captures.len();
            self.pattern(p, item, fail, captures)?;
            if captures[before..].iter().all(|(_, r)| r.is_none()) {
                self.unit.next = item;
            }
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one pattern")]
    fn mapping_pattern(
        &mut self,
        span: Span,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<Symbol>,
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        let t = self.unit.temp();
        self.unit.emit(Op::MatchMapping, t, subject, 0);
        self.unit.branch(Op::JumpIfFalse, t, 0, 0, fail);
        if keys.is_empty() && rest.is_none() {
            self.unit.next = t;
            return Ok(());
        }
        if !keys.is_empty() {
            self.unit.emit(Op::GetLen, t, subject, 0);
            self.length_test(t, keys.len(), true, fail);
        }
        self.unit.next = t;
        let mut seen: Vec<Const> = Vec::new();
        for key in keys {
            if let Some(value) = self.fold(key) {
                if seen.contains(&value) {
                    let repr = crate::unparse::repr(&value);
                    let message = format!("mapping pattern checks duplicate key ({repr})");
                    return self.error(span, message);
                }
                seen.push(value);
            } else if !matches!(key.kind, ExprKind::Attribute { .. }) {
                let message = "mapping pattern keys may only match literals and attribute lookups";
                return self.error(span, message);
            }
        }
        let tuple = self.unit.temp();
        self.tuple(keys, tuple)?;
        self.unit.next = tuple + 1;
        let values = self.unit.temp();
        self.unit.emit(Op::MatchKeys, values, subject, tuple);
        self.unit.branch(Op::JumpIfNone, values, 0, 0, fail);
        if let Some(rest) = rest {
            let r = self.unit.temp();
            self.unit.emit(Op::MatchRest, r, subject, tuple);
            // Captured last, as the name stands last.
            self.sub_patterns(values, patterns, fail, captures)?;
            return self.capture(Some(rest), span, r, captures);
        }
        self.sub_patterns(values, patterns, fail, captures)
    }

    /// Matches the items of the tuple in `values`.
    fn sub_patterns(
        &mut self,
        values: Reg,
        patterns: &'a [Pattern],
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        let count = patterns.len() as u32;
        if count == 0 {
            return Ok(());
        }
        if self.unit.next + count > super::expr::RUN_LIMIT - 20 {
            return self.items_by_index(patterns, None, values, fail, captures);
        }
        let run = self.unit.temps(count);
        self.unit.emit(Op::UnpackSequence, run, values, count);
        for i in 0..count {
            self.unit.mark_written(run + i);
        }
        for (i, p) in patterns.iter().enumerate() {
            self.pattern(p, run + i as u32, fail, captures)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one pattern")]
    fn class_pattern(
        &mut self,
        pattern: &Pattern,
        cls: &'a Expr,
        patterns: &'a [Pattern],
        kwd_attrs: &'a [Symbol],
        kwd_patterns: &'a [Pattern],
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        for (i, attr) in kwd_attrs.iter().enumerate() {
            if kwd_attrs[..i].contains(attr) {
                let text = self.names.text(*attr);
                let span = kwd_patterns.get(i).map_or(pattern.span, |p| p.span);
                let message = format!("attribute name repeated in class pattern: {text}");
                return self.error(span, message);
            }
        }
        let class = self.expr(cls)?;
        let names: Vec<Const> =
            kwd_attrs.iter().map(|a| Const::Str(self.names.text(*a).into())).collect();
        let names = self.unit.constant(Const::Tuple(names.into()));
        if patterns.len() > 255 || names > 0xff_ffff {
            self.unit.overflow = true;
            return Ok(());
        }
        let values = self.unit.temp();
        let word = names | (patterns.len() as u32) << 24;
        self.unit.emit_extra(Op::MatchClass, values, subject, class, word);
        self.unit.branch(Op::JumpIfNone, values, 0, 0, fail);
        let count = (patterns.len() + kwd_patterns.len()) as u32;
        let wild =
            |p: &Pattern| matches!(p.kind, PatternKind::MatchAs { pattern: None, name: None });
        if patterns.iter().chain(kwd_patterns).all(wild) {
            return Ok(());
        }
        if self.unit.next + count > super::expr::RUN_LIMIT - 20 {
            self.items_by_index(patterns, None, values, fail, captures)?;
            return self.items_from(patterns.len(), kwd_patterns, None, values, fail, captures);
        }
        let run = self.unit.temps(count);
        self.unit.emit(Op::UnpackSequence, run, values, count);
        for i in 0..count {
            self.unit.mark_written(run + i);
        }
        for (i, p) in patterns.iter().chain(kwd_patterns).enumerate() {
            self.pattern(p, run + i as u32, fail, captures)?;
        }
        Ok(())
    }

    fn or_pattern(
        &mut self,
        span: Span,
        patterns: &'a [Pattern],
        subject: Reg,
        fail: Label,
        captures: &mut Captures,
    ) -> Result<()> {
        for p in &patterns[..patterns.len().saturating_sub(1)] {
            self.refuse_irrefutable(p)?;
        }
        let matched = self.unit.label();
        // One temporary for each name, whichever alternative binds it.
        let mut names: Option<Captures> = None;
        let mut reserved = self.unit.next;
        for (i, p) in patterns.iter().enumerate() {
            let last = i + 1 == patterns.len();
            let next = if last { fail } else { self.unit.label() };
            let mut own = Vec::new();
            if i == 0 {
                // The first alternative tells how many names there are.
                let count = if self.early_binding { 0 } else { count_captures(p) };
                reserved = self.unit.temps(count);
            }
            let mark = self.unit.next;
            self.pattern(p, subject, next, &mut own)?;
            let unified = names.get_or_insert_with(|| {
                let slot = |k: usize, r: Option<Reg>| r.map(|_| reserved + k as u32);
                own.iter().enumerate().map(|(k, (n, r))| (*n, slot(k, *r))).collect()
            });
            let same = own.len() == unified.len()
                && own.iter().all(|(n, _)| unified.iter().any(|(m, _)| m == n));
            if !same {
                return self.error(span, "alternative patterns bind different names");
            }
            let moves: Vec<(Reg, Reg)> = unified
                .iter()
                .filter_map(|(n, to)| Some(((*to)?, own.iter().find(|(m, _)| m == n)?.1?)))
                .collect();
            for (to, from) in moves {
                self.unit.mov(to, from);
            }
            self.unit.next = mark;
            if !last {
                self.unit.jump(matched);
                self.unit.bind(next);
            }
        }
        self.unit.bind(matched);
        for (name, r) in names.unwrap_or_default() {
            match r {
                Some(r) => self.capture(Some(name), span, r, captures)?,
                None => captures.push((name, None)),
            }
        }
        Ok(())
    }
}

/// How many names a pattern binds.
fn count_captures(pattern: &Pattern) -> u32 {
    let sum = |list: &[Pattern]| list.iter().map(count_captures).sum::<u32>();
    match &pattern.kind {
        PatternKind::MatchValue { .. } | PatternKind::MatchSingleton { .. } => 0,
        PatternKind::MatchSequence { patterns } => sum(patterns),
        PatternKind::MatchMapping { patterns, rest, .. } => {
            sum(patterns) + u32::from(rest.is_some())
        }
        PatternKind::MatchClass { patterns, kwd_patterns, .. } => sum(patterns) + sum(kwd_patterns),
        PatternKind::MatchStar { name } => u32::from(name.is_some()),
        PatternKind::MatchAs { pattern, name } => {
            pattern.as_ref().map_or(0, |p| count_captures(p)) + u32::from(name.is_some())
        }
        PatternKind::MatchOr { patterns } => patterns.first().map_or(0, count_captures),
    }
}
