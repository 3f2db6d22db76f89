//! What the descriptor types have in common: binding, calling, names, signatures.

use crate::object::class_methods::with_named;
use pyrs_core::object::{DefKind, NativeFunction};
use pyrs_core::{Gc, Res, Value, Vm};

pub(super) const SELF: &str = "(self, /)";
pub(super) const GET: &str = "(self, instance, owner=None, /)";
pub(super) const CALL: &str = "(self, /, *args, **kwargs)";

/// `descriptor.__get__(instance, owner=None)` by the attribute protocol.
pub(super) fn get(vm: &Vm, args: &[Value]) -> Res {
    let (instance, owner) = bound_to(vm, args)?;
    let class = match vm.as_class(owner) {
        Some(c) => c,
        None => vm.class_of(if instance.is_unbound() { owner } else { instance }),
    };
    vm.descriptor_get(args[0], instance, class)
}

/// Instance (UNBOUND for None) and owner (None for none) of a `__get__` call.
pub(super) fn bound_to(vm: &Vm, args: &[Value]) -> Res<(Value, Value)> {
    let (instance, owner) = (args[1], args[2]);
    match (instance.is_none(), owner.is_none()) {
        (true, true) => Err(vm.type_error("__get__(None, None) is invalid")),
        (true, false) => Ok((Value::UNBOUND, owner)),
        (false, true) => Ok((instance, vm.class_of(instance).value())),
        (false, false) => Ok((instance, owner)),
    }
}

/// `self(*args, **kwargs)`
pub(super) fn call(vm: &Vm, args: &[Value]) -> Res {
    with_named(vm, args[1], args[2], |all, names| vm.call_kw(args[0], all, names))
}

/// `owner.name`
pub(super) fn dotted(vm: &Vm, owner: Value, name: &str) -> String {
    match vm.as_class(owner).and_then(|c| vm.as_str(c.qualname.get())) {
        Some(q) => format!("{}.{name}", q.to_lossy()),
        None => name.to_owned(),
    }
}

/// The name of a class given as value.
pub(super) fn owner_name(vm: &Vm, owner: Value) -> String {
    vm.as_class(owner).map_or_else(|| "?".to_owned(), |c| vm.class_name(c))
}

/// Names that CPython implements as slots of a type.
pub(super) fn is_slot_name(name: &str) -> bool {
    const METHODS: &[&str] = &[
        "__reduce__",
        "__reduce_ex__",
        "__getstate__",
        "__format__",
        "__sizeof__",
        "__dir__",
        "__class_getitem__",
        "__init_subclass__",
        "__subclasshook__",
        "__reversed__",
        "__getnewargs__",
        "__round__",
        "__trunc__",
        "__floor__",
        "__ceil__",
        "__setstate__",
        "__length_hint__",
        "__complex__",
        "__bytes__",
        "__prepare__",
        "__instancecheck__",
        "__subclasscheck__",
        "__subclasses__",
        "__copy__",
        "__deepcopy__",
        "__replace__",
        "__enter__",
        "__exit__",
        "__set_name__",
        "__getformat__",
        "__mro_entries__",
    ];
    name.starts_with("__") && name.ends_with("__") && !METHODS.contains(&name)
}

/// `__text_signature__`: the row's signature with CPython's marks of the implicit parameter.
pub(super) fn text_signature(f: Gc<NativeFunction>) -> String {
    let inner = f.def.signature.trim_start_matches('(').trim_end_matches(')');
    match f.def.kind {
        DefKind::Function if inner.is_empty() => "($module, /)".to_owned(),
        DefKind::Function if inner.split(", ").any(|p| p == "/") => format!("($module, {inner})"),
        DefKind::Function => format!("($module, /, {inner})"),
        DefKind::Static if f.def.name != "__new__" => format!("({inner})"),
        DefKind::Method => format!("(${inner})"),
        DefKind::Class | DefKind::Static => match inner.split_once(", ") {
            Some((_, rest)) => format!("($type, {rest})"),
            None => "($type)".to_owned(),
        },
    }
}

/// The documentation of a row: what CPython says of every special method of that name, or its own. (The two
/// subscription methods are ordinary ones in some types.)
pub(super) fn doc(vm: &Vm, f: Gc<NativeFunction>) -> Res {
    let (name, own) = (f.def.name, f.def.doc);
    let special = vm.as_class(f.owner.get()).is_some()
        && (own.is_empty() || !matches!(name, "__contains__" | "__getitem__"));
    match super::slot_docs::SLOT_DOCS.iter().find(|(n, _)| special && *n == name) {
        Some((_, text)) => vm.str(text),
        None if own.is_empty() => Ok(Value::NONE),
        None => vm.str(own),
    }
}
