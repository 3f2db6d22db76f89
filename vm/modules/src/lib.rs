//! Native modules of the standard library, and the start-up of a Python interpreter.
//!
//! One file or folder per Python module, each with a function that builds the module; `TABLE` names them all.
//! Modules see the core's objects and protocols, never the interpreter's insides.

mod abc_module;
mod accounts;
mod array;
mod atexit;
mod binascii;
mod bisect;
mod class_support;
mod cmath;
mod codecs;
mod collections;
mod contextvars;
mod csv;
mod errno;
mod faulthandler;
mod fcntl_module;
mod functools;
mod gc_module;
mod gil;
mod hashes;
mod heapq;
mod imp;
pub mod import;
mod io;
mod itertools;
mod json;
mod locale_module;
mod marshal;
mod math;
mod namespace;
mod opcode_module;
mod operator;
mod os_error;
mod pending;
mod posix;
mod posixsubprocess;
mod pyrs_module;
mod random_module;
mod resource;
mod select_module;
mod signal;
mod socket;
mod sre;
pub mod startup;
mod statistics;
mod string_module;
mod struct_sequence;
mod structs;
mod support;
mod symtable_module;
mod sys;
mod sysconfigdata;
mod thread;
mod time;
mod tokenize_module;
mod types_module;
mod unicodedata;
mod warnings;
mod zlib;

use pyrs_core::vm::ModuleInit;

/// The file descriptor is open.
pub(crate) fn startup_fd_is_open(fd: i32) -> bool {
    // SAFETY: F_GETFD only looks the descriptor up.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

/// Every native module by name.
pub(crate) const TABLE: &[(&str, ModuleInit)] = &[
    ("_abc", abc_module::init),
    ("_bisect", bisect::init),
    ("_blake2", hashes::init_blake2),
    ("_codecs", codecs::init),
    ("_collections", collections::init),
    ("_contextvars", contextvars::init),
    ("_functools", functools::init),
    ("_heapq", heapq::init),
    ("_imp", imp::init),
    ("_io", io::init),
    ("_json", json::init),
    ("_locale", locale_module::init),
    ("_md5", hashes::init_md5),
    ("_opcode", opcode_module::init),
    ("_operator", operator::init),
    ("_posixsubprocess", posixsubprocess::init),
    ("_random", random_module::init),
    ("_sha1", hashes::init_sha1),
    ("_sha2", hashes::init_sha2),
    ("_sha3", hashes::init_sha3),
    ("_signal", signal::init),
    ("_socket", socket::init),
    ("_sre", sre::init),
    ("_statistics", statistics::init),
    ("_string", string_module::init),
    ("binascii", binascii::init),
    ("unicodedata", unicodedata::init),
    ("cmath", cmath::init),
    ("_csv", csv::init),
    ("zlib", zlib::init),
    ("_struct", structs::init),
    ("_suggestions", types_module::suggestions),
    ("_symtable", symtable_module::init),
    ("_thread", thread::init),
    ("_tokenize", tokenize_module::init),
    ("_types", types_module::init),
    ("_warnings", warnings::init),
    (sysconfigdata::NAME, sysconfigdata::init),
    ("array", array::init),
    ("atexit", atexit::init),
    ("binascii", binascii::init),
    ("cmath", cmath::init),
    ("errno", errno::init),
    ("faulthandler", faulthandler::init),
    ("fcntl", fcntl_module::init),
    ("gc", gc_module::init),
    ("grp", accounts::init_grp),
    ("itertools", itertools::init),
    ("marshal", marshal::init),
    ("math", math::init),
    ("posix", posix::init),
    ("pwd", accounts::init_pwd),
    ("pyrs", pyrs_module::init),
    ("pyrs.jit", pyrs_module::init_jit),
    ("resource", resource::init),
    ("select", select_module::init),
    ("time", time::init),
    ("unicodedata", unicodedata::init),
    ("_csv", csv::init),
    ("zlib", zlib::init),
];
