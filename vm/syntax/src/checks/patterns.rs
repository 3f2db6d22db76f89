//! Patterns: names bound once and alike in all alternatives, nothing behind a pattern that
//! always matches, no repeated keys and attributes.

use super::Checker;
use crate::ast::*;
use std::collections::HashSet;

/// What a pattern may do: the names it binds so far, and whether it may match everything.
struct Bindings {
    names: Vec<Symbol>,
    irrefutable: bool,
}

impl Checker<'_> {
    pub(super) fn cases(&mut self, cases: &[MatchCase]) {
        for (index, case) in cases.iter().enumerate() {
            let irrefutable = case.guard.is_some() || index + 1 == cases.len();
            let mut bindings = Bindings { names: Vec::new(), irrefutable };
            self.pattern(&case.pattern, &mut bindings);
            self.optional(case.guard.as_deref());
            self.body(&case.body);
        }
    }

    fn pattern(&mut self, pattern: &Pattern, bindings: &mut Bindings) {
        self.deeper(|this| this.pattern_inner(pattern, bindings));
    }

    /// A part of a larger pattern may match everything.
    fn inner_pattern(&mut self, pattern: &Pattern, bindings: &mut Bindings) {
        let outer = std::mem::replace(&mut bindings.irrefutable, true);
        self.pattern(pattern, bindings);
        bindings.irrefutable = outer;
    }

    fn bind(&mut self, name: Symbol, span: Span, bindings: &mut Bindings) {
        self.bound(name, span);
        if bindings.names.contains(&name) {
            let text = self.names.text(name);
            self.code_problem(format!("multiple assignments to name '{text}' in pattern"), span);
        }
        bindings.names.push(name);
    }

    fn pattern_inner(&mut self, pattern: &Pattern, bindings: &mut Bindings) {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::MatchValue { value } => {
                if matches!(value.kind, ExprKind::JoinedStr { .. } | ExprKind::TemplateStr { .. }) {
                    let message = "patterns may only match literals and attribute lookups";
                    self.code_problem(message, span);
                }
                self.expr(value);
            }
            PatternKind::MatchSingleton { .. } => {}
            PatternKind::MatchSequence { patterns } => {
                let stars = patterns
                    .iter()
                    .filter(|part| matches!(part.kind, PatternKind::MatchStar { .. }));
                if stars.count() > 1 {
                    self.code_problem("multiple starred names in sequence pattern", span);
                }
                for part in patterns {
                    self.inner_pattern(part, bindings);
                }
            }
            PatternKind::MatchMapping { keys, patterns, rest } => {
                self.mapping_keys(keys, span);
                for part in patterns {
                    self.inner_pattern(part, bindings);
                }
                if let Some(name) = rest {
                    self.bind(*name, span, bindings);
                }
            }
            PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns } => {
                self.expr(cls);
                let mut seen = HashSet::new();
                for (name, part) in kwd_attrs.iter().zip(kwd_patterns) {
                    self.bound(*name, part.span);
                    if !seen.insert(*name) {
                        let text = self.names.text(*name);
                        let message = format!("attribute name repeated in class pattern: {text}");
                        self.code_problem(message, part.span);
                    }
                }
                for part in patterns.iter().chain(kwd_patterns) {
                    self.inner_pattern(part, bindings);
                }
            }
            PatternKind::MatchStar { name } => {
                if let Some(name) = name {
                    self.bind(*name, span, bindings);
                }
            }
            PatternKind::MatchAs { pattern: inner, name } => {
                match (inner, name) {
                    (Some(inner), _) => self.pattern(inner, bindings),
                    (None, _) if bindings.irrefutable => {}
                    (None, Some(name)) => {
                        let text = self.names.text(*name);
                        let message =
                            format!("name capture '{text}' makes remaining patterns unreachable");
                        self.code_problem(message, span);
                    }
                    (None, None) => {
                        let message = "wildcard makes remaining patterns unreachable";
                        self.code_problem(message, span);
                    }
                }
                if let Some(name) = name {
                    self.bind(*name, span, bindings);
                }
            }
            PatternKind::MatchOr { patterns } => self.alternatives(patterns, span, bindings),
        }
    }

    fn alternatives(&mut self, patterns: &[Pattern], span: Span, bindings: &mut Bindings) {
        let mut first: Option<HashSet<Symbol>> = None;
        let mut order = Vec::new();
        for (index, part) in patterns.iter().enumerate() {
            let irrefutable = bindings.irrefutable && index + 1 == patterns.len();
            let mut own = Bindings { names: Vec::new(), irrefutable };
            self.pattern(part, &mut own);
            let names: HashSet<Symbol> = own.names.iter().copied().collect();
            match &first {
                None => {
                    order = own.names;
                    first = Some(names);
                }
                Some(expected) if *expected != names => {
                    self.code_problem("alternative patterns bind different names", span);
                }
                Some(_) => {}
            }
        }
        for name in order {
            self.bind(name, span, bindings);
        }
    }

    fn mapping_keys(&mut self, keys: &[Expr], span: Span) {
        let mut seen: Vec<Key> = Vec::new();
        for key in keys {
            if matches!(key.kind, ExprKind::Attribute { .. }) {
                self.expr(key);
                continue;
            }
            let Some(value) = key_of(key) else {
                let message = "mapping pattern keys may only match literals and attribute lookups";
                self.code_problem(message, span);
                continue;
            };
            if seen.contains(&value) {
                let text = repr_of(key);
                let message = format!("mapping pattern checks duplicate key ({text})");
                self.code_problem(message, span);
            }
            seen.push(value);
        }
    }
}

/// A constant key, equal when Python's values are equal.
#[derive(PartialEq)]
enum Key {
    None,
    Int(i128),
    Big(bool, BigInt),
    Number(f64, f64),
    Str(Text),
    Bytes(Box<[u8]>),
}

fn key_of(expr: &Expr) -> Option<Key> {
    match &expr.kind {
        ExprKind::Constant { value, .. } => match value {
            Constant::None => Some(Key::None),
            Constant::True => Some(Key::Int(1)),
            Constant::False => Some(Key::Int(0)),
            Constant::Int(value) => Some(Key::Int(i128::from(*value))),
            Constant::BigInt(big) => Some(Key::Big(false, (**big).clone())),
            Constant::Float(value) => Some(number_key(*value, 0.0)),
            Constant::Complex(value) => Some(number_key(0.0, *value)),
            Constant::Str(text) => Some(Key::Str(text.clone())),
            Constant::Bytes(bytes) => Some(Key::Bytes(bytes.clone())),
            Constant::Ellipsis => None,
        },
        ExprKind::UnaryOp { op: UnaryOp::USub, operand } => match key_of(operand)? {
            Key::Int(value) => Some(Key::Int(-value)),
            Key::Big(negative, big) => Some(Key::Big(!negative, big)),
            Key::Number(real, imaginary) => Some(number_key(-real, -imaginary)),
            _ => None,
        },
        ExprKind::BinOp { left, op, right } => {
            // The grammar wants an imaginary literal here, which may be zero.
            let ExprKind::Constant { value: Constant::Complex(imaginary), .. } = &right.kind else {
                return None;
            };
            let real = match key_of(left)? {
                Key::Int(value) => value as f64,
                Key::Number(real, _) => real,
                _ => return None,
            };
            let sign = if *op == Operator::Sub { -1.0 } else { 1.0 };
            Some(number_key(real, sign * imaginary))
        }
        _ => None,
    }
}

/// Whole numbers compare with ints.
fn number_key(real: f64, imaginary: f64) -> Key {
    if imaginary == 0.0 && real.fract() == 0.0 && real.abs() < 1e30 {
        return Key::Int(real as i128);
    }
    Key::Number(real, imaginary)
}

/// `repr()` of a constant key.
fn repr_of(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Constant { value, .. } => match value {
            Constant::None => "None".to_owned(),
            Constant::True => "True".to_owned(),
            Constant::False => "False".to_owned(),
            Constant::Ellipsis => "Ellipsis".to_owned(),
            Constant::Int(value) => value.to_string(),
            Constant::BigInt(big) => big.digits.to_string(),
            Constant::Float(value) => float_repr(*value),
            Constant::Complex(value) => format!("{}j", part_repr(*value)),
            Constant::Str(text) => crate::dump::repr(text),
            Constant::Bytes(bytes) => {
                let points: Box<[u32]> = bytes.iter().map(|byte| u32::from(*byte)).collect();
                format!("b{}", crate::dump::repr(&Text::Points(points)))
            }
        },
        ExprKind::UnaryOp { operand, .. } => match &operand.kind {
            ExprKind::Constant { value: Constant::Complex(value), .. } => {
                format!("(-0-{}j)", part_repr(*value))
            }
            _ => format!("-{}", repr_of(operand)),
        },
        ExprKind::BinOp { left, op, right } => {
            let sign = if *op == Operator::Sub { '-' } else { '+' };
            let real = repr_of(left);
            format!("({}{sign}{})", real.strip_suffix(".0").unwrap_or(&real), repr_of(right))
        }
        _ => String::new(),
    }
}

/// `repr()` of a finite, non-negative float literal.
fn float_repr(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e16).contains(&value) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let text = format!("{value}");
    if text.contains('.') { text } else { text + ".0" }
}

fn part_repr(value: f64) -> String {
    let text = float_repr(value);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}
