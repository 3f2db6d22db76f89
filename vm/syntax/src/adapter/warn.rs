//! The `SyntaxWarning`s that need no scopes: doubtful comparisons, calls, subscripts, asserts,
//! and jumps out of `finally` (PEP 765).
//!
//! CPython issues warnings in three stages (parsing, preparing the tree, generating code); they
//! are collected with their stage and put in that order at the end.

use super::{Adapter, span};
use crate::ast::Span;
use crate::error::SyntaxWarning;
use ruff_python_ast as ruff;
use ruff_text_size::Ranged;

/// When CPython would have issued a warning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Parse,
    Prepare,
    Generate,
}

/// A statement that leaves a block.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Jump {
    Return,
    Break,
    Continue,
}

/// Whether a jump here would leave a `finally` block.
///
/// Loops and functions inside the block reset it, as in CPython 3.14 (where `return` from a loop
/// in a `finally` block goes unnoticed).
#[derive(Clone, Copy, Default)]
pub(crate) struct FinallyState(bool);

impl Adapter<'_> {
    pub(super) fn warn(&mut self, phase: Phase, message: impl Into<String>, span: Span) {
        // The parser warns in the order of the text, except that it looks at the literal parts
        // of an f-string when it has read the whole.
        let key = match phase {
            Phase::Parse => self.read_at.unwrap_or(span.start),
            _ => 0,
        };
        self.phases.push((phase, key));
        self.warnings.push(SyntaxWarning { message: message.into(), span });
    }

    /// All warnings in CPython's order.
    pub(crate) fn take_warnings(&mut self) -> Vec<SyntaxWarning> {
        let mut tagged: Vec<_> =
            self.phases.drain(..).zip(std::mem::take(&mut self.warnings)).collect();
        tagged.sort_by_key(|(phase, _)| *phase);
        tagged.into_iter().map(|(_, warning)| warning).collect()
    }

    /// Enters a function or loop body.
    pub(super) fn enter_inner(&mut self) -> FinallyState {
        std::mem::take(&mut self.in_finally)
    }

    pub(super) fn enter_finally(&mut self) -> FinallyState {
        std::mem::replace(&mut self.in_finally, FinallyState(true))
    }

    pub(super) fn warn_jump(&mut self, jump: Jump, place: Span) {
        if self.in_finally.0 {
            let word = match jump {
                Jump::Return => "return",
                Jump::Break => "break",
                Jump::Continue => "continue",
            };
            self.warn(Phase::Prepare, format!("'{word}' in a 'finally' block"), place);
        }
    }

    pub(super) fn warn_compare(&mut self, node: &ruff::ExprCompare) {
        let mut left = &*node.left;
        for (op, right) in node.ops.iter().zip(node.comparators.iter()) {
            if matches!(op, ruff::CmpOp::Is | ruff::CmpOp::IsNot) {
                let literal = [left, right].into_iter().find(|side| is_value_literal(side));
                if let Some(type_name) = literal.and_then(type_of) {
                    let (word, instead) =
                        if *op == ruff::CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                    let message = format!(
                        "\"{word}\" with '{type_name}' literal. Did you mean \"{instead}\"?"
                    );
                    return self.warn(Phase::Generate, message, span(node.range));
                }
            }
            left = right;
        }
    }

    pub(super) fn warn_call(&mut self, node: &ruff::ExprCall) {
        let func = &*node.func;
        if func.is_lambda_expr() {
            return;
        }
        if let Some(type_name) = type_of(func) {
            let message =
                format!("'{type_name}' object is not callable; perhaps you missed a comma?");
            self.warn(Phase::Generate, message, span(func.range()));
        }
    }

    pub(super) fn warn_subscript(&mut self, node: &ruff::ExprSubscript) {
        if node.ctx != ruff::ExprContext::Load {
            return;
        }
        let value = &*node.value;
        let Some(type_name) = type_of(value) else { return };
        match type_name {
            "NoneType"
            | "ellipsis"
            | "int"
            | "bool"
            | "float"
            | "complex"
            | "set"
            | "generator"
            | "function"
            | "string.templatelib.Template" => {
                let message = format!(
                    "'{type_name}' object is not subscriptable; perhaps you missed a comma?"
                );
                self.warn(Phase::Generate, message, span(value.range()));
            }
            "str" | "bytes" | "tuple" | "list" => {
                let index = type_of(&node.slice);
                if let Some(index) = index.filter(|index| !matches!(*index, "int" | "bool")) {
                    let message = format!(
                        "{type_name} indices must be integers or slices, not {index}; \
                         perhaps you missed a comma?"
                    );
                    self.warn(Phase::Generate, message, span(value.range()));
                }
            }
            _ => {}
        }
    }

    pub(super) fn warn_assert(&mut self, node: &ruff::StmtAssert) {
        if matches!(&*node.test, ruff::Expr::Tuple(tuple) if !tuple.elts.is_empty()) {
            let message = "assertion is always true, perhaps remove parentheses?";
            self.warn(Phase::Generate, message, span(node.range));
        }
    }

    /// A number directly before a keyword (`1if x else y`) is on its way out.
    pub(super) fn warn_number_end(&mut self, place: Span) {
        let bytes = self.source.as_bytes();
        if !bytes.get(place.end as usize).is_some_and(u8::is_ascii_alphabetic) {
            return;
        }
        let text = self.text(place).as_bytes();
        let kind = match (text.get(1), text.last()) {
            (Some(b'x' | b'X'), _) => "hexadecimal",
            (Some(b'o' | b'O'), _) => "octal",
            (Some(b'b' | b'B'), _) => "binary",
            (_, Some(b'j' | b'J')) => "imaginary",
            _ => "decimal",
        };
        self.warn(Phase::Parse, format!("invalid {kind} literal"), place);
    }
}

/// A constant other than `None`, `True`, `False` and `...`; tuples of plain
/// constants are constants.
fn is_value_literal(expr: &ruff::Expr) -> bool {
    match expr {
        ruff::Expr::NumberLiteral(_)
        | ruff::Expr::StringLiteral(_)
        | ruff::Expr::BytesLiteral(_) => true,
        ruff::Expr::Tuple(tuple) => tuple.elts.iter().all(|elt| {
            matches!(
                elt,
                ruff::Expr::NumberLiteral(_)
                    | ruff::Expr::StringLiteral(_)
                    | ruff::Expr::BytesLiteral(_)
                    | ruff::Expr::BooleanLiteral(_)
                    | ruff::Expr::NoneLiteral(_)
                    | ruff::Expr::EllipsisLiteral(_)
            )
        }),
        _ => false,
    }
}

/// The name of the type that a display or literal has for sure.
fn type_of(expr: &ruff::Expr) -> Option<&'static str> {
    Some(match expr {
        ruff::Expr::Tuple(_) => "tuple",
        ruff::Expr::List(_) | ruff::Expr::ListComp(_) => "list",
        ruff::Expr::Dict(_) | ruff::Expr::DictComp(_) => "dict",
        ruff::Expr::Set(_) | ruff::Expr::SetComp(_) => "set",
        ruff::Expr::Generator(_) => "generator",
        ruff::Expr::Lambda(_) => "function",
        ruff::Expr::FString(_) | ruff::Expr::StringLiteral(_) => "str",
        ruff::Expr::TString(_) => "string.templatelib.Template",
        ruff::Expr::BytesLiteral(_) => "bytes",
        ruff::Expr::BooleanLiteral(_) => "bool",
        ruff::Expr::NoneLiteral(_) => "NoneType",
        ruff::Expr::EllipsisLiteral(_) => "ellipsis",
        ruff::Expr::NumberLiteral(number) => match number.value {
            ruff::Number::Int(_) => "int",
            ruff::Number::Float(_) => "float",
            ruff::Number::Complex { .. } => "complex",
        },
        _ => return None,
    })
}
