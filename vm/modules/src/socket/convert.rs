//! Pure conversions: byte order, addresses as text, sizes of control data.

use super::{message, plain_error};
use crate::os_error::os_error;
use crate::posix::path::c_int;
use core::ffi::{CStr, c_char, c_void};
use pyrs_core::{Res, Value, Vm};
use std::ffi::CString;

unsafe extern "C" {
    fn inet_aton(text: *const c_char, out: *mut libc::in_addr) -> i32;
    fn inet_pton(family: i32, text: *const c_char, out: *mut c_void) -> i32;
    fn inet_ntop(
        family: i32,
        address: *const c_void,
        out: *mut c_char,
        room: libc::socklen_t,
    ) -> *const c_char;
}

/// An unsigned number of `bits` bits; `c_type` is what the error calls it.
pub(super) fn unsigned(vm: &Vm, v: Value, bits: u32, c_type: &str) -> Res<u64> {
    let n = vm.index(v)?;
    let n = vm.int_ref(&n);
    if n.is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    match n.to_i64() {
        Some(n) if n >> bits == 0 => Ok(n as u64),
        _ => Err(vm.overflow_error(format!("Python int too large for C {c_type}"))),
    }
}
/// `htons` and `ntohs`
pub(super) fn swap_short(vm: &Vm, a: &[Value]) -> Res {
    vm.int((unsigned(vm, a[0], 16, "uint16_t")? as u16).to_be() as i64)
}
/// `htonl` and `ntohl`
pub(super) fn swap_long(vm: &Vm, a: &[Value]) -> Res {
    vm.int((unsigned(vm, a[0], 32, "uint32_t")? as u32).to_be() as i64)
}
fn text(vm: &Vm, v: Value, place: &str) -> Res<CString> {
    let Some(s) = vm.as_str(v) else {
        let given = if v.is_none() { "None".to_owned() } else { vm.type_name(v) };
        return Err(vm.type_error(format!("{place} must be str, not {given}")));
    };
    let data = crate::posix::path::fs_encode(vm, s.points())?;
    CString::new(data).map_err(|_| vm.value_error("embedded null character"))
}
/// A dotted quad of four decimal numbers.
pub(super) fn parse_v4(host: &CStr) -> Option<[u8; 4]> {
    let mut out = [0u8; 4];
    // SAFETY: a C string; four bytes are what AF_INET takes.
    let r = unsafe { inet_pton(libc::AF_INET, host.as_ptr(), out.as_mut_ptr().cast()) };
    (r == 1).then_some(out)
}
/// An IPv6 address as the C library writes it.
pub(super) fn v6_text(bytes: [u8; 16]) -> String {
    let mut room = [0u8; 64];
    // SAFETY: sixteen bytes are what AF_INET6 takes; memory of ours of the size given.
    unsafe {
        inet_ntop(libc::AF_INET6, bytes.as_ptr().cast(), room.as_mut_ptr().cast(), 64);
    }
    let used = room.split(|&c| c == 0).next().unwrap_or(&[]);
    String::from_utf8_lossy(used).into_owned()
}
pub(super) fn aton(vm: &Vm, a: &[Value]) -> Res {
    let t = text(vm, a[0], "inet_aton() argument")?;
    let mut out = libc::in_addr { s_addr: 0 };
    // SAFETY: a C string and a place of ours.
    if unsafe { inet_aton(t.as_ptr(), &mut out) } == 0 {
        return Err(plain_error(vm, "illegal IP address string passed to inet_aton"));
    }
    vm.bytes(&out.s_addr.to_ne_bytes())
}
pub(super) fn ntoa(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    match *b.data() {
        [a, b, c, d] => vm.str(&format!("{a}.{b}.{c}.{d}")),
        _ => Err(plain_error(vm, "packed IP wrong length for inet_ntoa")),
    }
}
pub(super) fn pton(vm: &Vm, a: &[Value]) -> Res {
    let (family, t) = (c_int(vm, a[0])?, text(vm, a[1], "inet_pton() argument 2")?);
    let mut out = [0u8; 16];
    // SAFETY: a C string; sixteen bytes are enough for every family.
    match unsafe { inet_pton(family, t.as_ptr(), out.as_mut_ptr().cast()) } {
        0 => Err(plain_error(vm, "illegal IP address string passed to inet_pton")),
        r if r < 0 => Err(os_error(vm, crate::os_error::last(), None)),
        _ if family == libc::AF_INET => vm.bytes(&out[..4]),
        _ => vm.bytes(&out),
    }
}
pub(super) fn ntop(vm: &Vm, a: &[Value]) -> Res {
    let family = c_int(vm, a[0])?;
    let b = vm.buffer(a[1], false)?;
    let wrong = || vm.value_error("invalid length of packed IP address string");
    match family {
        libc::AF_INET => match *b.data() {
            [a, b, c, d] => vm.str(&format!("{a}.{b}.{c}.{d}")),
            _ => Err(wrong()),
        },
        libc::AF_INET6 => match <[u8; 16]>::try_from(b.data()) {
            Ok(b) => vm.str(&v6_text(b)),
            Err(_) => Err(wrong()),
        },
        _ => Err(vm.value_error(format!("unknown address family {family}"))),
    }
}
/// `CMSG_LEN` and `CMSG_SPACE`
fn control_size(vm: &Vm, v: Value, f: fn(usize) -> Option<usize>, name: &str) -> Res {
    let n = vm.index_isize(v, Some(vm.exc().overflow_error))?;
    let size = usize::try_from(n).ok().and_then(f).filter(|&n| n <= i32::MAX as usize);
    match size {
        Some(n) => vm.int_usize(n),
        None => Err(vm.overflow_error(format!("{name}() argument out of range"))),
    }
}
pub(super) fn cmsg_len(vm: &Vm, a: &[Value]) -> Res {
    control_size(vm, a[0], message::cmsg_len, "CMSG_LEN")
}
pub(super) fn cmsg_space(vm: &Vm, a: &[Value]) -> Res {
    control_size(vm, a[0], message::cmsg_space, "CMSG_SPACE")
}
