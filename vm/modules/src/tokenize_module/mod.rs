//! `_tokenize`: the tokens of a source text, as the module `tokenize` shows them.
//!
//! `scan` cuts the text into tokens without knowing objects; here lines are read and tokens become tuples. All
//! lines are read when the first token is asked for; an error is raised after the tokens in front of it.

mod scan;

use crate::class_support::{ITER_SELF, add_class, class_of_new};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, Header, Native, NativeDef, Raised, Res, Slot, Value, Vm, native_object};
use pyrs_text::CodePoints;
use scan::{ErrorClass, Failure, Kind, Scanner, Token};

#[repr(C)]
struct TokenizerIter {
    header: Header,
    readline: Slot,
    /// str: name of an encoding if lines are bytes, else None
    encoding: Slot,
    /// list of tuples once the text has been read, else UNBOUND
    tokens: Slot,
    /// An exception to raise behind the last token, else UNBOUND.
    error: Slot,
    next: Cell<usize>,
    extra: Cell<bool>,
}
native_object!(TokenizerIter, "TokenizerIter", slots = 4);

static SPEC: ClassSpec = ClassSpec {
    name: "_tokenize.TokenizerIter",
    layout: <TokenizerIter as Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, readline, /, *, extra_tokens, encoding=None)",
            new,
            "",
        ),
        ITER_SELF,
        NativeDef::method("__next__", "(self, /)", next, "Implement next(self)."),
    ],
    getset: &[],
    fields: &[],
};

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_tokenize", "", &[])?;
    add_class(vm, m, &SPEC, None)?;
    Ok(m.value())
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    let extra = vm.truth(a[2])?;
    let o = vm.new_instance(class_of_new(vm, a[0])?)?;
    if let Some(t) = vm.cast::<TokenizerIter>(o.value()) {
        t.readline.set(&vm.heap, t, a[1]);
        t.encoding.set(&vm.heap, t, a[3]);
        t.extra.set(extra);
    }
    Ok(o.value())
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    let Some(t) = vm.cast::<TokenizerIter>(a[0]) else { return Ok(Value::UNBOUND) };
    if t.tokens.is_unbound() {
        read(vm, t)?;
    }
    let i = t.next.get();
    if let Some(v) = vm.as_list(t.tokens.get()).and_then(|l| l.get(i)) {
        t.next.set(i + 1);
        return Ok(v);
    }
    match vm.as_exception(t.error.get()) {
        Some(e) => {
            t.error.set(&vm.heap, t, Value::UNBOUND);
            Err(vm.raise(e))
        }
        None => Ok(Value::UNBOUND),
    }
}
/// Reads all lines and makes all tokens.
fn read(vm: &Vm, t: Gc<TokenizerIter>) -> Res<()> {
    let mut text: Vec<u32> = Vec::new();
    loop {
        let line = match vm.call(t.readline.get(), &[]) {
            Ok(v) => v,
            Err(r) if vm.pending_is(r, vm.exc().stop_iteration) => {
                vm.take_exception(r);
                break;
            }
            Err(r) => return Err(r),
        };
        let line = decoded(vm, t, line)?;
        let Some(s) = vm.as_str(line) else {
            return Err(vm.type_error("readline() returned a non-string object"));
        };
        if s.is_empty() {
            break;
        }
        text.extend(s.points().iter());
    }
    let list = vm.new_list()?;
    let (tokens, failure) = Scanner::new(&text, t.extra.get()).run();
    for token in &tokens {
        if let Some(v) = tuple_of(vm, &text, token, t.extra.get())? {
            vm.list_append(list, v)?;
        }
    }
    t.tokens.set(&vm.heap, t, list.value());
    if let Some(f) = failure {
        let r = raise(vm, &text, &f);
        t.error.set(&vm.heap, t, vm.take_exception(r).value());
    }
    Ok(())
}
fn decoded(vm: &Vm, t: Gc<TokenizerIter>, line: Value) -> Res {
    let encoding = t.encoding.get();
    if encoding.is_none() {
        return Ok(line);
    }
    if vm.as_bytes(line).is_none() {
        return Err(vm.type_error("readline() returned a non-bytes object"));
    }
    vm.call_method(line, "decode", &[encoding])
}
fn text_of(vm: &Vm, text: &[u32]) -> Res {
    Ok(vm.new_str_points(CodePoints::Four(text))?.value())
}
fn tuple_of(vm: &Vm, text: &[u32], t: &Token, extra: bool) -> Res<Option<Value>> {
    let number = match t.kind {
        Kind::Comment | Kind::Nl if !extra => return Ok(None),
        Kind::Op if !extra => scan::exact_number(&text[t.from..t.to]),
        kind => kind as i64,
    };
    let string = match t.kind {
        Kind::Newline if !extra => vm.str("")?,
        _ => text_of(vm, &text[t.from..t.to])?,
    };
    let place = |(line, column): (usize, usize)| -> Res {
        vm.tuple(&[vm.int_usize(line)?, vm.int_usize(column)?])
    };
    let line = text_of(vm, &text[t.line.clone()])?;
    let (start, end) = (place(t.start)?, place(t.end)?);
    Ok(Some(vm.tuple(&[vm.int(number)?, string, start, end, line])?))
}
fn raise(vm: &Vm, text: &[u32], f: &Failure) -> Raised {
    let class = match f.class {
        ErrorClass::Syntax => vm.exc().syntax_error,
        ErrorClass::Indentation => vm.exc().indentation_error,
        ErrorClass::Tab => vm.exc().tab_error,
    };
    let make = || -> Res<Raised> {
        let line = text_of(vm, &text[f.line.clone()])?;
        let (row, column) = (vm.int_usize(f.place.0)?, vm.int_usize(f.place.1)?);
        let detail = [vm.str("<string>")?, row, column, line, row, column];
        // The class fills the fields of the exception from these.
        let e = vm.call(class.value(), &[vm.str(&f.message)?, vm.tuple(&detail)?])?;
        Ok(match vm.as_exception(e) {
            Some(e) => vm.raise(e),
            None => vm.value_error(&f.message),
        })
    };
    make().unwrap_or_else(|r| r)
}
