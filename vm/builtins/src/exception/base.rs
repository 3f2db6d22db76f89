//! `BaseException`: construction, text, attributes, notes, pickling.

use pyrs_core::object::{Exception, NativeDef, Traceback, core_shape};
use pyrs_core::{Gc, GetSetDef, Res, Value, Vm};

const SELF: &str = "(self, /)";

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, /, *args, **kwargs)", init, ""),
    NativeDef::method("__str__", SELF, str, "str(self)"),
    NativeDef::method("__repr__", SELF, repr, "repr(self)"),
    NativeDef::method(
        "with_traceback",
        "(self, tb, /)",
        with_traceback,
        "Sets self.__traceback__ to tb and gives self.",
    ),
    NativeDef::method(
        "add_note",
        "(self, note, /)",
        add_note,
        "Adds a note to self.__notes__, shown behind the traceback.",
    ),
    NativeDef::method("__reduce__", SELF, reduce, "State for pickle."),
    NativeDef::method(
        "__setstate__",
        "(self, state, /)",
        setstate,
        "Sets attributes from a pickled dict.",
    ),
];

static GETSET: &[GetSetDef] = &[
    GetSetDef { name: "args", get: args_get, set: Some(args_set), doc: "" },
    GetSetDef { name: "__traceback__", get: traceback_get, set: Some(traceback_set), doc: "" },
    GetSetDef {
        name: "__context__",
        get: context_get,
        set: Some(context_set),
        doc: "exception context",
    },
    GetSetDef { name: "__cause__", get: cause_get, set: Some(cause_set), doc: "exception cause" },
    GetSetDef { name: "__suppress_context__", get: suppress_get, set: Some(suppress_set), doc: "" },
    GetSetDef {
        name: "__dict__",
        get: crate::object::methods::dict_get,
        set: Some(crate::object::methods::dict_replace),
        doc: "",
    },
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.exc().base_exception, METHODS, GETSET)
}

/// The receiver as an exception.
pub(super) fn exception(vm: &Vm, v: Value) -> Res<Gc<Exception>> {
    vm.as_exception(v).ok_or_else(|| vm.type_error("an exception is required"))
}

/// The message of messages about keyword arguments.
pub(super) fn no_keywords(vm: &Vm, v: Value, kwargs: Value) -> Res<()> {
    match vm.as_dict(kwargs).filter(|d| !d.is_empty()) {
        Some(_) => Err(vm.type_error(format!("{}() takes no keyword arguments", vm.type_name(v)))),
        None => Ok(()),
    }
}

pub(super) fn new(vm: &Vm, args: &[Value]) -> Res {
    let Some(class) = vm.as_class(args[0]) else {
        return Err(vm.type_error("BaseException.__new__(X): X is not a type object"));
    };
    let given = vm.to_tuple(args[1])?;
    let e = blank(vm, class)?;
    e.args.set(&vm.heap, e, given.value());
    Ok(e.value())
}

/// An exception object without arguments or fields.
pub(super) fn blank(vm: &Vm, class: Gc<pyrs_core::object::Class>) -> Res<Gc<Exception>> {
    let o = vm.new_instance(class)?.value();
    let e = exception(vm, o)?;
    for s in [&e.traceback, &e.context, &e.cause] {
        s.set(&vm.heap, e, Value::NONE);
    }
    let empty = vm.new_tuple(&[])?;
    e.args.set(&vm.heap, e, empty.value());
    Ok(e)
}

fn init(vm: &Vm, args: &[Value]) -> Res {
    no_keywords(vm, args[0], args[2])?;
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    Ok(Value::NONE)
}

/// `str()` of an exception that is nothing but its arguments.
pub(super) fn str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    match vm.as_tuple(e.args.get()) {
        Some(t) if t.is_empty() => Ok(vm.names().empty.value()),
        Some(t) if t.len() == 1 => Ok(vm.str_of(t.get(0))?.value()),
        _ => Ok(vm.str_of(e.args.get())?.value()),
    }
}

fn repr(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let name = vm.class_of(args[0]).name.get();
    let mut b = pyrs_text::StrBuilder::new();
    if let Some(n) = vm.as_str(name) {
        b.push_points(n.points());
    }
    match vm.as_tuple(e.args.get()) {
        Some(t) if t.len() == 1 => {
            b.push_str("(");
            b.push_points(vm.repr(t.get(0))?.points());
            b.push_str(")");
        }
        _ => b.push_points(vm.repr(e.args.get())?.points()),
    }
    Ok(vm.new_str_builder(&b)?.value())
}

fn with_traceback(vm: &Vm, args: &[Value]) -> Res {
    traceback_set(vm, args[0], Some(args[1]))?;
    Ok(args[0])
}

fn add_note(vm: &Vm, args: &[Value]) -> Res {
    if vm.as_str(args[1]).is_none() {
        return Err(vm.type_error(format!(
            "add_note() argument must be str, not {}",
            vm.type_name(args[1])
        )));
    }
    let notes = match vm.get_attr_opt(args[0], vm.names().notes)? {
        Some(n) => n,
        None => {
            let n = vm.list(&[])?;
            vm.set_attr(args[0], vm.names().notes, n)?;
            n
        }
    };
    let Some(list) = vm.as_list(notes) else {
        return Err(vm.type_error("Cannot add note: __notes__ is not a list"));
    };
    vm.list_append(list, args[1])?;
    Ok(Value::NONE)
}

/// Adds a note natively; failing to do so is no reason to lose the exception.
pub(crate) fn add_note_text(vm: &Vm, e: Gc<Exception>, note: &str) {
    let added = vm.str(note).and_then(|n| add_note(vm, &[e.value(), n]));
    if let Err(r) = added {
        vm.take_exception(r);
    }
}

fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let class = vm.class_of(args[0]).value();
    match vm.object(args[0]).map(|o| vm.instance_dict_copy(o)).transpose()? {
        Some(d) if !d.is_empty() => vm.tuple(&[class, e.args.get(), d.value()]),
        _ => vm.tuple(&[class, e.args.get()]),
    }
}

fn setstate(vm: &Vm, args: &[Value]) -> Res {
    if args[1].is_none() {
        return Ok(Value::NONE);
    }
    let Some(d) = vm.as_dict(args[1]) else {
        return Err(vm.type_error("state is not a dictionary"));
    };
    let state = vm.dict_copy(d)?;
    let mut row = 0;
    while let Some(r) = state.next_row(row) {
        row = r + 1;
        if let Some((k, v)) = state.row(r) {
            let name = crate::functions::attribute_name(vm, k)?;
            vm.set_attr(args[0], name, v)?;
        }
    }
    Ok(Value::NONE)
}

// ---- attributes
fn args_get(vm: &Vm, v: Value) -> Res {
    Ok(exception(vm, v)?.args.get())
}

fn args_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let e = exception(vm, v)?;
    let Some(new) = new else { return Err(vm.type_error("args may not be deleted")) };
    let t = vm.to_tuple(new)?;
    e.args.set(&vm.heap, e, t.value());
    Ok(())
}

fn traceback_get(vm: &Vm, v: Value) -> Res {
    Ok(exception(vm, v)?.traceback.get())
}

fn traceback_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let e = exception(vm, v)?;
    let Some(new) = new else { return Err(vm.type_error("__traceback__ may not be deleted")) };
    if !new.is_none() && vm.exact::<Traceback>(new, core_shape::TRACEBACK).is_none() {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    e.traceback.set(&vm.heap, e, new);
    Ok(())
}

fn context_get(vm: &Vm, v: Value) -> Res {
    Ok(exception(vm, v)?.context.get())
}

/// A value that must be an exception or None.
fn related(vm: &Vm, new: Option<Value>, name: &str) -> Res {
    match new {
        None => Err(vm.type_error(format!("{name} may not be deleted"))),
        Some(v) if v.is_none() || vm.as_exception(v).is_some() => Ok(v),
        Some(_) => {
            let what = name.trim_matches('_');
            Err(vm
                .type_error(format!("exception {what} must be None or derive from BaseException")))
        }
    }
}

fn context_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let e = exception(vm, v)?;
    let new = related(vm, new, "__context__")?;
    e.context.set(&vm.heap, e, new);
    Ok(())
}

fn cause_get(vm: &Vm, v: Value) -> Res {
    Ok(exception(vm, v)?.cause.get())
}

fn cause_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let e = exception(vm, v)?;
    let new = related(vm, new, "__cause__")?;
    e.cause.set(&vm.heap, e, new);
    e.suppress_context.set(true);
    Ok(())
}

fn suppress_get(vm: &Vm, v: Value) -> Res {
    Ok(Value::bool(exception(vm, v)?.suppress_context.get()))
}

fn suppress_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let e = exception(vm, v)?;
    let Some(new) = new else {
        return Err(vm.type_error("can't delete numeric/char attribute"));
    };
    match new.as_bool() {
        Some(b) => {
            e.suppress_context.set(b);
            Ok(())
        }
        None => Err(vm.type_error("attribute value type must be bool")),
    }
}
