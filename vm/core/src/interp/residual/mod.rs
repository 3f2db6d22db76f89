//! Residuals: the general meaning of every opcode, as functions on the frame.
//!
//! A residual publishes the state, works, and gives the state after the instruction; when it raises, unwinding
//! gives the state of the handler. The macro below supplies this frame; bodies say only what the opcode means.

macro_rules! residuals {
    ($(
        $(#[$meta:meta])*
        fn $name:ident($vm:ident, $s:ident, $i:ident) + $words:literal $body:block
    )*) => {$(
        $(#[$meta])*
        #[inline(never)]
        pub(crate) fn $name($vm: &Vm, $s: S, $i: Insn) -> S {
            $vm.publish($s);
            let body = || -> Res<()> {
                $body
                #[allow(unreachable_code, reason = "bodies that always raise")]
                Ok(())
            };
            match body() {
                Ok(()) => $s.skip($words),
                Err(r) => $vm.unwind($s, r, true),
            }
        }
    )*};
}

mod attributes;
mod build;
mod calls;
pub(crate) mod enter;
mod exceptions;
mod generators;
mod imports;
mod iterate;
pub(crate) mod known;
mod matching;
mod names;
mod operators;

pub(crate) use attributes::*;
pub(crate) use build::*;
pub(crate) use calls::*;
pub(crate) use enter::{Operand, enter, is_operator, operands_of, plan, wants_truth};
pub(crate) use exceptions::*;
pub(crate) use generators::*;
pub(crate) use imports::*;
pub(crate) use iterate::*;
pub(crate) use matching::*;
pub(crate) use names::*;
pub(crate) use operators::*;
