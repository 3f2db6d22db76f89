//! Property tests of the optimiser: each pass alone, and all together, keep the meaning of
//! random traces, at their natural exits and at forced ones.

use proptest::prelude::*;
use pyrs_ir::eval::compare::{State, compare};
use pyrs_ir::eval::{End, Exit, Force, Start, Value, eval, memory::Image};
use pyrs_ir::opt::{Passes, optimize};
use pyrs_ir::schema::Schema;
use pyrs_ir::testkit::genome::{Gene, decode, input_values};
use pyrs_ir::testkit::{self, TestHelpers};
use pyrs_ir::trace::Trace;
use pyrs_ir::types::{Target, Ty};
use pyrs_ir::{lower, print, verify};

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
    let opt = optimize(&raw, &schema, passes);
    let fail = |e: String| {
        let texts = (print::trace(&raw, &schema), print::trace(&opt, &schema));
        format!("{e}\nraw {}\noptimised {}", texts.0, texts.1)
    };
    verify::verify(&opt, &schema).map_err(fail)?;
    let inputs = input_values(&schema, target, HEAP, seed);
    let before = testkit::heap(target, &schema, HEAP, CTX, seed[5] as u64);
    let run = Run { schema: &schema, inputs: &inputs, before: &before };
    run.same(&raw, &opt, Force::No, Force::No).map_err(fail)?;
    let lowered = lower::lower(&opt, &schema);
    verify::verify(&lowered, &schema).map_err(fail)?;
    run.same(&raw, &lowered, Force::No, Force::No).map_err(|e| fail(format!("lowered: {e}")))?;
    if opt.insts.is_empty() {
        return Ok(());
    }
    let at = force % opt.insts.len();
    let (exit, _) = run.eval(&opt, Force::Inst(at)).map_err(fail)?;
    let counter = match exit.slots.first() {
        Some((0, Value::Plain(Ty::W, c))) => *c,
        _ => return Err(fail("slot 0 is the counter".into())),
    };
    let same = Force::State { pc: exit.pc, key: 0, value: counter };
    run.same(&raw, &opt, same, Force::Inst(at))
        .map_err(|e| fail(format!("forced at {at}: {e}")))?;
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: testkit::cases(6000), failure_persistence: None, ..Default::default()
    })]

    #[test]
    fn passes_keep_the_meaning(
        head: Gene,
        genes in prop::collection::vec(any::<Gene>(), 0..40),
        seed: [u16; 6],
        pass in 0usize..14,
        target in prop_oneof![
            Just(Target::LE64), Just(Target::LE32), Just(Target::BE64), Just(Target::BE32)
        ],
        force: usize,
    ) {
        let passes = if pass < 7 { Passes::only(pass) } else { Passes::ALL };
        check(target, &head, &genes, &seed, passes, force).map_err(TestCaseError::fail)?;
    }
}
