//! AArch64 (ARMv8.0 and later) under the AAPCS64 convention. Everything here is bytes and runs
//! on any host.

#![forbid(unsafe_code)]

pub mod cons;
pub mod emit;
pub mod enc;
pub mod stubs;

use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::{Backend, Emitted, FrameLayout, Job, SPILLS, Stubs};
use pyrs_ir::ra::RegFile;
use pyrs_ir::schema::Layout;
use pyrs_ir::types::Target;

/// The back end.
#[derive(Clone, Debug)]
pub struct Aarch64 {
    regs: RegFile,
}

impl Default for Aarch64 {
    fn default() -> Aarch64 {
        Aarch64 { regs: cons::registers() }
    }
}

/// Bytes of outgoing arguments at the bottom of the frame.
const OUT: u32 = 64;

impl Backend for Aarch64 {
    fn name(&self) -> &'static str {
        "aarch64"
    }

    fn target(&self) -> Target {
        Target::LE64
    }

    fn frame(&self) -> FrameLayout {
        let (ints, floats) = (OUT, OUT + 32 * 8);
        let spills = floats + 32 * 8;
        FrameLayout { ints, floats, spills, size: spills + SPILLS * 8 }
    }

    fn stubs(&self, layout: &Layout, buf: &mut CodeBuf) -> Stubs {
        stubs::stubs(self, layout, buf)
    }

    fn emit(&self, job: &Job<'_>, buf: &mut CodeBuf) -> Result<Emitted, String> {
        emit::emit(self, job, buf)
    }

    fn link(&self, stub: u64, exit: u32, to: Option<u64>) -> Result<Vec<u8>, String> {
        stubs::link(stub, exit, to)
    }

    fn clobber(&self, inner: u64, float_result: bool, buf: &mut CodeBuf) -> u64 {
        stubs::clobber(inner, float_result, buf)
    }

    fn needs_flush(&self) -> bool {
        true
    }
}
