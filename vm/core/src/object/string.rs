//! `str` objects: fixed width per string (PEP 393 kinds), cached hash, and buffers shared by growing strings.
//!
//! ```text
//! STR:          header(len = code points, flags = kind) | hash | units ...
//! STR_BUFFERED: header(len, kind) | buffer slot | hash        units live in the buffer (a RAW object)
//! ```
//! A buffered string is what `s += t` in a loop makes: the buffer has room to spare and remembers how much of it
//! is used; appending to the string that ends where the used part ends writes in place and makes a new small
//! object over the same buffer, so building a string is linear and older strings stay what they were.
//!
//! Invariants: I1 the kind is the narrowest that holds every code point; I2 hash 0 means not computed.

use core::cell::Cell;
use pyrs_heap::{Gc, Header, HeapObject, Slot, flag};
use pyrs_text::CodePoints;

/// Width of a string's units.
#[derive(Copy, Clone, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum StrKind {
    /// One byte, all below 128.
    Ascii,
    /// One byte, all below 256.
    Latin1,
    /// Two bytes.
    Ucs2,
    /// Four bytes.
    Ucs4,
}

impl StrKind {
    /// Bytes a unit takes.
    #[inline(always)]
    pub fn width(self) -> usize {
        match self {
            StrKind::Ascii | StrKind::Latin1 => 1,
            StrKind::Ucs2 => 2,
            StrKind::Ucs4 => 4,
        }
    }
    /// The narrowest kind for text whose largest code point is `max`.
    pub fn for_max(max: u32) -> StrKind {
        match max {
            0..=0x7f => StrKind::Ascii,
            0x80..=0xff => StrKind::Latin1,
            0x100..=0xffff => StrKind::Ucs2,
            _ => StrKind::Ucs4,
        }
    }
    #[inline(always)]
    pub(crate) fn flags(self) -> u32 {
        (self as u32) << Str::KIND_SHIFT
    }
}

/// The interned flag: the string is the one of its text in the intern table.
pub(crate) const INTERNED: u32 = flag::OWN_2;
/// Set exactly for STR_BUFFERED.
pub(crate) const BUFFERED: u32 = flag::OWN_3;

/// A string of either layout.
#[repr(C)]
pub struct Str {
    pub header: Header,
    /// STR: the hash. STR_BUFFERED: the buffer.
    first: Slot,
}
crate::native_object!(Str, "str", slots = 0, wraps = Str);

/// A string over a shared buffer.
#[repr(C)]
pub(crate) struct BufferedStr {
    pub header: Header,
    pub buffer: Slot,
    pub hash: Cell<usize>,
}
crate::native_object!(BufferedStr, "str", slots = 1, wraps = Str);

impl BufferedStr {
    pub(crate) fn trace(p: core::ptr::NonNull<Header>, v: &mut pyrs_heap::Visitor<'_>) {
        // SAFETY: called by the collector with a live buffered string.
        v.slot(unsafe { &(*p.as_ptr().cast::<BufferedStr>()).buffer });
    }
}

/// Bytes before the units of a plain string.
pub(crate) const STR_DATA: usize = size_of::<Str>();

impl Str {
    /// Where the kind lies in the header's first word.
    pub(crate) const KIND_SHIFT: u32 = 28;
    /// Length in code points.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.header.len() as usize
    }
    #[inline(always)]
    pub fn is_empty(&self) -> bool {
        self.header.len() == 0
    }
    #[inline(always)]
    pub fn kind(&self) -> StrKind {
        match (self.header.meta() >> Self::KIND_SHIFT) & 3 {
            0 => StrKind::Ascii,
            1 => StrKind::Latin1,
            2 => StrKind::Ucs2,
            _ => StrKind::Ucs4,
        }
    }
    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.kind() == StrKind::Ascii
    }
    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.header.has(INTERNED)
    }
    #[inline(always)]
    pub(crate) fn hash_cell(&self) -> &Cell<usize> {
        let p = self as *const Str as *const u8;
        let offset = if self.header.has(BUFFERED) {
            core::mem::offset_of!(BufferedStr, hash)
        } else {
            size_of::<Header>()
        };
        // SAFETY: both layouts hold the hash word there.
        unsafe { &*p.add(offset).cast::<Cell<usize>>() }
    }
    /// The first unit.
    #[inline(always)]
    pub fn data(&self) -> *const u8 {
        let p = self as *const Str as *const u8;
        if self.header.has(BUFFERED) {
            (self.first.get().bits() + super::array::RAW_DATA) as *const u8
        } else {
            p.wrapping_add(STR_DATA)
        }
    }
    /// The units as slices. Valid while the string is kept alive and no collection moves it: strings found on
    /// the native stack do not move.
    #[inline]
    pub fn points(&self) -> CodePoints<'_> {
        let (p, n) = (self.data(), self.len());
        // SAFETY: `n` units of the kind's width lie at `p`, suitably aligned (data starts at a word boundary).
        unsafe {
            match self.kind() {
                StrKind::Ascii | StrKind::Latin1 => {
                    CodePoints::One(core::slice::from_raw_parts(p, n))
                }
                StrKind::Ucs2 => CodePoints::Two(core::slice::from_raw_parts(p.cast(), n)),
                StrKind::Ucs4 => CodePoints::Four(core::slice::from_raw_parts(p.cast(), n)),
            }
        }
    }
    /// The text as `&str` if it is ASCII.
    #[inline]
    pub fn as_ascii(&self) -> Option<&str> {
        if self.is_ascii() {
            // SAFETY: I1: every unit is below 128.
            Some(unsafe {
                core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.data(), self.len()))
            })
        } else {
            None
        }
    }
    /// The code point at `i`, which must be below `len`.
    #[inline]
    pub fn at(&self, i: usize) -> u32 {
        debug_assert!(i < self.len());
        let p = self.data();
        // SAFETY: i < len, caller's duty.
        unsafe {
            match self.kind() {
                StrKind::Ascii | StrKind::Latin1 => *p.add(i) as u32,
                StrKind::Ucs2 => *p.cast::<u16>().add(i) as u32,
                StrKind::Ucs4 => *p.cast::<u32>().add(i),
            }
        }
    }
    /// Equal text.
    pub fn same_text(a: Gc<Str>, b: Gc<Str>) -> bool {
        if a == b {
            return true;
        }
        let kind = a.kind();
        if a.len() != b.len() || kind != b.kind() || (a.is_interned() && b.is_interned()) {
            return false;
        }
        let (ha, hb) = (a.hash_cell().get(), b.hash_cell().get());
        if ha != 0 && hb != 0 && ha != hb {
            return false;
        }
        let bytes = a.len() * kind.width();
        // SAFETY: both hold `bytes` bytes of units.
        unsafe {
            core::slice::from_raw_parts(a.data(), bytes)
                == core::slice::from_raw_parts(b.data(), bytes)
        }
    }
    /// Text as Rust's `String`; lone surrogates become U+FFFD (for messages only).
    pub fn to_lossy(&self) -> String {
        match self.as_ascii() {
            Some(s) => s.to_owned(),
            None => {
                (0..self.len()).map(|i| char::from_u32(self.at(i)).unwrap_or('\u{fffd}')).collect()
            }
        }
    }
    /// Equal to an ASCII text.
    pub fn is(&self, text: &str) -> bool {
        self.as_ascii() == Some(text)
    }
    pub(crate) fn size(header: &Header) -> usize {
        let kind = (header.meta() >> Str::KIND_SHIFT) & 3;
        STR_DATA + ((header.len() as usize) << kind.saturating_sub(1))
    }
}

const _: fn(&Str) -> &Header = <Str as HeapObject>::header;
