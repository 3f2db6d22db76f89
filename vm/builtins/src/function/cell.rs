//! `cell`: a variable that closures share.

use super::shared::SELF;
use crate::functions::iterators::receiver;
use pyrs_core::object::{CellObject, NativeDef, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

const OTHER: &str = "(self, value, /)";

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, contents=<unrepresentable>, /)", new, ""),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("__eq__", OTHER, |vm, a| compare(vm, a, Comparison::Eq), "self == value"),
    NativeDef::method("__ne__", OTHER, |vm, a| compare(vm, a, Comparison::Ne), "self != value"),
    NativeDef::method("__lt__", OTHER, |vm, a| compare(vm, a, Comparison::Lt), "self < value"),
    NativeDef::method("__le__", OTHER, |vm, a| compare(vm, a, Comparison::Le), "self <= value"),
    NativeDef::method("__gt__", OTHER, |vm, a| compare(vm, a, Comparison::Gt), "self > value"),
    NativeDef::method("__ge__", OTHER, |vm, a| compare(vm, a, Comparison::Ge), "self >= value"),
];

static GETSET: &[GetSetDef] =
    &[GetSetDef { name: "cell_contents", get: contents, set: Some(set_contents), doc: "" }];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let class = vm.classes().cell;
    vm.extend_class(class, METHODS, GETSET)?;
    vm.class_set(class, vm.intern("__hash__"), Some(Value::NONE)).map(drop)
}

fn cell(vm: &Vm, v: Value) -> Res<Gc<CellObject>> {
    receiver::<CellObject>(vm, v)
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    Ok(vm.new_cell(args[1])?.value())
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let v = cell(vm, args[0])?.content.get();
    vm.heap.pin(args[0]);
    let at = args[0].bits();
    if v.is_unbound() {
        return vm.str(&format!("<cell at {at:#x}: empty>"));
    }
    vm.heap.pin(v);
    vm.str(&format!("<cell at {at:#x}: {} object at {:#x}>", vm.type_name(v), v.bits()))
}

fn compare(vm: &Vm, args: &[Value], op: Comparison) -> Res {
    let a = cell(vm, args[0])?.content.get();
    let Some(b) = vm.exact::<CellObject>(args[1], core_shape::CELL) else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let b = b.content.get();
    if a.is_unbound() || b.is_unbound() {
        return Ok(Value::bool(op.holds((!a.is_unbound()).cmp(&!b.is_unbound()))));
    }
    vm.compare(op, a, b)
}

fn contents(vm: &Vm, v: Value) -> Res {
    let c = cell(vm, v)?.content.get();
    if c.is_unbound() { Err(vm.value_error("Cell is empty")) } else { Ok(c) }
}

fn set_contents(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let c = cell(vm, v)?;
    c.content.set(&vm.heap, c, new.unwrap_or(Value::UNBOUND));
    Ok(())
}
