//! Reading through a buffer.

use super::buffered::{Buffered, drop_read_ahead, enter, fileio_of, flush_writes, open};
use super::{buffer_in, fileio, new_buffer, part, size};
use pyrs_core::object::ByteArray;
use pyrs_core::{Gc, Res, Value, Vm};

fn ahead(b: Gc<Buffered>) -> usize {
    b.read_end.get() - b.read_at.get()
}
/// One read of the raw stream into `[from, to)` of a bytearray; `None` if it would block.
fn raw_read(
    vm: &Vm,
    b: Gc<Buffered>,
    into: Gc<ByteArray>,
    from: usize,
    to: usize,
) -> Res<Option<usize>> {
    if let Some(f) = fileio_of(vm, b) {
        let p = part(&into, from, to);
        return fileio::read_memory(vm, f, p.as_ptr() as *mut u8, p.len());
    }
    let n = to - from;
    let fresh = if from == 0 && to == into.len() { into } else { new_buffer(vm, n)? };
    let view = vm.new_memoryview(fresh.value())?;
    let got = vm.call_method(b.raw.get(), "readinto", &[view]);
    if let Err(r) = vm.call_method(view, "release", &[])
        && got.is_ok()
    {
        return Err(r);
    }
    let got = got?;
    if got.is_none() {
        return Ok(None);
    }
    let got = vm.index_isize(got, Some(vm.exc().value_error))?;
    match usize::try_from(got) {
        Ok(got) if got <= n => {
            if fresh != into {
                let data = part(&fresh, 0, got).to_vec();
                super::put(into, from, &data);
            }
            Ok(Some(got))
        }
        _ => Err(vm.raise_text(
            vm.exc().os_error,
            &format!(
                "raw readinto() returned invalid length {got} (should have been between 0 and {n})"
            ),
        )),
    }
}
/// Fills the empty buffer by one read: how much came.
pub(super) fn fill(vm: &Vm, b: Gc<Buffered>) -> Res<Option<usize>> {
    let buffer = buffer_in(vm, b.buffer.get())?;
    b.read_at.set(0);
    b.read_end.set(0);
    let n = raw_read(vm, b, buffer, 0, buffer.len())?;
    b.read_end.set(n.unwrap_or(0));
    Ok(n)
}
/// Before reading, what is to be written goes out.
pub(super) fn before(vm: &Vm, b: Gc<Buffered>) -> Res<()> {
    if b.write_end.get() > 0 {
        flush_writes(vm, b)?;
    }
    Ok(())
}
/// Takes up to `n` bytes that were read ahead.
fn take(vm: &Vm, b: Gc<Buffered>, n: usize) -> Res {
    let buffer = buffer_in(vm, b.buffer.get())?;
    let at = b.read_at.get();
    let n = n.min(ahead(b));
    let v = vm.bytes(part(&buffer, at, at + n))?;
    b.read_at.set(at + n);
    Ok(v)
}
pub(super) fn read(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0], "read")?;
    let n = size(vm, a[1])?;
    if n.is_none()
        && vm.index_clamped(if a[1].is_none() { Value::small_int(-1) } else { a[1] })? < -1
    {
        return Err(vm.value_error("read length must be non-negative or -1"));
    }
    let _inside = enter(vm, b)?;
    match n {
        None => read_all(vm, b),
        Some(n) if n <= ahead(b) => take(vm, b, n),
        Some(n) => read_exactly(vm, b, n),
    }
}
pub(super) fn read_all(vm: &Vm, b: Gc<Buffered>) -> Res {
    let buffer = buffer_in(vm, b.buffer.get())?;
    let head = part(&buffer, b.read_at.get(), b.read_end.get()).to_vec();
    b.read_at.set(0);
    b.read_end.set(0);
    before(vm, b)?;
    if let Some(f) = fileio_of(vm, b) {
        return fileio::read_to_end(vm, f, &head);
    }
    if let Some(readall) = vm.get_attr_opt(b.raw.get(), vm.intern("readall"))? {
        let rest = vm.call(readall, &[])?;
        if rest.is_none() {
            return if head.is_empty() { Ok(rest) } else { vm.bytes(&head) };
        }
        let Some(rest) = vm.as_bytes(rest) else {
            return Err(vm.type_error("readall() should return bytes"));
        };
        let mut out = head;
        out.extend_from_slice(rest.data());
        return vm.bytes(&out);
    }
    let mut out = head;
    loop {
        let got = vm.call_method(b.raw.get(), "read", &[])?;
        if got.is_none() && out.is_empty() {
            return Ok(got);
        }
        match vm.as_bytes(got) {
            Some(d) if !d.is_empty() => out.extend_from_slice(d.data()),
            Some(_) => return vm.bytes(&out),
            None if got.is_none() => return vm.bytes(&out),
            None => return Err(vm.type_error("read() should return bytes")),
        }
    }
}
/// `n` bytes, fewer at the end of the stream or when it would block.
fn read_exactly(vm: &Vm, b: Gc<Buffered>, n: usize) -> Res {
    let buffer = buffer_in(vm, b.buffer.get())?;
    let mut out = part(&buffer, b.read_at.get(), b.read_end.get()).to_vec();
    b.read_at.set(0);
    b.read_end.set(0);
    before(vm, b)?;
    while out.len() < n {
        let missing = n - out.len();
        let got = if missing >= buffer.len() && fileio_of(vm, b).is_some() {
            let Some(f) = fileio_of(vm, b) else { break };
            let step = missing.min(1 << 26);
            if out.try_reserve(step).is_err() {
                return Err(vm.memory_error());
            }
            let p = out.spare_capacity_mut().as_mut_ptr().cast::<u8>();
            let got = fileio::read_memory(vm, f, p, step)?;
            // SAFETY: the kernel has filled that many bytes behind the length, within the reserve.
            unsafe { out.set_len(out.len() + got.unwrap_or(0)) };
            got
        } else {
            let got = fill(vm, b)?;
            let used = got.unwrap_or(0).min(missing);
            out.extend_from_slice(part(&buffer, 0, used));
            b.read_at.set(used);
            got
        };
        match got {
            Some(0) => break,
            Some(_) => {}
            None if out.is_empty() => return Ok(Value::NONE),
            None => break,
        }
    }
    vm.bytes(&out)
}
pub(super) fn read1(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0], "read")?;
    let n = vm.index_isize(a[1], Some(vm.exc().overflow_error))?;
    let _inside = enter(vm, b)?;
    let n = usize::try_from(n).unwrap_or(buffer_in(vm, b.buffer.get())?.len());
    read1_now(vm, b, n)
}
/// At most `n` bytes by at most one read of the raw stream.
pub(super) fn read1_now(vm: &Vm, b: Gc<Buffered>, n: usize) -> Res {
    if n == 0 {
        return vm.bytes(b"");
    }
    if ahead(b) > 0 {
        return take(vm, b, n);
    }
    before(vm, b)?;
    let buffer = buffer_in(vm, b.buffer.get())?;
    if n > buffer.len() {
        let big = new_buffer(vm, n)?;
        let got = raw_read(vm, b, big, 0, n)?.unwrap_or(0);
        return vm.bytes(part(&big, 0, got));
    }
    fill(vm, b)?;
    take(vm, b, n)
}
fn into(vm: &Vm, a: &[Value], once: bool) -> Res {
    let b = open(vm, a[0], "readinto")?;
    let _inside = enter(vm, b)?;
    let target = vm.writable_argument("readinto", a[1])?;
    let mut done = 0;
    let n = target.len();
    while done < n {
        if ahead(b) == 0 {
            before(vm, b)?;
            let got = match fileio_of(vm, b) {
                Some(f) if n - done >= buffer_in(vm, b.buffer.get())?.len() => {
                    let p = target.cells()[done..].as_ptr() as *mut u8;
                    let got = fileio::read_memory(vm, f, p, n - done)?;
                    done += got.unwrap_or(0);
                    got
                }
                _ => fill(vm, b)?,
            };
            match got {
                Some(0) => break,
                Some(_) => {}
                None if done == 0 => return Ok(Value::NONE),
                None => break,
            }
        }
        let buffer = buffer_in(vm, b.buffer.get())?;
        let at = b.read_at.get();
        let step = ahead(b).min(n - done);
        target.write(done, part(&buffer, at, at + step));
        b.read_at.set(at + step);
        done += step;
        if once && done > 0 {
            break;
        }
    }
    vm.int_usize(done)
}
pub(super) fn readinto(vm: &Vm, a: &[Value]) -> Res {
    into(vm, a, false)
}
pub(super) fn readinto1(vm: &Vm, a: &[Value]) -> Res {
    into(vm, a, true)
}
pub(super) fn peek(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0], "peek")?;
    let _inside = enter(vm, b)?;
    if ahead(b) == 0 {
        before(vm, b)?;
        if b.readable.get() && b.writable.get() {
            drop_read_ahead(vm, b)?;
        }
        fill(vm, b)?;
    }
    let buffer = buffer_in(vm, b.buffer.get())?;
    vm.bytes(part(&buffer, b.read_at.get(), b.read_end.get()))
}
pub(super) fn readline(vm: &Vm, a: &[Value]) -> Res {
    let b = open(vm, a[0], "readline")?;
    let limit = size(vm, a[1])?;
    let _inside = enter(vm, b)?;
    line(vm, b, limit.unwrap_or(usize::MAX))
}
fn line(vm: &Vm, b: Gc<Buffered>, limit: usize) -> Res {
    let buffer = buffer_in(vm, b.buffer.get())?;
    let mut out: Vec<u8> = Vec::new();
    loop {
        let at = b.read_at.get();
        let seen = part(&buffer, at, b.read_end.get());
        let seen = &seen[..seen.len().min(limit - out.len())];
        if let Some(i) = memchr::memchr(b'\n', seen) {
            b.read_at.set(at + i + 1);
            if out.is_empty() {
                return vm.bytes(&seen[..=i]);
            }
            out.extend_from_slice(&seen[..=i]);
            return vm.bytes(&out);
        }
        out.extend_from_slice(seen);
        b.read_at.set(at + seen.len());
        if out.len() >= limit {
            return vm.bytes(&out);
        }
        before(vm, b)?;
        if fill(vm, b)?.unwrap_or(0) == 0 {
            return vm.bytes(&out);
        }
    }
}
pub(super) fn next(vm: &Vm, a: &[Value]) -> Res {
    // A subclass's own `readline` is what iteration means.
    if super::buffered::exact(vm, a[0]).is_none() {
        let line = vm.call_method_str(a[0], vm.names().readline, &[])?;
        return if vm.len(line)? == 0 { Ok(Value::UNBOUND) } else { Ok(line) };
    }
    let b = open(vm, a[0], "readline")?;
    let _inside = enter(vm, b)?;
    let v = line(vm, b, usize::MAX)?;
    match vm.as_bytes(v) {
        Some(l) if l.is_empty() => Ok(Value::UNBOUND),
        _ => Ok(v),
    }
}
