//! Runs a program to its end with captured output, a time limit and its peak memory.
//!
//! Why here: `std` can neither bound a child's time nor report its peak memory. This file is the only one of
//! the crate with unsafe code: two system calls (`wait4`, `kill`) on a process that we started ourselves.
//!
//! Invariants: P1 a child leads a process group of its own, so that a limit also ends what it started.
//! P2 a child is reaped exactly once, by `wait`.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a program ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Exit(i32),
    Signal(i32),
    TimedOut,
}

/// What a finished program left behind.
#[derive(Debug)]
pub struct Outcome {
    pub end: End,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub wall: Duration,
    /// Largest resident set, in KiB.
    pub peak_kib: u64,
}

impl Outcome {
    /// The last non-empty line of the error output, for one-line reports.
    pub fn last_error_line(&self) -> String {
        let text = String::from_utf8_lossy(&self.stderr);
        text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("").trim().to_string()
    }
}

/// Runs `command` with `input` on its standard input; `limit` of `None` waits for ever.
pub fn run(command: &mut Command, input: &[u8], limit: Option<Duration>) -> io::Result<Outcome> {
    let start = Instant::now();
    let mut child = command
        .stdin(if input.is_empty() { Stdio::null() } else { Stdio::piped() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0) // P1
        .spawn()?;
    let writer = child.stdin.take().map(|mut pipe| {
        let input = input.to_vec();
        // A program that ends without reading its input closes the pipe: no error of ours.
        thread::spawn(move || drop(pipe.write_all(&input)))
    });
    let stdout = collect(child.stdout.take());
    let stderr = collect(child.stderr.take());
    let (end, peak_kib) = wait(&child, start, limit)?;
    let wall = start.elapsed();
    if let Some(writer) = writer {
        drop(writer.join());
    }
    let take = |t: thread::JoinHandle<Vec<u8>>| t.join().unwrap_or_default();
    Ok(Outcome { end, stdout: take(stdout), stderr: take(stderr), wall, peak_kib })
}

/// Reads a pipe to its end in a thread, so that a child never blocks on a full pipe.
fn collect<R: Read + Send + 'static>(pipe: Option<R>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // Whatever arrived before an error is still worth showing.
            drop(pipe.read_to_end(&mut bytes));
        }
        bytes
    })
}

/// Waits for the child; at the limit it ends the child's whole group (P1).
fn wait(child: &Child, start: Instant, limit: Option<Duration>) -> io::Result<(End, u64)> {
    let pid = child.id() as libc::pid_t;
    let Some(limit) = limit else {
        return loop {
            if let Some(done) = wait4(pid, 0)? {
                break Ok(done);
            }
        };
    };
    let mut pause = Duration::from_micros(200);
    loop {
        if let Some(done) = wait4(pid, libc::WNOHANG)? {
            return Ok(done);
        }
        if start.elapsed() >= limit {
            // SAFETY: a system call on numbers; the group is our own child's (P1), not reaped yet (P2).
            unsafe { libc::kill(-pid, libc::SIGKILL) };
            while wait4(pid, 0)?.is_none() {}
            return Ok((End::TimedOut, 0));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(5));
    }
}

/// One `wait4` call: `None` while the child runs (or when a signal interrupted the call).
fn wait4(pid: libc::pid_t, flags: libc::c_int) -> io::Result<Option<(End, u64)>> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live, writable locals of the types the call fills in.
    let got = unsafe { libc::wait4(pid, &mut status, flags, usage.as_mut_ptr()) };
    if got < 0 {
        let error = io::Error::last_os_error();
        return if error.kind() == io::ErrorKind::Interrupted { Ok(None) } else { Err(error) };
    }
    if got == 0 {
        return Ok(None);
    }
    // SAFETY: zeroed memory is a valid `rusage` (plain integers), and the call has filled it in.
    let usage = unsafe { usage.assume_init() };
    let end = if libc::WIFEXITED(status) {
        End::Exit(libc::WEXITSTATUS(status))
    } else {
        End::Signal(libc::WTERMSIG(status))
    };
    Ok(Some((end, usage.ru_maxrss as u64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, input: &str, limit: Option<Duration>) -> Outcome {
        run(Command::new("sh").args(["-c", script]), input.as_bytes(), limit).expect("sh runs")
    }

    #[test]
    fn captures_output_input_and_exit_code() {
        let out = sh("cat; echo err >&2; exit 7", "hello", Some(Duration::from_secs(20)));
        assert_eq!(out.end, End::Exit(7));
        assert_eq!((out.stdout.as_slice(), out.stderr.as_slice()), (&b"hello"[..], &b"err\n"[..]));
        assert_eq!(out.last_error_line(), "err");
        assert!(out.peak_kib > 0);
    }

    #[test]
    fn a_signal_is_not_an_exit_code() {
        assert_eq!(sh("kill -SEGV $$", "", None).end, End::Signal(libc::SIGSEGV));
    }

    #[test]
    fn the_limit_ends_grandchildren_too() {
        let start = Instant::now();
        let out = sh("sleep 60 & sleep 60", "", Some(Duration::from_millis(100)));
        assert_eq!(out.end, End::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(30));
    }
}
