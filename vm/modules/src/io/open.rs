//! `open`, `open_code`, `text_encoding`.

use super::DEFAULT_BUFFER_SIZE;
use pyrs_core::{Raised, Res, Value, Vm};

pub(super) fn text_encoding(vm: &Vm, a: &[Value]) -> Res {
    if !a[0].is_none() {
        return Ok(a[0]);
    }
    // UTF-8 mode is the only one.
    vm.str("utf-8")
}
pub(super) fn open_code(vm: &Vm, a: &[Value]) -> Res {
    if vm.as_str(a[0]).is_none() {
        return Err(vm.type_error(format!(
            "open_code() argument 'path' must be str, not {}",
            vm.type_name(a[0])
        )));
    }
    let minus = Value::small_int(-1);
    let none = Value::NONE;
    open(vm, &[a[0], vm.str("rb")?, minus, none, none, none, Value::TRUE, none])
}

/// A parsed mode.
#[derive(Default)]
struct Mode {
    creating: bool,
    reading: bool,
    writing: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}
fn parse(vm: &Vm, mode: &str) -> Res<Mode> {
    let mut m = Mode::default();
    let mut seen = String::new();
    for c in mode.chars() {
        match c {
            'x' => m.creating = true,
            'r' => m.reading = true,
            'w' => m.writing = true,
            'a' => m.appending = true,
            '+' => m.updating = true,
            't' => m.text = true,
            'b' => m.binary = true,
            _ => return Err(invalid(vm, mode)),
        }
        if seen.contains(c) {
            return Err(invalid(vm, mode));
        }
        seen.push(c);
    }
    if m.text && m.binary {
        return Err(vm.value_error("can't have text and binary mode at once"));
    }
    let kinds = [m.creating, m.reading, m.writing, m.appending].iter().filter(|&&k| k).count();
    if kinds != 1 {
        return Err(vm.value_error("must have exactly one of create/read/write/append mode"));
    }
    Ok(m)
}
fn invalid(vm: &Vm, mode: &str) -> Raised {
    vm.value_error(format!("invalid mode: '{mode}'"))
}

pub(super) fn open(vm: &Vm, a: &[Value]) -> Res {
    let [file, mode, buffering, encoding, errors, newline, close_fd, opener] = a else {
        return Ok(Value::NONE);
    };
    let is_number = vm.as_int(*file).is_some() || file.as_bool().is_some();
    let file = if is_number { *file } else { path_or_fd(vm, *file)? };
    let text = |v: Value, what: &str| -> Res<Option<String>> {
        if v.is_none() {
            return Ok(None);
        }
        match vm.as_str(v) {
            Some(s) => Ok(Some(s.to_lossy())),
            None => Err(vm.type_error(format!(
                "open() argument '{what}' must be str or None, not {}",
                vm.type_name(v)
            ))),
        }
    };
    let Some(mode_text) = vm.as_str(*mode) else {
        return Err(vm.type_error(format!(
            "open() argument 'mode' must be str, not {}",
            vm.type_name(*mode)
        )));
    };
    let mode_text = mode_text.to_lossy();
    let buffering = crate::posix::path::c_int(vm, *buffering)?;
    text(*encoding, "encoding")?;
    text(*errors, "errors")?;
    text(*newline, "newline")?;
    let m = parse(vm, &mode_text)?;
    if m.binary {
        for (v, what) in [(encoding, "an encoding"), (errors, "an errors"), (newline, "a newline")]
        {
            if !v.is_none() {
                return Err(vm.value_error(format!("binary mode doesn't take {what} argument")));
            }
        }
        if buffering == 1 {
            let message = "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
            let warnings = vm.import_module("warnings")?;
            vm.call_method(
                warnings,
                "warn",
                &[vm.str(message)?, vm.exc().runtime_warning.value(), Value::small_int(1)],
            )?;
        }
    }
    let mut raw_mode = String::new();
    for (on, c) in [
        (m.creating, 'x'),
        (m.reading, 'r'),
        (m.writing, 'w'),
        (m.appending, 'a'),
        (m.updating, '+'),
    ] {
        if on {
            raw_mode.push(c);
        }
    }
    let file_class = vm.hook("io_file").unwrap_or(Value::NONE);
    let raw = vm.call(file_class, &[file, vm.str(&raw_mode)?, *close_fd, *opener])?;
    let made = layers(vm, raw, &m, &mode_text, buffering, [*encoding, *errors, *newline]);
    if let Err(r) = made {
        // The file must not stay open; the first error is the one that counts.
        let e = vm.take_exception(r);
        if let Err(r) = vm.call_method(raw, "close", &[]) {
            vm.take_exception(r);
        }
        return Err(vm.raise_again(e));
    }
    made
}
fn path_or_fd(vm: &Vm, v: Value) -> Res {
    if vm.lookup(vm.class_of(v), vm.intern("__fspath__")).is_none()
        && vm.lookup(vm.class_of(v), vm.intern("__index__")).is_some()
    {
        return Ok(v);
    }
    crate::posix::path::fspath(vm, v)
}
fn layers(
    vm: &Vm,
    raw: Value,
    m: &Mode,
    mode: &str,
    buffering: i32,
    [encoding, errors, newline]: [Value; 3],
) -> Res {
    let tty = if buffering < 0 {
        vm.call_method(raw, "_isatty_open_only", &[])? == Value::TRUE
    } else {
        false
    };
    let line_buffering = buffering == 1 || (buffering < 0 && tty);
    let size = match buffering {
        n if n < 0 || n == 1 => {
            let block = vm.get_attr(raw, vm.intern("_blksize"))?;
            let block = vm.int_i64(block)?.max(1) as usize;
            block.clamp(DEFAULT_BUFFER_SIZE, 8 << 20)
        }
        n => n as usize,
    };
    if size == 0 {
        return if m.binary {
            Ok(raw)
        } else {
            Err(vm.value_error("can't have unbuffered text I/O"))
        };
    }
    let hook = if m.updating {
        "io_random"
    } else if m.creating || m.writing || m.appending {
        "io_writer"
    } else {
        "io_reader"
    };
    let buffer = vm.call(vm.hook(hook).unwrap_or(Value::NONE), &[raw, vm.int_usize(size)?])?;
    if m.binary {
        return Ok(buffer);
    }
    let class = vm.hook("io_text").unwrap_or(Value::NONE);
    let wrapper =
        vm.call(class, &[buffer, encoding, errors, newline, Value::bool(line_buffering)])?;
    vm.set_attr(wrapper, vm.intern("mode"), vm.str(mode)?)?;
    Ok(wrapper)
}
