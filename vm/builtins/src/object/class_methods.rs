//! The methods of `type`.

use super::receiver_class;
use crate::functions::{attribute_name, class_names};
use pyrs_core::object::{NativeDef, Tuple};
use pyrs_core::protocol::KwNames;
use pyrs_core::{Gc, Res, Value, Vm};

const SELF: &str = "(self, /)";

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, /, *args, **kwargs)",
        super::class_new::type_new,
        "Makes a class.",
    ),
    NativeDef::method("__init__", "(self, /, *args, **kwargs)", super::class_new::type_init, ""),
    NativeDef::method("__call__", "(self, /, *args, **kwargs)", call, "Makes an instance."),
    NativeDef::class_method(
        "__prepare__",
        "(cls, /, *args, **kwargs)",
        prepare,
        "The namespace for a class body.",
    ),
    NativeDef::method("mro", SELF, super::mro::type_mro, "The class's method resolution order."),
    NativeDef::method("__subclasses__", SELF, subclasses, "The direct subclasses."),
    NativeDef::method(
        "__instancecheck__",
        "(self, instance, /)",
        instance_check,
        "isinstance(instance, self)",
    ),
    NativeDef::method(
        "__subclasscheck__",
        "(self, subclass, /)",
        subclass_check,
        "issubclass(subclass, self)",
    ),
    NativeDef::method("__getattribute__", "(self, name, /)", getattribute, "self.name"),
    NativeDef::method("__setattr__", "(self, name, value, /)", setattr, "self.name = value"),
    NativeDef::method("__delattr__", "(self, name, /)", delattr, "del self.name"),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("__dir__", SELF, dir, "The names of the class's attributes."),
    NativeDef::method("__sizeof__", SELF, sizeof, "Bytes the class takes."),
];

/// Calls `f` with positional and named values given as tuple and dict.
pub(crate) fn with_named<T>(
    vm: &Vm,
    args: Value,
    kwargs: Value,
    f: impl FnOnce(&[Value], KwNames) -> Res<T>,
) -> Res<T> {
    let args: Gc<Tuple> = vm.to_tuple(args)?;
    let Some(d) = crate::functions::given(vm, kwargs) else { return f(args.items(), None) };
    let all = vm.list_from(args.items())?;
    let names = vm.new_list()?;
    let mut row = 0;
    while let Some(r) = d.next_row(row) {
        row = r + 1;
        if let Some((k, v)) = d.row(r) {
            vm.list_append(names, k)?;
            vm.list_append(all, v)?;
        }
    }
    let (all, names) = (vm.new_tuple(all.items())?, vm.new_tuple(names.items())?);
    f(all.items(), Some(names))
}

fn call(vm: &Vm, args: &[Value]) -> Res {
    let class = receiver_class(vm, args[0])?;
    with_named(vm, args[1], args[2], |all, names| vm.type_call(class, all, names))
}

fn prepare(vm: &Vm, _args: &[Value]) -> Res {
    Ok(vm.new_dict()?.value())
}

fn subclasses(vm: &Vm, args: &[Value]) -> Res {
    let out = vm.new_list()?;
    if let Some(subs) = vm.as_list(receiver_class(vm, args[0])?.subclasses.get()) {
        for i in 0..subs.len() {
            // Classes that only a custom `mro()` puts below this one are no subclasses.
            let bases = |k: Value| vm.as_class(k).and_then(|k| vm.as_tuple(k.bases.get()));
            if let Some(k) = subs.get(i)
                && bases(k).is_none_or(|b| b.items().contains(&args[0]))
            {
                vm.list_append(out, k)?;
            }
        }
    }
    Ok(out.value())
}

fn instance_check(vm: &Vm, args: &[Value]) -> Res {
    vm.is_instance_plain(args[1], args[0]).map(Value::bool)
}

fn subclass_check(vm: &Vm, args: &[Value]) -> Res {
    vm.is_subclass_plain(args[1], args[0]).map(Value::bool)
}

fn getattribute(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    vm.class_get_attr(args[0], name)
}

fn setattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    vm.class_set_attr(args[0], name, Some(args[2]))?;
    Ok(Value::NONE)
}

fn delattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    vm.class_set_attr(args[0], name, None)?;
    Ok(Value::NONE)
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let class = receiver_class(vm, args[0])?;
    vm.str(&format!("<class '{}'>", vm.display_name(class)))
}

fn dir(vm: &Vm, args: &[Value]) -> Res {
    let names = vm.new_dict()?;
    class_names(vm, receiver_class(vm, args[0])?, names)?;
    Ok(vm.to_list(names.value())?.value())
}

fn sizeof(vm: &Vm, args: &[Value]) -> Res {
    let class = receiver_class(vm, args[0])?;
    vm.int_usize(size_of_val(&*class))
}
