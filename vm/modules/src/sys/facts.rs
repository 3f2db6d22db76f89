//! The constants of `sys`: version, platform, numeric limits, flags, paths.

use crate::startup::Config;
use crate::struct_sequence;
use pyrs_core::object::Module;
use pyrs_core::{Gc, Res, Value, Vm};

/// The Python version whose language and library this is.
pub(crate) const VERSION: (i64, i64, i64) = (3, 14, 7);

pub(super) fn add(vm: &Vm, m: Gc<Module>, config: &Config) -> Res<()> {
    let set = |name: &str, v: Res| vm.module_set(m, name, v?);
    let (major, minor, micro) = VERSION;
    set(
        "version",
        // The form that `platform` reads: (build number) [compiler].
        vm.str(&format!("{major}.{minor}.{micro} (pyrs {}) [Rust]", env!("CARGO_PKG_VERSION"))),
    )?;
    set("hexversion", vm.int(major << 24 | minor << 16 | micro << 8 | 0xf0))?;
    set("api_version", vm.int(1013))?;
    set("copyright", vm.str("pyrs: MIT OR Apache-2.0.\nThe Python library: Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved."))?;
    set("platform", vm.str("linux"))?;
    set("byteorder", vm.str(if cfg!(target_endian = "little") { "little" } else { "big" }))?;
    set("maxsize", vm.int(isize::MAX as i64))?;
    set("maxunicode", vm.int(0x10ffff))?;
    set("float_repr_style", vm.str("short"))?;
    set("platlibdir", vm.str("lib"))?;
    set("abiflags", vm.str(""))?;
    set("_framework", vm.str(""))?;
    set("_git", vm.tuple(&[vm.str("pyrs")?, vm.str("")?, vm.str("")?]))?;
    set("dont_write_bytecode", Ok(Value::bool(config.dont_write_bytecode)))?;
    set("pycache_prefix", Ok(Value::NONE))?;
    set("_stdlib_dir", Ok(Value::NONE))?;
    set("path", vm.list(&[]))?;
    set("meta_path", vm.list(&[]))?;
    set("path_hooks", vm.list(&[]))?;
    set("path_importer_cache", Ok(vm.new_dict()?.value()))?;
    for name in ["argv", "orig_argv", "warnoptions"] {
        let list = vm.new_list()?;
        let from = match name {
            "argv" => &config.argv,
            "orig_argv" => &config.orig_argv,
            _ => &config.warn_options,
        };
        for a in from {
            vm.list_append(list, vm.str(a)?)?;
        }
        set(name, Ok(list.value()))?;
    }
    let xoptions = vm.new_dict()?;
    for (k, v) in &config.x_options {
        let v = match v {
            Some(v) => vm.str(v)?,
            None => Value::TRUE,
        };
        vm.dict_set_str(xoptions, vm.intern(k), v)?;
    }
    set("_xoptions", Ok(xoptions.value()))?;
    set("executable", vm.str(&config.executable))?;
    set("_base_executable", vm.str(&config.executable))?;
    let prefix = config.prefix();
    for name in ["prefix", "exec_prefix", "base_prefix", "base_exec_prefix"] {
        set(name, vm.str(&prefix))?;
    }
    module_names(vm, m)?;
    numeric(vm, m)?;
    sequences(vm, m, config)
}

fn module_names(vm: &Vm, m: Gc<Module>) -> Res<()> {
    let mut native: Vec<&str> = vm.native_modules.borrow().iter().map(|&(n, _)| n).collect();
    native.extend(["builtins", "sys"]);
    native.sort_unstable();
    let list = vm.new_list()?;
    for n in &native {
        vm.list_append(list, vm.intern(n).value())?;
    }
    vm.module_set(m, "builtin_module_names", vm.tuple(list.items())?)?;
    // The set of all top-level names is large and rarely asked for: a module `__getattr__` would be seen by
    // programs, so it is made here from the sorted table.
    let names = vm.new_set(pyrs_core::object::core_shape::FROZENSET)?;
    for n in native.into_iter().filter(|n| *n != crate::sysconfigdata::NAME) {
        vm.set_add(names, vm.intern(n).value())?;
    }
    vm.module_set(m, "stdlib_module_names", names.value())
}

fn numeric(vm: &Vm, m: Gc<Module>) -> Res<()> {
    let int = |n: i64| vm.int(n);
    let float_info = struct_sequence::define(
        vm,
        "sys.float_info",
        "A named tuple holding information about the float type.",
        &[
            "max",
            "max_exp",
            "max_10_exp",
            "min",
            "min_exp",
            "min_10_exp",
            "dig",
            "mant_dig",
            "epsilon",
            "radix",
            "rounds",
        ],
        11,
    )?;
    let values = [
        vm.float(f64::MAX)?,
        int(1024)?,
        int(308)?,
        vm.float(f64::MIN_POSITIVE)?,
        int(-1021)?,
        int(-307)?,
        int(15)?,
        int(53)?,
        vm.float(f64::EPSILON)?,
        int(2)?,
        int(1)?,
    ];
    vm.module_set(m, "float_info", struct_sequence::make(vm, float_info, &values)?)?;
    let int_info = struct_sequence::define(
        vm,
        "sys.int_info",
        "A named tuple that holds information about Python's internal representation of integers.",
        &["bits_per_digit", "sizeof_digit", "default_max_str_digits", "str_digits_check_threshold"],
        4,
    )?;
    let digit = size_of::<usize>() as i64;
    let values = [int(30)?, int(digit.min(4))?, int(4300)?, int(640)?];
    vm.module_set(m, "int_info", struct_sequence::make(vm, int_info, &values)?)?;
    let hash_info = struct_sequence::define(
        vm,
        "sys.hash_info",
        "A named tuple providing parameters used for computing hashes.",
        &[
            "width",
            "modulus",
            "inf",
            "nan",
            "imag",
            "algorithm",
            "hash_bits",
            "seed_bits",
            "cutoff",
        ],
        9,
    )?;
    let modulus =
        if cfg!(target_pointer_width = "64") { (1i64 << 61) - 1 } else { (1i64 << 31) - 1 };
    let values = [
        int(isize::BITS as i64)?,
        int(modulus)?,
        int(314159)?,
        int(0)?,
        int(1000003)?,
        vm.str("siphash13")?,
        int(64)?,
        int(128)?,
        int(0)?,
    ];
    vm.module_set(m, "hash_info", struct_sequence::make(vm, hash_info, &values)?)?;
    let thread_info = struct_sequence::define(
        vm,
        "sys.thread_info",
        "A named tuple holding information about the thread implementation.",
        &["name", "lock", "version"],
        3,
    )?;
    let values = [vm.str("pthread")?, vm.str("semaphore")?, Value::NONE];
    vm.module_set(m, "thread_info", struct_sequence::make(vm, thread_info, &values)?)
}

fn sequences(vm: &Vm, m: Gc<Module>, config: &Config) -> Res<()> {
    let version_info = struct_sequence::define(
        vm,
        "sys.version_info",
        "sys.version_info\n\nVersion information as a named tuple.",
        &["major", "minor", "micro", "releaselevel", "serial"],
        5,
    )?;
    let (major, minor, micro) = VERSION;
    let values = [vm.int(major)?, vm.int(minor)?, vm.int(micro)?, vm.str("final")?, vm.int(0)?];
    let version = struct_sequence::make(vm, version_info, &values)?;
    vm.module_set(m, "version_info", version)?;
    let flags = struct_sequence::define(
        vm,
        "sys.flags",
        "sys.flags\n\nFlags provided through command line arguments or environment vars.",
        &[
            "debug",
            "inspect",
            "interactive",
            "optimize",
            "dont_write_bytecode",
            "no_user_site",
            "no_site",
            "ignore_environment",
            "verbose",
            "bytes_warning",
            "quiet",
            "hash_randomization",
            "isolated",
            "dev_mode",
            "utf8_mode",
            "warn_default_encoding",
            "safe_path",
            "int_max_str_digits",
            "gil",
            "thread_inherit_context",
            "context_aware_warnings",
        ],
        18,
    )?;
    let n = |b: bool| Value::small_int(b as isize);
    let values = [
        n(false),
        n(config.inspect),
        n(config.interactive),
        vm.int(config.optimize as i64)?,
        n(config.dont_write_bytecode),
        n(config.no_user_site),
        n(config.no_site),
        n(config.ignore_environment),
        vm.int(config.verbose as i64)?,
        vm.int(config.bytes_warning as i64)?,
        n(config.quiet),
        n(vm.settings.hash_seed != Some(0)),
        n(config.isolated),
        Value::bool(config.dev_mode),
        vm.int(1)?,
        n(false),
        Value::bool(config.safe_path),
        vm.int(4300)?,
        vm.int(1)?,
        n(false),
        n(false),
    ];
    vm.module_set(m, "flags", struct_sequence::make(vm, flags, &values)?)?;
    let ns = crate::startup::simple_namespace(vm)?;
    let put = |name: &str, v: Value| vm.set_attr(ns, vm.intern(name), v);
    put("name", vm.str("pyrs")?)?;
    put("cache_tag", vm.str("pyrs-314")?)?;
    put("version", version)?;
    put("hexversion", vm.int(major << 24 | minor << 16 | micro << 8 | 0xf0)?)?;
    put("_multiarch", vm.str(crate::sysconfigdata::MULTIARCH)?)?;
    put("supports_isolated_interpreters", Value::FALSE)?;
    vm.module_set(m, "implementation", ns)
}
