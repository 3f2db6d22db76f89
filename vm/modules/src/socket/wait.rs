//! Waiting: system calls on sockets under their timeouts, again after signals (PEP 475).
//!
//! Words used. *Deadline*: when a call with a positive timeout gives up; one for all attempts of the call.

use super::object::Socket;
use crate::os_error::{last, os_error};
use pyrs_core::{Gc, Raised, Res, Value, Vm};
use std::time::{Duration, Instant};

/// What a call waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Read,
    Write,
}

/// The "errno" of a deadline that has passed.
pub(super) const TIMED_OUT: i32 = -1;

/// TimeoutError('timed out')
#[cold]
pub(super) fn timed_out(vm: &Vm) -> Raised {
    vm.raise_text(vm.exc().timeout_error, "timed out")
}
/// The deadline of a call that starts now.
pub(super) fn deadline(s: &Socket) -> Option<Instant> {
    match s.timeout.get() {
        n if n > 0 => Instant::now().checked_add(Duration::from_nanos(n as u64)),
        _ => None,
    }
}
/// Waits until the socket is ready. False: the deadline has passed.
fn ready(vm: &Vm, fd: i32, how: libc::c_short, end: Option<Instant>) -> Res<bool> {
    loop {
        let ms = match end {
            None => -1,
            Some(e) => {
                let rest = e.saturating_duration_since(Instant::now()).as_nanos();
                i32::try_from(rest.div_ceil(1_000_000)).unwrap_or(i32::MAX)
            }
        };
        let (r, e) = crate::gil::released(vm, || {
            let mut p = libc::pollfd { fd, events: how, revents: 0 };
            // SAFETY: one structure of ours.
            let r = unsafe { libc::poll(&mut p, 1, ms) };
            (r, last())
        });
        match r {
            0 => return Ok(false),
            r if r > 0 => return Ok(true),
            _ if e == libc::EINTR => vm.run_pending()?,
            _ => return Err(os_error(vm, e, None)),
        }
    }
}
/// Makes a call on the socket, waiting first and again as its timeout says.
pub(super) fn call(vm: &Vm, s: Gc<Socket>, how: Direction, f: impl Fn(i32) -> isize) -> Res<isize> {
    call_until(vm, s, how, deadline(&s), f)
}
/// As `call`, with a deadline shared by several calls. The descriptor is read anew for every attempt: signal handlers
/// and other threads may close the socket.
pub(super) fn call_until(
    vm: &Vm,
    s: Gc<Socket>,
    how: Direction,
    end: Option<Instant>,
    f: impl Fn(i32) -> isize,
) -> Res<isize> {
    let events = if how == Direction::Read { libc::POLLIN } else { libc::POLLOUT };
    let limited = s.timeout.get() > 0;
    loop {
        if limited && !ready(vm, s.fd.get(), events, end)? {
            return Err(timed_out(vm));
        }
        let fd = s.fd.get();
        let (r, e) = crate::gil::released(vm, || {
            let r = f(fd);
            (r, if r < 0 { last() } else { 0 })
        });
        match e {
            _ if r >= 0 => return Ok(r),
            libc::EINTR => vm.run_pending()?,
            libc::EAGAIN if limited => {}
            _ => return Err(os_error(vm, e, None)),
        }
    }
}
/// Waits until the connection that was begun is made: 0, `TIMED_OUT` or the `errno` it failed with.
pub(super) fn connected(vm: &Vm, s: Gc<Socket>) -> Res<i32> {
    if !ready(vm, s.fd.get(), libc::POLLOUT | libc::POLLERR, deadline(&s))? {
        return Ok(TIMED_OUT);
    }
    match super::options::int_option(s.fd.get(), libc::SOL_SOCKET, libc::SO_ERROR) {
        Ok(libc::EISCONN) => Ok(0),
        Ok(e) | Err(e) => Ok(e),
    }
}
/// Sets the descriptor's non-blocking mode.
pub(super) fn set_nonblocking(vm: &Vm, fd: i32, on: bool) -> Res<()> {
    let mut n = on as libc::c_int;
    // SAFETY: FIONBIO reads an int.
    if unsafe { libc::ioctl(fd, libc::FIONBIO as _, &mut n) } < 0 {
        return Err(os_error(vm, last(), None));
    }
    Ok(())
}
/// Closes a descriptor that nobody will hear of again.
pub(super) fn closed_quietly(vm: &Vm, fd: i32) {
    crate::gil::released(vm, || {
        // SAFETY: the caller gives the descriptor up.
        unsafe { libc::close(fd) };
    });
}
/// A timeout as an argument: None or seconds, rounded up to nanoseconds.
pub(super) fn timeout_argument(vm: &Vm, v: Value) -> Res<i64> {
    if v.is_none() {
        return Ok(-1);
    }
    let too_large = || vm.overflow_error("timestamp out of range for C PyTime_t");
    let nanos = match vm.as_float(v) {
        None => match vm.catch(crate::time::seconds(vm, v), vm.exc().overflow_error)? {
            Some(x) => x * 1e9,
            None => return Err(too_large()),
        },
        Some(_) => (crate::time::seconds(vm, v)? * 1e9).ceil(),
    };
    if !(-9.2e18..9.2e18).contains(&nanos) {
        return Err(too_large());
    }
    if nanos < 0.0 {
        return Err(vm.value_error("Timeout value out of range"));
    }
    Ok(nanos as i64)
}
