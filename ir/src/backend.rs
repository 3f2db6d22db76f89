//! What a CPU's back end provides. A back end is a value that turns lists into bytes on any
//! host; only calling the bytes and flushing caches needs the CPU (see the crate for code
//! memory).
//!
//! **Frame.** While machine code runs, the stack pointer is fixed. From it upwards lie: outgoing
//! arguments, the place where the exit handler saves all registers, the spill cells, and what
//! the entry trampoline saved for its caller. [`FrameLayout`] gives the offsets; whoever handles
//! an exit reads registers and spill cells with [`FrameLayout::read`].
//!
//! **Exits.** Each exit has a stub behind the code. A stub tells the exit handler the exit's
//! number; linking a bridge overwrites the stub's first instruction with a jump to it.

use crate::asm::CodeBuf;
use crate::ra::{Allocated, Loc, Machine};
use crate::schema::{Layout, Schema};
use crate::trace::{Ref, Trace};
use crate::types::{Endian, Target, Ty};

/// Number of spill cells in the frame.
pub const SPILLS: u32 = 256;

/// Where things lie in the frame, in bytes from the stack pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameLayout {
    /// General register 0; the others follow, eight bytes each.
    pub ints: u32,
    /// Floating-point register 0.
    pub floats: u32,
    /// Spill cell 0.
    pub spills: u32,
    /// Number of bytes from the stack pointer to the end of the spill cells.
    pub size: u32,
}

impl FrameLayout {
    /// Reads a place from the frame's bytes, in canonical form for its type.
    pub fn read(&self, frame: &[u8], target: Target, loc: Loc, ty: Ty) -> Option<u64> {
        let at = match loc {
            Loc::Reg(r) if r < 32 => self.ints + 8 * r as u32,
            Loc::Reg(r) => self.floats + 8 * (r as u32 - 32),
            Loc::Spill(s) => self.spills + 8 * s,
            _ => return None,
        } as usize;
        let n = if ty == Ty::F { 8 } else { target.word.bytes() as usize };
        let bytes = frame.get(at..at + n)?;
        let fold = |x: u64, b: &u8| x << 8 | *b as u64;
        let raw = match target.endian {
            Endian::Little => bytes.iter().rev().fold(0, fold),
            Endian::Big => bytes.iter().fold(0, fold),
        };
        Some(if ty == Ty::F { raw } else { target.word.norm(raw as i64) as u64 })
    }

    /// The values of an exit from the frame's bytes, in the order of [`Trace::snap_values`].
    pub fn exit_values(
        &self,
        frame: &[u8],
        trace: &Trace,
        allocated: &Allocated,
        exit: usize,
    ) -> Option<(Vec<Ref>, Vec<u64>)> {
        let refs = trace.snap_values(allocated.exits.get(exit)?.snap as usize);
        let locs = allocated.exit_locs(exit);
        let read = |(&r, &l): (&Ref, &Loc)| self.read(frame, trace.target, l, trace.ty(r)?);
        let values = refs.iter().zip(locs).map(read).collect::<Option<Vec<u64>>>()?;
        Some((refs, values))
    }
}

/// Addresses of the code that all traces share.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Stubs {
    /// Entry trampoline, a C function `(context, code, inputs, number of inputs) -> word`. It
    /// copies eight bytes an input to the spill cells and jumps to `code`; it returns what the
    /// exit function returns.
    pub enter: u64,
    /// Exit handler.
    pub exit: u64,
    /// Allocation when the area is full; preserves all registers.
    pub alloc: u64,
    /// Reporting half of the write barrier; preserves all registers.
    pub barrier: u64,
}

/// A trace to be emitted.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The lowered trace.
    pub trace: &'a Trace,
    /// Its schema.
    pub schema: &'a Schema,
    /// Its allocation.
    pub allocated: &'a Allocated,
    /// Offsets in the context block.
    pub layout: &'a Layout,
    /// The shared code.
    pub stubs: &'a Stubs,
    /// Number of the trace's first exit among all exits; the exit function gets this plus the
    /// exit's index.
    pub first_exit: u32,
    /// Addresses of the entries of the traces that links name.
    pub targets: &'a [u64],
    /// Test knob: this instruction always leaves.
    pub force: Option<usize>,
    /// Test knob: bytes of padding between exit stubs.
    pub padding: u32,
}

/// What emitting a trace gave, as addresses.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Emitted {
    /// Where the trampoline jumps to.
    pub start: u64,
    /// Where links from other traces arrive.
    pub entry: u64,
    /// The loop header.
    pub loop_head: u64,
    /// Each exit's stub.
    pub exits: Vec<u64>,
}

/// A CPU.
pub trait Backend: Machine {
    /// Name for messages and command lines.
    fn name(&self) -> &'static str;
    /// Word size and byte order.
    fn target(&self) -> Target;
    /// The frame.
    fn frame(&self) -> FrameLayout;
    /// Writes the shared code; `buf` is empty.
    fn stubs(&self, layout: &Layout, buf: &mut CodeBuf) -> Stubs;
    /// Writes a trace; `buf` is empty. Refuses what does not fit the frame or a branch.
    fn emit(&self, job: &Job<'_>, buf: &mut CodeBuf) -> Result<Emitted, String>;
    /// Bytes to write at an exit stub at address `stub` so that it continues at `to`; `None`
    /// restores the stub of exit number `exit`.
    fn link(&self, stub: u64, exit: u32, to: Option<u64>) -> Result<Vec<u8>, String>;
    /// A function that calls the function at `inner` with the same arguments, then overwrites
    /// every register that a function may change; tests call all helpers through it.
    fn clobber(&self, inner: u64, float_result: bool, buf: &mut CodeBuf) -> u64;
    /// Whether instruction and data caches must be made to agree after writing code.
    fn needs_flush(&self) -> bool;
}
