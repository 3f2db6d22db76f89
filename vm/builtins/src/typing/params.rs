//! `TypeVar`, `ParamSpec`, `TypeVarTuple`, and `ParamSpecArgs`, `ParamSpecKwargs`.
//!
//! The three kinds of type parameters share one layout; their classes are kept under hook names. The rules of
//! substitution are Python code in `typing`, which these methods call, as in CPython.

use super::{call_typing, caller_module, lazy, union};
use crate::functions::iterators::{fresh, receiver};
use crate::sequence::member;
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, GetSetDef, Native, NativeDef, Str, Tuple, class_flag};
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};

#[repr(C)]
pub(super) struct TypeParam {
    header: Header,
    /// str
    name: Slot,
    bound: Slot,
    evaluate_bound: Slot,
    /// tuple
    constraints: Slot,
    evaluate_constraints: Slot,
    default: Slot,
    evaluate_default: Slot,
    covariant: Cell<bool>,
    contravariant: Cell<bool>,
    infer_variance: Cell<bool>,
}
native_object!(TypeParam, "type parameter", slots = 7);

/// `P.args` and `P.kwargs`
#[repr(C)]
struct ParamSpecPart {
    header: Header,
    origin: Slot,
}
native_object!(ParamSpecPart, "ParamSpecArgs", slots = 1);

/// Hook names of the classes, which are their dotted names too.
pub(super) const TYPE_VAR: &str = "typing.TypeVar";
pub(super) const PARAM_SPEC: &str = "typing.ParamSpec";
pub(super) const TYPE_VAR_TUPLE: &str = "typing.TypeVarTuple";
pub(super) const ARGS: &str = "typing.ParamSpecArgs";
pub(super) const KWARGS: &str = "typing.ParamSpecKwargs";

const SELF: &str = "(self, /)";
const OTHER: &str = "(self, value, /)";
const FLAGS: u32 = class_flag::HAS_DICT | class_flag::HAS_WEAKREF;

/// What all three kinds have.
static COMMON: &[NativeDef] = &[
    NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    NativeDef::method("__reduce__", SELF, |vm, a| Ok(this(vm, a[0])?.name.get()), ""),
    NativeDef::method("__mro_entries__", "(self, bases, /)", mro_entries, ""),
    NativeDef::method("has_default", SELF, has_default, ""),
];
static COMMON_GETSET: &[GetSetDef] = &[
    member("__name__", |vm, v| Ok(this(vm, v)?.name.get())),
    GetSetDef::read_only("__default__", default, "The default value for this parameter."),
    GetSetDef::read_only(
        "evaluate_default",
        |vm, v| {
            let p = this(vm, v)?;
            lazy::evaluator(vm, p.default.get(), p.evaluate_default.get())
        },
        "",
    ),
];
/// What TypeVar and ParamSpec have.
static VARIANCE: &[GetSetDef] = &[
    GetSetDef::read_only("__bound__", bound, ""),
    member("__covariant__", |vm, v| Ok(Value::bool(this(vm, v)?.covariant.get()))),
    member("__contravariant__", |vm, v| Ok(Value::bool(this(vm, v)?.contravariant.get()))),
    member("__infer_variance__", |vm, v| Ok(Value::bool(this(vm, v)?.infer_variance.get()))),
];
static UNION: &[NativeDef] = &[
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
];

static TYPE_VAR_SPEC: ClassSpec = ClassSpec {
    name: TYPE_VAR,
    layout: TypeParam::LAYOUT,
    flags: FLAGS,
    doc: "Type variable: a stand-in for one type, to be chosen where the generic thing is used.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, name, *constraints, bound=None, default=<unrepresentable>, covariant=False, contravariant=False, infer_variance=False)",
            new_type_var,
            "",
        ),
        NativeDef::method(
            "__typing_subst__",
            "(self, arg, /)",
            |vm, a| call_typing(vm, "_typevar_subst", &[a[0], a[1]]),
            "",
        ),
        NativeDef::method(
            "__typing_prepare_subst__",
            "(self, alias, args, /)",
            prepare_type_var,
            "",
        ),
    ],
    getset: &[
        GetSetDef::read_only("__constraints__", constraints, ""),
        GetSetDef::read_only(
            "evaluate_bound",
            |vm, v| {
                let p = this(vm, v)?;
                lazy::evaluator(vm, p.bound.get(), p.evaluate_bound.get())
            },
            "",
        ),
        GetSetDef::read_only(
            "evaluate_constraints",
            |vm, v| {
                let p = this(vm, v)?;
                lazy::evaluator(vm, p.constraints.get(), p.evaluate_constraints.get())
            },
            "",
        ),
    ],
    fields: &[],
};
static PARAM_SPEC_SPEC: ClassSpec = ClassSpec {
    name: PARAM_SPEC,
    layout: TypeParam::LAYOUT,
    flags: FLAGS,
    doc: "Parameter specification variable: a stand-in for the parameters of a callable.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, name, *, bound=None, default=<unrepresentable>, covariant=False, contravariant=False, infer_variance=False)",
            new_param_spec,
            "",
        ),
        NativeDef::method(
            "__typing_subst__",
            "(self, arg, /)",
            |vm, a| call_typing(vm, "_paramspec_subst", &[a[0], a[1]]),
            "",
        ),
        NativeDef::method(
            "__typing_prepare_subst__",
            "(self, alias, args, /)",
            |vm, a| call_typing(vm, "_paramspec_prepare_subst", a),
            "",
        ),
    ],
    getset: &[
        GetSetDef::read_only(
            "args",
            |vm, v| new_part(vm, ARGS, v),
            "Represents positional arguments.",
        ),
        GetSetDef::read_only(
            "kwargs",
            |vm, v| new_part(vm, KWARGS, v),
            "Represents keyword arguments.",
        ),
    ],
    fields: &[],
};
static TYPE_VAR_TUPLE_SPEC: ClassSpec = ClassSpec {
    name: TYPE_VAR_TUPLE,
    layout: TypeParam::LAYOUT,
    flags: FLAGS,
    doc: "Type variable tuple: a stand-in for any number of types.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, name, *, default=<unrepresentable>)",
            new_type_var_tuple,
            "",
        ),
        NativeDef::method(
            "__iter__",
            SELF,
            |vm, a| vm.get_iter(vm.tuple(&[unpacked(vm, a[0])?])?),
            "Implement iter(self).",
        ),
        NativeDef::method(
            "__typing_subst__",
            "(self, arg, /)",
            |vm, _| Err(vm.type_error("Substitution of bare TypeVarTuple is not supported")),
            "",
        ),
        NativeDef::method(
            "__typing_prepare_subst__",
            "(self, alias, args, /)",
            |vm, a| call_typing(vm, "_typevartuple_prepare_subst", a),
            "",
        ),
    ],
    getset: &[],
    fields: &[],
};
static PART_METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, origin)", |vm, a| part(vm, a[0], a[1]), ""),
    NativeDef::method("__repr__", SELF, part_repr, "Return repr(self)."),
    NativeDef::method("__eq__", OTHER, |vm, a| part_equal(vm, a, true), "Return self==value."),
    NativeDef::method("__ne__", OTHER, |vm, a| part_equal(vm, a, false), "Return self!=value."),
    NativeDef::method("__mro_entries__", "(self, bases, /)", mro_entries, ""),
];
static PART_GETSET: &[GetSetDef] =
    &[member("__origin__", |vm, v| Ok(receiver::<ParamSpecPart>(vm, v)?.origin.get()))];
static ARGS_SPEC: ClassSpec = ClassSpec {
    name: ARGS,
    layout: ParamSpecPart::LAYOUT,
    flags: class_flag::HAS_WEAKREF,
    doc: "The args for a ParamSpec object.",
    methods: PART_METHODS,
    getset: PART_GETSET,
    fields: &[],
};
static KWARGS_SPEC: ClassSpec = ClassSpec {
    name: KWARGS,
    layout: ParamSpecPart::LAYOUT,
    flags: class_flag::HAS_WEAKREF,
    doc: "The kwargs for a ParamSpec object.",
    methods: PART_METHODS,
    getset: PART_GETSET,
    fields: &[],
};

pub(super) fn install(vm: &Vm) -> Res<()> {
    for spec in [&TYPE_VAR_SPEC, &PARAM_SPEC_SPEC, &TYPE_VAR_TUPLE_SPEC] {
        let c = vm.define_class(spec, None)?;
        vm.extend_class(c, COMMON, COMMON_GETSET)?;
        if spec.name != TYPE_VAR_TUPLE {
            vm.extend_class(c, UNION, VARIANCE)?;
        }
        vm.set_hook(spec.name, c.value());
    }
    for spec in [&ARGS_SPEC, &KWARGS_SPEC] {
        let c = vm.define_class(spec, None)?;
        crate::sequence::unhashable(vm, c)?;
        vm.set_hook(spec.name, c.value());
    }
    Ok(())
}

fn this(vm: &Vm, v: Value) -> Res<Gc<TypeParam>> {
    receiver(vm, v)
}
/// `v` is a type parameter of the class under this hook name.
pub(super) fn is_a(vm: &Vm, v: Value, hook: &str) -> bool {
    vm.hook(hook).and_then(|c| vm.as_class(c)).is_some_and(|c| vm.is_instance_exact(v, c))
}
pub(super) fn is_parameter(vm: &Vm, v: Value) -> bool {
    vm.cast::<TypeParam>(v).is_some()
}
/// The singleton that stands for "no default".
pub(super) fn no_default(vm: &Vm) -> Value {
    vm.hook("typing.NoDefault").unwrap_or(Value::NONE)
}

// ---- making
/// A bare parameter of the class under `hook`.
fn bare(vm: &Vm, hook: &'static str, name: Value) -> Res<Gc<TypeParam>> {
    let class = vm.hook(hook).unwrap_or(Value::NONE);
    let p = fresh::<TypeParam>(vm, class)?;
    p.name.set(&vm.heap, p, name);
    let module = caller_module(vm);
    if !module.is_none() {
        vm.set_attr(p.value(), vm.names().module, module)?;
    }
    Ok(p)
}
/// A parameter made by the compiler's hooks.
pub(super) fn from_syntax(vm: &Vm, hook: &'static str, name: Value) -> Res<Gc<TypeParam>> {
    let p = bare(vm, hook, name)?;
    p.infer_variance.set(hook != TYPE_VAR_TUPLE);
    Ok(p)
}
pub(super) fn set_lazy_bound(vm: &Vm, p: Gc<TypeParam>, evaluate: Value) {
    p.evaluate_bound.set(&vm.heap, p, evaluate);
}
pub(super) fn set_lazy_constraints(vm: &Vm, p: Gc<TypeParam>, evaluate: Value) {
    p.evaluate_constraints.set(&vm.heap, p, evaluate);
}
pub(super) fn set_lazy_default(vm: &Vm, v: Value, evaluate: Value) -> Res<()> {
    let p = this(vm, v)?;
    p.evaluate_default.set(&vm.heap, p, evaluate);
    Ok(())
}
fn checked_name(vm: &Vm, function: &str, v: Value) -> Res<Gc<Str>> {
    vm.as_str(v).ok_or_else(|| crate::support::bad_argument_at(vm, function, "'name'", "str", v))
}
fn set_bound(vm: &Vm, p: Gc<TypeParam>, bound: Value) -> Res<()> {
    if bound.is_none() {
        return Ok(());
    }
    let bound = match union::is_unionable(vm, bound) || is_parameter(vm, bound) {
        true => bound,
        false => call_typing(vm, "_type_check", &[bound, vm.str("Bound must be a type.")?])?,
    };
    p.bound.set(&vm.heap, p, bound);
    Ok(())
}
fn set_default(vm: &Vm, p: Gc<TypeParam>, v: Value) {
    if !v.is_unbound() && v != no_default(vm) {
        p.default.set(&vm.heap, p, v);
    }
}
/// The flags covariant, contravariant, infer_variance.
fn set_variance(vm: &Vm, p: Gc<TypeParam>, flags: &[Value]) -> Res<()> {
    let (co, contra) = (vm.truth(flags[0])?, vm.truth(flags[1])?);
    let infer = vm.truth(flags[2])?;
    if co && contra {
        return Err(vm.value_error("Bivariant types are not supported."));
    }
    if infer && (co || contra) {
        return Err(vm.value_error("Variance cannot be specified with infer_variance."));
    }
    p.covariant.set(co);
    p.contravariant.set(contra);
    p.infer_variance.set(infer);
    Ok(())
}
fn new_type_var(vm: &Vm, a: &[Value]) -> Res {
    let name = checked_name(vm, "typevar", a[1])?;
    let constraints = vm.to_tuple(a[2])?;
    let p = bare(vm, TYPE_VAR, name.value())?;
    set_variance(vm, p, &a[5..8])?;
    set_bound(vm, p, a[3])?;
    match constraints.len() {
        0 => {}
        1 => return Err(vm.type_error("A single constraint is not allowed")),
        _ if !a[3].is_none() => {
            return Err(vm.type_error("Constraints cannot be combined with bound=..."));
        }
        _ => p.constraints.set(&vm.heap, p, constraints.value()),
    }
    set_default(vm, p, a[4]);
    Ok(p.value())
}
fn new_param_spec(vm: &Vm, a: &[Value]) -> Res {
    let name = checked_name(vm, "paramspec", a[1])?;
    let p = bare(vm, PARAM_SPEC, name.value())?;
    set_variance(vm, p, &a[4..7])?;
    set_bound(vm, p, a[2])?;
    set_default(vm, p, a[3]);
    Ok(p.value())
}
fn new_type_var_tuple(vm: &Vm, a: &[Value]) -> Res {
    let name = checked_name(vm, "typevartuple", a[1])?;
    let p = bare(vm, TYPE_VAR_TUPLE, name.value())?;
    set_default(vm, p, a[2]);
    Ok(p.value())
}

// ---- attributes
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let p = this(vm, a[0])?;
    let name = vm.as_str(p.name.get()).map_or_else(String::new, |s| s.to_lossy());
    let plain = p.infer_variance.get() || is_a(vm, a[0], TYPE_VAR_TUPLE);
    let sign = match (plain, p.covariant.get(), p.contravariant.get()) {
        (true, ..) => "",
        (_, true, _) => "+",
        (_, _, true) => "-",
        _ => "~",
    };
    vm.str(&format!("{sign}{name}"))
}
fn mro_entries(vm: &Vm, a: &[Value]) -> Res {
    Err(vm
        .type_error(format!("Cannot subclass an instance of {}", vm.class_name(vm.class_of(a[0])))))
}
fn bound(vm: &Vm, v: Value) -> Res {
    let p = this(vm, v)?;
    let b = lazy::value(vm, p, &p.bound, &p.evaluate_bound)?;
    Ok(if b.is_unbound() { Value::NONE } else { b })
}
fn constraints(vm: &Vm, v: Value) -> Res {
    let p = this(vm, v)?;
    let c = lazy::value(vm, p, &p.constraints, &p.evaluate_constraints)?;
    if c.is_unbound() { vm.tuple(&[]) } else { Ok(c) }
}
fn default(vm: &Vm, v: Value) -> Res {
    let p = this(vm, v)?;
    let d = lazy::value(vm, p, &p.default, &p.evaluate_default)?;
    Ok(if d.is_unbound() { no_default(vm) } else { d })
}
fn has_default(vm: &Vm, a: &[Value]) -> Res {
    let p = this(vm, a[0])?;
    Ok(Value::bool(!p.default.is_unbound() || !p.evaluate_default.is_unbound()))
}
/// `Unpack[Ts]`
pub(super) fn unpacked(vm: &Vm, v: Value) -> Res {
    let typing = vm.import_module("typing")?;
    let unpack = vm.get_attr(typing, vm.intern("Unpack"))?;
    vm.get_item(unpack, v)
}
/// Type parameters with every TypeVarTuple unpacked.
pub(super) fn unpack_tuples(vm: &Vm, params: Gc<Tuple>) -> Res<Gc<Tuple>> {
    if !params.items().iter().any(|&p| is_a(vm, p, TYPE_VAR_TUPLE)) {
        return Ok(params);
    }
    let out = vm.new_list()?;
    for &p in params.items() {
        let p = if is_a(vm, p, TYPE_VAR_TUPLE) { unpacked(vm, p)? } else { p };
        vm.list_append(out, p)?;
    }
    vm.new_tuple(out.items())
}
/// Fills in the default of a parameter for which there is no argument.
fn prepare_type_var(vm: &Vm, a: &[Value]) -> Res {
    let params = vm.get_attr(a[1], vm.names().parameters)?;
    let params = vm.to_tuple(params)?;
    let args = vm.to_tuple(a[2])?;
    let Some(index) = params.items().iter().position(|&p| p == a[0]) else {
        return Err(vm.value_error("tuple.index(x): x not in tuple"));
    };
    if index < args.len() {
        return Ok(a[2]);
    }
    let d = default(vm, a[0])?;
    if index > args.len() || d == no_default(vm) {
        let alias = vm.str_of(a[1])?.to_lossy();
        return Err(vm.type_error(format!("Too few arguments for {alias}")));
    }
    let all = vm.new_tuple_blank(args.len() + 1)?;
    for (i, &v) in args.items().iter().chain([&d]).enumerate() {
        all.slot(i).set(&vm.heap, all, v);
    }
    Ok(all.value())
}

// ---- P.args, P.kwargs
fn new_part(vm: &Vm, hook: &str, origin: Value) -> Res {
    part(vm, vm.hook(hook).unwrap_or(Value::NONE), origin)
}
fn part(vm: &Vm, class: Value, origin: Value) -> Res {
    let p = fresh::<ParamSpecPart>(vm, class)?;
    p.origin.set(&vm.heap, p, origin);
    Ok(p.value())
}
fn part_repr(vm: &Vm, a: &[Value]) -> Res {
    let origin = receiver::<ParamSpecPart>(vm, a[0])?.origin.get();
    let name = match vm.cast::<TypeParam>(origin) {
        Some(p) => vm.str_of(p.name.get())?,
        None => vm.repr(origin)?,
    };
    let which = if is_a(vm, a[0], ARGS) { "args" } else { "kwargs" };
    vm.str(&format!("{}.{which}", name.to_lossy()))
}
fn part_equal(vm: &Vm, a: &[Value], wanted: bool) -> Res {
    let x = receiver::<ParamSpecPart>(vm, a[0])?;
    match vm.cast::<ParamSpecPart>(a[1]) {
        Some(y) if vm.class_of(a[0]) == vm.class_of(a[1]) => {
            Ok(Value::bool(vm.equal(x.origin.get(), y.origin.get())? == wanted))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
