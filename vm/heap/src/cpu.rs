//! What differs between CPUs: where the callee-saved registers are, the stack pointer, cache hints.
//!
//! This is the only file of the crate with `cfg(target_arch)`. Guarantee: while `f` runs inside
//! [`with_registers_on_stack`], every word that callers held in callee-saved registers lies in memory between
//! the address given to `f` and the callers' frames. Caller-saved registers are in the callers' frames
//! already, because a call is in progress.

use core::arch::asm;

/// Room for the registers: six on x86-64, where entering the interpreter is measured; else for those of the CPU with
/// the most of them.
const REGISTERS: usize = if cfg!(target_arch = "x86_64") { 6 } else { 64 };

/// Spills all callee-saved registers, then calls `f` with the lowest address to scan.
///
/// The scan starts at the stack pointer of this function and not at the array: the prologue may have pushed
/// callers' registers below the array before it used them for itself.
#[inline(never)]
pub fn with_registers_on_stack<R>(f: impl FnOnce(*const usize) -> R) -> R {
    let mut registers = [0usize; REGISTERS];
    let sp = spill(&mut registers);
    let result = f(sp as *const usize);
    core::hint::black_box(&registers);
    result
}

#[inline(always)]
fn spill(registers: &mut [usize; REGISTERS]) -> usize {
    let at = registers.as_mut_ptr();
    let sp: usize;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: stores six registers into the array and reads the stack pointer.
    unsafe {
        asm!("mov [{0}], rbx", "mov [{0} + 8], rbp", "mov [{0} + 16], r12", "mov [{0} + 24], r13",
             "mov [{0} + 32], r14", "mov [{0} + 40], r15", "mov {1}, rsp",
             in(reg) at, lateout(reg) sp, options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "x86")]
    // SAFETY: stores four registers into the array and reads the stack pointer.
    unsafe {
        asm!("mov [{0}], ebx", "mov [{0} + 4], ebp", "mov [{0} + 8], esi", "mov [{0} + 12], edi",
             "mov {1}, esp", in(reg) at, lateout(reg) sp, options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: stores x19-x30 and d8-d15 into the array and reads the stack pointer.
    unsafe {
        asm!("stp x19, x20, [{0}]", "stp x21, x22, [{0}, #16]", "stp x23, x24, [{0}, #32]",
             "stp x25, x26, [{0}, #48]", "stp x27, x28, [{0}, #64]", "stp x29, x30, [{0}, #80]",
             "stp d8, d9, [{0}, #96]", "stp d10, d11, [{0}, #112]", "stp d12, d13, [{0}, #128]",
             "stp d14, d15, [{0}, #144]", "mov {1}, sp",
             in(reg) at, lateout(reg) sp, options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "arm")]
    // SAFETY: stores r4-r11 and d8-d15 into the array and reads the stack pointer.
    unsafe {
        asm!("stmia {0}, {{r4-r11}}", "add {1}, {0}, #32", "vstmia {1}, {{d8-d15}}", "mov {1}, sp",
             in(reg) at, out(reg) sp, options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "powerpc64")]
    // SAFETY: stores r14-r31 and f14-f31 into the array and reads the stack pointer.
    unsafe {
        asm!("std 14, 0({0})", "std 15, 8({0})", "std 16, 16({0})", "std 17, 24({0})",
             "std 18, 32({0})", "std 19, 40({0})", "std 20, 48({0})", "std 21, 56({0})",
             "std 22, 64({0})", "std 23, 72({0})", "std 24, 80({0})", "std 25, 88({0})",
             "std 26, 96({0})", "std 27, 104({0})", "std 28, 112({0})", "std 29, 120({0})",
             "std 30, 128({0})", "std 31, 136({0})", "stfd 14, 144({0})", "stfd 15, 152({0})",
             "stfd 16, 160({0})", "stfd 17, 168({0})", "stfd 18, 176({0})", "stfd 19, 184({0})",
             "stfd 20, 192({0})", "stfd 21, 200({0})", "stfd 22, 208({0})", "stfd 23, 216({0})",
             "stfd 24, 224({0})", "stfd 25, 232({0})", "stfd 26, 240({0})", "stfd 27, 248({0})",
             "stfd 28, 256({0})", "stfd 29, 264({0})", "stfd 30, 272({0})", "stfd 31, 280({0})",
             "mr {1}, 1", in(reg_nonzero) at, lateout(reg) sp, options(nostack, preserves_flags));
    }
    #[cfg(target_arch = "s390x")]
    // SAFETY: stores r6-r15 and f8-f15 into the array and reads the stack pointer.
    unsafe {
        asm!("stmg %r6, %r15, 0({0})", "std %f8, 80({0})", "std %f9, 88({0})", "std %f10, 96({0})",
             "std %f11, 104({0})", "std %f12, 112({0})", "std %f13, 120({0})",
             "std %f14, 128({0})", "std %f15, 136({0})", "lgr {1}, %r15",
             in(reg_addr) at, lateout(reg) sp, options(nostack, preserves_flags));
    }
    sp
}

/// Asks for the cache line of `address`; a hint without effect on meaning.
#[inline(always)]
pub(crate) fn prefetch(address: usize) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch never faults.
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(
            address as *const i8,
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: a prefetch never faults.
    unsafe {
        asm!("prfm pldl1keep, [{0}]", in(reg) address,
             options(readonly, nostack, preserves_flags));
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let _ = address;
}
