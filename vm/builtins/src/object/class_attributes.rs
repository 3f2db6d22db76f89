//! Attributes of classes: what `type` gives every class besides its own namespace.

use super::receiver_class;
use pyrs_core::object::{
    Class, GetSet, GetSetDef, NativeFunction, Str, Wraps, class_flag, core_shape,
};
use pyrs_core::{Gc, Raised, Res, Value, Vm};

pub(super) static GETSET: &[GetSetDef] = &[
    GetSetDef { name: "__name__", get: name, set: Some(set_name), doc: "" },
    GetSetDef { name: "__qualname__", get: qualname, set: Some(set_qualname), doc: "" },
    GetSetDef { name: "__bases__", get: bases, set: Some(set_bases), doc: "" },
    GetSetDef { name: "__module__", get: module, set: Some(set_module), doc: "" },
    GetSetDef {
        name: "__abstractmethods__",
        get: abstract_methods,
        set: Some(set_abstract),
        doc: "",
    },
    GetSetDef { name: "__doc__", get: doc, set: Some(set_doc), doc: "" },
    GetSetDef { name: "__annotations__", get: annotations, set: Some(set_annotations), doc: "" },
    GetSetDef { name: "__annotate__", get: annotate, set: Some(set_annotate), doc: "" },
    GetSetDef { name: "__type_params__", get: type_params, set: Some(set_type_params), doc: "" },
    GetSetDef::read_only("__dict__", dict, ""),
    GetSetDef::read_only("__mro__", mro, ""),
    GetSetDef::read_only("__base__", base, ""),
    GetSetDef::read_only("__text_signature__", text_signature, ""),
    GetSetDef::read_only("__basicsize__", basicsize, ""),
    GetSetDef::read_only("__itemsize__", itemsize, ""),
    GetSetDef::read_only("__flags__", flags, ""),
    GetSetDef::read_only("__dictoffset__", dictoffset, ""),
    GetSetDef::read_only("__weakrefoffset__", weakrefoffset, ""),
];

/// Attributes that are kept in the class's own namespace.
fn own(vm: &Vm, c: Gc<Class>, name: Gc<Str>) -> Option<Value> {
    vm.dict_get_str(vm.class_dict(c), name)
}

/// The class, if the attribute may be set or deleted at all; the new value, if it may be set only.
fn settable(vm: &Vm, v: Value, new: Option<Value>, attribute: &str) -> Res<(Gc<Class>, Value)> {
    let class = receiver_class(vm, v)?;
    let verb = if new.is_some() { "set" } else { "delete" };
    match new {
        Some(new) if class.has(class_flag::MUTABLE) => Ok((class, new)),
        _ => Err(vm.type_error(format!(
            "cannot {verb} '{attribute}' attribute of immutable type '{}'",
            vm.class_name(class)
        ))),
    }
}

fn missing(vm: &Vm, attribute: &str) -> Raised {
    vm.raise_text(vm.exc().attribute_error, attribute)
}

fn name(vm: &Vm, v: Value) -> Res {
    Ok(receiver_class(vm, v)?.name.get())
}

fn text(vm: &Vm, class: Gc<Class>, new: Value, attribute: &str) -> Res<Gc<Str>> {
    vm.as_str(new).ok_or_else(|| {
        vm.type_error(format!(
            "can only assign string to {}.{attribute}, not '{}'",
            vm.class_name(class),
            vm.type_name(new)
        ))
    })
}

fn set_name(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let (class, new) = settable(vm, v, new, "__name__")?;
    let s = text(vm, class, new, "__name__")?;
    if s.points().position(0).is_some() {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    crate::support::check_utf8(vm, s)?;
    class.name.set(&vm.heap, class, new);
    Ok(())
}

fn qualname(vm: &Vm, v: Value) -> Res {
    Ok(receiver_class(vm, v)?.qualname.get())
}

fn set_qualname(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let (class, new) = settable(vm, v, new, "__qualname__")?;
    text(vm, class, new, "__qualname__")?;
    class.qualname.set(&vm.heap, class, new);
    Ok(())
}

fn bases(vm: &Vm, v: Value) -> Res {
    Ok(receiver_class(vm, v)?.bases.get())
}

fn set_bases(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let (class, new) = settable(vm, v, new, "__bases__")?;
    super::assignment::bases_set(vm, class, new)
}

fn module(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    match own(vm, class, vm.names().module) {
        // The descriptor that `type` holds for its instances says nothing about itself.
        Some(m) if class != vm.classes().type_ => Ok(m),
        _ if !class.has(class_flag::MUTABLE) => Ok(vm.names().builtins_module.value()),
        _ => Err(missing(vm, "__module__")),
    }
}

fn set_module(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let (class, new) = settable(vm, v, new, "__module__")?;
    vm.class_set(class, vm.names().module, Some(new))?;
    vm.class_set(class, vm.names().firstlineno, None)?;
    Ok(())
}

fn abstract_methods(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    let found = if class == vm.classes().type_ {
        None
    } else {
        own(vm, class, vm.names().abc_abstractmethods)
    };
    found.ok_or_else(|| missing(vm, "__abstractmethods__"))
}

fn set_abstract(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let class = receiver_class(vm, v)?;
    let is_abstract = match new {
        Some(new) => vm.truth(new)?,
        None => false,
    };
    if !class.has(class_flag::MUTABLE) {
        settable(vm, v, new, "__abstractmethods__")?;
    }
    if !vm.class_set(class, vm.names().abc_abstractmethods, new)? {
        return Err(missing(vm, "__abstractmethods__"));
    }
    let flags = class.flags.get() & !class_flag::ABSTRACT;
    class.flags.set(flags | if is_abstract { class_flag::ABSTRACT } else { 0 });
    Ok(())
}

fn doc(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    match own(vm, class, vm.names().doc) {
        // A native class whose instances have a `__doc__`: the row tells the class's own.
        Some(d) if !class.has(class_flag::MUTABLE) => {
            match vm.exact::<GetSet>(d, core_shape::GETSET) {
                Some(g) => vm.str(g.def.doc),
                None => Ok(d),
            }
        }
        Some(d) => vm.descriptor_get(d, Value::UNBOUND, class),
        None => Ok(Value::NONE),
    }
}

fn set_doc(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let (class, new) = settable(vm, v, new, "__doc__")?;
    vm.class_set(class, vm.names().doc, Some(new)).map(drop)
}

// ---- annotations (PEP 649)
fn no_annotations(vm: &Vm, class: Gc<Class>, name: Gc<Str>) -> Raised {
    let text =
        format!("type object '{}' has no attribute '{}'", vm.class_name(class), name.to_lossy());
    vm.attribute_error(&text, class.value(), name)
}

/// The function that computes the annotations, or None.
fn annotate(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    let n = vm.names();
    if !class.has(class_flag::MUTABLE) {
        return Err(no_annotations(vm, class, n.annotate));
    }
    let found = own(vm, class, n.annotate_func).or_else(|| own(vm, class, n.annotate));
    match found {
        Some(f) => vm.descriptor_get(f, Value::UNBOUND, class),
        None => {
            vm.class_set(class, n.annotate_func, Some(Value::NONE))?;
            Ok(Value::NONE)
        }
    }
}

fn set_annotate(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let class = receiver_class(vm, v)?;
    let Some(new) = new else {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    };
    if !class.has(class_flag::MUTABLE) {
        return Err(vm.type_error(format!(
            "cannot set '__annotate__' attribute of immutable type '{}'",
            vm.class_name(class)
        )));
    }
    if !new.is_none() && !vm.is_callable(new) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    vm.class_set(class, vm.names().annotate_func, Some(new))?;
    if !new.is_none() {
        vm.class_set(class, vm.names().annotations_cache, None)?;
    }
    Ok(())
}

fn annotations(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    let n = vm.names();
    if !class.has(class_flag::MUTABLE) {
        return Err(no_annotations(vm, class, n.annotations));
    }
    if let Some(a) = own(vm, class, n.annotations).or_else(|| own(vm, class, n.annotations_cache)) {
        return vm.descriptor_get(a, Value::UNBOUND, class);
    }
    let f = annotate(vm, v)?;
    let computed = call_annotate(vm, f)?;
    vm.class_set(class, n.annotations_cache, Some(computed))?;
    Ok(computed)
}

/// Calls an annotate function for values (format 1); an empty dict if there is none.
pub(crate) fn call_annotate(vm: &Vm, f: Value) -> Res {
    if f.is_none() || f.is_unbound() || !vm.is_callable(f) {
        return Ok(vm.new_dict()?.value());
    }
    let r = vm.call(f, &[Value::small_int(1)])?;
    match vm.as_dict(r) {
        Some(_) => Ok(r),
        None => Err(
            vm.type_error(format!("__annotate__ returned non-dict of type '{}'", vm.type_name(r)))
        ),
    }
}

fn set_annotations(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let class = receiver_class(vm, v)?;
    let n = vm.names();
    if !class.has(class_flag::MUTABLE) {
        return Err(vm.type_error(format!(
            "cannot set '__annotations__' attribute of immutable type '{}'",
            vm.class_name(class)
        )));
    }
    let key =
        if own(vm, class, n.annotations).is_some() { n.annotations } else { n.annotations_cache };
    if !vm.class_set(class, key, new)? {
        return Err(missing(vm, "__annotations__"));
    }
    if new.is_none() || key == n.annotations {
        vm.class_set(class, n.annotations_cache, None)?;
    }
    if key == n.annotations || new.is_some() {
        vm.class_set(class, n.annotate_func, Some(Value::NONE))?;
        vm.class_set(class, n.annotate, None)?;
    }
    Ok(())
}

fn type_params(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    match own(vm, class, vm.names().type_params) {
        Some(p) if class != vm.classes().type_ => Ok(p),
        _ => vm.tuple(&[]),
    }
}

fn set_type_params(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let (class, new) = settable(vm, v, new, "__type_params__")?;
    vm.class_set(class, vm.names().type_params, Some(new)).map(drop)
}

fn dict(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    super::mappingproxy::new_proxy(vm, class.dict.get())
}

fn mro(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    // While a custom `mro()` computes it there is none yet.
    Ok(if class.root_shape.get() == core_shape::INVALID { Value::NONE } else { class.mro.get() })
}

fn base(vm: &Vm, v: Value) -> Res {
    Ok(receiver_class(vm, v)?.base.get())
}

/// The signature of a native class: that of its own `__new__`, or else `__init__`.
fn text_signature(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    if class.has(class_flag::MUTABLE) {
        return Ok(Value::NONE);
    }
    for name in ["__new__", "__init__"] {
        let def = own(vm, class, vm.intern(name)).and_then(|f| {
            vm.exact::<NativeFunction>(f, core_shape::NATIVE_FUNCTION)
                .or_else(|| vm.exact::<NativeFunction>(f, core_shape::NATIVE_METHOD))
        });
        if let Some(f) = def {
            return vm.str(&without_first(f.def.signature));
        }
    }
    Ok(Value::NONE)
}

/// A signature without its first parameter (and without the slash that only guards that).
fn without_first(signature: &str) -> String {
    let inner = signature.trim_start_matches('(').trim_end_matches(')');
    let mut rest: Vec<&str> = inner.split(", ").skip(1).collect();
    if rest.first() == Some(&"/") {
        rest.remove(0);
    }
    format!("({})", rest.join(", "))
}

// ---- memory layout, as programs that look at CPython's numbers expect it
const WORD: usize = size_of::<usize>();

fn varies(c: Gc<Class>) -> usize {
    match c.layout.wraps {
        Wraps::Int => 4,
        Wraps::Bytes => 1,
        Wraps::Tuple => WORD,
        _ if c.has(class_flag::TYPE_SUBCLASS) => 40,
        _ => 0,
    }
}

fn basicsize(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    if vm.is_subclass_exact(class, vm.classes().int) {
        // As `int.__sizeof__` counts: head, length word, digits.
        return vm.int_usize(3 * WORD);
    }
    let fixed = class.layout.size.max(2 * WORD);
    vm.int_usize(fixed + class.fixed_slots.get() as usize * WORD)
}

fn itemsize(vm: &Vm, v: Value) -> Res {
    vm.int_usize(varies(receiver_class(vm, v)?))
}

fn dictoffset(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    let has = class.has(class_flag::HAS_DICT) || vm.layout_has_dict(class.layout);
    vm.int(match (has, class.has(class_flag::MUTABLE)) {
        (false, _) => 0,
        (true, true) => -1,
        (true, false) => 2 * WORD as i64,
    })
}

fn weakrefoffset(vm: &Vm, v: Value) -> Res {
    let class = receiver_class(vm, v)?;
    vm.int(if class.has(class_flag::HAS_WEAKREF) { 3 * WORD as i64 } else { 0 })
}

/// `Py_TPFLAGS_*` bits (cpython/object.h) that programs test.
fn flags(vm: &Vm, v: Value) -> Res {
    let c = receiver_class(vm, v)?;
    let mut bits: u64 = 1 << 12 | 1 << 14;
    let mut when = |condition: bool, bit: u32| {
        if condition {
            bits |= 1 << bit;
        }
    };
    when(c.has(class_flag::MUTABLE), 9);
    when(!c.has(class_flag::MUTABLE), 8);
    when(c.has(class_flag::BASE), 10);
    when(c.has(class_flag::SEQUENCE), 5);
    when(c.has(class_flag::MAPPING), 6);
    when(c.has(class_flag::NO_NEW), 7);
    when(c.has(class_flag::MATCH_SELF), 22);
    when(c.has(class_flag::ABSTRACT), 20);
    when(c.has(class_flag::HAS_DICT) && c.has(class_flag::MUTABLE), 4);
    let k = vm.classes();
    let bases =
        [(k.int, 24), (k.list, 25), (k.tuple, 26), (k.bytes, 27), (k.str_, 28), (k.dict, 29)];
    for (base, bit) in bases {
        when(vm.is_subclass_exact(c, base), bit);
    }
    when(c.has(class_flag::EXCEPTION), 30);
    when(c.has(class_flag::TYPE_SUBCLASS), 31);
    vm.int_from_u64(bits)
}
