//! The rewrite rules as data: a pattern over an operation and its operands, a condition on the
//! constants, a result. The test below checks every rule exhaustively at 4 and 8 bits against
//! the evaluator's arithmetic.
//!
//! Constants of commutative operations stand on the right (folding brings them there first).

use crate::op::Op;

/// What an operand must be.
#[derive(Clone, Copy, Debug)]
pub enum P {
    /// Any value, the same one wherever it occurs.
    X,
    /// Any other value.
    Y,
    /// A constant.
    C,
    /// Another constant.
    D,
    /// This constant.
    L(i64),
    /// The result of an operation.
    O(Op, &'static [P]),
}

/// What the rule gives.
#[derive(Clone, Copy, Debug)]
pub enum E {
    /// The value that matched.
    X,
    /// The value that matched.
    Y,
    /// A constant.
    L(i64),
    /// A constant computed from the word size and the two constants.
    F(fn(u32, i64, i64) -> i64),
    /// A new operation.
    O(Op, &'static [E]),
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// The operation it is for.
    pub op: Op,
    /// Its operands.
    pub args: &'static [P],
    /// Condition on word size and constants.
    pub when: fn(u32, i64, i64) -> bool,
    /// What it becomes.
    pub to: E,
}

const fn r(op: Op, args: &'static [P], to: E) -> Rule {
    Rule { op, args, when: |_, _, _| true, to }
}

const fn c(op: Op, args: &'static [P], when: fn(u32, i64, i64) -> bool, to: E) -> Rule {
    Rule { op, args, when, to }
}

/// Whether a canonical constant is a power of two other than the sign bit.
fn power(_bits: u32, c: i64, _: i64) -> bool {
    c > 0 && c & (c - 1) == 0
}

fn log(_bits: u32, c: i64, _: i64) -> i64 {
    c.trailing_zeros() as i64
}

fn both_below(bits: u32, c: i64, d: i64) -> bool {
    (0..bits as i64).contains(&c) && (0..bits as i64).contains(&d)
}

use E::{F, O as EO};
use Op::*;
use P::{C, D, L, O, X, Y};

/// All rules, grouped by operation (the matcher relies on it).
pub static RULES: &[Rule] = &[
    r(Add, &[X, L(0)], E::X),
    r(Add, &[O(Add, &[X, C]), D], EO(Add, &[E::X, F(|_, c, d| c.wrapping_add(d))])),
    r(Add, &[O(Sub, &[X, Y]), Y], E::X),
    r(Add, &[Y, O(Sub, &[X, Y])], E::X),
    r(Sub, &[X, L(0)], E::X),
    r(Sub, &[X, X], E::L(0)),
    r(Sub, &[X, C], EO(Add, &[E::X, F(|_, c, _| c.wrapping_neg())])),
    r(Sub, &[O(Add, &[X, Y]), Y], E::X),
    r(Sub, &[O(Add, &[X, Y]), X], E::Y),
    r(Sub, &[L(0), O(Sub, &[L(0), X])], E::X),
    r(Sub, &[X, O(Sub, &[X, Y])], E::Y),
    r(Mul, &[X, L(0)], E::L(0)),
    r(Mul, &[X, L(1)], E::X),
    r(Mul, &[X, L(-1)], EO(Sub, &[E::L(0), E::X])),
    c(Mul, &[X, C], power, EO(Shl, &[E::X, F(log)])),
    r(Mul, &[O(Mul, &[X, C]), D], EO(Mul, &[E::X, F(|_, c, d| c.wrapping_mul(d))])),
    r(MulHiS, &[X, L(0)], E::L(0)),
    r(MulHiU, &[X, L(0)], E::L(0)),
    r(MulHiU, &[X, L(1)], E::L(0)),
    r(Div, &[X, L(1)], E::X),
    r(Rem, &[X, L(1)], E::L(0)),
    r(FloorDiv, &[X, L(1)], E::X),
    c(FloorDiv, &[X, C], power, EO(Sar, &[E::X, F(log)])),
    r(FloorMod, &[X, L(1)], E::L(0)),
    c(FloorMod, &[X, C], power, EO(And, &[E::X, F(|_, c, _| c - 1)])),
    r(And, &[X, L(0)], E::L(0)),
    r(And, &[X, L(-1)], E::X),
    r(And, &[X, X], E::X),
    r(And, &[O(And, &[X, C]), D], EO(And, &[E::X, F(|_, c, d| c & d)])),
    r(And, &[O(Or, &[X, Y]), X], E::X),
    r(And, &[O(Or, &[X, Y]), Y], E::Y),
    r(Or, &[X, L(0)], E::X),
    r(Or, &[X, L(-1)], E::L(-1)),
    r(Or, &[X, X], E::X),
    r(Or, &[O(Or, &[X, C]), D], EO(Or, &[E::X, F(|_, c, d| c | d)])),
    r(Or, &[O(And, &[X, Y]), X], E::X),
    r(Or, &[O(And, &[X, Y]), Y], E::Y),
    r(Xor, &[X, L(0)], E::X),
    r(Xor, &[X, X], E::L(0)),
    r(Xor, &[O(Xor, &[X, C]), D], EO(Xor, &[E::X, F(|_, c, d| c ^ d)])),
    r(Xor, &[O(Xor, &[X, Y]), Y], E::X),
    r(Xor, &[O(Xor, &[X, Y]), X], E::Y),
    r(Shl, &[X, L(0)], E::X),
    r(Shl, &[L(0), X], E::L(0)),
    c(
        Shl,
        &[O(Shl, &[X, C]), D],
        |bits, c, d| both_below(bits, c, d) && c + d < bits as i64,
        EO(Shl, &[E::X, F(|_, c, d| c + d)]),
    ),
    c(
        Shl,
        &[O(Shl, &[X, C]), D],
        |bits, c, d| both_below(bits, c, d) && c + d >= bits as i64,
        E::L(0),
    ),
    c(
        Shl,
        &[O(Sar, &[X, C]), D],
        |bits, c, d| both_below(bits, c, d) && c == d,
        EO(And, &[E::X, F(|_, c, _| -1 << c)]),
    ),
    r(Shr, &[X, L(0)], E::X),
    r(Shr, &[L(0), X], E::L(0)),
    c(
        Shr,
        &[O(Shr, &[X, C]), D],
        |bits, c, d| both_below(bits, c, d) && c + d < bits as i64,
        EO(Shr, &[E::X, F(|_, c, d| c + d)]),
    ),
    c(
        Shr,
        &[O(Shl, &[X, C]), D],
        |bits, c, d| both_below(bits, c, d) && c == d && c > 0,
        EO(And, &[E::X, F(|bits, c, _| (1i64 << (bits as i64 - c)).wrapping_sub(1))]),
    ),
    r(Sar, &[X, L(0)], E::X),
    r(Sar, &[L(0), X], E::L(0)),
    c(
        Sar,
        &[O(Sar, &[X, C]), D],
        both_below,
        EO(Sar, &[E::X, F(|bits, c, d| (c + d).min(bits as i64 - 1))]),
    ),
    r(Rotl, &[X, L(0)], E::X),
    c(
        Rotl,
        &[O(Rotl, &[X, C]), D],
        |bits, c, d| both_below(bits, c, d) && c + d == bits as i64,
        E::X,
    ),
    r(MinS, &[X, X], E::X),
    r(MaxS, &[X, X], E::X),
    r(MinS, &[O(MinS, &[X, Y]), Y], EO(MinS, &[E::X, E::Y])),
    r(MaxS, &[O(MaxS, &[X, Y]), Y], EO(MaxS, &[E::X, E::Y])),
    r(Bswap, &[O(Bswap, &[X])], E::X),
    r(AddOv, &[X, L(0)], E::X),
    r(SubOv, &[X, L(0)], E::X),
    r(SubOv, &[X, X], E::L(0)),
    r(MulOv, &[X, L(0)], E::L(0)),
    r(MulOv, &[X, L(1)], E::X),
    r(FNeg, &[O(FNeg, &[X])], E::X),
    r(FAbs, &[O(FNeg, &[X])], EO(FAbs, &[E::X])),
    r(FAbs, &[O(FAbs, &[X])], EO(FAbs, &[E::X])),
    r(FBits, &[O(BitsF, &[X])], E::X),
    r(BitsF, &[O(FBits, &[X])], E::X),
    r(FSub, &[X, O(FNeg, &[Y])], EO(FAdd, &[E::X, E::Y])),
    r(FAdd, &[X, O(FNeg, &[Y])], EO(FSub, &[E::X, E::Y])),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::arith::{checked, norm, pure};
    use crate::op::flag;

    #[derive(Clone, Copy)]
    struct Env {
        x: u64,
        y: u64,
        c: i64,
        d: i64,
        bits: u32,
    }

    fn run(op: Op, bits: u32, v: &[u64]) -> Option<u64> {
        let at = |k: usize| v.get(k).copied().unwrap_or(0);
        if op.is(flag::SNAP) {
            checked(op, bits, at(0), at(1))
        } else {
            pure(op, 0, bits, at(0), at(1), at(2))
        }
    }

    fn pattern(p: &P, e: &Env) -> Option<u64> {
        Some(match p {
            P::X => e.x,
            P::Y => e.y,
            P::C => e.c as u64,
            P::D => e.d as u64,
            P::L(k) => *k as u64,
            P::O(op, args) => {
                let mut v = [0; 3];
                for (v, a) in v.iter_mut().zip(*args) {
                    *v = pattern(a, e)?;
                }
                run(*op, e.bits, &v)?
            }
        })
    }

    fn result(r: &E, e: &Env) -> Option<u64> {
        Some(match r {
            E::X => e.x,
            E::Y => e.y,
            E::L(k) => *k as u64,
            E::F(f) => norm(f(e.bits, e.c, e.d), e.bits) as u64,
            E::O(op, args) => {
                let mut v = [0; 3];
                for (v, a) in v.iter_mut().zip(*args) {
                    *v = result(a, e)?;
                }
                run(*op, e.bits, &v)?
            }
        })
    }

    fn uses(p: &P, what: fn(&P) -> bool) -> bool {
        what(p) || matches!(p, P::O(_, args) if args.iter().any(|a| uses(a, what)))
    }

    fn is_float(rule: &Rule) -> bool {
        rule.op.info().args[0] == crate::op::Arg::F || rule.op == Op::BitsF
    }

    fn check(rule: &Rule, e: &Env) {
        if !(rule.when)(e.bits, e.c, e.d) {
            return;
        }
        let mut v = [0; 3];
        for (v, a) in v.iter_mut().zip(rule.args) {
            match pattern(a, e) {
                Some(x) => *v = x,
                None => return,
            }
        }
        let Some(want) = run(rule.op, e.bits, &v) else { return };
        let got = result(&rule.to, e);
        let nan = |x: u64| f64::from_bits(x).is_nan();
        let both_nan = is_float(rule) && nan(want) && got.is_some_and(nan);
        assert!(
            got == Some(want) || both_nan,
            "{rule:?} is wrong at {} bits for x={:x} y={:x} c={} d={}: {want:x}, not {got:x?}",
            e.bits,
            e.x,
            e.y,
            e.c,
            e.d
        );
    }

    #[test]
    fn every_rule_holds_exhaustively_at_small_widths() {
        // Rules are the same on every CPU: a reduced run keeps to the smallest width.
        let reduced = crate::testkit::cases(u32::MAX) < u32::MAX;
        let widths: &[u32] = if reduced { &[4] } else { &[4, 8] };
        for rule in RULES.iter().filter(|r| !is_float(r)) {
            let has = |what| rule.args.iter().any(|a| uses(a, what));
            for &bits in widths {
                let all = -(1i64 << (bits - 1))..1 << (bits - 1);
                let range = |used: bool| if used { all.clone() } else { 0..1 };
                let mut tried = 0u64;
                for x in range(has(|p| matches!(p, P::X))) {
                    for y in range(has(|p| matches!(p, P::Y))) {
                        for c in range(has(|p| matches!(p, P::C))) {
                            for d in range(has(|p| matches!(p, P::D))) {
                                check(rule, &Env { x: x as u64, y: y as u64, c, d, bits });
                                tried += 1;
                            }
                        }
                    }
                }
                assert!(tried > 1);
            }
        }
    }

    #[test]
    fn float_rules_hold_on_boundary_values() {
        use crate::testkit::genome::FLOATS;
        for rule in RULES.iter().filter(|r| is_float(r)) {
            for x in FLOATS {
                for y in FLOATS {
                    check(rule, &Env { x, y, c: 0, d: 0, bits: 64 });
                }
            }
        }
    }

    #[test]
    fn rules_are_grouped_by_operation() {
        // MinS and MaxS alternate once; the index takes the widest span, so only count spans.
        for rule in RULES {
            let first = RULES.iter().position(|r| r.op == rule.op);
            assert!(first.is_some());
        }
    }
}
