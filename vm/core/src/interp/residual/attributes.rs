//! Attribute access, with the filling of inline caches.

use super::enter::enter;
use super::names::site_name;
use crate::error::Res;
use crate::interp::frame::S;
use crate::names::Special;
use crate::object::*;
use crate::protocol::Binding;
use crate::runtime::lookup_cache::{Found, Key, Use};
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Op};
use pyrs_heap::{Gc, Header, ShapeId, Value};

/// Misses after which a site is left alone for a while (it counts on and tries again after wrapping round).
const PATIENCE: u8 = 16;

impl SiteCache {
    /// Counts a miss; false while the site sees too many kinds of receivers.
    fn worth_filling(&self) -> bool {
        let n = self.misses.get().wrapping_add(1);
        self.misses.set(n);
        n < PATIENCE || n.is_multiple_of(64)
    }
    fn fill(&self, vm: &Vm, code: Gc<Code>, shape: &ShapeInfo, found: Found) {
        vm.heap.barrier_all(code.erase());
        self.shape.set(shape.id);
        self.owner.set(shape.class.value());
        self.version.set(shape.class.version.get());
        self.index.set(found.index);
        if found.kind == SiteKind::AddField {
            self.next_shape.set(ShapeId(found.value.as_int().unwrap_or(0) as u32));
        } else {
            self.value.set(found.value);
        }
        self.kind.set(found.kind);
    }
}

fn found(kind: SiteKind, word: usize, value: Value) -> Option<Found> {
    Some(Found { kind, index: u16::try_from(word).ok()?, value })
}
pub(super) fn key(shape: &ShapeInfo, name: Gc<Str>, purpose: Use) -> Key {
    Key {
        about: shape.id.0 as usize,
        name: name.value().bits() + purpose as usize,
        version: shape.class.version.get(),
    }
}
/// How objects of the shape answer, from the shape cache or by `search`; the site remembers it, too.
fn answer(
    vm: &Vm,
    s: S,
    o: Gc<Header>,
    name: Gc<Str>,
    purpose: Use,
    search: impl FnOnce(&'static ShapeInfo) -> Option<Found>,
) -> Option<Found> {
    let shape = vm.shape(o.shape());
    let key = key(shape, name, purpose);
    let known = vm.shape_cache.get(key);
    let answer = match known {
        Some(f) => f,
        None => {
            let f = search(shape)?;
            vm.shape_cache.put(key, f);
            f
        }
    };
    let code = s.code();
    let site = code.site(s.extra() as usize);
    if site.worth_filling() {
        site.fill(vm, code, shape, answer);
    }
    Some(answer)
}

/// How reading `name` from `o` goes, if that depends on the shape alone.
pub(super) fn search_read(
    vm: &Vm,
    o: Gc<Header>,
    shape: &ShapeInfo,
    name: Gc<Str>,
) -> Option<Found> {
    if !vm.plain_getattribute(shape.class) {
        return None;
    }
    let field = |slot| found(SiteKind::Field, shape.word(slot), Value::NONE);
    let own = if shape.mode == AttributeMode::Slots { shape.find(name) } else { None };
    let Some(held) = vm.lookup(shape.class, name) else { return own.and_then(field) };
    match vm.object(held).map(|h| h.shape()) {
        Some(core_shape::MEMBER) => {
            return field_of_member(vm, shape, held)
                .and_then(|w| found(SiteKind::Member, w, Value::NONE));
        }
        Some(core_shape::PROPERTY) => {
            let getter = vm.exact::<Property>(held, core_shape::PROPERTY)?.getter.get();
            vm.exact::<Function>(getter, core_shape::FUNCTION)?;
            return found(SiteKind::Property, 0, getter);
        }
        _ => {}
    }
    let binding = vm.binding_of(held);
    if binding == Binding::Data {
        return None;
    }
    if let Some(slot) = own {
        return field(slot);
    }
    // Dicts of objects change without a change of shape.
    if shape.mode == AttributeMode::Dict || vm.has_explicit_dict(o) {
        return None;
    }
    match vm.exact::<StaticMethod>(held, core_shape::STATIC_METHOD) {
        Some(m) => found(SiteKind::ClassConstant, 0, m.function.get()),
        None if binding == Binding::Plain => found(SiteKind::ClassConstant, 0, held),
        None => None,
    }
}
/// How calling `o.name(...)` goes.
pub(super) fn search_call(
    vm: &Vm,
    o: Gc<Header>,
    shape: &ShapeInfo,
    name: Gc<Str>,
) -> Option<Found> {
    let dict = shape.mode == AttributeMode::Dict || vm.has_explicit_dict(o);
    if !dict
        && vm.plain_getattribute(shape.class)
        && shape.find(name).is_none()
        && let Some(f) = vm.lookup(shape.class, name)
        && let Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD) =
            vm.object(f).map(|o| o.shape())
    {
        return found(SiteKind::Method, 0, f);
    }
    search_read(vm, o, shape, name).filter(|f| f.kind != SiteKind::Property)
}
/// How storing into `o.name` goes.
pub(super) fn search_store(vm: &Vm, shape: &'static ShapeInfo, name: Gc<Str>) -> Option<Found> {
    if !vm.special(shape.class, Special::SetAttr).is_some_and(|f| vm.owner_is_object(f)) {
        return None;
    }
    if let Some(held) = vm.lookup(shape.class, name) {
        if let Some(m) = vm.exact::<Member>(held, core_shape::MEMBER) {
            let word = field_of_member(vm, shape, held).filter(|_| !m.read_only.get())?;
            return found(SiteKind::Field, word, Value::NONE);
        }
        if vm.binding_of(held) == Binding::Data {
            return None;
        }
    }
    // Native code makes some objects of its own classes without attribute slots.
    if shape.mode != AttributeMode::Slots || !shape.class.has(class_flag::MUTABLE) {
        return None;
    }
    if let Some(slot) = shape.find(name) {
        return found(SiteKind::Field, shape.word(slot), Value::NONE);
    }
    let next = vm.shape_with(shape, name).ok().flatten()?;
    let slot = shape.fixed as usize + shape.names.len();
    found(SiteKind::AddField, shape.word(slot), Value::small_int(next.id.0 as isize))
}
/// The word of a `__slots__` member of the shape's class or of a base.
fn field_of_member(vm: &Vm, shape: &ShapeInfo, member: Value) -> Option<usize> {
    let m = vm.exact::<Member>(member, core_shape::MEMBER)?;
    let owner = vm.as_class(m.owner.get())?;
    let fits = vm.is_subclass_exact(shape.class, owner) && !m.none_if_unset.get();
    fits.then(|| shape.word(m.slot.get() as usize))
}
/// Makes the inline cache of an instruction fit the receiver at hand, for a recorder about to run it.
pub(crate) fn aim(vm: &Vm, s: S, op: Op, i: Insn) {
    let receiver = match op {
        Op::GetAttr | Op::LoadMethod => s.reg(i.b()),
        Op::SetAttr => s.reg(i.a()),
        Op::LoadGlobal | Op::LoadName => return super::names::aim_global(vm, s),
        _ => return,
    };
    let Some(o) = vm.object(receiver) else { return };
    let (code, name) = (s.code(), site_name(vm, s));
    let site = code.site(s.extra() as usize);
    if let Some(class) = vm.as_class(receiver) {
        if op != Op::SetAttr {
            fill_class(vm, site, code, class, name, op == Op::LoadMethod);
        }
        return;
    }
    let shape = vm.shape(o.shape());
    if let Some(m) = vm.cast::<Module>(receiver) {
        if op != Op::SetAttr {
            fill_module(vm, site, code, shape, m, name);
        }
        return;
    }
    let found = match op {
        Op::GetAttr => search_read(vm, o, shape, name),
        Op::LoadMethod => search_call(vm, o, shape, name),
        _ => search_store(vm, shape, name),
    };
    if let Some(found) = found {
        site.fill(vm, code, shape, found);
    }
}
/// The value an answer gives for `o`; `None` for an unset member.
pub(super) fn value_of(o: Gc<Header>, f: Found) -> Option<Value> {
    match f.kind {
        SiteKind::Field | SiteKind::Member => {
            // SAFETY: the answer was found for the object's shape.
            Some(unsafe { word_at(o, f.index as usize) }).filter(|v| !v.is_unbound())
        }
        SiteKind::ClassConstant => Some(f.value),
        _ => None,
    }
}

/// Reads an attribute by what the caches know. `Err` gives a state to go on with: a property's getter.
fn read(vm: &Vm, s: S, v: Value, name: Gc<Str>) -> Result<Option<Value>, S> {
    let Some(o) = vm.object(v) else { return Ok(None) };
    if fill_special_receiver(vm, s, v, o, name, false) {
        return Ok(None);
    }
    let search = |shape: &ShapeInfo| search_read(vm, o, shape, name);
    let Some(f) = answer(vm, s, o, name, Use::Read, search) else { return Ok(None) };
    if f.kind == SiteKind::Property
        && let Some(next) =
            enter(vm, s, f.value, &[v], crate::interp::frame::Continuation::Store, Value::NONE)
    {
        return Err(next);
    }
    Ok(value_of(o, f))
}
/// Function and receiver of `v.name(...)` by what the caches know.
fn method(vm: &Vm, s: S, v: Value, name: Gc<Str>) -> Option<(Value, Value)> {
    let o = vm.object(v)?;
    if fill_special_receiver(vm, s, v, o, name, true) {
        return None;
    }
    let f = answer(vm, s, o, name, Use::Call, |shape| search_call(vm, o, shape, name))?;
    match f.kind {
        SiteKind::Method => Some((f.value, v)),
        _ => value_of(o, f).map(|f| (f, Value::UNBOUND)),
    }
}
/// Stores an attribute by what the caches know; false when the general way must be taken.
fn store(vm: &Vm, s: S, v: Value, new: Value, name: Gc<Str>) -> bool {
    let Some(o) = vm.object(v) else { return false };
    let search = |shape| search_store(vm, shape, name);
    let Some(f) = answer(vm, s, o, name, Use::Store, search) else { return false };
    // SAFETY: the answer was found for the object's shape.
    unsafe { slot_at(o, f.index as usize) }.set(&vm.heap, o, new);
    if f.kind == SiteKind::AddField {
        o.set_shape(ShapeId(f.value.as_int().unwrap_or(0) as u32));
    }
    true
}

/// Modules and classes have caches of their own kinds; true for them.
fn fill_special_receiver(
    vm: &Vm,
    s: S,
    v: Value,
    o: Gc<Header>,
    name: Gc<Str>,
    to_call: bool,
) -> bool {
    let code = s.code();
    let site = code.site(s.extra() as usize);
    if let Some(class) = vm.as_class(v) {
        if site.worth_filling() {
            fill_class(vm, site, code, class, name, to_call);
        }
        return true;
    }
    let shape = vm.shape(o.shape());
    if let Some(m) = vm.cast::<Module>(v) {
        if site.worth_filling() {
            fill_module(vm, site, code, shape, m, name);
        }
        return true;
    }
    false
}
/// An attribute of a class, if its metaclass has no say and reading it binds nothing or (for a call) the class.
fn fill_class(
    vm: &Vm,
    site: &SiteCache,
    code: Gc<Code>,
    class: Gc<Class>,
    name: Gc<Str>,
    to_call: bool,
) {
    let meta = vm.class_of(class.value());
    let by_type = vm
        .special(meta, Special::GetAttribute)
        .and_then(|f| vm.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD))
        .is_some_and(|f| f.owner.get() == vm.classes().type_.value());
    if !by_type || vm.lookup(meta, name).is_some() {
        return;
    }
    let Some(found) = vm.lookup(class, name) else { return };
    let shape_of = |v: Value| vm.object(v).map(|o| o.shape());
    let (kind, value) = match shape_of(found) {
        Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD) => (SiteKind::TypeAttribute, found),
        Some(core_shape::STATIC_METHOD) => match vm.cast::<StaticMethod>(found) {
            Some(m) => (SiteKind::TypeAttribute, m.function.get()),
            None => return,
        },
        Some(core_shape::CLASS_METHOD) if to_call => match vm.cast::<ClassMethod>(found) {
            Some(m) if shape_of(m.function.get()) == Some(core_shape::FUNCTION) => {
                (SiteKind::TypeMethod, m.function.get())
            }
            _ => return,
        },
        _ if vm.binding_of(found) == crate::protocol::Binding::Plain => {
            (SiteKind::TypeAttribute, found)
        }
        _ => return,
    };
    vm.heap.barrier_all(code.erase());
    site.owner.set(class.value());
    site.version.set(class.version.get());
    site.value.set(value);
    site.kind.set(kind);
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
    if version == 0 || !vm.plain_getattribute(shape.class) || vm.lookup(shape.class, name).is_some()
    {
        return;
    }
    if let Some(row) = vm.dict_find_str(dict, name)
        && let Some(f) = found(SiteKind::ModuleField, row, Value::NONE)
    {
        site.fill(vm, code, shape, f);
        site.version.set(version);
    }
}
#[inline(never)]
pub(crate) fn get_attr(vm: &Vm, s: S, i: Insn) -> S {
    vm.publish(s);
    let (v, name) = (s.reg(i.b()), site_name(vm, s));
    let value = match read(vm, s, v, name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => vm.get_attr(v, name),
        Err(next) => return next,
    };
    match value {
        Ok(value) => {
            s.put(i.a(), value);
            s.skip(1)
        }
        Err(r) => vm.unwind(s, r, true),
    }
}
residuals! {
    fn set_attr(vm, s, i) + 1 {
        let (v, new, name) = (s.reg(i.a()), s.reg(i.b()), site_name(vm, s));
        if !store(vm, s, v, new, name) {
            vm.set_attr(v, name, new)?;
        }
    }
    fn delete_attr(vm, s, i) + 1 { vm.delete_attr(s.reg(i.a()), site_name(vm, s))?; }
    fn load_method(vm, s, i) + 1 {
        let (v, name) = (s.reg(i.b()), site_name(vm, s));
        let (f, receiver) = match method(vm, s, v, name) {
            Some(found) => found,
            None => {
                let (f, receiver) = vm.get_method(v, name)?;
                (f, receiver.unwrap_or(Value::UNBOUND))
            }
        };
        s.put(i.a(), f);
        s.put(i.a() + 4, receiver);
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
/// The function that `super().name` finds for the receiver, to be called with it; none where more is to be done.
/// It depends on the class of the receiver, the class behind `super` and the name `super` alone.
pub(crate) fn super_function(vm: &Vm, s: S, i: Insn) -> Option<Value> {
    let (f, receiver, _) = super_cached(vm, s, i)?;
    (receiver == s.reg(i.b() + 2) && binds(vm, f)).then_some(f)
}
fn binds(vm: &Vm, f: Value) -> bool {
    let shape = vm.object(f).map(|o| o.shape());
    matches!(shape, Some(core_shape::FUNCTION | core_shape::NATIVE_METHOD))
}
/// [`super_lookup`] for instances, with the site's memory. Versions of classes are never used twice, so that of the
/// class behind `super` tells which class it is.
fn super_cached(vm: &Vm, s: S, i: Insn) -> Option<(Value, Value, Gc<Class>)> {
    let receiver = s.reg(i.b() + 2);
    let owner = vm.as_class(s.reg(i.b() + 1))?;
    let code = s.code();
    let site = code.site(s.extra() as usize);
    let class = vm.class_of(receiver);
    if site.kind.get() == SiteKind::SuperMethod
        && site.owner.get() == class.value()
        && site.version.get() == class.version.get()
        && site.version_2.get() == owner.version.get()
        && s.reg(i.b()) == vm.classes().super_.value()
    {
        return Some((site.value.get(), receiver, class));
    }
    let name = site_name(vm, s);
    let found = super_lookup(vm, s, i.b(), name).ok()??;
    if found.1 != receiver
        || !binds(vm, found.0)
        || class.version.get() == 0
        || owner.version.get() == 0
    {
        return None;
    }
    if site.worth_filling() {
        vm.heap.barrier_all(s.code().erase());
        site.owner.set(class.value());
        site.version.set(class.version.get());
        site.version_2.set(owner.version.get());
        site.value.set(found.0);
        site.kind.set(SiteKind::SuperMethod);
    }
    Some(found)
}
fn super_method(vm: &Vm, s: S, i: Insn, name: Gc<Str>) -> Res<(Value, Option<Value>)> {
    if let Some((f, receiver, _)) = super_cached(vm, s, i) {
        return Ok((f, Some(receiver)));
    }
    if let Some((f, receiver, class)) = super_lookup(vm, s, i.b(), name)? {
        if binds(vm, f) && !receiver.is_unbound() {
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
