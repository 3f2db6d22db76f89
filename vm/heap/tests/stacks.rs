//! Conservative roots: what only native stacks hold stays alive and in place, in every thread.

mod common;

use common::{Zoo, exact, gc, int, slot};
use pyrs_heap::{HeapConfig, Keep, RootSource, Roots, Value};
use std::sync::{Mutex, MutexGuard};

fn conservative() -> HeapConfig {
    HeapConfig { exact_roots: false, stress: 1, ..exact() }
}

#[test]
fn values_in_locals_stay_at_every_depth() {
    #[inline(never)]
    fn nest(z: &Zoo, depth: usize) -> usize {
        let v = z.array(3);
        z.set(v, 0, int(depth as isize));
        let below = if depth > 0 { nest(z, depth - 1) } else { 0 };
        z.array(1);
        assert_eq!(z.get(v, 0), int(depth as isize));
        below + z.get(v, 0).as_int().expect("int") as usize
    }
    let z = Zoo::new(conservative());
    assert_eq!(z.heap.with_stack(|| nest(&z, 40)), 820);
    assert!(z.heap.statistics().objects_pinned > 0);
}

#[test]
fn nothing_is_collected_outside_a_registered_stack() {
    let z = Zoo::new(conservative());
    let v = z.array(1);
    z.set(v, 0, int(9));
    for _ in 0..1000 {
        z.array(5);
    }
    z.heap.collect_full();
    assert_eq!((z.get(v, 0), z.heap.statistics().minors), (int(9), 0));
}

#[test]
fn interior_and_past_the_end_pointers_keep_objects() {
    let z = Zoo::new(conservative());
    z.heap.with_stack(|| {
        for len in [1usize, 3, 7, 40, 600, 4000] {
            let v = z.array(len);
            for i in 0..len {
                z.set(v, i, int(i as isize));
            }
            let size = 8 + len * common::WORD;
            // Only derived addresses are kept, the base is hidden by a mask the scan does not know.
            let hidden = v.bits() ^ 0x5555_5555;
            for distance in [8, size / 2, size] {
                let derived = std::hint::black_box((hidden ^ 0x5555_5555) + distance);
                z.array(2);
                let v = Value::from_bits(derived - distance);
                let _keep = Keep::value(v);
                for i in 0..len {
                    assert_eq!(slot(v, i).get(), int(i as isize));
                }
            }
        }
    });
}

struct Words([usize; 4]);
impl RootSource for Words {
    fn roots(&self, roots: &mut Roots<'_>) {
        let r = self.0.as_ptr_range();
        // SAFETY: the array is alive while the source is registered.
        unsafe { roots.conservative(r.start, r.end) };
    }
}

#[test]
fn one_word_at_any_place_of_an_object_or_just_behind_it_is_enough() {
    for old in [false, true] {
        for len in [1usize, 2, 15, 40, 600, 10_000] {
            let z = Zoo::new(HeapConfig { budget: 1 << 20, ..exact() });
            let size = 8 + len * common::WORD;
            for place in [0, 1, 8, size / 2, size - 1, size.next_multiple_of(8)] {
                let before = z.array(3);
                let v = z.array(len);
                let after = z.array(3);
                let mut keep = z.heap.value_vec();
                keep.extend_from_slice(&[before, v, after]).expect("memory");
                if old {
                    z.heap.collect_minor();
                }
                let v = keep[1];
                z.set(v, len - 1, int(77));
                keep.clear();
                let words = Words([v.bits() + place, 0, 0, 0]);
                // SAFETY: removed below.
                unsafe { z.heap.add_root_source(&words) };
                z.heap.collect_full();
                assert_eq!(z.get(v, len - 1), int(77), "{len} words, word at {place}, old {old}");
                assert_eq!(gc(v).len() as usize, len);
                z.heap.remove_root_source(&words);
            }
        }
    }
}

struct Cells(std::cell::Cell<Value>);
impl RootSource for Cells {
    fn roots(&self, roots: &mut Roots<'_>) {
        roots.visitor().cell(&self.0);
    }
    fn has_conservative(&self) -> bool {
        false
    }
}

#[test]
fn root_sources_are_asked_until_they_are_removed() {
    let z = Zoo::new(exact());
    let (a, b) = (z.array(1), z.array(2));
    z.set(a, 0, int(1));
    z.set(b, 1, int(2));
    let words = Words([0, a.bits() + 8, 1, usize::MAX]);
    let cells = Cells(std::cell::Cell::new(b));
    // SAFETY: both live to the end of the test and are removed before.
    unsafe {
        z.heap.add_root_source(&words);
        z.heap.add_root_source(&cells);
    }
    z.heap.collect_full();
    assert_eq!(z.get(a, 0), int(1));
    assert!(cells.0.get() != b, "an exact root follows the move");
    assert_eq!(z.get(cells.0.get(), 1), int(2));
    z.heap.remove_root_source(&words);
    z.heap.remove_root_source(&cells);
    assert_eq!(z.heap.collect_full(), 2);
}

#[test]
fn nested_entries_of_one_thread_count() {
    let z = Zoo::new(conservative());
    z.heap.with_stack(|| {
        let v = z.array(1);
        z.set(v, 0, int(5));
        z.heap.with_stack(|| {
            z.array(1);
        });
        z.array(1);
        assert_eq!(z.get(v, 0), int(5));
        std::hint::black_box(gc(v));
    });
    let minors = z.heap.statistics().minors;
    z.array(1);
    assert_eq!(z.heap.statistics().minors, minors, "the last guard ended the registration");
}

#[test]
fn a_thread_may_go_on_on_another_stack() {
    #[inline(never)]
    fn nest(z: &Zoo, depth: usize) -> usize {
        let v = z.array(3);
        z.set(v, 0, int(depth as isize));
        let mut below = 0;
        if depth > 0 {
            let heap = &z.heap;
            let r = heap.on_other_stack(|| nest(z, depth - 1), |run| stacker::grow(1 << 17, run));
            below = r.expect("called");
        }
        z.array(1);
        assert_eq!(z.get(v, 0), int(depth as isize));
        below + depth
    }
    let z = Zoo::new(conservative());
    assert_eq!(z.heap.with_stack(|| nest(&z, 12)), 78);
    assert!(z.heap.statistics().minors >= 25);
}

struct Shared(Zoo, Mutex<()>);
// SAFETY: the test's threads use the heap only while they hold the mutex, or inside `Heap::blocking`.
unsafe impl Sync for Shared {}

#[inline(never)]
fn worker(s: &Shared, me: isize) {
    let mut lock: Option<MutexGuard<'_, ()>> = s.1.lock().ok();
    s.0.heap.with_stack(|| {
        let mut held = [Value::UNBOUND; 6];
        for round in 0..150 {
            let v = s.0.array(2);
            s.0.set(v, 0, int(me));
            s.0.set(v, 1, int(round));
            held[round as usize % 6] = v;
            s.0.heap.blocking(|| {
                drop(lock.take());
                std::thread::yield_now();
                lock = s.1.lock().ok();
            });
            for (i, &v) in held.iter().enumerate().filter(|(_, v)| v.is_object()) {
                assert_eq!(s.0.get(v, 0), int(me));
                assert_eq!(s.0.get(v, 1).as_int().expect("int") as usize % 6, i);
            }
        }
    });
    drop(lock);
}

#[test]
fn waiting_threads_keep_what_their_stacks_hold() {
    let shared = Shared(Zoo::new(conservative()), Mutex::new(()));
    std::thread::scope(|scope| {
        for me in 0..4 {
            let s = &shared;
            scope.spawn(move || worker(s, me));
        }
    });
    assert!(shared.0.heap.statistics().minors >= 600);
}
