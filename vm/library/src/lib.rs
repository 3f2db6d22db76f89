//! pyrs-library
