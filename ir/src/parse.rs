//! The text format, read. Accepts what [`crate::print`] writes, plus comments from `;` to the
//! end of the line, hexadecimal words, and lines that start with `!`, which are handed to the
//! caller (test cases keep their inputs and expectations there).

use crate::op::{Aux, Op, Res, flag};
use crate::schema::{Effect, Field, Schema, Shape, Sig};
use crate::trace::{Inst, Ref, Snapshot, Trace, Virtual};
use crate::types::{Cc, Fcc, Target, Ty, Width};
use std::collections::HashMap;

/// A parsed file.
#[derive(Clone, Debug)]
pub struct Module {
    /// Declarations.
    pub schema: Schema,
    /// The trace.
    pub trace: Trace,
    /// Lines that start with `!`, without it.
    pub directives: Vec<String>,
}

/// Reads a module. The error names the line. A file without a `target` line is for `default`.
pub fn module(text: &str, default: Target) -> Result<Module, String> {
    module_with(text, default, Schema::default())
}

/// Reads a module whose declarations come after those of `schema`.
pub fn module_with(text: &str, default: Target, schema: Schema) -> Result<Module, String> {
    let mut p = Parser {
        schema,
        trace: Trace::new(default),
        names: HashMap::new(),
        pending: Vec::new(),
        directives: Vec::new(),
    };
    for (n, line) in text.lines().enumerate() {
        p.line(line).map_err(|e| format!("line {}: {e}", n + 1))?;
    }
    for (i, name) in std::mem::take(&mut p.pending) {
        let r = p.names.get(&name).copied().ok_or(format!("unknown value %{name}"))?;
        p.trace.insts[i].b = r;
    }
    Ok(Module { schema: p.schema, trace: p.trace, directives: p.directives })
}

struct Parser {
    schema: Schema,
    trace: Trace,
    names: HashMap<String, Ref>,
    /// Phis whose back-edge value comes later.
    pending: Vec<(usize, String)>,
    directives: Vec<String>,
}

type Res0<T> = Result<T, String>;

fn num<T: std::str::FromStr>(s: Option<&str>) -> Res0<T> {
    let s = s.ok_or("a number is missing")?;
    s.parse().map_err(|_| format!("not a number: {s}"))
}

fn indexed(s: Option<&str>, letter: char) -> Res0<u16> {
    num(s.and_then(|s| s.strip_prefix(letter)))
}

impl Parser {
    fn line(&mut self, line: &str) -> Res0<()> {
        let line = line.split(';').next().unwrap_or("").trim();
        if let Some(d) = line.strip_prefix('!') {
            self.directives.push(d.trim().to_string());
            return Ok(());
        }
        let spaced = line.replace(',', " ").replace('(', " ( ").replace(')', " ) ");
        let spaced = spaced.replace('[', " [ ").replace(']', " ] ");
        let toks: Vec<&str> = spaced.split_whitespace().collect();
        match toks.first().copied() {
            None => Ok(()),
            Some("target") => self.target(toks.get(1).copied()),
            Some("field") => self.field(&toks[1..]),
            Some("shape") => self.shape(&toks[1..]),
            Some("sig") => self.sig(&toks[1..]),
            Some("trace") => {
                self.trace.barriers_explicit = toks.get(1) == Some(&"barriers");
                Ok(())
            }
            Some(t) if t.starts_with('@') => self.virtual_object(&toks),
            Some(_) => self.inst(&toks),
        }
    }

    fn target(&mut self, name: Option<&str>) -> Res0<()> {
        let all = [Target::LE64, Target::LE32, Target::BE64, Target::BE32];
        let found = all.into_iter().find(|t| Some(crate::print::target_name(*t)) == name);
        self.trace = Trace::new(found.ok_or("unknown target")?);
        Ok(())
    }

    fn field(&mut self, t: &[&str]) -> Res0<()> {
        if indexed(t.first().copied(), 'f')? as usize != self.schema.fields.len() {
            return Err("fields must be numbered in order".into());
        }
        let get = |i: usize| t.get(i).copied();
        self.schema.fields.push(Field {
            ty: get(1).and_then(Ty::from_letter).ok_or("bad type")?,
            width: get(2).and_then(Width::parse).ok_or("bad width")?,
            offset: num(get(3))?,
            class: num(get(5))?,
            immutable: t.contains(&"immutable"),
            barrier: t.contains(&"barrier"),
        });
        Ok(())
    }

    fn shape(&mut self, t: &[&str]) -> Res0<()> {
        if indexed(t.first().copied(), 's')? as usize != self.schema.shapes.len() {
            return Err("shapes must be numbered in order".into());
        }
        let get = |i: usize| t.get(i).copied();
        let cut = t.iter().position(|s| *s == "array").unwrap_or(t.len());
        let named = t.get(6..cut).unwrap_or(&[]);
        let fields = named.iter().map(|s| indexed(Some(s), 'f')).collect::<Res0<_>>()?;
        let array = match t.get(cut + 1) {
            Some(s) => Some(indexed(Some(s), 'f')?),
            None => None,
        };
        let header = [num(get(3))?, num(get(4))?];
        self.schema.shapes.push(Shape { size: num(get(1))?, header, fields, array });
        Ok(())
    }

    fn sig(&mut self, t: &[&str]) -> Res0<()> {
        if indexed(t.first().copied(), 'c')? as usize != self.schema.sigs.len() {
            return Err("signatures must be numbered in order".into());
        }
        let open = t.iter().position(|s| *s == "(").ok_or("no argument list")?;
        let close = t.iter().position(|s| *s == ")").ok_or("no argument list")?;
        let ty = |s: &&str| Ty::from_letter(s).ok_or("bad type".to_string());
        let args = t.get(open + 1..close).ok_or("bad list")?.iter().map(ty).collect::<Res0<_>>()?;
        let ret = t.get(close + 1).map(ty).ok_or("no result type")??;
        let effect = match t.get(close + 2).copied() {
            Some("pure") => Effect::Pure,
            Some("reads") => Effect::Reads,
            Some("collects") => Effect::Collects,
            Some("writes") => Effect::Writes,
            Some("any") => Effect::Any,
            _ => return Err("bad effect".into()),
        };
        let classes = t.get(close + 3..).unwrap_or(&[]);
        let writes = classes.iter().map(|s| num(Some(s))).collect::<Res0<_>>()?;
        self.schema.sigs.push(Sig { helper: num(t.get(2).copied())?, args, ret, effect, writes });
        Ok(())
    }

    fn virtual_object(&mut self, t: &[&str]) -> Res0<()> {
        if num::<usize>(t[0].strip_prefix('@'))? != self.trace.virtuals.len() {
            return Err("virtual objects must be numbered in order".into());
        }
        let shape = indexed(t.get(3).copied(), 's')?;
        let start = self.trace.vfields.len() as u32;
        for pair in t.iter().skip(4) {
            let (f, v) = pair.split_once('=').ok_or("expected field=value")?;
            let r = self.value(v)?;
            self.trace.vfields.push((indexed(Some(f), 'f')?, r));
        }
        let len = self.trace.vfields.len() as u32 - start;
        self.trace.virtuals.push(Virtual { shape, start, len });
        Ok(())
    }

    fn inst(&mut self, toks: &[&str]) -> Res0<()> {
        let (name, toks) = match toks {
            [n, "=", rest @ ..] => (n.strip_prefix('%'), rest),
            _ => (None, toks),
        };
        let mut t = toks.iter().copied();
        let word = t.next().ok_or("operation missing")?;
        let op = Op::parse(word).ok_or(format!("unknown operation {word}"))?;
        let info = op.info();
        let ty = match info.res {
            Res::Is(ty) => ty,
            Res::Any => t.next().and_then(Ty::from_letter).ok_or("type missing")?,
        };
        let aux = match info.aux {
            Aux::No => 0,
            Aux::Cc => t.next().and_then(Cc::parse).ok_or("bad condition")? as u16,
            Aux::Fcc => t.next().and_then(Fcc::parse).ok_or("bad condition")? as u16,
            Aux::Index | Aux::Bits => num(t.next())?,
            Aux::Field => indexed(t.next(), 'f')?,
            Aux::Shape => indexed(t.next(), 's')?,
            Aux::Sig => indexed(t.next(), 'c')?,
        };
        let rest: Vec<&str> = t.collect();
        let cut = rest.iter().position(|s| *s == "[").unwrap_or(rest.len());
        let mut inst = Inst::new(op, ty, aux);
        self.operands(&mut inst, &rest[..cut])?;
        if op.is(flag::SNAP) {
            inst.c = Ref(self.snapshot(&rest[cut..])?);
        }
        self.trace.insts.push(inst);
        if let Some(name) = name {
            let r = Ref::inst(self.trace.insts.len() - 1);
            self.names.insert(name.to_string(), r);
        }
        Ok(())
    }

    fn operands(&mut self, inst: &mut Inst, toks: &[&str]) -> Res0<()> {
        if inst.op.is(flag::LIST) {
            inst.a = Ref(self.trace.args.len() as u32);
            for t in toks {
                let r = self.value(t)?;
                self.trace.args.push(r);
            }
            if inst.op == Op::Link {
                inst.b = Ref(toks.len() as u32);
            } else if self.schema.sigs.get(inst.aux as usize).map(|s| s.args.len())
                != Some(toks.len())
            {
                return Err("wrong number of arguments".into());
            }
            return Ok(());
        }
        if toks.len() != inst.op.arity() {
            return Err(format!("{} takes {} operands", inst.op.info().name, inst.op.arity()));
        }
        for (i, t) in toks.iter().enumerate() {
            if inst.op == Op::Phi && i == 1 && t.starts_with('%') {
                self.pending.push((self.trace.insts.len(), t[1..].to_string()));
            } else {
                let r = self.value(t)?;
                inst.set_arg(i, r);
            }
        }
        Ok(())
    }

    fn snapshot(&mut self, t: &[&str]) -> Res0<u32> {
        if t.len() < 4 || t[0] != "[" || t[2] != "|" || t[t.len() - 1] != "]" {
            return Err("snapshot expected: [pc | key=value ...]".into());
        }
        let pc = num(Some(t[1]))?;
        let mut slots = Vec::new();
        for pair in &t[3..t.len() - 1] {
            let (k, v) = pair.split_once('=').ok_or("expected key=value")?;
            slots.push((num(Some(k))?, self.value(v)?));
        }
        let tr = &mut self.trace;
        if let Some(last) = tr.snaps.len().checked_sub(1)
            && tr.snaps[last].pc == pc
            && tr.snap_slots(last) == slots
        {
            return Ok(last as u32);
        }
        let start = tr.slots.len() as u32;
        tr.snaps.push(Snapshot { pc, start, len: slots.len() as u32 });
        tr.slots.extend(slots);
        Ok(tr.snaps.len() as u32 - 1)
    }

    fn value(&mut self, s: &str) -> Res0<Ref> {
        if s == "ctx" {
            return Ok(Ref::CTX);
        }
        if let Some(n) = s.strip_prefix('%') {
            return self.names.get(n).copied().ok_or(format!("unknown value {s}"));
        }
        if s.starts_with('@') {
            return Ok(Ref::virt(num(s.strip_prefix('@'))?));
        }
        let (ty, bits) = constant(s).ok_or(format!("bad value {s}"))?;
        Ok(self.trace.constant(ty, bits))
    }
}

/// Type and bits of a constant in the text format.
pub fn constant(s: &str) -> Option<(Ty, u64)> {
    let int = |s: &str| -> Option<u64> {
        match s.strip_prefix("0x") {
            Some(h) => u64::from_str_radix(h, 16).ok(),
            None => s.parse::<i64>().map(|x| x as u64).ok(),
        }
    };
    if let Some((ty, rest)) = s.split_once(':') {
        return match ty {
            "f" => Some((Ty::F, u64::from_str_radix(rest, 16).ok()?)),
            "r" => Some((Ty::R, int(rest)?)),
            "p" => Some((Ty::P, int(rest)?)),
            "b" => Some((Ty::B, int(rest)? & 1)),
            _ => None,
        };
    }
    if !s.starts_with("0x") && s.contains(['.', 'e', 'E']) {
        return Some((Ty::F, s.parse::<f64>().ok()?.to_bits()));
    }
    Some((Ty::W, int(s)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "target le64
field f0 W word 8 class 0 immutable
field f1 R word 16 class 1 barrier
shape s0 24 header 7 0 fields f0 f1
sig c0 helper 3 (W F) F pure
trace
  %0 = input W 0
  %1 = input R 1
  %2 = call F c0 %0, 1.5
  loop
  %4 = phi W %0, %6
  guard lt %4, 100 [7 | 0=%4 1=@0 2=-0.0 3=f:7ff8000000000000]
  %6 = addov %4, 1 [8 | 0=%4 1=r:0]
  store f1 %1, %1
  jump
@0 = virtual s0 f0=%4 f1=%1
";

    #[test]
    fn text_round_trips() {
        let m = module(TEXT, Target::LE64).expect("parses");
        assert_eq!(crate::print::module(&m.trace, &m.schema), TEXT);
    }

    #[test]
    fn errors_name_the_line() {
        let e = module("trace\n %0 = input W 0\n %1 = frob %0\n", Target::LE64).err();
        assert_eq!(e.as_deref(), Some("line 3: unknown operation frob"));
        let e = module("trace\n guard lt 1 2\n", Target::LE64).err();
        assert_eq!(e.as_deref(), Some("line 2: snapshot expected: [pc | key=value ...]"));
    }
}
