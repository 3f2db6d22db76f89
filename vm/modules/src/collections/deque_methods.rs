//! What Python programs see of deques and their iterators.

use super::deque::Deque;
use crate::class_support::{CLASS_GETITEM, ITER_SELF, class_of_new};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

const SELF: &str = "(self, /)";
const ONE: &str = "(self, value, /)";

pub(super) static DEQUE: ClassSpec = ClassSpec {
    name: "collections.deque",
    layout: <Deque as Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_WEAKREF | class_flag::SEQUENCE,
    doc: "A list-like sequence optimized for data accesses near its endpoints.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
        NativeDef::method("__init__", "(self, iterable=<unrepresentable>, maxlen=None)", init, ""),
        NativeDef::method(
            "append",
            "(self, item, /)",
            append,
            "Add an element to the right side of the deque.",
        ),
        NativeDef::method(
            "appendleft",
            "(self, item, /)",
            append_left,
            "Add an element to the left side of the deque.",
        ),
        NativeDef::method("clear", SELF, clear, "Remove all elements from the deque."),
        NativeDef::method("copy", SELF, copy, "Return a shallow copy of a deque."),
        NativeDef::method("__copy__", SELF, copy, "Return a shallow copy of a deque."),
        NativeDef::method("count", ONE, count, "Return number of occurrences of value."),
        NativeDef::method(
            "extend",
            "(self, iterable, /)",
            extend,
            "Extend the right side of the deque with elements from the iterable.",
        ),
        NativeDef::method(
            "extendleft",
            "(self, iterable, /)",
            extend_left,
            "Extend the left side of the deque with elements from the iterable.",
        ),
        NativeDef::method(
            "index",
            "(self, value, start=0, stop=9223372036854775807, /)",
            index,
            "Return first index of value.\n\nRaises ValueError if the value is not present.",
        ),
        NativeDef::method(
            "insert",
            "(self, index, value, /)",
            insert,
            "Insert value before index.",
        ),
        NativeDef::method("pop", SELF, pop, "Remove and return the rightmost element."),
        NativeDef::method("popleft", SELF, pop_left, "Remove and return the leftmost element."),
        NativeDef::method("remove", ONE, remove, "Remove first occurrence of value."),
        NativeDef::method("reverse", SELF, reverse, "Reverse *IN PLACE*."),
        NativeDef::method(
            "rotate",
            "(self, n=1, /)",
            rotate,
            "Rotate the deque n steps to the right.  If n is negative, rotates left.",
        ),
        NativeDef::method(
            "__len__",
            SELF,
            |vm, a| vm.int_usize(this(vm, a)?.len()),
            "Return len(self).",
        ),
        NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
        NativeDef::method(
            "__setitem__",
            "(self, key, value, /)",
            set_item,
            "Set self[key] to value.",
        ),
        NativeDef::method("__delitem__", "(self, key, /)", delete_item, "Delete self[key]."),
        NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
        NativeDef::method("__add__", ONE, add, "Return self+value."),
        NativeDef::method("__iadd__", ONE, in_place_add, "Implement self+=value."),
        NativeDef::method("__mul__", ONE, multiply, "Return self*value."),
        NativeDef::method("__rmul__", ONE, multiply, "Return value*self."),
        NativeDef::method("__imul__", ONE, in_place_multiply, "Implement self*=value."),
        NativeDef::method(
            "__eq__",
            ONE,
            |vm, a| compare(vm, Comparison::Eq, a),
            "Return self==value.",
        ),
        NativeDef::method(
            "__ne__",
            ONE,
            |vm, a| compare(vm, Comparison::Ne, a),
            "Return self!=value.",
        ),
        NativeDef::method(
            "__lt__",
            ONE,
            |vm, a| compare(vm, Comparison::Lt, a),
            "Return self<value.",
        ),
        NativeDef::method(
            "__le__",
            ONE,
            |vm, a| compare(vm, Comparison::Le, a),
            "Return self<=value.",
        ),
        NativeDef::method(
            "__gt__",
            ONE,
            |vm, a| compare(vm, Comparison::Gt, a),
            "Return self>value.",
        ),
        NativeDef::method(
            "__ge__",
            ONE,
            |vm, a| compare(vm, Comparison::Ge, a),
            "Return self>=value.",
        ),
        NativeDef::method(
            "__iter__",
            SELF,
            |vm, a| iterator(vm, a[0], false),
            "Implement iter(self).",
        ),
        NativeDef::method(
            "__reversed__",
            SELF,
            |vm, a| iterator(vm, a[0], true),
            "Return a reverse iterator over the deque.",
        ),
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
        NativeDef::method("__reduce__", SELF, reduce, "Return state information for pickling."),
        NativeDef::method(
            "__sizeof__",
            SELF,
            sizeof,
            "Return the size of the deque in memory, in bytes.",
        ),
        CLASS_GETITEM,
    ],
    getset: &[GetSetDef::read_only(
        "maxlen",
        max_len,
        "maximum size of a deque or None if unbounded",
    )],
    fields: &[],
};

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<Deque>> {
    as_deque(vm, a[0]).ok_or_else(|| vm.type_error("a deque is required"))
}
fn as_deque(vm: &Vm, v: Value) -> Option<Gc<Deque>> {
    vm.cast(v)
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.new_instance(class_of_new(vm, a[0])?)?.value())
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let max = if a[2].is_none() {
        None
    } else if vm.as_int(a[2]).is_none() {
        return Err(vm.type_error("an integer is required"));
    } else {
        let n = vm.index_isize(a[2], Some(vm.exc().overflow_error))?;
        if n < 0 {
            return Err(vm.value_error("maxlen must be non-negative"));
        }
        Some(n as usize)
    };
    d.set_max_len(max);
    if d.len() > 0 {
        Deque::clear(d, vm);
    }
    if !a[1].is_unbound() {
        Deque::extend(d, vm, a[1])?;
    }
    Ok(Value::NONE)
}
fn max_len(vm: &Vm, v: Value) -> Res {
    match as_deque(vm, v).and_then(|d| d.max_len()) {
        Some(n) => vm.int_usize(n),
        None => Ok(Value::NONE),
    }
}
fn append(vm: &Vm, a: &[Value]) -> Res {
    Deque::push_back(this(vm, a)?, vm, a[1])?;
    Ok(Value::NONE)
}
fn append_left(vm: &Vm, a: &[Value]) -> Res {
    Deque::push_front(this(vm, a)?, vm, a[1])?;
    Ok(Value::NONE)
}
fn clear(vm: &Vm, a: &[Value]) -> Res {
    Deque::clear(this(vm, a)?, vm);
    Ok(Value::NONE)
}
/// A deque of the same class and limit with the same items.
fn copy(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let class = vm.class_of(a[0]);
    if class == vm.native_class::<Deque>() {
        return Ok(copy_exact(vm, d)?.value());
    }
    let made = if d.max_len().is_none() {
        vm.call(class.value(), &[a[0]])?
    } else {
        vm.call(class.value(), &[a[0], max_len(vm, a[0])?])?
    };
    if as_deque(vm, made).is_none() {
        return Err(vm.type_error(format!(
            "{}() must return a deque, not {}",
            vm.class_name(class),
            vm.type_name(made)
        )));
    }
    Ok(made)
}
fn copy_exact(vm: &Vm, d: Gc<Deque>) -> Res<Gc<Deque>> {
    let o = vm.new_instance(vm.native_class::<Deque>())?;
    // SAFETY: a fresh instance of deque.
    let new: Gc<Deque> = unsafe { o.cast() };
    new.set_max_len(d.max_len());
    for i in 0..d.len() {
        Deque::push_back(new, vm, d.get(i).unwrap_or(Value::NONE))?;
    }
    Ok(new)
}
/// The position of an item equal to `v` in `from..to`; RuntimeError when comparing changes the deque.
fn search(vm: &Vm, d: Gc<Deque>, v: Value, from: usize, to: usize) -> Res<Option<usize>> {
    let version = d.version.get();
    for i in from..to.min(d.len()) {
        let Some(item) = d.get(i) else { break };
        let found = vm.equal(item, v)?;
        if d.version.get() != version {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
        if found {
            return Ok(Some(i));
        }
    }
    Ok(None)
}
fn count(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let (mut n, mut at) = (0usize, 0);
    while let Some(i) = search(vm, d, a[1], at, usize::MAX)? {
        n += 1;
        at = i + 1;
    }
    vm.int_usize(n)
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(search(vm, this(vm, a)?, a[1], 0, usize::MAX)?.is_some()))
}
fn bound(vm: &Vm, v: Value, len: usize) -> Res<usize> {
    let n = vm.index_clamped(v)?;
    Ok(if n < 0 { (n + len as isize).max(0) as usize } else { (n as usize).min(len) })
}
fn index(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let (start, stop) = (bound(vm, a[2], d.len())?, bound(vm, a[3], d.len())?);
    match search(vm, d, a[1], start, stop)? {
        Some(i) => vm.int_usize(i),
        None => Err(vm.value_error("deque.index(x): x not in deque")),
    }
}
fn extend(vm: &Vm, a: &[Value]) -> Res {
    Deque::extend(this(vm, a)?, vm, a[1])?;
    Ok(Value::NONE)
}
fn extend_left(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let source = if a[1] == a[0] { Deque::to_list(d, vm)? } else { a[1] };
    let it = vm.get_iter(source)?;
    while let Some(v) = vm.next(it)? {
        Deque::push_front(d, vm, v)?;
    }
    Ok(Value::NONE)
}
fn insert(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let n = vm.index_isize(a[1], Some(vm.exc().overflow_error))?;
    if d.max_len() == Some(d.len()) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let len = d.len() as isize;
    let at = if n < 0 { (n + len).max(0) } else { n.min(len) };
    Deque::insert(d, vm, at as usize, a[2])?;
    Ok(Value::NONE)
}
fn pop(vm: &Vm, a: &[Value]) -> Res {
    this(vm, a)?.pop_back(vm).ok_or_else(|| vm.index_error("pop from an empty deque"))
}
fn pop_left(vm: &Vm, a: &[Value]) -> Res {
    this(vm, a)?.pop_front(vm).ok_or_else(|| vm.index_error("pop from an empty deque"))
}
fn remove(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let version = d.version.get();
    for i in 0..d.len() {
        let Some(item) = d.get(i) else { break };
        let found = vm.equal(item, a[1])?;
        if d.version.get() != version {
            return Err(vm.index_error("deque mutated during remove()."));
        }
        if found {
            d.remove(vm, i);
            return Ok(Value::NONE);
        }
    }
    Err(vm.value_error("deque.remove(x): x not in deque"))
}
fn reverse(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let n = d.len();
    for i in 0..n / 2 {
        let (x, y) = (d.get(i), d.get(n - 1 - i));
        if let (Some(x), Some(y)) = (x, y) {
            d.set(vm, i, y);
            d.set(vm, n - 1 - i, x);
        }
    }
    Ok(Value::NONE)
}
fn rotate(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index_isize(a[1], Some(vm.exc().overflow_error))?;
    this(vm, a)?.rotate(vm, n);
    Ok(Value::NONE)
}

// ---- items
fn item_index(vm: &Vm, d: Gc<Deque>, key: Value) -> Res<usize> {
    if vm.as_int(key).is_none() && vm.special(vm.class_of(key), pyrs_core::Special::Index).is_none()
    {
        return Err(
            vm.type_error(format!("sequence index must be integer, not '{}'", vm.type_name(key)))
        );
    }
    vm.sequence_index(key, d.len(), "deque index out of range")
}
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let i = item_index(vm, d, a[1])?;
    d.get(i).ok_or_else(|| vm.index_error("deque index out of range"))
}
fn set_item(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let i = item_index(vm, d, a[1])?;
    d.set(vm, i, a[2]);
    Ok(Value::NONE)
}
fn delete_item(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let i = item_index(vm, d, a[1])?;
    d.remove(vm, i);
    Ok(Value::NONE)
}

// ---- arithmetic and comparison
fn add(vm: &Vm, a: &[Value]) -> Res {
    if as_deque(vm, a[1]).is_none() {
        let other = vm.type_name(a[1]);
        return Err(vm.type_error(format!("can only concatenate deque (not \"{other}\") to deque")));
    }
    let made = copy(vm, a)?;
    Deque::extend(this(vm, &[made])?, vm, a[1])?;
    Ok(made)
}
fn in_place_add(vm: &Vm, a: &[Value]) -> Res {
    extend(vm, a)?;
    Ok(a[0])
}
fn repetitions(vm: &Vm, v: Value) -> Res<Option<usize>> {
    if vm.as_int(v).is_none() && vm.special(vm.class_of(v), pyrs_core::Special::Index).is_none() {
        return Ok(None);
    }
    Ok(Some(vm.index_isize(v, Some(vm.exc().overflow_error))?.max(0) as usize))
}
fn multiply(vm: &Vm, a: &[Value]) -> Res {
    let Some(n) = repetitions(vm, a[1])? else {
        return Err(vm.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            vm.type_name(a[1])
        )));
    };
    let made = copy(vm, a)?;
    repeat(vm, this(vm, &[made])?, n)?;
    Ok(made)
}
fn in_place_multiply(vm: &Vm, a: &[Value]) -> Res {
    let Some(n) = repetitions(vm, a[1])? else {
        return Err(vm.type_error(format!(
            "can't multiply sequence by non-int of type '{}'",
            vm.type_name(a[1])
        )));
    };
    repeat(vm, this(vm, a)?, n)?;
    Ok(a[0])
}
fn repeat(vm: &Vm, d: Gc<Deque>, n: usize) -> Res<()> {
    if n == 0 {
        Deque::clear(d, vm);
        return Ok(());
    }
    let len = d.len();
    let total = len.checked_mul(n).filter(|&t| t <= u32::MAX as usize || d.max_len().is_some());
    let Some(total) = total else { return Err(vm.memory_error()) };
    let items = Deque::to_list(d, vm)?;
    let Some(items) = vm.as_list(items) else { return Ok(()) };
    // With a limit only the last rounds stay.
    let needed = d.max_len().map_or(total, |m| total.min(m.saturating_add(len)));
    let rounds = needed.div_ceil(len.max(1)).min(n);
    for _ in 1..rounds {
        for i in 0..len {
            Deque::push_back(d, vm, items.get(i).unwrap_or(Value::NONE))?;
        }
        if vm.interrupted() {
            vm.run_pending()?;
        }
    }
    Ok(())
}
fn compare(vm: &Vm, op: Comparison, a: &[Value]) -> Res {
    let (Some(x), Some(y)) = (as_deque(vm, a[0]), as_deque(vm, a[1])) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    if matches!(op, Comparison::Eq | Comparison::Ne) {
        if x == y {
            return Ok(Value::bool(op == Comparison::Eq));
        }
        if x.len() != y.len() {
            return Ok(Value::bool(op == Comparison::Ne));
        }
    }
    let (vx, vy) = (x.version.get(), y.version.get());
    let mut i = 0;
    while let (Some(p), Some(q)) = (x.get(i), y.get(i)) {
        let same = vm.equal(p, q)?;
        if (x.version.get(), y.version.get()) != (vx, vy) {
            return Err(vm.runtime_error("deque mutated during iteration"));
        }
        if !same {
            return match op {
                Comparison::Eq => Ok(Value::FALSE),
                Comparison::Ne => Ok(Value::TRUE),
                _ => vm.compare(op, p, q),
            };
        }
        i += 1;
    }
    Ok(Value::bool(op.holds(x.len().cmp(&y.len()))))
}

// ---- text and pickling
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let list = Deque::to_list(d, vm)?;
    let items = vm.guard_repr(a[0], || vm.repr(list))?;
    let Some(items) = items else { return vm.str("[...]") };
    let mut out = StrBuilder::from(vm.class_name(vm.class_of(a[0])).as_str());
    out.push_str("(");
    out.push_points(items.points());
    if let Some(n) = d.max_len() {
        out.push_str(&format!(", maxlen={n}"));
    }
    out.push_str(")");
    Ok(vm.new_str_builder(&out)?.value())
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let state = vm.call_method_str(a[0], vm.names().getstate, &[])?;
    let it = vm.get_iter(a[0])?;
    let args = match d.max_len() {
        None => vm.tuple(&[])?,
        Some(n) => vm.tuple(&[vm.tuple(&[])?, vm.int_usize(n)?])?,
    };
    vm.tuple(&[vm.class_of(a[0]).value(), args, state, it])
}
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    vm.int_usize(vm.heap.size_of(d.erase()) + d.storage_bytes())
}

// ---- iterators
/// Walks a deque from either end; the class tells which.
#[repr(C)]
pub(super) struct DequeIter {
    header: Header,
    deque: Slot,
    left: Cell<usize>,
    version: Cell<usize>,
    reverse: Cell<bool>,
}
native_object!(DequeIter, "_deque_iterator", slots = 1);

pub(super) static DEQUE_ITERATOR: ClassSpec = ClassSpec {
    name: "_collections._deque_iterator",
    layout: <DequeIter as Native>::LAYOUT,
    flags: 0,
    doc: "",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, iterable, index=0, /)",
            |vm, a| iterator_new(vm, a, false),
            "",
        ),
        ITER_SELF,
        NativeDef::method("__next__", SELF, next, "Implement next(self)."),
        NativeDef::method(
            "__length_hint__",
            SELF,
            length_hint,
            "Private method returning an estimate of len(list(it)).",
        ),
        NativeDef::method(
            "__reduce__",
            SELF,
            iterator_reduce,
            "Return state information for pickling.",
        ),
    ],
    getset: &[],
    fields: &[],
};
pub(super) static DEQUE_REVERSE_ITERATOR: ClassSpec = ClassSpec {
    name: "_collections._deque_reverse_iterator",
    layout: <DequeIter as Native>::LAYOUT,
    flags: 0,
    doc: "",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, iterable, index=0, /)",
            |vm, a| iterator_new(vm, a, true),
            "",
        ),
        ITER_SELF,
        NativeDef::method("__next__", SELF, next, "Implement next(self)."),
        NativeDef::method(
            "__length_hint__",
            SELF,
            length_hint,
            "Private method returning an estimate of len(list(it)).",
        ),
        NativeDef::method(
            "__reduce__",
            SELF,
            iterator_reduce,
            "Return state information for pickling.",
        ),
    ],
    getset: &[],
    fields: &[],
};

fn iterator(vm: &Vm, v: Value, reverse: bool) -> Res {
    let d = this(vm, &[v])?;
    let forward = vm.native_class::<DequeIter>();
    let class = if reverse {
        vm.hook("deque_reverse_iterator").and_then(|c| vm.as_class(c)).unwrap_or(forward)
    } else {
        forward
    };
    let it = vm.alloc(DequeIter {
        header: Header::new(class.root_shape.get(), 0),
        deque: Slot::new(v),
        left: Cell::new(d.len()),
        version: Cell::new(d.version.get()),
        reverse: Cell::new(reverse),
    })?;
    Ok(it.value())
}
fn iterator_new(vm: &Vm, a: &[Value], reverse: bool) -> Res {
    if as_deque(vm, a[1]).is_none() {
        return Err(vm.type_error(format!(
            "argument 1 must be collections.deque, not {}",
            vm.type_name(a[1])
        )));
    }
    let skip = vm.index_isize(a[2], Some(vm.exc().overflow_error))?.max(0) as usize;
    let it = iterator(vm, a[1], reverse)?;
    if let Some(i) = vm.cast::<DequeIter>(it) {
        i.left.set(i.left.get().saturating_sub(skip));
    }
    Ok(it)
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    let Some(it) = vm.cast::<DequeIter>(a[0]) else { return Ok(Value::UNBOUND) };
    let Some(d) = as_deque(vm, it.deque.get()) else { return Ok(Value::UNBOUND) };
    if d.version.get() != it.version.get() {
        it.left.set(0);
        return Err(vm.runtime_error("deque mutated during iteration"));
    }
    let left = it.left.get();
    if left == 0 {
        return Ok(Value::UNBOUND);
    }
    it.left.set(left - 1);
    let i = if it.reverse.get() { left - 1 } else { d.len() - left };
    Ok(d.get(i).unwrap_or(Value::UNBOUND))
}
fn length_hint(vm: &Vm, a: &[Value]) -> Res {
    vm.int_usize(vm.cast::<DequeIter>(a[0]).map_or(0, |i| i.left.get()))
}
fn iterator_reduce(vm: &Vm, a: &[Value]) -> Res {
    let Some(it) = vm.cast::<DequeIter>(a[0]) else { return Err(vm.type_error("not an iterator")) };
    let len = as_deque(vm, it.deque.get()).map_or(0, |d| d.len());
    let done = vm.int_usize(len.saturating_sub(it.left.get()))?;
    let args = vm.tuple(&[it.deque.get(), done])?;
    vm.tuple(&[vm.class_of(a[0]).value(), args])
}
