//! `BufferedRWPair`: a reader and a writer as one stream.

use super::{blank, define, spec, this};
use pyrs_core::object::{Class, ClassSpec, Module};
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

#[repr(C)]
struct Pair {
    header: Header,
    reader: Slot,
    writer: Slot,
}
native_object!(Pair, "BufferedRWPair", slots = 2);

const SELF: &str = "(self, /)";
/// A method that the reader or the writer answers.
macro_rules! passed {
    ($name:literal, $signature:literal, $side:ident) => {
        NativeDef::method(
            $name,
            $signature,
            |vm, a| vm.call_method($side(vm, a[0])?, $name, &a[1..]),
            "",
        )
    };
}
static SPEC: ClassSpec = spec(
    "_io.BufferedRWPair",
    <Pair as Native>::LAYOUT,
    "A buffered reader and writer object together.",
    &[
        NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", blank, ""),
        NativeDef::method("__init__", "(self, reader, writer, buffer_size=131072, /)", init, ""),
        passed!("read", "(self, size=-1, /)", reader),
        passed!("peek", "(self, size=0, /)", reader),
        passed!("read1", "(self, size=-1, /)", reader),
        passed!("readinto", "(self, buffer, /)", reader),
        passed!("readinto1", "(self, buffer, /)", reader),
        passed!("readable", "(self, /)", reader),
        passed!("write", "(self, buffer, /)", writer),
        passed!("flush", "(self, /)", writer),
        passed!("writable", "(self, /)", writer),
        NativeDef::method("close", SELF, close, ""),
        NativeDef::method("isatty", SELF, isatty, ""),
    ],
    &[GetSetDef::read_only("closed", |vm, v| vm.get_attr(writer(vm, v)?, vm.intern("closed")), "")],
);

pub(super) fn class(vm: &Vm, m: Gc<Module>, base: Gc<Class>) -> Res<()> {
    define(vm, m, &SPEC, base).map(drop)
}
fn part(vm: &Vm, v: Value) -> Res {
    if v.is_unbound() {
        Err(vm.value_error("I/O operation on uninitialized object"))
    } else {
        Ok(v)
    }
}
fn reader(vm: &Vm, v: Value) -> Res {
    part(vm, this::<Pair>(vm, v)?.reader.get())
}
fn writer(vm: &Vm, v: Value) -> Res {
    part(vm, this::<Pair>(vm, v)?.writer.get())
}
fn init(vm: &Vm, a: &[Value]) -> Res {
    let p = this::<Pair>(vm, a[0])?;
    super::base::check_readable(vm, a[1])?;
    super::base::check_writable(vm, a[2])?;
    let make = |hook: &str, raw: Value| vm.call(vm.hook(hook).unwrap_or(Value::NONE), &[raw, a[3]]);
    let r = make("io_reader", a[1])?;
    let w = make("io_writer", a[2])?;
    p.reader.set(&vm.heap, p, r);
    p.writer.set(&vm.heap, p, w);
    Ok(Value::NONE)
}
fn close(vm: &Vm, a: &[Value]) -> Res {
    let first = vm.call_method(writer(vm, a[0])?, "close", &[]).map_err(|r| vm.take_exception(r));
    let second = vm.call_method(reader(vm, a[0])?, "close", &[]);
    match first {
        Ok(_) => second,
        Err(e) => {
            if let Err(r) = second {
                let s = vm.take_exception(r);
                s.context.set(&vm.heap, s, e.value());
                return Err(vm.raise_again(s));
            }
            Err(vm.raise_again(e))
        }
    }
}
fn isatty(vm: &Vm, a: &[Value]) -> Res {
    let w = vm.call_method(writer(vm, a[0])?, "isatty", &[])?;
    if vm.truth(w)? { Ok(w) } else { vm.call_method(reader(vm, a[0])?, "isatty", &[]) }
}
