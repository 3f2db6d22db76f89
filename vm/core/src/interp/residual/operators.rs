//! Operators, comparisons, conditions, items.

use crate::error::Res;
use crate::interp::frame::S;
use crate::protocol::{BinaryOp, Comparison};
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Op};
use pyrs_heap::Value;

fn op_of(i: Insn, first: Op) -> usize {
    (i.op_byte() - first as u8) as usize
}
/// The operator of an instruction with a small constant.
fn imm_op(i: Insn) -> BinaryOp {
    use BinaryOp::*;
    [Add, Sub, Mul, FloorDiv, Mod, LShift, RShift, And, Add, Sub][op_of(i, Op::AddImm)]
}
fn imm(n: i8) -> Value {
    Value::small_int(n as isize)
}
/// Where a conditional jump goes.
fn jump_if(vm: &Vm, s: S, taken: bool, distance: i32) -> S {
    if !taken {
        return s;
    }
    let s = s.skip(distance as isize);
    if distance < 0 && vm.heap.poll_word().load(core::sync::atomic::Ordering::Relaxed) != 0 {
        return poll(vm, s);
    }
    s
}
/// A conditional jump whose condition may raise.
fn conditional(
    vm: &Vm,
    s: S,
    i: Insn,
    words: isize,
    distance: i32,
    f: impl FnOnce(&Vm, S, Insn) -> Res<bool>,
) -> S {
    vm.publish(s);
    match f(vm, s, i) {
        Ok(taken) => jump_if(vm, s.skip(words), taken, distance),
        Err(r) => vm.unwind(s, r, true),
    }
}

/// Runs what waits at a safepoint; `s` is the state to go on with.
#[cold]
#[inline(never)]
pub(crate) fn poll(vm: &Vm, s: S) -> S {
    // The state is that of the jump's target: step over one word, so that the target is "the instruction at hand".
    let at = s.skip(1);
    vm.publish(at);
    match vm.run_pending() {
        Ok(()) => s,
        Err(r) => vm.unwind(at, r, true),
    }
}

residuals! {
    fn binary(vm, s, i) + 0 {
        let v = vm.binary(BinaryOp::ALL[op_of(i, Op::Add)], s.reg(i.b()), s.reg(i.c()))?;
        s.put(i.a(), v);
    }
    fn in_place(vm, s, i) + 0 {
        let op = BinaryOp::ALL[op_of(i, Op::InplaceAdd)];
        let v = vm.binary_in_place(op, s.reg(i.b()), s.reg(i.c()))?;
        s.put(i.a(), v);
    }
    fn binary_imm(vm, s, i) + 0 {
        let v = vm.binary(imm_op(i), s.reg(i.b()), imm(i.signed_c()))?;
        s.put(i.a(), v);
    }
    fn in_place_imm(vm, s, i) + 0 {
        let v = vm.binary_in_place(imm_op(i), s.reg(i.b()), imm(i.signed_c()))?;
        s.put(i.a(), v);
    }
    fn compare(vm, s, i) + 0 {
        let v = vm.compare(Comparison::ALL[op_of(i, Op::Lt)], s.reg(i.b()), s.reg(i.c()))?;
        s.put(i.a(), v);
    }
    fn is(vm, s, i) + 0 {
        let same = vm.same(s.reg(i.b()), s.reg(i.c()));
        s.put(i.a(), Value::bool(same == (i.op_byte() == Op::Is as u8)));
    }
    fn contains(vm, s, i) + 0 {
        let found = vm.contains(s.reg(i.c()), s.reg(i.b()))?;
        s.put(i.a(), Value::bool(found == (i.op_byte() == Op::In as u8)));
    }
    fn negative(vm, s, i) + 0 { s.put(i.a(), vm.negative(s.reg(i.b()))?); }
    fn positive(vm, s, i) + 0 { s.put(i.a(), vm.positive(s.reg(i.b()))?); }
    fn invert(vm, s, i) + 0 { s.put(i.a(), vm.invert(s.reg(i.b()))?); }
    fn not(vm, s, i) + 0 { s.put(i.a(), Value::bool(!vm.truth(s.reg(i.b()))?)); }
    fn to_bool(vm, s, i) + 0 { s.put(i.a(), Value::bool(vm.truth(s.reg(i.b()))?)); }
    fn get_item(vm, s, i) + 0 { s.put(i.a(), vm.get_item(s.reg(i.b()), s.reg(i.c()))?); }
    fn set_item(vm, s, i) + 0 { vm.set_item(s.reg(i.a()), s.reg(i.b()), s.reg(i.c()))?; }
    fn delete_item(vm, s, i) + 0 { vm.delete_item(s.reg(i.a()), s.reg(i.b()))?; }
    fn get_slice(vm, s, i) + 0 {
        let key = vm.new_slice(s.reg(i.c()), s.reg(i.c() + 1), Value::NONE)?;
        s.put(i.a(), vm.get_item(s.reg(i.b()), key)?);
    }
    fn set_slice(vm, s, i) + 0 {
        let key = vm.new_slice(s.reg(i.b()), s.reg(i.b() + 1), Value::NONE)?;
        vm.set_item(s.reg(i.a()), key, s.reg(i.c()))?;
    }
    fn build_slice(vm, s, i) + 0 {
        let step = if i.c() == 3 { s.reg(i.b() + 2) } else { Value::NONE };
        s.put(i.a(), vm.new_slice(s.reg(i.b()), s.reg(i.b() + 1), step)?);
    }
    fn get_len(vm, s, i) + 0 {
        let n = vm.len(s.reg(i.b()))?;
        s.put(i.a(), vm.int_usize(n)?);
    }
}

#[inline(never)]
pub(crate) fn jump_compare(vm: &Vm, s: S, i: Insn) -> S {
    conditional(vm, s, i, 1, s.extra() as i32, |vm, s, i| {
        let op = Comparison::ALL[op_of(i, Op::JumpLt)];
        Ok(vm.compare_bool(op, s.reg(i.a()), s.reg(i.b()))? == (i.c() != 0))
    })
}
#[inline(never)]
pub(crate) fn jump_compare_imm(vm: &Vm, s: S, i: Insn) -> S {
    conditional(vm, s, i, 1, s.extra() as i32, |vm, s, i| {
        let op = Comparison::ALL[op_of(i, Op::JumpLtImm)];
        Ok(vm.compare_bool(op, s.reg(i.a()), imm(i.signed_b()))? == (i.c() != 0))
    })
}
#[inline(never)]
pub(crate) fn jump_is(vm: &Vm, s: S, i: Insn) -> S {
    conditional(vm, s, i, 1, s.extra() as i32, |vm, s, i| {
        Ok(vm.same(s.reg(i.a()), s.reg(i.b())) == (i.c() != 0))
    })
}
#[inline(never)]
pub(crate) fn jump_in(vm: &Vm, s: S, i: Insn) -> S {
    conditional(vm, s, i, 1, s.extra() as i32, |vm, s, i| {
        Ok(vm.contains(s.reg(i.b()), s.reg(i.a()))? == (i.c() != 0))
    })
}
#[inline(never)]
pub(crate) fn jump_if_true(vm: &Vm, s: S, i: Insn) -> S {
    conditional(vm, s, i, 0, i.i16(), |vm, s, i| vm.truth(s.reg(i.a())))
}
#[inline(never)]
pub(crate) fn jump_if_false(vm: &Vm, s: S, i: Insn) -> S {
    conditional(vm, s, i, 0, i.i16(), |vm, s, i| Ok(!vm.truth(s.reg(i.a()))?))
}
