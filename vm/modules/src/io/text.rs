//! `TextIOWrapper`: text over a buffered stream; construction, attributes, writing.
//!
//! UTF-8, ASCII and Latin-1 are coded natively (`codec` below is set); other encodings go through the codec
//! registry's incremental coders. Encoded text waits in `pending` until there is enough of it.

use super::buffered::{self, Buffered};
use super::newline::{LineEnd, NewlineMode, Newlines, expand};
use super::{
    blank, buffer_in, define, is_closed, name_of, new_buffer, part, put, spec, text_read,
    text_seek, this, unsupported,
};
use core::cell::Cell;
use pyrs_builtins::codecs::{self, Codec, encode_native};
use pyrs_core::object::{Class, ClassSpec, Module, Str};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

#[repr(C)]
pub(super) struct TextIo {
    pub header: Header,
    pub buffer: Slot,
    pub encoding: Slot,
    pub errors: Slot,
    /// Incremental coders of encodings that are not native; None where the stream cannot do that.
    pub encoder: Slot,
    pub decoder: Slot,
    /// bytearray of encoded text
    pending: Slot,
    /// str: decoded characters, of which `used` have been given out
    pub decoded: Slot,
    /// bytes read but not decoded yet (native codecs)
    pub tail: Slot,
    /// State before the last chunk was decoded, for `tell`: `(tail or decoder's buffer, flags)` and the chunk.
    pub snapshot: Slot,
    pub snapshot_chunk: Slot,
    newline: Slot,
    pub used: Cell<usize>,
    pending_len: Cell<usize>,
    pub chunk_size: Cell<usize>,
    pub newlines: Newlines,
    /// 0 before `__init__`, 1 in use, 2 detached
    state: Cell<u8>,
    /// The native codec + 1, or 0: see `CODECS`.
    pub codec: Cell<u8>,
    pub readable: Cell<bool>,
    writable: Cell<bool>,
    pub universal: Cell<bool>,
    pub translate: Cell<bool>,
    pub read_kind: Cell<u8>,
    write_kind: Cell<u8>,
    line_buffering: Cell<bool>,
    write_through: Cell<bool>,
    pub seekable: Cell<bool>,
    pub telling: Cell<bool>,
    /// The buffer is exactly one of the native three (whose classes cannot be changed).
    native: Cell<bool>,
}
native_object!(TextIo, "TextIOWrapper", slots = 11);

const CODECS: [Codec; 3] = [Codec::Utf8, Codec::Ascii, Codec::Latin1];
pub(super) const KINDS: [LineEnd; 4] = [LineEnd::Lf, LineEnd::Cr, LineEnd::CrLf, LineEnd::Any];
const WRITES: [Option<&str>; 3] = [None, Some("\r"), Some("\r\n")];
const SELF: &str = "(self, /)";

static SPEC: ClassSpec = spec(
    "_io.TextIOWrapper",
    <TextIo as Native>::LAYOUT,
    "Character and line based layer over a BufferedIOBase object, buffer.",
    &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            blank,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method(
            "__init__",
            "(self, /, buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
        NativeDef::method("__next__", SELF, text_read::next, "Implement next(self)."),
        NativeDef::method("detach", SELF, detach, ""),
        NativeDef::method(
            "reconfigure",
            "(self, /, *, encoding=None, errors=None, newline=<unrepresentable>, line_buffering=None, write_through=None)",
            reconfigure,
            "Reconfigure the text stream with new parameters.",
        ),
        NativeDef::method("write", "(self, text, /)", write, ""),
        NativeDef::method("read", "(self, size=-1, /)", text_read::read, ""),
        NativeDef::method("readline", "(self, size=-1, /)", text_read::readline, ""),
        NativeDef::method("flush", SELF, flush, ""),
        NativeDef::method("close", SELF, close, ""),
        NativeDef::method("fileno", SELF, |vm, a| pass(vm, a, "fileno"), ""),
        NativeDef::method("seekable", SELF, |vm, a| pass(vm, a, "seekable"), ""),
        NativeDef::method("readable", SELF, |vm, a| pass(vm, a, "readable"), ""),
        NativeDef::method("writable", SELF, |vm, a| pass(vm, a, "writable"), ""),
        NativeDef::method("isatty", SELF, |vm, a| pass(vm, a, "isatty"), ""),
        NativeDef::method(
            "seek",
            "(self, cookie, whence=0, /)",
            text_seek::seek,
            "Set the stream position, and return the new stream position.",
        ),
        NativeDef::method(
            "tell",
            SELF,
            text_seek::tell,
            "Return the stream position as an opaque number.",
        ),
        NativeDef::method("truncate", "(self, pos=None, /)", truncate, ""),
        NativeDef::method(
            "__getstate__",
            SELF,
            |vm, a| Err(vm.type_error(format!("cannot pickle '{}' instances", vm.type_name(a[0])))),
            "",
        ),
    ],
    &[
        GetSetDef::read_only("encoding", |vm, v| Ok(ready(vm, v)?.encoding.get()), ""),
        GetSetDef::read_only("errors", |vm, v| Ok(ready(vm, v)?.errors.get()), ""),
        GetSetDef::read_only("buffer", |vm, v| Ok(ready(vm, v)?.buffer.get()), ""),
        GetSetDef::read_only(
            "line_buffering",
            |vm, v| Ok(Value::bool(ready(vm, v)?.line_buffering.get())),
            "",
        ),
        GetSetDef::read_only(
            "write_through",
            |vm, v| Ok(Value::bool(ready(vm, v)?.write_through.get())),
            "",
        ),
        GetSetDef::read_only(
            "name",
            |vm, v| vm.get_attr(ready(vm, v)?.buffer.get(), vm.intern("name")),
            "",
        ),
        GetSetDef::read_only("closed", |vm, v| closed(vm, ready(vm, v)?).map(Value::bool), ""),
        GetSetDef::read_only("newlines", |vm, v| ready(vm, v)?.newlines.value(vm), ""),
        GetSetDef {
            name: "_CHUNK_SIZE",
            get: |vm, v| vm.int_usize(ready(vm, v)?.chunk_size.get()),
            set: Some(set_chunk_size),
            doc: "",
        },
    ],
);

pub(super) fn class(vm: &Vm, m: Gc<Module>, base: Gc<Class>) -> Res<()> {
    let c = define(vm, m, &SPEC, base)?;
    vm.set_hook("io_text", c.value());
    Ok(())
}

// ---- state
pub(super) fn ready(vm: &Vm, v: Value) -> Res<Gc<TextIo>> {
    let t = this::<TextIo>(vm, v)?;
    match t.state.get() {
        1 => Ok(t),
        2 => Err(vm.value_error("underlying buffer has been detached")),
        _ => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}
/// The buffer, if it is a native one.
#[inline]
pub(super) fn native_buffer(vm: &Vm, t: Gc<TextIo>) -> Option<Gc<Buffered>> {
    if t.native.get() { vm.cast::<Buffered>(t.buffer.get()) } else { None }
}
fn closed(vm: &Vm, t: Gc<TextIo>) -> Res<bool> {
    match native_buffer(vm, t) {
        Some(b) => buffered::closed(vm, b.value()),
        None => is_closed(vm, t.buffer.get()),
    }
}
pub(super) fn open(vm: &Vm, v: Value) -> Res<Gc<TextIo>> {
    let t = ready(vm, v)?;
    if closed(vm, t)? { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(t) }
}
pub(super) fn codec(t: Gc<TextIo>) -> Option<Codec> {
    CODECS.get((t.codec.get() as usize).wrapping_sub(1)).copied()
}
pub(super) fn errors(vm: &Vm, t: Gc<TextIo>) -> Gc<Str> {
    vm.as_str(t.errors.get()).unwrap_or(vm.names().strict)
}
fn set_chunk_size(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let t = ready(vm, v)?;
    let Some(new) = new else {
        return Err(vm.raise_text(vm.exc().attribute_error, "cannot delete attribute"));
    };
    let n = vm.index_isize(new, Some(vm.exc().value_error))?;
    if n <= 0 {
        return Err(vm.value_error("a strictly positive integer is required"));
    }
    t.chunk_size.set(n as usize);
    Ok(())
}
fn pass(vm: &Vm, a: &[Value], method: &str) -> Res {
    vm.call_method(ready(vm, a[0])?.buffer.get(), method, &[])
}

// ---- construction
fn text_argument(vm: &Vm, v: Value, what: &str) -> Res<Option<Gc<Str>>> {
    if v.is_none() {
        return Ok(None);
    }
    let Some(s) = vm.as_str(v) else {
        return Err(vm.type_error(format!(
            "TextIOWrapper() argument '{what}' must be str or None, not {}",
            vm.type_name(v)
        )));
    };
    if s.points().position(0).is_some() {
        return Err(vm.value_error("embedded null character"));
    }
    Ok(Some(s))
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let t = this::<TextIo>(vm, a[0])?;
    t.state.set(0);
    let encoding = text_argument(vm, a[2], "encoding")?;
    let errors = text_argument(vm, a[3], "errors")?;
    let mode = NewlineMode::from_value(vm, a[4], "TextIOWrapper")?;
    let (line_buffering, write_through) = (vm.truth(a[5])?, vm.truth(a[6])?);
    let errors = errors.unwrap_or(vm.names().strict);
    let encoding = match encoding {
        Some(e) if e.is("locale") => vm.new_str("UTF-8")?,
        Some(e) => e,
        None => vm.new_str("UTF-8")?,
    };
    let buffer = a[1];
    let yes = |method: &str| -> Res<bool> {
        let r = vm.call_method(buffer, method, &[])?;
        vm.truth(r)
    };
    t.readable.set(yes("readable")?);
    t.writable.set(yes("writable")?);
    t.chunk_size.set(8192);
    for s in [&t.encoder, &t.decoder, &t.decoded, &t.tail, &t.snapshot, &t.snapshot_chunk] {
        s.set(&vm.heap, t, Value::NONE);
    }
    t.used.set(0);
    t.pending_len.set(0);
    let pending = new_buffer(vm, 8192)?;
    t.pending.set(&vm.heap, t, pending.value());
    t.buffer.set(&vm.heap, t, buffer);
    t.native.set(buffered::exact(vm, buffer).is_some());
    set_newline(vm, t, a[4], mode);
    set_codec(vm, t, encoding, errors)?;
    t.line_buffering.set(line_buffering);
    t.write_through.set(write_through);
    let seekable = yes("seekable")?;
    t.seekable.set(seekable);
    t.telling.set(seekable);
    start_of_stream(vm, t)?;
    t.state.set(1);
    Ok(Value::NONE)
}
fn set_newline(vm: &Vm, t: Gc<TextIo>, v: Value, mode: NewlineMode) {
    t.newline.set(&vm.heap, t, v);
    t.universal.set(mode.universal);
    t.translate.set(mode.translate);
    t.read_kind.set(KINDS.iter().position(|&k| k == mode.read).unwrap_or(0) as u8);
    t.write_kind.set(WRITES.iter().position(|&k| k == mode.write).unwrap_or(0) as u8);
    t.newlines.pending.set(false);
    t.newlines.seen.set(0);
}
fn set_codec(vm: &Vm, t: Gc<TextIo>, encoding: Gc<Str>, errors: Gc<Str>) -> Res<()> {
    let native =
        Codec::from_name(&encoding.to_lossy()).and_then(|c| CODECS.iter().position(|&k| k == c));
    match native {
        Some(i) => {
            t.codec.set(i as u8 + 1);
            t.encoder.set(&vm.heap, t, Value::NONE);
            t.decoder.set(&vm.heap, t, Value::NONE);
        }
        None => {
            let info = codecs::lookup(vm, encoding)?;
            if let Some(flag) = vm.get_attr_opt(info, vm.intern("_is_text_encoding"))?
                && !vm.truth(flag)?
            {
                return Err(vm.lookup_error(format!(
                    "'{}' is not a text encoding; use codecs.open() to handle arbitrary codecs",
                    encoding.to_lossy()
                )));
            }
            t.codec.set(0);
            let make = |name: &str| vm.call_method(info, name, &[errors.value()]);
            let d = if t.readable.get() { make("incrementaldecoder")? } else { Value::NONE };
            t.decoder.set(&vm.heap, t, d);
            let e = if t.writable.get() { make("incrementalencoder")? } else { Value::NONE };
            t.encoder.set(&vm.heap, t, e);
        }
    }
    t.encoding.set(&vm.heap, t, encoding.value());
    t.errors.set(&vm.heap, t, errors.value());
    Ok(())
}
/// An encoder that writes a byte order mark must not do so in the middle of a file.
fn start_of_stream(vm: &Vm, t: Gc<TextIo>) -> Res<()> {
    if t.seekable.get() && !t.encoder.get().is_none() {
        let at = vm.call_method(t.buffer.get(), "tell", &[])?;
        if !vm.equal(at, Value::small_int(0))? {
            vm.call_method(t.encoder.get(), "setstate", &[Value::small_int(0)])?;
        }
    }
    Ok(())
}
fn reconfigure(vm: &Vm, a: &[Value]) -> Res {
    let t = ready(vm, a[0])?;
    let started = vm.as_str(t.decoded.get()).is_some();
    if started && (!a[1].is_none() || !a[2].is_none() || !a[3].is_unbound()) {
        return Err(unsupported(
            vm,
            "It is not possible to set the encoding or newline of stream after the first read",
        ));
    }
    let encoding = text_argument(vm, a[1], "encoding")?;
    let new_errors = text_argument(vm, a[2], "errors")?;
    let mode = if a[3].is_unbound() {
        None
    } else {
        Some(NewlineMode::from_value(vm, a[3], "reconfigure")?)
    };
    let flag = |v: Value, old: bool| if v.is_none() { Ok(old) } else { vm.truth(v) };
    let line = flag(a[4], t.line_buffering.get())?;
    let through = flag(a[5], t.write_through.get())?;
    vm.call_method_str(a[0], vm.names().flush, &[])?;
    if let Some(mode) = mode {
        set_newline(vm, t, a[3], mode);
    }
    if encoding.is_some() || new_errors.is_some() {
        let errors = match (new_errors, encoding) {
            (Some(e), _) => e,
            (None, Some(_)) => vm.names().strict,
            (None, None) => errors(vm, t),
        };
        let encoding = match encoding {
            Some(e) if e.is("locale") => vm.new_str("UTF-8")?,
            Some(e) => e,
            None => vm.as_str(t.encoding.get()).unwrap_or(vm.names().empty),
        };
        set_codec(vm, t, encoding, errors)?;
        start_of_stream(vm, t)?;
    }
    t.line_buffering.set(line);
    t.write_through.set(through);
    Ok(Value::NONE)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let t = ready(vm, a[0])?;
    let class = format!("_io.{}", vm.class_name(vm.class_of(a[0])));
    let inner = vm.guard_repr(a[0], || {
        let mut out = String::new();
        if let Some(n) = name_of(vm, a[0])? {
            out.push_str(&format!(" name={n}"));
        }
        if let Some(m) = vm.get_attr_opt(a[0], vm.intern("mode"))? {
            out.push_str(&format!(" mode={}", vm.repr(m)?.to_lossy()));
        }
        out.push_str(&format!(" encoding={}", vm.repr(t.encoding.get())?.to_lossy()));
        Ok(out)
    })?;
    match inner {
        Some(inner) => vm.str(&format!("<{class}{inner}>")),
        None => Err(vm.runtime_error(format!("reentrant call inside {class}.__repr__"))),
    }
}
fn detach(vm: &Vm, a: &[Value]) -> Res {
    let t = ready(vm, a[0])?;
    vm.call_method_str(a[0], vm.names().flush, &[])?;
    let b = t.buffer.get();
    t.buffer.set(&vm.heap, t, Value::NONE);
    t.state.set(2);
    Ok(b)
}

// ---- writing
/// Encodes `text` as the stream does.
fn encode(vm: &Vm, t: Gc<TextIo>, text: Gc<Str>) -> Res {
    match codec(t) {
        Some(c) => encode_native(vm, c, text, errors(vm, t)),
        None => vm.call_method(t.encoder.get(), "encode", &[text.value()]),
    }
}
/// Hands bytes to the buffer.
fn pass_on(vm: &Vm, t: Gc<TextIo>, data: &[u8]) -> Res<()> {
    match native_buffer(vm, t) {
        Some(b) if b.writable.get() && buffered::fileio_of(vm, b).is_some() => {
            buffered::write_bytes(vm, b, data)
        }
        _ => {
            let data = vm.bytes(data)?;
            vm.call_method_str(t.buffer.get(), vm.names().write, &[data]).map(drop)
        }
    }
}
/// Hands everything encoded to the buffer. What fails to be written is gone, as in CPython.
pub(super) fn write_pending(vm: &Vm, t: Gc<TextIo>) -> Res<()> {
    let n = t.pending_len.replace(0);
    if n == 0 {
        return Ok(());
    }
    let pending = buffer_in(vm, t.pending.get())?;
    // Copied: writing may let other threads run, which use `pending`.
    let data = part(&pending, 0, n).to_vec();
    pass_on(vm, t, &data)
}
fn write(vm: &Vm, a: &[Value]) -> Res {
    let t = ready(vm, a[0])?;
    let Some(given) = vm.as_str(a[1]) else {
        return Err(
            vm.type_error(format!("write() argument must be str, not {}", vm.type_name(a[1])))
        );
    };
    let t = if closed(vm, t)? {
        return Err(vm.value_error("I/O operation on closed file."));
    } else {
        t
    };
    if !t.writable.get() {
        return Err(unsupported(vm, "not writable"));
    }
    let has_lf = (t.write_kind.get() != 0 || t.line_buffering.get())
        && given.points().position(10).is_some();
    let text = match WRITES[t.write_kind.get() as usize % 3] {
        Some(to) if has_lf => vm.new_str_builder(&expand(given.points(), to))?,
        _ => given,
    };
    let flush_after = t.line_buffering.get() && (has_lf || given.points().position(13).is_some());
    match text.as_ascii() {
        Some(ascii) if codec(t).is_some() => add(vm, t, ascii.as_bytes())?,
        _ => {
            let v = encode(vm, t, text)?;
            let Some(b) = vm.as_bytes(v) else {
                return Err(vm.type_error(format!(
                    "encoder should return a bytes object, not '{}'",
                    vm.type_name(v)
                )));
            };
            add(vm, t, b.data())?;
        }
    }
    if t.write_through.get() || flush_after {
        write_pending(vm, t)?;
    }
    if flush_after {
        flush_buffer(vm, t)?;
    }
    if !t.decoded.get().is_none() || !t.snapshot.get().is_none() {
        text_read::forget(vm, t)?;
    }
    vm.int_usize(given.len())
}
fn add(vm: &Vm, t: Gc<TextIo>, data: &[u8]) -> Res<()> {
    let pending = buffer_in(vm, t.pending.get())?;
    if data.len() > pending.len() - t.pending_len.get() {
        write_pending(vm, t)?;
        if data.len() > pending.len() {
            return pass_on(vm, t, data);
        }
    }
    put(pending, t.pending_len.get(), data);
    t.pending_len.set(t.pending_len.get() + data.len());
    Ok(())
}
pub(super) fn flush_buffer(vm: &Vm, t: Gc<TextIo>) -> Res<()> {
    vm.call_method_str(t.buffer.get(), vm.names().flush, &[]).map(drop)
}
fn flush(vm: &Vm, a: &[Value]) -> Res {
    let t = open(vm, a[0])?;
    t.telling.set(t.seekable.get());
    write_pending(vm, t)?;
    flush_buffer(vm, t)?;
    Ok(Value::NONE)
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let t = ready(vm, a[0])?;
    if closed(vm, t)? {
        return Ok(Value::NONE);
    }
    let flushed = vm.call_method_str(a[0], vm.names().flush, &[]);
    let first = match flushed {
        Ok(_) => None,
        Err(r) => Some(vm.take_exception(r)),
    };
    let done = vm.call_method(t.buffer.get(), "close", &[]);
    match (first, done) {
        (None, done) => done.map(|_| Value::NONE),
        (Some(e), Ok(_)) => Err(vm.raise_again(e)),
        (Some(e), Err(r)) => {
            let second = vm.take_exception(r);
            if second != e {
                second.context.set(&vm.heap, second, e.value());
            }
            Err(vm.raise_again(second))
        }
    }
}
fn truncate(vm: &Vm, a: &[Value]) -> Res {
    let t = ready(vm, a[0])?;
    vm.call_method_str(a[0], vm.names().flush, &[])?;
    let at = if a[1].is_none() { vm.call_method(a[0], "tell", &[])? } else { a[1] };
    vm.call_method(t.buffer.get(), "truncate", &[at])
}

/// At exit: what programs wrote to files they never closed is written out. Errors have nowhere to go.
pub(crate) fn flush_open_files(vm: &Vm) {
    let mut found = vm.heap.value_vec();
    let mut out_of_memory = false;
    vm.heap.for_each_object(|v| {
        let text =
            vm.cast::<TextIo>(v).is_some_and(|t| t.state.get() == 1 && t.pending_len.get() > 0);
        let bytes = vm.cast::<Buffered>(v).is_some_and(|b| b.write_end.get() > 0);
        if text || bytes {
            out_of_memory |= found.push(v).is_err();
        }
    });
    for text_first in [true, false] {
        for i in 0..found.len() {
            let v = found[i];
            if vm.cast::<TextIo>(v).is_some() == text_first
                && let Err(r) = vm.call_method_str(v, vm.names().flush, &[])
            {
                vm.take_exception(r);
            }
        }
    }
    let _ = out_of_memory;
}
