//! Exits of compiled code: what is known of each, and what happens when one is taken.
//!
//! The exit handler runs on the native stack below the trace, whose registers it finds in the frame: it writes the
//! registers of the snapshot to the Python stack, builds objects that did not exist, pushes the headers of frames, and
//! leaves the state for the interpreter.

use super::gens::is_hollow;
use super::layout::word;
use super::place::Place;
use super::reason::Reason;
use super::recorder::FrameInfo;
use super::recorder::{Abort, ExitState, TARGET, key};
use crate::error::Res;
use crate::interp::{CALLER, CODE_WORD, HOLLOW, RETURN, S, SPECIAL, generator_of};
use crate::object::GeneratorState;
use crate::vm::Vm;
use core::cell::Cell;
use core::sync::atomic::Ordering;
use pyrs_heap::{Header, ShapeId, Value, ValueVec, poll};
use pyrs_ir::backend::FrameLayout;
use pyrs_ir::ra::Loc;
use pyrs_ir::schema::Schema;
use pyrs_ir::types::{Ty, Width};

/// A value of a snapshot.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) enum Held {
    /// Value number n of the exit.
    Input(u16),
    Const(Ty, u64),
    /// Virtual object number n of the exit.
    Virtual(u16),
}

#[derive(Clone, Debug)]
pub(super) struct VirtualObject {
    pub shape: u16,
    pub fields: Vec<(u16, Held)>,
}

/// An exit.
pub(super) struct Exit {
    pub trace: usize,
    pub state: ExitState,
    /// Where each value is, and its type.
    pub inputs: Vec<(Loc, Ty)>,
    pub slots: Vec<(u32, Held)>,
    pub virtuals: Vec<VirtualObject>,
    /// The instruction that leaves, and why it does.
    pub place: Place,
    pub reason: Reason,
    /// How often it was taken, for statistics.
    pub taken: Cell<u64>,
    /// Why the last recording that began here came to nothing.
    pub given_up: Cell<Option<Abort>>,
    /// How often it was taken since a recording began here.
    pub count: Cell<u32>,
    /// At which count a bridge is recorded next.
    pub next: Cell<u32>,
    /// Address of its stub.
    pub stub: u64,
    pub bridged: Cell<bool>,
}

impl Exit {
    /// No bridge is to be expected here.
    pub(super) fn is_final(&self) -> bool {
        self.next.get() == u32::MAX || self.given_up.get().is_some()
    }
}

/// The state at an exit.
pub(super) struct Left {
    pub exit: u32,
    pub state: S,
    /// Base of the trace's own frame.
    pub base: *mut Value,
}

/// Reads a value from the frame of machine code at an exit.
///
/// # Safety
/// `frame` is the frame that the exit handler got, laid out as `layout` says.
unsafe fn read(layout: &FrameLayout, frame: *const u8, loc: Loc, ty: Ty) -> u64 {
    let at = match loc {
        Loc::Reg(r) if r < 32 => layout.ints + 8 * r as u32,
        Loc::Reg(r) => layout.floats + 8 * (r as u32 - 32),
        Loc::Spill(s) => layout.spills + 8 * s,
        _ => return 0,
    };
    // SAFETY: the place lies within the frame.
    unsafe {
        let p = frame.add(at as usize);
        match ty {
            Ty::F => p.cast::<u64>().read_unaligned(),
            _ => p.cast::<usize>().read_unaligned() as u64,
        }
    }
}

/// Restores the state of exit `number`.
///
/// # Safety
/// As `read`.
pub(super) unsafe fn leave(vm: &Vm, frame: *const u8, number: u32) -> Left {
    let jit = &vm.jit;
    let exit = jit.exit(number);
    exit.count.set(exit.count.get().wrapping_add(1));
    exit.taken.set(exit.taken.get() + 1);
    let layout = jit.frame_layout();
    // SAFETY: the caller's promise.
    let input = |k: u16| unsafe {
        let (loc, ty) = exit.inputs[k as usize];
        read(&layout, frame, loc, ty)
    };
    let mut base: *mut Value = core::ptr::null_mut();
    for (k, held) in &exit.slots {
        if *k == key::BASE
            && let Held::Input(n) = held
        {
            base = input(*n) as usize as *mut Value;
            break;
        }
    }
    if exit.state.returned {
        let (_, words) = vm.heap.context();
        let state = S {
            pc: words[word::RETURNED_PC].get() as *const u32,
            base: words[word::RETURNED_BASE].get() as *mut Value,
        };
        return Left { exit: number, state, base };
    }
    let innermost = exit.state.frames.last().map_or(0, |f| f.offset);
    // SAFETY: offsets are those of frames above the base, for which there is room.
    let state = S { pc: exit.state.pc, base: unsafe { base.add(innermost) } };
    restore(vm, exit, base, input);
    vm.publish(state);
    Left { exit: number, state, base }
}

#[inline(always)]
fn restore(vm: &Vm, exit: &Exit, base: *mut Value, input: impl Fn(u16) -> u64) {
    for (n, f) in exit.state.frames.iter().enumerate().filter(|(_, f)| !f.flushed) {
        // SAFETY: as in `leave`.
        let s = S { pc: f.return_pc, base: unsafe { base.add(f.offset) } };
        // SAFETY: as above.
        let caller = unsafe { base.add(f.caller) };
        let special = if f.is_generator() { SPECIAL } else { 0 };
        if f.is_generator() && !is_hollow(&exit.state.frames, n) {
            // All its registers are saved when it is suspended.
            (0..f.code.register_count.get() as usize).for_each(|n| s.put(n, Value::UNBOUND));
        }
        s.set(RETURN, Value::from_bits(f.return_pc as usize | 1));
        s.set(CALLER, Value::from_bits(caller as usize | 1 | special));
        s.set(CODE_WORD, f.code.value());
    }
    let depth = vm.stack.depth() as isize + exit.state.depth;
    vm.stack.set_depth(depth as usize);
    // Most exits have none, and are to be left fast.
    let objects = if exit.virtuals.is_empty() { None } else { Some(build(vm, exit, &input)) };
    for (k, held) in &exit.slots {
        if *k == key::BASE {
            continue;
        }
        let (offset, kind) = key::parts(*k);
        let bits = match *held {
            Held::Input(n) => input(n),
            Held::Const(_, bits) => bits,
            Held::Virtual(n) => {
                let objects = objects.as_ref().expect("a virtual object is one of the exit's");
                objects[n as usize].bits() as u64
            }
        };
        let v = match kind {
            key::INT => surely(vm, || vm.int(bits as usize as isize as i64)),
            key::FLOAT => surely(vm, || vm.float(f64::from_bits(bits))),
            key::BOOL => Value::bool(bits as usize & 1 != 0),
            _ => Value::from_bits(bits as usize),
        };
        // SAFETY: registers of frames above the base.
        unsafe { *base.add(offset) = v };
    }
    let generators = |f: &FrameInfo| !f.flushed && f.is_generator();
    for (n, f) in exit.state.frames.iter().enumerate().filter(|(_, f)| generators(f)) {
        // SAFETY: as above.
        let s = S { pc: f.return_pc, base: unsafe { base.add(f.offset) } };
        let g = generator_of(s);
        g.state.set(GeneratorState::Running);
        if is_hollow(&exit.state.frames, n) {
            g.flags.set(g.flags.get() | HOLLOW);
        }
    }
}
/// A value that may need memory: see `allocate`.
fn surely(vm: &Vm, f: impl Fn() -> Res) -> Value {
    if let Ok(v) = f().map_err(|raised| vm.take_exception(raised)) {
        return v;
    }
    vm.heap.poll_word().fetch_or(poll::MEMORY, Ordering::Relaxed);
    vm.heap.insist(f).unwrap_or_else(|_| no_reserve())
}
fn no_reserve() -> ! {
    eprintln!("pyrs: out of memory in compiled code");
    std::process::abort()
}

/// Builds the virtual objects of an exit. They lie in an array on the native stack of this call, where the collector
/// finds them.
fn build(vm: &Vm, exit: &Exit, input: &dyn Fn(u16) -> u64) -> ValueVec {
    let mut made = ValueVec::new(&vm.heap);
    let tables = vm.jit.tables();
    for v in &exit.virtuals {
        let object = allocate(vm, &tables.schema, v.shape);
        // An exit has few objects: native memory for their addresses is there.
        made.push(object).expect("a few words of native memory");
    }
    for (n, v) in exit.virtuals.iter().enumerate() {
        let object = made[n];
        for (field, held) in &v.fields {
            let bits = match *held {
                Held::Input(n) => input(n),
                Held::Const(_, bits) => bits,
                Held::Virtual(n) => made[n as usize].bits() as u64,
            };
            store(&tables.schema, object, *field, bits);
        }
        if let Some(o) = vm.object(object) {
            vm.heap.barrier_all(o);
        }
    }
    made
}
/// A blank object of a shape of the schema. Without memory it comes from the heap's last reserve, and the program gets
/// its MemoryError at the next safepoint, because compiled code cannot raise here.
pub(super) fn allocate(vm: &Vm, schema: &Schema, shape: u16) -> Value {
    let s = &schema.shapes[shape as usize];
    let make = || {
        let (shape, flags) = (s.header[0] & ShapeId::MAX, s.header[0] & !ShapeId::MAX);
        let header = Header::with_flags(ShapeId(shape), flags, s.header[1]);
        vm.heap.alloc_raw(s.size as usize, header).map(Value::from_object)
    };
    make().unwrap_or_else(|_| {
        vm.heap.poll_word().fetch_or(poll::MEMORY, Ordering::Relaxed);
        vm.heap.insist(make).unwrap_or_else(|_| no_reserve())
    })
}
fn store(schema: &Schema, object: Value, field: u16, bits: u64) {
    let f = &schema.fields[field as usize];
    debug_assert!(TARGET.word.bytes() as usize == size_of::<usize>());
    let Some(p) = object.object() else { return };
    // SAFETY: the field lies within the fresh object.
    unsafe {
        let p = p.as_ptr().cast::<u8>().add(f.offset as usize);
        match f.width {
            Width::U8 | Width::I8 => p.write(bits as u8),
            Width::U16 | Width::I16 => p.cast::<u16>().write(bits as u16),
            Width::U32 | Width::I32 => p.cast::<u32>().write(bits as u32),
            Width::Word => p.cast::<usize>().write(bits as usize),
            Width::F64 => p.cast::<u64>().write_unaligned(bits),
        }
    }
}
