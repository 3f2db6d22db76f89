//! What each instruction reads and writes, derived from the opcode table and the lengths of runs.
//!
//! Words used: an instruction *clobbers* the registers above the window of a call it makes, because the callee's
//! frame lies there. A *conditional write* happens only if the instruction's jump is taken.

use crate::dis::jump_target;
use crate::op::{Op, Role};
use crate::{CodeData, FRAME_HEADER, Insn};

/// A run of registers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Run {
    pub first: u32,
    pub count: u32,
}

impl Run {
    const fn new(first: u32, count: u32) -> Run {
        Run { first, count }
    }
    /// The register behind the run.
    pub const fn end(self) -> u32 {
        self.first + self.count
    }
    /// The registers.
    pub fn registers(self) -> std::ops::Range<u32> {
        self.first..self.end()
    }
}

/// Registers and control flow of one instruction. Unused runs are empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Effects {
    pub reads: [Run; 3],
    pub writes: [Run; 3],
    /// Written only when the jump is taken.
    pub writes_if_taken: Option<u32>,
    /// Registers from here on are lost.
    pub clobbers_from: Option<u32>,
    /// Where the instruction may jump.
    pub jump: Option<usize>,
    /// Whether the next instruction may follow.
    pub falls_through: bool,
    /// Whether it may raise an exception.
    pub may_raise: bool,
}

/// Instructions that cannot raise.
fn is_quiet(op: Op) -> bool {
    use Op::*;
    matches!(
        op,
        Nop | Move
            | LoadConst
            | LoadConstFar
            | LoadInt
            | LoadNone
            | LoadTrue
            | LoadFalse
            | Unbind
            | UnbindRange
            | LoadFar
            | StoreFar
            | CopyFree
            | LoadFree
            | StoreCell
            | JumpIfNone
            | JumpIfNotNone
            | PushExc
            | PopExc
            | Return
            | ReturnNone
    )
}

/// Whether control never goes on behind `op`.
pub fn ends_path(op: Op) -> bool {
    use Op::*;
    matches!(op, Jump | Return | ReturnNone | Raise | RaiseFrom | RaiseCurrent | Reraise | Halt)
}

const HEADER: u32 = FRAME_HEADER as u32;

/// The effects of the instruction `op` at word `at`.
pub fn effects(code: &CodeData, at: usize, op: Op) -> Effects {
    use Op::*;
    let insn = Insn(code.words[at]);
    let [a, b, c] = [insn.a() as u32, insn.b() as u32, insn.c() as u32];
    let word = if op.words() == 2 { code.words.get(at + 1).copied().unwrap_or(0) } else { 0 };
    let mut e = Effects {
        jump: jump_target(code, at, op),
        falls_through: !ends_path(op),
        may_raise: !is_quiet(op),
        ..Effects::default()
    };
    let (mut reads, mut writes) = (0, 0);
    let mut bytes = [a, b, c].into_iter();
    for role in op.roles() {
        let r = bytes.next().unwrap_or(0);
        if matches!(role, Role::Source | Role::SourceDest) {
            e.reads[reads] = Run::new(r, 1);
            reads += 1;
        }
        if matches!(role, Role::Dest | Role::SourceDest) && op != ForLoop {
            e.writes[writes] = Run::new(r, 1);
            writes += 1;
        }
    }
    let mut read = |first, count| {
        e.reads[reads] = Run::new(first, count);
        reads += 1;
    };
    let mut write = |first, count| {
        e.writes[writes] = Run::new(first, count);
        writes += 1;
    };
    match op {
        UnbindRange | CopyFree => write(a, b),
        LoadFar => read(256 + insn.u16() as u32, 1),
        StoreFar => write(256 + insn.u16() as u32, 1),
        LoadMethod => {
            write(a, 1);
            write(a + HEADER, 1);
        }
        LoadSuperMethod => {
            read(b, 3);
            write(a, 1);
            write(a + HEADER, 1);
        }
        GetSuperAttr => read(b, 3),
        LoadSpecial | ExcGroupMatch => write(a, 2),
        GetSlice => read(c, 2),
        SetSlice => read(b, 2),
        BuildSlice | BuildTuple | BuildList | BuildSet | BuildString => read(b, c),
        BuildMap => read(b, 2 * c),
        BuildInterpolation => read(b, 3),
        ForPrep | ForPrepIter | ExcInfo => write(a, 3),
        ForLoop => {
            read(a, 3);
            write(a, 3);
            e.writes_if_taken = Some(b);
        }
        Call | CallKw => {
            read(a, 1);
            read(a + HEADER, b);
            write(a, 1);
            e.clobbers_from = Some(a + 1);
        }
        CallMethod | CallMethodKw => {
            read(a, 1);
            read(a + HEADER, b + 1);
            write(a, 1);
            e.clobbers_from = Some(a + 1);
        }
        CallEx => {
            read(a, 1);
            read(a + HEADER, 1 + b);
            write(a, 1);
            e.clobbers_from = Some(a + 1);
        }
        UnpackSequence => write(a, c),
        UnpackEx => write(a, (word & 0xffff) + 1 + (word >> 16)),
        PushExc => {
            read(a, 1);
            write(a, 2);
        }
        PopExc => read(a, 2),
        Intrinsic2 => read(b, 2),
        _ => {}
    }
    e
}

/// Word indices at which instructions start, in order; none if the words are no instructions throughout.
pub fn instruction_starts(code: &CodeData) -> Option<Vec<usize>> {
    let mut starts = Vec::with_capacity(code.words.len());
    let mut at = 0;
    while at < code.words.len() {
        let op = Op::from_byte(Insn(code.words[at]).op_byte())?;
        starts.push(at);
        at += op.words();
    }
    (at == code.words.len()).then_some(starts)
}
