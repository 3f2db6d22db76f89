//! Compares two end states that may differ in the addresses of new objects and in which of them
//! are virtual: slots and objects must correspond one to one, starting from the exit's slots and
//! from the objects that existed before.

use super::memory::Image;
use super::{Exit, Value, VirtualObject};
use crate::schema::Schema;
use crate::types::Ty;
use std::collections::HashMap;

/// An end state.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// How the trace was left.
    pub exit: &'a Exit,
    /// Memory after it.
    pub image: &'a Image,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Node {
    Real(u64),
    Virtual(usize),
}

/// Compares two end states that started from the same `before`. The error says where they differ.
pub fn compare(schema: &Schema, before: &Image, x: State<'_>, y: State<'_>) -> Result<(), String> {
    if x.exit.pc != y.exit.pc {
        return Err(format!("pc {} against {}", x.exit.pc, y.exit.pc));
    }
    if x.exit.slots.len() != y.exit.slots.len() {
        return Err("different numbers of slots".into());
    }
    let mut c = Compare {
        schema,
        old: before.objects.len(),
        left: Side::new(x),
        right: Side::new(y),
        pairs: HashMap::new(),
        back: HashMap::new(),
        work: Vec::new(),
    };
    for (a, b) in x.exit.slots.iter().zip(&y.exit.slots) {
        if a.0 != b.0 {
            return Err(format!("slot {} against slot {}", a.0, b.0));
        }
        c.values(a.1, b.1).map_err(|e| format!("slot {}: {e}", a.0))?;
    }
    for &(addr, shape) in &before.objects {
        c.real_pair(addr, addr)?;
        c.header(addr, shape, before)?;
    }
    while let Some((a, b)) = c.work.pop() {
        c.objects(a, b).map_err(|e| format!("object {a:x?} against {b:x?}: {e}"))?;
    }
    barriers(schema, before, x.image)?;
    barriers(schema, before, y.image)
}

/// Each object from before whose barriered fields changed must have been reported.
fn barriers(schema: &Schema, before: &Image, after: &Image) -> Result<(), String> {
    for &(addr, shape) in &before.objects {
        let s = &schema.shapes[shape as usize];
        let flag =
            |m: &Image| m.read(addr + m.barrier.0 as u64, 1).unwrap_or(0) & m.barrier.1 as u64;
        if flag(before) == 0 {
            continue;
        }
        let changed = cells(schema, before, s, addr)
            .into_iter()
            .filter(|c| schema.fields[c.0 as usize].barrier)
            .any(|(_, at, len)| before.read(at, len) != after.read(at, len));
        if changed && (flag(after) != 0 || !after.logged.contains(&addr)) {
            return Err(format!("object {addr:x} changed without a write barrier"));
        }
    }
    Ok(())
}

/// Field number, address and length of each cell of an object.
fn cells(
    schema: &Schema,
    image: &Image,
    shape: &crate::schema::Shape,
    addr: u64,
) -> Vec<(u16, u64, u32)> {
    let cell = |f: u16, k: u64| {
        let d = &schema.fields[f as usize];
        (f, image.address(d, addr, k), d.width.bytes(image.target.word))
    };
    let mut out: Vec<_> = shape.fields.iter().map(|&f| cell(f, 0)).collect();
    if let Some(f) = shape.array {
        let mut k = 0;
        while cell(f, k).1 + (cell(f, k).2 as u64) <= addr + shape.size as u64 {
            out.push(cell(f, k));
            k += 1;
        }
    }
    out
}

struct Side<'a> {
    state: State<'a>,
    shapes: HashMap<u64, u16>,
}

impl<'a> Side<'a> {
    fn new(state: State<'a>) -> Side<'a> {
        Side { state, shapes: state.image.objects.iter().copied().collect() }
    }

    fn node(&self, v: Value) -> Option<Node> {
        match v {
            Value::Virtual(n) => Some(Node::Virtual(n)),
            Value::Plain(Ty::R, bits) => {
                let addr = self.state.image.target.word.unsigned(bits as i64);
                self.shapes.contains_key(&addr).then_some(Node::Real(addr))
            }
            Value::Plain(..) => None,
        }
    }

    fn shape(&self, n: Node) -> u16 {
        match n {
            Node::Real(addr) => self.shapes[&addr],
            Node::Virtual(v) => self.state.exit.virtuals[v].shape,
        }
    }

    /// Value of a cell; cells are numbered as in [`cells`].
    fn cell(&self, schema: &Schema, n: Node, k: usize) -> Option<(u16, Value)> {
        let s = &schema.shapes[self.shape(n) as usize];
        let image = self.state.image;
        match n {
            Node::Real(addr) => {
                let (f, at, len) = *cells(schema, image, s, addr).get(k)?;
                let d = &schema.fields[f as usize];
                let raw = image.read(at, len)?;
                let bits = image.target.word.bits();
                Some((f, Value::Plain(d.ty, super::memory::canonical(d, raw, bits))))
            }
            Node::Virtual(v) => {
                let VirtualObject { fields, .. } = &self.state.exit.virtuals[v];
                let f = *s.fields.get(k)?;
                let zero = Value::Plain(schema.fields[f as usize].ty, 0);
                let found = fields.iter().find(|x| x.0 == f).map_or(zero, |x| x.1);
                Some((f, truncate(schema, image, f, found)))
            }
        }
    }
}

/// What a cell holds after a value was written to it.
fn truncate(schema: &Schema, image: &Image, f: u16, v: Value) -> Value {
    let d = &schema.fields[f as usize];
    match v {
        Value::Plain(ty, bits) => {
            let len = d.width.bytes(image.target.word);
            let raw = if len == 8 { bits } else { bits & ((1 << (8 * len)) - 1) };
            Value::Plain(ty, super::memory::canonical(d, raw, image.target.word.bits()))
        }
        Value::Virtual(_) => v,
    }
}

struct Compare<'a> {
    schema: &'a Schema,
    old: usize,
    left: Side<'a>,
    right: Side<'a>,
    pairs: HashMap<Node, Node>,
    back: HashMap<Node, Node>,
    work: Vec<(Node, Node)>,
}

impl Compare<'_> {
    fn values(&mut self, a: Value, b: Value) -> Result<(), String> {
        match (self.left.node(a), self.right.node(b)) {
            (Some(x), Some(y)) => self.pair(x, y),
            (None, None) => {
                let (Value::Plain(ta, xa), Value::Plain(tb, xb)) = (a, b) else {
                    return Err("virtual object without a number".into());
                };
                let nan = |x: u64| f64::from_bits(x).is_nan();
                let same = xa == xb || (ta == Ty::F && tb == Ty::F && nan(xa) && nan(xb));
                if same { Ok(()) } else { Err(format!("{ta:?} {xa:x} against {tb:?} {xb:x}")) }
            }
            _ => Err(format!("{a:x?} against {b:x?}")),
        }
    }

    fn pair(&mut self, x: Node, y: Node) -> Result<(), String> {
        match (self.pairs.get(&x), self.back.get(&y)) {
            (Some(p), Some(q)) if *p == y && *q == x => Ok(()),
            (None, None) => {
                self.pairs.insert(x, y);
                self.back.insert(y, x);
                self.work.push((x, y));
                Ok(())
            }
            _ => Err(format!("identity of {x:x?} and {y:x?} differs")),
        }
    }

    fn real_pair(&mut self, a: u64, b: u64) -> Result<(), String> {
        self.pair(Node::Real(a), Node::Real(b))
    }

    fn objects(&mut self, a: Node, b: Node) -> Result<(), String> {
        let (sa, sb) = (self.left.shape(a), self.right.shape(b));
        if sa != sb {
            return Err(format!("shape {sa} against {sb}"));
        }
        let old = |s: &Side<'_>, n: Node| {
            s.state.image.objects[..self.old].iter().any(|o| Node::Real(o.0) == n)
        };
        if (old(&self.left, a) || old(&self.right, b)) && a != b {
            return Err("an object from before was exchanged".into());
        }
        let mut k = 0;
        loop {
            let (x, y) = (self.left.cell(self.schema, a, k), self.right.cell(self.schema, b, k));
            match (x, y) {
                (None, None) => return Ok(()),
                (Some((f, x)), Some((_, y))) => {
                    self.values(x, y).map_err(|e| format!("field f{f}: {e}"))?;
                }
                // Virtual objects have no array part; a real one must still be zero there.
                (Some((_, v)), None) | (None, Some((_, v))) => {
                    if !matches!(v, Value::Plain(_, 0)) {
                        return Err("array part of a virtual object".into());
                    }
                }
            }
            k += 1;
        }
    }

    /// The header of an old object does not change, but for the barrier's flag.
    fn header(&self, addr: u64, shape: u16, before: &Image) -> Result<(), String> {
        let mask = |m: &Image| {
            let flag = addr + m.barrier.0 as u64;
            (0..8).all(|k| {
                let keep = if addr + k == flag { !m.barrier.1 as u64 } else { 255 };
                let read = |m: &Image| m.read(addr + k, 1).unwrap_or(0) & keep;
                read(m) == read(before)
            })
        };
        if mask(self.left.state.image) && mask(self.right.state.image) {
            Ok(())
        } else {
            Err(format!("header of object {addr:x} (shape {shape}) changed"))
        }
    }
}
