//! `types.GenericAlias`: `list[int]`, `tuple[int, ...]`, and their unpacked form `*tuple[int]`.

use super::{subst, type_repr, union};
use crate::sequence::{builtin, member};
use crate::support::class_argument;
use core::cell::Cell;
use pyrs_core::object::{
    ClassSpec, GetSetDef, List, Native, NativeDef, Tuple, class_flag, core_shape,
};
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
pub(super) struct GenericAlias {
    pub(super) header: Header,
    pub(super) origin: Slot,
    /// tuple
    pub(super) args: Slot,
    /// tuple of type parameters, UNBOUND until asked for
    parameters: Slot,
    /// `*tuple[int]`
    starred: Cell<bool>,
}
native_object!(GenericAlias, "types.GenericAlias", slots = 3);

/// Yields the starred form once.
#[repr(C)]
struct AliasIter {
    header: Header,
    /// UNBOUND when exhausted
    alias: Slot,
}
native_object!(AliasIter, "generic_alias_iterator", slots = 1);

const SELF: &str = "(self, /)";

static SPEC: ClassSpec = ClassSpec {
    name: "types.GenericAlias",
    layout: GenericAlias::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_WEAKREF,
    doc: "Represent a PEP 585 generic type\n\nE.g. for t = list[int], t.__origin__ is list and t.__args__ is (int,).",
    methods: &[
        NativeDef::static_method("__new__", "(cls, origin, args, /)", new, ""),
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
        NativeDef::method("__hash__", SELF, hash, "Return hash(self)."),
        NativeDef::method("__eq__", "(self, value, /)", equal, "Return self==value."),
        NativeDef::method("__ne__", "(self, value, /)", not_equal, "Return self!=value."),
        NativeDef::method(
            "__call__",
            "(self, /, *args, **kwargs)",
            call,
            "Call self as a function.",
        ),
        NativeDef::method(
            "__getattribute__",
            "(self, name, /)",
            get_attribute,
            "Return getattr(self, name).",
        ),
        NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
        NativeDef::method("__iter__", SELF, iter, "Implement iter(self)."),
        NativeDef::method(
            "__or__",
            "(self, value, /)",
            |vm, a| union::or(vm, a[0], a[1]),
            "Return self|value.",
        ),
        NativeDef::method(
            "__ror__",
            "(self, value, /)",
            |vm, a| union::or(vm, a[1], a[0]),
            "Return value|self.",
        ),
        NativeDef::method(
            "__mro_entries__",
            "(self, bases, /)",
            |vm, a| vm.tuple(&[this(vm, a)?.origin.get()]),
            "",
        ),
        NativeDef::method(
            "__instancecheck__",
            "(self, instance, /)",
            |vm, _| Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic")),
            "",
        ),
        NativeDef::method(
            "__subclasscheck__",
            "(self, cls, /)",
            |vm, _| Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic")),
            "",
        ),
        NativeDef::method("__reduce__", SELF, reduce, ""),
        NativeDef::method("__dir__", SELF, dir, ""),
    ],
    getset: &[
        member("__origin__", |vm, v| Ok(this(vm, &[v])?.origin.get())),
        member("__args__", |vm, v| Ok(this(vm, &[v])?.args.get())),
        member("__unpacked__", |vm, v| Ok(Value::bool(this(vm, &[v])?.starred.get()))),
        GetSetDef::read_only(
            "__parameters__",
            |vm, v| Ok(parameters(vm, this(vm, &[v])?)?.value()),
            "Type variables in the GenericAlias.",
        ),
        GetSetDef::read_only("__typing_unpacked_tuple_args__", unpacked_tuple_args, ""),
    ],
    fields: &[],
};
static ITER_SPEC: ClassSpec = ClassSpec {
    name: "generic_alias_iterator",
    layout: AliasIter::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
        NativeDef::method("__next__", SELF, iter_next, "Implement next(self)."),
        NativeDef::method("__reduce__", SELF, iter_reduce, ""),
    ],
    getset: &[],
    fields: &[],
};

pub(super) fn install(vm: &Vm) -> Res<()> {
    let c = vm.define_class(&SPEC, None)?;
    vm.generic_alias_class.set(c.value());
    vm.define_class(&ITER_SPEC, None)?;
    Ok(())
}

fn this(vm: &Vm, a: &[Value]) -> Res<Gc<GenericAlias>> {
    crate::functions::iterators::receiver(vm, a[0])
}
pub(super) fn as_alias(vm: &Vm, v: Value) -> Option<Gc<GenericAlias>> {
    vm.cast(v)
}

/// `GenericAlias(origin, args)`, of the exact class.
pub(super) fn make(vm: &Vm, origin: Value, args: Value, starred: bool) -> Res {
    fill(vm, vm.native_class::<GenericAlias>().value(), origin, args, starred)
}
fn fill(vm: &Vm, class: Value, origin: Value, args: Value, starred: bool) -> Res {
    let args = match vm.as_tuple(args) {
        Some(_) => args,
        None => vm.tuple(&[args])?,
    };
    let g = crate::functions::iterators::fresh::<GenericAlias>(vm, class)?;
    g.origin.set(&vm.heap, g, origin);
    g.args.set(&vm.heap, g, args);
    g.starred.set(starred);
    Ok(g.value())
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = class_argument(vm, a[0], vm.native_class::<GenericAlias>())?;
    fill(vm, class.value(), a[1], a[2], false)
}
/// The arguments as an exact tuple.
fn args(vm: &Vm, g: Gc<GenericAlias>) -> Res<Gc<Tuple>> {
    match vm.as_tuple(g.args.get()) {
        Some(t) => Ok(t),
        None => vm.new_tuple(&[]),
    }
}
pub(super) fn parameters(vm: &Vm, g: Gc<GenericAlias>) -> Res<Gc<Tuple>> {
    if let Some(t) = vm.as_tuple(g.parameters.get()) {
        return Ok(t);
    }
    let t = subst::parameters_of(vm, args(vm, g)?.items())?;
    g.parameters.set(&vm.heap, g, t.value());
    Ok(t)
}

// ---- as a value
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let g = this(vm, a)?;
    let mut out = StrBuilder::new();
    if g.starred.get() {
        out.push_str("*");
    }
    type_repr(vm, g.origin.get(), &mut out)?;
    out.push_str("[");
    let args = args(vm, g)?;
    for (i, &v) in args.items().iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        match vm.exact::<List>(v, core_shape::LIST) {
            // Arguments for a ParamSpec.
            Some(l) => list_repr(vm, l, &mut out)?,
            None => type_repr(vm, v, &mut out)?,
        }
    }
    out.push_str(if args.is_empty() { "()]" } else { "]" });
    Ok(vm.new_str_builder(&out)?.value())
}
fn list_repr(vm: &Vm, l: Gc<List>, out: &mut StrBuilder) -> Res<()> {
    out.push_str("[");
    let mut i = 0;
    while let Some(v) = l.get(i) {
        if i > 0 {
            out.push_str(", ");
        }
        type_repr(vm, v, out)?;
        i += 1;
    }
    out.push_str("]");
    Ok(())
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let g = this(vm, a)?;
    let h = vm.hash(g.origin.get())? ^ vm.hash(args(vm, g)?.value())?;
    vm.int(if h == -1 { -2 } else { h as i64 })
}
fn same(vm: &Vm, a: &[Value]) -> Res<Option<bool>> {
    let x = this(vm, a)?;
    let Some(y) = as_alias(vm, a[1]) else { return Ok(None) };
    Ok(Some(
        x.starred.get() == y.starred.get()
            && vm.equal(x.origin.get(), y.origin.get())?
            && vm.equal(args(vm, x)?.value(), args(vm, y)?.value())?,
    ))
}
fn equal(vm: &Vm, a: &[Value]) -> Res {
    Ok(same(vm, a)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}
fn not_equal(vm: &Vm, a: &[Value]) -> Res {
    Ok(same(vm, a)?.map_or(Value::NOT_IMPLEMENTED, |b| Value::bool(!b)))
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let g = this(vm, a)?;
    let parts = vm.tuple(&[g.origin.get(), g.args.get()])?;
    if g.starred.get() {
        let plain = make(vm, g.origin.get(), g.args.get(), false)?;
        let it = vm.tuple(&[vm.get_iter(plain)?])?;
        return vm.tuple(&[builtin(vm, "next")?, it]);
    }
    vm.tuple(&[vm.class_of(a[0]).value(), parts])
}

// ---- standing for the origin
/// Attributes that are the alias's own; all others are the origin's.
const OWN: [&str; 11] = [
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
];
/// Never taken from the origin.
const BLOCKED: [&str; 3] = ["__bases__", "__copy__", "__deepcopy__"];

fn get_attribute(vm: &Vm, a: &[Value]) -> Res {
    let g = this(vm, a)?;
    if let Some(name) = vm.as_str(a[1]) {
        let listed = |table: &[&str]| name.as_ascii().is_some_and(|n| table.contains(&n));
        if !listed(&BLOCKED) && !listed(&OWN) {
            return vm.get_attr(g.origin.get(), name);
        }
        return vm.generic_get_attr(a[0], vm.intern_str(name));
    }
    Err(vm.type_error(format!("attribute name must be string, not '{}'", vm.type_name(a[1]))))
}
fn dir(vm: &Vm, a: &[Value]) -> Res {
    let names = vm.call(builtin(vm, "dir")?, &[this(vm, a)?.origin.get()])?;
    let list = vm.to_list(names)?;
    for name in OWN {
        let name = vm.intern(name).value();
        if !vm.contains(list.value(), name)? {
            vm.list_append(list, name)?;
        }
    }
    Ok(list.value())
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let g = this(vm, a)?;
    let positional = vm.to_tuple(a[1])?;
    let made = vm.call_dict(g.origin.get(), positional.items(), vm.as_dict(a[2]))?;
    // Objects without room for attributes go without.
    if let Err(r) = vm.set_attr(made, vm.names().orig_class, a[0])
        && !vm.pending_is(r, vm.exc().attribute_error)
        && !vm.pending_is(r, vm.exc().type_error)
    {
        return Err(r);
    } else if vm.pending.get().is_object() {
        vm.pending.set(Value::NONE);
    }
    Ok(made)
}
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    let g = this(vm, a)?;
    let new = subst::substitute(vm, a[0], args(vm, g)?, parameters(vm, g)?, a[1])?;
    make(vm, g.origin.get(), new.value(), g.starred.get())
}
fn unpacked_tuple_args(vm: &Vm, v: Value) -> Res {
    let g = this(vm, &[v])?;
    let tuple = vm.classes().tuple.value();
    Ok(if g.starred.get() && g.origin.get() == tuple { g.args.get() } else { Value::NONE })
}

// ---- `*alias`
fn iter(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.native_class::<AliasIter>();
    let it = crate::functions::iterators::fresh::<AliasIter>(vm, class.value())?;
    it.alias.set(&vm.heap, it, a[0]);
    Ok(it.value())
}
fn iter_next(vm: &Vm, a: &[Value]) -> Res {
    let it = crate::functions::iterators::receiver::<AliasIter>(vm, a[0])?;
    let Some(g) = as_alias(vm, it.alias.get()) else { return Ok(Value::UNBOUND) };
    let starred = make(vm, g.origin.get(), g.args.get(), true)?;
    it.alias.set(&vm.heap, it, Value::UNBOUND);
    Ok(starred)
}
fn iter_reduce(vm: &Vm, a: &[Value]) -> Res {
    let it = crate::functions::iterators::receiver::<AliasIter>(vm, a[0])?;
    // First: looking for it may run Python code that goes on iterating.
    let f = builtin(vm, "iter")?;
    let over = if it.alias.get().is_unbound() { vm.tuple(&[])? } else { it.alias.get() };
    vm.tuple(&[f, vm.tuple(&[over])?])
}
