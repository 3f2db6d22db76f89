//! Frame objects: what `sys._getframe`, tracebacks and `gi_frame` show of a frame.

use crate::functions::iterators::receiver;
use pyrs_core::object::{
    ClassSpec, Frame, Function, Native, NativeDef, Traceback, class_flag, core_shape,
};
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

const SELF: &str = "(self, /)";

static SPEC: ClassSpec = ClassSpec {
    name: "frame",
    layout: Frame::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "A frame of the call stack.",
    methods: &[
        NativeDef::method("__repr__", SELF, repr, "repr(self)"),
        NativeDef::method(
            "clear",
            SELF,
            clear,
            "Forgets the variables of a frame that does not run.",
        ),
    ],
    getset: &[
        GetSetDef::read_only("f_back", |vm, v| vm.frame_back(frame(vm, v)?), ""),
        GetSetDef::read_only("f_code", code, ""),
        GetSetDef::read_only("f_globals", |vm, v| Ok(function(vm, v)?.globals.get()), ""),
        GetSetDef::read_only("f_builtins", |vm, v| Ok(function(vm, v)?.builtins.get()), ""),
        GetSetDef::read_only("f_locals", |vm, v| vm.frame_locals(frame(vm, v)?), ""),
        GetSetDef::read_only("f_lasti", lasti, ""),
        GetSetDef::read_only("f_generator", generator, ""),
        GetSetDef { name: "f_lineno", get: lineno, set: Some(set_lineno), doc: "" },
        GetSetDef { name: "f_trace", get: trace, set: Some(set_trace), doc: "" },
        GetSetDef { name: "f_trace_lines", get: trace_lines, set: Some(set_trace_lines), doc: "" },
        GetSetDef {
            name: "f_trace_opcodes",
            get: trace_opcodes,
            set: Some(set_trace_opcodes),
            doc: "",
        },
    ],
    fields: &[],
};

fn frame(vm: &Vm, v: Value) -> Res<Gc<Frame>> {
    receiver::<Frame>(vm, v)
}

fn function(vm: &Vm, v: Value) -> Res<Gc<Function>> {
    let f = frame(vm, v)?.function.get();
    vm.exact(f, core_shape::FUNCTION).ok_or_else(|| vm.system_error("frame without a function"))
}

fn code(vm: &Vm, v: Value) -> Res {
    Ok(function(vm, v)?.code.get())
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let f = frame(vm, args[0])?;
    let code = function(vm, args[0])?.code();
    vm.heap.pin(args[0]);
    let text = |v: Value| vm.as_str(v).map_or_else(String::new, |s| s.to_lossy());
    let file = vm.repr(code.filename.get())?.to_lossy();
    let line = vm.frame_line(f).map_or_else(|| "None".to_owned(), |n| n.to_string());
    vm.str(&format!(
        "<frame at {:#x}, file {file}, line {line}, code {}>",
        args[0].bits(),
        text(code.name.get())
    ))
}

fn clear(vm: &Vm, args: &[Value]) -> Res {
    let f = frame(vm, args[0])?;
    if vm.frame_is_running(f) {
        return Err(vm.runtime_error("cannot clear an executing frame"));
    }
    if let Some(g) = vm.cast::<pyrs_core::object::Generator>(f.generator.get()) {
        if g.state.get() == pyrs_core::object::GeneratorState::Suspended {
            return Err(vm.runtime_error("cannot clear a suspended frame"));
        }
        crate::weakref::finalise_generator(vm, g, g.value());
    }
    f.locals.set(&vm.heap, f, Value::UNBOUND);
    Ok(Value::NONE)
}

fn lasti(vm: &Vm, v: Value) -> Res {
    vm.int(i64::from(vm.frame_object_word(frame(vm, v)?)) * 2)
}

fn generator(vm: &Vm, v: Value) -> Res {
    let g = frame(vm, v)?.generator.get();
    Ok(if g.is_unbound() { Value::NONE } else { g })
}

fn lineno(vm: &Vm, v: Value) -> Res {
    match vm.frame_line(frame(vm, v)?) {
        Some(n) => vm.int(n.into()),
        None => Ok(Value::NONE),
    }
}

fn set_lineno(vm: &Vm, _v: Value, new: Option<Value>) -> Res<()> {
    Err(match new {
        None => vm.raise_text(vm.exc().attribute_error, "cannot delete attribute"),
        Some(_) => vm.value_error("f_lineno can only be set in a trace function"),
    })
}

fn trace(vm: &Vm, v: Value) -> Res {
    let t = frame(vm, v)?.trace.get();
    Ok(if t.is_unbound() { Value::NONE } else { t })
}

fn set_trace(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = frame(vm, v)?;
    f.trace.set(&vm.heap, f, new.filter(|n| !n.is_none()).unwrap_or(Value::UNBOUND));
    Ok(())
}

fn flag(vm: &Vm, new: Option<Value>) -> Res<bool> {
    match new.and_then(|n| n.as_bool()) {
        Some(b) => Ok(b),
        None => Err(vm.type_error("attribute value type must be bool")),
    }
}

fn trace_lines(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(frame(vm, v)?.trace_lines.get()))
}

fn set_trace_lines(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    frame(vm, v)?.trace_lines.set(flag(vm, new)?);
    Ok(())
}

fn trace_opcodes(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(frame(vm, v)?.trace_opcodes.get()))
}

fn set_trace_opcodes(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    frame(vm, v)?.trace_opcodes.set(flag(vm, new)?);
    Ok(())
}

/// The frame object of the Python frame `depth` frames out (0: the innermost), if there is one.
pub fn frame_object(vm: &Vm, depth: usize) -> Res<Option<Value>> {
    Ok(vm.frame_object(depth)?.map(|f| f.value()))
}

/// The frame object of a traceback entry.
pub fn traceback_frame(vm: &Vm, t: Gc<Traceback>) -> Res {
    vm.traceback_frame(t)
}

pub(crate) fn install(vm: &Vm) -> Res<()> {
    vm.define_class(&SPEC, None).map(drop)
}
