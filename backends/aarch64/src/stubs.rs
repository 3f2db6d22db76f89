//! Shared code: entry trampoline, exit handler, the slow halves of allocation and write barrier;
//! and the patches that link and unlink exits. The stack pointer stays a multiple of 16.

use crate::Aarch64;
use crate::cons::{CTX, X16, X17};
use crate::enc::{Access, Arith, Cond, Enc, ZR, branch, fill, imm12};
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::{Backend, Stubs};
use pyrs_ir::schema::Layout;

const SP: u8 = 31;

/// Bytes for x19 to x30 and d8 to d15 above the frame.
const SAVED: u32 = 12 * 8 + 8 * 8;

/// Writes the shared code.
pub fn stubs(x: &Aarch64, layout: &Layout, buf: &mut CodeBuf) -> Stubs {
    let mut s = Stubs { enter: buf.address(), ..Stubs::default() };
    let mut e = Enc { buf };
    enter(x, &mut e);
    s.exit = e.buf.address();
    exit(x, layout, &mut e);
    s.alloc = e.buf.address();
    slow(layout.alloc_slow, &mut e);
    s.barrier = e.buf.address();
    slow(layout.barrier_slow, &mut e);
    let mut failed = false;
    buf.finish(|b, f, to| fill(b, f, to, &mut failed));
    debug_assert!(!failed, "shared code is short");
    s
}

/// Access to the stack or the context; offsets there are small and aligned.
fn near(e: &mut Enc<'_>, op: Access, reg: u8, base: u8, offset: i32) {
    let ok = e.access(op, reg, base, offset);
    debug_assert!(ok, "offset {offset} reaches");
}

fn add_sp(e: &mut Enc<'_>, op: Arith, bytes: u32) {
    // Two steps reach any size below 16 MiB.
    for part in [bytes & !0xfff, bytes & 0xfff] {
        if let Some(field) = imm12(part as u64)
            && part != 0
        {
            e.arith_imm(op, SP, SP, field);
        }
    }
}

/// Stores or loads what a function must preserve, from `x9`.
fn saved(e: &mut Enc<'_>, load: bool) {
    for k in 0..6 {
        e.pair(load, 19 + 2 * k, 20 + 2 * k, 9, 16 * k as i32);
    }
    for k in 0..4 {
        e.pair_d(load, 8 + 2 * k, 9 + 2 * k, 9, 96 + 16 * k as i32);
    }
}

/// `x9` becomes the address of the saved registers.
fn saved_address(x: &Aarch64, e: &mut Enc<'_>) {
    let size = x.frame().size;
    let mut from = SP;
    for part in [size & !0xfff, size & 0xfff] {
        if let Some(field) = imm12(part as u64) {
            e.arith_imm(Arith::Add, 9, from, field);
            from = 9;
        }
    }
}

/// `(x0 context, x1 code, x2 inputs, x3 count)`.
fn enter(x: &Aarch64, e: &mut Enc<'_>) {
    let frame = x.frame();
    add_sp(e, Arith::Sub, frame.size + SAVED);
    saved_address(x, e);
    saved(e, false);
    e.mov(CTX, 0);
    let field = imm12(frame.spills as u64).unwrap_or(0);
    e.arith_imm(Arith::Add, 9, SP, field);
    let (head, done) = (e.buf.label(), e.buf.label());
    let one = imm12(1).unwrap_or(0);
    let eight = imm12(8).unwrap_or(0);
    e.buf.bind(head);
    e.cb(false, 3, done);
    near(e, Access::LdrX, 10, 2, 0);
    near(e, Access::StrX, 10, 9, 0);
    e.arith_imm(Arith::Add, 2, 2, eight);
    e.arith_imm(Arith::Add, 9, 9, eight);
    e.arith_imm(Arith::Sub, 3, 3, one);
    e.b(head);
    e.buf.bind(done);
    e.br(1);
}

/// Entered with the exit's number in x16.
fn exit(x: &Aarch64, layout: &Layout, e: &mut Enc<'_>) {
    let frame = x.frame();
    for r in (0..32).filter(|&r| r != SP && r != 18) {
        near(e, Access::StrX, r, SP, frame.ints as i32 + 8 * r as i32);
    }
    for r in 0..32 {
        near(e, Access::StrD, r, SP, frame.floats as i32 + 8 * r as i32);
    }
    e.mov(0, CTX);
    e.arith_imm(Arith::Add, 1, SP, 0);
    e.mov(2, X16);
    near(e, Access::LdrX, X17, CTX, layout.on_exit);
    e.blr(X17);
    saved_address(x, e);
    saved(e, true);
    add_sp(e, Arith::Add, frame.size + SAVED);
    e.ret();
}

/// Calls a function of the context with x16 as second argument; the result comes back in x16.
/// Everything but x16, x17 and x30 keeps its value.
fn slow(function: i32, e: &mut Enc<'_>) {
    // x0 to x15, x30 and one word of padding, d0 to d7, d16 to d31.
    let size = 8 * (18 + 24);
    add_sp(e, Arith::Sub, size);
    let save = |e: &mut Enc<'_>, load: bool| {
        for k in 0..8 {
            e.pair(load, 2 * k, 2 * k + 1, SP, 16 * k as i32);
        }
        near(e, if load { Access::LdrX } else { Access::StrX }, 30, SP, 128);
        for k in 0..12u8 {
            let r = if k < 4 { 2 * k } else { 2 * k + 8 };
            e.pair_d(load, r, r + 1, SP, 144 + 16 * k as i32);
        }
    };
    save(e, false);
    e.mov(0, CTX);
    e.mov(1, X16);
    near(e, Access::LdrX, X17, CTX, function);
    e.blr(X17);
    e.mov(X16, 0);
    save(e, true);
    add_sp(e, Arith::Add, size);
    e.ret();
}

/// First instruction of an exit's stub: a branch to the bridge, or the first half of loading the
/// exit's number.
pub fn link(stub: u64, exit: u32, to: Option<u64>) -> Result<Vec<u8>, String> {
    let word = match to {
        Some(to) => branch(stub, to).ok_or("bridge out of reach")?,
        None => 0xd280_0000 | (exit & 0xffff) << 5 | X16 as u32,
    };
    Ok(word.to_le_bytes().to_vec())
}

/// See [`Backend::clobber`]. Eight words and eight doubles are passed in registers, which is all
/// that tests use.
pub fn clobber(inner: u64, float_result: bool, buf: &mut CodeBuf) -> u64 {
    let at = buf.address();
    let mut e = Enc { buf };
    add_sp(&mut e, Arith::Sub, 16);
    near(&mut e, Access::StrX, 30, SP, 0);
    e.mov_imm(X16, inner);
    e.blr(X16);
    near(&mut e, Access::LdrX, 30, SP, 0);
    add_sp(&mut e, Arith::Add, 16);
    e.mov_imm(X17, 0xdead_beef_5a5a_a5a5);
    for r in (if float_result { 0 } else { 1 })..17 {
        e.mov(r, X17);
    }
    for r in (float_result as u8..8).chain(16..32) {
        e.fmov_from_x(r, X17);
    }
    e.arith(Arith::Subs, ZR, X17, ZR, 0);
    let skip = e.buf.label();
    e.b_cond(Cond::Eq, false, skip);
    e.buf.bind(skip);
    e.ret();
    buf.finish(|b, f, to| fill(b, f, to, &mut false));
    at
}
