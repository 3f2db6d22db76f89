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

/// Most times that thresholds grow.
const MOST: u64 = 8;

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
