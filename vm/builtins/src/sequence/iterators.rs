//! The plain iterators: over a sequence by index (`iterator`, `list_iterator`, `list_reverseiterator`,
//! `tuple_iterator`) and over a callable (`callable_iterator`).

use super::wrong_receiver;
use pyrs_core::object::{CallIter, NativeDef, SeqIter, core_shape};
use pyrs_core::{Gc, Res, Special, Value, Vm};

const SELF: &str = "(self, /)";

static SEQUENCE: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
    NativeDef::method("__next__", SELF, next, "Implement next(self)."),
    NativeDef::method(
        "__length_hint__",
        SELF,
        length_hint,
        "Private method returning an estimate of len(list(it)).",
    ),
    NativeDef::method("__reduce__", SELF, reduce, "Return state information for pickling."),
    NativeDef::method(
        "__setstate__",
        "(self, object, /)",
        set_state,
        "Set state information for unpickling.",
    ),
];
static CALLABLE: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
    NativeDef::method("__next__", SELF, call_next, "Implement next(self)."),
    NativeDef::method("__reduce__", SELF, call_reduce, "Return state information for pickling."),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let k = vm.classes();
    for c in [
        k.seq_iter,
        k.list_iter,
        k.list_reverse_iter,
        k.tuple_iter,
        k.str_ascii_iter,
        k.str_iter,
        k.bytes_iter,
        k.bytearray_iter,
        k.memory_iter,
    ] {
        vm.extend_class(c, SEQUENCE, &[])?;
    }
    vm.extend_class(k.call_iter, CALLABLE, &[])
}

/// A builtin function, for `__reduce__`: as the running Python code sees it. Looking for it may run Python code, so
/// it comes before everything else is read.
pub(crate) fn builtin(vm: &Vm, name: &str) -> Res {
    match vm.frame_builtin(vm.intern(name))? {
        Some(f) => Ok(f),
        None => Err(vm.attribute_error(name, Value::NONE, vm.intern(name))),
    }
}
/// `(iter, (over,))`, with a state if given.
pub(super) fn iter_reduce(vm: &Vm, over: Value, state: Option<Value>) -> Res {
    let (f, args) = (builtin(vm, "iter")?, vm.tuple(&[over])?);
    match state {
        Some(s) => vm.tuple(&[f, args, s]),
        None => vm.tuple(&[f, args]),
    }
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<SeqIter>> {
    vm.cast(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "iterator"))
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    Ok(vm.seq_iter_next(this(vm, a)?)?.unwrap_or(Value::UNBOUND))
}
/// The length of what is iterated, without running Python for lists and tuples.
fn sequence_len(vm: &Vm, s: Value) -> Res<usize> {
    match vm.as_list(s) {
        Some(l) => Ok(l.len()),
        None => vm.len(s),
    }
}
fn length_hint(vm: &Vm, a: &[Value]) -> Res {
    let it = this(vm, a)?;
    let s = it.sequence.get();
    if s.is_unbound() {
        return Ok(Value::small_int(0));
    }
    if it.header.shape() == core_shape::SEQ_ITER
        && vm.special(vm.class_of(s), Special::Len).is_none()
    {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let n = sequence_len(vm, s)? as isize;
    let i = it.index.get();
    let left = if it.step.get() < 0 { if i < n { i + 1 } else { 0 } } else { (n - i).max(0) };
    vm.int_usize(left.max(0) as usize)
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let it = this(vm, a)?;
    let shape = it.header.shape();
    let name = if shape == core_shape::LIST_REVERSE_ITER { "reversed" } else { "iter" };
    let f = builtin(vm, name)?;
    let s = it.sequence.get();
    if s.is_unbound() {
        let list = shape == core_shape::LIST_ITER || shape == core_shape::LIST_REVERSE_ITER;
        let text = matches!(shape, core_shape::STR_ASCII_ITER | core_shape::STR_ITER);
        let empty = match text {
            _ if list => vm.list(&[])?,
            true => vm.names().empty.value(),
            false => vm.tuple(&[])?,
        };
        return vm.tuple(&[f, vm.tuple(&[empty])?]);
    }
    let index = vm.int(it.index.get() as i64)?;
    vm.tuple(&[f, vm.tuple(&[s])?, index])
}
fn set_state(vm: &Vm, a: &[Value]) -> Res {
    let it = this(vm, a)?;
    let Some(n) = vm.as_int(a[1]) else { return Err(vm.type_error("an integer is required")) };
    let n = vm.index_isize(n, Some(vm.exc().overflow_error))?;
    let s = it.sequence.get();
    if s.is_unbound() {
        return Ok(Value::NONE);
    }
    let index = match it.header.shape() {
        core_shape::SEQ_ITER => n.max(0),
        core_shape::LIST_ITER => n.clamp(-1, sequence_len(vm, s)? as isize),
        core_shape::LIST_REVERSE_ITER => n.clamp(-1, sequence_len(vm, s)? as isize - 1),
        _ => n.clamp(0, sequence_len(vm, s)? as isize),
    };
    it.index.set(index);
    Ok(Value::NONE)
}

fn this_call(vm: &Vm, a: &[Value]) -> Res<Gc<CallIter>> {
    vm.cast(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "callable_iterator"))
}
fn call_next(vm: &Vm, a: &[Value]) -> Res {
    let it = this_call(vm, a)?;
    let f = it.callable.get();
    if f.is_unbound() {
        return Ok(Value::UNBOUND);
    }
    let finish = || {
        it.callable.set(&vm.heap, it, Value::UNBOUND);
        it.sentinel.set(&vm.heap, it, Value::UNBOUND);
    };
    let Some(v) = vm.catch(vm.call(f, &[]), vm.exc().stop_iteration)? else {
        finish();
        return Ok(Value::UNBOUND);
    };
    let sentinel = it.sentinel.get();
    // The call may have exhausted this very iterator.
    if sentinel.is_unbound() {
        return Ok(Value::UNBOUND);
    }
    if vm.equal(sentinel, v)? {
        finish();
        return Ok(Value::UNBOUND);
    }
    Ok(v)
}
fn call_reduce(vm: &Vm, a: &[Value]) -> Res {
    let it = this_call(vm, a)?;
    let f = builtin(vm, "iter")?;
    if it.callable.get().is_unbound() {
        let empty = vm.tuple(&[])?;
        return vm.tuple(&[f, vm.tuple(&[empty])?]);
    }
    let args = vm.tuple(&[it.callable.get(), it.sentinel.get()])?;
    vm.tuple(&[f, args])
}
