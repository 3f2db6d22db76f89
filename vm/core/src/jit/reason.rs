//! Why compiled code is left: one table of reasons, and how the reason of an exit is read off its guard.
//!
//! The recorder does not say what a guard is for; the value that it tests does: a guard on an object's shape word tests
//! a type, one on the keys version of a dict asks whether a namespace changed. The opcode at hand decides between a
//! branch and any other value.

use super::layout as fields;
use super::place::Place;
use super::recorder::ExitState;
use pyrs_bytecode::{Extra, Op as Code, Role};
use pyrs_ir::op::Op;
use pyrs_ir::trace::{Ref, Trace};
use pyrs_ir::types::Ty;

macro_rules! reasons {
    ($($id:ident $name:literal $hint:literal;)*) => {
        /// Why a trace is left.
        #[derive(Copy, Clone, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub(super) enum Reason { $($id,)* }

        impl Reason {
            pub(super) const ALL: &'static [Reason] = &[$(Reason::$id,)*];
            /// Its name in statistics.
            pub(super) fn name(self) -> &'static str {
                [$($name,)*][self as usize]
            }
            /// What it means, for people.
            pub(super) fn hint(self) -> &'static str {
                [$($hint,)*][self as usize]
            }
        }
    };
}

reasons! {
    Branch "branch" "a condition went the other way";
    Ended "loop end" "the loop ended";
    Type "type" "a value of another type came along";
    Value "value" "a value differed from the one the code was made for";
    Overflow "overflow" "an int outgrew a machine word";
    Bounds "bounds" "an index was outside the sequence, or the sequence ended";
    Capacity "capacity" "a list had to grow";
    Returned "returned" "a call came back elsewhere: it raised, entered a function, or decided a branch";
    Function "function" "another function was called";
    Namespace "namespace" "a module or the builtins got another set of names";
    Class "class" "a class was changed";
    Generator "generator" "a generator stood elsewhere, or had ended";
    Stack "stack" "the stack of frames was full, or the recursion too deep";
    Poll "poll" "a signal, a collection or another thread asked for attention";
    End "end" "the trace ends here";
}

/// The reason that a guard on this field has.
fn of_field(field: u16) -> Option<Reason> {
    Some(match field {
        fields::META | fields::META_FIXED => Reason::Type,
        fields::FIXED_LENGTH | fields::LIST_LENGTH => Reason::Bounds,
        fields::CAPACITY | fields::LIST_STORAGE => Reason::Capacity,
        fields::POLL => Reason::Poll,
        fields::RETURNED_PC | fields::RETURNED_BASE => Reason::Returned,
        fields::DEPTH | fields::RECURSION_LIMIT | fields::STACK_END => Reason::Stack,
        fields::DICT_KEYS_VERSION
        | fields::MODULE_DICT
        | fields::FUNCTION_GLOBALS
        | fields::FUNCTION_BUILTINS
        | fields::FUNCTION_NAMESPACE => Reason::Namespace,
        fields::CLASS_VERSION => Reason::Class,
        fields::GENERATOR_STATE
        | fields::GENERATOR_RESUME
        | fields::GENERATOR_FLAGS
        | fields::GENERATOR_HANDLED => Reason::Generator,
        fields::FUNCTION_CODE
        | fields::FUNCTION_CLOSURE
        | fields::FUNCTION_EXACT
        | fields::FRAME_FUNCTION => Reason::Function,
        _ => return None,
    })
}

/// Why the instruction `at` of a lowered trace leaves with that state.
pub(super) fn of_exit(trace: &Trace, at: usize, state: &ExitState, place: Place) -> Reason {
    let inst = &trace.insts[at];
    if state.poll {
        return Reason::Poll;
    }
    if state.returned {
        return if inst.op == Op::Exit { Reason::End } else { Reason::Returned };
    }
    match inst.op {
        Op::Exit => return Reason::End,
        Op::AddOv | Op::SubOv | Op::MulOv => return Reason::Overflow,
        _ => {}
    }
    let mut operands = vec![inst.a];
    if inst.op.arity() > 1 {
        operands.push(inst.b);
    }
    if let Some(i) = inst.a.as_inst()
        && matches!(inst.op, Op::GuardTrue | Op::GuardFalse)
        && matches!(trace.insts[i].op, Op::Cmp | Op::FCmp)
    {
        operands = vec![trace.insts[i].a, trace.insts[i].b];
    }
    let of_operand = |&r: &Ref| of_value(trace, r, 8);
    let reason = operands.iter().find_map(of_operand);
    if place.op() == Some(Code::ForLoop) && matches!(reason, None | Some(Reason::Bounds)) {
        return Reason::Ended;
    }
    if let Some(reason) = reason {
        return reason;
    }
    // The low bits of a value word are its tag.
    if inst.op == Op::GuardMask && trace.ty(inst.a) == Some(Ty::R) {
        return Reason::Type;
    }
    if inst.op == Op::Guard && place.op().is_some_and(|op| op.name().starts_with("Call")) {
        return Reason::Function;
    }
    if branches(place) { Reason::Branch } else { Reason::Value }
}

/// The reason that follows from what is tested; at most `steps` instructions are looked at.
fn of_value(trace: &Trace, r: Ref, steps: u32) -> Option<Reason> {
    let inst = trace.insts.get(r.as_inst()?)?;
    let steps = steps.checked_sub(1)?;
    match inst.op {
        Op::Load | Op::LoadX => of_field(inst.aux),
        Op::Phi | Op::ZExt | Op::SExt | Op::Shl | Op::Shr | Op::Cast => {
            of_value(trace, inst.a, steps)
        }
        // A float's word is looked at through a select that maps zero to the tag of floats.
        Op::And if is_select(trace, inst.a) || trace.ty(inst.a) == Some(Ty::R) => {
            Some(of_value(trace, inst.a, steps).unwrap_or(Reason::Type))
        }
        Op::And | Op::Add => {
            of_value(trace, inst.a, steps).or_else(|| of_value(trace, inst.b, steps))
        }
        _ => None,
    }
}
fn is_select(trace: &Trace, r: Ref) -> bool {
    r.as_inst().is_some_and(|i| trace.insts[i].op == Op::Select)
}

/// The instruction at a place may jump.
fn branches(place: Place) -> bool {
    place.op().is_some_and(|op| {
        op.extra() == Extra::Jump
            || op.roles().iter().any(|r| matches!(r, Role::Jump16 | Role::Jump24))
    })
}
