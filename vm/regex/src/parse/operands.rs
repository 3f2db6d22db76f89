//! The two operands with an inner structure: charsets and the INFO block.

use super::{BadCode, Parsed, Parser};
use crate::class::Item;
use crate::opcodes::{self, category, op};
use std::sync::Arc;

impl Parser<'_> {
    /// A charset that ends with FAILURE exactly at `end`.
    pub(super) fn charset(&self, mut at: usize, end: usize) -> Parsed<Vec<Item>> {
        let mut items = Vec::new();
        loop {
            if at >= end {
                return Err(BadCode { at });
            }
            let (item, length) = match self.word(at)? {
                op::FAILURE => break,
                op::NEGATE => (Item::Negate, 1),
                op::LITERAL => (Item::Literal(self.word(at + 1)?), 2),
                op::RANGE => (Item::Range(self.word(at + 1)?, self.word(at + 2)?), 3),
                op::RANGE_UNI_IGNORE => {
                    (Item::RangeUniIgnore(self.word(at + 1)?, self.word(at + 2)?), 3)
                }
                op::CATEGORY => match self.word(at + 1)? {
                    code if code < category::COUNT => (Item::Category(code), 2),
                    _ => return Err(BadCode { at: at + 1 }),
                },
                op::CHARSET => (Item::Bitmap(Arc::new(self.bitmap(at + 1)?)), 9),
                op::BIGCHARSET => self.big_charset(at)?,
                _ => return Err(BadCode { at }),
            };
            items.push(item);
            at += length;
        }
        if at + 1 == end { Ok(items) } else { Err(BadCode { at }) }
    }

    fn bitmap(&self, at: usize) -> Parsed<[u32; 8]> {
        let words = at.checked_add(8).and_then(|end| self.code.get(at..end));
        words.and_then(|words| words.try_into().ok()).ok_or(BadCode { at })
    }

    /// BIGCHARSET: the number of blocks, 256 block numbers as bytes in memory order, the blocks.
    fn big_charset(&self, at: usize) -> Parsed<(Item, usize)> {
        let count = self.word(at + 1)? as usize;
        if count > 256 {
            return Err(BadCode { at: at + 1 });
        }
        let mut pages = [0u8; 256];
        for (i, four) in pages.chunks_exact_mut(4).enumerate() {
            four.copy_from_slice(&self.word(at + 2 + i)?.to_ne_bytes());
        }
        if pages.iter().any(|&page| usize::from(page) >= count) {
            return Err(BadCode { at: at + 2 });
        }
        let blocks =
            (0..count).map(|i| self.bitmap(at + 66 + 8 * i)).collect::<Parsed<Vec<_>>>()?;
        Ok((Item::Big(Arc::new(pages), blocks.into()), 66 + 8 * count))
    }

    /// The INFO block, if there is one: checked, then left behind (the hints are derived anew from
    /// the tree, where they come out sharper).
    pub(super) fn info(&self) -> Parsed<usize> {
        if self.code.first() != Some(&op::INFO) {
            return Ok(0);
        }
        let target = self.skip(1, 1, self.code.len())?;
        let flags = self.word(2)?;
        let known = opcodes::INFO_PREFIX | opcodes::INFO_LITERAL | opcodes::INFO_CHARSET;
        let both = opcodes::INFO_PREFIX | opcodes::INFO_CHARSET;
        let literal = opcodes::INFO_LITERAL | opcodes::INFO_PREFIX;
        let flags_ok = flags & !known == 0
            && flags & both != both
            && (flags & opcodes::INFO_LITERAL == 0 || flags & literal == literal);
        let mut end = 5;
        if flags & opcodes::INFO_PREFIX != 0 {
            let (length, skip) = (self.word(5)? as usize, self.word(6)? as usize);
            let table = length.checked_mul(2).and_then(|words| words.checked_add(7));
            end = table.filter(|_| skip <= length).ok_or(BadCode { at: 5 })?;
            let overlap = self.code.get(7 + length..end).ok_or(BadCode { at: 5 })?;
            if overlap.iter().any(|&entry| entry as usize >= length) {
                return Err(BadCode { at: 7 + length });
            }
        } else if flags & opcodes::INFO_CHARSET != 0 {
            self.charset(5, target)?;
            end = target;
        }
        if flags_ok && end == target { Ok(target) } else { Err(BadCode { at: 2 }) }
    }
}
