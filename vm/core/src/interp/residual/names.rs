//! Registers, cells, globals, local namespaces.

use crate::error::{Raised, Res};
use crate::interp::frame::S;
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::{Insn, LocalKind};
use pyrs_heap::{Gc, Value};

/// The name of a site.
pub(crate) fn site_name(vm: &Vm, s: S) -> Gc<Str> {
    let site = s.code().site(s.extra() as usize).name.get();
    vm.exact_str(site).unwrap_or(vm.names().empty)
}
fn local_name(s: S, n: usize) -> (String, LocalKind) {
    match s.code().data().locals.get(n) {
        Some((name, kind)) => (name.to_string(), *kind),
        None => (String::from("?"), LocalKind::Plain),
    }
}
#[cold]
fn unbound(vm: &Vm, s: S, n: usize) -> Raised {
    let (name, kind) = local_name(s, n);
    if kind == LocalKind::Free {
        let text = format!(
            "cannot access free variable '{name}' where it is not associated with a value in enclosing scope"
        );
        return vm.name_error(vm.exc().name_error, &text, &name);
    }
    let text =
        format!("cannot access local variable '{name}' where it is not associated with a value");
    vm.name_error(vm.exc().unbound_local_error, &text, &name)
}
fn globals(s: S) -> Gc<Dict> {
    // SAFETY: a function's globals are a dict.
    unsafe { Gc::from_value(s.function().globals.get()) }
}
fn as_cell(v: Value) -> Gc<CellObject> {
    // SAFETY: the compiler emits cell opcodes only for registers that hold cells.
    unsafe { Gc::from_value(v) }
}

impl Vm {
    /// NameError with its `name` field.
    #[cold]
    pub fn name_error(&self, class: Gc<Class>, text: &str, name: &str) -> Raised {
        let r = self.raise_text(class, text);
        let e = self.take_exception(r);
        self.set_exception_field(e, 0, self.intern(name).value());
        self.raise_again(e)
    }
    fn undefined(&self, name: Gc<Str>) -> Raised {
        let n = name.to_lossy();
        self.name_error(self.exc().name_error, &format!("name '{n}' is not defined"), &n)
    }
    /// `mapping[name]`, `None` when it raises KeyError.
    pub(crate) fn mapping_get(&self, mapping: Value, name: Gc<Str>) -> Res<Option<Value>> {
        match self.exact::<Dict>(mapping, core_shape::DICT) {
            Some(d) => self.dict_get(d, name.value()),
            None => self.catch(self.get_item(mapping, name.value()), self.exc().key_error),
        }
    }
    /// A global or builtin.
    pub(crate) fn global_or_builtin(&self, f: Gc<Function>, name: Gc<Str>) -> Res {
        let found = match self.exact::<Dict>(f.globals.get(), core_shape::DICT) {
            Some(d) => self.dict_get(d, name.value())?,
            None => self.mapping_get(f.globals.get(), name)?,
        };
        if let Some(v) = found {
            return Ok(v);
        }
        match self.mapping_get(f.builtins.get(), name)? {
            Some(v) => Ok(v),
            None => Err(self.undefined(name)),
        }
    }
}

residuals! {
    fn load_const_far(_vm, s, i) + 1 { s.put(i.a(), s.code().constant(s.extra() as usize)); }
    fn unbind_range(_vm, s, i) + 0 {
        for n in i.a()..i.a() + i.b() {
            s.put(n, Value::UNBOUND);
        }
    }
    fn unbound_local(vm, s, i) + 0 { return Err(unbound(vm, s, i.a())); }
    fn load_far(_vm, s, i) + 0 { s.put(i.a(), s.reg(256 + i.u16())); }
    fn store_far(_vm, s, i) + 0 { s.put(256 + i.u16(), s.reg(i.a())); }
    fn make_cell(vm, s, i) + 0 { s.put(i.a(), vm.new_cell(s.reg(i.a()))?.value()); }
    fn copy_free(vm, s, i) + 0 {
        let closure = closure(vm, s, i.b())?;
        for n in 0..i.b() {
            s.put(i.a() + n, closure.get(n));
        }
    }
    fn load_free(vm, s, i) + 0 {
        let closure = closure(vm, s, i.u16() + 1)?;
        s.put(i.a(), closure.get(i.u16()));
    }
    fn load_cell(vm, s, i) + 0 {
        let v = as_cell(s.reg(i.b())).content.get();
        if v.is_unbound() {
            return Err(unbound(vm, s, i.b()));
        }
        s.put(i.a(), v);
    }
    fn delete_cell(vm, s, i) + 0 {
        let cell = as_cell(s.reg(i.a()));
        if cell.content.is_unbound() {
            return Err(unbound(vm, s, i.a()));
        }
        cell.content.set(&vm.heap, cell, Value::UNBOUND);
    }
    fn check_cell(vm, s, i) + 0 {
        // `gc.get_objects()` shows the list of cells, and a program can change it.
        if vm.exact::<CellObject>(s.reg(i.a()), core_shape::CELL).is_none() {
            return Err(vm.system_error("the cell of a variable is gone"));
        }
    }
    fn load_dict_or_cell(vm, s, i) + 0 {
        let (name, _) = local_name(s, i.b());
        let name = vm.intern(&name);
        let v = match vm.mapping_get(s.reg(i.c()), name)? {
            Some(v) => v,
            None => as_cell(s.reg(i.b())).content.get(),
        };
        if v.is_unbound() {
            return Err(unbound(vm, s, i.b()));
        }
        s.put(i.a(), v);
    }

    fn load_global(vm, s, i) + 1 {
        let code = s.code();
        let site = code.site(s.extra() as usize);
        let name = site_name(vm, s);
        let f = s.function();
        cache_global(vm, s, site, f, name);
        s.put(i.a(), vm.global_or_builtin(f, name)?);
    }
    fn store_global(vm, s, i) + 1 {
        let name = site_name(vm, s);
        vm.dict_set(globals(s), name.value(), s.reg(i.a()))?;
        let code = s.code();
        cache_global(vm, s, code.site(s.extra() as usize), s.function(), name);
    }
    fn delete_global(vm, s, _i) + 1 {
        let name = site_name(vm, s);
        if vm.dict_remove(globals(s), name.value())?.is_none() {
            return Err(vm.undefined(name));
        }
    }
    fn load_name(vm, s, i) + 1 {
        let name = site_name(vm, s);
        let f = s.function();
        let ns = f.namespace.get();
        if ns == f.globals.get() {
            let code = s.code();
            cache_global(vm, s, code.site(s.extra() as usize), f, name);
        }
        let found = if ns.is_unbound() { None } else { vm.mapping_get(ns, name)? };
        let v = match found {
            Some(v) => v,
            None => vm.global_or_builtin(f, name)?,
        };
        s.put(i.a(), v);
    }
    fn store_name(vm, s, i) + 1 {
        let (name, v) = (site_name(vm, s), s.reg(i.a()));
        let ns = namespace(vm, s)?;
        match vm.exact::<Dict>(ns, core_shape::DICT) {
            Some(d) => vm.dict_set_str(d, name, v)?,
            None => vm.set_item(ns, name.value(), v)?,
        }
        let f = s.function();
        if ns == f.globals.get() {
            let code = s.code();
            cache_global(vm, s, code.site(s.extra() as usize), f, name);
        }
    }
    fn delete_name(vm, s, _i) + 1 {
        let name = site_name(vm, s);
        let ns = namespace(vm, s)?;
        let deleted = match vm.exact::<Dict>(ns, core_shape::DICT) {
            Some(d) => vm.dict_remove(d, name.value())?.is_some(),
            None => vm.catch(vm.delete_item(ns, name.value()), vm.exc().key_error)?.is_some(),
        };
        if !deleted {
            return Err(vm.undefined(name));
        }
    }
    fn load_dict_or_global(vm, s, i) + 1 {
        let name = site_name(vm, s);
        let v = match vm.mapping_get(s.reg(i.b()), name)? {
            Some(v) => v,
            None => vm.global_or_builtin(s.function(), name)?,
        };
        s.put(i.a(), v);
    }
    fn load_locals(vm, s, i) + 0 { s.put(i.a(), namespace(vm, s)?); }
    fn load_build_class(vm, s, i) + 0 {
        let name = vm.names().build_class;
        match vm.mapping_get(s.function().builtins.get(), name)? {
            Some(f) => s.put(i.a(), f),
            None => {
                let (class, name) = (vm.exc().name_error, "__build_class__");
                return Err(vm.name_error(class, "__build_class__ not found", name));
            }
        }
    }
    fn load_common(vm, s, i) + 0 {
        let builtin = |name: &str| {
            let d = vm.as_dict(vm.builtins.get());
            d.and_then(|d| vm.dict_get_str(d, vm.intern(name))).unwrap_or(Value::NONE)
        };
        let v = match i.b() {
            0 => vm.exc().assertion_error.value(),
            1 => vm.exc().not_implemented_error.value(),
            2 => vm.classes().tuple.value(),
            3 => builtin("all"),
            4 => builtin("any"),
            5 => vm.classes().list.value(),
            _ => vm.classes().set.value(),
        };
        s.put(i.a(), v);
    }
    fn setup_annotations(vm, s, _i) + 0 {
        let ns = namespace(vm, s)?;
        let name = vm.names().annotations;
        if vm.mapping_get(ns, name)?.is_none() {
            let d = vm.new_dict()?;
            vm.set_item(ns, name.value(), d.value())?;
        }
    }
}

/// The running function's closure, which must have so many cells: that of a changed or damaged code object may
/// have fewer. (Whoever gives a function its closure checks that it consists of cells.)
#[inline(always)]
fn closure(vm: &Vm, s: S, cells: usize) -> Res<Gc<Tuple>> {
    match vm.as_tuple(s.function().closure.get()) {
        Some(closure) if closure.len() >= cells => Ok(closure),
        _ => Err(vm.system_error("closure has too few cells")),
    }
}
/// The frame's local namespace.
fn namespace(vm: &Vm, s: S) -> Res {
    let ns = s.function().namespace.get();
    if ns.is_unbound() { Err(vm.system_error("no locals found")) } else { Ok(ns) }
}

/// Remembers where a global was found.
/// Makes the cache of a global's name fit, for a recorder about to read it.
pub(super) fn aim_global(vm: &Vm, s: S) {
    let code = s.code();
    let site = code.site(s.extra() as usize);
    cache_global(vm, s, site, s.function(), site_name(vm, s));
}
fn cache_global(vm: &Vm, s: S, site: &SiteCache, f: Gc<Function>, name: Gc<Str>) {
    let (Some(g), Some(b)) = (
        vm.exact::<Dict>(f.globals.get(), core_shape::DICT),
        vm.exact::<Dict>(f.builtins.get(), core_shape::DICT),
    ) else {
        return;
    };
    let (kind, row) = match (vm.dict_find_str(g, name), vm.dict_find_str(b, name)) {
        (Some(row), _) => (SiteKind::Global, row),
        (None, Some(row)) => (SiteKind::Builtin, row),
        (None, None) => return,
    };
    let (version, version_2) = (vm.dict_version(g), vm.dict_version(b));
    if version == 0 || version_2 == 0 || row > u16::MAX as usize {
        return;
    }
    let _ = s;
    site.version.set(version);
    site.version_2.set(version_2);
    site.index.set(row as u16);
    site.kind.set(kind);
}
