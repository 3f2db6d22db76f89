//! Machine code on this CPU against the evaluator, on random traces.

use proptest::prelude::*;
use pyrs_ir::opt::Passes;
use pyrs_ir::testkit::cases;
use pyrs_ir::testkit::genome::Gene;
use pyrs_jitrig::case::{Random, run};
use pyrs_jitrig::session::Session;
use pyrs_jitrig::{host, variants};

fn random() -> impl Strategy<Value = Random> {
    (
        any::<Gene>(),
        prop::collection::vec(any::<Gene>(), 0..40),
        prop::collection::vec(any::<Gene>(), 0..6),
        any::<[u16; 6]>(),
        prop_oneof![2 => Just(0u64), 1 => any::<u64>()],
        prop_oneof![2 => Just((0, 0)), 1 => (3u8..8, 2u8..6)],
        prop_oneof![1 => Just(None), 1 => (0usize..80).prop_map(Some)],
        prop_oneof![3 => Just(0u8), 1 => any::<u8>()],
        passes(),
    )
        .prop_map(|(head, genes, bridge, seed, ra_seed, limit, force, padding, optimise)| {
            Random { head, genes, bridge, seed, ra_seed, limit, force, padding, optimise }
        })
}

/// No optimiser, one pass alone, or all of them.
fn passes() -> impl Strategy<Value = Option<Passes>> {
    prop_oneof![
        2 => Just(None),
        2 => (0..Passes::COUNT).prop_map(|n| Some(Passes::only(n))),
        4 => Just(Some(Passes::ALL)),
    ]
}

#[test]
fn machine_code_agrees_with_the_evaluator() {
    for &features in variants() {
        let Some(backend) = host(features) else { return };
        let mut session = Session::new(backend).expect("this system allows executable memory");
        let n = cases(20_000) / variants().len() as u32;
        let config = ProptestConfig {
            cases: n,
            failure_persistence: pyrs_ir::seeds!("machine_code"),
            ..Default::default()
        };
        let session = std::cell::RefCell::new(&mut session);
        let start = std::time::Instant::now();
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let result = runner.run(&random(), |case| {
            run(&mut session.borrow_mut(), &case).map_err(TestCaseError::fail)
        });
        if let Err(e) = result {
            panic!("features {features:x}: {e}");
        }
        // Shown by `--nocapture`; nothing depends on it.
        let rate = n as f64 / start.elapsed().as_secs_f64();
        println!("features {features:x}: {n} cases, {rate:.0} a second");
    }
}
