//! Runs the layer and tidy rules over the checkout.

use crate::{layers, source, tidy};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// The root of the checkout: asked from cargo at run time, because a binary may be moved or cached.
pub fn root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map(Path::to_path_buf).unwrap_or(own)
}

/// A cargo call in the checkout, without the settings of the cargo that started us.
pub fn cargo(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root).args(args);
    for (key, _) in std::env::vars_os() {
        let name = key.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&key);
        }
    }
    command
}

/// Where cargo puts the pyrs of a profile, below a folder of build results.
pub fn binary(target: &Path, profile: &str) -> PathBuf {
    target.join(if profile == "dev" { "debug" } else { profile }).join("pyrs")
}

/// The folder of native build results.
pub fn target_dir(root: &Path) -> PathBuf {
    root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Builds pyrs natively and returns the binary.
pub fn build_pyrs(root: &Path, profile: &str) -> Result<PathBuf, String> {
    let mut command =
        cargo(root, &["build", "-q", "-p", "pyrs", "--bin", "pyrs", "--profile", profile]);
    match command.status() {
        Ok(status) if status.success() => Ok(binary(&target_dir(root), profile)),
        Ok(_) => Err("pyrs does not build".to_string()),
        Err(e) => Err(format!("cargo: {e}")),
    }
}

/// Who may import whom.
pub fn layers(root: &Path) -> io::Result<Vec<String>> {
    let mut manifests = source::files(root, &["Cargo.toml"])?;
    // A crate being set up may lie in the tree before the workspace knows it; the rules hold for it too.
    manifests.retain(|m| m.path != "Cargo.toml" && !m.path.starts_with("tests/"));
    let sources = source::files(root, &[".rs"])?;
    Ok(layers::check(&manifests, &sources))
}

/// Everything else in [`tidy`].
pub fn tidy(root: &Path) -> io::Result<Vec<String>> {
    let mut bad = tidy::check_rust(&source::files(root, &[".rs"])?);
    let mut documents = source::files(root, &[".md"])?;
    documents.retain(|d| !d.path.contains('/') || d.path.starts_with("docs/"));
    bad.extend(tidy::check_docs(&documents));
    Ok(bad)
}

/// The bash scripts: `bash -n` must accept them, and each must stop at its first error.
pub fn scripts(root: &Path) -> io::Result<Vec<String>> {
    let mut bad = Vec::new();
    let mut paths = vec![root.join(".ci/run")];
    for entry in fs::read_dir(root.join("ci"))? {
        paths.push(entry?.path());
    }
    for path in paths.iter().filter(|p| p.is_file()) {
        let Ok(text) = fs::read_to_string(path) else { continue };
        if !text.starts_with("#!/usr/bin/env bash") {
            continue;
        }
        if !text.contains("\nset -euo pipefail\n") {
            bad.push(format!("{}: no `set -euo pipefail`", path.display()));
        }
        let out = Command::new("bash").arg("-n").arg(path).output()?;
        if !out.status.success() {
            bad.push(String::from_utf8_lossy(&out.stderr).into_owned());
        }
    }
    Ok(bad)
}
