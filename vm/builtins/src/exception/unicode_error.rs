//! `UnicodeEncodeError`, `UnicodeDecodeError`, `UnicodeTranslateError`.

use super::base::{exception, no_keywords};
use super::fields::field_if_set;
use pyrs_core::object::{Exception, NativeDef};
use pyrs_core::{Gc, Res, Value, Vm};

/// Native fields, by position in the exception table.
const ENCODING: usize = 0;
const OBJECT: usize = 1;
const START: usize = 2;
const END: usize = 3;
const REASON: usize = 4;

const INIT: &str = "(self, /, *args, **kwargs)";

static ENCODE: &[NativeDef] = &[
    NativeDef::method("__init__", INIT, encode_init, ""),
    NativeDef::method("__str__", "(self, /)", encode_str, ""),
];
static DECODE: &[NativeDef] = &[
    NativeDef::method("__init__", INIT, decode_init, ""),
    NativeDef::method("__str__", "(self, /)", decode_str, ""),
];
static TRANSLATE: &[NativeDef] = &[
    NativeDef::method("__init__", INIT, translate_init, ""),
    NativeDef::method("__str__", "(self, /)", translate_str, ""),
];

pub(super) fn install(vm: &Vm) -> Res<()> {
    let x = vm.exc();
    vm.extend_class(x.unicode_encode_error, ENCODE, &[])?;
    vm.extend_class(x.unicode_decode_error, DECODE, &[])?;
    vm.extend_class(x.unicode_translate_error, TRANSLATE, &[])
}

/// What an argument must be.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Bytes,
    Int,
}

/// Checks the arguments and puts them into fields.
fn fill(vm: &Vm, args: &[Value], kinds: &[(usize, Kind)]) -> Res {
    no_keywords(vm, args[0], args[2])?;
    let e = exception(vm, args[0])?;
    e.args.set(&vm.heap, e, args[1]);
    let given = vm.to_tuple(args[1])?;
    if given.len() != kinds.len() {
        return Err(vm.type_error(format!(
            "function takes exactly {} arguments ({} given)",
            kinds.len(),
            given.len()
        )));
    }
    for (i, (&(field, kind), &v)) in kinds.iter().zip(given.items()).enumerate() {
        let v = match kind {
            Kind::Text if vm.as_str(v).is_some() => v,
            Kind::Text => {
                return Err(vm.type_error(format!(
                    "argument {} must be str, not {}",
                    i + 1,
                    vm.type_name(v)
                )));
            }
            Kind::Bytes if vm.as_bytes(v).is_some() => v,
            Kind::Bytes if vm.lookup(vm.class_of(v), vm.names().buffer).is_some() => {
                vm.call(vm.classes().bytes.value(), &[v])?
            }
            Kind::Bytes => {
                return Err(vm.type_error(format!(
                    "a bytes-like object is required, not '{}'",
                    vm.type_name(v)
                )));
            }
            Kind::Int => vm.int(vm.index_isize(v, Some(vm.exc().overflow_error))? as i64)?,
        };
        vm.set_exception_field(e, field, v);
    }
    Ok(Value::NONE)
}

fn encode_init(vm: &Vm, args: &[Value]) -> Res {
    use Kind::*;
    fill(vm, args, &[(ENCODING, Text), (OBJECT, Text), (START, Int), (END, Int), (REASON, Text)])
}

fn decode_init(vm: &Vm, args: &[Value]) -> Res {
    use Kind::*;
    fill(vm, args, &[(ENCODING, Text), (OBJECT, Bytes), (START, Int), (END, Int), (REASON, Text)])
}

fn translate_init(vm: &Vm, args: &[Value]) -> Res {
    use Kind::*;
    fill(vm, args, &[(OBJECT, Text), (START, Int), (END, Int), (REASON, Text)])
}

/// Start and end as they are, and whether they name one item of an object of `len` items.
fn range(vm: &Vm, e: Gc<Exception>, len: usize) -> (isize, isize, bool) {
    let number = |i: usize| field_if_set(vm, e, i).and_then(|v| v.as_int()).unwrap_or(0);
    let (start, end) = (number(START), number(END));
    (start, end, start >= 0 && start < len as isize && end.checked_sub(1) == Some(start))
}

fn text_field(vm: &Vm, e: Gc<Exception>, i: usize) -> Res<String> {
    match field_if_set(vm, e, i) {
        Some(v) => Ok(vm.str_of(v)?.to_lossy()),
        None => Ok("None".to_owned()),
    }
}

/// `\x..`, `\u....` or `\U........`
fn escaped(c: u32) -> String {
    match c {
        0..=0xff => format!("\\x{c:02x}"),
        0x100..=0xffff => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

/// TypeError for an `object` that is gone or of another type: texts of the other fields may be computed by code
/// that changes it.
fn bad_object(vm: &Vm, e: Gc<Exception>, wanted: &str) -> pyrs_core::Raised {
    vm.type_error(if vm.exception_field(e, OBJECT).is_unbound() {
        "UnicodeError 'object' attribute is not set".to_owned()
    } else {
        format!("UnicodeError 'object' attribute must be a {wanted}")
    })
}

/// "character '..' in position n" or "characters in position n-m".
fn characters(vm: &Vm, e: Gc<Exception>) -> Res<String> {
    let object = field_if_set(vm, e, OBJECT).and_then(|v| vm.as_str(v));
    let Some(object) = object else { return Err(bad_object(vm, e, "string")) };
    let (start, end, one) = range(vm, e, object.len());
    Ok(match object.points().get(start as usize) {
        Some(c) if one => format!("character '{}' in position {start}", escaped(c)),
        _ => format!("characters in position {start}-{}", end.wrapping_sub(1)),
    })
}

fn encode_str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    if vm.exception_field(e, OBJECT).is_unbound() {
        return Ok(vm.names().empty.value());
    }
    let (reason, encoding) = (text_field(vm, e, REASON)?, text_field(vm, e, ENCODING)?);
    vm.str(&format!("'{encoding}' codec can't encode {}: {reason}", characters(vm, e)?))
}

fn translate_str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    if vm.exception_field(e, OBJECT).is_unbound() {
        return Ok(vm.names().empty.value());
    }
    let reason = text_field(vm, e, REASON)?;
    vm.str(&format!("can't translate {}: {reason}", characters(vm, e)?))
}

fn decode_str(vm: &Vm, args: &[Value]) -> Res {
    let e = exception(vm, args[0])?;
    if vm.exception_field(e, OBJECT).is_unbound() {
        return Ok(vm.names().empty.value());
    }
    let (reason, encoding) = (text_field(vm, e, REASON)?, text_field(vm, e, ENCODING)?);
    let object = field_if_set(vm, e, OBJECT).and_then(|v| vm.as_bytes(v));
    let Some(object) = object else { return Err(bad_object(vm, e, "bytes")) };
    let (start, end, one) = range(vm, e, object.len());
    let what = match object.data().get(start as usize) {
        Some(b) if one => format!("byte 0x{b:02x} in position {start}"),
        _ => format!("bytes in position {start}-{}", end.wrapping_sub(1)),
    };
    vm.str(&format!("'{encoding}' codec can't decode {what}: {reason}"))
}
