//! The iterator types among the built-in functions: `enumerate filter map reversed zip`.

use core::cell::Cell;
use pyrs_core::names::Special;
use pyrs_core::object::{ClassSpec, Filter, Map, Native, NativeDef, Tuple, class_flag};
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct Enumerate {
    header: Header,
    iterator: Slot,
    /// the next number, an int of any size
    count: Slot,
}
native_object!(Enumerate, "enumerate", slots = 2);

#[repr(C)]
struct Zip {
    header: Header,
    /// tuple
    iterators: Slot,
    strict: Cell<bool>,
}
native_object!(Zip, "zip", slots = 1);

/// `reversed` of any sequence: `sequence` becomes UNBOUND when exhausted.
#[repr(C)]
struct Reversed {
    header: Header,
    sequence: Slot,
    index: Cell<isize>,
}
native_object!(Reversed, "reversed", slots = 1);

const SELF: &str = "(self, /)";

/// `__iter__` of every iterator.
fn itself(_vm: &Vm, args: &[Value]) -> Res {
    Ok(args[0])
}

static ENUMERATE: ClassSpec = ClassSpec {
    name: "enumerate",
    layout: Enumerate::LAYOUT,
    flags: class_flag::BASE | class_flag::QUICK_NEXT,
    doc: "Pairs (number, item) of an iterable's items, numbered from start.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, iterable=<unrepresentable>, start=0)",
            enumerate_new,
            "",
        ),
        NativeDef::method("__iter__", SELF, itself, ""),
        NativeDef::method("__next__", SELF, enumerate_next, ""),
        NativeDef::method("__reduce__", SELF, enumerate_reduce, "State for pickle."),
        NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
    ],
    getset: &[],
    fields: &[],
};

static FILTER: ClassSpec = ClassSpec {
    name: "filter",
    layout: Filter::LAYOUT,
    flags: class_flag::BASE,
    doc: "The items of an iterable for which function(item) is true; None tests the items themselves.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, function, iterable, /)", filter_new, ""),
        NativeDef::method("__iter__", SELF, itself, ""),
        NativeDef::method("__next__", SELF, filter_next, ""),
        NativeDef::method("__reduce__", SELF, filter_reduce, "State for pickle."),
    ],
    getset: &[],
    fields: &[],
};

static MAP: ClassSpec = ClassSpec {
    name: "map",
    layout: Map::LAYOUT,
    flags: class_flag::BASE,
    doc: "function applied to one item of each iterable at a time, until the shortest ends.\n\nWith strict, iterables of different lengths raise ValueError.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *function_and_iterables, strict=False)",
            map_new,
            "",
        ),
        NativeDef::method("__iter__", SELF, itself, ""),
        NativeDef::method("__next__", SELF, map_next, ""),
        NativeDef::method("__reduce__", SELF, map_reduce, "State for pickle."),
        NativeDef::method("__setstate__", "(self, state, /)", map_setstate, "Sets strict."),
    ],
    getset: &[],
    fields: &[],
};

static ZIP: ClassSpec = ClassSpec {
    name: "zip",
    layout: Zip::LAYOUT,
    flags: class_flag::BASE | class_flag::QUICK_NEXT,
    doc: "Tuples of one item of each iterable, until the shortest ends.\n\nWith strict, iterables of different lengths raise ValueError.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *iterables, strict=False)", zip_new, ""),
        NativeDef::method("__iter__", SELF, itself, ""),
        NativeDef::method("__next__", SELF, zip_next, ""),
        NativeDef::method("__reduce__", SELF, zip_reduce, "State for pickle."),
        NativeDef::method("__setstate__", "(self, state, /)", zip_setstate, "Sets strict."),
    ],
    getset: &[],
    fields: &[],
};

static REVERSED: ClassSpec = ClassSpec {
    name: "reversed",
    layout: Reversed::LAYOUT,
    flags: class_flag::BASE | class_flag::QUICK_NEXT,
    doc: "The items of a sequence from the last to the first.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, object, /)", reversed_new, ""),
        NativeDef::method("__iter__", SELF, itself, ""),
        NativeDef::method("__next__", SELF, reversed_next, ""),
        NativeDef::method("__length_hint__", SELF, reversed_hint, "How many items are left."),
        NativeDef::method("__reduce__", SELF, reversed_reduce, "State for pickle."),
        NativeDef::method("__setstate__", "(self, state, /)", reversed_setstate, "Sets the index."),
    ],
    getset: &[],
    fields: &[],
};

/// Makes the five classes.
pub(super) fn classes(vm: &Vm) -> Res<[Gc<pyrs_core::object::Class>; 5]> {
    let word = |offset: usize| offset / size_of::<Value>();
    let (enumerate, zip) = (vm.define_class(&ENUMERATE, None)?, vm.define_class(&ZIP, None)?);
    let (filter, map) = (vm.define_class(&FILTER, None)?, vm.define_class(&MAP, None)?);
    vm.filter_shape.set(filter.root_shape.get());
    vm.map_shape.set(map.root_shape.get());
    vm.jit.describe_iterators(&pyrs_core::jit::Iterators {
        enumerate: enumerate.root_shape.get(),
        iterator: word(core::mem::offset_of!(Enumerate, iterator)),
        count: word(core::mem::offset_of!(Enumerate, count)),
        zip: zip.root_shape.get(),
        iterators: word(core::mem::offset_of!(Zip, iterators)),
    });
    Ok([enumerate, filter, map, zip, vm.define_class(&REVERSED, None)?])
}

fn generic(vm: &Vm, args: &[Value]) -> Res {
    vm.generic_alias(args[0], args[1])
}

/// A fresh instance of the class that `__new__` was given.
pub(crate) fn fresh<T: Native>(vm: &Vm, class: Value) -> Res<Gc<T>> {
    let made = match vm.as_class(class) {
        Some(c) => vm.new_instance(c)?,
        None => return Err(vm.type_error("__new__() argument must be a type")),
    };
    receiver(vm, made.value())
}

/// The receiver of a native method as its layout; only a damaged class table makes this fail.
pub(crate) fn receiver<T: Native>(vm: &Vm, v: Value) -> Res<Gc<T>> {
    vm.cast::<T>(v).ok_or_else(|| {
        vm.type_error(format!(
            "a '{}' object is required, not '{}'",
            T::LAYOUT.name,
            vm.type_name(v)
        ))
    })
}

// ---- enumerate
fn enumerate_new(vm: &Vm, args: &[Value]) -> Res {
    if args[1].is_unbound() {
        return Err(vm.type_error("enumerate() missing required argument 'iterable'"));
    }
    let start = vm.index(args[2])?;
    let iterator = vm.get_iter(args[1])?;
    let e = fresh::<Enumerate>(vm, args[0])?;
    e.iterator.set(&vm.heap, e, iterator);
    e.count.set(&vm.heap, e, start);
    Ok(e.value())
}

fn enumerate_next(vm: &Vm, args: &[Value]) -> Res {
    let e = receiver::<Enumerate>(vm, args[0])?;
    let Some(item) = vm.next(e.iterator.get())? else { return Ok(Value::UNBOUND) };
    let number = e.count.get();
    let following = match number.as_int() {
        Some(n) => vm.int(n as i64 + 1)?,
        None => vm.binary(BinaryOp::Add, number, Value::small_int(1))?,
    };
    e.count.set(&vm.heap, e, following);
    vm.tuple(&[number, item])
}

fn enumerate_reduce(vm: &Vm, args: &[Value]) -> Res {
    let e = receiver::<Enumerate>(vm, args[0])?;
    let state = vm.tuple(&[e.iterator.get(), e.count.get()])?;
    vm.tuple(&[vm.class_of(args[0]).value(), state])
}

// ---- filter
fn filter_new(vm: &Vm, args: &[Value]) -> Res {
    let iterator = vm.get_iter(args[2])?;
    let f = fresh::<Filter>(vm, args[0])?;
    f.function.set(&vm.heap, f, args[1]);
    f.iterator.set(&vm.heap, f, iterator);
    Ok(f.value())
}

fn filter_next(vm: &Vm, args: &[Value]) -> Res {
    let f = receiver::<Filter>(vm, args[0])?;
    let (function, iterator) = (f.function.get(), f.iterator.get());
    let truth_only = function.is_none() || function == vm.classes().bool_.value();
    let mut steps = 0usize;
    while let Some(item) = vm.next(iterator)? {
        let verdict = if truth_only { item } else { vm.call(function, &[item])? };
        if vm.truth(verdict)? {
            return Ok(item);
        }
        steps += 1;
        if steps.is_multiple_of(10_000) && vm.interrupted() {
            vm.run_pending()?;
        }
    }
    Ok(Value::UNBOUND)
}

fn filter_reduce(vm: &Vm, args: &[Value]) -> Res {
    let f = receiver::<Filter>(vm, args[0])?;
    let state = vm.tuple(&[f.function.get(), f.iterator.get()])?;
    vm.tuple(&[vm.class_of(args[0]).value(), state])
}

// ---- map and zip
/// A tuple of the iterators of `iterables`.
fn iterators_of(vm: &Vm, iterables: &[Value]) -> Res<Gc<Tuple>> {
    let its = vm.new_tuple_blank(iterables.len())?;
    for (i, &v) in iterables.iter().enumerate() {
        let it = vm.get_iter(v)?;
        its.slot(i).set(&vm.heap, its, it);
    }
    Ok(its)
}

/// One item of each iterator; `None` when one ends. With `strict`, all must end together.
fn items_of_each(vm: &Vm, its: Gc<Tuple>, strict: bool, name: &str) -> Res<Option<Gc<Tuple>>> {
    let items = vm.new_tuple_blank(its.len())?;
    for i in 0..its.len() {
        match vm.next(its.get(i))? {
            Some(v) => items.slot(i).set(&vm.heap, items, v),
            None if !strict => return Ok(None),
            None if i > 0 => return Err(uneven(vm, name, i, "shorter")),
            None => {
                for j in 1..its.len() {
                    if vm.next(its.get(j))?.is_some() {
                        return Err(uneven(vm, name, j, "longer"));
                    }
                }
                return Ok(None);
            }
        }
    }
    Ok(Some(items))
}

fn uneven(vm: &Vm, name: &str, i: usize, how: &str) -> pyrs_core::Raised {
    let others = if i == 1 { " 1".to_owned() } else { format!("s 1-{i}") };
    vm.value_error(format!("{name}() argument {} is {how} than argument{others}", i + 1))
}

fn map_new(vm: &Vm, args: &[Value]) -> Res {
    let strict = vm.truth(args[2])?;
    let Some(given) = vm.as_tuple(args[1]).filter(|t| t.len() >= 2) else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    let (iterator, iterators) = match given.items() {
        &[_, only] => (vm.get_iter(only)?, Value::UNBOUND),
        all => (Value::UNBOUND, iterators_of(vm, &all[1..])?.value()),
    };
    let m = fresh::<Map>(vm, args[0])?;
    m.function.set(&vm.heap, m, given.get(0));
    m.iterator.set(&vm.heap, m, iterator);
    m.iterators.set(&vm.heap, m, iterators);
    m.strict.set(strict);
    Ok(m.value())
}

fn map_next(vm: &Vm, args: &[Value]) -> Res {
    let m = receiver::<Map>(vm, args[0])?;
    let function = m.function.get();
    let Some(its) = vm.as_tuple(m.iterators.get()) else {
        if m.iterator.is_unbound() {
            return Ok(Value::UNBOUND);
        }
        return match vm.next(m.iterator.get())? {
            Some(v) => vm.call(function, &[v]),
            None => Ok(Value::UNBOUND),
        };
    };
    match items_of_each(vm, its, m.strict.get(), "map")? {
        Some(items) => vm.call(function, items.items()),
        None => Ok(Value::UNBOUND),
    }
}

fn map_reduce(vm: &Vm, args: &[Value]) -> Res {
    let m = receiver::<Map>(vm, args[0])?;
    let list = vm.new_list()?;
    vm.list_append(list, m.function.get())?;
    if !m.iterator.is_unbound() {
        vm.list_append(list, m.iterator.get())?;
    }
    if m.iterators.get().is_object() {
        vm.list_extend(list, m.iterators.get())?;
    }
    let state = vm.to_tuple(list.value())?;
    reduced(vm, args[0], state, m.strict.get())
}

fn reduced(vm: &Vm, v: Value, state: Gc<Tuple>, strict: bool) -> Res {
    let class = vm.class_of(v).value();
    if strict {
        vm.tuple(&[class, state.value(), Value::TRUE])
    } else {
        vm.tuple(&[class, state.value()])
    }
}

fn map_setstate(vm: &Vm, args: &[Value]) -> Res {
    let strict = vm.truth(args[1])?;
    receiver::<Map>(vm, args[0])?.strict.set(strict);
    Ok(Value::NONE)
}

fn zip_new(vm: &Vm, args: &[Value]) -> Res {
    let strict = vm.truth(args[2])?;
    let iterables = vm.to_tuple(args[1])?;
    let its = iterators_of(vm, iterables.items())?;
    let z = fresh::<Zip>(vm, args[0])?;
    z.iterators.set(&vm.heap, z, its.value());
    z.strict.set(strict);
    Ok(z.value())
}

fn zip_next(vm: &Vm, args: &[Value]) -> Res {
    let z = receiver::<Zip>(vm, args[0])?;
    match vm.as_tuple(z.iterators.get()) {
        Some(its) if !its.is_empty() => {
            let plain = || its.items().iter().all(|&it| vm.is_plain_iterator(it));
            if vm.is_quick() && (z.strict.get() || !plain()) {
                // The first may have given its item when the second turns out to run Python code, or to be shorter.
                return Err(vm.refused());
            }
            let items = items_of_each(vm, its, z.strict.get(), "zip")?;
            Ok(items.map_or(Value::UNBOUND, |t| t.value()))
        }
        _ => Ok(Value::UNBOUND),
    }
}

fn zip_reduce(vm: &Vm, args: &[Value]) -> Res {
    let z = receiver::<Zip>(vm, args[0])?;
    let state = match vm.as_tuple(z.iterators.get()) {
        Some(t) => t,
        None => vm.new_tuple(&[])?,
    };
    reduced(vm, args[0], state, z.strict.get())
}

fn zip_setstate(vm: &Vm, args: &[Value]) -> Res {
    let strict = vm.truth(args[1])?;
    receiver::<Zip>(vm, args[0])?.strict.set(strict);
    Ok(Value::NONE)
}

// ---- reversed
fn reversed_new(vm: &Vm, args: &[Value]) -> Res {
    let v = args[1];
    let class = vm.class_of(v);
    let not_reversible =
        || vm.type_error(format!("'{}' object is not reversible", vm.type_name(v)));
    if let Some(f) = vm.lookup(class, vm.names().reversed) {
        if f.is_none() {
            return Err(not_reversible());
        }
        return vm.call_bound(f, v, &[]);
    }
    let sequence = vm.special(class, Special::GetItem).is_some()
        && vm.special(class, Special::Len).is_some()
        && vm.as_dict(v).is_none();
    if !sequence {
        return Err(not_reversible());
    }
    let n = vm.len(v)?;
    let r = fresh::<Reversed>(vm, args[0])?;
    r.sequence.set(&vm.heap, r, v);
    r.index.set(n as isize - 1);
    Ok(r.value())
}

fn reversed_next(vm: &Vm, args: &[Value]) -> Res {
    let r = receiver::<Reversed>(vm, args[0])?;
    let (sequence, i) = (r.sequence.get(), r.index.get());
    if sequence.is_unbound() {
        return Ok(Value::UNBOUND);
    }
    if i >= 0 {
        let item = vm.get_item(sequence, vm.int(i as i64)?);
        match item {
            Ok(v) => {
                r.index.set(i - 1);
                return Ok(v);
            }
            Err(e)
                if vm.pending_is(e, vm.exc().index_error)
                    || vm.pending_is(e, vm.exc().stop_iteration) =>
            {
                vm.take_exception(e);
            }
            Err(e) => return Err(e),
        }
    }
    r.index.set(-1);
    r.sequence.set(&vm.heap, r, Value::UNBOUND);
    Ok(Value::UNBOUND)
}

fn reversed_hint(vm: &Vm, args: &[Value]) -> Res {
    let r = receiver::<Reversed>(vm, args[0])?;
    if r.sequence.is_unbound() {
        return Ok(Value::small_int(0));
    }
    let left = (r.index.get() + 1) as usize;
    let n = vm.len(r.sequence.get())?;
    vm.int_usize(if n < left { 0 } else { left })
}

fn reversed_reduce(vm: &Vm, args: &[Value]) -> Res {
    let r = receiver::<Reversed>(vm, args[0])?;
    let class = vm.class_of(args[0]).value();
    if r.sequence.is_unbound() {
        let empty = vm.new_tuple(&[])?.value();
        return vm.tuple(&[class, vm.tuple(&[empty])?]);
    }
    let of = vm.tuple(&[r.sequence.get()])?;
    vm.tuple(&[class, of, vm.int(r.index.get() as i64)?])
}

fn reversed_setstate(vm: &Vm, args: &[Value]) -> Res {
    let r = receiver::<Reversed>(vm, args[0])?;
    let i = vm.index_isize(args[1], None)?;
    if !r.sequence.is_unbound() {
        let n = vm.len(r.sequence.get())? as isize;
        r.index.set(i.clamp(-1, n - 1));
    }
    Ok(Value::NONE)
}
