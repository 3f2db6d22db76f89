//! Every function of the encoder with random operands against an independent decoder
//! (iced-x86), in both modes; displacements and immediates around every boundary; and GNU `as`
//! as second witness where it is installed.

use iced_x86::{
    Code, Decoder, DecoderOptions, Formatter, GasFormatter, Instruction, Mnemonic, OpKind, Register,
};
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::types::Endian;
use pyrs_x86_64::Features;
use pyrs_x86_64::enc::{Alu, Bitwise, Cond, Enc, Ext, Mem, Rm, Shift, Sse};

/// Address of the code in the tests.
const BASE: u64 = 0x40_0000;

struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 8
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn imm(&mut self) -> i32 {
        let around = [0, 127, 128, -128, -129, 255, 256, i32::MAX, i32::MIN, -1];
        match self.below(3) {
            0 => around[self.below(10) as usize],
            1 => self.next() as i8 as i32,
            _ => self.next() as i32,
        }
    }
}

/// An operand as the decoder should see it.
#[derive(Clone, PartialEq, Debug)]
enum Op {
    Reg(Register),
    Mem(Mem),
    Imm(i64),
}

/// An instruction and what it should decode to.
struct Case {
    mnemonic: Mnemonic,
    ops: Vec<Op>,
}

fn gpr(bytes: u32, n: u8) -> Register {
    let n = n as u32;
    match bytes {
        8 => Register::RAX + n,
        4 => Register::EAX + n,
        2 => Register::AX + n,
        _ if n < 4 => Register::AL + n,
        _ if n < 8 => Register::SPL + (n - 4),
        _ => Register::R8L + (n - 8),
    }
}

fn xmm(n: u8) -> Op {
    Op::Reg(Register::XMM0 + n as u32)
}

/// Random operands and the encoder.
struct Gen<'a> {
    rng: &'a mut Rng,
    long: bool,
}

impl Gen<'_> {
    fn reg(&mut self) -> u8 {
        self.rng.below(if self.long { 16 } else { 8 }) as u8
    }

    fn wide(&mut self) -> bool {
        self.long && self.rng.below(2) == 0
    }

    fn mem(&mut self) -> Mem {
        let base = self.reg();
        let index = loop {
            match (self.rng.below(2), self.reg()) {
                (0, _) => break None,
                (_, 4) => continue,
                (_, r) => break Some((r, self.rng.below(4) as u8)),
            }
        };
        let disp = if self.rng.below(4) == 0 { 0 } else { self.rng.imm() };
        Mem { base, index, disp }
    }

    /// A register or memory, as given and as decoded.
    fn rm(&mut self, bytes: u32) -> (Rm, Op) {
        if self.rng.below(2) == 0 {
            let r = self.reg();
            (Rm::Reg(r), Op::Reg(gpr(bytes, r)))
        } else {
            let m = self.mem();
            (Rm::Mem(m), Op::Mem(m))
        }
    }

    fn xrm(&mut self) -> (Rm, Op) {
        if self.rng.below(2) == 0 {
            let r = self.reg();
            (Rm::Reg(r), xmm(r))
        } else {
            let m = self.mem();
            (Rm::Mem(m), Op::Mem(m))
        }
    }
}

/// Number of the kinds of instructions below.
const KINDS: u64 = 46;

#[rustfmt::skip]
fn emit(kind: u64, g: &mut Gen<'_>, e: &mut Enc<'_>) -> Option<Case> {
    let all = Features::ALL;
    let w = g.wide();
    let size = if w { 8 } else { 4 };
    let (d, s) = (g.reg(), g.reg());
    let (rd, rs) = (Op::Reg(gpr(size, d)), Op::Reg(gpr(size, s)));
    let imm = g.rng.imm();
    let m = g.mem();
    let (rm, orm) = g.rm(size);
    let (xr, xo) = g.xrm();
    let conds = [(Cond::O, "o"), (Cond::B, "b"), (Cond::Ae, "ae"), (Cond::E, "e"), (Cond::Ne, "ne"),
        (Cond::Be, "be"), (Cond::A, "a"), (Cond::P, "p"), (Cond::Np, "np"), (Cond::L, "l"),
        (Cond::Ge, "ge"), (Cond::Le, "le"), (Cond::G, "g")];
    let (cond, cond_name) = conds[g.rng.below(13) as usize];
    let named = |prefix: &str| {
        let wanted = format!("{prefix}{cond_name}");
        Mnemonic::values().find(|m| format!("{m:?}").to_lowercase() == wanted)
    };
    let case = |mnemonic, ops: &[Op]| Some(Case { mnemonic, ops: ops.to_vec() });
    let alus = [(Alu::Add, Mnemonic::Add), (Alu::Or, Mnemonic::Or), (Alu::And, Mnemonic::And),
        (Alu::Sub, Mnemonic::Sub), (Alu::Xor, Mnemonic::Xor), (Alu::Cmp, Mnemonic::Cmp)];
    let (alu, alu_m) = alus[g.rng.below(6) as usize];
    let shifts = [(Shift::Shl, Mnemonic::Shl), (Shift::Shr, Mnemonic::Shr),
        (Shift::Sar, Mnemonic::Sar), (Shift::Rol, Mnemonic::Rol)];
    let (shift, shift_m) = shifts[g.rng.below(4) as usize];
    let byte_ok = |r: u8| g.long || r < 4;
    match kind {
        0 => { e.alu(alu, w, d, rm); case(alu_m, &[rd, orm]) }
        1 => { e.alu_imm(alu, w, rm, imm); case(alu_m, &[orm, Op::Imm(imm as i64)]) }
        2 => { e.mov(w, d, rm); case(Mnemonic::Mov, &[rd, orm]) }
        3 => { e.mov_store(w, m, s); case(Mnemonic::Mov, &[Op::Mem(m), rs]) }
        4 => {
            let bytes = 1 + g.rng.below(2) as u32;
            if bytes == 1 && !(g.long || s < 4) { return None; }
            e.mov_store_small(bytes, m, s);
            case(Mnemonic::Mov, &[Op::Mem(m), Op::Reg(gpr(bytes, s))])
        }
        5 => {
            let bytes = [1, 2, 4, 8][g.rng.below(if g.long { 4 } else { 3 }) as usize];
            e.mov_store_imm(bytes, m, imm);
            let x = match bytes { 1 => imm as i8 as i64, 2 => imm as i16 as i64, _ => imm as i64 };
            case(Mnemonic::Mov, &[Op::Mem(m), Op::Imm(x)])
        }
        6 => {
            e.mov_imm32(d, imm as u32);
            case(Mnemonic::Mov, &[Op::Reg(gpr(4, d)), Op::Imm(imm as i64)])
        }
        7 => {
            let x = match g.rng.below(3) {
                _ if !g.long => imm as i64,
                0 => imm as i64,
                1 => imm as u32 as i64,
                _ => (g.rng.next() ^ g.rng.next() << 40) as i64,
            };
            e.mov_imm(d, x);
            if x == 0 {
                return case(Mnemonic::Xor, &[Op::Reg(gpr(4, d)), Op::Reg(gpr(4, d))]);
            }
            let short = !g.long || x == x as u32 as i64;
            let x = if short { x as i32 as i64 } else { x };
            case(Mnemonic::Mov, &[Op::Reg(gpr(if short { 4 } else { 8 }, d)), Op::Imm(x)])
        }
        8 | 9 => {
            let exts = [(Ext::U8, 1, Mnemonic::Movzx), (Ext::I8, 1, Mnemonic::Movsx),
                (Ext::U16, 2, Mnemonic::Movzx), (Ext::I16, 2, Mnemonic::Movsx)];
            let (ext, bytes, mn) = exts[g.rng.below(4) as usize];
            let (rm, orm) = g.rm(bytes);
            if let Rm::Reg(r) = rm && bytes == 1 && !(g.long || r < 4) { return None; }
            e.movx(ext, w, d, rm);
            case(mn, &[rd, orm])
        }
        10 => {
            if !g.long { return None; }
            let (rm, orm) = g.rm(4);
            e.movsxd(d, rm);
            case(Mnemonic::Movsxd, &[Op::Reg(gpr(8, d)), orm])
        }
        11 => { e.lea(w, d, m); case(Mnemonic::Lea, &[rd, Op::Mem(m)]) }
        12 if imm & 1 == 0 => { e.test(w, rm, s); case(Mnemonic::Test, &[orm, rs]) }
        12 => { e.test_imm(w, rm, imm); case(Mnemonic::Test, &[orm, Op::Imm(imm as i64)]) }
        13 => {
            e.test_byte(m, imm as u8);
            case(Mnemonic::Test, &[Op::Mem(m), Op::Imm(imm as i8 as i64)])
        }
        14 => { e.imul(w, d, rm); case(Mnemonic::Imul, &[rd, orm]) }
        15 => { e.imul_imm(w, d, rm, imm); case(Mnemonic::Imul, &[rd, orm, Op::Imm(imm as i64)]) }
        16 => {
            let signed = imm & 1 == 0;
            e.mul_wide(signed, w, rm);
            case(if signed { Mnemonic::Imul } else { Mnemonic::Mul }, &[orm])
        }
        17 => { e.idiv(w, rm); case(Mnemonic::Idiv, &[orm]) }
        18 => { e.sign_rdx(w); case(if w { Mnemonic::Cqo } else { Mnemonic::Cdq }, &[]) }
        19 => { e.neg(w, d); case(Mnemonic::Neg, &[rd]) }
        20 => {
            let count = g.rng.below(size as u64 * 8) as u8;
            e.shift_imm(shift, w, d, count);
            case(shift_m, &[rd, Op::Imm(count as i64)])
        }
        21 => { e.shift_cl(shift, w, d); case(shift_m, &[rd, Op::Reg(Register::CL)]) }
        22 => {
            let c = g.reg();
            let mn = match shift {
                Shift::Shl => Mnemonic::Shlx,
                Shift::Shr => Mnemonic::Shrx,
                Shift::Sar => Mnemonic::Sarx,
                Shift::Rol => return None,
            };
            e.shift_x(shift, w, d, s, c, all.bmi2()?);
            case(mn, &[rd, rs, Op::Reg(gpr(size, c))])
        }
        23 => { e.bswap(w, d); case(Mnemonic::Bswap, &[rd]) }
        24 => { e.bsr(w, d, rm); case(Mnemonic::Bsr, &[rd, orm]) }
        25 => { e.bsf(w, d, rm); case(Mnemonic::Bsf, &[rd, orm]) }
        26 => { e.lzcnt(w, d, rm, all.lzcnt()?); case(Mnemonic::Lzcnt, &[rd, orm]) }
        27 => { e.tzcnt(w, d, rm, all.bmi1()?); case(Mnemonic::Tzcnt, &[rd, orm]) }
        28 => { e.popcnt(w, d, rm, all.popcnt()?); case(Mnemonic::Popcnt, &[rd, orm]) }
        29 => {
            if !byte_ok(d) { return None; }
            e.setcc(cond, d);
            case(named("set")?, &[Op::Reg(gpr(1, d))])
        }
        30 => { e.cmov(cond, w, d, rm); case(named("cmov")?, &[rd, orm]) }
        31 => { e.jmp_reg(d); case(Mnemonic::Jmp, &[Op::Reg(gpr(if g.long { 8 } else { 4 }, d))]) }
        32 => {
            let (rm, orm) = g.rm(if g.long { 8 } else { 4 });
            e.call_rm(rm);
            case(Mnemonic::Call, &[orm])
        }
        33 => { e.push(d); case(Mnemonic::Push, &[Op::Reg(gpr(if g.long { 8 } else { 4 }, d))]) }
        34 => { e.pop(d); case(Mnemonic::Pop, &[Op::Reg(gpr(if g.long { 8 } else { 4 }, d))]) }
        35 => { e.push_mem(m); case(Mnemonic::Push, &[Op::Mem(m)]) }
        36 => { e.pop_mem(m); case(Mnemonic::Pop, &[Op::Mem(m)]) }
        37 => { e.push_imm(imm as u32); case(Mnemonic::Push, &[Op::Imm(imm as i64)]) }
        38 => { e.movapd(d, s); case(Mnemonic::Movapd, &[xmm(d), xmm(s)]) }
        39 => {
            match imm & 3 {
                0 => { e.movsd_load(d, m.into()); case(Mnemonic::Movsd, &[xmm(d), Op::Mem(m)]) }
                1 => { e.movsd_store(m, s); case(Mnemonic::Movsd, &[Op::Mem(m), xmm(s)]) }
                2 => { e.movups_store(m, s); case(Mnemonic::Movups, &[Op::Mem(m), xmm(s)]) }
                _ => { e.movd_store(m, s); case(Mnemonic::Movd, &[Op::Mem(m), xmm(s)]) }
            }
        }
        40 => {
            let ops = [(Sse::Add, Mnemonic::Addsd), (Sse::Sub, Mnemonic::Subsd),
                (Sse::Mul, Mnemonic::Mulsd), (Sse::Div, Mnemonic::Divsd),
                (Sse::Sqrt, Mnemonic::Sqrtsd)];
            let (op, mn) = ops[g.rng.below(5) as usize];
            e.sse(op, d, xr);
            case(mn, &[xmm(d), xo])
        }
        41 => {
            let ops = [(Bitwise::And, Mnemonic::Andpd), (Bitwise::Andn, Mnemonic::Andnpd),
                (Bitwise::Or, Mnemonic::Orpd), (Bitwise::Xor, Mnemonic::Xorpd)];
            let (op, mn) = ops[g.rng.below(4) as usize];
            e.bitwise(op, d, xr);
            case(mn, &[xmm(d), xo])
        }
        42 => { e.ucomisd(d, xr); case(Mnemonic::Ucomisd, &[xmm(d), xo]) }
        43 => {
            let p = g.rng.below(8) as u8;
            e.cmpsd(d, s, p);
            case(Mnemonic::Cmpsd, &[xmm(d), xmm(s), Op::Imm(p as i64)])
        }
        44 => match imm & 3 {
            0 => { e.cvtsi2sd(w, d, rm); case(Mnemonic::Cvtsi2sd, &[xmm(d), orm]) }
            1 => { e.cvttsd2si(w, d, s); case(Mnemonic::Cvttsd2si, &[rd, xmm(s)]) }
            2 => {
                e.mov_to_xmm(w, d, s);
                case(if w { Mnemonic::Movq } else { Mnemonic::Movd }, &[xmm(d), rs])
            }
            _ => {
                e.mov_from_xmm(w, d, s);
                case(if w { Mnemonic::Movq } else { Mnemonic::Movd }, &[rd, xmm(s)])
            }
        },
        _ => match imm & 3 {
            0 => {
                let mode = 8 + g.rng.below(4) as u8;
                e.roundsd(d, s, mode, all.sse41()?);
                case(Mnemonic::Roundsd, &[xmm(d), xmm(s), Op::Imm(mode as i64)])
            }
            1 => { e.fstp(m); case(Mnemonic::Fstp, &[Op::Mem(m)]) }
            2 => { e.ret(); case(Mnemonic::Ret, &[]) }
            _ => { e.rep_movsd(); case(Mnemonic::Movsd, &[]) }
        },
    }
}

/// What the decoder saw, in the form of a case.
fn operands(i: &Instruction, long: bool) -> Vec<Op> {
    let mut out = Vec::new();
    // The string move has implied operands.
    let n = if i.code() == Code::Movsd_m32_m32 { 0 } else { i.op_count() };
    for k in 0..n {
        out.push(match i.op_kind(k) {
            OpKind::Register if i.op_register(k) == Register::ST0 => continue,
            OpKind::Register => Op::Reg(i.op_register(k)),
            OpKind::Memory => {
                let number = |r: Register| r.number() as u8;
                let index = (i.memory_index() != Register::None).then(|| {
                    (number(i.memory_index()), i.memory_index_scale().trailing_zeros() as u8)
                });
                let base = i.memory_base();
                assert_eq!(base.size(), if long { 8 } else { 4 });
                Op::Mem(Mem { base: number(base), index, disp: i.memory_displacement64() as i32 })
            }
            kind => {
                let x = i.immediate(k) as i64;
                Op::Imm(match kind {
                    OpKind::Immediate8 => x as i8 as i64,
                    OpKind::Immediate16 => x as i16 as i64,
                    OpKind::Immediate32 => x as i32 as i64,
                    _ => x,
                })
            }
        });
    }
    out
}

fn run(long: bool, count: u64) -> Vec<Instruction> {
    let mut rng = Rng(0x1234_5678_9abc_def1);
    let mut seen = vec![0u32; KINDS as usize];
    let mut out = Vec::new();
    let mut done = 0;
    while done < count {
        let kind = rng.below(KINDS);
        let mut buf = CodeBuf::new(BASE, Endian::Little);
        let mut e = Enc { buf: &mut buf, long };
        let Some(want) = emit(kind, &mut Gen { rng: &mut rng, long }, &mut e) else { continue };
        let bits = if long { 64 } else { 32 };
        let mut d = Decoder::with_ip(bits, &buf.bytes, BASE, DecoderOptions::NONE);
        let i = d.decode();
        let text = || format!("kind {kind}: {:02x?} decodes to {i}", buf.bytes);
        assert_eq!(i.len(), buf.bytes.len(), "{}", text());
        assert_eq!(i.mnemonic(), want.mnemonic, "{}", text());
        assert_eq!(operands(&i, long), want.ops, "{}", text());
        seen[kind as usize] += 1;
        out.push(i);
        done += 1;
    }
    let never = (0..KINDS as usize).filter(|&k| seen[k] == 0).count();
    assert!(never <= usize::from(!long), "{never} kinds never occurred");
    out
}

#[test]
fn long_mode() {
    run(true, 120_000);
}

#[test]
fn legacy_mode() {
    run(false, 120_000);
}

#[test]
fn displacements_and_immediates_exhaustively() {
    for long in [true, false] {
        for base in 0..if long { 16u8 } else { 8 } {
            for disp in (-300..300).chain([i32::MIN, i32::MAX]) {
                let m = Mem::at(base, disp);
                let mut buf = CodeBuf::new(BASE, Endian::Little);
                Enc { buf: &mut buf, long }.alu_imm(Alu::Add, long, m.into(), disp);
                let bits = if long { 64 } else { 32 };
                let i = Decoder::new(bits, &buf.bytes, DecoderOptions::NONE).decode();
                assert_eq!(operands(&i, long), [Op::Mem(m), Op::Imm(disp as i64)]);
            }
        }
    }
}

/// GNU `as` reads what the decoder writes, and its bytes decode to the same operands.
#[test]
fn gnu_as_agrees() {
    if std::process::Command::new("as").arg("--version").output().is_err() {
        eprintln!("GNU as is not installed: the second witness is not heard");
        return;
    }
    for long in [true, false] {
        let all = run(long, 10_000);
        let mut text = String::new();
        let mut f = GasFormatter::new();
        for i in &all {
            f.format(i, &mut text);
            text.push('\n');
        }
        let dir = std::env::temp_dir().join(format!("pyrs-as-{long}-{}", std::process::id()));
        std::fs::create_dir_all(&dir).expect("a folder");
        let (src, obj, bin) = (dir.join("a.s"), dir.join("a.o"), dir.join("a.bin"));
        std::fs::write(&src, text).expect("written");
        let flag = if long { "--64" } else { "--32" };
        let out = std::process::Command::new("as")
            .args([flag.as_ref(), src.as_os_str(), "-o".as_ref(), obj.as_os_str()])
            .output()
            .expect("as runs");
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let ok = std::process::Command::new("objcopy")
            .args(["-O", "binary", "-j", ".text"])
            .args([&obj, &bin])
            .status()
            .expect("objcopy runs");
        assert!(ok.success());
        let bytes = std::fs::read(&bin).expect("read");
        let bits = if long { 64 } else { 32 };
        let mut d = Decoder::with_ip(bits, &bytes, BASE, DecoderOptions::NONE);
        for want in &all {
            let got = d.decode();
            assert_eq!(got.mnemonic(), want.mnemonic(), "{want}");
            assert_eq!(operands(&got, long), operands(want, long), "{want}");
        }
        let _ = std::fs::remove_dir_all(&dir);
    }
}
