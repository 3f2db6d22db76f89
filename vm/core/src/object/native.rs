//! Native layouts and native functions: how Rust code presents itself to the object model.
//!
//! A Rust struct becomes a kind of Python object by implementing [`Native`] (macro `native_object!`); a Rust
//! function becomes a Python callable by a row of a `&'static [NativeDef]` table. The signature text of the row
//! (as in `inspect.signature`) drives argument binding, so every function receives exactly one value per
//! parameter: `*args` as a tuple, `**kwargs` as a dict, an absent optional parameter as its default, or
//! `UNBOUND` where the default is written `<unrepresentable>`.

use crate::error::Res;
use crate::runtime::Enter;
use crate::vm::Vm;
use core::cell::Cell;
use core::ptr::NonNull;
use pyrs_heap::{Header, HeapObject, Slot, Value, Visitor};

/// Which variable-sized type an instance of the layout wraps when a subclass is instantiated.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Wraps {
    Nothing,
    Int,
    Float,
    Complex,
    Str,
    Bytes,
    Tuple,
}

/// The fixed part of a kind of object. Identity (the address of the static) tells kinds apart.
pub struct NativeLayout {
    pub name: &'static str,
    /// Bytes of the fixed part, header included; a multiple of 8.
    pub size: usize,
    /// Reference slots right after the header.
    pub slots: usize,
    pub wraps: Wraps,
    /// Visits references beyond the slots.
    pub trace: Option<fn(NonNull<Header>, &mut Visitor<'_>)>,
    /// Releases native memory when the object dies.
    pub drop: Option<fn(NonNull<Header>)>,
}

/// A Rust struct that is a kind of heap object.
///
/// # Safety
/// The struct is as `HeapObject` demands, and its `NativeLayout` describes it truly.
pub unsafe trait Native: HeapObject {
    /// For static tables (`ClassSpec`).
    const LAYOUT: &'static NativeLayout;
    #[inline(always)]
    fn layout() -> &'static NativeLayout {
        Self::LAYOUT
    }
}

/// Makes `#[repr(C)]` structs kinds of heap objects: `native_object!(Deque, "deque", slots = 2);`
/// With native memory: `native_object!(Regex, "Pattern", slots = 3, trace = f, drop = g);`
#[macro_export]
macro_rules! native_object {
    ($t:ty, $name:literal, slots = $slots:expr) => {
        $crate::native_object!(@ $t, $name, $slots, $crate::object::Wraps::Nothing, None, None);
    };
    ($t:ty, $name:literal, slots = $slots:expr, wraps = $w:ident) => {
        $crate::native_object!(@ $t, $name, $slots, $crate::object::Wraps::$w, None, None);
    };
    ($t:ty, $name:literal, slots = $slots:expr, drop = $drop:expr) => {
        $crate::native_object!(
            @ $t, $name, $slots, $crate::object::Wraps::Nothing, None, Some($drop)
        );
    };
    ($t:ty, $name:literal, slots = $slots:expr, trace = $trace:expr, drop = $drop:expr) => {
        $crate::native_object!(
            @ $t, $name, $slots, $crate::object::Wraps::Nothing, Some($trace), Some($drop)
        );
    };
    (@ $t:ty, $name:literal, $slots:expr, $w:expr, $trace:expr, $drop:expr) => {
        // SAFETY: the struct is `repr(C)` with its header first and `slots` reference fields next.
        unsafe impl $crate::HeapObject for $t {}
        // SAFETY: as above; the layout is computed from the struct itself.
        unsafe impl $crate::object::Native for $t {
            const LAYOUT: &'static $crate::object::NativeLayout = {
                static LAYOUT: $crate::object::NativeLayout = $crate::object::NativeLayout {
                    name: $name,
                    size: (core::mem::size_of::<$t>() + 7) & !7,
                    slots: $slots,
                    wraps: $w,
                    trace: $trace,
                    drop: $drop,
                };
                &LAYOUT
            };
        }
    };
}

/// A native implementation: one value per parameter of its signature.
pub type NativeFn = fn(&Vm, &[Value]) -> Res;

/// How a native function is bound when found in a class.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum DefKind {
    /// A function of a module.
    Function,
    /// Binds the instance as first argument.
    Method,
    /// Binds the class as first argument.
    Class,
    /// Binds nothing.
    Static,
}

/// One row of a method table.
pub struct NativeDef {
    pub name: &'static str,
    /// Signature as text, `self` (or the class) included for methods: `"(self, sep=None, /, maxsplit=-1)"`.
    pub signature: &'static str,
    pub function: NativeFn,
    pub kind: DefKind,
    pub doc: &'static str,
    /// An implementation for calls without keywords that takes the arguments as they come, for functions whose
    /// signature would cost a tuple on every call. It checks their number itself.
    pub direct: Option<NativeFn>,
    /// Says when calls from Python code are better run by the prelude.
    pub enter: Option<Enter>,
}

impl NativeDef {
    pub const fn method(
        name: &'static str,
        signature: &'static str,
        function: NativeFn,
        doc: &'static str,
    ) -> NativeDef {
        NativeDef {
            name,
            signature,
            function,
            kind: DefKind::Method,
            doc,
            direct: None,
            enter: None,
        }
    }
    pub const fn function(
        name: &'static str,
        signature: &'static str,
        function: NativeFn,
        doc: &'static str,
    ) -> NativeDef {
        NativeDef {
            name,
            signature,
            function,
            kind: DefKind::Function,
            doc,
            direct: None,
            enter: None,
        }
    }
    pub const fn class_method(
        name: &'static str,
        signature: &'static str,
        function: NativeFn,
        doc: &'static str,
    ) -> NativeDef {
        NativeDef {
            name,
            signature,
            function,
            kind: DefKind::Class,
            doc,
            direct: None,
            enter: None,
        }
    }
    /// The same function with an implementation for calls without keywords.
    pub const fn with_direct(mut self, direct: NativeFn) -> NativeDef {
        self.direct = Some(direct);
        self
    }
    /// The same function with a twin in the prelude.
    pub const fn with_enter(mut self, enter: Enter) -> NativeDef {
        self.enter = Some(enter);
        self
    }
    /// `__new__` and true static methods.
    pub const fn static_method(
        name: &'static str,
        signature: &'static str,
        function: NativeFn,
        doc: &'static str,
    ) -> NativeDef {
        NativeDef {
            name,
            signature,
            function,
            kind: DefKind::Static,
            doc,
            direct: None,
            enter: None,
        }
    }
}

/// A native function or unbound native method (CPython's `builtin_function_or_method`, `method_descriptor`,
/// `wrapper_descriptor`, by the class of its shape).
#[repr(C)]
pub struct NativeFunction {
    pub header: Header,
    /// Module name (str or None) of a module function.
    pub module: Slot,
    /// The class that defines a method, else UNBOUND.
    pub owner: Slot,
    pub def: &'static NativeDef,
    /// Parsed signature and fast-path facts.
    pub parsed: Cell<*const crate::protocol::Signature>,
    /// Number of positional parameters when all parameters are positional and required, else `u32::MAX`.
    pub exact: Cell<u32>,
}
native_object!(NativeFunction, "builtin_function_or_method", slots = 2);

/// A native method bound to its receiver.
#[repr(C)]
pub struct BoundNative {
    pub header: Header,
    pub function: Slot,
    pub receiver: Slot,
}
native_object!(BoundNative, "builtin_function_or_method", slots = 2);
