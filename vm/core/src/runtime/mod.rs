//! The machine around the objects: start-up, classes, exceptions, modules.

mod bootstrap;
mod classes;
mod exceptions;
mod frames;
mod hooks;
pub(crate) mod lookup_cache;
mod modules;
mod prelude;
mod stack_words;
mod threads;
mod unraisable;
mod weakrefs;

pub use prelude::{Enter, Entry, Routine};
pub use threads::ThreadState;

pub(crate) use bootstrap::{bootstrap, heap_layout_of};
pub(crate) use prelude::{HIDDEN, Prelude};
pub(crate) use weakrefs::WeakIndex;
