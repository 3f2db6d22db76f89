//! Built-in types: the `builtins` module: its functions, and every built-in type and exception by name.

mod attributes;
pub(crate) mod enter;
pub(crate) mod iterators;
mod reduce;
mod scalar;
pub(crate) mod source;
mod streams;

pub(crate) use attributes::{attribute_name, class_names};
pub(crate) use reduce::given;

use pyrs_core::error::EXCEPTION_TABLE;
use pyrs_core::object::Module;
use pyrs_core::{Header, Res, Slot, Value, Vm};

const DOC: &str = "Functions, types and exceptions that every module sees.";

/// Makes the `builtins` module around the machine's builtins dict.
pub(crate) fn install(vm: &Vm) -> Res<()> {
    enter::install(vm);
    let shape = vm.classes().module.root_shape.get();
    let (header, dict) = (Header::new(shape, 0), Slot::new(vm.builtins.get()));
    let module = vm.alloc(Module { header, dict })?;
    let n = vm.names();
    vm.module_set(module, "__name__", n.builtins_module.value())?;
    vm.module_set(module, "__doc__", vm.str(DOC)?)?;
    vm.module_set(module, "__package__", n.empty.value())?;
    vm.module_set(module, "__loader__", Value::NONE)?;
    vm.module_set(module, "__spec__", Value::NONE)?;
    for table in [
        crate::object::build_class::FUNCTIONS,
        streams::FUNCTIONS,
        scalar::FUNCTIONS,
        attributes::FUNCTIONS,
        reduce::FUNCTIONS,
        source::FUNCTIONS,
    ] {
        vm.add_functions(module, table)?;
    }
    let constants = [
        ("None", Value::NONE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("False", Value::FALSE),
        ("True", Value::TRUE),
        ("__debug__", Value::bool(vm.settings.optimize == 0)),
    ];
    for (name, v) in constants {
        vm.module_set(module, name, v)?;
    }
    let c = vm.classes();
    for class in [
        c.object,
        c.type_,
        c.int,
        c.bool_,
        c.float,
        c.complex,
        c.str_,
        c.bytes,
        c.bytearray,
        c.tuple,
        c.list,
        c.dict,
        c.set,
        c.frozenset,
        c.property,
        c.static_method,
        c.class_method,
        c.range,
        c.slice,
        c.super_,
    ] {
        vm.module_set(module, &vm.class_name(class), class.value())?;
    }
    if let Some(class) = vm.as_class(vm.memoryview_class.get()) {
        vm.module_set(module, "memoryview", class.value())?;
    }
    for class in iterators::classes(vm)? {
        vm.module_set(module, &vm.class_name(class), class.value())?;
    }
    if let Some(next) =
        vm.as_dict(vm.builtins.get()).and_then(|d| vm.dict_get_str(d, vm.intern("next")))
    {
        vm.next_function.set(next);
    }
    for (name, _, _) in EXCEPTION_TABLE {
        if let Some(class) = vm.exc().by_name(name) {
            vm.module_set(module, name, class.value())?;
        }
    }
    for alias in ["EnvironmentError", "IOError"] {
        vm.module_set(module, alias, vm.exc().os_error.value())?;
    }
    if let Some(modules) = vm.as_dict(vm.modules.get()) {
        vm.dict_set_str(modules, n.builtins_module, module.value())?;
    }
    Ok(())
}
