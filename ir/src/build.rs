//! Appends instructions to a trace. The builder fills in result types from the op table and
//! shares snapshots and constants; it does not check or improve anything (see [`crate::verify`]
//! and [`crate::opt`]).

use crate::op::{Op, Res};
use crate::trace::{Inst, Ref, Snapshot, Trace, Virtual};
use crate::types::{Cc, Fcc, Target, Ty};

/// Builder of one trace.
#[derive(Debug)]
pub struct Builder {
    /// The trace so far.
    pub trace: Trace,
}

impl Builder {
    /// Starts an empty trace.
    pub fn new(target: Target) -> Builder {
        Builder { trace: Trace::new(target) }
    }

    /// Appends an instruction and returns its result. `ty` counts only where the table leaves
    /// the type open.
    pub fn emit(&mut self, op: Op, ty: Ty, aux: u16, args: [Ref; 3]) -> Ref {
        let ty = match op.info().res {
            Res::Is(t) => t,
            Res::Any => ty,
        };
        let [a, b, c] = args;
        self.trace.insts.push(Inst { op, ty, aux, a, b, c });
        Ref::inst(self.trace.insts.len() - 1)
    }

    /// Input number `i`.
    pub fn input(&mut self, ty: Ty, i: u16) -> Ref {
        self.emit(Op::Input, ty, i, [Ref::NONE; 3])
    }

    /// Constant word.
    pub fn word(&mut self, x: i64) -> Ref {
        self.trace.word(x)
    }

    /// Constant double.
    pub fn float(&mut self, x: f64) -> Ref {
        self.trace.float(x)
    }

    /// An operation of one operand without extra field.
    pub fn op1(&mut self, op: Op, a: Ref) -> Ref {
        self.emit(op, Ty::V, 0, [a, Ref::NONE, Ref::NONE])
    }

    /// An operation of two operands without extra field.
    pub fn op2(&mut self, op: Op, a: Ref, b: Ref) -> Ref {
        self.emit(op, Ty::V, 0, [a, b, Ref::NONE])
    }

    /// A checked operation: leaves through snapshot `snap`.
    pub fn checked(&mut self, op: Op, a: Ref, b: Ref, snap: u32) -> Ref {
        self.emit(op, Ty::V, 0, [a, b, Ref(snap)])
    }

    /// Comparison guard.
    pub fn guard(&mut self, cc: Cc, a: Ref, b: Ref, snap: u32) {
        self.emit(Op::Guard, Ty::V, cc as u16, [a, b, Ref(snap)]);
    }

    /// Float comparison guard.
    pub fn fguard(&mut self, cc: Fcc, a: Ref, b: Ref, snap: u32) {
        self.emit(Op::FGuard, Ty::V, cc as u16, [a, b, Ref(snap)]);
    }

    /// Load of a field.
    pub fn load(&mut self, ty: Ty, field: u16, base: Ref) -> Ref {
        self.emit(Op::Load, ty, field, [base, Ref::NONE, Ref::NONE])
    }

    /// Store to a field.
    pub fn store(&mut self, field: u16, base: Ref, value: Ref) {
        self.emit(Op::Store, Ty::V, field, [base, value, Ref::NONE]);
    }

    /// Call of signature `sig`, whose result type is `ret`.
    pub fn call(&mut self, ret: Ty, sig: u16, args: &[Ref]) -> Ref {
        let start = self.trace.args.len() as u32;
        self.trace.args.extend_from_slice(args);
        self.emit(Op::Call, ret, sig, [Ref(start), Ref::NONE, Ref::NONE])
    }

    /// Opens the loop. Phis come next.
    pub fn open_loop(&mut self) {
        self.emit(Op::Loop, Ty::V, 0, [Ref::NONE; 3]);
    }

    /// A phi whose back-edge operand is set later by [`Builder::close_phi`].
    pub fn phi(&mut self, ty: Ty, entry: Ref) -> Ref {
        self.emit(Op::Phi, ty, 0, [entry, entry, Ref::NONE])
    }

    /// Sets the back-edge operand of a phi.
    pub fn close_phi(&mut self, phi: Ref, back: Ref) {
        let i = phi.as_inst().expect("a phi is an instruction");
        self.trace.insts[i].b = back;
    }

    /// Ends the trace with the back edge.
    pub fn jump(&mut self) {
        self.emit(Op::Jump, Ty::V, 0, [Ref::NONE; 3]);
    }

    /// Ends the trace by leaving it.
    pub fn exit(&mut self, snap: u32) {
        self.emit(Op::Exit, Ty::V, 0, [Ref::NONE, Ref::NONE, Ref(snap)]);
    }

    /// Ends the trace by going on at the loop of trace `target`.
    pub fn link(&mut self, target: u16, args: &[Ref]) {
        let start = self.trace.args.len() as u32;
        self.trace.args.extend_from_slice(args);
        self.emit(Op::Link, Ty::V, target, [Ref(start), Ref(args.len() as u32), Ref::NONE]);
    }

    /// Number of a snapshot with these slots; the last snapshot is shared if it is the same.
    pub fn snapshot(&mut self, pc: u64, slots: &[(u32, Ref)]) -> u32 {
        let t = &mut self.trace;
        if let Some(last) = t.snaps.len().checked_sub(1)
            && t.snaps[last].pc == pc
            && t.snap_slots(last) == slots
        {
            return last as u32;
        }
        let start = t.slots.len() as u32;
        t.slots.extend_from_slice(slots);
        t.snaps.push(Snapshot { pc, start, len: slots.len() as u32 });
        t.snaps.len() as u32 - 1
    }

    /// A virtual object with these fields.
    pub fn virtual_object(&mut self, shape: u16, fields: &[(u16, Ref)]) -> Ref {
        let t = &mut self.trace;
        let start = t.vfields.len() as u32;
        t.vfields.extend_from_slice(fields);
        t.virtuals.push(Virtual { shape, start, len: fields.len() as u32 });
        Ref::virt(t.virtuals.len() - 1)
    }
}
