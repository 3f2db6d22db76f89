//! `_codecs`: the registry of codecs and error handlers, and the native codecs as functions.
//!
//! Encoders give `(bytes, characters)`, decoders `(text, bytes used)`.

use pyrs_builtins::codecs::{self, Codec, Errors, decode_native, encode_native};
use pyrs_core::object::{Class, ClassSpec, Str, class_flag};
use pyrs_core::{Gc, Header, Native, NativeDef, Res, Value, Vm, native_object};
use pyrs_text::bigint::ByteOrder;
use pyrs_text::codec::{Bom, CharmapEntry};
use pyrs_text::{CodePoints, StrBuilder, codec, escape};

const LE: Bom = Bom::Given(ByteOrder::Little);
const BE: Bom = Bom::Given(ByteOrder::Big);

const ENCODE: &str = "(str, errors=None, /)";
const DECODE: &str = "(data, errors=None, final=False, /)";
const DECODE_ALL: &str = "(data, errors=None, /)";

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "register",
        "(search_function, /)",
        |vm, a| codecs::register(vm, a[0]).map(|()| Value::NONE),
        "Register a codec search function.",
    ),
    NativeDef::function(
        "unregister",
        "(search_function, /)",
        |vm, a| codecs::unregister(vm, a[0]).map(|()| Value::NONE),
        "Unregister a codec search function and clear the registry's cache.",
    ),
    NativeDef::function(
        "lookup",
        "(encoding, /)",
        |vm, a| codecs::lookup(vm, text(vm, "lookup", a[0])?),
        "Looks up a codec tuple in the Python codec registry and returns a CodecInfo object.",
    ),
    NativeDef::function(
        "encode",
        "(obj, encoding='utf-8', errors=None)",
        |vm, a| codecs::encode(vm, a[0], text(vm, "encode", a[1])?, optional(vm, "encode", a[2])?),
        "Encodes obj using the codec registered for encoding.",
    ),
    NativeDef::function(
        "decode",
        "(obj, encoding='utf-8', errors=None)",
        |vm, a| codecs::decode(vm, a[0], text(vm, "decode", a[1])?, optional(vm, "decode", a[2])?),
        "Decodes obj using the codec registered for encoding.",
    ),
    NativeDef::function(
        "register_error",
        "(errors, handler, /)",
        |vm, a| {
            codecs::register_error(vm, text(vm, "register_error", a[0])?, a[1])
                .map(|()| Value::NONE)
        },
        "Register the specified error handler under the name errors.",
    ),
    NativeDef::function(
        "_unregister_error",
        "(errors, /)",
        |vm, a| codecs::unregister_error(vm, text(vm, "_unregister_error", a[0])?).map(Value::bool),
        "Un-register the specified error handler for the error handling `errors'.",
    ),
    NativeDef::function(
        "lookup_error",
        "(name, /)",
        |vm, a| codecs::lookup_error(vm, text(vm, "lookup_error", a[0])?),
        "Return the error handler for the specified error handling name.",
    ),
    NativeDef::function("utf_8_encode", ENCODE, |vm, a| encoder(vm, Codec::Utf8, a), ""),
    NativeDef::function("ascii_encode", ENCODE, |vm, a| encoder(vm, Codec::Ascii, a), ""),
    NativeDef::function("latin_1_encode", ENCODE, |vm, a| encoder(vm, Codec::Latin1, a), ""),
    NativeDef::function(
        "utf_16_encode",
        "(str, errors=None, byteorder=0, /)",
        |vm, a| encoder(vm, Codec::Utf16(order(vm, a[2])?), a),
        "",
    ),
    NativeDef::function("utf_16_le_encode", ENCODE, |vm, a| encoder(vm, Codec::Utf16(LE), a), ""),
    NativeDef::function("utf_16_be_encode", ENCODE, |vm, a| encoder(vm, Codec::Utf16(BE), a), ""),
    NativeDef::function(
        "utf_32_encode",
        "(str, errors=None, byteorder=0, /)",
        |vm, a| encoder(vm, Codec::Utf32(order(vm, a[2])?), a),
        "",
    ),
    NativeDef::function("utf_32_le_encode", ENCODE, |vm, a| encoder(vm, Codec::Utf32(LE), a), ""),
    NativeDef::function("utf_32_be_encode", ENCODE, |vm, a| encoder(vm, Codec::Utf32(BE), a), ""),
    NativeDef::function(
        "utf_7_encode",
        ENCODE,
        |vm, a| pure_encoder(vm, "utf_7_encode", a, codec::encode_utf7),
        "",
    ),
    NativeDef::function(
        "unicode_escape_encode",
        ENCODE,
        |vm, a| pure_encoder(vm, "unicode_escape_encode", a, escape::encode_unicode_escape),
        "",
    ),
    NativeDef::function(
        "raw_unicode_escape_encode",
        ENCODE,
        |vm, a| pure_encoder(vm, "raw_unicode_escape_encode", a, escape::encode_raw_unicode_escape),
        "",
    ),
    NativeDef::function("utf_8_decode", DECODE, |vm, a| decoder(vm, Codec::Utf8, a), ""),
    NativeDef::function(
        "ascii_decode",
        DECODE_ALL,
        |vm, a| decoder(vm, Codec::Ascii, &[a[0], a[1], Value::TRUE]),
        "",
    ),
    NativeDef::function(
        "latin_1_decode",
        DECODE_ALL,
        |vm, a| decoder(vm, Codec::Latin1, &[a[0], a[1], Value::TRUE]),
        "",
    ),
    NativeDef::function(
        "utf_16_decode",
        DECODE,
        |vm, a| decoder(vm, Codec::Utf16(Bom::Detect), a),
        "",
    ),
    NativeDef::function("utf_16_le_decode", DECODE, |vm, a| decoder(vm, Codec::Utf16(LE), a), ""),
    NativeDef::function("utf_16_be_decode", DECODE, |vm, a| decoder(vm, Codec::Utf16(BE), a), ""),
    NativeDef::function(
        "utf_32_decode",
        DECODE,
        |vm, a| decoder(vm, Codec::Utf32(Bom::Detect), a),
        "",
    ),
    NativeDef::function("utf_32_le_decode", DECODE, |vm, a| decoder(vm, Codec::Utf32(LE), a), ""),
    NativeDef::function("utf_32_be_decode", DECODE, |vm, a| decoder(vm, Codec::Utf32(BE), a), ""),
    NativeDef::function(
        "utf_16_ex_decode",
        "(data, errors=None, byteorder=0, final=False, /)",
        |vm, a| ordered_decoder(vm, 2, a),
        "",
    ),
    NativeDef::function(
        "utf_32_ex_decode",
        "(data, errors=None, byteorder=0, final=False, /)",
        |vm, a| ordered_decoder(vm, 4, a),
        "",
    ),
    NativeDef::function("utf_7_decode", DECODE, utf_7_decode, ""),
    NativeDef::function(
        "unicode_escape_decode",
        "(data, errors=None, final=True, /)",
        unicode_escape_decode,
        "",
    ),
    NativeDef::function(
        "raw_unicode_escape_decode",
        "(data, errors=None, final=True, /)",
        raw_unicode_escape_decode,
        "",
    ),
    NativeDef::function("escape_encode", ENCODE, escape_encode, ""),
    NativeDef::function("escape_decode", DECODE_ALL, escape_decode, ""),
    NativeDef::function("readbuffer_encode", "(data, errors=None, /)", readbuffer_encode, ""),
    NativeDef::function("charmap_build", "(map, /)", charmap_build, ""),
    NativeDef::function(
        "charmap_encode",
        "(str, errors=None, mapping=None, /)",
        charmap_encode,
        "",
    ),
    NativeDef::function(
        "charmap_decode",
        "(data, errors=None, mapping=None, /)",
        charmap_decode,
        "",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_codecs", "", FUNCTIONS)?;
    let c = vm.define_class(&ENCODING_MAP, None)?;
    vm.set_hook("encoding_map", c.value());
    Ok(m.value())
}

fn text(vm: &Vm, function: &str, v: Value) -> Res<Gc<Str>> {
    vm.as_str(v).ok_or_else(|| {
        vm.type_error(format!("{function}() argument must be str, not {}", vm.type_name(v)))
    })
}
fn optional(vm: &Vm, function: &str, v: Value) -> Res<Option<Gc<Str>>> {
    if v.is_none() { Ok(None) } else { text(vm, function, v).map(Some) }
}
/// The name of the error handler; `strict` by default.
fn handler(vm: &Vm, v: Value) -> Res<Gc<Str>> {
    Ok(optional(vm, "codec", v)?.unwrap_or_else(|| vm.intern("strict")))
}
fn order(vm: &Vm, v: Value) -> Res<Bom> {
    Ok(match vm.int_i64(v)? {
        0 => Bom::Detect,
        n if n < 0 => LE,
        _ => BE,
    })
}
fn pair(vm: &Vm, v: Value, n: usize) -> Res {
    vm.tuple(&[v, vm.int_usize(n)?])
}
fn encoder(vm: &Vm, codec: Codec, a: &[Value]) -> Res {
    let s = text(vm, "encode", a[0])?;
    let b = encode_native(vm, codec, s, handler(vm, a[1])?)?;
    pair(vm, b, s.len())
}
fn pure_encoder(vm: &Vm, function: &str, a: &[Value], f: fn(CodePoints<'_>) -> Vec<u8>) -> Res {
    let s = text(vm, function, a[0])?;
    pair(vm, vm.bytes(&f(s.points()))?, s.len())
}
/// The bytes to decode: of a bytes-like object, or of a str in UTF-8 (escape codecs admit those).
fn input(vm: &Vm, v: Value) -> Res<Vec<u8>> {
    match vm.as_str(v) {
        Some(s) => {
            let b = encode_native(vm, Codec::Utf8, s, vm.intern("strict"))?;
            Ok(vm.as_bytes(b).map_or_else(Vec::new, |b| b.data().to_vec()))
        }
        None => Ok(vm.buffer(v, false)?.to_vec()),
    }
}
fn decoder(vm: &Vm, codec: Codec, a: &[Value]) -> Res {
    let (errors, last) = (handler(vm, a[1])?, vm.truth(a[2])?);
    let (s, used) = match vm.as_bytes(a[0]) {
        Some(b) => decode_native(vm, codec, b.data(), errors, last)?,
        None => decode_native(vm, codec, &vm.buffer(a[0], false)?.to_vec(), errors, last)?,
    };
    pair(vm, s.value(), used)
}
/// `utf_16_ex_decode`: also tells the byte order found.
fn ordered_decoder(vm: &Vm, width: usize, a: &[Value]) -> Res {
    let data = vm.buffer(a[0], false)?.to_vec();
    let (errors, last, given) = (handler(vm, a[1])?, vm.truth(a[3])?, vm.int_i64(a[2])?);
    let mark: (&[u8], &[u8]) = if width == 2 {
        (&[0xff, 0xfe], &[0xfe, 0xff])
    } else {
        (&[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff])
    };
    let (bom, skip, found) = match given {
        0 if data.starts_with(mark.0) => (LE, width, -1),
        0 if data.starts_with(mark.1) => (BE, width, 1),
        0 => (Bom::Given(ByteOrder::NATIVE), 0, 0),
        n if n < 0 => (LE, 0, -1),
        _ => (BE, 0, 1),
    };
    if given == 0 && data.len() < width && !last {
        return vm.tuple(&[vm.str("")?, Value::small_int(0), Value::small_int(0)]);
    }
    let codec = if width == 2 { Codec::Utf16(bom) } else { Codec::Utf32(bom) };
    let (s, used) = decode_native(vm, codec, &data[skip..], errors, last)?;
    vm.tuple(&[s.value(), vm.int_usize(used + skip)?, Value::small_int(found)])
}
fn utf_7_decode(vm: &Vm, a: &[Value]) -> Res {
    let data = vm.buffer(a[0], false)?.to_vec();
    let mut h = Errors::new(vm, "utf7", handler(vm, a[1])?, Value::UNBOUND);
    let (b, used) = codec::decode_utf7(&data, vm.truth(a[2])?, &mut h)?;
    pair(vm, vm.new_str_builder(&b)?.value(), used)
}
fn unicode_escape_decode(vm: &Vm, a: &[Value]) -> Res {
    let data = input(vm, a[0])?;
    let mut h = Errors::new(vm, "unicodeescape", handler(vm, a[1])?, Value::UNBOUND);
    let named = |name: &[u8]| {
        let name = core::str::from_utf8(name).ok()?;
        let found = match pyrs_text::unicode::computed_character(name) {
            Some(computed) => computed,
            None => unicode_names2::character(name),
        };
        found.map(u32::from)
    };
    let r = escape::decode_unicode_escape(&data, vm.truth(a[2])?, &named, &mut h)?;
    pair(vm, vm.new_str_builder(&r.text)?.value(), r.used)
}
fn raw_unicode_escape_decode(vm: &Vm, a: &[Value]) -> Res {
    let data = input(vm, a[0])?;
    let mut h = Errors::new(vm, "rawunicodeescape", handler(vm, a[1])?, Value::UNBOUND);
    let (b, used) = escape::decode_raw_unicode_escape(&data, vm.truth(a[2])?, &mut h)?;
    pair(vm, vm.new_str_builder(&b)?.value(), used)
}
fn escape_encode(vm: &Vm, a: &[Value]) -> Res {
    let Some(b) = vm.as_bytes(a[0]) else {
        return Err(vm.type_error(format!(
            "escape_encode() argument 1 must be bytes, not {}",
            vm.type_name(a[0])
        )));
    };
    let mut out = Vec::new();
    for &c in b.data() {
        match c {
            b'\\' | b'\'' => out.extend([b'\\', c]),
            b'\t' => out.extend(b"\\t"),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            0x20..=0x7e => out.push(c),
            _ => out.extend(format!("\\x{c:02x}").as_bytes()),
        }
    }
    pair(vm, vm.bytes(&out)?, b.len())
}
fn escape_decode(vm: &Vm, a: &[Value]) -> Res {
    let data = input(vm, a[0])?;
    let errors = handler(vm, a[1])?;
    let mut out = Vec::new();
    let mut i = 0;
    while i < data.len() {
        let c = data[i];
        i += 1;
        if c != b'\\' {
            out.push(c);
            continue;
        }
        let Some(&e) = data.get(i) else { return Err(vm.value_error("Trailing \\ in string")) };
        i += 1;
        match e {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(e),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b't' => out.push(b'\t'),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b'v' => out.push(11),
            b'a' => out.push(7),
            b'0'..=b'7' => {
                let mut n = (e - b'0') as u32;
                let mut digits = 1;
                while digits < 3 && data.get(i).is_some_and(|d| (b'0'..=b'7').contains(d)) {
                    n = n * 8 + (data[i] - b'0') as u32;
                    i += 1;
                    digits += 1;
                }
                out.push(n as u8);
            }
            b'x' => {
                let digit = |k: usize| data.get(k).and_then(|&d| (d as char).to_digit(16));
                match (digit(i), digit(i + 1)) {
                    (Some(h), Some(l)) => {
                        out.push((h * 16 + l) as u8);
                        i += 2;
                    }
                    (h, _) => {
                        if errors.is("strict") {
                            return Err(
                                vm.value_error(format!("invalid \\x escape at position {}", i - 2))
                            );
                        } else if errors.is("replace") {
                            out.push(b'?');
                        } else if !errors.is("ignore") {
                            return Err(vm.value_error(format!(
                                "decoding error; unknown error handling code: {}",
                                errors.to_lossy()
                            )));
                        }
                        i += usize::from(h.is_some());
                    }
                }
            }
            _ => out.extend([b'\\', e]),
        }
    }
    pair(vm, vm.bytes(&out)?, data.len())
}
fn readbuffer_encode(vm: &Vm, a: &[Value]) -> Res {
    let data = input(vm, a[0])?;
    pair(vm, vm.bytes(&data)?, data.len())
}

// ---- character maps
/// What `charmap_build` gives: the characters of a 256-character decoding table, by their byte.
#[repr(C)]
struct EncodingMap {
    header: Header,
    /// dict: character number to byte
    table: pyrs_core::Slot,
}
native_object!(EncodingMap, "EncodingMap", slots = 1);
static ENCODING_MAP: ClassSpec = ClassSpec {
    name: "EncodingMap",
    layout: <EncodingMap as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[],
    getset: &[],
    fields: &[],
};
fn charmap_build(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, "charmap_build", a[0])?;
    let class: Option<Gc<Class>> = vm.hook("encoding_map").and_then(|c| vm.as_class(c));
    let Some(class) = class else { return Err(vm.system_error("_codecs is not initialised")) };
    let table = vm.new_dict()?;
    for i in 0..s.len().min(256) {
        let c = s.at(i);
        if c != 0xfffe {
            vm.dict_set(table, Value::small_int(c as isize), Value::small_int(i as isize))?;
        }
    }
    let header = Header::new(class.root_shape.get(), 0);
    Ok(vm.alloc(EncodingMap { header, table: pyrs_core::Slot::new(table.value()) })?.value())
}
fn charmap_encode(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, "charmap_encode", a[0])?;
    let errors = handler(vm, a[1])?;
    if a[2].is_none() {
        return encoder(vm, Codec::Latin1, a);
    }
    let mut h = Errors::new(vm, "charmap", errors, s.value());
    let built = vm.cast::<EncodingMap>(a[2]).and_then(|m| vm.as_dict(m.table.get()));
    let map = |c: u32| -> Res<CharmapEntry<Vec<u8>>> {
        let key = Value::small_int(c as isize);
        let found = match built {
            Some(d) => vm.dict_get(d, key)?,
            None => vm.catch(vm.get_item(a[2], key), vm.exc().lookup_error)?,
        };
        let Some(v) = found.filter(|v| !v.is_none()) else { return Ok(CharmapEntry::Undefined) };
        if let Some(n) = v.as_int() {
            return match u8::try_from(n) {
                Ok(n) => Ok(CharmapEntry::Mapped(vec![n])),
                Err(_) => Err(vm.type_error("character mapping must be in range(256)")),
            };
        }
        match vm.as_bytes(v) {
            Some(b) => Ok(CharmapEntry::Mapped(b.data().to_vec())),
            None => Err(vm.type_error(format!(
                "character mapping must return integer, bytes or None, not {}",
                vm.type_name(v)
            ))),
        }
    };
    let out = codec::encode_charmap(s.points(), map, &mut h)?;
    pair(vm, vm.bytes(&out)?, s.len())
}
fn charmap_decode(vm: &Vm, a: &[Value]) -> Res {
    if a[2].is_none() {
        return decoder(vm, Codec::Latin1, &[a[0], a[1], Value::TRUE]);
    }
    let data = vm.buffer(a[0], false)?.to_vec();
    let mut h = Errors::new(vm, "charmap", handler(vm, a[1])?, Value::UNBOUND);
    let table = vm.exact_str(a[2]);
    let map = |c: u8| -> Res<CharmapEntry<StrBuilder>> {
        let one = |p: u32| {
            if p == 0xfffe {
                return CharmapEntry::Undefined;
            }
            let mut b = StrBuilder::new();
            b.push(p);
            CharmapEntry::Mapped(b)
        };
        if let Some(t) = table {
            return Ok(if (c as usize) < t.len() {
                one(t.at(c as usize))
            } else {
                CharmapEntry::Undefined
            });
        }
        let found =
            vm.catch(vm.get_item(a[2], Value::small_int(c as isize)), vm.exc().lookup_error)?;
        let Some(v) = found.filter(|v| !v.is_none()) else { return Ok(CharmapEntry::Undefined) };
        if let Some(n) = v.as_int() {
            return match u32::try_from(n) {
                Ok(n) if n <= 0x10ffff => Ok(one(n)),
                _ => Err(vm.type_error("character mapping must be in range(0x110000)")),
            };
        }
        match vm.as_str(v) {
            Some(s) if s.len() == 1 => Ok(one(s.at(0))),
            Some(s) => Ok(CharmapEntry::Mapped(StrBuilder::from_points(s.points()))),
            None => Err(vm.type_error("character mapping must return integer, None or str")),
        }
    };
    let b = codec::decode_charmap(&data, map, &mut h)?;
    pair(vm, vm.new_str_builder(&b)?.value(), data.len())
}
