//! The interpreter: frames on a stack of their own, and the loop over the register bytecode.
//!
//! The meaning of the hot opcodes is written once, generic over a *domain* (`dom`), in `ops`; the interpreter is
//! its instance on plain values, the trace recorder will be another. Everything else is a *residual*: an ordinary
//! function on the frame (`residual`), called the same way by both. `dispatch` holds the one switch.
//!
//! Words used. *State* `S`: program counter and frame base, passed and returned by value. *Publish*: store the
//! state in the VM, where the collector, tracebacks and nested calls find it; every residual does so first.
//! *Continuation*: code words that a pushed frame returns to when the opcode that pushed it has more to do.

mod bind;
mod call;
mod code;
mod dead;
mod dispatch;
mod dom;
mod frame;
mod generators;
pub(crate) mod ops;
pub(crate) mod residual;
mod stack;
mod unwind;

pub use dead::wipe_native_stack;
pub(crate) use dispatch::opcodes;
pub(crate) use dom::{Dom, Promoted, Residual, Run, Tagged, Tx};
pub use frame::S;
pub(crate) use frame::is_stub;
pub(crate) use frame::{AUX, Continuation, GENERATOR, HANDLED, SPECIAL};
pub(crate) use frame::{CALLER, CODE as CODE_WORD, CONTINUE, HALT, ORIGIN, RETURN, WINDOW};
pub use generators::GeneratorStep;
pub(crate) use generators::{AT_DELEGATION, HOLLOW, generator_of, suspended_word};
pub(crate) use stack::SLACK;
pub use stack::Stack;
