//! Attribute access, with the filling of inline caches.

use super::names::site_name;
use crate::error::Res;
use crate::interp::frame::S;
use crate::names::Special;
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Value};

/// Misses after which a site is left alone for a while (it counts on and tries again after wrapping round).
const PATIENCE: u8 = 16;

impl SiteCache {
    /// Counts a miss; false while the site sees too many kinds of receivers.
    fn worth_filling(&self) -> bool {
        let n = self.misses.get().wrapping_add(1);
        self.misses.set(n);
        n < PATIENCE || n.is_multiple_of(64)
    }
    fn fill(
        &self,
        vm: &Vm,
        code: Gc<Code>,
        kind: SiteKind,
        shape: &ShapeInfo,
        index: usize,
        value: Value,
    ) {
        if index > u16::MAX as usize {
            return;
        }
        vm.heap.barrier_all(code.erase());
        self.shape.set(shape.id);
        self.owner.set(shape.class.value());
        self.version.set(shape.class.version.get());
        self.index.set(index as u16);
        self.value.set(value);
        self.kind.set(kind);
    }
}

/// Objects of the shape answer attribute reads by the generic rules.
fn generic_reads(vm: &Vm, shape: &ShapeInfo) -> bool {
    vm.plain_getattribute(shape.class)
}

fn fill_get(vm: &Vm, s: S, v: Value, name: Gc<Str>) {
    let Some(o) = vm.object(v) else { return };
    let code = s.code();
    let site = code.site(s.extra() as usize);
    if !site.worth_filling() {
        return;
    }
    let shape = vm.shape(o.shape());
    if let Some(m) = vm.cast::<Module>(v) {
        fill_module(vm, site, code, shape, m, name);
        return;
    }
    if !generic_reads(vm, shape) {
        return;
    }
    match vm.lookup(shape.class, name) {
        None => {
            if shape.mode == AttributeMode::Slots
                && let Some(slot) = shape.find(name)
            {
                site.fill(vm, code, SiteKind::Field, shape, shape.word(slot), Value::NONE);
            }
        }
        Some(found) => {
            if let Some(m) = vm.exact::<Member>(found, core_shape::MEMBER)
                && vm.as_class(m.owner.get()).is_some_and(|c| vm.is_subclass_exact(shape.class, c))
            {
                // An unset slot must raise: such sites stay on the slow path.
                let word = shape.word(m.slot.get() as usize);
                // SAFETY: the class has the fixed slot.
                if !unsafe { word_at(o, word) }.is_unbound() && !slot_may_be_unset(m) {
                    site.fill(vm, code, SiteKind::Field, shape, word, Value::NONE);
                }
                return;
            }
            let plain = vm.binding_of(found) == crate::protocol::Binding::Plain;
            if shape.mode == AttributeMode::Slots
                && vm.binding_of(found) != crate::protocol::Binding::Data
                && let Some(slot) = shape.find(name)
            {
                site.fill(vm, code, SiteKind::Field, shape, shape.word(slot), Value::NONE);
            } else if plain
                && shape.mode != AttributeMode::Dict
                && vm.instance_get(o, name).is_none()
            {
                let explicit =
                    shape.mode == AttributeMode::None && vm.cast::<Function>(v).is_some();
                if !explicit {
                    site.fill(vm, code, SiteKind::ClassConstant, shape, 0, found);
                }
            }
        }
    }
}
/// `__slots__` members can be deleted again; the cache must not read UNBOUND.
fn slot_may_be_unset(_m: Gc<Member>) -> bool {
    true
}
fn fill_module(
    vm: &Vm,
    site: &SiteCache,
    code: Gc<Code>,
    shape: &ShapeInfo,
    m: Gc<Module>,
    name: Gc<Str>,
) {
    let dict = vm.module_dict(m);
    let version = vm.dict_version(dict);
    if version == 0 || !generic_reads(vm, shape) || vm.lookup(shape.class, name).is_some() {
        return;
    }
    if let Some(row) = vm.dict_find_str(dict, name) {
        site.fill(vm, code, SiteKind::ModuleField, shape, row, Value::NONE);
        if site.kind.get() == SiteKind::ModuleField {
            site.version.set(version);
        }
    }
}
fn fill_set(vm: &Vm, s: S, v: Value, name: Gc<Str>) {
    let Some(o) = vm.object(v) else { return };
    let code = s.code();
    let site = code.site(s.extra() as usize);
    let shape = vm.shape(o.shape());
    if shape.mode != AttributeMode::Slots || !site.worth_filling() {
        return;
    }
    let plain = vm.special(shape.class, Special::SetAttr).is_some_and(|f| vm.owner_is_object(f));
    let data = vm
        .lookup(shape.class, name)
        .is_some_and(|f| vm.binding_of(f) == crate::protocol::Binding::Data);
    if !plain || data {
        return;
    }
    if let Some(slot) = shape.find(name) {
        site.fill(vm, code, SiteKind::Field, shape, shape.word(slot), Value::NONE);
    } else if let Ok(Some(next)) = vm.shape_with(shape, name) {
        let slot = shape.fixed as usize + shape.names.len();
        site.fill(vm, code, SiteKind::AddField, shape, shape.word(slot), Value::NONE);
        site.next_shape.set(next.id);
    }
}
fn fill_method(vm: &Vm, s: S, v: Value, name: Gc<Str>, f: Value) {
    let Some(o) = vm.object(v) else { return };
    let code = s.code();
    let site = code.site(s.extra() as usize);
    let shape = vm.shape(o.shape());
    let in_instance = match shape.mode {
        AttributeMode::Dict => true,
        AttributeMode::Slots => shape.find(name).is_some(),
        AttributeMode::None => vm.cast::<Function>(v).is_some() || vm.cast::<Module>(v).is_some(),
    };
    if !in_instance && site.worth_filling() {
        site.fill(vm, code, SiteKind::Method, shape, 0, f);
    }
}
residuals! {
    fn get_attr(vm, s, i) + 1 {
        let (v, name) = (s.reg(i.b()), site_name(vm, s));
        fill_get(vm, s, v, name);
        s.put(i.a(), vm.get_attr(v, name)?);
    }
    fn set_attr(vm, s, i) + 1 {
        let (v, new, name) = (s.reg(i.a()), s.reg(i.b()), site_name(vm, s));
        fill_set(vm, s, v, name);
        vm.set_attr(v, name, new)?;
    }
    fn delete_attr(vm, s, i) + 1 { vm.delete_attr(s.reg(i.a()), site_name(vm, s))?; }
    fn load_method(vm, s, i) + 1 {
        let (v, name) = (s.reg(i.b()), site_name(vm, s));
        let (f, receiver) = vm.get_method(v, name)?;
        match receiver {
            Some(_) => fill_method(vm, s, v, name, f),
            None => fill_get(vm, s, v, name),
        }
        s.put(i.a(), f);
        s.put(i.a() + 4, receiver.unwrap_or(Value::UNBOUND));
    }
    fn get_super_attr(vm, s, i) + 1 {
        let v = super_attr(vm, s, i, site_name(vm, s))?;
        s.put(i.a(), v);
    }
    fn load_super_method(vm, s, i) + 1 {
        let name = site_name(vm, s);
        let (f, receiver) = super_method(vm, s, i, name)?;
        s.put(i.a(), f);
        s.put(i.a() + 4, receiver.unwrap_or(Value::UNBOUND));
    }
    fn load_special(vm, s, i) + 0 {
        let v = s.reg(i.b());
        let which = [Special::Enter, Special::Exit, Special::AEnter, Special::AExit][i.c()];
        let class = vm.class_of(v);
        match vm.special(class, which) {
            Some(f) => {
                let binds = matches!(
                    vm.object(f).map(|o| o.shape()),
                    Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD)
                );
                let f = if binds { f } else { vm.descriptor_get(f, v, class)? };
                s.put(i.a(), f);
                s.put(i.a() + 1, if binds { v } else { Value::UNBOUND });
            }
            None => return Err(no_context_manager(vm, v, which)),
        }
    }
}

#[cold]
fn no_context_manager(vm: &Vm, v: Value, which: Special) -> crate::error::Raised {
    let (t, name) = (vm.display_name(vm.class_of(v)), which.text());
    let class = vm.class_of(v);
    let asynchronous = matches!(which, Special::AEnter | Special::AExit);
    let has = |s: Special| vm.special(class, s).is_some();
    let (protocol, other, hint) = if asynchronous {
        (
            "asynchronous context manager",
            has(Special::Enter) && has(Special::Exit),
            " but it supports the context manager protocol. Did you mean to use 'with'?",
        )
    } else {
        (
            "context manager",
            has(Special::AEnter) && has(Special::AExit),
            " but it supports the asynchronous context manager protocol. Did you mean to use 'async with'?",
        )
    };
    let hint = if other { hint } else { "" };
    vm.type_error(format!(
        "'{t}' object does not support the {protocol} protocol (missed {name} method){hint}"
    ))
}

/// `super(r[b+1], r[b+2]).name`; `r[b]` is the value of the name `super`.
fn super_attr(vm: &Vm, s: S, i: Insn, name: Gc<Str>) -> Res {
    if let Some((f, receiver, class)) = super_lookup(vm, s, i.b(), name)? {
        return vm.descriptor_get(f, receiver, class);
    }
    let object = call_super(vm, s, i)?;
    vm.get_attr(object, name)
}
/// Calls what the name `super` stands for.
fn call_super(vm: &Vm, s: S, i: Insn) -> Res {
    let b = i.b();
    let bare = i.c() != 0 && s.reg(b) != vm.classes().super_.value();
    vm.call(s.reg(b), if bare { &[] } else { s.regs(b + 1, 2) })
}
fn super_method(vm: &Vm, s: S, i: Insn, name: Gc<Str>) -> Res<(Value, Option<Value>)> {
    if let Some((f, receiver, class)) = super_lookup(vm, s, i.b(), name)? {
        let binds = matches!(
            vm.object(f).map(|o| o.shape()),
            Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD)
        );
        if binds && !receiver.is_unbound() {
            return Ok((f, Some(receiver)));
        }
        return Ok((vm.descriptor_get(f, receiver, class)?, None));
    }
    let object = call_super(vm, s, i)?;
    Ok((vm.get_attr(object, name)?, None))
}
/// The attribute that follows class `r[b+1]` in the MRO of the receiver `r[b+2]`, with the receiver to bind
/// (UNBOUND for class access); `None` when the general route must decide.
fn super_lookup(vm: &Vm, s: S, b: usize, name: Gc<Str>) -> Res<Option<(Value, Value, Gc<Class>)>> {
    if s.reg(b) != vm.classes().super_.value() || name == vm.names().class {
        return Ok(None);
    }
    let Some(owner) = vm.as_class(s.reg(b + 1)) else { return Ok(None) };
    let receiver = s.reg(b + 2);
    let (start, bound) = match vm.as_class(receiver) {
        Some(c) if vm.is_subclass_exact(c, owner) => (c, Value::UNBOUND),
        _ if vm.is_instance_exact(receiver, owner) => (vm.class_of(receiver), receiver),
        _ => return Ok(None),
    };
    let mro = vm.mro(start);
    let Some(at) = mro.items().iter().position(|&k| k == owner.value()) else { return Ok(None) };
    for &k in &mro.items()[at + 1..] {
        if let Some(k) = vm.as_class(k)
            && let Some(f) = vm.dict_get_str(vm.class_dict(k), name)
        {
            return Ok(Some((f, bound, start)));
        }
    }
    Ok(None)
}
