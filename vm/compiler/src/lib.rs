//! pyrs-compiler
