//! `TextIOWrapper`: `tell` and `seek`.
//!
//! A position is a byte offset where decoding can start afresh whenever there is one. Otherwise it is a *cookie*: the
//! offset of the chunk in the lowest 64 bits, then the decoder's flags (32), the chunk's length (32) and the
//! number of characters to skip (32).

use super::text::{TextIo, codec, errors, flush_buffer, open, write_pending};
use super::text_read::{decode, forget, set_decoded};
use super::{buffered, unsupported};
use pyrs_builtins::codecs::decode_native;
use pyrs_core::{Gc, Res, Value, Vm};

fn check_seekable(vm: &Vm, t: Gc<TextIo>) -> Res<()> {
    if t.seekable.get() {
        Ok(())
    } else {
        Err(unsupported(vm, "underlying stream is not seekable"))
    }
}
pub(super) fn tell(vm: &Vm, a: &[Value]) -> Res {
    let t = open(vm, a[0])?;
    check_seekable(vm, t)?;
    if !t.telling.get() {
        return Err(vm.raise_text(vm.exc().os_error, "telling position disabled by next() call"));
    }
    write_pending(vm, t)?;
    flush_buffer_for_tell(vm, t)?;
    let at = vm.call_method(t.buffer.get(), "tell", &[])?;
    let (Some(snapshot), Some(chunk), Some(decoded)) = (
        vm.as_tuple(t.snapshot.get()),
        vm.as_bytes(t.snapshot_chunk.get()),
        vm.as_str(t.decoded.get()),
    ) else {
        return Ok(at);
    };
    let head = vm.as_bytes(snapshot.get(0)).map_or_else(Vec::new, |b| b.data().to_vec());
    let flags = vm.int_i64(snapshot.get(1))?;
    let start = vm.int_i64(at)? - chunk.len() as i64 - head.len() as i64;
    if t.used.get() == 0 && flags == 0 {
        return vm.int(start);
    }
    let input = [&head[..], chunk.data()].concat();
    if codec(t).is_some()
        && let Some(n) = prefix(vm, t, &input, flags & 1 != 0, t.used.get())?
    {
        return vm.int(start + n as i64);
    }
    let _ = decoded;
    let cookie =
        (start as u64 as u128) | (flags as u32 as u128) << 64 | (input.len() as u32 as u128) << 96;
    let skip = pyrs_text::bigint::BigInt::from_u64(t.used.get() as u64);
    let low = vm.int_from_big(&pyrs_text::bigint::BigInt::from_u128(cookie))?;
    let shift = vm.binary(
        pyrs_core::protocol::BinaryOp::LShift,
        vm.int_from_big(&skip)?,
        Value::small_int(128),
    )?;
    vm.binary(pyrs_core::protocol::BinaryOp::Add, low, shift)
}
/// A reader has nothing to flush; flushing it would be an error of its own where streams are odd.
fn flush_buffer_for_tell(vm: &Vm, t: Gc<TextIo>) -> Res<()> {
    match super::text::native_buffer(vm, t) {
        Some(b) if !b.writable.get() => Ok(()),
        Some(b) if b.read_end.get() > b.read_at.get() => {
            let _inside = buffered::enter(vm, b)?;
            buffered::flush_writes(vm, b)
        }
        _ => flush_buffer(vm, t),
    }
}
/// The length of the part of `input` that gives exactly `wanted` characters, if decoding can stop there.
fn prefix(
    vm: &Vm,
    t: Gc<TextIo>,
    input: &[u8],
    pending: bool,
    wanted: usize,
) -> Res<Option<usize>> {
    let Some(codec) = codec(t) else { return Ok(None) };
    // Characters from the first `n` bytes, and whether nothing waits behind them.
    let count = |n: usize| -> Res<(usize, bool)> {
        let (text, used) = decode_native(vm, codec, &input[..n], errors(vm, t), false)?;
        let mut chars = text.len();
        let mut clean = used == n;
        if t.universal.get() {
            let p = text.points();
            let mut waits = pending;
            chars = 0;
            for c in p.iter() {
                match c {
                    10 if waits => {
                        chars += if t.translate.get() { 1 } else { 2 };
                        waits = false;
                        continue;
                    }
                    _ if waits => chars += 1,
                    _ => {}
                }
                waits = c == 13;
                chars += usize::from(c != 13);
            }
            clean &= !waits;
        }
        Ok((chars, clean))
    };
    let (mut low, mut high) = (0, input.len());
    while low < high {
        let middle = (low + high) / 2;
        if count(middle)?.0 < wanted { low = middle + 1 } else { high = middle }
    }
    Ok((count(low)? == (wanted, true)).then_some(low))
}
pub(super) fn seek(vm: &Vm, a: &[Value]) -> Res {
    let t = open(vm, a[0])?;
    let how = vm.int_i64(a[2])?;
    check_seekable(vm, t)?;
    let zero = Value::small_int(0);
    let cookie = match how {
        0 => vm.index(a[1])?,
        1 => {
            if !vm.equal(a[1], zero)? {
                return Err(unsupported(vm, "can't do nonzero cur-relative seeks"));
            }
            vm.call_method_str(a[0], vm.names().flush, &[])?;
            vm.call_method(a[0], "tell", &[])?
        }
        2 => {
            if !vm.equal(a[1], zero)? {
                return Err(unsupported(vm, "can't do nonzero end-relative seeks"));
            }
            vm.call_method_str(a[0], vm.names().flush, &[])?;
            forget(vm, t)?;
            let at = vm.call_method(t.buffer.get(), "seek", &[zero, Value::small_int(2)])?;
            restart_encoder(vm, t, at)?;
            return Ok(at);
        }
        _ => return Err(vm.value_error(format!("invalid whence ({how}, should be 0, 1 or 2)"))),
    };
    if vm.compare_bool(pyrs_core::protocol::Comparison::Lt, cookie, zero)? {
        return Err(
            vm.value_error(format!("negative seek position {}", vm.repr(cookie)?.to_lossy()))
        );
    }
    vm.call_method_str(a[0], vm.names().flush, &[])?;
    let parts = split(vm, cookie)?;
    vm.call_method(t.buffer.get(), "seek", &[vm.int_from_u64(parts[0])?])?;
    forget(vm, t)?;
    t.telling.set(t.seekable.get());
    let [_, flags, feed, skip] = parts;
    if flags != 0 || feed != 0 {
        t.newlines.pending.set(t.universal.get() && flags & 1 != 0);
        if !t.decoder.get().is_none() {
            let inner = if t.universal.get() { flags >> 1 } else { flags };
            let state = vm.tuple(&[vm.bytes(b"")?, vm.int_from_u64(inner)?])?;
            vm.call_method(t.decoder.get(), "setstate", &[state])?;
        }
    }
    if skip > 0 {
        let snapshot = vm.tuple(&[vm.bytes(b"")?, vm.int_from_u64(flags)?])?;
        let chunk =
            vm.call_method_str(t.buffer.get(), vm.names().read, &[vm.int_from_u64(feed)?])?;
        let text = decode(vm, t, chunk, false)?;
        set_decoded(vm, t, text);
        if text.len() < skip as usize {
            return Err(vm.raise_text(vm.exc().os_error, "can't restore logical file position"));
        }
        t.snapshot.set(&vm.heap, t, snapshot);
        t.snapshot_chunk.set(&vm.heap, t, chunk);
        t.used.set(skip as usize);
    }
    restart_encoder(vm, t, cookie)?;
    Ok(cookie)
}
/// Offset, flags, bytes to feed, characters to skip.
fn split(vm: &Vm, cookie: Value) -> Res<[u64; 4]> {
    use pyrs_core::protocol::BinaryOp;
    let field = |shift: isize, mask: u64| -> Res<u64> {
        let v = vm.binary(BinaryOp::RShift, cookie, Value::small_int(shift))?;
        let v = vm.binary(BinaryOp::And, v, vm.int_from_u64(mask)?)?;
        // A number below 2^63 by its mask.
        Ok(vm.int_i64(v)? as u64)
    };
    Ok([
        field(0, i64::MAX as u64)?,
        field(64, u32::MAX as u64)?,
        field(96, u32::MAX as u64)?,
        field(128, u32::MAX as u64)?,
    ])
}
fn restart_encoder(vm: &Vm, t: Gc<TextIo>, at: Value) -> Res<()> {
    if t.encoder.get().is_none() {
        return Ok(());
    }
    if vm.equal(at, Value::small_int(0))? {
        vm.call_method(t.encoder.get(), "reset", &[]).map(drop)
    } else {
        vm.call_method(t.encoder.get(), "setstate", &[Value::small_int(0)]).map(drop)
    }
}
