//! Dead registers: forgetting what no instruction reads any more.
//!
//! The collector scans the VM stack conservatively, stale words included. Mostly that does no harm, but a program
//! that asks for a collection wants to see finalisers run and weak references cleared for everything it let go of.
//! So before such a collection each frame's dead temporaries are overwritten. Variables that have a value stay:
//! `f_locals` shows them.

use super::frame::{AUX, CONTINUE, FUNCTION, GENERATOR, HALT, ORIGIN, S};
use super::generators;
use super::stack::SLACK;
use crate::vm::Vm;
use pyrs_bytecode::{Assigned, Insn, Liveness, LocalKind, Op};
use pyrs_heap::Value;

/// Code longer than this is not analysed: the analysis is more than linear.
const LONGEST: usize = 20_000;

impl Vm {
    /// A full collection because a program asks for it; gives the number of objects found dead. `is_caller` says of
    /// the value in a call's first register whether it is the native function that asks; if the innermost frame calls
    /// that, nothing of the call and of the native frames above the dispatch loop counts as a reference: the function
    /// must not use any afterwards that it got before.
    pub fn collect_requested(&self, is_caller: impl Fn(Value) -> bool) -> usize {
        let direct =
            self.innermost().is_some_and(|s| window(s).is_some_and(|w| is_caller(s.reg(w))));
        self.forget_dead_registers(direct);
        if direct {
            // SAFETY: the dispatch loop called the native function that asks, which holds no references any more.
            // The loop keeps its state only, whose frame is on the VM stack; callers' registers lie above.
            return unsafe { self.heap.collect_full_above(self.stack.native_floor.get()) };
        }
        self.heap.collect_full()
    }
    /// Overwrites the dead temporaries of all frames of this thread, and the stack above the innermost one; `direct`:
    /// nothing in the window of the innermost call is in use either.
    pub fn forget_dead_registers(&self, direct: bool) {
        wipe_native_stack();
        let Some(mut s) = self.innermost() else {
            // Nothing runs (any more): all of the stack that is scanned is stale.
            // The frame header of the first call lies below its base.
            let start = self.stack.start();
            // SAFETY: the header words of the first frame, and SLACK words above them, belong to the stack.
            unsafe { core::slice::from_raw_parts_mut(start, SLACK).fill(Value::UNBOUND) };
            return;
        };
        let top = s.above();
        let first = window(s).filter(|_| direct).map_or(top, |w| w + 1);
        for n in first..top + SLACK {
            s.put(n, Value::UNBOUND);
        }
        let mut limit = top;
        loop {
            forget_below(s, limit);
            if s.is_special()
                && !generators::is_delegating(s)
                && let Some(saved) = self.array_of(generators::generator_of(s).registers.get())
            {
                // The array of a running generator holds stale copies.
                saved.slots().iter().for_each(|slot| slot.set_unbarriered(Value::UNBOUND));
            }
            let header = header_words(s);
            let (base, Some(caller)) = (s.base as usize, self.pusher_of(s)) else { return };
            limit = (base - caller.base as usize) / size_of::<Value>() - header;
            s = caller;
        }
    }
}

/// Overwrites the native stack below the caller. The collector reads that stack conservatively, and frames that
/// come to lie there do not initialise all of their words: what earlier calls left would keep objects alive. Called
/// where objects are made or let go whose death is watched.
#[cold]
#[inline(never)]
pub fn wipe_native_stack() {
    core::hint::black_box(&mut [0usize; 1024]);
}

/// Where the window of the call at hand begins.
fn window(s: S) -> Option<usize> {
    let insn = Insn(*s.code().data().words.get(s.word() as usize)?);
    use Op::{Call, CallEx, CallKw, CallMethod, CallMethodKw};
    let op = Op::from_byte(insn.op_byte())?;
    matches!(op, Call | CallKw | CallMethod | CallMethodKw | CallEx).then_some(insn.a())
}

/// Words below the base that belong to the frame.
fn header_words(s: S) -> usize {
    let pc = s.return_pc();
    let pushed = HALT.as_ptr_range().contains(&pc) || CONTINUE.as_ptr_range().contains(&pc);
    let lowest = if s.is_special() {
        GENERATOR
    } else if pushed {
        ORIGIN.min(AUX)
    } else {
        FUNCTION
    };
    lowest.unsigned_abs()
}

/// Overwrites the dead temporaries of `s` among its first `limit` registers (behind them lies the callee).
fn forget_below(s: S, limit: usize) {
    let code = s.code();
    let data = code.data();
    let limit = limit.min(s.above());
    if data.words.len() > LONGEST {
        return;
    }
    let (Some(liveness), Some(assigned)) = (Liveness::of(data), Assigned::of(data)) else { return };
    let Some(needed) = liveness.needed_during(s.word()) else { return };
    // Variables that nothing has written yet hold what an earlier frame left there; those of comprehensions are
    // not shown.
    let shown = |r: usize| {
        data.locals.get(r).is_some_and(|(_, kind)| *kind != LocalKind::Hidden)
            && assigned.is_assigned(s.word(), r as u32)
    };
    for r in 0..limit {
        if !needed(r as u32) && !shown(r) {
            s.put(r, Value::UNBOUND);
        }
    }
}
