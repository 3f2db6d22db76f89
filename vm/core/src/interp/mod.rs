//! The interpreter: frames on a stack of their own, and the loop over the register bytecode.

mod stack;

pub use stack::Stack;
mod call;
