//! Processes: identity, `fork`, `exec`, `wait`, scheduling, and the environment.

use super::path::{Admit, c_int, fs_decode, fs_encode, fspath, path};
use super::stat::id;
use crate::os_error::{checked, direct, last, os_error, system_call};
use crate::struct_sequence;
use core::cell::{Cell, UnsafeCell};
use pyrs_core::{NativeDef, Res, Value, Vm};
use std::ffi::CString;

/// A function without arguments that gives an id.
macro_rules! number {
    ($call:path) => {
        |vm: &Vm, _: &[Value]| {
            // SAFETY: a call without arguments that cannot fail.
            let n = unsafe { $call() };
            vm.int(n as i64)
        }
    };
}
/// A function that takes ids and gives None.
macro_rules! set_ids {
    ($call:path, $($i:literal),+) => {
        |vm: &Vm, a: &[Value]| {
            // SAFETY: a call on numbers.
            let r = unsafe { $call($(id(vm, a[$i], "id")?),+) };
            direct(vm, r)?;
            Ok(Value::NONE)
        }
    };
}

pub(super) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("getpid", "()", number!(libc::getpid), "Return the current process id."),
    NativeDef::function("getppid", "()", number!(libc::getppid), "Return the parent's process id."),
    NativeDef::function(
        "getuid",
        "()",
        number!(libc::getuid),
        "Return the current process's user id.",
    ),
    NativeDef::function(
        "geteuid",
        "()",
        number!(libc::geteuid),
        "Return the current process's effective user id.",
    ),
    NativeDef::function(
        "getgid",
        "()",
        number!(libc::getgid),
        "Return the current process's group id.",
    ),
    NativeDef::function(
        "getegid",
        "()",
        number!(libc::getegid),
        "Return the current process's effective group id.",
    ),
    NativeDef::function(
        "getpgrp",
        "()",
        number!(libc::getpgrp),
        "Return the current process group id.",
    ),
    NativeDef::function(
        "setuid",
        "(uid, /)",
        set_ids!(libc::setuid, 0),
        "Set the current process's user id.",
    ),
    NativeDef::function(
        "seteuid",
        "(euid, /)",
        set_ids!(libc::seteuid, 0),
        "Set the current process's effective user id.",
    ),
    NativeDef::function(
        "setgid",
        "(gid, /)",
        set_ids!(libc::setgid, 0),
        "Set the current process's group id.",
    ),
    NativeDef::function(
        "setegid",
        "(egid, /)",
        set_ids!(libc::setegid, 0),
        "Set the current process's effective group id.",
    ),
    NativeDef::function(
        "setreuid",
        "(ruid, euid, /)",
        set_ids!(libc::setreuid, 0, 1),
        "Set the current process's real and effective user ids.",
    ),
    NativeDef::function(
        "setregid",
        "(rgid, egid, /)",
        set_ids!(libc::setregid, 0, 1),
        "Set the current process's real and effective group ids.",
    ),
    NativeDef::function(
        "setresuid",
        "(ruid, euid, suid, /)",
        set_ids!(libc::setresuid, 0, 1, 2),
        "Set the current process's real, effective, and saved user ids.",
    ),
    NativeDef::function(
        "setresgid",
        "(rgid, egid, sgid, /)",
        set_ids!(libc::setresgid, 0, 1, 2),
        "Set the current process's real, effective, and saved group ids.",
    ),
    NativeDef::function(
        "getresuid",
        "()",
        getresuid,
        "Return a tuple of the current process's real, effective, and saved user ids.",
    ),
    NativeDef::function(
        "getresgid",
        "()",
        getresgid,
        "Return a tuple of the current process's real, effective, and saved group ids.",
    ),
    NativeDef::function(
        "getgroups",
        "()",
        getgroups,
        "Return list of supplemental group IDs for the process.",
    ),
    NativeDef::function(
        "setgroups",
        "(groups, /)",
        setgroups,
        "Set the groups of the current process to list.",
    ),
    NativeDef::function(
        "getpgid",
        "(pid)",
        getpgid,
        "Call the system call getpgid(), and return the result.",
    ),
    NativeDef::function(
        "setpgid",
        "(pid, pgrp, /)",
        setpgid,
        "Call the system call setpgid(pid, pgrp).",
    ),
    NativeDef::function(
        "setpgrp",
        "()",
        setpgrp,
        "Make the current process the leader of its process group.",
    ),
    NativeDef::function(
        "getsid",
        "(pid, /)",
        getsid,
        "Call the system call getsid(pid) and return the result.",
    ),
    NativeDef::function("setsid", "()", setsid, "Call the system call setsid()."),
    NativeDef::function(
        "tcgetpgrp",
        "(fd, /)",
        tcgetpgrp,
        "Return the process group associated with the terminal specified by fd.",
    ),
    NativeDef::function(
        "tcsetpgrp",
        "(fd, pgid, /)",
        tcsetpgrp,
        "Set the process group associated with the terminal specified by fd.",
    ),
    NativeDef::function("kill", "(pid, signal, /)", kill, "Kill a process with a signal."),
    NativeDef::function(
        "killpg",
        "(pgid, signal, /)",
        killpg,
        "Kill a process group with a signal.",
    ),
    NativeDef::function(
        "nice",
        "(increment, /)",
        nice,
        "Add increment to the priority of process and return the new priority.",
    ),
    NativeDef::function(
        "getpriority",
        "(which, who)",
        getpriority,
        "Return program scheduling priority.",
    ),
    NativeDef::function(
        "setpriority",
        "(which, who, priority)",
        setpriority,
        "Set program scheduling priority.",
    ),
    NativeDef::function("fork", "()", fork, "Fork a child process."),
    NativeDef::function(
        "register_at_fork",
        "(*, before=<unrepresentable>, after_in_child=<unrepresentable>, after_in_parent=<unrepresentable>)",
        register_at_fork,
        "Register callables to be called when forking a new process.",
    ),
    NativeDef::function(
        "execv",
        "(path, argv, /)",
        execv,
        "Execute an executable path with arguments, replacing current process.",
    ),
    NativeDef::function(
        "execve",
        "(path, argv, env)",
        execve,
        "Execute an executable path with arguments, replacing current process.",
    ),
    NativeDef::function(
        "_exit",
        "(status)",
        exit_now,
        "Exit to the system with specified status, without normal exit processing.",
    ),
    NativeDef::function("abort", "()", abort, "Abort the interpreter immediately."),
    NativeDef::function("system", "(command)", system, "Execute the command in a subshell."),
    NativeDef::function("wait", "()", wait, "Wait for completion of a child process."),
    NativeDef::function(
        "waitpid",
        "(pid, options, /)",
        waitpid,
        "Wait for completion of a given child process.",
    ),
    NativeDef::function("wait3", "(options)", wait3, "Wait for completion of a child process."),
    NativeDef::function(
        "wait4",
        "(pid, options)",
        wait4,
        "Wait for completion of a specific child process.",
    ),
    NativeDef::function(
        "waitstatus_to_exitcode",
        "(status)",
        waitstatus_to_exitcode,
        "Convert a wait status to an exit code.",
    ),
    NativeDef::function(
        "WIFEXITED",
        "(status)",
        |vm, a| Ok(Value::bool(libc::WIFEXITED(c_int(vm, a[0])?))),
        "Return True if the process returning status exited via the exit() system call.",
    ),
    NativeDef::function(
        "WEXITSTATUS",
        "(status)",
        |vm, a| vm.int(libc::WEXITSTATUS(c_int(vm, a[0])?) as i64),
        "Return the process return code from status.",
    ),
    NativeDef::function(
        "WIFSIGNALED",
        "(status)",
        |vm, a| Ok(Value::bool(libc::WIFSIGNALED(c_int(vm, a[0])?))),
        "Return True if the process returning status was terminated by a signal.",
    ),
    NativeDef::function(
        "WTERMSIG",
        "(status)",
        |vm, a| vm.int(libc::WTERMSIG(c_int(vm, a[0])?) as i64),
        "Return the signal that terminated the process that provided the status value.",
    ),
    NativeDef::function(
        "WIFSTOPPED",
        "(status)",
        |vm, a| Ok(Value::bool(libc::WIFSTOPPED(c_int(vm, a[0])?))),
        "Return True if the process returning status was stopped.",
    ),
    NativeDef::function(
        "WSTOPSIG",
        "(status)",
        |vm, a| vm.int(libc::WSTOPSIG(c_int(vm, a[0])?) as i64),
        "Return the signal that stopped the process that provided the status value.",
    ),
    NativeDef::function(
        "WIFCONTINUED",
        "(status)",
        |vm, a| Ok(Value::bool(libc::WIFCONTINUED(c_int(vm, a[0])?))),
        "Return True if a particular process was continued from a job control stop.",
    ),
    NativeDef::function(
        "WCOREDUMP",
        "(status, /)",
        |vm, a| Ok(Value::bool(libc::WCOREDUMP(c_int(vm, a[0])?))),
        "Return True if the process returning status was dumped to a core file.",
    ),
    NativeDef::function(
        "times",
        "()",
        times,
        "Return a collection containing process timing information.",
    ),
    NativeDef::function("sched_yield", "()", sched_yield, "Voluntarily relinquish the CPU."),
    NativeDef::function(
        "sched_getaffinity",
        "(pid, /)",
        sched_getaffinity,
        "Return the affinity of the process identified by pid (or the current process if zero).",
    ),
    NativeDef::function(
        "sched_setaffinity",
        "(pid, mask, /)",
        sched_setaffinity,
        "Set the CPU affinity of the process identified by pid to mask.",
    ),
    NativeDef::function(
        "sched_get_priority_max",
        "(policy)",
        |vm, a| {
            let policy = c_int(vm, a[0])?;
            // SAFETY: a call on numbers.
            vm.int(direct(vm, unsafe { libc::sched_get_priority_max(policy) })? as i64)
        },
        "Get the maximum scheduling priority for policy.",
    ),
    NativeDef::function(
        "sched_get_priority_min",
        "(policy)",
        |vm, a| {
            let policy = c_int(vm, a[0])?;
            // SAFETY: a call on numbers.
            vm.int(direct(vm, unsafe { libc::sched_get_priority_min(policy) })? as i64)
        },
        "Get the minimum scheduling priority for policy.",
    ),
    NativeDef::function(
        "sched_getscheduler",
        "(pid, /)",
        |vm, a| {
            let pid = c_int(vm, a[0])?;
            // SAFETY: a call on numbers.
            vm.int(direct(vm, unsafe { libc::sched_getscheduler(pid) })? as i64)
        },
        "Get the scheduling policy for the process identified by pid.",
    ),
    NativeDef::function(
        "putenv",
        "(name, value, /)",
        putenv,
        "Change or add an environment variable.",
    ),
    NativeDef::function("unsetenv", "(name, /)", unsetenv, "Delete an environment variable."),
    NativeDef::function(
        "_create_environ",
        "()",
        |vm, _| environ(vm),
        "Create the environment dictionary.",
    ),
];

pub(super) fn classes(vm: &Vm) -> Res<()> {
    let c = struct_sequence::define(
        vm,
        "posix.times_result",
        "times_result: Result from os.times().",
        &["user", "system", "children_user", "children_system", "elapsed"],
        5,
    )?;
    vm.set_hook("times_result", c);
    let names = [
        "ru_utime",
        "ru_stime",
        "ru_maxrss",
        "ru_ixrss",
        "ru_idrss",
        "ru_isrss",
        "ru_minflt",
        "ru_majflt",
        "ru_nswap",
        "ru_inblock",
        "ru_oublock",
        "ru_msgsnd",
        "ru_msgrcv",
        "ru_nsignals",
        "ru_nvcsw",
        "ru_nivcsw",
    ];
    let c = struct_sequence::define(
        vm,
        "resource.struct_rusage",
        "struct_rusage: Result from getrusage.",
        &names,
        16,
    )?;
    vm.set_hook("struct_rusage", c);
    Ok(())
}

/// The environment as a dict of bytes.
pub(super) fn environ(vm: &Vm) -> Res {
    use std::os::unix::ffi::OsStrExt;
    let d = vm.new_dict()?;
    for (k, v) in std::env::vars_os() {
        let (k, v) = (vm.bytes(k.as_bytes())?, vm.bytes(v.as_bytes())?);
        vm.dict_set(d, k, v)?;
    }
    Ok(d.value())
}
/// `os.fsencode` of a value, as a C string.
fn c_string(vm: &Vm, v: Value) -> Res<CString> {
    let v = fspath(vm, v)?;
    let data = match vm.as_str(v) {
        Some(s) => fs_encode(vm, s.points())?,
        None => vm.as_bytes(v).map_or_else(Vec::new, |b| b.data().to_vec()),
    };
    CString::new(data).map_err(|_| vm.value_error("embedded null byte"))
}
fn putenv(vm: &Vm, a: &[Value]) -> Res {
    let (k, v) = (c_string(vm, a[0])?, c_string(vm, a[1])?);
    if k.as_bytes().contains(&b'=') {
        return Err(vm.value_error("illegal environment variable name"));
    }
    // SAFETY: two C strings; native code here reads the environment only while it holds the interpreter lock.
    direct(vm, unsafe { libc::setenv(k.as_ptr(), v.as_ptr(), 1) })?;
    Ok(Value::NONE)
}
fn unsetenv(vm: &Vm, a: &[Value]) -> Res {
    let k = c_string(vm, a[0])?;
    // SAFETY: as for `putenv`.
    direct(vm, unsafe { libc::unsetenv(k.as_ptr()) })?;
    Ok(Value::NONE)
}

// ---- identity
fn getresuid(vm: &Vm, _: &[Value]) -> Res {
    let (mut r, mut e, mut s) = (0, 0, 0);
    // SAFETY: three numbers of ours.
    direct(vm, unsafe { libc::getresuid(&mut r, &mut e, &mut s) })?;
    vm.tuple(&[vm.int(r as i64)?, vm.int(e as i64)?, vm.int(s as i64)?])
}
fn getresgid(vm: &Vm, _: &[Value]) -> Res {
    let (mut r, mut e, mut s) = (0, 0, 0);
    // SAFETY: three numbers of ours.
    direct(vm, unsafe { libc::getresgid(&mut r, &mut e, &mut s) })?;
    vm.tuple(&[vm.int(r as i64)?, vm.int(e as i64)?, vm.int(s as i64)?])
}
fn getgroups(vm: &Vm, _: &[Value]) -> Res {
    let mut groups = vec![0 as libc::gid_t; 65536];
    // SAFETY: the array has the length given.
    let n = direct(vm, unsafe { libc::getgroups(groups.len() as i32, groups.as_mut_ptr()) })?;
    let list = vm.new_list()?;
    for &g in &groups[..n as usize] {
        vm.list_append(list, vm.int(g as i64)?)?;
    }
    Ok(list.value())
}
fn setgroups(vm: &Vm, a: &[Value]) -> Res {
    let items = vm.to_tuple(a[0])?;
    let mut groups = Vec::new();
    for &v in items.items() {
        groups.push(id(vm, v, "gid")? as libc::gid_t);
    }
    // SAFETY: the array has the length given.
    direct(vm, unsafe { libc::setgroups(groups.len(), groups.as_ptr()) })?;
    Ok(Value::NONE)
}
fn getpgid(vm: &Vm, a: &[Value]) -> Res {
    let pid = c_int(vm, a[0])?;
    // SAFETY: a call on numbers.
    vm.int(direct(vm, unsafe { libc::getpgid(pid) })? as i64)
}
fn setpgid(vm: &Vm, a: &[Value]) -> Res {
    let (pid, group) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::setpgid(pid, group) })?;
    Ok(Value::NONE)
}
fn setpgrp(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::setpgid(0, 0) })?;
    Ok(Value::NONE)
}
fn getsid(vm: &Vm, a: &[Value]) -> Res {
    let pid = c_int(vm, a[0])?;
    // SAFETY: a call on numbers.
    vm.int(direct(vm, unsafe { libc::getsid(pid) })? as i64)
}
fn setsid(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: no arguments.
    direct(vm, unsafe { libc::setsid() })?;
    Ok(Value::NONE)
}
fn tcgetpgrp(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: a call on numbers.
    vm.int(direct(vm, unsafe { libc::tcgetpgrp(fd) })? as i64)
}
fn tcsetpgrp(vm: &Vm, a: &[Value]) -> Res {
    let (fd, group) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::tcsetpgrp(fd, group) })?;
    Ok(Value::NONE)
}
fn kill(vm: &Vm, a: &[Value]) -> Res {
    let (pid, signal) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::kill(pid, signal) })?;
    // A signal to ourselves has arrived by now.
    vm.run_pending()?;
    Ok(Value::NONE)
}
fn killpg(vm: &Vm, a: &[Value]) -> Res {
    let (group, signal) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::killpg(group, signal) })?;
    vm.run_pending()?;
    Ok(Value::NONE)
}
fn nice(vm: &Vm, a: &[Value]) -> Res {
    let by = c_int(vm, a[0])?;
    // SAFETY: errno is a thread-local number; -1 may be a true answer.
    let n = unsafe {
        *libc::__errno_location() = 0;
        libc::nice(by)
    };
    if n == -1 && last() != 0 { Err(os_error(vm, last(), None)) } else { vm.int(n as i64) }
}
fn getpriority(vm: &Vm, a: &[Value]) -> Res {
    let (which, who) = (c_int(vm, a[0])?, c_int(vm, a[1])?);
    // SAFETY: as for `nice`.
    let n = unsafe {
        *libc::__errno_location() = 0;
        libc::getpriority(which as _, who as _)
    };
    if n == -1 && last() != 0 { Err(os_error(vm, last(), None)) } else { vm.int(n as i64) }
}
fn setpriority(vm: &Vm, a: &[Value]) -> Res {
    let (which, who, n) = (c_int(vm, a[0])?, c_int(vm, a[1])?, c_int(vm, a[2])?);
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::setpriority(which as _, who as _, n) })?;
    Ok(Value::NONE)
}

// ---- fork and exec
fn register_at_fork(vm: &Vm, a: &[Value]) -> Res {
    if a.iter().all(|v| v.is_unbound()) {
        return Err(vm.type_error("At least one argument is required."));
    }
    for (i, name) in ["before", "after_in_child", "after_in_parent"].into_iter().enumerate() {
        if a[i].is_unbound() {
            continue;
        }
        if !vm.is_callable(a[i]) {
            return Err(
                vm.type_error(format!("'{name}' must be callable, not {}", vm.type_name(a[i])))
            );
        }
        let list = fork_hooks(vm, i)?;
        vm.list_append(list, a[i])?;
    }
    Ok(Value::NONE)
}
fn fork_hooks(vm: &Vm, i: usize) -> Res<pyrs_core::Gc<pyrs_core::object::List>> {
    let name = ["fork_before", "fork_child", "fork_parent"][i];
    if let Some(l) = vm.hook(name).and_then(|v| vm.as_list(v)) {
        return Ok(l);
    }
    let list = vm.new_list()?;
    vm.set_hook(name, list.value());
    Ok(list)
}
/// Calls the hooks of one kind; errors are reported and ignored.
pub(crate) fn run_fork_hooks(vm: &Vm, kind: usize) -> Res<()> {
    let list = fork_hooks(vm, kind)?;
    let hooks = vm.new_tuple(list.items())?;
    for i in 0..hooks.len() {
        let i = if kind == 0 { hooks.len() - 1 - i } else { i };
        if let Err(r) = vm.call(hooks.get(i), &[]) {
            let e = vm.take_exception(r);
            crate::sys::print_to(vm, "stderr", "Exception ignored in fork hook:\n");
            crate::sys::display_exception(vm, e);
        }
    }
    Ok(())
}
fn fork(vm: &Vm, _: &[Value]) -> Res {
    run_fork_hooks(vm, 0)?;
    let (pid, errno) = crate::gil::fork();
    if pid == 0 {
        run_fork_hooks(vm, 1)?;
    } else {
        run_fork_hooks(vm, 2)?;
    }
    if pid < 0 { Err(os_error(vm, errno, None)) } else { vm.int(pid as i64) }
}
/// C strings and the null-terminated array of their addresses.
pub(crate) struct CStrings {
    _text: Vec<CString>,
    pointers: Vec<*const libc::c_char>,
}
impl CStrings {
    pub fn new(text: Vec<CString>) -> CStrings {
        let mut pointers: Vec<_> = text.iter().map(|s| s.as_ptr()).collect();
        pointers.push(core::ptr::null());
        CStrings { _text: text, pointers }
    }
    pub fn as_ptr(&self) -> *const *const libc::c_char {
        self.pointers.as_ptr()
    }
}
fn arguments(vm: &Vm, function: &str, v: Value) -> Res<CStrings> {
    if vm.as_list(v).is_none() && vm.as_tuple(v).is_none() {
        return Err(vm.type_error(format!("{function}: argv must be a tuple or list")));
    }
    let items = vm.to_tuple(v)?;
    if items.is_empty() {
        return Err(vm.value_error(format!("{function}() arg 2 must not be empty")));
    }
    let mut text = Vec::new();
    for i in 0..items.len() {
        text.push(c_string(vm, items.get(i))?);
    }
    if text[0].is_empty() {
        return Err(vm.value_error(format!("{function}() arg 2 first element cannot be empty")));
    }
    Ok(CStrings::new(text))
}
/// A mapping as `NAME=value` strings.
fn environment(vm: &Vm, v: Value) -> Res<CStrings> {
    let keys = vm.call_method(v, "keys", &[])?;
    let keys = vm.to_tuple(keys)?;
    let mut text = Vec::new();
    for i in 0..keys.len() {
        let value = vm.get_item(v, keys.get(i))?;
        let (k, value) = (c_string(vm, keys.get(i))?, c_string(vm, value)?);
        if k.as_bytes().is_empty() || k.as_bytes()[1..].contains(&b'=') {
            return Err(vm.value_error("illegal environment variable name"));
        }
        let mut both = k.into_bytes();
        both.push(b'=');
        both.extend_from_slice(value.as_bytes());
        text.push(CString::new(both).map_err(|_| vm.value_error("embedded null byte"))?);
    }
    Ok(CStrings::new(text))
}
fn execv(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "execv", "path", Admit::Path)?;
    let argv = arguments(vm, "execv", a[1])?;
    // SAFETY: a C string and a null-terminated array of them.
    unsafe { libc::execv(p.ptr(), argv.as_ptr()) };
    Err(p.error(vm, last()))
}
fn execve(vm: &Vm, a: &[Value]) -> Res {
    let p = path(vm, a[0], "execve", "path", Admit::PathOrFd)?;
    let argv = arguments(vm, "execve", a[1])?;
    let env = environment(vm, a[2])?;
    match p.fd {
        // SAFETY: null-terminated arrays of C strings.
        Some(fd) => unsafe { libc::fexecve(fd, argv.as_ptr().cast(), env.as_ptr().cast()) },
        // SAFETY: as above, and the name is a C string.
        None => unsafe { libc::execve(p.ptr(), argv.as_ptr(), env.as_ptr()) },
    };
    Err(p.error(vm, last()))
}
fn exit_now(vm: &Vm, a: &[Value]) -> Res {
    let status = c_int(vm, a[0])?;
    // SAFETY: ends the process at once, as asked.
    unsafe { libc::_exit(status) }
}
fn abort(_: &Vm, _: &[Value]) -> Res {
    std::process::abort()
}
fn system(vm: &Vm, a: &[Value]) -> Res {
    let command = c_string(vm, a[0])?;
    // SAFETY: a C string.
    let r = crate::gil::released(vm, || unsafe { libc::system(command.as_ptr()) });
    vm.int(r as i64)
}

// ---- wait
fn wait(vm: &Vm, _: &[Value]) -> Res {
    wait_for(vm, -1, 0)
}
fn waitpid(vm: &Vm, a: &[Value]) -> Res {
    wait_for(vm, c_int(vm, a[0])?, c_int(vm, a[1])?)
}
fn wait_for(vm: &Vm, pid: i32, options: i32) -> Res {
    let status = Cell::new(0);
    // SAFETY: a number of ours.
    let r = checked(vm, None, || unsafe { libc::waitpid(pid, status.as_ptr(), options) })?;
    vm.tuple(&[vm.int(r as i64)?, vm.int(status.get() as i64)?])
}
fn wait3(vm: &Vm, a: &[Value]) -> Res {
    wait_usage(vm, -1, c_int(vm, a[0])?)
}
fn wait4(vm: &Vm, a: &[Value]) -> Res {
    wait_usage(vm, c_int(vm, a[0])?, c_int(vm, a[1])?)
}
fn wait_usage(vm: &Vm, pid: i32, options: i32) -> Res {
    let status = Cell::new(0);
    // SAFETY: plain numbers.
    let usage = UnsafeCell::new(unsafe { core::mem::zeroed::<libc::rusage>() });
    // SAFETY: a number and a structure of ours.
    let r =
        checked(vm, None, || unsafe { libc::wait4(pid, status.as_ptr(), options, usage.get()) })?;
    let usage = rusage(vm, &usage.into_inner())?;
    vm.tuple(&[vm.int(r as i64)?, vm.int(status.get() as i64)?, usage])
}
pub(crate) fn rusage(vm: &Vm, u: &libc::rusage) -> Res {
    let seconds = |t: libc::timeval| t.tv_sec as f64 + t.tv_usec as f64 * 1e-6;
    let mut items = [Value::NONE; 16];
    items[0] = vm.float(seconds(u.ru_utime))?;
    items[1] = vm.float(seconds(u.ru_stime))?;
    let rest = [
        u.ru_maxrss,
        u.ru_ixrss,
        u.ru_idrss,
        u.ru_isrss,
        u.ru_minflt,
        u.ru_majflt,
        u.ru_nswap,
        u.ru_inblock,
        u.ru_oublock,
        u.ru_msgsnd,
        u.ru_msgrcv,
        u.ru_nsignals,
        u.ru_nvcsw,
        u.ru_nivcsw,
    ];
    for (to, n) in items[2..].iter_mut().zip(rest) {
        *to = vm.int(n as i64)?;
    }
    struct_sequence::make(vm, vm.hook("struct_rusage").unwrap_or(Value::NONE), &items)
}
fn waitstatus_to_exitcode(vm: &Vm, a: &[Value]) -> Res {
    let s = c_int(vm, a[0])?;
    if libc::WIFEXITED(s) {
        vm.int(libc::WEXITSTATUS(s) as i64)
    } else if libc::WIFSIGNALED(s) {
        vm.int(-(libc::WTERMSIG(s) as i64))
    } else if libc::WIFSTOPPED(s) {
        Err(vm.value_error(format!("process stopped by delivery of signal {}", libc::WSTOPSIG(s))))
    } else {
        Err(vm.value_error(format!("invalid wait status: {s}")))
    }
}

// ---- time and scheduling
fn times(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: plain numbers.
    let mut t: libc::tms = unsafe { core::mem::zeroed() };
    // SAFETY: a structure of ours; sysconf on a constant.
    let (elapsed, per) = unsafe { (libc::times(&mut t), libc::sysconf(libc::_SC_CLK_TCK) as f64) };
    let parts = [t.tms_utime, t.tms_stime, t.tms_cutime, t.tms_cstime, elapsed];
    let mut items = [Value::NONE; 5];
    for (to, n) in items.iter_mut().zip(parts) {
        *to = vm.float(n as f64 / per)?;
    }
    struct_sequence::make(vm, vm.hook("times_result").unwrap_or(Value::NONE), &items)
}
fn sched_yield(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: no arguments.
    let r = crate::gil::released(vm, || unsafe { libc::sched_yield() });
    direct(vm, r)?;
    Ok(Value::NONE)
}
/// The CPUs a process may run on.
pub(super) fn affinity(pid: i32) -> Option<Vec<usize>> {
    // SAFETY: plain bits.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: a structure of ours of the size given.
    if unsafe { libc::sched_getaffinity(pid, size_of::<libc::cpu_set_t>(), &mut set) } != 0 {
        return None;
    }
    // SAFETY: the index is below the size of the set.
    Some((0..libc::CPU_SETSIZE as usize).filter(|&i| unsafe { libc::CPU_ISSET(i, &set) }).collect())
}
fn sched_getaffinity(vm: &Vm, a: &[Value]) -> Res {
    let Some(cpus) = affinity(c_int(vm, a[0])?) else { return Err(os_error(vm, last(), None)) };
    let s = vm.new_set(pyrs_core::object::core_shape::SET)?;
    for c in cpus {
        vm.set_add(s, vm.int(c as i64)?)?;
    }
    Ok(s.value())
}
fn sched_setaffinity(vm: &Vm, a: &[Value]) -> Res {
    let pid = c_int(vm, a[0])?;
    // SAFETY: plain bits.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    vm.iterate(a[1], |v| {
        let n = vm.int_i64(v)?;
        if n < 0 {
            return Err(vm.value_error("negative CPU number"));
        }
        if n >= libc::CPU_SETSIZE as i64 {
            return Err(os_error(vm, libc::EINVAL, None));
        }
        // SAFETY: the index is below the size of the set.
        unsafe { libc::CPU_SET(n as usize, &mut set) };
        Ok(())
    })?;
    // SAFETY: a structure of ours of the size given.
    let r = system_call(vm, || unsafe {
        libc::sched_setaffinity(pid, size_of::<libc::cpu_set_t>(), &set)
    })?;
    r.map_err(|e| os_error(vm, e, None))?;
    Ok(Value::NONE)
}
/// `os.getlogin`
pub(super) fn getlogin(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: no arguments; the answer is null or a C string that lives until the next call.
    let name = unsafe {
        let p = libc::getlogin();
        if p.is_null() { None } else { Some(core::ffi::CStr::from_ptr(p).to_bytes().to_vec()) }
    };
    match name {
        Some(n) => fs_decode(vm, &n),
        None => Err(os_error(vm, last(), None)),
    }
}
