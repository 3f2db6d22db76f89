//! `_csv.Dialect`: the parameters of a format, checked when made.

use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Str, class_flag};
use pyrs_core::{Gc, GetSetDef, Header, NativeDef, Res, Slot, Value, Vm, native_object};

/// No character.
pub(super) const NO_CHAR: u32 = u32::MAX;

#[repr(C)]
pub(super) struct Dialect {
    header: Header,
    /// str
    pub line_terminator: Slot,
    pub delimiter: Cell<u32>,
    pub quote: Cell<u32>,
    pub escape: Cell<u32>,
    pub quoting: Cell<u8>,
    pub double_quote: Cell<bool>,
    pub skip_initial_space: Cell<bool>,
    pub strict: Cell<bool>,
}
native_object!(Dialect, "_csv.Dialect", slots = 1);

pub(super) static SPEC: ClassSpec = ClassSpec {
    name: "_csv.Dialect",
    layout: <Dialect as pyrs_core::object::Native>::LAYOUT,
    flags: class_flag::BASE,
    doc: "CSV dialect\n\nThe Dialect type records CSV dialect options.",
    methods: &[NativeDef::static_method(
        "__new__",
        "(cls, dialect=<unrepresentable>, delimiter=<unrepresentable>, doublequote=<unrepresentable>, \
         escapechar=<unrepresentable>, lineterminator=<unrepresentable>, quotechar=<unrepresentable>, \
         quoting=<unrepresentable>, skipinitialspace=<unrepresentable>, strict=<unrepresentable>)",
        new,
        "",
    )],
    getset: &[
        GetSetDef::read_only("delimiter", |vm, v| character(vm, this(vm, v)?.delimiter.get()), ""),
        GetSetDef::read_only(
            "doublequote",
            |vm, v| Ok(Value::bool(this(vm, v)?.double_quote.get())),
            "",
        ),
        GetSetDef::read_only("escapechar", |vm, v| character(vm, this(vm, v)?.escape.get()), ""),
        GetSetDef::read_only("lineterminator", |vm, v| Ok(this(vm, v)?.line_terminator.get()), ""),
        GetSetDef::read_only("quotechar", |vm, v| character(vm, this(vm, v)?.quote.get()), ""),
        GetSetDef::read_only(
            "quoting",
            |vm, v| Ok(Value::small_int(this(vm, v)?.quoting.get().into())),
            "",
        ),
        GetSetDef::read_only(
            "skipinitialspace",
            |vm, v| Ok(Value::bool(this(vm, v)?.skip_initial_space.get())),
            "",
        ),
        GetSetDef::read_only("strict", |vm, v| Ok(Value::bool(this(vm, v)?.strict.get())), ""),
    ],
    fields: &[],
};

pub(super) fn this(vm: &Vm, v: Value) -> Res<Gc<Dialect>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a _csv.Dialect is required"))
}
fn character(vm: &Vm, c: u32) -> Res {
    if c == NO_CHAR { Ok(Value::NONE) } else { Ok(vm.str_of_point(c)?.value()) }
}
/// ORDER: as the parameters of `__new__`.
const NAMES: [&str; 8] = [
    "delimiter",
    "doublequote",
    "escapechar",
    "lineterminator",
    "quotechar",
    "quoting",
    "skipinitialspace",
    "strict",
];

fn new(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.as_class(a[0]).ok_or_else(|| vm.type_error("a type is required"))?;
    let mut base = a[1];
    if vm.as_str(base).is_some() {
        base = super::named(vm, base)?;
    }
    let mut given = [Value::UNBOUND; 8];
    given.copy_from_slice(&a[2..10]);
    if vm.cast::<Dialect>(base).is_some() && given.iter().all(|v| v.is_unbound()) {
        return Ok(base);
    }
    if !base.is_unbound() {
        for (v, name) in given.iter_mut().zip(NAMES) {
            if v.is_unbound() {
                // A dialect need not have every attribute.
                match vm.get_attr(base, vm.intern(name)) {
                    Ok(found) => *v = found,
                    Err(r) => drop(vm.take_exception(r)),
                }
            }
        }
    }
    let o = vm.new_instance(class)?;
    // SAFETY: the class descends from one with this layout.
    let d: Gc<Dialect> = unsafe { o.cast() };
    fill(vm, d, &given)?;
    check(vm, d)?;
    Ok(d.value())
}
fn fill(vm: &Vm, d: Gc<Dialect>, given: &[Value; 8]) -> Res<()> {
    let [delimiter, double, escape, terminator, quote, quoting, skip, strict] = *given;
    let flag = |v: Value, default: bool| if v.is_unbound() { Ok(default) } else { vm.truth(v) };
    d.delimiter.set(one(vm, "delimiter", delimiter, u32::from(b','), false)?);
    d.double_quote.set(flag(double, true)?);
    d.escape.set(one(vm, "escapechar", escape, NO_CHAR, true)?);
    let text = match vm.as_str(terminator) {
        Some(s) => s,
        None if terminator.is_unbound() => vm.intern("\r\n"),
        None => {
            let t = vm.type_name(terminator);
            return Err(vm.type_error(format!("\"lineterminator\" must be a string, not {t}")));
        }
    };
    d.line_terminator.set(&vm.heap, d, text.value());
    d.quote.set(one(vm, "quotechar", quote, u32::from(b'"'), true)?);
    let n = if quoting.is_unbound() {
        if quote.is_none() { super::NONE } else { 0 }
    } else if vm.class_of(quoting) != vm.classes().int {
        let t = vm.type_name(quoting);
        return Err(vm.type_error(format!("\"quoting\" must be an integer, not {t}")));
    } else {
        match u8::try_from(vm.int_i64(quoting)?) {
            Ok(n) if n <= super::NOTNULL => n,
            _ => return Err(vm.type_error("bad \"quoting\" value")),
        }
    };
    d.quoting.set(n);
    d.skip_initial_space.set(flag(skip, false)?);
    d.strict.set(flag(strict, false)?);
    Ok(())
}
/// A parameter that is one character, or None where that is allowed.
fn one(vm: &Vm, name: &str, v: Value, default: u32, optional: bool) -> Res<u32> {
    if v.is_unbound() {
        return Ok(default);
    }
    if optional && v.is_none() {
        return Ok(NO_CHAR);
    }
    let kind = if optional { " or None" } else { "" };
    match vm.as_str(v) {
        Some(s) if s.len() == 1 => Ok(s.at(0)),
        Some(s) => Err(vm.type_error(format!(
            "\"{name}\" must be a unicode character{kind}, not a string of length {}",
            s.len()
        ))),
        None => Err(vm.type_error(format!(
            "\"{name}\" must be a unicode character{kind}, not {}",
            vm.type_name(v)
        ))),
    }
}
/// Characters that would make the format ambiguous are refused.
fn check(vm: &Vm, d: Gc<Dialect>) -> Res<()> {
    if d.quoting.get() != super::NONE && d.quote.get() == NO_CHAR {
        return Err(vm.type_error("quotechar must be set if quoting enabled"));
    }
    let space = !d.skip_initial_space.get();
    let chars = [
        ("delimiter", d.delimiter.get(), true),
        ("escapechar", d.escape.get(), space),
        ("quotechar", d.quote.get(), space),
    ];
    for (name, c, space) in chars {
        if c == 10 || c == 13 || (c == 32 && !space) {
            return Err(vm.value_error(format!("bad {name} value")));
        }
    }
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
        if chars[i].1 == chars[j].1 && chars[i].1 != NO_CHAR {
            return Err(vm.value_error(format!("bad {} or {} value", chars[i].0, chars[j].0)));
        }
    }
    let terminator = terminator(vm, d)?;
    for (name, c, _) in chars {
        if c != NO_CHAR && terminator.points().position(c).is_some() {
            return Err(vm.value_error(format!("bad {name} or lineterminator value")));
        }
    }
    Ok(())
}
pub(super) fn terminator(vm: &Vm, d: Gc<Dialect>) -> Res<Gc<Str>> {
    let v = d.line_terminator.get();
    vm.as_str(v).ok_or_else(|| vm.system_error("a dialect without a line terminator"))
}
