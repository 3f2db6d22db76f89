//! `_string`: the parsers behind `string.Formatter`.

use crate::class_support::ITER_SELF;
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Header, Native, NativeDef, Raised, Res, Slot, Value, Vm, native_object};
use pyrs_text::error::ErrorKind;
use pyrs_text::format_string::{Accessor, First, Parser, split_name};
use pyrs_text::{CodePoints, TextError};

/// Pieces of a format string, or steps of a field name; all computed when it is made, errors kept for their turn.
#[repr(C)]
struct Pieces {
    header: Header,
    /// list of tuples
    items: Slot,
    /// An exception to raise after the items, or UNBOUND.
    error: Slot,
    next: Cell<usize>,
}
native_object!(Pieces, "formatteriterator", slots = 2);

static FORMATTER: ClassSpec = ClassSpec {
    name: "formatteriterator",
    layout: <Pieces as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        ITER_SELF,
        NativeDef::method("__next__", "(self, /)", next, "Implement next(self)."),
    ],
    getset: &[],
    fields: &[],
};
static FIELD_NAME: ClassSpec = ClassSpec {
    name: "fieldnameiterator",
    layout: <Pieces as Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "",
    methods: &[
        ITER_SELF,
        NativeDef::method("__next__", "(self, /)", next, "Implement next(self)."),
    ],
    getset: &[],
    fields: &[],
};
static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "formatter_parser",
        "(format_string, /)",
        formatter_parser,
        "parse the argument as a format string",
    ),
    NativeDef::function(
        "formatter_field_name_split",
        "(field_name, /)",
        field_name_split,
        "split the argument as a field name",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_string", "string helper module", FUNCTIONS)?;
    for (spec, hook) in [(&FORMATTER, "formatteriterator"), (&FIELD_NAME, "fieldnameiterator")] {
        let c = vm.define_class(spec, None)?;
        vm.set_hook(hook, c.value());
    }
    Ok(m.value())
}

fn raise(vm: &Vm, e: TextError) -> Raised {
    let class = match e.kind {
        ErrorKind::Type => vm.exc().type_error,
        ErrorKind::Overflow => vm.exc().overflow_error,
        ErrorKind::Memory => return vm.memory_error(),
        _ => vm.exc().value_error,
    };
    match vm.new_str_builder(&e.message) {
        Ok(m) => vm.raise_with(class, &[m.value()]),
        Err(r) => r,
    }
}
fn pieces(vm: &Vm, hook: &str, items: Value, error: Option<TextError>) -> Res {
    let class = vm.hook(hook).and_then(|c| vm.as_class(c)).unwrap_or(vm.native_class::<Pieces>());
    let error = match error {
        None => Value::UNBOUND,
        Some(e) => {
            let r = raise(vm, e);
            vm.take_exception(r).value()
        }
    };
    let header = Header::new(class.root_shape.get(), 0);
    let p = Pieces { header, items: Slot::new(items), error: Slot::new(error), next: Cell::new(0) };
    Ok(vm.alloc(p)?.value())
}
fn next(vm: &Vm, a: &[Value]) -> Res {
    let Some(p) = vm.cast::<Pieces>(a[0]) else { return Ok(Value::UNBOUND) };
    let i = p.next.get();
    if let Some(v) = vm.as_list(p.items.get()).and_then(|l| l.get(i)) {
        p.next.set(i + 1);
        return Ok(v);
    }
    match vm.as_exception(p.error.get()) {
        Some(e) => {
            p.error.set(&vm.heap, p, Value::UNBOUND);
            Err(vm.raise(e))
        }
        None => Ok(Value::UNBOUND),
    }
}
fn text_of(vm: &Vm, text: CodePoints<'_>, r: core::ops::Range<usize>) -> Res {
    Ok(vm.new_str_points(text.slice(r.start, r.end))?.value())
}
fn formatter_parser(vm: &Vm, a: &[Value]) -> Res {
    let Some(s) = vm.as_str(a[0]) else {
        return Err(vm.type_error(format!("expected str, got {}", vm.type_name(a[0]))));
    };
    let list = vm.new_list()?;
    let mut error = None;
    for piece in Parser::new(s.points()) {
        let piece = match piece {
            Ok(p) => p,
            Err(e) => {
                error = Some(e);
                break;
            }
        };
        let literal = text_of(vm, s.points(), piece.literal)?;
        let item = match piece.field {
            None => [literal, Value::NONE, Value::NONE, Value::NONE],
            Some(f) => {
                let conversion = match f.conversion {
                    Some(c) => vm.str_of_point(c)?.value(),
                    None => Value::NONE,
                };
                let name = text_of(vm, s.points(), f.name)?;
                [literal, name, text_of(vm, s.points(), f.spec)?, conversion]
            }
        };
        vm.list_append(list, vm.tuple(&item)?)?;
    }
    pieces(vm, "formatteriterator", list.value(), error)
}
fn field_name_split(vm: &Vm, a: &[Value]) -> Res {
    let Some(s) = vm.as_str(a[0]) else {
        return Err(vm.type_error(format!("expected str, got {}", vm.type_name(a[0]))));
    };
    let (first, steps) = split_name(s.points(), 0..s.len()).map_err(|e| raise(vm, e))?;
    let first = match first {
        First::Index(n) => vm.int_usize(n)?,
        First::Empty => vm.str("")?,
        First::Name(r) => text_of(vm, s.points(), r)?,
    };
    let list = vm.new_list()?;
    let mut error = None;
    for step in steps {
        let item = match step {
            Ok(Accessor::Attribute(r)) => [Value::TRUE, text_of(vm, s.points(), r)?],
            Ok(Accessor::Index(n)) => [Value::FALSE, vm.int_usize(n)?],
            Ok(Accessor::Key(r)) => [Value::FALSE, text_of(vm, s.points(), r)?],
            Err(e) => {
                error = Some(e);
                break;
            }
        };
        vm.list_append(list, vm.tuple(&item)?)?;
    }
    vm.tuple(&[first, pieces(vm, "fieldnameiterator", list.value(), error)?])
}
