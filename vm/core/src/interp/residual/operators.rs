//! Operators, comparisons, conditions, items.

use super::enter::{self, Item};
use crate::error::Res;
use crate::interp::frame::S;
use crate::names::Special;
use crate::object::{Dict, core_shape};
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
pub(super) fn jump_if(vm: &Vm, s: S, taken: bool, distance: i32) -> S {
    if !taken {
        return s;
    }
    let s = s.skip(distance as isize);
    if distance < 0 { arrive(vm, s) } else { s }
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

/// A backward jump has arrived at `s`: a safepoint, and one more sign that the place is hot.
#[inline(always)]
pub(crate) fn arrive(vm: &Vm, s: S) -> S {
    if vm.must_poll() {
        return poll(vm, s);
    }
    if vm.jit.tick(s.pc) { crate::jit::hot(vm, s) } else { s }
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

/// An opcode that stores one result: first what needs no dispatch, then a method in Python as a frame, then the
/// general way.
#[inline(always)]
fn operator(
    vm: &Vm,
    s: S,
    i: Insn,
    exact: impl FnOnce() -> Option<Res>,
    enter: impl FnOnce() -> Option<S>,
    general: impl FnOnce() -> Res,
) -> S {
    vm.publish(s);
    let result = match exact() {
        Some(r) => r,
        None => match enter() {
            Some(next) => return next,
            None => general(),
        },
    };
    match result {
        Ok(v) => {
            s.put(i.a(), v);
            s
        }
        Err(r) => vm.unwind(s, r, true),
    }
}
#[inline(never)]
pub(crate) fn binary(vm: &Vm, s: S, i: Insn) -> S {
    let (op, x, y) = (BinaryOp::ALL[op_of(i, Op::Add)], s.reg(i.b()), s.reg(i.c()));
    let exact = || vm.binary_exact(op, x, y);
    operator(vm, s, i, exact, || enter::binary(vm, s, i), || vm.binary(op, x, y))
}
#[inline(never)]
pub(crate) fn in_place(vm: &Vm, s: S, i: Insn) -> S {
    let (op, x, y) = (BinaryOp::ALL[op_of(i, Op::InplaceAdd)], s.reg(i.b()), s.reg(i.c()));
    let exact = || vm.binary_exact(op, x, y);
    operator(vm, s, i, exact, || enter::binary(vm, s, i), || vm.binary_in_place(op, x, y))
}
#[inline(never)]
pub(crate) fn binary_imm(vm: &Vm, s: S, i: Insn) -> S {
    let (op, x, y) = (imm_op(i), s.reg(i.b()), imm(i.signed_c()));
    let exact = || vm.binary_exact(op, x, y);
    operator(vm, s, i, exact, || enter::binary(vm, s, i), || vm.binary(op, x, y))
}
#[inline(never)]
pub(crate) fn in_place_imm(vm: &Vm, s: S, i: Insn) -> S {
    let (op, x, y) = (imm_op(i), s.reg(i.b()), imm(i.signed_c()));
    let exact = || vm.binary_exact(op, x, y);
    operator(vm, s, i, exact, || enter::binary(vm, s, i), || vm.binary_in_place(op, x, y))
}
#[inline(never)]
pub(crate) fn compare(vm: &Vm, s: S, i: Insn) -> S {
    let (op, x, y) = (Comparison::ALL[op_of(i, Op::Lt)], s.reg(i.b()), s.reg(i.c()));
    let exact = || vm.compare_exact(op, x, y).map(|b| Ok(Value::bool(b)));
    operator(vm, s, i, exact, || enter::compare(vm, s, i), || vm.compare(op, x, y))
}
#[inline(never)]
pub(crate) fn get_item(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let (v, key) = (s.reg(i.b()), s.reg(i.c()));
    let result = match vm.get_item_exact(v, key) {
        Some(r) => r,
        None => match enter::item(vm, s, Special::GetItem, &[v, key]) {
            Item::Entered(next) => return next,
            Item::Done(r) => r,
            Item::General => vm.get_item(v, key),
        },
    };
    match result {
        Ok(v) => {
            s.put(i.a(), v);
            s
        }
        Err(r) => vm.unwind(s, r, true),
    }
}
#[inline(never)]
pub(crate) fn set_item(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let (v, key, new) = (s.reg(i.a()), s.reg(i.b()), s.reg(i.c()));
    let result = match vm.exact::<Dict>(v, core_shape::DICT) {
        Some(d) => vm.dict_set(d, key, new),
        None => match enter::item(vm, s, Special::SetItem, &[v, key, new]) {
            Item::Entered(next) => return next,
            Item::Done(r) => r.map(drop),
            Item::General => vm.set_item(v, key, new),
        },
    };
    match result {
        Ok(()) => s,
        Err(r) => vm.unwind(s, r, true),
    }
}
#[inline(never)]
pub(crate) fn delete_item(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let (v, key) = (s.reg(i.a()), s.reg(i.b()));
    let result = match enter::item(vm, s, Special::DelItem, &[v, key]) {
        Item::Entered(next) => return next,
        Item::Done(r) => r.map(drop),
        Item::General => vm.delete_item(v, key),
    };
    match result {
        Ok(()) => s,
        Err(r) => vm.unwind(s, r, true),
    }
}
#[inline(never)]
pub(crate) fn contains(vm: &Vm, s: S, i: Insn) -> S {
    let (item, container) = (s.reg(i.b()), s.reg(i.c()));
    let enter = || enter::contains(vm, s, container, item);
    operator(
        vm,
        s,
        i,
        || None,
        enter,
        || {
            let found = vm.contains(container, item)?;
            Ok(Value::bool(found == (i.op_byte() == Op::In as u8)))
        },
    )
}

residuals! {
    fn is(vm, s, i) + 0 {
        let same = vm.same(s.reg(i.b()), s.reg(i.c()));
        s.put(i.a(), Value::bool(same == (i.op_byte() == Op::Is as u8)));
    }
    fn negative(vm, s, i) + 0 { s.put(i.a(), vm.negative(s.reg(i.b()))?); }
    fn positive(vm, s, i) + 0 { s.put(i.a(), vm.positive(s.reg(i.b()))?); }
    fn invert(vm, s, i) + 0 { s.put(i.a(), vm.invert(s.reg(i.b()))?); }
    fn not(vm, s, i) + 0 { s.put(i.a(), Value::bool(!vm.truth(s.reg(i.b()))?)); }
    fn to_bool(vm, s, i) + 0 { s.put(i.a(), Value::bool(vm.truth(s.reg(i.b()))?)); }
    fn get_slice(vm, s, i) + 0 {
        if let Some(r) = vm.get_slice_exact(s.reg(i.b()), s.reg(i.c()), s.reg(i.c() + 1)) {
            s.put(i.a(), r?);
            return Ok(());
        }
        let key = vm.new_slice(s.reg(i.c()), s.reg(i.c() + 1), Value::NONE)?;
        s.put(i.a(), vm.get_item(s.reg(i.b()), key)?);
    }
    fn set_slice(vm, s, i) + 0 {
        let (v, from, to) = (s.reg(i.a()), s.reg(i.b()), s.reg(i.b() + 1));
        if let Some(r) = vm.set_slice_exact(v, from, to, s.reg(i.c())) {
            return r;
        }
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
    let op = Comparison::ALL[op_of(i, Op::JumpLt)];
    if let Some(b) = vm.compare_exact(op, s.reg(i.a()), s.reg(i.b())) {
        return jump_if(vm, s.skip(1), b == (i.c() != 0), s.extra() as i32);
    }
    vm.publish(s);
    if let Some(next) = enter::compare(vm, s, i) {
        return next;
    }
    conditional(vm, s, i, 1, s.extra() as i32, |vm, s, i| {
        Ok(vm.compare_bool(op, s.reg(i.a()), s.reg(i.b()))? == (i.c() != 0))
    })
}
#[inline(never)]
pub(crate) fn jump_compare_imm(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    if let Some(next) = enter::compare(vm, s, i) {
        return next;
    }
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
    vm.publish(s);
    if let Some(next) = enter::contains(vm, s, s.reg(i.b()), s.reg(i.a())) {
        return next;
    }
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
