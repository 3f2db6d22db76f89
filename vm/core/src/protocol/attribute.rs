//! Attribute access: the descriptor protocol, instance attributes by shape, and the hooks
//! `__getattribute__`, `__getattr__`, `__setattr__`, `__delattr__`.
//!
//! `get_attr` is `x.name`; `generic_get_attr` is `object.__getattribute__`; `class_get_attr` is
//! `type.__getattribute__`. Names are interned before any search, so searches compare addresses.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Header, Value};

/// How a class attribute behaves when reached through an instance.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Binding {
    /// No `__get__`: the value itself.
    Plain,
    /// A non-data descriptor.
    NonData,
    /// A data descriptor: wins over instance attributes.
    Data,
}

impl Vm {
    /// How `attribute` (found in a class) binds.
    pub fn binding_of(&self, attribute: Value) -> Binding {
        let Some(o) = self.object(attribute) else { return Binding::Plain };
        match o.shape() {
            core_shape::FUNCTION
            | core_shape::NATIVE_METHOD
            | core_shape::NATIVE_CLASS_METHOD
            | core_shape::STATIC_METHOD
            | core_shape::CLASS_METHOD => Binding::NonData,
            core_shape::PROPERTY | core_shape::GETSET | core_shape::MEMBER => Binding::Data,
            core_shape::NATIVE_FUNCTION
            | core_shape::STR
            | core_shape::TUPLE
            | core_shape::LIST => Binding::Plain,
            _ => {
                let c = self.class_of(attribute);
                if self.special(c, Special::Set).is_some()
                    || self.special(c, Special::Delete).is_some()
                {
                    Binding::Data
                } else if self.special(c, Special::Get).is_some() {
                    Binding::NonData
                } else {
                    Binding::Plain
                }
            }
        }
    }
    /// The data descriptor has `__get__` too (else the instance's own attribute is what reading gives).
    fn can_be_read(&self, descriptor: Value) -> bool {
        let own = [core_shape::PROPERTY, core_shape::GETSET, core_shape::MEMBER];
        self.object(descriptor).is_some_and(|o| own.contains(&o.shape()))
            || self.special(self.class_of(descriptor), Special::Get).is_some()
    }
    /// `descriptor.__get__(instance, class)`; UNBOUND as instance means access through the class.
    pub fn descriptor_get(&self, descriptor: Value, instance: Value, class: Gc<Class>) -> Res {
        let Some(o) = self.object(descriptor) else { return Ok(descriptor) };
        let through_class = instance.is_unbound();
        match o.shape() {
            core_shape::FUNCTION | core_shape::NATIVE_METHOD => {
                if through_class {
                    Ok(descriptor)
                } else {
                    self.bind_method(descriptor, instance)
                }
            }
            core_shape::NATIVE_FUNCTION => Ok(descriptor),
            core_shape::NATIVE_CLASS_METHOD => self.bind_method(descriptor, class.value()),
            core_shape::STATIC_METHOD => {
                Ok(self.cast::<StaticMethod>(descriptor).map_or(descriptor, |s| s.function.get()))
            }
            core_shape::CLASS_METHOD => match self.cast::<ClassMethod>(descriptor) {
                Some(m) => self.bind_class_method(m.function.get(), class),
                None => Ok(descriptor),
            },
            core_shape::PROPERTY if !through_class => self.property_get(descriptor, instance),
            core_shape::PROPERTY => Ok(descriptor),
            core_shape::GETSET => match self.exact::<GetSet>(descriptor, core_shape::GETSET) {
                Some(g) if !through_class => (g.def.get)(self, instance),
                _ => Ok(descriptor),
            },
            core_shape::MEMBER if !through_class => self.member_get(descriptor, instance),
            core_shape::MEMBER => Ok(descriptor),
            _ => match self.special(self.class_of(descriptor), Special::Get) {
                Some(get) => {
                    let instance = if through_class { Value::NONE } else { instance };
                    self.call(get, &[descriptor, instance, class.value()])
                }
                None => Ok(descriptor),
            },
        }
    }
    /// What a classmethod object gives for `class`: functions bind, other callables bind through a method too.
    pub fn bind_class_method(&self, function: Value, class: Gc<Class>) -> Res {
        self.bind_method(function, class.value())
    }
    fn property_get(&self, property: Value, instance: Value) -> Res {
        let Some(p) = self.cast::<Property>(property) else { return Ok(property) };
        let getter = p.getter.get();
        if getter.is_none() || getter.is_unbound() {
            return Err(self.property_missing(p, instance, "getter"));
        }
        self.call(getter, &[instance])
    }
    fn property_missing(
        &self,
        p: Gc<Property>,
        instance: Value,
        what: &str,
    ) -> crate::error::Raised {
        let class = self.class_of(instance);
        let qualname = self.as_str(class.qualname.get()).map_or_else(String::new, |s| s.to_lossy());
        let message = match self.as_str(p.name.get()) {
            Some(name) => {
                format!("property '{}' of '{qualname}' object has no {what}", name.to_lossy())
            }
            None => format!("property of '{qualname}' object has no {what}"),
        };
        self.raise_text(self.exc().attribute_error, &message)
    }
    fn member_get(&self, member: Value, instance: Value) -> Res {
        let Some(m) = self.exact::<Member>(member, core_shape::MEMBER) else { return Ok(member) };
        let o = self.member_target(m, instance)?;
        // SAFETY: the instance's class descends from the member's owner, so it has the fixed slot.
        let v = unsafe { word_at(o, self.shape(o.shape()).word(m.slot.get() as usize)) };
        if !v.is_unbound() {
            return Ok(v);
        }
        if m.none_if_unset.get() {
            return Ok(Value::NONE);
        }
        let name = self.as_str(m.name.get()).unwrap_or(self.names().empty);
        Err(self.no_attribute(instance, name))
    }
    /// The instance as an object that has the member's slot, or TypeError.
    fn member_target(&self, m: Gc<Member>, instance: Value) -> Res<Gc<Header>> {
        if let (Some(owner), Some(o)) = (self.as_class(m.owner.get()), self.object(instance))
            && self.is_instance_exact(instance, owner)
        {
            return Ok(o);
        }
        let owner = self.as_class(m.owner.get()).map_or_else(String::new, |c| self.class_name(c));
        let name = self.as_str(m.name.get()).map_or_else(String::new, |s| s.to_lossy());
        Err(self.type_error(format!(
            "descriptor '{name}' for '{owner}' objects doesn't apply to a '{}' object",
            self.type_name(instance)
        )))
    }
    /// `descriptor.__set__(instance, value)` or, with `None`, `__delete__`.
    pub fn descriptor_set(&self, descriptor: Value, instance: Value, v: Option<Value>) -> Res<()> {
        if let Some(p) = self.exact::<Property>(descriptor, core_shape::PROPERTY) {
            let f = if v.is_some() { p.setter.get() } else { p.deleter.get() };
            if f.is_none() || f.is_unbound() {
                return Err(self.property_missing(
                    p,
                    instance,
                    if v.is_some() { "setter" } else { "deleter" },
                ));
            }
            match v {
                Some(v) => self.call(f, &[instance, v])?,
                None => self.call(f, &[instance])?,
            };
            return Ok(());
        }
        if let Some(g) = self.exact::<GetSet>(descriptor, core_shape::GETSET) {
            return match g.def.set {
                Some(set) => set(self, instance, v),
                None => Err(self.raise_text(
                    self.exc().attribute_error,
                    &format!(
                        "attribute '{}' of '{}' objects is not writable",
                        g.def.name,
                        self.type_name(instance)
                    ),
                )),
            };
        }
        if let Some(m) = self.exact::<Member>(descriptor, core_shape::MEMBER) {
            if m.read_only.get() {
                return Err(self.raise_text(self.exc().attribute_error, "readonly attribute"));
            }
            let o = self.member_target(m, instance)?;
            // SAFETY: as in `member_get`.
            let slot = unsafe { slot_at(o, self.shape(o.shape()).word(m.slot.get() as usize)) };
            if v.is_none() && slot.is_unbound() && !m.none_if_unset.get() {
                let name = self.as_str(m.name.get()).unwrap_or(self.names().empty);
                return Err(self.raise_text(self.exc().attribute_error, &name.to_lossy()));
            }
            slot.set(&self.heap, o, v.unwrap_or(Value::UNBOUND));
            return Ok(());
        }
        let special = if v.is_some() { Special::Set } else { Special::Delete };
        match (self.special(self.class_of(descriptor), special), v) {
            (Some(f), Some(v)) => self.call(f, &[descriptor, instance, v])?,
            (Some(f), None) => self.call(f, &[descriptor, instance])?,
            (None, _) => {
                let text = if v.is_some() { "__set__" } else { "__delete__" };
                return Err(self.raise_text(self.exc().attribute_error, text));
            }
        };
        Ok(())
    }

    // ---- instance attributes
    /// The attribute kept in the instance itself; never runs Python. `name` is interned.
    #[inline]
    pub fn instance_get(&self, o: Gc<Header>, name: Gc<Str>) -> Option<Value> {
        let shape = self.shape(o.shape());
        match shape.mode {
            AttributeMode::Slots => {
                let slot = shape.find(name)?;
                // SAFETY: the shape says so.
                Some(unsafe { word_at(o, shape.word(slot)) })
            }
            AttributeMode::Dict => self.dict_get_str(self.dict_of_dict_mode(o, shape)?, name),
            AttributeMode::None => self.explicit_dict(o).and_then(|d| self.dict_get_str(d, name)),
        }
    }
    fn dict_of_dict_mode(&self, o: Gc<Header>, shape: &ShapeInfo) -> Option<Gc<Dict>> {
        // SAFETY: in dict mode the first attribute slot behind the fixed ones holds the dict.
        self.as_dict(unsafe { word_at(o, shape.word(shape.fixed as usize)) })
    }
    /// The dict of objects whose layout has a field for it (functions, modules, ...), if there is one.
    fn explicit_dict(&self, o: Gc<Header>) -> Option<Gc<Dict>> {
        let v = o.value();
        let d = match o.shape() {
            core_shape::FUNCTION => self.cast::<Function>(v)?.dict.get(),
            core_shape::MODULE => self.cast::<Module>(v)?.dict.get(),
            _ => self.explicit_dict_slot(o)?.get(),
        };
        self.as_dict(d)
    }
    /// The object keeps its dict in a field of its layout, whether there is one yet or not.
    pub(crate) fn has_explicit_dict(&self, o: Gc<Header>) -> bool {
        self.shape(o.shape()).mode == AttributeMode::None && self.explicit_dict_slot(o).is_some()
    }
    /// The field that holds such an object's dict.
    fn explicit_dict_slot(&self, o: Gc<Header>) -> Option<&pyrs_heap::Slot> {
        let v = o.value();
        // The reference outlives the local handle: the object stays reachable through `o`.
        macro_rules! slot {
            ($t:ty) => {
                // SAFETY: `o` keeps the object alive and unmoved while the borrow of `self` lasts on this stack.
                self.cast::<$t>(v).map(|x| unsafe { &*(&x.dict as *const pyrs_heap::Slot) })
            };
        }
        slot!(Function).or(slot!(Module)).or(slot!(StaticMethod)).or(slot!(ClassMethod))
    }
    /// Sets an instance attribute; `name` is interned. False: the object takes no such attributes.
    pub fn instance_set(&self, o: Gc<Header>, name: Gc<Str>, v: Value) -> Res<bool> {
        let shape = self.shape(o.shape());
        if o.len() < shape.capacity {
            // Made without attribute slots (by native code, for its own use).
            return Ok(false);
        }
        match shape.mode {
            AttributeMode::Slots => {
                if let Some(slot) = shape.find(name) {
                    // SAFETY: the shape says so.
                    unsafe { slot_at(o, shape.word(slot)) }.set(&self.heap, o, v);
                    return Ok(true);
                }
                if let Some(next) = self.shape_with(shape, name)? {
                    let slot = shape.fixed as usize + shape.names.len();
                    // SAFETY: `shape_with` gives a shape only when there is room.
                    unsafe { slot_at(o, shape.word(slot)) }.set(&self.heap, o, v);
                    o.set_shape(next.id);
                    return Ok(true);
                }
                self.grow_hint(shape);
                let d = self.to_dict_mode(o)?;
                self.dict_set_str(d, name, v)?;
                Ok(true)
            }
            AttributeMode::Dict => match self.dict_of_dict_mode(o, shape) {
                Some(d) => self.dict_set_str(d, name, v).map(|()| true),
                None => Ok(false),
            },
            AttributeMode::None => {
                let Some(slot) = self.explicit_dict_slot(o) else { return Ok(false) };
                let d = match self.as_dict(slot.get()) {
                    Some(d) => d,
                    None => {
                        let d = self.new_dict()?;
                        slot.set(&self.heap, o, d.value());
                        d
                    }
                };
                self.dict_set_str(d, name, v).map(|()| true)
            }
        }
    }
    /// Later instances of the class get more attribute slots, up to a limit.
    fn grow_hint(&self, shape: &ShapeInfo) {
        let c = shape.class;
        let have = shape.capacity - shape.fixed;
        let want = (have * 2).clamp(4, 64);
        if c.capacity_hint.get() < want {
            c.capacity_hint.set(want);
            if c.root_shape.get().0 as usize >= core_shape::COUNT {
                // Failing to make the shape only leaves instances small.
                if let Err(r) = self.make_root_shape(c) {
                    self.take_exception(r);
                }
            }
        }
    }
    /// Deletes an instance attribute; false if there is none.
    pub fn instance_delete(&self, o: Gc<Header>, name: Gc<Str>) -> Res<bool> {
        let shape = self.shape(o.shape());
        match shape.mode {
            AttributeMode::Slots => {
                let Some(slot) = shape.find(name) else { return Ok(false) };
                if slot + 1 == shape.fixed as usize + shape.names.len()
                    && let Some(parent) = shape.parent
                {
                    // SAFETY: the shape says so.
                    unsafe { slot_at(o, shape.word(slot)) }.set(&self.heap, o, Value::UNBOUND);
                    o.set_shape(parent);
                    return Ok(true);
                }
                let d = self.to_dict_mode(o)?;
                Ok(self.dict_remove(d, name.value())?.is_some())
            }
            AttributeMode::Dict => match self.dict_of_dict_mode(o, shape) {
                Some(d) => Ok(self.dict_remove(d, name.value())?.is_some()),
                None => Ok(false),
            },
            AttributeMode::None => match self.explicit_dict(o) {
                Some(d) => Ok(self.dict_remove(d, name.value())?.is_some()),
                None => Ok(false),
            },
        }
    }
    /// Moves an instance's attributes into a dict, which from now on is its `__dict__`.
    pub fn to_dict_mode(&self, o: Gc<Header>) -> Res<Gc<Dict>> {
        let shape = self.shape(o.shape());
        if o.len() < shape.capacity {
            // Made without attribute slots: whatever is put into this dict is not kept.
            return self.new_dict();
        }
        if shape.mode == AttributeMode::Dict
            && let Some(d) = self.dict_of_dict_mode(o, shape)
        {
            return Ok(d);
        }
        let d = self.instance_dict_copy(o)?;
        let next = self.dict_shape(shape)?;
        for i in shape.fixed..shape.capacity {
            let v = if i == shape.fixed { d.value() } else { Value::UNBOUND };
            // SAFETY: i < capacity.
            unsafe { slot_at(o, shape.word(i as usize)) }.set(&self.heap, o, v);
        }
        o.set_shape(next.id);
        Ok(d)
    }
    /// A fresh dict with the instance's attributes.
    pub fn instance_dict_copy(&self, o: Gc<Header>) -> Res<Gc<Dict>> {
        let shape = self.shape(o.shape());
        if shape.mode != AttributeMode::Slots {
            let d = match shape.mode {
                AttributeMode::Dict => self.dict_of_dict_mode(o, shape),
                _ => self.explicit_dict(o),
            };
            return match d {
                Some(d) => self.dict_copy(d),
                None => self.new_dict(),
            };
        }
        let d = self.new_dict()?;
        for (i, &name) in shape.names.iter().enumerate() {
            // SAFETY: the shape says so.
            let v = unsafe { word_at(o, shape.word(shape.fixed as usize + i)) };
            self.dict_set_str(d, name, v)?;
        }
        Ok(d)
    }
    /// `o.__dict__`, or `None` if objects of its class have none.
    pub fn instance_dict(&self, v: Value) -> Res<Option<Gc<Dict>>> {
        let Some(o) = self.object(v) else { return Ok(None) };
        if self.shape(o.shape()).mode != AttributeMode::None {
            return self.to_dict_mode(o).map(Some);
        }
        let Some(slot) = self.explicit_dict_slot(o) else { return Ok(None) };
        if slot.is_unbound() {
            let d = self.new_dict()?;
            slot.set(&self.heap, o, d.value());
        }
        Ok(self.as_dict(slot.get()))
    }
    /// Replaces `o.__dict__`. False: objects of its class have none.
    pub fn set_instance_dict(&self, v: Value, d: Gc<Dict>) -> Res<bool> {
        let Some(o) = self.object(v) else { return Ok(false) };
        if self.shape(o.shape()).mode != AttributeMode::None {
            self.to_dict_mode(o)?;
            let shape = self.shape(o.shape());
            // SAFETY: in dict mode that slot holds the dict.
            unsafe { slot_at(o, shape.word(shape.fixed as usize)) }.set(&self.heap, o, d.value());
            return Ok(true);
        }
        match self.explicit_dict_slot(o) {
            Some(slot) => {
                slot.set(&self.heap, o, d.value());
                Ok(true)
            }
            None => Ok(false),
        }
    }

    // ---- x.name
    /// `v.name`
    pub fn get_attr(&self, v: Value, name: Gc<Str>) -> Res {
        let name = self.intern_str(name);
        let class = self.class_of(v);
        let hook = self.special(class, Special::GetAttribute);
        let result =
            match hook.and_then(|h| self.exact::<NativeFunction>(h, core_shape::NATIVE_METHOD)) {
                Some(f) if f.owner.get() == self.classes().object.value() => {
                    self.generic_get_attr(v, name)
                }
                Some(f) if f.owner.get() == self.classes().type_.value() => {
                    self.class_get_attr(v, name)
                }
                _ => match hook {
                    Some(h) => self.call_bound(h, v, &[name.value()]),
                    None => self.generic_get_attr(v, name),
                },
            };
        match result {
            Err(r) if self.special(class, Special::GetAttr).is_some() => {
                if !self.pending_is(r, self.exc().attribute_error) {
                    return Err(r);
                }
                match self.special(class, Special::GetAttr) {
                    Some(fallback) => {
                        self.take_exception(r);
                        self.call_bound(fallback, v, &[name.value()])
                    }
                    None => Err(r),
                }
            }
            result => result,
        }
    }
    /// `getattr(v, name, None)` in Rust's sense: an AttributeError is swallowed.
    pub fn get_attr_opt(&self, v: Value, name: Gc<Str>) -> Res<Option<Value>> {
        // Most misses can be seen without making an exception.
        let class = self.class_of(v);
        if self.special(class, Special::GetAttr).is_none()
            && self.plain_getattribute(class)
            && let Some(o) = self.object(v)
        {
            let name = self.intern_str(name);
            if self.lookup(class, name).is_none() {
                let own = self.instance_get(o, name);
                if own.is_some() || self.cast::<Module>(v).is_none() {
                    return Ok(own);
                }
            }
        }
        self.catch(self.get_attr(v, name), self.exc().attribute_error)
    }
    /// The class uses `object.__getattribute__`.
    pub fn plain_getattribute(&self, class: Gc<Class>) -> bool {
        self.special(class, Special::GetAttribute)
            .and_then(|h| self.exact::<NativeFunction>(h, core_shape::NATIVE_METHOD))
            .is_some_and(|f| f.owner.get() == self.classes().object.value())
    }
    /// `object.__getattribute__(v, name)`; `name` is interned.
    pub fn generic_get_attr(&self, v: Value, name: Gc<Str>) -> Res {
        let class = self.class_of(v);
        let found = self.lookup(class, name);
        let binding = found.map(|f| self.binding_of(f));
        if let (Some(f), Some(Binding::Data)) = (found, binding)
            && self.can_be_read(f)
        {
            return self.descriptor_get(f, v, class);
        }
        if let Some(o) = self.object(v)
            && let Some(own) = self.instance_get(o, name)
        {
            return Ok(own);
        }
        match (found, binding) {
            (Some(f), Some(Binding::NonData)) => self.descriptor_get(f, v, class),
            (Some(f), _) => Ok(f),
            (None, _) => match self.cast::<Module>(v) {
                Some(m) => self.module_missing(m, name),
                None => Err(self.no_attribute(v, name)),
            },
        }
    }
    /// `type.__getattribute__(class, name)`; `name` is interned.
    pub fn class_get_attr(&self, v: Value, name: Gc<Str>) -> Res {
        let Some(class) = self.as_class(v) else { return self.generic_get_attr(v, name) };
        let meta = self.class_of(v);
        let meta_found = self.lookup(meta, name);
        let binding = meta_found.map(|f| self.binding_of(f));
        if let (Some(f), Some(Binding::Data)) = (meta_found, binding)
            && self.can_be_read(f)
        {
            return self.descriptor_get(f, v, meta);
        }
        if let Some(f) = self.lookup(class, name) {
            return self.descriptor_get(f, Value::UNBOUND, class);
        }
        match meta_found {
            Some(f) if binding == Some(Binding::NonData) => self.descriptor_get(f, v, meta),
            Some(f) => Ok(f),
            None => Err(self.no_class_attribute(class, name)),
        }
    }
    #[cold]
    fn no_class_attribute(&self, class: Gc<Class>, name: Gc<Str>) -> crate::error::Raised {
        let text = format!(
            "type object '{}' has no attribute '{}'",
            self.class_name(class),
            name.to_lossy()
        );
        self.attribute_error(&text, class.value(), name)
    }
    /// AttributeError as CPython words it for instances, with `name` and `obj` set.
    #[cold]
    pub fn no_attribute(&self, v: Value, name: Gc<Str>) -> crate::error::Raised {
        let text = format!("'{}' object has no attribute '{}'", self.type_name(v), name.to_lossy());
        self.attribute_error(&text, v, name)
    }
    /// AttributeError with a text, `name` and `obj`.
    #[cold]
    pub fn attribute_error(&self, text: &str, obj: Value, name: Gc<Str>) -> crate::error::Raised {
        let raised = self.raise_text(self.exc().attribute_error, text);
        let e = self.take_exception(raised);
        self.set_exception_field(e, 0, name.value());
        self.set_exception_field(e, 1, obj);
        self.raise_again(e)
    }
    /// `v.name = new`
    pub fn set_attr(&self, v: Value, name: Gc<Str>, new: Value) -> Res<()> {
        self.change_attr(v, name, Some(new))
    }
    /// `del v.name`
    pub fn delete_attr(&self, v: Value, name: Gc<Str>) -> Res<()> {
        self.change_attr(v, name, None)
    }
    fn change_attr(&self, v: Value, name: Gc<Str>, new: Option<Value>) -> Res<()> {
        let name = self.intern_str(name);
        let class = self.class_of(v);
        let special = if new.is_some() { Special::SetAttr } else { Special::DelAttr };
        let hook = self.special(class, special);
        match hook.and_then(|h| self.exact::<NativeFunction>(h, core_shape::NATIVE_METHOD)) {
            Some(f) if f.owner.get() == self.classes().object.value() => {
                self.generic_set_attr(v, name, new)
            }
            Some(f) if f.owner.get() == self.classes().type_.value() => {
                self.class_set_attr(v, name, new)
            }
            _ => match (hook, new) {
                (Some(h), Some(new)) => self.call(h, &[v, name.value(), new]).map(drop),
                (Some(h), None) => self.call(h, &[v, name.value()]).map(drop),
                (None, _) => self.generic_set_attr(v, name, new),
            },
        }
    }
    /// `object.__setattr__` and `__delattr__` (`None`); `name` is interned.
    pub fn generic_set_attr(&self, v: Value, name: Gc<Str>, new: Option<Value>) -> Res<()> {
        let class = self.class_of(v);
        let found = self.lookup(class, name);
        if let Some(f) = found
            && self.binding_of(f) == Binding::Data
        {
            return self.descriptor_set(f, v, new);
        }
        if let Some(o) = self.object(v) {
            let done = match new {
                Some(new) => self.instance_set(o, name, new)?,
                None => self.instance_delete(o, name)?,
            };
            if done {
                return Ok(());
            }
        }
        let has_dict = self.object(v).is_some_and(|o| {
            self.shape(o.shape()).mode != AttributeMode::None
                || self.explicit_dict_slot(o).is_some()
        });
        let (t, n) = (self.type_name(v), name.to_lossy());
        let text = match (found, has_dict) {
            (Some(_), false) => format!("'{t}' object attribute '{n}' is read-only"),
            (None, false) => {
                format!(
                    "'{t}' object has no attribute '{n}' and no __dict__ for setting new attributes"
                )
            }
            _ => format!("'{t}' object has no attribute '{n}'"),
        };
        Err(self.attribute_error(&text, v, name))
    }
    /// `type.__setattr__` and `__delattr__` (`None`); `name` is interned.
    pub fn class_set_attr(&self, v: Value, name: Gc<Str>, new: Option<Value>) -> Res<()> {
        let Some(class) = self.as_class(v) else { return self.generic_set_attr(v, name, new) };
        if !class.has(class_flag::MUTABLE) {
            return Err(self.type_error(format!(
                "cannot {} '{}' attribute of immutable type '{}'",
                if new.is_some() { "set" } else { "delete" },
                name.to_lossy(),
                self.display_name(class)
            )));
        }
        if let Some(f) = self.lookup(self.class_of(v), name)
            && self.binding_of(f) == Binding::Data
        {
            return self.descriptor_set(f, v, new);
        }
        if !self.class_set(class, name, new)? {
            return Err(self.no_class_attribute(class, name));
        }
        Ok(())
    }
    /// Method look-up for calls from native code: the function and, if it binds, the receiver.
    pub fn get_method(&self, v: Value, name: Gc<Str>) -> Res<(Value, Option<Value>)> {
        let name = self.intern_str(name);
        let class = self.class_of(v);
        if self.plain_getattribute(class)
            && let Some(f) = self.lookup(class, name)
            && let Some(o) = self.object(f)
            && matches!(o.shape(), core_shape::FUNCTION | core_shape::NATIVE_METHOD)
            && self.object(v).is_none_or(|o| self.instance_get(o, name).is_none())
        {
            return Ok((f, Some(v)));
        }
        Ok((self.get_attr(v, name)?, None))
    }
    /// `v.name(*args)`
    pub fn call_method(&self, v: Value, name: &str, args: &[Value]) -> Res {
        self.call_method_str(v, self.intern(name), args)
    }
    pub fn call_method_str(&self, v: Value, name: Gc<Str>, args: &[Value]) -> Res {
        match self.get_method(v, name)? {
            (f, Some(receiver)) => self.call_with_self(f, receiver, args),
            (f, None) => self.call(f, args),
        }
    }
    /// Calls a special method of `v`'s class if it has one.
    pub fn call_special(&self, v: Value, s: Special, args: &[Value]) -> Option<Res> {
        let f = self.special(self.class_of(v), s)?;
        Some(self.call_bound(f, v, args))
    }
    /// The native method belongs to the class or a base: it may be called with its instances without a check.
    #[inline]
    pub(crate) fn is_own_method(&self, n: Gc<NativeFunction>, class: Gc<Class>) -> bool {
        let owner = n.owner.get();
        owner == class.value() || self.mro(class).items().contains(&owner)
    }
    /// Calls a class attribute `f` as a method of `v`: functions get `v` first, other descriptors are asked.
    pub fn call_bound(&self, f: Value, v: Value, args: &[Value]) -> Res {
        const FEW: usize = 3;
        // Most special methods of built-in types: no arguments to bind, the receiver of the very class.
        if let Some(n) = self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD)
            && n.exact.get() as usize == args.len() + 1
            && args.len() <= FEW
            && self.is_own_method(n, self.class_of(v))
        {
            let mut all = [v; FEW + 1];
            all[1..=args.len()].copy_from_slice(args);
            let r = (n.def.function)(self, &all[..=args.len()])?;
            return if r.is_unbound() { Err(self.stop_iteration(Value::NONE)) } else { Ok(r) };
        }
        match self.object(f).map(|o| o.shape()) {
            Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD) => {
                self.call_with_self(f, v, args)
            }
            _ => {
                let bound = self.descriptor_get(f, v, self.class_of(v))?;
                self.call(bound, args)
            }
        }
    }
}
