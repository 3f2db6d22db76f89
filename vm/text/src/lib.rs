//! pyrs-text
