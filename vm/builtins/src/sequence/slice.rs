//! `slice`, and slices of sequences longer than a machine word can count.

use super::{compare_items, comparisons, document, member, wrong_receiver};
use crate::support::class_argument;
use pyrs_core::object::{GetSetDef, NativeDef, Slice};
use pyrs_core::protocol::{BinaryOp, Comparison};
use pyrs_core::{Gc, Res, Special, Value, Vm};
use pyrs_text::StrBuilder;
use pyrs_text::hash::TupleHasher;

static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, start, stop=<unrepresentable>, step=None, /)",
        new,
        "",
    ),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
    NativeDef::method("__reduce__", "(self, /)", reduce, "Return state information for pickling."),
    NativeDef::method(
        "indices",
        "(self, len, /)",
        indices,
        "S.indices(len) -> (start, stop, stride)\n\nAssuming a sequence of length len, calculate the start and stop\nindices, and the stride length of the extended slice described by\nS. Out of bounds indices are clipped in a manner consistent with the\nhandling of normal slices.",
    ),
];
static COMPARISONS: &[NativeDef] = &comparisons!(compare);
static GETSET: &[GetSetDef] = &[
    member("start", |vm, v| Ok(this(vm, &[v])?.start.get())),
    member("stop", |vm, v| Ok(this(vm, &[v])?.stop.get())),
    member("step", |vm, v| Ok(this(vm, &[v])?.step.get())),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    document(
        vm,
        vm.classes().slice,
        "slice(stop)\nslice(start, stop[, step])\n\nA slice object, as extended subscripts like a[0:10:2] make it.",
    )?;
    vm.extend_class(vm.classes().slice, METHODS, GETSET)?;
    vm.extend_class(vm.classes().slice, COMPARISONS, &[])
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<Slice>> {
    vm.as_slice(a[0]).ok_or_else(|| wrong_receiver(vm, a[0], "slice"))
}
fn parts(s: Gc<Slice>) -> [Value; 3] {
    [s.start.get(), s.stop.get(), s.step.get()]
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    class_argument(vm, a[0], vm.classes().slice)?;
    if a[2].is_unbound() {
        return vm.new_slice(Value::NONE, a[1], Value::NONE);
    }
    vm.new_slice(a[1], a[2], a[3])
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let mut out = StrBuilder::from("slice(");
    for (i, v) in parts(this(vm, a)?).into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_points(vm.repr(v)?.points());
    }
    out.push_str(")");
    Ok(vm.new_str_builder(&out)?.value())
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let mut h = TupleHasher::new();
    for v in parts(this(vm, a)?) {
        h.add(vm.hash(v)?);
    }
    vm.int(h.finish_slice() as i64)
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let parts = vm.tuple(&parts(this(vm, a)?))?;
    vm.tuple(&[vm.classes().slice.value(), parts])
}
fn compare<const OP: u8>(vm: &Vm, a: &[Value]) -> Res {
    let x = this(vm, a)?;
    let Some(y) = vm.as_slice(a[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let op = Comparison::ALL[OP as usize];
    if x == y {
        return Ok(Value::bool(matches!(op, Comparison::Eq | Comparison::Le | Comparison::Ge)));
    }
    let (x, y) = (parts(x), parts(y));
    compare_items(vm, op, &|i| x.get(i).copied(), &|i| y.get(i).copied(), &|| (3, 3))
}
fn indices(vm: &Vm, a: &[Value]) -> Res {
    let len = vm.index(a[1])?;
    if vm.int_ref(&len).is_negative() {
        return Err(vm.value_error("length should not be negative"));
    }
    vm.tuple(&long_indices(vm, this(vm, a)?, len)?)
}

/// `x op y` of exact ints.
pub(super) fn int_op(vm: &Vm, op: BinaryOp, x: Value, y: Value) -> Res {
    match vm.int_binary(op, x, y) {
        Some(r) => r,
        None => Err(vm.unsupported_operands(op.symbol(), x, y)),
    }
}
pub(super) fn less(vm: &Vm, x: Value, y: Value) -> bool {
    vm.int_cmp(x, y).is_lt()
}

/// Start, stop and step of a slice of `len` items; all exact ints of any size.
pub(super) fn long_indices(vm: &Vm, s: Gc<Slice>, len: Value) -> Res<[Value; 3]> {
    let zero = Value::small_int(0);
    let one = Value::small_int(1);
    let part = |v: Value| -> Res<Value> {
        if vm.as_int(v).is_none() && vm.special(vm.class_of(v), Special::Index).is_none() {
            return Err(
                vm.type_error("slice indices must be integers or None or have an __index__ method")
            );
        }
        vm.index(v)
    };
    let step = if s.step.get().is_none() { one } else { part(s.step.get())? };
    if step == zero {
        return Err(vm.value_error("slice step cannot be zero"));
    }
    let negative = less(vm, step, zero);
    let (low, high) = if negative {
        (Value::small_int(-1), int_op(vm, BinaryOp::Sub, len, one)?)
    } else {
        (zero, len)
    };
    let bound = |v: Value, default: Value| -> Res<Value> {
        if v.is_none() {
            return Ok(default);
        }
        let mut n = part(v)?;
        if less(vm, n, zero) {
            n = int_op(vm, BinaryOp::Add, n, len)?;
            return Ok(if less(vm, n, low) { low } else { n });
        }
        Ok(if less(vm, high, n) { high } else { n })
    };
    let start = bound(s.start.get(), if negative { high } else { low })?;
    let stop = bound(s.stop.get(), if negative { low } else { high })?;
    Ok([start, stop, step])
}
