//! Two dataflow analyses over the registers of a code block.
//!
//! [`Liveness`]: which registers may still be read (a stale value in any other register is of no concern to the
//! collector or to a trace's snapshots). [`Assigned`]: which registers certainly hold a value, `UNBOUND` included
//! (frames are not cleared, so any other register may hold what an earlier frame left there; `locals()` and
//! debuggers must not look at it).
//!
//! Both take exceptions into account: an instruction in a protected range may go to its handler before it wrote
//! anything, but after it clobbered the registers above a call window.

use crate::effects::{Effects, Run, effects, instruction_starts};
use crate::{CodeData, Insn, Op};

/// A set of registers, as a row of a table.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Row(Vec<u64>);

impl Row {
    fn new(registers: u32, full: bool) -> Row {
        Row(vec![if full { u64::MAX } else { 0 }; registers.div_ceil(64) as usize])
    }
    fn has(&self, r: u32) -> bool {
        self.0.get(r as usize / 64).is_some_and(|w| w & 1 << (r % 64) != 0)
    }
    fn put(&mut self, r: u32, on: bool) {
        if let Some(w) = self.0.get_mut(r as usize / 64) {
            let bit = 1 << (r % 64);
            *w = if on { *w | bit } else { *w & !bit };
        }
    }
    fn put_run(&mut self, run: Run, on: bool) {
        run.registers().for_each(|r| self.put(r, on));
    }
    fn clear_from(&mut self, from: u32) {
        let first = from as usize / 64;
        if let Some(w) = self.0.get_mut(first) {
            *w &= (1u64 << (from % 64)) - 1;
        }
        self.0.iter_mut().skip(first + 1).for_each(|w| *w = 0);
    }
    /// Union (or intersection); whether it changed.
    fn join(&mut self, other: &Row, meet: bool) -> bool {
        let mut changed = false;
        for (w, o) in self.0.iter_mut().zip(&other.0) {
            let new = if meet { *w & o } else { *w | o };
            changed |= new != *w;
            *w = new;
        }
        changed
    }
}

/// The instructions of a code block with their effects.
struct Graph {
    starts: Vec<usize>,
    effects: Vec<Effects>,
    /// Number of the instruction at each word; `u32::MAX` inside of instructions.
    index: Vec<u32>,
    /// For each instruction the entry of its handler: instruction number and register.
    handlers: Vec<Option<(usize, u32)>>,
}

impl Graph {
    fn new(code: &CodeData) -> Option<Graph> {
        let starts = instruction_starts(code)?;
        let mut index = vec![u32::MAX; code.words.len()];
        for (i, &at) in starts.iter().enumerate() {
            index[at] = i as u32;
        }
        let find = |word: usize| {
            let i = *index.get(word)?;
            (i != u32::MAX).then_some(i as usize)
        };
        let mut list = Vec::with_capacity(starts.len());
        let mut handlers = Vec::with_capacity(starts.len());
        for &at in &starts {
            let op = Op::from_byte(Insn(code.words[at]).op_byte())?;
            let e = effects(code, at, op);
            if let Some(target) = e.jump {
                find(target)?;
            }
            list.push(e);
            handlers.push(match code.handler(at as u32) {
                Some(h) => Some((find(h.target as usize)?, u32::from(h.register))),
                None => None,
            });
        }
        Some(Graph { starts, effects: list, index, handlers })
    }

    fn number(&self, word: u32) -> Option<usize> {
        let i = *self.index.get(word as usize)?;
        (i != u32::MAX).then_some(i as usize)
    }
}

impl Graph {
    /// The instruction that holds the word.
    fn containing(&self, word: u32) -> Option<usize> {
        self.index.get(word as usize)?;
        (0..=word).rev().find_map(|w| self.number(w))
    }
}

/// Which registers are live before each instruction.
pub struct Liveness {
    graph: Graph,
    rows: Vec<Row>,
}

impl Liveness {
    /// Analyses `code`; none if its words are not well-formed.
    pub fn of(code: &CodeData) -> Option<Liveness> {
        let graph = Graph::new(code)?;
        let count = graph.starts.len();
        let mut rows = vec![Row::new(code.register_count, false); count];
        let mut again = true;
        while again {
            again = false;
            for i in (0..count).rev() {
                let e = &graph.effects[i];
                let mut live = Row::new(code.register_count, false);
                if e.falls_through && i + 1 < count {
                    live.join(&rows[i + 1], false);
                }
                if let Some(target) = e.jump.and_then(|t| graph.number(t as u32)) {
                    let mut taken = rows[target].clone();
                    if let Some(r) = e.writes_if_taken {
                        taken.put(r, false);
                    }
                    live.join(&taken, false);
                }
                if let Some(from) = e.clobbers_from {
                    live.clear_from(from);
                }
                e.writes.iter().for_each(|w| live.put_run(*w, false));
                if let Some((target, register)) = graph.handlers[i].filter(|_| e.may_raise) {
                    let mut caught = rows[target].clone();
                    caught.put(register, false);
                    if let Some(from) = e.clobbers_from {
                        caught.clear_from(from);
                    }
                    live.join(&caught, false);
                }
                e.reads.iter().for_each(|r| live.put_run(*r, true));
                again |= rows[i].join(&live, false);
            }
        }
        Some(Liveness { graph, rows })
    }

    /// Whether `register` may be read at or after the instruction at `word` before it is written.
    pub fn is_live(&self, word: u32, register: u32) -> bool {
        self.graph.number(word).is_some_and(|i| self.rows[i].has(register))
    }

    /// What the instruction that contains `word` and everything behind it may read, or it writes: the test for
    /// registers that must be kept while it runs. None for words outside of the code.
    pub fn needed_during(&self, word: u32) -> Option<impl Fn(u32) -> bool + '_> {
        let i = self.graph.containing(word)?;
        let writes = &self.graph.effects[i].writes;
        let row = &self.rows[i];
        Some(move |r| row.has(r) || writes.iter().any(|w| w.registers().contains(&r)))
    }

    /// The live registers before the instruction at `word`, in ascending order.
    pub fn live_before(&self, word: u32) -> impl Iterator<Item = u32> + '_ {
        let row = self.graph.number(word).map(|i| &self.rows[i]);
        let count = row.map_or(0, |row| row.0.len() as u32 * 64);
        (0..count).filter(move |&r| row.is_some_and(|row| row.has(r)))
    }
}

/// Which registers certainly hold a value before each instruction.
pub struct Assigned {
    graph: Graph,
    /// Absent for instructions that cannot run.
    rows: Vec<Option<Row>>,
}

impl Assigned {
    /// Analyses `code`; none if its words are not well-formed.
    pub fn of(code: &CodeData) -> Option<Assigned> {
        let graph = Graph::new(code)?;
        let count = graph.starts.len();
        let mut rows: Vec<Option<Row>> = vec![None; count];
        if let Some(first) = rows.first_mut() {
            let mut entry = Row::new(code.register_count, false);
            (0..code.parameter_count() as u32).for_each(|r| entry.put(r, true));
            *first = Some(entry);
        }
        let mut work: Vec<usize> = (0..count.min(1)).collect();
        let mut queued = vec![false; count];
        while let Some(i) = work.pop() {
            queued[i] = false;
            let Some(before) = rows[i].clone() else { continue };
            let mut flow = |to: usize, state: &Row| {
                let changed = match &mut rows[to] {
                    Some(row) => row.join(state, true),
                    empty => {
                        *empty = Some(state.clone());
                        true
                    }
                };
                if changed && !std::mem::replace(&mut queued[to], true) {
                    work.push(to);
                }
            };
            let e = &graph.effects[i];
            if let Some((target, register)) = graph.handlers[i].filter(|_| e.may_raise) {
                let mut caught = before.clone();
                if let Some(from) = e.clobbers_from {
                    caught.clear_from(from);
                }
                caught.put(register, true);
                flow(target, &caught);
            }
            let mut after = before;
            if let Some(from) = e.clobbers_from {
                after.clear_from(from);
            }
            e.writes.iter().for_each(|w| after.put_run(*w, true));
            if e.falls_through && i + 1 < count {
                flow(i + 1, &after);
            }
            if let Some(target) = e.jump.and_then(|t| graph.number(t as u32)) {
                if let Some(r) = e.writes_if_taken {
                    after.put(r, true);
                }
                flow(target, &after);
            }
        }
        Some(Assigned { graph, rows })
    }

    /// Whether `register` holds a value (or UNBOUND) before the instruction that holds `word` (a return address
    /// lies behind the last word of a call).
    pub fn is_assigned(&self, word: u32, register: u32) -> bool {
        let row = self.graph.containing(word).and_then(|i| self.rows[i].as_ref());
        row.is_some_and(|row| row.has(register))
    }

    /// Whether the instruction at `word` can run at all.
    pub fn is_reachable(&self, word: u32) -> bool {
        self.graph.number(word).is_some_and(|i| self.rows[i].is_some())
    }
}
