//! What the JIT has done: counters that are always on, and the one table of their names.
//!
//! Counting costs an addition where something happens that costs thousands of instructions anyway; only the share of
//! time in compiled code needs a clock at each entry, and is measured when asked for ([`crate::Vm::measure_jit`]).
//! Everything that shows numbers (the table on stderr, JSON, `pyrs.jit.stats()`) is made from [`Row`]s.

use super::Jit;
use super::reason::Reason;
use super::recorder::{Abort, Start};
use crate::vm::Vm;
use core::cell::{Cell, RefCell};
use std::time::Instant;

/// Steps on the way from a loop to machine code.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Phase {
    Recording,
    Optimising,
    Allocating,
    Emitting,
}
impl Phase {
    const NAMES: [&'static str; 4] = ["recording", "optimising", "allocating", "emitting"];
}

/// Sums over traces and their exits.
#[derive(Clone, Default)]
struct Totals {
    loops: u64,
    bridges: u64,
    exits: u64,
    bytes: u64,
    /// By number of the reason.
    taken: [u64; Reason::ALL.len()],
}

/// What happened so far.
#[derive(Default)]
pub(crate) struct Counts {
    pub entered: Cell<u64>,
    /// Times that all code was forgotten, and what was known of it.
    pub flushes: Cell<u64>,
    forgotten: RefCell<Totals>,
    pub recordings: Cell<u64>,
    pub recorded_ops: Cell<u64>,
    pub optimised_ops: Cell<u64>,
    aborts: [Cell<u64>; Abort::NAMES.len()],
    /// What the optimiser or back end said last.
    pub refused: RefCell<String>,
    phases: [Cell<u64>; Phase::NAMES.len()],
    /// There is a back end for this CPU.
    available: Cell<bool>,
    /// When the JIT was started.
    pub started: Cell<Option<Instant>>,
    /// The clock is looked at when machine code is entered.
    timed: Cell<bool>,
    /// It runs: entries from residuals of compiled code are part of it.
    running: Cell<bool>,
    native: Cell<u64>,
    pub residuals: ByOpcode,
}

/// A counter for each opcode.
pub(crate) struct ByOpcode([Cell<u64>; 256]);
impl Default for ByOpcode {
    fn default() -> ByOpcode {
        ByOpcode([const { Cell::new(0) }; 256])
    }
}
impl ByOpcode {
    #[inline(always)]
    pub(super) fn count(&self, op: u8) {
        add(&self.0[op as usize], 1);
    }
}

pub(super) fn add(n: &Cell<u64>, more: u64) {
    n.set(n.get().wrapping_add(more));
}
fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

impl Counts {
    pub(super) fn aborted(&self, why: Abort) {
        add(&self.aborts[why as usize], 1);
    }
    /// A phase that began then has ended; gives the time.
    pub(super) fn phase(&self, phase: Phase, since: Instant) -> Instant {
        add(&self.phases[phase as usize], nanoseconds(since));
        Instant::now()
    }
    /// Machine code is about to be entered.
    #[inline(always)]
    pub(super) fn start_clock(&self) -> Option<Instant> {
        if self.timed.get() && !self.running.replace(true) { Some(Instant::now()) } else { None }
    }
    #[inline(always)]
    pub(super) fn stop_clock(&self, since: Option<Instant>) {
        if let Some(since) = since {
            add(&self.native, nanoseconds(since));
            self.running.set(false);
        }
    }
}

/// An amount of something.
#[derive(Clone, PartialEq, Debug)]
pub enum Amount {
    Flag(bool),
    Count(u64),
    Bytes(u64),
    Seconds(f64),
    /// A part of one.
    Share(f64),
    Text(String),
    /// Not measured.
    Unknown,
}

/// A line of the statistics.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// What it is part of; empty for the top level.
    pub group: &'static str,
    pub name: &'static str,
    pub amount: Amount,
}

impl Vm {
    /// The program has a back end for this CPU, whether it is used or not.
    pub fn offer_jit(&self) {
        self.jit.counts.available.set(true);
    }
    pub fn jit_is_available(&self) -> bool {
        self.jit.counts.available.get()
    }
    /// Loops are compiled.
    pub fn jit_is_on(&self) -> bool {
        self.jit.frame.get().is_some()
    }
    /// Native code at hand was called by compiled code.
    pub fn jit_is_active(&self) -> bool {
        self.stack.inside_trace.get()
    }
    /// Measures the time in compiled code from now on.
    pub fn measure_jit(&self) {
        self.jit.counts.timed.set(true);
    }
    /// Everything that is counted, in the order in which it is to be shown.
    pub fn jit_stats(&self) -> Vec<Row> {
        let mut rows = Vec::with_capacity(48);
        self.jit.totals(&mut rows);
        self.jit.settings(&mut rows);
        self.jit.exits_and_aborts(&mut rows);
        self.jit.residual_calls(&mut rows);
        self.jit.times(&mut rows);
        rows
    }
}

impl Jit {
    /// All code is about to be forgotten.
    pub(super) fn count_flush(&self) {
        let sum = self.sums();
        *self.counts.forgotten.borrow_mut() = sum;
        add(&self.counts.flushes, 1);
    }
    /// The sums over all traces that there are and were.
    fn sums(&self) -> Totals {
        let mut sum = self.counts.forgotten.borrow().clone();
        for t in self.traces.borrow().iter() {
            match t.kind {
                Start::Loop | Start::Point => sum.loops += 1,
                Start::Exit(_) => sum.bridges += 1,
            }
            sum.bytes += t.bytes as u64;
        }
        for e in self.exits.borrow().iter() {
            sum.exits += 1;
            if let Some(e) = e.made() {
                sum.taken[e.reason as usize] += e.taken.get();
            }
        }
        sum
    }
    fn totals(&self, rows: &mut Vec<Row>) {
        let c = &self.counts;
        let machine = self.machine.borrow();
        let name = machine.as_ref().map_or("none", |m| m.backend.name());
        let used = machine.as_ref().map_or(0, |m| m.code.mark() as u64);
        let size = machine.as_ref().map_or(0, |_| self.options.get().arena as u64);
        let sum = self.sums();
        let mut top = |name, amount| rows.push(Row { group: "", name, amount });
        top("enabled", Amount::Flag(machine.is_some()));
        top("backend", Amount::Text(name.to_owned()));
        top("traces", Amount::Count(sum.loops + sum.bridges));
        top("loops", Amount::Count(sum.loops));
        top("bridges", Amount::Count(sum.bridges));
        top("entries", Amount::Count(c.entered.get()));
        top("exits_taken", Amount::Count(sum.taken.iter().sum()));
        top("exits_compiled", Amount::Count(sum.exits));
        top("recordings", Amount::Count(c.recordings.get()));
        top("recorded_operations", Amount::Count(c.recorded_ops.get()));
        top("optimised_operations", Amount::Count(c.optimised_ops.get()));
        top("flushes", Amount::Count(c.flushes.get()));
        top("code_bytes", Amount::Bytes(sum.bytes));
        top("arena_used", Amount::Bytes(used));
        top("arena_size", Amount::Bytes(size));
        let refused = c.refused.borrow();
        top(
            "refused",
            if refused.is_empty() { Amount::Unknown } else { Amount::Text(refused.clone()) },
        );
    }
    fn settings(&self, rows: &mut Vec<Row>) {
        let options = self.options.get();
        for s in super::SETTINGS {
            let amount = match s.get(&options) {
                // As good as no limit.
                n if n == u64::from(u32::MAX) => Amount::Unknown,
                n => Amount::Count(n),
            };
            rows.push(Row { group: "settings", name: s.name, amount });
        }
    }
    fn exits_and_aborts(&self, rows: &mut Vec<Row>) {
        let taken = self.sums().taken;
        for (&r, &n) in Reason::ALL.iter().zip(&taken) {
            rows.push(Row { group: "exits", name: r.name(), amount: Amount::Count(n) });
        }
        for (name, n) in Abort::NAMES.into_iter().zip(&self.counts.aborts) {
            rows.push(Row { group: "aborts", name, amount: Amount::Count(n.get()) });
        }
    }
    /// Calls from compiled code that brought all registers to memory, by opcode, the most frequent first.
    fn residual_calls(&self, rows: &mut Vec<Row>) {
        let mut calls: Vec<(u64, &'static str)> = (0u8..=255)
            .filter_map(|op| {
                Some((
                    self.counts.residuals.0[op as usize].get(),
                    pyrs_bytecode::Op::from_byte(op)?.name(),
                ))
            })
            .filter(|c| c.0 > 0)
            .collect();
        calls.sort_by_key(|c| core::cmp::Reverse(c.0));
        for (n, name) in calls {
            rows.push(Row { group: "residuals", name, amount: Amount::Count(n) });
        }
    }
    fn times(&self, rows: &mut Vec<Row>) {
        let c = &self.counts;
        let seconds = |n: u64| n as f64 / 1e9;
        let mut row = |name, amount| rows.push(Row { group: "time", name, amount });
        for (name, n) in Phase::NAMES.into_iter().zip(&c.phases) {
            row(name, Amount::Seconds(seconds(n.get())));
        }
        let total = c.started.get().map(|t| seconds(nanoseconds(t)));
        let (mut compiled, mut share) = (Amount::Unknown, Amount::Unknown);
        if c.timed.get() {
            let native = seconds(c.native.get());
            compiled = Amount::Seconds(native);
            if let Some(total) = total.filter(|t| *t > 0.0) {
                share = Amount::Share(native / total);
            }
        }
        row("compiled", compiled);
        row("total", total.map_or(Amount::Unknown, Amount::Seconds));
        row("compiled_share", share);
    }
}

/// The rows as a table for people.
pub fn table(rows: &[Row]) -> String {
    let mut out = String::from("pyrs: JIT statistics\n");
    let mut group = "";
    for r in rows {
        if r.group != group {
            group = r.group;
            out.push_str(&format!("{group}\n"));
        }
        let text = match &r.amount {
            Amount::Flag(b) => (if *b { "yes" } else { "no" }).to_owned(),
            Amount::Count(n) | Amount::Bytes(n) => grouped(*n),
            Amount::Seconds(s) => format!("{s:.6} s"),
            Amount::Share(x) => format!("{:.1} %", x * 100.0),
            Amount::Text(t) => t.split_whitespace().collect::<Vec<_>>().join(" "),
            Amount::Unknown => "-".to_owned(),
        };
        let name = r.name.replace('_', " ");
        out.push_str(&format!("  {name:<22}{text:>16}\n"));
    }
    out
}
/// Digits in groups of three.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, d) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(d);
    }
    out
}

/// How often, in words.
pub(super) fn times(n: u64) -> String {
    if n == 1 { "once".to_owned() } else { format!("{} times", grouped(n)) }
}

/// The rows as a JSON object with one object a group.
pub fn json(rows: &[Row]) -> String {
    let mut out = String::from("{");
    let mut group = "";
    let mut first = true;
    for r in rows {
        if r.group != group {
            if !group.is_empty() {
                out.push('}');
            }
            group = r.group;
            out.push_str(&format!("{}{}: {{", if first { "" } else { ", " }, quoted(group)));
            first = true;
        }
        let text = match &r.amount {
            Amount::Flag(b) => b.to_string(),
            Amount::Count(n) | Amount::Bytes(n) => n.to_string(),
            Amount::Seconds(x) | Amount::Share(x) if x.is_finite() => format!("{x}"),
            Amount::Text(t) => quoted(t),
            _ => "null".to_owned(),
        };
        out.push_str(&format!("{}{}: {text}", if first { "" } else { ", " }, quoted(r.name)));
        first = false;
    }
    if !group.is_empty() {
        out.push('}');
    }
    out.push_str("}\n");
    out
}
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row = |group, name, amount| Row { group, name, amount };
        vec![
            row("", "enabled", Amount::Flag(true)),
            row("", "refused", Amount::Text("a \"b\"\n".into())),
            row("exits", "type", Amount::Count(1234567)),
            row("exits", "poll", Amount::Count(0)),
            row("time", "total", Amount::Seconds(0.5)),
            row("time", "compiled", Amount::Unknown),
        ]
    }

    #[test]
    fn rows_become_json() {
        let text = "{\"enabled\": true, \"refused\": \"a \\\"b\\\"\\u000a\", \
                    \"exits\": {\"type\": 1234567, \"poll\": 0}, \
                    \"time\": {\"total\": 0.5, \"compiled\": null}}\n";
        assert_eq!(json(&rows()), text);
        assert_eq!(json(&[]), "{}\n");
    }
    #[test]
    fn rows_become_a_table() {
        let text = table(&rows());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[3], "exits");
        assert_eq!(lines[4], "  type                         1,234,567");
        assert_eq!(lines[8], "  compiled                             -");
        assert_eq!([grouped(0), grouped(999), grouped(1000)], ["0", "999", "1,000"]);
    }
}
