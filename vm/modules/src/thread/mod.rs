//! `_thread`: threads, locks, thread-local data.

mod handle;
mod local;
pub(crate) use local::serial;
mod lock;

use crate::struct_sequence;
use pyrs_core::{NativeDef, Res, Value, Vm};
use std::time::{Duration, Instant};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("allocate_lock", "()", lock::allocate, "Create a new lock object."),
    NativeDef::function(
        "allocate",
        "()",
        lock::allocate,
        "An obsolete synonym of allocate_lock().",
    ),
    NativeDef::function(
        "get_ident",
        "()",
        |vm, _| vm.int_usize(ident()),
        "Return a non-zero integer that uniquely identifies the current thread.",
    ),
    NativeDef::function(
        "get_native_id",
        "()",
        |vm, _| vm.int(native_id()),
        "Return a non-negative integer identifying the thread as reported by the OS.",
    ),
    NativeDef::function(
        "_get_main_thread_ident",
        "()",
        |vm, _| vm.int_usize(handle::main_ident()),
        "Internal only. Return a non-zero integer that uniquely identifies the main thread.",
    ),
    NativeDef::function(
        "_is_main_interpreter",
        "()",
        |_, _| Ok(Value::TRUE),
        "Return True if the current interpreter is the main Python interpreter.",
    ),
    NativeDef::function(
        "_count",
        "()",
        |vm, _| vm.int_usize(handle::count()),
        "Return the number of currently running Python threads, excluding the main thread.",
    ),
    NativeDef::function(
        "_shutdown",
        "()",
        handle::shutdown,
        "Wait for all non-daemon threads (other than the calling thread) to stop.",
    ),
    NativeDef::function(
        "_make_thread_handle",
        "(ident, /)",
        handle::make,
        "Internal only. Make a thread handle for threads not spawned by the _thread or threading module.",
    ),
    NativeDef::function(
        "daemon_threads_allowed",
        "()",
        |_, _| Ok(Value::TRUE),
        "Return True if daemon threads are allowed in the current interpreter.",
    ),
    NativeDef::function(
        "start_joinable_thread",
        "(function, handle=None, daemon=True)",
        handle::start_joinable,
        "Start a new thread.",
    ),
    NativeDef::function(
        "start_new_thread",
        "(function, args, kwargs=<unrepresentable>, /)",
        handle::start_new,
        "Start a new thread and return its identifier.",
    ),
    NativeDef::function(
        "start_new",
        "(function, args, kwargs=<unrepresentable>, /)",
        handle::start_new,
        "An obsolete synonym of start_new_thread().",
    ),
    NativeDef::function(
        "stack_size",
        "(size=0, /)",
        handle::stack_size,
        "Return the thread stack size used when creating new threads.",
    ),
    NativeDef::function(
        "exit",
        "()",
        exit,
        "Raise SystemExit: the thread exits silently if it is not caught.",
    ),
    NativeDef::function("exit_thread", "()", exit, "An obsolete synonym of exit()."),
    NativeDef::function("set_name", "(name)", set_name, "Set the name of the current thread."),
    NativeDef::function("_get_name", "()", get_name, "Get the name of the current thread."),
    NativeDef::function(
        "_excepthook",
        "(exc_info, /)",
        excepthook,
        "Handle uncaught Thread.run() exception.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    handle::note_main_thread();
    let m = vm.new_native_module("_thread", "This module provides primitive operations to write multi-threaded programs.\nThe 'threading' module provides a more convenient interface.", FUNCTIONS)?;
    lock::classes(vm, m)?;
    handle::classes(vm, m)?;
    local::classes(vm, m)?;
    vm.module_set(m, "error", vm.exc().runtime_error.value())?;
    vm.module_set(m, "TIMEOUT_MAX", vm.float(lock::TIMEOUT_MAX)?)?;
    vm.module_set(m, "_NAME_MAXLEN", Value::small_int(15))?;
    let c = struct_sequence::define(
        vm,
        "_thread._ExceptHookArgs",
        "Type used to pass arguments to threading.excepthook.",
        &["exc_type", "exc_value", "exc_traceback", "thread"],
        4,
    )?;
    vm.module_set(m, "_ExceptHookArgs", c)?;
    Ok(m.value())
}

/// A number that no other living thread has.
pub(crate) fn ident() -> usize {
    // SAFETY: no arguments.
    unsafe { libc::pthread_self() as usize }
}
fn native_id() -> i64 {
    // SAFETY: no arguments.
    unsafe { libc::syscall(libc::SYS_gettid) as i64 }
}
fn exit(vm: &Vm, _: &[Value]) -> Res {
    Err(vm.raise_with(vm.exc().system_exit, &[]))
}
fn set_name(vm: &Vm, a: &[Value]) -> Res {
    let Some(name) = vm.as_str(a[0]) else {
        return Err(vm.type_error(format!(
            "set_name() argument 'name' must be str, not {}",
            vm.type_name(a[0])
        )));
    };
    let mut bytes: Vec<u8> = crate::posix::path::fs_encode(vm, name.points()).unwrap_or_else(|r| {
        vm.take_exception(r);
        name.to_lossy().into_bytes()
    });
    bytes.truncate(15);
    bytes.retain(|&b| b != 0);
    if let Ok(name) = std::ffi::CString::new(bytes) {
        // SAFETY: a C string of at most 15 bytes; a refusal is of no consequence.
        unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
    }
    Ok(Value::NONE)
}
fn get_name(vm: &Vm, _: &[Value]) -> Res {
    let mut buffer = [0u8; 64];
    // SAFETY: the buffer has the length given.
    unsafe {
        libc::pthread_getname_np(libc::pthread_self(), buffer.as_mut_ptr().cast(), buffer.len())
    };
    let n = buffer.iter().position(|&b| b == 0).unwrap_or(buffer.len());
    crate::posix::path::fs_decode(vm, &buffer[..n])
}
fn excepthook(vm: &Vm, a: &[Value]) -> Res {
    let Some(info) = vm.as_tuple(a[0]).filter(|t| t.len() == 4) else {
        return Err(vm.type_error("_thread.excepthook argument type must be ExceptHookArgs"));
    };
    let e = info.get(1);
    if vm.is_instance_exact(e, vm.exc().system_exit) {
        return Ok(Value::NONE);
    }
    let name = match info.get(3) {
        t if t.is_none() => ident().to_string(),
        t => match vm.get_attr_opt(t, vm.intern("_name"))? {
            Some(n) => vm.str_of(n)?.to_lossy(),
            None => ident().to_string(),
        },
    };
    crate::sys::print_to(vm, "stderr", &format!("Exception in thread {name}:\n"));
    if let Some(e) = vm.as_exception(e) {
        crate::sys::display_exception(vm, e);
    }
    Ok(Value::NONE)
}

/// Waits until `done` says so, or the deadline. `done` is asked with the interpreter lock held; signals are served.
/// False: the time is over.
pub(crate) fn wait_until(
    vm: &Vm,
    deadline: Option<Instant>,
    mut done: impl FnMut() -> bool,
) -> Res<bool> {
    /// Signals are noticed this often.
    const SLICE: Duration = Duration::from_millis(20);
    loop {
        let seen = crate::gil::events();
        if done() {
            return Ok(true);
        }
        let limit = match deadline {
            Some(d) => {
                let rest = d.saturating_duration_since(Instant::now());
                if rest.is_zero() {
                    return Ok(false);
                }
                rest.min(SLICE)
            }
            None => SLICE,
        };
        crate::gil::wait_event(vm, seen, limit);
        vm.run_pending()?;
    }
}
