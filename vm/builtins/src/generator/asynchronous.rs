//! Async generators: `__anext__ asend athrow aclose` and the awaitables they give (PEP 525).
//!
//! An async generator hands values out in two ways: what it awaits travels to the event loop, what it yields ends
//! the awaitable that resumed it. The suspended instruction tells which it was.

use super::methods::{generic, itself, repr, stop_with, thrown};
use crate::functions::iterators::{fresh, receiver};
use core::cell::Cell;
use pyrs_core::interp::GeneratorStep;
use pyrs_core::object::{ClassSpec, Generator, GeneratorState, Native, NativeDef, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Raised, Res, Slot, Value, Vm, native_object};

const SELF: &str = "(self, /)";
const THROW: &str = "(self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)";

/// Flags of an async generator.
const CLOSED: u8 = 1;
const HOOKS_RUN: u8 = 2;
const RUNNING: u8 = 4;

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::method("__aiter__", SELF, itself, "self"),
    NativeDef::method("__anext__", SELF, anext, "Awaitable for the next item."),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("asend", "(self, value, /)", asend, "Awaitable that resumes with a value."),
    NativeDef::method(
        "athrow",
        THROW,
        athrow,
        "Awaitable that raises where the generator is suspended.",
    ),
    NativeDef::method("aclose", SELF, aclose, "Awaitable that raises GeneratorExit there."),
    NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
];

pub(super) static ATTRIBUTES: &[GetSetDef] = &[GetSetDef::read_only("ag_running", ag_running, "")];

#[derive(Clone, Copy, PartialEq, Debug)]
#[repr(u8)]
enum State {
    Fresh,
    Iterating,
    Over,
}

/// What `asend()` and `__anext__()` give.
#[repr(C)]
struct Asend {
    header: Header,
    generator: Slot,
    sent: Slot,
    state: Cell<u8>,
}
native_object!(Asend, "async_generator_asend", slots = 2);

/// What `athrow()` and, with UNBOUND as exception, `aclose()` give.
#[repr(C)]
struct Athrow {
    header: Header,
    generator: Slot,
    /// tuple of `throw`'s arguments, or UNBOUND
    arguments: Slot,
    state: Cell<u8>,
}
native_object!(Athrow, "async_generator_athrow", slots = 2);

fn state_of(c: &Cell<u8>) -> State {
    match c.get() {
        0 => State::Fresh,
        1 => State::Iterating,
        _ => State::Over,
    }
}

macro_rules! awaitable_spec {
    ($spec:ident, $name:literal, $t:ty, $next:ident, $send:ident, $throw:ident, $close:ident) => {
        pub(super) static $spec: ClassSpec = ClassSpec {
            name: $name,
            layout: <$t>::LAYOUT,
            flags: class_flag::NO_NEW,
            doc: "",
            methods: &[
                NativeDef::method("__await__", SELF, itself, ""),
                NativeDef::method("__iter__", SELF, itself, ""),
                NativeDef::method("__next__", SELF, $next, ""),
                NativeDef::method("send", "(self, value, /)", $send, ""),
                NativeDef::method("throw", THROW, $throw, ""),
                NativeDef::method("close", SELF, $close, ""),
            ],
            getset: &[],
            fields: &[],
        };
    };
}
awaitable_spec!(
    ASEND,
    "async_generator_asend",
    Asend,
    asend_next,
    asend_send,
    asend_throw,
    asend_close
);
awaitable_spec!(
    ATHROW,
    "async_generator_athrow",
    Athrow,
    athrow_next,
    athrow_send,
    athrow_throw,
    athrow_close
);

fn has(g: Gc<Generator>, flag: u8) -> bool {
    g.flags.get() & flag != 0
}
fn raise_flag(g: Gc<Generator>, flag: u8) {
    g.flags.set(g.flags.get() | flag);
}
fn lower_flag(g: Gc<Generator>, flag: u8) {
    g.flags.set(g.flags.get() & !flag);
}

fn ag_running(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(has(receiver::<Generator>(vm, v)?, RUNNING)))
}

/// The first use of an async generator tells the event loop (`sys.set_asyncgen_hooks`).
fn run_hooks(vm: &Vm, v: Value) -> Res<Gc<Generator>> {
    let g = receiver::<Generator>(vm, v)?;
    if !has(g, HOOKS_RUN) {
        raise_flag(g, HOOKS_RUN);
        if let Some(f) = vm.hook("asyncgen_finalizer").filter(|f| !f.is_none()) {
            g.extra.set(&vm.heap, g, f);
            vm.heap.register_finaliser(g.erase());
        }
        if let Some(f) = vm.hook("asyncgen_firstiter").filter(|f| !f.is_none()) {
            vm.call(f, &[v])?;
        }
    }
    Ok(g)
}

fn new_asend(vm: &Vm, v: Value, sent: Value) -> Res {
    run_hooks(vm, v)?;
    let a = fresh::<Asend>(vm, vm.native_class::<Asend>().value())?;
    a.generator.set(&vm.heap, a, v);
    a.sent.set(&vm.heap, a, sent);
    vm.heap.register_finaliser(a.erase());
    Ok(a.value())
}

/// Warns of an awaitable of an async generator that nobody awaited; whether `v` is one at all.
pub(crate) fn finalise_awaitable(vm: &Vm, v: Value) -> bool {
    let (state, generator, method) = if let Some(a) = vm.cast::<Asend>(v) {
        (state_of(&a.state), a.generator.get(), "asend")
    } else if let Some(a) = vm.cast::<Athrow>(v) {
        let method = if a.arguments.get().is_unbound() { "aclose" } else { "athrow" };
        (state_of(&a.state), a.generator.get(), method)
    } else {
        return false;
    };
    if state == State::Fresh
        && let Some(g) = vm.cast::<Generator>(generator)
    {
        let name = vm.as_str(g.qualname.get()).map_or_else(String::new, |s| s.to_lossy());
        let text = format!("coroutine method '{method}' of '{name}' was never awaited");
        if let Err(r) = crate::support::warn(vm, vm.exc().runtime_warning, &text) {
            vm.write_unraisable(r, "Exception ignored while finalizing awaitable", v);
        }
    }
    true
}

fn anext(vm: &Vm, args: &[Value]) -> Res {
    new_asend(vm, args[0], Value::NONE)
}

fn asend(vm: &Vm, args: &[Value]) -> Res {
    new_asend(vm, args[0], args[1])
}

fn new_athrow(vm: &Vm, v: Value, arguments: Value) -> Res {
    run_hooks(vm, v)?;
    let a = fresh::<Athrow>(vm, vm.native_class::<Athrow>().value())?;
    a.generator.set(&vm.heap, a, v);
    a.arguments.set(&vm.heap, a, arguments);
    vm.heap.register_finaliser(a.erase());
    Ok(a.value())
}

fn athrow(vm: &Vm, args: &[Value]) -> Res {
    if !args[2].is_unbound() {
        crate::support::warn(
            vm,
            vm.exc().deprecation_warning,
            "the (type, exc, tb) signature of athrow() is deprecated, use the single-arg signature \
             instead.",
        )?;
    }
    let given = args[1..].iter().take_while(|v| !v.is_unbound()).count();
    let arguments = vm.tuple(&args[1..1 + given])?;
    new_athrow(vm, args[0], arguments)
}

fn aclose(vm: &Vm, args: &[Value]) -> Res {
    new_athrow(vm, args[0], Value::UNBOUND)
}

/// What a resumption led to, seen from outside.
enum Outcome {
    /// waits for something: pass it to the event loop
    Awaiting(Value),
    /// a true `yield`
    Yielded(Value),
    /// ended, or raised
    Failed(Raised),
}

fn outcome(vm: &Vm, g: Gc<Generator>, step: Res<GeneratorStep>) -> Outcome {
    match step {
        Ok(GeneratorStep::Yield(v)) if vm.generator_delegate(g).is_some() => Outcome::Awaiting(v),
        Ok(GeneratorStep::Yield(v)) => Outcome::Yielded(v),
        Ok(GeneratorStep::Return(_)) => {
            Outcome::Failed(vm.raise_with(vm.exc().stop_async_iteration, &[]))
        }
        Err(r) => Outcome::Failed(r),
    }
}

/// The result of an awaitable's `send`: a true yield ends it with StopIteration(value).
fn unwrap(vm: &Vm, g: Gc<Generator>, step: Res<GeneratorStep>) -> Res {
    match outcome(vm, g, step) {
        Outcome::Awaiting(v) => Ok(v),
        Outcome::Yielded(v) => {
            lower_flag(g, RUNNING);
            Err(stop_with(vm, v))
        }
        Outcome::Failed(r) => {
            if ends(vm, r) {
                raise_flag(g, CLOSED);
            }
            lower_flag(g, RUNNING);
            Err(r)
        }
    }
}

/// The exception means that the generator has ended.
fn ends(vm: &Vm, r: Raised) -> bool {
    vm.pending_is(r, vm.exc().stop_async_iteration) || vm.pending_is(r, vm.exc().generator_exit)
}

// ---- asend
fn asend_next(vm: &Vm, args: &[Value]) -> Res {
    asend_send(vm, &[args[0], Value::NONE])
}

const REUSED: &str = "cannot reuse already awaited __anext__()/asend()";

/// Checks before an awaitable runs; the generator counts as running from here on.
fn start_asend(vm: &Vm, a: Gc<Asend>, g: Gc<Generator>) -> Res<bool> {
    match state_of(&a.state) {
        State::Over => Err(vm.runtime_error(REUSED)),
        State::Iterating => Ok(false),
        State::Fresh if has(g, RUNNING) => {
            a.state.set(State::Over as u8);
            Err(vm.runtime_error("anext(): asynchronous generator is already running"))
        }
        State::Fresh => {
            a.state.set(State::Iterating as u8);
            vm.heap.forget_finaliser(a.erase());
            raise_flag(g, RUNNING);
            Ok(true)
        }
    }
}

fn asend_send(vm: &Vm, args: &[Value]) -> Res {
    let a = receiver::<Asend>(vm, args[0])?;
    let g = receiver::<Generator>(vm, a.generator.get())?;
    let first = start_asend(vm, a, g)?;
    let sent = if first && args[1].is_none() { a.sent.get() } else { args[1] };
    let step = vm.generator_send(g, sent);
    let r = unwrap(vm, g, step);
    if r.is_err() {
        a.state.set(State::Over as u8);
    }
    r
}

fn asend_throw(vm: &Vm, args: &[Value]) -> Res {
    let a = receiver::<Asend>(vm, args[0])?;
    let g = receiver::<Generator>(vm, a.generator.get())?;
    start_asend(vm, a, g)?;
    let step = thrown(vm, args).and_then(|e| vm.generator_throw(g, e));
    let r = unwrap(vm, g, step);
    if r.is_err() {
        a.state.set(State::Over as u8);
    }
    r
}

fn asend_close(vm: &Vm, args: &[Value]) -> Res {
    let a = receiver::<Asend>(vm, args[0])?;
    if state_of(&a.state) == State::Over {
        return Ok(Value::NONE);
    }
    let exit = vm.exc().generator_exit.value();
    let r = asend_throw(vm, &[args[0], exit, Value::UNBOUND, Value::UNBOUND]);
    closed(vm, r)
}

/// After GeneratorExit was thrown in: the awaitable must have ended.
fn closed(vm: &Vm, r: Res) -> Res {
    match r {
        Ok(_) => Err(vm.runtime_error("coroutine ignored GeneratorExit")),
        Err(r) if ends(vm, r) || vm.pending_is(r, vm.exc().stop_iteration) => {
            vm.take_exception(r);
            Ok(Value::NONE)
        }
        Err(r) => Err(r),
    }
}

// ---- athrow and aclose
const REUSED_THROW: &str = "cannot reuse already awaited aclose()/athrow()";

fn athrow_next(vm: &Vm, args: &[Value]) -> Res {
    athrow_send(vm, &[args[0], Value::NONE])
}

/// Checks before the first step.
fn start_athrow(vm: &Vm, a: Gc<Athrow>, g: Gc<Generator>) -> Res<()> {
    let refuse = |r: Raised| {
        a.state.set(State::Over as u8);
        Err(r)
    };
    if has(g, RUNNING) {
        let what = if a.arguments.is_unbound() { "aclose" } else { "athrow" };
        return refuse(
            vm.runtime_error(format!("{what}(): asynchronous generator is already running")),
        );
    }
    if has(g, CLOSED) {
        return refuse(vm.raise_with(vm.exc().stop_async_iteration, &[]));
    }
    Ok(())
}

fn athrow_send(vm: &Vm, args: &[Value]) -> Res {
    let a = receiver::<Athrow>(vm, args[0])?;
    let g = receiver::<Generator>(vm, a.generator.get())?;
    let state = state_of(&a.state);
    if state == State::Over {
        return Err(vm.runtime_error(REUSED_THROW));
    }
    if g.state.get() == GeneratorState::Finished {
        a.state.set(State::Over as u8);
        return Err(vm.stop_iteration(Value::NONE));
    }
    let step = if state == State::Fresh {
        start_athrow(vm, a, g)?;
        if !args[1].is_none() {
            return Err(vm.runtime_error("can't send non-None value to a just-started coroutine"));
        }
        a.state.set(State::Iterating as u8);
        raise_flag(g, RUNNING);
        first_throw(vm, a, g)
    } else {
        vm.generator_send(g, args[1])
    };
    settle(vm, a, g, step)
}

fn first_throw(vm: &Vm, a: Gc<Athrow>, g: Gc<Generator>) -> Res<GeneratorStep> {
    let e = match vm.as_tuple(a.arguments.get()) {
        None => {
            raise_flag(g, CLOSED);
            vm.new_exception(vm.exc().generator_exit, &[])?
        }
        Some(t) => {
            let mut all = [Value::UNBOUND; 4];
            let n = t.len().min(3);
            all[1..=n].copy_from_slice(&t.items()[..n]);
            // The deprecation was told when the awaitable was made.
            exception_of(vm, &all)?
        }
    };
    vm.generator_throw(g, e)
}

fn exception_of(vm: &Vm, all: &[Value; 4]) -> Res<Gc<pyrs_core::object::Exception>> {
    match vm.as_exception(all[1]) {
        Some(e) if all[2].is_unbound() => Ok(e),
        _ => thrown(vm, all),
    }
}

fn settle(vm: &Vm, a: Gc<Athrow>, g: Gc<Generator>, step: Res<GeneratorStep>) -> Res {
    let closing = a.arguments.is_unbound();
    let raised = match outcome(vm, g, step) {
        Outcome::Awaiting(v) => return Ok(v),
        Outcome::Yielded(_) if closing => {
            lower_flag(g, RUNNING);
            a.state.set(State::Over as u8);
            return Err(vm.runtime_error("async generator ignored GeneratorExit"));
        }
        Outcome::Yielded(v) => {
            lower_flag(g, RUNNING);
            a.state.set(State::Over as u8);
            return Err(stop_with(vm, v));
        }
        Outcome::Failed(r) => r,
    };
    lower_flag(g, RUNNING);
    a.state.set(State::Over as u8);
    if ends(vm, raised) {
        raise_flag(g, CLOSED);
        if closing {
            vm.take_exception(raised);
            return Err(vm.stop_iteration(Value::NONE));
        }
    }
    Err(raised)
}

fn athrow_throw(vm: &Vm, args: &[Value]) -> Res {
    let a = receiver::<Athrow>(vm, args[0])?;
    let g = receiver::<Generator>(vm, a.generator.get())?;
    match state_of(&a.state) {
        State::Over => return Err(vm.runtime_error(REUSED_THROW)),
        State::Fresh => {
            if has(g, RUNNING) {
                start_athrow(vm, a, g)?;
            }
            a.state.set(State::Iterating as u8);
            raise_flag(g, RUNNING);
        }
        State::Iterating => {}
    }
    let step = thrown(vm, args).and_then(|e| vm.generator_throw(g, e));
    settle(vm, a, g, step)
}

fn athrow_close(vm: &Vm, args: &[Value]) -> Res {
    let a = receiver::<Athrow>(vm, args[0])?;
    if state_of(&a.state) == State::Over {
        return Ok(Value::NONE);
    }
    let exit = vm.exc().generator_exit.value();
    let r = athrow_throw(vm, &[args[0], exit, Value::UNBOUND, Value::UNBOUND]);
    closed(vm, r)
}
