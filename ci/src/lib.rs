//! Tests, benchmarks and cross set-up of pyrs: the logic behind the scripts in `ci/`.
//!
//! Scripts find the checkout and call this crate; everything longer than a few lines is here, where it has types
//! and tests. It depends on nothing that it checks. Start reading at `stages` (what `ci/test` does),
//! `matrix` (the CPUs) and `lang` (Python programs as tests).

/// Prints a line; see [`say`].
macro_rules! say {
    ($($text:tt)*) => { $crate::say(format_args!($($text)*)) };
}

pub mod bench;
pub mod conformance;
pub mod cross;
pub mod diff;
pub mod expected;
pub mod fuzz;
pub mod house;
pub mod interpreter;
pub mod lang;
pub mod layers;
pub mod matrix;
pub mod process;
pub mod source;
pub mod stages;
pub mod tidy;

use std::io::Write;

/// Prints a line. Whoever reads may stop reading (`| head`): then there is nobody left to work for.
fn say(text: std::fmt::Arguments<'_>) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(1);
    }
}
