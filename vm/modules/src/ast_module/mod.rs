//! `_ast`: the node classes, and trees of source texts.
//!
//! `table` lists the classes, `node` is their common base with its methods, `build` turns a parse into nodes.
//! Classes are ordinary Python classes made from the table when the module is first imported.

mod build;
mod node;
mod table;

use crate::class_support::add_class;
use pyrs_core::object::{Class, Dict, Module, Tuple};
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};
use table::{FLAGS, Places, SUMS, Sum};

static PARSE: NativeDef = NativeDef::function("_parse", "(source, filename, mode, flags, /)", build::parse, "");

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_ast", "", &[])?;
    let base = add_class(vm, m, &node::SPEC, None)?;
    let empty = vm.tuple(&[])?;
    for name in ["_fields", "_attributes", "__match_args__"] {
        vm.class_set(base, vm.intern(name), Some(empty))?;
    }
    vm.class_set(base, vm.intern("_field_types"), Some(vm.new_dict()?.value()))?;
    base.flags.set(base.flags.get() | pyrs_core::object::class_flag::MUTABLE);
    vm.set_hook("ast_AST", base.value());
    let classes = vm.new_dict()?;
    vm.set_hook("ast_classes", classes.value());
    let singletons = vm.new_dict()?;
    vm.set_hook("ast_singletons", singletons.value());
    // Field types name classes further down: make all classes first.
    for s in SUMS {
        let parent = make_class(vm, m, s.name, s.fields, base, s)?;
        for &row in s.nodes {
            let (name, fields) = split(row);
            let c = make_class(vm, m, name, fields, parent, s)?;
            if fields.is_empty() && s.places == Places::None {
                let one = vm.new_instance(c)?;
                vm.dict_set_str(singletons, vm.intern(name), one.value())?;
            }
        }
    }
    for s in SUMS {
        set_field_types(vm, classes, s.name, s.fields)?;
        for &row in s.nodes {
            let (name, fields) = split(row);
            set_field_types(vm, classes, name, fields)?;
        }
    }
    for &(name, n) in FLAGS {
        vm.module_set(m, name, vm.int(n)?)?;
    }
    vm.set_hook("ast_parse", vm.new_native(&PARSE, None, vm.str("_ast")?)?);
    Ok(m.value())
}

/// `"Name(fields)"` in two.
fn split(row: &str) -> (&str, &str) {
    let (name, rest) = row.split_once('(').unwrap_or((row, ""));
    (name, rest.trim_end_matches(')'))
}
/// Type (with its `*` and `?`) and name of each field.
fn each_field(fields: &str) -> impl Iterator<Item = (&str, &str)> {
    fields.split(", ").filter_map(|f| f.split_once(' '))
}

fn make_class(
    vm: &Vm,
    m: Gc<Module>,
    name: &'static str,
    fields: &str,
    base: Gc<Class>,
    sum: &Sum,
) -> Res<Gc<Class>> {
    let ns = vm.new_dict()?;
    let put = |key: &str, v: Value| vm.dict_set_str(ns, vm.intern(key), v);
    let is_sum = name == sum.name && !sum.nodes.is_empty();
    put("__module__", vm.intern("ast").value())?;
    let doc = if is_sum {
        let rows: Vec<&str> = sum.nodes.iter().map(|r| r.trim_end_matches("()")).collect();
        format!("{name} = {}", rows.join(&format!("\n{}| ", " ".repeat(name.len() + 1))))
    } else if fields.is_empty() {
        name.to_owned()
    } else {
        format!("{name}({fields})")
    };
    put("__doc__", vm.str(&doc)?)?;
    if !is_sum {
        let names = vm.new_list()?;
        for (ty, field) in each_field(fields) {
            vm.list_append(names, vm.intern(field).value())?;
            if ty.ends_with('?') {
                put(field, Value::NONE)?;
            }
        }
        let names = vm.tuple(names.items())?;
        put("_fields", names)?;
        put("__match_args__", names)?;
    }
    if name == sum.name {
        let places = ["lineno", "col_offset", "end_lineno", "end_col_offset"];
        let places = if sum.places == Places::None { &[][..] } else { &places[..] };
        let list = vm.new_list()?;
        for p in places {
            vm.list_append(list, vm.intern(p).value())?;
        }
        put("_attributes", vm.tuple(list.items())?)?;
        if sum.places == Places::OptionalEnd {
            put("end_lineno", Value::NONE)?;
            put("end_col_offset", Value::NONE)?;
        }
    }
    let bases = vm.tuple(&[base.value()])?;
    let c = vm.call(vm.classes().type_.value(), &[vm.str(name)?, bases, ns.value()])?;
    vm.module_set(m, name, c)?;
    if let Some(all) = vm.hook("ast_classes").and_then(|d| vm.as_dict(d)) {
        vm.dict_set_str(all, vm.intern(name), c)?;
    }
    vm.as_class(c).ok_or_else(|| vm.type_error("a class is required"))
}
fn set_field_types(vm: &Vm, classes: Gc<Dict>, name: &str, fields: &str) -> Res<()> {
    let Some(c) = vm.dict_get_str(classes, vm.intern(name)).and_then(|c| vm.as_class(c)) else {
        return Ok(());
    };
    if vm.dict_get_str(vm.class_dict(c), vm.intern("_fields")).is_none() {
        return Ok(());
    }
    let k = vm.classes();
    let types = vm.new_dict()?;
    for (ty, field) in each_field(fields) {
        let plain = match ty.trim_end_matches(['*', '?']) {
            "identifier" | "string" => k.str_.value(),
            "int" => k.int.value(),
            "constant" => k.object.value(),
            name => vm.dict_get_str(classes, vm.intern(name)).unwrap_or(k.object.value()),
        };
        let v = if ty.ends_with('*') {
            vm.generic_alias(k.list.value(), plain)?
        } else if ty.ends_with('?') {
            vm.binary(BinaryOp::Or, plain, Value::NONE)?
        } else {
            plain
        };
        vm.dict_set_str(types, vm.intern(field), v)?;
    }
    vm.class_set(c, vm.intern("_field_types"), Some(types.value())).map(drop)
}

/// The class of that name.
pub(super) fn class_named(vm: &Vm, name: &str) -> Res<Gc<Class>> {
    let all = vm.hook("ast_classes").and_then(|d| vm.as_dict(d));
    all.and_then(|d| vm.dict_get_str(d, vm.intern(name)))
        .and_then(|c| vm.as_class(c))
        .ok_or_else(|| vm.system_error(format!("no node class {name}")))
}
/// The one node of a class without fields and places, as `Load`.
pub(super) fn singleton(vm: &Vm, name: &str) -> Res {
    let all = vm.hook("ast_singletons").and_then(|d| vm.as_dict(d));
    all.and_then(|d| vm.dict_get_str(d, vm.intern(name)))
        .ok_or_else(|| vm.system_error(format!("no node {name}")))
}
/// `cls._fields`
pub(super) fn fields_of(vm: &Vm, c: Gc<Class>) -> Res<Gc<Tuple>> {
    let v = vm.get_attr(c.value(), vm.intern("_fields"))?;
    vm.to_tuple(v)
}
