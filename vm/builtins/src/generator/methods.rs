//! Methods and attributes of generators and coroutines, and the iterator that `coroutine.__await__()` gives.

use crate::functions::iterators::{fresh, receiver};
use crate::support::warn;
use pyrs_core::interp::GeneratorStep;
use pyrs_core::object::{
    ClassSpec, Exception, Function, Generator, GeneratorKind, GeneratorState, Native, NativeDef,
    Traceback, class_flag, core_shape,
};
use pyrs_core::{Gc, GetSetDef, Header, Res, Slot, Value, Vm, native_object};

const SELF: &str = "(self, /)";
const THROW: &str = "(self, type, value=<unrepresentable>, traceback=<unrepresentable>, /)";

pub(super) static GENERATOR: &[NativeDef] = &[
    NativeDef::method("__iter__", SELF, itself, ""),
    NativeDef::method("__next__", SELF, next, ""),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method(
        "send",
        "(self, value, /)",
        send,
        "send(arg) -> sends 'arg' into generator,\ngives the next yielded value or raises StopIteration.",
    ),
    NativeDef::method(
        "throw",
        THROW,
        throw,
        "Raises an exception where the generator is suspended.",
    ),
    NativeDef::method(
        "close",
        SELF,
        close,
        "Raises GeneratorExit where the generator is suspended.",
    ),
    NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
];

pub(super) static COROUTINE: &[NativeDef] = &[
    NativeDef::method("__await__", SELF, await_, "Iterator that runs the coroutine."),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method(
        "send",
        "(self, value, /)",
        send,
        "send(arg) -> sends 'arg' into coroutine,\ngives what it waits for next or raises StopIteration.",
    ),
    NativeDef::method(
        "throw",
        THROW,
        throw,
        "throw(value) -> raises exception in coroutine,\ngives what it waits for next or raises StopIteration.",
    ),
    NativeDef::method("close", SELF, close, "close() -> raises GeneratorExit inside coroutine."),
    NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
];

macro_rules! attributes {
    (
        $name:ident,
        $what:literal,
        $code:literal,
        $frame:literal,
        $running:literal,
        $suspended:literal,
        $delegate:literal
    ) => {
        pub(super) static $name: &[GetSetDef] = &[
            GetSetDef {
                name: "__name__",
                get: name_get,
                set: Some(name_set),
                doc: concat!("name of the ", $what),
            },
            GetSetDef {
                name: "__qualname__",
                get: qualname_get,
                set: Some(qualname_set),
                doc: concat!("qualified name of the ", $what),
            },
            GetSetDef::read_only($code, code, ""),
            GetSetDef::read_only($frame, frame, ""),
            GetSetDef::read_only($running, running, ""),
            GetSetDef::read_only($suspended, suspended, ""),
            GetSetDef::read_only($delegate, delegate, ""),
        ];
    };
}
attributes!(
    GENERATOR_ATTRIBUTES,
    "generator",
    "gi_code",
    "gi_frame",
    "gi_running",
    "gi_suspended",
    "gi_yieldfrom"
);
attributes!(
    COROUTINE_ATTRIBUTES,
    "coroutine",
    "cr_code",
    "cr_frame",
    "cr_running",
    "cr_suspended",
    "cr_await"
);
attributes!(
    ASYNC_ATTRIBUTES,
    "async generator",
    "ag_code",
    "ag_frame",
    "ag_gen_running",
    "ag_suspended",
    "ag_await"
);

pub(super) static COROUTINE_ORIGIN: &[GetSetDef] = &[GetSetDef::read_only("cr_origin", origin, "")];

pub(super) fn itself(_vm: &Vm, args: &[Value]) -> Res {
    Ok(args[0])
}

pub(super) fn generic(vm: &Vm, args: &[Value]) -> Res {
    vm.generic_alias(args[0], args[1])
}

pub(super) fn generator(vm: &Vm, v: Value) -> Res<Gc<Generator>> {
    receiver::<Generator>(vm, v)
}

/// A step as the result of a method: a return is StopIteration.
fn step_result(vm: &Vm, step: GeneratorStep) -> Res {
    match step {
        GeneratorStep::Yield(v) => Ok(v),
        GeneratorStep::Return(v) => Err(stop_with(vm, v)),
    }
}

/// StopIteration(value), also for values that are tuples or exceptions.
pub(super) fn stop_with(vm: &Vm, v: Value) -> pyrs_core::Raised {
    vm.stop_iteration(v)
}

fn next(vm: &Vm, args: &[Value]) -> Res {
    match vm.generator_send(generator(vm, args[0])?, Value::NONE)? {
        GeneratorStep::Yield(v) => Ok(v),
        GeneratorStep::Return(v) if v.is_none() => Ok(Value::UNBOUND),
        GeneratorStep::Return(v) => Err(stop_with(vm, v)),
    }
}

fn send(vm: &Vm, args: &[Value]) -> Res {
    let step = vm.generator_send(generator(vm, args[0])?, args[1])?;
    step_result(vm, step)
}

fn throw(vm: &Vm, args: &[Value]) -> Res {
    let e = thrown(vm, args)?;
    let step = vm.generator_throw(generator(vm, args[0])?, e)?;
    step_result(vm, step)
}

/// The exception that the arguments of a `throw` method ask for (receiver first).
pub(super) fn thrown(vm: &Vm, args: &[Value]) -> Res<Gc<Exception>> {
    let or_none = |i: usize| match args.get(i) {
        Some(&v) if !v.is_unbound() => v,
        _ => Value::NONE,
    };
    if args.get(2).is_some_and(|v| !v.is_unbound()) {
        warn(
            vm,
            vm.exc().deprecation_warning,
            "the (type, exc, tb) signature of throw() is deprecated, use the single-arg signature \
             instead.",
        )?;
    }
    let (kind, value, tb) = (or_none(1), or_none(2), or_none(3));
    if !tb.is_none() && vm.exact::<Traceback>(tb, core_shape::TRACEBACK).is_none() {
        return Err(vm.type_error("throw() third argument must be a traceback object"));
    }
    let exception_class = vm.as_class(kind).filter(|c| c.has(class_flag::EXCEPTION));
    let e = if let Some(class) = exception_class {
        let made = if vm.is_instance_exact(value, class) {
            Ok(value)
        } else if value.is_none() {
            vm.call(kind, &[])
        } else if let Some(t) = vm.as_tuple(value) {
            vm.call(kind, t.items())
        } else {
            vm.call(kind, &[value])
        };
        let made = made.and_then(|made| {
            vm.as_exception(made).ok_or_else(|| {
                vm.type_error(format!(
                    "calling {} should have returned an instance of BaseException, not {}",
                    vm.repr_lossy(kind),
                    vm.type_name(made)
                ))
            })
        });
        // What goes wrong while the exception is made is thrown instead.
        made.unwrap_or_else(|r| vm.take_exception(r))
    } else if let Some(e) = vm.as_exception(kind) {
        if !value.is_none() {
            return Err(vm.type_error("instance exception may not have a separate value"));
        }
        e
    } else {
        return Err(vm.type_error(format!(
            "exceptions must be classes or instances deriving from BaseException, not {}",
            vm.type_name(kind)
        )));
    };
    if !tb.is_none() {
        e.traceback.set(&vm.heap, e, tb);
    }
    Ok(e)
}

fn close(vm: &Vm, args: &[Value]) -> Res {
    let v = vm.generator_close_value(generator(vm, args[0])?)?;
    Ok(v)
}

pub(super) fn repr(vm: &Vm, args: &[Value]) -> Res {
    let g = generator(vm, args[0])?;
    vm.heap.pin(args[0]);
    let kind = match g.kind.get() {
        GeneratorKind::Generator => "generator",
        GeneratorKind::Coroutine => "coroutine",
        GeneratorKind::AsyncGenerator => "async_generator",
    };
    let name = vm.as_str(g.qualname.get()).map_or_else(String::new, |s| s.to_lossy());
    vm.str(&format!("<{kind} object {name} at {:#x}>", args[0].bits()))
}

// ---- attributes
fn name_get(vm: &Vm, v: Value) -> Res {
    Ok(generator(vm, v)?.name.get())
}

fn qualname_get(vm: &Vm, v: Value) -> Res {
    Ok(generator(vm, v)?.qualname.get())
}

fn text(vm: &Vm, new: Option<Value>, attribute: &str) -> Res {
    new.filter(|&v| vm.as_str(v).is_some())
        .ok_or_else(|| vm.type_error(format!("{attribute} must be set to a string object")))
}

fn name_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let g = generator(vm, v)?;
    g.name.set(&vm.heap, g, text(vm, new, "__name__")?);
    Ok(())
}

fn qualname_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let g = generator(vm, v)?;
    g.qualname.set(&vm.heap, g, text(vm, new, "__qualname__")?);
    Ok(())
}

fn code(vm: &Vm, v: Value) -> Res {
    let f = generator(vm, v)?.function.get();
    match vm.exact::<Function>(f, core_shape::FUNCTION) {
        Some(f) => Ok(f.code.get()),
        None => Ok(Value::NONE),
    }
}

fn frame(vm: &Vm, v: Value) -> Res {
    let g = generator(vm, v)?;
    match g.state.get() {
        GeneratorState::Finished => Ok(Value::NONE),
        _ => vm.generator_frame(g),
    }
}

fn running(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(generator(vm, v)?.state.get() == GeneratorState::Running))
}

fn suspended(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(generator(vm, v)?.state.get() == GeneratorState::Suspended))
}

fn delegate(vm: &Vm, v: Value) -> Res {
    Ok(vm.generator_delegate(generator(vm, v)?).unwrap_or(Value::NONE))
}

fn origin(vm: &Vm, v: Value) -> Res {
    let extra = generator(vm, v)?.extra.get();
    Ok(if extra.is_unbound() { Value::NONE } else { extra })
}

// ---- the iterator of a coroutine
#[repr(C)]
struct CoroutineWrapper {
    header: Header,
    coroutine: Slot,
}
native_object!(CoroutineWrapper, "coroutine_wrapper", slots = 1);

pub(super) static WRAPPER: ClassSpec = ClassSpec {
    name: "coroutine_wrapper",
    layout: CoroutineWrapper::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "A wrapper object implementing __await__ for coroutines.",
    methods: &[
        NativeDef::method("__iter__", SELF, itself, ""),
        NativeDef::method("__next__", SELF, wrapper_next, ""),
        NativeDef::method("send", "(self, value, /)", wrapper_send, ""),
        NativeDef::method("throw", THROW, wrapper_throw, ""),
        NativeDef::method("close", SELF, wrapper_close, ""),
    ],
    getset: &[],
    fields: &[],
};

fn await_(vm: &Vm, args: &[Value]) -> Res {
    let w = fresh::<CoroutineWrapper>(vm, vm.native_class::<CoroutineWrapper>().value())?;
    w.coroutine.set(&vm.heap, w, args[0]);
    Ok(w.value())
}

/// The arguments with the wrapped coroutine as receiver.
fn unwrapped<const N: usize>(vm: &Vm, args: &[Value]) -> Res<[Value; N]> {
    let mut all = [Value::UNBOUND; N];
    all[..args.len()].copy_from_slice(args);
    all[0] = receiver::<CoroutineWrapper>(vm, args[0])?.coroutine.get();
    Ok(all)
}

fn wrapper_next(vm: &Vm, args: &[Value]) -> Res {
    next(vm, &unwrapped::<1>(vm, args)?)
}

fn wrapper_send(vm: &Vm, args: &[Value]) -> Res {
    send(vm, &unwrapped::<2>(vm, args)?)
}

fn wrapper_throw(vm: &Vm, args: &[Value]) -> Res {
    throw(vm, &unwrapped::<4>(vm, args)?)
}

fn wrapper_close(vm: &Vm, args: &[Value]) -> Res {
    close(vm, &unwrapped::<1>(vm, args)?)
}
