//! `zlib`: compression and decompression over `libz-rs-sys`, and checksums.
//!
//! `stream` wraps the library. The three classes share one layout that owns a boxed [`State`].

mod stream;

use crate::binascii::checksum_argument;
use crate::support::raise_hooked;
use core::cell::Cell;
use core::ptr::NonNull;
use libz_rs_sys as z;
use pyrs_core::object::{ClassSpec, NativeLayout, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Raised, Res, Value, Vm, native_object};
use stream::Stream;

/// What a compressor or decompressor owns.
struct State {
    /// None once a compressor has been finished.
    stream: Option<Stream>,
    dictionary: Option<Vec<u8>>,
    /// Input not looked at yet (`unconsumed_tail`).
    tail: Vec<u8>,
    /// Input behind the end of the stream.
    unused: Vec<u8>,
    eof: bool,
    needs_input: bool,
}

#[repr(C)]
struct Zip {
    header: Header,
    state: Cell<*mut State>,
}
native_object!(Zip, "zlib stream", slots = 0, drop = drop_zip);

const LAYOUT: &NativeLayout = <Zip as pyrs_core::object::Native>::LAYOUT;

fn drop_zip(p: NonNull<Header>) {
    // SAFETY: the heap calls this for dying streams only.
    let zip = unsafe { p.cast::<Zip>().as_ref() };
    let state = zip.state.replace(core::ptr::null_mut());
    if !state.is_null() {
        // SAFETY: made by `Box::into_raw` in `new_object`, and replaced before being released.
        drop(unsafe { Box::from_raw(state) });
    }
}

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "adler32",
        "(data, value=1, /)",
        |vm, a| {
            let b = vm.buffer(a[0], false)?;
            vm.int(adler32_of(checksum_argument(vm, a[1])?, b.data()) as i64)
        },
        "Compute an Adler-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
    ),
    NativeDef::function(
        "crc32",
        "(data, value=0, /)",
        |vm, a| {
            let b = vm.buffer(a[0], false)?;
            vm.int(crc32_of(checksum_argument(vm, a[1])?, b.data()) as i64)
        },
        "Compute a CRC-32 checksum of data.\n\n  value\n    Starting value of the checksum.\n\nThe returned checksum is an integer.",
    ),
    NativeDef::function(
        "compress",
        "(data, /, level=-1, wbits=15)",
        compress,
        "Returns a bytes object containing compressed data.\n\n  data\n    Binary data to be compressed.\n  level\n    Compression level, in 0-9 or -1.\n  wbits\n    The window buffer size and container format.",
    ),
    NativeDef::function(
        "decompress",
        "(data, /, wbits=15, bufsize=16384)",
        decompress,
        "Returns a bytes object containing the uncompressed data.\n\n  data\n    Compressed data.\n  wbits\n    The window buffer size and container format.\n  bufsize\n    The initial output buffer size.",
    ),
    NativeDef::function(
        "compressobj",
        "(level=-1, method=8, wbits=15, memLevel=8, strategy=0, zdict=<unrepresentable>)",
        compressobj,
        "Return a compressor object.",
    ),
    NativeDef::function(
        "decompressobj",
        "(wbits=15, zdict=<unrepresentable>)",
        |vm, a| {
            let class = vm.hook("zlib_decompress").unwrap_or(Value::NONE);
            decompressor(vm, class, a[0], a[1])
        },
        "Return a decompressor object.\n\n  wbits\n    The window buffer size and container format.\n  zdict\n    The predefined compression dictionary.  This must be the same\n    dictionary as used by the compressor that produced the input data.",
    ),
];

static COMPRESS: ClassSpec = ClassSpec {
    name: "zlib.Compress",
    layout: LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method(
            "compress",
            "(self, data, /)",
            compress_more,
            "Returns a bytes object containing compressed data.\n\nAfter calling this function, some of the input data may still\nbe stored in internal buffers for later processing.\nCall the flush() method to clear these buffers.",
        ),
        NativeDef::method(
            "flush",
            "(self, mode=4, /)",
            compress_flush,
            "Return a bytes object containing any remaining compressed data.",
        ),
        NativeDef::method("copy", "(self, /)", copy, "Return a copy of the compression object."),
        NativeDef::method("__copy__", "(self, /)", copy, ""),
        NativeDef::method("__deepcopy__", "(self, memo, /)", copy, ""),
    ],
    getset: &[],
    fields: &[],
};
static DECOMPRESS: ClassSpec = ClassSpec {
    name: "zlib.Decompress",
    layout: LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method(
            "decompress",
            "(self, data, /, max_length=0)",
            decompress_more,
            "Return a bytes object containing the decompressed version of the data.",
        ),
        NativeDef::method(
            "flush",
            "(self, length=16384, /)",
            decompress_flush,
            "Return a bytes object containing any remaining decompressed data.",
        ),
        NativeDef::method("copy", "(self, /)", copy, "Return a copy of the decompression object."),
        NativeDef::method("__copy__", "(self, /)", copy, ""),
        NativeDef::method("__deepcopy__", "(self, memo, /)", copy, ""),
    ],
    getset: &[
        GetSetDef::read_only(
            "unused_data",
            |vm, v| {
                let d = with(vm, v, |s| s.unused.clone())?;
                vm.bytes(&d)
            },
            "Data found after the end of the compressed stream.",
        ),
        GetSetDef::read_only(
            "unconsumed_tail",
            |vm, v| {
                let d = with(vm, v, |s| s.tail.clone())?;
                vm.bytes(&d)
            },
            "Data that was not consumed by the last decompress() call.",
        ),
        GetSetDef::read_only(
            "eof",
            |vm, v| Ok(Value::bool(with(vm, v, |s| s.eof)?)),
            "True if the end-of-stream marker has been reached.",
        ),
    ],
    fields: &[],
};
static READER: ClassSpec = ClassSpec {
    name: "zlib._ZlibDecompressor",
    layout: LAYOUT,
    flags: 0,
    doc: "Create a decompressor object for decompressing data incrementally.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, wbits=15, zdict=<unrepresentable>)",
            |vm, a| decompressor(vm, a[0], a[1], a[2]),
            "",
        ),
        NativeDef::method(
            "decompress",
            "(self, /, data, max_length=-1)",
            reader_decompress,
            "Decompress *data*, returning uncompressed data as bytes.",
        ),
    ],
    getset: &[
        GetSetDef::read_only(
            "unused_data",
            |vm, v| {
                let d = with(vm, v, |s| s.unused.clone())?;
                vm.bytes(&d)
            },
            "Data found after the end of the compressed stream.",
        ),
        GetSetDef::read_only(
            "needs_input",
            |vm, v| Ok(Value::bool(with(vm, v, |s| s.needs_input)?)),
            "True if more input is needed before more decompressed data can be produced.",
        ),
        GetSetDef::read_only(
            "eof",
            |vm, v| Ok(Value::bool(with(vm, v, |s| s.eof)?)),
            "True if the end-of-stream marker has been reached.",
        ),
    ],
    fields: &[],
};

/// ORDER: of no meaning; the numbers are zlib's.
const NUMBERS: &[(&str, isize)] = &[
    ("MAX_WBITS", 15),
    ("DEFLATED", 8),
    ("DEF_MEM_LEVEL", 8),
    ("DEF_BUF_SIZE", 16384),
    ("Z_NO_COMPRESSION", 0),
    ("Z_BEST_SPEED", 1),
    ("Z_BEST_COMPRESSION", 9),
    ("Z_DEFAULT_COMPRESSION", -1),
    ("Z_DEFAULT_STRATEGY", 0),
    ("Z_FILTERED", 1),
    ("Z_HUFFMAN_ONLY", 2),
    ("Z_RLE", 3),
    ("Z_FIXED", 4),
    ("Z_NO_FLUSH", 0),
    ("Z_PARTIAL_FLUSH", 1),
    ("Z_SYNC_FLUSH", 2),
    ("Z_FULL_FLUSH", 3),
    ("Z_FINISH", 4),
    ("Z_BLOCK", 5),
    ("Z_TREES", 6),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "The functions in this module allow compression and decompression using the\nzlib library, which is based on GNU zip.";
    let m = vm.new_native_module("zlib", doc, FUNCTIONS)?;
    let e =
        crate::support::hooked_exception(vm, "zlib_error", "zlib", "error", vm.exc().exception)?;
    vm.module_set(m, "error", e)?;
    vm.set_hook("zlib_compress", vm.define_class(&COMPRESS, None)?.value());
    vm.set_hook("zlib_decompress", vm.define_class(&DECOMPRESS, None)?.value());
    vm.module_set(m, "_ZlibDecompressor", vm.define_class(&READER, None)?.value())?;
    for &(name, n) in NUMBERS {
        vm.module_set(m, name, Value::small_int(n))?;
    }
    vm.module_set(m, "ZLIB_VERSION", vm.str("1.3.1")?)?;
    vm.module_set(m, "ZLIB_RUNTIME_VERSION", vm.str("1.3.1")?)?;
    vm.module_set(m, "__version__", vm.str("1.0")?)?;
    Ok(m.value())
}

/// CRC-32 of `data` after `start`.
pub(crate) fn crc32_of(start: u32, data: &[u8]) -> u32 {
    // SAFETY: the bytes are readable.
    unsafe { z::crc32_z(start.into(), data.as_ptr(), data.len()) as u32 }
}
fn adler32_of(start: u32, data: &[u8]) -> u32 {
    // SAFETY: the bytes are readable.
    unsafe { z::adler32_z(start.into(), data.as_ptr(), data.len()) as u32 }
}

fn new_object(vm: &Vm, class: Value, state: State) -> Res {
    let class = vm.as_class(class).ok_or_else(|| vm.type_error("a zlib type is required"))?;
    let o = vm.new_instance(class)?;
    // SAFETY: the class descends from one with this layout.
    let zip: Gc<Zip> = unsafe { o.cast() };
    zip.state.set(Box::into_raw(Box::new(state)));
    vm.heap.register_drop(o);
    Ok(o.value())
}
/// Calls `f`, which runs no Python code, with the object's state.
fn with<T>(vm: &Vm, v: Value, f: impl FnOnce(&mut State) -> T) -> Res<T> {
    let zip = vm.cast::<Zip>(v).ok_or_else(|| vm.type_error("a zlib object is required"))?;
    // SAFETY: null, or a box only this object owns; nothing else borrows it, as `f` calls no Python code.
    match unsafe { zip.state.get().as_mut() } {
        Some(s) => Ok(f(s)),
        None => Err(vm.value_error("zlib object is not initialized")),
    }
}

/// An error of the library: its code and what it says.
struct Failure {
    code: i32,
    message: Option<String>,
}
#[cold]
fn raise(vm: &Vm, f: &Failure, during: &str) -> Raised {
    let message = f.message.clone().or_else(|| {
        let text = match f.code {
            z::Z_BUF_ERROR => "incomplete or truncated stream",
            z::Z_STREAM_ERROR => "inconsistent stream state",
            z::Z_DATA_ERROR => "invalid input data",
            _ => return None,
        };
        Some(text.to_owned())
    });
    if f.code == z::Z_MEM_ERROR {
        return vm.memory_error();
    }
    let tail = message.map_or(String::new(), |m| format!(": {m}"));
    raise_hooked(vm, "zlib_error", &format!("Error {} {during}{tail}", f.code))
}

/// Feeds `input` through a stream until it is used up (or the stream ends), for at most `limit` bytes of output.
/// Gives the last code and the input used.
fn run(
    stream: &mut Stream,
    input: &[u8],
    flush: i32,
    dictionary: Option<&[u8]>,
    out: &mut Vec<u8>,
    limit: usize,
) -> (i32, usize) {
    let (mut used, mut room) = (0, 16 * 1024);
    loop {
        let allowed = room.min(limit - out.len());
        let before = out.len();
        let step = stream.step(&input[used..], flush, out, allowed);
        used += step.used;
        match step.code {
            z::Z_NEED_DICT => match dictionary {
                Some(d) => match stream.set_dictionary(d) {
                    z::Z_OK => continue,
                    code => return (code, used),
                },
                None => return (step.code, used),
            },
            z::Z_OK | z::Z_BUF_ERROR => {}
            code => return (code, used),
        }
        let full = out.len() - before == allowed;
        if out.len() >= limit || (!full && used == input.len()) {
            return (step.code, used);
        }
        if !full && step.code == z::Z_BUF_ERROR {
            return (step.code, used);
        }
        room = (room * 2).min(64 * 1024 * 1024);
    }
}
fn c_int(vm: &Vm, v: Value) -> Res<i32> {
    i32::try_from(vm.int_i64(v)?)
        .map_err(|_| vm.overflow_error("Python int too large to convert to C int"))
}

fn compress(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let (level, bits) = (c_int(vm, a[1])?, c_int(vm, a[2])?);
    let mut stream = match Stream::deflate(level, z::Z_DEFLATED, bits, 8, 0) {
        Ok(s) => s,
        Err(z::Z_MEM_ERROR) => return Err(vm.memory_error()),
        Err(z::Z_STREAM_ERROR) => {
            return Err(raise_hooked(vm, "zlib_error", "Bad compression level"));
        }
        Err(code) => {
            return Err(raise(vm, &Failure { code, message: None }, "while compressing data"));
        }
    };
    let mut out = Vec::new();
    let (code, _) = run(&mut stream, b.data(), z::Z_FINISH, None, &mut out, usize::MAX);
    if code != z::Z_STREAM_END {
        let f = Failure { code, message: stream.message() };
        return Err(raise(vm, &f, "while compressing data"));
    }
    vm.bytes(&out)
}
fn decompress(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[0], false)?;
    let bits = c_int(vm, a[1])?;
    if vm.index_isize(a[2], Some(vm.exc().overflow_error))? < 0 {
        return Err(vm.value_error("bufsize must be non-negative"));
    }
    let mut stream = Stream::inflate(bits).map_err(|code| {
        raise(vm, &Failure { code, message: None }, "while preparing to decompress data")
    })?;
    let mut out = Vec::new();
    let (code, _) = run(&mut stream, b.data(), z::Z_SYNC_FLUSH, None, &mut out, usize::MAX);
    let code = match code {
        z::Z_STREAM_END => return vm.bytes(&out),
        z::Z_OK => z::Z_BUF_ERROR,
        code => code,
    };
    let message = if code == z::Z_BUF_ERROR { None } else { stream.message() };
    Err(raise(vm, &Failure { code, message }, "while decompressing data"))
}

fn fresh(stream: Stream, dictionary: Option<Vec<u8>>) -> State {
    State {
        stream: Some(stream),
        dictionary,
        tail: Vec::new(),
        unused: Vec::new(),
        eof: false,
        needs_input: true,
    }
}
fn compressobj(vm: &Vm, a: &[Value]) -> Res {
    let mut n = [0; 5];
    for (to, &v) in n.iter_mut().zip(a) {
        *to = c_int(vm, v)?;
    }
    let dictionary =
        if a[5].is_unbound() { None } else { Some(vm.buffer(a[5], false)?.data().to_vec()) };
    let mut stream = match Stream::deflate(n[0], n[1], n[2], n[3], n[4]) {
        Ok(s) => s,
        Err(z::Z_STREAM_ERROR) => return Err(vm.value_error("Invalid initialization option")),
        Err(code) => {
            return Err(raise(
                vm,
                &Failure { code, message: None },
                "while creating compression object",
            ));
        }
    };
    if let Some(d) = dictionary {
        match stream.set_dictionary(&d) {
            z::Z_OK => {}
            z::Z_STREAM_ERROR => return Err(vm.value_error("Invalid dictionary")),
            _ => return Err(vm.value_error("deflateSetDictionary()")),
        }
    }
    let class = vm.hook("zlib_compress").unwrap_or(Value::NONE);
    new_object(vm, class, fresh(stream, None))
}
fn decompressor(vm: &Vm, class: Value, bits: Value, dictionary: Value) -> Res {
    let bits = c_int(vm, bits)?;
    let dictionary = match dictionary {
        Value::UNBOUND => None,
        v => match vm.try_buffer(v)? {
            Some(b) => Some(b.data().to_vec()).filter(|d| !d.is_empty()),
            None => return Err(vm.type_error("zdict argument must support the buffer protocol")),
        },
    };
    let mut stream = match Stream::inflate(bits) {
        Ok(s) => s,
        Err(z::Z_STREAM_ERROR) => return Err(vm.value_error("Invalid initialization option")),
        Err(code) => {
            let f = Failure { code, message: None };
            return Err(raise(vm, &f, "while creating decompression object"));
        }
    };
    // Raw streams do not say when they want their dictionary.
    if let Some(d) = dictionary.as_ref().filter(|_| bits < 0) {
        let code = stream.set_dictionary(d);
        if code != z::Z_OK {
            return Err(raise(
                vm,
                &Failure { code, message: stream.message() },
                "while setting zdict",
            ));
        }
    }
    new_object(vm, class, fresh(stream, dictionary))
}

/// Runs a compressor; a finished one is in no state to go on.
fn deflate(s: &mut State, data: &[u8], flush: i32) -> Result<Vec<u8>, Failure> {
    let Some(stream) = s.stream.as_mut() else {
        return Err(Failure { code: z::Z_STREAM_ERROR, message: None });
    };
    let mut out = Vec::new();
    let (code, _) = run(stream, data, flush, None, &mut out, usize::MAX);
    match code {
        z::Z_OK | z::Z_BUF_ERROR => Ok(out),
        z::Z_STREAM_END => {
            s.stream = None;
            Ok(out)
        }
        code => Err(Failure { code, message: stream.message() }),
    }
}
fn compress_more(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[1], false)?;
    match with(vm, a[0], |s| deflate(s, b.data(), z::Z_NO_FLUSH))? {
        Ok(out) => vm.bytes(&out),
        Err(f) => Err(raise(vm, &f, "while compressing data")),
    }
}
fn compress_flush(vm: &Vm, a: &[Value]) -> Res {
    let mode = c_int(vm, a[1])?;
    if mode == z::Z_NO_FLUSH {
        return vm.bytes(&[]);
    }
    match with(vm, a[0], |s| deflate(s, &[], mode))? {
        Ok(out) => vm.bytes(&out),
        Err(f) => Err(raise(vm, &f, "while flushing")),
    }
}
fn copy(vm: &Vm, a: &[Value]) -> Res {
    let copied = with(vm, a[0], |s| {
        let stream = s.stream.as_mut().ok_or(z::Z_STREAM_ERROR)?.copy()?;
        Ok::<State, i32>(State {
            stream: Some(stream),
            dictionary: s.dictionary.clone(),
            tail: s.tail.clone(),
            unused: s.unused.clone(),
            eof: s.eof,
            needs_input: s.needs_input,
        })
    })?;
    match copied {
        Ok(state) => new_object(vm, vm.class_of(a[0]).value(), state),
        Err(z::Z_MEM_ERROR) => Err(vm.memory_error()),
        Err(_) => Err(vm.value_error("Inconsistent stream state")),
    }
}

/// Runs a decompressor; what it leaves of the input goes to `tail` or, behind the end, to `unused`.
fn inflate(s: &mut State, data: &[u8], flush: i32, limit: usize) -> Result<Vec<u8>, Failure> {
    if s.eof {
        s.unused.extend_from_slice(data);
        s.tail.clear();
        return Ok(Vec::new());
    }
    let Some(stream) = s.stream.as_mut() else {
        return Err(Failure { code: z::Z_STREAM_ERROR, message: None });
    };
    let mut out = Vec::new();
    let (code, used) = run(stream, data, flush, s.dictionary.as_deref(), &mut out, limit);
    let rest = &data[used..];
    match code {
        z::Z_STREAM_END => {
            s.eof = true;
            s.unused.extend_from_slice(rest);
            s.tail.clear();
            Ok(out)
        }
        z::Z_OK | z::Z_BUF_ERROR => {
            s.tail = rest.to_vec();
            Ok(out)
        }
        code => {
            s.tail = rest.to_vec();
            Err(Failure { code, message: stream.message() })
        }
    }
}
fn decompress_more(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[1], false)?;
    let limit = match vm.index_isize(a[2], Some(vm.exc().overflow_error))? {
        n if n < 0 => return Err(vm.value_error("max_length must be non-negative")),
        0 => usize::MAX,
        n => n as usize,
    };
    match with(vm, a[0], |s| inflate(s, b.data(), z::Z_SYNC_FLUSH, limit))? {
        Ok(out) => vm.bytes(&out),
        Err(f) => Err(raise(vm, &f, "while decompressing data")),
    }
}
fn decompress_flush(vm: &Vm, a: &[Value]) -> Res {
    if vm.index_isize(a[1], Some(vm.exc().overflow_error))? <= 0 {
        return Err(vm.value_error("length must be greater than zero"));
    }
    let done = with(vm, a[0], |s| {
        let data = core::mem::take(&mut s.tail);
        inflate(s, &data, z::Z_FINISH, usize::MAX)
    })?;
    match done {
        Ok(out) => vm.bytes(&out),
        Err(f) => Err(raise(vm, &f, "while flushing")),
    }
}
fn reader_decompress(vm: &Vm, a: &[Value]) -> Res {
    let b = vm.buffer(a[1], false)?;
    let limit = match vm.index_isize(a[2], Some(vm.exc().overflow_error))? {
        n if n < 0 => usize::MAX,
        n => n as usize,
    };
    let done = with(vm, a[0], |s| {
        if s.eof {
            return None;
        }
        let mut data = core::mem::take(&mut s.tail);
        data.extend_from_slice(b.data());
        let out = inflate(s, &data, z::Z_SYNC_FLUSH, limit);
        s.needs_input = !s.eof && s.tail.is_empty();
        Some(out)
    })?;
    match done {
        None => Err(vm.eof_error("End of stream already reached")),
        Some(Ok(out)) => vm.bytes(&out),
        Some(Err(f)) => Err(raise(vm, &f, "while decompressing data")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_round_trip_in_small_steps() {
        let data: Vec<u8> = (0..40_000u32).map(|i| (i * i >> 7) as u8).collect();
        let mut packer = Stream::deflate(6, z::Z_DEFLATED, 15, 8, 0).expect("valid options");
        let mut packed = Vec::new();
        assert_eq!(
            run(&mut packer, &data, z::Z_FINISH, None, &mut packed, usize::MAX).0,
            z::Z_STREAM_END
        );
        let mut s = fresh(Stream::inflate(15).expect("valid options"), None);
        let mut out = Vec::new();
        for piece in packed.chunks(777) {
            let mut piece = piece.to_vec();
            while !s.eof {
                let more = inflate(&mut s, &piece, z::Z_SYNC_FLUSH, 1000).ok().expect("good data");
                let done = more.len() < 1000 && s.tail.is_empty();
                out.extend(more);
                piece = core::mem::take(&mut s.tail);
                if done {
                    break;
                }
            }
        }
        assert!(s.eof);
        assert!(out == data);
    }

    #[test]
    fn checksums_of_known_text() {
        assert_eq!(crc32_of(0, b"abc"), 891_568_578);
        assert_eq!(adler32_of(1, b"abc"), 38_600_999);
        assert_eq!(crc32_of(5, b""), 5);
    }
}
