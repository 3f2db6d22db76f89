//! pyrs-x86-64
