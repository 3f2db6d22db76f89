//! Methods of `set` and `frozenset`.

use super::ops::{self, Operand};
use crate::sequence::{CLASS_GETITEM, builtin, document, unhashable, wrong_receiver};
use crate::support::class_argument;
use pyrs_core::object::{NativeDef, Set, TableIter, class_flag, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;

const SELF: &str = "(self, /)";
const OTHER: &str = "(self, value, /)";
const OTHERS: &str = "(self, /, *others)";

/// What both types have.
static COMMON: &[NativeDef] = &[
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    NativeDef::method(
        "__len__",
        SELF,
        |vm, a| vm.int_usize(this(vm, a)?.len()),
        "Return len(self).",
    ),
    NativeDef::method(
        "__contains__",
        "(self, object, /)",
        contains,
        "x.__contains__(y) <==> y in x.",
    ),
    NativeDef::method(
        "__iter__",
        SELF,
        |vm, a| vm.new_set_iter(this(vm, a)?),
        "Implement iter(self).",
    ),
    NativeDef::method("__reduce__", SELF, reduce, "Return state information for pickling."),
    NativeDef::method(
        "__sizeof__",
        SELF,
        sizeof,
        "S.__sizeof__() -> size of S in memory, in bytes.",
    ),
    NativeDef::method("__lt__", OTHER, compare::<0>, "Return self<value."),
    NativeDef::method("__le__", OTHER, compare::<1>, "Return self<=value."),
    NativeDef::method("__eq__", OTHER, compare::<2>, "Return self==value."),
    NativeDef::method("__ne__", OTHER, compare::<3>, "Return self!=value."),
    NativeDef::method("__gt__", OTHER, compare::<4>, "Return self>value."),
    NativeDef::method("__ge__", OTHER, compare::<5>, "Return self>=value."),
    NativeDef::method("__and__", OTHER, |vm, a| binary(vm, a[0], a[1], and), "Return self&value."),
    NativeDef::method("__rand__", OTHER, |vm, a| binary(vm, a[1], a[0], and), "Return value&self."),
    NativeDef::method("__or__", OTHER, |vm, a| binary(vm, a[0], a[1], or), "Return self|value."),
    NativeDef::method("__ror__", OTHER, |vm, a| binary(vm, a[1], a[0], or), "Return value|self."),
    NativeDef::method(
        "__sub__",
        OTHER,
        |vm, a| binary(vm, a[0], a[1], subtract),
        "Return self-value.",
    ),
    NativeDef::method(
        "__rsub__",
        OTHER,
        |vm, a| binary(vm, a[1], a[0], subtract),
        "Return value-self.",
    ),
    NativeDef::method(
        "__xor__",
        OTHER,
        |vm, a| binary(vm, a[0], a[1], exclusive),
        "Return self^value.",
    ),
    NativeDef::method(
        "__rxor__",
        OTHER,
        |vm, a| binary(vm, a[1], a[0], exclusive),
        "Return value^self.",
    ),
    NativeDef::method("copy", SELF, copy, "Return a shallow copy of a set."),
    NativeDef::method(
        "union",
        OTHERS,
        union,
        "Return a new set with elements from the set and all others.",
    ),
    NativeDef::method(
        "intersection",
        OTHERS,
        intersection,
        "Return a new set with elements common to the set and all others.",
    ),
    NativeDef::method(
        "difference",
        OTHERS,
        difference,
        "Return a new set with elements in the set that are not in the others.",
    ),
    NativeDef::method(
        "symmetric_difference",
        "(self, other, /)",
        symmetric_difference,
        "Return a new set with elements in either the set or other but not both.",
    ),
    NativeDef::method(
        "isdisjoint",
        "(self, other, /)",
        is_disjoint,
        "Return True if two sets have a null intersection.",
    ),
    NativeDef::method(
        "issubset",
        "(self, other, /)",
        is_subset,
        "Report whether another set contains this set.",
    ),
    NativeDef::method(
        "issuperset",
        "(self, other, /)",
        is_superset,
        "Report whether this set contains another set.",
    ),
    CLASS_GETITEM,
];
static MUTABLE: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, iterable=<unrepresentable>, /)", init, ""),
    NativeDef::method("__iand__", OTHER, in_place_and, "Return self&=value."),
    NativeDef::method("__ior__", OTHER, in_place_or, "Return self|=value."),
    NativeDef::method("__isub__", OTHER, in_place_subtract, "Return self-=value."),
    NativeDef::method("__ixor__", OTHER, in_place_xor, "Return self^=value."),
    NativeDef::method(
        "add",
        "(self, object, /)",
        add,
        "Add an element to a set.\n\nThis has no effect if the element is already present.",
    ),
    NativeDef::method(
        "remove",
        "(self, object, /)",
        remove,
        "Remove an element from a set; it must be a member.\n\nIf the element is not a member, raise a KeyError.",
    ),
    NativeDef::method(
        "discard",
        "(self, object, /)",
        discard,
        "Remove an element from a set if it is a member.\n\nUnlike set.remove(), the discard() method does not raise\nan exception when an element is missing from the set.",
    ),
    NativeDef::method(
        "pop",
        SELF,
        pop,
        "Remove and return an arbitrary set element.\n\nRaises KeyError if the set is empty.",
    ),
    NativeDef::method("clear", SELF, clear, "Remove all elements from this set."),
    NativeDef::method("update", OTHERS, update, "Update the set, adding elements from all others."),
    NativeDef::method(
        "intersection_update",
        OTHERS,
        intersection_update,
        "Update the set, keeping only elements found in it and all others.",
    ),
    NativeDef::method(
        "difference_update",
        OTHERS,
        difference_update,
        "Update the set, removing elements found in others.",
    ),
    NativeDef::method(
        "symmetric_difference_update",
        "(self, other, /)",
        symmetric_update,
        "Update the set, keeping only elements found in either set, but not in both.",
    ),
];
static FROZEN: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, iterable=<unrepresentable>, /, **kwargs)",
        frozen_new,
        "",
    ),
    NativeDef::method("__hash__", SELF, hash, "Return hash(self)."),
];
static ITERATOR: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
    NativeDef::method("__next__", SELF, next, "Implement next(self)."),
    NativeDef::method(
        "__length_hint__",
        SELF,
        length_hint,
        "Private method returning an estimate of len(list(it)).",
    ),
    NativeDef::method("__reduce__", SELF, iter_reduce, "Return state information for pickling."),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let k = vm.classes();
    vm.extend_class(k.set, COMMON, &[])?;
    vm.extend_class(k.set, MUTABLE, &[])?;
    vm.extend_class(k.frozenset, COMMON, &[])?;
    vm.extend_class(k.frozenset, FROZEN, &[])?;
    vm.extend_class(k.set_iter, ITERATOR, &[])?;
    document(vm, k.set, "An unordered collection of distinct elements.")?;
    document(vm, k.frozenset, "An immutable unordered collection of distinct elements.")?;
    k.set.flags.set(k.set.flags.get() | class_flag::BLANK_NEW);
    unhashable(vm, k.set)
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<Set>> {
    vm.as_set(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "set"))
}

// ---- making
fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = class_argument(vm, a[0], vm.classes().set)?;
    Ok(vm.new_instance(class)?.value())
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    if a[1].is_unbound() {
        vm.set_clear(s);
        return Ok(Value::NONE);
    }
    let operand = Operand::of(vm, a[1]);
    // `s.__init__(s)` empties the set first, as CPython's does.
    vm.set_clear(s);
    ops::update(vm, s, operand)?;
    Ok(Value::NONE)
}
fn frozen_new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().frozenset;
    let class = class_argument(vm, a[0], base)?;
    if vm.as_dict(a[2]).is_some_and(|d| !d.is_empty())
        && vm.special(class, pyrs_core::Special::Init) == vm.special(base, pyrs_core::Special::Init)
    {
        return Err(vm.type_error("frozenset() takes no keyword arguments"));
    }
    if class == base && vm.exact::<Set>(a[1], core_shape::FROZENSET).is_some() {
        return Ok(a[1]);
    }
    let object = vm.new_instance(class)?.value();
    let s = this(vm, &[object])?;
    if !a[1].is_unbound() {
        ops::update(vm, s, Operand::of(vm, a[1]))?;
    }
    Ok(object)
}
fn copy(vm: &Vm, a: &[Value]) -> Res {
    if vm.exact::<Set>(a[0], core_shape::FROZENSET).is_some() {
        return Ok(a[0]);
    }
    Ok(vm.set_copy(this(vm, a)?, ops::result_shape(vm, a[0]))?.value())
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let list = vm.to_list(a[0])?;
    let args = vm.tuple(&[list.value()])?;
    let state = vm.call_method(a[0], "__getstate__", &[])?;
    vm.tuple(&[vm.class_of(a[0]).value(), args, state])
}
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    vm.int_usize(vm.heap.size_of(s.erase()) + s.table.storage_bytes(vm))
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    let plain = vm.exact::<Set>(a[0], core_shape::SET).is_some();
    if s.is_empty() {
        return vm.str(&format!("{}()", vm.type_name(a[0])));
    }
    let done = vm.guard_repr(a[0], || {
        // The reprs may change the set: they are taken of a copy of its items.
        let items = vm.to_list(a[0])?;
        let mut out = StrBuilder::new();
        if !plain {
            out.push_str(&vm.type_name(a[0]));
            out.push_str("(");
        }
        out.push_str("{");
        crate::sequence::repr_items(vm, &mut out, &|i| items.get(i))?;
        out.push_str(if plain { "}" } else { "})" });
        Ok(vm.new_str_builder(&out)?.value())
    })?;
    match done {
        Some(v) => Ok(v),
        None => vm.str(&format!("{}(...)", vm.type_name(a[0]))),
    }
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    if s.hash.get() == 0 {
        s.hash.set(ops::frozen_hash(vm, s)?);
    }
    vm.int(s.hash.get() as i64)
}

// ---- single elements
/// The hash of an element to look for. A set stands for the frozenset of its items.
fn element_hash(vm: &Vm, v: Value) -> Res<isize> {
    match vm.as_set(v) {
        Some(s) if vm.is_instance_exact(v, vm.classes().set) => {
            match vm.catch(vm.hash(v), vm.exc().type_error)? {
                Some(hash) => Ok(hash),
                None => ops::frozen_hash(vm, s),
            }
        }
        _ => vm.hash_key(v, "set element"),
    }
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    let hash = element_hash(vm, a[1])?;
    Ok(Value::bool(ops::has(vm, this(vm, a)?, a[1], hash)?))
}
fn add(vm: &Vm, a: &[Value]) -> Res {
    vm.set_add(this(vm, a)?, a[1])?;
    Ok(Value::NONE)
}
fn remove(vm: &Vm, a: &[Value]) -> Res {
    let hash = element_hash(vm, a[1])?;
    if ops::discard_hashed(vm, this(vm, a)?, a[1], hash)? {
        return Ok(Value::NONE);
    }
    Err(vm.key_error(a[1]))
}
fn discard(vm: &Vm, a: &[Value]) -> Res {
    let hash = element_hash(vm, a[1])?;
    ops::discard_hashed(vm, this(vm, a)?, a[1], hash)?;
    Ok(Value::NONE)
}
fn pop(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    match vm.set_last_row(s).and_then(|row| Some((row, s.row(row)?))) {
        Some((row, v)) => {
            vm.set_remove_row(s, row);
            Ok(v)
        }
        None => Err(vm.key_error(vm.str("pop from an empty set")?)),
    }
}
fn clear(vm: &Vm, a: &[Value]) -> Res {
    vm.set_clear(this(vm, a)?);
    Ok(Value::NONE)
}

// ---- operators
type Combine = fn(&Vm, Gc<Set>, Gc<Set>, pyrs_core::ShapeId) -> Res<Gc<Set>>;

/// An operator of two sets; its result is of the left operand's type.
fn binary(vm: &Vm, x: Value, y: Value, f: Combine) -> Res {
    match (vm.as_set(x), vm.as_set(y)) {
        (Some(a), Some(b)) => Ok(f(vm, a, b, ops::result_shape(vm, x))?.value()),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
fn and(vm: &Vm, x: Gc<Set>, y: Gc<Set>, shape: pyrs_core::ShapeId) -> Res<Gc<Set>> {
    ops::intersection(vm, x, Operand::Set(y), shape)
}
fn or(vm: &Vm, x: Gc<Set>, y: Gc<Set>, shape: pyrs_core::ShapeId) -> Res<Gc<Set>> {
    let s = vm.set_copy(x, shape)?;
    if x != y {
        ops::update(vm, s, Operand::Set(y))?;
    }
    Ok(s)
}
fn subtract(vm: &Vm, x: Gc<Set>, y: Gc<Set>, shape: pyrs_core::ShapeId) -> Res<Gc<Set>> {
    ops::difference(vm, x, Operand::Set(y), shape)
}
fn exclusive(vm: &Vm, x: Gc<Set>, y: Gc<Set>, shape: pyrs_core::ShapeId) -> Res<Gc<Set>> {
    // As CPython: the right operand's copy is changed by the left one's items.
    let s = vm.set_copy(y, shape)?;
    ops::symmetric_update(vm, s, Operand::Set(x))?;
    Ok(s)
}
fn in_place_and(vm: &Vm, a: &[Value]) -> Res {
    let (s, Some(o)) = (this(vm, a)?, vm.as_set(a[1])) else { return Ok(Value::NOT_IMPLEMENTED) };
    let kept = ops::intersection(vm, s, Operand::Set(o), core_shape::SET)?;
    ops::replace(vm, s, kept)?;
    Ok(a[0])
}
fn in_place_or(vm: &Vm, a: &[Value]) -> Res {
    let (s, Some(o)) = (this(vm, a)?, vm.as_set(a[1])) else { return Ok(Value::NOT_IMPLEMENTED) };
    ops::update(vm, s, Operand::Set(o))?;
    Ok(a[0])
}
fn in_place_subtract(vm: &Vm, a: &[Value]) -> Res {
    let (s, Some(o)) = (this(vm, a)?, vm.as_set(a[1])) else { return Ok(Value::NOT_IMPLEMENTED) };
    ops::difference_update(vm, s, Operand::Set(o))?;
    Ok(a[0])
}
fn in_place_xor(vm: &Vm, a: &[Value]) -> Res {
    let (s, Some(o)) = (this(vm, a)?, vm.as_set(a[1])) else { return Ok(Value::NOT_IMPLEMENTED) };
    ops::symmetric_update(vm, s, Operand::Set(o))?;
    Ok(a[0])
}
fn compare<const OP: u8>(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    let Some(y) = vm.as_set(a[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(Value::bool(match Comparison::ALL[OP as usize] {
        Comparison::Eq => ops::same(vm, x, y)?,
        Comparison::Ne => !ops::same(vm, x, y)?,
        Comparison::Lt => x.len() < y.len() && ops::is_subset(vm, x, y)?,
        Comparison::Le => ops::is_subset(vm, x, y)?,
        Comparison::Gt => y.len() < x.len() && ops::is_subset(vm, y, x)?,
        Comparison::Ge => ops::is_subset(vm, y, x)?,
    }))
}

// ---- methods that take any iterables
/// The arguments of a method that takes any number of iterables.
fn others(vm: &Vm, a: &[Value]) -> Res<Gc<pyrs_core::object::Tuple>> {
    vm.to_tuple(a[1])
}
fn union(vm: &Vm, a: &[Value]) -> Res {
    let s = vm.set_copy(this(vm, a)?, ops::result_shape(vm, a[0]))?;
    for &v in others(vm, a)?.items() {
        if v != a[0] {
            ops::update(vm, s, Operand::of(vm, v))?;
        }
    }
    Ok(s.value())
}
/// The intersection with all arguments, as a new set.
fn common(vm: &Vm, a: &[Value], shape: pyrs_core::ShapeId) -> Res<Gc<Set>> {
    let mut s = this(vm, a)?;
    let others = others(vm, a)?;
    if others.is_empty() {
        return vm.set_copy(s, shape);
    }
    for &v in others.items() {
        s = ops::intersection(vm, s, Operand::of(vm, v), shape)?;
    }
    Ok(s)
}
fn intersection(vm: &Vm, a: &[Value]) -> Res {
    Ok(common(vm, a, ops::result_shape(vm, a[0]))?.value())
}
fn difference(vm: &Vm, a: &[Value]) -> Res {
    let shape = ops::result_shape(vm, a[0]);
    let others = others(vm, a)?;
    let Some((&first, rest)) = others.items().split_first() else {
        return Ok(vm.set_copy(this(vm, a)?, shape)?.value());
    };
    let s = ops::difference(vm, this(vm, a)?, Operand::of(vm, first), shape)?;
    for &v in rest {
        ops::difference_update(vm, s, Operand::of(vm, v))?;
    }
    Ok(s.value())
}
fn symmetric_difference(vm: &Vm, a: &[Value]) -> Res {
    let s = vm.set_copy(this(vm, a)?, ops::result_shape(vm, a[0]))?;
    ops::symmetric_update(vm, s, Operand::of(vm, a[1]))?;
    Ok(s.value())
}
fn is_disjoint(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(ops::is_disjoint(vm, this(vm, a)?, Operand::of(vm, a[1]))?))
}
fn is_subset(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    Ok(Value::bool(match vm.as_set(a[1]) {
        Some(o) => ops::is_subset(vm, s, o)?,
        None => {
            let both = ops::intersection(vm, s, Operand::of(vm, a[1]), core_shape::SET)?;
            both.len() == s.len()
        }
    }))
}
fn is_superset(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    if let Some(o) = vm.as_set(a[1]) {
        return Ok(Value::bool(ops::is_subset(vm, o, s)?));
    }
    let mut all = true;
    ops::each(vm, Operand::of(vm, a[1]), |k, hash| {
        all = ops::has(vm, s, k, hash)?;
        Ok(all)
    })?;
    Ok(Value::bool(all))
}
fn update(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    for &v in others(vm, a)?.items() {
        ops::update(vm, s, Operand::of(vm, v))?;
    }
    Ok(Value::NONE)
}
fn intersection_update(vm: &Vm, a: &[Value]) -> Res {
    let kept = common(vm, a, core_shape::SET)?;
    ops::replace(vm, this(vm, a)?, kept)?;
    Ok(Value::NONE)
}
fn difference_update(vm: &Vm, a: &[Value]) -> Res {
    let s = this(vm, a)?;
    for &v in others(vm, a)?.items() {
        ops::difference_update(vm, s, Operand::of(vm, v))?;
    }
    Ok(Value::NONE)
}
fn symmetric_update(vm: &Vm, a: &[Value]) -> Res {
    ops::symmetric_update(vm, this(vm, a)?, Operand::of(vm, a[1]))?;
    Ok(Value::NONE)
}

// ---- the iterator
fn this_iter(vm: &Vm, a: &[Value]) -> Res<Gc<TableIter>> {
    vm.exact(a[0], core_shape::SET_ITER).ok_or_else(|| wrong_receiver(vm, a[0], "set_iterator"))
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.set_iter_next(this_iter(vm, a)?)?.unwrap_or(Value::UNBOUND))
}
fn length_hint(vm: &Vm, a: &[Value]) -> Res {
    let it = this_iter(vm, a)?;
    let live = vm.cast::<Set>(it.owner.get()).is_some_and(|s| s.len() as u32 == it.used.get());
    vm.int_usize(if live { it.left.get() as usize } else { 0 })
}
/// `(iter, ([remaining items],))`, without moving the iterator.
fn iter_reduce(vm: &Vm, a: &[Value]) -> Res {
    let it = this_iter(vm, a)?;
    let list = vm.new_list()?;
    if let Some(s) = vm.cast::<Set>(it.owner.get()) {
        let copy = vm.new_set_iter(s)?;
        if let Some(copy) = vm.exact::<TableIter>(copy, core_shape::SET_ITER) {
            copy.row.set(it.row.get());
            copy.used.set(it.used.get());
            copy.left.set(it.left.get());
            while let Some(v) = vm.set_iter_next(copy)? {
                vm.list_append(list, v)?;
            }
        }
    }
    let args = vm.tuple(&[list.value()])?;
    vm.tuple(&[builtin(vm, "iter")?, args])
}
