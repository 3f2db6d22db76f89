//! pyrs-aarch64
