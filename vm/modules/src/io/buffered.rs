//! `BufferedReader`, `BufferedWriter`, `BufferedRandom`: one object layout, three method tables; writing and positions.
//!
//! The buffer holds either bytes read ahead, `[read_at, read_end)`, or bytes to be written, `[0, write_end)`, never
//! both. The raw stream stands behind the bytes read ahead, or in front of the bytes to be written.

use super::buffered_read as reading;
use super::fileio::{self, FileIo};
use super::{
    base, blank, buffer_in, define, is_closed, name_of, new_buffer, part, put, spec, this, whence,
};
use crate::os_error::message;
use core::cell::Cell;
use pyrs_core::object::{ByteArray, Class, ClassSpec, Module};
use pyrs_core::{
    Gc, GetSetDef, Header, Native, NativeDef, Raised, Res, Slot, Value, Vm, native_object,
};

#[repr(C)]
pub(super) struct Buffered {
    pub header: Header,
    pub raw: Slot,
    /// bytearray
    pub buffer: Slot,
    pub read_at: Cell<usize>,
    pub read_end: Cell<usize>,
    pub write_end: Cell<usize>,
    pub readable: Cell<bool>,
    pub writable: Cell<bool>,
    /// The raw stream is exactly a `FileIO` (whose class cannot be changed).
    native: Cell<bool>,
    /// 0 before `__init__`, 1 in use, 2 detached
    state: Cell<u8>,
    /// Ident of the thread inside, or 0: raw streams may let other threads run.
    owner: Cell<usize>,
}
native_object!(Buffered, "Buffered", slots = 2);

const SELF: &str = "(self, /)";
const INIT: &str = "(self, /, raw, buffer_size=131072)";
const NEW: NativeDef = NativeDef::static_method(
    "__new__",
    "(cls, /, *args, **kwargs)",
    blank,
    "Create and return a new object.  See help(type) for accurate signature.",
);
macro_rules! common {
    () => {
        [
            NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
            NativeDef::method(
                "detach",
                SELF,
                detach,
                "Disconnect this buffer from its underlying raw stream and return it.",
            ),
            NativeDef::method("flush", SELF, flush, ""),
            NativeDef::method("close", SELF, close, ""),
            NativeDef::method("seekable", SELF, |vm, a| pass(vm, a, "seekable"), ""),
            NativeDef::method("fileno", SELF, |vm, a| pass(vm, a, "fileno"), ""),
            NativeDef::method("isatty", SELF, |vm, a| pass(vm, a, "isatty"), ""),
            NativeDef::method("_dealloc_warn", "(self, source, /)", |_, _| Ok(Value::NONE), ""),
            NativeDef::method("seek", "(self, target, whence=0, /)", seek, ""),
            NativeDef::method("tell", SELF, tell, ""),
            NativeDef::method("truncate", "(self, pos=None, /)", truncate, ""),
            NativeDef::method(
                "__sizeof__",
                SELF,
                |vm, a| {
                    vm.int_usize(
                        192 + buffer_in(vm, this::<Buffered>(vm, a[0])?.buffer.get())?.len(),
                    )
                },
                "",
            ),
            NativeDef::method(
                "__getstate__",
                SELF,
                |vm, a| {
                    Err(vm.type_error(format!("cannot pickle '{}' instances", vm.type_name(a[0]))))
                },
                "",
            ),
        ]
    };
}
macro_rules! read_methods {
    () => {
        [
            NativeDef::method("readable", SELF, |vm, a| pass(vm, a, "readable"), ""),
            NativeDef::method("read", "(self, size=-1, /)", reading::read, ""),
            NativeDef::method("read1", "(self, size=-1, /)", reading::read1, ""),
            NativeDef::method("readinto", "(self, buffer, /)", reading::readinto, ""),
            NativeDef::method("readinto1", "(self, buffer, /)", reading::readinto1, ""),
            NativeDef::method("peek", "(self, size=0, /)", reading::peek, ""),
            NativeDef::method("readline", "(self, size=-1, /)", reading::readline, ""),
            NativeDef::method("__next__", SELF, reading::next, "Implement next(self)."),
        ]
    };
}
macro_rules! write_methods {
    () => {
        [
            NativeDef::method("writable", SELF, |vm, a| pass(vm, a, "writable"), ""),
            NativeDef::method(
                "write",
                "(self, buffer, /)",
                write,
                "Write buffer b to the IO stream.",
            ),
        ]
    };
}
static COMMON: [NativeDef; 13] = common!();
static READ: [NativeDef; 8] = read_methods!();
static WRITE: [NativeDef; 2] = write_methods!();
static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only(
        "raw",
        |vm, v| {
            Ok(match this::<Buffered>(vm, v)?.raw.get() {
                r if r.is_unbound() => Value::NONE,
                r => r,
            })
        },
        "",
    ),
    GetSetDef::read_only("closed", |vm, v| closed(vm, v).map(Value::bool), ""),
    GetSetDef::read_only(
        "name",
        |vm, v| vm.get_attr(ready(vm, v)?.raw.get(), vm.intern("name")),
        "",
    ),
    GetSetDef::read_only(
        "mode",
        |vm, v| vm.get_attr(ready(vm, v)?.raw.get(), vm.intern("mode")),
        "",
    ),
];
const LAYOUT: &pyrs_core::object::NativeLayout = <Buffered as Native>::LAYOUT;
static READER: ClassSpec = spec(
    "_io.BufferedReader",
    LAYOUT,
    "Create a new buffered reader using the given readable raw IO object.",
    &[NEW, NativeDef::method("__init__", INIT, |vm, a| init(vm, a, true, false), "")],
    GETSET,
);
static WRITER: ClassSpec = spec(
    "_io.BufferedWriter",
    LAYOUT,
    "A buffer for a writeable sequential RawIO object.",
    &[NEW, NativeDef::method("__init__", INIT, |vm, a| init(vm, a, false, true), "")],
    GETSET,
);
static RANDOM: ClassSpec = spec(
    "_io.BufferedRandom",
    LAYOUT,
    "A buffered interface to random access streams.",
    &[NEW, NativeDef::method("__init__", INIT, |vm, a| init(vm, a, true, true), "")],
    GETSET,
);

pub(super) fn classes(vm: &Vm, m: Gc<Module>, base: Gc<Class>) -> Res<()> {
    for (spec, hook, reads, writes) in [
        (&READER, "io_reader", true, false),
        (&WRITER, "io_writer", false, true),
        (&RANDOM, "io_random", true, true),
    ] {
        let c = define(vm, m, spec, base)?;
        vm.extend_class(c, &COMMON, &[])?;
        if reads {
            vm.extend_class(c, &READ, &[])?;
        }
        if writes {
            vm.extend_class(c, &WRITE, &[])?;
        }
        vm.set_hook(hook, c.value());
    }
    Ok(())
}
/// The object if its class is exactly one of the three and it is in use.
#[inline]
pub(super) fn exact(vm: &Vm, v: Value) -> Option<Gc<Buffered>> {
    let b = vm.cast::<Buffered>(v)?;
    let class = Some(vm.class_of(v).value());
    let known = class == vm.hook("io_writer")
        || class == vm.hook("io_reader")
        || class == vm.hook("io_random");
    (known && b.state.get() == 1).then_some(b)
}

// ---- state
pub(super) fn ready(vm: &Vm, v: Value) -> Res<Gc<Buffered>> {
    let b = this::<Buffered>(vm, v)?;
    match b.state.get() {
        1 => Ok(b),
        2 => Err(vm.value_error("raw stream has been detached")),
        _ => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}
pub(super) fn closed(vm: &Vm, v: Value) -> Res<bool> {
    let b = ready(vm, v)?;
    match fileio_of(vm, b) {
        Some(_) => Ok(false),
        None => is_closed(vm, b.raw.get()),
    }
}
/// The raw stream, if it is an open native file.
#[inline]
pub(super) fn fileio_of(vm: &Vm, b: Gc<Buffered>) -> Option<Gc<FileIo>> {
    if b.native.get() { vm.cast::<FileIo>(b.raw.get()).filter(|f| f.fd.get() >= 0) } else { None }
}
pub(super) fn open(vm: &Vm, v: Value, what: &str) -> Res<Gc<Buffered>> {
    let b = ready(vm, v)?;
    if closed(vm, v)? { Err(vm.value_error(format!("{what} of closed file"))) } else { Ok(b) }
}
/// Keeps other threads out while it lives.
pub(super) struct Inside(Gc<Buffered>);
impl Drop for Inside {
    fn drop(&mut self) {
        self.0.owner.set(0);
        crate::gil::announce();
    }
}
pub(super) fn enter(vm: &Vm, b: Gc<Buffered>) -> Res<Inside> {
    let me = crate::thread::ident();
    match b.owner.get() {
        0 => {}
        n if n == me => {
            let what = vm.repr_lossy(b.value());
            return Err(vm.runtime_error(format!("reentrant call inside {what}")));
        }
        _ => {
            crate::thread::wait_until(vm, None, || b.owner.get() == 0)?;
        }
    }
    b.owner.set(me);
    Ok(Inside(b))
}
fn init(vm: &Vm, a: &[Value], reads: bool, writes: bool) -> Res {
    let b = this::<Buffered>(vm, a[0])?;
    b.state.set(0);
    let n = vm.index_isize(a[2], Some(vm.exc().overflow_error))?;
    if reads && writes {
        base::check_seekable(vm, a[1])?;
    }
    if reads {
        base::check_readable(vm, a[1])?;
    }
    if writes {
        base::check_writable(vm, a[1])?;
    }
    if n <= 0 {
        return Err(vm.value_error("buffer size must be strictly positive"));
    }
    let buffer = new_buffer(vm, n as usize)?;
    b.buffer.set(&vm.heap, b, buffer.value());
    b.raw.set(&vm.heap, b, a[1]);
    b.native.set(fileio::exact(vm, a[1]).is_some());
    b.readable.set(reads);
    b.writable.set(writes);
    b.read_at.set(0);
    b.read_end.set(0);
    b.write_end.set(0);
    b.state.set(1);
    Ok(Value::NONE)
}
/// Calls a method of the raw stream without arguments.
fn pass(vm: &Vm, a: &[Value], method: &str) -> Res {
    vm.call_method(ready(vm, a[0])?.raw.get(), method, &[])
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let class = format!("_io.{}", vm.class_name(vm.class_of(a[0])));
    let inner = vm.guard_repr(a[0], || name_of(vm, a[0]))?;
    match inner {
        None => Err(vm.runtime_error(format!("reentrant call inside {class}.__repr__"))),
        Some(Some(n)) => vm.str(&format!("<{class} name={n}>")),
        Some(None) => vm.str(&format!("<{class}>")),
    }
}
fn detach(vm: &Vm, a: &[Value]) -> Res {
    let b = ready(vm, a[0])?;
    vm.call_method_str(a[0], vm.names().flush, &[])?;
    let raw = b.raw.get();
    b.raw.set(&vm.heap, b, Value::NONE);
    b.state.set(2);
    Ok(raw)
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let b = ready(vm, a[0])?;
    if closed(vm, a[0])? {
        return Ok(Value::NONE);
    }
    let flushed = vm.call_method_str(a[0], vm.names().flush, &[]);
    let first = match flushed {
        Ok(_) => None,
        Err(r) => Some(vm.take_exception(r)),
    };
    let done = vm.call_method(b.raw.get(), "close", &[]);
    b.write_end.set(0);
    match (first, done) {
        (None, done) => done,
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

// ---- writing
/// One write of the raw stream: the number of bytes it took, or None if it would block.
fn raw_write(
    vm: &Vm,
    b: Gc<Buffered>,
    buffer: Gc<ByteArray>,
    from: usize,
    to: usize,
) -> Res<Option<usize>> {
    if let Some(f) = fileio_of(vm, b) {
        let p = part(&buffer, from, to);
        return fileio::write_memory(vm, f, p.as_ptr(), p.len());
    }
    let data = vm.bytes(part(&buffer, from, to))?;
    raw_write_object(vm, b, data, to - from)
}
fn raw_write_object(vm: &Vm, b: Gc<Buffered>, data: Value, len: usize) -> Res<Option<usize>> {
    let n = vm.call_method_str(b.raw.get(), vm.names().write, &[data])?;
    if n.is_none() {
        return Ok(None);
    }
    let n = vm.index_isize(n, Some(vm.exc().value_error))?;
    match usize::try_from(n) {
        Ok(n) if n <= len => Ok(Some(n)),
        _ => Err(vm.raise_text(
            vm.exc().os_error,
            &format!(
                "raw write() returned invalid length {n} (should have been between 0 and {len})"
            ),
        )),
    }
}
/// BlockingIOError with the number of bytes that were accepted.
#[cold]
fn would_block(vm: &Vm, written: usize) -> Raised {
    let made = (|| -> Res<_> {
        let text = "write could not complete without blocking";
        let args = [vm.int(libc::EAGAIN as i64)?, vm.str(text)?, vm.int_usize(written)?];
        let e = vm.call(vm.exc().blocking_io_error.value(), &args)?;
        Ok(vm.as_exception(e))
    })();
    match made {
        Ok(Some(e)) => vm.raise(e),
        Ok(None) => vm.raise_text(vm.exc().os_error, &message(libc::EAGAIN)),
        Err(r) => r,
    }
}
/// Writes all pending bytes out.
pub(super) fn flush_writes(vm: &Vm, b: Gc<Buffered>) -> Res<()> {
    let buffer = buffer_in(vm, b.buffer.get())?;
    let mut done = 0;
    while done < b.write_end.get() {
        let r = raw_write(vm, b, buffer, done, b.write_end.get());
        match r {
            Ok(Some(n)) => done += n,
            Ok(None) | Err(_) => {
                let end = b.write_end.get();
                let rest = part(&buffer, done, end).to_vec();
                put(buffer, 0, &rest);
                b.write_end.set(end - done);
                return match r {
                    Err(r) => Err(r),
                    _ => Err(would_block(vm, 0)),
                };
            }
        }
    }
    b.write_end.set(0);
    Ok(())
}
/// Forgets what was read ahead: the raw stream goes back to where the program thinks it is.
pub(super) fn drop_read_ahead(vm: &Vm, b: Gc<Buffered>) -> Res<()> {
    let ahead = b.read_end.get() - b.read_at.get();
    if ahead > 0 {
        raw_seek(vm, b, -(ahead as i64), 1)?;
    }
    b.read_at.set(0);
    b.read_end.set(0);
    Ok(())
}
pub(super) fn flush_both(vm: &Vm, b: Gc<Buffered>) -> Res<()> {
    if b.writable.get() {
        flush_writes(vm, b)?;
    }
    if b.readable.get() && b.writable.get() {
        drop_read_ahead(vm, b)?;
    }
    Ok(())
}
fn flush(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0], "flush")?;
    if !b.writable.get() {
        return vm.call_method_str(b.raw.get(), vm.names().flush, &[]);
    }
    let _inside = enter(vm, b)?;
    flush_both(vm, b)?;
    Ok(Value::NONE)
}
fn write(vm: &Vm, a: &[Value]) -> Res {
    let b = ready(vm, a[0])?;
    if vm.as_str(a[1]).is_some() {
        return Err(vm.not_bytes_like(a[1]));
    }
    let data = vm.buffer(a[1], false)?;
    if closed(vm, a[0])? {
        return Err(vm.value_error("write to closed file"));
    }
    write_bytes(vm, b, data.data())?;
    vm.int_usize(data.len())
}
/// Buffers or writes `data`, whose memory stays put.
pub(super) fn write_bytes(vm: &Vm, b: Gc<Buffered>, data: &[u8]) -> Res<()> {
    let _inside = enter(vm, b)?;
    let buffer = buffer_in(vm, b.buffer.get())?;
    if b.read_end.get() > 0 {
        drop_read_ahead(vm, b)?;
    }
    let room = buffer.len() - b.write_end.get();
    if data.len() <= room {
        put(buffer, b.write_end.get(), data);
        b.write_end.set(b.write_end.get() + data.len());
        return Ok(());
    }
    if let Err(r) = flush_writes(vm, b) {
        if !vm.pending_is(r, vm.exc().blocking_io_error) {
            return Err(r);
        }
        // As much as fits is accepted.
        vm.take_exception(r);
        let n = (buffer.len() - b.write_end.get()).min(data.len());
        put(buffer, b.write_end.get(), &data[..n]);
        b.write_end.set(b.write_end.get() + n);
        return if n == data.len() { Ok(()) } else { Err(would_block(vm, n)) };
    }
    let mut done = 0;
    while data.len() - done > buffer.len() {
        let n = match fileio_of(vm, b) {
            Some(f) => fileio::write_memory(vm, f, data[done..].as_ptr(), data.len() - done)?,
            None => {
                let object = vm.bytes(&data[done..])?;
                raw_write_object(vm, b, object, data.len() - done)?
            }
        };
        match n {
            Some(n) => done += n,
            None => {
                let n = buffer.len().min(data.len() - done);
                put(buffer, 0, &data[done..done + n]);
                b.write_end.set(n);
                return if done + n == data.len() {
                    Ok(())
                } else {
                    Err(would_block(vm, done + n))
                };
            }
        }
    }
    put(buffer, 0, &data[done..]);
    b.write_end.set(data.len() - done);
    Ok(())
}

// ---- positions
fn raw_seek(vm: &Vm, b: Gc<Buffered>, at: i64, how: i32) -> Res<i64> {
    if let Some(f) = fileio_of(vm, b) {
        return fileio::seek_to(vm, f, at, how);
    }
    let n = vm.call_method(b.raw.get(), "seek", &[vm.int(at)?, vm.int(how as i64)?])?;
    position(vm, n)
}
fn raw_tell(vm: &Vm, b: Gc<Buffered>) -> Res<i64> {
    if let Some(f) = fileio_of(vm, b) {
        return fileio::seek_to(vm, f, 0, 1);
    }
    position(vm, vm.call_method(b.raw.get(), "tell", &[])?)
}
fn position(vm: &Vm, v: Value) -> Res<i64> {
    let n = vm.int_i64(v)?;
    if n < 0 {
        return Err(
            vm.raise_text(vm.exc().os_error, &format!("Raw stream returned invalid position {n}"))
        );
    }
    Ok(n)
}
pub(super) fn tell_now(vm: &Vm, b: Gc<Buffered>) -> Res<i64> {
    let at = raw_tell(vm, b)?;
    Ok((at - (b.read_end.get() - b.read_at.get()) as i64 + b.write_end.get() as i64).max(0))
}
fn tell(vm: &Vm, a: &[Value]) -> Res {
    vm.int(tell_now(vm, ready(vm, a[0])?)?)
}
fn seek(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0], "seek")?;
    let how = whence(vm, a[2])?;
    if fileio_of(vm, b).is_none_or(|f| !fileio::seekable(vm, f).unwrap_or(false)) {
        base::check_seekable(vm, b.raw.get())?;
    }
    let target = super::offset(vm, a[1])?;
    let _inside = enter(vm, b)?;
    vm.int(seek_now(vm, b, target, how)?)
}
pub(super) fn seek_now(vm: &Vm, b: Gc<Buffered>, mut target: i64, how: i32) -> Res<i64> {
    let ahead = (b.read_end.get() - b.read_at.get()) as i64;
    if how != 2 && b.readable.get() && ahead > 0 {
        // Within the bytes read ahead nothing but the index changes.
        let here = raw_tell(vm, b)? - ahead;
        let by = if how == 0 { target - here } else { target };
        if by >= -(b.read_at.get() as i64) && by <= ahead {
            b.read_at.set((b.read_at.get() as i64 + by) as usize);
            return Ok(here + by);
        }
    }
    if b.writable.get() {
        flush_writes(vm, b)?;
    }
    if how == 1 {
        target -= ahead;
    }
    let n = raw_seek(vm, b, target, how)?;
    b.read_at.set(0);
    b.read_end.set(0);
    Ok(n)
}
fn truncate(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0], "truncate")?;
    if !b.writable.get() {
        return Err(super::unsupported(vm, "truncate"));
    }
    let _inside = enter(vm, b)?;
    let at = if a[1].is_none() { vm.int(tell_now(vm, b)?)? } else { a[1] };
    flush_both(vm, b)?;
    vm.call_method(b.raw.get(), "truncate", &[at])
}
