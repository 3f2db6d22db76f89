//! `lock` and `RLock`. Their state is plain cells: the interpreter lock guards it. A thread that must wait does so
//! outside the interpreter lock until some lock is released, and looks again.

use super::{ident, wait_until};
use core::cell::Cell;
use pyrs_core::object::{ClassSpec, Module, class_flag};
use pyrs_core::{Gc, Header, Native, NativeDef, Res, Value, Vm, native_object};
use std::time::{Duration, Instant};

/// Seconds.
pub(super) const TIMEOUT_MAX: f64 = 9_223_372_036.0;

#[repr(C)]
struct Lock {
    header: Header,
    locked: Cell<bool>,
}
native_object!(Lock, "lock", slots = 0);

#[repr(C)]
struct RLock {
    header: Header,
    owner: Cell<usize>,
    count: Cell<usize>,
}
native_object!(RLock, "RLock", slots = 0);

const ACQUIRE: &str = "(self, /, blocking=True, timeout=-1)";
const SELF: &str = "(self, /)";

static LOCK: ClassSpec = ClassSpec {
    name: "_thread.lock",
    layout: <Lock as Native>::LAYOUT,
    flags: class_flag::HAS_WEAKREF,
    doc: "A lock is an object that can be used as a synchronization primitive.",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, /)",
            lock_new,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method("acquire", ACQUIRE, acquire, "Lock the lock."),
        NativeDef::method("acquire_lock", ACQUIRE, acquire, "An obsolete synonym of acquire()."),
        NativeDef::method("release", SELF, release, "Release the lock."),
        NativeDef::method("release_lock", SELF, release, "An obsolete synonym of release()."),
        NativeDef::method(
            "locked",
            SELF,
            locked,
            "Return whether the lock is in the locked state.",
        ),
        NativeDef::method("locked_lock", SELF, locked, "An obsolete synonym of locked()."),
        NativeDef::method(
            "__enter__",
            SELF,
            |vm, a| acquire(vm, &[a[0], Value::TRUE, Value::small_int(-1)]),
            "Lock the lock.",
        ),
        NativeDef::method(
            "__exit__",
            "(self, /, *exc_info)",
            |vm, a| release(vm, &a[..1]),
            "Release the lock.",
        ),
        NativeDef::method("_at_fork_reinit", SELF, reinit, ""),
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    ],
    getset: &[],
    fields: &[],
};
static RLOCK: ClassSpec = ClassSpec {
    name: "_thread.RLock",
    layout: <RLock as Native>::LAYOUT,
    flags: class_flag::HAS_WEAKREF | class_flag::BASE,
    doc: "",
    methods: &[
        NativeDef::static_method(
            "__new__",
            "(cls, /, *args, **kwargs)",
            rlock_new,
            "Create and return a new object.  See help(type) for accurate signature.",
        ),
        NativeDef::method("acquire", ACQUIRE, racquire, "Lock the lock."),
        NativeDef::method("release", SELF, rrelease, "Release the lock."),
        NativeDef::method(
            "locked",
            SELF,
            |vm, a| Ok(Value::bool(rlock(vm, a[0])?.count.get() > 0)),
            "Return a boolean indicating whether this object is locked right now.",
        ),
        NativeDef::method(
            "__enter__",
            SELF,
            |vm, a| racquire(vm, &[a[0], Value::TRUE, Value::small_int(-1)]),
            "Lock the lock.",
        ),
        NativeDef::method(
            "__exit__",
            "(self, /, *exc_info)",
            |vm, a| rrelease(vm, &a[..1]),
            "Release the lock.",
        ),
        NativeDef::method(
            "_is_owned",
            SELF,
            is_owned,
            "For internal use by `threading.Condition`.",
        ),
        NativeDef::method(
            "_recursion_count",
            SELF,
            recursion_count,
            "For internal use by reentrancy tests.",
        ),
        NativeDef::method(
            "_acquire_restore",
            "(self, state, /)",
            acquire_restore,
            "For internal use by `threading.Condition`.",
        ),
        NativeDef::method(
            "_release_save",
            SELF,
            release_save,
            "For internal use by `threading.Condition`.",
        ),
        NativeDef::method("_at_fork_reinit", SELF, reinit, ""),
        NativeDef::method("__repr__", SELF, repr, "Return repr(self)."),
    ],
    getset: &[],
    fields: &[],
};

pub(super) fn classes(vm: &Vm, m: Gc<Module>) -> Res<()> {
    let c = vm.define_class(&LOCK, None)?.value();
    vm.set_hook("thread_lock", c);
    vm.module_set(m, "lock", c)?;
    vm.module_set(m, "LockType", c)?;
    let c = vm.define_class(&RLOCK, None)?.value();
    vm.module_set(m, "RLock", c)
}

pub(super) fn allocate(vm: &Vm, _: &[Value]) -> Res {
    lock_new(vm, &[vm.hook("thread_lock").unwrap_or(Value::NONE)])
}
fn lock_new(vm: &Vm, a: &[Value]) -> Res {
    instance(vm, a[0])
}
fn rlock_new(vm: &Vm, a: &[Value]) -> Res {
    instance(vm, a[0])
}
fn instance(vm: &Vm, class: Value) -> Res {
    match vm.as_class(class) {
        Some(c) => Ok(vm.new_instance(c)?.value()),
        None => Err(vm.type_error("X is not a type object")),
    }
}
fn lock(vm: &Vm, v: Value) -> Res<Gc<Lock>> {
    vm.cast(v).ok_or_else(|| vm.type_error("a lock is required"))
}
fn rlock(vm: &Vm, v: Value) -> Res<Gc<RLock>> {
    vm.cast(v).ok_or_else(|| vm.type_error("an RLock is required"))
}

/// How long to wait.
enum Wait {
    Not,
    Until(Option<Instant>),
}
/// Seconds as a number, at most TIMEOUT_MAX.
pub(super) fn seconds(vm: &Vm, v: Value) -> Res<f64> {
    if let Some(x) = vm.as_float(v) {
        if x.is_nan() {
            return Err(vm.value_error("Invalid value NaN (not a number)"));
        }
        return Ok(x);
    }
    if vm.lookup(vm.class_of(v), vm.intern("__index__")).is_none() {
        return Err(vm.type_error(format!(
            "'{}' object cannot be interpreted as an integer or float",
            vm.type_name(v)
        )));
    }
    let n = vm.index(v)?;
    Ok(vm.int_ref(&n).to_i64().map_or(f64::INFINITY, |n| n as f64))
}
fn waiting(vm: &Vm, blocking: Value, timeout: Value) -> Res<Wait> {
    let blocking = vm.truth(blocking)?;
    let t = seconds(vm, timeout)?;
    if !blocking && t != -1.0 {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if t < 0.0 && t != -1.0 {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if t > TIMEOUT_MAX {
        return Err(vm.overflow_error("timeout value is too large"));
    }
    Ok(if !blocking {
        Wait::Not
    } else if t == -1.0 {
        Wait::Until(None)
    } else {
        Wait::Until(Instant::now().checked_add(Duration::from_secs_f64(t)))
    })
}
fn acquire(vm: &Vm, a: &[Value]) -> Res {
    let l = lock(vm, a[0])?;
    let wait = if a[1] == Value::TRUE && a[2] == Value::small_int(-1) {
        Wait::Until(None)
    } else {
        waiting(vm, a[1], a[2])?
    };
    if !l.locked.replace(true) {
        return Ok(Value::TRUE);
    }
    match wait {
        Wait::Not => Ok(Value::FALSE),
        Wait::Until(d) => wait_until(vm, d, || !l.locked.replace(true)).map(Value::bool),
    }
}
fn release(vm: &Vm, a: &[Value]) -> Res {
    let l = lock(vm, a[0])?;
    if !l.locked.replace(false) {
        return Err(vm.runtime_error("release unlocked lock"));
    }
    crate::gil::announce();
    Ok(Value::NONE)
}
fn locked(vm: &Vm, a: &[Value]) -> Res {
    Ok(Value::bool(lock(vm, a[0])?.locked.get()))
}
fn reinit(vm: &Vm, a: &[Value]) -> Res {
    if let Some(l) = vm.cast::<Lock>(a[0]) {
        l.locked.set(false);
    } else if let Some(l) = vm.cast::<RLock>(a[0]) {
        l.owner.set(0);
        l.count.set(0);
    }
    Ok(Value::NONE)
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let class = vm.display_name(vm.class_of(a[0]));
    let at = vm.id(a[0])?;
    let at = vm.int_ref(&at).to_i64().unwrap_or(0);
    match vm.cast::<RLock>(a[0]) {
        Some(l) => {
            let (count, owner) = (l.count.get(), l.owner.get());
            let state = if count > 0 { "locked" } else { "unlocked" };
            vm.str(&format!("<{state} {class} object owner={owner} count={count} at 0x{at:x}>"))
        }
        None => {
            let state = if lock(vm, a[0])?.locked.get() { "locked" } else { "unlocked" };
            vm.str(&format!("<{state} {class} object at 0x{at:x}>"))
        }
    }
}

fn racquire(vm: &Vm, a: &[Value]) -> Res {
    let l = rlock(vm, a[0])?;
    let me = ident();
    if l.count.get() > 0 && l.owner.get() == me {
        l.count.set(l.count.get() + 1);
        return Ok(Value::TRUE);
    }
    let wait = if a[1] == Value::TRUE && a[2] == Value::small_int(-1) {
        Wait::Until(None)
    } else {
        waiting(vm, a[1], a[2])?
    };
    let attempt = || {
        if l.count.get() > 0 {
            return false;
        }
        l.owner.set(me);
        l.count.set(1);
        true
    };
    if attempt() {
        return Ok(Value::TRUE);
    }
    match wait {
        Wait::Not => Ok(Value::FALSE),
        Wait::Until(d) => wait_until(vm, d, attempt).map(Value::bool),
    }
}
fn rrelease(vm: &Vm, a: &[Value]) -> Res {
    let l = rlock(vm, a[0])?;
    if l.count.get() == 0 || l.owner.get() != ident() {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    l.count.set(l.count.get() - 1);
    if l.count.get() == 0 {
        l.owner.set(0);
        crate::gil::announce();
    }
    Ok(Value::NONE)
}
fn is_owned(vm: &Vm, a: &[Value]) -> Res {
    let l = rlock(vm, a[0])?;
    Ok(Value::bool(l.count.get() > 0 && l.owner.get() == ident()))
}
fn recursion_count(vm: &Vm, a: &[Value]) -> Res {
    let l = rlock(vm, a[0])?;
    vm.int_usize(if l.owner.get() == ident() { l.count.get() } else { 0 })
}
fn acquire_restore(vm: &Vm, a: &[Value]) -> Res {
    let Some(t) = vm.as_tuple(a[1]).filter(|t| t.len() == 2) else {
        return Err(vm.type_error("_acquire_restore() argument 1 must be 2-item tuple"));
    };
    let (count, owner) = (vm.int_i64(t.get(0))?.max(0) as usize, vm.int_i64(t.get(1))? as usize);
    let l = rlock(vm, a[0])?;
    wait_until(vm, None, || {
        if l.count.get() > 0 {
            return false;
        }
        l.count.set(count);
        l.owner.set(owner);
        true
    })?;
    Ok(Value::NONE)
}
fn release_save(vm: &Vm, a: &[Value]) -> Res {
    let l = rlock(vm, a[0])?;
    if l.count.get() == 0 {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    let state = vm.tuple(&[vm.int_usize(l.count.get())?, vm.int_usize(l.owner.get())?])?;
    l.count.set(0);
    l.owner.set(0);
    crate::gil::announce();
    Ok(state)
}
