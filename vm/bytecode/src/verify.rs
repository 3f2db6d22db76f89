//! Checks that a code block is well-formed: what the interpreter takes for granted without looking.
//!
//! Guarantees for verified code: every word belongs to an instruction; every jump and handler leads to the
//! beginning of one; registers, constants and sites exist; no two instructions share a site; no path runs off the
//! end; no register is read that is not certainly written before (windows of calls, whose upper registers a callee
//! destroys, included); and registers hold what their instructions take for granted ([`kinds`]). So code that passes
//! may do anything that Python can, but does not touch memory that is not its own.
//!
//! Everything that comes from files is verified when it is read; the compiler's own output is verified by its tests.

use crate::effects::{effects, instruction_starts};
use crate::{CodeData, Const, Extra, Insn, Op, Role, flags};

mod kinds;

/// Most registers of a frame: what the compiler's widest instructions reach, and some more.
const MOST_REGISTERS: u32 = 256 + (1 << 16) + 1024;

/// Verifies `code` and all code blocks among its constants.
///
/// # Errors
/// What is wrong, for people.
pub fn verify(code: &CodeData) -> Result<(), String> {
    block(code).map_err(|what| format!("{}: {what}", code.qualname))?;
    code.consts.iter().try_for_each(|value| match value {
        Const::Code(inner) => verify(inner),
        other => constant(other).map_err(|what| format!("{}: {what}", code.qualname)),
    })
}

/// A constant that is no code, nor holds any.
fn constant(value: &Const) -> Result<(), String> {
    match value {
        Const::Code(_) => Err("code inside of a constant".into()),
        Const::Wide(points) => {
            check(points.iter().all(|&p| p <= 0x10_ffff), || "no code point".into())
        }
        Const::BigInt(digits) => {
            let hex = digits.strip_prefix('-').unwrap_or(digits);
            let good = !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit());
            check(good, || "no number".into())
        }
        Const::Tuple(items) | Const::FrozenSet(items) => items.iter().try_for_each(constant),
        Const::Slice(parts) => parts.iter().try_for_each(constant),
        _ => Ok(()),
    }
}

fn check(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}

fn block(code: &CodeData) -> Result<(), String> {
    let Some(starts) = instruction_starts(code) else {
        return Err("words are no instructions".into());
    };
    let count = code.register_count;
    check(count <= MOST_REGISTERS, || "too many registers".into())?;
    check(code.locals.len() <= count as usize, || "more locals than registers".into())?;
    let parameters = u64::from(code.arg_count) + u64::from(code.kwonly_count);
    check(parameters <= code.locals.len() as u64, || "more parameters than locals".into())?;
    check(code.parameter_count() <= code.locals.len(), || "more parameters than locals".into())?;
    check(code.posonly_count <= code.arg_count, || "posonly_count".into())?;
    let is_start = |word: usize| starts.binary_search(&word).is_ok();
    for &at in &starts {
        instruction(code, at, &is_start).map_err(|what| format!("at {at}: {what}"))?;
    }
    let documented = code.flags & flags::HAS_DOCSTRING == 0 || !code.consts.is_empty();
    check(documented, || "no docstring".into())?;
    let mut used = vec![false; code.sites.len()];
    for &at in &starts {
        let op = Op::from_byte(Insn(code.words[at]).op_byte());
        if op.is_some_and(|op| op.extra() == Extra::Site) {
            let place = code.words.get(at + 1).and_then(|&site| used.get_mut(site as usize));
            let taken = place.map(|used| std::mem::replace(used, true));
            check(taken == Some(false), || format!("at {at}: the site of another instruction"))?;
        }
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
        // Or code could loop without a jump backward, which is where signals and the collector are heeded.
        check(h.target >= h.end, || format!("handler before its range {h:?}"))?;
        check(u32::from(h.register) < count, || format!("handler register {h:?}"))?;
    }
    for (i, &(start, _)) in code.positions.iter().enumerate() {
        let ordered = i == 0 || code.positions[i - 1].0 < start;
        check(ordered && is_start(start as usize), || format!("position {i}"))?;
    }
    for &name in &code.sites {
        check((name as usize) < code.names.len(), || "name of a site".into())?;
    }
    kinds::check_kinds(code, &starts)
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
        let is_name = |name: &Const| matches!(name, Const::Str(_) | Const::Wide(_));
        let named = matches!(code.consts.get(word),
            Some(Const::Tuple(names)) if names.len() <= insn.b() && names.iter().all(is_name));
        check(named, || format!("{} without names", op.name()))?;
    }
    let most = match op {
        Op::LoadSpecial | Op::FormatValue | Op::Convert | Op::BuildInterpolation => 3,
        Op::SetFunctionAttr => 4,
        _ => 255,
    };
    check(insn.c() <= most, || format!("{} with {}", op.name(), insn.c()))?;
    let parts = op != Op::BuildSlice || [2, 3].contains(&insn.c());
    check(parts, || "BuildSlice of neither two nor three".into())?;
    check(op != Op::CallEx || insn.b() <= 1, || "CallEx".into())?;
    if matches!(op, Op::MakeFunction | Op::MakeFunctionFar) {
        let index = if op == Op::MakeFunction { insn.u16() } else { word };
        let is_code = matches!(code.consts.get(index), Some(Const::Code(_)));
        check(is_code, || format!("{} without code", op.name()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
