//! Compile time: nanoseconds an instruction for each stage from emitting a trace to its bytes.

use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::{Backend, Job, Stubs};
use pyrs_ir::opt::{Passes, optimize};
use pyrs_ir::parse::Module;
use pyrs_ir::ra::{self, Options};
use pyrs_ir::{lower, testkit};
use std::hint::black_box;
use std::time::Instant;

/// Least time of several rounds, in nanoseconds.
fn best(mut f: impl FnMut()) -> f64 {
    let mut least = f64::MAX;
    for _ in 0..15 {
        let start = Instant::now();
        for _ in 0..20 {
            f();
        }
        least = least.min(start.elapsed().as_secs_f64() / 20.0);
    }
    least * 1e9
}

/// Prints a line for all traces of a file together; gives the nanoseconds an instruction.
pub fn report<'a>(
    name: &str,
    modules: impl Iterator<Item = &'a Module>,
    b: &dyn Backend,
) -> Result<f64, String> {
    let layout = testkit::layout(b.target());
    let stubs = Stubs { enter: 0x1000, exit: 0x1040, alloc: 0x1100, barrier: 0x1200 };
    let (mut ops, mut stages, mut bytes) = (0usize, [0.0f64; 4], 0);
    for m in modules {
        let s = &m.schema;
        ops += m.trace.insts.len();
        let optimised = optimize(&m.trace, s, Passes::ALL);
        let t = lower::lower(&optimised, s);
        let a = ra::alloc::allocate(&t, s, b, &Options::default());
        let job = Job {
            trace: &t,
            schema: s,
            allocated: &a,
            layout: &layout,
            stubs: &stubs,
            first_exit: 0,
            targets: &[],
            force: None,
            padding: 0,
        };
        stages[0] += best(|| drop(black_box(optimize(&m.trace, s, Passes::ALL))));
        stages[1] += best(|| drop(black_box(lower::lower(&optimised, s))));
        stages[2] += best(|| drop(black_box(ra::alloc::allocate(&t, s, b, &Options::default()))));
        let mut failed = None;
        stages[3] += best(|| {
            let mut buf = CodeBuf::new(0x10000, b.target().endian);
            failed = b.emit(&job, &mut buf).err();
            bytes = buf.bytes.len();
        });
        if let Some(e) = failed {
            return Err(e);
        }
    }
    let per = |x: f64| x / ops as f64;
    let [opt, low, alloc, emit] = stages.map(per);
    let sum = opt + low + alloc + emit;
    println!(
        "{name}: {ops} instructions on {}: optimise {opt:.0} ns, lower {low:.0}, allocate {alloc:.0}, \
         emit {emit:.0}, together {sum:.0} ns an instruction",
        b.name()
    );
    Ok(sum)
}
