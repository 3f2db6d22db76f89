//! `fcntl`: descriptor control and file locks.

use crate::os_error::{checked, os_error, system_call};
use crate::posix::path::{c_int, fildes};
use core::cell::UnsafeCell;
use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "fcntl",
        "(fd, cmd, arg=0, /)",
        fcntl,
        "Perform the operation `cmd` on file descriptor fd.",
    ),
    NativeDef::function(
        "ioctl",
        "(fd, request, arg=0, mutate_flag=True, /)",
        ioctl,
        "Perform the operation request on file descriptor fd.",
    ),
    NativeDef::function(
        "flock",
        "(fd, operation, /)",
        flock,
        "Perform the lock operation on file descriptor fd.",
    ),
    NativeDef::function(
        "lockf",
        "(fd, cmd, len=0, start=0, whence=0, /)",
        lockf,
        "A wrapper around the fcntl() locking calls.",
    ),
];
const INTS: &[(&str, i64)] = &[
    ("LOCK_SH", libc::LOCK_SH as i64),
    ("LOCK_EX", libc::LOCK_EX as i64),
    ("LOCK_NB", libc::LOCK_NB as i64),
    ("LOCK_UN", libc::LOCK_UN as i64),
    ("F_DUPFD", libc::F_DUPFD as i64),
    ("F_DUPFD_CLOEXEC", libc::F_DUPFD_CLOEXEC as i64),
    ("F_GETFD", libc::F_GETFD as i64),
    ("F_SETFD", libc::F_SETFD as i64),
    ("F_GETFL", libc::F_GETFL as i64),
    ("F_SETFL", libc::F_SETFL as i64),
    ("F_GETLK", libc::F_GETLK as i64),
    ("F_SETLK", libc::F_SETLK as i64),
    ("F_SETLKW", libc::F_SETLKW as i64),
    ("F_GETOWN", libc::F_GETOWN as i64),
    ("F_SETOWN", libc::F_SETOWN as i64),
    ("F_RDLCK", libc::F_RDLCK as i64),
    ("F_WRLCK", libc::F_WRLCK as i64),
    ("F_UNLCK", libc::F_UNLCK as i64),
    ("F_GETPIPE_SZ", libc::F_GETPIPE_SZ as i64),
    ("F_SETPIPE_SZ", libc::F_SETPIPE_SZ as i64),
    ("F_ADD_SEALS", libc::F_ADD_SEALS as i64),
    ("F_GET_SEALS", libc::F_GET_SEALS as i64),
    ("FD_CLOEXEC", libc::FD_CLOEXEC as i64),
    ("FASYNC", libc::O_ASYNC as i64),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "fcntl",
        "This module performs file control and I/O control on file\ndescriptors.",
        FUNCTIONS,
    )?;
    for &(name, n) in INTS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    Ok(m.value())
}
/// Bytes handed to the kernel, which may change them: at most 1024.
fn block(vm: &Vm, data: &[u8], name: &str) -> Res<UnsafeCell<[u8; 1025]>> {
    if data.len() > 1024 {
        return Err(vm.value_error(format!("{name} argument 3 is too long")));
    }
    let mut b = [0; 1025];
    b[..data.len()].copy_from_slice(data);
    Ok(UnsafeCell::new(b))
}
/// The bytes of a str or bytes-like argument.
fn bytes_of(vm: &Vm, v: Value) -> Res<Vec<u8>> {
    match vm.as_str(v) {
        Some(s) => crate::posix::path::fs_encode(vm, s.points()),
        None => Ok(vm.buffer(v, false)?.to_vec()),
    }
}
fn is_number(vm: &Vm, v: Value) -> bool {
    vm.as_int(v).is_some() || v.as_bool().is_some()
}
fn fcntl(vm: &Vm, a: &[Value]) -> Res {
    let (fd, cmd) = (fildes(vm, a[0])?, c_int(vm, a[1])?);
    if is_number(vm, a[2]) {
        let n = vm.int_i64(a[2])? as libc::c_long;
        // SAFETY: a command with a number.
        let r = checked(vm, None, || unsafe { libc::fcntl(fd, cmd, n) })?;
        return vm.int(r as i64);
    }
    let data = bytes_of(vm, a[2])?;
    let b = block(vm, &data, "fcntl")?;
    // SAFETY: a command with a block of ours, larger than any that fcntl knows.
    checked(vm, None, || unsafe { libc::fcntl(fd, cmd, b.get()) })?;
    vm.bytes(&b.into_inner()[..data.len()])
}
fn ioctl(vm: &Vm, a: &[Value]) -> Res {
    let fd = fildes(vm, a[0])?;
    let request = vm.index(a[1])?;
    let request = vm.int_ref(&request).to_i64().unwrap_or(0) as libc::c_ulong;
    if is_number(vm, a[2]) {
        let n = vm.int_i64(a[2])? as libc::c_long;
        // SAFETY: a request with a number.
        let r = checked(vm, None, || unsafe { libc::ioctl(fd, request as _, n) })?;
        return vm.int(r as i64);
    }
    if vm.as_str(a[2]).is_none() && vm.as_bytes(a[2]).is_none() && vm.truth(a[3])? {
        let target = vm.buffer(a[2], true)?;
        let b = block(vm, target.data(), "ioctl")?;
        let n = target.len();
        // SAFETY: a request with a block of ours; larger structures are refused by `block`.
        let r = checked(vm, None, || unsafe { libc::ioctl(fd, request as _, b.get()) })?;
        target.write(0, &b.into_inner()[..n]);
        return vm.int(r as i64);
    }
    let data = bytes_of(vm, a[2])?;
    let b = block(vm, &data, "ioctl")?;
    // SAFETY: as above.
    checked(vm, None, || unsafe { libc::ioctl(fd, request as _, b.get()) })?;
    vm.bytes(&b.into_inner()[..data.len()])
}
fn flock(vm: &Vm, a: &[Value]) -> Res {
    let (fd, how) = (fildes(vm, a[0])?, c_int(vm, a[1])?);
    // SAFETY: a call on numbers.
    checked(vm, None, || unsafe { libc::flock(fd, how) })?;
    Ok(Value::NONE)
}
fn lockf(vm: &Vm, a: &[Value]) -> Res {
    let (fd, cmd) = (fildes(vm, a[0])?, c_int(vm, a[1])?);
    let (len, start, from) = (vm.int_i64(a[2])?, vm.int_i64(a[3])?, c_int(vm, a[4])?);
    // SAFETY: plain numbers.
    let mut l: libc::flock64 = unsafe { core::mem::zeroed() };
    l.l_type = if cmd == libc::LOCK_UN {
        libc::F_UNLCK as _
    } else if cmd & libc::LOCK_SH != 0 {
        libc::F_RDLCK as _
    } else if cmd & libc::LOCK_EX != 0 {
        libc::F_WRLCK as _
    } else {
        return Err(vm.value_error("unrecognized lockf argument"));
    };
    l.l_start = start;
    l.l_len = len;
    l.l_whence = from as _;
    // On 32-bit systems the calls with 64-bit offsets have numbers of their own.
    let wide = usize::BITS == 64;
    let op = match (cmd & libc::LOCK_NB != 0, wide) {
        (true, true) => libc::F_SETLK,
        (false, true) => libc::F_SETLKW,
        (true, false) => 13,
        (false, false) => 14,
    };
    // SAFETY: a structure of ours.
    let r = system_call(vm, || unsafe { libc::fcntl(fd, op, &l) })?;
    r.map_err(|e| os_error(vm, e, None))?;
    Ok(Value::NONE)
}
