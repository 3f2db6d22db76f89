//! `_IOBase` and its abstract children.

use super::{define, is_closed, size, spec, unsupported};
use pyrs_core::object::{Class, ClassSpec, Instance, Module};
use pyrs_core::{Gc, GetSetDef, Native, NativeDef, Res, Value, Vm};

const SELF: &str = "(self, /)";
const LAYOUT: &pyrs_core::object::NativeLayout = <Instance as Native>::LAYOUT;

static IO_BASE: ClassSpec = spec(
    "_io._IOBase",
    LAYOUT,
    "The abstract base class for all I/O classes.",
    &[
        NativeDef::method(
            "seek",
            "(self, offset, whence=0, /)",
            |vm, _| Err(unsupported(vm, "seek")),
            "Change the stream position to the given byte offset.",
        ),
        NativeDef::method(
            "tell",
            SELF,
            |vm, a| vm.call_method(a[0], "seek", &[Value::small_int(0), Value::small_int(1)]),
            "Return current stream position.",
        ),
        NativeDef::method(
            "truncate",
            "(self, size=None, /)",
            |vm, _| Err(unsupported(vm, "truncate")),
            "Truncate file to size bytes.",
        ),
        NativeDef::method(
            "flush",
            SELF,
            |vm, a| check_closed(vm, a[0]).map(|()| Value::NONE),
            "Flush write buffers, if applicable.",
        ),
        NativeDef::method("close", SELF, close, "Flush and close the IO object."),
        NativeDef::method(
            "seekable",
            SELF,
            |_, _| Ok(Value::FALSE),
            "Return whether object supports random access.",
        ),
        NativeDef::method(
            "readable",
            SELF,
            |_, _| Ok(Value::FALSE),
            "Return whether object was opened for reading.",
        ),
        NativeDef::method(
            "writable",
            SELF,
            |_, _| Ok(Value::FALSE),
            "Return whether object was opened for writing.",
        ),
        NativeDef::method(
            "_checkClosed",
            "(self, msg=None, /)",
            |vm, a| check_closed(vm, a[0]).map(|()| Value::NONE),
            "",
        ),
        NativeDef::method(
            "_checkSeekable",
            "(self, msg=None, /)",
            |vm, a| check_seekable(vm, a[0]).map(|()| Value::TRUE),
            "",
        ),
        NativeDef::method(
            "_checkReadable",
            "(self, msg=None, /)",
            |vm, a| check_readable(vm, a[0]).map(|()| Value::TRUE),
            "",
        ),
        NativeDef::method(
            "_checkWritable",
            "(self, msg=None, /)",
            |vm, a| check_writable(vm, a[0]).map(|()| Value::TRUE),
            "",
        ),
        NativeDef::method(
            "fileno",
            SELF,
            |vm, _| Err(unsupported(vm, "fileno")),
            "Return underlying file descriptor if one exists.",
        ),
        NativeDef::method(
            "isatty",
            SELF,
            |vm, a| check_closed(vm, a[0]).map(|()| Value::FALSE),
            "Return whether this is an 'interactive' stream.",
        ),
        NativeDef::method("__enter__", SELF, |vm, a| check_closed(vm, a[0]).map(|()| a[0]), ""),
        NativeDef::method(
            "__exit__",
            "(self, /, *args)",
            |vm, a| vm.call_method(a[0], "close", &[]),
            "",
        ),
        NativeDef::method(
            "__iter__",
            SELF,
            |vm, a| check_closed(vm, a[0]).map(|()| a[0]),
            "Implement iter(self).",
        ),
        NativeDef::method("__next__", SELF, next, "Implement next(self)."),
        NativeDef::method("__del__", SELF, del, ""),
        NativeDef::method(
            "readline",
            "(self, size=-1, /)",
            readline,
            "Read and return a line from the stream.",
        ),
        NativeDef::method(
            "readlines",
            "(self, hint=-1, /)",
            readlines,
            "Return a list of lines from the stream.",
        ),
        NativeDef::method(
            "writelines",
            "(self, lines, /)",
            writelines,
            "Write a list of lines to stream.",
        ),
    ],
    &[
        GetSetDef::read_only("closed", |vm, v| closed(vm, v).map(Value::bool), ""),
        GetSetDef { name: "__dict__", get: dict_get, set: None, doc: "" },
    ],
);
static RAW: ClassSpec = spec(
    "_io._RawIOBase",
    LAYOUT,
    "Base class for raw binary I/O.",
    &[
        NativeDef::method("read", "(self, size=-1, /)", raw_read, ""),
        NativeDef::method(
            "readall",
            SELF,
            raw_readall,
            "Read until EOF, using multiple read() call.",
        ),
        NativeDef::method(
            "readinto",
            "(self, buffer, /)",
            |vm, _| Err(vm.raise_with(vm.exc().not_implemented_error, &[])),
            "",
        ),
        NativeDef::method(
            "write",
            "(self, b, /)",
            |vm, _| Err(vm.raise_with(vm.exc().not_implemented_error, &[])),
            "",
        ),
    ],
    &[],
);
static BUFFERED: ClassSpec = spec(
    "_io._BufferedIOBase",
    LAYOUT,
    "Base class for buffered IO objects.",
    &[
        NativeDef::method(
            "detach",
            SELF,
            |vm, _| Err(unsupported(vm, "detach")),
            "Disconnect this buffer from its underlying raw stream and return it.",
        ),
        NativeDef::method(
            "read",
            "(self, size=-1, /)",
            |vm, _| Err(unsupported(vm, "read")),
            "Read and return up to n bytes.",
        ),
        NativeDef::method(
            "read1",
            "(self, size=-1, /)",
            |vm, _| Err(unsupported(vm, "read1")),
            "Read and return up to size bytes, with at most one read() call to the underlying raw stream.",
        ),
        NativeDef::method("readinto", "(self, buffer, /)", |vm, a| readinto_by(vm, a, "read"), ""),
        NativeDef::method(
            "readinto1",
            "(self, buffer, /)",
            |vm, a| readinto_by(vm, a, "read1"),
            "",
        ),
        NativeDef::method(
            "write",
            "(self, b, /)",
            |vm, _| Err(unsupported(vm, "write")),
            "Write buffer b to the IO stream.",
        ),
    ],
    &[],
);
static TEXT: ClassSpec = spec(
    "_io._TextIOBase",
    LAYOUT,
    "Base class for text I/O.",
    &[
        NativeDef::method(
            "detach",
            SELF,
            |vm, _| Err(unsupported(vm, "detach")),
            "Separate the underlying buffer from the TextIOBase and return it.",
        ),
        NativeDef::method(
            "read",
            "(self, size=-1, /)",
            |vm, _| Err(unsupported(vm, "read")),
            "Read at most size characters from stream.",
        ),
        NativeDef::method(
            "readline",
            "(self, size=-1, /)",
            |vm, _| Err(unsupported(vm, "readline")),
            "Read until newline or EOF.",
        ),
        NativeDef::method(
            "write",
            "(self, s, /)",
            |vm, _| Err(unsupported(vm, "write")),
            "Write string s to stream.",
        ),
    ],
    &[
        GetSetDef::read_only("encoding", |_, _| Ok(Value::NONE), "Encoding of the text stream."),
        GetSetDef::read_only("newlines", |_, _| Ok(Value::NONE), "Line endings translated so far."),
        GetSetDef::read_only(
            "errors",
            |_, _| Ok(Value::NONE),
            "The error setting of the decoder or encoder.",
        ),
    ],
);

pub(super) struct Bases {
    pub raw: Gc<Class>,
    pub buffered: Gc<Class>,
    pub text: Gc<Class>,
}
pub(super) fn classes(vm: &Vm, m: Gc<Module>) -> Res<Bases> {
    let base = define(vm, m, &IO_BASE, vm.classes().object)?;
    Ok(Bases {
        raw: define(vm, m, &RAW, base)?,
        buffered: define(vm, m, &BUFFERED, base)?,
        text: define(vm, m, &TEXT, base)?,
    })
}

fn dict_get(vm: &Vm, v: Value) -> Res {
    match vm.instance_dict(v)? {
        Some(d) => Ok(d.value()),
        None => Err(vm.no_attribute(v, vm.intern("__dict__"))),
    }
}
/// `__IOBase_closed` is what the base class's own `close` leaves.
fn closed(vm: &Vm, v: Value) -> Res<bool> {
    match vm.object(v) {
        Some(o) => Ok(vm.instance_get(o, vm.intern("__IOBase_closed")).is_some()),
        None => Ok(false),
    }
}
pub(super) fn check_closed(vm: &Vm, v: Value) -> Res<()> {
    if is_closed(vm, v)? { Err(vm.value_error("I/O operation on closed file.")) } else { Ok(()) }
}
fn check(vm: &Vm, v: Value, method: &str, message: &str) -> Res<()> {
    let r = vm.call_method(v, method, &[])?;
    if r == Value::TRUE { Ok(()) } else { Err(unsupported(vm, message)) }
}
pub(super) fn check_seekable(vm: &Vm, v: Value) -> Res<()> {
    check(vm, v, "seekable", "File or stream is not seekable.")
}
pub(super) fn check_readable(vm: &Vm, v: Value) -> Res<()> {
    check(vm, v, "readable", "File or stream is not readable.")
}
pub(super) fn check_writable(vm: &Vm, v: Value) -> Res<()> {
    check(vm, v, "writable", "File or stream is not writable.")
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    if closed(vm, a[0])? {
        return Ok(Value::NONE);
    }
    let r = vm.call_method(a[0], "flush", &[]);
    if let Some(o) = vm.object(a[0]) {
        vm.instance_set(o, vm.intern("__IOBase_closed"), Value::TRUE)?;
    }
    r.map(|_| Value::NONE)
}
/// The finaliser: closes the stream; an error has nowhere to go.
fn del(vm: &Vm, a: &[Value]) -> Res {
    let open = match vm.get_attr(a[0], vm.intern("closed")) {
        Ok(c) => vm.truth(c).map(|c| !c),
        Err(r) => Err(r),
    };
    match open {
        Ok(true) => {}
        Ok(false) => return Ok(Value::NONE),
        Err(r) => {
            vm.take_exception(r);
        }
    }
    if let Err(r) = vm.call_method(a[0], "close", &[]) {
        vm.take_exception(r);
    }
    Ok(Value::NONE)
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    let line = vm.call_method_str(a[0], vm.names().readline, &[])?;
    if vm.len(line)? == 0 { Ok(Value::UNBOUND) } else { Ok(line) }
}
/// Byte by byte, or as far as `peek` shows.
fn readline(vm: &Vm, a: &[Value]) -> Res {
    let limit = size(vm, a[1])?;
    let peek = vm.get_attr_opt(a[0], vm.intern("peek"))?;
    let mut out: Vec<u8> = Vec::new();
    while limit.is_none_or(|n| out.len() < n) {
        let mut wanted = 1;
        if let Some(peek) = peek {
            let seen = vm.call(peek, &[Value::small_int(1)])?;
            let Some(b) = vm.as_bytes(seen) else {
                return Err(vm.raise_text(
                    vm.exc().os_error,
                    &format!(
                        "peek() should have returned a bytes object, not '{}'",
                        vm.type_name(seen)
                    ),
                ));
            };
            if !b.is_empty() {
                let most = limit.map_or(b.len(), |n| b.len().min(n - out.len()));
                wanted = memchr::memchr(b'\n', &b.data()[..most]).map_or(most, |i| i + 1);
            }
        }
        let got = vm.call_method(a[0], "read", &[vm.int_usize(wanted)?])?;
        let Some(b) = vm.as_bytes(got) else {
            return Err(vm.raise_text(
                vm.exc().os_error,
                &format!("read() should have returned a bytes object, not '{}'", vm.type_name(got)),
            ));
        };
        if b.is_empty() {
            break;
        }
        out.extend_from_slice(b.data());
        if out.last() == Some(&b'\n') {
            break;
        }
    }
    vm.bytes(&out)
}
fn readlines(vm: &Vm, a: &[Value]) -> Res {
    let hint = size(vm, a[1])?.filter(|&n| n > 0);
    let list = vm.new_list()?;
    let it = vm.get_iter(a[0])?;
    let mut total = 0usize;
    while let Some(line) = vm.next(it)? {
        vm.list_append(list, line)?;
        if let Some(h) = hint {
            total += vm.len(line)?;
            if total >= h {
                break;
            }
        }
    }
    Ok(list.value())
}
fn writelines(vm: &Vm, a: &[Value]) -> Res {
    check_closed(vm, a[0])?;
    let it = vm.get_iter(a[1])?;
    while let Some(line) = vm.next(it)? {
        vm.call_method_str(a[0], vm.names().write, &[line])?;
    }
    Ok(Value::NONE)
}
fn raw_read(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index_isize(a[1], Some(vm.exc().overflow_error))?;
    if n < 0 {
        return vm.call_method(a[0], "readall", &[]);
    }
    let b = super::new_buffer(vm, n as usize)?;
    let got = vm.call_method(a[0], "readinto", &[b.value()])?;
    if got.is_none() {
        return Ok(got);
    }
    let got = vm.index_isize(got, Some(vm.exc().value_error))?;
    if got < 0 || got as usize > b.len() {
        return Err(
            vm.value_error(format!("readinto returned {got} outside buffer size {}", b.len()))
        );
    }
    vm.bytes(super::part(&b, 0, got as usize))
}
fn raw_readall(vm: &Vm, a: &[Value]) -> Res {
    let mut out: Vec<u8> = Vec::new();
    let mut any = false;
    loop {
        let got = vm.call_method(a[0], "read", &[vm.int_usize(super::DEFAULT_BUFFER_SIZE)?])?;
        if got.is_none() {
            if !any {
                return Ok(got);
            }
            break;
        }
        any = true;
        let Some(b) = vm.as_bytes(got) else {
            return Err(vm.type_error("read() should return bytes"));
        };
        if b.is_empty() {
            break;
        }
        out.extend_from_slice(b.data());
    }
    vm.bytes(&out)
}
fn readinto_by(vm: &Vm, a: &[Value], method: &str) -> Res {
    let n = vm.writable_argument("readinto", a[1])?.len();
    let got = vm.call_method(a[0], method, &[vm.int_usize(n)?])?;
    let Some(b) = vm.as_bytes(got) else { return Err(vm.type_error("read() should return bytes")) };
    if b.len() > n {
        return Err(vm.value_error(format!(
            "read() returned too much data: {n} bytes requested, {} returned",
            b.len()
        )));
    }
    vm.buffer(a[1], true)?.write(0, b.data());
    vm.int_usize(b.len())
}
