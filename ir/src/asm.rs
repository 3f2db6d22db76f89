//! The code buffer: bytes in target order, labels, fix-ups, and a pool of constants behind the
//! code. The final address is known from the start (the arena hands out addresses in order), so
//! nothing needs relocation later.

use crate::types::Endian;

/// A place in the code, bound once, used any number of times.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

/// A use of a label that is filled in at the end. What `kind` means is the back end's affair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fixup {
    /// Offset of the bytes to fill in.
    pub at: u32,
    /// Kind of the field.
    pub kind: u8,
    /// The label.
    pub label: Label,
}

const UNBOUND: u32 = u32::MAX;

/// Code under construction.
#[derive(Clone, Debug)]
pub struct CodeBuf {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Address of the first byte.
    pub base: u64,
    endian: Endian,
    labels: Vec<u32>,
    fixups: Vec<Fixup>,
    /// Constants of 8 or 16 bytes with their labels.
    pool: Vec<(u64, bool, Label)>,
}

impl CodeBuf {
    /// An empty buffer for code that will lie at `base`.
    pub fn new(base: u64, endian: Endian) -> CodeBuf {
        // Room for a short trace.
        let (labels, fixups) = (Vec::with_capacity(32), Vec::with_capacity(32));
        let bytes = Vec::with_capacity(1024);
        CodeBuf { bytes, base, endian, labels, fixups, pool: Vec::new() }
    }

    /// Offset of the next byte.
    #[inline]
    pub fn pos(&self) -> usize {
        self.bytes.len()
    }

    /// Address of the next byte.
    pub fn address(&self) -> u64 {
        self.base + self.pos() as u64
    }

    /// Appends a byte.
    #[inline]
    pub fn u8(&mut self, x: u8) {
        self.bytes.push(x);
    }

    /// Appends 16 bits in target order.
    pub fn u16(&mut self, x: u16) {
        self.put(x as u64, 2);
    }

    /// Appends 32 bits in target order.
    #[inline]
    pub fn u32(&mut self, x: u32) {
        match self.endian {
            Endian::Little => self.bytes.extend_from_slice(&x.to_le_bytes()),
            Endian::Big => self.bytes.extend_from_slice(&x.to_be_bytes()),
        }
    }

    /// Appends 64 bits in target order.
    pub fn u64(&mut self, x: u64) {
        self.put(x, 8);
    }

    fn put(&mut self, x: u64, n: usize) {
        match self.endian {
            Endian::Little => self.bytes.extend_from_slice(&x.to_le_bytes()[..n]),
            Endian::Big => self.bytes.extend_from_slice(&x.to_be_bytes()[8 - n..]),
        }
    }

    /// Reads 32 bits back.
    pub fn get_u32(&self, at: usize) -> u32 {
        let b = &self.bytes[at..at + 4];
        let b = [b[0], b[1], b[2], b[3]];
        match self.endian {
            Endian::Little => u32::from_le_bytes(b),
            Endian::Big => u32::from_be_bytes(b),
        }
    }

    /// Overwrites 32 bits.
    pub fn set_u32(&mut self, at: usize, x: u32) {
        let b = match self.endian {
            Endian::Little => x.to_le_bytes(),
            Endian::Big => x.to_be_bytes(),
        };
        self.bytes[at..at + 4].copy_from_slice(&b);
    }

    /// A new label.
    pub fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds a label to the next byte.
    pub fn bind(&mut self, l: Label) {
        debug_assert_eq!(self.labels[l.0 as usize], UNBOUND, "a label is bound once");
        self.labels[l.0 as usize] = self.pos() as u32;
    }

    /// Offset of a bound label.
    pub fn offset(&self, l: Label) -> Option<usize> {
        let at = self.labels[l.0 as usize];
        (at != UNBOUND).then_some(at as usize)
    }

    /// Notes that the field at offset `at` refers to a label.
    pub fn fixup(&mut self, at: usize, kind: u8, label: Label) {
        self.fixups.push(Fixup { at: at as u32, kind, label });
    }

    /// Label of a constant in the pool; `twice` makes it 16 bytes, the value repeated.
    pub fn constant(&mut self, bits: u64, twice: bool) -> Label {
        if let Some(c) = self.pool.iter().find(|c| c.0 == bits && c.1 == twice) {
            return c.2;
        }
        let l = self.label();
        self.pool.push((bits, twice, l));
        l
    }

    /// Appends zeros up to a multiple of `n` bytes (of the address).
    pub fn align(&mut self, n: usize) {
        while !self.address().is_multiple_of(n as u64) {
            self.u8(0);
        }
    }

    /// Writes the pool and fills in all fix-ups: `fill` gets the buffer, the fix-up and the
    /// offset of its label.
    pub fn finish(&mut self, mut fill: impl FnMut(&mut CodeBuf, Fixup, usize)) {
        let mut pool = std::mem::take(&mut self.pool);
        pool.sort_by_key(|c| !c.1);
        if let Some(c) = pool.first() {
            self.align(if c.1 { 16 } else { 8 });
        }
        for (bits, twice, label) in pool {
            self.bind(label);
            self.u64(bits);
            if twice {
                self.u64(bits);
            }
        }
        for f in std::mem::take(&mut self.fixups) {
            let to = self.labels[f.label.0 as usize];
            assert_ne!(to, UNBOUND, "every used label is bound");
            fill(self, f, to as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders() {
        for (endian, first) in [(Endian::Little, 4), (Endian::Big, 1)] {
            let mut b = CodeBuf::new(0, endian);
            b.u32(0x0102_0304);
            assert_eq!(b.bytes[0], first);
            assert_eq!(b.get_u32(0), 0x0102_0304);
            b.set_u32(0, 7);
            assert_eq!(b.get_u32(0), 7);
        }
    }

    #[test]
    fn labels_pool_and_fixups() {
        let mut b = CodeBuf::new(0x1004, Endian::Little);
        let l = b.label();
        b.fixup(0, 9, l);
        b.u32(0);
        b.bind(l);
        let c = b.constant(5, false);
        let d = b.constant(6, true);
        assert_eq!(b.constant(5, false), c);
        b.fixup(4, 1, c);
        b.fixup(8, 1, d);
        b.u64(0);
        let mut seen = Vec::new();
        b.finish(|_, f, to| seen.push((f.kind, f.at, to)));
        // The 16-byte constant comes first, at address 0x1010.
        assert_eq!(seen, [(9, 0, 4), (1, 4, 28), (1, 8, 12)]);
        assert_eq!(b.bytes.len(), 36);
    }
}
