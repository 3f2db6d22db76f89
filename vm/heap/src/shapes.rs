//! The shape table, and how the collector reads an object through it: size and reference slots.
//!
//! Two shape ids are the collector's own: `FORWARDED` stands in the header of a young object that has moved
//! (the length word is then its new place, in units of 8 bytes from the base of the block space), `FILLER` in
//! front of unused bytes of a young run (the length word counts units of 8 bytes, header included).

use crate::gc::Slot;
use crate::layout::{Layout, LayoutId, Visitor};
use crate::{Header, ShapeId};
use core::ptr::NonNull;

pub(crate) const FORWARDED: ShapeId = ShapeId(ShapeId::MAX);
pub(crate) const FILLER: ShapeId = ShapeId(ShapeId::MAX - 1);
const WORD: usize = size_of::<usize>();
const HEADER: usize = size_of::<Header>();

#[derive(Default)]
pub(crate) struct Shapes {
    pub(crate) layouts: Vec<Layout>,
    pub(crate) shapes: Vec<LayoutId>,
}

#[inline(always)]
pub(crate) fn header<'a>(address: usize) -> &'a Header {
    // SAFETY: the collector calls this only with addresses of objects (or of forwarded or filler headers) in
    // memory that stays mapped while it works; headers consist of `Cell`s.
    unsafe { &*(address as *const Header) }
}

#[inline(always)]
pub(crate) fn slot_at<'a>(address: usize) -> &'a Slot {
    // SAFETY: as for `header`: an aligned word inside an object, seen as a `Cell`.
    unsafe { &*(address as *const Slot) }
}

#[inline(always)]
fn object(address: usize) -> NonNull<Header> {
    NonNull::new(address as *mut Header).expect("no object lies at address 0")
}

#[inline(always)]
pub(crate) fn round8(size: usize) -> usize {
    (size + 7) & !7
}

fn filler_size(h: &Header) -> usize {
    h.len() as usize * 8
}

impl Shapes {
    /// The layout of an object, or `None` for a header that no object can have.
    #[inline]
    pub(crate) fn checked_layout(&self, h: &Header) -> Option<Layout> {
        let id = h.shape();
        match self.shapes.get(id.0 as usize) {
            Some(l) => self.layouts.get(l.0 as usize).copied(),
            None if id == FILLER => Some(Layout::Bytes { size: filler_size }),
            None => None,
        }
    }
    #[inline(always)]
    pub(crate) fn layout(&self, h: &Header) -> &Layout {
        &self.layouts[self.shapes[h.shape().0 as usize].0 as usize]
    }
    /// Total bytes of an object, a multiple of 8.
    #[inline(always)]
    pub(crate) fn size_of(&self, h: &Header) -> usize {
        round8(layout_size(self.layout(h), h))
    }
    /// Size of what a walk over a young run finds, at least 8; `None` if the run cannot be read on.
    pub(crate) fn walk_size(&self, address: usize) -> Option<usize> {
        let h = header(address);
        let size = round8(layout_size(&self.checked_layout(h)?, h));
        (size >= 8).then_some(size)
    }
    /// Visits all reference slots of the object, the weak one only if `weak`.
    #[inline(always)]
    pub(crate) fn each_slot(&self, address: usize, weak: bool, mut f: impl FnMut(&Slot)) {
        let h = header(address);
        match *self.layout(h) {
            Layout::Slots { size, slots } => {
                for i in 0..slots {
                    f(slot_at(address + HEADER + i * WORD));
                }
                for i in 0..h.len() as usize {
                    f(slot_at(address + size + i * WORD));
                }
            }
            Layout::Bytes { .. } => {}
            Layout::Weak { size, slots } => {
                for i in usize::from(!weak)..slots {
                    f(slot_at(address + HEADER + i * WORD));
                }
                for i in 0..h.len() as usize {
                    f(slot_at(address + size + i * WORD));
                }
            }
            Layout::Owned { size, slots, trace, .. } => {
                for i in 0..slots {
                    f(slot_at(address + HEADER + i * WORD));
                }
                for i in 0..h.len() as usize {
                    f(slot_at(address + size + i * WORD));
                }
                if let Some(trace) = trace {
                    trace(object(address), &mut Visitor { visit: &mut f });
                }
            }
            Layout::Custom { trace, .. } => trace(object(address), &mut Visitor { visit: &mut f }),
        }
    }
    /// Number of reference words if all lie in the object and the layout tells; else 0.
    #[inline]
    pub(crate) fn slot_count(&self, h: &Header) -> usize {
        match *self.layout(h) {
            Layout::Slots { slots, .. } | Layout::Weak { slots, .. } => slots + h.len() as usize,
            _ => 0,
        }
    }
    pub(crate) fn drop_of(&self, h: &Header) -> Option<fn(NonNull<Header>)> {
        match *self.layout(h) {
            Layout::Custom { drop, .. } | Layout::Owned { drop, .. } => drop,
            _ => None,
        }
    }
    /// Runs the native drop of a dead object.
    pub(crate) fn run_drop(&self, address: usize) {
        if let Some(drop) = self.drop_of(header(address)) {
            drop(object(address));
        }
    }
}

#[inline(always)]
pub(crate) fn layout_size(layout: &Layout, h: &Header) -> usize {
    match *layout {
        Layout::Slots { size, .. } | Layout::Weak { size, .. } | Layout::Owned { size, .. } => {
            size + h.len() as usize * WORD
        }
        Layout::Bytes { size } | Layout::Custom { size, .. } => size(h),
    }
}

/// The address of the first reference word of a weak object: the weak one.
pub(crate) fn weak_slot<'a>(address: usize) -> &'a Slot {
    slot_at(address + HEADER)
}

/// The value word that points to the object at `address`.
pub(crate) fn value(address: usize) -> crate::Value {
    crate::Value::from_bits(address)
}
