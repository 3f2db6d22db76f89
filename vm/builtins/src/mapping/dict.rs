//! `dict`: constructor and methods.

use super::update::{merge_any, merge_arguments, merge_dict};
use crate::sequence::{CLASS_GETITEM, document, unhashable, wrong_receiver};
use crate::support::class_argument;
use pyrs_core::object::{Dict, NativeDef, Set, class_flag, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;

const SELF: &str = "(self, /)";

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, mapping=<unrepresentable>, /, **kwargs)", init, ""),
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    NativeDef::method(
        "__len__",
        SELF,
        |vm, a| vm.int_usize(this(vm, a)?.len()),
        "Return len(self).",
    ),
    NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
    NativeDef::method("__setitem__", "(self, key, value, /)", set_item, "Set self[key] to value."),
    NativeDef::method("__delitem__", "(self, key, /)", delete_item, "Delete self[key]."),
    NativeDef::method(
        "__contains__",
        "(self, key, /)",
        contains,
        "True if the dictionary has the specified key, else False.",
    ),
    NativeDef::method(
        "__iter__",
        SELF,
        |vm, a| vm.new_dict_iter(core_shape::DICT_KEY_ITER, this(vm, a)?),
        "Implement iter(self).",
    ),
    NativeDef::method(
        "__reversed__",
        SELF,
        |vm, a| vm.new_dict_iter(core_shape::DICT_REVERSE_KEY_ITER, this(vm, a)?),
        "Return a reverse iterator over the dict keys.",
    ),
    NativeDef::method("__eq__", "(self, value, /)", equal, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", not_equal, "Return self!=value."),
    NativeDef::method("__lt__", "(self, value, /)", no_order, "Return self<value."),
    NativeDef::method("__le__", "(self, value, /)", no_order, "Return self<=value."),
    NativeDef::method("__gt__", "(self, value, /)", no_order, "Return self>value."),
    NativeDef::method("__ge__", "(self, value, /)", no_order, "Return self>=value."),
    NativeDef::method("__or__", "(self, value, /)", or, "Return self|value."),
    NativeDef::method("__ror__", "(self, value, /)", reflected_or, "Return value|self."),
    NativeDef::method("__ior__", "(self, value, /)", in_place_or, "Return self|=value."),
    NativeDef::method("__sizeof__", SELF, sizeof, "Return the size of the dict in memory."),
    NativeDef::method(
        "get",
        "(self, key, default=None, /)",
        get,
        "Return the value for key if key is in the dictionary, else default.",
    ),
    NativeDef::method(
        "setdefault",
        "(self, key, default=None, /)",
        set_default,
        "Insert key with a value of default if key is not in the dictionary.\n\nReturn the value for key if key is in the dictionary, else default.",
    ),
    NativeDef::method(
        "pop",
        "(self, key, default=<unrepresentable>, /)",
        pop,
        "D.pop(k[,d]) -> v, remove specified key and return the corresponding value.\n\nIf the key is not found, return the default if given; otherwise,\nraise a KeyError.",
    ),
    NativeDef::method(
        "popitem",
        SELF,
        pop_item,
        "Remove and return a (key, value) pair as a 2-tuple.\n\nPairs are returned in LIFO (last-in, first-out) order.\nRaises KeyError if the dict is empty.",
    ),
    NativeDef::method(
        "update",
        "(self, mapping=<unrepresentable>, /, **kwargs)",
        update,
        "D.update([E, ]**F) -> None.  Update D from mapping/iterable E and F.\nIf E is present and has a .keys() method, then does:  for k in E.keys(): D[k] = E[k]\nIf E is present and lacks a .keys() method, then does:  for k, v in E: D[k] = v\nIn either case, this is followed by: for k in F:  D[k] = F[k]",
    ),
    NativeDef::class_method(
        "fromkeys",
        "(cls, iterable, value=None, /)",
        from_keys,
        "Create a new dictionary with keys from iterable and values set to value.",
    ),
    NativeDef::method("clear", SELF, clear, "Remove all items from the dict."),
    NativeDef::method(
        "copy",
        SELF,
        |vm, a| Ok(vm.dict_copy(this(vm, a)?)?.value()),
        "Return a shallow copy of the dict.",
    ),
    CLASS_GETITEM,
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.classes().dict;
    vm.extend_class(c, METHODS, &[])?;
    document(
        vm,
        c,
        "dict() -> an empty dictionary\ndict(mapping) -> a dictionary with the items of the mapping\ndict(iterable) -> a dictionary of the pairs in the iterable\ndict(**kwargs) -> a dictionary of the keyword arguments",
    )?;
    c.flags.set(c.flags.get() | class_flag::BLANK_NEW);
    unhashable(vm, c)
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<Dict>> {
    vm.as_dict(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "dict"))
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = class_argument(vm, a[0], vm.classes().dict)?;
    Ok(vm.new_instance(class)?.value())
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    merge_arguments(vm, this(vm, a)?, a[1], a[2])?;
    Ok(Value::NONE)
}
fn update(vm: &Vm, a: &[Value]) -> Res {
    merge_arguments(vm, this(vm, a)?, a[1], a[2])?;
    Ok(Value::NONE)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    if d.is_empty() {
        return vm.str("{}");
    }
    let mut out = StrBuilder::new();
    let done = vm.guard_repr(a[0], || {
        out.push_str("{");
        let mut row = 0;
        while let Some(r) = d.next_row(row) {
            if let Some((k, v)) = d.row(r) {
                if out.len() > 1 {
                    out.push_str(", ");
                }
                out.push_points(vm.repr(k)?.points());
                out.push_str(": ");
                out.push_points(vm.repr(v)?.points());
            }
            row = r + 1;
        }
        out.push_str("}");
        Ok(())
    })?;
    match done {
        Some(()) => Ok(vm.new_str_builder(&out)?.value()),
        None => vm.str("{...}"),
    }
}

// ---- items
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    if let Some(v) = vm.dict_get(d, a[1])? {
        return Ok(v);
    }
    let class = vm.class_of(a[0]);
    if class != vm.classes().dict
        && let Some(missing) = vm.lookup(class, vm.names().missing)
    {
        return vm.call_bound(missing, a[0], &[a[1]]);
    }
    Err(vm.key_error(a[1]))
}
fn set_item(vm: &Vm, a: &[Value]) -> Res {
    vm.dict_set(this(vm, a)?, a[1], a[2])?;
    Ok(Value::NONE)
}
fn delete_item(vm: &Vm, a: &[Value]) -> Res {
    match vm.dict_remove(this(vm, a)?, a[1])? {
        Some(_) => Ok(Value::NONE),
        None => Err(vm.key_error(a[1])),
    }
}
fn contains(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(vm.dict_find(this(vm, a)?, a[1])?.is_some()))
}
fn get(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.dict_get(this(vm, a)?, a[1])?.unwrap_or(a[2]))
}
fn set_default(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let hash = vm.hash_key(a[1], "dict key")?;
    match vm.dict_find_hashed(d, a[1], hash)? {
        Some(row) => Ok(d.value_at(row)),
        None => {
            vm.dict_insert_new(d, a[1], hash, a[2])?;
            Ok(a[2])
        }
    }
}
fn pop(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    // An empty dict does not hash the key.
    let found = if d.is_empty() { None } else { vm.dict_remove(d, a[1])? };
    match found {
        Some(v) => Ok(v),
        None if a[2].is_unbound() => Err(vm.key_error(a[1])),
        None => Ok(a[2]),
    }
}
fn pop_item(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    let Some(row) = vm.dict_last_row(d) else {
        return Err(vm.key_error(vm.str("popitem(): dictionary is empty")?));
    };
    let pair = match d.row(row) {
        Some((k, v)) => vm.tuple(&[k, v])?,
        None => return Err(vm.key_error(vm.str("popitem(): dictionary is empty")?)),
    };
    vm.dict_remove_row(d, row);
    Ok(pair)
}
fn clear(vm: &Vm, a: &[Value]) -> Res {
    vm.dict_clear(this(vm, a)?);
    Ok(Value::NONE)
}
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let d = this(vm, a)?;
    vm.int_usize(vm.heap.size_of(d.erase()) + d.table.storage_bytes(vm))
}
fn from_keys(vm: &Vm, a: &[Value]) -> Res {
    let (class, iterable, value) = (a[0], a[1], a[2]);
    let made = vm.call(class, &[])?;
    if let Some(d) = vm.exact::<Dict>(made, core_shape::DICT) {
        if let Some(from) = vm.exact::<Dict>(iterable, core_shape::DICT) {
            let mut row = 0;
            while let Some(r) = from.next_row(row) {
                if let Some((k, _)) = from.row(r) {
                    vm.dict_set_hashed(d, k, from.row_hash(r), value)?;
                }
                row = r + 1;
            }
            return Ok(made);
        }
        let set = vm.exact::<Set>(iterable, core_shape::SET);
        if let Some(from) = set.or_else(|| vm.exact(iterable, core_shape::FROZENSET)) {
            let mut row = 0;
            while let Some(r) = from.next_row(row) {
                if let Some(k) = from.row(r) {
                    vm.dict_set_hashed(d, k, from.row_hash(r), value)?;
                }
                row = r + 1;
            }
            return Ok(made);
        }
        let it = vm.get_iter(iterable)?;
        while let Some(k) = vm.next(it)? {
            vm.dict_set(d, k, value)?;
        }
        return Ok(made);
    }
    let it = vm.get_iter(iterable)?;
    while let Some(k) = vm.next(it)? {
        vm.set_item(made, k, value)?;
    }
    Ok(made)
}

// ---- comparison and union
/// Same keys with equal values; the values may change the dicts when they are compared.
pub(super) fn same_items(vm: &Vm, x: Gc<Dict>, y: Gc<Dict>) -> Res<bool> {
    if x.len() != y.len() {
        return Ok(false);
    }
    let mut row = 0;
    while let Some(r) = x.next_row(row) {
        if let Some((k, v)) = x.row(r) {
            match vm.dict_find_hashed(y, k, x.row_hash(r))? {
                Some(other) => {
                    if !vm.equal(v, y.value_at(other))? {
                        return Ok(false);
                    }
                }
                None => return Ok(false),
            }
        }
        row = r + 1;
    }
    Ok(true)
}
fn equal(vm: &Vm, a: &[Value]) -> Res {
    compare(vm, Comparison::Eq, a)
}
fn not_equal(vm: &Vm, a: &[Value]) -> Res {
    compare(vm, Comparison::Ne, a)
}
fn compare(vm: &Vm, op: Comparison, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    let Some(y) = vm.as_dict(a[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    Ok(Value::bool(same_items(vm, x, y)? == (op == Comparison::Eq)))
}
fn no_order(_: &Vm, _: &[Value]) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}
fn union(vm: &Vm, x: Gc<Dict>, y: Gc<Dict>) -> Res {
    let d = vm.dict_copy(x)?;
    merge_dict(vm, d, y)?;
    Ok(d.value())
}
fn or(vm: &Vm, a: &[Value]) -> Res {
    match (vm.as_dict(a[0]), vm.as_dict(a[1])) {
        (Some(x), Some(y)) => union(vm, x, y),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
fn reflected_or(vm: &Vm, a: &[Value]) -> Res {
    or(vm, &[a[1], a[0]])
}
fn in_place_or(vm: &Vm, a: &[Value]) -> Res {
    merge_any(vm, this(vm, a)?, a[1])?;
    Ok(a[0])
}
