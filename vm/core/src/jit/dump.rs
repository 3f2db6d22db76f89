//! Traces for the eye: what each step from a loop to machine code made of it.
//!
//! A trace's text has a header (number, kind, source line) and one part a stage, each begun by a line `-- stage`. The
//! bytecode is the path that was recorded, through all functions; beside the recorded operations stand the source
//! lines where instructions begin, beside the optimised ones those of the guards, for optimised code has no other
//! order. Parts are written as soon as they exist: what goes wrong in a stage happens after its input was shown.

use super::compile::Recorded;
use super::place::{Place, Sources};
use super::recorder::{Start, TARGET};
use super::{Jit, Tables};
use pyrs_ir::backend::Emitted;
use pyrs_ir::op::Op;
use pyrs_ir::print;
use pyrs_ir::ra::Allocated;
use pyrs_ir::schema::Schema;
use pyrs_ir::trace::{Inst, Trace};
use std::fmt::Write as _;
use std::io::Write;

/// Which stages are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stages(u8);

impl Stages {
    /// Names of the stages in their order.
    pub const NAMES: [&'static str; 5] = ["bytecode", "recorded", "optimised", "registers", "code"];
    const BYTECODE: usize = 0;
    const RECORDED: usize = 1;
    const OPTIMISED: usize = 2;
    const REGISTERS: usize = 3;
    const CODE: usize = 4;
    pub const ALL: Stages = Stages((1 << Stages::NAMES.len()) - 1);
    /// Names with commas between; the error is the name that is none.
    pub fn parse(text: &str) -> Result<Stages, String> {
        let mut bits = 0;
        for name in text.split(',') {
            match Stages::NAMES.iter().position(|n| *n == name) {
                Some(n) => bits |= 1 << n,
                None => return Err(name.to_owned()),
            }
        }
        Ok(Stages(bits))
    }
    fn has(self, stage: usize) -> bool {
        self.0 >> stage & 1 != 0
    }
}

/// Where the text goes.
pub(super) struct Dump {
    stages: Stages,
    to: Box<dyn Write>,
}

impl crate::vm::Vm {
    /// Every trace is shown from now on.
    pub fn dump_traces(&self, stages: Stages, to: Box<dyn Write>) {
        *self.jit.dump.borrow_mut() = Some(Dump { stages, to });
    }
}

impl Jit {
    /// Shows a stage if that is wanted.
    fn show(&self, stage: usize, text: impl FnOnce() -> String) {
        let mut dump = self.dump.borrow_mut();
        let Some(d) = dump.as_mut().filter(|d| d.stages.has(stage)) else { return };
        let text = format!("-- {}{}", Stages::NAMES[stage], text());
        // Nobody is left to be told that the place for telling is full.
        let _ = d.to.write_all(text.as_bytes()).and_then(|()| d.to.flush());
    }
    /// The header of the trace about to be compiled, the bytecode, and what the recorder wrote.
    pub(super) fn show_recorded(&self, recorded: &Recorded, tables: &Tables) {
        {
            let mut dump = self.dump.borrow_mut();
            let Some(d) = dump.as_mut() else { return };
            let text = self.header(recorded);
            let _ = d.to.write_all(text.as_bytes());
        }
        self.show(Stages::BYTECODE, || self.bytecode(recorded));
        self.show(Stages::RECORDED, || {
            let mut notes = recorded.notes.iter().peekable();
            let place = |i: usize, _: &Inst| {
                let mut last = None;
                while let Some(n) = notes.next_if(|n| n.0 as usize <= i) {
                    last = Some(n.1);
                }
                last
            };
            annotated(&recorded.trace, &tables.schema, &self.sources, place)
        });
    }
    pub(super) fn show_optimised(&self, recorded: &Recorded, optimised: &Trace, tables: &Tables) {
        self.show(Stages::OPTIMISED, || {
            let place = |_: usize, inst: &Inst| {
                let state = optimised.snaps[inst.snap()?].pc as usize;
                recorded.places.get(state).copied()
            };
            annotated(optimised, &tables.schema, &self.sources, place)
        });
    }
    pub(super) fn show_allocated(&self, lowered: &Trace, allocated: &Allocated, tables: &Tables) {
        self.show(Stages::REGISTERS, || {
            let text = pyrs_ir::ra::dump(lowered, &tables.schema, allocated);
            format!(" ({} spill cells)\n{text}", allocated.spills)
        });
    }
    pub(super) fn show_code(&self, from: u64, bytes: &[u8], emitted: &Emitted, first_exit: u32) {
        self.show(Stages::CODE, || code(from, bytes, emitted, first_exit));
    }

    fn header(&self, recorded: &Recorded) -> String {
        let number = self.traces.borrow().len();
        let place = recorded.head.as_loop();
        let kind = match recorded.start {
            Start::Loop => "loop".to_owned(),
            Start::Point => "function".to_owned(),
            Start::Exit(n) => {
                let e = self.exit(n);
                format!("bridge from exit {n} of trace {} ({})", e.trace, e.reason.name())
            }
        };
        let mut out = format!("== trace {number}: {kind} at {}\n", place.describe());
        if let Some(text) = self.sources.line(&place) {
            let _ = writeln!(out, "{:>6} | {text}", place.line());
        }
        out
    }
    fn bytecode(&self, recorded: &Recorded) -> String {
        let mut out = String::from("\n");
        let mut last: Option<Place> = None;
        for (_, place) in &recorded.notes {
            if last.is_none_or(|l| !l.is_beside(place)) {
                let _ = writeln!(out, "  ; {}", source_note(place, &self.sources));
            }
            last = Some(*place);
            match place.word() {
                Some(w) => {
                    let text = pyrs_bytecode::disassemble_at(place.code.data(), w as usize);
                    let _ = writeln!(out, "  {w:>5} {text}");
                }
                None => out.push_str("        (the rest of an instruction)\n"),
            }
        }
        out
    }
}

fn source_note(place: &Place, sources: &Sources) -> String {
    let text = sources.line(place).map_or(String::new(), |t| format!(": {}", t.trim()));
    format!("{}{text}", place.describe())
}

/// The operations, with a comment wherever `place` gives another source line than before.
fn annotated(
    trace: &Trace,
    schema: &Schema,
    sources: &Sources,
    mut place: impl FnMut(usize, &Inst) -> Option<Place>,
) -> String {
    let live = trace.insts.iter().filter(|i| i.op != Op::Nop).count();
    let mut out = format!(" ({live} operations)\n");
    let mut last: Option<Place> = None;
    for (i, inst) in trace.insts.iter().enumerate() {
        if let Some(p) = place(i, inst) {
            if last.is_none_or(|l| !l.is_beside(&p)) {
                let _ = writeln!(out, "  ; {}", source_note(&p, sources));
            }
            last = Some(p);
        }
        if inst.op != Op::Nop {
            let _ = writeln!(out, "{}", print::line(trace, schema, i, inst));
        }
    }
    for (i, v) in trace.virtuals.iter().enumerate() {
        let _ = write!(out, "@{i} = virtual s{}", v.shape);
        for &(f, r) in trace.virt_fields(i) {
            let _ = write!(out, " f{f}={}", print::value(trace, r));
        }
        out.push('\n');
    }
    out
}

/// Bytes in hexadecimal, sixteen a line, with a new line at each label.
fn code(from: u64, bytes: &[u8], emitted: &Emitted, first_exit: u32) -> String {
    let mut labels: Vec<(u64, String)> = Vec::new();
    for (at, name) in
        [(emitted.start, "start"), (emitted.entry, "entry"), (emitted.loop_head, "loop")]
    {
        if at != 0 {
            labels.push((at, name.to_owned()));
        }
    }
    for (n, &at) in emitted.exits.iter().enumerate() {
        labels.push((at, format!("exit {}", first_exit as usize + n)));
    }
    labels.sort_by_key(|l| l.0);
    let (bits, order) = (TARGET.word.bytes() * 8, print::target_name(TARGET));
    let mut out = format!(" ({} bytes, {bits} bits, {order})\n", bytes.len());
    let mut next = labels.iter().peekable();
    let mut at = 0;
    while at < bytes.len() {
        while let Some((_, name)) = next.next_if(|l| l.0 <= from + at as u64) {
            let _ = writeln!(out, " {name}:");
        }
        let label = next.peek().map_or(usize::MAX, |l| (l.0 - from) as usize);
        let end = (at + 16).min(bytes.len()).min(label);
        let hex: Vec<String> = bytes[at..end].iter().map(|b| format!("{b:02x}")).collect();
        let _ = writeln!(out, "  {:x}: {}", from + at as u64, hex.join(" "));
        at = end;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_named() {
        assert_eq!(Stages::parse(&Stages::NAMES.join(",")), Ok(Stages::ALL));
        let s = Stages::parse("code,recorded").expect("names of stages");
        assert!(s.has(Stages::CODE) && s.has(Stages::RECORDED) && !s.has(Stages::OPTIMISED));
        assert_eq!(Stages::parse("recorded,ir"), Err("ir".to_owned()));
    }
    #[test]
    fn labels_begin_lines_of_code() {
        let emitted = Emitted { start: 0x1000, entry: 0, loop_head: 0x1003, exits: vec![0x1013] };
        let bytes: Vec<u8> = (0..0x15).collect();
        let text = code(0x1000, &bytes, &emitted, 7);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert_eq!(lines[..3], [" start:", "  1000: 00 01 02", " loop:"]);
        assert_eq!(lines[4..], [" exit 7:", "  1013: 13 14"]);
    }
}
