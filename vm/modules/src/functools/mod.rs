//! `_functools`: partial, reduce, the LRU cache and `cmp_to_key`.

mod cache;
mod partial;

use crate::class_support::{add_class, unhashable};
use pyrs_core::object::ClassSpec;
use pyrs_core::protocol::Comparison;
use pyrs_core::{GetSetDef, Header, Native, NativeDef, Res, Slot, Value, Vm, native_object};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function(
        "reduce",
        "(function, iterable, /, initial=<unrepresentable>)",
        reduce,
        "Apply a function of two arguments cumulatively to the items of an iterable, from left to right.\n\nThis effectively reduces the iterable to a single value.  If initial is present,\nit is placed before the items of the iterable in the calculation, and serves as\na default when the iterable is empty.\n\nFor example, reduce(lambda x, y: x+y, [1, 2, 3, 4, 5])\ncalculates ((((1 + 2) + 3) + 4) + 5).",
    )
    .with_enter(pyrs_builtins::reduce_enter),
    NativeDef::function(
        "cmp_to_key",
        "(mycmp)",
        cmp_to_key,
        "Convert a cmp= function into a key= function.\n\n  mycmp\n    Function that compares two objects.",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_functools", "Tools that operate on functions.", FUNCTIONS)?;
    add_class(vm, m, &partial::PARTIAL, None)?;
    let p = add_class(vm, m, &partial::PLACEHOLDER, None)?;
    let placeholder = vm.new_instance(p)?.value();
    vm.set_hook("functools_placeholder", placeholder);
    vm.module_set(m, "Placeholder", placeholder)?;
    add_class(vm, m, &cache::SPEC, None)?;
    let mark = vm.new_instance(vm.classes().object)?;
    vm.set_hook("functools_kwd_mark", mark.value());
    let k = vm.define_class(&KEY, None)?;
    unhashable(vm, k)?;
    Ok(m.value())
}

fn reduce(vm: &Vm, a: &[Value]) -> Res {
    let it = match vm.get_iter(a[1]) {
        Ok(it) => it,
        Err(r) if vm.pending_is(r, vm.exc().type_error) => {
            vm.take_exception(r);
            return Err(vm.type_error("reduce() arg 2 must support iteration"));
        }
        Err(r) => return Err(r),
    };
    let mut so_far = a[2];
    if so_far.is_unbound() {
        so_far = match vm.next(it)? {
            Some(v) => v,
            None => {
                let text = "reduce() of empty iterable with no initial value";
                return Err(vm.type_error(text));
            }
        };
    }
    while let Some(v) = vm.next(it)? {
        so_far = vm.call(a[0], &[so_far, v])?;
    }
    Ok(so_far)
}

// ---- cmp_to_key
/// Compares by a function; as a key function (`object` unset) it makes the keys.
#[repr(C)]
struct Key {
    header: Header,
    cmp: Slot,
    object: Slot,
}
native_object!(Key, "KeyWrapper", slots = 2);

const ONE: &str = "(self, value, /)";
static KEY: ClassSpec = ClassSpec {
    name: "functools.KeyWrapper",
    layout: <Key as Native>::LAYOUT,
    flags: pyrs_core::object::class_flag::NO_NEW,
    doc: "",
    methods: &[
        NativeDef::method(
            "__call__",
            "(self, /, obj)",
            |vm, a| match vm.cast::<Key>(a[0]) {
                Some(k) => key(vm, k.cmp.get(), a[1]),
                None => Err(vm.type_error("a KeyWrapper is required")),
            },
            "Call self as a function.",
        ),
        NativeDef::method(
            "__eq__",
            ONE,
            |vm, a| compare(vm, Comparison::Eq, a),
            "Return self==value.",
        ),
        NativeDef::method(
            "__ne__",
            ONE,
            |vm, a| compare(vm, Comparison::Ne, a),
            "Return self!=value.",
        ),
        NativeDef::method(
            "__lt__",
            ONE,
            |vm, a| compare(vm, Comparison::Lt, a),
            "Return self<value.",
        ),
        NativeDef::method(
            "__le__",
            ONE,
            |vm, a| compare(vm, Comparison::Le, a),
            "Return self<=value.",
        ),
        NativeDef::method(
            "__gt__",
            ONE,
            |vm, a| compare(vm, Comparison::Gt, a),
            "Return self>value.",
        ),
        NativeDef::method(
            "__ge__",
            ONE,
            |vm, a| compare(vm, Comparison::Ge, a),
            "Return self>=value.",
        ),
    ],
    getset: &[GetSetDef {
        name: "obj",
        get: |vm, v| match vm.cast::<Key>(v) {
            Some(k) if !k.object.is_unbound() => Ok(k.object.get()),
            _ => Err(vm.raise_text(vm.exc().attribute_error, "obj")),
        },
        set: Some(|vm, v, new| {
            if let Some(k) = vm.cast::<Key>(v) {
                k.object.set(&vm.heap, k, new.unwrap_or(Value::UNBOUND));
            }
            Ok(())
        }),
        doc: "Value wrapped by a key function.",
    }],
    fields: &[],
};
fn key(vm: &Vm, cmp: Value, object: Value) -> Res {
    let shape = vm.native_class::<Key>().root_shape.get();
    let header = Header::new(shape, 0);
    Ok(vm.alloc(Key { header, cmp: Slot::new(cmp), object: Slot::new(object) })?.value())
}
fn cmp_to_key(vm: &Vm, a: &[Value]) -> Res {
    key(vm, a[0], Value::UNBOUND)
}
fn compare(vm: &Vm, op: Comparison, a: &[Value]) -> Res {
    let (Some(x), Some(y)) = (vm.cast::<Key>(a[0]), vm.cast::<Key>(a[1])) else {
        return Err(vm.type_error("other argument must be K instance"));
    };
    if x.object.is_unbound() || y.object.is_unbound() {
        return Err(vm.raise_text(vm.exc().attribute_error, "object"));
    }
    let r = vm.call(x.cmp.get(), &[x.object.get(), y.object.get()])?;
    vm.compare(op, r, Value::small_int(0))
}
