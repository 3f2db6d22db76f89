//! From a recorded trace to machine code in the arena.

use super::contract::Contract;
use super::exit_table::{ExitTable, Slot};
use super::layout::Tables;
use super::place::Place;
use super::recorder::{ExitState, Recorder, Start};
use super::stats::Phase;
use super::{Jit, Machine};
use core::cell::Cell;
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::Job;
use pyrs_ir::op::{Op, flag};
use pyrs_ir::opt::{self, Passes};
use pyrs_ir::ra::{Allocated, Loc, Options, alloc};
use pyrs_ir::schema::Effect;
use pyrs_ir::trace::Trace;
use std::time::Instant;

/// Among the targets of links: the trace that is being made.
pub(super) const OWN: usize = usize::MAX;

/// A compiled trace.
pub(super) struct Compiled {
    /// Where it starts.
    pub start: u64,
    /// Where links arrive, and the place that each input must be in there.
    pub entry: u64,
    pub places: Vec<Loc>,
    pub contract: Contract,
    /// Number of spill cells it uses.
    pub spills: u32,
    /// Address and size of its code.
    pub lowest: u64,
    pub bytes: usize,
    /// Instructions after optimisation.
    pub operations: usize,
    pub kind: Start,
    /// Where it begins.
    pub place: Place,
    /// How often the interpreter entered it.
    pub entered: Cell<u64>,
    pub account: super::warming::Account,
    pub exits: ExitTable,
}

/// A finished recording, free of borrows.
pub(super) struct Recorded {
    pub trace: Trace,
    pub states: Vec<ExitState>,
    /// The instruction of each state, and where instructions begin in the trace.
    pub places: Vec<Place>,
    pub notes: Vec<(u32, Place)>,
    pub targets: Vec<usize>,
    pub start: Start,
    pub head: Place,
    pub contract: Contract,
}

impl Recorder<'_> {
    pub(super) fn finish(self) -> Recorded {
        Recorded {
            contract: self.contract(),
            head: self.head_place,
            trace: self.b.trace,
            states: self.states,
            places: self.places,
            notes: self.notes,
            targets: self.targets,
            start: self.start,
        }
    }
}

impl Jit {
    /// Optimises, allocates, emits and installs a trace; gives its number.
    pub(super) fn compile(&self, recorded: Recorded) -> Result<usize, String> {
        let mut machine = self.machine.borrow_mut();
        let machine = machine.as_mut().ok_or("no back end")?;
        let tables = self.tables();
        if cfg!(debug_assertions) {
            pyrs_ir::verify::verify(&recorded.trace, &tables.schema)?;
        }
        self.show_recorded(&recorded, &tables);
        let began = Instant::now();
        let optimised = opt::optimize(&recorded.trace, &tables.schema, Passes::ALL);
        let began = self.counts.phase(Phase::Optimising, began);
        super::stats::add(&self.counts.optimised_ops, optimised.insts.len() as u64);
        self.show_optimised(&recorded, &optimised, &tables);
        let lowered = pyrs_ir::lower::lower(&optimised, &tables.schema);
        let (inputs, first_spill) = match recorded.start {
            Start::Loop | Start::Point => (None, 0),
            Start::Exit(n) => {
                let e = self.exit(n);
                (Some(e.inputs.iter().map(|i| i.0).collect::<Vec<Loc>>()), self.spills(e.trace))
            }
        };
        let traces = self.traces.borrow();
        // A trace that goes on with itself hands its inputs over as the interpreter does.
        let own = machine.code.next_address();
        let cells: Vec<Loc> = (0..=recorded.contract.len() as u32).map(Loc::Spill).collect();
        let entry = |&t: &usize| if t == OWN { own } else { traces[t].entry };
        let place = |&t: &usize| if t == OWN { &cells[..] } else { &traces[t].places[..] };
        let entries: Vec<u64> = recorded.targets.iter().map(entry).collect();
        let places: Vec<&[Loc]> = recorded.targets.iter().map(place).collect();
        let options = Options {
            inputs: inputs.as_deref(),
            targets: &places,
            first_spill,
            ..Options::default()
        };
        let allocated = alloc::allocate(&lowered, &tables.schema, &*machine.backend, &options);
        drop(traces);
        let began = self.counts.phase(Phase::Allocating, began);
        self.show_allocated(&lowered, &allocated, &tables);
        let installed = self.install(machine, &tables, recorded, lowered, allocated, &entries);
        self.counts.phase(Phase::Emitting, began);
        if installed.is_ok() {
            self.map_newest();
        }
        installed
    }
    /// Makes what was written executable. If the system refuses, no code may be entered any more: the program goes on
    /// without a JIT.
    fn seal(&self, machine: &mut Machine) -> Result<(), String> {
        machine.code.make_executable().map_err(|e| {
            self.frame.set(None);
            e.to_string()
        })
    }
    fn install(
        &self,
        machine: &mut Machine,
        tables: &Tables,
        recorded: Recorded,
        lowered: Trace,
        allocated: Allocated,
        entries: &[u64],
    ) -> Result<usize, String> {
        let first_exit = self.exits.borrow().len() as u32;
        if first_exit as usize + allocated.exits.len() > self.options.get().exits {
            self.full.set(true);
            return Err("too many exits".to_owned());
        }
        let number = self.traces.borrow().len();
        let mut buf = CodeBuf::new(machine.code.next_address(), lowered.target.endian);
        let job = Job {
            trace: &lowered,
            schema: &tables.schema,
            allocated: &allocated,
            layout: &machine.layout,
            stubs: &machine.stubs,
            first_exit,
            targets: entries,
            force: self.forced(&recorded, &lowered, number),
            padding: 0,
        };
        let at = machine.backend.emit(&job, &mut buf)?;
        self.show_code(machine.code.next_address(), &buf.bytes, &at, first_exit);
        let lowest = self.written(machine, &buf.bytes)?;
        if let Start::Exit(n) = recorded.start {
            let e = self.exit(n);
            let linked = machine.backend.link(e.stub, n, Some(at.start));
            let done =
                linked.and_then(|b| machine.code.patch(e.stub, &b).map_err(|e| e.to_string()));
            if let Err(why) = done {
                self.seal(machine)?;
                return Err(why);
            }
            e.bridged.set(true);
        }
        self.seal(machine)?;
        for k in 0..allocated.exits.len() as u32 {
            self.exits.borrow_mut().push(Slot::new(number, k));
        }
        self.traces.borrow_mut().push(Compiled {
            start: at.start,
            entry: at.entry,
            places: allocated.entry,
            contract: recorded.contract,
            spills: allocated.spills,
            lowest,
            bytes: buf.bytes.len(),
            operations: lowered.insts.len(),
            kind: recorded.start,
            place: recorded.head.as_loop(),
            entered: Cell::new(0),
            account: super::warming::Account::default(),
            exits: ExitTable {
                trace: lowered,
                exits: allocated.exits,
                locs: allocated.exit_locs,
                states: recorded.states,
                places: recorded.places,
                stubs: at.exits,
            },
        });
        Ok(number)
    }
    /// Puts code into the arena. When it is full, all code is to go.
    fn written(&self, machine: &mut Machine, code: &[u8]) -> Result<u64, String> {
        let fits_empty = machine.code.mark() > machine.mark;
        match machine.code.write(code) {
            Ok(at) => Ok(at),
            Err(e) => {
                self.full.set(e == pyrs_codemem::Error::Full && fits_empty);
                Err(e.to_string())
            }
        }
    }
    /// The guard of a trace that always leaves, if that is asked for.
    fn forced(&self, recorded: &Recorded, trace: &Trace, number: usize) -> Option<usize> {
        let seed = self.options.get().force;
        if seed == 0 {
            return None;
        }
        let tables = self.tables();
        let sigs = &tables.schema.sigs;
        let guards: Vec<usize> = (0..trace.insts.len())
            .filter(|&k| {
                let inst = &trace.insts[k];
                let state = |s: usize| &recorded.states[trace.snaps[s].pc as usize];
                // A call that tells whether it did its work has done it: going back would do it again.
                let did = inst.a.as_inst().and_then(|at| trace.insts.get(at)).is_some_and(|call| {
                    call.op == Op::Call && sigs[call.aux as usize].effect != Effect::Pure
                });
                let usable = |s: usize| !state(s).outcome && (!did || state(s).returned);
                inst.snap().is_some_and(usable) && !inst.op.is(flag::END)
            })
            .collect();
        // Some traces go without, or none would ever get far.
        let n = number.wrapping_mul(31).wrapping_add(seed.wrapping_mul(17));
        guards.get(n % (guards.len() + 2)).copied()
    }
}
