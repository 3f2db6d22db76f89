//! `_warnings`: issuing warnings from native code and the module's fast path.
//!
//! Filters and formatting are the `warnings` module's; natively only the registry of what was said already.

use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "warn",
        "(message, category=None, stacklevel=1, source=None, *, skip_file_prefixes=())",
        warn,
        "Issue a warning, or maybe ignore it or raise an exception.",
    ),
    NativeDef::function(
        "warn_explicit",
        "(message, category, filename, lineno, module=None, registry=None, module_globals=None, source=None)",
        warn_explicit,
        "Issue a warning, or maybe ignore it or raise an exception.",
    ),
    NativeDef::function("_filters_mutated_lock_held", "()", |_, _| Ok(Value::NONE), ""),
    NativeDef::function("_acquire_lock", "()", |_, _| Ok(Value::NONE), ""),
    NativeDef::function("_release_lock", "()", |_, _| Ok(Value::NONE), ""),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_warnings",
        "_warnings provides basic warning filtering support.",
        FUNCTIONS,
    )?;
    let x = vm.exc();
    let filters = vm.new_list()?;
    let rows = [
        ("default", x.deprecation_warning, Some("__main__")),
        ("ignore", x.deprecation_warning, None),
        ("ignore", x.pending_deprecation_warning, None),
        ("ignore", x.import_warning, None),
        ("ignore", x.resource_warning, None),
    ];
    for (action, category, module) in rows {
        let module = match module {
            Some(m) => vm.str(m)?,
            None => Value::NONE,
        };
        let row = vm.tuple(&[
            vm.str(action)?,
            Value::NONE,
            category.value(),
            module,
            Value::small_int(0),
        ])?;
        vm.list_append(filters, row)?;
    }
    vm.module_set(m, "filters", filters.value())?;
    vm.module_set(m, "_defaultaction", vm.str("default")?)?;
    vm.module_set(m, "_onceregistry", vm.new_dict()?.value())?;
    vm.module_set(m, "_warnings_context", Value::NONE)?;
    Ok(m.value())
}

/// The pure-Python implementation does the work.
fn python(vm: &Vm) -> Res {
    // `warnings` tells `_py_warnings` where the filters are.
    if vm.loaded_module("warnings").is_none() {
        vm.import_module("warnings")?;
    }
    vm.import_module("_py_warnings")
}
fn warn(vm: &Vm, args: &[Value]) -> Res {
    let f = vm.get_attr(python(vm)?, vm.intern("warn"))?;
    let kwargs = vm.new_dict()?;
    vm.dict_set_str(kwargs, vm.intern("skip_file_prefixes"), args[4])?;
    // This function has no Python frame: the level counts the same.
    vm.call_dict(f, &args[..4], Some(kwargs))
}
fn warn_explicit(vm: &Vm, args: &[Value]) -> Res {
    let f = vm.get_attr(python(vm)?, vm.intern("warn_explicit"))?;
    vm.call(f, args)
}
