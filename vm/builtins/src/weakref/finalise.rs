//! What follows the death of objects, run at safepoints: weak reference callbacks, then `__del__` methods.

use pyrs_core::object::{Generator, GeneratorKind, GeneratorState, WeakRef};
use pyrs_core::{Gc, Raised, Special, Value, Vm};

/// Calls the callbacks of weak references whose targets died, and the finalisers of dead objects. Their
/// exceptions are reported through `sys.unraisablehook`; what is being raised or handled stays as it is.
pub fn run_finalisers(vm: &Vm) {
    let (pending, handled) = (vm.pending.replace(Value::NONE), vm.handled.replace(Value::NONE));
    loop {
        if let Some(v) = vm.heap.next_cleared_weak() {
            run_callback(vm, v);
        } else if let Some(v) = vm.heap.next_finalisable() {
            finalise(vm, v);
        } else {
            break;
        }
    }
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
        finalise_generator(vm, g);
        return;
    }
    let Some(f) = vm.special(vm.class_of(v), Special::Del) else { return };
    if let Err(r) = vm.call_bound(f, v, &[]) {
        report(vm, r, "Exception ignored while calling deallocator", f);
    }
}
/// An async generator in use is handed to the event loop that iterates it (`sys.set_asyncgen_hooks`); all others
/// are closed.
fn finalise_generator(vm: &Vm, g: Gc<Generator>) {
    let loop_hook = g.extra.get();
    if g.kind.get() == GeneratorKind::AsyncGenerator && loop_hook.is_object() {
        if matches!(g.state.get(), GeneratorState::Created | GeneratorState::Suspended)
            && let Err(r) = vm.call(loop_hook, &[g.value()])
        {
            report(vm, r, "Exception ignored while finalizing generator", g.value());
        }
        return;
    }
    if let Err(r) = vm.generator_close(g) {
        report(vm, r, "Exception ignored while closing generator", g.value());
    }
}
fn report(vm: &Vm, r: Raised, what: &str, f: Value) {
    // The repr may raise itself: the exception waits meanwhile.
    let e = vm.take_exception(r);
    let message = format!("{what} {}", vm.repr_lossy(f));
    vm.write_unraisable(vm.raise_again(e), &message, Value::UNBOUND);
}
