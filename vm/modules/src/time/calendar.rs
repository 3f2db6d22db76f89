//! Calendar time: `struct_time`, `localtime`, `gmtime`, `mktime`, `strftime`, time zones.

use crate::struct_sequence;
use pyrs_core::object::Module;
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};
use std::ffi::CString;

/// Of the C library; not every version of the bindings declares them.
mod c {
    unsafe extern "C" {
        pub fn tzset();
        pub fn strftime(
            s: *mut libc::c_char,
            max: usize,
            format: *const libc::c_char,
            tm: *const libc::tm,
        ) -> usize;
    }
}

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "localtime",
        "(seconds=None, /)",
        |vm, a| broken_down(vm, a[0], true),
        "Convert seconds since the Epoch to a time tuple expressing local time.",
    ),
    NativeDef::function(
        "gmtime",
        "(seconds=None, /)",
        |vm, a| broken_down(vm, a[0], false),
        "Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT).",
    ),
    NativeDef::function(
        "mktime",
        "(time_tuple, /)",
        mktime,
        "Convert a time tuple in local time to seconds since the Epoch.",
    ),
    NativeDef::function(
        "asctime",
        "(time_tuple=None, /)",
        asctime,
        "Convert a time tuple to a string, e.g. 'Sat Jun 06 16:26:11 1998'.",
    ),
    NativeDef::function(
        "ctime",
        "(seconds=None, /)",
        ctime,
        "Convert a time in seconds since the Epoch to a string in local time.",
    ),
    NativeDef::function(
        "strftime",
        "(format, time_tuple=None, /)",
        strftime,
        "Convert a time tuple to a string according to a format specification.",
    ),
    NativeDef::function(
        "strptime",
        "(data_string, format='%a %b %d %H:%M:%S %Y', /)",
        strptime,
        "Parse a string to a time tuple according to a format specification.",
    ),
    NativeDef::function(
        "tzset",
        "()",
        tzset,
        "Initialize, or reinitialize, the local timezone to the value stored in os.environ['TZ'].",
    ),
];

pub(super) fn add(vm: &Vm, m: Gc<Module>) -> Res<()> {
    vm.add_functions(m, FUNCTIONS)?;
    let fields = [
        "tm_year",
        "tm_mon",
        "tm_mday",
        "tm_hour",
        "tm_min",
        "tm_sec",
        "tm_wday",
        "tm_yday",
        "tm_isdst",
        "tm_zone",
        "tm_gmtoff",
    ];
    let c = struct_sequence::define(
        vm,
        "time.struct_time",
        "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().",
        &fields,
        9,
    )?;
    vm.set_hook("struct_time", c);
    vm.module_set(m, "struct_time", c)?;
    vm.module_set(m, "_STRUCT_TM_ITEMS", Value::small_int(11))?;
    zone(vm, m)
}
fn blank() -> libc::tm {
    // SAFETY: plain numbers and a pointer that may be null.
    unsafe { core::mem::zeroed() }
}
fn local(t: i64) -> Option<libc::tm> {
    let (mut tm, t) = (blank(), t as libc::time_t);
    // SAFETY: structures of ours.
    let p = unsafe { libc::localtime_r(&t, &mut tm) };
    (!p.is_null()).then_some(tm)
}
fn utc(t: i64) -> Option<libc::tm> {
    let (mut tm, t) = (blank(), t as libc::time_t);
    // SAFETY: structures of ours.
    let p = unsafe { libc::gmtime_r(&t, &mut tm) };
    (!p.is_null()).then_some(tm)
}
fn zone_name(tm: &libc::tm) -> String {
    if tm.tm_zone.is_null() {
        return String::new();
    }
    // SAFETY: the C library's name of a zone, a C string.
    unsafe { core::ffi::CStr::from_ptr(tm.tm_zone) }.to_string_lossy().into_owned()
}
/// Sets `tzname`, `timezone`, `altzone`, `daylight`: winter and summer of this year tell.
fn zone(vm: &Vm, m: Gc<Module>) -> Res<()> {
    const YEAR: i64 = 31_556_926;
    let now = super::nanos(vm, libc::CLOCK_REALTIME)? / 1_000_000_000;
    let january = now / YEAR * YEAR;
    let (Some(a), Some(b)) = (local(january), local(january + YEAR / 2)) else { return Ok(()) };
    let (oa, ob) = (-(a.tm_gmtoff as i64), -(b.tm_gmtoff as i64));
    let (standard, summer) = if oa >= ob { ((oa, &a), (ob, &b)) } else { ((ob, &b), (oa, &a)) };
    vm.module_set(m, "timezone", vm.int(standard.0)?)?;
    vm.module_set(m, "altzone", vm.int(summer.0)?)?;
    vm.module_set(m, "daylight", Value::small_int((oa != ob) as isize))?;
    let names = vm.tuple(&[vm.str(&zone_name(standard.1))?, vm.str(&zone_name(summer.1))?])?;
    vm.module_set(m, "tzname", names)
}
fn tzset(vm: &Vm, _: &[Value]) -> Res {
    // SAFETY: no arguments; the environment changes under the interpreter lock only.
    unsafe { c::tzset() };
    if let Some(m) = vm.loaded_module("time").and_then(|m| vm.cast::<Module>(m)) {
        zone(vm, m)?;
    }
    Ok(Value::NONE)
}
fn whole_seconds(vm: &Vm, v: Value) -> Res<i64> {
    if v.is_none() {
        return Ok(super::nanos(vm, libc::CLOCK_REALTIME)?.div_euclid(1_000_000_000));
    }
    let range = || vm.overflow_error("timestamp out of range for platform time_t");
    if let Some(x) = vm.as_float(v) {
        if x.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        let x = x.floor();
        return if (-9.2e18..9.2e18).contains(&x) { Ok(x as i64) } else { Err(range()) };
    }
    let n = vm.index(v)?;
    vm.int_ref(&n).to_i64().ok_or_else(range)
}
fn broken_down(vm: &Vm, v: Value, is_local: bool) -> Res {
    let t = whole_seconds(vm, v)?;
    let tm = if is_local { local(t) } else { utc(t) };
    match tm {
        Some(tm) => value(vm, &tm, is_local),
        None => Err(crate::os_error::os_error(vm, libc::EOVERFLOW, None)),
    }
}
fn value(vm: &Vm, tm: &libc::tm, is_local: bool) -> Res {
    let numbers = [
        tm.tm_year as i64 + 1900,
        tm.tm_mon as i64 + 1,
        tm.tm_mday as i64,
        tm.tm_hour as i64,
        tm.tm_min as i64,
        tm.tm_sec as i64,
        (tm.tm_wday as i64 + 6) % 7,
        tm.tm_yday as i64 + 1,
        tm.tm_isdst as i64,
    ];
    let mut items = [Value::NONE; 11];
    for (to, n) in items.iter_mut().zip(numbers) {
        *to = vm.int(n)?;
    }
    items[9] = vm.str(&zone_name(tm))?;
    items[10] = vm.int(if is_local { tm.tm_gmtoff as i64 } else { 0 })?;
    struct_sequence::make(vm, vm.hook("struct_time").unwrap_or(Value::NONE), &items)
}
/// A time tuple as C's structure. The zone's name is kept by the second part.
fn from_tuple(vm: &Vm, v: Value, function: &str) -> Res<(libc::tm, Option<CString>)> {
    let Some(t) = vm.as_tuple(v) else {
        return Err(vm.type_error("Tuple or struct_time argument required"));
    };
    if t.len() != 9 {
        return Err(vm.type_error(format!("{function}(): illegal time tuple argument")));
    }
    let mut n = [0i32; 9];
    for (i, to) in n.iter_mut().enumerate() {
        *to = crate::posix::path::c_int(vm, t.get(i))?;
    }
    let mut tm = blank();
    tm.tm_year = n[0].checked_sub(1900).ok_or_else(|| vm.overflow_error("year out of range"))?;
    tm.tm_mon = n[1].wrapping_sub(1);
    tm.tm_mday = n[2];
    tm.tm_hour = n[3];
    tm.tm_min = n[4];
    tm.tm_sec = n[5];
    tm.tm_wday = n[6].wrapping_add(1).wrapping_rem(7);
    tm.tm_yday = n[7].wrapping_sub(1);
    tm.tm_isdst = n[8];
    let mut name = None;
    if vm.hook("struct_time") == Some(vm.class_of(v).value()) {
        let zone = vm.get_attr(v, vm.intern("tm_zone"))?;
        if let Some(z) = vm.as_str(zone) {
            name = CString::new(z.to_lossy()).ok();
        }
        let offset = vm.get_attr(v, vm.intern("tm_gmtoff"))?;
        if !offset.is_none() {
            tm.tm_gmtoff = vm.int_i64(offset)? as libc::c_long;
        }
    }
    if let Some(n) = &name {
        tm.tm_zone = n.as_ptr();
    }
    Ok((tm, name))
}
fn check(vm: &Vm, tm: &mut libc::tm) -> Res<()> {
    let bad = |what: &str| Err(vm.value_error(format!("{what} out of range")));
    match tm.tm_mon {
        -1 => tm.tm_mon = 0,
        0..=11 => {}
        _ => return bad("month"),
    }
    match tm.tm_mday {
        0 => tm.tm_mday = 1,
        1..=31 => {}
        _ => return bad("day of month"),
    }
    if !(0..=23).contains(&tm.tm_hour) {
        return bad("hour");
    }
    if !(0..=59).contains(&tm.tm_min) {
        return bad("minute");
    }
    if !(0..=61).contains(&tm.tm_sec) {
        return bad("seconds");
    }
    if tm.tm_wday < 0 {
        return bad("day of week");
    }
    match tm.tm_yday {
        -1 => tm.tm_yday = 0,
        0..=365 => {}
        _ => return bad("day of year"),
    }
    Ok(())
}
fn mktime(vm: &Vm, a: &[Value]) -> Res {
    let (mut tm, _name) = from_tuple(vm, a[0], "mktime")?;
    tm.tm_wday = -1;
    tm.tm_zone = core::ptr::null();
    // SAFETY: a structure of ours.
    let t = unsafe { libc::mktime(&mut tm) };
    if t == -1 && tm.tm_wday == -1 {
        return Err(vm.overflow_error("mktime argument out of range"));
    }
    vm.float(t as f64)
}
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn text_of(vm: &Vm, tm: &libc::tm) -> Res {
    vm.str(&format!(
        "{} {} {:2} {:02}:{:02}:{:02} {}",
        DAYS[tm.tm_wday.rem_euclid(7) as usize],
        MONTHS[tm.tm_mon.rem_euclid(12) as usize],
        tm.tm_mday,
        tm.tm_hour,
        tm.tm_min,
        tm.tm_sec,
        tm.tm_year as i64 + 1900
    ))
}
fn now_local(vm: &Vm, v: Value) -> Res<libc::tm> {
    let t = whole_seconds(vm, v)?;
    local(t).ok_or_else(|| crate::os_error::os_error(vm, libc::EOVERFLOW, None))
}
fn asctime(vm: &Vm, a: &[Value]) -> Res {
    if a[0].is_none() {
        return text_of(vm, &now_local(vm, a[0])?);
    }
    let (mut tm, _name) = from_tuple(vm, a[0], "asctime")?;
    check(vm, &mut tm)?;
    text_of(vm, &tm)
}
fn ctime(vm: &Vm, a: &[Value]) -> Res {
    text_of(vm, &now_local(vm, a[0])?)
}
fn strftime(vm: &Vm, a: &[Value]) -> Res {
    let Some(format) = vm.as_str(a[0]) else {
        return Err(
            vm.type_error(format!("strftime() argument 1 must be str, not {}", vm.type_name(a[0])))
        );
    };
    let (mut tm, _name) = if a[1].is_none() {
        (now_local(vm, a[1])?, None)
    } else {
        from_tuple(vm, a[1], "strftime")?
    };
    check(vm, &mut tm)?;
    tm.tm_isdst = tm.tm_isdst.clamp(-1, 1);
    let bytes = crate::posix::path::fs_encode(vm, format.points())?;
    let mut out = Vec::new();
    // Null characters and empty pieces are beyond C's strftime.
    for (i, piece) in bytes.split(|&b| b == 0).enumerate() {
        if i > 0 {
            out.push(0);
        }
        if piece.is_empty() {
            continue;
        }
        // A character behind tells an empty result from a buffer too small.
        let mut format = piece.to_vec();
        format.push(b'.');
        let Ok(format) = CString::new(format) else { continue };
        let mut room = 1024;
        loop {
            let mut buffer = vec![0u8; room];
            // SAFETY: the buffer has the length given; the format is a C string; the zone's name is kept by `_name`.
            let n = unsafe { c::strftime(buffer.as_mut_ptr().cast(), room, format.as_ptr(), &tm) };
            if n > 0 {
                out.extend_from_slice(&buffer[..n - 1]);
                break;
            }
            if room > 256 * piece.len() + (1 << 20) {
                return Err(vm.value_error("Invalid format string"));
            }
            room *= 4;
        }
    }
    crate::posix::path::fs_decode(vm, &out)
}
fn strptime(vm: &Vm, a: &[Value]) -> Res {
    let m = vm.import_module("_strptime")?;
    vm.call_method(m, "_strptime_time", a)
}
