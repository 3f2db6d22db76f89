//! `BaseExceptionGroup` and `ExceptionGroup` (PEP 654).

use super::base::{blank, exception, no_keywords};
use super::fields::field;
use pyrs_core::object::{Exception, Member, NativeDef, Tuple, class_flag, core_shape};
use pyrs_core::{Gc, Res, Special, Value, Vm};

const MESSAGE: usize = 0;
const EXCEPTIONS: usize = 1;
/// `repr()` of the sequence given, if it was neither list nor tuple; hidden.
const TEXT: usize = 2;

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, /, *args, **kwargs)", init, ""),
    NativeDef::method("__str__", "(self, /)", str, ""),
    NativeDef::method("__repr__", "(self, /)", repr, ""),
    NativeDef::method(
        "derive",
        "(self, excs, /)",
        derive,
        "A group of the same kind with other exceptions.",
    ),
    NativeDef::method(
        "split",
        "(self, matcher_value, /)",
        split,
        "The pair (matching part, rest); None for an empty part.",
    ),
    NativeDef::method(
        "subgroup",
        "(self, matcher_value, /)",
        subgroup,
        "The part that matches, or None.",
    ),
    NativeDef::class_method("__class_getitem__", "(cls, item, /)", generic, "See PEP 585"),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let (group, base) = (vm.exc().exception_group, vm.exc().base_exception_group);
    vm.extend_class(base, METHODS, &[])?;
    for name in ["message", "exceptions"] {
        let member = vm.dict_get_str(vm.class_dict(base), vm.intern(name));
        if let Some(m) = member.and_then(|m| vm.exact::<Member>(m, core_shape::MEMBER)) {
            m.read_only.set(true);
        }
    }
    vm.dict_remove(vm.class_dict(base), vm.intern("__exceptions_text").value())?;
    // The table of exceptions knows single bases only: ExceptionGroup is an Exception too.
    let exception = vm.exc().exception;
    let bases = vm.new_tuple(&[base.value(), exception.value()])?;
    let order = [
        group.value(),
        base.value(),
        exception.value(),
        vm.exc().base_exception.value(),
        vm.classes().object.value(),
    ];
    let mro = vm.new_tuple(&order)?;
    group.bases.set(&vm.heap, group, bases.value());
    group.mro.set(&vm.heap, group, mro.value());
    if let Some(subs) = vm.as_list(exception.subclasses.get()) {
        vm.list_append(subs, group.value())?;
    }
    vm.class_changed(group);
    Ok(())
}

/// Whether all exceptions of the tuple are `Exception`s.
fn all_plain(vm: &Vm, excs: Gc<Tuple>) -> bool {
    excs.items().iter().all(|&e| vm.is_instance_exact(e, vm.exc().exception))
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    let Some(mut class) = vm.as_class(args[0]) else {
        return Err(vm.type_error("BaseExceptionGroup.__new__(X): X is not a type object"));
    };
    let given = vm.to_tuple(args[1])?;
    let &[message, sequence] = given.items() else {
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() takes exactly 2 arguments ({} given)",
            given.len()
        )));
    };
    if vm.as_str(message).is_none() {
        return Err(vm.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            vm.type_name(message)
        )));
    }
    let excs = checked_exceptions(vm, sequence)?;
    let x = vm.exc();
    let plain = all_plain(vm, excs);
    if class == x.base_exception_group && plain {
        class = x.exception_group;
    } else if !plain && class == x.exception_group {
        return Err(vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    } else if !plain && vm.is_subclass_exact(class, x.exception) {
        return Err(
            vm.type_error(format!("Cannot nest BaseExceptions in '{}'", vm.class_name(class)))
        );
    }
    let standard = vm.as_list(sequence).is_some() || vm.as_tuple(sequence).is_some();
    let text = if standard { None } else { Some(vm.repr(sequence)?) };
    let e = blank(vm, class)?;
    e.args.set(&vm.heap, e, given.value());
    if let Some(text) = text {
        vm.set_exception_field(e, TEXT, text.value());
    }
    vm.set_exception_field(e, MESSAGE, message);
    vm.set_exception_field(e, EXCEPTIONS, excs.value());
    Ok(e.value())
}

/// The second argument as a tuple of exceptions.
fn checked_exceptions(vm: &Vm, sequence: Value) -> Res<Gc<Tuple>> {
    let is_sequence = vm.special(vm.class_of(sequence), Special::GetItem).is_some()
        && vm.as_dict(sequence).is_none();
    if !is_sequence {
        return Err(vm.type_error("second argument (exceptions) must be a sequence"));
    }
    let excs = vm.to_tuple(sequence)?;
    if excs.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    for (i, &e) in excs.items().iter().enumerate() {
        if vm.as_exception(e).is_none() {
            return Err(vm.value_error(format!(
                "Item {i} of second argument (exceptions) is not an exception"
            )));
        }
    }
    Ok(excs)
}

fn init(vm: &Vm, args: &[Value]) -> Res {
    no_keywords(vm, args[0], args[2])?;
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    Ok(Value::NONE)
}

fn str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let n = vm.as_tuple(field(vm, e, EXCEPTIONS)).map_or(0, |t| t.len());
    let message = vm.str_of(field(vm, e, MESSAGE))?;
    let mut b = pyrs_text::StrBuilder::from_points(message.points());
    b.push_str(&format!(" ({n} sub-exception{})", if n == 1 { "" } else { "s" }));
    Ok(vm.new_str_builder(&b)?.value())
}

/// The message and the exceptions as they were given, whatever became of the sequence since.
fn repr(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let text = match vm.as_str(vm.exception_field(e, TEXT)) {
        Some(text) => text,
        None => {
            let excs = field(vm, e, EXCEPTIONS);
            let given = vm.as_tuple(e.args.get()).filter(|t| t.len() >= 2).map(|t| t.get(1));
            match (given.and_then(|v| vm.as_list(v)), vm.as_tuple(excs)) {
                (Some(_), Some(t)) => vm.repr(vm.list(t.items())?)?,
                _ => vm.repr(excs)?,
            }
        }
    };
    let mut b = pyrs_text::StrBuilder::new();
    if let Some(n) = vm.as_str(vm.class_of(args[0]).name.get()) {
        b.push_points(n.points());
    }
    b.push_str("(");
    b.push_points(vm.repr(field(vm, e, MESSAGE))?.points());
    b.push_str(", ");
    b.push_points(text.points());
    b.push_str(")");
    Ok(vm.new_str_builder(&b)?.value())
}

fn generic(vm: &Vm, args: &[Value]) -> Res {
    vm.generic_alias(args[0], args[1])
}

fn derive(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let class = vm.exc().base_exception_group.value();
    vm.call(class, &[field(vm, e, MESSAGE), args[1]])
}

// ---- splitting
/// What selects exceptions: classes, or a predicate.
#[derive(Clone, Copy)]
enum Matcher {
    Classes(Value),
    Predicate(Value),
}

fn matcher(vm: &Vm, v: Value) -> Res<Matcher> {
    let is_exception_class =
        |v: Value| vm.as_class(v).is_some_and(|c| c.has(class_flag::EXCEPTION));
    if is_exception_class(v) {
        return Ok(Matcher::Classes(v));
    }
    if let Some(t) = vm.as_tuple(v)
        && t.items().iter().all(|&c| is_exception_class(c))
    {
        return Ok(Matcher::Classes(v));
    }
    if vm.is_callable(v) && vm.as_class(v).is_none() {
        return Ok(Matcher::Predicate(v));
    }
    Err(vm.type_error(
        "expected an exception type, a tuple of exception types, or a callable (other than a class)",
    ))
}

impl Matcher {
    fn matches(self, vm: &Vm, e: Value) -> Res<bool> {
        match self {
            Matcher::Classes(c) => match (vm.as_class(c), vm.as_tuple(c)) {
                (Some(c), _) => Ok(vm.is_instance_exact(e, c)),
                (None, Some(t)) => Ok(t
                    .items()
                    .iter()
                    .any(|&c| vm.as_class(c).is_some_and(|c| vm.is_instance_exact(e, c)))),
                _ => Ok(false),
            },
            Matcher::Predicate(f) => vm.truth(vm.call(f, &[e])?),
        }
    }
}

/// A derived group of `excs` with the context of `e`, or None for no exceptions.
fn part(vm: &Vm, e: Gc<Exception>, excs: &[Value]) -> Res {
    if excs.is_empty() {
        return Ok(Value::NONE);
    }
    let list = vm.list(excs)?;
    let made = vm.call_method(e.value(), "derive", &[list])?;
    let Some(g) = vm.as_exception(made).filter(|_| is_group(vm, made)) else {
        return Err(vm.type_error("derive must return an instance of BaseExceptionGroup"));
    };
    g.traceback.set(&vm.heap, g, e.traceback.get());
    g.context.set(&vm.heap, g, e.context.get());
    g.cause.set(&vm.heap, g, e.cause.get());
    g.suppress_context.set(e.suppress_context.get());
    if let Some(notes) = vm.get_attr_opt(e.value(), vm.names().notes)?
        && (vm.as_list(notes).is_some() || vm.as_tuple(notes).is_some())
    {
        let copy = vm.to_list(notes)?;
        let copy = vm.list(copy.items())?;
        vm.set_attr(made, vm.names().notes, copy)?;
    }
    Ok(made)
}

fn is_group(vm: &Vm, v: Value) -> bool {
    vm.is_instance_exact(v, vm.exc().base_exception_group)
}

/// The matching part and, if wanted, the rest of an exception.
fn split_in_two(vm: &Vm, v: Value, m: Matcher, rest_wanted: bool) -> Res<(Value, Value)> {
    if m.matches(vm, v)? {
        return Ok((v, Value::NONE));
    }
    if !is_group(vm, v) {
        return Ok((Value::NONE, if rest_wanted { v } else { Value::NONE }));
    }
    let e = exception(vm, v)?;
    let inner = vm.to_tuple(field(vm, e, EXCEPTIONS))?;
    let (yes, no) = (vm.new_list()?, vm.new_list()?);
    vm.enter_native()?;
    let mut result = Ok(());
    for &x in inner.items() {
        result = split_in_two(vm, x, m, rest_wanted).and_then(|(a, b)| {
            if !a.is_none() {
                vm.list_append(yes, a)?;
            }
            if !b.is_none() {
                vm.list_append(no, b)?;
            }
            Ok(())
        });
        if result.is_err() {
            break;
        }
    }
    vm.leave_native();
    result?;
    let yes = vm.new_tuple(yes.items())?;
    let no = vm.new_tuple(no.items())?;
    let matching = part(vm, e, yes.items())?;
    let rest = if rest_wanted { part(vm, e, no.items())? } else { Value::NONE };
    Ok((matching, rest))
}

fn split(vm: &Vm, args: &[Value]) -> Res {
    let m = matcher(vm, args[1])?;
    let (matching, rest) = split_in_two(vm, args[0], m, true)?;
    vm.tuple(&[matching, rest])
}

fn subgroup(vm: &Vm, args: &[Value]) -> Res {
    let m = matcher(vm, args[1])?;
    Ok(split_in_two(vm, args[0], m, false)?.0)
}
