//! kind: table
//!
//! Python exceptions as Rust errors: `Res<T>` is `Ok` or [`Raised`], and the exception itself waits in
//! `Vm::pending`. The table of built-in exception classes stands here too.
//!
//! Invariant: whoever makes a `Raised` has set `Vm::pending`; whoever swallows one takes it out with
//! `Vm::take_exception`.

use crate::object::{Class, Exception};
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

/// Proof that an exception is pending.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Raised(pub(crate) ());

/// The result of anything that may raise.
pub type Res<T = Value> = Result<T, Raised>;

macro_rules! exceptions {
    ($($field:ident = $name:literal : $base:literal [$($slot:literal),*];)*) => {
        /// The built-in exception classes.
        #[derive(Clone, Copy)]
        pub struct ExceptionClasses { $(pub $field: Gc<Class>,)* }

        /// Name, base and native fields of every built-in exception, bases first.
        pub const EXCEPTION_TABLE: &[(&str, &str, &[&str])] = &[$(($name, $base, &[$($slot),*]),)*];

        impl ExceptionClasses {
            /// `make` is called once per row in table order.
            pub(crate) fn new(mut make: impl FnMut(&'static str, &'static str, &'static [&'static str]) -> Gc<Class>) -> Self {
                ExceptionClasses { $($field: make($name, $base, &[$($slot),*]),)* }
            }
            /// Class by Python name.
            pub fn by_name(&self, name: &str) -> Option<Gc<Class>> {
                match name { $($name => Some(self.$field),)* _ => None }
            }
        }
    };
}

exceptions! {
    base_exception = "BaseException": "object" [];
    exception = "Exception": "BaseException" [];
    base_exception_group = "BaseExceptionGroup": "BaseException" ["message", "exceptions", "__exceptions_text"];
    exception_group = "ExceptionGroup": "BaseExceptionGroup" [];
    generator_exit = "GeneratorExit": "BaseException" [];
    keyboard_interrupt = "KeyboardInterrupt": "BaseException" [];
    system_exit = "SystemExit": "BaseException" ["code"];
    arithmetic_error = "ArithmeticError": "Exception" [];
    floating_point_error = "FloatingPointError": "ArithmeticError" [];
    overflow_error = "OverflowError": "ArithmeticError" [];
    zero_division_error = "ZeroDivisionError": "ArithmeticError" [];
    assertion_error = "AssertionError": "Exception" [];
    attribute_error = "AttributeError": "Exception" ["name", "obj"];
    buffer_error = "BufferError": "Exception" [];
    eof_error = "EOFError": "Exception" [];
    import_error = "ImportError": "Exception" ["msg", "name", "path", "name_from"];
    module_not_found_error = "ModuleNotFoundError": "ImportError" [];
    lookup_error = "LookupError": "Exception" [];
    index_error = "IndexError": "LookupError" [];
    key_error = "KeyError": "LookupError" [];
    memory_error = "MemoryError": "Exception" [];
    name_error = "NameError": "Exception" ["name"];
    unbound_local_error = "UnboundLocalError": "NameError" [];
    os_error = "OSError": "Exception" ["errno", "strerror", "filename", "filename2", "characters_written"];
    blocking_io_error = "BlockingIOError": "OSError" [];
    child_process_error = "ChildProcessError": "OSError" [];
    connection_error = "ConnectionError": "OSError" [];
    broken_pipe_error = "BrokenPipeError": "ConnectionError" [];
    connection_aborted_error = "ConnectionAbortedError": "ConnectionError" [];
    connection_refused_error = "ConnectionRefusedError": "ConnectionError" [];
    connection_reset_error = "ConnectionResetError": "ConnectionError" [];
    file_exists_error = "FileExistsError": "OSError" [];
    file_not_found_error = "FileNotFoundError": "OSError" [];
    interrupted_error = "InterruptedError": "OSError" [];
    is_a_directory_error = "IsADirectoryError": "OSError" [];
    not_a_directory_error = "NotADirectoryError": "OSError" [];
    permission_error = "PermissionError": "OSError" [];
    process_lookup_error = "ProcessLookupError": "OSError" [];
    timeout_error = "TimeoutError": "OSError" [];
    reference_error = "ReferenceError": "Exception" [];
    runtime_error = "RuntimeError": "Exception" [];
    not_implemented_error = "NotImplementedError": "RuntimeError" [];
    python_finalization_error = "PythonFinalizationError": "RuntimeError" [];
    recursion_error = "RecursionError": "RuntimeError" [];
    stop_async_iteration = "StopAsyncIteration": "Exception" [];
    stop_iteration = "StopIteration": "Exception" ["value"];
    syntax_error = "SyntaxError": "Exception" ["msg", "filename", "lineno", "offset", "text", "end_lineno", "end_offset", "print_file_and_line", "_metadata"];
    incomplete_input_error = "_IncompleteInputError": "SyntaxError" [];
    indentation_error = "IndentationError": "SyntaxError" [];
    tab_error = "TabError": "IndentationError" [];
    system_error = "SystemError": "Exception" [];
    type_error = "TypeError": "Exception" [];
    value_error = "ValueError": "Exception" [];
    unicode_error = "UnicodeError": "ValueError" [];
    unicode_decode_error = "UnicodeDecodeError": "UnicodeError" ["encoding", "object", "start", "end", "reason"];
    unicode_encode_error = "UnicodeEncodeError": "UnicodeError" ["encoding", "object", "start", "end", "reason"];
    unicode_translate_error = "UnicodeTranslateError": "UnicodeError" ["encoding", "object", "start", "end", "reason"];
    warning = "Warning": "Exception" [];
    bytes_warning = "BytesWarning": "Warning" [];
    deprecation_warning = "DeprecationWarning": "Warning" [];
    encoding_warning = "EncodingWarning": "Warning" [];
    future_warning = "FutureWarning": "Warning" [];
    import_warning = "ImportWarning": "Warning" [];
    pending_deprecation_warning = "PendingDeprecationWarning": "Warning" [];
    resource_warning = "ResourceWarning": "Warning" [];
    runtime_warning = "RuntimeWarning": "Warning" [];
    syntax_warning = "SyntaxWarning": "Warning" [];
    unicode_warning = "UnicodeWarning": "Warning" [];
    user_warning = "UserWarning": "Warning" [];
}

macro_rules! shorthands {
    ($($method:ident: $field:ident;)*) => {
        impl Vm {
            $(
                /// Raises the exception of that name with one string argument.
                #[cold]
                #[inline(never)]
                pub fn $method(&self, message: impl AsRef<str>) -> Raised {
                    self.raise_text(self.exc().$field, message.as_ref())
                }
            )*
        }
    };
}

shorthands! {
    type_error: type_error;
    value_error: value_error;
    index_error: index_error;
    overflow_error: overflow_error;
    zero_division_error: zero_division_error;
    runtime_error: runtime_error;
    system_error: system_error;
    buffer_error: buffer_error;
    reference_error: reference_error;
    eof_error: eof_error;
    recursion_error: recursion_error;
    not_implemented_error: not_implemented_error;
    lookup_error: lookup_error;
}

impl Vm {
    /// Raises `class(message)`.
    #[cold]
    #[inline(never)]
    pub fn raise_text(&self, class: Gc<Class>, message: &str) -> Raised {
        match self.new_str(message) {
            Ok(m) => self.raise_with(class, &[m.value()]),
            Err(r) => r,
        }
    }
    /// Raises `class(*args)`, made natively: `__init__` of Python subclasses does not run.
    #[cold]
    #[inline(never)]
    pub fn raise_with(&self, class: Gc<Class>, args: &[Value]) -> Raised {
        match self.new_exception(class, args) {
            Ok(e) => self.raise(e),
            Err(r) => r,
        }
    }
    /// Raises an exception object.
    #[cold]
    pub fn raise(&self, e: Gc<Exception>) -> Raised {
        self.link_context(e);
        self.raise_again(e)
    }
    /// Raises as it is: no new context.
    pub fn raise_again(&self, e: Gc<Exception>) -> Raised {
        self.pending.set(e.value());
        Raised(())
    }
    /// Takes the pending exception.
    pub fn take_exception(&self, _proof: Raised) -> Gc<Exception> {
        let v = self.pending.replace(Value::NONE);
        debug_assert!(v.is_object(), "Raised without a pending exception");
        // SAFETY: only `raise_again` and `memory_error` set `pending`, to an exception.
        unsafe { Gc::from_value(v) }
    }
    /// Whether the pending exception is an instance of `class`.
    pub fn pending_is(&self, _proof: Raised, class: Gc<Class>) -> bool {
        self.is_instance_exact(self.pending.get(), class)
    }
    /// Swallows the pending exception if it is an instance of `class`, else passes it on.
    pub fn catch<T>(&self, result: Res<T>, class: Gc<Class>) -> Res<Option<T>> {
        match result {
            Ok(v) => Ok(Some(v)),
            Err(r) if self.pending_is(r, class) => {
                self.take_exception(r);
                Ok(None)
            }
            Err(r) => Err(r),
        }
    }
    /// MemoryError, from an object made at start (making one may be impossible now).
    #[cold]
    pub fn memory_error(&self) -> Raised {
        self.pending.set(self.spare_memory_error.get());
        Raised(())
    }
    /// `__context__` of a new exception is the one being handled, unless it is the same; cycles are cut as
    /// CPython cuts them.
    fn link_context(&self, e: Gc<Exception>) {
        let handled = self.handled.get();
        if handled.is_none() || handled == e.value() || !handled.is_object() {
            return;
        }
        let mut v = handled;
        let mut slow = handled;
        let mut step = false;
        while v.is_object() {
            // SAFETY: context chains hold exceptions only.
            let x: Gc<Exception> = unsafe { Gc::from_value(v) };
            let next = x.context.get();
            if next == e.value() {
                x.context.set(&self.heap, x, Value::NONE);
                break;
            }
            v = next;
            if v == slow {
                break;
            }
            if step && slow.is_object() {
                // SAFETY: as above.
                slow = unsafe { Gc::<Exception>::from_value(slow) }.context.get();
            }
            step = !step;
        }
        e.context.set(&self.heap, e, handled);
    }
}
