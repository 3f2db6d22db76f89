//! What `anext(it, default)` gives: an awaitable whose StopAsyncIteration becomes the default.

use crate::functions::iterators::{fresh, receiver};
use pyrs_core::object::{ClassSpec, Generator, Native, NativeDef, class_flag};
use pyrs_core::{Header, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct AnextAwaitable {
    header: Header,
    wrapped: Slot,
    default: Slot,
}
native_object!(AnextAwaitable, "anext_awaitable", slots = 2);

const SELF: &str = "(self, /)";

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "anext_awaitable",
    layout: AnextAwaitable::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method("__await__", SELF, itself, ""),
        NativeDef::method("__iter__", SELF, itself, ""),
        NativeDef::method("__next__", SELF, next, ""),
        NativeDef::method("send", "(self, value, /)", send, ""),
        NativeDef::method("throw", "(self, /, *args)", throw, ""),
        NativeDef::method("close", SELF, close, ""),
    ],
    getset: &[],
    fields: &[],
};

pub(crate) fn anext_awaitable(vm: &Vm, wrapped: Value, default: Value) -> Res {
    let a = fresh::<AnextAwaitable>(vm, vm.native_class::<AnextAwaitable>().value())?;
    a.wrapped.set(&vm.heap, a, wrapped);
    a.default.set(&vm.heap, a, default);
    Ok(a.value())
}

fn itself(_vm: &Vm, args: &[Value]) -> Res {
    Ok(args[0])
}

/// The iterator of what is waited for; coroutines get their wrapper, which has `__next__`.
fn iterator(vm: &Vm, v: Value) -> Res {
    let wrapped = receiver::<AnextAwaitable>(vm, v)?.wrapped.get();
    let it = vm.get_awaitable(wrapped, 0)?;
    match vm.cast::<Generator>(it) {
        Some(_) if !vm.is_iterator(it) => vm.call_method(it, "__await__", &[]),
        _ => Ok(it),
    }
}

/// StopAsyncIteration becomes StopIteration(default).
fn with_default(vm: &Vm, v: Value, r: Res) -> Res {
    match r {
        Err(raised) if vm.pending_is(raised, vm.exc().stop_async_iteration) => {
            vm.take_exception(raised);
            let default = receiver::<AnextAwaitable>(vm, v)?.default.get();
            Err(vm.raise_with(vm.exc().stop_iteration, &[default]))
        }
        r => r,
    }
}

fn next(vm: &Vm, args: &[Value]) -> Res {
    let it = iterator(vm, args[0])?;
    let r = vm.call_method(it, "__next__", &[]);
    with_default(vm, args[0], r)
}

fn send(vm: &Vm, args: &[Value]) -> Res {
    let it = iterator(vm, args[0])?;
    let r = vm.call_method_str(it, vm.names().send, &[args[1]]);
    with_default(vm, args[0], r)
}

fn throw(vm: &Vm, args: &[Value]) -> Res {
    let it = iterator(vm, args[0])?;
    let given = vm.to_tuple(args[1])?;
    let r = vm.call_method_str(it, vm.names().throw, given.items());
    with_default(vm, args[0], r)
}

fn close(vm: &Vm, args: &[Value]) -> Res {
    let it = iterator(vm, args[0])?;
    let r = vm.call_method_str(it, vm.names().close, &[]);
    with_default(vm, args[0], r)
}
