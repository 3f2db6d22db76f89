//! Values computed when first asked for: bounds, constraints and defaults of type parameters, values of type
//! aliases. Next to the value lies its evaluator, a function of an annotation format (PEP 649); a value given
//! eagerly gets a constant evaluator.

use super::type_repr;
use crate::functions::iterators::{fresh, receiver};
use pyrs_core::HeapObject;
use pyrs_core::object::{ClassSpec, Native, NativeDef, class_flag};
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
struct ConstEvaluator {
    header: Header,
    value: Slot,
}
native_object!(ConstEvaluator, "_typing._ConstEvaluator", slots = 1);

static SPEC: ClassSpec = ClassSpec {
    name: "_typing._ConstEvaluator",
    layout: ConstEvaluator::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "Internal type for implementing evaluation functions.",
    methods: &[
        NativeDef::method("__call__", "(self, format, /)", call, "Call self as a function."),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    ],
    getset: &[],
    fields: &[],
};

/// `annotationlib.Format.STRING`
const STRING: i64 = 4;

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.define_class(&SPEC, None).map(drop)
}

/// `evaluate_...`: the evaluator if there is one, else a constant one for `value`, else None.
pub(super) fn evaluator(vm: &Vm, value: Value, evaluate: Value) -> Res {
    if !evaluate.is_unbound() && !evaluate.is_none() {
        return Ok(evaluate);
    }
    if value.is_unbound() {
        return Ok(Value::NONE);
    }
    let e = fresh::<ConstEvaluator>(vm, vm.native_class::<ConstEvaluator>().value())?;
    e.value.set(&vm.heap, e, value);
    Ok(e.value())
}
/// The value in `slot`, computed by `evaluate` (with format VALUE) and kept if there is none yet. UNBOUND: neither.
pub(super) fn value<T: HeapObject>(vm: &Vm, owner: Gc<T>, slot: &Slot, evaluate: &Slot) -> Res {
    let v = slot.get();
    let f = evaluate.get();
    if !v.is_unbound() || f.is_unbound() || f.is_none() {
        return Ok(v);
    }
    let v = vm.call(f, &[Value::small_int(1)])?;
    slot.set(&vm.heap, owner, v);
    Ok(v)
}

fn repr(vm: &Vm, a: &[Value]) -> Res {
    let e = receiver::<ConstEvaluator>(vm, a[0])?;
    let v = vm.repr(e.value.get())?.to_lossy();
    vm.str(&format!("<constevaluator {v}>"))
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let e = receiver::<ConstEvaluator>(vm, a[0])?;
    let v = e.value.get();
    if vm.int_i64(a[1])? != STRING {
        return Ok(v);
    }
    let mut out = StrBuilder::new();
    match vm.as_tuple(v) {
        Some(t) => {
            out.push_str("(");
            for (i, &x) in t.items().iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                shown(vm, x, &mut out)?;
            }
            out.push_str(if t.len() == 1 { ",)" } else { ")" });
        }
        None => shown(vm, v, &mut out)?,
    }
    Ok(vm.new_str_builder(&out)?.value())
}
fn shown(vm: &Vm, v: Value, out: &mut StrBuilder) -> Res<()> {
    if v == vm.classes().none.value() {
        out.push_str("None");
        return Ok(());
    }
    type_repr(vm, v, out)
}
