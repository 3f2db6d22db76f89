//! pyrs-bytecode
