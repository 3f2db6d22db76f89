//! `select`: waiting for descriptors with `select`, `poll` and `epoll`.

use crate::os_error::{direct, last, os_error};
use crate::posix::path::{c_int, fildes};
use core::cell::{Cell, RefCell};
use core::ptr::NonNull;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use std::time::{Duration, Instant};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "select",
        "(rlist, wlist, xlist, timeout=None, /)",
        select,
        "Wait until one or more file descriptors are ready for some kind of I/O.",
    ),
    NativeDef::function("poll", "()", poll, "Returns a polling object."),
];
const INTS: &[(&str, i64)] = &[
    ("POLLIN", libc::POLLIN as i64),
    ("POLLPRI", libc::POLLPRI as i64),
    ("POLLOUT", libc::POLLOUT as i64),
    ("POLLERR", libc::POLLERR as i64),
    ("POLLHUP", libc::POLLHUP as i64),
    ("POLLNVAL", libc::POLLNVAL as i64),
    ("POLLRDNORM", libc::POLLRDNORM as i64),
    ("POLLRDBAND", libc::POLLRDBAND as i64),
    ("POLLRDHUP", 0x2000),
    ("POLLWRNORM", libc::POLLWRNORM as i64),
    ("POLLWRBAND", libc::POLLWRBAND as i64),
    ("POLLMSG", 0x400),
    ("PIPE_BUF", 4096),
    ("EPOLLIN", libc::EPOLLIN as i64),
    ("EPOLLPRI", libc::EPOLLPRI as i64),
    ("EPOLLOUT", libc::EPOLLOUT as i64),
    ("EPOLLERR", libc::EPOLLERR as i64),
    ("EPOLLHUP", libc::EPOLLHUP as i64),
    ("EPOLLRDHUP", libc::EPOLLRDHUP as i64),
    ("EPOLLET", 1 << 31),
    ("EPOLLONESHOT", 1 << 30),
    ("EPOLLEXCLUSIVE", 1 << 28),
    ("EPOLLRDNORM", 0x40),
    ("EPOLLRDBAND", 0x80),
    ("EPOLLWRNORM", 0x100),
    ("EPOLLWRBAND", 0x200),
    ("EPOLLMSG", 0x400),
    ("EPOLL_CLOEXEC", libc::EPOLL_CLOEXEC as i64),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "select",
        "This module supports asynchronous I/O on multiple file descriptors.",
        FUNCTIONS,
    )?;
    for &(name, n) in INTS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    vm.module_set(m, "error", vm.exc().os_error.value())?;
    let c = vm.define_class(&POLL, None)?;
    vm.set_hook("select_poll", c.value());
    let c = vm.define_class(&EPOLL, None)?;
    vm.module_set(m, "epoll", c.value())?;
    Ok(m.value())
}

/// The time at which waiting ends; None: never. `unit` seconds per unit of the argument.
fn deadline(vm: &Vm, v: Value, unit: f64) -> Res<Option<Instant>> {
    if v.is_none() {
        return Ok(None);
    }
    let x = crate::time::seconds(vm, v)? * unit;
    if x < 0.0 {
        return Ok(None);
    }
    Ok(Instant::now().checked_add(Duration::from_secs_f64(x.min(1e9))))
}
/// Milliseconds until then, rounded up.
fn millis(end: Option<Instant>) -> i32 {
    match end {
        None => -1,
        Some(e) => {
            let rest = e.saturating_duration_since(Instant::now());
            i32::try_from(rest.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
        }
    }
}
/// `poll(2)` until the deadline, again after signals.
fn wait(vm: &Vm, fds: &mut [libc::pollfd], end: Option<Instant>) -> Res<usize> {
    loop {
        let ms = millis(end);
        let (p, n) = (fds.as_mut_ptr(), fds.len());
        let (r, e) = crate::gil::released(vm, || {
            // SAFETY: an array of ours of the length given.
            let r = unsafe { libc::poll(p, n as libc::nfds_t, ms) };
            (r, last())
        });
        if r >= 0 {
            return Ok(r as usize);
        }
        if e != libc::EINTR {
            return Err(os_error(vm, e, None));
        }
        vm.run_pending()?;
    }
}
fn select(vm: &Vm, a: &[Value]) -> Res {
    if !a[3].is_none() && crate::time::seconds(vm, a[3])? < 0.0 {
        return Err(vm.value_error("timeout must be non-negative"));
    }
    let end = deadline(vm, a[3], 1.0)?;
    let asks = [libc::POLLIN, libc::POLLOUT, libc::POLLPRI];
    let answers = [
        libc::POLLIN | libc::POLLHUP | libc::POLLERR,
        libc::POLLOUT | libc::POLLERR,
        libc::POLLPRI,
    ];
    let lists = [vm.to_tuple(a[0])?, vm.to_tuple(a[1])?, vm.to_tuple(a[2])?];
    let mut fds = Vec::new();
    for (list, events) in lists.iter().zip(asks) {
        for i in 0..list.len() {
            let fd = fildes(vm, list.get(i))?;
            if fd < 0 || fd >= libc::FD_SETSIZE as i32 {
                return Err(vm.value_error("filedescriptor out of range in select()"));
            }
            fds.push(libc::pollfd { fd, events, revents: 0 });
        }
    }
    wait(vm, &mut fds, end)?;
    if fds.iter().any(|f| f.revents & libc::POLLNVAL != 0) {
        return Err(os_error(vm, libc::EBADF, None));
    }
    let mut out = [Value::NONE; 3];
    let mut at = 0;
    for (k, list) in lists.iter().enumerate() {
        let ready = vm.new_list()?;
        for i in 0..list.len() {
            if fds[at].revents & answers[k] != 0 {
                vm.list_append(ready, list.get(i))?;
            }
            at += 1;
        }
        out[k] = ready.value();
    }
    vm.tuple(&out)
}

// ---- poll objects
#[repr(C)]
struct Poll {
    header: Header,
    /// dict: descriptor to events
    table: Slot,
}
native_object!(Poll, "poll", slots = 1);
static POLL: ClassSpec = ClassSpec {
    name: "select.poll",
    layout: <Poll as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method(
            "register",
            "(self, fd, eventmask=7, /)",
            poll_register,
            "Register a file descriptor with the polling object.",
        ),
        NativeDef::method(
            "modify",
            "(self, fd, eventmask, /)",
            poll_modify,
            "Modify an already registered file descriptor.",
        ),
        NativeDef::method(
            "unregister",
            "(self, fd, /)",
            poll_unregister,
            "Remove a file descriptor being tracked by the polling object.",
        ),
        NativeDef::method(
            "poll",
            "(self, timeout=None, /)",
            poll_poll,
            "Polls the set of registered file descriptors.",
        ),
    ],
    getset: &[],
    fields: &[],
};
fn poll(vm: &Vm, _: &[Value]) -> Res {
    let Some(c) = vm.hook("select_poll").and_then(|c| vm.as_class(c)) else {
        return Ok(Value::NONE);
    };
    let d = vm.new_dict()?;
    Ok(vm
        .alloc(Poll { header: Header::new(c.root_shape.get(), 0), table: Slot::new(d.value()) })?
        .value())
}
fn table(vm: &Vm, v: Value) -> Res<Gc<pyrs_core::object::Dict>> {
    let d = vm.cast::<Poll>(v).and_then(|p| vm.as_dict(p.table.get()));
    d.ok_or_else(|| vm.type_error("a poll object is required"))
}
fn mask(vm: &Vm, v: Value) -> Res {
    let n = vm.int_i64(v)?;
    if (0..=0xffff).contains(&n) {
        vm.int(n)
    } else {
        Err(vm.overflow_error("unsigned short is greater than maximum"))
    }
}
fn poll_register(vm: &Vm, a: &[Value]) -> Res {
    let fd = vm.int(fildes(vm, a[1])? as i64)?;
    vm.dict_set(table(vm, a[0])?, fd, mask(vm, a[2])?)?;
    Ok(Value::NONE)
}
fn poll_modify(vm: &Vm, a: &[Value]) -> Res {
    let fd = vm.int(fildes(vm, a[1])? as i64)?;
    let d = table(vm, a[0])?;
    if vm.dict_get(d, fd)?.is_none() {
        return Err(os_error(vm, libc::ENOENT, None));
    }
    vm.dict_set(d, fd, mask(vm, a[2])?)?;
    Ok(Value::NONE)
}
fn poll_unregister(vm: &Vm, a: &[Value]) -> Res {
    let fd = vm.int(fildes(vm, a[1])? as i64)?;
    match vm.dict_remove(table(vm, a[0])?, fd)? {
        Some(_) => Ok(Value::NONE),
        None => Err(vm.key_error(fd)),
    }
}
fn poll_poll(vm: &Vm, a: &[Value]) -> Res {
    let end = deadline(vm, a[1], 1e-3)?;
    let d = table(vm, a[0])?;
    let mut fds = Vec::new();
    let mut row = 0;
    while let Some(r) = d.next_row(row) {
        row = r + 1;
        if let Some((k, v)) = d.row(r) {
            let (fd, events) = (k.as_int().unwrap_or(-1) as i32, v.as_int().unwrap_or(0) as i16);
            fds.push(libc::pollfd { fd, events, revents: 0 });
        }
    }
    wait(vm, &mut fds, end)?;
    let out = vm.new_list()?;
    for f in fds.iter().filter(|f| f.revents != 0) {
        let pair = vm.tuple(&[vm.int(f.fd as i64)?, vm.int(f.revents as u16 as i64)?])?;
        vm.list_append(out, pair)?;
    }
    Ok(out.value())
}

// ---- epoll objects
#[repr(C)]
struct Epoll {
    header: Header,
    fd: Cell<i32>,
}
native_object!(Epoll, "epoll", slots = 0, drop = drop_epoll);
fn drop_epoll(p: NonNull<Header>) {
    // SAFETY: the layout's drop is called with objects of that layout only.
    let fd = unsafe { p.cast::<Epoll>().as_ref() }.fd.replace(-1);
    if fd > 0 {
        // SAFETY: the descriptor is ours.
        unsafe { libc::close(fd) };
    }
}
static EPOLL: ClassSpec = ClassSpec {
    name: "select.epoll",
    layout: <Epoll as Native>::LAYOUT,
    flags: 0,
    doc: "Returns an epolling object.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, sizehint=-1, flags=0)", epoll_new, ""),
        NativeDef::class_method(
            "fromfd",
            "(cls, fd, /)",
            epoll_fromfd,
            "Create an epoll object from a given control fd.",
        ),
        NativeDef::method(
            "close",
            "(self, /)",
            epoll_close,
            "Close the epoll control file descriptor.",
        ),
        NativeDef::method(
            "fileno",
            "(self, /)",
            |vm, a| vm.int(epoll(vm, a[0])? as i64),
            "Return the epoll control file descriptor.",
        ),
        NativeDef::method(
            "register",
            "(self, /, fd, eventmask=7)",
            |vm, a| control(vm, a, libc::EPOLL_CTL_ADD),
            "Registers a new fd or raises an OSError if the fd is already registered.",
        ),
        NativeDef::method(
            "modify",
            "(self, /, fd, eventmask)",
            |vm, a| control(vm, a, libc::EPOLL_CTL_MOD),
            "Modify event mask for a registered file descriptor.",
        ),
        NativeDef::method(
            "unregister",
            "(self, /, fd)",
            |vm, a| control(vm, &[a[0], a[1], Value::small_int(0)], libc::EPOLL_CTL_DEL),
            "Remove a registered file descriptor from the epoll object.",
        ),
        NativeDef::method(
            "poll",
            "(self, /, timeout=None, maxevents=-1)",
            epoll_poll,
            "Wait for events on the epoll file descriptor.",
        ),
        NativeDef::method("__enter__", "(self, /)", |vm, a| epoll(vm, a[0]).map(|_| a[0]), ""),
        NativeDef::method(
            "__exit__",
            "(self, exc_type=None, exc_value=None, exc_tb=None, /)",
            epoll_close,
            "",
        ),
    ],
    getset: &[GetSetDef::read_only(
        "closed",
        |vm, v| Ok(Value::bool(vm.cast::<Epoll>(v).is_none_or(|e| e.fd.get() < 0))),
        "True if the epoll handler is closed",
    )],
    fields: &[],
};
fn epoll_of(vm: &Vm, class: Value, fd: i32) -> Res {
    let Some(c) = vm.as_class(class) else { return Err(vm.type_error("X is not a type object")) };
    let o = vm.new_instance(c)?.value();
    if let Some(e) = vm.cast::<Epoll>(o) {
        e.fd.set(fd);
        vm.heap.register_drop(e.erase());
    }
    Ok(o)
}
fn epoll_new(vm: &Vm, a: &[Value]) -> Res {
    let (hint, flags) = (c_int(vm, a[1])?, c_int(vm, a[2])?);
    if hint < -1 || hint == 0 {
        return Err(vm.value_error("negative sizehint"));
    }
    if flags & !libc::EPOLL_CLOEXEC != 0 {
        return Err(os_error(vm, libc::EINVAL, None));
    }
    // SAFETY: a call on numbers.
    let fd = direct(vm, unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
    epoll_of(vm, a[0], fd)
}
fn epoll_fromfd(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[1])?;
    epoll_of(vm, a[0], fd)
}
fn epoll(vm: &Vm, v: Value) -> Res<i32> {
    match vm.cast::<Epoll>(v).map(|e| e.fd.get()) {
        Some(fd) if fd >= 0 => Ok(fd),
        _ => Err(vm.value_error("I/O operation on closed epoll object")),
    }
}
fn epoll_close(vm: &Vm, a: &[Value]) -> Res {
    if let Some(e) = vm.cast::<Epoll>(a[0]) {
        let fd = e.fd.replace(-1);
        if fd >= 0 {
            // SAFETY: the descriptor is ours.
            direct(vm, unsafe { libc::close(fd) })?;
        }
    }
    Ok(Value::NONE)
}
fn control(vm: &Vm, a: &[Value], op: i32) -> Res {
    let (ep, fd, events) = (epoll(vm, a[0])?, fildes(vm, a[1])?, vm.int_i64(a[2])? as u32);
    let mut e = libc::epoll_event { events, u64: fd as u64 };
    // SAFETY: a structure of ours.
    direct(vm, unsafe { libc::epoll_ctl(ep, op, fd, &mut e) })?;
    Ok(Value::NONE)
}
fn epoll_poll(vm: &Vm, a: &[Value]) -> Res {
    let ep = epoll(vm, a[0])?;
    let end = deadline(vm, a[1], 1.0)?;
    let most = match c_int(vm, a[2])? {
        -1 => 127,
        n if n > 0 => n as usize,
        n => return Err(vm.value_error(format!("maxevents must be greater than 0, got {n}"))),
    };
    let room = most.min(1 << 16);
    let events = RefCell::new(vec![libc::epoll_event { events: 0, u64: 0 }; room]);
    let n = loop {
        let ms = millis(end);
        let p = events.borrow_mut().as_mut_ptr();
        let (r, e) = crate::gil::released(vm, || {
            // SAFETY: an array of ours of the length given.
            let r = unsafe { libc::epoll_wait(ep, p, room as i32, ms) };
            (r, last())
        });
        if r >= 0 {
            break r as usize;
        }
        if e != libc::EINTR {
            return Err(os_error(vm, e, None));
        }
        vm.run_pending()?;
    };
    let out = vm.new_list()?;
    for e in &events.into_inner()[..n] {
        let (fd, bits) = (e.u64, e.events);
        let pair = vm.tuple(&[vm.int(fd as i64)?, vm.int(bits as i64)?])?;
        vm.list_append(out, pair)?;
    }
    Ok(out.value())
}
