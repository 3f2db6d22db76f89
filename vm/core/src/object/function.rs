//! Python functions and bound methods.

use super::Code;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, Slot, Value};

/// A Python function. UNBOUND marks an attribute that is not set.
#[repr(C)]
pub struct Function {
    pub header: Header,
    /// `Code`
    pub code: Slot,
    /// dict
    pub globals: Slot,
    /// tuple of cells or UNBOUND
    pub closure: Slot,
    /// tuple or UNBOUND
    pub defaults: Slot,
    /// dict or UNBOUND
    pub kwdefaults: Slot,
    /// dict the frame's names live in (module, class and exec code only), else UNBOUND
    pub namespace: Slot,
    /// the builtins dict
    pub builtins: Slot,
    pub name: Slot,
    pub qualname: Slot,
    pub module: Slot,
    /// UNBOUND while the docstring is to be found in the code.
    pub doc: Slot,
    pub dict: Slot,
    pub annotations: Slot,
    pub annotate: Slot,
    pub type_params: Slot,
    /// Compiled code takes its code and defaults for granted: see `Jit::invalidate`.
    pub watched: Cell<bool>,
    /// Number of positional arguments that need no binding work, or `u32::MAX`: positional-or-keyword
    /// parameters only, a plain call with exactly this many arguments may push the frame at once. `UNREADY` until
    /// the code is ready.
    pub exact: Cell<u32>,
}
/// Value of `Function::exact` before the code has been made ready.
pub const UNREADY: u32 = u32::MAX - 1;
crate::native_object!(Function, "function", slots = 15);

impl Function {
    #[inline(always)]
    pub fn code(&self) -> Gc<Code> {
        // SAFETY: the slot always holds a Code.
        unsafe { Gc::from_value(self.code.get()) }
    }
    #[inline(always)]
    pub fn globals(&self) -> Value {
        self.globals.get()
    }
}

/// A callable bound to its first argument.
#[repr(C)]
pub struct BoundMethod {
    pub header: Header,
    pub function: Slot,
    pub receiver: Slot,
}
crate::native_object!(BoundMethod, "method", slots = 2);
