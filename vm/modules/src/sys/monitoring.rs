//! `sys.monitoring` (PEP 669) and `sys._jit`: the names tools look for.
//!
//! Tool ids can be claimed and callbacks registered; no event is delivered yet, so asking for one raises.

use pyrs_core::object::Module;
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

const EVENTS: &[&str] = &[
    "PY_START",
    "PY_RESUME",
    "PY_RETURN",
    "PY_YIELD",
    "CALL",
    "LINE",
    "INSTRUCTION",
    "JUMP",
    "BRANCH_LEFT",
    "BRANCH_RIGHT",
    "STOP_ITERATION",
    "RAISE",
    "EXCEPTION_HANDLED",
    "PY_UNWIND",
    "PY_THROW",
    "RERAISE",
    "C_RETURN",
    "C_RAISE",
];

static MONITORING: &[NativeDef] = &[
    NativeDef::function("use_tool_id", "(tool_id, name, /)", use_tool, ""),
    NativeDef::function("free_tool_id", "(tool_id, /)", free_tool, ""),
    NativeDef::function("clear_tool_id", "(tool_id, /)", |_, _| Ok(Value::NONE), ""),
    NativeDef::function("get_tool", "(tool_id, /)", get_tool, ""),
    NativeDef::function("register_callback", "(tool_id, event, func, /)", register, ""),
    NativeDef::function("get_events", "(tool_id, /)", |_, _| Ok(Value::small_int(0)), ""),
    NativeDef::function("set_events", "(tool_id, event_set, /)", |vm, a| refuse(vm, a[1]), ""),
    NativeDef::function(
        "get_local_events",
        "(tool_id, code, /)",
        |_, _| Ok(Value::small_int(0)),
        "",
    ),
    NativeDef::function(
        "set_local_events",
        "(tool_id, code, event_set, /)",
        |vm, a| refuse(vm, a[2]),
        "",
    ),
    NativeDef::function("restart_events", "()", |_, _| Ok(Value::NONE), ""),
];
static JIT: &[NativeDef] = &[
    NativeDef::function(
        "is_available",
        "()",
        |vm, _| Ok(Value::bool(vm.jit_is_available())),
        "Return True if the executable can compile traces.",
    ),
    NativeDef::function(
        "is_enabled",
        "()",
        |vm, _| Ok(Value::bool(vm.jit_is_on())),
        "Return True if traces are compiled.",
    ),
    NativeDef::function(
        "is_active",
        "()",
        |vm, _| Ok(Value::bool(vm.jit_is_active())),
        "Return True if the calling frame runs compiled code.",
    ),
];

pub(super) fn add(vm: &Vm, sys: Gc<Module>) -> Res<()> {
    let m = vm.new_native_module("sys.monitoring", "", MONITORING)?;
    let events = crate::startup::simple_namespace(vm)?;
    for (i, name) in EVENTS.iter().enumerate() {
        vm.set_attr(events, vm.intern(name), Value::small_int(1 << i))?;
    }
    vm.set_attr(events, vm.intern("BRANCH"), Value::small_int(1 << EVENTS.len()))?;
    vm.set_attr(events, vm.intern("NO_EVENTS"), Value::small_int(0))?;
    vm.module_set(m, "events", events)?;
    for (name, id) in
        [("DEBUGGER_ID", 0), ("COVERAGE_ID", 1), ("PROFILER_ID", 2), ("OPTIMIZER_ID", 5)]
    {
        vm.module_set(m, name, Value::small_int(id))?;
    }
    for name in ["DISABLE", "MISSING"] {
        let mark = vm.new_instance(vm.classes().object)?;
        vm.module_set(m, name, mark.value())?;
    }
    vm.set_hook("monitoring_tools", vm.list(&[Value::NONE; 6])?);
    vm.module_set(sys, "monitoring", m.value())?;
    let jit =
        vm.new_native_module("sys._jit", "Utilities for observing just-in-time compilation.", JIT)?;
    vm.module_set(sys, "_jit", jit.value())
}

fn tool(vm: &Vm, v: Value) -> Res<usize> {
    match vm.int_i64(v)? {
        n @ 0..=5 => Ok(n as usize),
        n => Err(vm.value_error(format!("invalid tool {n} (must be between 0 and 5)"))),
    }
}
fn tools(vm: &Vm) -> Res<Gc<pyrs_core::object::List>> {
    let list = vm.hook("monitoring_tools").and_then(|v| vm.as_list(v));
    list.ok_or_else(|| vm.system_error("no table of monitoring tools"))
}
fn use_tool(vm: &Vm, args: &[Value]) -> Res {
    let (id, list) = (tool(vm, args[0])?, tools(vm)?);
    if vm.as_str(args[1]).is_none() {
        return Err(vm.value_error("tool name must be a str"));
    }
    if list.get(id) != Some(Value::NONE) {
        return Err(vm.value_error(format!("tool {id} is already in use")));
    }
    list.set(vm, id, args[1]);
    Ok(Value::NONE)
}
fn free_tool(vm: &Vm, args: &[Value]) -> Res {
    tools(vm)?.set(vm, tool(vm, args[0])?, Value::NONE);
    Ok(Value::NONE)
}
fn get_tool(vm: &Vm, args: &[Value]) -> Res {
    Ok(tools(vm)?.get(tool(vm, args[0])?).unwrap_or(Value::NONE))
}
fn register(vm: &Vm, args: &[Value]) -> Res {
    tool(vm, args[0])?;
    vm.int_i64(args[1])?;
    Ok(Value::NONE)
}
fn refuse(vm: &Vm, events: Value) -> Res {
    if vm.int_i64(events)? == 0 {
        return Ok(Value::NONE);
    }
    Err(vm.not_implemented_error("monitoring events are not delivered yet"))
}
