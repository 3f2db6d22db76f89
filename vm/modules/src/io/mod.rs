//! `_io`: files, buffers and text streams.
//!
//! Layers as in CPython: `FileIO` (descriptor) under `BufferedReader`/`Writer`/`Random` (bytes) under
//! `TextIOWrapper` (text). Each layer recognises exact instances of the native layer below and then talks to it
//! without method calls; everything else goes through Python attributes, so that any of them can be replaced.

mod base;
mod buffered;
mod buffered_read;
mod bytesio;
mod fileio;
mod newline;
mod open;
mod pair;
mod stringio;
mod text;
mod text_read;
mod text_seek;

use pyrs_core::object::{ByteArray, Class, ClassSpec, Module, class_flag};
use pyrs_core::{Gc, Native, NativeDef, Raised, Res, Value, Vm};

pub(crate) use text::flush_open_files;

/// Bytes in a buffer by default.
pub(crate) const DEFAULT_BUFFER_SIZE: usize = 128 * 1024;

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "open",
        "(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        open::open,
        "Open file and return a stream.  Raise OSError upon failure.",
    ),
    NativeDef::function(
        "open_code",
        "(path)",
        open::open_code,
        "Opens the provided file with the intent to import the contents.",
    ),
    NativeDef::function(
        "text_encoding",
        "(encoding, stacklevel=2, /)",
        open::text_encoding,
        "A helper function to choose the text encoding.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_io",
        "The io module provides the Python interfaces to stream handling.",
        FUNCTIONS,
    )?;
    vm.module_set(m, "DEFAULT_BUFFER_SIZE", vm.int_usize(DEFAULT_BUFFER_SIZE)?)?;
    vm.module_set(m, "BlockingIOError", vm.exc().blocking_io_error.value())?;
    unsupported_class(vm, m)?;
    let b = base::classes(vm, m)?;
    fileio::class(vm, m, b.raw)?;
    buffered::classes(vm, m, b.buffered)?;
    pair::class(vm, m, b.buffered)?;
    bytesio::class(vm, m, b.buffered)?;
    stringio::class(vm, m, b.text)?;
    newline::class(vm, m)?;
    text::class(vm, m, b.text)?;
    Ok(m.value())
}

/// `class UnsupportedOperation(OSError, ValueError)`
fn unsupported_class(vm: &Vm, m: Gc<Module>) -> Res<()> {
    let bases = vm.tuple(&[vm.exc().os_error.value(), vm.exc().value_error.value()])?;
    let ns = vm.new_dict()?;
    vm.dict_set_str(ns, vm.intern("__module__"), vm.str("io")?)?;
    let c =
        vm.call(vm.classes().type_.value(), &[vm.str("UnsupportedOperation")?, bases, ns.value()])?;
    vm.set_hook("io_unsupported", c);
    vm.module_set(m, "UnsupportedOperation", c)
}
/// Raises `io.UnsupportedOperation(message)`.
#[cold]
fn unsupported(vm: &Vm, message: &str) -> Raised {
    let made = (|| {
        let class = vm.hook("io_unsupported").unwrap_or(vm.exc().os_error.value());
        vm.call(class, &[vm.str(message)?])
    })();
    match made {
        Ok(e) => match vm.as_exception(e) {
            Some(e) => vm.raise(e),
            None => vm.value_error(message),
        },
        Err(r) => r,
    }
}

/// A class of this module. Instances have a `__dict__` and can be weakly referenced.
const fn spec(
    name: &'static str,
    layout: &'static pyrs_core::object::NativeLayout,
    doc: &'static str,
    methods: &'static [NativeDef],
    getset: &'static [pyrs_core::GetSetDef],
) -> ClassSpec {
    ClassSpec {
        name,
        layout,
        flags: class_flag::BASE | class_flag::HAS_DICT | class_flag::HAS_WEAKREF,
        doc,
        methods,
        getset,
        fields: &[],
    }
}
fn define(vm: &Vm, m: Gc<Module>, spec: &'static ClassSpec, base: Gc<Class>) -> Res<Gc<Class>> {
    let c = vm.define_class(spec, Some(base))?;
    let name = spec.name.rsplit_once('.').map_or(spec.name, |(_, n)| n);
    vm.module_set(m, name, c.value())?;
    Ok(c)
}
/// `__new__` of all classes here: a blank instance; `__init__` does the rest.
fn blank(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_class(a[0]) {
        Some(c) => Ok(vm.new_instance(c)?.value()),
        None => Err(vm.type_error("X is not a type object")),
    }
}
/// The receiver as a `T`.
fn this<T: Native>(vm: &Vm, v: Value) -> Res<Gc<T>> {
    vm.cast(v).ok_or_else(|| vm.type_error("wrong type of stream"))
}
/// A size parameter: None and negative numbers mean everything.
fn size(vm: &Vm, v: Value) -> Res<Option<usize>> {
    if v.is_none() {
        return Ok(None);
    }
    if vm.as_int(v).is_none() && vm.lookup(vm.class_of(v), vm.intern("__index__")).is_none() {
        return Err(
            vm.type_error(format!("argument should be integer or None, not '{}'", vm.type_name(v)))
        );
    }
    let n = vm.index_isize(v, Some(vm.exc().overflow_error))?;
    Ok(usize::try_from(n).ok())
}
/// `v.closed`
fn is_closed(vm: &Vm, v: Value) -> Res<bool> {
    let c = vm.get_attr(v, vm.intern("closed"))?;
    vm.truth(c)
}
/// Zeroed memory for a buffer.
fn new_buffer(vm: &Vm, n: usize) -> Res<Gc<ByteArray>> {
    let b = vm.call(vm.classes().bytearray.value(), &[vm.int_usize(n)?])?;
    vm.cast(b).ok_or_else(|| vm.memory_error())
}
/// The bytearray in a slot that holds one.
fn buffer_in(vm: &Vm, v: Value) -> Res<Gc<ByteArray>> {
    vm.cast(v).ok_or_else(|| vm.value_error("I/O operation on uninitialized object"))
}
/// Copies `data` to `at`. What does not fit is left out (callers see to the room).
fn put(b: Gc<ByteArray>, at: usize, data: &[u8]) {
    let cells = b.data();
    let n = data.len().min(cells.len().saturating_sub(at));
    if n > 0 {
        // SAFETY: `at + n` lies within the cells; the source may overlap them.
        unsafe { core::ptr::copy(data.as_ptr(), cells.as_ptr().add(at) as *mut u8, n) };
    }
}
/// The bytes `[from, to)` of a buffer, which must not change while the slice is in use.
fn part(b: &Gc<ByteArray>, from: usize, to: usize) -> &[u8] {
    let cells = b.data();
    let to = to.min(cells.len());
    let from = from.min(to);
    // SAFETY: the range lies within the cells; the caller runs no Python code while it uses the slice.
    unsafe { core::slice::from_raw_parts(cells.as_ptr().cast::<u8>().add(from), to - from) }
}
/// Position and origin of `seek`.
fn whence(vm: &Vm, v: Value) -> Res<i32> {
    let n = vm.int_i64(v)?;
    if (0..=4).contains(&n) {
        Ok(n as i32)
    } else {
        Err(vm.value_error(format!("invalid whence ({n}, should be 0, 1 or 2)")))
    }
}
/// A file position.
fn offset(vm: &Vm, v: Value) -> Res<i64> {
    if vm.as_float(v).is_some() && vm.as_int(v).is_none() {
        return Err(vm.type_error("an integer is required"));
    }
    vm.int_i64(v)
}
/// `repr` of a stream's name, or None.
fn name_of(vm: &Vm, v: Value) -> Res<Option<String>> {
    let found = match vm.get_attr_opt(v, vm.intern("name")) {
        Ok(f) => f,
        Err(r) if vm.pending_is(r, vm.exc().value_error) => {
            vm.take_exception(r);
            None
        }
        Err(r) => return Err(r),
    };
    match found {
        Some(n) => Ok(Some(vm.repr(n)?.to_lossy())),
        None => Ok(None),
    }
}
