//! `_csv.reader`: lines to rows, by a state machine over characters.

use super::dialect::{self, Dialect};
use super::{NONE, NONNUMERIC, NOTNULL, STRINGS, error, limit, make_dialect};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, List, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Slot, Value, Vm, native_object};
use pyrs_text::StrBuilder;

#[repr(C)]
struct Reader {
    header: Header,
    input: Slot,
    dialect: Slot,
    lines: Cell<usize>,
}
native_object!(Reader, "_csv.reader", slots = 2);

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "_csv.reader",
    layout: <Reader as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::NO_NEW,
    doc: "CSV reader\n\nReader objects are responsible for reading and parsing tabular data\nin CSV format.",
    methods: &[
        NativeDef::method("__iter__", "(self, /)", |_, a| Ok(a[0]), "Implement iter(self)."),
        NativeDef::method("__next__", "(self, /)", next, "Implement next(self)."),
    ],
    getset: &[
        GetSetDef::read_only("dialect", |vm, v| Ok(this(vm, v)?.dialect.get()), ""),
        GetSetDef::read_only("line_num", |vm, v| vm.int_usize(this(vm, v)?.lines.get()), ""),
    ],
    fields: &[],
};

fn this(vm: &Vm, v: Value) -> Res<Gc<Reader>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a _csv.reader is required"))
}
pub(super) fn new(vm: &Vm, a: &[Value]) -> Res {
    let input = vm.get_iter(a[0])?;
    let dialect = make_dialect(vm, a[1], a[2])?;
    let r = vm.alloc(Reader {
        header: Header::new(vm.native_class::<Reader>().root_shape.get(), 0),
        input: Slot::new(input),
        dialect: Slot::new(dialect),
        lines: Cell::new(0),
    })?;
    Ok(r.value())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    StartRecord,
    StartField,
    Escaped,
    Field,
    Quoted,
    EscapedInQuoted,
    QuoteInQuoted,
    LineEnd,
    AfterEscapedLineEnd,
}
/// The end of a line, as a character.
const END: u32 = u32::MAX - 1;

/// A row being read.
struct Row<'vm> {
    vm: &'vm Vm,
    dialect: Gc<Dialect>,
    fields: Gc<List>,
    field: StrBuilder,
    unquoted: bool,
    at: At,
    limit: usize,
}

fn is_end(c: u32) -> bool {
    matches!(c, 10 | 13 | END)
}

impl Row<'_> {
    fn add(&mut self, c: u32) -> Res<()> {
        if self.field.len() >= self.limit {
            let m = format!("field larger than field limit ({})", self.limit);
            return Err(error(self.vm, &m));
        }
        self.field.push(c);
        Ok(())
    }
    fn save(&mut self) -> Res<()> {
        let (vm, quoting) = (self.vm, self.dialect.quoting.get());
        let unquoted = core::mem::replace(&mut self.unquoted, true);
        let field = core::mem::take(&mut self.field);
        let mut v = vm.new_str_builder(&field)?.value();
        if unquoted && field.is_empty() && matches!(quoting, STRINGS | NOTNULL) {
            v = Value::NONE;
        } else if unquoted && !field.is_empty() && matches!(quoting, NONNUMERIC | STRINGS) {
            v = vm.call(vm.classes().float.value(), &[v])?;
        }
        vm.list_append(self.fields, v)
    }
    fn end_of_field(&mut self, c: u32) -> Res<()> {
        self.save()?;
        self.at = if c == END { At::StartRecord } else { At::LineEnd };
        Ok(())
    }
    fn step(&mut self, c: u32) -> Res<()> {
        let d = self.dialect;
        let quoting = d.quoting.get() != NONE;
        let (is_quote, is_escape) = (quoting && c == d.quote.get(), c == d.escape.get());
        match self.at {
            At::StartRecord if c == END => return Ok(()),
            At::StartRecord if is_end(c) => self.at = At::LineEnd,
            At::StartRecord | At::StartField => match c {
                _ if is_end(c) => return self.end_of_field(c),
                _ if is_quote => {
                    self.unquoted = false;
                    self.at = At::Quoted;
                }
                _ if is_escape => self.at = At::Escaped,
                32 if d.skip_initial_space.get() => self.at = At::StartField,
                _ if c == d.delimiter.get() => {
                    self.save()?;
                    self.at = At::StartField;
                }
                _ => {
                    self.add(c)?;
                    self.at = At::Field;
                }
            },
            At::Escaped => {
                let line_end = matches!(c, 10 | 13);
                self.add(if c == END { 10 } else { c })?;
                self.at = if line_end { At::AfterEscapedLineEnd } else { At::Field };
            }
            At::AfterEscapedLineEnd if c == END => {}
            At::AfterEscapedLineEnd | At::Field => match c {
                _ if is_end(c) => return self.end_of_field(c),
                _ if is_escape => self.at = At::Escaped,
                _ if c == d.delimiter.get() => {
                    self.save()?;
                    self.at = At::StartField;
                }
                _ => {
                    self.add(c)?;
                    self.at = At::Field;
                }
            },
            At::Quoted => match c {
                END => {}
                _ if is_escape => self.at = At::EscapedInQuoted,
                _ if is_quote => {
                    self.at = if d.double_quote.get() { At::QuoteInQuoted } else { At::Field };
                }
                _ => self.add(c)?,
            },
            At::EscapedInQuoted => {
                self.add(if c == END { 10 } else { c })?;
                self.at = At::Quoted;
            }
            At::QuoteInQuoted => match c {
                _ if is_quote => {
                    self.add(c)?;
                    self.at = At::Quoted;
                }
                _ if c == d.delimiter.get() => {
                    self.save()?;
                    self.at = At::StartField;
                }
                _ if is_end(c) => return self.end_of_field(c),
                _ if !d.strict.get() => {
                    self.add(c)?;
                    self.at = At::Field;
                }
                _ => {
                    let shown = |c: u32| char::from_u32(c).unwrap_or('\u{fffd}');
                    let (delimiter, quote) = (shown(d.delimiter.get()), shown(d.quote.get()));
                    let m = format!("'{delimiter}' expected after '{quote}'");
                    return Err(error(self.vm, &m));
                }
            },
            At::LineEnd => match c {
                10 | 13 => {}
                END => self.at = At::StartRecord,
                _ => {
                    return Err(error(
                        self.vm,
                        "new-line character seen in unquoted field - do you need to open the file with newline=''?",
                    ));
                }
            },
        }
        Ok(())
    }
}

fn next(vm: &Vm, a: &[Value]) -> Res {
    let r = this(vm, a[0])?;
    let mut row = Row {
        vm,
        dialect: dialect::this(vm, r.dialect.get())?,
        fields: vm.new_list()?,
        field: StrBuilder::new(),
        unquoted: true,
        at: At::StartRecord,
        limit: limit(vm),
    };
    loop {
        let Some(line) = vm.next(r.input.get())? else {
            if row.field.is_empty() && row.at != At::Quoted {
                return Ok(Value::UNBOUND);
            }
            if row.dialect.strict.get() {
                return Err(error(vm, "unexpected end of data"));
            }
            row.save()?;
            return Ok(row.fields.value());
        };
        let Some(text) = vm.as_str(line) else {
            let m = format!(
                "iterator should return strings, not {} (the file should be opened in text mode)",
                vm.type_name(line)
            );
            return Err(error(vm, &m));
        };
        r.lines.set(r.lines.get() + 1);
        for i in 0..text.len() {
            row.step(text.at(i))?;
        }
        row.step(END)?;
        if row.at == At::StartRecord {
            return Ok(row.fields.value());
        }
    }
}
