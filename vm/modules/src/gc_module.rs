//! `gc`.

use crate::sys::print_to;
use pyrs_core::object::{Class, class_flag, core_shape};
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};
use pyrs_heap::Statistics;

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
        is_finalized,
        "Returns true if the object has been already finalized by the GC.",
    ),
    NativeDef::function(
        "freeze",
        "()",
        |vm, _| {
            // Nothing is gained by leaving objects out of a collection here; only the number is kept.
            let mut n = 0usize;
            vm.heap.for_each_object(|v| n += usize::from(vm.heap.is_tracked(v)));
            vm.set_hook("gc_frozen", vm.int_usize(n)?);
            Ok(Value::NONE)
        },
        "Freeze all current tracked objects and ignore them for future collections.",
    ),
    NativeDef::function(
        "unfreeze",
        "()",
        |vm, _| {
            vm.set_hook("gc_frozen", Value::small_int(0));
            Ok(Value::NONE)
        },
        "Unfreeze all objects in the permanent generation.",
    ),
    NativeDef::function(
        "get_freeze_count",
        "()",
        |vm, _| Ok(vm.hook("gc_frozen").unwrap_or(Value::small_int(0))),
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
    let debug = vm.hook("gc_debug").and_then(|v| v.as_int()).unwrap_or(0) & 1 != 0;
    let began = std::time::Instant::now();
    let before = vm.heap.statistics();
    if debug {
        let frozen = vm.hook("gc_frozen").and_then(|v| v.as_int()).unwrap_or(0);
        let live = before.live_bytes / size_of::<Value>();
        let text = format!(
            "gc: collecting generation {generation}...\n\
             gc: objects in each generation: 0 0 {live}\n\
             gc: objects in permanent generation: {frozen}\n"
        );
        print_to(vm, "stderr", &text);
    }
    let this = match vm.loaded_module("gc") {
        Some(m) => vm.get_attr_opt(m, vm.intern("collect"))?,
        None => None,
    };
    let dead = vm.collect_requested(|f| Some(f) == this);
    count(vm, generation as usize, &before)?;
    vm.run_pending()?;
    if debug {
        let elapsed = began.elapsed().as_secs_f64();
        let text =
            format!("gc: done, {dead} unreachable, 0 uncollectable, {elapsed:.4}s elapsed\n");
        print_to(vm, "stderr", &text);
    }
    callbacks(vm, "stop", generation, dead)?;
    vm.int_usize(dead)
}
/// Collections that programs asked for, by generation, and how many minor collections and cycles of the heap
/// these took (they do not count as collections that happened by themselves).
fn counts(vm: &Vm) -> [i64; 5] {
    let known = vm.hook("gc_counts").and_then(|v| vm.as_tuple(v));
    core::array::from_fn(|i| {
        known.filter(|t| i < t.len()).map_or(0, |t| t.get(i).as_int().unwrap_or(0) as i64)
    })
}
fn count(vm: &Vm, generation: usize, before: &Statistics) -> Res<()> {
    let after = vm.heap.statistics();
    let mut n = counts(vm);
    n[generation] += 1;
    n[3] += (after.minors - before.minors) as i64;
    n[4] += (after.cycles - before.cycles) as i64;
    let values = n.map(|n| Value::small_int(n as isize));
    vm.set_hook("gc_counts", vm.tuple(&values)?);
    Ok(())
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
/// The list of all objects that live. The collection that finds them leaves none in the younger generations.
fn get_objects(vm: &Vm, args: &[Value]) -> Res {
    if !args[0].is_none() {
        let generation = vm.index_isize(args[0], None)?;
        if generation < -1 {
            return Err(vm.value_error("generation parameter cannot be negative"));
        }
        if generation > 2 {
            let text =
                "generation parameter must be less than the number of available generations (3)";
            return Err(vm.value_error(text));
        }
        if (0..2).contains(&generation) {
            return vm.list(&[]);
        }
    }
    vm.forget_dead_registers(false);
    vm.heap.collect_full();
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
        let mut push = |r: Value| full |= found.push(r).is_err();
        // Immediate values count where they are items.
        match vm.object(v).map(|o| o.shape()) {
            Some(core_shape::LIST) => {
                vm.as_list(v)
                    .into_iter()
                    .for_each(|l| l.items().iter().copied().for_each(&mut push));
            }
            Some(core_shape::TUPLE) => {
                vm.as_tuple(v)
                    .into_iter()
                    .for_each(|t| t.items().iter().copied().for_each(&mut push));
            }
            Some(core_shape::DICT) => {
                let Some(d) = vm.as_dict(v) else { continue };
                for (k, v) in (0..d.rows()).filter_map(|i| d.row(i)) {
                    push(k);
                    push(v);
                }
            }
            Some(core_shape::SET | core_shape::FROZENSET) => {
                let Some(s) = vm.as_set(v) else { continue };
                (0..s.rows()).filter_map(|i| s.row(i)).for_each(push);
            }
            _ => each_referent(vm, v, &mut push),
        }
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
    let own = counts(vm);
    let (minors, cycles) = (s.minors as i64 - own[3], s.cycles as i64 - own[4]);
    for collections in [own[0] + minors, own[1], own[2] + cycles] {
        let d = vm.new_dict()?;
        for (k, v) in [
            ("collections", collections),
            ("collected", s.objects_died as i64),
            ("uncollectable", 0),
        ] {
            vm.dict_set_str(d, vm.intern(k), vm.int(v)?)?;
        }
        vm.list_append(list, d.value())?;
    }
    Ok(list.value())
}
/// The object has a `__del__` that has run (an object is registered for it until it is found dead).
fn is_finalized(vm: &Vm, args: &[Value]) -> Res {
    let has = vm.class_of(args[0]).flags.get() & class_flag::FINALISER != 0;
    Ok(Value::bool(has && args[0].is_object() && !vm.heap.awaits_finaliser(args[0])))
}
fn is_tracked(vm: &Vm, args: &[Value]) -> Res {
    use pyrs_core::object::core_shape as s;
    // Types of the core are not tracked in CPython, nor are objects without fields.
    let fixed = |c: Gc<Class>| c.flags.get() & class_flag::MUTABLE == 0;
    let tracked = match vm.object(args[0]) {
        None => false,
        _ if vm.as_class(args[0]).is_some_and(fixed) => false,
        _ if vm.class_of(args[0]) == vm.classes().object => false,
        Some(o) => !matches!(
            o.shape(),
            s::STR | s::STR_BUFFERED | s::INT | s::FLOAT | s::COMPLEX | s::BYTES | s::BYTEARRAY
        ),
    };
    Ok(Value::bool(tracked))
}
