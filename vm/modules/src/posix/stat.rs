//! File status and permissions: `stat`, `access`, `chmod`, `chown`, `utime`, `statvfs`.

use super::path::{Admit, c_int, dir_fd, fildes, path};
use crate::os_error::{direct, last, os_error, system_call};
use crate::struct_sequence;
use pyrs_core::{NativeDef, Res, Value, Vm};

pub(super) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "stat",
        "(path, *, dir_fd=None, follow_symlinks=True)",
        stat,
        "Perform a stat system call on the given path.",
    ),
    NativeDef::function(
        "lstat",
        "(path, *, dir_fd=None)",
        lstat,
        "Perform a stat system call on the given path, without following symbolic links.",
    ),
    NativeDef::function(
        "fstat",
        "(fd)",
        fstat,
        "Perform a stat system call on the given file descriptor.",
    ),
    NativeDef::function(
        "access",
        "(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)",
        access,
        "Use the real uid/gid to test for access to a path.",
    ),
    NativeDef::function(
        "chmod",
        "(path, mode, *, dir_fd=None, follow_symlinks=True)",
        chmod,
        "Change the access permissions of a file.",
    ),
    NativeDef::function(
        "fchmod",
        "(fd, mode)",
        fchmod,
        "Change the access permissions of the file given by file descriptor fd.",
    ),
    NativeDef::function(
        "chown",
        "(path, uid, gid, *, dir_fd=None, follow_symlinks=True)",
        chown,
        "Change the owner and group id of path to the numeric uid and gid.",
    ),
    NativeDef::function(
        "lchown",
        "(path, uid, gid)",
        lchown,
        "Change the owner and group id of path to the numeric uid and gid.\n\nThis function will not follow symbolic links.",
    ),
    NativeDef::function(
        "fchown",
        "(fd, uid, gid)",
        fchown,
        "Change the owner and group id of the file specified by file descriptor.",
    ),
    NativeDef::function(
        "utime",
        "(path, times=None, *, ns=<unrepresentable>, dir_fd=None, follow_symlinks=True)",
        utime,
        "Set the access and modified time of path.",
    ),
    NativeDef::function(
        "statvfs",
        "(path)",
        statvfs,
        "Perform a statvfs system call on the given path.",
    ),
    NativeDef::function(
        "fstatvfs",
        "(fd, /)",
        statvfs,
        "Perform an fstatvfs system call on the given fd.",
    ),
    NativeDef::function(
        "umask",
        "(mask, /)",
        umask,
        "Set the current numeric umask and return the previous umask.",
    ),
];

const STAT_FIELDS: &[&str] = &[
    "st_mode",
    "st_ino",
    "st_dev",
    "st_nlink",
    "st_uid",
    "st_gid",
    "st_size",
    "_atime",
    "_mtime",
    "_ctime",
    "st_atime",
    "st_mtime",
    "st_ctime",
    "st_atime_ns",
    "st_mtime_ns",
    "st_ctime_ns",
    "st_blksize",
    "st_blocks",
    "st_rdev",
];
const STATVFS_FIELDS: &[&str] = &[
    "f_bsize",
    "f_frsize",
    "f_blocks",
    "f_bfree",
    "f_bavail",
    "f_files",
    "f_ffree",
    "f_favail",
    "f_flag",
    "f_namemax",
    "f_fsid",
];

pub(super) fn classes(vm: &Vm) -> Res<()> {
    let c = struct_sequence::define(
        vm,
        "os.stat_result",
        "stat_result: Result from stat, fstat, or lstat.",
        STAT_FIELDS,
        10,
    )?;
    vm.set_hook("stat_result", c);
    let c = struct_sequence::define(
        vm,
        "os.statvfs_result",
        "statvfs_result: Result from statvfs or fstatvfs.",
        STATVFS_FIELDS,
        10,
    )?;
    vm.set_hook("statvfs_result", c);
    Ok(())
}

/// A zeroed C structure made of numbers.
fn zeroed_stat() -> libc::stat64 {
    // SAFETY: the structure is plain numbers; zero is a value of each.
    unsafe { core::mem::zeroed() }
}

/// Nanoseconds since the epoch.
fn nanoseconds(vm: &Vm, seconds: i64, nanos: i64) -> Res {
    let total = seconds as i128 * 1_000_000_000 + nanos as i128;
    match i64::try_from(total) {
        Ok(n) => vm.int(n),
        Err(_) => vm.int_from_i128(total),
    }
}

pub(super) fn stat_result(vm: &Vm, st: &libc::stat64) -> Res {
    let class = vm.hook("stat_result").unwrap_or(Value::NONE);
    let times = [
        (st.st_atime as i64, st.st_atime_nsec as i64),
        (st.st_mtime as i64, st.st_mtime_nsec as i64),
        (st.st_ctime as i64, st.st_ctime_nsec as i64),
    ];
    let mut items = [Value::NONE; 19];
    items[0] = vm.int(st.st_mode as i64)?;
    items[1] = vm.int_from_u64(st.st_ino as u64)?;
    items[2] = vm.int_from_u64(st.st_dev as u64)?;
    items[3] = vm.int(st.st_nlink as i64)?;
    items[4] = vm.int(st.st_uid as i64)?;
    items[5] = vm.int(st.st_gid as i64)?;
    items[6] = vm.int(st.st_size as i64)?;
    for (i, &(s, ns)) in times.iter().enumerate() {
        items[7 + i] = vm.int(s)?;
        items[10 + i] = vm.float(s as f64 + 1e-9 * ns as f64)?;
        items[13 + i] = nanoseconds(vm, s, ns)?;
    }
    items[16] = vm.int(st.st_blksize as i64)?;
    items[17] = vm.int(st.st_blocks as i64)?;
    items[18] = vm.int_from_u64(st.st_rdev as u64)?;
    struct_sequence::make(vm, class, &items)
}

fn do_stat(vm: &Vm, function: &str, v: Value, dir: Value, follow: bool) -> Res {
    let admit = if function == "lstat" { Admit::Path } else { Admit::PathOrFd };
    let p = path(vm, v, function, "path", admit)?;
    let dir = dir_fd(vm, dir)?;
    if p.fd.is_some() && dir != libc::AT_FDCWD {
        return Err(
            vm.value_error(format!("{function}: can't specify dir_fd without matching path"))
        );
    }
    if p.fd.is_some() && !follow {
        return Err(
            vm.value_error(format!("{function}: cannot use fd and follow_symlinks together"))
        );
    }
    let st = core::cell::UnsafeCell::new(zeroed_stat());
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let r = system_call(vm, || match p.fd {
        // SAFETY: `st` is a stat structure of ours.
        Some(fd) => unsafe { libc::fstat64(fd, st.get()) },
        // SAFETY: as above, and the name is a C string.
        None => unsafe { libc::fstatat64(dir, p.ptr(), st.get(), flags) },
    })?;
    match r {
        Ok(_) => stat_result(vm, &st.into_inner()),
        Err(e) => Err(p.error(vm, e)),
    }
}
fn stat(vm: &Vm, a: &[Value]) -> Res {
    do_stat(vm, "stat", a[0], a[1], vm.truth(a[2])?)
}
fn lstat(vm: &Vm, a: &[Value]) -> Res {
    do_stat(vm, "lstat", a[0], a[1], false)
}
fn fstat(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    let st = core::cell::UnsafeCell::new(zeroed_stat());
    // SAFETY: `st` is a stat structure of ours.
    match system_call(vm, || unsafe { libc::fstat64(fd, st.get()) })? {
        Ok(_) => stat_result(vm, &st.into_inner()),
        Err(e) => Err(os_error(vm, e, None)),
    }
}
fn access(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "access", "path", Admit::Path)?;
    let (mode, dir) = (c_int(vm, a[1])?, dir_fd(vm, a[2])?);
    let mut flags = 0;
    if vm.truth(a[3])? {
        flags |= libc::AT_EACCESS;
    }
    if !vm.truth(a[4])? {
        flags |= libc::AT_SYMLINK_NOFOLLOW;
    }
    // SAFETY: the name is a C string.
    let r = crate::gil::released(vm, || unsafe { libc::faccessat(dir, p.ptr(), mode, flags) });
    Ok(Value::bool(r == 0))
}
fn chmod(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "chmod", "path", Admit::PathOrFd)?;
    let (mode, dir) = (c_int(vm, a[1])? as libc::mode_t, dir_fd(vm, a[2])?);
    let flags = if vm.truth(a[3])? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let r = system_call(vm, || match p.fd {
        // SAFETY: a call on numbers.
        Some(fd) => unsafe { libc::fchmod(fd, mode) },
        // SAFETY: the name is a C string.
        None => unsafe { libc::fchmodat(dir, p.ptr(), mode, flags) },
    })?;
    r.map_err(|e| p.error(vm, e))?;
    Ok(Value::NONE)
}
fn fchmod(vm: &Vm, a: &[Value]) -> Res {
    let (fd, mode) = (c_int(vm, a[0])?, c_int(vm, a[1])? as libc::mode_t);
    // SAFETY: a call on numbers.
    crate::os_error::checked(vm, None, || unsafe { libc::fchmod(fd, mode) })?;
    Ok(Value::NONE)
}
/// A user or group number; -1 means "leave it".
pub(super) fn id(vm: &Vm, v: Value, what: &str) -> Res<u32> {
    let n = vm.index(v)?;
    match vm.int_ref(&n).to_i64() {
        Some(-1) => Ok(u32::MAX),
        Some(n) if n < 0 => Err(vm.overflow_error(format!("{what} is less than minimum"))),
        Some(n) if n < u32::MAX as i64 => Ok(n as u32),
        _ => Err(vm.overflow_error(format!("{what} is greater than maximum"))),
    }
}
fn do_chown(vm: &Vm, function: &str, a: &[Value], dir: Value, follow: bool) -> Res {
    let admit = if function == "chown" { Admit::PathOrFd } else { Admit::Path };
    let p = path(vm, a[0], function, "path", admit)?;
    let (uid, gid, dir) = (id(vm, a[1], "uid")?, id(vm, a[2], "gid")?, dir_fd(vm, dir)?);
    let flags = if follow { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let r = system_call(vm, || match p.fd {
        // SAFETY: a call on numbers.
        Some(fd) => unsafe { libc::fchown(fd, uid, gid) },
        // SAFETY: the name is a C string.
        None => unsafe { libc::fchownat(dir, p.ptr(), uid, gid, flags) },
    })?;
    r.map_err(|e| p.error(vm, e))?;
    Ok(Value::NONE)
}
fn chown(vm: &Vm, a: &[Value]) -> Res {
    do_chown(vm, "chown", a, a[3], vm.truth(a[4])?)
}
fn lchown(vm: &Vm, a: &[Value]) -> Res {
    do_chown(vm, "lchown", a, Value::NONE, false)
}
fn fchown(vm: &Vm, a: &[Value]) -> Res {
    let (fd, uid, gid) = (c_int(vm, a[0])?, id(vm, a[1], "uid")?, id(vm, a[2], "gid")?);
    // SAFETY: a call on numbers.
    crate::os_error::checked(vm, None, || unsafe { libc::fchown(fd, uid, gid) })?;
    Ok(Value::NONE)
}

fn timespec(seconds: i64, nanos: i64) -> libc::timespec {
    // SAFETY: plain numbers; zero is a value of each.
    let mut t: libc::timespec = unsafe { core::mem::zeroed() };
    t.tv_sec = seconds as libc::time_t;
    t.tv_nsec = nanos as libc::c_long;
    t
}
/// Seconds as int or float, rounded down to nanoseconds.
fn time_value(vm: &Vm, v: Value) -> Res<libc::timespec> {
    if let Some(x) = vm.as_float(v) {
        if x.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let whole = x.floor();
        if !(-9.3e18..9.2e18).contains(&whole) {
            return Err(vm.overflow_error("timestamp out of range for platform time_t"));
        }
        let nanos = (((x - whole) * 1e9).floor() as i64).min(999_999_999);
        return Ok(timespec(whole as i64, nanos));
    }
    Ok(timespec(vm.int_i64(v)?, 0))
}
fn utime(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "utime", "path", Admit::PathOrFd)?;
    let dir = dir_fd(vm, a[3])?;
    let flags = if vm.truth(a[4])? { 0 } else { libc::AT_SYMLINK_NOFOLLOW };
    let (times, ns) = (a[1], a[2]);
    if !times.is_none() && !ns.is_unbound() {
        return Err(vm.value_error("utime: you may specify either 'times' or 'ns' but not both"));
    }
    let pair = if !times.is_none() {
        let Some(t) = vm.as_tuple(times).filter(|t| t.len() == 2) else {
            return Err(vm.type_error("utime: 'times' must be either a tuple of two ints or None"));
        };
        Some([time_value(vm, t.get(0))?, time_value(vm, t.get(1))?])
    } else if !ns.is_unbound() {
        let Some(t) = vm.as_tuple(ns).filter(|t| t.len() == 2) else {
            return Err(vm.type_error("utime: 'ns' must be a tuple of two ints"));
        };
        let split = |v: Value| -> Res<libc::timespec> {
            let n = vm.int_i64(v)?;
            Ok(timespec(n.div_euclid(1_000_000_000), n.rem_euclid(1_000_000_000)))
        };
        Some([split(t.get(0))?, split(t.get(1))?])
    } else {
        None
    };
    let times = pair.as_ref().map_or(core::ptr::null(), |p| p.as_ptr());
    let r = system_call(vm, || match p.fd {
        // SAFETY: `times` is null or points to two structures.
        Some(fd) => unsafe { libc::futimens(fd, times) },
        // SAFETY: as above, and the name is a C string.
        None => unsafe { libc::utimensat(dir, p.ptr(), times, flags) },
    })?;
    r.map_err(|e| p.error(vm, e))?;
    Ok(Value::NONE)
}
fn statvfs(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "statvfs", "path", Admit::PathOrFd)?;
    // SAFETY: plain numbers.
    let st = core::cell::UnsafeCell::new(unsafe { core::mem::zeroed::<libc::statvfs64>() });
    let r = system_call(vm, || match p.fd {
        // SAFETY: the structure is ours.
        Some(fd) => unsafe { libc::fstatvfs64(fd, st.get()) },
        // SAFETY: as above, and the name is a C string.
        None => unsafe { libc::statvfs64(p.ptr(), st.get()) },
    })?;
    r.map_err(|e| p.error(vm, e))?;
    let s = st.into_inner();
    let fields = [
        s.f_bsize as u64,
        s.f_frsize as u64,
        s.f_blocks as u64,
        s.f_bfree as u64,
        s.f_bavail as u64,
        s.f_files as u64,
        s.f_ffree as u64,
        s.f_favail as u64,
        s.f_flag as u64,
        s.f_namemax as u64,
        s.f_fsid as u64,
    ];
    let mut items = [Value::NONE; 11];
    for (to, n) in items.iter_mut().zip(fields) {
        *to = vm.int_from_u64(n)?;
    }
    struct_sequence::make(vm, vm.hook("statvfs_result").unwrap_or(Value::NONE), &items)
}
fn umask(vm: &Vm, a: &[Value]) -> Res {
    let mask = c_int(vm, a[0])?;
    // SAFETY: a call on numbers.
    let old = unsafe { libc::umask(mask as libc::mode_t) };
    vm.int(old as i64)
}

/// Terminal facts and other answers about descriptors.
pub(super) fn isatty(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: a call on numbers.
    Ok(Value::bool(unsafe { libc::isatty(fd) } == 1))
}
pub(super) fn get_terminal_size(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: plain numbers.
    let mut w: libc::winsize = unsafe { core::mem::zeroed() };
    // SAFETY: TIOCGWINSZ fills a winsize structure, which is ours.
    if unsafe { libc::ioctl(fd, libc::TIOCGWINSZ, &raw mut w) } == -1 {
        return Err(os_error(vm, last(), None));
    }
    let items = [vm.int(w.ws_col as i64)?, vm.int(w.ws_row as i64)?];
    struct_sequence::make(vm, vm.hook("terminal_size").unwrap_or(Value::NONE), &items)
}
pub(super) fn ttyname(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    let mut buffer = [0u8; 256];
    // SAFETY: the buffer has the length given.
    let r = unsafe { libc::ttyname_r(fd, buffer.as_mut_ptr().cast(), buffer.len()) };
    if r != 0 {
        return Err(os_error(vm, r, None));
    }
    let n = buffer.iter().position(|&b| b == 0).unwrap_or(buffer.len());
    super::path::fs_decode(vm, &buffer[..n])
}
pub(super) fn inheritable(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: F_GETFD takes no third argument.
    let flags = direct(vm, unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    Ok(Value::bool(flags & libc::FD_CLOEXEC == 0))
}
pub(super) fn set_inheritable(vm: &Vm, a: &[Value]) -> Res {
    let (fd, on) = (c_int(vm, a[0])?, c_int(vm, a[1])? != 0);
    // SAFETY: F_GETFD takes no third argument.
    let flags = direct(vm, unsafe { libc::fcntl(fd, libc::F_GETFD) })?;
    let flags = if on { flags & !libc::FD_CLOEXEC } else { flags | libc::FD_CLOEXEC };
    // SAFETY: F_SETFD takes an int.
    direct(vm, unsafe { libc::fcntl(fd, libc::F_SETFD, flags) })?;
    Ok(Value::NONE)
}
pub(super) fn get_blocking(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: F_GETFL takes no third argument.
    let flags = direct(vm, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    Ok(Value::bool(flags & libc::O_NONBLOCK == 0))
}
pub(super) fn set_blocking(vm: &Vm, a: &[Value]) -> Res {
    let (fd, on) = (c_int(vm, a[0])?, vm.truth(a[1])?);
    // SAFETY: F_GETFL takes no third argument.
    let flags = direct(vm, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
    let flags = if on { flags & !libc::O_NONBLOCK } else { flags | libc::O_NONBLOCK };
    // SAFETY: F_SETFL takes an int.
    direct(vm, unsafe { libc::fcntl(fd, libc::F_SETFL, flags) })?;
    Ok(Value::NONE)
}
/// `fd` parameters that admit objects with `fileno`.
pub(super) fn sync_fd(vm: &Vm, v: Value) -> Res<i32> {
    fildes(vm, v)
}
