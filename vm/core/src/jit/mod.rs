//! The JIT: hot loops are recorded while they run, compiled, and run as machine code from then on.
//!
//! Rooms: `recorder` (what a trace knows), `domain` (the hot opcodes write themselves down), `numbers` (ints and
//! floats), `residual` (everything else is a call), `finish` (loops, links, bridges), `compile` (to machine code),
//! `exits` (back to the interpreter; `exit_table` has what they
//! are made of), `layout` (fields of memory), `enter` (the only place that calls machine code).
//! To see what it does: `stats` (counters), `explain` (what became of a loop), `dump` (traces as text), `perf` (names for
//! profilers), with `place` (source lines) and `reason` (why traces are left) below them. `options` is what can be set, `warming`
//! decides when something is compiled.
//!
//! Words used. *Hot*: a backward jump arrived at the same place as often as the threshold says. *Bridge*: a trace that
//! starts where an exit leaves. The interpreter knows one function of this room, [`hot`].

mod answers;
mod callbacks;
mod compile;
mod contract;
mod direct;
mod domain;
mod dump;
mod enter;
mod exit_table;
mod exits;
mod expand;
mod explain;
mod finish;
mod generic;
mod gens;
mod items;
mod layout;
mod natives;
mod numbers;
mod options;
mod perf;
mod place;
mod quick;
mod quick_attrs;
mod quick_ops;
mod reason;
mod record;
mod recorder;
mod residual;
mod stats;
mod warming;

pub use dump::Stages;
pub use options::{Options, SETTINGS, Setting};
pub use stats::{Amount, Row, json, table};

use crate::interp::S;
use crate::object::Code;
use crate::vm::Vm;
use compile::Compiled;
use core::cell::{Cell, Ref, RefCell};
use exits::{Exit, Left};
use hashbrown::{HashMap, HashSet};
use layout::Tables;
pub use layout::{Iterators, TypedArray};
use place::{Place, Sources};
use pyrs_bytecode::Liveness;
use pyrs_codemem::CodeMemory;
use pyrs_heap::{Gc, Roots, Value};
use pyrs_ir::backend::{Backend, FrameLayout, Stubs};
use pyrs_ir::schema::Layout;
use reason::Reason;
use recorder::Abort;
use stats::Counts;
use std::rc::Rc;

/// Kinds of operands that an instruction is compiled for, each by itself; twice as many where it cannot be compiled for
/// all kinds at once.
const MAX_KINDS: u32 = 4;

/// Times that all code is thrown away because a function or class has changed.
const MAX_INVALIDATIONS: u32 = 24;

/// Most bridges that begin at one instruction.
const MAX_BRIDGES: u32 = 24;

/// Counters of backward jumps; places that share one get hot together.
const COUNTERS: usize = 2048;

/// The machine that code is for.
struct Machine {
    backend: Box<dyn Backend>,
    layout: Layout,
    stubs: Stubs,
    code: CodeMemory,
    /// Where traces begin, behind the stubs.
    mark: usize,
}

/// Most traces that begin at one place.
const MAX_VERSIONS: usize = 4;

/// What is known of a place where a trace may start.
#[derive(Clone, Debug, Default)]
struct Site {
    /// They differ in their contracts.
    traces: Vec<usize>,
    /// Recordings that came to nothing, and why the last did.
    aborts: u32,
    why: Option<Abort>,
    /// Known once it was recorded.
    place: Option<Place>,
    /// It became hot before.
    met: bool,
    /// Arrivals to let pass before the next attempt.
    skip: u32,
    /// Bridges that begin there, and how many of them because an operand was of another kind.
    bridges: u32,
    kinds: u32,
}

/// The state of the JIT of one machine.
pub struct Jit {
    counters: [Cell<u16>; COUNTERS],
    threshold: Cell<u16>,
    options: Cell<Options>,
    machine: RefCell<Option<Machine>>,
    frame: Cell<Option<FrameLayout>>,
    tables: RefCell<Tables>,
    sites: RefCell<HashMap<usize, Site>>,
    traces: RefCell<Vec<Compiled>>,
    exits: RefCell<Vec<exit_table::Slot>>,
    /// Instructions that have met the float zero where a float in its inline form was tested for.
    zeros: RefCell<HashSet<usize>>,
    // TRACED: visited by `roots`; pinned.
    constants: RefCell<Vec<Value>>,
    /// Their addresses.
    kept: RefCell<HashSet<usize>>,
    /// Of code objects, by their addresses: those are kept.
    liveness: RefCell<HashMap<usize, Option<Rc<Liveness>>>>,
    /// Where the last trace was left.
    left: Cell<Option<Left>>,
    /// A recording is going on: nested runs of the interpreter do not start another.
    recording: Cell<bool>,
    /// Calls of machine code on the native stacks of all threads.
    active: Cell<usize>,
    /// Storage for what a trace is entered with, while none is being entered.
    inputs: Cell<Vec<u64>>,
    /// There is no room for more code: all of it is forgotten as soon as none is active.
    full: Cell<bool>,
    /// The code is wrong, too: none may be entered any more.
    stale: Cell<bool>,
    /// How often that happened.
    invalidations: Cell<u32>,
    dump: RefCell<Option<dump::Dump>>,
    perf: RefCell<Option<perf::Map>>,
    sources: Sources,
    /// A trace asks a function that must not run Python code, and one that would have to has refused: see `quick`.
    pub(crate) quick: Cell<bool>,
    refused: Cell<bool>,
    pub(crate) counts: Counts,
}

impl Jit {
    pub(crate) fn new() -> Jit {
        let options = Options::default();
        Jit {
            counters: [const { Cell::new(0) }; COUNTERS],
            threshold: Cell::new(options.threshold),
            options: Cell::new(options),
            machine: RefCell::new(None),
            frame: Cell::new(None),
            tables: RefCell::new(Tables::new()),
            sites: RefCell::default(),
            traces: RefCell::default(),
            exits: RefCell::default(),
            zeros: RefCell::default(),
            constants: RefCell::default(),
            kept: RefCell::default(),
            liveness: RefCell::default(),
            left: Cell::new(None),
            recording: Cell::new(false),
            dump: RefCell::new(None),
            perf: RefCell::new(None),
            sources: Sources::default(),
            active: Cell::new(0),
            inputs: Cell::new(Vec::new()),
            full: Cell::new(false),
            stale: Cell::new(false),
            invalidations: Cell::new(0),
            quick: Cell::new(false),
            refused: Cell::new(false),
            counts: Counts::default(),
        }
    }
    /// There is a back end.
    pub(crate) fn is_started(&self) -> bool {
        self.frame.get().is_some()
    }
    /// Counts an arrival at `pc` by a backward jump; true if the place is hot.
    #[inline(always)]
    pub(crate) fn tick(&self, pc: *const u32) -> bool {
        let c = &self.counters[(pc as usize >> 2) % COUNTERS];
        let n = c.get() + 1;
        c.set(n);
        n >= self.threshold.get()
    }
    /// Calls of a function until `called` is told of it.
    pub(crate) fn calls(&self) -> u32 {
        CALLS * u32::from(self.threshold.get())
    }
    fn set_counter(&self, pc: *const u32, n: u16) {
        self.counters[(pc as usize >> 2) % COUNTERS].set(n);
    }
    /// What is known of memory. Borrowed for moments only: other threads leave their traces while one records.
    fn tables(&self) -> Ref<'_, Tables> {
        self.tables.borrow()
    }
    fn exit(&self, n: u32) -> &Exit {
        let exits = self.exits.borrow();
        let slot = &exits[n as usize];
        let p: *const Exit = match slot.made() {
            Some(e) => e,
            None => slot.get(&self.traces.borrow()[slot.trace].exits),
        };
        // SAFETY: exits are boxed, and removed only by `flush`, after which nobody holds one.
        unsafe { &*p }
    }
    /// Whether one more trace may begin at `pc`; counts the attempt. `at_once`: the place has been waited for enough.
    fn may_begin(&self, pc: *const u32, at_once: bool) -> bool {
        let mut sites = self.sites.borrow_mut();
        let site = sites.entry(pc as usize).or_default();
        site.met |= at_once;
        self.is_due(site) && site.traces.len() <= MAX_VERSIONS
    }
    /// Whether a recording may begin.
    fn may_record(&self) -> bool {
        !self.recording.get()
            && !self.full.get()
            && self.traces.borrow().len() < self.options.get().traces
    }
    /// What compiled code takes for granted has changed: all of it is forgotten. Code that is running has called what
    /// changed it, and is left when that returns; a recording ends.
    pub(crate) fn invalidate(&self) {
        self.invalidations.set(self.invalidations.get() + 1);
        self.full.set(true);
        self.stale.set(true);
        self.flush();
    }
    /// Whether code may take for granted what is watched. A program that changes such things all the time is better
    /// served by tests.
    pub(crate) fn may_watch(&self) -> bool {
        self.invalidations.get() < MAX_INVALIDATIONS
    }
    /// Forgets all compiled code, unless some is running or being recorded.
    fn flush(&self) {
        if self.active.get() != 0 || self.recording.get() {
            return;
        }
        self.full.set(false);
        self.stale.set(false);
        self.count_flush();
        if let Some(machine) = self.machine.borrow_mut().as_mut() {
            machine.code.reset(machine.mark);
        }
        self.sites.borrow_mut().clear();
        self.traces.borrow_mut().clear();
        self.exits.borrow_mut().clear();
        self.constants.borrow_mut().clear();
        self.kept.borrow_mut().clear();
        self.zeros.borrow_mut().clear();
        self.liveness.borrow_mut().clear();
    }
    /// Tells how arrays of C numbers lie in memory, so that traces can read and write their items.
    pub fn describe_typed_array(&self, t: &TypedArray) {
        self.tables.borrow_mut().set_typed(t);
    }
    /// Tells how `enumerate` and `zip` objects lie in memory, so that traces can take their items.
    pub fn describe_iterators(&self, t: &Iterators) {
        self.tables.borrow_mut().set_iterators(t);
    }
    /// Counts a bridge that is to begin at an exit; false if there are too many already at its instruction, which meets
    /// ever new kinds of things.
    fn may_branch(&self, exit: &Exit) -> bool {
        let mut sites = self.sites.borrow_mut();
        let site = sites.entry(exit.place.pc as usize).or_default();
        site.bridges += 1;
        if matches!(exit.reason, Reason::Type | Reason::Function | Reason::Returned) {
            site.kinds += 1;
        }
        site.bridges <= MAX_BRIDGES && site.kinds <= 2 * MAX_KINDS
    }
    /// So many kinds of things have come to the instruction at `pc` that the next trace is to take them all.
    fn is_generic(&self, pc: *const u32) -> bool {
        self.sites.borrow().get(&(pc as usize)).is_some_and(|s| s.kinds >= MAX_KINDS)
    }
    fn spills(&self, trace: usize) -> u32 {
        self.traces.borrow()[trace].spills
    }
    /// Which registers of a code object that is kept are live where.
    fn liveness(&self, code: Gc<Code>) -> Option<Rc<Liveness>> {
        let mut all = self.liveness.borrow_mut();
        let new = || Liveness::of(code.data()).map(Rc::new);
        all.entry(code.value().bits()).or_insert_with(new).clone()
    }
    fn frame_layout(&self) -> FrameLayout {
        self.frame.get().expect("set with the machine")
    }
    /// Keeps an object that machine code names alive, and where it is.
    fn keep(&self, vm: &Vm, v: Value) {
        if v.is_object() && self.kept.borrow_mut().insert(v.bits()) {
            vm.heap.pin(v);
            self.constants.borrow_mut().push(v);
        }
    }
    pub(crate) fn roots(&self, roots: &mut Roots<'_>) {
        let mut v = roots.visitor();
        for c in self.constants.borrow().iter() {
            // Pinned: the address does not change.
            v.cell(&Cell::new(*c));
        }
    }
}

/// Calls of a function until the JIT looks whether it calls itself, as a multiple of the threshold of loops.
const CALLS: u32 = 2;
/// Frames that are searched for a recursion.
const RECURSION_DEPTH: usize = 16;

/// A function has been called often and is at its first instruction: if it calls itself, its trace is run or recorded.
/// Gives the state to go on with. Other functions are compiled as part of the loops that call them.
#[cold]
#[inline(never)]
pub(crate) fn called(vm: &Vm, s: S) -> S {
    let jit = &vm.jit;
    let left = &s.code().calls_left;
    if jit.frame.get().is_none() {
        left.set(u32::MAX);
        return s;
    }
    let pause = jit.calls();
    left.set(pause);
    if vm.stack.inside_trace.get() || jit.recording.get() {
        return s;
    }
    if let Some(trace) = jit.version(s) {
        if jit.rests(trace) {
            return s;
        }
        // The next call enters at once.
        left.set(1);
        return enter::run(vm, trace, s);
    }
    if !calls_itself(s) {
        left.set(pause.saturating_mul(16));
        return s;
    }
    if !jit.may_record() || !jit.may_begin(s.pc, false) {
        return s;
    }
    let s = record::from_point(vm, s);
    if jit.full.get() {
        jit.flush();
    }
    s
}
fn calls_itself(s: S) -> bool {
    let mut caller = s.caller_base();
    for _ in 0..RECURSION_DEPTH {
        if caller.is_null() {
            return false;
        }
        let frame = S { pc: core::ptr::null(), base: caller };
        if frame.code() == s.code() {
            return true;
        }
        caller = frame.caller_base();
    }
    false
}

/// A backward jump arrived at `s` often: runs the place's machine code, or records it. Gives the state to go on with.
#[cold]
#[inline(never)]
pub(crate) fn hot(vm: &Vm, s: S) -> S {
    let jit = &vm.jit;
    if vm.stack.inside_trace.get() || jit.frame.get().is_none() {
        jit.set_counter(s.pc, 0);
        return s;
    }
    let threshold = jit.threshold.get();
    if let Some(trace) = jit.version(s) {
        if jit.rests(trace) {
            jit.set_counter(s.pc, 0);
            return s;
        }
        // The next arrival enters at once.
        jit.set_counter(s.pc, threshold - 1);
        return enter::run(vm, trace, s);
    }
    if jit.full.get() {
        jit.flush();
    }
    // Where there are traces, one of them may fit the next round.
    let soon = if jit.is_head(s.pc) { threshold - threshold.min(4) } else { 0 };
    jit.set_counter(s.pc, soon);
    if !jit.may_record() {
        return s;
    }
    if !jit.may_begin(s.pc, false) {
        return s;
    }
    let s = record::from_loop(vm, s);
    if jit.full.get() {
        jit.flush();
    }
    s
}
