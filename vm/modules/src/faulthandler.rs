//! `faulthandler`: tracebacks on request. A crash of the virtual machine itself is not reported by it: the handlers of
//! fatal signals are not installed, `enable` only notes that they were asked for.

use core::sync::atomic::{AtomicBool, Ordering};
use pyrs_core::{NativeDef, Res, Value, Vm};

static ENABLED: AtomicBool = AtomicBool::new(false);

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "enable",
        "(file=None, all_threads=True, c_stack=True)",
        enable,
        "Enable the fault handler.",
    ),
    NativeDef::function("disable", "()", disable, "Disable the fault handler."),
    NativeDef::function(
        "is_enabled",
        "()",
        |_, _| Ok(Value::bool(ENABLED.load(Ordering::Relaxed))),
        "Check if the handler is enabled.",
    ),
    NativeDef::function(
        "dump_traceback",
        "(file=None, all_threads=True)",
        dump_traceback,
        "Dump the traceback of the current thread into file.",
    ),
    NativeDef::function(
        "cancel_dump_traceback_later",
        "()",
        |_, _| Ok(Value::NONE),
        "Cancel the previous call to dump_traceback_later().",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    Ok(vm.new_native_module("faulthandler", "faulthandler module.", FUNCTIONS)?.value())
}
fn enable(vm: &Vm, a: &[Value]) -> Res {
    descriptor(vm, a[0])?;
    ENABLED.store(true, Ordering::Relaxed);
    Ok(Value::NONE)
}
fn disable(_: &Vm, _: &[Value]) -> Res {
    Ok(Value::bool(ENABLED.swap(false, Ordering::Relaxed)))
}
fn descriptor(vm: &Vm, file: Value) -> Res<i32> {
    let file = if file.is_none() {
        match crate::sys::get(vm, "stderr") {
            Some(f) if !f.is_none() => f,
            Some(_) => return Err(vm.runtime_error("sys.stderr is None")),
            None => return Err(vm.runtime_error("unable to get sys.stderr")),
        }
    } else {
        file
    };
    if let Some(n) = file.as_int() {
        return if n < 0 {
            Err(vm.value_error("file is not a valid file descripter"))
        } else {
            Ok(n as i32)
        };
    }
    let n = vm.call_method(file, "fileno", &[])?;
    let fd = crate::posix::path::c_int(vm, n)?;
    vm.call_method(file, "flush", &[])?;
    Ok(fd)
}
fn dump_traceback(vm: &Vm, a: &[Value]) -> Res {
    let fd = descriptor(vm, a[0])?;
    let mut out =
        format!("Current thread 0x{:016x} (most recent call first):\n", crate::thread::ident());
    let mut frame = match crate::sys::get(vm, "_getframe") {
        Some(f) => vm.call(f, &[])?,
        None => Value::NONE,
    };
    while !frame.is_none() {
        let code = vm.get_attr(frame, vm.intern("f_code"))?;
        let file = vm.get_attr(code, vm.intern("co_filename"))?;
        let name = vm.get_attr(code, vm.intern("co_name"))?;
        let line = vm.get_attr(frame, vm.intern("f_lineno"))?;
        out.push_str(&format!(
            "  File \"{}\", line {} in {}\n",
            vm.str_of(file)?.to_lossy(),
            vm.str_of(line)?.to_lossy(),
            vm.str_of(name)?.to_lossy()
        ));
        frame = vm.get_attr(frame, vm.intern("f_back"))?;
    }
    // SAFETY: a write of our own bytes.
    crate::os_error::direct(vm, unsafe { libc::write(fd, out.as_ptr().cast(), out.len()) })?;
    Ok(Value::NONE)
}
