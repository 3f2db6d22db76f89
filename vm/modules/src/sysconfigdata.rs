//! `_sysconfigdata__linux_TRIPLET`: what `sysconfig` tells of how this interpreter was built.
//!
//! CPython writes the module while it is built, from its Makefile and `pyconfig.h`. Here is what those hold that
//! means something for an interpreter in one file without C headers: places, sizes of C types, what the system
//! has, and which parts of CPython are absent. Strings about compilers are empty: nothing is built with them.

use pyrs_core::{Gc, Res, Value, Vm, object::Dict};
use std::env::consts::ARCH;

/// Debian's name of the machine and its C library, chosen from names that a processor shares between two.
const fn multiarch() -> &'static str {
    match ARCH.as_bytes() {
        b"x86_64" => "x86_64-linux-gnu",
        b"x86" => "i386-linux-gnu",
        b"arm" => "arm-linux-gnueabihf",
        b"aarch64" => "aarch64-linux-gnu",
        b"powerpc64" if cfg!(target_endian = "little") => "powerpc64le-linux-gnu",
        b"powerpc64" => "powerpc64-linux-gnu",
        b"s390x" => "s390x-linux-gnu",
        _ => "linux-gnu",
    }
}

/// Debian's multiarch triplet of this machine.
pub(crate) const MULTIARCH: &str = multiarch();

/// The name `sysconfig` imports: no ABI flags, platform, triplet.
pub(crate) const NAME: &str = match MULTIARCH.as_bytes() {
    b"x86_64-linux-gnu" => "_sysconfigdata__linux_x86_64-linux-gnu",
    b"i386-linux-gnu" => "_sysconfigdata__linux_i386-linux-gnu",
    b"arm-linux-gnueabihf" => "_sysconfigdata__linux_arm-linux-gnueabihf",
    b"aarch64-linux-gnu" => "_sysconfigdata__linux_aarch64-linux-gnu",
    b"powerpc64le-linux-gnu" => "_sysconfigdata__linux_powerpc64le-linux-gnu",
    b"powerpc64-linux-gnu" => "_sysconfigdata__linux_powerpc64-linux-gnu",
    b"s390x-linux-gnu" => "_sysconfigdata__linux_s390x-linux-gnu",
    _ => "_sysconfigdata__linux_linux-gnu",
};

/// The sizes of C types in bytes.
const SIZES: &[(&str, usize)] = &[
    ("ALIGNOF_LONG", align_of::<libc::c_long>()),
    ("ALIGNOF_SIZE_T", align_of::<libc::size_t>()),
    ("SIZEOF_DOUBLE", size_of::<f64>()),
    ("SIZEOF_FLOAT", size_of::<f32>()),
    ("SIZEOF_FPOS_T", size_of::<libc::fpos_t>()),
    ("SIZEOF_INT", size_of::<libc::c_int>()),
    ("SIZEOF_LONG", size_of::<libc::c_long>()),
    ("SIZEOF_LONG_LONG", size_of::<libc::c_longlong>()),
    ("SIZEOF_OFF_T", size_of::<libc::off_t>()),
    ("SIZEOF_PID_T", size_of::<libc::pid_t>()),
    ("SIZEOF_PTHREAD_KEY_T", size_of::<libc::pthread_key_t>()),
    ("SIZEOF_PTHREAD_T", size_of::<libc::pthread_t>()),
    ("SIZEOF_SHORT", size_of::<libc::c_short>()),
    ("SIZEOF_SIZE_T", size_of::<libc::size_t>()),
    ("SIZEOF_TIME_T", size_of::<libc::time_t>()),
    ("SIZEOF_UINTPTR_T", size_of::<usize>()),
    ("SIZEOF_VOID_P", size_of::<usize>()),
    ("SIZEOF_WCHAR_T", size_of::<libc::wchar_t>()),
    ("SIZEOF__BOOL", size_of::<bool>()),
];

/// Whether the processor keeps the low bytes first.
const LITTLE: usize = cfg!(target_endian = "little") as usize;

/// Switches and what the system has: 1 for yes, 0 for no.
const NUMBERS: &[(&str, usize)] = &[
    ("DOUBLE_IS_BIG_ENDIAN_IEEE754", 1 - LITTLE),
    ("DOUBLE_IS_LITTLE_ENDIAN_IEEE754", LITTLE),
    ("ENABLE_IPV6", 1),
    ("HAVE_DYNAMIC_LOADING", 0),
    ("HAVE_PERF_TRAMPOLINE", 0),
    ("PY_COERCE_C_LOCALE", 0),
    ("PY_ENABLE_SHARED", 0),
    ("PY_HAVE_PERF_TRAMPOLINE", 0),
    ("PY_SUPPORT_TIER", 0),
    ("Py_DEBUG", 0),
    ("Py_ENABLE_SHARED", 0),
    ("Py_GIL_DISABLED", 0),
    ("Py_HASH_ALGORITHM", 0),
    ("Py_REMOTE_DEBUG", 0),
    ("Py_STATS", 0),
    ("Py_TAIL_CALL_INTERP", 0),
    ("Py_TRACE_REFS", 0),
    ("STATIC_LIBPYTHON", 0),
    ("WITH_DECIMAL_CONTEXTVAR", 1),
    ("WITH_DOC_STRINGS", 1),
    ("WITH_DTRACE", 0),
    ("WITH_DYLD", 0),
    ("WITH_MIMALLOC", 0),
    ("WITH_NEXT_FRAMEWORK", 0),
    ("WITH_PYMALLOC", 0),
    ("WITH_VALGRIND", 0),
];

/// What every Linux with the GNU C library has: `HAVE_NAME` is 1.
#[rustfmt::skip] // One line per theme reads better than one name per line.
const HAVE: &[&str] = &[
    "FORK", "VFORK", "EXECV", "WAIT", "WAIT3", "WAIT4", "WAITID", "WAITPID", "KILL", "KILLPG", "POSIX_SPAWN",
    "GETRANDOM", "GETRANDOM_SYSCALL", "GETENTROPY", "CLOCK", "CLOCK_GETRES", "CLOCK_GETTIME", "CLOCK_SETTIME",
    "CLOCK_NANOSLEEP", "NANOSLEEP", "MKTIME", "TIMEGM", "STRFTIME", "WORKING_TZSET", "STRUCT_TM_TM_ZONE",
    "SIGACTION", "SIGALTSTACK", "SIGINTERRUPT", "SIGPENDING", "SIGTIMEDWAIT", "SIGWAIT", "SIGWAITINFO",
    "PTHREAD_H", "PTHREAD_KILL", "PTHREAD_SIGMASK", "PTHREAD_GETCPUCLOCKID", "PTHREAD_SETNAME_NP",
    "PTHREAD_GETNAME_NP", "SEM_TIMEDWAIT", "SEM_CLOCKWAIT", "POLL", "EPOLL", "EPOLL_CREATE1", "PIPE", "PIPE2",
    "DUP2", "DUP3", "OPENAT", "FSTATAT", "LSTAT", "LINK", "LINKAT", "SYMLINK", "SYMLINKAT", "READLINK",
    "READLINKAT", "RENAMEAT", "UNLINKAT", "MKDIRAT", "MKFIFO", "MKNOD", "FTRUNCATE", "TRUNCATE", "FSYNC",
    "FDATASYNC", "PREAD", "PWRITE", "READV", "WRITEV", "SENDFILE", "SPLICE", "COPY_FILE_RANGE", "MEMFD_CREATE",
    "STATVFS", "FSTATVFS", "CHMOD", "FCHMOD", "CHOWN", "FCHOWN", "LCHOWN", "UTIMENSAT", "FUTIMENS", "ACCESS",
    "GETPID", "GETPPID", "GETUID", "GETEUID", "GETGID", "GETEGID", "GETPGID", "GETPGRP", "GETSID", "SETSID",
    "GETGROUPS", "SETGROUPS", "GETLOADAVG", "GETRUSAGE", "GETPRIORITY", "SETPRIORITY", "NICE", "UNAME",
    "UMASK", "SYSCONF", "CONFSTR", "PATHCONF", "SOCKET", "SOCKETPAIR", "ACCEPT4", "GETADDRINFO", "INET_PTON",
    "LONG_DOUBLE", "SSIZE_T", "SETLOCALE", "WCSCOLL", "WCSFTIME", "WCSXFRM", "MMAP",
];

/// Strings that do not depend on where the interpreter stands.
const STRINGS: &[(&str, &str)] = &[
    ("ABIFLAGS", ""),
    ("AR", ""),
    ("ARFLAGS", ""),
    ("CC", ""),
    ("CCSHARED", ""),
    ("CFLAGS", ""),
    ("CONFIG_ARGS", ""),
    ("CPPFLAGS", ""),
    ("CXX", ""),
    ("ENSUREPIP", "no"),
    ("EXE", ""),
    ("INSTSONAME", ""),
    ("LDFLAGS", ""),
    ("LDLIBRARY", ""),
    ("LDSHARED", ""),
    ("LDVERSION", "3.14"),
    ("LIBRARY", ""),
    ("LIBS", ""),
    ("MACHDEP", "linux"),
    ("MULTIARCH", MULTIARCH),
    ("OPT", ""),
    ("PLATLIBDIR", "lib"),
    ("PY_BUILTIN_HASHLIB_HASHES", "\"md5,sha1,sha2,sha3,blake2\""),
    ("PY_CFLAGS", ""),
    ("PY_CFLAGS_NODIST", ""),
    ("PY_CORE_CFLAGS", ""),
    ("PY_CORE_LDFLAGS", ""),
    ("PY_LDFLAGS", ""),
    ("PY_LDFLAGS_NODIST", ""),
    ("PYTHONFRAMEWORK", ""),
    ("PYTHONFRAMEWORKPREFIX", ""),
    ("SHLIB_SUFFIX", ".so"),
    ("TEST_MODULES", "no"),
    ("TZPATH", "/usr/share/zoneinfo:/usr/lib/zoneinfo:/usr/share/lib/zoneinfo:/etc/zoneinfo"),
    ("VERSION", "3.14"),
    ("WHEEL_PKG_DIR", ""),
];

/// Places below the prefix: name and the rest of the path.
const PLACES: &[(&str, &str)] = &[
    ("BINDIR", "/bin"),
    ("BINLIBDEST", "/lib/python3.14"),
    ("CONFINCLUDEDIR", "/include"),
    ("CONFINCLUDEPY", "/include/python3.14"),
    ("DESTLIB", "/lib/python3.14"),
    ("DESTSHARED", "/lib/python3.14/lib-dynload"),
    ("INCLDIRSTOMAKE", "/include"),
    ("INCLUDEDIR", "/include"),
    ("INCLUDEPY", "/include/python3.14"),
    ("LIBDEST", "/lib/python3.14"),
    ("LIBDIR", "/lib"),
    ("LIBPC", "/lib/pkgconfig"),
    ("MACHDESTLIB", "/lib/python3.14"),
    ("MANDIR", "/share/man"),
    ("SCRIPTDIR", "/lib"),
    ("datarootdir", "/share"),
    ("exec_prefix", ""),
    ("host_exec_prefix", ""),
    ("host_prefix", ""),
    ("prefix", ""),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(NAME, "", &[])?;
    let vars = vm.new_dict()?;
    let text = |name: &str, s: &str| -> Res<()> { put(vm, vars, name, vm.str(s)?) };
    let prefix = prefix(vm)?;
    for (name, rest) in PLACES {
        text(name, &format!("{prefix}{rest}"))?;
    }
    for (name, s) in STRINGS {
        text(name, s)?;
    }
    text("SOABI", &format!("pyrs-314-{MULTIARCH}"))?;
    text("EXT_SUFFIX", &format!(".pyrs-314-{MULTIARCH}.so"))?;
    for &(name, n) in SIZES.iter().chain(NUMBERS) {
        put(vm, vars, name, vm.int_usize(n)?)?;
    }
    for name in HAVE {
        put(vm, vars, &format!("HAVE_{name}"), Value::small_int(1))?;
    }
    vm.module_set(m, "build_time_vars", vars.value())?;
    Ok(m.value())
}

fn put(vm: &Vm, vars: Gc<Dict>, name: &str, v: Value) -> Res<()> {
    vm.dict_set_str(vars, vm.intern(name), v)
}

/// Where the interpreter says it is installed.
fn prefix(vm: &Vm) -> Res<String> {
    let Some(sys) = vm.loaded_module("sys") else { return Ok(String::new()) };
    let v = vm.get_attr(sys, vm.intern("base_prefix"))?;
    Ok(vm.as_str(v).map_or_else(String::new, |s| s.to_lossy()))
}
