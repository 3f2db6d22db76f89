//! `itertools`: every iterator is a native object whose state lies in a few slots.
//!
//! One layout serves them all: five reference slots and four numbers, whose meaning each iterator tells. `lazy`
//! holds those that transform one or two iterators, `combine` the combinatoric ones, `share` `tee`, `groupby` and
//! `batched`.

mod combine;
mod lazy;
mod share;

use core::cell::Cell;
use pyrs_core::object::{ClassSpec, class_flag};
use pyrs_core::{Gc, Header, NativeDef, Res, Slot, Value, Vm, native_object};

/// The state of an iterator.
#[repr(C)]
pub(super) struct State {
    header: Header,
    pub(super) a: Slot,
    pub(super) b: Slot,
    pub(super) c: Slot,
    pub(super) d: Slot,
    pub(super) e: Slot,
    pub(super) n: Cell<isize>,
    pub(super) m: Cell<isize>,
    pub(super) k: Cell<isize>,
    pub(super) flag: Cell<bool>,
}
native_object!(State, "itertools iterator", slots = 5);

pub(super) const LAYOUT: &pyrs_core::object::NativeLayout = <State as pyrs_core::Native>::LAYOUT;
pub(super) const FLAGS: u32 = class_flag::BASE;
pub(super) const ITER: NativeDef =
    NativeDef::method("__iter__", "(self, /)", |_, a| Ok(a[0]), "Implement iter(self).");

/// A class of iterators: constructor signature, constructor and `__next__`.
macro_rules! iterator {
    ($name:ident, $py:literal, $signature:literal, $new:expr, $next:expr, $doc:literal) => {
        super::iterator!($name, $py, super::FLAGS, $signature, $new, $next, $doc);
    };
    (
        $name:ident, $py:literal, $flags:expr, $signature:literal, $new:expr, $next:expr,
        $doc:literal
    ) => {
        pub(super) static $name: pyrs_core::object::ClassSpec = pyrs_core::object::ClassSpec {
            name: concat!("itertools.", $py),
            layout: super::LAYOUT,
            flags: $flags,
            doc: $doc,
            methods: &[
                pyrs_core::NativeDef::static_method("__new__", $signature, $new, ""),
                super::ITER,
                pyrs_core::NativeDef::method(
                    "__next__",
                    "(self, /)",
                    $next,
                    "Implement next(self).",
                ),
            ],
            getset: &[],
            fields: &[],
        };
    };
}
pub(super) use iterator;

impl State {
    /// Sets the reference slots of a fresh state.
    pub(super) fn fill(this: Gc<State>, vm: &Vm, values: &[Value]) {
        for (slot, &v) in [&this.a, &this.b, &this.c, &this.d].into_iter().zip(values) {
            slot.set(&vm.heap, this, v);
        }
    }
}
/// A fresh state of class `cls`.
pub(super) fn new_state(vm: &Vm, cls: Value, values: &[Value]) -> Res<Gc<State>> {
    let class = vm.as_class(cls).ok_or_else(|| vm.type_error("a type is required"))?;
    let o = vm.new_instance(class)?;
    // SAFETY: the class descends from one with this layout.
    let s: Gc<State> = unsafe { o.cast() };
    State::fill(s, vm, values);
    Ok(s)
}
pub(super) fn state(vm: &Vm, v: Value) -> Res<Gc<State>> {
    vm.cast(v).ok_or_else(|| vm.type_error("an itertools iterator is required"))
}
/// A `__next__` result.
pub(super) fn answer(v: Option<Value>) -> Res {
    Ok(v.unwrap_or(Value::UNBOUND))
}

const SPECS: &[&ClassSpec] = &[
    &lazy::COUNT,
    &lazy::CYCLE,
    &lazy::REPEAT,
    &lazy::ACCUMULATE,
    &lazy::CHAIN,
    &lazy::COMPRESS,
    &lazy::DROPWHILE,
    &lazy::TAKEWHILE,
    &lazy::FILTERFALSE,
    &lazy::ISLICE,
    &lazy::STARMAP,
    &lazy::ZIP_LONGEST,
    &share::PAIRWISE,
    &share::BATCHED,
    &share::GROUPBY,
    &share::GROUPER,
    &share::TEE,
    &combine::PRODUCT,
    &combine::PERMUTATIONS,
    &combine::COMBINATIONS,
    &combine::COMBINATIONS_WITH_REPLACEMENT,
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "itertools",
        "Functional tools for creating and using iterators.",
        share::FUNCTIONS,
    )?;
    for spec in SPECS {
        let c = vm.define_class(spec, None)?;
        let name = spec.name.trim_start_matches("itertools.");
        vm.module_set(m, name, c.value())?;
        if name == "_grouper" || name == "_tee" {
            vm.set_hook(
                if name == "_tee" { "itertools_tee" } else { "itertools_grouper" },
                c.value(),
            );
        }
    }
    let chain = vm.get_attr(m.value(), vm.intern("chain"))?;
    if let Some(c) = vm.as_class(chain) {
        vm.extend_class(c, lazy::CHAIN_EXTRA, &[])?;
    }
    for (name, extra) in [("count", lazy::COUNT_EXTRA), ("repeat", lazy::REPEAT_EXTRA)] {
        let c = vm.get_attr(m.value(), vm.intern(name))?;
        if let Some(c) = vm.as_class(c) {
            vm.extend_class(c, extra, &[])?;
        }
    }
    Ok(m.value())
}
