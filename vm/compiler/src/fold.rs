//! Constant folding, as far as CPython 3.14 does it: arithmetic of literals, tuples of constants, negative
//! numbers, subscripts of constants.
//!
//! Guarantee: a folded value is what the operators would give at run time, and of bounded size; whatever could
//! raise, or is large, is left to run time. Ints are folded while they fit 128 bits.

use pyrs_bytecode::{Const, FloatBits};
use pyrs_syntax::ast::*;

use crate::constant;

/// Longest string, bytes or tuple that folding makes.
const MAX_STR: usize = 4096;
const MAX_TUPLE: usize = 256;

/// What folding needs to know of the compilation.
#[derive(Clone, Copy)]
pub(crate) struct Folder {
    pub(crate) debug_name: Symbol,
    pub(crate) optimize: u8,
}

impl Folder {
    /// The value of `e` if it is constant.
    pub(crate) fn fold(self, e: &Expr) -> Option<Const> {
        self.fold_at(e, 0)
    }

    fn fold_at(self, e: &Expr, depth: u32) -> Option<Const> {
        if depth > 200 {
            return None;
        }
        match &e.kind {
            ExprKind::Constant { value, .. } => Some(constant::of_literal(value)),
            ExprKind::Name { id, ctx: ExprContext::Load } if *id == self.debug_name => {
                Some(Const::Bool(self.optimize == 0))
            }
            ExprKind::UnaryOp { op, operand } => unary(*op, &self.fold_at(operand, depth + 1)?),
            ExprKind::BinOp { left, op, right } => {
                let right = self.fold_at(right, depth + 1)?;
                let left = self.fold_at(left, depth + 1)?;
                binary(&left, *op, &right)
            }
            ExprKind::Tuple { elts, ctx: ExprContext::Load } => self.tuple(elts, depth),
            ExprKind::Subscript { value, slice, ctx: ExprContext::Load } => {
                let index = self.fold_at(slice, depth + 1)?;
                subscript(&self.fold_at(value, depth + 1)?, &index)
            }
            _ => None,
        }
    }

    fn tuple(self, elts: &[Expr], depth: u32) -> Option<Const> {
        // From the end: a tuple that is not constant mostly has a variable somewhere near.
        let mut items = Vec::with_capacity(elts.len());
        for e in elts {
            items.push(self.fold_at(e, depth + 1)?);
        }
        Some(Const::Tuple(items.into()))
    }

    /// All of `elts` as constants.
    pub(crate) fn all(self, elts: &[Expr]) -> Option<Box<[Const]>> {
        elts.iter().map(|e| self.fold(e)).collect::<Option<Vec<_>>>().map(Into::into)
    }
}

/// `bool(value)`
pub(crate) fn truth(value: &Const) -> bool {
    match value {
        Const::None => false,
        Const::Ellipsis | Const::Code(_) | Const::Slice(_) => true,
        Const::Bool(b) => *b,
        Const::Int(i) => *i != 0,
        Const::BigInt(_) => true,
        Const::Float(f) => f64::from_bits(f.0) != 0.0,
        Const::Complex(re, im) => f64::from_bits(re.0) != 0.0 || f64::from_bits(im.0) != 0.0,
        Const::Str(s) => !s.is_empty(),
        Const::Wide(s) => !s.is_empty(),
        Const::Bytes(s) => !s.is_empty(),
        Const::Tuple(s) | Const::FrozenSet(s) => !s.is_empty(),
    }
}

fn float(f: f64) -> Const {
    Const::Float(FloatBits(f.to_bits()))
}

fn as_int(value: &Const) -> Option<i128> {
    match value {
        Const::Int(i) => Some(i128::from(*i)),
        Const::Bool(b) => Some(i128::from(*b)),
        Const::BigInt(hex) if hex.len() <= 32 => i128::from_str_radix(hex, 16).ok(),
        _ => None,
    }
}

fn int(value: i128) -> Const {
    match i64::try_from(value) {
        Ok(i) => Const::Int(i),
        Err(_) if value < 0 => Const::BigInt(format!("-{:x}", value.unsigned_abs()).into()),
        Err(_) => Const::BigInt(format!("{value:x}").into()),
    }
}

/// The value as a float, if it is a float, or an int that a float holds exactly.
fn as_float(value: &Const) -> Option<f64> {
    match value {
        Const::Float(f) => Some(f64::from_bits(f.0)),
        _ => {
            let i = as_int(value)?;
            (i.unsigned_abs() < 1 << 53).then_some(i as f64)
        }
    }
}

fn as_complex(value: &Const) -> Option<(f64, f64)> {
    match value {
        Const::Complex(re, im) => Some((f64::from_bits(re.0), f64::from_bits(im.0))),
        _ => None,
    }
}

fn unary(op: UnaryOp, value: &Const) -> Option<Const> {
    if op == UnaryOp::Not {
        return Some(Const::Bool(!truth(value)));
    }
    if let Some(i) = as_int(value) {
        return match op {
            UnaryOp::USub => i.checked_neg().map(int),
            UnaryOp::UAdd => Some(int(i)),
            // On a bool it warns at run time.
            UnaryOp::Invert if matches!(value, Const::Bool(_)) => None,
            _ => Some(int(!i)),
        };
    }
    match (value, op) {
        (Const::Float(f), UnaryOp::USub) => Some(float(-f64::from_bits(f.0))),
        (Const::Float(_) | Const::Complex(..) | Const::BigInt(_), UnaryOp::UAdd) => {
            Some(value.clone())
        }
        (Const::Complex(re, im), UnaryOp::USub) => Some(Const::Complex(
            FloatBits((-f64::from_bits(re.0)).to_bits()),
            FloatBits((-f64::from_bits(im.0)).to_bits()),
        )),
        (Const::BigInt(digits), UnaryOp::USub) => Some(negative_big(digits)),
        _ => None,
    }
}

fn negative_big(digits: &str) -> Const {
    match digits.strip_prefix('-') {
        Some(positive) => Const::BigInt(positive.into()),
        None if digits == "8000000000000000" => Const::Int(i64::MIN),
        None => Const::BigInt(format!("-{digits}").into()),
    }
}

fn binary(left: &Const, op: Operator, right: &Const) -> Option<Const> {
    if let (Some(a), Some(b)) = (as_int(left), as_int(right)) {
        return int_binary(left, a, op, right, b);
    }
    if matches!(left, Const::Complex(..)) || matches!(right, Const::Complex(..)) {
        return complex_binary(left, op, right);
    }
    if let (Some(a), Some(b)) = (as_float(left), as_float(right)) {
        return match op {
            Operator::Add => Some(float(a + b)),
            Operator::Sub => Some(float(a - b)),
            Operator::Mult => Some(float(a * b)),
            Operator::Div if b != 0.0 => Some(float(a / b)),
            _ => None,
        };
    }
    match op {
        Operator::Add => concat(left, right),
        Operator::Mult => match (as_int(left), as_int(right)) {
            (_, Some(n)) => repeat(left, n),
            (Some(n), _) => repeat(right, n),
            _ => None,
        },
        _ => None,
    }
}

fn int_binary(left: &Const, a: i128, op: Operator, right: &Const, b: i128) -> Option<Const> {
    let both_bool = matches!((left, right), (Const::Bool(_), Const::Bool(_)));
    let result = match op {
        Operator::Add => a.checked_add(b)?,
        Operator::Sub => a.checked_sub(b)?,
        Operator::Mult => a.checked_mul(b)?,
        Operator::FloorDiv if b != 0 => {
            let q = a.checked_div(b)?;
            if a % b != 0 && (a < 0) != (b < 0) { q - 1 } else { q }
        }
        Operator::Mod if b != 0 => {
            let r = a.checked_rem(b)?;
            if r != 0 && (r < 0) != (b < 0) { r + b } else { r }
        }
        Operator::Div if b != 0 => {
            let (x, y) = (as_float(left)?, as_float(right)?);
            return Some(float(x / y));
        }
        Operator::Pow => a.checked_pow(u32::try_from(b).ok()?)?,
        Operator::LShift => {
            let shift = u32::try_from(b).ok().filter(|s| *s < 128)?;
            let shifted = a.checked_shl(shift)?;
            (shifted >> shift == a).then_some(shifted)?
        }
        Operator::RShift if b >= 0 => a >> b.min(127),
        Operator::BitAnd if both_bool => return Some(Const::Bool(a & b != 0)),
        Operator::BitOr if both_bool => return Some(Const::Bool(a | b != 0)),
        Operator::BitXor if both_bool => return Some(Const::Bool(a ^ b != 0)),
        Operator::BitAnd => a & b,
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        _ => return None,
    };
    Some(int(result))
}

/// Sums and differences with a complex operand: what makes literals like `1+2j`. A real operand leaves the
/// other's imaginary part alone (C99 Annex G, as CPython 3.14 does).
fn complex_binary(left: &Const, op: Operator, right: &Const) -> Option<Const> {
    let real = |c: &Const| as_float(c);
    let make =
        |re: f64, im: f64| Some(Const::Complex(FloatBits(re.to_bits()), FloatBits(im.to_bits())));
    match (as_complex(left), as_complex(right), op) {
        (Some(a), Some(b), Operator::Add) => make(a.0 + b.0, a.1 + b.1),
        (Some(a), Some(b), Operator::Sub) => make(a.0 - b.0, a.1 - b.1),
        (Some(a), None, Operator::Add) => make(a.0 + real(right)?, a.1),
        (Some(a), None, Operator::Sub) => make(a.0 - real(right)?, a.1),
        (None, Some(b), Operator::Add) => make(real(left)? + b.0, b.1),
        (None, Some(b), Operator::Sub) => make(real(left)? - b.0, -b.1),
        _ => None,
    }
}

fn concat(left: &Const, right: &Const) -> Option<Const> {
    match (left, right) {
        (Const::Str(a), Const::Str(b)) if a.len() + b.len() <= MAX_STR => {
            Some(Const::Str(format!("{a}{b}").into()))
        }
        (Const::Bytes(a), Const::Bytes(b)) if a.len() + b.len() <= MAX_STR => {
            Some(Const::Bytes([&a[..], &b[..]].concat().into()))
        }
        (Const::Tuple(a), Const::Tuple(b)) if a.len() + b.len() <= MAX_TUPLE => {
            Some(Const::Tuple([&a[..], &b[..]].concat().into()))
        }
        _ => None,
    }
}

fn repeat(value: &Const, n: i128) -> Option<Const> {
    let n = usize::try_from(n.max(0)).ok()?;
    let fits = |len: usize, max: usize| len.checked_mul(n).is_some_and(|total| total <= max);
    match value {
        Const::Str(s) if fits(s.len(), MAX_STR) => Some(Const::Str(s.repeat(n).into())),
        Const::Bytes(s) if fits(s.len(), MAX_STR) => Some(Const::Bytes(s.repeat(n).into())),
        Const::Tuple(s) if fits(s.len(), MAX_TUPLE) => {
            let items: Vec<Const> = s.iter().cloned().cycle().take(s.len() * n).collect();
            Some(Const::Tuple(items.into()))
        }
        _ => None,
    }
}

fn subscript(value: &Const, index: &Const) -> Option<Const> {
    let i = as_int(index)?;
    let at = |len: usize| {
        let i = if i < 0 { i.checked_add(len as i128)? } else { i };
        usize::try_from(i).ok().filter(|i| *i < len)
    };
    match value {
        Const::Str(s) => {
            let i = at(s.chars().count())?;
            s.chars().nth(i).map(|c| Const::Str(c.to_string().into()))
        }
        Const::Bytes(b) => at(b.len()).map(|i| Const::Int(i64::from(b[i]))),
        Const::Tuple(t) => at(t.len()).map(|i| t[i].clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int_op(a: i128, op: Operator, b: i128) -> Option<Const> {
        binary(&int(a), op, &int(b))
    }

    #[test]
    fn ints_fold_up_to_128_bits() {
        assert_eq!(int_op(2, Operator::Pow, 64), Some(Const::BigInt("10000000000000000".into())));
        assert_eq!(int_op(1, Operator::LShift, 63), Some(Const::BigInt("8000000000000000".into())));
        assert_eq!(
            int_op(1 << 64, Operator::Sub, 1),
            Some(Const::BigInt("ffffffffffffffff".into()))
        );
        assert_eq!(int_op(1 << 64, Operator::RShift, 60), Some(Const::Int(16)));
        assert_eq!(int_op(2, Operator::Pow, 127), None);
        assert_eq!(int_op(1, Operator::LShift, 200), None);
        assert_eq!(int_op(2, Operator::Pow, -1), None);
        assert_eq!(int_op(1, Operator::FloorDiv, 0), None);
        let minimum = unary(UnaryOp::USub, &Const::BigInt("8000000000000000".into()));
        assert_eq!(minimum, Some(Const::Int(i64::MIN)));
        let negative = unary(UnaryOp::USub, &Const::BigInt("f".repeat(80).into()));
        assert_eq!(negative, Some(Const::BigInt(format!("-{}", "f".repeat(80)).into())));
    }

    #[test]
    fn division_rounds_down() {
        for (a, b) in [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, 3), (-6, 3), (0, -5)] {
            let floor = (a as f64 / b as f64).floor() as i64;
            assert_eq!(int_op(a, Operator::FloorDiv, b), Some(Const::Int(floor)));
            let rest = a as i64 - floor * b as i64;
            assert_eq!(int_op(a, Operator::Mod, b), Some(Const::Int(rest)));
        }
    }

    #[test]
    fn what_may_be_large_or_raise_is_left_to_run_time() {
        let text = |s: &str| Const::Str(s.into());
        assert_eq!(binary(&text("ab"), Operator::Mult, &Const::Int(2)), Some(text("abab")));
        assert_eq!(binary(&text("ab"), Operator::Mult, &Const::Int(3000)), None);
        assert_eq!(binary(&text("ab"), Operator::Mult, &Const::Int(-1)), Some(text("")));
        assert_eq!(binary(&text("a"), Operator::Add, &Const::Int(1)), None);
        assert_eq!(subscript(&text("héx"), &Const::Int(-2)), Some(text("é")));
        assert_eq!(subscript(&text("a"), &Const::Int(1)), None);
        assert_eq!(unary(UnaryOp::Invert, &Const::Bool(true)), None);
        assert_eq!(binary(&float(1.0), Operator::Div, &float(0.0)), None);
    }
}
