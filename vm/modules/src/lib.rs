//! Native modules of the standard library, and the start-up of a Python interpreter.
//!
//! One file or folder per Python module, each with a function that builds the module; `TABLE` names them all.
//! Modules see the core's objects and protocols, never the interpreter's insides.

mod array;
mod codecs;
mod errno;
mod gc_module;
mod gil;
mod imp;
pub mod import;
mod itertools;
mod marshal;
mod math;
mod namespace;
mod os_error;
mod pending;
mod posix;
mod random_module;
mod sre;
pub mod startup;
mod struct_sequence;
mod structs;
mod support;
mod sys;
mod thread;
mod warnings;

use pyrs_core::vm::ModuleInit;

/// The file descriptor is open.
pub(crate) fn startup_fd_is_open(fd: i32) -> bool {
    // SAFETY: F_GETFD only looks the descriptor up.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

/// Every native module by name.
pub(crate) const TABLE: &[(&str, ModuleInit)] = &[
    ("_codecs", codecs::init),
    ("_imp", imp::init),
    ("_sre", sre::init),
    ("_thread", thread::init),
    ("_warnings", warnings::init),
    ("errno", errno::init),
    ("gc", gc_module::init),
    ("itertools", itertools::init),
    ("marshal", marshal::init),
    ("_random", random_module::init),
    ("_struct", structs::init),
    ("array", array::init),
    ("math", math::init),
    ("posix", posix::init),
];
