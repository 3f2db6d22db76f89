//! `_struct`: Python values as packed binary data.
//!
//! `format` compiles format strings, `value` converts single values; here stand `Struct`, the module's functions
//! (which keep the last hundred formats compiled) and the iterator of `iter_unpack`.

mod format;
mod value;

use core::cell::Cell;
use core::ptr::NonNull;
use format::Format;
use pyrs_core::object::{ClassSpec, Str, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Slot, Value, Vm, native_object};
use std::rc::Rc;
use value::error;

pub(crate) use value::to_u64;

/// A compiled format.
#[repr(C)]
struct Struct {
    header: Header,
    /// str, or UNBOUND before `__init__`
    format: Slot,
    /// Owned; null before `__init__`.
    compiled: Cell<*mut Rc<Format>>,
}
native_object!(Struct, "Struct", slots = 1, drop = drop_struct);

fn drop_struct(p: NonNull<Header>) {
    // SAFETY: the heap calls this for dying Structs only.
    let s = unsafe { p.cast::<Struct>().as_ref() };
    release(s.compiled.replace(core::ptr::null_mut()));
}
fn release(p: *mut Rc<Format>) {
    if !p.is_null() {
        // SAFETY: made by `Box::into_raw` in `initialise`, and replaced before being released.
        drop(unsafe { Box::from_raw(p) });
    }
}

/// The iterator of `iter_unpack`.
#[repr(C)]
struct Unpacker {
    header: Header,
    format: Slot,
    buffer: Slot,
    at: Cell<usize>,
}
native_object!(Unpacker, "unpack_iterator", slots = 2);

const PACK_DOC: &str = "pack(format, v1, v2, ...) -> bytes\n\nReturn a bytes object containing the values v1, v2, ... packed according\nto the format string.  See help(struct) for more on format strings.";

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("_clearcache", "()", clear_cache, "Clear the internal cache."),
    NativeDef::function(
        "calcsize",
        "(format, /)",
        |vm, a| vm.int_usize(compiled(vm, cached(vm, a[0])?)?.size),
        "Return size in bytes of the struct described by the format string.",
    ),
    NativeDef::function(
        "iter_unpack",
        "(format, buffer, /)",
        |vm, a| iter_unpack(vm, &[cached(vm, a[0])?.value(), a[1]]),
        "Return an iterator yielding tuples unpacked from the given bytes.\n\nThe bytes are unpacked according to the format string, like\na repeated invocation of unpack_from().\n\nRequires that the bytes length be a multiple of the format struct size.",
    ),
    NativeDef::function("pack", "(*args)", module_pack, PACK_DOC),
    NativeDef::function(
        "pack_into",
        "(*args)",
        module_pack_into,
        "pack_into(format, buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string and write\nthe packed bytes into the writable buffer buf starting at offset.  Note\nthat the offset is a required argument.  See help(struct) for more\non format strings.",
    ),
    NativeDef::function(
        "unpack",
        "(format, buffer, /)",
        |vm, a| unpack(vm, &[cached(vm, a[0])?.value(), a[1]]),
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size in bytes must be calcsize(format).\n\nSee help(struct) for more on format strings.",
    ),
    NativeDef::function(
        "unpack_from",
        "(format, /, buffer, offset=0)",
        |vm, a| unpack_from(vm, &[cached(vm, a[0])?.value(), a[1], a[2]]),
        "Return a tuple containing values unpacked according to the format string.\n\nThe buffer's size, minus offset, must be at least calcsize(format).\n\nSee help(struct) for more on format strings.",
    ),
];

static SPEC: ClassSpec = ClassSpec {
    name: "_struct.Struct",
    layout: <Struct as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_WEAKREF,
    doc: "Struct(fmt) --> compiled struct object\n\n",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
        NativeDef::method("__init__", "(self, format)", initialise, ""),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
        NativeDef::method(
            "__sizeof__",
            "(self, /)",
            sizeof,
            "S.__sizeof__() -> size of S in memory, in bytes",
        ),
        NativeDef::method(
            "iter_unpack",
            "(self, buffer, /)",
            iter_unpack,
            "Return an iterator yielding tuples.\n\nTuples are unpacked from the given bytes source, like a repeated\ninvocation of unpack_from().\n\nRequires that the bytes length be a multiple of the struct size.",
        ),
        NativeDef::method(
            "pack",
            "(self, /, *args)",
            |vm, a| pack(vm, this(vm, a[0])?, vm.to_tuple(a[1])?.items()),
            "S.pack(v1, v2, ...) -> bytes\n\nReturn a bytes object containing values v1, v2, ... packed according\nto the format string S.format.  See help(struct) for more on format\nstrings.",
        ),
        NativeDef::method(
            "pack_into",
            "(self, /, *args)",
            |vm, a| pack_into(vm, this(vm, a[0])?, vm.to_tuple(a[1])?.items()),
            "S.pack_into(buffer, offset, v1, v2, ...)\n\nPack the values v1, v2, ... according to the format string S.format\nand write the packed bytes into the writable buffer buf starting at\noffset.  Note that the offset is a required argument.  See\nhelp(struct) for more on format strings.",
        ),
        NativeDef::method(
            "unpack",
            "(self, buffer, /)",
            unpack,
            "Return a tuple containing unpacked values.\n\nUnpack according to the format string Struct.format. The buffer's size\nin bytes must be Struct.size.\n\nSee help(struct) for more on format strings.",
        ),
        NativeDef::method(
            "unpack_from",
            "(self, /, buffer, offset=0)",
            unpack_from,
            "Return a tuple containing unpacked values.\n\nValues are unpacked according to the format string Struct.format.\n\nThe buffer's size in bytes, starting at position offset, must be\nat least Struct.size.\n\nSee help(struct) for more on format strings.",
        ),
    ],
    getset: &[
        GetSetDef::read_only(
            "format",
            |vm, v| Ok(checked(vm, this(vm, v)?)?.format.get()),
            "struct format string",
        ),
        GetSetDef::read_only("size", size, "struct size in bytes"),
    ],
    fields: &[],
};
static UNPACKER: ClassSpec = ClassSpec {
    name: "_struct.unpack_iterator",
    layout: <Unpacker as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method("__iter__", "(self, /)", |_, a| Ok(a[0]), "Implement iter(self)."),
        NativeDef::method("__next__", "(self, /)", unpacker_next, "Implement next(self)."),
        NativeDef::method("__length_hint__", "(self, /)", unpacker_left, ""),
    ],
    getset: &[],
    fields: &[],
};

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "Functions to convert between Python values and C structs.\nPython bytes objects are used to hold the data representing the C struct.";
    let m = vm.new_native_module("_struct", doc, FUNCTIONS)?;
    let c = vm.define_class(&SPEC, None)?;
    vm.module_set(m, "Struct", c.value())?;
    vm.define_class(&UNPACKER, None)?;
    let e = crate::support::hooked_exception(
        vm,
        "struct_error",
        "struct",
        "error",
        vm.exc().exception,
    )?;
    vm.module_set(m, "error", e)?;
    Ok(m.value())
}

fn this(vm: &Vm, v: Value) -> Res<Gc<Struct>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a Struct is required"))
}
fn checked(vm: &Vm, s: Gc<Struct>) -> Res<Gc<Struct>> {
    compiled(vm, s).map(|_| s)
}
/// A share of the compiled format: Python code run while packing may call `__init__` again.
fn compiled(vm: &Vm, s: Gc<Struct>) -> Res<Rc<Format>> {
    // SAFETY: null or a live box of the struct's own.
    match unsafe { s.compiled.get().as_ref() } {
        Some(f) => Ok(f.clone()),
        None => Err(vm.runtime_error("Struct object is not initialized")),
    }
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.as_class(a[0]).ok_or_else(|| vm.type_error("a type is required"))?;
    let o = vm.new_instance(class)?;
    vm.heap.register_drop(o);
    Ok(o.value())
}
fn initialise(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let text = format_text(vm, a[1])?;
    let Some(ascii) = text.points().as_ascii() else {
        vm.call_method(text.value(), "encode", &[vm.str("ascii")?])?;
        return Err(error(vm, "bad char in struct format"));
    };
    let f = format::compile(ascii).map_err(|m| error(vm, m))?;
    release(s.compiled.replace(Box::into_raw(Box::new(Rc::new(f)))));
    s.format.set(&vm.heap, s, text.value());
    Ok(Value::NONE)
}
fn format_text(vm: &Vm, v: Value) -> Res<Gc<Str>> {
    if let Some(s) = vm.as_str(v) {
        return Ok(s);
    }
    match vm.as_bytes(v) {
        Some(b) => vm.new_str(&b.data().iter().map(|&b| b as char).collect::<String>()),
        None => Err(vm.type_error(format!(
            "Struct() argument 1 must be a str or bytes object, not {}",
            vm.type_name(v)
        ))),
    }
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let s = checked(vm, this(vm, a[0])?)?;
    let shown = vm.repr(s.format.get())?;
    vm.str(&format!("{}({})", vm.class_name(vm.class_of(a[0])), shown.to_lossy()))
}
/// As CPython's objects: six words, and four for every item and the end of the list.
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let f = compiled(vm, this(vm, a[0])?)?;
    vm.int_usize(size_of::<usize>() * (7 + 4 * (f.items.len() + 1)))
}
fn size(vm: &Vm, v: Value) -> Res {
    // SAFETY: null or a live box of the struct's own.
    match unsafe { this(vm, v)?.compiled.get().as_ref() } {
        Some(f) => vm.int_usize(f.size),
        None => Ok(Value::small_int(-1)),
    }
}

/// The Struct of a format, from the cache if it was used lately.
fn cached(vm: &Vm, format: Value) -> Res<Gc<Struct>> {
    const MOST: usize = 100;
    let cache = match vm.hook("struct_cache").and_then(|d| vm.as_dict(d)) {
        Some(d) => d,
        None => {
            let d = vm.new_dict()?;
            vm.set_hook("struct_cache", d.value());
            d
        }
    };
    if vm.as_str(format).is_none() && vm.as_bytes(format).is_none() {
        format_text(vm, format)?;
    }
    if let Some(s) = vm.dict_get(cache, format)? {
        return this(vm, s);
    }
    let class = vm.native_class::<Struct>();
    let s = vm.call(class.value(), &[format])?;
    if cache.len() >= MOST {
        vm.dict_clear(cache);
    }
    vm.dict_set(cache, format, s)?;
    this(vm, s)
}
fn clear_cache(vm: &Vm, _: &[Value]) -> Res {
    if let Some(d) = vm.hook("struct_cache").and_then(|d| vm.as_dict(d)) {
        vm.dict_clear(d);
    }
    Ok(Value::NONE)
}

fn module_pack(vm: &Vm, a: &[Value]) -> Res {
    let all = vm.to_tuple(a[0])?;
    match all.items() {
        [format, values @ ..] => pack(vm, cached(vm, *format)?, values),
        [] => Err(vm.type_error("missing format argument")),
    }
}
fn module_pack_into(vm: &Vm, a: &[Value]) -> Res {
    let all = vm.to_tuple(a[0])?;
    match all.items() {
        [format, values @ ..] => pack_into(vm, cached(vm, *format)?, values),
        [] => Err(vm.type_error("missing format argument")),
    }
}
fn check_count(vm: &Vm, f: &Format, given: usize, function: &str) -> Res<()> {
    if given == f.values {
        return Ok(());
    }
    let m = format!("{function} expected {} items for packing (got {given})", f.values);
    Err(error(vm, &m))
}
fn pack(vm: &Vm, s: Gc<Struct>, values: &[Value]) -> Res {
    let f = compiled(vm, s)?;
    check_count(vm, &f, values.len(), "pack")?;
    let data = value::pack(vm, &f, values)?;
    vm.bytes(&data)
}
fn pack_into(vm: &Vm, s: Gc<Struct>, a: &[Value]) -> Res {
    let f = compiled(vm, s)?;
    let (buffer, offset, values) = match a {
        [] => return Err(error(vm, "pack_into expected buffer argument")),
        [_] => return Err(error(vm, "pack_into expected offset argument")),
        [b, o, values @ ..] => (*b, *o, values),
    };
    check_count(vm, &f, values.len(), "pack_into")?;
    let b = match vm.try_buffer_strided(buffer)? {
        Some(b) if !b.info.readonly && b.info.is_c_contiguous() => b,
        _ => {
            return Err(vm.type_error(format!(
                "argument must be read-write bytes-like object, not {}",
                vm.type_name(buffer)
            )));
        }
    };
    let offset = vm.index_isize(offset, None)?;
    if offset < 0 && offset.unsigned_abs() <= b.len() && offset.unsigned_abs() < f.size {
        let m = format!("no space to pack {} bytes at offset {offset}", f.size);
        return Err(error(vm, &m));
    }
    let at = place(vm, &f, b.len(), offset, "pack_into", "packing")?;
    let data = value::pack(vm, &f, values)?;
    b.write(at, &data);
    Ok(Value::NONE)
}
/// Where `offset` is in a buffer of `len` bytes that must hold the struct there.
fn place(vm: &Vm, f: &Format, len: usize, offset: isize, function: &str, verb: &str) -> Res<usize> {
    let at = if offset < 0 {
        let Some(at) = len.checked_sub(offset.unsigned_abs()) else {
            return Err(error(vm, &format!("offset {offset} out of range for {len}-byte buffer")));
        };
        at
    } else {
        offset as usize
    };
    if len.checked_sub(at).is_some_and(|room| room >= f.size) {
        return Ok(at);
    }
    let size = f.size;
    let m = format!(
        "{function} requires a buffer of at least {} bytes for {verb} {size} bytes at offset {at} (actual buffer \
         size is {len})",
        at.saturating_add(size)
    );
    Err(error(vm, &m))
}
fn unpack(vm: &Vm, a: &[Value]) -> Res {
    let f = compiled(vm, this(vm, a[0])?)?;
    let b = vm.buffer(a[1], false)?;
    if b.len() != f.size {
        return Err(error(vm, &format!("unpack requires a buffer of {} bytes", f.size)));
    }
    Ok(value::unpack(vm, &f, b.data())?.value())
}
fn unpack_from(vm: &Vm, a: &[Value]) -> Res {
    let f = compiled(vm, this(vm, a[0])?)?;
    let b = vm.buffer(a[1], false)?;
    let offset = vm.index_isize(a[2], None)?;
    if offset < 0 && offset.unsigned_abs() <= b.len() && offset.unsigned_abs() < f.size {
        let m = format!("not enough data to unpack {} bytes at offset {offset}", f.size);
        return Err(error(vm, &m));
    }
    let at = place(vm, &f, b.len(), offset, "unpack_from", "unpacking")?;
    Ok(value::unpack(vm, &f, &b.data()[at..at + f.size])?.value())
}
fn iter_unpack(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a[0])?;
    let f = compiled(vm, s)?;
    if f.size == 0 {
        return Err(error(vm, "cannot iteratively unpack with a struct of length 0"));
    }
    let b = vm.buffer(a[1], false)?;
    if !b.len().is_multiple_of(f.size) {
        let m = format!("iterative unpacking requires a buffer of a multiple of {} bytes", f.size);
        return Err(error(vm, &m));
    }
    let u = vm.alloc(Unpacker {
        header: Header::new(vm.native_class::<Unpacker>().root_shape.get(), 0),
        format: Slot::new(s.value()),
        buffer: Slot::new(a[1]),
        at: Cell::new(0),
    })?;
    Ok(u.value())
}
fn unpacker(vm: &Vm, v: Value) -> Res<Gc<Unpacker>> {
    vm.cast(v).ok_or_else(|| vm.type_error("an unpack_iterator is required"))
}
fn unpacker_next(vm: &Vm, a: &[Value]) -> Res {
    let u = unpacker(vm, a[0])?;
    if u.buffer.get().is_none() {
        return Ok(Value::UNBOUND);
    }
    let f = compiled(vm, this(vm, u.format.get())?)?;
    let b = vm.buffer(u.buffer.get(), false)?;
    let (from, to) = (u.at.get(), u.at.get() + f.size);
    if to > b.len() {
        u.buffer.set(&vm.heap, u, Value::NONE);
        return Ok(Value::UNBOUND);
    }
    u.at.set(to);
    Ok(value::unpack(vm, &f, &b.data()[from..to])?.value())
}
fn unpacker_left(vm: &Vm, a: &[Value]) -> Res {
    let u = unpacker(vm, a[0])?;
    if u.buffer.get().is_none() {
        return Ok(Value::small_int(0));
    }
    let f = compiled(vm, this(vm, u.format.get())?)?;
    let b = vm.buffer(u.buffer.get(), false)?;
    vm.int_usize(b.len().saturating_sub(u.at.get()) / f.size.max(1))
}
