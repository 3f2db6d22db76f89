//! The command `pyrs`: arguments, the main thread, and what happens at the end.
//!
//! Only this room prints usage and decides exit codes; everything between is the crates'.

mod arguments;
mod backend;
mod jit_options;
mod program;

use std::process::ExitCode;

/// Native stack of the main interpreter thread: address space, committed as it is used. Python frames do not
/// live there; natively recursing code (repr of nested lists, sorting with Python keys, ...) does.
const NATIVE_STACK: usize = if cfg!(target_pointer_width = "64") { 512 << 20 } else { 64 << 20 };

fn main() -> ExitCode {
    let parsed = match arguments::parse(std::env::args_os().collect()) {
        Ok(arguments::Parsed::Run(invocation)) => invocation,
        Ok(arguments::Parsed::Print(text)) => {
            use std::io::Write;
            // A reader that went away wants no help.
            let _ = std::io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(text) => {
            eprint!("{text}");
            return ExitCode::from(2);
        }
    };
    pyrs_modules::startup::tune_allocator();
    let thread = std::thread::Builder::new().name("main".into()).stack_size(NATIVE_STACK);
    // Signals are the interpreter thread's: this one only waits for it.
    let mask = pyrs_modules::startup::block_signals();
    let run = move || {
        pyrs_modules::startup::restore_signals(&mask);
        program::run(&parsed, NATIVE_STACK)
    };
    let status = match thread.spawn(run) {
        Ok(handle) => handle.join().unwrap_or(70),
        Err(e) => {
            eprintln!("pyrs: cannot start the interpreter thread: {e}");
            70
        }
    };
    ExitCode::from(status as u8)
}
