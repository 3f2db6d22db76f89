//! `_csv.writer`: rows to lines.

use super::dialect::{self, Dialect, NO_CHAR};
use super::{ALL, NONE, NONNUMERIC, NOTNULL, STRINGS, error, make_dialect};
use pyrs_core::object::{ClassSpec, Str, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Slot, Special, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
struct Writer {
    header: Header,
    write: Slot,
    dialect: Slot,
}
native_object!(Writer, "_csv.writer", slots = 2);

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "_csv.writer",
    layout: <Writer as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "CSV writer\n\nWriter objects are responsible for generating tabular data\nin CSV format from sequence input.",
    methods: &[
        NativeDef::method(
            "writerow",
            "(self, row, /)",
            |vm, a| write_row(vm, this(vm, a[0])?, a[1]),
            "Construct and write a CSV record from an iterable of fields.\n\nNon-string elements will be converted to string.",
        ),
        NativeDef::method(
            "writerows",
            "(self, rows, /)",
            write_rows,
            "Construct and write a series of iterables to a csv file.\n\nNon-string elements will be converted to string.",
        ),
    ],
    getset: &[GetSetDef::read_only("dialect", |vm, v| Ok(this(vm, v)?.dialect.get()), "")],
    fields: &[],
};

fn this(vm: &Vm, v: Value) -> Res<Gc<Writer>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a _csv.writer is required"))
}
pub(super) fn new(vm: &Vm, a: &[Value]) -> Res {
    let dialect = make_dialect(vm, a[1], a[2])?;
    let write = vm.get_attr_opt(a[0], vm.names().write)?;
    let Some(write) = write.filter(|&w| vm.is_callable(w)) else {
        return Err(vm.type_error("argument 1 must have a \"write\" method"));
    };
    let w = vm.alloc(Writer {
        header: Header::new(vm.native_class::<Writer>().root_shape.get(), 0),
        write: Slot::new(write),
        dialect: Slot::new(dialect),
    })?;
    Ok(w.value())
}
fn is_number(vm: &Vm, v: Value) -> bool {
    let class = vm.class_of(v);
    vm.as_complex(v).is_some()
        || [Special::Index, Special::Int, Special::Float]
            .iter()
            .any(|&s| vm.special(class, s).is_some())
}

/// Appends a field, quoted if it must be (or `quoted` says so).
fn append(
    vm: &Vm,
    d: Gc<Dialect>,
    out: &mut StrBuilder,
    text: Option<Gc<Str>>,
    mut quoted: bool,
) -> Res<()> {
    let quoting = d.quoting.get();
    let terminator = dialect::terminator(vm, d)?;
    let mut body = StrBuilder::new();
    for i in 0..text.map_or(0, |t| t.len()) {
        let Some(c) = text.map(|t| t.at(i)) else { break };
        let (quote, escape) = (c == d.quote.get(), c == d.escape.get());
        let special = quote
            || escape
            || c == d.delimiter.get()
            || matches!(c, 10 | 13)
            || terminator.points().position(c).is_some();
        if special {
            let escaped = quoting == NONE || escape || (quote && !d.double_quote.get());
            if escaped {
                if d.escape.get() == NO_CHAR {
                    return Err(error(vm, "need to escape, but no escapechar set"));
                }
                body.push(d.escape.get());
            } else {
                if quote {
                    body.push(c);
                }
                quoted = true;
            }
        }
        body.push(c);
    }
    if body.is_empty() && d.delimiter.get() == 32 && d.skip_initial_space.get() {
        if quoting == NONE || (text.is_none() && matches!(quoting, STRINGS | NOTNULL)) {
            return Err(error(
                vm,
                "empty field must be quoted if delimiter is a space and skipinitialspace is true",
            ));
        }
        quoted = true;
    }
    if quoted {
        out.push(d.quote.get());
    }
    out.push_points(body.as_points());
    if quoted {
        out.push(d.quote.get());
    }
    Ok(())
}
fn write_row(vm: &Vm, w: Gc<Writer>, row: Value) -> Res {
    let d = dialect::this(vm, w.dialect.get())?;
    let fields = match vm.get_iter(row) {
        Err(r) if vm.pending_is(r, vm.exc().type_error) => {
            vm.take_exception(r);
            return Err(error(vm, &format!("iterable expected, not {}", vm.type_name(row))));
        }
        other => other?,
    };
    let mut out = StrBuilder::new();
    let (mut count, mut null) = (0usize, false);
    while let Some(field) = vm.next(fields)? {
        let quoted = match d.quoting.get() {
            NONNUMERIC => !is_number(vm, field),
            ALL => true,
            STRINGS => vm.as_str(field).is_some(),
            NOTNULL => !field.is_none(),
            _ => false,
        };
        null = field.is_none();
        let text = if null { None } else { Some(vm.str_of(field)?) };
        if count > 0 {
            out.push(d.delimiter.get());
        }
        append(vm, d, &mut out, text, quoted)?;
        count += 1;
    }
    if count == 1 && out.is_empty() {
        let quoting = d.quoting.get();
        if quoting == NONE || (null && matches!(quoting, STRINGS | NOTNULL)) {
            return Err(error(vm, "single empty field record must be quoted"));
        }
        append(vm, d, &mut out, None, true)?;
    }
    out.push_points(dialect::terminator(vm, d)?.points());
    let line = vm.new_str_builder(&out)?.value();
    vm.call(w.write.get(), &[line])
}
fn write_rows(vm: &Vm, a: &[Value]) -> Res {
    let w = this(vm, a[0])?;
    vm.iterate(a[1], |row| write_row(vm, w, row).map(drop))?;
    Ok(Value::NONE)
}
