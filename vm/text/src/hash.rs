//! Hash values of the builtin types, as CPython computes them, except for strings and bytes.
//!
//! Numbers hash by value modulo the Mersenne prime `2**61 - 1` (`2**31 - 1` where a word has 32
//! bits), so that equal ints, floats and complex numbers hash alike. -1 is never a hash: it becomes
//! -2. Strings and bytes use a keyed hash of folded 128-bit products; equal contents hash alike
//! on every machine given the same [`Seed`], whatever the byte order.

use crate::bigint::{BigRef, IntRef};
use crate::points::CodePoints;

/// Bits of the prime modulus: `sys.hash_info.modulus` is `2**MODULUS_BITS - 1`.
pub const MODULUS_BITS: u32 = if cfg!(target_pointer_width = "64") { 61 } else { 31 };

/// `sys.hash_info.inf`
pub const HASH_INF: isize = 314_159;

/// `sys.hash_info.imag`
pub const HASH_IMAG: isize = 1_000_003;

#[inline]
fn not_minus_one(hash: isize) -> isize {
    if hash == -1 { -2 } else { hash }
}

/// `x * 2**shift` modulo `2**bits - 1`, for `x` below the modulus.
#[inline]
fn rotate(x: u64, shift: u32, bits: u32) -> u64 {
    let modulus = (1u64 << bits) - 1;
    if shift == 0 { x } else { (x << shift & modulus) | x >> (bits - shift) }
}

/// `magnitude` modulo `2**bits - 1`.
#[inline]
fn reduce(magnitude: u64, bits: u32) -> u64 {
    let modulus = (1u64 << bits) - 1;
    let mut rest = magnitude;
    while rest > modulus {
        rest = (rest & modulus) + (rest >> bits);
    }
    if rest == modulus { 0 } else { rest }
}

/// `hash(int)` for a number that fits 64 bits.
#[inline]
pub fn hash_i64(value: i64) -> isize {
    let hash = reduce(value.unsigned_abs(), MODULUS_BITS) as isize;
    not_minus_one(if value < 0 { -hash } else { hash })
}

/// `hash(int)` for any number.
pub fn hash_int(value: IntRef<'_>) -> isize {
    match value {
        IntRef::Small(value) => hash_i64(value),
        IntRef::Big(value) => hash_big(value),
    }
}

fn hash_big(value: BigRef<'_>) -> isize {
    let limb_shift = crate::bigint::LIMB_BITS as u32 % MODULUS_BITS;
    let mut hash = 0;
    for &limb in value.limbs.iter().rev() {
        hash = rotate(hash, limb_shift, MODULUS_BITS) + reduce(limb as u64, MODULUS_BITS);
        hash = reduce(hash, MODULUS_BITS);
    }
    let hash = hash as isize;
    not_minus_one(if value.negative { -hash } else { hash })
}

/// The hash of a finite float for a modulus of `bits` bits, before -1 is replaced.
fn hash_finite(x: f64, bits: u32) -> i64 {
    let (mantissa, exponent) = crate::float_repr::decompose(x);
    let hash = reduce(mantissa.unsigned_abs(), bits);
    let hash = rotate(hash, exponent.rem_euclid(bits as i32) as u32, bits) as i64;
    if mantissa < 0 { -hash } else { hash }
}

/// `hash(float)`; `None` for NaN, which hashes by identity.
#[inline]
pub fn hash_float(x: f64) -> Option<isize> {
    if !x.is_finite() {
        if x.is_nan() {
            return None;
        }
        return Some(if x > 0.0 { HASH_INF } else { -HASH_INF });
    }
    Some(not_minus_one(hash_finite(x, MODULUS_BITS) as isize))
}

/// `hash(complex)` from the hashes of its two parts.
pub fn hash_complex(re: isize, im: isize) -> isize {
    not_minus_one(re.wrapping_add(HASH_IMAG.wrapping_mul(im)))
}

/// `hash(tuple)` step by step: [`TupleHasher::add`] each item's hash in order, then
/// [`TupleHasher::finish`]. A variant of xxHash.
#[derive(Clone, Copy, Debug)]
pub struct TupleHasher {
    state: usize,
    count: usize,
}

#[cfg(target_pointer_width = "64")]
const XX: (usize, usize, usize, u32) =
    (11_400_714_785_074_694_791, 14_029_467_366_897_019_727, 2_870_177_450_012_600_261, 31);
#[cfg(not(target_pointer_width = "64"))]
const XX: (usize, usize, usize, u32) = (2_654_435_761, 2_246_822_519, 374_761_393, 13);

impl Default for TupleHasher {
    fn default() -> TupleHasher {
        TupleHasher::new()
    }
}

impl TupleHasher {
    /// The hasher of the empty tuple.
    #[inline]
    pub fn new() -> TupleHasher {
        TupleHasher { state: XX.2, count: 0 }
    }

    /// Takes the hash of the next item.
    #[inline]
    pub fn add(&mut self, hash: isize) {
        let mixed = self.state.wrapping_add((hash as usize).wrapping_mul(XX.1));
        self.state = mixed.rotate_left(XX.3).wrapping_mul(XX.0);
        self.count += 1;
    }

    /// The hash of a slice's parts: as a tuple's, without their number.
    pub fn finish_slice(self) -> isize {
        if self.state as isize == -1 { 1_546_275_796 } else { self.state as isize }
    }

    /// The hash of the tuple of all items so far.
    #[inline]
    pub fn finish(self) -> isize {
        let hash = self.state.wrapping_add(self.count ^ (XX.2 ^ 3_527_539)) as isize;
        if hash == -1 { 1_546_275_796 } else { hash }
    }
}

/// `hash(tuple)` from its items' hashes.
pub fn hash_tuple(items: impl IntoIterator<Item = isize>) -> isize {
    let mut hasher = TupleHasher::new();
    for item in items {
        hasher.add(item);
    }
    hasher.finish()
}

/// `hash(frozenset)` step by step; the order of the items does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct SetHasher {
    state: usize,
    count: usize,
}

impl SetHasher {
    /// The hasher of the empty set.
    pub fn new() -> SetHasher {
        SetHasher::default()
    }

    /// Takes the hash of one more item.
    #[inline]
    pub fn add(&mut self, hash: isize) {
        let hash = hash as usize;
        self.state ^= ((hash ^ 89_869_747) ^ (hash << 16)).wrapping_mul(3_644_798_167);
        self.count += 1;
    }

    /// The hash of the set of all items so far.
    pub fn finish(self) -> isize {
        let mut hash = self.state ^ (self.count + 1).wrapping_mul(1_927_868_237);
        hash ^= (hash >> 11) ^ (hash >> 25);
        hash = hash.wrapping_mul(69_069).wrapping_add(907_133_923);
        if hash as isize == -1 { 590_923_713 } else { hash as isize }
    }
}

/// The key of the string hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed {
    state: u64,
    fold: u64,
}

/// Odd-looking bits that no short input cancels (the fraction of pi).
const PI: [u64; 4] =
    [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344, 0xa409_3822_299f_31d0, 0x082e_fa98_ec4e_6c89];

impl Seed {
    /// The seed for `PYTHONHASHSEED=number`; 0 switches randomisation off.
    pub const fn from_number(number: u32) -> Seed {
        let mix = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Seed { state: PI[0] ^ mix, fold: PI[1] ^ mix.rotate_left(32) | 1 }
    }

    /// The seed from 16 random bytes, for `PYTHONHASHSEED=random`.
    pub const fn from_random(random: [u64; 2]) -> Seed {
        Seed { state: PI[0] ^ random[0], fold: PI[1] ^ random[1] | 1 }
    }
}

/// Both halves of the product of `a` and `b`, added without carry.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

/// Mixes 16 bytes into `state`.
#[inline]
fn mix(state: u64, a: u64, b: u64, seed: Seed) -> u64 {
    fold(a ^ state, b ^ seed.fold)
}

#[inline]
fn finish(state: u64, len: usize, seed: Seed) -> isize {
    let hash = fold(state ^ PI[2] ^ len as u64, seed.fold ^ PI[3]);
    not_minus_one((hash ^ hash >> 32) as isize)
}

/// `hash(bytes)`, and the hash of strings whose code points are all below 256. 0 for no bytes.
pub fn hash_bytes(bytes: &[u8], seed: Seed) -> isize {
    if bytes.is_empty() {
        return 0;
    }
    let word = |at: usize| {
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[at..at + 8]);
        u64::from_le_bytes(eight)
    };
    let half = |at: usize| {
        let mut four = [0; 4];
        four.copy_from_slice(&bytes[at..at + 4]);
        u64::from(u32::from_le_bytes(four))
    };
    let len = bytes.len();
    let mut state = seed.state;
    let mut at = 0;
    while len - at > 16 {
        state = mix(state, word(at), word(at + 8), seed);
        at += 16;
    }
    // The last 1 to 16 bytes, read from both ends; the readings may overlap.
    let rest = len - at;
    let (a, b) = match rest {
        8.. => (word(at), word(len - 8)),
        4..8 => (half(at), half(len - 4)),
        _ => {
            let middle = u64::from(bytes[at + rest / 2]) << 8;
            (u64::from(bytes[at]) | middle, u64::from(bytes[len - 1]))
        }
    };
    finish(mix(state, a, b, seed), len, seed)
}

/// `hash(str)`. The string must be at its smallest width, as strings of the VM are.
pub fn hash_str(text: CodePoints<'_>, seed: Seed) -> isize {
    match text {
        CodePoints::One(units) => hash_bytes(units, seed),
        CodePoints::Two(units) => hash_units(units, 4, seed, |four| {
            four.iter().rev().fold(0, |word, &unit| word << 16 | u64::from(unit))
        }),
        CodePoints::Four(units) => hash_units(units, 2, seed, |two| {
            two.iter().rev().fold(0, |word, &unit| word << 32 | u64::from(unit))
        }),
    }
}

/// Hashes units that are packed by `pack`, at most `per_word` in a 64-bit word.
#[inline]
fn hash_units<U: Copy>(
    units: &[U],
    per_word: usize,
    seed: Seed,
    pack: impl Fn(&[U]) -> u64,
) -> isize {
    let mut state = seed.state;
    for chunk in units.chunks(2 * per_word) {
        let (low, high) = chunk.split_at(chunk.len().min(per_word));
        state = mix(state, pack(low), pack(high), seed);
    }
    finish(state, units.len(), seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bigint::BigInt;
    use proptest::prelude::*;

    #[test]
    fn values_of_cpython() {
        if MODULUS_BITS != 61 {
            return;
        }
        let float = |x: f64| hash_float(x).map(|hash| hash as i64);
        assert_eq!(float(1.5), Some(1_152_921_504_606_846_977));
        assert_eq!(float(-0.1), Some(-230_584_300_921_369_408));
        assert_eq!(float(-1.0), Some(-2));
        assert_eq!(float(5e-324), Some(16_777_216));
        assert_eq!(float(1e308), Some(156_575_653_125_701));
        assert_eq!(float(f64::NEG_INFINITY), Some(-314_159));
        assert_eq!(hash_tuple([]) as i64, 5_740_354_900_026_072_187);
        assert_eq!(hash_tuple([1, 2, 3]) as i64, 529_344_067_295_497_451);
        assert_eq!(hash_complex(1, 2), 2_000_007);
        assert_eq!(SetHasher::new().finish() as i64, 133_146_708_735_736);
        let mut set = SetHasher::new();
        for item in [1, 2, 3] {
            set.add(item);
        }
        assert_eq!(set.finish() as i64, -272_375_401_224_217_160);
    }

    #[test]
    fn the_modulus_of_32_bit_machines() {
        // Values of a 32-bit CPython: 0.5 is 2**30 modulo 2**31 - 1, and so on.
        assert_eq!(hash_finite(0.5, 31), 1 << 30);
        assert_eq!(hash_finite(2f64.powi(31), 31), 1);
        assert_eq!(hash_finite(-(2f64.powi(62)), 31), -1);
    }

    #[test]
    fn string_hash_depends_on_everything() {
        let seed = Seed::from_number(0);
        let mut seen = std::collections::HashSet::new();
        for len in 1..70 {
            for at in 0..len {
                let mut bytes = vec![b'a'; len];
                bytes[at] = b'b';
                assert!(seen.insert(hash_bytes(&bytes, seed)), "{len} {at}");
                let wide: Vec<u16> = bytes.iter().map(|&b| u16::from(b) + 300).collect();
                assert!(seen.insert(hash_str(CodePoints::Two(&wide), seed)));
                let wide: Vec<u32> = bytes.iter().map(|&b| u32::from(b) + 70000).collect();
                assert!(seen.insert(hash_str(CodePoints::Four(&wide), seed)));
            }
        }
        assert_eq!(hash_bytes(b"", seed), 0);
        assert_ne!(hash_bytes(b"x", seed), hash_bytes(b"x", Seed::from_number(1)));
    }

    proptest! {
        #[test]
        fn equal_numbers_hash_alike(value in any::<i64>(), shift in 0usize..900) {
            let big = crate::bigint::shl(BigInt::from_i64(value).as_ref(), shift).unwrap();
            if let Some(x) = crate::bigint::to_float(big.as_ref()) {
                let same = crate::bigint::from_float(x).unwrap();
                prop_assert_eq!(hash_float(x), Some(hash_int(IntRef::Big(same.as_ref()))));
            }
            prop_assert_eq!(hash_i64(value), hash_big(BigInt::from_i64(value).as_ref()));
        }
    }
}
