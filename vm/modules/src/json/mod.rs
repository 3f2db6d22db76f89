//! `_json`: the scanner and the encoder of the module `json`.
//!
//! `scan` reads, `encode` writes; both keep to the methods' contract with the Python side (hooks, `StopIteration`
//! for "no value here", `JSONDecodeError` for the rest) but never call back for plain values.

mod encode;
mod scan;

use crate::class_support::add_class;
use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "encode_basestring_ascii",
        "(string, /)",
        |vm, a| encode::quoted_value(vm, a[0], true),
        "Return an ASCII-only JSON representation of a Python string",
    ),
    NativeDef::function(
        "encode_basestring",
        "(string, /)",
        |vm, a| encode::quoted_value(vm, a[0], false),
        "Return a JSON representation of a Python string",
    ),
    NativeDef::function(
        "scanstring",
        "(string, end, strict=True, /)",
        scan_string,
        "Scan the string s for a JSON string.\n\nEnd is the index of the character in s after the quote that started the\nJSON string. Unescapes all valid JSON string escape sequences and raises\nValueError on attempt to decode an invalid string. If strict is False\nthen literal control characters are allowed in the string.\n\nReturns a tuple of the decoded string and the index of the character in s\nafter the end quote.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_json", "json speedups\n", FUNCTIONS)?;
    let c = add_class(vm, m, &scan::SPEC, None)?;
    vm.module_set(m, "make_scanner", c.value())?;
    let c = add_class(vm, m, &encode::SPEC, None)?;
    vm.module_set(m, "make_encoder", c.value())?;
    Ok(m.value())
}

fn scan_string(vm: &Vm, a: &[Value]) -> Res {
    let Some(s) = vm.as_str(a[0]) else {
        return Err(
            vm.type_error(format!("first argument must be a string, not {}", vm.type_name(a[0])))
        );
    };
    let end = vm.index_isize(a[1], Some(vm.exc().overflow_error))?;
    let strict = vm.truth(a[2])?;
    let Ok(start) = usize::try_from(end) else {
        return Err(vm.value_error("end is out of bounds"));
    };
    let (text, end) = scan::string(vm, s, start, strict)?;
    vm.tuple(&[text, vm.int_usize(end)?])
}
