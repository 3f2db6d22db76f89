//! Expressions: kinds, contexts, calls, parameters, comprehensions, numbers.

use super::{Adapter, Refused, Result, span};
use crate::ast::*;
use crate::error::ErrorClass;
use ruff_python_ast as ruff;
use ruff_text_size::Ranged;

impl Adapter<'_> {
    /// Converts one expression.
    pub(super) fn expr(&mut self, expr: &ruff::Expr) -> Result<Expr> {
        match self.deeper(|this| this.expr_inner(expr)) {
            // Left-recursive chains are loops in CPython's parser; its compiler recurses.
            Err(Refused::TooDeep(_)) if is_chain(expr) => {
                Err(Refused::TooDeep(ErrorClass::Recursion))
            }
            converted => converted,
        }
    }

    pub(super) fn boxed(&mut self, expr: &ruff::Expr) -> Result<Box<Expr>> {
        Ok(Box::new(self.expr(expr)?))
    }

    pub(super) fn optional(&mut self, expr: Option<&ruff::Expr>) -> Result<Option<Box<Expr>>> {
        expr.map(|expr| self.boxed(expr)).transpose()
    }

    pub(super) fn exprs<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e ruff::Expr>,
    ) -> Result<Vec<Expr>> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    fn expr_inner(&mut self, expr: &ruff::Expr) -> Result<Expr> {
        self.check_yield(expr)?;
        let place = span(expr.range());
        let kind = match expr {
            ruff::Expr::BoolOp(node) => ExprKind::BoolOp {
                op: match node.op {
                    ruff::BoolOp::And => BoolOp::And,
                    ruff::BoolOp::Or => BoolOp::Or,
                },
                values: self.exprs(&node.values)?,
            },
            ruff::Expr::Named(node) => ExprKind::NamedExpr {
                target: self.boxed(&node.target)?,
                value: self.boxed(&node.value)?,
            },
            ruff::Expr::BinOp(node) => ExprKind::BinOp {
                left: self.boxed(&node.left)?,
                op: operator(node.op),
                right: self.boxed(&node.right)?,
            },
            ruff::Expr::UnaryOp(node) => ExprKind::UnaryOp {
                op: match node.op {
                    ruff::UnaryOp::Invert => UnaryOp::Invert,
                    ruff::UnaryOp::Not => UnaryOp::Not,
                    ruff::UnaryOp::UAdd => UnaryOp::UAdd,
                    ruff::UnaryOp::USub => UnaryOp::USub,
                },
                operand: self.boxed(&node.operand)?,
            },
            ruff::Expr::Lambda(node) => {
                let args = match &node.parameters {
                    Some(parameters) => self.parameters(parameters)?,
                    None => Arguments::default(),
                };
                ExprKind::Lambda { args: Box::new(args), body: self.boxed(&node.body)? }
            }
            ruff::Expr::If(node) => ExprKind::IfExp {
                test: self.boxed(&node.test)?,
                body: self.boxed(&node.body)?,
                orelse: self.boxed(&node.orelse)?,
            },
            ruff::Expr::Dict(node) => self.dict(node)?,
            ruff::Expr::Set(node) => ExprKind::Set { elts: self.exprs(&node.elts)? },
            ruff::Expr::ListComp(node) => {
                let (elt, generators) = self.comprehension(&node.elt, &node.generators)?;
                ExprKind::ListComp { elt, generators }
            }
            ruff::Expr::SetComp(node) => {
                let (elt, generators) = self.comprehension(&node.elt, &node.generators)?;
                ExprKind::SetComp { elt, generators }
            }
            ruff::Expr::Generator(node) => {
                let (elt, generators) = self.comprehension(&node.elt, &node.generators)?;
                ExprKind::GeneratorExp { elt, generators }
            }
            ruff::Expr::DictComp(node) => {
                let key = node.key.as_deref().ok_or(Refused::Suspect)?;
                ExprKind::DictComp {
                    key: self.boxed(key)?,
                    value: self.boxed(&node.value)?,
                    generators: self.generators(&node.generators)?,
                }
            }
            ruff::Expr::Await(node) => ExprKind::Await { value: self.boxed(&node.value)? },
            ruff::Expr::Yield(node) => {
                ExprKind::Yield { value: self.optional(node.value.as_deref())? }
            }
            ruff::Expr::YieldFrom(node) => ExprKind::YieldFrom { value: self.boxed(&node.value)? },
            ruff::Expr::Compare(node) => {
                self.warn_compare(node);
                ExprKind::Compare {
                    left: self.boxed(&node.left)?,
                    ops: node.ops.iter().map(|op| compare_operator(*op)).collect(),
                    comparators: self.exprs(node.comparators.iter())?,
                }
            }
            ruff::Expr::Call(node) => {
                self.warn_call(node);
                let func = self.boxed(&node.func)?;
                let (args, keywords) = self.arguments(&node.arguments, true)?;
                ExprKind::Call { func, args, keywords }
            }
            ruff::Expr::FString(node) => return self.f_string(node),
            ruff::Expr::TString(node) => return self.t_string(node),
            ruff::Expr::StringLiteral(node) => self.string_literal(node)?,
            ruff::Expr::BytesLiteral(node) => self.bytes_literal(node)?,
            ruff::Expr::NumberLiteral(node) => constant(self.number(node)?),
            ruff::Expr::BooleanLiteral(node) => {
                constant(if node.value { Constant::True } else { Constant::False })
            }
            ruff::Expr::NoneLiteral(_) => constant(Constant::None),
            ruff::Expr::EllipsisLiteral(_) => constant(Constant::Ellipsis),
            ruff::Expr::Attribute(node) => {
                let value = self.boxed(&node.value)?;
                ExprKind::Attribute { value, attr: self.symbol(&node.attr), ctx: ctx(node.ctx)? }
            }
            ruff::Expr::Subscript(node) => {
                self.warn_subscript(node);
                ExprKind::Subscript {
                    value: self.boxed(&node.value)?,
                    slice: self.boxed(&node.slice)?,
                    ctx: ctx(node.ctx)?,
                }
            }
            ruff::Expr::Starred(node) => {
                ExprKind::Starred { value: self.boxed(&node.value)?, ctx: ctx(node.ctx)? }
            }
            ruff::Expr::Name(node) => {
                ExprKind::Name { id: self.symbol(&node.id), ctx: ctx(node.ctx)? }
            }
            ruff::Expr::List(node) => {
                ExprKind::List { elts: self.exprs(&node.elts)?, ctx: ctx(node.ctx)? }
            }
            ruff::Expr::Tuple(node) => {
                ExprKind::Tuple { elts: self.exprs(&node.elts)?, ctx: ctx(node.ctx)? }
            }
            ruff::Expr::Slice(node) => ExprKind::Slice {
                lower: self.optional(node.lower.as_deref())?,
                upper: self.optional(node.upper.as_deref())?,
                step: self.optional(node.step.as_deref())?,
            },
            ruff::Expr::IpyEscapeCommand(_) => return Err(Refused::Suspect),
        };
        Ok(Expr { span: place, kind })
    }

    /// A value that may be a `yield` without parentheses.
    pub(super) fn yieldable(&mut self, expr: &ruff::Expr) -> Result<Box<Expr>> {
        self.yield_allowed = true;
        self.boxed(expr)
    }

    /// Everywhere else `yield x` must stand in parentheses of its own.
    fn check_yield(&mut self, expr: &ruff::Expr) -> Result<()> {
        let allowed = std::mem::take(&mut self.yield_allowed);
        if allowed || !matches!(expr, ruff::Expr::Yield(_) | ruff::Expr::YieldFrom(_)) {
            return Ok(());
        }
        let place = span(expr.range());
        let before = self.source.get(..place.start as usize).unwrap_or("");
        let after = self.skip_trivia(place.end, true) as usize;
        let opened = before.trim_end().ends_with('(') || before.contains('#');
        if !opened || self.source.as_bytes().get(after) != Some(&b')') {
            return Err(Refused::Suspect);
        }
        Ok(())
    }

    fn dict(&mut self, node: &ruff::ExprDict) -> Result<ExprKind> {
        let mut keys = Vec::with_capacity(node.items.len());
        let mut values = Vec::with_capacity(node.items.len());
        for item in &node.items {
            keys.push(item.key.as_ref().map(|key| self.expr(key)).transpose()?);
            values.push(self.expr(&item.value)?);
        }
        Ok(ExprKind::Dict { keys, values })
    }

    fn comprehension(
        &mut self,
        elt: &ruff::Expr,
        generators: &[ruff::Comprehension],
    ) -> Result<(Box<Expr>, Vec<Comprehension>)> {
        if elt.is_starred_expr() {
            return Err(Refused::Suspect);
        }
        let generators = self.generators(generators)?;
        Ok((self.boxed(elt)?, generators))
    }

    fn generators(&mut self, generators: &[ruff::Comprehension]) -> Result<Vec<Comprehension>> {
        let mut converted = Vec::with_capacity(generators.len());
        for generator in generators {
            converted.push(Comprehension {
                target: self.expr(&generator.target)?,
                iter: self.expr(&generator.iter)?,
                ifs: self.exprs(&generator.ifs)?,
                is_async: generator.is_async,
            });
        }
        Ok(converted)
    }

    /// Call and class arguments. A generator may stand alone without parentheses only in a call;
    /// its span then includes the parentheses of the call.
    pub(super) fn arguments(
        &mut self,
        arguments: &ruff::Arguments,
        call: bool,
    ) -> Result<(Vec<Expr>, Vec<Keyword>)> {
        let mut args = self.exprs(arguments.args.iter())?;
        if let Some(bare) = arguments.args.iter().position(is_bare_generator) {
            let sole = args.len() == 1 && arguments.keywords.is_empty();
            let closed = span(arguments.range);
            let after = self.skip_trivia(args[bare].span.end, true);
            if !call || !sole || after + 1 != closed.end {
                return Err(Refused::Suspect);
            }
            args[bare].span = closed;
        }
        let mut keywords = Vec::with_capacity(arguments.keywords.len());
        for keyword in &arguments.keywords {
            keywords.push(Keyword {
                span: span(keyword.range),
                arg: keyword.arg.as_ref().map(|arg| self.bound(arg)).transpose()?,
                value: self.expr(&keyword.value)?,
            });
        }
        Ok((args, keywords))
    }

    /// The parameters of a function or lambda.
    pub(super) fn parameters(&mut self, parameters: &ruff::Parameters) -> Result<Arguments> {
        let mut converted = Arguments::default();
        for parameter in &parameters.posonlyargs {
            converted.posonlyargs.push(self.parameter(&parameter.parameter)?);
            converted.defaults.extend(self.default(parameter)?);
        }
        for parameter in &parameters.args {
            converted.args.push(self.parameter(&parameter.parameter)?);
            converted.defaults.extend(self.default(parameter)?);
        }
        if let Some(vararg) = &parameters.vararg {
            converted.vararg = Some(Box::new(self.parameter(vararg)?));
        }
        for parameter in &parameters.kwonlyargs {
            converted.kwonlyargs.push(self.parameter(&parameter.parameter)?);
            let default = self.default(parameter)?;
            converted.kw_defaults.push(default);
        }
        if let Some(kwarg) = &parameters.kwarg {
            converted.kwarg = Some(Box::new(self.parameter(kwarg)?));
        }
        Ok(converted)
    }

    fn default(&mut self, parameter: &ruff::ParameterWithDefault) -> Result<Option<Expr>> {
        parameter.default.as_deref().map(|default| self.expr(default)).transpose()
    }

    fn parameter(&mut self, parameter: &ruff::Parameter) -> Result<Arg> {
        Ok(Arg {
            span: Span::new(parameter.name.range.start().to_u32(), parameter.range.end().to_u32()),
            arg: self.bound(&parameter.name)?,
            annotation: self.optional(parameter.annotation.as_deref())?,
        })
    }

    /// A number literal.
    fn number(&mut self, node: &ruff::ExprNumberLiteral) -> Result<Constant> {
        self.warn_number_end(span(node.range));
        match &node.value {
            ruff::Number::Float(value) => Ok(Constant::Float(*value)),
            ruff::Number::Complex { imag, .. } => Ok(Constant::Complex(*imag)),
            ruff::Number::Int(value) => match value.as_i64() {
                Some(value) => Ok(Constant::Int(value)),
                None => self.big_int(span(node.range)),
            },
        }
    }

    fn big_int(&mut self, place: Span) -> Result<Constant> {
        let text = self.text(place);
        let (radix, rest) = match text.as_bytes().get(1) {
            Some(b'x' | b'X') => (16, &text[2..]),
            Some(b'o' | b'O') => (8, &text[2..]),
            Some(b'b' | b'B') => (2, &text[2..]),
            _ => (10, text),
        };
        let digits: String = rest.chars().filter(|digit| *digit != '_').collect();
        if radix == 10 && digits.len() > MAX_DECIMAL_DIGITS {
            return Err(Refused::Literal(
                format!(
                    "Exceeds the limit ({MAX_DECIMAL_DIGITS} digits) for integer string \
                     conversion: value has {} digits; use sys.set_int_max_str_digits() to \
                     increase the limit - Consider hexadecimal for huge integer literals to \
                     avoid decimal conversion limits.",
                    digits.len()
                ),
                place,
            ));
        }
        Ok(Constant::BigInt(Box::new(BigInt { radix, digits: digits.into() })))
    }
}

/// Longest decimal literal that CPython converts by default.
const MAX_DECIMAL_DIGITS: usize = 4300;

pub(super) fn constant(value: Constant) -> ExprKind {
    ExprKind::Constant { value, unicode_prefix: false }
}

fn is_bare_generator(expr: &ruff::Expr) -> bool {
    matches!(expr, ruff::Expr::Generator(generator) if !generator.parenthesized)
}

fn is_chain(expr: &ruff::Expr) -> bool {
    match expr {
        ruff::Expr::BinOp(node) => node.op != ruff::Operator::Pow,
        ruff::Expr::Attribute(_) | ruff::Expr::Call(_) | ruff::Expr::Subscript(_) => true,
        _ => false,
    }
}

fn ctx(ctx: ruff::ExprContext) -> Result<ExprContext> {
    match ctx {
        ruff::ExprContext::Load => Ok(ExprContext::Load),
        ruff::ExprContext::Store => Ok(ExprContext::Store),
        ruff::ExprContext::Del => Ok(ExprContext::Del),
        ruff::ExprContext::Invalid => Err(Refused::Suspect),
    }
}

pub(super) fn operator(op: ruff::Operator) -> Operator {
    match op {
        ruff::Operator::Add => Operator::Add,
        ruff::Operator::Sub => Operator::Sub,
        ruff::Operator::Mult => Operator::Mult,
        ruff::Operator::MatMult => Operator::MatMult,
        ruff::Operator::Div => Operator::Div,
        ruff::Operator::Mod => Operator::Mod,
        ruff::Operator::Pow => Operator::Pow,
        ruff::Operator::LShift => Operator::LShift,
        ruff::Operator::RShift => Operator::RShift,
        ruff::Operator::BitOr => Operator::BitOr,
        ruff::Operator::BitXor => Operator::BitXor,
        ruff::Operator::BitAnd => Operator::BitAnd,
        ruff::Operator::FloorDiv => Operator::FloorDiv,
    }
}

fn compare_operator(op: ruff::CmpOp) -> CmpOp {
    match op {
        ruff::CmpOp::Eq => CmpOp::Eq,
        ruff::CmpOp::NotEq => CmpOp::NotEq,
        ruff::CmpOp::Lt => CmpOp::Lt,
        ruff::CmpOp::LtE => CmpOp::LtE,
        ruff::CmpOp::Gt => CmpOp::Gt,
        ruff::CmpOp::GtE => CmpOp::GtE,
        ruff::CmpOp::Is => CmpOp::Is,
        ruff::CmpOp::IsNot => CmpOp::IsNot,
        ruff::CmpOp::In => CmpOp::In,
        ruff::CmpOp::NotIn => CmpOp::NotIn,
    }
}
