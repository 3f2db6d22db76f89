//! `gc`.

use pyrs_core::{NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("collect", "(generation=2)", collect, "Run the garbage collector."),
    NativeDef::function(
        "enable",
        "()",
        |vm, _| set_enabled(vm, true),
        "Enable automatic garbage collection.",
    ),
    NativeDef::function(
        "disable",
        "()",
        |vm, _| set_enabled(vm, false),
        "Disable automatic garbage collection.",
    ),
    NativeDef::function(
        "isenabled",
        "()",
        |vm, _| Ok(vm.hook("gc_enabled").unwrap_or(Value::TRUE)),
        "Returns true if automatic garbage collection is enabled.",
    ),
    NativeDef::function(
        "get_count",
        "()",
        |vm, _| vm.tuple(&[Value::small_int(0); 3]),
        "Return a three-tuple of the current collection counts.",
    ),
    NativeDef::function(
        "get_threshold",
        "()",
        get_threshold,
        "Return the current collection thresholds.",
    ),
    NativeDef::function(
        "set_threshold",
        "(threshold0, threshold1=10, threshold2=0, /)",
        set_threshold,
        "Set the collection thresholds (the collection frequency).",
    ),
    NativeDef::function(
        "get_debug",
        "()",
        |vm, _| Ok(vm.hook("gc_debug").unwrap_or(Value::small_int(0))),
        "Get the garbage collection debugging flags.",
    ),
    NativeDef::function(
        "set_debug",
        "(flags, /)",
        |vm, a| {
            vm.int_i64(a[0])?;
            vm.set_hook("gc_debug", a[0]);
            Ok(Value::NONE)
        },
        "Set the garbage collection debugging flags.",
    ),
    NativeDef::function(
        "get_objects",
        "(generation=None)",
        get_objects,
        "Return a list of objects tracked by the collector (excluding the list returned).",
    ),
    NativeDef::function(
        "get_referrers",
        "(*objs)",
        get_referrers,
        "Return the list of objects that directly refer to any of 'objs'.",
    ),
    NativeDef::function(
        "get_referents",
        "(*objs)",
        get_referents,
        "Return the list of objects that are directly referred to by 'objs'.",
    ),
    NativeDef::function(
        "get_stats",
        "()",
        get_stats,
        "Return a list of dictionaries containing per-generation statistics.",
    ),
    NativeDef::function(
        "is_tracked",
        "(obj, /)",
        is_tracked,
        "Returns true if the object is tracked by the garbage collector.",
    ),
    NativeDef::function(
        "is_finalized",
        "(obj, /)",
        |_, _| Ok(Value::FALSE),
        "Returns true if the object has been already finalized by the GC.",
    ),
    NativeDef::function(
        "freeze",
        "()",
        |_, _| Ok(Value::NONE),
        "Freeze all current tracked objects and ignore them for future collections.",
    ),
    NativeDef::function(
        "unfreeze",
        "()",
        |_, _| Ok(Value::NONE),
        "Unfreeze all objects in the permanent generation.",
    ),
    NativeDef::function(
        "get_freeze_count",
        "()",
        |_, _| Ok(Value::small_int(0)),
        "Return the number of objects in the permanent generation.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "gc",
        "This module provides access to the garbage collector for reference cycles.",
        FUNCTIONS,
    )?;
    vm.module_set(m, "garbage", vm.list(&[])?)?;
    vm.module_set(m, "callbacks", vm.list(&[])?)?;
    for (name, n) in [
        ("DEBUG_STATS", 1),
        ("DEBUG_COLLECTABLE", 2),
        ("DEBUG_UNCOLLECTABLE", 4),
        ("DEBUG_SAVEALL", 32),
        ("DEBUG_LEAK", 38),
    ] {
        vm.module_set(m, name, Value::small_int(n))?;
    }
    Ok(m.value())
}

fn collect(vm: &Vm, args: &[Value]) -> Res {
    let generation = vm.int_i64(args[0])?;
    if !(0..=2).contains(&generation) {
        return Err(vm.value_error("invalid generation"));
    }
    callbacks(vm, "start", generation, 0)?;
    let this = match vm.loaded_module("gc") {
        Some(m) => vm.get_attr_opt(m, vm.intern("collect"))?,
        None => None,
    };
    vm.forget_dead_registers(|f| Some(f) == this);
    let dead = vm.heap.collect_full();
    vm.run_pending()?;
    callbacks(vm, "stop", generation, dead)?;
    vm.int_usize(dead)
}
fn callbacks(vm: &Vm, phase: &str, generation: i64, collected: usize) -> Res<()> {
    let Some(m) = vm.loaded_module("gc") else { return Ok(()) };
    let list = vm.get_attr(m, vm.intern("callbacks"))?;
    let Some(list) = vm.as_list(list) else { return Ok(()) };
    let mut i = 0;
    while let Some(f) = list.get(i) {
        let info = vm.new_dict()?;
        for (k, v) in
            [("generation", generation), ("collected", collected as i64), ("uncollectable", 0)]
        {
            vm.dict_set_str(info, vm.intern(k), vm.int(v)?)?;
        }
        vm.call(f, &[vm.str(phase)?, info.value()])?;
        i += 1;
    }
    Ok(())
}
fn set_enabled(vm: &Vm, on: bool) -> Res {
    vm.set_hook("gc_enabled", Value::bool(on));
    Ok(Value::NONE)
}
fn get_threshold(vm: &Vm, _: &[Value]) -> Res {
    match vm.hook("gc_threshold") {
        Some(t) => Ok(t),
        None => vm.tuple(&[Value::small_int(2000), Value::small_int(10), Value::small_int(0)]),
    }
}
fn set_threshold(vm: &Vm, args: &[Value]) -> Res {
    for &v in args {
        vm.int_i64(v)?;
    }
    let t = vm.tuple(args)?;
    vm.set_hook("gc_threshold", t);
    Ok(Value::NONE)
}
/// Objects a program may hold: storage and other internals are left out.
fn visible(vm: &Vm, v: Value) -> bool {
    use pyrs_core::object::core_shape as s;
    vm.object(v).is_some_and(|o| !matches!(o.shape(), s::ARRAY | s::RAW | s::INVALID))
}
fn get_objects(vm: &Vm, _: &[Value]) -> Res {
    let mut found = vm.heap.value_vec();
    let mut full = false;
    vm.heap.for_each_object(|v| {
        if visible(vm, v) && vm.heap.is_tracked(v) {
            full |= found.push(v).is_err();
        }
    });
    if full { Err(vm.memory_error()) } else { vm.list(found.as_slice()) }
}
/// Calls `f` with what `v` refers to, looking through storage objects.
fn each_referent(vm: &Vm, v: Value, f: &mut dyn FnMut(Value)) {
    let Some(o) = vm.object(v) else { return };
    vm.heap.referents(o, |r| {
        if visible(vm, r) {
            f(r);
        } else if vm.object(r).is_some() {
            each_referent(vm, r, f);
        }
    });
}
fn get_referents(vm: &Vm, args: &[Value]) -> Res {
    let objects = vm.to_tuple(args[0])?;
    let mut found = vm.heap.value_vec();
    let mut full = false;
    for &v in objects.items() {
        each_referent(vm, v, &mut |r| full |= found.push(r).is_err());
    }
    if full { Err(vm.memory_error()) } else { vm.list(found.as_slice()) }
}
fn get_referrers(vm: &Vm, args: &[Value]) -> Res {
    let objects = vm.to_tuple(args[0])?;
    let mut found = vm.heap.value_vec();
    let mut full = false;
    vm.heap.for_each_object(|v| {
        if !visible(vm, v) || v == objects.value() {
            return;
        }
        let mut refers = false;
        each_referent(vm, v, &mut |r| refers |= objects.items().contains(&r));
        if refers {
            full |= found.push(v).is_err();
        }
    });
    if full { Err(vm.memory_error()) } else { vm.list(found.as_slice()) }
}
fn get_stats(vm: &Vm, _: &[Value]) -> Res {
    let list = vm.new_list()?;
    let s = vm.heap.statistics();
    for collections in [s.minors, s.minors, s.cycles] {
        let d = vm.new_dict()?;
        for (k, v) in [
            ("collections", collections as i64),
            ("collected", s.objects_died as i64),
            ("uncollectable", 0),
        ] {
            vm.dict_set_str(d, vm.intern(k), vm.int(v)?)?;
        }
        vm.list_append(list, d.value())?;
    }
    Ok(list.value())
}
fn is_tracked(vm: &Vm, args: &[Value]) -> Res {
    use pyrs_core::object::core_shape as s;
    let tracked = match vm.object(args[0]) {
        None => false,
        Some(o) => !matches!(
            o.shape(),
            s::STR | s::STR_BUFFERED | s::INT | s::FLOAT | s::COMPLEX | s::BYTES | s::BYTEARRAY
        ),
    };
    Ok(Value::bool(tracked))
}
