//! `_lru_cache_wrapper`: calls remembered in a dict whose order is the order of last use.
//!
//! Keys are the argument itself for a single str or int, else a tuple of the positional arguments, a mark, the
//! keyword arguments flattened, and (typed caches) the classes of all values.

use crate::class_support::{class_of_new, each_item};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Dict, Tuple, class_flag};
use pyrs_core::{Gc, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

#[repr(C)]
pub(super) struct Cache {
    header: Header,
    function: Slot,
    /// dict: key to result
    results: Slot,
    /// The class of `cache_info()`'s result.
    info: Slot,
    /// Most results to keep; negative without a limit.
    max: Cell<isize>,
    hits: Cell<usize>,
    misses: Cell<usize>,
    typed: Cell<bool>,
}
native_object!(Cache, "_lru_cache_wrapper", slots = 3);

const SELF: &str = "(self, /)";
pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "functools._lru_cache_wrapper",
    layout: <Cache as Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_DICT | class_flag::HAS_WEAKREF,
    doc: "Create a cached callable that wraps another function.\n\nuser_function:      the function being cached\n\nmaxsize:  0         for no caching\n          None      for unlimited cache size\n          n         for a bounded cache\n\ntyped:    False     cache f(3) and f(3.0) as identical calls\n          True      cache f(3) and f(3.0) as distinct calls\n\ncache_info_type:    namedtuple class with the fields:\n                        hits misses currsize maxsize\n",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, user_function, maxsize, typed, cache_info_type)",
            new,
            "",
        ),
        NativeDef::method(
            "__call__",
            "(self, /, *args, **kwargs)",
            call,
            "Call self as a function.",
        ),
        NativeDef::method(
            "__get__",
            "(self, instance, owner=None, /)",
            get,
            "Return an attribute of instance, which is of type owner.",
        ),
        NativeDef::method("cache_info", SELF, info, "Report cache statistics"),
        NativeDef::method("cache_clear", SELF, clear, "Clear the cache and cache statistics"),
        NativeDef::method("__reduce__", SELF, |vm, a| vm.get_attr(a[0], vm.names().qualname), ""),
        NativeDef::method("__copy__", SELF, |_, a| Ok(a[0]), ""),
        NativeDef::method("__deepcopy__", "(self, memo, /)", |_, a| Ok(a[0]), ""),
    ],
    getset: &[],
    fields: &[],
};

fn this(vm: &Vm, v: Value) -> Res<Gc<Cache>> {
    vm.cast(v).ok_or_else(|| vm.type_error("an lru_cache wrapper is required"))
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = class_of_new(vm, a[0])?;
    if !vm.is_callable(a[1]) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let max = if a[2].is_none() {
        -1
    } else if vm.as_int(a[2]).is_some()
        || vm.special(vm.class_of(a[2]), pyrs_core::Special::Index).is_some()
    {
        vm.index_isize(a[2], Some(vm.exc().overflow_error))?.max(0)
    } else {
        return Err(vm.type_error("maxsize should be integer or None"));
    };
    let typed = vm.truth(a[3])?;
    let results = vm.new_dict()?;
    let o = vm.new_instance(class)?;
    let c = this(vm, o.value())?;
    c.function.set(&vm.heap, c, a[1]);
    c.results.set(&vm.heap, c, results.value());
    c.info.set(&vm.heap, c, a[4]);
    c.max.set(max);
    c.typed.set(typed);
    Ok(o.value())
}
/// The key of a call.
fn make_key(vm: &Vm, args: Gc<Tuple>, kwargs: Option<Gc<Dict>>, typed: bool) -> Res {
    if !typed && kwargs.is_none() {
        if args.len() == 1 {
            let v = args.get(0);
            let plain_int = v.is_int() || vm.class_of(v) == vm.classes().int;
            if plain_int || vm.exact_str(v).is_some() {
                return Ok(v);
            }
        }
        return Ok(args.value());
    }
    let parts = vm.list_from(args.items())?;
    if let Some(d) = kwargs {
        vm.list_append(parts, vm.hook("functools_kwd_mark").unwrap_or(Value::NONE))?;
        each_item(d, |k, v, _| {
            vm.list_append(parts, k)?;
            vm.list_append(parts, v)
        })?;
    }
    if typed {
        for &v in args.items() {
            vm.list_append(parts, vm.class_of(v).value())?;
        }
        if let Some(d) = kwargs {
            each_item(d, |_, v, _| vm.list_append(parts, vm.class_of(v).value()))?;
        }
    }
    vm.tuple(parts.items())
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let c = this(vm, a[0])?;
    let args = vm.to_tuple(a[1])?;
    let kwargs = vm.as_dict(a[2]).filter(|d| !d.is_empty());
    let run = || vm.call_dict(c.function.get(), args.items(), kwargs);
    let max = c.max.get();
    if max == 0 {
        c.misses.set(c.misses.get() + 1);
        return run();
    }
    let Some(d) = vm.as_dict(c.results.get()) else { return run() };
    let key = make_key(vm, args, kwargs, c.typed.get())?;
    let hash = vm.hash(key)?;
    if let Some(row) = vm.dict_find_hashed(d, key, hash)? {
        c.hits.set(c.hits.get() + 1);
        let v = d.value_at(row);
        if max > 0
            && vm.dict_last_row(d) != Some(row)
            && let Some((own, _)) = d.row(row)
        {
            vm.dict_remove_row(d, row);
            vm.dict_insert_new(d, own, hash, v)?;
        }
        return Ok(v);
    }
    c.misses.set(c.misses.get() + 1);
    let v = run()?;
    if max < 0 {
        vm.dict_set_hashed(d, key, hash, v)?;
        return Ok(v);
    }
    // The call may have filled the place already, or the cache.
    if vm.dict_find_hashed(d, key, hash)?.is_none() {
        while d.len() as isize >= max {
            match d.next_row(0) {
                Some(oldest) => drop(vm.dict_remove_row(d, oldest)),
                None => break,
            }
        }
        vm.dict_insert_new(d, key, hash, v)?;
    }
    Ok(v)
}
fn get(vm: &Vm, a: &[Value]) -> Res {
    if a[1].is_none() { Ok(a[0]) } else { vm.bind_any(a[0], a[1]) }
}
fn info(vm: &Vm, a: &[Value]) -> Res {
    let c = this(vm, a[0])?;
    let max = if c.max.get() < 0 { Value::NONE } else { vm.int(c.max.get() as i64)? };
    let size = vm.as_dict(c.results.get()).map_or(0, |d| d.len());
    let (hits, misses) = (vm.int_usize(c.hits.get())?, vm.int_usize(c.misses.get())?);
    vm.call(c.info.get(), &[hits, misses, max, vm.int_usize(size)?])
}
fn clear(vm: &Vm, a: &[Value]) -> Res {
    let c = this(vm, a[0])?;
    c.hits.set(0);
    c.misses.set(0);
    if let Some(d) = vm.as_dict(c.results.get()) {
        vm.dict_clear(d);
    }
    Ok(Value::NONE)
}
