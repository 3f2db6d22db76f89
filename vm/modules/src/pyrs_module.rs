//! The package `pyrs`, what this implementation offers beyond Python: `pyrs.jit` shows what the JIT does.
//!
//! Numbers and texts are the core's (`pyrs_core::jit`); here they become Python objects.

use pyrs_core::jit::{Amount, Row};
use pyrs_core::object::{BoundMethod, Code, Dict, Function, core_shape};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "stats",
        "()",
        |vm, _| stats(vm, &vm.jit_stats()),
        "Return what the JIT has done so far: a dict of numbers, with a dict for each group.\n\n\
         Times are in seconds; what is not measured is None.",
    ),
    NativeDef::function(
        "explain",
        "(func, /)",
        |vm, a| {
            let code = code_of(vm, a[0])?;
            vm.str(&vm.jit_explain(code))
        },
        "Return a text that says of each loop of a function whether it is compiled or why it is not,\n\
         and where its compiled code was left most often, and why.",
    ),
];

/// The package.
pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("pyrs", "What pyrs offers beyond Python.", &[])?;
    // A package without a folder: its modules are native, too.
    vm.module_set(m, "__path__", vm.list(&[])?)?;
    Ok(m.value())
}

/// `pyrs.jit`
pub(crate) fn init_jit(vm: &Vm) -> Res {
    let doc = "What the just-in-time compiler does.";
    Ok(vm.new_native_module("pyrs.jit", doc, FUNCTIONS)?.value())
}

fn stats(vm: &Vm, rows: &[Row]) -> Res {
    let all = vm.new_dict()?;
    let mut group: Option<(&str, Gc<Dict>)> = None;
    for row in rows {
        let into = match group {
            _ if row.group.is_empty() => all,
            Some((name, dict)) if name == row.group => dict,
            _ => {
                let dict = vm.new_dict()?;
                vm.dict_set_str(all, vm.intern(row.group), dict.value())?;
                group = Some((row.group, dict));
                dict
            }
        };
        vm.dict_set_str(into, vm.intern(row.name), amount(vm, &row.amount)?)?;
    }
    Ok(all.value())
}
fn amount(vm: &Vm, amount: &Amount) -> Res {
    match amount {
        Amount::Flag(b) => Ok(Value::bool(*b)),
        Amount::Count(n) | Amount::Bytes(n) => vm.int(i64::try_from(*n).unwrap_or(i64::MAX)),
        Amount::Seconds(x) | Amount::Share(x) => vm.float(*x),
        Amount::Text(text) => vm.str(text),
        Amount::Unknown => Ok(Value::NONE),
    }
}

/// The code of a function, a method, or what wraps one.
fn code_of(vm: &Vm, given: Value) -> Res<Gc<Code>> {
    let mut v = given;
    // Wrappers may wrap wrappers; one that wraps itself is none.
    for _ in 0..16 {
        if let Some(code) = vm.exact::<Code>(v, core_shape::CODE) {
            return Ok(code);
        }
        if let Some(f) = vm.exact::<Function>(v, core_shape::FUNCTION) {
            return Ok(f.code());
        }
        if let Some(m) = vm.exact::<BoundMethod>(v, core_shape::BOUND_METHOD) {
            v = m.function.get();
            continue;
        }
        let mut inner = None;
        for name in ["__wrapped__", "__func__", "__code__", "gi_code", "cr_code", "ag_code"] {
            inner = vm.get_attr_opt(v, vm.intern(name))?;
            if inner.is_some() {
                break;
            }
        }
        match inner {
            Some(next) => v = next,
            None => break,
        }
    }
    let name = vm.type_name(given);
    Err(vm.type_error(format!("a Python function, method or code object is needed, not {name}")))
}
