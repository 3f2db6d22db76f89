//! `_sre`: regular expressions over the engine of `pyrs_regex`.
//!
//! `pattern` holds compiled patterns and their methods, `matching` match objects, `subject` the texts matched.

mod matching;
mod pattern;
mod subject;

use pyrs_core::{NativeDef, Res, Value, Vm};
use pyrs_regex::chars;

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "compile",
        "(pattern, flags, code, groups, groupindex, indexgroup)",
        pattern::compile,
        "",
    ),
    NativeDef::function("template", "(pattern, template, /)", pattern::template, ""),
    NativeDef::function("getcodesize", "()", |vm, _| vm.int(pyrs_regex::CODESIZE as i64), ""),
    NativeDef::function(
        "ascii_iscased",
        "(character, /)",
        |vm, a| Ok(Value::bool(chars::iscased_ascii(point(vm, a[0])?))),
        "",
    ),
    NativeDef::function(
        "unicode_iscased",
        "(character, /)",
        |vm, a| Ok(Value::bool(chars::iscased_unicode(point(vm, a[0])?))),
        "",
    ),
    NativeDef::function(
        "ascii_tolower",
        "(character, /)",
        |vm, a| vm.int(chars::lower_ascii(point(vm, a[0])?) as i64),
        "",
    ),
    NativeDef::function(
        "unicode_tolower",
        "(character, /)",
        |vm, a| vm.int(chars::lower_unicode(point(vm, a[0])?) as i64),
        "",
    ),
];

fn point(vm: &Vm, v: Value) -> Res<u32> {
    Ok(vm.int_i64(v)? as u32)
}

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_sre", "", FUNCTIONS)?;
    vm.module_set(m, "MAGIC", vm.int(pyrs_regex::MAGIC as i64)?)?;
    vm.module_set(m, "CODESIZE", vm.int(pyrs_regex::CODESIZE as i64)?)?;
    vm.module_set(m, "MAXREPEAT", vm.int(pyrs_regex::MAXREPEAT as i64)?)?;
    vm.module_set(m, "MAXGROUPS", vm.int(pyrs_regex::MAXGROUPS as i64)?)?;
    pattern::install(vm)?;
    matching::install(vm)?;
    Ok(m.value())
}
