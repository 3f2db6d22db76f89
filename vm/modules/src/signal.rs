//! `_signal`: Python signal handlers.
//!
//! The C handler only notes the signal's number in a set, sets bits that the machine looks at between instructions, and
//! writes to the wake-up descriptor. Python handlers run at the next safepoint of the main thread. A signal that the
//! system delivers to another thread is passed on to the main one, so that its system calls are interrupted.

use crate::gil::POLL_SIGNAL;
use crate::os_error::{direct, last, os_error};
use crate::posix::path::c_int;
use core::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use pyrs_core::object::{Dict, core_shape};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

/// Signals are numbered 1 to 64 on Linux.
const MOST: usize = 65;

const NAMES: &[(&str, i32)] = &[
    ("SIGABRT", libc::SIGABRT),
    ("SIGALRM", libc::SIGALRM),
    ("SIGBUS", libc::SIGBUS),
    ("SIGCHLD", libc::SIGCHLD),
    ("SIGCLD", libc::SIGCHLD),
    ("SIGCONT", libc::SIGCONT),
    ("SIGFPE", libc::SIGFPE),
    ("SIGHUP", libc::SIGHUP),
    ("SIGILL", libc::SIGILL),
    ("SIGINT", libc::SIGINT),
    ("SIGIO", libc::SIGIO),
    ("SIGIOT", libc::SIGABRT),
    ("SIGKILL", libc::SIGKILL),
    ("SIGPIPE", libc::SIGPIPE),
    ("SIGPOLL", libc::SIGIO),
    ("SIGPROF", libc::SIGPROF),
    ("SIGPWR", libc::SIGPWR),
    ("SIGQUIT", libc::SIGQUIT),
    ("SIGSEGV", libc::SIGSEGV),
    ("SIGSTKFLT", libc::SIGSTKFLT),
    ("SIGSTOP", libc::SIGSTOP),
    ("SIGSYS", libc::SIGSYS),
    ("SIGTERM", libc::SIGTERM),
    ("SIGTRAP", libc::SIGTRAP),
    ("SIGTSTP", libc::SIGTSTP),
    ("SIGTTIN", libc::SIGTTIN),
    ("SIGTTOU", libc::SIGTTOU),
    ("SIGURG", libc::SIGURG),
    ("SIGUSR1", libc::SIGUSR1),
    ("SIGUSR2", libc::SIGUSR2),
    ("SIGVTALRM", libc::SIGVTALRM),
    ("SIGWINCH", libc::SIGWINCH),
    ("SIGXCPU", libc::SIGXCPU),
    ("SIGXFSZ", libc::SIGXFSZ),
];
const OTHERS: &[(&str, i64)] = &[
    ("SIG_DFL", 0),
    ("SIG_IGN", 1),
    ("SIG_BLOCK", libc::SIG_BLOCK as i64),
    ("SIG_UNBLOCK", libc::SIG_UNBLOCK as i64),
    ("SIG_SETMASK", libc::SIG_SETMASK as i64),
    ("ITIMER_REAL", libc::ITIMER_REAL as i64),
    ("ITIMER_VIRTUAL", libc::ITIMER_VIRTUAL as i64),
    ("ITIMER_PROF", libc::ITIMER_PROF as i64),
    ("NSIG", MOST as i64),
];

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "signal",
        "(signalnum, handler, /)",
        signal,
        "Set the action for the given signal.",
    ),
    NativeDef::function(
        "getsignal",
        "(signalnum, /)",
        getsignal,
        "Return the current action for the given signal.",
    ),
    NativeDef::function(
        "default_int_handler",
        "(signalnum, frame, /)",
        default_int_handler,
        "The default handler for SIGINT installed by Python.",
    ),
    NativeDef::function(
        "raise_signal",
        "(signalnum, /)",
        raise_signal,
        "Send a signal to the executing process.",
    ),
    NativeDef::function(
        "alarm",
        "(seconds, /)",
        alarm,
        "Arrange for SIGALRM to arrive after the given number of seconds.",
    ),
    NativeDef::function(
        "setitimer",
        "(which, seconds, interval=0.0, /)",
        setitimer,
        "Sets given itimer (one of ITIMER_REAL, ITIMER_VIRTUAL or ITIMER_PROF).",
    ),
    NativeDef::function(
        "getitimer",
        "(which, /)",
        getitimer,
        "Returns current value of given itimer.",
    ),
    NativeDef::function("pause", "()", pause, "Wait until a signal arrives."),
    NativeDef::function(
        "set_wakeup_fd",
        "(fd, /, *, warn_on_full_buffer=True)",
        set_wakeup_fd,
        "Sets the fd to be written to (with the signal number) when a signal comes in.",
    ),
    NativeDef::function(
        "siginterrupt",
        "(signalnum, flag, /)",
        siginterrupt,
        "Change system call restart behaviour.",
    ),
    NativeDef::function(
        "strsignal",
        "(signalnum, /)",
        strsignal,
        "Return the system description of the given signal.",
    ),
    NativeDef::function(
        "valid_signals",
        "()",
        valid_signals,
        "Return a set of valid signal numbers on this platform.",
    ),
    NativeDef::function(
        "pthread_kill",
        "(thread_id, signalnum, /)",
        pthread_kill,
        "Send a signal to a thread.",
    ),
    NativeDef::function(
        "pthread_sigmask",
        "(how, mask, /)",
        pthread_sigmask,
        "Fetch and/or change the signal mask of the calling thread.",
    ),
    NativeDef::function("sigpending", "()", sigpending, "Examine pending signals."),
    NativeDef::function("sigwait", "(sigset, /)", sigwait, "Wait for a signal."),
];

/// Signals that have arrived and were not served.
static ARRIVED: [AtomicBool; MOST] = [const { AtomicBool::new(false) }; MOST];
static ANY: AtomicBool = AtomicBool::new(false);
/// The machine's two words to set; null before `install`.
static POLL: AtomicPtr<AtomicU32> = AtomicPtr::new(core::ptr::null_mut());
static INTERRUPTS: AtomicPtr<AtomicU32> = AtomicPtr::new(core::ptr::null_mut());
static MAIN: AtomicUsize = AtomicUsize::new(0);
static WAKEUP: AtomicI32 = AtomicI32::new(-1);

/// Only calls that POSIX allows in signal handlers.
extern "C" fn arrived(number: i32) {
    // SAFETY: pthread_self, pthread_kill and write are async-signal-safe; errno is put back.
    unsafe {
        let errno = *libc::__errno_location();
        let main = MAIN.load(Ordering::Relaxed);
        if libc::pthread_self() as usize != main {
            libc::pthread_kill(main as libc::pthread_t, number);
        } else {
            note(number);
            let fd = WAKEUP.load(Ordering::Relaxed);
            if fd >= 0 {
                let byte = number as u8;
                libc::write(fd, (&raw const byte).cast(), 1);
            }
        }
        *libc::__errno_location() = errno;
    }
}
/// Marks a signal as arrived and tells the machine.
fn note(number: i32) {
    if let Some(flag) = ARRIVED.get(number as usize) {
        flag.store(true, Ordering::Relaxed);
    }
    ANY.store(true, Ordering::Release);
    for (word, bit) in [(&POLL, POLL_SIGNAL), (&INTERRUPTS, 1)] {
        let p = word.load(Ordering::Relaxed);
        if !p.is_null() {
            // SAFETY: `install` stored the address of a word that lives as long as the process.
            unsafe { &*p }.fetch_or(bit, Ordering::Relaxed);
        }
    }
}
/// Connects the machine; SIGPIPE and SIGXFSZ become errors of calls, SIGINT becomes KeyboardInterrupt.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    MAIN.store(crate::thread::ident(), Ordering::Relaxed);
    POLL.store(core::ptr::from_ref(vm.heap.poll_word()).cast_mut(), Ordering::Relaxed);
    INTERRUPTS.store(std::sync::Arc::as_ptr(&vm.interrupts).cast_mut(), Ordering::Relaxed);
    for n in [libc::SIGPIPE, libc::SIGXFSZ] {
        set_action(n, libc::SIG_IGN, true);
    }
    let m = vm.import_module("_signal")?;
    if current_action(libc::SIGINT) == libc::SIG_DFL {
        let f = vm.get_attr(m, vm.intern("default_int_handler"))?;
        vm.dict_set(handlers(vm)?, Value::small_int(libc::SIGINT as isize), f)?;
        set_action(libc::SIGINT, arrived as *const () as usize, false);
    }
    Ok(())
}
fn current_action(number: i32) -> usize {
    // SAFETY: plain numbers; a structure of ours.
    unsafe {
        let mut old: libc::sigaction = core::mem::zeroed();
        libc::sigaction(number, core::ptr::null(), &mut old);
        old.sa_sigaction
    }
}
/// True if the system accepts it.
fn set_action(number: i32, action: usize, restart: bool) -> bool {
    // SAFETY: plain numbers; the handler is a function of the right type or one of the constants.
    unsafe {
        let mut new: libc::sigaction = core::mem::zeroed();
        new.sa_sigaction = action;
        new.sa_flags = libc::SA_ONSTACK | if restart { libc::SA_RESTART } else { 0 };
        libc::sigemptyset(&mut new.sa_mask);
        libc::sigaction(number, &new, core::ptr::null_mut()) == 0
    }
}
/// Handlers by signal number.
fn handlers(vm: &Vm) -> Res<Gc<Dict>> {
    if let Some(d) = vm.hook("signal_handlers").and_then(|v| vm.as_dict(v)) {
        return Ok(d);
    }
    let d = vm.new_dict()?;
    vm.set_hook("signal_handlers", d.value());
    Ok(d)
}
/// Runs the Python handlers of signals that have arrived. Only the main thread does.
pub(crate) fn serve(vm: &Vm) -> Res<()> {
    if !ANY.load(Ordering::Acquire) || crate::thread::ident() != MAIN.load(Ordering::Relaxed) {
        return Ok(());
    }
    ANY.store(false, Ordering::Relaxed);
    vm.heap.poll_word().fetch_and(!POLL_SIGNAL, Ordering::Relaxed);
    vm.interrupts.fetch_and(!1, Ordering::Relaxed);
    for (number, flag) in ARRIVED.iter().enumerate() {
        if !flag.swap(false, Ordering::Relaxed) {
            continue;
        }
        let key = Value::small_int(number as isize);
        let Some(f) = vm.dict_get(handlers(vm)?, key)? else { continue };
        if f.as_int().is_some() || f.is_none() {
            continue;
        }
        let frame = current_frame(vm);
        if let Err(r) = vm.call(f, &[key, frame]) {
            // Others that have arrived wait for the next safepoint.
            if ARRIVED.iter().any(|f| f.load(Ordering::Relaxed)) {
                note(0);
            }
            return Err(r);
        }
    }
    Ok(())
}
fn current_frame(vm: &Vm) -> Value {
    let get = crate::sys::get(vm, "_getframe");
    match get.map(|f| vm.call(f, &[])) {
        Some(Ok(f)) => f,
        Some(Err(r)) => {
            vm.take_exception(r);
            Value::NONE
        }
        None => Value::NONE,
    }
}

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_signal",
        "This module provides mechanisms to use signal handlers in Python.",
        FUNCTIONS,
    )?;
    for &(name, n) in NAMES {
        vm.module_set(m, name, vm.int(n as i64)?)?;
    }
    for &(name, n) in OTHERS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    vm.module_set(m, "SIGRTMIN", vm.int(libc::SIGRTMIN() as i64)?)?;
    vm.module_set(m, "SIGRTMAX", vm.int(libc::SIGRTMAX() as i64)?)?;
    let bases = vm.tuple(&[vm.exc().os_error.value()])?;
    let ns = vm.new_dict()?;
    vm.dict_set_str(ns, vm.names().module, vm.str("signal")?)?;
    let e = vm.call(vm.classes().type_.value(), &[vm.str("itimer_error")?, bases, ns.value()])?;
    vm.module_set(m, "ItimerError", e)?;
    vm.set_hook("itimer_error", e);
    Ok(m.value())
}
fn number(vm: &Vm, v: Value) -> Res<i32> {
    let n = c_int(vm, v)?;
    if (1..MOST as i32).contains(&n) {
        Ok(n)
    } else {
        Err(vm.value_error("signal number out of range"))
    }
}
fn signal(vm: &Vm, a: &[Value]) -> Res {
    let n = number(vm, a[0])?;
    if crate::thread::ident() != MAIN.load(Ordering::Relaxed) {
        return Err(vm.value_error("signal only works in main thread of the main interpreter"));
    }
    let constant = match vm.as_int(a[1]) {
        Some(v) => vm.int_ref(&v).to_i64(),
        None => None,
    };
    let action = match constant {
        Some(0) => libc::SIG_DFL,
        Some(1) => libc::SIG_IGN,
        _ if vm.is_callable(a[1]) => arrived as *const () as usize,
        _ => {
            return Err(vm.type_error(
                "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object",
            ));
        }
    };
    serve(vm)?;
    let old = action_of(vm, n)?;
    if !set_action(n, action, false) {
        return Err(os_error(vm, last(), None));
    }
    let stored = constant.map_or(a[1], |c| Value::small_int(c as isize));
    vm.dict_set(handlers(vm)?, Value::small_int(n as isize), stored)?;
    Ok(old)
}
/// The handler as Python sees it: what was set, a constant, or None for a foreign one.
fn action_of(vm: &Vm, n: i32) -> Res {
    if let Some(f) = vm.dict_get(handlers(vm)?, Value::small_int(n as isize))? {
        return Ok(f);
    }
    Ok(match current_action(n) {
        libc::SIG_DFL => Value::small_int(0),
        libc::SIG_IGN => Value::small_int(1),
        _ => Value::NONE,
    })
}
fn getsignal(vm: &Vm, a: &[Value]) -> Res {
    action_of(vm, number(vm, a[0])?)
}
fn default_int_handler(vm: &Vm, _: &[Value]) -> Res {
    Err(vm.raise_with(vm.exc().keyboard_interrupt, &[]))
}
fn raise_signal(vm: &Vm, a: &[Value]) -> Res {
    let n = c_int(vm, a[0])?;
    // SAFETY: a call on numbers.
    direct(vm, unsafe { libc::raise(n) })?;
    vm.run_pending()?;
    Ok(Value::NONE)
}
fn alarm(vm: &Vm, a: &[Value]) -> Res {
    let n = c_int(vm, a[0])?;
    // SAFETY: a call on numbers.
    vm.int(unsafe { libc::alarm(n as libc::c_uint) } as i64)
}
fn real(vm: &Vm, v: Value) -> Res<f64> {
    match vm.as_float(v) {
        Some(x) => Ok(x),
        None => Ok(vm.int_i64(v)? as f64),
    }
}
fn timer_value(vm: &Vm, t: &libc::itimerval) -> Res {
    let seconds = |t: libc::timeval| vm.float(t.tv_sec as f64 + t.tv_usec as f64 / 1e6);
    vm.tuple(&[seconds(t.it_value)?, seconds(t.it_interval)?])
}
fn timer_error(vm: &Vm) -> pyrs_core::Raised {
    let errno = last();
    let made = (|| {
        let args = [vm.int(errno as i64)?, vm.str(&crate::os_error::message(errno))?];
        vm.call(vm.hook("itimer_error").unwrap_or(vm.exc().os_error.value()), &args)
    })();
    match made {
        Ok(e) => match vm.as_exception(e) {
            Some(e) => vm.raise(e),
            None => os_error(vm, errno, None),
        },
        Err(r) => r,
    }
}
fn setitimer(vm: &Vm, a: &[Value]) -> Res {
    let which = c_int(vm, a[0])?;
    let part = |x: f64| libc::timeval {
        tv_sec: x.trunc() as libc::time_t,
        tv_usec: (x.fract() * 1e6).ceil() as libc::suseconds_t,
    };
    let new =
        libc::itimerval { it_value: part(real(vm, a[1])?), it_interval: part(real(vm, a[2])?) };
    // SAFETY: plain numbers.
    let mut old: libc::itimerval = unsafe { core::mem::zeroed() };
    // SAFETY: structures of ours.
    if unsafe { libc::setitimer(which as _, &new, &mut old) } != 0 {
        return Err(timer_error(vm));
    }
    timer_value(vm, &old)
}
fn getitimer(vm: &Vm, a: &[Value]) -> Res {
    let which = c_int(vm, a[0])?;
    // SAFETY: plain numbers.
    let mut old: libc::itimerval = unsafe { core::mem::zeroed() };
    // SAFETY: a structure of ours.
    if unsafe { libc::getitimer(which as _, &mut old) } != 0 {
        return Err(timer_error(vm));
    }
    timer_value(vm, &old)
}
fn pause(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: no arguments.
    crate::gil::released(vm, || unsafe { libc::pause() });
    vm.run_pending()?;
    Ok(Value::NONE)
}
fn set_wakeup_fd(vm: &Vm, a: &[Value]) -> Res {
    let fd = c_int(vm, a[0])?;
    if crate::thread::ident() != MAIN.load(Ordering::Relaxed) {
        return Err(
            vm.value_error("set_wakeup_fd only works in main thread of the main interpreter")
        );
    }
    if fd >= 0 {
        // SAFETY: F_GETFL takes no third argument.
        let flags = direct(vm, unsafe { libc::fcntl(fd, libc::F_GETFL) })?;
        if flags & libc::O_NONBLOCK == 0 {
            return Err(vm.value_error(format!("the fd {fd} must be in non-blocking mode")));
        }
    }
    vm.int(WAKEUP.swap(fd, Ordering::Relaxed) as i64)
}
fn siginterrupt(vm: &Vm, a: &[Value]) -> Res {
    let (n, on) = (number(vm, a[0])?, c_int(vm, a[1])?);
    let action = current_action(n);
    if !set_action(n, action, on == 0) {
        return Err(os_error(vm, last(), None));
    }
    Ok(Value::NONE)
}
fn strsignal(vm: &Vm, a: &[Value]) -> Res {
    let n = number(vm, a[0])?;
    // SAFETY: the answer is null or a C string that lives until the next call.
    let text = unsafe {
        let p = libc::strsignal(n);
        if p.is_null() {
            None
        } else {
            Some(core::ffi::CStr::from_ptr(p).to_string_lossy().into_owned())
        }
    };
    match text {
        Some(t) if !t.starts_with("Unknown signal") => vm.str(&t),
        _ => Ok(Value::NONE),
    }
}

// ---- sets of signals
fn set_value(vm: &Vm, set: &libc::sigset_t) -> Res {
    let s = vm.new_set(core_shape::SET)?;
    for n in 1..MOST as i32 {
        // SAFETY: a set of ours; the number is in range.
        if unsafe { libc::sigismember(set, n) } == 1 {
            vm.set_add(s, Value::small_int(n as isize))?;
        }
    }
    Ok(s.value())
}
fn set_from(vm: &Vm, v: Value) -> Res<libc::sigset_t> {
    // SAFETY: plain bits, emptied as the interface demands.
    let mut set: libc::sigset_t = unsafe {
        let mut s = core::mem::zeroed();
        libc::sigemptyset(&mut s);
        s
    };
    vm.iterate(v, |n| {
        let n = vm.int_i64(n)?;
        if !(1..MOST as i64).contains(&n) {
            return Err(vm.value_error(format!("signal number {n} out of range [1; {}]", MOST - 1)));
        }
        // SAFETY: a set of ours; the number is in range.
        unsafe { libc::sigaddset(&mut set, n as i32) };
        Ok(())
    })?;
    Ok(set)
}
fn valid_signals(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: plain bits.
    let set = unsafe {
        let mut s: libc::sigset_t = core::mem::zeroed();
        libc::sigfillset(&mut s);
        s
    };
    set_value(vm, &set)
}
fn pthread_kill(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index(a[0])?;
    let (thread, signal) = (vm.int_ref(&n).to_i64().unwrap_or(0), c_int(vm, a[1])?);
    // SAFETY: the caller names a living thread, as with the C function.
    let r = unsafe { libc::pthread_kill(thread as libc::pthread_t, signal) };
    if r != 0 {
        return Err(os_error(vm, r, None));
    }
    vm.run_pending()?;
    Ok(Value::NONE)
}
fn pthread_sigmask(vm: &Vm, a: &[Value]) -> Res {
    let (how, set) = (c_int(vm, a[0])?, set_from(vm, a[1])?);
    // SAFETY: plain bits.
    let mut old: libc::sigset_t = unsafe { core::mem::zeroed() };
    // SAFETY: sets of ours.
    let r = unsafe { libc::pthread_sigmask(how, &set, &mut old) };
    if r != 0 {
        return Err(os_error(vm, r, None));
    }
    vm.run_pending()?;
    set_value(vm, &old)
}
fn sigpending(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: plain bits.
    let mut set: libc::sigset_t = unsafe { core::mem::zeroed() };
    // SAFETY: a set of ours.
    direct(vm, unsafe { libc::sigpending(&mut set) })?;
    set_value(vm, &set)
}
fn sigwait(vm: &Vm, a: &[Value]) -> Res {
    let set = set_from(vm, a[0])?;
    let n = core::cell::Cell::new(0);
    // SAFETY: a set and a number of ours.
    let r = crate::gil::released(vm, || unsafe { libc::sigwait(&set, n.as_ptr()) });
    if r != 0 { Err(os_error(vm, r, None)) } else { vm.int(n.get() as i64) }
}
/// An uncaught KeyboardInterrupt ended the program.
static FATAL: AtomicBool = AtomicBool::new(false);
pub(crate) fn note_fatal_interrupt() {
    FATAL.store(true, Ordering::Relaxed);
}
/// After an uncaught KeyboardInterrupt the process ends by the signal itself, so that shells see it.
pub(crate) fn die_if_interrupted() {
    if FATAL.load(Ordering::Relaxed) {
        set_action(libc::SIGINT, libc::SIG_DFL, false);
        // SAFETY: calls on numbers. The default action ends the process.
        unsafe { libc::kill(libc::getpid(), libc::SIGINT) };
    }
}
