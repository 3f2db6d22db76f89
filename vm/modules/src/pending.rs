//! What runs at safepoints: signal handlers, finalisers, hand-over of the interpreter lock.

use crate::gil;
use core::sync::atomic::Ordering;
use pyrs_core::{Res, Value, Vm};
use pyrs_heap::poll;

/// Installs this file's work as the machine's.
pub(crate) fn install(vm: &Vm) {
    vm.on_interrupt.set(Some(run));
}

fn run(vm: &Vm) -> Res<()> {
    let bits = vm.heap.poll_word().load(Ordering::Relaxed);
    if bits & gil::POLL_SWITCH != 0 {
        gil::yield_if_asked(vm);
    }
    if bits & poll::HEAP != 0 {
        finalise(vm);
    }
    Ok(())
}

/// Runs waiting `__del__` methods. Their exceptions are reported, not raised.
pub(crate) fn finalise(vm: &Vm) {
    // Finalisers run in the middle of anything: what is being raised or handled stays as it is.
    let (pending, handled) = (vm.pending.replace(Value::NONE), vm.handled.replace(Value::NONE));
    while let Some(v) = vm.heap.next_finalisable() {
        let Some(f) = vm.lookup(vm.class_of(v), vm.intern("__del__")) else { continue };
        if let Err(r) = vm.call_bound(f, v, &[]) {
            let e = vm.take_exception(r);
            let what = vm.repr_lossy(f);
            crate::sys::print_to(
                vm,
                "stderr",
                &format!("Exception ignored while calling deallocator {what}:\n"),
            );
            crate::sys::display_exception(vm, e);
        }
    }
    vm.handled.set(handled);
    vm.pending.set(pending);
}
