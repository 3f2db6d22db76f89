//! `TextIOWrapper`: reading.

use super::buffered;
use super::buffered_read::{before, read_all, read1_now};
use super::newline::line_end;
use super::text::{KINDS, TextIo, codec, errors, native_buffer, open, write_pending};
use super::{size, unsupported};
use pyrs_builtins::codecs::decode_native;
use pyrs_core::object::Str;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;

/// Decodes the next bytes of the stream.
pub(super) fn decode(vm: &Vm, t: Gc<TextIo>, data: Value, last: bool) -> Res<Gc<Str>> {
    let text = match codec(t) {
        Some(c) => {
            let Some(b) = vm.as_bytes(data) else {
                return Err(vm.type_error(format!(
                    "underlying read1() should have returned a bytes-like object, not '{}'",
                    vm.type_name(data)
                )));
            };
            let tail = vm.as_bytes(t.tail.get()).filter(|b| !b.is_empty());
            let joined;
            let input: &[u8] = match &tail {
                Some(head) => {
                    joined = [head.data(), b.data()].concat();
                    &joined
                }
                None => b.data(),
            };
            let (text, used) = decode_native(vm, c, input, errors(vm, t), last)?;
            let rest = if used == input.len() { Value::NONE } else { vm.bytes(&input[used..])? };
            t.tail.set(&vm.heap, t, rest);
            text
        }
        None => {
            let v = vm.call_method(t.decoder.get(), "decode", &[data, Value::bool(last)])?;
            match vm.as_str(v) {
                Some(s) => s,
                None => {
                    return Err(vm.type_error(format!(
                        "decoder should return a string result, not '{}'",
                        vm.type_name(v)
                    )));
                }
            }
        }
    };
    if t.universal.get() { t.newlines.feed(vm, text, t.translate.get(), last) } else { Ok(text) }
}
/// The decoder's state: bytes not yet decoded and flags (the pending carriage return is the lowest bit).
pub(super) fn decoder_state(vm: &Vm, t: Gc<TextIo>) -> Res {
    let pending = i64::from(t.newlines.pending.get());
    if codec(t).is_some() {
        let tail = if t.tail.get().is_none() { vm.bytes(b"")? } else { t.tail.get() };
        return vm.tuple(&[tail, vm.int(pending)?]);
    }
    let state = vm.call_method(t.decoder.get(), "getstate", &[])?;
    let Some(s) = vm.as_tuple(state).filter(|s| s.len() == 2) else {
        return Err(vm.type_error("illegal decoder state"));
    };
    let flags = vm.int_i64(s.get(1))?;
    let flags = if t.universal.get() { flags << 1 | pending } else { flags };
    vm.tuple(&[s.get(0), vm.int(flags)?])
}
/// Nothing is decoded ahead any more, and the decoder starts afresh.
pub(super) fn forget(vm: &Vm, t: Gc<TextIo>) -> Res<()> {
    for s in [&t.decoded, &t.snapshot, &t.snapshot_chunk, &t.tail] {
        s.set(&vm.heap, t, Value::NONE);
    }
    t.used.set(0);
    t.newlines.pending.set(false);
    if !t.decoder.get().is_none() {
        vm.call_method(t.decoder.get(), "reset", &[])?;
    }
    Ok(())
}
pub(super) fn set_decoded(vm: &Vm, t: Gc<TextIo>, text: Gc<Str>) {
    t.decoded.set(&vm.heap, t, text.value());
    t.used.set(0);
}
fn for_reading(vm: &Vm, v: Value) -> Res<Gc<TextIo>> {
    let t = open(vm, v)?;
    if !t.readable.get() {
        return Err(unsupported(vm, "not readable"));
    }
    write_pending(vm, t)?;
    Ok(t)
}
/// Reads and decodes one chunk. False at the end of the stream.
pub(super) fn read_chunk(vm: &Vm, t: Gc<TextIo>) -> Res<bool> {
    if t.telling.get() {
        let state = decoder_state(vm, t)?;
        t.snapshot.set(&vm.heap, t, state);
    }
    let n = t.chunk_size.get();
    let chunk = match native_buffer(vm, t) {
        Some(b) if b.readable.get() => {
            let b = buffered::open(vm, b.value(), "read")?;
            let _inside = buffered::enter(vm, b)?;
            read1_now(vm, b, n)?
        }
        _ => {
            let read1 = vm.get_attr_opt(t.buffer.get(), vm.intern("read1"))?;
            let f = match read1 {
                Some(f) => f,
                None => vm.get_attr(t.buffer.get(), vm.names().read)?,
            };
            vm.call(f, &[vm.int_usize(n)?])?
        }
    };
    let chunk = match vm.as_bytes(chunk) {
        Some(_) => chunk,
        None => match vm.try_buffer(chunk)? {
            Some(b) => vm.bytes(b.data())?,
            None => {
                return Err(vm.type_error(format!(
                    "underlying read1() should have returned a bytes-like object, not '{}'",
                    vm.type_name(chunk)
                )));
            }
        },
    };
    let end = vm.as_bytes(chunk).is_none_or(|b| b.is_empty());
    let text = decode(vm, t, chunk, end)?;
    set_decoded(vm, t, text);
    if t.telling.get() {
        t.snapshot_chunk.set(&vm.heap, t, chunk);
    }
    Ok(!end || !text.is_empty())
}
/// The characters decoded and not given out.
fn rest(vm: &Vm, t: Gc<TextIo>) -> Option<Gc<Str>> {
    vm.as_str(t.decoded.get()).filter(|s| t.used.get() < s.len())
}
/// Takes characters up to index `to` of the decoded text.
fn take(vm: &Vm, t: Gc<TextIo>, s: Gc<Str>, to: usize) -> Res<Gc<Str>> {
    let from = t.used.replace(to);
    if from == 0 && to == s.len() { Ok(s) } else { vm.new_str_points(s.points().slice(from, to)) }
}
pub(super) fn read(vm: &Vm, a: &[Value]) -> Res {
    let t = for_reading(vm, a[0])?;
    match size(vm, a[1])? {
        None => {
            let all = match native_buffer(vm, t) {
                Some(b) if b.readable.get() => {
                    let b = buffered::open(vm, b.value(), "read")?;
                    let _inside = buffered::enter(vm, b)?;
                    before(vm, b)?;
                    read_all(vm, b)?
                }
                _ => vm.call_method_str(t.buffer.get(), vm.names().read, &[])?,
            };
            if all.is_none() {
                // A stream that would block.
                let e = crate::os_error::os_error(vm, libc::EAGAIN, None);
                return Err(e);
            }
            let text = decode(vm, t, all, true)?;
            let head = rest(vm, t);
            let result = match head {
                Some(s) => {
                    let head = take(vm, t, s, s.len())?;
                    vm.str_concat(head, text, false)?
                }
                None => text,
            };
            for s in [&t.decoded, &t.snapshot, &t.snapshot_chunk] {
                s.set(&vm.heap, t, Value::NONE);
            }
            t.used.set(0);
            Ok(result.value())
        }
        Some(n) => read_some(vm, t, n),
    }
}
fn read_some(vm: &Vm, t: Gc<TextIo>, n: usize) -> Res {
    if let Some(s) = rest(vm, t)
        && s.len() - t.used.get() >= n
    {
        return Ok(take(vm, t, s, t.used.get() + n)?.value());
    }
    let mut out = StrBuilder::new();
    while out.len() < n {
        match rest(vm, t) {
            Some(s) => {
                let to = s.len().min(t.used.get() + n - out.len());
                out.push_points(s.points().slice(t.used.get(), to));
                t.used.set(to);
            }
            None => {
                if !read_chunk(vm, t)? {
                    break;
                }
            }
        }
    }
    Ok(vm.new_str_builder(&out)?.value())
}
fn line(vm: &Vm, t: Gc<TextIo>, limit: usize) -> Res<Gc<Str>> {
    let kind = KINDS[t.read_kind.get() as usize % 4];
    let mut out: Option<StrBuilder> = None;
    loop {
        let Some(s) = rest(vm, t) else {
            if read_chunk(vm, t)? {
                continue;
            }
            break;
        };
        let from = t.used.get();
        let have = out.as_ref().map_or(0, |b| b.len());
        // A line end of two characters may be cut by the chunks.
        if let Some(b) = &mut out
            && kind == super::newline::LineEnd::CrLf
            && s.at(from) == 10
            && b.as_points().get(have.wrapping_sub(1)) == Some(13)
            && have < limit
        {
            b.push(10);
            t.used.set(from + 1);
            break;
        }
        let end = line_end(s.points(), from, kind);
        let to = end.unwrap_or(s.len()).min(from.saturating_add(limit - have));
        let done = (end == Some(to)) || have + (to - from) >= limit;
        match &mut out {
            None if done => return take(vm, t, s, to),
            Some(b) => b.push_points(s.points().slice(from, to)),
            None => out = Some(StrBuilder::from_points(s.points().slice(from, to))),
        }
        t.used.set(to);
        if done {
            break;
        }
    }
    match out {
        Some(b) => vm.new_str_builder(&b),
        None => Ok(vm.names().empty),
    }
}
pub(super) fn readline(vm: &Vm, a: &[Value]) -> Res {
    let t = for_reading(vm, a[0])?;
    let limit = size(vm, a[1])?.unwrap_or(usize::MAX);
    if limit == 0 {
        return Ok(vm.names().empty.value());
    }
    Ok(line(vm, t, limit)?.value())
}
pub(super) fn next(vm: &Vm, a: &[Value]) -> Res {
    let t = super::text::ready(vm, a[0])?;
    t.telling.set(false);
    let exact = vm.hook("io_text") == Some(vm.class_of(a[0]).value());
    let v = if exact {
        let t = for_reading(vm, a[0])?;
        line(vm, t, usize::MAX)?.value()
    } else {
        vm.call_method_str(a[0], vm.names().readline, &[])?
    };
    if vm.len(v)? == 0 {
        t.telling.set(t.seekable.get());
        t.snapshot.set(&vm.heap, t, Value::NONE);
        t.snapshot_chunk.set(&vm.heap, t, Value::NONE);
        return Ok(Value::UNBOUND);
    }
    Ok(v)
}
