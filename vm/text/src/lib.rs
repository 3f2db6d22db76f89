//! Text and numbers as pure functions over Rust data: what `str`, `bytes`, `int`, `float` and
//! `complex` need that has nothing to do with objects, memory or exceptions.
//!
//! Everything here follows CPython 3.14 to the character, error texts included. Nothing here
//! panics on any input, allocates on the garbage-collected heap or knows the virtual machine.
//!
//! The common currency is [`points::CodePoints`] (a borrowed string of 1, 2 or 4 bytes a code
//! point) for input and [`points::StrBuilder`] for output. Lone surrogates are ordinary code
//! points. Long computations take a [`bigint::Poll`], which lets a signal handler stop them.
#![forbid(unsafe_code)]

pub mod bigint;
pub mod codec;
pub mod complex;
pub mod error;
pub mod escape;
pub mod float_repr;
pub mod format_spec;
pub mod format_string;
pub mod hash;
pub mod int_text;
pub mod percent;
pub mod points;
pub mod strmath;
pub mod unicode;
mod unicode_tables;

pub use error::{ErrorKind, TextError};
pub use points::{CodePoints, StrBuilder};
