//! `StringIO`: a text stream in memory.
//!
//! While a program only appends, the pieces wait in a list; the first other operation joins them.

use super::newline::{LineEnd, NewlineMode, Newlines, expand, line_end};
use super::{blank, define, offset, size, spec, this};
use core::cell::Cell;
use pyrs_core::object::{Class, ClassSpec, Module, Str};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
struct StringIo {
    header: Header,
    /// str: the contents up to the pieces; UNBOUND before `__init__`
    text: Slot,
    /// list of str behind them
    pieces: Slot,
    newline: Slot,
    at: Cell<usize>,
    len: Cell<usize>,
    newlines: Newlines,
    closed: Cell<bool>,
    universal: Cell<bool>,
    translate: Cell<bool>,
    read_kind: Cell<u8>,
    write_kind: Cell<u8>,
}
native_object!(StringIo, "StringIO", slots = 3);

const KINDS: [LineEnd; 4] = [LineEnd::Lf, LineEnd::Cr, LineEnd::CrLf, LineEnd::Any];
const WRITES: [Option<&str>; 3] = [None, Some("\r"), Some("\r\n")];
const SELF: &str = "(self, /)";

static SPEC: ClassSpec = spec(
    "_io.StringIO",
    <StringIo as Native>::LAYOUT,
    "Text I/O implementation using an in-memory buffer.",
    &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            blank,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method(
            "__init__",
            "(self, /, initial_value='', newline='\\n')",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        NativeDef::method("__next__", SELF, next, "Implement next(self)."),
        NativeDef::method("close", SELF, close, "Close the IO object."),
        NativeDef::method(
            "getvalue",
            SELF,
            getvalue,
            "Retrieve the entire contents of the object.",
        ),
        NativeDef::method(
            "read",
            "(self, size=-1, /)",
            read,
            "Read at most size characters, returned as a string.",
        ),
        NativeDef::method("readline", "(self, size=-1, /)", readline, "Read until newline or EOF."),
        NativeDef::method(
            "tell",
            SELF,
            |vm, a| vm.int_usize(open(vm, a[0])?.at.get()),
            "Tell the current file position.",
        ),
        NativeDef::method("truncate", "(self, pos=None, /)", truncate, "Truncate size to pos."),
        NativeDef::method("seek", "(self, pos, whence=0, /)", seek, "Change stream position."),
        NativeDef::method("write", "(self, s, /)", write, "Write string to file."),
        NativeDef::method(
            "seekable",
            SELF,
            |vm, a| open(vm, a[0]).map(|_| Value::TRUE),
            "Returns True if the IO object can be seeked.",
        ),
        NativeDef::method(
            "readable",
            SELF,
            |vm, a| open(vm, a[0]).map(|_| Value::TRUE),
            "Returns True if the IO object can be read.",
        ),
        NativeDef::method(
            "writable",
            SELF,
            |vm, a| open(vm, a[0]).map(|_| Value::TRUE),
            "Returns True if the IO object can be written.",
        ),
        NativeDef::method("__getstate__", SELF, getstate, ""),
        NativeDef::method("__setstate__", "(self, state, /)", setstate, ""),
    ],
    &[
        GetSetDef::read_only(
            "closed",
            |vm, v| Ok(Value::bool(this::<StringIo>(vm, v)?.closed.get())),
            "",
        ),
        GetSetDef::read_only("line_buffering", |vm, v| open(vm, v).map(|_| Value::FALSE), ""),
        GetSetDef::read_only(
            "newlines",
            |vm, v| {
                let s = open(vm, v)?;
                if s.universal.get() { s.newlines.value(vm) } else { Ok(Value::NONE) }
            },
            "",
        ),
    ],
);

pub(super) fn class(vm: &Vm, m: Gc<Module>, base: Gc<Class>) -> Res<()> {
    define(vm, m, &SPEC, base).map(drop)
}
fn open(vm: &Vm, v: Value) -> Res<Gc<StringIo>> {
    let s = this::<StringIo>(vm, v)?;
    if s.text.is_unbound() {
        return Err(vm.value_error("I/O operation on uninitialized object"));
    }
    if s.closed.get() { Err(vm.value_error("I/O operation on closed file")) } else { Ok(s) }
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let s = this::<StringIo>(vm, a[0])?;
    if !a[1].is_none() && vm.as_str(a[1]).is_none() {
        return Err(
            vm.type_error(format!("initial_value must be str or None, not {}", vm.type_name(a[1])))
        );
    }
    let mode = NewlineMode::from_value(vm, a[2], "StringIO")?;
    s.universal.set(mode.universal);
    s.translate.set(mode.translate);
    s.read_kind.set(KINDS.iter().position(|&k| k == mode.read).unwrap_or(0) as u8);
    s.write_kind.set(WRITES.iter().position(|&k| k == mode.write).unwrap_or(0) as u8);
    s.newlines.seen.set(0);
    s.newlines.pending.set(false);
    s.newline.set(&vm.heap, s, a[2]);
    s.text.set(&vm.heap, s, vm.names().empty.value());
    s.pieces.set(&vm.heap, s, Value::UNBOUND);
    s.at.set(0);
    s.len.set(0);
    s.closed.set(false);
    if let Some(text) = vm.as_str(a[1]) {
        append(vm, s, text)?;
        s.at.set(0);
    }
    Ok(Value::NONE)
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let s = this::<StringIo>(vm, a[0])?;
    s.closed.set(true);
    s.text.set(&vm.heap, s, vm.names().empty.value());
    s.pieces.set(&vm.heap, s, Value::UNBOUND);
    Ok(Value::NONE)
}
/// The whole contents as one string.
fn contents(vm: &Vm, s: Gc<StringIo>) -> Res<Gc<Str>> {
    let empty = vm.names().empty;
    let text = vm.as_str(s.text.get()).unwrap_or(empty);
    let Some(pieces) = vm.as_list(s.pieces.get()).filter(|l| !l.is_empty()) else {
        return Ok(text);
    };
    let mut b = StrBuilder::with_capacity(s.len.get());
    b.push_points(text.points());
    for &p in pieces.items() {
        if let Some(p) = vm.as_str(p) {
            b.push_points(p.points());
        }
    }
    let all = vm.new_str_builder(&b)?;
    s.text.set(&vm.heap, s, all.value());
    s.pieces.set(&vm.heap, s, Value::UNBOUND);
    Ok(all)
}
/// Text as it will be stored.
fn translated(vm: &Vm, s: Gc<StringIo>, text: Gc<Str>) -> Res<Gc<Str>> {
    let text =
        if s.universal.get() { s.newlines.feed(vm, text, s.translate.get(), true)? } else { text };
    match WRITES[s.write_kind.get() as usize % 3] {
        Some(to) if text.points().position(10).is_some() => {
            vm.new_str_builder(&expand(text.points(), to))
        }
        _ => Ok(text),
    }
}
fn append(vm: &Vm, s: Gc<StringIo>, text: Gc<Str>) -> Res<()> {
    let text = translated(vm, s, text)?;
    let n = text.len();
    if n == 0 {
        return Ok(());
    }
    if s.at.get() == s.len.get() {
        let list = match vm.as_list(s.pieces.get()) {
            Some(l) => l,
            None => {
                let l = vm.new_list()?;
                s.pieces.set(&vm.heap, s, l.value());
                l
            }
        };
        vm.list_append(list, text.value())?;
        s.len.set(s.len.get() + n);
        s.at.set(s.len.get());
        return Ok(());
    }
    let old = contents(vm, s)?;
    let at = s.at.get();
    let mut b = StrBuilder::with_capacity(old.len().max(at + n));
    b.push_points(old.points().slice(0, at.min(old.len())));
    if at > old.len() {
        b.push_repeat(0, at - old.len());
    }
    b.push_points(text.points());
    if at + n < old.len() {
        b.push_points(old.points().from(at + n));
    }
    let new = vm.new_str_builder(&b)?;
    s.text.set(&vm.heap, s, new.value());
    s.len.set(new.len());
    s.at.set(at + n);
    Ok(())
}
fn write(vm: &Vm, a: &[Value]) -> Res {
    let s = open(vm, a[0])?;
    let Some(text) = vm.as_str(a[1]) else {
        return Err(
            vm.type_error(format!("string argument expected, got '{}'", vm.type_name(a[1])))
        );
    };
    append(vm, s, text)?;
    vm.int_usize(text.len())
}
fn getvalue(vm: &Vm, a: &[Value]) -> Res {
    Ok(contents(vm, open(vm, a[0])?)?.value())
}
fn take(vm: &Vm, s: Gc<StringIo>, to: usize) -> Res {
    let text = contents(vm, s)?;
    let at = s.at.get();
    let v = if at == 0 && to == text.len() {
        text
    } else {
        vm.new_str_points(text.points().slice(at, to))?
    };
    s.at.set(to);
    Ok(v.value())
}
fn read(vm: &Vm, a: &[Value]) -> Res {
    let s = open(vm, a[0])?;
    let n = size(vm, a[1])?.unwrap_or(usize::MAX);
    if s.at.get() >= s.len.get() {
        return Ok(vm.names().empty.value());
    }
    take(vm, s, s.at.get().saturating_add(n).min(s.len.get()))
}
fn line(vm: &Vm, s: Gc<StringIo>, limit: usize) -> Res {
    if s.at.get() >= s.len.get() {
        return Ok(vm.names().empty.value());
    }
    let text = contents(vm, s)?;
    let end = line_end(text.points(), s.at.get(), KINDS[s.read_kind.get() as usize % 4])
        .unwrap_or(text.len());
    take(vm, s, end.min(s.at.get().saturating_add(limit)))
}
fn readline(vm: &Vm, a: &[Value]) -> Res {
    let s = open(vm, a[0])?;
    line(vm, s, size(vm, a[1])?.unwrap_or(usize::MAX))
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    let s = open(vm, a[0])?;
    let v = line(vm, s, usize::MAX)?;
    if vm.as_str(v).is_some_and(|s| s.is_empty()) { Ok(Value::UNBOUND) } else { Ok(v) }
}
fn truncate(vm: &Vm, a: &[Value]) -> Res {
    let s = open(vm, a[0])?;
    let n = if a[1].is_none() { s.at.get() as i64 } else { offset(vm, a[1])? };
    if n < 0 {
        return Err(vm.value_error(format!("Negative size value {n}")));
    }
    if (n as usize) < s.len.get() {
        let text = contents(vm, s)?;
        let short = vm.new_str_points(text.points().slice(0, n as usize))?;
        s.text.set(&vm.heap, s, short.value());
        s.len.set(n as usize);
    }
    vm.int(n)
}
fn seek(vm: &Vm, a: &[Value]) -> Res {
    let s = open(vm, a[0])?;
    let (n, how) = (offset(vm, a[1])?, vm.int_i64(a[2])?);
    let at = match how {
        0 if n < 0 => return Err(vm.value_error(format!("Negative seek position {n}"))),
        0 => n as usize,
        1 | 2 if n != 0 => {
            return Err(vm.raise_text(vm.exc().os_error, "Can't do nonzero cur-relative seeks"));
        }
        1 => s.at.get(),
        2 => s.len.get(),
        _ => return Err(vm.value_error(format!("Invalid whence ({how}, should be 0, 1 or 2)"))),
    };
    s.at.set(at);
    vm.int_usize(at)
}
fn getstate(vm: &Vm, a: &[Value]) -> Res {
    let s = open(vm, a[0])?;
    let dict = match vm.instance_dict(a[0])? {
        Some(d) => vm.dict_copy(d)?.value(),
        None => Value::NONE,
    };
    vm.tuple(&[contents(vm, s)?.value(), s.newline.get(), vm.int_usize(s.at.get())?, dict])
}
fn setstate(vm: &Vm, a: &[Value]) -> Res {
    let Some(t) = vm.as_tuple(a[1]).filter(|t| t.len() >= 4) else {
        return Err(vm.type_error(format!(
            "{}.__setstate__ argument should be 4-tuple, got {}",
            vm.type_name(a[0]),
            vm.type_name(a[1])
        )));
    };
    init(vm, &[a[0], vm.str("")?, t.get(1)])?;
    let s = open(vm, a[0])?;
    if let Some(text) = vm.as_str(t.get(0)) {
        // What was stored is not translated again.
        s.text.set(&vm.heap, s, text.value());
        s.len.set(text.len());
    }
    let at = vm.int_i64(t.get(2))?;
    if at < 0 {
        return Err(vm.value_error("position value cannot be negative"));
    }
    s.at.set(at as usize);
    if let Some(d) = vm.as_dict(t.get(3))
        && let Some(mine) = vm.instance_dict(a[0])?
    {
        vm.dict_merge(mine, d)?;
    }
    Ok(Value::NONE)
}
