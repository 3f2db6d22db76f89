//! Throughput, fragmentation and pauses of the heap: `cargo run --profile fast --example heap_bench [PART]`.
//!
//! PART is `short`, `mix`, `fragments`, `pauses`, or nothing for all. Times are CPU times of the thread. The
//! `PYRS_GC_*` variables apply, so any mode can be measured.

use pyrs_heap::{
    Gc, Header, Heap, HeapConfig, Layout, LogFormat, RootSource, Roots, ShapeId, Slot, Value,
};
use std::cell::Cell;

const WORD: usize = size_of::<usize>();

struct Bench {
    heap: Box<Heap>,
    array: ShapeId,
    bytes: ShapeId,
}

fn bytes_size(h: &Header) -> usize {
    8 + h.len() as usize
}

fn cpu_seconds() -> f64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `t` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut t) };
    t.tv_sec as f64 + t.tv_nsec as f64 / 1e9
}

/// Peak and current resident memory in megabytes.
fn resident() -> (f64, f64) {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find(|l| l.starts_with(name)).unwrap_or("");
        line.split_whitespace().nth(1).and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
    };
    (field("VmHWM"), field("VmRSS"))
}

fn slot<'a>(v: Value, i: usize) -> &'a Slot {
    // SAFETY: word `i` of a live array.
    unsafe { &*((v.bits() + 8 + i * WORD) as *const Slot) }
}

fn gc(v: Value) -> Gc<Header> {
    // SAFETY: the benchmarks pass references to live objects.
    unsafe { Gc::from_value(v) }
}

struct Ring([Cell<Value>; 64]);
impl RootSource for Ring {
    fn roots(&self, roots: &mut Roots<'_>) {
        for c in &self.0 {
            roots.visitor().cell(c);
        }
    }
    fn has_conservative(&self) -> bool {
        false
    }
}

struct Random(u64);
impl Random {
    #[inline(always)]
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize
    }
}

impl Bench {
    fn new(log: bool) -> Bench {
        let mut config = HeapConfig::from_env();
        if log {
            config.log = LogFormat::Text;
        }
        let heap = Heap::new(config);
        let shape = |l| heap.new_shape(heap.register_layout(l)).expect("few shapes");
        Bench {
            array: shape(Layout::Slots { size: 8, slots: 0 }),
            bytes: shape(Layout::Bytes { size: bytes_size }),
            heap,
        }
    }
    #[inline(always)]
    fn array(&self, len: usize) -> Value {
        let h = Header::new(self.array, len as u32);
        Value::from_object(self.heap.alloc_raw(8 + len * WORD, h).expect("memory"))
    }
    #[inline(always)]
    fn bytes(&self, len: usize) -> Value {
        let h = Header::new(self.bytes, len as u32);
        Value::from_object(self.heap.alloc_raw(8 + len, h).expect("memory"))
    }
}

fn malloc() {
    let layout = std::alloc::Layout::from_size_align(32, 8).expect("valid");
    let n = 30_000_000;
    let start = cpu_seconds();
    for _ in 0..n {
        // SAFETY: allocated and freed with the same layout of non-zero size.
        unsafe {
            let p = std::hint::black_box(std::alloc::alloc(layout));
            std::alloc::dealloc(p, layout);
        }
    }
    let time = cpu_seconds() - start;
    println!(
        "malloc + free of 32 bytes: {:.2} ns (where the prototype ran: 6.6)",
        time * 1e9 / n as f64
    );
}

fn short() {
    malloc();
    println!("short-lived garbage, ns an object (prototype: 1.44 / 1.56 / 2.01)");
    for slots in [2usize, 3, 5] {
        let b = Bench::new(false);
        let n = 30_000_000;
        let time = b.heap.with_stack(|| {
            let start = cpu_seconds();
            for i in 0..n {
                let v = b.array(slots);
                slot(v, 0).set_unbarriered(Value::small_int(i));
                slot(v, 1).set_unbarriered(Value::small_int(i));
                std::hint::black_box(v);
            }
            cpu_seconds() - start
        });
        println!("  {} bytes: {:.2}", 8 + slots * WORD, time * 1e9 / n as f64);
    }
}

/// 1 in `one_in` objects survives into a random slot of 1000 old arrays of 100.
fn mix(one_in: usize, prototype: &str) {
    let b = Bench::new(false);
    let ring = Ring([const { Cell::new(Value::UNBOUND) }; 64]);
    // SAFETY: removed below.
    unsafe { b.heap.add_root_source(&ring) };
    let n = 20_000_000usize;
    let time = b.heap.with_stack(|| {
        let mut arrays = b.heap.value_vec();
        let mut r = Random(42);
        for _ in 0..1000 {
            arrays.push(b.array(100)).expect("memory");
        }
        for i in 0..100_000 {
            let v = b.array(2 + i % 3);
            slot(arrays[i / 100], i % 100).set(&b.heap, gc(arrays[i / 100]), v);
        }
        let start = cpu_seconds();
        let mut until = 0;
        for i in 0..n {
            let v = b.array([2, 3, 5][i % 3]);
            slot(v, 0).set_unbarriered(Value::small_int(i as isize));
            slot(v, 1).set_unbarriered(Value::NONE);
            ring.0[i % 64].set(v);
            if until == 0 {
                until = one_in;
                let a = arrays[r.next() % 1000];
                slot(a, r.next() % 100).set(&b.heap, gc(a), v);
            }
            until -= 1;
        }
        cpu_seconds() - start
    });
    b.heap.remove_root_source(&ring);
    let s = b.heap.statistics();
    println!(
        "  1 in {one_in:<5} {:5.2} ns (prototype {prototype}), {} minors, {} cycles, {} MB in use",
        time * 1e9 / n as f64,
        s.minors,
        s.cycles,
        s.bytes_in_use() >> 20
    );
}

/// Random death of objects whose sizes `size` gives; every fifth survives into a random place.
fn fragments(name: &str, places: usize, size: impl Fn(usize, usize) -> usize) {
    let b = Bench::new(false);
    let n = 12_000_000usize;
    b.heap.with_stack(|| {
        let mut places = {
            let mut v = b.heap.value_vec();
            v.resize(places.div_ceil(1000), Value::UNBOUND).expect("memory");
            for i in 0..v.len() {
                v.set(i, b.array(1000));
            }
            v
        };
        let mut sizes = vec![0usize; places.len() * 1000];
        let (mut live, mut worst, mut peak) = (0usize, 0.0f64, 0usize);
        let mut r = Random(7);
        let start = cpu_seconds();
        for i in 0..n {
            let x = r.next();
            let len = size(i, x);
            let v = b.bytes(len - 8);
            if i % 5 == 0 {
                let at = r.next() % sizes.len();
                live = live + len - std::mem::replace(&mut sizes[at], len);
                let a = places[at / 1000];
                slot(a, at % 1000).set(&b.heap, gc(a), v);
            }
            if i % 50_000 == 0 && i > n / 8 {
                let used = b.heap.statistics().bytes_in_use();
                worst = worst.max(used as f64 / live as f64);
                peak = peak.max(used);
            }
        }
        let time = cpu_seconds() - start;
        println!(
            "  {name}: in use / live, worst {worst:.2}; peak in use {} MB, resident now {:.0} MB; {:.0} ns an \
             allocation; live {} MB, {} cycles",
            peak >> 20,
            resident().1,
            time * 1e9 / n as f64,
            live >> 20,
            b.heap.statistics().cycles
        );
        places.clear();
    });
}

fn pauses() {
    let b = Bench::new(true);
    b.heap.with_stack(|| {
        let nodes = 600_000usize;
        let mut chunks = b.heap.value_vec();
        for _ in 0..nodes / 1000 {
            let chunk = b.array(1000);
            chunks.push(chunk).expect("memory");
            for j in 0..1000 {
                let node = b.array(3);
                let list = b.array(2);
                slot(node, 0).set(&b.heap, gc(node), list);
                let storage = b.array(4);
                slot(list, 0).set(&b.heap, gc(list), storage);
                let float = b.bytes(8);
                slot(node, 1).set(&b.heap, gc(node), float);
                let chunk = chunks[chunks.len() - 1];
                slot(chunk, j).set(&b.heap, gc(chunk), node);
            }
        }
        let before = b.heap.statistics();
        let mut r = Random(11);
        let n = 30_000_000usize;
        let start = cpu_seconds();
        let mut peak = 0;
        for i in 0..n {
            let v = b.array(2 + i % 3);
            if i % 20 == 0 {
                let x = r.next() % nodes;
                let node = slot(chunks[x / 1000], x % 1000).get();
                slot(node, 2).set(&b.heap, gc(node), v);
            }
            if i % 100_000 == 0 {
                peak = peak.max(b.heap.statistics().blocks_in_use);
            }
        }
        let time = cpu_seconds() - start;
        let s = b.heap.statistics();
        println!(
            "  2.4 M objects ({} MB at the start), {n} allocations: {:.1} ns each, {} cycles, blocks peak {} MB",
            before.bytes_in_use() >> 20,
            time * 1e9 / n as f64,
            s.cycles - before.cycles,
            peak >> 5,
        );
        println!(
            "  pauses p50 < {} us, p99 < {} us, worst {:.2} ms (CPU time)",
            s.pauses.quantile(0.5),
            s.pauses.quantile(0.99),
            s.pauses.worst_ns as f64 / 1e6
        );
    });
}

fn main() {
    let part = std::env::args().nth(1).unwrap_or_default();
    let on = |name| part.is_empty() || part == name;
    if on("short") {
        short();
    }
    if on("mix") {
        println!("mixes, ns an object");
        for (one_in, prototype) in [(5, "10.1"), (20, "4.7"), (100, "3.8"), (1000, "3.2")] {
            mix(one_in, prototype);
        }
    }
    if on("fragments") {
        println!(
            "fragmentation (prototype: in use / live 1.95-2.5 and 3.75-4.8, 69-79 and 64-71 ns)"
        );
        fragments("A: 16-512 bytes", 100_000, |_, x| 16 + x % 496);
        fragments("B: 8 phases", 100_000, |i, x| {
            let base = [192, 416, 224, 448, 256, 384, 208, 320][i / 1_500_000 % 8];
            base + x % 64
        });
    }
    if on("pauses") {
        println!("pauses (prototype: worst 1.0-1.5 ms, blocks 120-125 MB)");
        pauses();
    }
}
