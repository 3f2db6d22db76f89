//! Checks that a code block is well-formed: what the interpreter takes for granted without looking.
//!
//! Guarantees for verified code: every word belongs to an instruction; every jump and handler leads to the
//! beginning of one; registers, constants and sites exist; no path runs off the end; and no register is read that
//! is not certainly written before (windows of calls, whose upper registers a callee destroys, included).

use crate::effects::{effects, instruction_starts};
use crate::liveness::Assigned;
use crate::{CodeData, Const, Extra, Insn, Op, Role};

/// Verifies `code` and all code blocks among its constants.
///
/// # Errors
/// What is wrong, for people.
pub fn verify(code: &CodeData) -> Result<(), String> {
    block(code).map_err(|what| format!("{}: {what}", code.qualname))?;
    for value in &code.consts {
        if let Const::Code(inner) = value {
            verify(inner)?;
        }
    }
    Ok(())
}

fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn block(code: &CodeData) -> Result<(), String> {
    let Some(starts) = instruction_starts(code) else {
        return Err("words are no instructions".into());
    };
    let count = code.register_count;
    check(code.locals.len() <= count as usize, || "more locals than registers".into())?;
    check(code.parameter_count() <= code.locals.len(), || "more parameters than locals".into())?;
    check(code.posonly_count <= code.arg_count, || "posonly_count".into())?;
    let is_start = |word: usize| starts.binary_search(&word).is_ok();
    for &at in &starts {
        instruction(code, at, &is_start).map_err(|what| format!("at {at}: {what}"))?;
    }
    let last = starts.last().and_then(|&at| Op::from_byte(Insn(code.words[at]).op_byte()));
    check(last.is_some_and(crate::effects::ends_path), || "the end can be run over".into())?;
    for h in &code.handlers {
        let end = h.end as usize;
        check(h.start < h.end && end <= code.words.len(), || format!("handler range {h:?}"))?;
        check(is_start(h.start as usize) && (end == code.words.len() || is_start(end)), || {
            format!("handler range inside an instruction {h:?}")
        })?;
        check(is_start(h.target as usize), || format!("handler target {h:?}"))?;
        check(u32::from(h.register) < count, || format!("handler register {h:?}"))?;
    }
    for (i, &(start, _)) in code.positions.iter().enumerate() {
        let ordered = i == 0 || code.positions[i - 1].0 < start;
        check(ordered && is_start(start as usize), || format!("position {i}"))?;
    }
    for &name in &code.sites {
        check((name as usize) < code.names.len(), || "name of a site".into())?;
    }
    assigned(code, &starts)
}

fn instruction(code: &CodeData, at: usize, is_start: &dyn Fn(usize) -> bool) -> Result<(), String> {
    let insn = Insn(code.words[at]);
    let Some(op) = Op::from_byte(insn.op_byte()) else { return Err("no opcode".into()) };
    let e = effects(code, at, op);
    let count = code.register_count;
    for run in e.reads.iter().chain(&e.writes) {
        check(run.count == 0 || run.end() <= count, || format!("{} register {run:?}", op.name()))?;
    }
    check(e.writes_if_taken.is_none_or(|r| r < count), || format!("{} register", op.name()))?;
    let jumps = op.extra() == Extra::Jump
        || op.roles().iter().any(|r| matches!(r, Role::Jump16 | Role::Jump24));
    match e.jump {
        Some(target) => check(is_start(target), || format!("{} jumps to {target}", op.name()))?,
        None => check(!jumps, || format!("{} jumps before the beginning", op.name()))?,
    }
    let constant = |index: usize| check(index < code.consts.len(), || format!("constant {index}"));
    if op.roles().contains(&Role::Const16) {
        constant(insn.u16())?;
    }
    let word = code.words.get(at + 1).copied().unwrap_or(0) as usize;
    match op.extra() {
        Extra::Const => constant(word)?,
        Extra::Site => check(word < code.sites.len(), || format!("site {word}"))?,
        Extra::Word if op == Op::MatchClass => constant(word & 0xff_ffff)?,
        _ => {}
    }
    if matches!(op, Op::CallKw | Op::CallMethodKw) {
        let named =
            matches!(code.consts.get(word), Some(Const::Tuple(names)) if names.len() <= insn.b());
        check(named, || format!("{} without names", op.name()))?;
    }
    if matches!(op, Op::MakeFunction | Op::MakeFunctionFar) {
        let index = if op == Op::MakeFunction { insn.u16() } else { word };
        let is_code = matches!(code.consts.get(index), Some(Const::Code(_)));
        check(is_code, || format!("{} without code", op.name()))?;
    }
    Ok(())
}

/// No register may be read that is not certainly written.
fn assigned(code: &CodeData, starts: &[usize]) -> Result<(), String> {
    let Some(assigned) = Assigned::of(code) else { return Err("no flow graph".into()) };
    for &at in starts {
        if !assigned.is_reachable(at as u32) {
            continue;
        }
        let Some(op) = Op::from_byte(Insn(code.words[at]).op_byte()) else { continue };
        for run in effects(code, at, op).reads {
            for r in run.registers() {
                check(assigned.is_assigned(at as u32, r), || {
                    format!("at {at}: {} reads r{r}, which may be unwritten", op.name())
                })?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
