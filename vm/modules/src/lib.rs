//! pyrs-modules
