//! `code` objects: attributes, comparison, `replace`, line and position tables.

use super::shared::SELF;
use crate::functions::iterators::receiver;
use pyrs_bytecode::{CodeData, Const, Insn, LocalKind, Op, flags};
use pyrs_core::object::{Code, NativeDef, core_shape};
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args)", new, ""),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method("__eq__", "(self, value, /)", eq, "self == value"),
    NativeDef::method("__hash__", SELF, hash, "hash(self)"),
    NativeDef::method(
        "replace",
        "(self, /, **changes)",
        replace,
        "A copy with some attributes changed.",
    ),
    NativeDef::method("__replace__", "(self, /, **changes)", replace, "The same as replace()."),
    NativeDef::method("co_lines", SELF, lines, "Ranges of instructions and their lines."),
    NativeDef::method("co_positions", SELF, positions, "Position of every instruction."),
    NativeDef::method("co_branches", SELF, branches, "Branches of the code."),
    NativeDef::method("_varname_from_oparg", "(self, oparg)", varname, ""),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef::read_only("co_argcount", |vm, v| number(vm, v, |d| d.arg_count), ""),
    GetSetDef::read_only("co_posonlyargcount", |vm, v| number(vm, v, |d| d.posonly_count), ""),
    GetSetDef::read_only("co_kwonlyargcount", |vm, v| number(vm, v, |d| d.kwonly_count), ""),
    GetSetDef::read_only("co_stacksize", |vm, v| number(vm, v, |d| d.register_count), ""),
    GetSetDef::read_only("co_flags", |vm, v| number(vm, v, |d| d.flags), ""),
    GetSetDef::read_only("co_firstlineno", |vm, v| number(vm, v, |d| d.first_line), ""),
    GetSetDef::read_only("co_nlocals", nlocals, ""),
    GetSetDef::read_only("co_name", |vm, v| Ok(code(vm, v)?.name.get()), ""),
    GetSetDef::read_only("co_qualname", |vm, v| Ok(code(vm, v)?.qualname.get()), ""),
    GetSetDef::read_only("co_filename", |vm, v| Ok(code(vm, v)?.filename.get()), ""),
    GetSetDef::read_only("co_code", bytecode, ""),
    GetSetDef::read_only("_co_code_adaptive", bytecode, ""),
    GetSetDef::read_only("co_consts", consts, ""),
    GetSetDef::read_only("co_names", names, ""),
    GetSetDef::read_only("co_varnames", varnames, ""),
    GetSetDef::read_only("co_cellvars", |vm, v| locals_of_kind(vm, v, LocalKind::Cell), ""),
    GetSetDef::read_only("co_freevars", |vm, v| locals_of_kind(vm, v, LocalKind::Free), ""),
    GetSetDef::read_only("co_linetable", |vm, _| vm.bytes(&[]), ""),
    GetSetDef::read_only("co_exceptiontable", |vm, _| vm.bytes(&[]), ""),
    GetSetDef::read_only("co_lnotab", lnotab, ""),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().code, METHODS, GETSET)
}

/// Byte offsets as CPython counts them: two a word.
const UNIT: usize = 2;

fn code(vm: &Vm, v: Value) -> Res<Gc<Code>> {
    let code = receiver::<Code>(vm, v)?;
    vm.make_ready(code)?;
    Ok(code)
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    let given = vm.to_tuple(args[1])?;
    if given.len() < 16 {
        return Err(
            vm.type_error(format!("code expected at least 16 arguments, got {}", given.len()))
        );
    }
    Err(vm.value_error("code: the bytecode is not of this implementation"))
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let c = code(vm, args[0])?;
    vm.heap.pin(args[0]);
    let text = |v: Value| vm.as_str(v).map_or_else(|| "???".to_owned(), |s| s.to_lossy());
    vm.str(&format!(
        "<code object {} at {:#x}, file \"{}\", line {}>",
        text(c.name.get()),
        args[0].bits(),
        text(c.filename.get()),
        c.data().first_line
    ))
}

/// Everything but the file name.
fn same(a: &CodeData, b: &CodeData) -> bool {
    a.name == b.name
        && a.qualname == b.qualname
        && (a.arg_count, a.posonly_count, a.kwonly_count)
            == (b.arg_count, b.posonly_count, b.kwonly_count)
        && (a.flags, a.first_line) == (b.flags, b.first_line)
        && a.words == b.words
        && a.consts == b.consts
        && a.names == b.names
        && a.locals == b.locals
        && a.positions == b.positions
        && a.handlers == b.handlers
}

fn eq(vm: &Vm, args: &[Value]) -> Res {
    let a = code(vm, args[0])?;
    match vm.exact::<Code>(args[1], core_shape::CODE) {
        Some(b) => Ok(Value::bool(a == b || same(a.data(), b.data()))),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn hash(vm: &Vm, args: &[Value]) -> Res {
    let c = code(vm, args[0])?;
    let d = c.data();
    let mut h = vm.hash(c.name.get())? as u64;
    for word in d.words.iter().chain([&d.first_line, &d.flags]) {
        h = (h ^ u64::from(*word)).wrapping_mul(0x100_0000_01b3);
    }
    let h = (h >> 2) as isize;
    vm.int(if h == -1 { -2 } else { h } as i64)
}

// ---- attributes
fn number(vm: &Vm, v: Value, f: fn(&CodeData) -> u32) -> Res {
    vm.int(f(code(vm, v)?.data()).into())
}

/// Named variables that are parameters or the function's own: what `co_varnames` lists.
fn is_variable(d: &CodeData, i: usize) -> bool {
    match d.locals[i].1 {
        LocalKind::Plain => true,
        LocalKind::Cell => i < d.parameter_count(),
        LocalKind::Free | LocalKind::Hidden => false,
    }
}

fn names_where(vm: &Vm, v: Value, test: impl Fn(&CodeData, usize) -> bool) -> Res {
    let c = code(vm, v)?;
    let list = vm.new_list()?;
    for i in 0..c.data().locals.len() {
        if test(c.data(), i) {
            vm.list_append(list, vm.intern(&c.data().locals[i].0).value())?;
        }
    }
    vm.tuple(list.items())
}

fn varnames(vm: &Vm, v: Value) -> Res {
    names_where(vm, v, is_variable)
}

fn locals_of_kind(vm: &Vm, v: Value, kind: LocalKind) -> Res {
    names_where(vm, v, |d, i| d.locals[i].1 == kind)
}

fn nlocals(vm: &Vm, v: Value) -> Res {
    let c = code(vm, v)?;
    let d = c.data();
    vm.int_usize((0..d.locals.len()).filter(|&i| is_variable(d, i)).count())
}

fn bytecode(vm: &Vm, v: Value) -> Res {
    let bytes: Vec<u8> = code(vm, v)?.data().words.iter().flat_map(|w| w.to_le_bytes()).collect();
    vm.bytes(&bytes)
}

fn consts(vm: &Vm, v: Value) -> Res {
    let c = code(vm, v)?;
    let n = c.data().consts.len();
    let t = vm.new_tuple_blank(n)?;
    for i in 0..n {
        t.slot(i).set(&vm.heap, t, c.constant(i));
    }
    Ok(t.value())
}

fn names(vm: &Vm, v: Value) -> Res {
    let c = code(vm, v)?;
    let list = vm.new_list()?;
    for name in &c.data().names {
        vm.list_append(list, vm.intern(name).value())?;
    }
    vm.tuple(list.items())
}

fn varname(vm: &Vm, args: &[Value]) -> Res {
    let c = code(vm, args[0])?;
    let i = vm.index_isize(args[1], None)?;
    match usize::try_from(i).ok().and_then(|i| c.data().locals.get(i)) {
        Some((name, _)) => vm.str(name),
        None => Err(vm.index_error("tuple index out of range")),
    }
}

fn lnotab(vm: &Vm, _v: Value) -> Res {
    crate::support::warn(
        vm,
        vm.exc().deprecation_warning,
        "co_lnotab is deprecated, use co_lines instead.",
    )?;
    vm.bytes(&[])
}

// ---- tables
fn or_none(vm: &Vm, n: u32) -> Res {
    if n == 0 { Ok(Value::NONE) } else { vm.int(n.into()) }
}

fn lines(vm: &Vm, args: &[Value]) -> Res {
    let c = code(vm, args[0])?;
    let d = c.data();
    let out = vm.new_list()?;
    let mut start = 0usize;
    let mut line = d.position(0).line;
    let emit = |from: usize, to: usize, line: u32| -> Res<()> {
        if from < to {
            let row = [vm.int_usize(from * UNIT)?, vm.int_usize(to * UNIT)?, or_none(vm, line)?];
            vm.list_append(out, vm.tuple(&row)?)?;
        }
        Ok(())
    };
    for &(word, p) in &d.positions {
        if p.line != line {
            emit(start, word as usize, line)?;
            (start, line) = (word as usize, p.line);
        }
    }
    emit(start, d.words.len(), line)?;
    vm.get_iter(out.value())
}

fn positions(vm: &Vm, args: &[Value]) -> Res {
    let c = code(vm, args[0])?;
    let d = c.data();
    let out = vm.new_list()?;
    for word in 0..d.words.len() {
        let p = d.position(word as u32);
        let row = if p.line == 0 {
            [Value::NONE; 4]
        } else {
            [
                vm.int(p.line.into())?,
                vm.int(p.end_line.into())?,
                vm.int(p.column.into())?,
                vm.int(p.end_column.into())?,
            ]
        };
        vm.list_append(out, vm.tuple(&row)?)?;
    }
    vm.get_iter(out.value())
}

fn branches(vm: &Vm, _args: &[Value]) -> Res {
    let none = vm.list(&[])?;
    vm.get_iter(none)
}

// ---- replace
fn replace(vm: &Vm, args: &[Value]) -> Res {
    let old = code(vm, args[0])?;
    let mut d: CodeData = old.data().clone();
    let changes = vm.new_dict()?;
    if let Some(given) = vm.as_dict(args[1]) {
        vm.dict_merge(changes, given)?;
    }
    let mut constants = None;
    let mut row = 0;
    while let Some(r) = changes.next_row(row) {
        row = r + 1;
        let Some((key, v)) = changes.row(r) else { continue };
        let name = vm.as_str(key).map_or_else(String::new, |s| s.to_lossy());
        match name.as_str() {
            "co_name" => d.name = text(vm, &name, v)?.into(),
            "co_qualname" => d.qualname = text(vm, &name, v)?.into(),
            "co_filename" => d.filename = text(vm, &name, v)?.into(),
            "co_flags" => d.flags = changed_flags(vm, d.flags, small(vm, v)?)?,
            "co_firstlineno" => move_lines(&mut d, small(vm, v)?),
            "co_consts" => constants = Some(new_constants(vm, old, v)?),
            "co_varnames" => rename(vm, &mut d, &name, v, is_variable)?,
            "co_freevars" => rename(vm, &mut d, &name, v, |d, i| d.locals[i].1 == LocalKind::Free)?,
            "co_cellvars" => rename(vm, &mut d, &name, v, |d, i| d.locals[i].1 == LocalKind::Cell)?,
            "co_argcount" | "co_posonlyargcount" | "co_kwonlyargcount" | "co_nlocals"
            | "co_stacksize" | "co_code" | "co_names" | "co_linetable" | "co_exceptiontable" => {
                let now = vm.get_attr(args[0], vm.intern(&name))?;
                if !vm.equal(now, v)? {
                    return Err(vm.value_error(format!(
                        "code: {name} cannot be replaced in this implementation"
                    )));
                }
            }
            _ => {
                return Err(
                    vm.type_error(format!("replace() got an unexpected keyword argument '{name}'"))
                );
            }
        }
    }
    if d.flags & flags::HAS_DOCSTRING != 0 && d.consts.is_empty() {
        return Err(vm.value_error("code: no constant for the docstring"));
    }
    let new = vm.new_code(d)?;
    if let Some(t) = constants {
        vm.set_constants(new, t);
    }
    Ok(new.value())
}

fn text(vm: &Vm, name: &str, v: Value) -> Res<String> {
    match vm.as_str(v) {
        Some(s) => Ok(s.to_lossy()),
        None => Err(crate::support::bad_argument_at(vm, "replace", &format!("'{name}'"), "str", v)),
    }
}

fn small(vm: &Vm, v: Value) -> Res<u32> {
    let n = vm.int_i64(v)?;
    u32::try_from(n).map_err(|_| vm.value_error("code: argument out of range"))
}

/// Flags that decide what the instructions mean must stay.
fn changed_flags(vm: &Vm, old: u32, new: u32) -> Res<u32> {
    const FIXED: u32 = flags::VARARGS
        | flags::VARKEYWORDS
        | flags::GENERATOR
        | flags::COROUTINE
        | flags::ASYNC_GENERATOR;
    if (old ^ new) & FIXED != 0 {
        return Err(vm.value_error("code: co_flags do not fit the code"));
    }
    Ok(new)
}

fn move_lines(d: &mut CodeData, first: u32) {
    let by = i64::from(first) - i64::from(d.first_line);
    let moved = |line: u32| if line == 0 { 0 } else { (i64::from(line) + by).max(1) as u32 };
    for (_, p) in &mut d.positions {
        p.line = moved(p.line);
        p.end_line = moved(p.end_line);
    }
    d.first_line = first;
}

fn new_constants(vm: &Vm, old: Gc<Code>, v: Value) -> Res<Gc<pyrs_core::object::Tuple>> {
    match vm.as_tuple(v) {
        Some(t) if t.len() == old.data().consts.len() => {
            check_names_of_calls(vm, old.data(), t)?;
            Ok(t)
        }
        Some(_) => Err(vm.value_error("code: co_consts must keep its length")),
        None => Err(crate::support::bad_argument_at(vm, "replace", "'co_consts'", "tuple", v)),
    }
}

/// The names of keyword arguments are constants that calls rely upon.
fn check_names_of_calls(vm: &Vm, d: &CodeData, new: Gc<pyrs_core::object::Tuple>) -> Res<()> {
    for at in pyrs_bytecode::instruction_starts(d).unwrap_or_default() {
        let op = Op::from_byte(Insn(d.words[at]).op_byte());
        if !matches!(op, Some(Op::CallKw | Op::CallMethodKw)) {
            continue;
        }
        let k = d.words[at + 1] as usize;
        let same = match (&d.consts[k], vm.as_tuple(new.get(k))) {
            (Const::Tuple(names), Some(t)) => {
                t.len() == names.len() && t.items().iter().all(|&n| vm.exact_str(n).is_some())
            }
            _ => false,
        };
        if !same {
            return Err(vm.value_error("code: names of keyword arguments must stay names"));
        }
    }
    Ok(())
}

fn rename(
    vm: &Vm,
    d: &mut CodeData,
    name: &str,
    v: Value,
    test: impl Fn(&CodeData, usize) -> bool,
) -> Res<()> {
    let Some(t) = vm.as_tuple(v) else {
        let which = format!("'{name}'");
        return Err(crate::support::bad_argument_at(vm, "replace", &which, "tuple", v));
    };
    let places: Vec<usize> = (0..d.locals.len()).filter(|&i| test(d, i)).collect();
    if places.len() != t.len() {
        return Err(vm.value_error("code: varnames is too small"));
    }
    for (&i, &n) in places.iter().zip(t.items()) {
        d.locals[i].0 = match vm.as_str(n) {
            Some(s) => s.to_lossy().into(),
            None => return Err(vm.type_error("name tuples must contain only strings")),
        };
    }
    Ok(())
}
