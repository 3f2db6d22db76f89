//! `_posixsubprocess`: `fork_exec`, the one system-near step of `subprocess`.
//!
//! Everything the child needs is prepared before the fork; between fork and exec only async-signal-safe calls are
//! made, unless the program gave a `preexec_fn`.

use crate::os_error::{last, os_error};
use crate::posix::path::{c_int, fs_encode, fspath};
use crate::posix::process::{CStrings, run_fork_hooks};
use pyrs_core::{NativeDef, Res, Value, Vm};
use std::ffi::CString;

static FUNCTIONS: &[NativeDef] = &[NativeDef::function(
    "fork_exec",
    "(args, executable_list, close_fds, pass_fds, cwd, env, p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, restore_signals, call_setsid, pgid_to_set, gid, extra_groups, uid, child_umask, preexec_fn, /)",
    fork_exec,
    "Spawn a fresh new child process.",
)];

pub(crate) fn init(vm: &Vm) -> Res {
    Ok(vm
        .new_native_module(
            "_posixsubprocess",
            "A POSIX helper for the subprocess module.",
            FUNCTIONS,
        )?
        .value())
}

/// All that the child does, prepared.
struct Plan {
    argv: Option<CStrings>,
    executables: CStrings,
    env: Option<CStrings>,
    cwd: Option<CString>,
    close_fds: bool,
    keep: Vec<i32>,
    /// p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write
    fds: [i32; 8],
    restore_signals: bool,
    setsid: bool,
    pgid: i32,
    gid: Option<libc::gid_t>,
    groups: Option<Vec<libc::gid_t>>,
    uid: Option<libc::uid_t>,
    umask: i32,
}

fn c_string(vm: &Vm, v: Value) -> Res<CString> {
    let v = fspath(vm, v)?;
    let data = match vm.as_str(v) {
        Some(s) => fs_encode(vm, s.points())?,
        None => vm.as_bytes(v).map_or_else(Vec::new, |b| b.data().to_vec()),
    };
    CString::new(data).map_err(|_| vm.value_error("embedded null byte"))
}
fn c_strings(vm: &Vm, v: Value) -> Res<CStrings> {
    let items = vm.to_tuple(v)?;
    let mut out = Vec::new();
    for i in 0..items.len() {
        out.push(c_string(vm, items.get(i))?);
    }
    Ok(CStrings::new(out))
}
fn plan(vm: &Vm, a: &[Value]) -> Res<Plan> {
    let optional = |v: Value| if v.is_none() { Ok(None) } else { c_strings(vm, v).map(Some) };
    let keep_values = vm.to_tuple(a[3])?;
    let mut keep = Vec::new();
    for i in 0..keep_values.len() {
        let fd = c_int(vm, keep_values.get(i))?;
        if fd < 0 || keep.last().is_some_and(|&l| l >= fd) {
            return Err(vm.value_error("bad value(s) in fds_to_keep"));
        }
        keep.push(fd);
    }
    let mut fds = [0; 8];
    for (i, fd) in fds.iter_mut().enumerate() {
        *fd = c_int(vm, a[6 + i])?;
    }
    if vm.truth(a[2])? && fds[7] < 3 {
        return Err(vm.value_error("errpipe_write must be >= 3"));
    }
    let id = |v: Value| -> Res<Option<u32>> {
        if v.is_none() { Ok(None) } else { Ok(Some(vm.int_i64(v)? as u32)) }
    };
    let groups = if a[18].is_none() {
        None
    } else {
        let items = vm.to_tuple(a[18])?;
        let mut out = Vec::new();
        for i in 0..items.len() {
            out.push(vm.int_i64(items.get(i))? as libc::gid_t);
        }
        Some(out)
    };
    Ok(Plan {
        argv: optional(a[0])?,
        executables: c_strings(vm, a[1])?,
        env: optional(a[5])?,
        cwd: if a[4].is_none() { None } else { Some(c_string(vm, a[4])?) },
        close_fds: vm.truth(a[2])?,
        keep,
        fds,
        restore_signals: vm.truth(a[14])?,
        setsid: vm.truth(a[15])?,
        pgid: c_int(vm, a[16])?,
        gid: id(a[17])?,
        groups,
        uid: id(a[19])?,
        umask: c_int(vm, a[20])?,
    })
}
fn fork_exec(vm: &Vm, a: &[Value]) -> Res {
    let p = plan(vm, a)?;
    let preexec = a[21];
    if !preexec.is_none() {
        run_fork_hooks(vm, 0)?;
    }
    let (pid, errno) = crate::gil::fork();
    if pid == 0 {
        if !preexec.is_none() {
            // The child goes on as a Python process until exec.
            if let Err(r) = run_fork_hooks(vm, 1) {
                vm.take_exception(r);
            }
        }
        let (e, during) = child(vm, &p, preexec);
        report(p.fds[7], e, during);
        // SAFETY: ends the child at once.
        unsafe { libc::_exit(255) };
    }
    if !preexec.is_none() {
        run_fork_hooks(vm, 2)?;
    }
    if pid < 0 { Err(os_error(vm, errno, None)) } else { vm.int(pid as i64) }
}
/// `OSError:<errno in hex>:<what failed>` to the parent, as `subprocess` reads it.
fn report(fd: i32, errno: i32, during: &str) {
    let text = if errno > 0 {
        format!("OSError:{errno:X}:{during}")
    } else {
        format!("SubprocessError:0:{during}")
    };
    // SAFETY: a write of our own bytes.
    unsafe { libc::write(fd, text.as_ptr().cast(), text.len()) };
}
/// Returns only if something failed: the errno and what it was about.
fn child(vm: &Vm, p: &Plan, preexec: Value) -> (i32, &'static str) {
    match prepare(p) {
        Ok(()) => {}
        Err(e) => return e,
    }
    if !preexec.is_none()
        && let Err(r) = vm.call(preexec, &[])
    {
        vm.take_exception(r);
        return (0, "Exception occurred in preexec_fn.");
    }
    if p.close_fds {
        close_all_but(&p.keep);
    }
    let mut saved = 0;
    let mut at = p.executables.as_ptr();
    // SAFETY: null-terminated arrays of C strings.
    unsafe {
        while !(*at).is_null() {
            let argv = p.argv.as_ref().map_or(p.executables.as_ptr(), |a| a.as_ptr());
            match &p.env {
                Some(env) => libc::execve(*at, argv, env.as_ptr()),
                None => libc::execv(*at, argv),
            };
            let e = last();
            if e != libc::ENOENT && e != libc::ENOTDIR && saved == 0 {
                saved = e;
            }
            at = at.add(1);
        }
    }
    (if saved != 0 { saved } else { last() }, "")
}
fn prepare(p: &Plan) -> Result<(), (i32, &'static str)> {
    let [p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, _] = p.fds;
    let check = |r: i32| if r == -1 { Err((last(), "noexec")) } else { Ok(()) };
    for &fd in &p.keep {
        if fd != p.fds[7] {
            inheritable(fd).map_err(|e| (e, "noexec"))?;
        }
    }
    // SAFETY: calls on numbers and C strings.
    unsafe {
        for fd in [p2cwrite, c2pread, errread, errpipe_read] {
            if fd >= 0 {
                check(libc::close(fd))?;
            }
        }
        // Standard descriptors must not be overwritten before they are moved to their place.
        let out = if c2pwrite == 0 { libc::dup(c2pwrite) } else { c2pwrite };
        check(if c2pwrite == 0 { out } else { 0 })?;
        let mut err = errwrite;
        while err == 0 || err == 1 {
            err = libc::dup(err);
            check(err)?;
        }
        for (fd, target) in [(p2cread, 0), (out, 1), (err, 2)] {
            if fd == target {
                inheritable(fd).map_err(|e| (e, "noexec"))?;
            } else if fd >= 0 {
                check(libc::dup2(fd, target))?;
            }
        }
        if let Some(cwd) = &p.cwd
            && libc::chdir(cwd.as_ptr()) == -1
        {
            return Err((last(), "noexec:chdir"));
        }
        if p.umask >= 0 {
            libc::umask(p.umask as libc::mode_t);
        }
        if p.restore_signals {
            for n in [libc::SIGPIPE, libc::SIGXFSZ] {
                libc::signal(n, libc::SIG_DFL);
            }
        }
        if p.setsid {
            check(libc::setsid())?;
        }
        if p.pgid >= 0 {
            check(libc::setpgid(0, p.pgid))?;
        }
        if let Some(g) = &p.groups {
            check(libc::setgroups(g.len(), g.as_ptr()))?;
        }
        if let Some(g) = p.gid {
            check(libc::setregid(g, g))?;
        }
        if let Some(u) = p.uid {
            check(libc::setreuid(u, u))?;
        }
    }
    Ok(())
}
fn inheritable(fd: i32) -> Result<(), i32> {
    // SAFETY: calls on numbers.
    unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFD);
        if flags == -1 || libc::fcntl(fd, libc::F_SETFD, flags & !libc::FD_CLOEXEC) == -1 {
            return Err(last());
        }
    }
    Ok(())
}
/// Closes everything from 3 on except `keep` (in rising order).
fn close_all_but(keep: &[i32]) {
    let mut from = 3;
    for &fd in keep {
        if fd >= from {
            close_span(from, fd);
            from = fd + 1;
        }
    }
    close_span(from, i32::MAX);
}
fn close_span(from: i32, to: i32) {
    if from >= to {
        return;
    }
    // SAFETY: a call on numbers; a kernel without it says so.
    let r = unsafe {
        libc::syscall(libc::SYS_close_range, from as libc::c_uint, (to - 1) as libc::c_uint, 0)
    };
    if r != 0 {
        crate::posix::file::close_range(from, to);
    }
}
