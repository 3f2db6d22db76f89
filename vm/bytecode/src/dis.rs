//! Text form of code blocks, for people and for tests: one line an instruction, with names, constants, jump
//! targets, source lines and the exception table.
//!
//! Never fails: words that are no instruction are shown as numbers.

use crate::{CodeData, Const, Extra, Handler, Insn, LocalKind, Op, Role};
use std::fmt::Write;

/// The text of `code` and of all code blocks among its constants.
pub fn disassemble(code: &CodeData) -> String {
    let mut out = String::new();
    block(code, &mut out);
    out
}

/// The instruction at a word, without its line.
pub fn disassemble_at(code: &CodeData, word: usize) -> String {
    if word >= code.words.len() {
        return "?".to_owned();
    }
    instruction(code, word).0.trim_end().to_owned()
}

/// The loops of a code block, in order: the word that backward jumps lead to, and the last such jump.
pub fn loops(code: &CodeData) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < code.words.len() {
        let (op, words) = decode(code, at);
        if let Some(head) = op.and_then(|op| jump_target(code, at, op)).filter(|&t| t <= at) {
            match found.iter_mut().find(|l| l.0 == head) {
                Some(l) => l.1 = at,
                None => found.push((head, at)),
            }
        }
        at += words;
    }
    found.sort_unstable();
    found
}

fn block(code: &CodeData, out: &mut String) {
    let _ = writeln!(out, "code {} ({} registers)", code.qualname, code.register_count);
    if !code.locals.is_empty() {
        let names: Vec<String> = code.locals.iter().enumerate().map(local).collect();
        let _ = writeln!(out, "  locals {}", names.join(" "));
    }
    let targets = targets(code);
    let mut line = 0;
    let mut at = 0;
    while at < code.words.len() {
        let here = code.position(at as u32).line;
        let shown = if here != line && here != 0 { here.to_string() } else { String::new() };
        if here != 0 {
            line = here;
        }
        let mark = if targets.contains(&at) { '>' } else { ' ' };
        let (text, words) = instruction(code, at);
        let _ = writeln!(out, "{shown:>5} {mark} {at:>4} {}", text.trim_end());
        at += words;
    }
    for Handler { start, end, target, register } in &code.handlers {
        let _ = writeln!(out, "  {start}..{end} -> {target} in r{register}");
    }
    for value in &code.consts {
        nested(value, out);
    }
}

fn nested(value: &Const, out: &mut String) {
    if let Const::Code(code) = value {
        out.push('\n');
        block(code, out);
    }
}

fn local((i, (name, kind)): (usize, &(Box<str>, LocalKind))) -> String {
    match kind {
        LocalKind::Plain => format!("r{i}={name}"),
        LocalKind::Cell => format!("r{i}=cell:{name}"),
        LocalKind::Free => format!("r{i}=free:{name}"),
        LocalKind::Hidden => format!("r{i}=hidden:{name}"),
    }
}

/// Where jumps and handlers lead.
fn targets(code: &CodeData) -> Vec<usize> {
    let mut targets: Vec<usize> = code.handlers.iter().map(|h| h.target as usize).collect();
    let mut at = 0;
    while at < code.words.len() {
        let (op, words) = decode(code, at);
        if let Some(target) = op.and_then(|op| jump_target(code, at, op)) {
            targets.push(target);
        }
        at += words;
    }
    targets
}

/// The instruction at word `at`, and how many words it takes (1 for what is none).
fn decode(code: &CodeData, at: usize) -> (Option<Op>, usize) {
    match Op::from_byte(Insn(code.words[at]).op_byte()) {
        Some(op) if at + op.words() <= code.words.len() => (Some(op), op.words()),
        _ => (None, 1),
    }
}

/// The word to which the instruction at `at` may jump.
pub(crate) fn jump_target(code: &CodeData, at: usize, op: Op) -> Option<usize> {
    let insn = Insn(code.words[at]);
    let distance = if op.extra() == Extra::Jump {
        *code.words.get(at + 1)? as i32
    } else if op.roles().contains(&Role::Jump24) {
        insn.jump24()
    } else if op.roles().contains(&Role::Jump16) {
        insn.i16()
    } else {
        return None;
    };
    usize::try_from((at + op.words()) as i64 + i64::from(distance)).ok()
}

fn instruction(code: &CodeData, at: usize) -> (String, usize) {
    let (op, words) = decode(code, at);
    let Some(op) = op else { return (format!("?{:#010x}", code.words[at]), 1) };
    let insn = Insn(code.words[at]);
    let mut text = format!("{:<20}", op.name());
    let mut bytes = [insn.a(), insn.b(), insn.c()].into_iter();
    let jump = jump_target(code, at, op);
    for role in op.roles() {
        let byte = bytes.next().unwrap_or(0);
        let _ = match role {
            Role::Dest | Role::Source | Role::SourceDest | Role::Run => write!(text, " r{byte}"),
            Role::Window | Role::MethodWindow => write!(text, " w{byte}"),
            Role::Count => write!(text, " {byte}"),
            Role::Imm => write!(text, " #{}", byte as u8 as i8),
            Role::Const16 => write!(text, " {}", const_text(code, insn.u16())),
            Role::Signed16 => write!(text, " #{}", insn.i16()),
            Role::Unsigned16 => write!(text, " {}", insn.u16()),
            Role::Jump16 | Role::Jump24 => Ok(()),
        };
    }
    if let Some(target) = jump {
        let _ = write!(text, " -> {target}");
    }
    if words == 2 {
        let word = code.words[at + 1];
        let _ = match op.extra() {
            Extra::Site => {
                let name = code.sites.get(word as usize).and_then(|&n| code.names.get(n as usize));
                write!(text, " {}", name.map_or("?", |n| n))
            }
            Extra::Const => write!(text, " {}", const_text(code, word as usize)),
            Extra::Word => write!(text, " {word:#x}"),
            Extra::Jump | Extra::None => Ok(()),
        };
    }
    (text, words)
}

fn const_text(code: &CodeData, index: usize) -> String {
    code.consts.get(index).map_or_else(|| format!("?const{index}"), constant)
}

/// A constant, in Python's notation where that is simple.
fn constant(value: &Const) -> String {
    let list = |items: &[Const]| items.iter().map(constant).collect::<Vec<_>>().join(", ");
    match value {
        Const::None => "None".into(),
        Const::Ellipsis => "...".into(),
        Const::Bool(true) => "True".into(),
        Const::Bool(false) => "False".into(),
        Const::Int(i) => i.to_string(),
        Const::BigInt(hex) => format!("0x{hex}"),
        Const::Float(f) => format!("{:?}", f64::from_bits(f.0)),
        Const::Complex(re, im) => {
            format!("({:?}+{:?}j)", f64::from_bits(re.0), f64::from_bits(im.0))
        }
        Const::Str(s) => format!("{s:?}"),
        Const::Wide(points) => format!("wide{points:x?}"),
        Const::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Const::Tuple(items) => format!("({})", list(items)),
        Const::FrozenSet(items) => format!("frozenset({})", list(items)),
        Const::Slice(parts) => format!("slice({})", list(&parts[..])),
        Const::Code(code) => format!("<code {}>", code.qualname),
    }
}
