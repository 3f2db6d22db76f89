//! `isinstance` and `issubclass`: real inheritance first, then the metaclass's hooks, then `__class__` and
//! `__bases__` as objects claim them.

use crate::error::Res;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_heap::{Gc, Value};

const NOT_CLASSES: &str = "isinstance() arg 2 must be a type, a tuple of types, or a union";
const NOT_SUBCLASSES: &str = "issubclass() arg 2 must be a class, a tuple of classes, or a union";

impl Vm {
    /// `isinstance(v, class_or_tuple)`
    pub fn is_instance(&self, v: Value, class_or_tuple: Value) -> Res<bool> {
        let own = self.class_of(v);
        if own.value() == class_or_tuple {
            return Ok(true);
        }
        if self.class_of(class_or_tuple) == self.classes().type_ {
            // Objects of built-in classes claim no other `__class__` than they have, proxies and mocks apart.
            if !v.is_object()
                && let Some(c) = self.as_class(class_or_tuple)
            {
                return Ok(self.is_subclass_exact(own, c));
            }
            return self.is_instance_plain(v, class_or_tuple);
        }
        if let Some(t) = self.exact::<Tuple>(class_or_tuple, core_shape::TUPLE) {
            self.enter_native().map_err(|r| self.recursion_in(r, "in __instancecheck__"))?;
            let mut found = Ok(false);
            for &c in t.items() {
                found = self.is_instance(v, c);
                if found != Ok(false) {
                    break;
                }
            }
            self.leave_native();
            return found;
        }
        match self.check_hook(class_or_tuple, Special::InstanceCheck, v)? {
            Some(b) => Ok(b),
            None => self.is_instance_plain(v, class_or_tuple),
        }
    }
    /// `type.__instancecheck__(class, v)`: inheritance, or what `v.__class__` claims.
    /// Instances of the class have the `__class__` of `object`.
    pub(crate) fn claims_no_other_class(&self, own: Gc<Class>) -> bool {
        self.plain_getattribute(own)
            && self
                .lookup(own, self.names().class)
                .and_then(|f| self.exact::<GetSet>(f, core_shape::GETSET))
                .is_some_and(|g| g.owner.get() == self.classes().object.value())
    }
    pub fn is_instance_plain(&self, v: Value, class: Value) -> Res<bool> {
        let own = self.class_of(v);
        let Some(c) = self.as_class(class) else {
            self.class_like(class, NOT_CLASSES)?;
            return match self.get_attr_opt(v, self.names().class)? {
                Some(claimed) => self.inherits_like(claimed, class),
                None => Ok(false),
            };
        };
        if self.is_subclass_exact(own, c) {
            return Ok(true);
        }
        if self.claims_no_other_class(own) {
            return Ok(false);
        }
        match self.get_attr_opt(v, self.names().class)? {
            Some(claimed) if claimed != own.value() => {
                Ok(self.as_class(claimed).is_some_and(|k| self.is_subclass_exact(k, c)))
            }
            _ => Ok(false),
        }
    }
    /// `issubclass(derived, class_or_tuple)`
    pub fn is_subclass(&self, derived: Value, class_or_tuple: Value) -> Res<bool> {
        if self.class_of(class_or_tuple) == self.classes().type_ {
            return self.is_subclass_plain(derived, class_or_tuple);
        }
        if let Some(t) = self.exact::<Tuple>(class_or_tuple, core_shape::TUPLE) {
            self.enter_native().map_err(|r| self.recursion_in(r, "in __subclasscheck__"))?;
            let mut found = Ok(false);
            for &c in t.items() {
                found = self.is_subclass(derived, c);
                if found != Ok(false) {
                    break;
                }
            }
            self.leave_native();
            return found;
        }
        match self.check_hook(class_or_tuple, Special::SubclassCheck, derived)? {
            Some(b) => Ok(b),
            None => self.is_subclass_plain(derived, class_or_tuple),
        }
    }
    /// `type.__subclasscheck__(class, derived)`
    pub fn is_subclass_plain(&self, derived: Value, class: Value) -> Res<bool> {
        if let (Some(d), Some(c)) = (self.as_class(derived), self.as_class(class)) {
            return Ok(self.is_subclass_exact(d, c));
        }
        self.class_like(derived, "issubclass() arg 1 must be a class")?;
        self.class_like(class, NOT_SUBCLASSES)?;
        self.inherits_like(derived, class)
    }
    /// Asks the class's own check method, if its class overrides that of `type`.
    fn check_hook(&self, class: Value, hook: Special, v: Value) -> Res<Option<bool>> {
        let Some(f) = self.special(self.class_of(class), hook) else { return Ok(None) };
        if let Some(n) = self.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD)
            && n.owner.get() == self.classes().type_.value()
        {
            return Ok(None);
        }
        self.enter_native().map_err(|r| {
            self.recursion_in(
                r,
                if hook == Special::InstanceCheck {
                    "in __instancecheck__"
                } else {
                    "in __subclasscheck__"
                },
            )
        })?;
        let r = self.call_bound(f, class, &[v]);
        self.leave_native();
        self.truth(r?).map(Some)
    }
    /// `v.__bases__` if that is a tuple.
    fn bases_of(&self, v: Value) -> Res<Option<Gc<Tuple>>> {
        if let Some(c) = self.as_class(v) {
            return Ok(self.as_tuple(c.bases.get()));
        }
        Ok(self.get_attr_opt(v, self.names().bases)?.and_then(|b| self.as_tuple(b)))
    }
    fn class_like(&self, v: Value, message: &str) -> Res<()> {
        match self.bases_of(v)? {
            Some(_) => Ok(()),
            None => Err(self.type_error(message)),
        }
    }
    /// `class` is reached from `derived` through `__bases__`.
    fn inherits_like(&self, derived: Value, class: Value) -> Res<bool> {
        if derived == class {
            return Ok(true);
        }
        let Some(bases) = self.bases_of(derived)? else { return Ok(false) };
        self.enter_native().map_err(|r| self.recursion_in(r, "in __issubclass__"))?;
        let mut found = Ok(false);
        for &b in bases.items() {
            found = self.inherits_like(b, class);
            if found != Ok(false) {
                break;
            }
        }
        self.leave_native();
        found
    }
}
