//! The `_ast` module: the class `AST`, the node classes made from the grammar, and the shared instances of
//! contexts and operators.

use super::grammar::{Count, Field, Kind, PLACE, ROWS, Row};
use crate::support::warn;
use pyrs_core::object::{
    Class, ClassSpec, Dict, Instance, Native, NativeDef, Tuple, class_flag, core_shape,
};
use pyrs_core::protocol::BinaryOp;
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

static AST: ClassSpec = ClassSpec {
    name: "ast.AST",
    layout: Instance::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_DICT | class_flag::HAS_WEAKREF | class_flag::MUTABLE,
    doc: "",
    methods: &[
        NativeDef::method("__init__", "(self, /, *args, **kwargs)", init, ""),
        NativeDef::method("__repr__", "(self, /)", repr, ""),
        NativeDef::method("__reduce__", "(self, /)", reduce, ""),
        NativeDef::method("__replace__", "(self, /, **fields)", replace, ""),
    ],
    getset: &[GetSetDef {
        name: "__dict__",
        get: crate::object::methods::dict_get,
        set: Some(crate::object::methods::dict_set),
        doc: "",
    }],
    fields: &[],
};

/// Hooks under which the machine keeps the classes, their field names and the shared instances, as tuples in
/// the order of the grammar.
const CLASSES: &str = "ast_classes";
const FIELDS: &str = "ast_fields";
const SHARED: &str = "ast_shared";

/// What conversions of trees need from the `_ast` module.
#[derive(Clone, Copy)]
pub(super) struct Nodes {
    pub classes: Gc<Tuple>,
    pub fields: Gc<Tuple>,
    pub shared: Gc<Tuple>,
}

impl Nodes {
    pub(super) fn class(self, vm: &Vm, kind: Kind) -> Gc<Class> {
        vm.as_class(self.classes.get(kind as usize)).unwrap_or(vm.classes().object)
    }
}

/// The node classes, if the `_ast` module has been loaded.
pub(super) fn known(vm: &Vm) -> Option<Nodes> {
    let tuple = |name| vm.hook(name).and_then(|t| vm.as_tuple(t));
    Some(Nodes { classes: tuple(CLASSES)?, fields: tuple(FIELDS)?, shared: tuple(SHARED)? })
}

/// The node classes; loads the module if need be.
pub(super) fn nodes(vm: &Vm) -> Res<Nodes> {
    if let Some(n) = known(vm) {
        return Ok(n);
    }
    make_classes(vm)?;
    known(vm).ok_or_else(|| vm.system_error("the node classes are missing"))
}

fn strings<'a>(vm: &Vm, names: impl Iterator<Item = &'a str>) -> Res<Gc<Tuple>> {
    let list = vm.new_list()?;
    for n in names {
        vm.list_append(list, vm.intern(n).value())?;
    }
    vm.new_tuple(list.items())
}

fn make_classes(vm: &Vm) -> Res<()> {
    let ast = vm.define_class(&AST, None)?;
    let none = vm.new_tuple(&[])?.value();
    for name in ["_fields", "_attributes", "__match_args__"] {
        vm.class_set(ast, vm.intern(name), Some(none))?;
    }
    let (classes, fields) = (vm.new_list()?, vm.new_list()?);
    for row in ROWS {
        let names: Vec<&str> = row.fields().map(|f| f.name).collect();
        let names = strings(vm, names.into_iter())?;
        let base = Kind::by_name(row.base).and_then(|k| classes.get(k as usize));
        let class = make_class(vm, row, names, base.unwrap_or(ast.value()))?;
        vm.list_append(classes, class)?;
        vm.list_append(fields, names.value())?;
    }
    for (row, i) in ROWS.iter().zip(0..) {
        if let Some(class) = classes.get(i).and_then(|c| vm.as_class(c)) {
            add_types(vm, class, row, classes)?;
        }
    }
    let shared = vm.new_list()?;
    for (row, i) in ROWS.iter().zip(0..) {
        let single = !row.place && row.fields.is_empty() && !row.base.is_empty();
        let class = classes.get(i).and_then(|c| vm.as_class(c)).filter(|_| single);
        let v = match class {
            Some(c) => vm.new_instance(c)?.value(),
            None => Value::NONE,
        };
        vm.list_append(shared, v)?;
    }
    for (name, list) in [(CLASSES, classes), (FIELDS, fields), (SHARED, shared)] {
        vm.set_hook(name, vm.tuple(list.items())?);
    }
    vm.set_hook("ast_base", ast.value());
    Ok(())
}

/// The documentation of a class: its row, or all rows derived from it.
fn doc(row: &Row) -> String {
    let derived: Vec<String> = ROWS.iter().filter(|r| r.base == row.name).map(Row::text).collect();
    if derived.is_empty() {
        return row.text();
    }
    let plain = ROWS.iter().filter(|r| r.base == row.name).all(|r| r.fields.is_empty());
    let between = match plain {
        true => " | ".to_owned(),
        false => format!("\n{}| ", " ".repeat(row.name.len() + 1)),
    };
    format!("{} = {}", row.name, derived.join(&between))
}

fn make_class(vm: &Vm, row: &Row, names: Gc<Tuple>, base: Value) -> Res {
    let d = vm.new_dict()?;
    let set = |name: &str, v: Value| vm.dict_set_str(d, vm.intern(name), v);
    set("__module__", vm.str("ast")?)?;
    set("__doc__", vm.str(&doc(row))?)?;
    set("_fields", names.value())?;
    set("__match_args__", names.value())?;
    if row.base.is_empty() {
        let place: &[&str] = if row.place { &PLACE } else { &[] };
        set("_attributes", strings(vm, place.iter().copied())?.value())?;
    }
    let optional_end = ["stmt", "expr", "excepthandler", "arg", "keyword", "alias"];
    if optional_end.contains(&row.name) {
        set("end_lineno", Value::NONE)?;
        set("end_col_offset", Value::NONE)?;
    }
    for f in row.fields().filter(|f| f.count == Count::Optional) {
        set(f.name, Value::NONE)?;
    }
    let bases = vm.tuple(&[base])?;
    vm.call(vm.classes().type_.value(), &[vm.str(row.name)?, bases, d.value()])
}

/// `_field_types` and the annotations: the types of the fields as Python sees them.
fn add_types(
    vm: &Vm,
    class: Gc<Class>,
    row: &Row,
    classes: Gc<pyrs_core::object::List>,
) -> Res<()> {
    let abstract_class = ROWS.iter().any(|r| r.base == row.name);
    let types = vm.new_dict()?;
    for f in row.fields() {
        let t = field_type(vm, &f, classes)?;
        vm.dict_set_str(types, vm.intern(f.name), t)?;
    }
    vm.class_set(class, vm.intern("_field_types"), Some(types.value()))?;
    if !abstract_class {
        vm.class_set(class, vm.names().annotations_cache, Some(types.value()))?;
    }
    Ok(())
}

fn field_type(vm: &Vm, f: &Field, classes: Gc<pyrs_core::object::List>) -> Res {
    let c = vm.classes();
    let plain = match f.kind {
        "identifier" | "string" => c.str_.value(),
        "int" => c.int.value(),
        "constant" => c.object.value(),
        kind => match Kind::by_name(kind).and_then(|k| classes.get(k as usize)) {
            Some(class) => class,
            None => c.object.value(),
        },
    };
    match f.count {
        Count::One => Ok(plain),
        Count::Many => vm.generic_alias(c.list.value(), plain),
        Count::Optional => vm.binary(BinaryOp::Or, plain, Value::NONE),
    }
}

/// The `_ast` module.
pub(super) fn module(vm: &Vm) -> Res {
    let n = nodes(vm)?;
    let m = vm.new_module("_ast", Value::NONE)?;
    vm.module_set(m, "AST", vm.hook("ast_base").unwrap_or(Value::NONE))?;
    for (row, &class) in ROWS.iter().zip(n.classes.items()) {
        vm.module_set(m, row.name, class)?;
    }
    for (name, flag) in [
        ("PyCF_ONLY_AST", 0x400),
        ("PyCF_TYPE_COMMENTS", 0x1000),
        ("PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000),
        ("PyCF_OPTIMIZED_AST", 0x8400),
    ] {
        vm.module_set(m, name, Value::small_int(flag))?;
    }
    Ok(m.value())
}

// ---- AST objects
fn own_fields(vm: &Vm, class: Gc<Class>) -> Res<Gc<Tuple>> {
    match vm.lookup(class, vm.intern("_fields")) {
        Some(f) => vm.to_tuple(f),
        None => vm.new_tuple(&[]),
    }
}

fn init(vm: &Vm, args: &[Value]) -> Res {
    let class = vm.class_of(args[0]);
    let name = vm.class_name(class);
    let fields = own_fields(vm, class)?;
    let given = vm.to_tuple(args[1])?;
    if given.len() > fields.len() {
        return Err(vm.type_error(format!(
            "{name} constructor takes at most {} positional argument{}",
            fields.len(),
            if fields.len() == 1 { "" } else { "s" }
        )));
    }
    let missing = vm.new_set(core_shape::SET)?;
    for (i, &f) in fields.items().iter().enumerate() {
        let key = crate::functions::attribute_name(vm, f)?;
        match given.items().get(i) {
            Some(&v) => vm.set_attr(args[0], key, v)?,
            None => {
                vm.set_add(missing, f)?;
            }
        }
    }
    if let Some(named) = crate::functions::given(vm, args[2]) {
        init_named(vm, args[0], named, fields, missing)?;
    }
    // In the order of the fields, so that warnings come in a fixed order.
    for &f in fields.items() {
        if vm.set_contains(missing, f)? {
            fill_missing(vm, args[0], class, f)?;
        }
    }
    Ok(Value::NONE)
}

fn init_named(
    vm: &Vm,
    v: Value,
    named: Gc<Dict>,
    fields: Gc<Tuple>,
    missing: Gc<pyrs_core::object::Set>,
) -> Res<()> {
    let class = vm.class_of(v);
    let name = vm.class_name(class);
    let attributes = match vm.lookup(class, vm.intern("_attributes")) {
        Some(a) => vm.to_tuple(a)?,
        None => vm.new_tuple(&[])?,
    };
    let mut row = 0;
    while let Some(r) = named.next_row(row) {
        row = r + 1;
        let Some((key, value)) = named.row(r) else { continue };
        let shown = vm.repr(key)?.to_lossy();
        if vm.contains(fields.value(), key)? {
            if !vm.set_discard(missing, key)? {
                return Err(
                    vm.type_error(format!("{name} got multiple values for argument {shown}"))
                );
            }
        } else if !vm.contains(attributes.value(), key)? {
            warn(
                vm,
                vm.exc().deprecation_warning,
                &format!(
                    "{name}.__init__ got an unexpected keyword argument {shown}. Support for arbitrary \
                     keyword arguments is deprecated and will be removed in Python 3.15."
                ),
            )?;
        }
        vm.set_attr(v, crate::functions::attribute_name(vm, key)?, value)?;
    }
    Ok(())
}

/// A field that no argument gave: lists become empty, contexts Load, optional ones stay None.
fn fill_missing(vm: &Vm, v: Value, class: Gc<Class>, field: Value) -> Res<()> {
    let types = vm.lookup(class, vm.intern("_field_types")).and_then(|t| vm.as_dict(t));
    let name = vm.class_name(class);
    let shown = vm.repr(field)?.to_lossy();
    let key = crate::functions::attribute_name(vm, field)?;
    let Some(t) = types.and_then(|d| vm.dict_get_str(d, key)) else {
        return warn(
            vm,
            vm.exc().deprecation_warning,
            &format!(
                "Field {shown} is missing from {name}._field_types. This will become an error in \
                 Python 3.15."
            ),
        );
    };
    if vm.class_of(t).value() == vm.generic_alias_class.get() {
        let empty = vm.list(&[])?;
        return vm.set_attr(v, key, empty);
    }
    let n = nodes(vm)?;
    if t == n.class(vm, Kind::expr_context).value() {
        return vm.set_attr(v, key, n.shared.get(Kind::Load as usize));
    }
    if vm.as_class(t).is_some() {
        return warn(
            vm,
            vm.exc().deprecation_warning,
            &format!(
                "{name}.__init__ missing 1 required positional argument: {shown}. This will become \
                 an error in Python 3.15."
            ),
        );
    }
    Ok(())
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let text = shown(vm, args[0], 3)?;
    vm.str(&text)
}

/// `Name(field=value, ...)`, at most `depth` nodes deep.
fn shown(vm: &Vm, v: Value, depth: usize) -> Res<String> {
    let base = vm.hook("ast_base").and_then(|c| vm.as_class(c));
    let is_node = |v: Value| base.is_some_and(|b| vm.is_instance_exact(v, b));
    let name = vm.type_name(v);
    if depth == 0 {
        return Ok(format!("{name}(...)"));
    }
    let mut parts = Vec::new();
    for &f in own_fields(vm, vm.class_of(v))?.items() {
        let key = crate::functions::attribute_name(vm, f)?;
        let value = vm.get_attr(v, key)?;
        let items = match (vm.as_list(value), vm.as_tuple(value)) {
            (Some(l), _) => Some((vm.new_tuple(l.items())?, "[", "]")),
            (None, Some(t)) => Some((t, "(", ")")),
            _ => None,
        };
        let text = match items {
            None if is_node(value) => shown(vm, value, depth - 1)?,
            None => vm.repr(value)?.to_lossy(),
            Some((t, open, close)) => {
                let one = |v: Value| -> Res<String> {
                    if is_node(v) { shown(vm, v, depth - 1) } else { Ok(vm.repr(v)?.to_lossy()) }
                };
                let inner = match t.items() {
                    [] => String::new(),
                    [a] => one(*a)?,
                    [a, b] => format!("{}, {}", one(*a)?, one(*b)?),
                    [a, .., z] => format!("{}, ..., {}", one(*a)?, one(*z)?),
                };
                format!("{open}{inner}{close}")
            }
        };
        parts.push(format!("{}={text}", key.to_lossy()));
    }
    Ok(format!("{name}({})", parts.join(", ")))
}

fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let class = vm.class_of(args[0]);
    let d = vm.get_attr(args[0], vm.names().dict)?;
    let Some(d) = vm.as_dict(d) else { return vm.tuple(&[class.value(), vm.tuple(&[])?]) };
    // Every field that is set is first made as None: so no argument is missing, and none is copied twice.
    let list = vm.new_list()?;
    for &f in own_fields(vm, class)?.items() {
        if vm.dict_get(d, f)?.is_none() {
            break;
        }
        vm.list_append(list, Value::NONE)?;
    }
    let state = vm.dict_copy(d)?;
    vm.tuple(&[class.value(), vm.tuple(list.items())?, state.value()])
}

fn replace(vm: &Vm, args: &[Value]) -> Res {
    let class = vm.class_of(args[0]);
    let state = vm.new_dict()?;
    if let Some(d) = vm.instance_dict(args[0])? {
        vm.dict_merge(state, d)?;
    }
    let fields = own_fields(vm, class)?;
    let attributes = match vm.lookup(class, vm.intern("_attributes")) {
        Some(a) => vm.to_tuple(a)?,
        None => vm.new_tuple(&[])?,
    };
    if let Some(changes) = crate::functions::given(vm, args[1]) {
        let mut row = 0;
        while let Some(r) = changes.next_row(row) {
            row = r + 1;
            let Some((key, _)) = changes.row(r) else { continue };
            if !vm.contains(fields.value(), key)? && !vm.contains(attributes.value(), key)? {
                return Err(vm.type_error(format!(
                    "{}.__replace__ got an unexpected keyword argument {}.",
                    vm.class_name(class),
                    vm.repr(key)?.to_lossy()
                )));
            }
        }
        vm.dict_merge(state, changes)?;
    }
    for &f in fields.items() {
        let key = crate::functions::attribute_name(vm, f)?;
        if vm.dict_get_str(state, key).is_none() && vm.lookup(class, key).is_none() {
            return Err(vm.type_error(format!(
                "{}.__replace__ missing 1 keyword argument: {}.",
                vm.class_name(class),
                vm.repr(f)?.to_lossy()
            )));
        }
    }
    vm.call_dict(class.value(), &[], Some(state))
}
