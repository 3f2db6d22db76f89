//! The allocator: reverse linear scan (as LuaJIT and regalloc2's fast mode do it).
//!
//! Walking backwards, the first time a value is met is its last use: there it gets a register,
//! which it keeps up to its definition unless the register is needed for something else. Then it
//! is *evicted*: a reload is placed right after the current instruction, and from there upwards
//! the value lives in a spill cell that its definition fills. A constant is evicted by placing
//! its load there instead. A spill cell is valid from the definition on, everywhere.
//!
//! Code is collected in reverse; what is to run after the instruction at hand is pushed first.

use super::parmove::{self, Move};
use super::{
    AInst, Allocated, Cons, Def, ExitMap, Loc, Machine, NO_REG, Options, PReg, RegSet, Use,
};
use crate::op::{Op, flag};
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};
use crate::types::Class;

/// No spill cell.
pub(super) const NO_SLOT: u32 = u32::MAX;

/// Allocates registers for a verified trace.
pub fn allocate(
    trace: &Trace,
    schema: &Schema,
    machine: &dyn Machine,
    options: &Options<'_>,
) -> Allocated {
    let mut a = Alloc::new(trace, schema, machine, options);
    a.run();
    a.finish()
}

pub(super) struct Alloc<'a> {
    pub trace: &'a Trace,
    pub schema: &'a Schema,
    pub machine: &'a dyn Machine,
    pub options: &'a Options<'a>,
    /// Registers that may be used.
    pub usable: RegSet,
    /// Of these, the ones that hold nothing.
    pub free: RegSet,
    /// What each register holds.
    pub held: [Ref; 64],
    /// Register of each instruction's value.
    pub reg: Vec<PReg>,
    /// Spill cell of each instruction's value.
    pub slot: Vec<u32>,
    /// Register of each constant.
    pub const_reg: Vec<PReg>,
    /// Registers the current instruction uses; not to be evicted or given away.
    pub busy: RegSet,
    /// The code in reverse.
    pub rev: Vec<AInst>,
    exits: Vec<ExitMap>,
    exit_locs: Vec<Loc>,
    /// Spill cells that are free for reuse.
    free_slots: Vec<u32>,
    pub slots: u32,
    /// Values defined before this index and spilled after it need a cell of their own.
    pub loop_at: usize,
    /// Wanted register of each value, or `NO_REG`.
    pub hint: Vec<PReg>,
    /// Index of the nearest call above the current instruction.
    call_above: usize,
    calls: Vec<usize>,
    pub contract: super::loops::Contract,
    /// Stamps to list each value of a snapshot once.
    stamp: Vec<u32>,
    round: u32,
    seed: u64,
    pub moves: Vec<Move>,
    ordered: Vec<Move>,
    /// Values of the current snapshot.
    values: Vec<Ref>,
}

impl<'a> Alloc<'a> {
    fn new(
        trace: &'a Trace,
        schema: &'a Schema,
        machine: &'a dyn Machine,
        options: &'a Options<'a>,
    ) -> Alloc<'a> {
        let n = trace.insts.len();
        let mut usable = machine.regs().allocatable;
        if !options.limit.is_empty() {
            usable = usable.and(options.limit);
        }
        let mut calls = Vec::new();
        let mut loop_at = usize::MAX;
        let mut inputs = 0;
        for (i, x) in trace.insts.iter().enumerate() {
            match x.op {
                Op::Call => calls.push(i),
                Op::Loop => loop_at = i,
                Op::Input => inputs = inputs.max(x.aux as u32 + 1),
                _ => {}
            }
        }
        let first = options.first_spill.max(if options.inputs.is_none() { inputs } else { 0 });
        Alloc {
            trace,
            schema,
            machine,
            options,
            usable,
            free: usable,
            held: [Ref::NONE; 64],
            reg: vec![NO_REG; n],
            slot: vec![NO_SLOT; n],
            const_reg: vec![NO_REG; trace.consts.len()],
            busy: RegSet::EMPTY,
            rev: Vec::with_capacity(n * 2),
            exits: Vec::with_capacity(trace.snaps.len() + 1),
            exit_locs: Vec::with_capacity(n * 4),
            free_slots: Vec::new(),
            slots: first,
            loop_at,
            hint: vec![NO_REG; n],
            call_above: 0,
            calls,
            contract: Default::default(),
            stamp: vec![0; n],
            round: 0,
            seed: options.seed,
            moves: Vec::with_capacity(16),
            ordered: Vec::with_capacity(16),
            values: Vec::with_capacity(16),
        }
    }

    fn run(&mut self) {
        for i in (0..self.trace.insts.len()).rev() {
            while self.calls.last().is_some_and(|&c| c >= i) {
                self.calls.pop();
            }
            self.call_above = self.calls.last().copied().unwrap_or(0);
            self.busy = RegSet::EMPTY;
            let inst = self.trace.insts[i];
            match inst.op {
                Op::Nop | Op::Phi | Op::Input => {}
                Op::Jump => self.jump(),
                Op::Link => self.link(&inst),
                Op::Loop => self.loop_head(i),
                Op::Call => self.call(i, &inst),
                _ => self.op(i, &inst),
            }
        }
    }

    fn finish(mut self) -> Allocated {
        let entry = self.entry();
        self.rev.reverse();
        Allocated {
            code: self.rev,
            exits: self.exits,
            exit_locs: self.exit_locs,
            entry,
            spills: self.slots,
            contract: self.contract.phis,
        }
    }

    /// The top of the trace: constants in registers are loaded, inputs come from their places.
    fn entry(&mut self) -> Vec<Loc> {
        for r in self.usable.minus(self.free).iter() {
            if self.held[r as usize].as_const().is_some() {
                self.drop_const(r);
            }
        }
        let mut entry = Vec::new();
        self.moves.clear();
        for (i, inst) in self.trace.insts.iter().enumerate() {
            if inst.op != Op::Input {
                continue;
            }
            let k = inst.aux as usize;
            if entry.len() <= k {
                entry.resize(k + 1, Loc::None);
            }
            let class = inst.ty.class();
            let place = match (self.reg[i], self.slot[i]) {
                (NO_REG, NO_SLOT) => Loc::None,
                (NO_REG, s) => Loc::Spill(s),
                (r, s) => {
                    if s != NO_SLOT {
                        let (dst, src) = (Loc::Spill(s), Loc::Reg(r));
                        self.rev.push(AInst::Move { dst, src, class });
                    }
                    Loc::Reg(r)
                }
            };
            entry[k] = place;
            self.moves.push(Move { dst: place, src: self.home(i), class });
        }
        self.rev.push(AInst::Entry);
        self.push_moves();
        entry
    }

    /// Where input instruction `i` is when the trace starts.
    fn home(&self, i: usize) -> Loc {
        let k = self.trace.insts[i].aux as usize;
        match self.options.inputs {
            Some(locs) => locs.get(k).copied().unwrap_or(Loc::None),
            None => Loc::Spill(k as u32),
        }
    }

    /// Orders `self.moves` and pushes them so that they run before what was pushed last.
    pub fn push_moves(&mut self) {
        self.ordered.clear();
        parmove::resolve(&mut self.moves, self.machine.regs().scratch, &mut self.ordered);
        for m in self.ordered.iter().rev() {
            self.rev.push(AInst::Move { dst: m.dst, src: m.src, class: m.class });
        }
        self.moves.clear();
    }

    pub fn class(&self, r: Ref) -> Class {
        self.trace.ty(r).map_or(Class::Int, |t| t.class())
    }

    fn random(&mut self, n: usize) -> usize {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        (self.seed >> 11) as usize % n.max(1)
    }

    /// Register of a value or constant, or `NO_REG`.
    pub fn reg_of(&self, v: Ref) -> PReg {
        match (v.as_inst(), v.as_const()) {
            (Some(i), _) => self.reg[i],
            (_, Some(0)) => self.machine.regs().ctx,
            (_, Some(c)) => self.const_reg[c],
            _ => NO_REG,
        }
    }

    pub fn set_reg(&mut self, v: Ref, r: PReg) {
        if let Some(i) = v.as_inst() {
            self.reg[i] = r;
        } else if let Some(c) = v.as_const() {
            self.const_reg[c] = r;
        }
    }

    /// Puts `v` into the free register `r`.
    pub fn assign(&mut self, v: Ref, r: PReg) {
        debug_assert!(self.free.has(r) && self.reg_of(v) == NO_REG);
        self.free.remove(r);
        self.held[r as usize] = v;
        self.set_reg(v, r);
    }

    /// Takes a register away from its value.
    pub fn release(&mut self, r: PReg) {
        let v = std::mem::replace(&mut self.held[r as usize], Ref::NONE);
        self.set_reg(v, NO_REG);
        self.free.add(r);
    }

    /// Spill cell of a value.
    pub fn slot_of(&mut self, i: usize) -> u32 {
        if self.slot[i] == NO_SLOT {
            let inst = self.trace.insts[i];
            self.slot[i] = match (inst.op, self.home(i)) {
                (Op::Input, Loc::Spill(s)) => s,
                // In a loop, cells that later code of the loop uses are not free for values
                // from before the loop.
                _ if self.loop_at != usize::MAX && i < self.loop_at => self.fresh_slot(),
                _ => self.free_slots.pop().unwrap_or_else(|| self.fresh_slot()),
            };
        }
        self.slot[i]
    }

    pub fn fresh_slot(&mut self) -> u32 {
        self.slots += 1;
        self.slots - 1
    }

    /// Loads the constant in `r` after the current instruction and frees the register.
    pub fn drop_const(&mut self, r: PReg) {
        if let Some(c) = self.held[r as usize].as_const() {
            let class = super::class_of(r);
            self.rev.push(AInst::Move { dst: Loc::Reg(r), src: Loc::Const(c as u32), class });
        }
        self.release(r);
    }

    /// Frees register `r`, whose value is needed after the current instruction. If `others` has
    /// a free register, the value moves there, else to its spill cell.
    pub fn evict(&mut self, r: PReg, others: RegSet) {
        let v = self.held[r as usize];
        let Some(i) = v.as_inst() else { return self.drop_const(r) };
        let class = super::class_of(r);
        let spare = others.and(self.free).of_class(class).minus(self.busy).first();
        self.release(r);
        let src = match spare {
            Some(n) if self.slot[i] == NO_SLOT => {
                self.assign(v, n);
                Loc::Reg(n)
            }
            _ => Loc::Spill(self.slot_of(i)),
        };
        self.rev.push(AInst::Move { dst: Loc::Reg(r), src, class });
    }

    /// A register of this class that is neither busy nor in `not`, evicting if need be.
    pub fn pick(&mut self, class: Class, not: RegSet, v: Ref) -> PReg {
        let not = not.or(self.busy);
        let open = self.free.of_class(class).minus(not);
        if !open.is_empty() {
            return self.choose(open, v);
        }
        let full = self.usable.of_class(class).minus(not);
        let r = if self.options.seed != 0 {
            let k = self.random(full.len());
            full.iter().nth(k).expect("three registers are enough for any instruction")
        } else {
            // Constants first, then the value defined farthest above.
            let key = |r: &PReg| self.held[*r as usize].as_inst().map_or(0, |i| i + 1);
            full.iter().min_by_key(key).expect("three registers are enough for any instruction")
        };
        self.evict(r, RegSet::EMPTY);
        r
    }

    /// Chooses among free registers: the wanted one, or one that survives the calls between here
    /// and the definition.
    fn choose(&mut self, open: RegSet, v: Ref) -> PReg {
        if self.options.seed != 0 {
            let k = self.random(open.len());
            return open.iter().nth(k).expect("not empty");
        }
        let mut from = open;
        if let Some(i) = v.as_inst() {
            let h = self.hint[i];
            if h != NO_REG && open.has(h) {
                return h;
            }
            let caller = self.machine.regs().caller_saved;
            let crosses = self.call_above > i || (i < self.loop_at && self.contract.calls);
            let wanted = if crosses { open.minus(caller) } else { open.and(caller) };
            if !wanted.is_empty() {
                from = wanted;
            }
        }
        let unwanted = from.minus(self.contract.hinted);
        (if unwanted.is_empty() { from } else { unwanted }).first().expect("not empty")
    }

    /// Gives `v` some place if it has none: a free register, else its spill cell.
    pub fn ensure_place(&mut self, v: Ref) {
        let Some(i) = v.as_inst() else { return };
        if self.reg[i] != NO_REG || self.slot[i] != NO_SLOT {
            return;
        }
        let open = self.free.of_class(self.class(v)).minus(self.busy);
        if open.is_empty() || (self.options.seed != 0 && self.random(4) == 0) {
            self.slot_of(i);
        } else {
            let r = self.choose(open, v);
            self.assign(v, r);
        }
    }

    /// Where a value can be read.
    pub fn place(&self, v: Ref) -> Loc {
        if v == Ref::CTX {
            return Loc::Reg(self.machine.regs().ctx);
        }
        match (self.reg_of(v), v.as_inst(), v.as_const()) {
            (NO_REG, Some(i), _) => Loc::Spill(self.slot[i]),
            (NO_REG, _, Some(c)) => Loc::Const(c as u32),
            (NO_REG, ..) => Loc::None,
            (r, ..) => Loc::Reg(r),
        }
    }

    fn free_slot(&mut self, i: usize) {
        let s = std::mem::replace(&mut self.slot[i], NO_SLOT);
        if let Some(k) = self.contract.slot_of_phi(s) {
            // The back edge's value was written to the phi's cell; if the phi is not needed any
            // more here, it can use the same cell up to here.
            let phi = self.loop_at.wrapping_add(1 + k);
            if self.loop_at != usize::MAX && self.reg[phi] == NO_REG && self.slot[phi] == NO_SLOT {
                self.slot[phi] = s;
            }
        } else {
            self.free_slots.push(s);
        }
    }

    /// Values of a snapshot in the order of [`Trace::snap_values`].
    fn snap_values(&mut self, s: usize, out: &mut Vec<Ref>) {
        self.round += 1;
        let (stamp, round) = (&mut self.stamp, self.round);
        let mut plain = true;
        for &(_, r) in self.trace.snap_slots(s) {
            match r.as_inst() {
                Some(i) if stamp[i] != round => {
                    stamp[i] = round;
                    out.push(r);
                }
                None if r.as_virt().is_some() => plain = false,
                _ => {}
            }
        }
        if !plain {
            out.clear();
            out.extend(self.trace.snap_values(s));
        }
    }

    /// An ordinary instruction.
    fn op(&mut self, i: usize, inst: &Inst) {
        let dead = self.reg[i] == NO_REG && self.slot[i] == NO_SLOT;
        if dead && inst.op.is(flag::PURE | flag::READ | flag::ALLOC) {
            return;
        }
        let cons = match inst.op {
            Op::Exit => Cons::new([Use::No; 3], Def::No),
            _ => self.machine.cons(self.trace, self.schema, inst),
        };
        let out = self.begin(i, inst, &cons);
        let args = self.order(inst, &cons, out);
        let undo = self.undo(&cons, &args, out);
        let mut values = std::mem::take(&mut self.values);
        values.clear();
        if let Some(s) = inst.snap() {
            self.snap_values(s, &mut values);
            for &v in &values {
                self.ensure_place(v);
            }
        }
        let mut copies = [(Loc::None, Ref::NONE); 3];
        let ins = self.inputs(inst, &cons, out, &args, undo, &mut copies);
        let tmp = self.temps(&cons);
        let exit = match inst.snap() {
            Some(s) => {
                let mut lost = cons.clobbers;
                out.into_iter().filter(|_| !undo).for_each(|r| lost.add(r));
                self.record_exit(i, s, &values, lost)
            }
            None => u32::MAX,
        };
        self.values = values;
        if let Some(r) = out {
            self.after(i, r);
        }
        let out = out.map_or(Loc::None, Loc::Reg);
        self.rev.push(AInst::Op { inst: i as u32, out, ins, tmp, exit, undo });
        self.moves.clear();
        for (dst, v) in copies {
            if dst != Loc::None {
                self.moves.push(Move { dst, src: self.place(v), class: self.class(v) });
            }
        }
        if !self.moves.is_empty() {
            self.push_moves();
        }
    }

    /// Decides the register of the result and frees what the instruction overwrites.
    fn begin(&mut self, i: usize, inst: &Inst, cons: &Cons) -> Option<PReg> {
        let fixed = |u: Use| if let Use::Fixed(r) = u { Some(r) } else { None };
        let mut reserved = cons.clobbers;
        cons.ins.iter().filter_map(|&u| fixed(u)).for_each(|r| reserved.add(r));
        if let Def::Fixed(r) = cons.def {
            reserved.add(r);
        }
        // The value's own register is free from here upwards.
        let own = self.reg[i];
        if own != NO_REG {
            self.free.add(own);
            self.held[own as usize] = Ref::NONE;
            self.busy.add(own);
        }
        let out = match cons.def {
            Def::No => None,
            Def::Fixed(r) => Some(r),
            Def::Reg | Def::Same(_) if own != NO_REG && !reserved.has(own) => Some(own),
            _ => {
                self.busy = self.busy.or(reserved);
                Some(self.pick(inst.ty.class(), RegSet::EMPTY, Ref::NONE))
            }
        };
        self.busy = self.busy.or(reserved);
        if let Some(r) = out {
            self.busy.add(r);
        }
        let keep = |v: Ref, r: PReg| {
            (0..3).any(|k| cons.ins[k] == Use::Fixed(r) && k < inst.op.arity() && inst.arg(k) == v)
        };
        for r in reserved.and(self.usable).minus(self.free).iter() {
            let is_out = cons.def == Def::Fixed(r);
            if is_out || cons.clobbers.has(r) || !keep(self.held[r as usize], r) {
                self.evict(r, self.usable);
            }
        }
        if let Some(r) = out
            && self.usable.has(r)
            && !self.free.has(r)
        {
            self.evict(r, self.usable);
        }
        // A result that is only moved to its register afterwards leaves that to the operands.
        if own != NO_REG && Some(own) != out && !reserved.has(own) {
            self.busy.remove(own);
        }
        out
    }

    /// The definition's moves, once the operands have their places.
    fn after(&mut self, i: usize, out: PReg) {
        let (r, s) = (self.reg[i], self.slot[i]);
        let class = super::class_of(out);
        if s != NO_SLOT {
            self.rev.push(AInst::Move { dst: Loc::Spill(s), src: Loc::Reg(out), class });
            self.free_slot(i);
        }
        if r != NO_REG && r != out {
            self.rev.push(AInst::Move { dst: Loc::Reg(r), src: Loc::Reg(out), class });
        }
        self.reg[i] = NO_REG;
    }

    /// Notes where the values of an exit are. A tied operand that dies here sits in a register
    /// that is `lost` when the exit is taken, but it got a cell before.
    fn record_exit(&mut self, i: usize, snap: usize, values: &[Ref], lost: RegSet) -> u32 {
        let start = self.exit_locs.len() as u32;
        for &v in values {
            let mut place = self.place(v);
            if let (Loc::Reg(r), Some(i)) = (place, v.as_inst())
                && lost.has(r)
            {
                place = Loc::Spill(self.slot_of(i));
            }
            self.exit_locs.push(place);
        }
        let len = values.len() as u32;
        self.exits.push(ExitMap { inst: i as u32, snap: snap as u32, start, len });
        self.exits.len() as u32 - 1
    }

    /// A call: the result comes back in a fixed register, everything a function may change is
    /// saved elsewhere, arguments go where the convention says.
    fn call(&mut self, i: usize, inst: &Inst) {
        let sig = &self.schema.sigs[inst.aux as usize];
        let removable = sig.effect.is_removable();
        if removable && self.reg[i] == NO_REG && self.slot[i] == NO_SLOT {
            return;
        }
        let (places, ret) = self.machine.call(sig);
        let caller = self.machine.regs().caller_saved;
        let own = self.reg[i];
        if own != NO_REG {
            self.free.add(own);
            self.held[own as usize] = Ref::NONE;
        }
        let mut kept = self.usable.minus(caller);
        if own != NO_REG {
            kept.remove(own);
        }
        for r in caller.and(self.usable).minus(self.free).iter() {
            self.evict(r, kept);
        }
        let mut out = Loc::None;
        if sig.ret != crate::types::Ty::V {
            self.after(i, ret);
            out = Loc::Reg(ret);
        }
        let op = AInst::Op {
            inst: i as u32,
            out,
            ins: [Loc::None; 3],
            tmp: [NO_REG; 2],
            exit: u32::MAX,
            undo: false,
        };
        self.rev.push(op);
        let args = self.trace.list(inst, self.schema);
        for (&v, &dst) in args.iter().zip(&places) {
            if let (Some(i), Loc::Reg(r)) = (v.as_inst(), dst)
                && self.reg[i] == NO_REG
                && self.free.has(r)
            {
                self.assign(v, r);
            }
        }
        self.moves.clear();
        for (&v, &dst) in args.iter().zip(&places) {
            self.ensure_place(v);
            self.moves.push(Move { dst, src: self.place(v), class: self.class(v) });
        }
        self.push_moves();
    }
}
