//! Weak references by target: which `WeakRef` objects point to an object.
//!
//! The heap clears a reference whose target died and hands it out for its callback; this index serves
//! `weakref.ref(x) is weakref.ref(x)`, `getweakrefs` and `getweakrefcount`. It keeps nothing alive: it is a weak
//! table of the heap. Targets and references are pinned when they enter it, so that their addresses may serve as
//! keys; the header flag `WEAKLY_REFERENCED` spares the look-up for all other objects.

use crate::error::Res;
use crate::object::{Class, WeakRef, class_flag, core_shape};
use crate::vm::Vm;
use core::cell::{Cell, RefCell};
use hashbrown::HashMap;
use pyrs_heap::{Gc, Header, Liveness, Slot, Value, flag};
use std::rc::Rc;

/// Addresses of the weak references to each target.
#[derive(Default)]
pub(crate) struct WeakIndex {
    map: RefCell<HashMap<usize, Vec<usize>>>,
    /// Targets that got a reference since the last collection.
    fresh: RefCell<Vec<usize>>,
    registered: Cell<bool>,
}

impl WeakIndex {
    /// `place`: how many references stand in front of the new one.
    fn add(&self, target: usize, reference: usize, place: usize) {
        let mut map = self.map.borrow_mut();
        let references = map.entry(target).or_default();
        references.insert(place.min(references.len()), reference);
        self.fresh.borrow_mut().push(target);
    }
    /// After a collection: forgets what died.
    fn settle(&self, alive: &Liveness<'_>) {
        let lives = |address: usize| alive.resolve(Value::from_bits(address)).is_some();
        let mut map = self.map.borrow_mut();
        let keep = |target: usize, references: &mut Vec<usize>| {
            references.retain(|&r| lives(r));
            lives(target) && !references.is_empty()
        };
        let mut fresh = self.fresh.borrow_mut();
        if alive.young_only() {
            fresh.sort_unstable();
            fresh.dedup();
            for &target in fresh.iter() {
                if let Some(references) = map.get_mut(&target)
                    && !keep(target, references)
                {
                    map.remove(&target);
                }
            }
        } else {
            map.retain(|&target, references| keep(target, references));
        }
        fresh.clear();
    }
}

impl Vm {
    /// A weak reference of `class` (a subclass of `weakref.ref`, or a proxy class) to `target`.
    ///
    /// # Errors
    /// TypeError when objects of the target's class cannot be weakly referenced.
    pub fn new_weakref(
        &self,
        class: Gc<Class>,
        target: Value,
        callback: Value,
    ) -> Res<Gc<WeakRef>> {
        let Some(o) = self.object(target).filter(|_| self.has_weakrefs(target)) else {
            return Err(self.type_error(format!(
                "cannot create weak reference to '{}' object",
                self.type_name(target)
            )));
        };
        self.weak_callbacks.set(self.weak_callbacks.get() + usize::from(!callback.is_none()));
        let w = if class == self.classes().weakref {
            self.alloc(WeakRef {
                header: Header::new(core_shape::WEAKREF, 0),
                target: Slot::new(target),
                callback: Slot::new(callback),
                hash: Cell::new(0),
            })?
        } else {
            let Some(w) = self.cast::<WeakRef>(self.new_instance(class)?.value()) else {
                return Err(self.type_error("not a weak reference class"));
            };
            w.target.set(&self.heap, w, target);
            w.callback.set(&self.heap, w, callback);
            w
        };
        self.heap.pin(target);
        self.heap.pin(w.value());
        // As CPython: the plain reference without a callback is first, a proxy without one next, others follow,
        // the newest first.
        let place = match self.is_plain_weakref(w) {
            true if self.class_of(w.value()) == self.classes().weakref => 0,
            own => self.leading_weakrefs(target, |r| {
                let ahead = self.class_of(r.value()) == self.classes().weakref;
                self.is_plain_weakref(r) && (ahead || !own)
            }),
        };
        let index = &self.weak_index;
        if !index.registered.replace(true) {
            let table = Rc::clone(index);
            self.heap.add_weak_table(move |alive| table.settle(alive));
        }
        o.set_flags(flag::WEAKLY_REFERENCED);
        index.add(target.bits(), w.value().bits(), place);
        Ok(w)
    }
    /// Without a callback, and of no class of the program's: such a reference is shared.
    fn is_plain_weakref(&self, w: Gc<WeakRef>) -> bool {
        let c = self.class_of(w.value());
        w.callback.get().is_none() && (c == self.classes().weakref || !c.has(class_flag::MUTABLE))
    }
    /// How many of the first references to `target` are as `wanted`. Looks at references that may be dead without
    /// bringing them back to life: each reference that somebody makes would otherwise keep all others of its
    /// target alive while a collection is under way.
    fn leading_weakrefs(&self, target: Value, wanted: impl Fn(Gc<WeakRef>) -> bool) -> usize {
        let map = self.weak_index.map.borrow();
        let references = map.get(&target.bits()).map_or(&[][..], |r| r);
        let wanted = |&a: &usize| self.cast::<WeakRef>(Value::from_bits(a)).is_some_and(&wanted);
        references.iter().take_while(|a| wanted(a)).count()
    }
    /// The shared reference or proxy of exactly `class` to `target`, if there is one.
    pub fn shared_weakref(&self, target: Value, class: Gc<Class>) -> Option<Gc<WeakRef>> {
        if !self.object(target)?.has(flag::WEAKLY_REFERENCED) {
            return None;
        }
        let others = |w: Gc<WeakRef>| self.is_plain_weakref(w) && self.class_of(w.value()) != class;
        let n = self.leading_weakrefs(target, others);
        let map = self.weak_index.map.borrow();
        let v = Value::from_bits(*map.get(&target.bits())?.get(n)?);
        drop(map);
        let w = self.cast::<WeakRef>(v).filter(|&w| {
            self.is_plain_weakref(w) && self.class_of(v) == class && w.target.get() == target
        })?;
        self.heap.weak_read(v);
        Some(w)
    }
    /// Objects of the value's class can be weakly referenced.
    pub fn has_weakrefs(&self, v: Value) -> bool {
        self.class_of(v).has(class_flag::HAS_WEAKREF)
    }
    /// The living weak references to an object.
    pub fn weakrefs_of(&self, target: Value, mut f: impl FnMut(Gc<WeakRef>)) {
        let Some(o) = self.object(target) else { return };
        if !o.has(flag::WEAKLY_REFERENCED) {
            return;
        }
        let mut n = 0;
        // Asked anew each time: `f` may allocate, and a collection changes the index.
        loop {
            let map = self.weak_index.map.borrow();
            let next = map.get(&target.bits()).and_then(|refs| refs.get(n).copied());
            drop(map);
            let Some(address) = next else { return };
            let v = Value::from_bits(address);
            self.heap.weak_read(v);
            if let Some(w) = self.cast::<WeakRef>(v)
                && w.target.get() == target
            {
                f(w);
            }
            n += 1;
        }
    }
    /// The target, or UNBOUND once it is dead.
    #[inline]
    pub fn weakref_target(&self, w: Gc<WeakRef>) -> Value {
        let target = w.target.get();
        self.heap.weak_read(target);
        target
    }
}
