//! Frame objects: what `sys._getframe`, tracebacks and `gi_frame` show of a frame.
//!
//! A frame object is made on demand. While its frame is still on the VM stack it reads line, locals and caller
//! from there; afterwards it answers from what it noted when it was made.

use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Function, Traceback, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Slot, Value, Vm, native_object};

/// A Python frame object.
#[repr(C)]
pub struct Frame {
    header: Header,
    function: Slot,
    /// the caller's frame object, once known; None for the outermost
    back: Slot,
    locals: Slot,
    trace: Slot,
    /// address of the live frame's registers, or 0
    base: Cell<usize>,
    /// word of the instruction at hand when noted
    word: Cell<u32>,
    trace_lines: Cell<bool>,
    trace_opcodes: Cell<bool>,
}
native_object!(Frame, "frame", slots = 4);

static SPEC: ClassSpec = ClassSpec {
    name: "frame",
    layout: <Frame as pyrs_core::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: METHODS,
    getset: GETSET,
    fields: &[],
};

static METHODS: &[NativeDef] = &[
    NativeDef::method("clear", "(self, /)", clear, "Clear all references held by the frame."),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("f_code", |vm, v| Ok(function(vm, v)?.code.get()), "Return the code object."),
    GetSetDef::read_only("f_globals", |vm, v| Ok(function(vm, v)?.globals.get()), "Return the global variables."),
    GetSetDef::read_only("f_builtins", |vm, v| Ok(function(vm, v)?.builtins.get()), "Return the built-in variables."),
    GetSetDef::read_only("f_locals", locals, "Return the local variables."),
    GetSetDef::read_only("f_back", back, "Return the caller's frame."),
    GetSetDef { name: "f_lineno", get: lineno, set: Some(|_, _, _| Ok(())), doc: "Return the current line number." },
    GetSetDef::read_only("f_lasti", |vm, v| vm.int(frame(vm, v)?.current_word(vm) as i64 * 4), "Return the index of the last attempted instruction."),
    GetSetDef::read_only("f_generator", |_, _| Ok(Value::NONE), "Return the generator or coroutine, or None."),
    GetSetDef { name: "f_trace", get: |vm, v| { let t = frame(vm, v)?.trace.get(); Ok(if t.is_unbound() { Value::NONE } else { t }) }, set: Some(set_trace), doc: "Return the trace function." },
    GetSetDef { name: "f_trace_lines", get: |vm, v| Ok(Value::bool(frame(vm, v)?.trace_lines.get())), set: Some(|vm, v, new| { let b = vm.truth(new.unwrap_or(Value::NONE))?; frame(vm, v)?.trace_lines.set(b); Ok(()) }), doc: "" },
    GetSetDef { name: "f_trace_opcodes", get: |vm, v| Ok(Value::bool(frame(vm, v)?.trace_opcodes.get())), set: Some(|vm, v, new| { let b = vm.truth(new.unwrap_or(Value::NONE))?; frame(vm, v)?.trace_opcodes.set(b); Ok(()) }), doc: "" },
];

fn frame(vm: &Vm, v: Value) -> Res<Gc<Frame>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a frame object is required"))
}
fn function(vm: &Vm, v: Value) -> Res<Gc<Function>> {
    let f = frame(vm, v)?.function.get();
    vm.cast(f).ok_or_else(|| vm.system_error("a frame without function"))
}
fn set_trace(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let f = frame(vm, v)?;
    f.trace.set(&vm.heap, f, new.filter(|n| !n.is_none()).unwrap_or(Value::UNBOUND));
    Ok(())
}

impl Frame {
    /// The frame is still on the VM stack (at the depth given).
    fn live(&self, vm: &Vm) -> Option<usize> {
        vm.frame_depth_of(self.base.get(), self.function.get())
    }
    fn current_word(&self, vm: &Vm) -> u32 {
        match self.live(vm).and_then(|d| vm.frame_word(d)) {
            Some(w) => {
                self.word.set(w);
                w
            }
            None => self.word.get(),
        }
    }
}

fn lineno(vm: &Vm, v: Value) -> Res {
    let word = frame(vm, v)?.current_word(vm);
    let line = function(vm, v)?.code().data().position(word).line;
    if line == 0 { Ok(Value::NONE) } else { vm.int(line as i64) }
}
fn locals(vm: &Vm, v: Value) -> Res {
    let f = frame(vm, v)?;
    if let Some(depth) = f.live(vm) {
        let l = vm.locals_at(depth)?;
        f.locals.set(&vm.heap, f, l);
        return Ok(l);
    }
    let ns = function(vm, v)?.namespace.get();
    if !ns.is_unbound() {
        return Ok(ns);
    }
    if f.locals.is_unbound() {
        let d = vm.new_dict()?;
        f.locals.set(&vm.heap, f, d.value());
    }
    Ok(f.locals.get())
}
fn back(vm: &Vm, v: Value) -> Res {
    let f = frame(vm, v)?;
    if let Some(depth) = f.live(vm) {
        let b = frame_object(vm, depth + 1)?.unwrap_or(Value::NONE);
        f.back.set(&vm.heap, f, b);
        return Ok(b);
    }
    let b = f.back.get();
    Ok(if b.is_unbound() { Value::NONE } else { b })
}
fn clear(vm: &Vm, args: &[Value]) -> Res {
    let f = frame(vm, args[0])?;
    if f.live(vm).is_some() {
        return Err(vm.runtime_error("cannot clear an executing frame"));
    }
    f.locals.set(&vm.heap, f, Value::UNBOUND);
    Ok(Value::NONE)
}
fn repr(vm: &Vm, args: &[Value]) -> Res {
    let code = function(vm, args[0])?.code();
    let (file, name) = (vm.repr_lossy(code.filename.get()), code.data().name.clone());
    let line = vm.repr_lossy(lineno(vm, args[0])?);
    vm.heap.pin(args[0]);
    vm.str(&format!("<frame at {:#x}, file {file}, line {line}, code {name}>", args[0].bits()))
}

fn make(vm: &Vm, function: Value, base: usize, word: u32) -> Res {
    let class = vm.hook("frame_class").and_then(|c| vm.as_class(c)).unwrap_or(vm.classes().object);
    let f = vm.alloc(Frame {
        header: Header::new(class.root_shape.get(), 0),
        function: Slot::new(function),
        back: Slot::new(Value::UNBOUND),
        locals: Slot::new(Value::UNBOUND),
        trace: Slot::new(Value::UNBOUND),
        base: Cell::new(base),
        word: Cell::new(word),
        trace_lines: Cell::new(true),
        trace_opcodes: Cell::new(false),
    })?;
    Ok(f.value())
}
/// The frame object of the Python frame `depth` frames out (0: the innermost), if there is one.
pub fn frame_object(vm: &Vm, depth: usize) -> Res<Option<Value>> {
    match vm.frame_facts(depth) {
        Some((function, base, word)) => make(vm, function, base, word).map(Some),
        None => Ok(None),
    }
}
/// The frame object of a traceback entry.
pub fn traceback_frame(vm: &Vm, t: Gc<Traceback>) -> Res {
    if t.frame.is_unbound() {
        let f = make(vm, t.function.get(), 0, t.word.get())?;
        t.frame.set(&vm.heap, t, f);
    }
    Ok(t.frame.get())
}

pub(crate) fn install(vm: &Vm) -> Res<()> {
    let class = vm.define_class(&SPEC, None)?;
    vm.set_hook("frame_class", class.value());
    Ok(())
}
