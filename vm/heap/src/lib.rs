//! The value word, the object header and the garbage-collected heap of pyrs.
//!
//! This crate knows shapes, not meanings: it can tell how large an object is and where its references lie
//! (a [`Layout`]), never what the object means to Python. Everything above it sees [`Value`] and [`Gc`] as
//! plain `Copy` words: native stacks are scanned conservatively, so a word on the stack keeps its object alive
//! and unmoved.
//!
//! The hard rules for callers:
//! R1 a reference lives on the native stack, in a heap object, or in something a registered [`RootSource`]
//!    visits; nowhere else (no `Vec<Value>`, `HashMap`, `Box`, thread local).
//! R2 no raw pointer, slice or iterator into an object's payload lives across a call that may allocate,
//!    except under a [`Keep`] guard.
//! R3 no `&mut` into the heap: all fields are `Cell`-like.
//! R4 every store of a reference into a heap object goes through [`Slot::set`] (or [`Heap::barrier`]).
//! R5 a thread that runs has registered its native stack ([`Heap::enter_stack`], [`Heap::with_stack`]) and waits
//!    only inside [`Heap::blocking`]. An unregistered thread never collects.
//! R6 what is read through a weak route is passed to [`Heap::weak_read`].
//! R7 native memory holds references only in a [`ValueVec`] or [`Root`].
//!
//! `docs/heap.md` explains the collector, its invariants and its environment variables.

mod arena;
mod barrier;
mod blocks;
mod collector;
mod config;
mod control;
mod cpu;
mod finalise;
mod gc;
mod header;
mod heap;
mod large;
mod layout;
mod mark;
mod minor;
mod nursery;
mod old;
mod request;
mod shapes;
mod stack;
mod statistics;
mod sweep;
mod value;
mod value_vec;
mod verify;
mod weak;

pub use config::{HeapConfig, LogFormat};
pub use control::StackGuard;
pub use cpu::with_registers_on_stack;
pub use gc::{Gc, HeapObject, Keep, Slot};
pub use header::{Header, ShapeId, flag};
pub use heap::{CONTEXT_WORDS, Heap, OutOfMemory, RootSource, Roots, poll};
pub use layout::{Layout, LayoutId, Visitor};
pub use statistics::{Pauses, Statistics};
pub use value::Value;
#[cfg(target_pointer_width = "64")]
pub use value::{FLOAT_OFFSET, FLOAT_TAG, FLOAT_ZERO};
pub use value_vec::{Root, ValueVec};
pub use weak::Liveness;
