//! `range`: ints of any size; everything is computed from start, step and the length kept in the object.

use super::iterators::iter_reduce;
use super::slice::{int_op, less, long_indices};
use super::{document, member, wrong_receiver};
use crate::support::class_argument;
use core::cell::Cell;
use pyrs_core::object::{
    BigInt, GetSetDef, LongRangeIter, NativeDef, Range, RangeIter, core_shape,
};
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Gc, Header, Res, Slot, Special, Value, Vm};
use pyrs_text::hash::TupleHasher;

const SELF: &str = "(self, /)";
const ZERO: Value = Value::small_int(0);
const ONE: Value = Value::small_int(1);

static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, start, stop=<unrepresentable>, step=<unrepresentable>, /)",
        new,
        "",
    ),
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    NativeDef::method("__hash__", SELF, hash, "Return hash(self)."),
    NativeDef::method("__eq__", "(self, value, /)", equal, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", not_equal, "Return self!=value."),
    NativeDef::method("__len__", SELF, length, "Return len(self)."),
    NativeDef::method(
        "__bool__",
        SELF,
        |vm, a| Ok(Value::bool(this(vm, a)?.length.get() != ZERO)),
        "True if self else False",
    ),
    NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
    NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
    NativeDef::method("__iter__", SELF, iter, "Implement iter(self)."),
    NativeDef::method("__reversed__", SELF, reversed, "Return a reverse iterator."),
    NativeDef::method("__reduce__", SELF, reduce, ""),
    NativeDef::method(
        "count",
        "(self, object, /)",
        count,
        "rangeobject.count(value) -> integer -- return number of occurrences of value",
    ),
    NativeDef::method(
        "index",
        "(self, object, /)",
        index,
        "rangeobject.index(value) -> integer -- return index of value.\nRaise ValueError if the value is not present.",
    ),
];
static GETSET: &[GetSetDef] = &[
    member("start", |vm, v| Ok(this(vm, &[v])?.start.get())),
    member("stop", |vm, v| Ok(this(vm, &[v])?.stop.get())),
    member("step", |vm, v| Ok(this(vm, &[v])?.step.get())),
];
static ITER_METHODS: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
    NativeDef::method("__next__", SELF, iter_next, "Implement next(self)."),
    NativeDef::method(
        "__length_hint__",
        SELF,
        iter_length_hint,
        "Private method returning an estimate of len(list(it)).",
    ),
    NativeDef::method(
        "__reduce__",
        SELF,
        iter_reduce_range,
        "Return state information for pickling.",
    ),
    NativeDef::method(
        "__setstate__",
        "(self, object, /)",
        iter_set_state,
        "Set state information for unpickling.",
    ),
];
static LONG_METHODS: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
    NativeDef::method("__next__", SELF, long_next, "Implement next(self)."),
    NativeDef::method(
        "__length_hint__",
        SELF,
        |vm, a| Ok(this_long(vm, a)?.left.get()),
        "Private method returning an estimate of len(list(it)).",
    ),
    NativeDef::method("__reduce__", SELF, long_reduce, "Return state information for pickling."),
    NativeDef::method(
        "__setstate__",
        "(self, object, /)",
        long_set_state,
        "Set state information for unpickling.",
    ),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let k = vm.classes();
    document(
        vm,
        k.range,
        "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\nThe integers from start (0 if absent) up to but not including stop, step apart.",
    )?;
    vm.extend_class(k.range, METHODS, GETSET)?;
    vm.extend_class(k.range_iter, ITER_METHODS, &[])?;
    vm.extend_class(k.long_range_iter, LONG_METHODS, &[])
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<Range>> {
    vm.exact(a[0], core_shape::RANGE).ok_or_else(|| wrong_receiver(vm, a[0], "range"))
}

// ---- making
fn new(vm: &Vm, a: &[Value]) -> Res {
    class_argument(vm, a[0], vm.classes().range)?;
    if a[2].is_unbound() {
        return make(vm, ZERO, vm.index(a[1])?, ONE);
    }
    let start = vm.index(a[1])?;
    let stop = vm.index(a[2])?;
    let step = if a[3].is_unbound() { ONE } else { vm.index(a[3])? };
    if step == ZERO {
        return Err(vm.value_error("range() arg 3 must not be zero"));
    }
    make(vm, start, stop, step)
}
fn make(vm: &Vm, start: Value, stop: Value, step: Value) -> Res {
    let length = length_of(vm, start, stop, step)?;
    vm.new_range(start, stop, step, length)
}
fn length_of(vm: &Vm, start: Value, stop: Value, step: Value) -> Res {
    if let (Some(a), Some(b), Some(s)) = (start.as_int(), stop.as_int(), step.as_int()) {
        let (a, b, s) = (a as i128, b as i128, s as i128);
        let n = if s > 0 && a < b {
            (b - a - 1) / s + 1
        } else if s < 0 && b < a {
            (a - b - 1) / -s + 1
        } else {
            0
        };
        return match i64::try_from(n) {
            Ok(n) => vm.int(n),
            Err(_) => vm.int_from_i128(n),
        };
    }
    let (low, high, step) =
        if less(vm, ZERO, step) { (start, stop, step) } else { (stop, start, vm.negative(step)?) };
    if !less(vm, low, high) {
        return Ok(ZERO);
    }
    let span = int_op(vm, BinaryOp::Sub, int_op(vm, BinaryOp::Sub, high, low)?, ONE)?;
    int_op(vm, BinaryOp::Add, int_op(vm, BinaryOp::FloorDiv, span, step)?, ONE)
}
/// Item `i` (an exact int), whether the range has it or not.
fn item_at(vm: &Vm, r: Gc<Range>, i: Value) -> Res {
    let offset = int_op(vm, BinaryOp::Mul, i, r.step.get())?;
    int_op(vm, BinaryOp::Add, r.start.get(), offset)
}

// ---- as a value
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    let (start, stop) = (vm.repr(r.start.get())?, vm.repr(r.stop.get())?);
    let mut text = format!("range({}, {}", start.to_lossy(), stop.to_lossy());
    if r.step.get() != ONE {
        text.push_str(", ");
        text.push_str(&vm.repr(r.step.get())?.to_lossy());
    }
    text.push(')');
    vm.str(&text)
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    let n = r.length.get();
    let mut h = TupleHasher::new();
    let start = if n == ZERO { Value::NONE } else { r.start.get() };
    let step = if n == ZERO || n == ONE { Value::NONE } else { r.step.get() };
    for v in [n, start, step] {
        h.add(vm.hash(v)?);
    }
    vm.int(h.finish() as i64)
}
fn same_range(vm: &Vm, x: Gc<Range>, y: Gc<Range>) -> bool {
    let same = |a: &Slot, b: &Slot| vm.int_cmp(a.get(), b.get()).is_eq();
    if x == y {
        return true;
    }
    if !same(&x.length, &y.length) {
        return false;
    }
    let n = x.length.get();
    n == ZERO || (same(&x.start, &y.start) && (n == ONE || same(&x.step, &y.step)))
}
fn equal(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    Ok(match vm.exact::<Range>(a[1], core_shape::RANGE) {
        Some(y) => Value::bool(same_range(vm, x, y)),
        None => Value::NOT_IMPLEMENTED,
    })
}
fn not_equal(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    Ok(match vm.exact::<Range>(a[1], core_shape::RANGE) {
        Some(y) => Value::bool(!same_range(vm, x, y)),
        None => Value::NOT_IMPLEMENTED,
    })
}
fn length(vm: &Vm, a: &[Value]) -> Res {
    let n = this(vm, a)?.length.get();
    match vm.int_ref(&n).to_i64().and_then(|n| isize::try_from(n).ok()) {
        Some(_) => Ok(n),
        None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    let parts = vm.tuple(&[r.start.get(), r.stop.get(), r.step.get()])?;
    vm.tuple(&[vm.classes().range.value(), parts])
}

// ---- as a sequence
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    let key = a[1];
    if let Some(s) = vm.as_slice(key) {
        let [start, stop, step] = long_indices(vm, s, r.length.get())?;
        let new_step = int_op(vm, BinaryOp::Mul, step, r.step.get())?;
        return make(vm, item_at(vm, r, start)?, item_at(vm, r, stop)?, new_step);
    }
    if vm.as_int(key).is_none() && vm.special(vm.class_of(key), Special::Index).is_none() {
        return Err(vm.type_error(format!(
            "range indices must be integers or slices, not {}",
            vm.type_name(key)
        )));
    }
    let mut i = vm.index(key)?;
    if less(vm, i, ZERO) {
        i = int_op(vm, BinaryOp::Add, i, r.length.get())?;
    }
    if less(vm, i, ZERO) || !less(vm, i, r.length.get()) {
        return Err(vm.index_error("range object index out of range"));
    }
    item_at(vm, r, i)
}
/// An int or bool; instances of subclasses may compare as they like.
fn plain_int(vm: &Vm, v: Value) -> Option<Value> {
    if v.is_int() || v.as_bool().is_some() {
        return vm.as_int(v);
    }
    vm.exact::<BigInt>(v, core_shape::INT).map(Gc::value)
}
/// Where the exact int `v` stands in the range.
fn find(vm: &Vm, r: Gc<Range>, v: Value) -> Res<Option<Value>> {
    let (start, stop, step) = (r.start.get(), r.stop.get(), r.step.get());
    let inside = if less(vm, ZERO, step) {
        !less(vm, v, start) && less(vm, v, stop)
    } else {
        !less(vm, start, v) && less(vm, stop, v)
    };
    if !inside {
        return Ok(None);
    }
    let distance = int_op(vm, BinaryOp::Sub, v, start)?;
    if int_op(vm, BinaryOp::Mod, distance, step)? != ZERO {
        return Ok(None);
    }
    int_op(vm, BinaryOp::FloorDiv, distance, step).map(Some)
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    if let Some(v) = plain_int(vm, a[1]) {
        return Ok(Value::bool(find(vm, r, v)?.is_some()));
    }
    Ok(Value::bool(search(vm, a[0], a[1])?.is_some()))
}
/// The first position whose item equals any object, by trying all.
fn search(vm: &Vm, range: Value, v: Value) -> Res<Option<usize>> {
    let it = vm.get_iter(range)?;
    let mut i = 0usize;
    while let Some(x) = vm.next(it)? {
        if vm.equal(x, v)? {
            return Ok(Some(i));
        }
        i += 1;
        if i.is_multiple_of(8192) && vm.interrupted() {
            vm.run_pending()?;
        }
    }
    Ok(None)
}
fn count(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    if let Some(v) = plain_int(vm, a[1]) {
        return Ok(Value::small_int(find(vm, r, v)?.is_some() as isize));
    }
    let mut n = 0usize;
    vm.iterate(a[0], |x| {
        n += vm.equal(x, a[1])? as usize;
        Ok(())
    })?;
    vm.int_usize(n)
}
fn index(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    match plain_int(vm, a[1]) {
        Some(v) => match find(vm, r, v)? {
            Some(i) => Ok(i),
            None => Err(vm.value_error("range.index(x): x not in range")),
        },
        None => match search(vm, a[0], a[1])? {
            Some(i) => vm.int_usize(i),
            None => Err(vm.value_error("sequence.index(x): x not in sequence")),
        },
    }
}

// ---- iterators
/// An iterator over `length` numbers from `start`.
fn new_iter(vm: &Vm, start: Value, step: Value, length: Value) -> Res {
    let word = |v: Value| vm.int_ref(&v).to_i64();
    if let (Some(next), Some(step), Some(left)) = (word(start), word(step), word(length)) {
        // The number after the last one must not overflow either: then the next numbers are all exact.
        let end = next as i128 + step as i128 * left as i128;
        if i64::try_from(end).is_ok() {
            let it = RangeIter {
                header: Header::new(core_shape::RANGE_ITER, 0),
                next: Cell::new(next),
                step: Cell::new(step),
                left: Cell::new(left as u64),
            };
            return Ok(vm.alloc(it)?.value());
        }
    }
    let it = LongRangeIter {
        header: Header::new(core_shape::LONG_RANGE_ITER, 0),
        next: Slot::new(start),
        step: Slot::new(step),
        left: Slot::new(length),
    };
    Ok(vm.alloc(it)?.value())
}
fn iter(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    new_iter(vm, r.start.get(), r.step.get(), r.length.get())
}
fn reversed(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a)?;
    let last = int_op(vm, BinaryOp::Sub, r.length.get(), ONE)?;
    new_iter(vm, item_at(vm, r, last)?, vm.negative(r.step.get())?, r.length.get())
}
fn this_iter(vm: &Vm, a: &[Value]) -> Res<Gc<RangeIter>> {
    vm.exact(a[0], core_shape::RANGE_ITER).ok_or_else(|| wrong_receiver(vm, a[0], "range_iterator"))
}
fn iter_next(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.range_iter_next(this_iter(vm, a)?)?.unwrap_or(Value::UNBOUND))
}
fn iter_length_hint(vm: &Vm, a: &[Value]) -> Res {
    vm.int_from_u64(this_iter(vm, a)?.left.get())
}
fn iter_reduce_range(vm: &Vm, a: &[Value]) -> Res {
    let it = this_iter(vm, a)?;
    let end = it.next.get() as i128 + it.step.get() as i128 * it.left.get() as i128;
    let rest = make(vm, vm.int(it.next.get())?, vm.int_from_i128(end)?, vm.int(it.step.get())?)?;
    iter_reduce(vm, rest, Some(Value::NONE))
}
fn iter_set_state(vm: &Vm, a: &[Value]) -> Res {
    let it = this_iter(vm, a)?;
    let n = vm.index(a[1])?;
    let left = it.left.get();
    let n = match vm.int_ref(&n).to_i64() {
        Some(n) => (n.max(0) as u64).min(left),
        None if vm.int_ref(&n).is_negative() => 0,
        None => left,
    };
    it.next.set(it.next.get().wrapping_add((n as i64).wrapping_mul(it.step.get())));
    it.left.set(left - n);
    Ok(Value::NONE)
}
fn this_long(vm: &Vm, a: &[Value]) -> Res<Gc<LongRangeIter>> {
    vm.exact(a[0], core_shape::LONG_RANGE_ITER)
        .ok_or_else(|| wrong_receiver(vm, a[0], "longrange_iterator"))
}
fn long_next(vm: &Vm, a: &[Value]) -> Res {
    let it = this_long(vm, a)?;
    if it.left.get() == ZERO {
        return Ok(Value::UNBOUND);
    }
    let now = it.next.get();
    long_skip(vm, it, ONE)?;
    Ok(now)
}
fn long_skip(vm: &Vm, it: Gc<LongRangeIter>, n: Value) -> Res<()> {
    let left = int_op(vm, BinaryOp::Sub, it.left.get(), n)?;
    let offset = int_op(vm, BinaryOp::Mul, n, it.step.get())?;
    let next = int_op(vm, BinaryOp::Add, it.next.get(), offset)?;
    it.next.set(&vm.heap, it, next);
    it.left.set(&vm.heap, it, left);
    Ok(())
}
fn long_reduce(vm: &Vm, a: &[Value]) -> Res {
    let it = this_long(vm, a)?;
    let offset = int_op(vm, BinaryOp::Mul, it.left.get(), it.step.get())?;
    let end = int_op(vm, BinaryOp::Add, it.next.get(), offset)?;
    let rest = make(vm, it.next.get(), end, it.step.get())?;
    iter_reduce(vm, rest, Some(Value::NONE))
}
fn long_set_state(vm: &Vm, a: &[Value]) -> Res {
    let it = this_long(vm, a)?;
    let mut n = vm.index(a[1])?;
    if less(vm, n, ZERO) {
        n = ZERO;
    } else if less(vm, it.left.get(), n) {
        n = it.left.get();
    }
    long_skip(vm, it, n)?;
    Ok(Value::NONE)
}
