//! Line ends: universal newlines, `IncrementalNewlineDecoder`, and finding where a line stops.

use super::{blank, spec, this};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Module, Str};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_text::{CodePoints, StrBuilder};

const CR: u32 = 13;
const LF: u32 = 10;

/// Bits of the line ends seen.
pub(super) const SEEN_CR: u8 = 1;
pub(super) const SEEN_LF: u8 = 2;
pub(super) const SEEN_CRLF: u8 = 4;

/// Where lines end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LineEnd {
    Lf,
    Cr,
    CrLf,
    /// Any of the three.
    Any,
}
/// The index behind the first line end at or after `from`.
pub(super) fn line_end(text: CodePoints<'_>, from: usize, kind: LineEnd) -> Option<usize> {
    let rest = text.from(from);
    let found = match kind {
        LineEnd::Lf => return rest.position(LF).map(|i| from + i + 1),
        LineEnd::Cr => return rest.position(CR).map(|i| from + i + 1),
        LineEnd::CrLf => {
            let mut at = from;
            while let Some(i) = text.from(at).position(CR) {
                if text.get(at + i + 1) == Some(LF) {
                    return Some(at + i + 2);
                }
                at += i + 1;
            }
            return None;
        }
        LineEnd::Any => rest.find(|c| c == CR || c == LF)?,
    };
    let i = from + found;
    let two = text.get(i) == Some(CR) && text.get(i + 1) == Some(LF);
    Some(i + if two { 2 } else { 1 })
}

/// State of universal newlines over a text that comes in pieces.
#[derive(Default)]
pub(super) struct Newlines {
    /// A carriage return at the end of the last piece waits for what follows.
    pub pending: Cell<bool>,
    pub seen: Cell<u8>,
}
impl Newlines {
    /// Notes the line ends of the next piece and, if asked, makes them all `\n`.
    pub fn feed(&self, vm: &Vm, text: Gc<Str>, translate: bool, last: bool) -> Res<Gc<Str>> {
        let has_cr = text.points().position(CR).is_some();
        if !has_cr && !self.pending.get() {
            if text.points().position(LF).is_some() {
                self.seen.set(self.seen.get() | SEEN_LF);
            }
            return Ok(text);
        }
        let mut all = StrBuilder::new();
        if self.pending.get() && (!text.is_empty() || last) {
            all.push(CR);
            self.pending.set(false);
        }
        all.push_points(text.points());
        let mut n = all.len();
        if n > 0 && all.as_points().get(n - 1) == Some(CR) && !last {
            n -= 1;
            self.pending.set(true);
        }
        let p = all.as_points().slice(0, n);
        let mut out = StrBuilder::with_capacity(n);
        let (mut i, mut seen) = (0, self.seen.get());
        while i < n {
            match p.get(i) {
                Some(CR) if p.get(i + 1) == Some(LF) => {
                    seen |= SEEN_CRLF;
                    if !translate {
                        out.push(CR);
                    }
                    out.push(LF);
                    i += 1;
                }
                Some(CR) => {
                    seen |= SEEN_CR;
                    out.push(if translate { LF } else { CR });
                }
                Some(c) => {
                    if c == LF {
                        seen |= SEEN_LF;
                    }
                    out.push(c);
                }
                None => {}
            }
            i += 1;
        }
        self.seen.set(seen);
        vm.new_str_builder(&out)
    }
    /// The `newlines` attribute.
    pub fn value(&self, vm: &Vm) -> Res {
        let mut list = Vec::new();
        for (bit, text) in [(SEEN_CR, "\r"), (SEEN_LF, "\n"), (SEEN_CRLF, "\r\n")] {
            if self.seen.get() & bit != 0 {
                list.push(text);
            }
        }
        match list[..] {
            [] => Ok(Value::NONE),
            [one] => vm.str(one),
            _ => {
                let out = vm.new_list()?;
                for t in list {
                    vm.list_append(out, vm.str(t)?)?;
                }
                vm.tuple(out.items())
            }
        }
    }
}
/// `\n` made `to` everywhere.
pub(super) fn expand(text: CodePoints<'_>, to: &str) -> StrBuilder {
    let mut out = StrBuilder::with_capacity(text.len() + 16);
    let mut at = 0;
    while let Some(i) = text.from(at).position(LF) {
        out.push_points(text.slice(at, at + i));
        out.push_str(to);
        at += i + 1;
    }
    out.push_points(text.from(at));
    out
}

// ---- IncrementalNewlineDecoder
#[repr(C)]
struct Decoder {
    header: Header,
    decoder: Slot,
    newlines: Newlines,
    translate: Cell<bool>,
}
native_object!(Decoder, "IncrementalNewlineDecoder", slots = 1);

static SPEC: ClassSpec = spec(
    "_io.IncrementalNewlineDecoder",
    <Decoder as Native>::LAYOUT,
    "Codec used when reading a file in universal newlines mode.",
    &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", blank, ""),
        NativeDef::method("__init__", "(self, /, decoder, translate, errors='strict')", init, ""),
        NativeDef::method("decode", "(self, /, input, final=False)", decode, ""),
        NativeDef::method("getstate", "(self, /)", getstate, ""),
        NativeDef::method("setstate", "(self, state, /)", setstate, ""),
        NativeDef::method("reset", "(self, /)", reset, ""),
    ],
    &[GetSetDef::read_only("newlines", |vm, v| ready(vm, v)?.newlines.value(vm), "")],
);

pub(super) fn class(vm: &Vm, m: Gc<Module>) -> Res<()> {
    super::define(vm, m, &SPEC, vm.classes().object).map(drop)
}
fn ready(vm: &Vm, v: Value) -> Res<Gc<Decoder>> {
    let d = this::<Decoder>(vm, v)?;
    if d.decoder.is_unbound() {
        Err(vm.value_error("IncrementalNewlineDecoder.__init__() not called"))
    } else {
        Ok(d)
    }
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let d = this::<Decoder>(vm, a[0])?;
    d.decoder.set(&vm.heap, d, a[1]);
    d.translate.set(vm.truth(a[2])?);
    d.newlines.pending.set(false);
    d.newlines.seen.set(0);
    Ok(Value::NONE)
}
fn decode(vm: &Vm, a: &[Value]) -> Res {
    let d = ready(vm, a[0])?;
    let last = vm.truth(a[2])?;
    let output = if d.decoder.get().is_none() {
        a[1]
    } else {
        vm.call_method(d.decoder.get(), "decode", &[a[1], Value::bool(last)])?
    };
    let Some(text) = vm.as_str(output) else {
        return Err(vm.type_error(format!(
            "decoder should return a string result, not '{}'",
            vm.type_name(output)
        )));
    };
    Ok(d.newlines.feed(vm, text, d.translate.get(), last)?.value())
}
fn getstate(vm: &Vm, a: &[Value]) -> Res {
    let d = ready(vm, a[0])?;
    let pending = i64::from(d.newlines.pending.get());
    if d.decoder.get().is_none() {
        return vm.tuple(&[vm.bytes(b"")?, vm.int(pending)?]);
    }
    let state = vm.call_method(d.decoder.get(), "getstate", &[])?;
    let Some(t) = vm.as_tuple(state).filter(|t| t.len() == 2) else {
        return Err(vm.type_error("illegal decoder state"));
    };
    let flag = vm.int_i64(t.get(1))?;
    vm.tuple(&[t.get(0), vm.int(flag << 1 | pending)?])
}
fn setstate(vm: &Vm, a: &[Value]) -> Res {
    let d = ready(vm, a[0])?;
    let Some(t) = vm.as_tuple(a[1]).filter(|t| t.len() == 2) else {
        return Err(vm.type_error("state argument must be a tuple"));
    };
    let flag = vm.int_i64(t.get(1))?;
    d.newlines.pending.set(flag & 1 != 0);
    if !d.decoder.get().is_none() {
        let inner = vm.tuple(&[t.get(0), vm.int(flag >> 1)?])?;
        vm.call_method(d.decoder.get(), "setstate", &[inner])?;
    }
    Ok(Value::NONE)
}
fn reset(vm: &Vm, a: &[Value]) -> Res {
    let d = ready(vm, a[0])?;
    d.newlines.pending.set(false);
    d.newlines.seen.set(0);
    if !d.decoder.get().is_none() {
        vm.call_method(d.decoder.get(), "reset", &[])?;
    }
    Ok(Value::NONE)
}

/// What a `newline` argument asks for.
#[derive(Clone, Copy)]
pub(super) struct NewlineMode {
    /// Line ends of all kinds count when reading.
    pub universal: bool,
    /// ... and become `\n`.
    pub translate: bool,
    pub read: LineEnd,
    /// What `\n` becomes when writing, if not itself.
    pub write: Option<&'static str>,
}
impl NewlineMode {
    /// By the argument: None, '', '\n', '\r', '\r\n'.
    pub fn from_value(vm: &Vm, v: Value, function: &str) -> Res<NewlineMode> {
        if v.is_none() {
            return Ok(NewlineMode {
                universal: true,
                translate: true,
                read: LineEnd::Lf,
                write: None,
            });
        }
        let Some(s) = vm.as_str(v) else {
            return Err(vm.type_error(format!(
                "{function}() argument 'newline' must be str or None, not {}",
                vm.type_name(v)
            )));
        };
        let (universal, read, write) = match s.as_ascii() {
            Some("") => (true, LineEnd::Any, None),
            Some("\n") => (false, LineEnd::Lf, None),
            Some("\r") => (false, LineEnd::Cr, Some("\r")),
            Some("\r\n") => (false, LineEnd::CrLf, Some("\r\n")),
            _ => {
                // As CPython: quoted by one of the two classes only.
                let shown = if function == "StringIO" { vm.repr(v)? } else { s };
                return Err(vm.value_error(format!("illegal newline value: {}", shown.to_lossy())));
            }
        };
        Ok(NewlineMode { universal, translate: false, read, write })
    }
}
