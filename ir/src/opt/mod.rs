//! The optimiser: instructions pass through a chain as they are emitted, so the recorder can
//! call [`Optimizer::emit`] directly and peeling is re-emission of a body.
//!
//! The chain for one instruction: constants and rules ([`fold`]), known ranges and bits
//! ([`facts`]), objects that need not exist ([`virt`]), memory ([`heap`]), equal instructions
//! ([`cse`]), append. [`peel`] drives a whole trace through it with the
//! help of [`counted`], [`dce`] sweeps up afterwards.
//!
//! Sinking of allocations into exits needs no pass of its own: an object stays virtual until it
//! escapes, and exits rebuild what is virtual then.
//!
//! In the optimiser's own value space a virtual reference names an entry of its list of virtual
//! objects; only finished snapshots hold numbers of [`Trace::virtuals`].

pub mod boxed;
pub mod counted;
pub mod cse;
pub mod dce;
pub mod facts;
pub mod fold;
pub mod heap;
pub mod peel;
pub mod rules;
pub mod virt;

#[cfg(test)]
mod tests;

use crate::op::{Op, Res, flag};
use crate::schema::{Effect, Schema};
use crate::trace::{Inst, Ref, Snapshot, Trace};
use crate::types::{Target, Ty};

/// Which passes run; tests switch them off one by one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names of the passes")]
pub struct Passes {
    pub fold: bool,
    pub facts: bool,
    pub virt: bool,
    pub heap: bool,
    pub cse: bool,
    pub peel: bool,
    pub dce: bool,
    pub counted: bool,
}

impl Passes {
    /// All of them.
    pub const ALL: Passes = Passes {
        fold: true,
        facts: true,
        virt: true,
        heap: true,
        cse: true,
        peel: true,
        dce: true,
        counted: true,
    };

    /// None of them.
    pub const NONE: Passes = Passes {
        fold: false,
        facts: false,
        virt: false,
        heap: false,
        cse: false,
        peel: false,
        dce: false,
        counted: false,
    };

    /// Number of passes.
    pub const COUNT: usize = 8;

    /// One pass by number below [`Passes::COUNT`] in the order of the fields, with what it needs.
    pub fn only(n: usize) -> Passes {
        Passes {
            fold: n == 0,
            facts: n == 1,
            virt: n == 2,
            heap: n == 3,
            cse: n == 4,
            peel: n == 5 || n == 7,
            dce: n == 6,
            counted: n == 7,
        }
    }
}

/// Optimises a verified trace.
pub fn optimize(trace: &Trace, schema: &Schema, passes: Passes) -> Trace {
    let mut o = Optimizer::new(trace.target, schema, passes);
    o.reserve(trace);
    peel::run(&mut o, trace);
    if passes.dce { dce::sweep(&o.out, schema) } else { o.out }
}

/// The emit chain.
#[derive(Clone, Debug)]
pub struct Optimizer<'a> {
    /// Tables the instructions refer to.
    pub schema: &'a Schema,
    /// The trace so far.
    pub out: Trace,
    passes: Passes,
    facts: facts::Facts,
    virt: virt::Virtuals,
    heap: heap::HeapCache,
    cse: cse::Cse,
}

impl<'a> Optimizer<'a> {
    /// An empty trace.
    pub fn new(target: Target, schema: &'a Schema, passes: Passes) -> Optimizer<'a> {
        Optimizer {
            schema,
            out: Trace::new(target),
            passes,
            facts: facts::Facts::new(target.word),
            virt: virt::Virtuals::default(),
            heap: heap::HeapCache::default(),
            cse: cse::Cse::default(),
        }
    }

    /// Makes room for what a trace may become: its loop is emitted twice.
    fn reserve(&mut self, trace: &Trace) {
        let n = 2 * trace.insts.len();
        self.out.insts.reserve(n);
        self.out.snaps.reserve(2 * trace.snaps.len());
        self.out.slots.reserve(2 * trace.slots.len());
        self.out.consts.reserve(trace.consts.len() + 8);
        if self.passes.facts {
            self.facts.reserve(n);
        }
        if self.passes.cse {
            self.cse.reserve(n);
        }
    }

    /// Type of a value, virtual objects included.
    pub fn ty(&self, r: Ref) -> Ty {
        if r.as_virt().is_some() { Ty::R } else { self.out.ty(r).unwrap_or(Ty::V) }
    }

    /// Emits an instruction through the chain; the result is a value, which need not be new.
    /// `args` are values of this optimiser; for snapshot operations `c` is the number that
    /// [`Optimizer::snapshot`] gave. Lists go through [`Optimizer::emit_list`].
    pub fn emit(&mut self, op: Op, ty: Ty, aux: u16, args: [Ref; 3]) -> Ref {
        let ty = match op.info().res {
            Res::Is(t) => t,
            Res::Any => ty,
        };
        let [a, b, c] = args;
        let mut inst = Inst { op, ty, aux, a, b, c };
        if self.passes.virt
            && let Some(r) = self.virtual_op(&inst)
        {
            return r;
        }
        for k in 0..op.arity() {
            let r = self.force(inst.arg(k));
            inst.set_arg(k, r);
        }
        if self.passes.fold
            && let Some(r) = self.fold(&mut inst)
        {
            return r;
        }
        if self.passes.facts
            && let Some(r) = self.known(&mut inst)
        {
            return r;
        }
        if self.passes.heap
            && let Some(r) = self.memory(&inst)
        {
            return r;
        }
        if self.passes.cse
            && let Some(r) = self.cse.find(&self.out, &inst)
        {
            return r;
        }
        self.append(inst)
    }

    /// Appends an instruction as it is.
    fn append(&mut self, inst: Inst) -> Ref {
        if inst.op.is(flag::SNAP | flag::END) {
            self.heap.observed();
        }
        self.out.insts.push(inst);
        let at = self.out.insts.len() - 1;
        if self.passes.cse {
            self.cse.add(at, &inst);
        }
        if self.passes.facts {
            self.facts.define(&self.out, self.schema, at);
        }
        if self.passes.heap {
            self.heap.remember(&self.out, self.schema, at);
        }
        Ref::inst(at)
    }

    /// Emits a call or link.
    pub fn emit_list(&mut self, op: Op, ty: Ty, aux: u16, args: &[Ref]) -> Ref {
        let args: Vec<Ref> = args.iter().map(|&r| self.force(r)).collect();
        let effect = match op {
            Op::Call => self.schema.sigs[aux as usize].effect,
            _ => Effect::Any,
        };
        if self.passes.cse
            && effect == Effect::Pure
            && let Some(r) = self.cse.find_call(&self.out, self.schema, aux, &args)
        {
            return r;
        }
        match effect {
            Effect::Pure => {}
            Effect::Reads | Effect::Collects => self.heap.observed(),
            Effect::Writes => {
                self.heap.observed();
                self.heap.forget_classes(&self.schema.sigs[aux as usize].writes);
            }
            Effect::Any => {
                self.heap.observed();
                self.heap.forget_all(self.schema);
            }
        }
        let start = Ref(self.out.args.len() as u32);
        let count = if op == Op::Link { Ref(args.len() as u32) } else { Ref::NONE };
        self.out.args.extend(args);
        self.append(Inst { op, ty, aux, a: start, b: count, c: Ref::NONE })
    }

    /// Number of a snapshot with these slots; virtual objects become descriptions.
    pub fn snapshot(&mut self, pc: u64, slots: &[(u32, Ref)]) -> u32 {
        let start = self.out.slots.len();
        for &(k, r) in slots {
            self.slot(k, r);
        }
        self.finish_snapshot(pc, start)
    }

    /// Appends a slot to the snapshot under construction.
    fn slot(&mut self, key: u32, r: Ref) {
        let r = if r.as_virt().is_some() { self.describe(r) } else { r };
        self.out.slots.push((key, r));
    }

    /// Number of the snapshot whose slots were appended from `start` on; the newest one is shared
    /// if it is the same.
    fn finish_snapshot(&mut self, pc: u64, start: usize) -> u32 {
        let t = &mut self.out;
        if let Some(last) = t.snaps.len().checked_sub(1)
            && t.snaps[last].pc == pc
            && t.snap_slots(last) == &t.slots[start..]
        {
            t.slots.truncate(start);
            return last as u32;
        }
        let len = (t.slots.len() - start) as u32;
        t.snaps.push(Snapshot { pc, start: start as u32, len });
        t.snaps.len() as u32 - 1
    }
}
