//! `function`: Python functions.

use super::shared::{CALL, GET, SELF, call, get};
use crate::functions::iterators::receiver;
use crate::object::call_annotate;
use pyrs_core::object::{CellObject, Code, Function, NativeDef, core_shape};
use pyrs_core::{Gc, GetSetDef, Res, Slot, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)",
        new,
        "",
    ),
    NativeDef::method("__get__", GET, get, "Binds the function to an instance."),
    NativeDef::method("__call__", CALL, call, "Calls the function."),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef { name: "__code__", get: code, set: Some(set_code), doc: "" },
    GetSetDef { name: "__defaults__", get: defaults, set: Some(set_defaults), doc: "" },
    GetSetDef { name: "__kwdefaults__", get: kwdefaults, set: Some(set_kwdefaults), doc: "" },
    GetSetDef { name: "__name__", get: name, set: Some(set_name), doc: "" },
    GetSetDef { name: "__qualname__", get: qualname, set: Some(set_qualname), doc: "" },
    GetSetDef { name: "__module__", get: module, set: Some(set_module), doc: "" },
    GetSetDef {
        name: "__doc__",
        get: doc,
        set: Some(set_doc),
        doc: "A function made by a def statement or a lambda.",
    },
    GetSetDef {
        name: "__dict__",
        get: crate::object::methods::dict_get,
        set: Some(crate::object::methods::dict_replace),
        doc: "",
    },
    GetSetDef { name: "__annotations__", get: annotations, set: Some(set_annotations), doc: "" },
    GetSetDef { name: "__annotate__", get: annotate, set: Some(set_annotate), doc: "" },
    GetSetDef { name: "__type_params__", get: type_params, set: Some(set_type_params), doc: "" },
    GetSetDef { name: "__globals__", get: globals, set: Some(read_only), doc: "" },
    GetSetDef { name: "__closure__", get: closure, set: Some(read_only), doc: "" },
    GetSetDef { name: "__builtins__", get: builtins, set: Some(read_only), doc: "" },
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().function, METHODS, GETSET)
}

fn function(vm: &Vm, v: Value) -> Res<Gc<Function>> {
    receiver::<Function>(vm, v)
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    let wrong = |which: &str, what: &str, v: Value| {
        crate::support::bad_argument_at(vm, "function", which, what, v)
    };
    let Some(code) = vm.exact::<Code>(args[1], core_shape::CODE) else {
        return Err(wrong("'code'", "code", args[1]));
    };
    let Some(globals) = vm.as_dict(args[2]) else {
        return Err(wrong("'globals'", "dict", args[2]));
    };
    let (name, defaults, closure, kwdefaults) = (args[3], args[4], args[5], args[6]);
    if !name.is_none() && vm.as_str(name).is_none() {
        return Err(vm.type_error("arg 3 (name) must be None or string"));
    }
    if !defaults.is_none() && vm.as_tuple(defaults).is_none() {
        return Err(vm.type_error("arg 4 (defaults) must be None or tuple"));
    }
    let free = crate::functions::source::free_variables(code);
    check_closure(vm, code, closure, free)?;
    if !kwdefaults.is_none() && vm.as_dict(kwdefaults).is_none() {
        return Err(vm.type_error("arg 6 (kwdefaults) must be None or dict"));
    }
    let builtins = vm.builtins_for(globals)?;
    let f = vm.new_function(code, globals.value(), builtins)?;
    if code.data().flags & pyrs_bytecode::flags::OPTIMIZED == 0 {
        // Code of a module, a class or `exec`: its names are the globals.
        f.namespace.set(&vm.heap, f, globals.value());
    }
    for (slot, v) in [
        (&f.name, name),
        (&f.defaults, defaults),
        (&f.closure, closure),
        (&f.kwdefaults, kwdefaults),
    ] {
        if !v.is_none() {
            slot.set(&vm.heap, f, v);
        }
    }
    Ok(f.value())
}

fn check_closure(vm: &Vm, code: Gc<Code>, closure: Value, free: usize) -> Res<()> {
    let given = match vm.as_tuple(closure) {
        Some(t) => t,
        None if closure.is_none() && free == 0 => return Ok(()),
        None if closure.is_none() => {
            return Err(vm.type_error("arg 5 (closure) must be tuple"));
        }
        None => return Err(vm.type_error("arg 5 (closure) must be None or tuple")),
    };
    if given.len() != free {
        let name = vm.as_str(code.name.get()).map_or_else(String::new, |s| s.to_lossy());
        return Err(vm.value_error(format!(
            "{name} requires closure of length {free}, not {}",
            given.len()
        )));
    }
    for &c in given.items() {
        if vm.exact::<CellObject>(c, core_shape::CELL).is_none() {
            return Err(
                vm.type_error(format!("arg 5 (closure) expected cell, found {}", vm.type_name(c)))
            );
        }
    }
    Ok(())
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let f = function(vm, args[0])?;
    vm.heap.pin(args[0]);
    let name = vm.as_str(f.qualname.get()).map_or_else(String::new, |s| s.to_lossy());
    vm.str(&format!("<function {name} at {:#x}>", args[0].bits()))
}

// ---- attributes
fn or_none(slot: &Slot) -> Value {
    if slot.is_unbound() { Value::NONE } else { slot.get() }
}

fn read_only(vm: &Vm, _v: Value, _new: Option<Value>) -> Res<()> {
    Err(vm.raise_text(vm.exc().attribute_error, "readonly attribute"))
}

fn code(vm: &Vm, v: Value) -> Res {
    Ok(function(vm, v)?.code.get())
}

fn set_code(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    vm.may_run_python()?;
    let f = function(vm, v)?;
    let Some(new) = new.and_then(|c| vm.exact::<Code>(c, core_shape::CODE)) else {
        return Err(vm.type_error("__code__ must be set to a code object"));
    };
    let wanted = crate::functions::source::free_variables(new);
    let have = vm.as_tuple(f.closure.get()).map_or(0, |t| t.len());
    if wanted != have {
        let name = vm.as_str(f.name.get()).map_or_else(String::new, |s| s.to_lossy());
        return Err(vm.value_error(format!(
            "{name}() requires a code object with {have} free vars, not {wanted}"
        )));
    }
    f.code.set(&vm.heap, f, new.value());
    vm.function_code_changed(f);
    Ok(())
}

fn defaults(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&function(vm, v)?.defaults))
}

fn set_defaults(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    vm.may_run_python()?;
    let f = function(vm, v)?;
    let new = new.filter(|n| !n.is_none());
    if new.is_some_and(|n| vm.as_tuple(n).is_none()) {
        return Err(vm.type_error("__defaults__ must be set to a tuple object"));
    }
    f.defaults.set(&vm.heap, f, new.unwrap_or(Value::UNBOUND));
    vm.function_code_changed(f);
    Ok(())
}

fn kwdefaults(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&function(vm, v)?.kwdefaults))
}

fn set_kwdefaults(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    vm.may_run_python()?;
    let f = function(vm, v)?;
    let new = new.filter(|n| !n.is_none());
    if new.is_some_and(|n| vm.as_dict(n).is_none()) {
        return Err(vm.type_error("__kwdefaults__ must be set to a dict object"));
    }
    f.kwdefaults.set(&vm.heap, f, new.unwrap_or(Value::UNBOUND));
    vm.function_code_changed(f);
    Ok(())
}

fn text(vm: &Vm, new: Option<Value>, attribute: &str) -> Res {
    new.filter(|&v| vm.as_str(v).is_some())
        .ok_or_else(|| vm.type_error(format!("{attribute} must be set to a string object")))
}

fn name(vm: &Vm, v: Value) -> Res {
    Ok(function(vm, v)?.name.get())
}

fn set_name(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = function(vm, v)?;
    f.name.set(&vm.heap, f, text(vm, new, "__name__")?);
    Ok(())
}

fn qualname(vm: &Vm, v: Value) -> Res {
    Ok(function(vm, v)?.qualname.get())
}

fn set_qualname(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = function(vm, v)?;
    f.qualname.set(&vm.heap, f, text(vm, new, "__qualname__")?);
    Ok(())
}

fn module(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&function(vm, v)?.module))
}

fn set_module(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = function(vm, v)?;
    f.module.set(&vm.heap, f, new.unwrap_or(Value::NONE));
    Ok(())
}

fn doc(vm: &Vm, v: Value) -> Res {
    vm.function_doc(function(vm, v)?)
}

fn set_doc(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = function(vm, v)?;
    f.doc.set(&vm.heap, f, new.unwrap_or(Value::NONE));
    Ok(())
}

fn annotations(vm: &Vm, v: Value) -> Res {
    let f = function(vm, v)?;
    if f.annotations.is_unbound() {
        let computed = call_annotate(vm, f.annotate.get())?;
        f.annotations.set(&vm.heap, f, computed);
    } else if let Some(t) = vm.as_tuple(f.annotations.get()) {
        // Pairs name, value one after the other: what a def statement leaves.
        let d = vm.new_dict()?;
        for pair in t.items().chunks_exact(2) {
            vm.dict_set(d, pair[0], pair[1])?;
        }
        f.annotations.set(&vm.heap, f, d.value());
    }
    Ok(f.annotations.get())
}

fn set_annotations(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = function(vm, v)?;
    let new = new.filter(|n| !n.is_none());
    if new.is_some_and(|n| vm.as_dict(n).is_none()) {
        return Err(vm.type_error("__annotations__ must be set to a dict object"));
    }
    f.annotations.set(&vm.heap, f, new.unwrap_or(Value::UNBOUND));
    f.annotate.set(&vm.heap, f, Value::UNBOUND);
    Ok(())
}

fn annotate(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&function(vm, v)?.annotate))
}

fn set_annotate(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = function(vm, v)?;
    let Some(new) = new else { return Err(vm.type_error("__annotate__ cannot be deleted")) };
    if !new.is_none() && !vm.is_callable(new) {
        return Err(vm.type_error("__annotate__ must be callable or None"));
    }
    f.annotate.set(&vm.heap, f, new);
    if !new.is_none() {
        f.annotations.set(&vm.heap, f, Value::UNBOUND);
    }
    Ok(())
}

fn type_params(vm: &Vm, v: Value) -> Res {
    let p = function(vm, v)?.type_params.get();
    if p.is_unbound() { vm.tuple(&[]) } else { Ok(p) }
}

fn set_type_params(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = function(vm, v)?;
    match new.filter(|&n| vm.as_tuple(n).is_some()) {
        Some(t) => {
            f.type_params.set(&vm.heap, f, t);
            Ok(())
        }
        None => Err(vm.type_error("__type_params__ must be set to a tuple")),
    }
}

fn globals(vm: &Vm, v: Value) -> Res {
    Ok(function(vm, v)?.globals.get())
}

fn closure(vm: &Vm, v: Value) -> Res {
    Ok(or_none(&function(vm, v)?.closure))
}

fn builtins(vm: &Vm, v: Value) -> Res {
    Ok(function(vm, v)?.builtins.get())
}
