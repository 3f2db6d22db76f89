//! Unwinding: from a raised exception to the handler's state.
//!
//! Frames without a handler are popped; each adds its entry to the traceback. A frame entered from native code
//! ends the search: its return words lead `run` back to the caller with the exception pending.

use super::frame::{CONTINUE, Continuation, HALT, ORIGIN, S};
use super::generators;
use crate::error::Raised;
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::flags;
use pyrs_heap::{Gc, Value};

impl Vm {
    /// The state of the handler for the pending exception, raised by the instruction at hand of `s`.
    /// `trace`: the frame of `s` gets a traceback entry (not when an exception is raised again as it is).
    #[cold]
    #[inline(never)]
    pub(crate) fn unwind(&self, mut s: S, raised: Raised, mut trace: bool) -> S {
        let mut raised = raised;
        loop {
            let word = s.word();
            let e = self.take_exception(raised);
            if trace && !s.is_hidden() {
                self.add_traceback(e, s.function().value(), word);
            }
            trace = true;
            if let Some(h) = s.code().data().handler(word) {
                let (target, register) = (h.target, h.register as usize);
                s.put(register, e.value());
                self.publish(s);
                return s.at_word(target);
            }
            raised = self.raise_again(e);
            if s.is_special() {
                raised = self.leave_generator(s, raised);
            }
            self.stack.set_depth(self.stack.depth() - 1);
            let (pc, base) = (s.return_pc(), s.caller_base());
            if HALT.as_ptr_range().contains(&pc) {
                return S { pc: &HALT[2], base };
            }
            if CONTINUE.as_ptr_range().contains(&pc) {
                let origin = (s.get(ORIGIN).bits() & !1) as *const u32;
                let send = pc == Continuation::SendYield.address();
                let item =
                    pc == Continuation::ForItem.address() || pc == Continuation::ForTest.address();
                s = S { pc: origin, base };
                if item && self.pending_is(raised, self.exc().stop_iteration) {
                    self.take_exception(raised);
                    self.publish(s);
                    return s.skip(1);
                }
                generators::end_delegation(self, s);
                if send && self.pending_is(raised, self.exc().stop_iteration) {
                    // Only native iterators end a delegation this way; a generator's StopIteration has become
                    // a RuntimeError.
                    debug_assert!(!s.is_special());
                }
                continue;
            }
            s = S { pc, base };
        }
    }
    /// An exception leaves a generator's frame: the generator is finished, and StopIteration becomes
    /// RuntimeError (PEP 479).
    fn leave_generator(&self, s: S, raised: Raised) -> Raised {
        generators::retire(self, s);
        let x = self.exc();
        let fl = s.code().data().flags;
        let what = if fl & flags::COROUTINE != 0 {
            "coroutine"
        } else if fl & flags::ASYNC_GENERATOR != 0 {
            "async generator"
        } else {
            "generator"
        };
        let name = if self.pending_is(raised, x.stop_iteration) {
            "StopIteration"
        } else if fl & flags::ASYNC_GENERATOR != 0
            && self.pending_is(raised, x.stop_async_iteration)
        {
            "StopAsyncIteration"
        } else {
            return raised;
        };
        let cause = self.take_exception(raised);
        let r = self.runtime_error(format!("{what} raised {name}"));
        let e = self.take_exception(r);
        e.context.set(&self.heap, e, cause.value());
        e.cause.set(&self.heap, e, cause.value());
        e.suppress_context.set(true);
        self.raise_again(e)
    }
    /// An exception thrown into a generator has the exception handled there as context.
    pub(crate) fn link_thrown(&self, e: Gc<Exception>) {
        let handled = self.handled.get();
        if handled.is_object() && handled != e.value() && e.context.get() == Value::NONE {
            e.context.set(&self.heap, e, handled);
        }
    }
}
