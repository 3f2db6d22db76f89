//! Patterns of `match` statements.

use super::{Adapter, Refused, Result, span};
use crate::ast::*;
use ruff_python_ast as ruff;
use ruff_text_size::Ranged;

impl Adapter<'_> {
    /// Converts one pattern.
    pub(super) fn pattern(&mut self, pattern: &ruff::Pattern) -> Result<Pattern> {
        self.deeper(|this| this.pattern_inner(pattern))
    }

    fn patterns<'p>(
        &mut self,
        patterns: impl IntoIterator<Item = &'p ruff::Pattern>,
    ) -> Result<Vec<Pattern>> {
        patterns.into_iter().map(|pattern| self.pattern(pattern)).collect()
    }

    fn pattern_inner(&mut self, pattern: &ruff::Pattern) -> Result<Pattern> {
        let place = span(pattern.range());
        let kind = match pattern {
            ruff::Pattern::MatchValue(node) => {
                // A sign belongs to a number: `-1 ** 2` is no pattern.
                if let ruff::Expr::UnaryOp(sign) = &*node.value
                    && !sign.operand.is_number_literal_expr()
                {
                    return Err(Refused::Suspect);
                }
                PatternKind::MatchValue { value: self.boxed(&node.value)? }
            }
            ruff::Pattern::MatchSingleton(node) => PatternKind::MatchSingleton {
                value: match node.value {
                    ruff::Singleton::None => Constant::None,
                    ruff::Singleton::True => Constant::True,
                    ruff::Singleton::False => Constant::False,
                },
            },
            ruff::Pattern::MatchSequence(node) => {
                PatternKind::MatchSequence { patterns: self.patterns(&node.patterns)? }
            }
            ruff::Pattern::MatchMapping(node) => PatternKind::MatchMapping {
                keys: self.exprs(&node.keys)?,
                patterns: self.patterns(&node.patterns)?,
                rest: node.rest.as_ref().map(|rest| self.bound(rest)).transpose()?,
            },
            ruff::Pattern::MatchClass(node) => {
                let cls = self.boxed(&node.cls)?;
                let patterns = self.patterns(&node.arguments.patterns)?;
                let mut kwd_attrs = Vec::with_capacity(node.arguments.keywords.len());
                let mut kwd_patterns = Vec::with_capacity(node.arguments.keywords.len());
                for keyword in &node.arguments.keywords {
                    kwd_attrs.push(self.symbol(&keyword.attr));
                    kwd_patterns.push(self.pattern(&keyword.pattern)?);
                }
                PatternKind::MatchClass { cls, patterns, kwd_attrs, kwd_patterns }
            }
            ruff::Pattern::MatchStar(node) => PatternKind::MatchStar {
                name: node.name.as_ref().map(|name| self.bound(name)).transpose()?,
            },
            ruff::Pattern::MatchAs(node) => PatternKind::MatchAs {
                pattern: match &node.pattern {
                    Some(pattern) => Some(Box::new(self.pattern(pattern)?)),
                    None => None,
                },
                name: node.name.as_ref().map(|name| self.bound(name)).transpose()?,
            },
            ruff::Pattern::MatchOr(node) => {
                PatternKind::MatchOr { patterns: self.patterns(&node.patterns)? }
            }
        };
        Ok(Pattern { span: place, kind })
    }
}
