//! Readable cases: files with traces, inputs and expected ends.
//!
//! A file holds cases; each starts with `case NAME`, then a trace in the text format over the
//! test schema ([`pyrs_ir::testkit::schema`]), then lines that start with `!`:
//!
//! `! 1 2.5 o0 => 7: 3 o1` runs the trace with these inputs and expects an exit at pc 7 whose
//! slots hold these values. `o0` is object 0 of the test heap. `! 64: ...` and `! 32: ...` are
//! for one word size only; a line `! word 64` makes the whole case so.
//!
//! Each run is made by the evaluator, before and after optimisation, and as machine code with
//! all registers and with three general and two floating-point ones.

use crate::case::limited;
use crate::session::{Knobs, Session};
use pyrs_ir::eval::memory::Image;
use pyrs_ir::eval::{End, Exit, Start, Value, eval};
use pyrs_ir::opt::{Passes, optimize};
use pyrs_ir::parse::{Module, constant, module_with};
use pyrs_ir::ra::{self, Options, RegSet};
use pyrs_ir::testkit::{self, TestHelpers};
use pyrs_ir::trace::Trace;
use pyrs_ir::types::{Target, Ty, Word};
use pyrs_ir::{lower, verify};

/// A case of a file.
#[derive(Clone, Debug)]
pub struct FileCase {
    /// Its name.
    pub name: String,
    /// The trace and the lines with inputs and expectations.
    pub module: Module,
}

/// Reads the cases of a file for a target. Cases for another word size are left out.
pub fn parse(text: &str, target: Target) -> Result<Vec<FileCase>, String> {
    let mut out = Vec::new();
    let other = if target.word == Word::W64 { "word 32" } else { "word 64" };
    for part in text.split("\ncase ").skip(1) {
        let (name, body) = part.split_once('\n').unwrap_or((part, ""));
        if body.lines().any(|l| l.trim().strip_prefix('!').map(str::trim) == Some(other)) {
            continue;
        }
        let module = module_with(body, target, testkit::schema())
            .map_err(|e| format!("case {name}: {e}"))?;
        verify::verify(&module.trace, &module.schema).map_err(|e| format!("case {name}: {e}"))?;
        out.push(FileCase { name: name.to_string(), module });
    }
    Ok(out)
}

/// Inputs and expectation of one line.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    /// Values of the inputs.
    pub inputs: Vec<u64>,
    /// Expected pc.
    pub pc: u64,
    /// Expected slots: types and values.
    pub slots: Vec<(Ty, u64)>,
}

/// A value of a line: an object, or a constant of the text format.
fn value(s: &str, target: Target, heap: u64) -> Result<(Ty, u64), String> {
    if let Some(k) = s.strip_prefix('o').and_then(|k| k.parse::<usize>().ok()) {
        let at = heap + testkit::object(&testkit::schema(), k);
        return Ok((Ty::R, target.word.norm(at as i64) as u64));
    }
    let (ty, bits) = constant(s).ok_or(format!("bad value {s}"))?;
    Ok((ty, if ty == Ty::F { bits } else { target.word.norm(bits as i64) as u64 }))
}

/// Reads a line; `None` if it is for another word size or says nothing about a run.
pub fn line(text: &str, target: Target, heap: u64) -> Result<Option<Line>, String> {
    let mut text = text;
    for (prefix, word) in [("64:", Word::W64), ("32:", Word::W32)] {
        if let Some(rest) = text.strip_prefix(prefix) {
            if word != target.word {
                return Ok(None);
            }
            text = rest;
        }
    }
    if text.starts_with("word ") {
        return Ok(None);
    }
    let (inputs, end) = text.split_once("=>").ok_or(format!("no => in {text}"))?;
    let (pc, slots) = end.split_once(':').ok_or(format!("no pc in {text}"))?;
    let values = |s: &str| -> Result<Vec<(Ty, u64)>, String> {
        s.split_whitespace().map(|v| value(v, target, heap)).collect()
    };
    Ok(Some(Line {
        inputs: values(inputs)?.into_iter().map(|v| v.1).collect(),
        pc: pc.trim().parse().map_err(|_| format!("bad pc in {text}"))?,
        slots: values(slots)?,
    }))
}

/// Whether an exit is the expected one.
fn expected(exit: &Exit, want: &Line) -> Result<(), String> {
    let same = |v: &Value, w: &(Ty, u64)| match v {
        Value::Plain(ty, bits) => {
            let nan = |x: u64| w.0 == Ty::F && f64::from_bits(x).is_nan();
            // Conditions are written as words, and lowering takes casts away.
            let types = ty.class() == w.0.class();
            types && (*bits == w.1 || (nan(*bits) && nan(w.1)))
        }
        Value::Virtual(_) => false,
    };
    let slots: Vec<&Value> = exit.slots.iter().map(|s| &s.1).collect();
    let ok = exit.pc == want.pc
        && slots.len() == want.slots.len()
        && slots.iter().zip(&want.slots).all(|(v, w)| same(v, w));
    if ok { Ok(()) } else { Err(format!("left at {} with {slots:x?}, not {want:x?}", exit.pc)) }
}

/// Evaluates a trace.
pub fn evaluate(
    trace: &Trace,
    inputs: &[u64],
    ctx: u64,
    memory: &mut Image,
) -> Result<Exit, String> {
    let schema = testkit::schema();
    let start = Start::new(inputs, trace.target.word.norm(ctx as i64) as u64);
    match eval(trace, &schema, &start, memory, &mut TestHelpers::default())? {
        End::Exit(e) => Ok(e),
        End::Link(..) => Err("unexpected link".into()),
    }
}

/// Runs all lines of a case through the evaluator and as machine code; gives their number.
pub fn check(s: &mut Session, case: &FileCase) -> Result<usize, String> {
    let target = s.backend.target();
    let heap = s.heap_address();
    let before = testkit::heap(target, &s.schema, heap, s.ctx_address(), 1);
    let mut count = 0;
    let optimised = optimize(&case.module.trace, &s.schema, Passes::ALL);
    let small = limited(s.backend.regs().allocatable, (3, 2));
    for text in &case.module.directives {
        let Some(want) = line(text, target, heap)? else { continue };
        let context = |what: &str, e: String| format!("case {}: {text}: {what}: {e}", case.name);
        for (what, t) in [("raw", &case.module.trace), ("optimised", &optimised)] {
            let exit = evaluate(t, &want.inputs, s.ctx_address(), &mut before.clone())
                .and_then(|e| expected(&e, &want));
            exit.map_err(|e| context(what, e))?;
            let lowered = lower::lower(t, &s.schema);
            for limit in [RegSet::EMPTY, small] {
                machine(s, &lowered, limit, &want, &before).map_err(|e| context("machine", e))?;
            }
        }
        count += 1;
    }
    if count == 0 { Err(format!("case {} has no runs", case.name)) } else { Ok(count) }
}

fn machine(
    s: &mut Session,
    t: &Trace,
    limit: RegSet,
    want: &Line,
    before: &Image,
) -> Result<(), String> {
    s.reset();
    let options = Options { limit, ..Options::default() };
    let a = ra::alloc::allocate(t, &s.schema, &*s.backend, &options);
    ra::check::check(t, &s.schema, &*s.backend, &a, None, &[])?;
    let knobs = Knobs { room: 4096, ..Knobs::default() };
    let code = s.install(t, &a, 0, &[], knobs)?;
    let (k, _) = s.run(&code, &want.inputs, before, knobs)?;
    let dump = || ra::dump(t, &s.schema, &a);
    expected(&s.exit(t, &a, k)?, want).map_err(|e| format!("{e}\n{}", dump()))
}
