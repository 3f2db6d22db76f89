//! Types of types: `types.GenericAlias`, `typing.Union`, the native half of `typing`, and template strings.
//!
//! `alias` and `union` stand for `list[int]` and `int | None`; `subst` replaces type parameters in them; `params`
//! holds TypeVar and its kin, `lazy` the evaluators of bounds and defaults, `type_alias` the `type` statement,
//! `module` what `_typing` exports and the compiler's hooks, `template` what t"" makes.

mod alias;
mod lazy;
mod module;
mod params;
mod subst;
mod template;
mod type_alias;
mod union;

use pyrs_core::object::Str;
use pyrs_core::{Gc, Res, Value, Vm};
use pyrs_text::StrBuilder;

/// Adds this room's methods, types and functions to a fresh machine.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    alias::install(vm)?;
    union::install(vm)?;
    lazy::install(vm)?;
    params::install(vm)?;
    type_alias::install(vm)?;
    module::install(vm)?;
    template::install(vm)
}

/// Calls a function of the module `typing`.
fn call_typing(vm: &Vm, name: &str, args: &[Value]) -> Res {
    let typing = vm.import_module("typing")?;
    let f = vm.get_attr(typing, vm.intern(name))?;
    vm.call(f, args)
}
/// The name of the module whose code runs now, or None.
fn caller_module(vm: &Vm) -> Value {
    let globals = vm.current_globals();
    globals.and_then(|g| vm.dict_get_str(g, vm.names().name)).unwrap_or(Value::NONE)
}
/// An attribute that must be a tuple to count.
fn tuple_attr(vm: &Vm, v: Value, name: &str) -> Res<Option<Gc<pyrs_core::object::Tuple>>> {
    Ok(vm.get_attr_opt(v, vm.intern(name))?.and_then(|t| vm.as_tuple(t)))
}
/// Appends a type as annotations show it: classes by qualified name, `...` for Ellipsis.
fn type_repr(vm: &Vm, v: Value, out: &mut StrBuilder) -> Res<()> {
    if v == Value::ELLIPSIS {
        out.push_str("...");
        return Ok(());
    }
    let attr = |name: &str| vm.get_attr_opt(v, vm.intern(name));
    let parts: Option<(Gc<Str>, Gc<Str>)> = match (attr("__origin__")?, attr("__args__")?) {
        (Some(_), Some(_)) => None,
        _ => match (attr("__qualname__")?, attr("__module__")?) {
            (Some(q), Some(m)) if !m.is_none() => Some((vm.str_of(q)?, vm.str_of(m)?)),
            _ => None,
        },
    };
    match parts {
        Some((qualname, module)) => {
            if !module.is("builtins") {
                out.push_points(module.points());
                out.push_str(".");
            }
            out.push_points(qualname.points());
        }
        None => out.push_points(vm.repr(v)?.points()),
    }
    Ok(())
}
