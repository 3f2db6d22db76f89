//! `functools.partial` and its `Placeholder`.
//!
//! The stored arguments may hold the placeholder, never as their last one; a call fills the gaps from the left
//! with its own positional arguments and appends the rest. Partials of partials are flattened.

use crate::class_support::{CLASS_GETITEM, class_of_new, dict_or_none, each_item};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Dict, NativeFunction, Tuple, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
pub(super) struct Partial {
    header: Header,
    function: Slot,
    /// tuple
    args: Slot,
    /// dict
    keywords: Slot,
    /// Placeholders among `args`.
    gaps: Cell<usize>,
}
native_object!(Partial, "partial", slots = 3);

pub(super) static PARTIAL: ClassSpec = ClassSpec {
    name: "functools.partial",
    layout: <Partial as Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_DICT | class_flag::HAS_WEAKREF,
    doc: "Create a new function with partial application of the given arguments and keywords.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, func, /, *args, **keywords)", new, ""),
        NativeDef::method(
            "__call__",
            "(self, /, *args, **kwargs)",
            call,
            "Call self as a function.",
        ),
        NativeDef::method(
            "__get__",
            "(self, instance, owner=None, /)",
            get,
            "Return an attribute of instance, which is of type owner.",
        ),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
        NativeDef::method("__reduce__", "(self, /)", reduce, ""),
        NativeDef::method("__setstate__", "(self, object, /)", set_state, ""),
        CLASS_GETITEM,
    ],
    getset: &[
        GetSetDef::read_only(
            "func",
            |vm, v| Ok(this(vm, v)?.function.get()),
            "function object to use in future partial calls",
        ),
        GetSetDef::read_only(
            "args",
            |vm, v| Ok(this(vm, v)?.args.get()),
            "tuple of arguments to future partial calls",
        ),
        GetSetDef::read_only(
            "keywords",
            |vm, v| Ok(this(vm, v)?.keywords.get()),
            "dictionary of keyword arguments to future partial calls",
        ),
    ],
    fields: &[],
};

#[repr(C)]
pub(super) struct Placeholder {
    header: Header,
}
native_object!(Placeholder, "_PlaceholderType", slots = 0);

pub(super) static PLACEHOLDER: ClassSpec = ClassSpec {
    name: "functools._PlaceholderType",
    layout: <Placeholder as Native>::LAYOUT,
    flags: 0,
    doc: "The type of the Placeholder singleton.\n\nUsed as a placeholder for partial arguments.",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", placeholder_new, ""),
        NativeDef::method(
            "__repr__",
            "(self, /)",
            |vm, _| vm.str("Placeholder"),
            "Return repr(self).",
        ),
        NativeDef::method("__reduce__", "(self, /)", |vm, _| vm.str("Placeholder"), ""),
        NativeDef::static_method(
            "__init_subclass__",
            "(*args, **kwargs)",
            |vm, _| {
                Err(vm
                    .type_error("type 'functools._PlaceholderType' is not an acceptable base type"))
            },
            "",
        ),
    ],
    getset: &[],
    fields: &[],
};

fn placeholder_new(vm: &Vm, a: &[Value]) -> Res {
    if vm.len(a[1])? > 0 || vm.len(a[2])? > 0 {
        return Err(vm.type_error("_PlaceholderType takes no arguments"));
    }
    Ok(vm.hook("functools_placeholder").unwrap_or(Value::NONE))
}
fn this(vm: &Vm, v: Value) -> Res<Gc<Partial>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a partial object is required"))
}
fn tuple_of(vm: &Vm, v: Value) -> Res<Gc<Tuple>> {
    vm.as_tuple(v).ok_or_else(|| vm.type_error("a tuple is required"))
}
/// Stored arguments with gaps filled from `given`; what is left of `given` follows.
fn fill(vm: &Vm, stored: Gc<Tuple>, gaps: usize, given: Gc<Tuple>) -> Res<Gc<Tuple>> {
    if gaps == 0 {
        if given.is_empty() {
            return Ok(stored);
        }
        if stored.is_empty() {
            return Ok(given);
        }
    }
    let hole = vm.hook("functools_placeholder").unwrap_or(Value::UNBOUND);
    let used = gaps.min(given.len());
    let out = vm.new_tuple_blank(stored.len() + given.len() - used)?;
    let mut next = 0;
    for (i, &v) in stored.items().iter().enumerate() {
        let v = if v == hole && next < used {
            next += 1;
            given.get(next - 1)
        } else {
            v
        };
        out.slot(i).set_unbarriered(v);
    }
    for (i, &v) in given.items()[used..].iter().enumerate() {
        out.slot(stored.len() + i).set_unbarriered(v);
    }
    vm.written_in_bulk(out);
    Ok(out)
}
fn merged(vm: &Vm, stored: Value, given: Value) -> Res<Option<Gc<Dict>>> {
    let (stored, given) = (vm.as_dict(stored), vm.as_dict(given));
    Ok(match (stored.filter(|d| !d.is_empty()), given.filter(|d| !d.is_empty())) {
        (None, g) => g,
        (Some(s), None) => Some(s),
        (Some(s), Some(g)) => {
            let d = vm.dict_copy(s)?;
            vm.dict_merge(d, g)?;
            Some(d)
        }
    })
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = class_of_new(vm, a[0])?;
    let hole = vm.hook("functools_placeholder").unwrap_or(Value::UNBOUND);
    let mut function = a[1];
    if !vm.is_callable(function) {
        return Err(vm.type_error("the first argument must be callable"));
    }
    let mut args = tuple_of(vm, a[2])?;
    if args.items().last() == Some(&hole) {
        return Err(vm.type_error("trailing Placeholders are not allowed"));
    }
    if let Some(kw) = vm.as_dict(a[3]) {
        each_item(kw, |_, v, _| {
            if v == hole {
                let text = "Placeholder cannot be passed as a keyword argument";
                return Err(vm.type_error(text));
            }
            Ok(())
        })?;
    }
    let mut keywords = vm.as_dict(a[3]);
    if let Some(p) = vm.cast::<Partial>(function)
        && has_own_call(vm, function)
        && dict_or_none(vm, function)?.is_none()
    {
        function = p.function.get();
        args = fill(vm, tuple_of(vm, p.args.get())?, p.gaps.get(), args)?;
        keywords = merged(vm, p.keywords.get(), a[3])?;
    }
    let keywords = match keywords {
        Some(d) => vm.dict_copy(d)?,
        None => vm.new_dict()?,
    };
    let o = vm.new_instance(class)?;
    let p = this(vm, o.value())?;
    p.function.set(&vm.heap, p, function);
    p.args.set(&vm.heap, p, args.value());
    p.keywords.set(&vm.heap, p, keywords.value());
    p.gaps.set(args.items().iter().filter(|&&v| v == hole).count());
    Ok(o.value())
}
/// The partial is called by the function below (a fresh import of the module makes further classes that are, too).
fn has_own_call(vm: &Vm, partial: Value) -> bool {
    let found = vm.special(vm.class_of(partial), pyrs_core::Special::Call);
    let native = found.and_then(|f| vm.cast::<NativeFunction>(f));
    native.is_some_and(|f| core::ptr::fn_addr_eq(f.def.function, call as fn(&Vm, &[Value]) -> Res))
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let p = this(vm, a[0])?;
    let given = tuple_of(vm, a[1])?;
    let gaps = p.gaps.get();
    if given.len() < gaps {
        return Err(vm.type_error(format!(
            "missing positional arguments in 'partial' call; expected at least {gaps}, got {}",
            given.len()
        )));
    }
    let args = fill(vm, tuple_of(vm, p.args.get())?, gaps, given)?;
    let keywords = merged(vm, p.keywords.get(), a[2])?;
    vm.call_dict(p.function.get(), args.items(), keywords)
}
fn get(vm: &Vm, a: &[Value]) -> Res {
    if a[1].is_none() { Ok(a[0]) } else { vm.bind_any(a[0], a[1]) }
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let p = this(vm, a[0])?;
    let mut out = StrBuilder::from(vm.display_name(vm.class_of(a[0])).as_str());
    let done = vm.guard_repr(a[0], || {
        out.push_str("(");
        // A repr may set another state: what is shown is the state at the beginning.
        let (args, keywords) = (tuple_of(vm, p.args.get())?, p.keywords.get());
        out.push_points(vm.repr(p.function.get())?.points());
        for &v in args.items() {
            out.push_str(", ");
            out.push_points(vm.repr(v)?.points());
        }
        if let Some(d) = vm.as_dict(keywords) {
            each_item(d, |k, v, _| {
                out.push_str(", ");
                out.push_points(vm.str_of(k)?.points());
                out.push_str("=");
                out.push_points(vm.repr(v)?.points());
                Ok(())
            })?;
        }
        out.push_str(")");
        Ok(())
    })?;
    if done.is_none() {
        return vm.str("...");
    }
    Ok(vm.new_str_builder(&out)?.value())
}
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let p = this(vm, a[0])?;
    let f = p.function.get();
    let dict = dict_or_none(vm, a[0])?;
    let state = vm.tuple(&[f, p.args.get(), p.keywords.get(), dict])?;
    vm.tuple(&[vm.class_of(a[0]).value(), vm.tuple(&[f])?, state])
}
fn set_state(vm: &Vm, a: &[Value]) -> Res {
    let p = this(vm, a[0])?;
    let wrong = || vm.type_error("invalid partial state");
    let Some(state) = vm.as_tuple(a[1]) else { return Err(wrong()) };
    let &[f, args, kw, dict] = state.items() else { return Err(wrong()) };
    let dict_or_none = |v: Value| v.is_none() || vm.as_dict(v).is_some();
    let ok = vm.is_callable(f) && dict_or_none(kw) && dict_or_none(dict);
    let Some(args) = vm.as_tuple(args).filter(|_| ok) else { return Err(wrong()) };
    let hole = vm.hook("functools_placeholder").unwrap_or(Value::UNBOUND);
    if args.items().last() == Some(&hole) {
        return Err(vm.type_error("trailing Placeholders are not allowed"));
    }
    // Exactly what was given, unless it is of a subclass.
    let kw = match vm.as_dict(kw) {
        Some(d) if vm.class_of(kw) == vm.classes().dict => d,
        Some(d) => vm.dict_copy(d)?,
        None => vm.new_dict()?,
    };
    p.function.set(&vm.heap, p, f);
    p.args.set(&vm.heap, p, args.value());
    p.keywords.set(&vm.heap, p, kw.value());
    p.gaps.set(args.items().iter().filter(|&&v| v == hole).count());
    let d = match vm.as_dict(dict) {
        Some(d) => d,
        None => vm.new_dict()?,
    };
    vm.set_instance_dict(a[0], d)?;
    Ok(Value::NONE)
}
