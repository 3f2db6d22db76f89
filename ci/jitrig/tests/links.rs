//! Traces that continue in other traces: a bridge from a loop's exit links back to the loop's
//! entry, with its values in other registers, in cells, as constants; and unlinking.

use pyrs_ir::eval::{Exit, Value};
use pyrs_ir::opt::{Passes, optimize};
use pyrs_ir::ra::{self, Allocated, Loc, Options, RegSet};
use pyrs_ir::testkit;
use pyrs_ir::trace::Trace;
use pyrs_ir::types::Ty;
use pyrs_ir::{lower, parse, verify};
use pyrs_jitrig::case::limited;
use pyrs_jitrig::session::{Installed, Knobs, Session};
use pyrs_jitrig::{host, variants};

/// Adds up the even numbers below n as floats; leaves at odd ones.
const LOOP: &str = "trace
  %n = input W 0
  %i0 = input W 1
  %s0 = input F 2
  %k = input W 3
  loop
  %i = phi W %i0, %j
  %s = phi F %s0, %t
  guard lt %i, %n [1 | 0=%s 1=%i 2=%k]
  %b = and %i, 1
  guard eq %b, 0 [2 | 0=%n 1=%i 2=%s 3=%k]
  %f = w2f %i
  %t = fadd %s, %f
  %j = add %i, 1
  jump";

/// The odd numbers: counts them in the third value, and goes on in the loop.
const BRIDGE: &str = "trace
  %n = input W 0
  %i = input W 1
  %s = input F 2
  %k = input W 3
  %j = add %i, 1
  %k2 = add %k, 10
  %t = fadd %s, 0.5
  link 0 %n, %j, %t, %k2";

struct Linked {
    root: Trace,
    allocated: Allocated,
    code: Installed,
    /// The exits at odd numbers: one, or two when the loop was peeled.
    odd: Vec<usize>,
}

fn read(text: &str, s: &Session, optimise: bool) -> Trace {
    let m = parse::module_with(text, s.backend.target(), testkit::schema()).expect("parses");
    verify::verify(&m.trace, &m.schema).expect("valid");
    let t = if optimise { optimize(&m.trace, &m.schema, Passes::ALL) } else { m.trace };
    lower::lower(&t, &m.schema)
}

/// Installs loop and bridges; the bridges are linked.
fn install(s: &mut Session, limit: RegSet, seed: u64, optimise: bool) -> Linked {
    s.reset();
    let root = read(LOOP, s, optimise);
    let options = Options { limit, seed, ..Options::default() };
    let a = ra::alloc::allocate(&root, &s.schema, &*s.backend, &options);
    ra::check::check(&root, &s.schema, &*s.backend, &a, None, &[]).expect("checks");
    let code = s.install(&root, &a, 0, &[], Knobs::default()).expect("fits");
    let at_pc = |k: &usize| root.snaps[a.exits[*k].snap as usize].pc == 2;
    let odd: Vec<usize> = (0..a.exits.len()).filter(at_pc).collect();
    assert_eq!(odd.len(), 1 + optimise as usize);
    let bridge = read(BRIDGE, s, optimise);
    for &k in &odd {
        // Input k of the bridge is value k of the exit.
        let values = root.snap_values(a.exits[k].snap as usize);
        assert_eq!(values.len(), 4);
        let locs: Vec<Loc> = a.exit_locs(k).to_vec();
        let targets = [&a.entry[..]];
        let options =
            Options { inputs: Some(&locs), targets: &targets, first_spill: a.spills, limit, seed };
        let ab = ra::alloc::allocate(&bridge, &s.schema, &*s.backend, &options);
        ra::check::check(&bridge, &s.schema, &*s.backend, &ab, Some(&locs), &targets)
            .expect("checks");
        let entry = [code.at.entry];
        let b = s.install(&bridge, &ab, 100, &entry, Knobs::default()).expect("fits");
        s.link(&code, k, Some(b.at.start)).expect("links");
    }
    Linked { root, allocated: a, code, odd }
}

fn run(s: &mut Session, l: &Linked, n: u64) -> Exit {
    let target = s.backend.target();
    let before = testkit::heap(target, &s.schema, s.heap_address(), s.ctx_address(), 1);
    let inputs = [n, 0, 0f64.to_bits(), 7];
    let (k, _) = s.run(&l.code, &inputs, &before, Knobs::default()).expect("runs");
    s.exit(&l.root, &l.allocated, k).expect("an exit of the loop")
}

#[test]
fn a_bridge_links_back_to_the_loop() {
    for &features in variants() {
        let Some(backend) = host(features) else { return };
        let mut s = Session::new(backend).expect("this system allows executable memory");
        for (seed, optimise) in (0..40u64).flat_map(|k| [(k, false), (k, true)]) {
            let limits = [(0, 0), (3, 2), (4, 3), (5, 2)];
            let limit = limited(s.backend.regs().allocatable, limits[seed as usize % 4]);
            let seed = if seed < 4 { 0 } else { seed * 0x9e37_79b9 + 1 };
            let l = install(&mut s, limit, seed, optimise);
            for n in [0u64, 1, 2, 9, 100] {
                let exit = run(&mut s, &l, n);
                let even: u64 = (0..n).filter(|i| i % 2 == 0).sum();
                let odd = n / 2;
                let want = [
                    (0, Value::Plain(Ty::F, (even as f64 + odd as f64 * 0.5).to_bits())),
                    (1, Value::Plain(Ty::W, n)),
                    (2, Value::Plain(Ty::W, 7 + 10 * odd)),
                ];
                assert_eq!((exit.pc, &exit.slots[..]), (1, &want[..]), "n = {n}");
            }
            for &k in &l.odd {
                s.link(&l.code, k, None).expect("unlinks");
            }
            let exit = run(&mut s, &l, 9);
            assert_eq!(exit.pc, 2);
            assert_eq!(exit.slots[1], (1, Value::Plain(Ty::W, 1)));
        }
    }
}
