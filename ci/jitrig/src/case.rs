//! One random case in all its variants: evaluator against machine code, with forced exits,
//! truncated register files, random allocation, a bridge linked to the exit taken, and the exit
//! unlinked again.

use crate::session::{Installed, Knobs, Session};
use pyrs_ir::eval::compare::{State, compare};
use pyrs_ir::eval::memory::Image;
use pyrs_ir::eval::{End, Exit, Force, Start, eval};
use pyrs_ir::opt::{Passes, optimize};
use pyrs_ir::ra::{self, Allocated, Options, RegSet};
use pyrs_ir::testkit::genome::{Gene, decode, decode_bridge, input_values};
use pyrs_ir::testkit::{self, CTX_USER, TestHelpers};
use pyrs_ir::trace::Trace;
use pyrs_ir::types::{Class, Ty};
use pyrs_ir::{lower, print, verify};

/// A random case.
#[derive(Clone, Debug)]
pub struct Random {
    /// Structure of the trace.
    pub head: Gene,
    /// Its genes.
    pub genes: Vec<Gene>,
    /// Genes of the bridge.
    pub bridge: Vec<Gene>,
    /// Input values.
    pub seed: [u16; 6],
    /// Seed of the allocator, 0 for sensible choices.
    pub ra_seed: u64,
    /// Numbers of registers to leave to the allocator (at least 3 and 2), 0 for all.
    pub limit: (u8, u8),
    /// Instruction to force out of.
    pub force: Option<usize>,
    /// Padding between stubs.
    pub padding: u8,
    /// Run the optimiser first, with these passes.
    pub optimise: Option<Passes>,
}

/// A register file of `ints` and `floats` registers, taken from both ends of the real one.
pub fn limited(all: RegSet, limit: (u8, u8)) -> RegSet {
    if limit == (0, 0) {
        return RegSet::EMPTY;
    }
    let take = |class: Class, n: usize| {
        let regs: Vec<u8> = all.of_class(class).iter().collect();
        let n = n.min(regs.len());
        let (front, back) = (n.div_ceil(2), n / 2);
        let chosen: Vec<u8> =
            regs[..front].iter().chain(&regs[regs.len() - back..]).copied().collect();
        RegSet::of(&chosen)
    };
    take(Class::Int, limit.0.max(3) as usize).or(take(Class::Float, limit.1.max(2) as usize))
}

struct Run<'a> {
    s: &'a mut Session,
    case: &'a Random,
    before: Image,
    inputs: Vec<u64>,
    limit: RegSet,
}

/// Runs a case; the error describes the first difference.
pub fn run(s: &mut Session, case: &Random) -> Result<(), String> {
    s.reset();
    let target = s.backend.target();
    let decoded = decode(target, &s.schema, &case.head, &case.genes);
    verify::verify(&decoded.trace, &s.schema)?;
    let before =
        testkit::heap(target, &s.schema, s.heap_address(), s.ctx_address(), case.seed[5] as u64);
    let inputs = input_values(&s.schema, target, s.heap_address(), &case.seed);
    // Fixed registers must stay: the limit keeps those the constraint table names.
    let limit = limited(s.backend.regs().allocatable, case.limit);
    let mut r = Run { s, case, before, inputs, limit };
    r.trace(&decoded.trace)
}

impl Run<'_> {
    fn ctx(&self) -> u64 {
        self.s.backend.target().word.norm(self.s.ctx_address() as i64) as u64
    }

    fn eval(&self, t: &Trace, inputs: &[u64], force: Force, m: &mut Image) -> Result<Exit, String> {
        let start = Start { force, ..Start::new(inputs, self.ctx()) };
        match eval(t, &self.s.schema, &start, m, &mut TestHelpers::default())? {
            End::Exit(e) => Ok(e),
            End::Link(..) => Err("unexpected link".into()),
        }
    }

    fn allocate(&self, t: &Trace, o: &Options<'_>) -> Result<Allocated, String> {
        let machine = &*self.s.backend;
        let a = ra::alloc::allocate(t, &self.s.schema, machine, o);
        ra::check::check(t, &self.s.schema, machine, &a, o.inputs, o.targets)?;
        Ok(a)
    }

    fn trace(&mut self, raw: &Trace) -> Result<(), String> {
        let mut before_memory = self.before.clone();
        let optimised = self.case.optimise.map(|p| optimize(raw, &self.s.schema, p));
        let t = lower::lower(optimised.as_ref().unwrap_or(raw), &self.s.schema);
        verify::verify(&t, &self.s.schema)?;
        let options = Options { seed: self.case.ra_seed, limit: self.limit, ..Options::default() };
        let a = self.allocate(&t, &options)?;
        let knobs = Knobs {
            force: self.case.force,
            padding: self.case.padding as u32,
            room: self.case.seed[0] as u32 % 300,
        };
        let force = self.case.force.map_or(Force::No, Force::Inst);
        let exit = self.eval(&t, &self.inputs, force, &mut before_memory)?;
        let code = self.s.install(&t, &a, 0, &[], knobs)?;
        self.compare_run(&t, &a, &code, &code, &exit, &before_memory, knobs)
            .map_err(|e| format!("{e}\n{}", ra::dump(&t, &self.s.schema, &a)))?;
        self.bridge(&t, &a, &code, (exit, before_memory), knobs)
    }

    /// Runs from `start` and compares an exit of trace `t`, which is installed as `code`.
    #[expect(clippy::too_many_arguments, reason = "two traces and two states take part")]
    fn compare_run(
        &mut self,
        t: &Trace,
        a: &Allocated,
        code: &Installed,
        start: &Installed,
        want: &Exit,
        want_memory: &Image,
        knobs: Knobs,
    ) -> Result<(), String> {
        let (number, after) = self.s.run(start, &self.inputs, &self.before, knobs)?;
        let k = number.wrapping_sub(code.first_exit as usize);
        if k >= a.exits.len() {
            return Err(format!("exit {number} is of another trace"));
        }
        let got = self.s.exit(t, a, k)?;
        if got.inst != want.inst {
            return Err(format!("left at instruction {}, not {}", got.inst, want.inst));
        }
        let x = State { exit: want, image: want_memory };
        compare(&self.s.schema, &self.before, x, State { exit: &got, image: &after })?;
        let user = CTX_USER as usize..CTX_USER as usize + 64;
        if want_memory.regions[1].bytes[user.clone()] != after.regions[1].bytes[user] {
            return Err("user words of the context differ".into());
        }
        if want_memory.logged != after.logged {
            return Err("write barriers reported different objects".into());
        }
        Ok(())
    }

    fn bridge(
        &mut self,
        t: &Trace,
        a: &Allocated,
        code: &Installed,
        (exit, mut memory): (Exit, Image),
        knobs: Knobs,
    ) -> Result<(), String> {
        let unlinked = (exit.clone(), memory.clone());
        let k = a
            .exits
            .iter()
            .position(|e| e.inst as usize == exit.inst)
            .ok_or("the exit has no map")?;
        let refs = t.snap_values(a.exits[k].snap as usize);
        let types: Vec<Ty> = refs.iter().filter_map(|&r| t.ty(r)).collect();
        let target = self.s.backend.target();
        let raw = decode_bridge(target, &self.s.schema, &types, &self.case.bridge);
        verify::verify(&raw, &self.s.schema)?;
        let optimised = self.case.optimise.map(|p| optimize(&raw, &self.s.schema, p));
        let b = lower::lower(optimised.as_ref().unwrap_or(&raw), &self.s.schema);
        let locs = a.exit_locs(k);
        let options = Options {
            inputs: Some(locs),
            first_spill: a.spills,
            seed: self.case.ra_seed,
            limit: self.limit,
            targets: &[],
        };
        let ab = self.allocate(&b, &options)?;
        let end = self.eval(&b, &exit.values, Force::No, &mut memory)?;
        let bridge_knobs = Knobs { force: None, ..knobs };
        let first = a.exits.len() as u32 + 7;
        let bridge = self.s.install(&b, &ab, first, &[], bridge_knobs)?;
        self.s.link(code, k, Some(bridge.at.start))?;
        self.compare_run(&b, &ab, &bridge, code, &end, &memory, knobs).map_err(|e| {
            let dump = ra::dump(&b, &self.s.schema, &ab);
            format!("bridge: {e}\n{}\n{dump}", print::trace(&b, &self.s.schema))
        })?;
        self.s.link(code, k, None)?;
        self.compare_run(t, a, code, code, &unlinked.0, &unlinked.1, knobs)
            .map_err(|e| format!("after unlinking: {e}"))
    }
}
