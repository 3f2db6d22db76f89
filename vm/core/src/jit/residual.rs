//! Residual calls in traces: registers and frame headers go to memory, the ordinary function runs, and a guard checks
//! that it came back to the state that was seen.

use super::layout::{self as fields, Helper};
use super::recorder::{
    Abort, ExitState, Recorder, Register, Rep, Start, Status, frame_info, key, value_at,
};
use crate::interp::{CONTINUE, HALT, ORIGIN, Residual, S, SPECIAL, WINDOW};
use crate::vm::Vm;
use pyrs_bytecode::{Insn, Op as Code, effects};
use pyrs_heap::Value;
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::{Cc, Ty};

impl Recorder<'_> {
    /// Brings everything to memory that the interpreter would find there before the instruction at hand.
    pub(super) fn flush(&mut self) {
        self.flush_but(|_| false);
    }
    /// All but some registers.
    pub(super) fn flush_but(&mut self, spared: impl Fn(usize) -> bool) {
        self.blank();
        let wanted = self.wanted(self.pc);
        // Boxes first: they may leave, and then frames are built of what is dirty, all of it.
        let mut boxes = Vec::new();
        for offset in 0..self.registers.len() {
            let Some(r) = self.registers[offset] else { continue };
            if r.dirty && wanted(offset) && !spared(offset) {
                let now = value_at(self.base, offset);
                boxes.push((offset, r.rep, self.boxed(r.rep, now)));
            }
        }
        for (offset, rep, v) in boxes {
            self.store_register(offset, rep, v);
        }
        self.flush_headers();
        self.flush_depth();
    }
    pub(super) fn flush_register(&mut self, offset: usize, rep: Rep) {
        let now = value_at(self.base, offset);
        let v = self.boxed(rep, now);
        self.store_register(offset, rep, v);
    }
    fn store_register(&mut self, offset: usize, rep: Rep, v: Ref) {
        let field = self.tables.borrow_mut().register(offset);
        self.flushes.push((offset, self.b.trace.insts.len()));
        self.b.store(field, self.base_ref, v);
        self.put(offset, Register { rep, dirty: false });
    }
    pub(super) fn flush_headers(&mut self) {
        let word = size_of::<Value>() as isize;
        let mut changed = false;
        for n in 0..self.frames.len() {
            let f = self.frames[n].clone();
            if f.flushed {
                continue;
            }
            // Both words carry a set low bit, so that they look like values.
            let return_pc = self.constant(Value::from_bits(f.return_pc as usize | 1));
            let special = if f.is_generator() { SPECIAL as isize } else { 0 };
            let caller = self.at_offset_bytes(f.caller as isize * word + 1 + special);
            let caller = self.cast(Ty::R, caller);
            let code = self.constant(f.code.value());
            for (back, v) in [(3, return_pc), (2, caller), (1, code)] {
                let field = self.tables.borrow_mut().register(f.offset - back);
                self.b.store(field, self.base_ref, v);
            }
            if f.is_generator() {
                self.mark_running(n);
            }
            self.frames[n].flushed = true;
            changed = true;
        }
        if changed {
            self.frames_changed();
        }
    }
    pub(super) fn flush_depth(&mut self) {
        let now = self.frames.len() as isize - 1;
        if now == self.depth_known {
            return;
        }
        let p = self.address(self.depth_cell);
        let depth = self.load(fields::DEPTH, p);
        let more = self.word(now - self.depth_known);
        let sum = self.op2(Op::Add, depth, more);
        self.b.store(fields::DEPTH, p, sum);
        self.depth_known = now;
        // Snapshots taken before counted the frames themselves.
        self.snapshot = None;
    }

    /// The address `offset` words above the base.
    pub(super) fn at_offset(&mut self, offset: isize) -> Ref {
        self.at_offset_bytes(offset * size_of::<Value>() as isize)
    }
    pub(super) fn at_offset_bytes(&mut self, bytes: isize) -> Ref {
        if bytes == 0 {
            return self.base_ref;
        }
        let n = self.word(bytes);
        let base = self.base_ref;
        self.op2(Op::AddP, base, n)
    }

    /// Runs a residual and writes down its call.
    pub(super) fn residual(&mut self, vm: &Vm, s: S, i: Insn, f: Residual) -> S {
        self.flush();
        let frame = self.frame().clone();
        let call_pc = s.pc;
        let clobbered = self.clobbered(s, i);
        // As in compiled code, it must not go on in another trace.
        let inside = vm.stack.inside_trace.replace(true);
        let out = f(vm, s, i);
        vm.stack.inside_trace.set(inside);
        if self.status != Status::Going {
            return out;
        }
        let distance = (out.base as isize - self.base as isize) / size_of::<Value>() as isize;
        let (vm_ref, f_ref) = (self.address(vm), self.address(f as *const ()));
        let pc = self.address(call_pc);
        let base = self.at_offset(frame.offset as isize);
        let expected = self.at_offset(distance);
        let sig = Helper::Residual as u16;
        let got = self.b.call(Ty::W, sig, &[vm_ref, f_ref, pc, base, expected]);
        self.effect();
        let leaves = HALT.as_ptr_range().contains(&out.pc) || out.base.is_null();
        if leaves {
            if self.start == super::recorder::Start::Loop {
                self.abort(Abort::LeftLoop);
                return out;
            }
            self.returned_exit();
            return out;
        }
        // The state to go on with is known if this guard holds; otherwise it is where the residual left it.
        let snap = self.returned_snapshot();
        let wanted = self.word(out.pc as isize);
        self.b.emit(Op::Guard, Ty::V, Cc::Eq as u16, [got, wanted, Ref(snap)]);
        self.guards += 1;
        self.arrive(s, out, distance, clobbered);
        out
    }
    /// Snapshot of "as the residual returned".
    fn returned_snapshot(&mut self) -> u32 {
        let frames = self.shared_frames();
        let state = ExitState::returned(frames, self.moved);
        let base = self.base_ref;
        self.add_snapshot(state, &[(key::BASE, base)])
    }
    /// Ends the trace: the interpreter goes on where the residual returned to.
    pub(super) fn returned_exit(&mut self) {
        let snap = self.returned_snapshot();
        self.b.exit(snap);
        self.status = Status::Done;
    }
    /// Registers that an instruction changes when it goes on as usual: single ones, and all from some offset on.
    fn clobbered(&self, s: S, i: Insn) -> Option<(Vec<usize>, usize)> {
        let (code, at) = (self.frame().code, self.frame().offset);
        let mut pc = s.pc;
        if CONTINUE.as_ptr_range().contains(&pc.wrapping_sub(1)) {
            // It finishes the instruction that pushed the frame.
            let window = s.top_window() + WINDOW;
            pc = (s.get(window as isize + ORIGIN).bits() & !1) as *const u32;
        }
        let word = S { pc, base: s.base }.word_in(code)?.checked_sub(1)? as usize;
        let insn = Insn(*code.data().words.get(word)?);
        let op = Code::from_byte(insn.op_byte())?;
        debug_assert!(op == Code::Continue || insn.0 == i.0 || pc != s.pc);
        let e = effects(code.data(), word, op);
        let mut single: Vec<usize> =
            e.writes.iter().flat_map(|w| w.registers()).map(|r| at + r as usize).collect();
        single.extend(e.writes_if_taken.map(|r| at + r as usize));
        let above = at + s.top_window();
        Some((single, e.clobbers_from.map_or(above, |r| at + r as usize)))
    }
    /// The trace goes on in state `out`, `distance` words from the base.
    fn arrive(&mut self, s: S, out: S, distance: isize, clobbered: Option<(Vec<usize>, usize)>) {
        self.at(out.pc);
        if distance < 0 {
            return self.rebase(out, distance);
        }
        let offset = distance as usize;
        let before = self.frame().clone();
        if out.base == s.base && before.code == out.code() && self.plain_successor(s, out) {
            match clobbered {
                Some((single, above)) => {
                    single.into_iter().for_each(|r| self.forget(r));
                    self.forget_from(above);
                }
                None => self.forget_from(before.offset),
            }
            return;
        }
        // Another frame, or a handler.
        let mut popped = None;
        while self.frames.len() > 1 && self.frame().offset > offset {
            popped = self.frames.pop().filter(|_| popped.is_none());
        }
        let top = self.frame().clone();
        if offset > top.offset {
            let new = frame_info(self.base, out);
            if new.caller != top.offset || popped.is_some() {
                // Several frames were exchanged at once.
                return self.abort(Abort::TooDeep);
            }
            self.forget_pushed(&new, clobbered);
            self.frames.push(new);
        } else {
            let same = out.code() == top.code && (offset == 0 || out.return_pc() == top.return_pc);
            if !same {
                return self.abort(Abort::TooDeep);
            }
            match popped {
                // It returned, or its generator yielded.
                Some(p)
                    if (0..2).any(|k| p.return_pc.wrapping_add(k) == out.pc)
                        && !out
                            .word_in(top.code)
                            .is_some_and(|w| is_handler(top.code.data(), w)) =>
                {
                    self.forget_from(p.offset - WINDOW);
                }
                _ => self.forget_from(offset),
            }
        }
        self.frames_changed();
        self.depth_known = self.frames.len() as isize - 1;
    }
    /// A frame was pushed above the one at hand, whose own registers are as they were but for the window.
    fn forget_pushed(
        &mut self,
        new: &super::recorder::FrameInfo,
        clobbered: Option<(Vec<usize>, usize)>,
    ) {
        match clobbered {
            Some((single, above)) => {
                single.into_iter().for_each(|r| self.forget(r));
                self.forget_from(above.min(new.offset));
            }
            None => self.forget_from(self.frame().offset),
        }
    }
    /// Whether `out` is the next instruction, or where the instruction jumps to.
    fn plain_successor(&self, s: S, out: S) -> bool {
        let code = self.frame().code;
        if CONTINUE.as_ptr_range().contains(&s.pc.wrapping_sub(1)) {
            // After a continuation: any place but a handler.
            return out.word_in(code).is_some_and(|w| !is_handler(code.data(), w));
        }
        let Some(word) = s.word_in(code).and_then(|w| w.checked_sub(1)) else { return false };
        let Some(to) = out.word_in(code) else { return false };
        let Some(op) = Code::from_byte(Insn(code.data().words[word as usize]).op_byte()) else {
            return false;
        };
        let e = effects(code.data(), word as usize, op);
        // A handler may lie right behind what raises, and finds the exception in a register.
        let next = to as usize == word as usize + op.words() && !is_handler(code.data(), to);
        next || e.jump == Some(to as usize)
    }
    /// The base frame has returned: the frame it returned to is the base frame from now on.
    fn rebase(&mut self, out: S, distance: isize) {
        if self.start == super::recorder::Start::Loop {
            return self.abort(Abort::LeftLoop);
        }
        self.base_ref = self.at_offset(distance);
        self.base = out.base;
        self.moved = true;
        self.returned += 1;
        self.registers.clear();
        self.frames.clear();
        self.frames.push(super::recorder::FrameInfo {
            offset: 0,
            return_pc: core::ptr::null(),
            caller: 0,
            code: out.code(),
            flushed: true,
            continued: None,
        });
        self.depth_known = 0;
        self.frames_changed();
    }
}

fn is_handler(data: &pyrs_bytecode::CodeData, word: u32) -> bool {
    data.handlers.iter().any(|h| h.target == word)
}

impl super::domain::Rec<'_, '_> {
    /// The base frame returns to a frame that the trace knows nothing of but where it goes on: that is the base frame
    /// from now on.
    pub(super) fn leave_base(self, v: super::domain::V) -> S {
        let (pc, caller) = (self.s.return_pc(), self.s.caller_base());
        let known = !caller.is_null()
            && S { pc, base: caller }.word_in(S { pc, base: caller }.code()).is_some();
        if self.r.start == Start::Loop || self.s.is_special() || !known {
            return self.leave_by_residual();
        }
        let base = self.r.base_ref;
        let held = self.r.load(fields::FRAME_RETURN, base);
        let wanted = self.r.word((pc as usize | 1) as isize);
        self.r.guard(Cc::Eq, held, wanted);
        let distance = (self.s.base as usize - caller as usize) / size_of::<Value>();
        let held = self.r.load(fields::FRAME_CALLER, base);
        let wanted = self.r.at_offset_bytes(1 - (distance * size_of::<Value>()) as isize);
        self.r.guard(Cc::Eq, held, wanted);
        self.r.effect();
        let depth = self.r.depth_known;
        let out = self.leave_now(v.v);
        self.r.rebase(out, -(distance as isize));
        // One frame less than memory counts.
        self.r.depth_known = depth + 1;
        self.r.write(distance - WINDOW, v.rep);
        if self.s.code() == out.code() {
            // Where a recursion goes on is a place of its own, or bridges would follow its every turn.
            self.r.returned = 2;
        }
        out
    }
    fn leave_now(&self, v: Value) -> S {
        use crate::interp::{Run, Tx};
        Run { vm: self.vm, s: self.s }.leave(v)
    }
    /// The base frame, or a generator's, returns.
    pub(super) fn leave_by_residual(self) -> S {
        // SAFETY: the pc follows the first word of the instruction.
        let i = Insn(unsafe { *self.s.pc.sub(1) });
        self.r.residual(self.vm, self.s, i, return_from)
    }
}

/// Return as a residual.
fn return_from(vm: &Vm, s: S, i: Insn) -> S {
    use crate::interp::{Run, Tx};
    let v = if i.op_byte() == Code::ReturnNone as u8 { Value::NONE } else { s.reg(i.a()) };
    Run { vm, s }.leave(v)
}
