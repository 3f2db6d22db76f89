//! What differs between CPUs: making caches agree, and the bytes of the self-test.

/// Whether this CPU is supported.
pub const SUPPORTED: bool =
    cfg!(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"));

/// Makes instruction fetches see the bytes of a range.
///
/// # Safety
/// The range must be mapped and readable.
pub unsafe fn range(at: *const u8, len: usize) {
    #[cfg(target_arch = "aarch64")]
    {
        use std::arch::asm;
        let (mut ctr, end): (u64, u64) = (0, at as u64 + len as u64);
        // SAFETY: reads a register that Linux lets programs read.
        unsafe { asm!("mrs {}, ctr_el0", out(reg) ctr, options(nomem, nostack)) };
        let (data, code) = (4u64 << (ctr >> 16 & 15), 4u64 << (ctr & 15));
        let mut p = at as u64 & !(data - 1);
        while p < end {
            // SAFETY: cleans a cache line of mapped memory.
            unsafe { asm!("dc cvau, {}", in(reg) p, options(nostack)) };
            p += data;
        }
        // SAFETY: barriers have no operands.
        unsafe { asm!("dsb ish", options(nostack)) };
        let mut p = at as u64 & !(code - 1);
        while p < end {
            // SAFETY: invalidates an instruction cache line of mapped memory.
            unsafe { asm!("ic ivau, {}", in(reg) p, options(nostack)) };
            p += code;
        }
        // SAFETY: barriers have no operands.
        unsafe { asm!("dsb ish", "isb", options(nostack)) };
    }
    #[cfg(not(target_arch = "aarch64"))]
    {
        // x86 keeps its caches coherent.
        let _ = (at, len);
    }
}

/// A C function without arguments that returns `n`.
pub fn returns(n: u8) -> Vec<u8> {
    if cfg!(target_arch = "aarch64") {
        // mov x0, #n; ret
        let words = [0xd280_0000 | (n as u32) << 5, 0xd65f_03c0];
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    } else {
        // mov eax, n; ret
        vec![0xb8, n, 0, 0, 0, 0xc3]
    }
}
