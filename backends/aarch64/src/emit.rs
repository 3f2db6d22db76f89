//! Allocated code to instruction words. Guards branch to exit stubs behind the code; slow halves
//! of allocations and barriers lie there too, so that the fast path falls through.

use crate::Aarch64;
use crate::cons::{CTX, D31, X16, X17};
use crate::enc::{
    Access, Arith, Cond, Enc, Fp1, Fp2, Logic, One, Two, ZR, bitmask, fill, fp8, imm12,
};
use pyrs_ir::asm::{CodeBuf, Label};
use pyrs_ir::backend::{Backend, Emitted, Job, SPILLS};
use pyrs_ir::op::Op;
use pyrs_ir::ra::{AInst, Loc, PReg};
use pyrs_ir::schema::Field;
use pyrs_ir::trace::Inst;
use pyrs_ir::types::{Cc, Class, Fcc, Ty, Width};

const SP: u8 = 31;

/// Out-of-line half of an instruction.
enum Slow {
    /// Allocation of a shape into a register.
    Alloc { from: Label, back: Label, shape: u16, out: u8 },
    /// Report of an object.
    Barrier { from: Label, back: Label, object: u8 },
}

struct Emit<'a, 'b> {
    job: &'a Job<'a>,
    e: Enc<'b>,
    exits: Vec<Label>,
    slow: Vec<Slow>,
    head: Option<Label>,
    /// The guard right behind the loop's head, and the place after it.
    rotated: Option<(AInst, Label)>,
    spills: i32,
}

/// Writes a trace.
pub fn emit(x: &Aarch64, job: &Job<'_>, buf: &mut CodeBuf) -> Result<Emitted, String> {
    if job.allocated.spills > SPILLS {
        return Err("too many spill cells".into());
    }
    let exits: Vec<Label> = job.allocated.exits.iter().map(|_| buf.label()).collect();
    let mut out = Emitted { start: buf.address(), ..Emitted::default() };
    let spills = x.frame().spills as i32;
    let mut m =
        Emit { job, e: Enc { buf }, exits, slow: Vec::new(), head: None, rotated: None, spills };
    for (k, a) in job.allocated.code.iter().enumerate() {
        match *a {
            AInst::Entry => out.entry = m.e.buf.address(),
            AInst::LoopHead => {
                let l = m.e.buf.label();
                m.e.buf.bind(l);
                m.head = Some(l);
                out.loop_head = m.e.buf.address();
            }
            AInst::Jump => m.back_edge()?,
            AInst::Link(n) => {
                let to = *job.targets.get(n as usize).ok_or("link to an unknown trace")?;
                m.e.branch_to(false, to)?;
            }
            AInst::Move { dst, src, class } => m.copy(dst, src, class),
            AInst::Op { inst, out, ins, exit, .. } => {
                m.op(inst as usize, out, ins, exit as usize)?;
                let first = k > 0 && job.allocated.code[k - 1] == AInst::LoopHead;
                if first && job.trace.insts[inst as usize].op == Op::Guard && job.force.is_none() {
                    let body = m.e.buf.label();
                    m.e.buf.bind(body);
                    m.rotated = Some((*a, body));
                }
            }
        }
    }
    m.slow_paths()?;
    out.exits = m.stubs()?;
    let mut failed = false;
    buf.finish(|b, f, to| fill(b, f, to, &mut failed));
    if failed { Err("the trace is too long for its branches".into()) } else { Ok(out) }
}

fn int_cond(cc: Cc) -> Cond {
    match cc {
        Cc::Eq => Cond::Eq,
        Cc::Ne => Cond::Ne,
        Cc::Lt => Cond::Lt,
        Cc::Ge => Cond::Ge,
        Cc::Gt => Cond::Gt,
        Cc::Le => Cond::Le,
        Cc::Ult => Cond::Lo,
        Cc::Uge => Cond::Hs,
        Cc::Ugt => Cond::Hi,
        Cc::Ule => Cond::Ls,
    }
}

/// An unordered comparison sets C and V and clears N and Z.
fn float_cond(cc: Fcc) -> Cond {
    match cc {
        Fcc::Eq => Cond::Eq,
        Fcc::Ne => Cond::Ne,
        Fcc::Lt => Cond::Mi,
        Fcc::Nlt => Cond::Pl,
        Fcc::Le => Cond::Ls,
        Fcc::Nle => Cond::Hi,
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

    fn imm(&self, l: Loc) -> Option<i64> {
        match l {
            Loc::Const(c) => Some(self.job.trace.consts[c as usize].bits as i64),
            _ => None,
        }
    }

    /// Offset of a cell from the stack pointer.
    fn cell(&self, l: Loc) -> Option<i32> {
        match l {
            Loc::Spill(s) => Some(self.spills + 8 * s as i32),
            Loc::Out(s) => Some(8 * s as i32),
            _ => None,
        }
    }

    /// Loads or stores; offsets out of reach go through x17.
    fn access(&mut self, op: Access, reg: u8, base: u8, offset: i32) {
        if !self.e.access(op, reg, base, offset) {
            self.e.mov_imm(X17, offset as i64 as u64);
            self.e.access_x(op, reg, base, X17, false);
        }
    }

    fn copy(&mut self, dst: Loc, src: Loc, _: Class) {
        match (dst, src) {
            (Loc::Reg(d), Loc::Const(c)) => self.constant(d, c),
            (Loc::Reg(d), Loc::Reg(s)) => match (d >= 32, s >= 32) {
                (true, true) => self.e.fp1(Fp1::Mov, d & 31, s & 31),
                (false, false) => self.e.mov(d, s),
                (true, false) => self.e.fmov_from_x(d & 31, s),
                (false, true) => self.e.fmov_to_x(d, s & 31),
            },
            (Loc::Reg(d), _) => {
                let Some(at) = self.cell(src) else { return };
                let op = if d >= 32 { Access::LdrD } else { Access::LdrX };
                self.access(op, d & 31, SP, at);
            }
            _ => {
                let Some(at) = self.cell(dst) else { return };
                let (reg, float) = match src {
                    Loc::Reg(s) => (s & 31, s >= 32),
                    Loc::Const(c) => {
                        let bits = self.job.trace.consts[c as usize].bits;
                        if bits != 0 {
                            self.e.mov_imm(X17, bits);
                        }
                        (if bits == 0 { ZR } else { X17 }, false)
                    }
                    _ => {
                        let Some(from) = self.cell(src) else { return };
                        self.access(Access::LdrX, X17, SP, from);
                        (X17, false)
                    }
                };
                self.access(if float { Access::StrD } else { Access::StrX }, reg, SP, at);
            }
        }
    }

    fn constant(&mut self, d: PReg, c: u32) {
        let bits = self.job.trace.consts[c as usize].bits;
        if c == 0 {
            self.e.mov(d, CTX);
        } else if d < 32 {
            self.e.mov_imm(d, bits);
        } else if bits == 0 {
            self.e.movi_zero(d & 31);
        } else if let Some(imm) = fp8(bits) {
            self.e.fmov_imm(d & 31, imm);
        } else {
            let l = self.e.buf.constant(bits, false);
            self.e.ldr_literal(d & 31, l);
        }
    }

    /// Leaves when the condition holds.
    fn exit_if(&mut self, cc: Cond, exit: usize) {
        let l = self.exits[exit];
        self.e.b_cond(cc, false, l);
    }

    /// Leaves unless the condition holds.
    fn exit_unless(&mut self, cc: Cond, exit: usize) {
        let l = self.exits[exit];
        self.e.b_cond(cc, true, l);
    }

    /// The back edge. Where the loop starts with a guard, the guard is repeated here and jumps
    /// behind the first one, which saves a branch in each round.
    fn back_edge(&mut self) -> Result<(), String> {
        let head = self.head.ok_or("a back edge without a loop")?;
        if let Some((AInst::Op { inst, ins, exit, .. }, body)) = self.rotated {
            self.compare(ins[0], ins[1]);
            let cc = Cc::from_bits(self.job.trace.insts[inst as usize].aux);
            self.e.b_cond(int_cond(cc), false, body);
            let l = self.exits[exit as usize];
            self.e.b(l);
        } else {
            self.e.b(head);
        }
        Ok(())
    }

    fn op(&mut self, i: usize, out: Loc, ins: [Loc; 3], exit: usize) -> Result<(), String> {
        let inst = self.job.trace.insts[i];
        if self.job.force == Some(i) && exit < self.exits.len() {
            let l = self.exits[exit];
            self.e.b(l);
        }
        let [a, b, c] = ins;
        match inst.op {
            Op::Guard => {
                let cc = Cc::from_bits(inst.aux);
                let l = self.exits[exit];
                match (cc, self.imm(b)) {
                    (Cc::Eq | Cc::Ne, Some(0)) => {
                        let a = self.reg(a);
                        self.e.cb(cc == Cc::Eq, a, l);
                    }
                    _ => {
                        self.compare(a, b);
                        self.exit_unless(int_cond(cc), exit);
                    }
                }
            }
            Op::GuardMask => {
                self.logic_to(Logic::Ands, ZR, a, b);
                self.exit_unless(int_cond(Cc::from_bits(inst.aux)), exit);
            }
            Op::FGuard => {
                let (a, b) = (self.reg(a), self.reg(b));
                self.e.fcmp(a, b);
                self.exit_unless(float_cond(Fcc::from_bits(inst.aux)), exit);
            }
            Op::GuardTrue | Op::GuardFalse => {
                let (a, l) = (self.reg(a), self.exits[exit]);
                self.e.cb(inst.op == Op::GuardFalse, a, l);
            }
            Op::AddOv | Op::SubOv => {
                let op = if inst.op == Op::AddOv { Arith::Adds } else { Arith::Subs };
                self.add(op, out, a, b);
                self.exit_if(Cond::Vs, exit);
            }
            Op::MulOv => {
                let (o, a, b) = (self.reg(out), self.reg(a), self.reg(b));
                self.e.two(Two::Smulh, X16, a, b);
                self.e.two(Two::Mul, o, a, b);
                self.e.arith_asr(Arith::Subs, ZR, X16, o, 63);
                self.exit_if(Cond::Ne, exit);
            }
            Op::FtoWExact | Op::FtoWTrunc => self.float_to_word(&inst, out, a, exit),
            Op::Exit => {
                let l = self.exits[exit];
                self.e.b(l);
            }
            Op::Add | Op::AddP => self.add(Arith::Add, out, a, b),
            Op::Sub => self.add(Arith::Sub, out, a, b),
            Op::And => self.logic(Logic::And, out, a, b),
            Op::Or => self.logic(Logic::Orr, out, a, b),
            Op::Xor => self.logic(Logic::Eor, out, a, b),
            Op::Mul => self.two(Two::Mul, out, a, b),
            Op::MulHiS => self.two(Two::Smulh, out, a, b),
            Op::MulHiU => self.two(Two::Umulh, out, a, b),
            Op::Div => self.two(Two::Sdiv, out, a, b),
            Op::Rem => {
                let (o, a, b) = (self.reg(out), self.reg(a), self.reg(b));
                self.e.two(Two::Sdiv, X16, a, b);
                self.e.msub(o, X16, b, a);
            }
            Op::Shl | Op::Shr | Op::Sar | Op::Rotl => self.shift(inst.op, out, a, b),
            Op::MinS | Op::MaxS => {
                let (o, a, b) = (self.reg(out), self.reg(a), self.reg(b));
                self.e.arith(Arith::Subs, ZR, a, b, 0);
                let cc = if inst.op == Op::MinS { Cond::Lt } else { Cond::Gt };
                self.e.csel(o, a, b, cc);
            }
            Op::Clz | Op::Ctz | Op::Popcnt | Op::Bswap => self.count(inst.op, out, a),
            Op::SExt | Op::ZExt => {
                let (o, a) = (self.reg(out), self.reg(a));
                self.e.bitfield(inst.op == Op::SExt, o, a, 0, inst.aux as u32 - 1);
            }
            Op::Cmp => {
                self.compare(a, b);
                let o = self.reg(out);
                self.e.cset(o, int_cond(Cc::from_bits(inst.aux)));
            }
            Op::FCmp => {
                let (o, a, b) = (self.reg(out), self.reg(a), self.reg(b));
                self.e.fcmp(a, b);
                self.e.cset(o, float_cond(Fcc::from_bits(inst.aux)));
            }
            Op::Select => {
                let (o, k, x, y) = (self.reg(out), self.reg(a), self.reg(b), self.reg(c));
                self.e.arith_imm(Arith::Subs, ZR, k, 0);
                if inst.ty == Ty::F {
                    self.e.fcsel(o, x, y, Cond::Ne);
                } else {
                    self.e.csel(o, x, y, Cond::Ne);
                }
            }
            Op::Cast => {}
            Op::Load | Op::LoadX => {
                let f = self.job.schema.fields[inst.aux as usize];
                let o = self.reg(out);
                self.memory(load(&f), o, &f, inst.op == Op::LoadX, ins);
            }
            Op::Store | Op::StoreX => {
                let f = self.job.schema.fields[inst.aux as usize];
                let value = if inst.op == Op::Store { b } else { c };
                let v = if self.imm(value).is_some() { ZR } else { self.reg(value) };
                self.memory(store(&f), v, &f, inst.op == Op::StoreX, ins);
            }
            Op::WBar => self.barrier(a),
            Op::New => self.new_object(inst.aux, out),
            Op::Call => {
                let sig = &self.job.schema.sigs[inst.aux as usize];
                let at = self.job.layout.helpers + 8 * sig.helper as i32;
                self.access(Access::LdrX, X16, CTX, at);
                self.e.blr(X16);
            }
            _ => self.float(&inst, out, a, b)?,
        }
        Ok(())
    }

    fn two(&mut self, op: Two, out: Loc, a: Loc, b: Loc) {
        let (o, a, b) = (self.reg(out), self.reg(a), self.reg(b));
        self.e.two(op, o, a, b);
    }

    fn compare(&mut self, a: Loc, b: Loc) {
        self.add_to(Arith::Subs, ZR, a, b);
    }

    fn add(&mut self, op: Arith, out: Loc, a: Loc, b: Loc) {
        let o = self.reg(out);
        self.add_to(op, o, a, b);
    }

    /// Negative immediates take the opposite operation.
    fn add_to(&mut self, op: Arith, o: u8, a: Loc, b: Loc) {
        let a = self.reg(a);
        let Some(x) = self.imm(b) else {
            let b = self.reg(b);
            return self.e.arith(op, o, a, b, 0);
        };
        let op = match (x < 0, op) {
            (false, _) => op,
            (_, Arith::Add) => Arith::Sub,
            (_, Arith::Adds) => Arith::Subs,
            (_, Arith::Sub) => Arith::Add,
            (_, Arith::Subs) => Arith::Adds,
        };
        if let Some(field) = imm12(x.unsigned_abs()) {
            self.e.arith_imm(op, o, a, field);
        }
    }

    fn logic(&mut self, op: Logic, out: Loc, a: Loc, b: Loc) {
        let o = self.reg(out);
        self.logic_to(op, o, a, b);
    }

    fn logic_to(&mut self, op: Logic, o: u8, a: Loc, b: Loc) {
        let a = self.reg(a);
        match self.imm(b) {
            Some(x) => {
                if let Some(field) = bitmask(x as u64) {
                    self.e.logic_imm(op, o, a, field);
                }
            }
            None => {
                let b = self.reg(b);
                self.e.logic(op, o, a, b);
            }
        }
    }

    fn shift(&mut self, op: Op, out: Loc, a: Loc, b: Loc) {
        let (o, a) = (self.reg(out), self.reg(a));
        match self.imm(b) {
            Some(k) => {
                let k = k as u32;
                match op {
                    Op::Shl => self.e.bitfield(false, o, a, (64 - k) & 63, 63 - k),
                    Op::Shr => self.e.bitfield(false, o, a, k, 63),
                    Op::Sar => self.e.bitfield(true, o, a, k, 63),
                    _ => self.e.ror_imm(o, a, (64 - k) & 63),
                }
            }
            None => {
                let b = self.reg(b);
                match op {
                    Op::Shl => self.e.two(Two::Lsl, o, a, b),
                    Op::Shr => self.e.two(Two::Lsr, o, a, b),
                    Op::Sar => self.e.two(Two::Asr, o, a, b),
                    _ => {
                        self.e.arith(Arith::Sub, X16, ZR, b, 0);
                        self.e.two(Two::Ror, o, a, X16);
                    }
                }
            }
        }
    }

    fn count(&mut self, op: Op, out: Loc, a: Loc) {
        let (o, a) = (self.reg(out), self.reg(a));
        match op {
            Op::Clz => self.e.one(One::Clz, o, a),
            Op::Ctz => {
                self.e.one(One::Rbit, o, a);
                self.e.one(One::Clz, o, o);
            }
            Op::Bswap => self.e.one(One::Rev, o, a),
            _ => {
                self.e.fmov_from_x(D31, a);
                self.e.cnt(D31, D31);
                self.e.addv(D31, D31);
                self.e.fmov_to_x(o, D31);
            }
        }
    }

    /// The conversion saturates, and gives 0 for NaN.
    fn float_to_word(&mut self, inst: &Inst, out: Loc, a: Loc, exit: usize) {
        let (o, x) = (self.reg(out), self.reg(a));
        let one = imm12(1).unwrap_or(0);
        if inst.op == Op::FtoWExact {
            self.e.fcvtzs(o, x);
            self.e.scvtf(D31, o);
            self.e.fcmp(D31, x);
            self.exit_if(Cond::Ne, exit);
        } else {
            self.e.fcmp(x, x);
            self.exit_if(Cond::Vs, exit);
            self.e.fcvtzs(o, x);
            // The smallest word overflows when one is taken away.
            self.e.arith_imm(Arith::Subs, ZR, o, one);
            self.exit_if(Cond::Vs, exit);
        }
        // The largest word is no double, so it means saturation; one more overflows.
        self.e.arith_imm(Arith::Adds, ZR, o, one);
        self.exit_if(Cond::Vs, exit);
    }

    fn float(&mut self, inst: &Inst, out: Loc, a: Loc, b: Loc) -> Result<(), String> {
        let (o, x) = (self.reg(out), self.reg(a));
        let two = match inst.op {
            Op::FAdd => Some(Fp2::Add),
            Op::FSub => Some(Fp2::Sub),
            Op::FMul => Some(Fp2::Mul),
            Op::FDiv => Some(Fp2::Div),
            _ => None,
        };
        if let Some(op) = two {
            let y = self.reg(b);
            self.e.fp2(op, o, x, y);
            return Ok(());
        }
        let one = match inst.op {
            Op::FNeg => Fp1::Neg,
            Op::FAbs => Fp1::Abs,
            Op::FSqrt => Fp1::Sqrt,
            Op::FFloor => Fp1::Rintm,
            Op::FCeil => Fp1::Rintp,
            Op::FTrunc => Fp1::Rintz,
            Op::FRint => Fp1::Rintn,
            Op::FCopySign => {
                // The mask of the sign is minus zero.
                let y = self.reg(b);
                self.e.movi_zero(D31);
                self.e.fp1(Fp1::Neg, D31, D31);
                self.e.bit(o, y, D31);
                return Ok(());
            }
            Op::WtoF => {
                self.e.scvtf(o, x);
                return Ok(());
            }
            Op::FBits => {
                self.e.fmov_to_x(o, x);
                return Ok(());
            }
            Op::BitsF => {
                self.e.fmov_from_x(o, x);
                return Ok(());
            }
            op => return Err(format!("{op:?} must be lowered before")),
        };
        self.e.fp1(one, o, x);
        Ok(())
    }

    /// A field or element.
    fn memory(&mut self, op: Access, reg: u8, f: &Field, indexed: bool, ins: [Loc; 3]) {
        let base = self.reg(ins[0]);
        if !indexed {
            return self.access(op, reg, base, f.offset);
        }
        if let Some(n) = self.imm(ins[1]) {
            return self.access(op, reg, base, f.offset + ((n as i32) << op.scale()));
        }
        let index = self.reg(ins[1]);
        if f.offset == 0 {
            return self.e.access_x(op, reg, base, index, true);
        }
        self.e.arith(Arith::Add, X16, base, index, op.scale());
        self.access(op, reg, X16, f.offset);
    }

    fn barrier(&mut self, a: Loc) {
        let object = self.reg(a);
        let (from, back) = (self.e.buf.label(), self.e.buf.label());
        let layout = self.job.layout;
        self.access(Access::Ldrb, X16, object, layout.barrier_byte);
        match bitmask(layout.barrier_mask as u64) {
            Some(field) => self.e.logic_imm(Logic::Ands, ZR, X16, field),
            None => {
                self.e.mov_imm(X17, layout.barrier_mask as u64);
                self.e.logic(Logic::Ands, ZR, X16, X17);
            }
        }
        self.e.b_cond(Cond::Ne, false, from);
        self.e.buf.bind(back);
        self.slow.push(Slow::Barrier { from, back, object });
    }

    /// Bumps the allocation pointer, writes the header, clears the rest.
    fn new_object(&mut self, shape: u16, out: Loc) {
        let o = self.reg(out);
        let layout = self.job.layout;
        let (from, back) = (self.e.buf.label(), self.e.buf.label());
        let s = &self.job.schema.shapes[shape as usize];
        let size = s.size as i32;
        self.access(Access::LdrX, o, CTX, layout.alloc_cur);
        match imm12(size as u64) {
            Some(field) => self.e.arith_imm(Arith::Add, X16, o, field),
            None => {
                self.e.mov_imm(X16, size as u64);
                self.e.arith(Arith::Add, X16, o, X16, 0);
            }
        }
        self.access(Access::LdrX, X17, CTX, layout.alloc_lim);
        self.e.arith(Arith::Subs, ZR, X16, X17, 0);
        self.e.b_cond(Cond::Hi, false, from);
        // The offset is small: the second scratch register is not needed.
        self.access(Access::StrX, X16, CTX, layout.alloc_cur);
        self.e.buf.bind(back);
        let [h0, h1] = s.header;
        let header = (h1 as u64) << 32 | h0 as u64;
        if header != 0 {
            self.e.mov_imm(X16, header);
        }
        self.access(Access::StrX, if header == 0 { ZR } else { X16 }, o, 0);
        let mut at = 8;
        while at < size {
            if size - at >= 16 && at <= 504 {
                self.e.pair(false, ZR, ZR, o, at);
                at += 16;
            } else {
                self.access(Access::StrX, ZR, o, at);
                at += 8;
            }
        }
        self.slow.push(Slow::Alloc { from, back, shape, out: o });
    }

    fn slow_paths(&mut self) -> Result<(), String> {
        for s in std::mem::take(&mut self.slow) {
            match s {
                Slow::Alloc { from, back, shape, out } => {
                    self.e.buf.bind(from);
                    self.e.movz(X16, shape, 0);
                    self.e.branch_to(true, self.job.stubs.alloc)?;
                    self.e.mov(out, X16);
                    self.e.b(back);
                }
                Slow::Barrier { from, back, object } => {
                    self.e.buf.bind(from);
                    self.e.mov(X16, object);
                    self.e.branch_to(true, self.job.stubs.barrier)?;
                    self.e.b(back);
                }
            }
        }
        Ok(())
    }

    fn stubs(&mut self) -> Result<Vec<u64>, String> {
        let mut out = Vec::with_capacity(self.exits.len());
        for (k, l) in std::mem::take(&mut self.exits).into_iter().enumerate() {
            self.e.buf.bind(l);
            out.push(self.e.buf.address());
            let number = self.job.first_exit + k as u32;
            self.e.movz(X16, number as u16, 0);
            self.e.movk(X16, (number >> 16) as u16, 1);
            self.e.branch_to(false, self.job.stubs.exit)?;
            for _ in 0..self.job.padding {
                self.e.buf.u32(0xd420_0000);
            }
        }
        Ok(out)
    }
}

fn load(f: &Field) -> Access {
    match f.width {
        Width::U8 => Access::Ldrb,
        Width::I8 => Access::Ldrsb,
        Width::U16 => Access::Ldrh,
        Width::I16 => Access::Ldrsh,
        Width::U32 => Access::LdrW,
        Width::I32 => Access::Ldrsw,
        Width::Word => Access::LdrX,
        Width::F64 => Access::LdrD,
    }
}

fn store(f: &Field) -> Access {
    match f.width {
        Width::U8 | Width::I8 => Access::Strb,
        Width::U16 | Width::I16 => Access::Strh,
        Width::U32 | Width::I32 => Access::StrW,
        Width::Word => Access::StrX,
        Width::F64 => Access::StrD,
    }
}
