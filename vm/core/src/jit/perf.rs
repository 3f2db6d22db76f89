//! The map of machine code that Linux's `perf` reads: `/tmp/perf-PID.map`, one line a trace with its address, size and
//! name (`pyrs:file.py:line:function`; bridges have `#bridge` behind it).
//!
//! A forked child has a number of its own: its map is begun anew, with everything compiled before.

use super::recorder::Start;
use super::{Compiled, Jit};
use crate::vm::Vm;
use std::fs::File;
use std::io::Write;

/// The open map.
pub(super) struct Map {
    process: u32,
    file: File,
}

impl Map {
    fn open() -> std::io::Result<Map> {
        use std::os::unix::fs::OpenOptionsExt;
        let process = std::process::id();
        // Others may write to that folder, too: links are not followed.
        let file = std::fs::OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(format!("/tmp/perf-{process}.map"))?;
        Ok(Map { process, file })
    }
    fn line(&mut self, address: u64, bytes: usize, name: &str) -> std::io::Result<()> {
        // One write a line: the reader may come at any time.
        self.file.write_all(format!("{address:x} {bytes:x} {name}\n").as_bytes())
    }
}

/// Name of a trace.
fn name(trace: &Compiled) -> String {
    let place = &trace.place;
    let file = place.file().rsplit('/').next().unwrap_or("");
    let bridge = if matches!(trace.kind, Start::Exit(_)) { "#bridge" } else { "" };
    format!("pyrs:{file}:{}:{}{bridge}", place.line(), place.function())
}

impl Vm {
    /// Writes the map from now on.
    pub fn map_traces(&self) -> std::io::Result<()> {
        *self.jit.perf.borrow_mut() = Some(Map::open()?);
        Ok(())
    }
}

impl Jit {
    /// A trace was compiled: it is the newest.
    pub(super) fn map_newest(&self) {
        let mut perf = self.perf.borrow_mut();
        let Some(map) = perf.as_mut() else { return };
        let traces = self.traces.borrow();
        let mut from = traces.len().saturating_sub(1);
        if map.process != std::process::id() {
            match Map::open() {
                Ok(new) => *map = new,
                Err(_) => return *perf = None,
            }
            from = 0;
        }
        for t in &traces[from..] {
            if map.line(t.lowest, t.bytes, &name(t)).is_err() {
                return *perf = None;
            }
        }
    }
}
