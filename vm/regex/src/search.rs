//! Where a search may begin: the plan made once for a program, and its use.
//!
//! A plan names *candidates*, the only places where a match can start. It comes from the pattern's
//! literal prefix, its first set, or an anchor. Two facts spare work that a search at every place
//! would repeat:
//!
//! * *lead*: the pattern starts with an unlimited run. When it fails at `s`, it fails at every
//!   place inside that run too, because the ends tried from there are a part of those tried from
//!   `s`. So the next candidate is the end of the run.
//! * *inner*: behind that run comes one certain character that the run cannot contain. Then that
//!   character is searched, and the run is measured backwards from it.
//!
//! Both need that what follows the run does not look at the groups (no back reference).

use crate::class::Single;
use crate::first::{First, Gate};
use crate::opcodes::at;
use crate::program::{Follow, Inst, Pc, Program};
use crate::text::Unit;
use memchr::memmem::Finder;

/// How candidates are found.
#[derive(Default)]
enum Scan {
    /// Everywhere.
    #[default]
    All,
    /// At the beginning of the text.
    Start,
    /// At the beginning of a line.
    Line,
    /// Where this character stands.
    Lit(u32),
    /// Where this text stands; the finder is for bytes (absent when a character is wide).
    Str { text: Vec<u32>, finder: Option<Box<Finder<'static>>> },
    /// Where a symbol of the set stands; `few` lists its characters if they are six at most,
    /// of which each width may have fewer.
    Set { gate: Box<Gate>, few: Vec<u32> },
    /// Where the first two characters are those of one of up to 32 alternatives; the sets are of
    /// alternatives, by character. Bytes only; wider texts use the gate.
    Pairs { sets: Box<PairSets>, gate: Box<Gate> },
    /// Where the run (by index) before this character starts.
    Inner { ch: u32, run: u32 },
}

/// The most characters that a set is searched by one by one.
const FEW: usize = 6;

/// The alternatives (one bit each) that have a character at their first or second place.
type PairSets = [[u32; 256]; 2];

/// The search plan of a program.
#[derive(Default)]
pub(crate) struct Plan {
    scan: Scan,
    /// The run that the pattern starts with.
    lead: Option<u32>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = match &self.scan {
            Scan::All => "all",
            Scan::Start => "start",
            Scan::Line => "line",
            Scan::Lit(_) => "lit",
            Scan::Str { .. } => "str",
            Scan::Set { .. } => "set",
            Scan::Pairs { .. } => "pairs",
            Scan::Inner { .. } => "inner",
        };
        write!(f, "scan {name} lead {:?}", self.lead)
    }
}

impl Plan {
    /// Makes the plan; `first` is the first set of the whole, `refers` whether it has references.
    pub(crate) fn new(program: &Program, first: &First, refers: bool) -> Plan {
        let lead = if refers { None } else { leading_run(program) };
        let mut scan = prefix(program);
        if let (Scan::All, Some(id)) = (&scan, lead) {
            let run = &program.runs[id as usize];
            if let Follow::Lit(ch) = run.follow
                && !accepts(program, run.single, ch)
            {
                scan = Scan::Inner { ch, run: id };
            }
        }
        if matches!(scan, Scan::All) && !first.is_full() {
            let few = first.few(FEW).unwrap_or_default();
            let gate = Box::new(Gate::new(first));
            scan = match pair_sets(program) {
                Some(sets) if few.is_empty() || few.len() > 3 => Scan::Pairs { sets, gate },
                _ => Scan::Set { gate, few },
            };
        }
        Plan { scan, lead }
    }
}

/// Whether an instruction accepts a code point.
fn accepts(program: &Program, single: Single, ch: u32) -> bool {
    match single {
        Single::Class(id) => program.classes[id as usize].accepts(ch, &program.locale),
        _ => program.accepts(single, ch),
    }
}

/// The unlimited run that the pattern starts with, marks aside.
fn leading_run(program: &Program) -> Option<u32> {
    let mut pc = program.entry;
    loop {
        match program.insts[pc as usize] {
            Inst::Mark { next, .. } => pc = next,
            Inst::Run { id } => {
                return (program.runs[id as usize].max == usize::MAX).then_some(id);
            }
            _ => return None,
        }
    }
}

/// The literal text that every match from an instruction on starts with, and where it ends.
fn literal(program: &Program, mut pc: Pc) -> (Vec<u32>, Pc) {
    let mut text = Vec::new();
    loop {
        match program.insts[pc as usize] {
            Inst::Mark { next, .. }
            | Inst::At { next, .. }
            | Inst::AtomicBegin { next }
            | Inst::AtomicEnd { next } => pc = next,
            Inst::Lit { ch, next } => {
                text.push(ch);
                pc = next;
            }
            Inst::Str { start, len, next } => {
                let start = start as usize;
                text.extend(&program.strings[start..start + len as usize]);
                pc = next;
            }
            _ => return (text, pc),
        }
    }
}

/// The anchor or the literal text that every match starts with.
fn prefix(program: &Program) -> Scan {
    let mut pc = program.entry;
    loop {
        match program.insts[pc as usize] {
            Inst::At { code: at::BEGINNING | at::BEGINNING_STRING, .. } => return Scan::Start,
            Inst::At { code: at::BEGINNING_LINE, .. } => return Scan::Line,
            Inst::Mark { next, .. } | Inst::At { next, .. } => pc = next,
            _ => break,
        }
    }
    let (text, _) = literal(program, pc);
    match *text.as_slice() {
        [] => Scan::All,
        [ch] => Scan::Lit(ch),
        _ => {
            let bytes: Option<Vec<u8>> = text.iter().map(|&ch| u8::try_from(ch).ok()).collect();
            let finder = bytes.map(|bytes| Box::new(Finder::new(&bytes).into_owned()));
            Scan::Str { text, finder }
        }
    }
}

/// The sets of a pattern that starts with alternatives of two literal characters at least.
fn pair_sets(program: &Program) -> Option<Box<PairSets>> {
    let (_, pc) = literal(program, program.entry);
    let Inst::Branch { id } = program.insts[pc as usize] else { return None };
    let branch = &program.branches[id as usize];
    let mut sets = Box::new([[0; 256]; 2]);
    for (way, &pc) in branch.ways.iter().enumerate() {
        let (text, _) = literal(program, pc);
        let [first, second, ..] = *text.as_slice() else { return None };
        // An alternative with a wide character is never found in bytes.
        if let (Ok(first), Ok(second)) = (u8::try_from(first), u8::try_from(second)) {
            sets[0][usize::from(first)] |= 1 << way;
            sets[1][usize::from(second)] |= 1 << way;
        }
    }
    Some(sets)
}

/// The first place in bytes where one of the alternatives can start.
fn find_pair<T: Unit>(text: &[T], sets: &PairSets) -> Option<usize> {
    let byte = |unit: T| (unit.code() & 255) as usize;
    let second = text.get(1..)?;
    let both = |(&a, &b): (&T, &T)| sets[0][byte(a)] & sets[1][byte(b)] != 0;
    text.iter().zip(second).position(both)
}

impl Program {
    /// The first candidate at or after `from`.
    pub(crate) fn candidate<T: Unit>(&self, text: &[T], from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        match &self.plan.scan {
            Scan::All => Some(from),
            Scan::Start => (from == 0).then_some(0),
            Scan::Line => {
                if from == 0 {
                    return Some(0);
                }
                let newline = T::find(&text[from - 1..], [T::of(0x0A)?])?;
                Some(from + newline)
            }
            Scan::Lit(ch) => Some(from + T::find(rest, [T::of(*ch)?])?),
            Scan::Str { text: wanted, finder } => {
                let at = if T::LATIN {
                    T::find_str(rest, finder.as_deref()?)?
                } else {
                    find_text(rest, wanted)?
                };
                Some(from + at)
            }
            Scan::Pairs { sets, .. } if T::LATIN => Some(from + find_pair(rest, sets)?),
            Scan::Pairs { gate, .. } => self.find_set(text, from, gate),
            Scan::Set { gate, few } => {
                let mut units = few.iter().filter_map(|&ch| T::of(ch));
                let at = match [units.next(), units.next(), units.next(), units.next()] {
                    _ if few.is_empty() => return self.find_set(text, from, gate),
                    [None, ..] => return None,
                    [Some(a), None, ..] => T::find(rest, [a])?,
                    [Some(a), Some(b), None, _] => T::find(rest, [a, b])?,
                    [Some(a), Some(b), Some(c), None] => T::find(rest, [a, b, c])?,
                    _ => return self.find_set(text, from, gate),
                };
                Some(from + at)
            }
            Scan::Inner { ch, run } => {
                let unit = T::of(*ch)?;
                let run = &self.runs[*run as usize];
                let mut from = from;
                loop {
                    let stop = from + T::find(&text[from..], [unit])?;
                    let before = text[from..stop].iter().rev();
                    let length = before.take_while(|&&u| self.accepts(run.single, u)).count();
                    if length >= run.min {
                        return Some(stop - length);
                    }
                    from = stop + 1;
                }
            }
        }
    }

    /// The first place from `from` on where a symbol of the set stands.
    #[inline]
    fn find_set<T: Unit>(&self, text: &[T], from: usize, gate: &Gate) -> Option<usize> {
        let hit = |unit: &T| {
            let ch = unit.code();
            if T::LATIN || ch < 256 {
                gate.latin[(ch & 255) as usize]
            } else {
                gate.wide(ch, &self.classes, &self.locale)
            }
        };
        match text[from..].iter().position(hit) {
            Some(at) => Some(from + at),
            None => gate.eof().then_some(text.len()),
        }
    }

    /// The first place after `at` that is worth a try when the match at `at` has failed.
    #[inline]
    pub(crate) fn after_failure<T: Unit>(&self, text: &[T], at: usize) -> usize {
        match self.plan.lead {
            Some(id) => {
                let single = self.runs[id as usize].single;
                let length = text.get(at..).map_or(0, |rest| self.run_length(single, rest));
                at + length.max(1)
            }
            None => at + 1,
        }
    }
}

/// The first place of `wanted` (two characters at least) in a text of wide units.
fn find_text<T: Unit>(text: &[T], wanted: &[u32]) -> Option<usize> {
    let head = T::of(*wanted.first()?)?;
    let last = text.len().checked_sub(wanted.len())?;
    let mut from = 0;
    while from <= last {
        let at = from + T::find(&text[from..=last], [head])?;
        let here = text[at..].iter().map(|unit| unit.code());
        if here.zip(wanted).all(|(ch, want)| ch == *want) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}
