//! Exceptions at work: making them, their native fields, tracebacks.

use crate::error::Res;
use crate::object::*;
use crate::vm::Vm;
use core::cell::Cell;
use core::sync::atomic::Ordering;
use pyrs_heap::{Gc, Header, Slot, Value, poll};

/// Makes one built-in exception class; its base exists already.
pub(crate) fn make_exception_class(
    vm: &Vm,
    name: &'static str,
    base: &'static str,
    fields: &'static [&'static str],
) -> Res<Gc<Class>> {
    let find = |n: &str| {
        vm.all_classes
            .borrow()
            .iter()
            .copied()
            .find(|&c| vm.class_name(c) == n && c.has(class_flag::EXCEPTION))
    };
    let base = find(base).unwrap_or(vm.classes().object);
    let flags = class_flag::BASE | class_flag::HAS_DICT | class_flag::EXCEPTION;
    let c = vm.bare_class_object(vm.classes().type_, Exception::layout(), flags)?;
    vm.fill_class(c, name, Some(base), "")?;
    let inherited = base.fixed_slots.get();
    c.fixed_slots.set(inherited + fields.len() as u32);
    vm.make_root_shape(c)?;
    for (i, field) in fields.iter().enumerate() {
        vm.add_member(c, field, inherited + i as u32, true)?;
    }
    Ok(c)
}

impl Vm {
    /// An exception object with `args`, without running `__new__` or `__init__`.
    pub fn new_exception(&self, class: Gc<Class>, args: &[Value]) -> Res<Gc<Exception>> {
        let o = self.new_instance(class)?;
        // SAFETY: exception classes make instances with the exception layout.
        let e: Gc<Exception> = unsafe { o.cast() };
        for s in [&e.traceback, &e.context, &e.cause] {
            s.set_unbarriered(Value::NONE);
        }
        let args_tuple = self.new_tuple(args)?;
        e.args.set(&self.heap, e, args_tuple.value());
        self.fill_native_fields(e, class, args);
        Ok(e)
    }
    /// What native `__init__`s of exceptions with fields do, for exceptions made natively.
    fn fill_native_fields(&self, e: Gc<Exception>, class: Gc<Class>, args: &[Value]) {
        let Some(x) = self.exceptions_if_made() else { return };
        if self.is_subclass_exact(class, x.stop_iteration)
            || self.is_subclass_exact(class, x.system_exit)
        {
            self.set_exception_field(e, 0, args.first().copied().unwrap_or(Value::NONE));
        } else if self.is_subclass_exact(class, x.import_error) {
            if let [msg] = args {
                self.set_exception_field(e, 0, *msg);
            }
        } else if self.is_subclass_exact(class, x.os_error) && args.len() >= 2 {
            for (i, &v) in args.iter().take(3).enumerate() {
                self.set_exception_field(e, i, v);
            }
        } else if self.is_subclass_exact(class, x.unicode_error) && args.len() == 5 {
            for (i, &v) in args.iter().enumerate() {
                self.set_exception_field(e, i, v);
            }
        }
    }
    /// Sets native field `i` (counted over all fields of the class and its bases).
    pub fn set_exception_field(&self, e: Gc<Exception>, i: usize, v: Value) {
        let o = e.erase();
        let shape = self.shape(o.shape());
        if i < shape.fixed as usize {
            // SAFETY: i < fixed.
            unsafe { slot_at(o, shape.word(i)) }.set(&self.heap, o, v);
        }
    }
    pub fn exception_field(&self, e: Gc<Exception>, i: usize) -> Value {
        let o = e.erase();
        let shape = self.shape(o.shape());
        // SAFETY: i < fixed.
        if i < shape.fixed as usize { unsafe { word_at(o, shape.word(i)) } } else { Value::UNBOUND }
    }
    /// StopIteration(value)
    #[cold]
    pub fn stop_iteration(&self, value: Value) -> crate::error::Raised {
        let args: &[Value] = if value.is_none() { &[] } else { &[value] };
        self.raise_with(self.exc().stop_iteration, args)
    }
    /// Adds an entry for the running function to the exception's traceback.
    pub(crate) fn add_traceback(&self, e: Gc<Exception>, function: Value, word: u32) {
        let t = self.alloc(Traceback {
            header: Header::new(core_shape::TRACEBACK, 0),
            next: Slot::new(e.traceback.get()),
            function: Slot::new(function),
            frame: Slot::new(Value::UNBOUND),
            word: Cell::new(word),
            line: Cell::new(0),
        });
        match t {
            Ok(t) => e.traceback.set(&self.heap, e, t.value()),
            // No memory for a traceback entry: the exception goes on without it.
            Err(r) => {
                self.take_exception(r);
                self.pending.set(e.value());
            }
        }
    }
    /// A long computation should stop: a signal waits.
    pub fn interrupted(&self) -> bool {
        self.interrupts.load(core::sync::atomic::Ordering::Relaxed) != 0
    }
    /// Runs what waits (signal handlers, finalisers); the exception they raise, or KeyboardInterrupt.
    #[cold]
    pub fn interrupt_raised(&self) -> crate::error::Raised {
        if self.is_quick() {
            return self.refused();
        }
        match self.run_pending() {
            Err(r) => r,
            Ok(()) => self.raise_with(self.exc().keyboard_interrupt, &[]),
        }
    }
    /// Something waits for a safepoint.
    #[inline(always)]
    pub(crate) fn must_poll(&self) -> bool {
        self.heap.poll_word().load(Ordering::Relaxed) != 0
    }
    /// Runs waiting signal handlers and finalisers. Called at safepoints when the poll word is not 0.
    #[cold]
    #[inline(never)]
    pub fn run_pending(&self) -> Res<()> {
        if self.heap.poll_word().fetch_and(!poll::MEMORY, Ordering::Relaxed) & poll::MEMORY != 0 {
            return Err(self.memory_error());
        }
        match self.on_interrupt.get() {
            Some(f) => f(self),
            None => Ok(()),
        }
    }
}
