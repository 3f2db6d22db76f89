//! `_types` (classes that are not names of builtins) and `_suggestions`.

use pyrs_core::object::Frame;
use pyrs_core::protocol::{BinaryOp, suggest};
use pyrs_core::{NativeDef, Res, Value, Vm};

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module("_types", "Define names for built-in types.", &[])?;
    let k = vm.classes();
    let attribute = |v: Value, name: &str| vm.get_attr(v, vm.intern(name));
    let class_of = |v: Value| vm.class_of(v).value();
    let sys = vm.loaded_module("sys").unwrap_or(Value::NONE);
    let alias = vm.generic_alias(k.list.value(), k.int.value())?;
    let union = vm.binary(BinaryOp::Or, k.int.value(), k.str_.value())?;
    let plain = vm.new_instance(k.object)?.value();
    let rows = [
        ("AsyncGeneratorType", k.async_generator.value()),
        ("BuiltinFunctionType", k.builtin_function.value()),
        ("BuiltinMethodType", k.builtin_function.value()),
        ("CellType", k.cell.value()),
        ("ClassMethodDescriptorType", k.class_method_descriptor.value()),
        ("CodeType", k.code.value()),
        ("CoroutineType", k.coroutine.value()),
        ("EllipsisType", k.ellipsis.value()),
        ("FrameType", vm.native_class::<Frame>().value()),
        ("FunctionType", k.function.value()),
        ("GeneratorType", k.generator.value()),
        ("GenericAlias", class_of(alias)),
        ("GetSetDescriptorType", k.getset.value()),
        ("LambdaType", k.function.value()),
        ("MappingProxyType", class_of(attribute(k.type_.value(), "__dict__")?)),
        ("MemberDescriptorType", k.member.value()),
        ("MethodDescriptorType", k.method_descriptor.value()),
        ("MethodType", k.method.value()),
        ("MethodWrapperType", class_of(attribute(plain, "__str__")?)),
        ("ModuleType", k.module.value()),
        ("NoneType", k.none.value()),
        ("NotImplementedType", k.not_implemented.value()),
        ("SimpleNamespace", class_of(attribute(sys, "implementation")?)),
        ("TracebackType", k.traceback.value()),
        ("UnionType", class_of(union)),
        ("WrapperDescriptorType", class_of(attribute(k.object.value(), "__init__")?)),
    ];
    for (name, class) in rows {
        vm.module_set(m, name, class)?;
    }
    Ok(m.value())
}

static SUGGESTIONS: &[NativeDef] = &[NativeDef::function(
    "_generate_suggestions",
    "(candidates, item, /)",
    generate,
    "Returns the candidate in candidates that's closest to item",
)];
pub(crate) fn suggestions(vm: &Vm) -> Res {
    Ok(vm.new_native_module("_suggestions", "", SUGGESTIONS)?.value())
}
fn generate(vm: &Vm, a: &[Value]) -> Res {
    let Some(list) = vm.as_list(a[0]) else {
        return Err(vm.type_error("candidates must be a list"));
    };
    let Some(item) = vm.as_str(a[1]) else {
        return Err(vm.type_error(format!(
            "_generate_suggestions() argument 2 must be str, not {}",
            vm.type_name(a[1])
        )));
    };
    let mut names = Vec::with_capacity(list.len());
    for &v in list.items() {
        match vm.as_str(v) {
            Some(s) => names.push(s.to_lossy()),
            None => return Err(vm.type_error("all elements in 'candidates' must be strings")),
        }
    }
    match suggest(&item.to_lossy(), names) {
        Some(name) => vm.str(&name),
        None => Ok(Value::NONE),
    }
}
