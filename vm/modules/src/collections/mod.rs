//! `_collections`: deque, defaultdict, OrderedDict and the helpers of namedtuple and Counter.
//!
//! `deque` holds the double-ended queue and its primitive operations, `deque_methods` what Python sees of it,
//! `mappings` the two dict subclasses, `tuple_getter` the field descriptor of named tuples.

mod deque;
mod deque_methods;
mod mappings;
mod tuple_getter;

use crate::class_support::{add_class, unhashable};
use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[NativeDef::function(
    "_count_elements",
    "(mapping, iterable, /)",
    count_elements,
    "Count elements in the iterable, updating the mapping",
)];

pub(crate) fn init(vm: &Vm) -> Res {
    let doc = "High performance data structures.\n- deque:        ordered collection accessible from endpoints only\n- defaultdict:  dict subclass with a default value factory\n";
    let m = vm.new_native_module("_collections", doc, FUNCTIONS)?;
    let d = add_class(vm, m, &deque_methods::DEQUE, None)?;
    unhashable(vm, d)?;
    add_class(vm, m, &deque_methods::DEQUE_ITERATOR, None)?;
    let r = add_class(vm, m, &deque_methods::DEQUE_REVERSE_ITERATOR, None)?;
    vm.set_hook("deque_reverse_iterator", r.value());
    let dict = Some(vm.classes().dict);
    let c = add_class(vm, m, &mappings::DEFAULT_DICT, dict)?;
    vm.set_hook("defaultdict", c.value());
    let c = add_class(vm, m, &mappings::ORDERED_DICT, dict)?;
    vm.set_hook("OrderedDict", c.value());
    add_class(vm, m, &tuple_getter::SPEC, None)?;
    Ok(m.value())
}

/// Counts without method calls if the mapping's class reads and writes items as dict does.
fn count_elements(vm: &Vm, args: &[Value]) -> Res {
    let (mapping, it) = (args[0], vm.get_iter(args[1])?);
    let (own, dict) = (vm.class_of(mapping), vm.classes().dict);
    let same = |name: &str| {
        let name = vm.intern(name);
        vm.lookup(own, name) == vm.lookup(dict, name)
    };
    let one = Value::small_int(1);
    let add = pyrs_core::protocol::BinaryOp::Add;
    if let Some(d) = vm.as_dict(mapping)
        && same("get")
        && same("__setitem__")
    {
        while let Some(key) = vm.next(it)? {
            let hash = vm.hash_key(key, "dict key")?;
            match vm.dict_find_hashed(d, key, hash)? {
                Some(row) => {
                    let old = d.value_at(row);
                    let new = vm.binary(add, old, one)?;
                    if old.is_int() {
                        vm.dict_set_row(d, row, new);
                    } else {
                        vm.dict_set_hashed(d, key, hash, new)?;
                    }
                }
                None => vm.dict_set_hashed(d, key, hash, one)?,
            }
        }
        return Ok(Value::NONE);
    }
    let get = vm.get_attr(mapping, vm.intern("get"))?;
    while let Some(key) = vm.next(it)? {
        let old = vm.call(get, &[key, Value::small_int(0)])?;
        vm.set_item(mapping, key, vm.binary(add, old, one)?)?;
    }
    Ok(Value::NONE)
}
