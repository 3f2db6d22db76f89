//! `list`: constructor, methods, slices.

use super::{
    CLASS_GETITEM, compare_items, comparisons, count_items, document, find_item, index_bound,
    repeat_count, repr_items, sort, unhashable, wrong_receiver,
};
use crate::support::{class_argument, ssize};
use core::cell::Cell;
use pyrs_core::object::{Indices, List, NativeDef, SeqIter, class_flag, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, Header, Keep, Res, Slot, Value, Vm};
use pyrs_text::StrBuilder;

const SELF: &str = "(self, /)";

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, iterable=<unrepresentable>, /)", init, ""),
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    NativeDef::method(
        "__len__",
        SELF,
        |vm, a| vm.int_usize(this(vm, a)?.len()),
        "Return len(self).",
    ),
    NativeDef::method("__getitem__", "(self, index, /)", get_item, "Return self[index]."),
    NativeDef::method("__setitem__", "(self, key, value, /)", set_item, "Set self[key] to value."),
    NativeDef::method("__delitem__", "(self, key, /)", delete_item, "Delete self[key]."),
    NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
    NativeDef::method("__iter__", SELF, iter, "Implement iter(self)."),
    NativeDef::method("__reversed__", SELF, reversed, "Return a reverse iterator over the list."),
    NativeDef::method("__add__", "(self, value, /)", add, "Return self+value."),
    NativeDef::method("__iadd__", "(self, value, /)", in_place_add, "Implement self+=value."),
    NativeDef::method("__mul__", "(self, value, /)", multiply, "Return self*value."),
    NativeDef::method("__rmul__", "(self, value, /)", multiply, "Return value*self."),
    NativeDef::method("__imul__", "(self, value, /)", in_place_multiply, "Implement self*=value."),
    NativeDef::method(
        "__sizeof__",
        SELF,
        sizeof,
        "Return the size of the list in memory, in bytes.",
    ),
    NativeDef::method(
        "append",
        "(self, object, /)",
        append,
        "Append object to the end of the list.",
    ),
    NativeDef::method(
        "extend",
        "(self, iterable, /)",
        extend,
        "Extend list by appending elements from the iterable.",
    )
    .with_enter(crate::functions::enter::extend),
    NativeDef::method("insert", "(self, index, object, /)", insert, "Insert object before index."),
    NativeDef::method(
        "pop",
        "(self, index=-1, /)",
        pop,
        "Remove and return item at index (default last).\n\nRaises IndexError if list is empty or index is out of range.",
    ),
    NativeDef::method(
        "remove",
        "(self, value, /)",
        remove,
        "Remove first occurrence of value.\n\nRaises ValueError if the value is not present.",
    ),
    NativeDef::method("clear", SELF, clear, "Remove all items from list."),
    NativeDef::method("copy", SELF, copy, "Return a shallow copy of the list."),
    NativeDef::method("reverse", SELF, reverse, "Reverse *IN PLACE*."),
    NativeDef::method(
        "index",
        "(self, value, start=0, stop=9223372036854775807, /)",
        index,
        "Return first index of value.\n\nRaises ValueError if the value is not present.",
    ),
    NativeDef::method("count", "(self, value, /)", count, "Return number of occurrences of value."),
    NativeDef::method(
        "sort",
        "(self, /, *, key=None, reverse=False)",
        sort_method,
        "Sort the list in ascending order and return None.\n\nThe sort is in-place (i.e. the list itself is modified) and stable (i.e. the\norder of two equal elements is maintained).\n\nIf a key function is given, apply it once to each list item and sort them,\nascending or descending, according to their function values.\n\nThe reverse flag can be set to sort in descending order.",
    )
    .with_enter(crate::functions::enter::sort),
    CLASS_GETITEM,
];
static COMPARISONS: &[NativeDef] = &comparisons!(compare);

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes().list;
    vm.extend_class(c, METHODS, &[])?;
    vm.extend_class(c, COMPARISONS, &[])?;
    document(
        vm,
        c,
        "A mutable sequence.\n\nWithout an argument the new list is empty; else it holds the items of the iterable.",
    )?;
    c.flags.set(c.flags.get() | class_flag::BLANK_NEW);
    unhashable(vm, c)
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<List>> {
    vm.as_list(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "list"))
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = class_argument(vm, a[0], vm.classes().list)?;
    Ok(vm.new_instance(class)?.value())
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    if !l.is_empty() {
        vm.list_clear(l);
    }
    if !a[1].is_unbound() {
        extend_from(vm, l, a[1])?;
    }
    Ok(Value::NONE)
}
/// `list.extend`: as `Vm::list_extend`, but asks other iterables for their length first, as CPython does.
fn extend_from(vm: &Vm, l: Gc<List>, iterable: Value) -> Res<()> {
    let exact = vm.object(iterable).is_some_and(|o| {
        matches!(
            o.shape(),
            core_shape::LIST
                | core_shape::TUPLE
                | core_shape::RANGE
                | core_shape::DICT
                | core_shape::SET
                | core_shape::FROZENSET
                | core_shape::STR
                | core_shape::GENERATOR
        )
    });
    if exact {
        return vm.list_extend(l, iterable);
    }
    let it = vm.get_iter(iterable)?;
    let hint = vm.length_hint(iterable, 8)?;
    match l.len().checked_add(hint) {
        Some(n) if hint <= 1 << 16 => vm.list_reserve(l, n)?,
        _ if hint >= isize::MAX as usize / 2 => return Err(vm.memory_error()),
        _ => {}
    }
    while let Some(v) = vm.next(it)? {
        vm.list_append(l, v)?;
    }
    Ok(())
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    if l.is_empty() {
        return vm.str("[]");
    }
    let mut out = StrBuilder::new();
    let done = vm.guard_repr(a[0], || {
        out.push_str("[");
        repr_items(vm, &mut out, &|i| l.get(i))?;
        out.push_str("]");
        Ok(())
    })?;
    match done {
        Some(()) => Ok(vm.new_str_builder(&out)?.value()),
        None => vm.str("[...]"),
    }
}
fn compare<const OP: u8>(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    let Some(y) = vm.as_list(a[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let op = Comparison::ALL[OP as usize];
    compare_items(vm, op, &|i| x.get(i), &|i| y.get(i), &|| (x.len(), y.len()))
}

// ---- subscripts
#[cold]
fn bad_subscript(vm: &Vm, key: Value) -> pyrs_core::Raised {
    vm.type_error(format!("list indices must be integers or slices, not {}", vm.type_name(key)))
}
/// The key as an index, if it is one at all.
fn as_index(vm: &Vm, key: Value) -> Res<isize> {
    match key.as_int() {
        Some(n) => Ok(n),
        None if vm.as_int(key).is_some()
            || vm.special(vm.class_of(key), pyrs_core::Special::Index).is_some() =>
        {
            vm.index_isize(key, None)
        }
        None => Err(bad_subscript(vm, key)),
    }
}
/// An index within the list as it is now.
fn position(vm: &Vm, l: Gc<List>, n: isize, message: &str) -> Res<usize> {
    let i = if n < 0 { n.saturating_add(l.len() as isize) } else { n };
    if i < 0 || i as usize >= l.len() { Err(vm.index_error(message)) } else { Ok(i as usize) }
}
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    if let Some(s) = vm.as_slice(a[1]) {
        let parts = vm.unpack_slice(s)?;
        return Ok(vm.list_of_indices(l, parts.resolve(l.len()))?.value());
    }
    let n = as_index(vm, a[1])?;
    let i = position(vm, l, n, "list index out of range")?;
    Ok(l.items()[i])
}
fn set_item(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    if let Some(s) = vm.as_slice(a[1]) {
        let parts = vm.unpack_slice(s)?;
        return assign_slice(vm, l, parts, a[2]);
    }
    let n = as_index(vm, a[1])?;
    let i = position(vm, l, n, "list assignment index out of range")?;
    l.set(vm, i, a[2]);
    Ok(Value::NONE)
}
fn assign_slice(vm: &Vm, l: Gc<List>, parts: pyrs_core::object::SliceParts, value: Value) -> Res {
    // The new items as a list or tuple of their own; iterating may change `l`.
    let fresh = match vm.as_list(value) {
        Some(v) if v != l && vm.exact::<List>(value, core_shape::LIST).is_some() => v,
        Some(v) if v == l => vm.list_from(l.items())?,
        _ => vm.to_list(value).map_err(|r| {
            let iterable = vm.special(vm.class_of(value), pyrs_core::Special::Iter).is_some();
            if iterable || !vm.pending_is(r, vm.exc().type_error) {
                return r;
            }
            vm.take_exception(r);
            vm.type_error("must assign iterable to extended slice")
        })?,
    };
    let ix = parts.resolve(l.len());
    if parts.step == 1 {
        let stop = ix.stop.max(ix.start) as usize;
        let _keep = Keep::new(fresh);
        let _storage = fresh.array().map(Keep::new);
        vm.list_splice(l, ix.start as usize, stop, fresh.items())?;
        return Ok(Value::NONE);
    }
    if fresh.len() != ix.count {
        return Err(vm.value_error(format!(
            "attempt to assign sequence of size {} to extended slice of size {}",
            fresh.len(),
            ix.count
        )));
    }
    for (k, i) in ix.positions().enumerate() {
        l.set(vm, i, fresh.items()[k]);
    }
    Ok(Value::NONE)
}
fn delete_item(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    if let Some(s) = vm.as_slice(a[1]) {
        let parts = vm.unpack_slice(s)?;
        return delete_slice(vm, l, parts.resolve(l.len()).ascending());
    }
    let n = as_index(vm, a[1])?;
    let i = position(vm, l, n, "list assignment index out of range")?;
    remove_range(vm, l, i, i + 1)?;
    Ok(Value::NONE)
}
/// Deletes the selected items; `ix` ascends.
fn delete_slice(vm: &Vm, l: Gc<List>, ix: Indices) -> Res {
    if ix.count == 0 {
        return Ok(Value::NONE);
    }
    let start = ix.start as usize;
    if ix.step == 1 || ix.count == 1 {
        remove_range(vm, l, start, start + ix.count)?;
        return Ok(Value::NONE);
    }
    let n = l.len();
    if let Some(a) = l.array() {
        vm.heap.barrier_all(a.erase());
        let (mut to, mut next, mut gone) = (start, start, 0);
        for from in start..n {
            if gone < ix.count && from == next {
                gone += 1;
                next += ix.step as usize;
            } else {
                a.slot(to).set_unbarriered(a.get(from));
                to += 1;
            }
        }
        for i in to..n {
            a.slot(i).set_unbarriered(Value::UNBOUND);
        }
        l.length.set(to);
    }
    trim(vm, l)?;
    Ok(Value::NONE)
}
fn remove_range(vm: &Vm, l: Gc<List>, from: usize, to: usize) -> Res<()> {
    if from == 0 && to == l.len() {
        vm.list_clear(l);
        return Ok(());
    }
    vm.list_splice(l, from, to, &[])?;
    trim(vm, l)
}
/// Gives storage back when three quarters of it are unused.
fn trim(vm: &Vm, l: Gc<List>) -> Res<()> {
    let n = l.len();
    match l.array() {
        Some(a) if a.capacity() > 64 && n < a.capacity() / 4 => {
            let new = vm.new_array(n + n / 2 + 4)?;
            for i in 0..n {
                new.slot(i).set_unbarriered(a.get(i));
            }
            vm.written_in_bulk(new);
            l.storage.set(&vm.heap, l, new.value());
            Ok(())
        }
        _ => Ok(()),
    }
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    Ok(Value::bool(find_item(vm, &|i| l.get(i), a[1], 0, usize::MAX)?.is_some()))
}

// ---- iterators
fn iter(vm: &Vm, a: &[Value]) -> Res {
    new_iter(vm, a[0], core_shape::LIST_ITER, 0, 1)
}
fn reversed(vm: &Vm, a: &[Value]) -> Res {
    let n = this(vm, a)?.len() as isize;
    new_iter(vm, a[0], core_shape::LIST_REVERSE_ITER, n - 1, -1)
}
pub(super) fn new_iter(
    vm: &Vm,
    sequence: Value,
    shape: pyrs_core::ShapeId,
    index: isize,
    step: isize,
) -> Res {
    let it = SeqIter {
        header: Header::new(shape, 0),
        sequence: Slot::new(sequence),
        index: Cell::new(index),
        step: Cell::new(step),
    };
    Ok(vm.alloc(it)?.value())
}

// ---- operators
fn add(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    let Some(y) = vm.as_list(a[1]) else {
        return Err(vm.type_error(format!(
            "can only concatenate list (not \"{}\") to list",
            vm.type_name(a[1])
        )));
    };
    let (n, m) = (x.len(), y.len());
    let new = vm.new_list_with_capacity(n + m)?;
    if let Some(to) = new.array() {
        for (i, &v) in x.items().iter().chain(y.items()).enumerate() {
            to.slot(i).set_unbarriered(v);
        }
        vm.written_in_bulk(to);
    }
    new.length.set(n + m);
    Ok(new.value())
}
fn in_place_add(vm: &Vm, a: &[Value]) -> Res {
    extend_from(vm, this(vm, a)?, a[1])?;
    Ok(a[0])
}
fn repeated_len(vm: &Vm, n: usize, times: usize) -> Res<usize> {
    match n.checked_mul(times) {
        Some(total) if total <= isize::MAX as usize / size_of::<Value>() => Ok(total),
        _ => Err(vm.memory_error()),
    }
}
fn multiply(vm: &Vm, a: &[Value]) -> Res {
    let times = repeat_count(vm, a[1])?;
    let l = this(vm, a)?;
    let n = l.len();
    let total = repeated_len(vm, n, times)?;
    let new = vm.new_list_with_capacity(total)?;
    if let (Some(to), Some(from)) = (new.array(), l.array()) {
        for i in 0..total {
            let v = if i < n { from.get(i) } else { to.get(i - n) };
            to.slot(i).set_unbarriered(v);
        }
        vm.written_in_bulk(to);
    }
    new.length.set(total);
    Ok(new.value())
}
fn in_place_multiply(vm: &Vm, a: &[Value]) -> Res {
    let times = repeat_count(vm, a[1])?;
    let l = this(vm, a)?;
    let n = l.len();
    if times == 0 {
        vm.list_clear(l);
        return Ok(a[0]);
    }
    let total = repeated_len(vm, n, times)?;
    vm.list_reserve(l, total)?;
    if let Some(s) = l.array() {
        vm.heap.barrier_all(s.erase());
        for i in n..total {
            s.slot(i).set_unbarriered(s.get(i - n));
        }
        l.length.set(total);
    }
    Ok(a[0])
}
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    let storage = l.array().map_or(0, |s| vm.heap.size_of(s.erase()));
    vm.int_usize(vm.heap.size_of(l.erase()) + storage)
}

// ---- methods
fn append(vm: &Vm, a: &[Value]) -> Res {
    vm.list_append(this(vm, a)?, a[1])?;
    Ok(Value::NONE)
}
fn extend(vm: &Vm, a: &[Value]) -> Res {
    extend_from(vm, this(vm, a)?, a[1])?;
    Ok(Value::NONE)
}
fn insert(vm: &Vm, a: &[Value]) -> Res {
    let n = ssize(vm, a[1])?;
    let l = this(vm, a)?;
    let len = l.len() as isize;
    let i = if n < 0 { n.saturating_add(len).max(0) } else { n.min(len) };
    if i == len {
        vm.list_append(l, a[2])?;
    } else {
        vm.list_splice(l, i as usize, i as usize, &[a[2]])?;
    }
    Ok(Value::NONE)
}
fn pop(vm: &Vm, a: &[Value]) -> Res {
    let n = ssize(vm, a[1])?;
    let l = this(vm, a)?;
    if l.is_empty() {
        return Err(vm.index_error("pop from empty list"));
    }
    let i = position(vm, l, n, "pop index out of range")?;
    let v = l.items()[i];
    let last = l.len() - 1;
    if i == last {
        l.set(vm, i, Value::UNBOUND);
        l.length.set(last);
        trim(vm, l)?;
    } else {
        remove_range(vm, l, i, i + 1)?;
    }
    Ok(v)
}
fn remove(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    match find_item(vm, &|i| l.get(i), a[1], 0, usize::MAX)? {
        Some(i) => {
            // The comparison may have shortened the list.
            if i < l.len() {
                remove_range(vm, l, i, i + 1)?;
            }
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}
fn clear(vm: &Vm, a: &[Value]) -> Res {
    vm.list_clear(this(vm, a)?);
    Ok(Value::NONE)
}
fn copy(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    Ok(vm.list_from(l.items())?.value())
}
fn reverse(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    if let Some(s) = l.array() {
        vm.heap.barrier_all(s.erase());
        let n = l.len();
        for i in 0..n / 2 {
            let (x, y) = (s.get(i), s.get(n - 1 - i));
            s.slot(i).set_unbarriered(y);
            s.slot(n - 1 - i).set_unbarriered(x);
        }
    }
    Ok(Value::NONE)
}
fn index(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    let start = index_bound(vm, a[2], l.len())?;
    let stop = index_bound(vm, a[3], l.len())?;
    match find_item(vm, &|i| l.get(i), a[1], start, stop)? {
        Some(i) => vm.int_usize(i),
        None => Err(vm.value_error("list.index(x): x not in list")),
    }
}
fn count(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    count_items(vm, &|i| l.get(i), a[1])
}
fn sort_method(vm: &Vm, a: &[Value]) -> Res {
    let l = this(vm, a)?;
    let reverse = vm.truth(a[2])?;
    sort::sort_list(vm, l, a[1], reverse)?;
    Ok(Value::NONE)
}
