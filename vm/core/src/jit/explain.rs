//! What became of the loops of a function, for people who wonder why it is slow: state of each loop, and the exits of
//! its code that are taken most, with their source lines and reasons.

use super::exits::Exit;
use super::place::{Place, loop_word};
use super::recorder::{Abort, Start};
use super::stats::{grouped, times};
use super::{COUNTERS, Jit};
use crate::object::Code;
use crate::vm::Vm;
use hashbrown::HashSet;
use pyrs_heap::Gc;
use std::fmt::Write;

/// Exits shown of one loop.
const MOST: usize = 8;

impl Abort {
    /// What it means, and what could be done.
    pub(super) fn hint(self) -> &'static str {
        match self {
            Abort::TooLong => "one round is longer than a trace may be (-X jit-limit=N)",
            Abort::LeftLoop => "the loop was left in the round that was recorded",
            Abort::TooDeep => "calls went too deep, or frames were exchanged in an unusual way",
            Abort::Unstable => "variables had other types at the end of a round than at its start",
            Abort::InnerLoop => "an inner loop went round too often and is not compiled itself",
            Abort::Refused => "the compiler does not know how",
            Abort::Stale => "a function that compiled code calls was given other code or defaults",
            Abort::Recursion => "a function calls itself and is compiled itself first",
        }
    }
}

impl Vm {
    /// What became of the loops of `code`, as text.
    pub fn jit_explain(&self, code: Gc<Code>) -> String {
        let jit = &self.jit;
        let data = code.data();
        let mut out = format!("{} ({}:{})\n", data.qualname, data.filename, data.first_line);
        if jit.frame.get().is_none() {
            out.push_str("  the JIT is off\n");
        }
        let loops = pyrs_bytecode::loops(data);
        if loops.is_empty() {
            out.push_str("  no loops\n");
        }
        for (head, last) in loops {
            if code.is_ready() {
                // SAFETY: `head` is an index into the code's words.
                let pc = unsafe { code.words.get().cast::<u32>().add(head) };
                jit.explain_loop(Place { code, pc }, &mut out);
            } else {
                let line = data.position(loop_word(data, (head, last)) as u32).line;
                let _ = writeln!(out, "loop at line {line}\n  never run");
            }
        }
        jit.explain_elsewhere(code, &mut out);
        out
    }
    /// The loops that cost most, as text: those given up, and those left most often.
    pub fn jit_explain_all(&self) -> String {
        self.jit.explain_all()
    }
}

impl Jit {
    fn explain_loop(&self, place: Place, out: &mut String) {
        let _ = writeln!(out, "loop at {}", self.sources.quote(&place.as_loop()));
        let site = self.sites.borrow().get(&(place.pc as usize)).cloned();
        if let Some(s) = site.as_ref().filter(|s| !s.traces.is_empty()) {
            return s.traces.iter().for_each(|&trace| self.explain_trace(trace, out));
        }
        let threshold = self.threshold.get();
        let arrivals = self.counters[(place.pc as usize >> 2) % COUNTERS].get();
        match site.filter(|s| s.aborts > 0) {
            Some(s) => {
                let why = s.why.map_or(("unknown", ""), |w| (Abort::NAMES[w as usize], w.hint()));
                let times = times(s.aborts.into());
                let _ = writeln!(out, "  given up {times}: {}: {}", why.0, why.1);
                if s.why == Some(Abort::Refused) {
                    let _ = writeln!(out, "    {}", self.counts.refused.borrow());
                }
                let rounds = (u64::from(s.skip) + 1) * u64::from(threshold) - u64::from(arrivals);
                let _ = writeln!(out, "  next attempt in {} rounds", grouped(rounds));
            }
            None if arrivals == 0 => out.push_str("  cold: has not come round\n"),
            // Counters are shared by several places.
            None => {
                let _ = writeln!(out, "  cold: at most {arrivals} of {threshold} rounds");
            }
        }
    }
    /// The traces that a trace leads to by bridges, itself first.
    fn family(&self, trace: usize) -> Vec<usize> {
        let traces = self.traces.borrow();
        let mut family = vec![trace];
        // Bridges are younger than what they begin at.
        for (n, t) in traces.iter().enumerate().skip(trace + 1) {
            if let Start::Exit(e) = t.kind
                && family.contains(&self.exits.borrow()[e as usize].trace)
            {
                family.push(n);
            }
        }
        family
    }
    fn explain_trace(&self, trace: usize, out: &mut String) {
        let family = self.family(trace);
        {
            let traces = self.traces.borrow();
            let t = &traces[trace];
            let _ = writeln!(
                out,
                "  compiled: trace {trace}, {} operations, {} bytes, entered {}",
                grouped(t.operations as u64),
                grouped(t.bytes as u64),
                times(t.entered.get())
            );
            if self.verdicts(trace) > 0 {
                let _ = writeln!(out, "  rests: it was left for good as soon as it was entered");
            }
            if family.len() > 1 {
                let bytes: usize = family[1..].iter().map(|&b| traces[b].bytes).sum();
                let (n, bytes) = (family.len() - 1, grouped(bytes as u64));
                let _ = writeln!(out, "  bridges: {n}, {bytes} bytes");
            }
        }
        let family: HashSet<usize> = family.into_iter().collect();
        self.list_exits(out, |e| family.contains(&e.trace));
    }
    /// The exits taken most among those that `wanted` names.
    fn list_exits(&self, out: &mut String, wanted: impl Fn(&Exit) -> bool) {
        let exits = self.exits.borrow();
        let mut taken: Vec<(u64, String)> = Vec::new();
        for (n, e) in exits.iter().enumerate().filter_map(|(n, e)| Some((n, e.made()?))) {
            if e.taken.get() == 0 || !wanted(e) {
                continue;
            }
            // The peeled round of a loop has exits of its own, which are the same to people.
            let text = self.describe_exit(n, e);
            match taken.iter_mut().find(|t| t.1 == text) {
                Some(t) => t.0 += e.taken.get(),
                None => taken.push((e.taken.get(), text)),
            }
        }
        taken.sort_by_key(|(count, _)| core::cmp::Reverse(*count));
        for (count, text) in taken.iter().take(MOST) {
            let _ = writeln!(out, "  left {} at {text}", times(*count));
        }
        if taken.len() > MOST {
            let _ = writeln!(out, "  and at {} other places", taken.len() - MOST);
        }
    }
    fn describe_exit(&self, number: usize, e: &Exit) -> String {
        let more = if let Some(t) = self.bridge_of(number) {
            format!("; compiled since: trace {t}")
        } else if let Some(why) = e.given_up.get() {
            format!("; given up: {}", Abort::NAMES[why as usize])
        } else {
            String::new()
        };
        let (from, function) = (self.sources.quote(&e.place), e.place.function());
        let op = e.place.op().map_or("continuation", |op| op.name());
        let (name, hint) = (e.reason.name(), e.reason.hint());
        format!("{from} of {function} ({op}): {name}: {hint}{more}")
    }
    fn bridge_of(&self, exit: usize) -> Option<usize> {
        self.traces.borrow().iter().position(|t| t.kind == Start::Exit(exit as u32))
    }
    /// Where the code is part of traces that begin in other code.
    fn explain_elsewhere(&self, code: Gc<Code>, out: &mut String) {
        let traces = self.traces.borrow();
        let root = |mut t: usize| {
            while let Start::Exit(e) = traces[t].kind {
                t = self.exit(e).trace;
            }
            t
        };
        let foreign = |e: &Exit| e.place.code == code && traces[root(e.trace)].place.code != code;
        let mut roots: Vec<usize> = self
            .exits
            .borrow()
            .iter()
            .filter_map(|e| e.made())
            .filter(|e| foreign(e))
            .map(|e| root(e.trace))
            .collect();
        roots.sort_unstable();
        roots.dedup();
        for r in roots {
            let _ = writeln!(out, "part of trace {r}, {}", traces[r].place.describe());
            self.list_exits(out, |e| e.place.code == code && root(e.trace) == r);
        }
    }
    fn explain_all(&self) -> String {
        let mut out = String::from("pyrs: loops that were not compiled, and code that was left\n");
        let mut given_up: Vec<(u32, Place)> = self
            .sites
            .borrow()
            .values()
            .filter(|s| s.traces.is_empty() && s.aborts > 0)
            .filter_map(|s| Some((s.aborts, s.place?)))
            .collect();
        given_up.sort_by_key(|(n, p)| (core::cmp::Reverse(*n), p.describe()));
        for (_, place) in given_up.iter().take(3 * MOST) {
            let _ = writeln!(out, "\n{}", place.as_loop().describe());
            self.explain_loop(*place, &mut out);
        }
        let loops: Vec<usize> = {
            let traces = self.traces.borrow();
            (0..traces.len()).filter(|&t| !matches!(traces[t].kind, Start::Exit(_))).collect()
        };
        let mut left: Vec<(u64, usize, String)> = Vec::new();
        for t in loops {
            let place = self.traces.borrow()[t].place;
            let mut text = format!("\n{}\n", place.describe());
            if let Some(line) = self.sources.line(&place) {
                let column = place.position().column as usize;
                let caret = " ".repeat(line.get(..column).map_or(0, |l| l.chars().count()));
                let _ = writeln!(text, "    {line}\n    {caret}^");
            }
            self.explain_trace(t, &mut text);
            let family = self.family(t);
            let exits = self.exits.borrow();
            let made = exits.iter().filter_map(|e| e.made());
            let of_family = made.filter(|e| family.contains(&e.trace));
            left.push((of_family.map(|e| e.taken.get()).sum(), t, text));
        }
        left.sort_by_key(|(n, t, _)| (core::cmp::Reverse(*n), *t));
        left.iter().take(3 * MOST).for_each(|(_, _, text)| out.push_str(text));
        out
    }
}
