//! `types.SimpleNamespace`.

use pyrs_core::object::{ClassSpec, Instance, class_flag};
use pyrs_core::{NativeDef, Res, Value, Vm};

static SPEC: ClassSpec = ClassSpec {
    name: "types.SimpleNamespace",
    layout: <Instance as pyrs_core::Native>::LAYOUT,
    flags: class_flag::BASE | class_flag::HAS_DICT,
    doc: "A simple attribute-based namespace.",
    methods: &[
        NativeDef::method("__init__", "(self, mapping_or_iterable=(), /, **kwargs)", init, ""),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
        NativeDef::method("__eq__", "(self, value, /)", eq, "Return self==value."),
        NativeDef::method(
            "__replace__",
            "(self, /, **changes)",
            replace,
            "Return a copy of the namespace object with new values for the specified attributes.",
        ),
        NativeDef::method(
            "__reduce__",
            "(self, /)",
            reduce,
            "Return state information for pickling.",
        ),
    ],
    getset: &[],
    fields: &[],
};

pub(crate) fn class(vm: &Vm) -> Res {
    if let Some(c) = vm.hook("simple_namespace") {
        return Ok(c);
    }
    let c = vm.define_class(&SPEC, None)?;
    vm.set_hook("simple_namespace", c.value());
    Ok(c.value())
}
pub(crate) fn new(vm: &Vm) -> Res {
    let c = class(vm)?;
    vm.call(c, &[])
}
fn init(vm: &Vm, args: &[Value]) -> Res {
    if !args[1].is_unbound() {
        let d = vm.new_dict()?;
        vm.call_method(d.value(), "update", &[args[1]])?;
        let mut row = 0;
        while let Some(r) = d.next_row(row) {
            if let Some((k, v)) = d.row(r) {
                let Some(name) = vm.as_str(k) else {
                    return Err(vm.type_error("keywords must be strings"));
                };
                vm.generic_set_attr(args[0], vm.intern_str(name), Some(v))?;
            }
            row = r + 1;
        }
    }
    if let Some(d) = vm.as_dict(args[2]) {
        let mut row = 0;
        while let Some(r) = d.next_row(row) {
            if let Some((k, v)) = d.row(r)
                && let Some(name) = vm.as_str(k)
            {
                vm.generic_set_attr(args[0], vm.intern_str(name), Some(v))?;
            }
            row = r + 1;
        }
    }
    Ok(Value::NONE)
}
fn repr(vm: &Vm, args: &[Value]) -> Res {
    let class = vm.class_of(args[0]);
    let name = if vm.hook("simple_namespace") == Some(class.value()) {
        "namespace".to_owned()
    } else {
        vm.class_name(class)
    };
    let inner = vm.guard_repr(args[0], || {
        let Some(o) = vm.object(args[0]) else { return Ok(String::new()) };
        let d = vm.instance_dict_copy(o)?;
        let mut parts = Vec::new();
        let mut row = 0;
        while let Some(r) = d.next_row(row) {
            if let Some((k, v)) = d.row(r) {
                parts.push(format!("{}={}", vm.str_of(k)?.to_lossy(), vm.repr(v)?.to_lossy()));
            }
            row = r + 1;
        }
        Ok(parts.join(", "))
    })?;
    vm.str(&format!("{name}({})", inner.as_deref().unwrap_or("...")))
}
fn eq(vm: &Vm, args: &[Value]) -> Res {
    let same = vm.class_of(args[0]) == vm.class_of(args[1]);
    match (vm.object(args[0]), vm.object(args[1])) {
        (Some(a), Some(b)) if same => {
            let (a, b) = (vm.instance_dict_copy(a)?, vm.instance_dict_copy(b)?);
            Ok(Value::bool(vm.equal(a.value(), b.value())?))
        }
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}
fn replace(vm: &Vm, args: &[Value]) -> Res {
    let Some(o) = vm.object(args[0]) else { return Ok(Value::NONE) };
    let d = vm.instance_dict_copy(o)?;
    if let Some(changes) = vm.as_dict(args[1]) {
        vm.dict_merge(d, changes)?;
    }
    vm.call_dict(vm.class_of(args[0]).value(), &[], Some(d))
}
fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let Some(o) = vm.object(args[0]) else { return Ok(Value::NONE) };
    let d = vm.instance_dict_copy(o)?;
    vm.tuple(&[vm.class_of(args[0]).value(), vm.tuple(&[])?, d.value()])
}
