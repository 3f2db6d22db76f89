//! Subscripts, lengths, membership, and turning values into indices.

use crate::error::{Raised, Res};
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

pub use crate::object::Indices;

impl Vm {
    /// `operator.index(v)`: an exact int, or TypeError.
    #[inline]
    pub fn index(&self, v: Value) -> Res {
        if v.is_int() {
            return Ok(v);
        }
        match self.as_int(v) {
            Some(n) => Ok(n),
            None => self.index_slow(v),
        }
    }
    fn index_slow(&self, v: Value) -> Res {
        match self.call_special(v, Special::Index, &[]) {
            Some(r) => {
                let r = r?;
                let Some(n) = self.as_int(r) else {
                    return Err(self.type_error(format!(
                        "__index__ returned non-int (type {})",
                        self.type_name(r)
                    )));
                };
                if self.class_of(r) != self.classes().int {
                    let text = format!(
                        "__index__ returned non-int (type {}).  The ability to return an instance \
                         of a strict subclass of int is deprecated, and may not be supported in a \
                         future version of Python.",
                        self.type_name(r)
                    );
                    self.warn(self.exc().deprecation_warning, &text)?;
                }
                Ok(n)
            }
            None => Err(self.type_error(format!(
                "'{}' object cannot be interpreted as an integer",
                self.type_name(v)
            ))),
        }
    }
    /// An index as `isize`; `IndexError` (or the class given) when it is too large.
    pub fn index_isize(&self, v: Value, error: Option<Gc<Class>>) -> Res<isize> {
        let n = self.index(v)?;
        match n.as_int() {
            Some(n) => Ok(n),
            None => match self.int_ref(&n).to_i64().and_then(|n| isize::try_from(n).ok()) {
                Some(n) => Ok(n),
                None => Err(self.raise_text(
                    error.unwrap_or(self.exc().index_error),
                    &match error {
                        Some(_) => "Python int too large to convert to C ssize_t".to_owned(),
                        None => format!(
                            "cannot fit '{}' into an index-sized integer",
                            self.type_name(v)
                        ),
                    },
                )),
            },
        }
    }
    /// An index clamped to `isize`, as slice bounds are.
    pub fn index_clamped(&self, v: Value) -> Res<isize> {
        let n = self.index(v)?;
        Ok(match n.as_int() {
            Some(n) => n,
            None => match self.int_ref(&n).to_i64().and_then(|n| isize::try_from(n).ok()) {
                Some(n) => n,
                None if self.int_ref(&n).is_negative() => isize::MIN,
                None => isize::MAX,
            },
        })
    }
    /// A C `int`/`long`-like argument.
    pub fn int_i64(&self, v: Value) -> Res<i64> {
        let n = self.index(v)?;
        match self.int_ref(&n).to_i64() {
            Some(n) => Ok(n),
            None => Err(self.overflow_error("Python int too large to convert to C long")),
        }
    }
    /// Resolves `start:stop:step` for a sequence of `len` items, which `__index__` methods must not change.
    pub fn slice_indices(
        &self,
        start: Value,
        stop: Value,
        step: Value,
        len: usize,
    ) -> Res<Indices> {
        Ok(self.slice_parts(start, stop, step)?.resolve(len))
    }
    /// The parts of a slice object resolved for `len` items.
    pub fn resolve_slice(&self, s: Gc<Slice>, len: usize) -> Res<Indices> {
        self.slice_indices(s.start.get(), s.stop.get(), s.step.get(), len)
    }
    pub fn as_slice(&self, v: Value) -> Option<Gc<Slice>> {
        self.exact(v, core_shape::SLICE)
    }
    /// A sequence index from a subscript: negative counts from the end; IndexError `message` outside.
    pub fn sequence_index(&self, key: Value, len: usize, message: &str) -> Res<usize> {
        let n = match key.as_int() {
            Some(n) => n,
            None => self.index_isize(key, None)?,
        };
        let i = if n < 0 { n.saturating_add(len as isize) } else { n };
        if i < 0 || i as usize >= len { Err(self.index_error(message)) } else { Ok(i as usize) }
    }

    /// `v[key]` of an exact list, tuple or dict, without dispatch.
    #[inline]
    pub(crate) fn get_item_exact(&self, v: Value, key: Value) -> Option<Res> {
        let o = self.object(v)?;
        match o.shape() {
            core_shape::DICT => {
                // SAFETY: the shape is that of dicts.
                let d: Gc<Dict> = unsafe { Gc::from_value(v) };
                Some(match self.dict_get(d, key) {
                    Ok(Some(found)) => Ok(found),
                    Ok(None) => Err(self.key_error(key)),
                    Err(r) => Err(r),
                })
            }
            core_shape::STR | core_shape::STR_BUFFERED | core_shape::BYTES => {
                let n = key.as_int()?;
                let n = if n < 0 { n + self.sequence_length(o) as isize } else { n };
                self.sequence_item_exact(v, n)?.map(Ok)
            }
            _ => None,
        }
    }
    fn sequence_length(&self, o: Gc<pyrs_heap::Header>) -> usize {
        match o.shape() {
            core_shape::STR_BUFFERED => self.exact_str(o.value()).map_or(0, |s| s.len()),
            _ => o.len() as usize,
        }
    }
    /// `v[key]`
    pub fn get_item(&self, v: Value, key: Value) -> Res {
        if let Some(l) = self.exact::<List>(v, core_shape::LIST)
            && let Some(n) = key.as_int()
        {
            let i = if n < 0 { n + l.len() as isize } else { n };
            return l.get(i as usize).ok_or_else(|| self.index_error("list index out of range"));
        }
        if let Some(d) = self.exact::<Dict>(v, core_shape::DICT) {
            return match self.dict_get(d, key)? {
                Some(found) => Ok(found),
                None => Err(self.key_error(key)),
            };
        }
        match self.call_special(v, Special::GetItem, &[key]) {
            Some(r) => r,
            None => self.get_item_of_class(v, key),
        }
    }
    /// `C[key]` through `__class_getitem__`.
    fn get_item_of_class(&self, v: Value, key: Value) -> Res {
        if self.as_class(v).is_some() {
            if v == self.classes().type_.value() {
                return self.generic_alias(v, key);
            }
            if let Some(f) = self.get_attr_opt(v, self.names().class_getitem)? {
                return self.call(f, &[key]);
            }
            let name = self.as_class(v).map_or_else(String::new, |c| self.class_name(c));
            return Err(self.type_error(format!("type '{name}' is not subscriptable")));
        }
        Err(self.type_error(format!("'{}' object is not subscriptable", self.type_name(v))))
    }
    /// `types.GenericAlias(origin, args)` through the class registered by the built-in types.
    pub fn generic_alias(&self, origin: Value, key: Value) -> Res {
        let class = self.generic_alias_class.get();
        if class.is_none() {
            return Err(self.type_error("GenericAlias is not available yet"));
        }
        self.call(class, &[origin, key])
    }
    /// `v[key] = new`
    pub fn set_item(&self, v: Value, key: Value, new: Value) -> Res<()> {
        if let Some(l) = self.exact::<List>(v, core_shape::LIST)
            && let Some(n) = key.as_int()
        {
            let i = if n < 0 { n + l.len() as isize } else { n };
            if i < 0 || i as usize >= l.len() {
                return Err(self.index_error("list assignment index out of range"));
            }
            l.set(self, i as usize, new);
            return Ok(());
        }
        if let Some(d) = self.exact::<Dict>(v, core_shape::DICT) {
            return self.dict_set(d, key, new);
        }
        match self.call_special(v, Special::SetItem, &[key, new]) {
            Some(r) => r.map(drop),
            None => Err(self.type_error(format!(
                "'{}' object does not support item assignment",
                self.type_name(v)
            ))),
        }
    }
    /// `del v[key]`
    pub fn delete_item(&self, v: Value, key: Value) -> Res<()> {
        match self.call_special(v, Special::DelItem, &[key]) {
            Some(r) => r.map(drop),
            None => Err(self.type_error(format!(
                "'{}' object doesn't support item deletion",
                self.type_name(v)
            ))),
        }
    }
    /// KeyError(key)
    #[cold]
    pub fn key_error(&self, key: Value) -> Raised {
        self.raise_with(self.exc().key_error, &[key])
    }
    /// `len(v)`
    pub fn len(&self, v: Value) -> Res<usize> {
        if let Some(o) = self.object(v) {
            match o.shape() {
                core_shape::LIST => return Ok(self.as_list(v).map_or(0, |l| l.len())),
                core_shape::DICT => return Ok(self.as_dict(v).map_or(0, |d| d.len())),
                core_shape::STR
                | core_shape::STR_BUFFERED
                | core_shape::TUPLE
                | core_shape::BYTES => {
                    return Ok(o.len() as usize);
                }
                _ => {}
            }
        }
        let Some(r) = self.call_special(v, Special::Len, &[]) else {
            return Err(
                self.type_error(format!("object of type '{}' has no len()", self.type_name(v)))
            );
        };
        let r = r?;
        let n = self.index(r)?;
        if self.int_ref(&n).is_negative() {
            return Err(self.value_error("__len__() should return >= 0"));
        }
        match self.int_ref(&n).to_i64().and_then(|n| isize::try_from(n).ok()) {
            Some(n) => Ok(n as usize),
            None => Err(self.overflow_error("cannot fit 'int' into an index-sized integer")),
        }
    }
    /// `item in container`
    pub fn contains(&self, container: Value, item: Value) -> Res<bool> {
        if let Some(d) = self.exact::<Dict>(container, core_shape::DICT) {
            return Ok(self.dict_find(d, item)?.is_some());
        }
        if let Some(o) = self.object(container)
            && matches!(o.shape(), core_shape::SET | core_shape::FROZENSET)
            && (item.is_int() || self.exact_str(item).is_some())
        {
            // SAFETY: both shapes are those of sets.
            let s: Gc<Set> = unsafe { o.cast() };
            return Ok(self.set_find_hashed(s, item, self.hash(item)?)?.is_some());
        }
        if let Some(l) = self.exact::<List>(container, core_shape::LIST) {
            let mut i = 0;
            while let Some(x) = l.get(i) {
                if self.equal(x, item)? {
                    return Ok(true);
                }
                i += 1;
            }
            return Ok(false);
        }
        if let Some(t) = self.exact::<Tuple>(container, core_shape::TUPLE) {
            for i in 0..t.len() {
                if self.equal(t.get(i), item)? {
                    return Ok(true);
                }
            }
            return Ok(false);
        }
        let class = self.class_of(container);
        match self.special(class, Special::Contains) {
            Some(f) if f.is_none() => Err(self
                .type_error(format!("'{}' object is not a container", self.type_name(container)))),
            Some(f) => {
                let r = self.call_bound(f, container, &[item])?;
                self.truth(r)
            }
            None => {
                let iterable = self.special(class, Special::Iter).is_some_and(|f| !f.is_none())
                    || self.special(class, Special::GetItem).is_some();
                if !iterable {
                    return Err(self.type_error(format!(
                        "argument of type '{}' is not a container or iterable",
                        self.type_name(container)
                    )));
                }
                let it = self.get_iter(container)?;
                while let Some(x) = self.next(it)? {
                    if self.equal(x, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}
