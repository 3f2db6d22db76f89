//! The compact form of code blocks in `.pyc` files and in the binary's own library.
//!
//! Layout: the tag [`MAGIC`], a version byte, the list of all texts, then one code block. Numbers are LEB128
//! varints (signed ones zigzag); instruction words are four bytes little-endian, because they are copied rather
//! than looked at. A text is its number in the list. A nested code block is preceded by its length, so that it can
//! be left unread ([`SharedCode`]). Positions are deltas against the one before.
//!
//! Guarantee: [`read`] gives back exactly what [`write`] was given, and an error, never a panic or an allocation
//! out of proportion, for any other input. It does not verify the code: whoever reads files of unknown origin calls
//! [`verify`](crate::verify).

use crate::{CodeData, Const, FloatBits, Handler, Head, LocalKind, Position, SharedCode};
use std::collections::HashMap;
use std::rc::Rc;

/// What a file begins with.
pub const MAGIC: &[u8; 9] = b"pyrs-314\n";
/// Changes whenever the opcode table or this layout does.
pub const VERSION: u8 = 3;
/// Deepest nesting of constants and code blocks: reading recurses.
pub const MAX_DEPTH: u32 = 400;

/// Why bytes could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PycError {
    /// Not one of our files, or from another version.
    Foreign,
    /// The end came too early.
    Truncated,
    /// Contents that `write` never produces.
    Malformed,
}

impl std::fmt::Display for PycError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            PycError::Foreign => "bad magic number",
            PycError::Truncated => "EOF read where not expected",
            PycError::Malformed => "bad marshal data",
        })
    }
}

impl std::error::Error for PycError {}

/// Serialises `code`; none if it is nested deeper than [`MAX_DEPTH`].
pub fn write(code: &CodeData) -> Option<Vec<u8>> {
    let mut writer =
        Writer { out: Vec::with_capacity(4096), texts: HashMap::new(), order: Vec::new() };
    writer.code(code, 0)?;
    let (body, order) = (std::mem::take(&mut writer.out), std::mem::take(&mut writer.order));
    writer.out.extend(MAGIC);
    writer.out.push(VERSION);
    writer.len(order.len());
    for text in order {
        writer.len(text.len());
        writer.out.extend(text.as_bytes());
    }
    writer.out.extend(body);
    Some(writer.out)
}

/// Deserialises what [`write`] made.
///
/// # Errors
/// See [`PycError`].
pub fn read(bytes: &[u8]) -> Result<CodeData, PycError> {
    let mut reader = open(bytes, |reader, bytes, depth| {
        let mut inner = Reader { bytes, texts: reader.texts.clone(), nested: reader.nested };
        let code = inner.code(depth)?;
        if inner.bytes.is_empty() { Ok(code.into()) } else { Err(PycError::Malformed) }
    })?;
    let code = reader.code(0)?;
    if reader.bytes.is_empty() { Ok(code) } else { Err(PycError::Malformed) }
}
/// As [`read`], of bytes that [`write`] made for sure and that stay: nested blocks are left unread.
///
/// # Errors
/// See [`PycError`]; of nested blocks, none is found here.
pub fn read_library(bytes: &'static [u8]) -> Result<CodeData, PycError> {
    open(bytes, |reader, bytes, _| {
        Ok(SharedCode::unread(Source { bytes, texts: reader.texts.clone() }))
    })?
    .code(0)
}
/// Checks the beginning and reads the texts.
fn open<'b>(bytes: &'b [u8], nested: Nested<'b>) -> Result<Reader<'b>, PycError> {
    let body = bytes.strip_prefix(MAGIC).ok_or(PycError::Foreign)?;
    let (&version, body) = body.split_first().ok_or(PycError::Truncated)?;
    if version != VERSION {
        return Err(PycError::Foreign);
    }
    let mut reader = Reader { bytes: body, texts: Rc::new([]), nested };
    let texts = reader.list(1, |r| {
        let len = r.len(1)?;
        r.take(len)
    })?;
    reader.texts = texts.into();
    Ok(reader)
}

/// An unread block of the library.
pub(crate) struct Source {
    bytes: &'static [u8],
    texts: Rc<[&'static [u8]]>,
}

impl Source {
    fn reader(&self) -> Reader<'static> {
        Reader {
            bytes: self.bytes,
            texts: self.texts.clone(),
            nested: |reader, bytes, _| {
                Ok(SharedCode::unread(Source { bytes, texts: reader.texts.clone() }))
            },
        }
    }
    pub(crate) fn head(&self) -> Head<'static> {
        self.reader().head().expect("the library is what `write` made")
    }
    pub(crate) fn read(&self) -> CodeData {
        self.reader().code(0).expect("the library is what `write` made")
    }
}

fn zigzag(i: i64) -> u64 {
    (i << 1 ^ i >> 63) as u64
}
fn unzigzag(u: u64) -> i64 {
    (u >> 1) as i64 ^ -((u & 1) as i64)
}

struct Writer<'c> {
    out: Vec<u8>,
    texts: HashMap<&'c str, u64>,
    order: Vec<&'c str>,
}

impl<'c> Writer<'c> {
    fn uint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }
    fn int(&mut self, value: i64) {
        self.uint(zigzag(value));
    }
    fn len(&mut self, len: usize) {
        self.uint(len as u64);
    }
    fn text(&mut self, text: &'c str) {
        let next = self.texts.len() as u64;
        let number = *self.texts.entry(text).or_insert(next);
        if number == next {
            self.order.push(text);
        }
        self.uint(number);
    }

    fn code(&mut self, code: &'c CodeData, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.text(&code.name);
        self.text(&code.qualname);
        self.text(&code.filename);
        for value in [
            code.first_line,
            code.flags,
            code.arg_count,
            code.posonly_count,
            code.kwonly_count,
            code.register_count,
        ] {
            self.uint(value.into());
        }
        self.len(code.consts.len());
        self.len(code.locals.len());
        for (name, kind) in &code.locals {
            self.text(name);
            self.out.push(*kind as u8);
        }
        self.len(code.words.len());
        for word in &code.words {
            self.out.extend(word.to_le_bytes());
        }
        self.positions(&code.positions);
        self.len(code.handlers.len());
        for h in &code.handlers {
            self.uint(h.start.into());
            self.uint(u64::from(h.end.wrapping_sub(h.start)));
            self.uint(h.target.into());
            self.uint(h.register.into());
        }
        self.len(code.names.len());
        for name in &code.names {
            self.text(name);
        }
        self.len(code.sites.len());
        for &site in &code.sites {
            self.uint(site.into());
        }
        self.len(code.static_attributes.len());
        for name in &code.static_attributes {
            self.text(name);
        }
        code.consts.iter().try_for_each(|value| self.constant(value, depth + 1))
    }

    fn positions(&mut self, positions: &[(u32, Position)]) {
        self.len(positions.len());
        let (mut word, mut line) = (0u32, 0u32);
        for &(at, p) in positions {
            self.uint(u64::from(at.wrapping_sub(word)));
            self.int(i64::from(p.line) - i64::from(line));
            self.int(i64::from(p.end_line) - i64::from(p.line));
            self.uint(p.column.into());
            // On one line the end is behind the start, mostly not far.
            self.int(i64::from(p.end_column) - i64::from(p.column));
            (word, line) = (at, p.line);
        }
    }

    fn constants(&mut self, list: &'c [Const], depth: u32) -> Option<()> {
        self.len(list.len());
        list.iter().try_for_each(|value| self.constant(value, depth + 1))
    }

    fn constant(&mut self, value: &'c Const, depth: u32) -> Option<()> {
        if depth > MAX_DEPTH {
            return None;
        }
        match value {
            Const::None => self.out.push(0),
            Const::Ellipsis => self.out.push(1),
            Const::Bool(b) => self.out.push(2 + u8::from(*b)),
            Const::Int(i) => {
                self.out.push(4);
                self.int(*i);
            }
            Const::BigInt(digits) => {
                self.out.push(5);
                self.text(digits);
            }
            Const::Float(f) => {
                self.out.push(6);
                self.out.extend(f.0.to_le_bytes());
            }
            Const::Complex(re, im) => {
                self.out.push(7);
                self.out.extend(re.0.to_le_bytes());
                self.out.extend(im.0.to_le_bytes());
            }
            Const::Str(s) => {
                self.out.push(8);
                self.text(s);
            }
            Const::Wide(points) => {
                self.out.push(9);
                self.len(points.len());
                points.iter().for_each(|&p| self.uint(p.into()));
            }
            Const::Bytes(bytes) => {
                self.out.push(10);
                self.len(bytes.len());
                self.out.extend(&bytes[..]);
            }
            Const::Tuple(items) => {
                self.out.push(11);
                self.constants(items, depth)?;
            }
            Const::FrozenSet(items) => {
                self.out.push(12);
                self.constants(items, depth)?;
            }
            Const::Slice(parts) => {
                self.out.push(13);
                parts.iter().try_for_each(|part| self.constant(part, depth + 1))?;
            }
            Const::Code(code) => {
                self.out.push(14);
                let outer = std::mem::take(&mut self.out);
                self.code(code, depth + 1)?;
                let inner = std::mem::replace(&mut self.out, outer);
                self.len(inner.len());
                self.out.extend(inner);
            }
        }
        Some(())
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    texts: Rc<[&'b [u8]]>,
    nested: Nested<'b>,
}
/// What to do with the bytes of a nested block at some depth.
type Nested<'b> = fn(&Reader<'b>, &'b [u8], u32) -> Result<SharedCode>;

type Result<T, E = PycError> = std::result::Result<T, E>;

impl<'b> Reader<'b> {
    #[inline]
    fn byte(&mut self) -> Result<u8> {
        let (&first, rest) = self.bytes.split_first().ok_or(PycError::Truncated)?;
        self.bytes = rest;
        Ok(first)
    }
    #[inline]
    fn uint(&mut self) -> Result<u64> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(first.into());
        }
        let mut value = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift >= 64 || (shift == 63 && part > 1) {
                return Err(PycError::Malformed);
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
            shift += 7;
        }
    }
    fn int(&mut self) -> Result<i64> {
        self.uint().map(unzigzag)
    }
    fn u32(&mut self) -> Result<u32> {
        u32::try_from(self.uint()?).map_err(|_| PycError::Malformed)
    }
    /// A number of things that take at least `size` bytes each, of which there must be enough left.
    fn len(&mut self, size: usize) -> Result<usize> {
        let len = usize::try_from(self.uint()?).map_err(|_| PycError::Truncated)?;
        match len.checked_mul(size) {
            Some(bytes) if bytes <= self.bytes.len() => Ok(len),
            _ => Err(PycError::Truncated),
        }
    }
    fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(PycError::Truncated)?;
        self.bytes = rest;
        Ok(taken)
    }
    fn eight(&mut self) -> Result<u64> {
        let bytes = self.take(8)?;
        Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| PycError::Truncated)?))
    }
    fn text(&mut self) -> Result<&'b str> {
        let index = usize::try_from(self.uint()?).map_err(|_| PycError::Malformed)?;
        let bytes = *self.texts.get(index).ok_or(PycError::Malformed)?;
        std::str::from_utf8(bytes).map_err(|_| PycError::Malformed)
    }
    fn list<T>(
        &mut self,
        size: usize,
        mut f: impl FnMut(&mut Self) -> Result<T>,
    ) -> Result<Vec<T>> {
        let len = self.len(size)?;
        let mut list = Vec::with_capacity(len);
        for _ in 0..len {
            list.push(f(self)?);
        }
        Ok(list)
    }

    fn head(&mut self) -> Result<Head<'b>> {
        Ok(Head {
            name: self.text()?,
            qualname: self.text()?,
            filename: self.text()?,
            first_line: self.u32()?,
            flags: self.u32()?,
            arg_count: self.u32()?,
            posonly_count: self.u32()?,
            kwonly_count: self.u32()?,
            register_count: self.u32()?,
            constant_count: self.u32()?,
        })
    }
    fn code(&mut self, depth: u32) -> Result<CodeData> {
        if depth > MAX_DEPTH {
            return Err(PycError::Malformed);
        }
        let head = self.head()?;
        // Constants take at least a byte each.
        if head.constant_count as usize > self.bytes.len() {
            return Err(PycError::Truncated);
        }
        let locals = self.list(2, |r| {
            let name = r.text()?.into();
            let kind = match r.byte()? {
                0 => LocalKind::Plain,
                1 => LocalKind::Cell,
                2 => LocalKind::Free,
                3 => LocalKind::Hidden,
                _ => return Err(PycError::Malformed),
            };
            Ok((name, kind))
        })?;
        let words = self.len(4)?;
        let words = self.take(words * 4)?;
        let words = words.as_chunks::<4>().0.iter().map(|w| u32::from_le_bytes(*w)).collect();
        let positions = self.positions()?;
        let handlers = self.list(4, |r| {
            let start = r.u32()?;
            let end = start.wrapping_add(r.u32()?);
            let target = r.u32()?;
            let register = u16::try_from(r.uint()?).map_err(|_| PycError::Malformed)?;
            Ok(Handler { start, end, target, register })
        })?;
        let names = self.list(1, |r| Ok(r.text()?.into()))?;
        let sites = self.list(1, Self::u32)?;
        let static_attributes = self.list(1, |r| Ok(r.text()?.into()))?;
        let mut consts = Vec::with_capacity(head.constant_count as usize);
        for _ in 0..head.constant_count {
            consts.push(self.constant(depth + 1)?);
        }
        Ok(CodeData {
            name: head.name.into(),
            qualname: head.qualname.into(),
            filename: head.filename.into(),
            first_line: head.first_line,
            flags: head.flags,
            arg_count: head.arg_count,
            posonly_count: head.posonly_count,
            kwonly_count: head.kwonly_count,
            locals,
            register_count: head.register_count,
            words,
            positions,
            handlers,
            consts,
            names,
            sites,
            static_attributes,
        })
    }

    fn positions(&mut self) -> Result<Vec<(u32, Position)>> {
        let (mut word, mut last_line) = (0u32, 0i64);
        let number = |value: i64| u32::try_from(value).map_err(|_| PycError::Malformed);
        self.list(5, |r| {
            word = word.wrapping_add(r.u32()?);
            let line = last_line.checked_add(r.int()?).ok_or(PycError::Malformed)?;
            let end_line = line.checked_add(r.int()?).ok_or(PycError::Malformed)?;
            let column = r.u32()?;
            let end_column = i64::from(column).checked_add(r.int()?).ok_or(PycError::Malformed)?;
            last_line = line;
            let position = Position {
                line: number(line)?,
                end_line: number(end_line)?,
                column,
                end_column: number(end_column)?,
            };
            Ok((word, position))
        })
    }

    fn constant(&mut self, depth: u32) -> Result<Const> {
        if depth > MAX_DEPTH {
            return Err(PycError::Malformed);
        }
        Ok(match self.byte()? {
            0 => Const::None,
            1 => Const::Ellipsis,
            2 => Const::Bool(false),
            3 => Const::Bool(true),
            4 => Const::Int(self.int()?),
            5 => Const::BigInt(self.text()?.into()),
            6 => Const::Float(FloatBits(self.eight()?)),
            7 => Const::Complex(FloatBits(self.eight()?), FloatBits(self.eight()?)),
            8 => Const::Str(self.text()?.into()),
            9 => Const::Wide(self.list(1, Self::u32)?.into()),
            10 => {
                let len = self.len(1)?;
                Const::Bytes(self.take(len)?.into())
            }
            11 => Const::Tuple(self.list(1, |r| r.constant(depth + 1))?.into()),
            12 => Const::FrozenSet(self.list(1, |r| r.constant(depth + 1))?.into()),
            13 => {
                let parts = [
                    self.constant(depth + 1)?,
                    self.constant(depth + 1)?,
                    self.constant(depth + 1)?,
                ];
                Const::Slice(Box::new(parts))
            }
            14 => {
                let len = self.len(1)?;
                let bytes = self.take(len)?;
                Const::Code((self.nested)(self, bytes, depth + 1)?)
            }
            _ => return Err(PycError::Malformed),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(bytes: &[u8]) -> Reader<'_> {
        Reader { bytes, texts: Rc::new([]), nested: |_, _, _| Err(PycError::Malformed) }
    }

    #[test]
    fn numbers_round_trip() {
        for value in [0, 1, -1, 63, 64, -64, -65, i64::MAX, i64::MIN] {
            assert_eq!(unzigzag(zigzag(value)), value);
            let mut writer = Writer { out: Vec::new(), texts: HashMap::new(), order: Vec::new() };
            writer.int(value);
            let mut reader = over(&writer.out);
            assert_eq!(reader.int(), Ok(value));
            assert!(reader.bytes.is_empty());
        }
        let mut reader = over(&[0xff; 12]);
        assert_eq!(reader.uint(), Err(PycError::Malformed));
    }

    #[test]
    fn foreign_and_hostile_bytes_are_refused() {
        assert_eq!(read(b""), Err(PycError::Foreign));
        assert_eq!(read(b"pyrs-314\n"), Err(PycError::Truncated));
        assert_eq!(read(b"pyrs-314\n\xff"), Err(PycError::Foreign));
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        // One text of 2^60 bytes.
        bytes.extend([1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
        assert_eq!(read(&bytes), Err(PycError::Truncated));
    }
}
