//! Thread handles: starting threads and waiting for their end.

use super::lock::seconds;
use super::{ident, wait_until};
use core::cell::Cell;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use pyrs_core::object::{ClassSpec, Module, class_flag};
use pyrs_core::runtime::ThreadState;
use pyrs_core::{Gc, GetSetDef, Header, Native, NativeDef, Raised, Res, Value, Vm, native_object};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What a thread and its handles share.
#[derive(Default)]
struct Shared {
    ident: AtomicUsize,
    started: AtomicBool,
    done: AtomicBool,
}

/// Threads that `_shutdown` waits for.
static WAITED_FOR: Mutex<Vec<Arc<Shared>>> = Mutex::new(Vec::new());
static RUNNING: AtomicUsize = AtomicUsize::new(0);
static MAIN: AtomicUsize = AtomicUsize::new(0);
static STACK_SIZE: AtomicUsize = AtomicUsize::new(0);
/// Native stack of a thread unless the program chooses: address space only.
const DEFAULT_STACK: usize = if usize::BITS == 64 { 64 << 20 } else { 8 << 20 };

pub(super) fn note_main_thread() {
    MAIN.store(ident(), Ordering::Relaxed);
}
pub(crate) fn main_ident() -> usize {
    MAIN.load(Ordering::Relaxed)
}
pub(super) fn count() -> usize {
    RUNNING.load(Ordering::Relaxed)
}

#[repr(C)]
struct Handle {
    header: Header,
    /// An `Arc` turned into a pointer; null never after `__new__`.
    shared: Cell<*const Shared>,
}
native_object!(Handle, "_ThreadHandle", slots = 0, drop = drop_handle);
fn drop_handle(p: NonNull<Header>) {
    // SAFETY: the layout's drop is called with objects of that layout only.
    let p = unsafe { p.cast::<Handle>().as_ref() }.shared.replace(core::ptr::null());
    if !p.is_null() {
        // SAFETY: made by `Arc::into_raw` in `new_handle`, given back once.
        drop(unsafe { Arc::from_raw(p) });
    }
}
static SPEC: ClassSpec = ClassSpec {
    name: "_thread._ThreadHandle",
    layout: <Handle as Native>::LAYOUT,
    flags: class_flag::HAS_WEAKREF,
    doc: "",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, /)",
            new,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method("join", "(self, timeout=None, /)", join, ""),
        NativeDef::method(
            "is_done",
            "(self, /)",
            |vm, a| Ok(Value::bool(shared(vm, a[0])?.done.load(Ordering::Relaxed))),
            "",
        ),
        NativeDef::method("_set_done", "(self, /)", set_done, ""),
        NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    ],
    getset: &[GetSetDef::read_only(
        "ident",
        |vm, v| vm.int_usize(shared(vm, v)?.ident.load(Ordering::Relaxed)),
        "",
    )],
    fields: &[],
};

pub(super) fn classes(vm: &Vm, m: Gc<Module>) -> Res<()> {
    let c = vm.define_class(&SPEC, None)?.value();
    vm.set_hook("thread_handle", c);
    vm.module_set(m, "_ThreadHandle", c)
}
fn new(vm: &Vm, a: &[Value]) -> Res {
    let Some(c) = vm.as_class(a[0]) else { return Err(vm.type_error("X is not a type object")) };
    let o = vm.new_instance(c)?.value();
    if let Some(h) = vm.cast::<Handle>(o) {
        h.shared.set(Arc::into_raw(Arc::new(Shared::default())));
        vm.heap.register_drop(h.erase());
    }
    Ok(o)
}
fn new_handle(vm: &Vm) -> Res {
    new(vm, &[vm.hook("thread_handle").unwrap_or(Value::NONE)])
}
fn shared(vm: &Vm, v: Value) -> Res<Arc<Shared>> {
    match vm.cast::<Handle>(v).map(|h| h.shared.get()).filter(|p| !p.is_null()) {
        // SAFETY: the pointer came from `Arc::into_raw`; the handle keeps its own count.
        Some(p) => Ok(unsafe {
            Arc::increment_strong_count(p);
            Arc::from_raw(p)
        }),
        None => Err(vm.type_error("'handle' must be a _ThreadHandle")),
    }
}
pub(super) fn make(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.index(a[0])?;
    let n = vm.int_ref(&n).to_i64().unwrap_or(0) as usize;
    let h = new_handle(vm)?;
    let s = shared(vm, h)?;
    s.ident.store(n, Ordering::Relaxed);
    s.started.store(true, Ordering::Relaxed);
    Ok(h)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    vm.str(&format!(
        "<_ThreadHandle object: ident={}>",
        shared(vm, a[0])?.ident.load(Ordering::Relaxed)
    ))
}
fn set_done(vm: &Vm, a: &[Value]) -> Res {
    let s = shared(vm, a[0])?;
    if !s.started.load(Ordering::Relaxed) {
        return Err(vm.runtime_error("thread not started"));
    }
    s.done.store(true, Ordering::Relaxed);
    crate::gil::announce();
    Ok(Value::NONE)
}
fn join(vm: &Vm, a: &[Value]) -> Res {
    let s = shared(vm, a[0])?;
    let deadline = match a[1] {
        v if v.is_none() => None,
        v => match seconds(vm, v)? {
            t if t < 0.0 => None,
            t => Some(Instant::now() + Duration::from_secs_f64(t.min(1e9))),
        },
    };
    if !s.started.load(Ordering::Relaxed) {
        return Err(vm.runtime_error("thread not started"));
    }
    if s.ident.load(Ordering::Relaxed) == ident() && !s.done.load(Ordering::Relaxed) {
        return Err(vm.runtime_error("Cannot join current thread"));
    }
    wait_until(vm, deadline, || s.done.load(Ordering::Relaxed))?;
    Ok(Value::NONE)
}
pub(super) fn shutdown(vm: &Vm, _: &[Value]) -> Res {
    let me = ident();
    wait_until(vm, None, || {
        let list = WAITED_FOR.lock().unwrap_or_else(|e| e.into_inner());
        list.iter().all(|s| s.done.load(Ordering::Relaxed) || s.ident.load(Ordering::Relaxed) == me)
    })?;
    Ok(Value::NONE)
}
pub(super) fn stack_size(vm: &Vm, a: &[Value]) -> Res {
    let n = vm.int_i64(a[0])?;
    if n != 0 && n < 32 << 10 {
        return Err(vm.value_error(if n < 0 {
            "size must be 0 or a positive value".to_owned()
        } else {
            format!("size not valid: {n} bytes")
        }));
    }
    vm.int_usize(STACK_SIZE.swap(n as usize, Ordering::Relaxed))
}

fn no_thread(vm: &Vm) -> Raised {
    vm.runtime_error("can't start new thread")
}
fn launch(
    vm: &Vm,
    function: Value,
    args: Value,
    kwargs: Value,
    handle: Value,
    daemon: bool,
) -> Res<Arc<Shared>> {
    let s = shared(vm, handle)?;
    if s.started.swap(true, Ordering::Relaxed) {
        return Err(vm.runtime_error("thread already started"));
    }
    let size = match STACK_SIZE.load(Ordering::Relaxed) {
        0 => DEFAULT_STACK,
        n => n.max(1 << 20),
    };
    let start = vm.tuple(&[function, args, kwargs, handle])?;
    let mut list = WAITED_FOR.lock().unwrap_or_else(|e| e.into_inner());
    list.retain(|s| !s.done.load(Ordering::Relaxed));
    if !daemon {
        list.push(s.clone());
    }
    drop(list);
    RUNNING.fetch_add(1, Ordering::Relaxed);
    if crate::gil::spawn(vm, size, start, body).is_err() {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        s.started.store(false, Ordering::Relaxed);
        s.done.store(true, Ordering::Relaxed);
        return Err(no_thread(vm));
    }
    wait_until(vm, None, || s.ident.load(Ordering::Relaxed) != 0)?;
    Ok(s)
}
/// A new thread's life.
fn body(vm: &Vm, thread: &Rc<ThreadState>) {
    let Some(start) = vm.as_tuple(thread.start.get()) else { return };
    let state = shared(vm, start.get(3));
    if let Ok(s) = &state {
        s.ident.store(ident(), Ordering::Relaxed);
        crate::gil::announce();
    }
    let args = vm.as_tuple(start.get(1));
    let called = vm.call_dict(
        start.get(0),
        args.as_ref().map_or(&[], |t| t.items()),
        vm.as_dict(start.get(2)),
    );
    if let Err(r) = called {
        let e = vm.take_exception(r);
        if !vm.is_instance_exact(e.value(), vm.exc().system_exit) {
            let what = vm.repr_lossy(start.get(0));
            crate::sys::print_to(
                vm,
                "stderr",
                &format!("Exception ignored in thread started by {what}:\n"),
            );
            crate::sys::display_exception(vm, e);
        }
    }
    thread.start.set(Value::NONE);
    RUNNING.fetch_sub(1, Ordering::Relaxed);
    match state {
        Ok(s) => s.done.store(true, Ordering::Relaxed),
        Err(r) => drop(vm.take_exception(r)),
    }
    crate::gil::announce();
}
pub(super) fn start_joinable(vm: &Vm, a: &[Value]) -> Res {
    if !vm.is_callable(a[0]) {
        return Err(vm.type_error("thread function must be callable"));
    }
    let handle = if a[1].is_none() { new_handle(vm)? } else { a[1] };
    let args = vm.tuple(&[])?;
    launch(vm, a[0], args, Value::NONE, handle, vm.truth(a[2])?)?;
    Ok(handle)
}
pub(super) fn start_new(vm: &Vm, a: &[Value]) -> Res {
    if !vm.is_callable(a[0]) {
        return Err(vm.type_error("first arg must be callable"));
    }
    if vm.as_tuple(a[1]).is_none() {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    let kwargs = if a[2].is_unbound() { Value::NONE } else { a[2] };
    if !kwargs.is_none() && vm.as_dict(kwargs).is_none() {
        return Err(vm.type_error("optional 3rd arg must be a dictionary"));
    }
    let s = launch(vm, a[0], a[1], kwargs, new_handle(vm)?, true)?;
    vm.int_usize(s.ident.load(Ordering::Relaxed))
}
