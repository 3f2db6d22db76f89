//! Generators, coroutines and async generators: a suspended frame as an object.
//!
//! While suspended, the frame's registers lie in `registers`; while running they lie on the VM stack and the
//! array keeps stale copies. Switching copies the registers of one frame.

use core::cell::Cell;
use pyrs_heap::{Header, Slot};

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GeneratorKind {
    Generator,
    Coroutine,
    AsyncGenerator,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GeneratorState {
    Created,
    Suspended,
    Running,
    Finished,
}

#[repr(C)]
pub struct Generator {
    pub header: Header,
    /// `Function` being run
    pub function: Slot,
    /// `Array` of saved registers, or UNBOUND when finished
    pub registers: Slot,
    pub name: Slot,
    pub qualname: Slot,
    /// `exc_info` value that was current in the frame when it was suspended, or None
    pub handled: Slot,
    /// `cr_origin`, the finaliser of async generators; of plain generators the one they delegate to; or UNBOUND
    pub extra: Slot,
    /// Word index in the code at which to go on
    pub resume_word: Cell<u32>,
    pub state: Cell<GeneratorState>,
    pub kind: Cell<GeneratorKind>,
    /// async generator: closed, hooks initialised, running an awaitable
    pub flags: Cell<u8>,
}
crate::native_object!(Generator, "generator", slots = 6);
