//! `itemgetter`, `attrgetter` and `methodcaller`.

use crate::class_support::{class_of_new, each_item};
use pyrs_core::object::{ClassSpec, Tuple, class_flag};
use pyrs_core::{Gc, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

/// All three: what to get, and for `methodcaller` the arguments.
#[repr(C)]
pub(super) struct ItemGetter {
    header: Header,
    /// tuple of keys
    items: Slot,
}
native_object!(ItemGetter, "itemgetter", slots = 1);

#[repr(C)]
pub(super) struct AttrGetter {
    header: Header,
    /// tuple of names as given
    names: Slot,
    /// tuple of tuples: the parts of each dotted name, interned
    paths: Slot,
}
native_object!(AttrGetter, "attrgetter", slots = 2);

#[repr(C)]
pub(super) struct MethodCaller {
    header: Header,
    name: Slot,
    args: Slot,
    kwargs: Slot,
}
native_object!(MethodCaller, "methodcaller", slots = 3);

const SELF: &str = "(self, /)";
pub(super) static ITEM: ClassSpec = ClassSpec {
    name: "operator.itemgetter",
    layout: <ItemGetter as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "Return a callable object that fetches the given item(s) from its operand.\n\nAfter f = itemgetter(2), the call f(r) returns r[2].\nAfter g = itemgetter(2, 5, 3), the call g(r) returns (r[2], r[5], r[3])",
    methods: &[
        NativeDef::static_method("__new__", "(cls, item, /, *items)", item_new, ""),
        NativeDef::method("__call__", "(self, obj, /)", item_call, "Call self as a function."),
        NativeDef::method(
            "__repr__",
            SELF,
            |vm, a| shown(vm, a[0], items(vm, a[0])?, None),
            "Return repr(self).",
        ),
        NativeDef::method(
            "__reduce__",
            SELF,
            |vm, a| vm.tuple(&[vm.class_of(a[0]).value(), items(vm, a[0])?]),
            "Return state information for pickling",
        ),
    ],
    getset: &[],
    fields: &[],
};
pub(super) static ATTR: ClassSpec = ClassSpec {
    name: "operator.attrgetter",
    layout: <AttrGetter as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "Return a callable object that fetches the given attribute(s) from its operand.\n\nAfter f = attrgetter('name'), the call f(r) returns r.name.\nAfter g = attrgetter('name', 'date'), the call g(r) returns (r.name, r.date).\nAfter h = attrgetter('name.first', 'name.last'), the call h(r) returns\n(r.name.first, r.name.last).",
    methods: &[
        NativeDef::static_method("__new__", "(cls, attr, /, *attrs)", attr_new, ""),
        NativeDef::method("__call__", "(self, obj, /)", attr_call, "Call self as a function."),
        NativeDef::method(
            "__repr__",
            SELF,
            |vm, a| shown(vm, a[0], attr(vm, a[0])?.names.get(), None),
            "Return repr(self).",
        ),
        NativeDef::method(
            "__reduce__",
            SELF,
            |vm, a| vm.tuple(&[vm.class_of(a[0]).value(), attr(vm, a[0])?.names.get()]),
            "Return state information for pickling",
        ),
    ],
    getset: &[],
    fields: &[],
};
pub(super) static METHOD: ClassSpec = ClassSpec {
    name: "operator.methodcaller",
    layout: <MethodCaller as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "Return a callable object that calls the given method on its operand.\n\nAfter f = methodcaller('name'), the call f(r) returns r.name().\nAfter g = methodcaller('name', 'date', foo=1), the call g(r) returns\nr.name('date', foo=1).",
    methods: &[
        NativeDef::static_method("__new__", "(cls, name, /, *args, **kwargs)", method_new, ""),
        NativeDef::method("__call__", "(self, obj, /)", method_call, "Call self as a function."),
        NativeDef::method("__repr__", SELF, method_repr, "Return repr(self)."),
        NativeDef::method(
            "__reduce__",
            SELF,
            method_reduce,
            "Return state information for pickling",
        ),
    ],
    getset: &[],
    fields: &[],
};

/// First argument and the rest as one tuple.
fn joined(vm: &Vm, first: Value, rest: Value) -> Res<Gc<Tuple>> {
    let rest = vm.to_tuple(rest)?;
    let all = vm.new_tuple_blank(rest.len() + 1)?;
    all.slot(0).set_unbarriered(first);
    for (i, &v) in rest.items().iter().enumerate() {
        all.slot(i + 1).set_unbarriered(v);
    }
    vm.written_in_bulk(all);
    Ok(all)
}
/// `operator.itemgetter(1, 2)`; keyword arguments at the end.
fn shown(vm: &Vm, v: Value, args: Value, kwargs: Option<Value>) -> Res {
    let mut out = StrBuilder::from(vm.display_name(vm.class_of(v)).as_str());
    let args = vm.to_tuple(args)?;
    let done = vm.guard_repr(v, || {
        out.push_str("(");
        for (i, &item) in args.items().iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            out.push_points(vm.repr(item)?.points());
        }
        if let Some(d) = kwargs.and_then(|k| vm.as_dict(k)) {
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
        out.push_str("(...)");
    }
    Ok(vm.new_str_builder(&out)?.value())
}

fn items(vm: &Vm, v: Value) -> Res {
    match vm.cast::<ItemGetter>(v) {
        Some(g) => Ok(g.items.get()),
        None => Err(vm.type_error("an itemgetter is required")),
    }
}
fn item_new(vm: &Vm, a: &[Value]) -> Res {
    let all = joined(vm, a[1], a[2])?;
    let o = vm.new_instance(class_of_new(vm, a[0])?)?;
    if let Some(g) = vm.cast::<ItemGetter>(o.value()) {
        g.items.set(&vm.heap, g, all.value());
    }
    Ok(o.value())
}
fn item_call(vm: &Vm, a: &[Value]) -> Res {
    let keys = vm.to_tuple(items(vm, a[0])?)?;
    if keys.len() == 1 {
        return vm.get_item(a[1], keys.get(0));
    }
    let out = vm.new_list_with_capacity(keys.len())?;
    for &k in keys.items() {
        vm.list_append(out, vm.get_item(a[1], k)?)?;
    }
    vm.tuple(out.items())
}

fn attr(vm: &Vm, v: Value) -> Res<Gc<AttrGetter>> {
    vm.cast(v).ok_or_else(|| vm.type_error("an attrgetter is required"))
}
fn attr_new(vm: &Vm, a: &[Value]) -> Res {
    let names = joined(vm, a[1], a[2])?;
    let paths = vm.new_list()?;
    for &name in names.items() {
        let Some(s) = vm.as_str(name) else {
            return Err(vm.type_error("attribute name must be a string"));
        };
        let parts = vm.new_list()?;
        let mut start = 0;
        loop {
            let rest = s.points().from(start);
            let end = rest.position(u32::from(b'.')).map_or(s.len(), |n| start + n);
            let part = vm.new_str_points(s.points().slice(start, end))?;
            vm.list_append(parts, vm.intern_str(part).value())?;
            if end == s.len() {
                break;
            }
            start = end + 1;
        }
        vm.list_append(paths, vm.tuple(parts.items())?)?;
    }
    let paths = vm.tuple(paths.items())?;
    let o = vm.new_instance(class_of_new(vm, a[0])?)?;
    let g = attr(vm, o.value())?;
    g.names.set(&vm.heap, g, names.value());
    g.paths.set(&vm.heap, g, paths);
    Ok(o.value())
}
fn follow(vm: &Vm, mut v: Value, path: Value) -> Res {
    let path = vm.to_tuple(path)?;
    for &part in path.items() {
        if let Some(name) = vm.as_str(part) {
            v = vm.get_attr(v, name)?;
        }
    }
    Ok(v)
}
fn attr_call(vm: &Vm, a: &[Value]) -> Res {
    let paths = vm.to_tuple(attr(vm, a[0])?.paths.get())?;
    if paths.len() == 1 {
        return follow(vm, a[1], paths.get(0));
    }
    let out = vm.new_list_with_capacity(paths.len())?;
    for &p in paths.items() {
        vm.list_append(out, follow(vm, a[1], p)?)?;
    }
    vm.tuple(out.items())
}

fn method(vm: &Vm, v: Value) -> Res<Gc<MethodCaller>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a methodcaller is required"))
}
fn method_new(vm: &Vm, a: &[Value]) -> Res {
    let Some(name) = vm.as_str(a[1]) else {
        return Err(vm.type_error("method name must be a string"));
    };
    let name = vm.intern_str(name);
    let o = vm.new_instance(class_of_new(vm, a[0])?)?;
    let m = method(vm, o.value())?;
    m.name.set(&vm.heap, m, name.value());
    m.args.set(&vm.heap, m, a[2]);
    m.kwargs.set(&vm.heap, m, a[3]);
    Ok(o.value())
}
fn method_call(vm: &Vm, a: &[Value]) -> Res {
    let m = method(vm, a[0])?;
    let args = vm.to_tuple(m.args.get())?;
    let Some(name) = vm.as_str(m.name.get()) else { return Ok(Value::NONE) };
    match vm.as_dict(m.kwargs.get()).filter(|d| !d.is_empty()) {
        None => vm.call_method_str(a[1], name, args.items()),
        Some(d) => vm.call_dict(vm.get_attr(a[1], name)?, args.items(), Some(d)),
    }
}
fn method_repr(vm: &Vm, a: &[Value]) -> Res {
    let m = method(vm, a[0])?;
    let all = joined(vm, m.name.get(), m.args.get())?;
    shown(vm, a[0], all.value(), Some(m.kwargs.get()))
}
fn method_reduce(vm: &Vm, a: &[Value]) -> Res {
    let m = method(vm, a[0])?;
    let class = vm.class_of(a[0]).value();
    match vm.as_dict(m.kwargs.get()).filter(|d| !d.is_empty()) {
        None => vm.tuple(&[class, joined(vm, m.name.get(), m.args.get())?.value()]),
        Some(d) => {
            let functools = vm.import_module("functools")?;
            let partial = vm.get_attr(functools, vm.intern("partial"))?;
            let made = vm.call_dict(partial, &[class, m.name.get()], Some(d))?;
            vm.tuple(&[made, m.args.get()])
        }
    }
}
