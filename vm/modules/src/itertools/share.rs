//! Iterators that look ahead or share a source: `pairwise`, `batched`, `groupby`, `tee`.

use super::{State, answer, iterator, new_state, state};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

pub(super) static FUNCTIONS: &[NativeDef] = &[NativeDef::function(
    "tee",
    "(iterable, n=2, /)",
    tee,
    "Returns a tuple of n independent iterators.",
)];

// ---- pairwise: a iterator, b item before
iterator!(
    PAIRWISE,
    "pairwise",
    "(cls, iterable, /)",
    pairwise_new,
    pairwise_next,
    "Return an iterator of overlapping pairs taken from the input iterator."
);
fn pairwise_new(vm: &Vm, args: &[Value]) -> Res {
    let it = vm.get_iter(args[1])?;
    Ok(new_state(vm, args[0], &[it])?.value())
}
fn pairwise_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    if s.a.is_unbound() {
        return answer(None);
    }
    let mut before = s.b.get();
    if before.is_unbound() {
        match vm.next(s.a.get())? {
            Some(v) => {
                s.b.set(&vm.heap, s, v);
                before = v;
            }
            None => {
                s.a.set(&vm.heap, s, Value::UNBOUND);
                return answer(None);
            }
        }
        if s.a.is_unbound() {
            return answer(None);
        }
    }
    match vm.next(s.a.get())? {
        Some(v) => {
            s.b.set(&vm.heap, s, v);
            vm.tuple(&[before, v])
        }
        None => {
            s.a.set(&vm.heap, s, Value::UNBOUND);
            answer(None)
        }
    }
}

// ---- batched: a iterator, n size, flag strict
iterator!(
    BATCHED,
    "batched",
    "(cls, iterable, n, *, strict=False)",
    batched_new,
    batched_next,
    "Batch data into tuples of length n. The last batch may be shorter than n."
);
fn batched_new(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.index_isize(args[2], None)?;
    if n < 1 {
        return Err(vm.value_error("n must be at least one"));
    }
    let it = vm.get_iter(args[1])?;
    let s = new_state(vm, args[0], &[it])?;
    s.n.set(n);
    s.flag.set(vm.truth(args[3])?);
    Ok(s.value())
}
fn batched_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    if s.a.is_unbound() {
        return answer(None);
    }
    let list = vm.new_list()?;
    while (list.len() as isize) < s.n.get() {
        match vm.next(s.a.get())? {
            Some(v) => vm.list_append(list, v)?,
            None => {
                s.a.set(&vm.heap, s, Value::UNBOUND);
                break;
            }
        }
    }
    if list.is_empty() {
        return answer(None);
    }
    if s.flag.get() && (list.len() as isize) < s.n.get() {
        return Err(vm.value_error("batched(): incomplete batch"));
    }
    vm.tuple(list.items())
}

// ---- groupby: a iterator, b key function, c current key, d current value, e target key (all but a and b UNBOUND
//      when there is none); n counts groups. _grouper: a the groupby, b target key, n the group's number.
//      Comparing keys may run the iterator on: nothing read before it is believed afterwards.
iterator!(
    GROUPBY,
    "groupby",
    "(cls, iterable, key=None)",
    groupby_new,
    groupby_next,
    "make an iterator that returns consecutive keys and groups from the iterable"
);
iterator!(GROUPER, "_grouper", "(cls, parent, key, /)", grouper_new, grouper_next, "");
fn groupby_new(vm: &Vm, args: &[Value]) -> Res {
    let it = vm.get_iter(args[1])?;
    let s = new_state(vm, args[0], &[it, args[2]])?;
    for slot in [&s.c, &s.d, &s.e] {
        slot.set(&vm.heap, s, Value::UNBOUND);
    }
    Ok(s.value())
}
/// Reads the next item and its key; false at the end.
fn groupby_step(vm: &Vm, s: Gc<State>) -> Res<bool> {
    let Some(v) = vm.next(s.a.get())? else { return Ok(false) };
    let key = if s.b.get().is_none() { v } else { vm.call(s.b.get(), &[v])? };
    s.d.set(&vm.heap, s, v);
    s.c.set(&vm.heap, s, key);
    Ok(true)
}
fn groupby_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    s.n.set(s.n.get() + 1);
    loop {
        let (target, current) = (s.e.get(), s.c.get());
        let next = current.is_unbound() || !target.is_unbound() && vm.equal(target, current)?;
        if !next {
            break;
        }
        if !groupby_step(vm, s)? {
            return answer(None);
        }
    }
    s.e.set(&vm.heap, s, s.c.get());
    let class = vm.hook("itertools_grouper").unwrap_or(Value::NONE);
    let group = new_state(vm, class, &[s.value(), s.e.get()])?;
    group.n.set(s.n.get());
    vm.tuple(&[s.c.get(), group.value()])
}
fn grouper_new(vm: &Vm, args: &[Value]) -> Res {
    let parent = state(vm, args[1])?;
    let g = new_state(vm, args[0], &[parent.value(), args[2]])?;
    g.n.set(parent.n.get());
    Ok(g.value())
}
fn grouper_next(vm: &Vm, args: &[Value]) -> Res {
    let g = state(vm, args[0])?;
    let s = state(vm, g.a.get())?;
    if s.n.get() != g.n.get() {
        return answer(None);
    }
    if s.d.get().is_unbound() && !groupby_step(vm, s)? {
        return answer(None);
    }
    if !vm.equal(g.b.get(), s.c.get())? || s.d.get().is_unbound() {
        return answer(None);
    }
    let v = s.d.get();
    s.d.set(&vm.heap, s, Value::UNBOUND);
    s.c.set(&vm.heap, s, Value::UNBOUND);
    Ok(v)
}

// ---- tee: a shared list of a link: [iterator, items list, offset of the first item]; n position
iterator!(
    TEE,
    "_tee",
    super::FLAGS | pyrs_core::object::class_flag::HAS_WEAKREF,
    "(cls, iterable, /)",
    tee_new,
    tee_next,
    "Iterator wrapped to make it copyable."
);
fn tee_new(vm: &Vm, args: &[Value]) -> Res {
    if let Some(s) = vm.cast::<State>(args[1])
        && vm.hook("itertools_tee") == Some(vm.class_of(args[1]).value())
    {
        return Ok(copy(vm, s)?.value());
    }
    let it = vm.get_iter(args[1])?;
    // A link: [item or UNBOUND's stand-in, next link]; the last link of the chain holds the iterator.
    let link = vm.list(&[it])?;
    Ok(new_state(vm, args[0], &[link])?.value())
}
fn copy(vm: &Vm, s: Gc<State>) -> Res<Gc<State>> {
    new_state(vm, vm.class_of(s.value()).value(), &[s.a.get()])
}
fn tee_next(vm: &Vm, args: &[Value]) -> Res {
    let s = state(vm, args[0])?;
    let Some(link) = vm.as_list(s.a.get()) else { return answer(None) };
    if link.len() == 1 {
        let it = link.get(0).unwrap_or(Value::NONE);
        if it.is_none() {
            return Err(vm.runtime_error("cannot re-enter the tee iterator"));
        }
        // While the iterator runs, no other copy may ask it: None stands in its place.
        link.set(vm, 0, Value::NONE);
        let item = vm.next(it);
        link.set(vm, 0, it);
        let Some(v) = item? else { return answer(None) };
        if link.len() == 1 {
            let next = vm.list(&[it])?;
            link.set(vm, 0, v);
            vm.list_append(link, next)?;
        }
    }
    let (Some(v), Some(next)) = (link.get(0), link.get(1)) else { return answer(None) };
    s.a.set(&vm.heap, s, next);
    Ok(v)
}
fn tee(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.index_isize(args[1], None)?;
    if n < 0 {
        return Err(vm.value_error("n must be >= 0"));
    }
    let list = vm.new_list()?;
    if n > 0 {
        let class = vm.hook("itertools_tee").unwrap_or(Value::NONE);
        let first = tee_new(vm, &[class, args[0]])?;
        vm.list_append(list, first)?;
        for _ in 1..n {
            let c = copy(vm, state(vm, first)?)?;
            vm.list_append(list, c.value())?;
        }
    }
    vm.tuple(list.items())
}
