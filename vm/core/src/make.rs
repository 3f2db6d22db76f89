//! Making objects, and telling what a value is: the verbs every native function starts and ends with.
//!
//! `as_*` accept instances of subclasses (giving the exact base value inside), `exact_*` do not.

use crate::error::Res;
use crate::object::array::{RAW_DATA, Raw};
use crate::object::string::{BUFFERED, BufferedStr, STR_DATA};
use crate::object::*;
use crate::vm::Vm;
use core::cell::Cell;
use core::ptr::NonNull;
use pyrs_heap::{Gc, Header, HeapObject, ShapeId, Slot, Value, flag};
use pyrs_text::bigint::{BigRef, IntRef};
use pyrs_text::{CodePoints, StrBuilder};

impl Vm {
    // ---- raw allocation
    /// An object built by value; its header names a shape whose layout is `T`'s.
    #[inline]
    pub fn alloc<T: Native>(&self, init: T) -> Res<Gc<T>> {
        debug_assert_eq!(T::layout().size, (size_of::<T>() + 7) & !7);
        self.heap.alloc(init).map_err(|_| self.memory_error())
    }
    #[inline]
    pub(crate) fn alloc_raw(&self, size: usize, header: Header) -> Res<NonNull<Header>> {
        self.heap.alloc_raw(size, header).map_err(|_| self.memory_error())
    }
    /// Storage for `n` references, all UNBOUND.
    pub fn new_array(&self, n: usize) -> Res<Gc<Array>> {
        let bytes =
            n.checked_mul(size_of::<Slot>()).and_then(|b| b.checked_add(size_of::<Header>()));
        match bytes {
            Some(bytes) if n <= u32::MAX as usize && bytes <= isize::MAX as usize => {
                let p = self.alloc_raw(bytes, Header::new(core_shape::ARRAY, n as u32))?;
                // SAFETY: fresh zeroed memory of an array's size.
                Ok(unsafe { Gc::from_ptr(p.cast()) })
            }
            _ => Err(self.memory_error()),
        }
    }
    /// Grows an array in place if the heap can.
    pub(crate) fn extend_array(&self, a: Gc<Array>, n: usize) -> bool {
        let word = size_of::<Slot>();
        let (old, new) = (8 + a.capacity() * word, 8usize.saturating_add(n.saturating_mul(word)));
        if n <= u32::MAX as usize && self.heap.try_extend(a.erase(), old, new) {
            a.header.set_len(n as u32);
            return true;
        }
        false
    }
    pub(crate) fn array_of(&self, v: Value) -> Option<Gc<Array>> {
        // SAFETY: callers pass storage fields, which hold an Array or UNBOUND.
        if v.is_unbound() { None } else { Some(unsafe { Gc::from_value(v) }) }
    }
    /// `n` zeroed bytes.
    pub fn new_raw(&self, n: usize) -> Res<Gc<Raw>> {
        if n > u32::MAX as usize || n > isize::MAX as usize - RAW_DATA {
            return Err(self.memory_error());
        }
        let p = self.alloc_raw(RAW_DATA + n, Header::new(core_shape::RAW, n as u32))?;
        // SAFETY: fresh zeroed memory of the right size.
        Ok(unsafe { Gc::from_ptr(p.cast()) })
    }
    /// Call after filling a new object with unbarriered stores: large objects may be born old.
    #[inline(always)]
    pub fn written_in_bulk<T: HeapObject>(&self, o: Gc<T>) {
        if o.header().has(flag::UNLOGGED) {
            self.heap.barrier_all(o.erase());
        }
    }

    // ---- strings
    pub fn new_str(&self, text: &str) -> Res<Gc<Str>> {
        if text.is_ascii() {
            return self.new_str_narrow(text.as_bytes(), StrKind::Ascii);
        }
        self.new_str_points(StrBuilder::from(text).as_points())
    }
    /// As `new_str`, as a value.
    pub fn str(&self, text: &str) -> Res {
        Ok(self.new_str(text)?.value())
    }
    /// An uninitialised (zero) string to be filled before it is shown to anyone.
    pub fn new_str_blank(&self, kind: StrKind, len: usize) -> Res<Gc<Str>> {
        if len > u32::MAX as usize {
            return Err(self.memory_error());
        }
        let header = Header::with_flags(core_shape::STR, kind.flags(), len as u32);
        let p = self.alloc_raw(STR_DATA + len * kind.width(), header)?;
        // SAFETY: fresh memory of the right size.
        Ok(unsafe { Gc::from_ptr(p.cast()) })
    }
    fn new_str_narrow(&self, bytes: &[u8], kind: StrKind) -> Res<Gc<Str>> {
        let s = self.new_str_blank(kind, bytes.len())?;
        // SAFETY: the new string has room for exactly these bytes.
        unsafe { core::ptr::copy_nonoverlapping(bytes.as_ptr(), s.data() as *mut u8, bytes.len()) };
        Ok(s)
    }
    /// A string of these code points, in the narrowest kind. `p` must not point into the heap unless its owner
    /// lies on the native stack.
    pub fn new_str_points(&self, p: CodePoints<'_>) -> Res<Gc<Str>> {
        if p.len() == 1
            && let Some(c) = p.get(0)
            && c < 256
            && let Some(&s) = self.latin1.borrow().get(c as usize)
        {
            return Ok(s);
        }
        if p.is_empty()
            && let Some(&s) = self.latin1.borrow().get(256)
        {
            return Ok(s);
        }
        let kind = StrKind::for_max(p.max_point());
        match p {
            CodePoints::One(b) => self.new_str_narrow(b, kind),
            _ => {
                let s = self.new_str_blank(kind, p.len())?;
                // SAFETY: the new string has `p.len()` units of `kind`.
                unsafe { fill_units(s.data() as *mut u8, kind, p) };
                Ok(s)
            }
        }
    }
    pub fn new_str_builder(&self, b: &StrBuilder) -> Res<Gc<Str>> {
        self.new_str_points(b.as_points())
    }
    /// The one-character string.
    pub fn str_of_point(&self, c: u32) -> Res<Gc<Str>> {
        if let Some(&s) = self.latin1.borrow().get(c as usize)
            && c < 256
        {
            return Ok(s);
        }
        self.new_str_points(CodePoints::Four(&[c]))
    }
    /// Concatenation. With `grow`, leaves room so that repeated appending is linear.
    pub fn str_concat(&self, a: Gc<Str>, b: Gc<Str>, grow: bool) -> Res<Gc<Str>> {
        if a.is_empty() {
            return Ok(b);
        }
        if b.is_empty() {
            return Ok(a);
        }
        let kind = a.kind().max(b.kind());
        let len = a.len() + b.len();
        if grow && len >= 64 {
            return self.str_append(a, b, kind, len);
        }
        let s = self.new_str_blank(kind, len)?;
        let to = s.data() as *mut u8;
        // SAFETY: the new string has room for both parts.
        unsafe {
            fill_units(to, kind, a.points());
            fill_units(to.add(a.len() * kind.width()), kind, b.points());
        }
        Ok(s)
    }
    fn str_append(&self, a: Gc<Str>, b: Gc<Str>, kind: StrKind, len: usize) -> Res<Gc<Str>> {
        let (used, needed) = (a.len() * kind.width(), len * kind.width());
        let shared: Option<Gc<Raw>> = if a.header.has(BUFFERED) && a.kind() == kind {
            // SAFETY: a buffered string's buffer is a Raw.
            let raw: Gc<Raw> = unsafe { Gc::from_value(a.cast::<BufferedStr>().buffer.get()) };
            (raw.used.get() == used && raw.capacity() >= needed).then_some(raw)
        } else {
            None
        };
        let raw = match shared {
            Some(raw) => raw,
            None => {
                let raw = self.new_raw(needed.saturating_add(needed / 2))?;
                // SAFETY: the new buffer has room for `a`.
                unsafe { fill_units(raw.data(), kind, a.points()) };
                raw
            }
        };
        // SAFETY: capacity >= needed, and nothing else uses the bytes behind `used`.
        unsafe { fill_units(raw.data().add(used), kind, b.points()) };
        raw.used.set(needed);
        if len > u32::MAX as usize {
            return Err(self.memory_error());
        }
        let s = self.alloc(BufferedStr {
            header: Header::with_flags(
                core_shape::STR_BUFFERED,
                kind.flags() | BUFFERED,
                len as u32,
            ),
            buffer: Slot::new(raw.value()),
            hash: Cell::new(0),
        })?;
        // SAFETY: a buffered string is a Str.
        Ok(unsafe { s.cast() })
    }
    #[inline(always)]
    pub fn exact_str(&self, v: Value) -> Option<Gc<Str>> {
        let h = v.object()?;
        // SAFETY: pointer words point to live headers.
        let shape = unsafe { h.as_ref() }.shape();
        if shape == core_shape::STR || shape == core_shape::STR_BUFFERED {
            // SAFETY: both shapes are strings.
            Some(unsafe { Gc::from_value(v) })
        } else {
            None
        }
    }
    /// A string, or the exact string inside an instance of a subclass of str.
    #[inline]
    pub fn as_str(&self, v: Value) -> Option<Gc<Str>> {
        match self.exact_str(v) {
            Some(s) => Some(s),
            // SAFETY: a wrapped str holds an exact str.
            None => self.unwrapped(v, Wraps::Str).map(|v| unsafe { Gc::from_value(v) }),
        }
    }

    // ---- the kind of a value
    /// The header of a heap object.
    #[inline(always)]
    pub fn object(&self, v: Value) -> Option<Gc<Header>> {
        // SAFETY: pointer words point to live headers.
        v.object().map(|h| unsafe { Gc::from_ptr(h) })
    }
    /// The exact base value inside a `Wrapped` instance of that kind.
    #[inline]
    pub fn unwrapped(&self, v: Value, wraps: Wraps) -> Option<Value> {
        let o = self.object(v)?;
        let shape = self.shape(o.shape());
        if shape.wrapped && shape.layout.wraps == wraps {
            // SAFETY: the shape says the object is Wrapped.
            Some(unsafe { Gc::<Wrapped>::from_value(v) }.inner.get())
        } else {
            None
        }
    }
    /// The object as a `T`, if its native layout is `T`'s (instances of subclasses included).
    #[inline]
    pub fn cast<T: Native>(&self, v: Value) -> Option<Gc<T>> {
        let o = self.object(v)?;
        let shape = self.shape(o.shape());
        if core::ptr::eq(shape.layout, T::layout()) && !shape.wrapped {
            // SAFETY: the shape's layout is T's.
            Some(unsafe { Gc::from_value(v) })
        } else {
            None
        }
    }
    /// The object as a `T` if its shape is exactly `shape`, which must be one of `T`'s.
    #[inline(always)]
    pub fn exact<T: Native>(&self, v: Value, shape: ShapeId) -> Option<Gc<T>> {
        let o = self.object(v)?;
        // SAFETY: the caller pairs T with its shape.
        if o.shape() == shape { Some(unsafe { Gc::from_value(v) }) } else { None }
    }
    #[inline]
    pub fn as_list(&self, v: Value) -> Option<Gc<List>> {
        self.exact(v, core_shape::LIST).or_else(|| self.cast(v))
    }
    #[inline]
    pub fn as_dict(&self, v: Value) -> Option<Gc<Dict>> {
        self.exact(v, core_shape::DICT).or_else(|| self.cast(v))
    }
    /// A set or frozenset.
    #[inline]
    pub fn as_set(&self, v: Value) -> Option<Gc<Set>> {
        self.exact(v, core_shape::SET).or_else(|| self.cast(v))
    }
    #[inline]
    pub fn as_tuple(&self, v: Value) -> Option<Gc<Tuple>> {
        match self.exact(v, core_shape::TUPLE) {
            Some(t) => Some(t),
            // SAFETY: a wrapped tuple holds an exact tuple.
            None => self.unwrapped(v, Wraps::Tuple).map(|v| unsafe { Gc::from_value(v) }),
        }
    }
    #[inline]
    pub fn as_bytes(&self, v: Value) -> Option<Gc<Bytes>> {
        match self.exact(v, core_shape::BYTES) {
            Some(b) => Some(b),
            // SAFETY: a wrapped bytes holds an exact bytes.
            None => self.unwrapped(v, Wraps::Bytes).map(|v| unsafe { Gc::from_value(v) }),
        }
    }
    #[inline]
    pub fn as_class(&self, v: Value) -> Option<Gc<Class>> {
        self.exact(v, core_shape::CLASS).or_else(|| self.cast(v))
    }
    #[inline]
    pub fn as_exception(&self, v: Value) -> Option<Gc<Exception>> {
        self.cast(v)
    }

    // ---- numbers
    #[inline]
    pub fn int(&self, n: i64) -> Res {
        match Value::try_int(n) {
            Some(v) => Ok(v),
            None => self.int_from_i128(n as i128),
        }
    }
    pub fn int_usize(&self, n: usize) -> Res {
        match isize::try_from(n) {
            Ok(n) if n <= Value::INT_MAX => Ok(Value::small_int(n)),
            _ => self.int_from_i128(n as i128),
        }
    }
    pub fn int_from_u64(&self, n: u64) -> Res {
        self.int_from_i128(n as i128)
    }
    #[cold]
    pub fn int_from_i128(&self, n: i128) -> Res {
        self.int_from_big(&pyrs_text::bigint::BigInt::from_i128(n))
    }
    /// An int from a big integer, small if it fits.
    pub fn int_from_big(&self, n: &pyrs_text::bigint::BigInt) -> Res {
        if let Some(v) = n.to_i64().and_then(Value::try_int) {
            return Ok(v);
        }
        let limbs = n.limbs();
        let flags = if n.is_negative() { crate::object::number::NEGATIVE } else { 0 };
        if limbs.len() > u32::MAX as usize {
            return Err(self.memory_error());
        }
        let header = Header::with_flags(core_shape::INT, flags, limbs.len() as u32);
        let p = self.alloc_raw(8 + size_of_val(limbs), header)?;
        // SAFETY: the object has room for the limbs behind its header.
        unsafe {
            core::ptr::copy_nonoverlapping(limbs.as_ptr(), p.as_ptr().add(1).cast(), limbs.len());
            Ok(Value::from_object(p))
        }
    }
    #[inline]
    pub fn float(&self, x: f64) -> Res {
        match Value::try_float(x) {
            Some(v) => Ok(v),
            None => self.boxed_float(x),
        }
    }
    #[inline(never)]
    pub fn boxed_float(&self, x: f64) -> Res {
        Ok(self.alloc(Float { header: Header::new(core_shape::FLOAT, 0), value: x })?.value())
    }
    pub fn complex(&self, re: f64, im: f64) -> Res {
        Ok(self.alloc(Complex { header: Header::new(core_shape::COMPLEX, 0), re, im })?.value())
    }
    /// The float in an exact float value.
    #[inline(always)]
    pub fn exact_float(&self, v: Value) -> Option<f64> {
        if v.is_inline_float() {
            return Some(v.inline_float_unchecked());
        }
        self.exact::<Float>(v, core_shape::FLOAT).map(|f| f.value)
    }
    /// A float or the one inside an instance of a subclass.
    #[inline]
    pub fn as_float(&self, v: Value) -> Option<f64> {
        self.exact_float(v)
            .or_else(|| self.unwrapped(v, Wraps::Float).and_then(|v| self.exact_float(v)))
    }
    pub fn as_complex(&self, v: Value) -> Option<(f64, f64)> {
        let v = self.unwrapped(v, Wraps::Complex).unwrap_or(v);
        self.exact::<Complex>(v, core_shape::COMPLEX).map(|c| (c.re, c.im))
    }
    /// The exact int value (small or big) of an int, bool or instance of a subclass of int.
    #[inline]
    pub fn as_int(&self, v: Value) -> Option<Value> {
        if v.is_int() {
            return Some(v);
        }
        if let Some(b) = v.as_bool() {
            return Some(Value::small_int(b as isize));
        }
        if self.exact::<BigInt>(v, core_shape::INT).is_some() {
            return Some(v);
        }
        self.unwrapped(v, Wraps::Int)
    }
    /// Views an exact int value for arithmetic. `v` must be kept alive (it is: it lies on the native stack).
    #[inline]
    pub fn int_ref<'a>(&self, v: &'a Value) -> IntRef<'a> {
        match v.as_int() {
            Some(n) => IntRef::Small(n as i64),
            None => {
                // SAFETY: the caller passes an exact int, and the reference keeps the word on the stack.
                let big: Gc<BigInt> = unsafe { Gc::from_value(*v) };
                let limbs = big.limbs();
                // SAFETY: the object cannot move or die while `v` stands on the stack.
                let limbs = unsafe { core::slice::from_raw_parts(limbs.as_ptr(), limbs.len()) };
                IntRef::Big(BigRef::new(big.is_negative(), limbs))
            }
        }
    }

    // ---- containers
    pub fn new_tuple(&self, items: &[Value]) -> Res<Gc<Tuple>> {
        let t = self.new_tuple_blank(items.len())?;
        for (i, &v) in items.iter().enumerate() {
            t.slot(i).set_unbarriered(v);
        }
        self.written_in_bulk(t);
        Ok(t)
    }
    pub fn tuple(&self, items: &[Value]) -> Res {
        Ok(self.new_tuple(items)?.value())
    }
    /// A tuple of UNBOUND items, to be filled before anyone sees it.
    pub fn new_tuple_blank(&self, n: usize) -> Res<Gc<Tuple>> {
        if n > u32::MAX as usize {
            return Err(self.memory_error());
        }
        if n == 0
            && let Some(empty) = self.exact(self.empty_tuple.get(), core_shape::TUPLE)
        {
            return Ok(empty);
        }
        let p = self.alloc_raw(
            size_of::<Tuple>() + n * size_of::<Slot>(),
            Header::new(core_shape::TUPLE, n as u32),
        )?;
        // SAFETY: fresh zeroed memory of the right size.
        Ok(unsafe { Gc::from_ptr(p.cast()) })
    }
    pub fn list(&self, items: &[Value]) -> Res {
        Ok(self.list_from(items)?.value())
    }
    pub fn new_bytes(&self, data: &[u8]) -> Res<Gc<Bytes>> {
        let b = self.new_bytes_blank(data.len())?;
        // SAFETY: the object has room for the data.
        unsafe {
            core::ptr::copy_nonoverlapping(data.as_ptr(), b.data().as_ptr() as *mut u8, data.len())
        };
        Ok(b)
    }
    pub fn bytes(&self, data: &[u8]) -> Res {
        Ok(self.new_bytes(data)?.value())
    }
    pub fn new_bytes_blank(&self, n: usize) -> Res<Gc<Bytes>> {
        if n > u32::MAX as usize {
            return Err(self.memory_error());
        }
        let p = self.alloc_raw(size_of::<Bytes>() + n, Header::new(core_shape::BYTES, n as u32))?;
        // SAFETY: fresh zeroed memory of the right size.
        Ok(unsafe { Gc::from_ptr(p.cast()) })
    }
    pub fn new_cell(&self, content: Value) -> Res<Gc<CellObject>> {
        self.alloc(CellObject {
            header: Header::new(core_shape::CELL, 0),
            content: Slot::new(content),
        })
    }
    pub fn new_slice(&self, start: Value, stop: Value, step: Value) -> Res {
        let s = Slice {
            header: Header::new(core_shape::SLICE, 0),
            start: Slot::new(start),
            stop: Slot::new(stop),
            step: Slot::new(step),
        };
        Ok(self.alloc(s)?.value())
    }
    pub fn bind_method(&self, function: Value, receiver: Value) -> Res {
        let native = self.object(function).is_some_and(|o| {
            matches!(o.shape(), core_shape::NATIVE_METHOD | core_shape::NATIVE_CLASS_METHOD)
        });
        if !native {
            return self.bind_any(function, receiver);
        }
        let header = Header::new(core_shape::BOUND_NATIVE, 0);
        let (function, receiver) = (Slot::new(function), Slot::new(receiver));
        Ok(self.alloc(BoundNative { header, function, receiver })?.value())
    }
    /// A `method` object of any callable.
    pub fn bind_any(&self, function: Value, receiver: Value) -> Res {
        let header = Header::new(core_shape::BOUND_METHOD, 0);
        let (function, receiver) = (Slot::new(function), Slot::new(receiver));
        Ok(self.alloc(BoundMethod { header, function, receiver })?.value())
    }
    pub fn new_seq_iter(&self, sequence: Value, index: isize, step: isize) -> Res {
        self.new_seq_iter_of(core_shape::SEQ_ITER, sequence, index, step)
    }
    /// A sequence iterator of one of the shapes with that layout.
    pub fn new_seq_iter_of(
        &self,
        shape: ShapeId,
        sequence: Value,
        index: isize,
        step: isize,
    ) -> Res {
        let i = SeqIter {
            header: Header::new(shape, 0),
            sequence: Slot::new(sequence),
            index: Cell::new(index),
            step: Cell::new(step),
        };
        Ok(self.alloc(i)?.value())
    }
}

/// Writes code points as units of `kind`, which is wide enough.
///
/// # Safety
/// `to` has room for `p.len()` units.
pub(crate) unsafe fn fill_units(to: *mut u8, kind: StrKind, p: CodePoints<'_>) {
    // SAFETY: the caller's promise covers every write below.
    unsafe {
        match (kind.width(), p) {
            (1, CodePoints::One(b)) => core::ptr::copy_nonoverlapping(b.as_ptr(), to, b.len()),
            (2, CodePoints::Two(u)) => {
                core::ptr::copy_nonoverlapping(u.as_ptr().cast::<u8>(), to, u.len() * 2)
            }
            (4, CodePoints::Four(u)) => {
                core::ptr::copy_nonoverlapping(u.as_ptr().cast::<u8>(), to, u.len() * 4)
            }
            (1, p) => p.iter().enumerate().for_each(|(i, c)| *to.add(i) = c as u8),
            (2, p) => p.iter().enumerate().for_each(|(i, c)| *to.cast::<u16>().add(i) = c as u16),
            (_, p) => p.iter().enumerate().for_each(|(i, c)| *to.cast::<u32>().add(i) = c),
        }
    }
}
