//! `displayhook`, `excepthook`, `unraisablehook`, and printing tracebacks in CPython's layout.

use pyrs_core::object::{Exception, Traceback};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};
use std::fmt::Write as _;

pub(super) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "displayhook",
        "(object, /)",
        displayhook,
        "Print an object to sys.stdout and also save it in builtins._",
    ),
    NativeDef::function(
        "excepthook",
        "(exctype, value, traceback, /)",
        excepthook,
        "Handle an exception by displaying it with a traceback on sys.stderr.",
    ),
    NativeDef::function(
        "unraisablehook",
        "(unraisable, /)",
        unraisablehook,
        "Handle an unraisable exception.",
    ),
    NativeDef::function(
        "breakpointhook",
        "(*args, **kws)",
        breakpointhook,
        "This hook function is called by built-in breakpoint().",
    ),
];

fn displayhook(vm: &Vm, args: &[Value]) -> Res {
    if args[0].is_none() {
        return Ok(Value::NONE);
    }
    let Some(builtins) = vm.as_dict(vm.builtins.get()) else { return Ok(Value::NONE) };
    let underscore = vm.intern("_");
    vm.dict_set_str(builtins, underscore, Value::NONE)?;
    let text = vm.repr(args[0])?;
    match super::get(vm, "stdout") {
        Some(out) if !out.is_none() => {
            vm.call_method(out, "write", &[text.value()])?;
            vm.call_method(out, "write", &[vm.str("\n")?])?;
        }
        _ => return Err(vm.runtime_error("lost sys.stdout")),
    }
    vm.dict_set_str(builtins, underscore, args[0])?;
    Ok(Value::NONE)
}
fn excepthook(vm: &Vm, args: &[Value]) -> Res {
    if let Some(e) = vm.as_exception(args[1]) {
        display_exception(vm, e);
    }
    Ok(Value::NONE)
}
fn unraisablehook(vm: &Vm, args: &[Value]) -> Res {
    let get = |name: &str| vm.get_attr(args[0], vm.intern(name));
    let (object, message, value) = (get("object")?, get("err_msg")?, get("exc_value")?);
    let mut out = match vm.as_str(message) {
        Some(m) => m.to_lossy(),
        None => "Exception ignored in".to_owned(),
    };
    if !object.is_none() {
        let _ = write!(out, ": {}", vm.repr_lossy(object));
    }
    let end = if object.is_none() { ":" } else { "" };
    print_to(vm, "stderr", &format!("{out}{end}\n"));
    if let Some(e) = vm.as_exception(value) {
        display_exception(vm, e);
    }
    Ok(Value::NONE)
}
fn breakpointhook(vm: &Vm, args: &[Value]) -> Res {
    let wanted = match std::env::var("PYTHONBREAKPOINT") {
        Ok(v) if v == "0" => return Ok(Value::NONE),
        Ok(v) if !v.is_empty() => v,
        _ => "pdb.set_trace".to_owned(),
    };
    let Some(f) = importable(vm, &wanted)? else {
        let text = format!("Ignoring unimportable $PYTHONBREAKPOINT: \"{wanted}\"");
        return vm.warn(vm.exc().runtime_warning, &text).map(|()| Value::NONE);
    };
    let positional = vm.to_tuple(args[0])?;
    vm.call_dict(f, positional.items(), vm.as_dict(args[1]))
}

/// What a dotted name means: an attribute of a module, or of builtins if there is no dot.
fn importable(vm: &Vm, name: &str) -> Res<Option<Value>> {
    let (module, attribute) = name.rsplit_once('.').unwrap_or(("builtins", name));
    if module.is_empty() {
        return Ok(None);
    }
    match vm.catch(vm.import_module(module), vm.exc().import_error)? {
        Some(m) => vm.get_attr_opt(m, vm.intern(attribute)),
        None => Ok(None),
    }
}

/// Writes text to `sys.stdout` or `sys.stderr`, to the file descriptor if that is not possible.
pub(crate) fn print_to(vm: &Vm, stream: &str, text: &str) {
    let target = super::get(vm, stream).filter(|v| !v.is_none());
    let done = target.is_some_and(|t| {
        let r = vm.str(text).and_then(|s| vm.call_method(t, "write", &[s]));
        let r = r.and_then(|_| vm.call_method(t, "flush", &[]));
        match r {
            Ok(_) => true,
            Err(r) => {
                vm.take_exception(r);
                false
            }
        }
    });
    if !done {
        use std::io::Write;
        // Nothing is left to report a failure to.
        let _ = if stream == "stdout" {
            std::io::stdout().write_all(text.as_bytes())
        } else {
            std::io::stderr().write_all(text.as_bytes())
        };
    }
}
/// Flushes the standard streams; false if stdout could not be.
pub(crate) fn flush_std(vm: &Vm) -> bool {
    let mut ok = true;
    for name in ["stdout", "stderr"] {
        if let Some(f) = super::get(vm, name).filter(|v| !v.is_none()) {
            let closed = vm.get_attr_opt(f, vm.intern("closed")).unwrap_or_else(|r| {
                vm.take_exception(r);
                None
            });
            if closed == Some(Value::TRUE) {
                continue;
            }
            if let Err(r) = vm.call_method(f, "flush", &[]) {
                let e = vm.take_exception(r);
                if name == "stdout" {
                    ok = false;
                    report_flush_error(vm, f, e);
                }
            }
        }
    }
    ok
}
fn report_flush_error(vm: &Vm, f: Value, e: Gc<Exception>) {
    print_to(vm, "stderr", &format!("Exception ignored while flushing {}:\n", name_of(vm, f)));
    display_exception(vm, e);
}
fn name_of(vm: &Vm, _f: Value) -> String {
    let _ = vm;
    "sys.stdout".to_owned()
}

/// Prints an uncaught exception: through the `traceback` module, whose layout is the reference; natively when
/// that fails.
pub(crate) fn display_exception(vm: &Vm, e: Gc<Exception>) {
    match through_traceback_module(vm, e) {
        Ok(text) => print_to(vm, "stderr", &text),
        Err(r) => {
            vm.take_exception(r);
            let mut out = String::new();
            plain(vm, e, &mut out, 0);
            print_to(vm, "stderr", &out);
        }
    }
}
fn through_traceback_module(vm: &Vm, e: Gc<Exception>) -> Res<String> {
    let module = vm.import_module("traceback")?;
    let lines = vm.call_method(module, "format_exception", &[e.value()])?;
    let mut out = String::new();
    vm.iterate(lines, |line| {
        out.push_str(&vm.str_of(line)?.to_lossy());
        Ok(())
    })?;
    Ok(out)
}
/// The plain layout, without source lines.
fn plain(vm: &Vm, e: Gc<Exception>, out: &mut String, depth: usize) {
    if depth < 20 {
        let cause = vm.as_exception(e.cause.get());
        let context = vm.as_exception(e.context.get()).filter(|_| !e.suppress_context.get());
        if let Some(c) = cause {
            plain(vm, c, out, depth + 1);
            out.push_str(
                "\nThe above exception was the direct cause of the following exception:\n\n",
            );
        } else if let Some(c) = context {
            plain(vm, c, out, depth + 1);
            out.push_str(
                "\nDuring handling of the above exception, another exception occurred:\n\n",
            );
        }
    }
    let mut t = vm.cast::<Traceback>(e.traceback.get());
    if t.is_some() {
        out.push_str("Traceback (most recent call last):\n");
    }
    while let Some(entry) = t {
        if let Some(f) = vm.cast::<pyrs_core::object::Function>(entry.function.get()) {
            let code = f.code();
            let data = code.data();
            let line = data.position(entry.word.get()).line;
            let _ =
                writeln!(out, "  File \"{}\", line {line}, in {}", data.filename, data.qualname);
        }
        t = vm.cast(entry.next.get());
    }
    let name = vm.display_name(vm.class_of(e.value()));
    match vm.str_of(e.value()) {
        Ok(s) if s.is_empty() => {
            let _ = writeln!(out, "{name}");
        }
        Ok(s) => {
            let _ = writeln!(out, "{name}: {}", s.to_lossy());
        }
        Err(r) => {
            vm.take_exception(r);
            let _ = writeln!(out, "{name}: <exception str() failed>");
        }
    }
}
