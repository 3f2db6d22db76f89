//! pyrs-regex
