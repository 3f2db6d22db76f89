//! The functions of `sys`.

use pyrs_core::{NativeDef, Res, Value, Vm};

pub(super) static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "exit",
        "(status=None, /)",
        exit,
        "Exit the interpreter by raising SystemExit(status).",
    ),
    NativeDef::function(
        "exc_info",
        "()",
        exc_info,
        "Return current exception information: (type, value, traceback).",
    ),
    NativeDef::function(
        "exception",
        "()",
        |vm, _| Ok(vm.handled.get()),
        "Return the current exception.",
    ),
    NativeDef::function(
        "getrecursionlimit",
        "()",
        |vm, _| vm.int(vm.recursion_limit.get() as i64),
        "Return the current value of the recursion limit.",
    ),
    NativeDef::function(
        "setrecursionlimit",
        "(limit, /)",
        set_recursion_limit,
        "Set the maximum depth of the Python interpreter stack to n.",
    ),
    NativeDef::function("intern", "(string, /)", intern, "``Intern'' the given string."),
    NativeDef::function(
        "getsizeof",
        "(object, default=<unrepresentable>)",
        getsizeof,
        "Return the size of object in bytes.",
    ),
    NativeDef::function(
        "getrefcount",
        "(object, /)",
        |_, _| Ok(Value::small_int(2)),
        "Return the reference count of object.",
    ),
    NativeDef::function(
        "getdefaultencoding",
        "()",
        |vm, _| vm.str("utf-8"),
        "Return the current default encoding used by the Unicode implementation.",
    ),
    NativeDef::function(
        "getfilesystemencoding",
        "()",
        |vm, _| vm.str("utf-8"),
        "Return the encoding used to convert Unicode filenames to OS filenames.",
    ),
    NativeDef::function(
        "getfilesystemencodeerrors",
        "()",
        |vm, _| vm.str("surrogateescape"),
        "Return the error mode used for Unicode to OS filename conversion.",
    ),
    NativeDef::function(
        "_getframe",
        "(depth=0, /)",
        getframe,
        "Return a frame object from the call stack.",
    ),
    NativeDef::function(
        "_getframemodulename",
        "(depth=0)",
        getframemodulename,
        "Return the name of the module for a calling frame.",
    ),
    NativeDef::function(
        "is_finalizing",
        "()",
        |_, _| Ok(Value::FALSE),
        "Return True if the interpreter is exiting.",
    ),
    NativeDef::function(
        "getswitchinterval",
        "()",
        |vm, _| vm.float(0.005),
        "Return the current thread switch interval.",
    ),
    NativeDef::function(
        "setswitchinterval",
        "(interval, /)",
        |_, _| Ok(Value::NONE),
        "Set the ideal thread switching delay inside the Python interpreter.",
    ),
    NativeDef::function(
        "settrace",
        "(function, /)",
        |_, _| Ok(Value::NONE),
        "Set the global debug tracing function.",
    ),
    NativeDef::function(
        "gettrace",
        "()",
        |_, _| Ok(Value::NONE),
        "Return the global debug tracing function set with sys.settrace.",
    ),
    NativeDef::function(
        "setprofile",
        "(function, /)",
        |_, _| Ok(Value::NONE),
        "Set the profiling function.",
    ),
    NativeDef::function(
        "getprofile",
        "()",
        |_, _| Ok(Value::NONE),
        "Return the profiling function set with sys.setprofile.",
    ),
    NativeDef::function(
        "audit",
        "(event, /, *args)",
        |_, _| Ok(Value::NONE),
        "Passes the event to any hooks that are attached.",
    ),
    NativeDef::function(
        "addaudithook",
        "(hook)",
        |_, _| Ok(Value::NONE),
        "Adds a new audit hook callback.",
    ),
    NativeDef::function(
        "get_int_max_str_digits",
        "()",
        |vm, _| vm.int(vm.int_max_str_digits.get() as i64),
        "Return the maximum string digits limit for non-binary int<->str conversions.",
    ),
    NativeDef::function(
        "set_int_max_str_digits",
        "(maxdigits)",
        set_max_digits,
        "Set the maximum string digits limit for non-binary int<->str conversions.",
    ),
    NativeDef::function(
        "_clear_type_descriptors",
        "(type, /)",
        clear_type_descriptors,
        "Clear some descriptors from the type that prevent creation of a copy of it.",
    ),
    NativeDef::function(
        "_get_cpu_count_config",
        "()",
        |vm, _| vm.int(-1),
        "Private function for getting PyConfig.cpu_count",
    ),
    NativeDef::function(
        "getallocatedblocks",
        "()",
        |vm, _| vm.int(0),
        "Return the number of memory blocks currently allocated.",
    ),
    NativeDef::function(
        "getunicodeinternedsize",
        "(*, _only_immortal=False)",
        |vm, _| vm.int(0),
        "Return the number of elements of the unicode interned dictionary",
    ),
    NativeDef::function(
        "_clear_type_cache",
        "()",
        |_, _| Ok(Value::NONE),
        "Clear the internal type lookup cache.",
    ),
    NativeDef::function(
        "_clear_internal_caches",
        "()",
        |_, _| Ok(Value::NONE),
        "Clear all internal performance-related caches.",
    ),
    NativeDef::function(
        "_is_gil_enabled",
        "()",
        |_, _| Ok(Value::TRUE),
        "Return True if the GIL is currently enabled.",
    ),
    NativeDef::function(
        "_is_interned",
        "(string, /)",
        |vm, a| Ok(Value::bool(vm.as_str(a[0]).is_some_and(|s| s.is_interned()))),
        "Return True if the given string is interned.",
    ),
    NativeDef::function(
        "get_coroutine_origin_tracking_depth",
        "()",
        |vm, _| vm.int_usize(vm.origin_depth.get()),
        "Check status of origin tracking for coroutine objects in this thread.",
    ),
    NativeDef::function(
        "set_coroutine_origin_tracking_depth",
        "(depth)",
        |vm, a| {
            let depth = vm.int_i64(a[0])?;
            if depth < 0 {
                return Err(vm.value_error("depth must be >= 0"));
            }
            vm.origin_depth.set(depth as usize);
            Ok(Value::NONE)
        },
        "Enable or disable origin tracking for coroutine objects in this thread.",
    ),
    NativeDef::function(
        "get_asyncgen_hooks",
        "()",
        get_asyncgen_hooks,
        "Return the installed asynchronous generators hooks.",
    ),
    NativeDef::function(
        "set_asyncgen_hooks",
        "(firstiter=<unrepresentable>, finalizer=<unrepresentable>)",
        set_asyncgen_hooks,
        "Set hooks for asynchronous generators.",
    ),
    NativeDef::function(
        "is_stack_trampoline_active",
        "()",
        |_, _| Ok(Value::FALSE),
        "Return *True* if a stack profiler trampoline is active.",
    ),
    NativeDef::function(
        "call_tracing",
        "(func, args, /)",
        |vm, a| {
            let t = vm.to_tuple(a[1])?;
            vm.call(a[0], t.items())
        },
        "Call func(*args), while tracing is enabled.",
    ),
    NativeDef::function(
        "_current_frames",
        "()",
        |vm, _| Ok(vm.new_dict()?.value()),
        "Return a dict mapping each thread's thread id to its current stack frame.",
    ),
    NativeDef::function(
        "_current_exceptions",
        "()",
        |vm, _| Ok(vm.new_dict()?.value()),
        "Return a dict mapping each thread's identifier to its current raised exception.",
    ),
    NativeDef::function(
        "_debugmallocstats",
        "()",
        |_, _| Ok(Value::NONE),
        "Print debug info to stderr about the state of the allocator.",
    ),
];

fn exit(vm: &Vm, args: &[Value]) -> Res {
    let status = args[0];
    if status.is_none() {
        return Err(vm.raise_with(vm.exc().system_exit, &[]));
    }
    Err(vm.raise_with(vm.exc().system_exit, &[status]))
}
fn exc_info(vm: &Vm, _: &[Value]) -> Res {
    match vm.as_exception(vm.handled.get()) {
        Some(e) => vm.tuple(&[vm.class_of(e.value()).value(), e.value(), e.traceback.get()]),
        None => vm.tuple(&[Value::NONE; 3]),
    }
}
fn set_recursion_limit(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.int_i64(args[0])?;
    if n < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    if n > i32::MAX as i64 {
        return Err(vm.overflow_error("Python int too large to convert to C int"));
    }
    let depth = vm.stack.depth();
    if depth >= n as usize {
        return Err(vm.recursion_error(format!(
            "cannot set the recursion limit to {n} at the recursion depth {depth}: the limit is too low"
        )));
    }
    vm.recursion_limit.set(n as usize);
    Ok(Value::NONE)
}
fn intern(vm: &Vm, args: &[Value]) -> Res {
    match vm.exact_str(args[0]) {
        Some(s) => Ok(vm.intern_str(s).value()),
        None => Err(vm.type_error(format!("can't intern {}", vm.type_name(args[0])))),
    }
}
fn getsizeof(vm: &Vm, args: &[Value]) -> Res {
    let f = vm.lookup(vm.class_of(args[0]), vm.names().sizeof);
    let r = match f {
        Some(f) => vm.call_bound(f, args[0], &[]),
        None => vm.int(vm.object(args[0]).map_or(0, |o| vm.heap.size_of(o) as i64)),
    };
    match r {
        Err(r) if !args[1].is_unbound() && vm.pending_is(r, vm.exc().type_error) => {
            vm.take_exception(r);
            Ok(args[1])
        }
        r => r,
    }
}
fn getframe(vm: &Vm, args: &[Value]) -> Res {
    let depth = vm.int_i64(args[0])?.max(0) as usize;
    match pyrs_builtins::frame::frame_object(vm, depth)? {
        Some(f) => Ok(f),
        None => Err(vm.value_error("call stack is not deep enough")),
    }
}
fn getframemodulename(vm: &Vm, args: &[Value]) -> Res {
    let depth = vm.int_i64(args[0])?.max(0) as usize;
    match vm.frame_facts(depth).and_then(|(f, _, _)| vm.cast::<pyrs_core::object::Function>(f)) {
        Some(f) => Ok(f.module.get()),
        None => Ok(Value::NONE),
    }
}
fn set_max_digits(vm: &Vm, args: &[Value]) -> Res {
    let n = vm.int_i64(args[0])?;
    if n != 0 && n < 640 {
        return Err(vm.value_error("maxdigits must be 0 or larger than 640"));
    }
    vm.int_max_str_digits.set(n as usize);
    Ok(Value::NONE)
}
fn get_asyncgen_hooks(vm: &Vm, _: &[Value]) -> Res {
    let class = match vm.hook("asyncgen_hooks_class") {
        Some(c) => c,
        None => {
            let c = crate::struct_sequence::define(
                vm,
                "sys.asyncgen_hooks",
                "",
                &["firstiter", "finalizer"],
                2,
            )?;
            vm.set_hook("asyncgen_hooks_class", c);
            c
        }
    };
    let get = |name| vm.hook(name).unwrap_or(Value::NONE);
    crate::struct_sequence::make(vm, class, &[get("asyncgen_firstiter"), get("asyncgen_finalizer")])
}
fn set_asyncgen_hooks(vm: &Vm, args: &[Value]) -> Res {
    for (name, &v) in ["asyncgen_firstiter", "asyncgen_finalizer"].into_iter().zip(args) {
        if v.is_unbound() {
            continue;
        }
        if !v.is_none() && !vm.is_callable(v) {
            let short = name.trim_start_matches("asyncgen_");
            return Err(
                vm.type_error(format!("callable {short} expected, got {}", vm.type_name(v)))
            );
        }
        vm.set_hook(name, v);
    }
    Ok(Value::NONE)
}

/// `__dict__` and `__weakref__` of a class, which a copy of its namespace must not carry over.
fn clear_type_descriptors(vm: &Vm, args: &[Value]) -> Res {
    let Some(c) = vm.as_class(args[0]) else {
        return Err(vm.type_error("argument must be a type"));
    };
    for name in [vm.names().dict, vm.names().weakref] {
        vm.class_set(c, name, None)?;
    }
    Ok(Value::NONE)
}
