//! Imports, and the rarely used operations kept behind one opcode.

use super::names::site_name;
use crate::error::Res;
use crate::interp::frame::S;
use crate::object::*;
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Intrinsic1, Intrinsic2};
use pyrs_heap::{Gc, Value};

residuals! {
    fn import_name(vm, s, i) + 1 {
        let name = site_name(vm, s);
        let f = s.function();
        let import = match vm.as_dict(f.builtins.get()) {
            Some(d) => vm.dict_get_str(d, vm.names().import),
            None => vm.mapping_get(f.builtins.get(), vm.names().import)?,
        };
        let Some(import) = import else {
            return Err(vm.raise_text(vm.exc().import_error, "__import__ not found"));
        };
        let ns = f.namespace.get();
        let locals = if ns.is_unbound() { Value::NONE } else { ns };
        let args = [name.value(), f.globals.get(), locals, s.reg(i.c()), s.reg(i.b())];
        s.put(i.a(), vm.call(import, &args)?);
    }
    fn import_from(vm, s, i) + 1 { s.put(i.a(), vm.import_from(s.reg(i.b()), site_name(vm, s))?); }
    fn import_star(vm, s, i) + 0 {
        let ns = s.function().namespace.get();
        vm.import_star(s.reg(i.a()), ns)?;
    }
    fn intrinsic_1(vm, s, i) + 0 {
        let v = s.reg(i.b());
        let r = match Intrinsic1::from_byte(i.c() as u8) {
            Some(Intrinsic1::Print) => {
                let hook = match vm.as_dict(vm.sys_dict.get()) {
                    Some(d) => vm.dict_get_str(d, vm.names().displayhook),
                    None => None,
                };
                let Some(hook) = hook else { return Err(vm.runtime_error("lost sys.displayhook")) };
                vm.call(hook, &[v])?
            }
            Some(Intrinsic1::TypeVar) => vm.call_hook("_pyrs_typevar", &[v])?,
            Some(Intrinsic1::ParamSpec) => vm.call_hook("_pyrs_paramspec", &[v])?,
            Some(Intrinsic1::TypeVarTuple) => vm.call_hook("_pyrs_typevartuple", &[v])?,
            Some(Intrinsic1::SubscriptGeneric) => vm.call_hook("_pyrs_subscript_generic", &[v])?,
            Some(Intrinsic1::TypeAlias) => {
                let t = vm.to_tuple(v)?;
                vm.call_hook("_pyrs_typealias", t.items())?
            }
            None => Value::NONE,
        };
        s.put(i.a(), r);
    }
    fn intrinsic_2(vm, s, i) + 0 {
        let (x, y) = (s.reg(i.b()), s.reg(i.b() + 1));
        let r = match Intrinsic2::from_byte(i.c() as u8) {
            Some(Intrinsic2::TypeVarWithBound) => {
                vm.call_hook("_pyrs_typevar_with_bound", &[x, y])?
            }
            Some(Intrinsic2::TypeVarWithConstraints) => {
                vm.call_hook("_pyrs_typevar_with_constraints", &[x, y])?
            }
            Some(Intrinsic2::SetFunctionTypeParams) => {
                if let Some(f) = vm.exact::<Function>(x, core_shape::FUNCTION) {
                    f.type_params.set(&vm.heap, f, y);
                }
                x
            }
            Some(Intrinsic2::SetTypeParamDefault) => {
                vm.call_hook("_pyrs_set_typeparam_default", &[x, y])?
            }
            None => Value::NONE,
        };
        s.put(i.a(), r);
    }
}

impl Vm {
    /// `from module import name`
    fn import_from(&self, module: Value, name: Gc<Str>) -> Res {
        if let Some(v) = self.get_attr_opt(module, name)? {
            return Ok(v);
        }
        // A submodule that is being imported is found in sys.modules before it becomes an attribute.
        let package = self.get_attr_opt(module, self.names().name)?.and_then(|n| self.as_str(n));
        if let Some(package) = package {
            let full = format!("{}.{}", package.to_lossy(), name.to_lossy());
            if let Some(m) = self.loaded_module(&full) {
                return Ok(m);
            }
        }
        Err(self.cannot_import(module, package, name))
    }
    #[cold]
    fn cannot_import(
        &self,
        module: Value,
        package: Option<Gc<Str>>,
        name: Gc<Str>,
    ) -> crate::error::Raised {
        let shown = package.map_or_else(|| "<unknown module name>".to_owned(), |p| p.to_lossy());
        let file = match self.get_attr_opt(module, self.names().file) {
            Ok(f) => f.filter(|f| self.as_str(*f).is_some()),
            Err(r) => {
                self.take_exception(r);
                None
            }
        };
        let origin = file
            .and_then(|f| self.as_str(f))
            .map_or_else(|| "unknown location".to_owned(), |f| f.to_lossy());
        let initializing = match self.module_is_initializing(module) {
            Ok(b) => b,
            Err(r) => {
                self.take_exception(r);
                false
            }
        };
        let n = name.to_lossy();
        let text = if initializing {
            format!(
                "cannot import name '{n}' from partially initialized module '{shown}' (most likely due to a circular import) ({origin})"
            )
        } else {
            format!("cannot import name '{n}' from '{shown}' ({origin})")
        };
        let r = self.raise_text(self.exc().import_error, &text);
        let e = self.take_exception(r);
        self.set_exception_field(e, 1, package.map_or(Value::NONE, |p| p.value()));
        self.set_exception_field(e, 2, file.unwrap_or(Value::NONE));
        self.set_exception_field(e, 3, name.value());
        self.raise_again(e)
    }
    /// `module.__spec__._initializing`
    pub fn module_is_initializing(&self, module: Value) -> Res<bool> {
        match self.get_attr_opt(module, self.names().spec)? {
            Some(spec) if !spec.is_none() => {
                match self.get_attr_opt(spec, self.names().initializing)? {
                    Some(v) => self.truth(v),
                    None => Ok(false),
                }
            }
            _ => Ok(false),
        }
    }
    /// `from module import *` into a namespace.
    fn import_star(&self, module: Value, namespace: Value) -> Res<()> {
        let n = self.names();
        let listed = self.get_attr_opt(module, n.all)?;
        let names = match listed {
            Some(all) => self.to_list(all)?,
            None => {
                let Some(d) = self.get_attr_opt(module, n.dict)? else {
                    return Err(self.raise_text(
                        self.exc().import_error,
                        "from-import-* object has no __dict__ and no __all__",
                    ));
                };
                let keys = self.call_method_str(d, n.keys, &[])?;
                self.to_list(keys)?
            }
        };
        let mut i = 0;
        while let Some(name) = names.get(i) {
            i += 1;
            let Some(text) = self.as_str(name) else {
                let m = self.get_attr(module, n.name)?;
                let kind = if listed.is_some() { "Item in" } else { "Key in" };
                let place = if listed.is_some() { "__all__" } else { "__dict__" };
                return Err(self.type_error(format!(
                    "{kind} {}.{place} must be str, not {}",
                    self.str_of(m)?.to_lossy(),
                    self.type_name(name)
                )));
            };
            if listed.is_none() && !text.is_empty() && text.at(0) == '_' as u32 {
                continue;
            }
            let v = self.get_attr(module, text)?;
            self.set_item(namespace, name, v)?;
        }
        Ok(())
    }
}
