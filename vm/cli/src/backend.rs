//! The back end of the CPU that runs this program: the one place of the program that knows which CPUs there are.

use pyrs_ir::backend::Backend;

/// The back end, if there is one for this CPU.
pub fn of_this_cpu() -> Option<Box<dyn Backend>> {
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    {
        let features = pyrs_x86_64::Features {
            sse41: std::arch::is_x86_feature_detected!("sse4.1"),
            popcnt: std::arch::is_x86_feature_detected!("popcnt"),
            lzcnt: std::arch::is_x86_feature_detected!("lzcnt"),
            bmi1: std::arch::is_x86_feature_detected!("bmi1"),
            bmi2: std::arch::is_x86_feature_detected!("bmi2"),
        };
        Some(match cfg!(target_arch = "x86_64") {
            true => Box::new(pyrs_x86_64::X86::x86_64(features)),
            false => Box::new(pyrs_x86_64::X86::ia32(features)),
        })
    }
    #[cfg(target_arch = "aarch64")]
    {
        Some(Box::new(pyrs_aarch64::Aarch64::default()))
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
    None
}
