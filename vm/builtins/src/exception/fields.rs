//! Exceptions with fields or texts of their own: StopIteration, SystemExit, ImportError, AttributeError,
//! NameError, KeyError, SyntaxError.

use super::base::{exception, no_keywords, str as base_str};
use pyrs_core::object::{Dict, Exception, NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};

const INIT: &str = "(self, /, *args, **kwargs)";
const SELF: &str = "(self, /)";

static STOP_ITERATION: &[NativeDef] = &[NativeDef::method("__init__", INIT, stop_iteration, "")];
static SYSTEM_EXIT: &[NativeDef] = &[NativeDef::method("__init__", INIT, system_exit, "")];
static IMPORT_ERROR: &[NativeDef] = &[
    NativeDef::method("__init__", INIT, import_error, ""),
    NativeDef::method("__str__", SELF, import_error_str, ""),
    NativeDef::method("__reduce__", SELF, import_error_reduce, ""),
];
static ATTRIBUTE_ERROR: &[NativeDef] = &[
    NativeDef::method("__init__", INIT, attribute_error, ""),
    NativeDef::method("__getstate__", SELF, attribute_error_state, ""),
    NativeDef::method("__reduce__", SELF, attribute_error_reduce, ""),
];
static NAME_ERROR: &[NativeDef] = &[NativeDef::method("__init__", INIT, name_error, "")];
static KEY_ERROR: &[NativeDef] = &[NativeDef::method("__str__", SELF, key_error_str, "")];
static SYNTAX_ERROR: &[NativeDef] = &[
    NativeDef::method("__init__", INIT, syntax_error, ""),
    NativeDef::method("__str__", SELF, syntax_error_str, ""),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let x = vm.exc();
    for (class, methods) in [
        (x.stop_iteration, STOP_ITERATION),
        (x.system_exit, SYSTEM_EXIT),
        (x.import_error, IMPORT_ERROR),
        (x.attribute_error, ATTRIBUTE_ERROR),
        (x.name_error, NAME_ERROR),
        (x.key_error, KEY_ERROR),
        (x.syntax_error, SYNTAX_ERROR),
    ] {
        vm.extend_class(class, methods, &[])?;
    }
    Ok(())
}

/// A native field, None if it is not set.
pub(super) fn field(vm: &Vm, e: Gc<Exception>, i: usize) -> Value {
    let v = vm.exception_field(e, i);
    if v.is_unbound() { Value::NONE } else { v }
}

/// A native field that is set and not None.
pub(super) fn field_if_set(vm: &Vm, e: Gc<Exception>, i: usize) -> Option<Value> {
    let v = vm.exception_field(e, i);
    (!v.is_unbound() && !v.is_none()).then_some(v)
}

/// Moves the keyword arguments in `names` to fields; others are errors.
fn take_keywords(
    vm: &Vm,
    e: Gc<Exception>,
    kwargs: Value,
    class: &str,
    names: &[(&str, usize)],
) -> Res<()> {
    for &(_, i) in names {
        vm.set_exception_field(e, i, Value::UNBOUND);
    }
    let Some(d) = crate::functions::given(vm, kwargs) else { return Ok(()) };
    let mut row = 0;
    while let Some(r) = d.next_row(row) {
        row = r + 1;
        let Some((k, v)) = d.row(r) else { continue };
        let Some(key) = vm.as_str(k) else {
            return Err(vm.type_error("keywords must be strings"));
        };
        match names.iter().find(|(n, _)| key.is(n)) {
            Some(&(_, i)) => vm.set_exception_field(e, i, v),
            None => {
                return Err(vm.type_error(format!(
                    "{class}() got an unexpected keyword argument '{}'",
                    key.to_lossy()
                )));
            }
        }
    }
    Ok(())
}

fn stop_iteration(vm: &Vm, args: &[Value]) -> Res {
    no_keywords(vm, args[0], args[2])?;
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    let first = vm.as_tuple(args[1]).and_then(|t| t.items().first().copied());
    vm.set_exception_field(e, 0, first.unwrap_or(Value::NONE));
    Ok(Value::NONE)
}

fn system_exit(vm: &Vm, args: &[Value]) -> Res {
    no_keywords(vm, args[0], args[2])?;
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    let code = match vm.as_tuple(args[1]) {
        Some(t) if t.is_empty() => Value::NONE,
        Some(t) if t.len() == 1 => t.get(0),
        _ => args[1],
    };
    vm.set_exception_field(e, 0, code);
    Ok(Value::NONE)
}

// ---- ImportError: msg, name, path, name_from
fn import_error(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    take_keywords(vm, e, args[2], "ImportError", &[("name", 1), ("path", 2), ("name_from", 3)])?;
    let message = match vm.as_tuple(args[1]) {
        Some(t) if t.len() == 1 => t.get(0),
        _ => Value::UNBOUND,
    };
    vm.set_exception_field(e, 0, message);
    Ok(Value::NONE)
}

fn import_error_str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    match field_if_set(vm, e, 0) {
        Some(m) if vm.exact_str(m).is_some() => Ok(m),
        _ => base_str(vm, args),
    }
}

/// The instance's attributes and those of the fields that are set.
fn state_with(vm: &Vm, e: Gc<Exception>, fields: &[(&str, usize)]) -> Res<Option<Gc<Dict>>> {
    let state = vm.instance_dict_copy(e.erase())?;
    for &(name, i) in fields {
        let v = vm.exception_field(e, i);
        if !v.is_unbound() {
            vm.dict_set_str(state, vm.intern(name), v)?;
        }
    }
    Ok((!state.is_empty()).then_some(state))
}

fn reduced(vm: &Vm, e: Gc<Exception>, state: Option<Gc<Dict>>) -> Res {
    let class = vm.class_of(e.value()).value();
    match state {
        Some(d) => vm.tuple(&[class, e.args.get(), d.value()]),
        None => vm.tuple(&[class, e.args.get()]),
    }
}

fn import_error_reduce(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let state = state_with(vm, e, &[("name", 1), ("path", 2), ("name_from", 3)])?;
    reduced(vm, e, state)
}

// ---- AttributeError: name, obj; NameError: name
fn attribute_error(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    take_keywords(vm, e, args[2], "AttributeError", &[("name", 0), ("obj", 1)])?;
    Ok(Value::NONE)
}

fn attribute_error_state(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let state = vm.instance_dict_copy(e.erase())?;
    if let Some(name) = field_if_set(vm, e, 0) {
        vm.dict_set_str(state, vm.intern("name"), name)?;
    }
    vm.dict_set_str(state, vm.names().args, e.args.get())?;
    Ok(state.value())
}

fn attribute_error_reduce(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let state = attribute_error_state(vm, args)?;
    vm.tuple(&[vm.class_of(args[0]).value(), e.args.get(), state])
}

fn name_error(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    take_keywords(vm, e, args[2], "NameError", &[("name", 0)])?;
    Ok(Value::NONE)
}

fn key_error_str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    match vm.as_tuple(e.args.get()) {
        Some(t) if t.len() == 1 => Ok(vm.repr(t.get(0))?.value()),
        _ => base_str(vm, args),
    }
}

// ---- SyntaxError: msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line, _metadata
fn syntax_error(vm: &Vm, args: &[Value]) -> Res {
    no_keywords(vm, args[0], args[2])?;
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    let Some(given) = vm.as_tuple(args[1]) else { return Ok(Value::NONE) };
    if let Some(&message) = given.items().first() {
        vm.set_exception_field(e, 0, message);
    }
    if given.len() != 2 {
        return Ok(Value::NONE);
    }
    let info = vm.to_tuple(given.get(1))?;
    let n = info.len();
    if n < 4 {
        return Err(vm.type_error(format!("function takes at least 4 arguments ({n} given)")));
    }
    if n > 7 {
        return Err(vm.type_error(format!("function takes at most 7 arguments ({n} given)")));
    }
    if n == 5 {
        return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
    }
    for (k, &v) in info.items().iter().take(6).enumerate() {
        vm.set_exception_field(e, k + 1, v);
    }
    if n == 7 {
        vm.set_exception_field(e, 8, info.get(6));
    }
    Ok(Value::NONE)
}

/// The last part of a path.
fn file_part(name: Gc<Str>) -> String {
    let text = name.to_lossy();
    text.rsplit('/').next().unwrap_or_default().to_owned()
}

fn syntax_error_str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let message = vm.str_of(field(vm, e, 0))?.to_lossy();
    let file = vm.as_str(field(vm, e, 1)).map(file_part);
    let line = field(vm, e, 2).as_int();
    let text = match (file, line) {
        (Some(f), Some(n)) => format!("{message} ({f}, line {n})"),
        (Some(f), None) => format!("{message} ({f})"),
        (None, Some(n)) => format!("{message} (line {n})"),
        (None, None) => return Ok(vm.str_of(field(vm, e, 0))?.value()),
    };
    vm.str(&text)
}
