//! pyrs-ci
