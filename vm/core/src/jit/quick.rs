//! Quick calls: what a built-in type does at once, as a call from the trace with the operands in registers.
//!
//! A residual brings every register to memory, because it may run Python code, look at frames or raise. Operations on
//! built-in types do nothing of the kind most of the time. Their *quick* functions answer with a value, or with
//! UNBOUND: "nothing happened; do the instruction again in the interpreter", which the trace checks with a guard whose
//! snapshot is the start of the instruction.
//!
//! What makes that right: while a quick function runs, [`Jit::quick`] is set, and whoever would enter Python code
//! refuses instead ([`Vm::refused`]): an error that leaves nothing behind once the function has passed it on. So a
//! function may be quick if it changes nothing before the last point where Python code could run, and looks at no
//! frames. Exceptions are let go of; the interpreter raises them anew.
//!
//! Words used. *Glance*: what answers first, where words decide. *Does*: what a function does to memory that traces know. *Trampoline*: the function that machine code
//! calls, one for each number of operands.

use super::Jit;
use super::answers::{Glance, glance_of};
use super::domain::{Rec, V};
use super::enter::in_trace;
use super::layout::{self as fields, Helper};
use super::recorder::Rep;
use crate::error::{Raised, Res};
use crate::object::NativeFn;
use crate::vm::Vm;
use pyrs_heap::Value;
use pyrs_ir::schema::{Effect, Sig};
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Ty};

/// Most operands of a quick call.
pub(super) const MOST: usize = 6;

/// What a quick function does to memory.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Does {
    /// Looks, and may make new objects.
    Looks,
    /// Changes iterators, or what no trace knows.
    Other,
    /// Changes a list.
    List,
    /// Changes a dict or set.
    Table,
    /// Changes parts of a function.
    Function,
    /// Changes anything.
    Any,
}
impl Does {
    const ALL: [Does; 6] =
        [Does::Looks, Does::Other, Does::List, Does::Table, Does::Function, Does::Any];
    fn effect(self) -> (Effect, &'static [u16]) {
        match self {
            Does::Looks => (Effect::Collects, &[]),
            Does::Other => (
                Effect::Writes,
                &[
                    fields::SEQ_SEQUENCE,
                    fields::SEQ_INDEX,
                    fields::RANGE_ITER_NEXT,
                    fields::RANGE_ITER_LEFT,
                    fields::ENUMERATE_COUNT,
                    fields::ITER_OWNER,
                    fields::ITER_ROW,
                    fields::ITER_USED,
                    fields::ITER_LEFT,
                ],
            ),
            Does::List => {
                (Effect::Writes, &[fields::LIST_STORAGE, fields::LIST_LENGTH, fields::LIST_ITEM])
            }
            Does::Table => (
                Effect::Writes,
                &[
                    fields::DICT_ENTRIES,
                    fields::DICT_KEYS_VERSION,
                    fields::DICT_ITEM,
                    fields::TABLE_USED,
                    fields::TABLE_FILLED,
                ],
            ),
            Does::Function => (
                Effect::Writes,
                &[fields::FUNCTION_CLOSURE, fields::FUNCTION_DEFAULTS, fields::FUNCTION_KWDEFAULTS],
            ),
            Does::Any => (Effect::Any, &[]),
        }
    }
}

/// Answers of iterators that have no more items; no value has this word.
pub(super) const EXHAUSTED: Value = Value::from_bits(0x7c);

impl Vm {
    /// Called by whoever is about to run Python code: an error if a trace has asked for an answer without that.
    #[inline(always)]
    pub fn may_run_python(&self) -> Res<()> {
        if self.jit.quick.get() { Err(self.refused()) } else { Ok(()) }
    }
    /// The error of a quick function that would have to run Python code.
    #[cold]
    pub fn refused(&self) -> Raised {
        self.jit.refused.set(true);
        self.memory_error()
    }
    /// A trace has asked for an answer without Python code: functions that change something step by step must be sure
    /// beforehand that they come to the end.
    #[inline]
    pub fn is_quick(&self) -> bool {
        self.jit.quick.get()
    }
}

/// Runs a quick function; the word of its answer, or 0.
#[inline(always)]
fn answer(vm: &Vm, f: NativeFn, args: &[Value]) -> usize {
    let jit = &vm.jit;
    jit.quick.set(true);
    let r = f(vm, args);
    jit.quick.set(false);
    let refused = jit.refused.replace(false);
    match r {
        Ok(v) if !refused => v.bits(),
        Ok(_) => 0,
        Err(r) => {
            vm.take_exception(r);
            0
        }
    }
}

macro_rules! trampolines {
    ($($name:ident($($a:ident),*);)*) => {
        $(
            unsafe extern "C" fn $name(vm: &Vm, f: usize $(, $a: usize)*) -> usize {
                // SAFETY: traces pass the address of a quick function.
                let f = unsafe { core::mem::transmute::<usize, NativeFn>(f) };
                in_trace(vm, || answer(vm, f, &[$(Value::from_bits($a)),*]))
            }
        )*
        /// The trampolines by number of operands, then those for functions on floats, then that of glances.
        pub(super) const TRAMPOLINES: [*const (); MOST + 4] = [
            $($name as *const (),)*
            float_1 as *const (),
            float_2 as *const (),
            glance_2 as *const (),
        ];
    };
}
trampolines! {
    quick_0();
    quick_1(a);
    quick_2(a, b);
    quick_3(a, b, c);
    quick_4(a, b, c, d);
    quick_5(a, b, c, d, e);
    quick_6(a, b, c, d, e, f_);
}
/// A glance, and the quick function where that does not tell.
unsafe extern "C" fn glance_2(vm: &Vm, glance: usize, f: usize, a: usize, b: usize) -> usize {
    // SAFETY: traces pass the address of a glance.
    let glance = unsafe { core::mem::transmute::<usize, Glance>(glance) };
    match glance(vm, Value::from_bits(a), Value::from_bits(b)) {
        Some(v) => v.bits(),
        // SAFETY: traces pass the address of the quick function behind it.
        None => unsafe { quick_2(vm, f, a, b) },
    }
}
unsafe extern "C" fn float_1(f: usize, x: f64) -> f64 {
    // SAFETY: traces pass the address of a function of this type.
    let f = unsafe { core::mem::transmute::<usize, fn(f64) -> f64>(f) };
    f(x)
}
unsafe extern "C" fn float_2(f: usize, x: f64, y: f64) -> f64 {
    // SAFETY: as above.
    let f = unsafe { core::mem::transmute::<usize, fn(f64, f64) -> f64>(f) };
    f(x, y)
}

/// Number of the first signature.
const FIRST: usize = Helper::COUNT;

/// Signatures of the trampolines, in order of what they do and of the number of operands; helper numbers follow those
/// of [`Helper`].
pub(super) fn signatures() -> Vec<Sig> {
    let mut sigs = Vec::new();
    for does in Does::ALL {
        for n in 0..=MOST {
            let (effect, writes) = does.effect();
            let mut args = vec![Ty::P, Ty::P];
            args.resize(2 + n, Ty::R);
            let helper = (Helper::COUNT + n) as u16;
            sigs.push(Sig { helper, args, ret: Ty::R, effect, writes: writes.to_vec() });
        }
    }
    for n in 1..=2 {
        let mut args = vec![Ty::P];
        args.resize(1 + n, Ty::F);
        let helper = (Helper::COUNT + MOST + n) as u16;
        sigs.push(Sig { helper, args, ret: Ty::F, effect: Effect::Pure, writes: Vec::new() });
    }
    let (effect, writes) = Does::Looks.effect();
    let args = vec![Ty::P, Ty::P, Ty::P, Ty::R, Ty::R];
    let helper = (Helper::COUNT + MOST + 3) as u16;
    sigs.push(Sig { helper, args, ret: Ty::R, effect, writes: writes.to_vec() });
    sigs
}
fn signature(does: Does, operands: usize) -> u16 {
    (FIRST + does as usize * (MOST + 1) + operands) as u16
}
fn float_signature(operands: usize) -> u16 {
    (FIRST + Does::ALL.len() * (MOST + 1) + operands - 1) as u16
}

const GLANCE_SIGNATURE: u16 = (FIRST + Does::ALL.len() * (MOST + 1) + 2) as u16;

impl Jit {
    /// No function that a trace calls without preparations is at work.
    pub(super) fn is_idle(&self) -> bool {
        !self.quick.get()
    }
}

impl Rec<'_, '_> {
    /// Asks a quick function for real; if it answers, the call is part of the trace, and a guard that it answers again.
    pub(super) fn ask(&mut self, does: Does, f: NativeFn, args: &[V]) -> Option<V> {
        let call = self.ask_any(does, f, args)?;
        let none = self.r.constant(Value::UNBOUND);
        let Rep::Tagged(r) = call.rep else { return None };
        self.r.guard(Cc::Ne, r, none);
        Some(call)
    }
    /// What a quick function that only looks answers now, without a call in the trace.
    pub(super) fn try_now(&self, f: NativeFn, args: &[Value]) -> Option<Value> {
        self.vm.publish(self.s);
        match answer(self.vm, f, args) {
            0 => None,
            word => Some(Value::from_bits(word)),
        }
    }
    /// The same for a condition, which is known from then on.
    pub(super) fn ask_condition(&mut self, f: NativeFn, args: &[V]) -> Option<bool> {
        let call = self.ask_any(Does::Looks, f, args)?;
        let truth = call.v.as_bool()?;
        let Rep::Tagged(r) = call.rep else { return None };
        let now = self.r.constant(call.v);
        self.r.guard(Cc::Eq, r, now);
        Some(truth)
    }
    /// Asks without a guard. Nothing may be given up after this.
    pub(super) fn ask_any(&mut self, does: Does, f: NativeFn, args: &[V]) -> Option<V> {
        if args.len() > MOST {
            return None;
        }
        debug_assert!(self.vm.jit.is_idle());
        // Boxing may leave the trace, at the state before the instruction.
        let mut operands = vec![self.r.address(self.vm)];
        let glance = glance_of(f).filter(|_| does == Does::Looks && args.len() == 2);
        if let Some(g) = glance {
            operands.push(self.r.address(g as *const ()));
        }
        operands.push(self.r.address(f as *const ()));
        let mut values = [Value::UNBOUND; MOST];
        for (k, a) in args.iter().enumerate() {
            operands.push(self.tagged(*a));
            values[k] = a.v;
        }
        self.vm.publish(self.s);
        let word = answer(self.vm, f, &values[..args.len()]);
        if word == 0 {
            return None;
        }
        let signature = match glance {
            Some(_) => GLANCE_SIGNATURE,
            None => signature(does, args.len()),
        };
        let r = self.r.b.call(Ty::R, signature, &operands);
        Some(V { v: Value::from_bits(word), rep: Rep::Tagged(r) })
    }
    /// The result of a function on floats.
    pub(super) fn call_float(&mut self, f: *const (), args: &[Ref]) -> Ref {
        let mut operands = vec![self.r.address(f)];
        operands.extend_from_slice(args);
        self.r.b.call(Ty::F, float_signature(args.len()), &operands)
    }
}
