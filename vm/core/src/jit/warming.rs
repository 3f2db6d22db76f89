//! When to compile: what recording costs is to be small against what the interpreter did meanwhile.
//!
//! A round of a loop in the interpreter takes a few nanoseconds for each operation of its trace, and compiling takes
//! some hundred. So a program loses nothing to speak of if loops and exits are compiled after some hundred rounds, and
//! gains if the few that matter are compiled earlier. Both: the first traces are made at the thresholds of
//! [`super::Options`]; the more a program has compiled, the more often a place must have been reached, up to
//! [`MOST`] times the threshold. What counts are operations, not the clock, so that a program makes the same traces
//! whenever it runs.

use super::exits::Exit;
use super::{Jit, Site};
use core::cell::Cell;
use std::time::{Duration, Instant};

/// What is noted of a trace that the interpreter enters, to see whether it is worth while: going in and out costs as
/// much as interpreting a dozen instructions.
#[derive(Debug, Default)]
pub(super) struct Account {
    entries: Cell<u32>,
    /// Entries that were looked at since the last verdict, and how many of them were hardly worth it.
    seen: Cell<u8>,
    short: Cell<u8>,
    /// Arrivals to be left to the interpreter, and how often there was reason for that.
    rest: Cell<u32>,
    verdicts: Cell<u8>,
}
/// One of so many entries is timed.
const SAMPLE: u32 = 16;
/// Timed entries until there is a verdict, and how many of them must have been short for a bad one.
const SEEN: u8 = 16;
const BAD: u8 = 13;
/// Going in and out takes about half of this.
const SHORT: Duration = Duration::from_nanos(150);

/// Most times that thresholds grow.
const MOST: u64 = 16;

impl Jit {
    /// How many times the thresholds a place must have been reached at present.
    fn patience(&self) -> u32 {
        match self.options.get().patience as u64 {
            0 => 1,
            unit => (1 + self.counts.recorded_ops.get() / unit).min(MOST) as u32,
        }
    }
    /// A place has become hot that has no trace: whether it is time to record it.
    pub(super) fn is_due(&self, site: &mut Site) -> bool {
        if !site.met {
            site.met = true;
            site.skip = self.patience() - 1;
        }
        if site.skip > 0 {
            site.skip -= 1;
            return false;
        }
        true
    }
    /// Whether a trace is to be left alone at this arrival, because the interpreter does better.
    pub(super) fn rests(&self, trace: usize) -> bool {
        let traces = self.traces.borrow();
        let rest = &traces[trace].account.rest;
        let n = rest.get();
        rest.set(n.saturating_sub(1));
        n > 0
    }
    /// How often a trace has been put to rest in a row.
    pub(super) fn verdicts(&self, trace: usize) -> u8 {
        self.traces.borrow()[trace].account.verdicts.get()
    }
    /// A trace is about to be entered: the time, if it is to be measured.
    pub(super) fn open_account(&self, trace: usize) -> Option<Instant> {
        let traces = self.traces.borrow();
        let account = &traces[trace].account;
        let n = account.entries.get().wrapping_add(1);
        account.entries.set(n);
        let looked_at = n.is_multiple_of(SAMPLE) && self.options.get().patience != 0;
        looked_at.then(Instant::now)
    }
    /// It has been left. One that is left for good as soon as it is entered loses against the interpreter: it rests
    /// for some arrivals, each time for longer.
    pub(super) fn close_account(&self, trace: usize, since: Instant, exit: &Exit) {
        let short = since.elapsed() < SHORT && exit.is_final();
        let traces = self.traces.borrow();
        let Some(account) = traces.get(trace).map(|t| &t.account) else { return };
        account.seen.set(account.seen.get() + 1);
        account.short.set(account.short.get() + u8::from(short));
        if account.seen.get() < SEEN {
            return;
        }
        if account.short.get() >= BAD {
            let n = account.verdicts.get();
            account.rest.set(8 << n);
            account.verdicts.set((n + 1).min(20));
        } else {
            account.verdicts.set(0);
        }
        account.seen.set(0);
        account.short.set(0);
    }
    /// An exit has been taken that has no bridge: whether it is time to record one.
    pub(super) fn is_bridge_due(&self, exit: &Exit) -> bool {
        let count = exit.count.get();
        if exit.bridged.get() || count < exit.next.get() || !self.may_record() {
            return false;
        }
        let least = self.options.get().bridge_threshold.max(1).saturating_mul(self.patience());
        if count < least {
            exit.next.set(least);
            return false;
        }
        exit.next.set(exit.next.get().max(least));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jit(patience: usize, recorded: u64) -> Jit {
        let jit = Jit::new();
        let options = super::super::Options { patience, ..Default::default() };
        jit.options.set(options);
        jit.counts.recorded_ops.set(recorded);
        jit
    }

    #[test]
    fn thresholds_grow_with_what_was_recorded() {
        for (recorded, times) in [(0, 1), (399, 1), (400, 2), (4000, 11), (1_000_000, MOST as u32)]
        {
            assert_eq!(jit(400, recorded).patience(), times);
        }
        assert_eq!(jit(0, 1_000_000).patience(), 1);
    }

    #[test]
    fn a_place_waits_once_and_then_only_after_failures() {
        let jit = jit(400, 900);
        let mut site = Site::default();
        let answers: Vec<bool> = (0..4).map(|_| jit.is_due(&mut site)).collect();
        assert_eq!(answers, [false, false, true, true]);
        site.skip = 1;
        assert!(!jit.is_due(&mut site));
        assert!(jit.is_due(&mut site));
    }
}
