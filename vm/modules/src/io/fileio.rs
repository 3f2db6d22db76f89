//! `FileIO`: a descriptor as a raw stream.

use super::{blank, define, offset, size, spec, this, unsupported, whence};
use crate::os_error::{direct, last, os_error, system_call};
use crate::posix::file::MAX_IO;
use crate::posix::path::{Admit, path};
use core::cell::{Cell, UnsafeCell};
use core::ptr::NonNull;
use pyrs_core::object::{Class, ClassSpec, Module};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Value, Vm, native_object};

/// An open (or closed: -1) descriptor.
#[repr(C)]
pub(super) struct FileIo {
    pub header: Header,
    pub fd: Cell<i32>,
    pub readable: Cell<bool>,
    pub writable: Cell<bool>,
    created: Cell<bool>,
    appending: Cell<bool>,
    close_fd: Cell<bool>,
    opened: Cell<bool>,
    /// 0 not known, 1 yes, 2 no
    seekable: Cell<u8>,
    block_size: Cell<usize>,
}
native_object!(FileIo, "FileIO", slots = 0, drop = drop_file);

/// The last resort: the object dies without `close`.
fn drop_file(p: NonNull<Header>) {
    // SAFETY: the layout's drop is called with objects of that layout only.
    let f = unsafe { p.cast::<FileIo>().as_ref() };
    let fd = f.fd.replace(-1);
    if f.opened.get() && fd >= 0 && f.close_fd.get() {
        // SAFETY: the descriptor is ours.
        unsafe { libc::close(fd) };
    }
}

const SELF: &str = "(self, /)";
static SPEC: ClassSpec = spec(
    "_io.FileIO",
    <FileIo as Native>::LAYOUT,
    "Open a file.",
    &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method(
            "__init__",
            "(self, /, file, mode='r', closefd=True, opener=None)",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
        NativeDef::method(
            "read",
            "(self, size=-1, /)",
            read,
            "Read at most size bytes, returned as bytes.",
        ),
        NativeDef::method(
            "readall",
            SELF,
            readall,
            "Read all data from the file, returned as bytes.",
        ),
        NativeDef::method(
            "readinto",
            "(self, buffer, /)",
            readinto,
            "Same as RawIOBase.readinto().",
        ),
        NativeDef::method(
            "write",
            "(self, b, /)",
            write,
            "Write buffer b to file, return number of bytes written.",
        ),
        NativeDef::method(
            "seek",
            "(self, pos, whence=0, /)",
            seek,
            "Move to new file position and return the file position.",
        ),
        NativeDef::method("tell", SELF, tell, "Current file position."),
        NativeDef::method(
            "truncate",
            "(self, size=None, /)",
            truncate,
            "Truncate the file to at most size bytes and return the truncated size.",
        ),
        NativeDef::method("close", SELF, close, "Close the file."),
        NativeDef::method(
            "seekable",
            SELF,
            |vm, a| seekable(vm, open_file(vm, a[0])?).map(Value::bool),
            "True if file supports random-access.",
        ),
        NativeDef::method(
            "readable",
            SELF,
            |vm, a| Ok(Value::bool(open_file(vm, a[0])?.readable.get())),
            "True if file was opened in a read mode.",
        ),
        NativeDef::method(
            "writable",
            SELF,
            |vm, a| Ok(Value::bool(open_file(vm, a[0])?.writable.get())),
            "True if file was opened in a write mode.",
        ),
        NativeDef::method(
            "fileno",
            SELF,
            |vm, a| vm.int(open_file(vm, a[0])?.fd.get() as i64),
            "Return the underlying file descriptor (an integer).",
        ),
        NativeDef::method("isatty", SELF, isatty, "True if the file is connected to a TTY device."),
        NativeDef::method(
            "_isatty_open_only",
            SELF,
            isatty,
            "Cheaper isatty check, for use just after opening.",
        ),
        NativeDef::method("_dealloc_warn", "(self, source, /)", |_, _| Ok(Value::NONE), ""),
        NativeDef::method("__getstate__", SELF, getstate, ""),
    ],
    &[
        GetSetDef::read_only(
            "closed",
            |vm, v| Ok(Value::bool(file(vm, v)?.fd.get() < 0)),
            "True if the file is closed",
        ),
        GetSetDef::read_only(
            "closefd",
            |vm, v| Ok(Value::bool(file(vm, v)?.close_fd.get())),
            "True if the file descriptor will be closed by close().",
        ),
        GetSetDef::read_only(
            "mode",
            |vm, v| vm.str(mode_text(file(vm, v)?)),
            "String giving the file mode",
        ),
        GetSetDef::read_only(
            "_blksize",
            |vm, v| vm.int_usize(file(vm, v)?.block_size.get()),
            "Stat st_blksize if available",
        ),
    ],
);

pub(super) fn class(vm: &Vm, m: Gc<Module>, base: Gc<Class>) -> Res<()> {
    let c = define(vm, m, &SPEC, base)?;
    vm.set_hook("io_file", c.value());
    Ok(())
}
/// The object if its class is exactly `FileIO` and it is open: then the buffers above call the system themselves.
#[inline]
pub(super) fn exact(vm: &Vm, v: Value) -> Option<Gc<FileIo>> {
    let f = vm.cast::<FileIo>(v)?;
    (vm.hook("io_file") == Some(vm.class_of(v).value()) && f.fd.get() >= 0).then_some(f)
}
fn file(vm: &Vm, v: Value) -> Res<Gc<FileIo>> {
    this(vm, v)
}
fn open_file(vm: &Vm, v: Value) -> Res<Gc<FileIo>> {
    let f = file(vm, v)?;
    if f.fd.get() < 0 { Err(vm.value_error("I/O operation on closed file")) } else { Ok(f) }
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let v = blank(vm, a)?;
    let f = file(vm, v)?;
    f.fd.set(-1);
    f.close_fd.set(true);
    vm.heap.register_drop(f.erase());
    Ok(v)
}
/// What a mode string asks for.
struct Mode {
    flags: i32,
    readable: bool,
    writable: bool,
    created: bool,
    appending: bool,
}
fn parse_mode(vm: &Vm, text: &str) -> Res<Mode> {
    let mut m =
        Mode { flags: 0, readable: false, writable: false, created: false, appending: false };
    let (mut kinds, mut plus) = (0, false);
    for c in text.chars() {
        match c {
            'x' => {
                kinds += 1;
                m.created = true;
                m.writable = true;
                m.flags |= libc::O_EXCL | libc::O_CREAT;
            }
            'r' => {
                kinds += 1;
                m.readable = true;
            }
            'w' => {
                kinds += 1;
                m.writable = true;
                m.flags |= libc::O_CREAT | libc::O_TRUNC;
            }
            'a' => {
                kinds += 1;
                m.writable = true;
                m.appending = true;
                m.flags |= libc::O_APPEND | libc::O_CREAT;
            }
            'b' => {}
            '+' if !plus => {
                plus = true;
                m.readable = true;
                m.writable = true;
            }
            '+' => kinds = 2,
            _ => return Err(vm.value_error(format!("invalid mode: {text}"))),
        }
    }
    if kinds != 1 {
        return Err(vm.value_error(
            "Must have exactly one of create/read/write/append mode and at most one plus",
        ));
    }
    m.flags |= match (m.readable, m.writable) {
        (true, true) => libc::O_RDWR,
        (true, false) => libc::O_RDONLY,
        _ => libc::O_WRONLY,
    };
    m.flags |= libc::O_CLOEXEC | libc::O_LARGEFILE;
    Ok(m)
}
fn mode_text(f: Gc<FileIo>) -> &'static str {
    let r = f.readable.get();
    match () {
        () if f.created.get() => {
            if r {
                "xb+"
            } else {
                "xb"
            }
        }
        () if f.appending.get() => {
            if r {
                "ab+"
            } else {
                "ab"
            }
        }
        () if r => {
            if f.writable.get() {
                "rb+"
            } else {
                "rb"
            }
        }
        () => "wb",
    }
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let f = file(vm, a[0])?;
    if f.fd.get() >= 0 {
        close_now(vm, f)?;
    }
    let (name, opener) = (a[1], a[4]);
    let Some(mode) = vm.as_str(a[2]) else {
        return Err(vm.type_error(format!(
            "FileIO() argument 'mode' must be str, not {}",
            vm.type_name(a[2])
        )));
    };
    let m = parse_mode(vm, &mode.to_lossy())?;
    let close_fd = vm.truth(a[3])?;
    f.readable.set(m.readable);
    f.writable.set(m.writable);
    f.created.set(m.created);
    f.appending.set(m.appending);
    f.close_fd.set(close_fd);
    f.seekable.set(0);
    let number = if name.as_bool().is_some()
        || vm.as_int(name).is_some()
        || (vm.as_float(name).is_none()
            && vm.lookup(vm.class_of(name), vm.intern("__index__")).is_some())
    {
        Some(crate::posix::path::c_int(vm, name)?)
    } else {
        None
    };
    match number {
        Some(fd) if fd < 0 => return Err(vm.value_error("negative file descriptor")),
        Some(fd) => {
            f.opened.set(false);
            f.fd.set(fd);
        }
        None => {
            if !close_fd {
                return Err(vm.value_error("Cannot use closefd=False with file name"));
            }
            let fd = if opener.is_none() {
                let p = path(vm, name, "open", "path", Admit::Path)?;
                // SAFETY: the name is a C string.
                let r = system_call(vm, || unsafe {
                    libc::open(p.ptr(), m.flags, 0o666 as libc::c_uint)
                })?;
                r.map_err(|e| os_error(vm, e, Some(name)))?
            } else {
                let fd = vm.call(opener, &[name, vm.int(m.flags as i64)?])?;
                if vm.as_int(fd).is_none() {
                    return Err(vm.type_error("expected integer from opener"));
                }
                let fd = crate::posix::path::c_int(vm, fd)?;
                if fd < 0 {
                    return Err(vm.value_error(format!("opener returned {fd}")));
                }
                // SAFETY: F_SETFD takes an int.
                direct(vm, unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
                fd
            };
            f.opened.set(true);
            f.fd.set(fd);
        }
    }
    if let Err(r) = opened(vm, f, name) {
        if number.is_some() {
            // A descriptor of the caller's is not closed for him.
            f.fd.set(-1);
        }
        return Err(r);
    }
    Ok(Value::NONE)
}
fn opened(vm: &Vm, f: Gc<FileIo>, name: Value) -> Res<()> {
    // SAFETY: plain numbers.
    let mut st: libc::stat64 = unsafe { core::mem::zeroed() };
    // SAFETY: the structure is ours.
    if unsafe { libc::fstat64(f.fd.get(), &mut st) } < 0 {
        return Err(os_error(vm, last(), Some(name)));
    }
    if st.st_mode & libc::S_IFMT == libc::S_IFDIR {
        if f.opened.get() {
            close_now(vm, f)?;
        }
        return Err(os_error(vm, libc::EISDIR, Some(name)));
    }
    f.block_size.set(if st.st_blksize > 1 {
        st.st_blksize as usize
    } else {
        super::DEFAULT_BUFFER_SIZE
    });
    vm.set_attr(f.value(), vm.intern("name"), name)?;
    if f.appending.get() {
        // SAFETY: a call on numbers; pipes cannot be sought, which does no harm.
        unsafe { libc::lseek64(f.fd.get(), 0, libc::SEEK_END) };
    }
    Ok(())
}
fn close_now(vm: &Vm, f: Gc<FileIo>) -> Res<()> {
    let fd = f.fd.replace(-1);
    if fd < 0 || !f.close_fd.get() {
        return Ok(());
    }
    let (r, e) = crate::gil::released(vm, || {
        // SAFETY: the descriptor is ours.
        let r = unsafe { libc::close(fd) };
        (r, last())
    });
    if r < 0 && e != libc::EINTR { Err(os_error(vm, e, None)) } else { Ok(()) }
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let f = file(vm, a[0])?;
    // The base class's close flushes and remembers that the stream is closed.
    let base = vm.lookup(vm.class_of(a[0]), vm.intern("flush"));
    let flushed = match base {
        Some(b) if f.fd.get() >= 0 => vm.call_bound(b, a[0], &[]).map(drop),
        _ => Ok(()),
    };
    close_now(vm, f)?;
    flushed.map(|()| Value::NONE)
}
pub(super) fn seekable(vm: &Vm, f: Gc<FileIo>) -> Res<bool> {
    if f.seekable.get() == 0 {
        // SAFETY: a call on numbers.
        let r = unsafe { libc::lseek64(f.fd.get(), 0, libc::SEEK_CUR) };
        f.seekable.set(if r < 0 { 2 } else { 1 });
    }
    let _ = vm;
    Ok(f.seekable.get() == 1)
}
fn isatty(vm: &Vm, a: &[Value]) -> Res {
    let fd = open_file(vm, a[0])?.fd.get();
    // SAFETY: a call on numbers.
    Ok(Value::bool(unsafe { libc::isatty(fd) } == 1))
}
fn getstate(vm: &Vm, a: &[Value]) -> Res {
    Err(vm.type_error(format!("cannot pickle '{}' instances", vm.type_name(a[0]))))
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let f = file(vm, a[0])?;
    let class = vm.class_of(a[0]);
    let class = format!("{}.{}", "_io", vm.class_name(class));
    if f.fd.get() < 0 {
        return vm.str(&format!("<{class} [closed]>"));
    }
    let close = if f.close_fd.get() { "True" } else { "False" };
    match super::name_of(vm, a[0])? {
        Some(n) => vm.str(&format!("<{class} name={n} mode='{}' closefd={close}>", mode_text(f))),
        None => {
            vm.str(&format!("<{class} fd={} mode='{}' closefd={close}>", f.fd.get(), mode_text(f)))
        }
    }
}

// ---- reading and writing
/// Reads into memory that stays put while the call lasts; `None` if the descriptor would block.
pub(super) fn read_memory(vm: &Vm, f: Gc<FileIo>, p: *mut u8, n: usize) -> Res<Option<usize>> {
    let fd = f.fd.get();
    // SAFETY: the caller's memory has room for `n` bytes and is kept by the caller's frame.
    match system_call(vm, || unsafe { libc::read(fd, p.cast(), n.min(MAX_IO)) })? {
        Ok(n) => Ok(Some(n as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(os_error(vm, e, None)),
    }
}
/// Writes; `None` if the descriptor would block.
pub(super) fn write_memory(vm: &Vm, f: Gc<FileIo>, p: *const u8, n: usize) -> Res<Option<usize>> {
    let fd = f.fd.get();
    // SAFETY: the caller's memory has `n` bytes and is kept by the caller's frame.
    match system_call(vm, || unsafe { libc::write(fd, p.cast(), n.min(MAX_IO)) })? {
        Ok(n) => Ok(Some(n as usize)),
        Err(libc::EAGAIN) => Ok(None),
        Err(e) => Err(os_error(vm, e, None)),
    }
}
fn for_reading(vm: &Vm, v: Value) -> Res<Gc<FileIo>> {
    let f = open_file(vm, v)?;
    if f.readable.get() { Ok(f) } else { Err(unsupported(vm, "File not open for reading")) }
}
fn read(vm: &Vm, a: &[Value]) -> Res {
    let f = for_reading(vm, a[0])?;
    let Some(n) = size(vm, a[1])? else { return vm.call_method(a[0], "readall", &[]) };
    let b = vm.new_bytes_blank(n.min(MAX_IO))?;
    match read_memory(vm, f, b.data().as_ptr() as *mut u8, b.len())? {
        Some(got) if got == b.len() => Ok(b.value()),
        Some(got) => vm.bytes(&b.data()[..got]),
        None => Ok(Value::NONE),
    }
}
fn readall(vm: &Vm, a: &[Value]) -> Res {
    let f = for_reading(vm, a[0])?;
    read_to_end(vm, f, &[])
}
/// Everything from here on, behind `head`; None if the descriptor would block at once and `head` is empty.
pub(super) fn read_to_end(vm: &Vm, f: Gc<FileIo>, head: &[u8]) -> Res {
    let fd = f.fd.get();
    // SAFETY: plain numbers; calls on a structure of ours and on numbers.
    let expected = unsafe {
        let st = UnsafeCell::new(core::mem::zeroed::<libc::stat64>());
        let at = libc::lseek64(fd, 0, libc::SEEK_CUR);
        if libc::fstat64(fd, st.get()) == 0 && at >= 0 {
            ((*st.get()).st_size as i64 - at as i64).max(0)
        } else {
            0
        }
    };
    let mut out: Vec<u8> = Vec::new();
    let room = head.len()
        + usize::try_from(expected).unwrap_or(usize::MAX).min(isize::MAX as usize / 2)
        + 1;
    if out.try_reserve(room.max(8192)).is_err() {
        return Err(vm.memory_error());
    }
    out.extend_from_slice(head);
    loop {
        if out.capacity() == out.len() && out.try_reserve(out.len().clamp(8192, 1 << 26)).is_err() {
            return Err(vm.memory_error());
        }
        let room = out.spare_capacity_mut();
        let (p, n) = (room.as_mut_ptr().cast::<u8>(), room.len());
        match read_memory(vm, f, p, n)? {
            Some(0) => break,
            // SAFETY: the kernel has filled `got` bytes behind the length.
            Some(got) => unsafe { out.set_len(out.len() + got) },
            None if out.is_empty() => return Ok(Value::NONE),
            None => break,
        }
    }
    vm.bytes(&out)
}
fn readinto(vm: &Vm, a: &[Value]) -> Res {
    let f = for_reading(vm, a[0])?;
    let b = vm.writable_argument("readinto", a[1])?;
    match read_memory(vm, f, b.info.data, b.len())? {
        Some(n) => vm.int_usize(n),
        None => Ok(Value::NONE),
    }
}
fn write(vm: &Vm, a: &[Value]) -> Res {
    let f = open_file(vm, a[0])?;
    if !f.writable.get() {
        return Err(unsupported(vm, "File not open for writing"));
    }
    let b = vm.buffer(a[1], false)?;
    match write_memory(vm, f, b.info.data, b.len())? {
        Some(n) => vm.int_usize(n),
        None => Ok(Value::NONE),
    }
}
/// `lseek` with its error raised.
pub(super) fn seek_to(vm: &Vm, f: Gc<FileIo>, at: i64, how: i32) -> Res<i64> {
    // SAFETY: a call on numbers.
    let r = unsafe { libc::lseek64(f.fd.get(), at, how) };
    if f.seekable.get() == 0 {
        f.seekable.set(if r < 0 { 2 } else { 1 });
    }
    direct(vm, r)
}
fn seek(vm: &Vm, a: &[Value]) -> Res {
    let f = open_file(vm, a[0])?;
    vm.int(seek_to(vm, f, offset(vm, a[1])?, whence(vm, a[2])?)?)
}
fn tell(vm: &Vm, a: &[Value]) -> Res {
    let f = open_file(vm, a[0])?;
    vm.int(seek_to(vm, f, 0, libc::SEEK_CUR)?)
}
fn truncate(vm: &Vm, a: &[Value]) -> Res {
    let f = open_file(vm, a[0])?;
    if !f.writable.get() {
        return Err(unsupported(vm, "File not open for writing"));
    }
    let at = if a[1].is_none() { seek_to(vm, f, 0, libc::SEEK_CUR)? } else { offset(vm, a[1])? };
    let fd = f.fd.get();
    // SAFETY: a call on numbers.
    crate::os_error::checked(vm, None, || unsafe { libc::ftruncate64(fd, at) })?;
    vm.int(at)
}
