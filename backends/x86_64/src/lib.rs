//! x86-64 and IA-32 from one encoder: long mode with its sixteen registers, legacy mode with
//! eight and SSE2. Everything here is bytes and runs on any host.

#![forbid(unsafe_code)]

pub mod cons;
pub mod emit;
pub mod enc;
pub mod stubs;

pub use enc::feature::Features;
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::{Backend, Emitted, FrameLayout, Job, SPILLS, Stubs};
use pyrs_ir::ra::RegFile;
use pyrs_ir::schema::Layout;
use pyrs_ir::types::{Endian, Target};

/// The back end of one mode.
#[derive(Clone, Debug)]
pub struct X86 {
    /// Long mode (x86-64), else legacy mode (IA-32).
    pub long: bool,
    /// CPU features to use.
    pub features: Features,
    regs: RegFile,
}

impl X86 {
    /// x86-64 under the System V convention.
    pub fn x86_64(features: Features) -> X86 {
        X86 { long: true, features, regs: cons::registers(true) }
    }

    /// IA-32 with SSE2 under the System V convention.
    pub fn ia32(features: Features) -> X86 {
        X86 { long: false, features, regs: cons::registers(false) }
    }
}

/// Bytes of outgoing arguments at the bottom of the frame.
const OUT: u32 = 64;

impl Backend for X86 {
    fn name(&self) -> &'static str {
        if self.long { "x86_64" } else { "ia32" }
    }

    fn target(&self) -> Target {
        Target { word: self.word(), endian: Endian::Little }
    }

    fn frame(&self) -> FrameLayout {
        let (ints, floats) = (OUT, OUT + 16 * 8);
        let spills = floats + 16 * 8;
        FrameLayout { ints, floats, spills, size: spills + SPILLS * 8 }
    }

    fn stubs(&self, layout: &Layout, buf: &mut CodeBuf) -> Stubs {
        stubs::stubs(self, layout, buf)
    }

    fn emit(&self, job: &Job<'_>, buf: &mut CodeBuf) -> Result<Emitted, String> {
        emit::emit(self, job, buf)
    }

    fn link(&self, stub: u64, exit: u32, to: Option<u64>) -> Result<Vec<u8>, String> {
        Ok(stubs::link(stub, exit, to))
    }

    fn clobber(&self, inner: u64, float_result: bool, buf: &mut CodeBuf) -> u64 {
        stubs::clobber(self, inner, float_result, buf)
    }

    fn needs_flush(&self) -> bool {
        false
    }
}
