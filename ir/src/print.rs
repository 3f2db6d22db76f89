//! The text format, written. [`crate::parse`] reads it back: printing what was parsed gives the
//! same text.
//!
//! One line a thing. `%n` is the result of instruction n, `@n` a virtual object, `ctx` the
//! context pointer; `12` is a word, `1.5` a double, `f:hex` the bits of one, `r:`, `p:` and `b:`
//! mark constants of the other types. A snapshot is written after the instruction that uses it
//! as `[pc | key=value ...]`.

use crate::op::{Aux, Op, Res, flag};
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Cc, Endian, Fcc, Target, Ty, Word};
use std::fmt::Write;

/// Name of a target: byte order and word size.
pub fn target_name(t: Target) -> &'static str {
    match (t.endian, t.word) {
        (Endian::Little, Word::W64) => "le64",
        (Endian::Little, Word::W32) => "le32",
        (Endian::Big, Word::W64) => "be64",
        (Endian::Big, Word::W32) => "be32",
    }
}

/// The whole module: target, schema, trace.
pub fn module(trace: &Trace, schema: &Schema) -> String {
    format!(
        "target {}\n{}{}",
        target_name(trace.target),
        self::schema(schema),
        self::trace(trace, schema)
    )
}

/// The schema's declarations.
pub fn schema(schema: &Schema) -> String {
    let mut out = String::new();
    for (i, f) in schema.fields.iter().enumerate() {
        let flags = [(f.immutable, " immutable"), (f.barrier, " barrier")];
        let flags: String = flags.iter().filter(|x| x.0).map(|x| x.1).collect();
        let (ty, width) = (f.ty.letter(), f.width.name());
        let _ = writeln!(out, "field f{i} {ty} {width} {} class {}{flags}", f.offset, f.class);
    }
    for (i, s) in schema.shapes.iter().enumerate() {
        let fields: String = s.fields.iter().map(|f| format!(" f{f}")).collect();
        let [h0, h1] = s.header;
        let array = s.array.map_or(String::new(), |f| format!(" array f{f}"));
        let _ = writeln!(out, "shape s{i} {} header {h0} {h1} fields{fields}{array}", s.size);
    }
    for (i, s) in schema.sigs.iter().enumerate() {
        let args: Vec<&str> = s.args.iter().map(|t| t.letter()).collect();
        let (args, ret, effect) = (args.join(" "), s.ret.letter(), s.effect.name());
        let writes: String = s.writes.iter().map(|c| format!(" {c}")).collect();
        let _ = writeln!(out, "sig c{i} helper {} ({args}) {ret} {effect}{writes}", s.helper);
    }
    out
}

/// The trace alone.
pub fn trace(trace: &Trace, schema: &Schema) -> String {
    let mut out =
        String::from(if trace.barriers_explicit { "trace barriers\n" } else { "trace\n" });
    for (i, inst) in trace.insts.iter().enumerate() {
        if inst.op != Op::Nop {
            out.push_str(&line(trace, schema, i, inst));
            out.push('\n');
        }
    }
    for (i, v) in trace.virtuals.iter().enumerate() {
        let _ = write!(out, "@{i} = virtual s{}", v.shape);
        for &(f, r) in trace.virt_fields(i) {
            let _ = write!(out, " f{f}={}", value(trace, r));
        }
        out.push('\n');
    }
    out
}

/// One instruction.
pub fn line(trace: &Trace, schema: &Schema, i: usize, inst: &Inst) -> String {
    let info = inst.op.info();
    let mut s = String::from("  ");
    if inst.ty != Ty::V {
        let _ = write!(s, "%{i} = ");
    }
    s.push_str(info.name);
    if info.res == Res::Any {
        let _ = write!(s, " {}", inst.ty.letter());
    }
    let _ = match info.aux {
        Aux::No => Ok(()),
        Aux::Cc => write!(s, " {}", Cc::from_bits(inst.aux).name()),
        Aux::Fcc => write!(s, " {}", Fcc::from_bits(inst.aux).name()),
        Aux::Index | Aux::Bits => write!(s, " {}", inst.aux),
        Aux::Field => write!(s, " f{}", inst.aux),
        Aux::Shape => write!(s, " s{}", inst.aux),
        Aux::Sig => write!(s, " c{}", inst.aux),
    };
    let mut sep = " ";
    trace.operands(inst, schema, |r| {
        let _ = write!(s, "{sep}{}", value(trace, r));
        sep = ", ";
    });
    if inst.op.is(flag::SNAP) {
        let n = inst.c.0 as usize;
        let _ = write!(s, " [{} |", trace.snaps[n].pc);
        for &(key, r) in trace.snap_slots(n) {
            let _ = write!(s, " {key}={}", value(trace, r));
        }
        s.push(']');
    }
    s
}

/// A value.
pub fn value(trace: &Trace, r: Ref) -> String {
    if r == Ref::CTX {
        return "ctx".into();
    }
    if r == Ref::NONE {
        return "none".into();
    }
    if let Some(i) = r.as_inst() {
        return format!("%{i}");
    }
    if let Some(i) = r.as_virt() {
        return format!("@{i}");
    }
    let c = trace.consts[r.as_const().unwrap_or(0)];
    match c.ty {
        Ty::F if f64::from_bits(c.bits).is_finite() => format!("{:?}", f64::from_bits(c.bits)),
        Ty::F => format!("f:{:016x}", c.bits),
        Ty::R => format!("r:{}", c.bits as i64),
        Ty::P => format!("p:{}", c.bits as i64),
        Ty::B => format!("b:{}", c.bits),
        Ty::W | Ty::V => format!("{}", c.bits as i64),
    }
}
