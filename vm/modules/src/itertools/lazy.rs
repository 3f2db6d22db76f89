//! Iterators that transform one or more iterators item by item.

use super::{answer, iterator, new_state, state};
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{NativeDef, Res, Value, Vm};

// ---- count: a current number, b step
iterator!(
    COUNT,
    "count",
    "(cls, start=0, step=1)",
    count_new,
    count_next,
    "Return a count object whose .__next__() method returns consecutive values."
);
fn count_new(vm: &Vm, args: &[Value]) -> Res {
    for &v in &args[1..3] {
        let number = vm.as_int(v).is_some()
            || vm.as_float(v).is_some()
            || vm.as_complex(v).is_some()
            || [pyrs_core::Special::Index, pyrs_core::Special::Float, pyrs_core::Special::Int]
                .iter()
                .any(|&s| vm.special(vm.class_of(v), s).is_some());
        if !number {
            return Err(vm.type_error("a number is required"));
        }
    }
    Ok(new_state(vm, args[0], &args[1..3])?.value())
}
fn count_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let v = s.a.get();
    let next = vm.binary(BinaryOp::Add, v, s.b.get())?;
    s.a.set(&vm.heap, s, next);
    Ok(v)
}
pub(super) static COUNT_EXTRA: &[NativeDef] = &[
    NativeDef::method("__repr__", "(self, /)", count_repr, "Return repr(self)."),
    NativeDef::method("__reduce__", "(self, /)", count_reduce, ""),
];
fn count_repr(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let start = vm.repr(s.a.get())?.to_lossy();
    if s.b.get() == Value::small_int(1) {
        return vm.str(&format!("count({start})"));
    }
    vm.str(&format!("count({start}, {})", vm.repr(s.b.get())?.to_lossy()))
}
fn count_reduce(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let inner = if s.b.get() == Value::small_int(1) {
        vm.tuple(&[s.a.get()])?
    } else {
        vm.tuple(&[s.a.get(), s.b.get()])?
    };
    vm.tuple(&[vm.class_of(args[0]).value(), inner])
}

// ---- cycle: a iterator (UNBOUND once exhausted), b list of items seen, n position in it
iterator!(
    CYCLE,
    "cycle",
    "(cls, iterable, /)",
    cycle_new,
    cycle_next,
    "Return elements from the iterable until it is exhausted. Then repeat the sequence indefinitely."
);
fn cycle_new(vm: &Vm, args: &[Value]) -> Res {
    let it = vm.get_iter(args[1])?;
    let seen = vm.new_list()?;
    Ok(new_state(vm, args[0], &[it, seen.value()])?.value())
}
fn cycle_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let Some(seen) = vm.as_list(s.b.get()) else { return answer(None) };
    if !s.a.is_unbound() {
        if let Some(v) = vm.next(s.a.get())? {
            vm.list_append(seen, v)?;
            return Ok(v);
        }
        s.a.set(&vm.heap, s, Value::UNBOUND);
    }
    let n = s.n.get() as usize;
    match seen.get(n) {
        Some(v) => {
            s.n.set(if n + 1 >= seen.len() { 0 } else { n as isize + 1 });
            Ok(v)
        }
        None => answer(None),
    }
}

// ---- repeat: a object, n times left (-1 for ever)
iterator!(
    REPEAT,
    "repeat",
    "(cls, object, times=<unrepresentable>)",
    repeat_new,
    repeat_next,
    "Create an iterator which returns the object for the specified number of times."
);
fn repeat_new(vm: &Vm, args: &[Value]) -> Res {
    let s = new_state(vm, args[0], &[args[1]])?;
    s.n.set(if args[2].is_unbound() { -1 } else { vm.index_isize(args[2], None)?.max(0) });
    Ok(s.value())
}
fn repeat_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    match s.n.get() {
        0 => answer(None),
        n => {
            s.n.set(if n > 0 { n - 1 } else { n });
            Ok(s.a.get())
        }
    }
}
pub(super) static REPEAT_EXTRA: &[NativeDef] = &[
    NativeDef::method("__repr__", "(self, /)", repeat_repr, "Return repr(self)."),
    NativeDef::method("__length_hint__", "(self, /)", repeat_hint, ""),
];
fn repeat_repr(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let object = vm.repr(s.a.get())?.to_lossy();
    match s.n.get() {
        -1 => vm.str(&format!("repeat({object})")),
        n => vm.str(&format!("repeat({object}, {n})")),
    }
}
fn repeat_hint(vm: &Vm, args: &[Value]) -> Res {
    match state(vm, args[0])?.n.get() {
        -1 => Err(vm.type_error("len() of unsized object")),
        n => vm.int(n as i64),
    }
}

// ---- accumulate: a iterator, b function or None, c total (UNBOUND before the first), d initial
iterator!(
    ACCUMULATE,
    "accumulate",
    "(cls, iterable, func=None, *, initial=None)",
    accumulate_new,
    accumulate_next,
    "Return series of accumulated sums."
);
fn accumulate_new(vm: &Vm, args: &[Value]) -> Res {
    let it = vm.get_iter(args[1])?;
    Ok(new_state(vm, args[0], &[it, args[2], Value::UNBOUND, args[3]])?.value())
}
fn accumulate_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let initial = s.d.get();
    if !initial.is_none() {
        s.d.set(&vm.heap, s, Value::NONE);
        s.c.set(&vm.heap, s, initial);
        return Ok(initial);
    }
    let Some(v) = vm.next(s.a.get())? else { return answer(None) };
    let total = s.c.get();
    let total = if total.is_unbound() {
        v
    } else if s.b.get().is_none() {
        vm.binary(BinaryOp::Add, total, v)?
    } else {
        vm.call(s.b.get(), &[total, v])?
    };
    s.c.set(&vm.heap, s, total);
    Ok(total)
}

// ---- chain: a iterator of iterables, b current iterator
iterator!(
    CHAIN,
    "chain",
    "(cls, /, *iterables, **kwargs)",
    chain_new,
    chain_next,
    "Return a chain object whose .__next__() method returns elements from the first iterable until it is exhausted, then elements from the next iterable, until all of the iterables are exhausted."
);
pub(super) static CHAIN_EXTRA: &[NativeDef] = &[
    NativeDef::class_method(
        "from_iterable",
        "(cls, iterable, /)",
        chain_new,
        "Alternative chain() constructor taking a single iterable argument that evaluates lazily.",
    ),
    NativeDef::class_method(
        "__class_getitem__",
        "(cls, object, /)",
        |vm, a| vm.generic_alias(a[0], a[1]),
        "See PEP 585",
    ),
];
/// Keywords are for the `__init__` of a subclass only.
fn no_keywords(vm: &Vm, cls: Value, keywords: Value, name: &str) -> Res<()> {
    let init = vm.intern("__init__");
    let inherited = vm.lookup(vm.classes().object, init);
    let own = vm.as_class(cls).is_some_and(|c| vm.lookup(c, init) == inherited);
    if own && vm.len(keywords)? > 0 {
        return Err(vm.type_error(format!("{name}() takes no keyword arguments")));
    }
    Ok(())
}
fn chain_new(vm: &Vm, args: &[Value]) -> Res {
    // `from_iterable` has no keywords.
    if let Some(&keywords) = args.get(2) {
        no_keywords(vm, args[0], keywords, "chain")?;
    }
    let it = vm.get_iter(args[1])?;
    Ok(new_state(vm, args[0], &[it])?.value())
}
fn chain_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    loop {
        if s.a.is_unbound() {
            return answer(None);
        }
        if s.b.is_unbound() {
            match vm.next(s.a.get())? {
                Some(iterable) => {
                    let it = vm.get_iter(iterable)?;
                    s.b.set(&vm.heap, s, it);
                }
                None => {
                    s.a.set(&vm.heap, s, Value::UNBOUND);
                    return answer(None);
                }
            }
        }
        if let Some(v) = vm.next(s.b.get())? {
            return Ok(v);
        }
        s.b.set(&vm.heap, s, Value::UNBOUND);
    }
}

// ---- compress: a data, b selectors
iterator!(
    COMPRESS,
    "compress",
    "(cls, data, selectors)",
    two_iterators,
    compress_next,
    "Return data elements corresponding to true selector elements."
);
fn two_iterators(vm: &Vm, args: &[Value]) -> Res {
    let (a, b) = (vm.get_iter(args[1])?, vm.get_iter(args[2])?);
    Ok(new_state(vm, args[0], &[a, b])?.value())
}
fn compress_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    loop {
        let (Some(v), Some(keep)) = (vm.next(s.a.get())?, vm.next(s.b.get())?) else {
            return answer(None);
        };
        if vm.truth(keep)? {
            return Ok(v);
        }
    }
}

// ---- predicates: a function, b iterator, flag: the change has happened
fn predicate_new(vm: &Vm, args: &[Value]) -> Res {
    let it = vm.get_iter(args[2])?;
    Ok(new_state(vm, args[0], &[args[1], it])?.value())
}
iterator!(
    DROPWHILE,
    "dropwhile",
    "(cls, predicate, iterable, /)",
    predicate_new,
    dropwhile_next,
    "Drop items from the iterable while predicate(item) is true."
);
fn dropwhile_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    loop {
        let Some(v) = vm.next(s.b.get())? else { return answer(None) };
        if s.flag.get() {
            return Ok(v);
        }
        let r = vm.call(s.a.get(), &[v])?;
        if !vm.truth(r)? {
            s.flag.set(true);
            return Ok(v);
        }
    }
}
iterator!(
    TAKEWHILE,
    "takewhile",
    "(cls, predicate, iterable, /)",
    predicate_new,
    takewhile_next,
    "Return successive entries from an iterable as long as the predicate evaluates to true for each entry."
);
fn takewhile_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    if s.flag.get() {
        return answer(None);
    }
    let Some(v) = vm.next(s.b.get())? else { return answer(None) };
    let r = vm.call(s.a.get(), &[v])?;
    if vm.truth(r)? {
        return Ok(v);
    }
    s.flag.set(true);
    answer(None)
}
iterator!(
    FILTERFALSE,
    "filterfalse",
    "(cls, function, iterable, /)",
    predicate_new,
    filterfalse_next,
    "Return those items of iterable for which function(item) is false."
);
fn filterfalse_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    loop {
        let Some(v) = vm.next(s.b.get())? else { return answer(None) };
        let f = s.a.get();
        let r = if f.is_none() || f == vm.classes().bool_.value() { v } else { vm.call(f, &[v])? };
        if !vm.truth(r)? {
            return Ok(v);
        }
    }
}

// ---- islice: a iterator, n position, m next wanted position, k stop (-1 none), d step
iterator!(
    ISLICE,
    "islice",
    "(cls, iterable, /, *args, **kwargs)",
    islice_new,
    islice_next,
    "Return an iterator whose next() method returns selected values from an iterable."
);
fn islice_new(vm: &Vm, args: &[Value]) -> Res {
    no_keywords(vm, args[0], args[3], "islice")?;
    let bounds = vm.to_tuple(args[2])?;
    let (start, stop, step) = match bounds.items() {
        [stop] => (Value::NONE, *stop, Value::NONE),
        [start, stop] => (*start, *stop, Value::NONE),
        [start, stop, step] => (*start, *stop, *step),
        [] => return Err(vm.type_error("islice expected at least 2 arguments, got 1")),
        more => {
            return Err(vm.type_error(format!(
                "islice expected at most 4 arguments, got {}",
                more.len() + 1
            )));
        }
    };
    let number = |v: Value, default: isize, least: isize, text: &str| -> Res<isize> {
        if v.is_none() {
            return Ok(default);
        }
        let n = if vm.as_int(v).is_some()
            || vm.special(vm.class_of(v), pyrs_core::Special::Index).is_some()
        {
            vm.index_isize(v, Some(vm.exc().value_error))
        } else {
            Err(vm.value_error(text))
        };
        match n {
            Ok(n) if n >= least => Ok(n),
            Ok(_) => Err(vm.value_error(text)),
            Err(r) => {
                vm.take_exception(r);
                Err(vm.value_error(text))
            }
        }
    };
    const STOP: &str =
        "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const INDICES: &str = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    const STEP: &str = "Step for islice() must be a positive integer or None.";
    let stop_text = if bounds.len() == 1 { STOP } else { INDICES };
    let stop = number(stop, -1, 0, stop_text)?;
    let start = number(start, 0, 0, INDICES)?;
    let step = number(step, 1, 1, STEP)?;
    let it = vm.get_iter(args[1])?;
    let s = new_state(vm, args[0], &[it, Value::NONE, Value::NONE, vm.int(step as i64)?])?;
    s.m.set(start);
    s.k.set(stop);
    Ok(s.value())
}
fn islice_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    if s.a.is_unbound() {
        return answer(None);
    }
    let stop = s.k.get();
    // A step that is no small int is beyond every stop.
    let step = s.d.get().as_int().unwrap_or(isize::MAX);
    let done = || s.a.set(&vm.heap, s, Value::UNBOUND);
    // Items before the wanted one are consumed, even when the stop comes first.
    let wanted = s.m.get();
    let target = if stop >= 0 && wanted >= stop { stop } else { wanted };
    while s.n.get() < target {
        match vm.next(s.a.get())? {
            Some(_) => s.n.set(s.n.get() + 1),
            None => {
                done();
                return answer(None);
            }
        }
    }
    if stop >= 0 && wanted >= stop {
        done();
        return answer(None);
    }
    match vm.next(s.a.get())? {
        Some(v) => {
            s.n.set(s.n.get() + 1);
            s.m.set(wanted.checked_add(step).unwrap_or(if stop >= 0 { stop } else { isize::MAX }));
            Ok(v)
        }
        None => {
            done();
            answer(None)
        }
    }
}

// ---- starmap: a function, b iterator
iterator!(
    STARMAP,
    "starmap",
    "(cls, function, iterable, /)",
    predicate_new,
    starmap_next,
    "Return an iterator whose values are returned from the function evaluated with an argument tuple taken from the given sequence."
);
fn starmap_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let Some(v) = vm.next(s.b.get())? else { return answer(None) };
    let t = vm.to_tuple(v)?;
    vm.call(s.a.get(), t.items())
}

// ---- zip_longest: a list of iterators (None when exhausted), b fill value, n how many are alive
iterator!(
    ZIP_LONGEST,
    "zip_longest",
    "(cls, *iterables, fillvalue=None)",
    zip_longest_new,
    zip_longest_next,
    "Return a zip_longest object whose .__next__() method returns a tuple where the i-th element comes from the i-th iterable argument."
);
fn zip_longest_new(vm: &Vm, args: &[Value]) -> Res {
    let list = vm.new_list()?;
    for &v in vm.to_tuple(args[1])?.items() {
        vm.list_append(list, vm.get_iter(v)?)?;
    }
    let s = new_state(vm, args[0], &[list.value(), args[2]])?;
    s.n.set(list.len() as isize);
    Ok(s.value())
}
fn zip_longest_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let Some(list) = vm.as_list(s.a.get()) else { return answer(None) };
    if s.n.get() <= 0 {
        return answer(None);
    }
    let out = vm.new_list_with_capacity(list.len())?;
    for i in 0..list.len() {
        let it = list.get(i).unwrap_or(Value::NONE);
        let item = if it.is_none() { None } else { vm.next(it)? };
        if item.is_none() && !it.is_none() {
            s.n.set(s.n.get() - 1);
            if s.n.get() == 0 {
                return answer(None);
            }
            list.set(vm, i, Value::NONE);
        }
        vm.list_append(out, item.unwrap_or(s.b.get()))?;
    }
    vm.tuple(out.items())
}
