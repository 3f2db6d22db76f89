//! Struct sequences: tuples with named fields, as `os.stat_result` or `sys.version_info`.
//!
//! A struct sequence class is a subclass of tuple with one read-only descriptor per field. Fields beyond the
//! visible ones (`n_sequence_fields`) are kept behind them and reached by name only.

use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Tuple, class_flag};
use pyrs_core::{Gc, Header, NativeDef, Res, Slot, Value, Vm, native_object};

/// Reads one item of a tuple by attribute name.
#[repr(C)]
struct Field {
    header: Header,
    name: Slot,
    index: Cell<usize>,
}
native_object!(Field, "structseq_field", slots = 1);

static FIELD: ClassSpec = ClassSpec {
    name: "member_descriptor",
    layout: <Field as pyrs_core::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method("__get__", "(self, instance, owner=None, /)", field_get, ""),
        NativeDef::method("__set__", "(self, instance, value, /)", field_set, ""),
    ],
    getset: &[],
    fields: &[],
};

fn field_get(vm: &Vm, args: &[Value]) -> Res {
    if args[1].is_none() {
        return Ok(args[0]);
    }
    let index = vm.cast::<Field>(args[0]).map_or(0, |f| f.index.get());
    match all_items(vm, args[1]) {
        Some(t) if index < t.len() => Ok(t.get(index)),
        _ => Ok(Value::NONE),
    }
}
fn field_set(vm: &Vm, _: &[Value]) -> Res {
    Err(vm.raise_text(vm.exc().attribute_error, "readonly attribute"))
}
/// All items, hidden ones included: kept in the instance's attribute `_all` when there are hidden ones.
fn all_items(vm: &Vm, v: Value) -> Option<Gc<Tuple>> {
    let o = vm.object(v)?;
    match vm.instance_get(o, vm.intern("_all")) {
        Some(all) => vm.as_tuple(all),
        None => vm.as_tuple(v),
    }
}

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, sequence, dict=None)", new, ""),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__reduce__", "(self, /)", reduce, ""),
];

/// Makes a class. `visible` fields form the sequence; the names may be `_` prefixed for unnamed items.
pub fn define(vm: &Vm, dotted: &str, doc: &str, fields: &[&str], visible: usize) -> Res {
    let (module, name) = dotted.rsplit_once('.').unwrap_or(("builtins", dotted));
    let field_class = match vm.hook("structseq_field") {
        Some(c) => vm.as_class(c),
        None => {
            let c = vm.define_class(&FIELD, None)?;
            vm.set_hook("structseq_field", c.value());
            Some(c)
        }
    };
    let shape = field_class.unwrap_or(vm.classes().object).root_shape.get();
    let ns = vm.new_dict()?;
    let put = |key: &str, v: Value| vm.dict_set_str(ns, vm.intern(key), v);
    put("__module__", vm.intern(module).value())?;
    put("__doc__", vm.str(doc)?)?;
    put("n_sequence_fields", vm.int(visible as i64)?)?;
    put("n_fields", vm.int(fields.len() as i64)?)?;
    let unnamed = fields.iter().filter(|f| f.starts_with('_')).count();
    put("n_unnamed_fields", vm.int(unnamed as i64)?)?;
    let names = vm.new_list()?;
    for (i, &f) in fields.iter().enumerate() {
        if f.starts_with('_') {
            continue;
        }
        let name = vm.intern(f).value();
        if i < visible {
            vm.list_append(names, name)?;
        }
        let header = Header::new(shape, 0);
        let d = vm.alloc(Field { header, name: Slot::new(name), index: Cell::new(i) })?;
        put(f, d.value())?;
    }
    put("__match_args__", vm.tuple(names.items())?)?;
    let bases = vm.tuple(&[vm.classes().tuple.value()])?;
    let class = vm.call(vm.classes().type_.value(), &[vm.str(name)?, bases, ns.value()])?;
    if let Some(c) = vm.as_class(class) {
        vm.extend_class(c, METHODS, &[])?;
    }
    Ok(class)
}
/// An instance with all its fields.
pub fn make(vm: &Vm, class: Value, items: &[Value]) -> Res {
    let Some(c) = vm.as_class(class) else {
        return Err(vm.type_error("not a struct sequence class"));
    };
    let visible = vm.get_attr(class, vm.intern("n_sequence_fields"))?;
    let visible = (vm.int_i64(visible)? as usize).min(items.len());
    let shown = vm.tuple(&items[..visible])?;
    let v = vm.new_wrapped(c, shown)?;
    if items.len() > visible {
        let all = vm.tuple(items)?;
        if let Some(o) = vm.object(v) {
            vm.instance_set(o, vm.intern("_all"), all)?;
        }
    }
    Ok(v)
}
fn new(vm: &Vm, args: &[Value]) -> Res {
    let items = vm.to_tuple(args[1])?;
    let int = |name: &str| -> Res<usize> {
        let v = vm.get_attr(args[0], vm.intern(name))?;
        Ok(vm.int_i64(v)? as usize)
    };
    let (visible, total) = (int("n_sequence_fields")?, int("n_fields")?);
    let class = vm.as_class(args[0]).map_or_else(String::new, |c| vm.display_name(c));
    if items.len() < visible || items.len() > total {
        let how = if visible == total {
            "a"
        } else if items.len() < visible {
            "an at least"
        } else {
            "an at most"
        };
        let n = if items.len() > total { total } else { visible };
        return Err(vm.type_error(format!(
            "{class}() takes {how} {n}-sequence ({}-sequence given)",
            items.len()
        )));
    }
    let all = vm.to_list(items.value())?;
    while all.len() < total {
        vm.list_append(all, Value::NONE)?;
    }
    make(vm, args[0], all.items())
}
fn repr(vm: &Vm, args: &[Value]) -> Res {
    let class = vm.class_of(args[0]);
    let names = vm.get_attr(class.value(), vm.names().match_args)?;
    let (names, items) = (vm.to_tuple(names)?, vm.to_tuple(args[0])?);
    let mut out = String::new();
    for (i, &v) in items.items().iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if i < names.len() {
            out.push_str(&format!("{}=", vm.str_of(names.get(i))?.to_lossy()));
        }
        out.push_str(&vm.repr(v)?.to_lossy());
    }
    vm.str(&format!("{}({out})", vm.display_name(class)))
}
fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let items = all_items(vm, args[0]).map_or(args[0], |t| t.value());
    let d = vm.new_dict()?;
    vm.tuple(&[vm.class_of(args[0]).value(), vm.tuple(&[items, d.value()])?])
}
