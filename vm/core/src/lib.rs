//! The core of pyrs: objects, classes, attribute and operator protocols, the interpreter.
//!
//! Rooms: `object` (layouts and primitive operations), `protocol` (what an operator or attribute access
//! means: dispatch over types), `runtime` (start-up, classes, exceptions and tracebacks, import), `interp` (frames
//! and the bytecode loop), `names` and `error` (tables). Methods that Python programs call on built-in types live
//! in the crates above this one.

pub mod error;
pub mod interp;
pub mod jit;
mod make;
pub mod names;
pub mod object;
pub mod protocol;
pub mod runtime;
pub mod vm;

pub use error::{Raised, Res};
pub use names::Special;
pub use object::{ClassSpec, GetSetDef, Native, NativeDef};
pub use pyrs_heap::{Gc, Header, HeapObject, Keep, ShapeId, Slot, Value, flag};
pub use vm::{Settings, Vm};
