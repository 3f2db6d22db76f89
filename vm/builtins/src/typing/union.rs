//! `typing.Union`: `int | None`. Members are flattened, each stands once, order does not matter for equality.

use super::{alias, call_typing, params, subst, type_alias, type_repr};
use crate::functions::iterators::{fresh, receiver};
use crate::sequence::member;
use pyrs_core::object::{
    ClassSpec, GetSetDef, List, Native, NativeDef, Set, Tuple, class_flag, core_shape,
};
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
pub(super) struct Union {
    header: Header,
    /// tuple
    args: Slot,
    /// frozenset of the members that can be hashed
    hashable: Slot,
    /// tuple of the others
    unhashable: Slot,
    /// tuple of type parameters, UNBOUND until asked for
    parameters: Slot,
}
native_object!(Union, "typing.Union", slots = 4);

const SELF: &str = "(self, /)";
const OTHER: &str = "(self, value, /)";

static SPEC: ClassSpec = ClassSpec {
    name: "typing.Union",
    layout: Union::LAYOUT,
    flags: class_flag::NO_NEW | class_flag::HAS_WEAKREF,
    doc: "Represent a union type\n\nE.g. for int | str",
    methods: &[
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
        NativeDef::method("__hash__", SELF, hash, "Return hash(self)."),
        NativeDef::method("__eq__", OTHER, equal, "Return self==value."),
        NativeDef::method("__ne__", OTHER, not_equal, "Return self!=value."),
        NativeDef::method(
            "__or__",
            OTHER,
            |vm, a| from_members(vm, &[a[0], a[1]]),
            "Return self|value.",
        ),
        NativeDef::method(
            "__ror__",
            OTHER,
            |vm, a| from_members(vm, &[a[1], a[0]]),
            "Return value|self.",
        ),
        NativeDef::method("__getitem__", "(self, key, /)", get_item, "Return self[key]."),
        NativeDef::method("__mro_entries__", "(self, bases, /)", mro_entries, ""),
        NativeDef::method("__instancecheck__", "(self, instance, /)", instance_check, ""),
        NativeDef::method("__subclasscheck__", "(self, cls, /)", subclass_check, ""),
        NativeDef::class_method(
            "__class_getitem__",
            "(cls, object, /)",
            class_getitem,
            "See PEP 585",
        ),
    ],
    getset: &[
        member("__args__", |vm, v| Ok(receiver::<Union>(vm, v)?.args.get())),
        GetSetDef::read_only(
            "__parameters__",
            |vm, v| Ok(parameters(vm, receiver(vm, v)?)?.value()),
            "Type variables in the types.UnionType.",
        ),
        GetSetDef::read_only(
            "__origin__",
            |vm, _| Ok(vm.native_class::<Union>().value()),
            "Always returns the type",
        ),
        GetSetDef::read_only("__name__", |vm, _| vm.str("Union"), "Name of the type"),
        GetSetDef::read_only("__qualname__", |vm, _| vm.str("Union"), "Qualified name of the type"),
    ],
    fields: &[],
};
static TYPE_METHODS: &[NativeDef] = &[
    NativeDef::method("__or__", OTHER, |vm, a| or(vm, a[0], a[1]), "Return self|value."),
    NativeDef::method("__ror__", OTHER, |vm, a| or(vm, a[1], a[0]), "Return value|self."),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.define_class(&SPEC, None)?;
    vm.extend_class(vm.classes().type_, TYPE_METHODS, &[])
}

pub(super) fn class(vm: &Vm) -> Value {
    vm.native_class::<Union>().value()
}
fn as_union(vm: &Vm, v: Value) -> Option<Gc<Union>> {
    vm.cast(v)
}
fn args(vm: &Vm, u: Gc<Union>) -> Res<Gc<Tuple>> {
    match vm.as_tuple(u.args.get()) {
        Some(t) => Ok(t),
        None => vm.new_tuple(&[]),
    }
}
fn parameters(vm: &Vm, u: Gc<Union>) -> Res<Gc<Tuple>> {
    if let Some(t) = vm.as_tuple(u.parameters.get()) {
        return Ok(t);
    }
    let t = subst::parameters_of(vm, args(vm, u)?.items())?;
    u.parameters.set(&vm.heap, u, t.value());
    Ok(t)
}

// ---- making
/// What classes and aliases accept on the other side of `|`.
pub(super) fn is_unionable(vm: &Vm, v: Value) -> bool {
    v.is_none()
        || vm.as_class(v).is_some()
        || alias::as_alias(vm, v).is_some()
        || as_union(vm, v).is_some()
        || type_alias::is_type_alias(vm, v)
}
/// `x | y` of classes and their like; NotImplemented for other operands.
pub(super) fn or(vm: &Vm, x: Value, y: Value) -> Res {
    if !is_unionable(vm, x) || !is_unionable(vm, y) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    let mut b = Builder::new(vm)?;
    b.add(vm, x)?;
    b.add(vm, y)?;
    b.finish(vm)
}
/// The union of any values that typing accepts as types; strings become forward references.
pub(super) fn from_members(vm: &Vm, members: &[Value]) -> Res {
    let mut b = Builder::new(vm)?;
    for &v in members {
        let plain = is_unionable(vm, v) || params::is_parameter(vm, v);
        let v = if plain {
            v
        } else {
            let message = vm.str("Union[arg, ...]: each arg must be a type.")?;
            call_typing(vm, "_type_check", &[v, message])?
        };
        b.add(vm, v)?;
    }
    b.finish(vm)
}
fn class_getitem(vm: &Vm, a: &[Value]) -> Res {
    match vm.as_tuple(a[1]) {
        Some(t) => from_members(vm, t.items()),
        None => from_members(vm, &[a[1]]),
    }
}

/// Collects the members of a union.
struct Builder {
    args: Gc<List>,
    hashable: Gc<Set>,
    unhashable: Gc<List>,
}
impl Builder {
    fn new(vm: &Vm) -> Res<Builder> {
        Ok(Builder {
            args: vm.new_list()?,
            hashable: vm.new_set(core_shape::FROZENSET)?,
            unhashable: vm.new_list()?,
        })
    }
    fn add(&mut self, vm: &Vm, v: Value) -> Res<()> {
        if v.is_none() {
            return self.add_one(vm, vm.classes().none.value());
        }
        match as_union(vm, v) {
            Some(u) => {
                for &x in args(vm, u)?.items() {
                    self.add_one(vm, x)?;
                }
                Ok(())
            }
            None => self.add_one(vm, v),
        }
    }
    fn add_one(&mut self, vm: &Vm, v: Value) -> Res<()> {
        match vm.catch(vm.hash(v), vm.exc().type_error)? {
            Some(hash) => {
                if vm.set_add_hashed(self.hashable, v, hash)? {
                    vm.list_append(self.args, v)?;
                }
            }
            None => {
                let mut i = 0;
                while let Some(x) = self.unhashable.get(i) {
                    if vm.equal(x, v)? {
                        return Ok(());
                    }
                    i += 1;
                }
                vm.list_append(self.unhashable, v)?;
                vm.list_append(self.args, v)?;
            }
        }
        Ok(())
    }
    /// The union, or its only member.
    fn finish(self, vm: &Vm) -> Res {
        match self.args.items() {
            [] => return Err(vm.type_error("Cannot take a Union of no types.")),
            &[only] => return Ok(only),
            _ => {}
        }
        let u = fresh::<Union>(vm, vm.native_class::<Union>().value())?;
        let members = vm.tuple(self.args.items())?;
        u.args.set(&vm.heap, u, members);
        u.hashable.set(&vm.heap, u, self.hashable.value());
        let others = vm.tuple(self.unhashable.items())?;
        u.unhashable.set(&vm.heap, u, others);
        Ok(u.value())
    }
}

// ---- as a value
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let u = receiver::<Union>(vm, a[0])?;
    let mut out = StrBuilder::new();
    for (i, &v) in args(vm, u)?.items().iter().enumerate() {
        if i > 0 {
            out.push_str(" | ");
        }
        if v == vm.classes().none.value() {
            out.push_str("None");
        } else {
            type_repr(vm, v, &mut out)?;
        }
    }
    Ok(vm.new_str_builder(&out)?.value())
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let u = receiver::<Union>(vm, a[0])?;
    if let Some(others) = vm.as_tuple(u.unhashable.get()) {
        // Raises the TypeError of the first such member, if it still has none.
        for &v in others.items() {
            vm.hash(v)?;
        }
        if !others.is_empty() {
            return Err(
                vm.type_error(format!("union contains {} unhashable elements", others.len()))
            );
        }
    }
    vm.int(vm.hash(u.hashable.get())? as i64)
}
fn same(vm: &Vm, a: &[Value]) -> Res<Option<bool>> {
    let x = receiver::<Union>(vm, a[0])?;
    let Some(y) = as_union(vm, a[1]) else { return Ok(None) };
    if !vm.equal(x.hashable.get(), y.hashable.get())? {
        return Ok(Some(false));
    }
    let (p, q) = (vm.to_tuple(x.unhashable.get())?, vm.to_tuple(y.unhashable.get())?);
    if p.len() != q.len() {
        return Ok(Some(false));
    }
    for &v in p.items() {
        if !vm.contains(q.value(), v)? {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}
fn equal(vm: &Vm, a: &[Value]) -> Res {
    Ok(same(vm, a)?.map_or(Value::NOT_IMPLEMENTED, Value::bool))
}
fn not_equal(vm: &Vm, a: &[Value]) -> Res {
    Ok(same(vm, a)?.map_or(Value::NOT_IMPLEMENTED, |b| Value::bool(!b)))
}
fn get_item(vm: &Vm, a: &[Value]) -> Res {
    let u = receiver::<Union>(vm, a[0])?;
    let new = subst::substitute(vm, a[0], args(vm, u)?, parameters(vm, u)?, a[1])?;
    from_members(vm, new.items())
}
fn mro_entries(vm: &Vm, a: &[Value]) -> Res {
    Err(vm.type_error(format!("Cannot subclass {}", vm.repr(a[0])?.to_lossy())))
}
fn instance_check(vm: &Vm, a: &[Value]) -> Res {
    let u = receiver::<Union>(vm, a[0])?;
    for &c in args(vm, u)?.items() {
        if vm.is_instance(a[1], c)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}
fn subclass_check(vm: &Vm, a: &[Value]) -> Res {
    let u = receiver::<Union>(vm, a[0])?;
    for &c in args(vm, u)?.items() {
        if vm.is_subclass(a[1], c)? {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}
