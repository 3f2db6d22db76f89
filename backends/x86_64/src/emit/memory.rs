//! Memory and calls: loads and stores of all widths, new objects by bumping the allocation
//! pointer, the inline half of the write barrier.

use super::{Emit, Slow};
use crate::cons::{CTX, SP};
use crate::enc::{Alu, Bitwise, Cond, Ext, Mem, Rm};
use pyrs_ir::ra::{Loc, PReg};
use pyrs_ir::schema::Field;
use pyrs_ir::trace::Inst;
use pyrs_ir::types::{Ty, Width};

impl Emit<'_, '_> {
    pub(super) fn address(&self, f: &Field, indexed: bool, ins: [Loc; 3]) -> Mem {
        let base = self.reg(ins[0]);
        let bytes = f.width.bytes(self.x.word());
        if let Some(n) = self.imm(ins[1]).filter(|_| indexed) {
            return Mem { base, index: None, disp: f.offset + n as i32 * bytes as i32 };
        }
        let scale = bytes.trailing_zeros() as u8;
        let index = indexed.then(|| (self.reg(ins[1]), scale));
        Mem { base, index, disp: f.offset }
    }

    pub(super) fn load(&mut self, f: &Field, out: Loc, m: Mem) {
        let (w, o, m) = (self.w, self.reg(out), Rm::Mem(m));
        match f.width {
            Width::F64 => self.e.movsd_load(o, m),
            Width::U8 => self.e.movx(Ext::U8, false, o, m),
            Width::I8 => self.e.movx(Ext::I8, w, o, m),
            Width::U16 => self.e.movx(Ext::U16, false, o, m),
            Width::I16 => self.e.movx(Ext::I16, w, o, m),
            Width::I32 if w => self.e.movsxd(o, m),
            Width::I32 | Width::U32 => self.e.mov(false, o, m),
            Width::Word => self.e.mov(w, o, m),
        }
    }

    pub(super) fn store(&mut self, f: &Field, m: Mem, value: Loc) {
        let bytes = f.width.bytes(self.x.word());
        match self.imm(value) {
            Some(x) => self.e.mov_store_imm(bytes, m, x as i32),
            None => {
                let r = self.reg(value);
                match (f.width, bytes) {
                    (Width::F64, _) => self.e.movsd_store(m, r),
                    (_, 1 | 2) => self.e.mov_store_small(bytes, m, r),
                    _ => self.e.mov_store(bytes == 8, m, r),
                }
            }
        }
    }

    pub(super) fn barrier(&mut self, a: Loc) {
        let object = self.reg(a);
        let (from, back) = (self.e.buf.label(), self.e.buf.label());
        let layout = self.job.layout;
        self.e.test_byte(Mem::at(object, layout.barrier_byte), layout.barrier_mask);
        self.e.jcc(Cond::Ne, from);
        self.e.buf.bind(back);
        self.slow.push(Slow::Barrier { from, back, object });
    }

    /// Bumps the allocation pointer, writes the header, clears the rest.
    pub(super) fn new_object(&mut self, shape: u16, out: Loc, tmp: [PReg; 2]) {
        let (w, o, t) = (self.w, self.reg(out), tmp[0]);
        let layout = self.job.layout;
        let (from, back) = (self.e.buf.label(), self.e.buf.label());
        let s = &self.job.schema.shapes[shape as usize];
        self.e.mov(w, o, Mem::at(CTX, layout.alloc_cur).into());
        self.e.lea(w, t, Mem::at(o, s.size as i32));
        self.e.alu(Alu::Cmp, w, t, Mem::at(CTX, layout.alloc_lim).into());
        self.e.jcc(Cond::A, from);
        self.e.mov_store(w, Mem::at(CTX, layout.alloc_cur), t);
        self.e.buf.bind(back);
        let [h0, h1] = s.header;
        if w && h1 as i32 == (h0 as i32) >> 31 {
            self.e.mov_store_imm(8, Mem::at(o, 0), h0 as i32);
        } else {
            self.e.mov_store_imm(4, Mem::at(o, 0), h0 as i32);
            self.e.mov_store_imm(4, Mem::at(o, 4), h1 as i32);
        }
        let zero = self.x.scratch();
        let size = s.size as i32;
        if size > 8 {
            self.e.bitwise(Bitwise::Xor, zero, Rm::Reg(zero));
        }
        let mut at = 8;
        while at < size {
            if size - at >= 16 {
                self.e.movups_store(Mem::at(o, at), zero);
                at += 16;
            } else {
                self.e.movsd_store(Mem::at(o, at), zero);
                at += 8;
            }
        }
        self.slow.push(Slow::Alloc { from, back, shape, out: o });
    }

    /// The arguments are in place.
    pub(super) fn call(&mut self, inst: &Inst) {
        let sig = &self.job.schema.sigs[inst.aux as usize];
        let word = self.x.word().bytes() as i32;
        let at = self.job.layout.helpers + word * sig.helper as i32;
        self.e.call_rm(Mem::at(CTX, at).into());
        if sig.ret == Ty::F && !self.w {
            // Legacy mode returns doubles on the x87 stack.
            self.e.fstp(Mem::at(SP, 0));
            self.e.movsd_load(0, Mem::at(SP, 0).into());
        }
    }
}
