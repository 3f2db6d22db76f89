//! Messages with ancillary data: `recvmsg`, `recvmsg_into`, `sendmsg`.
//!
//! Words used. *Control data*: the ancillary items of one message as the system lays them out (`cmsg(3)`).

use super::address::{Address, from_python, to_python};
use super::object::{Socket, this};
use super::transfer::{scratch, size};
use super::wait::{Direction, call};
use crate::posix::path::c_int;
use core::cell::{Cell, UnsafeCell};
use pyrs_core::protocol::Buffer;
use pyrs_core::{Gc, Res, Value, Vm};

const HEADER: usize = size_of::<libc::cmsghdr>();

/// Control data is a sequence of records aligned to machine words.
pub(super) fn aligned(n: usize) -> Option<usize> {
    n.checked_next_multiple_of(size_of::<usize>())
}
/// What an item adds to its data at most.
const OVERHEAD: usize = HEADER.next_multiple_of(size_of::<usize>());
/// `CMSG_LEN`; none if it is more than fits a C int.
pub(super) fn cmsg_len(n: usize) -> Option<usize> {
    OVERHEAD.checked_add(n).filter(|&n| n <= i32::MAX as usize)
}
/// `CMSG_SPACE`; none as soon as the most that any data of one more alignment step needs does not fit a C int.
pub(super) fn cmsg_space(n: usize) -> Option<usize> {
    let one = OVERHEAD + size_of::<usize>();
    if n > i32::MAX as usize - one { None } else { OVERHEAD.checked_add(aligned(n)?) }
}
/// What a message brought besides data.
struct Received {
    got: usize,
    control: Vec<u64>,
    control_len: usize,
    flags: i32,
    from: Address,
}
/// A message header whose pointers the caller fills in.
fn header() -> libc::msghdr {
    // SAFETY: null pointers and numbers.
    unsafe { core::mem::zeroed() }
}
/// Receives into `parts`, which stay valid meanwhile.
fn receive(
    vm: &Vm,
    s: Gc<Socket>,
    parts: &mut [libc::iovec],
    room: Value,
    flags: Value,
) -> Res<Received> {
    let room = match vm
        .catch(vm.index_isize(room, Some(vm.exc().overflow_error)), vm.exc().overflow_error)?
    {
        Some(n) if (0..=i32::MAX as isize).contains(&n) => n as usize,
        _ => return Err(vm.value_error("invalid ancillary data buffer length")),
    };
    let flags = c_int(vm, flags)?;
    // Whole words, so that the headers are aligned.
    let mut control = Vec::new();
    if control.try_reserve_exact(room.div_ceil(8)).is_err() {
        return Err(vm.memory_error());
    }
    control.resize(room.div_ceil(8), 0u64);
    let (vector, count) = (parts.as_mut_ptr(), parts.len());
    let memory = control.as_mut_ptr();
    let answer = Cell::new((0usize, 0, Address::room()));
    let got = call(vm, s, Direction::Read, |fd| {
        let mut from = Address::room();
        let mut m = header();
        m.msg_name = from.as_mut_ptr().cast();
        m.msg_namelen = from.len;
        m.msg_iov = vector;
        m.msg_iovlen = count as _;
        if room > 0 {
            m.msg_control = memory.cast();
            m.msg_controllen = room as _;
        }
        // SAFETY: memory of ours and the caller's, of the sizes given.
        let r = unsafe { libc::recvmsg(fd, &mut m, flags) };
        from.len = m.msg_namelen.min(from.len);
        #[allow(clippy::unnecessary_cast, reason = "the type differs between C libraries")]
        answer.set((m.msg_controllen as usize, m.msg_flags, from));
        r
    })?;
    let (control_len, flags, from) = answer.into_inner();
    let control_len = control_len.min(room);
    Ok(Received { got: got as usize, control, control_len, flags, from })
}
/// Calls `f` with level, type and data of each item.
fn each_item(r: &Received, mut f: impl FnMut(i32, i32, &[u8]) -> Res<()>) -> Res<()> {
    // SAFETY: the vector has at least `control_len` bytes.
    let all =
        unsafe { core::slice::from_raw_parts(r.control.as_ptr().cast::<u8>(), r.control_len) };
    let mut at = 0;
    while all.len().saturating_sub(at) >= HEADER {
        // SAFETY: a header's bytes lie there; any bytes are a header.
        let h = unsafe { core::ptr::read_unaligned(all.as_ptr().add(at).cast::<libc::cmsghdr>()) };
        let len = h.cmsg_len as usize;
        let start = at + OVERHEAD;
        if len < HEADER {
            break;
        }
        // A truncated item ends with the memory.
        let end = at.saturating_add(len).min(all.len());
        f(h.cmsg_level, h.cmsg_type, all.get(start..end).unwrap_or(&[]))?;
        match aligned(len).and_then(|n| at.checked_add(n)) {
            Some(next) => at = next,
            None => break,
        }
    }
    Ok(())
}
/// `(first, [(level, type, data), ...], flags, address)`
fn answer(vm: &Vm, s: Gc<Socket>, first: Res, r: &Received) -> Res {
    let made = (|| {
        let list = vm.new_list()?;
        each_item(r, |level, kind, data| {
            let item = [vm.int(level as i64)?, vm.int(kind as i64)?, vm.bytes(data)?];
            vm.list_append(list, vm.tuple(&item)?)
        })?;
        let from = to_python(vm, &r.from, Some(s.fd.get()))?;
        vm.tuple(&[first?, list.value(), vm.int(r.flags as i64)?, from])
    })();
    if made.is_err() {
        close_received(r);
    }
    made
}
/// Descriptors that came with a message nobody gets are closed.
fn close_received(r: &Received) {
    let closed = each_item(r, |level, kind, data| {
        if level == libc::SOL_SOCKET && kind == libc::SCM_RIGHTS {
            for fd in data.chunks_exact(4) {
                let fd = i32::from_ne_bytes([fd[0], fd[1], fd[2], fd[3]]);
                // SAFETY: the descriptor came to us and is known to nobody else.
                unsafe { libc::close(fd) };
            }
        }
        Ok(())
    });
    debug_assert!(closed.is_ok());
}
pub(super) fn recvmsg(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let n = size(vm, a[1], "negative buffer size in recvmsg()")?;
    let mut data = scratch(vm, n)?;
    let mut parts = [libc::iovec { iov_base: data.as_mut_ptr().cast(), iov_len: n }];
    let r = receive(vm, s, &mut parts, a[2], a[3])?;
    // SAFETY: the system has written that many bytes (with MSG_TRUNC it may tell of more).
    unsafe { data.set_len(r.got.min(n)) };
    answer(vm, s, vm.bytes(&data), &r)
}
pub(super) fn recvmsg_into(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let Some(list) = vm.catch(vm.to_tuple(a[1]), vm.exc().type_error)? else {
        return Err(vm.type_error("recvmsg_into() argument 1 must be an iterable"));
    };
    let mut guards: Vec<Buffer<'_>> = Vec::new();
    for i in 0..list.len() {
        match vm.try_buffer(list.get(i))? {
            Some(b) if !b.info.readonly => guards.push(b),
            _ => {
                return Err(vm.type_error(
                    "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers",
                ));
            }
        }
    }
    let mut parts = vectors(&guards);
    let r = receive(vm, s, &mut parts, a[2], a[3])?;
    answer(vm, s, vm.int_usize(r.got), &r)
}
fn vectors(guards: &[Buffer<'_>]) -> Vec<libc::iovec> {
    guards.iter().map(|b| libc::iovec { iov_base: b.info.data.cast(), iov_len: b.len() }).collect()
}

// ---- sending
/// The guards of an iterable of bytes-like objects.
fn readable_buffers<'vm>(vm: &'vm Vm, v: Value) -> Res<Vec<Buffer<'vm>>> {
    let Some(it) = vm.catch(vm.get_iter(v), vm.exc().type_error)? else {
        return Err(vm.type_error("sendmsg() argument 1 must be an iterable"));
    };
    let list = vm.to_tuple(it)?;
    let mut guards = Vec::new();
    for i in 0..list.len() {
        guards.push(vm.buffer(list.get(i), false)?);
    }
    Ok(guards)
}
/// Control data in the making.
#[derive(Default)]
struct Control(Vec<u8>);
impl Control {
    fn item(&mut self, vm: &Vm, level: i32, kind: i32, data: &[u8]) -> Res<()> {
        let (Some(len), Some(space)) = (cmsg_len(data.len()), cmsg_space(data.len())) else {
            return Err(super::plain_error(vm, "ancillary data item too large"));
        };
        let start = self.0.len();
        if start + space > i32::MAX as usize || self.0.try_reserve(space).is_err() {
            return Err(super::plain_error(vm, "too much ancillary data"));
        }
        self.0.resize(start + space, 0);
        // SAFETY: plain numbers.
        let mut h: libc::cmsghdr = unsafe { core::mem::zeroed() };
        h.cmsg_len = len as _;
        (h.cmsg_level, h.cmsg_type) = (level, kind);
        // SAFETY: `space` bytes were just added there; a header fits.
        unsafe { core::ptr::write_unaligned(self.0.as_mut_ptr().add(start).cast(), h) };
        self.0[start + len - data.len()..start + len].copy_from_slice(data);
        Ok(())
    }
}
fn send(
    vm: &Vm,
    s: Gc<Socket>,
    guards: &[Buffer<'_>],
    control: &Control,
    flags: i32,
    to: Option<Address>,
) -> Res {
    let parts = UnsafeCell::new(vectors(guards));
    let put = call(vm, s, Direction::Write, |fd| {
        let mut m = header();
        if let Some(to) = &to {
            m.msg_name = to.as_ptr().cast_mut().cast();
            m.msg_namelen = to.len;
        }
        // SAFETY: nobody else looks at the vector meanwhile.
        let vector = unsafe { &mut *parts.get() };
        m.msg_iov = vector.as_mut_ptr();
        m.msg_iovlen = vector.len() as _;
        if !control.0.is_empty() {
            m.msg_control = control.0.as_ptr().cast_mut().cast();
            m.msg_controllen = control.0.len() as _;
        }
        // SAFETY: the guards keep the parts' memory; the rest is ours.
        unsafe { libc::sendmsg(fd, &m, flags) }
    })?;
    vm.int_usize(put as usize)
}
pub(super) fn sendmsg(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let guards = readable_buffers(vm, a[1])?;
    let flags = c_int(vm, a[3])?;
    let to = if a[4].is_none() { None } else { Some(from_python(vm, &s, a[4], "sendmsg")?) };
    let items = if a[2].is_unbound() { Ok(vm.new_tuple(&[])?) } else { vm.to_tuple(a[2]) };
    let Some(items) = vm.catch(items, vm.exc().type_error)? else {
        return Err(vm.type_error("sendmsg() argument 2 must be an iterable"));
    };
    let mut control = Control::default();
    for i in 0..items.len() {
        let Some(t) = vm.as_tuple(items.get(i)) else {
            return Err(vm.type_error(format!(
                "[sendmsg() ancillary data items]() argument must be 3-item tuple, not {}",
                vm.type_name(items.get(i))
            )));
        };
        if t.len() != 3 {
            return Err(vm.type_error(format!(
                "[sendmsg() ancillary data items]() argument must be tuple of length 3, not {}",
                t.len()
            )));
        }
        let (level, kind) = (c_int(vm, t.get(0))?, c_int(vm, t.get(1))?);
        let data = vm.buffer(t.get(2), false)?;
        control.item(vm, level, kind, data.data())?;
    }
    send(vm, s, &guards, &control, flags, to)
}
pub(super) fn sendmsg_afalg(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    if s.family.get() != libc::AF_ALG {
        return Err(super::plain_error(vm, "algset is only supported for AF_ALG"));
    }
    let op = if a[2].is_unbound() { -1 } else { c_int(vm, a[2])? };
    if op < 0 {
        return Err(vm.type_error("Invalid or missing argument 'op'"));
    }
    let mut control = Control::default();
    control.item(vm, libc::SOL_ALG, libc::ALG_SET_OP, &op.to_ne_bytes())?;
    if !a[3].is_none() {
        // A count of bytes, then the bytes.
        let iv = vm.buffer(a[3], false)?;
        let mut data = (iv.len() as u32).to_ne_bytes().to_vec();
        data.extend_from_slice(iv.data());
        control.item(vm, libc::SOL_ALG, libc::ALG_SET_IV, &data)?;
    }
    if !a[4].is_none() {
        let n = c_int(vm, a[4])?;
        if n < 0 {
            return Err(vm.type_error("assoclen must be positive"));
        }
        control.item(vm, libc::SOL_ALG, libc::ALG_SET_AEAD_ASSOCLEN, &n.to_ne_bytes())?;
    }
    let flags = c_int(vm, a[5])?;
    let guards = if a[1].is_none() { Vec::new() } else { readable_buffers(vm, a[1])? };
    send(vm, s, &guards, &control, flags, None)
}
