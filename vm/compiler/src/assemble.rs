//! From a finished unit to a code block: distances, words, positions, exception table.

use crate::error::{Result, error_at};
use crate::flow;
use crate::names::NameTable;
use crate::unit::{Ins, Label, NO_LABEL, Reg, Unit};
use pyrs_bytecode::{CodeData, Extra, Handler, Insn, Op, Position, Role};
use pyrs_syntax::{ErrorClass, Parsed, Span, SyntaxError};

/// An instruction's place in the output.
struct Layout {
    /// First word of each instruction (that of the next one, for what was dropped); one more for the end.
    offsets: Vec<u32>,
    /// Short jumps that need two instructions.
    long: Vec<bool>,
}

/// The longest distance of a 24-bit jump.
const MAX_JUMP24: i64 = (1 << 23) - 1;

pub(crate) fn assemble(
    parsed: &Parsed,
    names: &NameTable<'_>,
    unit: &mut Unit<'_>,
    filename: &str,
    code_flags: u32,
    observes: bool,
) -> Result<CodeData> {
    if let Some(span) = unit.too_deep {
        return Err(error_at(parsed, span, "too many statically nested blocks"));
    }
    if unit.overflow || unit.max_reg > 256 {
        return Err(too_large(parsed, unit));
    }
    flow::thread_jumps(unit);
    let flow = flow::analyze(unit, observes);
    let generator = unit.ins.iter().any(|i| i.op == Op::MakeGenerator);
    let unbind = if generator {
        // All registers are saved with the generator: none may hold what an earlier frame left there.
        (unit.parameter_count..unit.max_reg).collect()
    } else {
        flow.unbind
    };
    prepend(unit, &unbind);
    let added = unit.ins.len() - flow.keep.len();
    let mut keep = vec![true; added];
    keep.extend(flow.keep);
    drop_jumps_to_next(unit, &mut keep);
    let layout = lay_out(unit, &keep).ok_or_else(|| too_large(parsed, unit))?;
    let words = encode(unit, &keep, &layout);
    let positions = positions(parsed, unit, &keep, &layout);
    let handlers = handlers(unit, &layout);
    let register_count = unit.max_reg;
    let text = |s: &pyrs_syntax::ast::Symbol| Box::<str>::from(names.text(*s));
    Ok(CodeData {
        name: text(&unit.name),
        qualname: unit.qualname.as_str().into(),
        filename: filename.into(),
        first_line: unit.first_line,
        flags: code_flags,
        arg_count: unit.positional,
        posonly_count: unit.positional_only,
        kwonly_count: unit.keyword_only,
        locals: unit.locals.iter().map(|(s, kind)| (text(s), *kind)).collect(),
        register_count: register_count.max(unit.locals.len() as u32),
        words,
        positions,
        handlers,
        consts: std::mem::take(&mut unit.consts),
        names: unit.names.iter().map(text).collect(),
        sites: std::mem::take(&mut unit.sites),
        static_attributes: unit.static_attributes.iter().map(text).collect(),
    })
}

fn too_large(parsed: &Parsed, unit: &Unit<'_>) -> Box<SyntaxError> {
    let mut error = error_at(parsed, unit.span, "code is too large for the virtual machine");
    error.class = ErrorClass::Overflow;
    error
}

/// Puts the instructions that unbind `slots` at the beginning.
fn prepend(unit: &mut Unit<'_>, slots: &[Reg]) {
    let mut ins: Vec<Ins> = Vec::new();
    let mut i = 0;
    while i < slots.len() {
        let first = slots[i];
        let mut count = 1;
        while i + count < slots.len() && slots[i + count] == first + count as u32 && count < 255 {
            count += 1;
        }
        let span = Span::default();
        if count == 1 {
            ins.push(Ins { a: first as u8, ..Ins::new(Op::Unbind, span) });
        } else {
            ins.push(Ins { a: first as u8, b: count as u8, ..Ins::new(Op::UnbindRange, span) });
        }
        i += count;
    }
    let added = ins.len() as u32;
    if added == 0 {
        return;
    }
    ins.append(&mut unit.ins);
    unit.ins = ins;
    for place in &mut unit.labels {
        if *place != u32::MAX {
            *place += added;
        }
    }
    for range in &mut unit.protected {
        range.start += added;
        range.end += added;
    }
}

/// Drops jumps over nothing.
fn drop_jumps_to_next(unit: &Unit<'_>, keep: &mut [bool]) {
    for i in (0..unit.ins.len()).rev() {
        let ins = &unit.ins[i];
        if !keep[i] || ins.op != Op::Jump {
            continue;
        }
        let target = unit.labels[ins.label.0 as usize] as usize;
        if target > i && keep[i + 1..target.min(keep.len())].iter().all(|k| !k) {
            keep[i] = false;
        }
    }
}

fn is_short_jump(op: Op) -> bool {
    op.roles().contains(&Role::Jump16)
}

/// Fixes the place of every instruction; none if a jump is too far for any form.
fn lay_out(unit: &Unit<'_>, keep: &[bool]) -> Option<Layout> {
    let mut long = vec![false; unit.ins.len()];
    loop {
        let mut offsets = Vec::with_capacity(unit.ins.len() + 1);
        let mut at = 0u32;
        for (i, ins) in unit.ins.iter().enumerate() {
            offsets.push(at);
            if keep[i] {
                at += ins.op.words() as u32 + u32::from(long[i]);
            }
        }
        offsets.push(at);
        if i64::from(at) > MAX_JUMP24 {
            return None;
        }
        let mut grown = false;
        for (i, ins) in unit.ins.iter().enumerate() {
            if keep[i] && !long[i] && is_short_jump(ins.op) {
                let distance = distance(unit, &offsets, offsets[i] + 1, ins.label);
                if i16::try_from(distance).is_err() {
                    long[i] = true;
                    grown = true;
                }
            }
        }
        if !grown {
            return Some(Layout { offsets, long });
        }
    }
}

/// Words from `next`, the word after the instruction, to a label.
fn distance(unit: &Unit<'_>, offsets: &[u32], next: u32, label: Label) -> i32 {
    let place = unit.labels[label.0 as usize] as usize;
    offsets[place.min(offsets.len() - 1)] as i32 - next as i32
}

fn inverted(op: Op) -> Op {
    match op {
        Op::JumpIfTrue => Op::JumpIfFalse,
        Op::JumpIfFalse => Op::JumpIfTrue,
        Op::JumpIfNone => Op::JumpIfNotNone,
        _ => Op::JumpIfNone,
    }
}

fn encode(unit: &Unit<'_>, keep: &[bool], layout: &Layout) -> Vec<u32> {
    let mut words = Vec::with_capacity(layout.offsets.last().copied().unwrap_or(0) as usize);
    for (i, ins) in unit.ins.iter().enumerate() {
        if !keep[i] {
            continue;
        }
        let next = layout.offsets[i] + ins.op.words() as u32 + u32::from(layout.long[i]);
        let to = |from: u32| distance(unit, &layout.offsets, from, ins.label);
        if ins.op == Op::Jump {
            words.push(Insn::with_jump24(Op::Jump, to(next)).0);
        } else if layout.long[i] {
            words.push(Insn::with_i16(inverted(ins.op), ins.a, 1).0);
            words.push(Insn::with_jump24(Op::Jump, to(next)).0);
        } else if is_short_jump(ins.op) {
            words.push(Insn::with_i16(ins.op, ins.a, to(next) as i16).0);
        } else {
            words.push(Insn::abc(ins.op, ins.a, ins.b, ins.c).0);
            match ins.op.extra() {
                Extra::None => {}
                Extra::Jump => {
                    debug_assert!(ins.label != NO_LABEL);
                    words.push(to(next) as u32);
                }
                _ => words.push(ins.extra),
            }
        }
    }
    words
}

fn positions(
    parsed: &Parsed,
    unit: &Unit<'_>,
    keep: &[bool],
    layout: &Layout,
) -> Vec<(u32, Position)> {
    let mut runs: Vec<(u32, Position)> = Vec::new();
    let mut last_span = None;
    for (i, ins) in unit.ins.iter().enumerate() {
        if !keep[i] || last_span == Some(ins.span) {
            continue;
        }
        last_span = Some(ins.span);
        let position = if ins.span == Span::default() {
            Position::default()
        } else {
            let (start, end) =
                (parsed.lines.place(ins.span.start), parsed.lines.place(ins.span.end));
            Position {
                line: start.line,
                end_line: end.line,
                column: start.column,
                end_column: end.column,
            }
        };
        if runs.last().map(|r| r.1) != Some(position) {
            runs.push((layout.offsets[i], position));
        }
    }
    runs
}

fn handlers(unit: &Unit<'_>, layout: &Layout) -> Vec<Handler> {
    let mut ranges = unit.protected.clone();
    ranges.sort_by_key(|r| (std::cmp::Reverse(r.depth), r.start));
    let mut handlers: Vec<Handler> = Vec::new();
    for range in ranges {
        let start = layout.offsets[range.start as usize];
        let end = layout.offsets[range.end as usize];
        let target = layout.offsets[unit.labels[range.target.0 as usize] as usize];
        if start >= end {
            continue;
        }
        let register = range.register as u16;
        if let Some(last) = handlers.last_mut()
            && last.end == start
            && last.target == target
            && last.register == register
        {
            last.end = end;
            continue;
        }
        handlers.push(Handler { start, end, target, register });
    }
    handlers
}
