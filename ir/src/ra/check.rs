//! Symbolic checker of an allocation (after regalloc2's): runs the allocated code forwards with
//! sets of values instead of bits, and demands that every operand, exit and loop edge finds its
//! value where the allocation says. It shares no code with the allocator.

use super::{AInst, Allocated, Cons, Def, Loc, Machine, Use};
use crate::op::{Op, flag};
use crate::schema::Schema;
use crate::trace::{Ref, Trace};
use std::collections::{HashMap, HashSet};

type State = HashMap<Loc, HashSet<Ref>>;

/// Checks an allocation; the error says what is not where it should be. `inputs` are the places
/// the inputs come from, as in [`super::Options`].
pub fn check(
    trace: &Trace,
    schema: &Schema,
    machine: &dyn Machine,
    a: &Allocated,
    inputs: Option<&[Loc]>,
    targets: &[&[Loc]],
) -> Result<(), String> {
    let mut c = Checker { trace, schema, machine, a, targets, state: State::new(), head: None };
    for (i, inst) in trace.insts.iter().enumerate() {
        if inst.op == Op::Input {
            let k = inst.aux as usize;
            let loc = match inputs {
                Some(l) => l.get(k).copied().unwrap_or(Loc::None),
                None => Loc::Spill(k as u32),
            };
            c.state.entry(loc).or_default().insert(Ref::inst(i));
        }
    }
    let mut head = 0;
    for k in 0..a.code.len() {
        if a.code[k] == AInst::LoopHead {
            head = k;
        }
        c.step(k)?;
    }
    // Facts about the loop head that the back edge does not bring again are dropped until all
    // that are left hold on both ways.
    while let Some(true) = c.narrowed() {
        c.state = c.head.clone().unwrap_or_default();
        for k in head + 1..a.code.len() {
            c.step(k)?;
        }
    }
    Ok(())
}

struct Checker<'a> {
    trace: &'a Trace,
    schema: &'a Schema,
    machine: &'a dyn Machine,
    a: &'a Allocated,
    targets: &'a [&'a [Loc]],
    state: State,
    /// State at the loop head.
    head: Option<State>,
}

impl Checker<'_> {
    /// Drops facts of the loop head that do not hold at the back edge; whether there were any.
    fn narrowed(&mut self) -> Option<bool> {
        let (end, first) = (&self.state, self.trace.loop_at()?);
        if self.a.code.last() != Some(&AInst::Jump) {
            return Some(false);
        }
        let insts = &self.trace.insts;
        let mut changed = false;
        for (loc, set) in self.head.as_mut()?.iter_mut() {
            let before = set.len();
            set.retain(|r| {
                let phi = r.as_inst().filter(|&i| i > first).map(|i| insts[i].b);
                let wanted = phi.unwrap_or(*r);
                end.get(loc).is_some_and(|s| s.contains(&wanted))
            });
            changed |= set.len() != before;
        }
        Some(changed)
    }

    fn has(&self, loc: Loc, r: Ref) -> bool {
        match (loc, r.as_const()) {
            (Loc::Const(c), _) => Ref::constant(c as usize) == r,
            (Loc::Reg(p), Some(0)) => p == self.machine.regs().ctx,
            _ => self.state.get(&loc).is_some_and(|s| s.contains(&r)),
        }
    }

    fn set(&mut self, loc: Loc, values: HashSet<Ref>) {
        self.state.insert(loc, values);
    }

    fn step(&mut self, k: usize) -> Result<(), String> {
        match self.a.code[k] {
            AInst::Move { dst, src, .. } => {
                let values = match src {
                    Loc::Const(c) => HashSet::from([Ref::constant(c as usize)]),
                    _ => {
                        let mut v = self.state.get(&src).cloned().unwrap_or_default();
                        if src == Loc::Reg(self.machine.regs().ctx) {
                            v.insert(Ref::CTX);
                        }
                        v
                    }
                };
                let regs = self.machine.regs();
                if let Loc::Reg(r) = dst
                    && !regs.allocatable.has(r)
                    && !regs.scratch.contains(&r)
                {
                    return Err(format!("step {k}: move into reserved register {r}"));
                }
                self.set(dst, values);
            }
            AInst::Op { inst, out, ins, tmp, exit, undo } => {
                let i = inst as usize;
                self.op(i, out, ins, tmp, exit, undo).map_err(|e| {
                    let text = crate::print::line(self.trace, self.schema, i, &self.trace.insts[i]);
                    format!("step {k}: {e} in {}", text.trim())
                })?;
            }
            AInst::Entry => {
                let inputs = self.trace.insts.iter().enumerate().filter(|x| x.1.op == Op::Input);
                for (i, inst) in inputs {
                    let loc = self.a.entry[inst.aux as usize];
                    if loc != Loc::None && !self.has(loc, Ref::inst(i)) {
                        return Err(format!("input {} is not at {loc:?}", inst.aux));
                    }
                }
            }
            AInst::LoopHead => self.loop_head()?,
            AInst::Jump => self.phis(|p| p.b)?,
            AInst::Link(n) => {
                let last = self.trace.insts.last().ok_or("empty trace")?;
                let places = self.targets.get(n as usize).copied().unwrap_or(&[]);
                for (&l, &r) in places.iter().zip(self.trace.list(last, self.schema)) {
                    if l != Loc::None && !self.has(l, r) {
                        return Err(format!("link: {r:?} is not at {l:?}"));
                    }
                }
            }
        }
        Ok(())
    }

    fn phis(&self, side: impl Fn(&crate::trace::Inst) -> Ref) -> Result<(), String> {
        let at = self.trace.loop_at().ok_or("no loop")?;
        for (k, loc) in self.a.contract.iter().enumerate() {
            let r = side(&self.trace.insts[at + 1 + k]);
            if !self.has(*loc, r) {
                return Err(format!("phi {k}: {r:?} is not at {loc:?}"));
            }
        }
        Ok(())
    }

    fn loop_head(&mut self) -> Result<(), String> {
        self.phis(|p| p.a)?;
        let at = self.trace.loop_at().ok_or("no loop")?;
        for (k, loc) in self.a.contract.iter().enumerate() {
            self.state.entry(*loc).or_default().insert(Ref::inst(at + 1 + k));
        }
        self.head = Some(self.state.clone());
        Ok(())
    }

    fn op(
        &mut self,
        i: usize,
        out: Loc,
        ins: [Loc; 3],
        tmp: [u8; 2],
        exit: u32,
        undo: bool,
    ) -> Result<(), String> {
        let inst = self.trace.insts[i];
        if inst.op == Op::Call {
            return self.call(i, out);
        }
        let cons = match inst.op {
            Op::Exit => Cons::new([Use::No; 3], Def::No),
            _ => self.machine.cons(self.trace, self.schema, &inst),
        };
        let n = inst.op.arity();
        let all = |order: &[usize]| (0..n).all(|k| self.has(ins[k], inst.arg(order[k])));
        let swapped = inst.op.is(flag::COMM) && all(&[1, 0, 2]);
        if !all(&[0, 1, 2]) && !swapped {
            return Err(format!("operands {ins:?} do not hold their values"));
        }
        for (&want, &loc) in cons.ins.iter().zip(&ins).take(n) {
            self.allowed(want, loc)?;
        }
        let kept: Vec<Loc> = (0..n).map(|k| ins[k]).collect();
        let mut gone: Vec<Loc> = tmp.iter().filter(|&&t| t != 255).map(|&t| Loc::Reg(t)).collect();
        if gone.len() != (cons.temps[0] + cons.temps[1]) as usize {
            return Err("wrong number of scratch registers".into());
        }
        if gone.iter().any(|g| kept.contains(g) || *g == out)
            || (gone.len() == 2 && tmp[0] == tmp[1])
        {
            return Err("scratch register in use".into());
        }
        gone.extend(cons.clobbers.iter().map(Loc::Reg));
        match cons.def {
            Def::No if out != Loc::None => return Err("unexpected result".into()),
            Def::Same(t) if ins[t as usize] != out => {
                return Err("the tied operand is not the result".into());
            }
            Def::Fixed(r) if out != Loc::Reg(r) => return Err("wrong result register".into()),
            Def::Reg | Def::Same(_) if out.reg().is_none() => {
                return Err("no result register".into());
            }
            _ => {}
        }
        let tied = if let Def::Same(t) = cons.def { t as usize } else { 3 };
        if cons.early && (0..n).any(|k| k != tied && kept[k] == out) {
            return Err("operand overlaps a result that is written early".into());
        }
        if cons
            .clobbers
            .iter()
            .any(|r| (0..n).any(|k| ins[k] == Loc::Reg(r) && cons.ins[k] != Use::Fixed(r)))
        {
            return Err("operand in an overwritten register".into());
        }
        // The other operand must survive to compute the tied one again.
        if undo
            && (!cons.undo || out == Loc::None || kept.iter().filter(|l| **l == out).count() != 1)
        {
            return Err("the tied operand cannot be computed again".into());
        }
        if !undo {
            gone.push(out);
        }
        if exit != u32::MAX {
            self.exit(i, exit as usize, &gone)?;
        }
        for g in gone {
            self.state.remove(&g);
        }
        if out != Loc::None {
            self.set(out, HashSet::from([Ref::inst(i)]));
        }
        Ok(())
    }

    fn allowed(&self, want: Use, loc: Loc) -> Result<(), String> {
        let ok = match (want, loc) {
            (Use::Any, _) => true,
            (Use::Fixed(r), l) => l == Loc::Reg(r),
            (Use::Reg | Use::Imm(_) | Use::Mem | Use::MemImm(_), Loc::Reg(_)) => true,
            (Use::Mem | Use::MemImm(_), Loc::Spill(_)) => true,
            (Use::Imm(kind) | Use::MemImm(kind), Loc::Const(c)) => {
                self.machine.fits(kind, self.trace.consts[c as usize].bits as i64)
            }
            _ => false,
        };
        if ok { Ok(()) } else { Err(format!("operand {loc:?} is not what {want:?} allows")) }
    }

    fn exit(&self, i: usize, exit: usize, gone: &[Loc]) -> Result<(), String> {
        let map = self.a.exits.get(exit).ok_or("no such exit")?;
        let inst = self.trace.insts[i];
        if map.inst as usize != i || Some(map.snap as usize) != inst.snap() {
            return Err("exit of another instruction".into());
        }
        let values = self.trace.snap_values(map.snap as usize);
        if values.len() != map.len as usize {
            return Err("exit with a wrong number of places".into());
        }
        for (&r, &l) in values.iter().zip(self.a.exit_locs(exit)) {
            if gone.contains(&l) {
                return Err(format!("exit reads {l:?}, which is overwritten"));
            }
            if !self.has(l, r) {
                return Err(format!("exit: {r:?} is not at {l:?}"));
            }
        }
        Ok(())
    }

    fn call(&mut self, i: usize, out: Loc) -> Result<(), String> {
        let inst = self.trace.insts[i];
        let sig = &self.schema.sigs[inst.aux as usize];
        let (places, ret) = self.machine.call(sig);
        for (&l, &r) in places.iter().zip(self.trace.list(&inst, self.schema)) {
            if !self.has(l, r) {
                return Err(format!("argument {r:?} is not at {l:?}"));
            }
        }
        let caller = self.machine.regs().caller_saved;
        self.state.retain(|l, _| match l {
            Loc::Reg(r) => !caller.has(*r),
            Loc::Out(_) => false,
            _ => true,
        });
        if out != Loc::None {
            if out != Loc::Reg(ret) {
                return Err("wrong result register".into());
            }
            self.set(out, HashSet::from([Ref::inst(i)]));
        }
        Ok(())
    }
}
