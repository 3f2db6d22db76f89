//! Numbers that do not fit a word's inline forms: big ints, boxed floats, complex.

use pyrs_heap::Header;

/// An int beyond the small range: `header.len` limbs (little-endian words of magnitude, top one not zero), sign
/// in a header flag. Invariant: never a number that fits a small int.
#[repr(C)]
pub struct BigInt {
    pub header: Header,
}
crate::native_object!(BigInt, "int", slots = 0, wraps = Int);

pub(crate) const NEGATIVE: u32 = pyrs_heap::flag::OWN_0;

impl BigInt {
    #[inline(always)]
    pub fn is_negative(&self) -> bool {
        self.header.has(NEGATIVE)
    }
    /// Magnitude limbs; valid while the object is kept.
    #[inline(always)]
    pub fn limbs(&self) -> &[usize] {
        let p = (self as *const BigInt).wrapping_add(1).cast::<usize>();
        // SAFETY: `header.len` limbs follow the header.
        unsafe { core::slice::from_raw_parts(p, self.header.len() as usize) }
    }
    pub(crate) fn size(header: &Header) -> usize {
        size_of::<Header>() + header.len() as usize * size_of::<usize>()
    }
}

/// A float outside the inline window.
#[repr(C)]
pub struct Float {
    pub header: Header,
    pub value: f64,
}
crate::native_object!(Float, "float", slots = 0, wraps = Float);

#[repr(C)]
pub struct Complex {
    pub header: Header,
    pub re: f64,
    pub im: f64,
}
crate::native_object!(Complex, "complex", slots = 0, wraps = Complex);
