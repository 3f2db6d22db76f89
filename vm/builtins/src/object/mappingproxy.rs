//! `mappingproxy`: a view of a mapping that cannot be changed through it; what `cls.__dict__` gives.

use crate::functions::iterators::{fresh, receiver};
use pyrs_core::names::Special;
use pyrs_core::object::{ClassSpec, Native, NativeDef, class_flag};
use pyrs_core::protocol::{BinaryOp, Comparison};
use pyrs_core::{Header, Res, Slot, Value, Vm, native_object};

#[repr(C)]
pub(crate) struct MappingProxy {
    header: Header,
    mapping: Slot,
}
native_object!(MappingProxy, "mappingproxy", slots = 1);

const SELF: &str = "(self, /)";

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "mappingproxy",
    layout: MappingProxy::LAYOUT,
    flags: class_flag::MAPPING,
    doc: "Read-only view of a mapping.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, mapping)", new, ""),
        NativeDef::method("__len__", SELF, len, "len(self)"),
        NativeDef::method("__getitem__", "(self, key, /)", getitem, "self[key]"),
        NativeDef::method("__contains__", "(self, key, /)", contains, "key in self"),
        NativeDef::method("__iter__", SELF, iter, "iter(self)"),
        NativeDef::method("__reversed__", SELF, reversed, "reversed(self)"),
        NativeDef::method(
            "get",
            "(self, key, default=None, /)",
            get,
            "The value for key, or default.",
        ),
        NativeDef::method("keys", SELF, keys, "View of the keys."),
        NativeDef::method("values", SELF, values, "View of the values."),
        NativeDef::method("items", SELF, items, "View of the (key, value) pairs."),
        NativeDef::method("copy", SELF, copy, "Shallow copy of the mapping."),
        NativeDef::method("__repr__", SELF, repr, "repr(self)"),
        NativeDef::method("__str__", SELF, str, "str(self)"),
        NativeDef::method("__hash__", SELF, hash, "hash(self)"),
        NativeDef::method("__eq__", "(self, value, /)", eq, "self == value"),
        NativeDef::method("__ne__", "(self, value, /)", ne, "self != value"),
        NativeDef::method("__lt__", "(self, value, /)", lt, "self < value"),
        NativeDef::method("__le__", "(self, value, /)", le, "self <= value"),
        NativeDef::method("__gt__", "(self, value, /)", gt, "self > value"),
        NativeDef::method("__ge__", "(self, value, /)", ge, "self >= value"),
        NativeDef::method("__or__", "(self, value, /)", or, "self | value"),
        NativeDef::method("__ror__", "(self, value, /)", ror, "value | self"),
        NativeDef::method("__ior__", "(self, value, /)", ior, "self |= value"),
        NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
    ],
    getset: &[],
    fields: &[],
};

/// A proxy of `mapping`.
pub(crate) fn new_proxy(vm: &Vm, mapping: Value) -> Res {
    let class = vm.native_class::<MappingProxy>();
    let p = fresh::<MappingProxy>(vm, class.value())?;
    p.mapping.set(&vm.heap, p, mapping);
    Ok(p.value())
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    let mapping = args[1];
    let class = vm.class_of(mapping);
    let fits = vm.special(class, Special::GetItem).is_some()
        && vm.as_list(mapping).is_none()
        && vm.as_tuple(mapping).is_none()
        && vm.as_str(mapping).is_none()
        && vm.as_bytes(mapping).is_none();
    if !fits {
        return Err(vm.type_error(format!(
            "mappingproxy() argument must be a mapping, not {}",
            vm.type_name(mapping)
        )));
    }
    let p = fresh::<MappingProxy>(vm, args[0])?;
    p.mapping.set(&vm.heap, p, mapping);
    Ok(p.value())
}

/// The mapping behind a proxy; other values stand for themselves.
fn behind(vm: &Vm, v: Value) -> Value {
    vm.cast::<MappingProxy>(v).map_or(v, |p| p.mapping.get())
}

fn mapping(vm: &Vm, args: &[Value]) -> Res {
    Ok(receiver::<MappingProxy>(vm, args[0])?.mapping.get())
}

fn len(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.len(mapping(vm, args)?)?;
    vm.int_usize(n)
}

fn getitem(vm: &Vm, args: &[Value]) -> Res {
    vm.get_item(mapping(vm, args)?, args[1])
}

fn contains(vm: &Vm, args: &[Value]) -> Res {
    vm.contains(mapping(vm, args)?, args[1]).map(Value::bool)
}

fn iter(vm: &Vm, args: &[Value]) -> Res {
    vm.get_iter(mapping(vm, args)?)
}

fn reversed(vm: &Vm, args: &[Value]) -> Res {
    vm.call_method_str(mapping(vm, args)?, vm.names().reversed, &[])
}

fn get(vm: &Vm, args: &[Value]) -> Res {
    let m = mapping(vm, args)?;
    if vm.object(m).is_some_and(|o| o.shape() == pyrs_core::object::core_shape::DICT)
        && let Some(d) = vm.as_dict(m)
    {
        return Ok(vm.dict_get(d, args[1])?.unwrap_or(args[2]));
    }
    vm.call_method(m, "get", &args[1..3])
}

fn keys(vm: &Vm, args: &[Value]) -> Res {
    vm.call_method_str(mapping(vm, args)?, vm.names().keys, &[])
}

fn values(vm: &Vm, args: &[Value]) -> Res {
    vm.call_method(mapping(vm, args)?, "values", &[])
}

fn items(vm: &Vm, args: &[Value]) -> Res {
    vm.call_method_str(mapping(vm, args)?, vm.names().items, &[])
}

fn copy(vm: &Vm, args: &[Value]) -> Res {
    vm.call_method(mapping(vm, args)?, "copy", &[])
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let inner = vm.repr(mapping(vm, args)?)?;
    let mut b = pyrs_text::StrBuilder::from("mappingproxy(");
    b.push_points(inner.points());
    b.push_str(")");
    Ok(vm.new_str_builder(&b)?.value())
}

fn str(vm: &Vm, args: &[Value]) -> Res {
    Ok(vm.str_of(mapping(vm, args)?)?.value())
}

fn hash(vm: &Vm, args: &[Value]) -> Res {
    let h = vm.hash(mapping(vm, args)?)?;
    vm.int(h as i64)
}

fn compare(vm: &Vm, args: &[Value], op: Comparison) -> Res {
    vm.compare(op, mapping(vm, args)?, behind(vm, args[1]))
}

fn eq(vm: &Vm, args: &[Value]) -> Res {
    compare(vm, args, Comparison::Eq)
}

fn ne(vm: &Vm, args: &[Value]) -> Res {
    compare(vm, args, Comparison::Ne)
}

fn lt(vm: &Vm, args: &[Value]) -> Res {
    compare(vm, args, Comparison::Lt)
}

fn le(vm: &Vm, args: &[Value]) -> Res {
    compare(vm, args, Comparison::Le)
}

fn gt(vm: &Vm, args: &[Value]) -> Res {
    compare(vm, args, Comparison::Gt)
}

fn ge(vm: &Vm, args: &[Value]) -> Res {
    compare(vm, args, Comparison::Ge)
}

fn or(vm: &Vm, args: &[Value]) -> Res {
    vm.binary(BinaryOp::Or, behind(vm, args[0]), behind(vm, args[1]))
}

fn ror(vm: &Vm, args: &[Value]) -> Res {
    vm.binary(BinaryOp::Or, behind(vm, args[1]), behind(vm, args[0]))
}

fn ior(vm: &Vm, _args: &[Value]) -> Res {
    Err(vm.type_error("'|=' is not supported by mappingproxy; use '|' instead"))
}

fn generic(vm: &Vm, args: &[Value]) -> Res {
    vm.generic_alias(args[0], args[1])
}
