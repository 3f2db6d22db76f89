//! `OSError`: the subclass follows from errno, fields from two to five arguments.

use super::base::{blank, exception, no_keywords, str as base_str};
use super::fields::{field, field_if_set};
use pyrs_core::object::{Class, Exception, NativeDef};
use pyrs_core::{Gc, GetSetDef, Res, Special, Value, Vm};

/// Native fields, by position in the exception table.
const ERRNO: usize = 0;
const STRERROR: usize = 1;
const FILENAME: usize = 2;
const FILENAME2: usize = 3;
const WRITTEN: usize = 4;

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, /, *args, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, /, *args, **kwargs)", init, ""),
    NativeDef::method("__str__", "(self, /)", str, ""),
    NativeDef::method("__reduce__", "(self, /)", reduce, ""),
];

static GETSET: &[GetSetDef] =
    &[GetSetDef { name: "characters_written", get: written_get, set: Some(written_set), doc: "" }];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.exc().os_error, METHODS, GETSET)
}

/// The class that stands for an errno (PEP 3151).
fn class_for(vm: &Vm, errno: i64) -> Option<Gc<Class>> {
    let x = vm.exc();
    Some(match i32::try_from(errno).ok()? {
        libc::EAGAIN | libc::EALREADY | libc::EINPROGRESS => x.blocking_io_error,
        libc::EPIPE | libc::ESHUTDOWN => x.broken_pipe_error,
        libc::ECHILD => x.child_process_error,
        libc::ECONNABORTED => x.connection_aborted_error,
        libc::ECONNREFUSED => x.connection_refused_error,
        libc::ECONNRESET => x.connection_reset_error,
        libc::EEXIST => x.file_exists_error,
        libc::ENOENT => x.file_not_found_error,
        libc::EISDIR => x.is_a_directory_error,
        libc::ENOTDIR => x.not_a_directory_error,
        libc::EINTR => x.interrupted_error,
        libc::EACCES | libc::EPERM => x.permission_error,
        libc::ESRCH => x.process_lookup_error,
        libc::ETIMEDOUT => x.timeout_error,
        _ => return None,
    })
}

/// A class that overrides `__init__` but not `__new__` gets its fields from `OSError.__init__`.
fn fields_by_init(vm: &Vm, class: Gc<Class>) -> bool {
    let own = vm.exc().os_error;
    vm.special(class, Special::Init) != vm.special(own, Special::Init)
        && vm.special(class, Special::New) == vm.special(own, Special::New)
}

fn fill(vm: &Vm, e: Gc<Exception>, args: Value) -> Res<()> {
    e.args.set(&vm.heap, e, args);
    let Some(t) = vm.as_tuple(args) else { return Ok(()) };
    if !(2..=5).contains(&t.len()) {
        return Ok(());
    }
    vm.set_exception_field(e, ERRNO, t.get(0));
    vm.set_exception_field(e, STRERROR, t.get(1));
    let Some(&filename) = t.items().get(2).filter(|f| !f.is_none()) else { return Ok(()) };
    let blocking = vm.is_instance_exact(e.value(), vm.exc().blocking_io_error);
    if blocking && vm.special(vm.class_of(filename), Special::Index).is_some() {
        let n = vm.index_isize(filename, Some(vm.exc().value_error))?;
        vm.set_exception_field(e, WRITTEN, vm.int(n as i64)?);
        return Ok(());
    }
    vm.set_exception_field(e, FILENAME, filename);
    if let Some(&second) = t.items().get(4).filter(|f| !f.is_none()) {
        vm.set_exception_field(e, FILENAME2, second);
    }
    let short = vm.new_tuple(&t.items()[..2])?;
    e.args.set(&vm.heap, e, short.value());
    Ok(())
}

fn new(vm: &Vm, args: &[Value]) -> Res {
    let Some(mut class) = vm.as_class(args[0]) else {
        return Err(vm.type_error("OSError.__new__(X): X is not a type object"));
    };
    if fields_by_init(vm, class) {
        return Ok(blank(vm, class)?.value());
    }
    if crate::functions::given(vm, args[2]).is_some() {
        return Err(vm.type_error(format!("{}() takes no keyword arguments", vm.class_name(class))));
    }
    if class == vm.exc().os_error
        && let Some(t) = vm.as_tuple(args[1])
        && (2..=5).contains(&t.len())
        && let Some(errno) = vm.as_int(t.get(0))
        && let Some(specific) = vm.int_ref(&errno).to_i64().and_then(|n| class_for(vm, n))
    {
        class = specific;
    }
    let e = blank(vm, class)?;
    fill(vm, e, args[1])?;
    Ok(e.value())
}

fn init(vm: &Vm, args: &[Value]) -> Res {
    let class = vm.class_of(args[0]);
    if fields_by_init(vm, class) {
        no_keywords(vm, args[0], args[2])?;
        fill(vm, exception(vm, args[0])?, args[1])?;
    }
    Ok(Value::NONE)
}

fn str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let text = |i: usize| -> Res<String> { Ok(vm.str_of(field(vm, e, i))?.to_lossy()) };
    let (first, second) = (field_if_set(vm, e, FILENAME), field_if_set(vm, e, FILENAME2));
    if let Some(name) = first {
        let (errno, message) = (text(ERRNO)?, text(STRERROR)?);
        let mut b = pyrs_text::StrBuilder::from(format!("[Errno {errno}] {message}: ").as_str());
        b.push_points(vm.repr(name)?.points());
        if let Some(second) = second {
            b.push_str(" -> ");
            b.push_points(vm.repr(second)?.points());
        }
        return Ok(vm.new_str_builder(&b)?.value());
    }
    let set = |i: usize| !vm.exception_field(e, i).is_unbound();
    if set(ERRNO) && set(STRERROR) {
        return vm.str(&format!("[Errno {}] {}", text(ERRNO)?, text(STRERROR)?));
    }
    base_str(vm, args)
}

fn reduce(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    let mut given = e.args.get();
    if let (Some(t), Some(name)) = (vm.as_tuple(given), field_if_set(vm, e, FILENAME))
        && t.len() == 2
    {
        given = match field_if_set(vm, e, FILENAME2) {
            Some(second) => vm.tuple(&[t.get(0), t.get(1), name, Value::NONE, second])?,
            None => vm.tuple(&[t.get(0), t.get(1), name])?,
        };
    }
    let class = vm.class_of(args[0]).value();
    let state = vm.instance_dict_copy(e.erase())?;
    if state.is_empty() {
        vm.tuple(&[class, given])
    } else {
        vm.tuple(&[class, given, state.value()])
    }
}

fn written_get(vm: &Vm, v: Value) -> Res {
    let n = vm.exception_field(exception(vm, v)?, WRITTEN);
    if n.is_unbound() {
        return Err(vm.raise_text(vm.exc().attribute_error, "characters_written"));
    }
    Ok(n)
}

fn written_set(vm: &Vm, v: Value, new: Option<Value>) -> Res<()> {
    let e = exception(vm, v)?;
    match new {
        Some(n) => {
            let n = vm.index_isize(n, Some(vm.exc().value_error))?;
            vm.set_exception_field(e, WRITTEN, vm.int(n as i64)?);
        }
        None if vm.exception_field(e, WRITTEN).is_unbound() => {
            return Err(vm.raise_text(vm.exc().attribute_error, "characters_written"));
        }
        None => vm.set_exception_field(e, WRITTEN, Value::UNBOUND),
    }
    Ok(())
}
