//! `str.__new__`, `encode`, text of a string, pickling.

use super::text;
use crate::codecs;
use crate::support::{class_argument, codec_name, instance_of};
use pyrs_core::object::{NativeDef, Str, StrKind};
use pyrs_core::{Gc, Res, Special, Value, Vm};
use pyrs_text::escape;

/// `str(v)`, keeping an instance of a subclass that `__str__` gave.
fn text_of(vm: &Vm, v: Value) -> Res {
    if vm.exact_str(v).is_some() {
        return Ok(v);
    }
    let class = vm.class_of(v);
    match vm.special(class, Special::Str) {
        Some(f) if !vm.owner_is_object(f) => {
            vm.enter_native()
                .map_err(|r| vm.recursion_in(r, "while getting the str of an object"))?;
            let r = vm.call_bound(f, v, &[]);
            vm.leave_native();
            let r = r?;
            match vm.as_str(r) {
                Some(_) => Ok(r),
                None => Err(vm
                    .type_error(format!("__str__ returned non-string (type {})", vm.type_name(r)))),
            }
        }
        _ => vm.repr_object(v),
    }
}
/// An optional `encoding` or `errors` argument.
fn name_argument(vm: &Vm, which: &str, v: Value) -> Res<Option<Gc<Str>>> {
    if v.is_unbound() {
        return Ok(None);
    }
    codec_name(vm, "str", which, v, true).map(Some)
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().str_;
    let class = class_argument(vm, a[0], base)?;
    let object = a[1];
    let encoding = name_argument(vm, "'encoding'", a[2])?;
    let errors = name_argument(vm, "'errors'", a[3])?;
    let v = if object.is_unbound() {
        vm.names().empty.value()
    } else if encoding.is_none() && errors.is_none() {
        let v = text_of(vm, object)?;
        if class == base {
            return Ok(v);
        }
        text(vm, v).value()
    } else if vm.as_str(object).is_some() {
        return Err(vm.type_error("decoding str is not supported"));
    } else {
        let Some(data) = vm.try_buffer(object)? else {
            return Err(vm.type_error(format!(
                "decoding to str: need a bytes-like object, {} found",
                vm.type_name(object)
            )));
        };
        codecs::decode_buffer(vm, object, data, encoding, errors)?
    };
    instance_of(vm, class, base, v)
}
fn encode(vm: &Vm, a: &[Value]) -> Res {
    let encoding = codec_name(vm, "encode", "'encoding'", a[1], false)?;
    let errors = codec_name(vm, "encode", "'errors'", a[2], false)?;
    codecs::encode_text(vm, a[0], encoding, errors)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let out = escape::repr_str(text(vm, a[0]).points());
    Ok(vm.new_str_builder(&out)?.value())
}
fn itself(vm: &Vm, a: &[Value]) -> Res {
    Ok(text(vm, a[0]).value())
}
fn format(vm: &Vm, a: &[Value]) -> Res {
    let Some(spec) = vm.as_str(a[1]) else {
        return Err(crate::support::bad_argument(vm, "__format__", "str", a[1]));
    };
    if spec.is_empty() {
        return text_of(vm, a[0]);
    }
    let s = text(vm, a[0]);
    let name = vm.type_name(a[0]);
    let mut out = pyrs_text::StrBuilder::new();
    match pyrs_text::format_spec::format_str(&mut out, s.points(), spec.points(), &name) {
        Ok(()) => Ok(vm.new_str_builder(&out)?.value()),
        Err(e) => Err(crate::support::text_error(vm, e)),
    }
}
fn getnewargs(vm: &Vm, a: &[Value]) -> Res {
    vm.tuple(&[vm.new_str_points(text(vm, a[0]).points())?.value()])
}
/// As CPython counts: the heads of its strings take five words, and seven of those that are not ASCII.
fn sizeof(vm: &Vm, a: &[Value]) -> Res {
    let s = text(vm, a[0]);
    const WORD: usize = size_of::<usize>();
    let (header, width) = match s.kind() {
        StrKind::Ascii => (5 * WORD, 1),
        kind => (7 * WORD, kind.width()),
    };
    vm.int_usize(header + (s.len() + 1) * width)
}

pub(super) static METHODS: &[NativeDef] = &[
    NativeDef::static_method(
        "__new__",
        "(cls, object=<unrepresentable>, encoding=<unrepresentable>, errors=<unrepresentable>)",
        new,
        "Create and return a new object.  See help(type) for accurate signature.",
    ),
    NativeDef::method(
        "encode",
        "(self, /, encoding='utf-8', errors='strict')",
        encode,
        "Encode the string using the codec registered for encoding.",
    ),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__str__", "(self, /)", itself, "Return str(self)."),
    NativeDef::method(
        "__format__",
        "(self, format_spec, /)",
        format,
        "Return a formatted version of the string as described by format_spec.",
    ),
    NativeDef::method("__getnewargs__", "(self, /)", getnewargs, ""),
    NativeDef::method(
        "__sizeof__",
        "(self, /)",
        sizeof,
        "Return the size of the string in memory, in bytes.",
    ),
];
