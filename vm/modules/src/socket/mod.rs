//! `_socket`: sockets, as the library's `socket` builds on them.
//!
//! One file per concern: `object` the class, `wait` timeouts and signals, `transfer` and `message` data, `address`
//! and `names` who is meant, `options`, `convert` pure functions, `constants` the table of numbers.

mod address;
mod constants;
mod convert;
mod message;
mod names;
mod object;
mod options;
mod transfer;
mod wait;

use crate::os_error::{direct, last, os_error};
use crate::posix::path::c_int;
use core::ffi::CStr;
use core::sync::atomic::{AtomicI64, Ordering};
use pyrs_core::{NativeDef, Raised, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "gethostbyname",
        "(host, /)",
        names::gethostbyname,
        "gethostbyname(host) -> address\n\nReturn the IP address (a string of the form '255.255.255.255') for a host.",
    ),
    NativeDef::function(
        "gethostbyname_ex",
        "(host, /)",
        names::gethostbyname_ex,
        "gethostbyname_ex(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.",
    ),
    NativeDef::function(
        "gethostbyaddr",
        "(host, /)",
        names::gethostbyaddr,
        "gethostbyaddr(host) -> (name, aliaslist, addresslist)\n\nReturn the true host name, a list of aliases, and a list of IP addresses,\nfor a host.",
    ),
    NativeDef::function(
        "gethostname",
        "()",
        names::gethostname,
        "gethostname() -> string\n\nReturn the current host name.",
    ),
    NativeDef::function(
        "sethostname",
        "(name, /)",
        names::sethostname,
        "sethostname(name)\n\nSets the hostname to name.",
    ),
    NativeDef::function(
        "getservbyname",
        "(servicename, protocolname=<unrepresentable>, /)",
        names::getservbyname,
        "getservbyname(servicename[, protocolname]) -> integer\n\nReturn a port number from a service name and protocol name.",
    ),
    NativeDef::function(
        "getservbyport",
        "(port, protocolname=<unrepresentable>, /)",
        names::getservbyport,
        "getservbyport(port[, protocolname]) -> string\n\nReturn the service name from a port number and protocol name.",
    ),
    NativeDef::function(
        "getprotobyname",
        "(name, /)",
        names::getprotobyname,
        "getprotobyname(name) -> integer\n\nReturn the protocol number for the named protocol.  (Rarely used.)",
    ),
    NativeDef::function(
        "getaddrinfo",
        "(host, port, family=0, type=0, proto=0, flags=0)",
        names::getaddrinfo,
        "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)\n\nResolve host and port into addrinfo struct.",
    ),
    NativeDef::function(
        "getnameinfo",
        "(sockaddr, flags, /)",
        names::getnameinfo,
        "getnameinfo(sockaddr, flags) --> (host, port)\n\nGet host and port for a sockaddr.",
    ),
    NativeDef::function(
        "if_nameindex",
        "()",
        names::if_nameindex,
        "Returns a list of network interface information (index, name) tuples.",
    ),
    NativeDef::function(
        "if_nametoindex",
        "(oname, /)",
        names::if_nametoindex,
        "Returns the interface index corresponding to the interface name if_name.",
    ),
    NativeDef::function(
        "if_indextoname",
        "(if_index, /)",
        names::if_indextoname,
        "Returns the interface name corresponding to the interface index if_index.",
    ),
    NativeDef::function(
        "ntohs",
        "(x, /)",
        convert::swap_short,
        "Convert a 16-bit unsigned integer from network to host byte order.",
    ),
    NativeDef::function(
        "ntohl",
        "(x, /)",
        convert::swap_long,
        "Convert a 32-bit unsigned integer from network to host byte order.",
    ),
    NativeDef::function(
        "htons",
        "(x, /)",
        convert::swap_short,
        "Convert a 16-bit unsigned integer from host to network byte order.",
    ),
    NativeDef::function(
        "htonl",
        "(x, /)",
        convert::swap_long,
        "Convert a 32-bit unsigned integer from host to network byte order.",
    ),
    NativeDef::function(
        "inet_aton",
        "(ip_addr, /)",
        convert::aton,
        "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format used in low-level network functions.",
    ),
    NativeDef::function(
        "inet_ntoa",
        "(packed_ip, /)",
        convert::ntoa,
        "Convert an IP address from 32-bit packed binary format to string format.",
    ),
    NativeDef::function(
        "inet_pton",
        "(af, ip, /)",
        convert::pton,
        "inet_pton(af, ip) -> packed IP address string\n\nConvert an IP address from string format to a packed string suitable\nfor use with low-level network functions.",
    ),
    NativeDef::function(
        "inet_ntop",
        "(af, packed_ip, /)",
        convert::ntop,
        "inet_ntop(af, packed_ip) -> string formatted IP address\n\nConvert a packed IP address of the given family to string format.",
    ),
    NativeDef::function(
        "CMSG_LEN",
        "(length, /)",
        convert::cmsg_len,
        "CMSG_LEN(length) -> control message length\n\nReturn the total length, without trailing padding, of an ancillary\ndata item with associated data of the given length.",
    ),
    NativeDef::function(
        "CMSG_SPACE",
        "(length, /)",
        convert::cmsg_space,
        "CMSG_SPACE(length) -> buffer size\n\nReturn the buffer size needed for recvmsg() to receive an ancillary\ndata item with associated data of the given length, along with any\ntrailing padding.",
    ),
    NativeDef::function(
        "close",
        "(fd, /)",
        close,
        "close(integer) -> None\n\nClose an integer socket file descriptor.  This is like os.close(), but for\nsockets; on some platforms os.close() won't work for socket file descriptors.",
    ),
    NativeDef::function(
        "dup",
        "(fd, /)",
        dup,
        "dup(integer) -> integer\n\nDuplicate an integer socket file descriptor.  This is like os.dup(), but for\nsockets; on some platforms os.dup() won't work for socket file descriptors.",
    ),
    NativeDef::function(
        "socketpair",
        "(family=1, type=1, proto=0, /)",
        socketpair,
        "socketpair([family[, type [, proto]]]) -> (socket object, socket object)\n\nCreate a pair of socket objects from the sockets returned by the platform\nsocketpair() function.",
    ),
    NativeDef::function(
        "getdefaulttimeout",
        "()",
        |vm, _| match default_timeout() {
            n if n < 0 => Ok(Value::NONE),
            n => vm.float(n as f64 / 1e9),
        },
        "getdefaulttimeout() -> timeout\n\nReturns the default timeout in seconds (float) for new socket objects.",
    ),
    NativeDef::function(
        "setdefaulttimeout",
        "(timeout, /)",
        |vm, a| {
            DEFAULT_TIMEOUT.store(wait::timeout_argument(vm, a[0])?, Ordering::Relaxed);
            Ok(Value::NONE)
        },
        "setdefaulttimeout(timeout)\n\nSet the default timeout in seconds (float) for new socket objects.",
    ),
];

/// The timeout of new sockets, in nanoseconds; -1: none.
static DEFAULT_TIMEOUT: AtomicI64 = AtomicI64::new(-1);
fn default_timeout() -> i64 {
    DEFAULT_TIMEOUT.load(Ordering::Relaxed)
}

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_socket",
        "Implementation module for socket operations.\n\nSee the socket module for documentation.",
        FUNCTIONS,
    )?;
    for &(name, n) in constants::INTS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    vm.module_set(m, "BDADDR_ANY", vm.str("00:00:00:00:00:00")?)?;
    vm.module_set(m, "BDADDR_LOCAL", vm.str("00:00:00:FF:FF:FF")?)?;
    vm.module_set(m, "has_ipv6", Value::TRUE)?;
    vm.module_set(m, "error", vm.exc().os_error.value())?;
    vm.module_set(m, "timeout", vm.exc().timeout_error.value())?;
    for (name, hook) in [("gaierror", "socket_gaierror"), ("herror", "socket_herror")] {
        let c = crate::support::exception_class(vm, "socket", name, vm.exc().os_error)?;
        vm.module_set(m, name, c)?;
        vm.set_hook(hook, c);
    }
    let c = crate::class_support::add_class(vm, m, &object::SPEC, None)?;
    vm.module_set(m, "SocketType", c.value())?;
    vm.set_hook("socket_class", c.value());
    Ok(m.value())
}

/// OSError with a text and no number.
#[cold]
fn plain_error(vm: &Vm, message: impl AsRef<str>) -> Raised {
    vm.raise_text(vm.exc().os_error, message.as_ref())
}
/// An exception of this module with a number and a text.
#[cold]
fn numbered(vm: &Vm, hook: &str, number: i32, text: &CStr) -> Raised {
    let class = vm.hook(hook).and_then(|c| vm.as_class(c)).unwrap_or(vm.exc().os_error);
    let args = (|| -> Res<_> { Ok([vm.int(number as i64)?, vm.str(&text.to_string_lossy())?]) })();
    match args {
        Ok(args) => vm.raise_with(class, &args),
        Err(r) => r,
    }
}
/// What a failure of `getaddrinfo(3)` raises.
#[cold]
fn gai_error(vm: &Vm, error: i32, errno: i32) -> Raised {
    if error == libc::EAI_SYSTEM {
        return os_error(vm, errno, None);
    }
    // SAFETY: every number gives a static C string.
    numbered(vm, "socket_gaierror", error, unsafe { CStr::from_ptr(libc::gai_strerror(error)) })
}
/// What a failure of `gethostbyname(3)` raises.
#[cold]
fn herror(vm: &Vm, error: i32) -> Raised {
    // SAFETY: every number gives a static C string.
    numbered(vm, "socket_herror", error, unsafe { CStr::from_ptr(libc::hstrerror(error)) })
}

fn close(vm: &Vm, a: &[Value]) -> Res {
    object::close_fd(vm, c_int(vm, a[0])?)?;
    Ok(Value::NONE)
}
fn dup(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    // SAFETY: F_DUPFD_CLOEXEC takes an int.
    vm.int(direct(vm, unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) })? as i64)
}
fn socketpair(vm: &Vm, a: &[Value]) -> Res {
    let (family, kind, proto) = (c_int(vm, a[0])?, c_int(vm, a[1])?, c_int(vm, a[2])?);
    let mut fds = [-1; 2];
    let p = fds.as_mut_ptr();
    let (r, e) = crate::gil::released(vm, || {
        // SAFETY: room for two descriptors.
        let r = unsafe { libc::socketpair(family, kind | libc::SOCK_CLOEXEC, proto, p) };
        (r, last())
    });
    if r < 0 {
        return Err(os_error(vm, e, None));
    }
    let class = vm.hook("socket_class").unwrap_or(Value::NONE);
    let make = |fd: i32| -> Res {
        let n = |n: i32| vm.int(n as i64);
        vm.call(class, &[n(family)?, n(kind)?, n(proto)?, n(fd)?])
    };
    let first = make(fds[0]);
    let second = if first.is_ok() { make(fds[1]) } else { Ok(Value::NONE) };
    match (first, second) {
        (Ok(a), Ok(b)) => vm.tuple(&[a, b]),
        (Ok(_), Err(r)) => {
            wait::closed_quietly(vm, fds[1]);
            Err(r)
        }
        (Err(r), _) => {
            wait::closed_quietly(vm, fds[0]);
            wait::closed_quietly(vm, fds[1]);
            Err(r)
        }
    }
}
