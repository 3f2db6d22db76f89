//! Every function of the encoder with random operands against an independent decoder
//! (yaxpeax-arm), and against the cross `as` where it is installed; immediates exhaustively.

use pyrs_aarch64::enc::{
    Access, Arith, Cond, Enc, Fp1, Fp2, Logic, One, Two, bitmask, fill, fp8, imm12,
};
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::types::Endian;
use yaxpeax_arch::{Decoder, U8Reader};
use yaxpeax_arm::armv8::a64::{InstDecoder, Instruction, Opcode, Operand};

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

    /// A general register other than 31.
    fn x(&mut self) -> u8 {
        self.below(31) as u8
    }

    fn d(&mut self) -> u8 {
        self.below(32) as u8
    }
}

const CONDS: [(Cond, &str); 14] = [
    (Cond::Eq, "eq"),
    (Cond::Ne, "ne"),
    (Cond::Hs, "hs"),
    (Cond::Lo, "lo"),
    (Cond::Mi, "mi"),
    (Cond::Pl, "pl"),
    (Cond::Vs, "vs"),
    (Cond::Vc, "vc"),
    (Cond::Hi, "hi"),
    (Cond::Ls, "ls"),
    (Cond::Ge, "ge"),
    (Cond::Lt, "lt"),
    (Cond::Gt, "gt"),
    (Cond::Le, "le"),
];

const ACCESS: [(Access, &str, &str, bool); 13] = [
    (Access::Ldrb, "ldrb", "w", true),
    (Access::Ldrsb, "ldrsb", "x", true),
    (Access::Strb, "strb", "w", true),
    (Access::Ldrh, "ldrh", "w", true),
    (Access::Ldrsh, "ldrsh", "x", true),
    (Access::Strh, "strh", "w", true),
    (Access::LdrW, "ldr", "w", true),
    (Access::Ldrsw, "ldrsw", "x", true),
    (Access::StrW, "str", "w", true),
    (Access::LdrX, "ldr", "x", true),
    (Access::StrX, "str", "x", true),
    (Access::LdrD, "ldr", "d", false),
    (Access::StrD, "str", "d", false),
];

const KINDS: u64 = 36;

/// One instruction and its text for `as`.
#[rustfmt::skip]
fn emit(kind: u64, g: &mut Rng, e: &mut Enc<'_>) -> String {
    let (x, y, z) = (g.x(), g.x(), g.x());
    let (d, n, m) = (g.d(), g.d(), g.d());
    let ariths = [(Arith::Add, "add"), (Arith::Adds, "adds"), (Arith::Sub, "sub"),
        (Arith::Subs, "subs")];
    let (ar, ar_n) = ariths[g.below(4) as usize];
    let logics = [(Logic::And, "and"), (Logic::Orr, "orr"), (Logic::Eor, "eor"),
        (Logic::Ands, "ands")];
    let (lo, lo_n) = logics[g.below(4) as usize];
    let (cc, cc_n) = CONDS[g.below(14) as usize];
    let k = g.below(64) as u32;
    let (ac, ac_n, letter, general) = ACCESS[g.below(13) as usize];
    let r = if general { x } else { d };
    let fp1s = [(Fp1::Mov, "fmov"), (Fp1::Abs, "fabs"), (Fp1::Neg, "fneg"), (Fp1::Sqrt, "fsqrt"),
        (Fp1::Rintn, "frintn"), (Fp1::Rintp, "frintp"), (Fp1::Rintm, "frintm"),
        (Fp1::Rintz, "frintz")];
    let fp2s = [(Fp2::Add, "fadd"), (Fp2::Sub, "fsub"), (Fp2::Mul, "fmul"), (Fp2::Div, "fdiv")];
    match kind {
        0 => { e.arith(ar, x, y, z, k); format!("{ar_n} x{x}, x{y}, x{z}, lsl #{k}") }
        1 => { e.arith_asr(ar, x, y, z, k); format!("{ar_n} x{x}, x{y}, x{z}, asr #{k}") }
        2 => {
            let imm = g.below(4096) << (12 * g.below(2));
            e.arith_imm(ar, x, y, imm12(imm).expect("encodable"));
            format!("{ar_n} x{x}, x{y}, #{imm}")
        }
        3 => { e.logic(lo, x, y, z); format!("{lo_n} x{x}, x{y}, x{z}") }
        4 => {
            let imm = random_mask(g);
            e.logic_imm(lo, x, y, bitmask(imm).expect("encodable"));
            format!("{lo_n} x{x}, x{y}, #{imm:#x}")
        }
        5 => { e.mov(x, y); format!("mov x{x}, x{y}") }
        6 => {
            let (v, h) = (g.next() as u16, g.below(4) as u32);
            e.movz(x, v, h);
            format!("movz x{x}, #{v}, lsl #{}", h * 16) }
        7 => {
            let (v, h) = (g.next() as u16, g.below(4) as u32);
            e.movk(x, v, h);
            format!("movk x{x}, #{v}, lsl #{}", h * 16) }
        8 => {
            let ops = [(Two::Mul, "mul"), (Two::Smulh, "smulh"), (Two::Umulh, "umulh"),
                (Two::Sdiv, "sdiv"),
                (Two::Lsl, "lsl"), (Two::Lsr, "lsr"), (Two::Asr, "asr"), (Two::Ror, "ror")];
            let (op, name) = ops[g.below(8) as usize];
            e.two(op, x, y, z);
            format!("{name} x{x}, x{y}, x{z}")
        }
        9 => { let w = g.x(); e.msub(x, y, z, w); format!("msub x{x}, x{y}, x{z}, x{w}") }
        10 => {
            let ops = [(One::Rbit, "rbit"), (One::Rev, "rev"), (One::Clz, "clz")];
            let (op, name) = ops[g.below(3) as usize];
            e.one(op, x, y);
            format!("{name} x{x}, x{y}")
        }
        11 => {
            let (signed, s) = (g.below(2) == 0, g.below(64) as u32);
            e.bitfield(signed, x, y, k, s);
            format!("{}bfm x{x}, x{y}, #{k}, #{s}", if signed { 's' } else { 'u' })
        }
        12 => { e.ror_imm(x, y, k); format!("ror x{x}, x{y}, #{k}") }
        13 => { e.csel(x, y, z, cc); format!("csel x{x}, x{y}, x{z}, {cc_n}") }
        14 => { e.cset(x, cc); format!("cset x{x}, {cc_n}") }
        15 => { e.br(x); format!("br x{x}") }
        16 => { e.blr(x); format!("blr x{x}") }
        17 => { e.ret(); "ret".into() }
        18 | 19 => {
            // Offsets that one of the two forms reaches.
            let offset = match g.below(2) {
                0 => (g.below(4096) as i32) << ac.scale(),
                _ => g.below(512) as i32 - 256,
            };
            assert!(e.access(ac, r, y, offset));
            let scaled = offset >= 0 && offset % (1 << ac.scale()) == 0;
            // `as` chooses the form by the offset, as we do.
            let unscaled = ac_n.replace("ldr", "ldur").replace("str", "stur");
            let name = if scaled { ac_n.into() } else { unscaled };
            format!("{name} {letter}{r}, [x{y}, #{offset}]")
        }
        20 => {
            let scaled = g.below(2) == 0;
            e.access_x(ac, r, y, z, scaled);
            // A byte access has no shift to write.
            match (scaled, ac.scale()) {
                (true, 0) => format!("{ac_n} {letter}{r}, [x{y}, x{z}, lsl #0]"),
                (true, s) => format!("{ac_n} {letter}{r}, [x{y}, x{z}, lsl #{s}]"),
                _ => format!("{ac_n} {letter}{r}, [x{y}, x{z}]"),
            }
        }
        21 => {
            let (load, offset) = (g.below(2) == 0, (g.below(128) as i32 - 64) * 8);
            // Loading one register twice is not allowed.
            let z = if z == x { (x + 1) % 31 } else { z };
            e.pair(load, x, z, y, offset);
            format!("{} x{x}, x{z}, [x{y}, #{offset}]", if load { "ldp" } else { "stp" })
        }
        22 => {
            let (load, offset) = (g.below(2) == 0, (g.below(128) as i32 - 64) * 8);
            let m = if m == d { (d + 1) % 32 } else { m };
            e.pair_d(load, d, m, y, offset);
            format!("{} d{d}, d{m}, [x{y}, #{offset}]", if load { "ldp" } else { "stp" })
        }
        23 => {
            let (op, name) = fp2s[g.below(4) as usize];
            e.fp2(op, d, n, m);
            format!("{name} d{d}, d{n}, d{m}")
        }
        24 => {
            let (op, name) = fp1s[g.below(8) as usize];
            e.fp1(op, d, n);
            format!("{name} d{d}, d{n}")
        }
        25 => { e.fcmp(d, n); format!("fcmp d{d}, d{n}") }
        26 => { e.fcsel(d, n, m, cc); format!("fcsel d{d}, d{n}, d{m}, {cc_n}") }
        27 => { e.fmov_to_x(x, d); format!("fmov x{x}, d{d}") }
        28 => { e.fmov_from_x(d, x); format!("fmov d{d}, x{x}") }
        29 => { e.movi_zero(d); format!("movi d{d}, #0") }
        30 => { e.scvtf(d, x); format!("scvtf d{d}, x{x}") }
        31 => { e.fcvtzs(x, d); format!("fcvtzs x{x}, d{d}") }
        32 => { e.cnt(d, n); format!("cnt v{d}.8b, v{n}.8b") }
        33 => { e.addv(d, n); format!("addv b{d}, v{n}.8b") }
        34 => { e.bit(d, n, m); format!("bit v{d}.8b, v{n}.8b, v{m}.8b") }
        _ => {
            let imm = FP8[g.below(FP8.len() as u64) as usize];
            e.fmov_imm(d, fp8(imm.to_bits()).expect("encodable"));
            format!("fmov d{d}, #{imm:?}")
        }
    }
}

const FP8: [f64; 8] = [1.0, -1.0, 2.0, 0.5, 31.0, 0.125, -1.9375, 10.0];

fn random_mask(g: &mut Rng) -> u64 {
    let size = 2u32 << g.below(6);
    let ones = 1 + g.below(size as u64 - 1) as u32;
    let mask = if size == 64 { u64::MAX } else { (1 << size) - 1 };
    let run = (1u64 << ones) - 1;
    let rotate = g.below(size as u64) as u32;
    let element = if rotate == 0 { run } else { (run << rotate | run >> (size - rotate)) & mask };
    (0..64 / size).fold(0, |x, k| x | element << (k * size))
}

/// Random instructions: their words and texts.
fn random(count: usize) -> (Vec<u32>, Vec<String>) {
    let mut g = Rng(0x1234_5678_9abc_def1);
    let (mut words, mut texts) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut buf = CodeBuf::new(0, Endian::Little);
        let kind = g.below(KINDS);
        texts.push(emit(kind, &mut g, &mut Enc { buf: &mut buf }));
        assert_eq!(buf.bytes.len(), 4);
        words.push(buf.get_u32(0));
    }
    (words, texts)
}

fn decode(word: u32) -> Instruction {
    let bytes = word.to_le_bytes();
    InstDecoder::default().decode(&mut U8Reader::new(&bytes)).expect("a valid instruction")
}

/// Names and numbers in a text, without punctuation; the decoder writes them its own way.
fn tokens(text: &str) -> Vec<String> {
    let plain = text.replace(['[', ']', ',', '#', '{', '}'], " ");
    let number = |t: &str| -> Option<i64> {
        let (sign, t) = t.strip_prefix('-').map_or((1, t), |t| (-1, t));
        let x = match t.strip_prefix("0x") {
            Some(h) => u64::from_str_radix(h, 16).ok()? as i64,
            None => t.parse().ok()?,
        };
        Some(sign * x)
    };
    plain.split_whitespace().map(|t| number(t).map_or(t.to_string(), |n| n.to_string())).collect()
}

/// The decoder prefers aliases, so texts are compared where it writes what `as` reads, and
/// registers always: every register named by one is named by the other.
#[test]
fn yaxpeax_agrees() {
    let (words, texts) = random(120_000);
    let mut exact = 0;
    for (w, t) in words.iter().zip(&texts) {
        let i = decode(*w);
        assert_ne!(i.opcode, Opcode::Invalid, "{t}");
        let got = i.to_string();
        let (a, b) = (tokens(&got), tokens(t));
        exact += (a == b) as usize;
        let registers = |v: &[String]| {
            let is = |s: &&String| {
                let mut c = s.chars();
                matches!(c.next(), Some('x' | 'w' | 'd' | 'v' | 'b' | 's'))
                    && c.next().is_some_and(|c| c.is_ascii_digit())
            };
            let digits = |s: &String| -> String {
                let body = s.split('.').next().unwrap_or("");
                body.chars().filter(char::is_ascii_digit).collect()
            };
            v.iter().skip(1).filter(is).map(digits).collect::<Vec<_>>()
        };
        assert_eq!(registers(&a), registers(&b), "{t} decodes to {got}");
        let zero = Operand::Nothing;
        assert!(i.operands.len() == 4 && (t == "ret" || i.operands[0] != zero), "{t}");
    }
    assert!(exact * 10 > texts.len() * 6, "only {exact} of {} texts are the same", texts.len());
}

#[test]
fn cross_as_agrees() {
    let Some(words) = assemble(&random(120_000).1, "random") else { return };
    let (want, texts) = random(120_000);
    for ((got, want), t) in words.iter().zip(&want).zip(&texts) {
        assert_eq!(got, want, "{t}: {got:08x}, not {want:08x}");
    }
}

/// Assembles lines; `None` where no `as` for this CPU is installed.
fn assemble(lines: &[String], name: &str) -> Option<Vec<u32>> {
    let tool = |t: &str| format!("aarch64-linux-gnu-{t}");
    if std::process::Command::new(tool("as")).arg("--version").output().is_err() {
        eprintln!("no cross as is installed: the second witness is not heard");
        return None;
    }
    let dir = std::env::temp_dir().join(format!("pyrs-a64-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let (src, obj, bin) = (dir.join("a.s"), dir.join("a.o"), dir.join("a.bin"));
    std::fs::write(&src, lines.join("\n") + "\n").expect("written");
    let out = std::process::Command::new(tool("as"))
        .args([src.as_os_str(), "-o".as_ref(), obj.as_os_str()])
        .output()
        .expect("as runs");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let ok = std::process::Command::new(tool("objcopy"))
        .args(["-O", "binary", "-j", ".text"])
        .args([&obj, &bin])
        .status()
        .expect("objcopy runs");
    assert!(ok.success());
    let bytes = std::fs::read(&bin).expect("read");
    let _ = std::fs::remove_dir_all(&dir);
    let word = |c: &[u8]| u32::from_le_bytes([c[0], c[1], c[2], c[3]]);
    Some(bytes.chunks_exact(4).map(word).collect())
}

/// What a bitmask field means, by the manual's DecodeBitMasks.
fn decode_mask(field: u32) -> u64 {
    let (n, immr, imms) = (field >> 12 & 1, field >> 6 & 63, field & 63);
    let len = 31 - (n << 6 | !imms & 63).leading_zeros();
    let size = 1u32 << len;
    let (s, r) = (imms & (size - 1), immr & (size - 1));
    let mask = if size == 64 { u64::MAX } else { (1 << size) - 1 };
    let run = u64::MAX >> (63 - s);
    let element = if r == 0 { run } else { (run >> r | run << (size - r)) & mask };
    (0..64 / size).fold(0, |x, k| x | element << (k * size))
}

#[test]
fn all_bitmask_immediates() {
    let mut count = 0;
    for log in 1..=6u32 {
        let size = 1u32 << log;
        for ones in 1..size {
            for rotate in 0..size {
                let mask = if size == 64 { u64::MAX } else { (1 << size) - 1 };
                let run = (1u64 << ones) - 1;
                let element =
                    if rotate == 0 { run } else { (run << rotate | run >> (size - rotate)) & mask };
                let x = (0..64 / size).fold(0, |x, k| x | element << (k * size));
                let field = bitmask(x).unwrap_or_else(|| panic!("{x:x} is a bitmask"));
                assert_eq!(decode_mask(field), x);
                count += 1;
            }
        }
    }
    assert_eq!(count, 5334);
    for x in [0, u64::MAX, 5, 0x1234, 0xffff_0000_ffff_0001, 0x8000_0000_0000_0005] {
        assert_eq!(bitmask(x), None);
    }
    // Values that are no bitmask are refused: whatever is accepted decodes to itself.
    let mut g = Rng(99);
    for _ in 0..200_000 {
        let x = g.next() & g.next() << 20;
        if let Some(field) = bitmask(x) {
            assert_eq!(decode_mask(field), x);
        }
    }
}

#[test]
fn all_small_immediates() {
    for x in 0..1u64 << 25 {
        let ok = x < 4096 || (x & 0xfff == 0 && x >> 12 < 4096);
        assert_eq!(imm12(x).is_some(), ok);
    }
    let mut seen = 0;
    for imm8 in 0..256u64 {
        // VFPExpandImm.
        let (sign, b, cd, frac) = (imm8 >> 7, imm8 >> 6 & 1, imm8 >> 4 & 3, imm8 & 15);
        let exp = (1 - b) << 10 | (b * 0xff) << 2 | cd;
        let bits = sign << 63 | exp << 52 | frac << 48;
        assert_eq!(fp8(bits), Some(imm8 as u32));
        seen += 1;
    }
    assert_eq!(seen, 256);
    assert_eq!([fp8(0), fp8(0.1f64.to_bits()), fp8(32.0f64.to_bits())], [None; 3]);
}

/// Runs the move instructions of a constant.
#[test]
fn constants_arrive() {
    let mut g = Rng(7);
    for k in 0..300_000u64 {
        let x = match k % 5 {
            0 => g.next() << 8 | g.next() & 0xff,
            1 => g.next() & 0xffff << (16 * g.below(4)),
            2 => !(g.next() & 0xffff << (16 * g.below(4))),
            3 => random_mask(&mut g),
            _ => (g.next() as i16) as i64 as u64,
        };
        let mut buf = CodeBuf::new(0, Endian::Little);
        Enc { buf: &mut buf }.mov_imm(3, x);
        let mut r = 0u64;
        for at in (0..buf.bytes.len()).step_by(4) {
            let w = buf.get_u32(at);
            assert_eq!(w & 31, 3);
            let (half, v) = (w >> 21 & 3, (w >> 5 & 0xffff) as u64);
            r = match w >> 23 {
                0x1a5 => v << (16 * half),
                0x125 => !(v << (16 * half)),
                0x1e5 => r & !(0xffff << (16 * half)) | v << (16 * half),
                0x164 => decode_mask(w >> 10 & 0x1fff),
                other => panic!("{other:x}"),
            };
        }
        assert_eq!(r, x);
        assert!(buf.bytes.len() <= 16);
    }
}

#[test]
fn branches_and_their_limits() {
    for (distance, ok) in [(1usize << 18, false), ((1 << 18) - 1, true)] {
        let mut buf = CodeBuf::new(0x1000, Endian::Little);
        let l = buf.label();
        let mut e = Enc { buf: &mut buf };
        e.b_cond(Cond::Ne, true, l);
        e.cb(true, 5, l);
        for _ in 0..distance - 2 {
            e.buf.u32(0);
        }
        e.buf.bind(l);
        let mut failed = false;
        buf.finish(|b, f, to| fill(b, f, to, &mut failed));
        assert_eq!(!failed, ok, "{distance}");
        if ok {
            assert_eq!(buf.get_u32(0), 0x5400_0000 | (distance as u32) << 5);
            assert_eq!(buf.get_u32(4), 0xb500_0005 | (distance as u32 - 1) << 5);
        }
    }
    let mut buf = CodeBuf::new(0x1000_0000, Endian::Little);
    let mut e = Enc { buf: &mut buf };
    assert!(e.branch_to(false, 0x1000_0000 - (1 << 27)).is_ok());
    assert!(e.branch_to(true, 0x1000_0004 + (1 << 27)).is_err());
    assert_eq!(buf.get_u32(0), 0x1600_0000);
}

/// Branches to labels and literals in the pool, forwards and backwards, decoded: every offset is
/// the distance to the label, every literal the constant.
#[test]
fn targets_and_literals_decode() {
    let mut g = Rng(5);
    for round in 0..1000 {
        let base = 0x1000_0000 + 4 * g.below(1 << 20);
        let mut buf = CodeBuf::new(base, Endian::Little);
        let labels: Vec<_> = (0..5).map(|_| buf.label()).collect();
        let places: Vec<u64> = (0..5).map(|_| g.below(120)).collect();
        let mut want = Vec::new();
        let mut e = Enc { buf: &mut buf };
        for k in 0..120 {
            labels.iter().zip(&places).filter(|x| *x.1 == k).for_each(|x| e.buf.bind(*x.0));
            if g.below(20) == 0 {
                (0..g.below(3000)).for_each(|_| e.buf.u32(0xd503_201f));
            }
            let (at, l) = (e.buf.pos(), labels[g.below(5) as usize]);
            let (kind, r) = (g.below(5), g.x());
            let (text, l, bits) = match kind {
                0 => (e.b(l), ("b".into(), l, None)).1,
                1 => {
                    let (cc, name) = CONDS[g.below(14) as usize];
                    e.b_cond(cc, false, l);
                    (format!("b.{name}"), l, None)
                }
                2 => {
                    let nonzero = g.below(2) == 0;
                    e.cb(nonzero, r, l);
                    (format!("cb{}z x{r}", if nonzero { "n" } else { "" }), l, None)
                }
                3 => {
                    let link = g.below(2) == 0;
                    let to = e.buf.address() + 4 * g.below(1 << 25) - (1 << 26);
                    e.branch_to(link, to).expect("in reach");
                    let offset = to.wrapping_sub(e.buf.address() - 4) as i64;
                    want.push((at, if link { "bl".into() } else { "b".into() }, Err(offset), None));
                    continue;
                }
                _ => {
                    let bits = g.next();
                    let c = e.buf.constant(bits, false);
                    e.ldr_literal(r, c);
                    (format!("ldr d{r}"), c, Some(bits))
                }
            };
            want.push((at, text, Ok(l), bits));
        }
        let mut failed = false;
        buf.finish(|b, f, to| fill(b, f, to, &mut failed));
        assert!(!failed, "round {round}");
        for (at, text, to, bits) in want {
            let offset = match to {
                Ok(l) => buf.offset(l).expect("bound") as i64 - at as i64,
                Err(offset) => offset,
            };
            let i = decode(buf.get_u32(at));
            let mut seen = None;
            for o in &i.operands {
                if let Operand::PCOffset(x) = o {
                    seen = Some(*x);
                }
            }
            assert_eq!(seen, Some(offset), "{i} for {text}");
            let got = tokens(&i.to_string());
            let mut start = tokens(&text);
            start.truncate(got.len());
            assert!(got.starts_with(&start), "{i} for {text}");
            if let Some(bits) = bits {
                let p = (at as i64 + offset) as usize;
                let cell = buf.bytes[p..p + 8].try_into().expect("eight bytes");
                assert_eq!((u64::from_le_bytes(cell), p % 8), (bits, (8 - base as usize % 8) % 8));
            }
        }
    }
}
