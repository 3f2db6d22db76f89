//! Objects that need not exist: a new object is only a list of field values until it escapes
//! (is stored in a real object, passed to a call, carried around the loop). Snapshots describe
//! it, so that an exit can build it.

use super::Optimizer;
use crate::op::Op;
use crate::trace::{Inst, Ref, Virtual};
use crate::types::{Cc, Endian, Ty, Width, Word};

/// A virtual object.
#[derive(Clone, Debug)]
struct Object {
    shape: u16,
    /// Fields that were written.
    fields: Vec<(u16, Ref)>,
    /// The real object it became.
    forced: Option<Ref>,
    /// Number of its newest description in the trace, which may be out of date.
    described: Option<u32>,
}

/// All virtual objects.
#[derive(Clone, Debug, Default)]
pub struct Virtuals {
    all: Vec<Object>,
    /// How often a virtual object was stored in another one. Chains of objects are no longer than
    /// this, which bounds the recursion over them.
    links: usize,
}

/// Largest number of links; an object beyond it becomes real when it is stored.
const MAX_LINKS: usize = 400;

impl Optimizer<'_> {
    /// The real value of `r`; a virtual object is made real now.
    pub fn force(&mut self, r: Ref) -> Ref {
        let Some(k) = r.as_virt() else { return r };
        if let Some(real) = self.virt.all[k].forced {
            return real;
        }
        // Objects it refers to come first, so that its own stores directly follow its making
        // and need no write barrier; cycles are closed afterwards.
        let fields = self.virt.all[k].fields.clone();
        let inner: Vec<usize> = fields.iter().filter_map(|f| f.1.as_virt()).collect();
        self.virt.all[k].forced = Some(Ref::NONE);
        for v in inner {
            if self.virt.all[v].forced.is_none() {
                self.force(Ref::virt(v));
            }
        }
        let shape = self.virt.all[k].shape;
        let new = Inst::new(Op::New, Ty::R, shape);
        let real = self.append(new);
        self.virt.all[k].forced = Some(real);
        for (f, v) in fields {
            let pending = v.as_virt().is_some_and(|n| self.virt.all[n].forced == Some(Ref::NONE));
            if !pending {
                self.emit(Op::Store, Ty::V, f, [real, v, Ref::NONE]);
            }
        }
        self.close_cycles(k, real);
        real
    }

    /// Objects made real while this one was half done could not refer to it yet.
    fn close_cycles(&mut self, k: usize, real: Ref) {
        let me = Ref::virt(k);
        let mut late = Vec::new();
        for (n, o) in self.virt.all.iter().enumerate() {
            let Some(other) = o.forced.filter(|r| *r != Ref::NONE && n != k) else { continue };
            let made = other.as_inst().unwrap_or(0);
            if made < real.as_inst().unwrap_or(0) {
                late.extend(o.fields.iter().filter(|f| f.1 == me).map(|f| (n, f.0, other)));
            }
        }
        for (n, f, other) in late {
            self.emit(Op::Store, Ty::V, f, [other, real, Ref::NONE]);
            // Stored now; later cycles need not do it again.
            self.virt.all[n].fields.retain(|x| x.0 != f);
        }
    }

    /// What a snapshot says about a value: virtual objects get a description.
    pub(super) fn describe(&mut self, r: Ref) -> Ref {
        let Some(k) = r.as_virt() else { return r };
        if let Some(real) = self.virt.all[k].forced {
            return real;
        }
        if let Some(n) = self.virt.all[k].described
            && self.fresh(k, &mut Vec::new())
        {
            return Ref::virt(n as usize);
        }
        let n = self.out.virtuals.len();
        let Object { shape, fields, .. } = self.virt.all[k].clone();
        self.out.virtuals.push(Virtual { shape, start: 0, len: 0 });
        self.virt.all[k].described = Some(n as u32);
        let fields: Vec<(u16, Ref)> =
            fields.into_iter().map(|(f, v)| (f, self.describe_inner(v))).collect();
        let start = self.out.vfields.len() as u32;
        self.out.vfields.extend(&fields);
        self.out.virtuals[n] = Virtual { shape, start, len: fields.len() as u32 };
        Ref::virt(n)
    }

    fn describe_inner(&mut self, v: Ref) -> Ref {
        match v.as_virt() {
            // Being described further out: a cycle.
            Some(k) if self.virt.all[k].forced.is_none() => match self.virt.all[k].described {
                Some(n) if self.out.virtuals[n as usize].len == 0 => Ref::virt(n as usize),
                _ => self.describe(v),
            },
            _ => self.describe(v),
        }
    }

    /// Whether the description of an object and of all it refers to is up to date.
    fn fresh(&self, k: usize, seen: &mut Vec<usize>) -> bool {
        if seen.contains(&k) {
            return true;
        }
        seen.push(k);
        let o = &self.virt.all[k];
        let Some(n) = o.described.filter(|_| o.forced.is_none()) else { return false };
        let described = self.out.virt_fields(n as usize);
        described.len() == o.fields.len()
            && o.fields.iter().zip(described).all(|(now, then)| {
                let same = match now.1.as_virt() {
                    Some(v) => match self.virt.all[v].forced {
                        Some(real) => then.1 == real,
                        None => {
                            self.virt.all[v].described.map(|d| Ref::virt(d as usize))
                                == Some(then.1)
                                && self.fresh(v, seen)
                        }
                    },
                    None => then.1 == now.1,
                };
                now.0 == then.0 && same
            })
    }

    /// Handles an instruction on virtual objects: its value, or `Ref::NONE` for no result.
    pub(super) fn virtual_op(&mut self, inst: &Inst) -> Option<Ref> {
        if inst.op == Op::New {
            let plain = self.schema.shapes[inst.aux as usize].array.is_none();
            return plain.then(|| {
                let (fields, forced, described) = (Vec::new(), None, None);
                self.virt.all.push(Object { shape: inst.aux, fields, forced, described });
                Ref::virt(self.virt.all.len() - 1)
            });
        }
        let unforced = |o: &Self, r: Ref| r.as_virt().filter(|&k| o.virt.all[k].forced.is_none());
        match inst.op {
            Op::Store => {
                let k = unforced(self, inst.a)?;
                let known = &self.schema.shapes[self.virt.all[k].shape as usize].fields;
                if !known.contains(&inst.aux) {
                    return None;
                }
                let mut value = inst.b;
                if value.as_virt().is_some() {
                    self.virt.links += 1;
                    if self.virt.links > MAX_LINKS {
                        value = self.force(value);
                    }
                }
                // Making the value real may have made this object real too.
                if self.virt.all[k].forced.is_some() {
                    return None;
                }
                let o = &mut self.virt.all[k];
                match o.fields.iter_mut().find(|f| f.0 == inst.aux) {
                    Some(f) => f.1 = value,
                    None => o.fields.push((inst.aux, value)),
                }
                Some(Ref::NONE)
            }
            Op::Load => {
                let k = unforced(self, inst.a)?;
                self.virtual_load(k, inst)
            }
            Op::Guard | Op::Cmp => {
                let (x, y) = (unforced(self, inst.a), unforced(self, inst.b));
                if x.is_none() && y.is_none() {
                    return None;
                }
                // An object that does not exist yet is not null and differs from all others.
                let equal = x == y;
                let holds = match Cc::from_bits(inst.aux) {
                    Cc::Eq => equal,
                    Cc::Ne => !equal,
                    _ => return None,
                };
                match inst.op {
                    Op::Cmp => Some(self.out.constant(Ty::B, holds as u64)),
                    _ => holds.then_some(Ref::NONE),
                }
            }
            _ => None,
        }
    }

    fn virtual_load(&mut self, k: usize, inst: &Inst) -> Option<Ref> {
        let f = self.schema.fields[inst.aux as usize];
        let shape = self.virt.all[k].shape as usize;
        if self.schema.shapes[shape].fields.contains(&inst.aux) {
            let found = self.virt.all[k].fields.iter().find(|x| x.0 == inst.aux).map(|x| x.1);
            return Some(match found {
                Some(v) => self.loaded(inst.aux, v, true),
                None => self.out.constant(f.ty, 0),
            });
        }
        // The header is known too.
        let [h0, h1] = self.schema.shapes[shape].header;
        let half = match (f.offset, f.width) {
            (0, Width::U32) => h0 as i64,
            (4, Width::U32) => h1 as i64,
            (0, Width::I32) => h0 as i32 as i64,
            (4, Width::I32) => h1 as i32 as i64,
            (0, Width::Word) if self.out.target.word == Word::W32 => h0 as i32 as i64,
            (0, Width::Word) => match self.out.target.endian {
                Endian::Little => (h1 as i64) << 32 | h0 as i64,
                Endian::Big => (h0 as i64) << 32 | h1 as i64,
            },
            _ => return None,
        };
        let ok = f.ty == Ty::W;
        ok.then(|| self.out.constant(Ty::W, half as u64))
    }
}

impl Optimizer<'_> {
    /// A virtual object that the input trace describes in a snapshot. It is never an operand, so
    /// it stays virtual whatever the passes are.
    pub(super) fn input_virtual(&mut self, shape: u16) -> Ref {
        let (fields, forced, described) = (Vec::new(), None, None);
        self.virt.all.push(Object { shape, fields, forced, described });
        Ref::virt(self.virt.all.len() - 1)
    }

    /// Sets a field of such an object.
    pub(super) fn set_input_field(&mut self, object: Ref, field: u16, value: Ref) {
        if let Some(k) = object.as_virt() {
            self.virt.all[k].fields.push((field, value));
        }
    }
}

impl Optimizer<'_> {
    /// Whether a loop may carry this value as a virtual object: it is one, its fields are not,
    /// and no other object refers to it.
    pub(super) fn carriable(&self, r: Ref) -> bool {
        let Some(k) = r.as_virt() else { return false };
        let o = &self.virt.all[k];
        let plain = o.fields.iter().all(|f| f.1.as_virt().is_none());
        let unforced = |x: &&Object| x.forced.is_none();
        let referred =
            self.virt.all.iter().filter(unforced).any(|x| x.fields.iter().any(|f| f.1 == r));
        o.forced.is_none() && plain && !referred && !self.schema_is_empty(o.shape)
    }

    fn schema_is_empty(&self, shape: u16) -> bool {
        self.schema.shapes[shape as usize].fields.is_empty()
    }

    /// Shape of a virtual object.
    pub(super) fn shape_of(&self, r: Ref) -> u16 {
        r.as_virt().map_or(u16::MAX, |k| self.virt.all[k].shape)
    }

    /// All fields of a virtual object with their values, in the order of its shape.
    pub(super) fn carried_fields(&mut self, r: Ref) -> Vec<(u16, Ref)> {
        let Some(k) = r.as_virt() else { return Vec::new() };
        let fields = self.schema.shapes[self.virt.all[k].shape as usize].fields.clone();
        let value = |o: &mut Self, f: u16| {
            let found = o.virt.all[k].fields.iter().find(|x| x.0 == f).map(|x| x.1);
            found.unwrap_or_else(|| o.out.constant(o.schema.fields[f as usize].ty, 0))
        };
        fields.into_iter().map(|f| (f, value(self, f))).collect()
    }

    /// The object a loop carries: like `r`, with the phis as fields.
    pub(super) fn carried_object(&mut self, r: Ref, phis: &[(u16, Ref)]) -> Ref {
        let (forced, described) = (None, None);
        let shape = self.shape_of(r);
        self.virt.all.push(Object { shape, fields: phis.to_vec(), forced, described });
        Ref::virt(self.virt.all.len() - 1)
    }
}
