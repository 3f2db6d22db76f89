//! Template strings (PEP 750): `Template` and `Interpolation` of `string.templatelib`, and the functions that
//! compiled code calls to build them.

use crate::functions::iterators::{fresh, receiver};
use crate::sequence::{CLASS_GETITEM, member};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, GetSetDef, List, Native, NativeDef, Str, Tuple, class_flag};
use pyrs_core::{Gc, Header, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct Template {
    header: Header,
    /// tuple of str, one more than interpolations
    strings: Slot,
    /// tuple
    interpolations: Slot,
}
native_object!(Template, "string.templatelib.Template", slots = 2);

#[repr(C)]
struct Interpolation {
    header: Header,
    value: Slot,
    /// str
    expression: Slot,
    /// `'s'`, `'r'`, `'a'` or None
    conversion: Slot,
    /// str
    format_spec: Slot,
}
native_object!(Interpolation, "string.templatelib.Interpolation", slots = 4);

#[repr(C)]
struct TemplateIter {
    header: Header,
    template: Slot,
    /// Strings have even numbers, interpolations odd ones.
    next: Cell<usize>,
}
native_object!(TemplateIter, "string.templatelib.TemplateIter", slots = 1);

const SELF: &str = "(self, /)";

static TEMPLATE: ClassSpec = ClassSpec {
    name: "string.templatelib.Template",
    layout: Template::LAYOUT,
    flags: 0,
    doc: "Template object",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new_template, ""),
        NativeDef::method("__repr__", SELF, template_repr, "Return repr(self)."),
        NativeDef::method("__iter__", SELF, template_iter, "Implement iter(self)."),
        NativeDef::method("__add__", "(self, value, /)", template_add, "Return self+value."),
        NativeDef::method("__reduce__", SELF, template_reduce, ""),
        CLASS_GETITEM,
    ],
    getset: &[
        member("strings", |vm, v| Ok(receiver::<Template>(vm, v)?.strings.get())),
        member("interpolations", |vm, v| Ok(receiver::<Template>(vm, v)?.interpolations.get())),
        GetSetDef::read_only("values", values, "Values of interpolations"),
    ],
    fields: &[],
};
static INTERPOLATION: ClassSpec = ClassSpec {
    name: "string.templatelib.Interpolation",
    layout: Interpolation::LAYOUT,
    flags: 0,
    doc: "Interpolation object",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, value, expression='', conversion=None, format_spec='')",
            new_interpolation,
            "",
        ),
        NativeDef::method("__repr__", SELF, interpolation_repr, "Return repr(self)."),
        NativeDef::method("__reduce__", SELF, interpolation_reduce, ""),
        CLASS_GETITEM,
    ],
    getset: &[
        member("value", |vm, v| Ok(receiver::<Interpolation>(vm, v)?.value.get())),
        member("expression", |vm, v| Ok(receiver::<Interpolation>(vm, v)?.expression.get())),
        member("conversion", |vm, v| Ok(receiver::<Interpolation>(vm, v)?.conversion.get())),
        member("format_spec", |vm, v| Ok(receiver::<Interpolation>(vm, v)?.format_spec.get())),
    ],
    fields: &[],
};
static ITER: ClassSpec = ClassSpec {
    name: "string.templatelib.TemplateIter",
    layout: TemplateIter::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "Template iterator object",
    methods: &[
        NativeDef::method("__iter__", SELF, |_, a| Ok(a[0]), "Implement iter(self)."),
        NativeDef::method("__next__", SELF, iter_next, "Implement next(self)."),
    ],
    getset: &[],
    fields: &[],
};
/// Called by compiled code.
static HOOKS: &[NativeDef] = &[
    NativeDef::function(
        "_pyrs_template",
        "(strings, interpolations, /)",
        |vm, a| template(vm, a[0], a[1]),
        "",
    ),
    NativeDef::function(
        "_pyrs_interpolation",
        "(value, expression, conversion, format_spec, /)",
        |vm, a| interpolation(vm, a),
        "",
    ),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.define_class(&TEMPLATE, None)?;
    let c = vm.define_class(&INTERPOLATION, None)?;
    let names = ["value", "expression", "conversion", "format_spec"].map(|n| vm.intern(n).value());
    vm.class_set(c, vm.names().match_args, Some(vm.tuple(&names)?))?;
    vm.define_class(&ITER, None)?;
    for def in HOOKS {
        vm.set_hook(def.name, vm.new_native(def, None, Value::NONE)?);
    }
    Ok(())
}

// ---- Interpolation
fn interpolation(vm: &Vm, parts: &[Value]) -> Res {
    let i = fresh::<Interpolation>(vm, vm.native_class::<Interpolation>().value())?;
    let slots = [&i.value, &i.expression, &i.conversion, &i.format_spec];
    for (slot, &v) in slots.into_iter().zip(parts) {
        slot.set(&vm.heap, i, v);
    }
    Ok(i.value())
}
fn new_interpolation(vm: &Vm, a: &[Value]) -> Res {
    let string = |i: usize, name: &str| match vm.as_str(a[i]) {
        Some(_) => Ok(()),
        None => Err(crate::support::bad_argument_at(vm, "Interpolation", name, "str", a[i])),
    };
    string(2, "'expression'")?;
    if !a[3].is_none() {
        let Some(c) = vm.as_str(a[3]) else {
            return Err(vm.type_error(format!(
                "Interpolation() argument 'conversion' must be str, not {}",
                vm.type_name(a[3])
            )));
        };
        if !["s", "a", "r"].iter().any(|k| c.is(k)) {
            return Err(vm.value_error(
                "Interpolation() argument 'conversion' must be one of 's', 'a' or 'r'",
            ));
        }
    }
    string(4, "'format_spec'")?;
    interpolation(vm, &a[1..5])
}
fn interpolation_parts(vm: &Vm, v: Value) -> Res<[Value; 4]> {
    let i = receiver::<Interpolation>(vm, v)?;
    Ok([i.value.get(), i.expression.get(), i.conversion.get(), i.format_spec.get()])
}
fn interpolation_repr(vm: &Vm, a: &[Value]) -> Res {
    let mut out = pyrs_text::StrBuilder::from("Interpolation(");
    for (i, v) in interpolation_parts(vm, a[0])?.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        out.push_points(vm.repr(v)?.points());
    }
    out.push_str(")");
    Ok(vm.new_str_builder(&out)?.value())
}
fn interpolation_reduce(vm: &Vm, a: &[Value]) -> Res {
    let parts = vm.tuple(&interpolation_parts(vm, a[0])?)?;
    vm.tuple(&[vm.class_of(a[0]).value(), parts])
}

// ---- Template
fn template(vm: &Vm, strings: Value, interpolations: Value) -> Res {
    let strings = vm.to_tuple(strings)?.value();
    let interpolations = vm.to_tuple(interpolations)?.value();
    let t = fresh::<Template>(vm, vm.native_class::<Template>().value())?;
    t.strings.set(&vm.heap, t, strings);
    t.interpolations.set(&vm.heap, t, interpolations);
    Ok(t.value())
}
/// Joins a string to the last one, or appends it.
fn add_string(vm: &Vm, strings: Gc<List>, s: Gc<Str>, join: bool) -> Res<()> {
    let last = strings.items().last().and_then(|&v| vm.as_str(v));
    match last {
        Some(last) if join => {
            let joined = vm.str_concat(last, s, false)?;
            strings.set(vm, strings.len() - 1, joined.value());
            Ok(())
        }
        _ => vm.list_append(strings, s.value()),
    }
}
fn new_template(vm: &Vm, a: &[Value]) -> Res {
    if vm.as_dict(a[2]).is_some_and(|d| !d.is_empty()) {
        return Err(vm.type_error("Template.__new__ only accepts *args arguments"));
    }
    let (strings, parts) = (vm.new_list()?, vm.new_list()?);
    let empty = vm.names().empty;
    let mut after_string = false;
    for &v in vm.to_tuple(a[1])?.items() {
        if let Some(s) = vm.as_str(v) {
            add_string(vm, strings, s, after_string)?;
            after_string = true;
        } else if vm.cast::<Interpolation>(v).is_some() {
            if !after_string {
                vm.list_append(strings, empty.value())?;
            }
            vm.list_append(parts, v)?;
            after_string = false;
        } else {
            return Err(vm.type_error(format!(
                "Template.__new__ *args need to be of type 'str' or 'Interpolation', got {}",
                vm.type_name(v)
            )));
        }
    }
    if !after_string {
        vm.list_append(strings, empty.value())?;
    }
    template(vm, strings.value(), parts.value())
}
fn both(vm: &Vm, v: Value) -> Res<(Gc<Tuple>, Gc<Tuple>)> {
    let t = receiver::<Template>(vm, v)?;
    Ok((vm.to_tuple(t.strings.get())?, vm.to_tuple(t.interpolations.get())?))
}
fn template_repr(vm: &Vm, a: &[Value]) -> Res {
    let (strings, parts) = both(vm, a[0])?;
    let mut out = pyrs_text::StrBuilder::from("Template(strings=");
    out.push_points(vm.repr(strings.value())?.points());
    out.push_str(", interpolations=");
    out.push_points(vm.repr(parts.value())?.points());
    out.push_str(")");
    Ok(vm.new_str_builder(&out)?.value())
}
fn values(vm: &Vm, v: Value) -> Res {
    let (_, parts) = both(vm, v)?;
    let out = vm.new_list()?;
    for &p in parts.items() {
        vm.list_append(out, receiver::<Interpolation>(vm, p)?.value.get())?;
    }
    vm.tuple(out.items())
}
fn template_add(vm: &Vm, a: &[Value]) -> Res {
    if vm.cast::<Template>(a[1]).is_none() {
        return Err(vm.type_error(format!(
            "can only concatenate string.templatelib.Template (not \"{}\") to string.templatelib.Template",
            vm.type_name(a[1])
        )));
    }
    let ((s, p), (t, q)) = (both(vm, a[0])?, both(vm, a[1])?);
    let strings = vm.list_from(s.items())?;
    for (i, &v) in t.items().iter().enumerate() {
        if let Some(v) = vm.as_str(v) {
            add_string(vm, strings, v, i == 0)?;
        }
    }
    let parts = vm.list_from(p.items())?;
    vm.list_extend(parts, q.value())?;
    template(vm, strings.value(), parts.value())
}
fn template_reduce(vm: &Vm, a: &[Value]) -> Res {
    let (strings, parts) = both(vm, a[0])?;
    let module = vm.import_module("string.templatelib")?;
    let f = vm.get_attr(module, vm.intern("_template_unpickle"))?;
    let args = vm.tuple(&[strings.value(), parts.value()])?;
    vm.tuple(&[f, args])
}
fn template_iter(vm: &Vm, a: &[Value]) -> Res {
    let it = fresh::<TemplateIter>(vm, vm.native_class::<TemplateIter>().value())?;
    it.template.set(&vm.heap, it, a[0]);
    Ok(it.value())
}
/// Strings and interpolations in turn; empty strings are left out.
fn iter_next(vm: &Vm, a: &[Value]) -> Res {
    let it = receiver::<TemplateIter>(vm, a[0])?;
    let (strings, parts) = both(vm, it.template.get())?;
    loop {
        let n = it.next.get();
        it.next.set(n + 1);
        let from = if n % 2 == 0 { strings } else { parts };
        let Some(&v) = from.items().get(n / 2) else {
            it.next.set(n);
            return Ok(Value::UNBOUND);
        };
        if n % 2 == 1 || !vm.as_str(v).is_some_and(|s| s.is_empty()) {
            return Ok(v);
        }
    }
}
