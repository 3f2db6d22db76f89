//! Random traces for property tests: a fixed schema, a heap to start from, helper functions, and
//! a decoder that turns *any* list of numbers (a genome) into a valid trace. Because the decoder
//! is total, shrinking a genome always gives another valid case.

pub mod genome;

use crate::eval::Helpers;
use crate::eval::memory::{Image, Region};
use crate::schema::{Effect, Field, Layout, Schema, Shape, Sig};
use crate::types::{Endian, Target, Ty, Width, Word};

/// Number of bytes of the context block: machine words of [`layout`], user words, helper table.
pub const CTX_BYTES: usize = 512;
/// Offset of the first user word in the context block.
pub const CTX_USER: i32 = 128;
/// Bytes of the test heap.
pub const HEAP_BYTES: usize = 1 << 16;
/// Flag in the header of old objects: stores must be announced.
pub const OLD: u32 = 1 << 24;

/// Fields of the test schema by number.
pub mod field {
    #![expect(missing_docs, reason = "a list of numbers; the schema says what they are")]
    pub const WORD: u16 = 0;
    pub const REF: u16 = 1;
    pub const FLOAT: u16 = 2;
    pub const U8: u16 = 3;
    pub const I8: u16 = 4;
    pub const I16: u16 = 5;
    pub const U16: u16 = 6;
    pub const I32: u16 = 7;
    pub const U32: u16 = 8;
    pub const FIXED: u16 = 9;
    pub const WORDS: u16 = 10;
    pub const FLOATS: u16 = 11;
    pub const BYTES: u16 = 12;
    pub const REFS: u16 = 13;
    pub const BOXED: u16 = 14;
    pub const USER: u16 = 15;
    pub const SHORTS: u16 = 16;
    pub const INTS: u16 = 17;
}

/// Elements of each test array.
pub const ELEMS: i64 = 8;

/// Offsets in the context block used by tests.
pub fn layout(target: Target) -> Layout {
    let w = target.word.bytes() as i32;
    Layout {
        alloc_cur: 0,
        alloc_lim: w,
        on_exit: 2 * w,
        alloc_slow: 3 * w,
        barrier_slow: 4 * w,
        helpers: 256,
        barrier_byte: if target.endian == Endian::Little { 3 } else { 0 },
        barrier_mask: 1,
    }
}

/// The fixed schema.
pub fn schema() -> Schema {
    let mut s = Schema::default();
    let mut add = |ty, width, offset, immutable, barrier| {
        let class = s.fields.len() as u16;
        s.fields.push(Field { ty, width, offset, class, immutable, barrier });
    };
    add(Ty::W, Width::Word, 8, false, false);
    add(Ty::R, Width::Word, 16, false, true);
    add(Ty::F, Width::F64, 24, false, false);
    add(Ty::W, Width::U8, 32, false, false);
    add(Ty::W, Width::I8, 33, false, false);
    add(Ty::W, Width::I16, 34, false, false);
    add(Ty::W, Width::U16, 36, false, false);
    add(Ty::W, Width::I32, 40, false, false);
    add(Ty::W, Width::U32, 44, false, false);
    add(Ty::W, Width::Word, 48, true, false);
    add(Ty::W, Width::Word, 8, false, false);
    add(Ty::F, Width::F64, 8, false, false);
    add(Ty::W, Width::U8, 8, false, false);
    add(Ty::R, Width::Word, 8, false, true);
    add(Ty::F, Width::F64, 8, false, false);
    add(Ty::W, Width::Word, CTX_USER, false, false);
    add(Ty::W, Width::I16, 8, false, false);
    add(Ty::W, Width::I32, 8, false, false);
    let mut shape = |size, fields: &[u16], array| {
        let header = [s.shapes.len() as u32, 0];
        s.shapes.push(Shape { size, header, fields: fields.to_vec(), array });
    };
    shape(56, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], None);
    shape(16, &[field::BOXED], None);
    for (elem, bytes) in [(field::WORDS, 8), (field::FLOATS, 8), (field::BYTES, 1)] {
        shape(8 + bytes * ELEMS as u32, &[], Some(elem));
    }
    shape(8 + 8 * ELEMS as u32, &[], Some(field::REFS));
    shape(8 + 2 * ELEMS as u32, &[], Some(field::SHORTS));
    shape(8 + 4 * ELEMS as u32, &[], Some(field::INTS));
    let (w, f, r, v) = (Ty::W, Ty::F, Ty::R, Ty::V);
    let mut sig = |helper, args: &[Ty], ret, effect| {
        s.sigs.push(Sig { helper, args: args.to_vec(), ret, effect, writes: Vec::new() });
    };
    sig(0, &[w, w], w, Effect::Pure);
    sig(1, &[f, f], f, Effect::Pure);
    sig(2, &[w, w, w, w, f, f], w, Effect::Pure);
    sig(3, &[w, f], f, Effect::Pure);
    sig(4, &[r, w], w, Effect::Any);
    sig(5, &[r], w, Effect::Reads);
    sig(6, &[], v, Effect::Any);
    sig(7, &[w, w, w, w, w, w, w, w], w, Effect::Pure);
    // The functions of signatures 4 and 5 again, with other effects.
    sig(5, &[r], w, Effect::Collects);
    sig(4, &[r, w], w, Effect::Writes);
    s.sigs[9].writes = vec![s.fields[field::WORD as usize].class];
    s
}

/// Mixes words; the body of most test helpers.
pub fn mix(args: &[u64]) -> u64 {
    let step = |h: u64, x: &u64| (h ^ x).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    args.iter().fold(0x1234_5678, step)
}

/// A finite double from a hash.
pub fn small_float(h: u64) -> f64 {
    (h % 4096) as f64 / 16.0 - 100.0
}

/// The helpers as the evaluator sees them. Machine tests have the same functions natively.
#[derive(Debug)]
pub struct TestHelpers {
    schema: Schema,
}

impl Default for TestHelpers {
    fn default() -> TestHelpers {
        TestHelpers { schema: schema() }
    }
}

/// Words as the hash sees them: the low bits only, so that both word sizes agree with machine
/// code whatever its registers hold above.
pub fn low(word: Word, x: u64) -> u64 {
    word.unsigned(x as i64)
}

impl Helpers for TestHelpers {
    fn call(&mut self, n: u16, args: &[u64], memory: &mut Image) -> u64 {
        let word = memory.target.word;
        let types = &self.schema.sigs[n as usize].args;
        let plain: Vec<u64> = args
            .iter()
            .zip(types)
            .map(|(&x, &t)| if t == Ty::F { x } else { low(word, x) })
            .collect();
        match n {
            1 | 3 => small_float(mix(&plain)).to_bits(),
            4 => {
                let f = self.schema.fields[field::WORD as usize];
                let old = memory.load(&f, args[0], 0).unwrap_or(0);
                let new = mix(&[low(word, old), plain[1]]);
                memory.store(&f, args[0], 0, new);
                new
            }
            5 => {
                let f = self.schema.fields[field::WORD as usize];
                mix(&[low(word, memory.load(&f, args[0], 0).unwrap_or(0))])
            }
            6 => 0,
            _ => mix(&plain),
        }
    }
}

/// The heap before a run: `heap` and `ctx` are the addresses of its two regions. Objects: three
/// of shape 0, one of each array shape. Their fields hold numbers made from `seed`. Every heap
/// starts with the same objects at the same offsets, see [`object`].
pub fn heap(target: Target, schema: &Schema, heap: u64, ctx: u64, seed: u64) -> Image {
    let mut image = Image::new(target, &layout(target));
    image.regions.push(Region { base: heap, bytes: vec![0; HEAP_BYTES] });
    image.regions.push(Region { base: ctx, bytes: vec![0; CTX_BYTES] });
    image.cur = heap;
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state >> 16
    };
    for shape in [0, 0, 0, 2, 3, 4, 5, 6, 7] {
        let at = image.alloc(schema, shape).unwrap_or(0);
        let at = target.word.unsigned(at as i64);
        image.write(at, 4, (shape as u32 | OLD) as u64);
        let fields = &schema.shapes[shape as usize].fields;
        let elem = schema.shapes[shape as usize].array;
        let cells = fields.iter().map(|&f| (f, 0));
        let cells = cells.chain(elem.iter().flat_map(|&f| (0..ELEMS as u64).map(move |k| (f, k))));
        for (f, k) in cells {
            let d = schema.fields[f as usize];
            let n = next();
            let value = match d.ty {
                Ty::F => small_float(n).to_bits(),
                // References point to one of the first three objects, or nowhere.
                Ty::R if n % 4 == 3 => 0,
                Ty::R => heap + (n % 4) * schema.shapes[0].size as u64,
                _ if n % 3 == 0 => genome::WORDS[n as usize / 3 % genome::WORDS.len()] as u64,
                _ => n % 100,
            };
            image.store(&d, at, k, value);
        }
    }
    // Free memory holds rubbish, as after a collection.
    let used = (image.cur - heap) as usize;
    image.regions[0].bytes[used..].fill(0xa5);
    for k in 0..8 {
        let w = target.word.bytes();
        image.write(ctx + CTX_USER as u64 + k * w as u64, w, next() % 1000);
    }
    image
}

/// Address offset of object `k` of [`heap`].
pub fn object(schema: &Schema, k: usize) -> u64 {
    let shapes = [0, 0, 0, 2, 3, 4, 5, 6, 7];
    shapes[..k].iter().map(|&s| schema.shapes[s as usize].size as u64).sum()
}

/// Shape of an object by its header word, and the size; `None` where there is no object. Tests
/// read the objects that machine code made from memory with it.
pub fn parse_objects(schema: &Schema, image: &Image, from: u64, to: u64) -> Vec<(u64, u16)> {
    let mut out = Vec::new();
    let mut at = from;
    while at < to {
        let shape = (image.read(at, 4).unwrap_or(0) & 0xff) as u16;
        let Some(s) = schema.shapes.get(shape as usize) else { break };
        out.push((at, shape));
        at += s.size as u64;
    }
    out
}

/// Number of cases of a property test: `normal`, or what `PYRS_CASES` says for long runs.
pub fn cases(normal: u32) -> u32 {
    std::env::var("PYRS_CASES").ok().and_then(|s| s.parse().ok()).unwrap_or(normal)
}

/// Where a property test keeps the seeds of cases that failed: `seeds!("NAME")` is the file
/// `regressions/NAME.txt` of the package. A failing run appends a line; every later run tries
/// all lines first. The lines are committed together with the repair.
#[macro_export]
macro_rules! seeds {
    ($name:literal) => {
        Some(Box::new(proptest::test_runner::FileFailurePersistence::Direct(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/regressions/",
            $name,
            ".txt"
        ))))
    };
}
