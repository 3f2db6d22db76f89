//! The decoder of genomes. Each gene is five numbers: what to do, three operand selectors, and
//! one number for constants and extras. Selector 0 means the newest value, so that shrinking
//! towards zero simplifies.

use super::{ELEMS, field};
use crate::build::Builder;
use crate::op::{Op, flag};
use crate::schema::Schema;
use crate::trace::{Ref, Trace};
use crate::types::{Cc, Fcc, Target, Ty, Word};

/// A gene.
pub type Gene = [u16; 5];

/// Words worth trying.
pub const WORDS: [i64; 44] = [
    0,
    1,
    -1,
    2,
    3,
    5,
    7,
    -2,
    8,
    10,
    16,
    -8,
    31,
    63,
    64,
    100,
    127,
    128,
    -128,
    -129,
    255,
    256,
    2047,
    2048,
    4095,
    4096,
    -4096,
    32767,
    32768,
    -32768,
    65535,
    65536,
    524287,
    0x00ff_00ff,
    0x7fff_ffff,
    -0x8000_0000,
    -0x7fff_ffff,
    0xffff_ffff,
    0x1_0000_0000,
    1 << 62,
    i64::MAX,
    i64::MIN,
    i64::MIN + 1,
    0x5555_5555_5555_5555,
];

/// Doubles worth trying.
pub const FLOATS: [u64; 20] = [
    0,
    0x3ff0_0000_0000_0000,
    0xbff0_0000_0000_0000,
    0x8000_0000_0000_0000,
    0x3fe0_0000_0000_0000,
    0x4000_0000_0000_0000,
    0x4004_0000_0000_0000,
    0xc00c_0000_0000_0000,
    0x41e0_0000_0000_0000,
    0xc1e0_0000_0000_0000,
    0x43e0_0000_0000_0000,
    0xc3e0_0000_0000_0000,
    0x4340_0000_0000_0001,
    0x0000_0000_0000_0001,
    0x000f_ffff_ffff_ffff,
    0x7fef_ffff_ffff_ffff,
    0x7ff0_0000_0000_0000,
    0xfff0_0000_0000_0000,
    0x7ff8_0000_0000_0000,
    0x3ff0_0000_0000_0001,
];

/// A decoded case. Inputs 0..3 are words, 3 and 4 doubles, 5 to 7 objects of shape 0, 8 the
/// array of words, 9 of doubles, 10 of bytes, 11 of references, 12 of shorts, 13 of ints.
#[derive(Clone, Debug)]
pub struct Case {
    /// The trace.
    pub trace: Trace,
    /// Types of the inputs, by number.
    pub inputs: Vec<Ty>,
}

/// Types of the inputs.
pub const INPUTS: [Ty; 14] = [
    Ty::W,
    Ty::W,
    Ty::W,
    Ty::F,
    Ty::F,
    Ty::R,
    Ty::R,
    Ty::R,
    Ty::R,
    Ty::R,
    Ty::R,
    Ty::R,
    Ty::R,
    Ty::R,
];

/// Input values from numbers: three words, two doubles, then the objects of the test heap at
/// address `heap` (object 6 may be the same as object 5).
pub fn input_values(schema: &Schema, target: Target, heap: u64, seed: &[u16; 6]) -> Vec<u64> {
    let w = |k: usize| target.word.norm(WORDS[seed[k] as usize % WORDS.len()]) as u64;
    let mut out = vec![w(0), w(1), w(2)];
    out.extend((3..5).map(|k| FLOATS[seed[k] as usize % FLOATS.len()]));
    let at = |k: usize| target.word.norm((heap + super::object(schema, k)) as i64) as u64;
    out.push(at(0));
    out.push(at((seed[5] & 1) as usize));
    out.extend((2..9).map(at));
    out
}

/// Turns a genome into a trace. `head` chooses the structure: whether there is a loop, how often
/// it runs, how many phis it has.
pub fn decode(target: Target, schema: &Schema, head: &Gene, genes: &[Gene]) -> Case {
    let mut d = Decoder::new(target, schema);
    for (k, &ty) in INPUTS.iter().enumerate() {
        let r = d.b.input(ty, k as u16);
        match k {
            0..=4 => d.add(ty, r),
            5..=7 => d.objects.push(r),
            _ => d.arrays.push(r),
        }
    }
    let looped = !head[0].is_multiple_of(4);
    let split = if looped { genes.len() * (head[1] % 4) as usize / 8 } else { genes.len() };
    genes[..split].iter().for_each(|g| d.gene(g));
    if looped {
        d.looped(head, &genes[split..]);
    } else {
        let s = d.snapshot(&[0, 0, 1, 2, head[4]]);
        d.b.exit(s);
    }
    Case { trace: d.b.trace, inputs: INPUTS.to_vec() }
}

/// Turns a genome into a bridge whose inputs are the values of a snapshot with these types. What
/// the inputs hold is not known, so objects among them are not touched.
pub fn decode_bridge(target: Target, schema: &Schema, types: &[Ty], genes: &[Gene]) -> Trace {
    let mut d = Decoder::new(target, schema);
    for (k, &ty) in types.iter().enumerate() {
        let r = d.b.input(ty, k as u16);
        d.add(ty, r);
    }
    d.pc = 1000;
    genes.iter().for_each(|g| d.gene(g));
    let inputs: Vec<(u32, Ref)> =
        (0..types.len()).map(|k| (100 + k as u32, Ref::inst(k))).collect();
    let s = d.b.snapshot(5000, &inputs);
    d.b.exit(s);
    d.b.trace
}

struct Decoder<'a> {
    b: Builder,
    schema: &'a Schema,
    words: Vec<Ref>,
    floats: Vec<Ref>,
    conds: Vec<Ref>,
    /// Objects of shape 0, known not to be null.
    objects: Vec<Ref>,
    /// The six arrays of the inputs: words, doubles, bytes, references, shorts, ints.
    arrays: Vec<Ref>,
    /// Other values of type `R`.
    refs: Vec<Ref>,
    boxes: Vec<Ref>,
    pc: u64,
    /// Loop counter, identifies the iteration in snapshots.
    counter: Option<Ref>,
    /// The newest snapshot and the number of effects before it.
    last: Option<(u32, usize)>,
}

impl<'a> Decoder<'a> {
    fn new(target: Target, schema: &'a Schema) -> Decoder<'a> {
        Decoder {
            b: Builder::new(target),
            schema,
            words: Vec::new(),
            floats: Vec::new(),
            conds: Vec::new(),
            objects: Vec::new(),
            arrays: Vec::new(),
            refs: Vec::new(),
            boxes: Vec::new(),
            pc: 10,
            counter: None,
            last: None,
        }
    }

    fn add(&mut self, ty: Ty, r: Ref) {
        match ty {
            Ty::F => self.floats.push(r),
            Ty::B => self.conds.push(r),
            Ty::R => self.refs.push(r),
            _ => self.words.push(r),
        }
    }

    fn pick(list: &[Ref], sel: u16) -> Option<Ref> {
        let n = list.len();
        (n > 0).then(|| list[n - 1 - sel as usize % n])
    }

    fn constant(&mut self, imm: u16) -> Ref {
        let x = WORDS[imm as usize % WORDS.len()];
        self.b.word(x)
    }

    /// A word: a live value, or now and then a constant.
    fn word(&mut self, sel: u16, imm: u16) -> Ref {
        match Self::pick(&self.words, sel >> 2) {
            Some(r) if sel % 4 != 3 => r,
            _ => self.constant(imm),
        }
    }

    fn float(&mut self, sel: u16, imm: u16) -> Ref {
        match Self::pick(&self.floats, sel >> 2) {
            Some(r) if sel % 4 != 3 => r,
            _ => self.b.float(f64::from_bits(FLOATS[imm as usize % FLOATS.len()])),
        }
    }

    fn cond(&mut self, sel: u16) -> Ref {
        if let Some(r) = Self::pick(&self.conds, sel) {
            return r;
        }
        let (a, b) = (self.word(sel, 1), self.constant(sel));
        let r = self.b.emit(Op::Cmp, Ty::B, sel % 10, [a, b, Ref::NONE]);
        self.conds.push(r);
        r
    }

    fn op(&mut self, op: Op, ty: Ty, aux: u16, args: [Ref; 3]) -> Ref {
        let r = self.b.emit(op, ty, aux, args);
        let ty = self.b.trace.ty(r).unwrap_or(Ty::V);
        if ty != Ty::V {
            self.add(ty, r);
        }
        r
    }

    fn snapshot(&mut self, g: &Gene) -> u32 {
        // Guards may share a snapshot as long as memory did not change in between.
        let effects = |x: &crate::trace::Inst| x.op.is(flag::WRITE | flag::ALLOC | flag::CALL);
        let done = self.b.trace.insts.iter().filter(|x| effects(x)).count();
        if let Some((snap, effects)) = self.last
            && g[4].is_multiple_of(3)
            && effects == done
        {
            return snap;
        }
        self.pc += 1;
        let zero = self.b.word(0);
        let mut slots = vec![(0, self.counter.unwrap_or(zero))];
        let w = self.word(g[1] << 2, 0);
        slots.push((1, w));
        let (i, sel) = (g[4] >> 3, g[2].wrapping_add(g[3]));
        if i & 1 != 0 {
            slots.push((2, self.float(sel, i)));
        }
        if i & 2 != 0 {
            slots.push((3, self.word(sel.wrapping_mul(5), i)));
        }
        if i & 4 != 0
            && let Some(r) = Self::pick(&self.objects, sel)
        {
            slots.push((4, r));
        }
        if i & 8 != 0
            && let Some(r) = Self::pick(&self.conds, sel)
        {
            slots.push((5, r));
        }
        if i & 16 != 0 {
            let (w, f) = (self.word(sel, i), self.float(sel, i));
            let inner = self.b.virtual_object(1, &[(field::BOXED, f)]);
            slots.push((6, inner));
            let mut fields = vec![(field::WORD, w), (field::FLOAT, f)];
            if let Some(r) = Self::pick(&self.objects, sel >> 3) {
                fields.push((field::REF, r));
            }
            let v = self.b.virtual_object(0, &fields);
            slots.push((7, v));
        }
        if i & 32 != 0
            && let Some(r) = Self::pick(&self.boxes, sel)
        {
            slots.push((8, r));
        }
        if let Some(r) = Self::pick(&self.refs, sel)
            && i & 64 != 0
        {
            slots.push((9, r));
        }
        let snap = self.b.snapshot(self.pc, &slots);
        self.last = Some((snap, done));
        snap
    }

    fn looped(&mut self, head: &Gene, genes: &[Gene]) {
        let trips = self.b.word((head[2] % 12) as i64);
        let zero = self.b.word(0);
        self.b.open_loop();
        let mut entries = vec![(Ty::W, zero)];
        for k in 0..head[3] % 6 {
            let sel = head[4].rotate_left(k as u32 * 3);
            entries.push(match k % 3 {
                0 => (Ty::W, self.word(sel, sel)),
                1 => (Ty::F, self.float(sel, sel)),
                _ => (Ty::R, self.objects[sel as usize % self.objects.len()]),
            });
        }
        let phis: Vec<Ref> = entries.iter().map(|&(ty, e)| self.b.phi(ty, e)).collect();
        self.counter = Some(phis[0]);
        self.last = None;
        for (k, &p) in phis.iter().enumerate() {
            match entries[k].0 {
                Ty::R => self.objects.push(p),
                ty => self.add(ty, p),
            }
        }
        let snap = self.snapshot(&[0, 0, head[3], 3, head[4]]);
        self.b.guard(Cc::Lt, phis[0], trips, snap);
        genes.iter().for_each(|g| self.gene(g));
        let one = self.b.word(1);
        let next = self.b.op2(Op::Add, phis[0], one);
        self.b.close_phi(phis[0], next);
        for (k, &p) in phis.iter().enumerate().skip(1) {
            let sel = head[3].rotate_right(k as u32);
            let back = match entries[k].0 {
                Ty::W => self.word(sel, sel),
                Ty::F => self.float(sel, sel),
                _ => Self::pick(&self.objects, sel).unwrap_or(p),
            };
            self.b.close_phi(p, back);
        }
        self.b.jump();
    }

    fn gene(&mut self, g: &Gene) {
        const PLAIN: [Op; 13] = [
            Op::Add,
            Op::Sub,
            Op::Mul,
            Op::And,
            Op::Or,
            Op::Xor,
            Op::MulHiS,
            Op::MulHiU,
            Op::MinS,
            Op::MaxS,
            Op::AddOv,
            Op::SubOv,
            Op::MulOv,
        ];
        const UNARY: [Op; 4] = [Op::Clz, Op::Ctz, Op::Popcnt, Op::Bswap];
        const SHIFTS: [Op; 4] = [Op::Shl, Op::Shr, Op::Sar, Op::Rotl];
        const FLOAT2: [Op; 5] = [Op::FAdd, Op::FSub, Op::FMul, Op::FDiv, Op::FCopySign];
        const FLOAT1: [Op; 7] =
            [Op::FNeg, Op::FAbs, Op::FSqrt, Op::FFloor, Op::FCeil, Op::FTrunc, Op::FRint];
        let none = Ref::NONE;
        let kind = (g[0] & 0xff) as usize;
        match kind % 40 {
            k @ 0..=12 => {
                let (a, b) = (self.word(g[1], g[4]), self.word(g[2], g[4] >> 3));
                let c = if PLAIN[k].is(flag::SNAP) { Ref(self.snapshot(g)) } else { none };
                self.op(PLAIN[k], Ty::W, 0, [a, b, c]);
            }
            13 => {
                let a = self.word(g[1], g[4]);
                self.op(UNARY[g[3] as usize % 4], Ty::W, 0, [a, none, none]);
            }
            14 | 15 => self.shift(SHIFTS[g[3] as usize % 4], g),
            16 => self.division(g),
            17 => {
                let a = self.word(g[1], g[4]);
                let n = if self.wide() { 3 } else { 2 };
                let bits = [8, 16, 32][g[3] as usize % n];
                let op = if g[2] & 1 == 0 { Op::SExt } else { Op::ZExt };
                self.op(op, Ty::W, bits, [a, none, none]);
            }
            18 => {
                let (a, b) = (self.word(g[1], g[4]), self.word(g[2], g[4]));
                self.op(Op::Cmp, Ty::B, g[3] % 10, [a, b, none]);
            }
            19 => {
                let (a, b) = (self.float(g[1], g[4]), self.float(g[2], g[4]));
                self.op(Op::FCmp, Ty::B, g[3] % 6, [a, b, none]);
            }
            20 => self.select(g),
            21 | 22 => {
                let (a, b) = (self.float(g[1], g[4]), self.float(g[2], g[4]));
                self.op(FLOAT2[g[3] as usize % 5], Ty::F, 0, [a, b, none]);
            }
            23 => {
                let a = self.float(g[1], g[4]);
                self.op(FLOAT1[g[3] as usize % 7], Ty::F, 0, [a, none, none]);
            }
            24 => self.convert(g),
            25..=27 => self.guard(g),
            28 => {
                let c = self.cond(g[1]);
                if g[3] & 1 == 0 {
                    let op = if g[2] & 1 == 0 { Op::GuardTrue } else { Op::GuardFalse };
                    let s = self.snapshot(g);
                    self.op(op, Ty::V, 0, [c, none, Ref(s)]);
                } else {
                    self.op(Op::Cast, Ty::W, 0, [c, none, none]);
                }
            }
            29..=31 => self.load(g),
            32..=34 => self.store(g),
            35 => self.new_object(g),
            36 | 37 => self.array(g),
            38 => self.call(g),
            _ => {
                let r = self.b.load(Ty::W, field::USER, Ref::CTX);
                self.words.push(r);
                if g[1] & 1 != 0 {
                    let v = self.word(g[2], g[4]);
                    self.b.store(field::USER, Ref::CTX, v);
                }
            }
        }
    }

    fn wide(&self) -> bool {
        self.b.trace.target.word == Word::W64
    }

    fn shift(&mut self, op: Op, g: &Gene) {
        let bits = self.b.trace.target.word.bits() as i64;
        let a = self.word(g[1], g[4]);
        let count = if g[2] & 1 == 0 {
            self.b.word(g[4] as i64 % bits)
        } else {
            let (x, mask) = (self.word(g[2] >> 1, g[4]), self.b.word(bits - 1));
            self.b.op2(Op::And, x, mask)
        };
        self.op(op, Ty::W, 0, [a, count, Ref::NONE]);
    }

    fn division(&mut self, g: &Gene) {
        let op = [Op::Div, Op::Rem, Op::FloorDiv, Op::FloorMod][g[3] as usize % 4];
        let a = self.word(g[1], g[4]);
        let b = match g[2] % 4 {
            0 => self.b.word([2, 3, 10, -3, 16, 7, 4096, 1][g[4] as usize % 8]),
            1 => {
                let (x, mask, one) = (self.word(g[2], g[4]), self.b.word(0x7f), self.b.word(1));
                let x = self.b.op2(Op::And, x, mask);
                self.b.op2(Op::Or, x, one)
            }
            _ => {
                let x = self.word(g[2] << 2, 0);
                let s = self.snapshot(g);
                let (zero, minus) = (self.b.word(0), self.b.word(-1));
                self.b.guard(Cc::Ne, x, zero, s);
                self.b.guard(Cc::Ne, x, minus, s);
                x
            }
        };
        self.op(op, Ty::W, 0, [a, b, Ref::NONE]);
    }

    fn select(&mut self, g: &Gene) {
        let c = self.cond(g[1]);
        if g[4] & 1 == 0 {
            let (a, b) = (self.word(g[2], g[4]), self.word(g[3], g[4]));
            self.op(Op::Select, Ty::W, 0, [c, a, b]);
        } else {
            let (a, b) = (self.float(g[2], g[4]), self.float(g[3], g[4]));
            self.op(Op::Select, Ty::F, 0, [c, a, b]);
        }
    }

    fn convert(&mut self, g: &Gene) {
        let none = Ref::NONE;
        match g[3] % 6 {
            0 | 5 => {
                let a = self.word(g[1], g[4]);
                self.op(Op::WtoF, Ty::F, 0, [a, none, none]);
            }
            k @ (1 | 2) => {
                let a = self.float(g[1], g[4]);
                let s = self.snapshot(g);
                let op = if k == 1 { Op::FtoWExact } else { Op::FtoWTrunc };
                self.op(op, Ty::W, 0, [a, none, Ref(s)]);
            }
            3 if self.wide() => {
                let a = self.float(g[1], g[4]);
                // The bits of a NaN an operation made differ between machines.
                let zero = self.b.float(0.0);
                let s = self.snapshot(g);
                let r = self.b.op2(Op::FAdd, a, zero);
                self.b.fguard(Fcc::Eq, r, r, s);
                self.op(Op::FBits, Ty::W, 0, [r, none, none]);
            }
            4 if self.wide() => {
                let (a, mask) = (self.word(g[1], g[4]), self.b.word(0x7fef_ffff_ffff_ffff));
                let a = self.b.op2(Op::And, a, mask);
                self.op(Op::BitsF, Ty::F, 0, [a, none, none]);
            }
            _ => {}
        }
    }

    fn guard(&mut self, g: &Gene) {
        let s = self.snapshot(g);
        if g[3] & 96 == 96 {
            let (a, b) = (self.word(g[1], g[4]), self.word(g[2], g[4]));
            self.b.emit(Op::GuardMask, Ty::V, g[3] & 1, [a, b, Ref(s)]);
        } else if g[3] & 16 == 0 {
            let (a, b) = (self.word(g[1], g[4]), self.word(g[2], g[4]));
            self.b.guard(Cc::from_bits(g[3] % 10), a, b, s);
        } else {
            let (a, b) = (self.float(g[1], g[4]), self.float(g[2], g[4]));
            self.b.fguard(Fcc::from_bits(g[3] % 6), a, b, s);
        }
    }

    fn load(&mut self, g: &Gene) {
        let Some(o) = Self::pick(&self.objects, g[1]) else { return };
        let f = g[3] % 10;
        let ty = self.schema.fields[f as usize].ty;
        if ty == Ty::R {
            let r = self.b.load(ty, f, o);
            self.object(r, g);
        } else {
            self.op(Op::Load, ty, f, [o, Ref::NONE, Ref::NONE]);
        }
    }

    /// A loaded reference is an object of shape 0 once it is not null.
    fn object(&mut self, r: Ref, g: &Gene) {
        let s = self.snapshot(g);
        let null = self.b.trace.constant(Ty::R, 0);
        self.b.guard(Cc::Ne, r, null, s);
        self.objects.push(r);
    }

    fn store(&mut self, g: &Gene) {
        let Some(o) = Self::pick(&self.objects, g[1]) else { return };
        // The last of the ten fields never changes.
        let f = g[3] % 9;
        let v = match self.schema.fields[f as usize].ty {
            Ty::R => match Self::pick(&self.objects, g[2]) {
                Some(r) if g[2] % 8 != 7 => r,
                _ => self.b.trace.constant(Ty::R, 0),
            },
            Ty::F => self.float(g[2], g[4]),
            _ => self.word(g[2], g[4]),
        };
        self.b.store(f, o, v);
    }

    fn new_object(&mut self, g: &Gene) {
        if g[3] & 1 == 0 {
            let r = self.b.emit(Op::New, Ty::R, 0, [Ref::NONE; 3]);
            let w = self.word(g[1], g[4]);
            self.b.store(field::WORD, r, w);
            self.objects.push(r);
        } else {
            let r = self.b.emit(Op::New, Ty::R, 1, [Ref::NONE; 3]);
            let f = self.float(g[1], g[4]);
            self.b.store(field::BOXED, r, f);
            if g[2] & 1 == 0 {
                let f = self.b.load(Ty::F, field::BOXED, r);
                self.floats.push(f);
            }
            self.boxes.push(r);
        }
    }

    fn array(&mut self, g: &Gene) {
        if self.arrays.is_empty() {
            return;
        }
        let k = g[3] as usize % self.arrays.len();
        let f = [10, 11, 12, 13, 16, 17][k];
        let (base, ty) = (self.arrays[k], self.schema.fields[f as usize].ty);
        let index = if g[2] & 1 == 0 {
            self.b.word(g[2] as i64 / 2 % ELEMS)
        } else {
            let (x, mask) = (self.word(g[2] >> 1, g[4]), self.b.word(ELEMS - 1));
            self.b.op2(Op::And, x, mask)
        };
        if g[4] & 1 == 0 {
            let r = self.b.emit(Op::LoadX, ty, f, [base, index, Ref::NONE]);
            if ty == Ty::R {
                self.object(r, g)
            } else {
                self.add(ty, r)
            }
            return;
        }
        let v = match ty {
            Ty::R => Self::pick(&self.objects, g[1]).unwrap_or(base),
            Ty::F => self.float(g[1], g[4]),
            _ => self.word(g[1], g[4]),
        };
        self.b.emit(Op::StoreX, Ty::V, f, [base, index, v]);
    }

    fn call(&mut self, g: &Gene) {
        let n = g[3] as usize % self.schema.sigs.len();
        let sig = self.schema.sigs[n].clone();
        let mut args = Vec::new();
        for (k, ty) in sig.args.iter().enumerate() {
            let sel = g[1].rotate_left(3 * k as u32).wrapping_add(g[2]);
            args.push(match ty {
                Ty::R => match Self::pick(&self.objects, sel) {
                    Some(r) => r,
                    None => return,
                },
                Ty::F => self.float(sel, g[4]),
                _ => self.word(sel, g[4]),
            });
        }
        let r = self.b.call(sig.ret, n as u16, &args);
        if sig.ret != Ty::V {
            self.add(sig.ret, r);
        }
    }
}
