//! Recording: the interpreter's opcodes run in the recorder's domain until the trace is complete.

use super::domain::Rec;
use super::enter;
use super::place::Place;
use super::recorder::{Abort, Recorder, Start, Status};
use super::stats::Phase;
use crate::interp::{Dom, S, opcodes, ops, residual as slow};
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Op};
use pyrs_heap::Value;

/// Rounds of an inner loop that one recording unrolls.
const MAX_ROUNDS: u32 = 6;

/// How a recording ended.
enum End {
    Trace,
    Aborted(Abort),
    /// Registers whose types changed around the loop.
    Unstable(Vec<usize>),
}

/// Records the loop that begins at `s`; gives the state to go on with.
pub(super) fn from_loop(vm: &Vm, mut s: S) -> S {
    let head = s.pc;
    vm.jit.sites.borrow_mut().entry(head as usize).or_default().place = Some(Place::of(s));
    let mut general = vm.jit.generalised(s);
    for attempt in 0..3 {
        if attempt > 0 && s.pc == head && vm.jit.version(s).is_some() {
            // The first round was special.
            return give_up(vm, head, Abort::Unstable, s);
        }
        let (after, end) = recording(vm, s, s.base, Start::Loop, &general);
        s = after;
        match end {
            End::Trace => {
                return match vm.jit.version(s) {
                    Some(trace) if s.pc == head => enter::run(vm, trace, s),
                    _ => s,
                };
            }
            End::Unstable(registers) if attempt < 2 => {
                if attempt == 1 {
                    general.extend(registers);
                }
            }
            End::Unstable(_) => return give_up(vm, head, Abort::Unstable, s),
            End::Aborted(why) => return give_up(vm, head, why, s),
        }
    }
    s
}
fn give_up(vm: &Vm, head: *const u32, why: Abort, s: S) -> S {
    let jit = &vm.jit;
    jit.counts.aborted(why);
    let mut sites = jit.sites.borrow_mut();
    let site = sites.entry(head as usize).or_default();
    site.aborts += 1;
    site.why = Some(why);
    if !site.traces.is_empty() {
        // Other rounds have a trace: arrivals ask for it soon again, and count.
        site.skip = 64 << site.aborts.min(16);
        return s;
    }
    site.skip = 1 << site.aborts.min(16);
    // In another round: where a loop always has a number of rounds that divides the threshold, attempts would otherwise
    // meet its last round each time.
    let shift = site.aborts.min(u32::from(jit.threshold.get()) / 2);
    jit.set_counter(head, shift as u16);
    s
}
/// Records the function that begins at `s`, or what follows where a call returned to.
pub(super) fn from_point(vm: &Vm, s: S) -> S {
    let head = s.pc;
    vm.jit.sites.borrow_mut().entry(head as usize).or_default().place = Some(Place::of(s));
    let general = vm.jit.generalised(s);
    match recording(vm, s, s.base, Start::Point, &general) {
        (s, End::Aborted(why)) => give_up(vm, head, why, s),
        (s, _) => s,
    }
}
/// Records a bridge at an exit that has just been taken.
pub(super) fn from_exit(vm: &Vm, exit: u32, base: *mut Value, s: S) -> S {
    if vm.jit.exit(exit).state.unfit && vm.jit.version(s).is_none() {
        // Next time there is something to go on with.
        return if vm.jit.may_begin(s.pc, true) { from_point(vm, s) } else { s };
    }
    if !vm.jit.may_branch(vm.jit.exit(exit)) {
        vm.jit.exit(exit).next.set(u32::MAX);
        return s;
    }
    let (after, end) = recording(vm, s, base, Start::Exit(exit), &[]);
    let e = vm.jit.exit(exit);
    match end {
        End::Aborted(why) => {
            vm.jit.counts.aborted(why);
            e.given_up.set(Some(why));
            e.next.set(e.next.get().saturating_mul(2));
        }
        End::Trace | End::Unstable(_) => {}
    }
    after
}

/// Records from `s` on.
fn recording(vm: &Vm, s: S, base: *mut Value, start: Start, general: &[usize]) -> (S, End) {
    let jit = &vm.jit;
    jit.recording.set(true);
    super::stats::add(&jit.counts.recordings, 1);
    let began = std::time::Instant::now();
    let mut r = Recorder::new(vm, s, start);
    r.general = general.to_vec();
    r.base = base;
    match start {
        Start::Loop => r.open_loop(general),
        Start::Point => r.open_point(general),
        Start::Exit(n) => r.open_bridge(jit.exit(n), n, s),
    }
    let (s, unstable) = follow(vm, s, &mut r);
    jit.recording.set(false);
    super::stats::add(&jit.counts.recorded_ops, r.b.trace.insts.len() as u64);
    jit.counts.phase(Phase::Recording, began);
    let status = r.status;
    if let Status::Aborted(Abort::Unstable) = status {
        return (s, End::Unstable(unstable));
    }
    if let Status::Aborted(why) = status {
        return (s, End::Aborted(why));
    }
    let head = r.head.pc;
    let recorded = r.finish();
    match jit.compile(recorded) {
        Ok(number) => {
            if !matches!(start, Start::Exit(_)) {
                jit.sites.borrow_mut().entry(head as usize).or_default().traces.push(number);
            }
            (s, End::Trace)
        }
        Err(text) => {
            *jit.counts.refused.borrow_mut() = text;
            (s, End::Aborted(Abort::Refused))
        }
    }
}

/// Runs and records instructions until the trace is complete or given up.
fn follow(vm: &Vm, mut s: S, r: &mut Recorder<'_>) -> (S, Vec<usize>) {
    macro_rules! d {
        () => {
            Rec { vm, s, r: &mut *r }
        };
    }
    let limit = vm.jit.options.get().limit;
    let mut first = true;
    loop {
        if vm.jit.stale.get() {
            r.abort(Abort::Stale);
        }
        if r.status != Status::Going {
            return (s, Vec::new());
        }
        if (!first || r.begins_unfit())
            && let Some(end) = arrived(vm, s, r)
        {
            return (s, end);
        }
        first = false;
        if r.b.trace.insts.len() > limit {
            r.abort(Abort::TooLong);
            return (s, Vec::new());
        }
        r.at(s.pc);
        // SAFETY: the pc stays within verified code, every path of which ends in a return or jump.
        let i = Insn(unsafe { *s.pc });
        // SAFETY: verified code holds only opcodes of the table.
        let op: Op = unsafe { core::mem::transmute::<u8, Op>(i.op_byte()) };
        if op == Op::Halt {
            r.abort(Abort::LeftLoop);
            return (s, Vec::new());
        }
        s = s.skip(1);
        slow::aim(vm, s, op, i);
        if vm.jit.is_generic(r.pc)
            && let Some(next) = d!().generic(i)
        {
            s = next;
            continue;
        }
        macro_rules! residual {
            ($f:ident) => {
                d!().residual(i, slow::$f)
            };
        }
        s = opcodes!(op, i, d, residual, s, s);
    }
}

/// Whether the trace ends at the state just reached: at its own head, at another trace's, or in an inner loop that
/// goes on too long. Gives the registers that keep a loop from closing.
fn arrived(vm: &Vm, s: S, r: &mut Recorder<'_>) -> Option<Vec<usize>> {
    if r.start == Start::Loop && s.pc == r.head.pc && s.base == r.head.base && r.frames.len() == 1 {
        return Some(match r.close_loop() {
            Ok(()) => Vec::new(),
            Err(registers) => {
                r.abort(Abort::Unstable);
                registers
            }
        });
    }
    if r.start == Start::Point && s.pc == r.head.pc {
        r.at(s.pc);
        r.link_to_itself(s);
        return Some(Vec::new());
    }
    if r.calls_itself(s) && !vm.jit.is_head(s.pc) {
        // Its next call makes a trace to go on with.
        s.code().calls_left.set(1);
        r.abort(Abort::Recursion);
        return Some(Vec::new());
    }
    if r.returned > 1 && !vm.jit.is_head(s.pc) && s.word_in(r.frame().code).is_some() {
        r.at(s.pc);
        r.leave_at_head();
        return Some(Vec::new());
    }
    if vm.jit.is_head(s.pc) && (r.calls_itself(s) || !r.is_inlined_function(s)) {
        r.at(s.pc);
        match vm.jit.version(s) {
            Some(trace) => r.link(trace),
            None if r.begins_unfit() && s.pc == r.head.pc => r.abort(Abort::Unstable),
            None => r.leave_at_head(),
        }
        return Some(Vec::new());
    }
    // A place met again in the same frame: a loop inside.
    let backward = s.pc < r.pc && s.word_in(r.frame().code).is_some();
    if backward && r.frames.len() < 40 {
        let at = r.inner.iter().position(|x| x.0 == s.pc);
        let n = match at {
            Some(n) => {
                r.inner[n].1 += 1;
                r.inner[n].1
            }
            None => {
                r.inner.push((s.pc, 1));
                1
            }
        };
        if n > MAX_ROUNDS {
            r.abort(Abort::InnerLoop);
            return Some(Vec::new());
        }
    }
    None
}
