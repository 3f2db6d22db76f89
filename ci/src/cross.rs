//! Makes this machine able to build and run pyrs for a foreign CPU, and says with which cargo arguments.
//!
//! The standard library for the CPU comes from the first of these that works:
//! 1. the compiler in use already has it (or `rustup target add` fetches it);
//! 2. Debian's `rustc-web` and `rust-web-src`: a compiler with every CPU in it and the matching library
//!    source, from which cargo builds the library itself (`-Zbuild-std`).
//!
//! `PYRS_CROSS=rustup` or `PYRS_CROSS=debian` insists on one. Cross linkers, C libraries and qemu come from
//! Debian packages in both cases; what is missing is installed when we are root, named otherwise.

use crate::matrix::Target;
use crate::{process, source};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Debian's compiler of every CPU, and where its library source is.
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std";
const DEBIAN_PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

/// How to build for a target and run what was built.
#[derive(Debug)]
pub struct Cross {
    pub target: &'static Target,
    /// What follows the cargo verb.
    pub cargo_args: Vec<String>,
    /// Environment of every cargo call.
    pub env: Vec<(String, String)>,
    /// The emulator command that goes in front of a program.
    pub runner: Vec<String>,
}

/// Installs what is missing and returns the settings; `model` as for [`Target::runner`], or `native` to do
/// without emulation where this machine can, and with the oldest model where it cannot.
pub fn prepare(target: &'static Target, model: &str) -> Result<Cross, String> {
    let wish = std::env::var("PYRS_CROSS").unwrap_or_default();
    if !["", "rustup", "debian"].contains(&wish.as_str()) {
        return Err(format!("PYRS_CROSS is {wish:?}; it may be \"rustup\" or \"debian\""));
    }
    install_tools(target)?;
    let own_std = wish != "debian" && (has_std(target) || rustup_add(target));
    if !own_std && wish == "rustup" {
        return Err(format!("rustup has no standard library for {}", target.triple));
    }
    let runner = match model {
        "native" => {
            let native = target.native_runner().filter(|r| runs(r));
            native.unwrap_or_else(|| target.runner("oldest"))
        }
        model => target.runner(model),
    };
    let name = target.env_name();
    let mut env = vec![
        (format!("CARGO_TARGET_{name}_LINKER"), target.linker.to_string()),
        (format!("CARGO_TARGET_{name}_RUNNER"), runner.join(" ")),
        // C code in dependencies, if there is any, is compiled by the same compiler that links.
        (format!("CC_{}", target.triple.replace('-', "_")), target.linker.to_string()),
    ];
    let mut cargo_args = vec!["--target".to_string(), target.triple.to_string()];
    if own_std {
        say!("-- {}: standard library of the compiler in use", target.short);
    } else {
        if !Path::new(DEBIAN_SOURCE).exists() {
            apt_install(&DEBIAN_PACKAGES)?;
        }
        say!("-- {}: Debian's compiler, standard library from source", target.short);
        cargo_args.push("-Zbuild-std=std,panic_unwind".to_string());
        env.push(("RUSTC".to_string(), DEBIAN_RUSTC.to_string()));
        env.push(("RUSTDOC".to_string(), "/usr/bin/rustdoc".to_string()));
        env.push(("RUSTC_BOOTSTRAP".to_string(), "1".to_string()));
    }
    Ok(Cross { target, cargo_args, env, runner })
}

/// The folder for everything built for foreign CPUs and by `.ci/run`: outside the checkout, shared, so that
/// what is built for this machine (the same for all CPUs) and other people's crates are built once.
pub fn cache_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("PYRS_TARGET_DIR") {
        return PathBuf::from(dir);
    }
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(std::env::var_os("HOME").unwrap_or_else(|| "/tmp".into())).join(".cache")
    });
    base.join("pyrs/target")
}

/// Takes the cache folder for this checkout until the result is dropped; others wait.
///
/// cargo tells whether a crate of the workspace is up to date by file times alone, wherever the checkout is: with
/// two checkouts in one folder it could use the one's results for the other. So the folder remembers whose it is,
/// and a change of owner makes all our files new. `.ci/run` does the same and says so in `PYRS_CACHE_HELD`.
pub fn hold_cache(root: &Path) -> io::Result<Option<File>> {
    if std::env::var_os("PYRS_CACHE_HELD").is_some() {
        return Ok(None);
    }
    let dir = cache_dir();
    fs::create_dir_all(&dir)?;
    let lock = File::options().create(true).append(true).open(dir.join("lock"))?;
    if lock.try_lock().is_err() {
        say!("-- waiting for another run in {}", dir.display());
        lock.lock()?;
    }
    let owner = dir.join("checkout");
    let own = root.to_string_lossy();
    if fs::read_to_string(&owner).unwrap_or_default().trim_end() != own {
        let now = SystemTime::now();
        for path in source::paths(root)? {
            File::options().append(true).open(&path)?.set_modified(now)?;
        }
        fs::write(&owner, format!("{own}\n"))?;
    }
    Ok(Some(lock))
}

/// Whether the compiler in use already has the target's standard library.
fn has_std(target: &Target) -> bool {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_string());
    let Ok(out) = Command::new(rustc).args(["--print", "sysroot"]).output() else { return false };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&out.stdout).trim());
    sysroot.join("lib/rustlib").join(target.triple).join("lib").is_dir()
}

/// Asks rustup for the target. It may be absent, or without a network: both are answers, not errors.
fn rustup_add(target: &Target) -> bool {
    let mut command = Command::new("rustup");
    command.args(["target", "add", target.triple]);
    match process::run(&mut command, b"", Some(Duration::from_secs(180))) {
        Ok(out) if out.end == process::End::Exit(0) => has_std(target),
        Ok(out) => {
            say!("-- rustup target add {}: {}", target.triple, out.last_error_line());
            false
        }
        Err(_) => false,
    }
}

/// Sees to the linker, the C library and the emulator.
fn install_tools(target: &Target) -> Result<(), String> {
    let mut packages = Vec::new();
    if !on_path(target.linker) || !Path::new(target.sysroot).join("lib").is_dir() {
        packages.extend(target.packages);
    }
    if !on_path(target.qemu) {
        packages.push("qemu-user");
    }
    if packages.is_empty() { Ok(()) } else { apt_install(&packages) }
}

/// Whether the dynamic loader of a native runner starts on this machine.
fn runs(runner: &[String]) -> bool {
    let version = Command::new(&runner[0]).arg("--version").output();
    version.is_ok_and(|out| out.status.success())
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}

/// Installs Debian packages, or says which ones to install.
fn apt_install(packages: &[&str]) -> Result<(), String> {
    let line = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n");
    if !root || !on_path("apt-get") {
        return Err(format!("missing programs; on Debian: sudo {line}"));
    }
    say!("-- {line}");
    let apt = |args: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(["-q", "-y"]).args(args).env("DEBIAN_FRONTEND", "noninteractive");
        process::run(&mut command, b"", Some(Duration::from_secs(900)))
    };
    let install = [&["install", "--no-install-recommends"], packages].concat();
    let mut last = String::new();
    // The package lists may be missing or old: fetch them when the first attempt fails.
    for steps in [&[install.as_slice()][..], &[&["update"][..], install.as_slice()][..]] {
        let mut good = true;
        for step in steps {
            let out = apt(step).map_err(|e| format!("apt-get: {e}"))?;
            last = out.last_error_line();
            good = out.end == process::End::Exit(0);
        }
        if good {
            return Ok(());
        }
    }
    Err(format!("{line}: {last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path("sh"));
        assert!(!on_path("no-such-program-anywhere"));
    }
}
