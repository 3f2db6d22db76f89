//! Code blocks as handles: shared, and read from the embedded library only when someone looks inside.
//!
//! Most functions of an imported module are never called. A nested block of the library is therefore kept as the
//! bytes it is stored in, with a [`Head`] of what making a function object needs; its [`CodeData`] appears with the
//! first use of the handle as `&CodeData`. Blocks from elsewhere are complete from the start.

use crate::CodeData;
use crate::pyc::Source;
use std::cell::OnceCell;
use std::ops::Deref;
use std::rc::Rc;

/// A shared code block.
#[derive(Clone)]
pub struct SharedCode(Rc<Shared>);

struct Shared {
    data: OnceCell<CodeData>,
    source: Option<Source>,
}

/// What is known of a block without reading it whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'a> {
    pub name: &'a str,
    pub qualname: &'a str,
    pub filename: &'a str,
    pub first_line: u32,
    pub flags: u32,
    pub arg_count: u32,
    pub posonly_count: u32,
    pub kwonly_count: u32,
    pub register_count: u32,
    pub constant_count: u32,
}

impl SharedCode {
    /// A block of the library, unread.
    pub(crate) fn unread(source: Source) -> SharedCode {
        SharedCode(Rc::new(Shared { data: OnceCell::new(), source: Some(source) }))
    }
    /// The block's head.
    pub fn head(&self) -> Head<'_> {
        match (&self.0.source, self.0.data.get()) {
            (Some(source), None) => source.head(),
            _ => Head::of(self),
        }
    }
}

impl<'a> Head<'a> {
    fn of(d: &'a CodeData) -> Head<'a> {
        Head {
            name: &d.name,
            qualname: &d.qualname,
            filename: &d.filename,
            first_line: d.first_line,
            flags: d.flags,
            arg_count: d.arg_count,
            posonly_count: d.posonly_count,
            kwonly_count: d.kwonly_count,
            register_count: d.register_count,
            constant_count: d.consts.len() as u32,
        }
    }
    /// All parameters, starred ones included: the registers a caller fills.
    pub fn parameter_count(&self) -> u32 {
        let has = |flag: u32| u32::from(self.flags & flag != 0);
        self.arg_count
            + self.kwonly_count
            + has(crate::flags::VARARGS)
            + has(crate::flags::VARKEYWORDS)
    }
}

impl From<CodeData> for SharedCode {
    fn from(data: CodeData) -> SharedCode {
        SharedCode(Rc::new(Shared { data: OnceCell::from(data), source: None }))
    }
}

impl Deref for SharedCode {
    type Target = CodeData;
    fn deref(&self) -> &CodeData {
        self.0.data.get_or_init(|| match &self.0.source {
            Some(source) => source.read(),
            None => unreachable!("a block has data or a source"),
        })
    }
}

impl PartialEq for SharedCode {
    fn eq(&self, other: &SharedCode) -> bool {
        Rc::ptr_eq(&self.0, &other.0) || **self == **other
    }
}

impl std::fmt::Debug for SharedCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(out)
    }
}
