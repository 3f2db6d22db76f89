//! `_blake2`: BLAKE2b and BLAKE2s (RFC 7693) with all parameters of the tree modes.

use super::engine::Engine;
use super::{Algorithm, GETSET, LAYOUT, METHODS, first_data, message, new_hash};
use pyrs_core::object::ClassSpec;
use pyrs_core::{NativeDef, Res, Value, Vm};

static BLAKE2B_ROW: Algorithm = Algorithm {
    name: "blake2b",
    digest_size: 64,
    block_size: 128,
    start: || Engine::Blake2b(Box::new(blake2b_simd::State::new())),
};
static BLAKE2S_ROW: Algorithm = Algorithm {
    name: "blake2s",
    digest_size: 32,
    block_size: 64,
    start: || Engine::Blake2s(Box::new(blake2s_simd::State::new())),
};
const SIGNATURE_B: &str = "(cls, data=<unrepresentable>, *, digest_size=64, key=None, salt=None, person=None, \
    fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, \
    usedforsecurity=True, string=<unrepresentable>)";
const SIGNATURE_S: &str = "(cls, data=<unrepresentable>, *, digest_size=32, key=None, salt=None, person=None, \
    fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, last_node=False, \
    usedforsecurity=True, string=<unrepresentable>)";

static BLAKE2B: ClassSpec = ClassSpec {
    name: "_blake2.blake2b",
    layout: LAYOUT,
    flags: 0,
    doc: "Return a new BLAKE2b hash object.",
    methods: METHODS,
    getset: GETSET,
    fields: &[],
};
static BLAKE2S: ClassSpec = ClassSpec {
    name: "_blake2.blake2s",
    layout: LAYOUT,
    flags: 0,
    doc: "Return a new BLAKE2s hash object.",
    methods: METHODS,
    getset: GETSET,
    fields: &[],
};
static NEW_B: &[NativeDef] = &[NativeDef::static_method("__new__", SIGNATURE_B, new_b, "")];
static NEW_S: &[NativeDef] = &[NativeDef::static_method("__new__", SIGNATURE_S, new_s, "")];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_blake2", "_blake2b provides BLAKE2b for hashlib\n", &[])?;
    let rows: [(&'static ClassSpec, &'static [NativeDef], &str, &Limits); 2] =
        [(&BLAKE2B, NEW_B, "B", &LIMITS_B), (&BLAKE2S, NEW_S, "S", &LIMITS_S)];
    for (spec, new, letter, limits) in rows {
        let c = vm.define_class(spec, None)?;
        vm.extend_class(c, new, &[])?;
        vm.module_set(m, spec.name.trim_start_matches("_blake2."), c.value())?;
        for (name, n) in [
            ("SALT_SIZE", limits.salt),
            ("PERSON_SIZE", limits.salt),
            ("MAX_KEY_SIZE", limits.digest),
            ("MAX_DIGEST_SIZE", limits.digest),
        ] {
            vm.class_set(c, vm.intern(name), Some(vm.int_usize(n)?))?;
            vm.module_set(m, &format!("BLAKE2{letter}_{name}"), vm.int_usize(n)?)?;
        }
    }
    vm.module_set(m, "_GIL_MINSIZE", Value::small_int(2048))?;
    Ok(m.value())
}

/// What differs between the two.
struct Limits {
    /// As error messages spell it.
    name: &'static str,
    digest: usize,
    salt: usize,
    node_offset_bits: u32,
}
const LIMITS_B: Limits = Limits { name: "Blake2b", digest: 64, salt: 16, node_offset_bits: 64 };
const LIMITS_S: Limits = Limits { name: "Blake2s", digest: 32, salt: 8, node_offset_bits: 48 };

/// Checked parameters.
struct Parameters {
    digest_size: usize,
    key: Vec<u8>,
    salt: Vec<u8>,
    person: Vec<u8>,
    fanout: u8,
    depth: u8,
    leaf_size: u32,
    node_offset: u64,
    node_depth: u8,
    inner_size: usize,
    last_node: bool,
}

fn bytes_of(vm: &Vm, v: Value, most: usize, what: &str) -> Res<Vec<u8>> {
    if v.is_none() {
        return Ok(Vec::new());
    }
    let data = vm.buffer(v, false)?.data().to_vec();
    if data.len() > most {
        return Err(vm.value_error(format!("maximum {what} length is {most} bytes")));
    }
    Ok(data)
}
fn small(vm: &Vm, v: Value, low: i64, message: &str) -> Res<u8> {
    let n = vm.int_i64(v)?;
    match u8::try_from(n) {
        Ok(b) if n >= low => Ok(b),
        _ => Err(vm.value_error(message)),
    }
}
/// A number below `2**bits`.
fn unsigned(vm: &Vm, v: Value, bits: u32, name: &str, c_type: &str) -> Res<u64> {
    let n = vm.index(v)?;
    if vm.int_ref(&n).is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    match crate::structs::to_u64(vm.int_ref(&n)) {
        None => Err(vm.overflow_error(format!("Python int too large for C {c_type}"))),
        Some(n) if bits < 64 && n >> bits != 0 => {
            Err(vm.overflow_error(format!("{name} is too large")))
        }
        Some(n) => Ok(n),
    }
}
fn parameters(vm: &Vm, a: &[Value], l: &Limits) -> Res<Parameters> {
    let n = vm.int_i64(a[2])?;
    let Some(digest_size) = usize::try_from(n).ok().filter(|n| (1..=l.digest).contains(n)) else {
        return Err(vm.value_error(format!(
            "digest_size for {} must be between 1 and {} bytes, here it is {n}",
            l.name, l.digest
        )));
    };
    let salt = bytes_of(vm, a[4], l.salt, "salt")?;
    let person = bytes_of(vm, a[5], l.salt, "person")?;
    let fanout = small(vm, a[6], 0, "fanout must be between 0 and 255")?;
    let depth = small(vm, a[7], 1, "depth must be between 1 and 255")?;
    let leaf_size = unsigned(vm, a[8], 32, "leaf_size", "unsigned long")? as u32;
    let node_offset = unsigned(vm, a[9], l.node_offset_bits, "node_offset", "unsigned long long")?;
    let node_depth = small(vm, a[10], 0, "node_depth must be between 0 and 255")?;
    let inner = vm.int_i64(a[11])?;
    let Some(inner_size) = usize::try_from(inner).ok().filter(|&n| n <= l.digest) else {
        return Err(vm.value_error(format!("inner_size must be between 0 and is {}", l.digest)));
    };
    let last_node = vm.truth(a[12])?;
    let key = bytes_of(vm, a[3], l.digest, "key")?;
    Ok(Parameters {
        digest_size,
        key,
        salt,
        person,
        fanout,
        depth,
        leaf_size,
        node_offset,
        node_depth,
        inner_size,
        last_node,
    })
}
/// Both crates have the same builder.
macro_rules! engine {
    ($krate:ident, $p:expr) => {
        Box::new(
            $krate::Params::new()
                .hash_length($p.digest_size)
                .key(&$p.key)
                .salt(&$p.salt)
                .personal(&$p.person)
                .fanout($p.fanout)
                .max_depth($p.depth)
                .max_leaf_length($p.leaf_size)
                .node_offset($p.node_offset)
                .node_depth($p.node_depth)
                .inner_hash_length($p.inner_size)
                .last_node($p.last_node)
                .to_state(),
        )
    };
}
fn finish(vm: &Vm, a: &[Value], row: &'static Algorithm, size: usize, mut e: Engine) -> Res {
    let data = first_data(vm, a[1], a[14])?;
    if !data.is_unbound() {
        e.update(message(vm, data)?.data());
    }
    new_hash(vm, a[0], row, size, e)
}
fn new_b(vm: &Vm, a: &[Value]) -> Res {
    let p = parameters(vm, a, &LIMITS_B)?;
    finish(vm, a, &BLAKE2B_ROW, p.digest_size, Engine::Blake2b(engine!(blake2b_simd, p)))
}
fn new_s(vm: &Vm, a: &[Value]) -> Res {
    let p = parameters(vm, a, &LIMITS_S)?;
    finish(vm, a, &BLAKE2S_ROW, p.digest_size, Engine::Blake2s(engine!(blake2s_simd, p)))
}
