//! The recorder's state: what the trace knows about the registers of the frames it runs through.
//!
//! Words used. The *base frame* is the one the trace runs in; registers are named by their *offset*, in words, from its
//! base, whatever frame they belong to: frames pushed inside the trace lie above. A register is *known* if the trace
//! has its value as a [`Rep`], *dirty* if memory does not have that value yet. A *snapshot* lists the dirty registers
//! and the frames; the exit handler writes them to memory and the interpreter goes on there.
//!
//! Invariants: a register that is not known, or known and clean, has its value in memory; snapshots describe the state
//! before the instruction at hand, so no guard may be emitted after the instruction had an effect.

use super::contract::Form;
use super::layout::{self as fields, Tables};
use super::place::Place;
use crate::interp::{CODE_WORD, S};
use crate::object::*;
use crate::vm::Vm;
use core::cell::RefCell;
use hashbrown::HashSet;
use pyrs_bytecode::Liveness;
use pyrs_heap::{Gc, ShapeId, Value};
use pyrs_ir::build::Builder;
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Fcc, Target, Ty};
use std::rc::Rc;

/// A value in the trace.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) enum Rep {
    /// A value word, of type `R`.
    Tagged(Ref),
    /// An int of a machine word.
    Int(Ref),
    Float(Ref),
    /// A condition.
    Bool(Ref),
    Const(Value),
}

#[derive(Copy, Clone, Debug)]
pub(super) struct Register {
    pub rep: Rep,
    pub dirty: bool,
}

/// A frame of the trace.
#[derive(Clone, Debug)]
pub(super) struct FrameInfo {
    /// Of its base from the trace's base, in words.
    pub offset: usize,
    /// Where it returns to, and the offset of the base there. Of no interest for the base frame.
    pub return_pc: *const u32,
    pub caller: usize,
    pub code: Gc<Code>,
    /// Its header is in memory.
    pub flushed: bool,
    /// What the instruction that pushed it has still to do; unknown for frames that residuals pushed.
    pub continued: Option<super::expand::Continued>,
}

/// What a snapshot means beside registers: the frames and where to go on.
#[derive(Clone, Debug)]
pub(super) struct ExitState {
    pub pc: *const u32,
    pub frames: Rc<[FrameInfo]>,
    /// Frames pushed that the machine's depth does not count yet.
    pub depth: isize,
    /// Everything is in memory, and the state is what the last residual returned.
    pub returned: bool,
    /// The state is right only if the guard's condition does not hold: nobody else may leave through it.
    pub outcome: bool,
    /// Something waits for a safepoint: it is served, and the exit never gets a bridge.
    pub poll: bool,
    /// The head of a loop, none of whose traces fits.
    pub unfit: bool,
    /// The base is not the one that the context names: a frame has been left since it was noted.
    pub moved: bool,
}

impl ExitState {
    /// Everything is in memory, and the state is what a residual returned.
    pub(super) fn returned(frames: Rc<[FrameInfo]>, moved: bool) -> ExitState {
        ExitState {
            pc: core::ptr::null(),
            frames,
            depth: 0,
            returned: true,
            outcome: false,
            poll: false,
            unfit: false,
            moved,
        }
    }
}

/// Keys of snapshot slots: an offset and how the value is to be boxed.
pub(super) mod key {
    pub const TAGGED: u32 = 0;
    pub const INT: u32 = 1;
    pub const FLOAT: u32 = 2;
    pub const BOOL: u32 = 3;
    /// Not a register: the base.
    pub const BASE: u32 = u32::MAX;
    pub const fn of(offset: usize, kind: u32) -> u32 {
        (offset as u32) << 2 | kind
    }
    pub const fn parts(key: u32) -> (usize, u32) {
        ((key >> 2) as usize, key & 3)
    }
}

/// Where a trace starts.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Start {
    /// At the head of a loop.
    Loop,
    /// Elsewhere, with everything in memory: at the first instruction of a function that calls itself, or where such
    /// a call returns to.
    Point,
    /// At an exit with that number.
    Exit(u32),
}

/// Why recording stops without a trace.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Abort {
    TooLong,
    /// The loop was left before it came round.
    LeftLoop,
    /// Registers too far above the base.
    TooDeep,
    /// Types at the end of the loop are not those at its start.
    Unstable,
    /// Unrolled too many rounds of an inner loop.
    InnerLoop,
    /// The optimiser or back end refused.
    Refused,
    /// A function called itself, and no trace begins there yet.
    Recursion,
    /// A function was given other code, or the like.
    Stale,
}
impl Abort {
    pub(super) const NAMES: [&'static str; 8] = [
        "too long",
        "left the loop",
        "too deep",
        "unstable types",
        "inner loop",
        "refused",
        "recursion",
        "out of date",
    ];
}

/// How recording stands.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Status {
    Going,
    /// The trace is complete.
    Done,
    Aborted(Abort),
}

/// What a phi of the loop stands for.
#[derive(Copy, Clone, Debug)]
pub(super) struct Carried {
    pub offset: usize,
    pub form: Form,
    /// What it is when the trace begins.
    pub input: Ref,
    /// The phi.
    pub rep: Rep,
}

pub(super) struct Recorder<'j> {
    pub vm: &'j Vm,
    pub tables: &'j RefCell<Tables>,
    pub b: Builder,
    pub start: Start,
    /// Base and pc where recording started; `base` moves when the base frame returns.
    pub head: S,
    pub head_place: Place,
    pub base: *mut Value,
    pub base_ref: Ref,
    pub registers: Vec<Option<Register>>,
    /// Offsets that were read or written since recording began.
    pub touched: Vec<bool>,
    pub written: Vec<bool>,
    pub frames: Vec<FrameInfo>,
    /// The frames as snapshots share them, until they change.
    shared: Option<Rc<[FrameInfo]>>,
    /// Depth that memory knows, as a number of frames of the trace above the base frame.
    pub depth_known: isize,
    pub states: Vec<ExitState>,
    /// The instruction of each of them.
    pub places: Vec<Place>,
    /// Where instructions begin in the trace.
    pub notes: Vec<(u32, Place)>,
    /// First word of the instruction at hand.
    pub pc: *const u32,
    pub snapshot: Option<u32>,
    /// Snapshots are of states that only what the guard tests leads to.
    pub outcome: bool,
    /// Snapshots are of the head of a loop that nothing fits.
    pub unfit: bool,
    /// See `ExitState::moved`.
    pub moved: bool,
    /// How often the base frame returned.
    pub returned: usize,
    pub effects: bool,
    pub status: Status,
    pub carried: Vec<Carried>,
    /// Stores to registers' memory: offset and instruction.
    pub flushes: Vec<(usize, usize)>,
    /// Traces that links name.
    pub targets: Vec<usize>,
    // TRACED: the code objects are constants of the trace, see `Jit::keep`.
    liveness: Vec<(Gc<Code>, Option<Rc<Liveness>>)>,
    /// Heads of inner loops met, with the number of rounds.
    pub inner: Vec<(*const u32, u32)>,
    pub guards: usize,
    /// Values known to be objects.
    pub objects: HashSet<Ref>,
    /// Registers to carry boxed.
    pub general: Vec<usize>,
    /// Where the machine counts frames.
    pub depth_cell: *const usize,
}

pub(super) const TARGET: Target = Target {
    word: if cfg!(target_pointer_width = "64") {
        pyrs_ir::types::Word::W64
    } else {
        pyrs_ir::types::Word::W32
    },
    endian: if cfg!(target_endian = "big") {
        pyrs_ir::types::Endian::Big
    } else {
        pyrs_ir::types::Endian::Little
    },
};

impl<'j> Recorder<'j> {
    pub(super) fn new(vm: &'j Vm, s: S, start: Start) -> Recorder<'j> {
        let frame = FrameInfo {
            offset: 0,
            return_pc: core::ptr::null(),
            caller: 0,
            code: s.code(),
            flushed: true,
            continued: None,
        };
        vm.jit.keep(vm, frame.code.value());
        Recorder {
            vm,
            tables: &vm.jit.tables,
            b: Builder::new(TARGET),
            start,
            head: s,
            head_place: Place::of(s),
            base: s.base,
            base_ref: Ref::NONE,
            registers: Vec::new(),
            touched: Vec::new(),
            written: Vec::new(),
            frames: vec![frame],
            shared: None,
            depth_known: 0,
            states: Vec::new(),
            places: Vec::new(),
            notes: Vec::new(),
            pc: s.pc,
            snapshot: None,
            outcome: false,
            unfit: false,
            moved: false,
            returned: 0,
            effects: false,
            status: Status::Going,
            carried: Vec::new(),
            flushes: Vec::new(),
            targets: Vec::new(),
            liveness: Vec::new(),
            inner: Vec::new(),
            guards: 0,
            objects: HashSet::new(),
            general: Vec::new(),
            depth_cell: vm.stack.depth_cell(),
        }
    }
    pub(super) fn abort(&mut self, why: Abort) {
        if self.status == Status::Going {
            self.status = Status::Aborted(why);
        }
    }
    /// At the first instruction of a function that one of the outer frames runs, too.
    pub(super) fn calls_itself(&self, s: S) -> bool {
        let Some((top, outer)) = self.frames.split_last() else { return false };
        s.word_in(top.code) == Some(0) && outer.iter().any(|f| f.code == top.code)
    }
    /// At the first instruction of a function that was called in the trace.
    pub(super) fn is_inlined_function(&self, s: S) -> bool {
        self.frames.len() > 1 && s.word_in(self.frame().code) == Some(0)
    }
    /// Recording began where a loop's head had no trace that fitted.
    pub(super) fn begins_unfit(&self) -> bool {
        matches!(self.start, Start::Exit(n) if self.vm.jit.exit(n).state.unfit)
    }
    /// Begins an instruction.
    pub(super) fn at(&mut self, pc: *const u32) {
        self.pc = pc;
        self.snapshot = None;
        self.effects = false;
        let here = self.b.trace.insts.len() as u32;
        // The frames may change between a residual and the next instruction.
        self.notes.pop_if(|n| n.0 == here && n.1.pc == pc);
        self.notes.push((here, Place { code: self.frame().code, pc }));
    }
    /// The frame at hand.
    pub(super) fn frame(&self) -> &FrameInfo {
        self.frames.last().expect("the base frame is never popped")
    }
    pub(super) fn frames_changed(&mut self) {
        let code = self.frame().code.value();
        self.vm.jit.keep(self.vm, code);
        self.shared = None;
        self.snapshot = None;
    }

    // ---- registers
    pub(super) fn known(&self, offset: usize) -> Option<Rep> {
        self.registers.get(offset).copied().flatten().map(|r| r.rep)
    }
    pub(super) fn read(&mut self, offset: usize) -> Rep {
        self.touch(offset);
        if let Some(rep) = self.known(offset) {
            return rep;
        }
        if offset > fields::MAX_OFFSET {
            self.abort(Abort::TooDeep);
            return Rep::Const(Value::NONE);
        }
        let f = self.tables.borrow_mut().register(offset);
        let rep = Rep::Tagged(self.b.load(Ty::R, f, self.base_ref));
        self.put(offset, Register { rep, dirty: false });
        rep
    }
    pub(super) fn write(&mut self, offset: usize, rep: Rep) {
        if offset > fields::MAX_OFFSET {
            return self.abort(Abort::TooDeep);
        }
        self.touch(offset);
        if self.written.len() <= offset {
            self.written.resize(offset + 1, false);
        }
        self.written[offset] = true;
        self.put(offset, Register { rep, dirty: true });
    }
    fn touch(&mut self, offset: usize) {
        if self.touched.len() <= offset {
            self.touched.resize(offset + 1, false);
        }
        self.touched[offset] = true;
    }
    pub(super) fn put(&mut self, offset: usize, r: Register) {
        if let Rep::Const(v) = r.rep {
            self.vm.jit.keep(self.vm, v);
        }
        if self.registers.len() <= offset {
            self.registers.resize(offset + 1, None);
        }
        self.registers[offset] = Some(r);
    }
    /// Memory has what the trace does not know: registers from `from` on.
    pub(super) fn forget_from(&mut self, from: usize) {
        for (offset, r) in self.registers.iter_mut().enumerate().skip(from) {
            if r.take().is_some() {
                if self.written.len() <= offset {
                    self.written.resize(offset + 1, false);
                }
                self.written[offset] = true;
            }
        }
    }
    /// A register changed in memory.
    pub(super) fn forget(&mut self, offset: usize) {
        if let Some(r) = self.registers.get_mut(offset) {
            *r = None;
        }
        if self.written.len() <= offset {
            self.written.resize(offset + 1, false);
        }
        self.written[offset] = true;
    }
    pub(super) fn liveness(&mut self, code: Gc<Code>) -> Option<Rc<Liveness>> {
        if let Some((_, l)) = self.liveness.iter().find(|(c, _)| *c == code) {
            return l.clone();
        }
        let l = self.vm.jit.liveness(code);
        self.liveness.push((code, l.clone()));
        l
    }
    /// Whether the interpreter (or somebody who looks at the frames) may want a register of frame number `n` when
    /// the instruction at `pc` is about to run in the innermost frame.
    pub(super) fn wanted(&mut self, pc: *const u32) -> impl Fn(usize) -> bool + use<> {
        let (offset, code) = (self.frame().offset, self.frame().code);
        let live = self.liveness(code);
        let named = code.data().locals.len();
        let word = S { pc, base: self.base }.word_in(code);
        // Registers of outer frames: all that is below the header of the innermost, whose first word is one of them.
        let outer = offset.saturating_sub(pyrs_bytecode::FRAME_HEADER);
        move |at| match (at.checked_sub(offset), word, &live) {
            (None, ..) => at <= outer,
            (Some(n), Some(word), Some(live)) => n < named || live.is_live(word, n as u32),
            // Inside a continuation.
            _ => true,
        }
    }

    // ---- snapshots
    pub(super) fn shared_frames(&mut self) -> Rc<[FrameInfo]> {
        if let Some(f) = &self.shared {
            return f.clone();
        }
        let f: Rc<[FrameInfo]> = self.frames.as_slice().into();
        self.shared = Some(f.clone());
        f
    }
    /// Number of the snapshot of the state before the instruction at hand.
    pub(super) fn snap(&mut self) -> Ref {
        debug_assert!(!self.effects, "a guard after an effect");
        if let Some(n) = self.snapshot {
            return Ref(n);
        }
        let wanted = self.wanted(self.pc);
        let mut slots = vec![(key::BASE, self.base_ref)];
        for offset in 0..self.registers.len() {
            let Some(r) = self.registers[offset] else { continue };
            if r.dirty && wanted(offset) {
                slots.push(self.slot(offset, r.rep));
            }
        }
        let frames = self.shared_frames();
        let depth = self.frames.len() as isize - 1 - self.depth_known;
        let state = ExitState {
            pc: self.pc,
            frames,
            depth,
            returned: false,
            poll: false,
            outcome: self.outcome,
            unfit: self.unfit,
            moved: self.moved,
        };
        let n = self.add_snapshot(state, &slots);
        self.snapshot = Some(n);
        Ref(n)
    }
    fn slot(&mut self, offset: usize, rep: Rep) -> (u32, Ref) {
        match rep {
            Rep::Tagged(r) => (key::of(offset, key::TAGGED), r),
            Rep::Int(r) => (key::of(offset, key::INT), r),
            Rep::Float(r) => (key::of(offset, key::FLOAT), r),
            Rep::Bool(r) => (key::of(offset, key::BOOL), r),
            Rep::Const(v) => (key::of(offset, key::TAGGED), self.constant(v)),
        }
    }
    pub(super) fn add_snapshot(&mut self, state: ExitState, slots: &[(u32, Ref)]) -> u32 {
        self.states.push(state);
        let pc = if self.pc.is_null() { self.head.pc } else { self.pc };
        self.places.push(Place { code: self.frame().code, pc });
        self.b.snapshot(self.states.len() as u64 - 1, slots)
    }
    /// Something the interpreter would see has happened: no guards until the next instruction.
    pub(super) fn effect(&mut self) {
        self.effects = true;
        self.snapshot = None;
    }

    // ---- emission
    pub(super) fn constant(&mut self, v: Value) -> Ref {
        // At once: the program goes on while it is recorded, and the collector with it.
        self.vm.jit.keep(self.vm, v);
        self.b.trace.constant(Ty::R, v.bits() as u64)
    }
    pub(super) fn address<T>(&mut self, p: *const T) -> Ref {
        self.b.trace.constant(Ty::P, p as usize as u64)
    }
    pub(super) fn word(&mut self, n: isize) -> Ref {
        self.b.trace.word(n as i64)
    }
    pub(super) fn op1(&mut self, op: Op, a: Ref) -> Ref {
        self.b.op1(op, a)
    }
    pub(super) fn op2(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        self.b.op2(op, a, b)
    }
    pub(super) fn cast(&mut self, ty: Ty, a: Ref) -> Ref {
        self.b.emit(Op::Cast, ty, 0, [a, Ref::NONE, Ref::NONE])
    }
    pub(super) fn load(&mut self, field: u16, base: Ref) -> Ref {
        let ty = self.tables.borrow_mut().schema.fields[field as usize].ty;
        self.b.load(ty, field, base)
    }
    pub(super) fn load_at(&mut self, field: u16, base: Ref, index: Ref) -> Ref {
        let ty = self.tables.borrow_mut().schema.fields[field as usize].ty;
        self.b.emit(Op::LoadX, ty, field, [base, index, Ref::NONE])
    }
    pub(super) fn guard(&mut self, cc: Cc, a: Ref, b: Ref) {
        if a == b && matches!(cc, Cc::Eq | Cc::Le | Cc::Ge) {
            return;
        }
        let snap = self.snap();
        self.guards += 1;
        self.b.emit(Op::Guard, Ty::V, cc as u16, [a, b, snap]);
    }
    /// Leaves unless `a & mask` is zero (`Eq`) or not.
    pub(super) fn guard_mask(&mut self, cc: Cc, a: Ref, mask: isize) {
        let (snap, mask) = (self.snap(), self.word(mask));
        self.guards += 1;
        self.b.emit(Op::GuardMask, Ty::V, cc as u16, [a, mask, snap]);
    }
    pub(super) fn fguard(&mut self, cc: Fcc, a: Ref, b: Ref) {
        let snap = self.snap();
        self.guards += 1;
        self.b.emit(Op::FGuard, Ty::V, cc as u16, [a, b, snap]);
    }
    pub(super) fn checked(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        let snap = self.snap();
        self.b.emit(op, Ty::W, 0, [a, b, snap])
    }
    pub(super) fn cmp(&mut self, cc: Cc, a: Ref, b: Ref) -> Ref {
        self.b.emit(Op::Cmp, Ty::B, cc as u16, [a, b, Ref::NONE])
    }
    pub(super) fn select(&mut self, ty: Ty, c: Ref, a: Ref, b: Ref) -> Ref {
        self.b.emit(Op::Select, ty, 0, [c, a, b])
    }

    // ---- objects
    /// The value is known to be an object: it was made here, or has been narrowed before.
    pub(super) fn is_object(&self, r: Ref) -> bool {
        self.objects.contains(&r)
            || r.as_inst().is_some_and(|i| self.b.trace.insts[i].op == Op::New)
    }
    /// Leaves unless the object has this shape.
    pub(super) fn guard_shape(&mut self, o: Ref, s: ShapeId) {
        let field = if fields::is_fixed(s) { fields::META_FIXED } else { fields::META };
        let meta = self.load(field, o);
        let mask = self.word(ShapeId::MAX as isize);
        let shape = self.op2(Op::And, meta, mask);
        let wanted = self.word(s.0 as isize);
        self.guard(Cc::Eq, shape, wanted);
    }

    // ---- boxing
    /// The int in a value word known to be a small int.
    pub(super) fn untag_int(&mut self, r: Ref) -> Ref {
        let (w, one) = (self.cast(Ty::W, r), self.word(1));
        self.op2(Op::Sar, w, one)
    }
    /// An int's value word; leaves if it needs an object.
    pub(super) fn tag_int(&mut self, w: Ref) -> Ref {
        let doubled = self.checked(Op::AddOv, w, w);
        let one = self.word(1);
        let tagged = self.op2(Op::Or, doubled, one);
        self.cast(Ty::R, tagged)
    }
    pub(super) fn box_bool(&mut self, c: Ref) -> Ref {
        let (t, f) = (self.constant(Value::TRUE), self.constant(Value::FALSE));
        self.select(Ty::R, c, t, f)
    }
    /// The value word of a representation whose value is `v` now. Leaves if it would need an object.
    pub(super) fn boxed(&mut self, rep: Rep, v: Value) -> Ref {
        match rep {
            Rep::Tagged(r) => r,
            Rep::Const(v) => self.constant(v),
            Rep::Int(w) => self.tag_int(w),
            Rep::Bool(c) => self.box_bool(c),
            Rep::Float(f) => self.tag_float(f, v),
        }
    }
}

/// The value of a register of the frame of `s`, for the recorder's decisions.
pub(super) fn value_at(base: *mut Value, offset: usize) -> Value {
    // SAFETY: offsets are those of registers and headers of frames on the stack.
    unsafe { *base.add(offset) }
}

/// A frame that was pushed at `s`, as its header tells.
pub(super) fn frame_info(base: *mut Value, s: S) -> FrameInfo {
    let distance = |p: *mut Value| (p as usize).wrapping_sub(base as usize) / size_of::<Value>();
    debug_assert!(s.get(CODE_WORD).is_object());
    FrameInfo {
        offset: distance(s.base),
        return_pc: s.return_pc(),
        caller: distance(s.caller_base()),
        code: s.code(),
        flushed: true,
        continued: None,
    }
}
