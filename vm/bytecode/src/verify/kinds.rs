//! What kind of word each register holds, on every path: the part of verification that keeps memory safe.
//!
//! The interpreter looks at no tag where the compiler knows what a register holds: a cell, a container under
//! construction, the state of a loop. Here the same is proved from the instructions: a forward analysis in which a
//! register has a set of possible *kinds*, and each instruction says which kinds it takes and leaves. It also proves
//! that no register is read that may be unwritten, that a generator's frame is saved only when all of its registers
//! are written, and that `Yield` runs only in a frame that `MakeGenerator` has made one of a generator.
//!
//! States are kept for the beginnings of basic blocks only.

use super::check;
use crate::effects::{Effects, effects};
use crate::{CodeData, FRAME_HEADER, Insn, LocalKind, Op, flags};
use std::collections::BTreeSet;

/// A set of kinds, one bit each.
type Kinds = u16;
/// Any Python object.
const VALUE: Kinds = 1;
/// The word that stands for "no value".
const UNBOUND: Kinds = 2;
/// Whatever an earlier frame left.
const UNWRITTEN: Kinds = 4;
const CELL: Kinds = 8;
/// An exact list, dict or set that an instruction of this code made.
const LIST: Kinds = 16;
const DICT: Kinds = 32;
const SET: Kinds = 64;
/// A function that `MakeFunction` made.
const FUNCTION: Kinds = 128;
/// The three words of a loop's state.
const LOOP: [Kinds; 3] = [256, 512, 1024];
/// The exception that was handled before (`PushExc`).
const HANDLED: Kinds = 2048;
/// What may be used as a Python object.
const OBJECT: Kinds = VALUE | CELL | LIST | DICT | SET | FUNCTION;

/// How far a frame is: bits of the state's last word.
const PLAIN: Kinds = 1;
const GENERATOR: Kinds = 2;

/// Words of all states together beyond which code is refused.
const MOST_WORDS: usize = 1 << 27;

struct Analysis<'c> {
    code: &'c CodeData,
    starts: &'c [usize],
    /// Number of the block that begins at each instruction; `u32::MAX` inside of blocks.
    block_of: Vec<u32>,
    /// The kinds at the beginning of each block; empty until it is reached.
    states: Vec<Vec<Kinds>>,
    /// Instruction numbers of the blocks that must be walked (again).
    work: BTreeSet<usize>,
}

/// Checks all instructions that can be reached.
pub(super) fn check_kinds(code: &CodeData, starts: &[usize]) -> Result<(), String> {
    let mut block_of = vec![u32::MAX; starts.len()];
    let mut blocks = 0;
    for number in leaders(code, starts)? {
        block_of[number] = blocks;
        blocks += 1;
    }
    let width = code.register_count as usize + 1;
    check(width.saturating_mul(blocks as usize) <= MOST_WORDS, || "too large".into())?;
    let states = vec![Vec::new(); blocks as usize];
    let mut analysis = Analysis { code, starts, block_of, states, work: BTreeSet::new() };
    let mut entry = vec![UNWRITTEN; width];
    entry[..code.parameter_count()].fill(VALUE);
    entry[width - 1] = PLAIN;
    analysis.join(0, &entry);
    while let Some(first) = analysis.work.pop_first() {
        analysis.walk(first)?;
    }
    Ok(())
}

/// The instructions at which blocks begin.
fn leaders(code: &CodeData, starts: &[usize]) -> Result<BTreeSet<usize>, String> {
    let number = |word: usize| {
        starts.binary_search(&word).map_err(|_| format!("no instruction begins at {word}"))
    };
    let mut leaders = BTreeSet::from([0]);
    for (i, &at) in starts.iter().enumerate() {
        let Some(op) = Op::from_byte(Insn(code.words[at]).op_byte()) else { continue };
        let e = effects(code, at, op);
        if let Some(target) = e.jump {
            leaders.insert(number(target)?);
        }
        if (e.jump.is_some() || !e.falls_through) && i + 1 < starts.len() {
            leaders.insert(i + 1);
        }
    }
    for h in &code.handlers {
        leaders.insert(number(h.target as usize)?);
    }
    Ok(leaders)
}

impl Analysis<'_> {
    /// Control may come to instruction `number`, which begins a block, in this state.
    fn join(&mut self, number: usize, state: &[Kinds]) {
        let block = self.block_of[number] as usize;
        let known = &mut self.states[block];
        if known.is_empty() {
            known.extend_from_slice(state);
            self.work.insert(number);
            return;
        }
        let mut changed = 0;
        for (k, s) in known.iter_mut().zip(state) {
            changed |= s & !*k;
            *k |= s;
        }
        if changed != 0 {
            self.work.insert(number);
        }
    }
    fn number(&self, word: usize) -> Result<usize, String> {
        self.starts.binary_search(&word).map_err(|_| format!("no instruction begins at {word}"))
    }

    /// Goes through the block that begins at instruction `number`.
    fn walk(&mut self, mut number: usize) -> Result<(), String> {
        let mut state = self.states[self.block_of[number] as usize].clone();
        loop {
            let at = self.starts[number];
            let insn = Insn(self.code.words[at]);
            let Some(op) = Op::from_byte(insn.op_byte()) else { return Err("no opcode".into()) };
            let says = |what: String| format!("at {at}: {}: {what}", op.name());
            let e = effects(self.code, at, op);
            reads(self.code, insn, op, &e, &state).map_err(says)?;
            if e.may_raise
                && let Some(h) = self.code.handler(at as u32)
            {
                let mut caught = state.clone();
                clobber(&mut caught, e.clobbers_from);
                self.put(&mut caught, u32::from(h.register), VALUE).map_err(says)?;
                let target = self.number(h.target as usize)?;
                self.join(target, &caught);
            }
            let writes = written(insn, op, &state, &e);
            clobber(&mut state, e.clobbers_from);
            for (register, kinds) in writes {
                self.put(&mut state, register, kinds).map_err(says)?;
            }
            if op == Op::MakeGenerator
                && let Some(phase) = state.last_mut()
            {
                *phase = GENERATOR;
            }
            if let Some(target) = e.jump {
                let target = self.number(target)?;
                match e.writes_if_taken {
                    Some(r) => {
                        let mut taken = state.clone();
                        self.put(&mut taken, r, VALUE).map_err(says)?;
                        self.join(target, &taken);
                    }
                    None => self.join(target, &state),
                }
            }
            if !e.falls_through {
                return Ok(());
            }
            number += 1;
            if number == self.starts.len() {
                return Err(format!("at {at}: the end can be run over"));
            }
            if self.block_of[number] != u32::MAX {
                self.join(number, &state);
                return Ok(());
            }
        }
    }

    /// Writes a register. One that `locals()` shows holds an object, a cell or nothing.
    fn put(&self, state: &mut [Kinds], register: u32, kinds: Kinds) -> Result<(), String> {
        let shown = self.code.locals.get(register as usize);
        if kinds & !(OBJECT | UNBOUND) != 0 && shown.is_some_and(|l| l.1 != LocalKind::Hidden) {
            return Err(format!("r{register} is a variable"));
        }
        state[register as usize] = kinds;
        Ok(())
    }
}

fn clobber(state: &mut [Kinds], from: Option<u32>) {
    let phase = state.len() - 1;
    if let Some(from) = from {
        state[(from as usize).min(phase)..phase].fill(UNWRITTEN);
    }
}

/// Whether the registers that an instruction reads hold what it takes for granted.
fn reads(code: &CodeData, insn: Insn, op: Op, e: &Effects, state: &[Kinds]) -> Result<(), String> {
    use Op::*;
    let (registers, phase) = (state.len() - 1, state[state.len() - 1]);
    let a = insn.a() as u32;
    match op {
        Halt | Continue => return Err("not for code blocks".into()),
        MakeGenerator => {
            const KINDS: u32 = flags::GENERATOR | flags::COROUTINE | flags::ASYNC_GENERATOR;
            check(code.flags & KINDS != 0, || "no generator by its flags".into())?;
            check(phase == PLAIN, || "twice".into())?;
            let unwritten = state[..registers].iter().position(|k| k & UNWRITTEN != 0);
            check(unwritten.is_none(), || format!("r{} may be unwritten", unwritten.unwrap_or(0)))?;
        }
        Yield | YieldFrom => check(phase == GENERATOR, || "outside of a generator".into())?,
        _ => {}
    }
    for (i, run) in e.reads.iter().enumerate() {
        for r in run.registers() {
            let takes = match op {
                Move | LoadFar | StoreFar => !UNWRITTEN,
                CheckBound | MakeCell => OBJECT | UNBOUND,
                LoadCell | DeleteCell => CELL,
                StoreCell if i == 0 => CELL,
                StoreCell => OBJECT | UNBOUND,
                LoadDictOrCell if i == 0 => CELL,
                ListAppend | ListExtend if r == a && i == 0 => LIST,
                ListToTuple => LIST,
                SetUpdate if i == 0 => SET,
                MapAdd | DictUpdate | DictMerge if i == 0 => DICT,
                SetFunctionAttr if i == 0 => FUNCTION,
                ForLoop => LOOP[(r - a) as usize],
                PopExc if r == a => !UNWRITTEN,
                PopExc => HANDLED,
                CallMethod | CallMethodKw if r == a + FRAME_HEADER as u32 => OBJECT | UNBOUND,
                _ => OBJECT,
            };
            let kinds = state[r as usize];
            check(kinds & UNWRITTEN == 0, || format!("reads r{r}, which may be unwritten"))?;
            check(kinds & !takes == 0, || format!("r{r} may be of kind {kinds:#x}"))?;
        }
    }
    Ok(())
}

/// The registers an instruction writes when it goes well, and what they hold then.
fn written(insn: Insn, op: Op, before: &[Kinds], e: &Effects) -> Vec<(u32, Kinds)> {
    use Op::*;
    let (a, b) = (insn.a() as u32, insn.b() as u32);
    let mut out = Vec::with_capacity(4);
    for r in e.writes.iter().flat_map(|run| run.registers()) {
        let kinds = match op {
            Move => before[b as usize],
            LoadFar => before[256 + insn.u16()],
            StoreFar => before[a as usize],
            Unbind | UnbindRange => UNBOUND,
            MakeCell | CopyFree | LoadFree => CELL,
            BuildList => LIST,
            BuildSet => SET,
            BuildMap => DICT,
            MakeFunction | MakeFunctionFar => FUNCTION,
            LoadMethod | LoadSuperMethod | LoadSpecial if r != a => VALUE | UNBOUND,
            ForPrep | ForPrepIter | ForLoop => LOOP[(r - a) as usize],
            PushExc if r == a => before[a as usize],
            PushExc => HANDLED,
            _ => VALUE,
        };
        out.push((r, kinds));
    }
    match op {
        CheckBound => out.push((a, before[a as usize] & !UNBOUND)),
        CheckCell => out.push((a, CELL)),
        _ => {}
    }
    out
}
