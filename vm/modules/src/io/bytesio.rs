//! `BytesIO`: a binary stream in memory.

use super::{blank, buffer_in, define, offset, part, put, size, spec, this};
use core::cell::Cell;
use pyrs_core::object::{ByteArray, Class, ClassSpec, Module};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct BytesIo {
    header: Header,
    /// bytearray, at least as long as the contents; UNBOUND when closed
    buffer: Slot,
    at: Cell<usize>,
    len: Cell<usize>,
}
native_object!(BytesIo, "BytesIO", slots = 1);

const SELF: &str = "(self, /)";
static SPEC: ClassSpec = spec(
    "_io.BytesIO",
    <BytesIo as Native>::LAYOUT,
    "Buffered I/O implementation using an in-memory bytes buffer.",
    &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method(
            "__init__",
            "(self, /, initial_bytes=b'')",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        NativeDef::method(
            "__iter__",
            SELF,
            |vm, a| open(vm, a[0]).map(|_| a[0]),
            "Implement iter(self).",
        ),
        NativeDef::method("__next__", SELF, next, "Implement next(self)."),
        NativeDef::method("readable", SELF, yes, "Returns True if the IO object can be read."),
        NativeDef::method("writable", SELF, yes, "Returns True if the IO object can be written."),
        NativeDef::method("seekable", SELF, yes, "Returns True if the IO object can be seeked."),
        NativeDef::method(
            "isatty",
            SELF,
            |vm, a| open(vm, a[0]).map(|_| Value::FALSE),
            "Always returns False.",
        ),
        NativeDef::method(
            "flush",
            SELF,
            |vm, a| open(vm, a[0]).map(|_| Value::NONE),
            "Does nothing.",
        ),
        NativeDef::method("close", SELF, close, "Disable all I/O operations."),
        NativeDef::method(
            "tell",
            SELF,
            |vm, a| vm.int_usize(open(vm, a[0])?.at.get()),
            "Current file position, an integer.",
        ),
        NativeDef::method("write", "(self, b, /)", write, "Write bytes to file."),
        NativeDef::method("writelines", "(self, lines, /)", writelines, "Write lines to the file."),
        NativeDef::method(
            "read",
            "(self, size=-1, /)",
            read,
            "Read at most size bytes, returned as a bytes object.",
        ),
        NativeDef::method(
            "read1",
            "(self, size=-1, /)",
            read,
            "Read at most size bytes, returned as a bytes object.",
        ),
        NativeDef::method("readinto", "(self, buffer, /)", readinto, "Read bytes into buffer."),
        NativeDef::method(
            "readline",
            "(self, size=-1, /)",
            readline,
            "Next line from the file, as a bytes object.",
        ),
        NativeDef::method(
            "readlines",
            "(self, size=None, /)",
            readlines,
            "List of bytes objects, each a line from the file.",
        ),
        NativeDef::method(
            "getbuffer",
            SELF,
            getbuffer,
            "Get a read-write view over the contents of the BytesIO object.",
        ),
        NativeDef::method(
            "getvalue",
            SELF,
            getvalue,
            "Retrieve the entire contents of the BytesIO object.",
        ),
        NativeDef::method("seek", "(self, pos, whence=0, /)", seek, "Change stream position."),
        NativeDef::method(
            "truncate",
            "(self, size=None, /)",
            truncate,
            "Truncate the file to at most size bytes.",
        ),
        NativeDef::method("__getstate__", SELF, getstate, ""),
        NativeDef::method("__setstate__", "(self, state, /)", setstate, ""),
        NativeDef::method(
            "__sizeof__",
            SELF,
            |vm, a| vm.int_usize(72 + this::<BytesIo>(vm, a[0])?.len.get()),
            "",
        ),
    ],
    &[GetSetDef::read_only(
        "closed",
        |vm, v| Ok(Value::bool(this::<BytesIo>(vm, v)?.buffer.is_unbound())),
        "True if the file is closed.",
    )],
);

pub(super) fn class(vm: &Vm, m: Gc<Module>, base: Gc<Class>) -> Res<()> {
    define(vm, m, &SPEC, base).map(drop)
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let v = blank(vm, a)?;
    let b = this::<BytesIo>(vm, v)?;
    let buffer = vm.new_bytearray(b"")?;
    b.buffer.set(&vm.heap, b, buffer.value());
    Ok(v)
}
fn open(vm: &Vm, v: Value) -> Res<Gc<BytesIo>> {
    let b = this::<BytesIo>(vm, v)?;
    if b.buffer.is_unbound() { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(b) }
}
fn yes(vm: &Vm, a: &[Value]) -> Res {
    open(vm, a[0]).map(|_| Value::TRUE)
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let b = this::<BytesIo>(vm, a[0])?;
    if !b.buffer.is_unbound() {
        resizable(vm, b)?;
    }
    let buffer = if a[1].is_none() {
        vm.new_bytearray(b"")?
    } else {
        vm.new_bytearray(vm.buffer(a[1], false)?.data())?
    };
    b.len.set(buffer.len());
    b.at.set(0);
    b.buffer.set(&vm.heap, b, buffer.value());
    Ok(Value::NONE)
}
fn contents(vm: &Vm, b: Gc<BytesIo>) -> Res<Gc<ByteArray>> {
    buffer_in(vm, b.buffer.get())
}
/// BufferError while `getbuffer` views are alive.
fn resizable(vm: &Vm, b: Gc<BytesIo>) -> Res<()> {
    let buffer = contents(vm, b)?;
    vm.check_resizable(buffer.value(), buffer.exports.get())
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let b = this::<BytesIo>(vm, a[0])?;
    if !b.buffer.is_unbound() {
        resizable(vm, b)?;
        b.buffer.set(&vm.heap, b, Value::UNBOUND);
    }
    Ok(Value::NONE)
}
/// Room for `n` bytes in all.
fn reserve(vm: &Vm, b: Gc<BytesIo>, n: usize) -> Res<()> {
    let old = contents(vm, b)?;
    if n <= old.len() {
        return Ok(());
    }
    let new = super::new_buffer(vm, n.saturating_add(n >> 3).saturating_add(64))?;
    put(new, 0, part(&old, 0, b.len.get()));
    b.buffer.set(&vm.heap, b, new.value());
    Ok(())
}
fn write(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    resizable(vm, b)?;
    let data = vm.buffer(a[1], false)?;
    let n = data.len();
    if n == 0 {
        return Ok(Value::small_int(0));
    }
    let end =
        b.at.get().checked_add(n).ok_or_else(|| vm.overflow_error("new buffer size too large"))?;
    reserve(vm, b, end)?;
    let buffer = contents(vm, b)?;
    if b.at.get() > b.len.get() {
        let zeros = vec![0; b.at.get() - b.len.get()];
        put(buffer, b.len.get(), &zeros);
    }
    put(buffer, b.at.get(), data.data());
    b.at.set(end);
    b.len.set(b.len.get().max(end));
    vm.int_usize(n)
}
fn writelines(vm: &Vm, a: &[Value]) -> Res {
    open(vm, a[0])?;
    let it = vm.get_iter(a[1])?;
    while let Some(line) = vm.next(it)? {
        write(vm, &[a[0], line])?;
    }
    Ok(Value::NONE)
}
/// Takes up to `n` bytes.
fn take(vm: &Vm, b: Gc<BytesIo>, n: usize) -> Res {
    let buffer = contents(vm, b)?;
    let at = b.at.get();
    let n = n.min(b.len.get().saturating_sub(at));
    let v = vm.bytes(part(&buffer, at, at + n))?;
    b.at.set(at + n);
    Ok(v)
}
fn read(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let n = size(vm, a[1])?.unwrap_or(usize::MAX);
    if b.at.get() >= b.len.get() {
        return vm.bytes(b"");
    }
    take(vm, b, n)
}
fn readinto(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let target = vm.writable_argument("readinto", a[1])?;
    let buffer = contents(vm, b)?;
    let at = b.at.get();
    let n = target.len().min(b.len.get().saturating_sub(at));
    target.write(0, part(&buffer, at, at + n));
    b.at.set(at + n);
    vm.int_usize(n)
}
/// Length of the line at the position, at most `limit`.
fn line_length(vm: &Vm, b: Gc<BytesIo>, limit: usize) -> Res<usize> {
    let buffer = contents(vm, b)?;
    let (at, len) = (b.at.get(), b.len.get());
    if at >= len {
        return Ok(0);
    }
    let rest = part(&buffer, at, len);
    let rest = &rest[..rest.len().min(limit)];
    Ok(memchr::memchr(b'\n', rest).map_or(rest.len(), |i| i + 1))
}
fn readline(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let limit = size(vm, a[1])?.unwrap_or(usize::MAX);
    let n = line_length(vm, b, limit)?;
    if n == 0 { vm.bytes(b"") } else { take(vm, b, n) }
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let n = line_length(vm, b, usize::MAX)?;
    if n == 0 { Ok(Value::UNBOUND) } else { take(vm, b, n) }
}
fn readlines(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let hint = size(vm, a[1])?.filter(|&n| n > 0).unwrap_or(usize::MAX);
    let list = vm.new_list()?;
    let mut total = 0;
    while total < hint {
        let n = line_length(vm, b, usize::MAX)?;
        if n == 0 {
            break;
        }
        vm.list_append(list, take(vm, b, n)?)?;
        total += n;
    }
    Ok(list.value())
}
fn getbuffer(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let old = contents(vm, b)?;
    if old.len() != b.len.get() {
        // The view shows exactly the contents.
        let exact = vm.new_bytearray(part(&old, 0, b.len.get()))?;
        b.buffer.set(&vm.heap, b, exact.value());
    }
    vm.new_memoryview(b.buffer.get())
}
fn getvalue(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let buffer = contents(vm, b)?;
    vm.bytes(part(&buffer, 0, b.len.get()))
}
fn seek(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let (n, how) = (offset(vm, a[1])?, vm.int_i64(a[2])?);
    if how == 0 && n < 0 {
        return Err(vm.value_error(format!("negative seek value {n}")));
    }
    let from = match how {
        0 => 0,
        1 => b.at.get() as i64,
        2 => b.len.get() as i64,
        _ => return Err(vm.value_error(format!("invalid whence ({how}, should be 0, 1 or 2)"))),
    };
    let at = from.checked_add(n).ok_or_else(|| vm.overflow_error("new position too large"))?;
    b.at.set(at.max(0) as usize);
    vm.int_usize(b.at.get())
}
fn truncate(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    resizable(vm, b)?;
    let n = if a[1].is_none() { b.at.get() as i64 } else { offset(vm, a[1])? };
    if n < 0 {
        return Err(vm.value_error(format!("negative size value {n}")));
    }
    if (n as usize) < b.len.get() {
        b.len.set(n as usize);
    }
    vm.int(n)
}
fn getstate(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0])?;
    let value = getvalue(vm, a)?;
    let dict = match vm.instance_dict(a[0])? {
        Some(d) => vm.dict_copy(d)?.value(),
        None => Value::NONE,
    };
    vm.tuple(&[value, vm.int_usize(b.at.get())?, dict])
}
fn setstate(vm: &Vm, a: &[Value]) -> Res {
    let Some(t) = vm.as_tuple(a[1]).filter(|t| t.len() >= 3) else {
        return Err(vm.type_error(format!(
            "{}.__setstate__ argument should be 3-tuple, got {}",
            vm.type_name(a[0]),
            vm.type_name(a[1])
        )));
    };
    init(vm, &[a[0], t.get(0)])?;
    let at = vm.int_i64(t.get(1))?;
    if at < 0 {
        return Err(vm.value_error("position value cannot be negative"));
    }
    this::<BytesIo>(vm, a[0])?.at.set(at as usize);
    if let Some(d) = vm.as_dict(t.get(2))
        && let Some(mine) = vm.instance_dict(a[0])?
    {
        vm.dict_merge(mine, d)?;
    }
    Ok(Value::NONE)
}
