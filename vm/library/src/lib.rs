//! The standard library's Python part, embedded: bytecode and sources by module name.
//!
//! The pack is made by `build.rs` (its format is told there) and lies in the binary's read-only data; nothing is
//! inflated before it is asked for. The sources are CPython 3.14's, under the PSF licence.

#![forbid(unsafe_code)]

use std::borrow::Cow;

static PACK: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/library.pack"));

const ROW: usize = 36;
const PACKAGE: u32 = 1;
const COMPRESSED: u32 = 2;

/// One module of the library.
#[derive(Clone, Copy)]
pub struct Module {
    row: usize,
}

fn number(at: usize) -> usize {
    match PACK.get(at..at + 4) {
        Some(b) => u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize,
        None => 0,
    }
}

/// The prelude's bytecode (`prelude/prelude.py`).
pub fn prelude() -> &'static [u8] {
    include_bytes!(concat!(env!("OUT_DIR"), "/prelude.pyc"))
}
/// How many modules there are.
pub fn count() -> usize {
    number(0)
}
/// The module at `i`, which is below `count()`; modules are ordered by name.
pub fn at(i: usize) -> Module {
    Module { row: 4 + i * ROW }
}
/// The module of that dotted name.
pub fn find(name: &str) -> Option<Module> {
    let (mut low, mut high) = (0, count());
    while low < high {
        let middle = (low + high) / 2;
        match at(middle).name().cmp(name) {
            std::cmp::Ordering::Equal => return Some(at(middle)),
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
        }
    }
    None
}

impl Module {
    /// The dotted name.
    pub fn name(self) -> &'static str {
        let (at, len) = (number(self.row), number(self.row + 4));
        PACK.get(at..at + len).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("")
    }
    /// The module is a package's `__init__`.
    pub fn is_package(self) -> bool {
        number(self.row + 8) as u32 & PACKAGE != 0
    }
    /// The serialised bytecode (`pyrs_bytecode::pyc`).
    pub fn code(self) -> Cow<'static, [u8]> {
        let compressed = number(self.row + 8) as u32 & COMPRESSED != 0;
        self.part(self.row + 12, compressed)
    }
    /// The source file's bytes.
    pub fn source(self) -> Cow<'static, [u8]> {
        self.part(self.row + 24, true)
    }
    fn part(self, at: usize, compressed: bool) -> Cow<'static, [u8]> {
        let (start, stored, full) = (number(at), number(at + 4), number(at + 8));
        let bytes = PACK.get(start..start + stored).unwrap_or(&[]);
        if !compressed {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(full);
        let mut inflater = flate2::Decompress::new(false);
        let done = inflater.decompress_vec(bytes, &mut out, flate2::FlushDecompress::Finish);
        debug_assert!(done.is_ok() && out.len() == full, "the pack is what build.rs wrote");
        Cow::Owned(out)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_module_can_be_found_and_read() {
        assert!(super::count() > 400);
        for i in 0..super::count() {
            let m = super::at(i);
            assert!(super::find(m.name()).is_some_and(|f| f.row == m.row));
            assert!(!m.code().is_empty());
        }
        let os = super::find("os").expect("os is there");
        assert!(!os.is_package());
        assert!(os.source().starts_with(b"r\"\"\"OS routines"));
        assert!(super::find("json").is_some_and(|m| m.is_package()));
    }
}
