//! Frame objects: what `sys._getframe()`, tracebacks and generators show of a frame. Made on demand; the
//! interpreter never keeps them up to date.
//!
//! `base` and `function` together name a frame on the VM stack; whether it still runs is found out by looking for
//! it there.

use core::cell::Cell;
use pyrs_heap::{Header, Slot};

#[repr(C)]
pub struct Frame {
    pub header: Header,
    /// `Function` that runs or ran
    pub function: Slot,
    /// the calling frame's object once asked for, None without one, UNBOUND before
    pub back: Slot,
    /// mapping, once asked for and not alive any more, else UNBOUND
    pub locals: Slot,
    /// `Generator` whose frame it is, or UNBOUND
    pub generator: Slot,
    /// `f_trace`, or UNBOUND
    pub trace: Slot,
    /// Address of the registers, 0 for frames that are gone.
    pub base: Cell<usize>,
    /// word index of the instruction at hand when the object was made
    pub word: Cell<u32>,
    /// line set by a debugger, or 0
    pub line: Cell<u32>,
    pub trace_lines: Cell<bool>,
    pub trace_opcodes: Cell<bool>,
}
crate::native_object!(Frame, "frame", slots = 5);
