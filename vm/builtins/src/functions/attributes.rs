//! Built-in functions about attributes, classes and namespaces.

use pyrs_core::object::{Class, NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("delattr", "(obj, name, /)", delattr, "Deletes the named attribute from the given object.\n\ndelattr(x, 'y') is equivalent to ``del x.y``"),
    NativeDef::function("dir", "(object=<unrepresentable>, /)", dir, "dir([object]) -> list of strings\n\nIf called without an argument, return the names in the current scope.\nElse, return an alphabetized list of names comprising (some of) the attributes\nof the given object, and of attributes reachable from it.\nIf the object supplies a method named __dir__, it will be used; otherwise\nthe default dir() logic is used and returns:\n  for a module object: the module's attributes.\n  for a class object:  its attributes, and recursively the attributes\n    of its bases.\n  for any other object: its attributes, its class's attributes, and\n    recursively the attributes of its class's base classes."),
    NativeDef::function("getattr", "(object, name, default=<unrepresentable>, /)", getattr, "getattr(object, name[, default]) -> value\n\nGet a named attribute from an object; getattr(x, 'y') is equivalent to x.y.\nWhen a default argument is given, it is returned when the attribute doesn't\nexist; without it, an exception is raised in that case."),
    NativeDef::function("globals", "()", globals, "Return the dictionary containing the current scope's global variables.\n\nNOTE: Updates to this dictionary *will* affect name lookups in the current\nglobal scope and vice-versa."),
    NativeDef::function("hasattr", "(obj, name, /)", hasattr, "Return whether the object has an attribute with the given name.\n\nThis is done by calling getattr(obj, name) and catching AttributeError."),
    NativeDef::function("isinstance", "(obj, class_or_tuple, /)", isinstance, "Return whether an object is an instance of a class or of a subclass thereof.\n\nA tuple, as in ``isinstance(x, (A, B, ...))``, may be given as the target to\ncheck against. This is equivalent to ``isinstance(x, A) or isinstance(x, B)\nor ...`` etc."),
    NativeDef::function("issubclass", "(cls, class_or_tuple, /)", issubclass, "Return whether 'cls' is derived from another class or is the same class.\n\nA tuple, as in ``issubclass(x, (A, B, ...))``, may be given as the target to\ncheck against. This is equivalent to ``issubclass(x, A) or issubclass(x, B)\nor ...``."),
    NativeDef::function("locals", "()", locals, "Return a dictionary containing the current scope's local variables.\n\nNOTE: Whether or not updates to this dictionary will affect name lookups in\nthe local scope and vice-versa is *implementation dependent* and not\ncovered by any backwards compatibility guarantees."),
    NativeDef::function("setattr", "(obj, name, value, /)", setattr, "Sets the named attribute on the given object to the specified value.\n\nsetattr(x, 'y', v) is equivalent to ``x.y = v``"),
    NativeDef::function("vars", "(object=<unrepresentable>, /)", vars, "vars([object]) -> dictionary\n\nWithout arguments, equivalent to locals().\nWith an argument, equivalent to object.__dict__."),
];

/// An attribute name given as an argument.
pub(crate) fn attribute_name(vm: &Vm, v: Value) -> Res<Gc<Str>> {
    match vm.as_str(v) {
        Some(s) => Ok(vm.intern_str(s)),
        None => Err(vm.type_error(format!(
            "attribute name must be string, not '{}'",
            vm.type_name(v)
        ))),
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
