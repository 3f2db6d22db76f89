//! Bounded polymorphism: instructions that have met several kinds of operands.
//!
//! Each kind of operand that comes to an instruction gets a bridge of its own, made for it. When four have come, the next
//! trace does the instruction by a quick call that takes all of them, so that the chain of bridges ends: operators on
//! any numbers, attributes by the cache that all sites share.

use super::answers as quick;
use super::domain::{Rec, V};
use super::quick::Does;
use crate::interp::residual::site_name;
use crate::interp::{Dom, S, Tx};
use pyrs_bytecode::{Insn, Op as Code};

impl Rec<'_, '_> {
    /// Does an instruction without regard to the kinds of its operands, if there is a way.
    pub(super) fn generic(&mut self, i: Insn) -> Option<S> {
        use Code::*;
        if self.r.status != super::recorder::Status::Going {
            return None;
        }
        match Code::from_byte(i.op_byte())? {
            GetAttr => {
                let x = self.reg(i.b());
                let name = self.name_here();
                let v = self.ask(Does::Looks, quick::attribute, &[x, name])?;
                self.store(i, v, 1)
            }
            LoadMethod => {
                let x = self.reg(i.b());
                let name = self.name_here();
                let f = self.ask(Does::Looks, quick::method, &[x, name])?;
                self.set(i.a(), f);
                self.set(i.a() + 4, x);
                Some(self.s.skip(1))
            }
            SetAttr => {
                let (x, new) = (self.reg(i.a()), self.reg(i.b()));
                let name = self.name_here();
                self.ask(Does::Any, quick::set_attribute, &[x, name, new])?;
                self.r.effect();
                Some(self.s.skip(1))
            }
            op if is_operator(op) => self.quick(i),
            _ => None,
        }
    }
    fn name_here(&mut self) -> V {
        let name = site_name(self.vm, self.s);
        self.value(name.value())
    }
}

/// What quick calls do for operands of all built-in types.
fn is_operator(op: Code) -> bool {
    use Code::*;
    let between = |first: Code, last: Code| (first as u8..=last as u8).contains(&(op as u8));
    between(Add, Xor)
        || between(InplaceAdd, InplaceXor)
        || between(AddImm, AndImm)
        || between(Lt, Ge)
        || between(JumpLt, JumpGe)
        || between(JumpLtImm, JumpGeImm)
        || matches!(op, InplaceAddImm | InplaceSubImm | Negative | Positive | Invert | GetItem)
}
