//! Branches, runs and loops: where choices are made and taken back.
//!
//! What each form of repeat promises is said in `emit`; here a run or fixed loop is one choice on
//! the stack however long it is, and it only stops at places where what follows can start
//! ([`Follow`]).

use super::{Exec, Kind, Step};
use crate::branch::NOT_SINGLE;
use crate::class::Single;
use crate::first::{First, Gate};
use crate::program::{Follow, Program, RunGreed};
use crate::state::{MatchError, NONE, Slot};
use crate::text::Unit;
use std::sync::Arc;

impl<T: Unit> Exec<'_, T> {
    #[inline(always)]
    pub(super) fn branch(&mut self, id: u32, mut pos: usize) -> Result<Step, MatchError> {
        let program = self.program;
        let branch = &program.branches[id as usize];
        if let Some(spin) = &branch.spin {
            let more = |unit: &T| unit.code() < 256 && spin[(unit.code() & 255) as usize];
            let rest = &self.text[pos..];
            let length = rest.iter().position(|unit| !more(unit)).unwrap_or(rest.len());
            pos += length;
            self.tick(1 + length / 16)?;
        } else {
            self.tick(1)?;
        }
        let (mask, known) = if branch.blind {
            (u32::MAX >> (32 - branch.ways.len()), false)
        } else {
            match self.text.get(pos).map(|unit| unit.code()) {
                None => (branch.eof, false),
                Some(ch) if T::LATIN || ch < 256 => {
                    (branch.masks[usize::from(branch.kinds[(ch & 255) as usize])], true)
                }
                Some(ch) => (wide_ways(program, &branch.firsts, ch), false),
            }
        };
        if mask == 0 {
            return Ok(None);
        }
        let enter = |way: u32| match branch.after[way as usize] {
            NOT_SINGLE => (branch.ways[way as usize], pos),
            after if known => (after, pos + 1),
            _ => (branch.ways[way as usize], pos),
        };
        let rest = mask & (mask - 1);
        if rest != 0 {
            if rest & (rest - 1) == 0 {
                let (pc, pos) = enter(rest.trailing_zeros());
                self.push(Kind::Goto, pc, pos, 0)?;
            } else {
                self.push(Kind::Ways, id, pos, rest as usize)?;
            }
        }
        Ok(Some(enter(mask.trailing_zeros())))
    }

    #[inline(always)]
    pub(super) fn run(&mut self, id: u32, pos: usize) -> Result<Step, MatchError> {
        let program = self.program;
        let run = &program.runs[id as usize];
        let rest = &self.text[pos..];
        if rest.len() < run.min {
            return Ok(None);
        }
        if run.greed == RunGreed::Lazy {
            // What must be there anyway, then as little as possible.
            if program.run_length(run.single, &rest[..run.min]) < run.min {
                return Ok(None);
            }
            return self.lazy(id, pos + run.min, pos + run.max.min(rest.len()));
        }
        let length = program.run_length(run.single, &rest[..run.max.min(rest.len())]);
        self.tick(length / 16)?;
        if length < run.min {
            return Ok(None);
        }
        if run.greed == RunGreed::Final {
            return Ok(Some((run.next, pos + length)));
        }
        self.run_back(id, pos + run.min, pos + length)
    }

    /// The run ends at `from` or at the nearest place before where something can follow, but not
    /// before `least`.
    #[inline(always)]
    pub(super) fn run_back(
        &mut self,
        id: u32,
        least: usize,
        from: usize,
    ) -> Result<Step, MatchError> {
        let run = &self.program.runs[id as usize];
        let place = match &run.follow {
            Follow::Free => Some(from),
            Follow::Lit(ch) => match T::of(*ch) {
                None => None,
                Some(unit) if self.text.get(from) == Some(&unit) => Some(from),
                Some(unit) => T::rfind(&self.text[least..from], unit).map(|at| least + at),
            },
            Follow::Gate(gate) => (least..=from).rev().find(|&at| self.passes(gate, at)),
        };
        let Some(end) = place else {
            self.tick((from - least) / 16)?;
            return Ok(None);
        };
        if end > least {
            self.push(Kind::RunBack, id, least, end)?;
        }
        Ok(Some((run.next, end)))
    }

    /// One more character of a lazy run, then on as in [`Exec::lazy`].
    pub(super) fn run_more(
        &mut self,
        id: u32,
        pos: usize,
        limit: usize,
    ) -> Result<Step, MatchError> {
        let single = self.program.runs[id as usize].single;
        match self.text.get(pos) {
            Some(&unit) if self.program.accepts(single, unit) => self.lazy(id, pos + 1, limit),
            _ => Ok(None),
        }
    }

    /// The run ends at `from` or at the first place behind where something can follow; `limit` is
    /// the last place allowed.
    fn lazy(&mut self, id: u32, from: usize, limit: usize) -> Result<Step, MatchError> {
        let program = self.program;
        let run = &program.runs[id as usize];
        let text = self.text;
        let mut end = from;
        match (&run.follow, run.single) {
            (Follow::Free, _) => {}
            (Follow::Lit(ch), Single::Any | Single::AnyAll | Single::NotLit(_)) => {
                let Some(unit) = T::of(*ch) else { return Ok(None) };
                let stop = match run.single {
                    Single::Any => T::of(0x0A),
                    Single::NotLit(lit) => T::of(lit),
                    _ => None,
                };
                // The follower may stand at `limit` itself.
                let rest = &text[from..text.len().min(limit.saturating_add(1))];
                let found = match stop {
                    Some(stop) => T::find(rest, [unit, stop]),
                    None => T::find(rest, [unit]),
                };
                match found {
                    Some(at) if rest[at] == unit => end = from + at,
                    _ => return Ok(None),
                }
            }
            (follow, single) => {
                while !self.follows(follow, end) {
                    let more = end < limit && program.accepts(single, text[end]);
                    if !more {
                        return Ok(None);
                    }
                    end += 1;
                }
            }
        }
        self.tick((end - from) / 16)?;
        if end < limit {
            self.push(Kind::RunMore, id, end, limit)?;
        }
        Ok(Some((run.next, end)))
    }

    /// Whether a run may end here.
    #[inline(always)]
    fn follows(&self, follow: &Follow, pos: usize) -> bool {
        match follow {
            Follow::Free => true,
            Follow::Lit(ch) => self.text.get(pos).is_some_and(|unit| unit.code() == *ch),
            Follow::Gate(gate) => self.passes(gate, pos),
        }
    }

    #[inline(always)]
    fn passes(&self, gate: &Gate, pos: usize) -> bool {
        match self.text.get(pos).map(|unit| unit.code()) {
            None => gate.eof(),
            Some(ch) if T::LATIN || ch < 256 => gate.latin[(ch & 255) as usize],
            Some(ch) => gate.wide(ch, &self.program.classes, &self.program.locale),
        }
    }

    pub(super) fn fixed(&mut self, id: u32, pos: usize) -> Result<Step, MatchError> {
        let program = self.program;
        let fixed = &program.fixed[id as usize];
        let stride = fixed.singles.len();
        let text = self.text;
        let end = if let [single] = *fixed.singles.as_slice() {
            let rest = &text[pos..];
            pos + program.run_length(single, &rest[..fixed.max.min(rest.len())])
        } else {
            let round = |at: usize| {
                let units = text[at..].iter().zip(&fixed.singles);
                at + stride <= text.len()
                    && units
                        .fold(true, |all, (&unit, &single)| all && program.accepts(single, unit))
            };
            let (mut end, mut count) = (pos, 0);
            while count < fixed.max && round(end) {
                end += stride;
                count += 1;
            }
            end
        };
        self.tick((end - pos) / 16)?;
        if (end - pos) / stride < fixed.min {
            return Ok(None);
        }
        // Cannot overflow: that many rounds have just matched.
        let least = pos + fixed.min * stride;
        let choice = !fixed.is_final && end > least;
        if end > pos {
            for &(mark, _) in &fixed.marks {
                let (old, last) = (self.buffers.marks[mark as usize], self.buffers.last_index);
                if choice || !self.buffers.stack.is_empty() {
                    self.push(Kind::UndoMark, mark, old, last)?;
                }
            }
            self.fixed_marks(id, end);
        }
        if choice {
            self.push(Kind::FixedBack, id, least, end)?;
        }
        if !self.follows(&fixed.follow, end) {
            return Ok(None);
        }
        Ok(Some((fixed.next, end)))
    }

    /// Sets the marks of the round that ends at `end`.
    fn fixed_marks(&mut self, id: u32, end: usize) {
        let fixed = &self.program.fixed[id as usize];
        let start = end - fixed.singles.len();
        for &(mark, offset) in &fixed.marks {
            self.write_mark(mark, start + offset);
        }
    }

    /// Gives back rounds from `end` until something can follow, `least` at the farthest.
    pub(super) fn fixed_back(
        &mut self,
        id: u32,
        least: usize,
        end: usize,
    ) -> Result<Step, MatchError> {
        let fixed = &self.program.fixed[id as usize];
        let stride = fixed.singles.len();
        let mut place = end;
        loop {
            if place == least {
                return Ok(None);
            }
            place -= stride;
            if self.follows(&fixed.follow, place) {
                break;
            }
        }
        self.tick((end - place) / 16)?;
        if place == least && fixed.min == 0 {
            // No round is left: the marks are as before the loop. Their records are on top.
            for _ in &fixed.marks {
                if let Some(entry) = self.buffers.stack.pop() {
                    self.undo(entry);
                }
            }
        } else {
            self.fixed_marks(id, place);
        }
        if place > least {
            self.push(Kind::FixedBack, id, least, place)?;
        }
        Ok(Some((fixed.next, place)))
    }

    /// Counts a round that starts at `pos`.
    pub(super) fn round(&mut self, slot: u32, pos: usize) -> Result<(), MatchError> {
        let count = self.buffers.slots[slot as usize].count;
        self.set_slot(slot, Slot { count: count + 1, last: pos })
    }

    pub(super) fn loop_next(&mut self, id: u32, pos: usize) -> Result<Step, MatchError> {
        self.tick(1)?;
        let program = self.program;
        let round = &program.loops[id as usize];
        let Slot { count, last } = self.buffers.slots[round.slot as usize];
        if count < round.min {
            self.set_slot(round.slot, Slot { count: count + 1, last })?;
            return Ok(Some((round.body, pos)));
        }
        let more = (count < round.max || round.max == usize::MAX) && pos != last;
        let passes = |gate: &Option<Box<Gate>>| match gate {
            None => true,
            Some(gate) => self.passes(gate, pos),
        };
        if !more || !passes(&round.body_gate) {
            return Ok(Some((round.exit, pos)));
        }
        let exit = passes(&round.exit_gate);
        if round.lazy && exit {
            self.push(Kind::LoopBody, id, pos, 0)?;
            return Ok(Some((round.exit, pos)));
        }
        if exit {
            self.push(Kind::Goto, round.exit, pos, 0)?;
        }
        self.round(round.slot, pos)?;
        Ok(Some((round.body, pos)))
    }

    /// Starts a possessive round, or goes on behind the loop. `stalled`: the round before was
    /// optional and empty.
    pub(super) fn possessive_next(
        &mut self,
        id: u32,
        pos: usize,
        stalled: bool,
    ) -> Result<Step, MatchError> {
        self.tick(1)?;
        let round = &self.program.loops[id as usize];
        let count = self.buffers.slots[round.slot as usize].count;
        let more = count < round.max || round.max == usize::MAX;
        if count >= round.min && (!more || stalled) {
            return Ok(Some((round.exit, pos)));
        }
        self.raise(Kind::Possessive, id, pos)?;
        Ok(Some((round.body, pos)))
    }

    pub(super) fn possessive_end(&mut self, id: u32, pos: usize) -> Result<Step, MatchError> {
        let began = self.commit();
        let round = &self.program.loops[id as usize];
        let count = self.buffers.slots[round.slot as usize].count;
        self.set_slot(round.slot, Slot { count: count + 1, last: NONE })?;
        self.possessive_next(id, pos, count >= round.min && pos == began)
    }
}

/// The ways that a character above 255 leaves.
fn wide_ways(program: &Program, firsts: &[Arc<First>], ch: u32) -> u32 {
    firsts.iter().rev().fold(0, |mask, first| {
        mask << 1 | u32::from(first.has_wide(ch, &program.classes, &program.locale))
    })
}
