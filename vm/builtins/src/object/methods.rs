//! The methods of `object`.

use super::copying;
use crate::functions::{attribute_name, class_names};
use pyrs_core::names::Special;
use pyrs_core::object::{Class, Dict, NativeDef, NativeFunction, class_flag, core_shape};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

const SELF: &str = "(self, /)";
const OTHER: &str = "(self, value, /)";

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, /, *args, **kwargs)",
        object_new,
        "Makes a new object.",
    ),
    NativeDef::method("__init__", "(self, /, *args, **kwargs)", object_init, "Initialises self."),
    NativeDef::class_method(
        "__init_subclass__",
        "(cls, /, **kwargs)",
        init_subclass,
        "Called when a class is subclassed; does nothing unless overridden.",
    ),
    NativeDef::class_method(
        "__subclasshook__",
        "(cls, subclass, /)",
        subclass_hook,
        "Lets abstract classes customise issubclass().",
    ),
    NativeDef::method("__getattribute__", "(self, name, /)", getattribute, "self.name"),
    NativeDef::method("__setattr__", "(self, name, value, /)", setattr, "self.name = value"),
    NativeDef::method("__delattr__", "(self, name, /)", delattr, "del self.name"),
    NativeDef::method("__eq__", OTHER, eq, "self == value"),
    NativeDef::method("__ne__", OTHER, ne, "self != value"),
    NativeDef::method("__lt__", OTHER, undecided, "self < value"),
    NativeDef::method("__le__", OTHER, undecided, "self <= value"),
    NativeDef::method("__gt__", OTHER, undecided, "self > value"),
    NativeDef::method("__ge__", OTHER, undecided, "self >= value"),
    NativeDef::method("__hash__", SELF, hash, "hash(self)"),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("__str__", SELF, str, "str(self)"),
    NativeDef::method("__format__", "(self, format_spec, /)", format, "format(self, format_spec)"),
    NativeDef::method("__dir__", SELF, dir, "The names of the object's attributes."),
    NativeDef::method("__sizeof__", SELF, sizeof, "Bytes the object takes."),
    NativeDef::method("__reduce__", SELF, copying::reduce, "State for pickle."),
    NativeDef::method(
        "__reduce_ex__",
        "(self, protocol, /)",
        copying::reduce_ex,
        "State for pickle.",
    ),
    NativeDef::method("__getstate__", SELF, copying::getstate, "State for pickle."),
];

pub(super) static GETSET: &[GetSetDef] = &[GetSetDef {
    name: "__class__",
    get: class_get,
    set: Some(super::assignment::class_set),
    doc: "the object's class",
}];

fn more_than_nothing(vm: &Vm, args: Value, kwargs: Value) -> bool {
    vm.as_tuple(args).is_some_and(|t| !t.is_empty())
        || vm.as_dict(kwargs).is_some_and(|d| !d.is_empty())
}

/// The class's special method is `object`'s own.
fn is_objects(vm: &Vm, class: Gc<Class>, special: Special) -> bool {
    vm.special(class, special) == vm.special(vm.classes().object, special)
}

fn object_new(vm: &Vm, args: &[Value]) -> Res {
    let Some(class) = vm.as_class(args[0]) else {
        return Err(vm.type_error("object.__new__(X): X is not a type object"));
    };
    if more_than_nothing(vm, args[1], args[2]) {
        if !is_objects(vm, class, Special::New) {
            return Err(vm.type_error(
                "object.__new__() takes exactly one argument (the type to instantiate)",
            ));
        }
        if is_objects(vm, class, Special::Init) {
            return Err(vm.type_error(format!("{}() takes no arguments", vm.class_name(class))));
        }
    }
    if class.has(class_flag::ABSTRACT) {
        return Err(abstract_class(vm, class)?);
    }
    Ok(vm.new_instance(class)?.value())
}

fn abstract_class(vm: &Vm, class: Gc<Class>) -> Res<pyrs_core::Raised> {
    let methods = vm.get_attr(class.value(), vm.names().abc_abstractmethods)?;
    let methods = vm.to_list(methods)?;
    crate::sequence::sort::sort_list(vm, methods, Value::NONE, false)?;
    let mut names = Vec::new();
    for i in 0..methods.len() {
        if let Some(s) = methods.get(i).and_then(|v| vm.as_str(v)) {
            names.push(format!("'{}'", s.to_lossy()));
        }
    }
    Ok(vm.type_error(format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{} {}",
        vm.class_name(class),
        if names.len() > 1 { "s" } else { "" },
        names.join(", ")
    )))
}

fn object_init(vm: &Vm, args: &[Value]) -> Res {
    if more_than_nothing(vm, args[1], args[2]) {
        let class = vm.class_of(args[0]);
        if !is_objects(vm, class, Special::Init) {
            return Err(vm.type_error(
                "object.__init__() takes exactly one argument (the instance to initialize)",
            ));
        }
        if is_objects(vm, class, Special::New) {
            return Err(vm.type_error(format!(
                "{}.__init__() takes exactly one argument (the instance to initialize)",
                vm.class_name(class)
            )));
        }
    }
    Ok(Value::NONE)
}

fn init_subclass(vm: &Vm, args: &[Value]) -> Res {
    if crate::functions::given(vm, args[1]).is_some() {
        let name = vm.as_class(args[0]).map_or_else(String::new, |c| {
            vm.as_str(c.qualname.get()).map_or_else(String::new, |s| s.to_lossy())
        });
        return Err(vm.type_error(format!("{name}.__init_subclass__() takes no keyword arguments")));
    }
    Ok(Value::NONE)
}

fn subclass_hook(_vm: &Vm, _args: &[Value]) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}

fn getattribute(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    vm.generic_get_attr(args[0], name)
}

/// `object`'s own setter must not get around `type`'s.
fn refuse_class(vm: &Vm, v: Value, what: &str) -> Res<()> {
    match vm.as_class(v) {
        Some(_) => {
            Err(vm.type_error(format!("can't apply this {what} to {} object", vm.type_name(v))))
        }
        None => Ok(()),
    }
}

fn setattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    refuse_class(vm, args[0], "__setattr__")?;
    vm.generic_set_attr(args[0], name, Some(args[2]))?;
    Ok(Value::NONE)
}

fn delattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    refuse_class(vm, args[0], "__delattr__")?;
    vm.generic_set_attr(args[0], name, None)?;
    Ok(Value::NONE)
}

fn eq(vm: &Vm, args: &[Value]) -> Res {
    Ok(if vm.same(args[0], args[1]) { Value::TRUE } else { Value::NOT_IMPLEMENTED })
}

fn ne(vm: &Vm, args: &[Value]) -> Res {
    let class = vm.class_of(args[0]);
    let r = match vm.special(class, Comparison::Eq.special()) {
        Some(f) if !f.is_none() => vm.call_bound(f, args[0], &[args[1]])?,
        _ => Value::NOT_IMPLEMENTED,
    };
    if r == Value::NOT_IMPLEMENTED { Ok(r) } else { Ok(Value::bool(!vm.truth(r)?)) }
}

fn undecided(_vm: &Vm, _args: &[Value]) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}

fn hash(vm: &Vm, args: &[Value]) -> Res {
    vm.int(vm.address_hash(args[0]) as i64)
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    Ok(vm.default_repr(args[0])?.value())
}

fn str(vm: &Vm, args: &[Value]) -> Res {
    Ok(vm.repr(args[0])?.value())
}

fn format(vm: &Vm, args: &[Value]) -> Res {
    let Some(spec) = vm.as_str(args[1]) else {
        return Err(vm.type_error(format!(
            "__format__() argument must be str, not {}",
            vm.type_name(args[1])
        )));
    };
    if !spec.is_empty() {
        return Err(vm.type_error(format!(
            "unsupported format string passed to {}.__format__",
            vm.type_name(args[0])
        )));
    }
    Ok(vm.str_of(args[0])?.value())
}

fn dir(vm: &Vm, args: &[Value]) -> Res {
    let names = vm.new_dict()?;
    if let Some(d) = vm.get_attr_opt(args[0], vm.names().dict)?
        && let Some(d) = vm.as_dict(d)
    {
        vm.dict_merge(names, d)?;
    }
    if let Some(c) = vm.get_attr_opt(args[0], vm.names().class)? {
        merge_class_names(vm, c, names, 0)?;
    }
    vm.list(vm.to_list(names.value())?.items())
}

/// Adds the names of a class, or of what claims to be one, and of its bases.
fn merge_class_names(vm: &Vm, class: Value, into: Gc<Dict>, depth: usize) -> Res<()> {
    if let Some(c) = vm.as_class(class) {
        return class_names(vm, c, into);
    }
    if let Some(d) = vm.get_attr_opt(class, vm.names().dict)? {
        for k in [vm.to_list(d)?] {
            for i in 0..k.len() {
                if let Some(name) = k.get(i) {
                    vm.dict_set(into, name, Value::NONE)?;
                }
            }
        }
    }
    if depth < 100
        && let Some(bases) = vm.get_attr_opt(class, vm.names().bases)?
        && let Some(bases) = vm.as_tuple(bases)
    {
        for &b in bases.items() {
            merge_class_names(vm, b, into, depth + 1)?;
        }
    }
    Ok(())
}

fn sizeof(vm: &Vm, args: &[Value]) -> Res {
    let size = match vm.object(args[0]) {
        Some(o) => {
            let shape = vm.shape(o.shape());
            shape.word(shape.capacity as usize) * size_of::<Value>()
        }
        None => size_of::<Value>(),
    };
    vm.int_usize(size)
}

fn class_get(vm: &Vm, v: Value) -> Res {
    Ok(vm.class_of(v).value())
}

/// `instance.__dict__`
pub(crate) fn dict_get(vm: &Vm, v: Value) -> Res {
    // A class whose metaclass inherits this from an ordinary class too: the namespace of the class.
    if vm.as_class(v).is_some() {
        let of_type = vm.dict_get_str(vm.class_dict(vm.classes().type_), vm.names().dict);
        if let Some(getter) = of_type {
            return vm.descriptor_get(getter, v, vm.class_of(v));
        }
    }
    match vm.instance_dict(v)? {
        Some(d) => Ok(d.value()),
        None => Err(vm.no_attribute(v, vm.names().dict)),
    }
}

/// `instance.__dict__ = d`
pub(crate) fn dict_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    if vm.as_class(v).is_some() || vm.cast::<pyrs_core::object::Module>(v).is_some() {
        return Err(vm.raise_text(vm.exc().attribute_error, "readonly attribute"));
    }
    if new.is_none() && vm.as_exception(v).is_some() {
        return Err(vm.type_error("cannot delete __dict__"));
    }
    let new = match new {
        Some(d) => match vm.as_dict(d) {
            Some(d) => d,
            None => {
                return Err(vm.type_error(format!(
                    "__dict__ must be set to a dictionary, not a '{}'",
                    vm.type_name(d)
                )));
            }
        },
        None => vm.new_dict()?,
    };
    match vm.set_instance_dict(v, new)? {
        true => Ok(()),
        false => Err(vm.raise_text(vm.exc().attribute_error, "This object has no __dict__")),
    }
}

/// As `dict_set`, for native objects, whose dict cannot be deleted.
pub(crate) fn dict_replace(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    match new {
        Some(_) => dict_set(vm, v, new),
        None => Err(vm.type_error("cannot delete __dict__")),
    }
}

/// `instance.__weakref__`: the oldest weak reference, or None.
pub(super) fn weakref_get(vm: &Vm, v: Value) -> Res {
    let mut first = Value::NONE;
    vm.weakrefs_of(v, |w| {
        if first.is_none() {
            first = w.value();
        }
    });
    Ok(first)
}

/// Whether `f` is a native method that `object` defines under `name`.
pub(super) fn is_object_method(vm: &Vm, f: Value, name: &str) -> bool {
    vm.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD)
        .is_some_and(|n| n.owner.get() == vm.classes().object.value() && n.def.name == name)
}
