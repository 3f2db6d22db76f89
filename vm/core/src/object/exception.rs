//! `BaseException` instances.

use core::cell::Cell;
use pyrs_heap::{Header, Slot};

/// Fixed part of every exception. Fields of built-in subclasses (`errno`, `value`, ...) are attribute slots.
#[repr(C)]
pub struct Exception {
    pub header: Header,
    /// tuple
    pub args: Slot,
    /// `Traceback` or None
    pub traceback: Slot,
    /// exception or None
    pub context: Slot,
    /// exception or None
    pub cause: Slot,
    pub suppress_context: Cell<bool>,
}
crate::native_object!(Exception, "BaseException", slots = 4);
