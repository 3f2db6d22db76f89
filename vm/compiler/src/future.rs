//! `from __future__ import ...`: which features a program asks for, and where that may stand.

use crate::error::{Result, error_at};
use pyrs_bytecode::flags;
use pyrs_syntax::ast::{Constant, ExprKind, Mod, Stmt, StmtKind};
use pyrs_syntax::{Names, Parsed};

/// Known features with their code flags (0: accepted, means nothing any more).
const FEATURES: &[(&str, u32)] = &[
    ("nested_scopes", 0),
    ("generators", 0),
    ("division", 0),
    ("absolute_import", 0),
    ("with_statement", 0),
    ("print_function", 0),
    ("unicode_literals", 0),
    ("barry_as_FLUFL", flags::FUTURE_BARRY_AS_BDFL),
    ("generator_stop", 0),
    ("annotations", flags::FUTURE_ANNOTATIONS),
];

/// All flags that a program or a caller of `compile` can ask for.
pub(crate) const MASK: u32 = flags::FUTURE_DIVISION
    | flags::FUTURE_ABSOLUTE_IMPORT
    | flags::FUTURE_WITH_STATEMENT
    | flags::FUTURE_PRINT_FUNCTION
    | flags::FUTURE_UNICODE_LITERALS
    | flags::FUTURE_BARRY_AS_BDFL
    | flags::FUTURE_GENERATOR_STOP
    | flags::FUTURE_ANNOTATIONS;

/// The flags that the program's own future imports set. Future imports elsewhere than at the beginning are
/// refused when the statement is compiled, with the help of [`Futures::last`].
pub(crate) struct Futures {
    pub(crate) flags: u32,
    /// Offset behind the last statement among which future imports may stand.
    pub(crate) last: u32,
}

/// Whether `s` is `from __future__ import ...`.
pub(crate) fn is_future(s: &Stmt, names: &Names) -> bool {
    match &s.kind {
        StmtKind::ImportFrom { module: Some(module), level: 0, .. } => {
            names.text(*module) == "__future__"
        }
        _ => false,
    }
}

/// Reads the future imports at the beginning of a program.
pub(crate) fn futures(parsed: &Parsed) -> Result<Futures> {
    let mut result = Futures { flags: 0, last: 0 };
    let (Mod::Module { body } | Mod::Interactive { body }) = &parsed.module else {
        return Ok(result);
    };
    for (i, s) in body.iter().enumerate() {
        if is_future(s, &parsed.names) {
            result.flags |= features(parsed, s)?;
            result.last = s.span.end;
        } else if !(i == 0 && is_docstring(s)) {
            break;
        }
    }
    Ok(result)
}

fn is_docstring(s: &Stmt) -> bool {
    match &s.kind {
        StmtKind::Expr { value } => {
            matches!(&value.kind, ExprKind::Constant { value: Constant::Str(_), .. })
        }
        _ => false,
    }
}

fn features(parsed: &Parsed, s: &Stmt) -> Result<u32> {
    let StmtKind::ImportFrom { names, .. } = &s.kind else { return Ok(0) };
    let mut flags = 0;
    for alias in names {
        let text = parsed.names.text(alias.name);
        match FEATURES.iter().find(|(name, _)| *name == text) {
            Some((_, flag)) => flags |= flag,
            None if text == "braces" => return Err(error_at(parsed, alias.span, "not a chance")),
            None => {
                let message = format!("future feature {text} is not defined");
                return Err(error_at(parsed, alias.span, message));
            }
        }
    }
    Ok(flags)
}
