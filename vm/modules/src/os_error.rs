//! Errors of the operating system as Python exceptions, and system calls that survive signals (PEP 475).

use pyrs_core::object::Class;
use pyrs_core::{Gc, Raised, Res, Value, Vm};

/// `errno` of the last failed call of this thread.
pub(crate) fn last() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// The text of an error number.
pub(crate) fn message(errno: i32) -> String {
    // SAFETY: strerror gives a valid C string for every number; one thread runs at a time.
    let text = unsafe { core::ffi::CStr::from_ptr(libc::strerror(errno)) };
    text.to_string_lossy().into_owned()
}

/// The subclass of OSError that stands for an error number (PEP 3151).
pub(crate) fn class_for(vm: &Vm, errno: i32) -> Gc<Class> {
    let x = vm.exc();
    match errno {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => x.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => x.broken_pipe_error,
        libc::ECHILD => x.child_process_error,
        libc::ECONNABORTED => x.connection_aborted_error,
        libc::ECONNREFUSED => x.connection_refused_error,
        libc::ECONNRESET => x.connection_reset_error,
        libc::EEXIST => x.file_exists_error,
        libc::ENOENT => x.file_not_found_error,
        libc::EISDIR => x.is_a_directory_error,
        libc::ENOTDIR => x.not_a_directory_error,
        libc::EINTR => x.interrupted_error,
        libc::EACCES | libc::EPERM => x.permission_error,
        libc::ESRCH => x.process_lookup_error,
        libc::ETIMEDOUT => x.timeout_error,
        _ => x.os_error,
    }
}

/// Raises the OSError of `errno`, about a file or about nothing in particular.
#[cold]
pub(crate) fn os_error(vm: &Vm, errno: i32, filename: Option<Value>) -> Raised {
    os_error_two(vm, errno, filename, None)
}

/// As `os_error`, about two files (`rename`, `link`).
#[cold]
pub(crate) fn os_error_two(
    vm: &Vm,
    errno: i32,
    first: Option<Value>,
    second: Option<Value>,
) -> Raised {
    match build(vm, errno, first, second) {
        Ok(r) | Err(r) => r,
    }
}
fn build(vm: &Vm, errno: i32, first: Option<Value>, second: Option<Value>) -> Res<Raised> {
    let (number, text) = (vm.int(errno as i64)?, vm.str(&message(errno))?);
    let e = vm.new_exception(class_for(vm, errno), &[number, text])?;
    if let Some(f) = first {
        vm.set_exception_field(e, 2, f);
    }
    if let Some(f) = second {
        vm.set_exception_field(e, 3, f);
    }
    Ok(vm.raise(e))
}

/// What a failed system call returns.
pub(crate) trait Failed: Copy {
    fn failed(self) -> bool;
}
impl Failed for i32 {
    fn failed(self) -> bool {
        self == -1
    }
}
impl Failed for isize {
    fn failed(self) -> bool {
        self == -1
    }
}
impl Failed for i64 {
    fn failed(self) -> bool {
        self == -1
    }
}

/// Makes a system call that may wait, with the interpreter lock released, again and again while signals
/// interrupt it; signal handlers run in between and may raise. The inner error is the `errno`.
pub(crate) fn system_call<T: Failed>(vm: &Vm, f: impl Fn() -> T) -> Res<Result<T, i32>> {
    loop {
        let (r, errno) = crate::gil::released(vm, || {
            let r = f();
            (r, if r.failed() { last() } else { 0 })
        });
        if !r.failed() {
            return Ok(Ok(r));
        }
        if errno != libc::EINTR {
            return Ok(Err(errno));
        }
        vm.run_pending()?;
    }
}

/// As `system_call`, raising OSError about `filename`.
pub(crate) fn checked<T: Failed>(vm: &Vm, filename: Option<Value>, f: impl Fn() -> T) -> Res<T> {
    system_call(vm, f)?.map_err(|errno| os_error(vm, errno, filename))
}

/// The result of a call that does not wait.
pub(crate) fn direct<T: Failed>(vm: &Vm, r: T) -> Res<T> {
    if r.failed() { Err(os_error(vm, last(), None)) } else { Ok(r) }
}
