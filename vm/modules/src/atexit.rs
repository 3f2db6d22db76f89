//! `atexit`: functions to be called when the program ends.

use pyrs_core::object::List;
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "register",
        "(func, /, *args, **kwargs)",
        register,
        "Register a function to be executed upon normal program termination.",
    ),
    NativeDef::function(
        "unregister",
        "(func, /)",
        unregister,
        "Unregister an exit function which was previously registered using atexit.register.",
    ),
    NativeDef::function(
        "_clear",
        "()",
        clear,
        "Clear the list of previously registered exit functions.",
    ),
    NativeDef::function("_run_exitfuncs", "()", run, "Run all registered exit functions."),
    NativeDef::function(
        "_ncallbacks",
        "()",
        |vm, _| vm.int_usize(list(vm)?.len()),
        "Return the number of registered exit functions.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    Ok(vm.new_native_module("atexit", "allow programmer to define multiple exit functions to be executed\nupon normal program termination.", FUNCTIONS)?.value())
}
/// The functions: tuples of function, arguments, keyword arguments.
fn list(vm: &Vm) -> Res<Gc<List>> {
    if let Some(l) = vm.hook("atexit").and_then(|v| vm.as_list(v)) {
        return Ok(l);
    }
    let l = vm.new_list()?;
    vm.set_hook("atexit", l.value());
    Ok(l)
}
fn register(vm: &Vm, a: &[Value]) -> Res {
    if !vm.is_callable(a[0]) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    vm.list_append(list(vm)?, vm.tuple(a)?)?;
    Ok(a[0])
}
fn unregister(vm: &Vm, a: &[Value]) -> Res {
    let mut i = 0;
    let l = list(vm)?;
    while let Some(t) = l.get(i) {
        let f = vm.as_tuple(t).map_or(Value::NONE, |t| t.get(0));
        if vm.equal(f, a[0])? && l.get(i) == Some(t) {
            vm.list_splice(l, i, i + 1, &[])?;
        } else {
            i += 1;
        }
    }
    Ok(Value::NONE)
}
fn clear(vm: &Vm, _: &[Value]) -> Res {
    vm.list_clear(list(vm)?);
    Ok(Value::NONE)
}
fn run(vm: &Vm, _: &[Value]) -> Res {
    let l = list(vm)?;
    while let Some(t) = l.len().checked_sub(1).and_then(|i| l.get(i)) {
        vm.list_splice(l, l.len() - 1, l.len(), &[])?;
        let Some(t) = vm.as_tuple(t).filter(|t| t.len() == 3) else { continue };
        let args = vm.to_tuple(t.get(1))?;
        if let Err(r) = vm.call_dict(t.get(0), args.items(), vm.as_dict(t.get(2))) {
            let message =
                format!("Exception ignored in atexit callback {}", vm.repr_lossy(t.get(0)));
            vm.write_unraisable(r, &message, Value::UNBOUND);
        }
    }
    Ok(Value::NONE)
}
