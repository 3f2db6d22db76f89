//! From byte offsets to lines and columns.
//!
//! Lines count from 1. Columns count from 0, in UTF-8 bytes (what code objects and `ast` carry)
//! or in characters (what a `SyntaxError` shows, after adding 1). A line ends at `\n` only: the
//! source has its newlines folded before it is indexed.

/// Where each line of a source starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    /// Byte offset of each line's first byte; `starts[0]` is 0.
    starts: Vec<u32>,
    /// Length of the source in bytes.
    len: u32,
    /// Width of all lines of an index without a source, else 0.
    width: u32,
}

/// A place in a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-8 bytes, from 0.
    pub column: u32,
}

impl LineIndex {
    /// Indexes `source`, whose length must fit `u32` (longer ones were refused before).
    pub fn new(source: &str) -> Self {
        let mut starts = Vec::with_capacity(source.len() / 32 + 1);
        starts.push(0);
        for (offset, byte) in source.bytes().enumerate() {
            if byte == b'\n' {
                starts.push(offset as u32 + 1);
            }
        }
        Self { starts, len: source.len() as u32, width: 0 }
    }

    /// An index of no source: every line has `width` bytes. Trees that no parser made use such
    /// offsets.
    pub fn grid(width: u32) -> Self {
        Self { starts: vec![0], len: u32::MAX, width: width.max(1) }
    }

    /// How many lines there are; a source that ends in a newline has one more, empty line.
    pub fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line that holds `offset`, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        if self.width != 0 {
            return offset / self.width + 1;
        }
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// Line and byte column of `offset`; an offset past the end counts as the end.
    pub fn place(&self, offset: u32) -> Place {
        if self.width != 0 {
            return Place { line: offset / self.width + 1, column: offset % self.width };
        }
        let offset = offset.min(self.len);
        let line = self.line(offset);
        Place { line, column: offset - self.starts[line as usize - 1] }
    }

    /// The column of `offset` in characters, from 0.
    pub fn char_column(&self, source: &str, offset: u32) -> u32 {
        let place = self.place(offset);
        if self.width != 0 {
            return place.column;
        }
        let start = self.starts[place.line as usize - 1] as usize;
        let bytes = source.as_bytes();
        let upto = (start + place.column as usize).min(bytes.len());
        let line = bytes.get(start..upto).unwrap_or_default();
        line.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32
    }

    /// Offsets of the first byte of `line` (from 1) and behind its newline; empty ranges at the
    /// end of the source for lines that do not exist.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        if self.width != 0 {
            return 0..0;
        }
        let index = (line as usize).saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or(self.len);
        let end = self.starts.get(index + 1).copied().unwrap_or(self.len);
        start as usize..end as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_bytes_and_characters() {
        let source = "a\nbé = 1\n";
        let lines = LineIndex::new(source);
        assert_eq!(lines.count(), 3);
        let offset = source.find('=').expect("is there") as u32;
        assert_eq!(lines.place(offset), Place { line: 2, column: 4 });
        assert_eq!(lines.char_column(source, offset), 3);
        assert_eq!(&source[lines.line_range(2)], "bé = 1\n");
        assert_eq!(lines.line_range(9), source.len()..source.len());
        assert_eq!(lines.place(0), Place { line: 1, column: 0 });
        assert_eq!(lines.place(1), Place { line: 1, column: 1 });
        assert_eq!(lines.place(2), Place { line: 2, column: 0 });
        assert_eq!(lines.place(1000).line, 3);
    }
}
