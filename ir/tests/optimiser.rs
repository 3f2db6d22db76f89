//! Property tests of the optimiser: each pass alone, and all together, keep the meaning of
//! random traces, at their natural exits and at forced ones.

use proptest::prelude::*;
use pyrs_ir::eval::compare::{State, compare};
use pyrs_ir::eval::{End, Exit, Force, Start, Value, eval, memory::Image};
use pyrs_ir::op::Op;
use pyrs_ir::opt::counted::{LIMIT, START, SUM};
use pyrs_ir::opt::{Passes, optimize};
use pyrs_ir::schema::Schema;
use pyrs_ir::seeds;
use pyrs_ir::testkit::genome::{Gene, decode, input_values};
use pyrs_ir::testkit::{self, TestHelpers};
use pyrs_ir::trace::{Ref, Trace};
use pyrs_ir::types::{Cc, Target, Ty};
use pyrs_ir::{build::Builder, lower, print, verify};

const HEAP: u64 = 0x10000;
const CTX: u64 = 0x8000;

struct Run<'a> {
    schema: &'a Schema,
    inputs: &'a [u64],
    before: &'a Image,
}

impl Run<'_> {
    fn eval(&self, t: &Trace, force: Force) -> Result<(Exit, Image), String> {
        let mut m = self.before.clone();
        let start = Start { force, ..Start::new(self.inputs, CTX) };
        match eval(t, self.schema, &start, &mut m, &mut TestHelpers::default())? {
            End::Exit(e) => Ok((e, m)),
            End::Link(..) => Err("link".into()),
        }
    }

    /// How to make the raw trace end where the optimised one does: nothing is needed, unless a
    /// guard of the optimised trace leaves early with the snapshot of a checked operation.
    fn natural(&self, raw: &Trace, opt: &Trace) -> Result<Force, String> {
        let (want, _) = self.eval(raw, Force::No)?;
        let (got, _) = self.eval(opt, Force::No)?;
        let checked = |i: &pyrs_ir::trace::Inst| {
            matches!(i.op, Op::AddOv | Op::SubOv)
                && i.snap().is_some_and(|s| raw.snaps[s].pc == got.pc)
        };
        let early = opt.insts[got.inst].op == Op::Guard && raw.insts.iter().any(checked);
        let same = want.pc == got.pc && state(&want) == state(&got);
        if early && !same { state(&got) } else { Ok(Force::No) }
    }

    fn same(&self, raw: &Trace, opt: &Trace, f: Force, g: Force) -> Result<Exit, String> {
        let (x, mx) = self.eval(raw, f)?;
        let (y, my) = self.eval(opt, g)?;
        let user = testkit::CTX_USER as usize..testkit::CTX_USER as usize + 64;
        if mx.regions[1].bytes[user.clone()] != my.regions[1].bytes[user] {
            return Err("user words differ".into());
        }
        let (sx, sy) = (State { exit: &x, image: &mx }, State { exit: &y, image: &my });
        compare(self.schema, self.before, sx, sy)?;
        Ok(y)
    }
}

/// Leaves the raw trace in the state of an exit of the optimised one.
fn state(exit: &Exit) -> Result<Force, String> {
    match exit.slots.first() {
        Some((0, Value::Plain(Ty::W, c))) => Ok(Force::State { pc: exit.pc, key: 0, value: *c }),
        _ => Err("slot 0 is the counter".into()),
    }
}

/// The optimised trace ends as the raw one; leaving it at instruction `force` gives a state that
/// the raw one has too.
fn check(
    target: Target,
    head: &Gene,
    genes: &[Gene],
    seed: &[u16; 6],
    passes: Passes,
    force: usize,
) -> Result<(), String> {
    let schema = testkit::schema();
    let raw = decode(target, &schema, head, genes).trace;
    let inputs = input_values(&schema, target, HEAP, seed);
    check_trace(&raw, &inputs, seed[5] as u64, passes, force)
}

fn check_trace(
    raw: &Trace,
    inputs: &[u64],
    heap: u64,
    passes: Passes,
    force: usize,
) -> Result<(), String> {
    let schema = testkit::schema();
    let opt = optimize(raw, &schema, passes);
    let fail = |e: String| {
        let texts = (print::trace(raw, &schema), print::trace(&opt, &schema));
        format!("{e}\nraw {}\noptimised {}", texts.0, texts.1)
    };
    verify::verify(&opt, &schema).map_err(fail)?;
    let before = testkit::heap(raw.target, &schema, HEAP, CTX, heap);
    let run = Run { schema: &schema, inputs, before: &before };
    let natural = run.natural(raw, &opt).map_err(fail)?;
    run.same(raw, &opt, natural, Force::No).map_err(fail)?;
    let lowered = lower::lower(&opt, &schema);
    verify::verify(&lowered, &schema).map_err(fail)?;
    run.same(raw, &lowered, natural, Force::No).map_err(|e| fail(format!("lowered: {e}")))?;
    if opt.insts.is_empty() {
        return Ok(());
    }
    let at = force % opt.insts.len();
    let (exit, _) = run.eval(&opt, Force::Inst(at)).map_err(fail)?;
    let same = state(&exit).map_err(fail)?;
    run.same(raw, &opt, same, Force::Inst(at)).map_err(|e| fail(format!("forced at {at}: {e}")))?;
    Ok(())
}

/// A loop that counts, with sums: near the bounds that `opt::counted` assumes, and beyond.
#[derive(Clone, Debug)]
struct Counted {
    /// Input values: start of the counter, its limit, start of the sums, something unknown.
    inputs: [i64; 4],
    /// Whether each input is a constant of the trace.
    known: [bool; 4],
    /// Step of the counter.
    step: i64,
    /// How the loop's guard is written.
    guard: u8,
    /// The sums: term, operation and order of its operands.
    sums: Vec<(u8, u8)>,
    /// The guard comes behind the sums.
    late: bool,
}

impl Counted {
    /// The trace; a second guard ends it after a few rounds.
    fn trace(&self) -> Trace {
        let mut b = Builder::new(Target::LE64);
        let mut k = 0;
        let [start, limit, first, unknown] = self.inputs.map(|x| {
            let input = b.input(Ty::W, k as u16);
            k += 1;
            if self.known[k - 1] { b.word(x) } else { input }
        });
        let stop = b.word(self.inputs[0].wrapping_add(self.step.wrapping_mul(9)));
        b.open_loop();
        let i = b.phi(Ty::W, start);
        let phis: Vec<Ref> = self.sums.iter().map(|_| b.phi(Ty::W, first)).collect();
        let mut slots = vec![(0, i)];
        slots.extend(phis.iter().enumerate().map(|(k, &p)| (k as u32 + 1, p)));
        let snap = b.snapshot(1, &slots);
        b.guard(Cc::Ne, i, stop, snap);
        if !self.late {
            self.guard(&mut b, i, limit, &slots);
        }
        for (k, (&phi, &(term, how))) in phis.iter().zip(&self.sums).enumerate() {
            let (mask, far) = (b.word(0xff), b.word(1 << 32));
            let zero = b.word(0);
            let term = match term % 7 {
                0 => i,
                1 => b.word(self.step),
                2 => b.op2(Op::And, unknown, mask),
                3 => b.op2(Op::Sub, zero, i),
                4 => b.emit(Op::SExt, Ty::W, 16, [unknown, Ref::NONE, Ref::NONE]),
                5 => far,
                _ => unknown,
            };
            let snap = b.snapshot(10 + k as u64, &slots);
            let next = match how % 3 {
                0 => b.checked(Op::AddOv, phi, term, snap),
                1 => b.checked(Op::AddOv, term, phi, snap),
                _ => b.checked(Op::SubOv, phi, term, snap),
            };
            b.close_phi(phi, next);
        }
        if self.late {
            self.guard(&mut b, i, limit, &slots);
        }
        let step = b.word(self.step);
        let next = b.op2(Op::Add, i, step);
        b.close_phi(i, next);
        b.jump();
        b.trace
    }

    fn guard(&self, b: &mut Builder, i: Ref, limit: Ref, slots: &[(u32, Ref)]) {
        let snap = b.snapshot(2, slots);
        let cmp =
            |b: &mut Builder, cc: Cc| b.emit(Op::Cmp, Ty::B, cc as u16, [i, limit, Ref::NONE]);
        let way = |cc: Cc| if self.step < 0 { cc.swap() } else { cc };
        match self.guard % 7 {
            0 => b.guard(way(Cc::Lt), i, limit, snap),
            1 => b.guard(way(Cc::Le), i, limit, snap),
            2 => b.guard(way(Cc::Gt), limit, i, snap),
            3 => b.guard(way(Cc::Ge), limit, i, snap),
            4 => b.guard(Cc::Ne, i, limit, snap),
            5 => {
                let c = cmp(b, way(Cc::Lt));
                b.emit(Op::GuardTrue, Ty::V, 0, [c, Ref::NONE, Ref(snap)]);
            }
            _ => {
                let c = cmp(b, way(Cc::Gt));
                b.emit(Op::GuardFalse, Ty::V, 0, [c, Ref::NONE, Ref(snap)]);
            }
        }
    }
}

fn near(of: &'static [i64]) -> impl Strategy<Value = i64> {
    (prop::sample::select(of), -3i64..=12).prop_map(|(x, d)| x.saturating_add(d))
}

fn counted() -> impl Strategy<Value = Counted> {
    let start = near(&[0, 0, START, LIMIT, i64::MIN, i64::MAX - 12, -100]);
    let limit = near(&[0, 5, LIMIT, i64::MAX, START]);
    let sum = near(&[0, SUM, -SUM, i64::MAX, i64::MIN]);
    let step = prop::sample::select(
        &[1i64, 1, 1, 2, 7, 1 << 16, (1 << 16) + 1, 0, -1, -1, -3, -(1 << 16), i64::MIN][..],
    );
    let sums = prop::collection::vec(any::<(u8, u8)>(), 1..4);
    (start, limit, sum, any::<i64>(), any::<[bool; 4]>(), step, any::<u8>(), sums, any::<bool>())
        .prop_map(|(a, b, c, d, known, step, guard, sums, late)| {
            // Counters that run down start and end at the mirror images.
            let way = |x: i64| if step < 0 { x.saturating_neg() } else { x };
            let inputs = [way(a), way(b), c, d];
            Counted { inputs, known, step, guard, sums, late }
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: testkit::cases(6000), failure_persistence: seeds!("optimiser"), ..Default::default()
    })]

    #[test]
    fn passes_keep_the_meaning(
        head: Gene,
        genes in prop::collection::vec(any::<Gene>(), 0..40),
        seed: [u16; 6],
        pass in 0..2 * Passes::COUNT,
        target in prop_oneof![
            Just(Target::LE64), Just(Target::LE32), Just(Target::BE64), Just(Target::BE32)
        ],
        force: usize,
    ) {
        let passes = if pass < Passes::COUNT { Passes::only(pass) } else { Passes::ALL };
        check(target, &head, &genes, &seed, passes, force).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn counted_loops_keep_the_meaning(case in counted(), pass in 0usize..2, force: usize) {
        let passes = if pass == 0 { Passes::only(7) } else { Passes::ALL };
        let inputs = case.inputs.map(|x| x as u64);
        check_trace(&case.trace(), &inputs, 1, passes, force).map_err(TestCaseError::fail)?;
    }
}
