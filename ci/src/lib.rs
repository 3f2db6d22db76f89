//! Tests, benchmarks and cross set-up of pyrs: the logic behind the scripts in `ci/`.
//!
//! Scripts find the checkout and call this crate; everything longer than a few lines is here, where it has types
//! and tests. It depends on nothing that it checks. Start reading at `stages` (what `ci/test` does),
//! `matrix` (the CPUs) and `lang` (Python programs as tests).

pub mod bench;
pub mod conformance;
pub mod cross;
pub mod diff;
pub mod house;
pub mod interpreter;
pub mod lang;
pub mod layers;
pub mod matrix;
pub mod process;
pub mod source;
pub mod stages;
pub mod tidy;
