//! Numbers in value words: a loop that boxes a number in one round and unboxes it in the next carries the number itself.
//!
//! The forms are recognised by the operations that make them: an int is doubled and made odd, the bits of a float are
//! moved and rotated by constants. Whoever makes words in another way loses nothing but this.

use super::Optimizer;
use super::facts::Fact;
use crate::op::Op;
use crate::trace::{Inst, Ref};
use crate::types::Ty;

/// How a value word was made of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Boxed {
    /// The number, of type `W` or `F`.
    pub number: Ref,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Int,
    /// Added to the bits, then rotated left.
    Float(Ref, Ref),
}

impl Boxed {
    /// Whether both are numbers of one kind, boxed in the same way.
    pub fn alike(&self, other: &Boxed) -> bool {
        self.form == other.form
    }
}

impl Optimizer<'_> {
    fn made_by(&self, r: Ref, op: Op) -> Option<Inst> {
        r.as_inst().map(|i| self.out.insts[i]).filter(|i| i.op == op)
    }
    /// The number in a value word, if it was boxed in this trace.
    pub(super) fn boxed(&self, r: Ref) -> Option<Boxed> {
        let word = self.made_by(r, Op::Cast).filter(|i| i.ty == Ty::R)?.a;
        if let Some(or) = self.made_by(word, Op::Or) {
            let doubled = or.a.as_inst().map(|i| self.out.insts[i])?;
            let twice = matches!(doubled.op, Op::Add | Op::AddOv) && doubled.a == doubled.b;
            let odd = self.out.const_word(or.b) == Some(1);
            return (twice && odd).then_some(Boxed { number: doubled.a, form: Form::Int });
        }
        let turned = self.made_by(word, Op::Rotl)?;
        let moved = self.made_by(turned.a, Op::Add)?;
        let bits = self.made_by(moved.a, Op::FBits)?;
        let form = Form::Float(moved.b, turned.b);
        let fixed = moved.b.as_const().is_some() && turned.b.as_const().is_some();
        fixed.then_some(Boxed { number: bits.a, form })
    }
    /// Boxes `number`, which some round has boxed before, in the way of `like`.
    pub(super) fn box_again(&mut self, number: Ref, like: &Boxed) -> Ref {
        let mut op2 = |op, a, b| self.emit(op, Ty::W, 0, [a, b, Ref::NONE]);
        let word = match like.form {
            Form::Int => {
                let doubled = op2(Op::Add, number, number);
                let one = self.out.word(1);
                self.emit(Op::Or, Ty::W, 0, [doubled, one, Ref::NONE])
            }
            Form::Float(offset, turn) => {
                let bits = self.emit(Op::FBits, Ty::W, 0, [number, Ref::NONE, Ref::NONE]);
                let moved = self.emit(Op::Add, Ty::W, 0, [bits, offset, Ref::NONE]);
                self.emit(Op::Rotl, Ty::W, 0, [moved, turn, Ref::NONE])
            }
        };
        self.emit(Op::Cast, Ty::R, 0, [word, Ref::NONE, Ref::NONE])
    }
    /// A phi of ints that are boxed in each round: doubling them does not overflow.
    pub(super) fn assume_boxable(&mut self, phi: Ref) {
        let word = self.out.target.word;
        if let Some(at) = phi.as_inst().filter(|_| self.out.ty(phi) == Some(Ty::W)) {
            self.facts.assume(at, Fact::range(word.min() >> 1, word.max() >> 1));
        }
    }
}
