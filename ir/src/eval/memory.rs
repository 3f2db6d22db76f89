//! The memory an evaluated trace sees: a few regions of bytes at chosen addresses, one of which
//! new objects are cut from. Every access is checked for range and alignment.

use crate::schema::{Field, Layout, Schema};
use crate::types::{Endian, Target, Ty, Width};

/// Bytes at an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Region {
    /// Address of the first byte.
    pub base: u64,
    /// Contents.
    pub bytes: Vec<u8>,
}

/// Memory image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// Word size and byte order.
    pub target: Target,
    /// All memory.
    pub regions: Vec<Region>,
    /// Address of the next new object.
    pub cur: u64,
    /// Address and shape of each object, in the order of their making.
    pub objects: Vec<(u64, u16)>,
    /// Objects reported by write barriers, in order.
    pub logged: Vec<u64>,
    /// Offset and mask of the barrier's flag.
    pub barrier: (i32, u8),
}

impl Image {
    /// Memory without regions.
    pub fn new(target: Target, layout: &Layout) -> Image {
        Image {
            target,
            regions: Vec::new(),
            cur: 0,
            objects: Vec::new(),
            logged: Vec::new(),
            barrier: (layout.barrier_byte, layout.barrier_mask),
        }
    }

    fn find(&self, addr: u64, len: u32) -> Option<(usize, usize)> {
        if addr & (len as u64 - 1) != 0 {
            return None;
        }
        self.regions.iter().enumerate().find_map(|(i, r)| {
            let at = addr.checked_sub(r.base)?;
            let end = at.checked_add(len as u64)?;
            (end <= r.bytes.len() as u64).then_some((i, at as usize))
        })
    }

    /// Reads `len` bytes (a power of two) as an unsigned number; `None` outside of memory.
    pub fn read(&self, addr: u64, len: u32) -> Option<u64> {
        let (r, at) = self.find(addr, len)?;
        let bytes = &self.regions[r].bytes[at..at + len as usize];
        let fold = |x: u64, b: &u8| x << 8 | *b as u64;
        Some(match self.target.endian {
            Endian::Little => bytes.iter().rev().fold(0, fold),
            Endian::Big => bytes.iter().fold(0, fold),
        })
    }

    /// Writes the low `len` bytes of a number; `None` outside of memory.
    pub fn write(&mut self, addr: u64, len: u32, x: u64) -> Option<()> {
        let (r, at) = self.find(addr, len)?;
        let bytes = &mut self.regions[r].bytes[at..at + len as usize];
        for (i, b) in bytes.iter_mut().enumerate() {
            let shift = match self.target.endian {
                Endian::Little => i,
                Endian::Big => len as usize - 1 - i,
            };
            *b = (x >> (8 * shift)) as u8;
        }
        Some(())
    }

    /// Address of a field or array element.
    pub fn address(&self, f: &Field, base: u64, index: u64) -> u64 {
        let word = self.target.word;
        let scaled = index.wrapping_mul(f.width.bytes(word) as u64);
        let at = base.wrapping_add(f.offset as i64 as u64).wrapping_add(scaled);
        word.unsigned(at as i64)
    }

    /// Reads a field in canonical form.
    pub fn load(&self, f: &Field, base: u64, index: u64) -> Option<u64> {
        let word = self.target.word;
        let raw = self.read(self.address(f, base, index), f.width.bytes(word))?;
        Some(canonical(f, raw, word.bits()))
    }

    /// Writes a field.
    pub fn store(&mut self, f: &Field, base: u64, index: u64, value: u64) -> Option<()> {
        let len = f.width.bytes(self.target.word);
        self.write(self.address(f, base, index), len, value)
    }

    /// Makes an object: header written, the rest zero. The result is canonical.
    pub fn alloc(&mut self, schema: &Schema, shape: u16) -> Option<u64> {
        let s = &schema.shapes[shape as usize];
        let at = self.cur;
        for k in 0..s.size / 4 {
            let x = if k < 2 { s.header[k as usize] } else { 0 };
            self.write(at + 4 * k as u64, 4, x as u64)?;
        }
        self.cur += s.size as u64;
        self.objects.push((at, shape));
        Some(self.target.word.norm(at as i64) as u64)
    }

    /// The write barrier.
    pub fn barrier(&mut self, object: u64) -> Option<()> {
        let (offset, mask) = self.barrier;
        let at = self.target.word.unsigned(object.wrapping_add(offset as i64 as u64) as i64);
        let flags = self.read(at, 1)?;
        if flags & mask as u64 != 0 {
            self.write(at, 1, flags & !(mask as u64))?;
            self.logged.push(self.target.word.unsigned(object as i64));
        }
        Some(())
    }
}

/// Canonical form of a value read from a cell.
pub fn canonical(f: &Field, raw: u64, bits: u32) -> u64 {
    let r = raw as i64;
    match f.width {
        Width::F64 => raw,
        Width::I8 => r as i8 as i64 as u64,
        Width::I16 => r as i16 as i64 as u64,
        Width::I32 => r as i32 as i64 as u64,
        _ if f.ty == Ty::F => raw,
        _ => super::arith::norm(r, bits) as u64,
    }
}
