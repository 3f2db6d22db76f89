//! Running what the command line names, in a machine of its own, to the exit status.

use crate::arguments::{Invocation, Source};
use crate::jit_options::{Format, JitOptions};
use pyrs_core::object::Dict;
use pyrs_core::{Gc, Res, Settings, Value, Vm};
use pyrs_modules::startup;
use std::io::Write;

/// Runs the program; gives the exit status. `stack_size` is that of the calling thread.
pub fn run(invocation: &Invocation, stack_size: usize) -> i32 {
    let mut settings = Settings { hash_seed: invocation.hash_seed, ..Settings::default() };
    settings.heap = pyrs_heap::HeapConfig::from_env();
    settings.optimize = invocation.config.optimize;
    let vm = Vm::new(settings);
    let here = 0u8;
    // The last part of the native stack is kept for the code that reports its exhaustion.
    vm.stack
        .set_native_limit((&raw const here as usize) - stack_size + (1 << 20).max(stack_size / 16));
    start_jit(&vm, &invocation.jit);
    let status = vm.heap.with_stack(|| body(&vm, invocation));
    vm.heap.log_statistics();
    report_jit(&vm, &invocation.jit);
    // The process ends here: taking the heap apart would only cost time.
    std::mem::forget(vm);
    status
}

/// Starts the JIT where there is a back end for this CPU, with what was asked for about it.
fn start_jit(vm: &Vm, wanted: &JitOptions) {
    if wanted.stats.is_some() {
        vm.measure_jit();
    }
    if let Some((stages, to)) = &wanted.dump {
        match open(to) {
            Ok(out) => vm.dump_traces(*stages, out),
            Err(why) => eprintln!("pyrs: --jit=dump: {why}"),
        }
    }
    if wanted.perf
        && let Err(e) = vm.map_traces()
    {
        eprintln!("pyrs: -X perf: {}", os_text(&e));
    }
    let backend = crate::backend::of_this_cpu();
    if backend.is_some() {
        vm.offer_jit();
    }
    if let (true, Some(backend)) = (wanted.is_on(), backend) {
        // Where no memory may be executed, programs are interpreted.
        let _ = vm.start_jit(backend, wanted.options);
    }
}

/// What was asked to be told at the end.
fn report_jit(vm: &Vm, wanted: &JitOptions) {
    if let Some((format, to)) = &wanted.stats {
        let rows = vm.jit_stats();
        let text = match format {
            Format::Table => pyrs_core::jit::table(&rows),
            Format::Json => pyrs_core::jit::json(&rows),
        };
        let written =
            open(to).and_then(|mut out| out.write_all(text.as_bytes()).map_err(|e| os_text(&e)));
        if let Err(why) = written {
            eprintln!("pyrs: --jit=stats: {why}");
        }
    }
    if wanted.why {
        // Nobody is left to hear that stderr is gone.
        let _ = std::io::stderr().write_all(vm.jit_explain_all().as_bytes());
    }
}

/// The file of that name, made anew, or stderr.
fn open(to: &Option<String>) -> Result<Box<dyn Write>, String> {
    match to {
        None => Ok(Box::new(std::io::stderr())),
        Some(path) => match std::fs::File::create(path) {
            Ok(f) => Ok(Box::new(f)),
            Err(e) => Err(format!("{path}: {}", os_text(&e))),
        },
    }
}

fn body(vm: &Vm, invocation: &Invocation) -> i32 {
    if let Err(r) = startup::start(vm, &invocation.config) {
        return startup::report_uncaught(vm, r);
    }
    let mut status = match run_source(vm, invocation) {
        Ok(()) => 0,
        Err(r) => startup::report_uncaught(vm, r),
    };
    if !startup::finish(vm) && status == 0 {
        status = 120;
    }
    status
}

#[inline(never)]
fn run_source(vm: &Vm, invocation: &Invocation) -> Res<()> {
    let globals = main_module(vm)?;
    let safe = invocation.config.safe_path;
    match &invocation.source {
        Source::Command(text) => {
            prepend_path(vm, safe, "")?;
            run_text(vm, text, "<string>", globals)
        }
        Source::Module(name) => {
            let cwd =
                std::env::current_dir().map_or_else(|_| String::new(), |p| p.display().to_string());
            prepend_path(vm, safe, &cwd)?;
            let runpy = vm.import_module("runpy")?;
            vm.call_method(runpy, "_run_module_as_main", &[vm.str(name)?]).map(drop)
        }
        Source::Stdin => {
            prepend_path(vm, safe, "")?;
            use std::io::IsTerminal;
            if std::io::stdin().is_terminal() || invocation.config.interactive {
                return interactive(vm, invocation);
            }
            let mut bytes = Vec::new();
            use std::io::Read;
            if let Err(e) = std::io::stdin().read_to_end(&mut bytes) {
                return Err(vm.raise_text(vm.exc().os_error, &e.to_string()));
            }
            run_bytes(vm, &bytes, "<stdin>", globals)
        }
        Source::Path(path) => run_path(vm, path, invocation, globals),
    }
}

fn run_path(vm: &Vm, path: &str, invocation: &Invocation, globals: Gc<Dict>) -> Res<()> {
    let p = std::path::Path::new(path);
    if p.is_dir() || path.ends_with(".zip") || path.ends_with(".pyz") {
        prepend_path(vm, false, path)?;
        let runpy = vm.import_module("runpy")?;
        let main = vm.str("__main__")?;
        return vm.call_method(runpy, "_run_module_as_main", &[main, Value::FALSE]).map(drop);
    }
    let mut bytes = match std::fs::read(p) {
        Ok(b) => b,
        Err(e) => {
            let text = match e.raw_os_error() {
                Some(n) => format!("[Errno {n}] {}", os_text(&e)),
                None => e.to_string(),
            };
            eprintln!("{}: can't open file '{}': {text}", program_name(invocation), absolute(path));
            return Err(vm.raise_with(vm.exc().system_exit, &[Value::small_int(2)]));
        }
    };
    if invocation.skip_first_line {
        let end = bytes.iter().position(|&b| b == b'\n').unwrap_or(bytes.len());
        bytes.drain(..end);
    }
    let real = std::fs::canonicalize(p).unwrap_or_else(|_| p.to_owned());
    let dir = real.parent().map_or_else(String::new, |d| d.display().to_string());
    prepend_path(vm, invocation.config.safe_path, &dir)?;
    // As in CPython, the main program's file name is absolute.
    let shown = absolute(path);
    vm.dict_set_str(globals, vm.names().file, vm.str(&shown)?)?;
    vm.dict_set_str(globals, vm.names().cached, Value::NONE)?;
    run_bytes(vm, &bytes, &shown, globals)
}
fn program_name(invocation: &Invocation) -> String {
    invocation.config.orig_argv.first().cloned().unwrap_or_else(|| "pyrs".to_owned())
}
fn absolute(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |p| p.display().to_string())
}
/// The system's words without Rust's "(os error N)".
fn os_text(e: &std::io::Error) -> String {
    let text = e.to_string();
    text.split(" (os error").next().unwrap_or("").to_owned()
}

/// `__main__` and its namespace.
fn main_module(vm: &Vm) -> Res<Gc<Dict>> {
    let m = vm.new_module("__main__", Value::NONE)?;
    if let Some(modules) = vm.as_dict(vm.modules.get()) {
        vm.dict_set_str(modules, vm.names().main, m.value())?;
    }
    let dict = vm.module_dict(m);
    if let Some(builtins) = vm.loaded_module("builtins") {
        vm.dict_set_str(dict, vm.names().builtins, builtins)?;
    }
    Ok(dict)
}

fn prepend_path(vm: &Vm, safe: bool, dir: &str) -> Res<()> {
    if safe {
        return Ok(());
    }
    let sys = vm.as_dict(vm.sys_dict.get());
    let path = sys.and_then(|d| vm.dict_get_str(d, vm.intern("path"))).and_then(|p| vm.as_list(p));
    match path {
        Some(path) => {
            let dir = vm.str(dir)?;
            vm.list_splice(path, 0, 0, &[dir])
        }
        None => Ok(()),
    }
}

fn run_bytes(vm: &Vm, bytes: &[u8], filename: &str, globals: Gc<Dict>) -> Res<()> {
    match pyrs_syntax::decode_source(bytes) {
        Ok(text) => run_text(vm, &text, filename, globals),
        Err(e) => Err(pyrs_builtins::raise_syntax_error(vm, &e, vm.str(filename)?, None)),
    }
}
fn run_text(vm: &Vm, text: &str, filename: &str, globals: Gc<Dict>) -> Res<()> {
    let request = pyrs_builtins::Request::plain(vm, pyrs_syntax::Mode::Exec);
    let code = pyrs_builtins::compile_text(vm, text, vm.str(filename)?, &request)?;
    vm.run_code(code, globals, globals.value(), Value::UNBOUND).map(drop)
}

/// The plain prompt: the `code` module's loop over `input`.
fn interactive(vm: &Vm, invocation: &Invocation) -> Res<()> {
    let code = vm.import_module("code")?;
    let main = vm.loaded_module("__main__").unwrap_or(Value::NONE);
    let local = vm.get_attr(main, vm.names().dict)?;
    let banner = if invocation.config.quiet {
        vm.str("")?
    } else {
        let version =
            vm.get_attr(vm.loaded_module("sys").unwrap_or(Value::NONE), vm.intern("version"))?;
        let text = vm.str_of(version)?.to_lossy();
        vm.str(&format!("Python {text} on linux\nType \"help\", \"copyright\", \"credits\" or \"license\" for more information."))?
    };
    let interact = vm.get_attr(code, vm.intern("interact"))?;
    let exit_message = vm.str("")?;
    vm.call(interact, &[banner, Value::NONE, local, exit_message]).map(drop)
}
