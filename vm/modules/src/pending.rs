//! What runs at safepoints: signal handlers, finalisers, hand-over of the interpreter lock.

use crate::gil;
use core::sync::atomic::Ordering;
use pyrs_core::{Res, Vm};
use pyrs_heap::poll;

/// Installs this file's work as the machine's.
pub(crate) fn install(vm: &Vm) {
    vm.on_interrupt.set(Some(run));
}

fn run(vm: &Vm) -> Res<()> {
    let bits = vm.heap.poll_word().load(Ordering::Relaxed);
    if bits & gil::POLL_SIGNAL != 0 {
        crate::signal::serve(vm)?;
    }
    if bits & gil::POLL_SWITCH != 0 {
        gil::yield_if_asked(vm);
    }
    if bits & poll::HEAP != 0 && !vm.finalising.get() {
        finalise(vm);
    }
    Ok(())
}

/// Runs waiting weak reference callbacks and `__del__` methods. Their exceptions are reported, not raised.
pub(crate) fn finalise(vm: &Vm) {
    pyrs_builtins::run_finalisers(vm);
}
