//! The forms of a repeat: which one a body gets, and its instructions.

use super::{Emitter, Frame};
use crate::branch::Draft;
use crate::class::Single;
use crate::first::{First, Gate};
use crate::program::{Fixed, Follow, Inst, Loop, Pc, Run, RunGreed};
use crate::tree::{Greed, SeqId, unlimited};
use std::sync::Arc;

/// A repeat count as the matcher wants it.
fn limit(max: u32) -> usize {
    if unlimited(max) { usize::MAX } else { max as usize }
}

impl Emitter<'_, '_> {
    /// What may follow, as a run tests it.
    fn follow(&self, next: Pc) -> Follow {
        let first = &self.firsts[next as usize];
        if first.is_full() {
            return Follow::Free;
        }
        match self.program.insts[next as usize] {
            Inst::Lit { ch, .. } => Follow::Lit(ch),
            Inst::Str { start, .. } => Follow::Lit(self.program.strings[start as usize]),
            _ => match first.few(1).as_deref() {
                Some(&[ch]) => Follow::Lit(ch),
                _ => Follow::Gate(Box::new(Gate::new(first))),
            },
        }
    }

    fn gate(&self, pc: Pc) -> Option<Box<Gate>> {
        let first = &self.firsts[pc as usize];
        (!first.is_full()).then(|| Box::new(Gate::new(first)))
    }

    pub(super) fn repeat(
        &mut self,
        frame: &mut Frame,
        greed: Greed,
        min: u32,
        max: u32,
        body: SeqId,
    ) -> Result<Pc, (SeqId, Pc)> {
        let next = frame.here;
        if max == 0 {
            return Ok(next);
        }
        if let Some(single) = self.tree.as_single(body) {
            return Ok(self.run(single, greed, min, max, body, next));
        }
        let loose = greed != Greed::Possessive;
        if greed != Greed::Lazy
            && max > 1
            && let Some((singles, marks)) = self.tree.as_fixed(body)
        {
            return Ok(self.fixed(singles, marks, greed, min, max, body, next));
        }
        match (min, max) {
            (1, 1) if loose => match frame.done.pop() {
                None => Err((body, next)),
                Some(entry) => Ok(entry),
            },
            (0, 1) if loose => match frame.done.pop() {
                None => Err((body, next)),
                Some(entry) if greed == Greed::Lazy => Ok(self.branch(&[next, entry])),
                Some(entry) => Ok(self.branch(&[entry, next])),
            },
            (0 | 1, max) if loose && unlimited(max) && self.tree.seqs[body].min > 0 => {
                self.star(frame, greed, min, body)
            }
            _ if loose => self.counted(frame, greed, min, max, body),
            _ => self.possessive(frame, min, max, body),
        }
    }

    fn first_of_repeat(&self, min: u32, body: SeqId, next: Pc) -> Arc<First> {
        let mut first = self.first_of(body, next);
        if min == 0 {
            first.join(&self.firsts[next as usize]);
        }
        Arc::new(first)
    }

    fn run(
        &mut self,
        single: Single,
        greed: Greed,
        min: u32,
        max: u32,
        body: SeqId,
        next: Pc,
    ) -> Pc {
        let own = First::of(single, &self.tree.classes.list);
        let after = &self.firsts[next as usize];
        let apart = own.disjoint(after, &self.tree.classes.list, &self.program.locale);
        let greed = match greed {
            _ if apart => RunGreed::Final,
            Greed::Greedy => RunGreed::Greedy,
            Greed::Lazy => RunGreed::Lazy,
            Greed::Possessive => RunGreed::Final,
        };
        let first = self.first_of_repeat(min, body, next);
        let id = self.program.runs.len() as u32;
        let follow = self.follow(next);
        let (min, max) = (min as usize, limit(max));
        self.program.runs.push(Run { single, greed, min, max, follow, next });
        self.push(Inst::Run { id }, first)
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one repeat, passed once")]
    fn fixed(
        &mut self,
        singles: Vec<Single>,
        marks: Vec<(u32, usize)>,
        greed: Greed,
        min: u32,
        max: u32,
        body: SeqId,
        next: Pc,
    ) -> Pc {
        let own = First::of(singles[0], &self.tree.classes.list);
        let after = &self.firsts[next as usize];
        let apart = own.disjoint(after, &self.tree.classes.list, &self.program.locale);
        let is_final = apart || greed == Greed::Possessive;
        let first = self.first_of_repeat(min, body, next);
        let id = self.program.fixed.len() as u32;
        let follow = self.follow(next);
        let (min, max) = (min as usize, limit(max));
        self.program.fixed.push(Fixed { singles, marks, is_final, min, max, follow, next });
        self.push(Inst::Fixed { id }, first)
    }

    /// `*` and `+` over a body that is never empty: a branch that the body leads back to.
    fn star(
        &mut self,
        frame: &mut Frame,
        greed: Greed,
        min: u32,
        body: SeqId,
    ) -> Result<Pc, (SeqId, Pc)> {
        let next = frame.here;
        let Some(entry) = frame.done.pop() else {
            let first = self.first_of_repeat(0, body, next);
            let head = self.push(Inst::Fail, first);
            frame.reserved = (0, head);
            return Err((body, head));
        };
        let head = frame.reserved.1;
        let ways = if greed == Greed::Lazy { vec![next, entry] } else { vec![entry, next] };
        let id = self.drafts.len() as u32;
        self.drafts.push(Draft { ways, own: head });
        self.program.insts[head as usize] = Inst::Branch { id };
        Ok(if min == 0 { head } else { entry })
    }

    fn counted(
        &mut self,
        frame: &mut Frame,
        greed: Greed,
        min: u32,
        max: u32,
        body: SeqId,
    ) -> Result<Pc, (SeqId, Pc)> {
        let next = frame.here;
        let Some(entry) = frame.done.pop() else {
            let id = self.program.loops.len() as u32;
            self.program.loops.push(Loop {
                slot: self.program.slots as u32,
                min: min as usize,
                max: limit(max),
                lazy: greed == Greed::Lazy,
                body: 0,
                exit: next,
                body_gate: None,
                exit_gate: self.gate(next),
            });
            self.program.slots += 1;
            let first = self.first_of_repeat(0, body, next);
            frame.reserved = (id, self.push(Inst::LoopNext { id }, first));
            return Err((body, frame.reserved.1));
        };
        let (id, head) = frame.reserved;
        let gate = self.gate(entry);
        let round = &mut self.program.loops[id as usize];
        round.body = entry;
        round.body_gate = gate;
        let slot = round.slot;
        let first = self.first_of_repeat(min, body, next);
        Ok(self.push(Inst::LoopEnter { slot, next: head }, first))
    }

    fn possessive(
        &mut self,
        frame: &mut Frame,
        min: u32,
        max: u32,
        body: SeqId,
    ) -> Result<Pc, (SeqId, Pc)> {
        let next = frame.here;
        let Some(entry) = frame.done.pop() else {
            let id = self.program.loops.len() as u32;
            self.program.loops.push(Loop {
                slot: self.program.slots as u32,
                min: min as usize,
                max: limit(max),
                lazy: false,
                body: 0,
                exit: next,
                body_gate: None,
                exit_gate: None,
            });
            self.program.slots += 1;
            frame.reserved = (id, 0);
            let full = self.full.clone();
            return Err((body, self.push(Inst::PossessiveEnd { id }, full)));
        };
        let id = frame.reserved.0;
        self.program.loops[id as usize].body = entry;
        let slot = self.program.loops[id as usize].slot;
        let first = self.first_of_repeat(min, body, next);
        let head = self.push(Inst::PossessiveNext { id }, first.clone());
        Ok(self.push(Inst::LoopEnter { slot, next: head }, first))
    }
}
