//! `module`

use super::shared::SELF;
use crate::functions::iterators::{fresh, receiver};
use crate::object::call_annotate;
use pyrs_core::object::{Dict, Module, NativeDef};
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, name, doc=None)", init, ""),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("__dir__", SELF, dir, "The names in the module."),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef { name: "__dict__", get: dict_get, set: Some(dict_set), doc: "" },
    GetSetDef { name: "__annotations__", get: annotations, set: Some(set_annotations), doc: "" },
    GetSetDef { name: "__annotate__", get: annotate, set: Some(set_annotate), doc: "" },
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().module, METHODS, GETSET)
}

fn module(vm: &Vm, v: Value) -> Res<Gc<Module>> {
    receiver::<Module>(vm, v)
}

fn dict(vm: &Vm, v: Value) -> Res<Gc<Dict>> {
    Ok(vm.module_dict(module(vm, v)?))
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    let m = fresh::<Module>(vm, args[0])?;
    let d = vm.new_dict()?;
    m.dict.set(&vm.heap, m, d.value());
    Ok(m.value())
}

fn init(vm: &Vm, args: &[Value]) -> Res {
    if vm.as_str(args[1]).is_none() {
        return Err(crate::support::bad_argument_at(vm, "module", "'name'", "str", args[1]));
    }
    let d = dict(vm, args[0])?;
    let n = vm.names();
    for (key, v) in [
        (n.name, args[1]),
        (n.doc, args[2]),
        (n.package, Value::NONE),
        (n.loader, Value::NONE),
        (n.spec, Value::NONE),
    ] {
        vm.dict_set_str(d, key, v)?;
    }
    Ok(Value::NONE)
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.names();
    let attribute = |v: Value, name: &str| vm.get_attr_opt(v, vm.intern(name));
    let present = |v: Option<Value>| v.filter(|v| !v.is_none());
    let shown = |v: Value| -> Res<String> { Ok(vm.repr(v)?.to_lossy()) };
    if let Some(spec) = present(vm.get_attr_opt(args[0], n.spec)?)
        && let Some(name) = attribute(spec, "name")?
    {
        let name = if name.is_none() { "'?'".to_owned() } else { shown(name)? };
        let Some(origin) = present(attribute(spec, "origin")?) else {
            return vm.str(&match present(attribute(spec, "loader")?) {
                Some(l) => format!("<module {name} ({})>", shown(l)?),
                None => format!("<module {name}>"),
            });
        };
        let located = match attribute(spec, "has_location")? {
            Some(b) => vm.truth(b)?,
            None => false,
        };
        return vm.str(&if located {
            format!("<module {name} from {}>", shown(origin)?)
        } else {
            format!("<module {name} ({})>", vm.str_of(origin)?.to_lossy())
        });
    }
    let name = match vm.get_attr_opt(args[0], n.name)? {
        Some(v) => shown(v)?,
        None => "'?'".to_owned(),
    };
    if let Some(file) = vm.get_attr_opt(args[0], n.file)? {
        return vm.str(&format!("<module {name} from {}>", shown(file)?));
    }
    vm.str(&match present(vm.get_attr_opt(args[0], n.loader)?) {
        Some(l) => format!("<module {name} ({})>", shown(l)?),
        None => format!("<module {name}>"),
    })
}

fn dir(vm: &Vm, args: &[Value]) -> Res {
    let d = vm.get_attr(args[0], vm.names().dict)?;
    let Some(d) = vm.as_dict(d) else {
        return Err(vm.type_error("<module>.__dict__ is not a dictionary"));
    };
    match vm.dict_get_str(d, vm.names().dir) {
        Some(f) => vm.call(f, &[]),
        None => Ok(vm.to_list(d.value())?.value()),
    }
}

fn dict_get(vm: &Vm, v: Value) -> Res {
    Ok(module(vm, v)?.dict.get())
}

fn dict_set(vm: &Vm, _v: Value, _new: Option<Value>) -> Res<()> {
    Err(vm.raise_text(vm.exc().attribute_error, "readonly attribute"))
}

// ---- annotations (PEP 649)
fn annotate(vm: &Vm, v: Value) -> Res {
    let (d, key) = (dict(vm, v)?, vm.names().annotate);
    match vm.dict_get_str(d, key) {
        Some(f) => Ok(f),
        None => {
            vm.dict_set_str(d, key, Value::NONE)?;
            Ok(Value::NONE)
        }
    }
}

fn set_annotate(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let d = dict(vm, v)?;
    let Some(new) = new else {
        return Err(vm.type_error("cannot delete __annotate__ attribute"));
    };
    if !new.is_none() && !vm.is_callable(new) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    vm.dict_set_str(d, vm.names().annotate, new)?;
    if !new.is_none() {
        vm.dict_remove(d, vm.names().annotations.value())?;
    }
    Ok(())
}

fn annotations(vm: &Vm, v: Value) -> Res {
    let (d, key) = (dict(vm, v)?, vm.names().annotations);
    if let Some(a) = vm.dict_get_str(d, key) {
        return Ok(a);
    }
    let f = annotate(vm, v)?;
    let computed = call_annotate(vm, f)?;
    vm.dict_set_str(d, key, computed)?;
    Ok(computed)
}

fn set_annotations(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let (d, key) = (dict(vm, v)?, vm.names().annotations);
    match new {
        Some(new) => vm.dict_set_str(d, key, new)?,
        None if vm.dict_remove(d, key.value())?.is_some() => {}
        None => return Err(vm.raise_text(vm.exc().attribute_error, "__annotations__")),
    }
    vm.dict_set_str(d, vm.names().annotate, Value::NONE)
}
