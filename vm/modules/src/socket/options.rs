//! `getsockopt` and `setsockopt`.

use super::{object::this, plain_error};
use crate::os_error::{direct, last, os_error};
use crate::posix::path::c_int;
use pyrs_core::{Res, Value, Vm};

/// An option whose value is a C int, or the `errno`.
pub(super) fn int_option(fd: i32, level: i32, option: i32) -> Result<i32, i32> {
    let mut n: libc::c_int = 0;
    let mut size = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: an int of ours and its size.
    let r = unsafe { libc::getsockopt(fd, level, option, (&raw mut n).cast(), &mut size) };
    if r < 0 { Err(last()) } else { Ok(n) }
}
pub(super) fn getsockopt(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let (level, option, room) = (c_int(vm, a[1])?, c_int(vm, a[2])?, c_int(vm, a[3])?);
    if room == 0 {
        if s.family.get() == libc::AF_VSOCK {
            let mut n = 0u64;
            let mut size = size_of::<u64>() as libc::socklen_t;
            // SAFETY: a number of ours and its size.
            let r = unsafe {
                libc::getsockopt(s.fd.get(), level, option, (&raw mut n).cast(), &mut size)
            };
            direct(vm, r)?;
            return vm.int_from_u64(n);
        }
        return match int_option(s.fd.get(), level, option) {
            Ok(n) => vm.int(n as i64),
            Err(e) => Err(os_error(vm, e, None)),
        };
    }
    if !(1..=1024).contains(&room) {
        return Err(plain_error(vm, "getsockopt buflen out of range"));
    }
    let mut data = [0u8; 1024];
    let mut size = room as libc::socklen_t;
    // SAFETY: memory of ours of at least the size given.
    let r =
        unsafe { libc::getsockopt(s.fd.get(), level, option, data.as_mut_ptr().cast(), &mut size) };
    direct(vm, r)?;
    vm.bytes(&data[..(size as usize).min(room as usize)])
}
pub(super) fn setsockopt(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let fd = s.fd.get();
    let args = vm.to_tuple(a[1])?;
    let n = args.len();
    if !(3..=4).contains(&n) || (n == 4 && !args.get(2).is_none()) {
        return Err(vm.type_error(format!("setsockopt() takes exactly 3 arguments ({n} given)")));
    }
    let (level, option, v) = (c_int(vm, args.get(0))?, c_int(vm, args.get(1))?, args.get(2));
    if n == 4 {
        let size = vm.int_i64(args.get(3))?;
        let size = libc::socklen_t::try_from(size)
            .map_err(|_| vm.overflow_error("unsigned int is greater than maximum"))?;
        // SAFETY: the kernel refuses a null pointer unless the option allows it.
        let r = unsafe { libc::setsockopt(fd, level, option, core::ptr::null(), size) };
        direct(vm, r)?;
        return Ok(Value::NONE);
    }
    if s.family.get() == libc::AF_VSOCK && vm.as_int(v).is_some() {
        let number = vm.int_i64(v)?;
        // SAFETY: a number of ours and its size.
        let r = unsafe {
            libc::setsockopt(fd, level, option, (&raw const number).cast(), size_of::<i64>() as _)
        };
        direct(vm, r)?;
        return Ok(Value::NONE);
    }
    // A number that is no C int is taken for a buffer, which it is not either.
    let is_number = vm.as_int(v).is_some() || v.as_bool().is_some();
    let number = if is_number { vm.catch(c_int(vm, v), vm.exc().overflow_error)? } else { None };
    if let Some(number) = number {
        let size = size_of::<libc::c_int>() as libc::socklen_t;
        // SAFETY: an int of ours and its size.
        let r = unsafe { libc::setsockopt(fd, level, option, (&raw const number).cast(), size) };
        direct(vm, r)?;
        return Ok(Value::NONE);
    }
    let b = vm.buffer(v, false)?;
    // SAFETY: the exporter guarantees the memory while the guard lives.
    let r = unsafe {
        libc::setsockopt(fd, level, option, b.info.data.cast(), b.len() as libc::socklen_t)
    };
    direct(vm, r)?;
    Ok(Value::NONE)
}
