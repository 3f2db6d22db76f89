//! The heap cache: what memory is known to hold. Loads give values that were loaded or stored
//! before; a store that is overwritten before anything could see it disappears.
//!
//! Accesses of one alias class touch the same cell exactly when object and index are the same.
//! Two references differ for certain if both are new objects, or one is new and the other was
//! there before it.

use super::Optimizer;
use crate::op::Op;
use crate::schema::{Field, Schema};
use crate::trace::{Inst, Ref, Trace};
use crate::types::{Ty, Width, Word};

/// A cell.
#[derive(Clone, Copy, Debug)]
struct Cell {
    field: u16,
    class: u16,
    base: Ref,
    /// `Ref::NONE` for plain fields.
    index: Ref,
}

/// Fields of one class lie at one offset: which of them names the cell is of no concern.
impl PartialEq for Cell {
    fn eq(&self, o: &Cell) -> bool {
        self.class == o.class && self.base == o.base && self.index == o.index
    }
}

/// What is known about a cell.
#[derive(Clone, Copy, Debug)]
struct Known {
    cell: Cell,
    value: Ref,
    /// The value was stored, so a narrow cell holds its low bits only.
    stored: bool,
}

/// Largest number of cells that are remembered; keeps compile time linear.
const MAX_KNOWN: usize = 128;

/// Alias class of fields that others change at any time: never remembered.
pub const VOLATILE: u16 = u16::MAX;

/// The cache.
#[derive(Clone, Debug, Default)]
pub struct HeapCache {
    known: Vec<Known>,
    /// Stores that nothing has seen yet: cell and index of the instruction.
    pending: Vec<(Cell, usize)>,
}

/// Whether two references are certainly different objects (or positions).
fn differ(t: &Trace, a: Ref, b: Ref) -> bool {
    let new = |r: Ref| r.as_inst().filter(|&i| t.insts[i].op == Op::New);
    let before = |n: usize, r: Ref| match r.as_inst() {
        Some(i) => i < n,
        None => r.as_const().is_some(),
    };
    match (new(a), new(b)) {
        (Some(x), Some(y)) => x != y,
        (Some(x), None) => before(x, b),
        (None, Some(y)) => before(y, a),
        (None, None) => false,
    }
}

fn may_alias(t: &Trace, a: &Cell, b: &Cell) -> bool {
    if a.class != b.class || differ(t, a.base, b.base) {
        return false;
    }
    match (t.const_word(a.index), t.const_word(b.index)) {
        (Some(x), Some(y)) => x == y,
        _ => true,
    }
}

impl HeapCache {
    /// Something looks at memory: stores so far must happen.
    pub fn observed(&mut self) {
        self.pending.clear();
    }

    /// Anything may have been written, but for fields that never change.
    pub fn forget_all(&mut self, schema: &Schema) {
        self.known.retain(|k| schema.fields[k.cell.field as usize].immutable);
        self.pending.clear();
    }

    /// Cells of these classes may have been written.
    pub fn forget_classes(&mut self, classes: &[u16]) {
        self.known.retain(|k| !classes.contains(&k.cell.class));
    }

    /// Cells of whole words and doubles in these classes whose contents are known: field, object,
    /// index and value.
    pub fn carried(&self, schema: &Schema, classes: &[u16]) -> Vec<(u16, Ref, Ref, Ref)> {
        let whole = |f: u16| matches!(schema.fields[f as usize].width, Width::Word | Width::F64);
        let wanted = |k: &&Known| classes.contains(&k.cell.class) && whole(k.cell.field);
        let of = |k: &Known| (k.cell.field, k.cell.base, k.cell.index, k.value);
        self.known.iter().filter(wanted).map(of).collect()
    }

    /// Notes that a cell holds a value.
    pub fn set(&mut self, schema: &Schema, field: u16, base: Ref, index: Ref, value: Ref) {
        let cell = Cell { field, class: schema.fields[field as usize].class, base, index };
        self.known.push(Known { cell, value, stored: false });
    }

    fn cell(schema: &Schema, inst: &Inst) -> Cell {
        let indexed = matches!(inst.op, Op::LoadX | Op::StoreX);
        Cell {
            field: inst.aux,
            class: schema.fields[inst.aux as usize].class,
            base: inst.a,
            index: if indexed { inst.b } else { Ref::NONE },
        }
    }

    /// Notes what the appended instruction tells about memory.
    pub fn remember(&mut self, t: &Trace, schema: &Schema, at: usize) {
        let inst = &t.insts[at];
        let value = match inst.op {
            Op::Load | Op::LoadX => Ref::inst(at),
            Op::Store => inst.b,
            Op::StoreX => inst.c,
            _ => return,
        };
        let cell = Self::cell(schema, inst);
        if cell.class == VOLATILE {
            return;
        }
        let stored = matches!(inst.op, Op::Store | Op::StoreX);
        if stored {
            self.known.retain(|k| !may_alias(t, &k.cell, &cell));
            self.pending.push((cell, at));
        } else {
            self.pending.retain(|p| !may_alias(t, &p.0, &cell));
        }
        if self.known.len() >= MAX_KNOWN {
            self.known.drain(..MAX_KNOWN / 2);
        }
        self.known.push(Known { cell, value, stored });
    }

    /// A store to this cell makes an earlier one superfluous: its index.
    fn overwritten(&mut self, t: &Trace, cell: &Cell) -> Option<usize> {
        let k = self.pending.iter().position(|p| p.0 == *cell)?;
        let _ = t;
        Some(self.pending.swap_remove(k).1)
    }
}

/// The extension that turns a stored word into what a load of the cell gives.
pub fn extension(f: &Field, word: Word) -> Option<(Op, u16)> {
    let full = word == Word::W32;
    match f.width {
        Width::U8 => Some((Op::ZExt, 8)),
        Width::I8 => Some((Op::SExt, 8)),
        Width::U16 => Some((Op::ZExt, 16)),
        Width::I16 => Some((Op::SExt, 16)),
        Width::U32 if !full => Some((Op::ZExt, 32)),
        Width::I32 if !full => Some((Op::SExt, 32)),
        _ => None,
    }
}

impl Optimizer<'_> {
    /// The value a load gives, if it is known; or that a store changes nothing.
    pub(super) fn memory(&mut self, inst: &Inst) -> Option<Ref> {
        let load = matches!(inst.op, Op::Load | Op::LoadX);
        if !load && !matches!(inst.op, Op::Store | Op::StoreX) {
            return None;
        }
        let cell = HeapCache::cell(self.schema, inst);
        let found = self.heap.known.iter().rev().find(|k| k.cell == cell).copied();
        if load {
            let k = found?;
            return Some(self.loaded(inst.aux, k.value, k.stored));
        }
        let value = if inst.op == Op::Store { inst.b } else { inst.c };
        if let Some(k) = found
            && k.value == value
        {
            return Some(Ref::NONE);
        }
        if let Some(dead) = self.heap.overwritten(&self.out, &cell) {
            self.out.insts[dead] = Inst::new(Op::Nop, Ty::V, 0);
        }
        None
    }

    /// What a load of a field gives after `value` was put there.
    pub(super) fn loaded(&mut self, field: u16, value: Ref, stored: bool) -> Ref {
        let f = self.schema.fields[field as usize];
        match extension(&f, self.out.target.word) {
            Some((op, bits)) if stored => self.emit(op, Ty::W, bits, [value, Ref::NONE, Ref::NONE]),
            _ => value,
        }
    }
}
