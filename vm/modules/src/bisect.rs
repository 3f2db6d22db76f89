//! `_bisect`: binary search in sorted sequences.

use pyrs_core::protocol::Comparison;
use pyrs_core::{NativeDef, Res, Value, Vm};

const SEARCH: &str = "(a, x, lo=0, hi=None, *, key=None)";
static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "bisect_right",
        SEARCH,
        |vm, a| vm.int_usize(search(vm, a, true, true)?),
        "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e <= x, and all e in\na[i:] have e > x.  So if x already appears in the list, a.insert(i, x) will\ninsert just after the rightmost x already there.",
    ),
    NativeDef::function(
        "bisect",
        SEARCH,
        |vm, a| vm.int_usize(search(vm, a, true, true)?),
        "Return the index where to insert item x in list a, assuming a is sorted.",
    ),
    NativeDef::function(
        "bisect_left",
        SEARCH,
        |vm, a| vm.int_usize(search(vm, a, false, true)?),
        "Return the index where to insert item x in list a, assuming a is sorted.\n\nThe return value i is such that all e in a[:i] have e < x, and all e in\na[i:] have e >= x.  So if x already appears in the list, a.insert(i, x) will\ninsert just before the leftmost x already there.",
    ),
    NativeDef::function(
        "insort_right",
        SEARCH,
        |vm, a| insort(vm, a, true),
        "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the right of the rightmost x.",
    ),
    NativeDef::function(
        "insort",
        SEARCH,
        |vm, a| insort(vm, a, true),
        "Insert item x in list a, and keep it sorted assuming a is sorted.",
    ),
    NativeDef::function(
        "insort_left",
        SEARCH,
        |vm, a| insort(vm, a, false),
        "Insert item x in list a, and keep it sorted assuming a is sorted.\n\nIf x is already in a, insert it to the left of the leftmost x.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_bisect", "Bisection algorithms.", FUNCTIONS)?;
    Ok(m.value())
}
/// The place for `x`; `plain` if `x` is compared as it is, else through the key function.
fn search(vm: &Vm, a: &[Value], right: bool, plain: bool) -> Res<usize> {
    let (list, key) = (a[0], a[4]);
    let x = if plain || key.is_none() { a[1] } else { vm.call(key, &[a[1]])? };
    let low = vm.index_isize(a[2], Some(vm.exc().overflow_error))?;
    let Ok(mut low) = usize::try_from(low) else {
        return Err(vm.value_error("lo must be non-negative"));
    };
    let mut high = if a[3].is_none() {
        vm.len(list)?
    } else {
        let n = vm.index_isize(a[3], Some(vm.exc().overflow_error))?;
        // A negative end meant "the length" once and still does.
        usize::try_from(n).map_or_else(|_| vm.len(list), Ok)?
    };
    while low < high {
        let middle = low + (high - low) / 2;
        let exact = vm.sequence_item_exact(list, middle as isize);
        let item = match exact {
            Some(Some(v)) => v,
            Some(None) | None => vm.get_item(list, vm.int_usize(middle)?)?,
        };
        let item = if key.is_none() { item } else { vm.call(key, &[item])? };
        let before = if right {
            !vm.compare_bool(Comparison::Lt, x, item)?
        } else {
            vm.compare_bool(Comparison::Lt, item, x)?
        };
        if before {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
fn insort(vm: &Vm, a: &[Value], right: bool) -> Res {
    let at = search(vm, a, right, false)?;
    match vm.as_list(a[0]).filter(|l| vm.class_of(l.value()) == vm.classes().list && at <= l.len())
    {
        Some(l) => vm.list_splice(l, at, at, &[a[1]])?,
        None => drop(vm.call_method(a[0], "insert", &[vm.int_usize(at)?, a[1]])?),
    }
    Ok(Value::NONE)
}
