//! Iteration: `iter`, `next`, and loops over iterables in native code.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_heap::{Gc, Header, Slot, Value};

impl Vm {
    /// `iter(v)`
    pub fn get_iter(&self, v: Value) -> Res {
        if let Some(o) = self.object(v)
            && matches!(
                o.shape(),
                core_shape::GENERATOR | core_shape::SEQ_ITER | core_shape::LIST_ITER
            )
        {
            return Ok(v);
        }
        let class = self.class_of(v);
        match self.special(class, Special::Iter) {
            Some(f) if f.is_none() => Err(self.not_iterable(v)),
            Some(f) => {
                let it = self.call_bound(f, v, &[])?;
                if self.is_iterator(it) { Ok(it) } else { Err(self.not_an_iterator(it)) }
            }
            None if self.special(class, Special::GetItem).is_some()
                && !class.has(class_flag::MAPPING) =>
            {
                self.new_seq_iter(v, 0, 1)
            }
            None => Err(self.not_iterable(v)),
        }
    }
    /// The error of an `__iter__` that gave `it`.
    #[cold]
    pub(crate) fn not_an_iterator(&self, it: Value) -> crate::error::Raised {
        let t = self.type_name(it);
        self.type_error(format!("iter() returned non-iterator of type '{t}'"))
    }
    #[cold]
    pub fn not_iterable(&self, v: Value) -> crate::error::Raised {
        self.type_error(format!("'{}' object is not iterable", self.type_name(v)))
    }
    pub fn is_iterator(&self, v: Value) -> bool {
        self.special(self.class_of(v), Special::Next).is_some_and(|f| !f.is_none())
    }
    /// `next(it)`: `None` when exhausted (StopIteration is swallowed).
    pub fn next(&self, it: Value) -> Res<Option<Value>> {
        if let Some(o) = self.object(it) {
            match o.shape() {
                core_shape::SEQ_ITER
                | core_shape::LIST_ITER
                | core_shape::LIST_REVERSE_ITER
                | core_shape::TUPLE_ITER
                | core_shape::STR_ASCII_ITER
                | core_shape::STR_ITER
                | core_shape::BYTES_ITER
                | core_shape::BYTEARRAY_ITER
                | core_shape::MEMORY_ITER => {
                    // SAFETY: the shapes are those of sequence iterators.
                    return self.seq_iter_next(unsafe { Gc::from_value(it) });
                }
                core_shape::RANGE_ITER => {
                    // SAFETY: the shape is that of range iterators.
                    return self.range_iter_next(unsafe { Gc::from_value(it) });
                }
                core_shape::DICT_KEY_ITER
                | core_shape::DICT_VALUE_ITER
                | core_shape::DICT_ITEM_ITER => {
                    // SAFETY: the shapes are those of dict iterators.
                    return self.dict_iter_next(unsafe { Gc::from_value(it) });
                }
                core_shape::SET_ITER => {
                    // SAFETY: the shape is that of set iterators.
                    return self.set_iter_next(unsafe { Gc::from_value(it) });
                }
                core_shape::GENERATOR => {
                    // SAFETY: the shape is that of generators.
                    return self.generator_next(unsafe { Gc::from_value(it) });
                }
                _ => {}
            }
        }
        let class = self.class_of(it);
        match self.special(class, Special::Next) {
            Some(f) if !f.is_none() => {
                // A native `__next__` may say "exhausted" by giving UNBOUND, which spares making StopIteration.
                let r = match self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD) {
                    Some(_) if self.is_quick() && !self.steps_quickly(class, it) => {
                        return Err(self.refused());
                    }
                    Some(n) => (n.def.function)(self, &[it]),
                    None => self.call_bound(f, it, &[]),
                };
                match r {
                    Ok(v) if v.is_unbound() => Ok(None),
                    r => self.catch(r, self.exc().stop_iteration),
                }
            }
            _ => {
                Err(self.type_error(format!("'{}' object is not an iterator", self.type_name(it))))
            }
        }
    }
    /// Whether a native iterator gives an item or has done nothing: one that asks several others, or calls a
    /// function, may find out that Python code must run when it has taken an item already.
    #[cold]
    fn steps_quickly(&self, class: Gc<Class>, it: Value) -> bool {
        class.has(class_flag::QUICK_NEXT) || self.is_plain_iterator(it)
    }
    /// The next item of a sequence iterator.
    #[inline]
    pub fn seq_iter_next(&self, it: Gc<SeqIter>) -> Res<Option<Value>> {
        let (s, i) = (it.sequence.get(), it.index.get());
        if s.is_unbound() {
            return Ok(None);
        }
        let known = match it.header.shape() {
            core_shape::LIST_ITER | core_shape::LIST_REVERSE_ITER => {
                Some(self.as_list(s).and_then(|l| l.get(i as usize)))
            }
            core_shape::BYTEARRAY_ITER => {
                let b = self.cast::<ByteArray>(s);
                let byte = b.and_then(|b| b.data().get(i as usize).map(Cell::get));
                Some(byte.map(|b| Value::small_int(b as isize)))
            }
            _ => self.sequence_item_exact(s, i),
        };
        let item = match known {
            Some(item) => item,
            None => {
                let key = self.int(i as i64)?;
                let r = self.get_item(s, key);
                match r {
                    Ok(v) => Some(v),
                    Err(r)
                        if self.pending_is(r, self.exc().index_error)
                            || self.pending_is(r, self.exc().stop_iteration) =>
                    {
                        self.take_exception(r);
                        None
                    }
                    Err(r) => return Err(r),
                }
            }
        };
        match item {
            Some(_) if i >= 0 => it.index.set(i + it.step.get()),
            _ => {
                it.sequence.set(&self.heap, it, Value::UNBOUND);
                return Ok(None);
            }
        }
        Ok(item)
    }
    /// Item `i` of an exact list, tuple, str, bytes or bytearray: `Some(None)` past the end, `None` for other types.
    #[inline]
    pub fn sequence_item_exact(&self, s: Value, i: isize) -> Option<Option<Value>> {
        let o = self.object(s)?;
        match o.shape() {
            core_shape::LIST => Some(self.as_list(s)?.get(i as usize)),
            core_shape::TUPLE => {
                let t = self.as_tuple(s)?;
                Some((i >= 0 && (i as usize) < t.len()).then(|| t.get(i as usize)))
            }
            core_shape::BYTES => {
                let b = self.as_bytes(s)?;
                let byte = usize::try_from(i).ok().and_then(|i| b.data().get(i).copied());
                Some(byte.map(|b| Value::small_int(b as isize)))
            }
            core_shape::BYTEARRAY => {
                let b = self.cast::<ByteArray>(s)?;
                let byte = usize::try_from(i).ok().and_then(|i| b.data().get(i));
                Some(byte.map(|b| Value::small_int(b.get() as isize)))
            }
            core_shape::STR | core_shape::STR_BUFFERED => {
                let t = self.exact_str(s)?;
                if i < 0 || i as usize >= t.len() {
                    return Some(None);
                }
                // A character that cannot be made (no memory) is reported by the slow path.
                self.str_of_point(t.at(i as usize)).ok().map(|c| Some(c.value()))
            }
            _ => None,
        }
    }
    /// Calls `f` with each item of an iterable.
    pub fn iterate(&self, iterable: Value, mut f: impl FnMut(Value) -> Res<()>) -> Res<()> {
        if let Some(l) = self.exact::<List>(iterable, core_shape::LIST) {
            let mut i = 0;
            while let Some(v) = l.get(i) {
                f(v)?;
                i += 1;
            }
            return Ok(());
        }
        if let Some(t) = self.exact::<Tuple>(iterable, core_shape::TUPLE) {
            for i in 0..t.len() {
                f(t.get(i))?;
            }
            return Ok(());
        }
        let it = self.get_iter(iterable)?;
        while let Some(v) = self.next(it)? {
            f(v)?;
        }
        Ok(())
    }
    /// Appends every item of an iterable to a list.
    pub fn list_extend(&self, list: Gc<List>, iterable: Value) -> Res<()> {
        if let Some(t) = self.exact::<Tuple>(iterable, core_shape::TUPLE) {
            self.list_reserve(list, list.len() + t.len())?;
        }
        if let Some(l) = self.exact::<List>(iterable, core_shape::LIST) {
            // The list itself may be what is being extended: its length now is what counts.
            let n = l.len();
            self.list_reserve(list, list.len() + n)?;
            for i in 0..n {
                match l.get(i) {
                    Some(v) => self.list_append(list, v)?,
                    None => break,
                }
            }
            return Ok(());
        }
        self.iterate(iterable, |v| self.list_append(list, v))
    }
    /// A new list of an iterable's items.
    pub fn to_list(&self, iterable: Value) -> Res<Gc<List>> {
        let list = self.new_list()?;
        self.list_extend(list, iterable)?;
        Ok(list)
    }
    /// The items as a tuple; an exact tuple is given as it is.
    pub fn to_tuple(&self, iterable: Value) -> Res<Gc<Tuple>> {
        if let Some(t) = self.exact::<Tuple>(iterable, core_shape::TUPLE) {
            return Ok(t);
        }
        let list = self.to_list(iterable)?;
        self.new_tuple(list.items())
    }
    /// `iter(callable, sentinel)`
    pub fn new_call_iter(&self, callable: Value, sentinel: Value) -> Res {
        let header = Header::new(core_shape::CALL_ITER, 0);
        let (callable, sentinel) = (Slot::new(callable), Slot::new(sentinel));
        Ok(self.alloc(CallIter { header, callable, sentinel })?.value())
    }
    /// `operator.length_hint(v, default)`
    pub fn length_hint(&self, v: Value, default: usize) -> Res<usize> {
        let class = self.class_of(v);
        if self.special(class, Special::Len).is_some()
            && let Some(n) = self.catch(self.len(v), self.exc().type_error)?
        {
            return Ok(n);
        }
        let Some(f) = self.lookup(class, self.names().length_hint) else { return Ok(default) };
        let r = match self.catch(self.call_bound(f, v, &[]), self.exc().type_error)? {
            None => return Ok(default),
            Some(r) if r == Value::NOT_IMPLEMENTED => return Ok(default),
            Some(r) => r,
        };
        match self.as_int(r) {
            Some(n) if self.int_ref(&n).is_negative() => {
                Err(self.value_error("__length_hint__() should return >= 0"))
            }
            Some(n) => Ok(n.as_int().map_or(default, |n| n as usize)),
            None => Err(self.type_error(format!(
                "__length_hint__ must be an integer, not {}",
                self.type_name(r)
            ))),
        }
    }
    /// A range of small ints.
    pub fn new_range(&self, start: Value, stop: Value, step: Value, length: Value) -> Res {
        let r = Range {
            header: Header::new(core_shape::RANGE, 0),
            start: Slot::new(start),
            stop: Slot::new(stop),
            step: Slot::new(step),
            length: Slot::new(length),
        };
        Ok(self.alloc(r)?.value())
    }
    /// A cell outside the heap for loops that must stop early.
    pub fn find_first(
        &self,
        iterable: Value,
        mut f: impl FnMut(Value) -> Res<bool>,
    ) -> Res<Option<Value>> {
        let it = self.get_iter(iterable)?;
        let found = Cell::new(None);
        while let Some(v) = self.next(it)? {
            if f(v)? {
                found.set(Some(v));
                break;
            }
        }
        Ok(found.get())
    }
}
