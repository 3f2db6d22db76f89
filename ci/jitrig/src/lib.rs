//! Runs traces as machine code on this CPU and compares with the evaluator. The tests in this
//! package are the same for every CPU: built for a foreign one they run under an emulator.
//!
//! [`native`] holds the functions that machine code calls, [`session`] one back end with its
//! arena, [`case`] the comparison of a random case in all its variants, [`file`] readable cases.

pub mod case;
pub mod file;
pub mod native;
pub mod session;

use pyrs_ir::backend::Backend;

/// Feature masks worth testing on this CPU: all, none and every other one, where there are any.
pub fn variants() -> &'static [u32] {
    match cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
        true => &[u32::MAX, 0, 0x5555_5555],
        false => &[u32::MAX],
    }
}

/// The back end of the CPU this was compiled for, with the features in `wanted` (a bit each, in
/// the order of the back end's list) that the CPU has. `None` where there is no back end.
pub fn host(wanted: u32) -> Option<Box<dyn Backend>> {
    let has = |bit: u32, there: bool| there && wanted >> bit & 1 != 0;
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    {
        let features = pyrs_x86_64::Features {
            sse41: has(0, std::is_x86_feature_detected!("sse4.1")),
            popcnt: has(1, std::is_x86_feature_detected!("popcnt")),
            lzcnt: has(2, std::is_x86_feature_detected!("lzcnt")),
            bmi1: has(3, std::is_x86_feature_detected!("bmi1")),
            bmi2: has(4, std::is_x86_feature_detected!("bmi2")),
        };
        let x = match cfg!(target_arch = "x86_64") {
            true => pyrs_x86_64::X86::x86_64(features),
            false => pyrs_x86_64::X86::ia32(features),
        };
        Some(Box::new(x))
    }
    #[cfg(target_arch = "aarch64")]
    {
        let _ = has;
        Some(Box::new(pyrs_aarch64::Aarch64::default()))
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64")))]
    {
        let _ = has;
        None
    }
}
