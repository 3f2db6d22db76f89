//! `_imp`: what importlib asks of the interpreter. The embedded library is its set of frozen modules.

use pyrs_core::object::Code;
use pyrs_core::{Gc, NativeDef, Res, Value, Vm};

static FUNCTIONS: &[NativeDef] = &[
    NativeDef::function("acquire_lock", "()", nothing, "Acquires the interpreter's import lock."),
    NativeDef::function("release_lock", "()", nothing, "Releases the interpreter's import lock."),
    NativeDef::function(
        "lock_held",
        "()",
        |_, _| Ok(Value::FALSE),
        "Return True if the import lock is held.",
    ),
    NativeDef::function(
        "extension_suffixes",
        "()",
        |vm, _| vm.list(&[]),
        "Returns the list of file suffixes used to identify extension modules.",
    ),
    NativeDef::function(
        "is_builtin",
        "(name, /)",
        is_builtin,
        "Returns True if the module name corresponds to a built-in module.",
    ),
    NativeDef::function(
        "is_frozen",
        "(name, /)",
        is_frozen,
        "Returns True if the module name corresponds to a frozen module.",
    ),
    NativeDef::function(
        "is_frozen_package",
        "(name, /)",
        is_frozen_package,
        "Returns True if the module name is of a frozen package.",
    ),
    NativeDef::function(
        "find_frozen",
        "(name, /, *, withdata=False)",
        find_frozen,
        "Return info about the corresponding frozen module (if there is one) or None.",
    ),
    NativeDef::function(
        "get_frozen_object",
        "(name, data=None, /)",
        get_frozen_object,
        "Create a code object for a frozen module.",
    ),
    NativeDef::function(
        "_frozen_source",
        "(name, /)",
        frozen_source,
        "Source text of a module of the embedded library, or None.",
    ),
    NativeDef::function(
        "_frozen_module_names",
        "()",
        frozen_module_names,
        "Returns the list of available frozen modules.",
    ),
    NativeDef::function(
        "init_frozen",
        "(name, /)",
        |_, _| Ok(Value::NONE),
        "Initializes a frozen module.",
    ),
    NativeDef::function(
        "create_builtin",
        "(spec, /)",
        create_builtin,
        "Create an extension module.",
    ),
    NativeDef::function(
        "exec_builtin",
        "(mod, /)",
        |_, _| Ok(Value::small_int(0)),
        "Initialize a built-in module.",
    ),
    NativeDef::function(
        "exec_dynamic",
        "(mod, /)",
        |_, _| Ok(Value::small_int(0)),
        "Initialize an extension module.",
    ),
    NativeDef::function(
        "_fix_co_filename",
        "(code, path, /)",
        nothing,
        "Changes code.co_filename to specify the passed-in file path.",
    ),
    NativeDef::function(
        "source_hash",
        "(key, source)",
        source_hash,
        "Hash of a source, for checked hash-based .pyc files.",
    ),
    NativeDef::function(
        "_override_frozen_modules_for_tests",
        "(override, /)",
        nothing,
        "(internal-only) Override PyConfig.use_frozen_modules.",
    ),
    NativeDef::function(
        "_override_multi_interp_extensions_check",
        "(override, /)",
        |_, _| Ok(Value::small_int(0)),
        "(internal-only)",
    ),
];

pub(crate) fn init(vm: &Vm) -> Res {
    let m = vm.new_native_module(
        "_imp",
        "(Extremely) low-level import machinery bits as used by importlib.",
        FUNCTIONS,
    )?;
    vm.module_set(m, "check_hash_based_pycs", vm.str("default")?)?;
    vm.module_set(m, "pyc_magic_number_token", Value::small_int(0x0d0a_5079))?;
    Ok(m.value())
}

fn nothing(_: &Vm, _: &[Value]) -> Res {
    Ok(Value::NONE)
}
fn text(vm: &Vm, v: Value) -> Res<String> {
    match vm.as_str(v) {
        Some(s) => Ok(s.to_lossy()),
        None => Err(vm.type_error(format!("module name must be str, not {}", vm.type_name(v)))),
    }
}
/// The name under which the library keeps a frozen module.
pub(crate) fn stored_name(name: &str) -> &str {
    match name {
        "_frozen_importlib" => "importlib._bootstrap",
        "_frozen_importlib_external" => "importlib._bootstrap_external",
        name => name,
    }
}
pub(crate) fn is_native(vm: &Vm, name: &str) -> bool {
    vm.native_modules.borrow().iter().any(|&(n, _)| n == name)
}
fn is_builtin(vm: &Vm, args: &[Value]) -> Res {
    let name = text(vm, args[0])?;
    let known = is_native(vm, &name) || matches!(name.as_str(), "sys" | "builtins");
    Ok(Value::small_int(known as isize))
}
fn is_frozen(vm: &Vm, args: &[Value]) -> Res {
    Ok(Value::bool(pyrs_library::find(stored_name(&text(vm, args[0])?)).is_some()))
}
fn is_frozen_package(vm: &Vm, args: &[Value]) -> Res {
    let name = text(vm, args[0])?;
    match pyrs_library::find(stored_name(&name)) {
        Some(m) => Ok(Value::bool(m.is_package())),
        None => Err(no_frozen(vm, &name)),
    }
}
fn no_frozen(vm: &Vm, name: &str) -> pyrs_core::Raised {
    vm.raise_text(vm.exc().import_error, &format!("No such frozen object named {name}"))
}
fn find_frozen(vm: &Vm, args: &[Value]) -> Res {
    let name = text(vm, args[0])?;
    match pyrs_library::find(stored_name(&name)) {
        Some(m) => vm.tuple(&[Value::NONE, Value::bool(m.is_package()), vm.str(m.name())?]),
        None => Ok(Value::NONE),
    }
}
fn get_frozen_object(vm: &Vm, args: &[Value]) -> Res {
    Ok(frozen_code(vm, &text(vm, args[0])?)?.value())
}
/// The code of a module of the embedded library.
pub(crate) fn frozen_code(vm: &Vm, name: &str) -> Res<Gc<Code>> {
    let Some(m) = pyrs_library::find(stored_name(name)) else { return Err(no_frozen(vm, name)) };
    let code = match m.code() {
        std::borrow::Cow::Borrowed(bytes) => pyrs_bytecode::pyc::read_library(bytes),
        std::borrow::Cow::Owned(bytes) => pyrs_bytecode::pyc::read(&bytes),
    };
    match code {
        Ok(data) => vm.new_code(data),
        Err(e) => Err(
            vm.raise_text(vm.exc().import_error, &format!("frozen module {name} is damaged: {e}"))
        ),
    }
}
fn frozen_source(vm: &Vm, args: &[Value]) -> Res {
    match pyrs_library::find(stored_name(&text(vm, args[0])?)) {
        Some(m) => match pyrs_syntax::decode_source(&m.source()) {
            Ok(s) => vm.str(&s),
            Err(_) => Ok(Value::NONE),
        },
        None => Ok(Value::NONE),
    }
}
fn frozen_module_names(vm: &Vm, _: &[Value]) -> Res {
    let list = vm.new_list()?;
    for i in 0..pyrs_library::count() {
        vm.list_append(list, vm.str(pyrs_library::at(i).name())?)?;
    }
    Ok(list.value())
}
fn create_builtin(vm: &Vm, args: &[Value]) -> Res {
    let name = vm.get_attr(args[0], vm.intern("name"))?;
    let name = text(vm, name)?;
    native_module(vm, &name)
}
/// Builds (or finds) a native module.
pub(crate) fn native_module(vm: &Vm, name: &str) -> Res {
    if let Some(m) = vm.loaded_module(name) {
        return Ok(m);
    }
    let init = vm.native_modules.borrow().iter().find(|&&(n, _)| n == name).map(|&(_, f)| f);
    match init {
        Some(init) => init(vm),
        None => {
            Err(vm.raise_text(vm.exc().import_error, &format!("no built-in module named {name}")))
        }
    }
}
fn source_hash(vm: &Vm, args: &[Value]) -> Res {
    let Some(source) = vm.as_bytes(args[1]) else {
        return Err(vm.type_error("a bytes-like object is required"));
    };
    let h =
        pyrs_text::hash::hash_bytes(source.data(), pyrs_text::hash::Seed::from_number(0)) as i64;
    vm.bytes(&h.to_le_bytes())
}
