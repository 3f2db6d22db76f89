//! The hot opcodes, written once for every domain.
//!
//! Each function is one opcode (or a family selected by constants): fast cases first, everything else is the
//! residual. Reads and guards come before `tx`, effects after it.

use super::dom::{Dom, Promoted, Residual, Tx};
use super::residual as slow;
use crate::object::*;
use pyrs_bytecode::Insn;
use pyrs_heap::Value;

// ---- moves

#[inline(always)]
pub(crate) fn mov<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let v = d.reg(i.b());
    let mut t = d.tx();
    t.set(i.a(), v);
    t.next(0)
}
#[inline(always)]
pub(crate) fn load_const<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let v = d.constant(i.u16());
    let mut t = d.tx();
    t.set(i.a(), v);
    t.next(0)
}
#[inline(always)]
pub(crate) fn load_value<D: Dom>(mut d: D, i: Insn, v: Value) -> D::Out {
    let v = d.value(v);
    let mut t = d.tx();
    t.set(i.a(), v);
    t.next(0)
}
#[inline(always)]
pub(crate) fn check_bound<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let v = d.reg(i.a());
    if d.bound(v) { d.tx().next(0) } else { d.residual(i, slow::unbound_local) }
}
#[inline(always)]
pub(crate) fn load_cell<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let c = d.reg(i.b());
    if let Some(o) = d.obj(c)
        && let Some(v) = d.cell_content(o)
    {
        let mut t = d.tx();
        t.set(i.a(), v);
        return t.next(0);
    }
    d.residual(i, slow::load_cell)
}
#[inline(always)]
pub(crate) fn store_cell<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let c = d.reg(i.a());
    let v = d.reg(i.b());
    match d.obj(c) {
        Some(o) => {
            let mut t = d.tx();
            t.set_cell(o, v);
            t.next(0)
        }
        None => d.residual(i, slow::unbound_local),
    }
}

// ---- arithmetic

/// The integer and float parts of a binary operator.
pub(crate) trait Arithmetic {
    fn int<D: Dom>(d: &mut D, x: D::Int, y: D::Int) -> Option<D::Int>;
    #[inline(always)]
    fn float<D: Dom>(_d: &mut D, _x: D::F, _y: D::F) -> Option<D::F> {
        None
    }
    const FLOAT: bool = false;
    /// Two ints give a float.
    const INTS_AS_FLOATS: bool = false;
}
macro_rules! arithmetic {
    ($($name:ident: $int:expr $(, $float:expr $(, $as_floats:literal)?)?;)*) => {$(
        pub(crate) struct $name;
        impl Arithmetic for $name {
            #[inline(always)]
            fn int<D: Dom>(d: &mut D, x: D::Int, y: D::Int) -> Option<D::Int> { $int(d, x, y) }
            $(
                #[inline(always)]
                fn float<D: Dom>(d: &mut D, x: D::F, y: D::F) -> Option<D::F> { $float(d, x, y) }
                const FLOAT: bool = true;
            )?
            $($(const INTS_AS_FLOATS: bool = $as_floats;)?)?
        }
    )*};
}
arithmetic! {
    Add: |d: &mut D, x, y| d.add_ovf(x, y), |d: &mut D, x, y| Some(d.fadd(x, y));
    Sub: |d: &mut D, x, y| d.sub_ovf(x, y), |d: &mut D, x, y| Some(d.fsub(x, y));
    Mul: |d: &mut D, x, y| d.mul_ovf(x, y), |d: &mut D, x, y| Some(d.fmul(x, y));
    TrueDiv: |_: &mut D, _, _| None, |d: &mut D, x, y| d.fdiv(x, y), true;
    FloorDiv: |d: &mut D, x, y| d.floor_div(x, y);
    Mod: |d: &mut D, x, y| d.floor_mod(x, y);
    LShift: |d: &mut D, x, y| d.shl(x, y);
    RShift: |d: &mut D, x, y| d.shr(x, y);
    And: |d: &mut D, x, y| Some(d.and(x, y));
    Or: |d: &mut D, x, y| Some(d.or(x, y));
    Xor: |d: &mut D, x, y| Some(d.xor(x, y));
}

#[inline(always)]
pub(crate) fn binary<D: Dom, A: Arithmetic>(mut d: D, i: Insn, f: Residual) -> D::Out {
    let (x, y) = (d.reg(i.b()), d.reg(i.c()));
    if let Some((x, y)) = d.int2(x, y) {
        if let Some(r) = A::int(&mut d, x, y) {
            let v = d.boxi(r);
            let mut t = d.tx();
            t.set(i.a(), v);
            return t.next(0);
        }
        if A::INTS_AS_FLOATS
            && let Some((x, y)) = d.exact_floats(x, y)
        {
            return binary_float::<D, A>(d, i, x, y, f);
        }
    } else if A::FLOAT {
        if let Some((x, y)) = d.flt2(x, y) {
            return binary_float::<D, A>(d, i, x, y, f);
        }
        if let Some((x, y)) = d.mixed2(x, y) {
            return binary_float::<D, A>(d, i, x, y, f);
        }
    }
    d.residual(i, f)
}
#[inline(always)]
fn binary_float<D: Dom, A: Arithmetic>(mut d: D, i: Insn, x: D::F, y: D::F, f: Residual) -> D::Out {
    if let Some(r) = A::float(&mut d, x, y)
        && let Some(v) = d.boxf(r)
    {
        let mut t = d.tx();
        t.set(i.a(), v);
        return t.next(0);
    }
    d.residual(i, f)
}
#[inline(always)]
pub(crate) fn negative<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let x = d.reg(i.b());
    let v = if let Some(n) = d.int(x) {
        let zero = d.small(0);
        d.sub_ovf(zero, n).map(|r| d.boxi(r))
    } else if let Some(x) = d.flt(x) {
        let r = d.fneg(x);
        d.boxf(r)
    } else {
        None
    };
    match v {
        Some(v) => {
            let mut t = d.tx();
            t.set(i.a(), v);
            t.next(0)
        }
        None => d.residual(i, slow::negative),
    }
}
#[inline(always)]
pub(crate) fn not<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let v = d.reg(i.b());
    let truth = if d.is(v, Value::TRUE) {
        true
    } else if d.is(v, Value::FALSE) || d.is(v, Value::NONE) {
        false
    } else {
        return d.residual(i, slow::not);
    };
    let v = d.value(Value::bool(!truth));
    let mut t = d.tx();
    t.set(i.a(), v);
    t.next(0)
}
/// Identity of words decides unless both are heap numbers, which the residual compares by value.
#[inline(always)]
pub(crate) fn is<D: Dom>(mut d: D, i: Insn, expected: bool) -> D::Out {
    let (x, y) = (d.reg(i.b()), d.reg(i.c()));
    if d.obj(x).is_some() && d.obj(y).is_some() {
        return d.residual(i, slow::is);
    }
    let b = d.same_word(x, y);
    let v = if expected { d.boxb(b) } else { d.box_not(b) };
    let mut t = d.tx();
    t.set(i.a(), v);
    t.next(0)
}
#[inline(always)]
pub(crate) fn list_append<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let (list, v) = (d.reg(i.a()), d.reg(i.b()));
    if let Some(list) = d.obj(list)
        && d.list_room(list)
    {
        let mut t = d.tx();
        t.push_list_item(list, v);
        return t.next(0);
    }
    d.residual(i, slow::list_append)
}
/// With a small constant on the right.
#[inline(always)]
pub(crate) fn binary_imm<D: Dom, A: Arithmetic>(mut d: D, i: Insn, f: Residual) -> D::Out {
    let x = d.reg(i.b());
    if let Some(x) = d.int(x) {
        let y = d.small(i.signed_c() as isize);
        if let Some(r) = A::int(&mut d, x, y) {
            let v = d.boxi(r);
            let mut t = d.tx();
            t.set(i.a(), v);
            return t.next(0);
        }
    } else if A::FLOAT
        && let Some(x) = d.flt(x)
    {
        let y = d.float(i.signed_c() as f64);
        return binary_float::<D, A>(d, i, x, y, f);
    }
    d.residual(i, f)
}

// ---- comparison

#[inline(always)]
pub(crate) fn compare<D: Dom>(mut d: D, i: Insn, op: u8) -> D::Out {
    let (x, y) = (d.reg(i.b()), d.reg(i.c()));
    let b = if let Some((x, y)) = d.int2(x, y) {
        d.compare_int(op, x, y)
    } else if let Some((x, y)) = d.flt2(x, y) {
        d.compare_float(op, x, y)
    } else if let Some((x, y)) = d.mixed2(x, y) {
        d.compare_float(op, x, y)
    } else {
        return d.residual(i, slow::compare);
    };
    let v = d.boxb(b);
    let mut t = d.tx();
    t.set(i.a(), v);
    t.next(0)
}
#[inline(always)]
fn jump_on<D: Dom>(mut d: D, i: Insn, b: D::B) -> D::Out {
    let distance = d.extra() as i32 as isize + 1;
    if d.branch(b) == (i.c() != 0) { d.tx().jump(distance) } else { d.tx().next(1) }
}
#[inline(always)]
pub(crate) fn jump_compare<D: Dom>(mut d: D, i: Insn, op: u8) -> D::Out {
    let (x, y) = (d.reg(i.a()), d.reg(i.b()));
    let b = if let Some((x, y)) = d.int2(x, y) {
        d.compare_int(op, x, y)
    } else if let Some((x, y)) = d.flt2(x, y) {
        d.compare_float(op, x, y)
    } else if let Some((x, y)) = d.mixed2(x, y) {
        d.compare_float(op, x, y)
    } else {
        return d.residual(i, slow::jump_compare);
    };
    jump_on(d, i, b)
}
#[inline(always)]
pub(crate) fn jump_compare_imm<D: Dom>(mut d: D, i: Insn, op: u8) -> D::Out {
    let x = d.reg(i.a());
    match d.int(x) {
        Some(x) => {
            let y = d.small(i.signed_b() as isize);
            let b = d.compare_int(op, x, y);
            jump_on(d, i, b)
        }
        None => match d.flt(x) {
            Some(x) => {
                let y = d.float(i.signed_b() as f64);
                let b = d.compare_float(op, x, y);
                jump_on(d, i, b)
            }
            None => d.residual(i, slow::jump_compare_imm),
        },
    }
}
/// Identity of words decides unless both are heap numbers, which the residual compares by value.
#[inline(always)]
pub(crate) fn jump_is<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let (x, y) = (d.reg(i.a()), d.reg(i.b()));
    if d.obj(x).is_some() && d.obj(y).is_some() {
        return d.residual(i, slow::jump_is);
    }
    let b = d.same_word(x, y);
    jump_on(d, i, b)
}

// ---- jumps

#[inline(always)]
pub(crate) fn jump<D: Dom>(d: D, i: Insn) -> D::Out {
    d.tx().jump(i.jump24() as isize)
}
#[inline(always)]
pub(crate) fn jump_truth<D: Dom>(mut d: D, i: Insn, expected: bool) -> D::Out {
    let v = d.reg(i.a());
    let truth = if d.is(v, Value::TRUE) {
        true
    } else if d.is(v, Value::FALSE) || d.is(v, Value::NONE) {
        false
    } else if let Some(n) = d.int(v) {
        let zero = d.small(0);
        let b = d.compare_int(3, n, zero);
        d.branch(b)
    } else {
        return d.residual(i, if expected { slow::jump_if_true } else { slow::jump_if_false });
    };
    if truth == expected { d.tx().jump(i.i16() as isize) } else { d.tx().next(0) }
}
#[inline(always)]
pub(crate) fn jump_none<D: Dom>(mut d: D, i: Insn, expected: bool) -> D::Out {
    let v = d.reg(i.a());
    if d.is(v, Value::NONE) == expected { d.tx().jump(i.i16() as isize) } else { d.tx().next(0) }
}

// ---- names

#[inline(always)]
pub(crate) fn load_global<D: Dom>(d: D, i: Insn) -> D::Out {
    load_cached(d, i, slow::load_global)
}
/// A name of module code is a global; other namespaces are searched.
#[inline(always)]
pub(crate) fn load_name<D: Dom>(mut d: D, i: Insn) -> D::Out {
    if d.at_module_level() {
        load_cached(d, i, slow::load_name)
    } else {
        d.residual(i, slow::load_name)
    }
}
/// Assignment to a global that exists.
#[inline(always)]
pub(crate) fn store_global<D: Dom>(mut d: D, i: Insn, f: Residual, name: bool) -> D::Out {
    let Promoted(site) = d.site();
    let (kind, row, version) = (site.kind.get(), site.index.get() as usize, site.version.get());
    if kind == SiteKind::Global
        && (!name || d.at_module_level())
        && let Some(dict) = d.globals_are(version)
    {
        let v = d.reg(i.a());
        let mut t = d.tx();
        t.set_dict_row(dict, row, v);
        return t.next(1);
    }
    d.residual(i, f)
}
#[inline(always)]
fn load_cached<D: Dom>(mut d: D, i: Insn, f: Residual) -> D::Out {
    let Promoted(site) = d.site();
    let (kind, row) = (site.kind.get(), site.index.get() as usize);
    let (version, version_2) = (site.version.get(), site.version_2.get());
    let found = match kind {
        SiteKind::Global => d.globals_are(version),
        SiteKind::Builtin => match d.globals_are(version) {
            Some(_) => d.builtins_are(version_2),
            None => None,
        },
        _ => None,
    };
    match found {
        Some(dict) => {
            let v = d.dict_row(dict, row);
            let mut t = d.tx();
            t.set(i.a(), v);
            t.next(1)
        }
        None => d.residual(i, f),
    }
}

// ---- attributes

#[inline(always)]
pub(crate) fn get_attr<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let Promoted(site) = d.site();
    let (kind, shape, index) = (site.kind.get(), site.shape.get(), site.index.get() as usize);
    let (owner, version, held) = (site.owner.get(), site.version.get(), site.value.get());
    let v = d.reg(i.b());
    if kind == SiteKind::TypeAttribute {
        if d.is(v, owner) && d.class_is(owner, version) {
            let v = d.value(held);
            let mut t = d.tx();
            t.set(i.a(), v);
            return t.next(1);
        }
    } else if let Some(o) = d.obj(v)
        && kind != SiteKind::Empty
        && d.shape_is(o, shape)
    {
        let found = match kind {
            SiteKind::Field if d.class_is(owner, version) => Some(d.slot(o, index)),
            SiteKind::ClassConstant if d.class_is(owner, version) => Some(d.value(held)),
            SiteKind::Member if d.class_is(owner, version) => {
                let v = d.slot(o, index);
                if d.bound(v) { Some(v) } else { None }
            }
            SiteKind::ModuleField => {
                let dict = d.module_dict(o, version);
                dict.map(|dict| d.dict_row(dict, index))
            }
            _ => None,
        };
        if let Some(v) = found {
            let mut t = d.tx();
            t.set(i.a(), v);
            return t.next(1);
        }
    }
    d.residual(i, slow::get_attr)
}
#[inline(always)]
pub(crate) fn set_attr<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let Promoted(site) = d.site();
    let (kind, shape, index) = (site.kind.get(), site.shape.get(), site.index.get() as usize);
    let (owner, version, next) = (site.owner.get(), site.version.get(), site.next_shape.get());
    let (v, new) = (d.reg(i.a()), d.reg(i.b()));
    if matches!(kind, SiteKind::Field | SiteKind::AddField)
        && let Some(o) = d.obj(v)
        && d.shape_is(o, shape)
        && d.class_is(owner, version)
    {
        let mut t = d.tx();
        t.set_slot(o, index, new);
        if kind == SiteKind::AddField {
            t.set_shape(o, next);
        }
        return t.next(1);
    }
    d.residual(i, slow::set_attr)
}
#[inline(always)]
pub(crate) fn load_method<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let Promoted(site) = d.site();
    let (kind, shape, index) = (site.kind.get(), site.shape.get(), site.index.get() as usize);
    let (owner, version, held) = (site.owner.get(), site.version.get(), site.value.get());
    let v = d.reg(i.b());
    if matches!(kind, SiteKind::TypeAttribute | SiteKind::TypeMethod) {
        if d.is(v, owner) && d.class_is(owner, version) {
            let f = d.value(held);
            let receiver = if kind == SiteKind::TypeMethod { v } else { d.value(Value::UNBOUND) };
            let mut t = d.tx();
            t.set(i.a(), f);
            t.set(i.a() + 4, receiver);
            return t.next(1);
        }
    } else if let Some(o) = d.obj(v)
        && d.shape_is(o, shape)
    {
        if matches!(kind, SiteKind::ClassConstant | SiteKind::Field) && d.class_is(owner, version) {
            let f = if kind == SiteKind::Field { d.slot(o, index) } else { d.value(held) };
            let unbound = d.value(Value::UNBOUND);
            let mut t = d.tx();
            t.set(i.a(), f);
            t.set(i.a() + 4, unbound);
            return t.next(1);
        }
        if kind == SiteKind::Method && d.class_is(owner, version) {
            let f = d.value(held);
            let mut t = d.tx();
            t.set(i.a(), f);
            t.set(i.a() + 4, v);
            return t.next(1);
        }
        if kind == SiteKind::ModuleField
            && let Some(dict) = d.module_dict(o, version)
        {
            let f = d.dict_row(dict, index);
            let unbound = d.value(Value::UNBOUND);
            let mut t = d.tx();
            t.set(i.a(), f);
            t.set(i.a() + 4, unbound);
            return t.next(1);
        }
    }
    d.residual(i, slow::load_method)
}

// ---- items

#[inline(always)]
pub(crate) fn get_item<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let (v, k) = (d.reg(i.b()), d.reg(i.c()));
    if let Some(n) = d.int(k)
        && let Some(o) = d.obj(v)
    {
        let found = if d.shape_is(o, core_shape::LIST) {
            d.list_item(o, n)
        } else if d.shape_is(o, core_shape::TUPLE) {
            d.tuple_item(o, n)
        } else {
            None
        };
        if let Some(v) = found {
            let mut t = d.tx();
            t.set(i.a(), v);
            return t.next(0);
        }
    }
    d.residual(i, slow::get_item)
}
#[inline(always)]
pub(crate) fn set_item<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let (v, k) = (d.reg(i.a()), d.reg(i.b()));
    let new = d.reg(i.c());
    if let Some(n) = d.int(k)
        && let Some(o) = d.obj(v)
        && d.shape_is(o, core_shape::LIST)
        && d.list_item(o, n).is_some()
    {
        let mut t = d.tx();
        t.set_list_item(o, n, new);
        return t.next(0);
    }
    d.residual(i, slow::set_item)
}

// ---- loops: r[a] the sequence or stop, r[a+1] the index or next number, r[a+2] the step of a range

#[inline(always)]
pub(crate) fn for_loop<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let distance = d.extra() as i32 as isize + 1;
    let (seq, at) = (d.reg(i.a()), d.reg(i.a() + 1));
    if let Some(n) = d.int(at) {
        if let Some(stop) = d.int(seq) {
            let step = d.reg(i.a() + 2);
            if let Some(step) = d.int(step) {
                let step = d.promote(step);
                let zero = d.small(0);
                let up = d.compare_int(4, step, zero);
                let b = if d.branch(up) {
                    d.compare_int(0, n, stop)
                } else {
                    d.compare_int(4, n, stop)
                };
                if !d.branch(b) {
                    return d.tx().next(1);
                }
                if let Some(after) = d.add_ovf(n, step) {
                    let (item, after) = (d.boxi(n), d.boxi(after));
                    let mut t = d.tx();
                    t.set(i.b(), item);
                    t.set(i.a() + 1, after);
                    return t.jump(distance);
                }
            }
        } else if let Some(o) = d.obj(seq) {
            let found = if d.shape_is(o, core_shape::LIST) {
                d.list_item(o, n)
            } else if d.shape_is(o, core_shape::TUPLE) {
                d.tuple_item(o, n)
            } else {
                return d.residual(i, slow::for_loop);
            };
            let Some(item) = found else {
                let done = d.value(Value::NONE);
                let mut t = d.tx();
                // Exhausted for good, even if the list grows later.
                t.set(i.a(), done);
                return t.next(1);
            };
            let one = d.small(1);
            if let Some(after) = d.add_ovf(n, one) {
                let after = d.boxi(after);
                let mut t = d.tx();
                t.set(i.b(), item);
                t.set(i.a() + 1, after);
                return t.jump(distance);
            }
        }
    } else {
        // An iterator: the residual knows nothing of sequences and indices.
        let _ = d.bound(at);
    }
    d.residual(i, slow::for_loop)
}

// ---- calls

#[inline(always)]
pub(crate) fn call<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let f = d.reg(i.a());
    if let Some(f) = d.callee(f, i.b())
        && d.room(i.a(), f)
    {
        return d.tx().enter(i.a(), f, 0);
    }
    d.residual(i, slow::call)
}
#[inline(always)]
pub(crate) fn call_method<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let (f, receiver) = (d.reg(i.a()), d.reg(i.a() + 4));
    if d.bound(receiver)
        && let Some(f) = d.callee(f, i.b() + 1)
        && d.room(i.a(), f)
    {
        return d.tx().enter(i.a(), f, 0);
    }
    d.residual(i, slow::call_method)
}
#[inline(always)]
pub(crate) fn ret<D: Dom>(mut d: D, i: Insn) -> D::Out {
    let v = d.reg(i.a());
    d.tx().leave(v)
}
#[inline(always)]
pub(crate) fn ret_none<D: Dom>(mut d: D) -> D::Out {
    let v = d.value(Value::NONE);
    d.tx().leave(v)
}
