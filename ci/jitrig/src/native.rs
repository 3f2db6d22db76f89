//! The functions that machine code calls in tests: the exit function, the slow halves of
//! allocation and write barrier, and the test helpers. They do what [`TestHelpers`] does for the
//! evaluator, on real memory.
//!
//! [`TestHelpers`]: pyrs_ir::testkit::TestHelpers

use pyrs_ir::schema::Schema;
use pyrs_ir::testkit::{mix, small_float};

/// What the functions leave behind; the context block points to it.
#[derive(Debug, Default)]
pub struct Record {
    /// Number of the exit taken.
    pub exit: usize,
    /// Bytes of the frame at the exit.
    pub frame: Vec<u8>,
    /// Number of bytes to copy.
    pub frame_bytes: usize,
    /// Objects reported by write barriers.
    pub logged: Vec<u64>,
    /// Sizes of the shapes.
    pub sizes: Vec<u32>,
    /// How often an allocation took the slow path.
    pub slow_allocations: usize,
}

impl Record {
    /// A record for a schema.
    pub fn new(schema: &Schema, frame_bytes: usize) -> Record {
        let sizes = schema.shapes.iter().map(|s| s.size).collect();
        Record { sizes, frame_bytes, ..Record::default() }
    }
}

/// Word of the context block that points to the record.
pub const RECORD_WORD: usize = 6;

/// Bytes by which the allocation area grows when it is full: little, so that the slow path runs
/// often.
const CHUNK: usize = 64;

/// # Safety
/// `ctx` must be a context block whose record pointer is valid and not borrowed elsewhere.
unsafe fn record<'a>(ctx: *mut usize) -> &'a mut Record {
    // SAFETY: promised by the caller.
    unsafe { &mut *(*ctx.add(RECORD_WORD) as *mut Record) }
}

/// The exit function.
///
/// # Safety
/// Called by machine code only: `ctx` is the context block, `frame` the frame.
pub unsafe extern "C" fn on_exit(ctx: *mut usize, frame: *const u8, exit: usize) -> usize {
    // SAFETY: machine code passes its context; the frame is `frame_bytes` long at least.
    unsafe {
        let r = record(ctx);
        r.exit = exit;
        r.frame.clear();
        r.frame.extend_from_slice(std::slice::from_raw_parts(frame, r.frame_bytes));
    }
    exit + 1
}

/// Allocation when the area is full: enlarges it.
///
/// # Safety
/// Called by machine code only.
pub unsafe extern "C" fn alloc_slow(ctx: *mut usize, shape: usize) -> usize {
    // SAFETY: words 0 and 1 of the context are the ends of the area, see the layout.
    unsafe {
        let r = record(ctx);
        r.slow_allocations += 1;
        let at = *ctx;
        *ctx = at + r.sizes[shape] as usize;
        *ctx.add(1) = *ctx + CHUNK;
        at
    }
}

/// The reporting half of the write barrier.
///
/// # Safety
/// Called by machine code only; `object` is an object of the test heap.
pub unsafe extern "C" fn barrier_slow(ctx: *mut usize, object: *mut u8) {
    // SAFETY: the flag lies in the fourth byte of the header word, or the first in big-endian.
    unsafe {
        let flag = object.add(if cfg!(target_endian = "little") { 3 } else { 0 });
        *flag &= !1;
        record(ctx).logged.push(object as usize as u64);
    }
}

fn hash(args: &[usize], floats: &[f64]) -> u64 {
    let words = args.iter().map(|&x| x as u64).chain(floats.iter().map(|x| x.to_bits()));
    mix(&words.collect::<Vec<u64>>())
}

extern "C" fn h0(a: usize, b: usize) -> usize {
    hash(&[a, b], &[]) as usize
}

extern "C" fn h1(a: f64, b: f64) -> f64 {
    small_float(hash(&[], &[a, b]))
}

extern "C" fn h2(a: usize, b: usize, c: usize, d: usize, x: f64, y: f64) -> usize {
    hash(&[a, b, c, d], &[x, y]) as usize
}

extern "C" fn h3(a: usize, x: f64) -> f64 {
    small_float(hash(&[a], &[x]))
}

/// Reads and writes the word field of an object.
unsafe extern "C" fn h4(object: *mut u8, a: usize) -> usize {
    // SAFETY: test traces pass objects of shape 0 only, whose word field is at offset 8.
    unsafe {
        let cell = object.add(8).cast::<usize>();
        let new = hash(&[*cell, a], &[]) as usize;
        *cell = new;
        new
    }
}

unsafe extern "C" fn h5(object: *mut u8) -> usize {
    // SAFETY: as in `h4`.
    unsafe { hash(&[*object.add(8).cast::<usize>()], &[]) as usize }
}

extern "C" fn h6() {}

extern "C" fn h7(
    a: usize,
    b: usize,
    c: usize,
    d: usize,
    e: usize,
    f: usize,
    g: usize,
    h: usize,
) -> usize {
    hash(&[a, b, c, d, e, f, g, h], &[]) as usize
}

/// Addresses of the helpers by number, and whether the result is a double.
pub fn helpers() -> [(u64, bool); 8] {
    [
        (h0 as *const () as usize as u64, false),
        (h1 as *const () as usize as u64, true),
        (h2 as *const () as usize as u64, false),
        (h3 as *const () as usize as u64, true),
        (h4 as *const () as usize as u64, false),
        (h5 as *const () as usize as u64, false),
        (h6 as *const () as usize as u64, false),
        (h7 as *const () as usize as u64, false),
    ]
}
