//! The language-neutral half of the tracing JIT: trace IR, its text format, its evaluator, the
//! optimiser, the register allocator and the code buffer. It knows neither a source language nor
//! a CPU; the crates under `backends/` turn allocated code into bytes on any host.
//!
//! The way of a trace: [`build`] (or [`parse`]) makes a [`trace::Trace`]; [`eval`] says what it
//! means; [`opt`] improves it; [`ra`] gives every value a place; a [`backend::Backend`] writes
//! bytes into an [`asm::CodeBuf`].

#![forbid(unsafe_code)]

pub mod asm;
pub mod backend;
pub mod build;
pub mod eval;
pub mod fake;
pub mod lower;
pub mod op;
pub mod opt;
pub mod parse;
pub mod print;
pub mod ra;
pub mod schema;
pub mod testkit;
pub mod trace;
pub mod types;
pub mod verify;
