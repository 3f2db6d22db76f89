//! `traceback` objects.

use crate::functions::iterators::receiver;
use core::cell::Cell;
use pyrs_core::object::{Frame, Function, NativeDef, Traceback, core_shape};
use pyrs_core::{Gc, GetSetDef, Header, Res, Slot, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, tb_next, tb_frame, tb_lasti, tb_lineno)", new, ""),
    NativeDef::method("__dir__", "(self, /)", dir, ""),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef { name: "tb_next", get: next_get, set: Some(next_set), doc: "" },
    GetSetDef::read_only("tb_frame", frame, ""),
    GetSetDef::read_only("tb_lasti", lasti, ""),
    GetSetDef::read_only("tb_lineno", lineno, ""),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().traceback, METHODS, GETSET)
}

/// Byte offsets as CPython counts them: two a word.
const UNIT: i64 = 2;

fn new(vm: &Vm, args: &[Value]) -> Res {
    let next = checked_next(vm, args[1])?;
    let Some(frame) = vm.cast::<Frame>(args[2]) else {
        return Err(vm.type_error(format!(
            "traceback() argument 'tb_frame' must be frame, not {}",
            if args[2].is_none() { "None".to_owned() } else { vm.type_name(args[2]) }
        )));
    };
    let (lasti, line) = (vm.int_i64(args[3])?, vm.int_i64(args[4])?);
    let t = vm.alloc(Traceback {
        header: Header::new(core_shape::TRACEBACK, 0),
        next: Slot::new(next),
        function: Slot::new(frame.function.get()),
        frame: Slot::new(frame.value()),
        word: Cell::new(u32::try_from(lasti / UNIT).unwrap_or(0)),
        line: Cell::new(u32::try_from(line).unwrap_or(0)),
    })?;
    Ok(t.value())
}

fn checked_next(vm: &Vm, v: Value) -> Res {
    if v.is_none() || vm.exact::<Traceback>(v, core_shape::TRACEBACK).is_some() {
        return Ok(v);
    }
    Err(vm.type_error(format!("expected traceback object or None, got '{}'", vm.type_name(v))))
}

fn traceback(vm: &Vm, v: Value) -> Res<Gc<Traceback>> {
    receiver::<Traceback>(vm, v)
}

fn next_get(vm: &Vm, v: Value) -> Res {
    Ok(traceback(vm, v)?.next.get())
}

fn next_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let t = traceback(vm, v)?;
    let Some(new) = new else { return Err(vm.type_error("can't delete tb_next attribute")) };
    let new = checked_next(vm, new)?;
    let mut at = new;
    while let Some(x) = vm.exact::<Traceback>(at, core_shape::TRACEBACK) {
        if x == t {
            return Err(vm.value_error("traceback loop detected"));
        }
        at = x.next.get();
    }
    t.next.set(&vm.heap, t, new);
    Ok(())
}

fn frame(vm: &Vm, v: Value) -> Res {
    vm.traceback_frame(traceback(vm, v)?)
}

fn lasti(vm: &Vm, v: Value) -> Res {
    vm.int(i64::from(traceback(vm, v)?.word.get()) * UNIT)
}

fn lineno(vm: &Vm, v: Value) -> Res {
    let t = traceback(vm, v)?;
    if t.line.get() != 0 {
        return vm.int(t.line.get().into());
    }
    let Some(f) = vm.exact::<Function>(t.function.get(), core_shape::FUNCTION) else {
        return Ok(Value::NONE);
    };
    match f.code().data().position(t.word.get()).line {
        0 => Ok(Value::NONE),
        line => vm.int(line.into()),
    }
}

fn dir(vm: &Vm, _args: &[Value]) -> Res {
    let names = ["tb_frame", "tb_next", "tb_lasti", "tb_lineno"].map(|n| vm.intern(n).value());
    vm.list(&names)
}
