//! Raising, catching, and the state of handlers.

use crate::error::Res;
use crate::interp::frame::S;
use crate::interp::generators::{self, resumer_handled};
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};

impl Vm {
    /// The exception object of `raise v`: an instance, or a class to call.
    pub fn exception_from(&self, v: Value, what: &str) -> Res<Gc<Exception>> {
        if let Some(e) = self.as_exception(v) {
            return Ok(e);
        }
        if let Some(c) = self.as_class(v)
            && c.has(class_flag::EXCEPTION)
        {
            let e = self.call(v, &[])?;
            return self.as_exception(e).ok_or_else(|| {
                self.type_error(format!(
                    "calling {} should have returned an instance of BaseException, not {}",
                    self.repr_lossy(v),
                    self.type_name(e)
                ))
            });
        }
        Err(self.type_error(what))
    }
}

const NOT_EXCEPTION: &str = "exceptions must derive from BaseException";

residuals! {
    fn raise(vm, s, i) + 0 {
        let e = vm.exception_from(s.reg(i.a()), NOT_EXCEPTION)?;
        return Err(vm.raise(e));
    }
    fn raise_from(vm, s, i) + 0 {
        let e = vm.exception_from(s.reg(i.a()), NOT_EXCEPTION)?;
        let cause = s.reg(i.b());
        let cause = if cause.is_none() {
            cause
        } else {
            vm.exception_from(cause, "exception causes must derive from BaseException")?.value()
        };
        e.cause.set(&vm.heap, e, cause);
        e.suppress_context.set(true);
        return Err(vm.raise(e));
    }
    fn push_exc(vm, s, i) + 0 {
        let now = vm.handled.get();
        // In a generator the exception its resumer handles is not its own to restore: UNBOUND stands for it.
        let inherited = s.is_special() && !generators::set_handles(s, true);
        s.put(i.a() + 1, if inherited { Value::UNBOUND } else { now });
        vm.handled.set(s.reg(i.a()));
    }
    fn pop_exc(vm, s, i) + 0 {
        let before = s.reg(i.a() + 1);
        if before.is_unbound() {
            generators::set_handles(s, false);
            vm.handled.set(resumer_handled(s));
        } else {
            vm.handled.set(before);
        }
    }
    fn exc_match(vm, s, i) + 0 {
        let (e, c) = (s.reg(i.b()), s.reg(i.c()));
        let matches = vm.exception_matches(e, c)?;
        s.put(i.a(), Value::bool(matches));
    }
    fn exc_group_match(vm, s, i) + 0 {
        let (e, c) = (s.reg(i.b()), s.reg(i.c()));
        let (matching, rest) = vm.match_group(e, c)?;
        s.put(i.a(), matching);
        s.put(i.a() + 1, rest);
    }
    fn prep_reraise_star(vm, s, i) + 0 {
        let v = vm.prepare_reraise_star(s.reg(i.b()), s.reg(i.c()))?;
        s.put(i.a(), v);
    }
    fn exc_info(vm, s, i) + 0 {
        let e = s.reg(i.b());
        let traceback = vm.as_exception(e).map_or(Value::NONE, |e| e.traceback.get());
        s.put(i.a(), vm.class_of(e).value());
        s.put(i.a() + 1, e);
        s.put(i.a() + 2, traceback);
    }
}

#[inline(never)]
pub(crate) fn raise_current(vm: &Vm, s: S, _i: Insn) -> S {
    vm.publish(s);
    match vm.as_exception(vm.handled.get()) {
        Some(e) => {
            let r = vm.raise_again(e);
            vm.unwind(s, r, false)
        }
        None => {
            let r = vm.runtime_error("No active exception to reraise");
            vm.unwind(s, r, true)
        }
    }
}
#[inline(never)]
pub(crate) fn reraise(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    match vm.as_exception(s.reg(i.a())) {
        Some(e) => {
            let r = vm.raise_again(e);
            vm.unwind(s, r, false)
        }
        None => {
            let r = vm.system_error("reraise of something that is no exception");
            vm.unwind(s, r, true)
        }
    }
}

impl Vm {
    /// `except c` for exception `e`; `c` is a class or a tuple of classes.
    pub fn exception_matches(&self, e: Value, c: Value) -> Res<bool> {
        const TEXT: &str = "catching classes that do not inherit from BaseException is not allowed";
        let one = |c: Value| match self.as_class(c) {
            Some(c) if c.has(class_flag::EXCEPTION) => Ok(self.is_instance_exact(e, c)),
            _ => Err(self.type_error(TEXT)),
        };
        match self.as_tuple(c) {
            Some(t) => {
                let mut found = false;
                for &c in t.items() {
                    found |= one(c)?;
                }
                Ok(found)
            }
            None => one(c),
        }
    }
    /// Matching part and rest of `e` for `except* c`; None where empty.
    fn match_group(&self, e: Value, c: Value) -> Res<(Value, Value)> {
        self.check_star_classes(c)?;
        let group = self.exc().base_exception_group;
        if e.is_none() {
            return Ok((Value::NONE, Value::NONE));
        }
        if !self.is_instance_exact(e, group) {
            if !self.exception_matches(e, c)? {
                return Ok((Value::NONE, e));
            }
            // A naked exception is wrapped, and its traceback kept.
            let name = self.names().empty.value();
            let list = self.list(&[e])?;
            let wrapped = self.call(self.exc().exception_group.value(), &[name, list])?;
            return Ok((wrapped, Value::NONE));
        }
        if self.exception_matches(e, c)? {
            return Ok((e, Value::NONE));
        }
        let pair = self.call_method(e, "split", &[c])?;
        match self.as_tuple(pair) {
            Some(t) if t.len() >= 2 => Ok((t.get(0), t.get(1))),
            Some(t) => Err(self.type_error(format!(
                "{}.split must return a 2-tuple, got tuple of size {}",
                self.type_name(e),
                t.len()
            ))),
            None => Err(self.type_error(format!(
                "{}.split must return a tuple, not {}",
                self.type_name(e),
                self.type_name(pair)
            ))),
        }
    }
    fn check_star_classes(&self, c: Value) -> Res<()> {
        let classes = match self.as_tuple(c) {
            Some(t) => t,
            None => self.new_tuple(&[c])?,
        };
        for &c in classes.items() {
            match self.as_class(c) {
                Some(c) if !c.has(class_flag::EXCEPTION) => {
                    return Err(self.type_error(
                        "catching classes that do not inherit from BaseException is not allowed",
                    ));
                }
                Some(c) if self.is_subclass_exact(c, self.exc().base_exception_group) => {
                    return Err(self.type_error(
                        "catching ExceptionGroup with except* is not allowed. Use except instead.",
                    ));
                }
                Some(_) => {}
                None => {
                    return Err(self.type_error(
                        "catching classes that do not inherit from BaseException is not allowed",
                    ));
                }
            }
        }
        Ok(())
    }
    /// What `except*` raises in the end: `original` and the list of raised and unhandled parts.
    fn prepare_reraise_star(&self, original: Value, parts: Value) -> Res {
        let Some(parts) = self.as_list(parts) else { return Ok(Value::NONE) };
        if parts.is_empty() {
            return Ok(Value::NONE);
        }
        let (raised, unhandled) = (self.new_list()?, self.new_list()?);
        if !self.is_instance_exact(original, self.exc().base_exception_group) {
            // A naked exception was wrapped: at most one part, given as it is.
            return Ok(parts.get(0).filter(|v| !v.is_none()).unwrap_or(Value::NONE));
        }
        for i in 0..parts.len() {
            let Some(v) = parts.get(i).filter(|v| !v.is_none()) else { continue };
            let same = self.same_group_metadata(v, original)?;
            self.list_append(if same { unhandled } else { raised }, v)?;
        }
        let rest = self.project_group(original, unhandled)?;
        if raised.is_empty() {
            return Ok(rest);
        }
        if !rest.is_none() {
            self.list_append(raised, rest)?;
        }
        if raised.len() == 1 {
            return Ok(raised.get(0).unwrap_or(Value::NONE));
        }
        self.call(self.exc().exception_group.value(), &[self.names().empty.value(), raised.value()])
    }
    /// Parts split off `original` share its traceback, cause, context and notes.
    fn same_group_metadata(&self, v: Value, original: Value) -> Res<bool> {
        let (Some(a), Some(b)) = (self.as_exception(v), self.as_exception(original)) else {
            return Ok(false);
        };
        if !self.is_instance_exact(v, self.exc().base_exception_group) {
            return Ok(false);
        }
        let notes = self.names().notes;
        let (x, y) = (self.get_attr_opt(v, notes)?, self.get_attr_opt(original, notes)?);
        Ok(a.traceback.get() == b.traceback.get()
            && a.cause.get() == b.cause.get()
            && a.context.get() == b.context.get()
            && x == y)
    }
    /// The part of `original` made of exactly the leaves of the groups in `kept`.
    fn project_group(&self, original: Value, kept: Gc<List>) -> Res {
        if kept.is_empty() {
            return Ok(Value::NONE);
        }
        let leaves = self.new_set(core_shape::SET)?;
        for i in 0..kept.len() {
            if let Some(v) = kept.get(i) {
                self.collect_leaves(v, leaves)?;
            }
        }
        self.keep_leaves(original, leaves)
    }
    fn collect_leaves(&self, v: Value, leaves: Gc<Set>) -> Res<()> {
        if self.is_instance_exact(v, self.exc().base_exception_group)
            && let Some(e) = self.as_exception(v)
        {
            let inner = self.exception_field(e, 1);
            return self.iterate(inner, |x| self.collect_leaves(x, leaves));
        }
        let id = self.id(v)?;
        self.set_add(leaves, id).map(drop)
    }
    fn keep_leaves(&self, v: Value, leaves: Gc<Set>) -> Res {
        if !self.is_instance_exact(v, self.exc().base_exception_group) {
            let id = self.id(v)?;
            return Ok(if self.set_contains(leaves, id)? { v } else { Value::NONE });
        }
        let Some(e) = self.as_exception(v) else { return Ok(Value::NONE) };
        let kept = self.new_list()?;
        self.iterate(self.exception_field(e, 1), |x| {
            let x = self.keep_leaves(x, leaves)?;
            if x.is_none() { Ok(()) } else { self.list_append(kept, x) }
        })?;
        if kept.is_empty() {
            return Ok(Value::NONE);
        }
        let part = self.call_method(v, "derive", &[kept.value()])?;
        if let Some(p) = self.as_exception(part) {
            p.traceback.set(&self.heap, p, e.traceback.get());
            p.context.set(&self.heap, p, e.context.get());
            p.cause.set(&self.heap, p, e.cause.get());
        }
        if let Some(notes) = self.get_attr_opt(v, self.names().notes)? {
            let notes = self.to_list(notes)?;
            self.set_attr(part, self.names().notes, notes.value())?;
        }
        Ok(part)
    }
}
