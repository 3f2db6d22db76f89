//! Instructions whose bytes depend on where they and their targets are: jumps to labels and to
//! addresses, calls, and operands in the pool of constants (relative to the instruction pointer
//! in long mode, absolute in legacy mode). Whole programs with random distances are decoded by
//! an independent decoder (iced-x86), and every target is compared with where its label is.

use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, OpKind, Register};
use pyrs_ir::asm::{CodeBuf, Label};
use pyrs_ir::backend::Backend;
use pyrs_ir::types::Endian;
use pyrs_x86_64::enc::{Alu, Bitwise, Cond, Enc, Ext, Mem, Rm, Sse, fill};
use pyrs_x86_64::{Features, X86};

/// Base addresses to try: the last one has the top bit of 32-bit addresses set.
const BASES: [u64; 3] = [0x40_0000, 0x1234_5670, 0xf000_0008];

struct Rng(u64);

impl Rng {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % n
    }
}

const CONDS: [(Cond, Mnemonic); 13] = [
    (Cond::O, Mnemonic::Jo),
    (Cond::B, Mnemonic::Jb),
    (Cond::Ae, Mnemonic::Jae),
    (Cond::E, Mnemonic::Je),
    (Cond::Ne, Mnemonic::Jne),
    (Cond::Be, Mnemonic::Jbe),
    (Cond::A, Mnemonic::Ja),
    (Cond::P, Mnemonic::Jp),
    (Cond::Np, Mnemonic::Jnp),
    (Cond::L, Mnemonic::Jl),
    (Cond::Ge, Mnemonic::Jge),
    (Cond::Le, Mnemonic::Jle),
    (Cond::G, Mnemonic::Jg),
];

/// What an emitted instruction should decode to.
enum Want {
    /// A branch to a label.
    Label(Mnemonic, Label),
    /// A branch to an address.
    Address(Mnemonic, u64),
    /// An instruction whose last operand is a constant in the pool: the first operand, the
    /// value, whether it is 16 bytes.
    Pool(Mnemonic, Register, Label, u64, bool),
    /// Filler.
    Nops,
}

fn reg(bytes: u32, n: u8) -> Register {
    (if bytes == 8 { Register::RAX } else { Register::EAX }) + n as u32
}

/// An instruction with an operand in the pool. Those with an immediate behind the operand are
/// not offered by the encoder.
fn pool(rng: &mut Rng, e: &mut Enc<'_>) -> Want {
    let n = if e.long { 16 } else { 8 };
    let d = rng.below(n) as u8;
    let w = e.long && rng.below(2) == 0;
    let bits = [0, 1, 0x8000_0000_0000_0000, 0x4330_0000_0000_0000, rng.below(u64::MAX)];
    let bits = bits[rng.below(5) as usize];
    let kind = rng.below(20);
    let twice = (1..5).contains(&kind);
    let l = e.buf.constant(bits, twice);
    let p = Rm::Pool(l);
    let (x, g) = (Register::XMM0 + d as u32, reg(if w { 8 } else { 4 }, d));
    let (m, r) = match kind {
        0 => (e.movsd_load(d, p), (Mnemonic::Movsd, x)).1,
        1 => (e.bitwise(Bitwise::And, d, p), (Mnemonic::Andpd, x)).1,
        2 => (e.bitwise(Bitwise::Andn, d, p), (Mnemonic::Andnpd, x)).1,
        3 => (e.bitwise(Bitwise::Or, d, p), (Mnemonic::Orpd, x)).1,
        4 => (e.bitwise(Bitwise::Xor, d, p), (Mnemonic::Xorpd, x)).1,
        5 => (e.sse(Sse::Add, d, p), (Mnemonic::Addsd, x)).1,
        6 => (e.sse(Sse::Sub, d, p), (Mnemonic::Subsd, x)).1,
        7 => (e.sse(Sse::Mul, d, p), (Mnemonic::Mulsd, x)).1,
        8 => (e.sse(Sse::Div, d, p), (Mnemonic::Divsd, x)).1,
        9 => (e.sse(Sse::Sqrt, d, p), (Mnemonic::Sqrtsd, x)).1,
        10 => (e.ucomisd(d, p), (Mnemonic::Ucomisd, x)).1,
        11 => (e.mov(w, d, p), (Mnemonic::Mov, g)).1,
        12 => (e.alu(Alu::Add, w, d, p), (Mnemonic::Add, g)).1,
        13 => (e.alu(Alu::Cmp, w, d, p), (Mnemonic::Cmp, g)).1,
        14 => (e.imul(w, d, p), (Mnemonic::Imul, g)).1,
        15 => (e.cmov(Cond::L, w, d, p), (Mnemonic::Cmovl, g)).1,
        16 => (e.cvtsi2sd(w, d, p), (Mnemonic::Cvtsi2sd, x)).1,
        17 => (e.movx(Ext::U16, w, d, p), (Mnemonic::Movzx, g)).1,
        18 => (e.bsr(w, d, p), (Mnemonic::Bsr, g)).1,
        _ => (e.bsf(w, d, p), (Mnemonic::Bsf, g)).1,
    };
    Want::Pool(m, r, l, bits, twice)
}

/// One random instruction.
fn emit(rng: &mut Rng, e: &mut Enc<'_>, labels: &[Label]) -> Want {
    let label = labels[rng.below(labels.len() as u64) as usize];
    match rng.below(8) {
        0..3 => {
            let (cc, mnemonic) = CONDS[rng.below(13) as usize];
            e.jcc(cc, label);
            Want::Label(mnemonic, label)
        }
        3 => {
            e.jmp(label);
            Want::Label(Mnemonic::Jmp, label)
        }
        4 => {
            let call = rng.below(2) == 0;
            let far = rng.below(0xffff_0000) as i32 as i64;
            let to = e.buf.address().wrapping_add(far as u64);
            let to = if e.long { to } else { to as u32 as u64 };
            e.branch_to(call, to);
            Want::Address(if call { Mnemonic::Call } else { Mnemonic::Jmp }, to)
        }
        _ => pool(rng, e),
    }
}

/// The address a memory operand without base and index means.
fn absolute(i: &Instruction, long: bool) -> u64 {
    assert_eq!(i.memory_index(), Register::None, "{i}");
    if long {
        assert!(i.is_ip_rel_memory_operand(), "{i}");
        return i.ip_rel_memory_address();
    }
    assert_eq!(i.memory_base(), Register::None, "{i}");
    i.memory_displacement64()
}

/// Writes a program of `count` instructions, decodes it and compares.
fn program(rng: &mut Rng, base: u64, long: bool, count: usize) {
    let mut buf = CodeBuf::new(base, Endian::Little);
    let labels: Vec<Label> = (0..5).map(|_| buf.label()).collect();
    let bind_at: Vec<u64> = (0..5).map(|_| rng.below(count as u64)).collect();
    let mut wanted = Vec::new();
    let mut e = Enc { buf: &mut buf, long };
    for k in 0..count {
        for (l, _) in labels.iter().zip(&bind_at).filter(|x| *x.1 == k as u64) {
            e.buf.bind(*l);
        }
        // Now and then a gap, so that distances do not fit a byte or 16 bits.
        if rng.below(20) == 0 {
            let from = e.buf.pos();
            let gap = [1, 100, 200, 40_000][rng.below(4) as usize];
            (0..gap).for_each(|_| e.buf.u8(0x90));
            e.align_code();
            assert_eq!(e.buf.address() % 16, 0);
            wanted.push((from, e.buf.pos(), Want::Nops));
        }
        let from = e.buf.pos();
        let want = emit(rng, &mut e, &labels);
        wanted.push((from, e.buf.pos(), want));
    }
    e.ret();
    buf.finish(fill);
    let address = |l: Label| base + buf.offset(l).expect("bound") as u64;
    for (from, end, want) in &wanted {
        let bits = if long { 64 } else { 32 };
        let ip = base + *from as u64;
        let bytes = &buf.bytes[*from..*end];
        let i = Decoder::with_ip(bits, bytes, ip, DecoderOptions::NONE).decode();
        let text = format!("{i} at {ip:x}, {:02x?}", &bytes[..bytes.len().min(16)]);
        let branch = |mnemonic: Mnemonic, to: u64| {
            assert_eq!(i.mnemonic(), mnemonic, "{text}");
            assert_eq!(i.near_branch_target(), to, "{text}");
            let kind = if long { OpKind::NearBranch64 } else { OpKind::NearBranch32 };
            assert_eq!(i.op0_kind(), kind, "{text}");
        };
        match *want {
            Want::Nops => {
                assert!(bytes.iter().all(|&b| b == 0x90));
                continue;
            }
            Want::Label(mnemonic, l) => branch(mnemonic, address(l)),
            Want::Address(mnemonic, to) => branch(mnemonic, to),
            Want::Pool(mnemonic, register, l, value, twice) => {
                assert_eq!((i.mnemonic(), i.op0_register()), (mnemonic, register), "{text}");
                assert_eq!((i.op_count(), i.op1_kind()), (2, OpKind::Memory), "{text}");
                let at = absolute(&i, long);
                assert_eq!(at, address(l), "{text}");
                assert!(!twice || at.is_multiple_of(16), "{text}");
                for k in 0..=twice as usize {
                    let from = (at - base) as usize + 8 * k;
                    let cell = buf.bytes[from..from + 8].try_into().expect("eight bytes");
                    assert_eq!(u64::from_le_bytes(cell), value, "{text}");
                }
            }
        }
        assert_eq!(i.len(), bytes.len(), "{text}");
    }
}

fn run(long: bool) {
    let mut rng = Rng(0x0123_4567_89ab_cdef);
    for k in 0..1000 {
        program(&mut rng, BASES[k % BASES.len()], long, 110);
    }
}

#[test]
fn long_mode() {
    run(true);
}

#[test]
fn legacy_mode() {
    run(false);
}

/// The patch of an exit's stub goes where it says from any place, and its undoing is the `push`
/// that the stub began with.
#[test]
fn links_of_exits() {
    let mut rng = Rng(99);
    for long in [true, false] {
        let x = match long {
            true => X86::x86_64(Features::ALL),
            false => X86::ia32(Features::ALL),
        };
        for _ in 0..20_000 {
            let stub = 0x7000_0000 + rng.below(1 << 30);
            let to = stub.wrapping_add(rng.below(0xffff_0000) as i32 as i64 as u64);
            let to = if long { to } else { to as u32 as u64 };
            let number = rng.below(1 << 31) as u32;
            let decode = |to: Option<u64>| {
                let bytes = x.link(stub, number, to).expect("in reach");
                let bits = if long { 64 } else { 32 };
                let i = Decoder::with_ip(bits, &bytes, stub, DecoderOptions::NONE).decode();
                assert_eq!((i.len(), bytes.len()), (5, 5));
                i
            };
            let i = decode(Some(to));
            assert_eq!((i.mnemonic(), i.near_branch_target()), (Mnemonic::Jmp, to));
            let i = decode(None);
            assert_eq!((i.mnemonic(), i.immediate(0)), (Mnemonic::Push, number as u64));
            let mut buf = CodeBuf::new(stub, Endian::Little);
            Enc { buf: &mut buf, long }.push_imm(number);
            assert_eq!(Some(buf.bytes), x.link(stub, number, None).ok());
        }
    }
}

/// A memory operand without base would read the pool's form; the encoder has no such operand.
#[test]
fn base_registers_5_and_13_keep_their_displacement() {
    for long in [true, false] {
        for base in [5, 13].into_iter().filter(|&b| long || b < 8) {
            let mut buf = CodeBuf::new(BASES[0], Endian::Little);
            Enc { buf: &mut buf, long }.mov(false, 0, Mem::at(base, 0).into());
            let bits = if long { 64 } else { 32 };
            let i = Decoder::new(bits, &buf.bytes, DecoderOptions::NONE).decode();
            let want = if long { Register::RAX } else { Register::EAX } + base as u32;
            assert_eq!((i.memory_base(), i.memory_displacement64()), (want, 0));
        }
    }
}
