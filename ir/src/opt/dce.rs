//! The backward sweep: instructions whose results nobody needs go away, phis that carry the same
//! value on both ways are replaced by it, and the rest is renumbered densely.

use crate::op::{Op, flag};
use crate::schema::Schema;
use crate::trace::{Inst, Ref, Snapshot, Trace, Virtual};

/// Sweeps a trace.
pub fn sweep(trace: &Trace, schema: &Schema) -> Trace {
    let replaced = same_phis(trace);
    let mut s = Sweep { trace, schema, replaced, live: vec![false; trace.insts.len()] };
    s.mark();
    s.rebuild()
}

/// What each phi with only one value stands for; other instructions stand for themselves.
fn same_phis(t: &Trace) -> Vec<Ref> {
    let mut map: Vec<Ref> = (0..t.insts.len()).map(Ref::inst).collect();
    if !t.insts.iter().any(|x| x.op == Op::Phi) {
        return map;
    }
    let follow = |map: &[Ref], mut r: Ref| {
        while let Some(i) = r.as_inst() {
            if map[i] == r {
                break;
            }
            r = map[i];
        }
        r
    };
    loop {
        let mut changed = false;
        for (i, inst) in t.insts.iter().enumerate() {
            if inst.op == Op::Phi && map[i] == Ref::inst(i) {
                let (a, b) = (follow(&map, inst.a), follow(&map, inst.b));
                if b == a || b == Ref::inst(i) {
                    map[i] = a;
                    changed = true;
                }
            }
        }
        if !changed {
            break;
        }
    }
    for i in 0..map.len() {
        map[i] = follow(&map, map[i]);
    }
    map
}

struct Sweep<'a> {
    trace: &'a Trace,
    schema: &'a Schema,
    replaced: Vec<Ref>,
    live: Vec<bool>,
}

impl Sweep<'_> {
    fn resolve(&self, r: Ref) -> Ref {
        r.as_inst().map_or(r, |i| self.replaced[i])
    }

    fn needed(&self, inst: &Inst) -> bool {
        match inst.op {
            Op::Nop | Op::Phi => false,
            Op::Call => !self.schema.sigs[inst.aux as usize].effect.is_removable(),
            op => !op.is(flag::PURE | flag::READ | flag::ALLOC),
        }
    }

    fn mark(&mut self) {
        let t = self.trace;
        let mut work: Vec<usize> = Vec::with_capacity(32);
        let mut uses: Vec<Ref> = Vec::with_capacity(32);
        let mut seen_virtual = vec![false; t.virtuals.len()];
        let mut seen_snap = vec![false; t.snaps.len()];
        for i in (0..t.insts.len()).rev() {
            if self.needed(&t.insts[i]) {
                self.live[i] = true;
                work.push(i);
            }
            while let Some(i) = work.pop() {
                let inst = t.insts[i];
                t.operands(&inst, self.schema, |r| uses.push(r));
                if let Some(s) = inst.snap()
                    && !std::mem::replace(&mut seen_snap[s], true)
                {
                    uses.extend(t.snap_slots(s).iter().map(|x| x.1));
                }
                while let Some(r) = uses.pop() {
                    if let Some(v) = r.as_virt() {
                        if !std::mem::replace(&mut seen_virtual[v], true) {
                            uses.extend(t.virt_fields(v).iter().map(|x| x.1));
                        }
                    } else if let Some(d) = self.resolve(r).as_inst()
                        && !std::mem::replace(&mut self.live[d], true)
                    {
                        work.push(d);
                    }
                }
            }
        }
    }

    fn rebuild(&self) -> Trace {
        let t = self.trace;
        let mut out = Trace::new(t.target);
        out.insts.reserve(t.insts.len());
        out.slots.reserve(t.slots.len());
        out.snaps.reserve(t.snaps.len());
        out.consts.reserve(t.consts.len());
        out.args.reserve(t.args.len());
        out.barriers_explicit = t.barriers_explicit;
        let mut map = vec![Ref::NONE; t.insts.len()];
        let mut next = 0;
        for (i, live) in self.live.iter().enumerate() {
            if *live {
                map[i] = Ref::inst(next);
                next += 1;
            }
        }
        let mut r = Rebuild { s: self, map, out, virtuals: vec![None; t.virtuals.len()] };
        let mut snaps = vec![None; t.snaps.len()];
        for (i, inst) in t.insts.iter().enumerate() {
            if !self.live[i] {
                continue;
            }
            let mut new = *inst;
            if inst.op.is(flag::LIST) {
                let list: Vec<Ref> = t.list(inst, self.schema).iter().map(|&x| r.get(x)).collect();
                new.a = Ref(r.out.args.len() as u32);
                r.out.args.extend(list);
            } else {
                for k in 0..inst.op.arity() {
                    let v = r.get(inst.arg(k));
                    new.set_arg(k, v);
                }
            }
            if let Some(s) = inst.snap() {
                let n = *snaps[s].get_or_insert_with(|| r.snapshot(s));
                new.c = Ref(n);
            }
            r.out.insts.push(new);
        }
        r.out
    }
}

struct Rebuild<'a> {
    s: &'a Sweep<'a>,
    map: Vec<Ref>,
    out: Trace,
    virtuals: Vec<Option<Ref>>,
}

impl Rebuild<'_> {
    fn get(&mut self, r: Ref) -> Ref {
        let r = self.s.resolve(r);
        if let Some(i) = r.as_inst() {
            return self.map[i];
        }
        if let Some(v) = r.as_virt() {
            return self.virtual_object(v);
        }
        match r.as_const() {
            Some(0) | None => r,
            Some(c) => {
                let k = self.s.trace.consts[c];
                self.out.constant(k.ty, k.bits)
            }
        }
    }

    fn virtual_object(&mut self, v: usize) -> Ref {
        if let Some(r) = self.virtuals[v] {
            return r;
        }
        let t = self.s.trace;
        let n = self.out.virtuals.len();
        let shape = t.virtuals[v].shape;
        self.out.virtuals.push(Virtual { shape, start: 0, len: 0 });
        self.virtuals[v] = Some(Ref::virt(n));
        let fields: Vec<(u16, Ref)> =
            t.virt_fields(v).iter().map(|&(f, x)| (f, self.get(x))).collect();
        let start = self.out.vfields.len() as u32;
        self.out.vfields.extend(&fields);
        self.out.virtuals[n] = Virtual { shape, start, len: fields.len() as u32 };
        Ref::virt(n)
    }

    fn snapshot(&mut self, s: usize) -> u32 {
        let t = self.s.trace;
        let start = self.out.slots.len() as u32;
        for &(k, r) in t.snap_slots(s) {
            let r = self.get(r);
            self.out.slots.push((k, r));
        }
        let len = self.out.slots.len() as u32 - start;
        self.out.snaps.push(Snapshot { pc: t.snaps[s].pc, start, len });
        self.out.snaps.len() as u32 - 1
    }
}
