//! pyrs-core
