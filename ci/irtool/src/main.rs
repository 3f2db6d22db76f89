//! `irtool FILE`: reads traces in the text format and prints each stage of their way to machine
//! code of a chosen CPU, on any host; with `--run` it runs them. A file with cases (see
//! `tests/ir`) is taken case by case.

mod bench;
mod disasm;

use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::{Backend, Job};
use pyrs_ir::opt::{Passes, optimize};
use pyrs_ir::parse::{Module, module_with};
use pyrs_ir::ra::{self, Options};
use pyrs_ir::trace::Trace;
use pyrs_ir::{lower, print, testkit, verify};
use pyrs_jitrig::file;
use pyrs_jitrig::session::{Knobs, Session};

const USAGE: &str = "usage: irtool [options] FILE...
  --cpu NAME      x86_64 (default), ia32 or aarch64
  --features none|all   CPU features to use (default all)
  --case NAME     only cases whose name contains NAME
  --no-opt        leave out the optimiser
  --bytes         show the bytes of each machine instruction
  --run           run the lines with inputs: evaluator, and machine code on this CPU
  --time INPUTS   run the first trace with these inputs (a,b,...) and time it
  --bench         measure the compile time of each file's traces (see ci/bench compile)
  --limit NS      with --bench: fail if a file needs more nanoseconds an instruction
  --schema        print the test schema that files may refer to";

/// Command line.
#[derive(Default)]
struct Args {
    files: Vec<String>,
    cpu: String,
    plain: bool,
    case: Option<String>,
    no_opt: bool,
    bytes: bool,
    run: bool,
    bench: bool,
    limit: Option<f64>,
    time: Option<String>,
}

fn main() -> std::process::ExitCode {
    match parse_args().and_then(|a| run(&a)) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn parse_args() -> Result<Args, String> {
    let mut a = Args { cpu: "x86_64".into(), ..Args::default() };
    let mut it = std::env::args().skip(1);
    while let Some(arg) = it.next() {
        let mut next = || it.next().ok_or(format!("{arg} needs a value\n{USAGE}"));
        match arg.as_str() {
            "--cpu" => a.cpu = next()?,
            "--features" => a.plain = next()? == "none",
            "--case" => a.case = Some(next()?),
            "--time" => a.time = Some(next()?),
            "--no-opt" => a.no_opt = true,
            "--bytes" => a.bytes = true,
            "--run" => a.run = true,
            "--bench" => a.bench = true,
            "--limit" => {
                a.limit = Some(next()?.parse().map_err(|_| "--limit needs a number".to_string())?);
            }
            "--schema" => print!("{}", print::schema(&testkit::schema())),
            s if s.starts_with('-') => return Err(USAGE.into()),
            _ => a.files.push(arg),
        }
    }
    Ok(a)
}

/// The back end with that name.
fn backend(a: &Args) -> Result<Box<dyn Backend>, String> {
    let features = match a.plain {
        true => pyrs_x86_64::Features::default(),
        false => pyrs_x86_64::Features::ALL,
    };
    Ok(match a.cpu.as_str() {
        "x86_64" => Box::new(pyrs_x86_64::X86::x86_64(features)),
        "ia32" => Box::new(pyrs_x86_64::X86::ia32(features)),
        "aarch64" => Box::new(pyrs_aarch64::Aarch64::default()),
        other => return Err(format!("unknown CPU {other}\n{USAGE}")),
    })
}

fn run(a: &Args) -> Result<(), String> {
    let b = backend(a)?;
    let mut over = Vec::new();
    for name in &a.files {
        let text = std::fs::read_to_string(name).map_err(|e| format!("{name}: {e}"))?;
        let modules: Vec<(String, Module)> = if text.contains("\ncase ") {
            let cases = file::parse(&text, b.target())?;
            cases.into_iter().map(|c| (c.name, c.module)).collect()
        } else {
            let m = module_with(&text, b.target(), testkit::schema())?;
            vec![(name.clone(), m)]
        };
        let wanted = |n: &str| a.case.as_ref().is_none_or(|c| n.contains(c));
        let modules: Vec<_> = modules.into_iter().filter(|m| wanted(&m.0)).collect();
        if a.bench {
            let spent = bench::report(name, modules.iter().map(|m| &m.1), &*b)?;
            if let Some(limit) = a.limit.filter(|l| spent > *l) {
                over.push(format!("{name}: {spent:.0} ns an instruction, the limit is {limit}"));
            }
            continue;
        }
        for (name, m) in &modules {
            println!("=== {name}");
            show(a, &*b, m)?;
            if a.run {
                run_lines(name, m)?;
            }
            if let Some(inputs) = &a.time {
                time(a, m, inputs)?;
            }
        }
    }
    if over.is_empty() { Ok(()) } else { Err(over.join("\n")) }
}

fn show(a: &Args, b: &dyn Backend, m: &Module) -> Result<(), String> {
    let s = &m.schema;
    verify::verify(&m.trace, s)?;
    println!("--- parsed\n{}", print::trace(&m.trace, s));
    let t = prepare(a, m);
    println!("--- optimised and lowered\n{}", print::trace(&t, s));
    let allocated = ra::alloc::allocate(&t, s, b, &Options::default());
    ra::check::check(&t, s, b, &allocated, None, &[])?;
    println!("--- allocated\n{}", ra::dump(&t, s, &allocated));
    let layout = testkit::layout(b.target());
    let endian = b.target().endian;
    let stubs = b.stubs(&layout, &mut CodeBuf::new(0x1000, endian));
    let mut buf = CodeBuf::new(0x10000, endian);
    let job = Job {
        trace: &t,
        schema: s,
        allocated: &allocated,
        layout: &layout,
        stubs: &stubs,
        first_exit: 0,
        targets: &[],
        force: None,
        padding: 0,
    };
    let at = b.emit(&job, &mut buf)?;
    println!("--- machine code of {}", b.name());
    let mut marks = vec![(at.start, "start".to_string()), (at.entry, "entry".to_string())];
    if at.loop_head != 0 {
        marks.push((at.loop_head, "loop".to_string()));
    }
    marks.extend(at.exits.iter().enumerate().map(|(k, x)| (*x, format!("exit {k}"))));
    let end = *at.exits.last().unwrap_or(&at.start);
    disasm::print(b.name(), &buf.bytes, 0x10000, end, &marks, a.bytes);
    Ok(())
}

fn prepare(a: &Args, m: &Module) -> Trace {
    let t = if a.no_opt { m.trace.clone() } else { optimize(&m.trace, &m.schema, Passes::ALL) };
    lower::lower(&t, &m.schema)
}

/// Runs the lines of a case on this CPU.
fn run_lines(name: &str, m: &Module) -> Result<(), String> {
    let host = pyrs_jitrig::host(u32::MAX).ok_or("there is no back end for this CPU")?;
    if host.target() != m.trace.target {
        return Err("the trace is for another word size than this CPU's".into());
    }
    let mut session = Session::new(host)?;
    let case = file::FileCase { name: name.into(), module: m.clone() };
    let n = file::check(&mut session, &case)?;
    println!("--- {n} runs as expected, by the evaluator and as machine code");
    Ok(())
}

/// Runs a trace on this CPU and prints how long it took.
fn time(a: &Args, m: &Module, inputs: &str) -> Result<(), String> {
    let host = pyrs_jitrig::host(u32::MAX).ok_or("there is no back end for this CPU")?;
    let target = host.target();
    let mut s = Session::new(host)?;
    let t = prepare(a, m);
    let allocated = ra::alloc::allocate(&t, &s.schema, &*s.backend, &Options::default());
    let knobs = Knobs { room: 1 << 15, ..Knobs::default() };
    let code = s.install(&t, &allocated, 0, &[], knobs)?;
    let before = testkit::heap(target, &s.schema, s.heap_address(), s.ctx_address(), 1);
    let heap = s.heap_address();
    let text = format!("{} => 0:", inputs.replace(',', " "));
    let line = file::line(&text, target, heap)?.ok_or("bad inputs")?;
    let mut best = f64::MAX;
    let mut exit = 0;
    for _ in 0..5 {
        let start = std::time::Instant::now();
        exit = s.run(&code, &line.inputs, &before, knobs)?.0;
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!("--- exit {exit} after {:.3} ms, the best of 5", best * 1e3);
    Ok(())
}
