//! What follows the death of objects, run at safepoints: weak reference callbacks, then `__del__` methods.

use pyrs_core::object::{Generator, GeneratorKind, GeneratorState, WeakRef};
use pyrs_core::{Gc, Raised, Special, Value, Vm};

/// Frames that callbacks and finalisers may use at any depth.
const SPARE_FRAMES: usize = 100;

/// Calls the callbacks of weak references whose targets died, and the finalisers of dead objects. Their
/// exceptions are reported through `sys.unraisablehook`; what is being raised or handled stays as it is.
pub fn run_finalisers(vm: &Vm) {
    let (pending, handled) = (vm.pending.replace(Value::NONE), vm.handled.replace(Value::NONE));
    let finalising = vm.finalising.replace(true);
    // They have nothing to do with the code they interrupt: that it has no frames left is not their error.
    let limit = vm.recursion_limit.get();
    let spared = limit.max(vm.stack.depth() + vm.native_depth.get() + SPARE_FRAMES);
    vm.recursion_limit.set(spared);
    loop {
        if let Some(v) = vm.heap.next_cleared_weak() {
            run_callback(vm, v);
        } else if let Some(v) = vm.heap.next_finalisable() {
            finalise(vm, v);
        } else {
            break;
        }
    }
    if vm.recursion_limit.get() == spared {
        vm.recursion_limit.set(limit);
    }
    vm.finalising.set(finalising);
    vm.handled.set(handled);
    vm.pending.set(pending);
}
fn run_callback(vm: &Vm, reference: Value) {
    let Some(w) = vm.cast::<WeakRef>(reference) else { return };
    let callback = w.callback.get();
    if callback.is_none() || callback.is_unbound() {
        return;
    }
    w.callback.set(&vm.heap, w, Value::NONE);
    if let Err(r) = vm.call(callback, &[reference]) {
        report(vm, r, "Exception ignored while calling weakref callback", callback);
    }
}
fn finalise(vm: &Vm, v: Value) {
    if let Some(g) = vm.cast::<Generator>(v) {
        return finalise_generator(vm, g, v);
    }
    if crate::generator::finalise_awaitable(vm, v) {
        return;
    }
    let Some(f) = vm.special(vm.class_of(v), Special::Del) else { return };
    if let Err(r) = vm.call_bound(f, v, &[]) {
        report(vm, r, "Exception ignored while calling deallocator", f);
    }
}
/// What the death of a generator leads to (or `clear()` of its frame).
pub(crate) fn finalise_generator(vm: &Vm, g: Gc<Generator>, v: Value) {
    if g.state.get() == GeneratorState::Finished {
        return;
    }
    let finaliser = g.extra.get();
    match g.kind.get() {
        GeneratorKind::Coroutine if g.state.get() == GeneratorState::Created => {
            warn_unawaited(vm, g, v);
        }
        // Asynchronous generators are closed by their event loop's hooks.
        GeneratorKind::AsyncGenerator if finaliser.is_object() => {
            if let Err(r) = vm.call(finaliser, &[v]) {
                report(vm, r, "Exception ignored while finalizing generator", v);
            }
        }
        _ => {
            if let Err(r) = vm.generator_close(g) {
                report(vm, r, "Exception ignored while closing generator", v);
            }
        }
    }
}
/// "coroutine 'f' was never awaited", by the function of the `warnings` module that knows the origin too, or
/// plainly if that fails.
fn warn_unawaited(vm: &Vm, g: Gc<Generator>, v: Value) {
    const WHAT: &str = "Exception ignored while finalizing coroutine";
    let by_module = vm
        .import_module("warnings")
        .and_then(|m| vm.get_attr_opt(m, vm.intern("_warn_unawaited_coroutine")))
        .and_then(|f| f.map(|f| vm.call(f, &[v])).transpose());
    let warned = match by_module {
        Ok(answer) => answer.is_some(),
        Err(r) => {
            let warned = vm.pending_is(r, vm.exc().runtime_warning);
            report(vm, r, WHAT, v);
            warned
        }
    };
    if !warned {
        let name = vm.as_str(g.qualname.get()).map_or_else(String::new, |s| s.to_lossy());
        let text = format!("coroutine '{name}' was never awaited");
        if let Err(r) = crate::support::warn(vm, vm.exc().runtime_warning, &text) {
            report(vm, r, WHAT, v);
        }
    }
}
fn report(vm: &Vm, r: Raised, what: &str, f: Value) {
    // The repr may raise itself: the exception waits meanwhile.
    let e = vm.take_exception(r);
    let message = format!("{what} {}", vm.repr_lossy(f));
    vm.write_unraisable(vm.raise_again(e), &message, Value::UNBOUND);
}
