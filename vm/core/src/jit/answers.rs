//! Quick functions of the opcodes: see `quick` for what they promise.
//!
//! Each takes its operands as a slice and trusts nothing about their types: the trace calls it with whatever the
//! registers hold. Functions that are said only to look refuse what could change on the way.

use super::quick::EXHAUSTED;
use crate::error::Res;
use crate::interp::residual::known;
use crate::object::*;
use crate::protocol::{BinaryOp, Comparison};
use crate::vm::Vm;
use pyrs_heap::{Gc, ShapeId, Value};

fn shape(vm: &Vm, v: Value) -> Option<ShapeId> {
    vm.object(v).map(|o| o.shape())
}
/// Built-in containers that iterating does not change.
pub(super) fn is_container(shape: ShapeId) -> bool {
    use core_shape::*;
    matches!(
        shape,
        LIST | TUPLE
            | STR
            | STR_BUFFERED
            | BYTES
            | BYTEARRAY
            | DICT
            | SET
            | FROZENSET
            | RANGE
            | DICT_KEYS
            | DICT_VALUES
            | DICT_ITEMS
    )
}
/// Numbers, strings and other built-in values that no operation changes.
fn is_constant(shape: Option<ShapeId>) -> bool {
    use core_shape::*;
    match shape {
        None => true,
        Some(s) => {
            matches!(
                s,
                STR | STR_BUFFERED | INT | FLOAT | COMPLEX | BYTES | TUPLE | FROZENSET | RANGE
            )
        }
    }
}

// ---- operators

fn binary<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    let op = BinaryOp::ALL[K];
    match vm.binary_exact(op, a[0], a[1]) {
        Some(r) => r,
        None => vm.binary(op, a[0], a[1]),
    }
}
/// In-place operators on what does not change.
fn in_place<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    if is_constant(shape(vm, a[0])) { binary::<K>(vm, a) } else { Err(vm.refused()) }
}
/// In-place operators on lists.
fn in_place_list<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    let op = BinaryOp::ALL[K];
    let other = match (op, shape(vm, a[1])) {
        (BinaryOp::Add, Some(s)) => is_container(s),
        (BinaryOp::Mul, s) => s.is_none(),
        _ => false,
    };
    if shape(vm, a[0]) != Some(core_shape::LIST) || !other {
        return Err(vm.refused());
    }
    vm.binary_in_place(op, a[0], a[1])
}
/// In-place operators on sets and dicts. What they have done when they refuse does no harm if it is done again.
fn in_place_table<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    let op = BinaryOp::ALL[K];
    let fits = match (shape(vm, a[0]), shape(vm, a[1])) {
        (Some(core_shape::SET), Some(core_shape::SET | core_shape::FROZENSET)) => {
            matches!(op, BinaryOp::Or | BinaryOp::And | BinaryOp::Sub)
        }
        (Some(core_shape::DICT), Some(core_shape::DICT)) => op == BinaryOp::Or,
        _ => false,
    };
    if fits { vm.binary_in_place(op, a[0], a[1]) } else { Err(vm.refused()) }
}
macro_rules! by_operator {
    ($($(#[$doc:meta])* $name:ident: $f:ident;)*) => {$(
        $(#[$doc])*
        pub(super) const $name: [NativeFn; 13] = [
            $f::<0>, $f::<1>, $f::<2>, $f::<3>, $f::<4>, $f::<5>, $f::<6>, $f::<7>, $f::<8>,
            $f::<9>, $f::<10>, $f::<11>, $f::<12>,
        ];
    )*};
}
by_operator! {
    /// By the number of the operator.
    BINARY: binary;
    IN_PLACE: in_place;
    IN_PLACE_LIST: in_place_list;
    IN_PLACE_TABLE: in_place_table;
}

fn compare<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    let op = Comparison::ALL[K];
    match vm.compare_exact(op, a[0], a[1]) {
        Some(b) => Ok(Value::bool(b)),
        None => vm.compare(op, a[0], a[1]),
    }
}
fn compare_bool<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    let op = Comparison::ALL[K];
    match vm.compare_exact(op, a[0], a[1]) {
        Some(b) => Ok(Value::bool(b)),
        None => vm.compare_bool(op, a[0], a[1]).map(Value::bool),
    }
}
/// By the number of the comparison: as a value, and as a condition.
pub(super) const COMPARE: [NativeFn; 6] =
    [compare::<0>, compare::<1>, compare::<2>, compare::<3>, compare::<4>, compare::<5>];
pub(super) const COMPARE_BOOL: [NativeFn; 6] = [
    compare_bool::<0>,
    compare_bool::<1>,
    compare_bool::<2>,
    compare_bool::<3>,
    compare_bool::<4>,
    compare_bool::<5>,
];

fn compare_tuples<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    match (vm.exact(a[0], core_shape::TUPLE), vm.exact(a[1], core_shape::TUPLE)) {
        (Some(x), Some(y)) => vm.compare_tuples(Comparison::ALL[K], x, y),
        _ => Err(vm.refused()),
    }
}
/// Of exact tuples.
pub(super) const COMPARE_TUPLES: [NativeFn; 6] = [
    compare_tuples::<0>,
    compare_tuples::<1>,
    compare_tuples::<2>,
    compare_tuples::<3>,
    compare_tuples::<4>,
    compare_tuples::<5>,
];

// ---- attributes

/// The attribute of an object under an interned name, where reading it depends on the object's shape alone.
pub(super) fn attribute(vm: &Vm, a: &[Value]) -> Res {
    known::read(vm, a[0], a[1]).ok_or_else(|| vm.refused())
}
/// The function that `object.name(...)` calls with the object before its arguments.
pub(super) fn method(vm: &Vm, a: &[Value]) -> Res {
    known::method(vm, a[0], a[1]).ok_or_else(|| vm.refused())
}
/// Stores an attribute: object, interned name, value.
pub(super) fn set_attribute(vm: &Vm, a: &[Value]) -> Res {
    if known::store(vm, a[0], a[1], a[2]) { Ok(Value::NONE) } else { Err(vm.refused()) }
}

pub(super) fn negative(vm: &Vm, a: &[Value]) -> Res {
    vm.negative(a[0])
}
pub(super) fn positive(vm: &Vm, a: &[Value]) -> Res {
    vm.positive(a[0])
}
/// Of bools it warns.
pub(super) fn invert(vm: &Vm, a: &[Value]) -> Res {
    if a[0].as_bool().is_some() { Err(vm.refused()) } else { vm.invert(a[0]) }
}
pub(super) fn truth(vm: &Vm, a: &[Value]) -> Res {
    vm.truth(a[0]).map(Value::bool)
}
/// A list or tuple, and an item: words decide between small ints.
pub(super) fn in_sequence(vm: &Vm, a: &[Value]) -> Res {
    let list = vm.exact::<List>(a[0], core_shape::LIST);
    let tuple = vm.exact::<Tuple>(a[0], core_shape::TUPLE);
    let items = match (&list, &tuple) {
        (Some(l), _) => l.items(),
        (_, Some(t)) => t.items(),
        _ => return Err(vm.refused()),
    };
    for &v in items {
        if v == a[1] {
            return Ok(Value::TRUE);
        }
        if !(v.is_int() && a[1].is_int()) {
            return vm.contains(a[0], a[1]).map(Value::bool);
        }
    }
    Ok(Value::FALSE)
}
// ---- glances

/// What a quick function of two operands answers where it needs neither Python nor memory; nothing where it may.
pub(super) type Glance = fn(&Vm, Value, Value) -> Option<Value>;

/// The glance of a quick function.
pub(super) fn glance_of(f: NativeFn) -> Option<Glance> {
    let table: [(NativeFn, Glance); 5] = [
        (in_sequence, glance_in_sequence),
        (in_dict, glance_has_key),
        (has_key, glance_has_key),
        (in_set, glance_in_set),
        (dict_item, glance_item),
    ];
    table.into_iter().find(|row| row.0 as usize == f as usize).map(|row| row.1)
}
fn glance_in_sequence(vm: &Vm, container: Value, item: Value) -> Option<Value> {
    let list = vm.exact::<List>(container, core_shape::LIST);
    let tuple = vm.exact::<Tuple>(container, core_shape::TUPLE);
    let items = match (&list, &tuple) {
        (Some(l), _) => l.items(),
        (_, Some(t)) => t.items(),
        _ => return None,
    };
    for &v in items {
        if v == item {
            return Some(Value::TRUE);
        }
        if !Value::both_int(v, item) {
            return None;
        }
    }
    Some(Value::FALSE)
}
fn glance_row(vm: &Vm, dict: Value, key: Value) -> Option<(Gc<Dict>, Option<usize>)> {
    let d = vm.exact::<Dict>(dict, core_shape::DICT)?;
    Some((d, vm.dict_glance(d, key, vm.hash_at_hand(key)?)?))
}
fn glance_has_key(vm: &Vm, dict: Value, key: Value) -> Option<Value> {
    Some(Value::bool(glance_row(vm, dict, key)?.1.is_some()))
}
fn glance_item(vm: &Vm, dict: Value, key: Value) -> Option<Value> {
    let (d, row) = glance_row(vm, dict, key)?;
    Some(d.value_at(row?))
}
fn glance_in_set(vm: &Vm, set: Value, item: Value) -> Option<Value> {
    let o = vm.object(set).filter(|o| is_set(o.shape()))?;
    // SAFETY: both shapes are those of sets.
    let s: Gc<Set> = unsafe { o.cast() };
    Some(Value::bool(vm.set_glance(s, item, vm.hash_at_hand(item)?)?.is_some()))
}

/// `container` and `item`, in this order.
pub(super) fn contains(vm: &Vm, a: &[Value]) -> Res {
    match shape(vm, a[0]) {
        Some(s) if is_container(s) => vm.contains(a[0], a[1]).map(Value::bool),
        _ => Err(vm.refused()),
    }
}

// ---- items

/// Of built-in containers.
pub(super) fn get_item(vm: &Vm, a: &[Value]) -> Res {
    if let Some(r) = vm.get_item_exact(a[0], a[1]) {
        return r;
    }
    match shape(vm, a[0]) {
        Some(s) if is_container(s) => vm.get_item(a[0], a[1]),
        _ => Err(vm.refused()),
    }
}
/// Of all native classes; some make an item.
pub(super) fn get_item_native(vm: &Vm, a: &[Value]) -> Res {
    vm.get_item(a[0], a[1])
}
/// Of a dict, or an object of a derived class that has the method of dicts.
pub(super) fn set_own_item(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_dict(a[0]) {
        Some(d) => vm.dict_set(d, a[1], a[2]).map(|()| Value::NONE),
        None => Err(vm.refused()),
    }
}
pub(super) fn set_item_dict(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact::<Dict>(a[0], core_shape::DICT) {
        Some(d) => vm.dict_set(d, a[1], a[2]).map(|()| Value::NONE),
        None => Err(vm.refused()),
    }
}
/// Of all native classes but lists; the key is no slice.
pub(super) fn set_item_native(vm: &Vm, a: &[Value]) -> Res {
    if shape(vm, a[0]) == Some(core_shape::LIST) || !is_constant(shape(vm, a[1])) {
        return Err(vm.refused());
    }
    vm.set_item(a[0], a[1], a[2]).map(|()| Value::NONE)
}
pub(super) fn delete_item_dict(vm: &Vm, a: &[Value]) -> Res {
    match shape(vm, a[0]) {
        Some(core_shape::DICT) => vm.delete_item(a[0], a[1]).map(|()| Value::NONE),
        _ => Err(vm.refused()),
    }
}
pub(super) fn delete_item_list(vm: &Vm, a: &[Value]) -> Res {
    match shape(vm, a[0]) {
        Some(core_shape::LIST) if a[1].is_int() => vm.delete_item(a[0], a[1]).map(|()| Value::NONE),
        _ => Err(vm.refused()),
    }
}
pub(super) fn get_slice(vm: &Vm, a: &[Value]) -> Res {
    if let Some(r) = vm.get_parts_exact(a[0], a[1], a[2], Value::NONE) {
        return r;
    }
    match shape(vm, a[0]) {
        Some(s) if is_container(s) => {
            let key = vm.new_slice(a[1], a[2], Value::NONE)?;
            vm.get_item(a[0], key)
        }
        _ => Err(vm.refused()),
    }
}
pub(super) fn set_slice(vm: &Vm, a: &[Value]) -> Res {
    match vm.set_slice_exact(a[0], a[1], a[2], a[3]) {
        Some(r) => r.map(|()| Value::NONE),
        None => Err(vm.refused()),
    }
}
/// `a[0][a[1]:a[2]:a[3]]` of exact lists, tuples, strings and bytes.
pub(super) fn get_parts(vm: &Vm, a: &[Value]) -> Res {
    vm.get_parts_exact(a[0], a[1], a[2], a[3]).unwrap_or_else(|| Err(vm.refused()))
}
/// `a[0][a[1]:a[2]:a[3]] = a[4]`
pub(super) fn set_parts(vm: &Vm, a: &[Value]) -> Res {
    if !(a[3].is_none() || a[3] == Value::small_int(1)) {
        return Err(vm.refused());
    }
    match vm.set_slice_exact(a[0], a[1], a[2], a[4]) {
        Some(r) => r.map(|()| Value::NONE),
        None => Err(vm.refused()),
    }
}
/// Whether a dict, or an object of a derived class, has a key.
pub(super) fn has_key(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_dict(a[0]) {
        Some(d) => Ok(Value::bool(vm.dict_find(d, a[1])?.is_some())),
        None => Err(vm.refused()),
    }
}
/// `dict.get(key, default)`
pub(super) fn dict_get(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact::<Dict>(a[0], core_shape::DICT) {
        Some(d) => Ok(vm.dict_get(d, a[1])?.unwrap_or(a[2])),
        None => Err(vm.refused()),
    }
}
/// Of a dict, or an object of a derived class, that has the key.
pub(super) fn dict_item(vm: &Vm, a: &[Value]) -> Res {
    let Some(d) = vm.as_dict(a[0]) else { return Err(vm.refused()) };
    match vm.dict_get(d, a[1])? {
        Some(v) => Ok(v),
        None => Err(vm.refused()),
    }
}
/// An exact dict, and a key.
pub(super) fn in_dict(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact::<Dict>(a[0], core_shape::DICT) {
        Some(d) => Ok(Value::bool(vm.dict_find(d, a[1])?.is_some())),
        None => Err(vm.refused()),
    }
}
/// A set or frozenset, and an item that is no set.
pub(super) fn in_set(vm: &Vm, a: &[Value]) -> Res {
    let set = vm.object(a[0]).filter(|o| is_set(o.shape()));
    match set {
        // A set among the items is looked for as a frozenset: the general way.
        Some(_) if shape(vm, a[1]).is_some_and(is_set) => vm.contains(a[0], a[1]).map(Value::bool),
        Some(o) => {
            // SAFETY: both shapes are those of sets.
            let s: Gc<Set> = unsafe { o.cast() };
            Ok(Value::bool(vm.set_find_hashed(s, a[1], vm.hash(a[1])?)?.is_some()))
        }
        None => Err(vm.refused()),
    }
}
fn is_set(shape: ShapeId) -> bool {
    matches!(shape, core_shape::SET | core_shape::FROZENSET)
}

// ---- iteration

pub(super) fn get_iter(vm: &Vm, a: &[Value]) -> Res {
    vm.get_iter(a[0])
}
/// The next item, or [`EXHAUSTED`]; the trace has seen to the iterator's class.
pub(super) fn next(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.next(a[0])?.unwrap_or(EXHAUSTED))
}
/// A built-in iterator over a built-in container.
pub(crate) fn is_plain_iterator(vm: &Vm, v: Value) -> bool {
    use core_shape::*;
    matches!(
        shape(vm, v),
        Some(
            LIST_ITER
                | LIST_REVERSE_ITER
                | TUPLE_ITER
                | RANGE_ITER
                | LONG_RANGE_ITER
                | DICT_KEY_ITER
                | DICT_VALUE_ITER
                | DICT_ITEM_ITER
                | DICT_REVERSE_KEY_ITER
                | DICT_REVERSE_VALUE_ITER
                | DICT_REVERSE_ITEM_ITER
                | SET_ITER
                | STR_ASCII_ITER
                | STR_ITER
                | BYTES_ITER
                | BYTEARRAY_ITER
        )
    )
}
impl Vm {
    /// Whether `next(v)` surely runs no Python code.
    pub fn is_plain_iterator(&self, v: Value) -> bool {
        is_plain_iterator(self, v)
    }
}

/// `str(n)`
pub(super) fn int_text(vm: &Vm, a: &[Value]) -> Res {
    match a[0].as_int() {
        Some(n) => vm.small_int_text(n).map(Gc::value),
        None => Err(vm.refused()),
    }
}

// ---- building

pub(super) fn list(vm: &Vm, a: &[Value]) -> Res {
    vm.list(a)
}
pub(super) fn tuple(vm: &Vm, a: &[Value]) -> Res {
    vm.tuple(a)
}
pub(super) fn set(vm: &Vm, a: &[Value]) -> Res {
    let set = vm.new_set(core_shape::SET)?;
    for &v in a {
        vm.set_add(set, v)?;
    }
    Ok(set.value())
}
pub(super) fn dict(vm: &Vm, a: &[Value]) -> Res {
    let d = vm.new_dict()?;
    for pair in a.chunks_exact(2) {
        vm.dict_set(d, pair[0], pair[1])?;
    }
    Ok(d.value())
}
/// A list of so many Nones.
pub(super) fn list_of_length(vm: &Vm, a: &[Value]) -> Res {
    let n = a[0].as_int().unwrap_or(0) as usize;
    vm.list(&vec_of_nones(n))
}
fn vec_of_nones(n: usize) -> Box<[Value]> {
    // Nones are no references.
    vec![Value::NONE; n].into_boxed_slice()
}
pub(super) fn string(vm: &Vm, a: &[Value]) -> Res {
    vm.join_exact(a).map(Gc::value)
}
pub(super) fn format(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact_str(a[0]) {
        Some(text) => Ok(text.value()),
        None => vm.format(a[0], vm.names().empty).map(Gc::value),
    }
}
pub(super) fn str_of(vm: &Vm, a: &[Value]) -> Res {
    vm.str_of(a[0]).map(Gc::value)
}
pub(super) fn repr(vm: &Vm, a: &[Value]) -> Res {
    vm.repr(a[0]).map(Gc::value)
}
pub(super) fn ascii(vm: &Vm, a: &[Value]) -> Res {
    vm.ascii(a[0]).map(Gc::value)
}
pub(super) fn format_with_spec(vm: &Vm, a: &[Value]) -> Res {
    let spec = vm.as_str(a[1]).unwrap_or(vm.names().empty);
    vm.format(a[0], spec).map(Gc::value)
}
pub(super) fn list_append(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact::<List>(a[0], core_shape::LIST) {
        Some(l) => vm.list_append(l, a[1]).map(|()| Value::NONE),
        None => Err(vm.refused()),
    }
}
pub(super) fn list_extend(vm: &Vm, a: &[Value]) -> Res {
    match (vm.exact::<List>(a[0], core_shape::LIST), shape(vm, a[1])) {
        (Some(l), Some(s)) if is_container(s) => vm.list_extend(l, a[1]).map(|_| Value::NONE),
        _ => Err(vm.refused()),
    }
}
pub(super) fn list_to_tuple(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact::<List>(a[0], core_shape::LIST) {
        Some(l) => vm.tuple(l.items()),
        None => Err(vm.refused()),
    }
}
pub(super) fn set_add(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact::<Set>(a[0], core_shape::SET) {
        Some(s) => vm.set_add(s, a[1]).map(|_| Value::NONE),
        None => Err(vm.refused()),
    }
}
pub(super) fn cell(vm: &Vm, a: &[Value]) -> Res {
    vm.new_cell(a[0]).map(Gc::value)
}
/// A function over the globals of another one: that one, and the code.
pub(super) fn function(vm: &Vm, a: &[Value]) -> Res {
    let (Some(f), Some(code)) = (
        vm.exact::<Function>(a[0], core_shape::FUNCTION),
        vm.exact::<Code>(a[1], core_shape::CODE),
    ) else {
        return Err(vm.refused());
    };
    vm.new_function(code, f.globals.get(), f.builtins.get()).map(Gc::value)
}

// ---- calls

/// A native function and its arguments, the general way.
pub(super) fn call_native(vm: &Vm, a: &[Value]) -> Res {
    // SAFETY: traces pass a native function.
    let f: Gc<NativeFunction> = unsafe { Gc::from_value(a[0]) };
    vm.call_native(f, &a[1..], None)
}
/// A built-in class and the arguments for a new instance.
pub(super) fn construct(vm: &Vm, a: &[Value]) -> Res {
    // SAFETY: traces pass a class.
    let class: Gc<Class> = unsafe { Gc::from_value(a[0]) };
    vm.construct_builtin(class, &a[1..]).unwrap_or_else(|| Err(vm.refused()))
}
/// A class whose instances are made blank.
pub(super) fn blank_instance(vm: &Vm, a: &[Value]) -> Res {
    // SAFETY: traces pass a class.
    let class: Gc<Class> = unsafe { Gc::from_value(a[0]) };
    vm.new_instance(class).map(Gc::value)
}
/// `list.sort()` of numbers or strings, which cannot fail half-way.
pub(super) fn sort(vm: &Vm, a: &[Value]) -> Res {
    let (Some(l), Some(f)) = (
        vm.exact::<List>(a[1], core_shape::LIST),
        vm.exact::<NativeFunction>(a[0], core_shape::NATIVE_METHOD),
    ) else {
        return Err(vm.refused());
    };
    let number = |v: &Value| v.is_int() || vm.exact_float(*v).is_some();
    let plain =
        l.items().iter().all(number) || l.items().iter().all(|v| vm.exact_str(*v).is_some());
    if plain { vm.call_native(f, &a[1..], None) } else { Err(vm.refused()) }
}
/// `next(it)` of a built-in iterator that has an item.
pub(super) fn next_or_refuse(vm: &Vm, a: &[Value]) -> Res {
    match vm.next(a[0])? {
        Some(v) => Ok(v),
        // StopIteration is raised by the interpreter: exhausted iterators stay so.
        None => Err(vm.refused()),
    }
}
/// A dict has no such string key.
pub(super) fn dict_lacks(vm: &Vm, a: &[Value]) -> Res {
    match (vm.exact::<Dict>(a[0], core_shape::DICT), vm.exact_str(a[1])) {
        (Some(d), Some(name)) => Ok(Value::bool(vm.dict_find_str(d, name).is_none())),
        _ => Err(vm.refused()),
    }
}
/// Gives a new function one of its parts: see `set_function_attr`.
fn set_function_attr<const K: usize>(vm: &Vm, a: &[Value]) -> Res {
    match vm.exact::<Function>(a[0], core_shape::FUNCTION) {
        Some(f) => vm.set_function_part(f, K, a[1]).map(|()| Value::NONE),
        None => Err(vm.refused()),
    }
}
pub(super) const SET_FUNCTION_ATTR: [NativeFn; 5] = [
    set_function_attr::<0>,
    set_function_attr::<1>,
    set_function_attr::<2>,
    set_function_attr::<3>,
    set_function_attr::<4>,
];
