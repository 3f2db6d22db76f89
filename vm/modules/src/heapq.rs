//! `_heapq`: priority queues in lists.
//!
//! Comparisons run Python code, which may change the list: its length is looked at after each one.

use pyrs_core::object::List;
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "heappush",
        "(heap, item, /)",
        |vm, a| push(vm, a, false),
        "Push item onto heap, maintaining the heap invariant.",
    ),
    NativeDef::function(
        "heappop",
        "(heap, /)",
        |vm, a| pop(vm, a, false),
        "Pop the smallest item off the heap, maintaining the heap invariant.",
    ),
    NativeDef::function(
        "heappushpop",
        "(heap, item, /)",
        |vm, a| push_pop(vm, a, false),
        "Push item on the heap, then pop and return the smallest item from the heap.\n\nThe combined action runs more efficiently than heappush() followed by\na separate call to heappop().",
    ),
    NativeDef::function(
        "heapreplace",
        "(heap, item, /)",
        |vm, a| replace(vm, a, false),
        "Pop and return the current smallest value, and add the new item.\n\nThis is more efficient than heappop() followed by heappush(), and can be\nmore appropriate when using a fixed-size heap.  Note that the value\nreturned may be larger than item!  That constrains reasonable uses of\nthis routine unless written as part of a conditional replacement:\n\n    if item > heap[0]:\n        item = heapreplace(heap, item)",
    ),
    NativeDef::function(
        "heapify",
        "(heap, /)",
        |vm, a| heapify(vm, a, false),
        "Transform list into a heap, in-place, in O(len(heap)) time.",
    ),
    NativeDef::function(
        "heappush_max",
        "(heap, item, /)",
        |vm, a| push(vm, a, true),
        "Push item onto max heap, maintaining the heap invariant.",
    ),
    NativeDef::function(
        "heappop_max",
        "(heap, /)",
        |vm, a| pop(vm, a, true),
        "Maxheap variant of heappop.",
    ),
    NativeDef::function(
        "heappushpop_max",
        "(heap, item, /)",
        |vm, a| push_pop(vm, a, true),
        "Maxheap variant of heappushpop.\n\nThe combined action runs more efficiently than heappush_max() followed by\na separate call to heappop_max().",
    ),
    NativeDef::function(
        "heapreplace_max",
        "(heap, item, /)",
        |vm, a| replace(vm, a, true),
        "Maxheap variant of heapreplace.",
    ),
    NativeDef::function(
        "heapify_max",
        "(heap, /)",
        |vm, a| heapify(vm, a, true),
        "Maxheap variant of heapify.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "Heap queue algorithm (a.k.a. priority queue).";
    let m = vm.new_native_module("_heapq", doc, FUNCTIONS)?;
    Ok(m.value())
}

fn list(vm: &Vm, v: Value) -> Res<Gc<List>> {
    vm.as_list(v).ok_or_else(|| {
        vm.type_error(format!("heap argument must be a list, not {}", vm.type_name(v)))
    })
}
/// `a` goes above `b`.
fn above(vm: &Vm, heap: Gc<List>, a: Value, b: Value, max: bool) -> Res<bool> {
    let n = heap.len();
    let (x, y) = if max { (b, a) } else { (a, b) };
    let r = vm.compare_bool(Comparison::Lt, x, y)?;
    if heap.len() != n {
        return Err(vm.runtime_error("list changed size during iteration"));
    }
    Ok(r)
}
fn item(vm: &Vm, heap: Gc<List>, i: usize) -> Res {
    heap.get(i).ok_or_else(|| vm.index_error("index out of range"))
}
/// Moves the item at `at` towards the root, at most to `top`.
fn sift_up(vm: &Vm, heap: Gc<List>, top: usize, mut at: usize, max: bool) -> Res<()> {
    while at > top {
        let parent = (at - 1) / 2;
        let (v, p) = (item(vm, heap, at)?, item(vm, heap, parent)?);
        if !above(vm, heap, v, p, max)? {
            break;
        }
        let (v, p) = (item(vm, heap, at)?, item(vm, heap, parent)?);
        heap.set(vm, at, p);
        heap.set(vm, parent, v);
        at = parent;
    }
    Ok(())
}
/// Moves the item at `top` down to a leaf, then up to its place.
fn sift_down(vm: &Vm, heap: Gc<List>, top: usize, max: bool) -> Res<()> {
    let n = heap.len();
    let mut at = top;
    while at < n / 2 {
        let mut child = 2 * at + 1;
        if child + 1 < n {
            let (a, b) = (item(vm, heap, child)?, item(vm, heap, child + 1)?);
            if !above(vm, heap, a, b, max)? {
                child += 1;
            }
        }
        let (v, c) = (item(vm, heap, at)?, item(vm, heap, child)?);
        heap.set(vm, at, c);
        heap.set(vm, child, v);
        at = child;
    }
    sift_up(vm, heap, top, at, max)
}
fn push(vm: &Vm, a: &[Value], max: bool) -> Res {
    let heap = list(vm, a[0])?;
    vm.list_append(heap, a[1])?;
    sift_up(vm, heap, 0, heap.len() - 1, max)?;
    Ok(Value::NONE)
}
fn pop(vm: &Vm, a: &[Value], max: bool) -> Res {
    let heap = list(vm, a[0])?;
    let n = heap.len();
    let Some(last) = heap.get(n.wrapping_sub(1)) else {
        return Err(vm.index_error("index out of range"));
    };
    vm.list_splice(heap, n - 1, n, &[])?;
    if n == 1 {
        return Ok(last);
    }
    let first = item(vm, heap, 0)?;
    heap.set(vm, 0, last);
    sift_down(vm, heap, 0, max)?;
    Ok(first)
}
fn replace(vm: &Vm, a: &[Value], max: bool) -> Res {
    let heap = list(vm, a[0])?;
    let first = item(vm, heap, 0)?;
    heap.set(vm, 0, a[1]);
    sift_down(vm, heap, 0, max)?;
    Ok(first)
}
fn push_pop(vm: &Vm, a: &[Value], max: bool) -> Res {
    let heap = list(vm, a[0])?;
    let Some(first) = heap.get(0) else { return Ok(a[1]) };
    let (x, y) = if max { (a[1], first) } else { (first, a[1]) };
    if !vm.compare_bool(Comparison::Lt, x, y)? {
        return Ok(a[1]);
    }
    // The comparison may have emptied the list.
    let first = item(vm, heap, 0)?;
    heap.set(vm, 0, a[1]);
    sift_down(vm, heap, 0, max)?;
    Ok(first)
}
fn heapify(vm: &Vm, a: &[Value], max: bool) -> Res {
    let heap = list(vm, a[0])?;
    for i in (0..heap.len() / 2).rev() {
        sift_down(vm, heap, i, max)?;
    }
    Ok(Value::NONE)
}
