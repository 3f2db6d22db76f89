//! `resource`: limits and use of system resources.

use crate::os_error::{direct, last, os_error};
use crate::posix::path::c_int;
use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("getrusage", "(who, /)", getrusage, ""),
    NativeDef::function("getrlimit", "(resource, /)", getrlimit, ""),
    NativeDef::function("setrlimit", "(resource, limits, /)", setrlimit, ""),
    NativeDef::function("getpagesize", "()", getpagesize, ""),
];
const INTS: &[(&str, i64)] = &[
    ("RLIMIT_CPU", libc::RLIMIT_CPU as i64),
    ("RLIMIT_FSIZE", libc::RLIMIT_FSIZE as i64),
    ("RLIMIT_DATA", libc::RLIMIT_DATA as i64),
    ("RLIMIT_STACK", libc::RLIMIT_STACK as i64),
    ("RLIMIT_CORE", libc::RLIMIT_CORE as i64),
    ("RLIMIT_NOFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_OFILE", libc::RLIMIT_NOFILE as i64),
    ("RLIMIT_AS", libc::RLIMIT_AS as i64),
    ("RLIMIT_RSS", libc::RLIMIT_RSS as i64),
    ("RLIMIT_NPROC", libc::RLIMIT_NPROC as i64),
    ("RLIMIT_MEMLOCK", libc::RLIMIT_MEMLOCK as i64),
    ("RLIMIT_MSGQUEUE", libc::RLIMIT_MSGQUEUE as i64),
    ("RLIMIT_NICE", libc::RLIMIT_NICE as i64),
    ("RLIMIT_RTPRIO", libc::RLIMIT_RTPRIO as i64),
    ("RLIMIT_SIGPENDING", libc::RLIMIT_SIGPENDING as i64),
    ("RUSAGE_SELF", libc::RUSAGE_SELF as i64),
    ("RUSAGE_CHILDREN", libc::RUSAGE_CHILDREN as i64),
    ("RUSAGE_THREAD", libc::RUSAGE_THREAD as i64),
    ("RLIM_INFINITY", -1),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("resource", "", FUNCTIONS)?;
    for &(name, n) in INTS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    vm.import_module("posix")?;
    vm.module_set(m, "struct_rusage", vm.hook("struct_rusage").unwrap_or(Value::NONE))?;
    vm.module_set(m, "error", vm.exc().os_error.value())?;
    Ok(m.value())
}
fn getrusage(vm: &Vm, a: &[Value]) -> Res {
    let who = c_int(vm, a[0])?;
    // SAFETY: plain numbers.
    let mut u: libc::rusage = unsafe { core::mem::zeroed() };
    // SAFETY: a structure of ours.
    if unsafe { libc::getrusage(who, &mut u) } == -1 {
        return Err(if last() == libc::EINVAL {
            vm.value_error("invalid who parameter")
        } else {
            os_error(vm, last(), None)
        });
    }
    crate::posix::process::rusage(vm, &u)
}
fn limit(vm: &Vm, n: libc::rlim64_t) -> Res {
    if n == libc::rlim64_t::MAX { Ok(Value::small_int(-1)) } else { vm.int_from_u64(n as u64) }
}
fn which(vm: &Vm, v: Value) -> Res<i32> {
    let n = c_int(vm, v)?;
    if (0..16).contains(&n) { Ok(n) } else { Err(vm.value_error("invalid resource specified")) }
}
fn getrlimit(vm: &Vm, a: &[Value]) -> Res {
    let n = which(vm, a[0])?;
    let mut l = libc::rlimit64 { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: a structure of ours.
    direct(vm, unsafe { libc::getrlimit64(n as _, &mut l) })?;
    vm.tuple(&[limit(vm, l.rlim_cur)?, limit(vm, l.rlim_max)?])
}
fn setrlimit(vm: &Vm, a: &[Value]) -> Res {
    let n = which(vm, a[0])?;
    let t = vm.to_tuple(a[1])?;
    if t.len() != 2 {
        return Err(vm.value_error("expected a tuple of 2 integers"));
    }
    let l = libc::rlimit64 {
        rlim_cur: vm.int_i64(t.get(0))? as _,
        rlim_max: vm.int_i64(t.get(1))? as _,
    };
    // SAFETY: a structure of ours.
    if unsafe { libc::setrlimit64(n as _, &l) } == -1 {
        return Err(match last() {
            libc::EINVAL => vm.value_error("current limit exceeds maximum limit"),
            libc::EPERM => vm.value_error("not allowed to raise maximum limit"),
            e => os_error(vm, e, None),
        });
    }
    Ok(Value::NONE)
}
fn getpagesize(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: sysconf on a constant.
    vm.int(unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as i64)
}
