//! `TypeAliasType`: what `type A[T] = ...` makes.

use super::{alias, caller_module, lazy, params, union};
use crate::functions::iterators::{fresh, receiver};
use crate::sequence::member;
use pyrs_core::object::{ClassSpec, Function, GetSetDef, Native, NativeDef, Tuple, class_flag};
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct TypeAlias {
    header: Header,
    /// str
    name: Slot,
    /// tuple
    type_params: Slot,
    value: Slot,
    evaluate: Slot,
    /// module name or None
    module: Slot,
}
native_object!(TypeAlias, "typing.TypeAliasType", slots = 5);

const SELF: &str = "(self, /)";
const OTHER: &str = "(self, value, /)";

static SPEC: ClassSpec = ClassSpec {
    name: "typing.TypeAliasType",
    layout: TypeAlias::LAYOUT,
    flags: class_flag::HAS_WEAKREF,
    doc: "Type alias, as the type statement makes it.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, name, value, *, type_params=<unrepresentable>)",
            new,
            "",
        ),
        NativeDef::method(
            "__repr__",
            SELF,
            |vm, a| Ok(this(vm, a[0])?.name.get()),
            "Return repr(self).",
        ),
        NativeDef::method("__reduce__", SELF, |vm, a| Ok(this(vm, a[0])?.name.get()), ""),
        NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
        NativeDef::method(
            "__iter__",
            SELF,
            |vm, a| vm.get_iter(vm.tuple(&[params::unpacked(vm, a[0])?])?),
            "Implement iter(self).",
        ),
        NativeDef::method(
            "__or__",
            OTHER,
            |vm, a| union::from_members(vm, &[a[0], a[1]]),
            "Return self|value.",
        ),
        NativeDef::method(
            "__ror__",
            OTHER,
            |vm, a| union::from_members(vm, &[a[1], a[0]]),
            "Return value|self.",
        ),
    ],
    getset: &[
        member("__name__", |vm, v| Ok(this(vm, v)?.name.get())),
        GetSetDef::read_only("__value__", value, ""),
        GetSetDef::read_only(
            "evaluate_value",
            |vm, v| {
                let t = this(vm, v)?;
                lazy::evaluator(vm, t.value.get(), t.evaluate.get())
            },
            "",
        ),
        GetSetDef::read_only("__type_params__", |vm, v| Ok(type_params(vm, v)?.value()), ""),
        GetSetDef::read_only(
            "__parameters__",
            |vm, v| Ok(params::unpack_tuples(vm, type_params(vm, v)?)?.value()),
            "",
        ),
        GetSetDef::read_only("__module__", |vm, v| Ok(this(vm, v)?.module.get()), ""),
    ],
    fields: &[],
};

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.define_class(&SPEC, None).map(drop)
}
pub(super) fn class(vm: &Vm) -> Value {
    vm.native_class::<TypeAlias>().value()
}
pub(super) fn is_type_alias(vm: &Vm, v: Value) -> bool {
    vm.cast::<TypeAlias>(v).is_some()
}

fn this(vm: &Vm, v: Value) -> Res<Gc<TypeAlias>> {
    receiver(vm, v)
}
fn type_params(vm: &Vm, v: Value) -> Res<Gc<Tuple>> {
    match vm.as_tuple(this(vm, v)?.type_params.get()) {
        Some(t) => Ok(t),
        None => vm.new_tuple(&[]),
    }
}
fn bare(vm: &Vm, name: Value, type_params: Value, module: Value) -> Res<Gc<TypeAlias>> {
    let t = fresh::<TypeAlias>(vm, class(vm))?;
    t.name.set(&vm.heap, t, name);
    t.type_params.set(&vm.heap, t, type_params);
    t.module.set(&vm.heap, t, module);
    Ok(t)
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let Some(name) = vm.as_str(a[1]) else {
        return Err(crate::support::bad_argument_at(vm, "typealias", "'name'", "str", a[1]));
    };
    let type_params = match a[3] {
        Value::UNBOUND => vm.new_tuple(&[])?,
        v => match vm.as_tuple(v) {
            Some(t) => t,
            None => return Err(vm.type_error("type_params must be a tuple")),
        },
    };
    check_defaults(vm, type_params)?;
    let t = bare(vm, name.value(), type_params.value(), caller_module(vm))?;
    t.value.set(&vm.heap, t, a[2]);
    Ok(t.value())
}
/// Parameters without a default must not follow one with a default.
fn check_defaults(vm: &Vm, type_params: Gc<Tuple>) -> Res<()> {
    let mut seen = false;
    for &p in type_params.items() {
        let known = [params::TYPE_VAR, params::PARAM_SPEC, params::TYPE_VAR_TUPLE];
        if !known.iter().any(|k| params::is_a(vm, p, k)) {
            let shown = vm.repr(p)?.to_lossy();
            return Err(vm.type_error(format!("Expected a type param, got {shown}")));
        }
        let has = vm.call_method(p, "has_default", &[])?;
        if vm.truth(has)? {
            seen = true;
        } else if seen {
            let shown = vm.repr(p)?.to_lossy();
            return Err(vm.type_error(format!(
                "non-default type parameter '{shown}' follows default type parameter"
            )));
        }
    }
    Ok(())
}
/// The alias that a `type` statement makes: `(name, type parameters or None, evaluator)`.
pub(super) fn from_syntax(vm: &Vm, a: &[Value]) -> Res {
    let type_params = if a[1].is_none() { vm.tuple(&[])? } else { a[1] };
    let module = match vm.cast::<Function>(a[2]) {
        Some(f) => f.module.get(),
        None => caller_module(vm),
    };
    let t = bare(vm, a[0], type_params, module)?;
    t.evaluate.set(&vm.heap, t, a[2]);
    Ok(t.value())
}
fn value(vm: &Vm, v: Value) -> Res {
    let t = this(vm, v)?;
    lazy::value(vm, t, &t.value, &t.evaluate)
}
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    if type_params(vm, a[0])?.is_empty() {
        return Err(vm.type_error("Only generic type aliases are subscriptable"));
    }
    alias::make(vm, a[0], a[1], false)
}
