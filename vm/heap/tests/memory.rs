//! Sizes, limits and shapes of memory: refusals, growth in place, large objects, fragmentation, inspection.

mod common;

use common::{WORD, Zoo, exact, gc, int, slot};
use pyrs_heap::{Header, HeapConfig, OutOfMemory, Root, Value, ValueVec};

#[test]
fn absurd_sizes_are_refused_without_overflow() {
    let z = Zoo::new(exact());
    for size in [usize::MAX, usize::MAX - 6, usize::MAX - 7, usize::MAX / 2, isize::MAX as usize] {
        assert!(matches!(z.heap.alloc_raw(size, Header::new(z.bytes, 0)), Err(OutOfMemory)));
    }
    assert!(!z.heap.try_extend(gc(z.array(1)), 16, usize::MAX - 3));
    z.heap.charge(usize::MAX);
    z.heap.charge(usize::MAX);
    z.array(3);
}

#[test]
fn the_limit_refuses_and_a_reserve_is_left() {
    for len in [3, 100, 5000] {
        let config = HeapConfig { limit: 4 << 20, verify: false, ..exact() };
        let z = Zoo::new(config);
        let mut roots = z.heap.value_vec();
        roots.push(Value::UNBOUND).expect("memory");
        let mut made = 0usize;
        while let Ok(v) = z.try_array(len) {
            z.set(v, 0, roots[0]);
            roots.set(0, v);
            made += 1;
            assert!(made * (8 + len * WORD) < 8 << 20, "the limit does not bind");
        }
        assert!(made * (8 + len * WORD) > 2 << 20, "refused after {made} arrays of {len}");
        assert!(z.heap.statistics().bytes_in_use() <= 5 << 20);
        // An exception can still be built, many times over.
        for _ in 0..100 {
            z.array(20);
        }
        roots.set(0, Value::UNBOUND);
        for _ in 0..1000 {
            z.array(len);
        }
    }
}

#[test]
fn without_address_space_allocation_fails_and_recovers() {
    let z = Zoo::new(HeapConfig { reserve: 1 << 20, verify: false, ..exact() });
    let mut roots = z.heap.value_vec();
    while let Ok(v) = z.try_array(200) {
        roots.push(v).expect("memory");
    }
    assert!(roots.len() * 1600 > 1 << 18);
    assert_eq!(z.try_array(1 << 20), Err(OutOfMemory));
    roots.clear();
    for _ in 0..1000 {
        z.array(200);
    }
    while let Ok(v) = z.try_array(20_000) {
        z.set(v, 19_999, int(1));
        roots.push(v).expect("memory");
        assert!(roots.len() < 100, "the region of large objects has no end");
    }
    assert!(roots.len() > 4);
    roots.clear();
    z.array(20_000);
}

#[test]
fn the_last_allocation_and_large_objects_grow_in_place() {
    let z = Zoo::new(HeapConfig { budget: 1 << 20, ..exact() });
    let v = z.bytes(8);
    assert!(z.heap.try_extend(gc(v), 16, 1000));
    gc(v).set_len(992);
    let w = z.bytes(8);
    assert!(!z.heap.try_extend(gc(v), 1000, 2000), "no longer the last");
    assert!(z.heap.try_extend(gc(w), 16, 24));
    gc(w).set_len(16);
    assert!(!z.heap.try_extend(gc(w), 24, 1 << 20), "beyond the run");

    let big = z.array(10_000);
    let roots = ValueVec::from_slice(&z.heap, &[big]).expect("memory");
    for i in 0..10_000 {
        z.set(big, i, int(i as isize));
    }
    let grown = z.heap.try_extend(gc(big), 8 + 10_000 * WORD, 8 + 20_000 * WORD);
    assert!(grown, "{big:?} {:?}", z.heap.statistics());
    gc(big).set_len(20_000);
    z.heap.collect_full();
    assert_eq!(roots[0], big, "large objects never move");
    for i in 0..20_000 {
        assert_eq!(z.get(big, i), if i < 10_000 { int(i as isize) } else { Value::UNBOUND });
    }
    let next = z.array(10_000);
    assert!(!z.heap.try_extend(gc(big), 8 + 20_000 * WORD, 8 + 60_000 * WORD) || next.lt(&big));
}

trait Order {
    fn lt(&self, other: &Self) -> bool;
}
impl Order for Value {
    fn lt(&self, other: &Self) -> bool {
        self.bits() < other.bits()
    }
}

#[test]
fn a_shrunk_young_object_leaves_a_readable_run() {
    let z = Zoo::new(HeapConfig { exact_roots: false, budget: 1 << 20, ..exact() });
    z.heap.with_stack(|| {
        let v = z.array(100);
        for i in 0..100 {
            z.set(v, i, int(7));
        }
        let after = z.array(2);
        z.set(after, 1, v);
        z.heap.shrink(gc(v), 8 + 100 * WORD, 8 + 3 * WORD);
        gc(v).set_len(3);
        z.heap.collect_minor();
        assert_eq!(z.get(after, 1), v);
        assert_eq!(z.get(v, 2), int(7));
        std::hint::black_box((v, after));
    });
}

#[test]
fn freed_large_pages_are_reused_and_zero() {
    let z = Zoo::new(exact());
    for round in 0..50 {
        let v = z.array(3000 + round * 37);
        for i in 0..gc(v).len() as usize {
            assert_eq!(z.get(v, i), Value::UNBOUND);
            slot(v, i).set_unbarriered(int(1));
        }
    }
    assert!(z.heap.statistics().large_bytes < 4 << 20);
}

#[test]
fn slots_of_neighbouring_old_arrays_are_remembered_one_by_one() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    for _ in 0..20 {
        roots.push(z.array(100)).expect("memory");
    }
    z.heap.collect_minor();
    for i in 0..2000 {
        let v = z.array(1);
        z.set(v, 0, int(i as isize));
        z.set(roots[i % 20], i / 20, v);
    }
    z.heap.collect_full();
    for i in 0..2000 {
        assert_eq!(z.get(z.get(roots[i % 20], i / 20), 0), int(i as isize));
    }
    assert!(z.heap.statistics().slots_logged >= 1900);
}

#[test]
fn a_million_stores_without_allocation_do_not_grow_the_log() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    roots.push(z.array(100)).expect("memory");
    z.heap.collect_minor();
    roots.push(z.array(1)).expect("memory");
    for i in 0..1_000_000 {
        z.set(roots[0], i % 100, roots[1]);
    }
    let minors = z.heap.statistics().minors;
    z.array(1);
    assert_eq!(z.heap.statistics().minors, minors + 1, "a long log asks for a collection");
    for i in 0..100 {
        assert_eq!(z.get(roots[0], i), roots[1]);
    }
}

#[test]
fn a_long_chain_is_collected_without_recursion() {
    let z = Zoo::new(HeapConfig { verify: false, ..exact() });
    let mut roots = z.heap.value_vec();
    roots.push(Value::UNBOUND).expect("memory");
    for _ in 0..200_000 {
        let v = z.array(1);
        z.set(v, 0, roots[0]);
        roots.set(0, v);
    }
    z.heap.collect_full();
    roots.clear();
    assert_eq!(z.heap.collect_full(), 200_000);
}

/// 20 % survive, random death. `size` gives an object's size from the step and a random number. Result: the
/// largest ratio of memory in use to the most that ever lived.
fn fragmentation(size: impl Fn(usize, usize) -> usize) -> f64 {
    let config = HeapConfig { budget: 64 << 10, min_cycle: 64 << 10, slice: 8000, ..exact() };
    let z = Zoo::new(HeapConfig { poison: false, verify: false, ..config });
    let mut roots = z.heap.value_vec();
    roots.resize(10_000, Value::UNBOUND).expect("memory");
    let (mut random, mut worst, mut most) = (1u64, 0.0f64, 0);
    for i in 0..400_000usize {
        random = random.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let r = (random >> 33) as usize;
        let v = z.bytes(size(i, r));
        if r.is_multiple_of(5) {
            body(v).fill(gc(v).len() as u8 ^ 0x5a);
            roots.set(r / 5 % 10_000, v);
        }
        if i % 20_000 == 19_999 {
            let live: usize =
                roots.iter().filter(|v| v.is_object()).map(|v| z.heap.size_of(gc(v))).sum();
            most = most.max(live);
            worst = worst.max(z.heap.statistics().bytes_in_use() as f64 / most as f64);
        }
    }
    assert!(z.heap.statistics().cycles > 5);
    for v in roots.iter().filter(|v| v.is_object()) {
        let expected = gc(v).len() as u8 ^ 0x5a;
        assert!(body(v).iter().all(|&b| b == expected), "two objects share memory");
    }
    worst
}

fn body<'a>(v: Value) -> &'a mut [u8] {
    // SAFETY: the bytes behind the header of a live byte string.
    unsafe { std::slice::from_raw_parts_mut((v.bits() + 8) as *mut u8, gc(v).len() as usize) }
}

#[test]
fn random_death_does_not_fragment_the_heap() {
    let worst = fragmentation(|_, r| 8 + r / 50_000 % 496);
    assert!(worst < 3.0, "memory in use / live reached {worst}");
}

#[test]
fn changing_sizes_do_not_fragment_the_heap() {
    let worst = fragmentation(|i, r| 8 + (16 << (i / 50_000 % 5)) + r / 50_000 % 40);
    assert!(worst < 3.0, "memory in use / live reached {worst}");
}

#[test]
fn dead_cycles_are_counted_and_memory_goes_back_to_the_system() {
    let z = Zoo::new(HeapConfig { verify: false, ..exact() });
    let mut roots = z.heap.value_vec();
    for _ in 0..20_000 {
        let v = z.array(20);
        z.set(v, 0, v);
        roots.push(v).expect("memory");
    }
    assert_eq!(z.heap.collect_full(), 0);
    let used = z.heap.statistics().bytes_in_use();
    roots.clear();
    assert_eq!(z.heap.collect_full(), 20_000);
    let s = z.heap.statistics();
    assert!(s.bytes_in_use() < used / 20, "{} of {used} still in use", s.bytes_in_use());
    assert!(s.bytes_trimmed > 1 << 20);
}

#[test]
fn inspection_sees_objects_and_their_referents() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    roots.push(z.array(3)).expect("memory");
    let b = z.bytes(5);
    z.set(roots[0], 1, b);
    z.set(roots[0], 2, int(4));
    assert!(z.heap.is_tracked(roots[0]) && !z.heap.is_tracked(b) && !z.heap.is_tracked(int(1)));
    let mut seen = Vec::new();
    z.heap.referents(gc(roots[0]), |v| seen.push(v.bits()));
    assert_eq!(seen, [b.bits()]);
    let mut n = 0;
    z.heap.for_each_object(|_| n += 1);
    assert_eq!(n, 2);
}

#[test]
fn no_gc_scopes_take_memory_instead() {
    let z = Zoo::new(exact());
    z.heap.no_gc(|| {
        let v = z.array(2);
        z.set(v, 0, int(3));
        for _ in 0..10_000 {
            z.array(2);
        }
        assert_eq!(z.heap.collect_full(), 0);
        assert_eq!(z.get(v, 0), int(3));
    });
    assert_eq!(z.heap.statistics().minors, 0);
    while z.heap.statistics().minors == 0 {
        z.array(2);
    }
}

#[test]
fn pinned_objects_and_roots() {
    let z = Zoo::new(exact());
    let pinned = z.array(1);
    z.heap.pin(pinned);
    let mut root = Root::new(&z.heap, gc(pinned)).expect("memory");
    let other = Root::new(&z.heap, gc(z.array(2))).expect("memory");
    let before = other.get();
    z.heap.collect_minor();
    assert_eq!(root.get().value(), pinned);
    assert!(other.get() != before && other.get().len() == 2);
    root.set(other.get());
    z.heap.collect_full();
    assert!(root.get() == other.get());
}

#[test]
fn a_value_vec_behaves_like_a_vector_and_outlives_moves() {
    let z = Zoo::new(exact());
    let mut v = ValueVec::with_capacity(&z.heap, 3).expect("memory");
    for i in 0..1000 {
        let a = z.array(1);
        z.set(a, 0, int(i));
        v.push(a).expect("memory");
    }
    v.insert(500, int(-1)).expect("memory");
    assert_eq!(v.remove(500), int(-1));
    v.as_mut_slice().reverse();
    let copy = v.try_clone().expect("memory");
    let moved = Box::new(v);
    for i in 0..3000 {
        let a = z.array(1);
        z.set(a, 0, int(i));
        moved.set(i as usize % 1000, a);
    }
    for i in 0..1000 {
        assert_eq!(z.get(moved[i], 0), int(2000 + i as isize));
        assert_eq!(z.get(copy[i], 0), int(999 - i as isize));
    }
    z.heap.collect_full();
    drop(moved);
    assert_eq!(z.heap.collect_full(), 1000);
    assert_eq!(copy.iter().len(), 1000);
    assert!(ValueVec::with_capacity(&z.heap, usize::MAX / 2).is_err());
    drop(z);
    assert_eq!(copy.len(), 1000);
}
