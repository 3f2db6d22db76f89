//! `ast.AST`: constructor, repr and copying of nodes.

use super::{fields_of, singleton};
use crate::class_support::{class_of_new, each_item};
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Header, Native, NativeDef, Res, Value, Vm, native_object};

/// A node; all it has lies in its attributes.
#[repr(C)]
pub(super) struct Node {
    header: Header,
}
native_object!(Node, "AST", slots = 0);

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "ast.AST",
    layout: <Node as Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_DICT | class_flag::HAS_WEAKREF,
    doc: "",
    methods: &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", |vm, a| Ok(vm.new_instance(class_of_new(vm, a[0])?)?.value()), ""),
        NativeDef::method("__init__", "(self, /, *args, **kwargs)", init, ""),
        NativeDef::method("__repr__", "(self, /)", |vm, a| vm.str(&shown(vm, a[0], MAX_DEPTH)?), "Return repr(self)."),
        NativeDef::method("__reduce__", "(self, /)", reduce, ""),
        NativeDef::method("__replace__", "(self, /, **kwargs)", replace, ""),
    ],
    getset: &[],
    fields: &[],
};

fn warn(vm: &Vm, message: String) -> Res<()> {
    let warnings = vm.import_module("warnings")?;
    let category = vm.exc().deprecation_warning.value();
    vm.call_method(warnings, "warn", &[vm.str(&message)?, category]).map(drop)
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let (this, class) = (a[0], vm.class_of(a[0]));
    let name = vm.class_name(class);
    let fields = fields_of(vm, class)?;
    let args = vm.to_tuple(a[1])?;
    if args.len() > fields.len() {
        let (n, s) = (fields.len(), if fields.len() == 1 { "" } else { "s" });
        return Err(vm.type_error(format!(
            "{name} constructor takes at most {n} positional argument{s}"
        )));
    }
    let set = |field: Value, v: Value| match vm.as_str(field) {
        Some(f) => vm.set_attr(this, f, v),
        None => Err(vm.type_error("field names must be strings")),
    };
    for (&field, &v) in fields.items().iter().zip(args.items()) {
        set(field, v)?;
    }
    let left = vm.list_from(&fields.items()[args.len()..])?;
    if let Some(kwargs) = vm.as_dict(a[2]) {
        each_item(kwargs, |key, v, _| {
            let position = left.items().iter().position(|&f| f == key);
            let position = match position {
                None => find(vm, left.items(), key)?,
                some => some,
            };
            if let Some(i) = position {
                vm.list_splice(left, i, i + 1, &[])?;
            } else if find(vm, fields.items(), key)?.is_some() {
                let key = vm.repr(key)?.to_lossy();
                return Err(vm.type_error(format!("{name} got multiple values for argument {key}")));
            } else if !vm.contains(vm.get_attr(this, vm.intern("_attributes"))?, key)? {
                let key = vm.repr(key)?.to_lossy();
                warn(vm, format!("{name}.__init__ got an unexpected keyword argument {key}. Support for arbitrary keyword arguments is deprecated and will be removed in Python 3.15."))?;
            }
            set(key, v)
        })?;
    }
    fill_rest(vm, this, &name, left.items())?;
    Ok(Value::NONE)
}
fn find(vm: &Vm, list: &[Value], key: Value) -> Res<Option<usize>> {
    for (i, &v) in list.iter().enumerate() {
        if vm.equal(v, key)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}
/// Fields not given: empty lists, `Load()`, nothing for optional ones; others are missed.
fn fill_rest(vm: &Vm, this: Value, name: &str, left: &[Value]) -> Res<()> {
    if left.is_empty() {
        return Ok(());
    }
    let types = vm.get_attr(vm.class_of(this).value(), vm.intern("_field_types"))?;
    let list_alias = vm.class_of(vm.generic_alias(vm.classes().list.value(), vm.classes().int.value())?);
    let context = super::class_named(vm, "expr_context")?;
    for &field in left {
        let Some(f) = vm.as_str(field) else { continue };
        let ty = match vm.as_dict(types) {
            Some(d) => vm.dict_get(d, field)?,
            None => vm.catch(vm.get_item(types, field), vm.exc().key_error)?,
        };
        let shown = vm.repr(field)?.to_lossy();
        let Some(ty) = ty else {
            warn(vm, format!("Field {shown} is missing from {name}._field_types. This will become an error in Python 3.15."))?;
            continue;
        };
        if vm.class_of(ty) == list_alias {
            vm.set_attr(this, f, vm.new_list()?.value())?;
        } else if ty == context.value() {
            vm.set_attr(this, f, singleton(vm, "Load")?)?;
        } else if vm.as_class(ty).is_some() {
            warn(vm, format!("{name}.__init__ missing 1 required positional argument: {shown}. This will become an error in Python 3.15."))?;
        }
    }
    Ok(())
}

// ---- repr
const MAX_DEPTH: usize = 3;

fn is_node(vm: &Vm, v: Value) -> bool {
    vm.cast::<Node>(v).is_some()
}
/// Nodes deeper than `depth` levels are cut, lists show their first and last item.
fn shown(vm: &Vm, v: Value, depth: usize) -> Res<String> {
    let name = vm.class_name(vm.class_of(v));
    if depth == 0 {
        return Ok(format!("{name}(...)"));
    }
    let fields = fields_of(vm, vm.class_of(v))?;
    let text = vm.guard_repr(v, || {
        let mut out = Vec::with_capacity(fields.len());
        for &f in fields.items() {
            let Some(field) = vm.as_str(f) else { continue };
            let item = vm.get_attr(v, field)?;
            out.push(format!("{}={}", field.to_lossy(), shown_value(vm, item, depth - 1)?));
        }
        Ok(out.join(", "))
    })?;
    Ok(match text {
        Some(t) => format!("{name}({t})"),
        None => format!("{name}(...)"),
    })
}
fn shown_value(vm: &Vm, v: Value, depth: usize) -> Res<String> {
    if is_node(vm, v) {
        return shown(vm, v, depth);
    }
    let (items, open, close) = match (vm.as_list(v), vm.as_tuple(v)) {
        (Some(l), _) => (vm.new_tuple(l.items())?, "[", "]"),
        (_, Some(t)) => (t, "(", ")"),
        _ => return Ok(vm.repr(v)?.to_lossy()),
    };
    let one = |v: Value| if is_node(vm, v) { shown(vm, v, depth) } else { Ok(vm.repr(v)?.to_lossy()) };
    Ok(match items.items() {
        [] => format!("{open}{close}"),
        &[v] => format!("{open}{}{close}", one(v)?),
        &[v, w] => format!("{open}{}, {}{close}", one(v)?, one(w)?),
        &[v, .., w] => format!("{open}{}, ..., {}{close}", one(v)?, one(w)?),
    })
}

// ---- copying
fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.class_of(a[0]);
    let dict = match vm.object(a[0]) {
        Some(o) => vm.instance_dict_copy(o)?,
        None => vm.new_dict()?,
    };
    let args = vm.new_list()?;
    for &f in fields_of(vm, class)?.items() {
        match vm.dict_remove(dict, f)? {
            Some(v) => vm.list_append(args, v)?,
            None => break,
        }
    }
    vm.tuple(&[class.value(), vm.tuple(args.items())?, dict.value()])
}
fn replace(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.class_of(a[0]);
    let (fields, name) = (fields_of(vm, class)?, vm.class_name(class));
    let places = vm.to_tuple(vm.get_attr(class.value(), vm.intern("_attributes"))?)?;
    let new = match vm.object(a[0]) {
        Some(o) => vm.instance_dict_copy(o)?,
        None => vm.new_dict()?,
    };
    if let Some(kwargs) = vm.as_dict(a[1]) {
        each_item(kwargs, |key, v, _| {
            if find(vm, fields.items(), key)?.is_none() && find(vm, places.items(), key)?.is_none() {
                let key = vm.repr(key)?.to_lossy();
                return Err(vm.type_error(format!(
                    "{name}.__replace__ got an unexpected keyword argument {key}."
                )));
            }
            vm.dict_set(new, key, v)
        })?;
    }
    vm.call_dict(class.value(), &[], Some(new))
}
