//! Weak references, weak tables, finalisers and drops: order, timing, and each exactly once.

mod common;

use common::{Zoo, exact, gc, int};
use pyrs_heap::{Header, HeapConfig, Layout, Value, flag, poll};
use std::cell::RefCell;
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn finalised(z: &Zoo) -> Vec<isize> {
    let mut out = Vec::new();
    while let Some(v) = z.heap.next_finalisable() {
        out.push(z.get(v, 0).as_int().expect("a number"));
    }
    out
}

/// Makes a chain n -> n-1 -> ... -> 0 in a root, every element with a finaliser.
fn chain(z: &Zoo, roots: &mut pyrs_heap::ValueVec, n: isize) {
    roots.push(Value::UNBOUND).expect("memory");
    let r = roots.len() - 1;
    for i in 0..n {
        let v = z.array(2);
        z.set(v, 0, int(i));
        z.set(v, 1, roots[r]);
        z.heap.register_finaliser(gc(v));
        z.heap.register_finaliser(gc(v)); // twice is harmless
        roots.set(r, v);
    }
}

#[test]
fn finalisers_run_from_the_outside_in_young_and_old() {
    for old in [false, true] {
        let z = Zoo::new(exact());
        let mut roots = z.heap.value_vec();
        chain(&z, &mut roots, 10);
        if old {
            z.heap.collect_minor();
        }
        roots.clear();
        if old {
            z.heap.collect_full();
        } else {
            z.heap.collect_minor()
        }
        assert_ne!(z.heap.poll_word().load(Ordering::Relaxed) & poll::HEAP, 0);
        assert_eq!(finalised(&z), (0..10).rev().collect::<Vec<_>>());
        assert_eq!(z.heap.poll_word().load(Ordering::Relaxed) & poll::HEAP, 0);
        assert_eq!(z.heap.collect_full(), 10);
        assert_eq!(finalised(&z), []);
    }
}

#[test]
fn a_full_collection_orders_young_before_the_old_they_reach() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    chain(&z, &mut roots, 5);
    z.heap.collect_minor();
    let v = z.array(2);
    z.set(v, 0, int(99));
    z.set(v, 1, roots[0]);
    z.heap.register_finaliser(gc(v));
    roots.clear();
    z.heap.collect_full();
    assert_eq!(finalised(&z), [99, 4, 3, 2, 1, 0]);
}

#[test]
fn a_cycle_of_finalisable_objects_is_finalised_once_each() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    chain(&z, &mut roots, 4);
    let mut last = roots[0];
    while z.get(last, 1).is_object() {
        last = z.get(last, 1);
    }
    z.set(last, 1, roots[0]);
    roots.clear();
    z.heap.collect_full();
    let mut all = finalised(&z);
    all.sort();
    assert_eq!(all, [0, 1, 2, 3]);
    z.heap.collect_full();
    assert_eq!(finalised(&z), []);
}

#[test]
fn a_resurrected_object_lives_on_without_a_second_finaliser() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    chain(&z, &mut roots, 1);
    roots.clear();
    z.heap.collect_full();
    roots.push(z.heap.next_finalisable().expect("dead")).expect("memory");
    z.heap.collect_full();
    assert_eq!(z.get(roots[0], 0), int(0));
    assert_eq!(finalised(&z), []);
    z.heap.register_finaliser(gc(roots[0]));
    roots.clear();
    z.heap.collect_full();
    assert_eq!(finalised(&z), [0]);
}

#[test]
fn weak_references_follow_moves_and_are_cleared_before_finalisers() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    chain(&z, &mut roots, 1);
    let w = z.weak(|| roots[0]);
    roots.push(w).expect("memory");
    let before = roots[0].bits();
    z.heap.collect_minor();
    assert_ne!(roots[0].bits(), before, "the object was copied");
    assert_eq!(z.get(roots[1], 0), roots[0]);
    roots.set(0, Value::UNBOUND);
    z.heap.collect_full();
    assert_eq!(z.get(roots[1], 0), Value::UNBOUND);
    assert_eq!(z.heap.next_cleared_weak(), Some(roots[1]));
    assert_eq!(z.heap.next_cleared_weak(), None);
    assert_eq!(finalised(&z), [0]);
}

#[test]
fn a_weak_reference_that_died_itself_is_not_reported() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    roots.push(z.array(1)).expect("memory");
    let w = z.weak(|| roots[0]);
    roots.push(w).expect("memory");
    z.heap.collect_minor();
    roots.clear();
    z.heap.collect_full();
    assert_eq!(z.heap.next_cleared_weak(), None);
}

#[test]
fn reading_a_weak_reference_while_marking_keeps_the_target() {
    let config = HeapConfig { slice: 1, min_cycle: 1 << 10, ..exact() };
    let z = Zoo::new(config);
    let mut roots = z.heap.value_vec();
    roots.push(z.array(0)).expect("memory");
    let w = z.weak(|| roots[0]);
    roots.push(w).expect("memory");
    z.heap.collect_full();
    // From now on only the weak reference knows the target.
    roots.set(0, Value::UNBOUND);
    until_marking(&z, &mut roots);
    let target = z.get(roots[1], 0);
    assert!(target.is_object());
    z.heap.weak_read(target);
    roots.set(0, target);
    let cycles = z.heap.statistics().cycles;
    while z.heap.statistics().cycles == cycles {
        z.array(50);
    }
    assert_eq!(z.get(roots[1], 0), roots[0]);
    assert_eq!(gc(roots[0]).shape(), z.array);
}

/// Fills the heap until a marking cycle has begun and is not over.
fn until_marking(z: &Zoo, roots: &mut pyrs_heap::ValueVec) {
    roots.push(Value::UNBOUND).expect("memory");
    let r = roots.len() - 1;
    for _ in 0..10_000 {
        if z.heap.is_marking() {
            return;
        }
        let a = z.array(200);
        z.set(a, 0, roots[r]);
        roots.set(r, a);
    }
    panic!("no cycle starts");
}

#[test]
fn what_is_taken_out_of_an_old_array_while_marking_survives() {
    for len in [3, 100, 2000] {
        for bulk in [false, true] {
            let z = Zoo::new(HeapConfig { slice: 1, min_cycle: 1 << 10, ..exact() });
            let mut roots = z.heap.value_vec();
            roots.push(z.array(1)).expect("memory");
            // A long chain in front of the array keeps the marker busy elsewhere.
            roots.push(z.array(len)).expect("memory");
            let v = z.array(1);
            z.set(v, 0, int(5));
            z.set(roots[1], len - 1, v);
            z.heap.collect_full();
            z.set(roots[0], 0, roots[1]);
            roots.set(1, Value::UNBOUND);
            until_marking(&z, &mut roots);
            let array = z.get(roots[0], 0);
            let v = z.get(array, len - 1);
            if bulk {
                z.heap.barrier_all(gc(array));
                common::slot(array, len - 1).set_unbarriered(Value::NONE);
            } else {
                z.set(array, len - 1, Value::NONE);
            }
            roots.set(1, v);
            let cycles = z.heap.statistics().cycles;
            while z.heap.statistics().cycles == cycles {
                z.array(50);
            }
            assert_eq!(gc(roots[1]).shape(), z.array, "{len} {bulk}");
            assert_eq!(z.get(roots[1], 0), int(5));
        }
    }
}

#[test]
fn weak_tables_forget_the_dead_and_follow_the_moved() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    let table = Rc::new(RefCell::new(Vec::<Value>::new()));
    let t = table.clone();
    let number = z.heap.add_weak_table(move |live| {
        let mut t = t.borrow_mut();
        *t = t.iter().filter_map(|&v| live.resolve(v)).collect();
    });
    for i in 0..100 {
        let v = z.array(1);
        table.borrow_mut().push(v);
        z.set(v, 0, int(i));
        if i % 10 == 0 {
            roots.push(v).expect("memory");
        }
    }
    table.borrow_mut().push(int(5));
    z.heap.collect_minor();
    let seen: Vec<Value> = table.borrow().clone();
    assert_eq!(seen.len(), 11);
    assert_eq!(&seen[..10], roots.as_slice());
    roots.truncate(3);
    z.heap.collect_full();
    assert_eq!(table.borrow().len(), 4);
    z.heap.remove_weak_table(number);
    roots.clear();
    z.heap.collect_full();
    assert_eq!(table.borrow().len(), 4);
}

static DROPPED: AtomicUsize = AtomicUsize::new(0);

#[test]
fn native_drops_run_for_the_dead_and_at_the_end_of_the_heap() {
    fn size(_: &Header) -> usize {
        16
    }
    fn trace(_: NonNull<Header>, _: &mut pyrs_heap::Visitor<'_>) {}
    fn drop_it(p: NonNull<Header>) {
        // SAFETY: the object is 16 bytes; the test wrote a number behind the header.
        DROPPED.fetch_add(unsafe { *p.as_ptr().cast::<u32>().add(2) } as usize, Ordering::Relaxed);
    }
    let z = Zoo::new(exact());
    let custom = Layout::Custom { size, trace, drop: Some(drop_it) };
    let owned = Layout::Owned { size: 16, slots: 0, trace: None, drop: Some(drop_it) };
    let mut roots = z.heap.value_vec();
    for layout in [custom, owned] {
        let shape = z.heap.new_shape(z.heap.register_layout(layout)).expect("shape");
        for n in [1u32, 10, 100] {
            let h = Header::with_flags(shape, flag::FINALISER, 0);
            let p = z.heap.alloc_raw(16, h).expect("memory");
            // SAFETY: inside the object.
            unsafe { p.as_ptr().cast::<u32>().add(2).write(n) };
            if n > 1 {
                roots.push(Value::from_object(p)).expect("memory");
            }
        }
    }
    z.heap.collect_minor();
    assert_eq!(DROPPED.load(Ordering::Relaxed), 2);
    roots.set(0, Value::UNBOUND);
    roots.set(2, Value::UNBOUND);
    z.heap.collect_full();
    assert_eq!(DROPPED.load(Ordering::Relaxed), 22);
    assert_eq!(z.heap.next_finalisable(), None);
    drop(roots);
    drop(z);
    assert_eq!(DROPPED.load(Ordering::Relaxed), 222);
}

#[test]
fn condemned_objects_are_queued_once_and_live_until_they_are_finalised() {
    let z = Zoo::new(exact());
    let mut roots = z.heap.value_vec();
    chain(&z, &mut roots, 10);
    z.heap.collect_full();
    assert_eq!(finalised(&z), []);
    z.heap.condemn_finalisable(|v| z.get(v, 0).as_int().is_some_and(|n| n % 2 == 0));
    assert_ne!(z.heap.poll_word().load(Ordering::Relaxed) & poll::HEAP, 0);
    z.heap.collect_full();
    assert_eq!(finalised(&z), [0, 2, 4, 6, 8]);
    roots.clear();
    z.heap.collect_full();
    assert_eq!(finalised(&z), [9, 7, 5, 3, 1]);
    assert_eq!(z.heap.collect_full(), 10);
}
