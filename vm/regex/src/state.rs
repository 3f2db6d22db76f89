//! The public face of matching: [`Matcher`], what to ask it ([`Request`]) and what it answers.
//!
//! A `Matcher` owns the buffers of a match (stack, marks, counters); used again and again it does
//! not allocate. After a successful [`Matcher::run`] it holds the result until the next call.

use crate::exec::{Entry, Exec};
use crate::program::Program;
use crate::text::{Text, Unit};
use std::fmt;

/// No position.
pub(crate) const NONE: usize = usize::MAX;

/// A stack of more entries than this is not kept for the next match.
const KEEP: usize = 4096;

/// Why a match could not be decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MatchError {
    /// The poll hook asked to stop.
    Interrupted,
    /// No memory for the backtracking stack.
    OutOfMemory,
}

impl fmt::Display for MatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MatchError::Interrupted => "match interrupted",
            MatchError::OutOfMemory => "out of memory while matching",
        })
    }
}

impl std::error::Error for MatchError {}

/// Where a match has to lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// It starts at `pos` (`re.match`).
    Match,
    /// It starts at `pos` and ends at `end` (`re.fullmatch`).
    FullMatch,
    /// It starts at `pos` or later, as early as possible (`re.search`).
    Search,
}

/// A question to a [`Matcher`].
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Kind of match.
    pub mode: Mode,
    /// Index of the code point to start at; beyond the text means its end. `^` and look-behind
    /// still see what lies before.
    pub pos: usize,
    /// The text ends here, whatever follows (`endpos`); beyond the text means its end.
    pub end: usize,
    /// A match that starts at `pos` must not be empty.
    pub must_advance: bool,
}

impl Request {
    /// A request over the whole text.
    pub fn new(mode: Mode) -> Request {
        Request { mode, pos: 0, end: usize::MAX, must_advance: false }
    }
}

/// The counter of a loop.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) count: usize,
    /// Where the last optional round started.
    pub(crate) last: usize,
}

/// What an attempt works on.
#[derive(Default)]
pub(crate) struct Buffers {
    pub(crate) stack: Vec<Entry>,
    /// Start and end of each group, `NONE` when not set.
    pub(crate) marks: Vec<usize>,
    pub(crate) slots: Vec<Slot>,
    /// The group closed last; 0 for none.
    pub(crate) last_index: usize,
}

impl Buffers {
    /// Makes ready for an attempt.
    pub(crate) fn reset(&mut self, program: &Program) -> Result<(), MatchError> {
        self.stack.clear();
        self.last_index = 0;
        let (marks, slots) = (2 * program.groups(), program.slots);
        let failed = |_| MatchError::OutOfMemory;
        self.marks.clear();
        self.marks.try_reserve(marks).map_err(failed)?;
        self.marks.resize(marks, NONE);
        if self.slots.len() != slots {
            self.slots.clear();
            self.slots.try_reserve(slots).map_err(failed)?;
            self.slots.resize(slots, Slot { count: 0, last: NONE });
        }
        Ok(())
    }

    /// Start and end of a group (counted from 0) that has matched.
    pub(crate) fn group(&self, group: u32) -> Option<(usize, usize)> {
        let first = (group as usize).checked_mul(2)?;
        let &[start, end] = self.marks.get(first..)?.first_chunk::<2>()?;
        (start != NONE && end != NONE && start <= end).then_some((start, end))
    }
}

/// Matches programs against texts.
#[derive(Default)]
pub struct Matcher {
    buffers: Buffers,
    span: (usize, usize),
}

impl Matcher {
    /// A matcher with empty buffers.
    pub fn new() -> Matcher {
        Matcher::default()
    }

    /// Answers a request: whether there is a match. `poll` is called every 65536 steps or so; when
    /// it returns true the match is given up.
    ///
    /// # Errors
    /// [`MatchError::Interrupted`] by the hook, [`MatchError::OutOfMemory`] by the stack.
    pub fn run(
        &mut self,
        program: &Program,
        text: Text<'_>,
        request: Request,
        poll: &mut dyn FnMut() -> bool,
    ) -> Result<bool, MatchError> {
        let found = match text {
            Text::Latin1(text) => self.run_on(program, text, request, poll),
            Text::Ucs2(text) => self.run_on(program, text, request, poll),
            Text::Ucs4(text) => self.run_on(program, text, request, poll),
        };
        let stack = &mut self.buffers.stack;
        stack.clear();
        if stack.capacity() > KEEP {
            stack.shrink_to(KEEP);
        }
        let found = found?;
        self.span = found.unwrap_or((0, 0));
        Ok(found.is_some())
    }

    fn run_on<T: Unit>(
        &mut self,
        program: &Program,
        text: &[T],
        request: Request,
        poll: &mut dyn FnMut() -> bool,
    ) -> Result<Option<(usize, usize)>, MatchError> {
        // A start beyond the text is its end; one beyond `end` never matches.
        let pos = request.pos.min(text.len());
        let text = &text[..request.end.min(text.len())];
        let Some(last) = text.len().checked_sub(program.min_width()) else { return Ok(None) };
        if pos > last {
            return Ok(None);
        }
        let mut exec = Exec::new(program, text, &mut self.buffers, poll);
        if request.must_advance {
            exec.forbidden_end = pos;
        }
        if request.mode != Mode::Search {
            exec.full = request.mode == Mode::FullMatch;
            return Ok(exec.attempt(pos)?.map(|end| (pos, end)));
        }
        let mut from = pos;
        while let Some(start) = program.candidate(text, from).filter(|&start| start <= last) {
            if start != pos {
                exec.forbidden_end = NONE;
            }
            if let Some(end) = exec.attempt(start)? {
                return Ok(Some((start, end)));
            }
            from = program.after_failure(text, start);
            exec.candidate_failed(from - start)?;
        }
        Ok(None)
    }

    /// Start and end of the last match.
    pub fn span(&self) -> (usize, usize) {
        self.span
    }

    /// Start and end of a group of the last match: 0 is the whole, `None` for one that took no
    /// part (or does not exist).
    pub fn group(&self, group: usize) -> Option<(usize, usize)> {
        match group.checked_sub(1) {
            None => Some(self.span),
            Some(index) => self.buffers.group(u32::try_from(index).ok()?),
        }
    }

    /// The group closed last in the last match (`Match.lastindex`; `Match.lastgroup` is its name).
    pub fn last_index(&self) -> Option<usize> {
        (self.buffers.last_index != 0).then_some(self.buffers.last_index)
    }
}

/// The rule by which `finditer`, `findall`, `sub` and `split` walk through a text: each match starts
/// the search for the next at its end, which must not be empty there if it was empty itself.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    next: Option<Request>,
}

impl Walk {
    /// Starts a walk; the mode is normally [`Mode::Search`] (`Scanner.match` walks too).
    pub fn new(request: Request) -> Walk {
        Walk { next: Some(request) }
    }

    /// The next match, put into `matcher`; false at the end of the walk.
    ///
    /// # Errors
    /// As [`Matcher::run`].
    pub fn step(
        &mut self,
        matcher: &mut Matcher,
        program: &Program,
        text: Text<'_>,
        poll: &mut dyn FnMut() -> bool,
    ) -> Result<bool, MatchError> {
        let Some(request) = self.next else { return Ok(false) };
        let found = matcher.run(program, text, request, poll)?;
        self.next = found.then(|| {
            let (_, end) = matcher.span();
            Request { pos: end, must_advance: matcher.span().0 == end, ..request }
        });
        Ok(found)
    }
}
