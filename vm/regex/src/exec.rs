//! The matcher: runs a program's instructions at one place of a text.
//!
//! One loop goes forward; a failure pops the explicit stack until something says where to go on.
//! Stack entries are of three kinds:
//!
//! * *choices*: another way from an earlier position;
//! * *undo records*: the old value of a mark or a counter, put back when popped. Nothing is copied
//!   when a choice is made; and nothing is recorded while the stack is empty, for then a failure is
//!   the end of the attempt;
//! * *barriers*: the start of a look around, atomic group or possessive round. Closing such a region
//!   drops its choices and keeps its undo records.
//!
//! `barrier` is the index of the innermost open barrier; each remembers the one outside.
//! Native recursion never happens, and memory is asked for with `try_reserve` only.

mod loops;

use crate::chars;
use crate::class::Fold;
use crate::opcodes::at;
use crate::program::{Inst, Pc, Program};
use crate::state::{Buffers, MatchError, NONE, Slot};
use crate::text::Unit;

/// Steps between two calls of the poll hook.
const FUEL: usize = 65536;

/// What a stack entry stands for, and what its fields mean: `(id, a, b)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// Choice: go on at instruction `id`, position `a`.
    Goto,
    /// Choice: the ways of branch `id` left in mask `b`, position `a`.
    Ways,
    /// Choice: run `id`, which may give back from `b` down to `a`.
    RunBack,
    /// Choice: run `id`, which may take more from `a` up to `b`.
    RunMore,
    /// Choice: fixed loop `id`, which may give back rounds from `b` down to `a`.
    FixedBack,
    /// Choice: one more round of lazy loop `id` from position `a`.
    LoopBody,
    /// Barrier of an atomic group; `b` is the outer barrier, as in the next two.
    Atomic,
    /// Barrier of look around `id`, begun at position `a`.
    Assert,
    /// Barrier of a round of possessive loop `id`, begun at position `a`.
    Possessive,
    /// Undo: mark `id` was `a`, the last closed group was `b`.
    UndoMark,
    /// Undo: counter `id` had count `a` and last position `b`.
    UndoSlot,
}

/// A stack entry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    kind: Kind,
    id: u32,
    a: usize,
    b: usize,
}

/// One attempt in progress.
pub(crate) struct Exec<'a, T> {
    pub(crate) program: &'a Program,
    pub(crate) text: &'a [T],
    pub(crate) buffers: &'a mut Buffers,
    pub(crate) poll: &'a mut dyn FnMut() -> bool,
    /// The match must reach the end of the text.
    pub(crate) full: bool,
    /// A match must not end here (`NONE`: anywhere).
    pub(crate) forbidden_end: usize,
    barrier: usize,
    fuel: usize,
}

/// Where to go on, or a failure.
type Step = Option<(Pc, usize)>;

impl<'a, T: Unit> Exec<'a, T> {
    pub(crate) fn new(
        program: &'a Program,
        text: &'a [T],
        buffers: &'a mut Buffers,
        poll: &'a mut dyn FnMut() -> bool,
    ) -> Exec<'a, T> {
        let (full, forbidden_end, barrier) = (false, NONE, NONE);
        Exec { program, text, buffers, poll, full, forbidden_end, barrier, fuel: FUEL }
    }

    /// Tries to match at `start`; the result is the end of the match. The groups are in the
    /// buffers.
    pub(crate) fn attempt(&mut self, start: usize) -> Result<Option<usize>, MatchError> {
        self.buffers.reset(self.program)?;
        self.barrier = NONE;
        let mut pos = start;
        let mut pc = self.program.entry;
        loop {
            let step = match self.program.insts[pc as usize] {
                Inst::Success => {
                    if (!self.full || pos == self.text.len()) && pos != self.forbidden_end {
                        return Ok(Some(pos));
                    }
                    None
                }
                Inst::Fail => None,
                Inst::Lit { ch, next } => self.one(pos, next, |unit| unit.code() == ch),
                Inst::NotLit { ch, next } => self.one(pos, next, |unit| unit.code() != ch),
                Inst::Any { next } => self.one(pos, next, |unit| unit.code() != 0x0A),
                Inst::AnyAll { next } => self.one(pos, next, |_| true),
                Inst::Class { id, next } => {
                    let program = self.program;
                    self.one(pos, next, |unit| program.in_class(id, unit))
                }
                Inst::Str { start, len, next } => self.string(pos, start, len, next),
                Inst::Mark { mark, next } => {
                    self.set_mark(mark, pos)?;
                    Some((next, pos))
                }
                Inst::At { code, next } => self.at(code, pos).then_some((next, pos)),
                Inst::GroupRef { group, fold, next } => self.group_ref(group, fold, pos, next),
                Inst::Cond { group, yes, no } => {
                    let way = if self.buffers.group(group).is_some() { yes } else { no };
                    Some((way, pos))
                }
                Inst::Branch { id } => self.branch(id, pos)?,
                Inst::Run { id } => self.run(id, pos)?,
                Inst::Fixed { id } => self.fixed(id, pos)?,
                Inst::LoopEnter { slot, next } => {
                    self.set_slot(slot, Slot { count: 0, last: NONE })?;
                    Some((next, pos))
                }
                Inst::LoopNext { id } => self.loop_next(id, pos)?,
                Inst::AtomicBegin { next } => {
                    self.raise(Kind::Atomic, 0, pos)?;
                    Some((next, pos))
                }
                Inst::AtomicEnd { next } => {
                    self.commit();
                    Some((next, pos))
                }
                Inst::AssertBegin { id } => self.assert_begin(id, pos)?,
                Inst::AssertEnd { id } => self.assert_end(id),
                Inst::Look { id } => self.look(id, pos),
                Inst::PossessiveNext { id } => self.possessive_next(id, pos, false)?,
                Inst::PossessiveEnd { id } => self.possessive_end(id, pos)?,
            };
            match step {
                Some(to) => (pc, pos) = to,
                None => match self.backtrack()? {
                    Some(to) => (pc, pos) = to,
                    None => return Ok(None),
                },
            }
        }
    }

    /// Pops the stack until something can go on; `None` when the attempt has failed.
    fn backtrack(&mut self) -> Result<Step, MatchError> {
        self.tick(1)?;
        while let Some(entry) = self.buffers.stack.pop() {
            let Entry { kind, id, a, b } = entry;
            let step = match kind {
                Kind::Goto => Some((id, a)),
                Kind::Ways => {
                    let mask = b as u32;
                    let rest = mask & mask.wrapping_sub(1);
                    if rest != 0 {
                        self.push(Kind::Ways, id, a, rest as usize)?;
                    }
                    let way = mask.trailing_zeros() as usize;
                    self.program.branches[id as usize].ways.get(way).map(|&pc| (pc, a))
                }
                Kind::RunBack => self.run_back(id, a, b - 1)?,
                Kind::RunMore => self.run_more(id, a, b)?,
                Kind::FixedBack => self.fixed_back(id, a, b)?,
                Kind::LoopBody => {
                    let round = &self.program.loops[id as usize];
                    self.round(round.slot, a)?;
                    Some((round.body, a))
                }
                Kind::Atomic => {
                    self.barrier = b;
                    None
                }
                Kind::Assert => {
                    self.barrier = b;
                    let assert = &self.program.asserts[id as usize];
                    assert.negate.then_some((assert.next, a))
                }
                Kind::Possessive => {
                    self.barrier = b;
                    let round = &self.program.loops[id as usize];
                    let enough = self.buffers.slots[round.slot as usize].count >= round.min;
                    enough.then_some((round.exit, a))
                }
                Kind::UndoMark | Kind::UndoSlot => {
                    self.undo(entry);
                    None
                }
            };
            if step.is_some() {
                return Ok(step);
            }
        }
        Ok(None)
    }

    /// Accounts for work done; now and then asks whether to stop.
    #[inline(always)]
    fn tick(&mut self, work: usize) -> Result<(), MatchError> {
        match self.fuel.checked_sub(work) {
            Some(left) => {
                self.fuel = left;
                Ok(())
            }
            None => self.refuel(),
        }
    }

    #[cold]
    fn refuel(&mut self) -> Result<(), MatchError> {
        self.fuel = FUEL;
        if (self.poll)() { Err(MatchError::Interrupted) } else { Ok(()) }
    }

    /// Accounts for a search candidate that failed.
    pub(crate) fn candidate_failed(&mut self, length: usize) -> Result<(), MatchError> {
        self.tick(1 + length / 16)
    }

    #[inline(always)]
    fn push(&mut self, kind: Kind, id: u32, a: usize, b: usize) -> Result<(), MatchError> {
        let stack = &mut self.buffers.stack;
        if stack.len() == stack.capacity() {
            grow(stack)?;
        }
        stack.push(Entry { kind, id, a, b });
        Ok(())
    }

    /// Pushes a barrier.
    fn raise(&mut self, kind: Kind, id: u32, pos: usize) -> Result<(), MatchError> {
        let outer = self.barrier;
        self.barrier = self.buffers.stack.len();
        self.push(kind, id, pos, outer)
    }

    /// Removes the innermost barrier and the choices above it; keeps the undo records. The result
    /// is the position where the region began.
    fn commit(&mut self) -> usize {
        let base = self.barrier;
        let Some(&Entry { a: began, b: outer, .. }) = self.buffers.stack.get(base) else {
            return 0;
        };
        self.barrier = outer;
        let stack = &mut self.buffers.stack;
        let mut keep = base;
        if base > 0 {
            for at in base + 1..stack.len() {
                let entry = stack[at];
                if matches!(entry.kind, Kind::UndoMark | Kind::UndoSlot) {
                    stack[keep] = entry;
                    keep += 1;
                }
            }
        }
        stack.truncate(keep);
        began
    }

    fn undo(&mut self, entry: Entry) {
        let Entry { kind, id, a, b } = entry;
        if kind == Kind::UndoMark {
            self.buffers.marks[id as usize] = a;
            self.buffers.last_index = b;
        } else if kind == Kind::UndoSlot {
            self.buffers.slots[id as usize] = Slot { count: a, last: b };
        }
    }

    #[inline(always)]
    fn set_mark(&mut self, mark: u32, pos: usize) -> Result<(), MatchError> {
        if !self.buffers.stack.is_empty() {
            let (old, last) = (self.buffers.marks[mark as usize], self.buffers.last_index);
            self.push(Kind::UndoMark, mark, old, last)?;
        }
        self.write_mark(mark, pos);
        Ok(())
    }

    #[inline(always)]
    fn write_mark(&mut self, mark: u32, pos: usize) {
        self.buffers.marks[mark as usize] = pos;
        if mark & 1 == 1 {
            self.buffers.last_index = mark as usize / 2 + 1;
        }
    }

    fn set_slot(&mut self, slot: u32, new: Slot) -> Result<(), MatchError> {
        if !self.buffers.stack.is_empty() {
            let old = self.buffers.slots[slot as usize];
            self.push(Kind::UndoSlot, slot, old.count, old.last)?;
        }
        self.buffers.slots[slot as usize] = new;
        Ok(())
    }

    #[inline(always)]
    fn one(&self, pos: usize, next: Pc, accepts: impl Fn(T) -> bool) -> Step {
        match self.text.get(pos) {
            Some(&unit) if accepts(unit) => Some((next, pos + 1)),
            _ => None,
        }
    }

    #[inline(always)]
    fn string(&self, pos: usize, start: u32, len: u32, next: Pc) -> Step {
        let end = pos.checked_add(len as usize)?;
        let here = self.text.get(pos..end)?;
        let wanted = &self.program.strings[start as usize..][..len as usize];
        here.iter().zip(wanted).all(|(unit, want)| unit.code() == *want).then_some((next, end))
    }

    fn at(&self, code: u32, pos: usize) -> bool {
        let text = self.text;
        let newline = |at: usize| text.get(at).is_some_and(|unit| unit.code() == 0x0A);
        let locale = &self.program.locale;
        match code {
            at::BEGINNING | at::BEGINNING_STRING => pos == 0,
            at::BEGINNING_LINE => pos == 0 || newline(pos - 1),
            at::END => pos == text.len() || (pos + 1 == text.len() && newline(pos)),
            at::END_LINE => pos == text.len() || newline(pos),
            at::END_STRING => pos == text.len(),
            at::BOUNDARY => self.boundary(pos, chars::is_word_ascii),
            at::NON_BOUNDARY => !self.boundary(pos, chars::is_word_ascii),
            at::LOC_BOUNDARY => self.boundary(pos, |ch| locale.is_word(ch)),
            at::LOC_NON_BOUNDARY => !self.boundary(pos, |ch| locale.is_word(ch)),
            at::UNI_BOUNDARY => self.boundary(pos, chars::is_word_unicode),
            _ => !self.boundary(pos, chars::is_word_unicode),
        }
    }

    /// Whether exactly one neighbour of the position is a word character.
    #[inline(always)]
    fn boundary(&self, pos: usize, is_word: impl Fn(u32) -> bool) -> bool {
        let word = |unit: &T| is_word(unit.code());
        let before = pos.checked_sub(1).and_then(|at| self.text.get(at)).is_some_and(word);
        before != self.text.get(pos).is_some_and(word)
    }

    fn group_ref(&self, group: u32, fold: Fold, pos: usize, next: Pc) -> Step {
        let (start, end) = self.buffers.group(group)?;
        let wanted = self.text.get(start..end)?;
        let stop = pos.checked_add(wanted.len())?;
        let here = self.text.get(pos..stop)?;
        let locale = &self.program.locale;
        let fold = |unit: &T| match fold {
            Fold::None => unit.code(),
            Fold::Ascii => chars::lower_ascii(unit.code()),
            Fold::Unicode => chars::lower_unicode(unit.code()),
            Fold::Locale | Fold::LocaleLiteral => locale.lower(unit.code()),
        };
        here.iter().zip(wanted).all(|(a, b)| a == b || fold(a) == fold(b)).then_some((next, stop))
    }

    fn assert_begin(&mut self, id: u32, pos: usize) -> Result<Step, MatchError> {
        let assert = &self.program.asserts[id as usize];
        let Some(start) = pos.checked_sub(assert.back) else {
            return Ok(assert.negate.then_some((assert.next, pos)));
        };
        self.raise(Kind::Assert, id, pos)?;
        Ok(Some((assert.body, start)))
    }

    /// The body of a look around has matched.
    fn assert_end(&mut self, id: u32) -> Step {
        let assert = &self.program.asserts[id as usize];
        if !assert.negate {
            let began = self.commit();
            return Some((assert.next, began));
        }
        while self.buffers.stack.len() > self.barrier.saturating_add(1) {
            if let Some(entry) = self.buffers.stack.pop() {
                self.undo(entry);
            }
        }
        if let Some(entry) = self.buffers.stack.pop() {
            self.barrier = entry.b;
        }
        None
    }

    fn look(&self, id: u32, pos: usize) -> Step {
        let look = &self.program.looks[id as usize];
        let unit = pos.checked_sub(look.back).and_then(|at| self.text.get(at));
        let seen = unit.is_some_and(|&unit| self.program.accepts(look.single, unit));
        (seen != look.negate).then_some((look.next, pos))
    }
}

/// Makes room for more entries.
#[cold]
fn grow(stack: &mut Vec<Entry>) -> Result<(), MatchError> {
    let more = stack.capacity().max(64);
    stack.try_reserve_exact(more).map_err(|_| MatchError::OutOfMemory)
}
