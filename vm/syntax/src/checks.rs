//! Checks of a finished tree: what CPython's compiler refuses although it parses, and what needs
//! no scopes to see.

use crate::ast::*;
use crate::names::Names;

/// What is wrong, and where.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) message: String,
    pub(crate) span: Span,
}

/// Checks a whole tree.
pub(crate) fn check(_module: &Mod, _names: &Names) -> Result<(), Problem> {
    Ok(())
}
