//! The class `_socket.socket`: a descriptor, what kind of socket it is, and its timeout.
//!
//! Words used. *Timeout*: nanoseconds that a call may wait; -1 waits for ever (blocking mode), 0 does not wait. With
//! a timeout other than -1 the descriptor itself is in non-blocking mode, and waiting is done with `poll`.
//! Invariant: `fd` is -1 for a closed or detached socket; else the object owns the descriptor.

use super::address::{Address, from_python, to_python};
use super::wait::{Direction, call, closed_quietly, set_nonblocking, timeout_argument};
use super::{default_timeout, message, options, transfer};
use crate::os_error::{direct, last, os_error};
use crate::posix::path::c_int;
use core::cell::Cell;
use core::ptr::NonNull;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Value, Vm, native_object};

/// A socket.
#[repr(C)]
pub(super) struct Socket {
    pub header: Header,
    /// Nanoseconds; see the top of the file.
    pub timeout: Cell<i64>,
    pub fd: Cell<i32>,
    pub family: Cell<i32>,
    pub kind: Cell<i32>,
    pub proto: Cell<i32>,
}
native_object!(Socket, "socket", slots = 0, drop = drop_socket);

/// The last resort, for objects that die after their finaliser ran (or without: at the end of the process).
fn drop_socket(p: NonNull<Header>) {
    // SAFETY: the layout's drop is called with objects of that layout only.
    let s = unsafe { p.cast::<Socket>().as_ref() };
    let fd = s.fd.replace(-1);
    if fd >= 0 {
        // SAFETY: the descriptor is ours.
        unsafe { libc::close(fd) };
    }
}

const SELF: &str = "(self, /)";
pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "_socket.socket",
    layout: <Socket as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\nOpen a socket of the given type.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method(
            "__init__",
            "(self, /, family=-1, type=-1, proto=-1, fileno=None)",
            init,
            "Initialize self.  See help(type(self)) for accurate signature.",
        ),
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
        NativeDef::method(
            "__del__",
            SELF,
            finalise,
            "Called when the instance is about to be destroyed.",
        ),
        NativeDef::method(
            "_accept",
            SELF,
            accept,
            "_accept() -> (integer, address info)\n\nWait for an incoming connection.",
        ),
        NativeDef::method(
            "bind",
            "(self, address, /)",
            bind,
            "bind(address)\n\nBind the socket to a local address.",
        ),
        NativeDef::method("close", SELF, close, "close()\n\nClose the socket."),
        NativeDef::method(
            "connect",
            "(self, address, /)",
            |vm, a| connect(vm, a, "connect").map(|_| Value::NONE),
            "connect(address)\n\nConnect the socket to a remote address.",
        ),
        NativeDef::method(
            "connect_ex",
            "(self, address, /)",
            |vm, a| vm.int(connect(vm, a, "connect_ex")? as i64),
            "connect_ex(address) -> errno\n\nLike connect(address), but returns an error code.",
        ),
        NativeDef::method(
            "detach",
            SELF,
            |vm, a| vm.int(this(vm, a[0])?.fd.replace(-1) as i64),
            "detach()\n\nClose the socket object without closing the underlying file descriptor.",
        ),
        NativeDef::method(
            "fileno",
            SELF,
            |vm, a| vm.int(this(vm, a[0])?.fd.get() as i64),
            "fileno() -> integer\n\nReturn the integer file descriptor of the socket.",
        ),
        NativeDef::method(
            "getpeername",
            SELF,
            // SAFETY: `named` passes an address of ours.
            |vm, a| named(vm, a, |fd, p, n| unsafe { libc::getpeername(fd, p, n) }),
            "getpeername() -> address info\n\nReturn the address of the remote endpoint.",
        ),
        NativeDef::method(
            "getsockname",
            SELF,
            // SAFETY: `named` passes an address of ours.
            |vm, a| named(vm, a, |fd, p, n| unsafe { libc::getsockname(fd, p, n) }),
            "getsockname() -> address info\n\nReturn the address of the local endpoint.",
        ),
        NativeDef::method(
            "getsockopt",
            "(self, level, option, buffersize=0, /)",
            options::getsockopt,
            "getsockopt(level, option[, buffersize]) -> value\n\nGet a socket option.",
        ),
        NativeDef::method(
            "setsockopt",
            "(self, /, *args)",
            options::setsockopt,
            "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSet a socket option.",
        ),
        NativeDef::method(
            "getblocking",
            SELF,
            |vm, a| Ok(Value::bool(this(vm, a[0])?.timeout.get() != 0)),
            "getblocking()\n\nReturns True if socket is in blocking mode, or False if it\nis in non-blocking mode.",
        ),
        NativeDef::method(
            "setblocking",
            "(self, flag, /)",
            |vm, a| set_timeout(vm, a[0], if vm.truth(a[1])? { -1 } else { 0 }),
            "setblocking(flag)\n\nSet the socket to blocking (flag is true) or non-blocking (false).",
        ),
        NativeDef::method(
            "gettimeout",
            SELF,
            |vm, a| timeout(vm, a[0]),
            "gettimeout() -> timeout\n\nReturns the timeout in seconds (float) associated with socket operations.",
        ),
        NativeDef::method(
            "settimeout",
            "(self, timeout, /)",
            |vm, a| set_timeout(vm, a[0], timeout_argument(vm, a[1])?),
            "settimeout(timeout)\n\nSet a timeout on socket operations.",
        ),
        NativeDef::method(
            "listen",
            "(self, backlog=128, /)",
            listen,
            "listen([backlog])\n\nEnable a server to accept connections.",
        ),
        NativeDef::method(
            "recv",
            "(self, buffersize, flags=0, /)",
            transfer::recv,
            "recv(buffersize[, flags]) -> data\n\nReceive up to buffersize bytes from the socket.",
        ),
        NativeDef::method(
            "recv_into",
            "(self, /, buffer, nbytes=0, flags=0)",
            transfer::recv_into,
            "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\nA version of recv() that stores its data into a buffer.",
        ),
        NativeDef::method(
            "recvfrom",
            "(self, buffersize, flags=0, /)",
            transfer::recvfrom,
            "recvfrom(buffersize[, flags]) -> (data, address info)\n\nLike recv(buffersize, flags) but also return the sender's address info.",
        ),
        NativeDef::method(
            "recvfrom_into",
            "(self, /, buffer, nbytes=0, flags=0)",
            transfer::recvfrom_into,
            "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)\n\nLike recv_into() but also return the sender's address info.",
        ),
        NativeDef::method(
            "send",
            "(self, data, flags=0, /)",
            transfer::send,
            "send(data[, flags]) -> count\n\nSend a data string to the socket.",
        ),
        NativeDef::method(
            "sendall",
            "(self, data, flags=0, /)",
            transfer::sendall,
            "sendall(data[, flags])\n\nSend a data string to the socket until all is sent.",
        ),
        NativeDef::method(
            "sendto",
            "(self, /, *args)",
            transfer::sendto,
            "sendto(data[, flags], address) -> count\n\nLike send(data, flags) but allows specifying the destination address.",
        ),
        NativeDef::method(
            "recvmsg",
            "(self, bufsize, ancbufsize=0, flags=0, /)",
            message::recvmsg,
            "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)\n\nReceive normal data and ancillary data from the socket.",
        ),
        NativeDef::method(
            "recvmsg_into",
            "(self, buffers, ancbufsize=0, flags=0, /)",
            message::recvmsg_into,
            "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)\n\nReceive into a series of buffers, with ancillary data.",
        ),
        NativeDef::method(
            "sendmsg",
            "(self, buffers, ancdata=<unrepresentable>, flags=0, address=None, /)",
            message::sendmsg,
            "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\nSend normal and ancillary data to the socket.",
        ),
        NativeDef::method(
            "sendmsg_afalg",
            "(self, msg=None, /, *, op=<unrepresentable>, iv=None, assoclen=None, flags=0)",
            message::sendmsg_afalg,
            "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])\n\nSet operation mode, IV and length of associated data for an AF_ALG\noperation socket.",
        ),
        NativeDef::method(
            "shutdown",
            "(self, how, /)",
            shutdown,
            "shutdown(flag)\n\nShut down the reading side of the socket, the writing side, or both.",
        ),
    ],
    getset: &[
        GetSetDef::read_only("family", |vm, v| field(vm, v, |s| &s.family), "the socket family"),
        GetSetDef::read_only("type", |vm, v| field(vm, v, |s| &s.kind), "the socket type"),
        GetSetDef::read_only("proto", |vm, v| field(vm, v, |s| &s.proto), "the socket protocol"),
        GetSetDef::read_only("timeout", timeout, "the socket timeout"),
    ],
    fields: &[],
};

pub(super) fn this(vm: &Vm, v: Value) -> Res<Gc<Socket>> {
    vm.cast::<Socket>(v).ok_or_else(|| vm.type_error("a socket is required"))
}
fn field(vm: &Vm, v: Value, f: fn(&Socket) -> &Cell<i32>) -> Res {
    let s = this(vm, v)?;
    vm.int(f(&s).get() as i64)
}
fn timeout(vm: &Vm, v: Value) -> Res {
    match this(vm, v)?.timeout.get() {
        n if n < 0 => Ok(Value::NONE),
        n => vm.float(n as f64 / 1e9),
    }
}
fn set_timeout(vm: &Vm, v: Value, nanos: i64) -> Res {
    let s = this(vm, v)?;
    s.timeout.set(nanos);
    set_nonblocking(vm, s.fd.get(), nanos >= 0)?;
    Ok(Value::NONE)
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let o = vm.new_instance(crate::class_support::class_of_new(vm, a[0])?)?;
    let s = this(vm, o.value())?;
    s.fd.set(-1);
    s.timeout.set(-1);
    vm.heap.register_drop(s.erase());
    Ok(o.value())
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let (mut family, mut kind, mut proto) = (c_int(vm, a[1])?, c_int(vm, a[2])?, c_int(vm, a[3])?);
    let fd = if a[4].is_none() {
        family = if family == -1 { libc::AF_INET } else { family };
        kind = if kind == -1 { libc::SOCK_STREAM } else { kind };
        proto = if proto == -1 { 0 } else { proto };
        let (fd, e) = crate::gil::released(vm, || {
            // SAFETY: a call on numbers.
            let fd = unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, proto) };
            (fd, last())
        });
        if fd < 0 {
            return Err(os_error(vm, e, None));
        }
        fd
    } else {
        let fd = c_int(vm, a[4])?;
        if fd < 0 {
            return Err(vm.value_error("negative file descriptor"));
        }
        let mut own = Address::room();
        // SAFETY: an address of ours.
        let r = unsafe { libc::getsockname(fd, own.as_mut_ptr(), &mut own.len) };
        let e = if r < 0 { last() } else { 0 };
        if e != 0 && (family == -1 || e == libc::EBADF || e == libc::ENOTSOCK) {
            return Err(os_error(vm, e, None));
        }
        family = if family == -1 { own.family() } else { family };
        for (field, option) in [(&mut kind, libc::SO_TYPE), (&mut proto, libc::SO_PROTOCOL)] {
            if *field == -1 {
                *field = options::int_option(fd, libc::SOL_SOCKET, option)
                    .map_err(|e| os_error(vm, e, None))?;
            }
        }
        fd
    };
    let before = s.fd.replace(fd);
    if before >= 0 && before != fd {
        closed_quietly(vm, before);
    }
    s.family.set(family);
    s.kind.set(kind & !(libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC));
    s.proto.set(proto);
    if kind & libc::SOCK_NONBLOCK != 0 {
        s.timeout.set(0);
    } else {
        s.timeout.set(default_timeout());
        if default_timeout() >= 0 {
            set_nonblocking(vm, fd, true)?;
        }
    }
    Ok(Value::NONE)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    vm.str(&format!(
        "<socket object, fd={}, family={}, type={}, proto={}>",
        s.fd.get(),
        s.family.get(),
        s.kind.get(),
        s.proto.get()
    ))
}
/// Warns about a socket that nobody closed, and closes it.
fn finalise(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    if s.fd.get() < 0 {
        return Ok(Value::NONE);
    }
    let warned = (|| {
        let text = format!("unclosed {}", vm.repr(a[0])?.to_lossy());
        let f = vm.get_attr(vm.import_module("_warnings")?, vm.intern("warn"))?;
        let category = vm.exc().resource_warning.value();
        vm.call(f, &[vm.str(&text)?, category, Value::small_int(1), a[0]])
    })();
    if let Err(r) = warned {
        if vm.pending_is(r, vm.exc().warning) {
            vm.write_unraisable(r, "Exception ignored while finalizing socket", a[0]);
        } else {
            vm.take_exception(r);
        }
    }
    let fd = s.fd.replace(-1);
    if fd >= 0 {
        closed_quietly(vm, fd);
    }
    Ok(Value::NONE)
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let fd = this(vm, a[0])?.fd.replace(-1);
    if fd >= 0 {
        close_fd(vm, fd)?;
    }
    Ok(Value::NONE)
}
/// Closes; that the other side reset the connection is no error here.
pub(super) fn close_fd(vm: &Vm, fd: i32) -> Res<()> {
    let (r, e) = crate::gil::released(vm, || {
        // SAFETY: the caller gives the descriptor up.
        let r = unsafe { libc::close(fd) };
        (r, last())
    });
    if r < 0 && e != libc::ECONNRESET { Err(os_error(vm, e, None)) } else { Ok(()) }
}
fn accept(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let room = Cell::new(Address::room());
    let fd = call(vm, s, Direction::Read, |fd| {
        let mut from = Address::room();
        // SAFETY: an address of ours.
        let r = unsafe { libc::accept4(fd, from.as_mut_ptr(), &mut from.len, libc::SOCK_CLOEXEC) };
        room.set(from);
        r as isize
    })? as i32;
    let from = match to_python(vm, &room.into_inner(), Some(fd)) {
        Ok(v) => v,
        Err(r) => {
            closed_quietly(vm, fd);
            return Err(r);
        }
    };
    vm.tuple(&[vm.int(fd as i64)?, from])
}
fn bind(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let to = from_python(vm, &s, a[1], "bind")?;
    let fd = s.fd.get();
    let (r, e) = crate::gil::released(vm, || {
        // SAFETY: an address of ours.
        let r = unsafe { libc::bind(fd, to.as_ptr(), to.len) };
        (r, last())
    });
    if r < 0 { Err(os_error(vm, e, None)) } else { Ok(Value::NONE) }
}
/// Connects; 0, or for `connect_ex` the `errno`.
fn connect(vm: &Vm, a: &[Value], function: &str) -> Res<i32> {
    let s = this(vm, a[0])?;
    let to = from_python(vm, &s, a[1], function)?;
    let fd = s.fd.get();
    let (r, e) = crate::gil::released(vm, || {
        // SAFETY: an address of ours.
        let r = unsafe { libc::connect(fd, to.as_ptr(), to.len) };
        (r, last())
    });
    if r == 0 {
        return Ok(0);
    }
    let timeout = s.timeout.get();
    let waits = match e {
        // The system goes on connecting after an interruption.
        libc::EINTR => {
            vm.run_pending()?;
            timeout != 0
        }
        libc::EINPROGRESS => timeout > 0,
        _ => false,
    };
    let e = if waits { super::wait::connected(vm, s)? } else { e };
    match e {
        0 => Ok(0),
        _ if function == "connect_ex" => {
            Ok(if e == super::wait::TIMED_OUT { libc::EAGAIN } else { e })
        }
        super::wait::TIMED_OUT => Err(super::wait::timed_out(vm)),
        _ => Err(os_error(vm, e, None)),
    }
}
fn named(
    vm: &Vm,
    a: &[Value],
    f: impl Fn(i32, *mut libc::sockaddr, *mut libc::socklen_t) -> i32,
) -> Res {
    let fd = this(vm, a[0])?.fd.get();
    let mut name = Address::room();
    direct(vm, f(fd, name.as_mut_ptr(), &mut name.len))?;
    to_python(vm, &name, Some(fd))
}
fn listen(vm: &Vm, a: &[Value]) -> Res {
    let (fd, n) = (this(vm, a[0])?.fd.get(), c_int(vm, a[1])?.max(0));
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::listen(fd, n) })?;
    Ok(Value::NONE)
}
fn shutdown(vm: &Vm, a: &[Value]) -> Res {
    let (fd, how) = (this(vm, a[0])?.fd.get(), c_int(vm, a[1])?);
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::shutdown(fd, how) })?;
    Ok(Value::NONE)
}
