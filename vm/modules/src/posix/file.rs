//! Descriptors: `open`, `read`, `write`, pipes, locks.

use super::path::{Admit, c_int, dir_fd, path};
use super::stat;
use crate::os_error::{checked, direct, os_error, system_call};
use pyrs_core::{NativeDef, Res, Value, Vm};

pub(super) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "open",
        "(path, flags, mode=511, *, dir_fd=None)",
        open,
        "Open a file for low level IO.  Returns a file descriptor (integer).",
    ),
    NativeDef::function("close", "(fd)", close, "Close a file descriptor."),
    NativeDef::function(
        "closerange",
        "(fd_low, fd_high, /)",
        closerange,
        "Closes all file descriptors in [fd_low, fd_high), ignoring errors.",
    ),
    NativeDef::function(
        "read",
        "(fd, length, /)",
        read,
        "Read from a file descriptor.  Returns a bytes object.",
    ),
    NativeDef::function(
        "readinto",
        "(fd, buffer, /)",
        readinto,
        "Read into a buffer object from a file descriptor.",
    ),
    NativeDef::function(
        "write",
        "(fd, data, /)",
        write,
        "Write a bytes object to a file descriptor.",
    ),
    NativeDef::function(
        "pread",
        "(fd, length, offset, /)",
        pread,
        "Read a number of bytes from a file descriptor starting at a particular offset.",
    ),
    NativeDef::function(
        "pwrite",
        "(fd, buffer, offset, /)",
        pwrite,
        "Write bytes to a file descriptor starting at a particular offset.",
    ),
    NativeDef::function(
        "readv",
        "(fd, buffers, /)",
        readv,
        "Read from a file descriptor fd into an iterable of buffers.",
    ),
    NativeDef::function(
        "writev",
        "(fd, buffers, /)",
        writev,
        "Iterate over buffers, and write the contents of each to a file descriptor.",
    ),
    NativeDef::function(
        "sendfile",
        "(out_fd, in_fd, offset, count)",
        sendfile,
        "Copy count bytes from file descriptor in_fd to file descriptor out_fd.",
    ),
    NativeDef::function(
        "copy_file_range",
        "(src, dst, count, offset_src=None, offset_dst=None)",
        copy_file_range,
        "Copy count bytes from one file descriptor to another.",
    ),
    NativeDef::function(
        "lseek",
        "(fd, position, whence, /)",
        lseek,
        "Set the position of a file descriptor.  Return the new position.",
    ),
    NativeDef::function("dup", "(fd, /)", dup, "Return a duplicate of a file descriptor."),
    NativeDef::function("dup2", "(fd, fd2, inheritable=True)", dup2, "Duplicate file descriptor."),
    NativeDef::function("pipe", "()", pipe, "Create a pipe."),
    NativeDef::function("pipe2", "(flags, /)", pipe2, "Create a pipe with flags set atomically."),
    NativeDef::function(
        "isatty",
        "(fd, /)",
        stat::isatty,
        "Return True if the fd is connected to a terminal.",
    ),
    NativeDef::function(
        "ftruncate",
        "(fd, length, /)",
        ftruncate,
        "Truncate a file, specified by file descriptor, to a specific length.",
    ),
    NativeDef::function(
        "truncate",
        "(path, length)",
        truncate,
        "Truncate a file, specified by path, to a specific length.",
    ),
    NativeDef::function("fsync", "(fd)", fsync, "Force write of fd to disk."),
    NativeDef::function(
        "fdatasync",
        "(fd)",
        fdatasync,
        "Force write of fd to disk without forcing update of metadata.",
    ),
    NativeDef::function("sync", "()", sync, "Force write of everything to disk."),
    NativeDef::function(
        "lockf",
        "(fd, command, length, /)",
        lockf,
        "Apply, test or remove a POSIX lock on an open file descriptor.",
    ),
    NativeDef::function(
        "posix_fallocate",
        "(fd, offset, length, /)",
        posix_fallocate,
        "Ensure a file has allocated at least a particular number of bytes on disk.",
    ),
    NativeDef::function(
        "posix_fadvise",
        "(fd, offset, length, advice, /)",
        posix_fadvise,
        "Announce an intention to access data in a specific pattern.",
    ),
    NativeDef::function(
        "get_inheritable",
        "(fd, /)",
        stat::inheritable,
        "Get the close-on-exe flag of the specified file descriptor.",
    ),
    NativeDef::function(
        "set_inheritable",
        "(fd, inheritable, /)",
        stat::set_inheritable,
        "Set the inheritable flag of the specified file descriptor.",
    ),
    NativeDef::function(
        "get_blocking",
        "(fd, /)",
        stat::get_blocking,
        "Get the blocking mode of the file descriptor.",
    ),
    NativeDef::function(
        "set_blocking",
        "(fd, blocking, /)",
        stat::set_blocking,
        "Set the blocking mode of the specified file descriptor.",
    ),
    NativeDef::function(
        "ttyname",
        "(fd, /)",
        stat::ttyname,
        "Return the name of the terminal device connected to 'fd'.",
    ),
    NativeDef::function(
        "memfd_create",
        "(name, flags=1)",
        memfd_create,
        "Create an anonymous file.",
    ),
    NativeDef::function(
        "eventfd",
        "(initval, flags=524288)",
        eventfd,
        "Creates and returns an event notification file descriptor.",
    ),
    NativeDef::function("openpty", "()", openpty, "Open a pseudo-terminal."),
    NativeDef::function(
        "device_encoding",
        "(fd)",
        device_encoding,
        "Return a string describing the encoding of a terminal's file descriptor.",
    ),
];

/// Most bytes one read or write asks for: the kernel does no more.
pub(crate) const MAX_IO: usize = 0x7fff_f000;

fn open(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "open", "path", Admit::Path)?;
    let flags = c_int(vm, a[1])? | libc::O_CLOEXEC | libc::O_LARGEFILE;
    let (mode, dir) = (c_int(vm, a[2])? as libc::c_uint, dir_fd(vm, a[3])?);
    // SAFETY: the name is a C string; openat takes the mode as a number.
    let r = system_call(vm, || unsafe { libc::openat(dir, p.ptr(), flags, mode) })?;
    vm.int(r.map_err(|e| p.error(vm, e))? as i64)
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    let (r, e) = crate::gil::released(vm, || {
        // SAFETY: a call on numbers; closing twice is an error of the caller that the kernel reports.
        let r = unsafe { libc::close(fd) };
        (r, crate::os_error::last())
    });
    // Linux closes the descriptor even when it says EINTR.
    if r == -1 && e != libc::EINTR {
        return Err(os_error(vm, e, None));
    }
    Ok(Value::NONE)
}
fn closerange(vm: &Vm, a: &[Value]) -> Res {
    let (low, high) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    close_range(low, high);
    Ok(Value::NONE)
}
/// Closes `[low, high)`.
pub(crate) fn close_range(low: i32, high: i32) {
    // SAFETY: sysconf on a constant.
    let most = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) }.clamp(256, 1 << 20) as i32;
    for fd in low.max(0)..high.min(most) {
        // SAFETY: a call on numbers; errors are not of interest.
        unsafe { libc::close(fd) };
    }
}
/// A length parameter that must not be negative.
fn length(vm: &Vm, v: Value) -> Res<usize> {
    let n = vm.index_isize(v, Some(vm.exc().overflow_error))?;
    if n < 0 { Err(os_error(vm, libc::EINVAL, None)) } else { Ok((n as usize).min(MAX_IO)) }
}
fn read_with(vm: &Vm, n: usize, f: impl Fn(*mut libc::c_void, usize) -> isize) -> Res {
    let b = vm.new_bytes_blank(n)?;
    let p = b.data().as_ptr() as *mut libc::c_void;
    let got = checked(vm, None, || f(p, n))? as usize;
    if got == n { Ok(b.value()) } else { vm.bytes(&b.data()[..got]) }
}
fn read(vm: &Vm, a: &[Value]) -> Res {
    let (fd, n) = (c_int(vm, a[0])?, length(vm, a[1])?);
    // SAFETY: the bytes object, which stays on the stack, has room for `n` bytes.
    read_with(vm, n, |p, n| unsafe { libc::read(fd, p, n) })
}
fn pread(vm: &Vm, a: &[Value]) -> Res {
    let (fd, n, at) = (c_int(vm, a[0])?, length(vm, a[1])?, vm.int_i64(a[2])?);
    // SAFETY: as for `read`.
    read_with(vm, n, |p, n| unsafe { libc::pread64(fd, p, n, at) })
}
fn readinto(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    let b = vm.buffer(a[1], true)?;
    let (p, n) = (b.info.data, b.len().min(MAX_IO));
    // SAFETY: the exporter guarantees the memory while the guard lives.
    let got = checked(vm, None, || unsafe { libc::read(fd, p.cast(), n) })?;
    vm.int(got as i64)
}
fn write(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    let b = vm.buffer(a[1], false)?;
    let (p, n) = (b.info.data, b.len().min(MAX_IO));
    // SAFETY: the exporter guarantees the memory while the guard lives.
    let put = checked(vm, None, || unsafe { libc::write(fd, p.cast(), n) })?;
    vm.int(put as i64)
}
fn pwrite(vm: &Vm, a: &[Value]) -> Res {
    let (fd, at) = (c_int(vm, a[0])?, vm.int_i64(a[2])?);
    let b = vm.buffer(a[1], false)?;
    let (p, n) = (b.info.data, b.len().min(MAX_IO));
    // SAFETY: as for `write`.
    let put = checked(vm, None, || unsafe { libc::pwrite64(fd, p.cast(), n, at) })?;
    vm.int(put as i64)
}
/// Calls `f` with the memory of several buffers.
fn with_buffers(
    vm: &Vm,
    v: Value,
    writable: bool,
    f: impl Fn(*const libc::iovec, i32) -> isize,
) -> Res {
    let list = vm.to_tuple(v)?;
    let mut guards = Vec::new();
    for i in 0..list.len() {
        guards.push(vm.buffer(list.get(i), writable)?);
    }
    let parts: Vec<libc::iovec> = guards
        .iter()
        .map(|b| libc::iovec { iov_base: b.info.data.cast(), iov_len: b.len() })
        .collect();
    let n = checked(vm, None, || f(parts.as_ptr(), parts.len() as i32))?;
    vm.int(n as i64)
}
fn readv(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: each part is memory its exporter guarantees while the guards live.
    with_buffers(vm, a[1], true, |p, n| unsafe { libc::readv(fd, p, n) })
}
fn writev(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: each part is memory its exporter guarantees while the guards live.
    with_buffers(vm, a[1], false, |p, n| unsafe { libc::writev(fd, p, n) })
}
fn sendfile(vm: &Vm, a: &[Value]) -> Res {
    let (out, from) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    let offset = if a[2].is_none() { None } else { Some(vm.int_i64(a[2])?) };
    let count = length(vm, a[3])?;
    let at = core::cell::Cell::new(offset.unwrap_or(0));
    let n = checked(vm, None, || {
        let p = if offset.is_some() { at.as_ptr() } else { core::ptr::null_mut() };
        // SAFETY: null or a number of ours.
        unsafe { libc::sendfile64(out, from, p, count) }
    })?;
    vm.int(n as i64)
}
fn copy_file_range(vm: &Vm, a: &[Value]) -> Res {
    let (src, dst) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    let count = vm.index_isize(a[2], Some(vm.exc().overflow_error))?;
    if count < 0 {
        return Err(vm.value_error("negative value for 'count' not allowed"));
    }
    let offset = |v: Value| -> Res<Option<i64>> {
        if v.is_none() { Ok(None) } else { Ok(Some(vm.int_i64(v)?)) }
    };
    let (from, to) = (offset(a[3])?, offset(a[4])?);
    let (f, t) = (core::cell::Cell::new(from.unwrap_or(0)), core::cell::Cell::new(to.unwrap_or(0)));
    let n = checked(vm, None, || {
        let fp = if from.is_some() { f.as_ptr() } else { core::ptr::null_mut() };
        let tp = if to.is_some() { t.as_ptr() } else { core::ptr::null_mut() };
        // SAFETY: null or numbers of ours.
        unsafe { libc::copy_file_range(src, fp, dst, tp, count as usize, 0) }
    })?;
    vm.int(n as i64)
}
fn lseek(vm: &Vm, a: &[Value]) -> Res {
    let (fd, at, how) = (c_int(vm, a[0])?, vm.int_i64(a[1])?, c_int(vm, a[2])?);
    // SAFETY: a call on numbers.
    vm.int(direct(vm, unsafe { libc::lseek64(fd, at, how) })?)
}
fn dup(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: F_DUPFD_CLOEXEC takes an int.
    vm.int(direct(vm, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })? as i64)
}
fn dup2(vm: &Vm, a: &[Value]) -> Res {
    let (fd, to, inheritable) = (c_int(vm, a[0])?, c_int(vm, a[1])?, vm.truth(a[2])?);
    let flags = if inheritable || fd == to { 0 } else { libc::O_CLOEXEC };
    let r = checked(vm, None, || {
        // SAFETY: calls on numbers.
        if flags == 0 {
            // SAFETY: a call on numbers.
            unsafe { libc::dup2(fd, to) }
        } else {
            // SAFETY: a call on numbers.
            unsafe { libc::dup3(fd, to, flags) }
        }
    })?;
    vm.int(r as i64)
}
fn make_pipe(vm: &Vm, flags: i32) -> Res {
    let mut fds = [0; 2];
    // SAFETY: the array has room for two descriptors.
    direct(vm, unsafe { libc::pipe2(fds.as_mut_ptr(), flags) })?;
    vm.tuple(&[vm.int(fds[0] as i64)?, vm.int(fds[1] as i64)?])
}
fn pipe(vm: &Vm, _: &[Value]) -> Res {
    make_pipe(vm, libc::O_CLOEXEC)
}
fn pipe2(vm: &Vm, a: &[Value]) -> Res {
    make_pipe(vm, c_int(vm, a[0])?)
}
fn ftruncate(vm: &Vm, a: &[Value]) -> Res {
    let (fd, n) = (c_int(vm, a[0])?, vm.int_i64(a[1])?);
    // SAFETY: a call on numbers.
    checked(vm, None, || unsafe { libc::ftruncate64(fd, n) })?;
    Ok(Value::NONE)
}
fn truncate(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "truncate", "path", Admit::PathOrFd)?;
    let n = vm.int_i64(a[1])?;
    let r = system_call(vm, || match p.fd {
        // SAFETY: a call on numbers.
        Some(fd) => unsafe { libc::ftruncate64(fd, n) },
        // SAFETY: the name is a C string.
        None => unsafe { libc::truncate64(p.ptr(), n) },
    })?;
    r.map_err(|e| p.error(vm, e))?;
    Ok(Value::NONE)
}
fn fsync(vm: &Vm, a: &[Value]) -> Res {
    let fd = stat::sync_fd(vm, a[0])?;
    // SAFETY: a call on numbers.
    checked(vm, None, || unsafe { libc::fsync(fd) })?;
    Ok(Value::NONE)
}
fn fdatasync(vm: &Vm, a: &[Value]) -> Res {
    let fd = stat::sync_fd(vm, a[0])?;
    // SAFETY: a call on numbers.
    checked(vm, None, || unsafe { libc::fdatasync(fd) })?;
    Ok(Value::NONE)
}
fn sync(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: no arguments.
    crate::gil::released(vm, || unsafe { libc::sync() });
    Ok(Value::NONE)
}
fn lockf(vm: &Vm, a: &[Value]) -> Res {
    let (fd, command, n) = (c_int(vm, a[0])?, c_int(vm, a[1])?, vm.int_i64(a[2])?);
    // SAFETY: a call on numbers.
    checked(vm, None, || unsafe { libc::lockf(fd, command, n as libc::off_t) })?;
    Ok(Value::NONE)
}
fn posix_fallocate(vm: &Vm, a: &[Value]) -> Res {
    let (fd, at, n) = (c_int(vm, a[0])?, vm.int_i64(a[1])?, vm.int_i64(a[2])?);
    // SAFETY: a call on numbers.
    let r = crate::gil::released(vm, || unsafe { libc::posix_fallocate64(fd, at, n) });
    if r == 0 { Ok(Value::NONE) } else { Err(os_error(vm, r, None)) }
}
fn posix_fadvise(vm: &Vm, a: &[Value]) -> Res {
    let (fd, at, n, how) =
        (c_int(vm, a[0])?, vm.int_i64(a[1])?, vm.int_i64(a[2])?, c_int(vm, a[3])?);
    // SAFETY: a call on numbers.
    let r = crate::gil::released(vm, || unsafe { libc::posix_fadvise64(fd, at, n, how) });
    if r == 0 { Ok(Value::NONE) } else { Err(os_error(vm, r, None)) }
}
fn memfd_create(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "memfd_create", "name", Admit::Path)?;
    let flags = c_int(vm, a[1])? as libc::c_uint;
    // SAFETY: the name is a C string.
    vm.int(direct(vm, unsafe { libc::memfd_create(p.ptr(), flags) })? as i64)
}
fn eventfd(vm: &Vm, a: &[Value]) -> Res {
    let (n, flags) = (vm.int_i64(a[0])? as libc::c_uint, c_int(vm, a[1])?);
    // SAFETY: a call on numbers.
    vm.int(direct(vm, unsafe { libc::eventfd(n, flags) })? as i64)
}
fn openpty(vm: &Vm, _: &[Value]) -> Res {
    let (mut master, mut slave) = (0, 0);
    let null = core::ptr::null_mut::<libc::c_void>();
    // SAFETY: two numbers of ours; the other parameters may be null.
    direct(vm, unsafe {
        libc::openpty(&mut master, &mut slave, null.cast(), null.cast(), null.cast())
    })?;
    for fd in [master, slave] {
        // SAFETY: F_SETFD takes an int.
        direct(vm, unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    }
    vm.tuple(&[vm.int(master as i64)?, vm.int(slave as i64)?])
}
fn device_encoding(vm: &Vm, a: &[Value]) -> Res {
    if stat::isatty(vm, a)? == Value::TRUE { vm.str("UTF-8") } else { Ok(Value::NONE) }
}
