//! `sys`.

mod facts;
mod functions;
mod hooks;
mod monitoring;

use crate::startup::Config;
use pyrs_core::{Res, Value, Vm};

pub(crate) use hooks::{display_exception, flush_std, print_to};

/// Builds `sys` into the machine's sys dict and registers it.
pub(crate) fn init(vm: &Vm, config: &Config) -> Res {
    let m = vm.new_native_module(
        "sys",
        "This module provides access to some objects used or maintained by the\ninterpreter and to functions that interact strongly with the interpreter.",
        functions::FUNCTIONS,
    )?;
    vm.add_functions(m, hooks::FUNCTIONS)?;
    vm.sys_dict.set(m.dict.get());
    vm.module_set(m, "modules", vm.modules.get())?;
    facts::add(vm, m, config)?;
    vm.dev_mode.set(config.dev_mode);
    monitoring::add(vm, m)?;
    for (name, original) in [
        ("breakpointhook", "__breakpointhook__"),
        ("displayhook", "__displayhook__"),
        ("excepthook", "__excepthook__"),
        ("unraisablehook", "__unraisablehook__"),
    ] {
        let f = vm.get_attr(m.value(), vm.intern(name))?;
        vm.module_set(m, original, f)?;
    }
    let modules = vm.as_dict(vm.modules.get());
    if let Some(modules) = modules {
        vm.dict_set_str(modules, vm.intern("sys"), m.value())?;
    }
    Ok(m.value())
}

/// `sys.name`, if set.
pub(crate) fn get(vm: &Vm, name: &str) -> Option<Value> {
    vm.as_dict(vm.sys_dict.get()).and_then(|d| vm.dict_get_str(d, vm.intern(name)))
}
