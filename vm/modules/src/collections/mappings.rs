//! `defaultdict` and `OrderedDict`: subclasses of dict with dict's own layout.
//!
//! A dict of this machine keeps insertion order and is quick as a queue, so OrderedDict needs no second
//! structure: moving a key to the end removes and adds its row. Moving to the front rebuilds the table, which is
//! the one operation linear in the number of items.

use crate::class_support::{class_of_new, dict_or_none, each_item};
use pyrs_core::object::{Class, ClassSpec, Dict, class_flag};
use pyrs_core::{Gc, Native, NativeDef, Res, Value, Vm};
use pyrs_text::StrBuilder;

const SELF: &str = "(self, /)";
const ONE: &str = "(self, value, /)";

pub(super) static DEFAULT_DICT: ClassSpec = ClassSpec {
    name: "collections.defaultdict",
    layout: <Dict as Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_WEAKREF,
    doc: "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nThe default factory is called without arguments to produce\na new value when a key is not present, in __getitem__ only.\nA defaultdict compares equal to a dict with the same items.\nAll remaining arguments are treated the same as if they were\npassed to the dict constructor, including keyword arguments.",
    methods: &[
        NativeDef::method("__init__", "(self, /, *args, **kwargs)", default_init, ""),
        NativeDef::method(
            "__missing__",
            "(self, key, /)",
            default_missing,
            "__missing__(key) # Called by __getitem__ for missing key; pseudo-code:\n  if self.default_factory is None: raise KeyError((key,))\n  self[key] = value = self.default_factory()\n  return value\n",
        ),
        NativeDef::method("copy", SELF, default_copy, "D.copy() -> a shallow copy of D."),
        NativeDef::method("__copy__", SELF, default_copy, "D.copy() -> a shallow copy of D."),
        NativeDef::method(
            "__reduce__",
            SELF,
            default_reduce,
            "Return state information for pickling.",
        ),
        NativeDef::method("__repr__", SELF, default_repr, "Return repr(self)."),
        NativeDef::method(
            "__or__",
            ONE,
            |vm, a| default_or(vm, a[0], a[0], a[1]),
            "Return self|value.",
        ),
        NativeDef::method(
            "__ror__",
            ONE,
            |vm, a| default_or(vm, a[0], a[1], a[0]),
            "Return value|self.",
        ),
        crate::class_support::CLASS_GETITEM,
    ],
    getset: &[],
    fields: &["default_factory"],
};

fn dict(vm: &Vm, v: Value) -> Res<Gc<Dict>> {
    vm.as_dict(v).ok_or_else(|| vm.type_error("a dict is required"))
}
/// A method as `dict` has it.
fn dict_method(vm: &Vm, name: &str) -> Res {
    vm.get_attr(vm.classes().dict.value(), vm.intern(name))
}
/// The member descriptor of `default_factory`.
fn factory_member(vm: &Vm) -> Option<(Gc<Class>, Value)> {
    let class = vm.hook("defaultdict").and_then(|c| vm.as_class(c))?;
    Some((class, vm.lookup(class, vm.intern("default_factory"))?))
}
fn factory(vm: &Vm, v: Value) -> Res {
    match factory_member(vm) {
        Some((class, member)) => vm.descriptor_get(member, v, class),
        None => Ok(Value::NONE),
    }
}
fn default_init(vm: &Vm, a: &[Value]) -> Res {
    let args = vm.to_tuple(a[1])?;
    let items = args.items();
    let f = items.first().copied().unwrap_or(Value::NONE);
    if !f.is_none() && !vm.is_callable(f) {
        return Err(vm.type_error("first argument must be callable or None"));
    }
    if let Some((_, member)) = factory_member(vm) {
        vm.descriptor_set(member, a[0], Some(f))?;
    }
    let rest = vm.list(&[a[0]])?;
    let rest = vm.to_list(rest)?;
    for &v in items.iter().skip(1) {
        vm.list_append(rest, v)?;
    }
    let args = vm.to_tuple(rest.value())?;
    vm.call_dict(dict_method(vm, "__init__")?, args.items(), vm.as_dict(a[2]))
}
fn default_missing(vm: &Vm, a: &[Value]) -> Res {
    let f = factory(vm, a[0])?;
    if f.is_none() {
        return Err(vm.key_error(a[1]));
    }
    let v = vm.call(f, &[])?;
    vm.set_item(a[0], a[1], v)?;
    Ok(v)
}
fn default_copy(vm: &Vm, a: &[Value]) -> Res {
    vm.call(vm.class_of(a[0]).value(), &[factory(vm, a[0])?, a[0]])
}
fn default_reduce(vm: &Vm, a: &[Value]) -> Res {
    let f = factory(vm, a[0])?;
    let args = if f.is_none() { vm.tuple(&[])? } else { vm.tuple(&[f])? };
    let items = vm.get_iter(vm.call_method(a[0], "items", &[])?)?;
    vm.tuple(&[vm.class_of(a[0]).value(), args, Value::NONE, Value::NONE, items])
}
fn default_repr(vm: &Vm, a: &[Value]) -> Res {
    let f = factory(vm, a[0])?;
    let base = vm.call(dict_method(vm, "__repr__")?, &[a[0]])?;
    let mut out = StrBuilder::from(vm.class_name(vm.class_of(a[0])).as_str());
    out.push_str("(");
    if f.is_none() {
        out.push_str("None");
    } else {
        match vm.guard_repr(f, || vm.repr(f))? {
            Some(text) => out.push_points(text.points()),
            None => out.push_str("..."),
        }
    }
    out.push_str(", ");
    out.push_points(vm.str_of(base)?.points());
    out.push_str(")");
    Ok(vm.new_str_builder(&out)?.value())
}
fn default_or(vm: &Vm, this: Value, left: Value, right: Value) -> Res {
    if vm.as_dict(left).is_none() || vm.as_dict(right).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let new = vm.call(vm.class_of(this).value(), &[factory(vm, this)?, left])?;
    vm.call(dict_method(vm, "update")?, &[new, right])?;
    Ok(new)
}

// ---- OrderedDict
pub(super) static ORDERED_DICT: ClassSpec = ClassSpec {
    name: "collections.OrderedDict",
    layout: <Dict as Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_DICT | class_flag::HAS_WEAKREF,
    doc: "Dictionary that remembers insertion order",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", ordered_new, ""),
        NativeDef::method(
            "__init__",
            "(self, other=<unrepresentable>, /, **kwargs)",
            ordered_update,
            "",
        ),
        NativeDef::method(
            "update",
            "(self, other=<unrepresentable>, /, **kwargs)",
            ordered_update,
            "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.",
        ),
        NativeDef::method(
            "popitem",
            "(self, last=True)",
            pop_item,
            "Remove and return a (key, value) pair from the dictionary.\n\nPairs are returned in LIFO order if last is true or FIFO order if false.",
        ),
        NativeDef::method(
            "move_to_end",
            "(self, key, last=True)",
            move_to_end,
            "Move an existing element to the end (or beginning if last is false).\n\nRaise KeyError if the element does not exist.",
        ),
        NativeDef::method(
            "pop",
            "(self, key, default=<unrepresentable>)",
            ordered_pop,
            "od.pop(key[,default]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
        ),
        NativeDef::method(
            "setdefault",
            "(self, key, default=None)",
            set_default,
            "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
        ),
        NativeDef::class_method(
            "fromkeys",
            "(cls, iterable, value=None)",
            from_keys,
            "Create a new ordered dictionary with keys from iterable and values set to value.",
        ),
        NativeDef::method("copy", SELF, ordered_copy, "A shallow copy of ordered dict."),
        NativeDef::method(
            "__reduce__",
            SELF,
            ordered_reduce,
            "Return state information for pickling",
        ),
        NativeDef::method("__repr__", SELF, ordered_repr, "Return repr(self)."),
        NativeDef::method("__eq__", ONE, |vm, a| ordered_equal(vm, a, true), "Return self==value."),
        NativeDef::method(
            "__ne__",
            ONE,
            |vm, a| ordered_equal(vm, a, false),
            "Return self!=value.",
        ),
        NativeDef::method(
            "__or__",
            ONE,
            |vm, a| ordered_or(vm, a[0], a[0], a[1]),
            "Return self|value.",
        ),
        NativeDef::method(
            "__ror__",
            ONE,
            |vm, a| ordered_or(vm, a[0], a[1], a[0]),
            "Return value|self.",
        ),
        NativeDef::method("__ior__", ONE, ordered_in_place_or, "Return self|=value."),
    ],
    getset: &[],
    fields: &[],
};

fn is_exact_ordered(vm: &Vm, v: Value) -> bool {
    vm.hook("OrderedDict") == Some(vm.class_of(v).value())
}
fn ordered_new(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.new_instance(class_of_new(vm, a[0])?)?.value())
}
/// Items are set as dict sets them.
fn plain_set_item(vm: &Vm, v: Value) -> bool {
    let s = pyrs_core::Special::SetItem;
    vm.special(vm.class_of(v), s) == vm.special(vm.classes().dict, s)
}
/// Fills the dict; a subclass's own `__setitem__` sees every item.
fn ordered_update(vm: &Vm, a: &[Value]) -> Res {
    let (this, other, kwargs) = (a[0], a[1], a[2]);
    if plain_set_item(vm, this) {
        let update = dict_method(vm, "update")?;
        let both = [this, other];
        let given = if other.is_unbound() { &both[..1] } else { &both[..] };
        return vm.call_dict(update, given, vm.as_dict(kwargs));
    }
    if !other.is_unbound() {
        update_by_items(vm, this, other)?;
    }
    if let Some(d) = vm.as_dict(kwargs) {
        each_item(d, |k, v, _| vm.set_item(this, k, v))?;
    }
    Ok(Value::NONE)
}
fn update_by_items(vm: &Vm, this: Value, other: Value) -> Res<()> {
    if let Some(keys) = vm.get_attr_opt(other, vm.names().keys)? {
        let it = vm.get_iter(vm.call(keys, &[])?)?;
        while let Some(k) = vm.next(it)? {
            let v = vm.get_item(other, k)?;
            vm.set_item(this, k, v)?;
        }
        return Ok(());
    }
    if let Some(items) = vm.get_attr_opt(other, vm.names().items)? {
        return update_from_pairs(vm, this, vm.call(items, &[])?);
    }
    update_from_pairs(vm, this, other)
}
fn update_from_pairs(vm: &Vm, this: Value, pairs: Value) -> Res<()> {
    let it = vm.get_iter(pairs)?;
    while let Some(pair) = vm.next(it)? {
        let pair = vm.to_list(pair)?;
        match pair.items() {
            &[k, v] => vm.set_item(this, k, v)?,
            [] | [_] => {
                let n = pair.len();
                let s = if n == 1 { "" } else { "s" };
                return Err(vm.value_error(format!("need more than {n} value{s} to unpack")));
            }
            _ => return Err(vm.value_error("too many values to unpack (expected 2)")),
        }
    }
    Ok(())
}
fn pop_item(vm: &Vm, a: &[Value]) -> Res {
    let d = dict(vm, a[0])?;
    let row = if vm.truth(a[1])? { vm.dict_last_row(d) } else { d.next_row(0) };
    let Some((k, v)) = row.and_then(|r| d.row(r)) else {
        return Err(vm.key_error(vm.str("dictionary is empty")?));
    };
    let pair = vm.tuple(&[k, v])?;
    if is_exact_ordered(vm, a[0]) {
        if let Some(r) = row {
            vm.dict_remove_row(d, r);
        }
        return Ok(pair);
    }
    // A subclass may watch deletions.
    vm.delete_item(a[0], k)?;
    Ok(pair)
}
fn move_to_end(vm: &Vm, a: &[Value]) -> Res {
    let d = dict(vm, a[0])?;
    let (key, last) = (a[1], vm.truth(a[2])?);
    let hash = vm.hash_key(key, "dict key")?;
    let Some(row) = vm.dict_find_hashed(d, key, hash)? else { return Err(vm.key_error(key)) };
    let Some((own_key, v)) = d.row(row) else { return Err(vm.key_error(key)) };
    if last {
        if vm.dict_last_row(d) != Some(row) {
            vm.dict_remove_row(d, row);
            vm.dict_insert_new(d, own_key, hash, v)?;
        }
        return Ok(Value::NONE);
    }
    if d.next_row(0) == Some(row) {
        return Ok(Value::NONE);
    }
    vm.dict_remove_row(d, row);
    let rest = vm.dict_copy(d)?;
    vm.dict_clear(d);
    vm.dict_insert_new(d, own_key, hash, v)?;
    each_item(rest, |k, v, h| vm.dict_insert_new(d, k, h, v))?;
    Ok(Value::NONE)
}
fn ordered_pop(vm: &Vm, a: &[Value]) -> Res {
    let d = dict(vm, a[0])?;
    let found = if is_exact_ordered(vm, a[0]) {
        vm.dict_remove(d, a[1])?
    } else if vm.contains(a[0], a[1])? {
        let v = vm.get_item(a[0], a[1])?;
        vm.delete_item(a[0], a[1])?;
        Some(v)
    } else {
        None
    };
    match found {
        Some(v) => Ok(v),
        None if a[2].is_unbound() => Err(vm.key_error(a[1])),
        None => Ok(a[2]),
    }
}
fn set_default(vm: &Vm, a: &[Value]) -> Res {
    if is_exact_ordered(vm, a[0]) {
        return vm.call(dict_method(vm, "setdefault")?, a);
    }
    if vm.contains(a[0], a[1])? {
        return vm.get_item(a[0], a[1]);
    }
    vm.set_item(a[0], a[1], a[2])?;
    Ok(a[2])
}
fn from_keys(vm: &Vm, a: &[Value]) -> Res {
    let made = vm.call(a[0], &[])?;
    let it = vm.get_iter(a[1])?;
    while let Some(k) = vm.next(it)? {
        vm.set_item(made, k, a[2])?;
    }
    Ok(made)
}
fn ordered_copy(vm: &Vm, a: &[Value]) -> Res {
    let d = dict(vm, a[0])?;
    let made = vm.call(vm.class_of(a[0]).value(), &[])?;
    if is_exact_ordered(vm, a[0]) {
        vm.dict_merge(dict(vm, made)?, d)?;
        return Ok(made);
    }
    let keys = vm.to_list(a[0])?;
    let mut i = 0;
    while let Some(k) = keys.get(i) {
        let v = vm.get_item(a[0], k)?;
        vm.set_item(made, k, v)?;
        i += 1;
    }
    Ok(made)
}
fn ordered_reduce(vm: &Vm, a: &[Value]) -> Res {
    let state = dict_or_none(vm, a[0])?;
    let items = vm.get_iter(vm.call_method(a[0], "items", &[])?)?;
    vm.tuple(&[vm.class_of(a[0]).value(), vm.tuple(&[])?, state, Value::NONE, items])
}
fn ordered_repr(vm: &Vm, a: &[Value]) -> Res {
    let d = dict(vm, a[0])?;
    let name = vm.class_name(vm.class_of(a[0]));
    if d.is_empty() {
        return vm.str(&format!("{name}()"));
    }
    let text = vm.guard_repr(a[0], || {
        if is_exact_ordered(vm, a[0]) {
            return vm.repr(vm.dict_copy(d)?.value());
        }
        // A subclass shows what its `items` gives.
        let plain = vm.new_dict()?;
        let it = vm.get_iter(vm.call_method(a[0], "items", &[])?)?;
        while let Some(pair) = vm.next(it)? {
            let pair = vm.to_tuple(pair)?;
            if let &[k, v] = pair.items() {
                vm.dict_set(plain, k, v)?;
            }
        }
        vm.repr(plain.value())
    })?;
    let Some(text) = text else { return vm.str("...") };
    let mut out = StrBuilder::from(name.as_str());
    out.push_str("(");
    out.push_points(text.points());
    out.push_str(")");
    Ok(vm.new_str_builder(&out)?.value())
}
/// Equal items, and in the same order if both are ordered.
fn ordered_equal(vm: &Vm, a: &[Value], wanted: bool) -> Res {
    let Some(y) = vm.as_dict(a[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let x = dict(vm, a[0])?;
    let same = vm.call(dict_method(vm, "__eq__")?, &[a[0], a[1]])?;
    let mut equal = vm.truth(same)?;
    let class = vm.hook("OrderedDict").and_then(|c| vm.as_class(c));
    if equal && class.is_some_and(|c| vm.is_instance_exact(a[1], c)) {
        let (mut i, mut j) = (x.next_row(0), y.next_row(0));
        while let (Some(r), Some(s)) = (i, j) {
            let (Some((k, _)), Some((l, _))) = (x.row(r), y.row(s)) else { break };
            if !vm.equal(k, l)? {
                equal = false;
                break;
            }
            (i, j) = (x.next_row(r + 1), y.next_row(s + 1));
        }
    }
    Ok(Value::bool(equal == wanted))
}
fn ordered_or(vm: &Vm, this: Value, left: Value, right: Value) -> Res {
    if vm.as_dict(left).is_none() || vm.as_dict(right).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let new = vm.call(vm.class_of(this).value(), &[left])?;
    ordered_update(vm, &[new, right, Value::NONE])?;
    Ok(new)
}
fn ordered_in_place_or(vm: &Vm, a: &[Value]) -> Res {
    ordered_update(vm, &[a[0], a[1], Value::NONE])?;
    Ok(a[0])
}
