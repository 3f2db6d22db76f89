//! The registry behind the `codecs` module: search functions, codecs found, error handlers.

use super::errors::native_handler;
use crate::support::warn;
use core::cell::Cell;
use pyrs_core::object::{Dict, List, Str};
use pyrs_core::{Gc, Res, Value, Vm};

/// Lower case, with runs of anything but letters, digits and dots as one underscore.
pub fn normalize(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '.' {
            if gap && !out.is_empty() {
                out.push('_');
            }
            gap = false;
            out.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    }
    out
}

fn dict_in(vm: &Vm, cell: &Cell<Value>) -> Res<Gc<Dict>> {
    if let Some(d) = vm.as_dict(cell.get()) {
        return Ok(d);
    }
    let d = vm.new_dict()?;
    cell.set(d.value());
    Ok(d)
}
fn search_list(vm: &Vm) -> Res<Gc<List>> {
    if let Some(l) = vm.as_list(vm.codec_search.get()) {
        return Ok(l);
    }
    let l = vm.new_list()?;
    vm.codec_search.set(l.value());
    Ok(l)
}
/// `codecs.register(f)`
pub fn register(vm: &Vm, f: Value) -> Res<()> {
    if !vm.is_callable(f) {
        return Err(vm.type_error("argument must be callable"));
    }
    vm.list_append(search_list(vm)?, f)
}
/// `codecs.unregister(f)`: also forgets the codecs found so far.
pub fn unregister(vm: &Vm, f: Value) -> Res<()> {
    let list = search_list(vm)?;
    let found = (0..list.len()).find(|&i| list.get(i).is_some_and(|v| vm.same(v, f)));
    if let Some(i) = found {
        vm.list_splice(list, i, i + 1, &[])?;
        vm.dict_clear(dict_in(vm, &vm.codec_cache)?);
    }
    Ok(())
}
/// `codecs.lookup(encoding)`: a tuple of encoder, decoder, reader and writer.
pub fn lookup(vm: &Vm, encoding: Gc<Str>) -> Res {
    let shown = encoding.to_lossy();
    let cache = dict_in(vm, &vm.codec_cache)?;
    let key = vm.intern(&normalize(&shown));
    if let Some(found) = vm.dict_get_str(cache, key) {
        return Ok(found);
    }
    let list = search_list(vm)?;
    if list.is_empty() {
        vm.import_module("encodings")?;
    }
    let mut i = 0;
    while let Some(f) = list.get(i) {
        i += 1;
        let r = vm.call(f, &[key.value()])?;
        if r.is_none() {
            continue;
        }
        match vm.as_tuple(r) {
            Some(t) if t.len() == 4 => {
                vm.dict_set_str(cache, key, r)?;
                return Ok(r);
            }
            _ => return Err(vm.type_error("codec search functions must return 4-tuples")),
        }
    }
    Err(vm.lookup_error(format!("unknown encoding: {shown}")))
}

/// One of the two directions of a codec.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Way {
    Encode,
    Decode,
}
fn run(vm: &Vm, codec: Value, object: Value, errors: Option<Gc<Str>>, way: Way) -> Res {
    let Some(t) = vm.as_tuple(codec) else {
        return Err(vm.type_error("codec search functions must return 4-tuples"));
    };
    let f = t.get(way as usize);
    let r = match errors {
        Some(e) => vm.call(f, &[object, e.value()])?,
        None => vm.call(f, &[object])?,
    };
    match vm.as_tuple(r) {
        Some(t) if t.len() == 2 => Ok(t.get(0)),
        _ if way == Way::Encode => {
            Err(vm.type_error("encoder must return a tuple (object, integer)"))
        }
        _ => Err(vm.type_error("decoder must return a tuple (object,integer)")),
    }
}
/// `codecs.encode(object, encoding, errors)`
pub fn encode(vm: &Vm, object: Value, encoding: Gc<Str>, errors: Option<Gc<Str>>) -> Res {
    run(vm, lookup(vm, encoding)?, object, errors, Way::Encode)
}
/// `codecs.decode(object, encoding, errors)`
pub fn decode(vm: &Vm, object: Value, encoding: Gc<Str>, errors: Option<Gc<Str>>) -> Res {
    run(vm, lookup(vm, encoding)?, object, errors, Way::Decode)
}
/// The codec, if it turns text into bytes and back.
fn text_codec(vm: &Vm, encoding: Gc<Str>, alternative: &str) -> Res {
    let codec = lookup(vm, encoding)?;
    if vm.class_of(codec) != vm.classes().tuple
        && let Some(flag) = vm.get_attr_opt(codec, vm.intern("_is_text_encoding"))?
        && !vm.truth(flag)?
    {
        return Err(vm.lookup_error(format!(
            "'{}' is not a text encoding; use {alternative} to handle arbitrary codecs",
            encoding.to_lossy()
        )));
    }
    Ok(codec)
}
/// `str.encode` through the registry.
pub(super) fn encode_checked(vm: &Vm, text: Value, encoding: Gc<Str>, errors: Gc<Str>) -> Res {
    let codec = text_codec(vm, encoding, "codecs.encode()")?;
    let r = run(vm, codec, text, Some(errors), Way::Encode)?;
    if vm.as_bytes(r).is_some() {
        return Ok(r);
    }
    let name = encoding.to_lossy();
    if let Some(b) = vm.cast::<pyrs_core::object::ByteArray>(r) {
        let message = format!(
            "encoder {name} returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types"
        );
        warn(vm, vm.exc().runtime_warning, &message)?;
        let data: Vec<u8> = b.data().iter().map(|c| c.get()).collect();
        return vm.bytes(&data);
    }
    Err(vm.type_error(format!(
        "'{name}' encoder returned '{}' instead of 'bytes'; use codecs.encode() to encode to \
         arbitrary types",
        vm.type_name(r)
    )))
}
/// `bytes.decode` through the registry.
pub(super) fn decode_checked(vm: &Vm, object: Value, encoding: Gc<Str>, errors: Gc<Str>) -> Res {
    let codec = text_codec(vm, encoding, "codecs.decode()")?;
    // Codecs get a view of the bytes, as CPython gives them a memoryview.
    let view = vm.new_memoryview(object)?;
    let r = run(vm, codec, view, Some(errors), Way::Decode)?;
    if vm.as_str(r).is_some() {
        return Ok(r);
    }
    Err(vm.type_error(format!(
        "'{}' decoder returned '{}' instead of 'str'; use codecs.decode() to decode to arbitrary \
         types",
        encoding.to_lossy(),
        vm.type_name(r)
    )))
}

/// `codecs.register_error(name, handler)`
pub fn register_error(vm: &Vm, name: Gc<Str>, handler: Value) -> Res<()> {
    if !vm.is_callable(handler) {
        return Err(vm.type_error("handler must be callable"));
    }
    vm.dict_set(dict_in(vm, &vm.codec_errors)?, name.value(), handler)
}
/// `codecs._unregister_error(name)`: whether there was one. Built-in handlers stay.
pub fn unregister_error(vm: &Vm, name: Gc<Str>) -> Res<bool> {
    if super::errors::is_builtin_name(&name.to_lossy()) {
        return Err(vm.value_error(format!(
            "cannot un-register built-in error handler '{}'",
            name.to_lossy()
        )));
    }
    Ok(vm.dict_remove(dict_in(vm, &vm.codec_errors)?, name.value())?.is_some())
}
/// `codecs.lookup_error(name)`
pub fn lookup_error(vm: &Vm, name: Gc<Str>) -> Res {
    let table = dict_in(vm, &vm.codec_errors)?;
    if let Some(f) = vm.dict_get(table, name.value())? {
        return Ok(f);
    }
    let text = name.to_lossy();
    match native_handler(&text) {
        Some(def) => {
            let f = vm.new_native(def, None, Value::NONE)?;
            vm.dict_set(table, name.value(), f)?;
            Ok(f)
        }
        None => Err(vm.lookup_error(format!("unknown error handler name '{text}'"))),
    }
}
