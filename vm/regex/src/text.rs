//! Text of fixed width, and the tight loops over it.
//!
//! A text is a slice of code units, each a whole code point: 1 byte (Latin-1 or `bytes`), 2 bytes
//! (UCS-2) or 4 bytes (UCS-4), as PEP 393 stores strings. The matcher is generic over [`Unit`], so
//! each width has its own machine code. On bytes the searches go through `memchr`.

use crate::class::Single;
use crate::program::Program;
use memchr::memmem::Finder;

/// A text to match in. Positions are indices of code points.
#[derive(Clone, Copy, Debug)]
pub enum Text<'a> {
    /// A str whose greatest code point is below 256, or a bytes-like object.
    Latin1(&'a [u8]),
    /// A str of 2-byte units (surrogates are ordinary code points).
    Ucs2(&'a [u16]),
    /// A str of 4-byte units.
    Ucs4(&'a [u32]),
}

impl Text<'_> {
    /// Number of code points.
    pub fn len(&self) -> usize {
        match self {
            Text::Latin1(text) => text.len(),
            Text::Ucs2(text) => text.len(),
            Text::Ucs4(text) => text.len(),
        }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One code unit.
pub(crate) trait Unit: Copy + Eq {
    /// No unit is above 255.
    const LATIN: bool;

    fn code(self) -> u32;

    /// The unit of a code point, if this width has it.
    fn of(ch: u32) -> Option<Self>;

    /// The first place of any of `wanted`.
    fn find<const N: usize>(text: &[Self], wanted: [Self; N]) -> Option<usize> {
        // Blocks without a branch inside, so that the compiler can use vectors.
        const BLOCK: usize = 32;
        let mut base = 0;
        for block in text.chunks(BLOCK) {
            let hit = |unit: &Self| wanted.iter().fold(false, |hit, want| hit | (unit == want));
            if block.iter().fold(false, |any, unit| any | hit(unit)) {
                return block.iter().position(hit).map(|at| base + at);
            }
            base += BLOCK;
        }
        None
    }

    /// The first place of the finder's text; bytes only.
    fn find_str(_text: &[Self], _finder: &Finder<'_>) -> Option<usize> {
        None
    }

    /// The last place of `wanted`.
    fn rfind(text: &[Self], wanted: Self) -> Option<usize> {
        text.iter().rposition(|unit| *unit == wanted)
    }
}

impl Unit for u8 {
    const LATIN: bool = true;

    #[inline(always)]
    fn code(self) -> u32 {
        u32::from(self)
    }

    fn of(ch: u32) -> Option<u8> {
        u8::try_from(ch).ok()
    }

    #[inline]
    fn find<const N: usize>(text: &[u8], wanted: [u8; N]) -> Option<usize> {
        match *wanted.as_slice() {
            [a] => memchr::memchr(a, text),
            [a, b] => memchr::memchr2(a, b, text),
            [a, b, c] => memchr::memchr3(a, b, c, text),
            _ => text.iter().position(|unit| wanted.contains(unit)),
        }
    }

    #[inline]
    fn find_str(text: &[u8], finder: &Finder<'_>) -> Option<usize> {
        finder.find(text)
    }

    #[inline]
    fn rfind(text: &[u8], wanted: u8) -> Option<usize> {
        memchr::memrchr(wanted, text)
    }
}

impl Unit for u16 {
    const LATIN: bool = false;

    #[inline(always)]
    fn code(self) -> u32 {
        u32::from(self)
    }

    fn of(ch: u32) -> Option<u16> {
        u16::try_from(ch).ok()
    }
}

impl Unit for u32 {
    const LATIN: bool = false;

    #[inline(always)]
    fn code(self) -> u32 {
        self
    }

    fn of(ch: u32) -> Option<u32> {
        Some(ch)
    }
}

impl Program {
    /// Whether a single-character instruction accepts this unit.
    #[inline(always)]
    pub(crate) fn accepts<T: Unit>(&self, single: Single, unit: T) -> bool {
        let ch = unit.code();
        match single {
            Single::Any => ch != 0x0A,
            Single::AnyAll => true,
            Single::Lit(lit) => ch == lit,
            Single::NotLit(lit) => ch != lit,
            Single::Class(id) => self.in_class(id, unit),
        }
    }

    /// Whether the class of that index accepts this unit.
    #[inline(always)]
    pub(crate) fn in_class<T: Unit>(&self, id: u32, unit: T) -> bool {
        let ch = unit.code();
        let class = &self.classes[id as usize];
        if T::LATIN || ch < 256 {
            class.latin[(ch & 255) as usize]
        } else {
            class.accepts_wide(ch, &self.locale)
        }
    }

    /// How many units from the start of `text` the instruction accepts in a row.
    #[inline]
    pub(crate) fn run_length<T: Unit>(&self, single: Single, text: &[T]) -> usize {
        let stop = match single {
            Single::AnyAll => None,
            Single::Any => T::of(0x0A).and_then(|unit| T::find(text, [unit])),
            Single::NotLit(lit) => T::of(lit).and_then(|unit| T::find(text, [unit])),
            Single::Lit(lit) => text.iter().position(|unit| unit.code() != lit),
            Single::Class(id) => {
                let class = &self.classes[id as usize];
                text.iter().position(|unit| {
                    let ch = unit.code();
                    !(if T::LATIN || ch < 256 {
                        class.latin[(ch & 255) as usize]
                    } else {
                        class.accepts_wide(ch, &self.locale)
                    })
                })
            }
        };
        stop.unwrap_or(text.len())
    }
}
