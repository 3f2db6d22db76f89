//! `dict_keys`, `dict_values`, `dict_items`: live views, the first and the last with set operations.

use crate::sequence::{unhashable, wrong_receiver};
use pyrs_core::object::{Dict, DictView, GetSetDef, NativeDef, Set, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, Header, Res, ShapeId, Slot, Value, Vm};
use pyrs_text::StrBuilder;

const SELF: &str = "(self, /)";
const OTHER: &str = "(self, value, /)";

static DICT_METHODS: &[NativeDef] = &[
    NativeDef::method(
        "keys",
        SELF,
        |vm, a| new_view(vm, a[0], core_shape::DICT_KEYS),
        "Return a set-like object providing a view on the dict's keys.",
    ),
    NativeDef::method(
        "values",
        SELF,
        |vm, a| new_view(vm, a[0], core_shape::DICT_VALUES),
        "Return an object providing a view on the dict's values.",
    ),
    NativeDef::method(
        "items",
        SELF,
        |vm, a| new_view(vm, a[0], core_shape::DICT_ITEMS),
        "Return a set-like object providing a view on the dict's items.",
    ),
];
static METHODS: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, iter, "Implement iter(self)."),
    NativeDef::method("__reversed__", SELF, reversed, "Return a reverse iterator over the view."),
    NativeDef::method(
        "__len__",
        SELF,
        |vm, a| vm.int_usize(this(vm, a)?.1.len()),
        "Return len(self).",
    ),
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
];
static SET_METHODS: &[NativeDef] = &[
    NativeDef::method("__contains__", "(self, key, /)", contains, "Return bool(key in self)."),
    NativeDef::method("__lt__", OTHER, compare::<0>, "Return self<value."),
    NativeDef::method("__le__", OTHER, compare::<1>, "Return self<=value."),
    NativeDef::method("__eq__", OTHER, compare::<2>, "Return self==value."),
    NativeDef::method("__ne__", OTHER, compare::<3>, "Return self!=value."),
    NativeDef::method("__gt__", OTHER, compare::<4>, "Return self>value."),
    NativeDef::method("__ge__", OTHER, compare::<5>, "Return self>=value."),
    NativeDef::method("__and__", OTHER, |vm, a| intersection(vm, a[0], a[1]), "Return self&value."),
    NativeDef::method(
        "__rand__",
        OTHER,
        |vm, a| intersection(vm, a[1], a[0]),
        "Return value&self.",
    ),
    NativeDef::method("__or__", OTHER, |vm, a| union(vm, a[0], a[1]), "Return self|value."),
    NativeDef::method("__ror__", OTHER, |vm, a| union(vm, a[1], a[0]), "Return value|self."),
    NativeDef::method("__sub__", OTHER, |vm, a| difference(vm, a[0], a[1]), "Return self-value."),
    NativeDef::method("__rsub__", OTHER, |vm, a| difference(vm, a[1], a[0]), "Return value-self."),
    NativeDef::method("__xor__", OTHER, |vm, a| symmetric(vm, a[0], a[1]), "Return self^value."),
    NativeDef::method("__rxor__", OTHER, |vm, a| symmetric(vm, a[1], a[0]), "Return value^self."),
    NativeDef::method(
        "isdisjoint",
        "(self, other, /)",
        is_disjoint,
        "Return True if the view and the given iterable have a null intersection.",
    ),
];
static GETSET: &[GetSetDef] =
    &[GetSetDef::read_only("mapping", mapping, "dictionary that this view refers to")];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let k = vm.classes();
    vm.extend_class(k.dict, DICT_METHODS, &[])?;
    for c in [k.dict_keys, k.dict_values, k.dict_items] {
        vm.extend_class(c, METHODS, GETSET)?;
    }
    for c in [k.dict_keys, k.dict_items] {
        vm.extend_class(c, SET_METHODS, &[])?;
        unhashable(vm, c)?;
    }
    Ok(())
}

fn new_view(vm: &Vm, dict: Value, shape: ShapeId) -> Res {
    let v = DictView { header: Header::new(shape, 0), dict: Slot::new(dict) };
    Ok(vm.alloc(v)?.value())
}
fn this(vm: &Vm, a: &[Value]) -> Res<(ShapeId, Gc<Dict>)> {
    match vm
        .cast::<DictView>(a[0])
        .and_then(|v| Some((v.header.shape(), vm.as_dict(v.dict.get())?)))
    {
        Some(found) => Ok(found),
        None => Err(wrong_receiver(vm, a[0], "dict view")),
    }
}
fn iter(vm: &Vm, a: &[Value]) -> Res {
    let (shape, d) = this(vm, a)?;
    let shape = match shape {
        core_shape::DICT_KEYS => core_shape::DICT_KEY_ITER,
        core_shape::DICT_VALUES => core_shape::DICT_VALUE_ITER,
        _ => core_shape::DICT_ITEM_ITER,
    };
    vm.new_dict_iter(shape, d)
}
fn reversed(vm: &Vm, a: &[Value]) -> Res {
    let (shape, d) = this(vm, a)?;
    let shape = match shape {
        core_shape::DICT_KEYS => core_shape::DICT_REVERSE_KEY_ITER,
        core_shape::DICT_VALUES => core_shape::DICT_REVERSE_VALUE_ITER,
        _ => core_shape::DICT_REVERSE_ITEM_ITER,
    };
    vm.new_dict_iter(shape, d)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let done = vm.guard_repr(a[0], || {
        let items = vm.to_list(a[0])?;
        let mut out = StrBuilder::from(vm.type_name(a[0]).as_str());
        out.push_str("(");
        out.push_points(vm.repr(items.value())?.points());
        out.push_str(")");
        Ok(vm.new_str_builder(&out)?.value())
    })?;
    match done {
        Some(v) => Ok(v),
        None => vm.str("..."),
    }
}
/// A read-only proxy of the dict: `types.MappingProxyType`, of which every class's `__dict__` is one.
fn mapping(vm: &Vm, v: Value) -> Res {
    let (_, d) = this(vm, &[v])?;
    let proxy = vm.get_attr(vm.classes().object.value(), vm.names().dict)?;
    vm.call(vm.class_of(proxy).value(), &[d.value()])
}

// ---- as sets
fn contains(vm: &Vm, a: &[Value]) -> Res {
    let (shape, d) = this(vm, a)?;
    if shape == core_shape::DICT_KEYS {
        return Ok(Value::bool(vm.dict_find(d, a[1])?.is_some()));
    }
    let Some(t) = vm.as_tuple(a[1]).filter(|t| t.len() == 2) else { return Ok(Value::FALSE) };
    match vm.dict_get(d, t.get(0))? {
        Some(v) => Ok(Value::bool(vm.equal(v, t.get(1))?)),
        None => Ok(Value::FALSE),
    }
}
/// The dict behind a view of items.
fn items_of(vm: &Vm, v: Value) -> Option<Gc<Dict>> {
    let view = vm.exact::<DictView>(v, core_shape::DICT_ITEMS)?;
    vm.as_dict(view.dict.get())
}
/// A set or frozenset, or a view of keys or items.
fn is_set_like(vm: &Vm, v: Value) -> bool {
    vm.as_set(v).is_some() || is_set_view(vm, v)
}
fn is_set_view(vm: &Vm, v: Value) -> bool {
    vm.cast::<DictView>(v).is_some_and(|v| v.header.shape() != core_shape::DICT_VALUES)
}
/// Every item of `x` is in `y`.
fn all_in(vm: &Vm, x: Value, y: Value) -> Res<bool> {
    let it = vm.get_iter(x)?;
    while let Some(v) = vm.next(it)? {
        if !vm.contains(y, v)? {
            return Ok(false);
        }
    }
    Ok(true)
}
fn compare<const OP: u8>(vm: &Vm, a: &[Value]) -> Res {
    this(vm, a)?;
    if !is_set_like(vm, a[1]) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let (n, m) = (vm.len(a[0])?, vm.len(a[1])?);
    Ok(Value::bool(match Comparison::ALL[OP as usize] {
        Comparison::Eq => n == m && all_in(vm, a[0], a[1])?,
        Comparison::Ne => !(n == m && all_in(vm, a[0], a[1])?),
        Comparison::Lt => n < m && all_in(vm, a[0], a[1])?,
        Comparison::Le => n <= m && all_in(vm, a[0], a[1])?,
        Comparison::Gt => n > m && all_in(vm, a[1], a[0])?,
        Comparison::Ge => n >= m && all_in(vm, a[1], a[0])?,
    }))
}
/// A new set of an iterable's items.
fn to_set(vm: &Vm, v: Value) -> Res<Gc<Set>> {
    let s = vm.new_set(core_shape::SET)?;
    add_all(vm, s, v)?;
    Ok(s)
}
fn add_all(vm: &Vm, s: Gc<Set>, v: Value) -> Res<()> {
    let it = vm.get_iter(v)?;
    while let Some(x) = vm.next(it)? {
        vm.set_add(s, x)?;
    }
    Ok(())
}
fn union(vm: &Vm, x: Value, y: Value) -> Res {
    let s = to_set(vm, x)?;
    add_all(vm, s, y)?;
    Ok(s.value())
}
fn difference(vm: &Vm, x: Value, y: Value) -> Res {
    let s = to_set(vm, x)?;
    let it = vm.get_iter(y)?;
    while let Some(v) = vm.next(it)? {
        vm.set_discard(s, v)?;
    }
    Ok(s.value())
}
fn intersection(vm: &Vm, x: Value, y: Value) -> Res {
    // The view answers membership, the other side is walked; a set that is no smaller does it all itself.
    let (mut view, mut other) = if is_set_view(vm, x) { (x, y) } else { (y, x) };
    if let Some(s) = vm.exact::<Set>(other, core_shape::SET)
        && vm.len(view)? <= s.len()
    {
        return vm.call_method(other, "intersection", &[view]);
    }
    if is_set_view(vm, other) && vm.len(other)? > vm.len(view)? {
        (view, other) = (other, view);
    }
    let s = vm.new_set(core_shape::SET)?;
    let it = vm.get_iter(other)?;
    while let Some(v) = vm.next(it)? {
        if vm.contains(view, v)? {
            vm.set_add(s, v)?;
        }
    }
    Ok(s.value())
}
/// `^` of two views of items: equal pairs go away before anything is hashed.
fn symmetric_items(vm: &Vm, x: Gc<Dict>, y: Gc<Dict>) -> Res {
    let rest = vm.dict_copy(x)?;
    let s = vm.new_set(core_shape::SET)?;
    let mut row = 0;
    while let Some(r) = y.next_row(row) {
        if let Some((k, v)) = y.row(r) {
            let hash = y.row_hash(r);
            let mine = vm.dict_find_hashed(rest, k, hash)?.map(|row| rest.value_at(row));
            let same = match mine {
                Some(mine) => vm.equal(mine, v)?,
                None => false,
            };
            if same {
                vm.dict_remove(rest, k)?;
            } else {
                vm.set_add(s, vm.tuple(&[k, v])?)?;
            }
        }
        row = r + 1;
    }
    row = 0;
    while let Some(r) = rest.next_row(row) {
        if let Some((k, v)) = rest.row(r) {
            vm.set_add(s, vm.tuple(&[k, v])?)?;
        }
        row = r + 1;
    }
    Ok(s.value())
}
fn symmetric(vm: &Vm, x: Value, y: Value) -> Res {
    if let (Some(a), Some(b)) = (items_of(vm, x), items_of(vm, y)) {
        return symmetric_items(vm, a, b);
    }
    let s = to_set(vm, x)?;
    let other = to_set(vm, y)?;
    let mut row = 0;
    while let Some(r) = other.next_row(row) {
        if let Some(v) = other.row(r) {
            let hash = other.row_hash(r);
            match vm.set_find_hashed(s, v, hash)? {
                Some(found) => vm.set_remove_row(s, found),
                None => drop(vm.set_add_hashed(s, v, hash)?),
            }
        }
        row = r + 1;
    }
    Ok(s.value())
}
fn is_disjoint(vm: &Vm, a: &[Value]) -> Res {
    let (mut view, mut other) = (a[0], a[1]);
    if view == other {
        return Ok(Value::bool(vm.len(view)? == 0));
    }
    if is_set_like(vm, other) && vm.len(other)? > vm.len(view)? {
        (view, other) = (other, view);
    }
    let it = vm.get_iter(other)?;
    while let Some(v) = vm.next(it)? {
        if vm.contains(view, v)? {
            return Ok(Value::FALSE);
        }
    }
    Ok(Value::TRUE)
}
