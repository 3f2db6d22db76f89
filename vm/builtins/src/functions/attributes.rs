//! Built-in functions about attributes, classes and namespaces.

use pyrs_core::object::{Class, NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("delattr", "(obj, name, /)", delattr, "del obj.name"),
    NativeDef::function(
        "dir",
        "(object=<unrepresentable>, /)",
        dir,
        "Sorted names of an object's attributes; without argument, of the current scope.",
    ),
    NativeDef::function(
        "getattr",
        "(object, name, default=<unrepresentable>, /)",
        getattr,
        "object.name, or default where there is no such attribute.",
    ),
    NativeDef::function("globals", "()", globals, "The namespace of the current module."),
    NativeDef::function(
        "hasattr",
        "(obj, name, /)",
        hasattr,
        "Whether getattr(obj, name) succeeds.",
    ),
    NativeDef::function(
        "isinstance",
        "(obj, class_or_tuple, /)",
        isinstance,
        "Whether obj is an instance of the class, or of one in the tuple.",
    ),
    NativeDef::function(
        "issubclass",
        "(cls, class_or_tuple, /)",
        issubclass,
        "Whether cls is, or derives from, the class, or one in the tuple.",
    ),
    NativeDef::function(
        "locals",
        "()",
        locals,
        "The local variables of the current scope as a mapping.",
    ),
    NativeDef::function("setattr", "(obj, name, value, /)", setattr, "obj.name = value"),
    NativeDef::function(
        "vars",
        "(object=<unrepresentable>, /)",
        vars,
        "The object's __dict__; without argument, locals().",
    ),
];

/// An attribute name given as an argument.
pub(crate) fn attribute_name(vm: &Vm, v: Value) -> Res<Gc<Str>> {
    match vm.as_str(v) {
        Some(s) => Ok(vm.intern_str(s)),
        None => {
            Err(vm.type_error(format!("attribute name must be string, not '{}'", vm.type_name(v))))
        }
    }
}

fn getattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    if args[2].is_unbound() {
        return vm.get_attr(args[0], name);
    }
    Ok(vm.get_attr_opt(args[0], name)?.unwrap_or(args[2]))
}

fn hasattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    Ok(Value::bool(vm.get_attr_opt(args[0], name)?.is_some()))
}

fn setattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    vm.set_attr(args[0], name, args[2])?;
    Ok(Value::NONE)
}

fn delattr(vm: &Vm, args: &[Value]) -> Res {
    let name = attribute_name(vm, args[1])?;
    vm.delete_attr(args[0], name)?;
    Ok(Value::NONE)
}

fn isinstance(vm: &Vm, args: &[Value]) -> Res {
    vm.is_instance(args[0], args[1]).map(Value::bool)
}

fn issubclass(vm: &Vm, args: &[Value]) -> Res {
    vm.is_subclass(args[0], args[1]).map(Value::bool)
}

fn globals(vm: &Vm, _args: &[Value]) -> Res {
    Ok(vm.current_globals().map_or(Value::NONE, |g| g.value()))
}

fn locals(vm: &Vm, _args: &[Value]) -> Res {
    vm.current_locals()
}

fn vars(vm: &Vm, args: &[Value]) -> Res {
    if args[0].is_unbound() {
        return vm.current_locals();
    }
    match vm.get_attr_opt(args[0], vm.names().dict)? {
        Some(d) => Ok(d),
        None => Err(vm.type_error("vars() argument must have __dict__ attribute")),
    }
}

fn dir(vm: &Vm, args: &[Value]) -> Res {
    let names = if args[0].is_unbound() {
        let locals = vm.current_locals()?;
        let keys = vm.call_method(locals, "keys", &[])?;
        vm.to_list(keys)?
    } else {
        let class = vm.class_of(args[0]);
        let Some(f) = vm.lookup(class, vm.names().dir) else {
            return Err(vm.type_error("object does not provide __dir__"));
        };
        let names = vm.call_bound(f, args[0], &[])?;
        vm.to_list(names)?
    };
    crate::sequence::sort::sort_list(vm, names, Value::NONE, false)?;
    Ok(names.value())
}

/// The names of a class and of all its bases, as keys of a dict: what `dir` shows of a class.
pub(crate) fn class_names(vm: &Vm, class: Gc<Class>, into: Gc<pyrs_core::object::Dict>) -> Res<()> {
    let bases = vm.mro(class);
    for &k in bases.items().iter().rev() {
        if let Some(k) = vm.as_class(k) {
            vm.dict_merge(into, vm.class_dict(k))?;
        }
    }
    Ok(())
}
