//! pyrs-syntax
