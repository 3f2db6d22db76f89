//! `posix`: what the `os` module takes from the operating system.

mod constants;
mod directory;
pub(crate) mod file;
pub(crate) mod path;
pub(crate) mod process;
mod stat;

use crate::os_error::{checked, direct, last, message, os_error};
use crate::struct_sequence;
use path::c_int;
use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "fspath",
        "(path)",
        |vm, a| path::fspath(vm, a[0]),
        "Return the file system path representation of the object.",
    ),
    NativeDef::function(
        "_path_normpath",
        "(path)",
        path::normpath,
        "Normalize path, eliminating double slashes, etc.",
    ),
    NativeDef::function(
        "_path_splitroot_ex",
        "(p, /)",
        path::splitroot,
        "Split a pathname into drive, root and tail.",
    ),
    NativeDef::function(
        "strerror",
        "(code, /)",
        |vm, a| vm.str(&message(c_int(vm, a[0])?)),
        "Translate an error code to a message string.",
    ),
    NativeDef::function(
        "urandom",
        "(size, /)",
        urandom,
        "Return a bytes object containing random bytes suitable for cryptographic use.",
    ),
    NativeDef::function(
        "getrandom",
        "(size, flags=0)",
        getrandom,
        "Obtain a series of random bytes.",
    ),
    NativeDef::function(
        "cpu_count",
        "()",
        cpu_count,
        "Return the number of logical CPUs in the system.",
    ),
    NativeDef::function(
        "uname",
        "()",
        uname,
        "Return an object identifying the current operating system.",
    ),
    NativeDef::function("getlogin", "()", process::getlogin, "Return the actual login name."),
    NativeDef::function(
        "getloadavg",
        "()",
        getloadavg,
        "Return average recent system load information.",
    ),
    NativeDef::function(
        "get_terminal_size",
        "(fd=1, /)",
        stat::get_terminal_size,
        "Return the size of the terminal window as (columns, lines).",
    ),
    NativeDef::function(
        "sysconf",
        "(name, /)",
        sysconf,
        "Return an integer-valued system configuration variable.",
    ),
    NativeDef::function(
        "confstr",
        "(name, /)",
        confstr,
        "Return a string-valued system configuration variable.",
    ),
    NativeDef::function(
        "ctermid",
        "()",
        |vm, _| vm.str("/dev/tty"),
        "Return the name of the controlling terminal for this process.",
    ),
    NativeDef::function(
        "major",
        "(device, /)",
        |vm, a| vm.int(libc::major(device(vm, a[0])?) as i64),
        "Extracts a device major number from a raw device number.",
    ),
    NativeDef::function(
        "minor",
        "(device, /)",
        |vm, a| vm.int(libc::minor(device(vm, a[0])?) as i64),
        "Extracts a device minor number from a raw device number.",
    ),
    NativeDef::function(
        "makedev",
        "(major, minor, /)",
        |vm, a| {
            vm.int_from_u64(libc::makedev(
                vm.int_i64(a[0])? as libc::c_uint,
                vm.int_i64(a[1])? as libc::c_uint,
            ) as u64)
        },
        "Composes a raw device number from the major and minor device numbers.",
    ),
    NativeDef::function("_inputhook", "()", |_, _| Ok(Value::NONE), ""),
    NativeDef::function("_is_inputhook_installed", "()", |_, _| Ok(Value::FALSE), ""),
];

const HAVE: &[&str] = &[
    "HAVE_FACCESSAT",
    "HAVE_FCHDIR",
    "HAVE_FCHMOD",
    "HAVE_FCHMODAT",
    "HAVE_FCHOWN",
    "HAVE_FCHOWNAT",
    "HAVE_FDOPENDIR",
    "HAVE_FEXECVE",
    "HAVE_FPATHCONF",
    "HAVE_FSTATAT",
    "HAVE_FSTATVFS",
    "HAVE_FTRUNCATE",
    "HAVE_FUTIMENS",
    "HAVE_LCHOWN",
    "HAVE_LINKAT",
    "HAVE_LSTAT",
    "HAVE_LUTIMES",
    "HAVE_MEMFD_CREATE",
    "HAVE_MKDIRAT",
    "HAVE_MKFIFOAT",
    "HAVE_MKNODAT",
    "HAVE_OPENAT",
    "HAVE_READLINKAT",
    "HAVE_RENAMEAT",
    "HAVE_SYMLINKAT",
    "HAVE_UNLINKAT",
    "HAVE_UTIMENSAT",
];

const SYSCONF: &[(&str, i32)] = &[
    ("SC_ARG_MAX", libc::_SC_ARG_MAX),
    ("SC_CHILD_MAX", libc::_SC_CHILD_MAX),
    ("SC_CLK_TCK", libc::_SC_CLK_TCK),
    ("SC_HOST_NAME_MAX", libc::_SC_HOST_NAME_MAX),
    ("SC_IOV_MAX", libc::_SC_IOV_MAX),
    ("SC_LINE_MAX", libc::_SC_LINE_MAX),
    ("SC_LOGIN_NAME_MAX", libc::_SC_LOGIN_NAME_MAX),
    ("SC_NGROUPS_MAX", libc::_SC_NGROUPS_MAX),
    ("SC_NPROCESSORS_CONF", libc::_SC_NPROCESSORS_CONF),
    ("SC_NPROCESSORS_ONLN", libc::_SC_NPROCESSORS_ONLN),
    ("SC_OPEN_MAX", libc::_SC_OPEN_MAX),
    ("SC_PAGESIZE", libc::_SC_PAGESIZE),
    ("SC_PAGE_SIZE", libc::_SC_PAGE_SIZE),
    ("SC_PHYS_PAGES", libc::_SC_PHYS_PAGES),
    ("SC_AVPHYS_PAGES", libc::_SC_AVPHYS_PAGES),
    ("SC_SEM_NSEMS_MAX", libc::_SC_SEM_NSEMS_MAX),
    ("SC_STREAM_MAX", libc::_SC_STREAM_MAX),
    ("SC_SYMLOOP_MAX", libc::_SC_SYMLOOP_MAX),
    ("SC_THREADS", libc::_SC_THREADS),
    ("SC_TTY_NAME_MAX", libc::_SC_TTY_NAME_MAX),
    ("SC_TZNAME_MAX", libc::_SC_TZNAME_MAX),
    ("SC_VERSION", libc::_SC_VERSION),
];
const CONFSTR: &[(&str, i32)] =
    &[("CS_PATH", 0), ("CS_GNU_LIBC_VERSION", 2), ("CS_GNU_LIBPTHREAD_VERSION", 3)];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("posix", "This module provides access to operating system functionality that is\nstandardized by the C Standard and the POSIX standard (a thinly\ndisguised Unix interface).", FUNCTIONS)?;
    for table in [file::FUNCTIONS, stat::FUNCTIONS, directory::FUNCTIONS, process::FUNCTIONS] {
        vm.add_functions(m, table)?;
    }
    for &(name, n) in constants::INTS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    stat::classes(vm)?;
    process::classes(vm)?;
    let c = struct_sequence::define(
        vm,
        "os.terminal_size",
        "A tuple of (columns, lines) for holding terminal window size",
        &["columns", "lines"],
        2,
    )?;
    vm.set_hook("terminal_size", c);
    let c = struct_sequence::define(
        vm,
        "posix.uname_result",
        "uname_result: Result from os.uname().",
        &["sysname", "nodename", "release", "version", "machine"],
        5,
    )?;
    vm.set_hook("uname_result", c);
    let c = struct_sequence::define(
        vm,
        "posix.sched_param",
        "Currently has only one field: sched_priority",
        &["sched_priority"],
        1,
    )?;
    vm.module_set(m, "sched_param", c)?;
    for name in ["stat_result", "statvfs_result", "terminal_size", "uname_result", "times_result"] {
        vm.module_set(m, name, vm.hook(name).unwrap_or(Value::NONE))?;
    }
    vm.module_set(m, "DirEntry", directory::classes(vm)?)?;
    vm.module_set(m, "error", vm.exc().os_error.value())?;
    vm.module_set(m, "environ", process::environ(vm)?)?;
    let list = vm.new_list()?;
    for name in HAVE {
        vm.list_append(list, vm.str(name)?)?;
    }
    vm.module_set(m, "_have_functions", list.value())?;
    for (name, table) in [("sysconf_names", SYSCONF), ("confstr_names", CONFSTR)] {
        let d = vm.new_dict()?;
        for &(key, n) in table {
            vm.dict_set_str(d, vm.intern(key), vm.int(n as i64)?)?;
        }
        vm.module_set(m, name, d.value())?;
    }
    Ok(m.value())
}

fn device(vm: &Vm, v: Value) -> Res<libc::dev_t> {
    Ok(vm.int_i64(v)? as libc::dev_t)
}
/// Random bytes of the operating system.
fn random(vm: &Vm, size: Value, flags: libc::c_uint, all: bool) -> Res {
    let n = vm.index_isize(size, Some(vm.exc().overflow_error))?;
    if n < 0 {
        return if all {
            Err(vm.value_error("negative argument not allowed"))
        } else {
            Err(os_error(vm, libc::EINVAL, None))
        };
    }
    let b = vm.new_bytes_blank(n as usize)?;
    let p = b.data().as_ptr() as *mut u8;
    let mut done = 0;
    while done < n as usize {
        // SAFETY: the bytes object has room for `n` bytes, of which `done` are filled.
        let got = checked(vm, None, || unsafe {
            libc::getrandom(p.add(done).cast(), n as usize - done, flags)
        })?;
        done += got as usize;
        if !all {
            break;
        }
    }
    if done == n as usize { Ok(b.value()) } else { vm.bytes(&b.data()[..done]) }
}
fn urandom(vm: &Vm, a: &[Value]) -> Res {
    random(vm, a[0], 0, true)
}
fn getrandom(vm: &Vm, a: &[Value]) -> Res {
    random(vm, a[0], c_int(vm, a[1])? as libc::c_uint, false)
}
fn cpu_count(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: sysconf on a constant.
    let n = unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) };
    if n < 1 { Ok(Value::NONE) } else { vm.int(n as i64) }
}
fn uname(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: arrays of characters.
    let mut u: libc::utsname = unsafe { core::mem::zeroed() };
    // SAFETY: a structure of ours.
    direct(vm, unsafe { libc::uname(&mut u) })?;
    let mut items = [Value::NONE; 5];
    for (to, text) in
        items.iter_mut().zip([&u.sysname, &u.nodename, &u.release, &u.version, &u.machine])
    {
        let bytes: Vec<u8> = text.iter().map(|&c| c as u8).take_while(|&c| c != 0).collect();
        *to = path::fs_decode(vm, &bytes)?;
    }
    struct_sequence::make(vm, vm.hook("uname_result").unwrap_or(Value::NONE), &items)
}
fn getloadavg(vm: &Vm, _: &[Value]) -> Res {
    let mut load = [0f64; 3];
    // SAFETY: the array has the length given.
    if unsafe { libc::getloadavg(load.as_mut_ptr(), 3) } != 3 {
        return Err(vm.raise_text(vm.exc().os_error, "Load averages are unobtainable"));
    }
    vm.tuple(&[vm.float(load[0])?, vm.float(load[1])?, vm.float(load[2])?])
}
fn configuration_name(vm: &Vm, v: Value, table: &[(&str, i32)]) -> Res<i32> {
    if let Some(s) = vm.as_str(v) {
        let text = s.to_lossy();
        return match table.iter().find(|(n, _)| *n == text) {
            Some(&(_, n)) => Ok(n),
            None => Err(vm.value_error("unrecognized configuration name")),
        };
    }
    if vm.as_int(v).is_none() {
        return Err(vm.type_error("configuration names must be strings or integers"));
    }
    c_int(vm, v)
}
fn sysconf(vm: &Vm, a: &[Value]) -> Res {
    let name = configuration_name(vm, a[0], SYSCONF)?;
    // SAFETY: errno is a thread-local number; sysconf takes any number.
    let n = unsafe {
        *libc::__errno_location() = 0;
        libc::sysconf(name)
    };
    if n == -1 && last() != 0 { Err(os_error(vm, last(), None)) } else { vm.int(n as i64) }
}
fn confstr(vm: &Vm, a: &[Value]) -> Res {
    let name = configuration_name(vm, a[0], CONFSTR)?;
    let mut buffer = [0u8; 1024];
    // SAFETY: the buffer has the length given.
    let n = unsafe { libc::confstr(name, buffer.as_mut_ptr().cast(), buffer.len()) };
    if n == 0 { Ok(Value::NONE) } else { path::fs_decode(vm, &buffer[..n.min(buffer.len()) - 1]) }
}
