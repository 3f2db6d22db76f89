//! pyrs-ir
