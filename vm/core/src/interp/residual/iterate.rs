//! Loops and unpacking.

use crate::error::Res;
use crate::interp::frame::{Continuation, S};
use crate::interp::generators::{resume_for_argument, resume_for_loop};
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};

/// An instruction that begins an iteration: `__iter__` in Python runs as a frame, all else the general way.
#[inline(always)]
pub(super) fn begin(vm: &Vm, s: S, i: Insn, general: crate::interp::dom::Residual) -> S {
    vm.publish(s);
    match super::enter::iterator(vm, s, s.reg(i.b())) {
        Some(next) => next,
        None => general(vm, s, i),
    }
}
#[inline(never)]
pub(crate) fn get_iter(vm: &Vm, s: S, i: Insn) -> S {
    begin(vm, s, i, get_iter_general)
}
#[inline(never)]
pub(crate) fn for_prep(vm: &Vm, s: S, i: Insn) -> S {
    begin(vm, s, i, for_prep_general)
}

residuals! {
    fn get_iter_general(vm, s, i) + 0 { s.put(i.a(), vm.get_iter(s.reg(i.b()))?); }
    fn for_prep_general(vm, s, i) + 0 {
        let v = s.reg(i.b());
        let shape = vm.object(v).map(|o| o.shape());
        match shape {
            Some(core_shape::LIST | core_shape::TUPLE) => {
                s.put(i.a(), v);
                s.put(i.a() + 1, Value::small_int(0));
            }
            Some(core_shape::RANGE) if small_range(vm, v).is_some() => {
                if let Some((start, stop, step)) = small_range(vm, v) {
                    s.put(i.a(), stop);
                    s.put(i.a() + 1, start);
                    s.put(i.a() + 2, step);
                }
            }
            _ => {
                s.put(i.a(), vm.get_iter(v)?);
                s.put(i.a() + 1, Value::UNBOUND);
            }
        }
    }
    fn for_prep_iter(_vm, s, i) + 0 {
        s.put(i.a(), s.reg(i.b()));
        s.put(i.a() + 1, Value::UNBOUND);
    }
    fn unpack_sequence(vm, s, i) + 0 {
        let (v, n) = (s.reg(i.b()), i.c());
        if let Some(t) = vm.exact::<Tuple>(v, core_shape::TUPLE)
            && t.len() == n
        {
            for k in 0..n {
                s.put(i.a() + k, t.get(k));
            }
        } else if let Some(l) = vm.exact::<List>(v, core_shape::LIST)
            && l.len() == n
        {
            for (k, &x) in l.items().iter().enumerate() {
                s.put(i.a() + k, x);
            }
        } else {
            let items = unpack_exactly(vm, v, n)?;
            for (k, &x) in items.items().iter().enumerate() {
                s.put(i.a() + k, x);
            }
        }
    }
    fn unpack_ex(vm, s, i) + 1 {
        let (before, after) = (s.extra() as usize & 0xffff, s.extra() as usize >> 16);
        let items = unpack_starred(vm, s.reg(i.b()), before, after)?;
        for (k, &x) in items.items().iter().enumerate() {
            s.put(i.a() + k, x);
        }
    }
    fn unpack_list(vm, s, i) + 1 {
        let word = s.extra() as usize;
        let items = if word >> 31 == 0 {
            unpack_exactly(vm, s.reg(i.b()), word)?
        } else {
            unpack_starred(vm, s.reg(i.b()), word & 0xffff, word >> 16 & 0x7fff)?
        };
        s.put(i.a(), items.value());
    }
}

/// Start, exclusive bound and step of a `range` all of whose numbers, the one after the last included, are small.
pub(crate) fn small_range(vm: &Vm, v: Value) -> Option<(Value, Value, Value)> {
    let r = vm.exact::<Range>(v, core_shape::RANGE)?;
    let (start, stop, step) = (r.start.get(), r.stop.get(), r.step.get());
    let after = stop.as_int()?.checked_add(step.as_int()?)?;
    let small = (Value::INT_MIN..=Value::INT_MAX).contains(&after);
    (start.is_int() && small).then_some((start, stop, step))
}

fn unpack_exactly(vm: &Vm, v: Value, n: usize) -> Res<Gc<List>> {
    let it = vm.get_iter(v).map_err(|r| not_unpackable(vm, r, v))?;
    let list = vm.new_list_with_capacity(n)?;
    for k in 0..n {
        match vm.next(it)? {
            Some(x) => vm.list_append(list, x)?,
            None => {
                return Err(
                    vm.value_error(format!("not enough values to unpack (expected {n}, got {k})"))
                );
            }
        }
    }
    if vm.next(it)?.is_some() {
        // CPython tells how many there were for the sequences whose length it knows.
        let known = match vm.object(v).map(|o| o.shape()) {
            Some(core_shape::LIST | core_shape::TUPLE | core_shape::DICT) => Some(vm.len(v)?),
            _ => None,
        };
        return Err(vm.value_error(match known {
            Some(got) => format!("too many values to unpack (expected {n}, got {got})"),
            None => format!("too many values to unpack (expected {n})"),
        }));
    }
    Ok(list)
}
/// `before` items, the list of the middle, `after` items.
fn unpack_starred(vm: &Vm, v: Value, before: usize, after: usize) -> Res<Gc<List>> {
    let it = vm.get_iter(v).map_err(|r| not_unpackable(vm, r, v))?;
    let all = vm.new_list()?;
    while let Some(x) = vm.next(it)? {
        vm.list_append(all, x)?;
    }
    let n = all.len();
    if n < before + after {
        return Err(vm.value_error(format!(
            "not enough values to unpack (expected at least {}, got {n})",
            before + after
        )));
    }
    let middle = vm.list(&all.items()[before..n - after])?;
    vm.list_splice(all, before, n - after, &[middle])?;
    Ok(all)
}
/// The error of unpacking something that cannot be iterated.
#[cold]
fn not_unpackable(vm: &Vm, r: crate::error::Raised, v: Value) -> crate::error::Raised {
    let class = vm.class_of(v);
    let no_iter = vm.special(class, crate::names::Special::Iter).is_none_or(|f| f.is_none())
        && vm.special(class, crate::names::Special::GetItem).is_none();
    if !no_iter || !vm.pending_is(r, vm.exc().type_error) {
        return r;
    }
    vm.take_exception(r);
    vm.type_error(format!("cannot unpack non-iterable {} object", vm.type_name(v)))
}

/// The next item of a loop whose state is not an iterator: over a range, list or tuple. `None` for other loops; a
/// trace recorded for an iterator may meet these, too.
fn counted_next(vm: &Vm, s: S, i: Insn) -> Option<Option<Value>> {
    let (seq, n) = (s.reg(i.a()), s.reg(i.a() + 1).as_int()?);
    if let Some(stop) = seq.as_int() {
        let step = s.reg(i.a() + 2).as_int()?;
        if if step > 0 { n >= stop } else { n <= stop } {
            return Some(None);
        }
        s.put(i.a() + 1, Value::small_int(n + step));
        return Some(Some(Value::small_int(n)));
    }
    let item = match vm.object(seq)?.shape() {
        // SAFETY: the shapes are those of lists and tuples.
        core_shape::LIST => unsafe { Gc::<List>::from_value(seq) }.get(n as usize),
        core_shape::TUPLE => {
            // SAFETY: as above.
            let t: Gc<Tuple> = unsafe { Gc::from_value(seq) };
            ((n as usize) < t.len()).then(|| t.get(n as usize))
        }
        _ => return None,
    };
    match item {
        Some(_) => s.put(i.a() + 1, Value::small_int(n + 1)),
        // Exhausted for good, even if the list grows later.
        None => s.put(i.a(), Value::NONE),
    }
    Some(item)
}

/// An iterator whose steps run Python code that the loop can enter itself.
pub(crate) enum Stepper {
    /// By its `__next__`.
    Next(Gc<Function>),
    /// `map` of one iterable, or `filter`: the Python function, its receiver if it is bound, the iterator of its
    /// arguments.
    Applied(Applied),
}
#[derive(Copy, Clone)]
pub(crate) struct Applied {
    pub(crate) function: Gc<Function>,
    pub(crate) receiver: Option<Value>,
    pub(crate) iterator: Value,
    pub(crate) filter: bool,
}
impl Applied {
    pub(crate) fn continuation(&self) -> Continuation {
        if self.filter { Continuation::ForTest } else { Continuation::ForItem }
    }
}
/// How the loop steps `it` itself, if it can.
#[inline]
pub(crate) fn stepper(vm: &Vm, it: Value) -> Option<Stepper> {
    let o = vm.object(it)?;
    let shape = o.shape();
    if (shape.0 as usize) < core_shape::COUNT {
        return None;
    }
    let filter = shape == vm.filter_shape.get();
    if filter || shape == vm.map_shape.get() {
        // SAFETY: both shapes are those of layouts that begin with these two slots.
        let m: Gc<Filter> = unsafe { o.cast() };
        let (f, iterator) = (m.function.get(), m.iterator.get());
        if iterator.is_unbound() {
            return None;
        }
        let (f, receiver) = match vm.exact::<BoundMethod>(f, core_shape::BOUND_METHOD) {
            Some(m) => (m.function.get(), Some(m.receiver.get())),
            None => (f, None),
        };
        let function = vm.exact::<Function>(f, core_shape::FUNCTION)?;
        let wanted = 1 + u32::from(receiver.is_some());
        let fits = takes(vm, function, wanted);
        return fits.then_some(Stepper::Applied(Applied { function, receiver, iterator, filter }));
    }
    let next = vm.special(vm.shape(shape).class, crate::names::Special::Next)?;
    let function = vm.exact::<Function>(next, core_shape::FUNCTION)?;
    takes(vm, function, 1).then_some(Stepper::Next(function))
}
/// A call of `f` with `n` arguments needs no binding.
fn takes(vm: &Vm, f: Gc<Function>, n: u32) -> bool {
    if f.exact.get() == UNREADY
        && let Err(r) = vm.prepare(f)
    {
        vm.take_exception(r);
    }
    f.exact.get() == n
}
/// The loop end over an iterator that runs Python code: pushes the frame of that code.
#[inline]
fn step(vm: &Vm, s: S, i: Insn, it: Value) -> Option<S> {
    match stepper(vm, it)? {
        Stepper::Next(f) => {
            super::enter(vm, s, f.value(), &[it], Continuation::ForItem, Value::NONE)
        }
        Stepper::Applied(a) => {
            if let Some(g) = vm.exact::<Generator>(a.iterator, core_shape::GENERATOR) {
                return Some(resume_for_argument(vm, s, g));
            }
            Some(match vm.next(a.iterator) {
                Ok(Some(item)) => match push_applied(vm, s, &a, item) {
                    Some(next) => next,
                    None => apply_general(vm, s, i, item),
                },
                Ok(None) => s.skip(1),
                Err(r) => vm.unwind(s, r, true),
            })
        }
    }
}
/// Pushes the frame of the function of a `map` or `filter` for an item.
#[inline]
fn push_applied(vm: &Vm, s: S, a: &Applied, item: Value) -> Option<S> {
    let (k, f) = (a.continuation(), a.function.value());
    match a.receiver {
        Some(receiver) => super::enter(vm, s, f, &[receiver, item], k, item),
        None => super::enter(vm, s, f, &[item], k, item),
    }
}
/// A generator has given the argument of the `map` or `filter` that the loop at `s` runs over.
pub(super) fn apply(vm: &Vm, s: S, i: Insn, item: Value) -> S {
    if let Some(Stepper::Applied(a)) = stepper(vm, s.reg(i.a()))
        && let Some(next) = push_applied(vm, s, &a, item)
    {
        return next;
    }
    apply_general(vm, s, i, item)
}
/// The same when the function has changed since the item was asked for.
#[cold]
fn apply_general(vm: &Vm, s: S, i: Insn, item: Value) -> S {
    match apply_natively(vm, s.reg(i.a()), item) {
        Ok(Some(v)) => {
            s.put(i.b(), v);
            super::arrive(vm, s.skip(1 + s.extra() as i32 as isize))
        }
        Ok(None) => super::arrive(vm, s.skip(-1)),
        Err(r) if vm.pending_is(r, vm.exc().stop_iteration) => {
            vm.take_exception(r);
            s.skip(1)
        }
        Err(r) => vm.unwind(s, r, true),
    }
}
/// What a `map` or `filter` makes of an item.
#[cold]
fn apply_natively(vm: &Vm, it: Value, item: Value) -> Res<Option<Value>> {
    let Some(o) = vm.object(it) else { return Ok(None) };
    // SAFETY: loops come here with a map or filter only, which begin alike.
    let m: Gc<Filter> = unsafe { o.cast() };
    let v = vm.call(m.function.get(), &[item])?;
    if o.shape() != vm.filter_shape.get() {
        return Ok(Some(v));
    }
    Ok(vm.truth(v)?.then_some(item))
}

/// The loop end for everything the fast path does not know.
#[inline(never)]
pub(crate) fn for_loop(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let it = s.reg(i.a());
    if it.is_none() {
        return s.skip(1);
    }
    if let Some(o) = vm.object(it)
        && o.shape() == core_shape::GENERATOR
    {
        // SAFETY: the shape is that of generators.
        return resume_for_loop(vm, s, unsafe { Gc::from_value(it) });
    }
    if let Some(next) = step(vm, s, i, it) {
        return next;
    }
    let item = match counted_next(vm, s, i) {
        Some(item) => Ok(item),
        None => vm.next(it),
    };
    match item {
        Ok(Some(v)) => {
            s.put(i.b(), v);
            let distance = s.extra() as i32 as isize + 1;
            super::arrive(vm, s.skip(distance))
        }
        Ok(None) => s.skip(1),
        Err(r) => vm.unwind(s, r, true),
    }
}
