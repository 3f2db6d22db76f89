//! The evaluator: what a trace means, for any word size and byte order. It is the oracle for the
//! optimiser, the allocator and the machine code, so it checks everything (addresses,
//! preconditions) and is written for clarity.

pub mod arith;
pub mod compare;
pub mod memory;

use crate::op::{Op, flag};
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Cc, Fcc, Ty};
use memory::Image;

/// The functions a trace may call.
pub trait Helpers {
    /// Calls helper `n`; arguments and result are canonical words or bits of doubles.
    fn call(&mut self, n: u16, args: &[u64], memory: &mut Image) -> u64;
}

/// No helpers: a call gives zero.
#[derive(Debug)]
pub struct NoHelpers;

impl Helpers for NoHelpers {
    fn call(&mut self, _: u16, _: &[u64], _: &mut Image) -> u64 {
        0
    }
}

/// A restored value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value {
    /// Type and canonical bits.
    Plain(Ty, u64),
    /// A virtual object, numbered within the exit.
    Virtual(usize),
}

/// A virtual object at an exit.
#[derive(Clone, PartialEq, Debug)]
pub struct VirtualObject {
    /// Shape.
    pub shape: u16,
    /// Fields that are not zero.
    pub fields: Vec<(u16, Value)>,
}

/// The state with which a trace was left.
#[derive(Clone, PartialEq, Debug)]
pub struct Exit {
    /// Index of the instruction that left.
    pub inst: usize,
    /// Where to go on.
    pub pc: u64,
    /// Restored slots.
    pub slots: Vec<(u32, Value)>,
    /// Virtual objects the slots refer to.
    pub virtuals: Vec<VirtualObject>,
    /// Inputs for a bridge from here, see [`Trace::snap_values`].
    pub values: Vec<u64>,
}

/// How an evaluation ended.
#[derive(Clone, PartialEq, Debug)]
pub enum End {
    /// Through an exit.
    Exit(Exit),
    /// Linked to another trace with these values.
    Link(u16, Vec<u64>),
}

/// A spurious exit to take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Force {
    /// None.
    No,
    /// This instruction fails when it is reached for the first time.
    Inst(usize),
    /// A guard with this pc fails as soon as slot `key` of its snapshot has this value.
    State {
        /// The snapshot's pc.
        pc: u64,
        /// The slot.
        key: u32,
        /// Its value.
        value: u64,
    },
}

/// What an evaluation starts from.
#[derive(Clone, Debug)]
pub struct Start<'a> {
    /// Values of the inputs by number.
    pub inputs: &'a [u64],
    /// Value of the context pointer.
    pub ctx: u64,
    /// Start at the loop header with these values of the phis instead of at the top.
    pub at_loop: Option<&'a [u64]>,
    /// Spurious exit.
    pub force: Force,
    /// Largest number of instructions.
    pub fuel: u64,
}

impl<'a> Start<'a> {
    /// At the top, with a million instructions of fuel.
    pub fn new(inputs: &'a [u64], ctx: u64) -> Start<'a> {
        Start { inputs, ctx, at_loop: None, force: Force::No, fuel: 1_000_000 }
    }
}

/// Evaluates a verified trace. An error means that a precondition was violated, memory outside
/// of the image was touched, or the fuel ran out.
pub fn eval(
    trace: &Trace,
    schema: &Schema,
    start: &Start<'_>,
    memory: &mut Image,
    helpers: &mut dyn Helpers,
) -> Result<End, String> {
    let values = vec![0; trace.insts.len()];
    let mut m = Machine { trace, schema, values, start, memory, helpers, fuel: start.fuel };
    m.run()
}

struct Machine<'a> {
    trace: &'a Trace,
    schema: &'a Schema,
    values: Vec<u64>,
    start: &'a Start<'a>,
    memory: &'a mut Image,
    helpers: &'a mut dyn Helpers,
    fuel: u64,
}

impl Machine<'_> {
    fn run(&mut self) -> Result<End, String> {
        let mut i = 0;
        let mut back = false;
        if let Some(values) = self.start.at_loop {
            i = self.trace.loop_at().ok_or("no loop to start at")? + 1;
            for &v in values {
                self.values[i] = v;
                i += 1;
            }
        }
        loop {
            self.fuel = self.fuel.checked_sub(1).ok_or("fuel exhausted")?;
            let inst = self.trace.insts[i];
            match inst.op {
                Op::Phi => {
                    // All phis change at once.
                    let end = (i..self.values.len())
                        .find(|&k| self.trace.insts[k].op != Op::Phi)
                        .unwrap_or(self.values.len());
                    let of = |k: usize| {
                        let p = &self.trace.insts[k];
                        self.get(if back { p.b } else { p.a })
                    };
                    let new: Vec<u64> = (i..end).map(of).collect();
                    self.values[i..end].copy_from_slice(&new);
                    i = end;
                    continue;
                }
                Op::Jump => {
                    back = true;
                    i = self.trace.loop_at().ok_or("no loop")? + 1;
                    continue;
                }
                Op::Link => {
                    let list = self.trace.list(&inst, self.schema);
                    let args = list.iter().map(|&r| self.get(r)).collect();
                    return Ok(End::Link(inst.aux, args));
                }
                _ => {}
            }
            match self.step(i, &inst) {
                Some(Ok(v)) => self.values[i] = v,
                Some(Err(())) => return Ok(End::Exit(self.leave(i))),
                None => return Err(format!("instruction {i}: precondition or address violated")),
            }
            i += 1;
        }
    }

    fn get(&self, r: Ref) -> u64 {
        if let Some(i) = r.as_inst() {
            self.values[i]
        } else if r == Ref::CTX {
            self.start.ctx
        } else {
            r.as_const().map_or(0, |c| self.trace.consts[c].bits)
        }
    }

    /// One instruction: a result, an exit (`Err`), or `None` for a violation.
    fn step(&mut self, i: usize, inst: &Inst) -> Option<Result<u64, ()>> {
        if inst.op.is(flag::SNAP) && self.forced(i, inst) {
            return Some(Err(()));
        }
        let n = inst.op.arity();
        let val = |k: usize| if k < n { self.get(inst.arg(k)) } else { 0 };
        let (a, b, c) = (val(0), val(1), val(2));
        let pass = |ok: bool| Some(if ok { Ok(0) } else { Err(()) });
        let bits = self.trace.target.word.bits();
        let field = || &self.schema.fields[inst.aux as usize];
        match inst.op {
            Op::Nop | Op::Loop => Some(Ok(0)),
            Op::Input => self.start.inputs.get(inst.aux as usize).map(|&v| Ok(v)),
            Op::Exit => Some(Err(())),
            Op::Guard => pass(Cc::from_bits(inst.aux).holds(a as i64, b as i64)),
            Op::GuardMask => pass(Cc::from_bits(inst.aux).holds((a & b) as i64, 0)),
            Op::FGuard => {
                pass(Fcc::from_bits(inst.aux).holds(f64::from_bits(a), f64::from_bits(b)))
            }
            Op::GuardTrue => pass(a != 0),
            Op::GuardFalse => pass(a == 0),
            Op::AddOv | Op::SubOv | Op::MulOv | Op::FtoWExact | Op::FtoWTrunc => {
                Some(arith::checked(inst.op, bits, a, b).ok_or(()))
            }
            Op::Load => self.memory.load(field(), a, 0).map(Ok),
            Op::LoadX => self.memory.load(field(), a, b).map(Ok),
            Op::Store | Op::StoreX => {
                let f = *field();
                if f.barrier
                    && !self.trace.barriers_explicit
                    && self.trace.ty(inst.a) == Some(Ty::R)
                {
                    self.memory.barrier(a)?;
                }
                let (index, value) = if inst.op == Op::Store { (0, b) } else { (b, c) };
                self.memory.store(&f, a, index, value).map(|()| Ok(0))
            }
            Op::WBar => self.memory.barrier(a).map(|()| Ok(0)),
            Op::New => self.memory.alloc(self.schema, inst.aux).map(Ok),
            Op::Call => {
                let list = self.trace.list(inst, self.schema);
                let args: Vec<u64> = list.iter().map(|&r| self.get(r)).collect();
                let helper = self.schema.sigs[inst.aux as usize].helper;
                let r = self.helpers.call(helper, &args, self.memory);
                Some(Ok(match inst.ty {
                    Ty::F => r,
                    _ => arith::norm(r as i64, bits) as u64,
                }))
            }
            _ => arith::pure(inst.op, inst.aux, bits, a, b, c).map(Ok),
        }
    }

    fn forced(&self, i: usize, inst: &Inst) -> bool {
        match self.start.force {
            Force::No => false,
            Force::Inst(k) => k == i,
            Force::State { pc, key, value } => {
                let s = inst.c.0 as usize;
                self.trace.snaps[s].pc == pc
                    && self.trace.snap_slots(s).iter().any(|x| x.0 == key && self.get(x.1) == value)
            }
        }
    }

    fn leave(&self, i: usize) -> Exit {
        let s = self.trace.insts[i].c.0 as usize;
        let values = self.trace.snap_values(s).iter().map(|&r| self.get(r)).collect();
        restore(self.trace, s, i, values, &|r| self.get(r))
    }
}

/// Builds the state of an exit from the values of the running trace. Machine code uses it too,
/// with values read from registers and stack.
pub fn restore(
    trace: &Trace,
    snap: usize,
    inst: usize,
    values: Vec<u64>,
    get: &dyn Fn(Ref) -> u64,
) -> Exit {
    let mut r = Restore { trace, get, numbers: Vec::new() };
    let slots = trace.snap_slots(snap).iter().map(|&(k, v)| (k, r.value(v))).collect();
    let mut virtuals = Vec::new();
    // The list of numbers grows while the fields of earlier objects are read.
    while let Some(&v) = r.numbers.get(virtuals.len()) {
        let fields = trace.virt_fields(v).iter().map(|&(f, x)| (f, r.value(x))).collect();
        virtuals.push(VirtualObject { shape: trace.virtuals[v].shape, fields });
    }
    Exit { inst, pc: trace.snaps[snap].pc, slots, virtuals, values }
}

struct Restore<'a> {
    trace: &'a Trace,
    get: &'a dyn Fn(Ref) -> u64,
    /// Virtual objects of the trace in the order of the exit's numbers.
    numbers: Vec<usize>,
}

impl Restore<'_> {
    fn value(&mut self, r: Ref) -> Value {
        let Some(v) = r.as_virt() else {
            return Value::Plain(self.trace.ty(r).unwrap_or(Ty::V), (self.get)(r));
        };
        let known = self.numbers.iter().position(|&n| n == v);
        Value::Virtual(known.unwrap_or_else(|| {
            self.numbers.push(v);
            self.numbers.len() - 1
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Target, Word};

    const LAYOUT: crate::schema::Layout = crate::schema::Layout {
        alloc_cur: 0,
        alloc_lim: 8,
        on_exit: 16,
        alloc_slow: 24,
        barrier_slow: 32,
        helpers: 40,
        barrier_byte: 3,
        barrier_mask: 1,
    };

    fn run(text: &str, target: Target, inputs: &[u64]) -> (End, Image) {
        let m = crate::parse::module(text, target).expect("parses");
        crate::verify::verify(&m.trace, &m.schema).expect("verifies");
        let mut image = Image::new(target, &LAYOUT);
        image.regions.push(memory::Region { base: 4096, bytes: vec![0; 256] });
        image.cur = 4096;
        let start = Start::new(inputs, 0);
        let end = eval(&m.trace, &m.schema, &start, &mut image, &mut NoHelpers).expect("runs");
        (end, image)
    }

    #[test]
    fn a_loop_sums_until_its_guard_fails() {
        let text = "trace
            %n = input W 0
            loop
            %i = phi W 0, %i2
            %s = phi W 0, %s2
            guard lt %i, %n [5 | 0=%s 1=%i]
            %s2 = addov %s, %i [6 | 0=%s]
            %i2 = add %i, 1
            jump";
        for target in [Target::LE64, Target::BE32] {
            let (End::Exit(e), _) = run(text, target, &[10]) else { panic!("exit expected") };
            assert_eq!(e.pc, 5);
            let slot = |x| Value::Plain(Ty::W, x);
            assert_eq!(e.slots, [(0, slot(45)), (1, slot(10))]);
            assert_eq!(e.values, [45, 10]);
        }
        let (End::Exit(e), _) = run(text, Target::LE32, &[i32::MAX as u64]) else { panic!() };
        assert_eq!(e.pc, 6);
    }

    #[test]
    fn objects_barriers_and_virtuals() {
        let text = "field f0 W u16 8 class 0
            field f1 R word 16 class 1 barrier
            shape s0 24 header 16777222 9 fields f0 f1
            trace
            %o = new s0
            store f0 %o, 70000
            store f1 %o, %o
            %x = load W f0 %o
            exit [1 | 0=%x 1=@0]
            @0 = virtual s0 f0=%x f1=@0";
        for target in [Target::LE64, Target::LE32, Target::BE64] {
            let (End::Exit(e), image) = run(text, target, &[]) else { panic!("exit expected") };
            assert_eq!(e.slots, [(0, Value::Plain(Ty::W, 4464)), (1, Value::Virtual(0))]);
            assert_eq!(e.virtuals[0].fields[1], (1, Value::Virtual(0)));
            assert_eq!(image.objects, [(4096, 0)]);
            let flagged = target.endian == crate::types::Endian::Little;
            assert_eq!(image.logged.len(), flagged as usize, "byte 3 holds the flag here only");
            let width = target.word.bytes();
            assert_eq!(image.read(4096 + 16, width), Some(4096));
            assert_eq!(image.read(4096, 4), Some(if flagged { 6 } else { 0x0100_0006 }));
            assert_eq!(Word::W64.bytes(), 8);
        }
    }
}
