//! The next item of built-in iterators, written down in a trace: `iter()` of lists, tuples, bytes, ranges, dicts, their
//! views and sets, `reversed(list)`, and `enumerate` and `zip` over those.
//!
//! Only the case that there is an item: guards say so, and an exit at the end of the iteration leaves the instruction to
//! the interpreter. First everything is loaded and tested, then the iterators move on.
//!
//! Words used. *State*: the field of an iterator that tells its place. An iterator whose state is read here is
//! *stepped*; none may be stepped twice for one item (`zip(it, it)`).

use super::domain::{Obj, Rec, V};
use super::layout as fields;
use super::recorder::{Abort, Rep};
use crate::interp::{Dom, S};
use crate::object::*;
use pyrs_bytecode::Insn;
use pyrs_heap::{Gc, Header, ShapeId, Value};
use pyrs_ir::op::Op;
use pyrs_ir::trace::Ref;
use pyrs_ir::types::Cc;

/// Iterators inside of iterators.
const MAX_DEPTH: usize = 3;
/// Most iterators of a `zip`.
const MAX_ZIPPED: usize = 4;

/// What is to be done when all has been tested.
#[derive(Default)]
pub(super) struct Steps {
    // TRACED: an iterator of the running loop holds them; objects on its way are not moved while one instruction runs.
    stepped: Vec<(Gc<Header>, Ref)>,
    stores: Vec<(u16, Ref, Ref)>,
}

impl Rec<'_, '_> {
    /// ForLoop over an iterator that this room knows and that has an item.
    pub(super) fn plain_for_loop(&mut self, i: Insn) -> Option<S> {
        let it = self.reg(i.a());
        let mut steps = Steps::default();
        let item = self.item(it, 0, &mut steps)?;
        // Boxes first: they may leave.
        self.guard_different(&steps);
        let at = self.offset(i.b());
        // It must not go on in another trace.
        let inside = self.vm.stack.inside_trace.replace(true);
        let out = crate::interp::residual::for_loop(self.vm, self.s, i);
        self.vm.stack.inside_trace.set(inside);
        let body = self.s.skip(self.extra() as i32 as isize + 1);
        if out.base != self.s.base || out.pc != body.pc {
            self.r.abort(Abort::TooDeep);
            return Some(out);
        }
        self.step(steps);
        self.r.write(at, item);
        self.r.effect();
        Some(out)
    }
    /// Leaves if two iterators that are stepped are the same.
    pub(super) fn guard_different(&mut self, steps: &Steps) {
        for (k, a) in steps.stepped.iter().enumerate() {
            for b in &steps.stepped[..k] {
                if a.0.shape() == b.0.shape() {
                    self.r.guard(Cc::Ne, a.1, b.1);
                }
            }
        }
    }
    /// The iterators move on.
    pub(super) fn step(&mut self, steps: Steps) {
        for (field, object, value) in steps.stores {
            self.r.b.store(field, object, value);
        }
    }
    /// The item that an iterator gives next; leaves unless it has one.
    pub(super) fn item(&mut self, it: V, depth: usize, steps: &mut Steps) -> Option<Rep> {
        let shape = self.vm.object(it.v)?.shape();
        let (enumerate, zip) = {
            let tables = self.r.tables.borrow();
            (tables.enumerate.filter(|t| t.shape == shape), tables.zip.filter(|t| t.shape == shape))
        };
        let sequence = matches!(
            shape,
            core_shape::LIST_ITER
                | core_shape::LIST_REVERSE_ITER
                | core_shape::TUPLE_ITER
                | core_shape::BYTES_ITER
                | core_shape::STR_ASCII_ITER
        );
        let rows = matches!(
            shape,
            core_shape::DICT_KEY_ITER
                | core_shape::DICT_VALUE_ITER
                | core_shape::DICT_ITEM_ITER
                | core_shape::SET_ITER
        );
        let known = sequence
            || rows
            || enumerate.is_some()
            || zip.is_some()
            || shape == core_shape::RANGE_ITER && usize::BITS == 64;
        if !known || depth == MAX_DEPTH {
            return None;
        }
        let o = self.obj(it)?;
        self.shape_is(o, shape);
        if steps.stepped.iter().any(|s| s.0 == o.o) {
            return None;
        }
        steps.stepped.push((o.o, o.r));
        if let Some(e) = enumerate {
            // SAFETY: the object is as it was described.
            let (iterator, count) =
                unsafe { (word_at(o.o, e.iterator.1), word_at(o.o, e.count.1)) };
            let n = count.as_int()?;
            let held = self.r.load(e.count.0, o.r);
            let now = self.r.narrow_int(Rep::Tagged(held), count)?;
            let inner = self.r.load(e.iterator.0, o.r);
            let item = self.item(V { v: iterator, rep: Rep::Tagged(inner) }, depth + 1, steps)?;
            if n + 1 > Value::INT_MAX {
                return None;
            }
            let one = self.r.word(1);
            let after = self.r.checked(Op::AddOv, now, one);
            let after = self.r.tag_int(after);
            steps.stores.push((e.count.0, o.r, after));
            let boxed = self.boxed_item(item)?;
            return Some(Rep::Tagged(self.pair(&[held, boxed])));
        }
        if let Some(z) = zip {
            // SAFETY: the object is as it was described.
            let its = unsafe { word_at(o.o, z.iterators.1) };
            let its: Gc<Tuple> = self.vm.exact(its, core_shape::TUPLE)?;
            if its.is_empty() || its.len() > MAX_ZIPPED {
                return None;
            }
            let tuple = self.r.load(z.iterators.0, o.r);
            let (len, now) =
                (self.r.load(fields::FIXED_LENGTH, tuple), self.r.word(its.len() as isize));
            self.r.guard(Cc::Eq, len, now);
            let mut items = Vec::new();
            for (k, &v) in its.items().iter().enumerate() {
                let field = self.r.tables.borrow_mut().tuple_item(k);
                let rep = Rep::Tagged(self.r.load(field, tuple));
                let item = self.item(V { v, rep }, depth + 1, steps)?;
                items.push(self.boxed_item(item)?);
            }
            return Some(Rep::Tagged(self.pair(&items)));
        }
        if shape == core_shape::RANGE_ITER {
            // SAFETY: the shape is that of range iterators.
            let it: Gc<RangeIter> = unsafe { o.o.cast() };
            if it.left.get() == 0 || self.vm.int(it.next.get()).ok()?.as_int().is_none() {
                return None;
            }
            let left = self.r.load(fields::RANGE_ITER_LEFT, o.r);
            let (zero, one) = (self.r.word(0), self.r.word(1));
            self.r.guard(Cc::Ne, left, zero);
            let next = self.r.load(fields::RANGE_ITER_NEXT, o.r);
            let step = self.r.load(fields::RANGE_ITER_STEP, o.r);
            let (left, after) = (self.r.op2(Op::Sub, left, one), self.r.op2(Op::Add, next, step));
            steps.stores.push((fields::RANGE_ITER_LEFT, o.r, left));
            steps.stores.push((fields::RANGE_ITER_NEXT, o.r, after));
            return Some(Rep::Int(next));
        }
        if rows {
            return self.row_item(o, shape, steps);
        }
        // SAFETY: the shape is that of iterators over sequences.
        let it: Gc<SeqIter> = unsafe { o.o.cast() };
        let (sequence, n) = (it.sequence.get(), it.index.get());
        let held = self.r.load(fields::SEQ_SEQUENCE, o.r);
        self.still_going(held);
        let of = self.obj(V { v: sequence, rep: Rep::Tagged(held) })?;
        let of_shape = of.o.shape();
        let index = self.r.load(fields::SEQ_INDEX, o.r);
        let at = usize::try_from(n).ok()?;
        let item = if shape == core_shape::TUPLE_ITER {
            let t: Gc<Tuple> = self.vm.exact(sequence, core_shape::TUPLE)?;
            if at >= t.len() {
                return None;
            }
            self.shape_is(of, of_shape);
            let len = self.r.load(fields::FIXED_LENGTH, of.r);
            self.r.guard(Cc::Ult, index, len);
            Rep::Tagged(self.r.load_at(fields::TUPLE_ITEM, of.r, index))
        } else if shape == core_shape::BYTES_ITER {
            let b: Gc<Bytes> = self.vm.exact(sequence, core_shape::BYTES)?;
            if at >= b.len() {
                return None;
            }
            self.shape_is(of, of_shape);
            let len = self.r.load(fields::FIXED_LENGTH, of.r);
            self.r.guard(Cc::Ult, index, len);
            Rep::Int(self.r.load_at(fields::BYTES_ITEM, of.r, index))
        } else if shape == core_shape::STR_ASCII_ITER {
            let s: Gc<Str> = self.vm.exact(sequence, core_shape::STR)?;
            if at >= s.len() || !s.is_ascii() {
                return None;
            }
            self.shape_is(of, of_shape);
            let len = self.r.load(fields::FIXED_LENGTH, of.r);
            self.r.guard(Cc::Ult, index, len);
            self.character_at(of.r, index)
        } else {
            // Of a subclass, too: these iterators ask no method.
            let l = self.vm.as_list(sequence)?;
            if at >= l.len() {
                return None;
            }
            self.shape_is(of, of_shape);
            let (len, storage) = self.list_parts(of);
            self.r.guard(Cc::Ult, index, len);
            Rep::Tagged(self.r.load_at(fields::LIST_ITEM, storage, index))
        };
        let step = self.r.word(it.step.get());
        let after = self.r.op2(Op::Add, index, step);
        steps.stores.push((fields::SEQ_INDEX, o.r, after));
        Some(item)
    }
    /// Leaves if an iterator has let go of what it went over.
    fn still_going(&mut self, held: Ref) {
        let none = self.r.constant(Value::UNBOUND);
        self.r.guard(Cc::Ne, held, none);
    }
    /// The next key, value or pair of a dict, or item of a set; only if the next row is a live one.
    fn row_item(&mut self, o: Obj, shape: ShapeId, steps: &mut Steps) -> Option<Rep> {
        // SAFETY: the shape is that of iterators over tables.
        let it: Gc<TableIter> = unsafe { o.o.cast() };
        let (owner, row) = (it.owner.get(), it.row.get() as usize);
        let of_set = shape == core_shape::SET_ITER;
        let (live, len, width) = if of_set {
            // SAFETY: a set iterator has a set, or nothing.
            let s: Gc<Set> = unsafe { self.vm.object(owner)?.cast() };
            (s.row(row).is_some(), s.len(), SET_ROW)
        } else {
            // SAFETY: a dict iterator has a dict, or nothing.
            let d: Gc<Dict> = unsafe { self.vm.object(owner)?.cast() };
            (d.row(row).is_some(), d.len(), DICT_ROW)
        };
        if !live || len as u32 != it.used.get() || it.left.get() == 0 {
            return None;
        }
        let held = self.r.load(fields::ITER_OWNER, o.r);
        self.still_going(held);
        let of = self.obj(V { v: owner, rep: Rep::Tagged(held) })?;
        let of_shape = of.o.shape();
        self.shape_is(of, of_shape);
        let (used, expected) =
            (self.r.load(fields::TABLE_USED, of.r), self.r.load(fields::ITER_USED, o.r));
        self.r.guard(Cc::Eq, used, expected);
        let (at, filled) =
            (self.r.load(fields::ITER_ROW, o.r), self.r.load(fields::TABLE_FILLED, of.r));
        self.r.guard(Cc::Ult, at, filled);
        let (left, zero) = (self.r.load(fields::ITER_LEFT, o.r), self.r.word(0));
        self.r.guard(Cc::Ne, left, zero);
        let entries = self.r.load(fields::DICT_ENTRIES, of.r);
        let width = self.r.word(width as isize);
        let first = self.r.op2(Op::Mul, at, width);
        let key = self.r.load_at(fields::DICT_ITEM, entries, first);
        let none = self.r.constant(Value::UNBOUND);
        self.r.guard(Cc::Ne, key, none);
        let value = |rec: &mut Self| {
            let n = rec.r.word(DICT_VALUE as isize);
            let at = rec.r.op2(Op::Add, first, n);
            rec.r.load_at(fields::DICT_ITEM, entries, at)
        };
        let item = match shape {
            core_shape::DICT_VALUE_ITER => value(self),
            core_shape::DICT_ITEM_ITER => {
                let value = value(self);
                self.pair(&[key, value])
            }
            _ => key,
        };
        let one = self.r.word(1);
        let (next, left) = (self.r.op2(Op::Add, at, one), self.r.op2(Op::Sub, left, one));
        steps.stores.push((fields::ITER_ROW, o.r, next));
        steps.stores.push((fields::ITER_LEFT, o.r, left));
        Some(Rep::Tagged(item))
    }
    /// An item's value word; leaves if it needs an object.
    fn boxed_item(&mut self, item: Rep) -> Option<Ref> {
        match item {
            Rep::Tagged(r) => Some(r),
            Rep::Int(w) => Some(self.r.tag_int(w)),
            _ => None,
        }
    }
    fn pair(&mut self, items: &[Ref]) -> Ref {
        let shape = self.r.tables.borrow_mut().tuple(items.len());
        let made = self.r.b.emit(Op::New, pyrs_ir::types::Ty::R, shape, [Ref::NONE; 3]);
        for (n, &v) in items.iter().enumerate() {
            let field = self.r.tables.borrow_mut().tuple_item(n);
            self.r.b.store(field, made, v);
        }
        made
    }
}
