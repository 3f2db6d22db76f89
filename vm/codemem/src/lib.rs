//! Memory for machine code: one arena, one mapping, flipped between writable and executable and
//! never both. (A second mapping of the same pages would save the flips, but emulators that
//! translate code run stale translations then.)
//!
//! Code is appended; single traces are never freed. When the arena is full the owner resets it
//! to a mark, at a moment when no machine code is on the stack. Where the system refuses
//! executable memory, [`CodeMemory::new`] says so and the caller goes on without a JIT.
//!
//! A ledger keeps the ranges that were written but not flushed from the instruction cache;
//! entering code while there are any panics in debug builds, because emulators and many CPUs
//! forgive a missing flush.

mod flush;

use std::fmt;

/// Why there is no code memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// This CPU is not supported.
    Cpu,
    /// The system refused to map or to make executable; the OS error number.
    Refused(i32),
    /// The self-test gave a wrong answer.
    SelfTest,
    /// The arena is full.
    Full,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Cpu => write!(f, "no code memory on this CPU"),
            Error::Refused(e) => write!(f, "the system refuses executable memory (error {e})"),
            Error::SelfTest => write!(f, "code memory does not execute what was written"),
            Error::Full => write!(f, "code memory is full"),
        }
    }
}

/// Largest arena: every branch of every CPU reaches across it.
pub const MAX_BYTES: usize = 32 << 20;

/// Alignment of each piece of code.
const ALIGN: usize = 16;

/// The arena.
#[derive(Debug)]
pub struct CodeMemory {
    base: *mut u8,
    size: usize,
    used: usize,
    executable: bool,
    /// Written and not flushed yet: offsets of first and end byte.
    dirty: Vec<(usize, usize)>,
}

fn os_error() -> i32 {
    std::io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

impl CodeMemory {
    /// Maps an arena of `size` bytes (rounded up to pages, at most [`MAX_BYTES`]) and tests that
    /// code written to it runs.
    pub fn new(size: usize) -> Result<CodeMemory, Error> {
        if !flush::SUPPORTED {
            return Err(Error::Cpu);
        }
        // SAFETY: sysconf has no preconditions.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) }.max(4096) as usize;
        let size = size.clamp(1, MAX_BYTES).next_multiple_of(page);
        // SAFETY: a fresh anonymous mapping; no existing memory is touched.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                size,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(Error::Refused(os_error()));
        }
        let base = base.cast::<u8>();
        let mut m = CodeMemory { base, size, used: 0, executable: false, dirty: Vec::new() };
        m.self_test()?;
        Ok(m)
    }

    /// Writes a function that returns a number, runs it, writes another over it, runs that.
    fn self_test(&mut self) -> Result<(), Error> {
        for n in [42u8, 77] {
            self.used = 0;
            let at = self.write(&flush::returns(n))?;
            self.make_executable()?;
            self.assert_clean();
            // SAFETY: the bytes at `at` are a complete function of this signature for this CPU,
            // in executable memory, flushed.
            let got = unsafe {
                let f: extern "C" fn() -> usize = std::mem::transmute(at as usize);
                f()
            };
            if got != n as usize {
                return Err(Error::SelfTest);
            }
        }
        self.used = 0;
        Ok(())
    }

    /// Address of the next piece of code.
    pub fn next_address(&self) -> u64 {
        (self.base as usize + self.used.next_multiple_of(ALIGN)) as u64
    }

    /// Bytes that are left.
    pub fn left(&self) -> usize {
        self.size.saturating_sub(self.used.next_multiple_of(ALIGN))
    }

    /// Appends code at [`CodeMemory::next_address`], which it returns.
    pub fn write(&mut self, code: &[u8]) -> Result<u64, Error> {
        let at = self.used.next_multiple_of(ALIGN);
        if code.len() > self.left() {
            return Err(Error::Full);
        }
        self.put(at, code)?;
        self.used = at + code.len();
        Ok((self.base as usize + at) as u64)
    }

    /// Overwrites code at an address within what was written.
    pub fn patch(&mut self, at: u64, code: &[u8]) -> Result<(), Error> {
        let offset = (at as usize).wrapping_sub(self.base as usize);
        if offset > self.used || code.len() > self.used - offset {
            return Err(Error::Full);
        }
        self.put(offset, code)
    }

    fn put(&mut self, at: usize, code: &[u8]) -> Result<(), Error> {
        self.protect(false)?;
        // SAFETY: the range lies within the mapping (checked by the callers), which is writable
        // now; nothing else refers to it.
        unsafe { std::ptr::copy_nonoverlapping(code.as_ptr(), self.base.add(at), code.len()) };
        self.dirty.push((at, at + code.len()));
        Ok(())
    }

    /// Flushes what was written and makes the arena executable.
    pub fn make_executable(&mut self) -> Result<(), Error> {
        for (from, to) in std::mem::take(&mut self.dirty) {
            // SAFETY: the range lies within the mapping and is readable.
            unsafe { flush::range(self.base.add(from), to - from) };
        }
        self.protect(true)
    }

    fn protect(&mut self, executable: bool) -> Result<(), Error> {
        if self.executable == executable {
            return Ok(());
        }
        let other = if executable { libc::PROT_EXEC } else { libc::PROT_WRITE };
        // SAFETY: the range is the whole mapping made in `new`.
        let r = unsafe { libc::mprotect(self.base.cast(), self.size, libc::PROT_READ | other) };
        if r != 0 {
            return Err(Error::Refused(os_error()));
        }
        self.executable = executable;
        Ok(())
    }

    /// Panics in debug builds if code was written and not flushed, or is not executable. Call it
    /// before entering code.
    pub fn assert_clean(&self) {
        debug_assert!(self.executable, "entering code while it is writable");
        debug_assert!(self.dirty.is_empty(), "entering unflushed code: {:?}", self.dirty);
    }

    /// The current end, for [`CodeMemory::reset`].
    pub fn mark(&self) -> usize {
        self.used
    }

    /// Forgets all code after a mark. The caller makes sure that none of it is running or
    /// referred to.
    pub fn reset(&mut self, mark: usize) {
        self.used = self.used.min(mark);
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping made in `new`, unmapped once; by the contract of the type's users
        // no code in it is running.
        unsafe { libc::munmap(self.base.cast(), self.size) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_runs_and_the_arena_fills_up() {
        let mut m = CodeMemory::new(4096).expect("this system allows executable memory");
        let left = m.left();
        let mark = m.mark();
        let at = m.write(&flush::returns(7)).expect("fits");
        assert_eq!(at % 16, 0);
        assert_eq!(m.write(&vec![0; left]), Err(Error::Full));
        assert!(m.patch(at, &flush::returns(8)).is_ok());
        assert!(m.patch(at + 4096, &[0]).is_err());
        m.make_executable().expect("flips");
        m.assert_clean();
        m.reset(mark);
        assert_eq!(m.left(), left);
    }

    #[test]
    #[cfg(debug_assertions)]
    #[should_panic(expected = "writable")]
    fn the_ledger_notices_unflushed_code() {
        let mut m = CodeMemory::new(4096).expect("this system allows executable memory");
        m.write(&flush::returns(7)).expect("fits");
        m.assert_clean();
    }
}
