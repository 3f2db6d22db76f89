//! A compiled pattern: the instruction graph that the matcher runs.
//!
//! Every instruction names its successor (`next`), so the order in the vector means nothing (the
//! emitter works backwards: a successor nearly always has the smaller index). Facts too large for
//! an instruction sit in side tables and are named by index.
//! All indices in a `Program` are valid by construction; group numbers too. The matcher relies on
//! it for speed of thought only: every access stays checked.

use crate::branch::Branch;
use crate::chars::Locale;
use crate::class::{Class, Fold, Single};
use crate::emit;
use crate::first::Gate;
use crate::parse::{self, BadCode};
use crate::search::Plan;
use std::fmt;

/// Index of an instruction.
pub(crate) type Pc = u32;

/// One instruction of the matcher.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inst {
    /// The whole pattern has matched.
    Success,
    Fail,
    Lit {
        ch: u32,
        next: Pc,
    },
    NotLit {
        ch: u32,
        next: Pc,
    },
    Any {
        next: Pc,
    },
    AnyAll {
        next: Pc,
    },
    Class {
        id: u32,
        next: Pc,
    },
    /// `strings[start..start + len]`, at least two characters.
    Str {
        start: u32,
        len: u32,
        next: Pc,
    },
    Mark {
        mark: u32,
        next: Pc,
    },
    At {
        code: u32,
        next: Pc,
    },
    GroupRef {
        group: u32,
        fold: Fold,
        next: Pc,
    },
    /// Goes to `yes` when the group has matched.
    Cond {
        group: u32,
        yes: Pc,
        no: Pc,
    },
    /// Tries ways in order; also every loop that needs no counter.
    Branch {
        id: u32,
    },
    /// A repeated single character.
    Run {
        id: u32,
    },
    /// A repeated fixed sequence of single characters and marks.
    Fixed {
        id: u32,
    },
    /// Starts a counted loop.
    LoopEnter {
        slot: u32,
        next: Pc,
    },
    /// The end of a round (or the start) of a counted loop.
    LoopNext {
        id: u32,
    },
    /// Opens a region without way back, whose body is `next`.
    AtomicBegin {
        next: Pc,
    },
    /// Closes it: choices made inside are final.
    AtomicEnd {
        next: Pc,
    },
    /// A look around: `body` is tried `back` characters before here.
    AssertBegin {
        id: u32,
    },
    /// The body has matched.
    AssertEnd {
        id: u32,
    },
    /// A look at one character, before here or at here.
    Look {
        id: u32,
    },
    /// The end of a round (or the start) of a possessive loop.
    PossessiveNext {
        id: u32,
    },
    /// The end of the body of a possessive round.
    PossessiveEnd {
        id: u32,
    },
}

/// What may follow a run.
pub(crate) enum Follow {
    /// Anything.
    Free,
    /// This character only.
    Lit(u32),
    /// A set.
    Gate(Box<Gate>),
}

/// A repeated single character.
pub(crate) struct Run {
    pub(crate) single: Single,
    pub(crate) greed: RunGreed,
    pub(crate) min: usize,
    /// `usize::MAX` without limit.
    pub(crate) max: usize,
    pub(crate) follow: Follow,
    pub(crate) next: Pc,
}

/// How a run is executed; `Final` has no way back (possessive, or proved to need none).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunGreed {
    Greedy,
    Lazy,
    Final,
}

/// A repeated fixed sequence, greedy or final.
pub(crate) struct Fixed {
    pub(crate) singles: Vec<Single>,
    /// Marks that every round sets, with their offsets from the start of the round.
    pub(crate) marks: Vec<(u32, usize)>,
    pub(crate) is_final: bool,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) follow: Follow,
    pub(crate) next: Pc,
}

/// A counted loop, or one whose body can be empty.
pub(crate) struct Loop {
    pub(crate) slot: u32,
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) lazy: bool,
    pub(crate) body: Pc,
    pub(crate) exit: Pc,
    /// Of the body and of what follows; `None` when anything goes.
    pub(crate) body_gate: Option<Box<Gate>>,
    pub(crate) exit_gate: Option<Box<Gate>>,
}

/// A look around.
pub(crate) struct Assert {
    pub(crate) negate: bool,
    pub(crate) back: usize,
    pub(crate) body: Pc,
    pub(crate) next: Pc,
}

/// A look at one character.
pub(crate) struct Look {
    pub(crate) negate: bool,
    pub(crate) back: usize,
    pub(crate) single: Single,
    pub(crate) next: Pc,
}

/// A validated pattern, ready for matching. Immutable; one can serve many [`crate::Matcher`]s.
pub struct Program {
    pub(crate) insts: Vec<Inst>,
    pub(crate) entry: Pc,
    pub(crate) strings: Vec<u32>,
    pub(crate) classes: Vec<Class>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) runs: Vec<Run>,
    pub(crate) fixed: Vec<Fixed>,
    pub(crate) loops: Vec<Loop>,
    pub(crate) asserts: Vec<Assert>,
    pub(crate) looks: Vec<Look>,
    /// Number of counters.
    pub(crate) slots: usize,
    pub(crate) min_width: usize,
    pub(crate) plan: Plan,
    pub(crate) locale: Locale,
    groups: usize,
    flags: u32,
}

impl Program {
    /// Validates and decodes a code list as `re._compiler` makes it. `groups` does not count
    /// group 0; `flags` are the pattern's flags (kept for the caller, the code says it all).
    ///
    /// # Errors
    /// [`BadCode`] for anything that the compiler cannot have produced.
    pub fn new(code: &[u32], groups: usize, flags: u32) -> Result<Program, BadCode> {
        Program::with_locale(code, groups, flags, Locale::c())
    }

    /// As [`Program::new`], with the bytes' properties in the current locale. They are baked in:
    /// a pattern with [`crate::FLAG_LOCALE`] has to be made anew when the locale changes.
    ///
    /// # Errors
    /// As [`Program::new`].
    pub fn with_locale(
        code: &[u32],
        groups: usize,
        flags: u32,
        locale: Locale,
    ) -> Result<Program, BadCode> {
        let (tree, root) = parse::parse(code, groups, &locale)?;
        let mut program = Program {
            insts: Vec::new(),
            entry: 0,
            strings: Vec::new(),
            classes: Vec::new(),
            branches: Vec::new(),
            runs: Vec::new(),
            fixed: Vec::new(),
            loops: Vec::new(),
            asserts: Vec::new(),
            looks: Vec::new(),
            slots: 0,
            min_width: 0,
            plan: Plan::default(),
            locale,
            groups,
            flags,
        };
        emit::emit(tree, root, &mut program);
        Ok(program)
    }

    /// The number of groups, group 0 not counted.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The flags given to [`Program::new`].
    pub fn flags(&self) -> u32 {
        self.flags
    }

    /// The least number of characters of a match.
    pub fn min_width(&self) -> usize {
        self.min_width
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "entry {} groups {} {:?}", self.entry, self.groups, self.plan)?;
        for (pc, inst) in self.insts.iter().enumerate() {
            writeln!(f, "{pc:4} {inst:?}")?;
        }
        Ok(())
    }
}
