//! Encodings of text: UTF-8, UTF-16, UTF-32, UTF-7, Latin-1, ASCII and character maps.
//!
//! What cannot be coded goes to an error handler: [`DecodeErrors`] and [`EncodeErrors`] are what a
//! codec asks, [`Builtin`] answers for the names that need no Python code (`strict`, `ignore`,
//! `replace`, `backslashreplace`, `xmlcharrefreplace`, `surrogateescape`, `surrogatepass`). Positions
//! and reasons are those of CPython's `UnicodeDecodeError` and `UnicodeEncodeError`.
//!
//! Decoders take `last`: false means more input may follow, and an incomplete sequence at
//! the end is left alone; the number of bytes used comes with the text.

mod handlers;
mod single;
#[cfg(test)]
mod tests;
mod utf16;
mod utf32;
mod utf7;
mod utf8;

pub use handlers::{Builtin, Handler};
pub use single::{
    CharmapEntry, decode_ascii, decode_charmap, decode_latin1, encode_ascii, encode_charmap,
    encode_latin1,
};
pub use utf7::{decode_utf7, encode_utf7};
pub use utf8::{decode_utf8, encode_utf8};
pub use utf16::{Bom, decode_utf16, encode_utf16};
pub use utf32::{decode_utf32, encode_utf32};

use std::ops::Range;

use crate::points::{CodePoints, StrBuilder};

/// What a decoder found wrong, or an encoder cannot encode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodecError {
    /// The bytes (decoding) or code points (encoding) at fault.
    pub range: Range<usize>,
    /// The `reason` attribute of the exception.
    pub reason: &'static str,
}

/// Text that replaces undecodable bytes, and where to go on.
pub type Decoded = (StrBuilder, usize);

/// Answers a decoder's errors.
pub trait DecodeErrors {
    /// What to stop with.
    type Error;

    /// Called with the whole input and the error. The position to go on at may be anywhere in the
    /// input (the caller of a Python handler has checked that and made it positive).
    fn handle(&mut self, input: &[u8], error: CodecError) -> Result<Decoded, Self::Error>;
}

/// What replaces code points that cannot be encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Bytes to be copied.
    Bytes(Vec<u8>),
    /// Text to be encoded in its turn, without asking again.
    Text(StrBuilder),
}

/// Answers an encoder's errors.
pub trait EncodeErrors {
    /// What to stop with.
    type Error;

    /// Called with the whole text and the error; returns the replacement and where to go on.
    fn handle(
        &mut self,
        text: CodePoints<'_>,
        error: CodecError,
    ) -> Result<(Replacement, usize), Self::Error>;

    /// Makes the `UnicodeEncodeError` to stop with when a replacement cannot be encoded either.
    fn fail(&mut self, text: CodePoints<'_>, error: CodecError) -> Self::Error;
}

/// Whether `point` is a surrogate, which no UTF encodes.
#[inline]
pub fn is_surrogate(point: u32) -> bool {
    (0xD800..0xE000).contains(&point)
}

/// Joins a high and a low surrogate.
#[inline]
fn join_surrogates(high: u32, low: u32) -> u32 {
    0x1_0000 + ((high & 0x3FF) << 10 | low & 0x3FF)
}
