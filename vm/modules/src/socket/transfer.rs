//! Plain data through sockets: `recv`, `send` and their relatives.

use super::address::{Address, from_python, to_python};
use super::object::{Socket, this};
use super::wait::{Direction, call, call_until, deadline};
use crate::posix::path::c_int;
use core::cell::Cell;
use pyrs_core::protocol::Buffer;
use pyrs_core::{Gc, Res, Value, Vm};

/// A byte count that must not be negative.
pub(super) fn size(vm: &Vm, v: Value, error: &str) -> Res<usize> {
    let n = vm.index_isize(v, Some(vm.exc().overflow_error))?;
    usize::try_from(n).map_err(|_| vm.value_error(error))
}
/// Native memory for at most `n` bytes.
pub(super) fn scratch(vm: &Vm, n: usize) -> Res<Vec<u8>> {
    let mut data = Vec::new();
    match data.try_reserve_exact(n) {
        Ok(()) => Ok(data),
        Err(_) => Err(vm.memory_error()),
    }
}
/// A read-write buffer argument.
pub(super) fn writable<'vm>(vm: &'vm Vm, v: Value, function: &str) -> Res<Buffer<'vm>> {
    match vm.try_buffer(v)? {
        Some(b) if !b.info.readonly => Ok(b),
        _ => Err(vm.type_error(format!(
            "{function}() argument 1 must be read-write bytes-like object, not {}",
            vm.type_name(v)
        ))),
    }
}
/// Receives into memory of `n` bytes at `p`, which stays valid meanwhile.
fn receive(vm: &Vm, s: Gc<Socket>, p: *mut u8, n: usize, flags: i32) -> Res<usize> {
    let got = call(vm, s, Direction::Read, |fd| {
        // SAFETY: the caller's memory.
        unsafe { libc::recv(fd, p.cast(), n, flags) }
    })?;
    Ok((got as usize).min(n))
}
/// As `receive`, with the sender's address.
fn receive_from(vm: &Vm, s: Gc<Socket>, p: *mut u8, n: usize, flags: i32) -> Res<(usize, Value)> {
    let room = Cell::new(Address::room());
    let got = call(vm, s, Direction::Read, |fd| {
        let mut from = Address::room();
        // SAFETY: the caller's memory, and an address of ours.
        let r = unsafe { libc::recvfrom(fd, p.cast(), n, flags, from.as_mut_ptr(), &mut from.len) };
        room.set(from);
        r
    })?;
    let from = to_python(vm, &room.into_inner(), Some(s.fd.get()))?;
    Ok(((got as usize).min(n), from))
}
pub(super) fn recv(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let n = size(vm, a[1], "negative buffersize in recv")?;
    let flags = c_int(vm, a[2])?;
    let mut data = scratch(vm, n)?;
    let got = receive(vm, s, data.as_mut_ptr(), n, flags)?;
    // SAFETY: the system has written that many bytes.
    unsafe { data.set_len(got) };
    vm.bytes(&data)
}
pub(super) fn recvfrom(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let n = size(vm, a[1], "negative buffersize in recvfrom")?;
    let flags = c_int(vm, a[2])?;
    let mut data = scratch(vm, n)?;
    let (got, from) = receive_from(vm, s, data.as_mut_ptr(), n, flags)?;
    // SAFETY: the system has written that many bytes.
    unsafe { data.set_len(got) };
    vm.tuple(&[vm.bytes(&data)?, from])
}
pub(super) fn recv_into(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let b = writable(vm, a[1], "recv_into")?;
    let n = size(vm, a[2], "negative buffersize in recv_into")?;
    let flags = c_int(vm, a[3])?;
    let n = if n == 0 { b.len() } else { n };
    if n > b.len() {
        return Err(vm.value_error("buffer too small for requested bytes"));
    }
    vm.int_usize(receive(vm, s, b.info.data, n, flags)?)
}
pub(super) fn recvfrom_into(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let b = writable(vm, a[1], "recvfrom_into")?;
    let n = size(vm, a[2], "negative buffersize in recvfrom_into")?;
    let flags = c_int(vm, a[3])?;
    let n = if n == 0 { b.len() } else { n };
    if n > b.len() {
        return Err(vm.value_error("nbytes is greater than the length of the buffer"));
    }
    let (got, from) = receive_from(vm, s, b.info.data, n, flags)?;
    vm.tuple(&[vm.int_usize(got)?, from])
}
pub(super) fn send(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let b = vm.buffer(a[1], false)?;
    let flags = c_int(vm, a[2])?;
    let (p, n) = (b.info.data, b.len());
    let put = call(vm, s, Direction::Write, |fd| {
        // SAFETY: the exporter guarantees the memory while the guard lives.
        unsafe { libc::send(fd, p.cast(), n, flags) }
    })?;
    vm.int_usize(put as usize)
}
pub(super) fn sendall(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let b = vm.buffer(a[1], false)?;
    let flags = c_int(vm, a[2])?;
    let end = deadline(&s);
    let mut at = 0;
    while at < b.len() {
        let (p, n) = (b.info.data.wrapping_add(at), b.len() - at);
        let put = call_until(vm, s, Direction::Write, end, |fd| {
            // SAFETY: the exporter guarantees the memory while the guard lives; the range lies within it.
            unsafe { libc::send(fd, p.cast(), n, flags) }
        })?;
        at += put as usize;
        // Handlers run between the parts even if no call was interrupted.
        if vm.interrupted() {
            vm.run_pending()?;
        }
    }
    Ok(Value::NONE)
}
pub(super) fn sendto(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let args = vm.to_tuple(a[1])?;
    let count = args.len();
    if !(2..=3).contains(&count) {
        return Err(vm.type_error(format!("sendto() takes 2 or 3 arguments ({count} given)")));
    }
    let b = vm.buffer(args.get(0), false)?;
    let flags = if count == 3 { c_int(vm, args.get(1))? } else { 0 };
    let to = from_python(vm, &s, args.get(count - 1), "sendto")?;
    let (p, n) = (b.info.data, b.len());
    let put = call(vm, s, Direction::Write, |fd| {
        // SAFETY: the exporter guarantees the memory while the guard lives; an address of ours.
        unsafe { libc::sendto(fd, p.cast(), n, flags, to.as_ptr(), to.len) }
    })?;
    vm.int_usize(put as usize)
}
