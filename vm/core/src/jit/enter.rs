//! Entering machine code, and the functions that it calls.
//!
//! The one place of this room that runs bytes. Machine code keeps references in registers and on the native stack, which
//! the collector scans; the note that says otherwise for the interpreter's loop is taken back meanwhile.

use super::layout::{Helper, MAX_OFFSET, context, word};
use super::{Jit, Machine, Options, contract, exits, record};
use crate::interp::{HALT, Residual, S, residual::poll};
use crate::vm::Vm;
use pyrs_bytecode::Insn;
use pyrs_codemem::CodeMemory;
use pyrs_heap::{Heap, Value};
use pyrs_ir::asm::CodeBuf;
use pyrs_ir::backend::Backend;
use pyrs_ir::schema::Layout;

type Enter = unsafe extern "C" fn(*mut usize, usize, *const u64, usize) -> usize;

impl Vm {
    /// Gives the machine a back end for the CPU it runs on. Without code memory it goes on without a JIT; the error
    /// says why.
    pub fn start_jit(&self, backend: Box<dyn Backend>, options: Options) -> Result<(), String> {
        let mut code = CodeMemory::new(options.arena).map_err(|e| e.to_string())?;
        let layout = layout();
        let frame = backend.frame();
        let mut buf = CodeBuf::new(code.next_address(), backend.target().endian);
        let stubs = backend.stubs(&layout, &mut buf);
        code.write(&buf.bytes).map_err(|e| e.to_string())?;
        code.make_executable().map_err(|e| e.to_string())?;
        let (_, words) = self.heap.context();
        words[word::ON_EXIT].set(on_exit as *const () as usize);
        words[word::ALLOC_SLOW].set(alloc_slow as *const () as usize);
        words[word::BARRIER_SLOW].set(barrier_slow as *const () as usize);
        words[word::VM].set(core::ptr::from_ref(self) as usize);
        for (n, f) in HELPERS.into_iter().enumerate() {
            words[word::HELPERS + n].set(f.0 as usize);
        }
        for (n, f) in super::quick::TRAMPOLINES.into_iter().enumerate() {
            words[word::HELPERS + Helper::COUNT + n].set(f as usize);
        }
        let mark = code.mark();
        *self.jit.machine.borrow_mut() = Some(Machine { backend, layout, stubs, code, mark });
        self.jit.frame.set(Some(frame));
        self.jit.options.set(options);
        self.jit.threshold.set(options.threshold.max(1));
        self.jit.counts.started.set(Some(std::time::Instant::now()));
        Ok(())
    }
}

/// Where the context block has what machine code needs.
fn layout() -> Layout {
    let at = |w: usize| context(w) as i32;
    let big = cfg!(target_endian = "big");
    Layout {
        alloc_cur: 0,
        alloc_lim: size_of::<usize>() as i32,
        on_exit: at(word::ON_EXIT),
        alloc_slow: at(word::ALLOC_SLOW),
        barrier_slow: at(word::BARRIER_SLOW),
        helpers: at(word::HELPERS),
        // The flags are the top byte of a header's first word.
        barrier_byte: if big { 0 } else { 3 },
        barrier_mask: (pyrs_heap::flag::UNLOGGED >> 24) as u8,
    }
}

/// Runs a trace at `s`, and records a bridge where it asks for one. Gives the state to go on with.
pub(super) fn run(vm: &Vm, trace: usize, s: S) -> S {
    let s = enter(vm, trace, s);
    if vm.jit.full.get() {
        vm.jit.flush();
    }
    s
}
fn enter(vm: &Vm, trace: usize, s: S) -> S {
    let jit = &vm.jit;
    let (enter, start) = jit.addresses(trace);
    let mut inputs = jit.inputs.take();
    inputs.clear();
    contract::inputs(&jit.traces.borrow()[trace].contract, s.base, &mut inputs);
    let (block, words) = vm.heap.context();
    words[word::BASE].set(s.base as usize);
    vm.publish(s);
    jit.counts.entered.set(jit.counts.entered.get() + 1);
    let floor = vm.stack.native_floor.replace(0);
    let since = jit.open_account(trace);
    let clock = jit.counts.start_clock();
    jit.active.set(jit.active.get() + 1);
    // SAFETY: the stubs and the trace were written by the back end of this CPU for this signature and this context
    // block, and are executable; the frame at `s` is the one the trace was recorded for, since it was found by its pc.
    unsafe {
        let enter: Enter = core::mem::transmute::<usize, Enter>(enter as usize);
        enter(block, start as usize, inputs.as_ptr(), inputs.len());
    }
    jit.active.set(jit.active.get() - 1);
    jit.inputs.set(inputs);
    jit.counts.stop_clock(clock);
    vm.stack.native_floor.set(floor);
    let Some(left) = jit.left.take() else { return s };
    debug_assert!(
        crate::interp::is_stub(left.state.pc) || left.state.word_in(left.state.code()).is_some(),
        "exit {} of trace {} leads to no code: {:?}",
        left.exit,
        jit.exit(left.exit).trace,
        jit.exit(left.exit).state
    );
    let exit = jit.exit(left.exit);
    if let Some(since) = since {
        jit.close_account(trace, since, exit);
    }
    if exit.state.poll {
        return poll(vm, left.state);
    }
    if HALT.as_ptr_range().contains(&left.state.pc) {
        // Back to native code.
        return left.state;
    }
    if jit.is_bridge_due(exit) {
        exit.count.set(0);
        return record::from_exit(vm, left.exit, left.base, left.state);
    }
    left.state
}

impl Jit {
    /// Addresses of the entry trampoline and of a trace.
    fn addresses(&self, trace: usize) -> (u64, u64) {
        let machine = self.machine.borrow();
        let machine = machine.as_ref().expect("a trace was compiled");
        machine.code.assert_clean();
        let trace = &self.traces.borrow()[trace];
        super::stats::add(&trace.entered, 1);
        (machine.stubs.enter, trace.start)
    }
}

/// An address of code.
#[derive(Clone, Copy)]
struct Address(*const ());

/// The helpers in order of their numbers.
const HELPERS: [Address; Helper::COUNT] = [Address(residual as *const ())];

/// # Safety
/// `block` is the context block of a machine.
unsafe fn machine<'v>(block: *mut usize) -> &'v Vm {
    // SAFETY: the word was set when the JIT was started, and the machine outlives its code.
    unsafe { &*(*block.byte_add(Heap::CONTEXT_AT).add(word::VM) as *const Vm) }
}

/// The exit function.
unsafe extern "C" fn on_exit(block: *mut usize, frame: *const u8, exit: usize) -> usize {
    // SAFETY: machine code passes its context block and frame.
    let vm = unsafe { machine(block) };
    // SAFETY: as above.
    let left = in_trace(vm, || unsafe { exits::leave(vm, frame, exit as u32) });
    vm.jit.left.set(Some(left));
    0
}
/// A new object when the allocation area is full.
unsafe extern "C" fn alloc_slow(block: *mut usize, shape: usize) -> usize {
    // SAFETY: machine code passes its context block.
    let vm = unsafe { machine(block) };
    let tables = vm.jit.tables();
    in_trace(vm, || exits::allocate(vm, &tables.schema, shape as u16)).bits()
}
/// Runs `f`, which may collect, while the frames of the running trace are in use.
#[inline(always)]
pub(super) fn in_trace<R>(vm: &Vm, f: impl FnOnce() -> R) -> R {
    let (_, words) = vm.heap.context();
    // Links note their base, and bridges go down from there at most.
    let base = words[word::BASE].get() as *mut Value;
    vm.stack.in_trace(base, 2 * MAX_OFFSET, f)
}
/// The collector is told of an object that is about to change.
unsafe extern "C" fn barrier_slow(block: *mut usize, object: usize) -> usize {
    // SAFETY: machine code passes its context block.
    let vm = unsafe { machine(block) };
    if let Some(o) = vm.object(Value::from_bits(object)) {
        vm.heap.barrier_all(o);
    }
    0
}
/// A residual: see `Helper::Residual`.
unsafe extern "C" fn residual(
    vm: &Vm,
    f: usize,
    pc: *const u32,
    base: *mut Value,
    expected: *mut Value,
) -> usize {
    // SAFETY: recorded from a function of this type.
    let f = unsafe { core::mem::transmute::<usize, Residual>(f) };
    // SAFETY: the pc follows the first word of the instruction.
    let i = Insn(unsafe { *pc.sub(1) });
    vm.jit.counts.residuals.count(i.op_byte());
    // A backward jump in it must not enter another trace: this one is still running.
    let (_, words) = vm.heap.context();
    // Other traces run in it, and other threads.
    let traces_base = words[word::BASE].get();
    vm.stack.inside_trace.set(true);
    let out = f(vm, S { pc, base }, i);
    vm.stack.inside_trace.set(false);
    words[word::BASE].set(traces_base);
    words[word::RETURNED_PC].set(out.pc as usize);
    let goes_on = if vm.jit.stale.get() { 0 } else { out.pc as usize };
    words[word::BRIDGED_PC].set(goes_on);
    words[word::RETURNED_BASE].set(out.base as usize);
    // When all code is to be forgotten, traces end as soon as they can.
    if out.base == expected && !vm.jit.full.get() { out.pc as usize } else { 1 }
}
