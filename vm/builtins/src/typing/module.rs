//! `Generic`, `NoDefault`, the module `_typing`, and the functions that compiled code calls for type parameters.

use super::{call_typing, params, type_alias, union};
use pyrs_core::object::{ClassSpec, Instance, Native, NativeDef, class_flag};
use pyrs_core::{Res, Value, Vm};

static GENERIC: ClassSpec = ClassSpec {
    name: "typing.Generic",
    layout: Instance::LAYOUT,
    flags: class_flag::BASE | class_flag::MUTABLE,
    doc: "Abstract base class for generic types.",
    methods: &[
        NativeDef::class_method(
            "__class_getitem__",
            "(cls, /, *args, **kwargs)",
            class_getitem,
            "",
        ),
        NativeDef::class_method(
            "__init_subclass__",
            "(cls, /, *args, **kwargs)",
            init_subclass,
            "",
        ),
    ],
    getset: &[],
    fields: &[],
};
static NO_DEFAULT: ClassSpec = ClassSpec {
    name: "NoDefaultType",
    layout: Instance::LAYOUT,
    flags: 0,
    doc: "The type of the NoDefault singleton.",
    methods: &[
        NativeDef::static_method("__new__", "(cls)", |vm, _| Ok(params::no_default(vm)), ""),
        NativeDef::method(
            "__repr__",
            "(self, /)",
            |vm, _| vm.str("typing.NoDefault"),
            "Return repr(self).",
        ),
        NativeDef::method("__reduce__", "(self, /)", |vm, _| vm.str("NoDefault"), ""),
    ],
    getset: &[],
    fields: &[],
};
/// Called by compiled code under these names; see `Intrinsic1` and `Intrinsic2` of the bytecode.
static HOOKS: &[NativeDef] = &[
    NativeDef::function(
        "_pyrs_typevar",
        "(name, /)",
        |vm, a| Ok(params::from_syntax(vm, params::TYPE_VAR, a[0])?.value()),
        "",
    ),
    NativeDef::function(
        "_pyrs_paramspec",
        "(name, /)",
        |vm, a| Ok(params::from_syntax(vm, params::PARAM_SPEC, a[0])?.value()),
        "",
    ),
    NativeDef::function(
        "_pyrs_typevartuple",
        "(name, /)",
        |vm, a| Ok(params::from_syntax(vm, params::TYPE_VAR_TUPLE, a[0])?.value()),
        "",
    ),
    NativeDef::function("_pyrs_typevar_with_bound", "(name, evaluator, /)", with_bound, ""),
    NativeDef::function(
        "_pyrs_typevar_with_constraints",
        "(name, evaluator, /)",
        with_constraints,
        "",
    ),
    NativeDef::function("_pyrs_set_typeparam_default", "(param, evaluator, /)", set_default, ""),
    NativeDef::function("_pyrs_subscript_generic", "(params, /)", subscript_generic, ""),
    NativeDef::function(
        "_pyrs_typealias",
        "(name, params, evaluator, /)",
        type_alias::from_syntax,
        "",
    ),
];
static FUNCTIONS: &[NativeDef] = &[NativeDef::function("_idfunc", "(x, /)", |_, a| Ok(a[0]), "")];

/// Hook name under which the class `Generic` is kept.
const GENERIC_HOOK: &str = "typing.Generic";

pub(super) fn install(vm: &Vm) -> Res<()> {
    let generic = vm.define_class(&GENERIC, None)?;
    vm.set_hook(GENERIC_HOOK, generic.value());
    let no_default = vm.define_class(&NO_DEFAULT, None)?;
    let singleton = vm.new_instance(no_default)?;
    vm.set_hook("typing.NoDefault", singleton.value());
    for def in HOOKS {
        vm.set_hook(def.name, vm.new_native(def, None, Value::NONE)?);
    }
    vm.register_modules(&[("_typing", module as _)]);
    Ok(())
}
/// Builds the module `_typing`.
fn module(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_typing",
        "Primitives and accelerators for the typing module.",
        FUNCTIONS,
    )?;
    for (name, hook) in [
        ("TypeVar", params::TYPE_VAR),
        ("ParamSpec", params::PARAM_SPEC),
        ("TypeVarTuple", params::TYPE_VAR_TUPLE),
        ("ParamSpecArgs", params::ARGS),
        ("ParamSpecKwargs", params::KWARGS),
        ("Generic", GENERIC_HOOK),
        ("NoDefault", "typing.NoDefault"),
    ] {
        if let Some(v) = vm.hook(hook) {
            vm.module_set(m, name, v)?;
        }
    }
    vm.module_set(m, "TypeAliasType", type_alias::class(vm))?;
    vm.module_set(m, "Union", union::class(vm))?;
    Ok(m.value())
}

/// Calls a function of `typing` with the class, the positional and the named arguments.
fn forward(vm: &Vm, name: &str, a: &[Value]) -> Res {
    let typing = vm.import_module("typing")?;
    let f = vm.get_attr(typing, vm.intern(name))?;
    let rest = vm.to_tuple(a[1])?;
    let all = vm.new_tuple_blank(rest.len() + 1)?;
    for (i, &v) in [a[0]].iter().chain(rest.items()).enumerate() {
        all.slot(i).set(&vm.heap, all, v);
    }
    vm.call_dict(f, all.items(), vm.as_dict(a[2]))
}
fn class_getitem(vm: &Vm, a: &[Value]) -> Res {
    forward(vm, "_generic_class_getitem", a)
}
fn init_subclass(vm: &Vm, a: &[Value]) -> Res {
    forward(vm, "_generic_init_subclass", a)
}
fn with_bound(vm: &Vm, a: &[Value]) -> Res {
    let p = params::from_syntax(vm, params::TYPE_VAR, a[0])?;
    params::set_lazy_bound(vm, p, a[1]);
    Ok(p.value())
}
fn with_constraints(vm: &Vm, a: &[Value]) -> Res {
    let p = params::from_syntax(vm, params::TYPE_VAR, a[0])?;
    params::set_lazy_constraints(vm, p, a[1]);
    Ok(p.value())
}
fn set_default(vm: &Vm, a: &[Value]) -> Res {
    params::set_lazy_default(vm, a[0], a[1])?;
    Ok(a[0])
}
/// `Generic[T, ...]` for the bases of `class C[T, ...]`.
fn subscript_generic(vm: &Vm, a: &[Value]) -> Res {
    let unpacked = params::unpack_tuples(vm, vm.to_tuple(a[0])?)?;
    let generic = vm.hook(GENERIC_HOOK).unwrap_or(Value::NONE);
    call_typing(vm, "_GenericAlias", &[generic, unpacked.value()])
}
