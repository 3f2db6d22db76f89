//! Calls that are not plain: other callables, keywords, `*args` and `**kwargs`.

use crate::error::Res;
use crate::interp::frame::{AUX, CALLER, CODE, Continuation, FUNCTION, ORIGIN, RETURN, S, WINDOW};
use crate::interp::generators;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};

/// Calls the callable in window `w` with `n` arguments there; `names` names the last ones. `words` follow the
/// instruction's first word.
fn call_window(vm: &Vm, s: S, w: usize, n: usize, names: Option<Gc<Tuple>>, words: isize) -> S {
    match try_call_window(vm, s, w, n, names, words) {
        Ok(s) => s,
        Err(r) => vm.unwind(s, r, true),
    }
}
fn try_call_window(
    vm: &Vm,
    s: S,
    w: usize,
    n: usize,
    names: Option<Gc<Tuple>>,
    words: isize,
) -> Res<S> {
    let f = s.reg(w);
    let shape = vm.object(f).map(|o| o.shape());
    match shape {
        Some(core_shape::FUNCTION) => {
            // SAFETY: the shape is that of functions.
            let function: Gc<Function> = unsafe { Gc::from_value(f) };
            // SAFETY: the window lies within the frame's registers.
            let base = unsafe { s.base.add(w + WINDOW) };
            vm.check_call(base, function, 0)?;
            // SAFETY: the arguments lie in the window.
            let args = unsafe { core::slice::from_raw_parts(base, n) };
            vm.bind_arguments(function, args, names, base)?;
            Ok(push(vm, s.skip(words), base, function))
        }
        Some(core_shape::NATIVE_FUNCTION | core_shape::NATIVE_METHOD) => {
            // SAFETY: both shapes are native functions.
            let native: Gc<NativeFunction> = unsafe { Gc::from_value(f) };
            let args = s.regs(w + WINDOW, n);
            if f == vm.next_function.get()
                && names.is_none()
                && let [it] = *args
                && let Some(g) = vm.exact::<Generator>(it, core_shape::GENERATOR)
                && let Some(next) = generators::resume_for_next(vm, s, g)
            {
                return Ok(next);
            }
            if let Some(enter) = native.def.enter
                && let Some(entry) = enter(vm, args, names)
                && let Some(f) = vm.prelude_function(&entry)
            {
                return enter_prelude(vm, s.skip(words), w, f, entry.args());
            }
            vm.check_receiver(native, args)?;
            let v = vm.call_native(native, args, names)?;
            s.put(w, checked(vm, native, v)?);
            Ok(s.skip(words))
        }
        Some(core_shape::BOUND_METHOD | core_shape::BOUND_NATIVE) => {
            // SAFETY: both shapes hold a function and its receiver in the same places.
            let m: Gc<BoundMethod> = unsafe { Gc::from_value(f) };
            for k in (0..n).rev() {
                s.put(w + WINDOW + k + 1, s.reg(w + WINDOW + k));
            }
            s.put(w, m.function.get());
            s.put(w + WINDOW, m.receiver.get());
            try_call_window(vm, s, w, n + 1, names, words)
        }
        _ => {
            if let Some(class) = vm.exact::<Class>(f, core_shape::CLASS) {
                if class == vm.classes().type_ && n == 1 && names.is_none() {
                    s.put(w, vm.class_of(s.reg(w + WINDOW)).value());
                    return Ok(s.skip(words));
                }
                if names.is_none()
                    && let Some(entry) = vm.prelude_construction(class, s.regs(w + WINDOW, n))
                    && let Some(f) = vm.prelude_function(&entry)
                {
                    return enter_prelude(vm, s.skip(words), w, f, entry.args());
                }
                if names.is_none()
                    && let Some(made) = vm.construct_builtin(class, s.regs(w + WINDOW, n))
                {
                    s.put(w, made?);
                    return Ok(s.skip(words));
                }
                if let Some(next) = construct(vm, s, class, w, n, names)? {
                    return Ok(next);
                }
            }
            if let Some(call) = python_call(vm, f) {
                for k in (0..n).rev() {
                    s.put(w + WINDOW + k + 1, s.reg(w + WINDOW + k));
                }
                s.put(w, call);
                s.put(w + WINDOW, f);
                return try_call_window(vm, s, w, n + 1, names, words);
            }
            call_other(vm, s, w, n, names)?;
            Ok(s.skip(words))
        }
    }
}
/// Pushes the frame of a function of the prelude into window `w`; `s` is where the caller goes on.
fn enter_prelude(vm: &Vm, s: S, w: usize, f: Gc<Function>, args: &[Value]) -> Res<S> {
    // SAFETY: the window lies within the frame's registers.
    let base = unsafe { s.base.add(w + WINDOW) };
    vm.check_room_for(base, f, args.len())?;
    debug_assert_eq!(f.exact.get() as usize, args.len());
    s.put(w, f.value());
    for (k, &v) in args.iter().enumerate() {
        s.put(w + WINDOW + k, v);
    }
    Ok(push(vm, s, base, f))
}
/// Calls any callable. A function of its own, so that the new object does not stay in the frame that the next
/// call (which may be `gc.collect`) uses too.
#[inline(never)]
fn call_other(vm: &Vm, s: S, w: usize, n: usize, names: Option<Gc<Tuple>>) -> Res<()> {
    let f = s.reg(w);
    let v = vm.call_kw(f, s.regs(w + WINDOW, n), names)?;
    s.put(w, v);
    if vm.as_class(f).is_some_and(|c| c.has(class_flag::FINALISER)) {
        crate::interp::wipe_native_stack();
    }
    Ok(())
}
/// `__call__` in Python of an instance's class.
fn python_call(vm: &Vm, f: Value) -> Option<Value> {
    let o = vm.object(f)?;
    if o.shape() == core_shape::CLASS || vm.as_class(f).is_some() {
        return None;
    }
    let call = vm.special(vm.class_of(f), Special::Call)?;
    vm.exact::<Function>(call, core_shape::FUNCTION).map(Gc::value)
}
/// A native `__next__` may answer UNBOUND for "exhausted".
fn checked(vm: &Vm, f: Gc<NativeFunction>, v: Value) -> Res {
    if v.is_unbound() {
        debug_assert!(f.def.name == "__next__", "{} gave no value", f.def.name);
        return Err(vm.stop_iteration(Value::NONE));
    }
    Ok(v)
}
/// Pushes a bound frame; `s` is where the caller goes on.
fn push(vm: &Vm, s: S, base: *mut Value, f: Gc<Function>) -> S {
    vm.stack.set_depth(vm.stack.depth() + 1);
    S::new_frame(base, f, s.pc, s.base, 0)
}

/// The Python `__init__` of a class whose instances are made blank.
pub(crate) fn constructor(vm: &Vm, class: Gc<Class>) -> Option<Gc<Function>> {
    let (new, init) = (vm.special(class, Special::New)?, vm.special(class, Special::Init)?);
    let object_new = vm
        .exact::<NativeFunction>(new, core_shape::NATIVE_FUNCTION)
        .is_some_and(|f| f.owner.get() == vm.classes().object.value());
    let init = vm.exact::<Function>(init, core_shape::FUNCTION)?;
    let plain = object_new || vm.is_blank_new(new);
    (plain && !class.has(class_flag::NO_NEW | class_flag::ABSTRACT)).then_some(init)
}
/// `Class(...)` with a Python `__init__` and object's `__new__`: the instance is made here and the frame of
/// `__init__` pushed; `None` when the general way must be taken.
fn construct(
    vm: &Vm,
    s: S,
    class: Gc<Class>,
    w: usize,
    n: usize,
    names: Option<Gc<Tuple>>,
) -> Res<Option<S>> {
    let Some(init) = constructor(vm, class) else { return Ok(None) };
    let instance = vm.new_instance(class)?;
    let top = s.top_window() + WINDOW;
    // SAFETY: there is slack above every frame for a window.
    let base = unsafe { s.base.add(top) };
    vm.check_call(base, init, n + 1)?;
    s.put(top, instance.value());
    for k in 0..n {
        s.put(top + 1 + k, s.reg(w + WINDOW + k));
    }
    // SAFETY: the receiver and the arguments have just been put there.
    let args = unsafe { core::slice::from_raw_parts(base, n + 1) };
    vm.bind_arguments(init, args, names, base)?;
    Ok(Some(push_continued(vm, s, base, init, Continuation::Init, instance.value())))
}
/// Pushes a bound frame at the top window whose return is continued as told, from the state at hand:
/// continuations decode the instruction there.
pub(crate) fn push_continued(
    vm: &Vm,
    s: S,
    base: *mut Value,
    f: Gc<Function>,
    k: Continuation,
    aux: Value,
) -> S {
    vm.stack.set_depth(vm.stack.depth() + 1);
    let callee = S::new_frame(base, f, k.address(), s.base, 0);
    callee.set(ORIGIN, Value::from_bits(s.pc as usize | 1));
    callee.set(AUX, aux);
    callee
}

residuals! {
    fn call_ex_prepare(vm, s, i) + 0 {
        let v = s.reg(i.a() + WINDOW);
        if vm.exact::<Tuple>(v, core_shape::TUPLE).is_none() {
            let class = vm.class_of(v);
            let iterable = |special| vm.special(class, special).is_some_and(|f| !f.is_none());
            let it = if iterable(Special::Iter) || iterable(Special::GetItem) {
                Some(vm.get_iter(v)?)
            } else {
                vm.catch(vm.get_iter(v), vm.exc().type_error)?
            };
            let Some(it) = it else {
                return Err(vm.type_error(format!(
                    "{} argument after * must be an iterable, not {}",
                    vm.callable_text(s.reg(i.a())),
                    vm.type_name(v)
                )));
            };
            let t = vm.to_tuple(it)?;
            s.put(i.a() + WINDOW, t.value());
        }
    }
}

#[inline(never)]
pub(crate) fn call(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    call_window(vm, s, i.a(), i.b(), None, 0)
}
#[inline(never)]
pub(crate) fn call_kw(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let names = vm.as_tuple(s.code().constant(s.extra() as usize));
    call_window(vm, s, i.a(), i.b(), names, 1)
}
/// Moves the arguments down over the empty self slot.
fn drop_self(s: S, w: usize, n: usize) {
    for k in 0..n {
        s.put(w + WINDOW + k, s.reg(w + WINDOW + 1 + k));
    }
}
#[inline(never)]
pub(crate) fn call_method(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    if s.reg(i.a() + WINDOW).is_unbound() {
        drop_self(s, i.a(), i.b());
        return call_window(vm, s, i.a(), i.b(), None, 0);
    }
    call_window(vm, s, i.a(), i.b() + 1, None, 0)
}
#[inline(never)]
pub(crate) fn call_method_kw(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let names = vm.as_tuple(s.code().constant(s.extra() as usize));
    if s.reg(i.a() + WINDOW).is_unbound() {
        drop_self(s, i.a(), i.b());
        return call_window(vm, s, i.a(), i.b(), names, 1);
    }
    call_window(vm, s, i.a(), i.b() + 1, names, 1)
}
#[inline(never)]
pub(crate) fn call_ex(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let prepared = call_ex_prepare(vm, s, i);
    if prepared.base != s.base || prepared.pc != s.pc {
        // It raised: that is the handler's state.
        return prepared;
    }
    match try_call_ex(vm, s, i) {
        Ok(next) => next,
        Err(r) => vm.unwind(s, r, true),
    }
}
fn try_call_ex(vm: &Vm, s: S, i: Insn) -> Res<S> {
    let w = i.a();
    let f = s.reg(w);
    let Some(args) = vm.as_tuple(s.reg(w + WINDOW)) else { return Ok(s) };
    let kwargs = if i.b() == 1 { vm.as_dict(s.reg(w + WINDOW + 1)) } else { None };
    if let (Some(function), None) =
        (vm.exact::<Function>(f, core_shape::FUNCTION), kwargs.filter(|d| !d.is_empty()))
    {
        // SAFETY: the window lies within the frame's registers.
        let base = unsafe { s.base.add(w + WINDOW) };
        vm.check_call(base, function, args.len())?;
        vm.bind_arguments(function, args.items(), None, base)?;
        return Ok(push(vm, s, base, function));
    }
    if let (Some(m), None) =
        (vm.exact::<BoundMethod>(f, core_shape::BOUND_METHOD), kwargs.filter(|d| !d.is_empty()))
        && vm.exact::<Function>(m.function.get(), core_shape::FUNCTION).is_some()
    {
        let all = vm.new_tuple_blank(args.len() + 1)?;
        all.slot(0).set_unbarriered(m.receiver.get());
        for (n, &v) in args.items().iter().enumerate() {
            all.slot(n + 1).set_unbarriered(v);
        }
        vm.written_in_bulk(all);
        s.put(w, m.function.get());
        s.put(w + WINDOW, all.value());
        return try_call_ex(vm, s, i);
    }
    let v = vm.call_dict(f, args.items(), kwargs)?;
    s.put(w, v);
    Ok(s)
}

/// The state after an instruction whose first word is behind `s`.
fn after(s: S, i: Insn) -> S {
    match pyrs_bytecode::Op::from_byte(i.op_byte()) {
        Some(op) => s.skip(op.words() as isize - 1),
        None => s,
    }
}
/// A frame pushed by an opcode has returned: the opcode's remaining work. `s.base` is the frame of the opcode.
#[inline(never)]
pub(crate) fn continue_(vm: &Vm, s: S, i: Insn) -> S {
    let window = s.top_window();
    let at = |n: isize| s.get((window + WINDOW) as isize + n);
    let result = at(FUNCTION);
    let origin = S { pc: (at(ORIGIN).bits() & !1) as *const u32, base: s.base };
    debug_assert!(at(RETURN).is_int() && at(CALLER).is_int() && at(CODE).is_object());
    vm.publish(origin);
    // SAFETY: the origin's pc follows the first word of the instruction.
    let insn = Insn(unsafe { *origin.pc.sub(1) });
    match Continuation::from_byte(i.a()) {
        Continuation::Init => {
            if !result.is_none() {
                let r = vm.init_result(result);
                return vm.unwind(origin, r, true);
            }
            origin.put(insn.a(), at(AUX));
            after(origin, insn)
        }
        Continuation::NextReturn => {
            let r = vm.stop_iteration(result);
            vm.unwind(origin, r, true)
        }
        Continuation::Store | Continuation::NextYield => {
            origin.put(insn.a(), result);
            after(origin, insn)
        }
        Continuation::Discard => after(origin, insn),
        Continuation::Operator => super::enter::finish(vm, origin, insn, result, at(AUX)),
        Continuation::ForYield => {
            origin.put(insn.b(), result);
            super::arrive(vm, origin.skip(1 + origin.extra() as i32 as isize))
        }
        Continuation::ForReturn | Continuation::ArgumentReturn => origin.skip(1),
        Continuation::ForItem => {
            origin.put(insn.b(), result);
            super::arrive(vm, origin.skip(1 + origin.extra() as i32 as isize))
        }
        Continuation::ForTest => match vm.truth(result) {
            Ok(true) => {
                origin.put(insn.b(), at(AUX));
                super::arrive(vm, origin.skip(1 + origin.extra() as i32 as isize))
            }
            // The instruction again, for the next item.
            Ok(false) => super::arrive(vm, origin.skip(-1)),
            Err(r) => vm.unwind(origin, r, true),
        },
        Continuation::ArgumentYield => super::iterate::apply(vm, origin, insn, result),
        Continuation::SendYield => {
            if generators::is_hollow(origin) {
                return generators::suspend_chain(vm, S { pc: s.pc.wrapping_sub(1), base: s.base });
            }
            let untouched = at(AUX) == Value::TRUE;
            let next = generators::suspend_delegation(vm, origin, result, untouched);
            generators::suspend_chain(vm, next)
        }
        Continuation::Iterator => super::enter::finish_iterator(vm, origin, insn, result),
        Continuation::SendReturn => {
            generators::end_delegation(vm, origin);
            origin.put(insn.b(), result);
            origin
        }
    }
}
