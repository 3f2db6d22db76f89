//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`: hash functions.
//!
//! All hash objects have one layout: a boxed engine and a row of `ALGORITHMS`, from which their classes and
//! attributes follow. `engine` wraps the crates that compute, `blake` reads BLAKE2's parameters.

mod blake;
mod engine;

use core::cell::Cell;
use core::ptr::NonNull;
use engine::Engine;
use pyrs_core::object::{ClassSpec, NativeDef, NativeLayout, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Res, Value, Vm, native_object};

/// One hash function.
struct Algorithm {
    name: &'static str,
    /// Bytes; 0 for functions of any output length.
    digest_size: usize,
    block_size: usize,
    start: fn() -> Engine,
}

/// What a hash object owns.
struct State {
    algorithm: &'static Algorithm,
    digest_size: usize,
    engine: Engine,
}

#[repr(C)]
struct Hash {
    header: Header,
    /// Owned; null before the object is complete.
    state: Cell<*mut State>,
}
native_object!(Hash, "hash", slots = 0, drop = drop_hash);

const LAYOUT: &NativeLayout = <Hash as pyrs_core::object::Native>::LAYOUT;

fn drop_hash(p: NonNull<Header>) {
    // SAFETY: the heap calls this for dying hash objects only.
    let h = unsafe { p.cast::<Hash>().as_ref() };
    let state = h.state.replace(core::ptr::null_mut());
    if !state.is_null() {
        // SAFETY: made by `Box::into_raw` in `new_hash`, and replaced before being released.
        drop(unsafe { Box::from_raw(state) });
    }
}

/// An object of `class`, which has this module's layout.
fn new_hash(
    vm: &Vm,
    class: Value,
    algorithm: &'static Algorithm,
    digest_size: usize,
    engine: Engine,
) -> Res {
    let class = vm.as_class(class).ok_or_else(|| vm.type_error("a hash type is required"))?;
    let o = vm.new_instance(class)?;
    // SAFETY: the class descends from one with this layout.
    let h: Gc<Hash> = unsafe { o.cast() };
    let state = State { algorithm, digest_size, engine };
    h.state.set(Box::into_raw(Box::new(state)));
    vm.heap.register_drop(o);
    Ok(o.value())
}
/// Calls `f` with the object's state. `f` must not run Python code.
fn with<T>(vm: &Vm, v: Value, f: impl FnOnce(&mut State) -> T) -> Res<T> {
    let h = vm.cast::<Hash>(v).ok_or_else(|| vm.type_error("a hash object is required"))?;
    // SAFETY: null, or a box that only this object owns; nothing else borrows it, as `f` calls no Python code.
    match unsafe { h.state.get().as_mut() } {
        Some(s) => Ok(f(s)),
        None => Err(vm.value_error("hash object is not initialized")),
    }
}
/// The bytes to hash.
fn message(vm: &Vm, v: Value) -> Res<pyrs_core::protocol::Buffer<'_>> {
    if vm.as_str(v).is_some() {
        return Err(vm.type_error("Strings must be encoded before hashing"));
    }
    match vm.try_buffer(v)? {
        Some(b) if b.info.dimensions() > 1 => {
            drop(b);
            Err(vm.buffer_error("Buffer must be single dimension"))
        }
        Some(b) => Ok(b),
        None => Err(vm.type_error("object supporting the buffer API required")),
    }
}
/// The message among the arguments `data` and `string`; UNBOUND if there is none.
fn first_data(vm: &Vm, data: Value, string: Value) -> Res {
    match (data.is_unbound(), string.is_unbound()) {
        (false, false) => Err(vm.type_error(
            "'data' and 'string' are mutually exclusive and support for 'string' keyword parameter is slated for \
             removal in a future version.",
        )),
        (true, false) => Ok(string),
        _ => Ok(data),
    }
}
/// A new object, fed with its first data.
fn make(vm: &Vm, class: Value, algorithm: &'static Algorithm, data: Value, string: Value) -> Res {
    let data = first_data(vm, data, string)?;
    let mut engine = (algorithm.start)();
    if !data.is_unbound() {
        engine.update(message(vm, data)?.data());
    }
    new_hash(vm, class, algorithm, algorithm.digest_size, engine)
}

fn update(vm: &Vm, a: &[Value]) -> Res {
    let data = message(vm, a[1])?;
    with(vm, a[0], |s| s.engine.update(data.data()))?;
    Ok(Value::NONE)
}
fn finished(vm: &Vm, v: Value) -> Res<Vec<u8>> {
    with(vm, v, |s| s.engine.finish(s.digest_size))
}
fn hex(vm: &Vm, bytes: &[u8]) -> Res {
    use core::fmt::Write;
    let mut out = String::with_capacity(2 * bytes.len());
    for b in bytes {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
    }
    vm.str(&out)
}
fn copy(vm: &Vm, a: &[Value]) -> Res {
    let (algorithm, size, engine) =
        with(vm, a[0], |s| (s.algorithm, s.digest_size, s.engine.clone()))?;
    new_hash(vm, vm.class_of(a[0]).value(), algorithm, size, engine)
}
/// The length asked of an extendable output.
fn output_length(vm: &Vm, v: Value) -> Res<usize> {
    let n = vm.index(v)?;
    if vm.int_ref(&n).is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    match vm.int_ref(&n).to_i64() {
        Some(n) if n < 1 << 29 => Ok(n as usize),
        _ => Err(vm.value_error("length is too large")),
    }
}
fn shake_digest(vm: &Vm, a: &[Value]) -> Res {
    let n = output_length(vm, a[1])?;
    vm.bytes(&with(vm, a[0], |s| s.engine.finish(n))?)
}
fn shake_hexdigest(vm: &Vm, a: &[Value]) -> Res {
    let n = output_length(vm, a[1])?;
    hex(vm, &with(vm, a[0], |s| s.engine.finish(n))?)
}

const DIGEST: NativeDef = NativeDef::method(
    "digest",
    "(self, /)",
    |vm, a| vm.bytes(&finished(vm, a[0])?),
    "Return the digest value as a bytes object.",
);
const HEXDIGEST: NativeDef = NativeDef::method(
    "hexdigest",
    "(self, /)",
    |vm, a| hex(vm, &finished(vm, a[0])?),
    "Return the digest value as a string of hexadecimal digits.",
);
const UPDATE: NativeDef = NativeDef::method(
    "update",
    "(self, obj, /)",
    update,
    "Update this hash object's state with the provided string.",
);
const COPY: NativeDef =
    NativeDef::method("copy", "(self, /)", copy, "Return a copy of the hash object.");
static METHODS: &[NativeDef] = &[DIGEST, HEXDIGEST, UPDATE, COPY];
static SHAKE_METHODS: &[NativeDef] = &[
    NativeDef::method(
        "digest",
        "(self, /, length)",
        shake_digest,
        "Return the digest value as a bytes object.",
    ),
    NativeDef::method(
        "hexdigest",
        "(self, /, length)",
        shake_hexdigest,
        "Return the digest value as a string of hexadecimal digits.",
    ),
    UPDATE,
    COPY,
];
static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only(
        "name",
        |vm, v| {
            let n = with(vm, v, |s| s.algorithm.name)?;
            vm.str(n)
        },
        "",
    ),
    GetSetDef::read_only(
        "digest_size",
        |vm, v| {
            let n = with(vm, v, |s| s.digest_size)?;
            vm.int_usize(n)
        },
        "",
    ),
    GetSetDef::read_only(
        "block_size",
        |vm, v| {
            let n = with(vm, v, |s| s.algorithm.block_size)?;
            vm.int_usize(n)
        },
        "",
    ),
];
static SPONGE_GETSET: &[GetSetDef] = &[
    GetSetDef::read_only(
        "_capacity_bits",
        |vm, v| {
            let n = with(vm, v, |s| 1600 - 8 * s.algorithm.block_size)?;
            vm.int_usize(n)
        },
        "",
    ),
    GetSetDef::read_only(
        "_rate_bits",
        |vm, v| {
            let n = with(vm, v, |s| 8 * s.algorithm.block_size)?;
            vm.int_usize(n)
        },
        "",
    ),
    GetSetDef::read_only(
        "_suffix",
        |vm, v| {
            let n = with(vm, v, |s| s.algorithm.digest_size)?;
            vm.bytes(if n == 0 { b"\x1f" } else { b"\x06" })
        },
        "",
    ),
];

/// Declares a class whose instances only a function makes, and that function.
macro_rules! by_function {
    ($spec:ident, $row:ident, $class:literal, $name:literal, $doc:literal,
        $digest:literal, $block:literal, $start:expr) => {
        static $row: Algorithm =
            Algorithm { name: $name, digest_size: $digest, block_size: $block, start: || $start };
        static $spec: (ClassSpec, NativeDef) = (
            ClassSpec {
                name: $class,
                layout: LAYOUT,
                flags: class_flag::NO_NEW,
                doc: "",
                methods: METHODS,
                getset: GETSET,
                fields: &[],
            },
            NativeDef::function(
                $name,
                "(data=<unrepresentable>, *, usedforsecurity=True, string=<unrepresentable>)",
                |vm, a| {
                    let class = vm.hook(concat!("hash_", $name)).unwrap_or(Value::NONE);
                    make(vm, class, &$row, a[0], a[2])
                },
                $doc,
            ),
        );
    };
}
by_function!(
    MD5,
    MD5_ROW,
    "_md5.md5",
    "md5",
    "Return a new MD5 hash object; optionally initialized with a string.",
    16,
    64,
    Engine::Md5(Default::default())
);
by_function!(
    SHA1,
    SHA1_ROW,
    "_sha1.sha1",
    "sha1",
    "Return a new SHA1 hash object; optionally initialized with a string.",
    20,
    64,
    Engine::Sha1(Default::default())
);
by_function!(
    SHA224,
    SHA224_ROW,
    "_sha2.SHA224Type",
    "sha224",
    "Return a new SHA-224 hash object; optionally initialized with a string.",
    28,
    64,
    Engine::Sha224(Default::default())
);
by_function!(
    SHA256,
    SHA256_ROW,
    "_sha2.SHA256Type",
    "sha256",
    "Return a new SHA-256 hash object; optionally initialized with a string.",
    32,
    64,
    Engine::Sha256(Default::default())
);
by_function!(
    SHA384,
    SHA384_ROW,
    "_sha2.SHA384Type",
    "sha384",
    "Return a new SHA-384 hash object; optionally initialized with a string.",
    48,
    128,
    Engine::Sha384(Default::default())
);
by_function!(
    SHA512,
    SHA512_ROW,
    "_sha2.SHA512Type",
    "sha512",
    "Return a new SHA-512 hash object; optionally initialized with a string.",
    64,
    128,
    Engine::Sha512(Default::default())
);

/// A class that Python code calls itself.
macro_rules! sponge {
    ($spec:ident, $row:ident, $class:literal, $name:literal, $digest:literal,
        $block:literal, $methods:expr, $start:expr) => {
        static $row: Algorithm =
            Algorithm { name: $name, digest_size: $digest, block_size: $block, start: || $start };
        static $spec: (ClassSpec, &[NativeDef]) = (
            ClassSpec {
                name: $class,
                layout: LAYOUT,
                flags: 0,
                doc: concat!($name, "(data=b'', *, usedforsecurity=True, string=None)\n--\n\nReturn a new SHA3 hash object."),
                methods: $methods,
                getset: GETSET,
                fields: &[],
            },
            &[NativeDef::static_method(
                "__new__",
                "(cls, data=<unrepresentable>, *, usedforsecurity=True, string=<unrepresentable>)",
                |vm, a| make(vm, a[0], &$row, a[1], a[3]),
                "",
            )],
        );
    };
}
sponge!(
    SHA3_224,
    SHA3_224_ROW,
    "_sha3.sha3_224",
    "sha3_224",
    28,
    144,
    METHODS,
    Engine::Sha3_224(Default::default())
);
sponge!(
    SHA3_256,
    SHA3_256_ROW,
    "_sha3.sha3_256",
    "sha3_256",
    32,
    136,
    METHODS,
    Engine::Sha3_256(Default::default())
);
sponge!(
    SHA3_384,
    SHA3_384_ROW,
    "_sha3.sha3_384",
    "sha3_384",
    48,
    104,
    METHODS,
    Engine::Sha3_384(Default::default())
);
sponge!(
    SHA3_512,
    SHA3_512_ROW,
    "_sha3.sha3_512",
    "sha3_512",
    64,
    72,
    METHODS,
    Engine::Sha3_512(Default::default())
);
sponge!(
    SHAKE_128,
    SHAKE_128_ROW,
    "_sha3.shake_128",
    "shake_128",
    0,
    168,
    SHAKE_METHODS,
    Engine::Shake128(Default::default())
);
sponge!(
    SHAKE_256,
    SHAKE_256_ROW,
    "_sha3.shake_256",
    "shake_256",
    0,
    136,
    SHAKE_METHODS,
    Engine::Shake256(Default::default())
);

/// Builds a module of functions and the classes of what they return.
fn function_module(
    vm: &Vm,
    name: &'static str,
    rows: &[(&'static str, &str, &'static (ClassSpec, NativeDef))],
) -> Res {
    let m = vm.new_native_module(name, "", &[])?;
    for (hook, exported, row) in rows {
        let c = vm.define_class(&row.0, None)?;
        vm.set_hook(hook, c.value());
        vm.module_set(m, exported, c.value())?;
        vm.add_functions(m, core::slice::from_ref(&row.1))?;
    }
    vm.module_set(m, "_GIL_MINSIZE", Value::small_int(2048))?;
    Ok(m.value())
}
pub(crate) fn init_md5(vm: &Vm) -> Res {
    function_module(vm, "_md5", &[("hash_md5", "MD5Type", &MD5)])
}
pub(crate) fn init_sha1(vm: &Vm) -> Res {
    function_module(vm, "_sha1", &[("hash_sha1", "SHA1Type", &SHA1)])
}
pub(crate) fn init_sha2(vm: &Vm) -> Res {
    let rows: [(_, _, &'static _); 4] = [
        ("hash_sha224", "SHA224Type", &SHA224),
        ("hash_sha256", "SHA256Type", &SHA256),
        ("hash_sha384", "SHA384Type", &SHA384),
        ("hash_sha512", "SHA512Type", &SHA512),
    ];
    function_module(vm, "_sha2", &rows)
}
pub(crate) fn init_sha3(vm: &Vm) -> Res {
    let m = vm.new_native_module("_sha3", "", &[])?;
    for row in [&SHA3_224, &SHA3_256, &SHA3_384, &SHA3_512, &SHAKE_128, &SHAKE_256] {
        let c = vm.define_class(&row.0, None)?;
        vm.extend_class(c, row.1, SPONGE_GETSET)?;
        vm.module_set(m, row.0.name.trim_start_matches("_sha3."), c.value())?;
    }
    vm.module_set(m, "implementation", vm.str("sha3")?)?;
    vm.module_set(m, "_GIL_MINSIZE", Value::small_int(2048))?;
    Ok(m.value())
}
pub(crate) use blake::init as init_blake2;
