//! `time`: clocks, sleeping, calendar time.

mod calendar;

use crate::os_error::{direct, os_error};
use pyrs_core::{NativeDef, Res, Value, Vm};
use std::time::{Duration, Instant};

/// One clock in seconds and in nanoseconds.
macro_rules! clock {
    ($id:path, seconds) => {
        |vm: &Vm, _: &[Value]| vm.float(nanos(vm, $id)? as f64 / 1e9)
    };
    ($id:path, nanos) => {
        |vm: &Vm, _: &[Value]| vm.int(nanos(vm, $id)?)
    };
}
static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "time",
        "()",
        clock!(libc::CLOCK_REALTIME, seconds),
        "Return the current time in seconds since the Epoch.",
    ),
    NativeDef::function(
        "time_ns",
        "()",
        clock!(libc::CLOCK_REALTIME, nanos),
        "Return the current time in nanoseconds since the Epoch.",
    ),
    NativeDef::function(
        "monotonic",
        "()",
        clock!(libc::CLOCK_MONOTONIC, seconds),
        "Monotonic clock, cannot go backward.",
    ),
    NativeDef::function(
        "monotonic_ns",
        "()",
        clock!(libc::CLOCK_MONOTONIC, nanos),
        "Monotonic clock, cannot go backward, as nanoseconds.",
    ),
    NativeDef::function(
        "perf_counter",
        "()",
        clock!(libc::CLOCK_MONOTONIC, seconds),
        "Performance counter for benchmarking.",
    ),
    NativeDef::function(
        "perf_counter_ns",
        "()",
        clock!(libc::CLOCK_MONOTONIC, nanos),
        "Performance counter for benchmarking as nanoseconds.",
    ),
    NativeDef::function(
        "process_time",
        "()",
        clock!(libc::CLOCK_PROCESS_CPUTIME_ID, seconds),
        "Process time for profiling: sum of the kernel and user-space CPU time.",
    ),
    NativeDef::function(
        "process_time_ns",
        "()",
        clock!(libc::CLOCK_PROCESS_CPUTIME_ID, nanos),
        "Process time for profiling as nanoseconds.",
    ),
    NativeDef::function(
        "thread_time",
        "()",
        clock!(libc::CLOCK_THREAD_CPUTIME_ID, seconds),
        "Thread time for profiling: sum of the kernel and user-space CPU time.",
    ),
    NativeDef::function(
        "thread_time_ns",
        "()",
        clock!(libc::CLOCK_THREAD_CPUTIME_ID, nanos),
        "Thread time for profiling as nanoseconds.",
    ),
    NativeDef::function(
        "clock_gettime",
        "(clk_id, /)",
        |vm, a| vm.float(nanos(vm, clock_id(vm, a[0])?)? as f64 / 1e9),
        "Return the time of the specified clock clk_id as a float.",
    ),
    NativeDef::function(
        "clock_gettime_ns",
        "(clk_id, /)",
        |vm, a| vm.int(nanos(vm, clock_id(vm, a[0])?)?),
        "Return the time of the specified clock clk_id as nanoseconds (int).",
    ),
    NativeDef::function(
        "clock_settime",
        "(clk_id, time, /)",
        clock_settime,
        "Set the time of the specified clock clk_id.",
    ),
    NativeDef::function(
        "clock_getres",
        "(clk_id, /)",
        clock_getres,
        "Return the resolution (precision) of the specified clock clk_id.",
    ),
    NativeDef::function(
        "pthread_getcpuclockid",
        "(thread_id, /)",
        pthread_getcpuclockid,
        "Return the clk_id of a thread's CPU time clock.",
    ),
    NativeDef::function(
        "get_clock_info",
        "(name, /)",
        get_clock_info,
        "Get information of the specified clock.",
    ),
    NativeDef::function(
        "sleep",
        "(seconds, /)",
        sleep,
        "Delay execution for a given number of seconds.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "time",
        "This module provides various functions to manipulate time values.",
        FUNCTIONS,
    )?;
    for (name, n) in [
        ("CLOCK_REALTIME", libc::CLOCK_REALTIME),
        ("CLOCK_MONOTONIC", libc::CLOCK_MONOTONIC),
        ("CLOCK_MONOTONIC_RAW", libc::CLOCK_MONOTONIC_RAW),
        ("CLOCK_BOOTTIME", libc::CLOCK_BOOTTIME),
        ("CLOCK_TAI", libc::CLOCK_TAI),
        ("CLOCK_PROCESS_CPUTIME_ID", libc::CLOCK_PROCESS_CPUTIME_ID),
        ("CLOCK_THREAD_CPUTIME_ID", libc::CLOCK_THREAD_CPUTIME_ID),
    ] {
        vm.module_set(m, name, vm.int(n as i64)?)?;
    }
    calendar::add(vm, m)?;
    Ok(m.value())
}

fn clock_id(vm: &Vm, v: Value) -> Res<libc::clockid_t> {
    Ok(crate::posix::path::c_int(vm, v)? as libc::clockid_t)
}
fn blank() -> libc::timespec {
    // SAFETY: plain numbers.
    unsafe { core::mem::zeroed() }
}
/// Nanoseconds on a clock.
pub(crate) fn nanos(vm: &Vm, id: libc::clockid_t) -> Res<i64> {
    let mut t = blank();
    // SAFETY: a structure of ours.
    direct(vm, unsafe { libc::clock_gettime(id, &mut t) })?;
    Ok(t.tv_sec as i64 * 1_000_000_000 + t.tv_nsec as i64)
}
fn clock_getres(vm: &Vm, a: &[Value]) -> Res {
    let (id, mut t) = (clock_id(vm, a[0])?, blank());
    // SAFETY: a structure of ours.
    direct(vm, unsafe { libc::clock_getres(id, &mut t) })?;
    vm.float(t.tv_sec as f64 + t.tv_nsec as f64 * 1e-9)
}
fn clock_settime(vm: &Vm, a: &[Value]) -> Res {
    let (id, x) = (clock_id(vm, a[0])?, seconds(vm, a[1])?);
    let mut t = blank();
    t.tv_sec = x.floor() as libc::time_t;
    t.tv_nsec = ((x - x.floor()) * 1e9) as libc::c_long;
    // SAFETY: a structure of ours.
    direct(vm, unsafe { libc::clock_settime(id, &t) })?;
    Ok(Value::NONE)
}
fn pthread_getcpuclockid(vm: &Vm, a: &[Value]) -> Res {
    let thread = vm.int_i64(a[0])?;
    let mut id: libc::clockid_t = 0;
    // SAFETY: the caller names a living thread, as with the C function.
    let r = unsafe { libc::pthread_getcpuclockid(thread as libc::pthread_t, &mut id) };
    if r != 0 { Err(os_error(vm, r, None)) } else { vm.int(id as i64) }
}
fn get_clock_info(vm: &Vm, a: &[Value]) -> Res {
    let Some(name) = vm.as_str(a[0]) else {
        return Err(vm.type_error(format!(
            "get_clock_info() argument 1 must be str, not {}",
            vm.type_name(a[0])
        )));
    };
    let (id, text, monotonic) = match name.as_ascii() {
        Some("time") => (libc::CLOCK_REALTIME, "CLOCK_REALTIME", false),
        Some("monotonic") | Some("perf_counter") => {
            (libc::CLOCK_MONOTONIC, "CLOCK_MONOTONIC", true)
        }
        Some("process_time") => (libc::CLOCK_PROCESS_CPUTIME_ID, "CLOCK_PROCESS_CPUTIME_ID", true),
        Some("thread_time") => (libc::CLOCK_THREAD_CPUTIME_ID, "CLOCK_THREAD_CPUTIME_ID", true),
        _ => return Err(vm.value_error("unknown clock")),
    };
    let info = crate::startup::simple_namespace(vm)?;
    let resolution = clock_getres(vm, &[vm.int(id as i64)?])?;
    for (key, v) in [
        ("implementation", vm.str(&format!("clock_gettime({text})"))?),
        ("monotonic", Value::bool(monotonic)),
        ("adjustable", Value::bool(!monotonic)),
        ("resolution", resolution),
    ] {
        vm.set_attr(info, vm.intern(key), v)?;
    }
    Ok(info)
}
/// A number of seconds, int or float.
pub(crate) fn seconds(vm: &Vm, v: Value) -> Res<f64> {
    if let Some(x) = vm.as_float(v) {
        if x.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        return Ok(x);
    }
    if vm.as_int(v).is_none()
        && v.as_bool().is_none()
        && vm.lookup(vm.class_of(v), vm.intern("__index__")).is_none()
    {
        return Err(vm.type_error(format!(
            "'{}' object cannot be interpreted as an integer or float",
            vm.type_name(v)
        )));
    }
    let n = vm.index(v)?;
    match vm.int_ref(&n).to_i64() {
        Some(n) => Ok(n as f64),
        None => Err(vm.overflow_error("timestamp too large to convert to C PyTime_t")),
    }
}
fn sleep(vm: &Vm, a: &[Value]) -> Res {
    let x = seconds(vm, a[0])?;
    if x < 0.0 {
        return Err(vm.value_error("sleep length must be non-negative"));
    }
    if x > 9.2e9 {
        return Err(vm.overflow_error("timestamp too large to convert to C PyTime_t"));
    }
    let end = Instant::now() + Duration::from_secs_f64(x);
    loop {
        let rest = end.saturating_duration_since(Instant::now());
        let mut t = blank();
        t.tv_sec = rest.as_secs() as libc::time_t;
        t.tv_nsec = rest.subsec_nanos() as libc::c_long;
        // SAFETY: a structure of ours.
        let r = crate::gil::released(vm, || unsafe {
            libc::clock_nanosleep(libc::CLOCK_MONOTONIC, 0, &t, core::ptr::null_mut())
        });
        match r {
            0 => return Ok(Value::NONE),
            libc::EINTR => vm.run_pending()?,
            e => return Err(os_error(vm, e, None)),
        }
    }
}
