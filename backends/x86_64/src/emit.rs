//! Allocated code to bytes. Guards branch to exit stubs behind the code; slow halves of
//! allocations and barriers lie there too, so that the fast path falls through.

mod float;
mod memory;

use crate::X86;
use crate::cons::{CTX, SP};
use crate::enc::{Alu, Bitwise, Cond, Enc, Ext, Mem, Rm, Shift, fill};
use pyrs_ir::asm::{CodeBuf, Label};
use pyrs_ir::backend::{Backend, Emitted, Job, SPILLS};
use pyrs_ir::op::Op;
use pyrs_ir::ra::{AInst, Loc, PReg};
use pyrs_ir::trace::Inst;
use pyrs_ir::types::{Cc, Class, Fcc, Ty};

/// Out-of-line half of an instruction.
enum Slow {
    /// Allocation of a shape into a register.
    Alloc { from: Label, back: Label, shape: u16, out: u8 },
    /// Report of an object.
    Barrier { from: Label, back: Label, object: u8 },
    /// An addition that left is taken back on the way to its exit.
    Undo { from: Label, exit: usize, op: Op, out: Loc, other: Loc },
}

struct Emit<'a, 'b> {
    x: &'a X86,
    job: &'a Job<'a>,
    e: Enc<'b>,
    w: bool,
    exits: Vec<Label>,
    slow: Vec<Slow>,
    head: Option<Label>,
    /// The guard right behind the loop's head, and the place after it.
    rotated: Option<(AInst, Label)>,
    spills: i32,
}

/// Writes a trace.
pub fn emit(x: &X86, job: &Job<'_>, buf: &mut CodeBuf) -> Result<Emitted, String> {
    if job.allocated.spills > SPILLS {
        return Err("too many spill cells".into());
    }
    let exits: Vec<Label> = job.allocated.exits.iter().map(|_| buf.label()).collect();
    let mut out = Emitted { start: buf.address(), ..Emitted::default() };
    let spills = x.frame().spills as i32;
    let e = Enc { buf, long: x.long };
    let mut m =
        Emit { x, job, e, w: x.long, exits, slow: Vec::new(), head: None, rotated: None, spills };
    for (k, a) in job.allocated.code.iter().enumerate() {
        match *a {
            AInst::Entry => out.entry = m.e.buf.address(),
            AInst::LoopHead => {
                m.e.align_code();
                let l = m.e.buf.label();
                m.e.buf.bind(l);
                m.head = Some(l);
                out.loop_head = m.e.buf.address();
            }
            AInst::Jump => m.back_edge()?,
            AInst::Link(n) => {
                let to = *job.targets.get(n as usize).ok_or("link to an unknown trace")?;
                m.e.branch_to(false, to);
            }
            AInst::Move { dst, src, class } => m.copy(dst, src, class),
            AInst::Op { inst, out, ins, tmp, exit, undo } => {
                m.op(inst as usize, out, ins, tmp, exit as usize, undo)?;
                let first = k > 0 && job.allocated.code[k - 1] == AInst::LoopHead;
                if first && job.trace.insts[inst as usize].op == Op::Guard && job.force.is_none() {
                    let body = m.e.buf.label();
                    m.e.buf.bind(body);
                    m.rotated = Some((*a, body));
                }
            }
        }
    }
    m.slow_paths();
    out.exits = m.stubs();
    buf.finish(fill);
    Ok(out)
}

fn int_cond(cc: Cc) -> Cond {
    match cc {
        Cc::Eq => Cond::E,
        Cc::Ne => Cond::Ne,
        Cc::Lt => Cond::L,
        Cc::Ge => Cond::Ge,
        Cc::Gt => Cond::G,
        Cc::Le => Cond::Le,
        Cc::Ult => Cond::B,
        Cc::Uge => Cond::Ae,
        Cc::Ugt => Cond::A,
        Cc::Ule => Cond::Be,
    }
}

impl Emit<'_, '_> {
    /// Hardware number of a register.
    fn reg(&self, l: Loc) -> u8 {
        match l {
            Loc::Reg(r) => r & 31,
            _ => unreachable!("the constraint table asks for a register here, got {l:?}"),
        }
    }

    fn cell(&self, l: Loc) -> Option<Mem> {
        match l {
            Loc::Spill(s) => Some(Mem::at(SP, self.spills + 8 * s as i32)),
            Loc::Out(s) => Some(Mem::at(SP, self.x.word().bytes() as i32 * s as i32)),
            _ => None,
        }
    }

    fn rm(&self, l: Loc) -> Rm {
        match self.cell(l) {
            Some(m) => m.into(),
            None => Rm::Reg(self.reg(l)),
        }
    }

    fn imm(&self, l: Loc) -> Option<i64> {
        match l {
            Loc::Const(c) => Some(self.job.trace.consts[c as usize].bits as i64),
            _ => None,
        }
    }

    fn copy(&mut self, dst: Loc, src: Loc, class: Class) {
        let w = self.w;
        let float = class == Class::Float;
        match (dst, src) {
            (Loc::Reg(d), Loc::Const(_)) => self.constant(d, src),
            (Loc::Reg(d), Loc::Reg(s)) => self.between(d, s),
            (Loc::Reg(d), _) => {
                let m = self.rm(src);
                if d >= 32 && (float || w) {
                    self.e.movsd_load(d & 31, m);
                } else if d >= 32 {
                    // A word passes through the scratch register; eight bytes do no harm.
                    self.e.movsd_load(d & 31, m);
                } else {
                    self.e.mov(w, d, m);
                }
            }
            (_, Loc::Reg(s)) => {
                let Some(m) = self.cell(dst) else { return };
                match (s >= 32, float || w) {
                    (true, true) => self.e.movsd_store(m, s & 31),
                    (true, false) => self.e.movd_store(m, s & 31),
                    (false, _) => self.e.mov_store(w, m, s),
                }
            }
            (_, Loc::Const(_)) => {
                let (Some(m), Some(x)) = (self.cell(dst), self.imm(src)) else { return };
                self.store_constant(m, x, float);
            }
            _ => {
                let (Some(d), Some(s)) = (self.cell(dst), self.cell(src)) else { return };
                self.e.push_mem(s);
                self.e.pop_mem(d);
                if float && !w {
                    self.e.push_mem(Mem::at(SP, s.disp + 4));
                    self.e.pop_mem(Mem::at(SP, d.disp + 4));
                }
            }
        }
    }

    fn store_constant(&mut self, m: Mem, x: i64, float: bool) {
        if self.w && x == x as i32 as i64 {
            self.e.mov_store_imm(8, m, x as i32);
            return;
        }
        self.e.mov_store_imm(4, m, x as i32);
        if self.w || float {
            self.e.mov_store_imm(4, Mem::at(m.base, m.disp + 4), (x >> 32) as i32);
        }
    }

    fn between(&mut self, d: PReg, s: PReg) {
        let w = self.w;
        match (d >= 32, s >= 32) {
            (true, true) => self.e.movapd(d & 31, s & 31),
            (false, false) => self.e.mov(w, d, Rm::Reg(s)),
            (true, false) => self.e.mov_to_xmm(w, d & 31, s),
            (false, true) => self.e.mov_from_xmm(w, d, s & 31),
        }
    }

    fn constant(&mut self, d: PReg, src: Loc) {
        let Loc::Const(c) = src else { return };
        let k = self.job.trace.consts[c as usize];
        if c == 0 {
            self.e.mov(self.w, d, Rm::Reg(CTX));
        } else if d < 32 {
            self.e.mov_imm(d, k.bits as i64);
        } else if k.bits == 0 {
            self.e.bitwise(Bitwise::Xor, d & 31, Rm::Reg(d & 31));
        } else {
            let l = self.e.buf.constant(k.bits, false);
            self.e.movsd_load(d & 31, Rm::Pool(l));
        }
    }

    fn exit_if(&mut self, cc: Cond, exit: usize) {
        let l = self.exits[exit];
        self.e.jcc(cc, l);
    }

    fn op(
        &mut self,
        i: usize,
        out: Loc,
        ins: [Loc; 3],
        tmp: [PReg; 2],
        exit: usize,
        undo: bool,
    ) -> Result<(), String> {
        let inst = self.job.trace.insts[i];
        if self.job.force == Some(i) && exit < self.exits.len() {
            let l = self.exits[exit];
            self.e.jmp(l);
        }
        let [a, b, _] = ins;
        let w = self.w;
        match inst.op {
            Op::Guard => {
                let cc = self.compare(Cc::from_bits(inst.aux), a, b);
                self.exit_if(int_cond(cc.negate()), exit);
            }
            Op::GuardMask => {
                self.test_mask(a, b);
                let leave = if Cc::from_bits(inst.aux) == Cc::Eq { Cond::Ne } else { Cond::E };
                self.exit_if(leave, exit);
            }
            Op::FGuard => self.float_guard(Fcc::from_bits(inst.aux), a, b, exit),
            Op::GuardTrue | Op::GuardFalse => {
                let r = self.reg(a);
                self.e.test(false, Rm::Reg(r), r);
                let cc = if inst.op == Op::GuardTrue { Cond::E } else { Cond::Ne };
                self.exit_if(cc, exit);
            }
            Op::AddOv | Op::SubOv | Op::MulOv => {
                self.arith(inst.op, out, a, b);
                if undo {
                    let from = self.e.buf.label();
                    self.e.jcc(Cond::O, from);
                    self.slow.push(Slow::Undo { from, exit, op: inst.op, out, other: b });
                } else {
                    self.exit_if(Cond::O, exit);
                }
            }
            Op::FtoWExact | Op::FtoWTrunc => self.float_to_word(&inst, out, a, exit),
            Op::Exit => {
                let l = self.exits[exit];
                self.e.jmp(l);
            }
            Op::Add | Op::AddP => self.add(out, a, b),
            Op::Sub | Op::Mul | Op::And | Op::Or | Op::Xor => self.arith(inst.op, out, a, b),
            Op::MulHiS | Op::MulHiU => {
                let b = self.rm(b);
                self.e.mul_wide(inst.op == Op::MulHiS, w, b);
            }
            Op::Div | Op::Rem => {
                let b = self.rm(b);
                self.e.sign_rdx(w);
                self.e.idiv(w, b);
            }
            Op::Shl | Op::Shr | Op::Sar | Op::Rotl => self.shift(inst.op, out, a, b),
            Op::MinS | Op::MaxS => {
                let (o, b) = (self.reg(out), self.rm(b));
                self.e.alu(Alu::Cmp, w, o, b);
                let cc = if inst.op == Op::MinS { Cond::G } else { Cond::L };
                self.e.cmov(cc, w, o, b);
            }
            Op::Clz | Op::Ctz | Op::Popcnt => self.count(inst.op, out, a, tmp),
            Op::Bswap => {
                let o = self.reg(out);
                self.e.bswap(w, o);
            }
            Op::SExt | Op::ZExt => self.extend(&inst, out, a),
            Op::Cmp => {
                let cc = self.compare(Cc::from_bits(inst.aux), a, b);
                let o = self.reg(out);
                self.e.mov_imm32(o, 0);
                self.e.setcc(int_cond(cc), o);
            }
            Op::FCmp => {
                let (o, a, b) = (self.reg(out), self.reg(a), self.reg(b));
                let t = self.x.scratch();
                let predicate = match Fcc::from_bits(inst.aux) {
                    Fcc::Eq => 0,
                    Fcc::Lt => 1,
                    Fcc::Le => 2,
                    Fcc::Ne => 4,
                    Fcc::Nlt => 5,
                    Fcc::Nle => 6,
                };
                self.e.movapd(t, a);
                self.e.cmpsd(t, b, predicate);
                self.e.mov_from_xmm(false, o, t);
                self.e.alu_imm(Alu::And, false, Rm::Reg(o), 1);
            }
            Op::Select => self.select(&inst, out, ins),
            Op::Cast => {}
            Op::Load | Op::LoadX => {
                let f = self.job.schema.fields[inst.aux as usize];
                let m = self.address(&f, inst.op == Op::LoadX, ins);
                self.load(&f, out, m);
            }
            Op::Store | Op::StoreX => {
                let f = self.job.schema.fields[inst.aux as usize];
                let m = self.address(&f, inst.op == Op::StoreX, ins);
                self.store(&f, m, if inst.op == Op::Store { b } else { ins[2] });
            }
            Op::WBar => self.barrier(a),
            Op::New => self.new_object(inst.aux, out, tmp),
            Op::Call => self.call(&inst),
            _ => self.float(&inst, out, a, b)?,
        }
        Ok(())
    }

    /// The back edge. Where the loop starts with a guard, the guard is repeated here and jumps
    /// behind the first one, which saves a jump in each round.
    fn back_edge(&mut self) -> Result<(), String> {
        let head = self.head.ok_or("a back edge without a loop")?;
        if let Some((AInst::Op { inst, ins, exit, .. }, body)) = self.rotated {
            let cc = Cc::from_bits(self.job.trace.insts[inst as usize].aux);
            let cc = self.compare(cc, ins[0], ins[1]);
            self.e.jcc(int_cond(cc), body);
            let l = self.exits[exit as usize];
            self.e.jmp(l);
        } else {
            self.e.jmp(head);
        }
        Ok(())
    }

    /// Compares; the condition may come back changed.
    fn compare(&mut self, cc: Cc, a: Loc, b: Loc) -> Cc {
        let w = self.w;
        match self.imm(b) {
            Some(0)
                if matches!(cc, Cc::Eq | Cc::Ne | Cc::Lt | Cc::Ge) && self.cell(a).is_none() =>
            {
                let r = self.reg(a);
                self.e.test(w, Rm::Reg(r), r);
            }
            Some(x) => {
                let a = self.rm(a);
                self.e.alu_imm(Alu::Cmp, w, a, x as i32);
            }
            None => match self.cell(a) {
                // Memory on the left: compare the other way round.
                Some(m) => {
                    let b = self.reg(b);
                    self.e.alu(Alu::Cmp, w, b, m.into());
                    return cc.swap();
                }
                None => {
                    let (a, b) = (self.reg(a), self.rm(b));
                    self.e.alu(Alu::Cmp, w, a, b);
                }
            },
        }
        cc
    }

    /// Sets the flags of `a & b`. A small mask needs 32 bits only.
    fn test_mask(&mut self, a: Loc, b: Loc) {
        match self.imm(b) {
            Some(x) => {
                let a = self.rm(a);
                self.e.test_imm(self.w && x < 0, a, x as i32);
            }
            None if self.cell(a).is_some() => {
                let (a, b) = (self.rm(a), self.reg(b));
                self.e.test(self.w, a, b);
            }
            None => {
                let (a, b) = (self.reg(a), self.rm(b));
                self.e.test(self.w, b, a);
            }
        }
    }

    fn arith(&mut self, op: Op, out: Loc, a: Loc, b: Loc) {
        let (w, o) = (self.w, self.reg(out));
        let alu = match op {
            Op::AddOv => Alu::Add,
            Op::Sub | Op::SubOv => Alu::Sub,
            Op::And => Alu::And,
            Op::Or => Alu::Or,
            Op::Xor => Alu::Xor,
            _ => {
                match self.imm(b) {
                    Some(x) => {
                        let a = self.rm(a);
                        self.e.imul_imm(w, o, a, x as i32);
                    }
                    None => {
                        let b = self.rm(b);
                        self.e.imul(w, o, b);
                    }
                }
                return;
            }
        };
        match self.imm(b) {
            Some(x) => self.e.alu_imm(alu, w, Rm::Reg(o), x as i32),
            None => {
                let b = self.rm(b);
                self.e.alu(alu, w, o, b);
            }
        }
    }

    fn add(&mut self, out: Loc, a: Loc, b: Loc) {
        let (w, o, x) = (self.w, self.reg(out), self.reg(a));
        match self.imm(b) {
            Some(k) if o == x => self.e.alu_imm(Alu::Add, w, Rm::Reg(o), k as i32),
            Some(k) => self.e.lea(w, o, Mem::at(x, k as i32)),
            None => {
                let y = self.reg(b);
                if o == x {
                    self.e.alu(Alu::Add, w, o, Rm::Reg(y));
                } else if o == y {
                    self.e.alu(Alu::Add, w, o, Rm::Reg(x));
                } else {
                    self.e.lea(w, o, Mem { base: x, index: Some((y, 0)), disp: 0 });
                }
            }
        }
    }

    fn shift(&mut self, op: Op, out: Loc, a: Loc, b: Loc) {
        let (w, o) = (self.w, self.reg(out));
        let s = match op {
            Op::Shl => Shift::Shl,
            Op::Shr => Shift::Shr,
            Op::Sar => Shift::Sar,
            _ => Shift::Rol,
        };
        match (self.imm(b), self.x.features.bmi2()) {
            (Some(k), _) => self.e.shift_imm(s, w, o, k as u8),
            (None, Some(proof)) if op != Op::Rotl => {
                let (a, b) = (self.reg(a), self.reg(b));
                self.e.shift_x(s, w, o, a, b, proof);
            }
            _ => self.e.shift_cl(s, w, o),
        }
    }

    fn count(&mut self, op: Op, out: Loc, a: Loc, tmp: [PReg; 2]) {
        let (w, o, f) = (self.w, self.reg(out), self.x.features);
        let bits = self.x.word().bits();
        let src = self.rm(a);
        match op {
            Op::Clz => match f.lzcnt() {
                Some(p) => self.e.lzcnt(w, o, src, p),
                None => {
                    self.e.mov_imm32(tmp[0], 2 * bits - 1);
                    self.e.bsr(w, o, src);
                    self.e.cmov(Cond::E, w, o, Rm::Reg(tmp[0]));
                    self.e.alu_imm(Alu::Xor, w, Rm::Reg(o), bits as i32 - 1);
                }
            },
            Op::Ctz => match f.bmi1() {
                Some(p) => self.e.tzcnt(w, o, src, p),
                None => {
                    self.e.mov_imm32(tmp[0], bits);
                    self.e.bsf(w, o, src);
                    self.e.cmov(Cond::E, w, o, Rm::Reg(tmp[0]));
                }
            },
            _ => match f.popcnt() {
                Some(p) => self.e.popcnt(w, o, src, p),
                None => self.popcnt(o, tmp[0], tmp[1]),
            },
        }
    }

    /// Counts bits in parallel (Warren, Hacker's Delight, section 5-1).
    fn popcnt(&mut self, o: u8, t: u8, m: u8) {
        let w = self.w;
        let mask = |x: u64| if w { x as i64 } else { x as i32 as i64 };
        self.e.mov(w, t, Rm::Reg(o));
        self.e.shift_imm(Shift::Shr, w, t, 1);
        self.e.mov_imm(m, mask(0x5555_5555_5555_5555));
        self.e.alu(Alu::And, w, t, Rm::Reg(m));
        self.e.alu(Alu::Sub, w, o, Rm::Reg(t));
        self.e.mov_imm(m, mask(0x3333_3333_3333_3333));
        self.e.mov(w, t, Rm::Reg(o));
        self.e.shift_imm(Shift::Shr, w, t, 2);
        self.e.alu(Alu::And, w, t, Rm::Reg(m));
        self.e.alu(Alu::And, w, o, Rm::Reg(m));
        self.e.alu(Alu::Add, w, o, Rm::Reg(t));
        self.e.mov(w, t, Rm::Reg(o));
        self.e.shift_imm(Shift::Shr, w, t, 4);
        self.e.alu(Alu::Add, w, o, Rm::Reg(t));
        self.e.mov_imm(m, mask(0x0f0f_0f0f_0f0f_0f0f));
        self.e.alu(Alu::And, w, o, Rm::Reg(m));
        self.e.mov_imm(m, mask(0x0101_0101_0101_0101));
        self.e.imul(w, o, Rm::Reg(m));
        self.e.shift_imm(Shift::Shr, w, o, if w { 56 } else { 24 });
    }

    fn extend(&mut self, inst: &Inst, out: Loc, a: Loc) {
        let (w, o) = (self.w, self.reg(out));
        let r = self.reg(a);
        let signed = inst.op == Op::SExt;
        match (inst.aux, signed) {
            (8, true) if !w => {
                self.e.shift_imm(Shift::Shl, false, o, 24);
                self.e.shift_imm(Shift::Sar, false, o, 24);
            }
            (8, false) if !w => self.e.alu_imm(Alu::And, false, Rm::Reg(o), 255),
            (8, true) => self.e.movx(Ext::I8, w, o, Rm::Reg(r)),
            (8, false) => self.e.movx(Ext::U8, false, o, Rm::Reg(r)),
            (16, true) => self.e.movx(Ext::I16, w, o, Rm::Reg(r)),
            (16, false) => self.e.movx(Ext::U16, false, o, Rm::Reg(r)),
            (_, true) if w => self.e.movsxd(o, Rm::Reg(r)),
            _ => self.e.mov(false, o, Rm::Reg(r)),
        }
    }

    fn select(&mut self, inst: &Inst, out: Loc, ins: [Loc; 3]) {
        let (c, o) = (self.reg(ins[0]), self.reg(out));
        self.e.test(false, Rm::Reg(c), c);
        if inst.ty == Ty::F {
            let other = self.reg(ins[2]);
            let over = self.e.buf.label();
            self.e.jcc(Cond::Ne, over);
            self.e.movapd(o, other);
            self.e.buf.bind(over);
        } else {
            let other = self.rm(ins[2]);
            self.e.cmov(Cond::E, self.w, o, other);
        }
    }

    fn slow_paths(&mut self) {
        let w = self.w;
        for s in std::mem::take(&mut self.slow) {
            match s {
                Slow::Alloc { from, back, shape, out } => {
                    self.e.buf.bind(from);
                    self.e.push_imm(shape as u32);
                    self.e.branch_to(true, self.job.stubs.alloc);
                    self.e.pop(out);
                    self.e.jmp(back);
                }
                Slow::Undo { from, exit, op, out, other } => {
                    self.e.buf.bind(from);
                    let back = if op == Op::AddOv { Op::Sub } else { Op::AddOv };
                    self.arith(back, out, out, other);
                    let l = self.exits[exit];
                    self.e.jmp(l);
                }
                Slow::Barrier { from, back, object } => {
                    self.e.buf.bind(from);
                    self.e.push(object);
                    self.e.branch_to(true, self.job.stubs.barrier);
                    self.e.lea(w, SP, Mem::at(SP, self.x.word().bytes() as i32));
                    self.e.jmp(back);
                }
            }
        }
    }

    fn stubs(&mut self) -> Vec<u64> {
        let mut out = Vec::with_capacity(self.exits.len());
        for (k, l) in std::mem::take(&mut self.exits).into_iter().enumerate() {
            self.e.buf.bind(l);
            out.push(self.e.buf.address());
            self.e.push_imm(self.job.first_exit + k as u32);
            self.e.branch_to(false, self.job.stubs.exit);
            for _ in 0..self.job.padding {
                self.e.buf.u8(0xcc);
            }
        }
        out
    }
}
