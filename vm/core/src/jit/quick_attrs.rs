//! Attributes of instances whose attributes lie in a dict, because they have more than their class once expected.
//!
//! Shape and class version say that the class does not interfere. The dict is read where the name was found while
//! recording: instances that got their attributes in the same order have a name in the same row, and the trace
//! compares the row's key. That a name is missing is asked by a quick call.

use super::answers as quick;
use super::domain::{Obj, Rec, V};
use super::layout as fields;
use super::quick::Does;
use super::recorder::Rep;
use crate::interp::residual::site_name;
use crate::interp::{Dom, S, Tx};
use crate::names::Special;
use crate::object::*;
use crate::protocol::Binding;
use pyrs_bytecode::{Insn, Op as Code};
use pyrs_heap::{Gc, Value};
use pyrs_ir::trace::Ref;
use pyrs_ir::types::Cc;

/// An instance in dict mode, with everything guarded that its class says.
struct Held {
    dict: Gc<Dict>,
    o: Obj,
    /// What the class has under the name, and how it is bound.
    of_class: Option<(Value, Binding)>,
}

impl Rec<'_, '_> {
    /// `GetAttr`, `LoadMethod` and `SetAttr` of an instance with a dict.
    pub(super) fn quick_attribute(&mut self, i: Insn) -> Option<S> {
        match Code::from_byte(i.op_byte())? {
            Code::GetAttr => {
                let x = self.reg(i.b());
                let v = self.read_attribute(x)?;
                self.store(i, v, 1)
            }
            Code::LoadMethod => self.read_method(i),
            Code::SetAttr => {
                let (x, new) = (self.reg(i.a()), self.reg(i.b()));
                self.write_attribute(x, new)
            }
            _ => None,
        }
    }
    fn held(&mut self, x: V, name: Gc<Str>) -> Option<Held> {
        let vm = self.vm;
        let shape = vm.shape(vm.object(x.v)?.shape());
        if shape.mode != AttributeMode::Dict || !vm.plain_getattribute(shape.class) {
            return None;
        }
        let of_class = vm.lookup(shape.class, name).map(|v| (v, vm.binding_of(v)));
        if of_class.is_some_and(|(_, binding)| binding == Binding::Data) {
            return None;
        }
        let o = self.obj(x)?;
        self.shape_is(o, shape.id);
        self.class_is(shape.class.value(), shape.class.version.get());
        let held = self.slot(o, shape.word(shape.fixed as usize));
        let dict = vm.exact::<Dict>(held.v, core_shape::DICT)?;
        let o = self.obj(held)?;
        self.shape_is(o, core_shape::DICT);
        Some(Held { dict, o, of_class })
    }
    /// The entries of the dict and the index of the value in the row that has the name; leaves unless it is there.
    fn row_of(&mut self, h: &Held, name: Gc<Str>, row: usize) -> Option<(Ref, Ref)> {
        let (key, _) = h.dict.row(row)?;
        if key != name.value() {
            return None;
        }
        let entries = self.r.load(fields::DICT_ENTRIES, h.o.r);
        let none = self.r.constant(Value::UNBOUND);
        self.r.guard(Cc::Ne, entries, none);
        let capacity = self.r.load(fields::CAPACITY, entries);
        let (at, value) = (row * DICT_ROW, row * DICT_ROW + DICT_VALUE);
        let (at, value) = (self.r.word(at as isize), self.r.word(value as isize));
        self.r.guard(Cc::Ugt, capacity, value);
        let key = self.r.load_at(fields::DICT_ITEM, entries, at);
        let wanted = self.r.constant(name.value());
        self.r.guard(Cc::Eq, key, wanted);
        Some((entries, value))
    }
    /// Leaves unless the instance has no such attribute of its own.
    fn lacks(&mut self, h: &Held, name: Gc<Str>) -> Option<()> {
        let d = V { v: h.dict.value(), rep: Rep::Tagged(h.o.r) };
        let name = self.value(name.value());
        self.ask_condition(quick::dict_lacks, &[d, name])?.then_some(())
    }
    fn read_attribute(&mut self, x: V) -> Option<V> {
        let name = site_name(self.vm, self.s);
        let h = self.held(x, name)?;
        self.read_held(&h, name)
    }
    fn read_held(&mut self, h: &Held, name: Gc<Str>) -> Option<V> {
        if let Some(row) = self.vm.dict_find_str(h.dict, name) {
            let (entries, at) = self.row_of(h, name, row)?;
            let rep = Rep::Tagged(self.r.load_at(fields::DICT_ITEM, entries, at));
            return Some(V { v: h.dict.value_at(row), rep });
        }
        match h.of_class? {
            (v, Binding::Plain) => {
                self.lacks(h, name)?;
                Some(self.value(v))
            }
            _ => None,
        }
    }
    fn read_method(&mut self, i: Insn) -> Option<S> {
        let x = self.reg(i.b());
        let name = site_name(self.vm, self.s);
        let h = self.held(x, name)?;
        let function = h.of_class.map(|c| c.0).filter(|&f| {
            let shape = self.vm.object(f).map(|o| o.shape());
            matches!(shape, Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD))
        });
        let (f, receiver) = match function {
            Some(f) if self.vm.dict_find_str(h.dict, name).is_none() => {
                self.lacks(&h, name)?;
                (self.value(f), x)
            }
            _ => (self.read_held(&h, name)?, self.value(Value::UNBOUND)),
        };
        self.set(i.a(), f);
        self.set(i.a() + 4, receiver);
        Some(self.s.skip(1))
    }
    fn write_attribute(&mut self, x: V, new: V) -> Option<S> {
        let name = site_name(self.vm, self.s);
        let class = self.vm.class_of(x.v);
        if !self.vm.special(class, Special::SetAttr).is_some_and(|f| self.vm.owner_is_object(f)) {
            return None;
        }
        let h = self.held(x, name)?;
        let stored = self.tagged(new);
        match self.vm.dict_find_str(h.dict, name) {
            Some(row) => {
                let (entries, at) = self.row_of(&h, name, row)?;
                let old = Some(h.dict.value_at(row));
                self.store_item(fields::DICT_ITEM, entries, at, stored, new, old);
                self.vm.dict_set_row(h.dict, row, new.v);
            }
            None => {
                let d = V { v: h.dict.value(), rep: Rep::Tagged(h.o.r) };
                let name = self.value(name.value());
                self.ask(Does::Table, quick::set_item_dict, &[d, name, new])?;
            }
        }
        self.r.effect();
        Some(self.s.skip(1))
    }
}
