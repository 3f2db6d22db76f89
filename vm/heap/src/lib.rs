//! pyrs-heap
