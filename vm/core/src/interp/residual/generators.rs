//! Generators and coroutines: the opcodes.

use crate::error::Res;
use crate::interp::frame::S;
use crate::interp::generators;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::{Insn, flags};
use pyrs_heap::{Gc, Value};

#[inline(never)]
pub(crate) fn make_generator(vm: &Vm, s: S, _i: Insn) -> S {
    vm.publish(s);
    match generators::make(vm, s) {
        Ok(g) => generators::leave_plain(vm, s, g),
        Err(r) => vm.unwind(s, r, true),
    }
}
#[inline(never)]
pub(crate) fn yield_(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    generators::suspend(vm, s, s.reg(i.b()), false)
}
#[inline(never)]
pub(crate) fn yield_from(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    generators::delegate(vm, s, s.reg(i.a()), s.reg(i.b()), i)
}

/// A coroutine, or a generator made awaitable by `types.coroutine`.
fn is_coroutine(vm: &Vm, v: Value) -> bool {
    match vm.cast::<Generator>(v) {
        Some(g) => {
            g.kind.get() == GeneratorKind::Coroutine
                || generators::code_flags(g) & flags::ITERABLE_COROUTINE != 0
        }
        None => false,
    }
}

impl Vm {
    /// The iterator that `await v` runs.
    pub fn get_awaitable(&self, v: Value, what: usize) -> Res {
        if is_coroutine(self, v) {
            if let Some(g) = self.cast::<Generator>(v)
                && g.kind.get() == GeneratorKind::Coroutine
                && self.generator_delegate(g).is_some()
            {
                return Err(self.runtime_error("coroutine is being awaited already"));
            }
            return Ok(v);
        }
        let Some(r) = self.call_special(v, Special::Await, &[]) else {
            let t = self.type_name(v);
            return Err(self.type_error(match what {
                1 => format!("'async with' received an object from __aenter__ that does not implement __await__: {t}"),
                2 => format!("'async with' received an object from __aexit__ that does not implement __await__: {t}"),
                3 => format!("'async for' received an invalid object from __anext__: {t}"),
                _ => format!("'{t}' object can't be awaited"),
            }));
        };
        let r = r?;
        if is_coroutine(self, r) {
            return Err(self.type_error("__await__() returned a coroutine"));
        }
        if !self.is_iterator(r) {
            return Err(self.type_error(format!(
                "__await__() returned non-iterator of type '{}'",
                self.type_name(r)
            )));
        }
        Ok(r)
    }
}

#[inline(never)]
pub(crate) fn get_yield_from_iter(vm: &Vm, s: S, i: Insn) -> S {
    super::iterate::begin(vm, s, i, get_yield_from_iter_general)
}

residuals! {
    fn get_yield_from_iter_general(vm, s, i) + 0 {
        let v = s.reg(i.b());
        let running = s.code().data().flags;
        if is_coroutine(vm, v) {
            if running & (flags::COROUTINE | flags::ITERABLE_COROUTINE) == 0 {
                return Err(vm.type_error(
                    "cannot 'yield from' a coroutine object in a non-coroutine generator",
                ));
            }
            s.put(i.a(), v);
        } else {
            s.put(i.a(), vm.get_iter(v)?);
        }
    }
    fn get_awaitable(vm, s, i) + 0 { s.put(i.a(), vm.get_awaitable(s.reg(i.b()), i.c())?); }
    fn get_aiter(vm, s, i) + 0 {
        let v = s.reg(i.b());
        let Some(r) = vm.call_special(v, Special::AIter, &[]) else {
            return Err(vm.type_error(format!(
                "'async for' requires an object with __aiter__ method, got {}",
                vm.type_name(v)
            )));
        };
        let r = r?;
        if vm.special(vm.class_of(r), Special::ANext).is_none() {
            return Err(vm.type_error(format!(
                "'async for' received an object from __aiter__ that does not implement __anext__: {}",
                vm.type_name(r)
            )));
        }
        s.put(i.a(), r);
    }
    fn get_anext(vm, s, i) + 0 {
        let v = s.reg(i.b());
        let Some(r) = vm.call_special(v, Special::ANext, &[]) else {
            return Err(vm.type_error(format!(
                "'async for' requires an iterator with __anext__ method, got {}",
                vm.type_name(v)
            )));
        };
        let r = r?;
        let awaitable = match vm.get_awaitable(r, 3) {
            Ok(a) => a,
            Err(raised) => {
                // The complaint is about __anext__'s answer; what really happened becomes its cause.
                let cause = vm.take_exception(raised);
                let text = format!("'async for' received an invalid object from __anext__: {}", vm.type_name(r));
                let raised = vm.type_error(text);
                let e = vm.take_exception(raised);
                e.cause.set(&vm.heap, e, cause.value());
                e.suppress_context.set(true);
                return Err(vm.raise_again(e));
            }
        };
        s.put(i.a(), awaitable);
    }
}

#[inline(never)]
pub(crate) fn end_async_for(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let e = s.reg(i.a());
    if vm.is_instance_exact(e, vm.exc().stop_async_iteration) {
        return s;
    }
    super::reraise(vm, s, i)
}

const _: fn(Gc<Generator>) -> u32 = generators::code_flags;
