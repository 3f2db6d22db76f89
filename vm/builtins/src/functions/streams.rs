//! `print`, `input`, `breakpoint` and `__import__`.

use pyrs_core::object::{NativeDef, Str};
use pyrs_core::{Gc, Res, Value, Vm};

pub(super) const FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "__import__",
        "(name, globals=None, locals=None, fromlist=<unrepresentable>, level=0)",
        import,
        "Imports a module: what the import statement calls. Use importlib.import_module() in programs.",
    ),
    NativeDef::function(
        "breakpoint",
        "(*args, **kws)",
        breakpoint,
        "Calls sys.breakpointhook(*args, **kws), which drops into the debugger by default.",
    ),
    NativeDef::function(
        "input",
        "(prompt='', /)",
        input,
        "Reads one line from standard input, without its newline, after writing the prompt.\n\nAt the end of the input raises EOFError.",
    ),
    NativeDef::function(
        "print",
        "(*args, sep=' ', end='\\n', file=None, flush=False)",
        print,
        "Writes the values to a stream, sys.stdout by default.\n\n  sep\n    between values\n  end\n    after the last value\n  file\n    anything with a write(text) method\n  flush\n    whether to flush the stream",
    ),
];

/// `sys.<name>`
fn sys_attribute(vm: &Vm, name: &str) -> Option<Value> {
    vm.as_dict(vm.sys_dict.get()).and_then(|d| vm.dict_get_str(d, vm.intern(name)))
}

fn separator(vm: &Vm, v: Value, what: &str, default: &str) -> Res<Gc<Str>> {
    if v.is_none() {
        return Ok(vm.intern(default));
    }
    vm.as_str(v).ok_or_else(|| {
        vm.type_error(format!("{what} must be None or a string, not {}", vm.type_name(v)))
    })
}

fn print(vm: &Vm, args: &[Value]) -> Res {
    let Some(values) = vm.as_tuple(args[0]) else { return Ok(Value::NONE) };
    let file = if args[3].is_none() {
        match sys_attribute(vm, "stdout") {
            Some(f) => f,
            None => return Err(vm.runtime_error("lost sys.stdout")),
        }
    } else {
        args[3]
    };
    if file.is_none() {
        return Ok(Value::NONE);
    }
    let sep = separator(vm, args[1], "sep", " ")?;
    let end = separator(vm, args[2], "end", "\n")?;
    let write = vm.get_attr(file, vm.names().write)?;
    for (i, &v) in values.items().iter().enumerate() {
        if i > 0 {
            vm.call(write, &[sep.value()])?;
        }
        let text = vm.str_of(v)?;
        vm.call(write, &[text.value()])?;
    }
    vm.call(write, &[end.value()])?;
    if vm.truth(args[4])? {
        vm.call_method_str(file, vm.names().flush, &[])?;
    }
    Ok(Value::NONE)
}

/// A standard stream, which must be there.
fn stream(vm: &Vm, name: &str) -> Res {
    match sys_attribute(vm, name) {
        Some(f) if !f.is_none() => Ok(f),
        _ => Err(vm.runtime_error(format!("input(): lost sys.{name}"))),
    }
}

fn input(vm: &Vm, args: &[Value]) -> Res {
    let stdin = stream(vm, "stdin")?;
    let stdout = stream(vm, "stdout")?;
    let stderr = stream(vm, "stderr")?;
    let flushed = vm.call_method_str(stderr, vm.names().flush, &[]);
    if let Err(r) = flushed {
        vm.take_exception(r);
    }
    let prompt = vm.str_of(args[0])?;
    if !prompt.is_empty() {
        vm.call_method_str(stdout, vm.names().write, &[prompt.value()])?;
    }
    let flushed = vm.call_method_str(stdout, vm.names().flush, &[]);
    if let Err(r) = flushed {
        vm.take_exception(r);
    }
    let line = vm.call_method_str(stdin, vm.names().readline, &[])?;
    let Some(line) = vm.as_str(line) else {
        return Err(vm.type_error("object.readline() returned non-string"));
    };
    if line.is_empty() {
        return Err(vm.eof_error("EOF when reading a line"));
    }
    let n = line.len();
    let cut = if line.at(n - 1) == u32::from(b'\n') { n - 1 } else { n };
    Ok(vm.new_str_points(line.points().slice(0, cut))?.value())
}

fn breakpoint(vm: &Vm, args: &[Value]) -> Res {
    let Some(hook) = sys_attribute(vm, "breakpointhook") else {
        return Err(vm.runtime_error("lost sys.breakpointhook"));
    };
    let positional = vm.to_tuple(args[0])?;
    vm.call_dict(hook, positional.items(), vm.as_dict(args[1]))
}

// ---- import
fn import(vm: &Vm, args: &[Value]) -> Res {
    let Some(name) = vm.as_str(args[0]) else {
        return Err(vm.type_error("module name must be a string"));
    };
    let level = vm.int_i64(args[4])?;
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    if level == 0 {
        if name.is_empty() {
            return Err(vm.value_error("Empty module name"));
        }
        if let Some(m) = imported(vm, name, args[3])? {
            return Ok(m);
        }
    }
    let fromlist = if args[3].is_unbound() { vm.tuple(&[])? } else { args[3] };
    match vm.loaded_module("_frozen_importlib") {
        Some(importlib) => vm.call_method(
            importlib,
            "__import__",
            &[name.value(), args[1], args[2], fromlist, args[4]],
        ),
        None => native_import(vm, name),
    }
}

/// The answer for a module that `sys.modules` holds, complete, when nothing else is to be loaded.
fn imported(vm: &Vm, name: Gc<Str>, fromlist: Value) -> Res<Option<Value>> {
    let Some(modules) = vm.as_dict(vm.modules.get()) else { return Ok(None) };
    let Some(module) = vm.dict_get_str(modules, name).filter(|m| !m.is_none()) else {
        return Ok(None);
    };
    if let Some(spec) = vm.get_attr_opt(module, vm.names().spec)?
        && !spec.is_none()
        && let Some(busy) = vm.get_attr_opt(spec, vm.names().initializing)?
        && vm.truth(busy)?
    {
        return Ok(None);
    }
    if !fromlist.is_unbound() && vm.truth(fromlist)? {
        let package = vm.get_attr_opt(module, vm.names().path)?.is_some();
        return Ok(if package { None } else { Some(module) });
    }
    match name.points().position(u32::from(b'.')) {
        None => Ok(Some(module)),
        Some(dot) => {
            let top = vm.new_str_points(name.points().slice(0, dot))?;
            Ok(vm.dict_get_str(modules, top).filter(|m| !m.is_none()))
        }
    }
}

/// Before importlib runs: native modules only.
fn native_import(vm: &Vm, name: Gc<Str>) -> Res {
    let text = name.to_lossy();
    let init = vm.native_modules.borrow().iter().find(|(n, _)| *n == text).map(|&(_, f)| f);
    let Some(init) = init else {
        let r =
            vm.raise_text(vm.exc().module_not_found_error, &format!("No module named '{text}'"));
        let e = vm.take_exception(r);
        vm.set_exception_field(e, 1, name.value());
        return Err(vm.raise_again(e));
    };
    let module = init(vm)?;
    if let Some(modules) = vm.as_dict(vm.modules.get()) {
        vm.dict_set_str(modules, name, module)?;
    }
    Ok(module)
}
