//! Building containers, strings, functions.

use crate::error::Res;
use crate::interp::frame::S;
use crate::object::*;
use crate::vm::Vm;
use core::cell::Cell;
use pyrs_bytecode::{Insn, flags};
use pyrs_heap::{Gc, Header, Slot, Value};

/// A list under construction.
fn list_at(s: S, n: usize) -> Gc<List> {
    // SAFETY: the compiler names only registers that hold the list it builds.
    unsafe { Gc::from_value(s.reg(n)) }
}
fn dict_at(s: S, n: usize) -> Gc<Dict> {
    // SAFETY: as above, for dicts.
    unsafe { Gc::from_value(s.reg(n)) }
}
fn set_at(s: S, n: usize) -> Gc<Set> {
    // SAFETY: as above, for sets.
    unsafe { Gc::from_value(s.reg(n)) }
}

residuals! {
    fn build_tuple(vm, s, i) + 0 { s.put(i.a(), vm.tuple(s.regs(i.b(), i.c()))?); }
    fn build_list(vm, s, i) + 0 { s.put(i.a(), vm.list(s.regs(i.b(), i.c()))?); }
    fn build_set(vm, s, i) + 0 {
        let set = vm.new_set(core_shape::SET)?;
        for n in 0..i.c() {
            vm.set_add(set, s.reg(i.b() + n))?;
        }
        s.put(i.a(), set.value());
    }
    fn build_map(vm, s, i) + 0 {
        let d = vm.new_dict()?;
        for n in 0..i.c() {
            vm.dict_set(d, s.reg(i.b() + 2 * n), s.reg(i.b() + 2 * n + 1))?;
        }
        s.put(i.a(), d.value());
    }
    fn build_string(vm, s, i) + 0 {
        let parts = s.regs(i.b(), i.c());
        s.put(i.a(), vm.join_exact(parts)?.value());
    }
    fn list_append(vm, s, i) + 0 { vm.list_append(list_at(s, i.a()), s.reg(i.b()))?; }
    fn set_add(vm, s, i) + 0 {
        // Mostly a set under construction, but `__conditional_annotations__` is a name that programs can assign.
        let v = s.reg(i.a());
        let Some(set) = vm.exact::<Set>(v, core_shape::SET) else {
            return Err(vm.type_error(format!("'{}' object is not a set", vm.type_name(v))));
        };
        vm.set_add(set, s.reg(i.b()))?;
    }
    fn map_add(vm, s, i) + 0 { vm.dict_set(dict_at(s, i.a()), s.reg(i.b()), s.reg(i.c()))?; }
    fn list_extend(vm, s, i) + 0 {
        let v = s.reg(i.b());
        let r = vm.list_extend(list_at(s, i.a()), v);
        if let Err(r) = r {
            let class = vm.class_of(v);
            let iterable = vm.special(class, crate::names::Special::Iter).is_some()
                || vm.special(class, crate::names::Special::GetItem).is_some();
            if !iterable && vm.pending_is(r, vm.exc().type_error) {
                vm.take_exception(r);
                let name = vm.type_name(v);
                return Err(vm.type_error(format!("Value after * must be an iterable, not {name}")));
            }
            return Err(r);
        }
    }
    fn set_update(vm, s, i) + 0 {
        let set = set_at(s, i.a());
        vm.iterate(s.reg(i.b()), |v| vm.set_add(set, v).map(drop))?;
    }
    fn dict_update(vm, s, i) + 0 {
        let (d, from) = (dict_at(s, i.a()), s.reg(i.b()));
        if !vm.is_mapping(from)? {
            return Err(vm.type_error(format!("'{}' object is not a mapping", vm.type_name(from))));
        }
        vm.dict_update_from(d, from)?;
    }
    fn dict_merge(vm, s, i) + 0 {
        let (d, from) = (dict_at(s, i.a()), s.reg(i.b()));
        let function = |vm: &Vm| vm.callable_text(s.reg(i.c()));
        if !vm.is_mapping(from)? {
            let (name, from) = (function(vm), vm.type_name(from));
            let text = format!("{name} argument after ** must be a mapping, not {from}");
            return Err(vm.type_error(text));
        }
        let keys = match vm.exact::<Dict>(from, core_shape::DICT) {
            Some(_) => from,
            None => vm.call_method_str(from, vm.names().keys, &[])?,
        };
        vm.iterate(keys, |k| {
            // The call refuses keys that are not strings.
            if vm.dict_find(d, k)?.is_some() {
                return Err(vm.type_error(format!(
                    "{} got multiple values for keyword argument '{}'",
                    function(vm),
                    vm.str_of(k)?.to_lossy()
                )));
            }
            let v = vm.get_item(from, k)?;
            vm.dict_set(d, k, v)
        })?;
    }
    fn list_to_tuple(vm, s, i) + 0 {
        let list = list_at(s, i.b());
        s.put(i.a(), vm.tuple(list.items())?);
    }
    fn format_value(vm, s, i) + 0 {
        let v = converted(vm, s.reg(i.b()), i.c())?;
        let text = match vm.exact_str(v) {
            Some(text) => text,
            None => vm.format(v, vm.names().empty)?,
        };
        s.put(i.a(), text.value());
    }
    fn convert(vm, s, i) + 0 { s.put(i.a(), converted(vm, s.reg(i.b()), i.c())?); }
    fn format_with_spec(vm, s, i) + 0 {
        let spec = vm.as_str(s.reg(i.c())).unwrap_or(vm.names().empty);
        s.put(i.a(), vm.format(s.reg(i.b()), spec)?.value());
    }
    fn build_interpolation(vm, s, i) + 0 {
        let conversion = match i.c() {
            1 => vm.str("s")?,
            2 => vm.str("r")?,
            3 => vm.str("a")?,
            _ => Value::NONE,
        };
        let args = [s.reg(i.b()), s.reg(i.b() + 1), conversion, s.reg(i.b() + 2)];
        s.put(i.a(), vm.call_hook("_pyrs_interpolation", &args)?);
    }
    fn build_template(vm, s, i) + 0 {
        s.put(i.a(), vm.call_hook("_pyrs_template", &[s.reg(i.b()), s.reg(i.c())])?);
    }
    fn make_function(vm, s, i) + 0 {
        let code = s.code().constant(i.u16());
        s.put(i.a(), vm.function_here(s, code)?.value());
    }
    fn make_function_far(vm, s, i) + 1 {
        let code = s.code().constant(s.extra() as usize);
        s.put(i.a(), vm.function_here(s, code)?.value());
    }
    fn set_function_attr(vm, s, i) + 0 {
        // SAFETY: the compiler names only registers that hold the function it makes.
        let f: Gc<Function> = unsafe { Gc::from_value(s.reg(i.a())) };
        vm.set_function_part(f, i.c(), s.reg(i.b()))?;
    }
}

/// Whether the functions that take free variables from `v` find cells there. (Code from files may say otherwise.)
fn is_closure(vm: &Vm, v: Value) -> bool {
    let is_cell = |&c: &Value| vm.exact::<CellObject>(c, core_shape::CELL).is_some();
    vm.exact::<Tuple>(v, core_shape::TUPLE).is_some_and(|t| t.items().iter().all(is_cell))
}

fn converted(vm: &Vm, v: Value, conversion: usize) -> Res {
    Ok(match conversion {
        0 => v,
        1 => vm.str_of(v)?.value(),
        2 => vm.repr(v)?.value(),
        _ => vm.ascii(v)?.value(),
    })
}

impl Vm {
    /// Completes a function under construction: part number `part` of `SetFunctionAttr`.
    pub(crate) fn set_function_part(&self, f: Gc<Function>, part: usize, value: Value) -> Res<()> {
        if part == 2 && !is_closure(self, value) {
            return Err(self.system_error("closure is no tuple of cells"));
        }
        let slot = match part {
            0 => &f.defaults,
            1 => &f.kwdefaults,
            2 => &f.closure,
            3 => &f.annotate,
            _ => &f.annotations,
        };
        slot.set(&self.heap, f, value);
        Ok(())
    }
    /// A function of `code` over the running function's globals.
    fn function_here(&self, s: S, code: Value) -> Res<Gc<Function>> {
        let running = s.function();
        let Some(code) = self.exact::<Code>(code, core_shape::CODE) else {
            return Err(self.system_error("function of a constant that is no code"));
        };
        self.new_function(code, running.globals.get(), running.builtins.get())
    }
    /// A function object without defaults or closure.
    pub fn new_function(
        &self,
        code: Gc<Code>,
        globals: Value,
        builtins: Value,
    ) -> Res<Gc<Function>> {
        let n = self.names();
        let module = match self.as_dict(globals) {
            Some(g) => self.dict_get_str(g, n.name).unwrap_or(Value::NONE),
            None => Value::NONE,
        };
        let doc = match code.flags.get() & flags::HAS_DOCSTRING {
            0 => Value::NONE,
            _ if code.is_ready() => code.constant(0),
            // The docstring is looked up when someone asks (`Vm::function_doc`).
            _ => Value::UNBOUND,
        };
        let unset = || Slot::new(Value::UNBOUND);
        self.alloc(Function {
            header: Header::new(core_shape::FUNCTION, 0),
            code: Slot::new(code.value()),
            globals: Slot::new(globals),
            closure: unset(),
            defaults: unset(),
            kwdefaults: unset(),
            namespace: unset(),
            builtins: Slot::new(builtins),
            name: Slot::new(code.name.get()),
            qualname: Slot::new(code.qualname.get()),
            module: Slot::new(module),
            doc: Slot::new(doc),
            dict: unset(),
            annotations: unset(),
            annotate: unset(),
            type_params: unset(),
            watched: Cell::new(false),
            exact: Cell::new(if code.is_ready() { exact_arguments(code) } else { UNREADY }),
        })
    }
    /// Completes a function's code before a call.
    #[cold]
    #[inline(never)]
    pub(crate) fn prepare(&self, f: Gc<Function>) -> Res<()> {
        self.make_ready(f.code())?;
        f.exact.set(exact_arguments(f.code()));
        Ok(())
    }
    /// `f.__doc__`
    pub fn function_doc(&self, f: Gc<Function>) -> Res {
        if f.doc.is_unbound() && f.code().flags.get() & flags::HAS_DOCSTRING != 0 {
            self.make_ready(f.code())?;
            f.doc.set(&self.heap, f, f.code().constant(0));
        }
        Ok(if f.doc.is_unbound() { Value::NONE } else { f.doc.get() })
    }
    /// Recomputes what depends on the function's code and defaults (after `f.__code__ = ...`).
    pub fn function_code_changed(&self, f: Gc<Function>) {
        let ready = f.code().is_ready();
        f.exact.set(if ready { exact_arguments(f.code()) } else { UNREADY });
        if f.watched.replace(false) {
            self.jit.invalidate();
        }
    }
    /// Joins exact strings.
    pub fn join_exact(&self, parts: &[Value]) -> Res<Gc<Str>> {
        let mut kind = StrKind::Ascii;
        let mut len = 0usize;
        for &p in parts {
            if let Some(t) = self.exact_str(p) {
                kind = kind.max(t.kind());
                len = len.saturating_add(t.len());
            }
        }
        let out = self.new_str_blank(kind, len)?;
        let mut at = 0;
        for &p in parts {
            if let Some(t) = self.exact_str(p) {
                // SAFETY: `out` has room for all parts at this width.
                unsafe {
                    let to = (out.data() as *mut u8).add(at * kind.width());
                    crate::make::fill_units(to, kind, t.points());
                }
                at += t.len();
            }
        }
        Ok(out)
    }
    pub fn is_mapping(&self, v: Value) -> Res<bool> {
        if self.as_dict(v).is_some() {
            return Ok(true);
        }
        Ok(self.get_attr_opt(v, self.names().keys)?.is_some())
    }
    /// `d.update(mapping)` for anything with `keys()`.
    pub fn dict_update_from(&self, d: Gc<Dict>, from: Value) -> Res<()> {
        if let Some(from) = self.exact::<Dict>(from, core_shape::DICT) {
            return self.dict_merge(d, from);
        }
        let keys = self.call_method_str(from, self.names().keys, &[])?;
        self.iterate(keys, |k| {
            let v = self.get_item(from, k)?;
            self.dict_set(d, k, v)
        })
    }
    /// A callable as call errors show it: `module.qualname()`.
    pub fn callable_text(&self, f: Value) -> String {
        let get = |name| match self.get_attr_opt(f, name) {
            Ok(v) => v.and_then(|v| self.as_str(v)).map(|s| s.to_lossy()),
            Err(r) => {
                self.take_exception(r);
                None
            }
        };
        let Some(qualname) = get(self.names().qualname) else { return self.repr_lossy(f) };
        match get(self.names().module) {
            Some(m) if m != "builtins" => format!("{m}.{qualname}()"),
            _ => format!("{qualname}()"),
        }
    }
}

/// The argument count with which a plain call needs no binding, or `u32::MAX`.
fn exact_arguments(code: Gc<Code>) -> u32 {
    let d = code.data();
    debug_assert!(code.is_ready());
    let plain = d.kwonly_count == 0 && d.flags & (flags::VARARGS | flags::VARKEYWORDS) == 0;
    if plain { d.arg_count } else { u32::MAX }
}
