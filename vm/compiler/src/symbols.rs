//! Symbol tables as data, for the module `symtable`: which blocks a program has and how each uses its names.
//!
//! The numbers are those of CPython's `_symtable` module.

use crate::names::{Known, NameTable};
use crate::scope::{self, Kind, Place, Scope};
use crate::{Options, future};
use pyrs_bytecode::flags;
use pyrs_syntax::{Parsed, SyntaxError};

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// 0 function, 1 class, 2 module, 3 annotation, 4 type alias, 5 type parameters, 6 type variable.
    pub kind: u8,
    pub name: String,
    /// Line of its first character, 0 for a module.
    pub line: u32,
    pub nested: bool,
    /// Indices of the blocks directly inside, in source order.
    pub children: Vec<usize>,
    /// Names (private ones mangled) with how they are used; [`SCOPE_OFFSET`] tells where the scope's bits begin.
    pub symbols: Vec<(String, u32)>,
    /// Parameters of a function.
    pub params: Vec<String>,
}

/// First bit of the scope in a symbol's flags: 1 local, 2 explicit global, 3 implicit global, 4 free, 5 cell.
pub const SCOPE_OFFSET: u32 = 12;

/// The blocks of a program; the first is the program itself.
///
/// # Errors
/// What is wrong with its scopes, as [`compile`](crate::compile) would say.
pub fn symbols(parsed: &Parsed, options: &Options) -> Result<Vec<Block>, SyntaxError> {
    let future = future::futures(parsed).map_err(|e| *e)?.flags | options.future;
    let mut names = NameTable::new(&parsed.names);
    let known = Known::new(&mut names);
    let annotations = future & flags::FUTURE_ANNOTATIONS != 0;
    let scopes = scope::build(parsed, &mut names, known, annotations, options.top_level_await)
        .map_err(|e| *e)?;
    Ok(scopes.list.iter().map(|s| block(parsed, &names, s)).collect())
}

fn block(parsed: &Parsed, names: &NameTable<'_>, s: &Scope) -> Block {
    let kind = match s.kind {
        Kind::Function => 0,
        Kind::Class => 1,
        Kind::Module => 2,
        Kind::Annotation => 3,
        Kind::TypeAlias => 4,
        Kind::TypeParams => 5,
        Kind::TypeVariable => 6,
    };
    let scope = |p: Place| match p {
        Place::Unknown => 0,
        Place::Local => 1,
        Place::GlobalExplicit => 2,
        Place::GlobalImplicit => 3,
        Place::Free => 4,
        Place::Cell => 5,
    };
    let text = |symbol| names.text(symbol).to_owned();
    Block {
        kind,
        name: text(s.name),
        line: if s.kind == Kind::Module { 0 } else { parsed.lines.place(s.span.start).line },
        nested: s.nested,
        children: s.children.iter().map(|c| c.0 as usize).collect(),
        symbols: s
            .symbols
            .iter()
            .map(|i| (text(i.symbol), i.flags | scope(i.place) << SCOPE_OFFSET))
            .collect(),
        params: s.params.iter().map(|&p| text(p)).collect(),
    }
}
