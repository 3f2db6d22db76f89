//! A machine that does not exist: three general and two floating-point registers, with every
//! kind of constraint real machines have (tied operands, fixed registers, overwritten registers,
//! small immediates, scratch registers, early results). A simulator runs allocated code on it,
//! so that the allocator is tested without silicon.

use crate::eval::memory::Image;
use crate::eval::{End, Helpers, arith, restore};
use crate::op::{Op, flag};
use crate::ra::{AInst, Allocated, Cons, Def, Loc, Machine, RegFile, RegSet, Use};
use crate::schema::{Schema, Sig};
use crate::trace::{Inst, Trace};
use crate::types::{Cc, Class, Fcc, Ty};
use std::collections::HashMap;

/// The register card.
#[derive(Debug)]
pub struct Fake {
    regs: RegFile,
}

/// Immediates of eight signed bits.
const IMM8: u8 = 0;

impl Default for Fake {
    fn default() -> Fake {
        Fake {
            regs: RegFile {
                allocatable: RegSet::of(&[0, 1, 2, 32, 33]),
                caller_saved: RegSet::of(&[0, 1, 32, 33]),
                ctx: 3,
                scratch: [4, 34],
            },
        }
    }
}

impl Machine for Fake {
    fn regs(&self) -> &RegFile {
        &self.regs
    }

    fn cons(&self, trace: &Trace, schema: &Schema, inst: &Inst) -> Cons {
        use Use::{Fixed, Imm, Mem, MemImm, No, Reg};
        let _ = schema;
        match inst.op {
            Op::Guard | Op::GuardMask => Cons::new([Mem, MemImm(IMM8), No], Def::No),
            Op::FGuard => Cons::new([Reg, Mem, No], Def::No),
            Op::GuardTrue | Op::GuardFalse => Cons::new([Mem, No, No], Def::No),
            Op::AddOv | Op::SubOv => Cons::new([Reg, MemImm(IMM8), No], Def::Same(0)).undo(),
            Op::Add | Op::And | Op::AddP => Cons::new([Reg, MemImm(IMM8), No], Def::Same(0)),
            Op::MulOv => Cons::new([Reg, Reg, No], Def::Same(0)).temps(1, 0).early(),
            Op::Shl | Op::Shr | Op::Sar => {
                if trace.const_word(inst.b).is_some() {
                    Cons::new([Reg, Imm(IMM8), No], Def::Same(0))
                } else {
                    Cons::new([Reg, Fixed(1), No], Def::Same(0))
                }
            }
            Op::Div => Cons::new([Fixed(0), Reg, No], Def::Fixed(0)).clobbers(RegSet::of(&[0, 1])),
            Op::Rem => Cons::new([Fixed(0), Mem, No], Def::Fixed(1)).clobbers(RegSet::of(&[0, 1])),
            Op::MulHiU => Cons::new([Fixed(1), Mem, No], Def::Fixed(0)).clobbers(RegSet::of(&[1])),
            Op::Select => {
                let other = if inst.ty == Ty::F { Reg } else { Mem };
                Cons::new([Reg, Reg, other], Def::Same(1))
            }
            Op::Cast | Op::SExt | Op::FNeg => Cons::new([Reg, No, No], Def::Same(0)),
            Op::MinS | Op::MaxS => Cons::new([Reg, Imm(IMM8), No], Def::Reg).early(),
            Op::Clz => Cons::new([Mem, No, No], Def::Reg).temps(1, 0),
            Op::FAdd | Op::FMul => Cons::new([Reg, Mem, No], Def::Same(0)),
            Op::FtoWExact => Cons::new([Reg, No, No], Def::Reg).temps(0, 1).early(),
            Op::FtoWTrunc | Op::WtoF => Cons::new([Mem, No, No], Def::Reg),
            Op::Store => Cons::new([Reg, Imm(IMM8), No], Def::No),
            Op::New => Cons::new([No, No, No], Def::Reg).temps(1, 0),
            _ => {
                let mut ins = [No; 3];
                ins[..inst.op.arity()].fill(Reg);
                Cons::new(ins, if inst.ty == Ty::V { Def::No } else { Def::Reg })
            }
        }
    }

    fn fits(&self, _kind: u8, value: i64) -> bool {
        (-128..128).contains(&value)
    }

    fn call(&self, sig: &Sig) -> (Vec<Loc>, u8) {
        let (mut ints, mut floats, mut out) = ([0, 1].iter(), [32].iter(), 0);
        let place = |t: &Ty| {
            let next = if t.class() == Class::Int { ints.next() } else { floats.next() };
            next.map_or_else(
                || {
                    out += 1;
                    Loc::Out(out - 1)
                },
                |&r| Loc::Reg(r),
            )
        };
        let places = sig.args.iter().map(place).collect();
        (places, if sig.ret == Ty::F { 32 } else { 0 })
    }
}

/// How a simulation ended.
#[derive(Clone, Debug)]
pub enum SimEnd {
    /// Through exit number `0`; the state is restored from the machine's places.
    Exit(usize, End),
    /// Linked to this trace; the places are as its entry wants them.
    Link(u16),
}

/// The simulator: places and what they hold. It outlives a trace, so that bridges start from
/// the registers and cells their parent left.
#[derive(Debug, Default)]
pub struct Simulator {
    /// Contents.
    pub places: HashMap<Loc, u64>,
    /// Instruction that fails when it is reached.
    pub force: Option<usize>,
    /// State of the generator of what overwritten places hold.
    pub garbage: u64,
}

/// A trace with everything a simulation needs to know about it.
#[derive(Clone, Copy)]
pub struct Code<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Its schema.
    pub schema: &'a Schema,
    /// Its allocation.
    pub allocated: &'a Allocated,
    /// The machine it was made for.
    pub machine: &'a dyn Machine,
}

impl Simulator {
    /// Runs from the top (`at_entry` false) or from where links arrive.
    pub fn run(
        &mut self,
        code: Code<'_>,
        ctx: u64,
        at_entry: bool,
        memory: &mut Image,
        helpers: &mut dyn Helpers,
    ) -> Result<SimEnd, String> {
        let list = &code.allocated.code;
        let find = |what: AInst| list.iter().position(|a| *a == what);
        let mut k = if at_entry { find(AInst::Entry).unwrap_or(0) } else { 0 };
        let head = find(AInst::LoopHead);
        self.places.insert(Loc::Reg(code.machine.regs().ctx), ctx);
        for _ in 0..1_000_000 {
            match list.get(k).ok_or("ran off the end")? {
                AInst::Move { dst, src, .. } => {
                    let v = self.read(code.trace, *src)?;
                    self.places.insert(*dst, v);
                }
                AInst::Op { inst, out, ins, tmp, exit, undo } => {
                    let i = *inst as usize;
                    match self.op(code, i, *ins, memory, helpers)? {
                        Some(v) => {
                            self.scribble(code, i, tmp);
                            if *out != Loc::None {
                                self.places.insert(*out, v);
                            }
                        }
                        None => {
                            self.scribble(code, i, tmp);
                            if *out != Loc::None && !undo {
                                self.garbage(*out);
                            }
                            return self.leave(code, i, *exit as usize);
                        }
                    }
                }
                AInst::Entry | AInst::LoopHead => {}
                AInst::Jump => k = head.ok_or("no loop")?,
                AInst::Link(n) => return Ok(SimEnd::Link(*n)),
            }
            k += 1;
        }
        Err("fuel exhausted".into())
    }

    fn read(&self, trace: &Trace, loc: Loc) -> Result<u64, String> {
        match loc {
            Loc::Const(c) => Ok(trace.consts[c as usize].bits),
            _ => self.places.get(&loc).copied().ok_or(format!("{loc:?} was never written")),
        }
    }

    fn garbage(&mut self, loc: Loc) {
        self.garbage = self.garbage.wrapping_mul(6364136223846793005).wrapping_add(0x5bd1_e995);
        self.places.insert(loc, self.garbage);
    }

    /// Overwrites what the instruction may overwrite.
    fn scribble(&mut self, code: Code<'_>, i: usize, tmp: &[u8; 2]) {
        let inst = &code.trace.insts[i];
        let gone = match inst.op {
            Op::Call => code.machine.regs().caller_saved,
            Op::Exit => RegSet::EMPTY,
            _ => code.machine.cons(code.trace, code.schema, inst).clobbers,
        };
        gone.iter().for_each(|r| self.garbage(Loc::Reg(r)));
        tmp.iter().filter(|&&t| t != 255).for_each(|&t| self.garbage(Loc::Reg(t)));
    }

    /// Result of an instruction, `None` if it leaves the trace.
    fn op(
        &mut self,
        code: Code<'_>,
        i: usize,
        ins: [Loc; 3],
        memory: &mut Image,
        helpers: &mut dyn Helpers,
    ) -> Result<Option<u64>, String> {
        let (trace, inst) = (code.trace, code.trace.insts[i]);
        let bits = trace.target.word.bits();
        if inst.op.is(flag::SNAP) && self.force == Some(i) {
            return Ok(None);
        }
        if inst.op == Op::Call {
            let sig = &code.schema.sigs[inst.aux as usize];
            let (places, _) = code.machine.call(sig);
            let args =
                places.iter().map(|&l| self.read(trace, l)).collect::<Result<Vec<_>, _>>()?;
            let r = helpers.call(sig.helper, &args, memory);
            let r = if sig.ret == Ty::F { r } else { arith::norm(r as i64, bits) as u64 };
            return Ok(Some(r));
        }
        let mut v = [0; 3];
        for k in 0..inst.op.arity() {
            v[k] = self.read(trace, ins[k])?;
        }
        let [a, b, c] = v;
        let field = code.schema.fields.get(inst.aux as usize);
        let bad = || format!("instruction {i}: precondition or address violated");
        let f = || field.ok_or("no such field".to_string());
        let pass = |ok: bool| Ok(ok.then_some(0));
        match inst.op {
            Op::Exit => Ok(None),
            Op::Guard => pass(Cc::from_bits(inst.aux).holds(a as i64, b as i64)),
            Op::GuardMask => pass(Cc::from_bits(inst.aux).holds((a & b) as i64, 0)),
            Op::FGuard => {
                pass(Fcc::from_bits(inst.aux).holds(f64::from_bits(a), f64::from_bits(b)))
            }
            Op::GuardTrue => pass(a != 0),
            Op::GuardFalse => pass(a == 0),
            Op::AddOv | Op::SubOv | Op::MulOv | Op::FtoWExact | Op::FtoWTrunc => {
                Ok(arith::checked(inst.op, bits, a, b))
            }
            Op::Load => memory.load(f()?, a, 0).ok_or_else(bad).map(Some),
            Op::LoadX => memory.load(f()?, a, b).ok_or_else(bad).map(Some),
            Op::Store => memory.store(f()?, a, 0, b).ok_or_else(bad).map(|()| Some(0)),
            Op::StoreX => memory.store(f()?, a, b, c).ok_or_else(bad).map(|()| Some(0)),
            Op::WBar => memory.barrier(a).ok_or_else(bad).map(|()| Some(0)),
            Op::New => memory.alloc(code.schema, inst.aux).ok_or_else(bad).map(Some),
            _ => arith::pure(inst.op, inst.aux, bits, a, b, c).ok_or_else(bad).map(Some),
        }
    }

    fn leave(&self, code: Code<'_>, i: usize, exit: usize) -> Result<SimEnd, String> {
        let map = code.allocated.exits.get(exit).ok_or("no such exit")?;
        let snap = map.snap as usize;
        let refs = code.trace.snap_values(snap);
        let locs = code.allocated.exit_locs(exit);
        let values =
            locs.iter().map(|&l| self.read(code.trace, l)).collect::<Result<Vec<_>, _>>()?;
        let end = exit_state(
            code.trace,
            snap,
            i,
            &refs,
            values,
            self.places.get(&Loc::Reg(code.machine.regs().ctx)).copied().unwrap_or(0),
        );
        Ok(SimEnd::Exit(exit, End::Exit(end)))
    }
}

/// The restored state of an exit, given the values of its snapshot in order.
pub fn exit_state(
    trace: &Trace,
    snap: usize,
    inst: usize,
    refs: &[crate::trace::Ref],
    values: Vec<u64>,
    ctx: u64,
) -> crate::eval::Exit {
    let given = values.clone();
    restore(trace, snap, inst, values, &|r| {
        if r == crate::trace::Ref::CTX {
            return ctx;
        }
        match r.as_const() {
            Some(c) => trace.consts[c].bits,
            None => refs.iter().position(|x| *x == r).map_or(0, |k| given[k]),
        }
    })
}
