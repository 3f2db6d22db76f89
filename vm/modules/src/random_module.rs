//! `_random`: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded and read as CPython does it, so
//! that seeded programs give the same numbers.

use core::cell::Cell;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, Header, NativeDef, Res, Value, Vm, native_object};
use pyrs_text::bigint::{self, BigInt, ByteOrder};

const N: usize = 624;
const M: usize = 397;

#[repr(C)]
struct Random {
    header: Header,
    index: Cell<u32>,
    state: [Cell<u32>; N],
}
native_object!(Random, "_random.Random", slots = 0);

static SPEC: ClassSpec = ClassSpec {
    name: "_random.Random",
    layout: <Random as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "Random() -> create a random number generator with its own internal state.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
        NativeDef::method("__init__", "(self, n=None, /)", seed, ""),
        NativeDef::method("random", "(self, /)", random, "random() -> x in the interval [0, 1)."),
        NativeDef::method(
            "seed",
            "(self, n=None, /)",
            seed,
            "seed([n]) -> None.\n\nDefaults to use urandom and falls back to a combination\nof the current time and the process identifier.",
        ),
        NativeDef::method(
            "getstate",
            "(self, /)",
            get_state,
            "getstate() -> tuple containing the current state.",
        ),
        NativeDef::method(
            "setstate",
            "(self, state, /)",
            set_state,
            "setstate(state) -> None.  Restores generator state.",
        ),
        NativeDef::method(
            "getrandbits",
            "(self, k, /)",
            get_random_bits,
            "getrandbits(k) -> x.  Generates an int with k random bits.",
        ),
    ],
    getset: &[],
    fields: &[],
};

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_random",
        "Module implements the Mersenne Twister random number generator.",
        &[],
    )?;
    let c = vm.define_class(&SPEC, None)?;
    vm.module_set(m, "Random", c.value())?;
    Ok(m.value())
}
fn this(vm: &Vm, v: Value) -> Res<Gc<Random>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a _random.Random is required"))
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.as_class(a[0]).ok_or_else(|| vm.type_error("a type is required"))?;
    Ok(vm.new_instance(class)?.value())
}

impl Random {
    fn get(&self, i: usize) -> u32 {
        self.state[i].get()
    }
    /// Refills the state: the recurrence of the twister.
    fn refill(&self) {
        for i in 0..N {
            let y = (self.get(i) & 0x8000_0000) | (self.get((i + 1) % N) & 0x7fff_ffff);
            let twist = if y & 1 != 0 { 0x9908_b0df } else { 0 };
            self.state[i].set(self.get((i + M) % N) ^ (y >> 1) ^ twist);
        }
        self.index.set(0);
    }
    fn next(&self) -> u32 {
        if self.index.get() as usize >= N {
            self.refill();
        }
        let i = self.index.get() as usize;
        self.index.set(i as u32 + 1);
        let mut y = self.get(i);
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }
    fn start(&self, seed: u32) {
        let mut x = seed;
        self.state[0].set(x);
        for i in 1..N {
            x = 1_812_433_253u32.wrapping_mul(x ^ (x >> 30)).wrapping_add(i as u32);
            self.state[i].set(x);
        }
        self.index.set(N as u32);
    }
    /// Seeds with an array of words (which is not empty).
    fn start_with(&self, key: &[u32]) {
        self.start(19_650_218);
        let (mut i, mut j) = (1, 0);
        let mix = |i: usize, factor: u32| {
            let before = self.get(i - 1);
            self.get(i) ^ (before ^ (before >> 30)).wrapping_mul(factor)
        };
        let wrap = |i: usize| {
            if i < N {
                return i;
            }
            self.state[0].set(self.get(N - 1));
            1
        };
        for _ in 0..N.max(key.len()) {
            self.state[i].set(mix(i, 1_664_525).wrapping_add(key[j]).wrapping_add(j as u32));
            i = wrap(i + 1);
            j = (j + 1) % key.len();
        }
        for _ in 0..N - 1 {
            self.state[i].set(mix(i, 1_566_083_941).wrapping_sub(i as u32));
            i = wrap(i + 1);
        }
        self.state[0].set(0x8000_0000);
    }
}

fn random(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a[0])?;
    let (high, low) = (r.next() >> 5, r.next() >> 6);
    vm.float((high as f64 * 67_108_864.0 + low as f64) * (1.0 / 9_007_199_254_740_992.0))
}
/// The little-endian words of a magnitude.
fn words_of(bytes: &[u8]) -> Vec<u32> {
    let mut words: Vec<u32> =
        bytes.chunks(4).map(|c| c.iter().rev().fold(0, |w, &b| w << 8 | b as u32)).collect();
    while words.len() > 1 && words.last() == Some(&0) {
        words.pop();
    }
    if words.is_empty() { vec![0] } else { words }
}
fn seed(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a[0])?;
    if a[1].is_none() {
        let mut key = [0u32; N];
        for word in &mut key {
            use std::hash::{BuildHasher, RandomState};
            // Every RandomState draws on keys the operating system gave.
            *word = RandomState::new().hash_one(*word) as u32;
        }
        fill_from_system(&mut key);
        r.start_with(&key);
        return Ok(Value::NONE);
    }
    let magnitude = match vm.as_int(a[1]) {
        Some(_) => {
            let n = vm.absolute(a[1])?;
            vm.as_int(n).ok_or_else(|| vm.type_error("bad argument type for built-in operation"))?
        }
        None => {
            let hash = vm.hash(a[1])?;
            vm.int_from_u64(hash as usize as u64)?
        }
    };
    let words = vm.int_ref(&magnitude).with_big(|n| {
        let size = bigint::bit_length(n.limbs).div_ceil(8);
        bigint::to_bytes(n.abs(), size, ByteOrder::Little, false).map(|b| words_of(&b))
    });
    match words {
        Ok(words) => r.start_with(&words),
        Err(e) => return Err(pyrs_builtins::text_error(vm, e)),
    }
    Ok(Value::NONE)
}
/// Overwrites the words with random bytes of the operating system, if it has any to give.
fn fill_from_system(key: &mut [u32; N]) {
    let size = core::mem::size_of_val(key);
    // SAFETY: the buffer is as large as said; any bytes are valid words.
    unsafe { libc::getrandom(key.as_mut_ptr().cast(), size, libc::GRND_NONBLOCK) };
}
fn get_state(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a[0])?;
    let t = vm.new_tuple_blank(N + 1)?;
    for i in 0..N {
        t.slot(i).set(&vm.heap, t, vm.int(r.get(i) as i64)?);
    }
    t.slot(N).set(&vm.heap, t, vm.int(r.index.get() as i64)?);
    Ok(t.value())
}
fn set_state(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a[0])?;
    let Some(t) = vm.as_tuple(a[1]) else {
        return Err(vm.type_error("state vector must be a tuple"));
    };
    if t.len() != N + 1 {
        return Err(vm.value_error("state vector is the wrong size"));
    }
    let mut words = [0u32; N];
    for (word, &v) in words.iter_mut().zip(t.items()) {
        let n = vm.index(v)?;
        *word = match vm.int_ref(&n).to_i64() {
            Some(n) if n >= 0 => n as u32,
            _ if vm.int_ref(&n).is_negative() => {
                return Err(vm.overflow_error("can't convert negative value to unsigned int"));
            }
            _ => {
                return Err(vm.overflow_error("Python int too large to convert to C unsigned long"));
            }
        };
    }
    let index = vm.int_i64(t.get(N))?;
    if !(0..=N as i64).contains(&index) {
        return Err(vm.value_error("invalid state"));
    }
    for (to, word) in r.state.iter().zip(words) {
        to.set(word);
    }
    r.index.set(index as u32);
    Ok(Value::NONE)
}
fn get_random_bits(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a[0])?;
    let k = vm.index(a[1])?;
    if vm.int_ref(&k).is_negative() {
        return Err(vm.value_error("Cannot convert negative int"));
    }
    let Some(k) = vm.int_ref(&k).to_i64() else {
        return Err(vm.overflow_error("Python int too large for C uint64_t"));
    };
    match k {
        0 => return Ok(Value::small_int(0)),
        1..=32 => return vm.int((r.next() >> (32 - k)) as i64),
        _ => {}
    }
    let count = (k as u64 - 1) / 32 + 1;
    let mut bytes = Vec::new();
    let Some(size) = usize::try_from(count).ok().and_then(|c| c.checked_mul(4)) else {
        return Err(vm.memory_error());
    };
    if bytes.try_reserve_exact(size).is_err() {
        return Err(vm.memory_error());
    }
    let mut left = k as u64;
    for _ in 0..count {
        let word = r.next();
        let word = if left < 32 { word >> (32 - left) } else { word };
        bytes.extend_from_slice(&word.to_le_bytes());
        left = left.saturating_sub(32);
    }
    let n: BigInt = bigint::from_bytes(&bytes, ByteOrder::Little, false);
    vm.int_from_big(&n)
}
