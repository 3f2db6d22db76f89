//! Shared code: entry trampoline, exit handler, the slow halves of allocation and write barrier;
//! and the patches that link and unlink exits.
//!
//! The frame below what the trampoline pushes is a multiple of 16 away from the caller's stack,
//! so the stack is aligned for calls everywhere in a trace.

use crate::X86;
use crate::cons::{CTX, SP};
use crate::enc::{Alu, Enc, Mem, Rm, fill};
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::{Backend, Stubs};
use pyrs_ir::schema::Layout;

/// Registers a function must preserve, in the order they are pushed.
fn callee_saved(long: bool) -> &'static [u8] {
    if long { &[3, 5, 12, 13, 14, 15] } else { &[3, 5, 6, 7] }
}

/// Bytes the trampoline subtracts from the stack pointer after its pushes.
fn frame_bytes(x: &X86) -> i32 {
    // On entry the stack is one word (the return address) off its 16-byte alignment.
    let word = x.word().bytes() as i32;
    let pushed = word * (callee_saved(x.long).len() as i32 + 1);
    let size = x.frame().size as i32;
    size + (16 - (size + pushed) % 16) % 16
}

/// Writes the shared code.
pub fn stubs(x: &X86, layout: &Layout, buf: &mut CodeBuf) -> Stubs {
    let mut s = Stubs { enter: buf.address(), ..Stubs::default() };
    let mut e = Enc { buf, long: x.long };
    enter(x, &mut e);
    e.align_code();
    s.exit = e.buf.address();
    exit(x, layout, &mut e);
    e.align_code();
    s.alloc = e.buf.address();
    slow(x, layout.alloc_slow, &mut e);
    e.align_code();
    s.barrier = e.buf.address();
    slow(x, layout.barrier_slow, &mut e);
    buf.finish(fill);
    s
}

/// `(context, code, inputs, count)`.
fn enter(x: &X86, e: &mut Enc<'_>) {
    let w = x.long;
    let spills = x.frame().spills as i32;
    callee_saved(w).iter().for_each(|&r| e.push(r));
    let size = frame_bytes(x);
    e.alu_imm(Alu::Sub, w, Rm::Reg(SP), size);
    if w {
        e.mov(true, CTX, Rm::Reg(7));
        e.mov(true, 0, Rm::Reg(6));
        e.mov(true, 6, Rm::Reg(2));
        e.lea(false, 1, Mem { base: 1, index: Some((1, 0)), disp: 0 });
    } else {
        // Arguments lie above the return address and the pushed registers.
        let arg = |k: i32| Mem::at(SP, size + 4 * (callee_saved(false).len() as i32 + 1 + k));
        e.mov(false, CTX, arg(0).into());
        e.mov(false, 0, arg(1).into());
        e.mov(false, 6, arg(2).into());
        e.mov(false, 1, arg(3).into());
        e.lea(false, 1, Mem { base: 1, index: Some((1, 0)), disp: 0 });
    }
    e.lea(w, 7, Mem::at(SP, spills));
    e.rep_movsd();
    e.jmp_reg(0);
}

/// Entered from an exit's stub, which pushed the exit's number: saves all registers in the frame
/// and returns what the exit function says.
fn exit(x: &X86, layout: &Layout, e: &mut Enc<'_>) {
    let (w, frame) = (x.long, x.frame());
    let word = x.word().bytes() as i32;
    let n = if w { 16 } else { 8 };
    for r in (0..n).filter(|&r| r != SP) {
        e.mov_store(w, Mem::at(SP, word + frame.ints as i32 + 8 * r as i32), r);
    }
    for r in 0..n {
        e.movsd_store(Mem::at(SP, word + frame.floats as i32 + 8 * r as i32), r);
    }
    e.pop(2);
    e.mov(w, 6, Rm::Reg(SP));
    if w {
        e.mov(true, 7, Rm::Reg(CTX));
    } else {
        e.mov_store(false, Mem::at(SP, 8), 2);
        e.mov_store(false, Mem::at(SP, 4), 6);
        e.mov_store(false, Mem::at(SP, 0), CTX);
    }
    e.call_rm(Mem::at(CTX, layout.on_exit).into());
    e.alu_imm(Alu::Add, w, Rm::Reg(SP), frame_bytes(x));
    callee_saved(w).iter().rev().for_each(|&r| e.pop(r));
    e.ret();
}

/// Calls a function of the context with the word that was pushed before the call of this stub;
/// the result replaces that word. All other registers keep their values.
fn slow(x: &X86, function: i32, e: &mut Enc<'_>) {
    let w = x.long;
    let word = x.word().bytes() as i32;
    let ints: &[u8] = if w { &[0, 1, 2, 6, 7, 8, 9, 10, 11] } else { &[0, 1, 2] };
    let floats = if w { 16 } else { 8 };
    // 16 bytes for arguments, the registers, and what keeps the alignment: the pushed word and
    // the return address are on the stack already.
    let used = 16 + 8 * (ints.len() as i32 + floats);
    let size = used + (16 - (used + 2 * word) % 16) % 16;
    e.alu_imm(Alu::Sub, w, Rm::Reg(SP), size);
    let int = |k: usize| Mem::at(SP, 16 + 8 * k as i32);
    let float = |k: i32| Mem::at(SP, 16 + 8 * (ints.len() as i32 + k));
    ints.iter().enumerate().for_each(|(k, &r)| e.mov_store(w, int(k), r));
    (0..floats).for_each(|k| e.movsd_store(float(k), k as u8));
    let arg = Mem::at(SP, size + word);
    if w {
        e.mov(true, 7, Rm::Reg(CTX));
        e.mov(true, 6, arg.into());
    } else {
        e.mov(false, 0, arg.into());
        e.mov_store(false, Mem::at(SP, 4), 0);
        e.mov_store(false, Mem::at(SP, 0), CTX);
    }
    e.call_rm(Mem::at(CTX, function).into());
    e.mov_store(w, arg, 0);
    ints.iter().enumerate().for_each(|(k, &r)| e.mov(w, r, int(k).into()));
    (0..floats).for_each(|k| e.movsd_load(k as u8, float(k).into()));
    e.alu_imm(Alu::Add, w, Rm::Reg(SP), size);
    e.ret();
}

/// First instruction of an exit's stub: a jump to the bridge, or the push of the exit's number;
/// both are five bytes.
pub fn link(stub: u64, exit: u32, to: Option<u64>) -> Vec<u8> {
    let (op, x) = match to {
        Some(to) => (0xe9, to.wrapping_sub(stub + 5) as u32),
        None => (0x68, exit),
    };
    let mut out = vec![op];
    out.extend_from_slice(&x.to_le_bytes());
    out
}

/// See [`Backend::clobber`].
pub fn clobber(x: &X86, inner: u64, float_result: bool, buf: &mut CodeBuf) -> u64 {
    let at = buf.address();
    let w = x.long;
    let mut e = Enc { buf, long: w };
    // The stack arguments are copied: four words, or twelve in legacy mode.
    let (words, word, pad) = if w { (4, 8, 8) } else { (12, 4, 12) };
    e.alu_imm(Alu::Sub, w, Rm::Reg(SP), pad);
    for _ in 0..words {
        e.push_mem(Mem::at(SP, pad + words * word));
    }
    e.mov_imm(0, inner as i64);
    e.call_rm(Rm::Reg(0));
    e.alu_imm(Alu::Add, w, Rm::Reg(SP), pad + words * word);
    let junk = 0x5a5a_a5a5u32 as i32;
    let ints: &[u8] = if w { &[1, 2, 6, 7, 8, 9, 10, 11] } else { &[1, 2] };
    ints.iter().for_each(|&r| e.mov_imm32(r, junk as u32));
    let floats = if w { 16 } else { 8 };
    for r in (float_result && w) as u8..floats {
        e.mov_to_xmm(false, r, 1);
    }
    if float_result {
        e.mov_imm32(0, junk as u32);
    }
    e.alu(Alu::Cmp, false, 1, Rm::Reg(2));
    e.ret();
    at
}
