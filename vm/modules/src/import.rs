//! `__import__`: the fast way for modules that are loaded, importlib for all others.

use pyrs_core::object::{Dict, Str};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

pub(crate) static IMPORT: NativeDef = NativeDef::function(
    "__import__",
    "(name, globals=None, locals=None, fromlist=(), level=0)",
    import,
    "Import a module.",
);

fn import(vm: &Vm, args: &[Value]) -> Res {
    let [name, globals, _locals, fromlist, level] = args else { return Ok(Value::NONE) };
    let Some(name) = vm.as_str(*name) else {
        return Err(vm.type_error(format!(
            "__import__() argument 1 must be str, not {}",
            vm.type_name(*name)
        )));
    };
    let level = vm.int_i64(*level)?;
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    let full = if level > 0 { resolve(vm, name, *globals, level)? } else { name };
    if full.is_empty() {
        return Err(vm.value_error("Empty module name"));
    }
    let module = load(vm, full)?;
    let wanted = !fromlist.is_unbound() && vm.truth(*fromlist)?;
    if wanted {
        if vm.get_attr_opt(module, vm.names().path)?.is_none() {
            return Ok(module);
        }
        let machinery = machinery(vm)?;
        let find = vm.get_attr(machinery, vm.intern("_gcd_import"))?;
        return vm.call_method(machinery, "_handle_fromlist", &[module, *fromlist, find]);
    }
    // `import a.b` binds `a`; a relative `from . import` without names gives the first part as well.
    let text = full.to_lossy();
    match text.split_once('.') {
        None => Ok(module),
        Some((first, _)) if level == 0 => load(vm, vm.new_str(first)?),
        Some(_) => {
            let name = name.to_lossy();
            if name.is_empty() {
                return Ok(module);
            }
            let Some((first, _)) = name.split_once('.') else { return Ok(module) };
            let cut = name.len() - first.len();
            load(vm, vm.new_str(&text[..text.len() - cut])?)
        }
    }
}

fn machinery(vm: &Vm) -> Res {
    vm.loaded_module("_frozen_importlib")
        .ok_or_else(|| vm.raise_text(vm.exc().import_error, "the import machinery is not ready"))
}

/// The module of an absolute name.
fn load(vm: &Vm, name: Gc<Str>) -> Res {
    if let Some(modules) = vm.as_dict(vm.modules.get())
        && let Some(m) = vm.dict_get_str(modules, name)
        && !m.is_none()
    {
        if vm.module_is_initializing(m)? {
            let m2 = machinery(vm)?;
            if let Some(lock) = vm.get_attr_opt(m2, vm.intern("_lock_unlock_module"))? {
                vm.call(lock, &[name.value()])?;
            }
        }
        return Ok(m);
    }
    let m = machinery(vm)?;
    let find = vm.get_attr(m, vm.intern("_gcd_import"))?;
    vm.call(find, &[name.value()])
}

/// The absolute name of a relative import (PEP 328, PEP 366).
fn resolve(vm: &Vm, name: Gc<Str>, globals: Value, level: i64) -> Res<Gc<Str>> {
    let Some(globals) = vm.as_dict(globals) else {
        return Err(vm.raise_with(vm.exc().key_error, &[vm.str("'__name__' not in globals")?]));
    };
    let package = package_of(vm, globals)?;
    let mut base: &str = &package;
    if base.is_empty() {
        return Err(vm.raise_text(
            vm.exc().import_error,
            "attempted relative import with no known parent package",
        ));
    }
    for _ in 1..level {
        base = match base.rsplit_once('.') {
            Some((head, _)) => head,
            None => {
                return Err(vm.raise_text(
                    vm.exc().import_error,
                    "attempted relative import beyond top-level package",
                ));
            }
        };
    }
    if name.is_empty() {
        vm.new_str(base)
    } else {
        vm.new_str(&format!("{base}.{}", name.to_lossy()))
    }
}

fn package_of(vm: &Vm, globals: Gc<Dict>) -> Res<String> {
    let n = vm.names();
    let get = |key| vm.dict_get_str(globals, key).filter(|v| !v.is_none());
    if let Some(p) = get(n.package) {
        return match vm.as_str(p) {
            Some(p) => Ok(p.to_lossy()),
            None => Err(vm.type_error("package must be a string")),
        };
    }
    if let Some(spec) = get(n.spec) {
        let parent = vm.get_attr(spec, vm.intern("parent"))?;
        if let Some(p) = vm.as_str(parent) {
            return Ok(p.to_lossy());
        }
    }
    vm.warn(
        vm.exc().import_warning,
        "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__",
    )?;
    let Some(name) = get(n.name) else {
        return Err(vm.raise_with(vm.exc().key_error, &[vm.str("'__name__' not in globals")?]));
    };
    let Some(name) = vm.as_str(name) else {
        return Err(vm.type_error("__name__ must be a string"));
    };
    let name = name.to_lossy();
    if get(n.path).is_some() {
        return Ok(name);
    }
    Ok(name.rsplit_once('.').map_or_else(String::new, |(head, _)| head.to_owned()))
}
