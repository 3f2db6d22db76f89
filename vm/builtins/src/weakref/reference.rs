//! `weakref.ref`.

use super::this;
use crate::sequence::CLASS_GETITEM;
use crate::support::class_argument;
use pyrs_core::object::{GetSetDef, NativeDef, WeakRef};
use pyrs_core::protocol::Comparison;
use pyrs_core::{Gc, Res, Special, Value, Vm};

static METHODS: &[NativeDef] = &[
    NativeDef::static_method("__new__", "(cls, object, callback=None, /, **kwargs)", new, ""),
    NativeDef::method("__init__", "(self, object, callback=None, /)", |_, _| Ok(Value::NONE), ""),
    NativeDef::method("__call__", "(self, /)", call, "Call self as a function."),
    NativeDef::method("__repr__", "(self, /)", repr, "Return repr(self)."),
    NativeDef::method("__hash__", "(self, /)", hash, "Return hash(self)."),
    NativeDef::method("__eq__", "(self, value, /)", equal, "Return self==value."),
    NativeDef::method("__ne__", "(self, value, /)", not_equal, "Return self!=value."),
    CLASS_GETITEM,
];
static GETSET: &[GetSetDef] = &[GetSetDef::read_only("__callback__", callback, "")];

pub(super) fn install(vm: &Vm) -> Res<()> {
    vm.extend_class(vm.classes().weakref, METHODS, GETSET)
}

fn new(vm: &Vm, a: &[Value]) -> Res {
    let base = vm.classes().weakref;
    let class = class_argument(vm, a[0], base)?;
    let named = vm.as_dict(a[3]).is_some_and(|d| !d.is_empty());
    if named && vm.special(class, Special::Init) == vm.special(base, Special::Init) {
        return Err(vm.type_error("ref() takes no keyword arguments"));
    }
    if class == base
        && a[2].is_none()
        && let Some(w) = vm.shared_weakref(a[1], base)
    {
        return Ok(w.value());
    }
    Ok(vm.new_weakref(class, a[1], a[2])?.value())
}
fn call(vm: &Vm, a: &[Value]) -> Res {
    let target = vm.weakref_target(this(vm, a[0])?);
    Ok(if target.is_unbound() { Value::NONE } else { target })
}
fn callback(vm: &Vm, v: Value) -> Res {
    let w = this(vm, v)?;
    // A dead target's callback has run.
    let c = w.callback.get();
    Ok(if c.is_unbound() || vm.weakref_target(w).is_unbound() { Value::NONE } else { c })
}
/// The address as reprs show it; the object will not move.
fn address(vm: &Vm, v: Value) -> usize {
    vm.heap.pin(v);
    v.bits()
}
fn repr(vm: &Vm, a: &[Value]) -> Res {
    let w = this(vm, a[0])?;
    let target = vm.weakref_target(w);
    let here = address(vm, a[0]);
    if target.is_unbound() {
        return vm.str(&format!("<weakref at {here:#x}; dead>"));
    }
    // A name of the object itself counts only through its class: `__getattr__` is not asked.
    let class = vm.class_of(target);
    let name = match vm.lookup(class, vm.names().name) {
        Some(_) => vm.get_attr_opt(target, vm.names().name)?.and_then(|n| vm.as_str(n)),
        None => None,
    };
    let suffix = name.map_or_else(String::new, |n| format!(" ({})", n.to_lossy()));
    let (class, there) = (vm.type_name(target), address(vm, target));
    vm.str(&format!("<weakref at {here:#x}; to '{class}' at {there:#x}{suffix}>"))
}
fn hash(vm: &Vm, a: &[Value]) -> Res {
    let w = this(vm, a[0])?;
    // Kept one higher, so that 0 means not computed (-1 is no hash).
    if w.hash.get() == 0 {
        let target = vm.weakref_target(w);
        if target.is_unbound() {
            return Err(vm.type_error("weak object has gone away"));
        }
        w.hash.set(vm.hash(target)?.wrapping_add(1));
    }
    vm.int(w.hash.get().wrapping_sub(1) as i64)
}
/// `==` of two references: of their targets while both live, else identity. `None`: no reference.
fn compare(vm: &Vm, op: Comparison, a: &[Value]) -> Res {
    let x = this(vm, a[0])?;
    let Some(y) =
        vm.cast::<WeakRef>(a[1]).filter(|_| vm.is_instance_exact(a[1], vm.classes().weakref))
    else {
        return Ok(Value::NOT_IMPLEMENTED);
    };
    let (s, t) = targets(vm, x, y);
    if s.is_unbound() || t.is_unbound() {
        return Ok(Value::bool((x == y) == (op == Comparison::Eq)));
    }
    vm.compare(op, s, t)
}
fn targets(vm: &Vm, x: Gc<WeakRef>, y: Gc<WeakRef>) -> (Value, Value) {
    (vm.weakref_target(x), vm.weakref_target(y))
}
fn equal(vm: &Vm, a: &[Value]) -> Res {
    compare(vm, Comparison::Eq, a)
}
fn not_equal(vm: &Vm, a: &[Value]) -> Res {
    compare(vm, Comparison::Ne, a)
}
