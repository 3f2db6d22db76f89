//! Register bytecode as data: the opcode table, instruction words, code blocks, and what can be derived from
//! them (disassembly, verification, the `.pyc` form). Bytecode is a table: this crate runs nothing.

#![forbid(unsafe_code)]

mod code;
mod dis;
mod effects;
mod insn;
mod liveness;
mod op;
pub mod pyc;
mod shared;
mod verify;

pub use code::{CodeData, Const, FloatBits, Handler, LocalKind, Position, flags};
pub use dis::{disassemble, disassemble_at, loops};
pub use effects::{Effects, Run, effects, ends_path, instruction_starts};
pub use insn::Insn;
pub use liveness::{Assigned, Liveness};
pub use op::{Extra, Intrinsic1, Intrinsic2, Op, Role};
pub use shared::{Head, SharedCode};
pub use verify::verify;

/// Words of a frame header, and so the distance from a call window to its first argument.
pub const FRAME_HEADER: usize = 4;
