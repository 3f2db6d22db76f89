//! Checks the invariants of a trace: definitions before uses, operand types by the op table,
//! structure of loop and phis, one end, numbers within their tables. The optimiser and the
//! allocator rely on what is checked here.

use crate::op::{Arg, Aux, Op, Res, flag};
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Class, Ty, Word};

/// Checks a trace; the error names the instruction.
pub fn verify(trace: &Trace, schema: &Schema) -> Result<(), String> {
    let v = Verifier { trace, schema };
    let n = trace.insts.len();
    let mut loops = 0;
    for (i, inst) in trace.insts.iter().enumerate() {
        v.inst(i, inst).map_err(|e| {
            format!("{e} in instruction {i}: {}", crate::print::line(trace, schema, i, inst))
        })?;
        loops += (inst.op == Op::Loop) as usize;
        if inst.op.is(flag::END) != (i + 1 == n) {
            return Err(format!("instruction {i}: the trace must end here or later"));
        }
        if inst.op == Op::Jump && loops == 0 {
            return Err("a back edge without a loop".into());
        }
    }
    match (n, loops) {
        (0, _) => Err("the trace is empty".into()),
        (_, 0 | 1) => Ok(()),
        _ => Err("two loop headers".into()),
    }
}

struct Verifier<'a> {
    trace: &'a Trace,
    schema: &'a Schema,
}

impl Verifier<'_> {
    fn inst(&self, i: usize, inst: &Inst) -> Result<(), String> {
        let info = inst.op.info();
        match info.res {
            Res::Is(t) if t != inst.ty => return Err("wrong result type".into()),
            Res::Any if inst.ty == Ty::V && inst.op != Op::Call => {
                return Err("result type missing".into());
            }
            _ => {}
        }
        if inst.op.is(flag::WIDE) && self.trace.target.word == Word::W32 {
            return Err("needs 64-bit words".into());
        }
        self.aux(inst)?;
        self.structure(i, inst)?;
        if inst.op.is(flag::LIST) {
            let end = inst.a.0 as usize
                + match inst.op {
                    Op::Call => self.schema.sigs[inst.aux as usize].args.len(),
                    _ => inst.b.0 as usize,
                };
            if end > self.trace.args.len() {
                return Err("argument list out of range".into());
            }
            for (k, &r) in self.trace.list(inst, self.schema).iter().enumerate() {
                let ty = self.used(i, r)?;
                if inst.op == Op::Call {
                    let want = self.schema.sigs[inst.aux as usize].args[k];
                    if ty.class() != want.class() {
                        return Err(format!("argument {k} has the wrong class"));
                    }
                }
            }
        } else {
            self.args(i, inst)?;
        }
        if let Some(s) = inst.snap() {
            let snap = self.trace.snaps.get(s).ok_or("no such snapshot")?;
            if (snap.start + snap.len) as usize > self.trace.slots.len() {
                return Err("snapshot out of range".into());
            }
            let mut seen = Vec::new();
            for &(_, r) in self.trace.snap_slots(s) {
                self.slot(i, r, &mut seen)?;
            }
        }
        Ok(())
    }

    fn aux(&self, inst: &Inst) -> Result<(), String> {
        let (n, s) = (inst.aux as usize, self.schema);
        let ok = match inst.op.info().aux {
            Aux::No => n == 0,
            Aux::Cc => n < if inst.op == Op::GuardMask { 2 } else { 10 },
            Aux::Fcc => n < 6,
            Aux::Index => true,
            Aux::Bits => n == 8 || n == 16 || (n == 32 && self.trace.target.word == Word::W64),
            Aux::Field => n < s.fields.len(),
            Aux::Shape => n < s.shapes.len(),
            Aux::Sig => n < s.sigs.len() && s.sigs[n].ret == inst.ty,
        };
        if ok { Ok(()) } else { Err("bad extra field".into()) }
    }

    fn structure(&self, i: usize, inst: &Inst) -> Result<(), String> {
        let before = i.checked_sub(1).map(|p| self.trace.insts[p].op);
        match inst.op {
            Op::Phi if !matches!(before, Some(Op::Loop | Op::Phi)) => {
                Err("a phi must follow the loop header".into())
            }
            Op::Input if !matches!(before, None | Some(Op::Input)) => {
                Err("inputs come first".into())
            }
            _ => Ok(()),
        }
    }

    fn args(&self, i: usize, inst: &Inst) -> Result<(), String> {
        let mut same = None;
        for (k, &arg) in inst.op.info().args.iter().enumerate() {
            let back = inst.op == Op::Phi && k == 1;
            let at = if back { self.trace.insts.len() } else { i };
            let ty = self.used(at, inst.arg(k))?;
            let ok = match arg {
                // Lowering takes casts away.
                Arg::W if self.trace.barriers_explicit => ty.class() == Class::Int,
                Arg::W => ty == Ty::W,
                Arg::F => ty == Ty::F,
                Arg::B => ty == Ty::B,
                Arg::I | Arg::A | Arg::R if self.trace.barriers_explicit => {
                    ty.class() == Class::Int
                }
                Arg::T if self.trace.barriers_explicit => ty.class() == inst.ty.class(),
                Arg::A => matches!(ty, Ty::R | Ty::P),
                Arg::R => ty == Ty::R,
                Arg::I => ty.class() == Class::Int && *same.get_or_insert(ty) == ty,
                Arg::T => ty == inst.ty,
                Arg::X => {
                    let want = self.schema.fields[inst.aux as usize].ty;
                    let lowered = self.trace.barriers_explicit;
                    ty == want || (lowered && ty.class() == want.class())
                }
            };
            if !ok {
                return Err(format!("operand {k} has the wrong type"));
            }
        }
        let loads = matches!(inst.op, Op::Load | Op::LoadX);
        if loads && inst.ty != self.schema.fields[inst.aux as usize].ty {
            return Err("the field has another type".into());
        }
        if inst.op == Op::Cast && inst.ty.class() != Class::Int {
            return Err("casts are between general types".into());
        }
        Ok(())
    }

    fn used(&self, at: usize, r: Ref) -> Result<Ty, String> {
        if r.as_virt().is_some() {
            return Err("virtual object used outside a snapshot".into());
        }
        match self.trace.ty(r) {
            Some(Ty::V) | None => Err("operand is no value".into()),
            Some(t) if r.as_inst().is_none_or(|d| d < at) => Ok(t),
            Some(_) => Err("operand is defined later".into()),
        }
    }

    /// A snapshot's value: virtual objects are followed, each once.
    fn slot(&self, at: usize, r: Ref, seen: &mut Vec<usize>) -> Result<(), String> {
        let Some(v) = r.as_virt() else { return self.used(at, r).map(|_| ()) };
        if seen.contains(&v) {
            return Ok(());
        }
        seen.push(v);
        let Some(x) = self.trace.virtuals.get(v) else { return Err("no such virtual".into()) };
        if x.shape as usize >= self.schema.shapes.len() {
            return Err("no such shape".into());
        }
        for &(f, r) in self.trace.virt_fields(v) {
            if f as usize >= self.schema.fields.len() {
                return Err("no such field".into());
            }
            self.slot(at, r, seen)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Target;

    fn error(text: &str) -> String {
        let m = crate::parse::module(text, Target::LE64).expect("parses");
        verify(&m.trace, &m.schema).expect_err("must be refused")
    }

    #[test]
    fn wrong_traces_are_refused() {
        assert!(error("trace\n%0 = input W 0\n%1 = fadd %0, 1.0\nexit [0 |]").contains("type"));
        assert!(error("trace\n%0 = input W 0\n").contains("end"));
        assert!(error("trace\njump\n").contains("without a loop"));
        assert!(error("trace\nloop\nloop\njump\n").contains("two loop"));
        assert!(error("trace\n%0 = input W 0\n%1 = phi W %0, %0\njump").contains("follow"));
        assert!(error("trace\n%1 = add @0, 1\nexit [0 |]\n").contains("virtual"));
        assert!(error("target le32\ntrace\n%0 = bitsf 1\nexit [0 |]").contains("64-bit"));
    }
}
