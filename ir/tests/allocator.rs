//! Property tests of the allocator on the machine with three general and two floating-point
//! registers: the symbolic checker accepts, and the simulator ends in the same state as the
//! evaluator, for sensible and for random choices, with forced exits and with bridges.

use proptest::prelude::*;
use pyrs_ir::eval::compare::{State, compare};
use pyrs_ir::eval::{End, Exit, Force, Start, eval};
use pyrs_ir::fake::{Code, Fake, SimEnd, Simulator};
use pyrs_ir::ra::{self, Allocated, Loc, Options};
use pyrs_ir::schema::Schema;
use pyrs_ir::seeds;
use pyrs_ir::testkit::genome::{Gene, decode, decode_bridge, input_values};
use pyrs_ir::testkit::{self, TestHelpers};
use pyrs_ir::trace::Trace;
use pyrs_ir::types::{Target, Ty};
use pyrs_ir::{lower, print, verify};

const HEAP: u64 = 0x10000;
const CTX: u64 = 0x8000;

struct Run {
    schema: Schema,
    target: Target,
    inputs: Vec<u64>,
    seed: u64,
}

impl Run {
    fn image(&self) -> pyrs_ir::eval::memory::Image {
        testkit::heap(self.target, &self.schema, HEAP, CTX, self.seed)
    }

    fn allocate(&self, t: &Trace, options: &Options<'_>) -> Allocated {
        let fake = Fake::default();
        let a = ra::alloc::allocate(t, &self.schema, &fake, options);
        let checked = ra::check::check(t, &self.schema, &fake, &a, options.inputs, options.targets);
        if let Err(e) = checked {
            panic!("{e}\n{}\n{}", print::trace(t, &self.schema), ra::dump(t, &self.schema, &a));
        }
        a
    }

    fn check(&self, trace: &Trace, options: &Options<'_>, force: Option<usize>, bridge: &[Gene]) {
        let t = lower::lower(trace, &self.schema);
        verify::verify(&t, &self.schema).expect("lowered trace is valid");
        let a = self.allocate(&t, options);
        let mut want = self.image();
        let forced = force.map_or(Force::No, Force::Inst);
        let start = Start { force: forced, ..Start::new(&self.inputs, CTX) };
        let end = eval(&t, &self.schema, &start, &mut want, &mut TestHelpers::default())
            .expect("evaluates");
        let End::Exit(exit) = end else { panic!("traces end in exits") };

        let mut sim = Simulator { force, ..Default::default() };
        for (k, &v) in self.inputs.iter().enumerate() {
            sim.places.insert(Loc::Spill(k as u32), v);
        }
        let mut got = self.image();
        let fake = Fake::default();
        let code = Code { trace: &t, schema: &self.schema, allocated: &a, machine: &fake };
        let end = sim
            .run(code, CTX, false, &mut got, &mut TestHelpers::default())
            .unwrap_or_else(|e| panic!("{e}\n{}", ra::dump(&t, &self.schema, &a)));
        let SimEnd::Exit(number, End::Exit(state)) = end else { panic!("exit expected") };
        assert_eq!(state.inst, exit.inst, "exit of another instruction");
        self.same(&exit, &want, &state, &got, &t, &a);
        self.bridge(&t, &a, number, bridge, (exit, want), (sim, got));
    }

    fn same(
        &self,
        exit: &Exit,
        want: &pyrs_ir::eval::memory::Image,
        state: &Exit,
        got: &pyrs_ir::eval::memory::Image,
        t: &Trace,
        a: &Allocated,
    ) {
        let (x, y) = (State { exit, image: want }, State { exit: state, image: got });
        if let Err(e) = compare(&self.schema, &self.image(), x, y) {
            panic!("{e}\n{}", ra::dump(t, &self.schema, a));
        }
    }

    /// Attaches a random bridge to the exit that was taken and goes on.
    fn bridge(
        &self,
        t: &Trace,
        a: &Allocated,
        number: usize,
        genes: &[Gene],
        (exit, mut want): (Exit, pyrs_ir::eval::memory::Image),
        (mut sim, mut got): (Simulator, pyrs_ir::eval::memory::Image),
    ) {
        let snap = a.exits[number].snap as usize;
        let types: Vec<Ty> =
            t.snap_values(snap).iter().map(|&r| t.ty(r).expect("a value")).collect();
        let b = decode_bridge(self.target, &self.schema, &types, genes);
        verify::verify(&b, &self.schema).expect("bridge is valid");
        let b = lower::lower(&b, &self.schema);
        let locs = a.exit_locs(number);
        let options = Options { inputs: Some(locs), first_spill: a.spills, ..Options::default() };
        let ab = self.allocate(&b, &options);
        let start = Start::new(&exit.values, CTX);
        let end = eval(&b, &self.schema, &start, &mut want, &mut TestHelpers::default())
            .expect("evaluates");
        let End::Exit(exit) = end else { panic!("bridges end in exits") };
        sim.force = None;
        let fake = Fake::default();
        let code = Code { trace: &b, schema: &self.schema, allocated: &ab, machine: &fake };
        let end = sim.run(code, CTX, false, &mut got, &mut TestHelpers::default()).expect("runs");
        let SimEnd::Exit(_, End::Exit(state)) = end else { panic!("exit expected") };
        assert_eq!(state.inst, exit.inst, "bridge left elsewhere");
        self.same(&exit, &want, &state, &got, &b, &ab);
    }
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![Just(Target::LE64), Just(Target::LE32), Just(Target::BE64), Just(Target::BE32)]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: testkit::cases(4000), failure_persistence: seeds!("allocator"), ..Default::default()
    })]

    #[test]
    fn random_traces_print_and_parse(
        head: Gene, genes in prop::collection::vec(any::<Gene>(), 0..30), target in target(),
    ) {
        let schema = testkit::schema();
        let case = decode(target, &schema, &head, &genes);
        prop_assert_eq!(verify::verify(&case.trace, &schema), Ok(()));
        let text = print::module(&case.trace, &schema);
        let back = pyrs_ir::parse::module(&text, target).expect("parses");
        prop_assert_eq!(print::module(&back.trace, &back.schema), text);
    }

    #[test]
    fn simulated_machine_agrees_with_the_evaluator(
        head: Gene,
        genes in prop::collection::vec(any::<Gene>(), 0..40),
        seed: [u16; 6],
        target in target(),
        ra_seed in prop_oneof![Just(0u64), any::<u64>()],
        force in prop::option::of(0usize..80),
        bridge in prop::collection::vec(any::<Gene>(), 0..6),
    ) {
        let schema = testkit::schema();
        let case = decode(target, &schema, &head, &genes);
        let inputs = input_values(&schema, target, HEAP, &seed);
        let run = Run { schema, target, inputs, seed: seed[5] as u64 };
        let options = Options { seed: ra_seed, ..Options::default() };
        run.check(&case.trace, &options, force, &bridge);
    }
}
