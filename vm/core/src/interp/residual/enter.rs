//! Special methods written in Python, entered without leaving the loop.
//!
//! An operator on an object whose class defines it in Python pushes the method's frame and is continued when the
//! frame returns (`calls::continue_`). This spares a nested loop on the native stack; what cannot be entered
//! plainly (other descriptors, arguments to bind, a reflection that goes first) gives `None` and takes the
//! general way. `AUX` of the frame tells how far the protocol has got: a [`Stage`].

use crate::error::Res;
use crate::interp::frame::{Continuation, S, WINDOW};
use crate::names::Special;
use crate::object::*;
use crate::protocol::{BinaryOp, Comparison};
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Op};
use pyrs_heap::{Gc, Value};

/// Which method of an operator has been entered.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(isize)]
pub(super) enum Stage {
    InPlace,
    Left,
    Reflected,
}

/// Pushes the frame of `f`, a Python function, if a call with `args` needs no binding.
pub(crate) fn enter(
    vm: &Vm,
    s: S,
    f: Value,
    args: &[Value],
    k: Continuation,
    aux: Value,
) -> Option<S> {
    let f = vm.exact::<Function>(f, core_shape::FUNCTION)?;
    if f.exact.get() as usize != args.len() {
        return None;
    }
    let top = s.top_window() + WINDOW;
    // SAFETY: there is slack above every frame for a window.
    let base = unsafe { s.base.add(top) };
    if let Err(r) = vm.check_call(base, f, args.len()) {
        return Some(vm.unwind(s, r, true));
    }
    for (n, &v) in args.iter().enumerate() {
        s.put(top + n, v);
    }
    Some(super::calls::push_continued(vm, s, base, f, k, aux))
}

/// The special method of an object's class, unless the object is a number or another immediate value.
fn method_of(vm: &Vm, v: Value, special: Special) -> Option<Value> {
    vm.object(v)?;
    vm.special(vm.class_of(v), special)
}

/// How a subscript is answered.
pub(super) enum Item {
    /// By a method in Python, whose frame has been pushed.
    Entered(S),
    /// By a native method of the very class.
    Done(Res),
    General,
}
/// `v[key]`, `v[key] = new`, `del v[key]`: the arguments of the special method, `v` first.
#[inline]
pub(super) fn item(vm: &Vm, s: S, special: Special, args: &[Value]) -> Item {
    let Some(o) = vm.object(args[0]) else { return Item::General };
    let class = vm.shape(o.shape()).class;
    let Some(f) = vm.special(class, special) else { return Item::General };
    match vm.object(f).map(|o| o.shape()) {
        Some(core_shape::NATIVE_METHOD) => {
            // SAFETY: the shape is that of native methods.
            let n: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
            if n.exact.get() as usize == args.len() && vm.is_own_method(n, class) {
                return Item::Done((n.def.function)(vm, args));
            }
            Item::General
        }
        Some(core_shape::FUNCTION) => {
            let get = special == Special::GetItem;
            let k = if get { Continuation::Store } else { Continuation::Discard };
            match enter(vm, s, f, args, k, Value::NONE) {
                Some(next) => Item::Entered(next),
                None => Item::General,
            }
        }
        _ => Item::General,
    }
}
/// `item in container`
pub(super) fn contains(vm: &Vm, s: S, container: Value, item: Value) -> Option<S> {
    let f = method_of(vm, container, Special::Contains)?;
    let stage = Value::small_int(Stage::Reflected as isize);
    enter(vm, s, f, &[container, item], Continuation::Operator, stage)
}
/// `iter(v)` for the instructions that begin an iteration.
pub(super) fn iterator(vm: &Vm, s: S, v: Value) -> Option<S> {
    let f = method_of(vm, v, Special::Iter)?;
    enter(vm, s, f, &[v], Continuation::Iterator, Value::NONE)
}
/// `__iter__` has returned.
pub(super) fn finish_iterator(vm: &Vm, s: S, i: Insn, it: Value) -> S {
    if !vm.is_iterator(it) {
        let r = vm.not_an_iterator(it);
        return vm.unwind(s, r, true);
    }
    s.put(i.a(), it);
    if i.op_byte() == Op::ForPrep as u8 {
        s.put(i.a() + 1, Value::UNBOUND);
    }
    s
}
/// A method in Python that answers an operator first.
pub(crate) struct Plan {
    pub(crate) function: Value,
    /// It gets the right operand first.
    pub(crate) swapped: bool,
    /// `AUX` of its frame.
    pub(crate) stage: Value,
}
impl Plan {
    fn new(function: Value, swapped: bool, stage: Stage) -> Option<Plan> {
        Some(Plan { function, swapped, stage: Value::small_int(stage as isize) })
    }
    fn enter(self, vm: &Vm, s: S, a: Value, b: Value) -> Option<S> {
        let args = if self.swapped { [b, a] } else { [a, b] };
        enter(vm, s, self.function, &args, Continuation::Operator, self.stage)
    }
}
/// Where an operand is.
pub(crate) enum Operand {
    Register(usize),
    Small(i8),
}
/// An operator, comparison or membership test.
pub(crate) fn is_operator(op: Op) -> bool {
    let within = |first: Op, last: Op| (first as u8..=last as u8).contains(&(op as u8));
    within(Op::Add, Op::InplaceSubImm)
        || within(Op::Lt, Op::Ge)
        || within(Op::JumpLt, Op::JumpGeImm)
        || matches!(op, Op::In | Op::NotIn | Op::JumpIn)
}
/// The instruction does not store what the method answers, but its truth, or jumps on it.
pub(crate) fn wants_truth(op: Op) -> bool {
    (Op::JumpLt as u8..=Op::JumpGeImm as u8).contains(&(op as u8))
        || matches!(op, Op::In | Op::NotIn | Op::JumpIn)
}
/// The operands of such an instruction, left one first.
pub(crate) fn operands_of(s: S, i: Insn) -> Option<(Operand, Operand)> {
    use Operand::*;
    let imm = |n: i8| Small(n);
    if operands(s, i).is_some() {
        let small = within(i, Op::AddImm, Op::InplaceSubImm).is_some();
        let right = if small { imm(i.signed_c()) } else { Register(i.c()) };
        return Some((Register(i.b()), right));
    }
    if within(i, Op::Lt, Op::Ge).is_some() {
        return Some((Register(i.b()), Register(i.c())));
    }
    if within(i, Op::JumpLt, Op::JumpGe).is_some() {
        return Some((Register(i.a()), Register(i.b())));
    }
    if within(i, Op::JumpLtImm, Op::JumpGeImm).is_some() {
        return Some((Register(i.a()), imm(i.signed_b())));
    }
    match Op::from_byte(i.op_byte())? {
        Op::In | Op::NotIn => Some((Register(i.b()), Register(i.c()))),
        Op::JumpIn => Some((Register(i.a()), Register(i.b()))),
        _ => None,
    }
}
/// Which method answers the instruction first, if that is one in Python.
pub(crate) fn plan(vm: &Vm, s: S, i: Insn) -> Option<Plan> {
    if operands(s, i).is_some() {
        return plan_binary(vm, s, i);
    }
    if compared(s, i).is_some() {
        return plan_compare(vm, s, i);
    }
    let (_, container) = operands_of(s, i)?;
    let Operand::Register(container) = container else { return None };
    let f = method_of(vm, s.reg(container), Special::Contains)?;
    Plan::new(f, true, Stage::Reflected)
}
/// A binary operator, plain or in place.
pub(super) fn binary(vm: &Vm, s: S, i: Insn) -> Option<S> {
    let (_, _, a, b) = operands(s, i)?;
    plan_binary(vm, s, i)?.enter(vm, s, a, b)
}
#[inline(always)]
fn plan_binary(vm: &Vm, s: S, i: Insn) -> Option<Plan> {
    let (op, in_place, a, b) = operands(s, i)?;
    if vm.object(a).is_none() || vm.exact_float(a).is_some() {
        // A number on the left knows nothing of instances that are no numbers themselves.
        let number = vm.as_int(b).is_some() || vm.as_float(b).is_some();
        if number || vm.as_complex(b).is_some() {
            return None;
        }
        let left_is_number = a.is_int() || vm.exact_float(a).is_some();
        let f = method_of(vm, b, op.reflected()).filter(|_| left_is_number)?;
        return Plan::new(f, true, Stage::Reflected);
    }
    let (left, right) = (vm.class_of(a), vm.class_of(b));
    if in_place && let Some(f) = vm.special(left, op.in_place()) {
        return Plan::new(f, false, Stage::InPlace);
    }
    let f = vm.special(left, op.special())?;
    if left != right
        && vm.object(b).is_some()
        && vm.special(right, op.reflected()).is_some()
        && vm.is_subclass_exact(right, left)
    {
        return None;
    }
    Plan::new(f, false, Stage::Left)
}
/// A comparison, whether its result is stored or jumped on.
pub(super) fn compare(vm: &Vm, s: S, i: Insn) -> Option<S> {
    let (_, a, b) = compared(s, i)?;
    plan_compare(vm, s, i)?.enter(vm, s, a, b)
}
#[inline(always)]
fn plan_compare(vm: &Vm, s: S, i: Insn) -> Option<Plan> {
    let (op, a, b) = compared(s, i)?;
    let f = method_of(vm, a, op.special())?;
    let (left, right) = (vm.class_of(a), vm.class_of(b));
    if left != right && vm.is_subclass_exact(right, left) {
        return None;
    }
    Plan::new(f, false, Stage::Left)
}

fn small(n: i8) -> Value {
    Value::small_int(n as isize)
}
fn within(i: Insn, first: Op, last: Op) -> Option<usize> {
    let at = i.op_byte().checked_sub(first as u8)?;
    (i.op_byte() <= last as u8).then_some(at as usize)
}
/// The operator and operands of a binary instruction; whether it works in place.
fn operands(s: S, i: Insn) -> Option<(BinaryOp, bool, Value, Value)> {
    use BinaryOp::*;
    if let Some(n) = within(i, Op::Add, Op::Xor) {
        return Some((BinaryOp::ALL[n], false, s.reg(i.b()), s.reg(i.c())));
    }
    if let Some(n) = within(i, Op::InplaceAdd, Op::InplaceXor) {
        return Some((BinaryOp::ALL[n], true, s.reg(i.b()), s.reg(i.c())));
    }
    let n = within(i, Op::AddImm, Op::InplaceSubImm)?;
    let op = [Add, Sub, Mul, FloorDiv, Mod, LShift, RShift, And, Add, Sub][n];
    Some((op, n >= 8, s.reg(i.b()), small(i.signed_c())))
}
/// The operator and operands of a comparing instruction.
fn compared(s: S, i: Insn) -> Option<(Comparison, Value, Value)> {
    if let Some(n) = within(i, Op::Lt, Op::Ge) {
        return Some((Comparison::ALL[n], s.reg(i.b()), s.reg(i.c())));
    }
    if let Some(n) = within(i, Op::JumpLt, Op::JumpGe) {
        return Some((Comparison::ALL[n], s.reg(i.a()), s.reg(i.b())));
    }
    let n = within(i, Op::JumpLtImm, Op::JumpGeImm)?;
    Some((Comparison::ALL[n], s.reg(i.a()), small(i.signed_b())))
}

/// The method of an operator has returned: the rest of the protocol, then the instruction's own effect.
pub(super) fn finish(vm: &Vm, origin: S, i: Insn, result: Value, stage: Value) -> S {
    match try_finish(vm, origin, i, result, stage) {
        Ok(s) => s,
        Err(r) => vm.unwind(origin, r, true),
    }
}
fn try_finish(vm: &Vm, s: S, i: Insn, result: Value, stage: Value) -> Res<S> {
    if let Some((op, in_place, a, b)) = operands(s, i) {
        let v = match result {
            Value::NOT_IMPLEMENTED => after_refusal(vm, op, in_place, a, b, stage)?,
            v => v,
        };
        s.put(i.a(), v);
        return Ok(s);
    }
    if let Some((op, a, b)) = compared(s, i) {
        let v = match result {
            Value::NOT_IMPLEMENTED => vm.compare_after_left(op, a, b)?,
            v => v,
        };
        if within(i, Op::Lt, Op::Ge).is_some() {
            s.put(i.a(), v);
            return Ok(s);
        }
        return jump_on(vm, s, vm.truth(v)? == (i.c() != 0));
    }
    let truth = vm.truth(result)?;
    match i.op_byte() {
        b if b == Op::JumpIn as u8 => jump_on(vm, s, truth == (i.c() != 0)),
        b => {
            s.put(i.a(), Value::bool(truth == (b == Op::In as u8)));
            Ok(s)
        }
    }
}
/// Goes on behind a conditional jump of two words.
fn jump_on(vm: &Vm, s: S, taken: bool) -> Res<S> {
    let distance = s.extra() as i32;
    Ok(super::operators::jump_if(vm, s.skip(1), taken, distance))
}
fn after_refusal(vm: &Vm, op: BinaryOp, in_place: bool, a: Value, b: Value, stage: Value) -> Res {
    let rest = match stage.as_int() {
        Some(n) if n == Stage::InPlace as isize => vm.binary_dispatch(op, a, b)?,
        Some(n) if n == Stage::Left as isize => vm.binary_reflected(op, a, b)?,
        _ => None,
    };
    match rest {
        Some(v) => Ok(v),
        None if in_place => Err(vm.unsupported_operands(op.in_place_symbol(), a, b)),
        None => Err(vm.unsupported_operands(op.symbol(), a, b)),
    }
}
