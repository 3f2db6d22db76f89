//! Start-up and shut-down of an interpreter: from a bare machine to one that can import and print.

use crate::{imp, import, sys};
use pyrs_core::object::{Generator, GeneratorState, Module, class_flag};
use pyrs_core::{Gc, Res, Value, Vm};

/// What the command line and the environment decide.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub argv: Vec<String>,
    pub orig_argv: Vec<String>,
    pub executable: String,
    pub warn_options: Vec<String>,
    pub x_options: Vec<(String, Option<String>)>,
    /// `PYTHONPATH`, split
    pub python_path: Vec<String>,
    pub optimize: u8,
    pub verbose: u8,
    pub bytes_warning: u8,
    pub inspect: bool,
    pub interactive: bool,
    pub quiet: bool,
    pub isolated: bool,
    pub ignore_environment: bool,
    pub no_site: bool,
    pub no_user_site: bool,
    pub safe_path: bool,
    pub dev_mode: bool,
    pub unbuffered: bool,
    pub dont_write_bytecode: bool,
}

impl Config {
    /// `sys.prefix`: the folder above the one that holds the executable.
    pub fn prefix(&self) -> String {
        let p = std::path::Path::new(&self.executable);
        p.parent()
            .and_then(|p| p.parent())
            .map_or_else(|| "/usr".to_owned(), |p| p.display().to_string())
    }
}

/// Signals that a thread does not receive.
pub struct SignalMask(libc::sigset_t);

/// Blocks all signals in the calling thread and in threads it starts; gives what was blocked before.
pub fn block_signals() -> SignalMask {
    // SAFETY: plain bits; sets of ours.
    unsafe {
        let (mut all, mut old) = (core::mem::zeroed(), core::mem::zeroed());
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut old);
        SignalMask(old)
    }
}
/// Makes the calling thread receive signals as before `block_signals`.
pub fn restore_signals(mask: &SignalMask) {
    // SAFETY: a set that `pthread_sigmask` has filled.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &mask.0, core::ptr::null_mut()) };
}

/// Sets the C library's allocator up for a program that lives on one thread other than the first: one arena that
/// grows in large steps, instead of one per thread that asks the kernel for a page at a time.
pub fn tune_allocator() {
    #[cfg(target_env = "gnu")]
    // SAFETY: parameters of the allocator, set before other threads exist.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TOP_PAD, 1 << 18);
    }
}

/// Makes a fresh machine ready to run programs.
pub fn start(vm: &Vm, config: &Config) -> Res<()> {
    pyrs_builtins::install(vm)?;
    vm.register_modules(crate::TABLE);
    crate::pending::install(vm);
    let builtins = builtins_module(vm)?;
    sys::init(vm, config)?;
    let f = vm.new_native(&import::IMPORT, None, vm.str("builtins")?)?;
    vm.module_set(builtins, "__import__", f)?;
    machinery(vm)?;
    paths(vm, config)?;
    encodings(vm)?;
    streams(vm, config)?;
    crate::signal::install(vm)?;
    if !config.no_site {
        let site = vm.import_module("site")?;
        vm.call_method(site, "main", &[])?;
    }
    vm.at_start.set(deaths_that_matter(vm));
    // What start-up itself calls is not worth reading it.
    vm.set_prelude(pyrs_library::prelude);
    Ok(())
}

/// The `builtins` module over the machine's builtins dict.
fn builtins_module(vm: &Vm) -> Res<Gc<Module>> {
    let m = vm.new_module(
        "builtins",
        vm.str("Built-in functions, types, exceptions, and other objects.")?,
    )?;
    let fresh = vm.module_dict(m);
    if let Some(builtins) = vm.as_dict(vm.builtins.get()) {
        vm.dict_merge(builtins, fresh)?;
        m.dict.set(&vm.heap, m, builtins.value());
    }
    if let Some(modules) = vm.as_dict(vm.modules.get()) {
        vm.dict_set_str(modules, vm.names().builtins_module, m.value())?;
    }
    Ok(m)
}

/// Runs importlib's bootstrap from the embedded library and installs its finders.
fn machinery(vm: &Vm) -> Res<()> {
    let run = |name: &str| -> Res {
        let m = vm.new_module(name, Value::NONE)?;
        if let Some(modules) = vm.as_dict(vm.modules.get()) {
            vm.dict_set_str(modules, vm.intern(name), m.value())?;
        }
        let code = imp::frozen_code(vm, name)?;
        let dict = vm.module_dict(m);
        // importlib wants to know under which name the library keeps its own modules.
        let stored = vm.str(imp::stored_name(name))?;
        vm.dict_set_str(dict, vm.intern("__origname__"), stored)?;
        vm.run_code(code, dict, dict.value(), Value::UNBOUND)?;
        Ok(m.value())
    };
    let bootstrap = run("_frozen_importlib")?;
    let imp_module = imp::native_module(vm, "_imp")?;
    if let Some(modules) = vm.as_dict(vm.modules.get()) {
        vm.dict_set_str(modules, vm.intern("_imp"), imp_module)?;
    }
    let sys_module = vm.loaded_module("sys").unwrap_or(Value::NONE);
    vm.call_method(bootstrap, "_install", &[sys_module, imp_module])?;
    vm.call_method(bootstrap, "_install_external_importers", &[])?;
    Ok(())
}

/// `sys.path`: PYTHONPATH, then the places site packages live in are site's business.
fn paths(vm: &Vm, config: &Config) -> Res<()> {
    let list = vm.new_list()?;
    for p in &config.python_path {
        vm.list_append(list, vm.str(p)?)?;
    }
    if let Some(d) = vm.as_dict(vm.sys_dict.get()) {
        vm.dict_set_str(d, vm.intern("path"), list.value())?;
    }
    Ok(())
}

/// The codec registry's search function.
fn encodings(vm: &Vm) -> Res<()> {
    vm.import_module("encodings").map(drop)
}

/// `sys.stdin`, `stdout`, `stderr`; a closed descriptor gives None.
fn streams(vm: &Vm, config: &Config) -> Res<()> {
    let io = vm.import_module("io")?;
    for (fd, name) in [(0, "stdin"), (1, "stdout"), (2, "stderr")] {
        let stream = open_stream(vm, io, fd, config)?;
        if let Some(d) = vm.as_dict(vm.sys_dict.get()) {
            vm.dict_set_str(d, vm.intern(name), stream)?;
            vm.dict_set_str(d, vm.intern(&format!("__{name}__")), stream)?;
        }
    }
    if let Some(b) = vm.as_dict(vm.builtins.get()) {
        vm.dict_set_str(b, vm.intern("open"), vm.get_attr(io, vm.intern("open"))?)?;
    }
    Ok(())
}
fn open_stream(vm: &Vm, io: Value, fd: i32, config: &Config) -> Res {
    if !crate::startup_fd_is_open(fd) {
        return Ok(Value::NONE);
    }
    let (mode, name) = [("rb", "<stdin>"), ("wb", "<stdout>"), ("wb", "<stderr>")][fd as usize];
    let unbuffered = config.unbuffered && fd != 0;
    let open = vm.get_attr(io, vm.intern("open"))?;
    let kwargs = vm.new_dict()?;
    vm.dict_set_str(kwargs, vm.intern("closefd"), Value::FALSE)?;
    let buffering = Value::small_int(if unbuffered { 0 } else { -1 });
    let args = [vm.int(fd as i64)?, vm.str(mode)?, buffering];
    let buffer = vm.call_dict(open, &args, Some(kwargs))?;
    let raw = if unbuffered { buffer } else { vm.get_attr(buffer, vm.intern("raw"))? };
    vm.set_attr(raw, vm.intern("name"), vm.str(name)?)?;
    let tty = vm.call_method(raw, "isatty", &[])?;
    let wrapper = vm.get_attr(io, vm.intern("TextIOWrapper"))?;
    let kwargs = vm.new_dict()?;
    let put = |key: &str, v: Value| vm.dict_set_str(kwargs, vm.intern(key), v);
    let errors = std::env::var("PYTHONIOENCODING").ok().filter(|_| !config.ignore_environment);
    let (encoding, errors) = match errors.as_deref().map(|e| e.split_once(':').unwrap_or((e, ""))) {
        Some((enc, err)) => (enc.to_owned(), err.to_owned()),
        None => (String::new(), String::new()),
    };
    let encoding = if encoding.is_empty() { "utf-8".to_owned() } else { encoding };
    let errors = match (fd, errors.as_str()) {
        (2, _) => "backslashreplace".to_owned(),
        (_, "") => "strict".to_owned(),
        (_, e) => e.to_owned(),
    };
    let errors =
        if errors == "strict" && posix_locale() { "surrogateescape".to_owned() } else { errors };
    put("encoding", vm.str(&encoding)?)?;
    put("errors", vm.str(&errors)?)?;
    put("newline", if fd == 0 { Value::NONE } else { vm.str("\n")? })?;
    put("line_buffering", Value::bool(fd == 2 || tty == Value::TRUE))?;
    put("write_through", Value::bool(unbuffered))?;
    let stream = vm.call_dict(wrapper, &[buffer], Some(kwargs))?;
    vm.set_attr(stream, vm.intern("mode"), vm.str(if fd == 0 { "r" } else { "w" })?)?;
    Ok(stream)
}
/// The locale is C or POSIX: standard streams then pass undecodable bytes through.
fn posix_locale() -> bool {
    let name = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|v| std::env::var(v).ok().filter(|s| !s.is_empty()));
    matches!(name.as_deref(), None | Some("C") | Some("POSIX"))
}

/// An empty `types.SimpleNamespace`.
pub(crate) fn simple_namespace(vm: &Vm) -> Res {
    crate::namespace::new(vm)
}
/// Runs exit handlers and flushes; the exit status when stdout could not be flushed is 120.
pub fn finish(vm: &Vm) -> bool {
    for (module, function) in [("threading", "_shutdown"), ("atexit", "_run_exitfuncs")] {
        if let Some(m) = vm.loaded_module(module)
            && let Err(r) = vm.call_method(m, function, &[])
        {
            let e = vm.take_exception(r);
            sys::display_exception(vm, e);
        }
    }
    let flushed = sys::flush_std(vm);
    drop_main(vm);
    if deaths_that_matter(vm) != vm.at_start.get() {
        // Files are among the objects with finalisers.
        crate::io::flush_open_files(vm);
    }
    let flushed = flushed & sys::flush_std(vm);
    crate::signal::die_if_interrupted();
    flushed
}
/// Counts of what makes an object's death visible: finalisers and callbacks of weak references.
fn deaths_that_matter(vm: &Vm) -> (usize, usize) {
    (vm.heap.finalisers_registered(), vm.weak_callbacks.get())
}
/// Finalises what the program leaves behind: first what is already dead, then all of the program's objects that
/// have a finaliser and all its suspended generators. CPython finds those dead together with the program's
/// modules, so what they use of these is whole.
fn drop_main(vm: &Vm) {
    if deaths_that_matter(vm) == vm.at_start.get() {
        // The program has made nothing whose death anybody could see.
        return;
    }
    if let Some(d) = vm.as_dict(vm.sys_dict.get()) {
        // A failure to forget or to restore something only changes what finalisers see.
        for name in ["last_exc", "last_type", "last_value", "last_traceback"] {
            if vm.dict_get_str(d, vm.intern(name)).is_some() {
                let _ = vm.dict_remove(d, vm.intern(name).value());
            }
        }
        for name in ["stdin", "stdout", "stderr"] {
            if let Some(first) = vm.dict_get_str(d, vm.intern(&format!("__{name}__"))) {
                let _ = vm.dict_set_str(d, vm.intern(name), first);
            }
        }
    }
    collect_and_finalise(vm);
    // What finalisers make has its turn too, but not for ever.
    for _ in 0..2 {
        vm.heap.collect_full();
        vm.heap.condemn_finalisable(|v| is_of_program(vm, v));
        run_pending(vm);
    }
}
/// The program's own objects: instances of classes written in Python, and generators. Streams are flushed later.
fn is_of_program(vm: &Vm, v: Value) -> bool {
    match vm.cast::<Generator>(v) {
        Some(g) => g.state.get() != GeneratorState::Running,
        None => vm.class_of(v).has(class_flag::MUTABLE),
    }
}
fn collect_and_finalise(vm: &Vm) {
    vm.forget_dead_registers(false);
    vm.heap.collect_full();
    run_pending(vm);
}
fn run_pending(vm: &Vm) {
    if let Err(r) = vm.run_pending() {
        let e = vm.take_exception(r);
        sys::display_exception(vm, e);
    }
}
/// What an uncaught exception does: prints it (or exits, for SystemExit) and gives the exit status.
pub fn report_uncaught(vm: &Vm, raised: pyrs_core::Raised) -> i32 {
    let e = vm.take_exception(raised);
    if vm.is_instance_exact(e.value(), vm.exc().system_exit) {
        return exit_status(vm, vm.exception_field(e, 0));
    }
    let interrupted = vm.is_instance_exact(e.value(), vm.exc().keyboard_interrupt);
    if let Some(d) = vm.as_dict(vm.sys_dict.get()) {
        // Failing to remember the exception must not hide it.
        if let Err(r) = vm.dict_set_str(d, vm.names().last_exc, e.value()) {
            vm.take_exception(r);
        }
    }
    let hook = sys::get(vm, "excepthook").filter(|h| !h.is_none());
    match hook {
        Some(h) => {
            let args = [vm.class_of(e.value()).value(), e.value(), e.traceback.get()];
            if let Err(r) = vm.call(h, &args) {
                let inner = vm.take_exception(r);
                if vm.is_instance_exact(inner.value(), vm.exc().system_exit) {
                    return exit_status(vm, vm.exception_field(inner, 0));
                }
                sys::print_to(vm, "stderr", "Error in sys.excepthook:\n");
                sys::display_exception(vm, inner);
                sys::print_to(vm, "stderr", "\nOriginal exception was:\n");
                sys::display_exception(vm, e);
            }
        }
        None => {
            sys::print_to(vm, "stderr", "sys.excepthook is missing\n");
            sys::display_exception(vm, e);
        }
    }
    if interrupted {
        crate::signal::note_fatal_interrupt();
        return 130;
    }
    1
}
fn exit_status(vm: &Vm, code: Value) -> i32 {
    if code.is_none() || code.is_unbound() {
        return 0;
    }
    if let Some(n) = vm.as_int(code) {
        return match vm.int_ref(&n).to_i64() {
            Some(n) => (n & 0xff) as i32,
            None => 255,
        };
    }
    let text = match vm.str_of(code) {
        Ok(s) => s.to_lossy(),
        Err(r) => {
            vm.take_exception(r);
            String::new()
        }
    };
    sys::print_to(vm, "stderr", &format!("{text}\n"));
    1
}
