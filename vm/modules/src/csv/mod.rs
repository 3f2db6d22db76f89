//! `_csv`: reading and writing comma-separated values.
//!
//! `dialect` holds the parameters of a format, `reader` and `writer` do the work; here stands the registry of named
//! dialects.

mod dialect;
mod reader;
mod writer;

use crate::support::raise_hooked;
use pyrs_core::object::Dict;
use pyrs_core::{Gc, NativeDef, Raised, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "reader",
        "(iterable, dialect=<unrepresentable>, /, **fmtparams)",
        reader::new,
        "Return a reader object that will process lines from the given iterable.",
    ),
    NativeDef::function(
        "writer",
        "(fileobj, dialect=<unrepresentable>, /, **fmtparams)",
        writer::new,
        "Return a writer object that will write user data on the given file object.",
    ),
    NativeDef::function(
        "list_dialects",
        "()",
        list_dialects,
        "Return a list of all known dialect names.",
    ),
    NativeDef::function(
        "register_dialect",
        "(name, dialect=<unrepresentable>, /, **fmtparams)",
        register_dialect,
        "Create a mapping from a string name to a CVS dialect.",
    ),
    NativeDef::function(
        "unregister_dialect",
        "(name)",
        unregister_dialect,
        "Delete the name/dialect mapping associated with a string name.",
    ),
    NativeDef::function(
        "get_dialect",
        "(name)",
        |vm, a| named(vm, a[0]),
        "Return the dialect instance associated with name.",
    ),
    NativeDef::function(
        "field_size_limit",
        "(new_limit=<unrepresentable>)",
        field_size_limit,
        "Sets an upper limit on parsed fields.\n\nReturns old limit. If limit is not given, no new limit is set and\nthe old limit is returned.",
    ),
];

/// ORDER: by number.
const QUOTINGS: [&str; 6] = [
    "QUOTE_MINIMAL",
    "QUOTE_ALL",
    "QUOTE_NONNUMERIC",
    "QUOTE_NONE",
    "QUOTE_STRINGS",
    "QUOTE_NOTNULL",
];
const ALL: u8 = 1;
const NONNUMERIC: u8 = 2;
const NONE: u8 = 3;
const STRINGS: u8 = 4;
const NOTNULL: u8 = 5;

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_csv", "CSV parsing and writing.\n", FUNCTIONS)?;
    let e = crate::support::hooked_exception(vm, "csv_error", "_csv", "Error", vm.exc().exception)?;
    vm.module_set(m, "Error", e)?;
    let dialects = vm.new_dict()?.value();
    vm.set_hook("csv_dialects", dialects);
    vm.module_set(m, "_dialects", dialects)?;
    vm.set_hook("csv_limit", Value::small_int(128 * 1024));
    vm.module_set(m, "Dialect", vm.define_class(&dialect::SPEC, None)?.value())?;
    vm.module_set(m, "Reader", vm.define_class(&reader::SPEC, None)?.value())?;
    vm.module_set(m, "Writer", vm.define_class(&writer::SPEC, None)?.value())?;
    for (n, name) in QUOTINGS.iter().enumerate() {
        vm.module_set(m, name, Value::small_int(n as isize))?;
    }
    Ok(m.value())
}
#[cold]
fn error(vm: &Vm, message: &str) -> Raised {
    raise_hooked(vm, "csv_error", message)
}
fn dialects(vm: &Vm) -> Res<Gc<Dict>> {
    vm.hook("csv_dialects")
        .and_then(|d| vm.as_dict(d))
        .ok_or_else(|| vm.system_error("_csv is not initialised"))
}
/// The registered dialect of a name.
fn named(vm: &Vm, name: Value) -> Res {
    match vm.dict_get(dialects(vm)?, name)? {
        Some(d) => Ok(d),
        None => Err(error(vm, "unknown dialect")),
    }
}
/// `Dialect(dialect, **parameters)`
fn make_dialect(vm: &Vm, dialect: Value, parameters: Value) -> Res {
    let class = vm.native_class::<dialect::Dialect>().value();
    let given = [dialect];
    let args: &[Value] = if dialect.is_unbound() { &[] } else { &given };
    vm.call_dict(class, args, vm.as_dict(parameters))
}
fn list_dialects(vm: &Vm, _: &[Value]) -> Res {
    Ok(vm.to_list(dialects(vm)?.value())?.value())
}
fn register_dialect(vm: &Vm, a: &[Value]) -> Res {
    if vm.as_str(a[0]).is_none() {
        return Err(vm.type_error("dialect name must be a string"));
    }
    let d = make_dialect(vm, a[1], a[2])?;
    vm.dict_set(dialects(vm)?, a[0], d)?;
    Ok(Value::NONE)
}
fn unregister_dialect(vm: &Vm, a: &[Value]) -> Res {
    match vm.dict_remove(dialects(vm)?, a[0])? {
        Some(_) => Ok(Value::NONE),
        None => Err(error(vm, "unknown dialect")),
    }
}
fn limit(vm: &Vm) -> usize {
    vm.hook("csv_limit").and_then(|n| n.as_int()).map_or(128 * 1024, |n| n.max(0) as usize)
}
fn field_size_limit(vm: &Vm, a: &[Value]) -> Res {
    let old = vm.hook("csv_limit").unwrap_or(Value::small_int(128 * 1024));
    if a[0].is_unbound() {
        return Ok(old);
    }
    if vm.class_of(a[0]) != vm.classes().int {
        return Err(vm.type_error("limit must be an integer"));
    }
    let n = vm.int_i64(a[0])?;
    let n = n.clamp(Value::INT_MIN as i64, Value::INT_MAX as i64);
    vm.set_hook("csv_limit", Value::small_int(n as isize));
    Ok(old)
}
